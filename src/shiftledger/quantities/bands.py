"""A stream's amount by tariff band: split by the code of the state that holds at each moment.

The posted quanta of the bands sum to the stream's quanta (largest remainder in the order of the codes, L5). What flowed while the
state was unknown, or had a value without a code, is band "" and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise, split
from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.plant.model import Meter
from shiftledger.plant.roster import Shift
from shiftledger.quantities import codes
from shiftledger.quantities.assays import Basis
from shiftledger.quantities.codes import found
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.gauges import Gauge, SeriesByTag, readings_of, rule_of, several
from shiftledger.quantities.kernel import Pieces, Rule, clip, gaps, held_pieces, joined, level_pieces, only, overlay
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import (
    Flow,
    by_part,
    flow_pieces,
    over_meters,
    part_args,
    posted,
    reading_leaf,
    reading_leaves,
)
from shiftledger.readings.batch import Series

UNKNOWN = ""

BandCodes = tuple[tuple[str, Decimal], ...]


def band_quantities(
    gauge: Gauge,
    shift: Shift,
    series: SeriesByTag,
    meters: tuple[Meter, ...],
    whole: Quantity,
    flow: Flow,
    standard_rate: float | None = None,
    of: Span | None = None,
) -> tuple[dict[str, Quantity], tuple[Issue, ...]]:
    """The stream's figure `whole` by band, in code order, the unknown band last; empty without a band state or a figure. # L5

    `of`: the shift of which `shift` is a part, if it is one.
    """
    state = gauge.material.band_state
    if not state or whole.quanta is None:
        return {}, ()
    teller = teller_of(gauge, meters)
    if isinstance(teller, Issue):
        return {}, (teller,)
    states = readings_of(teller, series)
    split = [
        (part, band_weights(own, states, shift.span, rule_of(teller), part.rule, teller.codes))
        for part, own in by_part(gauge, flow, series, shift.span, standard_rate, of)
    ]
    nodes = _weight_nodes(shift.span, series, teller, states, split, standard_rate, of)
    weights = {band: node.value for band, node in nodes.items()}
    issues: tuple[Issue, ...] = ()
    if UNKNOWN in weights:
        issues = (no_band(gauge, shift, teller, weights[UNKNOWN]),)
    return _shared(gauge, shift, whole, weights, tuple(nodes.values())), issues


def band_parts(
    gauge: Gauge, series: SeriesByTag, meters: tuple[Meter, ...], flow: Flow, cells: Sequence[Span], bands: Iterable[str]
) -> dict[str, tuple[float, ...]]:
    """What of each of the stream's `bands` flowed in each of `cells` (parts of the flow's span), in the material's unit. # Q7, T3

    A crew that ran while a band did not hold took none of it, however much it took of the stream.
    """
    teller = teller_of(gauge, meters)
    if isinstance(teller, Issue):
        return {}
    states, rule = readings_of(teller, series), rule_of(teller)
    inside = [Flow(*(clip(pieces, cell) for pieces in (flow.raw, flow.measured, flow.filled))) for cell in cells]
    found = [band_weights(part, states, cell, rule, gauge.rule, teller.codes) for part, cell in zip(inside, cells, strict=True)]
    return {band: tuple(amounts.get(band, 0.0) for amounts in found) for band in bands}


def no_band(gauge: Gauge, shift: Shift, teller: Meter, amount: float) -> Issue:
    """Q015: the state names no band for so much of the stream."""
    state, unit = gauge.material.band_state, gauge.material.unit
    message = f'{gauge.meter.tag}, {shift.id}: state "{state}" tells no band for {amount!r} {unit}'
    return found(codes.NO_BAND, message, teller.at, "Load the state's readings, or give its values codes in meters.csv.")


def teller_of(gauge: Gauge, meters: tuple[Meter, ...]) -> Meter | Issue:
    """The meter of the state that names the band: one that says nothing if there is none, an Issue if there are several."""
    state = gauge.material.band_state
    tellers = [m for m in meters if m.kind == "state" and m.state == state]
    if len(tellers) > 1:
        return several(f'state "{state}"', tellers)
    return tellers[0] if tellers else Meter("", "state", state=state, at=gauge.stream.at)


def band_weights(flow: Flow, states: Series, span: Span, state_rule: Rule, rule: Rule, band_codes: BandCodes) -> dict[str, float]:
    """The amount in each band that occurred while the stream was known, in the material's unit, in code order."""
    held = held_pieces(states, span, state_rule)
    holes = gaps(held, span)
    courses = joined(held, level_pieces(holes, (float("nan"),) * len(holes)))
    both = [overlay(part, courses) for part in (flow.measured, flow.filled)]
    amounts: dict[str, float] = {}
    rest = [np.ones(len(one.flow), np.bool_) for one in both]
    for text, code in sorted(band_codes, key=lambda pair: (pair[1], pair[0])):
        here = [one.held == float(code) for one in both]
        _put(amounts, text, [only(one.flow, mask) for one, mask in zip(both, here, strict=True)], rule)
        rest = [left & ~mask for left, mask in zip(rest, here, strict=True)]
    _put(amounts, UNKNOWN, [only(one.flow, mask) for one, mask in zip(both, rest, strict=True)], rule)
    return amounts


def _put(amounts: dict[str, float], band: str, parts: list[Pieces], rule: Rule) -> None:
    if any(len(part) for part in parts):
        amounts[band] = sum(part.amount(rule) for part in parts)


def _weight_nodes(
    span: Span,
    series: SeriesByTag,
    teller: Meter,
    states: Series,
    split: Sequence[tuple[Gauge, dict[str, float]]],
    standard_rate: float | None,
    of: Span | None,
) -> dict[str, Node]:
    """The amount in each band over the readings of meter, laboratory and state; of several meters their sum. # I7"""
    state_rule = rule_of(teller)
    state_leaf = reading_leaf(readings_behind(states, span, state_rule), teller.unit, str(teller.at))
    found: dict[str, list[Node]] = {}
    for gauge, weights in split:
        leaves = (*reading_leaves(gauge, of or span, series, gauge.meter.fill), state_leaf)
        common = (
            *(("start", span.start), ("end", span.end), ("rule", gauge.rule), ("basis", gauge.basis), ("fill", gauge.meter.fill)),
            *(("standard_rate", standard_rate), ("state_rule", state_rule), ("band_codes", teller.codes)),
            *part_args(of),
        )
        for band, weight in weights.items():
            label, unit = f"{gauge.stream.id} in band {band or '?'}", gauge.material.unit
            found.setdefault(band, []).append(Node(label, weight, unit, "in_band", (*common, ("band", band)), leaves))
    order = [*(text for text, _ in sorted(teller.codes, key=lambda pair: (pair[1], pair[0]))), UNKNOWN]
    return {band: over_meters(found[band]) for band in order if band in found}


def _shared(
    gauge: Gauge, shift: Shift, whole: Quantity, weights: Mapping[str, float], nodes: tuple[Node, ...]
) -> dict[str, Quantity]:
    """The stream's quanta over its bands by their amounts."""
    quantum, amounts = gauge.material.quantum, whole.node.children
    bands = {}
    for index, (band, weight) in enumerate(weights.items()):
        args: tuple[tuple[str, Any], ...] = (("amounts", len(amounts)), ("index", index), ("quantum", quantum))
        quanta = band_share(*(node.value for node in (*amounts, *nodes)), **dict(args))
        label = f"{gauge.stream.id}, {shift.id}, band {band or '?'}"
        node = Node(label, quanta, whole.node.unit, "band_share", args, (*amounts, *nodes), "L5", str(gauge.meter.at))
        share = weight / whole.value if whole.value else 0.0
        marks = whole.marks if band != UNKNOWN else tuple(sorted({*whole.marks, "band-unknown"}))
        bands[band] = Quantity(weight, quanta, whole.coverage, node, whole.status, marks, combine([(share, whole.errors)]))
    return bands


# Operations of traces. # I7


def in_band(
    readings: Series,
    *others: Series,
    start: int,
    end: int,
    rule: Rule,
    basis: Basis | None,
    fill: str,
    standard_rate: float | None,
    state_rule: Rule,
    band_codes: BandCodes,
    band: str,
    whole: Span | None = None,
) -> float:
    """The amount of one band in [start, end); `others` are the assays, if any, and the readings of the state last."""
    span = Span(start, end)
    flow = flow_pieces(readings, others[:-1], span, rule, basis, fill, standard_rate, whole)
    return band_weights(flow, others[-1], span, state_rule, rule, band_codes)[band]


def band_share(*children: int | float, amounts: int, index: int, quantum: Decimal) -> int:
    """One band's quanta: the stream's posted quanta by the amounts in all bands, by largest remainder. # L5

    The first `amounts` children make up the stream's figure, the others are the amounts by band. Where a stream ran both ways
    each band is rounded for itself and the largest takes the rest.
    """
    total, weights = posted(*children[:amounts], quantum=quantum), children[amounts:]
    if all(weight >= 0 for weight in weights) or all(weight <= 0 for weight in weights):
        return split(total, [abs(weight) for weight in weights])[index]
    parts = [quantise(float(weight), quantum) for weight in weights]
    largest = max(range(len(parts)), key=lambda i: (abs(parts[i]), -i))
    parts[largest] += total - sum(parts)
    return parts[index]


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("in_band", in_band),
    ("band_share", band_share),
)
