"""How often does the 90 % interval of a posted flow hold the truth, and how wide is it beside one that knows the error model?

What is looked at is the flow of one material between two accounts in one shift, in money; where several metered streams make it
up, their sum. Its truth is the simulator's hourly flow at the same price. The oracle knows what no plant does: each meter's
standard deviations and the true hourly flow; it knows nothing of gaps, stuck values, the drift of the ore belt or the biased meter,
as the plant does not. Flows of price 0, inside one area, by lots, or that nobody meters are left out, and those that the books call
provisional (known for a part of the shift only): of them no interval is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from scores.books import counting
from scores.plant_read import Folder
from shiftledger.core.uncertainty import combine, standard_uncertainty
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import DayResult
from shiftledger.simulate import Settings, truth_of
from shiftledger.simulate.signals import Signal, of_lines, used

Z90 = 1.645
HOURS = 8
Way = tuple[str, str, str]


@dataclass(frozen=True)
class Covered:
    """Flows looked at; the part of them whose interval holds the truth, and the oracle's; median width over the oracle's."""

    rows: int
    product: float
    oracle: float
    width: float


def covered(plant: Folder, settings: Settings, days: Iterable[DayResult]) -> Covered:
    """The flows of the days after the base period."""
    truth = truth_of(settings)
    ways = _ways(plant, {one.measures: one for one in (*used(), *of_lines(truth.lines)) if one.kind in ("rate", "counter")})
    paths = {one.measures: one.path(truth) for signals in ways.values() for one in signals}
    found: list[tuple[bool, bool, float]] = []
    for result in days:
        for (shift, way), (amount, price, sigma) in _posted(result, ways).items():
            hours = _hours(plant, settings, result.day, shift)
            true = math.fsum(float(paths[one.measures][hours].sum()) for one in ways[way]) * price
            known = price * math.hypot(*(_oracle(one, paths[one.measures][hours]) for one in ways[way]))
            found.append((abs(amount - true) <= Z90 * sigma, abs(amount - true) <= Z90 * known, sigma / known))
    if not found:
        raise RuntimeError("no flow to look at")
    own, oracle, width = (np.array(column, dtype=np.float64) for column in zip(*found, strict=True))
    return Covered(len(found), float(own.mean()), float(oracle.mean()), float(np.median(width)))


def _posted(result: DayResult, ways: Collection[Way]) -> dict[tuple[str, Way], tuple[float, float, float]]:
    """Amount, price and standard uncertainty (currency) of each flow of a day by shift and way, all of its rows together."""
    vectors: dict[str, dict[str, float]] = {}
    for key, source, value in result.errors:
        vector = vectors.setdefault(key, {})  # parallel streams share a key: their errors add up
        vector[source] = vector.get(source, 0.0) + value
    rows: dict[tuple[str, Way], list[Posting]] = {}
    for row in counting(result):
        way = (row.source, row.target, row.what)
        if row.kind == "flow" and way in ways and row.price:
            rows.setdefault((row.shift, way), []).append(row)
    found = {}
    for key, mine in rows.items():
        once = {"|".join(row.sort_key) for row in mine}
        sigma = standard_uncertainty(combine((1.0, vectors.get(one, {})) for one in sorted(once)))
        if sigma and all(row.status != "provisional" for row in mine):
            found[key] = (sum(row.amount for row in mine) / 100, float(mine[0].price), sigma)
    return found


def _ways(plant: Folder, signals: Mapping[str, Signal]) -> dict[Way, list[Signal]]:
    """Flows between accounts all of whose streams have a rate or a counter."""
    streams: dict[Way, list[str]] = {}
    for stream in plant.streams.values():
        ends = plant.account(stream.source), plant.account(stream.target)
        ends = tuple("outside:" + end.partition(":")[2] if end.startswith("outside") else end for end in ends)
        streams.setdefault((ends[0], ends[1], stream.material), []).append(stream.id)
    return {
        way: [signals[name] for name in names]
        for way, names in streams.items()
        if way[0] != way[1] and all(name in signals for name in names)
    }


def _hours(plant: Folder, settings: Settings, day: date, shift: str) -> slice:
    """Hours of the simulation that a shift covers: hour 0 begins the base period."""
    begins = 24 * ((day - settings.first_day).days + settings.base_days)
    slot = [one.hour for one in plant.slots].index({"D": 8, "E": 16, "N": 0}[shift.rpartition(".")[2]])
    return slice(begins + HOURS * slot, begins + HOURS * slot + HOURS)


def _oracle(signal: Signal, hourly: np.ndarray) -> float:
    """Standard error of a shift's amount: the lasting part of all of it, the passing part hour by hour."""
    white = signal.white * math.sqrt(float((hourly**2).sum()))
    return math.hypot(signal.calibration * float(hourly.sum()), white)
