"""What people and laboratories measured by hand: dips at handover, lots over the weighbridge, samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shiftledger.simulate.disturbances import Floats, generator
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
SURVEY = 800.0  # t: spread of the radar over the ore yard


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
    story: str = ""  # typo, corrected, re-test, slow, late


# lots -----------------------------------------------------------------------------------------------------------------


def lots(truth: Truth) -> list[Lot]:
    """Trains of ore, tank cars of caustic and trucks of alumina; each keeps its stock near where it began."""
    seed, days = truth.settings.seed, len(truth.on_duty) // 24
    fed, made_up, made = (truth.happened.flows[name][:, 0] for name in ("ore", "caustic_in", "calcined"))
    levels, found = dict(OPENING), list[Lot]()
    for day in range(days):
        hours = slice(24 * day, 24 * day + 24)
        ore = max(0.0, fed[hours].sum() + (OPENING["ore-yard"] - levels["ore-yard"]) / 10)
        rng = generator(seed, "trains", str(day))
        for train in range(TRAINS):
            begins = 24 * day + 24 / TRAINS * train + rng.uniform(0, 2)
            mass = ore / TRAINS * (1 + 0.03 * rng.standard_normal())
            found.append(_lot(f"R{day:03d}-{train + 1}", "ore-receipts", begins, rng.uniform(1.0, 2.0), mass, rng))
            levels["ore-yard"] += mass
        cars = max(0.0, round((made_up[hours].sum() + (OPENING["caustic-tank"] - levels["caustic-tank"]) / 4) / 60)) * 60.0
        rng = generator(seed, "cars", str(day))
        if cars:
            found.append(_lot(f"C{day:03d}", "caustic-receipts", 24 * day + rng.uniform(1, 6), 2.5, cars, rng))
            levels["caustic-tank"] += cars
        levels["ore-yard"] -= fed[hours].sum()
        levels["caustic-tank"] -= made_up[hours].sum()
        wanted = made[hours].sum() + (levels["silo"] - OPENING["silo"]) / 4
        rng = generator(seed, "trucks", str(day))
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


def dips(truth: Truth, contents: dict[str, Floats]) -> list[Dip]:
    """Every stock at every handover, from twenty minutes before until five after; the ore yard by radar."""
    hours, found = len(truth.on_duty), list[Dip]()
    rngs = {stock: generator(truth.settings.seed, "dip", stock) for stock in (*DIPS, "ore-yard")}
    for boundary in range(0, hours + 1, 8):
        for stock, (spread, shown) in DIPS.items():
            rng = rngs[stock]
            at = min(max(boundary + rng.uniform(-20, 5) / 60, 0.0), float(hours))
            over = _over_reading(truth, stock, boundary)
            value = np.interp(at, np.arange(hours + 1), contents[stock]) + spread * rng.standard_normal() + over
            found.append(Dip(at, stock, round(float(value) / shown) * shown, over))
    for hour in range(0, hours + 1, 8):
        value = contents["ore-yard"][hour] + SURVEY * rngs["ore-yard"].standard_normal()
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
LATE_POINT, LATE_HOURS = "ore belt", 80.0  # after the last sample of a late batch; the laboratory's cutoff is 72 h
DECIMALS = {"Al2O3": 2, "SiO2": 2, "A/S": 3, "Na2O": 2, "moisture": 1}


def samples(truth: Truth, late: tuple[int, int] = (0, 0)) -> list[Sample]:
    """Every result in the order in which it was known: late, mistyped and tested again now and then.

    late: hours from and until which ore was sampled whose results came after the laboratory's cutoff (a story, `late.py`).
    The first sample of a point was taken before the first shift, so that every shift begins with a known value.
    """
    found = [one for point in POINTS for one in _of_point(truth, point, late)]
    return sorted(found, key=lambda one: (one.known, one.point, one.analyte, one.at))


def _of_point(truth: Truth, row: tuple[str, str, str, float, float, int], late: tuple[int, int]) -> Iterator[Sample]:
    """The results of one analyte at one point; each kind of mishap has a generator, and a draw for every sample."""
    point, analyte, _stream, spread, relative, every = row
    path = _assayed(truth, analyte)
    hours = np.arange(-1, len(path), every)
    true = path[np.maximum(hours, 0)]

    def rng(what: str) -> np.random.Generator:
        return generator(truth.settings.seed, what, point, analyte)

    first, again = (
        true + spread * rng(what).standard_normal(len(hours)) * (true if relative else 1.0) for what in ("result", "second")
    )
    delays = rng("delay").lognormal(np.log(3.0), 0.732, len(hours))
    slow, waits = rng("slow").random(len(hours)) < 0.02, 48.0 + rng("wait").exponential(12.0, len(hours))
    typos, points = rng("typo").random(len(hours)) < 0.005, rng("point").choice([0.1, 10.0], len(hours))
    repeats = rng("repeat").random(len(hours)) < 0.01
    for one, hour in enumerate(hours.tolist()):
        at, delay, story = hour + 0.5, float(waits[one] if slow[one] else delays[one]), "slow" if slow[one] else ""
        if point == LATE_POINT and late[0] <= at < late[1]:
            delay, story = max(delay, LATE_HOURS + late[1] - at), "late"
        value = float(first[one])
        if typos[one]:
            yield Sample(point, analyte, at, at + delay, _written(value * float(points[one]), analyte), value, "typo")
            delay, story = delay + 12.0, "corrected"
        yield Sample(point, analyte, at, at + delay, _written(value, analyte), value, story)
        if repeats[one]:
            yield Sample(point, analyte, at, at + delay + 6.0, _written(float(again[one]), analyte), float(again[one]), "re-test")


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
