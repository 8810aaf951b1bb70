"""What every workbook has in common: formats, names of sheets, formulas that stay exact in binary numbers, one page's width in print (L5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from shiftledger.core.money import EXACT, cents_to_decimal
from shiftledger.render.amounts import MINUS
from shiftledger.render.text import width

FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))  # in a sheet's name
A4 = 9
LINE = 17  # points of a row; Chinese needs more than the usual 15
MOST_PLACES = 10  # decimals that a column shows


@dataclass(frozen=True, slots=True)
class Formats:
    title: Any
    head: Any
    words: Any  # the head of a column of words behind numbers
    numbers: Any  # the head of a column of numbers
    name: Any  # what a total is called
    money: Any
    given: Any  # money that no formula makes
    total: Any  # money that adds up what stands above
    sum: Any  # a total of two decimals that is no money
    absent: Any  # the dash of what is not known # I8
    text: Any
    unit: Any  # stands right behind a number
    count: Any  # a whole number
    note: Any
    wrapped: Any  # a note in a column that it may fill downwards
    plain: tuple[Any, ...]  # numbers with none, one, two ... decimals


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook being made: money has `decimals`; `taken` are the names of its sheets."""

    book: Any
    formats: Formats
    decimals: int
    taken: set[str] = field(default_factory=set)

    def sheet(self, name: str) -> Any:
        """A new sheet that prints one page wide, whatever it holds."""
        sheet = self.book.add_worksheet(sheet_name(name, self.taken))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.set_default_row(LINE)
        return sheet

    def write(self, sheet: Any, row: int, column: int, value: Decimal, least: int = 0) -> None:
        """A number with all of its decimals, and at least so many."""
        places = min(MOST_PLACES, max(least, as_integer(value)[1]))
        sheet.write_number(row, column, float(value), self.formats.plain[places])

    def note(self, sheet: Any, row: int, column: int, text: str, wide: int) -> None:
        """A note in a column of so many characters; its row is as high as its lines."""
        sheet.write_string(row, column, text, self.formats.wrapped)
        self.high(sheet, row, text, wide)

    def high(self, sheet: Any, row: int, text: str, wide: int) -> None:
        """Make a row as high as the text needs in so many characters: not every program does that by itself."""
        lines = -(-width(text) // wide)
        if lines > 1:
            sheet.set_row(row, LINE * lines)

    def shown(self, cents: int) -> float:
        """Cents as the number of a cell."""
        return float(cents_to_decimal(cents, self.decimals))


@contextmanager
def workbook(path: Path, decimals: int) -> Iterator[Workbook]:
    """A workbook that is written to `path` when the block ends well. OSError if it cannot be; nothing is left behind then."""
    import xlsxwriter  # type: ignore[import-untyped]  # a workbook is made in memory first, so that a broken disk leaves no half of one

    book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    yield Workbook(book, _formats(book, decimals), decimals)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


def _formats(book: Any, decimals: int) -> Formats:
    places = f".{'0' * decimals}" if decimals else ""
    shown = f"+#,##0{places};{MINUS}#,##0{places};0{places}"
    middle = {"valign": "vcenter"}
    return Formats(
        title=book.add_format({"bold": True, "font_size": 14}),
        head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}),
        words=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "indent": 1, "align": "left"}),
        numbers=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "align": "right"}),
        name=book.add_format({"bold": True, "top": 1}),
        money=book.add_format({"num_format": shown, **middle}),
        given=book.add_format({"num_format": shown, "font_color": "#0b4f8a", **middle}),
        total=book.add_format({"num_format": shown, "bold": True, "top": 1}),
        sum=book.add_format({"num_format": _number(2), "bold": True, "top": 1}),
        absent=book.add_format({"align": "right", **middle}),
        text=book.add_format({"text_wrap": True, **middle}),
        count=book.add_format({"num_format": _number(0), **middle}),
        note=book.add_format({"italic": True, "font_color": "#666666", **middle}),
        wrapped=book.add_format(
            {"italic": True, "font_color": "#666666", "text_wrap": True, "indent": 1, "align": "left", **middle}
        ),
        unit=book.add_format({"indent": 1, "align": "left", **middle}),
        plain=tuple(book.add_format({"num_format": _number(places), **middle}) for places in range(MOST_PLACES + 1)),
    )


def _number(places: int) -> str:
    """Thousands, a true minus, so many decimals."""
    form = "#,##0" + (f".{'0' * places}" if places else "")
    return f"{form};{MINUS}{form};{form}"


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of its signs, no other sheet's; `taken` learns it."""
    base = (name.translate(FORBIDDEN).strip("'") or "_")[:28]
    chosen, n = base, 2
    while chosen.casefold() in taken:
        chosen, n = f"{base}_{n}", n + 1
    taken.add(chosen.casefold())
    return chosen


def as_integer(number: Decimal) -> tuple[int, int]:
    """A decimal as whole number and decimal places: 0.125 is (125, 3).

    >>> as_integer(Decimal("0.125")), as_integer(Decimal("1E+2"))
    ((125, 3), (100, 0))
    """
    number = number.normalize(EXACT)  # 180.00 is 180: shorter products stay exact for longer
    places = max(0, -int(number.as_tuple().exponent))
    return int(number.scaleb(places)), places


def tens(places: int) -> str:
    """What moves a whole number by so many decimal places down: exact in a spreadsheet as long as its digits fit."""
    return f"/{10**places}" if places > 0 else f"*{10**-places}" if places < 0 else ""


def whole_cents(formula: str, decimals: int) -> str:
    """A sum of cents is rounded to cents again: binary fractions do not add up by themselves."""
    return f"=ROUND({formula.removeprefix('=')},{decimals})"
