"""What does somebody answer who begins a plant, and does it make sense? Answers as words become a checked beginning (T2, T3, M4).

Pure: nothing is read or written. The text of the plant's files is written in `render/new_plant.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import available_timezones

from shiftledger.core.issue import Issue, Kind, Location, Outcome, ordered
from shiftledger.core.plain_units import CURRENCIES
from shiftledger.core.units import UnitError, same_dimension
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.new_codes import P191, P193, P194, P195, told
from shiftledger.plant.presets import PRESETS
from shiftledger.plant.values import Wrong, usable_id

OUTSIDE = "outside"
LETTERS = {1: "D", 2: "DN", 3: "DEN"}
LONGEST = 24  # letters of a name: three of them make the id of a flow
ONE_CREW = "one-crew"
USUAL_AREAS = ("area-1",)
USUAL_MATERIALS = ("feed:t:100", "product:t:150")
USUAL = {1: ONE_CREW, 2: "four-crew-12h", 3: "four-crew-2-2-2-2"}


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers as they were typed; what is left out takes its usual value.

    `slots`: how many, or their local starts ("06:00,14:00,22:00"). `materials`: NAME:UNIT:PRICE each. `flows`: MATERIAL:FROM:TO[:TAG]
    each; none: the materials pass the areas in order.
    """

    name: str = ""
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    day_start: str = "08:00"
    slots: str = "3"
    rotation: str = ""
    anchor: str = "2026-01-05"
    areas: tuple[str, ...] = USUAL_AREAS
    materials: tuple[str, ...] = USUAL_MATERIALS
    flows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """An id and what people call it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Goods:
    """A material with the unit in which it is counted and its planned price per unit."""

    id: str
    name: str
    unit: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Flow:
    """A metered flow of a material from an area to another (ids or OUTSIDE), and the tag of its meter."""

    id: str
    material: str
    start: str
    end: str
    tag: str


N = TypeVar("N", Named, Goods)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A plant that can be written: every part fits the others."""

    plant: Named
    currency: str
    zone: str
    slots: tuple[time, ...]
    rotation: str
    anchor: date
    areas: tuple[Named, ...]
    materials: tuple[Goods, ...]
    flows: tuple[Flow, ...]

    @property
    def letters(self) -> str:
        """The letters of the slots, in order of the production day."""
        return LETTERS[len(self.slots)]


def beginning(folder: str, answers: Answers) -> Outcome[Beginning | None]:
    """The plant that the answers describe, or None and everything that is wrong with them. `folder`: its name is the plant's id."""
    said = _Said()
    plant = Named(said.id("folder", folder), said.line("name", answers.name or folder))
    if answers.currency not in CURRENCIES:
        remedy = f"{closest(answers.currency, CURRENCIES)}Write an ISO code such as CNY, EUR or USD."
        said.wrong(P191, "currency", f'"{answers.currency[:40]}" is no currency that is known', remedy)
    if answers.zone not in available_timezones():
        remedy = f"{closest(answers.zone, available_timezones())}Write a name like Asia/Shanghai."
        said.issues.append(finding("P013", f'there is no time zone "{answers.zone[:60]}"', Location("zone"), remedy))
    slots = _slots(said, answers)
    rotation = _rotation(said, answers.rotation, len(slots))
    anchor = _anchor(said, answers.anchor)
    areas = tuple(said.each("areas", [(area, said.named("areas", area)) for area in answers.areas]))
    materials = tuple(said.each("materials", [(text, _goods(said, text)) for text in answers.materials]))
    whole = len(areas) > 0 and len(areas) == len(answers.areas) and len(materials) == len(answers.materials)
    flows = _flows(said, answers, areas, materials) if whole else ()
    if said.issues:
        return Outcome(None, ordered(said.issues))
    return Outcome(Beginning(plant, answers.currency, answers.zone, slots, rotation, anchor, areas, materials, flows))


class _Said:
    """What is wrong so far."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def wrong(self, kind: Kind, answer: str, message: str, remedy: str) -> None:
        self.issues.append(told(kind, answer, message, remedy))

    def id(self, answer: str, name: str) -> str:
        """`name` as an id: blanks become hyphens; "" if it cannot be one."""
        try:
            return usable_id("-".join(name.split()))
        except Wrong as wrong:
            self.issues.append(finding(wrong.code, wrong.what, Location(answer), wrong.remedy))
            return ""

    def line(self, answer: str, name: str, longest: int = 80) -> str:
        """`name` if it is a name that fits on a line; else ""."""
        if name.strip() and name.isprintable() and len(name) <= longest:
            return name.strip()
        self.wrong(P195, answer, f"{name[:40]!r} cannot be a name", f"Write a name of at most {longest} letters on one line.")
        return ""

    def named(self, answer: str, name: str) -> Named | None:
        """A name and the id that is made of it; None if it cannot be used."""
        line = self.line(answer, name, LONGEST)
        key = self.id(answer, line) if line else ""
        return Named(key, line) if key else None

    def each(self, answer: str, found: Sequence[tuple[str, N | None]]) -> Iterator[N]:
        """What could be read, each id once; an issue if there is nothing or one comes again."""
        seen: set[str] = set()
        for text, one in found:
            if one is not None and one.id in seen:
                self.wrong(P195, answer, f'"{text[:40]}" is given twice', "Leave one out, or give it another name.")
            elif one is not None:
                seen.add(one.id)
                yield one
        if not found:
            self.wrong(P195, answer, "none is given", "Name at least one.")


def _clock(said: _Said, answer: str, text: str) -> time | None:
    clock = text.strip().replace("\uff1a", ":").removesuffix(":00" if text.count(":") > 1 else "")
    if re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", clock, re.ASCII):
        return time.fromisoformat(clock.zfill(5))
    said.wrong(P195, answer, f'"{text[:40]}" is not a time of day', "Write it like 06:00.")
    return None


def _slots(said: _Said, answers: Answers) -> tuple[time, ...]:
    """The starts of the slots; () if they make no day."""
    first = _clock(said, "day_start", answers.day_start)
    if first is None:
        return ()
    text = answers.slots.strip().replace("\uff0c", ",")
    if text.isdecimal():
        count = int(text) if len(text) < 3 else 99
        if count not in LETTERS:
            said.wrong(P193, "slots", f"a day has one to three slots, not {text[:20]}", "Write 1, 2 or 3, or their starts.")
            return ()
        midnight = datetime.combine(date(2026, 1, 5), first)
        return tuple((midnight + timedelta(hours=24 // count * index)).time() for index in range(count))
    starts = [_clock(said, "slots", part) for part in text.split(",")]
    clocks = tuple(start for start in starts if start is not None)
    if len(clocks) < len(starts):
        return ()
    since = [(clock.hour * 60 + clock.minute - first.hour * 60 - first.minute) % 1440 for clock in clocks]
    if len(clocks) not in LETTERS or since[0] != 0 or since != sorted(set(since)):
        remedy = f"Write one to three starts in order, the first of them {first:%H:%M}, such as 06:00,14:00,22:00."
        said.wrong(P193, "slots", f'the slots "{text[:60]}" do not follow each other from {first:%H:%M} on', remedy)
        return ()
    return clocks


def presets_for(count: int) -> tuple[str, ...]:
    """The rotations that have `count` slots a day and cover them all, the usual one first.

    >>> presets_for(2), presets_for(1)
    (('four-crew-12h', 'three-crew-12h'), ('one-crew',))
    """
    fitting = [name for name, preset in PRESETS.items() if len(preset.slots) == count > 1]
    return (USUAL[count], *(name for name in fitting if name != USUAL[count]))


def _rotation(said: _Said, name: str, count: int) -> str:
    if not count:
        return ""
    fitting = presets_for(count)
    if name and name not in fitting:
        remedy = f"{closest(name, fitting)}With {count} slots a day: {', '.join(fitting)}."
        said.wrong(P193, "rotation", f'there is no rotation "{name[:60]}" of {count} slots', remedy)
    return name or fitting[0]


def _anchor(said: _Said, text: str) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if 1970 < day.year < 2100:
            return day
    said.wrong(P195, "anchor", f'"{text[:40]}" is not a day', "Write it like 2026-01-05.")
    return date(2026, 1, 5)


def _goods(said: _Said, text: str) -> Goods | None:
    parts = [part.strip() for part in text.replace("\uff1a", ":").split(":")]
    if len(parts) != 3:
        said.wrong(P195, "materials", f'"{text[:60]}" is not NAME:UNIT:PRICE', "Write it like ore:t:100.")
        return None
    named = said.named("materials", parts[0])
    known = _is_unit(said, parts[0], parts[1])
    price = _price(said, parts[0], parts[2])
    return Goods(named.id, named.name, parts[1], price) if named and known and price is not None else None


def _is_unit(said: _Said, name: str, unit: str) -> bool:
    """Whether a material can be counted in it: t, kWh, m3, never a money or a mere number."""
    try:
        counted = unit != "" and unit not in CURRENCIES and not same_dimension(unit, "1")
    except UnitError:
        counted = False
    if not counted:
        remedy = f"{closest(unit, ('t', 'kg', 'm3', 'Nm3', 'kWh', 'MWh', 'GJ', 'pcs'))}Write a unit such as t, m3, kWh or pcs."
        said.issues.append(finding("P019", f'{name[:40]} cannot be counted in "{unit[:40]}"', Location("materials"), remedy))
    return counted


def _price(said: _Said, name: str, text: str) -> Decimal | None:
    if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII):
        try:
            return Decimal(text)
        except InvalidOperation:
            pass
    said.wrong(P195, "materials", f'the price "{text[:40]}" of {name[:40]} is not a number', "Write it like 99.5, with a point.")
    return None


def _flows(said: _Said, answers: Answers, areas: tuple[Named, ...], materials: tuple[Goods, ...]) -> tuple[Flow, ...]:
    if not answers.flows:
        return tuple(_in_order(said, areas, materials))
    given = [flow for text in answers.flows if (flow := _flow(said, text, areas, materials))]
    for what, keys in (("flow", [flow.id for flow in given]), ("tag", [flow.tag for flow in given])):
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            said.wrong(P195, "flows", f'the {what} "{key}" comes twice', "Leave one out, or give its meter another tag.")
    return tuple(given)


def _in_order(said: _Said, areas: tuple[Named, ...], materials: tuple[Goods, ...]) -> Iterator[Flow]:
    """The flows without an answer: through the areas in order, and what is left over into the last area."""
    if len(materials) <= len(areas):
        remedy = f"Name {len(areas) + 1} materials in the order in which they pass the areas, or name the flows."
        said.wrong(P194, "materials", f"{len(materials)} materials do not pass {len(areas)} areas", remedy)
        return
    stops = [OUTSIDE, *(area.id for area in areas), OUTSIDE]
    for index, material in enumerate(materials):
        start, end = (stops[index], stops[index + 1]) if index <= len(areas) else (OUTSIDE, areas[-1].id)
        yield flow_of(material.id, start, end)


def flow_of(material: str, start: str, end: str, tag: str = "") -> Flow:
    """A flow with the id and the tag that follow from its ends."""
    key = (
        f"{material}-to-{end}"
        if start == OUTSIDE
        else f"{material}-from-{start}"
        if end == OUTSIDE
        else f"{material}-{start}-{end}"
    )
    return Flow(key, material, start, end, tag or f"FT-{key}".upper())


def _flow(said: _Said, text: str, areas: tuple[Named, ...], materials: tuple[Goods, ...]) -> Flow | None:
    parts = ["-".join(part.split()) for part in text.replace("\uff1a", ":").split(":", 3)]
    if len(parts) < 3 or not all(parts):
        said.wrong(
            P195, "flows", f'"{text[:60]}" is not MATERIAL:FROM:TO or MATERIAL:FROM:TO:TAG', "Write it like ore:outside:mill."
        )
        return None
    material, start, end = parts[:3]
    places = [area.id for area in areas] + [OUTSIDE]
    known = True
    for word, names in ((material, [goods.id for goods in materials]), (start, places), (end, places)):
        if word not in names:
            known = False
            said.wrong(
                P194, "flows", f'"{text[:60]}": there is no "{word[:40]}"', f"{closest(word, names)}Declared: {', '.join(names)}."
            )
    if known and start == end:
        said.wrong(P194, "flows", f'"{text[:60]}" ends where it begins', "Name two different ends, one of them an area.")
        return None
    tag = said.line("flows", parts[3]) if len(parts) > 3 else ""
    return flow_of(material, start, end, tag) if known else None
