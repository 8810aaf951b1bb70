"""How far around a day its figures look, tag by tag (N5: the halo is declared by the meters, and a close reads that much and no more)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from shiftledger.core.period import Span
from shiftledger.plant.model import Meter, Plant, valid_on
from shiftledger.plant.roster import day_span
from shiftledger.quantities.course import LAST_GOOD
from shiftledger.quantities.frozen import behind as before_frozen
from shiftledger.quantities.gauges import Life, life_of, placed, rule_of
from shiftledger.quantities.lots import lot_margins, lots_behind
from shiftledger.quantities.registers import BEHIND, narrowed
from shiftledger.readings.batch import Series, at_instants
from shiftledger.readings.lots import DURATION, LOT_KINDS, companions, lots_of, owner_of


def reach(plant: Plant, day: Span) -> Mapping[str, Span]:
    """The readings of each tag, start <= ts < end, on which the flows and conditions of the day can depend.

    Boundary values and shares of bookings look further by themselves. `measure.margins` is the widest of these looks, so that
    what a close reads holds them all.
    """
    spans: dict[str, Span] = {}
    for tag, behind, ahead in looks(plant):
        span = Span(day.start - behind, day.end + ahead)
        known = spans.get(tag, span)
        spans[tag] = Span(min(known.start, span.start), max(known.end, span.end))
    return {tag: spans[tag] for tag in sorted(spans)}


def tags_read(plant: Plant) -> tuple[str, ...]:
    """Every tag that a close reads: the meters' and the companions of lots, in order of name."""
    return tuple(sorted({tag for tag, _, _ in looks(plant)}))


def looks(plant: Plant) -> Iterator[tuple[str, int, int]]:
    """(tag, microseconds before, after) of every meter, companions of lots included. # N5"""
    longest = {meter.stream: meter.length for meter in plant.meters if meter.kind == "lot"}
    for meter in plant.meters:
        behind, ahead = look_around(meter, halo_of(plant, meter))
        if meter.kind == "lab":  # the assay that holds when a lot ends counts for all of it # Q5
            ahead = max(ahead, longest.get(meter.stream, 0))
        yield meter.tag, behind, ahead
        if meter.kind in LOT_KINDS:
            yield from ((tag, behind, ahead) for tag in companions(meter.tag))
        elif meter.kind == "lab" and meter.length:
            yield f"{meter.tag}{DURATION}", behind, ahead


def farthest(plant: Plant) -> tuple[int, int]:
    """The widest look of any meter; where something is booked, by the longest period that a booking may have. # N5, Q9"""
    behind = max((look[1] for look in looks(plant)), default=0)
    ahead = max((look[2] for look in looks(plant)), default=0)
    period = max((meter.length for meter in plant.meters if meter.kind == "booking"), default=0)
    return behind + period, ahead + period


def heeded(plant: Plant, day: Span, near: Mapping[str, Series], tag: str) -> Series:
    """Of the readings of a tag within its reach (`near`, by tag) those that count for the day, so that others leave its input hash
    alone. # L7

    A counter on which nothing happened heeds its neighbours only, however far it looks; a list of lots those that touch the day and the
    entries next to it. Companions count with the readings that they say more about.
    """
    readings, owner = near[tag], owner_of(tag)
    lot_meters = [meter for meter in plant.meters if meter.tag == owner and meter.kind == "lot"]
    if lot_meters:
        lots = lots_of(owner, near)
        stamps = [lots_behind(lots, day, rule_of(meter)).ts for meter in lot_meters]
        return at_instants(readings, np.concatenate(stamps))
    meters = [meter for meter in plant.meters if meter.tag == tag]
    if not meters:
        drawn = any(meter.tag == owner and meter.kind == "lab" for meter in plant.meters)
        return readings if drawn else readings.between(day.start, day.start)  # bookings enter as shares
    if not len(readings) or any(meter.kind != "counter" or meter.fill == LAST_GOOD for meter in meters):
        return readings
    parts = [narrowed(readings, day, placed(rule_of(meter), life_of(plant, meter))) for meter in meters]
    ends = [(int(part.ts[0]), int(part.ts[-1])) for part in parts if len(part)]
    if not ends:
        return readings.between(day.start, day.start)
    return readings.between(min(first for first, _ in ends), max(last for _, last in ends) + 1)


def changes_near(plant: Plant, day: date) -> list[tuple[object, ...]]:
    """The declared changes of the day's meters that readings within reach of it can notice, by tag. # Q2 (d), L7"""
    spans = reach(plant, day_span(plant, day))
    told: list[tuple[object, ...]] = []
    meters = (meter for meter in plant.meters if valid_on(meter, day))
    for meter in sorted(meters, key=lambda meter: (meter.tag, str(meter.valid_from), str(meter.changed_at))):
        life = life_of(plant, meter).near(spans[meter.tag])
        if life != Life():
            told.append((meter.tag, life.since, life.until, life.first, life.last, life.turns))
    return told


def halo_of(plant: Plant, meter: Meter) -> int:
    """How far around a period a state is looked at because a unit runs by it: a stop across the boundary may be a halt. # Q3"""
    if meter.kind != "state" or not meter.state:
        return 0
    return max((1 + max(1, unit.min_halt) for unit in plant.units.values() if unit.running == meter.state), default=0)


def look_around(meter: Meter, halo: int = 0) -> tuple[int, int]:
    """Microseconds before a period and after it, start - before <= ts < end + after, of readings that can change a figure of it.

    `halo`: what `halo_of` gives.
    """
    behind, ahead = (side + halo for side in _course(meter))
    if meter.kind in ("rate", "counter", "interval") and meter.fill == LAST_GOOD:  # a gap can begin where the period does # Q1
        behind = behind + meter.max_hold if meter.kind == "counter" else max(behind, meter.max_hold)
    return behind, ahead


def _course(meter: Meter) -> tuple[int, int]:
    """The look of a meter's own course. # Q1, Q2, Q5"""
    if meter.kind == "rate":  # two readings make a course where they are at most max_gap apart, one of them inside
        return meter.max_gap + before_frozen(meter), meter.max_gap
    if meter.kind == "counter":  # a silence or a blip that an end cuts, and what that hangs on
        look = max(meter.max_hold, meter.max_gap)
        return BEHIND * look, look + 1
    if meter.kind == "interval":  # (ts - length, ts]: the one stamped end + length begins where the period ends
        return 0, meter.length
    if meter.kind == "lot":
        return lot_margins(meter.max_hold, meter.length)
    if meter.kind == "lab":  # from its begin on: until the next one, at most max_hold, or as long as it was drawn
        return max(meter.max_hold, meter.length) + before_frozen(meter), 0
    if meter.kind == "state":
        return meter.max_hold + before_frozen(meter), 0
    return 0, 0  # levels and bookings: boundary values and shares enter a day's inputs as they are
