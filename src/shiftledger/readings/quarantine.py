"""Which rows were refused, why, and what is known of them (R4)? The quarantine as it is stored: append-only, never emptied.

A refused row is the same row wherever it stands in its file and however often the file is loaded: its id is taken from its source and
its text. What became of it is said by acts (`readings.desk`), not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from shiftledger.acts.state import State
from shiftledger.core.canon import content_hash
from shiftledger.readings.aside import Column, column_of, keep_aside
from shiftledger.readings.batch import Batch
from shiftledger.readings.delta import QUARANTINE, append_rows, open_or_create, open_table, settle_on_disk

ID_LENGTH = 10  # hex digits: a chance of one in a million that two of a thousand rows share an id


@dataclass(frozen=True, slots=True)
class Refused:
    """A row in quarantine: where it stood, its text, why it was refused, and when (UTC microseconds).

    `cells`: what it said by column, or the `reading` that it was, or the whole `column`,
    or what it said of an `event` by field; all empty where an early version kept only the text.
    """

    id: str
    source: str
    line: int
    text: str
    reason: str
    known_at: int
    cells: tuple[tuple[str, str], ...] = ()
    reading: tuple[str, int, str, int, int] | None = None
    column: Column | None = None
    event: tuple[tuple[str, str], ...] = ()

    @property
    def readable(self) -> bool:
        return bool(self.cells) or self.reading is not None or self.column is not None


def row_id(source: str, text: str) -> str:
    """The short name of a refused row, from its content."""
    return content_hash([source, text])[:ID_LENGTH]


def quarantine_folder(state: State) -> Path:
    return state.folder / "quarantine"


def keep_refused(state: State, settled: Batch, identity: str, known_at: int) -> None:
    """Keep the rejected rows of a batch, each row of a source once for each reason. Needs the write lock. # R4"""
    if not settled.rejected:
        return
    if settled.aside is not None:
        keep_aside(state.folder, settled.aside)
    folder = quarantine_folder(state)
    table = open_or_create(folder, QUARANTINE)
    kept: dict[tuple[str, str, str], bool] = {}  # whether its cells are kept, too; where it stands does not matter
    for stored in _stored(state):
        name = (stored["source"], stored["text"], stored["reason"])
        kept[name] = kept.get(name, False) or bool(stored["cells"])
    fresh = [row for row in dict.fromkeys(settled.rejected) if _says_more(kept, settled, row)]
    if not fresh:
        return
    application = content_hash([identity, sorted(list(row) for row in fresh), "cells"])
    if table.transaction_version(application) is not None:
        return
    source, line, text, reason = (list(column) for column in zip(*fresh, strict=True))
    columns = [
        [identity] * len(line),
        source,
        line,
        text,
        reason,
        [known_at] * len(line),
        [_cells(settled, row) for row in fresh],
    ]
    version = append_rows(
        folder,
        table,
        pa.table(columns, schema=QUARANTINE),
        application,
        {"source": settled.source, "rows": len(line)},
    )
    settle_on_disk(folder, version)


def _says_more(kept: Mapping[tuple[str, str, str], bool], settled: Batch, row: tuple[str, int, str, str]) -> bool:
    """True if the row is not kept yet, or only by an early version that left its cells out."""
    source, _, text, reason = row
    has_cells = kept.get((source, text, reason))
    return has_cells is None or (not has_cells and _cells(settled, row) is not None)


def _cells(settled: Batch, row: tuple[str, int, str, str]) -> str | None:
    return settled.cells.get((row[1], row[2]))


def quarantined(state: State) -> tuple[tuple[str, int, str, str], ...]:
    """All rows in quarantine as (file, line, text, reason), sorted. # R4"""
    return tuple(sorted({(row["source"], row["line"], row["text"], row["reason"]) for row in _stored(state)}))


def refused_rows(state: State) -> tuple[Refused, ...]:
    """Every refused row once, as it was refused last, by source and line. # R4"""
    newest: dict[str, Refused] = {}
    for row in sorted(_stored(state), key=lambda row: (row["known_at"] or 0, bool(row["cells"]), row["line"], row["reason"])):
        made = _refused(state, row)
        before = newest.get(made.id)
        newest[made.id] = made if made.readable or before is None or not before.readable else before
    return tuple(sorted(newest.values(), key=lambda row: (row.source, row.line, row.id)))


def _refused(state: State, row: dict[str, Any]) -> Refused:
    name = row_id(row["source"], row["text"])
    plain = Refused(name, row["source"], row["line"], row["text"], row["reason"], row["known_at"] or 0)
    try:
        kept = json.loads(row["cells"] or "{}")
        if "reading" in kept:
            tag, ts, value, quality, revision = kept["reading"]
            return replace(plain, reading=(str(tag), int(ts), str(value), int(quality), int(revision)))
        if "aside" in kept:
            return replace(plain, column=column_of(state.folder, kept["aside"]))
        return replace(plain, cells=_texts(kept.get("cells", {})), event=_texts(kept.get("event", {})))
    except (ValueError, TypeError, AttributeError):
        return plain


def _texts(kept: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(cell)) for name, cell in kept.items())


def _stored(state: State) -> list[dict[str, Any]]:
    folder = quarantine_folder(state)
    table = open_table(folder)
    if table is None:
        return []
    rows: list[dict[str, Any]] = []
    for path in _files(pa.table(table.get_add_actions(flatten=True)).column("path").to_pylist()):
        with pq.ParquetFile(folder / unquote(path)) as file:
            wanted = [name for name in QUARANTINE.names if name in file.schema_arrow.names]
            rows += file.read(columns=wanted, use_threads=False).to_pylist()
    return [{**dict.fromkeys(QUARANTINE.names), **row} for row in rows]


def _files(paths: Iterable[Any]) -> list[str]:
    return sorted(str(path) for path in paths)
