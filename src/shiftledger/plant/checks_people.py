"""Do members, attendance and the lineage of areas fit together, so that no hour counts twice (T3, T4)? And prices of services (L8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.duty import duties_on, person_time, runs
from shiftledger.plant.model import Area, Plant, RosterEntry, common_day, valid_on
from shiftledger.plant.people import ABSENCES, Attendance, Member, Post
from shiftledger.plant.roster import FIRST, LAST, CrewInterval, Shift, area_shifts, crews_on, day_span
from shiftledger.plant.rows import place


def one_crew_at_once(plant: Plant) -> Iterator[Issue]:
    """A person's shares of one day sum to 1 at most. # T4"""
    by_person: dict[str, list[Member]] = {}
    for row in sorted(plant.members, key=lambda row: (row.valid_from or date.min, row.at)):
        by_person.setdefault(row.person, []).append(row)
    for person, rows in sorted(by_person.items()):
        for position, row in enumerate(rows):
            if not 0 < row.share <= 1:
                at = place(plant.text, row.at, "share")
                yield finding("P100", f'the share of "{person}" is {row.share}', at, "A share is above 0 and at most 1.")
                continue
            start = row.valid_from or date.min
            others = [o for o in rows[:position] if valid_on(o, start) and o.crew_id != row.crew_id]
            together = row.share + sum((other.share for other in others), Decimal(0))
            if together > 1:
                since = f" from {row.valid_from} on" if row.valid_from else ""
                message = (
                    f'"{person}" is in {row.crew_id} and in {others[-1].crew_id} at once{since}; the other row is {others[-1].at}'
                )
                yield finding("P100", message, row.at, "End the earlier row (valid_to), or give shares that sum to 1 at most.")


def crews_and_posts(plant: Plant) -> Iterator[Issue]:
    """A member's crew is one of the area's rotation, its post one of posts.csv if there is one, both on the member's days. # T1, T4"""
    anywhere = {letter for each in plant.rotations.values() for letter, _ in each.crews}
    posts: dict[str, list[Post]] = {}
    for post in plant.posts:
        posts.setdefault(post.area, []).append(post)
    for row in plant.members:
        area = plant.areas.get(row.area)
        rotation = plant.rotations.get(area.rotation) if area else None
        letters = [letter for letter, _ in rotation.crews] if rotation else []
        if rotation and row.crew in anywhere - set(letters):
            at = place(plant.text, row.at, "crew")
            message = f'"{row.person}": the rotation "{rotation.id}" of {row.area} has no crew {row.crew}'
            yield finding("P101", message, at, f"Its crews: {', '.join(letters)}.")
        if area and common_day(area, row) is None:
            message = f'"{row.person}": the area {row.area} does not exist on any of these days'
            yield finding("P101", message, row.at, "Correct valid_from and valid_to, or name the area that succeeded it.")
        if plant.posts and row.post:
            yield from _post(plant, row, posts.get(row.area, ()))


def _post(plant: Plant, row: Member, own: Sequence[Post]) -> Iterator[Issue]:
    held = [post for post in own if post.post == row.post]
    at = place(plant.text, row.at, "post")
    names = sorted({post.post for post in own})
    if not held:
        remedy = f"{closest(row.post, names)}Correct it, or add the post to posts.csv."
        yield finding("P101", f'"{row.person}": {row.area} has no post "{row.post[:60]}"', at, remedy)
    elif not any(common_day(post, row) for post in held):
        message = f'"{row.person}": the post "{row.post[:60]}" of {row.area} does not exist on these days'
        yield finding("P101", message, at, f"Correct the dates here or in {held[0].at}.")


_Crews = Callable[[str, Shift], tuple[CrewInterval, ...]]


def attendance_fits(plant: Plant) -> Iterator[Issue]:
    """Every row of attendance.csv changes somebody's hours, and by no more than the shift has. # T3"""
    seen: dict[tuple[object, ...], Attendance] = {}
    persons: dict[str, list[Member]] = {}
    for member in plant.members:
        persons.setdefault(member.person, []).append(member)
    by_day = _by_day(plant.roster)
    today = cache(lambda day: replace(plant, roster=by_day.get(day, ())))
    crews: _Crews = cache(lambda area, shift: crews_on(today(shift.day), area, shift))
    for row in plant.attendance if _readable(plant) else ():
        first = seen.setdefault((row.day, row.area, row.slot, row.person, row.kind), row)
        if first is not row:
            message = f'"{row.person}" has two rows of {row.kind} in {row.day}.{row.slot} of {row.area}; the other is {first.at}'
            yield finding("P102", message, row.at, "Add the hours up in one row.")
        elif row.area in plant.areas and FIRST <= row.day <= LAST:
            yield from _fits(plant, row, persons, crews)


_Row = TypeVar("_Row", Attendance, RosterEntry)


def _by_day(rows: Iterable[_Row]) -> dict[date, tuple[_Row, ...]]:
    found: dict[date, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return {day: tuple(own) for day, own in found.items()}


def _fits(plant: Plant, row: Attendance, persons: Mapping[str, list[Member]], crews: _Crews) -> Iterator[Issue]:
    shift = next((one for one in area_shifts(plant, row.area, row.day) if one.slot == row.slot), None)
    if shift is None:
        return  # P012 says it
    longest = Decimal(shift.span.length) / HOUR
    if row.hours is not None and not 0 < row.hours <= longest:
        at = place(plant.text, row.at, "hours")
        message = f'"{row.person}": {row.hours} h in {shift.id} of {row.area}, which lasts {longest.normalize():f} h'
        yield finding("P102", message, at, "Write hours above 0, and no more than the shift lasts.")
    elif not any(valid_on(member, row.day) for member in persons.get(row.person, ())):
        at = place(plant.text, row.at, "person")
        remedy = f"{closest(row.person, sorted(persons))}Correct it, or add the person to members.csv for these days."
        yield finding("P102", f'"{row.person[:60]}" belongs to no crew on {row.day}', at, remedy)
    elif not valid_on(plant.areas[row.area], row.day):
        message = f'"{row.person}": the area {row.area} does not exist on {row.day}'
        yield finding("P102", message, place(plant.text, row.at, "area"), "Name the area that exists on that day.")
    else:
        yield from _on_duty(plant, row, shift.id, persons[row.person], crews(row.area, shift))


def _on_duty(
    plant: Plant, row: Attendance, shift: str, members: Sequence[Member], crews: Sequence[CrewInterval]
) -> Iterator[Issue]:
    rostered = any(valid_on(member, row.day) and runs(member, row.area, crews) for member in members)
    if row.kind in ABSENCES and not rostered:
        ran = ", ".join(one.crew or "nobody" for one in crews)
        at = place(plant.text, row.at, "slot")
        message = f'"{row.person}" is not on duty in {shift} of {row.area}, which {ran} ran'
        yield finding("P102", message, at, "Correct the slot or the area, or remove the row: who is off duty misses nothing.")
    if row.kind == "loan" and rostered:
        at = place(plant.text, row.at, "slot")
        message = f'"{row.person}" is on duty in {shift} of {row.area} anyway'
        yield finding("P102", message, at, "A loan leads to another area or slot; longer hours are overtime.")


def hours_in_a_day(plant: Plant) -> Iterator[Issue]:
    """Nobody works longer on a production day than it lasts. Only overtime and loans can make it so. # I2"""
    if not _readable(plant):
        return
    by_day, roster = _by_day(row for row in plant.attendance if FIRST <= row.day <= LAST), _by_day(plant.roster)
    for day, rows in sorted(by_day.items()):
        more = [row for row in rows if row.kind not in ABSENCES]
        length = day_span(plant, day).length
        persons = {row.person for row in more}
        times = person_time(duties_on(_of_persons(plant, persons, rows, roster.get(day, ())), day)) if more else {}
        for person in sorted(persons):
            if times.get(person, 0) > length:
                last = max((row for row in more if row.person == person), key=lambda row: row.at)
                hours = f"{float(times[person] / HOUR):g}"
                message = f'"{person}" works {hours} h on {day}, which has {length / HOUR:g} h'
                yield finding("P103", message, last.at, "Correct the hours, or enter the leave that goes with them.")


def _of_persons(plant: Plant, persons: Set[str], attendance: Sequence[Attendance], roster: tuple[RosterEntry, ...]) -> Plant:
    """The plant with what makes these persons' hours alone: nobody's hours follow from those of others."""
    members = tuple(row for row in plant.members if row.person in persons)
    rows = tuple(row for row in attendance if row.person in persons)
    named = {row.area for row in members} | {row.area for row in rows}
    areas = {name: area for name, area in plant.areas.items() if name in named}
    return replace(plant, areas=areas, members=members, attendance=rows, roster=roster)


def lineage(plant: Plant) -> Iterator[Issue]:
    """Successors begin the day after their predecessors end, and no area comes before itself. # T4"""
    for area in plant.areas.values():
        for position, name in enumerate(area.successor_of):
            at = place(plant.text, area.at, "successor_of", position)
            before = plant.areas.get(name)
            if before is None:
                remedy = f"{closest(name, sorted(plant.areas))}Correct it or declare the area in areas.toml."
                yield finding("P012", f'area "{area.id}" succeeds "{name[:60]}", which is not declared', at, remedy)
            elif _leads_to(plant, name, area.id):
                yield finding("P105", f'area "{area.id}" succeeds "{name}", which comes after it', at, "Remove one of the two.")
            elif area.valid_from is None or before.valid_to is None:
                missing = f'"{name}" has no valid_to' if area.valid_from else f'"{area.id}" has no valid_from'
                message = f'area "{area.id}" succeeds "{name}", but {missing}'
                yield finding("P104", message, at, "Say when the one ends and the other begins.")
            elif before.valid_to + timedelta(days=1) != area.valid_from:
                message = f'area "{area.id}" begins on {area.valid_from}, but "{name}" ends on {before.valid_to}'
                yield finding("P104", message, at, "Let the one begin on the day after the other ends.")


def services_priced(plant: Plant) -> Iterator[Issue]:
    """Reference prices belong to areas without units. # L8"""
    running = {unit.area for unit in plant.units.values()}
    for row in plant.services:
        if row.area in running:
            at = place(plant.text, row.at, "area")
            message = f'the price of the job "{row.job[:60]}" is for {row.area}, which runs units'
            yield finding(
                "P106", message, at, "Name a service area, or leave the job out: what it is worth shows in the area's flows."
            )
        if row.price < 0:
            message = f'the price of the job "{row.job[:60]}" is {row.price}'
            yield finding("P106", message, place(plant.text, row.at, "price"), "Write what a contractor would ask.")


def _leads_to(plant: Plant, start: str, wanted: str) -> bool:
    """True if `wanted` is `start` or one of those that it succeeds, at any remove."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == wanted:
            return True
        found: Area | None = plant.areas.get(name)
        if found and name not in seen:
            waiting += found.successor_of
        seen.add(name)
    return False


def _readable(plant: Plant) -> bool:
    """True if the plant has a calendar: its zone exists (P013 says so otherwise)."""
    try:
        return bool(plant.settings.id) and bool(ZoneInfo(plant.settings.zone).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
