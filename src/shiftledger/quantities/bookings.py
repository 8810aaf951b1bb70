"""Figures known only per day, month or bill, allocated to the shifts of their period by a declared driver (Q9).

A booking is a lot with a period. Its whole quanta are split among all shifts of the period by largest remainder in order of time, so
they sum to the bill whatever the driver: `hours` (of the shifts inside the period), `load` (of a metered stream), `standard` (what
the standards ask for at the shift's output). Hours stand in for a driver that is known and counted nothing: the bill is owed all the
same. Until the bill is known the figure is absent, or estimated by `fill = "standard"`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, cast

import numpy as np

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise, split
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.cells import cells_in, slot_in
from shiftledger.plant.model import Allocation, Plant, Standard, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import calibration_source
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision, Evidence
from shiftledger.quantities.gauges import Gauge, Known, SeriesByTag, gauge_of, meters_for
from shiftledger.quantities.kernel import Pieces, gaps, is_good, level_pieces
from shiftledger.quantities.lot_figures import lot_errors_in
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import Flow, flow_errors, flow_of, measured_nodes, over_meters, posted, reading_leaf
from shiftledger.readings.lots import Lots

NOTHING = level_pieces((), ())


@dataclass(frozen=True, slots=True)
class Share:
    """What a shift has of one booking: amount (meter unit), whole quanta, the part of the shift that it is for, and its trace."""

    amount: float
    quanta: int
    span: Span
    node: Node
    decision: Decision
    partial: bool  # the driver is not known all the way
    idle: bool  # as far as it is known it counted nothing in the whole period: hours share
    errors: ErrorVector  # what the driver's errors do to it: over all shifts of the period they cancel


def booked_quantity(
    plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag, standard_rate: float | None
) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    """One booked stream in one shift: its shares of the bookings whose periods touch it, and a fill for the rest. # Q9, I1

    Absent while nothing is booked (I8); never zero. `standard_rate` is in the material's unit per hour.
    """
    span, meter, material, rule = shift.span, gauge.meter, gauge.material, gauge.rule
    shares, issues = _shares(plant, gauge, shift, series)
    booked = _course(shares)
    holes = gaps(booked, span)
    rate = standard_rate if meter.fill == "standard" else None
    estimate = level_pieces(holes, (rate / rule.factor / HOUR,) * len(holes)) if rate is not None and holes else NOTHING
    flow = Flow(booked, booked, estimate)
    label, at, unit = f"{gauge.stream.id}, {shift.id}", str(meter.at), f"{material.quantum} {material.unit}"
    if not flow.covered:
        if not issues:
            issues.append(found(codes.ABSENT, f"{meter.tag}, {shift.id}: nothing is booked for this shift yet", meter.at, WAIT))
        absent = Node(label, None, material.unit, clause="I8", at=at)
        return Quantity(None, None, 0.0, absent, "provisional", ("absent",)), flow, tuple(issues)
    nodes = [share.node for share in shares]
    if len(estimate):
        nodes.append(_estimate_node(gauge, estimate, float(rate or 0.0)))
        message = f"{meter.tag}, {shift.id}: {estimate.covered / HOUR:.3f} h filled by standard until the bill is known"
        issues.append(found(codes.FILLED, message, meter.at, "Load the bill to replace the estimate."))
    elif flow.covered < span.length:
        message = f"{meter.tag}, {shift.id}: {booked.covered / span.length:.1%} of the shift is booked"
        issues.append(found(codes.PARTIAL, message, meter.at, "Load the bill for the rest of the shift."))
    quanta = posted(*(node.value for node in nodes), quantum=material.quantum)
    value = math.fsum((*(share.amount * rule.factor for share in shares), estimate.amount(rule)))
    quantity = Quantity(
        value=value,
        quanta=quanta,
        coverage=booked.covered / span.length,
        node=Node(label, quanta, unit, "posted", (("quantum", material.quantum),), tuple(nodes), "L5", at),
        status="estimated" if len(estimate) else "allocated" if flow.covered == span.length else "provisional",
        marks=_marks(shares, estimate, flow.covered < span.length),
        errors=_errors(gauge, shift, shares, estimate),
        decisions=tuple(share.decision for share in shares),
    )
    return quantity, flow, tuple(issues)


IDLE = "Nothing has to be done if it stood still. If it ran, load its readings and close again; else choose another driver."
WAIT = 'Load the bill when it comes, or declare fill = "standard" for its meter.'


def allocation_of(plant: Plant, gauge: Gauge, shift: Shift) -> Allocation | None:
    """The rule of allocations.toml that holds for the stream on the shift's day; a check demands exactly one."""
    rows = (row for row in plant.allocations.values() if row.stream == gauge.stream.id and valid_on(row, shift.day))
    return next(rows, None)


def _shares(plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag) -> tuple[list[Share], list[Issue]]:
    """The shift's share of every usable booking that touches it, in order of their periods."""
    bills, issues, shares = gauge.readings(series), list[Issue](), list[Share]()
    rule = allocation_of(plant, gauge, shift)
    assert isinstance(bills, Lots)
    touching = bills.pick((bills.start < shift.span.end) & (bills.end > shift.span.start))
    for i in sorted(range(len(touching)), key=lambda i: (touching.start[i], touching.end[i], touching.ts[i])):
        bill = touching.pick(np.array([i]))
        start, end = int(bill.start[0]), int(bill.end[0])
        if rule is None or not is_good(bill)[0] or (gauge.meter.length and end - start > gauge.meter.length):
            message = f"{gauge.meter.tag}, {shift.id}: the booking from {iso(start)} to {iso(end)} cannot be used"
            remedy = "Its amount is bad, its period is longer than `length`, or allocations.toml has no rule for the stream."
            issues.append(found(codes.LOT, message, gauge.meter.at, remedy))
            continue
        share = _share(plant, gauge, rule, shift, bill, series)
        if isinstance(share, Issue):
            issues.append(share)
        else:
            shares.append(share)
            if share.idle:
                message = f"{gauge.meter.tag}, {shift.id}: driver {rule.driver} of {rule.id} counted nothing from {iso(start)} to {iso(end)}"
                issues.append(found(codes.IDLE, f"{message}; shared by hours", rule.at, IDLE))
    return shares, issues


def _share(plant: Plant, gauge: Gauge, rule: Allocation, shift: Shift, bill: Lots, series: SeriesByTag) -> Share | Issue:
    """The shift's part of one booking by the rule's driver; an Issue where the driver knows nothing. # Q9"""
    period = Span(int(bill.start[0]), int(bill.end[0]))
    shifts, cells, drivers, vectors, partial, idle = _driven(plant, gauge, rule, period, series)
    index = next(i for i, one in enumerate(shifts) if one.span.start == shift.span.start)
    sizes = [max(0.0, float(node.value)) for node in drivers]
    if not any(sizes):
        message = f"{gauge.meter.tag}, {shift.id}: driver {rule.driver} of {rule.id} knows nothing from {iso(period.start)} to {iso(period.end)}"
        return found(codes.DRIVER, message, rule.at, "Load the driver's readings, or choose another driver in allocations.toml.")
    quantum, unit = gauge.material.quantum, f"{gauge.material.quantum} {gauge.material.unit}"
    leaf = reading_leaf(bill, gauge.meter.unit, str(gauge.meter.at))
    args: tuple[tuple[str, Any], ...] = (("factor", gauge.rule.factor), ("quantum", quantum))
    whole = Node(
        f"booked from {iso(period.start)} to {iso(period.end)}", billed(bill, **dict(args)), unit, "billed", args, (leaf,), "Q9"
    )
    where: tuple[tuple[str, Any], ...] = (("index", index),)
    quanta = allocated(whole.value, *(node.value for node in drivers), **dict(where))
    label = f"share of {shift.id} by {f'hours: {rule.driver} counted nothing' if idle else rule.driver}"
    node = Node(label, quanta, unit, "allocated", where, (whole, *drivers), "Q9", str(rule.at))
    stands = int(bill.batch[0]), int(bill.row[0]), int(bill.end[0])
    evidence = Evidence(int(bill.ts[0]), float(bill.value[0]), int(bill.quality[0]), *stands)
    amount = float(quanta * quantum)
    decision = Decision("allocated", gauge.meter.tag, period.start, period.end, amount, (evidence,), str(rule.at))
    part = float(bill.value[0]) * sizes[index] / math.fsum(sizes)
    errors = driver_errors(float(bill.value[0]) * gauge.rule.factor, sizes, vectors, index)
    return Share(part, quanta, cells[index], node, decision, partial, idle, errors)


def driver_errors(whole: float, sizes: Sequence[float], vectors: Sequence[ErrorVector], index: int) -> dict[str, float]:
    """What the errors of the driver do to one share of `whole`: whole / S x (own error - own share x error of all), S the sum. # Q6, Q9

    `sizes`, `vectors`: the driver and its error vector in each shift; one that counts nothing has no error. An error that all shifts have
    in proportion (a meter's calibration) moves no share, and over the shifts every source adds up to nothing.

    >>> driver_errors(100.0, [30.0, 10.0], [{"a": 3.0}, {"b": 1.0}], 0)
    {'a': 1.875, 'b': -1.875}
    """
    total = math.fsum(sizes)
    counting = [vector if size > 0 else {} for size, vector in zip(sizes, vectors, strict=True)]
    by_source: dict[str, list[float]] = {}
    for vector in counting:
        for source, value in vector.items():
            by_source.setdefault(source, []).append(value)
    errors = {}
    for source in sorted(by_source):
        error = whole / total * (counting[index].get(source, 0.0) - sizes[index] / total * math.fsum(by_source[source]))
        if abs(error) > abs(whole) * NOISE:
            errors[source] = error
    return errors


NOISE = 1e-12  # of a bill: what is left of errors that cancel
Driven = tuple[list[Shift], list[Span], list[Node], list[ErrorVector], bool, bool]


def _driven(plant: Plant, gauge: Gauge, rule: Allocation, period: Span, series: SeriesByTag) -> Driven:
    """The shifts of a period, their parts of it, the driver in each, whether it is open somewhere, and whether hours stand in for it.

    The same for every shift of the period, so it is kept with what is known.
    """
    key = (id(plant), gauge.stream.id, rule, period)
    if isinstance(series, Known) and key in series.found:
        return cast(Driven, series.found[key][1])
    shifts = _shifts(plant, period, series)
    cells = [one.span.clip(period) for one in shifts]
    driven, partial, told = DRIVERS[rule.driver](plant, gauge, rule, shifts, cells, series)
    idle = told and not any(float(node.value) > 0 for node, _ in driven)
    if idle:
        driven, *_ = _by_hours(plant, gauge, rule, shifts, cells, series)
    made = (shifts, cells, [node for node, _ in driven], [vector for _, vector in driven], partial, idle)
    if isinstance(series, Known):
        series.found[key] = (plant, made)  # with its plant, so that no other can have its place
    return made


def _shifts(plant: Plant, period: Span, series: SeriesByTag) -> list[Shift]:
    """The shifts that touch a period, in order of time; bills of one period share them."""
    key = (id(plant), period)
    if isinstance(series, Known) and key not in series.found:
        series.found[key] = (plant, cells_in(plant, period))
    return cast(list[Shift], series.found[key][1]) if isinstance(series, Known) else cells_in(plant, period)


# Drivers: one node and error vector a shift, whether the driver is not known all the way, and whether anything of it is.

Sized = tuple[Node, ErrorVector]

Driver = Callable[
    [Plant, Gauge, Allocation, Sequence[Shift], Sequence[Span], SeriesByTag],
    tuple[list[Sized], bool, bool],
]


def _by_hours(
    plant: Plant, gauge: Gauge, rule: Allocation, shifts: Sequence[Shift], cells: Sequence[Span], series: SeriesByTag
) -> tuple[list[Sized], bool, bool]:
    """Real hours of each shift inside the period; 7 or 9 of a shift at a clock change. # T2"""
    nodes = [Node(f"hours of {one.id}", cell.hours, "h", clause="T2") for one, cell in zip(shifts, cells, strict=True)]
    return [(node, {}) for node in nodes], False, True


def _by_load(
    plant: Plant, gauge: Gauge, rule: Allocation, shifts: Sequence[Shift], cells: Sequence[Span], series: SeriesByTag
) -> tuple[list[Sized], bool, bool]:
    """What the named stream carried in each shift, as far as it is known."""
    nodes, partial, told = [], False, False
    for one, cell in zip(shifts, cells, strict=True):
        node, errors, covered = _carried(plant, rule.load, one, cell, series)
        nodes.append((node, errors))
        partial |= covered < cell.length
        told |= covered > 0
    return nodes, partial, told


def _by_standard(
    plant: Plant, gauge: Gauge, rule: Allocation, shifts: Sequence[Shift], cells: Sequence[Span], series: SeriesByTag
) -> tuple[list[Sized], bool, bool]:
    """What the base standards ask for at each shift's output: usage x output, output / yield, hours x rate. # L4"""
    areas = {plant.units[end].area for end in (gauge.stream.source, gauge.stream.target) if end in plant.units}
    nodes, partial, told = list[Sized](), False, False
    for one, cell in zip(shifts, cells, strict=True):
        terms, vectors = [], list[tuple[float, ErrorVector]]()
        for row in _standards(plant, gauge.material.id, areas, one):
            base = Node(f"standard of {row.item} per {row.output}", float(row.value), row.unit, at=str(row.at), clause="L4")
            if row.basis == "hours":
                driver = Node(f"hours of {one.id}", cell.hours, "h", clause="T2")
            else:
                driver, errors, covered = _output(plant, row, one, cell, series)
                partial |= min(covered, default=0) < cell.length
                told |= any(covered)
                vectors.append((asked(1.0, base.value, divide=row.basis == "yield"), errors))
            args = (("divide", row.basis == "yield"),)
            value = asked(driver.value, base.value, divide=row.basis == "yield")
            terms.append(Node(f"standard use, {one.id}", value, "", "asked", args, (driver, base), "L4"))
        total = summed(*(term.value for term in terms))
        node = Node(f"standard use of {gauge.material.id}, {one.id}", total, "", "summed", (), tuple(terms), "L4")
        nodes.append((node, combine(vectors)))
    return nodes, partial, told


def _standards(plant: Plant, item: str, areas: set[str], shift: Shift) -> Iterator[Standard]:
    """The base rows for the item that hold in the shift; a row for the slot goes before one for all slots."""
    rows: dict[tuple[str, str, str], Standard] = {}
    for row in sorted(plant.standards, key=lambda row: bool(row.slot)):
        if (
            row.item == item
            and row.area in areas
            and not row.condition
            and valid_on(row, shift.day)
            and row.slot in ("", slot_in(plant, row.area, shift))
        ):
            rows[(row.area, row.output, row.basis)] = row
    return (rows[key] for key in sorted(rows))


def _output(plant: Plant, row: Standard, shift: Shift, cell: Span, series: SeriesByTag) -> tuple[Node, ErrorVector, list[int]]:
    """What the area gave of the standard's output in the cell, from its metered streams, its errors, and the microseconds known of each."""
    terms, vectors, known = [], [], list[int]()
    for stream in sorted(plant.streams.values(), key=lambda s: s.id):
        ends = [end in plant.units and plant.units[end].area == row.area for end in (stream.source, stream.target)]
        if stream.material == row.output and ends[0] != ends[1] and valid_on(stream, shift.day):
            sign = 1 if ends[0] else -1
            node, errors, covered = _carried(plant, stream.id, shift, cell, series, sign)
            terms.append(node)
            vectors.append((float(sign), errors))
            known.append(covered)
    total = summed(*(term.value for term in terms))
    node = Node(f"{row.output} of {row.area}, {shift.id}", total, "", "summed", (), tuple(terms), "Q9")
    return node, combine(vectors), known


def _carried(
    plant: Plant, stream_id: str, shift: Shift, cell: Span, series: SeriesByTag, sign: int = 1
) -> tuple[Node, ErrorVector, int]:
    """`sign` x what a metered stream carried in the cell, the errors of what it carried, and the microseconds that are known."""
    stream = plant.streams[stream_id]
    gauge = gauge_of(plant, stream, meters_for(plant, stream, shift.day))
    if not isinstance(gauge, Gauge) or gauge.rule.kind == "booking" or not cell.length:
        return Node(f"{stream_id}, {shift.id}: not metered", 0.0, "", clause="I8", at=str(stream.at)), {}, 0
    flow, part = flow_of(gauge, series, cell), replace(shift, span=cell)
    errors = (
        lot_errors_in(gauge, part, series, flow) if gauge.rule.kind == "lot" else flow_errors(gauge, flow, cell, series, shift.id)
    )
    return over_meters(measured_nodes(gauge, cell, series, flow, sign)), errors, flow.measured.covered


DRIVERS: Mapping[str, Driver] = {"hours": _by_hours, "load": _by_load, "standard": _by_standard}


# Parts of the work, in order of use.


def _course(shares: Sequence[Share]) -> Pieces:
    """The shares as a constant course over their parts of the shift; bookings for the same time add up."""
    cuts = sorted({at for share in shares for at in (share.span.start, share.span.end)})
    cells = [Span(a, b) for a, b in pairwise(cuts)]
    inside = [[s for s in shares if s.span.start <= cell.start and cell.end <= s.span.end] for cell in cells]
    kept = [(cell, math.fsum(s.amount / s.span.length for s in own)) for cell, own in zip(cells, inside, strict=True) if own]
    return level_pieces(tuple(cell for cell, _ in kept), tuple(level for _, level in kept))


def _estimate_node(gauge: Gauge, estimate: Pieces, rate: float) -> Node:
    args = (("rate", rate), ("length", estimate.covered))
    value = at_rate(**dict(args))  # type: ignore[arg-type]
    return Node("estimated by standard", value, gauge.material.unit, "at_rate", args, (), "Q1", str(gauge.meter.at))


def _marks(shares: Sequence[Share], estimate: Pieces, partial: bool) -> tuple[str, ...]:
    named = (
        ("allocated", bool(shares)),
        ("driver-idle", any(share.idle for share in shares)),
        ("driver-partial", any(share.partial for share in shares)),
        ("fill:standard", bool(len(estimate))),
        ("partial", partial),
    )
    return tuple(mark for mark, holds in named if holds)


def _errors(gauge: Gauge, shift: Shift, shares: Sequence[Share], estimate: Pieces) -> dict[str, float]:
    """The bill's limit of error persists, its own sigma is shared like the bill; an estimate may be nothing or double. # Q6

    What the driver's errors move from one shift to another cancels over the period.
    """
    meter, factor = gauge.meter, gauge.rule.factor
    parts: list[tuple[float, ErrorVector]] = []
    parts += [(1.0, {calibration_source(meter): float(meter.limit) / math.sqrt(3) * share.amount * factor}) for share in shares]
    for share in shares:
        bill = share.decision
        whole = bill.evidence[0].value or 0.0
        sigma = math.hypot(float(meter.sigma), float(meter.white) * whole) * factor
        part = share.amount / whole if whole else 0.0
        parts += [(1.0, {f"booking:{meter.tag}:{iso(bill.end)}": sigma * part}), (1.0, share.errors)]
    parts.append((1.0, {f"gap:{meter.tag}:{shift.id}": abs(estimate.amount(gauge.rule)) / math.sqrt(3)}))
    return combine(parts)


# Operations of traces. # I7


def billed(bill: Lots, *, factor: float, quantum: Any) -> int:
    """Whole quanta of one booking. # L5"""
    return quantise(float(bill.value[0]) * factor, quantum)


def allocated(whole: int, *drivers: float, index: int) -> int:
    """One shift's part of a booking by largest remainder over all its shifts; a driver that ran backwards counts nothing. # Q9"""
    return split(whole, [max(0.0, float(driver)) for driver in drivers])[index]


def asked(driver: float, standard: float, *, divide: bool) -> float:
    """What a standard asks for: driver x standard, or driver / yield. # L4"""
    return driver / standard if divide else driver * standard


def summed(*terms: float) -> float:
    """The sum of physical terms; zero without any."""
    return math.fsum(terms)


def at_rate(*, rate: float, length: int) -> float:
    """An amount at a constant hourly rate over `length` microseconds. # Q1"""
    return rate * (length / HOUR)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    *(("billed", billed), ("allocated", allocated), ("asked", asked)),
    *(("summed", summed), ("at_rate", at_rate)),
)
