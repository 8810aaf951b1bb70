"""A workbook's cells, read in a process of its own (R3, R4).

A hostile workbook can exhaust memory or crash the library that reads it; here it ends this process and no other. Asked on standard input
(JSON: path, sheet, skip_hidden), `main` answers on standard output: one `Head` (pickled), then lists of rows, then None.

What the library does not tell - errors such as #N/A, formulas without a stored value, hidden rows and columns - is read from the file's
XML first (`book_xml`), together with how large the sheet claims to be, before the library allots that much.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shiftledger.readings.sources.book_xml import Scan, TooLarge, scan_ods, scan_xlsx, sheets_of_xlsx

MOST_CELLS = 5_000_000  # between the first and the last cell with a value
MOST_BYTES = 1 << 29  # of the unpacked parts
BOMB, EXPANDED = 400, 1 << 28
MEMORY, SECONDS = 2 << 30, 180
MOST_TEXT, LONGEST = 1 << 28, 1 << 15  # characters of text in all, and in a cell
ROWS_AT_ONCE = 5_000
ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
Refusal = tuple[str, str, str, str]  # code, message, place below the file ("Sheet1!C7" or ""), remedy


@dataclass(frozen=True, slots=True)
class Head:
    """What the sheet is: `start` (row, column) of its first cell (from 0), and what `book_xml` saw. Or why it is not read."""

    refused: Refusal | None = None
    sheet: str = ""
    start: tuple[int, int] = (0, 0)
    hidden_sheet: bool = False
    scan: Scan = field(default_factory=Scan)
    date_1904: bool | None = None  # None: the file does not tell here
    blind: bool = False  # errors look like empty cells
    several: tuple[str, ...] = ()  # the sheets with content, where it is refused because they are several


class Refused(Exception):
    def __init__(self, code: str, message: str, remedy: str, place: str = "", several: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.refusal: Refusal = (code, message, place, remedy)
        self.several = tuple(several)


def main() -> None:
    """Answers one question on standard output."""
    asked: Mapping[str, Any] = json.load(sys.stdin)
    answer = sys.stdout.buffer
    limit_memory()
    try:
        head, sheet = _read(Path(asked["path"]), asked["sheet"], bool(asked["skip_hidden"]))
    except Refused as refused:
        pickle.dump(Head(refused.refusal, several=refused.several), answer)
        return
    tell(head, sheet, answer)


def tell(head: Head, sheet: Any, answer: Any, text: int = 0) -> int:
    """Write what a sheet is, its rows and None to `answer`; `text` characters were told before, and so many are now."""
    pickle.dump(head, answer)
    rows: list[Sequence[Any]] = []
    for row in sheet.to_python(skip_empty_area=True) if sheet is not None else ():
        rows.append([cell[:LONGEST] if isinstance(cell, str) else cell for cell in row])
        text += sum(len(cell) for cell in rows[-1] if isinstance(cell, str))
        if text > MOST_TEXT:
            sys.exit(1)  # the reader sees an answer that ends early
        if len(rows) == ROWS_AT_ONCE:
            pickle.dump(rows, answer)
            rows = []
    pickle.dump(rows, answer)
    pickle.dump(None, answer)
    return text


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the claims of the file are checked all the same
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _read(path: Path, sheet: str, skip_hidden: bool) -> tuple[Head, Any]:
    raw = path.read_bytes()
    if not raw:
        raise Refused("R006", "the file is empty", "Export it again.")
    if raw.startswith(ZIP):
        return _zipped(raw, sheet, skip_hidden)
    if raw.startswith(COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise locked()
        return _unseen(raw, sheet, skip_hidden)
    what = "a web page" if raw[:1000].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table")) else "no workbook"
    raise Refused(
        "R042", f"the file is {what}, whatever its name says", "Open it in a spreadsheet and save it as .xlsx, or as CSV."
    )


def locked() -> Refused:
    return Refused("R042", "the workbook is locked by a password", "Save it without a password.")


def damaged() -> Refused:
    return Refused(
        "R005", "the workbook ends early or is damaged", "Copy it again, or open it in a spreadsheet and save it anew."
    )


def _zipped(raw: bytes, sheet: str, skip_hidden: bool) -> tuple[Head, Any]:
    with unpacking(raw) as parts:
        names = set(parts.namelist())
        if "xl/workbook.bin" in names:
            return _unseen(raw, sheet, skip_hidden)
        if "content.xml" in names:
            if b"encryption-data" in (parts.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""):
                raise locked()
            return _spreadsheet(raw, scan_ods(parts, MOST_CELLS), sheet, skip_hidden, date_1904=False)
        if any(name.startswith("xl/") for name in names):
            book = sheets_of_xlsx(parts)
            wanted = [each for each in book.sheets if sheet in ("", each.name)]
            scans = {each.name: scan_xlsx(parts, each, MOST_CELLS) for each in wanted}
            scans |= {each.name: Scan(hidden=each.hidden) for each in book.sheets if each.name not in scans}
            return _spreadsheet(raw, scans, sheet, skip_hidden, book.date_1904)
    raise no_workbook()


def no_workbook() -> Refused:
    return Refused("R042", "the file is a zip archive, but no workbook", "Unpack it, and load what it holds.")


@contextlib.contextmanager
def unpacking(raw: bytes) -> Iterator[zipfile.ZipFile]:
    """The parts of a zipped workbook, of which none is unpacked before their size is known; Refused for what goes wrong with them."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            size = sum(part.file_size for part in parts.infolist())
            if size > MOST_BYTES or size > max(EXPANDED, BOMB * len(raw)):
                message = f"the workbook expands to {size / (1 << 20):,.0f} MiB from {len(raw) / (1 << 20):,.1f} MiB; it is not unpacked"
                raise Refused("R014", message, "Look at what it holds, and export the readings as CSV or Parquet.")
            if any(part.flag_bits & 1 for part in parts.infolist()):
                raise locked()
            yield parts
    except TooLarge as claim:
        message = f"the sheet reaches to {claim.address}: {claim.rows:,} rows of {claim.columns:,} columns, {claim.most:,} cells are read at most"
        remedy = "Delete the stray cells below or beside the table and save it; or export the readings as CSV or Parquet."
        raise Refused("R014", message, remedy, f"{claim.sheet}!{claim.address}") from None
    except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, EOFError, StopIteration, NotImplementedError, OSError):
        raise damaged() from None


def _spreadsheet(
    raw: bytes, scans: Mapping[str, Scan], sheet: str, skip_hidden: bool, date_1904: bool | None
) -> tuple[Head, Any]:
    """A workbook whose sheets were looked at."""
    name = _chosen({name: (scan.hidden, scan.filled) for name, scan in scans.items()}, sheet, skip_hidden)
    scan = scans[name]
    cells = opened(raw).get_sheet_by_name(name)
    start = cells.start
    return Head(None, name, start or (0, 0), scan.hidden, scan, date_1904), cells if start is not None else None


def _unseen(raw: bytes, sheet: str, skip_hidden: bool) -> tuple[Head, Any]:
    """A workbook in one of the binary formats, of which only the library's view is known."""
    book = opened(raw)
    hidden = {each.name: not str(each.visible).endswith(".Visible") for each in book.sheets_metadata if _is_table(each)}
    wanted = [name for name in hidden if sheet in ("", name)]
    sheets = {name: book.get_sheet_by_name(name) for name in wanted}
    filled = {name: (hidden[name], name in sheets and sheets[name].start is not None) for name in hidden}
    name = _chosen(filled, sheet, skip_hidden)
    cells = sheets[name]
    merged = tuple(cells.merged_cell_ranges or ())
    return Head(None, name, cells.start or (0, 0), hidden[name], Scan(hidden=hidden[name], merged=merged), None, True), cells


def _is_table(sheet: Any) -> bool:
    return str(sheet.typ).endswith("WorkSheet")


def opened(raw: bytes) -> Any:
    """The library's workbook. It may panic on what nobody wrote, which is no ordinary exception."""
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except python_calamine.PasswordError:
        raise locked() from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        raise damaged() from None


def _chosen(sheets: Mapping[str, tuple[bool, bool]], sheet: str, skip_hidden: bool) -> str:
    """The sheet that is meant; `sheets`: name -> (hidden, has content). # R3"""
    listed = ", ".join(f'"{name}"{" (hidden)" if hidden else ""}' for name, (hidden, _) in sheets.items()) or "none"
    if sheet:
        if sheet not in sheets:
            raise Refused(
                "R043", f'there is no sheet "{sheet[:60]}"', f"Its sheets: {listed[:500]}. Correct `sheet` in sources.toml."
            )
        if skip_hidden and sheets[sheet][0]:
            raise Refused(
                "R043", f'the sheet "{sheet[:60]}" is hidden', 'Show it, or say hidden = "read" in sources.toml.', sheet
            )
        return sheet
    filled = [name for name, (hidden, full) in sheets.items() if full and not (hidden and skip_hidden)]
    if len(filled) > 1:
        names = ", ".join(f'"{name}"' for name in filled)[:500]
        remedy = 'Name one: sheet = "..." in sources.toml.'
        raise Refused("R043", f"{len(filled)} sheets have content: {names}", remedy, several=filled)
    if not filled:
        raise Refused("R006", "no sheet of the workbook has any content", f"Its sheets: {listed[:500]}. Export it again.")
    return filled[0]
