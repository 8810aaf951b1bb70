"""A plant's workbook for tests: exported, changed as people change it, saved as another program would save it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
from typer.testing import CliRunner, Result

import shiftledger as sl
from shiftledger.cli.app import app
from shiftledger.core.issue import Issue
from shiftledger.plant.book_record import record_of
from shiftledger.plant.load import open_folder
from shiftledger.readings.sources.plant_sheets import FileSheet, read_book
from two_tanks import SOURCE

PLANTS = SOURCE.parent
Sheet = list[list[Any]]


def call(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def texts(folder: Path) -> dict[str, bytes]:
    """The files of the table of files, byte for byte."""
    return {name: (folder / name).read_bytes() for name in open_folder(folder).result.text}


def copy(folder: Path, source: Path = SOURCE) -> Path:
    """The text of a plant in a folder of its own."""
    for name, content in texts(source).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def exported(folder: Path, book: Path, **how: Any) -> Path:
    view = sl.export_plant(folder, book, **how)
    assert view.ok, view.issues
    return book


def sheets(book: Path) -> dict[str, Sheet]:
    """The sheets of an exported workbook as people see them: the name, the labels, the fields, the rows."""
    return {file: cells(sheet) for file, sheet in read_book(book).result.sheets.items()}


def cells(sheet: FileSheet) -> Sheet:
    names = list(sheet.columns)
    return [[sheet.file], [], [*names], *([row.get(name) for name in names] for row in sheet.rows)]


def saved(
    path: Path, filled: Mapping[str, Sheet], record: Mapping[str, bytes] | None, *, then: Callable[[Any], None] | None = None
) -> Path:
    """A workbook as a spreadsheet would save it: these cells on these sheets, and the record of the export."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_urls": False})
    dated, clock = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm"})
    for n, (_, rows) in enumerate(filled.items()):
        sheet = book.add_worksheet(f"Sheet {n}")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, time | date):
                    sheet.write_datetime(r, c, value, clock if isinstance(value, time) else dated)
                elif isinstance(value, str) and not value.startswith("{="):
                    sheet.write_string(r, c, value)
                elif isinstance(value, str):
                    sheet.write_formula(r, c, value[1:-1], None, 0.004)
                elif value is not None:
                    sheet.write(r, c, value)
    if record is not None:
        hidden = book.add_worksheet("shiftledger")
        hidden.very_hidden()
        for r, row in enumerate(record_of(record)):
            hidden.write_row(r, 0, row)
    if then:
        then(book)
    book.close()
    return path


@cache
def export_of(files: tuple[tuple[str, bytes], ...]) -> tuple[dict[str, Sheet], dict[str, bytes]]:
    """The sheets and the record of the export of these files; each once, since most tests begin with the same plant."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            path = Path(folder) / "plant" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        book = exported(Path(folder) / "plant", Path(folder) / "x.xlsx")
        record = read_book(book).result.record
        assert record == dict(files)
        return sheets(book), record


def given(folder: Path) -> tuple[dict[str, Sheet], dict[str, bytes]]:
    """What an export of the folder holds, to be changed."""
    filled, record = export_of(tuple(texts(folder).items()))
    return deepcopy(filled), record


def changed(folder: Path, book: Path, change: Callable[[dict[str, Sheet]], None]) -> Path:
    """The folder's export with something changed in it, saved by another program."""
    filled, record = given(folder)
    change(filled)
    return saved(book, filled, record)


def place(sheet: Sheet, key: str, column: str) -> tuple[int, int]:
    """Row and column of a field in the first row that holds `key`."""
    return next(n for n, row in enumerate(sheet) if n > 2 and key in row), sheet[2].index(column)


def put(file: str, key: str, column: str, value: Any) -> Callable[[dict[str, Sheet]], None]:
    def change(filled: dict[str, Sheet]) -> None:
        row, at = place(filled[file], key, column)
        filled[file][row][at] = value

    return change


def said(issues: Sequence[Issue]) -> list[tuple[str, str]]:
    return [(issue.code, str(issue.at)) for issue in issues if issue.severity != "note"]


def lines_changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    """What differs, line by line; files that came are whole."""
    found = []
    for name in sorted({*before, *after}):
        old, new = (files.get(name, b"").decode().split("\n") for files in (before, after))
        assert len(old) == len(new), name
        found += [(name, a, b) for a, b in zip(old, new, strict=True) if a != b]
    return found
