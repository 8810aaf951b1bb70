"""Settling a month: an act that binds to the seals of all its days (L7, R5)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from shiftledger.acts.acts import Act, append_act, checked, read_acts
from shiftledger.acts.codes import A002
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.engine.books import knowledge_of, open_books, read_window
from shiftledger.engine.difference import difference_sheet
from shiftledger.engine.inputs import input_of, trimmed
from shiftledger.engine.settled import settlements
from shiftledger.ledger.book import Seal, latest, month_hash, read_seals
from shiftledger.ledger.codes import L012
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import month_days


def settle(plant: Plant, state: State, act: Act) -> Outcome[Act | None]:
    """Record the settlement of a month whose days are all sealed and up to date; otherwise say what is missing. # L7

    Days of the month before the plant's first sealed day count as before the books began. The act's evidence is the list of seal hashes,
    in order of days; its `on_hash` the hash over their results and those of earlier days whose late rows count in the month.
    """
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    books = open_books(plant, state)
    month = act.body["month"]
    days = month_days(plant, month)
    problems = list(_problems(month, days, books.latest, month in books.months))
    if not problems:
        opened = min(books.latest)
        days = tuple(day for day in days if day >= opened and day not in books.settled)
        for chunk in (days[i : i + 31] for i in range(0, len(days), 31)):
            window = read_window(books, plant, chunk, books.batch)
            for day in chunk:
                seal = books.latest[day]
                known = trimmed(plant, day, window, knowledge_of(books, day), seal.knowledge.steps)
                if input_of(plant, day, window, known) != seal.input_hash:
                    problems.append(_problem(month, f"{day} has newer inputs than its seal"))
    if problems:
        return Outcome(None, ordered(problems))
    seals = [books.latest[day] for day in days]
    late = [books.latest[day] for day in books.settled if month in {m for _, _, m in books.latest[day].knowledge.steps}]
    evidence = act.evidence.split()
    if month in settlements(books.acts).reopened:  # a new version stands on its difference sheet
        sheet = difference_sheet(plant, state, month)
        if sheet.result is None:
            return Outcome(None, sheet.issues)
        evidence.append(f"sheet:{sheet.result.hash}")
    with writing(state) as connection:
        if latest(read_seals(state)) != dict(books.latest) or read_acts(state) != books.acts:
            return Outcome(None, (_problem(month, "somebody sealed days or recorded an act meanwhile"),))
        named = " ".join([*evidence, *(seal.hash for seal in seals)])
        bound = replace(act, on_hash=month_hash([*seals, *late]), evidence=named)
        made = append_act(connection, bound)
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


def fits(plant: Plant, act: Act) -> tuple[Issue, ...]:
    """What an act says of the plant that is not there: an act cannot be taken back, so it is checked first. # R5"""
    found = []
    tags = sorted({meter.tag for meter in plant.meters})
    jobs = sorted({row.job for row in plant.services if row.area == act.body.get("area")})
    places = (("event", "unit", sorted(plant.units)), ("event", "area", sorted(plant.areas)), ("event", "job", jobs))
    for kind, name, known in (("suspect", "tag", tags), *places):
        value = act.body.get(name, "")
        if act.kind == kind and value and value not in known:
            near = difflib.get_close_matches(value, known, 1)
            hint = f"Closest: {near[0]}." if near else f"There are: {', '.join(known[:8])}."
            found.append(
                Issue(A002.code, A002.severity, f'there is no {name} "{value}" in this plant', Location(f"act {kind}"), hint)
            )
    if act.kind in ("readmit", "drop"):  # it goes with reading the rows again # R4
        remedy = f"Use shiftledger quarantine {act.kind} PLANT ID ... --who ... --role ..."
        found.append(Issue(A002.code, A002.severity, f'"{act.kind}" is not recorded alone', Location(f"act {act.kind}"), remedy))
    return tuple(found)


def _problems(month: str, days: Sequence[date], newest: Mapping[date, Seal], settled: bool) -> list[Issue]:
    if settled:
        return [_problem(month, "it is settled already")]
    if not newest:
        return [_problem(month, "no day is sealed")]
    opened = min(newest)
    missing = [day for day in days if day not in newest and day >= opened]
    if not [day for day in days if day >= opened]:
        return [_problem(month, f"the books began on {opened}")]
    return (
        [_problem(month, f"not sealed: {', '.join(map(str, missing[:5]))}{' ...' if len(missing) > 5 else ''}")]
        if missing
        else []
    )


def _problem(month: str, why: str) -> Issue:
    remedy = "Close all days of the month (shiftledger close PLANT --from ... --to ...), then settle."
    return Issue(L012.code, L012.severity, f"{month} cannot be settled: {why}", Location("acts"), remedy)
