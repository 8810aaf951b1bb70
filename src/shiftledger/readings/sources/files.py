"""Files of readings, CSV and Parquet, wide and long, into one `Batch` (R1, R3, R4).

Every cell of the file ends as a reading, as an empty cell, or in quarantine with its line and the reason. Meters of kind interval
are stamped at the END of their interval, all others at its START, whatever the file does (`stamps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import DAY, instant
from shiftledger.plant.model import Meter, Plant, SourceFile, valid_on
from shiftledger.readings.batch import BAD, GOOD, UNDECLARED, Batch, Instants, Small, Values, cells_text
from shiftledger.readings.codes import LOCATED, closest, found
from shiftledger.readings.sources.cells import (
    Cells,
    Column,
    clip,
    codes,
    distinct,
    numbers,
    qualities,
    revisions,
    said,
    text_of,
    why_not_a_number,
)
from shiftledger.readings.sources.choose import asked_columns, holder, label_of, source_of, unusable
from shiftledger.readings.sources.sheets import Columns, open_sheet
from shiftledger.readings.sources.stamps import Stamps, parse, read_stamps

Indices = npt.NDArray[np.int64]
Pieces = list[tuple[str, Indices, Values, Small, Instants, Instants]]  # tag, rows of the sheet, value, quality, revision, ts


QUOTE = '"'


@dataclass(slots=True)
class Reading:
    """One file while it is read: what is asked of it, and what it was refused for."""

    plant: Plant
    source: SourceFile
    name: str
    columns: Columns
    meters: dict[str, tuple[Meter, ...]]
    rejected: list[tuple[str, int, str, str]] = field(default_factory=list)  # code, line, text, reason
    cells: dict[tuple[int, str], str] = field(default_factory=dict)  # line, text -> the row's cells by column, to be read again
    issues: list[Issue] = field(default_factory=list)
    pieces: Pieces = field(default_factory=list)

    def refuse(self, code: str, row: int, reason: str, cell: tuple[str, str] | None = None) -> None:
        """Keep a row, or of a wide row only the `cell` (column, text): what is shown of it, and its cells. # R4"""
        names = (self.source.time, cell[0], self.source.quality, self.source.revision) if cell else tuple(self.columns.by_name)
        kept = {name: said(self.columns.by_name[name][row]) for name in names if name in self.columns.by_name}
        line, text = int(self.columns.lines[row]), self.columns.text(int(row))
        if cell:
            text = f"{kept[self.source.time]},{cell[0]},{cell[1]}"
        self.rejected.append((code, line, text, reason))
        self.cells[line, text] = cells_text(kept)


def read_file(plant: Plant, path: Path, *, name: str | None = None) -> Outcome[Batch]:
    """The readings of one file, and everything that is wrong with it; a file that cannot be read gives an empty batch. # R3, R4"""
    label = name or label_of(plant, path)
    source, issues = source_of(plant, path, label)
    if source is None:
        return Outcome(empty_batch(label, issues), issues)
    issues = unusable(plant, source)
    sheet = open_sheet(path, source, label) if not issues else None
    if sheet is None or sheet.result is None:
        issues = ordered((*issues, *(sheet.issues if sheet else ())))
        return Outcome(empty_batch(label, issues), issues)
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    tags, names, issues = asked_columns(source, sheet.result.header, meters, label)
    if names is None:
        return Outcome(empty_batch(label, issues), issues)
    return read_columns(Reading(plant, source, label, sheet.result.columns(names), meters, issues=list(issues)), tags)


def read_columns(reading: Reading, tags: Iterable[tuple[str, str]]) -> Outcome[Batch]:
    """The readings of columns, wherever they come from; `tags`: the wide layout's (column, tag) pairs. # R3, R4"""
    reading.rejected += [("R020", line, text, reason) for line, text, reason in reading.columns.torn]
    if reading.source.layout == "wide":
        _wide(reading, tags)
    else:
        _long(reading)
    return _batch(reading)


# --- rows to readings


def _stamps(reading: Reading, group: npt.NDArray[np.int32]) -> Stamps:
    source = reading.source
    zone = ZoneInfo(source.zone or reading.plant.settings.zone)
    column = reading.columns.by_name[source.time]
    return read_stamps(column, source.time_format, zone, midnight_old=source.midnight == "old", group=group)


def _long(reading: Reading) -> None:
    """One reading a row: (time, tag, value[, quality][, revision]). # R3"""
    source, columns = reading.source, reading.columns.by_name
    words, where = distinct(text_of(columns[source.tag]))
    names, tag = [str(name) for name in words.to_pylist()], where.astype(np.int32)
    stamps = _stamps(reading, tag)
    value = columns[source.value]
    open_rows = ~_blank_rows(reading)
    for row in sorted(stamps.why):
        if open_rows[row]:
            reading.refuse("R021", row, stamps.why[row])
        open_rows[row] = False
    known = np.array([name in reading.meters for name in names], np.bool_)
    for row in np.flatnonzero(open_rows & ~known[tag]).tolist():
        reading.refuse("R011", row, f'tag "{clip(names[tag[row]])}" is not declared')
    open_rows &= known[tag]
    quality, revision = _side_columns(reading, open_rows)
    order = np.argsort(tag, kind="stable")
    cuts = np.searchsorted(tag[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        rows = order[cuts[i] : cuts[i + 1]]
        rows = rows[open_rows[rows]]
        if known[i] and len(rows):
            _values(reading, name, value, rows, stamps, quality, revision, None)


def _blank_rows(reading: Reading) -> npt.NDArray[np.bool_]:
    """Rows with nothing in any of the asked columns, as spreadsheets leave them below a table."""
    columns = reading.columns.by_name.values()
    blank = np.ones(len(reading.columns.lines), np.bool_)
    for column in columns:
        if column.null_count == 0 and reading.source.format == "csv":
            return np.zeros_like(blank)
        blank &= np.array(column.is_null().to_numpy(zero_copy_only=False))
    return blank


def _wide(reading: Reading, pairs: Iterable[tuple[str, str]]) -> None:
    """One column a tag; quality and revision, where declared, hold for the whole row. # R3"""
    count = len(reading.columns.lines)
    stamps = _stamps(reading, np.zeros(count, np.int32))
    open_rows = ~_blank_rows(reading)
    for row in sorted(stamps.why):
        if open_rows[row]:
            reading.refuse("R021", row, stamps.why[row])
        open_rows[row] = False
    quality, revision = _side_columns(reading, open_rows)
    for column, tag in pairs:
        _values(reading, tag, reading.columns.by_name[column], np.flatnonzero(open_rows), stamps, quality, revision, column)


def _side_columns(reading: Reading, open_rows: npt.NDArray[np.bool_]) -> tuple[Small, Instants]:
    """Quality and revision of every row; rows with an unreadable one are refused (and closed in `open_rows`)."""
    source, columns = reading.source, reading.columns.by_name
    count = len(open_rows)
    quality, revision = np.full(count, GOOD, np.int8), np.full(count, UNDECLARED, np.int64)
    if source.quality:
        cells = qualities(columns[source.quality])
        _refuse_all(
            reading,
            "R024",
            cells,
            columns[source.quality],
            open_rows,
            lambda c: f'quality "{clip(c)}" is not good, uncertain or bad',
        )
        quality = cells.value
    if source.revision:
        cells = _revisions(reading, columns[source.revision])
        reason = "is neither a whole number from 0 nor a time"
        _refuse_all(reading, "R025", cells, columns[source.revision], open_rows, lambda c: f'revision "{clip(c)}" {reason}')
        revision = cells.value
    return quality, revision


def _revisions(reading: Reading, column: Column) -> Cells:
    """Declared revisions; a modified time counts in microseconds, in the fold the later one. # R2"""
    zone = ZoneInfo(reading.source.zone or reading.plant.settings.zone)
    words = column
    if pa.types.is_timestamp(column.type):
        words = pa.array([said(cell) for cell in column])

    def instant_of(text: str) -> int | None:
        parsed = parse(pa.array([text]), reading.source.time_format, midnight_old=False)
        if not parsed.ok[0]:
            parsed = parse(pa.array([text]), "iso", midnight_old=False)
        at = int(parsed.at[0])
        if not parsed.ok[0] or at < 0:
            return None
        if parsed.aware[0]:
            return at
        local = datetime.fromtimestamp(at // 1_000_000, UTC).replace(tzinfo=zone, fold=1)
        return instant(local) + at % 1_000_000

    return revisions(words, instant_of)


def _refuse_all(
    reading: Reading, code: str, cells: Cells, column: Column, open_rows: npt.NDArray[np.bool_], reason: Callable[[Any], str]
) -> None:
    for row in np.flatnonzero(cells.bad & open_rows):
        reading.refuse(code, int(row), reason(column[int(row)]))
    open_rows &= ~cells.bad


def _values(
    reading: Reading,
    tag: str,
    column: Column,
    rows: Indices,
    stamps: Stamps,
    quality: Small,
    revision: Instants,
    wide: str | None,
) -> None:
    """The readings of one tag on `rows`; BAD rows need no value and keep none. # R1"""
    taken = _rows_of(column, rows) if len(rows) != len(column) else column
    for meter, at in _meters_by_day(reading.meters[tag], stamps.wall[rows]):
        chosen, cells_of = rows[at], taken if len(at) == len(rows) else _rows_of(taken, at)
        table = {text: float(code) for text, code in meter.codes}
        cells = codes(cells_of, table) if table else numbers(cells_of, reading.source.decimal)
        is_bad = quality[chosen] == BAD
        for i in np.flatnonzero(cells.bad & ~is_bad):
            cell = said(cells_of[int(i)])
            reason = (
                f'"{clip(cell)}" is not a code of state tag "{tag}"' if table else why_not_a_number(cell, reading.source.decimal)
            )
            reading.refuse("R023" if table else "R022", int(chosen[i]), reason, (wide, cell) if wide else None)
        without = cells.empty if wide else np.zeros_like(is_bad)  # a BAD row of the long layout is a reading even without a value
        kept = np.where(is_bad, ~without, ~cells.empty & ~cells.bad)
        value = np.where(is_bad, np.nan, cells.value)[kept]
        where = chosen[kept]
        ts = stamps.ts[where] + _shift(meter, reading.source)
        reading.pieces.append((tag, where, value, quality[where], revision[where], ts))


def _rows_of(column: Column, rows: Indices) -> Column:
    return column.take(rows)


def _shift(meter: Meter, source: SourceFile) -> int:
    """From the file's stamp to the stored one: interval meters at the end of their interval, others at the start. # R3"""
    if meter.kind == "interval":
        return source.interval if source.stamps == "start" else 0
    return -source.interval if source.stamps == "end" else 0


def _meters_by_day(meters: tuple[Meter, ...], wall: Instants) -> list[tuple[Meter, Indices]]:
    """Which row of meters.csv governs which reading: by local date, the last row where none is valid. # T4"""
    everything = np.arange(len(wall))
    if all((m.kind, m.codes) == (meters[0].kind, meters[0].codes) for m in meters):
        return [(meters[0], everything)]
    days = wall // DAY
    governing = np.full(len(wall), len(meters) - 1)
    for day in np.unique(days).tolist():
        label = date.fromordinal(date(1970, 1, 1).toordinal() + day)
        valid = [i for i, meter in enumerate(meters) if valid_on(meter, label)]
        governing[days == day] = valid[0] if valid else len(meters) - 1
    return [(meter, everything[governing == i]) for i, meter in enumerate(meters) if (governing == i).any()]


# --- the batch


def _batch(reading: Reading) -> Outcome[Batch]:
    tags = tuple(sorted({piece[0] for piece in reading.pieces}))
    pieces = reading.pieces
    tag = np.concatenate([np.full(len(p[1]), tags.index(p[0]), np.int32) for p in pieces] or [np.empty(0, np.int32)])
    rows, value, quality, revision, ts = (np.concatenate([p[i] for p in pieces]) if pieces else np.empty(0) for i in range(1, 6))
    line = reading.columns.lines[rows.astype(np.int64)]
    in_file = np.lexsort((tag, line))
    if not len(line) and not reading.rejected:
        reading.issues.append(found("R012", f"the {holder(reading.source)} holds no readings", Location(reading.name), ""))
    issues = ordered((*reading.issues, *_summary(reading)))
    rejected = tuple(
        (reading.name, n, text, reason)
        for n, text, reason in sorted((n, text, reason) for _, n, text, reason in reading.rejected)
    )
    batch = Batch(
        reading.name,
        tags,
        tag[in_file],
        ts.astype(np.int64)[in_file],
        value.astype(np.float64)[in_file],
        quality.astype(np.int8)[in_file],
        revision.astype(np.int64)[in_file],
        line[in_file],
        rejected,
        issues,
        reading.cells,
    )
    return Outcome(batch, issues)


def _summary(reading: Reading) -> list[Issue]:
    """At most 20 located issues of a kind, then a count; unknown tags once each, with the closest known one."""
    remedy = "The row waits in quarantine; correct it in the file, or how sources.toml reads the file, and load it again."
    by_code: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for code, line, text, reason in sorted(reading.rejected):
        by_code[code].append((line, text, reason))
    issues = []
    for code, rows in by_code.items():
        shown = (
            list({reason: (line, text, reason) for line, text, reason in reversed(rows)}.values())[::-1]
            if code == "R011"
            else rows
        )
        for line, text, reason in shown[:LOCATED]:
            hint = remedy
            if code == "R011":
                hint = f"{closest(reason.split(QUOTE)[1], reading.meters)}Declare it in meters.csv and load the file again."
            issues.append(found(code, reason, Location(reading.name, line, text=clip(text)), hint))
        if len(shown) > LOCATED or code == "R011":
            total = (
                f"rows rejected for undeclared tags: {len(rows)}"
                if code == "R011"
                else f"more rows rejected for this kind of reason: {len(rows) - LOCATED}"
            )
            issues.append(found(code, total, Location(reading.name), remedy))
    return issues


def empty_batch(name: str, issues: tuple[Issue, ...]) -> Batch:
    """What a source gives that cannot be read."""
    whole = np.empty(0, np.int64)
    return Batch(name, (), np.empty(0, np.int32), whole, np.empty(0, np.float64), np.empty(0, np.int8), whole, whole, (), issues)
