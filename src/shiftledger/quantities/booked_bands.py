"""What of a bill's shares falls into each tariff band (Q9, L1): the shift's quanta by the driver in each band's time, exactly.

A bill that says which band it is for is that band's; any other is shared inside the shift by its driver, largest remainder in the order of
the codes. What the driver did while no code held is the band without a name, as of any stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise
from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.model import Allocation, Meter, Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities.bands import UNKNOWN, band_weights, no_band, teller_of
from shiftledger.quantities.bookings import estimate_node
from shiftledger.quantities.gauges import Gauge, SeriesByTag, readings_of, rule_of
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.shares import Share, allocated, own_stretches, shares_of
from shiftledger.quantities.streams import Flow, posted
from shiftledger.quantities.stretches import Stretch, band_driver, by_band, paid_node, stretched

Part = tuple[str, Node]  # a band, and whole quanta in it


def booked_bands(
    plant: Plant,
    gauge: Gauge,
    shift: Shift,
    series: SeriesByTag,
    meters: tuple[Meter, ...],
    whole: Quantity,
    flow: Flow,
    standard_rate: float | None,
) -> tuple[dict[str, Quantity], tuple[Issue, ...]]:
    """A booked stream's figure `whole` by band, in code order, the unknown band last; empty without a band state or a figure. # L1, Q9"""
    if not gauge.material.band_state or whole.quanta is None:
        return {}, ()
    teller = teller_of(gauge, meters)
    if isinstance(teller, Issue):
        return {}, (teller,)
    order = [text for text, _ in sorted(teller.codes, key=lambda pair: (pair[1], pair[0]))]
    parts: list[Part] = []
    for share in shares_of(plant, gauge, shift, series)[0]:
        parts += _of_share(plant, gauge, shift, share, series, order)
    if len(flow.filled):
        parts += _of_estimate(plant, gauge, shift, flow, float(standard_rate or 0.0), series, order)
    amounts = band_weights(flow, readings_of(teller, series), shift.span, rule_of(teller), gauge.rule, teller.codes)
    bands: dict[str, Quantity] = {}
    for band in (*order, UNKNOWN):
        nodes = tuple(node for name, node in parts if name == band)
        if nodes:
            bands[band] = _quantity(gauge, shift, whole, band, nodes, amounts.get(band, 0.0))
    issues = (no_band(gauge, shift, teller, bands[UNKNOWN].value or 0.0),) if UNKNOWN in bands else ()
    return bands, issues


def _of_share(
    plant: Plant, gauge: Gauge, shift: Shift, share: Share, series: SeriesByTag, order: Sequence[str]
) -> Iterator[Part]:
    """A share's quanta by band: all of them where its bill says which band it is for. # Q9"""
    stretches = own_stretches(plant, gauge, shift, share, series)
    if share.node is None or not stretches:
        return
    if share.band:
        yield share.band, share.node
    else:
        yield from _shared(plant, gauge, shift, share.span, series, share.node, stretches, order)


def _of_estimate(
    plant: Plant, gauge: Gauge, shift: Shift, flow: Flow, rate: float, series: SeriesByTag, order: Sequence[str]
) -> Iterator[Part]:
    """What the standard estimates, by the hours of each band in the time of no bill. # Q1"""
    estimate, quantum = estimate_node(gauge, flow.filled, rate), gauge.material.quantum
    quanta = quantise(float(estimate.value), quantum)
    unit = f"{quantum} {gauge.material.unit}"
    node = Node(estimate.label, quanta, unit, "posted", (("quantum", quantum),), (estimate,), "L5", estimate.at)
    hours, stretches = Allocation("", gauge.stream.id, "hours"), list[Stretch]()
    for start, end in zip(flow.filled.start.tolist(), flow.filled.end.tolist(), strict=True):
        stretches += stretched(plant, gauge, hours, shift, Span(start, end), series).stretches
    yield from _shared(plant, gauge, shift, shift.span, series, node, stretches, order, paid=False)


def _shared(
    plant: Plant,
    gauge: Gauge,
    shift: Shift,
    cell: Span,
    series: SeriesByTag,
    whole: Node,
    stretches: Sequence[Stretch],
    order: Sequence[str],
    *,
    paid: bool = True,
) -> Iterator[Part]:
    """`whole` over the bands of its stretches in `cell` by largest remainder. # L5"""
    weights: list[tuple[str, Node]] = []
    for band, own in by_band(stretches, order):
        driver = band_driver(plant, gauge, shift, cell, series, band, own)
        weights.append((band, paid_node(f"carried in band {band or '?'}", driver, own) if paid and gauge.basis else driver))
    nodes = tuple(node for _, node in weights)
    for index, (band, _) in enumerate(weights):
        args = (("index", index),)
        quanta = allocated(whole.value, *(node.value for node in nodes), index=index)
        label = f"part in band {band or '?'}"
        yield band, Node(label, quanta, whole.unit, "band_part", args, (whole, *nodes), "Q9", whole.at)


def _quantity(gauge: Gauge, shift: Shift, whole: Quantity, band: str, nodes: tuple[Node, ...], amount: float) -> Quantity:
    """One band's figure: the quanta of its parts, and the part of the stream's errors that its amount is."""
    quantum = gauge.material.quantum
    quanta, args = posted(*(node.value for node in nodes), quantum=quantum), tuple[tuple[str, Any], ...]((("quantum", quantum),))
    label = f"{gauge.stream.id}, {shift.id}, band {band or '?'}"
    node = Node(label, quanta, whole.node.unit, "posted", args, nodes, "L5", str(gauge.meter.at))
    share = amount / whole.value if whole.value else 0.0
    marks = whole.marks if band != UNKNOWN else tuple(sorted({*whole.marks, "band-unknown"}))
    return Quantity(amount, quanta, whole.coverage, node, whole.status, marks, combine([(share, whole.errors)]))
