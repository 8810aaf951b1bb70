"""The figure of a stream that comes in lots: whole quanta lot by lot, its errors, its trace, and what had to be decided (Q10)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise, split
from shiftledger.core.period import Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.cells import cell_at
from shiftledger.plant.model import Plant
from shiftledger.plant.ownership import STAGE, TIME_SPLIT
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import Basis, assayed, calibration_source
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision, Evidence
from shiftledger.quantities.gauges import Gauge, SeriesByTag
from shiftledger.quantities.kernel import Rule, gaps, is_good
from shiftledger.quantities.lots import counting, lots_behind, owned, usable, weights
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import Flow, flow_of, reading_leaves
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import Lots


def lot_quantity(plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    """The lots of one stream in one shift by the rule of its unit, the course behind them, and what was decided. # Q10, Q6, Q7

    Absent where there is no lot and nothing says that none came (I8); provisional where that is open for a part of the shift.
    """
    span, meter, material, rule = shift.span, gauge.meter, gauge.material, gauge.rule
    flow = flow_of(gauge, series, span)
    near = lots_behind(_lots(gauge, series), span, rule)
    mine = owned(_priced(near, gauge, series), span, rule)
    marks, issues = _doubts(gauge, shift, series, near, flow)
    label, at = f"{gauge.stream.id}, {shift.id}", str(meter.at)
    if not len(mine) and not flow.measured.covered:
        issues.append(found(codes.ABSENT, f"{meter.tag}, {shift.id}: no lot, and nothing says that none came", meter.at, NOTHING))
        absent = Node(label, None, material.unit, clause="I8", at=at)
        return Quantity(None, None, 0.0, absent, "provisional", ("absent",)), flow, tuple(issues)
    node = _node(plant, gauge, shift, series, mine)
    known = flow.measured.covered == span.length and not marks & {"lot-unusable", "stale"}
    whole = f"{material.quantum} {material.unit}"
    quantity = Quantity(
        value=flow.measured.amount(rule),
        quanta=node.value,
        coverage=flow.measured.covered / span.length,
        node=Node(label, node.value, whole, "posted", (("quantum", material.quantum),), (node,), "L5", at),
        status="measured" if known else "provisional",
        marks=tuple(sorted(marks)),
        errors=_errors(gauge, shift, mine, flow),
        decisions=_decisions(gauge, shift, mine, node),
    )
    return quantity, flow, tuple(issues)


NOTHING = "Load the lots of this shift, or an entry of amount 0 at its end if nothing came."


def _lots(gauge: Gauge, series: SeriesByTag) -> Lots:
    lots = gauge.readings(series)
    assert isinstance(lots, Lots)
    return lots


def _priced(lots: Lots, gauge: Gauge, series: SeriesByTag) -> Lots:
    return assayed(lots, gauge.assays(series)[0], gauge.basis) if gauge.basis else lots


def _node(plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag, mine: Lots) -> Node:
    """The lots' quanta over the readings of meter and laboratory. # I7"""
    span, rule, quantum = shift.span, gauge.rule, gauge.material.quantum
    leaves = list(reading_leaves(gauge, span, series))
    if gauge.lab and gauge.basis and len(mine):
        reach = Span(min(int(mine.end.min()) - 1, span.start), max(int(mine.end.max()), span.end))
        leaves[1:] = [replace(leaves[1], value=_assays_behind(gauge.assays(series)[0], reach, gauge.basis.rule))]
    args: tuple[tuple[str, Any], ...] = (
        *(("start", span.start), ("end", span.end), ("rule", rule), ("quantum", quantum)),
        *(("edges", edges_of(plant, mine, span, rule)), ("basis", gauge.basis)),
    )
    quanta = lotted(*(leaf.value for leaf in leaves), **dict(args))
    label = f"{len(mine)} lots of {gauge.meter.tag}, {rule.own or 'end'}"
    return Node(label, quanta, f"{quantum} {gauge.material.unit}", "lotted", args, tuple(leaves), "Q10", str(gauge.meter.at))


def _assays_behind(assays: Series, reach: Span, rule: Rule) -> Series:
    """The samples that can hold for lots that end in `reach`."""
    return assays.between(reach.start - max(rule.max_hold, rule.length), reach.end)


def _doubts(gauge: Gauge, shift: Shift, series: SeriesByTag, near: Lots, flow: Flow) -> tuple[set[str], list[Issue]]:
    """Marks and issues: lots that cannot be used, lots without an assay, time of which nothing is known. # I8"""
    span, rule, meter = shift.span, gauge.rule, gauge.meter
    where, marks, issues = f"{meter.tag}, {shift.id}", set[str](), list[Issue]()
    lost = near.pick(~usable(near, rule) & (near.end > span.start) & (near.end <= span.end))
    if len(lost):
        marks.add("lot-unusable")
        message = f"{where}: {len(lost)} lots cannot be used, the first ends {iso(int(lost.end[0]))}"
        remedy = "Their amount is bad, they last longer than `length`, or their stage is not one of the unit's."
        issues.append(found(codes.LOT, message, meter.at, remedy))
    mine = owned(near, span, rule)
    priced = _priced(mine, gauge, series)
    bare = int((is_good(mine) & ~is_good(priced)).sum())
    if bare and gauge.lab:
        marks.add("stale")
        message = f"{where}: no assay of {gauge.lab.tag} holds at the end of {bare} lots"
        issues.append(found(codes.NO_ASSAY, message, gauge.lab.at, "Load the sample's result, or correct max_hold."))
    if flow.measured.uncertain.any():
        marks.add("uncertain")
    if flow.raw.covered < span.length:
        marks.add("partial")
        hole = gaps(flow.raw, span)[0]
        message = f"{where}: it is not known whether lots came from {iso(hole.start)} to {iso(hole.end)}"
        if len(mine) or flow.raw.covered:
            issues.append(found(codes.PARTIAL, message, meter.at, "Load later lots, an entry of amount 0, or correct max_hold."))
    return marks, issues


def lot_errors_in(gauge: Gauge, shift: Shift, series: SeriesByTag, flow: Flow) -> dict[str, float]:
    """The error vector of the lots of one stream in a shift, or in a part of one. # Q6"""
    near = lots_behind(_lots(gauge, series), shift.span, gauge.rule)
    return _errors(gauge, shift, owned(_priced(near, gauge, series), shift.span, gauge.rule), flow)


def _errors(gauge: Gauge, shift: Shift, mine: Lots, flow: Flow) -> dict[str, float]:
    """Calibration persists; each lot is weighed once, and a shared lot has one error in all its shifts. # Q6"""
    meter, factor = gauge.meter, gauge.rule.factor
    whole, shared = lot_errors(mine, shift.span, gauge.rule, float(meter.white), float(meter.sigma))
    own = {calibration_source(meter): float(meter.limit) / math.sqrt(3) * flow.measured.amount(gauge.rule)}
    own[f"white:{meter.tag}:{shift.id}"] = whole
    parts = [(1.0, own)]
    parts += [(1.0, {f"lot:{meter.tag}:{iso(int(mine.end[i]))}": error}) for i, error in shared]
    if gauge.lab and gauge.basis:
        lab, raw = gauge.lab, flow.raw.total / gauge.rule.base * factor
        relative = math.hypot(float(lab.white), float(lab.limit) / math.sqrt(3))
        own_sigma = gauge.basis.slope * float(lab.sigma) * raw
        source = f"assay:{lab.tag}:{shift.id}"
        assay = flow.measured.amount(gauge.rule) - (raw if gauge.basis.dry else 0.0)
        parts.append((1.0, {source: math.hypot(own_sigma, relative * assay)}))
    return combine(parts)


def _decisions(gauge: Gauge, shift: Shift, mine: Lots, node: Node) -> tuple[Decision, ...]:
    """Every lot that a boundary of the shift cuts, and how much of it the shift was given. # Q10"""
    args, span = dict(node.args), shift.span
    made = []
    for i, _, quanta in lot_shares(mine, span, gauge.rule, gauge.material.quantum, args["edges"]):
        start, end = int(mine.start[i]), int(mine.end[i])
        if start < span.start < end or start < span.end < end:
            where = int(mine.batch[i]), int(mine.row[i]), end
            reading = Evidence(int(mine.ts[i]), float(mine.value[i]), int(mine.quality[i]), *where)
            amount = float(quanta * gauge.material.quantum)
            made.append(Decision("lot-cut", gauge.meter.tag, start, end, amount, (reading,), str(gauge.meter.at)))
    return tuple(sorted(made, key=lambda d: (d.start, d.end, d.evidence[0].ts)))


# Lot by lot.


def edges_of(plant: Plant, lots: Lots, span: Span, rule: Rule) -> tuple[int, ...]:
    """The boundaries of all shifts that the split lots of `span` touch, in order; those of the span itself without any. # Q10"""
    edges = {span.start, span.end}
    shared = lots.pick((lots.start < span.start) | (lots.end > span.end))
    if rule.own == TIME_SPLIT and len(shared):
        at, last = int(shared.start.min()), int(shared.end.max())
        while at < last:
            shift = cell_at(plant, at)
            edges |= {shift.span.start, shift.span.end}
            at = shift.span.end
    return tuple(sorted(edges))


def lotted(
    lots: Lots,
    *assays: Series,
    start: int,
    end: int,
    rule: Rule,
    quantum: Decimal,
    edges: tuple[int, ...],
    basis: Basis | None = None,
) -> int:
    """Quanta of the lots in [start, end): each lot is rounded once, and its shares over the shifts sum to it. # Q10, L5"""
    span = Span(start, end)
    priced = assayed(lots_behind(lots, span, rule), assays[0], basis) if basis else lots
    mine = owned(priced, span, rule)
    return sum(quanta for *_, quanta in lot_shares(mine, span, rule, quantum, edges))


def lot_shares(mine: Lots, span: Span, rule: Rule, quantum: Decimal, edges: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """(position, whole quanta, the quanta that `span` has of it) of each lot that the span has a part of."""
    order = [number for number, _ in rule.stages]
    for i in range(len(mine)):
        whole = quantise(float(mine.value[i]) * rule.factor, quantum)
        part = whole
        if rule.own == STAGE:
            part = split(whole, [weight for _, weight in rule.stages])[order.index(float(mine.stage[i]))]
        elif rule.own == TIME_SPLIT and mine.end[i] > mine.start[i]:
            own = Span(int(mine.start[i]), int(mine.end[i]))
            cells = [Span(a, b) for a, b in pairwise(edges)]
            shares = split(whole, [cell.clip(own).length for cell in cells])
            part = shares[next(k for k, cell in enumerate(cells) if cell.start == span.start)]
        yield i, whole, part


def lot_errors(mine: Lots, span: Span, rule: Rule, white: float, sigma: float) -> tuple[float, list[tuple[int, float]]]:
    """(white part of whole lots, by squares; (position, error) of each split lot): every lot is weighed once. # Q6"""
    begin, finish = counting(mine, rule.own)
    parts = weights(mine, rule)
    whole, shared = [], []
    for i in range(len(mine)):
        inside = Span(int(begin[i]), int(finish[i])).clip(span).length / int(finish[i] - begin[i])
        share = inside * float(parts[i])
        error = share * rule.factor * math.hypot(white * float(mine.value[i]), sigma)
        if share == 1.0:
            whole.append(error * error)
        else:
            shared.append((i, error))
    return math.sqrt(math.fsum(whole)), shared


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("lotted", lotted),)
