"""One row of the books (FORMATS, "Ledger rows"), and how rows add up.

A posting moves `amount` from one account to another; the balance of an account is from - to, so what an area gives counts for
it and what it takes counts against it. All integer and decimal: no float stands here (I5, exact level).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

KINDS = (
    "flow", "stock", "state", "fixed", "transfer", "price", "revaluation", "residual",
    "inherited", "metering", "rounding", "trueup", "reversal", "prior", "quality", "charge", "saving",
    "regrade",
)  # fmt: skip
STATUSES = ("measured", "reconciled", "allocated", "estimated", "provisional")  # from the strongest
SITE_PRICE = "site:price"
SITE_FIXED = "site:fixed"
SITE_ROUNDING = "site:rounding"
SITE_REVALUATION = "site:revaluation"
SITE_PRIOR = "site:prior-period"
SITE_SHADOW = "site:shadow"
SITE_NO_FAULT = "site:no-fault"
SITE_REGRADED = "site:regraded"


@dataclass(frozen=True, slots=True)
class Posting:
    """`qty` whole quanta of `what`, `price` per unit, `amount` cents (may be negative); `crew` one crew id, two separated
    by a blank where both ends are areas (from, then to), or "" where no area takes part."""

    day: date
    shift: str
    crew: str
    month: str
    source: str
    target: str
    what: str
    qty: int
    price: Decimal
    amount: int
    kind: str
    status: str
    clause: str

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """What a later correction nets against: everything but quantity, amount, month and status."""
        return (self.shift, self.source, self.target, self.what, self.crew, self.kind)

    def crew_of(self, area: str) -> str:
        """The crew of the row that belongs to the area; "" for nobody."""
        return next((crew for crew in self.crew.split() if crew.rpartition("/")[0] == area), "")

    @property
    def sort_key(self) -> tuple[str, ...]:
        return (self.shift, self.source, self.target, self.what, self.crew, self.kind, self.month, self.clause)


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Cents by account, from - to, in account order."""
    totals: dict[str, int] = {}
    for row in postings:
        totals[row.source] = totals.get(row.source, 0) + row.amount
        totals[row.target] = totals.get(row.target, 0) - row.amount
    return {account: totals[account] for account in sorted(totals)}


def net(new: Iterable[Posting], old: Iterable[Posting]) -> list[Posting]:
    """What must be posted so that `old` becomes `new`: one row per key, nothing where quantity and amount agree. # L6

    Rows with equal keys (two streams of one material between the same accounts) count together.
    """
    before: Mapping[tuple[str, ...], Posting] = {row.key: row for row in merged(old)}
    after: Mapping[tuple[str, ...], Posting] = {row.key: row for row in merged(new)}
    rows = []
    for key in sorted({**before, **after}):
        a, b = before.get(key), after.get(key)
        basis = b or a
        assert basis is not None
        qty = (b.qty if b else 0) - (a.qty if a else 0)
        amount = (b.amount if b else 0) - (a.amount if a else 0)
        if qty or amount:
            rows.append(replace(basis, qty=qty, amount=amount))
    return rows


def as_trueups(rows: Iterable[Posting]) -> list[Posting]:
    """Late results of an unsettled shift, to the same shift. # L6"""
    return [
        replace(row, kind="trueup", what=row.what if row.kind in ("flow", "stock") else f"{row.what}:{row.kind}", clause="L6")
        for row in rows
    ]


def as_prior(rows: Iterable[Posting], month: str) -> list[Posting]:
    """Later ones: what an area would have gained or lost stands at the site, in the open month, keyed to its shift. # L6"""

    def at_site(account: str) -> str:
        return SITE_PRIOR if account.startswith(("area:", "state:")) else account

    moved = [
        replace(
            row,
            source=at_site(row.source),
            target=at_site(row.target),
            crew="",
            month=month,
            kind="prior",
            what=row.what if row.kind in ("flow", "stock") else f"{row.what}:{row.kind}",
            clause="L6",
        )
        for row in rows
    ]
    return [row for row in merged(moved) if row.source != row.target or row.qty]


def merged(rows: Iterable[Posting]) -> list[Posting]:
    """Rows with equal keys and months added up; those that cancel are left out. A sum is no better known than its weakest row. # I8"""
    totals: dict[tuple[tuple[str, ...], str], Posting] = {}
    for row in rows:
        at = (row.key, row.month)
        have = totals.get(at)
        totals[at] = _joined(have, row) if have else row
    return [totals[at] for at in sorted(totals) if totals[at].qty or totals[at].amount]


def _joined(have: Posting, row: Posting) -> Posting:
    return replace(have, qty=have.qty + row.qty, amount=have.amount + row.amount, status=weaker(have.status, row.status))


def weaker(one: str, other: str) -> str:
    """The weaker of two statuses."""
    return max(one, other, key=STATUSES.index)
