"""Which plant would somebody make up who wants to catch the ledger out? Three to twelve units, drawn by a seed, with its own raw truth.

Everything that flows is fixed first, in whole quanta of each half hour; what meters, laboratory and tank gauges would say of it comes
afterwards. So every sum of the period is known before the product reads a line, and money is known to the cent. Nothing of the product
is imported. `plants_made_drawing` draws it, `plants_made_text` writes it as a folder,
`plants_made_money` says what its books must hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
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

    def from_day(self, day: date) -> tuple[tuple[date | None, Decimal], ...]:
        """The prices of a set that holds from a day on; what it says of days before is never asked."""
        later = tuple((since, price) for since, price in self.prices if since is not None and since > day)
        return ((None, self.price(day) + 5), (day, self.price(day)), *later)

    def until_day(self, day: date) -> tuple[tuple[date | None, Decimal], ...]:
        """The prices of a set that holds before a day; what it says from then on is never asked."""
        return (*((since, price) for since, price in self.prices if since is None or since < day), (day, self.price(day) - 7))


@dataclass(frozen=True)
class Flow:
    """A stream with its truth: `quanta` of the material by step. `told`: what the meter counts by step, in `grain` of its unit.

    kind: rate | linear | interval | counter | lot | booking, or "" without a meter. `assay`: by step, where a component is paid.
    A bill of a component without `assay` is of the component itself.
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
    driver: str = ""  # of a bill: hours | load, with the stream `load`; blank: drawn with the text
    load: str = ""
    stated: bool = False  # a row of the bill for each tariff band

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
class Happening:
    """What a log book says of a unit: kind "halt" with a cause, or "spill" or "leak"; halts of one unit never overlap."""

    unit: str
    kind: str
    cause: str
    start: int
    end: int


@dataclass(frozen=True)
class Terms:
    """What no flow carries: invoices (item, party, cents, day, until), quality and charges by stream, events and what follows from them.

    `market`: what it asks of a material from a day on (None: always); `switch`: the day on which another price set begins to hold.
    """

    invoices: tuple[tuple[str, str, int, date, date | None], ...] = ()
    quality: tuple[tuple[str, int, Decimal, Decimal, Decimal], ...] = ()  # material, result, worth, edge, cap
    charges: tuple[tuple[str, str, Decimal], ...] = ()  # stream, party, money per unit
    log: tuple[Happening, ...] = ()
    fees: tuple[tuple[str, str, str, Decimal], ...] = ()  # name, kind of the events, party, money for each
    rates: tuple[tuple[str, Decimal], ...] = ()  # unit, money an hour of halts that are nobody's doing
    market: tuple[tuple[str, tuple[tuple[date | None, Decimal], ...]], ...] = ()
    switch: date | None = None


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
