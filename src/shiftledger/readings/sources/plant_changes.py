"""What does a workbook change in a plant? Three states of every file meet: as it was exported, as the sheet says, as the folder has it.

A file that the workbook does not change stays as the folder has it; one that the folder did not change takes the changes of the sheet, and
nothing else of it is touched. Where both changed it, nothing is written - unless both say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.plant.book_codes import P213, P214, P215, told
from shiftledger.plant.cell_text import meaning
from shiftledger.plant.edits import ByHand, edited, written
from shiftledger.plant.grids import Cells, Change, Grid, changes, fields_of, grid_of, key_columns, matched
from shiftledger.plant.source import parsed
from shiftledger.readings.sources.plant_sheets import FileSheet, PlantBook

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value that becomes another; with a blank `field` a whole row that comes or goes (`before`, `after` blank then, or its text)."""

    row: str
    field: str
    before: str
    after: str
    place: str  # the cell of the workbook; "" for what is gone


@dataclass(frozen=True, slots=True)
class FileChange:
    """What changes in one file. `how`: new | changed | same, the last only where a folder is made new."""

    file: str
    how: str
    rows: int
    cells: tuple[CellChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """`files`: all files as they will be; `write`: those of them that differ from the folder's."""

    files: dict[str, bytes] = field(default_factory=dict)
    write: dict[str, bytes] = field(default_factory=dict)
    changes: tuple[FileChange, ...] = ()


def text_of(content: bytes) -> str:
    """A file's text as the program reads it."""
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def merged(book: PlantBook, folder: Mapping[str, bytes] | None) -> Outcome[Merged]:
    """The plant after the import; `folder`: its files now, None where it is made new from the record."""
    record = book.record or {}
    current = record if folder is None else folder
    files, write, made = dict(current), {}, []
    issues: list[Issue] = []
    if folder is None:
        write = dict(record)
    for name in sorted({*record, *book.sheets}):
        sheet = book.sheets.get(name)
        if sheet is None:
            issues += [_left(name, book)]
            made += [FileChange(name, "same", len(grid_of(name, text_of(record[name])).rows))] if folder is None else []
            continue
        outcome = _file(sheet, record.get(name), current.get(name))
        issues += [*outcome.issues, *_columns_left(sheet, record.get(name))]
        if outcome.result is not None:
            content, change = outcome.result
            files[name] = write[name] = content
            made.append(change)
        elif folder is None and name in record:
            made.append(FileChange(name, "same", len(sheet.rows)))
    return Outcome(Merged(files, write, tuple(made)), ordered(issues))


def _left(name: str, book: PlantBook) -> Issue:
    at = Location(next((sheet.book for sheet in book.sheets.values()), name))
    return told(P215, f"{name} has no sheet and stays as it is", at, "Export again, if its sheet is missed.")


def _columns_left(sheet: FileSheet, base: bytes | None) -> Iterator[Issue]:
    if base is None:
        return
    grid = grid_of(sheet.file, text_of(base))
    gone = [name for name in grid.columns[: grid.named] if name not in sheet.columns and any(row.get(name) for row in grid.rows)]
    if gone:
        remedy = "Empty the cells of a column to take its values away."
        yield told(P215, f"without a column, and left as they are: {', '.join(gone)}", sheet.place(None), remedy)


def _file(sheet: FileSheet, base: bytes | None, now: bytes | None) -> Outcome[tuple[bytes, FileChange] | None]:
    """The new content of a file and what changes in it; None where it stays."""
    name, columns = sheet.file, list(sheet.columns)
    if base is None:
        if not sheet.rows or (now is not None and not _differs(sheet, now)):
            return Outcome(None)
        if now is not None:
            return Outcome(None, (_both(sheet, (), f"{name} came into the folder after the export"),))
        content = written(name, columns, sheet.rows).encode()
        return Outcome((content, FileChange(name, "new", len(sheet.rows))))
    grid = grid_of(name, text_of(base))
    rows = restored(grid, sheet)
    made = changes(grid, columns, rows)
    if not made or (now is not None and now != base and not _differs(sheet, now)):
        return Outcome(None)
    if now != base:
        what = "was removed from" if now is None else "was changed in"
        return Outcome(None, (_both(sheet, made, f"{name} {what} the folder after the export"),))
    try:
        text = edited(name, text_of(base), made)
    except ByHand as hand:
        return Outcome(None, (_by_hand(sheet, hand),))
    if changes(grid_of(name, text), columns, rows):  # never write what would be read as something else
        return Outcome(None, (_by_hand(sheet, ByHand(1, made[0])),))
    return Outcome((_as_before(base, text), FileChange(name, "changed", len(rows), tuple(_cells(sheet, grid, made)))))


def _differs(sheet: FileSheet, now: bytes) -> bool:
    text = text_of(now)
    grid = grid_of(sheet.file, text)
    return not parsed(sheet.file, text).whole or bool(changes(grid, list(sheet.columns), restored(grid, sheet)))


def _both(sheet: FileSheet, made: Sequence[Change], why: str) -> Issue:
    first = made[0] if made else None
    field = next(iter(first.cells), "") if first and first.sheet_row is not None else ""
    at = sheet.place(first.sheet_row if first else None, field)
    count = f"{len(made)} row{'s' * (len(made) != 1)}" if made else "it"
    return told(
        P213, f"{why}, and the workbook changes {count} of it", at, "Export again, and make the change in the new workbook."
    )


def _by_hand(sheet: FileSheet, hand: ByHand) -> Issue:
    what = f'"{hand.field}"' if hand.field else "this row"
    message = f"{what} stands in {sheet.file}:{hand.line} in a form that is only changed by hand"
    at = sheet.place(hand.change.sheet_row, hand.field)
    return told(P214, message, at, f"Change it in {sheet.file}, and export again; or put back here what it was.")


def restored(grid: Grid, sheet: FileSheet) -> list[Cells]:
    """The sheet's rows; where the spreadsheet made a number of text such as 007, the one text of the column that it can have been."""
    fields = fields_of(grid.file)
    rows: list[dict[str, str]] = [dict(row) for row in sheet.rows]
    for n, name in sheet.numbers:
        if fields[name].type not in ("number", "integer", "date", "time", "flag"):
            text = rows[n].get(name, "")
            said = {row[name] for row in grid.rows if row.get(name)}
            could = [one for one in said if _number(one) == _number(text)]
            if text not in said and len(could) == 1:
                rows[n][name] = could[0]
    return list(rows)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _cells(sheet: FileSheet, grid: Grid, made: Sequence[Change]) -> Iterator[CellChange]:
    for change in made:
        if change.sheet_row is None:
            yield CellChange(_label(grid.file, grid.rows[change.row or 0]), "", "row", "", "")
            continue
        row = _label(grid.file, grid.rows[change.row] if change.row is not None else sheet.rows[change.sheet_row])
        if change.row is None:
            yield CellChange(row, "", "", "row", str(sheet.place(change.sheet_row)))
        else:
            for name, (before, after) in change.cells.items():
                yield CellChange(row, name, before, after, str(sheet.place(change.sheet_row, name)))


def _label(file: str, row: Cells) -> str:
    """What tells a row from others, as people would name it."""
    return " ".join(row[name] for name in key_columns(file) if row.get(name)) or next(iter(row.values()), "")


def _as_before(base: bytes, text: str) -> bytes:
    """The text with the byte order mark and the line ends that the file had, each line its own."""
    old = base.removeprefix(BOM).decode("utf-8", "replace").splitlines(keepends=True) if b"\r" in base else []
    mark = BOM if base.startswith(BOM) else b""
    if not old:
        return mark + text.encode()
    usual = "\r\n" if "\r\n" in old[0] else "\r" if old[0].endswith("\r") else "\n"
    before, after = [line.rstrip("\r\n") for line in old], text.split("\n")
    ends = [usual] * (len(after) - 1) + [""]
    for a, b, size in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        for n in range(size):
            if b + n < len(after) - 1:
                ends[b + n] = old[a + n][len(before[a + n]) :] or usual
    return mark + "".join(line + end for line, end in zip(after, ends, strict=True)).encode()


def in_the_workbook(issue: Issue, book: PlantBook, texts: Mapping[str, str]) -> Issue:
    """The issue with the cell of the workbook for its place, where it has a sheet; `texts`: the files that it was found in."""
    at = issue.at
    sheet = book.sheets.get(at.file) if at else None
    if at is None or sheet is None:
        return issue
    row, name = _row_at(at, texts[at.file])
    if row is None:
        return Issue(issue.code, issue.severity, issue.message, sheet.place(None, name), issue.remedy)
    grid = grid_of(at.file, texts[at.file])
    origin = matched(at.file, restored(grid, sheet), grid.rows, list(sheet.columns))[row]
    return issue if origin is None else Issue(issue.code, issue.severity, issue.message, sheet.place(origin, name), issue.remedy)


def _row_at(at: Location, text: str) -> tuple[int | None, str]:
    """Which row of a file holds a place, and which field of it."""
    found: tuple[int | None, str] = (None, "")
    for n, row in enumerate(parsed(at.file, text).rows):
        if row.at.line > at.line:
            break
        if at.file.endswith(".toml") or row.at.line == at.line:
            spots = [
                (path, spot) for path, spot in (*row.spots.items(), *row.keys.items()) if spot[0] <= at.line and len(path) == 1
            ]
            here = [path for path, (line, column, length) in spots if line == at.line and column <= at.column < column + length]
            above = [(spot[0], str(path[0])) for path, spot in spots if at.file.endswith(".toml") and at.line > row.at.line]
            found = (n, str(here[0][0]) if here else max(above)[1] if above else "")
    return found


def same_text(file: str, grid: Grid, sheet: FileSheet) -> bool:
    """True if a sheet says exactly what the file says: every row in its place, every value the same. A workbook is kept only then."""
    fields, toml = fields_of(file), file.endswith(".toml")
    rows = restored(grid, sheet)
    if len(rows) != len(grid.rows) or [*sheet.columns] != [*grid.columns]:
        return False
    return all(
        meaning(fields[name], old.get(name, ""), toml=toml) == meaning(fields[name], new.get(name, ""), toml=toml)
        for old, new in zip(grid.rows, rows, strict=True)
        for name in grid.columns
    )
