"""What is known of the points that a person speaks about (R2): is it said already, is it said otherwise, and what must a correction beat?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from shiftledger.acts.state import State, batch_parts
from shiftledger.core.period import DAY
from shiftledger.readings.batch import UNDECLARED, Batch
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.quality import Rows, said_already, winners

Mask = npt.NDArray[np.bool_]


def known_points(state: State, batch: Batch) -> tuple[Mask, Mask, Rows]:
    """Of every row of a batch: is just this known, is its point known as something else; and the row that counts of each point. # R2"""
    whole = np.zeros(len(batch.ts), np.int64)
    rows = Rows(batch.tags, batch.tag, batch.ts, batch.value, batch.quality, batch.revision, whole, batch.row)
    none = np.zeros(len(rows), np.bool_)
    if not len(rows):
        return none, none, rows
    known = read(state, batch.tags, int(batch.ts.min()), int(batch.ts.max()) + 1, watermark(state))
    best, _ = winners(_renamed(known, batch.tags))
    said = said_already(rows, _renamed(known, batch.tags))
    points = set(zip(best.tag.tolist(), best.ts.tolist(), strict=True))
    spoken = np.array([point in points for point in zip(rows.tag.tolist(), rows.ts.tolist(), strict=True)], np.bool_)
    return said, spoken & ~said, best


def known_rows(state: State, rows: Rows) -> Mask:
    """Of every row: is just this known? # R2"""
    if not len(rows):
        return np.zeros(0, np.bool_)
    known = read(state, rows.tags, int(rows.ts.min()), int(rows.ts.max()) + 1, watermark(state))
    return said_already(rows, _renamed(known, rows.tags))


def _renamed(rows: Rows, tags: tuple[str, ...]) -> Rows:
    """The same rows with their tags numbered as in `tags`."""
    place = np.array([tags.index(tag) for tag in rows.tags], np.int32)
    number = place[rows.tag] if len(rows) else rows.tag
    return Rows(tags, number, rows.ts, rows.value, rows.quality, rows.revision, rows.batch, rows.row)


def above_all(state: State, batch: Batch) -> Batch:
    """The batch with a revision above what sources declared of its points, so that what a person says now holds. # R2

    Where nothing was declared the load sequence already says so, and the revision stays undeclared.
    """
    said, _, best = known_points(state, batch)
    following = watermark(state) + 1
    highest = {(t, ts): r for t, ts, r in zip(best.tag.tolist(), best.ts.tolist(), best.revision.tolist(), strict=True)}
    points = zip(batch.tag.tolist(), batch.ts.tolist(), strict=True)
    top = np.array([highest.get(point, UNDECLARED) for point in points], np.int64)
    return replace(batch, revision=np.where((top >= following) & ~said, top + 1, UNDECLARED))


def first_reading(state: State, tags: Collection[str]) -> int | None:
    """The earliest registered instant (us) of some tags; None if nothing is known of them. Reads one day only."""
    with state.engine.connect() as sql:
        query = sa.select(sa.func.min(batch_parts.c.day)).where(batch_parts.c.tag.in_(sorted(tags)))
        day = sql.execute(query).scalar()
    if day is None:
        return None
    ts = read(state, tags, int(day) * DAY, (int(day) + 1) * DAY, watermark(state)).ts
    return int(ts.min()) if len(ts) else None
