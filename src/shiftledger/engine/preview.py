"""What would a load do (R2, R4, L6)? Rows, days that would change, and whether as a true-up or in the prior period; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shiftledger.acts.snapshot import rehearsed
from shiftledger.acts.state import State
from shiftledger.core.issue import Outcome, ordered
from shiftledger.core.period import DAY, iso, moment
from shiftledger.engine.books import Books, knowledge_of, open_books, plant_of
from shiftledger.engine.inputs import input_of, trimmed
from shiftledger.engine.known import Window, window_of
from shiftledger.engine.local import CHUNK
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_at, day_span
from shiftledger.quantities.measure import margins
from shiftledger.quantities.reach import tags_read
from shiftledger.readings.batch import Batch, BatchRecord
from shiftledger.readings.events import record_rows
from shiftledger.readings.lake import compare
from shiftledger.readings.lake import read as read_rows
from shiftledger.readings.lots import entries, owner_of
from shiftledger.readings.quality import Rows, one_value_each
from shiftledger.readings.sources.choose import is_events
from shiftledger.readings.sources.event_rows import read_events
from shiftledger.readings.sources.guess import Guess, guess
from shiftledger.readings.sources.screen import read

Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """A sealed day whose figures the load would move: in its own month ("true-up") or in an open one ("prior-period")."""

    day: date
    effect: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a load of one file or query would do.

    `rows` of the file are `new`, `known` (said already, or twice in the file) or `refused`, by kind of reason in `reasons`. `first` and
    `last` are local times of the plant with their offset. `open_days`: production days with new readings that were never sealed;
    `sealed_days`: sealed ones whose figures would change.
    """

    source: str
    rows: int
    new: int
    known: int
    refused: int
    reasons: Reasons = ()
    tags: Mapping[str, int] | None = None
    first: str = ""
    last: str = ""
    open_days: tuple[date, ...] = ()
    sealed_days: tuple[Touched, ...] = ()


def preview_file(plant: Plant, state: State | None, path: Path, known_at: int) -> Outcome[tuple[Preview | None, Guess | None]]:
    """What loading a file would do; where no source reads it, by the guess that is returned beside it. # R3"""
    if is_events(plant, path):
        return _preview_events(plant, state, path, known_at)
    found, made = read(plant, path), None
    issues = found.issues
    if any(issue.code == "R001" for issue in issues):
        guessed = guess(plant, path)
        made, issues = guessed.result, (*issues, *guessed.issues)
        if made is not None:
            found = read(made.plant, path)
            issues = (*issues, *found.issues)
    if found.result is None or not (len(found.result.ts) or found.result.rejected):
        return Outcome((None, made), ordered(issues))
    seen = preview(plant, state, found.result, known_at)
    return Outcome((seen.result, made), ordered((*issues, *seen.issues)))


def _preview_events(plant: Plant, state: State | None, path: Path, known_at: int) -> Outcome[tuple[Preview | None, Guess | None]]:
    """A table of events: recorded in a copy of the acts that nobody keeps. # R5"""
    events = read_events(plant, path, known_at)
    if not events.result.rows:
        return Outcome((None, None), events.issues)
    with rehearsed(state) as copy:
        done = record_rows(copy, events.result, known_at)
    report = done.result
    known = report.rows - report.appended - report.quarantined
    seen = Preview(report.source, report.rows, report.appended, known, report.quarantined)
    return Outcome((seen, None), ordered((*events.issues, *done.issues)))


def preview(plant: Plant, state: State | None, batch: Batch, known_at: int) -> Outcome[Preview]:
    """What `append` and the next close would make of a batch known from `known_at` (UTC microseconds) on. # R2, L6"""
    if state is None:
        settled = one_value_each(batch)
        fresh = _as_rows(settled)
    else:
        settled, fresh, _ = compare(state, batch, known_at)
    issues = ordered(settled.issues[len(batch.issues) :])
    rows = entries(batch.tags, batch.tag, batch.row) + len(batch.rejected)
    new = entries(fresh.tags, fresh.tag, fresh.row)
    counts = np.bincount(fresh.tag, minlength=len(fresh.tags)).tolist()
    open_days, sealed_days = _days(plant, state, fresh, known_at) if len(fresh) else ((), ())
    made = Preview(
        batch.source,
        rows,
        new,
        rows - new - len(settled.rejected),
        len(settled.rejected),
        _reasons(settled),
        {tag: count for tag, count in zip(fresh.tags, counts, strict=True) if count and owner_of(tag) == tag},
        _local(plant, int(settled.ts.min())) if len(settled.ts) else "",
        _local(plant, int(settled.ts.max())) if len(settled.ts) else "",
        open_days,
        sealed_days,
    )
    return Outcome(made, issues)


def _as_rows(batch: Batch) -> Rows:
    number = np.ones(len(batch.ts), np.int64)
    return Rows(batch.tags, batch.tag, batch.ts, batch.value, batch.quality, batch.revision, number, batch.row)


def _reasons(settled: Batch) -> Reasons:
    """Why rows are refused, most frequent first: reasons that differ only in what they quote count together."""
    counted = Counter(_kind(reason) for _, _, _, reason in settled.rejected)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _kind(reason: str) -> str:
    """A reason with '...' for what it quotes, without the point in time that it begins with."""
    parts = reason.split('"')
    text = '"'.join("..." if i % 2 else part for i, part in enumerate(parts))
    head, colon, tail = text.partition(": ")
    return tail if colon and " at " in head else text


def _local(plant: Plant, at: int) -> str:
    return moment(at, plant.settings.timezone).isoformat(sep=" ") if plant.settings.id else iso(at)


# --- days


def _days(plant: Plant, state: State | None, fresh: Rows, known_at: int) -> tuple[tuple[date, ...], tuple[Touched, ...]]:
    """(days never sealed with new readings, sealed days that would change)."""
    books = open_books(plant, state) if state else None
    sealed = set(books.latest) if books else set()
    waiting = tuple(day for day in production_days(plant, fresh) if day not in sealed)
    return waiting, _touched(books, fresh, known_at) if books and sealed else ()


def production_days(plant: Plant, rows: Rows) -> tuple[date, ...]:
    """The production days in which readings stand; an amount belongs to the time before its stamp. # I2"""
    amounts = {meter.tag for meter in plant.meters if meter.kind == "interval"}
    before = np.array([tag in amounts for tag in rows.tags], np.bool_)
    at = np.sort(rows.ts - before[rows.tag].astype(np.int64))
    if not len(at):
        return ()
    labels: set[date] = set()
    for day in np.unique(at // DAY).tolist():
        first, last = day_at(plant, day * DAY), day_at(plant, (day + 1) * DAY - 1)
        labels.update(first + timedelta(days=i) for i in range((last - first).days + 1))
    return tuple(day for day in sorted(labels) if _any_in(plant, day, at))


def _any_in(plant: Plant, day: date, at: npt.NDArray[np.int64]) -> bool:
    span = day_span(plant, day)
    a, b = np.searchsorted(at, [span.start, span.end], side="left").tolist()
    return bool(b > a)


def _touched(books: Books, fresh: Rows, known_at: int) -> tuple[Touched, ...]:
    """The sealed days whose input hash the rows would change: computed as a close would, with the batch that is not there yet. # L7"""
    following = books.batch + 1
    new = BatchRecord(following, "", known_at, "", len(fresh))
    after = replace(books, records=(*books.records, new))
    rows = replace(fresh, batch=np.full(len(fresh), following, np.int64))
    found = []
    near = [day for day in sorted(books.latest) if _near(plant_of(books, day), day, rows)]
    for start in range(0, len(near), CHUNK):
        for day in near[start : start + CHUNK]:
            plant, kept = plant_of(books, day), books.latest[day].knowledge.steps
            without = _knowing(books, plant, day, None)
            now = _knowing(after, plant, day, rows)
            if input_of(plant, day, *without) != input_of(plant, day, *now):
                late = now[1].steps != kept and now[1].steps != without[1].steps
                found.append(Touched(day, "prior-period" if late else "true-up", day in books.settled))
    return tuple(found)


def _near(plant: Plant, day: date, rows: Rows) -> bool:
    before, after = margins(plant)
    span = day_span(plant, day)
    return bool(((rows.ts >= span.start - before) & (rows.ts < span.end + after)).any())


def _knowing(books: Books, plant: Plant, day: date, more: Rows | None) -> tuple[Window, Knowledge]:
    """The window of a day with some more rows, and what would be known of the day."""
    before, after = margins(plant)
    span = day_span(plant, day)
    start, end = span.start - before, span.end + after
    rows = read_rows(books.state, tags_read(plant), start, end, books.batch)
    if more is not None:
        rows = _together(rows, more.take((more.ts >= start) & (more.ts < end)))
    window = window_of(plant, rows, books.records, books.acts)
    return window, trimmed(plant, day, window, knowledge_of(books, day), books.latest[day].knowledge.steps)


def _together(rows: Rows, more: Rows) -> Rows:
    """Both, with the tags of the first; tags that it lacks are no meter's."""
    place = {tag: i for i, tag in enumerate(rows.tags)}
    more = more.take(np.array([more.tags[tag] in place for tag in more.tag.tolist()], np.bool_))
    tag = np.array([place[more.tags[number]] for number in more.tag.tolist()], np.int32)
    names = ("ts", "value", "quality", "revision", "batch", "row")
    joined = (np.concatenate([getattr(rows, name), getattr(more, name)]) for name in names)
    return Rows(rows.tags, np.concatenate([rows.tag, tag]), *joined)
