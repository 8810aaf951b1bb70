"""The rows that hold on one production day, found by what asks for them: built once a day, so that no figure searches the plant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shiftledger.plant.crews import areas_of
from shiftledger.plant.model import Meter, Plant, Price, Standard, Stock, Stream, valid_on
from shiftledger.plant.price_sets import governing_prices, price_set_on


@dataclass(frozen=True, slots=True)
class DayIndex:
    """Everything in id order. `prices` of the day's price set by (material, band); `market` by material that has a market (None: no price
    that day); `streams` by area: those that touch it;
    `stocks` by area: those that it touches or holds; `held` by area; `standards` by area; `conditions` by (area, name): the meter."""

    prices: Mapping[tuple[str, str], Price]
    market: Mapping[str, Price | None]
    streams: Mapping[str, tuple[Stream, ...]]
    stocks: Mapping[str, tuple[Stock, ...]]
    held: Mapping[str, tuple[str, ...]]
    standards: Mapping[str, tuple[Standard, ...]]
    conditions: Mapping[tuple[str, str], Meter]


def day_index(plant: Plant, day: date) -> DayIndex:
    """The index of a production day. # T4"""
    valid = [row for _, row in sorted(plant.streams.items()) if valid_on(row, day)]
    streams: dict[str, list[Stream]] = {area: [] for area in sorted(plant.areas)}
    near: dict[str, set[str]] = {area: set() for area in streams}
    for row in valid:
        for area in areas_of(plant, row):
            streams[area].append(row)
            near[area].update(end for end in (row.source, row.target) if end in plant.stocks)
    held = {area: tuple(sorted(key for key, stock in plant.stocks.items() if stock.held_by == area)) for area in streams}
    return DayIndex(
        prices={
            (row.material, row.band): row for row in governing_prices(plant, day) if row.price_set == price_set_on(plant, day)
        },
        market=_market(plant, day),
        streams={area: tuple(rows) for area, rows in streams.items()},
        stocks={area: tuple(plant.stocks[key] for key in sorted({*near[area], *held[area]})) for area in streams},
        held=held,
        standards={area: tuple(row for row in plant.standards if row.area == area and valid_on(row, day)) for area in streams},
        conditions=_condition_meters(plant, day, streams),
    )


def _market(plant: Plant, day: date) -> dict[str, Price | None]:
    """What the market asks for each material that the market's set knows; bands have their own prices. # L1"""
    market = plant.settings.market_set
    rows = [row for row in plant.prices if row.price_set == market and not row.band] if market else []
    known: dict[str, Price | None] = dict.fromkeys(sorted({row.material for row in rows}))
    return known | {row.material: row for row in rows if valid_on(row, day)}


def _condition_meters(plant: Plant, day: date, streams: Mapping[str, list[Stream]]) -> dict[tuple[str, str], Meter]:
    """The meter of each condition: of a state anywhere, of a component on a stream that touches the area; the first by tag."""
    touching = {area: {row.id for row in rows} for area, rows in streams.items()}
    found: dict[tuple[str, str], Meter] = {}
    for meter in sorted((m for m in plant.meters if valid_on(m, day)), key=lambda m: m.tag):
        for area in streams:
            if meter.kind == "state" and meter.state:
                found.setdefault((area, meter.state), meter)
            elif meter.kind == "lab" and meter.component and meter.stream in touching[area]:
                found.setdefault((area, meter.component), meter)
    return found
