"""When a unit runs and stands still: traces by hand, and what holds for every state, event and cut (Q3)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quantities.building import T0, at, series, span
from shiftledger.acts.events import Event
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.quantities.halts import (
    HALTED,
    RUNNING,
    UNKNOWN,
    RunRule,
    Stretch,
    claims,
    clipped,
    conflicts,
    course_of_unit,
    starts_in,
    time_in,
)
from shiftledger.quantities.kernel import Rule

# Codes: 1 run, 2 run slowly, 0 stopped (nobody says why), 3 jam (process), 4 no power (electrical).
HOLD = Rule("held", max_hold=24 * HOUR)
RULE = RunRule(HOLD, (1.0, 2.0), ((3.0, "process"), (4.0, "electrical")))
SHIFT = span(0, 480)


def halt(act: int, start: float, end: float | None, cause: str = "", **more: str) -> Event:
    return Event(act, more.get("unit", "u1"), more.get("area", ""), at(start), None if end is None else at(end), "halt", cause)


def told(course: tuple[Stretch, ...]) -> list[tuple[float, float, str]]:
    """(from minute, to minute, what or the cause) of each stretch."""
    return [((s.span.start - T0) / MINUTE, (s.span.end - T0) / MINUTE, s.cause if s.what == HALTED else s.what) for s in course]


def test_q3_a_state_tells_running_halts_by_cause_and_what_is_unknown() -> None:
    # Known from 00:30 on; runs, slows down (still runs), jams for 40 min, waits 20 min, runs from 02:30 to 04:00 when the tag goes bad.
    state = series("S", [(30, 1), (60, 2), (90, 3), (130, 0), (150, 1), (240, 0, "b")])
    course = course_of_unit(state, (), SHIFT, RULE)
    assert told(course) == [
        *((0, 30, UNKNOWN), (30, 90, RUNNING), (90, 130, "process"), (130, 150, "unclassed")),
        *((150, 240, RUNNING), (240, 480, UNKNOWN)),
    ]
    assert time_in(course, RUNNING) == 150 * MINUTE  # 60 + 90
    assert time_in(course, HALTED) == 60 * MINUTE
    assert time_in(course, HALTED, "process") == 40 * MINUTE
    assert time_in(course, UNKNOWN) == 270 * MINUTE  # 30 + 240
    assert starts_in(course, SHIFT) == 1  # at 02:30; to be known at 00:30 is no start


def test_q3_a_state_held_too_long_is_unknown_neither_running_nor_a_halt() -> None:
    short = replace(RULE, hold=Rule("held", max_hold=2 * HOUR))
    assert told(course_of_unit(series("S", [(0, 1), (300, 3)]), (), SHIFT, short)) == [
        *((0, 120, RUNNING), (120, 300, UNKNOWN), (300, 420, "process"), (420, 480, UNKNOWN)),
    ]


def test_q3_an_event_gives_the_cause_of_exactly_what_it_overlaps() -> None:
    state = series("S", [(0, 1), (60, 3), (180, 1)])  # a jam from 01:00 to 03:00
    course = course_of_unit(state, [halt(7, 90, 150, "mechanical")], SHIFT, RULE)
    assert told(course) == [
        (0, 60, RUNNING),
        (60, 90, "process"),
        (90, 150, "mechanical"),
        (150, 180, "process"),
        (180, 480, RUNNING),
    ]
    assert [(s.source, s.acts) for s in course if s.what == HALTED] == [("code", ()), ("event", (7,)), ("code", ())]
    assert starts_in(course, SHIFT) == 1, "a change of cause is no start"


def test_q3_an_event_without_a_cause_gives_evidence_and_leaves_the_cause() -> None:
    course = course_of_unit(series("S", [(0, 3), (60, 1)]), [halt(7, 0, 60)], SHIFT, RULE)
    assert [(s.cause, s.source, s.acts) for s in course if s.what == HALTED] == [("process", "code", (7,))]


def test_q3_where_the_unit_is_seen_running_an_event_changes_nothing() -> None:
    state = series("S", [(0, 1), (60, 0), (120, 1)])
    course = course_of_unit(state, [halt(7, 30, 90, "external")], SHIFT, RULE)
    assert told(course) == [(0, 60, RUNNING), (60, 90, "external"), (90, 120, "unclassed"), (120, 480, RUNNING)]


def test_q3_where_nothing_is_known_an_event_makes_a_halt() -> None:
    course = course_of_unit(series("S", [(120, 1)]), [halt(7, 30, 60, "planned"), halt(8, 60, 90)], SHIFT, RULE)
    assert told(course) == [(0, 30, UNKNOWN), (30, 60, "planned"), (60, 90, "unclassed"), (90, 120, UNKNOWN), (120, 480, RUNNING)]
    assert starts_in(course, SHIFT) == 0, "nobody knows when it began to run again"


def test_q3_without_a_state_halts_come_from_events_alone() -> None:
    course = course_of_unit(None, [halt(3, -60, 30, "electrical"), halt(4, 400, None, "external")], SHIFT, None)
    assert told(course) == [(0, 30, "electrical"), (30, 400, RUNNING), (400, 480, "external")]
    assert starts_in(course, SHIFT) == 1


def test_q3_of_two_causes_for_one_time_the_later_act_counts() -> None:
    first, second = halt(3, 0, 100, "mechanical"), halt(9, 60, 160, "process")
    both = [first, second]
    assert told(course_of_unit(None, both, SHIFT, None))[:2] == [(0, 60, "mechanical"), (60, 160, "process")]
    assert [(a.act, b.act, s) for a, b, s in conflicts(both, SHIFT)] == [(3, 9, span(60, 100))]
    assert told(course_of_unit(None, [replace(first, act=12), second], SHIFT, None))[:2] == [
        (0, 100, "mechanical"),
        (100, 160, "process"),
    ]
    assert conflicts([first, replace(second, cause="mechanical"), replace(second, cause="", act=10)], SHIFT) == ()


def test_q3_a_stop_shorter_than_min_halt_counts_as_running_wherever_a_boundary_cuts_it() -> None:
    rule = replace(RULE, min_halt=10 * MINUTE)
    # 9 min, then exactly 10 min; and 9 min across the end of the shift at minute 480.
    state = series("S", [(0, 1), (60, 0), (69, 1), (100, 3), (110, 1), (475, 0), (484, 1)])
    before, after = course_of_unit(state, (), SHIFT, rule), course_of_unit(state, (), span(480, 960), rule)
    assert told(before) == [(0, 100, RUNNING), (100, 110, "process"), (110, 480, RUNNING)]
    assert told(after) == [(480, 960, RUNNING)]
    longer = series("S", [(0, 1), (475, 0), (485, 1)])  # 10 min across the boundary: a halt, in both shifts
    assert told(course_of_unit(longer, (), SHIFT, rule))[-1] == (475, 480, "unclassed")
    assert told(course_of_unit(longer, (), span(480, 960), rule))[0] == (480, 485, "unclassed")


def test_q3_a_short_stop_that_borders_on_the_unknown_may_be_longer_and_stays_a_halt() -> None:
    rule = replace(RULE, min_halt=10 * MINUTE)
    state = series("S", [(0, 1), (60, 0), (65, 0, "b"), (70, 1)])
    assert told(course_of_unit(state, (), SHIFT, rule))[:3] == [(0, 60, RUNNING), (60, 65, "unclassed"), (65, 70, UNKNOWN)]


def test_i2_a_start_at_the_boundary_belongs_to_the_shift_that_begins_there() -> None:
    state = series("S", [(0, 1), (400, 3), (480, 1)])
    whole = [course_of_unit(state, (), Span(s.start - 1, s.end), RULE) for s in (SHIFT, span(480, 960))]
    assert [starts_in(whole[0], SHIFT), starts_in(whole[1], span(480, 960))] == [0, 1]


# Whatever the states and events are.

STATES = st.lists(
    st.tuples(st.integers(-60, 540), st.sampled_from([0, 1, 2, 3, 4]), st.sampled_from(["", "", "", "u", "b"])), max_size=25
)
EVENTS = st.lists(
    st.tuples(st.integers(-60, 500), st.integers(1, 120), st.sampled_from(["", "process", "mechanical", "external"])), max_size=6
)
RULES = st.builds(
    lambda hold, least: replace(RULE, hold=Rule("held", max_hold=hold * MINUTE), min_halt=least * MINUTE),
    st.sampled_from([60, 1440]),
    st.sampled_from([0, 5, 30]),
)


def made(states: list[tuple[int, int, str]], events: list[tuple[int, int, str]]) -> tuple[object, list[Event]]:
    rows = sorted({minute: (minute, float(code), mark) for minute, code, mark in states}.values())
    return series("S", rows), [halt(i, start, start + length, cause) for i, (start, length, cause) in enumerate(events)]


@given(STATES, EVENTS, RULES, st.lists(st.integers(0, 480 * 60), max_size=4))
def test_q7_halts_cut_anywhere_sum_to_the_whole(states, events, rule, cuts) -> None:  # type: ignore[no-untyped-def]
    readings, happened = made(states, events)
    edges = sorted({SHIFT.start, SHIFT.end, *(T0 + cut * 1_000_000 for cut in cuts)})
    whole = course_of_unit(readings, happened, Span(SHIFT.start - 1, SHIFT.end), rule)  # type: ignore[arg-type]
    parts = [Span(a, b) for a, b in pairwise(edges)]
    pieces = [course_of_unit(readings, happened, Span(part.start - 1, part.end), rule) for part in parts]  # type: ignore[arg-type]
    for what, cause in ((RUNNING, ""), (UNKNOWN, ""), (HALTED, ""), (HALTED, "process"), (HALTED, "unclassed")):
        inside = [time_in(clipped(piece, part), what, cause) for piece, part in zip(pieces, parts, strict=True)]
        assert sum(inside) == time_in(clipped(whole, SHIFT), what, cause)
    assert sum(starts_in(piece, part) for piece, part in zip(pieces, parts, strict=True)) == starts_in(whole, SHIFT)
    assert sum(s.span.length for s in clipped(whole, SHIFT)) == SHIFT.length, "running, halted and unknown cover the shift"


@given(STATES, EVENTS, RULES, st.randoms(use_true_random=False))
def test_i5_the_order_of_events_matters_only_where_they_contradict(states, events, rule, random) -> None:  # type: ignore[no-untyped-def]
    readings, happened = made(states, events)
    numbers = [event.act for event in happened]
    random.shuffle(numbers)
    other = [replace(event, act=number) for event, number in zip(happened, numbers, strict=True)]
    random.shuffle(other)
    torn = [both for _, _, both in conflicts(happened, SHIFT)]
    one, two = (course_of_unit(readings, list(given), SHIFT, rule) for given in (happened, other))  # type: ignore[arg-type]
    for minute in range(0, 480, 7):
        instant = at(minute)
        if not any(both.start <= instant < both.end for both in torn):
            here = [next((s.what, s.cause, s.source) for s in c if s.span.start <= instant < s.span.end) for c in (one, two)]
            assert here[0] == here[1]
    assert claims(sorted(happened, key=lambda e: e.act), SHIFT) == claims(list(reversed(happened)), SHIFT)
