"""What is known now, of the shift that is still running (DESIGN, "Live batches"; R2)?

The lake, and what was told live and waits to be folded into it: together they say what the lake will say after the next fold. What waits
is read first, so that a fold meanwhile hides nothing; a reading that is then found in both is one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location
from shiftledger.plant.model import Plant
from shiftledger.readings.batch import Batch, Series
from shiftledger.readings.fold import waiting
from shiftledger.readings.lake import read, stream_version, watermark
from shiftledger.readings.live_codes import R049, live_issue
from shiftledger.readings.quality import Rows, resolve
from shiftledger.readings.sources.live import LIVE
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
    for batch in _batches(plant, state):
        place = np.array([names.index(tag) if tag in names else -1 for tag in batch.tags], np.int32)
        tag = place[batch.tag] if len(batch.ts) else batch.tag
        number = np.full(len(batch.ts), UNFOLDED, np.int64)
        rows = Rows(names, tag, batch.ts, batch.value, batch.quality, batch.revision, number, batch.row)
        found.append(rows.take((tag >= 0) & (batch.ts >= start) & (batch.ts < end)))
    return found


def unfolded(plant: Plant, state: State) -> tuple[Batch, ...]:
    """What waits and is not in the lake, as the next fold judges it, a batch for each source; nothing is written. # R4"""
    return tuple(_batches(plant, state, lambda source: stream_version(state, f"{LIVE}{source}")))


def unseen(plant: Plant, state: State) -> tuple[Issue, ...]:
    """A note for every source of which waiting readings are not seen where only the lake is looked at."""
    said = (
        (one.source, f"{len(one.ts)} readings wait to come into the lake, and are not seen here")
        for one in unfolded(plant, state)
    )
    return tuple(live_issue(R049, message, Location(source)) for source, message in said)


def _batches(plant: Plant, state: State, folded: Callable[[str], int] = lambda _: -1) -> Iterator[Batch]:
    """What waits of every source that is declared, behind the row with the number `folded`."""
    for one in waiting(state):
        declared = plant.sources.get(one.source)
        last = folded(one.source) if declared is not None and one.records else -1
        records = [record for record in one.records if record.last > last]
        if declared is not None and records:
            yield batch_of(plant, declared, records).result


def _joined(names: tuple[str, ...], parts: list[Rows]) -> Rows:
    columns = ("tag", "ts", "value", "quality", "revision", "batch", "row")
    return Rows(names, *(np.concatenate([getattr(part, column) for part in parts]) for column in columns))
