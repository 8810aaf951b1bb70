"""What stands in a plant's folder? Text files by name, and each file's rows with the line of every value (I7).

Reading the folder and reading a text are apart: a seal stores the text, and a stored text is parsed by the same function.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

from shiftledger.core.issue import Issue, Location
from shiftledger.plant.book_codes import P217, told
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.headers import fits, not_a_header, otherwise_separated
from shiftledger.plant.schema import RESERVED_FILES, TABLES, Table, table_of
from shiftledger.plant.toml_index import Spot, toml_index
from shiftledger.plant.toml_index import located as located
from shiftledger.plant.toml_text import read_toml
from shiftledger.plant.unfinished import is_unfinished

Spots = Mapping[tuple[str | int, ...], Spot]

UNREADABLE = "\0"  # the text of a file that is there and cannot be read; no text holds it
LARGEST = 16 * 1024 * 1024  # bytes of one file


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands: a TOML table or a CSV line. `values` are TOML values, or the text of the cells that are not blank."""

    table: str
    id: str
    at: Location
    values: Mapping[str, Any]
    spots: Spots = field(repr=False)
    keys: Spots = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)

    def place(self, *path: str | int) -> Location:
        """Where the value stands; of a part without a place of its own, where the whole stands."""
        while path and path not in self.spots:
            path = path[:-1]
        return located(self.at.file, self.lines, self.spots[path]) if path else self.at

    def key_place(self, *path: str | int) -> Location:
        """Where the key stands."""
        return located(self.at.file, self.lines, self.keys[path]) if path in self.keys else self.at


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file's rows. `whole` is False where its grammar is broken, so that rows may be missing; `header` is a CSV file's."""

    rows: tuple[Row, ...] = ()
    issues: tuple[Issue, ...] = ()
    whole: bool = True
    header: Row | None = None


def read_folder(folder: Path) -> tuple[dict[str, str], tuple[Issue, ...]]:
    """The known text files below `folder` (posix name -> text, newlines as \n), and what could not be read."""
    if not folder.is_dir():
        at = Location(folder.name)
        return {}, (finding("P001", f"{folder.name or folder} is not a folder", at, "Name the folder that holds plant.toml."),)
    texts: dict[str, str] = {}
    issues: list[Issue] = []
    if is_unfinished(folder):
        remedy = f"Give the command again: shiftledger plant import WORKBOOK {folder.name}. It first finishes what was cut off."
        issues.append(told(P217, "an import was cut off; a part of the files is new", Location(folder.name), remedy))
    for file in _files(folder):
        if table_of(file):
            texts[file], found = _text(folder / file, file)
            issues.extend(found)
        elif "/" not in file:
            issues.extend(_misspelt(file))
    return texts, tuple(issues)


def _files(folder: Path) -> list[str]:
    """Names of the files at the top and in the folders that tables live in, sorted."""
    found = []
    for place in ("", *sorted({t.file.split("/")[0] for t in TABLES if "/" in t.file})):
        try:
            found += [
                f"{place}/{entry.name}" if place else entry.name for entry in (folder / place).iterdir() if not entry.is_dir()
            ]
        except OSError:
            continue  # a folder that is not there holds nothing
    return sorted(found)


def _text(path: Path, file: str) -> tuple[str, tuple[Issue, ...]]:
    """The file's text, and what is wrong with its bytes. What is no text is replaced, so that the rest is still checked.

    UNREADABLE where there is no rest: then nothing is said of what the file does not declare.
    """
    try:
        if path.stat().st_size > LARGEST:
            remedy = "Plant files are small; keep readings elsewhere."
            return UNREADABLE, (finding("P002", f"{file} is larger than 16 MiB", Location(file), remedy),)
        content = path.read_bytes()
    except OSError as error:
        what = f"{file} cannot be opened: {error.strerror or 'unreadable'}"
        return UNREADABLE, (finding("P002", what, Location(file), "Check the file and its rights."),)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content.count(0) > len(content) // 4:
        remedy = "Save the file as plain text in UTF-8, not as Unicode (UTF-16)."
        return UNREADABLE, (finding("P002", f"{file} is UTF-16 text, not UTF-8", Location(file, 1), remedy),)
    wrong = "is not UTF-8 text"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    else:
        if "\0" not in text:
            return _lines_mended(text), ()
        text, wrong = text.replace("\0", "\ufffd"), "holds a NUL character"
    text = _lines_mended(text)
    before = text[: text.index("\ufffd")]
    line = before.count("\n") + 1
    at = located(file, tuple(text.split("\n")), (line, len(before) - before.rfind("\n"), 1))
    return text, (finding("P002", f"{file} {wrong}", at, "Save the file as plain text in UTF-8."),)


def _lines_mended(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _misspelt(file: str) -> Iterator[Issue]:
    """A warning for a name that is a slip away from a known one: mater.csv, Meters.csv, meters.toml."""
    stem, _, suffix = file.rpartition(".")
    if suffix not in ("toml", "csv") or file in RESERVED_FILES:
        return
    names = [table.file for table in TABLES if "/" not in table.file]
    near = [name for name in names if name.endswith(suffix) or name.startswith(f"{stem.lower()}.")]
    score, meant = max((SequenceMatcher(None, stem.lower(), name.rpartition(".")[0]).ratio(), name) for name in near)
    if score >= 0.7:
        remedy = f"Rename it to {meant}, or move it elsewhere."
        yield finding("P004", f"{file} is not read; it looks like {meant}", Location(file), remedy)


@lru_cache(maxsize=64)
def parsed(file: str, text: str) -> Parsed:
    """The rows of one known file. Pure; remembered, because every issue asks it for places."""
    table = table_of(file)
    if table is None:
        return Parsed()
    if text == UNREADABLE:
        return Parsed(whole=False)
    return _toml(table, file, text) if file.endswith(".toml") else _csv(table, file, text)


# TOML


def _toml(table: Table, file: str, text: str) -> Parsed:
    lines = tuple(text.split("\n"))
    read = read_toml(file, text)
    if read.document is None:
        return Parsed((), read.issues, whole=False)
    document, index = read.document, toml_index(read.text)
    depth = 1 if table.name == "plant" else 2
    spots, keys = _by_row(index.values, depth), _by_row(index.keys, depth)
    rows: list[Row] = []
    issues = list(read.issues)

    def row(path: tuple[str, ...], values: Mapping[str, Any]) -> Row:
        at = located(file, lines, index.keys.get(path, (1, 1, 1)))
        return Row(table.name, path[-1] if depth == 2 else "", at, values, spots.get(path, {}), keys.get(path, {}), lines)

    loose = [name for name, content in document.items() if name != table.name and not isinstance(content, dict)]
    for name, content in document.items():
        at = located(file, lines, index.keys.get((name,), (1, 1, 1)))
        shape = f"[{table.name}]" if table.name == "plant" else f"[{table.name}.<id>]"
        if name in loose[1:] and len(loose) > 1:
            continue  # said at the first of them
        if name in loose and len(loose) > 1:
            message = f'"{name}" and {len(loose) - 1} more keys of {file} stand in no table'
            issues.append(finding("P005", message, at, f"Write a line {shape} above them."))
        elif name != table.name:
            issues.append(
                finding(
                    "P005", f'{file} has no table or key "{name}"', at, f"{closest(name, [table.name])}Its tables are {shape}."
                )
            )
        elif not isinstance(content, dict):
            issues.append(finding("P007", f'"{name}" is not a table', at, f"Write {shape}."))
        elif table.name == "plant":
            rows.append(row((name,), content))
        else:
            for key, values in content.items():
                if isinstance(values, dict):
                    rows.append(row((name, key), values))
                else:
                    place = located(file, lines, index.keys.get((name, key), (1, 1, 1)))
                    issues.append(finding("P007", f'"{name}.{key}" is not a table', place, f"Write {shape} with its keys below."))
    return Parsed(tuple(rows), tuple(issues))


def _by_row(spots: Spots, depth: int) -> Mapping[tuple[str | int, ...], Spots]:
    """Spots below each row, with paths that begin at the row."""
    grouped: dict[tuple[str | int, ...], dict[tuple[str | int, ...], Spot]] = {}
    for path, spot in spots.items():
        if len(path) > depth:
            grouped.setdefault(path[:depth], {})[path[depth:]] = spot
    return grouped


# CSV


@dataclass(frozen=True, slots=True)
class Record:
    """A line of cells (more than one line of text where a quoted cell goes on): `line` to `end`, counted from 1, both its own."""

    line: int
    cells: tuple[str, ...]
    spots: tuple[Spot, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A line whose grammar is broken."""

    line: int
    what: str


def _csv(table: Table, file: str, text: str) -> Parsed:
    lines = tuple(text.split("\n"))
    issues: list[Issue] = []
    rows: list[Row] = []
    header: Record | None = None
    keys: dict[tuple[str | int, ...], Spot] = {}
    uneven: list[tuple[int, Issue]] = []
    for record in records(lines):
        if isinstance(record, Broken):
            at = _whole_line(file, lines, record.line)
            issues.append(
                finding("P003", f"not valid CSV: {record.what}", at, "Quotes stand around a whole cell, and twice inside it.")
            )
            if header is None:
                return Parsed((), tuple(issues), whole=False)
        elif header is None:
            header = record
            no_header = not_a_header(table.name, record.cells, _whole_line(file, lines, record.line))
            if no_header is not None:
                return Parsed((), (*issues, no_header), whole=False)
            keys.update(((name,), spot) for name, spot in zip(record.cells, record.spots, strict=True))
            issues += _repeated_columns(file, lines, record)
        elif record.cells == header.cells:
            at = _whole_line(file, lines, record.line)
            issues.append(finding("P010", "the header stands twice", at, "Remove this line."))
        elif len(record.cells) != len(header.cells):
            count = len(record.cells)
            what = f"{count} cell{'s' * (count != 1)} where the header has {len(header.cells)}"
            remedy = "Add or remove commas; a comma inside a cell needs quotes around the cell."
            at = _whole_line(file, lines, record.line)
            other = otherwise_separated(at, len(header.cells))
            uneven.append((count, other or finding("P009", what, at, remedy)))
        else:
            rows.append(_csv_row(table, file, lines, header, record, keys))
    if header is None:
        at = Location(file, 1)
        return Parsed((), (finding("P006", f"{file} has no header", at, "The first line names the columns."),), whole=False)
    head = Row(table.name, "", located(file, lines, header.spots[0]), {}, {}, keys, lines)
    if (
        rows or len({count for count, _ in uneven}) > 1 or fits(table.name, header.cells)
    ):  # else it is the header that is wrong, and says so
        issues += [issue for _, issue in uneven]
    return Parsed(tuple(rows), tuple(issues), not issues and fits(table.name, header.cells), head)


def _csv_row(table: Table, file: str, lines: tuple[str, ...], header: Record, record: Record, keys: Spots) -> Row:
    spots: Spots = {(name,): spot for name, spot in zip(header.cells, record.spots, strict=True)}
    values = {name: cell for name, cell in zip(header.cells, record.cells, strict=True) if cell}
    return Row(table.name, "", located(file, lines, record.spots[0]), values, spots, keys, lines)


def _whole_line(file: str, lines: tuple[str, ...], line: int) -> Location:
    return located(file, lines, (line, 1, max(len(lines[line - 1]), 1)))


def _repeated_columns(file: str, lines: tuple[str, ...], header: Record) -> Iterator[Issue]:
    for position, name in enumerate(header.cells):
        if name in header.cells[:position]:
            yield finding(
                "P010",
                f'the column "{name}" stands twice',
                located(file, lines, header.spots[position]),
                "Remove one of the two.",
            )


def records(lines: tuple[str, ...]) -> Iterator[Record | Broken]:
    """Records with the place of each cell. Lines that begin with # are remarks, lines of commas only are blank."""
    at = 0
    while at < len(lines):
        first = at
        if lines[at].startswith("#") or not lines[at].strip(" \t,"):
            at += 1
            continue
        spots, at = _cell_spots(lines, at)
        try:
            cells = next(csv.reader(["\n".join(lines[first:at])], strict=True, skipinitialspace=True), [])
        except csv.Error as error:
            yield Broken(first + 1, str(error))
            at = first + 1  # the quote that went wrong may have swallowed good lines
            continue
        if len(cells) == len(spots):
            yield Record(first + 1, tuple(cell.strip() for cell in cells), tuple(spots), at)
        else:
            yield Broken(first + 1, "quotes are not balanced")


def _cell_spots(lines: tuple[str, ...], at: int) -> tuple[list[Spot], int]:
    """Line, column and length of every cell of the record that begins on line `at` (0-based), and the line after it."""
    spots: list[Spot] = []
    column = 0
    while True:
        line = lines[at]
        while column < len(line) and line[column] in " \t":
            column += 1
        start, opened = column, at
        if line[column : column + 1] == '"':
            closed = _quoted_end(lines, at, column + 1)
            if closed is None:  # never closed: one broken line, and the next lines are read on
                return [*spots, (opened + 1, start + 1, max(len(line) - start, 1))], at + 1
            at, column = closed
            line = lines[at]
        end = line.find(",", column)
        stop = len(line) if end < 0 else end
        last = stop if at == opened else len(lines[opened])
        shown = lines[opened][start:last].rstrip()
        spots.append((opened + 1, start + 1, max(len(shown), 1)))
        if end < 0:
            return spots, at + 1
        column = end + 1


def _quoted_end(lines: tuple[str, ...], at: int, column: int) -> tuple[int, int] | None:
    """Line and column after the closing quote of a cell, or None if there is none."""
    while at < len(lines):
        line = lines[at]
        while (quote := line.find('"', column)) >= 0:
            if line[quote + 1 : quote + 2] != '"':
                return at, quote + 1
            column = quote + 2
        at, column = at + 1, 0
    return None
