"""Do the rows of standards.csv and budget.csv say one thing each, and is every one of them used (L3, L4)?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import finding
from shiftledger.plant.model import Plant, Standard, common_day
from shiftledger.plant.rows import complete, place, subject


def one_basis(plant: Plant) -> Iterator[Issue]:
    """An item of an output has one basis in any slot, and an output counts per unit or by the hour. # L4

    Rows of one basis follow each other in time by their key (P022); of them the one for the slot goes before the one for all.
    """
    groups: dict[tuple[str, str], list[Standard]] = {}
    for row in sorted(plant.standards, key=lambda row: row.at):
        if not row.condition:
            groups.setdefault((row.area, row.output), []).append(row)
    for rows in groups.values():
        mixed = False  # that some count by the hour and some do not is one mistake, however many rows there are
        for first, second in combinations(rows, 2):
            same = first.item == second.item
            hourly = "hours" in (first.basis, second.basis) and not mixed
            if first.basis != second.basis and (hourly or same) and _together(first, second):
                mixed = mixed or not same
                at = place(plant.text, second.at, "basis")
                message = f"{subject('standard', second)} and {subject('standard', first)} of {first.at} hold at the same time"
                yield finding("P035", message, at, _remedy(first, second))


def _remedy(first: Standard, second: Standard) -> str:
    if first.item == second.item:
        return "Keep one basis for the item, or let one row end before the other begins."
    return f'Give all standards of "{first.output}" by the hour, or none.'


def slopes_have_bases(plant: Plant) -> Iterator[Issue]:
    """A slope is added to a base: to that of its slot, or to the one for all slots. # L4"""
    if not complete(plant, "standard"):
        return
    bases = [row for row in plant.standards if not row.condition]
    for row in plant.standards:
        if row.condition and not any(_what(base) == _what(row) and _together(base, row) for base in bases):
            slot = f" in slot {row.slot}" if row.slot else ""
            at = place(plant.text, row.at, "condition")
            message = f"{subject('standard', row)} has a slope by {row.condition}{slot} but no base to add it to"
            yield finding("P036", message, at, "Add the row without condition, for the same area, output, item and basis.")


def _what(row: Standard) -> tuple[str, ...]:
    return (row.area, row.output, row.item, row.basis)


def _together(a: Standard, b: Standard) -> bool:
    """True if both rows hold in some slot of some day."""
    return (a.slot == b.slot or "" in (a.slot, b.slot)) and common_day(a, b) is not None


def charges_carried(plant: Plant) -> Iterator[Issue]:
    """A fixed charge has a statement to stand in: that of an area with units. # L3"""
    if not complete(plant, "unit"):
        return
    for row in plant.budget:
        units = [unit for unit in plant.units.values() if unit.area == row.area and common_day(unit, row)]
        if row.kind == "fixed" and row.area in plant.areas and not units:
            at = place(plant.text, row.at, "area")
            message = f'no statement carries the charge "{row.item}": area "{row.area}" has no units'
            yield finding("P038", message, at, "Charge an area with units.")


def single_days(plant: Plant) -> Iterator[Issue]:
    """What is budgeted for one day counts per shift or per day: a month's part of it would be a thirtieth. # L4"""
    for row in plant.budget:
        if row.day is not None and row.per == "month":
            at = place(plant.text, row.at, "per")
            message = f"{subject('budget', row)} names one day, {row.day}, but counts per month"
            yield finding("P020", message, at, "Write per = shift or day, or leave the day blank.")
