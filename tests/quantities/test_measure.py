"""The front door: everything of one shift at once, in order, with parts for crews (Q7, T3) and all issues."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, NAN, at, crew, hourly, known, meter, opened, plant, raw_series, series, shift, span
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.core.trace import evaluate
from shiftledger.plant.model import Material
from shiftledger.plant.roster import Shift
from shiftledger.quantities import assays, codes, counters, kernel, stocks
from shiftledger.quantities.measure import OPERATIONS, margins, measure
from shiftledger.readings.batch import GOOD

WHOLE = {"mill": (crew("mill/A", 480, 960),), "filter": (crew("filter/A", 480, 960),)}


def test_metered_streams_by_id_and_unmetered_ones_left_out() -> None:
    made = plant(meter("FT-2", stream="slurry"), meter("FT-1"))
    found = measure(made, shift(), known(hourly("FT-1", 10.0), hourly("FT-2", 9.0)), WHOLE, {}).result
    assert {key: quantity.quanta for key, quantity in found.streams.items()} == {"feed": 80_000, "slurry": 72_000}
    assert list(found.streams) == ["feed", "slurry"]
    assert (found.shift, found.parts, found.bands) == (shift(), {}, {})


def test_t4_only_streams_and_meters_of_the_day_count() -> None:
    old = meter("FT-1", valid_to=date(2026, 3, 3))
    new = meter("FT-9", valid_from=DAY)
    made = plant(old, new)
    readings = known(hourly("FT-1", 1.0), hourly("FT-9", 2.0))
    assert measure(made, shift(), readings, WHOLE, {}).result.streams["feed"].quanta == 16_000
    gone = replace(made, streams={"feed": replace(made.streams["feed"], valid_to=date(2026, 3, 3))})
    assert measure(gone, shift(), readings, WHOLE, {}).result.streams == {}


def test_i8_undefined_stream_is_absent_and_all_issues_come_at_once() -> None:
    made = plant(meter(), meter("FT-1B"), meter("FT-2", unit="m", stream="slurry"))
    found = measure(made, shift(), {}, WHOLE, {})
    assert [quantity.quanta for quantity in found.result.streams.values()] == [None, None]
    assert {issue.code for issue in found.issues} == {"Q008", "Q009", "Q012"}
    assert found.issues == tuple(sorted(found.issues, key=lambda issue: issue.sort_key))


def test_q7_parts_are_what_flowed_while_each_crew_ran() -> None:
    rosters = {"mill": (crew("mill/A", 480, 600), crew("mill/B", 600, 960)), "filter": WHOLE["filter"]}
    made = plant(meter(integrate="linear", max_gap=8 * HOUR), meter("FT-2", stream="draw"))
    readings = known(series("FT-1", [(480, 0.0), (960, 8.0)]), hourly("FT-2", 9.0))
    found = measure(made, shift(), readings, rosters, {}).result
    assert found.parts == {"feed": (pytest.approx(2.0), pytest.approx(30.0))}  # draw touches only the filter


def test_q7_parts_of_a_fill_go_with_its_time_and_a_counter_shares_its_rise() -> None:
    rosters = {"mill": (crew("mill/A", 480, 840), crew("mill/B", 840, 960))}
    filled = plant(meter(fill="last-good"))
    found = measure(filled, shift(), known(hourly("FT-1", 10.0, 480, 720)), rosters, {}).result
    assert found.parts == {"feed": (pytest.approx(60.0), pytest.approx(20.0))}
    counted = plant(meter(kind="counter", unit="t"))
    found = measure(counted, shift(), known(series("FT-1", [(480, 0.0), (540, 6.0), (960, 6.0)])), rosters, {}).result
    assert found.parts == {"feed": (pytest.approx(6.0), 0.0)}
    absent = measure(filled, shift(), {}, rosters, {}).result
    assert absent.parts == {}


def test_q1_standard_rates_reach_their_stream() -> None:
    made = plant(meter(fill="standard"))
    found = measure(made, shift(), {}, WHOLE, {"feed": 2.5, "slurry": 99.0}).result.streams["feed"]
    assert (found.quanta, found.status, found.coverage, opened(found)) == (20_000, "estimated", 0.0, 20_000)


def test_given_boundary_values_are_taken_as_they_are() -> None:
    made = plant(meter("LT", "level", "t", stock="T"))
    readings = known(series("LT", [(480, 50.0), (960, 57.0)]))
    own = measure(made, shift(), readings, WHOLE, {}).result
    assert (own.opening["T"].quanta, own.closing["T"].quanta) == (50_000, 57_000)
    given_values = measure(made, shift(), {}, WHOLE, {}, opening=own.closing, closing=own.opening)
    assert (given_values.result.opening, given_values.result.closing) == (own.closing, own.opening)
    assert given_values.issues == ()
    settled = measure(made, shift(), readings, WHOLE, {}, {("T", at(480)): 1}).result
    assert (settled.opening["T"].quanta, settled.closing["T"].quanta) == (1, 57_000)


@given(st.permutations(["FT-1", "FT-2", "LT"]), st.permutations([0, 1, 2]))
def test_i5_order_of_rows_and_tags_never_matters(tags: list[str], rows: list[int]) -> None:
    series_of = {"FT-1": hourly("FT-1", 10.1), "FT-2": hourly("FT-2", 9.3), "LT": series("LT", [(480, 50.0), (950, 57.0)])}
    meters = [meter(), meter("FT-2", stream="slurry", limit="0.01"), meter("LT", "level", "t", stock="T", sigma="0.05")]
    first = measure(plant(*meters), shift(), series_of, WHOLE, {})
    other = measure(plant(*(meters[i] for i in rows)), shift(), {tag: series_of[tag] for tag in tags}, WHOLE, {})
    assert list(other.result.streams) == list(first.result.streams)
    assert [q.quanta for q in other.result.streams.values()] == [q.quanta for q in first.result.streams.values()]
    assert [list(q.errors.items()) for q in other.result.closing.values()] == [
        list(q.errors.items()) for q in first.result.closing.values()
    ]
    assert other.issues == first.issues


@given(
    st.lists(
        st.tuples(st.integers(1, 70), st.integers(0, 5000), st.sampled_from(["", "", "", "u", "b"])), min_size=20, max_size=80
    ),
    st.sampled_from(["rate", "interval", "counter"]),
    st.sampled_from(["", "mean-of-shift", "last-good"]),
)
def test_n5_a_shift_depends_on_no_reading_outside_the_margins(steps: list[tuple[int, int, str]], kind: str, fill: str) -> None:
    minute, readings = -1500, []
    for wait, value, mark in steps:
        minute += wait * 2
        readings.append((float(minute), NAN if mark == "b" else value / 10, mark))
    unit = "t/h" if kind == "rate" else "t"
    made = plant(meter(kind=kind, unit=unit, fill=fill, length=30 * MINUTE, max_hold=5 * HOUR), stocks={})
    before, after = margins(made)
    whole = series("FT-1", readings)
    near = whole.between(at(0) - before, at(1440) + after)
    for slot in ("N", "D", "E"):
        far, close = (measure(made, shift(slot), known(one), WHOLE, {}) for one in (whole, near))
        assert far.result.streams["feed"].quanta == close.result.streams["feed"].quanta
        assert far.issues == close.issues
        quantity = close.result.streams["feed"]
        assert quantity.quanta is None or opened(quantity) == quantity.quanta


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 5000)), min_size=60, max_size=120),
    st.integers(0, 1440),
    st.integers(0, 1440),
)
def test_i1_shifts_agree_with_the_day_integrated_without_cuts(steps: list[tuple[int, int]], cut: int, other: int) -> None:
    now, rows = at(-60), []
    for wait, value in steps:
        now += wait * MINUTE
        rows.append((now, value / 1000, GOOD))
    made = plant(meter(max_gap=50 * MINUTE), stocks={})
    readings = known(raw_series("FT-1", rows))
    edges = sorted({0, cut, other, 1440})
    spans = [Span(at(a), at(b)) for a, b in pairwise(edges)]
    found = [measure(made, Shift(f"s{i}", DAY, "D", one), readings, {}, {}).result.streams["feed"] for i, one in enumerate(spans)]
    day = measure(made, Shift("day", DAY, "D", Span(at(0), at(1440))), readings, {}, {}).result.streams["feed"]
    assert math.fsum(q.value or 0.0 for q in found) == pytest.approx(day.value or 0.0, rel=1e-12)
    assert abs(sum(q.quanta or 0 for q in found) - (day.quanta or 0)) <= len(found) / 2 + 0.5


def test_i7_operations_have_one_meaning_each() -> None:
    names = [name for name, _ in OPERATIONS]
    assert len(names) == len(set(names))
    for module in (kernel, counters, assays, stocks):
        assert set(module.OPERATIONS) <= set(OPERATIONS)


def test_codes_are_a_visible_list_without_holes() -> None:
    assert [kind.code for kind in codes.CODES] == [f"Q{i:03d}" for i in range(1, len(codes.CODES) + 1)]
    assert all(kind.explanation.endswith(".") for kind in codes.CODES)


def test_q8_posted_quanta_are_whole_numbers_of_python() -> None:
    made = plant(meter(kind="counter", unit="t"), material=Material("ore", "t", quantum=Decimal("0.01")))
    quantity = measure(made, shift(), known(hourly("FT-1", 7.0)), WHOLE, {}).result.streams["feed"]
    assert type(quantity.quanta) is int
    assert type(quantity.value) is float
    assert not isinstance(quantity.coverage, np.floating)


PARTS = (span(480, 600), span(600, 960))  # of the mill's shift D


@pytest.mark.parametrize("fill", ["mean-of-shift", "last-good", "standard", ""])
@pytest.mark.parametrize("gap", [(540, 700), (590, 1000), (470, 620)])
def test_q7_what_fills_a_shift_is_inherited_by_its_cells(fill: str, gap: tuple[int, int]) -> None:
    """A gap over the cut, over the end, and over a whole cell: the cells are what the shift is, however it is cut."""
    made = plant(meter(fill=fill, max_gap=30 * MINUTE), stocks={})
    rows = [(minute, float(7 + minute // 60)) for minute in range(300, 1100, 15) if not gap[0] < minute < gap[1]]
    readings, rates = known(series("FT-1", rows)), {"feed": 4.0}
    whole = measure(made, shift(), readings, WHOLE, rates).result.streams["feed"]
    cells = [
        measure(made, Shift(f"p{i}", DAY, f"p{i}", part), readings, {}, rates, parts_of={"mill": shift().span}).result.streams[
            "feed"
        ]
        for i, part in enumerate(PARTS)
    ]
    assert math.fsum(cell.value or 0.0 for cell in cells) == pytest.approx(whole.value)
    assert abs(sum(cell.quanta or 0 for cell in cells) - (whole.quanta or 0)) <= 1
    for cell in cells:
        assert cell.quanta is not None, "a part of a known shift is known in part"
        assert evaluate(cell.node, dict(OPERATIONS)) == cell.quanta
    covered = sum(cell.coverage * part.length for cell, part in zip(cells, PARTS, strict=True))
    assert covered / shift().span.length == pytest.approx(whole.coverage)


def test_i8_a_part_of_a_shift_of_which_nothing_is_known_is_absent() -> None:
    made = plant(meter(), stocks={})
    part = Shift("p0", DAY, "p0", PARTS[0])
    found = measure(made, part, known(hourly("FT-1", 5.0, 1020, 1440)), {}, {}, parts_of={"mill": shift().span})
    assert found.result.streams["feed"].quanta is None
    assert [issue.code for issue in found.issues] == ["Q001"]
    inherited = measure(made, part, known(hourly("FT-1", 5.0, 660, 960)), {}, {}, parts_of={"mill": shift().span})
    quantity = inherited.result.streams["feed"]
    assert (quantity.quanta, quantity.status, quantity.marks, quantity.coverage) == (0, "provisional", ("partial",), 0.0)
    assert [issue.code for issue in inherited.issues] == ["Q002"]
