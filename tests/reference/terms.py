"""What states, quality and invoices come to, seen from the raw readings alone (METHOD L3): the routes beside `independent`.

Exact fractions; nothing of the product is imported. Quality follows from the mean assay of a shift, so its route is cut where shifts are,
which are found from the calendar alone; states are not cut at all: only the first and the last value count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.calendars import Layout
    from reference.independent import Facts, Meter, Stream


@dataclass(frozen=True)
class State:
    """`phi`: (first production day or None, points), in order; a point without a value is money per unit."""

    id: str
    area: str
    meter: Meter
    quantum: Decimal
    rule: str
    phi: tuple[tuple[date | None, tuple[tuple[Fraction | None, Fraction], ...]], ...]


@dataclass(frozen=True)
class Quality:
    """`tags`: the laboratory's tag by stream."""

    material: str
    tags: Mapping[str, str]
    quantum: Decimal
    worth: Fraction
    low: Fraction
    high: Fraction
    cap: Fraction | None


@dataclass(frozen=True)
class Invoice:
    amount: Fraction
    day: date
    until: date | None


@dataclass(frozen=True)
class Terms:
    states: tuple[State, ...] = ()
    quality: tuple[Quality, ...] = ()
    invoices: tuple[Invoice, ...] = field(default=())


@dataclass(frozen=True)
class Money:
    """An amount in cents as the routes know it, and how far rounded rows may lie from it (0: to the cent)."""

    cents: Fraction
    bound: Fraction


# States.


def state_value(facts: Facts, state: State, at: int) -> Fraction:
    """In quanta, before rounding: the nearest reading, or the line between two, of those until the grace period after `at`. # Q4"""
    per = 1 / Fraction(state.quantum)
    seen = [(t, value * per) for t, value in facts.readings[state.meter.tag] if value is not None]
    near = [(t, y) for t, y in seen if at - facts.lookback * facts.calendar.longest <= t <= at + facts.grace]
    before, after = [o for o in near if o[0] <= at][-1:], [o for o in near if o[0] > at][:1]
    if state.rule == "interpolate" and before and after and before[0][0] < at:
        (t0, y0), (t1, y1) = before[0], after[0]
        return y0 + (y1 - y0) * Fraction(at - t0, t1 - t0)
    return min((*before, *after), key=lambda o: (abs(o[0] - at), o[0]))[1]


def worth(facts: Facts, state: State, at: int, day: date) -> int:
    """Cents that the state is worth at `at` by the text of a production day."""
    from reference.independent import half_away

    points = [table for since, table in state.phi if since is None or since <= day][-1]
    value = half_away(state_value(facts, state, at)) * Fraction(state.quantum)
    return half_away(_phi(points, value) * 10**facts.money_decimals)


def _phi(points: Sequence[tuple[Fraction | None, Fraction]], value: Fraction) -> Fraction:
    if points[0][0] is None:
        return points[0][1] * value
    table = sorted((v, w) for v, w in points if v is not None)
    inside = [(a, b) for a, b in pairwise(table) if a[0] <= value < b[0]]
    if not inside:
        return table[0][1] if value < table[0][0] else table[-1][1]
    ((v0, w0), (v1, w1)) = inside[0]
    return w0 + (w1 - w0) * (value - v0) / (v1 - v0)


def credited(facts: Facts, state: State) -> int:
    """What crews were credited for the state: closing less opening of every stretch in which its worth does not change."""
    labels = facts.calendar.labels()
    changes = {since for since, _ in state.phi if since is not None and since > labels[0]}
    starts = [day for day in labels if day == labels[0] or day in changes]
    ends = [*starts[1:], labels[-1] + timedelta(days=1)]
    at = facts.calendar.start_of
    return sum(
        worth(facts, state, at(end), start) - worth(facts, state, at(start), start)
        for start, end in zip(starts, ends, strict=True)
    )


def shadow(facts: Facts, state: State) -> int:
    """What the state is worth more at the end than at the beginning, each by the text of its time: revaluations included."""
    first, last = facts.calendar.first - timedelta(days=1), facts.calendar.labels()[-1]
    return worth(facts, state, facts.span[1], last) - worth(facts, state, facts.span[0], first)


# Quality and invoices.


def quality_cash(facts: Facts) -> Money:
    """What parties pay for quality less what the plant pays them, in cents, cell by cell, at the mean of the area's whole shift. # L3"""
    from reference.independent import amount, half_away, per_quantum

    cents, bound = Fraction(0), Fraction(0)
    for row in facts.terms.quality:
        material = facts.materials[row.material]
        for stream in (facts.streams[key] for key in row.tags):
            sign = 1 if stream.target.startswith("outside") else -1
            assert stream.meter is not None
            per = per_quantum(facts, row.material, stream.meter)
            for start, end in shifts(facts):
                mean, _ = mean_assay(facts, stream, row.tags[stream.id], *whole_shift(facts, stream, start))
                flowed = amount(facts.readings[stream.meter.tag], start, end, stream.meter)
                step = adjustment(row, half_away(mean / Fraction(row.quantum)) * Fraction(row.quantum))
                each = step * Fraction(material.quantum) * 10**facts.money_decimals
                cents += sign * each * flowed * per
                bound += abs(each) / 2 + Fraction(1, 2)
    return Money(cents, bound)


def shifts(facts: Facts, layout: Layout | None = None) -> list[tuple[int, int]]:
    """Where shifts of a layout begin and end, from the local clock; without one, where any area changes shifts."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    calendar, starts = facts.calendar, list[int]()
    clocks = calendar.clocks if layout is None else [start for _, start in layout]
    for label in calendar.labels():
        day = calendar.start_of(label)
        date_of = label - timedelta(days=int(calendar.label_end))
        for clock in clocks:
            local = datetime.combine(date_of + timedelta(days=int(clock < calendar.day_start)), clock, ZoneInfo(calendar.zone))
            starts.append(max(day, round((local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))))
    return list(pairwise([*sorted(starts), facts.span[1]]))


def whole_shift(facts: Facts, stream: Stream, at: int) -> tuple[int, int]:
    """The longest shift at an instant of the areas at the stream's ends; of all areas where it runs between stocks. # L3, Q5"""
    near = {facts.slots[end] for end in (stream.source, stream.target) if end in facts.slots} or set(facts.slots.values())
    around = [(start, end) for layout in near for start, end in shifts(facts, layout) if start <= at < end]
    return max(around, key=lambda span: span[1] - span[0])


def mean_assay(facts: Facts, stream: Stream, tag: str, start: int, end: int) -> tuple[Fraction, Fraction]:
    """The mean by flow, by time where nothing flowed; and what flowed, in the meter's unit. # Q5"""
    from reference.independent import amount, covered

    assert stream.meter is not None
    samples = [(t, value) for t, value in facts.readings[tag] if value is not None]
    parts = [(max(t0, start), min(t1, end), value) for (t0, value), (t1, _) in pairwise([*samples, (end + 1, Fraction(0))])]
    readings = facts.readings[stream.meter.tag]
    flows = [(amount(readings, a, b, stream.meter), value) for a, b, value in parts if a < b]
    flowed = sum((moved for moved, _ in flows), Fraction(0))
    if flowed > 0 and covered(readings, start, end, stream.meter):
        return sum((moved * value for moved, value in flows), Fraction(0)) / flowed, flowed
    whole = sum(b - a for a, b, _ in parts if a < b)
    return sum(((b - a) * value for a, b, value in parts if a < b), Fraction(0)) / whole, flowed


def adjustment(row: Quality, found: Fraction) -> Fraction:
    """Money per unit of the material for an assay."""
    beyond = found - row.high if found > row.high else found - row.low if found < row.low else Fraction(0)
    money = row.worth * beyond
    return money if row.cap is None else max(-row.cap, min(row.cap, money))


def assay_ties(facts: Facts) -> bool:
    """Whether a mean assay lies so near a half that floats may round it to either side."""
    from reference.independent import is_tie

    return any(
        is_tie(
            mean_assay(facts, facts.streams[key], tag, *whole_shift(facts, facts.streams[key], start))[0] / Fraction(row.quantum)
        )
        for row in facts.terms.quality
        for key, tag in row.tags.items()
        for start, _ in shifts(facts)
    )


def state_ties(facts: Facts) -> bool:
    return any(
        is_half(state_value(facts, state, at))
        for state in facts.terms.states
        for at in {t for span in shifts(facts) for t in span}
    )


def is_half(value: Fraction) -> bool:
    return abs(abs(value) % 1 - Fraction(1, 2)) < Fraction(1, 10**7)


def invoiced(facts: Facts) -> int:
    """Cents that parties asked for in the period: a bill on its day, what was known beforehand by real time. # L5"""
    from reference.independent import half_away

    cents, (first, last) = 0, facts.span
    for row in facts.terms.invoices:
        whole = half_away(row.amount * 10**facts.money_decimals)
        if row.until is None:
            cents += whole
            continue
        start, end = facts.calendar.start_of(row.day), facts.calendar.start_of(row.until + timedelta(days=1))
        upto = [half_away(whole * Fraction(min(max(at, start), end) - start, end - start)) for at in (first, last)]
        cents += upto[1] - upto[0]
    return cents
