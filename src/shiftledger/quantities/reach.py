"""How far around a day its figures look, tag by tag (N5: the halo is declared by the meters, and a close reads that much and no more)."""

from __future__ import annotations

from collections.abc import Mapping

from shiftledger.core.period import Span
from shiftledger.plant.model import Meter, Plant


def reach(plant: Plant, day: Span) -> Mapping[str, Span]:
    """The readings of each tag on which the flows and conditions of the day can depend; boundary values look further by themselves."""
    spans: dict[str, Span] = {}
    for meter in plant.meters:
        behind, ahead = _of_meter(meter)
        span = Span(day.start - behind, day.end + ahead)
        known = spans.get(meter.tag, span)
        spans[meter.tag] = Span(min(known.start, span.start), max(known.end, span.end))
    return {tag: spans[tag] for tag in sorted(spans)}


def _of_meter(meter: Meter) -> tuple[int, int]:
    """Microseconds before and after: a pair of neighbours may be max_gap apart, a held value max_hold old, an interval `length` long."""
    if meter.kind == "level":
        return 0, 0
    if meter.kind == "interval":
        ahead = behind = meter.length
    elif meter.kind in ("state", "lab"):
        behind, ahead = meter.max_hold, 1
    else:
        behind = ahead = meter.max_gap
    if meter.fill == "last-good":
        behind += meter.max_hold
    return behind + 1, ahead + 1
