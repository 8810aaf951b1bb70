"""The one type in which every source ends (R1, R3), and a tag's readings as the stages use them.

A `Batch` is rows as they were found, before anything is decided; a `Series` is what is known of one tag after R2: one value an
instant, in order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from shiftledger.core.issue import Issue
from shiftledger.core.period import instant

GOOD, UNCERTAIN, BAD = 0, 1, 2
FROZEN = 4  # told unchanged for too long: stale. Never stored: the meter's row decides it anew # Q5
BELOW = 3  # uncertain: half of the limit below which the laboratory found nothing # R1
UNDECLARED = -1
EARLIEST = instant(datetime(1900, 1, 1, tzinfo=UTC))  # a reading stands between the two
LATEST = instant(datetime(2200, 1, 1, tzinfo=UTC))

Instants = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Small = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Aside:
    """Columns of a file that no meter has, as a table: the line of each row, what says when, then the columns; `name` is its content's."""

    name: str
    table: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one source file, columns of equal length.

    tag: indices into `tags`; ts: UTC microseconds; value: float64 (NaN only with quality BAD); quality: GOOD, UNCERTAIN, BAD, BELOW;
    revision: declared by the source, else UNDECLARED; row: line of the file (1-based). `rejected` are the rows kept in
    quarantine: (file, line, text, reason); `cells` what is needed to read one of them again, by its line and text. `same_lot`: how far
    apart (us) two stamps of one lot's id can lie; 0 without lots. `aside`: columns that no meter has; their rows in `rejected` refer to it.
    `zone`: in which a person reads times.
    """

    source: str
    tags: tuple[str, ...]
    tag: npt.NDArray[np.int32]
    ts: Instants
    value: Values
    quality: Small
    revision: Instants
    row: Instants
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    issues: tuple[Issue, ...] = ()
    same_lot: int = 0
    cells: Mapping[tuple[int, str], str] = field(default_factory=dict)
    aside: Aside | None = None
    zone: str = "UTC"


def cells_text(cells: Mapping[str, str]) -> str:
    """The cells of a refused row by column, as quarantine keeps them."""
    return json.dumps({"cells": dict(cells)}, ensure_ascii=False)


def event_cells(said: Mapping[str, str]) -> str:
    """What a refused row said of an event by field, instants in UTC microseconds, as quarantine keeps it."""
    return json.dumps({"event": dict(said)}, ensure_ascii=False)


def reading_cells(tag: str, ts: int, value: str, quality: int, revision: int) -> str:
    """A refused reading that could be read, as quarantine keeps it."""
    return json.dumps({"reading": [tag, ts, value, quality, revision]}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one tag: strictly increasing `ts`, one `value` each; provenance beside it.

    `batch` and `row` say where each value came from; `quality` BAD (value NaN) ends a hold.
    """

    tag: str
    ts: Instants
    value: Values
    quality: Small
    batch: Instants
    row: Instants

    def between(self, start: int, end: int) -> Series:
        """Readings with start <= ts < end (I2), as views."""
        a, b = np.searchsorted(self.ts, [start, end], side="left")
        return Series(self.tag, self.ts[a:b], self.value[a:b], self.quality[a:b], self.batch[a:b], self.row[a:b])

    def __len__(self) -> int:
        return len(self.ts)


def at_instants(series: Series, instants: Instants) -> Series:
    """The readings at any of these instants."""
    here = np.isin(series.ts, instants)
    own = series
    return Series(own.tag, own.ts[here], own.value[here], own.quality[here], own.batch[here], own.row[here])


def empty_series(tag: str) -> Series:
    """A tag of which nothing is known."""
    whole, small = np.empty(0, np.int64), np.empty(0, np.int8)
    return Series(tag, whole, np.empty(0, np.float64), small, whole, whole)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as the store knows it: load sequence (Delta version), content id, and when its rows became known."""

    seq: int
    id: str
    known_at: int
    source: str
    rows: int
    prev: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What one load did: `loaded` False if the very same batch was there already."""

    source: str
    loaded: bool
    seq: int | None
    rows: int
    appended: int
    quarantined: int
    first: int | None = None
    last: int | None = None
    tags: Mapping[str, int] = field(default_factory=dict)
    acts: tuple[int, int] | None = None  # events: numbers of the first and the last act that the file made
