"""What do the cells of a workbook say: columns of numbers, text and times from values as a spreadsheet holds them (R1, R3)?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from shiftledger.readings.codes import clip
from shiftledger.readings.sources.book_xml import ERROR
from shiftledger.readings.sources.cells import TEXT, Column, said
from shiftledger.readings.sources.stamps import SERIAL, serial_instants

MOMENT = pa.timestamp("us")
CLOCK = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})(?:[:：]([0-9]{2}))?")
EPOCH = datetime(1970, 1, 1)


def as_column(cells: Sequence[Any], *, numbers: bool) -> Column:
    """Numbers as float64, anything else as text, both as a structure (number, text); with `numbers` False all as text."""
    if not numbers:
        return pa.array([_text(cell) for cell in cells], TEXT)
    number = [float(cell) if isinstance(cell, int | float) else None for cell in cells]
    text = [None if isinstance(cell, int | float) else _text(cell) for cell in cells]
    return _columns(pa.array(number, pa.float64()), pa.array(text, TEXT), ("number", "text"))


def as_times(cells: Sequence[Any], clock: Sequence[Any] | None, time_format: str, date_1904: bool | None) -> Column:
    """Dates, and numbers that count days, as timestamps; text as text; both as a structure (moment, text). # R3

    `clock`: the times of day, where the cells hold only dates; a date without one is no time.
    """
    system = time_format if time_format in SERIAL else {True: "serial-1904", False: "serial-1900", None: ""}[date_1904]
    moments: list[datetime | None] = []
    texts: list[str | None] = []
    for i, cell in enumerate(cells):
        moment = _moment(cell, system)
        if clock is not None:
            day, moment = moment, None
            span = _span(clock[i])
            if day is not None and span is not None:
                moment = day + span
            else:
                said_clock = _text(clock[i])
                cell = f"{_text(cell)} {said_clock}" if said_clock and _text(cell) else ""
        moments.append(moment)
        texts.append(None if moment is not None else _text(cell))
    return _columns(pa.array(moments, MOMENT), pa.array(texts, TEXT), ("moment", "text"))


def _columns(typed: Column, text: Column, names: tuple[str, str]) -> Column:
    if text.null_count == len(text):
        return typed
    if typed.null_count == len(typed):
        return text
    neither = np.array(typed.is_null()) & np.array(text.is_null())
    return pa.StructArray.from_arrays([typed, text], list(names), mask=pa.array(neither))


def _text(cell: Any) -> str | None:
    """What a cell says; None for nothing. Whole numbers without a point, as people see them."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell == int(cell) and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, time):
        return cell.isoformat("minutes" if not cell.second else "auto")
    return said(cell).strip() or None


def _moment(cell: Any, system: str) -> datetime | None:
    """The time that a cell is; None where it is text, empty, or a number that no one counts from."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and system:
        at, there = serial_instants(np.array([float(cell)]), system)
        return EPOCH + timedelta(microseconds=int(at[0])) if there[0] else None
    return None


def _span(cell: Any) -> timedelta | None:
    """A time of day: a time, a part of a day, or text such as 6:15; 24:00 ends the day."""
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond)
    if isinstance(cell, timedelta):
        return cell if timedelta(0) <= cell <= timedelta(days=1) else None
    if isinstance(cell, float | int) and not isinstance(cell, bool) and 0 <= cell <= 1:
        return timedelta(milliseconds=round(cell * 86_400_000))
    matched = CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if matched is None:
        return None
    hour, minute, second = (int(part or 0) for part in matched.groups())
    span = timedelta(hours=hour, minutes=minute, seconds=second)
    return span if minute < 60 and second < 60 and span <= timedelta(days=1) else None


def matter_of(cell: Any, role: str, special: tuple[str, str] | None, date_1904: bool | None) -> str:
    """What is the matter with a cell that was refused as a time, number or text; "" where its content says enough. # R4"""
    if special is not None:
        what, text = special
        if what == ERROR:
            return f"the cell holds the error {clip(text)}"
        return f"the formula {clip(text)} has no stored value: it was never calculated. Open the workbook in a spreadsheet and save it"
    if role == "number" and isinstance(cell, date | time | timedelta):
        return f"the cell is a date or time ({clip(said(cell))}), not a number: a spreadsheet took the number for one, or its format is wrong"
    if role == "time" and isinstance(cell, time | timedelta):
        return f"the cell is a time of day ({clip(said(cell))}) without its date; where the date has a column of its own, name both (time, clock)"
    if role == "time" and isinstance(cell, float) and date_1904 is None:
        return f"the cell is a plain number ({clip(said(cell))}); if it counts days, say time_format serial-1900 or serial-1904"
    return ""
