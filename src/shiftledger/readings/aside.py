"""Columns that no meter had when they were loaded: kept once for a file, and read again with today's text (R4).

They lie beside the quarantine as one Parquet file each, called by its content; the rows of quarantine say which column of which file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shiftledger.core.issue import failing
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.batch import Aside, Batch
from shiftledger.readings.delta import settle_file
from shiftledger.readings.quality import Rows
from shiftledger.readings.sources.cells import clip
from shiftledger.readings.sources.files import empty_batch, read_columns
from shiftledger.readings.sources.rows import Reading
from shiftledger.readings.sources.sheets import Columns, one_chunk

FOLDER = "quarantine-columns"  # beside the quarantine, in the state folder


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what was set aside: in which file, its place and its name."""

    path: Path
    number: int
    name: str


def keep_aside(folder: Path, aside: Aside) -> None:
    """Write the columns of one file for good, unless the very same are there."""
    path = folder / FOLDER / f"{aside.name}.parquet"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    pq.write_table(aside.table, unfinished, compression="zstd")
    settle_file(unfinished)
    unfinished.replace(path)
    settle_file(path.parent)


def column_of(folder: Path, reference: object) -> Column | None:
    """What a row of quarantine refers to."""
    match reference:
        case [str(kept), int(number), str(name)] if kept.isalnum():
            return Column(folder / FOLDER / f"{kept}.parquet", number, name)
    return None


def why_not(source: SourceFile, column: Column, meters: Mapping[str, tuple[Meter, ...]]) -> tuple[str, str]:
    """(tag, why the column cannot be read): one of them is ''."""
    named = dict(source.columns)
    if source.layout != "wide":
        return "", f'the source "{source.id}" is no longer read as a wide table'
    if named and column.name not in named:
        return "", f'the source "{source.id}" names no tag for the column "{clip(column.name)}"'
    tag = named.get(column.name, column.name)
    if tag in meters:
        return tag, ""
    return "", f'the column "{clip(column.name)}" is of tag "{clip(tag)}", which is not declared'


def read_kept(
    plant: Plant, source: SourceFile, label: str, columns: Sequence[tuple[Column, str]], meters: dict[str, tuple[Meter, ...]]
) -> list[Batch | str]:
    """The readings of (column, tag) pairs of one kept file, each for itself, or why there are none."""
    try:
        with pq.ParquetFile(columns[0][0].path) as file:
            names = json.loads((file.schema_arrow.metadata or {})[b"names"])
            first = 1 + len(names["side"])
            wanted = ["line", *(f"c{i}" for i in range(first - 1)), *(f"c{first - 1 + column.number}" for column, _ in columns)]
            table = file.read(columns=wanted)
    except (OSError, KeyError, ValueError, TypeError, pa.ArrowException):
        return ["its cells were kept in a file that is missing or damaged; load its file again"] * len(columns)
    side = {name: one_chunk(table.column(f"c{i}")) for i, name in enumerate(names["side"])}
    lines = table.column("line").to_numpy()
    made: list[Batch | str] = []
    for column, tag in columns:
        cells = one_chunk(table.column(f"c{first - 1 + column.number}"))
        sheet = Columns({**side, column.name: cells}, lines, lambda row, name=column.name: f'row of column "{name}"')  # type: ignore[misc]
        done = read_columns(Reading(plant, source, label, sheet, meters), [(column.name, tag)])
        refused = [issue for issue in done.issues if failing([issue])]
        made.append(refused[0].message if refused else done.result)
    return made


def rows_of(batches: Sequence[Batch]) -> Rows:
    """The readings of several batches, with one list of tags."""
    tags = tuple(sorted({tag for batch in batches for tag in batch.tags}))
    place = {tag: i for i, tag in enumerate(tags)}
    if not batches:
        batches = [empty_batch("", ())]
    number = [np.array([place[tag] for tag in one.tags], np.int32)[one.tag] if len(one.ts) else one.tag for one in batches]

    def each(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in batches])

    ts = each("ts")
    return Rows(
        tags, np.concatenate(number), ts, each("value"), each("quality"), each("revision"), np.zeros_like(ts), each("row")
    )
