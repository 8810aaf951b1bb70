"""By what is a bill shared? Its driver in any stretch of time: hours, the load of a metered stream, what the standards ask for (Q9).

A driver that ran backwards counts nothing. Its errors move quantities between the stretches of a bill's period and cancel over all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.cells import slot_in
from shiftledger.plant.model import Allocation, Plant, Standard, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities.gauges import Gauge, SeriesByTag, gauge_of, meters_for
from shiftledger.quantities.lot_figures import lot_errors_in
from shiftledger.quantities.streams import flow_errors, flow_of, measured_nodes, over_meters


def allocation_of(plant: Plant, stream: str, day: date) -> Allocation | None:
    """The rule of allocations.toml that holds for a stream on a day; a check sees that there are no two."""
    rows = (row for row in plant.allocations.values() if row.stream == stream and valid_on(row, day))
    return next(rows, None)


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


# Operations of traces. # I7


def asked(driver: float, standard: float, *, divide: bool) -> float:
    """What a standard asks for: driver x standard, or driver / yield. # L4"""
    return driver / standard if divide else driver * standard


def summed(*terms: float) -> float:
    """The sum of physical terms; zero without any."""
    return math.fsum(terms)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("asked", asked), ("summed", summed))
