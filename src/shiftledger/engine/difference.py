"""Who changes by how much and why, between two versions of sealed days: the difference sheet (L7, R5).

Computed from the sealed rows of both versions alone. The rows are the balances of the areas' and the site's accounts, areas by
shift and crew; they add up to the change of the plant's result, which is read off the other accounts. # I1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shiftledger.acts.state import State
from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.engine.books import Books, month_in, open_books, read_window, stored_plant
from shiftledger.engine.local import compute
from shiftledger.engine.settled import settled_days, settlements
from shiftledger.ledger.assumed import Assumption, assumed_behind, assumed_text, merged
from shiftledger.ledger.book import Seal
from shiftledger.ledger.codes import L013, L015
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import DayResult, read_days
from shiftledger.plant.cells import cells_of
from shiftledger.plant.governing import differences, governing
from shiftledger.plant.load import text_hash
from shiftledger.plant.model import Plant

Key = tuple[str, str, str, str]  # accounting month, shift, account, crew


@dataclass(frozen=True, slots=True)
class Item:
    """What an account gave or took of one thing with one other account, before and after, in cents."""

    what: str
    other: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Changed:
    """An account's balance of one shift (an area's also by crew), in cents, and the items that changed."""

    month: str
    shift: str
    account: str
    crew: str
    before: int
    after: int
    items: tuple[Item, ...]

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a day changed: a row of the text, a batch of readings, an act. `where` is file:line, the batch's source or the act's number."""

    day: date
    kind: str  # text | batch | act
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Part:
    """A cell of a day whose areas have different slots: its id in `Changed.shift`, its time (us), and the (area, shift)s in which it lies. # T2"""

    id: str
    start: int
    end: int
    shifts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DifferenceSheet:
    """`before`, `after`: the plant's result of the days in both versions (cents), from the accounts outside and the stocks."""

    about: str  # a month or a day
    old: str  # what is compared: "settlement 3", "first seals"
    new: str
    days: int
    before: int
    after: int
    changed: tuple[Changed, ...] = ()
    causes: tuple[Cause, ...] = ()
    assumptions: tuple[Assumption, ...] = ()  # what changed items of areas rest on, by what they are about; no part of the hash
    parts: tuple[Part, ...] = ()  # what `Changed.shift` means where areas have different slots; no part of the hash

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def adds_up(self) -> bool:
        """The rows add up to the difference of the results. # I1"""
        return sum(row.difference for row in self.changed) == self.difference

    @property
    def hash(self) -> str:
        """What a later settlement binds to: the sheet's figures."""
        return content_hash([self.about, self.before, self.after, self.changed])


@dataclass(frozen=True, slots=True)
class _Versions:
    """Two seals of each day, and what they are called."""

    old: str
    new: str
    before: Mapping[date, Seal] = field(default_factory=dict)
    after: Mapping[date, Seal] = field(default_factory=dict)


def _parts(plant: Plant, day: date) -> Iterator[Part]:
    """The cells of a day that are nobody's shift, as its text has them. # T2"""
    cells = cells_of(plant, day)
    for cell in () if cells.shared else cells.cells:
        shifts = tuple((row.area, row.shift.id) for row in cells.around(cell))
        yield Part(cell.id, cell.span.start, cell.span.end, shifts)


def difference_sheet(plant: Plant, state: State, about: str) -> Outcome[DifferenceSheet | None]:
    """The sheet of a month ("2026-03") or a day ("2026-03-31").

    A month that was reopened: the settlement taken back against what stands now (settled again or not). A month that never was, and
    any day: the first seals against the newest.
    """
    books = open_books(plant, state)
    versions = _versions(books, about)
    if isinstance(versions, Issue):
        return Outcome(None, (versions,))
    moved = sorted(day for day in versions.before if versions.before[day].hash != versions.after[day].hash)
    results: list[tuple[DayResult, DayResult]] = []
    for day in moved:
        pair = [_result(books, seal) for seal in (versions.before[day], versions.after[day])]
        lost = [found for found in pair if isinstance(found, Issue)]
        if lost:
            return Outcome(None, tuple(lost))
        results.append((pair[0], pair[1]))  # type: ignore[arg-type]
    before, after = ([row for pair in results for row in pair[side].postings] for side in (0, 1))
    changed = _changed(before, after)
    sheet = DifferenceSheet(
        about,
        versions.old,
        versions.new,
        len(versions.before),
        _plant_result(before),
        _plant_result(after),
        changed,
        tuple(cause for day in moved for cause in _causes(books, versions.before[day], versions.after[day])),
        _assumed(books, versions, changed),
        tuple(part for day in moved for part in _parts(stored_plant(books, versions.after[day].text_hash) or plant, day)),
    )
    return Outcome(sheet)


def _versions(books: Books, about: str) -> _Versions | Issue:
    chain, found = books.seals, settlements(books.acts)
    if len(about) == len("2026-03"):
        taken_back = found.reopened.get(about, ())
        now = "now" if about not in found.standing else f"settlement {found.standing[about].seq}"
        if taken_back:
            settle, reopen = taken_back[-1]
            # The newest seals before the reopening: the settled rows, and what came too late for them in other months.
            days_bound = settled_days(chain, [settle])
            old = {seal.day: seal for seal in chain if seal.day in days_bound and seal.knowledge.act < reopen.seq}
            bound = settled_days(chain, [found.standing[about]]) if about in found.standing else {}
            new = {day: bound[day][0] if day in bound else books.latest[day] for day in old}
            return _Versions(f"settlement {settle.seq}", now, old, new)
        days = [day for day in books.latest if about == month_in(books, day)]
    else:
        days, now = [day for day in books.latest if day.isoformat() == about], "now"
    if not days:
        remedy = "Give a month such as 2026-03 or a day such as 2026-03-31 that was closed."
        return Issue(L013.code, L013.severity, f"no day of {about} is sealed", Location("diff"), remedy)
    return _Versions("first seals", now, {day: books.first[day] for day in days}, {day: books.latest[day] for day in days})


def _result(books: Books, seal: Seal) -> DayResult | Issue:
    """What a seal sealed: as stored, or computed again if the stored rows are gone (they are derived). # L7"""
    try:
        stored = read_days(books.state, {seal.day: seal.close_id}).get(seal.day)
    except Exception:  # a damaged derived file raises whatever its reader raises
        stored = None
    if stored is not None and stored.hash == seal.result_hash:
        return stored
    plant = stored_plant(books, seal.text_hash)
    if plant is not None:
        computed = compute(plant, seal.day, read_window(books, plant, [seal.day], books.batch), seal.knowledge).result[1]
        if computed.hash == seal.result_hash:
            return computed
    lost = f"the results of {seal.day} under seal {seal.seq} are gone and do not come back as sealed"
    return Issue(L015.code, L015.severity, lost, Location("results"), "Run shiftledger verify to see what changed.")


def _is_result(account: str) -> bool:
    return account.startswith(("area:", "state:", "site:"))


def _plant_result(rows: Iterable[Posting]) -> int:
    """What the rows leave to areas and site together: what the other accounts took. # L2"""
    ends = ((row.amount * sign, account) for row in rows for sign, account in ((1, row.target), (-1, row.source)))
    return sum(amount for amount, account in ends if not _is_result(account))


def _changed(before: Sequence[Posting], after: Sequence[Posting]) -> tuple[Changed, ...]:
    """Accounts whose items differ, in order of month, shift, account and crew."""
    then, now = _items(before), _items(after)
    found = []
    for key in sorted({*then, *now}):
        old, new = then.get(key, {}), now.get(key, {})
        names = sorted(name for name in {*old, *new} if old.get(name, 0) != new.get(name, 0))
        if names:
            items = tuple(Item(what, other, old.get((what, other), 0), new.get((what, other), 0)) for what, other in names)
            found.append(Changed(*key, sum(old.values()), sum(new.values()), items))
    return tuple(found)


def _items(rows: Iterable[Posting]) -> dict[Key, dict[tuple[str, str], int]]:
    """Signed cents of each area and site account by what and the account at the other end. True-ups count with their flow."""
    found: dict[Key, dict[tuple[str, str], int]] = {}
    for row in rows:
        for sign, account, other in ((1, row.source, row.target), (-1, row.target, row.source)):
            if _is_result(account):
                of_account = found.setdefault((row.month, row.shift, account, row.crew_of(account.removeprefix("area:"))), {})
                of_account[(row.what, other)] = of_account.get((row.what, other), 0) + sign * row.amount
    return found


def _assumed(books: Books, versions: _Versions, changed: Iterable[Changed]) -> tuple[Assumption, ...]:
    """What changed items of areas rest on that the text of either seal only assumes. # I7"""
    texts = {text_hash(books.plant): assumed_text(books.plant)}
    found: list[tuple[Assumption, ...]] = []
    for row in (row for row in changed if row.account.startswith("area:")):
        day = date.fromisoformat(row.shift.partition(".")[0])
        for key in dict.fromkeys(side[day].text_hash for side in (versions.before, versions.after) if day in side):
            if key not in texts:
                texts[key] = assumed_text(stored_plant(books, key) or books.plant)
            text, area = texts[key], row.account.removeprefix("area:")
            for item in row.items:
                body, _, kind = item.what.partition(":")
                behind = assumed_behind(text, day, area, item.what, item.other, kind)
                found.append(tuple(Assumption(at, text.rows[at], (body,)) for at in behind))
    return merged(*found)


def _causes(books: Books, before: Seal, after: Seal) -> Iterable[Cause]:
    """What the later seal knew and the earlier one did not: rows of text, batches that touch the day's readings, acts."""
    day, known = after.day, before.knowledge
    batch = known.batch if known.settled is None else known.settled  # what stood in its own shift, not at prior period
    act_seen = known.act if known.settled_act is None else known.settled_act
    old, new = stored_plant(books, before.text_hash), stored_plant(books, after.text_hash)
    if old is not None and new is not None and before.text_hash != after.text_hash:
        for found in differences(governing(old, day), governing(new, day), new):
            yield Cause(day, "text", str(found.at) if found.at.file else found.table, str(found).removeprefix(f"{found.at}: "))
    if new is not None:
        window = read_window(books, new, [day], after.knowledge.batch)
        for record in window.timeline.records:
            if record.seq > batch:
                yield Cause(day, "batch", record.source, f"batch {record.seq}, {record.rows} readings")
    for act in books.acts:
        if act_seen < act.seq <= after.knowledge.act and act.kind != "settle":
            words = act.body.get("reason") or act.body.get("what") or act.body.get("about") or act.body.get("tag") or ""
            yield Cause(day, "act", f"act {act.seq}", f"{act.kind}, {act.who} ({act.role}): {words}".rstrip(": "))
