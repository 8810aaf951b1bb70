"""Premiums and penalties: what a stream to or from outside is worth beside its planned price, by what the laboratory finds (L3).

The mean assay of the shift, in the quanta of its meter, says by how much each unit of the material differs; that times the posted
quantity is one row beside the flow's own, rounded once. Until the laboratory answers nothing is posted; a late answer is a true-up
(L6). Signs: a premium is plus for whoever gives the material.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from shiftledger.balance.nodes import Balance, Flow
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.money import EXACT, to_decimal
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.ledger.posting import SITE_PRICE
from shiftledger.ledger.postings import Entry, ShiftContext, amount_of, shared
from shiftledger.ledger.regrades import in_grade
from shiftledger.ledger.term_codes import L022
from shiftledger.plant.model import Plant, Stream, valid_on
from shiftledger.plant.terms import Quality
from shiftledger.quantities.conditions import assay_meter
from shiftledger.quantities.quantity import Quantity


def quality_entries(context: ShiftContext, balance: Balance) -> Outcome[tuple[Entry, ...]]:
    """The rows of a shift, and what they wait for. # L3"""
    entries: list[Entry] = []
    issues: list[Issue] = []
    for flow, row in _due(context, balance):
        assay = context.quantities.assays.get((flow.stream.id, row.component))
        if assay is None or assay.quanta is None:
            message = f'{context.quantities.shift.id}: {row.component} of "{flow.stream.id}" is not known: no premium or penalty is posted'
            remedy = "Load the laboratory's result; within the lab cutoff it counts for this shift."
            issues.append(Issue(L022.code, L022.severity, message, row.at, remedy))
        else:
            entries += _rows(context, flow, row, assay)
    return Outcome(tuple(entries), ordered(issues))


def open_quality(context: ShiftContext, area: str, balance: Balance) -> tuple[str, ...]:
    """The streams of an area whose premium waits for the laboratory, as `quality:<stream>/<component>`. # I8"""
    waiting = []
    for flow, row in _due(context, balance):
        assay = context.quantities.assays.get((flow.stream.id, row.component))
        ends = {bearer(context.plant, end) for end in (flow.stream.source, flow.stream.target)}
        if f"area:{area}" in ends and (assay is None or assay.quanta is None):
            waiting.append(f"quality:{flow.stream.id}/{row.component}")
    return tuple(waiting)


def terms_for(plant: Plant, stream: Stream, day: date) -> tuple[Quality, ...]:
    """The rows of quality.csv that hold for a stream; one that names its party goes before one for all. # L3"""
    outer = [end for end in (stream.source, stream.target) if end.partition(":")[0] == "outside"]
    if len(outer) != 1:
        return ()
    party = outer[0].partition(":")[2]
    held = [row for row in plant.quality if row.material == stream.material and row.party in ("", party) and valid_on(row, day)]
    chosen = {row.component: row for row in sorted(held, key=lambda row: bool(row.party))}
    return tuple(chosen[component] for component in sorted(chosen))


def bearer(plant: Plant, end: str) -> str:
    """Who bears the quality at an end of a stream: its area, the area that holds the stock there, else the site's price account."""
    stock = plant.stocks.get(end)
    if stock is None or end in plant.units:
        return plant.account_of(end)
    return SITE_PRICE if stock.held_by == "site" else f"area:{stock.held_by}"


def _due(context: ShiftContext, balance: Balance) -> Iterator[tuple[Flow, Quality]]:
    """Flows of the shift with terms, what is off-spec taken out; where nothing flowed nothing is due."""
    for flow in balance.flows.values() if context.plant.quality else ():
        if flow.quantity.quanta:
            for row in terms_for(context.plant, flow.stream, context.day):
                yield in_grade(context, flow), row


def _rows(context: ShiftContext, flow: Flow, row: Quality, assay: Quantity) -> Iterator[Entry]:
    plant, stream = context.plant, flow.stream
    assert assay.quanta is not None
    meter = assay_meter(plant, stream.id, row.component, context.day)
    quantum = meter.quantum if meter else Decimal("0.001")
    low, high = row.band
    leaf = Node(f"worth of {row.component} in {row.material}", row.worth, "per unit", at=str(row.at), clause="L3")
    step = adjustment(assay.quanta, row.worth, low=low, high=high, cap=row.cap, quantum=quantum)
    args = (("low", low), ("high", high), ("cap", row.cap), ("quantum", quantum))
    each = Node(f"quality by {row.component}", step, "per unit", "adjustment", args, (assay.node, leaf), "L3", str(row.at))
    material = plant.materials[row.material]
    how = (("quantum", material.quantum), ("decimals", context.decimals))
    what = f"{row.material}@{row.component}"
    cents = amount_of(flow.quantity.node.value, step, quantum=material.quantum, decimals=context.decimals)
    node = Node(f"{what}, {context.quantities.shift.id}", cents, "cents", "amount_of", how, (flow.quantity.node, each), "L5")
    status = "provisional" if "provisional" in (assay.status, flow.quantity.status) else flow.quantity.status
    quantity = replace(flow.quantity, status=status)
    slope = _slope(assay.quanta, row, quantum)
    for entry in shared(
        context, flow, bearer(plant, stream.source), bearer(plant, stream.target), what, quantity, node, "quality", "L3"
    ):
        by_assay = float(to_decimal(entry.posting.qty, material.quantum)) * slope
        yield replace(entry, errors=combine([(1.0, entry.errors), (by_assay, assay.errors)]))


def adjustment(assay: int, worth: Decimal, *, low: Decimal, high: Decimal, cap: Decimal | None, quantum: Decimal) -> Decimal:
    """Money per unit of the material: worth x what the assay lies beyond the nearer edge of the dead band, within -cap..cap. # L3

    >>> adjustment(105, Decimal(-2), low=Decimal(8), high=Decimal(10), cap=None, quantum=Decimal("0.1"))
    Decimal('-1.0')
    >>> adjustment(200, Decimal(-2), low=Decimal(8), high=Decimal(10), cap=Decimal(15), quantum=Decimal("0.1"))
    Decimal('-15')
    """
    found = to_decimal(assay, quantum)
    edge = min(max(found, low), high)
    money = EXACT.multiply(worth, EXACT.subtract(found, edge))
    return money if cap is None else max(-cap, min(cap, money))


def _slope(assay: int, row: Quality, quantum: Decimal) -> float:
    """d adjustment / d assay, for error vectors only: none inside the dead band or at the cap. # Q6"""
    low, high = row.band
    found = to_decimal(assay, quantum)
    step = adjustment(assay, row.worth, low=low, high=high, cap=row.cap, quantum=quantum)
    free = not low <= found <= high and (row.cap is None or abs(step) < row.cap)
    return float(row.worth) if free or low == high == found else 0.0


OPERATIONS = (("adjustment", adjustment),)
