"""In what order do the shifts of a day stand, and how much of their distance is error of measurement? (I6; the order by V.)

V holds what a shift found and what it was dealt: ore, weather, stocks misread, fouled tubes. Its order is shown to be looked at,
beside what errors explain of it; nothing reads it, least of all money. Errors that all shifts of an area share, such as
a meter's calibration, cancel in a comparison; so distances are judged by the difference of error vectors (Q6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shiftledger.acts.state import State
from shiftledger.core.issue import Outcome
from shiftledger.core.uncertainty import ErrorVector, combine, standard_uncertainty
from shiftledger.engine.rollup import ShiftValue, shift_values
from shiftledger.ledger.statement import Statement
from shiftledger.plant.model import Plant

SURE = 1.645  # standard uncertainties to either side of a 90 % interval


@dataclass(frozen=True, slots=True)
class Place:
    """A shift in the day's order: places that it may have (`best` to `worst`, from 1), given what V errs by; None of an incomplete V."""

    statement: Statement
    best: int | None
    worst: int | None


@dataclass(frozen=True, slots=True)
class AreaOrder:
    """An area's shifts of a day, the highest V first, incomplete ones last; currency.

    `spread`: standard deviation of V between the compared shifts; `by_error`: the one that their errors alone would give; None
    with fewer than two to compare.
    """

    area: str
    places: tuple[Place, ...]
    spread: float | None
    by_error: float | None

    @property
    def chance(self) -> float | None:
        """The part of the variance between the shifts that errors of measurement are expected to make, at most all of it.

        What the shifts found and were dealt is not in it: so it is the smaller part of what is not the crews' doing.
        """
        if self.spread is None or self.by_error is None:
            return None
        return 1.0 if self.spread <= self.by_error else (self.by_error / self.spread) ** 2


@dataclass(frozen=True, slots=True)
class DayOrder:
    """The order of a sealed day, area by area in the order of the plant's text."""

    day: date
    areas: tuple[AreaOrder, ...]


def day_order(plant: Plant, state: State, day: date) -> Outcome[DayOrder | None]:
    """The day's order by V in each area; None, with the reason, if the day is not sealed."""
    found = shift_values(plant, state, day)
    if not found.result:
        return Outcome(None, found.issues)
    by_area: dict[str, list[ShiftValue]] = {}
    for value in found.result:
        by_area.setdefault(value.statement.area, []).append(value)
    rank = {area: at for at, area in enumerate(plant.areas)}
    areas = sorted(by_area, key=lambda area: (rank.get(area, len(rank)), area))
    return Outcome(DayOrder(day, tuple(order_of_area(area, by_area[area], plant.settings.money_decimals) for area in areas)))


def order_of_area(area: str, values: Sequence[ShiftValue], decimals: int) -> AreaOrder:
    """The order of one area's shifts; `decimals` of the currency."""
    known = sorted((v for v in values if v.statement.complete), key=lambda v: (-v.statement.value, v.statement.start))
    rest = sorted((v for v in values if not v.statement.complete), key=lambda v: v.statement.start)
    places = [_place(one, known, decimals) for one in known] + [Place(one.statement, None, None) for one in rest]
    if len(known) < 2:
        return AreaOrder(area, tuple(places), None, None)
    money = [v.statement.value / 10**decimals for v in known]
    return AreaOrder(area, tuple(places), deviation(money), error_deviation([v.errors for v in known]))


def _place(one: ShiftValue, known: Sequence[ShiftValue], decimals: int) -> Place:
    """How many shifts are above it for sure, and how many below. # I6"""
    others = [other for other in known if other is not one]
    above = sum(_surely_above(other, one, decimals) for other in others)
    below = sum(_surely_above(one, other, decimals) for other in others)
    return Place(one.statement, 1 + above, len(known) - below)


def _surely_above(one: ShiftValue, other: ShiftValue, decimals: int) -> bool:
    """Whether the difference lies outside its own 90 % interval, which shared errors are not in. # I6, Q6"""
    difference = (one.statement.value - other.statement.value) / 10**decimals
    sigma = standard_uncertainty(combine([(1.0, one.errors), (-1.0, other.errors)]))
    return bool(difference > SURE * sigma)


def deviation(values: Sequence[float]) -> float:
    """Sample standard deviation, in the unit of the values; at least two of them.

    >>> deviation([1.0, 3.0]) == math.sqrt(2)
    True
    """
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def error_deviation(vectors: Sequence[ErrorVector]) -> float:
    """The sample standard deviation that values have whose errors are all that differs: root of the expected sample variance.

    An error source spreads the values as its contributions to them differ; sources are independent, so their variances add up.

    >>> error_deviation([{"calibration:a": 2.0}, {"calibration:a": 2.0}])  # shared alike: it moves both, and parts neither
    0.0
    >>> error_deviation([{"white:a": 2.0}, {"white:b": 2.0}])
    2.0
    """
    sources = sorted({source for vector in vectors for source in vector})
    variances = (deviation([vector.get(source, 0.0) for vector in vectors]) ** 2 for source in sources)
    return math.sqrt(math.fsum(variances))
