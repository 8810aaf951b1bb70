"""Which price set does a production day use, and which of its rows govern (L1)?

plant.toml names the set of the books, and from which days another one takes over; beside it perhaps the set that tells what the market
asks. Every other file of prices/ is a draft: it governs nothing until plant.toml names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from shiftledger.plant.model import Plant, Price, valid_on


def price_set_on(plant: Plant, day: date) -> str:
    """The set whose prices are the planned ones on the day. # L1"""
    label, settings = day.isoformat(), plant.settings
    begun = [name for start, name in sorted(settings.price_sets) if start <= label]
    return begun[-1] if begun else settings.price_set


def sets_in_use(plant: Plant) -> tuple[str, ...]:
    """The sets that plant.toml names, the one of the market last, each once."""
    settings = plant.settings
    named = [
        settings.price_set,
        *(name for _, name in sorted(settings.price_sets)),
        *([settings.market_set] if settings.market_set else []),
    ]
    return tuple(dict.fromkeys(named))


def set_names(plant: Plant) -> tuple[str, ...]:
    """The sets that have prices."""
    return tuple(sorted({row.price_set for row in plant.prices}))


def at_set(plant: Plant, name: str) -> Plant:
    """The plant with this set for its books, on all days. # L1"""
    return replace(plant, settings=replace(plant.settings, price_set=name, price_sets=()))


def governing_prices(plant: Plant, day: date) -> Iterator[Price]:
    """The rows that hold on the day: of its set, and of the market's. # L1"""
    used = (price_set_on(plant, day), plant.settings.market_set)
    return (row for row in plant.prices if row.price_set in used and valid_on(row, day))


def revalued_from(plant: Plant, day: date) -> Iterator[Price]:
    """The rows of the day before, from which stocks are revalued. # L3"""
    return (row for row in governing_prices(plant, day - timedelta(days=1)) if row.price_set != plant.settings.market_set)
