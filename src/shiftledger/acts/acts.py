"""Acts: what people decided, append-only and hash-chained, an input of every close (R5).

An act says who in which role did what, when, on which content (`on_hash`) and on what evidence. An approval binds to that
content and so lapses when the content changes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from shiftledger.acts.codes import A001, A002
from shiftledger.acts.event_fields import ALLOWED, INSTANT, LONGEST, NEEDED, event_faults
from shiftledger.acts.event_fields import INSTANTS as EVENT_INSTANTS
from shiftledger.acts.heads import note_head, noted_head
from shiftledger.acts.state import GENESIS, State, acts, writing
from shiftledger.core.canon import canonical_text, chain_hash
from shiftledger.core.issue import Issue, Location, Outcome

# kind -> the fields of its body. A visible table: nothing registers itself.
KINDS: Mapping[str, tuple[str, ...]] = {
    "settle": ("month",),  # closes the books of an accounting month
    "reopen": ("month", "reason"),  # takes a settlement back: a new version of the month, with a difference sheet
    "approve": ("what",),  # approves a price set ("prices/<set>") or a definition ("standards/<area>") as it stands
    "suspect": ("tag", "start", "end"),  # confirms that a meter lied: its readings in [start, end) count as bad
    "decision": ("about",),  # anything else that was decided, linked to an address
    "event": NEEDED,  # something happened to a unit or an area: a halt, with its cause
    "withdraw": ("event",),  # takes back an event by the number of its act, whatever superseded it until then
    "verify": ("event",),  # somebody in another role saw that a job was done: by the number of its act
    "exclude": ("area", "shift", "event", "reason"),  # leaves a shift out of the ranking, for an event by the number of its act
    "lift": ("act", "reason"),  # takes back a suspect or an exclusion by the number of its act
    "readmit": ("rows",),  # refused rows count after all: their ids, blank between
    "drop": ("rows",),  # refused rows are rightly refused
}
MORE: Mapping[str, tuple[str, ...]] = {
    "event": ALLOWED,
    "approve": ("rows", "text"),  # what was approved, row by row: content, first and last day; the hash of the plant's text
    "exclude": ("start", "end"),  # the instants of the shift
    "readmit": ("value", "rivals"),  # the value that holds; ids of the rows that said otherwise of the same point
}  # kind -> fields that may be left out; every kind may have a reason
INSTANTS: Mapping[str, tuple[str, ...]] = {
    "suspect": ("start", "end"),
    "event": EVENT_INSTANTS,
}  # kind -> fields that are instants
NUMBERED: Mapping[str, str] = {"withdraw": "event", "verify": "event", "exclude": "event", "lift": "suspect or exclusion"}


FIRST_MONTH, LAST_MONTH = date(1900, 2, 1), date(2199, 11, 1)  # what the readings may carry


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `body` holds the fields of its kind as text; `made_at` is UTC microseconds."""

    kind: str
    who: str
    role: str
    made_at: int
    body: Mapping[str, str]
    on_hash: str = ""
    evidence: str = ""
    seq: int = -1
    prev: str = ""
    hash: str = ""


def checked(act: Act) -> tuple[Issue, ...]:
    """What is wrong with an act before it is recorded, all at once."""
    where = Location(f"act {act.kind}")
    found: list[Issue] = []

    def wrong(message: str, remedy: str) -> None:
        found.append(Issue(A002.code, A002.severity, message, where, remedy))

    if act.kind not in KINDS:
        wrong(f'there is no act "{act.kind}"', f"Acts are: {', '.join(KINDS)}.")
        return tuple(found)
    for name in KINDS[act.kind]:
        if not act.body.get(name):
            wrong(f'the act "{act.kind}" needs {name}', f"Give {', '.join(KINDS[act.kind])}.")
    for name in sorted(set(act.body) - {*KINDS[act.kind], *MORE.get(act.kind, ()), "reason"}):
        wrong(f'the act "{act.kind}" has no {name}', f"Give {', '.join(KINDS[act.kind])} and, if you like, reason.")
    if not act.who.strip() or not act.role.strip():
        wrong("an act says who did it and in which role", 'Such as who "cost controller, post 1", role "controller".')
    for name in ("start", "end"):
        if act.kind == "suspect" and act.body.get(name) and not INSTANT.fullmatch(act.body[name]):
            wrong(f"{name} is not an instant", "Give a time with its offset, such as 2026-04-01T08:00:00+02:00.")
    if act.kind == "suspect" and not found and int(act.body["end"]) <= int(act.body["start"]):
        wrong(
            "the suspect period ends before it begins",
            "Give the first instant that counts as bad, then the first that is good again.",
        )
    for message, remedy in event_faults(act.body) if act.kind == "event" else ():
        wrong(message, remedy)
    named = "act" if act.kind == "lift" else "event" if act.kind in ("withdraw", "verify", "exclude") else ""
    if named and act.body.get(named) and not re.fullmatch(r"[0-9]{1,18}", act.body[named]):
        wrong(
            f"{act.body[named][:40]!r} is not the number of an act",
            f"Give the number under which the {NUMBERED[act.kind]} was recorded.",
        )
    for message, remedy in wording_faults(act) if act.kind in ("exclude", "lift") else ():
        wrong(message, remedy)
    if act.kind in ("settle", "reopen") and act.body.get("month"):
        try:
            if not FIRST_MONTH <= date.fromisoformat(act.body["month"] + "-01") <= LAST_MONTH:
                raise ValueError
        except ValueError:
            wrong(f"{act.body['month']!r} is not a month", "Write it as 2026-03.")
    return tuple(found)


def wording_faults(act: Act) -> Iterator[tuple[str, str]]:
    """What cannot be printed as it was typed, or is no sentence any more: of who, role, reason and evidence."""
    for name, text in (("who", act.who), ("role", act.role), ("reason", act.body.get("reason", "")), ("evidence", act.evidence)):
        if len(text) > LONGEST:
            yield (
                f"{name} is longer than {LONGEST} characters",
                "Say it shorter; what is long belongs in a document that the evidence names.",
            )
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
            yield f"{name} holds a character that cannot be printed", "Type it anew, in one line."


def record(state: State, act: Act) -> Outcome[Act | None]:
    """Append an act to the chain; nothing is written if it is not one. # R5"""
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    with writing(state) as connection:
        made = append_act(connection, act)
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


def append_act(connection: sa.Connection, act: Act) -> Act:
    """The next link of the chain, inside a writing transaction."""
    return append_acts(connection, [act])[0]


def append_acts(connection: sa.Connection, new: Sequence[Act]) -> list[Act]:
    """The next links of the chain in the order given, inside a writing transaction."""
    last = connection.execute(sa.select(acts.c.seq, acts.c.hash).order_by(acts.c.seq.desc()).limit(1)).first()
    seq, prev = (last.seq, last.hash) if last else (-1, GENESIS)
    made, rows = [], []
    for act in new:
        seq += 1
        body = canonical_text(act.body)
        bare = replace(act, body=dict(act.body), seq=seq, prev=prev, hash="")
        prev = act_hash(bare, body)
        made.append(replace(bare, hash=prev))
        names = ("seq", "kind", "who", "role", "made_at", "on_hash", "evidence", "prev")
        rows.append({**{name: getattr(bare, name) for name in names}, "body": body, "hash": prev})
    if rows:
        connection.execute(acts.insert(), rows)
    return made


def act_hash(act: Act, body: str) -> str:
    """The link of an act: over everything it says and the link before it."""
    return chain_hash(act.prev, act.seq, act.kind, act.who, act.role, act.made_at, body, act.on_hash, act.evidence)


def read_acts(state: State, upto: int | None = None) -> tuple[Act, ...]:
    """Acts in order, up to and including sequence number `upto`."""
    query = sa.select(acts).order_by(acts.c.seq)
    if upto is not None:
        query = query.where(acts.c.seq <= upto)
    with state.engine.connect() as connection:
        rows = connection.execute(query).all()
    return tuple(Act(r.kind, r.who, r.role, r.made_at, _body(r.body), r.on_hash, r.evidence, r.seq, r.prev, r.hash) for r in rows)


def _body(text: str) -> Mapping[str, str]:
    """The stored body; a damaged one is kept as it is, so that the chain can point at it."""
    try:
        body = json.loads(text)
    except ValueError:
        return {"damaged": text}
    return {str(name): str(value) for name, value in body.items()} if isinstance(body, dict) else {"damaged": text}


def verify_acts(state: State) -> tuple[Issue, ...]:
    """The chain recomputed: every act that was changed, added in between or taken away. # L7"""
    found: list[Issue] = []
    prev = GENESIS
    for position, act in enumerate(read_acts(state)):
        body = act.body["damaged"] if "damaged" in act.body else canonical_text(act.body)
        if act.seq != position or act.prev != prev or act_hash(act, body) != act.hash:
            found.append(
                Issue(
                    A001.code,
                    A001.severity,
                    f"act {act.seq} ({act.kind}, by {act.who}) was changed, or the one before it is missing",
                    Location("acts", act.seq),
                    "Restore the store from a copy; an act is never edited, a later act corrects it.",
                )
            )
        prev = act.hash
    end = noted_head(state, "acts")
    if end and end[1] not in {act.hash for act in read_acts(state)}:
        message = f"the last act that was recorded, {end[0]}, is missing or was changed"
        found.append(Issue(A001.code, A001.severity, message, Location("acts", max(end[0], 0)), "Restore the store from a copy."))
    return tuple(found)
