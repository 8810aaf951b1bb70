"""When was a row that only its place dates? Rows under one stamp follow each other by a declared interval (R3, I5).

Some files stamp 180 rows of 20 seconds with nothing but their hour. A run of rows with one stamp begins at that stamp; each row lies
its number times the interval later, where the number is counted or stands in a column of its own. A repeated hour of a clock change
needs no mark: the rows simply go on, or the same stamp begins again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shiftledger.readings.batch import Instants
from shiftledger.readings.sources.cells import Mask

Rows = npt.NDArray[np.int64]
HeadInstants = Callable[[Rows], Instants]  # the instants of some rows' stamps, in the fold by their order


@dataclass(frozen=True, slots=True)
class Placed:
    """`ts` UTC microseconds per row; `why` the reason for each row that has no place; `short`: (first row, rows, usual rows) of runs."""

    ts: Instants
    why: dict[int, str]
    short: tuple[tuple[int, int, int], ...] = ()


def by_position(
    wall: Instants,
    usable: Mask,
    group: npt.NDArray[np.int32],
    instants_of: HeadInstants,
    interval: int,
    number: Instants | None = None,
    first_number: int = 0,
) -> Placed:
    """The instants of rows that are dated by stamp and place; `number` counts from `first_number` at the stamp itself. # R3

    wall: the stamp as local time; usable: the rows with a stamp (and a number); group: the rows of one tag are a sequence of their own;
    interval: microseconds between two rows. In a group the stamps rise, and the rows under one lie before the next one.
    """
    ts = np.zeros(len(wall), np.int64)
    why: dict[int, str] = {}
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(group[rows], kind="stable")]
    if not len(rows):
        return Placed(ts, why)
    starts = _run_starts(wall[rows], group[rows], None if number is None else number[rows])
    heads, sizes = rows[starts], np.diff(np.append(starts, len(rows)))
    at = instants_of(heads)
    run = np.repeat(np.arange(len(heads)), sizes)
    place = np.arange(len(rows)) - starts[run] if number is None else number[rows] - first_number
    ts[rows] = at[run] + place * interval
    late, limit = _out_of_order(at, group[heads])
    for row in rows[late[run]].tolist():
        why[row] = "its stamp comes after a later one, or a second time: the place of such a row says nothing"
    for row in rows[~late[run] & (ts[rows] >= limit[run])].tolist():
        why[row] = "it would lie at or after the next stamp: rows are doubled, or `interval` is too long"
    for row in rows[place < 0].tolist():
        why[row] = f"its row number is below {first_number}, the number of the row at the stamp itself"
    return Placed(ts, why, _short(heads, sizes) if number is None else ())


def _run_starts(wall: Instants, group: npt.NDArray[np.int32], number: Instants | None) -> Rows:
    """Where a run begins: another tag, another stamp, or a row number that starts anew."""
    new = np.ones(len(wall), np.bool_)
    new[1:] = (np.diff(group) != 0) | (np.diff(wall) != 0)
    if number is not None:
        new[1:] |= np.diff(number) <= 0
    return np.flatnonzero(new)


def _out_of_order(at: Instants, group: npt.NDArray[np.int32]) -> tuple[Mask, Instants]:
    """Runs that begin no later than a run before them, and for every run the instant at which the next one of its tag begins."""
    late, limit = np.zeros(len(at), np.bool_), np.full(len(at), np.iinfo(np.int64).max)
    for g in np.unique(group):
        runs = np.flatnonzero(group == g)
        highest = np.maximum.accumulate(at[runs])
        late[runs[1:]] = at[runs[1:]] <= highest[:-1]
        good = runs[~late[runs]]
        limit[good[:-1]] = at[good[1:]]
    return late, limit


def _short(heads: Rows, sizes: Rows) -> tuple[tuple[int, int, int], ...]:
    """Runs with fewer rows than most: which of their rows are missing is not known, so they are counted from the stamp on."""
    usual = int(np.median(sizes))
    return tuple((int(heads[i]), int(sizes[i]), usual) for i in np.flatnonzero(sizes < usual)) if len(sizes) > 2 else ()
