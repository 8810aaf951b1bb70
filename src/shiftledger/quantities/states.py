"""What a non-material state (fouling, filter age) stood at when a shift began, ended, or changed crew (L3, Q4).

A boundary value of a state is one of a stock's kind: a figure of the instant and the readings alone, so that the shift that ends
there and the one that begins there get the same number (I3), posted in quanta of its meter. Keys are `state:<id>`, which no
stock can have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.acts.events import Event
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.money import to_decimal
from shiftledger.core.period import Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.plant.model import Meter, Plant, valid_on
from shiftledger.plant.roster import CrewInterval, Shift, day_at, day_span
from shiftledger.plant.terms import State, grown_by
from shiftledger.quantities import codes
from shiftledger.quantities.ageing import PARTIAL, Sight, aged
from shiftledger.quantities.assays import calibration_source
from shiftledger.quantities.codes import found
from shiftledger.quantities.gauges import SeriesByTag, readings_of
from shiftledger.quantities.hours import events_node
from shiftledger.quantities.kernel import is_good
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.stocks import between, lookback_start, valid_span
from shiftledger.quantities.streams import posted, reading_leaf
from shiftledger.readings.batch import UNCERTAIN

Fixed = Mapping[tuple[str, int], int]


def key_of(state: str) -> str:
    """The account of a state, and its key among boundary values. # L2"""
    return f"state:{state}"


def state_boundaries(
    plant: Plant, at: int, series: SeriesByTag, fixed: Fixed | None = None, events: Sequence[Event] = ()
) -> Outcome[dict[str, Quantity]]:
    """Every state's value at the instant `at`, by key. `fixed`: settled values in quanta by (key, instant), which win. # L3, Q4

    A boundary between two days belongs to both: a state has a value there if it holds on either.
    """
    values: dict[str, Quantity] = {}
    issues: list[Issue] = []
    for state in sorted(plant.states.values(), key=lambda row: row.id):
        if any(valid_on(state, day_at(plant, instant)) for instant in (at - 1, at)):
            one = state_value(plant, state, at, series, (fixed or {}).get((key_of(state.id), at)), events)
            values[key_of(state.id)] = one.result
            issues += one.issues
    return Outcome(values, ordered(issues))


def crossings(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    crews: Mapping[str, tuple[CrewInterval, ...]],
    events: Sequence[Event] = (),
) -> dict[str, tuple[Quantity, ...]]:
    """The value of each state wherever its area changes crew inside the shift, by key, in order of time. # T3"""
    passed = {}
    for state in sorted(plant.states.values(), key=lambda row: row.id):
        cuts = [interval.span.start for interval in crews.get(state.area, ())[1:]]
        if cuts and valid_on(state, shift.day):
            passed[key_of(state.id)] = tuple(state_value(plant, state, at, series, None, events).result for at in cuts)
    return passed


def state_value(
    plant: Plant, state: State, at: int, series: SeriesByTag, fixed: int | None = None, events: Sequence[Event] = ()
) -> Outcome[Quantity]:
    """The value of a state at `at` by its rule nearest | interpolate, in quanta of its meter. # Q4, L6

    Readings with lookback <= ts <= at + grace count, and `opening` at the start of its day; what was read after an event that sets
    the state back, or during one, tells nothing of before. While such an event goes on, the state falls evenly from what was last
    seen before it to `reset_to`, so that each crew has the part of its hours. Further than the grace period from
    the boundary a value is carried, marked and estimated; without any it is absent (I8).
    """
    quantum, unit = grain(plant, state.id)
    label = f"{state.id} at {iso(at)}"
    if fixed is not None:
        node = Node(label, fixed, f"{quantum} {unit}", clause="L6", at=str(state.at))
        return Outcome(Quantity(float(to_decimal(fixed, quantum)), fixed, 1.0, node, "measured", ("settled",)))
    since = min(lookback_start(plant, at), at - state.life)
    resets = _resets(plant, state, events)
    near = _next_to(plant, state, Span(since, at + plant.settings.grace + 1), at, series, resets)

    def grow(sight: Sight, to: int) -> Sight:
        return aged(plant, state, sight, to, series, events)

    near, going_on = _before_reset(near, at, resets, grow)
    if state.grows and not going_on and near and near[0].at <= at:
        near = [grow(near[0], at)]
    if not near:
        absent = Node(label, None, unit, clause="I8", at=str(state.at))
        message = f"{label}: no reading of the state from {iso(since)} to {iso(at + plant.settings.grace)}"
        issue = found(codes.NO_BOUNDARY, message, state.at, "Load a reading, or declare `opening` and `opening_day`.")
        return Outcome(Quantity(None, None, 0.0, absent, "provisional", ("absent",)), (issue,))
    chosen = min(near, key=lambda sight: (abs(sight.at - at), sight.at))
    marks, issues = set[str](), []
    if abs(chosen.at - at) > plant.settings.grace and not going_on:
        marks.add("carried")
        message = f"{label}: the nearest reading is of {iso(chosen.at)}"
        issues.append(found(codes.CARRIED, message, state.at, "Read the state within the grace period of the boundary."))
    used = near if (state.boundary == "interpolate" and near[0].at < at) or going_on else [chosen]
    marks |= {"interpolated"} if len(used) == 2 else set()
    value, node, errors = _joined(state, used, at)
    marks |= {mark for sight in used for mark in sight.marks}
    quanta, args = posted(value, quantum=quantum), (("quantum", quantum),)
    top = Node(label, quanta, f"{quantum} {unit}", "posted", args, (node,), "L3", str(state.at))
    if node.op == "read_at":  # a step less from the books to the reading # I7
        top = replace(top, op="read_quanta", args=(*node.args, *args), children=node.children)
    return Outcome(
        Quantity(
            value, quanta, 1.0, top, "estimated" if marks & {"carried", PARTIAL} else "measured", tuple(sorted(marks)), errors
        ),
        tuple(issues),
    )


def grain(plant: Plant, state: str) -> tuple[Decimal, str]:
    """Quantum and unit of a state: those of its meters, which a check keeps alike, else of what it grows by."""
    meter = next((m for m in plant.meters if m.kind == "state" and m.state == state), None)
    if meter is not None:
        return meter.quantum, meter.unit
    kind, name = grown_by(plant.states[state]) if state in plant.states else ("", "")
    if kind == "stream" and name in plant.streams:
        material = plant.materials[plant.streams[name].material]
        return material.quantum, material.unit
    return Decimal("0.001"), "h" if kind else ""


def _resets(plant: Plant, state: State, events: Sequence[Event]) -> list[tuple[Span, Sight]]:
    """The events that set the state back, each with what it stands at when they have ended; one that is not over sets nothing. # L3"""
    if not state.reset_by or state.reset_to is None:
        return []
    unit, found = grain(plant, state.id)[1], []
    for event in sorted(events, key=lambda event: (event.start, event.act)):
        of_unit = plant.units[event.unit].area if event.unit in plant.units else ""
        if event.kind == state.reset_by and event.end is not None and state.area in (event.area, of_unit):
            leaf = Node(f"{state.id} after {state.reset_by}", state.reset_to, unit, clause="L3", at=str(state.at))
            children = (events_node(event), leaf)
            node = Node(
                f"{state.id} at {iso(event.end)}", float(state.reset_to), unit, "set_back", (), children, "L3", str(state.at)
            )
            found.append((Span(event.start, event.end), Sight(event.end, float(state.reset_to), 0.0, node, {}, ("set-back",))))
    return found


def _before_reset(
    near: list[Sight], at: int, resets: Sequence[tuple[Span, Sight]], grow: Callable[[Sight, int], Sight]
) -> tuple[list[Sight], bool]:
    """Sights that tell something of `at`: none behind an event that begins or goes on after it; and whether one goes on. # L3

    `grow`: what a sight has become by an instant, for a state that grows by itself until the event begins.
    """
    on = next(((span, sight) for span, sight in resets if span.start < at < span.end), None)
    before = [sight for sight in near if sight.at <= at]
    if on is not None and before:
        (span, end), (last,) = on, before
        return [grow(last, max(last.at, span.start)), end] if last.at < at else before, True
    behind = [span.start for span, _ in resets if span.start >= at]
    return [sight for sight in near if sight.at <= at or not any(start < sight.at for start in behind)], False


def _next_to(
    plant: Plant, state: State, window: Span, at: int, series: SeriesByTag, resets: Sequence[tuple[Span, Sight]] = ()
) -> list[Sight]:
    """The last observation of the window at or before `at` and the first after it; a reading goes before an opening at its instant. # Q4"""
    seen: dict[int, Sight] = {}
    opening = _opening(plant, state, window)
    if opening:
        seen[opening.at] = opening
    for meter in sorted((m for m in plant.meters if m.kind == "state" and m.state == state.id), key=lambda m: m.tag):
        seen |= {sight.at: sight for sight in _of_meter(plant, meter, window, at, series)}
    seen = {sight.at: sight for _, sight in resets if window.start <= sight.at < window.end} | seen
    before, after = [t for t in sorted(seen) if t <= at], [t for t in sorted(seen) if t > at]
    return [seen[t] for t in (*before[-1:], *after[:1])]


def _of_meter(plant: Plant, meter: Meter, window: Span, at: int, series: SeriesByTag) -> Iterator[Sight]:
    """The good readings of one meter next to `at`, at most one on either side."""
    span = valid_span(plant, meter).clip(window)
    readings = readings_of(meter, series).between(span.start, span.end)
    good = np.flatnonzero(is_good(readings))
    place = int(np.searchsorted(readings.ts[good], at, side="right"))
    for i in good[max(0, place - 1) : place + 1]:
        then, value = int(readings.ts[i]), float(readings.value[i])
        leaf = reading_leaf(readings.between(then, then + 1), meter.unit, str(meter.at))
        node = Node(f"{meter.tag} at {iso(then)}", value, meter.unit, "read_at", (("at", then),), (leaf,), "Q4", str(meter.at))
        sigma = math.hypot(float(meter.sigma), float(meter.white) * value)
        lasting = {calibration_source(meter): float(meter.limit) / math.sqrt(3) * value}
        marks = ("uncertain",) if readings.quality[i] == UNCERTAIN else ()
        yield Sight(then, value, sigma, node, combine([(1.0, lasting)]), marks)


def _opening(plant: Plant, state: State, window: Span) -> Sight | None:
    """`opening` of states.toml as a reading at the start of its day."""
    if state.opening is None or state.opening_day is None:
        return None
    at = day_span(plant, state.opening_day).start
    if not window.start <= at < window.end:
        return None
    node = Node(f"opening of {state.id}", float(state.opening), grain(plant, state.id)[1], clause="Q4", at=str(state.at))
    return Sight(at, float(state.opening), 0.0, node, {}, ("opening",))


def _joined(state: State, used: list[Sight], at: int) -> tuple[float, Node, ErrorVector]:
    """One observation as it stands, or the straight line between two. # Q4, Q6"""
    own = f"boundary:{key_of(state.id)}:{iso(at)}"
    if len(used) == 1:
        one = used[0]
        return one.value, one.node, combine([(1.0, {own: one.sigma}), (1.0, one.errors)])
    first, second = used
    args: tuple[tuple[str, Any], ...] = (("at", at), ("first", first.at), ("second", second.at))
    value = between(first.value, second.value, at=at, first=first.at, second=second.at)
    node = Node(f"{state.id} between two readings", value, first.node.unit, "between", args, (first.node, second.node), "Q4")
    share = (at - first.at) / (second.at - first.at)
    sigma = math.hypot((1 - share) * first.sigma, share * second.sigma)
    return value, node, combine([(1.0, {own: sigma}), (1 - share, first.errors), (share, second.errors)])


def read_at(readings: Any, *, at: int) -> float:
    """The reading at an instant, as an operation of a trace. # I7"""
    return float(readings.between(at, at + 1).value[0])


def read_quanta(readings: Any, *, at: int, quantum: Decimal) -> int:
    """The reading at an instant in whole quanta. # L5, I7"""
    return posted(read_at(readings, at=at), quantum=quantum)


def set_back(event: Event, to: Decimal) -> float:
    """What a state stands at when an event has set it back, as an operation of a trace. # L3, R5"""
    return float(to)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("read_at", read_at),
    ("read_quanta", read_quanta),
    ("set_back", set_back),
)
