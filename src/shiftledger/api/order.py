"""The order of a sealed day by V, with its share of chance; to be looked at, no verb: a ranking compares drivers, not V."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shiftledger.api.stores import stored_state
from shiftledger.core.issue import Outcome
from shiftledger.render.views import PlantView

if TYPE_CHECKING:
    from shiftledger.engine.day_order import DayOrder


def day_order(plant: PlantView, day: date) -> Outcome[DayOrder | None]:
    """The shifts of each area by V, the places that each may have, and what part of their spread errors make. # I6"""
    from shiftledger.engine.day_order import day_order as order

    with stored_state(plant, create=False) as stored:
        return order(plant.plant, stored, day)
