"""What do the XML parts of a workbook tell that its cells do not: how far it reaches, what is hidden, merged, in error (R3, R4)?

Streams the parts of .xlsx, .xlsm and .ods through expat; nothing is kept but what is asked for. Rows and columns count from 0.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.parsers import expat

Attributes = dict[str, str]
Range = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column)
MOST_NOTED = 100_000  # errors and formulas of a sheet that are kept with their place
ERROR, FORMULA = "error", "formula"
ON_TEXT = "CharacterDataHandler"  # of expat
ROWS, COLUMNS = 1 << 20, 1 << 14  # that a sheet can have
ELEMENTS = 4  # of XML that are looked at, for each cell that may be read


@dataclass(frozen=True, slots=True)
class Scan:
    """One sheet: whether it is hidden or has values; hidden rows and columns; merged ranges; cells in error or never calculated."""

    hidden: bool = False
    filled: bool = False
    hidden_rows: tuple[tuple[int, int], ...] = ()  # first and last
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merged: tuple[Range, ...] = ()
    special: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)  # (row, column) -> (ERROR | FORMULA, text)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it, and the part that holds it."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets in their order, and whether days count from 1904."""

    sheets: tuple[SheetPart, ...]
    date_1904: bool


class TooLarge(Exception):
    """A sheet reaches so far that no table of readings can fill it."""

    def __init__(self, sheet: str, row: int, column: int, rows: int, columns: int, most: int) -> None:
        super().__init__(sheet)
        self.sheet, self.address, self.rows, self.columns, self.most = sheet, address(row, column), rows, columns, most


def address(row: int, column: int) -> str:
    """(6, 2) is C7."""
    letters, n = "", column + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def place(reference: str) -> tuple[int, int]:
    """C7 is (6, 2). ValueError for what is no cell."""
    matched = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", reference)
    if matched is None:
        raise ValueError(reference)
    column = 0
    for letter in matched[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(matched[2]) - 1, column - 1


class _Extent:
    """The first and last row and column with a value; TooLarge as soon as they enclose too many cells."""

    def __init__(self, sheet: str, most: int) -> None:
        self.sheet, self.most = sheet, most
        self.box: tuple[int, int, int, int] | None = None

    def add(self, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        top, left, bottom, right = self.box or (row, column, row, column)
        if self.box and top <= row and left <= column and row + rows - 1 <= bottom and column + columns - 1 <= right:
            return
        top, left = min(top, row), min(left, column)
        bottom, right = max(bottom, row + rows - 1), max(right, column + columns - 1)
        self.box = (top, left, bottom, right)
        if (bottom - top + 1) * (right - left + 1) > self.most:
            raise TooLarge(self.sheet, bottom, right, bottom - top + 1, right - left + 1, self.most)


# --- .xlsx, .xlsm


def sheets_of_xlsx(parts: zipfile.ZipFile) -> Book:
    """The sheets (not charts) of a workbook. KeyError, ValueError: it is damaged."""
    sheets: list[tuple[str, str, bool]] = []
    flags: list[bool] = []
    targets: dict[str, str] = {}

    def in_workbook(name: str, given: Attributes) -> None:
        if name == "sheet":
            relation = next(value for key, value in given.items() if key.rpartition(":")[2] == "id" and ":" in key)
            sheets.append((given["name"], relation, given.get("state", "visible") != "visible"))
        elif name == "workbookPr":
            flags.append(given.get("date1904", "0") in ("1", "true", "on"))

    def in_relations(name: str, given: Attributes) -> None:
        if name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            target = given["Target"]
            targets[given["Id"]] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))

    _parse(parts, "xl/workbook.xml", in_workbook)
    _parse(parts, "xl/_rels/workbook.xml.rels", in_relations)
    return Book(tuple(SheetPart(name, targets[r], hidden) for name, r, hidden in sheets if r in targets), any(flags))


def scan_xlsx(parts: zipfile.ZipFile, sheet: SheetPart, most: int) -> Scan:
    """One sheet of a workbook. TooLarge; KeyError, ValueError: it is damaged."""
    seen = _XlsxSheet(sheet.name, most)
    seen.parser = _parser(seen.start)
    _run(parts, sheet.part, seen.parser)
    seen.end_cell()
    return Scan(
        *(sheet.hidden, seen.extent.box is not None, _runs(seen.hidden_rows), tuple(seen.hidden_columns)),
        *(tuple(seen.merged), seen.special),
    )


class _XlsxSheet:
    """Expat's view of a sheet: rows hold cells `c`, which hold a formula `f` and a value `v` (or `is`).

    Text is listened to only inside cells with a formula or an error: they are few, and the others many.
    """

    def __init__(self, name: str, most: int) -> None:
        self.extent, self.left = _Extent(name, most), ELEMENTS * most
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.merged: list[Range] = []
        self.special: dict[tuple[int, int], tuple[str, str]] = {}
        self.columns: dict[str, int] = {}
        self.parser: expat.XMLParserType | None = None
        self.row = self.column = -1
        self.kind, self.inside = "n", ""
        self.said: dict[str, str] | None = None  # of a cell with a formula or an error: the text of f and v

    def start(self, name: str, given: Attributes) -> None:
        if name == "v" or name == "is":
            self.inside = "v"
            if self.said is None:
                self.extent.add(self.row, self.column)
        elif name == "c":
            self._begin_cell(given)
        elif name == "f":
            self.inside = "f"
            self._listen()
            self.said["f"] = ""  # type: ignore[index]
        elif name == "row":
            self._begin_row(given)
        elif name == "col" and given.get("hidden") in ("1", "true"):
            self.hidden_columns.append((int(given["min"]) - 1, int(given["max"]) - 1))
        elif name == "mergeCell":
            first, _, last = given["ref"].partition(":")
            self.merged.append((place(first), place(last or first)))

    def _begin_row(self, given: Attributes) -> None:
        self.end_cell()
        self.row, self.column = int(given["r"]) - 1 if "r" in given else self.row + 1, -1
        if not 0 <= self.row < ROWS:
            raise TooLarge(self.extent.sheet, self.row, 0, self.row + 1, 1, self.extent.most)
        if given.get("hidden") in ("1", "true"):
            self.hidden_rows.append(self.row)
        self._count()

    def _begin_cell(self, given: Attributes) -> None:
        if self.said is not None:
            self.end_cell()
        reference = given.get("r")
        if reference is None:
            self.column += 1
        else:
            letters = reference.rstrip("0123456789")
            known = self.columns.get(letters)
            self.column = self.columns.setdefault(letters, place(letters + "1")[1]) if known is None else known
        self.kind = given.get("t", "n")
        if self.kind == "e":
            self._listen()
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0 or self.column >= COLUMNS:
            raise TooLarge(
                self.extent.sheet, max(self.row, 0), max(self.column, 0), self.row + 1, self.column + 1, self.extent.most
            )

    def _listen(self) -> None:
        if self.said is None:
            self.said = {}
            setattr(self.parser, ON_TEXT, self.text)

    def text(self, text: str) -> None:
        if self.said is not None and self.inside:
            self.said[self.inside] = (self.said.get(self.inside, "") + text)[:200]

    def end_cell(self) -> None:
        """What a cell with a formula or an error turns out to be."""
        if self.said is None:
            return
        value, formula = self.said.get("v", "").strip(), self.said.get("f")
        self.said, self.inside = None, ""
        setattr(self.parser, ON_TEXT, None)
        if self.kind == "e":
            self._note(ERROR, value)
        elif value or self.kind == "str":
            self.extent.add(self.row, self.column)
        elif formula is not None:
            self._note(FORMULA, f"={formula.strip()}" if formula.strip() else "= (shared with other cells)")

    def _note(self, what: str, text: str) -> None:
        self.extent.add(self.row, self.column)
        if len(self.special) < MOST_NOTED:
            self.special[self.row, self.column] = (what, text)


# --- .ods


def scan_ods(parts: zipfile.ZipFile, most: int) -> Mapping[str, Scan]:
    """All sheets of an OpenDocument spreadsheet by name. TooLarge; KeyError, ValueError: it is damaged."""
    seen = _OdsBook(most)
    _parse(parts, "content.xml", seen.start, seen.end, seen.text)
    return seen.sheets


class _OdsBook:
    """Expat's view of a spreadsheet: tables hold rows (perhaps repeated), which hold cells (perhaps repeated)."""

    def __init__(self, most: int) -> None:
        self.most, self.left = most, ELEMENTS * most
        self.sheets: dict[str, Scan] = {}
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.begin("", False)

    def begin(self, name: str, hidden: bool) -> None:
        self.name, self.hidden = name, hidden
        self.extent = _Extent(name, self.most)
        self.hidden_rows: list[tuple[int, int]] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.merged: list[Range] = []
        self.special: dict[tuple[int, int], tuple[str, str]] = {}
        self.row = self.column = self.table_column = 0
        self.row_repeat = 1
        self.cell: Attributes | None = None
        self.words = ""

    def start(self, name: str, given: Attributes) -> None:
        if name == "style":
            self.style = given.get("style:name", "")
        elif name == "table-properties" and given.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table":
            self.begin(given.get("table:name", ""), given.get("table:style-name") in self.hidden_styles)
        elif name == "table-column":
            count = int(given.get("table:number-columns-repeated", 1))
            if given.get("table:visibility", "visible") != "visible":
                self.hidden_columns.append((self.table_column, self.table_column + count - 1))
            self.table_column += count
        elif name == "table-row":
            self.row_repeat, self.column = int(given.get("table:number-rows-repeated", 1)), 0
            if given.get("table:visibility", "visible") != "visible":
                self.hidden_rows.append((self.row, self.row + self.row_repeat - 1))
        elif name in ("table-cell", "covered-table-cell"):
            self.cell, self.words = given, ""
            self.left -= 1
            if self.left < 0:
                raise TooLarge(self.name, self.row, self.column, self.row + 1, self.column + 1, self.most)

    def text(self, text: str) -> None:
        if self.cell is not None:
            self.words = (self.words + text)[:200]

    def end(self, name: str) -> None:
        if name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._cell(self.cell)
            self.cell = None
        elif name == "table-row":
            self.row += self.row_repeat
        elif name == "table":
            self.sheets[self.name] = Scan(
                *(self.hidden, self.extent.box is not None, tuple(self.hidden_rows), tuple(self.hidden_columns)),
                *(tuple(self.merged), dict(self.special)),
            )

    def _cell(self, given: Attributes) -> None:
        repeat, kind = int(given.get("table:number-columns-repeated", 1)), given.get("office:value-type", "")
        here = (self.row, self.column)
        if kind or self.words:
            self.extent.add(*here, self.row_repeat, repeat)
        rows, columns = int(given.get("table:number-rows-spanned", 1)), int(given.get("table:number-columns-spanned", 1))
        if rows > 1 or columns > 1:
            self.merged.append((here, (here[0] + rows - 1, here[1] + columns - 1)))
        what = ""
        if given.get("calcext:value-type") == "error":
            what, text = ERROR, self.words
        elif "table:formula" in given and not kind:
            what, text = FORMULA, given["table:formula"].removeprefix("of:")
            self.extent.add(*here)
        if what and len(self.special) < MOST_NOTED:
            self.special[here] = (what, text)
        self.column += repeat


def _runs(numbers: list[int]) -> tuple[tuple[int, int], ...]:
    """Numbers as runs: 3, 4, 5, 9 is (3, 5), (9, 9)."""
    runs: list[tuple[int, int]] = []
    for n in sorted(set(numbers)):
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return tuple(runs)


def _parse(
    parts: zipfile.ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """One XML part through handlers. ValueError if it is no XML or declares entities."""
    parser = _parser(start)
    if end is not None:
        closed = end
        parser.EndElementHandler = lambda tag: closed(tag.rpartition(":")[2])
    if text is not None:
        setattr(parser, ON_TEXT, text)
    _run(parts, part, parser)


def _parser(start: Callable[[str, Attributes], None]) -> expat.XMLParserType:
    """Names of elements come without their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2] if ":" in tag else tag, given)

    def no_entities(*_: object) -> None:
        raise ValueError("the part declares entities")

    parser.EntityDeclHandler = no_entities
    return parser


def _run(parts: zipfile.ZipFile, part: str, parser: expat.XMLParserType) -> None:
    try:
        with parts.open(part) as stream:
            parser.ParseFile(stream)
    except expat.ExpatError:
        raise ValueError(part) from None
