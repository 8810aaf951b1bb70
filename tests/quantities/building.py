"""Small plants and readings for the tests of the quantities stage. Times are minutes after 2026-03-04T00:00Z."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.issue import Location
from shiftledger.core.period import MINUTE, Span, instant
from shiftledger.core.trace import evaluate
from shiftledger.plant.model import Area, Material, Meter, Plant, Rotation, Settings, Slot, Standard, Stock, Stream, Unit
from shiftledger.plant.roster import CrewInterval, Shift
from shiftledger.quantities.measure import OPERATIONS
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, Series

DAY = date(2026, 3, 4)
T0 = instant(datetime(2026, 3, 4, tzinfo=UTC))
NAN = float("nan")
QUALITY = {"": GOOD, "u": UNCERTAIN, "b": BAD}


def at(minutes: float) -> int:
    return T0 + round(minutes * MINUTE)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def series(tag: str, readings: Iterable[tuple[float, float] | tuple[float, float, str]]) -> Series:
    """(minute, value) or (minute, value, "u" | "b")."""
    rows = [(row[0], row[1], row[2] if len(row) == 3 else "") for row in readings]
    return raw_series(tag, [(at(minute), NAN if mark == "b" else value, QUALITY[mark]) for minute, value, mark in rows])


def raw_series(tag: str, rows: list[tuple[int, float, int]]) -> Series:
    ts = np.array([row[0] for row in rows], np.int64)
    value = np.array([row[1] for row in rows], np.float64)
    zeros = np.zeros(len(rows), np.int64)
    return Series(tag, ts, value, np.array([row[2] for row in rows], np.int8), zeros, zeros)


def shift(slot: str = "D", day: date = DAY) -> Shift:
    """N 00-08, D 08-16, E 16-24."""
    start = {"N": 0, "D": 480, "E": 960}[slot] + (day - DAY).days * 1440
    return Shift(f"{day}.{slot}", day, slot, span(start, start + 480))


def row(line: int) -> Location:
    return Location("meters.csv", line)


def meter(tag: str = "FT-1", kind: str = "rate", unit: str = "t/h", **fields: Any) -> Meter:
    decimals = {key: Decimal(value) for key, value in fields.items() if isinstance(value, str) and key in DECIMALS}
    owner = {} if {"stream", "stock", "state"} & set(fields) else {"stream": "feed"}
    return Meter(tag, kind, unit, at=row(2), **{**owner, **fields, **decimals})


DECIMALS = ("limit", "white", "sigma", "modulus", "max_rate", "quantum")


def plant(*meters: Meter, **fields: Any) -> Plant:
    """Stream feed: outside -> unit u1 of area mill; stream slurry: u1 -> stock T; stream draw: T -> unit u2 of area filter."""
    ore = fields.pop("material", Material("ore", "t"))
    areas = {area: Area(area, "shifts") for area in ("filter", "mill")}
    streams = {
        "draw": Stream("draw", "T", "u2", ore.id),
        "feed": Stream("feed", "outside", "u1", ore.id, at=Location("streams.toml", 1)),
        "slurry": Stream("slurry", "u1", "T", ore.id),
    }
    slots = (Slot("N", time(0)), Slot("D", time(8)), Slot("E", time(16)))
    whole: dict[str, Any] = {
        "settings": Settings("p", "EUR", "UTC", time(0)),
        "areas": areas,
        "units": {"u1": Unit("u1", "mill"), "u2": Unit("u2", "filter")},
        "streams": streams,
        "stocks": {"T": Stock("T", ore.id, "site", at=Location("stocks.toml", 1))},
        "materials": {ore.id: ore},
        "meters": meters,
        "rotations": {"shifts": Rotation("shifts", slots, "NDE", DAY, (("A", 0),))},
    }
    return Plant(**{**whole, **fields})


def hourly(tag: str, value: float, start: int = 0, end: int = 1440, every: int = 30) -> Series:
    """One constant rate."""
    return series(tag, [(minute, value) for minute in range(start, end + 1, every)])


def crew(name: str, start: float, end: float) -> CrewInterval:
    return CrewInterval(name, span(start, end))


def slope(area: str, condition: str) -> Standard:
    return Standard(area, "product", "steam", "usage", Decimal("0.005"), condition=condition, reference=Decimal(8))


def opened(quantity: Quantity) -> Any:
    """The figure as its trace gives it, from the leaves up. # I7"""
    return evaluate(quantity.node, dict(OPERATIONS))


def known(*all_series: Series) -> dict[str, Series]:
    return {one.tag: one for one in all_series}
