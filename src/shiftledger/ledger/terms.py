"""The terms of an area's value beside its flows and charges: states, quality, and what stands in for events (L3).

One list of what is posted for a shift, and how each such row is found again on the statement, late results included: by its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.trace import Node
from shiftledger.ledger.invoices import invoice_entries
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.postings import Entry, ShiftContext
from shiftledger.ledger.potentials import state_entries, states_of
from shiftledger.ledger.quality import open_quality, quality_entries
from shiftledger.ledger.regrades import open_grades, regrade_entries
from shiftledger.ledger.savings import saving_entries
from shiftledger.ledger.steps import BridgeLine
from shiftledger.ledger.transfers import charge_entries, transfer_entries
from shiftledger.quantities.states import key_of

# In the order in which the bridge shows them. # L4
KINDS = ("quality", "charge", "transfer", "state")
LINES = {"transfer": "no-fault"}  # what the bridge calls it where that is another word


def post_terms(context: ShiftContext, balance: Balance, areas: Sequence[str], before: date | None) -> Outcome[tuple[Entry, ...]]:
    """The rows of a shift that no flow carries; `before` is the previous production day if this is its day's first shift. # L3"""
    found = [
        quality_entries(context, balance),
        regrade_entries(context, balance),
        *(state_entries(context, area, before) for area in areas),
    ]
    entries: list[Entry] = [*invoice_entries(context, first=before is not None), *charge_entries(context, balance, tuple(areas))]
    entries += [entry for area in areas for entry in transfer_entries(context, area)]
    saved = saving_entries(context)
    entries += saved.result
    issues: list[Issue] = [*saved.issues]
    for outcome in found:
        entries += outcome.result
        issues += outcome.issues
    return Outcome(tuple(entries), ordered(issues))


def term_of(row: Posting) -> str:
    """Which term a row belongs to, `<kind>:<what>`, a late correction to the one that it corrects; "" for flows and charges. # L6"""
    what, _, corrected = row.what.rpartition(":") if row.kind == "trueup" else (row.what, "", row.kind)
    return f"{corrected}:{what}" if corrected in KINDS else ""


def is_term(item: str) -> bool:
    """Whether an item of a statement is such a term."""
    return item.partition(":")[0] in KINDS


def term_lines(items: Mapping[str, Node]) -> tuple[BridgeLine, ...]:
    """The bridge's lines of terms that standards know nothing of: what was posted, in the order of the bridge. # L4"""
    named = [
        (kind, item.partition(":")[2], items[item]) for kind in KINDS for item in sorted(items) if item.startswith(f"{kind}:")
    ]
    return tuple(BridgeLine(LINES.get(kind, kind), what, node.value, node) for kind, what, node in named)


def unknown_terms(context: ShiftContext, area: str, balance: Balance) -> tuple[str, ...]:
    """What V lacks so far: states without a boundary value, assays that premiums and grades wait for. # I8"""
    found = context.quantities
    states = [key_of(state.id) for state in states_of(context.plant, area, context.day)]
    ends = {key: (found.opening.get(key), found.closing.get(key)) for key in states}
    missing = tuple(key for key, values in ends.items() if any(value is None or value.quanta is None for value in values))
    return (*missing, *open_quality(context, area, balance), *open_grades(context, area, balance))
