"""What parties ask for fixed items: invoices.csv, posted to site:fixed (L2, L5).

Areas bear their fixed charges at budget; what the invoices come to stands on the other side of the same account, so that site:fixed
shows what the budget missed.
"""

from __future__ import annotations

from decimal import Decimal

from shiftledger.core.money import cents_to_decimal
from shiftledger.core.trace import Node
from shiftledger.ledger.plan import budget_part
from shiftledger.ledger.posting import SITE_FIXED, Posting
from shiftledger.ledger.postings import Entry, ShiftContext
from shiftledger.plant.roster import day_span
from shiftledger.plant.terms import Invoice


def invoice_entries(context: ShiftContext, *, first: bool) -> list[Entry]:
    """The rows outside:<party> -> site:fixed of a shift; `first`: it is its production day's first one. # L2, L3

    An invoice counts in the first shift of its day. One that names a last day was known beforehand and is spread over real hours.
    """
    entries = []
    shift = context.quantities.shift
    for row in sorted(context.plant.invoices, key=lambda row: (row.item, row.party, row.day)):
        if not row.day <= context.day <= (row.until or row.day) or not (first or row.until):
            continue
        before, until, span = _part(context, row)
        coin = Decimal(1).scaleb(-context.decimals)
        args = (("quantum", coin), ("before", before), ("until", until), ("span", span))
        cents = budget_part(row.amount, quantum=coin, before=before, until=until, span=span)
        leaf = Node(f"{row.item}, {row.party or 'outside'}", row.amount, "money", at=str(row.at), clause="L2")
        node = Node(f"{row.item}, {shift.id}", cents, "cents", "budget_part", args, (leaf,), "L5", str(row.at))
        source = f"outside:{row.party}" if row.party else "outside"
        status = "allocated" if row.until else "measured"
        price = cents_to_decimal(cents, context.decimals)
        posting = Posting(
            context.day, shift.id, "", context.month, source, SITE_FIXED, row.item, 1, price, cents, "fixed", status, "L3"
        )
        entries.append(Entry(posting, node))
    return entries


def _part(context: ShiftContext, row: Invoice) -> tuple[int, int, int]:
    """Where the shift begins and ends in the invoice's days, and their length. # L5"""
    if row.until is None:
        return 0, 1, 1
    start, end = day_span(context.plant, row.day).start, day_span(context.plant, row.until).end
    span = context.quantities.shift.span
    return span.start - start, span.end - start, end - start
