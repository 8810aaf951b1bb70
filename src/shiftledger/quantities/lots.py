"""What lots amount to in a shift: coils, heats, trucks, each whole or shared at a boundary by one rule per unit (R1, Q10).

`end`: a lot belongs to the shift in which it ends; one that ends exactly on a boundary belongs to the time before it. `start`: to the
shift in which it starts. `time-split`: to every shift by the exact share of time; whole quanta by largest remainder over the
shifts, so that they sum to the lot. `stage`: each stage that ends earns its part of the lot.
No lot is not zero (I8): the time between two lots at most `max_hold` apart, and the lot's own time, is known; a lot of amount zero
says that nothing came until then. After the last lot nothing is known.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from shiftledger.core.period import Span
from shiftledger.plant.ownership import STAGE, START, TIME_SPLIT
from shiftledger.quantities.kernel import Flags, Pieces, Rule, clip, is_good
from shiftledger.readings.batch import Instants, Values
from shiftledger.readings.lots import SLACK, Lots


def lot_margins(max_hold: int, length: int) -> tuple[int, int]:
    """Microseconds of stamps before and after a period on which its lots depend. # N5"""
    return max_hold + SLACK, max(max_hold, length) + SLACK


def lots_behind(lots: Lots, span: Span, rule: Rule) -> Lots:
    """The lots on which the course over `span` rests: those that touch it, and the entries next to it on either side.

    What comes before and after says nothing of the time: same lots, same course. # L7
    """
    behind, ahead = lot_margins(rule.max_hold, rule.length)
    near = lots.between(span.start - behind, span.end + ahead)
    before, after = near.end[near.end <= span.start], near.end[near.end >= span.end]
    keep = (near.start < span.end) & (near.end > span.start)
    keep |= near.end == (before.max() if len(before) else span.end)
    keep |= near.end == (after.min() if len(after) else span.end)
    return near.pick(keep)


def usable(lots: Lots, rule: Rule) -> Flags:
    """True for lots whose amount can be given to a shift: known, not longer than declared, at a declared stage. # Q10"""
    good = is_good(lots)
    if rule.length:  # nothing may last as long as it likes
        good &= (lots.end - lots.start <= rule.length) | (lots.value == 0)
    if rule.own == STAGE:
        good &= np.isin(lots.stage, [number for number, _ in rule.stages])
    return np.asarray(good)


def lot_pieces(lots: Lots, span: Span, rule: Rule) -> Pieces:
    """The course of lots in amount per microsecond: a lot given as a whole is one microsecond wide, a split one its own time. # Q10

    Zero where it is known that nothing came. Amounts of lots at the same moment add up.
    """
    near = lots_behind(lots, span, rule)
    near = near.pick(np.lexsort((near.ts, near.end)))
    own = near.pick(usable(near, rule))
    begin, finish = counting(own, rule.own)
    weight = weights(own, rule)
    spans = [*_covered(near, rule), *zip(begin.tolist(), finish.tolist(), strict=True)]
    if not spans:
        return clip(_level(np.empty(0, np.int64), np.empty(0, np.int64)), span)
    edges = np.unique(np.array(spans, np.int64))
    known, level = np.zeros(len(edges) - 1, np.int64), np.zeros(len(edges) - 1)
    unsure = np.zeros(len(edges) - 1, np.bool_)
    for a, b in spans:
        i, j = np.searchsorted(edges, [a, b])
        known[i:j] += 1
    rates = own.value * weight / (finish - begin)
    for a, b, rate, doubt in zip(begin, finish, rates, own.quality != 0, strict=True):
        i, j = np.searchsorted(edges, [a, b])
        level[i:j] += rate
        unsure[i:j] |= doubt
    some = known > 0
    return clip(Pieces(edges[:-1][some], edges[1:][some], level[some], level[some], unsure[some]), span)


def owned(lots: Lots, span: Span, rule: Rule) -> Lots:
    """The usable lots of which `span` has a part. # Q10"""
    near = lots_behind(lots, span, rule)
    near = near.pick(usable(near, rule))
    begin, finish = counting(near, rule.own)
    return near.pick((begin < span.end) & (finish > span.start))


def counting(lots: Lots, own: str) -> tuple[Instants, Instants]:
    """From when to when each lot counts."""
    if own == START:
        return lots.start, lots.start + 1
    if own == TIME_SPLIT:
        return np.where(lots.end > lots.start, lots.start, lots.end - 1), lots.end
    return lots.end - 1, lots.end


def weights(lots: Lots, rule: Rule) -> Values:
    """What part of its amount each row stands for: all of it, or its stage's."""
    if rule.own != STAGE:
        return np.ones(len(lots))
    share = dict(rule.stages)
    return np.array([float(share[float(stage)]) for stage in lots.stage], np.float64)


def _covered(near: Lots, rule: Rule) -> list[tuple[int, int]]:
    """When it is known what came: between two entries at most `max_hold` apart, and during a lot. # I8"""
    ends = np.unique(near.end).tolist()
    spans = [(a, b) for a, b in pairwise(ends) if b - a <= rule.max_hold]
    good = near.pick(is_good(near))
    back = max(rule.length, rule.max_hold)
    during = zip(good.start.tolist(), good.end.tolist(), strict=True)
    return [*spans, *((max(a, b - back), b) for a, b in during if b > a)]


def _level(start: Instants, end: Instants) -> Pieces:
    zero = np.zeros(len(start))
    return Pieces(start, end, zero, zero, np.zeros(len(start), np.bool_))
