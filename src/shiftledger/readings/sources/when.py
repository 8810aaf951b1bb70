"""When was each row of a sheet: by its time, by its place under a stamp, or by its shift (R3, T2)?"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shiftledger.core.issue import Issue, Location
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import LOCATED, found
from shiftledger.readings.sources.by_shift import shift_stamps
from shiftledger.readings.sources.cells import TEXT, Column, clip, numbers, text_of
from shiftledger.readings.sources.sequence import Placed, by_position
from shiftledger.readings.sources.sheets import Columns
from shiftledger.readings.sources.stamps import Stamps, read_stamps


def stamps_of(plant: Plant, source: SourceFile, name: str, columns: Columns, group: npt.NDArray[np.int32]) -> Stamps:
    """The instant of every row; `group` says which rows belong to one tag (they are a sequence of their own). # R3"""
    if source.day:
        return shift_stamps(plant, source, columns.by_name[source.day], columns.by_name[source.slot])
    zone = ZoneInfo(source.zone or plant.settings.zone)
    column = columns.by_name[source.time]
    if source.clock and source.clock in columns.by_name:
        column = _with_clock(column, columns.by_name[source.clock])

    def stamps(some: Column, of: npt.NDArray[np.int32]) -> Stamps:
        return read_stamps(some, source.time_format, zone, midnight_old=source.midnight == "old", group=of)

    if source.order != "position":
        return stamps(column, group)
    plain = stamps(column, np.arange(len(column), dtype=np.int32))  # no fold yet: each row for itself
    number, refused = _row_numbers(columns.by_name[source.row_number]) if source.row_number else (None, {})
    why = {**refused, **plain.why}
    rows = np.arange(len(column))
    usable = np.ones(len(column), np.bool_)
    usable[list(why)] = False
    placed = by_position(
        *(plain.wall(rows), usable, group, lambda heads: stamps(column.take(pa.array(heads)), group[heads]).ts),
        *(source.interval, number, source.first_number),
    )
    code = dict.fromkeys((*refused, *placed.why), "R028")
    return Stamps(
        placed.ts, plain.moments, plain.where, {**placed.why, **why}, code, issues=_short_runs(placed, name, columns, column)
    )


def _with_clock(day: Column, clock: Column) -> Column:
    """Date and time of day as one text; a date from which the clock is missing is no time. # R3"""
    date_text, clock_text = text_of(day), text_of(clock)
    both = pc.binary_join_element_wise(date_text, clock_text, pa.scalar(" ", TEXT))
    return pc.if_else(pc.equal(clock_text, pa.scalar("", TEXT)), pa.scalar("", TEXT), both)


def _row_numbers(column: Column) -> tuple[npt.NDArray[np.int64], dict[int, str]]:
    cells = numbers(column, ".")
    whole = ~cells.bad & ~cells.empty & (cells.value >= 0) & (cells.value == np.floor(cells.value)) & (cells.value < 1e9)
    why = {i: f'row number "{clip(column[i])}" is not a whole number from 0' for i in np.flatnonzero(~whole).tolist()}
    return np.where(whole, cells.value, 0).astype(np.int64), why


def _short_runs(placed: Placed, name: str, columns: Columns, column: Column) -> tuple[Issue, ...]:
    """Which stamps have fewer rows than usual: it is open which of them are missing. # R4"""
    remedy = "They are counted from the stamp on. If rows are missing before them, export the row number too and name it in `row_number`."
    issues = [
        found(
            "R019",
            f'the stamp "{clip(column[row])}" has {rows} rows, most have {usual}',
            Location(name, int(columns.lines[row])),
            remedy,
        )
        for row, rows, usual in placed.short[:LOCATED]
    ]
    if len(placed.short) > LOCATED:
        issues.append(
            found("R019", f"{len(placed.short) - LOCATED} more stamps have fewer rows than usual", Location(name), remedy)
        )
    return tuple(issues)
