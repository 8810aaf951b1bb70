"""What do the rows of a sheet say? Asked columns become readings in the file's order, and rows refused with their reason (R1, R3, R4).

Columns are converted whole: no Python runs for a row unless it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shiftledger.core.issue import Issue
from shiftledger.core.period import DAY, instant
from shiftledger.plant.model import Meter, Plant, SourceFile, valid_on
from shiftledger.readings.batch import BAD, BELOW, GOOD, UNDECLARED, Instants, Small, Values, cells_text
from shiftledger.readings.sources.cells import (
    Cells,
    Column,
    clip,
    codes,
    distinct,
    is_mixed,
    numbers,
    parts,
    qualities,
    results,
    revisions,
    said,
    why_not_a_number,
)
from shiftledger.readings.sources.choose import when_columns
from shiftledger.readings.sources.sheets import Columns
from shiftledger.readings.sources.stamps import Stamps, parse
from shiftledger.readings.sources.when import stamps_of

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Rejected = tuple[str, int, str, str, str]  # code, line, text, reason, place in a workbook ("Sheet1!C7") or ""
BLOCK = 1 << 18  # cells that are turned from columns into rows at once


@dataclass(slots=True)
class Reading:
    """One file while it is read: what is asked of it, and what it was refused for."""

    plant: Plant
    source: SourceFile
    name: str
    columns: Columns
    meters: dict[str, tuple[Meter, ...]]
    rejected: list[Rejected] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    stamps: Stamps | None = None
    cells: dict[tuple[int, str], str] = field(default_factory=dict)  # line, text -> the row's cells by column, to be read again

    def refuse(self, code: str, row: int, reason: str, text: str = "", column: str = "") -> None:
        """A row, or the cell of it that `column` names; what is the matter with the cell itself is the better reason."""
        place, matter = self.columns.cell(row, column)
        line, by_name = int(self.columns.lines[row]), self.columns.by_name
        names = (*when_columns(self.source), column, self.source.quality, self.source.revision) if text else tuple(by_name)
        text = text or self.columns.text(row)
        self.rejected.append((code, line, text, matter or reason, place))
        self.cells[line, text] = cells_text({name: said(by_name[name][row]) for name in names if name in by_name})


@dataclass(frozen=True, slots=True)
class Told:
    """What cells told about one tag, or about tags alike: a value each, where it is kept, and what is added to the stamp (us)."""

    value: Values
    kept: Flags
    shift: int | Instants
    below: Flags | None = None  # results below a laboratory's limit


@dataclass(frozen=True, slots=True)
class Found:
    """The readings of a file in its order: by row, then by tag. `row` counts the sheet's rows; the columns are those of a `Batch`."""

    tags: tuple[str, ...]
    tag: npt.NDArray[np.int32]
    ts: Instants
    value: Values
    quality: Small
    revision: Instants
    row: Indices


def long(reading: Reading) -> Found:
    """One reading a row: (time, tag, value[, quality][, revision]). # R3

    The tags that only hold numbers are converted together; each other tag for itself.
    """
    source, columns = reading.source, reading.columns.by_name
    words, tag = distinct(columns[source.tag])
    names = [str(name) for name in words.to_pylist()]
    stamps = row_stamps(reading, tag)
    open_rows = open_rows_of(reading, stamps)
    known = np.array([name in reading.meters for name in names], np.bool_)
    if not known.all():
        for row in np.flatnonzero(open_rows & ~known[tag]).tolist():
            reading.refuse("R011", row, f'tag "{clip(names[tag[row]])}" is not declared', column=source.tag)
        open_rows &= known[tag]
    quality, revision = side_columns(reading, open_rows)
    alike = np.array([name in reading.meters and _one_kind(reading.meters[name]) for name in names], np.bool_)
    rows = np.flatnonzero(open_rows & alike[tag]) if not (alike.all() and open_rows.all()) else None
    shifts = np.array([_shift(reading.meters[n][0], source) if n in reading.meters else 0 for n in names], np.int64)
    told = _numbers(reading, columns[source.value], rows, quality, None)
    value, kept = told.value, told.kept
    shift: int | Instants = int(shifts[0]) if len(set(shifts.tolist())) == 1 else shifts[tag]
    for i in np.flatnonzero(known & ~alike).tolist():
        rows = np.flatnonzero(open_rows & (tag == i))
        own = _by_day(reading, names[i], columns[source.value], rows, stamps, quality, None)
        value[rows], kept[rows] = own.value[rows], own.kept[rows]
        if own.below is not None:
            quality = np.where(own.below, BELOW, quality).astype(np.int8)
        shift = np.array(np.broadcast_to(shift, len(tag)))
        shift[rows] = np.broadcast_to(own.shift, len(tag))[rows]
    present = np.flatnonzero(np.bincount(tag[open_rows], minlength=len(names)))
    tags = tuple(sorted(names[i] for i in present))
    rank = np.zeros(len(names), np.int32)
    rank[present] = [tags.index(names[i]) for i in present]
    rows = np.flatnonzero(kept)
    moved = stamps.ts if isinstance(shift, int) and shift == 0 else stamps.ts + shift
    if len(rows) == len(kept):
        return Found(tags, rank[tag], moved, value, quality, revision, rows)
    return Found(tags, rank[tag[rows]], moved[rows], value[rows], quality[rows], revision[rows], rows)


def wide(reading: Reading, pairs: Iterable[tuple[str, str]]) -> Found:
    """One column a tag; quality and revision, where declared, hold for the whole row. # R3"""
    stamps = row_stamps(reading, np.zeros(len(reading.columns.lines), np.int32))
    open_rows = open_rows_of(reading, stamps)
    quality, revision = side_columns(reading, open_rows)
    rows = None if open_rows.all() else np.flatnonzero(open_rows)
    told = []
    for column, tag in (pairs := sorted(pairs, key=lambda pair: pair[1])):
        cells = reading.columns.by_name[column]
        if _one_kind(reading.meters[tag]):
            one = _numbers(reading, cells, rows, quality, column)
            told.append(replace(one, shift=_shift(reading.meters[tag][0], reading.source)))
        else:
            told.append(_by_day(reading, tag, cells, np.flatnonzero(open_rows), stamps, quality, column))
    tags = tuple(dict.fromkeys(tag for _, tag in pairs))
    rank = np.array([tags.index(tag) for _, tag in pairs], np.int32)
    return _row_by_row(tags, rank, told, stamps.ts, quality, revision)


def row_stamps(reading: Reading, group: npt.NDArray[np.int32], name: str = "") -> Stamps:
    """The instants of the rows, or those in the column `name`; `group` says which rows belong together (for the fold)."""
    source = replace(reading.source, time=name, clock="") if name else reading.source
    stamps = stamps_of(reading.plant, source, reading.name, reading.columns, group)
    if not name:
        reading.stamps = stamps
    reading.issues += stamps.issues
    return stamps


def open_rows_of(reading: Reading, stamps: Stamps) -> Flags:
    """The rows that say something at some time; one that says something at no time is refused."""
    rows = ~_blank_rows(reading)
    for row in sorted(stamps.why):
        if rows[row]:
            reading.refuse(stamps.code.get(row, "R021"), row, stamps.why[row], column=when_columns(reading.source)[0])
        rows[row] = False
    return rows


def _blank_rows(reading: Reading) -> npt.NDArray[np.bool_]:
    """Rows with nothing in any of the asked columns, as spreadsheets leave them below a table."""
    columns = reading.columns.by_name.values()
    blank = np.ones(len(reading.columns.lines), np.bool_)
    for column in columns:
        if column.null_count == 0:
            return np.zeros_like(blank)
        blank &= np.array(column.is_null().to_numpy(zero_copy_only=False))
    return blank


def _row_by_row(
    tags: tuple[str, ...], rank: npt.NDArray[np.int32], told: list[Told], ts: Instants, quality: Small, revision: Instants
) -> Found:
    """The columns of a wide sheet as rows of readings, in blocks of rows."""
    count, wide = len(ts), len(told)
    pieces: list[tuple[npt.NDArray[Any], ...]] = []
    moved = any(not (isinstance(one.shift, int) and one.shift == 0) for one in told)
    height = max(1, BLOCK // max(wide, 1))
    for a in range(0, count if wide else 0, height):
        part = slice(a, min(a + height, count))
        size = part.stop - a
        kept = np.column_stack([one.kept[part] for one in told]).ravel()
        at, row = np.repeat(ts[part], wide), np.repeat(np.arange(a, part.stop), wide)
        if moved:
            at += np.column_stack([np.broadcast_to(one.shift, count)[part] for one in told]).ravel()
        grades = np.repeat(quality[part], wide)
        if any(one.below is not None for one in told):
            unseen = [np.zeros(size, np.bool_) if one.below is None else one.below[part] for one in told]
            grades = np.where(np.column_stack(unseen).ravel(), BELOW, grades).astype(np.int8)
        columns = (
            *(np.tile(rank, size), at, np.column_stack([one.value[part] for one in told]).ravel()),
            *(grades, np.repeat(revision[part], wide), row),
        )
        pieces.append(columns if kept.all() else tuple(column[kept] for column in columns))
    if not pieces:
        whole = np.empty(0, np.int64)
        return Found(tags, np.empty(0, np.int32), whole, np.empty(0, np.float64), np.empty(0, np.int8), whole, whole)
    return Found(tags, *(np.concatenate([piece[i] for piece in pieces]) for i in range(6)))


def side_columns(reading: Reading, open_rows: npt.NDArray[np.bool_]) -> tuple[Small, Instants]:
    """Quality and revision of every row; rows with an unreadable one are refused (and closed in `open_rows`)."""
    source, columns = reading.source, reading.columns.by_name
    count = len(open_rows)
    quality, revision = np.full(count, GOOD, np.int8), np.full(count, UNDECLARED, np.int64)
    if source.quality:
        cells = qualities(columns[source.quality])
        reason = "is not good, uncertain or bad"
        _refuse_all(reading, "R024", cells, source.quality, open_rows, lambda c: f'quality "{clip(c)}" {reason}')
        quality = cells.value
    if source.revision:
        cells = revisions_of(reading, columns[source.revision])
        other = "is neither a whole number from 0 nor a time"
        _refuse_all(reading, "R025", cells, source.revision, open_rows, lambda c: f'revision "{clip(c)}" {other}')
        revision = cells.value
    return quality, revision


def revisions_of(reading: Reading, column: Column) -> Cells:
    """Declared revisions; a modified time counts in microseconds, in the fold the later one. # R2"""
    zone = ZoneInfo(reading.source.zone or reading.plant.settings.zone)
    words = column
    if is_mixed(column) and pa.types.is_timestamp(parts(column)[0].type):
        words = pa.array([said(text if text.is_valid else at) for at, text in zip(*parts(column), strict=True)])
    elif pa.types.is_timestamp(column.type):
        words = pa.array([said(cell) for cell in column])

    def instant_of(text: str) -> int | None:
        parsed, _ = parse(pa.array([text]), reading.source.time_format, midnight_old=False)
        if not parsed.ok[0]:
            parsed, _ = parse(pa.array([text]), "iso", midnight_old=False)
        at = int(parsed.at[0])
        if not parsed.ok[0] or at < 0:
            return None
        if parsed.aware[0]:
            return at
        local = datetime.fromtimestamp(at // 1_000_000, UTC).replace(tzinfo=zone, fold=1)
        return instant(local) + at % 1_000_000

    return revisions(words, instant_of)


def _refuse_all(
    reading: Reading, code: str, cells: Cells, column: str, open_rows: npt.NDArray[np.bool_], reason: Callable[[Any], str]
) -> None:
    for row in np.flatnonzero(cells.bad & open_rows).tolist():
        reading.refuse(code, row, reason(reading.columns.by_name[column][row]), column=column)
    open_rows &= ~cells.bad


def _numbers(reading: Reading, column: Column, rows: Indices | None, quality: Small, wide: str | None) -> Told:
    """The numbers of a column on some rows (None: all); nothing is kept of the others. # R1"""
    signs = reading.source.decimal, reading.source.thousands
    cells = numbers(column if rows is None else column.take(pa.array(rows)), *signs)
    return _told(reading, column, rows, cells, quality, wide, "R022", lambda cell: why_not_a_number(cell, *signs))


def _by_day(reading: Reading, tag: str, column: Column, rows: Indices, stamps: Stamps, quality: Small, wide: str | None) -> Told:
    """The readings of one tag whose meter has codes, or changed its kind: its row of the day says what a cell means. # R1, T4"""
    count = len(column)
    value, kept, shift = np.full(count, np.nan), np.zeros(count, np.bool_), np.zeros(count, np.int64)
    below = np.zeros(count, np.bool_)
    for meter, at in _meters_by_day(reading.meters[tag], stamps.wall(rows)):
        chosen = rows[at]
        table = {text: float(code) for text, code in meter.codes}
        if table:
            cells = codes(column.take(pa.array(chosen)), table)
            told = _told(
                *(reading, column, chosen, cells, quality, wide, "R023"),
                lambda cell: f'"{clip(cell)}" is not a code of state tag "{tag}"',
            )
        elif meter.kind == "lab":
            told = lab_results(reading, column, chosen, quality, wide)
            below |= told.below if told.below is not None else False
        else:
            told = _numbers(reading, column, chosen, quality, wide)
        value[chosen], kept[chosen], shift[chosen] = told.value[chosen], told.kept[chosen], _shift(meter, reading.source)
    return Told(value, kept, shift, below if below.any() else None)


def lab_results(reading: Reading, column: Column, rows: Indices, quality: Small, wide: str | None) -> Told:
    """Laboratory results on some rows of a column, and which of them are below a limit. # R1"""
    signs = reading.source.decimal, reading.source.thousands
    cells, below = results(column.take(pa.array(rows)), *signs)
    told = _told(reading, column, rows, cells, quality, wide, "R022", lambda cell: why_not_a_number(cell, *signs))
    whole = np.zeros(len(column), np.bool_)
    whole[rows] = below & (quality[rows] != BAD)
    return replace(told, below=whole)


def _told(
    reading: Reading,
    column: Column,
    rows: Indices | None,
    cells: Cells,
    quality: Small,
    wide: str | None,
    code: str,
    why: Callable[[str], str],
) -> Told:
    """Cells on some rows of a column; BAD rows need no value and keep none. # R1"""
    is_bad = (quality if rows is None else quality[rows]) == BAD if reading.source.quality else None
    value, refused = cells.value, cells.bad if is_bad is None else cells.bad & ~is_bad
    for i in np.flatnonzero(refused).tolist():
        row = i if rows is None else int(rows[i])
        cell = said(column[row])
        reading.refuse(code, row, why(cell), cell_text(reading, row, wide, cell), wide or reading.source.value)
    kept = ~(cells.empty | cells.bad)
    if is_bad is not None and is_bad.any():
        kept = np.where(is_bad, ~cells.empty if wide else True, kept)  # long: a BAD row is a reading even without a value
        value = np.where(is_bad, np.nan, value)
    if rows is None:
        return Told(value, kept, 0)
    whole, chosen = np.full(len(column), np.nan), np.zeros(len(column), np.bool_)
    whole[rows], chosen[rows] = value, kept
    return Told(whole, chosen, 0)


def cell_text(reading: Reading, row: int, wide: str | None, cell: str) -> str:
    """A wide cell alone, as quarantine keeps it: its stamp, its column and what it says."""
    if wide is None:
        return ""
    by_name = reading.columns.by_name
    stamp = " ".join(said(by_name[name][row]) for name in when_columns(reading.source) if name in by_name)
    return f"{stamp},{wide},{cell}"


def _shift(meter: Meter, source: SourceFile) -> int:
    """From the file's stamp to the stored one: interval meters at the end of their interval, others at the start. # R3"""
    if meter.tag in source.at_stamp:
        return 0
    if meter.kind == "interval":
        return source.interval if source.stamps == "start" else 0
    return -source.interval if source.stamps == "end" else 0


def _one_kind(meters: tuple[Meter, ...]) -> bool:
    """True where every row of meters.csv for a tag says the same of its cells: plain numbers of one kind."""
    return all(not meter.codes and meter.kind == meters[0].kind != "lab" for meter in meters)


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
