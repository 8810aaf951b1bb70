"""The age of a filter cloth, counted by hours run or by tonnes filtered, without readings; worked by hand (L3, Q3, I1, I3)."""

from __future__ import annotations

from pathlib import Path

import pytest

import one_day as o
import shiftledger as sl
from cases.test_wash import rows
from engine import tampering as t
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.render.statement_text import statement_text

# A cloth costs 4.00 an hour of its age; it was 100 h old on 2026-05-01 at 06:00. A new one is 0 h old.
FILTER = {
    "areas.toml": '[area.filter]\nrotation = "two"\n',
    "units.toml": '[unit.F1]\narea = "filter"\n',
    "materials.toml": '[material.slurry]\nunit = "t"\n',
    "streams.toml": '[stream.slurry-in]\nfrom = "outside"\nto = "F1"\nmaterial = "slurry"\n',
    "states.toml": """[state.cloth]
area = "filter"
grows = "F1.hours"
opening = 100
opening_day = 2026-05-01
reset_by = "cloth"
reset_to = 0
""",
    "potentials.csv": "state,worth\ncloth,-4\n",
    "meters.csv": "tag,kind,stream,unit,class,max_gap\nFT,rate,slurry-in,t/h,0.01,12h\n",
    "prices/planned.csv": "material,price\nslurry,0\n",
}
FLOW = o.tonnes(FT=(60, 72, 0, 0))


def event(plant: o.PlantView, kind: str, start: str, end: str, **more: str) -> None:
    body = {"unit": "F1", "kind": kind, "start": f"2026-05-01T{start}:00Z", "end": f"2026-05-01T{end}:00Z", **more}
    done = sl.act(plant, "event", "fitter, post 9", "maintenance", body, "order 52")
    assert done.ok, done.issues


def ages(plant: o.PlantView, shift: str) -> tuple[int | None, ...]:
    views = [sl.explain(plant, f"states/{shift}/cloth/{end}") for end in ("opening", "closing")]
    for view in views:
        assert view.node is not None
        assert evaluate(view.node, OPERATIONS) == view.node.value
    return tuple(view.node.value for view in views if view.node is not None)


def changes(plant: o.PlantView, day: str = o.DAY) -> list[tuple[str, str, int]]:
    found: dict[tuple[str, str], int] = {}
    for p in rows(plant, day):
        if p.what.startswith("cloth"):  # as first published, and what was told later
            found[p.shift, p.crew] = found.get((p.shift, p.crew), 0) + p.amount
    return [(*key, amount) for key, amount in sorted(found.items())]


def test_l3_a_cloth_ages_by_the_hours_that_its_filter_ran(tmp_path: Path) -> None:
    """D stands still from 10:00 to 12:00 and runs 10 h: 110 h, -40.00. N runs 18:00-19:30, 111.5 h; the cloth is changed 20:00-21:00 while
    the filter stands still from 19:30 to 21:30; it runs 8.5 h more: 8.5 h at 06:00: +101.5 x 4.00 = +406.00. May 2: 24 h, -48.00 a shift.
    """
    plant = o.opened(tmp_path, FILTER, FLOW, until=o.NEXT_DAY)
    assert changes(plant) == [(o.D, "filter/A", -4_800), (o.N, "filter/B", -4_800)]  # nobody has said anything of halts
    event(plant, "halt", "10:00", "12:00", cause="planned")
    event(plant, "halt", "19:30", "21:30", cause="planned")
    event(plant, "cloth", "20:00", "21:00")
    o.close(plant, o.NEXT_DAY)
    assert (ages(plant, o.D), ages(plant, o.N)) == ((100_000, 110_000), (110_000, 8_500))
    assert [o.statement(plant, "filter", shift).value for shift in (o.D, o.N, o.D2, o.N2)] == [-4_000, 40_600, -4_800, -4_800]
    # I1: 100 h to 32.5 h, whatever was cut where
    assert sum(o.statement(plant, "filter", shift).value for shift in (o.D, o.N, o.D2, o.N2)) == 400 * 100 - 400 * 32.5
    assert o.statement(plant, "filter").sigma == 0  # two boundaries after one sight share its error
    assert "counted on" in statement_text(sl.statement(plant, o.D, "filter"), "en")
    assert o.misprints(plant) == []
    assert t.findings(plant) == []


def test_t3_crews_share_a_change_of_cloth_by_its_hours(tmp_path: Path) -> None:
    """N changes from B to A at 20:30, when half of the cloth is changed: 111.5 / 2 = 55.75 h. B +54.25 x 4.00, A +47.25 x 4.00."""
    split = {"roster.csv": "day,slot,area,crew,start\n2026-05-01,N,filter,A,20:30\n"}
    plant = o.opened(tmp_path, {**FILTER, **split}, FLOW)
    event(plant, "halt", "19:30", "21:30", cause="planned")
    event(plant, "cloth", "20:00", "21:00")
    o.close(plant)
    # without the halt of the morning D ran 12 h: 112 h; 113.5 h at 20:00, 56.75 h at 20:30
    assert changes(plant)[1:] == [(o.N, "filter/A", 19_300), (o.N, "filter/B", 22_100)]


def test_q3_a_running_state_tells_what_ages(tmp_path: Path) -> None:
    """The state says that the filter stood still from 10:00 to 12:00, and nothing after 20:00 (max_hold 8 h of 12:00): 2 h of N ran."""
    text = {
        **FILTER,
        "units.toml": '[unit.F1]\narea = "filter"\nrunning = "run"\nrunning_codes = ["on"]\n',
        "meters.csv": "tag,kind,stream,state,unit,max_gap,max_hold,codes\nFT,rate,slurry-in,,t/h,12h,,\nRUN,state,,run,,,8h,off=0;on=1\n",
    }
    told = "2026-05-01T06:00:00Z,RUN,1\n2026-05-01T10:00:00Z,RUN,0\n2026-05-01T12:00:00Z,RUN,1\n"
    plant = o.opened(tmp_path, text, FLOW + told)
    assert (ages(plant, o.D), ages(plant, o.N)) == ((100_000, 110_000), (110_000, 112_000))
    (line,) = [line for line in o.statement(plant, "filter", o.N).lines if line.what == "cloth" and line.sign > 0]
    assert (line.status, "partial" in line.marks) == ("estimated", True)


def test_l3_a_cloth_ages_by_what_it_filtered(tmp_path: Path) -> None:
    """60 t in D, 72 t in N at 6 t/h; changed 00:00-00:30: 5.5 h x 6 = 33 t at 06:00. 100 -> 160 -> 33 t at 4.00: -240.00, +508.00.

    A reading of 150 t at 12:00 goes before: 150 + 30 = 180 t at 18:00. Its meter may err by 1 %: of D's 30 t since it, 0.173 t.
    """
    states = FILTER["states.toml"].replace("F1.hours", "stream.slurry-in")
    change = ("2026-05-02T00:00:00Z", "2026-05-02T00:30:00Z")
    body = {"unit": "F1", "kind": "cloth", "start": change[0], "end": change[1]}
    for name, seen, wanted in (
        ("a", "", (160_000, -24_000, 50_800)),
        ("b", "2026-05-01T12:00:00Z,CLOTH,150\n", (180_000, -32_000, 58_800)),
    ):
        meters = "tag,kind,stream,state,unit,class,max_gap\nFT,rate,slurry-in,,t/h,0.01,12h\nCLOTH,state,,cloth,t,,\n"
        plant = o.opened(tmp_path / name, {**FILTER, "states.toml": states, "meters.csv": meters}, FLOW + seen)
        sl.act(plant, "event", "fitter, post 9", "maintenance", body, "order 52")
        o.close(plant)
        assert ages(plant, o.D)[1] == wanted[0]
        assert [amount for _, _, amount in changes(plant)] == [*wanted[1:]]
        assert o.statement(plant, "filter").sigma == pytest.approx(4 * (30 if seen else 60) * 0.01 / 3**0.5)


def test_n5_a_cloth_that_outlives_the_lookback_is_read_from_its_life_on(tmp_path: Path) -> None:
    """With a lookback of one shift the opening is forgotten after 12 h; a life of 40 h reads that far and no farther."""
    short = {**FILTER, "plant.toml": o.FRAME["plant.toml"] + "lookback = 1\n"}
    long = {**short, "states.toml": FILTER["states.toml"] + 'life = "40h"\n'}
    forgotten, kept = (o.opened(tmp_path / name, text, FLOW, until=o.NEXT_DAY) for name, text in (("a", short), ("b", long)))
    assert [o.statement(forgotten, "filter", shift).partial for shift in (o.D, o.N)] == [(), ("state:cloth",)]
    assert [o.statement(kept, "filter", shift).partial for shift in (o.D, o.N, o.D2, o.N2)] == [(), (), (), ("state:cloth",)]
    assert changes(kept) == [(o.D, "filter/A", -4_800), (o.N, "filter/B", -4_800)]
