"""The state of the books at the start of a run, and what is known of each day (L6, L7).

Seals, acts and batches are read once; everything else follows from them: which days are settled or were reopened, at which watermarks a day would be
closed now, which text holds for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from shiftledger.acts.acts import Act, read_acts
from shiftledger.acts.state import State
from shiftledger.core.canon import plain_decimal
from shiftledger.core.issue import failing
from shiftledger.engine.known import Window, window_of
from shiftledger.engine.settled import settled_days, settlements
from shiftledger.ledger.book import Seal, first_of, latest, read_seals, read_text
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.potentials import settled_worths
from shiftledger.ledger.prices import price_on
from shiftledger.plant.load import load_text, text_hash
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_span, month_of
from shiftledger.quantities.measure import margins
from shiftledger.quantities.reach import tags_read
from shiftledger.readings.batch import BatchRecord
from shiftledger.readings.lake import batch_records, read


@dataclass(frozen=True, slots=True)
class Books:
    """The state of the books at the start of a run. `settled`: the seal that stood when the day was settled, and its month.

    `lifted`: days of months that were reopened and are not settled again.
    """

    plant: Plant
    state: State
    seals: tuple[Seal, ...]
    latest: Mapping[date, Seal]
    first: Mapping[date, Seal]
    acts: tuple[Act, ...]
    records: tuple[BatchRecord, ...]
    settled: Mapping[date, tuple[Seal, str]]
    months: frozenset[str]
    lifted: frozenset[date] = frozenset()
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
    found = settlements(acts)
    settled = settled_days(chain, found.standing.values())
    taken_back = settled_days(chain, [act for each in found.reopened.values() for act, _ in each])
    return Books(
        plant,
        state,
        chain,
        latest(chain),
        first_of(chain),
        acts,
        batch_records(state),
        settled,
        frozenset(found.standing),
        frozenset(set(taken_back) - set(settled)),
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
        lifted=_lifted(books, day),
        before_lifted=_lifted(books, _neighbour(day, -1)),
    )
    if first is None or (known.lifted and standing is None):  # nothing comes too late for a reopened month
        return known
    return _with_steps(books, day, known)


def _lifted(books: Books, day: date) -> bool:
    """True if the day's month was reopened; settled again, its seal says so. # L7"""
    standing = settled_seal(books, day)
    return standing.knowledge.lifted if standing else day in books.lifted


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
    """What a unit of each stock, and each state as a whole, was worth when the day before was settled: whence a revaluation starts. # L3, L7"""
    seal = settled_seal(books, before)
    plant = stored_plant(books, seal.text_hash) if seal else None
    if plant is None:
        return ()
    rows = (price_on(plant, material, before) for material in sorted({stock.material for stock in plant.stocks.values()}))
    prices = ((row.material, plain_decimal(row.price)) for row in rows if row is not None)
    return (*prices, *settled_worths(plant, before, seal.boundaries if seal else {}))


def _with_steps(books: Books, day: date, known: Knowledge) -> Knowledge:
    """Append or extend the step of the open month, in which results after cutoff or settlement are posted. # L6"""
    last = books.latest[day].knowledge
    if known.batch <= last.batch and known.act <= last.act:
        return replace(known, steps=last.steps)
    month = open_month(books, day)
    kept = last.steps[:-1] if last.steps and last.steps[-1][2] == month else last.steps
    return replace(known, steps=(*kept, (known.batch, known.act, month)))


def month_in(books: Books, day: date) -> str:
    """The accounting month of a day: as it was settled, else as today's text says."""
    return books.settled[day][1] if day in books.settled else month_of(books.plant, day)


def open_month(books: Books, day: date) -> str:
    """The first month from the day's own on that is not settled."""
    month = month_in(books, day)
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
    rows = read(books.state, tags_read(plant), start, end, upto)
    return window_of(plant, rows, books.records, books.acts)
