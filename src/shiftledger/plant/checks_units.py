"""Does a unit say what tells that it runs, and why it stands still (Q3)?"""

from __future__ import annotations

from collections.abc import Iterator

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import CAUSES, Plant, Standard, Unit, common_day, state_code
from shiftledger.plant.rows import complete, place


def running_states(plant: Plant) -> Iterator[Issue]:
    """The state that tells whether a unit runs has texts, and some of them mean running. # Q3"""
    for unit in plant.units.values():
        if unit.running and not unit.running_codes:
            at = place(plant.text, unit.at, "running")
            message = f'unit "{unit.id}" names the state "{unit.running}", but not with which of its texts it runs'
            yield finding("P050", message, at, 'Add running_codes = ["..."].')
        for name in ("running_codes", "causes"):
            if getattr(unit, name) and not unit.running:
                at = place(plant.text, unit.at, name)
                message = f'unit "{unit.id}" has {name}, but no state that tells whether it runs'
                yield finding("P050", message, at, 'Name the state: running = "...".')
        if unit.running and complete(plant, "meter"):
            yield from _texts(plant, unit)


def _texts(plant: Plant, unit: Unit) -> Iterator[Issue]:
    """The texts that a unit names are texts of its state, each with one meaning."""
    meters = [meter for meter in plant.meters if meter.state == unit.running]
    known = sorted({text for meter in meters for text, _ in meter.codes})
    named: list[tuple[str, str | int, str]] = [("running_codes", i, text) for i, text in enumerate(unit.running_codes)]
    for name, part, text in (*named, *(("causes", text, text) for text, _ in unit.causes)):
        if meters and all(state_code(meter, text) is None for meter in meters):
            at = place(plant.text, unit.at, name, part)
            remedy = f"{closest(text, known)}Correct it, or add it to the codes of the state's meter."
            yield finding("P050", f'unit "{unit.id}": the state "{unit.running}" has no text "{text[:60]}"', at, remedy)
        elif name == "causes" and text in unit.running_codes:
            at = place(plant.text, unit.at, name, part)
            message = f'unit "{unit.id}": "{text[:60]}" means running and has a cause of a halt, too'
            yield finding("P050", message, at, "Keep one of the two.")


def halt_causes(plant: Plant) -> Iterator[Issue]:
    """Causes are words of the list. # Q3"""
    for unit in plant.units.values():
        given: list[tuple[str, str | int, str]] = [("causes", text, cause) for text, cause in unit.causes]
        for name, part, cause in (*given, *(("own_causes", i, cause) for i, cause in enumerate(unit.own_causes))):
            if cause not in CAUSES:
                at = place(plant.text, unit.at, name, part)
                remedy = f"{closest(cause, CAUSES)}Write one of {', '.join(CAUSES)}."
                yield finding("P051", f'unit "{unit.id}": "{cause[:60]}" is not a cause of a halt', at, remedy)


def hours_units(plant: Plant) -> Iterator[Issue]:
    """An area's operating hours are those of one of its units; where several tell theirs, the area says which. # Q3, L4"""
    for area in plant.areas.values():
        unit = plant.units.get(area.hours_of)
        if unit is not None and unit.area != area.id:
            at = place(plant.text, area.at, "hours_of")
            message = f'area "{area.id}" takes its hours from "{unit.id}", which belongs to "{unit.area}"'
            yield finding("P052", message, at, "Name a unit of this area.")
    if not complete(plant, "unit"):
        return
    hourly: dict[str, Standard] = {}
    for row in plant.standards:
        if row.basis == "hours" and not row.condition:
            hourly.setdefault(row.area, row)
    for area_id, row in sorted(hourly.items()):
        telling = [unit for _, unit in sorted(plant.units.items()) if unit.area == area_id and unit.running]
        together = any(common_day(a, b) for i, a in enumerate(telling) for b in telling[i + 1 :])
        if area_id in plant.areas and not plant.areas[area_id].hours_of and together:
            names = ", ".join(unit.id for unit in telling)
            message = f'area "{area_id}" has a standard by the hour, but {names} tell different hours'
            yield finding("P052", message, place(plant.text, row.at, "basis"), 'Say which in areas.toml: hours_of = "...".')
