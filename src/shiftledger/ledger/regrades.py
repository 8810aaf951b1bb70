"""What the laboratory finds off-spec after the shift changes its material in the books (L3, L4, L6).

The flow stays as it was measured. Beside it stands a pair of rows: the off-spec part goes back as what it was posted as, and comes
again as the off-spec material at that one's own price. So outputs, standards and the bridge see the grade that it had, a late answer
is a true-up of the shift that made it, and no quantity moves that nobody moved.

A stock of the better material goes on holding everything that lies in it: by how much its off-spec part is overvalued stands at
`site:regraded`, until it is taken out as what it is (sold, or worked once more). Signs: as those of the flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shiftledger.balance.nodes import Balance, Flow
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.ledger.posting import SITE_REGRADED
from shiftledger.ledger.postings import Entry, ShiftContext, amount_node, market_rows, no_price, shared
from shiftledger.ledger.term_codes import L024
from shiftledger.plant.crews import areas_of
from shiftledger.plant.grades import grading, limit_of
from shiftledger.plant.model import Plant
from shiftledger.quantities.offspec import PARTS, WAITS
from shiftledger.quantities.quantity import Quantity

REGRADE = "regrade"


def regrade_entries(context: ShiftContext, balance: Balance) -> Outcome[tuple[Entry, ...]]:
    """The pairs of rows of a shift, and which streams wait for the laboratory. # L4"""
    entries: list[Entry] = []
    issues: list[Issue] = []
    for flow, off in _graded(context, balance):
        if WAITS in off.marks:
            limit = limit_of(context.plant, flow.stream.material, context.day)
            assert limit is not None
            message = f'{context.quantities.shift.id}: {limit.component} of a part of "{flow.stream.id}" is not known: it counts as in grade'
            remedy = "Load the laboratory's result; within the lab cutoff it counts for this shift."
            issues.append(Issue(L024.code, L024.severity, message, limit.at, remedy))
        if off.quanta:
            entries += _pair(context, flow, off, issues)
    return Outcome(tuple(entries), ordered(issues))


def open_grades(context: ShiftContext, area: str, balance: Balance) -> tuple[str, ...]:
    """The streams of an area of which a part waits for the laboratory, as `quality:<stream>/<component>`. # I8"""
    waiting = []
    for flow, off in _graded(context, balance):
        told = grading(context.plant, flow.stream, context.day)
        if told is not None and WAITS in off.marks and area in areas_of(context.plant, flow.stream):
            waiting.append(f"quality:{flow.stream.id}/{told[0].component}")
    return tuple(waiting)


def in_grade(context: ShiftContext, flow: Flow) -> Flow:
    """The flow without its off-spec part: what terms of the better material still hold for. # L3"""
    off = context.quantities.offspec.get(flow.stream.id)
    if off is None or not off.quanta or flow.quantity.quanta is None:
        return flow
    both = (flow.quantity.node, off.node)
    rest = flow.quantity.quanta - off.quanta
    node = Node(f"{flow.stream.id} in grade", rest, both[0].unit, "combined_of", (("signs", (1, -1)),), both, "L4")
    value = None if flow.quantity.value is None or off.value is None else flow.quantity.value - off.value
    errors = combine([(1.0, flow.quantity.errors), (-1.0, off.errors)])
    return replace(flow, quantity=replace(flow.quantity, value=value, quanta=rest, node=node, errors=errors))


def _graded(context: ShiftContext, balance: Balance) -> Iterator[tuple[Flow, Quantity]]:
    for key, off in sorted(context.quantities.offspec.items()):
        if key in balance.flows:
            yield balance.flows[key], off


def _pair(context: ShiftContext, flow: Flow, off: Quantity, issues: list[Issue]) -> Iterator[Entry]:
    """The part back as it was posted, and again as what it is; the market's difference goes with each. # L1, L2, L5"""
    plant, stream = context.plant, flow.stream
    limit = limit_of(plant, stream.material, context.day)
    assert limit is not None
    source, target = (_bearer(plant, end) for end in (stream.source, stream.target))
    if source == target:  # inside one area, or from one stock to another
        return
    own = _with_parts(context, stream.id)
    again = replace(stream, material=limit.material)
    back = replace(stream, source=stream.target, target=stream.source)
    for row, ends in ((back, (target, source)), (again, (source, target))):
        price, material = context.price(row.material), plant.materials[row.material]
        if price is None:
            issues.append(no_price(context, row.material))
            continue
        label = f"{row.material}, {context.quantities.shift.id}"
        node = amount_node(label, off.node, price, material, context.decimals)
        yield from shared(own, flow, *ends, row.material, off, node, REGRADE, "L4")
        yield from market_rows(own, Flow(row, off, REGRADE), price, issues)


def _bearer(plant: Plant, end: str) -> str:
    """Who has the other side at an end of a stream: its area, who is outside, or for a stock the site, which waits for its emptying."""
    return SITE_REGRADED if end in plant.stocks else plant.account_of(end)


def _with_parts(context: ShiftContext, stream: str) -> ShiftContext:
    """The shift with the crews' parts of what was off-spec in place of those of the whole stream. # T3, Q7"""
    found = context.quantities
    parts = {**found.parts, stream: found.band_parts.get((stream, PARTS), ())}
    return replace(context, quantities=replace(found, parts=parts))
