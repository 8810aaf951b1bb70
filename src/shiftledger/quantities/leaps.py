"""Did a register leap to where it never was? Spikes of counters that declare no `max_rate` (Q2 (c), mirrored).

Without a declared greatest rate the register's usual pace says what counting is: the median of its paces around. A rise by more than `FAR`
times that pace leaves the course; if the register is back on it within `max_hold`, what stood between was a wrong reading. If it counts on
from the new level, the rise was true. A judgement rests on at most `max_hold` before and after the reading where it begins.
"""

from __future__ import annotations

import numpy as np

from shiftledger.quantities.kernel import Flags
from shiftledger.readings.batch import Instants, Series

FAR = 10  # times the usual pace
FEW = 3  # paces without which nothing is usual


def spikes(near: Series, falls: list[int], look: int) -> list[tuple[int, int]]:
    """(last reading before, first after) of every leap that one of the falling steps `falls` takes back, in order. # Q2

    The register returns to above zero (at zero it may have begun anew), not below where it leapt from, and not further than counting
    goes. Where nothing counts around, exactly to where it was.
    """
    found = []
    for fall in falls:
        back = fall + 1
        first = int(np.searchsorted(near.ts, near.ts[back] - look, side="left"))
        below = np.flatnonzero(near.value[first:fall] <= near.value[back])
        if near.value[back] <= 0 or not len(below):
            continue
        base = first + int(below[-1])
        if near.value[base] < np.median(near.value[int(np.searchsorted(near.ts, near.ts[base] - look)) : base + 1]):
            continue  # it leapt out of a lost line, not off its course
        pace, known = _usual(near, base, back, look)
        most = FAR * pace if known else 0.0
        leap, net = near.value[base + 1] - near.value[base], near.value[back] - near.value[base]
        if leap > most * (near.ts[base + 1] - near.ts[base]) and net <= most * (near.ts[back] - near.ts[base]):
            found.append((base, back))
    return found


def open_leaps(near: Series, look: int) -> Flags:
    """Steps that rise by more than `FAR` times the usual pace and after which nothing was counted within `look`: true, or a spike. # Q2"""
    dt, rise = np.diff(near.ts), np.diff(near.value)
    opened = np.zeros(len(rise), np.bool_)
    counts = np.flatnonzero(rise != 0)
    if not len(counts):
        return opened
    following = np.append(near.ts[counts[1:] + 1], np.iinfo(np.int64).max)
    last = counts[(following - near.ts[counts] > look) & (rise[counts] > 0) & (dt[counts] <= look)]
    for i in last.tolist():
        pace, known = _usual(near, i, i + 1, look)
        opened[i] = known >= FEW and rise[i] > FAR * pace * dt[i]
    return opened


def _usual(near: Series, base: int, back: int, look: int) -> tuple[float, int]:
    """Median of the paces (per microsecond) of steps that count within `look` of reading `base`, those from it to `back` left out; their number."""
    a = int(np.searchsorted(near.ts, near.ts[base] - look, side="left"))
    b = int(np.searchsorted(near.ts, near.ts[base] + look, side="right"))
    parts = (slice(a, base + 1), slice(back, max(b, back)))
    dt: Instants = np.concatenate([np.diff(near.ts[part]) for part in parts])
    rise = np.concatenate([np.diff(near.value[part]) for part in parts])
    counting = rise > 0
    paces = rise[counting] / dt[counting]
    return (float(np.median(paces)), len(paces)) if len(paces) else (0.0, 0)
