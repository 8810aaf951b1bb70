"""Running hours and halts of each unit in a shift, by crew, with traces that give the figures again (Q3, I7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import T0, at, crew, known, meter, plant, series, shift, span
from quantities.test_halts import EVENTS, STATES, halt
from shiftledger.acts.events import Event
from shiftledger.core.issue import Outcome
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.core.trace import evaluate, walk
from shiftledger.plant.model import Plant, Unit
from shiftledger.quantities.measure import OPERATIONS, margins, measure
from shiftledger.quantities.quantity import Halt, ShiftQuantities
from shiftledger.quantities.reach import reach
from shiftledger.readings.batch import Series

CODES = tuple((text, Decimal(code)) for code, text in enumerate(("stop", "run", "slow", "jam", "dark")))
STATE = meter("S", "state", "", state="mill-state", codes=CODES, max_hold=24 * HOUR)
MILL = Unit(
    "u1", "mill", running="mill-state", running_codes=("run", "slow"), causes=(("jam", "process"), ("dark", "electrical"))
)


def watched(**fields: Any) -> Plant:
    return plant(STATE, units={"u1": replace(MILL, **fields), "u2": Unit("u2", "filter")})


def hours(
    of: Plant, *readings: Series, events: list[Event] | None = None, crews: Any = None, slot: str = "N"
) -> Outcome[ShiftQuantities]:
    return measure(of, shift(slot), known(*readings), crews or {}, {}, events=events or [])


def test_q3_running_hours_halts_by_cause_and_what_is_nobodys_doing() -> None:
    # Runs; jams 60 min; dark 90 min; stopped, nobody says why, 30 min; runs. 480 = 300 + 60 + 90 + 30.
    state = series("S", [(0, 1), (60, 3), (120, 4), (210, 0), (240, 2)])
    found = hours(watched(), state)
    unit = found.result.units["u1"]
    assert (unit.running, unit.halted, unit.unknown, unit.starts) == (300 * MINUTE, 180 * MINUTE, 0, 1)
    assert [unit.halted_by(cause) // MINUTE for cause in ("process", "electrical", "unclassed", "planned")] == [60, 90, 30, 0]
    assert found.result.halts == (
        Halt("u1", span(60, 120), "process", True, "code"),
        Halt("u1", span(120, 210), "electrical", False, "code"),
        Halt("u1", span(210, 240), "unclassed", False, "code"),
    )
    assert found.result.no_fault("mill") == 120 * MINUTE  # 90 + 30
    assert found.result.no_fault("filter") == 0
    assert [i.message for i in found.issues if i.code == "Q021"] == [
        "u1, 2026-03-04.N: 0.500 h of halts without a cause; nobody is charged"
    ]
    assert set(found.result.units) == {"u1"}, "of u2 nobody says anything"


def test_q3_whose_causes_are_the_crews_own_is_declared() -> None:
    state = series("S", [(0, 3), (60, 4), (120, 1)])
    both = hours(watched(own_causes=("process", "electrical")), state).result
    assert [h.own for h in both.halts] == [True, True]
    assert both.no_fault("mill") == 0
    assert [h.own for h in hours(watched(own_causes=()), state).result.halts] == [False, False]


def test_q3_each_crew_has_its_own_part_and_the_parts_are_the_whole() -> None:
    # A until 01:30, B after it; the jam from 01:00 to 03:00 is cut there. A: 60 run + 30 halt; B: 90 halt + 300 run, one start.
    state = series("S", [(0, 1), (60, 3), (180, 1)])
    crews = {"mill": (crew("mill/A", 0, 90), crew("mill/B", 90, 480))}
    unit = hours(watched(), state, crews=crews).result.units["u1"]
    assert [(c.crew, c.running // MINUTE, c.halted // MINUTE, c.starts) for c in unit.cells] == [
        ("mill/A", 60, 30, 0),
        ("mill/B", 300, 90, 1),
    ]
    assert [(h.crew, h.span) for h in unit.halts] == [("mill/A", span(60, 90)), ("mill/B", span(90, 180))]
    assert sum(c.running for c in unit.cells) == unit.running
    assert sum(c.halted for c in unit.cells) == unit.halted


def test_q3_an_event_of_an_area_speaks_of_all_its_units() -> None:
    outage = replace(halt(4, 0, 60, "external"), unit="", area="mill")
    found = hours(
        plant(units={"u1": Unit("u1", "mill"), "u2": Unit("u2", "filter"), "u3": Unit("u3", "mill")}), events=[outage]
    ).result
    assert [(h.unit, h.cause, h.source, h.acts) for h in found.halts] == [
        ("u1", "external", "event", (4,)),
        ("u3", "external", "event", (4,)),
    ]
    assert found.no_fault("mill") == 120 * MINUTE  # two units, an hour each
    assert found.units["u1"].marks == ("by-events",)
    assert found.units["u1"].running == 420 * MINUTE


def test_i2_a_unit_starts_where_a_recorded_halt_ends_at_the_boundary() -> None:
    of = plant(units={"u1": Unit("u1", "mill")})
    ended, other = halt(4, 400, 480, "planned"), halt(5, 700, 720)
    assert hours(of, events=[ended, other], slot="D").result.units["u1"].starts == 2
    assert hours(of, events=[other], slot="D").result.units["u1"].starts == 1


def test_i8_a_unit_of_which_nothing_is_known_has_no_hours_instead_of_none_run() -> None:
    found = hours(watched())
    unit = found.result.units["u1"]
    assert (unit.running, unit.starts, unit.unknown, unit.marks) == (None, None, 480 * MINUTE, ("absent",))
    assert [i.code for i in found.issues if i.code == "Q020"] == ["Q020"]
    assert unit.nodes["running"].value is None


def test_q3_contradictions_are_located_at_the_act() -> None:
    state = series("S", [(0, 1), (60, 3), (120, 1)])
    events = [
        halt(2, 30, 90, "mechanical"),
        halt(5, 80, 100, "external"),
        halt(6, 110, 130),
        replace(halt(1, -90, None), kind="visit"),
    ]
    found = {(i.code, str(i.at)): i.message for i in hours(watched(), state, events=events).issues}
    assert found["Q017", "acts:5"].startswith(
        "u1, 2026-03-04.N: act 2 says mechanical, act 5 says external from 2026-03-04T01:20:00Z"
    )
    assert "act 2 tells of a halt from 2026-03-04T00:30:00Z to 2026-03-04T01:00:00Z" in found["Q018", "acts:2"]
    assert "to 2026-03-04T02:10:00Z, while the state says that it runs" in found["Q018", "acts:6"]
    assert found["Q019", "acts:1"] == "u1, 2026-03-04.N: act 1, visit since 2026-03-03T22:30:00Z, is still open"


def test_t4_a_unit_has_hours_on_its_days_only() -> None:
    later = watched(valid_from=date(2026, 3, 5))
    assert hours(later, series("S", [(0, 1)]), events=[halt(1, 0, 60)]).result.units == {}


def test_q3_two_meters_for_one_state_give_no_hours() -> None:
    twice = plant(STATE, replace(STATE, tag="S2"), units={"u1": MILL})
    found = hours(twice, series("S", [(0, 1)]))
    assert found.result.units == {}
    assert "Q009" in {i.code for i in found.issues}


@given(STATES, EVENTS, st.sampled_from([0, 20]))
def test_i7_every_figure_of_a_unit_evaluates_to_itself(states, events, least) -> None:  # type: ignore[no-untyped-def]
    rows = sorted({minute: (minute, float(code), mark) for minute, code, mark in states}.values())
    happened = [halt(i, start, start + length, cause) for i, (start, length, cause) in enumerate(events)]
    unit = hours(watched(min_halt=least * MINUTE), series("S", rows), events=happened).result.units["u1"]
    figures = {"running": unit.running, "halted": unit.halted, "unknown": unit.unknown, "starts": unit.starts}
    figures |= {f"halt/{cause}": unit.halted_by(cause) for cause in {h.cause for h in unit.halts}}
    assert set(figures) == set(unit.nodes)
    for name, value in figures.items():
        assert unit.nodes[name].value == value
        assert evaluate(unit.nodes[name], dict(OPERATIONS)) == value
    assert unit.unknown + unit.halted + (unit.running or 0) == 480 * MINUTE


@given(STATES, st.sampled_from([0, 20, 90]), st.sampled_from([2, 24]))
def test_n5_hours_rest_on_the_readings_within_reach(states, least, hold) -> None:  # type: ignore[no-untyped-def]
    of = plant(replace(STATE, max_hold=hold * HOUR), units={"u1": replace(MILL, min_halt=least * MINUTE)})
    rows = sorted({minute + 480: (minute + 480, float(code), mark) for minute, code, mark in states}.values())
    near = reach(of, shift("D").span)["S"]
    all_of_it, part = series("S", rows), series("S", rows).between(near.start, near.end)
    one, two = (hours(of, given_readings, slot="D").result.units["u1"] for given_readings in (all_of_it, part))
    assert (one.halts, one.running, one.starts, one.unknown) == (two.halts, two.running, two.starts, two.unknown)
    assert near.start >= shift("D").span.start - margins(of)[0]
    assert near.end <= shift("D").span.end + margins(of)[1]


@given(STATES, EVENTS, st.permutations(["S", "A", "zz"]), st.permutations(["u1", "u0", "x9"]))
def test_i4_names_of_tags_units_and_codes_mean_nothing(states, events, tags, units) -> None:  # type: ignore[no-untyped-def]
    rows = sorted({minute: (minute, float(code), mark) for minute, code, mark in states}.values())
    text = {"stop": "停", "run": "转", "slow": "慢", "jam": "堵", "dark": "停电"}
    plain, other = [], []
    for found, tag, unit, words in ((plain, "S", "u1", {}), (other, tags[0], units[0], text)):
        codes = tuple((words.get(name, name), code) for name, code in CODES)
        causes = tuple((words.get(name, name), cause) for name, cause in MILL.causes)
        running = tuple(words.get(name, name) for name in MILL.running_codes)
        of = plant(
            replace(STATE, tag=tag, state=f"state of {tag}", codes=codes),
            units={unit: replace(MILL, id=unit, running=f"state of {tag}", running_codes=running, causes=causes)},
        )
        happened = [halt(i, start, start + length, cause, unit=unit) for i, (start, length, cause) in enumerate(events)]
        found += [replace(one, unit="") for one in hours(of, series(tag, rows), events=happened).result.halts]
    assert plain == other


@pytest.mark.parametrize(
    "states",
    [
        [(900, 1), (955, 0), (964, 1)],  # stands still for 9 min across the end of the shift
        [(355, 1), (475, 0), (484, 1)],  # and across its beginning; the reading that tells that it ran before is 2 h 5 min old
    ],
)
def test_n5_a_short_stop_across_a_boundary_is_judged_by_what_lies_beyond(states: list[tuple[float, float]]) -> None:
    of = plant(replace(STATE, max_hold=2 * HOUR), units={"u1": replace(MILL, min_halt=10 * MINUTE)})
    whole = series("S", states)
    near = reach(of, shift("D").span)["S"]
    one, two = (hours(of, some, slot="D").result.units["u1"] for some in (whole, whole.between(near.start, near.end)))
    assert one.halts == two.halts == ()
    assert one.running == two.running


def test_i7_r5_a_halt_opens_to_its_readings_and_to_the_act_with_its_evidence() -> None:
    said = replace(
        halt(7, 70, 110, "mechanical"), reason="belt torn", who="fitter, post 9", role="maintenance", evidence="order 41"
    )
    unit = hours(watched(), series("S", [(0, 1), (60, 3), (120, 1)]), events=[said]).result.units["u1"]
    (node,) = unit.nodes["halt/mechanical"].children
    readings, act = node.children
    assert node.label == "from 2026-03-04T01:10:00Z to 2026-03-04T01:50:00Z"
    assert [(readings.value.ts[i] - T0) // MINUTE for i in range(len(readings.value))] == [60]
    assert (act.label, act.value) == ("act 7: halt, mechanical", said)
    assert [n.op for _, n in walk(unit.nodes["halted"])].count("unit_time") == 3
    assert at(70) == node.children[1].value.start


@pytest.mark.parametrize("slot", ["N", "D", "E"])
def test_r1_events_of_the_shift_stand_beside_it(slot: str) -> None:
    visit = replace(halt(3, 470, 490), kind="visit")
    assert hours(watched(), events=[visit], slot=slot).result.events == ((visit,) if slot in "ND" else ())
