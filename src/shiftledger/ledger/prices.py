"""The planned price: one per material and price set, everywhere; dated, versioned, approved (L1)."""

from __future__ import annotations

from datetime import date

from shiftledger.core.canon import content_hash
from shiftledger.plant.model import Plant, Price, valid_on


def price_on(plant: Plant, material: str, day: date, band: str = "") -> Price | None:
    """The price row that holds on the production day in the plant's price set; None where there is none. # L1

    `band` "" is the planned price; a band's own row is what the market or the tariff asks. Overlapping rows are refused by the
    plant's checks, so at most one holds.
    """
    for row in plant.prices:
        if row.material == material and row.band == band and row.price_set == plant.settings.price_set and valid_on(row, day):
            return row
    return None


def price_set_hash(plant: Plant) -> str:
    """The content an approval binds to: every row of the plant's price set, in order of key, without line numbers. # R5"""
    rows = [row for row in plant.prices if row.price_set == plant.settings.price_set]
    return content_hash(
        sorted((row.material, row.band, str(row.valid_from or ""), str(row.valid_to or ""), row.price, row.unit) for row in rows)
    )
