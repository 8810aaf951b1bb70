"""What would a close do, and what would it come to at another price set (L1, L7)? The same close in memory; nothing is stored.

With the name of a set every day is computed twice from the same readings and acts: as it stands, and with that set's prices for its
own. Settled days take part like open ones: it is a question, not a correction.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.engine.books import Books, knowledge_of, open_books, plant_of, read_window
from shiftledger.engine.inputs import trimmed
from shiftledger.engine.local import CHUNK, ClosedDay, Progress, compute, has_readings, no_readings, rehearse
from shiftledger.engine.rollup import crew_values
from shiftledger.ledger.codes import L023
from shiftledger.ledger.posting import Posting, balances
from shiftledger.ledger.results import DayResult, read_days
from shiftledger.plant.model import Plant
from shiftledger.plant.price_sets import at_set, price_set_on, set_names
from shiftledger.plant.roster import day_span

Values = dict[tuple[str, str, str], int]  # V in cents by shift, area and crew


@dataclass(frozen=True, slots=True)
class TriedShift:
    """V in cents of an area's shift, or of one crew's part of it; None where there is none, or where it cannot be computed."""

    shift: str
    area: str
    crew: str
    before: int | None
    after: int | None
    difference: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried. `prices`: the set, "" for the close as it stands; `governing`: the sets of the days otherwise.

    `days`: what would become of each ("would": it would be sealed); `rows` by shift, area and crew;
    `site`: cents of the site's accounts before and after, where they differ.
    """

    prices: str
    governing: tuple[str, ...]
    days: tuple[ClosedDay, ...]
    rows: tuple[TriedShift, ...]
    site: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def try_close(
    plant: Plant, state: State, days: Sequence[date], *, program: str, skip_empty: bool = False, progress: Progress | None = None
) -> Outcome[Trial]:
    """What a close of the days would seal, and how V would differ from what is sealed. # L7"""
    run = rehearse(plant, state, days, program=program, skip_empty=skip_empty, progress=progress)
    fresh, closes = run.result.fresh, run.result.latest
    books = open_books(plant, state)
    sealed = read_days(state, {result.day: closes[result.day] for result in fresh if result.day in closes})
    before, after = _values(books, sealed.values()), _values(books, fresh)
    rows = _rows(before, after, fresh)
    site = _site(sealed.values(), [result for result in fresh if result.day in sealed])
    told = tuple(ClosedDay(one.day, "would") if one.outcome == "sealed" else one for one in run.result.days)
    return Outcome(Trial("", _governing(plant, days), told, rows, site), run.issues)


def try_prices(
    plant: Plant, state: State, days: Sequence[date], prices: str, *, skip_empty: bool = False, progress: Progress | None = None
) -> Outcome[Trial | None]:
    """V of the days at the prices that govern and at those of another set. # L1"""
    if prices not in set_names(plant):
        return Outcome(None, (_no_such_set(plant, prices),))
    books = open_books(plant, state)
    issues: list[Issue] = []
    tried: list[ClosedDay] = []
    governed, drafted = list[DayResult](), list[DayResult]()
    for start in range(0, len(days), CHUNK):
        chunk = list(days[start : start + CHUNK])
        window = read_window(books, plant, chunk, books.batch)
        for number, day in enumerate(chunk, start + 1):
            own = plant_of(books, day)
            near = window if own is plant else read_window(books, own, [day], books.batch)
            kept = books.latest[day].knowledge.steps if day in books.latest else ()
            known = trimmed(own, day, near, knowledge_of(books, day), kept)
            if not has_readings(near, known, day_span(own, day)):
                issues += [] if skip_empty else [no_readings(day)]
                tried += [] if skip_empty else [ClosedDay(day, "untried")]
                continue
            fine = True
            for one, results in ((own, governed), (at_set(replace(own, prices=plant.prices), prices), drafted)):
                computed = compute(one, day, near, known)
                issues += computed.issues
                if failing(computed.issues):
                    fine = False
                else:
                    results.append(computed.result[1])
            tried.append(ClosedDay(day, "tried" if fine else "untried"))
            if progress:
                progress(day.isoformat(), number, len(days))
    both = {result.day for result in governed} & {result.day for result in drafted}
    rows = _rows(_values(books, governed), _values(books, drafted), [*governed, *drafted])
    site = _site(*([result for result in side if result.day in both] for side in (governed, drafted)))
    return Outcome(Trial(prices, _governing(plant, days), tuple(tried), rows, site), ordered(issues))


def _no_such_set(plant: Plant, prices: str) -> Issue:
    known = set_names(plant)
    near = difflib.get_close_matches(prices, known, 1, 0.5)
    hint = f"Closest: {near[0]}." if near else f"There are: {', '.join(known[:8])}."
    return Issue(L023.code, L023.severity, f'there is no price set "{prices[:60]}"', Location("--prices"), hint)


def _governing(plant: Plant, days: Iterable[date]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(price_set_on(plant, day) for day in days))


def _values(books: Books, results: Iterable[DayResult]) -> Values:
    """V by shift, area and crew, each day read with the text that holds for it."""
    found: Values = {}
    for result in results:
        counting = [row for row in result.postings if row.kind != "prior"]
        found |= crew_values(plant_of(books, result.day), result.statements, counting)
    return found


def _rows(before: Values, after: Values, results: Iterable[DayResult]) -> tuple[TriedShift, ...]:
    """Every key of both in order of time."""
    begins = {(s.shift, s.area): s.start for result in results for s in result.statements}
    keys = sorted(before.keys() | after.keys(), key=lambda key: (begins.get(key[:2], 0), *key))
    return tuple(TriedShift(*key, before.get(key), after.get(key), _less(after.get(key), before.get(key))) for key in keys)


def _less(value: int | None, other: int | None) -> int | None:
    return None if value is None or other is None else value - other


def _site(before: Iterable[DayResult], after: Iterable[DayResult]) -> dict[str, tuple[int, int]]:
    """The site's accounts that differ."""
    sides = [balances(_counting(results)) for results in (before, after)]
    accounts = sorted(account for account in {*sides[0], *sides[1]} if account.startswith("site:"))
    pairs = {account: (sides[0].get(account, 0), sides[1].get(account, 0)) for account in accounts}
    return {account: pair for account, pair in pairs.items() if pair[0] != pair[1]}


def _counting(results: Iterable[DayResult]) -> Iterable[Posting]:
    return (row for result in results for row in result.postings if row.kind != "prior")
