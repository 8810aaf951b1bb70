"""The sheets of a workbook as the limited process tells them (`book_every`): cells by row and column, with their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.readings.codes import found
from shiftledger.readings.sources.book import Head
from shiftledger.readings.sources.book_every import SAVE_AS
from shiftledger.readings.sources.book_xml import address
from shiftledger.readings.sources.workbook import ENDED_EARLY, Cells, asking, rows_told

LARGEST = 64 * 1024 * 1024  # bytes of the file
CHILD = "from shiftledger.readings.sources.book_every import main; main()"


@dataclass(frozen=True, slots=True)
class WholeSheet:
    """A sheet with its cells by row and column from 0; what is empty is missing. `row_hidden`, `merged`: see `Scan`."""

    name: str
    head: Head
    rows: Cells

    def cells(self, row: int) -> Iterator[tuple[int, Any]]:
        """Column and value of the filled cells of a row."""
        top, left = self.head.start
        if 0 <= row - top < len(self.rows):
            for n, value in enumerate(self.rows[row - top], left):
                if value != "" or (row, n) in self.head.scan.special:
                    yield n, value

    @property
    def height(self) -> int:
        return self.head.start[0] + len(self.rows)

    def place(self, book: str, row: int, column: int) -> Location:
        """The address of a cell as issues name it: `roster.xlsx!members!C7`."""
        return Location(f"{book}!{self.name}!{address(row, column)}")


def every_sheet(path: Path) -> Outcome[tuple[WholeSheet, ...]]:
    """All sheets (not charts) in their order; none with the reason why the file is not read."""
    here = Location(path.name)
    try:
        if not path.is_file():
            return Outcome((), (found("R003", f"there is no file {path.name}", here, "Check its name and folder."),))
        if path.stat().st_size > LARGEST:
            return Outcome(
                (), (found("R014", f"{path.name} is larger than 64 MiB", here, "Leave only the sheets that are meant."),)
            )
        with asking(CHILD, {"path": str(path.resolve())}) as told:
            return _told(path.name, told)
    except OSError as error:
        return Outcome(
            (), (found("R003", f"{path.name} cannot be read ({error.strerror or error})", here, "Check it and its rights."),)
        )
    except ENDED_EARLY:
        message = "the workbook could not be read to its end: it is damaged, or needs more memory or time than tables of text"
        return Outcome((), (found("R014", message, here, SAVE_AS),))


def _told(book: str, told: Any) -> Outcome[tuple[WholeSheet, ...]]:
    count = told()
    if isinstance(count, Head):
        return Outcome((), (_refusal(book, count),))
    sheets = []
    for _ in range(count):
        head: Head = told()
        sheets.append(WholeSheet(head.sheet, head, rows_told(told)))
    return Outcome(tuple(sheets))


def _refusal(book: str, head: Head) -> Issue:
    assert head.refused is not None
    code, message, below, remedy = head.refused
    return found(code, message, Location(f"{book}!{below}" if below else book), remedy)
