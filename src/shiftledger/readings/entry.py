"""Readings that a person enters for one shift (R3): which meters are told that way, where their values stand, what is refused.

A level or counter is read at the end of its shift; a laboratory result or a state holds from the shift's beginning; an amount counts over
the whole shift: as one lot of it, or as one reading of an interval meter that is as long. An entry is a batch like any other: what is
entered later counts, so entering again corrects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from shiftledger.acts.state import State
from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.core.period import HOUR, SECOND, iso, local_iso
from shiftledger.plant.cells import cells_of
from shiftledger.plant.model import Meter, Plant, valid_on
from shiftledger.plant.roster import Shift, area_shifts, find_shift
from shiftledger.readings.batch import BAD, BELOW, GOOD, UNDECLARED, Batch, LoadReport
from shiftledger.readings.codes import closest
from shiftledger.readings.desk_codes import R060, R061, R062, told
from shiftledger.readings.lake import append, read, watermark
from shiftledger.readings.lots import DURATION, LOT, OFFSET, number_of, offset_of
from shiftledger.readings.points import above_all
from shiftledger.readings.quality import resolve
from shiftledger.readings.sources.cells import BELOW_LIMIT, DECIMAL, LARGEST, QUALITIES, clip

AT_END, AT_START, OVER = ("level", "counter"), ("lab", "state"), ("interval",)
LONGEST = 200  # characters of who and note that stand in the name of a batch


@dataclass(frozen=True, slots=True)
class Asked:
    """A meter that a person tells for the shift: where its value stands (UTC microseconds), and how it is written."""

    tag: str
    kind: str
    unit: str
    at: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered for a shift: (tag, instant, text) each, and what became of it."""

    shift: str
    values: tuple[tuple[str, int, str], ...]
    report: LoadReport | None = None


def shift_meant(plant: Plant, shift_id: str, area: str | None = None) -> Outcome[Shift | None]:
    """The shift of that name, of `area` where areas have it at different times: a value may stand at its end, so nobody guesses. # T2"""
    if area is not None and area not in plant.areas:
        remedy = f"{closest(area, plant.areas)}Areas: {', '.join(sorted(plant.areas))}."
        return Outcome(None, (told(R062, f'there is no area "{clip(area)}"', Location("--area"), remedy),))
    if area is not None:
        return _of_area(plant, shift_id, area)
    found = find_shift(plant, shift_id)
    rows = cells_of(plant, found.result.day).shifts if found.result is not None else ()
    areas = {row.area: row.shift.span for row in rows if row.shift.id == shift_id}
    if len(set(areas.values())) > 1:
        message = f"{shift_id} lies at different times in {' and '.join(areas)}"
        return Outcome(None, (told(R062, message, Location("--shift"), f"Say whose shift it is: --area {next(iter(areas))}."),))
    return found


def _of_area(plant: Plant, shift_id: str, area: str) -> Outcome[Shift | None]:
    """The shift of that name at the area's own time, which no other area need have."""
    try:
        own = area_shifts(plant, area, date.fromisoformat(shift_id.partition(".")[0]))
    except (ValueError, OverflowError):
        return find_shift(plant, shift_id)  # which says what is wrong with the day
    meant = next((shift for shift in own if shift.id == shift_id), None)
    if meant is not None:
        return Outcome(meant)
    remedy = f"Its shifts: {', '.join(shift.id for shift in own)}."
    return Outcome(None, (told(R062, f'"{clip(shift_id)}": area "{area}" has no such shift', Location("--area"), remedy),))


def missing(plant: Plant, state: State | None, shift_id: str, area: str | None = None) -> Outcome[tuple[Asked, ...]]:
    """What a person can enter for the shift and nobody has told yet, in tag order; without a state nothing is known. # R3"""
    found = shift_meant(plant, shift_id, area)
    if found.result is None:
        return Outcome((), found.issues)
    asked = [one for meter in _meters(plant, found.result) if isinstance(one := _asked(meter, found.result), Asked)]
    told_already = _told(plant, state, found.result, asked) if state else set()
    return Outcome(tuple(one for one in asked if one.tag not in told_already))


def enter(
    plant: Plant,
    state: State,
    shift_id: str,
    values: Mapping[str, str],
    *,
    who: str,
    quality: str = "good",
    note: str = "",
    known_at: int,
    area: str | None = None,
) -> Outcome[Entered]:
    """Load what a person says of a shift (of `area`), all of it or nothing; known from `known_at` (UTC microseconds) on. # R2, R3"""
    found = shift_meant(plant, shift_id, area)
    issues = [*found.issues, *_faults(found.result, plant.settings.zone, who, quality, known_at, values)]
    rows: list[tuple[str, int, float, int]] = []
    for tag, text in values.items() if found.result else ():
        read_text = reading_of(plant, found.result, tag, text, quality) if found.result else None
        if isinstance(read_text, Issue):
            issues.append(read_text)
        elif read_text is not None:
            rows.append((tag, *read_text))
    if failing(issues) or found.result is None:
        return Outcome(Entered(shift_id, ()), ordered(issues))
    source = f"entered by {_line(who)} at {iso(known_at)} for {found.result.id}" + (f": {_line(note)}" if note.strip() else "")
    rows.sort()
    told_rows = rows + [(name, at, value, GOOD) for tag, at, *_ in rows for name, value in _lot(plant, found.result, tag)]
    batch = above_all(state, _batch(source, told_rows))
    done = append(state, batch, known_at, decided=content_hash(["enter", source]))
    entered = tuple((tag, at, values[tag].strip()) for tag, at, *_ in rows)
    return Outcome(Entered(found.result.id, entered, done.result), ordered([*issues, *done.issues]))


def reading_of(plant: Plant, shift: Shift, tag: str, text: str, quality: str = "good") -> tuple[int, float, int] | Issue:
    """(instant, value, quality) of what a person wrote for a tag, or why it is refused. # R1, R3"""
    where = Location(shift.id)
    meters = [meter for meter in plant.meters if meter.tag == tag]
    if not meters:
        near = closest(tag, {meter.tag for meter in plant.meters})
        return told(R060, f'there is no meter "{clip(tag)}"', where, f"{near}Correct the tag, or declare it in meters.csv.")
    held = [meter for meter in meters if valid_on(meter, shift.day)]
    if not held:
        return told(R060, f'meter "{tag}" does not hold on {shift.day}', where, "Correct its validity in meters.csv.")
    asked = _asked(held[0], shift)
    if not isinstance(asked, Asked):
        return told(R060, asked[0], where, asked[1])
    grade = QUALITIES.get(quality, GOOD)
    if grade == BAD:
        return asked.at, float("nan"), BAD
    limit = BELOW_LIMIT.fullmatch(text.strip()) if asked.kind == "lab" else None
    value = _below(held[0], limit[1].strip()) if limit else _value(held[0], text.strip())
    if not isinstance(value, float):
        return told(R061, f'{tag}: "{clip(text)}" {value[0]}', where, value[1])
    return asked.at, value, BELOW if limit else grade


# --- meters


def _meters(plant: Plant, shift: Shift) -> list[Meter]:
    return sorted((meter for meter in plant.meters if valid_on(meter, shift.day)), key=lambda meter: meter.tag)


def _asked(meter: Meter, shift: Shift) -> Asked | tuple[str, str]:
    """Where the meter's value of the shift stands, or why there is no such value, and what to do."""
    codes = tuple(text for text, _ in meter.codes)
    if meter.kind in AT_END:
        return Asked(meter.tag, meter.kind, meter.unit, shift.span.end, codes)
    if meter.kind in AT_START:
        return Asked(meter.tag, meter.kind, meter.unit, shift.span.start, codes)
    if meter.kind == "lot" and (not meter.length or meter.length >= shift.span.length):
        return Asked(meter.tag, meter.kind, meter.unit, shift.span.end - offset_of(_identity(meter.tag, shift)), codes)
    if meter.kind in OVER and meter.length == shift.span.length:
        return Asked(meter.tag, meter.kind, meter.unit, shift.span.end, codes)
    if meter.kind in (*OVER, "lot"):
        remedy = f'Declare a meter of the same stream with length "{shift.span.length / HOUR:g}h".'
        what = f"{meter.length / HOUR:g} h, shift {shift.id} lasts {shift.span.length / HOUR:g} h"
        return f'a reading of meter "{meter.tag}" counts {what}', remedy
    return (
        f'meter "{meter.tag}" of kind {meter.kind} is not told once a shift',
        "Enter what flowed in the shift with a meter that counts amounts, or load its readings from a file.",
    )


def _told(plant: Plant, state: State, shift: Shift, asked: list[Asked]) -> set[str]:
    """The tags of which a value that is not bad stands where the shift needs one."""
    grace, (start, end) = plant.settings.grace, (shift.span.start, shift.span.end)
    rows = read(state, [one.tag for one in asked], start, end + grace + 1, watermark(state))
    known = {tag: series.ts[series.quality != BAD] for tag, series in resolve(rows).items()}
    there = set()
    for one in asked:
        low, high = (
            (start, end - 1)
            if one.kind in (*AT_START, "lot")
            else (end - grace, end + grace)
            if one.kind in AT_END
            else (end, end)
        )
        if any(low <= at <= high for at in known[one.tag].tolist()):
            there.add(one.tag)
    return there


# --- what was written


def _faults(shift: Shift | None, zone: str, who: str, quality: str, known_at: int, values: Mapping[str, str]) -> list[Issue]:
    issues = []
    if not who.strip():
        issues.append(told(R062, "nobody says who enters it", Location("--who"), 'Such as --who "shift clerk, post 3".'))
    if quality not in ("good", "uncertain", "bad"):
        remedy = f"{closest(quality, ('good', 'uncertain', 'bad'))}Write good, uncertain or bad."
        issues.append(told(R062, f'"{clip(quality)}" is no quality', Location("--quality"), remedy))
    if shift is not None and shift.span.start > known_at:
        message = f"shift {shift.id} has not begun (it begins {local_iso(shift.span.start, zone)})"
        issues.append(told(R062, message, Location(shift.id), "Enter what has been read."))
    if shift is not None and not values:
        issues.append(told(R062, "nothing was entered", Location(shift.id), "Give TAG=VALUE."))
    return issues


def _value(meter: Meter, text: str) -> float | tuple[str, str]:
    """The number that a person's text stands for, or what is wrong with it and what to write."""
    codes = {code: float(number) for code, number in meter.codes}
    if text in codes:
        return codes[text]
    if codes:
        names = ", ".join(codes)
        if re.fullmatch(DECIMAL, text) and float(text) in codes.values():
            return float(text)
        return "is not one of its codes", f"{closest(text, codes)}Write one of {names}."
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return "has a decimal comma", f"Write the decimal sign as a point: {text.replace(',', '.')}"
    if not re.fullmatch(DECIMAL, text) or abs(float(text)) > LARGEST:
        return "is not a number", "Write digits with a point as decimal sign, without unit or thousands sign."
    return _within(meter, float(text))


def _below(meter: Meter, limit: str) -> float | tuple[str, str]:
    """Half of the limit below which the laboratory found nothing. # R1"""
    value = _value(replace(meter, low=None, high=None), limit)
    if not isinstance(value, float):
        return value
    return (
        _within(meter, value / 2)
        if value > 0
        else ("names no limit above zero", "Write it as the laboratory does, such as <0.5.")
    )


def _within(meter: Meter, value: float) -> float | tuple[str, str]:
    """The value, if it lies inside the limits that the meter declares."""
    low, high = meter.low, meter.high
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"{'' if low is None else f'{low} '}to {'' if high is None else high}".strip()
        return (
            f"lies outside the limits of its meter ({limits})",
            "Read it again; if it is right, correct low and high in meters.csv.",
        )
    return value + 0.0


def _lot(plant: Plant, shift: Shift, tag: str) -> list[tuple[str, float]]:
    """What is known of the one lot of a shift beside its amount: how long it is, where it ends, its id. # R1, Q10"""
    own = [meter for meter in plant.meters if meter.tag == tag and valid_on(meter, shift.day)]
    if any(meter.kind == "lab" and meter.length >= shift.span.length for meter in own):  # a composite of the shift # Q5
        return [(f"{tag}{DURATION}", shift.span.length / SECOND)]
    if not any(meter.kind == "lot" for meter in own):
        return []
    identity = _identity(tag, shift)
    lasts, offset = shift.span.length / SECOND, offset_of(identity) / SECOND
    return [(f"{tag}{DURATION}", lasts), (f"{tag}{LOT}", number_of(identity)), (f"{tag}{OFFSET}", offset)]


def _identity(tag: str, shift: Shift) -> str:
    """The id of the lot that stands for a whole shift: entering it again corrects it."""
    return f"{tag}\nentered for {shift.id}\n"


def _batch(source: str, rows: list[tuple[str, int, float, int]]) -> Batch:
    """Rows of (tag, instant, value, quality), each tag once, as a batch."""
    count = len(rows)
    return Batch(
        source,
        tuple(tag for tag, *_ in rows),
        np.arange(count, dtype=np.int32),
        np.array([at for _, at, _, _ in rows], np.int64),
        np.array([value for _, _, value, _ in rows], np.float64),
        np.array([quality for *_, quality in rows], np.int8),
        np.full(count, UNDECLARED, np.int64),
        np.arange(1, count + 1, dtype=np.int64),
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
