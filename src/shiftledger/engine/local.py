"""Closing days on one machine: which days, what is known of each, results first and then one transaction of seals (L7).

A day is closed when it was never sealed or when its inputs changed; a neighbour whose sealed boundary value differs joins the run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from deltalake.exceptions import DeltaError

from shiftledger.acts.acts import Act, checked, read_acts
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.canon import plain_decimal
from shiftledger.core.issue import Issue, Kind, Location, Outcome, failing, ordered
from shiftledger.core.period import Span
from shiftledger.engine.inputs import input_of, trimmed
from shiftledger.engine.known import Window, window_of
from shiftledger.engine.settled import settled_days
from shiftledger.ledger.book import Seal, append_seals, first_of, latest, read_seals, read_text, text_body
from shiftledger.ledger.codes import L003, L010, L011, L015, V005
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.prices import price_on, price_set_hash
from shiftledger.ledger.results import DayResult, day_result, partition_of, read_days, write_results
from shiftledger.pipeline import RULES, DayBooks, close_day
from shiftledger.plant.load import load_text, text_hash
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_span, month_of
from shiftledger.quantities.measure import margins
from shiftledger.readings.batch import BatchRecord
from shiftledger.readings.lake import batch_records, read

CHUNK = 31
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


@dataclass(frozen=True, slots=True)
class Books:
    """The state of the books at the start of a run. `settled`: the seal that stood when the day was settled, and its month."""

    plant: Plant
    state: State
    seals: tuple[Seal, ...]
    latest: Mapping[date, Seal]
    first: Mapping[date, Seal]
    acts: tuple[Act, ...]
    records: tuple[BatchRecord, ...]
    settled: Mapping[date, tuple[Seal, str]]
    months: frozenset[str]
    texts: dict[str, Plant] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        return max((r.seq for r in self.records), default=-1)

    @property
    def act(self) -> int:
        return max((a.seq for a in self.acts), default=-1)


def open_books(plant: Plant, state: State) -> Books:
    """Read seals, acts and batch records once."""
    chain, acts = read_seals(state), read_acts(state)
    settles = [act for act in acts if act.kind == "settle" and not checked(act)]
    return Books(
        plant,
        state,
        chain,
        latest(chain),
        first_of(chain),
        acts,
        batch_records(state),
        settled_days(chain, settles),
        frozenset(act.body["month"] for act in settles),
    )


def settled_seal(books: Books, day: date) -> Seal | None:
    """The seal that stood when the day's month was settled; None while the month is open. # L7"""
    found = books.settled.get(day)
    return found[0] if found else None


def knowledge_of(books: Books, day: date) -> Knowledge:
    """The watermarks at which the day would be closed now. # L6"""
    first, before = books.first.get(day), books.first.get(_neighbour(day, -1))
    standing = settled_seal(books, day)
    known = Knowledge(
        batch=books.batch,
        act=books.act,
        first=first.knowledge.batch if first else None,
        first_act=first.knowledge.act if first else None,
        before=before.knowledge.batch if before else None,
        settled=standing.knowledge.batch if standing else None,
        settled_act=standing.knowledge.act if standing else None,
        fixed=standing.knowledge.fixed if standing else _settled_boundaries(books, day),
        prices=standing.knowledge.prices if standing else _settled_prices(books, _neighbour(day, -1)),
    )
    return known if first is None else _with_steps(books, day, known)


def _neighbour(day: date, step: int) -> date:
    """The day beside; at the ends of the calendar the day itself."""
    try:
        return day + timedelta(days=step)
    except OverflowError:
        return day


def _settled_boundaries(books: Books, day: date) -> tuple[tuple[str, int, int], ...]:
    """The values that settled neighbours share with the day: what the one before closed with, what the one after opened with. # I3"""
    found = set()
    for step, end in ((-1, max), (1, min)):
        seal = settled_seal(books, _neighbour(day, step))
        if seal is not None and seal.day != day:
            edge = end((at for values in seal.boundaries.values() for at in values), default=0)
            found |= {(stock, edge, values[edge]) for stock, values in seal.boundaries.items() if edge in values}
    return tuple(sorted(found))


def _settled_prices(books: Books, before: date) -> tuple[tuple[str, str], ...]:
    """What the stocks were worth per unit when the day before was settled: a revaluation starts from there. # L3, L7"""
    seal = settled_seal(books, before)
    plant = stored_plant(books, seal.text_hash) if seal else None
    if plant is None:
        return ()
    rows = (price_on(plant, material, before) for material in sorted({stock.material for stock in plant.stocks.values()}))
    return tuple((row.material, plain_decimal(row.price)) for row in rows if row is not None)


def _with_steps(books: Books, day: date, known: Knowledge) -> Knowledge:
    """Append or extend the step of the open month, in which results after cutoff or settlement are posted. # L6"""
    last = books.latest[day].knowledge
    if known.batch <= last.batch and known.act <= last.act:
        return replace(known, steps=last.steps)
    month = open_month(books, day)
    kept = last.steps[:-1] if last.steps and last.steps[-1][2] == month else last.steps
    return replace(known, steps=(*kept, (known.batch, known.act, month)))


def open_month(books: Books, day: date) -> str:
    """The first month from the day's own on that is not settled."""
    month = books.settled[day][1] if day in books.settled else month_of(books.plant, day)
    while month in books.months:
        year, number = int(month[:4]), int(month[5:])
        month = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return month


def plant_of(books: Books, day: date) -> Plant:
    """Today's text, or for a settled day the text that its settled seal stored. # L7"""
    standing = settled_seal(books, day)
    if standing is None or standing.text_hash == text_hash(books.plant):
        return books.plant
    return stored_plant(books, standing.text_hash) or books.plant


def stored_plant(books: Books, key: str) -> Plant | None:
    """The plant as a stored text says it; None if the text is missing or does not load any more."""
    if key not in books.texts:
        text = read_text(books.state, key)
        if text is None:
            return None
        loaded = load_text(text, books.plant.root)
        if failing(loaded.issues):
            return None
        books.texts[key] = loaded.result
    return books.texts[key]


def read_window(books: Books, plant: Plant, days: Sequence[date], upto: int) -> Window:
    """Readings of the days with the halo that the quantities stage asks for."""
    before, after = margins(plant)
    start, end = day_span(plant, days[0]).start - before, day_span(plant, days[-1]).end + after
    rows = read(books.state, sorted({meter.tag for meter in plant.meters}), start, end, upto)
    return window_of(plant, rows, books.records, books.acts)


def compute(plant: Plant, day: date, window: Window, known: Knowledge) -> Outcome[tuple[DayBooks, DayResult]]:
    """The day's books and canonical result at the watermarks of `known`."""
    closed = close_day(plant, day, window.series, window.timeline, known, window.events)
    books = closed.result
    result = day_result(day, books.entries, books.statements, books.quantities)
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
    books = open_books(plant, state)
    issues = list(_approval(books))
    if failing(issues):
        return Outcome(CloseReport(tuple(ClosedDay(day, "refused") for day in days)), ordered(issues))
    close_id = uuid.uuid4().hex
    run = _Run(books, who, program, made_at, close_id, skip_empty)
    waiting, done = sorted(set(days)), set[date]()
    while waiting:
        chunk = [day for day in waiting if day < waiting[0] + timedelta(days=CHUNK)][:CHUNK]
        window = read_window(books, plant, chunk, books.batch)
        for day in chunk:
            issues += run.close_one(day, window)
            done.add(day)
            if progress:
                progress(day.isoformat(), len(done), len(done) + len(waiting) - 1)
            waiting.remove(day)
        waiting = sorted({*waiting, *(run.neighbours() - done)})
    issues += run.commit()
    return Outcome(CloseReport(tuple(sorted(run.days.values(), key=lambda d: d.day)), close_id), ordered(issues))


def _approval(books: Books) -> Iterable[Issue]:
    """If the plant asks for it, the price set must be approved as it stands. # L1, R5"""
    settings = books.plant.settings
    if not settings.price_approval:
        return
    wanted, what = price_set_hash(books.plant), f"prices/{settings.price_set}"
    if not any(act.kind == "approve" and act.body.get("what") == what and act.on_hash == wanted for act in books.acts):
        yield Issue(
            L003.code,
            L003.severity,
            f'price set "{settings.price_set}" is not approved as it stands',
            Location(f"prices/{settings.price_set}.csv"),
            f"Record an approval: shiftledger act PLANT approve --what {what} --who ... --role ...",
        )


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
        if not _has_readings(window, known, span):
            if self.skip_empty:
                return ()
            self.days[day] = ClosedDay(day, "refused")
            remedy = "Load the readings of that day, or close a range that has some (shiftledger load)."
            return (Issue(L010.code, L010.severity, f"{day} has no readings", Location("readings"), remedy),)
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
                *self._refused(
                    L015, f"the results cannot be written: {str(error).strip().partition(chr(10))[0][:120]}", "results"
                ),
            )
        with writing(books.state) as connection:
            acts = read_acts(books.state)
            if read_seals(books.state)[-1:] != books.seals[-1:] or any(a.kind == "settle" for a in acts[len(books.acts) :]):
                return (*issues, *self._refused(L011, "another close sealed days, or a month was settled meanwhile", "seals"))
            linked = append_seals(connection, [self.fresh[day] for day in sorted(self.fresh)], self.texts)
        note_head(books.state, "seals", linked[-1].seq, linked[-1].hash)
        self.days |= {seal.day: ClosedDay(seal.day, "sealed", seal) for seal in linked}
        return issues

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


def _has_readings(window: Window, known: Knowledge, span: Span) -> bool:
    series = window.series(window.timeline.everything(known.batch), known.act)
    return any(len(one.between(span.start, span.end)) for one in series.values())
