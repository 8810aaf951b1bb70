"""Events in the life of a plant: recorded, superseded, withdrawn, late, flipped; hours by hand (R1, R5, Q3, L6, L7)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import shiftledger as sl
import two_tanks as w
from engine import months as m
from engine.months import at, close, spring
from engine.tampering import sql
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import last_seal_of, read_seals
from shiftledger.ledger.results import read_days

FOREMAN = ("shift foreman, post 4", "operation")
UNITS = """
running = "mill-state"
running_codes = ["run"]
causes = {jam = "process"}
"""
STATES = [("2026-03-30T06:00", "run"), ("2026-03-31T16:00", "jam"), ("2026-03-31T17:30", "wait"), ("2026-03-31T18:00", "run")]


def watched(folder: Path, *states: tuple[str, str]) -> PlantView:
    """two-tanks over a spring; the mill (U1) jams from 16:00 to 17:30 of 2026-03-31 and waits until 18:00."""
    plant = spring(folder)
    units = plant.folder / "units.toml"
    text = units.read_text("utf-8")
    units.write_text(text.replace('name_en = "Mill 1"', 'name_en = "Mill 1"' + UNITS), "utf-8")
    meters = plant.folder / "meters.csv"
    lines = meters.read_text("utf-8").splitlines()
    lines = [lines[0], lines[1] + ",state,codes", *(line + ",," for line in lines[2:])]
    meters.write_text("\n".join([*lines, "ST-1,state,,,,,,,,,400d,,mill-state,run=1;jam=2;wait=0"]) + "\n", "utf-8")
    (plant.folder / "late" / "states.csv").write_text(
        "time,tag,value,revision\n" + "".join(f"{at(moment)},ST-1,{text},\n" for moment, text in (*STATES, *states)), "utf-8"
    )
    plant = sl.open(plant.folder)
    w.load(plant, "late/states.csv")
    return plant


def record(plant: PlantView, start: str, end: str = "", cause: str = "", unit: str = "U1", **more: str) -> int:
    body = {
        "unit": unit,
        "kind": "halt",
        "start": at(start),
        **({"end": at(end)} if end else {}),
        **({"cause": cause} if cause else {}),
    }
    done = sl.act(plant, "event", *FOREMAN, {**body, **more}, "log 12")
    assert done.ok, done.issues
    assert done.act is not None
    return done.act.seq


def withdraw(plant: PlantView, number: int) -> sl.api.ActView:
    return sl.act(plant, "withdraw", *FOREMAN, {"event": str(number)})


def hours(plant: PlantView, shift: str = w.SHIFT) -> dict[str, int]:
    """Whole minutes by figure of the mill in a shift; starts as they are."""
    state = connect(plant.state_folder, create=False)
    day = date.fromisoformat(shift.partition(".")[0])
    seal = last_seal_of(state, day)
    assert seal is not None
    rows = read_days(state, {day: seal.close_id})[day].quantities
    state.engine.dispose()
    found = {
        row[2].removeprefix("U1/"): row[3] for row in rows if row[0] == shift and row[1] == "unit" and row[2].startswith("U1/")
    }
    return {name: value if name == "starts" else value // 60_000_000 for name, value in found.items()}


def test_q3_hours_of_a_shift_are_sealed_and_open_to_readings_and_acts(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    number = record(plant, "2026-03-31T17:00", "2026-03-31T17:45", "mechanical", reason="liner bolt")
    close(plant)
    # 14-22: stands still 16:00-18:00; mechanical 17:00-17:45, before it the jam (process), after it 15 min that nobody explained.
    expected = {"running": 360, "unknown": 0, "halt/process": 60, "halt/mechanical": 45, "halt/unclassed": 15, "starts": 1}
    assert hours(plant) == expected
    view = sl.explain(plant, f"hours/{w.SHIFT}/U1/halt/mechanical")
    assert view.node is not None
    assert evaluate(view.node, OPERATIONS) == view.node.value == 45 * 60_000_000
    readings, act = view.node.children[0].children
    assert readings.label.startswith("ST-1: ")
    assert act.label == f"act {number}: halt, mechanical"
    event = act.value
    assert (event.reason, event.who, event.role, event.evidence) == ("liner bolt", *FOREMAN, "log 12")
    m.holds(plant)


def test_i7_every_figure_of_hours_opens_and_evaluates_to_itself(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    record(plant, "2026-03-31T17:00", "2026-03-31T17:45", "mechanical")
    close(plant)
    values = {}
    for name in ("running", "halted", "unknown", "starts", "halt/process", "halt/mechanical", "halt/unclassed"):
        node = sl.explain(plant, f"hours/{w.SHIFT}/U1/{name}").node
        assert node is not None, name
        assert evaluate(node, OPERATIONS) == node.value
        values[name] = node.value
    assert values["running"] + values["halted"] + values["unknown"] == 8 * 3_600_000_000
    assert not sl.explain(plant, f"hours/{w.SHIFT}/U1/halt/planned").ok, "there is none"


def test_i5_the_same_events_give_the_same_seals_however_they_came(tmp_path: Path) -> None:
    by_hand, from_file = watched(tmp_path / "a"), watched(tmp_path / "b")
    record(by_hand, "2026-03-31T17:30", "2026-03-31T18:00", "external")
    record(by_hand, "2026-03-31T16:00", "2026-03-31T16:10", "electrical")
    record(by_hand, "2026-03-31T16:00", "2026-03-31T16:30", "electrical")
    rows = [
        "start,end,unit,cause,reason",
        "2026-03-31T16:00,2026-03-31T16:30,U1,electrical,a fuse",
        "2026-03-31T17:30,2026-03-31T18:00,U1,external,",
    ]
    (from_file.folder / "log.csv").write_text("\n".join(rows) + "\n", "utf-8")
    with (from_file.folder / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write('\n[source.log]\nmatch = "log.csv"\nlayout = "events"\n')
    from_file = sl.open(from_file.folder)
    w.load(from_file, "log.csv")
    seals = []
    for plant in (by_hand, from_file):
        close(plant)
        state = connect(plant.state_folder, create=False)
        seals.append([(seal.day, seal.result_hash, seal.input_hash) for seal in read_seals(state)])
        state.engine.dispose()
    assert seals[0] == seals[1]
    assert hours(from_file)["halt/electrical"] == 30


def test_r5_a_later_act_supersedes_and_a_withdrawal_takes_back(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    first = record(plant, "2026-03-31T16:00", "2026-03-31T17:00", "electrical")
    second = record(plant, "2026-03-31T16:00", "2026-03-31T16:30", "external")  # the same unit, kind and start
    close(plant)
    assert {name: time for name, time in hours(plant).items() if "halt" in name} == {
        "halt/external": 30,
        "halt/process": 60,
        "halt/unclassed": 30,
    }
    refused = withdraw(plant, first)
    assert [issue.message for issue in refused.issues] == [f"act {first} is no event that stands"]
    assert withdraw(plant, second).ok
    assert close(plant) == {w.DAY: "sealed"}
    assert {name: time for name, time in hours(plant).items() if "halt" in name} == {"halt/process": 90, "halt/unclassed": 30}
    assert not withdraw(plant, second).ok, "it stands no longer"
    m.holds(plant)


def test_l7_only_the_days_of_an_event_are_closed_again(tmp_path: Path) -> None:
    plant = watched(tmp_path, ("2026-04-01T20:00", "wait"), ("2026-04-02T09:00", "run"))
    close(plant)
    record(plant, "2026-04-01T20:00", cause="external", id="E-1")  # open: it may go on for ever
    assert set(close(plant)) == {"2026-04-01", "2026-04-02", "2026-04-03"}
    assert hours(plant, "2026-04-01.E")["halt/external"] == 120
    record(plant, "2026-04-01T20:00", "2026-04-02T08:00", "external", id="E-1")
    # Its part of 2026-04-01 (until 06:00 of the next morning) is what it was.
    assert set(close(plant)) == {"2026-04-02", "2026-04-03"}
    assert hours(plant, "2026-04-02.D")["halt/external"] == 120  # 06:00-08:00
    assert hours(plant, "2026-04-02.D")["halt/unclassed"] == 60
    assert "halt/external" not in hours(plant, "2026-04-03.D")
    m.holds(plant)


def test_l7_an_event_that_says_nothing_new_of_a_day_leaves_it_as_it_is(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    record(plant, "2026-03-31T16:00", "2026-03-31T17:00", "electrical")
    close(plant)
    record(plant, "2026-03-31T16:00", "2026-03-31T17:00", "electrical", reason="the fuse of the drive")
    assert close(plant) == {}


def test_l7_an_event_of_another_kind_is_an_input_of_its_day_only(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    close(plant)
    before = hours(plant)
    record(plant, "2026-03-31T16:00", "2026-04-01T03:00", kind="visit")
    assert close(plant) == {w.DAY: "sealed"}
    assert hours(plant) == before
    m.holds(plant)


def test_l6_an_event_after_the_settlement_leaves_the_settled_hours(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    close(plant)
    w.settle(plant)
    before = hours(plant)
    record(plant, "2026-03-31T16:00", "2026-03-31T18:00", "external")
    close(plant)
    assert hours(plant) == before
    m.holds(plant)


def test_l7_a_flipped_event_fails_verify_and_is_located(tmp_path: Path) -> None:
    plant = watched(tmp_path)
    number = record(plant, "2026-03-31T16:00", "2026-03-31T17:00", "electrical")
    close(plant)
    sql(plant, "UPDATE acts SET body = replace(body, 'electrical', 'external') WHERE seq = ?", values=(number,))
    view = sl.verify(plant)
    assert not view.ok
    found = {(issue.code, str(issue.at)): issue.message for issue in view.issues}
    assert found["A001", "acts"].startswith(f"act {number} (event, by shift foreman, post 4) was changed")
    broken = [message for (code, _), message in found.items() if code == "V002"]
    assert len(broken) == 1
    assert broken[0].startswith("day 2026-03-31 does not recompute")
    assert "first at 2026-03-31.E unit U1/halt/electrical: 1 rows -> 0 rows" in broken[0]


def test_r1_an_event_names_what_the_plant_has(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    start = at("2026-03-31T16:00")

    def refusal(**body: str) -> list[str]:
        done = sl.act(plant, "event", *FOREMAN, {"kind": "halt", "start": start, **body})
        assert done.act is None
        return [issue.message for issue in done.issues]

    assert refusal(unit="U9") == ['there is no unit "U9" in this plant']
    assert refusal(area="milk") == ['there is no area "milk" in this plant']
    assert refusal() == ["an event happens to a unit or to an area"]
    assert refusal(unit="U1", area="mill") == ["an event happens to a unit or to an area"]
    assert refusal(unit="U1", cause="weather") == ['"weather" is not a cause of a halt']
    assert refusal(unit="U1", kind="visit", cause="planned") == ["only a halt has a cause"]
    assert refusal(unit="U1", end=start) == ["the event ends before it begins"]
    assert refusal(unit="U1", end="noon") == ["'noon' is not a time with its offset"]
    assert refusal(unit="U1", revision="b") == ["the revision is not a whole number from 0"]


def test_q3_events_of_an_unwatched_unit_give_its_hours(tmp_path: Path) -> None:
    plant = spring(tmp_path, last=date(2026, 3, 31) + timedelta(days=1))
    record(plant, "2026-03-31T21:00", "2026-03-31T23:00", "planned")
    close(plant, last=date(2026, 4, 1))
    assert hours(plant) == {"running": 420, "unknown": 0, "halt/planned": 60, "starts": 0}
    assert hours(plant, w.NEXT) == {"running": 420, "unknown": 0, "halt/planned": 60, "starts": 1}
    assert hours(plant, "2026-04-01.D") == {}, "nobody says anything of it there"
    m.holds(plant)
