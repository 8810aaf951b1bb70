"""Reading what was published: the statements of a sealed shift, without computing anything."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from shiftledger.acts.acts import read_acts
from shiftledger.acts.exclusions import Exclusion, exclusions
from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, failing
from shiftledger.core.period import Span
from shiftledger.engine.services import ServiceStatement, service_areas, service_statements
from shiftledger.engine.settled import settled_days, settlements
from shiftledger.ledger.assumed import Assumption, assumed_text, with_assumptions
from shiftledger.ledger.book import Seal, last_seal_of, read_text, seals_of
from shiftledger.ledger.codes import L013, L015
from shiftledger.ledger.compared import comparable
from shiftledger.ledger.decision_rows import counted_by_area
from shiftledger.ledger.labour_codes import L033
from shiftledger.ledger.posting import SITE_PRIOR, Posting, balances
from shiftledger.ledger.results import read_postings, read_rows, read_statements
from shiftledger.ledger.savings import SAVING
from shiftledger.ledger.statement import Statement
from shiftledger.plant.cells import DayCells, cell_name, joint_cells
from shiftledger.plant.load import load_text, text_hash
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift, find_shift


@dataclass(frozen=True, slots=True)
class Published:
    """Statements of a shift, the balances of the site's accounts in it (cents), and their seal.

    Where the shift lies at different times in the areas asked for, there is no time that the site's accounts could be of: none.

    `late`: what came too late for the shift, in cents by the month in which it counts at site:prior-period. `decisions`: how many there
    are about readings behind each area's figures. `assumptions`: what each area's figures rest on that the text of that seal only assumes.
    `left_out`: which of the areas are left out of the ranking in this shift, as the seal knew it. # E5
    """

    statements: tuple[Statement, ...] = ()
    site: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    seal: Seal | None = None
    settled: bool = False
    decisions: Mapping[str, int] = field(default_factory=dict)
    services: tuple[ServiceStatement, ...] = ()
    assumptions: Mapping[str, tuple[Assumption, ...]] = field(default_factory=dict)
    left_out: tuple[Exclusion, ...] = ()


def published(plant: Plant, state: State, shift: str, area: str | None) -> Outcome[Published]:
    """The newest sealed statements of `shift`, of one area or of all; issues if there are none."""
    day = _day_of(shift)
    seal = last_seal_of(state, day) if day else None
    if day is None or seal is None:
        unknown = find_shift(plant, shift)
        remedy = f"Close it first: shiftledger close PLANT --from {day} --to {day}"
        return Outcome(Published(), unknown.issues or (_missing(f"{shift} is not sealed", remedy),))
    closes = {day: seal.close_id}
    try:
        of_day = read_statements(state, closes).get(day, ())
        postings = read_postings(state, closes).get(day, ())
        decided = read_rows(state, "decisions", closes).get(day, [])
    except Exception as error:  # a damaged derived file raises whatever its reader raises
        return Outcome(Published(seal=seal), (_gone(day, f"cannot be read ({type(error).__name__})"),))
    if not of_day:
        return Outcome(Published(seal=seal), (_gone(day, "are missing"),))
    statements = tuple(s for s in of_day if s.shift == shift)
    if not statements:
        known = ", ".join(dict.fromkeys(s.shift for s in of_day))
        return Outcome(
            Published(seal=seal), find_shift(plant, shift).issues or (_missing(f"{shift} was not sealed", f"Sealed: {known}."),)
        )
    if area is not None and area not in {*(s.area for s in statements), *service_areas(plant)}:
        close = difflib.get_close_matches(area, sorted(s.area for s in statements), 1)
        hint = f"Closest: {close[0]}. " if close else ""
        areas = ", ".join(s.area for s in statements)
        own = ", ".join(s.shift for s in of_day if s.area == area)
        told = f"Its shifts: {own}." if own else f"{hint}Areas: {areas}."
        return Outcome(Published(seal=seal), (_missing(f'there is no statement of area "{area}" in {shift}', told),))
    chosen = tuple(s for s in statements if area in (None, s.area))
    cells = _cells(of_day, chosen or statements)
    rows = [row for row in postings if cell_name(row.shift) in cells]
    site = {
        account: cents for account, cents in balances(r for r in rows if r.kind != "prior").items() if account.startswith("site:")
    }
    late: dict[str, int] = {}
    for row in rows:
        if row.kind == "prior" and SITE_PRIOR in (row.source, row.target) and row.source != row.target:
            late[row.month] = late.get(row.month, 0) + (row.amount if row.source == SITE_PRIOR else -row.amount)
    behind = (row for row in decided if row["shift"] == shift or cell_name(row["shift"]) in cells)
    months = {month: late[month] for month in sorted(late)}
    jobs = _services(plant, state, seal, statements, rows, area)
    text = _text_then(plant, state, seal)
    assuming = assumed_text(text)
    marked = [with_assumptions(assuming, comparable(text, statement)) for statement in chosen]
    assumed = {statement.area: rests for statement, rests in marked if rests}
    shown = tuple(statement for statement, _ in marked)
    gone = tuple(
        one
        for one in exclusions(read_acts(state), seal.knowledge.acts_in_time)
        if one.shift == shift and area in (None, one.area)
    )
    counted = counted_by_area(plant, behind)
    found = Published(shown, site, months, seal, _is_settled(state, day), counted, jobs, assumed, gone)
    return Outcome(found, _unshown_jobs(plant, shift, statements, postings, area))


def _unshown_jobs(
    plant: Plant, shift: str, statements: Sequence[Statement], postings: Sequence[Posting], area: str | None
) -> tuple[Issue, ...]:
    """L033 for each service area whose jobs of the day no shift of that name shows. # L8, T2"""
    if len({(s.start, s.end) for s in statements}) == 1:
        return ()
    posted = {row.source.partition(":")[2] for row in postings if row.source.startswith(f"{SAVING}:")}
    asked = [one for one in service_areas(plant) if one == area or (area is None and one in posted)]
    day = shift.partition(".")[0]
    message = "{}: {} lies at different times in {}, so its jobs are not shown by shift"
    areas = " and ".join(s.area for s in statements)
    return tuple(
        Issue(
            L033.code,
            L033.severity,
            message.format(one, shift, areas),
            Location("services.csv"),
            f"See the day's: shiftledger explain PLANT ledger/{day}/{SAVING}:{one}",
        )
        for one in asked
    )


def _text_then(plant: Plant, state: State, seal: Seal) -> Plant:
    """The plant as the seal's text says it; today's where that text is today's, or does not load any more."""
    text = None if seal.text_hash == text_hash(plant) else read_text(state, seal.text_hash)
    loaded = load_text(text, plant.root) if text is not None else None
    return plant if loaded is None or failing(loaded.issues) else loaded.result


def _services(
    plant: Plant, state: State, seal: Seal, statements: Sequence[Statement], rows: Sequence[Posting], area: str | None
) -> tuple[ServiceStatement, ...]:
    """The statements of service areas; none where the shift lies at different times in different areas. # L8, T2"""
    spans = {(s.start, s.end) for s in statements}
    if not plant.services or len(spans) > 1:
        return ()
    return service_statements(plant, statements[0].shift, Span(*spans.pop()), rows, read_acts(state), seal.knowledge.act, area)


def _cells(of_day: Sequence[Statement], chosen: Sequence[Statement]) -> set[str]:
    """The cells of the chosen statements; none where these lie at different times. # T2"""
    of_chosen = {row.cells for row in told_cells(of_day).shifts for s in chosen if (row.area, row.shift.id) == (s.area, s.shift)}
    return {cell_name(cell.id) for cell in of_chosen.pop()} if len(of_chosen) == 1 else set()


def told_cells(of_day: Sequence[Statement]) -> DayCells:
    """The cells of a day as its statements tell them, whatever today's text says; their ids by `cell_name`. # T2"""
    by_area: dict[str, list[Shift]] = {}
    for s in sorted(of_day, key=lambda s: (s.start, s.end)):
        day, _, slot = s.shift.partition(".")
        by_area.setdefault(s.area, []).append(Shift(s.shift, date.fromisoformat(day), slot, Span(s.start, s.end)))
    return joint_cells(by_area, (), ZoneInfo("UTC"))


def _day_of(shift: str) -> date | None:
    try:
        return date.fromisoformat(shift.partition(".")[0])
    except ValueError:
        return None


def _is_settled(state: State, day: date) -> bool:
    """True if a settlement binds a seal of the day."""
    settles = settlements(read_acts(state)).standing.values()
    return bool(settles) and day in settled_days(seals_of(state, day), settles)


def _missing(message: str, remedy: str) -> Issue:
    return Issue(L013.code, L013.severity, message, Location("statement"), remedy)


def _gone(day: date, why: str) -> Issue:
    remedy = (
        f"They are derived: delete the results folder if it is damaged, then shiftledger close PLANT --from {day} --to {day}."
    )
    return Issue(L015.code, L015.severity, f"the results of {day} {why}", Location("results"), remedy)
