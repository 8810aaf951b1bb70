"""Can the terms of value that no flow carries be posted: states and what they are worth, quality, invoices (L3)?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Dated, Plant, common_day, valid_on
from shiftledger.plant.rows import complete, place, subject
from shiftledger.plant.terms import Potential, State, grown_by


def states_told(plant: Plant) -> Iterator[Issue]:
    """A state is told by state meters of one unit and quantum, and belongs to an area with units. # L3, Q4"""
    if not complete(plant, "meter") or not complete(plant, "unit"):
        return
    for state in plant.states.values():
        meters = sorted((m for m in plant.meters if m.kind == "state" and m.state == state.id), key=lambda m: m.at)
        if not meters and not state.grows:
            message = f'no meter tells the state "{state.id}"'
            yield finding("P070", message, state.at, f'Declare a meter of kind state with state = "{state.id}" in meters.csv.')
        for meter in meters[1:]:
            if (meter.unit, meter.quantum) != (meters[0].unit, meters[0].quantum):
                at = place(plant.text, meter.at, "unit" if meter.unit != meters[0].unit else "quantum")
                message = f'meters "{meters[0].tag}" and "{meter.tag}" tell the state "{state.id}" in different units or quanta'
                yield finding("P070", message, at, "Give all meters of a state one unit and one quantum.")
        if bool(state.reset_by) != (state.reset_to is not None):
            lacking, given = ("reset_to", "reset_by") if state.reset_by else ("reset_by", "reset_to")
            at = place(plant.text, state.at, given)
            yield finding("P070", f'state "{state.id}" has {given} but no {lacking}', at, f"Give both, or leave {given} out.")
        units = [unit for unit in plant.units.values() if unit.area == state.area and common_day(unit, state)]
        if state.area in plant.areas and not units:
            at = place(plant.text, state.at, "area")
            message = f'no statement carries the state "{state.id}": area "{state.area}" has no units'
            yield finding("P038", message, at, "Give the state to an area with units.")


def states_grow(plant: Plant) -> Iterator[Issue]:
    """A state grows by the hours of a unit of its area, or by a stream that touches the area, in that one's unit. # L3, Q3"""
    if not all(complete(plant, table) for table in ("unit", "stream", "meter", "material")):
        return
    for state in plant.states.values():
        found = _growth_fault(plant, state) if state.grows else None
        if found is None and state.life < 0:
            found = ("life", "looks ahead instead of back", "Write how long it lasts at most, such as 45d.")
        if found is not None:
            key, message, remedy = found
            yield finding("P109", f'state "{state.id}" {message}', place(plant.text, state.at, key), remedy)


def _growth_fault(plant: Plant, state: State) -> tuple[str, str, str] | None:
    """Key, message and remedy of the first thing that is wrong with how a state grows."""
    units = {key for key, unit in plant.units.items() if unit.area == state.area}
    near = {key for key, s in plant.streams.items() if {s.source, s.target} & units}
    metered = {m.stream for m in plant.meters if m.kind in ("rate", "counter", "interval", "lot") and not m.component}
    names = {f"{key}.hours" for key in units} | {
        f"stream.{key}" for key in near if key in metered or plant.streams[key].follows in metered
    }
    if state.grows not in names:
        remedy = (
            f"{closest(state.grows, names)}Write UNIT.hours of a unit of {state.area}, or stream.ID of a metered stream at it."
        )
        return "grows", f'grows by "{state.grows[:60]}", which area "{state.area}" does not have', remedy
    if state.boundary != "nearest":
        return "boundary", "grows, so nothing is interpolated", 'Leave boundary out, or write boundary = "nearest".'
    kind, name = grown_by(state)
    unit = "h" if kind == "hours" else plant.materials[plant.streams[name].material].unit
    meter = next((m for m in plant.meters if m.kind == "state" and m.state == state.id and m.unit != unit), None)
    if meter is not None:
        return (
            "grows",
            f'grows in {unit}, but meter "{meter.tag}" tells it in {meter.unit or "no unit"}',
            f"Give the meter the unit {unit}.",
        )
    if state.opening is None and not state.reset_by and not any(m.state == state.id for m in plant.meters):
        return "grows", "grows from nowhere", "Give opening and opening_day, reset_by and reset_to, or a meter."
    return None


def potentials_whole(plant: Plant) -> Iterator[Issue]:
    """On each of its days a state has one potential: a worth per unit, or at least two points. # L3"""
    if not complete(plant, "potential"):
        return
    for state in plant.states.values():
        rows = [row for row in plant.potentials if row.state == state.id]
        for day in _turning_days(state, rows):
            held = sorted((row for row in rows if valid_on(row, day)), key=lambda row: row.at)
            fault = _fault(held)
            if fault:
                when = f" on {day}" if day != date.min else ""
                remedy = "Write either one row without value, its worth being per unit, or two points or more."
                yield finding("P071", f'state "{state.id}" {fault}{when}', held[-1].at if held else state.at, remedy)
                break


def _fault(rows: list[Potential]) -> str:
    """What is wrong with the rows of one day, in words; "" if they are a potential."""
    points = [row for row in rows if row.value is not None]
    if not rows:
        return "has no potential"
    if points and len(points) < len(rows):
        return "has a worth per unit and points at the same time"
    return "has a single point" if len(points) == 1 else ""


def _turning_days(state: State, rows: list[Potential]) -> list[date]:
    """The days of the state on which its rows can change, the first first."""
    begins = {row.valid_from for row in rows if row.valid_from}
    begins |= {row.valid_to + timedelta(days=1) for row in rows if row.valid_to and row.valid_to < date.max}
    days = sorted({state.valid_from or date.min, *begins})
    return [day for day in days if valid_on(state, day)]


def quality_paid(plant: Plant) -> Iterator[Issue]:
    """Quality terms have streams to or from outside, a laboratory that looks at them, and a dead band around the reference. # L3"""
    for row in plant.quality:
        low, high = row.band
        if not low <= row.reference <= high:
            at = place(plant.text, row.at, "low" if low > row.reference else "high")
            yield finding(
                "P020", f"the dead band of {subject('quality', row)} must hold the reference", at, "Correct low or high."
            )
        if row.cap is not None and row.cap < 0:
            at = place(plant.text, row.at, "cap")
            yield finding("P020", f"cap of {subject('quality', row)} must not be negative", at, "Write how much is paid at most.")
    if not complete(plant, "stream") or not complete(plant, "meter"):
        return
    for row in plant.quality:
        outer = [
            s for s in plant.streams.values() if s.material == row.material and _with_party(s, row.party) and common_day(s, row)
        ]
        labs = {m.stream for m in plant.meters if m.kind == "lab" and m.component == row.component and _overlap(m, row)}
        unseen = [stream.id for stream in outer if stream.id not in labs]
        if row.material in plant.materials and not outer:
            at = place(plant.text, row.at, "party" if row.party else "material")
            remedy = "Quality is paid between the plant and a party outside: correct material or party, or declare the stream."
            yield finding("P072", f"{subject('quality', row)} belongs to no stream to or from outside", at, remedy)
        elif unseen:
            at = place(plant.text, row.at, "component")
            remedy = f"Declare a meter of kind lab with stream = {unseen[0]} and component = {row.component} in meters.csv."
            yield finding(
                "P072",
                f'no laboratory looks for {row.component} in stream "{unseen[0]}", so its quality is never paid',
                at,
                remedy,
            )


def _with_party(stream: Any, party: str) -> bool:
    """Whether one end of a stream is outside, with that party if one is named."""
    ends = [end for end in (stream.source, stream.target) if end.partition(":")[0] == "outside"]
    return len(ends) == 1 and (not party or ends[0] == f"outside:{party}")


def _overlap(a: Dated, b: Dated) -> bool:
    return common_day(a, b) is not None


def charges_due(plant: Plant) -> Iterator[Issue]:
    """A charge follows from events of a kind or from an emission, not from both; a halt has causes, and transfers of its own. # L3"""
    for row in plant.charges:
        if bool(row.event) == bool(row.stream):
            at = place(plant.text, row.at, "stream" if row.stream else "event")
            what = "an event and a stream" if row.event else "neither an event nor a stream"
            yield finding(
                "P074", f"{subject('charge', row)} names {what}", at, "Name the kind of event, or the stream that is charged."
            )
        elif row.event == "halt":
            at = place(plant.text, row.at, "event")
            yield finding(
                "P074", f"{subject('charge', row)} charges halts", at, "Halts cost their lost output; name another kind of event."
            )
    for unit in plant.units.values():
        if unit.no_fault_rate is not None and unit.no_fault_rate < 0:
            at = place(plant.text, unit.at, "no_fault_rate")
            yield finding(
                "P020", f'no_fault_rate of unit "{unit.id}" must not be negative', at, "Write what the site bears an hour."
            )


def invoices_spread(plant: Plant) -> Iterator[Issue]:
    """What is spread over days was known by the first of them; else the shifts that are past would have borne too little. # L5"""
    for row in plant.invoices:
        if row.until is None:
            continue
        if row.until < row.day:
            at = place(plant.text, row.at, "until")
            yield finding(
                "P073", f"{subject('invoice', row)} ends on {row.until}, before it begins on {row.day}", at, "Correct the dates."
            )
        elif row.known_on is None or row.known_on > row.day:
            at = place(plant.text, row.at, "known_on" if row.known_on else "until")
            known = f"known on {row.known_on}" if row.known_on else "not said to be known beforehand"
            message = f"{subject('invoice', row)} is spread from {row.day} on, but {known}"
            remedy = "Leave until blank: the whole amount then counts on day. Or write in known_on when it was known, by day."
            yield finding("P073", message, at, remedy)
