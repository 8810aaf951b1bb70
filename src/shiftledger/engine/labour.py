"""How many persons were on duty, for how many hours, and what did an hour of theirs put out? By series, area, crew and month (T3, T4).

Hours follow from today's text, output from sealed books: a reading of both, never an input of either. Productivity divides the
output of the shifts that are sealed and known by the hours of the same shifts, so it is absent rather than too low (I8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from shiftledger.acts.codes import A006
from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Kind, Location, Outcome
from shiftledger.core.money import rounded, to_decimal
from shiftledger.core.period import HOUR
from shiftledger.engine.rollup import shifts_of_cells
from shiftledger.ledger.book import latest, read_seals
from shiftledger.ledger.labour_codes import L030, L031
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import read_postings, read_statements
from shiftledger.ledger.statement import Statement
from shiftledger.plant.cells import cell_name
from shiftledger.plant.duty import Duty, ShiftDuty, duties_on, heads_on
from shiftledger.plant.lineage import Family, families, given_by, outputs_of, stays_inside
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.people import Member
from shiftledger.plant.roster import find_shift, month_days, month_of

GRAINS = ("series", "area", "crew", "month", "shift")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """What was put out in the counted shifts. `per_hour`: per person-hour of theirs; `per_person`: per person and month, of whole months whose
    shifts all count."""

    material: str
    unit: str
    qty: Decimal
    per_hour: Decimal | None
    per_person: Decimal | None
    quantum: Decimal = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class LabourRow:
    """Hours of two decimals, rounded once. `members`: persons on the books by days of the row's period, part-time by share.

    `on_duty`: persons on duty in a shift, on average. `hours` and `on_duty` are None where nobody is listed. `missed`: hours of leave and
    absence, `extra` of overtime. `counted`: shifts whose hours and output are both known; `counted_hours`: their hours. `unlisted`: shifts of
    which some crew's people are not known. `changes`: days inside on which areas succeeded others. `exact_hours`, `person_months`: what
    output is divided by, before any rounding; None where it is divided by nothing.
    """

    key: Key
    shifts: int
    sealed: int
    counted: int
    unlisted: int
    members: Decimal
    on_duty: Decimal | None
    hours: Decimal | None
    missed: Decimal
    extra: Decimal
    counted_hours: Decimal
    outputs: tuple[Output, ...]
    changes: tuple[date, ...] = ()
    exact_hours: Fraction | None = None
    person_months: Fraction | None = None

    @property
    def provisional(self) -> bool:
        """True until every shift of the row is sealed."""
        return self.sealed < self.shifts


@dataclass(frozen=True, slots=True)
class Present:
    """A person in a shift: hours, missed hours, and the lines of text (file:line) from which they follow."""

    shift: str
    area: str
    person: str
    crew: str
    post: str
    why: str
    hours: Decimal
    missed: Decimal
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labour:
    """Rows by key; `present`: everybody of the shift that was asked for. `series`: the areas of each series of several."""

    by: Key
    first: date
    last: date
    rows: tuple[LabourRow, ...]
    present: tuple[Present, ...] = ()
    series: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """One crew's part of a shift of an area. `output` None: not sealed, or not known. `known`: its people are listed."""

    key: Key
    shift: tuple[str, str]  # shift, area
    day: date
    crew: str
    duties: tuple[Duty, ...]
    known: bool
    sealed: bool
    output: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class _Books:
    """What all rows share: grains, the days asked for, the family of each area, members by crew and day."""

    grains: Key
    days: tuple[date, ...]
    lines: Mapping[str, Family]
    heads: Mapping[tuple[str, date], Fraction]

    def areas_of(self, area: str) -> tuple[str, ...]:
        return self.lines[area].areas if "series" in self.grains else (area,)

    def days_of(self, plant: Plant, key: Key, parts: Sequence[_Part]) -> tuple[date, ...]:
        """The days over which a row counts its members: the row's month, its shift's day, or all that was asked for."""
        if "shift" in self.grains:
            return tuple(sorted({part.day for part in parts}))
        month = key[self.grains.index("month")] if "month" in self.grains else None
        return tuple(day for day in self.days if month is None or month_of(plant, day) == month)


def labour(
    plant: Plant, state: State | None, start: date | None, end: date | None, month: str | None, by: Sequence[str], shift: str = ""
) -> Outcome[Labour | None]:
    """Persons, hours and physical productivity from `start` to `end` (labels, both included), in a month, or of one shift. # T3, T4

    Without any of them: the month of the newest sealed day. `state` None: no books yet, so no output is known.
    """
    grains = tuple(by) if {"series", "area", "crew"} & set(by) else ("series", *by)
    unknown = [grain for grain in grains if grain not in GRAINS]
    if unknown:
        return _refused(L031, f'"{unknown[0]}" is no grain', "--by")
    days, problem = _days(plant, state, start, end, month, shift)
    if problem or not days:
        return problem or _refused(
            A006, "there are no days to look at: nothing is sealed", "--month", "Give --month, or --from and --to."
        )
    lines = families(plant)
    sealed = _Sealed.read(state, days)
    parts, present, heads = list[_Part](), list[Present](), dict[tuple[str, date], Fraction]()
    for day in days:
        for found in duties_on(plant, day):
            if shift in ("", found.shift.id):
                parts += _parts(plant, found, grains, lines, sealed)
                present += _present(found) if shift else []
        heads |= {(crew, day): share for crew, share in heads_on(plant, day).items()}
    grouped: dict[Key, list[_Part]] = {}
    for part in parts:
        grouped.setdefault(part.key, []).append(part)
    books = _Books(grains, days, lines, heads)
    rows = tuple(_row(plant, key, grouped[key], books) for key in sorted(grouped))
    series = {one.id: one.areas for one in lines.values() if len(one.areas) > 1}
    return Outcome(Labour(grains, days[0], days[-1], rows, tuple(present), series), _unlisted(plant, parts))


def _refused(kind: Kind, message: str, where: str, remedy: str = "") -> Outcome[Labour | None]:
    return Outcome(None, (Issue(kind.code, kind.severity, message, Location(where), remedy or kind.explanation),))


def _days(
    plant: Plant, state: State | None, start: date | None, end: date | None, month: str | None, shift: str
) -> tuple[tuple[date, ...], Outcome[Labour | None] | None]:
    """The days asked for, or why there are none."""
    if shift:
        asked = find_shift(plant, shift)
        return ((asked.result.day,), None) if asked.result else ((), Outcome(None, asked.issues))
    newest = sorted(latest(read_seals(state))) if state else []
    if month is None and start is None and end is None and newest:
        month = month_of(plant, newest[-1])
    if month is not None:
        try:
            days = month_days(plant, month)
        except ValueError:
            return (), _refused(A006, f"{month!r} is no month", "--month", "Write it as 2026-03.")
        return tuple(day for day in days if (start or day) <= day <= (end or day)), None
    first, last = start or (newest[0] if newest else end), end or (newest[-1] if newest else start)
    if first is None or last is None:
        return (), None
    if first > last:
        return (), _refused(A006, f"{first} lies after {last}", "--from")
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1)), None


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What the newest seals say: days, statements by (shift, area), rows that areas gave by (shift, area)."""

    days: frozenset[date]
    statements: Mapping[tuple[str, str], Statement]
    given: Mapping[tuple[str, str], tuple[Posting, ...]]

    @classmethod
    def read(cls, state: State | None, days: Sequence[date]) -> _Sealed:
        seals = latest(read_seals(state)) if state else {}
        closes = {day: seals[day].close_id for day in days if day in seals}
        if state is None or not closes:
            return cls(frozenset(), {}, {})
        told = [one for day in read_statements(state, closes).values() for one in day]
        shifts = shifts_of_cells(told)
        given: dict[tuple[str, str], list[Posting]] = {}
        for row in (row for day in read_postings(state, closes).values() for row in day):
            family, _, area = row.source.partition(":")
            if family == "area" and row.kind in ("flow", "trueup"):
                shift = shifts.get((cell_name(row.shift), area), row.shift)
                given.setdefault((shift, area), []).append(row)
        return cls(frozenset(closes), {(s.shift, s.area): s for s in told}, {key: tuple(rows) for key, rows in given.items()})


def _parts(plant: Plant, found: ShiftDuty, grains: Key, lines: Mapping[str, Family], sealed: _Sealed) -> Iterable[_Part]:
    """A shift of an area, once for each crew that ran it or worked in it."""
    at, day = (found.shift.id, found.area), found.shift.day
    inside = frozenset(lines[found.area].areas if "series" in grains else (found.area,))
    whole = _output(plant, at, day, inside, sealed)
    crews = {one.crew for one in found.crews} | {duty.crew for duty in found.duties} | set(whole or ())
    known = not found.unlisted
    if whole and any(whole.get("", {}).values()):  # put out by people of whom the roster knows nothing
        whole = None
    for crew in sorted(crews):
        names = {
            "series": lines[found.area].id,
            "area": found.area,
            "crew": crew or f"{found.area}/",
            "month": month_of(plant, day),
            "shift": at[0],
        }
        own = tuple(duty for duty in found.duties if duty.crew == crew)
        output = None if whole is None else whole.get(crew, {})
        alone = known if "crew" not in grains else crew not in found.unlisted
        yield _Part(tuple(names[grain] for grain in grains), at, day, crew, own, alone, day in sealed.days, output)


def _output(
    plant: Plant, at: tuple[str, str], day: date, inside: frozenset[str], sealed: _Sealed
) -> dict[str, dict[str, int]] | None:
    """Quanta by crew and material that left the areas `inside`; None if that is not known. No declared output is none, not unknown."""
    if day not in sealed.days:
        return None
    named = outputs_of(plant, at[1], day)
    if not named:
        return {}
    statement = sealed.statements.get(at)
    streams = {row.id for row in given_by(plant, at[1], day) if row.material in named}
    if statement is None or streams & {*statement.absent, *statement.partial}:
        return None
    found: dict[str, dict[str, int]] = {}
    for row in sealed.given.get(at, ()):
        material = row.what.partition("@")[0]
        if material in named and not stays_inside(plant, inside, row.target, day):
            of_crew = found.setdefault(row.crew_of(at[1]), {})
            of_crew[material] = of_crew.get(material, 0) + row.qty
    for material in named:  # what is known to be none
        if any(
            stream.material == material and _leaves(plant, stream.target, inside, day) for stream in given_by(plant, at[1], day)
        ):
            for crew in statement.crews:
                found.setdefault(crew, {}).setdefault(material, 0)
    return found


def _leaves(plant: Plant, node: str, inside: frozenset[str], day: date) -> bool:
    return not stays_inside(plant, inside, plant.account_of(node), day)


def _row(plant: Plant, key: Key, parts: Sequence[_Part], books: _Books) -> LabourRow:
    known = [part for part in parts if part.known]
    counted = [part for part in known if part.output is not None]
    shifts, days = {part.shift for part in parts}, books.days_of(plant, key, parts)
    denominator = _hours(duty.time for part in counted for duty in part.duties)
    members = _members(parts, days, books)
    at_work = {(part.shift, duty.person) for part in known for duty in part.duties if duty.time}
    staffed = {part.shift for part in known}
    changes = {day for part in parts for day in books.lines[part.shift[1]].changes if "series" in books.grains}
    months = _person_months(plant, members) if len(counted) == len(parts) else None
    return LabourRow(
        key,
        len(shifts),
        len({part.shift for part in parts if part.sealed}),
        len({part.shift for part in counted}),
        len({part.shift for part in parts if not part.known}),
        rounded(sum(members.values(), Fraction(0)) / len(members), 2),
        rounded(Fraction(len(at_work), len(staffed)), 2) if staffed else None,
        rounded(_hours(duty.time for part in known for duty in part.duties), 2) if known else None,
        rounded(_hours(duty.missed for part in parts for duty in part.duties), 2),
        rounded(_hours(duty.time for part in parts for duty in part.duties if duty.why == "overtime"), 2),
        rounded(denominator, 2),
        _outputs(plant, counted, denominator, months),
        tuple(sorted(changes & set(days))),
        denominator or None,
        months,
    )


def _hours(times: Iterable[Fraction]) -> Fraction:
    return sum(times, Fraction(0)) / HOUR


def _members(parts: Sequence[_Part], days: Sequence[date], books: _Books) -> dict[date, Fraction]:
    """Members of the row's crews on each of its days: people who move count by days, and crews add up to their area. # T4"""
    if {"crew", "shift"} & set(books.grains):
        wanted = {part.crew for part in parts}
        return {day: sum((books.heads.get((crew, day), Fraction(0)) for crew in sorted(wanted)), Fraction(0)) for day in days}
    areas = {area for part in parts for area in books.areas_of(part.shift[1])}
    of_day = dict.fromkeys(days, Fraction(0))
    for (crew, day), share in books.heads.items():
        if day in of_day and crew.rpartition("/")[0] in areas:
            of_day[day] += share
    return of_day


def _person_months(plant: Plant, members: Mapping[date, Fraction]) -> Fraction | None:
    """Members by days, in months; None unless the days are whole accounting months. # T2, T4"""
    total, seen = Fraction(0), 0
    for month in sorted({month_of(plant, day) for day in members}):
        days = month_days(plant, month)
        if not set(days) <= set(members):
            return None
        total, seen = total + sum((members[day] for day in days), Fraction(0)) / len(days), seen + len(days)
    return total if total and seen == len(members) else None


def _outputs(plant: Plant, counted: Sequence[_Part], hours: Fraction, months: Fraction | None) -> tuple[Output, ...]:
    """Each product by itself; productivity is absent where there are no hours, or no whole month of known shifts. # I8"""
    quanta: dict[str, int] = {}
    for part in counted:
        for material, more in (part.output or {}).items():
            quanta[material] = quanta.get(material, 0) + more
    found = []
    for material in sorted(quanta):
        row = plant.materials[material]
        made = to_decimal(quanta[material], row.quantum)
        per_hour = rounded(Fraction(made) / hours, 4) if hours else None
        found.append(
            Output(material, row.unit, made, per_hour, rounded(Fraction(made) / months, 2) if months else None, row.quantum)
        )
    return tuple(found)


def _present(found: ShiftDuty) -> Iterable[Present]:
    for duty in found.duties:
        yield Present(
            found.shift.id,
            found.area,
            duty.person,
            duty.crew,
            duty.post,
            duty.why,
            rounded(duty.time / HOUR, 2),
            rounded(duty.missed / HOUR, 2),
            tuple(str(at) for at in duty.at),
        )


def _unlisted(plant: Plant, parts: Sequence[_Part]) -> tuple[Issue, ...]:
    """Crews that ran shifts and have no member then. # I8"""
    if not plant.members:
        message = "there is no members.csv with members: hours are unknown"
        return (
            Issue(L030.code, L030.severity, message, Location("members.csv"), "Write who belongs to which crew, and since when."),
        )
    members: dict[str, list[Member]] = {}
    for member in plant.members:
        members.setdefault(member.crew_id, []).append(member)
    shifts: dict[str, set[str]] = {}
    for part in parts:
        if part.crew and not any(valid_on(one, part.day) for one in members.get(part.crew, ())):
            shifts.setdefault(part.crew, set()).add(part.shift[0])
    return tuple(
        Issue(
            L030.code,
            L030.severity,
            f"crew {crew} has no member in {len(found)} of its shifts, such as {min(found)}: its hours are unknown",
            Location("members.csv"),
            "Add its members to members.csv, with the days from which they belong to it.",
        )
        for crew, found in sorted(shifts.items())
    )
