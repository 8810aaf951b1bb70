"""The conditions of a shift: mean codes of states and mean assays, by area and name, posted at their meter's quantum (Q3, Q5).

A state is a condition of every area; a component that a laboratory finds on a stream is one of the areas at the stream's ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.issue import Issue
from shiftledger.core.period import Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.crews import areas_of
from shiftledger.plant.model import Meter, Plant, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import (
    below_detection,
    calibration_source,
    mean_assay,
    mean_of_samples,
    sample_instant,
    sample_sigma,
)
from shiftledger.quantities.codes import found
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.decisions import Decision, in_order
from shiftledger.quantities.gauges import Gauge, SeriesByTag, readings_of, rule_of
from shiftledger.quantities.judgements import held_decisions, missed
from shiftledger.quantities.kernel import Overlay, Pieces, Rule, held_pieces, only, overlay
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.register_issues import overlap_issue
from shiftledger.quantities.streams import Flow, posted, reading_leaf
from shiftledger.readings.batch import Series

Key = tuple[str, str]
ASSAY = "assay"  # assay.<component>.<stream> in a formula


def conditions_of(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    meters: tuple[Meter, ...],
    flows: Mapping[str, tuple[Gauge, Flow]],
    of: str = "",
) -> tuple[dict[Key, Quantity], tuple[Issue, ...]]:
    """Every condition of the shift by (area, name), in that order. `flows`: metered streams with their gauge and course.

    `of`: of this area only. A name for which several meters could stand is absent; issues are raised only for conditions that a standard names.
    """
    named = {(row.area, row.condition) for row in plant.standards if row.condition and valid_on(row, shift.day)}
    conditions: dict[Key, Quantity] = {}
    known: dict[str, Quantity] = {}  # by tag: what a meter tells is the same in every area
    issues: list[Issue] = []
    for key, candidates in sorted(_candidates(plant, shift, meters).items()):
        if of not in ("", key[0]):
            continue
        if len(candidates) > 1:
            conditions[key] = _absent(key, shift, candidates[0], "ambiguous")
            tags = ", ".join(m.tag for m in candidates)
            message = f"{shift.id}: condition {key[1]!r} of {key[0]} could be any of {tags}"
            finding = found(codes.AMBIGUOUS, message, candidates[-1].at, "Give the component or state a name of its own.")
        else:
            meter = candidates[0]
            if meter.tag not in known:
                known[meter.tag] = condition_quantity(key, shift, series, meter, flows.get(meter.stream))
            conditions[key] = _of_area(known[meter.tag], key, shift)
            crossed = (told for told in conditions[key].decisions if told.kind == "overlap")
            issues += [overlap_issue(told, shift.id, meter.at) for told in crossed]
            if conditions[key].coverage == 1 or _idle(flows.get(meter.stream), shift):
                continue
            message = f"{meter.tag}, {shift.id}: condition {key[1]!r} of {key[0]} is known for {conditions[key].coverage:.1%}"
            finding = found(
                codes.NO_ASSAY, message, meter.at, "Load the sample or state that holds in this shift, or correct max_hold."
            )
        if key in named:
            issues.append(finding)
    return conditions, tuple(issues)


def stream_assays(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    flows: Mapping[str, tuple[Gauge, Flow]],
    of: Sequence[Key] | None = None,
) -> dict[Key, Quantity]:
    """Mean assays of the streams that quality terms and formulas name, by (stream, component); `of`: of these only. # L3, N1, Q5

    Nothing where no laboratory looks.
    """
    found: dict[Key, Quantity] = {}
    for stream, component in assays_named(plant, shift.day) if of is None else of:
        meter = assay_meter(plant, stream, component, shift.day)
        if meter is not None:
            key = (stream, component)
            found[key] = _in_one_step(condition_quantity(key, shift, series, meter, flows.get(stream)))
    return found


def assays_named(plant: Plant, day: date) -> tuple[Key, ...]:
    """The (stream, component) pairs that quality terms, or formulas as `assay.<component>.<stream>`, name on a day, sorted. # L3, N1"""
    terms = {(row.material, row.component) for row in plant.quality if valid_on(row, day)}
    formulas = [row.formula for row in plant.indicators.values() if valid_on(row, day)]
    looked = {(meter.stream, meter.component) for meter in plant.meters if meter.kind == "lab" and valid_on(meter, day)}
    return tuple(
        (stream.id, component)
        for stream in (row for _, row in sorted(plant.streams.items()) if valid_on(row, day))
        for component in sorted({component for key, component in looked if key == stream.id and component})
        if (stream.material, component) in terms or any(f"{ASSAY}.{component}" in text for text in formulas)
    )


def _of_area(quantity: Quantity, key: Key, shift: Shift) -> Quantity:
    """The same figure under the name that it has in an area; field by field, for a large plant has ten thousand of them a day."""
    q, n = quantity, quantity.node
    node = Node(_label(key, shift), n.value, n.unit, n.op, n.args, n.children, n.clause, n.at)
    return Quantity(q.value, q.quanta, q.coverage, node, q.status, q.marks, q.errors, q.decisions)


def _label(key: Key, shift: Shift) -> str:
    return f"{key[1]} of {key[0]}, {shift.id}"


def _in_one_step(assay: Quantity) -> Quantity:
    """The same figure over its readings alone: a step less from the books to the sample. # I7"""
    if assay.quanta is None:
        return assay
    mean = assay.node.children[0]
    return replace(assay, node=replace(assay.node, op="mean_quanta", args=(*mean.args, *assay.node.args), children=mean.children))


def assay_meter(plant: Plant, stream: str, component: str, day: date) -> Meter | None:
    """The laboratory's meter of a component on a stream; a check keeps it to one a day. # P025"""
    found = [m for m in plant.meters if m.kind == "lab" and (m.stream, m.component) == (stream, component) and valid_on(m, day)]
    return min(found, key=lambda m: m.tag, default=None)


def _idle(metered: tuple[Gauge, Flow] | None, shift: Shift) -> bool:
    """True if it is known that nothing flowed all shift long: then no assay is missed."""
    return (
        metered is not None
        and metered[1].raw.covered == shift.span.length
        and not metered[1].raw.y0.any()
        and not metered[1].raw.y1.any()
    )


def _candidates(plant: Plant, shift: Shift, meters: tuple[Meter, ...]) -> dict[Key, list[Meter]]:
    """The meters, in tag order, that could tell each condition on the shift's day."""
    areas = [area.id for area in plant.areas.values() if valid_on(area, shift.day)]
    candidates: dict[Key, list[Meter]] = {}
    for meter in sorted(meters, key=lambda m: m.tag):
        stream = plant.streams.get(meter.stream)
        if meter.kind == "state" and meter.state:
            for area in areas:
                candidates.setdefault((area, meter.state), []).append(meter)
        elif meter.kind == "lab" and meter.component and stream is not None and valid_on(stream, shift.day):
            for area in areas_of(plant, stream):
                candidates.setdefault((area, meter.component), []).append(meter)
    return candidates


def condition_quantity(key: Key, shift: Shift, series: SeriesByTag, meter: Meter, metered: tuple[Gauge, Flow] | None) -> Quantity:
    """One condition in its meter's unit: time mean of a state's codes, flow-weighted mean of an assay. # Q3, Q5, Q6

    Without a flow, or where nothing flowed, an assay is averaged over time ("time-mean"). Coverage is the known part of the flow's
    (else the shift's) time.
    """
    span, rule = shift.span, rule_of(meter)
    readings = readings_of(meter, series)
    raw = metered[1].raw if metered and meter.kind == "lab" else None
    value, covered = mean_assay(raw, readings, span, rule)
    decisions = in_order(told for told in held_decisions(readings, span, rule, meter) if missed(told, raw))
    if value is None:
        return _absent(key, shift, meter, "stale", decisions)
    both = _weighing(raw, readings, span, rule)
    weighted = both is not None
    coverage = covered / (raw.covered if raw is not None and weighted else span.length)
    marks = {mark for mark, holds in (("partial", coverage < 1), ("time-mean", meter.kind == "lab" and not weighted)) if holds}
    held = held_pieces(readings, span, rule)
    if (both.flow if both else held).uncertain.any():
        marks.add("uncertain")
    marks |= {told.kind for told in decisions if told.kind in ("stale", "overlap")}
    below = below_detection(readings, span, meter, rule) if meter.kind == "lab" else ()
    marks |= {"below-detection"} if below else set()
    node = _node(key, shift, series, meter, metered if raw is not None else None, value)
    quality = "measured" if coverage == 1 else "provisional"
    errors = _errors(meter, readings, both, held, value) if meter.kind == "lab" else {}
    return Quantity(value, node.value, coverage, node, quality, tuple(sorted(marks)), errors, in_order([*decisions, *below]))


def _weighing(raw: Pieces | None, readings: Series, span: Span, rule: Rule) -> Overlay | None:
    """Flow and assay where both are known, if something flowed there; None where time is the weight. # Q5"""
    if raw is None:
        return None
    both = overlay(raw, held_pieces(readings, span, rule))
    return both if both.flow.total > 0 else None


def _node(key: Key, shift: Shift, series: SeriesByTag, meter: Meter, metered: tuple[Gauge, Flow] | None, value: float) -> Node:
    span, rule, at = shift.span, rule_of(meter), str(meter.at)
    leaves = [reading_leaf(readings_behind(readings_of(meter, series), span, rule), meter.unit, at)]
    parts = metered[0].parts if metered else ()
    for part in parts:
        behind = readings_behind(part.readings(series), span, part.rule)
        leaves.append(reading_leaf(behind, part.meter.unit, str(part.meter.at)))
    args = (("start", span.start), ("end", span.end), ("rule", rule), ("flow_rules", tuple(part.rule for part in parts)))
    mean = Node(f"mean {key[1]}", value, meter.unit, "mean_assay", args, tuple(leaves), "Q5" if meter.kind == "lab" else "Q3", at)
    quanta = posted(value, quantum=meter.quantum)
    return Node(
        _label(key, shift), quanta, f"{meter.quantum} {meter.unit}", "posted", (("quantum", meter.quantum),), (mean,), "L5", at
    )


def _errors(meter: Meter, readings: Series, both: Overlay | None, held: Pieces, value: float) -> dict[str, float]:
    """What each sample's error does to the mean, by its share of the weight, and the laboratory's lasting limit of error. # Q6"""
    errors = {calibration_source(meter): float(meter.limit) / math.sqrt(3) * value}
    whole = both.flow.total if both else held.covered
    for j in range(len(held)):
        part = only(both.flow, np.equal(both.index, j)).total if both else int(held.end[j] - held.start[j])
        taken = sample_instant(readings, int(held.start[j]))
        source = f"assay:{meter.tag}:{iso(taken)}"
        errors[source] = errors.get(source, 0.0) + sample_sigma(meter, readings, taken, float(held.y0[j])) * part / whole
    return combine([(1.0, errors)])


def _absent(key: Key, shift: Shift, meter: Meter, mark: str, decisions: tuple[Decision, ...] = ()) -> Quantity:
    node = Node(_label(key, shift), None, meter.unit, clause="I8", at=str(meter.at))
    return Quantity(None, None, 0.0, node, "provisional", tuple(sorted({"absent", mark})), {}, decisions)


def mean_quanta(*readings: Series, quantum: Decimal, **rules: Any) -> int | None:
    """The mean of samples, or of a state, in whole quanta, as an operation of a trace. # Q5, L5"""
    mean = mean_of_samples(*readings, **rules)
    return None if mean is None else posted(mean, quantum=quantum)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("mean_quanta", mean_quanta),)
