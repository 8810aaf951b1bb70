"""A wash that stops the evaporator: lost time, what the wash costs, and what it restores, each counted once; by hand (L3, L4, Q3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import one_day as o
import shiftledger as sl

# Condensate is worth 4.00 a tonne, steam costs 20.00, soda 200.00. An operating hour may take 5 t of steam, and 2 t more for each unit of
# fouling above 0.20. An hour that nobody of the crew can help costs the site 150.00; a unit of fouling costs 10,000.00.
EVAPORATOR = {
    "areas.toml": '[area.evaporation]\nrotation = "two"\n',
    "units.toml": '[unit.E1]\narea = "evaporation"\nno_fault_rate = 150\n',
    "materials.toml": "".join(f'[material.{name}]\nunit = "t"\n' for name in ("condensate", "steam", "soda"))
    + '[material.hour]\nunit = "h"\n',
    "streams.toml": '[stream.condensate-out]\nfrom = "E1"\nto = "outside"\nmaterial = "condensate"\n'
    + "".join(f'[stream.{name}-in]\nfrom = "outside"\nto = "E1"\nmaterial = "{name}"\n' for name in ("steam", "soda")),
    "states.toml": '[state.fouling]\narea = "evaporation"\nreset_by = "wash"\nreset_to = 0.05\n',
    "potentials.csv": "state,worth\nfouling,-10000\n",
    "meters.csv": """tag,kind,stream,state,unit,quantum,max_gap
COND,rate,condensate-out,,t/h,,12h
STEAM,rate,steam-in,,t/h,,12h
SODA,rate,soda-in,,t/h,,12h
FOULING,state,,fouling,,0.01,
""",
    "prices/planned.csv": "material,price\ncondensate,4\nsteam,20\nsoda,200\n",
    "standards.csv": "area,output,item,basis,value,condition,reference\n"
    "evaporation,hour,steam,hours,5,,\nevaporation,hour,steam,hours,2,fouling,0.20\n",
    "budget.csv": "area,item,kind,qty,per\nevaporation,hour,hours,12,shift\n",
}
READ = (
    o.tonnes(COND=(800, 1200), STEAM=(42, 60), SODA=(3, 0))
    + "2026-05-01T06:00:00Z,FOULING,0.30\n2026-05-01T13:55:00Z,FOULING,0.34\n"
)
WHOLE = {
    "time no-fault": 40_000,
    "usage steam": -800,
    "other condensate": 320_000,
    "other soda": -60_000,
    "no-fault E1@planned": 60_000,
    "state fouling": 250_000,
    "handover steam": -3_200,
}


def washed(target: Path, cause: str = "planned", **text: str) -> tuple[int, Mapping[str, int]]:
    """V of D and its bridge, with the halt and the wash told before the day is closed."""
    changed = {**EVAPORATOR, **{name.replace("__", "/").replace("_", "."): content for name, content in text.items()}}
    plant = sl.open(o.written(target, changed, {"readings/all.csv": READ}))
    o.load(plant, "readings/all.csv")
    for kind, more in (("halt", {"cause": cause}), ("wash", {})):
        body = {"unit": "E1", "kind": kind, "start": "2026-05-01T14:00:00Z", "end": "2026-05-01T18:00:00Z", **more}
        assert sl.act(plant, "event", "shift leader, post 3", "leader", body, "log book, page 7").ok
    o.close(plant)
    found = o.statement(plant, "evaporation")
    assert o.misprints(plant) == []
    assert (
        sum(sl.statement(plant, o.D).site.values()) + found.value == 320_000 - 84_000 - 60_000
    )  # the plant's cash, whatever the lines
    return found.value, o.steps(found)


def test_l4_a_wash_costs_time_and_soda_and_restores_the_evaporator_each_once(tmp_path: Path) -> None:
    """D runs 06:00-14:00 and is washed 14:00-18:00; 12 h are planned.

        Plan       12 h x 5 t x 20.00                                   = -1,200.00
        time       8 h ran and 4 h could not by nobody's fault: nothing;   those 4 h needed no steam: +400.00
        Standard    8 h x 5 t x 20.00 = -800.00 = Allowed
        handover    8 h x 2 x (0.30 - 0.20) = 1.6 t = -32.00: it was taken over at 0.30
        usage      42 t taken, 40 + 1.6 t allowed: 0.4 t = -8.00
        other      condensate 800 t = +3,200.00; soda of the wash 3 t = -600.00
        no-fault    4 h x 150.00 = +600.00
        state      0.30 -> 0.05: +2,500.00
    V = 3,200 - 840 - 600 + 600 + 2,500 = 4,860.00; the site has -600.00 and -2,500.00, cash is 1,760.00.
    """
    assert washed(tmp_path) == (486_000, WHOLE)


@pytest.mark.parametrize(
    ("change", "gone", "less"),
    [
        ({"units_toml": '[unit.E1]\narea = "evaporation"\n'}, "no-fault E1@planned", 60_000),
        ({"potentials_csv": "state,worth\nfouling,0\n"}, "state fouling", 250_000),
    ],
)
def test_l3_what_is_not_declared_takes_its_own_line_and_nothing_else(
    tmp_path: Path, change: dict[str, str], gone: str, less: int
) -> None:
    """Without a rate of the lost hour, or a worth of fouling, V is less by that very line: nothing of it stood anywhere else."""
    assert washed(tmp_path, **change) == (486_000 - less, {key: cents for key, cents in WHOLE.items() if key != gone})


def test_q3_a_wash_by_the_crew_s_own_cause_is_its_own_time(tmp_path: Path) -> None:
    """By a cause of its own (`process`, where units.toml says nothing else) the 4 h are its own: no transfer, and their steam is plain time."""
    lines = {key: cents for key, cents in WHOLE.items() if key not in ("no-fault E1@planned", "time no-fault")}
    assert washed(tmp_path, "process") == (
        426_000,
        {"time": 40_000, **lines},
    )
