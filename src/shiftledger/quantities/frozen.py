"""When does a value that is told again and again stop being news (Q5)? A laboratory's file often repeats the last result every hour.

A run of equal readings counts for `max_same` from its first one; what is told unchanged for longer is stale and covers nothing, until the
value changes. A silence longer than one reading may stand, and a bad reading, begin a new run. So whether a reading is stale hangs on
the readings of a bounded time before it (`behind`), and every close that sees those sees the same (N5).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shiftledger.plant.model import Meter
from shiftledger.readings.batch import BAD, FROZEN, Series


def stands(meter: Meter) -> int:
    """How long (us) one reading of the meter may stand for itself."""
    return meter.max_gap if meter.kind == "rate" else meter.max_hold


def behind(meter: Meter) -> int:
    """How much further back (us) than one reading stands the judgement looks. # N5"""
    return meter.max_same + stands(meter) if meter.max_same else 0


def without_frozen(series: Series, meter: Meter) -> Series:
    """The readings, those FROZEN that were told unchanged for longer than `max_same`. # Q5"""
    if len(series) < 2:
        return series
    known = (series.quality != BAD) & np.isfinite(series.value)
    same = (series.value[1:] == series.value[:-1]) & known[1:] & known[:-1] & (np.diff(series.ts) <= stands(meter))
    begins = np.flatnonzero(np.concatenate(([True], ~same)))
    since = series.ts[begins[np.cumsum(np.concatenate(([0], (~same).astype(np.int64))))]]
    frozen = known & (series.ts - since > meter.max_same)
    return replace(series, quality=np.where(frozen, FROZEN, series.quality).astype(np.int8)) if frozen.any() else series
