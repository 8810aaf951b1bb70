"""What may a what-if set, and what did somebody set? Names, units and values, with the closest name for a slip (L10).

`UNIT.load` fraction of the base's output, `UNIT.hours` hours it runs, `stream.ID` a quantity, `MATERIAL.price`, `AREA.CONDITION` a condition
of the area's standards, `STOCK.opening` what the stock holds at the start, `STATE.start` and `STATE.end` where a state stands, `STATE.reset` how many
hours after the start a wash or renewal is over, `STREAM.COMPONENT` what the laboratory finds. Each name once; so their order cannot matter.
`AREA.load` and `AREA.hours` are those of its unit, where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.money import EXACT
from shiftledger.ledger.ahead_codes import L063
from shiftledger.ledger.index import day_index
from shiftledger.ledger.quality import terms_for
from shiftledger.plant.codes import closest
from shiftledger.plant.grades import grading
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.terms import State
from shiftledger.quantities.conditions import assay_meter
from shiftledger.quantities.states import grain

VALUE = re.compile(r"(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?)(?P<percent>%?)")
HUNDRED = Decimal(100)
OF_UNITS = ("load", "hours")
SIGNED = ("condition", "state-start", "state-end", "assay")  # what may lie below zero


@dataclass(frozen=True, slots=True)
class Settable:
    """A name that may be set: what it is of, and the unit of a number.

    kind: load | hours | stream | price | condition | opening | state-start | state-end | reset | assay.
    """

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
    rows += [row for state in states_in(plant, day, wanted) for row in _of_state(plant, state)]
    rows += [
        Settable(f"{key}.{component}", "assay", (key, component), meter.unit)
        for key in near
        for component in _looked_for(plant, key, day)
        if (meter := assay_meter(plant, key, component, day)) is not None
    ]
    found: dict[str, Settable] = {}
    for row in rows:
        found.setdefault(row.name, row)
    return found


def states_in(plant: Plant, day: date, areas: Iterable[str]) -> tuple[State, ...]:
    """The states of the areas on a day, by id."""
    wanted = set(areas)
    return tuple(state for _, state in sorted(plant.states.items()) if state.area in wanted and valid_on(state, day))


def _of_state(plant: Plant, state: State) -> Iterator[Settable]:
    unit = grain(plant, state.id)[1]
    yield Settable(f"{state.id}.start", "state-start", (state.id,), unit)
    yield Settable(f"{state.id}.end", "state-end", (state.id,), unit)
    if state.reset_by and state.reset_to is not None:
        yield Settable(f"{state.id}.reset", "reset", (state.id,), "h")


def _looked_for(plant: Plant, stream: str, day: date) -> list[str]:
    """The components of a stream by which it is paid or graded."""
    row = plant.streams[stream]
    paid = {term.component for term in terms_for(plant, row, day)}
    told = grading(plant, row, day)
    return sorted(paid | ({told[0].component} if told is not None else set()))


def units_by_area(plant: Plant, day: date, areas: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The units of each area on a day."""
    return {
        area: tuple(key for key, unit in sorted(plant.units.items()) if unit.area == area and valid_on(unit, day))
        for area in areas
    }


def _of_only_unit(name: str, units: Mapping[str, tuple[str, ...]], known: Mapping[str, Settable]) -> Settable | None:
    """`AREA.load` or `AREA.hours` as that of the area's only unit."""
    area, _, what = name.rpartition(".")
    own = units.get(area, ())
    return known.get(f"{own[0]}.{what}") if len(own) == 1 and what in OF_UNITS else None


def _hint(name: str, units: Mapping[str, tuple[str, ...]], known: Mapping[str, Settable]) -> str:
    """What was probably meant: one of the area's units, or the closest name, an area's with one unit among them."""
    area, _, what = name.rpartition(".")
    if len(units.get(area, ())) > 1 and what in OF_UNITS:
        return f"{area} has several units: {', '.join(f'{unit}.{what}' for unit in units[area])}. "
    areas = [f"{one}.{each}" for one, own in units.items() if len(own) == 1 for each in OF_UNITS]
    return closest(name, [*known, *areas])


def read_settings(
    known: Mapping[str, Settable], texts: Iterable[str], units: Mapping[str, tuple[str, ...]] | None = None
) -> Outcome[tuple[Setting, ...]]:
    """`NAME=VALUE` texts as settings in order of name; all that is wrong with them at once. `units`: those of each area. # L10"""
    settings: dict[str, Setting] = {}
    issues: list[Issue] = []
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        target = known.get(name) or _of_only_unit(name, units or {}, known)
        if not equals or target is None:
            what = f'"{name}" cannot be set' if equals else f'"{text}" is not NAME=VALUE'
            issues.append(_wrong(what, f"{_hint(name, units or {}, known)}`shiftledger whatif PLANT --list` names all that can."))
        elif target.name in settings:
            issues.append(_wrong(f'"{target.name}" is set twice', "Set each name once."))
        else:
            read = _value(target, value)
            if isinstance(read, Issue):
                issues.append(read)
            else:
                settings[target.name] = read
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
    if found["sign"] and target.kind not in SIGNED:
        reason = "it cannot be below zero" if minus else "a change is written in percent"
        return _wrong(f"{target.name}: {text}: {reason}", f"Write {number}, or {found['sign']}{number}% for a change.")
    if target.kind == "load":  # a load is a part of the base already
        return Setting(target, text, None, number)
    return Setting(target, text, -number if minus else number, None)


def _wrong(message: str, remedy: str) -> Issue:
    return Issue(L063.code, L063.severity, message, Location("--set"), remedy)
