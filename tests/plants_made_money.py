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
from itertools import pairwise

from plants_made import HOUR, Flow, Made, Stock
from plants_made_readings import billed, state_rows
from reference import bills

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
    total = -sum(invoiced(plant, row, day) for row in plant.terms.invoices) - sum(
        charged(plant, area, day, asked=True) for area in plant.areas
    )
    for flow in plant.flows.values():
        if flow.kind == "booking":
            material = plant.materials[flow.material]
            asked, quanta = market(plant, flow, day), booked(plant, flow, day)
            prices = [(sum(quanta.values()), material.price(day))]
            prices += [] if asked is None else [(sum(quanta.values()), asked - material.price(day))]
            prices += [(quanta.get(band, 0), price - material.price(day)) for band, price in material.bands]
            total += sum(flow.sign * cents(plant, n * material.quantum_of * Fraction(price)) for n, price in prices)
        elif flow.sign:
            total += sum(flow.sign * _paid(plant, flow, day, start, end) for start, end in plant.cells(day))
            total -= sum(_levied(plant, flow, start, end) for start, end in plant.cells(day))
    return total


def booked(plant: Made, flow: Flow, day: date) -> Counter[str]:
    """Quanta of a day's bill by tariff band ("" without one): as stated, or by its driver; of a component by driver and assay. # Q9"""
    material, (start, end) = plant.materials[flow.material], _day(plant, day)
    said = Counter(billed(plant, flow, start, end))
    if flow.stated or not (material.bands or flow.assay):
        return said
    steps = [
        bills.Step(
            next(i for i, (a, b) in enumerate(plant.cells(day)) if a <= plant.at(n) < b),
            plant.flows[flow.load].quanta[n] if flow.load else 1,
            plant.tariff[n] if material.bands else "",
            (100 - flow.assay[n] if material.paid == "dry" else flow.assay[n]) if flow.assay else 1,
        )
        for n in range(plant.step(start), plant.step(end))
    ]
    if flow.assay:
        return Counter({"": bills.paid(said[""], steps)})
    found: Counter[str] = Counter()
    for (_, band), quanta in bills.in_bands(said[""], steps, ("low", "mid", "high")).items():
        found[band] += quanta
    return found


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
    asked = market(plant, flow, day)
    if asked is not None:
        total += cents(plant, quanta * material.quantum_of * (Fraction(asked) - price))
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


def market(plant: Made, flow: Flow, day: date) -> Decimal | None:
    """What the market asks on a day; None where it says nothing."""
    rows = next((rows for key, rows in plant.terms.market if key == flow.material), ())
    return next((price for since, price in reversed(rows) if since is None or since <= day), None)


def charged(plant: Made, area: str, day: date, *, asked: bool) -> int:
    """Coins for events of an area's units that begin on a day; `asked`: only what a party asks. The site pays the rest itself."""
    start, end = _day(plant, day)
    return sum(
        cents(plant, Fraction(money))
        for name, kind, party, money in plant.terms.fees
        for event in plant.terms.log
        if event.kind == kind and plant.units[event.unit] == area and start <= event.start < end and (party or not asked)
    )


def no_fault(plant: Made, area: str, day: date) -> int:
    """What the site bears of an area's halts on a day: hours to 0.0001 of each cell, unit and cause, at the unit's rate."""
    total = 0
    for unit, rate in plant.terms.rates:
        for start, end in plant.cells(day) if plant.units[unit] == area else ():
            for length in halted(plant, unit, start, end).values():
                hours = Fraction(math.floor(Fraction(length * 10**4, HOUR) + Fraction(1, 2)), 10**4)
                total += cents(plant, hours * Fraction(rate))
    return total


def halted(plant: Made, unit: str, start: int, end: int) -> Counter[str]:
    """Microseconds of halts by cause that are not the crew's own: the log's cause goes before the state's, which says whether it ran."""
    states = [(at, text) for at, tag, text in state_rows(plant) if tag == f"RUN-{unit.upper()}"]
    halts = [event for event in plant.terms.log if event.unit == unit and event.kind == "halt"]
    cuts = {start, end} | {at for at, _ in states} | {at for event in halts for at in (event.start, event.end)}
    found = Counter[str]()
    for one, other in pairwise(sorted(at for at in cuts if start <= at <= end)):
        told = "".join(event.cause for event in halts if event.start <= one < event.end)
        seen = [text for at, text in states if at <= one][-1] if states else "" if told else "on"
        cause = told or {"jam": "process", "trip": "electrical"}.get(seen, "process")
        if seen != "on" and cause != "process":
            found[cause] += other - one
    return found


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
                found[way] += sum(booked(plant, flow, day).values())
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
