"""When was it, says a message: a stamp of ISO 8601, of a declared format, or a count since 1970, as an instant (R3, T2).

A local time of the repeated hour is the one that lies nearer to the arrival; one that a clock change skips does not exist.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shiftledger.core.period import SECOND, instant
from shiftledger.readings.batch import EARLIEST, LATEST
from shiftledger.readings.codes import clip
from shiftledger.readings.sources.stamps import written_time

COUNTS = {"epoch-s": SECOND, "epoch-ms": 1000, "epoch-us": 1}  # since 1970-01-01 UTC: microseconds of one step


class NoInstant(ValueError):
    """A cell that is no instant; the text says why, for a clerk."""


def instant_of(cell: Any, time_format: str, zone: ZoneInfo, arrival: int) -> int:
    """UTC microseconds of a stamp as a payload holds it (text or number); NoInstant if it is none. # T2"""
    at = _counted(cell, time_format) if time_format in COUNTS else _written(cell, time_format, zone, arrival)
    if not EARLIEST <= at < LATEST:
        raise NoInstant(f'time "{clip(str(cell))}" is not between 1900 and 2200')
    return at


def _counted(cell: Any, time_format: str) -> int:
    """A count of seconds, milliseconds or microseconds; whole ones exactly, a fraction to the microsecond."""
    try:
        if isinstance(cell, bool):
            raise ValueError
        if isinstance(cell, float):
            if not math.isfinite(cell):
                raise ValueError
            return round(cell * COUNTS[time_format])
        if isinstance(cell, str) and not (cell.lstrip("-").isascii() and cell.lstrip("-").isdigit() and len(cell) < 20):
            raise ValueError
        return int(cell) * COUNTS[time_format]
    except (TypeError, ValueError, OverflowError):
        raise NoInstant(f'time "{clip(str(cell))}" is not a count since 1970 ({time_format})') from None


def _written(cell: Any, time_format: str, zone: ZoneInfo, arrival: int) -> int:
    """A time as text, with an offset or in the zone of the source."""
    if not isinstance(cell, str):
        hint = "; a count since 1970 is declared by time_format" if isinstance(cell, int | float) else ""
        raise NoInstant(f'time "{clip(str(cell))}" is not text{hint}')
    try:
        text = cell.strip()
        when, _ = written_time(text, time_format)
        return instant(when) if when.tzinfo else _local(when, zone, arrival)
    except NoInstant:
        raise
    except (ValueError, OverflowError):
        shape = "ISO 8601 (2026-03-04T06:00:00)" if time_format == "iso" else f'the format "{time_format}"'
        raise NoInstant(f'time "{clip(cell)}" does not fit {shape}') from None


def _local(when: datetime, zone: ZoneInfo, arrival: int) -> int:
    first, second = (instant(when.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if datetime.fromtimestamp(first // SECOND, UTC).astimezone(zone).replace(tzinfo=None) != when.replace(microsecond=0):
        raise NoInstant(f'time "{when.isoformat(" ")}" does not exist in {zone.key} (clock change)')
    return min(first, second, key=lambda at: (abs(arrival - at), at))
