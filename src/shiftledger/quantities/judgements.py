"""What was decided about a meter's readings in a shift, and because of which of them (Q1, Q2, Q5, R4)?

Reads the very courses that made the figure, so a decision is never at odds with what was booked. Readings further away than the
meter looks (`reach`) are never shown: a day's decisions rest on what its input hash covers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shiftledger.core.period import Span
from shiftledger.plant.model import Meter
from shiftledger.quantities.course import LAST_GOOD
from shiftledger.quantities.decisions import Decision, decision
from shiftledger.quantities.kernel import Pieces, Rule, clip, crossing, gaps, held_pieces, is_good
from shiftledger.quantities.registers import BEHIND, PLAIN, Links, leaping, links, look_of, standing
from shiftledger.readings.batch import BAD, FROZEN, Series
from shiftledger.readings.samples import Samples, standing_at

QUIET = ("", "gap")  # links that need no word of their own: an uncovered gap is told with all the others


def flow_decisions(
    series: Series, span: Span, rule: Rule, meter: Meter, measured: Pieces, filled: Pieces, raw: Pieces
) -> Iterator[Decision]:
    """About a flow meter in `span`: what its register did, gaps, fills, bad readings.

    `measured` and `filled` are its course on the priced basis, `raw` what it saw, all inside `span`. # Q1, Q2
    """
    span = rule.alive(span)
    if not span.length:
        return
    explained: list[Span] = []
    if rule.kind == "counter":
        found = links(series, span, rule)
        for told in _register_decisions(found, span, rule, meter, measured):
            explained.append(Span(told.start, told.end))
            yield told
        yield from _standing(found, rule, meter)
        yield from _leaping(found, rule, meter)
    before, after = looks(rule, meter)
    near = series.between(span.start - before, span.end + after)
    for hole in gaps(raw, span):
        inside = clip(filled, hole)
        if len(inside):
            done = Span(int(inside.start[0]), int(inside.end[-1]))
            yield decision("fill", meter.tag, done.start, done.end, inside.amount(rule), _around(near, hole), str(meter.at))
            explained.append(done)
        for left in gaps(inside, hole):
            if not any(one.start < left.end and left.start < one.end for one in explained):
                yield decision("gap", meter.tag, left.start, left.end, None, _around(near, left), str(meter.at))
    yield from bad_decisions(series, span, meter)


def looks(rule: Rule, meter: Meter) -> tuple[int, int]:
    """Microseconds before and after a period, start - before <= ts < end + after, in which its readings may be shown."""
    back = rule.max_hold if meter.fill == LAST_GOOD else 0
    if rule.kind == "counter":
        return BEHIND * look_of(rule) + back, look_of(rule) + 1
    if rule.kind == "rate":
        return max(rule.max_gap, back), rule.max_gap
    return (back, rule.length) if rule.kind == "interval" else (rule.max_hold, 0)


def bad_decisions(series: Series, span: Span, meter: Meter) -> Iterator[Decision]:
    """Runs of readings in `span` that cannot be used: each until the next good one, or the end of the span. # Q1, I8"""
    near = series.between(span.start, span.end)
    bad = ~is_good(near) & (near.quality != FROZEN)  # what is told unchanged for too long leaves a hole that is stale
    edges = np.diff(np.concatenate(([0], bad.astype(np.int8), [0])))
    for a, b in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        end = int(near.ts[b]) if b < len(near) else span.end
        run = near.between(int(near.ts[a]), int(near.ts[b - 1]) + 1)
        yield decision("bad", meter.tag, int(near.ts[a]), end, None, run, str(meter.at))


def held_decisions(series: Series, span: Span, rule: Rule, meter: Meter) -> Iterator[Decision]:
    """About values that are held (assays, states): what stands from before the shift, and what became stale. # Q5, Q3"""
    held = held_pieces(series, span, rule)
    near = series.between(span.start - max(rule.max_hold, rule.length), span.end)
    if len(held) and held.start[0] == span.start:
        taken = _standing_at(near, span.start)
        if len(taken) and taken.ts[0] < span.start:
            yield decision("hold", meter.tag, int(taken.ts[0]), int(held.end[0]), None, taken, str(meter.at))
    for hole in gaps(held, span):
        before = _standing_at(near, hole.start)
        if not len(before) or before.quality[0] != BAD:  # a bad value ends a hold and is told as such
            kind = "stale" if len(before) or hole == span else "gap"  # whether there ever was one, only a longer look would tell
            kind = (
                "gap" if isinstance(before, Samples) and before.composite.any() else kind
            )  # it stood for its own time, no longer
            yield decision(kind, meter.tag, hole.start, hole.end, None, before, str(meter.at))
    for i, j in crossing(near, span):
        assert isinstance(near, Samples)
        both = near.between(int(near.ts[i]), int(near.ts[j]) + 1)
        yield decision("overlap", meter.tag, int(near.ts[j]), int(near.until[[i, j]].min()), None, both, str(meter.at))
    yield from bad_decisions(series, span, meter)


def missed(told: Decision, flow: Pieces | None) -> bool:
    """Whether a decision about an assay is worth a word: where nothing flowed none is missed. # Q5"""
    return told.kind not in ("stale", "gap") or flow is None or clip(flow, Span(told.start, told.end)).total != 0


def _register_decisions(found: Links, span: Span, rule: Rule, meter: Meter, measured: Pieces) -> Iterator[Decision]:
    """One for every judgement about the register that touches `span`. A new beginning has two links: unknown, and counted."""
    told: dict[tuple[str, int, int], list[int]] = {}
    for i in range(len(found)):
        if found.kind[i] not in QUIET:
            told.setdefault((str(found.kind[i]), int(found.first[i]), int(found.last[i])), []).append(i)
    for (kind, first, last), places in told.items():
        start, end = int(found.readings.ts[first]), int(found.readings.ts[last])
        known = any(bool(found.known[i]) for i in places)
        amount = clip(measured, Span(max(start, span.start), min(end, span.end))).amount(rule) if known else None
        yield decision(kind, meter.tag, start, end, amount, found.readings.between(start, end + 1), str(meter.at))


def _standing(found: Links, rule: Rule, meter: Meter) -> Iterator[Decision]:
    """Runs of plain steps from zero to zero that touch the span and after which nothing is counted yet. # Q2 (c)"""
    still = standing(found.readings, rule)[found.first] & (found.last == found.first + 1) & (found.kind.astype(str) == PLAIN)
    edges = np.diff(np.concatenate(([0], still.astype(np.int8), [0])))
    for a, b in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        start, end = int(found.t0[a]), int(found.t1[b - 1])
        yield decision("standing", meter.tag, start, end, 0.0, found.readings.between(start, end + 1), str(meter.at))


def _leaping(found: Links, rule: Rule, meter: Meter) -> Iterator[Decision]:
    """Steps far above the usual pace after which nothing was counted yet: booked, and provisional until it counts on or comes back. # Q2"""
    steps = leaping(found.readings, rule)[found.first] & (found.last == found.first + 1) & (found.kind.astype(str) == PLAIN)
    for i in np.flatnonzero(steps).tolist():
        start, end = int(found.t0[i]), int(found.t1[i])
        amount = float(found.rise[i]) * rule.factor
        yield decision("leap-open", meter.tag, start, end, amount, found.readings.between(start, end + 1), str(meter.at))


def _around(near: Series, hole: Span) -> Series:
    """The last reading at or before a hole, those inside it, and the first at or after its end."""
    a = max(0, int(np.searchsorted(near.ts, hole.start, side="right")) - 1)
    b = min(len(near), int(np.searchsorted(near.ts, hole.end, side="left")) + 1)
    return near.between(int(near.ts[a]), int(near.ts[b - 1]) + 1) if b > a else near.between(hole.start, hole.start)


def _standing_at(near: Series, at: int) -> Series:
    """The reading that stands at `at`, or stood last before it; none if there is none."""
    i = standing_at(near, at)
    return near.between(int(near.ts[i]), int(near.ts[i]) + 1) if i >= 0 else near.between(at, at)
