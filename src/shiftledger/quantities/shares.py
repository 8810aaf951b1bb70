"""What has a shift of a bill? Its share by the driver, exact over all shifts of the bill's period (Q9).

A bill of a material with tariff bands may say which band it is for (the `stage` of its row): then it is shared by the driver in that
band's time alone. A bill of a material that is priced on a component is shared by what the driver carried of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import numpy as np

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise, split
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.cells import cells_in
from shiftledger.plant.model import Allocation, Meter, Plant, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision, Evidence
from shiftledger.quantities.drivers import DRIVERS, allocation_of, driver_errors
from shiftledger.quantities.gauges import Gauge, Known, SeriesByTag
from shiftledger.quantities.kernel import is_good
from shiftledger.quantities.streams import reading_leaf
from shiftledger.quantities.stretches import Stretch, Stretched, band_driver, band_teller, paid_node, stretched
from shiftledger.readings.lots import Lots, number_of


@dataclass(frozen=True, slots=True)
class Share:
    """What a shift has of one booking, the part of the shift that it is for, and what its trace needs.

    `amount` (meter unit) is its share of the bill, `whole` the bill; `value` (the material's unit) what of the share is paid for. `node` has its
    whole quanta; None where no assay is known of it. `bill`: the rule that shared it (hours, where its driver counted nothing) and the
    tariff band that it is for, "" for a bill of all bands.
    """

    amount: float
    whole: float
    value: float
    span: Span
    node: Node | None
    decision: Decision
    rule: Allocation
    band: str
    source: str  # of its own error
    partial: bool  # the driver is not known all the way
    idle: bool  # as far as it is known it counted nothing in the whole period: hours share
    errors: ErrorVector  # what the driver's errors do to it: over all shifts of the period they cancel


IDLE = "Nothing has to be done if it stood still. If it ran, load its readings and close again; else choose another driver."
UNUSABLE = (
    "It has no period, its amount is bad, its period is longer than `length`, or allocations.toml has no rule for the stream."
)
CHANGED = "Its meter changes unit or component inside its period: let the old row of meters.csv go on until the bill's last day."
NO_BAND = "The bill's row names a band (`stage` of its source) that no code of the material's band_state has."


def shares_of(plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag) -> tuple[list[Share], list[Issue]]:
    """The shift's share of every usable booking that touches it, in order of their periods. # Q9"""
    bills, issues, shares = gauge.readings(series), list[Issue](), list[Share]()
    assert isinstance(bills, Lots)
    touching = bills.pick((np.minimum(bills.start, bills.end - 1) < shift.span.end) & (bills.end > shift.span.start))
    for i in sorted(range(len(touching)), key=lambda i: (touching.start[i], touching.end[i], touching.ts[i])):
        bill = touching.pick(np.array([i]))
        start, end = int(bill.start[0]), int(bill.end[0])
        where = f"{gauge.meter.tag}, {shift.id}: the booking from {iso(start)} to {iso(end)} cannot be used"
        held = _held(plant, gauge, Span(start, end), series)
        rule, first = held.rule, held.rows[0] if held.rows else gauge.meter
        if rule is None or end == start or not is_good(bill)[0] or (first.length and end - start > first.length):
            issues.append(found(codes.LOT, where, gauge.meter.at, UNUSABLE))
            continue
        if any((row.unit, row.component) != (first.unit, first.component) for row in held.rows):
            issues.append(found(codes.LOT, where, gauge.meter.at, CHANGED))
            continue
        band = band_of(plant, gauge, shift, bill)
        share = _share(plant, gauge, rule, shift, bill, series, band) if band is not None else None
        if share is None:
            issues.append(found(codes.LOT, where, gauge.meter.at, NO_BAND))
        elif isinstance(share, Issue):
            issues.append(share)
        else:
            shares.append(share)
            if share.idle:
                message = f"{gauge.meter.tag}, {shift.id}: driver {rule.driver} of {rule.id} counted nothing from {iso(start)} to {iso(end)}"
                issues.append(found(codes.IDLE, f"{message}; shared by hours", rule.at, IDLE))
    return shares, issues


def band_of(plant: Plant, gauge: Gauge, shift: Shift, bill: Lots) -> str | None:
    """The tariff band that a bill says it is for; "" if it says none, None if it says one that the state's codes do not have."""
    stage = float(bill.stage[0])
    if not math.isfinite(stage):
        return ""
    teller = band_teller(plant, gauge, shift.day)
    names = () if isinstance(teller, Issue) or not gauge.material.band_state else teller.codes
    return next((text for text, _ in names if number_of(text) == stage), None)


def _share(
    plant: Plant, gauge: Gauge, rule: Allocation, shift: Shift, bill: Lots, series: SeriesByTag, band: str
) -> Share | Issue:
    """The shift's part of one booking by the rule's driver; an Issue where the driver knows nothing. # Q9"""
    period = Span(int(bill.start[0]), int(bill.end[0]))
    driven = _driven(plant, gauge, rule, period, series, band)
    index = next(i for i, one in enumerate(driven.shifts) if one.span.start == shift.span.start)
    sizes = [max(0.0, float(node.value)) for node in driven.nodes]
    if not any(sizes):
        what = f'in band "{band}" ' if band else ""
        message = f"{gauge.meter.tag}, {shift.id}: driver {rule.driver} of {rule.id} knows nothing {what}from {iso(period.start)} to {iso(period.end)}"
        return found(codes.DRIVER, message, rule.at, "Load the driver's readings, or choose another driver in allocations.toml.")
    whole, factor = float(bill.value[0]), gauge.rule.factor
    amount = whole * sizes[index] / math.fsum(sizes)
    paid = _paid(plant, gauge, driven, period, series, band) if gauge.basis else None
    errors = driver_errors(whole * factor, sizes, driven.vectors, index)
    part, known = 1.0, True
    if paid:
        part = paid.nodes[index].value / sizes[index] if sizes[index] else 0.0
        errors, known = {source: error * part for source, error in errors.items()}, paid.known[index]
    node = _share_node(gauge, shift, bill, driven, paid, index, band) if known else None
    stands = int(bill.batch[0]), int(bill.row[0]), int(bill.end[0])
    evidence = Evidence(int(bill.ts[0]), whole, int(bill.quality[0]), *stands)
    posted_amount = float(node.value * gauge.material.quantum) if node else None
    decision = Decision("allocated", gauge.meter.tag, period.start, period.end, posted_amount, (evidence,), str(rule.at))
    return Share(
        amount,
        whole,
        amount * factor * part,
        driven.cells[index],
        node,
        decision,
        driven.rule,
        band,
        f"booking:{gauge.meter.tag}:{iso(period.end)}" + (f":{band}" if band else ""),
        driven.partial,
        driven.idle,
        errors,
    )


def _share_node(gauge: Gauge, shift: Shift, bill: Lots, driven: Driven, paid: Paid | None, index: int, band: str) -> Node:
    """The share's quanta over the bill and the driver in every shift of its period. # I7"""
    quantum, at = gauge.material.quantum, str(driven.rule.at)
    leaf = reading_leaf(bill, gauge.meter.unit, str(gauge.meter.at))
    args: tuple[tuple[str, Any], ...] = (("factor", gauge.rule.factor), ("quantum", quantum))
    said = (f"{band}, " if band else "") + f"booked from {iso(int(bill.start[0]))} to {iso(int(bill.end[0]))}"
    unit, weights = f"{quantum} {gauge.material.unit}", paid.nodes if paid else driven.nodes
    if paid:
        children = (leaf, *driven.nodes, *weights)
        whole = Node(
            said, billed_part(*(node.value for node in children), **dict(args)), unit, "billed_part", args, children, "Q5"
        )
    else:
        whole = Node(said, billed(bill, **dict(args)), unit, "billed", args, (leaf,), "Q9")
    where: tuple[tuple[str, Any], ...] = (("index", index),)
    quanta = allocated(whole.value, *(node.value for node in weights), **dict(where))
    by = f"hours: {driven.asked} counted nothing" if driven.idle else driven.asked
    return Node(f"share of {shift.id} by {by}", quanta, unit, "allocated", where, (whole, *weights), "Q9", at)


# The driver of a bill in all shifts of its period: the same for every one of them, so it is kept with what is known.


@dataclass(frozen=True, slots=True)
class Driven:
    """The shifts of a period, their parts of it, the driver and its errors in each, whether it is open somewhere, and whether hours
    stand in for it: then `rule` goes by hours. `asked`: the driver that was asked for."""

    shifts: list[Shift]
    cells: list[Span]
    nodes: list[Node]
    vectors: list[ErrorVector]
    partial: bool
    idle: bool
    rule: Allocation
    asked: str


@dataclass(frozen=True, slots=True)
class Paid:
    """In each shift of a period what the driver carried of the component, and whether any assay of it is known."""

    nodes: list[Node]
    known: list[bool]


def _driven(plant: Plant, gauge: Gauge, rule: Allocation, period: Span, series: SeriesByTag, band: str) -> Driven:
    def made() -> Driven:
        shifts = _held(plant, gauge, period, series).shifts
        cells = [one.span.clip(period) for one in shifts]
        drive = _in_band if band else _in_all
        driven, partial, told = drive(plant, gauge, rule, shifts, cells, series, band)
        idle = told and not any(float(node.value) > 0 for node, _ in driven)
        by = replace(rule, driver="hours", load="") if idle else rule
        if idle:
            driven, *_ = drive(plant, gauge, by, shifts, cells, series, band)
        nodes, vectors = [node for node, _ in driven], [vector for _, vector in driven]
        return Driven(shifts, cells, nodes, vectors, partial, idle, by, rule.driver)

    return cast(Driven, _kept(plant, series, ("driven", gauge.stream.id, rule, period, band), made))


def _in_all(
    plant: Plant, gauge: Gauge, rule: Allocation, shifts: list[Shift], cells: list[Span], series: SeriesByTag, _band: str
) -> Sized:
    """The driver in each shift's part of the period."""
    return DRIVERS[rule.driver](plant, gauge, rule, shifts, cells, series)


def _in_band(
    plant: Plant, gauge: Gauge, rule: Allocation, shifts: list[Shift], cells: list[Span], series: SeriesByTag, band: str
) -> Sized:
    """The driver in each shift's part of a band's time. # L1"""
    driven, partial, told = list[tuple[Node, ErrorVector]](), False, False
    for one, cell in zip(shifts, cells, strict=True):
        own = _stretched(plant, gauge, rule, one, cell, series).of_band(band)
        node = band_driver(plant, gauge, one, cell, series, band, own.stretches)
        driven.append((node, combine((1.0, stretch.errors) for stretch in own.stretches)))
        partial, told = partial | own.partial, told | own.told
    return driven, partial, told


def _paid(plant: Plant, gauge: Gauge, driven: Driven, period: Span, series: SeriesByTag, band: str) -> Paid:
    """What the driver carried of the component in each shift of the period. # Q5"""

    def made() -> Paid:
        nodes, known = [], []
        for one, cell, driver in zip(driven.shifts, driven.cells, driven.nodes, strict=True):
            own = _stretched(plant, gauge, driven.rule, one, cell, series)
            stretches = own.of_band(band).stretches if band else own.stretches
            nodes.append(paid_node(f"carried in {one.id}", driver, stretches))
            known.append(any(stretch.priced for stretch in stretches))
        return Paid(nodes, known)

    return cast(Paid, _kept(plant, series, ("paid", gauge.stream.id, _told_in(gauge), driven.rule, period, band), made))


def _stretched(plant: Plant, gauge: Gauge, rule: Allocation, shift: Shift, cell: Span, series: SeriesByTag) -> Stretched:
    key = ("stretched", gauge.stream.id, _told_in(gauge), rule, cell)
    return cast(Stretched, _kept(plant, series, key, lambda: stretched(plant, gauge, rule, shift, cell, series)))


def _told_in(gauge: Gauge) -> str:
    """The laboratory's unit: one day's gauge may count in another one than the next day's, and so does what is kept. # T4, Q8"""
    return gauge.lab.unit if gauge.lab else ""


@dataclass(frozen=True, slots=True)
class Held:
    """Who shares a bill: the shifts of its period in which its tag books a stream, in order of time, the row of meters.csv in each, and
    the one rule by which they share it: the first that holds in them, so that shares sum to the bill when the rule changes. # T4, I1"""

    shifts: list[Shift]
    rows: list[Meter]
    rule: Allocation | None


def _held(plant: Plant, gauge: Gauge, period: Span, series: SeriesByTag) -> Held:
    def made() -> Held:
        booking = [(shift, _row_on(plant, gauge.meter.tag, shift.day)) for shift in cells_in(plant, period)]
        pairs = [(shift, row) for shift, row in booking if row is not None]
        rules = (allocation_of(plant, row.stream, shift.day) for shift, row in pairs)
        return Held([shift for shift, _ in pairs], [row for _, row in pairs], next((rule for rule in rules if rule), None))

    return cast(Held, _kept(plant, series, ("held", gauge.meter.tag, period), made))


def _row_on(plant: Plant, tag: str, day: date) -> Meter | None:
    """The row by which a tag books a stream on a day; None where it does not: what nobody has there goes to the other shifts. # T4"""
    own = (row for row in plant.meters if row.tag == tag and row.kind == "booking" and valid_on(row, day))
    return next((row for row in own if row.stream in plant.streams and valid_on(plant.streams[row.stream], day)), None)


def _kept(plant: Plant, series: SeriesByTag, what: tuple[object, ...], made: Callable[[], Any]) -> Any:
    """What follows from a state of knowledge, made once; kept with its plant, so that no other can have its place."""
    if not isinstance(series, Known):
        return made()
    key = (id(plant), *what)
    if key not in series.found:
        series.found[key] = (plant, made())
    return series.found[key][1]


# When inside the shift a share flowed. # T3, L1, Q5


def own_stretches(plant: Plant, gauge: Gauge, shift: Shift, share: Share, series: SeriesByTag) -> tuple[Stretch, ...]:
    """The stretches of the shift in which a share can have flowed."""
    own = _stretched(plant, gauge, share.rule, shift, share.span, series)
    return own.of_band(share.band).stretches if share.band else own.stretches


def course_of(
    plant: Plant, gauge: Gauge, shift: Shift, share: Share, series: SeriesByTag, edges: Sequence[int]
) -> list[tuple[Span, float]]:
    """A share by its driver over the shift: (time, amount in the meter's unit), covering its span and summing to it.

    One level for all of it where neither band, assay nor crew (`edges`) changes: nothing asks when it flowed.
    """
    if not share.span.length:
        return []
    inner = [at for at in edges if share.span.start < at < share.span.end]
    if not inner and not gauge.basis and not gauge.material.band_state:
        return [(share.span, share.amount)]
    all_of_it = stretched(plant, gauge, share.rule, shift, share.span, series, inner).stretches
    open_to = [one.band == share.band or not share.band for one in all_of_it]
    sizes = [one.size if mine else 0.0 for one, mine in zip(all_of_it, open_to, strict=True)]
    if not any(sizes):
        sizes = [float(one.span.length) if mine else 0.0 for one, mine in zip(all_of_it, open_to, strict=True)]
    total = math.fsum(sizes) or 1.0
    return [(one.span, share.amount * size / total) for one, size in zip(all_of_it, sizes, strict=True)]


Sized = tuple[list[tuple[Node, ErrorVector]], bool, bool]


# Operations of traces. # I7


def billed(bill: Lots, *, factor: float, quantum: Any) -> int:
    """Whole quanta of one booking. # L5"""
    return quantise(float(bill.value[0]) * factor, quantum)


def billed_part(bill: Lots, *drivers: float, factor: float, quantum: Any) -> int:
    """Whole quanta of what a booking says of a component: bill x carried / driven, over all shifts of its period. # Q5, L5

    The first half of `drivers` is the driver by shift, the second what it carried of the component, as far as assays are known.
    """
    driven, paid = drivers[: len(drivers) // 2], drivers[len(drivers) // 2 :]
    total = math.fsum(max(0.0, float(one)) for one in driven)
    return quantise(float(bill.value[0]) * factor * math.fsum(paid) / total, quantum) if total else 0


def allocated(whole: int, *drivers: float, index: int) -> int:
    """One shift's part of a booking by largest remainder over all its shifts; a driver that ran backwards counts nothing. # Q9"""
    return split(whole, [max(0.0, float(driver)) for driver in drivers])[index]


def at_rate(*, rate: float, length: int) -> float:
    """An amount at a constant hourly rate over `length` microseconds. # Q1"""
    return rate * (length / HOUR)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    *(("billed", billed), ("billed_part", billed_part)),
    *(("allocated", allocated), ("band_part", allocated), ("at_rate", at_rate)),
)
