"""Lots as the readings that a load makes of them. Times are minutes after 2026-03-04T00:00Z."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantities.building import at
from shiftledger.core.period import SECOND
from shiftledger.readings.batch import GOOD, Series
from shiftledger.readings.lots import number_of, offset_of

LotRow = tuple[float, float, float] | tuple[float, float, float, str]  # start, end, amount[, stage]


def lots(tag: str, rows: Sequence[LotRow], bad: Sequence[int] = ()) -> dict[str, Series]:
    """Series of `tag` and its companions; the lots at the positions `bad` have no usable amount."""
    told: dict[str, list[tuple[int, float, int]]] = {}
    for i, row in enumerate(rows):
        start, end, amount = at(row[0]), at(row[1]), row[2]
        offset = offset_of(f"{tag}\nL{i}\n")
        ts = end - offset
        quality = 2 if i in bad else GOOD
        told.setdefault(tag, []).append((ts, float("nan") if i in bad else amount, quality))
        told.setdefault(f"{tag}#duration", []).append((ts, (end - start) / SECOND, GOOD))
        told.setdefault(f"{tag}#offset", []).append((ts, offset / SECOND, GOOD))
        told.setdefault(f"{tag}#lot", []).append((ts, number_of(f"L{i}"), GOOD))
        if len(row) == 4:
            told.setdefault(f"{tag}#stage", []).append((ts, number_of(row[3]), GOOD))
    return {name: _series(name, sorted(values)) for name, values in told.items()}


def _series(tag: str, rows: list[tuple[int, float, int]]) -> Series:
    ts, value, quality = (list(column) for column in zip(*rows, strict=True))
    none = np.zeros(len(rows), np.int64)
    return Series(tag, np.array(ts, np.int64), np.array(value), np.array(quality, np.int8), none, none)
