"""How much of a stream was off-spec, by what the laboratory found of it (L4, Q5)?

A sample stands for the time from its taking to the next one, and so does its verdict: what flowed while it says "off-spec" is that
part of the stream, in whole quanta of the stream's own figure. What flowed while nobody knows counts as in grade until the
laboratory answers, and is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.grades import grading, is_off
from shiftledger.plant.model import Meter, Plant
from shiftledger.plant.roster import Shift
from shiftledger.plant.terms import GradeLimit
from shiftledger.quantities.assays import Basis
from shiftledger.quantities.bands import UNKNOWN, band_share, band_weights
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.gauges import Gauge, SeriesByTag, readings_of, rule_of
from shiftledger.quantities.kernel import Rule, clip
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import Flow, by_part, flow_pieces, over_meters, part_args, reading_leaf, reading_leaves
from shiftledger.readings.batch import Series

IN, OFF = "in grade", "off-spec"
VERDICTS = ((IN, Decimal(0)), (OFF, Decimal(1)))
WAITS = "grade-unknown"  # mark: of a part of the stream the laboratory has not said yet what it is
PARTS = "/off-spec"  # the crews' parts of it stand in `band_parts` under this name, which no tariff band can have


def offspec_of(
    plant: Plant,
    gauge: Gauge,
    shift: Shift,
    series: SeriesByTag,
    whole: Quantity,
    flow: Flow,
    standard_rate: float | None = None,
    of: Span | None = None,
) -> Quantity | None:
    """The off-spec part of a stream's figure `whole`, in quanta; None where no laboratory grades the stream. # L4, L5

    `of`: the shift of which `shift` is a part, if it is one.
    """
    told = grading(plant, gauge.stream, shift.day)
    if told is None or whole.quanta is None or gauge.rule.kind == "booking":
        return None
    limit, lab = told
    judged = verdicts(readings_of(lab, series), limit.low, limit.high)
    found: dict[str, list[Node]] = {}
    for part, own in by_part(gauge, flow, series, shift.span, standard_rate, of):
        weights = band_weights(own, judged, shift.span, rule_of(lab), part.rule, VERDICTS)
        for verdict, weight in weights.items():
            found.setdefault(verdict, []).append(
                _weight_node(part, shift, series, limit, lab, verdict, weight, standard_rate, of)
            )
    if not whole.quanta and not found:
        return None
    return _share(gauge, shift, whole, {key: over_meters(found[key]) for key in (IN, OFF, UNKNOWN) if key in found})


def offspec_parts(
    plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag, flow: Flow, cells: Sequence[Span]
) -> tuple[float, ...]:
    """What was off-spec in each of `cells`, in the material's unit: a crew that made none of it bears none. # Q7, T3"""
    told = grading(plant, gauge.stream, shift.day)
    assert told is not None
    limit, lab = told
    judged, rule = verdicts(readings_of(lab, series), limit.low, limit.high), rule_of(lab)
    inside = [Flow(*(clip(pieces, cell) for pieces in (flow.raw, flow.measured, flow.filled))) for cell in cells]
    found = (band_weights(part, judged, cell, rule, gauge.rule, VERDICTS) for part, cell in zip(inside, cells, strict=True))
    return tuple(amounts.get(OFF, 0.0) for amounts in found)


def verdicts(assays: Series, low: Decimal | None, high: Decimal | None) -> Series:
    """The laboratory's results as verdicts: 1 off-spec, 0 in grade; what cannot be judged stays as unusable as it was. # Q5"""
    judged = [float(is_off(value, low, high)) if np.isfinite(value) else value for value in assays.value.tolist()]
    return replace(assays, value=np.array(judged, np.float64))


def _weight_node(
    part: Gauge,
    shift: Shift,
    series: SeriesByTag,
    limit: GradeLimit,
    lab: Meter,
    verdict: str,
    weight: float,
    standard_rate: float | None,
    of: Span | None,
) -> Node:
    """What flowed under one verdict, over the readings of the meter and the laboratory's results. # I7"""
    span = shift.span
    behind = readings_behind(readings_of(lab, series), span, rule_of(lab))
    leaves = (*reading_leaves(part, of or span, series, part.meter.fill), reading_leaf(behind, lab.unit, str(lab.at)))
    args: tuple[tuple[str, Any], ...] = (
        *(("start", span.start), ("end", span.end), ("rule", part.rule), ("basis", part.basis), ("fill", part.meter.fill)),
        *(("standard_rate", standard_rate), ("lab_rule", rule_of(lab)), ("low", limit.low), ("high", limit.high)),
        *(*part_args(of), ("verdict", verdict)),
    )
    label = f"{part.stream.id} {verdict or '?'} by {limit.component}"
    return Node(label, weight, part.material.unit, "under_verdict", args, leaves, "Q5", str(limit.at))


def _share(gauge: Gauge, shift: Shift, whole: Quantity, nodes: Mapping[str, Node]) -> Quantity:
    """The stream's quanta over the verdicts by their amounts, of which the off-spec one is wanted. # L5"""
    order, amounts = list(nodes), whole.node.children
    marks = tuple(sorted({*whole.marks, WAITS})) if UNKNOWN in nodes and nodes[UNKNOWN].value else whole.marks
    status = "provisional" if WAITS in marks else whole.status
    label = f"{gauge.stream.id} off-spec, {shift.id}"
    if OFF not in nodes:
        return Quantity(0.0, 0, whole.coverage, Node(label, 0, whole.node.unit, clause="L4"), status, marks)
    args: tuple[tuple[str, Any], ...] = (
        ("amounts", len(amounts)),
        ("index", order.index(OFF)),
        ("quantum", gauge.material.quantum),
    )
    quanta = band_share(*(node.value for node in (*amounts, *nodes.values())), **dict(args))
    node = Node(label, quanta, whole.node.unit, "band_share", args, (*amounts, *nodes.values()), "L4", str(gauge.meter.at))
    weight = float(nodes[OFF].value)
    share = weight / whole.value if whole.value else 0.0
    return Quantity(weight, quanta, whole.coverage, node, status, marks, combine([(share, whole.errors)]))


def under_verdict(
    readings: Series,
    *others: Series,
    start: int,
    end: int,
    rule: Rule,
    basis: Basis | None,
    fill: str,
    standard_rate: float | None,
    lab_rule: Rule,
    low: Decimal | None,
    high: Decimal | None,
    verdict: str,
    whole: Span | None = None,
) -> float:
    """What flowed in [start, end) under one verdict, as an operation of a trace; the laboratory's results come last. # I7"""
    span = Span(start, end)
    flow = flow_pieces(readings, others[:-1], span, rule, basis, fill, standard_rate, whole)
    return band_weights(flow, verdicts(others[-1], low, high), span, lab_rule, rule, VERDICTS)[verdict]


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("under_verdict", under_verdict),)
