"""The identity of readings: hashes over logical rows (tag name, ts, value, quality, revision), whatever file they came from (I5, R2).

A row is packed as little-endian int64 ts, int64 value bits (one zero, one NaN), int64 quality, int64 revision, sorted by (ts, revision);
a tag is its name and count before its rows. Line numbers, file names and times of loading take no part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shiftledger.core.canon import chain_hash, content_hash
from shiftledger.core.period import DAY
from shiftledger.readings.batch import Batch, Instants, Small, Values
from shiftledger.readings.order import order_of
from shiftledger.readings.quality import Rows, bits


@dataclass(frozen=True, slots=True, order=True)
class BatchPart:
    """What a batch appended for one tag on one UTC day (days since 1970-01-01): number of rows and their hash."""

    seq: int
    day: int
    tag: str
    rows: int
    hash: str


def packed(ts: Instants, value: Values, quality: Small, revision: Instants) -> npt.NDArray[np.int64]:
    """Logical rows as a (rows, 4) matrix of int64."""
    matrix = np.empty((len(ts), 4), "<i8")
    matrix[:, 0], matrix[:, 1], matrix[:, 2], matrix[:, 3] = ts, bits(value), quality, revision
    return matrix


def tag_hash(tag: str, matrix: npt.NDArray[np.int64]) -> str:
    """SHA-256 (hex) of one tag's packed rows in logical order."""
    name = tag.encode()
    return hashlib.sha256(len(name).to_bytes(8, "little") + name + matrix.tobytes()).hexdigest()


def batch_id(batch: Batch) -> str:
    """SHA-256 (hex) over the sorted logical rows of a batch that `one_value_each` has put in order. # R2"""
    matrix = packed(batch.ts, batch.value, batch.quality, batch.revision)
    cuts = np.searchsorted(batch.tag, np.arange(len(batch.tags) + 1))
    spans = [(tag, int(cuts[i]), int(cuts[i + 1])) for i, tag in enumerate(batch.tags)]
    return content_hash([[tag, b - a, tag_hash(tag, matrix[a:b])] for tag, a, b in spans if b > a])


def parts_of(rows: Rows, day: npt.NDArray[np.int64] | None = None) -> tuple[BatchPart, ...]:
    """The content of stored rows by batch, UTC day and tag; `day` where the rows say less than their partition."""
    days = rows.ts // DAY if day is None else day
    matrix = packed(rows.ts, rows.value, rows.quality, rows.revision)
    order = order_of((rows.batch, days, rows.tag, rows.ts, rows.revision), (matrix[:, 1], matrix[:, 2]))
    batch, days, tag, matrix = rows.batch[order], days[order], rows.tag[order], matrix[order]
    change = (np.diff(batch) != 0) | (np.diff(days) != 0) | (np.diff(tag) != 0)
    starts = np.concatenate([[0], np.flatnonzero(change) + 1]) if len(batch) else np.empty(0, np.int64)
    ends = np.append(starts[1:], len(batch))
    found = [
        BatchPart(int(batch[a]), int(days[a]), rows.tags[tag[a]], b - a, tag_hash(rows.tags[tag[a]], matrix[a:b]))
        for a, b in zip(starts.tolist(), ends.tolist(), strict=False)
        if b > a
    ]
    return tuple(sorted(found))


def record_hash(prev: str, seq: int, batch: str, known_at: int, source: str, rows: int, parts: Iterable[BatchPart]) -> str:
    """The link of a batch record in its chain; its parts are bound in. # FORMATS, "Knowledge and seals" """
    content = content_hash([[p.day, p.tag, p.rows, p.hash] for p in sorted(parts)])
    return chain_hash(prev, batch, seq, known_at, source, rows, content)
