"""A plant's text as an Excel workbook for people: a guide, a sheet for each file, the fields with their meaning, and a hidden record.

A sheet: the file's name; what the fields are called in Chinese; what they are called in the file; the rows. Numbers that a spreadsheet
keeps without loss and days are such, everything else is text and stays text (`=1+1`, `007`, `2026-02`): nothing a file says is ever run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.plant.cell_text import as_number
from shiftledger.plant.fields import Field
from shiftledger.plant.grids import Grid, fields_of
from shiftledger.plant.presets import PRESETS
from shiftledger.plant.schema import table_of
from shiftledger.render.messages import LANGS, Lang, say
from shiftledger.render.messages_book import BOOK_TABLES, field_zh
from shiftledger.render.text import width
from shiftledger.render.workbook import sheet_name

if TYPE_CHECKING:
    from shiftledger.plant.model import Plant

HEADER = 2  # the row of the fields' names, counted from 0; the rows of the file follow
SPARE = 500  # rows below the last one that offer choices, too
SMALLEST_DAY = date(1900, 3, 1)  # before it spreadsheets disagree about the calendar
NARROW, WIDE = 9, 44  # characters of a column
STEPS = ("fill", "rows", "cells", "new", "own", "import")
GREY, PALE, DARK = "#E6E6E6", "#9A9A9A", "#404040"
RECORD, LISTS = "shiftledger", "shiftledger lists"
MOST_OFFERED = 255  # characters of a list of choices in a cell's rule


@dataclass(slots=True)
class _Book:
    """The workbook while it is written."""

    book: Any
    taken: set[str] = field(default_factory=set)
    formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)  # what a field refers to -> the range of its names

    def sheet(self, name: str) -> Any:
        return self.book.add_worksheet(sheet_name(name, self.taken))

    def format(self, **how: Any) -> Any:
        """A format, each once."""
        key = tuple(sorted(how.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_size": 10, "valign": "top", **how})
        return self.formats[key]


def write_book(path: Path, plant: Plant, grids: Sequence[Grid], record: Sequence[Sequence[str]]) -> None:
    """Write the files' grids to `path` (.xlsx). OSError if it cannot be written."""
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = _Book(xlsxwriter.Workbook(str(path), options))
    book.book.set_properties({"title": plant.settings.id, "created": _FIXED})
    guide = book.sheet(" / ".join(say("book.guide", lang) for lang in LANGS).replace("/", ""))
    sheets = {grid.file: book.sheet(grid.file.rpartition(".")[0].replace("/", " ")) for grid in grids}
    fields = book.sheet(" / ".join(say("book.fields", lang) for lang in LANGS).replace("/", ""))
    _lists(book, _references(plant))
    _guide(book, guide, plant, grids, sheets)
    for grid in grids:
        _file(book, sheets[grid.file], grid)
    _fields(book, fields, grids)
    _record(book, record)
    guide.activate()
    try:
        book.book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


_FIXED = datetime(2026, 1, 1)  # the same plant gives the same bytes


# --- the first and the last sheet


def _guide(book: _Book, sheet: Any, plant: Plant, grids: Sequence[Grid], sheets: Mapping[str, Any]) -> None:
    sheet.hide_gridlines(2)
    _paper(sheet)
    for column, wide in enumerate((26, 26, 8, 44, 60)):
        sheet.set_column(column, column, wide)
    names: dict[Lang, str] = {"zh": plant.settings.name_zh, "en": plant.settings.name_en}
    wrapped = book.format(text_wrap=True)
    row = 0
    for lang in LANGS:
        title = say("book.title", lang, name=names[lang] or plant.settings.id)
        sheet.write_string(row, 0, f"# {title}" if row == 0 else title, book.format(bold=True, font_size=14))
        row += 1
        for n, step in enumerate(STEPS, 1):
            text = f"{n}. {say(f'book.step.{step}', lang)}"
            sheet.merge_range(row, 0, row, 4, text, wrapped)
            sheet.set_row(row, 14 * (1 + width(text) // 190))
            row += 1
        row += 1
    _table(
        book, sheet, row, [" / ".join(say(f"book.{key}", lang) for lang in LANGS) for key in ("sheet", "file", "rows", "about")]
    )
    sheet.write_string(row, 4, "", book.format(bold=True, bg_color=GREY, bottom=1))
    for n, grid in enumerate(grids, row + 1):
        table = table_of(grid.file)
        assert table is not None
        name = sheets[grid.file].get_name()
        quoted = name.replace("'", "''")
        sheet.write_url(n, 0, f"internal:'{quoted}'!A1", book.format(underline=1, font_color=DARK), name)
        sheet.write_string(n, 1, grid.file, book.format())
        sheet.write_number(n, 2, len(grid.rows), book.format())
        sheet.write_string(n, 3, BOOK_TABLES.get(table.name, ""), wrapped)
        sheet.write_string(n, 4, table.doc, wrapped)


def _table(book: _Book, sheet: Any, row: int, heads: Iterable[str]) -> None:
    for column, head in enumerate(heads):
        sheet.write_string(row, column, head, book.format(bold=True, bg_color=GREY, bottom=1))


def _fields(book: _Book, sheet: Any, grids: Sequence[Grid]) -> None:
    """Every field of every file that has a sheet: what it means and how it is written."""
    for column, wide in enumerate((20, 18, 18, 70, 34, 34, 10)):
        sheet.set_column(column, column, wide)
    both = [" / ".join(say(f"book.{key}", lang) for lang in LANGS) for key in ("file", "field")]
    forms = [f"{say('book.form', lang)}" for lang in LANGS]
    _table(
        book,
        sheet,
        0,
        [f"# {both[0]}", both[1], say("book.meaning", "zh"), say("book.meaning", "en"), *forms, say("book.required", "zh")],
    )
    sheet.freeze_panes(1, 2)
    _paper(sheet)
    row = 1
    wrapped = book.format(text_wrap=True)
    for kind in dict.fromkeys(_pattern(grid.file) for grid in grids):
        file = next(grid.file for grid in grids if _pattern(grid.file) == kind)
        for name, one in fields_of(file).items():
            told = (kind, name, _zh(file, name), one.doc, _form(one, "zh"), _form(one, "en"), _required(one))
            for column, text in enumerate(told):
                sheet.write_string(row, column, text, wrapped)
            row += 1
    sheet.autofilter(0, 0, row - 1, 6)


def _pattern(file: str) -> str:
    table = table_of(file)
    assert table is not None
    return table.file


def _zh(file: str, name: str) -> str:
    table = table_of(file)
    assert table is not None
    return field_zh(table.name, name)


def _form(one: Field, lang: Lang) -> str:
    return say(f"book.type.{one.type}", lang, choices=", ".join(one.choices))


def _required(one: Field) -> str:
    return say("book.required", "zh") if one.required and not one.unless else ""


# --- a file's sheet


def _file(book: _Book, sheet: Any, grid: Grid) -> None:
    fields, table = fields_of(grid.file), table_of(grid.file)
    assert table is not None
    sheet.write_string(0, 0, grid.file, book.format(bold=True, font_size=12, num_format="@"))
    sheet.write_string(0, 1, f"{BOOK_TABLES.get(table.name, '')}    {table.doc}".strip(), book.format(font_color=PALE))
    last = HEADER + len(grid.rows)
    for column, name in enumerate(grid.columns):
        one, named = fields[name], column < grid.named
        label = _zh(grid.file, name)
        sheet.write_string(1, column, label if label != name else "", book.format(font_color=PALE, italic=not named))
        head = {"bold": bool(one.required), "bg_color": GREY, "bottom": 1, "num_format": "@"}
        sheet.write_string(HEADER, column, name, book.format(**head, font_color="#000000" if named else PALE))
        sheet.write_comment(HEADER, column, _hint(grid.file, one), {"x_scale": 2, "y_scale": 1.2, "author": ""})
        texts = [row.get(name, "") for row in grid.rows]
        lines = [line for text in (*texts[:200], name, label) for line in text.split("\n")]
        wide = max(max(width(line) for line in lines) + 3, width(grid.file) * 4 // 3 if column == 0 else 0)
        sheet.set_column(column, column, min(max(NARROW, wide), WIDE), _plain(book, one))
        _offer(book, sheet, column, one, last + SPARE)
    for n, row in enumerate(grid.rows, HEADER + 1):
        for column, name in enumerate(grid.columns):
            if row.get(name):
                _cell(book, sheet, n, column, fields[name], row[name])
    sheet.freeze_panes(HEADER + 1, 1)
    sheet.autofilter(HEADER, 0, max(last, HEADER + 1), len(grid.columns) - 1)
    _paper(sheet)
    sheet.repeat_rows(HEADER)


def _paper(sheet: Any) -> None:
    """A printed page is as wide as the sheet."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _plain(book: _Book, one: Field) -> Any:
    """The format of a cell that somebody fills in: text stays text."""
    if one.type == "date":
        return book.format(num_format="yyyy-mm-dd", align="left")
    return book.format() if one.type in ("number", "integer") else book.format(num_format="@")


def _hint(file: str, one: Field) -> str:
    forms = [_form(one, lang) for lang in LANGS]
    required = f"  [{say('book.required', 'zh')} / {say('book.required', 'en')}]" if one.required else ""
    return f"{_zh(file, one.name)}{required}\n{one.doc}\n{forms[0]}" + (f"\n{forms[1]}" if forms[1] != forms[0] else "")


def _cell(book: _Book, sheet: Any, row: int, column: int, one: Field, text: str) -> None:
    number = as_number(text) if one.type in ("number", "integer") else None
    day = _day(text) if one.type == "date" else None
    if number is not None:
        decimals = len(text.partition(".")[2])
        sheet.write_number(row, column, float(number), book.format(num_format=f"0.{'0' * decimals}" if decimals else "0"))
    elif day is not None:
        sheet.write_datetime(row, column, day, book.format(num_format="yyyy-mm-dd", align="left"))
    else:
        how: dict[str, Any] = {"num_format": "@"}
        if "\n" in text:
            how["text_wrap"] = True
        if text[0] in "=+-@":
            how["quote_prefix"] = True
        sheet.write_string(row, column, text, book.format(**how))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= SMALLEST_DAY else None


# --- what a cell offers


def _offer(book: _Book, sheet: Any, column: int, one: Field, last: int) -> None:
    """A list to choose from; what is not in it is asked about once and taken, for a name may be declared in this very workbook."""
    choices = ("true", "false") if one.type == "flag" else one.choices
    rule: dict[str, Any] = {"validate": "list", "error_type": "warning"}
    if choices and len(",".join(choices)) <= MOST_OFFERED:
        rule["source"] = list(choices)
    elif one.refers_to in book.lists:
        rule["source"] = f"={book.lists[one.refers_to]}"
    else:
        return
    sheet.data_validation(HEADER + 1, column, last, column, rule)


def _references(plant: Plant) -> dict[str, list[str]]:
    """What each kind of reference can name."""
    slots = dict.fromkeys(slot.id for rotation in plant.rotations.values() for slot in rotation.slots)
    crews = dict.fromkeys(crew for rotation in plant.rotations.values() for crew, _ in rotation.crews)
    return {
        "area": [*plant.areas], "unit": [*plant.units], "stream": [*plant.streams], "stock": [*plant.stocks],
        "material": [*plant.materials], "rotation": [*plant.rotations], "state": [*plant.states],
        "node": [*plant.units, *plant.stocks, "outside"], "holder": ["site", *plant.areas], "preset": sorted(PRESETS),
        "tag": list(dict.fromkeys(meter.tag for meter in plant.meters)), "slot": [*slots], "crew": sorted(crews),
    }  # fmt: skip


def _lists(book: _Book, names: Mapping[str, Sequence[str]]) -> None:
    sheet = book.book.add_worksheet(LISTS)
    book.taken.add(LISTS)
    sheet.write_string(0, 0, "#")
    for column, (kind, values) in enumerate(sorted(names.items()), 1):
        sheet.write_string(0, column, kind)
        for row, value in enumerate(values, 1):
            sheet.write_string(row, column, value)
        if values:
            letter = chr(65 + column)
            book.lists[kind] = f"'{LISTS}'!${letter}$2:${letter}${len(values) + 1}"
    sheet.very_hidden()


def _record(book: _Book, rows: Sequence[Sequence[str]]) -> None:
    sheet = book.book.add_worksheet(RECORD)
    for n, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(n, column, text)
    sheet.very_hidden()
