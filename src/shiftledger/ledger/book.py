"""Seals: the one commit point of a close (L7; FORMATS, "Knowledge and seals").

A result exists when its seal is in SQL. Seals form one hash chain over acts of publication; re-closing a day appends a seal and
changes nothing earlier. A seal holds what is needed to compute the day again: the stored plant text, the watermarks and the
boundary values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from shiftledger.acts.heads import noted_head
from shiftledger.acts.state import GENESIS, State, seals, texts
from shiftledger.core.canon import canonical_text, chain_hash, content_hash
from shiftledger.core.issue import Issue, Location
from shiftledger.ledger.codes import V001, V004
from shiftledger.ledger.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Seal:
    """One row of the chain. `boundaries`: quanta by stock and instant; `knowledge`: the watermarks the day was closed at."""

    day: date
    close_id: str
    result_hash: str
    input_hash: str
    text_hash: str
    knowledge: Knowledge
    boundaries: Mapping[str, Mapping[int, int]]
    rules: str
    program: str
    who: str
    made_at: int
    seq: int = -1
    prev: str = ""
    hash: str = ""


def read_seals(state: State) -> tuple[Seal, ...]:
    """All seals in order."""
    with state.engine.connect() as connection:
        rows = connection.execute(sa.select(seals).order_by(seals.c.seq)).all()
    return tuple(_seal(row) for row in rows)


def last_seal_of(state: State, day: date) -> Seal | None:
    """The newest seal of a production day, without reading the others."""
    query = sa.select(seals).where(seals.c.day == day.isoformat()).order_by(seals.c.seq.desc()).limit(1)
    with state.engine.connect() as connection:
        row = connection.execute(query).first()
    return _seal(row) if row else None


def seals_of(state: State, day: date) -> tuple[Seal, ...]:
    """All seals of one production day, in order."""
    query = sa.select(seals).where(seals.c.day == day.isoformat()).order_by(seals.c.seq)
    with state.engine.connect() as connection:
        return tuple(_seal(row) for row in connection.execute(query).all())


def latest(chain: Iterable[Seal]) -> dict[date, Seal]:
    """The newest seal of each day, by day."""
    newest = {seal.day: seal for seal in chain}
    return {day: newest[day] for day in sorted(newest)}


def first_of(chain: Iterable[Seal]) -> dict[date, Seal]:
    """The first seal of each day: its watermark is what counts as original. # L6"""
    firsts: dict[date, Seal] = {}
    for seal in chain:
        firsts.setdefault(seal.day, seal)
    return firsts


def month_hash(seals: Iterable[Seal]) -> str:
    """What a settlement binds to: the seals of its days. # L7"""
    return content_hash(sorted((seal.day.isoformat(), seal.result_hash) for seal in seals))


def append_seals(connection: sa.Connection, new: Iterable[Seal], bodies: Mapping[str, str]) -> list[Seal]:
    """Store the plant texts and link the seals, inside a writing transaction. # L7"""
    store_texts(connection, bodies)
    last = connection.execute(sa.select(seals.c.seq, seals.c.hash).order_by(seals.c.seq.desc()).limit(1)).first()
    seq, prev = (last.seq, last.hash) if last else (-1, GENESIS)
    linked = []
    for seal in new:
        seq += 1
        made = replace(seal, seq=seq, prev=prev)
        row = _row(made)
        row["hash"] = _link(row)
        connection.execute(seals.insert().values(**row))
        linked.append(replace(made, hash=row["hash"]))
        prev = row["hash"]
    return linked


def store_texts(connection: sa.Connection, bodies: Mapping[str, str]) -> None:
    """Keep plant texts that are not kept yet, by their hash, inside a writing transaction."""
    for key in sorted(bodies):
        if connection.execute(sa.select(texts.c.hash).where(texts.c.hash == key)).first() is None:
            connection.execute(texts.insert().values(hash=key, body=bodies[key]))


def verify_chain(state: State) -> tuple[Issue, ...]:
    """Recompute the chain of seals and the hashes of stored texts; every changed row is named. # L7"""
    found: list[Issue] = []
    prev, position = GENESIS, 0
    with state.engine.connect() as connection:
        rows = connection.execute(sa.select(seals).order_by(seals.c.seq)).all()
        stored = connection.execute(sa.select(texts).order_by(texts.c.hash)).all()
    for row in rows:
        values = dict(row._mapping)
        if values["seq"] != position or values["prev"] != prev or _link(values) != values["hash"]:
            found.append(
                Issue(
                    V001.code,
                    V001.severity,
                    f"seal {values['seq']} of day {values['day']} was changed, or the one before it is missing",
                    Location("seals", values["seq"]),
                    "Restore the store from a copy. A seal is never edited; closing the day again appends one.",
                )
            )
        prev, position = values["hash"], values["seq"] + 1
    end = noted_head(state, "seals")
    if end and end[1] not in {row.hash for row in rows}:
        message = f"the last seal that was made, {end[0]}, is missing or was changed"
        found.append(
            Issue(V001.code, V001.severity, message, Location("seals", max(end[0], 0)), "Restore the store from a copy.")
        )
    for row in stored:
        if text_body_hash(row.body) != row.hash:
            found.append(
                Issue(
                    V004.code,
                    V004.severity,
                    f"the stored plant text {row.hash[:12]} was changed{_changed_files(row.body)}",
                    Location("texts"),
                    "Restore the store from a copy; the text that a seal names is never edited.",
                )
            )
    return tuple(found)


def _changed_files(body: str) -> str:
    try:
        names = sorted(json.loads(body))
    except (ValueError, TypeError):
        return ""
    return f" (one of {', '.join(names)})" if names else ""


def text_body(files: Mapping[str, str]) -> str:
    """A plant's text as one stored value."""
    return canonical_text(dict(files))


def text_body_hash(body: str) -> str:
    """The hash that names a stored text; equal to the plant's text hash."""
    try:
        return content_hash(sorted(json.loads(body).items()))
    except (ValueError, AttributeError, TypeError):
        return ""


def read_text(state: State, key: str) -> dict[str, str] | None:
    """The stored plant text of a seal, file name -> content; None if it is missing or no longer text."""
    with state.engine.connect() as connection:
        row = connection.execute(sa.select(texts.c.body).where(texts.c.hash == key)).first()
    if row is None:
        return None
    try:
        body = json.loads(row.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) and all(isinstance(text, str) for text in body.values()) else None


def _row(seal: Seal) -> dict[str, Any]:
    values = {name: getattr(seal, name) for name in ("seq", "close_id", "result_hash", "input_hash", "text_hash", "rules")}
    values |= {name: getattr(seal, name) for name in ("program", "who", "made_at", "prev")}
    values["day"] = seal.day.isoformat()
    values["basis"] = canonical_text(asdict(seal.knowledge))
    values["boundaries"] = canonical_text(seal.boundaries)
    return values


def _link(row: Mapping[str, Any]) -> str:
    return chain_hash(str(row["prev"]), *(row[name] for name in sorted(row) if name not in ("prev", "hash")))


def _seal(row: Any) -> Seal:
    """A row as a seal; damaged JSON becomes empty, so that `verify_chain` can point at it."""
    try:
        basis, bounds = json.loads(row.basis), json.loads(row.boundaries)
        steps = tuple((int(batch), int(act), str(month)) for batch, act, month in basis["steps"])
        fixed = tuple((str(stock), int(at), int(quanta)) for stock, at, quanta in basis["fixed"])
        prices = tuple((str(material), str(price)) for material, price in basis["prices"])
        knowledge = Knowledge(**{**basis, "steps": steps, "fixed": fixed, "prices": prices})
        boundaries = {stock: {int(at): int(q) for at, q in values.items()} for stock, values in bounds.items()}
        day = date.fromisoformat(row.day)
    except (ValueError, TypeError, KeyError, AttributeError):
        knowledge, boundaries, day = Knowledge(-1), {}, date.min
    return Seal(
        day, row.close_id, row.result_hash, row.input_hash, row.text_hash, knowledge, boundaries,
        row.rules, row.program, row.who, row.made_at, row.seq, row.prev, row.hash,
    )  # fmt: skip
