"""What did a live source tell last (R2, R3)? So that it can ask its server for what came after, and for nothing that is known."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from shiftledger.acts.state import State
from shiftledger.core.period import DAY
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import BAD, UNDECLARED, Batch
from shiftledger.readings.fold import waiting
from shiftledger.readings.lake import batch_parts, batch_records, read, watermark
from shiftledger.readings.quality import Rows
from shiftledger.readings.sources.live import LIVE, Told
from shiftledger.readings.told import batch_of


def newest(plant: Plant, state: State, declared: SourceFile) -> dict[str, Told]:
    """The newest reading of every tag that the source told, in the lake or waiting for it; LakeError if the lake is damaged. # R2

    A state's `text` is its code. Readings of other sources do not count: this one may have been silent while they told.
    """
    found: dict[str, Told] = {}
    for one in (*_waiting(plant, state, declared), *_stored(state, declared)):
        if one.tag not in found or one.ts > found[one.tag].ts:
            found[one.tag] = one
    return found


def _waiting(plant: Plant, state: State, declared: SourceFile) -> Iterator[Told]:
    for one in waiting(state):
        if one.source == declared.id and one.records:
            yield from _last(batch_of(plant, declared, one.records).result)


def _stored(state: State, declared: SourceFile) -> Iterator[Told]:
    """Read from the newest day of every tag that the source's batches have."""
    mine = {record.seq for record in batch_records(state) if record.source == f"{LIVE}{declared.id}"}
    day_of: dict[str, int] = {}
    for part in batch_parts(state):
        if part.seq in mine:
            day_of[part.tag] = max(part.day, day_of.get(part.tag, part.day))
    tags_of: dict[int, list[str]] = defaultdict(list)
    for tag, day in day_of.items():
        tags_of[day].append(tag)
    for day, tags in sorted(tags_of.items()):
        rows = read(state, tags, day * DAY, (day + 1) * DAY, watermark(state))
        yield from _last(rows.take(np.isin(rows.batch, sorted(mine))))


def _last(rows: Rows | Batch) -> Iterator[Told]:
    """The newest row of every tag."""
    order = np.lexsort((rows.ts, rows.tag))
    last = order[np.append(np.diff(rows.tag[order]) != 0, [True] * min(1, len(order))).astype(np.bool_)]
    for i in last.tolist():
        value, quality = float(rows.value[i]), int(rows.quality[i])
        bad = quality == BAD or math.isnan(value)
        yield Told(
            rows.tags[rows.tag[i]], int(rows.ts[i]), None if bad else value, "" if bad else repr(value), quality, UNDECLARED
        )
