"""What should the books of a period say, seen from the raw readings alone? The independent routes of I1, and the money check.

Written from METHOD.md (Q1, Q2, Q4, L1, L5) and FORMATS.md ("Independent routes", "Rounding", "Boundary values") in exact fractions;
nothing of the product is imported. No route knows shifts: a period is cut only where a price changes. Into a stock and to the site
is plus. A reading's value is None where it is bad; instants are UTC microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from reference import terms as term_routes
from reference.calendars import HOUR, Calendar, Layout
from reference.terms import Money as Money

# What takes a meter's readings (a rate: times an hour) to the unit of its material.
FACTORS: Mapping[tuple[str, str], Fraction] = {
    **{(unit, unit): Fraction(1) for unit in ("t", "MWh", "m3", "pcs")},
    ("t/h", "t"): Fraction(1), ("kg/h", "t"): Fraction(1, 1000), ("kg", "t"): Fraction(1, 1000),
    ("MW", "MWh"): Fraction(1), ("kW", "MWh"): Fraction(1, 1000), ("kWh", "MWh"): Fraction(1, 1000), ("GJ", "MWh"): Fraction(5, 18),
    ("m3/h", "m3"): Fraction(1), ("L", "m3"): Fraction(1, 1000), ("pcs/h", "pcs"): Fraction(1),
}  # fmt: skip

Readings = Sequence[tuple[int, Fraction | None]]


@dataclass(frozen=True)
class Material:
    """`prices`: (first production day or None, planned price), in order; `bands`: price of each tariff band by its name."""

    id: str
    unit: str
    quantum: Decimal
    prices: tuple[tuple[date | None, Decimal], ...]
    bands: Mapping[str, Decimal] = field(default_factory=dict)

    def price(self, day: date) -> Fraction:
        return Fraction([price for since, price in self.prices if since is None or since <= day][-1])


@dataclass(frozen=True)
class Meter:
    """One tag: kind rate | counter | interval | level | state | lab."""

    tag: str
    kind: str
    unit: str
    mode: str = "step"
    length: int = 0
    max_gap: int = 2 * HOUR
    modulus: Decimal | None = None
    fill: str = ""


@dataclass(frozen=True)
class Stream:
    id: str
    source: str
    target: str
    material: str
    meter: Meter | None


@dataclass(frozen=True)
class Stock:
    id: str
    material: str
    held_by: str
    rule: str
    meter: Meter
    opening: Decimal | None = None


@dataclass(frozen=True)
class Facts:
    """A plant as the routes see it, with the readings of every tag in order of time."""

    calendar: Calendar
    money_decimals: int
    grace: int
    lookback: int
    materials: Mapping[str, Material]
    streams: Mapping[str, Stream]
    stocks: Mapping[str, Stock]
    band_meter: Meter | None
    band_names: Mapping[Fraction, str]
    readings: Mapping[str, Readings]
    slots: Mapping[str, Layout]  # by unit: the shifts of its area
    terms: term_routes.Terms = field(default_factory=term_routes.Terms)

    @property
    def shifts(self) -> int:
        """How often a figure of the period is cut and rounded at most."""
        return self.calendar.days * self.calendar.cuts

    @property
    def span(self) -> tuple[int, int]:
        end = self.calendar.first + timedelta(days=self.calendar.days)
        return self.calendar.start_of(self.calendar.first), self.calendar.start_of(end)


# Rounding. # L5


def half_away(value: Fraction) -> int:
    """The nearest integer, halves away from zero."""
    whole = math.floor(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def rounds_to(value: Fraction, whole: int) -> bool:
    """Whether `whole` is `value` rounded; where floats may fall to either side of a half, both neighbours are."""
    return abs(value - whole) <= Fraction(1, 2) + Fraction(1, 10**7)


def is_tie(value: Fraction) -> bool:
    """Whether floats could round `value` to either neighbour."""
    return abs(abs(value) % 1 - Fraction(1, 2)) < Fraction(1, 10**7)


# Streams. # Q1, Q2


def amount(readings: Readings, start: int, end: int, meter: Meter) -> Fraction:
    """What a meter saw in [start, end), in its unit (a rate: times an hour)."""
    return sum((quantity for _, _, quantity in _pieces(readings, start, end, meter)), Fraction(0))


def covered(readings: Readings, start: int, end: int, meter: Meter) -> int:
    """How much of [start, end) a meter saw (us)."""
    return sum(b - a for a, b, _ in _pieces(readings, start, end, meter))


def _pieces(readings: Readings, start: int, end: int, meter: Meter) -> Iterator[tuple[int, int, Fraction]]:
    """(from, to, amount) inside [start, end) of everything known."""
    for t0, t1, y0, y1 in _courses(readings, meter):
        a, b = max(t0, start), min(t1, end)
        if a < b:
            at_a, at_b = (y0 + (y1 - y0) * Fraction(t - t0, t1 - t0) for t in (a, b))
            yield a, b, (at_a + at_b) / 2 * (b - a)


def _courses(readings: Readings, meter: Meter) -> Iterator[tuple[int, int, Fraction, Fraction]]:
    """Straight bits of the course, per microsecond: (from, to, value at from, value at to)."""
    if meter.kind == "interval":
        for t, value in readings:
            if value is not None:
                yield t - meter.length, t, value / meter.length, value / meter.length
        return
    if meter.kind == "counter":
        good = [(t, value) for t, value in readings if value is not None]
        for (t0, y0), (t1, y1) in pairwise(good):
            rate = _rise(y0, y1, meter)[0] / (t1 - t0)
            yield t0, t1, rate, rate
        return
    for (t0, v0), (t1, v1) in pairwise(readings):
        linear = meter.mode == "linear"
        if t1 - t0 <= meter.max_gap and v0 is not None and (v1 is not None or not linear):
            yield t0, t1, v0 / HOUR, (v1 if linear and v1 is not None else v0) / HOUR


def _rise(before: Fraction, after: Fraction, meter: Meter) -> tuple[Fraction, bool]:
    """What a counter rose by, and whether it rolled over."""
    if after < before:
        assert meter.modulus is not None
        return Fraction(meter.modulus) - before + after, True
    return after - before, False


def register(readings: Readings, at: int, meter: Meter) -> tuple[Fraction, int]:
    """A counter's register at an instant, by the straight line between its neighbours, and its roll-overs until then. # Q2"""
    turns = 0
    good = [(t, value) for t, value in readings if value is not None]
    for (t0, y0), (t1, y1) in pairwise(good):
        rise, rolled = _rise(y0, y1, meter)
        if t0 <= at < t1:
            reached = y0 + rise * Fraction(at - t0, t1 - t0)
            over = rolled and meter.modulus is not None and reached >= Fraction(meter.modulus)
            return (reached - Fraction(meter.modulus), turns + 1) if over and meter.modulus is not None else (reached, turns)
        turns += rolled
    raise ValueError("the counter is not known at that instant")


def last_minus_first(facts: Facts, stream: Stream, start: int, end: int) -> Fraction:
    """Quanta that a counter counted: register rounded at the end less register rounded at the start, and each turn's exact modulus.

    Where the modulus is no whole number of quanta, the books add a whole number near it in each turn. # FORMATS "Rounding", Q2
    """
    meter = stream.meter
    assert meter is not None
    per = per_quantum(facts, stream.material, meter)
    (first, before), (last, after) = (register(facts.readings[meter.tag], at, meter) for at in (start, end))
    turn = Fraction(meter.modulus) * per if meter.modulus is not None else Fraction(0)
    return half_away(last * per) - half_away(first * per) + (after - before) * turn


def broken_turns(facts: Facts, stream: Stream) -> int:
    """Turns of a counter inside the period, each of which adds less than a quantum more or less than its modulus; 0 if that is whole."""
    meter = stream.meter
    assert meter is not None
    if meter.modulus is None or (Fraction(meter.modulus) * per_quantum(facts, stream.material, meter)).denominator == 1:
        return 0
    before, after = (register(facts.readings[meter.tag], at, meter)[1] for at in facts.span)
    return after - before


def per_quantum(facts: Facts, material: str, meter: Meter) -> Fraction:
    """Quanta of the material in one unit of the meter. # Q8"""
    row = facts.materials[material]
    return FACTORS[meter.unit, row.unit] / Fraction(row.quantum)


def flow(facts: Facts, stream: Stream, start: int, end: int) -> Fraction:
    """Quanta of a stream in [start, end), not rounded except for counters' registers; a stream without meter by its stock. # FORMATS"""
    if stream.meter is None:
        return derived(facts, stream, start, end)
    if stream.meter.kind == "counter":
        return last_minus_first(facts, stream, start, end)
    per = per_quantum(facts, stream.material, stream.meter)
    return amount(facts.readings[stream.meter.tag], start, end, stream.meter) * per


def derived(facts: Facts, stream: Stream, start: int, end: int) -> Fraction:
    """The conservation sum of the one stock at a stream without meter: opening + receipts - issues - closing, without cuts."""
    stock = next(s for s in facts.stocks.values() if s.id in (stream.source, stream.target))
    rest = Fraction(boundary(facts, stock, start) - boundary(facts, stock, end))
    for other in facts.streams.values():
        if other.id != stream.id and stock.id in (other.source, other.target):
            rest += flow(facts, other, start, end) * (1 if other.target == stock.id else -1)
    return rest if stream.source == stock.id else -rest


def roundings(facts: Facts, stream: Stream) -> int:
    """How many shift figures of half a quantum each may lie between the books and `flow`: the bound of I1 is n/2 quanta."""
    if stream.meter is not None:
        return 2 * broken_turns(facts, stream) if stream.meter.kind == "counter" else facts.shifts
    stock = next(s for s in facts.stocks.values() if s.id in (stream.source, stream.target))
    others = (s for s in facts.streams.values() if s.id != stream.id and stock.id in (s.source, s.target))
    return sum(roundings(facts, other) for other in others)


# Stocks. # Q4


def boundary(facts: Facts, stock: Stock, at: int) -> int:
    """Posted content of a stock at an instant, in quanta."""
    return half_away(content(facts, stock, at))


def content(facts: Facts, stock: Stock, at: int) -> Fraction:
    """The content before rounding, in quanta, by the stock's rule from the observations until the grace period after `at`. # Q4

    roll: the nearest observation plus what flowed in less what flowed out since; where a stream of the stock has no meter
    or a gap in between, the observation itself.
    """
    seen = _observations(facts, stock)
    near = [(t, y) for t, y in seen if at - facts.lookback * facts.calendar.longest <= t <= at + facts.grace]
    before, after = [o for o in near if o[0] <= at][-1:], [o for o in near if o[0] > at][:1]
    chosen = min((*before, *after), key=lambda o: (abs(o[0] - at), o[0]))
    if stock.rule == "interpolate" and before and after and before[0][0] < at:
        (t0, y0), (t1, y1) = before[0], after[0]
        return y0 + (y1 - y0) * Fraction(at - t0, t1 - t0)
    if stock.rule == "roll" and chosen[0] != at:
        return chosen[1] + (_net(facts, stock, min(chosen[0], at), max(chosen[0], at)) * (1 if chosen[0] < at else -1))
    return chosen[1]


def _observations(facts: Facts, stock: Stock) -> list[tuple[int, Fraction]]:
    per = per_quantum(facts, stock.material, stock.meter)
    seen = {t: value * per for t, value in facts.readings.get(stock.meter.tag, ()) if value is not None}
    if stock.opening is not None:
        seen.setdefault(facts.span[0], Fraction(stock.opening) / Fraction(facts.materials[stock.material].quantum))
    return sorted(seen.items())


def _net(facts: Facts, stock: Stock, start: int, end: int) -> Fraction:
    """Receipts less issues in quanta; nothing if a stream is not known all the way."""
    net = Fraction(0)
    for stream in facts.streams.values():
        if stock.id in (stream.source, stream.target):
            meter = stream.meter
            if meter is None or covered(facts.readings.get(meter.tag, ()), start, end, meter) != end - start:
                return Fraction(0)
            moved = amount(facts.readings[meter.tag], start, end, meter) * per_quantum(facts, stock.material, meter)
            net += moved if stream.target == stock.id else -moved
    return net


# Money. # L1, L5


def segments(facts: Facts) -> list[tuple[date, int, int]]:
    """(a day, start, end) of every stretch of the period in which no planned price changes."""
    labels = facts.calendar.labels()
    changes = {since for m in facts.materials.values() for since, _ in m.prices if since is not None and since > labels[0]}
    starts = [day for day in labels if day == labels[0] or day in changes]
    ends = [*(facts.calendar.start_of(day) for day in starts[1:]), facts.span[1]]
    return [(day, facts.calendar.start_of(day), end) for day, end in zip(starts, ends, strict=True)]


def plant_result(facts: Facts, *, exact: bool) -> Money:
    """Outside cash + (closing - opening stock) x price: what area values and site accounts together must be. # FORMATS

    States are in neither: what areas are credited for them stands at site:shadow with the other sign. # L2

    `exact`: every shift figure is a whole number of quanta, and a quantum costs whole cents, so that nothing is rounded.
    """
    cents, bound = Fraction(0), Fraction(0)
    for stream in facts.streams.values():
        sign = int(stream.target.startswith("outside")) - int(stream.source.startswith("outside"))
        if sign:
            found = _cash(facts, stream)
            cents, bound = cents + sign * found.cents, bound + found.bound
    cents += sum(change_in_value(facts, stock) for stock in facts.stocks.values())
    quality = term_routes.quality_cash(facts)
    cents, bound = cents + quality.cents - term_routes.invoiced(facts), bound + quality.bound
    return Money(cents, Fraction(0) if exact else bound)


def change_in_value(facts: Facts, stock: Stock) -> int:
    """Cents of closing less opening, each at the price of its time: a price that changes with the first day revalues what was there."""
    first, last = facts.calendar.first - timedelta(days=1), facts.calendar.labels()[-1]
    return _value(facts, stock, last, facts.span[1]) - _value(facts, stock, first, facts.span[0])


def _cash(facts: Facts, stream: Stream) -> Money:
    """What a stream costs over the period at its planned price, and at its tariff bands where it has some."""
    material = facts.materials[stream.material]
    cents, bound = Fraction(0), Fraction(0)
    for day, start, end in segments(facts):
        price = _cents_per_quantum(facts, material, material.price(day))
        cents += flow(facts, stream, start, end) * price
        bound = max(bound, abs(price) * Fraction(roundings(facts, stream), 2))
        for quanta, band in _by_band(facts, stream, start, end):
            asked = _cents_per_quantum(facts, material, Fraction(material.bands[band]))
            cents += quanta * (asked - price)
            bound += abs(asked - price) * Fraction(3 * facts.shifts, 2)
    rows = facts.shifts * (1 + len(material.bands))
    return Money(cents, bound + Fraction(rows, 2))


def _by_band(facts: Facts, stream: Stream, start: int, end: int) -> Iterator[tuple[Fraction, str]]:
    """Quanta in each stretch of one tariff band, from the state's readings: held until the next one."""
    teller, meter = facts.band_meter, stream.meter
    if not facts.materials[stream.material].bands or teller is None or meter is None:
        return
    per = per_quantum(facts, stream.material, meter)
    told = [*facts.readings[teller.tag], (end, None)]
    for (t0, code), (t1, _) in pairwise(told):
        a, b = max(t0, start), min(t1, end)
        if a < b and code is not None:
            yield amount(facts.readings[meter.tag], a, b, meter) * per, facts.band_names[code]


def _cents_per_quantum(facts: Facts, material: Material, price: Fraction) -> Fraction:
    return Fraction(material.quantum) * price * 10**facts.money_decimals


def _value(facts: Facts, stock: Stock, day: date, at: int) -> int:
    """A stock's value in cents at the planned price of the day."""
    material = facts.materials[stock.material]
    return half_away(boundary(facts, stock, at) * _cents_per_quantum(facts, material, material.price(day)))


def has_ties(facts: Facts) -> bool:
    """Whether a boundary, register or mean assay lies so near a half that floats may round it to either side."""
    if term_routes.assay_ties(facts) or term_routes.state_ties(facts):
        return True
    for _, start, end in segments(facts):
        for at in (start, end):
            if any(is_tie(content(facts, stock, at)) for stock in facts.stocks.values()):
                return True
            for stream in facts.streams.values():
                meter = stream.meter
                if meter is not None and meter.kind == "counter":
                    per = per_quantum(facts, stream.material, meter)
                    if is_tie(register(facts.readings[meter.tag], at, meter)[0] * per):
                        return True
    return False
