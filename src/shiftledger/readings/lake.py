"""The lake of readings: batches in, once each, and what was known of any tag at any watermark (R2, R4).

A load is one Delta commit; the commit's version is the batch's load sequence. The SQL record follows it: a batch exists for readers when
it is registered. A crash between the two is healed by the next load, from what the commit wrote beside its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from shiftledger.acts.state import GENESIS, State, batches, writing
from shiftledger.acts.state import batch_parts as parts_table
from shiftledger.acts.state import tags as tags_table
from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Location, Outcome, disk_or, ordered
from shiftledger.core.period import DAY
from shiftledger.readings.batch import UNDECLARED, Batch, BatchRecord, LoadReport
from shiftledger.readings.codes import LakeError, found
from shiftledger.readings.delta import (
    NULLABLE,
    READINGS,
    STORED,
    append_rows,
    column,
    commit_metadata,
    open_or_create,
    open_table,
    reason,
    rows_files,
    settle_on_disk,
)
from shiftledger.readings.logical import BatchPart, batch_id, parts_of, record_hash
from shiftledger.readings.lots import entries, owner_of
from shiftledger.readings.order import order_of
from shiftledger.readings.quality import Rows, contradictions, one_value_each, said_already
from shiftledger.readings.quarantine import keep_refused, quarantine_folder, quarantined
from shiftledger.readings.revised import lot_tags, with_retractions

Mask = npt.NDArray[np.bool_]
Name = tuple[str, tuple[str, int] | None]  # a batch's id, and the stream that it belongs to

__all__ = [
    "append",
    "batch_parts",
    "batch_records",
    "compare",
    "days_read",
    "extent",
    "heal",
    "quarantine_folder",
    "quarantined",
    "read",
    "record_commits",
    "stream_version",
    "watermark",
]


def append(
    state: State, batch: Batch, known_at: int, *, decided: str = "", stream: tuple[str, int] | None = None
) -> Outcome[LoadReport]:
    """Load a batch: what is new of it becomes known at `known_at` (UTC microseconds); the same batch again changes nothing. # R2, R4

    Rows equal to what is known are not appended; a batch without anything new is recorded nowhere (`loaded` False). Contradictions
    inside the batch and rejected rows go to quarantine, also when nothing else of the file can be used. `decided` names what a person
    decided (an entry, a readmission): the same rows by another decision are another batch, so that a correction can be taken back.
    `stream`: a live stream's id and the number of the batch's last row in it; what has that number already changes nothing.
    """
    settled = one_value_each(batch)
    identity = content_hash([batch_id(settled), decided]) if decided else batch_id(settled)
    issues = settled.issues[len(batch.issues) :]
    with writing(state) as sql:
        ids = _new_tags(sql, settled.tags)
    try:
        with writing(state) as sql:
            heal(state, sql)
            keep_refused(state, settled, identity, known_at)
            seq, fresh, known = _append_once(state, sql, settled, (identity, stream), known_at, ids)
            heal(state, sql)  # the way to the SQL record is always the one that heals a crash
    except (DeltaError, LakeError, OSError, pa.ArrowException) as error:
        why, at = reason(error), Location(state.readings.name)
        remedy = f"{disk_or(why, 'Run `shiftledger verify`; restore the folder from a copy.')} Nothing was loaded."
        refused = found("R035", f"the lake cannot be used: {why}", at, remedy)
        return Outcome(_report(batch, settled, None, 0), ordered((*issues, refused)))
    if seq is not None and len(known):
        issues = ordered((*issues, *contradictions(_points_of(fresh, known), batch.source, zone=batch.zone)))
    new = entries(fresh.tags, fresh.tag, fresh.row)
    return Outcome(_report(batch, settled, seq, new), issues)


def _append_once(
    state: State, sql: sa.Connection, settled: Batch, name: Name, known_at: int, ids: dict[str, int]
) -> tuple[int | None, Rows, Rows]:
    """(sequence or None, rows appended, rows known before), under the write lock. # R2"""
    none, (identity, stream) = _no_rows(settled.tags), name
    if not len(settled.ts):
        return None, none, none
    last = _watermark(sql)
    present = open_table(state.readings)
    if last >= 0 and (present is None or present.version() < last):
        raise DeltaError(f"its log ends before batch {last}, which is recorded")
    table = present or open_or_create(state.readings, READINGS, ["day"])
    if table.transaction_version(identity) is not None or (stream and _folded(table, stream[0]) >= stream[1]):
        return None, none, none
    fresh, known = _compared(state, sql, settled, known_at, ids)
    if not len(fresh):
        return None, none, known
    parts = parts_of(fresh)
    content = [[p.day, p.tag, p.rows, p.hash] for p in parts]
    metadata = {"id": identity, "known_at": known_at, "source": settled.source, "rows": len(fresh), "parts": content}
    return append_rows(state.readings, table, _stored_form(fresh, ids), identity, metadata, stream), fresh, known


def record_commits(state: State) -> None:
    """Register what a crash left in the lake only. LakeError if the lake is damaged."""
    try:
        with writing(state) as sql:
            heal(state, sql)
    except (DeltaError, OSError, ValueError, pa.ArrowException) as error:
        raise LakeError(reason(error)) from error


def stream_version(state: State, stream: str) -> int:
    """The number of a live stream's last row that is in the lake; -1 if none is. LakeError if the lake is damaged."""
    try:
        table = open_table(state.readings)
        return -1 if table is None else _folded(table, stream)
    except (DeltaError, OSError, ValueError, pa.ArrowException) as error:
        raise LakeError(reason(error)) from error


def _folded(table: DeltaTable, stream: str) -> int:
    last = table.transaction_version(stream)
    return -1 if last is None else int(last)


def _compared(state: State, sql: sa.Connection, settled: Batch, known_at: int, ids: dict[str, int]) -> tuple[Rows, Rows]:
    """(rows that say something new, rows known of the same tags and days). # R2"""
    none = _no_rows(settled.tags)
    table = open_table(state.readings)
    if table is None or not len(settled.ts):
        return _unknown(settled, none, np.empty(0, np.bool_), 1), none
    if settled.same_lot:
        settled = with_retractions(settled, _lots_around(state, sql, settled, ids, table), table.version() + 1)
    days = set(np.unique(settled.ts // DAY).tolist())
    files = [file.path for file in rows_files(state.readings, table) if file.day in days]
    known_from = {int(loaded): int(at) for loaded, at in sql.execute(sa.select(batches.c.seq, batches.c.known_at))}
    known = _rows_in(files, settled.tags, ids, int(settled.ts.min()), int(settled.ts.max()) + 1, tuple(sorted(known_from)))
    earlier = np.array([known_from[int(seq)] <= known_at for seq in known.batch], np.bool_)
    return _unknown(settled, known, earlier, table.version() + 1), known


def compare(state: State, batch: Batch, known_at: int) -> tuple[Batch, Rows, Rows]:
    """What `append` would do, without doing it: the batch in order, the rows that are new, and what is known of its tags. # R2

    Writes nothing. LakeError if the lake is damaged.
    """
    settled = one_value_each(batch)
    try:
        with state.engine.connect() as sql:
            ids = {name: number for number, name in sql.execute(sa.select(tags_table.c.id, tags_table.c.name))}
            fresh, known = _compared(state, sql, settled, known_at, ids)
            table = open_table(state.readings)
            if table is not None and table.transaction_version(batch_id(settled)) is not None:
                fresh = _no_rows(settled.tags)
    except (DeltaError, OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise LakeError(reason(error)) from error
    return settled, fresh, known


def _lots_around(state: State, sql: sa.Connection, settled: Batch, ids: dict[str, int], table: DeltaTable) -> Rows:
    """What is stored of the ids of lots, as far around the batch's stamps as one lot can lie. # R1, R2"""
    names = lot_tags(settled)
    start, end = int(settled.ts.min()) - settled.same_lot, int(settled.ts.max()) + settled.same_lot + 1
    named = {int(day) for (day,) in sql.execute(sa.select(parts_table.c.day).where(parts_table.c.tag.in_(names)).distinct())}
    files = [file.path for file in rows_files(state.readings, table) if file.day in named and start <= (file.day + 1) * DAY]
    return _rows_in(files, names, ids, start, end, _registered(sql, _watermark(sql)))


def _new_tags(sql: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """Ids of the tags, given out in name order where new; committed before any row carries them."""
    known = {name: number for number, name in sql.execute(sa.select(tags_table.c.id, tags_table.c.name))}
    following = max(known.values(), default=0) + 1
    new = [{"id": following + i, "name": name} for i, name in enumerate(sorted(set(names) - set(known)))]
    if new:
        sql.execute(sa.insert(tags_table), new)
    return {**known, **{str(row["name"]): int(str(row["id"])) for row in new}}


def _unknown(batch: Batch, known: Rows, earlier: Mask, seq: int) -> Rows:
    """The rows of the batch that say something new, as load `seq`. # R2

    What is loaded with a `known_at` in the past must also be new or not among the rows known at that time (`earlier`).
    """
    number = np.full(len(batch.ts), seq, np.int64)
    fresh = Rows(batch.tags, batch.tag, batch.ts, batch.value, batch.quality, batch.revision, number, batch.row)
    said = said_already(fresh, known)
    if not earlier.all():
        said &= said_already(fresh, known.take(earlier))
    return fresh.take(~said)


def _stored_form(rows: Rows, ids: dict[str, int]) -> pa.Table:
    """Rows as the table holds them: tag ids, null for an undeclared revision, sorted by (day, tag, ts, revision)."""
    number = np.array([ids[tag] for tag in rows.tags], np.int32)[rows.tag]
    order = order_of((rows.ts // DAY, number, rows.ts, rows.revision))
    revision = pa.array(rows.revision[order], mask=rows.revision[order] == UNDECLARED)
    columns = [
        (rows.ts // DAY).astype(np.int32)[order],
        number[order],
        rows.ts[order],
        rows.value[order],
        rows.quality[order],
        revision,
    ]
    return pa.table([*columns, rows.batch[order], rows.row[order]], schema=READINGS)


def _points_of(fresh: Rows, known: Rows) -> Rows:
    """Everything known of the instants that `fresh` speaks about."""
    whole = Rows(
        fresh.tags,
        np.concatenate([known.tag, fresh.tag]),
        np.concatenate([known.ts, fresh.ts]),
        np.concatenate([known.value, fresh.value]),
        np.concatenate([known.quality, fresh.quality]),
        np.concatenate([known.revision, fresh.revision]),
        np.concatenate([known.batch, fresh.batch]),
        np.concatenate([known.row, fresh.row]),
    )
    return whole.take(np.isin(whole.ts, fresh.ts))


def _report(batch: Batch, settled: Batch, seq: int | None, appended: int) -> LoadReport:
    """`rows` counts readings, lots and rejected rows of the file; what is neither appended nor quarantined was known or repeated."""
    counts = np.bincount(settled.tag, minlength=len(settled.tags)).tolist()
    first, last = (int(settled.ts.min()), int(settled.ts.max())) if len(settled.ts) else (None, None)
    rows = entries(batch.tags, batch.tag, batch.row) + len(batch.rejected)
    by_tag = {tag: n for tag, n in zip(settled.tags, counts, strict=True) if n and owner_of(tag) == tag}
    return LoadReport(batch.source, seq is not None, seq, rows, appended, len(settled.rejected), first, last, by_tag)


# --- the SQL record


def heal(state: State, sql: sa.Connection) -> tuple[int, ...]:
    """Register the loads that are in the lake but not in SQL (after a crash between the two); their sequences. Needs the write lock."""
    table = open_table(state.readings)
    healed = []
    for seq in range(_watermark(sql) + 1, table.version() + 1 if table else 0):
        found_load = commit_metadata(state.readings, seq)
        if found_load is None:
            continue
        settle_on_disk(state.readings, seq)
        load = BatchRecord(seq, found_load["id"], found_load["known_at"], found_load["source"], found_load["rows"])
        _register(sql, load, [BatchPart(seq, *part) for part in found_load["parts"]])
        healed.append(seq)
    return tuple(healed)


def _register(sql: sa.Connection, load: BatchRecord, parts: list[BatchPart]) -> None:
    prev = sql.execute(sa.select(batches.c.hash).order_by(batches.c.seq.desc()).limit(1)).scalar() or GENESIS
    link = record_hash(prev, load.seq, load.id, load.known_at, load.source, load.rows, parts)
    row = {
        "seq": load.seq,
        "id": load.id,
        "known_at": load.known_at,
        "source": load.source,
        "rows": load.rows,
        "prev": prev,
        "hash": link,
    }
    sql.execute(sa.insert(batches), [row])
    sql.execute(
        sa.insert(parts_table), [{"seq": p.seq, "day": p.day, "tag": p.tag, "rows": p.rows, "hash": p.hash} for p in parts]
    )


def _watermark(sql: sa.Connection) -> int:
    last = sql.execute(sa.select(sa.func.max(batches.c.seq))).scalar()
    return -1 if last is None else int(last)


def _registered(sql: sa.Connection, upto: int) -> tuple[int, ...]:
    return tuple(
        int(seq) for (seq,) in sql.execute(sa.select(batches.c.seq).where(batches.c.seq <= upto).order_by(batches.c.seq))
    )


def watermark(state: State) -> int:
    """The load sequence of the latest registered batch; -1 if there is none."""
    with state.engine.connect() as sql:
        return _watermark(sql)


def extent(state: State) -> tuple[int, int] | None:
    """First and last instant (us) of everything registered; None if nothing is. Reads the two outer days only."""
    query = sa.select(sa.func.min(parts_table.c.day), sa.func.max(parts_table.c.day))
    with state.engine.connect() as sql:
        first, last = sql.execute(query).one()
        names = [str(name) for (name,) in sql.execute(sa.select(tags_table.c.name))]
    if first is None:
        return None
    outer = [read(state, names, day * DAY, (day + 1) * DAY, watermark(state)).ts for day in (int(first), int(last))]
    return int(outer[0].min()), int(outer[1].max())


def days_read(state: State) -> tuple[int, ...]:
    """The UTC days (numbers since 1970) of which anything is registered, in order; from the record, not the rows."""
    with state.engine.connect() as sql:
        return tuple(int(day) for (day,) in sql.execute(sa.select(parts_table.c.day).distinct().order_by(parts_table.c.day)))


def batch_records(state: State, upto: int | None = None) -> tuple[BatchRecord, ...]:
    """The registered batches in load order, up to and including sequence `upto` (None: all)."""
    query = sa.select(batches).order_by(batches.c.seq)
    with state.engine.connect() as sql:
        rows = sql.execute(query if upto is None else query.where(batches.c.seq <= upto)).mappings()
        return tuple(BatchRecord(**row) for row in rows)


def batch_parts(state: State) -> tuple[BatchPart, ...]:
    """What every registered batch appended by UTC day and tag, in (seq, day, tag) order."""
    with state.engine.connect() as sql:
        return tuple(sorted(BatchPart(**row) for row in sql.execute(sa.select(parts_table)).mappings()))


# --- reading


def read(state: State, tags: Collection[str], start: int, end: int, upto: int) -> Rows:
    """Every stored row of the tags with start <= ts < end (I2) from registered batches up to sequence `upto` ("as known at"). # R2

    Rows come in (tag, ts, batch, row) order; `Rows.tags` are the asked tags in name order, whether or not anything is known of them.
    Other processes may append meanwhile. LakeError if the lake is damaged (`verify_batches` locates it).
    """
    names = tuple(sorted(set(tags)))
    with state.engine.connect() as sql:  # first the record, then the table: it holds at least what is recorded
        seqs = _registered(sql, upto)
        ids = {name: number for number, name in sql.execute(sa.select(tags_table.c.id, tags_table.c.name))}
    try:
        table = open_table(state.readings)
        if table is None or not seqs or end <= start:
            return _no_rows(names)
        days = range(start // DAY, (end - 1) // DAY + 1)
        files = [file.path for file in rows_files(state.readings, table) if file.day in days]
    except (DeltaError, OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise LakeError(reason(error)) from error
    return _rows_in(files, names, ids, start, end, seqs)


def _no_rows(names: tuple[str, ...]) -> Rows:
    whole = np.empty(0, np.int64)
    return Rows(names, np.empty(0, np.int32), whole, np.empty(0, np.float64), np.empty(0, np.int8), whole, whole, whole)


def _rows_in(files: list[Path], names: tuple[str, ...], ids: dict[str, int], start: int, end: int, seqs: tuple[int, ...]) -> Rows:
    asked = [(ids[name], i) for i, name in enumerate(names) if name in ids]
    if not files or not asked or not seqs:
        return _no_rows(names)
    numbers = pa.array([number for number, _ in asked], pa.int32())
    table = pa.concat_tables([_file_rows(path, numbers, start, end) for path in files])
    place = np.full(max(number for number, _ in asked) + 1, -1, np.int32)
    place[[number for number, _ in asked]] = [i for _, i in asked]
    tag, ts, value, quality, revision, batch, row = (column(table, name) for name in STORED.names)
    rows = Rows(names, place[tag], ts, value, quality, revision, batch, row)
    order = order_of((rows.tag, ts), (batch, row))
    return rows.take(order[np.isin(batch[order], np.array(seqs, np.int64))])


def _file_rows(path: Path, numbers: pa.Int32Array, start: int, end: int) -> pa.Table:
    """The asked rows of one file. A dataset scan would trust the file's statistics, and end the program on a damaged footer."""
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=STORED.names).select(STORED.names).cast(NULLABLE)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise LakeError(f"{path.parent.name}/{path.name}: {reason(error)}") from error
    return table.filter(pc.field("tag").isin(numbers) & (pc.field("ts") >= start) & (pc.field("ts") < end))
