"""What do the meters of a generated plant say? Readings of every tag from before the period's start to after its end.

Exact plants are read on whole hours, in steps that make whole quanta; the others at odd seconds with three decimals. Dips lie off
the boundaries; in half of the stocks they follow the flows, so that residuals are no larger than roundings make them.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from properties.flowsheets import Flowsheet, Knobs, step_of
from reference.calendars import HOUR, MINUTE
from reference.independent import FACTORS, Meter, Stock, amount

Course = list[tuple[int, Decimal | None]]
MARGIN = 3 * HOUR
STATES = {"low": Decimal(1), "high": Decimal(2)}


def courses(sheet: Flowsheet, shape: Knobs, rng: Random) -> dict[str, Course]:
    """Readings by tag: streams, stocks, the tariff state, the laboratory."""
    start = sheet.calendar.start_of(sheet.calendar.first)
    end = sheet.calendar.start_of(sheet.calendar.labels()[-1]) + _last_day(sheet)
    told: dict[str, Course] = {}
    for stream in sheet.streams.values():
        if stream.meter:
            material = sheet.materials[stream.material]
            step = step_of(material, stream.meter.unit) if shape.exact else Decimal("0.001")
            told[stream.meter.tag] = _metered(stream.meter, shape, rng, start, end, step)
    for stock in sheet.stocks.values():
        told[stock.meter.tag] = _dips(sheet, shape, rng, stock, told, start, end)
    if shape.band:
        told["TARIFF"] = _states(rng, start, end, shape)
    told["LAB"] = [(t, _value(rng, Decimal("0.1"), 60, 120)) for t in range(start, end, 8 * HOUR) if rng.random() < 0.9]
    told["WEATHER"] = [(t, Decimal(rng.randint(0, 1))) for t in range(start - HOUR, end, 4 * HOUR)]
    if shape.gaps:
        _tear(sheet, shape, rng, told, start, end)
    return told


def _last_day(sheet: Flowsheet) -> int:
    last = sheet.calendar.labels()[-1]
    return sheet.calendar.start_of(last + timedelta(days=1)) - sheet.calendar.start_of(last)


def _value(rng: Random, step: Decimal, low: int, high: int) -> Decimal:
    return step * rng.randint(low, high)


def _instants(shape: Knobs, rng: Random, start: int, end: int) -> list[int]:
    """Whole hours, or odd seconds 10 to 80 minutes apart, from before the start to after the end."""
    if shape.exact:
        return list(range(start - MARGIN, end + MARGIN + 1, HOUR))
    instants, at = [], start - MARGIN + rng.randint(0, 3000) * 1_000_000
    while at < end + MARGIN:
        instants.append(at)
        at += rng.choice((rng.randint(600, 4800), 1200, 3600)) * 1_000_000
    return instants


def _metered(meter: Meter, shape: Knobs, rng: Random, start: int, end: int, step: Decimal) -> Course:
    """A rate, the amounts of intervals, or a register that rises and may roll over."""
    if meter.kind == "interval":
        shift = 0 if shape.exact else rng.choice((0, 0, 7 * MINUTE + 13_000_000))
        stamps = range(start - meter.length + shift, end + 2 * meter.length + shift, meter.length)
        return [(t, _value(rng, step, 0, 9000)) for t in stamps]
    if meter.kind == "counter":
        return _register(meter, rng, _instants(shape, rng, start, end), step)
    double = 2 if shape.exact and meter.mode == "linear" else 1
    lowest = rng.choice((0, 0, 500, -800))
    return [(t, _value(rng, step * double, lowest, lowest + 9000)) for t in _instants(shape, rng, start, end)]


def _register(meter: Meter, rng: Random, instants: list[int], step: Decimal) -> Course:
    modulus = meter.modulus
    most = 9000 if modulus is None else max(1, min(9000, int(modulus / step) // 4))
    reading = Decimal(0) if modulus is None else (modulus // step) * step - _value(rng, step, 0, 4 * most)
    course: Course = []
    for at in instants:
        reading += _value(rng, step, 0, most) if rng.random() < 0.9 else Decimal(0)
        if modulus is not None and reading >= modulus:
            reading -= modulus
        course.append((at, max(reading, Decimal(0))))
    return course


def _dips(sheet: Flowsheet, shape: Knobs, rng: Random, stock: Stock, told: dict[str, Course], start: int, end: int) -> Course:
    """A dip near most boundaries and some in between; the first boundary has one, unless an opening is declared."""
    material, slot = sheet.materials[stock.material], sheet.calendar.longest
    step = step_of(material, stock.meter.unit)
    near = (-2 * HOUR, -HOUR, 0, 0) if shape.exact else (-2400 * 10**6, -777 * 10**6, 0, 600 * 10**6, 1501 * 10**6, 29 * MINUTE)
    instants = {at + rng.choice(near) for at in range(start + slot, end + 1, slot) if rng.random() < 0.85}
    instants |= {at + 3 * HOUR for at in range(start, end, slot) if rng.random() < 0.2}
    if stock.opening is None:
        instants.add(start + rng.choice([offset for offset in near if offset <= 0]))
    level = step * rng.randint(20_000, 60_000)
    consistent, course, before = rng.random() < 0.5, list[tuple[int, Decimal | None]](), 0
    for at in sorted(instants):
        if course and consistent:
            level += _moved(sheet, stock, told, before, at, step)
        elif course:
            level = step * rng.randint(20_000, 60_000)
        course.append((at, level))
        before = at
    return course


def _moved(sheet: Flowsheet, stock: Stock, told: dict[str, Course], start: int, end: int, step: Decimal) -> Decimal:
    """What flowed into the stock less what flowed out, in whole steps of its dip."""
    net = Fraction(0)
    for stream in sheet.streams.values():
        if stream.meter and stock.id in (stream.source, stream.target):
            readings = [(t, None if v is None else Fraction(v)) for t, v in told[stream.meter.tag]]
            factor = FACTORS[stream.meter.unit, sheet.materials[stock.material].unit]
            moved = amount(readings, start, end, stream.meter) * factor
            net += moved if stream.target == stock.id else -moved
    per = FACTORS[stock.meter.unit, sheet.materials[stock.material].unit] * Fraction(step)
    return step * round(net / per)


def _states(rng: Random, start: int, end: int, shape: Knobs) -> Course:
    """Tariff bands by the hour, changed now and then."""
    course: Course = [(start - MARGIN, STATES["low"])]
    for at in range(start - HOUR, end + HOUR, 2 * HOUR):
        course.append((at if shape.exact else at + 421_000_000, rng.choice(sorted(STATES.values()))))
    return course


def _tear(sheet: Flowsheet, shape: Knobs, rng: Random, told: dict[str, Course], start: int, end: int) -> None:
    """Readings that are missing for some hours, and some that are bad; never a whole shift."""
    for stream in sheet.streams.values():
        meter = stream.meter
        if meter is None or rng.random() < 0.4:
            continue
        opened = start + rng.randint(0, end - start - 6 * HOUR)
        hours = Fraction(rng.choice((15, 30, 40)), 10)
        kept = [(t, v) for t, v in told[meter.tag] if not opened <= t < opened + int(hours * HOUR)]
        if meter.kind == "rate":
            kept = [(t, None if start < t < end and rng.random() < 0.04 else v) for t, v in kept]
        told[meter.tag] = kept
