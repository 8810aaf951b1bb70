"""What an area's shift comes to that is made of several cells of the day (T2, Q7, I1).

Streams, residuals and their errors are the sums of the cells', in whole quanta; the stocks open as the first cell opens and close as
the last one closes. Conditions, assays and running hours are not summed: they are measured over the whole shift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from shiftledger.balance.nodes import Balance, Flow, Residual
from shiftledger.core.money import to_decimal
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine, standard_uncertainty
from shiftledger.ledger.posting import weaker
from shiftledger.ledger.standards import total_node
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities.quantity import Quantity, ShiftQuantities


def joined_quantities(whole: ShiftQuantities, cells: Sequence[ShiftQuantities]) -> ShiftQuantities:
    """A shift's quantities: what was measured over the `whole` of it, and streams and stocks from its cells in order of time.

    A stream that is absent in all of them is absent. # Q7, I8
    """
    shift, streams = whole.shift, dict[str, Quantity]()
    for key in cells[0].streams:
        streams[key] = _sum(key, shift, [(cell.shift, cell.streams.get(key)) for cell in cells]) or cells[0].streams[key]
    graded = dict.fromkeys(key for cell in cells for key in cell.offspec)
    sums = {key: _sum(key, shift, [(cell.shift, cell.offspec[key]) for cell in cells if key in cell.offspec]) for key in graded}
    offspec = {key: found for key, found in sums.items() if found is not None}
    return replace(whole, streams=streams, offspec=offspec, opening=cells[0].opening, closing=cells[-1].closing)


def joined_balance(plant: Plant, shift: Shift, cells: Sequence[tuple[Shift, Balance]]) -> Balance:
    """Flows and residuals of a shift from its cells in order of time. # B1, B3

    A flow that is absent in some cells only is known in part; a residual that lacks a cell is absent (I8).
    """
    flows: dict[str, Flow] = {}
    for key in sorted({key for _, balance in cells for key in balance.flows}):
        row = next(balance.flows[key] for _, balance in cells if key in balance.flows)
        found = [(cell, balance.flows[key].quantity if key in balance.flows else None) for cell, balance in cells]
        quantity = _sum(key, shift, found)
        assert quantity is not None  # one of the cells has it
        flows[key] = Flow(row.stream, quantity, row.kind)
    residuals = {
        node: _residual(plant, node, shift, [balance.residuals[node] for _, balance in cells])
        for node in sorted(cells[0][1].residuals)
        if all(node in balance.residuals for _, balance in cells)
    }
    absent = dict.fromkeys(key for _, balance in cells for key in balance.absent if key not in flows)
    return Balance(flows, residuals, tuple(sorted(absent)))


def _sum(key: str, shift: Shift, cells: Sequence[tuple[Shift, Quantity | None]]) -> Quantity | None:
    """A stream over its cells: quanta and error vectors added up, coverage by time; None if no cell has it. # Q6, Q7"""
    parts = [(cell, part) for cell, part in cells if part is not None and part.quanta is not None]
    if not parts:
        return None
    whole = len(parts) == len(cells)
    if whole and len(parts) == 1:
        return parts[0][1]
    marks = {mark for _, part in parts for mark in part.marks} | (set() if whole else {"partial"})
    status = "measured" if whole else "provisional"
    for _, part in parts:
        status = weaker(status, part.status)
    values = [part.value for _, part in parts if part.value is not None]
    seen = math.fsum(part.coverage * cell.span.length for cell, part in parts)
    return Quantity(
        value=math.fsum(values) if len(values) == len(parts) else None,
        quanta=sum(part.quanta for _, part in parts if part.quanta is not None),
        coverage=seen / shift.span.length if shift.span.length else min(part.coverage for _, part in parts),
        node=_total(f"{key}, {shift.id}", [part.node for _, part in parts], "Q7"),
        status=status,
        marks=tuple(sorted(marks)),
        errors=combine((1.0, part.errors) for _, part in parts),
        decisions=tuple(decision for _, part in parts for decision in part.decisions),
    )


def _residual(plant: Plant, node: str, shift: Shift, cells: Sequence[Residual]) -> Residual:
    """What a node does not explain over its cells, with z of the sum. # B3, I6"""
    if len(cells) == 1:
        return cells[0]
    first, quanta = cells[0], sum(cell.quanta for cell in cells)
    errors = combine((1.0, cell.errors) for cell in cells)
    sigma = standard_uncertainty(errors)
    material = plant.materials.get(first.what)
    z = float(to_decimal(quanta, material.quantum)) / sigma if material and sigma > 0 else None
    trace = _total(f"residual of {node}, {shift.id}", [cell.trace for cell in cells], "B3")
    return Residual(node, first.what, quanta, sum(cell.flows for cell in cells), trace, errors, z)


def _total(label: str, nodes: Sequence[Node], clause: str) -> Node:
    node = total_node(label, nodes, nodes[0].unit, clause)
    return node if len(nodes) > 1 else replace(nodes[0], label=label)
