"""L9 on generated plants: the running shift is the ledger of the close on a part of the shift, and what it reads only grows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.closing import Closed, closed, window_in_memory
from properties.effort import EXAMPLES
from properties.flowsheets import Knobs, knobs
from shiftledger.core.period import Span
from shiftledger.engine.against import allowed_items, value_items
from shiftledger.engine.known import Window
from shiftledger.engine.running import running_shift
from shiftledger.engine.sofar import Seen, SoFar, reached, read_until, so_far
from shiftledger.quantities.gauges import SeriesByTag

FEW = max(4, EXAMPLES // 3)


def everything(window: Window) -> SeriesByTag:
    return window.series(window.timeline.everything(10**9), -1)


def made_at(books: Closed, at: int, seen: Seen) -> list[SoFar]:
    here = reached(books.plant, at)
    return [so_far(books.plant, here.cells, row, seen).result for row, _ in here.shifts]


@given(knobs(), st.integers(0, 10**6))
@settings(max_examples=FEW)
def test_l9_at_the_end_with_what_the_close_knew_it_is_the_close_without_its_charges(shape: Knobs, seed: int) -> None:
    """Quantities by stream, V by item, Allowed by item: all as closed, for one shift of every area, cells or not."""
    books = closed(shape)
    series = everything(window_in_memory(books.plant, books.sample.readings))
    seen = Seen(series, lambda _at: series, fresh=False)
    for day in [sorted(books.books.items())[seed % len(books.books)][1]]:
        shifts = list(dict.fromkeys(shift for shift, _ in day.traces))
        for (shift, area), trace in day.traces.items():
            at = day.areas[shift, area].context.quantities.shift.span
            if not at.length or shift != shifts[seed % len(shifts)]:
                continue
            (found,) = (one for one in made_at(books, at.end, seen) if one.row.area == area)
            flows = {key: flow.quantity.quanta for key, flow in day.areas[shift, area].balance.flows.items()}
            assert {key: flow.quantity.quanta for key, flow in found.balance.flows.items()} == flows
            wanted, allowed = dict(value_items(trace)), allowed_items(trace)
            wanted.pop("fixed", None)
            assert dict(value_items(found.trace)) == wanted
            if allowed is not None:
                assert dict(allowed_items(found.trace) or {}) == {k: v for k, v in allowed.items() if k != "fixed"}


@given(knobs(fills=False), st.integers(1, 99), st.integers(0, 10**6))
@settings(max_examples=FEW)
def test_l9_q7_what_is_read_until_an_instant_is_what_the_whole_course_holds_until_the_last_reading(
    shape: Knobs, hundredth: int, seed: int
) -> None:
    """Nothing of later readings enters, and nothing read earlier is lost: rates and counters up to their last reading."""
    books = closed(shape)
    day = sorted(books.books)[seed % len(books.books)]
    whole = books.books[day].quantities[seed % len(books.books[day].quantities)].shift.span
    at = whole.start + whole.length * hundredth // 100
    if at <= whole.start:
        return
    series = everything(window_in_memory(books.plant, books.sample.readings))
    until = read_until(books.plant, series, at)
    assert all(len(one) == 0 or int(one.ts[-1]) <= at for one in until.values())
    for found in made_at(books, at, Seen(until, lambda _at: until)):
        start = found.row.shift.span.start
        for stream in running_shift(books.plant, found, Span(start, whole.end), until).streams[:2]:
            (meter, *_) = [*books.plant.meters_of(day, stream=stream.stream), None]
            if meter is None or meter.kind not in ("rate", "counter") or stream.last is None or not start < stream.last <= at:
                continue
            full = Seen(series, lambda _at: series)
            (same,) = (one for one in made_at(books, stream.last, full) if one.row.area == found.row.area)
            there = same.context.quantities.streams[stream.stream]
            here = found.context.quantities.streams[stream.stream]
            if same.row.shift.span.start != start or there.value is None or here.value is None:
                continue
            assert here.value == pytest.approx(there.value, rel=1e-9, abs=1e-9)


@given(knobs(), st.integers(1, 99), st.integers(0, 10**6))
@settings(max_examples=FEW)
def test_l9_the_lines_add_up_to_v_less_allowed(shape: Knobs, hundredth: int, seed: int) -> None:
    books = closed(shape)
    day: date = sorted(books.books)[seed % len(books.books)]
    whole = books.books[day].quantities[0].shift.span
    at = whole.start + max(1, whole.length * hundredth // 100)
    until = read_until(books.plant, everything(window_in_memory(books.plant, books.sample.readings)), at)
    for found in made_at(books, at, Seen(until, lambda _at: until)):
        shown = running_shift(books.plant, found, Span(found.row.shift.span.start, whole.end), until)
        assert sum(line.amount for line in shown.lines) == found.statement.value
        if found.trace.bridge.allowed is None or found.statement.absent:
            assert shown.difference is None
        else:
            assert shown.difference == found.statement.value - found.trace.bridge.allowed.total
            assert sum(line.difference or 0 for line in shown.lines) == shown.difference


def test_l9_what_was_read_after_the_instant_changes_nothing() -> None:
    """Any reading after `at` may say what it likes: the running shift is the same."""
    books = closed(Knobs(seed=5, stocks=1))
    day = sorted(books.books)[0]
    span = books.books[day].quantities[0].shift.span
    at = span.start + span.length // 2
    series = everything(window_in_memory(books.plant, books.sample.readings))
    wild = {tag: replace(one, value=one.value.copy()) for tag, one in series.items()}
    for one in wild.values():
        one.value[one.ts > at] += 1e6
    seen = [Seen(until, lambda _at, until=until: until) for until in (read_until(books.plant, s, at) for s in (series, wild))]
    first, second = ([made.statement for made in made_at(books, at, one)] for one in seen)
    assert first == second
    assert any(statement.value for statement in first)
