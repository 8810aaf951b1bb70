"""The course of any meter over a period, what fills its gaps, and the readings that both rest on (Q1, Q2).

A fill is a named act: it covers no time, it stands beside the course as an estimate of what was not seen (I8).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shiftledger.core.period import HOUR, Span
from shiftledger.quantities.counters import counter_pieces
from shiftledger.quantities.kernel import (
    Pieces,
    Rule,
    gaps,
    held_pieces,
    interval_pieces,
    is_good,
    level_pieces,
    neighbours,
    rate_pieces,
)
from shiftledger.quantities.lots import lot_pieces, lots_behind
from shiftledger.quantities.registers import BEHIND, links, look_of, narrowed
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import Lots
from shiftledger.readings.samples import Samples

EVER = 2**62

MEAN_OF_SHIFT, LAST_GOOD, STANDARD = "mean-of-shift", "last-good", "standard"


def course(series: Series, span: Span, rule: Rule) -> Pieces:
    """What is known of the meter inside `span`, in meter units (per interval for interval meters, per hour for counters).

    Only of the time in which the meter was in place, and from its own readings. # T4
    """
    span = rule.alive(span)
    if rule.kind in ("rate", "interval"):
        series = _own(series, rule)
    if rule.kind == "rate":
        return rate_pieces(series, span, rule.mode, rule.max_gap)
    if rule.kind == "interval":
        return interval_pieces(series, span, rule.length)
    if rule.kind == "counter":
        return counter_pieces(series, span, rule)
    if isinstance(series, Lots):
        return lot_pieces(series, span, rule)
    return held_pieces(series, span, rule)


def filling(series: Series, span: Span, rule: Rule, fill: str, standard_rate: float | None) -> Pieces:
    """The estimated course in the gaps of `span` by the rule `fill`; gaps for which it knows no rate stay out. # Q1

    mean-of-shift: the mean of the covered part; last-good: the last good reading before each gap, until it is `max_hold` old;
    standard: `standard_rate`, in the material's unit per hour.
    """
    if not fill:
        return level_pieces((), ())
    span = rule.alive(span)
    known = course(series, span, rule)
    holes = gaps(known, span)
    if fill == MEAN_OF_SHIFT:
        mean = known.total / known.covered if known.covered else None
        rates = [mean] * len(holes)
    elif fill == LAST_GOOD:
        stands = [last_good(series, hole.start, rule) for hole in holes]
        holes = tuple(Span(hole.start, min(hole.end, until)) for hole, (_, until) in zip(holes, stands, strict=True))
        rates = [rate if hole.length else None for hole, (rate, _) in zip(holes, stands, strict=True)]
    elif fill == STANDARD and standard_rate is not None:
        rates = [standard_rate / rule.factor * (rule.base / HOUR)] * len(holes)
    else:
        rates = [None] * len(holes)
    filled = [(hole, rate) for hole, rate in zip(holes, rates, strict=True) if rate is not None]
    return level_pieces(tuple(hole for hole, _ in filled), tuple(rate for _, rate in filled))


def last_good(series: Series, at: int, rule: Rule) -> tuple[float | None, int]:
    """The last good rate at or before `at`, in the units of a course, and until when it may stand: `max_hold` after it was read.

    None, and `at`, if there is none that young. # Q1
    """
    if rule.kind == "counter":
        found = links(series, Span(at - rule.max_hold, at), rule)
        usable = np.flatnonzero(found.known & (found.t0 >= at - rule.max_hold) & (found.t1 <= at))
        if not len(usable):
            return None, at
        i = int(usable[-1])
        return float(found.rise[i] * HOUR / (found.t1[i] - found.t0[i])), int(found.t0[i]) + rule.max_hold
    series = _own(series, rule)
    recent = series.between(at - rule.max_hold, at + 1)
    good = np.flatnonzero(is_good(recent))
    return (float(recent.value[good[-1]]), int(recent.ts[good[-1]]) + rule.max_hold) if len(good) else (None, at)


def readings_behind(series: Series, span: Span, rule: Rule, fill: str = "") -> Series:
    """The slice of a tag's readings that its course over `span` (and its last-good fill) rests on: same slice, same course."""
    if isinstance(series, Lots):
        return lots_behind(series, span, rule)
    if rule.kind == "counter":
        look = look_of(rule)
        if fill == LAST_GOOD:  # the last good link may lie `max_hold` before, and is judged like any other
            return series.between(span.start - rule.max_hold - BEHIND * look, span.end + look + 1)
        return narrowed(series, span, rule)
    if fill == LAST_GOOD:
        back = span.start - rule.max_hold
        return series.between(min(back, _first(series, back)), span.end + max(rule.length, rule.max_gap) + 1)
    if rule.kind == "interval":
        return series.between(span.start + 1, span.end + rule.length)
    if isinstance(series, Samples):
        stands = np.flatnonzero(series.until > span.start)
        return series.between(int(series.ts[stands[0]]) if len(stands) else span.start, span.end)
    near = neighbours(series, span)
    return near.between(_first(series, span.start), span.end) if rule.kind == "held" else near


def _own(series: Series, rule: Rule) -> Series:
    """The readings of the meter while it was in place."""
    if rule.since is None and rule.until is None:
        return series
    late = int(rule.kind == "interval")  # a stamp ends its interval
    start, end = -EVER if rule.since is None else rule.since + late, EVER if rule.until is None else rule.until + late
    return series.between(start, end)


def _first(series: Series, at: int) -> int:
    """The instant of the last reading at or before `at`; `at` itself if there is none."""
    i = int(np.searchsorted(series.ts, at, side="right")) - 1
    return int(series.ts[i]) if i >= 0 else at


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = ()
