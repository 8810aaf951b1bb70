"""Are the readings still what was loaded? The chain of batch records and the content of every file, recomputed (L7).

Each batch recorded, by UTC day and tag, the hash of what it appended; the records are chained. So a changed, lost or smuggled-in
reading is located by day, tag and batch, and a changed record by its batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from deltalake.exceptions import DeltaError

from shiftledger.acts.state import GENESIS, State
from shiftledger.acts.state import tags as tags_table
from shiftledger.core.issue import Issue, Location, ordered
from shiftledger.core.period import iso
from shiftledger.readings.batch import BatchRecord
from shiftledger.readings.codes import found
from shiftledger.readings.delta import NULLABLE, STORED, RowsFile, column, commit_metadata, open_table, rows_files
from shiftledger.readings.lake import batch_parts, batch_records
from shiftledger.readings.logical import BatchPart, parts_of, record_hash
from shiftledger.readings.quality import Rows

LAKE = Location("readings")
RESTORE = "Restore the readings folder from a copy, or load the source again into a new state and compare."
Loads = dict[int, dict[str, Any]]  # what each load wrote beside its rows, by sequence
FIELDS = ("id", "known_at", "source", "rows")


def verify_batches(state: State) -> tuple[Issue, ...]:
    """Everything that is not as it was loaded; () if all is. # L7"""
    records, parts = batch_records(state), batch_parts(state)
    try:
        table = open_table(state.readings)
        files = rows_files(state.readings, table) if table else ()
    except (DeltaError, OSError, KeyError, ValueError, pa.ArrowException) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        loads = {r.seq: load for r in records if (load := commit_metadata(state.readings, r.seq)) is not None}
        return ordered((found("R035", f"the lake cannot be opened: {reason}", LAKE, RESTORE), *_log(loads, records)))
    if table is None:
        message = f"the lake is missing, but {len(records)} batches are recorded"
        return (found("R035", message, LAKE, RESTORE),) if records else ()
    loads = {seq: load for seq in range(table.version() + 1) if (load := commit_metadata(state.readings, seq)) is not None}
    source = {**{seq: str(load.get("source", "")) for seq, load in loads.items()}, **{r.seq: r.source for r in records}}
    pending = tuple(
        BatchPart(seq, *part)
        for seq, load in loads.items()
        if seq not in {r.seq for r in records}
        for part in load.get("parts", [])
    )
    content = _content(files, _tag_names(state), (*parts, *pending), source)
    return ordered((*_chain(loads, records, parts), *_log(loads, records), *content))


def _chain(loads: Loads, records: tuple[BatchRecord, ...], parts: tuple[BatchPart, ...]) -> Iterable[Issue]:
    """Every record hashes to its link, and every link follows the one before."""
    prev = GENESIS
    by_batch: dict[int, list[BatchPart]] = {}
    for part in parts:
        by_batch.setdefault(part.seq, []).append(part)
    for record in records:
        link = record_hash(
            record.prev, record.seq, record.id, record.known_at, record.source, record.rows, by_batch.get(record.seq, [])
        )
        if link != record.hash:
            yield _changed(loads, record, by_batch.get(record.seq, []))
        elif record.prev != prev:
            message = f'the record before batch {record.seq} ("{record.source}") is missing or was changed'
            yield found("R030", message, LAKE, "Restore the SQL store from a copy.")
        elif record.seq in loads and (
            other := _differing(loads[record.seq], record, by_batch.get(record.seq, []), "the log has")
        ):
            message = f'the log entry of batch {record.seq} ("{record.source}") is not what was recorded: {"; ".join(other)}'
            yield found("R035", message, LAKE, RESTORE)
        prev = record.hash


def _changed(loads: Loads, record: BatchRecord, parts: list[BatchPart]) -> Issue:
    """Which field of the record differs from what the load wrote beside its rows."""
    what = "; ".join(_differing(loads.get(record.seq, {}), record, parts, "was")) or "its hash does not fit"
    return found(
        "R030",
        f'the record of batch {record.seq} ("{record.source}") was changed: {what}',
        LAKE,
        "Restore the SQL store from a copy.",
    )


def _differing(written: Mapping[str, Any], record: BatchRecord, parts: list[BatchPart], verb: str) -> list[str]:
    """In which fields a record is not what its load wrote beside its rows."""
    differing = [
        f"{name} is {_shown(name, getattr(record, name))}, {verb} {_shown(name, written[name])}"
        for name in FIELDS
        if written.get(name, getattr(record, name)) != getattr(record, name)
    ]
    if written and sorted([p.day, p.tag, p.rows, p.hash] for p in parts) != sorted(written.get("parts", [])):
        differing.append("its content by day and tag was changed")
    return differing


def _shown(name: str, value: object) -> str:
    return iso(value) if name == "known_at" and isinstance(value, int) else f'"{value}"'


def _log(loads: Loads, records: tuple[BatchRecord, ...]) -> Iterable[Issue]:
    """Every load in the lake is recorded, and every record is a load in the lake."""
    known = {record.seq: record for record in records}
    for seq, load in loads.items():
        if seq not in known:
            remedy = (
                "If a load has just crashed, load any file: it registers this batch. Otherwise restore the SQL store from a copy."
            )
            message = f'batch {seq} ("{load.get("source", "")}") is in the lake, but not in the records'
            yield found("R031", message, LAKE, remedy)
    for seq, record in known.items():
        if seq not in loads:
            message = f'batch {seq} ("{record.source}") is recorded, but its entry in the log is missing or damaged'
            yield found("R035", message, LAKE, RESTORE)


def _content(
    files: tuple[RowsFile, ...], names: dict[int, str], parts: tuple[BatchPart, ...], source: dict[int, str]
) -> Iterable[Issue]:
    """The content of the files, day by day, against what the batches recorded."""
    recorded: dict[int, dict[tuple[int, str], BatchPart]] = {}
    for part in parts:
        recorded.setdefault(part.day, {})[part.seq, part.tag] = part
    by_day: dict[int, list[RowsFile]] = {}
    for file in files:
        by_day.setdefault(file.day, []).append(file)
    for day in sorted({*recorded, *by_day}):
        expected, tables, lost = recorded.get(day, {}), [], set()
        for file in by_day.get(day, []):
            rows = _readable(file)
            if isinstance(rows, str):
                inside = [
                    key
                    for key in expected
                    if (file.first_batch or 0) <= key[0] <= (file.last_batch if file.last_batch is not None else key[0])
                ]
                lost.update(inside)
                yield found("R033", f"{_day(day)}: the file with {_named(inside, source)} {rows}", LAKE, RESTORE)
            else:
                tables.append(rows)
        actual = {(part.seq, part.tag): part for part in _parts_in(tables, names, day)}
        yield from _compared(day, expected, actual, lost, source)


def _compared(
    day: int,
    expected: dict[tuple[int, str], BatchPart],
    actual: dict[tuple[int, str], BatchPart],
    lost: set[tuple[int, str]],
    source: dict[int, str],
) -> Iterable[Issue]:
    for key in sorted({*expected, *actual}):
        was, now = expected.get(key), actual.get(key)
        if was == now or key in lost:
            continue
        place = f"{_day(day)}, tag {key[1]}"
        if now is None:
            yield found("R032", f"{place}: {was.rows if was else 0} rows of {_origin(key[0], source)} are missing", LAKE, RESTORE)
        elif was is None:
            brought = "which did not bring them" if key[0] in source else "which was never loaded"
            yield found("R034", f"{place}: {now.rows} rows claim {_origin(key[0], source)}, {brought}", LAKE, RESTORE)
        else:
            change = "readings were changed" if was.rows == now.rows else f"{now.rows} rows where {was.rows} were loaded"
            yield found("R032", f"{place}: {change}; {_origin(key[0], source)}", LAKE, RESTORE)


def _origin(seq: int, source: dict[int, str]) -> str:
    return f'batch {seq} ("{source[seq]}")' if seq in source else f"batch {seq}"


def _readable(file: RowsFile) -> pa.Table | str:
    """The file's rows, or what is wrong with it."""
    if not file.path.is_file():
        return "is missing"
    try:
        table = pq.ParquetFile(file.path).read()
        return table.select(STORED.names).cast(NULLABLE)
    except (pa.ArrowException, OSError, KeyError, ValueError, MemoryError):
        return "cannot be read"


def _parts_in(tables: list[pa.Table], names: dict[int, str], day: int) -> tuple[BatchPart, ...]:
    """The content of a day's files; a row with a null where none can be counts as changed."""
    if not tables:
        return ()
    table = pa.concat_tables(tables)
    columns = {name: column(table, name) for name in STORED.names}
    numbers = np.unique(columns["tag"])
    tags = tuple(names.get(int(number), f"number {number}") for number in numbers)
    tag = np.searchsorted(numbers, columns["tag"]).astype(np.int32)
    rows = Rows(tags, tag, *(columns[name] for name in ("ts", "value", "quality", "revision", "batch", "row")))
    return parts_of(rows, np.full(len(tag), day, np.int64))


def _tag_names(state: State) -> dict[int, str]:
    with state.engine.connect() as sql:
        return {int(number): name for number, name in sql.execute(sa.select(tags_table.c.id, tags_table.c.name))}


def _day(day: int) -> str:
    return f"{date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()} (UTC)"


def _named(keys: list[tuple[int, str]], source: dict[int, str]) -> str:
    """'batch 3 ("a.csv": tags x, y)' for each batch, in order."""
    by_batch: dict[int, list[str]] = {}
    for seq, tag in sorted(keys):
        by_batch.setdefault(seq, []).append(tag)
    return (
        " and ".join(f'batch {seq} ("{source.get(seq, "")}": {", ".join(tags)})' for seq, tags in by_batch.items())
        or "rows of no batch"
    )
