"""Hand-made plants and quantities for tests of the later stages: no files, no readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from shiftledger.core.period import MINUTE, Span
from shiftledger.core.trace import Node
from shiftledger.ledger.index import day_index
from shiftledger.ledger.postings import ShiftContext
from shiftledger.plant.model import Area, Material, Plant, Price, Rotation, Settings, Slot, Stock, Stream, Unit
from shiftledger.plant.roster import crews_on, month_of, shifts_of
from shiftledger.quantities.quantity import Halt, Quantity, ShiftQuantities, UnitTime

DAY = date(2026, 3, 31)


def plant(**changes: Any) -> Plant:
    """mill (U1): ore -> slurry; filter (U2): slurry -> product; stock T between them, held by the site. Slots D, E, N."""
    slots = (Slot("D", time(6)), Slot("E", time(14)), Slot("N", time(22)))
    rows: dict[str, Any] = {
        "settings": Settings("p", "EUR", "UTC", time(6)),
        "areas": {"mill": Area("mill", "r"), "filter": Area("filter", "r")},
        "units": {"U1": Unit("U1", "mill"), "U2": Unit("U2", "filter")},
        "materials": {name: Material(name, "t") for name in ("ore", "slurry", "product", "steam", "lime")},
        "streams": streams(
            ("ore", "outside", "U1", "ore"),
            ("to-T", "U1", "T", "slurry"),
            ("from-T", "T", "U2", "slurry"),
            ("product", "U2", "outside", "product"),
            ("steam", "outside", "U2", "steam"),
        ),
        "stocks": {"T": Stock("T", "slurry", "site")},
        "rotations": {"r": Rotation("r", slots, "DEN", DAY, (("A", 0), ("B", 1), ("C", 2)))},
        "prices": prices(ore=100, slurry=180, product=250, steam=150, lime=7),
    }
    return Plant(**{**rows, **changes})


def streams(*rows: tuple[str, str, str, str]) -> dict[str, Stream]:
    return {key: Stream(key, source, target, material) for key, source, target, material in rows}


def prices(**rows: float | str) -> tuple[Price, ...]:
    return tuple(Price("planned", material, Decimal(str(price))) for material, price in rows.items())


def quantity(quanta: int | None, sigma: float = 0.0, source: str = "", **changes: Any) -> Quantity:
    """A quantity of quanta of 0.001."""
    value = None if quanta is None else quanta / 1000
    errors = {source or f"white:{quanta}": sigma} if sigma else {}
    return replace(Quantity(value, quanta, 1.0, Node("given", quanta, "quanta"), errors=errors), **changes)


def quantities(
    of: Plant,
    flows: Mapping[str, int | None],
    stocks: Mapping[str, tuple[int | None, int | None]] | None = None,
    *,
    slot: int = 1,
    **changes: Any,
) -> ShiftQuantities:
    """`flows`: quanta by metered stream; `stocks`: opening and closing quanta."""
    shift = shifts_of(of, DAY)[slot]
    made = ShiftQuantities(
        shift,
        {key: quantity(value) for key, value in flows.items()},
        {},
        {},
        {key: quantity(opening) for key, (opening, _) in (stocks or {}).items()},
        {key: quantity(closing) for key, (_, closing) in (stocks or {}).items()},
        {},
    )
    return replace(made, **changes)


def unit_time(
    unit: str, area: str, *, running: int | None, unknown: int = 0, halts: Mapping[str, int] | None = None, starts: int = 0
) -> UnitTime:
    """A unit's shift in minutes: it runs, then stands still by each cause; figures are leaves."""
    at, found = shifts_of(plant(), DAY)[1].span.start + (running or 0) * MINUTE, []
    for cause, minutes in (halts or {}).items():
        found.append(Halt(unit, Span(at, at + minutes * MINUTE), cause, cause == "process", "code"))
        at += minutes * MINUTE
    halted = sum(halt.span.length for halt in found)
    times = {"running": running if running is None else running * MINUTE, "halted": halted, "unknown": unknown * MINUTE}
    times |= {f"halt/{cause}": minutes * MINUTE for cause, minutes in (halts or {}).items()}
    nodes = {name: Node(name, time, "us") for name, time in times.items()} | {"starts": Node("starts", starts, "1")}
    return UnitTime(unit, area, times["running"], halted, unknown * MINUTE, starts, tuple(found), (), (), nodes)


def context(of: Plant, found: ShiftQuantities) -> ShiftContext:
    crews = {area: crews_on(of, area, found.shift) for area in of.areas}
    return ShiftContext(of, found, month_of(of, found.shift.day), crews, day_index(of, found.shift.day))


def hours(start: int, end: int) -> Span:
    """A span in hours of the epoch."""
    return Span(start * 3_600_000_000, end * 3_600_000_000)
