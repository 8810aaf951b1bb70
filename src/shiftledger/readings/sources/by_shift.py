"""Clerks' tables: when is a reading that names a production day and a slot instead of a time (R3, T2)?

The stamp is the start of the shift; what counts up to its end - an amount, a level, a counter - is moved there, by the length of that
very shift (7 or 9 h at a clock change).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from shiftledger.core.period import DAY, HOUR
from shiftledger.plant.cells import running_areas
from shiftledger.plant.model import Meter, Plant, Slot, SourceFile, valid_on
from shiftledger.plant.roster import Shift, area_shifts, shifts_of
from shiftledger.readings.batch import Instants
from shiftledger.readings.codes import clip, closest
from shiftledger.readings.lots import LOT_KINDS
from shiftledger.readings.sources.cells import Column, Mask, distinct, said
from shiftledger.readings.sources.stamps import Stamps, parse

if TYPE_CHECKING:
    from shiftledger.readings.sources.rows import Found, Reading

AT_THE_END = ("interval", "level", "counter")  # kinds of meters whose reading of a shift stands at its end
EPOCH_DAY = date(1970, 1, 1)


def shift_stamps(plant: Plant, source: SourceFile, day: Column, slot: Column) -> Stamps:
    """The start (and length) of the shift of every row, from its production day and its slot (by id or name). # T2, R3"""
    parsed, at = parse(day, source.time_format, midnight_old=False)
    words, which = distinct(slot)
    moments = np.arange(len(parsed.at)) if at is None else at
    code, codes = np.unique(moments.astype(np.int64) * len(words) + which, return_inverse=True)
    shifts: list[Shift | str] = []
    named, rows = _slots(plant, source.area), np.arange(len(day))
    first = np.zeros(len(code), np.int64)
    first[codes[::-1]] = rows[::-1]
    for moment, word, row in zip(
        (code // max(len(words), 1)).tolist(), (code % max(len(words), 1)).tolist(), first.tolist(), strict=True
    ):
        fits = bool(parsed.ok[moment]) and int(parsed.at[moment]) % DAY == 0
        said_day = clip(said(day[row]))
        shifts.append(
            _shift_of(plant, source, int(parsed.at[moment]), str(words[word].as_py()), named)
            if fits
            else f'the production day "{said_day}" is no date of the declared format'
        )
    start = np.array([0 if isinstance(s, str) else s.span.start for s in shifts], np.int64)[codes]
    length = np.array([0 if isinstance(s, str) else s.span.end - s.span.start for s in shifts], np.int64)[codes]
    wrong = np.array([isinstance(s, str) for s in shifts], np.bool_)[codes]
    why = {row: str(shifts[codes[row]]) for row in np.flatnonzero(wrong).tolist()}
    local = np.where(wrong, 0, np.array(parsed.at)[moments])
    return Stamps(start, local, None, why, dict.fromkeys(why, "R029"), length)


def _slots(plant: Plant, area: str) -> Mapping[str, str]:
    """Slot ids by id and by every name, whatever the case; a name of two slots names none. With an `area`: its own."""
    by_word: dict[str, set[str]] = {}
    own = plant.rotations.get(plant.areas[area].rotation) if area in plant.areas else None
    for rotation in (own,) if own else plant.rotations.values():
        for each in rotation.slots:
            for word in _words(each):
                by_word.setdefault(word, set()).add(each.id)
    return {word: min(ids) for word, ids in sorted(by_word.items()) if len(ids) == 1}


def _words(slot: Slot) -> tuple[str, ...]:
    return tuple(word.casefold() for word in (slot.id, slot.name_zh, slot.name_en) if word)


def _shift_of(plant: Plant, source: SourceFile, at: int, word: str, named: Mapping[str, str]) -> Shift | str:
    """The shift, or why there is none: what areas call alike may lie at different times. # T2"""
    slot = named.get(word.casefold())
    if not word:
        return "the row names no slot"
    if slot is None:
        return f'slot "{clip(word)}" is neither the id nor a name of one slot. {closest(word, named)}The plant has {", ".join(sorted(set(named.values())))}'
    label = EPOCH_DAY + timedelta(days=at // DAY)
    try:
        areas = (source.area,) if source.area in plant.areas else running_areas(plant, label)
        shifts = [(area, shift) for area in areas for shift in area_shifts(plant, area, label)]
        shifts = shifts or [("", shift) for shift in shifts_of(plant, label)]
    except (ValueError, OverflowError):
        return f"{label} is not a day of the calendar"
    found = {area: shift for area, shift in shifts if shift.slot == slot}
    if len({shift.span for shift in found.values()}) > 1:
        return f'on {label} slot "{slot}" lies at different times in {", ".join(found)}; name the area in sources.toml'
    return next(iter(found.values()), f'the production day {label} has no slot "{slot}"')


def at_shift_ends(reading: Reading, readings: Found) -> Found:
    """The readings of a table by shift where they belong: what counts up to the end of the shift at its end. # R3

    An amount of fixed length must be that of its shift; else it is refused.
    """
    stamps = reading.stamps
    if stamps is None or stamps.length is None:
        return readings
    ts, kept = readings.ts.copy(), np.ones(len(readings.ts), np.bool_)
    length, label = stamps.length[readings.row], stamps.wall(readings.row) // DAY
    for i, tag in enumerate(readings.tags):
        of_tag = readings.tag == i
        for meter, days in _kinds(reading.meters[tag], label[of_tag]):
            rows = np.flatnonzero(of_tag)[days]
            ts[rows] += length[rows] if meter.kind in AT_THE_END else 0
            if meter.kind in ("interval", *LOT_KINDS):
                for row in rows[(length[rows] != meter.length) | (meter.kind in LOT_KINDS)].tolist():
                    kept[row] = False
                    reading.refuse("R029", int(readings.row[row]), _unfit(meter, int(length[row])))
    return replace(
        readings,
        tag=readings.tag[kept],
        ts=ts[kept],
        value=readings.value[kept],
        quality=readings.quality[kept],
        revision=readings.revision[kept],
        row=readings.row[kept],
    )


def _kinds(meters: tuple[Meter, ...], label: Instants) -> list[tuple[Meter, Mask]]:
    """Which row of meters.csv governs which production day. # T4"""
    if len(meters) == 1:
        return [(meters[0], np.ones(len(label), np.bool_))]
    governing = np.zeros(len(label), np.int64)
    for day in np.unique(label).tolist():
        valid = [i for i, meter in enumerate(meters) if valid_on(meter, EPOCH_DAY + timedelta(days=day))]
        governing[label == day] = valid[0] if valid else len(meters) - 1
    return [(meter, governing == i) for i, meter in enumerate(meters)]


def _unfit(meter: Meter, length: int) -> str:
    if meter.kind in LOT_KINDS:
        return f'"{meter.tag}" is a {meter.kind}, which has a start and an end: read the table with layout = "lots"'
    return (
        f'"{meter.tag}" holds an amount of {meter.length / HOUR:g} h, the shift lasts {length / HOUR:g} h; '
        "declare a booking instead, or the length of the shift, in meters.csv"
    )
