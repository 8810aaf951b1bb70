"""Who opens a file of which format? The sources that ship, and those of installed packages (R3).

A source turns a file into a `Sheet`: named columns of cells, and the line of each row. What the cells mean - stamps, zones, codes,
qualities, revisions, what is refused and why - is judged here, alike for every format. A package offers one by an entry point of the
group `shiftledger.sources`, named like the format in sources.toml; it is looked up when a file of that format is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from shiftledger.core.issue import Location, Outcome
from shiftledger.plant.formats import how_to_get, offered
from shiftledger.plant.model import SourceFile
from shiftledger.readings.codes import found
from shiftledger.readings.sources.cells import TEXT, Column, said
from shiftledger.readings.sources.sheets import (
    Columns,
    Sheet,
    Torn,
    holds_readings,
    one_chunk,
    open_csv,
    open_parquet,
    plain,
    shorten,
)


@runtime_checkable
class Source(Protocol):
    """Opens the files of one format.

    path: the file, which exists and is no folder. declared: its source in sources.toml. here: the file's name, for issues. Gives a
    `Sheet` (`sheet_of` makes one from plain cells), or None and issues that say why the file cannot be read. Must not change the file.
    """

    def __call__(self, path: Path, declared: SourceFile, here: Location, /) -> Outcome[Sheet | None]: ...


def open_workbook(path: Path, declared: SourceFile, here: Location, /) -> Outcome[Sheet | None]:
    """Excel and OpenDocument; its reader is loaded when one is read."""
    from shiftledger.readings.sources.workbook import open_excel

    return open_excel(path, declared, here)


SOURCES: tuple[tuple[str, Source], ...] = (
    ("csv", open_csv),
    ("parquet", open_parquet),
    ("excel", open_workbook),
)  # those that ship


def source_for(declared: SourceFile) -> Outcome[Source | None]:
    """The source of the declared format; None and an issue if nobody offers it, or it cannot be loaded. # R3"""
    shipped = dict(SOURCES)
    if declared.format in shipped:
        return Outcome(shipped[declared.format])
    others = offered()
    if declared.format not in others:
        message = f'nothing here reads the format "{declared.format}"'
        return Outcome(None, (found("R040", message, declared.at, how_to_get(declared.format, others)),))
    point = others[declared.format]
    try:
        source = point.load()
    except Exception as error:  # a package of somebody else: whatever it raises, the load of other files goes on
        return Outcome(None, (_failed(declared.format, error, declared.at, f"Reinstall the package that offers {point.value}."),))
    if not callable(source):
        message = f'the entry point {point.value} of the format "{declared.format}" is no function'
        return Outcome(None, (found("R041", message, declared.at, f"See {Source.__name__} in the reference."),))
    return Outcome(_Guarded(declared.format, source))


class _Guarded:
    """A source of a package: what it raises, and a sheet that is none, become issues. # R4"""

    def __init__(self, form: str, source: Source) -> None:
        self.form, self.source = form, source

    def __call__(self, path: Path, declared: SourceFile, here: Location, /) -> Outcome[Sheet | None]:
        remedy = "Report it to whoever offers the format."
        try:
            opened = self.source(path, declared, here)
            sheet = opened.result
            if sheet is None:
                return (
                    opened if opened.issues else Outcome(None, (_failed(self.form, ValueError("no reason given"), here, remedy),))
                )
            names = tuple(str(name) for name in sheet.header)
            columns = checked(sheet.columns(tuple(dict.fromkeys(names))), names)
        except OSError:
            raise  # said by whoever opens files
        except Exception as error:  # as above
            return Outcome(None, (_failed(self.form, error, here, remedy),))
        return Outcome(Sheet(names, lambda _: columns, sheet.head), opened.issues)


def _failed(form: str, error: Exception, at: Location, remedy: str) -> Any:
    reason = shorten(" ".join(f"{type(error).__name__}: {error}".split()))[:200]
    return found("R041", f'the reader of the format "{form}" failed ({reason})', at, remedy)


def checked(columns: Columns, names: Sequence[str]) -> Columns:
    """The columns of a sheet in the forms that are read here. ValueError if they are no table."""
    by_name = {name: plain(one_chunk(pa.chunked_array([columns.by_name[name]]))) for name in names}
    lines = np.asarray(columns.lines, np.int64)
    for name, column in by_name.items():
        if len(column) != len(lines):
            raise ValueError(f'column "{name}" has {len(column)} cells, the file {len(lines)} rows')
        if not holds_readings(column.type):
            raise ValueError(f'column "{name}" is of type {column.type}, which holds no readings')
    if len(lines) and (lines[0] < 1 or (np.diff(lines) <= 0).any()):
        raise ValueError("lines count from 1 and rise from row to row")
    torn = tuple((int(line), shorten(str(text)), str(reason)) for line, text, reason in columns.torn)
    return replace(columns, by_name=by_name, lines=lines, torn=tuple(sorted(torn)))


def sheet_of(cells: Mapping[str, Iterable[Any]], lines: Iterable[int], torn: Iterable[Torn] = ()) -> Sheet:
    """A sheet from plain cells: columns by name, in their order, with one line number a row.

    Cells are text, numbers, True and False, datetimes, or None; a column of mixed kinds is read as text. `torn` are lines that are
    no rows: (line, text, reason). They wait in quarantine. ValueError if the columns are of unequal length.

    >>> sheet = sheet_of({"time": ["2026-03-04T06:00:00Z"], "tag": ["FT-1"], "value": [1.5]}, [2])
    >>> sheet.header, sheet.columns(["value"]).by_name["value"].to_pylist()
    (('time', 'tag', 'value'), [1.5])
    """
    arrays = {name: _column(list(column)) for name, column in cells.items()}
    count = np.fromiter(lines, np.int64)

    def text(row: int) -> str:
        return shorten(",".join(said(column[row]) for column in arrays.values()))

    columns = checked(Columns(arrays, count, text, tuple(torn)), tuple(arrays))
    return Sheet(tuple(arrays), lambda _: columns)


def _column(cells: list[Any]) -> Column:
    try:
        return plain(pa.array(cells))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if cell is None else str(cell) for cell in cells], TEXT)
