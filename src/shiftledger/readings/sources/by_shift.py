"""Clerks' tables: when is a reading that names a production day and a slot instead of a time (R3, T2)?

The stamp is the start of the shift; what counts up to its end - an amount, a level, a counter - is moved there, by the length of that
very shift (7 or 9 h at a clock change).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from shiftledger.core.period import DAY, HOUR
from shiftledger.plant.model import Meter, Plant, Slot, SourceFile
from shiftledger.plant.roster import Shift, shifts_of
from shiftledger.readings.codes import clip, closest
from shiftledger.readings.sources.cells import Column, distinct
from shiftledger.readings.sources.stamps import Stamps, parse

AT_THE_END = ("interval", "level", "counter")  # kinds of meters whose reading of a shift stands at its end
EPOCH_DAY = date(1970, 1, 1)


def shift_stamps(plant: Plant, source: SourceFile, day: Column, slot: Column) -> Stamps:
    """The start (and length) of the shift of every row, from its production day and its slot (by id or name). # T2, R3"""
    parsed, at = parse(day, source.time_format, midnight_old=False)
    words, which = distinct(slot)
    moments = np.arange(len(parsed.at)) if at is None else at
    code, codes = np.unique(moments.astype(np.int64) * len(words) + which, return_inverse=True)
    shifts: list[Shift | str] = []
    named, rows = _slots(plant), np.arange(len(day))
    first = np.zeros(len(code), np.int64)
    first[codes[::-1]] = rows[::-1]
    for moment, word, row in zip((code // max(len(words), 1)).tolist(), (code % max(len(words), 1)).tolist(), first.tolist(), strict=True):
        fits = bool(parsed.ok[moment]) and int(parsed.at[moment]) % DAY == 0
        said_day = clip(str(day[row].as_py()))
        shifts.append(
            _shift_of(plant, int(parsed.at[moment]), str(words[word].as_py()), named)
            if fits
            else f'the production day "{said_day}" is no date of the declared format'
        )
    start = np.array([0 if isinstance(s, str) else s.span.start for s in shifts], np.int64)[codes]
    length = np.array([0 if isinstance(s, str) else s.span.end - s.span.start for s in shifts], np.int64)[codes]
    wrong = np.array([isinstance(s, str) for s in shifts], np.bool_)[codes]
    why = {row: str(shifts[codes[row]]) for row in np.flatnonzero(wrong).tolist()}
    local = np.where(wrong, 0, np.array(parsed.at)[moments])
    return Stamps(start, local, None, why, dict.fromkeys(why, "R029"), length)


def _slots(plant: Plant) -> Mapping[str, str]:
    """Slot ids by id and by every name, whatever the case; a name of two slots names none."""
    by_word: dict[str, set[str]] = {}
    for rotation in plant.rotations.values():
        for each in rotation.slots:
            for word in _words(each):
                by_word.setdefault(word, set()).add(each.id)
    return {word: min(ids) for word, ids in sorted(by_word.items()) if len(ids) == 1}


def _words(slot: Slot) -> tuple[str, ...]:
    return tuple(word.casefold() for word in (slot.id, slot.name_zh, slot.name_en) if word)


def _shift_of(plant: Plant, at: int, word: str, named: Mapping[str, str]) -> Shift | str:
    """The shift, or why there is none."""
    slot = named.get(word.casefold())
    if not word:
        return "the row names no slot"
    if slot is None:
        return f'slot "{clip(word)}" is neither the id nor the name of a slot; {closest(word, named) or ""}the plant has {", ".join(sorted(set(named.values())))}'
    label = EPOCH_DAY + timedelta(days=at // DAY)
    try:
        shifts = shifts_of(plant, label)
    except (ValueError, OverflowError):
        return f"{label} is not a day of the calendar"
    for shift in shifts:
        if shift.slot == slot:
            return shift
    return f'the production day {label} has no slot "{slot}"'


def refused_kind(meter: Meter, length: int) -> str:
    """Why a meter of that kind cannot be read by shift, or ''. # R3"""
    if meter.kind == "interval" and meter.length != length:
        return (
            f"an amount of {meter.length / HOUR:g} h cannot hold that of a shift of {length / HOUR:g} h; "
            f'declare "{meter.tag}" as lot, or its length in meters.csv'
        )
    return ""
