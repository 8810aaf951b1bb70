"""Approving a price set or a definition: an act that binds to its content, and keeps the text that was looked at (L1, N2, R5)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shiftledger.acts.acts import Act, append_acts, checked, read_acts, wording_faults
from shiftledger.acts.codes import A002
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.ledger.approvals import approved_body, approvers, newest_approvals, standing_of
from shiftledger.ledger.book import store_texts, text_body
from shiftledger.plant.definitions import approvable, is_price_set, spelled
from shiftledger.plant.load import text_hash
from shiftledger.plant.model import Plant

ALL = "all"
SHOWN = 60  # characters of what somebody typed


def approve(plant: Plant, state: State, act: Act) -> Outcome[tuple[Act, ...]]:
    """Record an approval of each thing that `what` names, as the plant's text has it now; nothing is written if one of them is wrong. # R5

    `what`: a name, several with a semicolon between them, or `all`: what plant.toml asks the role for and is not approved as it
    stands. Each is an act of its own on its own content, so that each lapses by itself. All of them and the text are stored
    in one transaction, so what was approved can be read again: whole or absent.
    """
    issues = checked(act)
    if issues:
        return Outcome((), issues)
    acts = read_acts(state)
    names = waiting(plant, act.role, acts) if act.body["what"].strip() == ALL else _several(plant, act.body["what"])
    issues = tuple(dict.fromkeys(issue for name in names for issue in _faults(plant, act, name, acts)))
    if not names:
        remedy = "See shiftledger decided PLANT; plant.toml says what needs an approval, and by whom."
        issues = (_fault(f'nothing waits for an approval by the role "{act.role[:SHOWN]}"', remedy),)
    if issues:
        return Outcome((), issues)
    key = text_hash(plant)
    bound = [_bound(plant, act, name, key) for name in names]
    with writing(state) as connection:
        store_texts(connection, {key: text_body(plant.text)})
        made = append_acts(connection, bound)
    note_head(state, "acts", made[-1].seq, made[-1].hash)
    return Outcome(tuple(made))


def waiting(plant: Plant, role: str, acts: Sequence[Act]) -> tuple[str, ...]:
    """What plant.toml asks an approval for, the role may give and nobody gave of the content as it stands, in the order of the list. # R5"""
    standing = standing_of(plant, acts)
    free = [name for name in standing.names() if role in (approvers(plant, name) or (role,))]
    given = {name: approval.act.on_hash for name, approval in standing.approvals.items()}
    return tuple(name for name in free if given.get(name) != approved_body(plant, name)[0])


def _several(plant: Plant, what: str) -> tuple[str, ...]:
    """The names that somebody typed, each once; a name that holds a semicolon itself is one."""
    if spelled(what) in approvable(plant):
        return (spelled(what),)
    return tuple(dict.fromkeys(spelled(name) for name in what.split(";") if name.strip())) or (what,)


def _bound(plant: Plant, act: Act, name: str, text: str) -> Act:
    """The act on the content of one name."""
    whole, rows = approved_body(plant, name)
    return replace(act, body={**act.body, "what": name, "rows": rows, "text": text}, on_hash=whole)


def _faults(plant: Plant, act: Act, name: str, acts: Sequence[Act]) -> Iterator[Issue]:
    """What an approval says that is not so: an act cannot be taken back, so it is checked first."""
    known = list(dict.fromkeys([*approvable(plant), *newest_approvals(plant, acts)]))  # that something is gone is approved, too
    if name not in known:
        near = difflib.get_close_matches(name, known, 1) or [one for one in known if one.partition("/")[2] == name][:1]
        shown = f"There are: {', '.join(known[:8])}{' ...' if len(known) > 8 else ''}. All: shiftledger decided PLANT."
        yield _fault(f'there is no what "{name[:SHOWN]}" in this plant', f"Closest: {near[0]}." if near else shown)
    roles = approvers(plant, name)
    if roles and act.role not in roles:
        near = difflib.get_close_matches(act.role, roles, 1)
        field, what = ("price_approvers", "prices") if is_price_set(name) else ("definition_approvers", "definitions")
        hint = f"{f'Closest: {near[0]}. ' if near else ''}plant.toml names {', '.join(roles)} ({field})."
        yield _fault(f'the role "{act.role[:SHOWN]}" does not approve {what} in this plant', hint)
    for message, remedy in wording_faults(act):
        yield _fault(message, remedy)


def _fault(message: str, remedy: str) -> Issue:
    return Issue(A002.code, A002.severity, message, Location("act approve"), remedy)
