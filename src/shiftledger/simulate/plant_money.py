"""Prices, standards and budget of the simulated plant: what is planned, and what output may cost.

Standards and budgets are means of the base period *as metered*, rounded as a person would; where there is no base period,
of the whole time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.historian import Meters
from shiftledger.simulate.lines import FEED_PRICE, PRODUCT_PRICE
from shiftledger.simulate.logbook import Sample
from shiftledger.simulate.network import MATERIALS
from shiftledger.simulate.refinery import NAOH_PER_NA2O
from shiftledger.simulate.tables import rounded, table
from shiftledger.simulate.truth import Truth

WATER_PRICE = 40.0  # CNY/t: what it costs to evaporate it again
SODA_IN_HYDRATE = f"{0.004 * NAOH_PER_NA2O:.5f}"
FIXED = {"digestion": 98_000, "washing": 61_000, "precipitation": 83_000, "evaporation": 57_000, "calcination": 72_000}
"""Wages, depreciation and repairs of an area, CNY a day, at budget."""
FIXED_LINE = 18_000


def materials(truth: Truth) -> tuple[tuple[str, str, str, str], ...]:
    """Materials of the plant: id, names, unit; lines bring two of their own."""
    of_lines = (("feed", "来料", "Feed", "t"), ("product", "产品", "Product", "t"))
    return (*MATERIALS, *of_lines) if truth.lines else MATERIALS


def planned(truth: Truth) -> dict[str, float]:
    """The planned price of each material."""
    price = truth.prices
    found = {
        "ore": price.ore, "lime": price.lime, "caustic": price.caustic, "hp-steam": price.steam, "lp-steam": price.steam,
        "condensate": 0, "water": WATER_PRICE, "power": price.power, "gas": price.gas, "dissolved": price.dissolved, "mud": 0, "washed-mud": 0,
        "hydrate": price.hydrate, "alumina": price.alumina,
    }  # fmt: skip
    return found | ({"feed": FEED_PRICE, "product": PRODUCT_PRICE} if truth.lines else {})


def prices(truth: Truth) -> str:
    """prices/planned.csv."""
    unit = {name: unit for name, _, _, unit in materials(truth)}
    return table("material,price,unit,source", [(name, f"{value:g}", f"CNY/{unit[name]}", "plan of the year")
                                                for name, value in planned(truth).items()])  # fmt: skip


STANDARDS: tuple[tuple[str, str, str, str, str, str], ...] = (
    # area, output, its stream, item, its streams, basis
    ("digestion", "dissolved", "dissolved", "ore", "ore-feed", "yield"),
    ("digestion", "dissolved", "dissolved", "lime", "lime-feed", "usage"),
    ("digestion", "dissolved", "dissolved", "caustic", "soda-bound", "usage"),
    ("digestion", "dissolved", "dissolved", "hp-steam", "hp-steam", "usage"),
    ("digestion", "dissolved", "dissolved", "power", "power-digestion", "usage"),
    ("washing", "washed-mud", "mud-out", "mud", "mud", "yield"),
    ("washing", "washed-mud", "mud-out", "water", "wash-water", "usage"),
    ("washing", "washed-mud", "mud-out", "caustic", "soda-lost", "usage"),
    ("washing", "washed-mud", "mud-out", "dissolved", "alumina-lost", "usage"),
    ("washing", "washed-mud", "mud-out", "lp-steam", "steam-washing", "usage"),
    ("washing", "washed-mud", "mud-out", "power", "power-washing", "usage"),
    ("precipitation", "hydrate", "to-precipitation", "dissolved", "to-precipitation", "yield"),
    ("precipitation", "hydrate", "to-precipitation", "water", "hydrate-wash", "usage"),
    ("precipitation", "hydrate", "to-precipitation", "lp-steam", "steam-precipitation", "usage"),
    ("precipitation", "hydrate", "to-precipitation", "power", "power-precipitation", "usage"),
    ("evaporation", "water", "water-1+water-2+water-3", "lp-steam", "lp-steam", "usage"),
    ("evaporation", "water", "water-1+water-2+water-3", "power", "power-evaporation", "usage"),
    ("calcination", "alumina", "alumina-made", "hydrate", "hydrate-feed", "yield"),
    ("calcination", "alumina", "alumina-made", "gas", "gas", "usage"),
    ("calcination", "alumina", "alumina-made", "power", "power-calcination", "usage"),
)

SLOPES: tuple[tuple[str, str, str, str, str, float, str], ...] = (
    # area, output, item, condition, reference, slope as a share of the base per unit, source
    ("evaporation", "water", "lp-steam", "cooling-water", "22", 0.004, "handbook of evaporators"),
    ("calcination", "alumina", "gas", "moisture", "6.5", 0.015, "heat of drying"),
)


def base_mean(truth: Truth, known: Meters, measured: str) -> float:
    """Mean an hour of one or more metered streams (joined by +) over the base period, as metered."""
    hours = 24 * truth.settings.base_days or len(truth.on_duty)
    by_stream: dict[str, Floats] = {signal.measures: known.seen[at] for at, signal in enumerate(known.signals)}
    return float(sum(by_stream[name][:hours].mean() for name in measured.split("+")))


def _standards_of(truth: Truth) -> list[tuple[str, str, str, str, str, str]]:
    """The declared ones, and those of lines."""
    found = list(STANDARDS)
    for line in truth.lines:
        name = line.area.id
        made = f"{name}-product"
        found.append((name, "product", made, "feed", f"{name}-feed", "yield"))
        found += [
            (name, "product", made, item, f"{name}-{what}", "usage") for what, item in (("steam", "lp-steam"), ("power", "power"))
        ]
    return found


@dataclass(frozen=True, slots=True)
class Standard:
    """A line of standards.csv, with the stream that is taken and the planned price of a unit of it."""

    area: str
    output: str
    item: str
    basis: str
    value: float  # as written
    text: str
    unit: str
    stream: str
    price: float
    condition: str = ""
    reference: float = 0.0
    source: str = "mean of the base period"


def standard_rows(truth: Truth, known: Meters, results: Sequence[Sample]) -> list[Standard]:
    """Every standard: means of the base period, what they owe to the ore, and what handbooks say."""
    unit = {name: unit for name, _, _, unit in materials(truth)}
    price = planned(truth)
    rows, bases = list[Standard](), dict[tuple[str, str], float]()
    for area, output, made, item, taken, basis in _standards_of(truth):
        out, used = base_mean(truth, known, made), base_mean(truth, known, taken)
        value = out / used if basis == "yield" else used / out
        text = "1" if basis == "yield" and abs(value - 1) < 0.02 else rounded(value)
        per = f"{unit[output]}/{unit[item]}" if basis == "yield" else f"{unit[item]}/{unit[output]}"
        rows.append(Standard(area, output, item, basis, float(text), text, per, taken, price[item]))
        bases[area, item] = float(text)
    caustic = ("precipitation", "hydrate", "caustic", "usage")
    rows.append(
        Standard(*caustic, float(SODA_IN_HYDRATE), SODA_IN_HYDRATE, "t/t", "soda-in-hydrate", price["caustic"], source="design")
    )
    for area, _, item, condition, reference, slope, source in SLOPES:
        base = next(row for row in rows if (row.area, row.item) == (area, item))
        text = rounded(bases[area, item] * slope, 2)
        rows.append(replace(base, value=float(text), text=text, condition=condition, reference=float(reference), source=source))
    return rows + _owed_to_ore(rows, results, 24 * truth.settings.base_days or len(truth.on_duty))


def _owed_to_ore(rows: Sequence[Standard], results: Sequence[Sample], hours: int) -> list[Standard]:
    """What one point of silica or alumina in the ore changes: a balance of the base period, no fit.

    Of t of ore, y is dissolved and (a - y) / s stays in the mud with each t of silica: y = a - r s. What is used per t of ore
    is used per t dissolved as 1 / y; soda is used per t of silica.
    """
    of = {row.item: row for row in rows if row.area == "digestion"}
    mean = {name: float(np.median([float(one.written) for one in results if one.analyte == name and one.at < hours]))
            for name in ("SiO2", "Al2O3")}  # fmt: skip
    silica, alumina, dissolved = mean["SiO2"] / 100, mean["Al2O3"] / 100, of["ore"].value
    kept = (alumina - dissolved) / silica
    found = []
    for condition, grows in (("SiO2", -0.01 * kept), ("Al2O3", 0.01)):
        for item in ("ore", "caustic", "lime", "hp-steam"):
            slope = grows if item == "ore" else -of[item].value * grows / dissolved
            if (item, condition) == ("caustic", "SiO2"):
                slope += of[item].value / mean["SiO2"]
            text = rounded(slope, 2)
            reference = float(rounded(mean[condition]))
            found.append(replace(of[item], value=float(text), text=text, condition=condition, reference=reference,
                                 source="alumina and soda balance of the base period"))  # fmt: skip
    return found


def standards(rows: Sequence[Standard]) -> str:
    """standards.csv."""
    return table("area,output,item,basis,value,unit,condition,reference,source", [
        (row.area, row.output, row.item, row.basis, row.text, row.unit, row.condition, f"{row.reference:g}" if row.condition else "",
         row.source) for row in rows])  # fmt: skip


def budget(truth: Truth, known: Meters) -> str:
    """budget.csv."""
    outputs = {(area, output): made for area, output, made, *_ in _standards_of(truth)}
    rows: list[Sequence[Any]] = []
    for (area, output), made in outputs.items():
        rows.append((area, output, "output", rounded(8 * base_mean(truth, known, made)), "shift"))
    rows += [(area, "fixed costs", "fixed", amount, "day") for area, amount in FIXED.items()]
    rows += [(line.area.id, "fixed costs", "fixed", FIXED_LINE, "day") for line in truth.lines]
    return table("area,item,kind,qty,per", rows)
