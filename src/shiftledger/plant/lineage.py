"""Which areas are one series, whatever was merged or split? The families of `successor_of` in areas.toml (T4).

A family is what successions connect: a + b -> c is one series, and so is a -> b + c, which is then shown for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shiftledger.plant.model import Plant, Stream, valid_on


@dataclass(frozen=True, slots=True)
class Family:
    """Areas of one series. `id`: generations in order, such as `a+b>c`; `changes`: first days of the areas that succeeded others."""

    id: str
    areas: tuple[str, ...]
    changes: tuple[date, ...]


def families(plant: Plant) -> Mapping[str, Family]:
    """The family of every area, in area order; an area without lineage is its own. Cycles end where they began (P105). # T4"""
    beside: dict[str, set[str]] = {area: set() for area in plant.areas}
    for area in plant.areas.values():
        for before in area.successor_of:
            if before in beside:
                beside[before].add(area.id)
                beside[area.id].add(before)
    found: dict[str, Family] = {}
    for area_id in sorted(plant.areas):
        if area_id not in found:
            members = _connected(area_id, beside)
            made = _family(plant, members)
            found |= dict.fromkeys(members, made)
    return {area_id: found[area_id] for area_id in sorted(found)}


def _connected(start: str, beside: Mapping[str, set[str]]) -> list[str]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = beside[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return sorted(seen)


def _family(plant: Plant, members: list[str]) -> Family:
    generations: dict[int, list[str]] = {}
    for area in members:
        generations.setdefault(_generation(plant, area, frozenset()), []).append(area)
    name = ">".join("+".join(generations[n]) for n in sorted(generations))
    changes = sorted({row.valid_from for area in members if (row := plant.areas[area]).successor_of and row.valid_from})
    return Family(name, tuple(members), tuple(changes))


def _generation(plant: Plant, area: str, above: frozenset[str]) -> int:
    before = [one for one in plant.areas[area].successor_of if one in plant.areas and one not in above and one != area]
    return max((1 + _generation(plant, one, above | {area}) for one in before), default=0)


def stays_inside(plant: Plant, areas: frozenset[str], target: str, day: date) -> bool:
    """True if what is posted to the account `target` stays among the areas on the day: it is theirs, or a stock from which only they take. # T4"""
    kind, _, name = target.partition(":")
    if kind == "area":
        return name in areas
    if kind != "stock" or name not in plant.stocks:
        return False
    takers = [stream for stream in plant.streams.values() if stream.source == name and valid_on(stream, day)]
    return bool(takers) and all(_taken_by(plant, stream) in areas for stream in takers)


def _taken_by(plant: Plant, stream: Stream) -> str:
    return plant.units[stream.target].area if stream.target in plant.units else ""


def outputs_of(plant: Plant, area: str, day: date) -> tuple[str, ...]:
    """Materials that the area declares as its output (standards.csv, budget.csv) and that a stream takes from it on the day. # L4"""
    named = {row.output for row in plant.standards if row.area == area and valid_on(row, day)}
    named |= {row.item for row in plant.budget if row.area == area and row.kind == "output" and valid_on(row, day)}
    return tuple(sorted(named & {stream.material for stream in given_by(plant, area, day)}))


def given_by(plant: Plant, area: str, day: date) -> tuple[Stream, ...]:
    """The streams that leave units of the area on the day."""
    units = plant.units
    streams = (row for row in plant.streams.values() if row.source in units and units[row.source].area == area)
    return tuple(row for row in streams if valid_on(row, day))
