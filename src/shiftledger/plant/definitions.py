"""What can be approved: price sets and definitions, each under a name that a person types, as rows of content with their days (N2, R5).

A definition is what the text says once and the books use every day: how a figure is formed and what it is worth. Not among them: what
happened (roster, attendance, invoices), how files are read, and what governs through the prices that follow from it (links, quotations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Location
from shiftledger.plant.governing import Governing, governing_row
from shiftledger.plant.model import NOWHERE, Plant, Price
from shiftledger.plant.price_sets import set_names
from shiftledger.plant.rows import rows_of, subject
from shiftledger.plant.schema import FIELDS_OF

DIGEST = 32  # hexadecimal digits of a row's content
ALWAYS = "-"  # no first or last day
PRICES = "prices"

# Kind of definition -> its tables, each with the field that names one of that kind (none: there is one of the kind). Whose
# change can move an amount of money or an indicator, and nothing else.
GROUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "settings": (("plant", ""),),
    "flowsheet": (("area", ""), ("unit", ""), ("stream", ""), ("stock", ""), ("material", "")),
    "meters": (("meter", ""),),
    "rotation": (("rotation", "id"),),
    "standards": (("standard", "area"),),
    "budget": (("budget", "area"),),
    "factors": (("factor", "factor"),),
    "indicator": (("indicator", "id"),),
    "state": (("state", "id"), ("potential", "state")),
    "allocation": (("allocation", "id"),),
    "quality": (("quality", "material"),),
    "grades": (("grade", "material"),),
    "charge": (("charge", "charge"),),
    "services": (("service", "area"),),
}
# Tables that are no definitions: price sets have rows of their own here; the others tell what happened, how files are read, who is who,
# or govern through the prices that follow from them.
OTHERS = ("price", "roster", "invoice", "source", "sample", "link", "quote", "post", "member", "attendance")


@dataclass(frozen=True, slots=True)
class Defined:
    """One row as an approval sees it: `digest` of what it says, and its first and last day (ALWAYS: none)."""

    digest: str
    first: str
    last: str
    row: Governing
    says: str = ""  # how a message names it
    at: Location = field(default=NOWHERE, compare=False)

    def on(self, label: str) -> bool:
        """Whether it holds on the production day (ISO). # T4"""
        return (self.first == ALWAYS or self.first <= label) and (self.last == ALWAYS or label <= self.last)

    def __str__(self) -> str:
        return f"{self.digest}:{self.first}:{self.last}"


def spelled(name: str) -> str:
    """The name as it is listed: a colon after the kind does as well. `indicator:steam` -> `indicator/steam`"""
    kind, colon, rest = name.strip().partition(":")
    return f"{kind}/{rest}" if colon and "/" not in kind else name.strip()


def is_price_set(name: str) -> bool:
    return name.startswith(f"{PRICES}/")


def approvable(plant: Plant) -> dict[str, tuple[Defined, ...]]:
    """Everything that can be approved, by name, its rows in the order of the text. # L1, N2, R5"""
    found: dict[str, list[Defined]] = {f"{PRICES}/{name}": [] for name in set_names(plant)}
    for price in plant.prices:
        found[f"{PRICES}/{price.price_set}"].append(_defined("price", price))
    for kind, tables in GROUPS.items():
        for table, names in tables:
            for row in rows_of(plant, table):
                name = f"{kind}/{getattr(row, names)}" if names else kind
                found.setdefault(name, []).append(_defined(table, row))
    return {name: tuple(found[name]) for name in found}


def content_of(rows: tuple[Defined, ...]) -> str:
    """The hash over what an approval lists: content and days of every row, whatever their order. # R5"""
    return content_hash(sorted(str(row) for row in rows))


def _defined(table: str, row: Any) -> Defined:
    only = getattr(row, "day", None) if table == "budget" else None
    first = only or getattr(row, "valid_from", None)
    last = only or getattr(row, "valid_to", None)
    band = f' in band "{row.band}"' if isinstance(row, Price) and row.band else ""
    bare = governing_row(table, row)
    digest = _price_digest(row) if isinstance(row, Price) else _digest(bare, row)
    return Defined(digest, str(first or ALWAYS), str(last or ALWAYS), bare, subject(table, row) + band, row.at)


def _digest(bare: Governing, row: Any) -> str:
    """What a definition says, without fields at their default: a field that a later program knows makes no approval lapse."""
    told = [field for field in FIELDS_OF[bare.table] if field.name in bare.content]
    blank = {field.name for field in told if getattr(row, field.target) == field.default}
    return content_hash([bare.table, bare.key, {name: bare.content[name] for name in bare.content if name not in blank}])[:DIGEST]


def _price_digest(row: Price) -> str:
    """What a price says. A linked price binds by the figure that it came to. # L1"""
    return content_hash([row.material, row.band, row.price, row.unit, *([row.sigma] if row.sigma else [])])[:DIGEST]
