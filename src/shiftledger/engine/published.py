"""Reading what was published: the statements of a sealed shift, without computing anything."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shiftledger.acts.acts import read_acts
from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.ledger.book import Seal, last_seal_of
from shiftledger.ledger.codes import L013, L015
from shiftledger.ledger.posting import balances
from shiftledger.ledger.results import read_postings, read_statements
from shiftledger.ledger.statement import Statement
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import find_shift, month_of


@dataclass(frozen=True, slots=True)
class Published:
    """Statements of a shift, the balances of the site's accounts in it (cents), and their seal."""

    statements: tuple[Statement, ...] = ()
    site: Mapping[str, int] = field(default_factory=dict)
    seal: Seal | None = None
    settled: bool = False


def published(plant: Plant, state: State, shift: str, area: str | None) -> Outcome[Published]:
    """The newest sealed statements of `shift`, of one area or of all; issues if there are none."""
    found = find_shift(plant, shift)
    if found.result is None:
        return Outcome(Published(), found.issues)
    day = found.result.day
    seal = last_seal_of(state, day)
    if seal is None:
        return Outcome(
            Published(), (_missing(f"{shift} is not sealed", f"Close it first: shiftledger close PLANT --from {day} --to {day}"),)
        )
    month = month_of(plant, day)
    try:
        closes = {day: seal.close_id}
        statements = tuple(s for s in read_statements(state, month, closes).get(day, ()) if s.shift == shift)
        postings = read_postings(state, month, closes).get(day, ())
    except Exception as error:  # a damaged derived file raises whatever its reader raises
        return Outcome(Published(seal=seal), (_gone(day, f"cannot be read ({type(error).__name__})"),))
    if not statements:
        return Outcome(Published(seal=seal), (_gone(day, "are missing"),))
    if area is not None and area not in {s.area for s in statements}:
        close = difflib.get_close_matches(area, sorted(s.area for s in statements), 1)
        hint = f"Closest: {close[0]}. " if close else ""
        areas = ", ".join(s.area for s in statements)
        return Outcome(
            Published(seal=seal), (_missing(f'there is no statement of area "{area}" in {shift}', f"{hint}Areas: {areas}."),)
        )
    site = {
        account: cents
        for account, cents in balances(p for p in postings if p.shift == shift).items()
        if account.startswith("site:")
    }
    chosen = tuple(s for s in statements if area in (None, s.area))
    return Outcome(Published(chosen, site, seal, _is_settled(state, month)))


def _is_settled(state: State, month: str) -> bool:
    return any(act.kind == "settle" and act.body.get("month") == month for act in read_acts(state))


def _missing(message: str, remedy: str) -> Issue:
    return Issue(L013.code, L013.severity, message, Location("statement"), remedy)


def _gone(day: date, why: str) -> Issue:
    remedy = (
        f"They are derived: delete the results folder if it is damaged, then shiftledger close PLANT --from {day} --to {day}."
    )
    return Issue(L015.code, L015.severity, f"the results of {day} {why}", Location("results"), remedy)
