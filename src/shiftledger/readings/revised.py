"""A lot that was corrected: which of its stamps counts, and which are taken back (R1, R2).

A lot is known by its id. Whatever a later revision says of it, also another end, replaces what was said before: where the end moved,
the stamp moved with it, and the stamp left behind gets a row of quality BAD at the revision that moved it. So what any set of batches
says of a lot follows from their rows alone, and a late correction is a late row like any other (L6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from shiftledger.readings.batch import BAD, UNDECLARED, Batch
from shiftledger.readings.lots import LOT
from shiftledger.readings.quality import Rows


@dataclass(frozen=True, slots=True)
class Statement:
    """One row that names a lot: its stamp, declared revision or UNDECLARED, the load that said it, and its line there."""

    ts: int
    revision: int
    batch: int
    row: int

    @property
    def rank(self) -> int:
        """Declared revisions and load numbers stand on one scale. # R2"""
        return self.batch if self.revision == UNDECLARED else self.revision


def lot_tags(batch: Batch) -> tuple[str, ...]:
    """The tags of a batch that name lots, in order."""
    return tuple(sorted(tag for tag in batch.tags if tag.endswith(LOT)))


def with_retractions(batch: Batch, known: Rows, seq: int) -> Batch:
    """The batch as load `seq`, with rows of quality BAD at every stamp of its lots that another stamp replaces. # R2

    `known` are the stored rows of `lot_tags(batch)` at most `batch.same_lot` around its stamps. Equal declared revisions that put a
    lot at two stamps take both back: batches that contradict each other leave the point absent.
    """
    rows = [row for tag in lot_tags(batch) for row in _taken_back(batch, known, tag, seq)]
    if not rows:
        return batch
    tags = tuple(sorted({*batch.tags, *(tag for tag, *_ in rows)}))
    place = {tag: i for i, tag in enumerate(tags)}
    moved = np.array([place[tag] for tag in batch.tags], np.int32)[batch.tag]
    tag, ts, revision, row = (list(column) for column in zip(*rows, strict=True))
    count = len(rows)
    return replace(
        batch,
        tags=tags,
        tag=np.concatenate([moved, np.array([place[name] for name in tag], np.int32)]),
        ts=np.concatenate([batch.ts, np.array(ts, np.int64)]),
        value=np.concatenate([batch.value, np.full(count, np.nan)]),
        quality=np.concatenate([batch.quality, np.full(count, BAD, np.int8)]),
        revision=np.concatenate([batch.revision, np.array(revision, np.int64)]),
        row=np.concatenate([batch.row, np.array(row, np.int64)]),
    )


def _taken_back(batch: Batch, known: Rows, tag: str, seq: int) -> Iterator[tuple[str, int, int, int]]:
    """(tag, ts, revision, line) of the rows that take a stamp back, for the amount and for the id, sorted."""
    number = batch.tags.index(tag)
    mine = np.flatnonzero((batch.tag == number) & (batch.quality != BAD))
    said: dict[float, list[Statement]] = {}
    for i in mine.tolist():
        said.setdefault(float(batch.value[i]), []).append(
            Statement(int(batch.ts[i]), int(batch.revision[i]), seq, int(batch.row[i]))
        )
    earlier = _known_statements(known, tag)
    found: set[tuple[str, int, int, int]] = set()
    for lot, own in said.items():
        first, last = min(s.ts for s in own) - batch.same_lot, max(s.ts for s in own) + batch.same_lot
        near = [s for s in earlier.get(lot, ()) if first <= s.ts <= last]
        top = max(s.rank for s in (*own, *near))
        standing = {s.ts: s for s in (*near, *own) if s.rank == top}
        winner = standing[max(standing)]
        for ts in sorted({s.ts for s in (*own, *near)}):
            if len(standing) > 1 or ts != winner.ts:
                revision = winner.revision
                line = own[-1].row
                found |= {(name, ts, revision, line) for name in (tag.removesuffix(LOT), tag)}
    yield from sorted(found)


def _known_statements(known: Rows, tag: str) -> dict[float, list[Statement]]:
    """What is stored of each lot of the tag: rows that are not themselves retractions."""
    found: dict[float, list[Statement]] = {}
    if tag in known.tags:
        rows = known.take((known.tag == known.tags.index(tag)) & (known.quality != BAD))
        for ts, value, revision, batch, row in zip(rows.ts, rows.value, rows.revision, rows.batch, rows.row, strict=True):
            found.setdefault(float(value), []).append(Statement(int(ts), int(revision), int(batch), int(row)))
    return found
