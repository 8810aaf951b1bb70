"""The Delta tables of the readings: how they are made, opened, appended to and brought safely to disk (DESIGN, "The store").

`readings` is partitioned by UTC day, one file sorted by (tag, ts) per touched day and load; `quarantine` holds rejected rows. The history
of the log is kept for good: `verify` and a load after a crash read it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import DeltaError

from shiftledger.readings.batch import UNDECLARED

_COLUMNS: list[Any] = [
    pa.field("day", pa.int32(), nullable=False),
    pa.field("tag", pa.int32(), nullable=False),
    pa.field("ts", pa.int64(), nullable=False),
    pa.field("value", pa.float64(), nullable=False),
    pa.field("quality", pa.int8(), nullable=False),
    pa.field("revision", pa.int64()),
    pa.field("batch", pa.int64(), nullable=False),
    pa.field("row", pa.int64(), nullable=False),
]
READINGS = pa.schema(_COLUMNS)
STORED = READINGS.remove(0)  # the day stands in the path
NULLABLE = pa.schema([field.with_nullable(True) for field in STORED])  # as a damaged file may be
_REJECTED: list[Any] = [
    pa.field("batch", pa.string()),
    pa.field("source", pa.string()),
    pa.field("line", pa.int64()),
    pa.field("text", pa.string()),
    pa.field("reason", pa.string()),
    pa.field("known_at", pa.int64()),
    pa.field("cells", pa.string()),  # absent in what an early version kept
]
QUARANTINE = pa.schema(_REJECTED)
HISTORY = {"delta.logRetentionDuration": "interval 36500 days", "delta.enableExpiredLogCleanup": "false"}
METADATA = "shiftledger"  # key of the commit metadata
LAYOUT = WriterProperties(
    compression="LZ4_RAW",
    column_properties={
        "ts": ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED"),
        "value": ColumnProperties(dictionary_enabled=False, encoding="BYTE_STREAM_SPLIT"),
    },
)
PLAIN = WriterProperties(compression="ZSTD")


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A file of rows that the log names: its path, its UTC day, and the log's bounds of load sequence (None: unknown)."""

    path: Path
    day: int
    first_batch: int | None
    last_batch: int | None


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OF_THE_DISK = re.compile(r"([^:]*\(os error (?:5|13|28|30|122)\))")  # input/output, permission, full, read-only, quota


def reason(error: Exception) -> str:
    """Why the Delta writer or reader gave up, in one line; where the disk is the cause, what the system said of it.

    >>> reason(OSError("Generic LocalFileSystem error\\n  \\x1b[31m↳\\x1b[0m Unable to rename file\\n   ↳ No space left on device (os error 28)"))
    'No space left on device (os error 28)'
    """
    lines = [_COLOUR.sub("", line).strip(" ↳") for line in str(error).splitlines()]
    chain = [line for line in lines if line] or [type(error).__name__]
    of_the_disk = [found for line in chain for found in _OF_THE_DISK.findall(line)]
    return str(of_the_disk[-1] if of_the_disk else chain[0]).strip()[:200]


def open_table(folder: Path) -> DeltaTable | None:
    """The table as it is now, or None if there is none yet. DeltaError if its log is damaged."""
    if not any((folder / "_delta_log").glob("*.json")):
        return None
    return DeltaTable(str(folder))


def open_or_create(folder: Path, schema: pa.Schema, partition_by: list[str] | None = None) -> DeltaTable:
    """The table, made empty (version 0) if there is none. DeltaError if its log is damaged."""
    table = open_table(folder)
    if table is None:
        folder.mkdir(parents=True, exist_ok=True)
        table = DeltaTable.create(str(folder), schema, mode="error", partition_by=partition_by, configuration=HISTORY)
        settle_on_disk(folder, 0)
    return table


def append_rows(
    folder: Path,
    table: DeltaTable,
    rows: pa.Table,
    application: str,
    metadata: Mapping[str, Any],
    stream: tuple[str, int] | None = None,
) -> int:
    """Append `rows` as one commit under the application id and return its version; `settle_on_disk` makes it last.

    The version is the one that follows `table`'s: DeltaError if another writer came between (the caller holds the write lock). `stream`:
    id of a live stream, and the number of its last row that is in the table with this commit.
    """
    version = table.version() + 1
    write_deltalake(
        table,
        rows,
        mode="append",
        schema_mode=None if "ts" in rows.column_names else "merge",  # an early quarantine has fewer columns
        writer_properties=LAYOUT if "ts" in rows.column_names else PLAIN,
        commit_properties=CommitProperties(
            custom_metadata={METADATA: json.dumps(dict(metadata), sort_keys=True)},
            app_transactions=[Transaction(application, 0), *([Transaction(*stream)] if stream else [])],
            max_commit_retries=0,
        ),
        post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
    )
    if application not in _applications(folder, version):
        raise DeltaError(f"version {version} of {folder.name} was taken by another writer")
    return version


def _entry(folder: Path, version: int) -> Path:
    return folder / "_delta_log" / f"{version:020d}.json"


def _actions(folder: Path, version: int) -> list[dict[str, Any]]:
    """The actions of one commit; [] if its log entry is missing or unreadable."""
    try:
        return [json.loads(line) for line in _entry(folder, version).read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError):
        return []


def _applications(folder: Path, version: int) -> list[str]:
    return [action["txn"]["appId"] for action in _actions(folder, version) if "txn" in action]


def commit_metadata(folder: Path, version: int) -> dict[str, Any] | None:
    """What the load that made this version wrote beside its rows; None if it was not a load."""
    for action in _actions(folder, version):
        text = action.get("commitInfo", {}).get(METADATA)
        if text is not None:
            try:
                return dict(json.loads(text))
            except (ValueError, TypeError):
                return None
    return None


def settle_on_disk(folder: Path, version: int) -> None:
    """Make a commit last: its files, its log entry and their folders. # DESIGN, "The store" """
    files = [folder / unquote(a["add"]["path"]) for a in _actions(folder, version) if "add" in a]
    folders = {folder.parent, folder, folder / "_delta_log"}
    for file in files:
        folders.update(parent for parent in file.parents if folder in parent.parents)
    for path in (*files, _entry(folder, version), *sorted(folders, reverse=True)):
        _fsync(path)


def settle_file(path: Path) -> None:
    """Make one file or folder last."""
    _fsync(path)


def _fsync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows opens no folder; its file system journals names itself
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rows_files(folder: Path, table: DeltaTable) -> tuple[RowsFile, ...]:
    """The files that make up the table, in (day, path) order."""
    actions = pa.table(table.get_add_actions(flatten=True))
    none: list[Any] = [None] * actions.num_rows
    names = ("path", "partition.day", "min.batch", "max.batch")
    columns = [actions.column(name).to_pylist() if name in actions.column_names else none for name in names]
    files = [RowsFile(folder / unquote(str(path)), int(str(day)), *bounds) for path, day, *bounds in zip(*columns, strict=True)]
    return tuple(sorted(files, key=lambda file: (file.day, str(file.path))))


def column(table: pa.Table, name: str) -> Any:
    """A stored column as NumPy; a null (an undeclared revision) is UNDECLARED."""
    values: Any = table.column(name)
    return values.fill_null(UNDECLARED).to_numpy()
