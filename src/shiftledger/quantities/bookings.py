"""Figures known only per day, month or bill, allocated to the shifts of their period by a declared driver (Q9).

A booking is a lot with a period. Its whole quanta are split among all shifts of the period by largest remainder in order of time, so
they sum to the bill whatever the driver: `hours` (of the shifts inside the period), `load` (of a metered stream), `standard` (what
the standards ask for at the shift's output). Hours stand in for a driver that is known and counted nothing: the bill is owed all the
same. Until the bill is known the figure is absent, or estimated by `fill = "standard"`.

Inside a shift the same driver says when it flowed: so each crew has its part, each tariff band its quanta (`booked_bands`), and each
assay the mass that it stands for. What no assay is known of is absent and never zero; the rest still sums to what is known of the bill.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR, Span
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import assay_errors, calibration_source, carried
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision, in_order
from shiftledger.quantities.gauges import Gauge, SeriesByTag
from shiftledger.quantities.judgements import held_decisions, missed
from shiftledger.quantities.kernel import Pieces, gaps, level_pieces
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.register_issues import overlap_issue
from shiftledger.quantities.shares import Share, at_rate, course_of, shares_of
from shiftledger.quantities.streams import Flow, posted

NOTHING = level_pieces((), ())
WAIT = "Load the bill when it comes."
ESTIMATE = ' An estimate until then needs fill = "standard" and a standard by the hour (basis hours) for it.'
NO_RATE = " Its fill finds no standard by the hour for it in this area: standards per unit of output cannot fill."


def booked_quantity(
    plant: Plant, gauge: Gauge, shift: Shift, series: SeriesByTag, standard_rate: float | None, edges: Sequence[int] = ()
) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    """One booked stream in one shift: its shares of the bookings whose periods touch it, and a fill for the rest. # Q9, Q5, I1

    Absent while nothing is booked, or no assay is known of what is (I8); never zero. `standard_rate` is in the material's unit per hour.
    The flow follows the driver where tariff band, assay or crew change (`edges`, us); it moves no figure of the shift.
    """
    span, meter, material = shift.span, gauge.meter, gauge.material
    shares, issues = shares_of(plant, gauge, shift, series)
    flow = _flow(plant, gauge, shift, series, shares, standard_rate, edges)
    lab = tuple(_laboratory(gauge, span, series, flow))
    issues += _doubts(gauge, shift, flow, told=bool(shares or issues))
    issues += [overlap_issue(told, shift.id, gauge.lab.at) for told in lab if told.kind == "overlap" and gauge.lab]
    label, at = f"{gauge.stream.id}, {shift.id}", str(meter.at)
    marks = _marks(gauge, shares, flow, span, lab)
    decisions = in_order((*(share.decision for share in shares), *lab))
    nodes = [share.node for share in shares if share.node is not None]
    if not flow.covered or not (nodes or len(flow.filled)):
        absent = Node(label, None, material.unit, clause="I8", at=at)
        marks = tuple(sorted({*marks, "absent"} - {"partial"})) if shares else ("absent",)
        return Quantity(None, None, 0.0, absent, "provisional", marks, {}, decisions), flow, tuple(issues)
    if len(flow.filled):
        nodes.append(estimate_node(gauge, flow.filled, float(standard_rate or 0.0)))
    quanta = posted(*(node.value for node in nodes), quantum=material.quantum)
    unit = f"{material.quantum} {material.unit}"
    quantity = Quantity(
        value=math.fsum((*(share.value for share in shares), flow.filled.amount(gauge.rule))),
        quanta=quanta,
        coverage=flow.measured.covered / span.length,
        node=Node(label, quanta, unit, "posted", (("quantum", material.quantum),), tuple(nodes), "L5", at),
        status="estimated" if len(flow.filled) else "allocated" if flow.covered == span.length else "provisional",
        marks=marks,
        errors=_errors(gauge, shift, shares, flow, series),
        decisions=decisions,
    )
    return quantity, flow, tuple(issues)


def _flow(
    plant: Plant,
    gauge: Gauge,
    shift: Shift,
    series: SeriesByTag,
    shares: Sequence[Share],
    standard_rate: float | None,
    edges: Sequence[int],
) -> Flow:
    """What is booked of the shift as a course: its mass, what is paid of it, and the estimate for the time of no bill. # Q5, Q7"""
    booked = _together([piece for share in shares for piece in course_of(plant, gauge, shift, share, series, edges)])
    holes, rate = gaps(booked, shift.span), standard_rate if gauge.meter.fill == "standard" else None
    estimate = level_pieces(holes, (rate / gauge.rule.factor / HOUR,) * len(holes)) if rate is not None and holes else NOTHING
    paid = carried(booked, gauge.assays(series)[0], shift.span, gauge.basis) if gauge.basis else booked
    return Flow(booked, paid, estimate)


def _together(pieces: Sequence[tuple[Span, float]]) -> Pieces:
    """Amounts over their times as one course; bookings for the same time add up."""
    cuts = sorted({at for span, _ in pieces for at in (span.start, span.end)})
    kept: list[tuple[Span, float]] = []
    for cell in (Span(a, b) for a, b in pairwise(cuts)):
        own = [amount / span.length for span, amount in pieces if span.start <= cell.start and cell.end <= span.end]
        kept += [(cell, math.fsum(own))] if own else []
    return level_pieces(tuple(cell for cell, _ in kept), tuple(level for _, level in kept))


def _laboratory(gauge: Gauge, span: Span, series: SeriesByTag, flow: Flow) -> list[Decision]:
    """What had to be decided about the assays of what is booked. # Q5"""
    if not (gauge.lab and gauge.basis):
        return []
    told = held_decisions(gauge.assays(series)[0], span, gauge.basis.rule, gauge.lab)
    return [one for one in told if missed(one, flow.raw)]


def _doubts(gauge: Gauge, shift: Shift, flow: Flow, *, told: bool) -> list[Issue]:
    """What is missing: the bill (unless it is `told` why), a part of it, or the assays of what it says. # I8"""
    span, meter, where, issues = shift.span, gauge.meter, f"{gauge.meter.tag}, {shift.id}", list[Issue]()
    if gauge.lab and flow.measured.covered < flow.raw.covered:
        hours = (flow.raw.covered - flow.measured.covered) / HOUR
        message = f"{where}: no assay of {gauge.lab.tag} holds for {hours:.3f} h of what is booked"
        issues.append(found(codes.NO_ASSAY, message, gauge.lab.at, "Load the sample's result, or correct max_hold."))
    if len(flow.filled):
        message = f"{where}: {flow.filled.covered / HOUR:.3f} h filled by standard until the bill is known"
        issues.append(found(codes.FILLED, message, meter.at, "Load the bill to replace the estimate."))
    elif not flow.raw.covered and not told:
        issues.append(
            found(
                codes.ABSENT,
                f"{where}: nothing is booked for this shift yet",
                meter.at,
                WAIT + (NO_RATE if meter.fill else ESTIMATE),
            )
        )
    elif 0 < flow.raw.covered < span.length:
        message = f"{where}: {flow.raw.covered / span.length:.1%} of the shift is booked"
        issues.append(found(codes.PARTIAL, message, meter.at, "Load the bill for the rest of the shift."))
    return issues


def estimate_node(gauge: Gauge, estimate: Pieces, rate: float) -> Node:
    """What the standard asks for in the time of which no bill is known, in the material's unit. # Q1"""
    args = (("rate", rate), ("length", estimate.covered))
    value = at_rate(rate=rate, length=estimate.covered)
    return Node("estimated by standard", value, gauge.material.unit, "at_rate", args, (), "Q1", str(gauge.meter.at))


def _marks(gauge: Gauge, shares: Sequence[Share], flow: Flow, span: Span, lab: Sequence[Decision]) -> tuple[str, ...]:
    named = (
        ("allocated", bool(shares)),
        ("driver-idle", any(share.idle for share in shares)),
        ("driver-partial", any(share.partial for share in shares)),
        ("fill:standard", bool(len(flow.filled))),
        ("overlap", any(told.kind == "overlap" for told in lab)),
        ("partial", flow.covered < span.length),
        ("stale", gauge.lab is not None and flow.measured.covered < flow.raw.covered),
        ("uncertain", bool(flow.measured.uncertain.any())),
    )
    return tuple(mark for mark, holds in named if holds)


def _errors(gauge: Gauge, shift: Shift, shares: Sequence[Share], flow: Flow, series: SeriesByTag) -> dict[str, float]:
    """The bill's limit of error persists, its own sigma is shared like the bill; an estimate may be nothing or double. # Q6

    What the driver's errors move from one shift to another cancels over the period; each sample errs in all that it stands for.
    """
    meter, factor = gauge.meter, gauge.rule.factor
    parts: list[tuple[float, ErrorVector]] = []
    parts += [(1.0, {calibration_source(meter): float(meter.limit) / math.sqrt(3) * share.value}) for share in shares]
    for share in shares:
        sigma = math.hypot(float(meter.sigma), float(meter.white) * share.whole) * factor
        part = share.value / (share.whole * factor) if share.whole else 0.0
        parts += [(1.0, {share.source: sigma * part}), (1.0, share.errors)]
    if gauge.lab and gauge.basis:
        parts.append((1.0, assay_errors(flow.raw, gauge.assays(series)[0], shift.span, gauge.basis, gauge.lab, factor)))
    parts.append((1.0, {f"gap:{meter.tag}:{shift.id}": abs(flow.filled.amount(gauge.rule)) / math.sqrt(3)}))
    return combine(parts)
