"""Which shift is it, and who runs it? Production days, shifts, accounting months and crews (T1, T2, T3).

Shifts are half-open and cover the production day exactly, 23 or 25 h at a clock change (I2). Local times are laid out on the
wall calendar first and turned into instants last: in the fold the first occurrence counts, in a gap the first moment after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Issue, Kind, Location, Outcome, ordered
from shiftledger.core.period import Span, instant, moment
from shiftledger.plant.codes import closest
from shiftledger.plant.model import Area, Plant, RosterEntry, Rotation, Slot, valid_on
from shiftledger.plant.roster_codes import GAP, OUTSIDE, OVERLAP, UNKNOWN_SHIFT

ONE_DAY = timedelta(days=1)
FIRST, LAST = date(1, 1, 5), date(9999, 12, 27)  # labels whose days, slots and neighbours lie inside the calendar in any zone


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift: `id` is `2026-03-04.N` (day label, dot, slot)."""

    id: str
    day: date
    slot: str
    span: Span


@dataclass(frozen=True, slots=True)
class CrewInterval:
    """A crew (`area/letter`, or "" for nobody) and the part of the shift that it ran."""

    crew: str
    span: Span


@dataclass(frozen=True, slots=True)
class Calendar:
    """What days and shifts depend on, and nothing else: hashable, so that they can be remembered."""

    zone: str
    day_start: time
    label_offset: int  # days from the date on which a production day starts to the date in its label
    slots: tuple[Slot, ...]


# Days and shifts. # T2


def day_span(plant: Plant, day: date) -> Span:
    """The production day labelled `day`: from day_start to the next day_start, local time (23, 24 or 25 h). # T2

    `day_label = "start"` labels it with the local date on which it starts, "end" with the one on which it ends. ValueError near
    an end of the calendar (years 1 and 9999).
    """
    return _day_span(_calendar(plant), _inside(day))


def shifts_of(plant: Plant, day: date) -> tuple[Shift, ...]:
    """The shifts of a production day in slot order; they cover it exactly. # I2, T2

    The first slot begins at day_start, each next one at its local start time after the one before (perhaps past midnight); a
    shift ends where the next begins, the last where the day ends. Slots are those of the first area (by id) that has units, else
    of the first area; others may have their own (`area_shifts`). Without areas there are no shifts. ValueError as `day_span`.
    """
    return _shifts(_calendar(plant), _inside(day))


def _inside(day: date) -> date:
    if FIRST <= day <= LAST:
        return day
    raise ValueError(f"{day} lies too near an end of the calendar: production days are from {FIRST} to {LAST}")


def day_at(plant: Plant, at: int) -> date:
    """The label of the production day to which the instant (UTC microseconds) belongs. # I2"""
    calendar = _calendar(plant)
    start = moment(at, ZoneInfo(calendar.zone)).date() + ONE_DAY
    # A fold round midnight can start the next day before the date changes for good, hence the search from one day on.
    while instant_of(calendar.zone, datetime.combine(start, calendar.day_start)) > at:
        start -= ONE_DAY
    return start + timedelta(days=calendar.label_offset)


def shift_at(plant: Plant, at: int) -> Shift:
    """The one of `shifts_of` to which the instant (UTC microseconds) belongs. ValueError for a plant without slots. # I2"""
    for shift in shifts_of(plant, day_at(plant, at)):
        if shift.span.start <= at < shift.span.end:
            return shift
    raise ValueError("a plant without slots has no shifts")


def shift_before(plant: Plant, shift: Shift, n: int) -> Shift:
    """The shift `n` shifts before `shift` (0: itself; negative: after). ValueError for a slot that the plant lacks."""
    slots = [slot.id for slot in _calendar(plant).slots]
    days, index = divmod(slots.index(shift.slot) - n, len(slots))
    return shifts_of(plant, shift.day + days * ONE_DAY)[index]


def find_shift(plant: Plant, shift_id: str) -> Outcome[Shift | None]:
    """The shift that an address such as `2026-03-04.N` names, of the first area (by id) with units that has the slot; P061 if none. # T2"""
    calendars = [_calendar(plant, plant.areas[area]) for area in _areas_first(plant)]
    slots = list(dict.fromkeys(slot.id for calendar in calendars for slot in calendar.slots))
    matched = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.(.+)", shift_id)
    example = f"2026-03-04.{slots[-1] if slots else 'N'}"
    if not matched:
        return _no_shift(f'"{shift_id}" is not a shift', f"Write the day, a dot and the slot, for example {example}.")
    label, slot = matched.groups()
    try:
        shifts = [shift for calendar in calendars for shift in _shifts(calendar, _inside(date.fromisoformat(label)))]
    except (ValueError, OverflowError):
        return _no_shift(f'"{shift_id}": {label} is not a day of the calendar', f"Write an existing day, for example {example}.")
    for shift in shifts:
        if shift.slot == slot:
            return Outcome(shift)
    return _no_shift(f'"{shift_id}": the plant has no slot "{slot}"', f"{closest(slot, slots)}Its slots: {', '.join(slots)}.")


def _no_shift(message: str, remedy: str) -> Outcome[Shift | None]:
    return Outcome(None, (_issue(UNKNOWN_SHIFT, message, None, remedy),))


# Accounting months. # T2


def month_of(plant: Plant, day: date) -> str:
    """The accounting month of a day, as "2026-03"; with month_start 26 it is 26 Feb to 25 March. ValueError as `day_span`. # T2"""
    into_next = _inside(day).day >= plant.settings.month_start > 1
    year, month = divmod(day.year * 12 + day.month - 1 + into_next, 12)
    return f"{year:04d}-{month + 1:02d}"


def month_days(plant: Plant, month: str) -> tuple[date, ...]:
    """The production days of an accounting month ("2026-03") in order. # T2

    ValueError if `month` is not written so, or is the calendar's first or last.
    """
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) or not "0001-01" < month < "9999-12":
        raise ValueError(f"not a month of the calendar: {month!r}")
    first = date.fromisoformat(f"{month}-01")
    days = (first + timedelta(days=n) for n in range(-30, 31))
    return tuple(day for day in days if FIRST <= day <= LAST and month_of(plant, day) == month)


# Areas that do not run round the clock. # T1


def area_shifts(plant: Plant, area: str, day: date) -> tuple[Shift, ...]:
    """The shifts of one area on a production day, in slot order. # T1

    An area with partial coverage has its own slots, each from its start to its `end` (blank: to the next slot's start): of the
    days on which a slot could lie, the one that it shares most time with. The slots of every other area cover the day exactly. # I2
    """
    row = plant.areas[area]
    return (_partial_shifts if row.coverage == "partial" else _shifts)(_calendar(plant, row), _inside(day))


def _partial_shifts(calendar: Calendar, day: date) -> tuple[Shift, ...]:
    return tuple(
        Shift(f"{day}.{slot.id}", day, slot.id, Span(instant_of(calendar.zone, start), instant_of(calendar.zone, end)))
        for slot, start, end in _partial_slots(calendar, day)
    )


def _partial_slots(calendar: Calendar, day: date) -> Iterator[tuple[Slot, datetime, datetime]]:
    """Each slot with its start and end on the wall calendar."""
    opens = datetime.combine(day - timedelta(days=calendar.label_offset), calendar.day_start)
    for index, slot in enumerate(calendar.slots):
        until = slot.end or calendar.slots[(index + 1) % len(calendar.slots)].start
        candidates = []
        for shifted in (-1, 0, 1):
            start = datetime.combine(opens.date() + shifted * ONE_DAY, slot.start)
            end = _next_wall(start, until)
            shared = min(end, opens + ONE_DAY) - max(start, opens)
            candidates.append((shared, start >= opens, start, end))
        *_, start, end = max(candidates)
        yield slot, start, end


# Crews. # T3


def crews_on(plant: Plant, area: str, shift: Shift) -> tuple[CrewInterval, ...]:
    """Who ran the area in the shift: the rotation, with roster.csv laid over it; covers the shift exactly, in time order. # T3

    Neighbouring intervals have different crews; "" is nobody. Of overlapping roster entries the later one holds (P063).
    """
    crew, span = _crew_by_rotation(plant, plant.areas[area], shift), shift.span
    claims = ((_entry_span(plant, entry, shift).clip(span), entry) for entry in _entries(plant, area, shift))
    laid = [(part, _crew_id(area, entry.crew)) for part, entry in claims if part.length]
    cuts = sorted({span.start, span.end, *(edge for part, _ in laid for edge in (part.start, part.end))})
    intervals = [CrewInterval(crew, span)] if span.length == 0 else []
    for start, end in pairwise(cuts):
        holding = [who for part, who in laid if part.start <= start and end <= part.end]
        who = holding[-1] if holding else crew
        if intervals and intervals[-1].crew == who:
            start = intervals.pop().span.start
        intervals.append(CrewInterval(who, Span(start, end)))
    return tuple(intervals)


def _crew_by_rotation(plant: Plant, area: Area, shift: Shift) -> str:
    rotation = plant.rotations.get(area.rotation)
    if rotation is None or not valid_on(area, shift.day):
        return ""
    manning = _manning(rotation, (shift.day - rotation.anchor).days, shift.slot)
    return _crew_id(area.id, manning[0]) if manning else ""


def _manning(rotation: Rotation, days: int, slot: str) -> list[str]:
    """The letters of the crews that have `slot` `days` after the anchor, in the rotation's order. # T3"""
    pattern = rotation.pattern
    return [letter for letter, phase in rotation.crews if pattern and pattern[(days + phase) % len(pattern)] == slot]


def _crew_id(area: str, letter: str) -> str:
    return f"{area}/{letter}" if letter else ""


def _entries(plant: Plant, area: str, shift: Shift) -> list[RosterEntry]:
    return [e for e in plant.roster if e.day == shift.day and e.area == area and e.slot == shift.slot]


def _entry_span(plant: Plant, entry: RosterEntry, shift: Shift) -> Span:
    """The time that a roster entry claims, which may reach past the shift's end. Blank times are the shift's own."""
    zone, start, end = plant.settings.zone, shift.span.start, shift.span.end
    if entry.start is not None:
        start = next_instant(zone, entry.start, start)
    if entry.end is not None:
        end = next_instant(zone, entry.end, start + 1)
    return Span(start, end)


# Issues.


def calendar_issues(plant: Plant, first: date, last: date) -> tuple[Issue, ...]:
    """P060 for every slot of the production days `first`..`last` that starts at a time which the local clock skips. # T2"""
    issues = []
    for area in plant.areas.values():
        rotation = plant.rotations.get(area.rotation)
        if rotation is None:
            continue
        calendar = _calendar(plant, area)
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            for slot, start in _slot_starts(calendar, day, area.coverage == "partial"):
                if in_gap(calendar.zone, start):
                    issues.append(_gap_issue(rotation, calendar.zone, f"{day}.{slot.id}", start))
    return ordered(issues)


def _slot_starts(calendar: Calendar, day: date, partial: bool) -> Iterator[tuple[Slot, datetime]]:
    if partial:
        return ((slot, start) for slot, start, _ in _partial_slots(calendar, day))
    return iter(zip(calendar.slots, _wall_starts(calendar, day), strict=True))


def _gap_issue(rotation: Rotation, zone: str, shift: str, start: datetime) -> Issue:
    instead = moment(instant_of(zone, start), ZoneInfo(zone))
    message = (
        f'rotation "{rotation.id}": shift {shift} would start on {start:%Y-%m-%d at %H:%M}, '
        f"which the clock change in {zone} skips; it starts at {instead:%H:%M}"
    )
    return _issue(
        GAP, message, rotation.at, "Start the slot before or after the skipped time, or leave it if the crews do change then."
    )


def roster_issues(plant: Plant) -> tuple[Issue, ...]:
    """P062 and P063: what is wrong with the times in roster.csv. Undeclared names are the plant checks' business. # T3"""
    return ordered(_entry_issues(plant))


def _entry_issues(plant: Plant) -> Iterator[Issue]:
    by_shift: dict[tuple[str, date, str], list[tuple[RosterEntry, Span]]] = {}
    for entry in plant.roster:
        if entry.area not in plant.areas:
            continue
        shift = next((s for s in area_shifts(plant, entry.area, entry.day) if s.slot == entry.slot), None)
        if shift is None:
            continue
        span = _entry_span(plant, entry, shift)
        if span.end > shift.span.end or span.start >= shift.span.end:
            yield _outside(plant, entry, shift)
        by_shift.setdefault((entry.area, entry.day, entry.slot), []).append((entry, span.clip(shift.span)))
    for entries in by_shift.values():
        yield from _overlaps(entries)


def _outside(plant: Plant, entry: RosterEntry, shift: Shift) -> Issue:
    zone = plant.settings.timezone
    opens, closes = (moment(at, zone) for at in (shift.span.start, shift.span.end))
    start, end = ("" if at is None else f"{word} {at:%H:%M}" for word, at in (("from", entry.start), ("until", entry.end)))
    times = " ".join(part for part in (start, end) if part)
    message = (
        f"the time {times} does not lie in shift {shift.id} of {entry.area}, which runs from {opens:%H:%M} to {closes:%H:%M}"
    )
    return _issue(OUTSIDE, message, entry.at, "Write times inside the shift, or give the rest to the shift in which it lies.")


def _overlaps(entries: list[tuple[RosterEntry, Span]]) -> Iterator[Issue]:
    for index, (entry, span) in enumerate(entries):
        for other, earlier in entries[:index]:
            if span.clip(earlier).length:
                message = (
                    f"crew {entry.crew or 'nobody'} on shift {entry.day}.{entry.slot} of {entry.area} overlaps crew "
                    f"{other.crew or 'nobody'}{f' of {other.at}' if other.at.file else ''}"
                )
                yield _issue(OVERLAP, message, entry.at, "Let one entry end where the other begins, or remove one of them.")


def _issue(kind: Kind, message: str, at: Location | None, remedy: str) -> Issue:
    return Issue(kind.code, kind.severity, message, at, remedy)


# The wall calendar and the clock.


def _calendar(plant: Plant, area: Area | None = None) -> Calendar:
    """The calendar of an area; without one, of the first area that has units."""
    settings = plant.settings
    area = area or next((plant.areas[name] for name in _areas_first(plant)), None)
    rotation = plant.rotations.get(area.rotation) if area else None
    return Calendar(settings.zone, settings.day_start, int(settings.day_label == "end"), rotation.slots if rotation else ())


def _areas_first(plant: Plant) -> list[str]:
    """The areas that have units, else all, in id order."""
    return sorted({unit.area for unit in plant.units.values() if unit.area in plant.areas} or plant.areas)


@lru_cache(maxsize=16384)
def _shifts(calendar: Calendar, day: date) -> tuple[Shift, ...]:
    span = _day_span(calendar, day)
    # Slots that do not fit into one day are cut at its end, so that the day stays covered exactly. # I2
    starts = [min(instant_of(calendar.zone, wall), span.end) for wall in _wall_starts(calendar, day)]
    ends = [*starts, span.end][1:]
    return tuple(
        Shift(f"{day}.{slot.id}", day, slot.id, Span(start, end))
        for slot, start, end in zip(calendar.slots, starts, ends, strict=True)
    )


def _day_span(calendar: Calendar, day: date) -> Span:
    opens = datetime.combine(day - timedelta(days=calendar.label_offset), calendar.day_start)
    return Span(instant_of(calendar.zone, opens), instant_of(calendar.zone, opens + ONE_DAY))


def _wall_starts(calendar: Calendar, day: date) -> list[datetime]:
    """The slots' starts on the wall calendar: the first at day_start, each next one at its time after the one before."""
    starts = [datetime.combine(day - timedelta(days=calendar.label_offset), calendar.day_start)]
    for slot in calendar.slots[1:]:
        starts.append(_next_wall(starts[-1], slot.start))
    return starts if calendar.slots else []


def _next_wall(after: datetime, at: time) -> datetime:
    """The first wall time `at` strictly after `after`."""
    wall = datetime.combine(after.date(), at)
    return wall if wall > after else wall + ONE_DAY


def next_instant(zone: str, at: time, earliest: int) -> int:
    """The first instant not before `earliest` at which the clock shows `at` (by `instant_of`)."""
    wall = datetime.combine(moment(earliest, ZoneInfo(zone)).date(), at)
    while (found := instant_of(zone, wall)) < earliest:
        wall += ONE_DAY
    return found


def instant_of(zone: str, wall: datetime) -> int:
    """The instant of a wall time: its first occurrence in a fold, the first moment after it in a gap. # T2"""
    late = instant(wall.replace(tzinfo=ZoneInfo(zone), fold=0))
    if not in_gap(zone, wall):
        return late
    # In a gap, fold 1 reads the offset that holds after it and so lies before the change, fold 0 after it: the change is between.
    early = instant(wall.replace(tzinfo=ZoneInfo(zone), fold=1))
    offset = moment(late, ZoneInfo(zone)).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if moment(middle, ZoneInfo(zone)).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late


def in_gap(zone: str, wall: datetime) -> bool:
    """True if the local clock never shows `wall`."""
    local = wall.replace(tzinfo=ZoneInfo(zone))
    return moment(instant(local), local.tzinfo).replace(tzinfo=None) != wall  # type: ignore[arg-type]
