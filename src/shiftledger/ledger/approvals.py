"""Which approvals stand, and what of a day is not approved: price sets and definitions by one mechanism (L1, N2, R5).

An approval is an act on content, row by row: a day may be closed if what governs it stands as approved. So a row that is added or
changed leaves open only the days on which it holds, and a sealed day keeps the version under which it was sealed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from shiftledger.acts.acts import Act
from shiftledger.core.issue import Issue, Location
from shiftledger.ledger.codes import L003
from shiftledger.ledger.prices import price_set_hash
from shiftledger.plant.definitions import ALWAYS, GROUPS, Defined, approvable, content_of, is_price_set
from shiftledger.plant.governing import changes
from shiftledger.plant.model import Plant
from shiftledger.plant.price_sets import price_set_on, sets_in_use
from shiftledger.plant.rows import place

StoredPlant = Callable[[str], Plant | None]  # the plant as the stored text of a hash says it


def nobody_knows(_key: str) -> Plant | None:
    """No stored text can be read: then a message does not say what was approved before."""
    return None


@dataclass(frozen=True, slots=True)
class Approval:
    """What an act of approval says: the hash of the whole, its rows (content, first and last day), and the plant's text of then.

    `rows` is empty in acts that only have the hash, `text` in acts that name no text.
    """

    act: Act
    rows: tuple[tuple[str, str, str], ...]

    @property
    def text(self) -> str:
        return self.act.body.get("text", "")

    def on(self, label: str) -> Counter[str]:
        """The contents that it approved for the day, each as often as it stood there."""
        return Counter(
            digest
            for digest, first, last in self.rows
            if (first == ALWAYS or first <= label) and (last == ALWAYS or label <= last)
        )


def approved_body(plant: Plant, name: str) -> tuple[str, str]:
    """What an approval of `name` binds to: the hash of the whole, and its rows as the act lists them. # R5"""
    rows = approvable(plant).get(name, ())
    whole = price_set_hash(plant, name.partition("/")[2]) if is_price_set(name) else content_of(rows)
    return whole, " ".join(sorted(map(str, rows)))


def newest_approvals(plant: Plant, acts: Iterable[Act]) -> dict[str, Approval]:
    """The approval in force of each name: the newest by a role that may. # L1, R5"""
    found = dict[str, Act]()
    for act in acts:
        name = act.body.get("what", "")
        allowed = approvers(plant, name)
        if act.kind == "approve" and (not allowed or act.role in allowed):
            found[name] = act
    return {name: _approval(act) for name, act in found.items()}


def _approval(act: Act) -> Approval:
    rows = (tuple(text.split(":")) for text in act.body.get("rows", "").split())
    return Approval(act, tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3))


def approvers(plant: Plant, name: str) -> tuple[str, ...]:
    """The roles that may approve it; none: every role."""
    return plant.settings.price_approvers if is_price_set(name) else plant.settings.definition_approvers


@dataclass(frozen=True, slots=True)
class Standing:
    """A plant's text against the approvals in force: what is asked for, and whether it stands."""

    plant: Plant
    defined: Mapping[str, tuple[Defined, ...]]
    approvals: Mapping[str, Approval]
    then: StoredPlant = nobody_knows
    before: dict[str, Mapping[str, tuple[Defined, ...]]] = field(default_factory=dict)  # kept: what an approved text defined

    def names(self) -> tuple[str, ...]:
        """Everything that plant.toml asks an approval for, whether it still is in the text or not."""
        settings = self.plant.settings
        sets = [f"prices/{name}" for name in sets_in_use(self.plant)] if settings.price_approval else []
        if not settings.definition_approval:
            return tuple(sets)
        gone = sorted(name for name in self.approvals if name not in self.defined and name.partition("/")[0] in GROUPS)
        return (*sets, *(name for name in self.defined if not is_price_set(name)), *gone)

    def unapproved(self, day: date, *, before: bool = True) -> Iterator[Issue]:
        """Why a day may not be closed; nothing where all that governs it is approved. # L1, N2, R5

        `before`: also prices and states of the day before, from which stocks and states are revalued; of a settled one they stand.
        """
        eve = self._asked(day - timedelta(days=1), revalued=True) if before else ()
        for name, when in dict.fromkeys([*self._asked(day), *eve]):
            issue = self._problem(name, when)
            if issue is not None:
                yield issue

    def lapse(self, name: str, since: date) -> Issue | None:
        """The first thing of a name that is not as it was approved, on some day from `since` on; None where it stands. # R5"""
        label, approval = since.isoformat(), self.approvals.get(name)
        rows = [(row.first, row.last) for row in self.defined.get(name, ())]
        rows += [(first, last) for _, first, last in approval.rows] if approval else []
        ends = (date.fromisoformat(last) for _, last in rows if last != ALWAYS and last < date.max.isoformat())
        begins = {first for first, _ in rows if first != ALWAYS} | {str(end + timedelta(days=1)) for end in ends}
        begins |= {first for first, _ in self.plant.settings.price_sets}
        days = (since, *(date.fromisoformat(begin) for begin in sorted(begins) if begin > label))
        if name in self.names():
            days = tuple(day for day in days if (name, day) in self._asked(day))
        return next((issue for day in days if (issue := self._problem(name, day)) is not None), None)

    def _asked(self, day: date, *, revalued: bool = False) -> Iterator[tuple[str, date]]:
        settings = self.plant.settings
        for name in self.names():
            if is_price_set(name):
                market = settings.market_set if not revalued else ""
                asked = name.partition("/")[2] in (price_set_on(self.plant, day), market)
            else:
                asked = not revalued or name.startswith("state/")
            if asked:
                yield name, day

    def _problem(self, name: str, day: date) -> Issue | None:
        """The first thing of a name that is not as it was approved for the day."""
        label, approval = day.isoformat(), self.approvals.get(name)
        rows = [row for row in self.defined.get(name, ()) if row.on(label)]
        if approval is None or not approval.rows:
            return self._never(name, rows, approval)
        left = approval.on(label)
        for row in sorted(rows, key=lambda row: row.at):
            if not left[row.digest]:
                changed = self._change(approval, name, row, label)
                told = ", ".join(f"{name} {text}" for name, text in changed.items())
                at = place(self.plant.text, row.at, next(iter(changed))) if changed else row.at
                return _issue(name, f"{row.says} is not approved for {day}{told and f': {told}'}", at)
            left[row.digest] -= 1
        gone = +left
        if not gone:
            return None
        missed = [row.says for row in self._then(approval, name) if gone[row.digest]]
        what = f": {missed[0]}" if missed else ""
        return _issue(name, f"{_called(name)} lacks what was approved for {day}{what}", _file(name, self.defined.get(name, ())))

    def _never(self, name: str, rows: Sequence[Defined], approval: Approval | None) -> Issue | None:
        """Nobody approved it, or an act that lists no rows: of a set that only has its hash, or of something that was not there."""
        if approval is not None and approval.act.on_hash == approved_body(self.plant, name)[0]:
            return None
        if not rows and not is_price_set(name):
            return None
        return _issue(name, f"{_called(name)} is not approved as it stands", _file(name, self.defined.get(name, ())))

    def _change(self, approval: Approval, name: str, row: Defined, label: str) -> dict[str, str]:
        """What the row says otherwise than the one that was approved for the day, by field; none where nobody knows. # N2"""
        same = [old for old in self._then(approval, name) if (old.row.table, old.row.key) == (row.row.table, row.row.key)]
        held = [old for old in same if old.on(label)]
        return changes(held[0].row, row.row) if held else {}

    def _then(self, approval: Approval, name: str) -> tuple[Defined, ...]:
        if approval.text not in self.before:
            plant = self.then(approval.text) if approval.text else None
            self.before[approval.text] = approvable(plant) if plant is not None else {}
        return self.before[approval.text].get(name, ())


def asks(plant: Plant) -> bool:
    """Whether plant.toml asks for any approval."""
    return plant.settings.price_approval or plant.settings.definition_approval


def standing_of(plant: Plant, acts: Iterable[Act], then: StoredPlant = nobody_knows) -> Standing:
    """The plant's text against the approvals among the acts; nothing is worked out where plant.toml asks for none."""
    return Standing(plant, approvable(plant), newest_approvals(plant, acts), then) if asks(plant) else Standing(plant, {}, {})


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval on which rows of a figure's tree rest: `rows` are their places."""

    name: str
    act: Act
    rows: tuple[str, ...]


def approvals_behind(plant: Plant, acts: Iterable[Act], day: date, places: Iterable[str]) -> tuple[Approved, ...]:
    """The approvals that covered, on the day, rows that stand at these places (file:line) of the plant's text. # I7, R5"""
    found = newest_approvals(plant, acts)
    if not found:
        return ()
    wanted, label = frozenset(places), day.isoformat()
    told = []
    for name, rows in approvable(plant).items():
        approval = found.get(name)
        covered = approval.on(label) if approval else Counter()
        own = [str(row.at) for row in rows if str(row.at) in wanted and row.on(label) and covered[row.digest]]
        if approval is not None and own:
            told.append(Approved(name, approval.act, tuple(own)))
    return tuple(told)


def _called(name: str) -> str:
    return f'price set "{name.partition("/")[2]}"' if is_price_set(name) else f'"{name}"'


def _file(name: str, rows: Sequence[Defined]) -> Location:
    if is_price_set(name):
        return Location(f"{name}.csv")
    return min(row.at for row in rows) if rows else Location(name)


def _issue(name: str, message: str, at: Location) -> Issue:
    typed = f'"{name}"' if any(mark.isspace() for mark in name) else name
    remedy = f"Record an approval: shiftledger act PLANT approve --what {typed} --who ... --role ..."
    return Issue(L003.code, L003.severity, message, at, remedy)
