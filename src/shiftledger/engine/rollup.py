"""What did areas, crews, groups, days, months or whole plants earn together? Sums of what was sealed, nothing computed anew (I1, L2).

V is added over all shifts, its error vectors too, so that what persists adds up and what cancels between shifts cancels (Q6). The
four columns and the bridge are added over the shifts that can be compared; how many these are stands beside them (I8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.core.uncertainty import combine, standard_uncertainty
from shiftledger.engine.books import Books, month_in, open_books, stored_plant
from shiftledger.engine.published import told_cells
from shiftledger.ledger.assumed import Assumption, assumed_text, merged, with_assumptions
from shiftledger.ledger.codes import L013, L017
from shiftledger.ledger.posting import Posting, balances
from shiftledger.ledger.results import read_postings, read_rows, read_statements
from shiftledger.ledger.statement import Statement, Step
from shiftledger.plant.cells import cell_name
from shiftledger.plant.load import text_hash
from shiftledger.plant.model import Plant

GRAINS = ("plant", "area", "crew", "group", "shift", "day", "month")
BY_CREW = ("crew", "group")
OF_AREAS = ("area:", "state:")
FROM_PLAN = ("volume", "mix", "time")  # steps between Plan and Standard
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RollupRow:
    """Cents. `value` over all `shifts`; `actual` and the columns over the `compared` ones: plan + steps = actual, or from standard.

    `plan` is absent as soon as one of the compared shifts has none. Crews that shared a shift have V by their intervals; that shift is
    compared for none of them.
    """

    key: Key
    shifts: int
    value: int
    sigma: float
    compared: int
    plan: int | None
    standard: int | None
    allowed: int | None
    actual: int | None
    steps: tuple[Step, ...]
    assumptions: tuple[Assumption, ...] = ()  # what V and the columns rest on, as the texts of the seals say


@dataclass(frozen=True, slots=True)
class Rollup:
    """`site`: balances of the site's accounts; `stocks`, `outside`: what the others took; areas + site = stocks + outside. # L2"""

    by: Key
    days: int
    first: date | None
    last: date | None
    rows: tuple[RollupRow, ...]
    areas: int
    site: Mapping[str, int]
    stocks: int
    outside: int
    plants: int = 1

    @property
    def result(self) -> int:
        return self.areas + sum(self.site.values())

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What any of the rows rests on, once."""
        return merged(*(row.assumptions for row in self.rows))


@dataclass(frozen=True, slots=True)
class _Part:
    """One statement's part of a row: the whole of it, or what one of its crews has."""

    key: Key
    plant: str
    value: int
    errors: Mapping[str, float]
    statement: Statement
    whole: bool
    assumptions: tuple[Assumption, ...] = ()


def rollup(
    plants: Sequence[tuple[Plant, State]], start: date | None, end: date | None, month: str | None, by: Sequence[str]
) -> Outcome[Rollup | None]:
    """Sealed shifts from `start` to `end` (labels, both included; None: open), or those that count in the accounting month, by grains.

    With a month its prior-period rows count, too; with days they stay out, as in the shifts' statements.
    """
    problems = _problems(plants, by)
    if problems:
        return Outcome(None, problems)
    parts: list[_Part] = []
    rows: list[Posting] = []
    days: list[date] = []
    for plant, state in plants:
        books = open_books(plant, state)
        chosen = _chosen(books, start, end, month)
        found = _read(books, chosen)
        of_month = [p for p in found.postings if p.kind != "prior" and (month is None or p.month == month)]
        rows += of_month + (_late_of(books, month) if month else [])
        rests = _assumed(books, found.statements)
        parts += (
            replace(p, assumptions=rests[p.statement.shift, p.statement.area]) for p in _parts(plant, found, of_month, tuple(by))
        )
        days += chosen
    if not days:
        remedy = "Close days first (shiftledger close), or give days that are closed."
        return Outcome(None, (Issue(L013.code, L013.severity, "nothing is sealed there", Location("rollup"), remedy),))
    apart = _apart(parts, by)
    if apart:
        return Outcome(None, (apart,))
    grouped: dict[Key, list[_Part]] = {}
    for part in parts:
        grouped.setdefault(part.key, []).append(part)
    totals = balances(rows)
    areas, stocks, outside = (
        sum(cents for account, cents in totals.items() if account.startswith(family))
        for family in (OF_AREAS, ("stock:",), ("outside",))
    )
    site = {account: cents for account, cents in totals.items() if account.startswith("site:") and cents}
    return Outcome(
        Rollup(
            tuple(by),
            len(set(days)),
            min(days),
            max(days),
            tuple(_row(key, grouped[key]) for key in sorted(grouped)),
            areas,
            site,
            -stocks,
            -outside,
            len(plants),
        )
    )


def _problems(plants: Sequence[tuple[Plant, State]], by: Sequence[str]) -> tuple[Issue, ...]:
    found = []
    for grain in by:
        if grain not in GRAINS:
            found.append(
                Issue(L017.code, L017.severity, f'"{grain}" is no grain', Location("--by"), f"Grains: {', '.join(GRAINS)}.")
            )
    money = sorted({f"{plant.settings.currency} with {plant.settings.money_decimals} decimals" for plant, _ in plants})
    if len(money) > 1:
        message = f"the plants count in different money: {', '.join(money)}"
        found.append(Issue(L017.code, L017.severity, message, Location("rollup"), "Roll up plants of one currency at a time."))
    ids = Counter(plant.settings.id for plant, _ in plants)
    for twice in sorted(key for key, times in ids.items() if times > 1):
        remedy = "Name each folder once, and give each plant an id of its own in plant.toml: it moves no figure."
        found.append(Issue(L017.code, L017.severity, f'{ids[twice]} plants are called "{twice}"', Location("rollup"), remedy))
    return tuple(found)


def _apart(parts: Iterable[_Part], by: Sequence[str]) -> Issue | None:
    """Shifts of one name at different times are not added up: such a sum belongs to no time. # T2"""
    times: dict[Key, set[tuple[int, int]]] = {}
    for part in parts if "shift" in by else ():
        times.setdefault(part.key, set()).add((part.statement.start, part.statement.end))
    apart = sorted({part for key, spans in times.items() if len(spans) > 1 for part in key[by.index("shift")].split()})
    if not apart:
        return None
    message = f"areas have shifts of one name at different times, such as {apart[0]}"
    return Issue(L017.code, L017.severity, message, Location("--by"), "Add area: --by area,shift.")


def _chosen(books: Books, start: date | None, end: date | None, month: str | None) -> list[date]:
    days = (day for day in books.latest if (start is None or start <= day) and (end is None or day <= end))
    return [day for day in days if month is None or month == month_in(books, day)]


@dataclass(frozen=True, slots=True)
class _Sealed:
    statements: tuple[Statement, ...]
    postings: tuple[Posting, ...]
    errors: Mapping[str, dict[str, float]]  # by posting


def _read(books: Books, days: Sequence[date]) -> _Sealed:
    """What the newest seals of the days sealed."""
    closes = {day: books.latest[day].close_id for day in days}
    errors: dict[str, dict[str, float]] = {}
    for found in read_rows(books.state, "errors", closes).values():
        for row in found:
            vector = errors.setdefault(row["posting"], {})  # parallel streams share a key: their errors add up
            vector[row["source"]] = vector.get(row["source"], 0.0) + row["contribution"]
    statements = tuple(s for day in read_statements(books.state, closes).values() for s in day)
    return _Sealed(statements, tuple(p for day in read_postings(books.state, closes).values() for p in day), errors)


def _late_of(books: Books, month: str) -> list[Posting]:
    """Prior-period rows that count in the month, whatever days they belong to. # L6"""
    late = [day for day, seal in books.latest.items() if month in {step[2] for step in seal.knowledge.steps}]
    return [p for p in _read(books, late).postings if p.kind == "prior" and p.month == month] if late else []


def _parts(plant: Plant, found: _Sealed, postings: Iterable[Posting], by: Key) -> Iterable[_Part]:
    """Each statement once, or once for each of its crews."""
    of_area: dict[tuple[str, str], list[tuple[int, Posting]]] = {}
    shifts = shifts_of_cells(found.statements)
    for row in postings:
        ends = (_area_of(plant, row.source), _area_of(plant, row.target))
        for sign, area in zip((1, -1), ends, strict=True):
            if area and ends[0] != ends[1]:
                shift = shifts.get((cell_name(row.shift), area), row.shift)
                of_area.setdefault((shift, area), []).append((sign, row))
    for statement in found.statements:
        rows = of_area.get((statement.shift, statement.area), [])
        crews = {row.crew_of(statement.area) for _, row in rows} | set(statement.crews) if set(by) & set(BY_CREW) else {None}
        for crew in sorted(crews, key=str):
            own = [(sign, row) for sign, row in rows if crew is None or row.crew_of(statement.area) == crew]
            once = dict.fromkeys((sign, "|".join(row.sort_key)) for sign, row in own)  # a key has the errors of all its rows
            errors = combine((sign, found.errors.get(key, {})) for sign, key in once)
            key = tuple(_name(plant, statement, crew or "", grain) for grain in by)
            errors = {f"{plant.settings.id}/{source}": part for source, part in errors.items()}  # plants share no meter # Q6
            yield _Part(
                key,
                plant.settings.id,
                sum(sign * row.amount for sign, row in own),
                errors,
                statement,
                crew is None or len(crews) == 1,
            )


@dataclass(frozen=True, slots=True)
class ShiftValue:
    """A sealed statement with the error vector of its V (currency by source), true-ups included. # Q6"""

    statement: Statement
    errors: Mapping[str, float]


def shift_values(plant: Plant, state: State, day: date) -> Outcome[tuple[ShiftValue, ...]]:
    """V of every area and shift of a sealed day with what it may err by; L013 if the day is not sealed."""
    books = open_books(plant, state)
    if day not in books.latest:
        remedy = f"Close it first: shiftledger close PLANT --from {day} --to {day}"
        return Outcome((), (Issue(L013.code, L013.severity, f"{day} is not sealed", Location("day"), remedy),))
    found = _read(books, [day])
    parts = _parts(plant, found, [row for row in found.postings if row.kind != "prior"], ("area", "shift"))
    return Outcome(tuple(ShiftValue(part.statement, part.errors) for part in parts))


def crew_values(plant: Plant, statements: Sequence[Statement], postings: Sequence[Posting]) -> dict[tuple[str, str, str], int]:
    """What each crew has of its shifts' V, in cents: by shift, area and crew ("<area>/" for nobody). # L3"""
    parts = _parts(plant, _Sealed(tuple(statements), (), {}), postings, ("shift", "area", "crew"))
    return {(part.key[0], part.key[1], part.key[2]): part.value for part in parts}


def shifts_of_cells(statements: Iterable[Statement]) -> dict[tuple[str, str], str]:
    """The shift of each area, by name of the cell (`cell_name`) and area, in which a cell lies. # T2"""
    by_day: dict[str, list[Statement]] = {}
    for statement in statements:
        by_day.setdefault(statement.day, []).append(statement)
    rows = (row for of_day in by_day.values() for row in told_cells(of_day).shifts)
    return {(cell_name(cell.id), row.area): row.shift.id for row in rows for cell in row.cells}


def _area_of(plant: Plant, account: str) -> str:
    """The area whose value the account is a part of: its own, or that of one of its states; "" for all others. # L3"""
    family, _, name = account.partition(":")
    if family == "state":
        return plant.states[name].area if name in plant.states else ""
    return name if family == "area" else ""


def _name(plant: Plant, statement: Statement, crew: str, grain: str) -> str:
    names = {
        "plant": plant.settings.id,
        "area": statement.area,
        "crew": crew or f"{statement.area}/",
        "group": crew.rpartition("/")[2],
    }
    return {**names, "shift": statement.shift, "day": statement.day, "month": statement.month}[grain]


def _row(key: Key, parts: Sequence[_Part]) -> RollupRow:
    compared = [p.statement for p in parts if p.whole and p.statement.complete and p.statement.standard is not None]
    plan = _sum(s.plan for s in compared)
    steps: dict[tuple[str, str], int] = {}
    for statement in compared:
        for step in statement.steps:
            if plan is None and step.name in FROM_PLAN:  # the bridge begins at Standard then
                continue
            steps[(step.name, step.item)] = steps.get((step.name, step.item), 0) + step.amount
    return RollupRow(
        key,
        len({(p.plant, p.statement.area, p.statement.shift) for p in parts}),
        sum(p.value for p in parts),
        standard_uncertainty(combine((1.0, p.errors) for p in parts)),
        len(compared),
        plan,
        _sum(s.standard for s in compared),
        _sum(s.allowed for s in compared),
        _sum(s.value for s in compared),
        _in_order(steps),
        merged(*(p.assumptions for p in parts)),
    )


def _assumed(books: Books, statements: Iterable[Statement]) -> dict[tuple[str, str], tuple[Assumption, ...]]:
    """What each statement rests on by shift and area, as the text of its day's seal says. # I7"""
    texts = {text_hash(books.plant): assumed_text(books.plant)}
    found = {}
    for statement in statements:
        key = books.latest[date.fromisoformat(statement.day)].text_hash
        if key not in texts:
            texts[key] = assumed_text(stored_plant(books, key) or books.plant)
        found[statement.shift, statement.area] = with_assumptions(texts[key], statement)[1]
    return found


def _in_order(steps: Mapping[tuple[str, str], int]) -> tuple[Step, ...]:
    """Steps of one name together, in the order in which the statements have them. # L4"""
    names = list(dict.fromkeys(name for name, _ in steps))
    return tuple(Step(name, item, steps[name, item]) for name, item in sorted(steps, key=lambda s: (names.index(s[0]), s[1])))


def _sum(values: Iterable[int | None]) -> int | None:
    """A sum that is absent where nothing is added or one of its terms is. # I8"""
    terms = list(values)
    return sum(v for v in terms if v is not None) if terms and None not in terms else None
