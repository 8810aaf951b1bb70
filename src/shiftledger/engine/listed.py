"""Every act and whether it stands, and what of the plant's text is approved (R5).

An act is never edited: it is superseded, withdrawn, lifted or taken back by a later one, or it lapses because what it approved changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from shiftledger.acts.acts import Act, checked
from shiftledger.acts.events import standing
from shiftledger.acts.exclusions import exclusions, lifted
from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location
from shiftledger.engine.books import Books, open_books, stored_plant
from shiftledger.engine.days import days_to_close
from shiftledger.engine.settled import settlements
from shiftledger.ledger.approvals import Approval, Standing, StoredPlant, newest_approvals, nobody_knows
from shiftledger.plant.definitions import approvable
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import ONE_DAY

STANDS, LAPSED, MISSING, OVER = "stands", "lapsed", "missing", "over"
FIRST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act, what it is about in a word, and whether it `stands`, `lapsed` or is `over`; blank where nothing can end it.

    `by`: the act that ended it, None where nobody did.
    """

    act: Act
    about: str
    standing: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """Something that can be approved: `stands`, `lapsed` or `missing`. `asked`: plant.toml asks for its approval.

    `why` is the first thing that is not as it was approved, `at` where it stands.
    """

    name: str
    standing: str
    asked: bool
    act: Act | None = None
    why: str = ""
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class ActList:
    """All acts in their order, and everything that is asked for or was ever approved."""

    acts: tuple[ActLine, ...]
    approvals: tuple[ApprovalLine, ...]


def listed(plant: Plant, state: State | None, today: date) -> ActList:
    """Acts and approvals as they stand now. # R5

    What is sealed keeps its version: an approval is held against the days that are open; where there are no readings, from `today` on.
    """
    acts, since, then = _known(plant, state, today)
    approvals = tuple(_approval_lines(plant, acts, since, then))
    return ActList(tuple(_act_lines(acts, {line.name: line for line in approvals})), approvals)


def lapses(plant: Plant, state: State | None, today: date) -> tuple[Issue, ...]:
    """What plant.toml asks an approval for and is not approved as it stands, in the order of its names. # L1, N2, R5"""
    acts, since, then = _known(plant, state, today)
    now = Standing(plant, approvable(plant), newest_approvals(plant, acts), then)
    return tuple(issue for name in now.names() if (issue := now.lapse(name, since)) is not None)


def _known(plant: Plant, state: State | None, today: date) -> tuple[tuple[Act, ...], date, StoredPlant]:
    if state is None:  # then nothing is approved, for whichever day
        return (), FIRST, nobody_knows
    books = open_books(plant, state)
    return books.acts, _open_from(plant, state, books, today), partial(stored_plant, books)


def _open_from(plant: Plant, state: State, books: Books, today: date) -> date:
    """The first day that a close would seal next: after the newest seal, else the first that readings cover, else `today`."""
    if books.latest:
        return max(books.latest) + ONE_DAY
    return next(iter(days_to_close(plant, state, None, None)[0]), today)


def _approval_lines(plant: Plant, acts: Iterable[Act], since: date, then: StoredPlant) -> Iterator[ApprovalLine]:
    now = Standing(plant, approvable(plant), newest_approvals(plant, acts), then)
    asked = now.names()
    for name in (*asked, *(name for name in now.approvals if name not in asked)):
        approval: Approval | None = now.approvals.get(name)
        issue = now.lapse(name, since)
        stands = MISSING if approval is None else LAPSED if issue is not None else STANDS
        why, at = (issue.message, issue.at) if issue is not None and approval is not None else ("", None)
        yield ApprovalLine(name, stands, name in asked, approval.act if approval else None, why, at)


def _act_lines(acts: Sequence[Act], approvals: dict[str, ApprovalLine]) -> Iterator[ActLine]:
    events = {event.act for event in standing(acts)}
    gone, left_out = lifted(acts), {one.act for one in exclusions(acts)}
    settled = {act.seq for act in settlements(acts).standing.values()}
    withdrawn = {int(act.body["event"]): act.seq for act in acts if act.kind == "withdraw" and not checked(act)}
    for act in acts:
        stands, by = "", None
        if act.kind == "event":
            stands, by = _over(act.seq in events, withdrawn.get(act.seq))
        elif act.kind in ("suspect", "exclude"):
            lifter = gone.get(act.seq)
            stands, by = _over(lifter is None and (act.kind == "suspect" or act.seq in left_out), lifter.seq if lifter else None)
        elif act.kind == "settle":
            stands, by = _over(act.seq in settled, None)
        elif act.kind == "approve":
            line = approvals.get(act.body.get("what", ""))
            newest = line is not None and line.act is not None and line.act.seq == act.seq
            stands = line.standing if newest and line is not None else OVER
            by = line.act.seq if not newest and line is not None and line.act is not None and line.act.seq > act.seq else None
        yield ActLine(act, _about(act), stands, by)


def _over(stands: bool, by: int | None) -> tuple[str, int | None]:
    return (STANDS, None) if stands else (OVER, by)


def _about(act: Act) -> str:
    """What the act is about, as its body says."""
    body = act.body
    if act.kind == "exclude":
        return f"{body.get('area', '')} {body.get('shift', '')}"
    if act.kind == "event":
        return " ".join(
            part for part in (body.get("unit") or body.get("area", ""), body.get("kind", ""), body.get("job", "")) if part
        )
    named = ("what", "tag", "month", "about", "event", "act")
    return next((body[name] for name in named if body.get(name)), "")
