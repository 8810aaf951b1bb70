"""Which plant shall the properties be tried on? Areas, units, stocks and the streams between them, drawn by a seed and a few knobs.

The knobs grow from the simplest plant, so that a failing example shrinks to few areas, streams and special cases. Everything is
kept as facts of the independent routes; `plant_text` writes the same facts as a plant's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from reference.calendars import HOUR, MINUTE, Calendar
from reference.independent import FACTORS, Material, Meter, Stock, Stream

# Units of meters by the unit of the material: rate, counter and interval, level.
UNITS = {
    "t": (("t/h", "kg/h"), ("t", "kg"), ("t", "kg")),
    "MWh": (("MW", "kW"), ("kWh", "MWh", "GJ"), ("MWh",)),
    "m3": (("m3/h",), ("m3", "L"), ("m3",)),
    "pcs": (("pcs/h",), ("pcs",), ("pcs",)),
}
Layout = tuple[tuple[str, int], ...]  # slots: letter, hours after the day's start
EIGHT, TWELVE = (("D", 0), ("E", 8), ("N", 16)), (("D", 0), ("N", 12))
NIGHT_FIRST, TWO_NIGHT_FIRST = (("N", 0), ("D", 8), ("E", 16)), (("N", 0), ("D", 12))
UNEVEN, WHOLE = (("D", 0), ("E", 7), ("N", 15)), (("W", 0),)
# Zone, start of the day, layouts of slots, day_label = "end"?, first production day: with a clock change where the zone has one.
CALENDARS: tuple[tuple[str, time, tuple[Layout, ...], bool, date], ...] = (
    ("UTC", time(6), (EIGHT,), False, date(2026, 4, 30)),
    ("Asia/Shanghai", time(0), (EIGHT,), False, date(2026, 2, 27)),
    ("Europe/Berlin", time(22), (EIGHT,), True, date(2026, 3, 28)),
    ("Europe/Berlin", time(6), (TWELVE,), False, date(2026, 10, 24)),
    ("America/New_York", time(8), (TWELVE,), False, date(2026, 3, 7)),
    ("America/New_York", time(22), (EIGHT,), True, date(2026, 10, 31)),
    ("Asia/Shanghai", time(8), (TWELVE,), True, date(2026, 6, 25)),
    ("UTC", time(6), (EIGHT, TWELVE), False, date(2026, 4, 30)),
    ("Asia/Shanghai", time(23, 50), (NIGHT_FIRST, TWO_NIGHT_FIRST), True, date(2026, 6, 25)),
    ("Europe/Berlin", time(22), (TWO_NIGHT_FIRST, NIGHT_FIRST), True, date(2026, 3, 28)),
    ("Europe/Berlin", time(6), (EIGHT, UNEVEN), False, date(2026, 10, 24)),
    ("Europe/Berlin", time(2), (UNEVEN, WHOLE), False, date(2026, 3, 28)),
)
MIXED = tuple(i for i, (_, _, layouts, _, _) in enumerate(CALENDARS) if len(layouts) > 1)


@dataclass(frozen=True)
class Knobs:
    """How large the plant is and what is special about it; all zero and False is the simplest."""

    seed: int = 0
    more_areas: int = 0
    more_units: int = 0
    stocks: int = 0
    days: int = 2
    calendar: int = 0
    money: int = 0
    exact: bool = False  # every shift figure is whole quanta, a quantum costs whole cents
    changes: bool = False  # prices change inside the period
    band: bool = False  # one material has tariff bands
    substitutes: int = 0
    gaps: bool = False
    fills: bool = False
    terms: bool = False  # states, quality, invoices, second products

    @property
    def areas(self) -> int:
        return 1 + self.more_areas

    @property
    def units(self) -> int:
        return min(6, self.areas + self.more_units)

    @property
    def money_decimals(self) -> int:
        return (2, 0, 3)[self.money]


def knobs(**fixed: object) -> st.SearchStrategy[Knobs]:
    """Any plant, with some knobs held fast."""
    free: dict[str, st.SearchStrategy[object]] = {
        "seed": st.integers(0, 10**6), "more_areas": st.integers(0, 3), "more_units": st.integers(0, 2), "stocks": st.integers(0, 4),
        "days": st.integers(2, 3), "calendar": st.integers(0, len(CALENDARS) - 1), "money": st.integers(0, 2),
        "exact": st.booleans(), "changes": st.booleans(), "band": st.booleans(), "substitutes": st.integers(0, 3),
        "gaps": st.booleans(), "fills": st.booleans(), "terms": st.booleans(),
    }  # fmt: skip
    drawn = {name: strategy for name, strategy in free.items() if name not in fixed}
    held = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in fixed.items()}
    return st.builds(Knobs, **drawn, **held)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Flowsheet:
    """Who runs what, and what flows between: rows by id."""

    calendar: Calendar
    areas: tuple[str, ...]
    units: dict[str, str]  # unit -> area
    materials: dict[str, Material] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    stocks: dict[str, Stock] = field(default_factory=dict)


def calendar_of(shape: Knobs) -> Calendar:
    zone, start, layouts, label_end, first = CALENDARS[shape.calendar]
    made = tuple(tuple((letter, time((start.hour + after) % 24, start.minute)) for letter, after in slots) for slots in layouts)
    made = made if shape.areas > 1 else made[:1]
    return Calendar(zone, start, made, label_end, first, shape.days)


def layout_of(sheet: Flowsheet, rotation: str) -> tuple[tuple[str, time], ...]:
    """The slots of a rotation: "one" has the calendar's first layout, "two" its last."""
    return sheet.calendar.layouts[0 if rotation == "one" else -1]


def flowsheet(shape: Knobs, rng: Random) -> Flowsheet:
    """A flowsheet with an input and an output at every unit, both sides at every stock, and now and then more."""
    areas = tuple(f"a{i}" for i in range(shape.areas))
    units = {f"u{i}": areas[i] if i < len(areas) else rng.choice(areas) for i in range(shape.units)}
    sheet = Flowsheet(calendar_of(shape), areas, units)
    if shape.band:
        _material(sheet, shape, rng, "power", unit="MWh")
        for unit in sorted(rng.sample(sorted(units), rng.randint(1, len(units)))):
            _stream(sheet, shape, rng, "outside:grid", unit, "power")
    for number in range(shape.stocks):
        _stock(sheet, shape, rng, number)
    for unit in units:
        _at_unit(sheet, shape, rng, unit)
    return sheet


def _at_unit(sheet: Flowsheet, shape: Knobs, rng: Random, unit: str) -> None:
    _stream(sheet, shape, rng, rng.choice(("outside", "outside:mine")), unit, _some_material(sheet, shape, rng))
    others = [other for other in sheet.units if other != unit]
    target = rng.choice([*others, "outside"]) if rng.random() < 0.5 else "outside"
    _stream(sheet, shape, rng, unit, target, _some_material(sheet, shape, rng))
    if others and rng.random() < 0.3:  # a recycle
        other = rng.choice(others)
        material = _some_material(sheet, shape, rng)
        _stream(sheet, shape, rng, unit, other, material)
        _stream(sheet, shape, rng, other, unit, material)


def _stock(sheet: Flowsheet, shape: Knobs, rng: Random, number: int) -> None:
    """A stock with receipts and issues, at most one of them without a meter; sometimes a unit both feeds it and draws from it."""
    stock = f"s{number}"
    earlier = [row for row in sheet.stocks.values() if rng.random() < 0.3]
    material = earlier[0].material if earlier else _material(sheet, shape, rng, f"g-{stock}")
    unit = sheet.materials[material].unit
    level = Meter(f"LT-{stock}", "level", rng.choice(UNITS[unit][2]))
    opening = Decimal(rng.randint(10, 90)) if rng.random() < 0.3 else None
    rule = rng.choice(("roll", "nearest", "interpolate"))
    sheet.stocks[stock] = Stock(stock, material, rng.choice(("site", *sheet.areas)), rule, level, opening)
    ends = [*sheet.units, "outside"]
    pairs = [(rng.choice(ends), stock), (stock, rng.choice(ends))]
    if rng.random() < 0.4:
        pairs.append((rng.choice(list(sheet.units)), stock) if rng.random() < 0.5 else (stock, rng.choice(list(sheet.units))))
    bare = rng.randrange(len(pairs)) if rng.random() < 0.4 else -1
    for i, (source, target) in enumerate(pairs):
        _stream(sheet, shape, rng, source, target, material, bare=i == bare)
    if earlier:
        _stream(sheet, shape, rng, earlier[0].id, stock, material)


def _some_material(sheet: Flowsheet, shape: Knobs, rng: Random) -> str:
    plain = [name for name in sheet.materials if name != "power"]
    if plain and rng.random() < 0.3:
        return rng.choice(plain)
    return _material(sheet, shape, rng, f"g{len(sheet.materials)}")


def _material(sheet: Flowsheet, shape: Knobs, rng: Random, name: str, unit: str = "") -> str:
    quantum = Decimal(rng.choice(("0.001", "0.01", "1", "0.5", "0.125")))
    prices: list[tuple[date | None, Decimal]] = [(None, _price(shape, rng, quantum))]
    if shape.changes and rng.random() < 0.6:
        since = sheet.calendar.first + timedelta(days=rng.randint(0, shape.days - 1))
        prices.append((since, _price(shape, rng, quantum)))
    bands = {band: _price(shape, rng, quantum) for band in ("low", "high")} if name == "power" else {}
    sheet.materials[name] = Material(name, unit or rng.choice(sorted(UNITS)), quantum, tuple(prices), bands)
    return name


def _price(shape: Knobs, rng: Random, quantum: Decimal) -> Decimal:
    """Up to four decimals; now and then negative (waste) or zero. Exact: whole cents a quantum."""
    sign = rng.choice((1, 1, 1, 1, -1))
    if shape.exact:
        return sign * (Decimal(rng.randint(1, 500)).scaleb(-shape.money_decimals) / quantum)
    return sign * Decimal(rng.choice((0, rng.randint(1, 400), rng.randint(1, 4 * 10**6)))).scaleb(-4)


def _stream(sheet: Flowsheet, shape: Knobs, rng: Random, source: str, target: str, material: str, *, bare: bool = False) -> None:
    name = f"f{len(sheet.streams)}"
    meter = None if bare else _meter(shape, rng, name, sheet.materials[material])
    sheet.streams[name] = Stream(name, source, target, material, meter)


def _meter(shape: Knobs, rng: Random, stream: str, material: Material) -> Meter:
    rates, amounts, _ = UNITS[material.unit]
    kind = rng.choice(("rate", "rate", "interval", "counter"))
    meter = Meter(f"FT-{stream}", kind, rng.choice(rates if kind == "rate" else amounts))
    if shape.exact and meter.unit == "GJ":  # 5/18 MWh: no whole quanta
        meter = replace(meter, unit="MWh")
    if kind == "rate":
        fill = rng.choice(("mean-of-shift", "last-good", "")) if shape.fills else ""
        return replace(meter, mode=rng.choice(("step", "linear")), fill=fill)
    if kind == "interval":
        return replace(meter, length=HOUR if shape.exact else rng.choice((15, 30, 60)) * MINUTE)
    modulus = Decimal(rng.choice((1000, 99999, 1024)))
    if shape.exact:  # a whole number of quanta, so that a roll-over rounds nothing
        modulus *= step_of(material, meter.unit)
    return replace(meter, max_gap=8 * HOUR, modulus=modulus if rng.random() < 0.6 else None)


def step_of(material: Material, unit: str) -> Decimal:
    """What one quantum of the material is in a meter's unit."""
    factor = FACTORS[unit, material.unit]
    return material.quantum * factor.denominator / factor.numerator
