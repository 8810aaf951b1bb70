"""Who was on duty, for how long? Rotation and roster.csv by crew, members.csv and attendance.csv by person (T3, T4).

Times are microseconds as exact fractions and real: a night that a clock change shortens has seven hours. Every time knows the lines
of text from which it follows. A person's hours count with the crew that they were worked with, so crews add up to their area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from shiftledger.core.issue import Location
from shiftledger.core.period import HOUR
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.people import ABSENCES, Attendance, Member
from shiftledger.plant.roster import CrewInterval, Shift, area_shifts, crews_on


@dataclass(frozen=True, slots=True)
class Duty:
    """A person's time (microseconds) in a shift with a crew. `missed`: of it, what leave, absence and loans took off.

    `why`: roster, overtime or loan. `at`: the lines it follows from.
    """

    person: str
    crew: str
    post: str
    why: str
    time: Fraction
    missed: Fraction = Fraction(0)
    at: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftDuty:
    """A shift of an area: its crews, its people, and the crews on duty of which nobody is listed (their hours are unknown)."""

    area: str
    shift: Shift
    crews: tuple[CrewInterval, ...]
    duties: tuple[Duty, ...]
    unlisted: tuple[str, ...]


Key = tuple[str, str, str]  # person, why, crew
Duties = dict[tuple[str, str], dict[Key, Duty]]  # by area and slot


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    shifts: Mapping[tuple[str, str], tuple[Shift, tuple[CrewInterval, ...]]]
    crews: Mapping[str, tuple[Member, ...]]
    persons: Mapping[str, tuple[Member, ...]]


def duties_on(plant: Plant, day: date) -> tuple[ShiftDuty, ...]:
    """Every shift of every area of a production day with its people, by area and slot. # T3, T4

    Attendance that fits no duty (P102) takes nothing off; the order of rows never matters.
    """
    found = _laid_out(plant, day)
    duties = _by_roster(plant, found)
    rows = sorted((row for row in plant.attendance if row.day == day), key=_order)
    for row in rows:
        if row.kind in ABSENCES:
            _missed(duties.get((row.area, row.slot), {}), row.person, _asked(row), row.at)
    for row in rows:
        if row.kind not in ABSENCES and (row.area, row.slot) in found.shifts:
            _added(found, duties, row)
    return tuple(_of_shift(found, at, duties[at]) for at in found.shifts)


def heads_on(plant: Plant, day: date) -> dict[str, Fraction]:
    """Members of each crew on a day, part-time by their share. # T4"""
    heads: dict[str, Fraction] = {}
    for member in plant.members:
        if valid_on(member, day) and member.area in plant.areas and valid_on(plant.areas[member.area], day):
            heads[member.crew_id] = heads.get(member.crew_id, Fraction(0)) + Fraction(member.share)
    return heads


def _laid_out(plant: Plant, day: date) -> _Day:
    today = replace(plant, roster=tuple(entry for entry in plant.roster if entry.day == day))
    shifts = {}
    for area in sorted(plant.areas):
        if valid_on(plant.areas[area], day):
            for shift in area_shifts(plant, area, day):
                shifts[area, shift.slot] = (shift, crews_on(today, area, shift))
    members = [member for member in plant.members if valid_on(member, day)]
    return _Day(day, shifts, _grouped(members, lambda one: one.crew_id), _grouped(members, lambda one: one.person))


def _grouped(members: Iterable[Member], by: Callable[[Member], str]) -> dict[str, tuple[Member, ...]]:
    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(by(member), []).append(member)
    return {key: tuple(group) for key, group in found.items()}


def _by_roster(plant: Plant, found: _Day) -> Duties:
    """Each member of a crew for the time that the crew ran the shift."""
    entries: dict[tuple[str, str, str], list[Location]] = {}
    for entry in plant.roster:
        if entry.day == found.day:
            entries.setdefault((entry.area, entry.slot, entry.crew), []).append(entry.at)
    duties: Duties = {}
    for (area, slot), (_, crews) in found.shifts.items():
        own = duties.setdefault((area, slot), {})
        for crew in dict.fromkeys(one.crew for one in crews):
            span = sum(one.span.length for one in crews if one.crew == crew)
            for member in found.crews.get(crew, ()) if span else ():
                if runs(member, area, crews):
                    lines = (member.at, *entries.get((area, slot, member.crew), ()))
                    _more(own, member, Fraction(member.share) * span, lines)
    return duties


def runs(member: Member, area: str, crews: Iterable[CrewInterval]) -> bool:
    """True if the member's crew ran the area for a time. # T3"""
    return member.area == area and any(one.crew == member.crew_id and one.span.length for one in crews)


def _more(duties: dict[Key, Duty], member: Member, time: Fraction, lines: Iterable[Location]) -> None:
    """A member's time in a shift, added to what the same person has with the same crew by another row."""
    key = (member.person, "roster", member.crew_id)
    have = duties.get(key)
    at = tuple(sorted({*(have.at if have else ()), *lines}))
    duties[key] = Duty(member.person, member.crew_id, member.post, "roster", time + (have.time if have else 0), at=at)


def _order(row: Attendance) -> tuple[str, str, str, str, str]:
    return (row.area, row.slot, row.person, row.kind, str(row.hours))


def _asked(row: Attendance) -> Fraction | None:
    return None if row.hours is None else Fraction(row.hours) * HOUR


def _missed(duties: dict[Key, Duty], person: str, asked: Fraction | None, at: Location) -> None:
    """Takes at most what is there off a person's duty by roster; of one in two crews, off the first first."""
    for key in sorted(key for key in duties if key[:2] == (person, "roster")):
        have = duties[key]
        taken = have.time if asked is None else min(have.time, asked)
        asked = None if asked is None else asked - taken
        duties[key] = replace(have, time=have.time - taken, missed=have.missed + taken, at=tuple(sorted({*have.at, at})))


def _added(found: _Day, by_shift: Duties, row: Attendance) -> None:
    """Overtime and loans count with the crew that ran most of the shift; a loan leaves the person's own shift of that time."""
    shift, crews = found.shifts[row.area, row.slot]
    home = found.persons.get(row.person, ())
    if not home:
        return
    duties = by_shift[row.area, row.slot]
    asked = _asked(row)
    time = Fraction(shift.span.length) * sum(Fraction(one.share) for one in home) if asked is None else asked
    ran = max(crews, key=lambda one: (bool(one.crew), one.span.length, -one.span.start)).crew if crews else ""
    crew = ran or min(one.crew_id for one in home)
    key = (row.person, row.kind, crew)
    have = duties.get(key)
    lines = {row.at, *(one.at for one in home), *(have.at if have else ())}
    total = time + (have.time if have else 0)
    duties[key] = Duty(row.person, crew, min(one.post for one in home), row.kind, total, at=tuple(sorted(lines)))
    if row.kind == "loan":
        for (area, slot), (own, _) in found.shifts.items():
            shared = own.span.clip(shift.span).length
            if shared and (area, slot) != (row.area, row.slot):
                _missed(by_shift[area, slot], row.person, min(time, Fraction(shared)), row.at)


def _of_shift(found: _Day, at: tuple[str, str], duties: Mapping[Key, Duty]) -> ShiftDuty:
    shift, crews = found.shifts[at]
    unlisted = dict.fromkeys(one.crew for one in crews if one.crew and one.crew not in found.crews)
    return ShiftDuty(at[0], shift, crews, tuple(duty for _, duty in sorted(duties.items())), tuple(unlisted))


def person_time(day: Iterable[ShiftDuty]) -> dict[str, Fraction]:
    """Microseconds of every person on a production day, in person order."""
    total: dict[str, Fraction] = {}
    for shift in day:
        for duty in shift.duties:
            total[duty.person] = total.get(duty.person, Fraction(0)) + duty.time
    return {person: total[person] for person in sorted(total)}
