"""What must the books of a made-up plant hold? Counted from its raw truth alone, to the cent and without any posting (FORMATS, I1).

area values + site accounts = outside cash + (closing - opening stock) x price, for every production day and so for every period.
Nothing of the product is imported.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from plants_made import Flow, Made, Stock

Way = tuple[str, str, str, str]  # cell's start, from, to, material


def cents(plant: Made, amount: Fraction) -> int:
    """Money as whole coins, halves away from zero."""
    exact = amount * 10**plant.decimals
    whole = math.floor(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def day_result(plant: Made, day: date) -> int:
    """Area values and site accounts of a day together: cash and stock change, in coins."""
    return cash(plant, day) + sum(stock_change(plant, row, day) for row in plant.stocks.values())


def cash(plant: Made, day: date) -> int:
    """What parties paid less what they were paid on a day."""
    total = -sum(invoiced(plant, row, day) for row in plant.terms.invoices)
    for flow in plant.flows.values():
        if flow.kind == "booking":
            material = plant.materials[flow.material]
            total += flow.sign * cents(
                plant, moved(plant, flow, *_day(plant, day)) * material.quantum_of * Fraction(material.price(day))
            )
        elif flow.sign:
            total += sum(flow.sign * _paid(plant, flow, day, start, end) for start, end in plant.cells(day))
            total -= sum(_levied(plant, flow, start, end) for start, end in plant.cells(day))
    return total


def _day(plant: Made, day: date) -> tuple[int, int]:
    return plant.start_of(day), plant.start_of(day + timedelta(days=1))


def moved(plant: Made, flow: Flow, start: int, end: int) -> int:
    """Quanta between two instants."""
    return sum(flow.quanta[plant.step(start) : plant.step(end)])


def _paid(plant: Made, flow: Flow, day: date, start: int, end: int) -> int:
    """What a party pays for a cell's flow: the planned price, the tariff's difference, the adjustment for quality."""
    material = plant.materials[flow.material]
    price, quanta = Fraction(material.price(day)), moved(plant, flow, start, end)
    total = cents(plant, quanta * material.quantum_of * price)
    for band, asked in material.bands:
        part = sum(flow.quanta[i] for i in range(plant.step(start), plant.step(end)) if plant.tariff[i] == band)
        total += cents(plant, part * material.quantum_of * (Fraction(asked) - price))
    for name, result, worth, edge, cap in plant.terms.quality:
        if name == flow.material:
            step = max(-cap, min(cap, worth * (Decimal(result) - edge)))
            total += cents(plant, quanta * material.quantum_of * Fraction(step))
    return total


def _levied(plant: Made, flow: Flow, start: int, end: int) -> int:
    """What a party asks for an emission; where no party does, the site pays itself."""
    quantum = plant.materials[flow.material].quantum_of
    asked = [money for stream, party, money in plant.terms.charges if stream == flow.id and party]
    return sum(cents(plant, moved(plant, flow, start, end) * quantum * Fraction(money)) for money in asked)


def invoiced(plant: Made, row: tuple[str, str, int, date, date | None], day: date) -> int:
    """What a bill asks for a day: all of it on its day, or by real hours, by the running sum."""
    _, _, whole, first, until = row
    if until is None:
        return whole if day == first else 0
    start, end = plant.start_of(first), plant.start_of(until + timedelta(days=1))
    sums = [
        cents(plant, Fraction(whole * (min(max(at, start), end) - start), end - start) / 10**plant.decimals)
        for at in _day(plant, day)
    ]
    return sums[1] - sums[0]


def content(plant: Made, row: Stock, at: int) -> int:
    """Quanta that the gauge and the laboratory tell at the start of a day."""
    (dip,) = [abs(n) for when, n in row.dips if when == at]
    if not row.assay:
        return dip
    return dip * (100 - row.assay if plant.materials[row.material].paid == "dry" else row.assay)


def stock_change(plant: Made, row: Stock, day: date) -> int:
    """Coins of the closing at the day's price less the opening at the price of the day before."""
    material = plant.materials[row.material]
    ends = [(at, day - timedelta(days=1) if i == 0 else day) for i, at in enumerate(_day(plant, day))]
    opening, closing = (
        cents(plant, content(plant, row, at) * material.quantum_of * Fraction(material.price(when))) for at, when in ends
    )
    return closing - opening


def flows_of_cells(plant: Made) -> Counter[Way]:
    """Quanta of every metered way in every cell, those of bills left out (they are shared by drivers)."""
    found: Counter[Way] = Counter()
    for flow in plant.flows.values():
        if flow.kind and flow.kind != "booking":
            for day in plant.labels:
                for number, (start, end) in enumerate(plant.cells(day)):
                    way = (f"{day}#{number}", account(plant, flow.source), account(plant, flow.target), flow.material)
                    found[way] += moved(plant, flow, start, end)
    return found


def flows_of_days(plant: Made) -> Counter[tuple[str, str, str, str]]:
    """Quanta of the ways that no meter tells by cell: bills of a day, and what follows from a stock's change."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for day in plant.labels:
        start, end = _day(plant, day)
        for flow in plant.flows.values():
            way = (f"{day}", account(plant, flow.source), account(plant, flow.target), flow.material)
            if flow.kind == "booking":
                found[way] += moved(plant, flow, start, end)
            elif not flow.kind:
                (stock,) = [plant.stocks[end_] for end_ in (flow.source, flow.target) if end_ in plant.stocks]
                missing = content(plant, stock, end) - content(plant, stock, start)
                for other in plant.flows.values():
                    if other.kind:
                        missing -= moved(plant, other, start, end) * ((other.target == stock.id) - (other.source == stock.id))
                found[way] += missing if flow.target == stock.id else -missing
    return found


def account(plant: Made, node: str) -> str:
    """The account of an end of a stream."""
    if node in plant.units:
        return f"area:{plant.units[node]}"
    return f"stock:{node}" if node in plant.stocks else node


def unsure(plant: Made) -> set[tuple[str, str, str]]:
    """Ways that a bill or a derived flow shares, so that no cell of theirs is known alone."""
    return {
        (account(plant, f.source), account(plant, f.target), f.material)
        for f in plant.flows.values()
        if f.kind in ("", "booking")
    }
