"""Do the plant's times fit: zones, slots, patterns, and the validity of rows (T1-T4)?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Issue
from shiftledger.core.period import moment
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Dated, Plant, Price, Rotation, common_day
from shiftledger.plant.roster import area_shifts, in_gap, instant_of
from shiftledger.plant.roster_codes import GAP
from shiftledger.plant.rows import dated_rows, place, subject
from shiftledger.plant.schema import TABLE
from shiftledger.plant.source import parsed

OFFSET = re.compile(r"(UTC|GMT|Z)?\s*[+-].*", re.IGNORECASE)  # UTC+8: the closest name, UTC, would be eight hours wrong


def zones(plant: Plant) -> Iterator[Issue]:
    """The zones of the plant and of its sources are in the IANA database. # T2"""
    rows: list[tuple[Any, str]] = [
        (plant.settings, plant.settings.zone),
        *((source, source.zone) for source in plant.sources.values()),
    ]
    for row, zone in rows:
        if zone and not _is_zone(zone):
            from zoneinfo import available_timezones

            at = place(plant.text, row.at, "zone")
            near = "" if OFFSET.fullmatch(zone) else closest(zone, available_timezones())
            remedy = f"{near}Write a name like Asia/Shanghai."
            yield finding("P013", f'there is no time zone "{zone[:60]}"', at, remedy)


def first_slots(plant: Plant) -> Iterator[Issue]:
    """The first slot of every continuous rotation begins the production day. # T2"""
    if not plant.settings.id:
        return
    start = plant.settings.day_start
    for rotation in _continuous(plant):
        first = rotation.slots[0]
        if first.start != start:
            at = place(plant.text, rotation.at, "slots", 0, "start")
            message = f'rotation "{rotation.id}" begins at {first.start:%H:%M}, the production day at {start:%H:%M}'
            yield finding(
                "P014", message, at, "Begin the list of slots with the one that starts at day_start, or change day_start."
            )


def whole_days(plant: Plant) -> Iterator[Issue]:
    """The slots of an area with units follow each other round the clock, so that they cover the production day exactly. # T2, I2"""
    with_units = {unit.area for unit in plant.units.values()}
    areas = [area for area in plant.areas.values() if area.id in with_units and area.rotation in plant.rotations]
    for area in areas:
        if area.coverage != "continuous":
            at = place(plant.text, area.at, "coverage")
            message = f'area "{area.id}" has units but covers only part of the day'
            yield finding("P015", message, at, 'Areas with units are coverage = "continuous".')
    used = {area.rotation for area in areas if area.coverage == "continuous"}
    for rotation in (row for row in plant.rotations.values() if row.id in used):
        for position, (slot, following) in enumerate(zip(rotation.slots, rotation.slots[1:] + rotation.slots[:1], strict=True)):
            if slot.end is not None and slot.end != following.start:
                at = place(plant.text, rotation.at, "slots", position, "end")
                message = f'slot "{slot.id}" of rotation "{rotation.id}" ends at {slot.end:%H:%M}, the next one begins at {following.start:%H:%M}'
                yield finding("P015", message, at, "Let each slot end where the next begins, or leave `end` out.")


def patterns(plant: Plant) -> Iterator[Issue]:
    """Every letter of a pattern is a slot or R, and slots stand in the order of the day. # T3"""
    for rotation in plant.rotations.values():
        known = {slot.id for slot in rotation.slots}
        unknown = sorted(set(rotation.pattern) - known - {"R"})
        if unknown:
            at = place(plant.text, rotation.at, "pattern")
            message = f'the pattern of rotation "{rotation.id}" has "{unknown[0]}", which is no slot'
            yield finding("P016", message, at, f"Use the letters {', '.join(sorted(known))}, and R for rest.")
        first = _seconds(rotation.slots[0].start)
        after = [(_seconds(slot.start) - first) % 86400 for slot in rotation.slots]
        for position, (earlier, later) in enumerate(pairwise(after), 1):
            if later <= earlier:
                at = place(plant.text, rotation.at, "slots", position, "start")
                message = (
                    f'slot "{rotation.slots[position].id}" of rotation "{rotation.id}" does not start after the slot before it'
                )
                yield finding("P016", message, at, "List the slots in the order of the production day.")
                break


def manning(plant: Plant) -> Iterator[Issue]:
    """Every slot of a continuous rotation has exactly one crew on every day of the cycle. # T3"""
    for rotation in _continuous(plant):
        letters = {slot.id for slot in rotation.slots}
        if set(rotation.pattern) <= letters | {"R"}:
            fault = _unmanned(rotation)
            if fault:
                at = place(plant.text, rotation.at, "crews")
                remedy = "Shift the phases so that the crews follow each other, or mend single days in roster.csv."
                yield finding("P017", f'rotation "{rotation.id}": {fault}', at, remedy)


def skipped_times(plant: Plant) -> Iterator[Issue]:
    """Start and end of a roster entry are times that the local clock shows on that day. # T2"""
    settings = plant.settings
    if not settings.id or not _is_zone(settings.zone):
        return
    for entry in plant.roster:
        shifts = area_shifts(plant, entry.area, entry.day) if entry.area in plant.areas else ()
        shift = next((s for s in shifts if s.slot == entry.slot), None)
        for name, at in (("start", entry.start), ("end", entry.end)) if shift else ():
            assert shift is not None
            begins = moment(shift.span.start, settings.timezone).replace(tzinfo=None)
            wall = datetime.combine(begins.date(), at or time())
            wall += timedelta(days=1) if wall < begins else timedelta()
            if at is not None and in_gap(settings.zone, wall):
                instead = moment(instant_of(settings.zone, wall), settings.timezone)
                message = f"{subject('roster', entry)}: {wall:%H:%M} on {wall.date()} is a time that the clock change in {settings.zone} skips"
                yield Issue(
                    GAP.code,
                    GAP.severity,
                    message,
                    place(plant.text, entry.at, name),
                    f"Write {instead:%H:%M}, which counts now.",
                )


def synthetic_rosters(plant: Plant) -> Iterator[Issue]:
    """A made-up roster is said to be one. # E5"""
    for rotation in plant.rotations.values():
        if rotation.synthetic:
            at = place(plant.text, rotation.at, "synthetic")
            yield finding(
                "P031", f'rotation "{rotation.id}" is made up; no board is shown over it', at, "Replace it by the real rotation."
            )


def validity(plant: Plant) -> Iterator[Issue]:
    """No validity ends before it begins. # T4"""
    for _, row in dated_rows(plant):
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            at = place(plant.text, row.at, "valid_to")
            yield finding(
                "P021",
                f"the row ends on {row.valid_to}, before it begins on {row.valid_from}",
                at,
                "Exchange or correct the two dates.",
            )


def overlaps(plant: Plant) -> Iterator[Issue]:
    """Of the rows of one key at most one governs a day. # T4, L1"""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for table, row in dated_rows(plant):
        groups.setdefault((table, *(getattr(row, name) for name in TABLE[table].key)), []).append(row)
    for key, rows in groups.items():
        rows.sort(key=lambda row: (row.valid_from or date.min, row.at))
        for earlier, later in pairwise(rows):
            if (earlier.valid_to or date.max) >= (later.valid_from or date.min):
                first, second = sorted((earlier, later), key=lambda row: row.at)
                day = later.valid_from or earlier.valid_from
                message = f"{_key_text(key)} has two rows{f' that hold on {day}' if day else ''}; the other is {first.at}"
                yield finding(
                    "P022", message, second.at, "End the earlier row (valid_to) before the later begins, or remove one."
                )


def lifetimes(plant: Plant) -> Iterator[Issue]:
    """A unit lives no longer than its area, a stream no longer than the units at its ends and the areas that hold its stocks. # T4"""
    for unit in plant.units.values():
        if unit.area in plant.areas:
            area = plant.areas[unit.area]
            yield from _outlives(plant, f'unit "{unit.id}"', unit, f'area "{area.id}"', (area,))
    for stream in plant.streams.values():
        for end in dict.fromkeys((stream.source, stream.target)):
            what, needed = _stands_on(plant, end)
            yield from _outlives(plant, f'stream "{stream.id}"', stream, what, needed)


def _stands_on(plant: Plant, end: str) -> tuple[str, list[Dated]]:
    """The end of a stream in words, and the rows that must hold as long as the stream does."""
    unit, stock = plant.units.get(end), plant.stocks.get(end)
    area = plant.areas.get(unit.area if unit else stock.held_by if stock else "")
    needed: list[Dated] = [row for row in (unit, area) if row is not None]
    within = f' of area "{area.id}"' if area else ""
    return f'{"unit" if unit else "stock"} "{end}"{within}', needed


def _outlives(plant: Plant, who: str, row: Any, what: str, needed: Sequence[Dated]) -> Iterator[Issue]:
    """An issue for each end at which `row` holds on a day on which not all of `needed` do."""
    if any(common_day(one, one) is None for one in (row, *needed)):  # ends before it begins: one issue is enough
        return
    begins = max((other.valid_from for other in needed if other.valid_from), default=None)
    ends = min((other.valid_to for other in needed if other.valid_to), default=None)
    if begins and (row.valid_from or date.min) < begins:
        own = f"from {row.valid_from}" if row.valid_from else "from the beginning"
        yield _outliving(plant, row, "valid_from", f"{who} holds {own}, {what} only from {begins}", begins)
    if ends and (row.valid_to or date.max) > ends:
        own = f"until {row.valid_to}" if row.valid_to else "until further notice"
        yield _outliving(plant, row, "valid_to", f"{who} holds {own}, {what} only until {ends}", ends)


def _outliving(plant: Plant, row: Any, key: str, message: str, limit: date) -> Issue:
    return finding(
        "P037", message, place(plant.text, row.at, key), f"Write {key} = {limit} here, or correct the other row's dates."
    )


def price_gaps(plant: Plant) -> Iterator[Issue]:
    """Days between two price rows on which no price holds; nothing where a linked row is left out, which is told itself. # L1"""
    groups: dict[tuple[str, str, str], list[Price]] = {}
    for row in plant.prices:
        groups.setdefault((row.price_set, row.material, row.band), []).append(row)
    read = {row.at for row in plant.prices}
    linked = (row for file, text in plant.text.items() if file.startswith("prices/") for row in parsed(file, text).rows)
    left_out = {row.values.get("material") for row in linked if row.at not in read and row.values.get("link")}
    for rows in (rows for (_, material, _), rows in groups.items() if material not in left_out):
        rows.sort(key=lambda row: (row.valid_from or date.min, row.at))
        for earlier, later in pairwise(rows):
            if earlier.valid_to and later.valid_from and later.valid_from - earlier.valid_to > timedelta(days=1):
                first, last = earlier.valid_to + timedelta(days=1), later.valid_from - timedelta(days=1)
                days = f"on {first}" if first == last else f"from {first} to {last}"
                at = place(plant.text, later.at, "valid_from")
                yield finding(
                    "P023",
                    f'"{later.material}" has no price {days}',
                    at,
                    "Begin this row earlier, or end the one before it later.",
                )


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (OSError, ValueError, KeyError):  # a folder's name, a path outside, a name that is not there
        return False


def _continuous(plant: Plant) -> list[Rotation]:
    used = {area.rotation for area in plant.areas.values() if area.coverage == "continuous"}
    return [rotation for rotation in plant.rotations.values() if rotation.id in used]


def _seconds(start: Any) -> int:
    return int(start.hour * 3600 + start.minute * 60 + start.second)


def _unmanned(rotation: Rotation) -> str:
    """The first day and slot of the cycle without exactly one crew, in words."""
    length = len(rotation.pattern)
    for day in range(length):
        for slot in rotation.slots:
            crews = [letter for letter, phase in rotation.crews if rotation.pattern[(day + phase) % length] == slot.id]
            if len(crews) != 1:
                who = f"crews {' and '.join(crews)}" if crews else "no crew"
                return f"on day {day + 1} of {length} slot {slot.id} has {who}"
    return ""


def _key_text(key: tuple[Any, ...]) -> str:
    table, *parts = key
    return f"{table} {'/'.join(str(part) for part in parts if part not in ('', None))}"
