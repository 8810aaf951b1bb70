"""From readings to a course over time, and from a course to its integral (Q1, Q5, Q7).

Whatever a meter tells becomes `Pieces`: straight bits of a course, in order, without overlap, covering exactly the time of which
something is known. An integral is the sum over pieces clipped at the boundary, so a period cut anywhere gives parts that sum to
the whole (Q7). Time is whole microseconds; sums are `math.fsum` over elementwise products: no order of threads enters (I5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import HOUR, Span
from shiftledger.readings.batch import BAD, BELOW, FROZEN, UNCERTAIN, Instants, Series, Values
from shiftledger.readings.samples import Samples

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one meter's readings become a course, and what takes its integral to the material's unit.

    kind: rate | interval | counter | lot | booking | held (laboratory results and states). `max_gap`, `max_hold`, `length` in microseconds;
    `modulus` in meter units, `max_rate` in meter units per hour. quantity = integral / base x factor.

    A meter that took over from another is read from `since` on (us; its register then: `first`), one that was taken out until
    `until` (`last`). `turns`: instants (us) at which rows of one tag follow each other without a declared change.
    """

    kind: str
    mode: str = "step"  # step | linear, rates only
    max_gap: int = 0
    max_hold: int = 0
    length: int = 0
    modulus: Decimal | None = None
    max_rate: Decimal | None = None
    factor: float = 1.0
    since: int | None = None
    until: int | None = None
    first: Decimal | None = None
    last: Decimal | None = None
    turns: tuple[int, ...] = ()
    own: str = ""  # lots: whose a lot across a boundary is # Q10
    stages: tuple[tuple[float, Decimal], ...] = ()  # lots by stage: number of the stage, its part

    @property
    def base(self) -> int:
        """The time (us) to which a course's values refer: an interval, a microsecond for lots and bookings, else an hour."""
        if self.kind in ("lot", "booking"):
            return 1
        return self.length if self.kind == "interval" else HOUR

    def alive(self, span: Span) -> Span:
        """The part of `span` in which the meter was in place; of no length outside it. # T4"""
        start = span.start if self.since is None else min(max(span.start, self.since), span.end)
        end = span.end if self.until is None else max(min(span.end, self.until), start)
        return Span(start, end)


@dataclass(frozen=True)
class Pieces:
    """A course: on [start, end) the straight line from y0 to y1. int64 us, float64 meter units; sorted, never overlapping."""

    start: Instants
    end: Instants
    y0: Values
    y1: Values
    uncertain: Flags

    @cached_property
    def covered(self) -> int:
        """Microseconds of which something is known."""
        return int((self.end - self.start).sum())

    @cached_property
    def total(self) -> float:
        """The integral: meter unit x microseconds. # Q1"""
        return math.fsum(((self.end - self.start) * (self.y0 + self.y1) * 0.5).tolist())

    def amount(self, rule: Rule) -> float:
        """The integral in the material's unit. # Q8"""
        return self.total / rule.base * rule.factor

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Integral:
    """An integral (meter unit x microseconds), the time it covers (us), the pieces, and whether an uncertain reading is in it."""

    value: float
    covered: int
    pieces: Pieces
    uncertain: bool


def integrate(series: Series, span: Span, mode: str, max_gap: int) -> Integral:
    """The integral of a rate over `span`, `mode` "step" (hold last) or "linear", clipped exactly at both ends. # Q1, Q7

    A reading counts until the next one if that is at most `max_gap` later, else the whole gap is uncovered; so is the time before
    the first and after the last reading, and what a BAD reading begins (linear: both sides of it). Never raises on readings.
    """
    found = rate_pieces(series, span, mode, max_gap)
    return Integral(found.total, found.covered, found, bool(found.uncertain.any()))


def integrate_intervals(series: Series, span: Span, length: int) -> Integral:
    """As `integrate` for amounts over (ts - length, ts]: one cut by the boundary counts pro rata of time. # Q1

    The value is amount x microseconds: divide by `length`. Where two intervals overlap the later one counts from its start on.
    """
    found = interval_pieces(series, span, length)
    return Integral(found.total, found.covered, found, bool(found.uncertain.any()))


def rate_pieces(series: Series, span: Span, mode: str, max_gap: int) -> Pieces:
    """The course of a rate inside `span`, read from the neighbours of its ends too. # Q1"""
    near = neighbours(series, span)
    good = is_good(near)
    start, end, linear = near.ts[:-1], near.ts[1:], mode == "linear"
    known = (end - start <= max_gap) & good[:-1]
    unsure = is_unsure(near)
    y1, doubtful = near.value[:-1], unsure[:-1]
    if linear:
        known &= good[1:]
        y1, doubtful = near.value[1:], unsure[:-1] | unsure[1:]
    return clip(only(Pieces(start, end, near.value[:-1], y1, doubtful), known), span)


def interval_pieces(series: Series, span: Span, length: int) -> Pieces:
    """The course of amounts per interval: `length` microseconds long, ending at the stamp; BAD ones are uncovered. # Q1"""
    a, b = np.searchsorted(series.ts, [span.start, span.end + length], side="right")
    near = good_readings(_slice(series, int(a), int(b)))
    start = near.ts - length
    end = np.minimum(near.ts, np.append(start[1:], near.ts[-1:]))  # the later one wins from its start: no time counts twice
    return clip(Pieces(start, end, near.value, near.value, is_unsure(near)), span)


def held_pieces(series: Series, span: Span, rule: Rule) -> Pieces:
    """The course of a laboratory result or a state: held until the next one, at most `max_hold`; BAD ends a hold. # Q5, Q3"""
    if isinstance(series, Samples):
        return _drawn_pieces(series, span)
    a = max(0, int(np.searchsorted(series.ts, span.start, side="right")) - 1)
    near = _slice(series, a, int(np.searchsorted(series.ts, span.end, side="left")))
    end = near.ts + rule.max_hold
    end[:-1] = np.minimum(end[:-1], near.ts[1:])
    return clip(only(Pieces(near.ts, end, near.value, near.value, is_unsure(near)), is_good(near)), span)


def _drawn_pieces(samples: Samples, span: Span) -> Pieces:
    """The course where some samples are composites: each stands for its own interval, at any moment the one begun last. # Q5"""
    here = np.flatnonzero((samples.until > span.start) & (samples.ts < span.end))
    edges = np.unique(np.concatenate((samples.ts[here], samples.until[here])))
    of = np.full(max(len(edges) - 1, 0), -1, np.int64)
    for i in here.tolist():
        a, b = np.searchsorted(edges, [samples.ts[i], samples.until[i]])
        of[a:b] = i
    new = np.concatenate(([True], of[1:] != of[:-1])) if len(of) else np.zeros(0, np.bool_)
    edges, of = edges[np.append(new, True)] if len(of) else edges, of[new]
    said = of >= 0
    said[said] = is_good(samples)[of[said]]
    places = of[said]
    values = samples.value[places]
    return clip(Pieces(edges[:-1][said], edges[1:][said], values, values, is_unsure(samples)[places]), span)


def crossing(samples: Series, span: Span) -> list[tuple[int, int]]:
    """Pairs of composites (by place, in order) of which both stand for some moment of `span`. # Q5"""
    if not isinstance(samples, Samples):
        return []
    here = np.flatnonzero((samples.until > span.start) & (samples.ts < span.end) & samples.composite)
    return [(i, j) for n, i in enumerate(here.tolist()) for j in here[n + 1 :].tolist() if samples.ts[j] < samples.until[i]]


def overlapping(series: Series, span: Span, length: int) -> int:
    """How many intervals inside `span` begin before the one before them ends."""
    a, b = np.searchsorted(series.ts, [span.start, span.end], side="right")
    near = good_readings(_slice(series, int(a), int(b)))
    return int((np.diff(near.ts) < length).sum())


def clip(pieces: Pieces, span: Span) -> Pieces:
    """The pieces inside `span`, cut exactly at its ends. # I2, Q7"""
    a = int(np.searchsorted(pieces.end, span.start, side="right"))
    b = max(a, int(np.searchsorted(pieces.start, span.end, side="left")))
    inside = only(pieces, slice(a, b if span.end > span.start else a))
    if not len(inside):
        return inside
    edges = [0, len(inside) - 1]  # the only pieces that an end can cut
    start, end, y0, y1 = inside.start.copy(), inside.end.copy(), inside.y0.copy(), inside.y1.copy()
    start[0], end[-1] = max(int(start[0]), span.start), min(int(end[-1]), span.end)
    cut = _cut(only(inside, edges), start[edges], end[edges])
    y0[edges], y1[edges] = cut.y0, cut.y1
    return Pieces(start, end, y0, y1, inside.uncertain)


def gaps(pieces: Pieces, span: Span) -> tuple[Span, ...]:
    """The uncovered parts of `span`, in order; `pieces` lie inside it."""
    begins, ends = np.append(span.start, pieces.end), np.append(pieces.start, span.end)
    return tuple(Span(int(begins[i]), int(ends[i])) for i in np.flatnonzero(ends > begins))


def level_pieces(spans: tuple[Span, ...], levels: tuple[float, ...]) -> Pieces:
    """A course that is constant on each of `spans` (in order, disjoint)."""
    y = np.array(levels, np.float64)
    starts, ends = (np.array([getattr(span, side) for span in spans], np.int64) for side in ("start", "end"))
    return Pieces(starts, ends, y, y, np.zeros(len(spans), np.bool_))


def joined(a: Pieces, b: Pieces) -> Pieces:
    """Two courses that nowhere overlap as one, in order of time."""
    order = np.argsort(np.concatenate((a.start, b.start)), kind="stable")
    starts, ends = np.concatenate((a.start, b.start))[order], np.concatenate((a.end, b.end))[order]
    y0, y1 = np.concatenate((a.y0, b.y0))[order], np.concatenate((a.y1, b.y1))[order]
    return Pieces(starts, ends, y0, y1, np.concatenate((a.uncertain, b.uncertain))[order])


def side_by_side(courses: Sequence[Pieces], rules: Sequence[Rule]) -> Pieces:
    """The courses of meters that followed each other as one, in the units of the last. # Q2 (d)"""
    if len(courses) == 1:
        return courses[0]
    own = rules[-1].factor / rules[-1].base
    ratios = [rule.factor / rule.base / own for rule in rules]
    parts = (scaled(one, np.full(len(one), ratio)) for one, ratio in zip(courses, ratios, strict=True))
    return reduce(joined, parts)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where two courses are both known: `flow` cut at the other's edges, and which piece of the other holds there (`index`)."""

    flow: Pieces
    index: Instants
    held: Values


def overlay(flow: Pieces, held: Pieces) -> Overlay:
    """`flow` on the merged breakpoints of both courses, with the value of `held` (constant on each of its pieces). # Q5"""
    cuts = np.unique(np.concatenate((flow.start, flow.end, held.start, held.end)))
    start, end = cuts[:-1], cuts[1:]
    i, j = (np.searchsorted(course.start, start, side="right") - 1 for course in (flow, held))
    both = (i >= 0) & (j >= 0)
    start, end, i, j = start[both], end[both], i[both], j[both]
    both = (start < flow.end[i]) & (start < held.end[j])
    start, end, i, j = start[both], end[both], i[both], j[both]
    cut = _cut(Pieces(flow.start[i], flow.end[i], flow.y0[i], flow.y1[i], flow.uncertain[i]), start, end)
    unsure = cut.uncertain | held.uncertain[j]
    return Overlay(Pieces(cut.start, cut.end, cut.y0, cut.y1, unsure), j.astype(np.int64), held.y0[j])


def scaled(pieces: Pieces, by: Values) -> Pieces:
    """Each piece times a number of its own."""
    return Pieces(pieces.start, pieces.end, pieces.y0 * by, pieces.y1 * by, pieces.uncertain)


def only(pieces: Pieces, wanted: Flags | slice | list[int]) -> Pieces:
    """The pieces that are wanted."""
    p = pieces
    return Pieces(p.start[wanted], p.end[wanted], p.y0[wanted], p.y1[wanted], p.uncertain[wanted])


def is_good(series: Series) -> Flags:
    """True where a reading can be used: neither BAD nor FROZEN nor without a finite value."""
    return np.asarray((series.quality != BAD) & (series.quality != FROZEN) & np.isfinite(series.value))


def is_unsure(series: Series) -> Flags:
    """True for readings that count but are uncertain, results below a limit among them. # R1"""
    return np.asarray((series.quality == UNCERTAIN) | (series.quality == BELOW))


def neighbours(series: Series, span: Span) -> Series:
    """The readings inside `span` with the last at or before its start and the first at or after its end."""
    a = max(0, int(np.searchsorted(series.ts, span.start, side="right")) - 1)
    return _slice(series, a, int(np.searchsorted(series.ts, span.end, side="left")) + 1)


def good_readings(series: Series) -> Series:
    """The readings that can be used."""
    good = is_good(series)
    columns = series.ts[good], series.value[good], series.quality[good], series.batch[good], series.row[good]
    return Series(series.tag, *columns)


def _cut(pieces: Pieces, start: Instants, end: Instants) -> Pieces:
    """The straight lines read off at new ends; an end that does not move keeps its value to the bit."""
    width = (pieces.end - pieces.start).astype(np.float64)
    width[width == 0] = 1.0
    rise = pieces.y1 - pieces.y0
    y0 = np.where(start == pieces.start, pieces.y0, pieces.y0 + rise * ((start - pieces.start) / width))
    y1 = np.where(end == pieces.end, pieces.y1, pieces.y0 + rise * ((end - pieces.start) / width))
    return Pieces(start, end, y0, y1, pieces.uncertain)


def _slice(series: Series, a: int, b: int) -> Series:
    return Series(series.tag, series.ts[a:b], series.value[a:b], series.quality[a:b], series.batch[a:b], series.row[a:b])


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = ()
