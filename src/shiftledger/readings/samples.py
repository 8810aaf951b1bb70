"""Composite samples among the readings: a laboratory result that stands for exactly the time in which it was drawn (R1, Q5).

A composite sample of tag X is one reading of X at the begin of its interval, with `X#duration` seconds to the end. A plain reading
of X is a sample of that moment, which stands until the next one begins, at most `max_hold`. Where several stand for one moment, the one
that was begun last counts; a composite that lasts longer goes on after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import SECOND
from shiftledger.readings.batch import BAD, Instants, Series, empty_series
from shiftledger.readings.lots import DURATION, joined


@dataclass(frozen=True, slots=True)
class Samples(Series):
    """A tag's samples by begin; `until` (UTC us): the end of what each stands for; `composite`: whether a file told it."""

    until: Instants
    composite: npt.NDArray[np.bool_]

    def between(self, start: int, end: int) -> Samples:
        """Samples that were begun at start <= ts < end (I2)."""
        a, b = np.searchsorted(self.ts, [start, end], side="left")
        own = (self.ts[a:b], self.value[a:b], self.quality[a:b], self.batch[a:b], self.row[a:b])
        return Samples(self.tag, *own, self.until[a:b], self.composite[a:b])


def samples_of(tag: str, series: Mapping[str, Series], max_hold: int) -> Series:
    """What is known of a tag's samples; a plain series where none of them is a composite. # R1, Q5

    A sample whose interval is BAD (two files contradict each other) is BAD.
    """
    own = series.get(tag, empty_series(tag))
    told = series.get(f"{tag}{DURATION}")
    if told is None or not len(told):
        return own
    seconds, quality = joined(own, told)
    bad = quality == BAD
    own = replace(own, value=np.where(bad, np.nan, own.value), quality=np.where(bad, BAD, own.quality).astype(np.int8))
    composite = np.isfinite(seconds) & (seconds > 0)
    held = own.ts + max_hold
    held[:-1] = np.minimum(held[:-1], own.ts[1:])
    lasts = np.rint(np.where(composite, seconds, 0.0) * SECOND).astype(np.int64)
    until = np.where(composite, own.ts + lasts, held)
    return Samples(tag, own.ts, own.value, own.quality, own.batch, own.row, until, composite)


def standing_at(samples: Series, at: int) -> int:
    """The place of the sample that stands at an instant, or stood last before it; -1 if none was begun. # Q5"""
    last = int(np.searchsorted(samples.ts, at, side="right")) - 1
    if isinstance(samples, Samples):
        still = np.flatnonzero(samples.until[: last + 1] > at)
        return int(still[-1]) if len(still) else last
    return last
