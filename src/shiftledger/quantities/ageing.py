"""How far has a state grown since it was last seen or set back: by hours that its unit ran, or by what a stream carried (L3)?

A filter's age needs no readings: it is what the unit has run, or filtered, since the cloth was new. While the unit stands still (Q3) it
does not age. So every boundary is a figure of the instant, of the last sight and of what ran in between; shifts telescope, and two
boundaries after one sight share its error, which cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shiftledger.acts.events import Event
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.roster import day_at
from shiftledger.plant.terms import State, grown_by
from shiftledger.quantities.assays import calibration_source
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.gauges import Gauge, SeriesByTag, gauge_of, readings_of
from shiftledger.quantities.halts import RUNNING, UNKNOWN, course_of_unit, time_in
from shiftledger.quantities.hours import events_node, run_rule
from shiftledger.quantities.streams import flow_of, measured_nodes, over_meters, reading_leaf

AGED = "aged"  # mark: counted on from the last sight
PARTIAL = "partial"  # mark: of a part of that time nothing is known, so it counts as standing still


@dataclass(frozen=True, slots=True)
class Sight:
    """One observation of a state: when (us), its value in the meter's unit, its error vector without the boundary's own."""

    at: int
    value: float
    sigma: float
    node: Node
    errors: ErrorVector
    marks: tuple[str, ...] = ()


def aged(plant: Plant, state: State, sight: Sight, to: int, series: SeriesByTag, events: Sequence[Event]) -> Sight:
    """What the state stands at when it has grown from `sight` until `to` (us). # L3, Q3

    A state that does not grow stays as it was seen.
    """
    kind, name = grown_by(state)
    if not kind or to <= sight.at:
        return replace(sight, at=max(to, sight.at))
    span = Span(sight.at, to)
    found = _by_hours(plant, name, span, series, events) if kind == "hours" else _by_stream(plant, name, span, series)
    if found is None:
        return replace(sight, at=to, marks=tuple(sorted({*sight.marks, AGED, PARTIAL})))
    node, per, errors, whole = found
    value = grown(sight.value, node.value, per=per)
    label = f"{state.id} since {iso(sight.at)}"
    top = Node(label, value, sight.node.unit, "grown", (("per", per),), (sight.node, node), "L3", str(state.at))
    seen = {f"sight:{state.id}:{iso(sight.at)}": sight.sigma} if sight.sigma else {}
    marks = {AGED} | ({PARTIAL} if not whole or PARTIAL in sight.marks else set())
    return Sight(to, value, 0.0, top, combine([(1.0, sight.errors), (1.0, seen), (1.0, errors)]), tuple(sorted(marks)))


_Growth = tuple[Node, int, ErrorVector, bool]


def _by_hours(plant: Plant, name: str, span: Span, series: SeriesByTag, events: Sequence[Event]) -> _Growth:
    """The time (us) that the unit ran; what is not known counts as standing still, and is said. # Q3, I8"""
    unit, day = plant.units[name], day_at(plant, span.end - 1)
    rule, meter, _ = run_rule(unit, [m for m in plant.meters if valid_on(m, day)])
    own = tuple(e for e in events if (e.unit == name or e.area == unit.area) and e.span.clip(span).length)
    readings = readings_of(meter, series) if meter else None
    course = course_of_unit(readings, own, span, rule)
    leaves = [events_node(event) for event in own]
    if rule is not None and readings is not None and meter is not None:
        around = Span(span.start - rule.halo, span.end + rule.halo)
        leaves.insert(0, reading_leaf(readings_behind(readings, around, rule.hold), meter.unit, str(meter.at)))
    args: tuple[tuple[str, Any], ...] = (
        ("start", span.start),
        ("end", span.end),
        ("rule", rule),
        ("what", RUNNING),
        ("cause", ""),
    )
    time = time_in(course, RUNNING)
    node = Node(f"{name} running since {iso(span.start)}", time, "us", "unit_time", args, tuple(leaves), "Q3", str(unit.at))
    return node, HOUR, {}, time_in(course, UNKNOWN) == 0


def _by_stream(plant: Plant, name: str, span: Span, series: SeriesByTag) -> _Growth | None:
    """What the stream carried, in its material's unit, with the lasting error of its meters; None where nothing measures it. # Q1"""
    day = day_at(plant, span.end - 1)
    gauge = gauge_of(plant, plant.streams[name], [m for m in plant.meters if valid_on(m, day)])
    if not isinstance(gauge, Gauge):
        return None
    flow = flow_of(gauge, series, span)
    nodes = measured_nodes(gauge, span, series, flow, 1)
    lasting = [
        (1.0, {calibration_source(part.meter): float(part.meter.limit) / math.sqrt(3) * node.value})
        for part, node in zip(gauge.parts, nodes, strict=True)
    ]
    return over_meters(nodes), 1, combine(lasting), flow.measured.covered == span.length


def grown(base: float, amount: float, *, per: int) -> float:
    """What a state stood at and what it grew by, as an operation of a trace. # L3

    >>> grown(100.0, 5 * HOUR, per=HOUR)
    105.0
    """
    return base + amount / per


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("grown", grown),)
