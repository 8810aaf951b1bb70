"""A plant's files in the sheets of a workbook, with the address of every cell: what `shiftledger plant import` reads.

A sheet whose first cell names a file of the plant holds its rows, below the row that names the fields. Sheets are known by that cell and
columns by their names, so both may be renamed, moved and sorted; what begins with # is somebody's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.plant.book_codes import P210, P211, P212, P215, told
from shiftledger.plant.book_record import MARK, files_of
from shiftledger.plant.cell_text import check_cell, typed_text
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.fields import Field
from shiftledger.plant.file_names import is_plant_file
from shiftledger.plant.grids import fields_of
from shiftledger.plant.schema import TABLES
from shiftledger.plant.values import Wrong
from shiftledger.readings.sources.book_xml import ERROR, address
from shiftledger.readings.sources.every_sheet import WholeSheet, every_sheet

LEAD = 10  # rows in which the file's name and then the names of the fields stand
OWN = "#"  # before what is not read


@dataclass(frozen=True, slots=True)
class FileSheet:
    """One file. `columns`: the fields in the order of the sheet; `rows`: their filled cells as text, and `lines` on which row each stands."""

    file: str
    sheet: WholeSheet
    book: str
    header: int
    columns: dict[str, int]
    rows: tuple[dict[str, str], ...] = ()
    lines: tuple[int, ...] = ()
    numbers: frozenset[tuple[int, str]] = frozenset()  # row and field of cells that the spreadsheet holds as numbers

    def place(self, row: int | None, name: str = "") -> Location:
        """The cell of a field in row `row` (from 0 below the header); the header's where the row is gone, the row's where the field has none."""
        line = self.header if row is None else self.lines[row]
        return self.sheet.place(self.book, line, self.columns.get(name, min(self.columns.values(), default=0)))


@dataclass(frozen=True, slots=True)
class PlantBook:
    """The files that a workbook has sheets of, and what it remembers of them; None without a record."""

    sheets: dict[str, FileSheet] = field(default_factory=dict)
    record: dict[str, bytes] | None = None


def read_book(path: Path) -> Outcome[PlantBook]:
    """The workbook, with everything that is wrong with its cells; empty where the file could not be read."""
    opened = every_sheet(path)
    if failing(opened.issues):
        return Outcome(PlantBook(), opened.issues)
    sheets: dict[str, FileSheet] = {}
    record: dict[str, bytes] | None = None
    issues: list[Issue] = []
    for sheet in opened.result:
        name, line = _first(sheet)
        at = sheet.place(path.name, line, 0)
        if name == MARK:
            record = files_of([[str(value) for _, value in sheet.cells(n)] for n in range(line + 1, sheet.height)])
            if record is None:
                issues.append(told(P210, "the hidden record of what was exported was changed", at, "Export the plant again."))
        elif not name or name.startswith(OWN):
            continue
        elif not is_plant_file(name):
            issues.append(_no_file(name, at))
        elif name in sheets:
            message = f"{name} has a sheet already: {sheets[name].sheet.name}"
            issues.append(told(P212, message, at, "Delete one of the two, or give it another file's name in its first cell."))
        else:
            outcome = _file_sheet(name, sheet, path.name, line)
            issues += outcome.issues
            if outcome.result is not None:
                sheets[name] = outcome.result
    if not sheets and not issues:
        issues.append(
            told(P210, "no sheet names a file of a plant", Location(path.name), "Export a plant, and fill in that workbook.")
        )
    return Outcome(PlantBook(sheets, record), ordered(issues))


def _first(sheet: WholeSheet) -> tuple[str, int]:
    """The first text of column A, and its row."""
    for n in range(min(sheet.height, LEAD)):
        for column, value in sheet.cells(n):
            if column == 0 and str(value).strip():
                return str(value).strip(), n
    return "", 0


def _no_file(name: str, at: Location) -> Issue:
    if name.lower().endswith((".csv", ".toml")) or "/" in name or "\\" in name:
        names = [table.file for table in TABLES]
        remedy = f"{closest(name, names)}Files are {', '.join(names)}. Put {OWN} before a name that is not meant."
        return told(P212, f'"{name[:60]}" is no file of a plant', at, remedy)
    return told(P215, "the sheet names no file of the plant in its first cell and is not read", at, "Nothing, if it is your own.")


def _file_sheet(file: str, sheet: WholeSheet, book: str, line: int) -> Outcome[FileSheet | None]:
    fields = fields_of(file)
    header = _header(sheet, line, fields)
    if header is None:
        at = sheet.place(book, line, 0)
        return Outcome(None, (told(P212, f"no row below {file} names its fields", at, f"One row holds {', '.join(fields)}."),))
    columns, issues = _columns(file, sheet, book, header, fields)
    issues += _merged(sheet, book, header, set(columns.values()))
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    numbers: set[tuple[int, str]] = set()
    names = {column: name for name, column in columns.items()}
    for n in range(header + 1, sheet.height):
        row: dict[str, str] = {}
        for column, value in sheet.cells(n):
            if column in names:
                text, wrong = _cell(file, sheet, book, (n, column), fields[names[column]], value)
                issues += wrong
                if text:
                    row[names[column]] = text
                if isinstance(value, float | int):
                    numbers.add((len(rows), names[column]))
        if row:
            rows.append(row)
            lines.append(n)
    found = FileSheet(file, sheet, book, header, columns, tuple(rows), tuple(lines), frozenset(numbers))
    return Outcome(found, (*issues, *_ids(found)))


def _header(sheet: WholeSheet, line: int, fields: dict[str, Field]) -> int | None:
    """The row with the most names of fields."""
    best, most = None, 0
    for n in range(line, min(sheet.height, line + LEAD)):
        count = sum(isinstance(value, str) and value.strip() in fields for _, value in sheet.cells(n))
        if count > most:
            best, most = n, count
    return best


def _columns(
    file: str, sheet: WholeSheet, book: str, header: int, fields: dict[str, Field]
) -> tuple[dict[str, int], list[Issue]]:
    columns: dict[str, int] = {}
    issues: list[Issue] = []
    own: set[int] = set()
    for column, value in sheet.cells(header):
        name, at = str(value).strip(), sheet.place(book, header, column)
        if name.startswith(OWN):
            own.add(column)
        elif name in columns:
            issues.append(told(P212, f'the column "{name}" stands twice', at, "Remove one of the two."))
        elif name not in fields:
            remedy = f"{closest(name, list(fields))}Correct it; or put {OWN} before it, and it is left alone."
            issues.append(told(P212, f'{file} has no field "{name[:60]}"', at, remedy))
            own.add(column)
        else:
            columns[name] = column
    nameless = {}
    for n in range(header + 1, sheet.height):
        for column, value in sheet.cells(n):
            if column not in own and column not in columns.values() and column not in nameless and str(value).strip():
                nameless[column] = n
    for column, n in nameless.items():
        remedy = f"Name the field above it; or write {OWN} there, and the column is left alone."
        issues.append(told(P212, "the cell stands in a column without a name", sheet.place(book, n, column), remedy))
    return columns, issues


def _merged(sheet: WholeSheet, book: str, header: int, columns: set[int]) -> list[Issue]:
    return [
        told(
            P211,
            f"{address(*first)}:{address(*last)} is merged, so that it is open what its rows say",
            sheet.place(book, *first),
            "Take the range apart, and fill in each cell.",
        )
        for first, last in sheet.head.scan.merged
        if last[0] > header and columns & set(range(first[1], last[1] + 1))
    ]


def _cell(file: str, sheet: WholeSheet, book: str, where: tuple[int, int], meant: Field, value: Any) -> tuple[str, list[Issue]]:
    """The text of a cell, and what is wrong with it."""
    at = sheet.place(book, *where)
    special = sheet.head.scan.special.get(where)
    if special is not None:
        what, text = special
        message = f"the cell holds the error {text[:60]}" if what == ERROR else f"the formula {text[:60]} was never calculated"
        return "", [told(P211, message, at, "Correct it, or write the value; then save the workbook in a spreadsheet.")]
    try:
        text = typed_text(meant, value)
        if text:
            check_cell(meant, text, toml=file.endswith(".toml"))
        return text, []
    except Wrong as wrong:
        if wrong.code == "P211":
            return "", [told(P211, f"{meant.name}: {wrong.what}", at, wrong.remedy)]
        return text, [finding(wrong.code, f"{meant.name}: {wrong.what}", at, wrong.remedy)]


def _ids(found: FileSheet) -> Iterator[Issue]:
    """Rows of a TOML file have names, each its own; the plant has one row."""
    if not found.file.endswith(".toml"):
        return
    if "id" not in found.columns:
        yield told(P212, 'the column "id" is missing', found.place(None), "Add it; every row has its id there.")
        return
    if found.file == "plant.toml":
        if len(found.rows) > 1:
            yield told(P212, "plant.toml has one row", found.place(1), "Remove the others.")
        return
    first: dict[str, int] = {}
    for n, row in enumerate(found.rows):
        if not row.get("id"):
            yield finding("P006", 'the row has no "id"', found.place(n, "id"), "Fill it in, or clear the row.")
        elif first.setdefault(row["id"], n) != n:
            at = found.place(first[row["id"]], "id")
            yield finding(
                "P010", f'"{row["id"]}" stands already at {at}', found.place(n, "id"), "Give one of the two another id."
            )
