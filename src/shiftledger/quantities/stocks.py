"""What a stock held at a boundary between shifts (Q4).

A figure of the boundary and the readings alone: the shift that ends there and the one that begins there get the same number (I3),
whichever day asks. Signs: into the stock is plus.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.money import to_decimal
from shiftledger.core.period import DAY, MINUTE, Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.core.units import UnitError, conversion, same_dimension
from shiftledger.plant.model import Dated, Material, Meter, Plant, Rotation, Stock, Stream, valid_on
from shiftledger.plant.roster import day_at, day_span
from shiftledger.quantities import codes
from shiftledger.quantities.assays import Basis, below_detection, calibration_source, sample_instant, sample_sigma
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision, decision, in_order
from shiftledger.quantities.gauges import (
    Gauge,
    SeriesByTag,
    gauge_of,
    lab_of,
    meters_for,
    priced,
    readings_of,
    rule_of,
    several,
    unit_issue,
)
from shiftledger.quantities.kernel import Rule, held_pieces, is_good, is_unsure
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import flow_errors, flow_of, measured_nodes, posted, reading_leaf
from shiftledger.readings.batch import Series, empty_series


@dataclass(frozen=True, slots=True)
class Observation:
    """One sighting of a stock: when (us), how much (material's unit, priced basis), its own standard uncertainty and error vector."""

    at: int
    value: float
    sigma: float
    node: Node
    errors: Mapping[str, float]
    marks: tuple[str, ...] = ()
    readings: Series | None = None  # None: declared
    max_hold: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A boundary value before rounding: its terms (nodes), error vector and what was decided."""

    nodes: tuple[Node, ...]
    errors: Mapping[str, float]
    marks: frozenset[str]


def boundary(
    plant: Plant, stock: Stock, at: int, series: SeriesByTag, fixed: int | None = None, *, earliest: int | None = None
) -> Outcome[Quantity]:
    """The content of `stock` at the instant `at`, by its rule roll | nearest | interpolate. # Q4, L6

    Observations are readings of its level meter with earliest <= ts <= at + grace (`earliest`: the lookback before `at`), and
    `opening` at the start of its day. Further than the grace period from the boundary a value is carried, marked and estimated;
    without any it is absent (I8). `fixed`: the settled value in quanta, which wins.
    """
    material = plant.materials[stock.material]
    label = f"{stock.id} at {iso(at)}"
    if fixed is not None:
        node = Node(label, fixed, f"{material.quantum} {material.unit}", clause="L6", at=str(stock.at))
        return Outcome(Quantity(float(to_decimal(fixed, material.quantum)), fixed, 1.0, node, "measured", ("settled",)))
    since = lookback_start(plant, at) if earliest is None else earliest
    before, after, issues = _sightings(plant, stock, material, at, series, since)
    chosen = _nearest(before, after, at)
    if chosen is None:
        absent = Node(label, None, material.unit, clause="I8", at=str(stock.at))
        if not issues:  # otherwise they say why
            message = f"{label}: no observation from {iso(since)} to {iso(at + plant.settings.grace)}"
            issues.append(found(codes.NO_BOUNDARY, message, stock.at, "Load a dip, or declare `opening` and `opening_day`."))
        return Outcome(Quantity(None, None, 0.0, absent, "provisional", ("absent",)), ordered(issues))
    if stock.boundary == "interpolate":
        estimate = _interpolated(stock, at, before, after, chosen)
    elif stock.boundary == "roll":
        estimate = _rolled(plant, stock, at, chosen, series, issues)
    else:
        estimate = _plain(stock, at, chosen)
    marks = set(estimate.marks)
    told = [_told("not-rolled", stock, at, chosen)] if "not-rolled" in marks else []
    if abs(chosen.at - at) > plant.settings.grace:
        marks.add("carried")
        told.append(_told("carried", stock, at, chosen))
        message = f"{label}: the nearest observation is of {iso(chosen.at)}"
        issues.append(found(codes.CARRIED, message, stock.at, "Take a dip within the grace period of the boundary."))
    held = not marks & {"rolled", "interpolated"}
    if held and chosen.max_hold is not None and at - chosen.at > chosen.max_hold:
        marks.add("stale")
        told.append(_told("stale", stock, at, chosen))
        message = f"{label}: the observation of {iso(chosen.at)} is older than max_hold"
        issues.append(found(codes.STALE, message, stock.at, "Take a dip, or correct max_hold of the level meter."))
    quantity = _quantity(label, material, stock, estimate, marks)
    return Outcome(replace(quantity, decisions=in_order(told)), ordered(issues))


def _told(kind: str, stock: Stock, at: int, chosen: Observation) -> Decision:
    """A decision about the observation that stands for the boundary. # Q4, Q5"""
    seen = empty_series(stock.id) if chosen.readings is None else chosen.readings
    return decision(kind, stock.id, min(chosen.at, at), max(chosen.at, at), None, seen, str(stock.at))


def _quantity(label: str, material: Material, stock: Stock, estimate: Estimate, marks: set[str]) -> Quantity:
    terms = [float(node.value) for node in estimate.nodes]
    quanta = posted(*terms, quantum=material.quantum)
    args, unit = (("quantum", material.quantum),), f"{material.quantum} {material.unit}"
    node = Node(label, quanta, unit, "posted", args, estimate.nodes, "Q4", str(stock.at))
    status = "estimated" if marks & {"carried", "stale"} else "measured"
    return Quantity(math.fsum(terms), quanta, 1.0, node, status, tuple(sorted(marks)), estimate.errors)


def lookback_start(plant: Plant, at: int) -> int:
    """The earliest instant whose observations count at `at`: `lookback` times the plant's longest slot before it. # Q4"""
    return at - plant.settings.lookback * longest_slot(plant)


def longest_slot(plant: Plant) -> int:
    """The nominal length (us) of the longest shift slot; a day for a plant without rotations."""
    return max((length for rotation in plant.rotations.values() for length in _slot_lengths(rotation)), default=DAY)


def _slot_lengths(rotation: Rotation) -> list[int]:
    minutes = [slot.start.hour * 60 + slot.start.minute for slot in rotation.slots]
    ends = [
        slot.end.hour * 60 + slot.end.minute if slot.end else minutes[(i + 1) % len(minutes)]
        for i, slot in enumerate(rotation.slots)
    ]
    return [((end - start) % (24 * 60) or 24 * 60) * MINUTE for start, end in zip(minutes, ends, strict=True)]


# Observations.


def _sightings(
    plant: Plant, stock: Stock, material: Material, at: int, series: SeriesByTag, since: int
) -> tuple[Observation | None, Observation | None, list[Issue]]:
    """The last observation at or before `at` and the first after it, and what stands in the way. # Q4

    A dip and a declared opening at one instant: the dip counts.
    """
    window = Span(since, at + plant.settings.grace + 1)
    levels = [(m, valid_span(plant, m).clip(window)) for m in plant.meters if m.kind == "level" and m.stock == stock.id]
    levels = sorted(((m, span) for m, span in levels if span.length), key=lambda pair: (pair[1].start, pair[0].tag))
    for (one, span), (other, later) in pairwise(levels):
        if later.start < span.end:
            return None, None, [several(f'stock "{stock.id}"', [one, other])]
    seen: list[Observation] = []
    issues: list[Issue] = []
    for meter, span in levels:
        found_here = _of_meter(plant, stock, material, meter, span, at, series)
        seen += found_here.result
        issues += found_here.issues
    opening = _opening(plant, stock, levels[0][0] if levels else None, window, {sight.at for sight in seen})
    seen += [opening] if opening else []
    before = max((sight for sight in seen if sight.at <= at), key=lambda sight: sight.at, default=None)
    after = min((sight for sight in seen if sight.at > at), key=lambda sight: sight.at, default=None)
    return before, after, issues


def _of_meter(
    plant: Plant, stock: Stock, material: Material, meter: Meter, span: Span, at: int, series: SeriesByTag
) -> Outcome[list[Observation]]:
    """The readings of one level meter next to `at` inside `span`, at most one on either side."""
    readings = readings_of(meter, series).between(span.start, span.end)
    good = np.flatnonzero(is_good(readings))
    place = int(np.searchsorted(readings.ts[good], at, side="right"))
    near = [int(readings.ts[i]) for i in good[max(0, place - 1) : place + 1]]
    sights = [_sight(plant, stock, material, meter, readings.between(ts, ts + 1), series) for ts in near]
    seen = [sight for sight in sights if isinstance(sight, Observation)]
    return Outcome(seen, tuple(sight for sight in sights if isinstance(sight, Issue)))


def _sight(plant: Plant, stock: Stock, material: Material, meter: Meter, one: Series, series: SeriesByTag) -> Observation | Issue:
    """A reading of the level as an observation, on the priced basis of the assay that holds then; or why it is none. # Q4, Q5, Q8"""
    at = int(one.ts[0])
    here = [m for m in plant.meters if m.stock == stock.id and valid_on(m, day_at(plant, at))]
    lab = lab_of(material, here, f'stock "{stock.id}"', stock.at)
    if isinstance(lab, Issue):
        return lab
    try:
        rule, basis = priced(rule_of(meter), meter.unit, material, lab)
    except UnitError as error:
        return unit_issue(meter, material, error)
    label, leaves, own = f"{meter.tag} at {iso(at)}", [reading_leaf(one, meter.unit, str(meter.at))], {}
    part = 1.0
    if lab is not None and basis is not None:
        assays = readings_of(lab, series)
        held = held_pieces(assays, Span(at, at + 1), basis.rule)
        if not len(held):
            message = f"{label}: no assay of {lab.tag} holds"
            return found(codes.NO_ASSAY, message, lab.at, "Load the sample's result, or correct max_hold.")
        taken, part = sample_instant(assays, at), float(basis.part(held.y0)[0])
        leaves.append(reading_leaf(assays.between(taken, taken + 1), lab.unit, str(lab.at)))
        own = _assay_errors(lab, assays, taken, float(held.y0[0]), float(one.value[0]) * rule.factor * basis.slope)
    args: tuple[tuple[str, Any], ...] = (("at", at), ("rule", rule), ("basis", basis))
    value = observed(*(leaf.value for leaf in leaves), **dict(args))
    own[calibration_source(meter)] = float(meter.limit) / math.sqrt(3) * value
    node = Node(label, value, material.unit, "observed", args, tuple(leaves), "Q4", str(meter.at))
    marks: tuple[str, ...] = ("uncertain",) if is_unsure(one)[0] else ()
    if lab is not None and basis is not None and below_detection(readings_of(lab, series), Span(at, at + 1), lab, basis.rule):
        marks = ("below-detection", "uncertain")
    sigma = float(meter.sigma) * rule.factor * abs(part)
    return Observation(at, value, sigma, node, combine([(1.0, own)]), marks, one, meter.max_hold)


def _assay_errors(lab: Meter, assays: Series, taken: int, assay: float, slope: float) -> dict[str, float]:
    """What the laboratory's errors do to an observation that changes by `slope` with the assay. # Q6"""
    return {
        f"assay:{lab.tag}:{iso(taken)}": slope * sample_sigma(lab, assays, taken, assay),
        calibration_source(lab): slope * assay * float(lab.limit) / math.sqrt(3),
    }


def _opening(plant: Plant, stock: Stock, level: Meter | None, window: Span, dipped: set[int]) -> Observation | None:
    """`opening` of stocks.toml as an observation at the start of its day, as good as a dip of the stock's meter. # Q4"""
    if stock.opening is None or stock.opening_day is None:
        return None
    at = day_span(plant, stock.opening_day).start
    if not window.start <= at < window.end or at in dipped:
        return None
    unit = plant.materials[stock.material].unit
    node = Node(f"opening of {stock.id}", float(stock.opening), unit, clause="Q4", at=str(stock.at))
    sigma = float(level.sigma) * conversion(level.unit, unit) if level and same_dimension(level.unit, unit) else 0.0
    return Observation(at, float(stock.opening), sigma, node, {}, ("opening",))


def _nearest(before: Observation | None, after: Observation | None, at: int) -> Observation | None:
    """The observation nearest in time to `at`; of two equally near the earlier. # Q4"""
    if before is None or after is None:
        return before or after
    return before if at - before.at <= after.at - at else after


# The three rules. # Q4


def _plain(stock: Stock, at: int, chosen: Observation) -> Estimate:
    """The observation as it stands."""
    own = {_source(stock, at): chosen.sigma}
    return Estimate((chosen.node,), combine([(1.0, own), (1.0, chosen.errors)]), frozenset(chosen.marks))


def _interpolated(stock: Stock, at: int, before: Observation | None, after: Observation | None, chosen: Observation) -> Estimate:
    """On the straight line between the observations on both sides; with one side only, that one. # Q4"""
    if before is None or after is None or before.at == at:
        return _plain(stock, at, before or chosen)
    args = (("at", at), ("first", before.at), ("second", after.at))
    value = between(before.node.value, after.node.value, **dict(args))
    node = Node(f"{stock.id} between two observations", value, before.node.unit, "between", args, (before.node, after.node), "Q4")
    share = (at - before.at) / (after.at - before.at)
    own = {_source(stock, at): math.hypot((1 - share) * before.sigma, share * after.sigma)}
    errors = combine([(1.0, own), (1 - share, before.errors), (share, after.errors)])
    return Estimate((node,), errors, frozenset({*before.marks, *after.marks, "interpolated"}))


def _rolled(plant: Plant, stock: Stock, at: int, chosen: Observation, series: SeriesByTag, issues: list[Issue]) -> Estimate:
    """The observation plus what flowed in less what flowed out until the boundary, or back from a later one. # Q4"""
    plain = _plain(stock, at, chosen)
    if chosen.at == at:
        return plain
    span, direction = Span(min(chosen.at, at), max(chosen.at, at)), 1 if chosen.at < at else -1
    nodes, parts = list(plain.nodes), [(1.0, plain.errors)]
    for stream in sorted(plant.streams.values(), key=lambda s: s.id):
        if (stream.source == stock.id) == (stream.target == stock.id):
            continue
        sign = direction if stream.target == stock.id else -direction
        for piece in _between_changes(plant, stream, span):
            gauge = _gauge_then(plant, stock, stream, piece)
            if gauge is None:
                continue
            flow = flow_of(gauge, series, piece) if isinstance(gauge, Gauge) else None
            if not isinstance(gauge, Gauge) or flow is None or flow.measured.covered != piece.length:
                message = f'{stock.id} at {iso(at)}: stream "{stream.id}" is not known all the way from {iso(span.start)} to {iso(span.end)}'
                issues.append(found(codes.NOT_ROLLED, message, stock.at, "Meter the stream, or take dips at the boundaries."))
                return Estimate(plain.nodes, plain.errors, plain.marks | {"not-rolled"})
            nodes += measured_nodes(gauge, piece, series, flow, sign)
            parts.append((float(sign), flow_errors(gauge, flow, piece, series, iso(piece.start))))
    return Estimate(tuple(nodes), combine(parts), plain.marks | {"rolled"})


def _gauge_then(plant: Plant, stock: Stock, stream: Stream, piece: Span) -> Gauge | str | None:
    """How the stream was measured then, in the stock's own material; None if it did not exist, "unmetered" if nobody knows."""
    day = day_at(plant, piece.start)
    if not valid_on(stream, day):
        return None
    gauge = gauge_of(plant, stream, meters_for(plant, stream, day), plant.materials[stock.material])
    return gauge if isinstance(gauge, Gauge) and gauge.rule.kind != "booking" else "unmetered"


def _between_changes(plant: Plant, stream: Stream, span: Span) -> list[Span]:
    """`span` cut where the stream or a meter of it begins or ceases to be valid. # T4"""
    rows: list[Dated] = [stream, *(m for m in plant.meters if m.stream == stream.id)]
    cuts = {edge for row in rows for edge in (valid_span(plant, row).start, valid_span(plant, row).end)}
    edges = [span.start, *sorted(cut for cut in cuts if span.start < cut < span.end), span.end]
    return [Span(a, b) for a, b in pairwise(edges)]


_EVER = Span(-(2**62), 2**62)


def valid_span(plant: Plant, row: Dated) -> Span:
    """The instants at which a dated row holds: whole production days. # T4"""
    start = day_span(plant, row.valid_from).start if row.valid_from else _EVER.start
    return Span(start, day_span(plant, row.valid_to).end if row.valid_to else _EVER.end)


def _source(stock: Stock, at: int) -> str:
    """The error of a boundary value: one source for both shifts that meet there, so it cancels between them. # Q6"""
    return f"boundary:{stock.id}:{iso(at)}"


# Operations of traces. # I7


def observed(readings: Series, *assays: Series, at: int, rule: Rule, basis: Basis | None = None) -> float:
    """One reading of a level in the material's unit, on the priced basis of the assay that holds then. # Q4, Q5"""
    level = float(readings.between(at, at + 1).value[0]) * rule.factor
    if basis is None:
        return level
    return level * float(basis.part(held_pieces(assays[0], Span(at, at + 1), basis.rule).y0)[0])


def between(first_value: float, second_value: float, *, at: int, first: int, second: int) -> float:
    """The straight line between two observations, read at `at`. # Q4"""
    return first_value + (second_value - first_value) * ((at - first) / (second - first))


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("observed", observed), ("between", between))
