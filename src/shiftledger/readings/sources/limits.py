"""Can this reading be true? What lies outside the `low` and `high` of its meter waits in quarantine with the reason (R1, R4)."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from shiftledger.core.period import moment
from shiftledger.plant.model import Meter, valid_on
from shiftledger.readings.batch import BAD, Instants, Values
from shiftledger.readings.sources.cells import said
from shiftledger.readings.sources.rows import Flags, Found, Reading, cell_text


def believable(reading: Reading, found: Found) -> Found:
    """The readings inside their meters' limits; the others are refused, each with its cell and its limit. # R4

    A lot's companions go with its amount, which is looked at before they are made.
    """
    keep = np.ones(len(found.ts), np.bool_)
    for rank, tag in enumerate(found.tags):
        meters = reading.meters.get(tag, ())
        if any(meter.low is not None or meter.high is not None for meter in meters):
            mine = np.flatnonzero((found.tag == rank) & (found.quality != BAD))
            for i in mine[outside(reading, meters, found.value[mine], found.ts[mine])].tolist():
                row = int(found.row[i])
                why, column = why_outside(reading, meters, found.value[i], int(found.ts[i])), _column(reading, tag)
                text = cell_text(reading, row, column, said(reading.columns.by_name[column][row])) if column else ""
                reading.refuse("R016", row, why, text, column)
                keep[i] = False
    if keep.all():
        return found
    one = found
    columns = (one.tag[keep], one.ts[keep], one.value[keep], one.quality[keep], one.revision[keep], one.row[keep])
    return Found(one.tags, *columns)


def outside(reading: Reading, meters: Sequence[Meter], value: Values, ts: Instants) -> Flags:
    """Where a value lies outside what the meter's row of that day believes. # T4"""
    bounds = {(meter.low, meter.high) for meter in meters}
    if len(bounds) == 1:
        ((low, high),) = bounds
        below = value < float(low) if low is not None else np.zeros(len(value), np.bool_)
        above = value > float(high) if high is not None else np.zeros(len(value), np.bool_)
        return np.asarray(below | above)
    rows = [_row_of(reading, meters, int(at)) for at in ts]
    return np.array([_is_outside(row, float(v)) for row, v in zip(rows, value, strict=True)], np.bool_)


def why_outside(reading: Reading, meters: Sequence[Meter], value: float, at: int) -> str:
    """The reason for a refused reading: its value, its tag, and the limit."""
    meter = _row_of(reading, meters, at)
    below = meter.low is not None and value < meter.low
    limit = f"below the low limit {meter.low}" if below else f"above the high limit {meter.high}"
    return f'value {float(value)!r} of "{meter.tag}" is {limit} of its meter'


def _row_of(reading: Reading, meters: Sequence[Meter], at: int) -> Meter:
    """The row of meters.csv that holds on the local date; the last where none does."""
    if len(meters) == 1:
        return meters[0]
    day = moment(at, ZoneInfo(reading.source.zone or reading.plant.settings.zone)).date()
    return next((meter for meter in meters if valid_on(meter, day)), meters[-1])


def _is_outside(meter: Meter, value: float) -> bool:
    return (meter.low is not None and value < meter.low) or (meter.high is not None and value > meter.high)


def _column(reading: Reading, tag: str) -> str:
    """The column of a wide sheet that tells of the tag; "" where the whole row does."""
    source = reading.source
    if source.layout != "wide":
        return ""
    return next((column for column, named in source.columns if named == tag), tag)
