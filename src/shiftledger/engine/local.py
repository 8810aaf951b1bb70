"""Closing days on one machine: which days, what is known of each, results first and then one transaction of seals (L7).

A day is closed when it was never sealed or when its inputs changed; a neighbour whose sealed boundary value differs joins the run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from deltalake.exceptions import DeltaError

from shiftledger.acts.acts import Act, read_acts
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.issue import Issue, Kind, Location, Outcome, Severity, failing, ordered
from shiftledger.core.period import Span
from shiftledger.engine.books import Books, knowledge_of, open_books, plant_of, read_window, settled_seal, stored_plant
from shiftledger.engine.inputs import input_of, trimmed
from shiftledger.engine.known import Window
from shiftledger.ledger.approvals import standing_of
from shiftledger.ledger.book import Seal, append_seals, read_seals, text_body
from shiftledger.ledger.codes import L010, L011, L015, L018, V005
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.results import DayResult, day_result, partition_of, read_days, write_results
from shiftledger.pipeline import RULES, DayBooks, close_day
from shiftledger.plant.load import text_hash
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_span, month_of
from shiftledger.readings.delta import reason
from shiftledger.readings.lots import DURATION, lots_of

CHUNK = 31
BINDING = ("settle", "reopen")  # acts that change what a close may do
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """What a close did with one day: "sealed", "unchanged", "restored" or "refused"."""

    day: date
    outcome: str
    seal: Seal | None = None


@dataclass(frozen=True, slots=True)
class CloseReport:
    days: tuple[ClosedDay, ...]
    close_id: str = ""


def compute(plant: Plant, day: date, window: Window, known: Knowledge) -> Outcome[tuple[DayBooks, DayResult]]:
    """The day's books and canonical result at the watermarks of `known`."""
    closed = close_day(plant, day, window.series, window.timeline, known, window.events)
    books = closed.result
    result = day_result(day, books.entries, books.statements, books.figures)
    return Outcome((books, result), closed.issues)


def close(
    plant: Plant,
    state: State,
    days: Sequence[date],
    *,
    who: str,
    program: str,
    made_at: int,
    skip_empty: bool = False,
    progress: Progress | None = None,
) -> Outcome[CloseReport]:
    """Close the days whose inputs changed; results first, then their seals in one transaction. # L7

    A day without readings is refused, or with `skip_empty` (nobody asked for that very day) left out.
    """
    run = _Run(open_books(plant, state), who, program, made_at, uuid.uuid4().hex, skip_empty)
    issues = [*_computed(run, plant, days, progress), *run.commit()]
    return Outcome(CloseReport(run.ordered_days, run.close_id), ordered(issues))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a close would do with its days, the results that it would seal, and the close that sealed each day last."""

    days: tuple[ClosedDay, ...]
    fresh: tuple[DayResult, ...]
    latest: Mapping[date, str]


def rehearse(
    plant: Plant, state: State, days: Sequence[date], *, program: str, skip_empty: bool = False, progress: Progress | None = None
) -> Outcome[Rehearsal]:
    """`close` up to the point where it would write. # L7"""
    run = _Run(open_books(plant, state), "", program, 0, "", skip_empty)
    issues = _computed(run, plant, days, progress)
    latest = {day: seal.close_id for day, seal in run.books.latest.items()}
    return Outcome(Rehearsal(run.ordered_days, tuple(sorted(run.results, key=lambda r: r.day)), latest), ordered(issues))


def _computed(run: _Run, plant: Plant, days: Sequence[date], progress: Progress | None) -> list[Issue]:
    """Every day that is asked for, and neighbours whose boundary values differ; nothing is written. # L7"""
    issues: list[Issue] = []
    waiting, done = sorted(set(days)), set[date]()
    while waiting:
        chunk = [day for day in waiting if day < waiting[0] + timedelta(days=CHUNK)][:CHUNK]
        window = read_window(run.books, plant, chunk, run.books.batch)
        for day in chunk:
            issues += run.close_one(day, window)
            done.add(day)
            if progress:
                progress(day.isoformat(), len(done), len(done) + len(waiting) - 1)
            waiting.remove(day)
        waiting = sorted({*waiting, *(run.neighbours() - done)})
    return issues


class _Run:
    """One close run: what it computed so far, and what it will commit."""

    def __init__(self, books: Books, who: str, program: str, made_at: int, close_id: str, skip_empty: bool) -> None:
        self.books, self.who, self.program, self.made_at, self.close_id = books, who, program, made_at, close_id
        self.skip_empty = skip_empty
        self.days: dict[date, ClosedDay] = {}
        self.fresh: dict[date, Seal] = {}
        self.results: list[DayResult] = []
        self.restored: list[tuple[Seal, DayResult]] = []
        self.texts: dict[str, str] = {}
        self.stored: dict[str, dict[date, DayResult] | None] = {}
        self.lapsed: set[str] = set()
        self.standing = standing_of(books.plant, books.acts, partial(stored_plant, books))

    @property
    def ordered_days(self) -> tuple[ClosedDay, ...]:
        return tuple(self.days[day] for day in sorted(self.days))

    def close_one(self, day: date, window: Window) -> tuple[Issue, ...]:
        """Compute a day unless its inputs are those of its newest seal; nothing is written yet."""
        books, plant = self.books, plant_of(self.books, day)
        if plant is not books.plant:
            window = read_window(books, plant, [day], books.batch)
        span, seal = day_span(plant, day), books.latest.get(day)
        kept = seal.knowledge.steps if seal else ()
        known = trimmed(plant, day, window, knowledge_of(books, day), kept)
        inputs = input_of(plant, day, window, known)
        if seal is not None and seal.input_hash == inputs:
            self.days[day] = ClosedDay(day, "unchanged", seal)
            return self._restore(plant, day, window, seal)
        if not has_readings(window, known, span):
            if self.skip_empty:
                return ()
            self.days[day] = ClosedDay(day, "refused")
            return (no_readings(day),)
        if seal is None and (month := month_of(books.plant, day)) in books.months:
            return self._left_out(day, month)
        lapsed = self._unapproved(day)
        if day in self.days:
            return lapsed
        computed = compute(plant, day, window, known)
        if failing(computed.issues):
            self.days[day] = ClosedDay(day, "refused")
            return computed.issues
        day_books, result = computed.result
        key = text_hash(plant)
        self.texts[key] = text_body(plant.text)
        self.fresh[day] = Seal(
            day, self.close_id, result.hash, inputs, key, known, day_books.boundaries, RULES, self.program, self.who, self.made_at
        )
        self.results.append(result)
        self.days[day] = ClosedDay(day, "sealed", self.fresh[day])
        return computed.issues

    def _unapproved(self, day: date) -> tuple[Issue, ...]:
        """A day whose prices or definitions nobody approved as they stand stays open; of many days for one reason the first is told. # R5"""
        if settled_seal(self.books, day) is not None:  # what governs it stands with its month
            return ()
        before = settled_seal(self.books, day - timedelta(days=1)) is None
        found = {str(one.at): one for one in reversed(list(self.standing.unapproved(day, before=before)))}
        if found:
            self.days[day] = ClosedDay(day, "refused")
        fresh = tuple(issue for at, issue in found.items() if at not in self.lapsed)
        self.lapsed |= found.keys()
        return fresh

    def _left_out(self, day: date, month: str) -> tuple[Issue, ...]:
        """A day that its month was settled without stays out of it: an error where somebody asked for it, else a note. # L7"""
        severity: Severity = "note" if self.skip_empty else L018.severity
        if not self.skip_empty:
            self.days[day] = ClosedDay(day, "refused")
        message = f"{day} has no seal, and its month {month} is settled: the day stays out of it"
        remedy = f"If it belongs into the books, take the settlement back first: shiftledger act PLANT reopen --month {month}"
        return (Issue(L018.code, severity, message, Location("seals"), remedy),)

    def _restore(self, plant: Plant, day: date, window: Window, seal: Seal) -> tuple[Issue, ...]:
        """Write a sealed day's results again if they are not as sealed. They are derived, the seal is not."""
        stored = self._stored_days(partition_of(day))
        if stored is None:
            return (_damaged(day),)
        if day in stored and stored[day].hash == seal.result_hash:
            return ()
        sealed = stored_plant(self.books, seal.text_hash)
        if sealed is None:
            lost = f"the results of {day} are gone, and so is the plant's text they were made with"
            return (Issue(L015.code, L015.severity, lost, Location("results"), "Run shiftledger verify."),)
        if seal.text_hash != text_hash(plant):
            window = read_window(self.books, sealed, [day], self.books.batch)
        computed = compute(sealed, day, window, seal.knowledge)
        if computed.result[1].hash != seal.result_hash:
            changed = f"the results of {day} are gone and do not come back as sealed"
            return (Issue(L015.code, L015.severity, changed, Location("results"), "Run shiftledger verify to see what changed."),)
        self.restored.append((seal, computed.result[1]))
        self.days[day] = ClosedDay(day, "restored", seal)
        return computed.issues

    def _stored_days(self, month: str) -> dict[date, DayResult] | None:
        """The month's stored results, looked up once; None if they cannot be read, whatever their reader raises."""
        if month not in self.stored:
            closes = {d: seal.close_id for d, seal in self.books.latest.items() if partition_of(d) == month}
            try:
                self.stored[month] = read_days(self.books.state, closes)
            except Exception:
                self.stored[month] = None
        return self.stored[month]

    def neighbours(self) -> set[date]:
        """Sealed, unsettled days beside a fresh one whose boundary value differs from it. # FORMATS "Boundary values" """
        found = set()
        for day, seal in self.fresh.items():
            span = day_span(self.books.plant, day)
            for other, at in ((day - timedelta(days=1), span.start), (day + timedelta(days=1), span.end)):
                theirs = self.fresh.get(other) or self.books.latest.get(other)
                if theirs is None or settled_seal(self.books, other) is not None:
                    continue
                if any(theirs.boundaries.get(stock, {}).get(at) != values.get(at) for stock, values in seal.boundaries.items()):
                    found.add(other)
        return found - set(self.fresh)

    def commit(self) -> tuple[Issue, ...]:
        """Results, then seals in one transaction; if somebody sealed or settled meanwhile, nothing counts. # L7"""
        books, issues = self.books, self._rewrite()
        if not self.fresh:
            return issues
        try:
            write_results(books.state, self.results, self.close_id)
        except (DeltaError, OSError) as error:
            return (
                *issues,
                *self._refused(L015, f"the results cannot be written: {reason(error)}", "results"),
            )
        with writing(books.state) as connection:
            newer = read_acts(books.state)[len(books.acts) :]
            if read_seals(books.state)[-1:] != books.seals[-1:] or any(self._binds(act) for act in newer):
                why = "another close sealed days, a month was settled or reopened, or a shift was left out meanwhile"
                return (*issues, *self._refused(L011, why, "seals"))
            linked = append_seals(connection, [self.fresh[day] for day in sorted(self.fresh)], self.texts)
        note_head(books.state, "seals", linked[-1].seq, linked[-1].hash)
        self.days |= {seal.day: ClosedDay(seal.day, "sealed", seal) for seal in linked}
        return issues

    def _binds(self, act: Act) -> bool:
        """Whether an act that came meanwhile changes what may be published now. # L7, E5"""
        left_out = act.kind == "exclude" and act.body.get("shift", "").partition(".")[0] in map(str, self.fresh)
        return act.kind in BINDING or left_out

    def _rewrite(self) -> tuple[Issue, ...]:
        """Lost or damaged rows of sealed days again, instead of what is left of them; one close at a time. # L7"""
        if not self.restored:
            return ()
        try:
            with writing(self.books.state):
                for close_id in sorted({seal.close_id for seal, _ in self.restored}):
                    of_close = [result for seal, result in self.restored if seal.close_id == close_id]
                    write_results(self.books.state, of_close, close_id, instead=True)
        except (DeltaError, OSError):
            self.days |= {seal.day: ClosedDay(seal.day, "unchanged", seal) for seal, _ in self.restored}
            return tuple(_damaged(seal.day) for seal, _ in self.restored)
        return ()

    def _refused(self, kind: Kind, message: str, where: str) -> tuple[Issue, ...]:
        self.days = {day: ClosedDay(day, "refused") for day in self.days}
        return (Issue(kind.code, kind.severity, message, Location(where), "Run the close again."),)


def _damaged(day: date) -> Issue:
    remedy = "Delete the plant's results folder and close again: results are derived and come back as sealed."
    return Issue(V005.code, "warning", f"the stored results of {day} are damaged", Location("results"), remedy)


def no_readings(day: date) -> Issue:
    """A day that somebody asked for and of which nothing is known."""
    remedy = "Load the readings of that day, or close a range that has some (shiftledger load)."
    return Issue(L010.code, L010.severity, f"{day} has no readings", Location("readings"), remedy)


def has_readings(window: Window, known: Knowledge, span: Span) -> bool:
    """Whether anything was read in the span, or a lot or a bill of a longer time tells of it. # Q9, Q10"""
    series = window.series(window.timeline.everything(known.batch), known.act)
    if any(len(one.between(span.start, span.end)) for one in series.values()):
        return True
    lots = [lots_of(tag, series) for tag in sorted(series) if f"{tag}{DURATION}" in series]
    return any(bool(((one.start < span.end) & (one.end > span.start)).any()) for one in lots)
