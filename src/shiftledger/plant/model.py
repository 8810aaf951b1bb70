"""The plant as frozen values: what the text files say, every row with its file and line.

Field names are the columns and keys of `plant/schema.py` (`from` becomes `source`, `to` `target`, `class` `limit`). A row's
`at` takes no part in comparisons or content hashes. Durations are microseconds, dates production-day labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Location
from shiftledger.core.trace import Node
from shiftledger.plant.loading import EVENT_COLUMNS as EVENT_COLUMNS
from shiftledger.plant.loading import Sample as Sample
from shiftledger.plant.loading import SourceFile as SourceFile
from shiftledger.plant.people import Attendance, Member, Post
from shiftledger.plant.quotes import Link, Quote
from shiftledger.plant.terms import NOWHERE as NOWHERE
from shiftledger.plant.terms import Charge, GradeLimit, Invoice, Potential, Quality, Service, State

# Why a unit stands still (Q3), in the order in which statements list them; a halt of which nobody says why is UNCLASSED.
CAUSES = ("process", "mechanical", "electrical", "external", "planned")
UNCLASSED = "unclassed"


def _at() -> Location:
    return field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """plant.toml."""

    id: str
    currency: str
    zone: str
    day_start: time
    name_zh: str = ""
    name_en: str = ""
    money_decimals: int = 2
    day_label: str = "start"  # start | end
    month_start: int = 1  # day of month on which the accounting month begins
    lookback: int = 21  # shifts
    grace: int = 30 * 60 * 1_000_000
    lab_cutoff: int = 72 * 3600 * 1_000_000
    test_level: Decimal = Decimal("0.01")
    price_set: str = "planned"
    price_sets: tuple[tuple[str, str], ...] = ()  # first production day, as text -> the set from then on
    market_set: str = ""
    price_approval: bool = False
    price_approvers: tuple[str, ...] = ()  # roles; none: every role
    definition_approval: bool = False
    definition_approvers: tuple[str, ...] = ()  # roles; none: every role
    exclusion_deciders: tuple[str, ...] = ()
    state: str = ".shiftledger"
    sql: str = ""  # address of the database with acts, seals and batches; "": a file in the folder of the state
    at: Location = _at()

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Area:
    id: str
    rotation: str
    name_zh: str = ""
    name_en: str = ""
    coverage: str = "continuous"  # continuous | partial
    tou_is_ours: bool = False
    hours_of: str = ""  # the unit whose running hours are the area's operating hours; blank: its only one
    successor_of: tuple[str, ...] = ()  # areas that it succeeds from valid_from on
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    area: str
    name_zh: str = ""
    name_en: str = ""
    conserves: tuple[str, ...] = ()  # "mass" or components
    ownership: str = ""  # end | start | time-split | stage: whose shift a lot across a boundary is; blank: end
    stages: tuple[tuple[str, Decimal], ...] = ()  # ownership "stage": named stages and their weights
    running: str = ""  # the state that tells whether it runs
    running_codes: tuple[str, ...] = ()  # texts of that state with which it runs; with every other it stands still
    causes: tuple[tuple[str, str], ...] = ()  # text of that state -> cause of the halt
    own_causes: tuple[str, ...] = ("process",)  # causes that are the crew's own
    min_halt: int = 0  # a shorter stop is no halt
    no_fault_rate: Decimal | None = None  # money per hour of a halt that is nobody's doing
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Material:
    id: str
    unit: str
    name_zh: str = ""
    name_en: str = ""
    quantum: Decimal = Decimal("0.001")
    priced_on: str = "mass"  # "mass" or a component
    band_state: str = ""  # state whose codes name the tariff band
    offspec_of: str = ""  # the material that it would have been, had it met its grade
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Stream:
    id: str
    source: str  # unit, stock, or outside[:party]
    target: str
    material: str
    name_zh: str = ""
    name_en: str = ""
    follows: str = ""  # a stream without a meter: `share` times what this one measures
    share: Decimal | None = None
    origin: str = ""  # where the share comes from
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Stock:
    id: str
    material: str
    held_by: str  # "site" or an area
    name_zh: str = ""
    name_en: str = ""
    boundary: str = "roll"  # roll | nearest | interpolate
    opening: Decimal | None = None
    opening_day: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Meter:
    """A tag with meaning (meters.csv). `limit` is the column `class`: limit of error, relative."""

    tag: str
    kind: str  # rate | counter | interval | level | state | lab | lot | booking
    unit: str = ""
    stream: str = ""
    stock: str = ""
    state: str = ""
    component: str = ""
    limit: Decimal = Decimal(0)
    white: Decimal = Decimal(0)
    sigma: Decimal = Decimal(0)
    integrate: str = "step"  # step | linear, rate meters only
    length: int = 0  # interval meters: the period that one reading covers; lots and bookings: the longest one
    max_gap: int = 3600 * 1_000_000
    max_hold: int = 24 * 3600 * 1_000_000
    max_same: int = 0  # an unchanged value that is told again for longer is stale; 0: never
    fill: str = ""  # "" | mean-of-shift | last-good | standard
    modulus: Decimal | None = None
    max_rate: Decimal | None = None
    quantum: Decimal = Decimal("0.001")
    codes: tuple[tuple[str, Decimal], ...] = ()  # state tags: text -> code
    changed_at: time | None = None  # when it took over from the meter before it, on its first day
    first_register: Decimal | None = None  # counters: the register when it was put in
    last_register: Decimal | None = None  # counters: the register when it was taken out
    low: Decimal | None = None  # what is below waits in quarantine; at loading only
    high: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Allocation:
    """allocations.toml: how a booked stream's figure for a longer period is shared among the shifts of that period."""

    id: str
    stream: str
    driver: str  # hours | load | standard
    load: str = ""  # driver "load": the metered stream
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


def state_code(meter: Meter, text: str) -> float | None:
    """The code that a state meter's text stands for; a meter without texts tells numbers. None if it has no such text. # R1"""
    if meter.codes:
        return next((float(code) for name, code in meter.codes if name == text), None)
    try:
        return float(Decimal(text))
    except ArithmeticError:
        return None


@dataclass(frozen=True, slots=True)
class Slot:
    """A shift slot of a rotation: a letter of the pattern with its local start (and end, where coverage is partial)."""

    id: str
    start: time
    end: time | None = None
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """rotations.toml: on production day d crew c has position (d - anchor + phase of c) mod len(pattern)."""

    id: str
    slots: tuple[Slot, ...]
    pattern: str
    anchor: date
    crews: tuple[tuple[str, int], ...]  # letter, phase
    synthetic: bool = False
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """roster.csv: on this shift of this area, this crew from start to end (local times; blank: the whole shift)."""

    day: date
    slot: str
    area: str
    crew: str = ""  # a letter; blank: nobody
    start: time | None = None
    end: time | None = None
    kind: str = "substitute"  # substitute | swap | split | holiday | overtime
    note: str = ""
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Price:
    """prices/<set>.csv: money per unit of the material; `band` names a tariff band (blank: the planned price).

    `link` names the formula that `price` follows from, as `trace` tells.
    """

    price_set: str
    material: str
    price: Decimal
    unit: str = ""
    band: str = ""
    sigma: Decimal = Decimal(0)  # relative
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    link: str = ""
    at: Location = _at()
    trace: Node | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Standard:
    """standards.csv. A row without a condition is the base; one with a condition is a slope added to the base."""

    area: str
    output: str
    item: str
    basis: str  # yield | usage | hours
    value: Decimal
    unit: str = ""
    slot: str = ""
    condition: str = ""
    reference: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Budget:
    """budget.csv: planned output (quantity), hours, or a fixed charge (money) per shift, day or month."""

    area: str
    item: str
    kind: str  # output | hours | fixed
    qty: Decimal
    per: str = "shift"  # shift | day | month
    day: date | None = None
    slot: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class Factor:
    """factors/*.csv: dated conversion of a material, such as t CO2 per MWh."""

    factor: str
    material: str
    value: Decimal
    unit: str  # result unit / material unit, e.g. t/MWh
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = _at()


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """indicators/*.toml: one definition; the formula is arithmetic over quantities (`stream.x`, `hours`, `factor.co2.m`)."""

    id: str
    area: str
    formula: str
    unit: str = ""
    name_zh: str = ""
    name_en: str = ""
    quantum: Decimal = Decimal("0.001")
    better: str = ""  # up | down
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = _at()


class Dated(Protocol):
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


def valid_on(row: Dated, day: date) -> bool:
    """True if the row governs the production day: `valid_from <= day <= valid_to`, blanks open. # T4"""
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)


def common_day(a: Dated, b: Dated) -> date | None:
    """The first day on which both rows hold, date.min if that is from the beginning, None if there is none. # T4"""
    start = max(a.valid_from or date.min, b.valid_from or date.min)
    return start if start <= min(a.valid_to or date.max, b.valid_to or date.max) else None


@dataclass(frozen=True, slots=True)
class Plant:
    """One plant: settings, rows by id, and the text they came from (file name -> content)."""

    settings: Settings
    areas: Mapping[str, Area] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    stocks: Mapping[str, Stock] = field(default_factory=dict)
    materials: Mapping[str, Material] = field(default_factory=dict)
    meters: tuple[Meter, ...] = ()
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    roster: tuple[RosterEntry, ...] = ()
    prices: tuple[Price, ...] = ()
    standards: tuple[Standard, ...] = ()
    budget: tuple[Budget, ...] = ()
    factors: tuple[Factor, ...] = ()
    allocations: Mapping[str, Allocation] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    indicators: Mapping[str, IndicatorRow] = field(default_factory=dict)
    sources: Mapping[str, SourceFile] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)
    potentials: tuple[Potential, ...] = ()
    quality: tuple[Quality, ...] = ()
    grades: tuple[GradeLimit, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    charges: tuple[Charge, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    services: tuple[Service, ...] = ()
    posts: tuple[Post, ...] = ()
    members: tuple[Member, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict, repr=False)
    root: str = ""

    def account_of(self, node: str) -> str:
        """The ledger account of a stream's end: `area:<id>` of a unit, `stock:<id>`, or `outside[:party]`. # L2"""
        if node in self.units:
            return f"area:{self.units[node].area}"
        if node in self.stocks:
            return f"stock:{node}"
        if node == "outside" or node.startswith("outside:"):
            return node
        raise KeyError(node)

    def meters_of(self, day: date, *, stream: str = "", stock: str = "", state: str = "") -> tuple[Meter, ...]:
        """Meters valid on `day` that belong to the stream, stock or state, in tag order."""
        chosen = (
            m
            for m in self.meters
            if (stream and m.stream == stream) or (stock and m.stock == stock) or (state and m.state == state)
        )
        return tuple(sorted((m for m in chosen if valid_on(m, day)), key=lambda m: m.tag))
