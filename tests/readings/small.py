"""A small plant and small batches for the tests of the readings stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np

from shiftledger.acts.state import connect
from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import instant
from shiftledger.plant.model import Meter, Plant, Settings, SourceFile
from shiftledger.readings.batch import UNDECLARED, Batch
from shiftledger.readings.lake import append

QUARTER = 15 * 60 * 1_000_000
METERS = (
    Meter("FT-1", "rate"),
    Meter("KWH-1", "interval", length=QUARTER),
    Meter("BAND", "state", codes=(("Light", Decimal(1)), ("Maximum", Decimal(3)))),
    Meter("LT-1", "level"),
)
LONG = SourceFile("long", "*.csv", at=Location("sources.toml", 1))


def plant(source: SourceFile = LONG, *, zone: str = "Europe/Berlin", root: str = "", meters: tuple[Meter, ...] = METERS) -> Plant:
    return Plant(Settings("p", "EUR", zone, time(6)), meters=meters, sources={source.id: source}, root=root)


def wide(**changes: object) -> SourceFile:
    return replace(LONG, layout="wide", columns=(("flow", "FT-1"), ("energy", "KWH-1"), ("band", "BAND")), **changes)  # type: ignore[arg-type]


def at(text: str) -> int:
    """UTC microseconds of '2026-03-04 06:00' (UTC)."""
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def file(folder: Path, text: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def messages(issues: Iterable[Issue]) -> list[str]:
    """Issues as one line each: place, severity, code, message."""
    return [f"{issue.at}: {issue.severity} {issue.code}: {issue.message}" for issue in issues]


Row = tuple[str, int, float, int, int] | tuple[str, int, float]


def batch(rows: Iterable[Row], source: str = "a.csv", rejected: tuple[tuple[str, int, str, str], ...] = ()) -> Batch:
    """Rows (tag, ts, value[, quality, revision]) as a batch, in the given order; lines from 2."""
    full = [(*row, 0, UNDECLARED)[:5] if len(row) == 3 else row for row in rows]
    tags = tuple(dict.fromkeys(row[0] for row in full))
    return Batch(
        source,
        tags,
        np.array([tags.index(row[0]) for row in full], np.int32),
        np.array([row[1] for row in full], np.int64),
        np.array([row[2] for row in full], np.float64),
        np.array([row[3] for row in full], np.int8),
        np.array([row[4] for row in full], np.int64),
        np.arange(2, len(full) + 2, dtype=np.int64),
        rejected,
    )


def rows_of(made: Batch) -> list[tuple[str, int, float, int, int, int]]:
    """(tag, ts, value, quality, revision, line) of a batch, NaN as None-like repr kept comparable."""
    return [
        (made.tags[t], int(s), float(v), int(q), int(r), int(n))
        for t, s, v, q, r, n in zip(made.tag, made.ts, made.value, made.quality, made.revision, made.row, strict=True)
    ]


def load_points(folder: Path, start: int, first: int, count: int) -> None:
    """Loads single readings of A one by one: what another process does."""
    state = connect(folder)
    for i in range(first, first + count):
        assert append(state, batch([("A", start + i, float(i))]), 0).result.loaded
