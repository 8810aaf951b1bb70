"""How long did each unit run in a shift, when did it stand still and by whose doing? Per unit, shift and crew (Q3).

A crew is charged only for its own causes; a halt of which nobody says why is `unclassed`, which is nobody's own. Durations are whole
microseconds; what a boundary or a change of crew cuts sums to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shiftledger.acts.events import Event, touching
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.core.trace import Node
from shiftledger.plant.crews import crew_cells
from shiftledger.plant.model import CAUSES, UNCLASSED, Meter, Plant, Unit, state_code, valid_on
from shiftledger.plant.roster import CrewInterval, Shift
from shiftledger.quantities import codes
from shiftledger.quantities.codes import found
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.gauges import SeriesByTag, readings_of, rule_of, several
from shiftledger.quantities.halts import (
    HALTED,
    RUNNING,
    UNKNOWN,
    RunRule,
    Stretch,
    claims,
    clipped,
    conflicts,
    course_of_unit,
    starts_in,
    time_in,
)
from shiftledger.quantities.kernel import held_pieces
from shiftledger.quantities.quantity import CellTime, Halt, UnitTime
from shiftledger.quantities.streams import reading_leaf
from shiftledger.readings.batch import Series

BY_EVENTS = "by-events"  # mark: nobody watches the unit, its hours are the shift less the recorded halts


def unit_times(
    plant: Plant,
    shift: Shift,
    series: SeriesByTag,
    meters: Sequence[Meter],
    crews: Mapping[str, tuple[CrewInterval, ...]],
    events: Sequence[Event],
    area: str = "",
) -> Outcome[dict[str, UnitTime]]:
    """Every unit of the day of which something is said: a running state is declared, or an event tells of a halt. # Q3

    `events`: those that stand, of all units; `meters`: the day's; `area`: of its units only.
    """
    times: dict[str, UnitTime] = {}
    issues: list[Issue] = []
    near = touching(events, Span(shift.span.start - 1, shift.span.end))
    for key, unit in sorted(plant.units.items()):
        if not valid_on(unit, shift.day) or area not in ("", unit.area):
            continue
        own = tuple(e for e in near if e.unit == key or e.area == unit.area)
        rule, meter, problem = run_rule(unit, meters)
        if problem is not None:
            issues.append(problem)
        elif rule is not None or claims(own, shift.span):
            readings = readings_of(meter, series) if meter else None
            cells = crew_cells(shift.span, [crews.get(unit.area, ())])
            times[key] = _unit_time(unit, shift, readings, own, rule, cells, meter)
            issues += _findings(unit, shift, times[key], own, readings, rule, meter)
    return Outcome(times, ordered(issues))


def hours_unit(plant: Plant, area: str, day: date) -> str:
    """The unit whose running hours are the area's operating hours on the day; "" where none is meant alone. # Q3

    What areas.toml says (`hours_of`), else the only unit with a running state, else the only unit.
    """
    row = plant.areas.get(area)
    units = [unit for _, unit in sorted(plant.units.items()) if unit.area == area and valid_on(unit, day)]
    for meant in ([u for u in units if row and u.id == row.hours_of], [u for u in units if u.running], units):
        if meant:
            return meant[0].id if len(meant) == 1 else ""
    return ""


def run_rule(unit: Unit, meters: Sequence[Meter]) -> tuple[RunRule | None, Meter | None, Issue | None]:
    """How the unit's state tells that it runs, and by which meter; no rule where none is declared or no meter tells it today."""
    telling = [m for m in meters if m.kind == "state" and m.state == unit.running and unit.running]
    if not telling:
        return None, None, None
    if len(telling) > 1:
        return None, None, several(f'unit "{unit.id}", state "{unit.running}"', telling)
    meter = telling[0]
    running = [code for text in unit.running_codes if (code := state_code(meter, text)) is not None]
    causes = [(code, cause) for text, cause in unit.causes if (code := state_code(meter, text)) is not None]
    return RunRule(rule_of(meter), tuple(sorted(running)), tuple(sorted(causes)), unit.min_halt), meter, None


def events_node(event: Event) -> Node:
    """An event as the leaf of a trace; the event itself says who, in which role, and on what evidence. # I7, R5"""
    label = f"act {event.act}: {event.kind}, {event.cause or 'no cause'}"
    return Node(label, event, clause="R5", at=event.recorded_in)


def _unit_time(
    unit: Unit,
    shift: Shift,
    readings: Series | None,
    events: tuple[Event, ...],
    rule: RunRule | None,
    cells: tuple[tuple[str, Span], ...],
    meter: Meter | None,
) -> UnitTime:
    course = course_of_unit(readings, events, Span(shift.span.start - 1, shift.span.end), rule)
    inside = clipped(course, shift.span)
    unknown = time_in(inside, UNKNOWN)
    halts = tuple(
        Halt(unit.id, part.span, part.cause, part.cause in unit.own_causes, part.source, crew, part.acts)
        for crew, cell in cells
        for part in clipped(inside, cell)
        if part.what == HALTED
    )
    absent = unknown == shift.span.length
    trace = _Trace(unit, shift, readings, events, rule, meter)
    marks = {
        name for name, holds in ((BY_EVENTS, rule is None), ("absent", absent), ("partial", unknown > 0 and not absent)) if holds
    }
    if rule is not None and readings is not None and held_pieces(readings, shift.span, rule.hold).uncertain.any():
        marks.add("uncertain")
    return UnitTime(
        unit=unit.id,
        area=unit.area,
        running=None if absent else time_in(inside, RUNNING),
        halted=time_in(inside, HALTED),
        unknown=unknown,
        starts=None if absent else starts_in(course, shift.span),
        halts=halts,
        cells=tuple(_cell(crew, cell, course) for crew, cell in cells),
        marks=tuple(sorted(marks)),
        nodes=trace.nodes(inside, starts_in(course, shift.span), absent=absent),
    )


def _cell(crew: str, cell: Span, course: Sequence[Stretch]) -> CellTime:
    inside = clipped(course, cell)
    running, halted, unknown = (time_in(inside, what) for what in (RUNNING, HALTED, UNKNOWN))
    return CellTime(crew, cell, running, halted, unknown, starts_in(course, cell))


@dataclass(frozen=True, slots=True)
class _Trace:
    """What opens the figures of one unit and shift down to readings and acts. # I7"""

    unit: Unit
    shift: Shift
    readings: Series | None
    events: tuple[Event, ...]
    rule: RunRule | None
    meter: Meter | None

    def nodes(self, inside: Sequence[Stretch], starts: int, *, absent: bool) -> dict[str, Node]:
        """Each figure by its name. Halts are listed one by one, each with the readings and the acts that make it one."""
        span, nodes = self.shift.span, {}
        for what in (RUNNING, UNKNOWN):
            nodes[what] = self._timed(f"{self.unit.id} {what}, {self.shift.id}", span, what, "", time_in(inside, what))
        nodes["starts"] = self._node(f"starts of {self.unit.id}, {self.shift.id}", starts, "1", "unit_starts", span, ())
        if absent:
            nodes |= {name: Node(nodes[name].label, None, clause="I8", at=str(self.unit.at)) for name in (RUNNING, "starts")}
        halted = [part for part in inside if part.what == HALTED]
        own = {cause: [p for p in halted if p.cause == cause] for cause in (*CAUSES, UNCLASSED)}
        nodes |= {f"halt/{cause}": self._halts(parts, cause) for cause, parts in own.items() if parts}
        whole = tuple(nodes[f"halt/{cause}"] for cause, parts in own.items() if parts)
        label = f"{self.unit.id} halted, {self.shift.id}"
        nodes[HALTED] = Node(label, sum(node.value for node in whole), "us", "added", (), whole, "Q3", str(self.unit.at))
        return nodes

    def _halts(self, parts: Sequence[Stretch], cause: str) -> Node:
        each = tuple(
            self._timed(f"from {iso(part.span.start)} to {iso(part.span.end)}", part.span, HALTED, cause, part.span.length)
            for part in parts
        )
        label = f"{self.unit.id} halted: {cause}, {self.shift.id}"
        return Node(label, sum(node.value for node in each), "us", "added", (), each, "Q3", str(self.unit.at))

    def _timed(self, label: str, span: Span, what: str, cause: str, value: int) -> Node:
        return self._node(label, value, "us", "unit_time", span, (("what", what), ("cause", cause)))

    def _node(self, label: str, value: int, unit: str, op: str, span: Span, more: tuple[tuple[str, Any], ...]) -> Node:
        wide = Span(span.start - 1, span.end)
        args = (("start", span.start), ("end", span.end), ("rule", self.rule), *more)
        leaves = [events_node(event) for event in self.events if event.span.clip(wide).length]
        if self.rule is not None and self.readings is not None and self.meter is not None:
            around = Span(wide.start - self.rule.halo, wide.end + self.rule.halo)
            behind = readings_behind(self.readings, around, self.rule.hold)
            leaves.insert(0, reading_leaf(behind, self.meter.unit, str(self.meter.at)))
        return Node(label, value, unit, op, args, tuple(leaves), "Q3", str(self.unit.at))


def _findings(
    unit: Unit,
    shift: Shift,
    time: UnitTime,
    events: Sequence[Event],
    readings: Series | None,
    rule: RunRule | None,
    meter: Meter | None,
) -> list[Issue]:
    """What a person should look at: contradictions, halts that nobody explained, time of which nothing is known."""
    where, issues = f"{unit.id}, {shift.id}", []
    for lost, kept, both in conflicts(events, shift.span):
        message = (
            f"{where}: act {lost.act} says {lost.cause}, act {kept.act} says {kept.cause} {_from_to(both)}; the later act counts"
        )
        issues.append(
            found(
                codes.EVENTS_DISAGREE, message, Location("acts", kept.act), "Withdraw the wrong one, or record when each ended."
            )
        )
    if rule is not None:
        for stretch in clipped(course_of_unit(readings, (), shift.span, rule), shift.span):
            for claim in claims(events, stretch.span) if stretch.what == RUNNING else ():
                message = (
                    f"{where}: act {claim.acts[-1]} tells of a halt {_from_to(claim.span)}, while the state says that it runs"
                )
                remedy = "Withdraw the event or correct its times; if the state lied, confirm its meter as suspect."
                issues.append(found(codes.EVENT_WHILE_RUNNING, message, Location("acts", claim.acts[-1]), remedy))
    for event in events:
        if event.end is None and event.start < shift.span.start:
            message = f"{where}: act {event.act}, {event.kind} since {iso(event.start)}, is still open"
            issues.append(found(codes.EVENT_OPEN, message, Location("acts", event.act), "Record the same event with its end."))
    if time.unknown and meter is not None:
        message = f"{where}: nothing is known of {time.unknown / HOUR:.3f} h; that is neither running nor a halt"
        issues.append(found(codes.STATE_UNKNOWN, message, meter.at, f"Load the readings of {meter.tag}, or correct max_hold."))
    if unclassed := time.halted_by(UNCLASSED):
        message = f"{where}: {unclassed / HOUR:.3f} h of halts without a cause; nobody is charged"
        remedy = f"Record why: shiftledger act PLANT event --unit {unit.id} --kind halt --cause ... --start ... --end ..."
        issues.append(found(codes.UNCLASSED_HALT, message, unit.at, remedy))
    return issues


def _from_to(span: Span) -> str:
    return f"from {iso(span.start)} to {iso(span.end)}"
