"""What may a what-if set, and what did somebody set? Names, units and values, with the closest name for a slip (L10).

`UNIT.load` fraction of the base's output, `UNIT.hours` hours it runs, `stream.ID` a quantity, `MATERIAL.price`, `AREA.CONDITION` a condition
of the area's standards, `STOCK.opening` what the stock holds at the start. Each name once; so their order cannot matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.money import EXACT
from shiftledger.ledger.ahead_codes import L063
from shiftledger.ledger.index import day_index
from shiftledger.plant.codes import closest
from shiftledger.plant.model import Plant, valid_on

VALUE = re.compile(r"(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?)(?P<percent>%?)")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Settable:
    """A name that may be set: its kind (load | hours | stream | price | condition | opening), what it is of, and the unit of a number."""

    name: str
    kind: str
    of: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One entered intention: an absolute number in the name's unit, or what the base is multiplied by."""

    name: Settable
    text: str
    number: Decimal | None
    times: Decimal | None

    def applied(self, base: Decimal | None) -> Decimal | None:
        """The intended value; None where it is relative to a base that is absent. # I8"""
        if self.number is not None:
            return self.number
        assert self.times is not None
        return None if base is None else EXACT.multiply(base, self.times)


def settables(plant: Plant, day: date, areas: Iterable[str]) -> dict[str, Settable]:
    """Everything that may be set on a day for these areas, by name, in the order of the kinds above. # L10"""
    index, wanted, rows = day_index(plant, day), tuple(areas), list[Settable]()
    near = sorted({row.id for area in wanted for row in index.streams[area]})
    units = [key for key, unit in sorted(plant.units.items()) if unit.area in wanted and valid_on(unit, day)]
    rows += [Settable(f"{key}.load", "load", (key,), "1") for key in units]
    rows += [Settable(f"{key}.hours", "hours", (key,), "h") for key in units]
    rows += [Settable(f"stream.{key}", "stream", (key,), plant.materials[plant.streams[key].material].unit) for key in near]
    priced = sorted({plant.streams[key].material for key in near})
    currency = plant.settings.currency
    rows += [Settable(f"{key}.price", "price", (key,), f"{currency}/{plant.materials[key].unit}") for key in priced]
    for area in wanted:
        named = sorted({row.condition for row in index.standards[area] if row.condition})
        for name in named:
            meter = index.conditions.get((area, name))
            rows.append(Settable(f"{area}.{name}", "condition", (area, name), meter.unit if meter else ""))
    stocks = sorted({stock.id for area in wanted for stock in index.stocks[area]})
    rows += [Settable(f"{key}.opening", "opening", (key,), plant.materials[plant.stocks[key].material].unit) for key in stocks]
    found: dict[str, Settable] = {}
    for row in rows:
        found.setdefault(row.name, row)
    return found


def read_settings(known: Mapping[str, Settable], texts: Iterable[str]) -> Outcome[tuple[Setting, ...]]:
    """`NAME=VALUE` texts as settings in order of name; all that is wrong with them at once. # L10"""
    settings: dict[str, Setting] = {}
    issues: list[Issue] = []
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        target = known.get(name)
        if not equals or target is None:
            what = f'"{name}" cannot be set' if equals else f'"{text}" is not NAME=VALUE'
            issues.append(_wrong(what, f"{closest(name, known)}`shiftledger whatif PLANT --list` names all that can."))
        elif name in settings:
            issues.append(_wrong(f'"{name}" is set twice', "Set each name once."))
        else:
            read = _value(target, value)
            if isinstance(read, Issue):
                issues.append(read)
            else:
                settings[name] = read
    return Outcome(tuple(settings[name] for name in sorted(settings)), ordered(issues))


def _value(target: Settable, text: str) -> Setting | Issue:
    found = VALUE.fullmatch(text)
    if found is None:
        hint = (
            "Write the decimal sign as a point."
            if re.search(r"\d,\d", text)
            else "Write a number such as 80 or 0.9, or a change such as +5%."
        )
        return _wrong(f'{target.name}: "{text}" is no number', hint)
    number = Decimal(found["number"])
    minus = found["sign"] == "-"
    if found["percent"]:
        part = EXACT.divide(number, HUNDRED)
        times = part if not found["sign"] else EXACT.subtract(Decimal(1), part) if minus else EXACT.add(Decimal(1), part)
        if times < 0:
            return _wrong(f"{target.name}: {text} leaves less than nothing", "Take at most 100 % away.")
        return Setting(target, text, None, times)
    if found["sign"] and target.kind != "condition":
        reason = "it cannot be below zero" if minus else "a change is written in percent"
        return _wrong(f"{target.name}: {text}: {reason}", f"Write {number}, or {found['sign']}{number}% for a change.")
    if target.kind == "load":  # a load is a part of the base already
        return Setting(target, text, None, number)
    return Setting(target, text, -number if minus else number, None)


def _wrong(message: str, remedy: str) -> Issue:
    return Issue(L063.code, L063.severity, message, Location("--set"), remedy)
