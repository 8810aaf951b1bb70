"""What one metered stream amounts to in one shift, in its material's unit and down to the readings (Q1, Q2, Q5-Q8).

The measured part and what a declared fill estimates stay apart to the last step: covered time, uncertainty and trace are each
part's own. Signs: an amount is positive from the stream's source to its target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import Basis, assay_errors, assayed, calibration_source, carried
from shiftledger.quantities.codes import found
from shiftledger.quantities.counters import counted, faults, steps
from shiftledger.quantities.course import LAST_GOOD, STANDARD, course, filling, readings_behind
from shiftledger.quantities.gauges import Gauge, SeriesByTag
from shiftledger.quantities.kernel import Pieces, Rule, clip, overlapping
from shiftledger.quantities.lots import lots_behind
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import Lots


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream over a span. `raw` is what its meter saw; `measured` and `filled` are on the priced basis (meter units)."""

    raw: Pieces
    measured: Pieces
    filled: Pieces

    @property
    def covered(self) -> int:
        """Microseconds that were measured or filled."""
        return self.measured.covered + self.filled.covered


def stream_quantity(
    gauge: Gauge, shift: Shift, series: SeriesByTag, standard_rate: float | None = None, whole: Span | None = None
) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    """One figure of one stream in one shift, the course behind it, and what had to be decided. # Q1, Q6, Q7, Q8

    Nothing covered and nothing filled is absent (I8). `standard_rate` is in the material's unit per hour, on the priced basis.
    `whole`: the shift of which `shift` is a part, if it is one; a fill belongs to it and the part inherits its share. A part of
    which nothing is known is absent only if nothing is known of the whole; else it is the part of a partial figure.
    """
    span, meter, material = shift.span, gauge.meter, gauge.material
    flow = flow_of(gauge, series, span, standard_rate, whole)
    known = bool(flow.covered or (whole is not None and flow_of(gauge, series, whole, standard_rate).covered))
    marks, issues = _decided(gauge, shift, series, flow, known=known)
    label, at = f"{gauge.stream.id}, {shift.id}", str(meter.at)
    if not known:
        absent = Node(label, None, material.unit, clause="I8", at=at)
        return Quantity(None, None, 0.0, absent, "provisional", ("absent",)), flow, issues
    nodes = _amount_nodes(gauge, span, series, flow, standard_rate, whole)
    quanta = posted(*(node.value for node in nodes), quantum=material.quantum)
    estimate = flow.filled.amount(gauge.rule)
    measured = "measured" if flow.covered == span.length else "provisional"
    errors = [(1.0, flow_errors(gauge, flow, span, series, f"white:{meter.tag}:{shift.id}"))]
    errors.append((1.0, {f"gap:{meter.tag}:{shift.id}": abs(estimate) / math.sqrt(3)}))
    quantity = Quantity(
        value=math.fsum((flow.measured.amount(gauge.rule), estimate)),
        quanta=quanta,
        coverage=flow.measured.covered / span.length if span.length else 1.0,
        node=Node(
            label, quanta, f"{material.quantum} {material.unit}", "posted", (("quantum", material.quantum),), nodes, "L5", at
        ),
        status="estimated" if len(flow.filled) else measured,
        marks=marks,
        errors=combine(errors),
    )
    return quantity, flow, issues


def flow_of(gauge: Gauge, series: SeriesByTag, span: Span, standard_rate: float | None = None, whole: Span | None = None) -> Flow:
    """The stream over `span`, measured and filled."""
    readings, assays = gauge.readings(series), gauge.assays(series)
    return flow_pieces(readings, assays, span, gauge.rule, gauge.basis, gauge.meter.fill, standard_rate, whole)


def flow_pieces(
    readings: Series,
    assays: tuple[Series, ...],
    span: Span,
    rule: Rule,
    basis: Basis | None,
    fill: str,
    standard_rate: float | None,
    whole: Span | None = None,
) -> Flow:
    """`flow_of` from the readings alone."""
    raw = course(readings, span, rule)
    estimate = _filled(readings, assays, span, rule, fill, standard_rate, basis, whole)
    return Flow(raw, _paid(readings, raw, assays, span, rule, basis), estimate)


def flow_errors(gauge: Gauge, flow: Flow, span: Span, series: SeriesByTag, white: str) -> dict[str, float]:
    """The error vector of the measured part: calibration persists, white averages out over the covered hours, assays. # Q6

    `white` names the source of the white part (one per meter and period).
    """
    value, meter = flow.measured.amount(gauge.rule), gauge.meter
    own = {calibration_source(meter): float(meter.limit) / math.sqrt(3) * value}
    if flow.measured.covered:
        own[white] = float(meter.white) / math.sqrt(flow.measured.covered / HOUR) * value
    parts = [(1.0, own)]
    if gauge.lab and gauge.basis:
        scale = gauge.rule.factor / gauge.rule.base
        parts.append((1.0, assay_errors(flow.raw, gauge.assays(series)[0], span, gauge.basis, gauge.lab, scale)))
    return combine(parts)


# Operations of traces: the very functions that computed the figure. # I7


def metered(
    readings: Series, *assays: Series, start: int, end: int, rule: Rule, basis: Basis | None = None, sign: int = 1
) -> float:
    """The measured amount in [start, end), in the material's unit. # Q1, Q5"""
    span = Span(start, end)
    return sign * _paid(readings, course(readings, span, rule), assays, span, rule, basis).amount(rule)


def filled(
    readings: Series,
    *assays: Series,
    start: int,
    end: int,
    rule: Rule,
    fill: str,
    standard_rate: float | None = None,
    basis: Basis | None = None,
    whole: Span | None = None,
) -> float:
    """The amount that the fill estimates for the gaps of [start, end), in the material's unit. # Q1, Q7"""
    return _filled(readings, assays, Span(start, end), rule, fill, standard_rate, basis, whole).amount(rule)


def posted(*amounts: int | float, quantum: Decimal) -> int:
    """Quanta of a sum: whole quanta (of counters) stay as they are, the rest is summed and rounded once. # L5"""
    whole = sum(amount for amount in amounts if isinstance(amount, int))
    rest = [amount for amount in amounts if not isinstance(amount, int)]
    return whole + (quantise(math.fsum(rest), quantum) if rest else 0)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("metered", metered), ("filled", filled), ("posted", posted))


# Parts of the work, in order of use.


def _paid(readings: Series, raw: Pieces, assays: tuple[Series, ...], span: Span, rule: Rule, basis: Basis | None) -> Pieces:
    """The course on the priced basis: a lot has one assay, whatever the time that it took. # Q5, Q10"""
    if basis and isinstance(readings, Lots):
        return course(assayed(lots_behind(readings, span, rule), assays[0], basis), span, rule)
    return _on_basis(raw, assays, span, basis)


def _on_basis(pieces: Pieces, assays: tuple[Series, ...], span: Span, basis: Basis | None) -> Pieces:
    return carried(pieces, assays[0], span, basis) if basis else pieces


def _filled(
    readings: Series,
    assays: tuple[Series, ...],
    span: Span,
    rule: Rule,
    fill: str,
    standard_rate: float | None,
    basis: Basis | None,
    whole: Span | None,
) -> Pieces:
    """The estimated course; a standard rate is on the priced basis already, other fills meet their assay. # Q1, Q5, Q7"""
    estimate = filling(readings, whole or span, rule, fill, standard_rate)
    estimate = estimate if whole is None else clip(estimate, span)
    return estimate if fill == STANDARD else _on_basis(estimate, assays, span, basis)


def _amount_nodes(
    gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow, standard_rate: float | None, whole: Span | None
) -> tuple[Node, ...]:
    """The measured and the filled part over the readings that each rests on. # I7"""
    nodes = []
    if flow.measured.covered:
        nodes.append(measured_node(gauge, span, series, flow))
    if len(flow.filled):
        leaves = tuple(reading_leaves(gauge, whole or span, series, gauge.meter.fill))
        args = (*_span_args(gauge, span), ("fill", gauge.meter.fill), ("standard_rate", standard_rate), *part_args(whole))
        label, value = f"estimated by {gauge.meter.fill}", flow.filled.amount(gauge.rule)
        nodes.append(Node(label, value, gauge.material.unit, "filled", args, leaves, "Q1", str(gauge.meter.at)))
    return tuple(nodes)


def measured_node(gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow, *, sign: int | None = None) -> Node:
    """The measured amount over `span` with its readings: quanta of a counter, else (or with a `sign`) the material's unit."""
    leaves, at = tuple(reading_leaves(gauge, span, series)), str(gauge.meter.at)
    label = f"{gauge.meter.tag} from {iso(span.start)} to {iso(span.end)}"
    if gauge.rule.kind == "counter" and gauge.basis is None and sign is None:
        quantum = gauge.material.quantum
        args: tuple[tuple[str, Any], ...] = (("start", span.start), ("end", span.end), ("rule", gauge.rule), ("quantum", quantum))
        quanta = counted(leaves[0].value, **dict(args))
        return Node(label, quanta, f"{quantum} {gauge.material.unit}", "counted", args, leaves, "Q2", at)
    factor = 1 if sign is None else sign
    args = (*_span_args(gauge, span), ("sign", factor))
    value = factor * flow.measured.amount(gauge.rule)
    return Node(label, value, gauge.material.unit, "metered", args, leaves, "Q5" if gauge.basis else "Q1", at)


def reading_leaves(gauge: Gauge, span: Span, series: SeriesByTag, fill: str = "") -> Iterator[Node]:
    """The slices of raw readings behind a stream's figure: its meter's, then the laboratory's. # I7"""
    yield reading_leaf(readings_behind(gauge.readings(series), span, gauge.rule, fill), gauge.meter.unit, str(gauge.meter.at))
    if gauge.lab and gauge.basis:
        yield reading_leaf(readings_behind(gauge.assays(series)[0], span, gauge.basis.rule), gauge.lab.unit, str(gauge.lab.at))


def reading_leaf(readings: Series, unit: str, at: str) -> Node:
    """A slice of raw readings as the leaf of a trace."""
    return Node(f"{readings.tag}: {len(readings)} readings", readings, unit, clause="R1", at=at)


def part_args(whole: Span | None) -> tuple[tuple[str, Any], ...]:
    """What an operation has to know of a part of a shift; nothing of a whole one."""
    return (("whole", whole),) if whole is not None else ()


def _span_args(gauge: Gauge, span: Span) -> tuple[tuple[str, Any], ...]:
    return (("start", span.start), ("end", span.end), ("rule", gauge.rule), ("basis", gauge.basis))


def _decided(
    gauge: Gauge, shift: Shift, series: SeriesByTag, flow: Flow, *, known: bool
) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Marks (sorted) and issues of a stream's figure."""
    span, meter = shift.span, gauge.meter
    where = f"{meter.tag}, {shift.id}"
    issues = list(_faults(gauge, shift, series))
    marks = {"counter-fault"} if issues else set()
    if gauge.rule.kind == "interval" and (repeats := overlapping(gauge.readings(series), span, meter.length)):
        marks.add("overlap")
        message = f"{where}: {repeats} intervals begin before the one before them ends"
        issues.append(found(codes.OVERLAP, message, meter.at, "Correct `length`, or remove the readings that repeat."))
    if flow.measured.uncertain.any() or flow.filled.uncertain.any():
        marks.add("uncertain")
    raw_covered = flow.raw.covered
    if gauge.lab and flow.measured.covered < raw_covered:
        marks.add("stale")
        hours = (raw_covered - flow.measured.covered) / HOUR
        message = f"{where}: no assay of {gauge.lab.tag} holds for {hours:.3f} h of the flow"
        issues.append(found(codes.NO_ASSAY, message, gauge.lab.at, "Load the sample's result, or correct max_hold."))
    if len(flow.filled):
        marks.add(f"fill:{meter.fill}")
        message = f"{where}: {flow.filled.covered / HOUR:.3f} h filled by {meter.fill}"
        issues.append(found(codes.FILLED, message, meter.at, "Load the missing readings to replace the estimate."))
    if flow.covered < span.length:
        marks.add("partial")
        issues += _uncovered(gauge, span, where, flow, known=known)
    return tuple(sorted(marks)), tuple(issues)


def _faults(gauge: Gauge, shift: Shift, series: SeriesByTag) -> Iterator[Issue]:
    if gauge.rule.kind != "counter":
        return
    for fault in faults(steps(gauge.readings(series), shift.span, gauge.rule)):
        kind, verb = (codes.FALL, "fell") if fault.reason == "fall" else (codes.JUMP, "rose faster than max_rate")
        message = (
            f"{gauge.meter.tag}, {shift.id}: the register {verb} from {fault.before!r} to {fault.after!r} between "
            f"{iso(fault.span.start)} and {iso(fault.span.end)}; that time "
            "is uncovered (zero blips, resets and changes of meters are not told apart)"
        )
        remedy = "Declare modulus and max_rate if it rolls over; otherwise look at the readings and mark the wrong ones bad."
        yield found(kind, message, gauge.meter.at, remedy)


def _uncovered(gauge: Gauge, span: Span, where: str, flow: Flow, *, known: bool) -> Iterator[Issue]:
    """What remains unknown after any fill: not filled though declared, absent, or partial. # I8"""
    at, share = gauge.meter.at, flow.covered / span.length
    if gauge.meter.fill:
        message = f'{where}: fill "{gauge.meter.fill}" leaves {1 - share:.1%} of the shift unknown'
        remedies = {LAST_GOOD: "Load an earlier reading.", STANDARD: "Declare a standard by the hour for this stream."}
        yield found(codes.UNFILLED, message, at, remedies.get(gauge.meter.fill, "Load some readings of this shift."))
    elif known:
        yield found(
            codes.PARTIAL, f"{where}: {share:.1%} of the shift is covered", at, "Load what is missing, or declare a fill."
        )
    elif not flow.raw.covered:
        yield found(codes.ABSENT, f"{where}: no reading covers any part of the shift", at, "Load the readings of this shift.")
