"""Approving a price set or a definition: an act that binds to its content, and keeps the text that was looked at (L1, N2, R5)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shiftledger.acts.acts import Act, append_act, checked, read_acts, wording_faults
from shiftledger.acts.codes import A002
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.ledger.approvals import approved_body, approvers, newest_approvals
from shiftledger.ledger.book import store_texts, text_body
from shiftledger.plant.definitions import approvable, is_price_set, spelled
from shiftledger.plant.load import text_hash
from shiftledger.plant.model import Plant

SHOWN = 60  # characters of what somebody typed


def approve(plant: Plant, state: State, act: Act) -> Outcome[Act | None]:
    """Record an approval of what `what` names, as the plant's text has it now; nothing is written if there is no such thing. # R5

    The text is stored in the same transaction, so what was approved can be read again: whole or absent.
    """
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    name = spelled(act.body["what"])
    issues = tuple(_faults(plant, act, name, read_acts(state)))
    if issues:
        return Outcome(None, issues)
    whole, rows = approved_body(plant, name)
    key = text_hash(plant)
    bound = replace(act, body={**act.body, "what": name, "rows": rows, "text": key}, on_hash=whole)
    with writing(state) as connection:
        store_texts(connection, {key: text_body(plant.text)})
        made = append_act(connection, bound)
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


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
