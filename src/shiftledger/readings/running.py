"""What is known now, of the shift that is still running (DESIGN, "Live batches"; R2)?

The lake, and what was told live and waits to be folded into it: together they say what the lake will say after the next fold. What waits
is read first, so that a fold meanwhile hides nothing; a reading that is then found in both is one.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from shiftledger.acts.state import State
from shiftledger.plant.model import Plant
from shiftledger.readings.batch import Series
from shiftledger.readings.fold import waiting
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.quality import Rows, resolve
from shiftledger.readings.told import batch_of

UNFOLDED = 1 << 62  # the batch of a reading that is not in the lake yet


def known_now(plant: Plant, state: State, tags: Collection[str], start: int, end: int) -> dict[str, Series]:
    """What is known now of each tag with start <= ts < end (UTC microseconds, I2), judged with today's text; nothing is written. # R2

    `batch` of a reading that waits is UNFOLDED and its `row` the number in its stream. LakeError if the lake is damaged.
    """
    names = tuple(sorted(set(tags)))
    fresh = _told(plant, state, names, start, end)
    return resolve(_joined(names, [read(state, names, start, end, watermark(state)), *fresh]))


def _told(plant: Plant, state: State, names: tuple[str, ...], start: int, end: int) -> list[Rows]:
    """The rows that wait, of every source that is declared."""
    found = []
    for one in waiting(state):
        declared = plant.sources.get(one.source)
        if declared is None or not one.records:
            continue
        batch = batch_of(plant, declared, one.records).result
        place = np.array([names.index(tag) if tag in names else -1 for tag in batch.tags], np.int32)
        tag = place[batch.tag] if len(batch.ts) else batch.tag
        number = np.full(len(batch.ts), UNFOLDED, np.int64)
        rows = Rows(names, tag, batch.ts, batch.value, batch.quality, batch.revision, number, batch.row)
        found.append(rows.take((tag >= 0) & (batch.ts >= start) & (batch.ts < end)))
    return found


def _joined(names: tuple[str, ...], parts: list[Rows]) -> Rows:
    columns = ("tag", "ts", "value", "quality", "revision", "batch", "row")
    return Rows(names, *(np.concatenate([getattr(part, column) for part in parts]) for column in columns))
