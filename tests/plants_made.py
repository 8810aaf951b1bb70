"""Which plant would somebody make up who wants to catch the ledger out? Three to twelve units, drawn by a seed, with its own raw truth.

Everything that flows is fixed first, in whole quanta of each half hour; what meters, laboratory and tank gauges would say of it comes
afterwards. So every sum of the period is known before the product reads a line, and money is known to the cent. Nothing of the product
is imported. `plants_made_text` writes the plant as a folder, `plants_made_money` says what its books must hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

MINUTE = 60_000_000
HOUR = 60 * MINUTE
STEP = 30 * MINUTE
MARGIN = 12  # steps of truth before the first boundary and after the last

Slots = tuple[tuple[str, time], ...]
Layout = tuple[tuple[str, int], ...]  # letter, minutes after the day's start
THREE, TWO = (("D", 0), ("E", 480), ("N", 960)), (("D", 0), ("N", 720))
UNEVEN, WHOLE, FOUR = (("D", 0), ("E", 390), ("N", 930)), (("W", 0),), (("P", 0), ("Q", 360), ("T", 720), ("S", 1080))
# Zone, start of the day, day_label = "end", the first production day, the first day of accounting months: a month ends inside the period.
PLACES: tuple[tuple[str, time, bool, date, int], ...] = (
    ("UTC", time(6), False, date(2026, 4, 28), 1),
    ("Asia/Shanghai", time(8), False, date(2026, 5, 23), 26),
    ("Europe/Berlin", time(22), True, date(2026, 3, 29), 1),  # 23 h
    ("Europe/Berlin", time(6), False, date(2026, 10, 24), 26),  # 25 h
    ("America/New_York", time(0), False, date(2026, 10, 31), 1),
    ("Australia/Lord_Howe", time(7, 30), False, date(2026, 4, 4), 6),  # clocks go back half an hour
    ("Asia/Kathmandu", time(23, 30), True, date(2026, 12, 30), 1),
    ("Asia/Shanghai", time(0), True, date(2026, 2, 24), 26),
)
LAYOUTS: tuple[tuple[Layout, ...], ...] = ((THREE,), (TWO,), (THREE, TWO), (UNEVEN, THREE), (TWO, WHOLE), (FOUR, TWO))
# Meter units by unit of the material: (rate, amount per unit), (amount, amount per unit).
UNITS: dict[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    "t": ((("t/h", "1"), ("kg/h", "1000")), (("t", "1"), ("kg", "1000"))),
    "kg": ((("t/h", "0.001"), ("kg/h", "1")), (("t", "0.001"), ("kg", "1"))),
    "MWh": ((("MW", "1"), ("kW", "1000")), (("kWh", "1000"), ("MWh", "1"))),
    "m3": ((("m3/h", "1"),), (("m3", "1"), ("L", "1000"))),
    "Nm3": ((("Nm3/h", "1"),), (("Nm3", "1"),)),
    "pcs": ((("pcs/h", "1"),), (("pcs", "1"),)),
}
# Paid by a component: what a meter counts, its grain, the laboratory's unit, lowest and highest result. One grain times a result of 1
# is one quantum of 0.001 t; "dry" pays what is left of 100.
ASSAYED = {
    "alumina": ("m3", "1", "g/L", 90, 140),
    "cu": ("t", "0.1", "%", 12, 31),
    "dry": ("t", "0.1", "%", 4, 15),
}


@dataclass(frozen=True)
class Material:
    """`prices`: (first production day or None, planned price) in order; `bands`: the tariff's prices; `paid`: mass or a component."""

    id: str
    unit: str
    quantum: Decimal
    prices: tuple[tuple[date | None, Decimal], ...]
    bands: tuple[tuple[str, Decimal], ...] = ()
    paid: str = "mass"

    @property
    def quantum_of(self) -> Fraction:
        return Fraction(self.quantum)

    def price(self, day: date) -> Decimal:
        return [price for since, price in self.prices if since is None or since <= day][-1]


@dataclass(frozen=True)
class Flow:
    """A stream with its truth: `quanta` of the material by step. `told`: what the meter counts by step, in `grain` of its unit.

    kind: rate | linear | interval | counter | lot | booking, or "" without a meter. `assay`: by step, where a component is paid.
    """

    id: str
    source: str
    target: str
    material: str
    kind: str
    unit: str = ""
    grain: Decimal = Decimal(1)
    told: tuple[int, ...] = ()
    quanta: tuple[int, ...] = ()
    assay: tuple[int, ...] = ()
    modulus: int = 0  # in grains

    @property
    def tag(self) -> str:
        return f"FT-{self.id}"

    @property
    def sign(self) -> int:
        """+1 for what the outside takes, -1 for what it gives, 0 inside."""
        return int(self.target.startswith("outside")) - int(self.source.startswith("outside"))


@dataclass(frozen=True)
class Stock:
    """`dips`: (instant, content in `grain` of the gauge's unit); `assay` is what the laboratory says of the content all the time."""

    id: str
    material: str
    held_by: str
    rule: str
    unit: str
    grain: Decimal
    dips: tuple[tuple[int, int], ...] = ()
    assay: int = 0
    opening: bool = False  # stocks.toml says what the first boundary held


@dataclass(frozen=True)
class Terms:
    """What no flow carries: fixed charges by area, invoices (item, party, cents, day, until), quality and charges by stream."""

    invoices: tuple[tuple[str, str, int, date, date | None], ...] = ()
    quality: tuple[tuple[str, int, Decimal, Decimal, Decimal], ...] = ()  # material, result, worth, edge, cap
    charges: tuple[tuple[str, str, Decimal], ...] = ()  # stream, party, money per unit


@dataclass(frozen=True)
class Made:
    """A plant with everything that ever happened in it, from MARGIN steps before the period until MARGIN steps after it."""

    seed: int
    place: int
    layouts: tuple[Layout, ...]
    days: int
    decimals: int
    areas: dict[str, int]  # area -> place of its layout
    units: dict[str, str]  # unit -> area
    materials: dict[str, Material]
    flows: dict[str, Flow]
    stocks: dict[str, Stock]
    tariff: tuple[str, ...] = ()  # the band that holds, by step
    terms: Terms = field(default_factory=Terms)
    scale: int = 1  # 1000: what was counted in t is counted in kg

    @property
    def zone(self) -> str:
        return PLACES[self.place][0]

    @property
    def labels(self) -> list[date]:
        return [PLACES[self.place][3] + timedelta(days=i) for i in range(self.days)]

    def start_of(self, day: date) -> int:
        """The instant at which a production day begins."""
        _, start, label_end, _, _ = PLACES[self.place]
        return instant(day - timedelta(days=int(label_end)), start, self.zone)

    @property
    def span(self) -> tuple[int, int]:
        return self.start_of(self.labels[0]), self.start_of(self.labels[-1] + timedelta(days=1))

    def at(self, step: int) -> int:
        """When a step begins."""
        return self.span[0] + (step - MARGIN) * STEP

    def step(self, at: int) -> int:
        assert (at - self.span[0]) % STEP == 0
        return (at - self.span[0]) // STEP + MARGIN

    @property
    def steps(self) -> int:
        return (self.span[1] - self.span[0]) // STEP + 2 * MARGIN

    def slots(self, layout: Layout) -> Slots:
        start = datetime.combine(date(2026, 1, 1), PLACES[self.place][1])
        return tuple((letter, (start + timedelta(minutes=after)).time()) for letter, after in layout)

    def shifts(self, layout: Layout, day: date) -> list[tuple[str, int, int]]:
        """(letter, start, end) of a day's shifts, by the local clock."""
        _, start, label_end, _, _ = PLACES[self.place]
        first = day - timedelta(days=int(label_end))
        slots = self.slots(layout)
        edges = [instant(first + timedelta(days=int(clock < start)), clock, self.zone) for _, clock in slots]
        edges.append(self.start_of(day + timedelta(days=1)))
        return [(letter, a, b) for (letter, _), (a, b) in zip(slots, pairwise(edges), strict=True)]

    def cells(self, day: date) -> list[tuple[int, int]]:
        """The stretches of a day in which no area changes shifts."""
        used = {self.layouts[place] for place in self.areas.values()}
        edges = {at for layout in used for _, start, end in self.shifts(layout, day) for at in (start, end)}
        return list(pairwise(sorted(edges)))


def instant(day: date, clock: time, zone: str) -> int:
    """A local time as UTC microseconds."""
    local = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
    return round((local - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def made(seed: int, *, days: int = 4, **fixed: object) -> Made:
    """The plant of a seed: always the same one. Sizes follow from the seed's last digits, so that any ten seeds have all of them."""
    rng = Random(f"made {seed}")
    count, layouts = 3 + seed % 10, LAYOUTS[seed % len(LAYOUTS)]
    names = [f"a{i}" for i in range(rng.randint(min(len(layouts), 3), min(4, count)))]
    areas = {name: i if i < len(layouts) else rng.randrange(len(layouts)) for i, name in enumerate(names)}
    units = {f"u{i}": names[i] if i < len(names) else rng.choice(names) for i in range(count)}
    plant = Made(seed, seed % len(PLACES), layouts, days, (2, 2, 0, 3)[seed // 10 % 4], areas, units, {}, {}, {})
    plant = replace(plant, **fixed)  # type: ignore[arg-type]
    if rng.random() < 0.7:
        plant = replace(plant, tariff=_tariff(plant, rng))
    draw = _Draw(plant, rng)
    for number in range(rng.randint(1, max(1, count // 2))):
        draw.stock(number)
    for unit in units:
        draw.unit(unit)
    draw.utilities()
    draw.dips()
    return replace(plant, terms=draw.terms())


def _tariff(plant: Made, rng: Random) -> tuple[str, ...]:
    bands: list[str] = []
    while len(bands) < plant.steps:
        bands += [rng.choice(("low", "mid", "high"))] * rng.randint(2, 20)
    return tuple(bands[: plant.steps])


class _Draw:
    """Adds rows to the plant's tables, one kind after the other."""

    def __init__(self, plant: Made, rng: Random) -> None:
        self.plant, self.rng = plant, rng

    def material(self, name: str, *, unit: str = "", whole_cents: bool = False, assayed: bool = True) -> Material:
        rng, plant = self.rng, self.plant
        paid = rng.choice(sorted(ASSAYED)) if assayed and not unit and rng.random() < 0.2 else "mass"
        unit = "t" if paid != "mass" else unit or rng.choice(("t", "t", "t", "MWh", "m3", "Nm3", "pcs"))
        quantum = Decimal(
            "0.001" if paid != "mass" else rng.choice(("0.001", "0.001", "0.01", "0.25", "1", "0.5", "0.125", "20"))
        )
        prices: list[tuple[date | None, Decimal]] = [(None, self.price(quantum, whole_cents))]
        for day in sorted(rng.sample(plant.labels, rng.choice((0, 0, 1, 1, 2)))) if not whole_cents else []:
            prices.append((day, self.price(quantum, whole_cents)))
        bands = (
            tuple((band, self.price(quantum, False)) for band in ("high", "low", "mid"))
            if name == "power" and plant.tariff
            else ()
        )
        if plant.scale != 1 and unit == "t":
            unit, quantum = "kg", quantum * plant.scale
            prices = [(day, price / plant.scale) for day, price in prices]
        found = Material(name, unit, quantum, tuple(prices), bands, paid)
        plant.materials[name] = found
        return found

    def price(self, quantum: Decimal, whole_cents: bool) -> Decimal:
        rng = self.rng
        sign = rng.choice((1, 1, 1, 1, 1, -1))
        if whole_cents:
            return sign * (Decimal(rng.randint(1, 90)).scaleb(-self.plant.decimals) / quantum)
        return sign * Decimal(
            rng.choice((0, rng.randint(1, 900), rng.randint(1, 9 * 10**6), 100 * rng.randint(1, 10**5)))
        ).scaleb(-4)

    def some(self, *, unit: str = "") -> Material:
        """A material that flows elsewhere too, or a new one."""
        usual = [m for m in self.plant.materials.values() if m.id != "power" and m.paid == "mass"]
        if usual and not unit and self.rng.random() < 0.35:
            return self.rng.choice(usual)
        return self.material(f"m{len(self.plant.materials)}", unit=unit)

    def flow(
        self,
        source: str,
        target: str,
        material: Material,
        kinds: tuple[str, ...] = ("rate", "linear", "interval", "counter"),
        *,
        backwards: bool = False,
    ) -> None:
        name, rng = f"f{len(self.plant.flows)}", self.rng
        kind = rng.choice([k for k in kinds if k in ("rate", "interval", "")] if material.paid != "mass" else kinds)
        rates, amounts = UNITS[material.unit]
        row = Flow(name, source, target, material.id, kind)
        if kind and material.paid != "mass":
            counted, grain, _, low, high = ASSAYED[material.paid]
            assay = self.stretches(low, high)
            told = self.amounts(kind, backwards=False, most=60)
            rates, amounts = UNITS[counted]
            part = [100 - a if material.paid == "dry" else a for a in assay]
            quanta = tuple(t * p for t, p in zip(told, part, strict=True))
            unit, factor = rng.choice(rates if kind == "rate" else amounts)
            row = replace(row, unit=unit, grain=Decimal(grain) * Decimal(factor), told=told, quanta=quanta, assay=assay)
        elif kind:
            unit, factor = rng.choice(rates if kind in ("rate", "linear") else amounts)
            told = self.amounts(kind, backwards=backwards)
            row = replace(row, unit=unit, grain=material.quantum * Decimal(factor), told=told, quanta=_moved(kind, told))
        if kind == "counter" and rng.random() < 0.5:
            row = replace(row, modulus=max(4 * max(row.told), 1000) + rng.randint(0, 999))
        self.plant.flows[name] = row

    def stretches(self, low: int, high: int) -> tuple[int, ...]:
        """A laboratory's results, each until the next one."""
        found: list[int] = []
        while len(found) < self.plant.steps:
            found += [self.rng.randint(low, high)] * self.rng.randint(6, 30)
        return tuple(found[: self.plant.steps])

    def amounts(self, kind: str, *, backwards: bool, most: int = 4000) -> tuple[int, ...]:
        """What a meter counts by step: changing, standing still for a while, now and then running backwards."""
        rng, steps = self.rng, self.plant.steps
        if kind in ("lot", "booking"):
            return tuple(rng.randint(1, most) if rng.random() < 0.2 or i in (1, steps - 2) else 0 for i in range(steps))
        found: list[int] = []
        level = rng.randint(most // 4, most)
        while len(found) < steps:
            idle, size = rng.random() < 0.1, rng.randint(1, 30)
            low = -most // 4 if backwards else 0
            found += [
                0 if idle else max(low, level + rng.randint(-most // 4, most // 4)) - (most // 2 if backwards else 0)
                for _ in range(size)
            ]
        return tuple(found[:steps])

    def stock(self, number: int) -> None:
        """Shared by several units, fed and drawn; one side at a unit may have no meter; sometimes it takes from another stock."""
        rng, plant, name = self.rng, self.plant, f"s{number}"
        earlier = rng.choice([*plant.stocks.values()]) if plant.stocks and rng.random() < 0.3 else None
        material = plant.materials[earlier.material] if earlier else self.material(f"stuff{number}")
        holder, rule = rng.choice(("site", "site", *plant.areas)), rng.choice(("roll", "roll", "nearest", "interpolate"))
        unit, grain, assay = material.unit, material.quantum, 0
        if material.paid != "mass":
            counted, size, _, low, high = ASSAYED[material.paid]
            unit, grain, assay, rule = counted, Decimal(size), rng.randint(low, high), "nearest"
        plant.stocks[name] = Stock(
            name, material.id, holder, rule, unit, grain, (), assay, material.paid == "mass" and rng.random() < 0.3
        )
        feeders = rng.sample([*plant.units], rng.randint(1, min(3, len(plant.units))))
        drawers = rng.sample([*plant.units, "outside", "outside:customer"], rng.randint(1, 3))
        ends = [(unit, name) for unit in feeders] + [(name, unit) for unit in drawers]
        inside = [i for i, pair in enumerate(ends) if not any(end.startswith("outside") for end in pair)]
        bare = rng.choice(inside) if rng.random() < 0.4 else -1
        for i, (source, target) in enumerate(ends):
            self.flow(source, target, material, ("",) if i == bare else ("rate", "linear", "interval", "counter", "rate"))
        if earlier:
            self.flow(earlier.id, name, material)

    def unit(self, unit: str) -> None:
        """Raw material, products and by-products, a flow to a later unit, a recycle to an earlier one."""
        rng, others = self.rng, [*self.plant.units]
        place = others.index(unit)
        for _ in range(rng.choice((1, 1, 2))):
            self.flow(
                rng.choice(("outside", "outside:mine")), unit, self.some(), ("rate", "linear", "interval", "counter", "lot")
            )
        for _ in range(rng.choice((1, 1, 2, 3))):
            self.flow(unit, rng.choice(("outside", "outside:customer", "outside:dump")), self.some())
        if place + 1 < len(others) and rng.random() < 0.6:
            self.flow(unit, rng.choice(others[place + 1 :]), self.some())
        if place and rng.random() < 0.5:
            self.flow(unit, rng.choice(others[:place]), self.some())

    def utilities(self) -> None:
        """Power at a tariff, steam that some units give back, returned water, a bill for the whole period."""
        rng, plant = self.rng, self.plant
        power, steam = self.material("power", unit="MWh"), self.material("steam", unit="t")
        for unit in rng.sample([*plant.units], rng.randint(1, len(plant.units))):
            self.flow("outside:grid", unit, power)
        for unit in rng.sample([*plant.units], rng.randint(1, 2)):
            self.flow("outside", unit, steam, ("rate", "linear", "interval"), backwards=rng.random() < 0.6)
        water = self.material("water", unit="m3")
        for unit in rng.sample([*plant.units], 1):
            self.flow("outside", unit, water)
            self.flow(unit, "outside", water)
        gas = self.material("gas", unit="Nm3", whole_cents=True)
        self.flow("outside:grid", rng.choice([*plant.units]), gas, ("booking",))

    def dips(self) -> None:
        """A gauge is read at every start of a day, near most other boundaries and in between; it follows the flows more or less."""
        rng, plant = self.rng, self.plant
        starts = {plant.start_of(day) for day in [*plant.labels, plant.labels[-1] + timedelta(days=1)]}
        inner = sorted({end for day in plant.labels for _, end in plant.cells(day)} - starts)
        for key, row in plant.stocks.items():
            at = set(starts)
            at |= {end + rng.choice((0, 0, -20 * MINUTE, 12 * MINUTE, -HOUR)) for end in inner if rng.random() < 0.7}
            at |= {plant.span[0] + rng.randrange(plant.span[1] - plant.span[0]) for _ in range(rng.randint(0, 3))}
            net = self.net(key)
            content, offset, found = rng.randint(10**5, 2 * 10**5), rng.choice((0, 3, 500)), []
            for when in sorted(at):
                until = (when - plant.span[0]) // STEP + MARGIN
                found.append((when, max(0, content + sum(net[MARGIN:until]) + rng.randint(-offset, offset))))
            if row.opening and rng.random() < 0.5:
                found[0] = (found[0][0], -found[0][1])  # only stocks.toml says it
            plant.stocks[key] = replace(row, dips=tuple(found))

    def net(self, stock: str) -> list[int]:
        net = [0] * self.plant.steps
        for row in self.plant.flows.values():
            if row.told and stock in (row.source, row.target):
                signs = int(row.target == stock) - int(row.source == stock)
                net = [n + signs * t for n, t in zip(net, _moved(row.kind, row.told), strict=True)]
        return net

    def per(self, material: str) -> int:
        """What money per unit of the material is divided by, where it is counted in the smaller unit."""
        return self.plant.scale if self.plant.materials[material].unit == "kg" else 1

    def terms(self) -> Terms:
        rng, plant = self.rng, self.plant
        invoices = []
        for number in range(rng.randint(0, 3)):
            day = rng.choice(plant.labels)
            until = rng.choice([None, *(label for label in plant.labels if label >= day)])
            invoices.append((f"item{number}", rng.choice(("", "lessor")), rng.randint(-(10**6), 10**7), day, until))
        outer = [row for row in plant.flows.values() if row.sign and row.kind in ("rate", "interval")]
        charged = rng.sample(outer, min(len(outer), rng.randint(0, 2)))
        charges = tuple(
            (row.id, rng.choice(("", "state")), Decimal(rng.randint(1, 9999)).scaleb(-3) / self.per(row.material))
            for row in charged
        )
        sold = sorted({row.material for row in plant.flows.values() if row.sign})
        paid = [
            m
            for m in sold
            if all(r.kind in ("rate", "linear", "interval") for r in plant.flows.values() if r.material == m and r.sign)
        ]
        quality = tuple(
            (
                m,
                rng.randint(80, 120),
                Decimal(rng.randint(-900, 900)).scaleb(-2) / self.per(m),
                Decimal(100),
                Decimal(rng.randint(1, 90)) / self.per(m),
            )
            for m in paid
            if plant.materials[m].paid == "mass" and rng.random() < 0.25
        )
        return Terms(tuple(invoices), quality, charges)


def _moved(kind: str, told: tuple[int, ...]) -> tuple[int, ...]:
    """Quanta by step of what a meter tells; a line between two readings moves the mean of both."""
    if kind == "linear":  # told: readings at the beginning of each step, two quanta a step each
        return tuple(a + b for a, b in pairwise((*told, told[-1])))
    return told
