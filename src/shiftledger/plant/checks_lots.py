"""Can lots, bookings and laboratory samples be read and shared as the plant's text says (R1, Q9, Q10)?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Meter, Plant, common_day
from shiftledger.plant.ownership import STAGE, START, TIME_SPLIT, at_odds, owner_of
from shiftledger.plant.rows import complete, place

COMPANION_SIGN = "#"  # X#duration says more about a lot of X


def lot_meters(plant: Plant) -> Iterator[Issue]:
    """A lot meter has what its unit's rule needs: the longest lot, plain mass or an assay, no fill, tags of its own. # Q10"""
    for meter in plant.meters:
        if meter.kind not in ("lot", "booking"):
            if COMPANION_SIGN in meter.tag and any(
                (lot.kind in ("lot", "booking") or (lot.kind == "lab" and lot.length)) and meter.tag.startswith(f"{lot.tag}#")
                for lot in plant.meters
            ):
                at = place(plant.text, meter.at, "tag")
                yield finding(
                    "P080", f'the tag "{meter.tag}" belongs to the lots of another meter', at, "Give the meter another tag."
                )
            continue
        stream = plant.streams.get(meter.stream)
        unit = owner_of(plant, stream) if stream and meter.kind == "lot" else None
        rule = unit.ownership if unit else ""
        if not meter.length and (meter.kind == "booking" or rule in (START, TIME_SPLIT)):
            why = "a booking" if meter.kind == "booking" else f'lots shared by "{rule}"'
            at = place(plant.text, meter.at, "length")
            message = f'meter "{meter.tag}" measures {why}, but has no length'
            yield finding("P080", message, at, "Fill in the longest lot or period that can occur, such as 4h or 31d.")
        if meter.fill and (meter.kind == "lot" or meter.fill != "standard"):
            at = place(plant.text, meter.at, "fill")
            remedy = "Leave it blank; for a booking, standard can be declared."
            yield finding("P080", f'meter "{meter.tag}" of kind {meter.kind} cannot be filled by {meter.fill}', at, remedy)
        yield from _component(plant, meter)


def _component(plant: Plant, meter: Meter) -> Iterator[Issue]:
    """A bill that says of which component it is, is of the one that its material is priced on. # Q9"""
    stream = plant.streams.get(meter.stream)
    material = plant.materials.get(stream.material) if stream else None
    if meter.kind == "booking" and meter.component and material and meter.component != material.priced_on:
        at = place(plant.text, meter.at, "component")
        message = f'meter "{meter.tag}" books "{meter.component}", but "{material.id}" is priced on "{material.priced_on}"'
        remedy = "Leave component blank: the bill is then of the whole mass"
        remedy += (
            "."
            if material.priced_on == "mass"
            else f", and the laboratory says what of it is paid; or write {material.priced_on}."
        )
        yield finding("P080", message, at, remedy)


def ownerships(plant: Plant) -> Iterator[Issue]:
    """One rule a unit, and one rule a stream; stages where they are asked for, with parts that sum to one. # Q10"""
    for unit in plant.units.values():
        at = place(plant.text, unit.at, "stages")
        if (unit.ownership == STAGE) != bool(unit.stages):
            message = f'unit "{unit.id}" ' + (
                "shares lots by stage, but names no stages" if not unit.stages else "names stages that its ownership does not use"
            )
            yield finding("P081", message, at, 'Write ownership = "stage" and stages = { melt = 0.4, cast = 0.6 }, or neither.')
        elif unit.stages and (sum(part for _, part in unit.stages) != 1 or any(part < 0 for _, part in unit.stages)):
            total = sum(part for _, part in unit.stages)
            yield finding(
                "P081", f'the stages of unit "{unit.id}" sum to {total}', at, "Give each stage its part; together they are 1."
            )
    metered = {meter.stream for meter in plant.meters if meter.kind == "lot"}
    for stream in plant.streams.values():
        both = at_odds(plant, stream) if stream.id in metered else None
        if both:
            message = f'lots of stream "{stream.id}" belong by "{both[0].ownership}" to unit "{both[0].id}", but by "{both[1].ownership}" to "{both[1].id}"'
            yield finding("P081", message, stream.at, "Declare the ownership at one of the two units only, or the same at both.")


def allocations(plant: Plant) -> Iterator[Issue]:
    """Every booked stream has one allocation at a time, and every driver what it needs. # Q9"""
    booked = {meter.stream: meter for meter in plant.meters if meter.kind == "booking"}
    rows = sorted(plant.allocations.values(), key=lambda row: row.id)
    if complete(plant, "allocation"):
        for stream, meter in sorted(booked.items()):
            if stream and not any(row.stream == stream for row in rows):
                message = f'meter "{meter.tag}" books stream "{stream}", which allocations.toml does not share among shifts'
                yield finding(
                    "P082", message, meter.at, 'Add [allocation.x] with this stream and driver = "hours", "load" or "standard".'
                )
    for i, row in enumerate(rows):
        if complete(plant, "meter") and row.stream in plant.streams and row.stream not in booked:
            at = place(plant.text, row.at, "stream")
            yield finding(
                "P082",
                f'allocation "{row.id}": stream "{row.stream}" is not booked',
                at,
                "Name a stream whose meter is of kind booking.",
            )
        if (row.driver == "load") != bool(row.load):
            at = place(plant.text, row.at, "load")
            yield finding(
                "P082",
                f'allocation "{row.id}": driver {row.driver} and load do not go together',
                at,
                'Name the stream in load, with driver = "load".',
            )
        carried = [meter for meter in plant.meters if meter.stream == row.load and meter.kind != "lab"]
        if (
            row.load in plant.streams
            and complete(plant, "meter")
            and (not carried or any(meter.kind == "booking" for meter in carried))
        ):
            at = place(plant.text, row.at, "load")
            yield finding(
                "P082",
                f'allocation "{row.id}": the load "{row.load}" is not metered hour by hour',
                at,
                "Name a stream with a meter of its own.",
            )
        for other in rows[:i]:
            day = common_day(row, other)
            if row.stream == other.stream and day:
                when = f" on {day}" if day != date.min else ""
                yield finding(
                    "P082",
                    f'"{other.id}" and "{row.id}" both share stream "{row.stream}"{when}',
                    row.at,
                    "End one before the other begins.",
                )


def samples(plant: Plant) -> Iterator[Issue]:
    """A sample's tag is a lab meter, its unit leads to the meter's, and lab files name analytes that samples.csv has. # R1, Q8"""
    from shiftledger.core.units import UnitError, conversion  # late: loading a plant needs no unit registry

    kinds = {meter.tag: meter for meter in plant.meters}
    for row in plant.samples:
        meter = kinds.get(row.tag)
        if meter is None:
            continue
        if meter.kind != "lab":
            at = place(plant.text, row.at, "tag")
            yield finding(
                "P083", f'"{row.tag}" is of kind {meter.kind}, not a lab meter', at, "Name the tag of a meter of kind lab."
            )
        elif row.period > meter.length or row.period < 0:
            at = place(plant.text, row.at, "period")
            message = f'a sample of {row.period / HOUR:g} h is longer than the length of "{row.tag}" ({meter.length / HOUR:g} h)'
            yield finding("P083", message, at, "Fill in `length` of the meter: the longest composite sample.")
        elif row.unit:
            try:
                conversion(row.unit, meter.unit)
            except UnitError:
                at = place(plant.text, row.at, "unit")
                message = f'results in {row.unit[:60]} do not lead to {meter.unit or "a plain number"}, the unit of "{row.tag}"'
                yield finding("P083", message, at, "Correct the unit here, or the unit of the meter.")
    known = {row.analyte for row in plant.samples}
    for source in plant.sources.values():
        for column, analyte in source.columns if source.layout == "lab" and complete(plant, "sample") else ():
            if analyte not in known:
                at = place(plant.text, source.at, "columns", column)
                remedy = f"{closest(analyte, known)}Correct this line, or add the analyte to samples.csv."
                yield finding(
                    "P083",
                    f'source "{source.id}" reads the analyte "{analyte[:60]}", which samples.csv does not have',
                    at,
                    remedy,
                )


def limits(plant: Plant) -> Iterator[Issue]:
    """Between `low` and `high` there is room. # R1"""
    for meter in plant.meters:
        if meter.low is not None and meter.high is not None and meter.low >= meter.high:
            at = place(plant.text, meter.at, "high")
            yield finding("P020", f'high of meter "{meter.tag}" must be above its low', at, "Correct the value.")
