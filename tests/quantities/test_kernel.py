"""Time integration (Q1, Q7) by hand, against a reference in exact fractions, and for any cut."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import NAN, T0, at, raw_series, series, span
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.quantities.kernel import (
    Rule,
    clip,
    gaps,
    held_pieces,
    integrate,
    integrate_intervals,
    interval_pieces,
    overlapping,
    overlay,
    rate_pieces,
    scaled,
)
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, Series

GAP = 60 * MINUTE


def test_q1_step_holds_a_reading_until_the_next() -> None:
    rate = series("F", [(0, 2.0), (30, 4.0), (60, 6.0)])
    found = integrate(rate, span(0, 60), "step", GAP)
    assert found.value == 30 * MINUTE * (2.0 + 4.0)
    assert found.covered == 60 * MINUTE


def test_q1_linear_draws_the_line_between_neighbours() -> None:
    rate = series("F", [(0, 2.0), (30, 4.0), (60, 0.0)])
    assert integrate(rate, span(0, 60), "linear", GAP).value == 30 * MINUTE * (3.0 + 2.0)


def test_q1_boundary_clips_exactly_and_reads_the_neighbours_outside() -> None:
    rate = series("F", [(-20, 6.0), (20, 12.0), (55, 3.0), (70, 9.0)])
    step = integrate(rate, span(0, 60), "step", GAP)
    assert step.value == MINUTE * (20 * 6.0 + 35 * 12.0 + 5 * 3.0)
    assert step.covered == 60 * MINUTE
    linear = integrate(rate, span(0, 60), "linear", GAP)  # 9 at 0; 5 at 60
    assert linear.value == MINUTE * (20 * 10.5 + 35 * 7.5 + 5 * 4.0)


@pytest.mark.parametrize("mode", ["step", "linear"])
def test_q1_gap_longer_than_max_gap_is_wholly_uncovered(mode: str) -> None:
    rate = raw_series("F", [(T0, 1.0, GOOD), (T0 + GAP, 1.0, GOOD), (T0 + 2 * GAP + 1, 1.0, GOOD)])
    found = integrate(rate, Span(T0, T0 + 2 * GAP + 1), mode, GAP)
    assert found.covered == GAP  # exactly max_gap still holds, one microsecond more does not
    assert found.value == float(GAP)


@pytest.mark.parametrize("mode", ["step", "linear"])
def test_q1_time_before_the_first_and_after_the_last_reading_is_uncovered(mode: str) -> None:
    found = integrate(series("F", [(10, 5.0), (40, 5.0)]), span(0, 60), mode, GAP)
    assert (found.covered, found.value) == (30 * MINUTE, 150.0 * MINUTE)
    assert gaps(found.pieces, span(0, 60)) == (span(0, 10), span(40, 60))


def test_q1_a_bad_reading_ends_a_hold() -> None:
    rate = series("F", [(0, 5.0), (10, NAN, "b"), (20, 7.0), (30, 9.0)])
    step = integrate(rate, span(0, 30), "step", GAP)
    assert (step.covered, step.value) == (20 * MINUTE, MINUTE * (50.0 + 70.0))
    linear = integrate(rate, span(0, 30), "linear", GAP)
    assert (linear.covered, linear.value) == (10 * MINUTE, 80.0 * MINUTE)


def test_q1_a_bad_reading_counts_as_bad_even_with_a_value() -> None:
    rate = raw_series("F", [(T0, 5.0, BAD), (T0 + 10 * MINUTE, 7.0, GOOD), (T0 + 20 * MINUTE, 7.0, GOOD)])
    assert integrate(rate, span(0, 20), "step", GAP).value == 70.0 * MINUTE


def test_q1_an_uncertain_reading_is_used_and_told() -> None:
    rate = series("F", [(0, 5.0), (10, 7.0, "u"), (20, 7.0), (30, 7.0)])
    assert integrate(rate, span(0, 20), "step", GAP).uncertain
    assert integrate(rate, span(0, 20), "step", GAP).value == 120.0 * MINUTE
    assert not integrate(rate, span(0, 10), "step", GAP).uncertain
    assert integrate(rate, span(0, 10), "linear", GAP).uncertain
    assert integrate(rate, span(10, 20), "linear", GAP).uncertain
    assert not integrate(rate, span(20, 30), "linear", GAP).uncertain


def test_q1_nothing_known_covers_nothing() -> None:
    for readings in ([], [(5.0, 1.0)], [(90.0, 1.0), (95.0, 1.0)], [(-9.0, 1.0), (-5.0, 1.0)]):
        found = integrate(series("F", readings), span(0, 60), "step", GAP)
        assert (found.covered, found.value, len(found.pieces)) == (0, 0.0, 0)


def test_i2_clip_keeps_only_what_lies_inside() -> None:
    course = rate_pieces(series("F", [(0, 1.0), (10, 2.0), (20, 3.0), (30, 4.0)]), span(0, 30), "linear", GAP)
    for start, end, first, last in ((10, 20, 2.0, 3.0), (10, 30, 2.0, 4.0), (12, 18, 2.2, 2.8), (0, 30, 1.0, 4.0)):
        part = clip(course, span(start, end))
        assert np.all(part.end > part.start)
        assert (part.start[0], part.end[-1]) == (at(start), at(end))
        assert (part.y0[0], part.y1[-1]) == (pytest.approx(first), pytest.approx(last))
    assert len(clip(course, span(10, 20))) == 1
    assert len(clip(course, span(30, 40))) == len(clip(course, span(-9, 0))) == len(clip(course, span(15, 15))) == 0
    assert course.y0.tolist() == [1.0, 2.0, 3.0]  # cut from a copy


def test_q1_interval_reading_is_an_amount_before_its_stamp() -> None:
    amounts = series("E", [(15, 3.0), (30, 5.0), (45, 7.0)])
    found = integrate_intervals(amounts, span(0, 30), 15 * MINUTE)
    assert found.value / (15 * MINUTE) == 8.0  # the stamp on the boundary belongs to the period that ends there
    assert found.covered == 30 * MINUTE


def test_q1_interval_cut_by_the_boundary_counts_pro_rata() -> None:
    amounts = series("E", [(20, 6.0), (35, 15.0)])
    found = integrate_intervals(amounts, span(10, 30), 15 * MINUTE)
    assert found.value / (15 * MINUTE) == pytest.approx(6.0 * 10 / 15 + 15.0 * 10 / 15, rel=1e-15)
    assert found.covered == 20 * MINUTE


def test_q1_of_overlapping_intervals_the_later_counts_from_its_start() -> None:
    amounts = series("E", [(15, 15.0), (25, 30.0)])
    found = integrate_intervals(amounts, span(0, 30), 15 * MINUTE)
    assert found.value / (15 * MINUTE) == 10.0 + 30.0
    assert found.covered == 25 * MINUTE
    assert overlapping(amounts, span(0, 30), 15 * MINUTE) == 1
    assert overlapping(series("E", [(15, 1.0), (30, 1.0)]), span(0, 30), 15 * MINUTE) == 0
    assert overlapping(series("E", [(20, 1.0), (30, 1.0)]), span(0, 30), 15 * MINUTE) == 1  # stamped on the end: inside
    assert overlapping(series("E", [(0, 1.0), (5, 1.0)]), span(0, 30), 15 * MINUTE) == 0  # stamped on the start: outside


def test_q1_bad_interval_is_uncovered_and_takes_nothing_from_its_neighbour() -> None:
    amounts = series("E", [(15, 15.0), (25, NAN, "b"), (45, 1.0)])
    found = interval_pieces(amounts, span(0, 60), 15 * MINUTE)
    assert gaps(found, span(0, 60)) == (span(15, 30), span(45, 60))


def test_q5_held_value_lasts_until_the_next_one_and_at_most_max_hold() -> None:
    rule = Rule("held", max_hold=120 * MINUTE)
    found = held_pieces(series("L", [(-30, 8.0), (60, 9.0), (400, 10.0)]), span(0, 480), rule)
    assert [(int(a - T0) // MINUTE, int(b - T0) // MINUTE) for a, b in zip(found.start, found.end, strict=True)] == [
        (0, 60),
        (60, 180),
        (400, 480),
    ]
    assert found.y0.tolist() == [8.0, 9.0, 10.0]


def test_q5_held_sample_on_the_boundary_counts_from_there_and_a_bad_one_ends_the_hold() -> None:
    rule = Rule("held", max_hold=1440 * MINUTE)
    found = held_pieces(series("L", [(-30, 8.0), (0, 9.0), (60, NAN, "b"), (480, 1.0)]), span(0, 480), rule)
    assert (found.y0.tolist(), found.covered) == ([9.0], 60 * MINUTE)


def test_q5_overlay_merges_the_breakpoints_of_both_courses() -> None:
    flow = rate_pieces(series("F", [(0, 0.0), (60, 60.0)]), span(0, 60), "linear", GAP)
    held = held_pieces(series("L", [(-10, 2.0), (20, 3.0)]), span(0, 50), Rule("held", max_hold=40 * MINUTE))
    both = overlay(flow, held)
    assert both.held.tolist() == [2.0, 3.0]
    assert both.flow.y0.tolist() == [0.0, 20.0]
    assert both.flow.y1.tolist() == [20.0, 50.0]
    assert scaled(both.flow, both.held).total == MINUTE * (2.0 * 20 * 10 + 3.0 * 30 * 35)


# Properties.

READINGS = st.lists(
    st.tuples(st.integers(1, 90), st.integers(0, 4000), st.sampled_from([GOOD, GOOD, GOOD, UNCERTAIN, BAD])),
    min_size=0,
    max_size=25,
)


def from_steps(steps: list[tuple[int, int, int]]) -> Series:
    """Readings at strictly increasing instants (seconds apart) with values in thousandths."""
    rows, now = [], T0
    for wait, thousandths, quality in steps:
        now += wait * 1_000_003
        rows.append((now, NAN if quality == BAD else thousandths / 1000, quality))
    return raw_series("F", rows)


def reference(readings: Series, window: Span, mode: str, max_gap: int) -> tuple[Fraction, int]:
    """The integral pair by pair in exact fractions: nothing shared with the kernel."""
    value, covered = Fraction(0), 0
    rows = list(zip(readings.ts.tolist(), readings.value.tolist(), readings.quality.tolist(), strict=True))
    for (t0, v0, q0), (t1, v1, q1) in pairwise(rows):
        if t1 - t0 > max_gap or q0 == BAD or (mode == "linear" and q1 == BAD):
            continue
        a, b = max(t0, window.start), min(t1, window.end)
        if b <= a:
            continue
        covered += b - a
        first = Fraction(v0)
        slope = (Fraction(v1) - first) / (t1 - t0) if mode == "linear" else Fraction(0)
        value += (b - a) * (first + slope * (Fraction(a + b, 2) - t0))
    return value, covered


@given(READINGS, st.integers(0, 900), st.integers(0, 1500), st.sampled_from(["step", "linear"]), st.sampled_from([20, 60, 90]))
def test_q1_agrees_with_the_reference(steps: list[tuple[int, int, int]], start: int, length: int, mode: str, gap: int) -> None:
    readings = from_steps(steps)
    window = Span(T0 + start * 1_000_000, T0 + (start + length) * 1_000_000)
    found = integrate(readings, window, mode, gap * 1_000_000)
    value, covered = reference(readings, window, mode, gap * 1_000_000)
    assert found.covered == covered
    assert found.value == pytest.approx(float(value), rel=1e-12, abs=1e-9)


@given(
    READINGS,
    st.lists(st.integers(0, 2_000_000_000), min_size=3, max_size=3),
    st.sampled_from(["step", "linear", "interval", "held"]),
)
def test_q7_a_span_cut_anywhere_gives_parts_that_sum_to_the_whole(
    steps: list[tuple[int, int, int]], instants: list[int], kind: str
) -> None:
    readings = from_steps(steps)
    a, b, c = sorted(T0 + one for one in instants)

    def total(start: int, end: int) -> tuple[float, int]:
        window = Span(start, end)
        if kind == "interval":
            pieces = interval_pieces(readings, window, 45_000_000)
        elif kind == "held":
            pieces = held_pieces(readings, window, Rule("held", max_hold=70_000_000))
        else:
            pieces = rate_pieces(readings, window, kind, 60_000_000)
        return pieces.total, pieces.covered

    whole, first, second = total(a, c), total(a, b), total(b, c)
    assert whole[1] == first[1] + second[1]
    assert whole[0] == pytest.approx(first[0] + second[0], rel=1e-12, abs=1e-6)


@given(READINGS, st.integers(0, 1500), st.sampled_from(["rate", "interval", "held"]))
def test_q1_pieces_never_overlap_and_never_leave_the_span(steps: list[tuple[int, int, int]], start: int, kind: str) -> None:
    readings, window = from_steps(steps), Span(T0 + start * 1_000_000, T0 + start * 1_000_000 + HOUR // 4)
    found = {
        "rate": lambda: rate_pieces(readings, window, "step", GAP),
        "interval": lambda: interval_pieces(readings, window, 45_000_000),
        "held": lambda: held_pieces(readings, window, Rule("held", max_hold=70_000_000)),
    }[kind]()
    assert np.all(found.end > found.start)
    assert np.all(found.start[1:] >= found.end[:-1])
    assert not len(found) or (found.start[0] >= window.start and found.end[-1] <= window.end)
    assert found.covered + sum(gap.length for gap in gaps(found, window)) == window.length
