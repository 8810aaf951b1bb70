"""The desk: readings come in from files, databases and by hand, and a person decides about what was refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.api.live import fold_waiting, told_but_unfolded, waits
from shiftledger.api.stores import instant_of, looked_upon, now, stored_state
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.render.views import DecidedView, EntryView, LoadView, MissingView, PlantView, QuarantineView

if TYPE_CHECKING:
    from shiftledger.acts.acts import Act
    from shiftledger.engine.preview import Preview
    from shiftledger.readings.batch import Batch, LoadReport
    from shiftledger.readings.sources.guess import Guess

Progress = Callable[[str, int, int], None]


def load(
    plant: PlantView,
    paths: Iterable[str | Path] = (),
    *,
    source: str | None = None,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    known_at: str | datetime | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadView:
    """Append readings from files, or from the database of a `source`; what is there already changes nothing. # R2, R3

    What live sources were told and is not in the lake yet comes in, too.

    `since`, `until`: times for a query that names them (ISO; without an offset they are local times of the plant). `known_at`: when
    the rows became known (ISO time with offset); now if not given. `dry_run`: nothing is written, `previews` says what would happen, `guesses`
    how a file could be read that no source matches.
    """
    known, problems = instant_of(known_at)
    bounds = [instant_of(bound, plant) if bound is not None else (None, ()) for bound in (since, until)]
    problems = (*problems, *(issue for _, found in bounds for issue in found))
    if known is None or problems:
        return LoadView(problems)
    files = [Path(path) for path in paths]
    asked = (source, bounds[0][0], bounds[1][0])
    if dry_run:
        return _dry_run(plant, files, asked, known, progress)
    from shiftledger.readings.load import load_one

    issues: list[Issue] = []
    reports: list[LoadReport] = []
    for number, path in enumerate(files, 1):
        done = load_one(plant.plant, path, known, lambda: stored_state(plant))
        issues += done.issues
        reports += [done.result] if done.result is not None else []
        if progress:
            progress(path.name, number, len(files))
    for found in _asked(plant, *asked, progress):
        from shiftledger.readings.lake import append

        issues += found.issues
        if len(found.result.ts) or found.result.rejected:
            with stored_state(plant) as stored:
                appended = append(stored, found.result, known)
            issues += appended.issues
            reports.append(appended.result)
    if waits(plant):
        with stored_state(plant) as stored:
            folded = fold_waiting(plant, stored)
        issues += folded.issues
        reports += folded.result
    return LoadView(ordered(issues), tuple(reports), zone=plant.plant.settings.zone)


def _asked(
    plant: PlantView, source: str | None, since: int | None, until: int | None, progress: Progress | None
) -> Iterator[Outcome[Batch]]:
    """What a query holds, one batch at a time."""
    if source is None:
        return
    from shiftledger.readings.sources.sql import read_query

    for number, found in enumerate(read_query(plant.plant, source, since, until, os.environ), 1):
        yield found
        if progress:
            progress(source, number, number)


def _dry_run(
    plant: PlantView,
    files: Sequence[Path],
    asked: tuple[str | None, int | None, int | None],
    known_at: int,
    progress: Progress | None,
) -> LoadView:
    """What a load would do; the state folder is not touched, nor made. A file of no source is read by a guess."""
    from shiftledger.engine.preview import preview, preview_file

    issues: list[Issue] = []
    previews: list[Preview] = []
    guesses: list[Guess] = []
    with looked_upon(plant) as stored:
        for number, path in enumerate(files, 1):
            seen = preview_file(plant.plant, stored, path, known_at)
            issues += seen.issues
            previews += [seen.result[0]] if seen.result[0] else []
            guesses += [seen.result[1]] if seen.result[1] else []
            if progress:
                progress(path.name, number, len(files))
        for found in _asked(plant, *asked, progress):
            issues += found.issues
            if len(found.result.ts) or found.result.rejected:
                one = preview(plant.plant, stored, found.result, known_at)
                issues += one.issues
                previews.append(one.result)
        for batch in told_but_unfolded(plant, stored):
            one = preview(plant.plant, stored, batch, known_at)
            issues += (*batch.issues, *one.issues)
            previews.append(one.result)
    return LoadView(ordered(issues), (), tuple(previews), tuple(guesses), plant.plant.settings.zone)


def missing(plant: PlantView, shift: str, area: str | None = None) -> MissingView:
    """What a person can enter by hand for a shift and nobody has told yet; nothing is written. # R3

    `area`: whose shift it is, where areas have one of that name at different times.
    """
    from shiftledger.readings.entry import missing as not_told

    with looked_upon(plant) as stored:
        found = not_told(plant.plant, stored, shift, area)
    return MissingView(found.issues, shift, found.result)


def enter(
    plant: PlantView,
    shift: str,
    values: Mapping[str, str | float],
    who: str,
    *,
    quality: str = "good",
    note: str = "",
    known_at: str | datetime | None = None,
    area: str | None = None,
) -> EntryView:
    """Enter readings of a shift by hand, tag by tag, all or none. What is entered later counts, so entering again corrects. # R2, R3

    `area`: whose shift it is, where areas have one of that name at different times.

    A level or counter stands at the end of the shift, a laboratory result or state at its start, an amount counts over the whole shift.
    """
    from shiftledger.readings.entry import enter as enter_values

    known, problems = instant_of(known_at)
    if known is None:
        return EntryView(problems, shift)
    texts = {tag: value if isinstance(value, str) else repr(value) for tag, value in values.items()}
    with stored_state(plant) as stored:
        done = enter_values(plant.plant, stored, shift, texts, who=who, quality=quality, note=note, known_at=known, area=area)
    report = done.result.report
    return EntryView(done.issues, shift, done.result.values, (report,) if report else ())


def quarantine(plant: PlantView, *, file: str | None = None, everything: bool = False) -> QuarantineView:
    """The refused rows that are still open, of one file or of all; with `everything` also those that were decided. # R4"""
    from shiftledger.readings.desk import kept_rows

    with looked_upon(plant) as stored:
        rows = kept_rows(plant.plant, stored) if stored else ()
    asked = [one for one in rows if file is None or one.row.source == file]
    shown = tuple(one for one in asked if everything or one.standing == "open")
    return QuarantineView((), shown, sum(one.standing == "open" for one in asked), len(asked))


def readmit(
    plant: PlantView,
    rows: Iterable[str],
    who: str,
    role: str,
    *,
    file: str | None = None,
    value: str | None = None,
    reason: str = "",
    evidence: str = "",
) -> DecidedView:
    """Read refused rows again with today's text and load them, all or none: an act of a person. # R4, R5

    `rows` are ids of `quarantine`; `file` means all its open rows instead, of which those that cannot be read stay. `value` takes the
    place of what one row said; where rows contradict each other, it or the one row that is named holds.
    """
    from shiftledger.readings.desk import readmit as readmit_rows

    with stored_state(plant, create=False) as stored:
        done = readmit_rows(plant.plant, stored, rows, _draft("readmit", who, role, reason, evidence), source=file, value=value)
    return DecidedView(done.issues, done.result.act, done.result.reports)


def drop(
    plant: PlantView, rows: Iterable[str], who: str, role: str, *, file: str | None = None, reason: str = "", evidence: str = ""
) -> DecidedView:
    """Decide that refused rows are rightly refused: an act of a person. They are kept, and no longer open. # R4, R5"""
    from shiftledger.readings.desk import drop as drop_rows

    with stored_state(plant, create=False) as stored:
        done = drop_rows(plant.plant, stored, rows, _draft("drop", who, role, reason, evidence), source=file)
    return DecidedView(done.issues, done.result.act, done.result.reports)


def _draft(kind: str, who: str, role: str, reason: str, evidence: str) -> Act:
    from shiftledger.acts.acts import Act

    return Act(kind, who, role, now(), {"reason": reason} if reason else {}, "", evidence)
