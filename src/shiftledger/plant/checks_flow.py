"""Does the plant's flowsheet work: do streams join nodes, do meters say what they measure, can every stock be derived?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import combinations
from types import MappingProxyType

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import finding
from shiftledger.plant.model import Dated, Meter, Plant, Stream, common_day, valid_on
from shiftledger.plant.rows import complete, place, unread_words

FLOW_KINDS = ("rate", "counter", "interval", "lot", "booking")

# What a meter of a kind measures, and what it therefore cannot have.
MEASURES: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(FLOW_KINDS, "stream"), "level": "stock", "state": "state", "lab": "component"}
)
EXCLUDES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(FLOW_KINDS, ("stock", "state", "component")),
        "booking": ("stock", "state"),
        "level": ("stream", "state", "component"),
        "state": ("component",),
        "lab": ("state",),
    }
)


def stream_ends(plant: Plant) -> Iterator[Issue]:
    """A stream joins two nodes, one of them inside the plant, and carries what its stocks hold. # L2, B1"""
    for stream in plant.streams.values():
        outer = [end == "outside" or end.startswith("outside:") for end in (stream.source, stream.target)]
        at = place(plant.text, stream.at, "to")
        if stream.source == stream.target:
            yield finding("P034", f'stream "{stream.id}" ends where it begins', at, "Correct from or to.")
        elif all(outer):
            yield finding("P034", f'stream "{stream.id}" never enters the plant', at, "Correct from or to.")
        for key, end in (("from", stream.source), ("to", stream.target)):
            stock = plant.stocks.get(end)
            if stock and end not in plant.units and stock.material != stream.material:
                message = f'stream "{stream.id}" carries "{stream.material}", but stock "{stock.id}" holds "{stock.material}"'
                yield finding(
                    "P034", message, place(plant.text, stream.at, key), "Correct the stream's end, its material, or the stock's."
                )


def meters_complete(plant: Plant) -> Iterator[Issue]:
    """A meter has what its kind measures, nothing that contradicts it, and a unit where it counts. # FORMATS, "Tables of a plant" """
    for meter in plant.meters:
        needed = MEASURES[meter.kind]
        if not getattr(meter, needed):
            at = place(plant.text, meter.at, needed)
            yield finding(
                "P032", f'meter "{meter.tag}" is of kind {meter.kind} but names no {needed}', at, f"Fill in the column {needed}."
            )
        for name in EXCLUDES[meter.kind]:
            if getattr(meter, name):
                at = place(plant.text, meter.at, name)
                yield finding(
                    "P032",
                    f'meter "{meter.tag}" is of kind {meter.kind} but names a {name}',
                    at,
                    f"Leave the column {name} blank.",
                )
        if (meter.kind in FLOW_KINDS or meter.kind == "level") and not meter.unit:
            yield finding(
                "P032",
                f'meter "{meter.tag}" has no unit',
                place(plant.text, meter.at, "unit"),
                "Fill in the unit of its readings.",
            )
        if meter.kind == "interval" and not meter.length:
            at = place(plant.text, meter.at, "length")
            yield finding(
                "P032", f'meter "{meter.tag}" has no length', at, "Fill in the period that one reading covers, such as 15min."
            )


def measured_twice(plant: Plant) -> Iterator[Issue]:
    """On no day do two meters measure one stream, stock, state or component, but for one that takes over on that day. # T4, Q1, Q2"""
    groups: dict[tuple[str, ...], list[Meter]] = {}
    for meter in sorted(plant.meters, key=lambda meter: meter.at):
        groups.setdefault(_measured(meter), []).append(meter)
    for (what, *_), meters in groups.items():
        for earlier, later in combinations(meters, 2):
            day = common_day(earlier, later)
            if (
                day
                and (earlier.tag, earlier.changed_at) != (later.tag, later.changed_at)
                and what
                and not _takes_over(earlier, later)
            ):
                when = f" on {day}" if day != date.min else ""
                message = f'meters "{earlier.tag}" and "{later.tag}" both measure {what}{when}'
                yield finding(
                    "P025",
                    message,
                    later.at,
                    "End the validity of one (valid_to), or remove it; one that takes over inside a day has a changed_at.",
                )


def _takes_over(one: Meter, other: Meter) -> bool:
    """Whether one of the two rows takes over from the other inside a day that both have."""
    first, second = sorted((one, other), key=lambda meter: (meter.valid_from or date.min, meter.changed_at or time.min))
    return second.changed_at is not None and second.valid_from is not None and second.valid_from == first.valid_to


def meter_changes(plant: Plant) -> Iterator[Issue]:
    """A change of meters says when it was, and a register lies on its counter. # Q2"""
    for meter in plant.meters:
        registers = [(name, getattr(meter, name)) for name in ("first_register", "last_register")]
        said = [name for name, value in registers if value is not None]
        wrong: tuple[str, str, str] | None = None
        if meter.changed_at is not None and (meter.kind not in ("rate", "counter", "interval") or meter.valid_from is None):
            wrong = (
                "changed_at",
                "takes over at a time, but is no flow meter with a first day",
                "Give valid_from, or leave changed_at blank.",
            )
        elif said and meter.kind != "counter":
            wrong = (said[0], f"is of kind {meter.kind} but has a {said[0]}", f"Leave the column {said[0]} blank.")
        elif meter.first_register is not None and meter.valid_from is None:
            wrong = (
                "first_register",
                "has a first_register, but no first day",
                "Give valid_from, and changed_at if it was not when that day began.",
            )
        elif meter.last_register is not None and meter.valid_to is None:
            wrong = (
                "last_register",
                "has a last_register, but no last day",
                "Give valid_to: the day on which the meter was taken out.",
            )
        else:
            for name, value in registers:
                if value is not None and (value < 0 or (meter.modulus is not None and value >= meter.modulus)):
                    wrong = (name, f"never shows {value}", "Correct the register or the modulus.")
        if wrong:
            name, what, remedy = wrong
            yield finding("P045", f'meter "{meter.tag}" {what}', place(plant.text, meter.at, name), remedy)


def unmetered_sides(plant: Plant) -> Iterator[Issue]:
    """A stock has at most one unmetered stream on any day: that one is derived. # FORMATS, "Ledger rows" """
    if not complete(plant, "meter"):
        return
    for stock in plant.stocks.values():
        streams = [stream for stream in plant.streams.values() if stock.id in (stream.source, stream.target)]
        for day in _turning_days(plant, streams):
            bare = [stream.id for stream in streams if valid_on(stream, day) and not _metered(plant, stream, day)]
            if len(bare) > 1:
                when = f" on {day}" if day != date.min else ""
                message = f'stock "{stock.id}" has {len(bare)} streams without a meter{when}: {", ".join(bare)}'
                yield finding(
                    "P026", message, stock.at, "At most one can be derived. Declare meters for the others in meters.csv."
                )
                break


def stock_openings(plant: Plant) -> Iterator[Issue]:
    """A stock has a dip or an opening. # FORMATS, "Boundary values" """
    unread = unread_words(plant, "meter")
    if unread is None:
        return
    for stock in plant.stocks.values():
        told = any(meter.kind == "level" and meter.stock == stock.id for meter in plant.meters)
        if stock.opening is None and not told and stock.id not in unread:
            message = f'stock "{stock.id}" has neither a level meter nor an opening'
            yield finding("P027", message, stock.at, "Declare a level meter in meters.csv, or opening and opening_day here.")


def standard_fills(plant: Plant) -> Iterator[Issue]:
    """A gap that is filled by a standard has one. # Q1"""
    if not complete(plant, "standard"):
        return
    worded = {name for row in plant.standards for name in (row.item, row.output)}
    for meter in plant.meters:
        stream = plant.streams.get(meter.stream)
        if meter.fill == "standard" and stream and stream.material not in worded:
            at = place(plant.text, meter.at, "fill")
            message = f'meter "{meter.tag}" fills gaps by the standard of "{stream.material}", which has none'
            yield finding("P029", message, at, "Add the standard to standards.csv, or choose another fill.")


def _measured(meter: Meter) -> tuple[str, ...]:
    """What the meter measures, in words first; blank words where it does not say."""
    if meter.kind in FLOW_KINDS:
        return (f'stream "{meter.stream}"' if meter.stream else "", "flow", meter.stream)
    if meter.kind == "level":
        return (f'stock "{meter.stock}"' if meter.stock else "", "level", meter.stock)
    name = meter.state or meter.component
    return (f'"{name}"' if name else "", meter.kind, name, meter.stream, meter.stock)


def _turning_days(plant: Plant, streams: list[Stream]) -> list[date]:
    """The days on which the set of valid streams and meters can change, the beginning first."""
    ids = {stream.id for stream in streams}
    rows: list[Dated] = [*streams, *(meter for meter in plant.meters if meter.stream in ids)]
    begins = {row.valid_from for row in rows if row.valid_from}
    ends = {row.valid_to + timedelta(days=1) for row in rows if row.valid_to and row.valid_to < date.max}
    return sorted({date.min, *begins, *ends})


def _metered(plant: Plant, stream: Stream, day: date) -> bool:
    return any(meter.kind in FLOW_KINDS for meter in plant.meters_of(day, stream=stream.follows or stream.id))
