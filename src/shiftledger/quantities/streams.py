"""What one metered stream amounts to in one shift, in its material's unit and down to the readings (Q1, Q2, Q5-Q8).

The measured part and what a declared fill estimates stay apart to the last step: covered time, uncertainty and trace are each
part's own. Signs: an amount is positive from the stream's source to its target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
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
from shiftledger.quantities.counters import boundary_errors, counted, is_cut
from shiftledger.quantities.course import LAST_GOOD, STANDARD, course, filling, readings_behind
from shiftledger.quantities.decisions import Decision, evidence_of, in_order
from shiftledger.quantities.gauges import Gauge, SeriesByTag
from shiftledger.quantities.judgements import flow_decisions, held_decisions, missed
from shiftledger.quantities.kernel import Pieces, Rule, clip, good_readings, overlapping, side_by_side
from shiftledger.quantities.lots import lots_behind
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.register_issues import MARKS, overlap_issue, register_issue
from shiftledger.quantities.registers import links
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
    decisions = in_order(_decisions(gauge, span, series, flow, standard_rate, whole))
    marks, issues = _decided(gauge, shift, series, flow, decisions, known=known)
    label, at = f"{gauge.stream.id}, {shift.id}", str(meter.at)
    if not known:
        absent = Node(label, None, material.unit, clause="I8", at=at)
        marks = tuple(sorted({"absent", *marks} - {"partial"}))
        return Quantity(None, None, 0.0, absent, "provisional", marks, {}, decisions), flow, issues
    nodes = _amount_nodes(gauge, span, series, flow, standard_rate, whole)
    quanta = posted(*(node.value for node in nodes), quantum=material.quantum)
    estimate = flow.filled.amount(gauge.rule)
    known_all = "estimated" if len(flow.filled) or "shared" in marks else "measured"
    errors = [(1.0, flow_errors(gauge, flow, span, series, shift.id))]
    errors.append((1.0, {f"gap:{meter.tag}:{shift.id}": abs(estimate) / math.sqrt(3)}))
    quantity = Quantity(
        value=math.fsum((flow.measured.amount(gauge.rule), estimate)),
        quanta=quanta,
        coverage=flow.measured.covered / span.length if span.length else 1.0,
        node=Node(
            label, quanta, f"{material.quantum} {material.unit}", "posted", (("quantum", material.quantum),), nodes, "L5", at
        ),
        status=known_all if flow.covered == span.length and not {"standing", "leap-open"} & set(marks) else "provisional",
        marks=marks,
        errors=combine(errors),
        decisions=decisions,
    )
    return quantity, flow, issues


def flow_of(gauge: Gauge, series: SeriesByTag, span: Span, standard_rate: float | None = None, whole: Span | None = None) -> Flow:
    """The stream over `span`, measured and filled, in the units of the gauge's own meter."""
    flows = [_flow_of_part(part, series, span, standard_rate, whole) for part in gauge.parts]
    if len(flows) == 1:
        return flows[0]
    rules = [part.rule for part in gauge.parts]

    def together(name: str) -> Pieces:
        return side_by_side([getattr(flow, name) for flow in flows], rules)

    return Flow(together("raw"), together("measured"), together("filled"))


def _flow_of_part(part: Gauge, series: SeriesByTag, span: Span, standard_rate: float | None, whole: Span | None = None) -> Flow:
    readings, assays = part.readings(series), part.assays(series)
    return flow_pieces(readings, assays, span, part.rule, part.basis, part.meter.fill, standard_rate, whole)


def by_part(
    gauge: Gauge, flow: Flow, series: SeriesByTag, span: Span, standard_rate: float | None = None, whole: Span | None = None
) -> Iterator[tuple[Gauge, Flow]]:
    """Each meter of the gauge with what it saw of `flow`, in its own units. # Q2 (d)"""
    for part in gauge.parts:
        yield part, flow if not gauge.earlier else _flow_of_part(part, series, span, standard_rate, whole)


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


def flow_errors(gauge: Gauge, flow: Flow, span: Span, series: SeriesByTag, period: str) -> dict[str, float]:
    """The error vector of the measured part: calibration persists, white averages out over the covered hours, registers at the
    boundaries of a counter cancel between shifts, assays. # Q6

    `period` names the source of the white part (one per meter and period).
    """
    return combine(
        (1.0, vector)
        for part, own in by_part(gauge, flow, series, span)
        for vector in _part_errors(part, own, span, series, period)
    )


def _part_errors(gauge: Gauge, flow: Flow, span: Span, series: SeriesByTag, period: str) -> Iterator[Mapping[str, float]]:
    value, meter = flow.measured.amount(gauge.rule), gauge.meter
    own = {calibration_source(meter): float(meter.limit) / math.sqrt(3) * value}
    if flow.measured.covered:
        own[f"white:{meter.tag}:{period}"] = float(meter.white) / math.sqrt(flow.measured.covered / HOUR) * value
    yield own
    if gauge.rule.kind == "counter":
        raw = flow.raw.amount(gauge.rule)
        kept = 1.0 if gauge.basis is None else value / raw if raw else 0.0  # the part of the mass that is paid for
        own_span = gauge.rule.alive(span)
        ends = boundary_errors(gauge.readings(series), own_span, gauge.rule, meter.tag, float(meter.sigma))
        yield {source: kept * error for source, error in ends.items()}
    if gauge.lab and gauge.basis:
        scale = gauge.rule.factor / gauge.rule.base
        yield assay_errors(flow.raw, gauge.assays(series)[0], span, gauge.basis, gauge.lab, scale)


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


def meters_sum(*parts: float) -> float:
    """What several meters of one stream saw. # Q2 (d)"""
    return math.fsum(parts)


def posted(*amounts: int | float, quantum: Decimal) -> int:
    """Quanta of a sum: whole quanta (of counters) stay as they are, the rest is summed and rounded once. # L5"""
    whole = sum(amount for amount in amounts if isinstance(amount, int))
    rest = [amount for amount in amounts if not isinstance(amount, int)]
    return whole + (quantise(math.fsum(rest), quantum) if rest else 0)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("metered", metered),
    ("filled", filled),
    ("meters_sum", meters_sum),
    ("posted", posted),
)


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
    for part, own in by_part(gauge, flow, series, span, standard_rate, whole):
        if own.measured.covered:
            nodes.append(_measured_node(part, span, series, own))
        if len(own.filled):
            leaves = tuple(reading_leaves(part, whole or span, series, part.meter.fill))
            args = (*_span_args(part, span), ("fill", part.meter.fill), ("standard_rate", standard_rate), *part_args(whole))
            label, value = f"estimated by {part.meter.fill}", own.filled.amount(part.rule)
            nodes.append(Node(label, value, part.material.unit, "filled", args, leaves, "Q1", str(part.meter.at)))
    return tuple(nodes)


def measured_nodes(gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow, sign: int) -> tuple[Node, ...]:
    """`sign` x the measured amount over `span` with its readings, one node a meter, in the material's unit."""
    return tuple(_measured_node(part, span, series, own, sign) for part, own in by_part(gauge, flow, series, span))


def over_meters(nodes: Sequence[Node]) -> Node:
    """Parts that several meters of one stream saw as one figure. # Q2 (d)"""
    if len(nodes) == 1:
        return nodes[0]
    return Node(nodes[0].label, meters_sum(*(node.value for node in nodes)), nodes[0].unit, "meters_sum", (), tuple(nodes), "Q2")


def _measured_node(gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow, sign: int | None = None) -> Node:
    """The measured amount of one meter: quanta of a counter, else (or with a `sign`) the material's unit."""
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


def _decisions(
    gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow, standard_rate: float | None, whole: Span | None
) -> Iterator[Decision]:
    """What had to be decided about the meters and the laboratory of a stream. # Q1, Q2, Q5"""
    for part, own in by_part(gauge, flow, series, span, standard_rate, whole):
        yield from flow_decisions(part.readings(series), span, part.rule, part.meter, own.measured, own.filled, own.raw)
    for before, after in pairwise(gauge.parts):
        if after.rule.since is not None and span.start <= after.rule.since < span.end:
            yield _changed(before, after, after.rule.since, series)
    if gauge.lab and gauge.basis:
        for told in held_decisions(gauge.assays(series)[0], span, gauge.basis.rule, gauge.lab):
            if missed(told, flow.raw):
                yield told


def _changed(before: Gauge, after: Gauge, at: int, series: SeriesByTag) -> Decision:
    """A declared change of meters, with the last reading of the old one and the first of the new one. # Q2 (d)"""
    old = good_readings(before.readings(series).between(at - before.rule.max_gap, at))
    new = good_readings(after.readings(series).between(at, at + after.rule.max_gap))
    shown = (*evidence_of(old)[-1:], *evidence_of(new)[:1])
    about = before.meter.tag if before.meter.tag == after.meter.tag else f"{before.meter.tag} -> {after.meter.tag}"
    return Decision("meter-change", about, at, at, None, shown, str(after.meter.at), len(shown))


def _decided(
    gauge: Gauge, shift: Shift, series: SeriesByTag, flow: Flow, decisions: tuple[Decision, ...], *, known: bool
) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Marks (sorted) and issues of a stream's figure."""
    span, meter = shift.span, gauge.meter
    where = f"{meter.tag}, {shift.id}"
    shared = any(
        is_cut(links(part.readings(series), part.rule.alive(span), part.rule), span)
        for part in gauge.parts
        if part.rule.kind == "counter"
    )
    marks = {MARKS[told.kind] for told in decisions if told.kind in MARKS} | ({"shared"} if shared else set())
    crossed = [told for told in decisions if told.kind == "overlap"]
    marks |= {told.kind for told in crossed}
    rows = {part.meter.tag: part.meter.at for part in gauge.parts}
    told_of = [told for told in decisions if told.about in rows]
    issues = [
        issue for told in told_of if (issue := register_issue(told, shift.id, gauge.material.unit, rows[told.about])) is not None
    ]
    issues += [overlap_issue(told, shift.id, gauge.lab.at) for told in crossed if gauge.lab]
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
        fills = [part.meter.fill for part in gauge.parts if part.meter.fill]
        marks |= {f"fill:{fill}" for fill in fills}
        message = f"{where}: {flow.filled.covered / HOUR:.3f} h filled by {' and '.join(dict.fromkeys(fills))}"
        issues.append(found(codes.FILLED, message, meter.at, "Load the missing readings to replace the estimate."))
    if flow.covered < span.length:
        marks.add("partial")
        issues += _uncovered(gauge, span, where, flow, known=known)
    return tuple(sorted(marks)), tuple(issues)


def _uncovered(gauge: Gauge, span: Span, where: str, flow: Flow, *, known: bool) -> Iterator[Issue]:
    """What remains unknown after any fill: not filled though declared, absent, or partial. # I8"""
    at, share = gauge.meter.at, flow.covered / span.length
    if gauge.meter.fill:
        message = f'{where}: fill "{gauge.meter.fill}" leaves {1 - share:.1%} of the time unknown'
        remedies = {LAST_GOOD: "Load an earlier reading.", STANDARD: "Declare a standard by the hour for this stream."}
        yield found(codes.UNFILLED, message, at, remedies.get(gauge.meter.fill, "Load some readings of this shift."))
    elif known:
        yield found(codes.PARTIAL, f"{where}: {share:.1%} of the time is covered", at, "Load what is missing, or declare a fill.")
    elif not flow.raw.covered:
        yield found(codes.ABSENT, f"{where}: no reading covers any part of it", at, "Load the readings of this shift.")
