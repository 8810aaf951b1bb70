"""The planned price: one per material and price set, everywhere; dated, versioned, approved (L1).

An approval is an act on the content of a set, row by row: a day may be closed if what governs it stands as approved. So a row that is
added or changed leaves open only the days on which it holds (R5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shiftledger.acts.acts import Act
from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Issue, Location
from shiftledger.ledger.codes import L003
from shiftledger.plant.model import Plant, Price, valid_on
from shiftledger.plant.price_sets import price_set_on, sets_in_use

DIGEST = 32  # hexadecimal digits of a row's content
ALWAYS = "-"  # in an approval: no first or last day


def price_on(plant: Plant, material: str, day: date, band: str = "") -> Price | None:
    """The price row that holds on the production day in that day's price set; None where there is none. # L1

    `band` "" is the planned price; a band's own row is what the tariff asks. Overlapping rows are refused by the
    plant's checks, so at most one holds.
    """
    used = price_set_on(plant, day)
    for row in plant.prices:
        if row.material == material and row.band == band and row.price_set == used and valid_on(row, day):
            return row
    return None


def price_set_hash(plant: Plant, price_set: str = "") -> str:
    """The content an approval binds to: every row of a price set (by default the books'), in order of key, without line numbers. # R5

    A linked price binds by the figure that it came to.
    """
    rows = [row for row in plant.prices if row.price_set == (price_set or plant.settings.price_set)]
    return content_hash(sorted((*_head(row), str(row.valid_from or ""), str(row.valid_to or ""), *_tail(row)) for row in rows))


def approved_rows(plant: Plant, price_set: str) -> str:
    """The rows of a set as an approval lists them: content, first and last day, in order; what `price_set_hash` is over, row by row."""
    rows = (row for row in plant.prices if row.price_set == price_set)
    return " ".join(sorted(f"{_digest(row)}:{row.valid_from or ALWAYS}:{row.valid_to or ALWAYS}" for row in rows))


def _head(row: Price) -> tuple[str, str]:
    return row.material, row.band


def _tail(row: Price) -> tuple[object, ...]:
    return (row.price, row.unit, *([row.sigma] if row.sigma else []))


def _digest(row: Price) -> str:
    return content_hash([*_head(row), *_tail(row)])[:DIGEST]


@dataclass(frozen=True, slots=True)
class Approval:
    """What the newest approval of a set says: the hash of the whole, and its rows (empty in acts that only have the hash)."""

    on_hash: str
    rows: tuple[tuple[str, str, str], ...]

    def on(self, day: date) -> list[str]:
        """The contents that it approved for the day, in order."""
        label = day.isoformat()
        return sorted(
            digest
            for digest, first, last in self.rows
            if (first == ALWAYS or first <= label) and (last == ALWAYS or label <= last)
        )


def approvals(plant: Plant, acts: Iterable[Act]) -> dict[str, Approval]:
    """The approval in force of each set that plant.toml names: the newest by a role that may. # L1, R5"""
    allowed, found = plant.settings.price_approvers, dict[str, Approval]()
    for act in acts:
        folder, _, name = act.body.get("what", "").partition("/")
        if act.kind == "approve" and folder == "prices" and (not allowed or act.role in allowed):
            rows = (tuple(text.split(":")) for text in act.body.get("rows", "").split())
            found[name] = Approval(act.on_hash, tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3))
    return {name: found[name] for name in sets_in_use(plant) if name in found}


def unapproved(plant: Plant, day: date, acts: Sequence[Act], *, before: bool = True) -> Iterator[Issue]:
    """Why the prices of a day may not be used; nothing where all are approved. # L1, R5

    `before`: also those of the day before, from which stocks are revalued; of a settled one they stand.
    """
    settings = plant.settings
    if not settings.price_approval:
        return
    found, eve = approvals(plant, acts), day - timedelta(days=1)
    used = [(price_set_on(plant, day), day), *([(settings.market_set, day)] if settings.market_set else [])]
    for name, when in [*used, *([(price_set_on(plant, eve), eve)] if before else [])]:
        issue = _unapproved(plant, name, when, found.get(name))
        if issue is not None:
            yield issue


def _unapproved(plant: Plant, name: str, day: date, approval: Approval | None) -> Issue | None:
    remedy = f"Record an approval: shiftledger act PLANT approve --what prices/{name} --who ... --role ..."
    if approval is None or not approval.rows:
        if approval is not None and approval.on_hash == price_set_hash(plant, name):
            return None
        return Issue(
            L003.code, L003.severity, f'price set "{name}" is not approved as it stands', Location(f"prices/{name}.csv"), remedy
        )
    rows = [row for row in plant.prices if row.price_set == name and valid_on(row, day)]
    left = approval.on(day)
    for row in sorted(rows, key=lambda row: row.at):
        if _digest(row) not in left:
            who = f'"{row.material}"' + (f' in band "{row.band}"' if row.band else "")
            return Issue(L003.code, L003.severity, f"the price of {who} is not approved for {day}", row.at, remedy)
        left.remove(_digest(row))
    if left:
        message = f'price set "{name}" lacks a price that was approved for {day}'
        return Issue(L003.code, L003.severity, message, Location(f"prices/{name}.csv"), remedy)
    return None
