"""Sheets of Excel and OpenDocument workbooks as columns by name, with the address of every cell (R3, R4).

Cells keep their types: numbers, dates, text. A column that holds several of them becomes a structure with one field for each. Row i of
a sheet stands on row `lines[i]` of the workbook's sheet; an issue names the cell, as in `readings.xlsx!Sheet1!C7`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.plant.model import SourceFile
from shiftledger.readings.codes import LOCATED, found
from shiftledger.readings.sources.book import SECONDS, Head
from shiftledger.readings.sources.book_cells import as_column, as_times, matter_of
from shiftledger.readings.sources.book_xml import Range, address
from shiftledger.readings.sources.cells import said
from shiftledger.readings.sources.choose import places_of, time_columns, word_columns
from shiftledger.readings.sources.sheets import Columns, Sheet, joined, shorten

Cells = list[list[Any]]
MOST_MERGED = 1_000_000  # cells
CHILD = "from shiftledger.readings.sources.book import main; main()"


def open_excel(path: Path, source: SourceFile, here: Location) -> Outcome[Sheet | None]:
    """A workbook's sheet, or None with the reason."""
    opened = open_table(path, source, here)
    table = opened.result
    if table is None:
        return Outcome(None, opened.issues)
    first = source.header_row - 1 if source.header_row else table.first_with_content()
    if first is None or not any(said(cell).strip() for cell in table.row(first)):
        at = Location(f"{here.file}!{table.head.sheet}", source.header_row)
        return Outcome(None, (found("R006", "there is no header in this row", at, "Say header_row in sources.toml."),))
    body = first + source.header_rows
    names = table.names(first, body)
    at = Location(f"{here.file}!{table.head.sheet}", first + 1)
    skipped = frozenset(table.hidden(table.head.scan.hidden_columns))
    return Outcome(Sheet(names, lambda asked: table.columns(names, body, asked), at, skipped))


def open_table(path: Path, source: SourceFile, here: Location) -> Outcome[Table | None]:
    """All cells of a workbook's sheet, of which no row is yet the header; or None with the reason."""
    head, rows = _answer(path, source, here)
    if isinstance(head, Issue):
        return Outcome(None, (head,))
    rows = [[] for _ in range(head.start[0])] + rows
    first_cells = _first_cells(head.scan.merged, len(rows), head.start[1] + _width(rows))
    return Outcome(Table(here.file, source, head, rows, first_cells))


def sheets_of(path: Path, source: SourceFile) -> tuple[str, ...]:
    """The sheets of which one must be named, because several have content; none where that is not so."""
    head, _ = _asked(path, source)
    return head.several if head else ()


def _answer(path: Path, source: SourceFile, here: Location) -> tuple[Head | Issue, Cells]:
    """What the process that reads the workbook says, and its rows."""
    head, rows = _asked(path, source)
    if head is None:
        remedy = "Open it in a spreadsheet and save it anew, or export the readings as CSV."
        message = (
            "the workbook could not be read to its end: it is damaged, or needs more memory or time than a table of readings"
        )
        return found("R014", message, here, remedy), []
    if head.refused is not None:
        code, message, below, remedy = head.refused
        return found(code, message, Location(f"{here.file}!{below}" if below else here.file), remedy), []
    return head, rows


def _asked(path: Path, source: SourceFile) -> tuple[Head | None, Cells]:
    """The answer of the process that reads the workbook; None where it ends early."""
    question = {"path": str(path.resolve()), "sheet": source.sheet, "skip_hidden": source.hidden == "skip"}
    try:
        with asking(CHILD, question) as told:
            head: Head = told()
            return head, rows_told(told) if head.refused is None else []
    except ENDED_EARLY:
        return None, []


def rows_told(told: Callable[[], Any]) -> Cells:
    """The rows of the sheet that is being told."""
    rows: Cells = []
    while (more := told()) is not None:
        rows += more
    return rows


ENDED_EARLY = (EOFError, pickle.UnpicklingError, BrokenPipeError)


@contextlib.contextmanager
def asking(child: str, question: Mapping[str, Any]) -> Iterator[Callable[[], Any]]:
    """What a process of its own tells about a workbook, part by part. ENDED_EARLY where it dies, or takes more than SECONDS."""
    root = str(Path(__file__).resolve().parents[3])  # where this very package lies
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((root, *filter(None, [os.environ.get("PYTHONPATH")])))}
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen([sys.executable, "-c", child], stdin=pipe, stdout=pipe, stderr=nothing, env=env) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        answer = reader.stdout
        watch = threading.Timer(SECONDS, reader.kill)
        watch.start()
        try:
            reader.stdin.write(json.dumps(question).encode())
            reader.stdin.close()
            yield lambda: pickle.load(answer)
        finally:
            watch.cancel()
            reader.kill()


def _width(rows: Cells) -> int:
    return max((len(row) for row in rows), default=0)


def _first_cells(merged: Sequence[Range], rows: int, columns: int) -> dict[tuple[int, int], tuple[int, int]]:
    """For every cell of a merged range the first cell of the range; no more cells than a sheet of readings can have."""
    first_of: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in merged:
        if len(first_of) > MOST_MERGED:
            break
        for row in range(top, min(bottom, rows - 1, top + MOST_MERGED) + 1):
            first_of.update({(row, column): (top, left) for column in range(left, min(right, columns - 1) + 1)})
    return first_of


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet while it is read: rows count from 0 at the sheet's first row, columns from 0 at column A."""

    name: str
    source: SourceFile
    head: Head
    rows: Cells
    first_of: dict[tuple[int, int], tuple[int, int]]  # of a cell that is merged: the first cell of its range

    def row(self, n: int) -> list[Any]:
        return self.rows[n] if 0 <= n < len(self.rows) else []

    def at(self, row: int, column: int) -> Any:
        """What the cell holds: a value, or "" for nothing; what its spreadsheet could not tell as the text that stands for it."""
        special = self.head.scan.special.get((row, column))
        if special is not None:
            return special[1]
        cells, place = self.row(row), column - self.head.start[1]
        return cells[place] if 0 <= place < len(cells) else ""

    def width(self) -> int:
        return self.head.start[1] + _width(self.rows)

    def hidden(self, ranges: Sequence[tuple[int, int]]) -> set[int]:
        """Row or column numbers that are not read, because they are hidden."""
        if self.source.hidden != "skip":
            return set()
        size = max(len(self.rows), self.width())
        return {n for first, last in ranges for n in range(first, min(last + 1, size))}

    def first_with_content(self) -> int | None:
        hidden = self.hidden(self.head.scan.hidden_rows)
        return next((n for n, row in enumerate(self.rows) if n not in hidden and any(cell != "" for cell in row)), None)

    def names(self, first: int, body: int) -> tuple[str, ...]:
        """The names of the columns: the texts of the header's rows; a merged text belongs to every column that it covers. # R3"""
        hidden = self.hidden(self.head.scan.hidden_columns)
        width = self.width()

        def name(row: int, column: int) -> str:
            first = self.first_of.get((row, column), (row, column))
            below = first[0] < row  # the text of a range over several rows stands in its first one
            return "" if column in hidden or below else " ".join(said(_plain(self.at(*first))).split())

        return joined([[name(row, column) for column in range(width)] for row in range(first, body)])

    def columns(self, names: tuple[str, ...], body: int, asked: Sequence[str]) -> Columns:
        """The asked columns below the header. # R3"""
        places = places_of(names)
        place = {name: places[name] for name in asked}
        skipped = self.hidden(self.head.scan.hidden_rows)
        rows = [n for n in range(body, len(self.rows)) if n not in skipped]
        source = self.source
        by_name, times, words = {}, time_columns(source), word_columns(source)
        for name in asked:
            cells = [self.value(n, place[name]) for n in rows]
            if name in times:
                dated = source.clock in place and name == source.time and not source.day
                clock = [self.value(n, place[source.clock]) for n in rows] if dated else None
                by_name[name] = as_times(cells, clock, source.time_format, self.head.date_1904)
            elif name != source.clock:
                by_name[name] = as_column(cells, numbers=name not in words)

        def text(i: int) -> str:
            return shorten(",".join(said(_plain(self.at(rows[i], c))) for c in range(self.width())).rstrip(","))

        def cell(i: int, name: str) -> tuple[str, str]:
            if name not in place:
                return self.head.sheet, ""
            where = (rows[i], place[name])
            role = "time" if name in times else "text" if name in words else "number"
            return f"{self.head.sheet}!{address(*where)}", self.matter(where, role)

        return Columns(by_name, np.array(rows, np.int64) + 1, text, issues=self.issues(place, body), cell=cell)

    def value(self, row: int, column: int) -> Any:
        """The cell's value; with `merged = "all"` that of the first cell of its range."""
        value = self.at(row, column)
        if value == "" and self.source.merged == "all" and (row, column) in self.first_of:
            return self.at(*self.first_of[row, column])
        return value

    def matter(self, where: tuple[int, int], role: str) -> str:
        """What is wrong with the cell itself, whatever it was read as."""
        first = self.first_of.get(where, where)
        if self.at(*where) == "" and first != where and self.source.merged != "all":
            return (
                f'the cell is merged with {address(*first)}, and only that has the value (merged = "all" gives it to every cell)'
            )
        return matter_of(self.at(*where), role, self.head.scan.special.get(where), self.head.date_1904)

    def issues(self, place: dict[str, int], body: int) -> tuple[Issue, ...]:
        """What of the sheet is hidden or merged, and how it is read; what this kind of workbook does not tell. # R4"""
        return ordered((*self._hidden(place, body), *self._merged(place, body), *self._blind()))

    def _hidden(self, place: dict[str, int], body: int) -> Iterator[Issue]:
        sheet, scan = f"{self.name}!{self.head.sheet}", self.head.scan
        read = "is read" if self.source.hidden == "read" else "is not read"
        remedy = (
            'hidden = "skip" in sources.toml leaves them out.' if self.source.hidden == "read" else 'hidden = "read" reads them.'
        )
        if self.head.hidden_sheet:
            yield found("R018", "the sheet is hidden; it is read", Location(sheet), "Check that it is the one that people see.")
        below = [(max(a, body), min(b, len(self.rows) - 1)) for a, b in scan.hidden_rows if b >= body and a < len(self.rows)]
        for a, b in below[:LOCATED]:
            rows = f"rows {a + 1} to {b + 1} are hidden; what they hold" if b > a else f"row {a + 1} is hidden; it"
            yield found("R018", f"{rows} {read}", Location(f"{sheet}!{a + 1}:{b + 1}"), remedy)
        if len(below) > LOCATED:
            yield found(
                "R018", f"{len(below) - LOCATED} more groups of rows are hidden; what they hold {read}", Location(sheet), remedy
            )
        for name, column in place.items():
            if any(a <= column <= b for a, b in scan.hidden_columns):
                letter = address(0, column)[:-1]
                yield found("R018", f'the column "{name}" is hidden; it is read', Location(f"{sheet}!{letter}:{letter}"), remedy)

    def _merged(self, place: dict[str, int], body: int) -> Iterator[Issue]:
        asked = set(place.values())
        ranges = [r for r in self.head.scan.merged if r[1][0] >= body and asked & set(range(r[0][1], r[1][1] + 1))]
        how = (
            "every cell has its value" if self.source.merged == "all" else "only its first cell has a value, the others are empty"
        )
        for first, last in ranges[:LOCATED]:
            cells = f"{address(*first)}:{address(*last)}"
            at = Location(f"{self.name}!{self.head.sheet}!{cells}")
            yield found("R018", f"{cells} is merged; {how}", at, 'merged = "all" or "first" in sources.toml decides.')
        if len(ranges) > LOCATED:
            message = f"{len(ranges) - LOCATED} more merged ranges; of each {how}"
            yield found(
                "R018", message, Location(f"{self.name}!{self.head.sheet}"), 'merged = "all" or "first" in sources.toml decides.'
            )

    def _blind(self) -> Iterator[Issue]:
        if self.head.blind:
            message = "in this old kind of workbook errors such as #N/A look like empty cells, and hidden rows like others"
            yield found(
                "R044", message, Location(f"{self.name}!{self.head.sheet}"), "Save it as .xlsx, and nothing can be missed."
            )


def _plain(value: Any) -> Any:
    """A number as people see it: 2.0 is 2."""
    return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 1e15 else value
