"""What people and laboratories wrote down: dips at handover, lots over the weighbridge, samples, and the log of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.parameters import SETS
from shiftledger.simulate.refinery import NAOH_PER_NA2O
from shiftledger.simulate.truth import Truth

TRUCK = 60.0  # t of alumina
OPEN_HOURS = range(12)  # of the production day: 08:00 to 20:00
TRAINS = 4  # of ore a day
OPENING = {"ore-yard": 180_000.0, "caustic-tank": 3_000.0, "silo": 15_000.0}
DIPS = {  # stock: spread of one dip in t, display in t
    "liquor": (58.0, 1.0),
    "liquor-soda": (75.0 * NAOH_PER_NA2O, 1.0),
    "hydrate-shed": (60.0, 10.0),
    "caustic-tank": (6.0, 1.0),
    "silo": (45.0, 1.0),
}
SURVEY = 800.0  # t: spread of the monthly survey of the ore yard


@dataclass(frozen=True, slots=True)
class Lot:
    """What went over a scale: id, stream, hours of its begin and end, t as weighed and t in truth."""

    id: str
    stream: str
    begins: float
    ends: float
    weighed: float
    mass: float


@dataclass(frozen=True, slots=True)
class Dip:
    """A stock as somebody read it: hours, stock, t; `over` is what the reader added."""

    at: float
    stock: str
    value: float
    over: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A laboratory result: sample point, analyte, hours of sample and result, the value as written and as it was."""

    point: str
    analyte: str
    at: float
    known: float
    written: str
    value: float
    story: str = ""  # typo, re-test, late


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the log: kind, area, unit or blank, hours, cause, text."""

    kind: str
    area: str
    unit: str
    begins: float
    ends: float
    cause: str
    text: str


# lots -----------------------------------------------------------------------------------------------------------------


def lots(truth: Truth, rng: np.random.Generator) -> list[Lot]:
    """Trains of ore, tank cars of caustic and trucks of alumina; each keeps its stock near where it began."""
    days = len(truth.on_duty) // 24
    fed, made_up, made = (truth.happened.flows[name][:, 0] for name in ("ore", "caustic_in", "calcined"))
    levels, found = dict(OPENING), list[Lot]()
    for day in range(days):
        hours = slice(24 * day, 24 * day + 24)
        ore = max(0.0, fed[hours].sum() + (OPENING["ore-yard"] - levels["ore-yard"]) / 10)
        for train in range(TRAINS):
            begins = 24 * day + 24 / TRAINS * train + rng.uniform(0, 2)
            mass = ore / TRAINS * (1 + 0.03 * rng.standard_normal())
            found.append(_lot(f"R{day:03d}-{train + 1}", "ore-receipts", begins, rng.uniform(1.0, 2.0), mass, rng))
            levels["ore-yard"] += mass
        cars = max(0.0, round((made_up[hours].sum() + (OPENING["caustic-tank"] - levels["caustic-tank"]) / 4) / 60)) * 60.0
        if cars:
            found.append(_lot(f"C{day:03d}", "caustic-receipts", 24 * day + rng.uniform(1, 6), 2.5, cars, rng))
            levels["caustic-tank"] += cars
        levels["ore-yard"] -= fed[hours].sum()
        levels["caustic-tank"] -= made_up[hours].sum()
        wanted = made[hours].sum() + (levels["silo"] - OPENING["silo"]) / 4
        for truck, begins in enumerate(_trucks(day, wanted, rng)):
            mass = TRUCK * (1 + 0.01 * rng.standard_normal())
            found.append(_lot(f"A{day:03d}-{truck + 1:03d}", "shipments", begins, 0.3, mass, rng))
            levels["silo"] -= mass
        levels["silo"] += made[hours].sum()
    return found


def _trucks(day: int, wanted: float, rng: np.random.Generator) -> Iterator[float]:
    count = max(0, round(wanted / TRUCK))
    yield from np.sort(24 * day + rng.uniform(OPEN_HOURS.start, OPEN_HOURS.stop - 0.5, count)).tolist()


def _lot(name: str, stream: str, begins: float, lasts: float, mass: float, rng: np.random.Generator) -> Lot:
    """Scales err by a thousandth and show hundredths of a tonne."""
    return Lot(name, stream, begins, begins + lasts, round(mass * (1 + 0.001 * rng.standard_normal()), 2), mass)


def stocks(truth: Truth, carried: list[Lot]) -> dict[str, Floats]:
    """True content of every stock at the beginning of each hour, one more for the end, in t of its material."""
    happened, flows = truth.happened, truth.happened.flows
    moved = {stream: np.zeros(len(truth.on_duty)) for stream in ("ore-receipts", "caustic-receipts", "shipments")}
    for lot in carried:
        hour = np.arange(int(lot.begins), min(int(lot.ends) + 1, len(truth.on_duty)))
        inside = np.maximum(0.0, np.minimum(hour + 1, lot.ends) - np.maximum(hour, lot.begins))
        moved[lot.stream][hour] += lot.mass * inside / (lot.ends - lot.begins)
    nets = {
        "ore-yard": moved["ore-receipts"] - flows["ore"][:, 0],
        "caustic-tank": moved["caustic-receipts"] - flows["caustic_in"][:, 0],
        "silo": flows["calcined"][:, 0] - moved["shipments"],
    }
    own = {"liquor": "alumina", "liquor-soda": "caustic", "hydrate-shed": "hydrate"}
    times = {"liquor-soda": NAOH_PER_NA2O}
    kept = {stock: happened.stocks[name][:, 0] * times.get(stock, 1.0) for stock, name in own.items()}
    return kept | {stock: OPENING[stock] + np.concatenate([[0.0], np.cumsum(net)]) for stock, net in nets.items()}


# dips -----------------------------------------------------------------------------------------------------------------


def dips(truth: Truth, contents: dict[str, Floats], rng: np.random.Generator) -> list[Dip]:
    """Every stock at every handover, from twenty minutes before until five after; the ore yard is surveyed once a month."""
    hours, found = len(truth.on_duty), list[Dip]()
    for boundary in range(0, hours + 1, 8):
        for stock, (spread, shown) in DIPS.items():
            at = min(max(boundary + rng.uniform(-20, 5) / 60, 0.0), float(hours))
            over = _over_reading(truth, stock, boundary)
            value = np.interp(at, np.arange(hours + 1), contents[stock]) + spread * rng.standard_normal() + over
            found.append(Dip(at, stock, round(float(value) / shown) * shown, over))
    for hour in range(0, hours + 1, 24 * 30):
        value = contents["ore-yard"][hour] + SURVEY * rng.standard_normal()
        found.append(Dip(float(hour), "ore-yard", round(float(value) / 10) * 10.0))
    return found


def _over_reading(truth: Truth, stock: str, boundary: int) -> float:
    """What the crew that hands over adds to the hydrate; nobody does in the base period."""
    before = boundary - 1
    told = stock == "hydrate-shed" and before >= 24 * truth.settings.base_days
    if told and truth.over_reading_crew is not None and truth.on_duty[before] == truth.over_reading_crew:
        return truth.settings.stories.over_reading
    return 0.0


# laboratory -----------------------------------------------------------------------------------------------------------

POINTS: tuple[tuple[str, str, str, float, float, int], ...] = (
    # sample point, analyte, stream, spread of one result, whether relative to it (else in its unit), hours between samples
    ("ore belt", "Al2O3", "ore-feed", 0.004, 1.0, 8),
    ("ore belt", "SiO2", "ore-feed", 0.01, 1.0, 8),
    ("mud", "A/S", "mud", 0.035, 1.0, 2),
    ("last wash", "Na2O", "mud-out", 0.02, 1.0, 2),
    ("hydrate", "moisture", "hydrate-feed", 0.3, 0.0, 4),
)
DECIMALS = {"Al2O3": 2, "SiO2": 2, "A/S": 3, "Na2O": 2, "moisture": 1}


def samples(truth: Truth, rng: np.random.Generator) -> list[Sample]:
    """Every result in the order in which it was known: late, mistyped and tested again now and then."""
    hours, found = len(truth.on_duty), list[Sample]()
    late_from, late_until = _late_window(truth)
    for point, analyte, _stream, spread, relative, every in POINTS:
        path = _assayed(truth, analyte)
        for hour in range(every - 1, hours, every):
            true = float(path[hour])
            value = true + spread * rng.standard_normal() * (true if relative else 1.0)
            at, delay = hour + 0.5, float(rng.lognormal(np.log(3.0), 0.732))
            story = ""
            if rng.random() < 0.02:
                delay = 48.0 + float(rng.exponential(12.0))
            if late_from <= hour < late_until:
                delay, story = 80.0 + float(rng.uniform(0, 8)), "late"
            written = _written(value, analyte)
            if rng.random() < 0.005:
                wrong = _written(value * float(rng.choice([0.1, 10.0])), analyte)
                found.append(Sample(point, analyte, at, at + delay, wrong, value, "typo"))
                delay, story = delay + 12.0, "corrected"
            found.append(Sample(point, analyte, at, at + delay, written, value, story))
            if rng.random() < 0.01:
                again = true + spread * rng.standard_normal() * (true if relative else 1.0)
                found.append(Sample(point, analyte, at, at + delay + 6.0, _written(again, analyte), again, "re-test"))
    return sorted(found, key=lambda one: (one.known, one.point, one.analyte, one.at))


def _late_window(truth: Truth) -> tuple[int, int]:
    """The last three days of the second month after the base period, if that story is told and the time is simulated."""
    begins = 24 * (truth.settings.base_days + 57)
    return (begins, begins + 72) if truth.settings.stories.late_batch else (0, 0)


def _written(value: float, analyte: str) -> str:
    return f"{max(0.0, value):.{DECIMALS[analyte]}f}"


def _assayed(truth: Truth, analyte: str) -> Floats:
    """What the laboratory would find without error, by the hour."""
    flows, befalls = truth.happened.flows, truth.befalls
    return {
        "Al2O3": 100 * befalls.alumina_in_ore,
        "SiO2": 100 * befalls.silica_in_ore,
        "A/S": flows["mud_alumina"][:, 0] / flows["silica_in_ore"][:, 0],
        "Na2O": flows["last_wash"][:, 0],
        "moisture": flows["moisture"][:, 0],
    }[analyte]


# events ---------------------------------------------------------------------------------------------------------------


def happenings(truth: Truth, rng: np.random.Generator) -> list[Happening]:
    """The log: trips, washes, blends and what else happened; one entry in twenty was forgotten, but never a wash."""
    befalls, found = truth.befalls, list[Happening]()
    for path, area, unit, text in (
        (befalls.digestion_trip, "digestion", "DI-1", "隔膜泵跳停"),
        (befalls.calciner_trip, "calcination", "CA-1", "主炉跳停"),
    ):
        found += [
            Happening("halt", area, unit, begins, ends, "mechanical", text)
            for begins, ends in _runs(path > 0)
            if rng.random() >= 0.05
        ]
    for one in range(SETS):
        for begins, ends in _runs(truth.happened.washing[:, 0, one]):
            found.append(Happening("wash", "evaporation", f"EV-{one + 1}", begins, ends, "", "酸洗"))
    for hour in befalls.blends[1:]:
        if rng.random() >= 0.05:
            found.append(Happening("blend-change", "digestion", "", hour, hour + 1, "", "换堆"))
    if truth.settings.stories.near_miss:
        day = truth.settings.base_days + min(45, truth.settings.days - 1)
        found.append(Happening("near-miss", "washing", "", 24 * day + 10, 24 * day + 11, "", "底流泵房险肇事件"))
    return sorted(found, key=lambda one: (one.begins, one.kind, one.unit))


def _runs(on: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first hour, hour after the last) of every stretch that is on."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(on, dtype=np.int8), [0]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
