"""The planned price: one per material and price set, everywhere; dated, versioned (L1), and approved (`ledger.approvals`)."""

from __future__ import annotations

from datetime import date

from shiftledger.core.canon import content_hash
from shiftledger.plant.model import Plant, Price, valid_on
from shiftledger.plant.price_sets import price_set_on


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
    rows = (row for row in plant.prices if row.price_set == (price_set or plant.settings.price_set))
    return content_hash(sorted(_content(row) for row in rows))


def _content(row: Price) -> tuple[object, ...]:
    head = (row.material, row.band, str(row.valid_from or ""), str(row.valid_to or ""))
    return (*head, row.price, row.unit, *([row.sigma] if row.sigma else []))
