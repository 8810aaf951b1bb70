"""Areas of a simple kind, so that a plant may have as many crews as a large one has: a load, two drivers and one skill.

A line takes feed and gives product; it uses steam, which cooling water, chance and the crew's skill move, and power, which
chance moves. Crews that do not fill a line of four serve the whole plant by day, without a unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftledger.simulate.disturbances import Floats, first_order, generator
from shiftledger.simulate.network import Flow, Named
from shiftledger.simulate.parameters import CREWS, Prices
from shiftledger.simulate.settings import Settings

REFINERY_CREWS = 20
SERVICE = Named("service", "综合服务", "Service")
FEED_PRICE, PRODUCT_PRICE = 100.0, 160.0
SKILL = 0.005  # spread of steam per feed between crews, relative


@dataclass(frozen=True, slots=True)
class Line:
    """One such area: names, its paths of shape (hours,) in t/h and kW, its crews' skill, and what each crew is worth a shift."""

    area: Named
    feed: Floats
    product: Floats
    steam: Floats
    power: Floats
    skill: Floats
    worth: Floats  # CNY a shift after the base period, by crew

    @property
    def unit(self) -> str:
        """Id of its one unit."""
        return f"L-{self.area.id.rpartition('-')[2]}"

    def flows(self) -> list[Flow]:
        """Its streams."""
        zh, en, name = self.area.zh, self.area.en, self.area.id
        return [
            Flow(f"{name}-feed", f"{zh}来料", f"Feed of {en}", "outside:mine", self.unit, "feed"),
            Flow(f"{name}-product", f"{zh}产出", f"Product of {en}", self.unit, "outside:customers", "product"),
            Flow(f"{name}-steam", f"{zh}用汽", f"Steam to {en}", "outside:powerhouse", self.unit, "lp-steam"),
            Flow(f"{name}-power", f"{zh}用电", f"Power of {en}", "outside:grid", self.unit, "power"),
        ]


def lines_of(settings: Settings, prices: Prices, cooling: Floats, on_duty: NDArray[np.int64]) -> tuple[Line, ...]:
    """The simple areas of a simulation: one for each four crews beyond the refinery's, with a generator of its own."""
    count = (settings.crews - REFINERY_CREWS) // CREWS
    return tuple(_line(number, settings, prices, cooling, on_duty) for number in range(1, count + 1))


def service_crews(settings: Settings) -> int:
    """Crews that fill no line: 0 to 3, by day only."""
    return (settings.crews - REFINERY_CREWS) % CREWS


def _line(number: int, settings: Settings, prices: Prices, cooling: Floats, on_duty: NDArray[np.int64]) -> Line:
    hours, rng = settings.hours, generator(settings.seed, "line", str(number))
    feed = rng.uniform(20, 60) * (1 + first_order(rng, hours, 0.05, 0.98))
    per_feed, power_per_feed = rng.uniform(0.2, 0.6), rng.uniform(10, 30)
    draw = rng.standard_normal(CREWS)
    skill = (draw - draw.mean()) * SKILL
    conditions = 1 + 0.003 * (cooling - 22) + first_order(rng, hours, 0.02, 0.93)
    product = 0.95 * feed * (1 + first_order(rng, hours, 0.004, 0.9))
    power = power_per_feed * feed * (1 + first_order(rng, hours, 0.01, 0.9))
    after = np.arange(hours) >= 24 * settings.base_days
    costs = -prices.steam * per_feed * feed * skill[on_duty]
    worth = np.array(
        [8 * costs[after & (on_duty == crew)].sum() / max((after & (on_duty == crew)).sum(), 1) for crew in range(CREWS)]
    )
    area = Named(f"line-{number:02d}", f"{number} 号线", f"Line {number}")
    return Line(area, feed, product, per_feed * feed * (conditions + skill[on_duty]), power, skill, worth)
