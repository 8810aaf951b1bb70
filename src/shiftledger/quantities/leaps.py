"""Did a register leap to where it never was? Spikes of counters that declare no `max_rate` (Q2 (c), mirrored).

Without a declared greatest rate the register's own paces say what counting is: the median of those around, or the greatest that two steps
in a row kept up (a day shift beside a night's rest). A rise by more than `FAR` times that pace leaves the course; if the register is
back on it within `max_hold`, what stood between was a wrong reading. If it counts on from the new level, the rise was true. A judgement
rests on at most `max_hold` before and after the reading where it begins.
"""

from __future__ import annotations

import numpy as np

from shiftledger.quantities.kernel import Flags
from shiftledger.readings.batch import Instants, Series, Values

FAR = 10  # times the usual pace
FEW = 3  # paces without which nothing is usual


def spikes(near: Series, falls: list[int], look: int) -> list[tuple[int, int]]:
    """(last reading before, first after) of every leap that one of the falling steps `falls` takes back, in order. # Q2

    The register returns to above zero and not to where it may have begun anew, not below where it leapt from, and not further than
    counting goes. Where nothing counts around, exactly to where it was.
    """
    found = []
    for fall in falls:
        back = fall + 1
        first = int(np.searchsorted(near.ts, near.ts[back] - look, side="left"))
        below = np.flatnonzero(near.value[first:fall] <= near.value[back])
        if near.value[back] <= 0 or not len(below):
            continue
        base = first + int(below[-1])
        pace, known = _usual(near, base, back, look)
        most = FAR * pace if known else 0.0
        leap, net = near.value[base + 1] - near.value[base], near.value[back] - near.value[base]
        step = near.ts[base + 1] - near.ts[base]
        far = leap > most * step and net <= most * (near.ts[back] - near.ts[base])
        anew = near.value[back] <= 2 * pace * (near.ts[back] - near.ts[fall])  # from zero since the reading before
        anew &= leap <= FAR * most * step  # after a leap that may be true
        if far and not anew and not _was_lost(near, base, 2 * pace, look):
            found.append((base, back))
    return found


def _was_lost(near: Series, base: int, most: float, look: int) -> bool:
    """Whether the leap from `base` ends a lost line: it leads from below the usual level to where counting leads from a reading before."""
    before = slice(int(np.searchsorted(near.ts, near.ts[base] - look)), base + 1)
    if near.value[base] >= np.median(near.value[before]):
        return False
    gained = near.value[base + 1] - near.value[before]
    near_by = (gained >= 0) & (gained <= most * (near.ts[base + 1] - near.ts[before]))
    return bool((near_by & (near.value[before] > near.value[base])).any())


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
    """The usual pace (per microsecond) within `look` of reading `base`, and the number of steps that count there.

    It is the median, or what two steps in a row kept up; of these the leap itself may be the faster one. Steps between the leap and
    `back` count where there are enough of them: a register that counts on up there is no wrong reading.
    """
    a = int(np.searchsorted(near.ts, near.ts[base] - look, side="left"))
    b = int(np.searchsorted(near.ts, near.ts[base] + look, side="right"))
    before, between, after = slice(a, base + 2), slice(base + 1, back), slice(back, max(b, back))
    inside = _counting(near.ts[between], near.value[between])
    parts = (before, between, after) if len(inside) >= FEW else (before, after)
    counting = np.concatenate([_counting(near.ts[part], near.value[part]) for part in (slice(a, base + 1), *parts[1:])])
    if not len(counting):
        return 0.0, 0
    kept = max(sustained(near.ts[part], near.value[part]) for part in parts)
    return max(float(np.median(counting)), kept), len(counting)


def sustained(ts: Instants, value: Values) -> float:
    """The greatest pace (per microsecond) that two steps in a row kept up: one wrong reading makes none, nor does the end of a lost line."""
    paces = np.diff(value) / np.diff(ts)
    return float(np.minimum(paces[:-1], paces[1:]).max(initial=0.0))


def _counting(ts: Instants, value: Values) -> Values:
    """The paces of the steps that count."""
    paces = np.asarray(np.diff(value) / np.diff(ts), np.float64)
    return paces[paces > 0]
