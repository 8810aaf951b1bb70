"""Verifying sealed books: recompute every sealed day in a temporary copy from which every derived file is deleted (L7, I5).

What is checked, in order: the chains (batches, acts, seals, stored texts), each day recomputed from its batches, acts and sealed
text, the stored results against their seals, and today's plant text against the text each day was closed with.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from deltalake.exceptions import DeltaError

from shiftledger.acts.acts import verify_acts
from shiftledger.acts.state import State, connect, writing
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.engine.books import Books, open_books, read_window, stored_plant
from shiftledger.engine.inputs import input_of
from shiftledger.engine.known import Window
from shiftledger.engine.local import compute
from shiftledger.ledger.approvals import Standing, asks, newest_approvals, standing_of
from shiftledger.ledger.book import Seal, read_text, verify_chain
from shiftledger.ledger.codes import L015, V001, V002, V003, V004, V005, V006, V007
from shiftledger.ledger.decision_rows import COLUMNS
from shiftledger.ledger.results import DayResult, partition_of, read_days
from shiftledger.pipeline import RULES
from shiftledger.plant.governing import ASKING, Difference, differences, governing
from shiftledger.plant.model import Plant
from shiftledger.plant.schema import FIELDS_OF
from shiftledger.readings.codes import LakeError
from shiftledger.readings.delta import open_table
from shiftledger.readings.integrity import verify_batches

Progress = Callable[[str, int, int], None]
CHUNK = 31
STORE = "ledger.sqlite"  # and what SQLite keeps beside it


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Days recomputed, seals and acts read, and whether all of it holds."""

    days: int
    seals: int
    acts: int
    batches: int
    holds: bool


def verify(plant: Plant, state: State, *, progress: Progress | None = None) -> Outcome[VerifyReport]:
    """Recompute all sealed days in a copy without derived files; every deviation is an issue that says where. # L7"""
    with _copy_without_results(state) as copy:
        issues: list[Issue] = [*verify_batches(copy), *verify_acts(copy), *verify_chain(copy)]
        books = open_books(plant, copy)
        issues += _watermarks(books)
        issues += _recompute(books, state, progress)
        issues += _approvals(books)
        issues += _text_differences(books)
    found = ordered(issues)
    holds = not any(issue.severity in ("error", "disqualified") for issue in found)
    report = VerifyReport(len(books.latest), len(books.seals), len(books.acts), len(books.records), holds)
    return Outcome(report, found)


@contextmanager
def _copy_without_results(state: State) -> Iterator[State]:
    """A temporary copy of everything that is not derived, the lake and the SQL store, as they stood between two loads."""
    with tempfile.TemporaryDirectory(prefix="shiftledger-verify-") as folder:
        target, sqlite = Path(folder), state.engine.dialect.name == "sqlite"
        with writing(state) if state.writable else nullcontext():
            last = _lake_version(state)
            if sqlite:
                _copy_store(state, target / STORE)
        for source in sorted(state.folder.rglob("*")):
            place = source.relative_to(state.folder)
            if place.parts[0] != state.results.name and not place.name.startswith(STORE) and not _is_newer(place, last):
                _mirror(source, target / place)
        copy = connect(target, create=False) if sqlite else State(target, state.engine)
        try:
            yield copy
        finally:
            if copy.engine is not state.engine:
                copy.engine.dispose()


def _lake_version(state: State) -> int | None:
    """The newest entry of the lake's log; None if it cannot be read, which `verify_batches` will say."""
    try:
        table = open_table(state.readings)
    except (DeltaError, OSError, ValueError):
        return None
    return table.version() if table else None


def _is_newer(place: Path, last: int | None) -> bool:
    """Whether a file of the lake's log came after version `last`; the log's own pointer to a checkpoint may, too."""
    if last is None or place.parts[:2] != ("readings", "_delta_log"):
        return False
    number = place.name.partition(".")[0]
    return int(number) > last if number.isdecimal() else place.name == "_last_checkpoint"


def _mirror(source: Path, target: Path) -> None:
    """Files of the lake never change once written: a hard link is a copy; across file systems it is copied."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        with suppress(FileNotFoundError):  # a file that another program has just finished with
            shutil.copyfile(source, target)


def _copy_store(state: State, target: Path) -> None:
    """SQLite's own consistent copy: also right while another process writes."""
    source = state.engine.raw_connection()
    copy = sqlite3.connect(target)
    try:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    except sqlite3.Error as error:
        raise sa.exc.DatabaseError(None, None, error) from error
    finally:
        copy.close()
        source.close()


def _watermarks(books: Books) -> Iterator[Issue]:
    """A seal's watermarks must exist: the newest act or batch may have been taken away without breaking a chain."""
    for seal in books.seals:
        if seal.knowledge.act > books.act or seal.knowledge.batch > books.batch:
            missing = "act" if seal.knowledge.act > books.act else "batch"
            yield Issue(
                V001.code,
                V001.severity,
                f"seal {seal.seq} of day {seal.day} was made with {missing} {getattr(seal.knowledge, missing)}, which is missing",
                Location("seals", seal.seq),
                "Restore the store from a copy.",
            )


def _recompute(books: Books, original: State, progress: Progress | None) -> Iterator[Issue]:
    days = sorted(books.latest)
    done = 0
    stored_months: dict[str, dict[date, DayResult] | Issue] = {}
    while days:
        key = books.latest[days[0]].text_hash
        chunk = [d for d in days if (d - days[0]).days < CHUNK and books.latest[d].text_hash == key]
        plant = stored_plant(books, key)
        window: Window | None = None
        for day in chunk:
            seal = books.latest[day]
            done += 1
            if progress:
                progress(day.isoformat(), done, len(books.latest))
            if plant is None:
                yield _not_recomputed(seal, f"its plant text {key[:12]} is missing or cannot be read")
                continue
            try:
                window = window or read_window(books, plant, chunk, books.batch)
                stored = _stored(stored_months, original, books, seal)
                yield from _check_day(stored, plant, seal, window)
            except (
                LakeError,
                OSError,
                ValueError,
                KeyError,
                ArithmeticError,
            ) as error:  # damaged inputs: located, never a traceback
                yield _not_recomputed(seal, f"its inputs cannot be read ({type(error).__name__}: {str(error)[:120]})")
        days = [d for d in days if d not in set(chunk)]


def _check_day(stored: DayResult | Issue | None, plant: Plant, seal: Seal, window: Window) -> Iterator[Issue]:
    if seal.rules != RULES:
        yield Issue(
            V006.code,
            V006.severity,
            f"day {seal.day} was sealed under rules {seal.rules}, this program has rules {RULES}",
            Location("seals", seal.seq),
            "Verify with the program version that the seal names; nothing is rewritten.",
        )
        return
    result = compute(plant, seal.day, window, seal.knowledge).result[1]
    if result.hash != seal.result_hash:
        changed = (
            "its readings, acts or text changed"
            if input_of(plant, seal.day, window, seal.knowledge) != seal.input_hash
            else "the rules changed"
        )
        yield _not_recomputed(
            seal,
            f"it recomputes to {result.hash[:12]}, sealed is {seal.result_hash[:12]}: {changed}{_first_difference(stored, result)}",
        )
    if isinstance(stored, Issue):
        yield stored
    elif stored is not None and stored.hash != seal.result_hash:
        yield Issue(
            V005.code,
            V005.severity,
            f"the stored results of {seal.day} are not what seal {seal.seq} sealed{_first_difference(stored, result)}",
            Location("results"),
            "Delete the plant's results folder and close the day again: they are derived and come back as sealed.",
        )


def _stored(months: dict[str, dict[date, DayResult] | Issue], state: State, books: Books, seal: Seal) -> DayResult | Issue | None:
    """The stored results of a day, read month by month: absent is fine (derived), unreadable is an issue."""
    month = partition_of(seal.day)
    if month not in months:
        closes = {day: s.close_id for day, s in books.latest.items() if partition_of(day) == month}
        try:
            months[month] = read_days(state, closes)
        except Exception as error:  # a damaged Parquet or Delta file raises whatever its reader raises
            remedy = "Delete the plant's results folder and close the days again: they are derived and come back as sealed."
            message = f"the stored results of {month} cannot be read ({type(error).__name__})"
            months[month] = Issue(L015.code, "warning", message, Location("results"), remedy)
    found = months[month]
    return found if isinstance(found, Issue) else found.get(seal.day)


def _first_difference(stored: DayResult | Issue | None, result: DayResult) -> str:
    """The first row of postings, statements, quantities or decisions that differs, and in which fields: as stored -> as recomputed."""
    if not isinstance(stored, DayResult):
        return ""
    theirs, ours = _rows_by_place(stored), _rows_by_place(result)
    for place in sorted({*theirs, *ours}):
        then, now = theirs.get(place, []), ours.get(place, [])
        if len(then) != len(now):
            return f"; first at {place[1]}: {len(then)} rows -> {len(now)} rows"
        for before, after in zip(then, now, strict=True):
            names = [name for name in after if before[name] != after[name]]
            if names:
                changes = (f"{name} {before[name]!s:.60} -> {after[name]!s:.60}" for name in names[:3])
                return f"; first at {place[1]}: {', '.join(changes)}"
    return "; first in the error vectors" if stored.errors != result.errors else ""


def _rows_by_place(day: DayResult) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Rows of a day by what a person calls them, in the order in which they are looked at."""
    rows: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for p in day.postings:
        rows.setdefault((0, f"{p.shift} {p.source} -> {p.target} {p.what}"), []).append(_fields(p))
    for s in day.statements:
        rows.setdefault((1, f"statement of {s.area} in {s.shift}"), []).append(_fields(s))
    for q in day.quantities:
        named = dict(zip(("quanta", "absent", "value", "coverage", "status", "marks"), q[3:], strict=True))
        first = 1 if q[1] == "unit" else 2  # hours say more by themselves than as a part of a statement
        rows.setdefault((first, f"{q[0]} {q[1]} {q[2]}"), []).append(named)
    for d in day.decisions:
        told = dict(zip(COLUMNS[5:], d[5:], strict=True))
        rows.setdefault((3, f"decision {d[3]} about {d[4]} for {d[1]} {d[2]} in {d[0]}"), []).append(told)
    return rows


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _not_recomputed(seal: Seal, why: str) -> Issue:
    return Issue(
        V002.code,
        V002.severity,
        f"day {seal.day} does not recompute: {why}",
        Location("seals", seal.seq),
        "Look at the other findings: a changed reading, act or text is named there.",
    )


def _approvals(books: Books) -> Iterator[Issue]:
    """Sealed days whose text asks for approvals that did not stand when they were sealed, and approvals whose text is gone. # R5

    Acts that name no text were made by programs with other rules of what an approval covers: of them nothing is said.
    """
    for act in books.acts:
        key = act.body.get("text", "") if act.kind == "approve" else ""
        if key and read_text(books.state, key) is None:
            message = f"the plant text {key[:12]} that act {act.seq} approved is missing"
            yield Issue(V004.code, V004.severity, message, Location("texts"), "Restore the store from a copy.")
    told = [act for act in books.acts if act.kind == "approve"]
    texts: dict[str, Standing] = {}
    for day, seal in books.latest.items():
        plant = stored_plant(books, seal.text_hash)
        if plant is None or not asks(plant) or day == date.min:  # a row that no longer says its day: the chain names it
            continue
        if seal.text_hash not in texts:
            texts[seal.text_hash] = standing_of(plant, ())
        known = (act for act in told if act.seq <= seal.knowledge.acts_in_time)
        standing = replace(texts[seal.text_hash], approvals=newest_approvals(plant, known))
        if all(approval.text for approval in standing.approvals.values()):
            for found in standing.unapproved(day, before=False):
                message = f"day {day} was sealed with what nobody had approved: {found.message}"
                yield Issue(V007.code, V007.severity, message, found.at, "Approve it, then close the day again.")


def _text_differences(books: Books) -> Iterator[Issue]:
    """Rows of today's text that say something else than the text a day was closed with, by file and line. # L7"""
    found: dict[Difference, list[date]] = {}
    for day, seal in books.latest.items():
        sealed = stored_plant(books, seal.text_hash)
        if sealed is None or day == date.min:  # a row that no longer says its day: the chain names it
            continue
        for difference in differences(governing(sealed, day), governing(books.plant, day), books.plant):
            if difference.table != "plant" or difference.name not in ASKING:
                found.setdefault(difference, []).append(day)
    for difference, days in sorted(found.items(), key=lambda item: (item[0].at, item[0].table, item[0].key, item[0].name)):
        span = f"{days[0]}" if len(days) == 1 else f"{days[0]} .. {days[-1]} ({len(days)} days)"
        remedy = "If today's text is right, close the days again (a settled month stays as it is); else restore the line."
        if difference.new and not difference.name and any(field.name == "valid_from" for field in FIELDS_OF[difference.table]):
            remedy = "If it holds only from a later day on, give it that day (valid_from). " + remedy
        at = difference.at if difference.at.file else Location(f"{difference.table} rows")
        message = str(replace(difference, at=Location("")))
        yield Issue(V003.code, V003.severity, f"{message}; sealed for {span}", at, remedy)
