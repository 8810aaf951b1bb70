"""Everything that postings and standards of one shift need, from the readings around it (chapter Q).

A pure function of plant, shift and readings. A figure that cannot be known is absent, never zero (I8); what had to be decided is a
mark on the figure and an issue at the meter's row. Streams run in id order, so the result never depends on the order of arrival.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shiftledger.acts.events import Event, touching
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.plant.crews import areas_of, crew_cells
from shiftledger.plant.model import Meter, Plant, Stream, valid_on
from shiftledger.plant.roster import CrewInterval, Shift
from shiftledger.quantities import (
    ageing,
    assays,
    bands,
    counters,
    course,
    drivers,
    halts,
    kernel,
    lot_figures,
    offspec,
    shares,
    states,
    stocks,
    streams,
    stretches,
    unit_figures,
)
from shiftledger.quantities.assays import below_detection
from shiftledger.quantities.bands import band_parts, band_quantities
from shiftledger.quantities.booked_bands import booked_bands
from shiftledger.quantities.bookings import booked_quantity
from shiftledger.quantities.conditions import OPERATIONS as CONDITION_OPERATIONS
from shiftledger.quantities.conditions import assays_named, conditions_of, stream_assays
from shiftledger.quantities.gauges import Gauge, SeriesByTag, by_stream, gauge_of, near_of
from shiftledger.quantities.hours import unit_times
from shiftledger.quantities.kernel import clip
from shiftledger.quantities.lot_figures import lot_quantity
from shiftledger.quantities.quantity import Quantity, ShiftQuantities, UnitTime
from shiftledger.quantities.reach import farthest
from shiftledger.quantities.stocks import boundary, longest_slot
from shiftledger.quantities.streams import Flow, flow_of, stream_quantity
from shiftledger.quantities.unit_figures import unit_conditions

Crews = Mapping[str, tuple[CrewInterval, ...]]


def measure(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    crews: Crews,
    standard_rates: Mapping[str, float],
    fixed: Mapping[tuple[str, int], int] | None = None,
    *,
    opening: Mapping[str, Quantity] | None = None,
    closing: Mapping[str, Quantity] | None = None,
    events: Sequence[Event] = (),
    parts_of: Mapping[str, Span] | None = None,
) -> Outcome[ShiftQuantities]:
    """The quantities of one shift. # Q1-Q8

    `series`: what is known of each tag, reaching `margins` beyond the shift. `crews`: crew intervals by area. `standard_rates`:
    by stream, in its material's unit per hour, for `fill = "standard"`. `fixed`: settled boundary values in quanta by (stock,
    instant). `opening` and `closing` give boundary values that are known already instead of reading them from `series`.
    `events`: those that stand, of any time and unit.

    `parts_of`: `shift` is a cell of longer shifts, these by area. What is known of a stream in part, and what fills it, belongs to
    the longest shift of the areas at its ends (of all, if it has none); conditions are left to `measure_area`.
    """
    meters = tuple(sorted((m for m in plant.meters if valid_on(m, shift.day)), key=lambda m: m.tag))
    issues: list[Issue] = []
    quantities, flows, by_band = _streams(plant, shift, series, meters, crews, standard_rates, issues, parts_of or {})
    off = _offspec(plant, shift, series, standard_rates, quantities, flows, parts_of or {})
    own: Outcome[_Own]
    if parts_of is not None:  # halts are posted by cell; what is found of them, the area's whole shift says once
        own = Outcome(({}, unit_times(plant, shift, series, meters, crews, events).result))
    else:
        own = _own(plant, shift, series, meters, _timed(flows), crews, events)
        issues += own.issues
    ends = {}
    for name, at, given in (("opening", shift.span.start, opening), ("closing", shift.span.end, closing)):
        found = Outcome(given) if given is not None else boundaries(plant, at, series, fixed, events)
        ends[name] = found.result
        issues += found.issues
    cells = _cells(plant, shift, flows, crews)
    shared: dict[tuple[str, str], tuple[float, ...]] = {}
    for key in (key for key in cells if key in by_band):
        of_band = band_parts(flows[key][0], series, meters, flows[key][1], cells[key], by_band[key])
        shared.update({(key, band): amounts for band, amounts in of_band.items()})
    for key in (key for key in cells if key in off):
        shared[key, offspec.PARTS] = offspec.offspec_parts(plant, flows[key][0], shift, series, flows[key][1], cells[key])
    result = ShiftQuantities(
        shift=shift,
        streams=quantities,
        parts={key: _parts(*flows[key], spans) for key, spans in cells.items()},
        bands=by_band,
        opening=ends["opening"],
        closing=ends["closing"],
        conditions=own.result[0],
        band_parts=shared,
        assays=_assays(plant, shift, series, flows, parts_of or {}),
        crossings=states.crossings(plant, shift, series, crews, events),
        units=own.result[1],
        events=touching(events, shift.span),
        offspec=off,
    )
    return Outcome(result, ordered(issues))


def _streams(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    meters: tuple[Meter, ...],
    crews: Crews,
    standard_rates: Mapping[str, float],
    issues: list[Issue],
    parts_of: Mapping[str, Span],
) -> tuple[dict[str, Quantity], dict[str, tuple[Gauge, Flow]], dict[str, dict[str, Quantity]]]:
    """Every metered stream of the day in id order: its figure, its course, its bands; what was found is added to `issues`."""
    quantities: dict[str, Quantity] = {}
    flows: dict[str, tuple[Gauge, Flow]] = {}
    by_band: dict[str, dict[str, Quantity]] = {}
    near = by_stream(meters)
    for stream in sorted((s for s in plant.streams.values() if valid_on(s, shift.day)), key=lambda s: s.id):
        gauge = gauge_of(plant, stream, near_of(stream, near))
        if isinstance(gauge, Issue):
            issues.append(gauge)
            quantities[stream.id] = _undefined(stream, shift)
        elif gauge is not None:
            rate, whole = standard_rates.get(stream.id), _whole(plant, stream, shift, parts_of)
            edges = tuple(cell.start for cell in _crew_spans(plant, shift, stream, crews)[1:])
            quantities[stream.id], flow, decided = figure_of(plant, gauge, shift, series, rate, whole, edges)
            flows[stream.id] = (gauge, flow)
            figure = quantities[stream.id]
            if gauge.rule.kind == "booking":
                split, unknown = booked_bands(plant, gauge, shift, series, meters, figure, flow, rate)
            else:
                split, unknown = band_quantities(gauge, shift, series, meters, figure, flow, rate, whole)
            by_band.update({stream.id: split} if split else {})
            issues += (*decided, *unknown)
    return quantities, flows, by_band


def _offspec(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    standard_rates: Mapping[str, float],
    quantities: Mapping[str, Quantity],
    flows: Mapping[str, tuple[Gauge, Flow]],
    parts_of: Mapping[str, Span],
) -> dict[str, Quantity]:
    """What of the streams that the laboratory grades was off-spec, by stream. # L4"""
    found = {}
    for key, (gauge, flow) in flows.items():
        whole = _whole(plant, gauge.stream, shift, parts_of)
        part = offspec.offspec_of(plant, gauge, shift, series, quantities[key], flow, standard_rates.get(key), whole)
        found.update({key: part} if part is not None else {})
    return found


def figure_of(
    plant: Plant,
    gauge: Gauge,
    shift: Shift,
    series: SeriesByTag,
    rate: float | None,
    whole: Span | None = None,
    edges: tuple[int, ...] = (),
) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    """A metered stream's figure in one shift, by what its meter tells: lots, bookings, or a course over time. # Q1, Q9, Q10

    Results below a limit that it rests on are named. # R1 `edges`: where crews change inside the shift, for what is booked.
    """
    if gauge.rule.kind == "lot":
        quantity, flow, issues = lot_quantity(plant, gauge, shift, series)
    elif gauge.rule.kind == "booking":
        quantity, flow, issues = booked_quantity(plant, gauge, shift, series, rate, edges)
    else:
        quantity, flow, issues = stream_quantity(gauge, shift, series, rate, whole)
    if gauge.stream.follows:
        quantity = _following(gauge, quantity)
    if gauge.lab and gauge.basis and quantity.quanta is not None:
        below = below_detection(gauge.assays(series)[0], shift.span, gauge.lab, gauge.basis.rule)
        if below:
            decisions = tuple(sorted((*quantity.decisions, *below), key=lambda d: (d.start, d.end, d.kind)))
            quantity = replace(quantity, marks=tuple(sorted({*quantity.marks, "below-detection"})), decisions=decisions)
    return quantity, flow, issues


def _following(gauge: Gauge, quantity: Quantity) -> Quantity:
    """The figure of a stream that nobody meters: marked, estimated at best, and its trace opens the line of its share. # Q1, I8"""
    stream = gauge.stream
    node = replace(quantity.node, label=f"{quantity.node.label}: {stream.share} x {stream.follows}", at=str(stream.at))
    status = "estimated" if quantity.status == "measured" else quantity.status
    return replace(quantity, node=node, status=status, marks=tuple(sorted({*quantity.marks, "follows"})))


def booked(plant: Plant, shift: Shift, series: SeriesByTag, standard_rates: Mapping[str, float]) -> dict[str, Quantity]:
    """The shift's booked figures by stream id, and by `stream@band` those of its tariff bands. # Q9"""
    meters = tuple(sorted((m for m in plant.meters if valid_on(m, shift.day)), key=lambda m: m.tag))
    figures: dict[str, Quantity] = {}
    for key in sorted({meter.stream for meter in meters if meter.kind == "booking"} & plant.streams.keys()):
        gauge, rate = gauge_of(plant, plant.streams[key], meters), standard_rates.get(key)
        if isinstance(gauge, Gauge) and gauge.rule.kind == "booking":
            figures[key], flow, _ = booked_quantity(plant, gauge, shift, series, rate)
            bands, _ = booked_bands(plant, gauge, shift, series, meters, figures[key], flow, rate)
            figures |= {f"{key}@{band}": quantity for band, quantity in bands.items()}
    return figures


def _whole(plant: Plant, stream: Stream, shift: Shift, parts_of: Mapping[str, Span]) -> Span | None:
    """The shift of which a stream's cell is a part, the longest if there are several; None where it is a whole one. # Q7"""
    near = [parts_of[area] for area in areas_of(plant, stream) if area in parts_of] or list(parts_of.values())
    span = max((shift.span, *near), key=lambda one: one.length)
    return span if span != shift.span else None


def _timed(flows: Mapping[str, tuple[Gauge, Flow]]) -> dict[str, tuple[Gauge, Flow]]:
    """The streams whose meters tell when they flowed: an assay of what is only billed is a mean over time, wherever it is asked for. # Q9"""
    return {key: pair for key, pair in flows.items() if pair[0].rule.kind != "booking"}


def _assays(
    plant: Plant, shift: Shift, series: SeriesByTag, flows: Mapping[str, tuple[Gauge, Flow]], parts_of: Mapping[str, Span]
) -> dict[tuple[str, str], Quantity]:
    """Mean assays by (stream, component): over the shift, of a cell over its area's whole shift, so that no dead band depends on when
    a neighbour's shift changes. # L3, Q5"""
    if not parts_of:
        return stream_assays(plant, shift, series, _timed(flows))
    found: dict[tuple[str, str], Quantity] = {}
    for stream, component in assays_named(plant, shift.day):
        whole = replace(shift, span=_whole(plant, plant.streams[stream], shift, parts_of) or shift.span)
        gauge = flows[stream][0] if stream in flows else None
        course = {stream: (gauge, flow_of(gauge, series, whole.span))} if gauge and gauge.rule.kind != "booking" else {}
        found |= stream_assays(plant, whole, series, course, ((stream, component),))
    return found


def measure_area(
    plant: Plant, area: str, shift: Shift, series: SeriesByTag, crews: Crews, events: Sequence[Event] = ()
) -> Outcome[ShiftQuantities]:
    """What is measured over the whole shift of an area whose streams are measured cell by cell: conditions and hours. # Q3, Q5"""
    meters = tuple(sorted((m for m in plant.meters if valid_on(m, shift.day)), key=lambda m: m.tag))
    assayed = {meter.stream for meter in meters if meter.kind == "lab"}
    flows: dict[str, tuple[Gauge, Flow]] = {}
    for stream in (row for key, row in sorted(plant.streams.items()) if key in assayed and valid_on(row, shift.day)):
        gauge = gauge_of(plant, stream, meters)
        if isinstance(gauge, Gauge) and gauge.rule.kind != "booking":
            flows[stream.id] = (gauge, flow_of(gauge, series, shift.span))
    own = _own(plant, shift, series, meters, flows, crews, events, area)
    conditions, units = own.result
    assays = stream_assays(plant, shift, series, flows)
    told = touching(events, shift.span)
    found = ShiftQuantities(shift, {}, {}, {}, {}, {}, conditions, assays=assays, units=units, events=told)
    return Outcome(found, own.issues)


_Own = tuple[Mapping[tuple[str, str], Quantity], Mapping[str, UnitTime]]


def _own(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    meters: tuple[Meter, ...],
    flows: Mapping[str, tuple[Gauge, Flow]],
    crews: Crews,
    events: Sequence[Event],
    area: str = "",
) -> Outcome[_Own]:
    """Conditions of one area or of all, and when units ran: formulas of an area may name those of another."""
    conditions, vague = conditions_of(plant, shift, series, meters, flows, area)
    hours = unit_times(plant, shift, series, meters, crews, events, area)
    if area:  # what is found of other areas' units, these say themselves
        hours = Outcome({**unit_times(plant, shift, series, meters, crews, events).result, **hours.result}, hours.issues)
    told = {key: found for key, found in unit_conditions(plant, shift.day, hours.result).items() if area in ("", key[0])}
    return Outcome(({**conditions, **told}, hours.result), (*vague, *hours.issues))


def boundaries(
    plant: Plant,
    at: int,
    series: SeriesByTag,
    fixed: Mapping[tuple[str, int], int] | None = None,
    events: Sequence[Event] = (),
) -> Outcome[Mapping[str, Quantity]]:
    """Every stock's boundary value at `at`, by stock id, and every state's by `state:<id>`; `events` may set states back. # Q4, L3"""
    values: dict[str, Quantity] = {}
    issues: list[Issue] = []
    for stock in sorted(plant.stocks.values(), key=lambda s: s.id):
        found = boundary(plant, stock, at, series, (fixed or {}).get((stock.id, at)))
        values[stock.id] = found.result
        issues += found.issues
    told = states.state_boundaries(plant, at, series, fixed, events)
    return Outcome({**values, **told.result}, ordered([*issues, *told.issues]))


def margins(plant: Plant) -> tuple[int, int]:
    """How many microseconds of readings before and after a day its shifts can depend on. # N5

    Half-open: the window is [start - before, end + after). It holds the `reach` of every meter; a stock's boundary value needs
    that for every observation from the lookback before it (of a state from its `life` on) to the grace period after it, its last
    instant included.
    """
    behind, ahead = farthest(plant)
    if not plant.stocks and not plant.states:
        return behind, ahead
    looking = max((state.life for state in plant.states.values()), default=0)
    return max(plant.settings.lookback * longest_slot(plant), looking) + behind, plant.settings.grace + max(1, ahead)


def _undefined(stream: Stream, shift: Shift) -> Quantity:
    """A metered stream whose definition does not allow a figure. # I8"""
    node = Node(f"{stream.id}, {shift.id}", None, clause="I8", at=str(stream.at))
    return Quantity(None, None, 0.0, node, "provisional", ("absent", "undefined"))


def _cells(plant: Plant, shift: Shift, flows: Mapping[str, tuple[Gauge, Flow]], crews: Crews) -> dict[str, tuple[Span, ...]]:
    """The crew cells of the shift, for streams whose crews change and of which something is known. # T3"""
    cells = {}
    for key, (_, flow) in flows.items():
        found = _crew_spans(plant, shift, plant.streams[key], crews)
        if len(found) > 1 and flow.covered:
            cells[key] = found
    return cells


def _crew_spans(plant: Plant, shift: Shift, stream: Stream, crews: Crews) -> tuple[Span, ...]:
    """The shift cut wherever an area at the stream's ends changes crew. # T3"""
    return tuple(span for _, span in crew_cells(shift.span, [crews.get(area, ()) for area in areas_of(plant, stream)]))


def _parts(gauge: Gauge, flow: Flow, cells: tuple[Span, ...]) -> tuple[float, ...]:
    """What flowed in each cell, fills included: a part inherits them. # Q7"""
    return tuple(math.fsum(clip(pieces, cell).amount(gauge.rule) for pieces in (flow.measured, flow.filled)) for cell in cells)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    *(
        operation
        for stage in (
            kernel,
            counters,
            course,
            assays,
            streams,
            lot_figures,
            drivers,
            stretches,
            shares,
            bands,
            offspec,
            stocks,
            states,
            ageing,
            halts,
            unit_figures,
        )
        for operation in stage.OPERATIONS
    ),
    *CONDITION_OPERATIONS,
)
