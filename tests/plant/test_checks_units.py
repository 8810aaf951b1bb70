"""What units.toml says of running, and the names that it gives to conditions and formulas (Q3)."""

from __future__ import annotations

import doctest

import pytest

from shiftledger.core.issue import failing
from shiftledger.plant import unit_names
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Meter, state_code
from shiftledger.plant.unit_names import figure_names, figure_unit, unit_figure

METERS = "tag,kind,state,codes\nST-1,state,mill-state,run=1;slow=2;jam=3\nST-2,state,pump-state,\n"
FILES = {
    "plant.toml": '[plant]\nid = "p"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n',
    "areas.toml": '[area.mill]\nrotation = "r"\n\n[area.kiln]\nrotation = "r"\n',
    "rotations.toml": '[rotation.r]\npattern = "D"\nanchor = 2026-01-01\ncrews = {A = 0}\nslots = [{id = "D", start = 06:00:00}]\n',
    "materials.toml": '[material.ore]\nunit = "t"\n\n[material.steam]\nunit = "t"\n',
    "prices/planned.csv": "material,price\nore,1\nsteam,1\n",
    "meters.csv": METERS,
}


def found(units: str, **files: str) -> list[tuple[str, str]]:
    loaded = load_text({**FILES, "units.toml": units, **{name.replace("_", "."): text for name, text in files.items()}})
    assert not failing(loaded.issues), loaded.issues
    return [(i.code, i.message) for i in check(loaded.result) if i.code in ("P012", "P050", "P051", "P052")]


UNIT = '[unit.m1]\narea = "mill"\nrunning = "mill-state"\nrunning_codes = ["run", "slow"]\ncauses = {jam = "process"}\n'


def test_q3_a_unit_that_says_when_it_runs_is_fine() -> None:
    assert found(UNIT) == []
    assert (
        found('[unit.m1]\narea = "mill"\nrunning = "pump-state"\nrunning_codes = ["1", "2.5"]\ncauses = {0 = "planned"}\n') == []
    )


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (
            'running = "mil-state"\nrunning_codes = ["run"]\n',
            [("P012", 'unit "m1" names the running "mil-state", which is not declared')],
        ),
        ('running_codes = ["run"]\n', [("P050", 'unit "m1" has running_codes, but no state that tells whether it runs')]),
        ('causes = {jam = "process"}\n', [("P050", 'unit "m1" has causes, but no state that tells whether it runs')]),
        (
            'running = "mill-state"\nrunning_codes = ["run"]\ncauses = {run = "process", stuck = "process"}\n',
            [
                ("P050", 'unit "m1": "run" means running and has a cause of a halt, too'),
                ("P050", 'unit "m1": the state "mill-state" has no text "stuck"'),
            ],
        ),
        ('own_causes = ["process", "weather"]\n', [("P051", 'unit "m1": "weather" is not a cause of a halt')]),
        ('running = "pump-state"\nrunning_codes = ["run"]\n', [("P050", 'unit "m1": the state "pump-state" has no text "run"')]),
    ],
)
def test_q3_what_is_open_is_said(unit: str, expected: list[tuple[str, str]]) -> None:
    assert found(f'[unit.m1]\narea = "mill"\n{unit}') == expected


def test_l4_hours_and_starts_of_the_areas_own_units_are_conditions() -> None:
    head = "area,output,item,basis,value,unit,condition\nmill,ore,steam,usage,1,t/t,\n"
    units = UNIT + '\n[unit.k1]\narea = "kiln"\n'
    assert (
        found(units, standards_csv=head + "mill,ore,steam,usage,1,t/t,running.m1\nmill,ore,steam,usage,1,t/t,starts.m1\n") == []
    )
    message = 'the usage standard of "steam" for "ore" names the condition "running.k1", which is not declared'
    assert found(units, standards_csv=head + "mill,ore,steam,usage,1,t/t,running.k1\n") == [("P012", message)]


def test_n1_names_of_hours() -> None:
    assert doctest.testmod(unit_names).failed == 0
    assert unit_figure("halt.unclassed.停机-1") == ("halt/unclassed", "停机-1")
    assert [unit_figure(name) for name in ("running", "running.", "halt.m1", "halt.process.", "halts.process.m1", "")] == [
        None
    ] * 6
    assert {"running.m1", "halt.planned.m1", "starts.m1"} < figure_names(["m1"])
    assert (figure_unit("starts.m1"), figure_unit("halted.m1")) == ("1", "h")


def test_r1_a_states_text_or_number_is_its_code() -> None:
    texts = load_text({**FILES, "units.toml": UNIT}).result.meters[0]
    assert [state_code(texts, text) for text in ("slow", "2", "halt")] == [2.0, None, None]
    assert [state_code(Meter("S", "state", state="s"), text) for text in ("2", "0.5", "run")] == [2.0, 0.5, None]
