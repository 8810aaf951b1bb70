"""Which stretches of a production day do the shifts of its areas have in common? Its cells (T2, I2).

Areas may have different slots. A cell lies between two neighbouring boundaries of any of their shifts, so a whole number of cells makes
every shift, and every flow, stock and crew is cut wherever anybody relieves anybody (I3). Where all areas share their slots,
a cell is a shift, with its id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import or_
from zoneinfo import ZoneInfo

from shiftledger.core.period import Span, moment
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.roster import CrewInterval, Shift, area_shifts, crews_on, day_at, shifts_of

PART = re.compile(r"(.+\.p[0-9]+)-[0-9]{4}")  # the id of a cell that is nobody's shift


@dataclass(frozen=True, slots=True)
class AreaShift:
    """A shift of one area and the cells that it is made of, in order of time."""

    area: str
    shift: Shift
    cells: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class DayCells:
    """The cells of a day in order of time, and the shifts of every area that runs on it, by area and time.

    `shared`: all areas have the same shifts, and the cells are these. Else a cell is called `2026-03-04.p2-1400`: the day's second
    part, from 14:00 on; its `slot` is what follows the dot.
    """

    cells: tuple[Shift, ...]
    shifts: tuple[AreaShift, ...]
    shared: bool

    def around(self, cell: Shift) -> tuple[AreaShift, ...]:
        """The shift of each area in which the cell lies."""
        return tuple(one for one in self.shifts if cell in one.cells)

    def known_until(self, cell: Shift) -> int:
        """The latest end of the shifts in which the cell lies: the lab cutoff counts from there, so that none of them gets less. # L6"""
        return max((one.shift.span.end for one in self.around(cell)), default=cell.span.end)

    def boundaries(self) -> tuple[tuple[int, int], ...]:
        """Every boundary of the day, with the instant from which its cutoff counts: that of the cell that ends there. # I3, L6"""
        opening = self.cells[0].span.start
        return ((opening, opening), *((cell.span.end, self.known_until(cell)) for cell in self.cells))


def cells_of(plant: Plant, day: date) -> DayCells:
    """The cells of a production day and the shifts of its areas. # T2, I2"""
    by_area = {area: area_shifts(plant, area, day) for area in running_areas(plant, day)}
    return joint_cells(by_area, shifts_of(plant, day), plant.settings.timezone)


def running_areas(plant: Plant, day: date) -> tuple[str, ...]:
    """Areas that run units on the day, in id order: the ones with a statement. # T4"""
    running = {unit.area for unit in plant.units.values() if valid_on(unit, day)}
    return tuple(sorted(area for area in running if valid_on(plant.areas[area], day)))


def joint_cells(by_area: Mapping[str, Sequence[Shift]], otherwise: Sequence[Shift], zone: ZoneInfo) -> DayCells:
    """The cells of a day from its areas' shifts, which cover it exactly; the cells are `otherwise` where no area runs. # I2"""
    layouts = [tuple(shifts) for shifts in by_area.values()]
    shared = all(layout == layouts[0] for layout in layouts)
    cells = (layouts[0] if layouts else tuple(otherwise)) if shared else _between(layouts, zone)
    rows = [row for area, shifts in sorted(by_area.items()) for row in _made_of(area, shifts, cells)]
    return DayCells(cells, tuple(rows), shared)


def _between(layouts: Iterable[Sequence[Shift]], zone: ZoneInfo) -> tuple[Shift, ...]:
    """The stretches between all boundaries. A shift that a clock change left without time keeps a cell of its own, without time."""
    layouts = list(layouts)
    starts = reduce(or_, (Counter(shift.span.start for shift in layout) for layout in layouts))
    edges = [*sorted(starts.elements()), layouts[0][-1].span.end]
    day, places = layouts[0][0].day, len(str(len(edges) - 1))
    cells = []
    for number, (start, end) in enumerate(pairwise(edges), 1):
        slot = f"p{number:0{places}d}-{moment(start, zone):%H%M}"
        cells.append(Shift(f"{day}.{slot}", day, slot, Span(start, end)))
    return tuple(cells)


def _made_of(area: str, shifts: Sequence[Shift], cells: Sequence[Shift]) -> list[AreaShift]:
    """The cells dealt out in order: a shift takes those until its end, and at least one; the last takes what is left."""
    rows: list[AreaShift] = []
    at = 0
    for position, shift in enumerate(shifts):
        until = at + 1
        last = position + 1 == len(shifts)
        while until < len(cells) and (last or cells[until - 1].span.end < shift.span.end):
            until += 1
        rows.append(AreaShift(area, shift, tuple(cells[at:until])))
        at = until
    return rows


def cell_name(cell: str) -> str:
    """What tells a cell of a day from the others, whatever the local clock shows: `2026-03-04.p2` of `2026-03-04.p2-1400`."""
    found = PART.fullmatch(cell)
    return found[1] if found else cell


def told_by_time(text: str, cells: DayCells, zone: ZoneInfo) -> str:
    """A message with local times and the shifts of the areas in the place of the ids of cells, which no roster knows. # T2"""
    if cells.shared:
        return text
    for cell in cells.cells:
        if cell.id in text:
            start, end = (moment(at, zone) for at in (cell.span.start, cell.span.end))
            until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
            shifts = ", ".join(f"{one.area} {one.shift.id}" for one in cells.around(cell))
            text = text.replace(cell.id, f"{start:%Y-%m-%d %H:%M} to {until} ({shifts})")
    return text


def cell_at(plant: Plant, at: int) -> Shift:
    """The one cell in which the instant (UTC microseconds) lies. ValueError for a plant without slots. # I2"""
    for cell in cells_of(plant, day_at(plant, at)).cells:
        if cell.span.start <= at < cell.span.end:
            return cell
    raise ValueError("a plant without slots has no shifts")


def slot_in(plant: Plant, area: str, cell: Shift) -> str:
    """The slot of the area's shift in which a cell lies; the cell's own where the area does not run."""
    return next((row.shift.slot for row in cells_of(plant, cell.day).around(cell) if row.area == area), cell.slot)


def crews_in(plant: Plant, row: AreaShift, cell: Shift) -> tuple[CrewInterval, ...]:
    """Who ran the area in a cell of its shift: the crews of the shift, clipped. # T3"""
    crews = crews_on(plant, row.area, row.shift)
    if cell.span == row.shift.span:
        return crews
    inside = [replace(one, span=one.span.clip(cell.span)) for one in crews]
    at_once = [one for one in crews if one.span.start <= cell.span.start < one.span.end]  # of a cell without time
    return tuple(one for one in inside if one.span.length) or tuple(replace(one, span=cell.span) for one in at_once)


def cells_in(plant: Plant, period: Span) -> list[Shift]:
    """The cells that touch a period, in order of time. # T2"""
    cells, at = list[Shift](), period.start
    while at < period.end:
        cells.append(cell_at(plant, at))
        at = cells[-1].span.end
    return cells
