"""Off-spec by the laboratory, and states that age and are renewed, on made-up plants; what the books must hold of them, from raw truth.

Each law adds its own files to a plant's text and readings, so that the plants of a seed stay what they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import plants_made_money as money
import shiftledger as sl
from plants_made import HOUR, Made
from plants_made_books import Books, closed, flows_hold, handed_over, site, statements_hold
from plants_made_readings import reading_files, stamp
from plants_made_text import plain, plant_files
from shiftledger.ledger.posting import balances

BOOK = '\n[source.more]\nmatch = "more/*.csv"\n'
LIMIT, GOOD, BAD = 5, 3, 8


@dataclass(frozen=True)
class Graded:
    """By graded material the price of its off-spec; by stream whether it is off-spec, step by step."""

    prices: Mapping[str, Decimal]
    bad: Mapping[str, tuple[bool, ...]]


def graded(plant: Made) -> Graded:
    """Some materials without tariff and premium, on those of their streams whose meter tells when they flowed."""
    rng = Random(f"grades {plant.seed}")
    paid = {m for m, *_ in plant.terms.quality}
    timed = [f for f in plant.flows.values() if f.kind in ("rate", "linear", "interval")]
    able = sorted({f.material for f in timed if plant.materials[f.material].paid == "mass"} - paid)
    chosen = [m for m in able if not plant.materials[m].bands and rng.random() < 0.7] or able[:1]
    per = {m: plant.scale if plant.materials[m].unit == "kg" else 1 for m in chosen}
    prices = {m: Decimal(rng.randint(-(10**5), 5 * 10**6)).scaleb(-4) / per[m] for m in chosen}
    bad = {}
    for f in timed:
        if f.material in prices and rng.random() < 0.8:
            found: list[bool] = []
            while len(found) < plant.steps:
                found += [rng.random() < 0.4] * rng.randint(1, 30)
            bad[f.id] = tuple(found[: plant.steps])
    return Graded({m: p for m, p in prices.items() if any(plant.flows[f].material == m for f in bad)}, bad)


def grade_files(plant: Made, how: Graded) -> tuple[dict[str, str], dict[str, str]]:
    """Text and readings with off-spec materials, their prices and limits, laboratories and results."""
    text, rows = plant_files(plant), ["time,tag,value"]
    materials = [
        f'\n[material.off-{m}]\nunit = "{plant.materials[m].unit}"\nquantum = {plain(plant.materials[m].quantum)}\noffspec_of = "{m}"\n'
        for m in how.prices
    ]
    text["materials.toml"] += "".join(materials)
    for name in [name for name in text if name.startswith("prices/") and "market" not in name]:
        text[name] += "".join(f"off-{m},{plain(price)},,,\n" for m, price in how.prices.items())
    text["grades.csv"] = "material,component,high\n" + "".join(f"off-{m},g-{m},{LIMIT}\n" for m in how.prices)
    head = text["meters.csv"].partition("\n")[0].split(",")
    for key, bad in how.bad.items():
        row = {
            "tag": f"G-{key}",
            "kind": "lab",
            "stream": key,
            "component": f"g-{plant.flows[key].material}",
            "unit": "%",
            "max_hold": "400h",
        }
        text["meters.csv"] += ",".join(row.get(name, "") for name in head) + "\n"
        told = [(i, one) for i, one in enumerate(bad) if not i or one != bad[i - 1]]
        rows += [f"{stamp(plant.at(i))},G-{key},{BAD if one else GOOD}" for i, one in told]
    text["sources.toml"] += BOOK
    return text, {**reading_files(plant), "more/grades.csv": "\n".join([*rows, ""])}


def off_of(plant: Made, how: Graded, key: str, start: int, end: int) -> int:
    """Quanta of a stream that were off-spec between two instants."""
    flow = plant.flows[key]
    return sum(flow.quanta[i] for i in range(plant.step(start), plant.step(end)) if how.bad[key][i])


def regraded_cash(plant: Made, how: Graded, day: date) -> int:
    """What parties paid for off-spec less what they would have paid for the product, market's difference included, in coins."""
    total = 0
    for key in how.bad:
        flow = plant.flows[key]
        material = plant.materials[flow.material]
        asked = money.market(plant, flow, day)
        for start, end in plant.cells(day):
            qty = off_of(plant, how, key, start, end) * material.quantum_of
            back = money.cents(plant, qty * Fraction(material.price(day)))
            more = money.cents(plant, qty * (Fraction(asked) - Fraction(material.price(day)))) if asked is not None else 0
            total += flow.sign * (money.cents(plant, qty * Fraction(how.prices[flow.material])) - back - more)
    return total


def off_spec_is_its_own_material(plant: Made, folder: Path) -> None:
    """Cash, flows, stocks, statements and handovers with off-spec found by the laboratory; every cell's quantity. # L3, L4, I1"""
    how = graded(plant)
    view, books = closed(plant, folder, *grade_files(plant, how))
    for day in plant.labels:
        own = [row for row in books[day].postings if row.kind != "prior"]
        found = sum(s.value for s in books[day].statements) + site(own)
        assert found == money.day_result(plant, day) + regraded_cash(plant, how, day), (plant.seed, day)
        assert sum(balances(own).values()) == 0
        told = Counter[tuple[str, str, str]]()
        for row in own:
            if row.kind == "regrade" and row.what.startswith("off-"):
                told[row.source, row.target, row.what] += row.qty
        assert {k: n for k, n in told.items() if n} == _expected(plant, how, day), (plant.seed, day)
    flows_hold(plant, books)
    statements_hold(plant, books)
    handed_over(plant, books)
    summed = sl.rollup(view, plant.labels[0], plant.labels[-1], by=("area",)).rollup
    assert summed is not None
    assert (
        summed.result
        == summed.stocks + summed.outside
        == sum(money.day_result(plant, day) + regraded_cash(plant, how, day) for day in plant.labels)
    )
    assert sl.verify(view).ok


def _expected(plant: Made, how: Graded, day: date) -> dict[tuple[str, str, str], int]:
    """Quanta by (from, to, material); a stock's side is the site's until it is emptied, and what stays with one owner is not posted."""
    found = Counter[tuple[str, str, str]]()
    for key in how.bad:
        flow = plant.flows[key]
        ends = ["site:regraded" if end in plant.stocks else money.account(plant, end) for end in (flow.source, flow.target)]
        if ends[0] != ends[1]:
            quanta = sum(off_of(plant, how, key, start, end) for start, end in plant.cells(day))
            found[ends[0], ends[1], f"off-{flow.material}"] += quanta
    return {k: n for k, n in found.items() if n}


# States that age.

WORTH = Decimal("-3.7")


def aged_files(plant: Made) -> dict[str, str]:
    """The text with the age of what each unit without a running state runs on, renewed by every spill in its area."""
    text = plant_files(plant)
    for unit in aging(plant):
        text["states.toml"] += (
            f'\n[state.age-{unit}]\narea = "{plant.units[unit]}"\ngrows = "{unit}.hours"\nopening = 77.7\n'
            f'opening_day = {plant.labels[0]}\nreset_by = "spill"\nreset_to = 1.5\nlife = "40d"\n'
        )
        text["potentials.csv"] += f"age-{unit},,{WORTH},,\n"
    return text


def aging(plant: Made) -> list[str]:
    """The units that only the log book tells of."""
    return [unit for unit in plant.units if unit not in ("u0", "u2")][:3]


def age(plant: Made, unit: str, at: int) -> int:
    """Thousandths of an hour at an instant: hours run since the opening or the last spill in the area."""
    area = plant.units[unit]
    sights = [(plant.span[0], Fraction("77.7"))]
    sights += [
        (e.end, Fraction("1.5"))
        for e in plant.terms.log
        if e.kind == "spill" and plant.units[e.unit] == area and plant.span[0] < e.end <= at
    ]
    seen, value = max(sights)
    halts = [(max(e.start, seen), min(e.end, at)) for e in plant.terms.log if e.kind == "halt" and e.unit == unit]
    run = at - seen - sum(end - start for start, end in halts if end > start)
    exact = (value + Fraction(run, HOUR)) * 1000
    return math.floor(exact + Fraction(1, 2))


def ages_telescope(plant: Made, folder: Path) -> None:
    """Each day's change of every aging state is its worth at the ends; the whole plant's money does not know of it. # L3, I1, I3"""
    view, books = closed(plant, folder, aged_files(plant))
    _money_is_untouched(plant, books)
    for unit in aging(plant):
        for day in plant.labels:
            start, end = plant.start_of(day), plant.start_of(day + timedelta(days=1))
            worth = [money.cents(plant, Fraction(age(plant, unit, at), 1000) * Fraction(WORTH)) for at in (start, end)]
            own = balances(row for row in books[day].postings if row.kind != "prior")
            assert own.get(f"state:age-{unit}", 0) == worth[1] - worth[0], (plant.seed, unit, day)
    for day, result in books.items():  # what one shift hands over the next takes over
        for s in result.statements:
            lines = [line for line in s.lines if line.kind == "state" and line.what.startswith("age-")]
            for line in lines:
                at = s.end if line.sign > 0 else s.start
                if not _changing(plant, plant.units[line.what.removeprefix("age-")], at):
                    assert line.qty == age(plant, line.what.removeprefix("age-"), at), (plant.seed, day, s.shift, line.what)
    assert sl.verify(view).ok


def _changing(plant: Made, area: str, at: int) -> bool:
    """Whether a spill of the area goes on at an instant: then the state lies on a line."""
    return any(e.kind == "spill" and plant.units[e.unit] == area and e.start < at < e.end for e in plant.terms.log)


def _money_is_untouched(plant: Made, books: Books) -> None:
    for day in plant.labels:
        own = [row for row in books[day].postings if row.kind != "prior"]
        assert sum(s.value for s in books[day].statements) + site(own) == money.day_result(plant, day), (plant.seed, day)


LAWS = (off_spec_is_its_own_material, ages_telescope)
