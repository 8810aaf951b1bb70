"""Persons, hours and productivity as an Excel workbook that recalculates by its own formulas to the same figures (T3, T4, L5).

Two sheets: hours by row, and productivity by row and product. What is divided stands there in whole numbers - quanta, and hours and
person-months as fractions - so that a spreadsheet comes to every last decimal.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.render.amounts import ABSENT
from shiftledger.render.labour_text import key_text, row_notes
from shiftledger.render.messages import Lang, say
from shiftledger.render.workbook import LINE, Workbook, as_integer, tens, workbook

if TYPE_CHECKING:
    from shiftledger.engine.labour import Labour, LabourRow, Output
    from shiftledger.render.messages import Names
    from shiftledger.render.views import LabourView

FIRST = 3  # the row of the first key, counted from 0
HOURS = (40, 10, 12, 12, 14, 12, 12, 60)
PRODUCTS = (40, 16, 16, 8, 14, 13, 16, 15, 20, 16, 16, 16, 16)
PER_HOUR, PER_PERSON = 4, 2  # decimals, as in `engine.labour`


def write_labour(view: LabourView, path: Path, lang: Lang = "zh") -> None:
    """Write the rows to `path` (.xlsx); ValueError where there are none. OSError if it cannot be written; nothing is left behind then."""
    if view.labour is None or view.names is None:
        raise ValueError("there are no hours to write")
    with workbook(path, 2) as book:
        _hours(book, view.labour, view.names, lang)
        if any(row.outputs for row in view.labour.rows):
            _products(book, view.labour, view.names, lang)


def _begun(
    book: Workbook, name: str, found: Labour, widths: tuple[int, ...], heads: tuple[str, ...], words: tuple[int, ...], lang: Lang
) -> Any:
    """A sheet with its title and heads; `words`: the columns of words beside the key."""
    by = say("list.comma", lang).join(say(f"labour.by.{grain}", lang) for grain in found.by)
    sheet = book.sheet(name)
    for column, wide in enumerate(widths):
        sheet.set_column(column, column, wide)
    sheet.freeze_panes(FIRST, 1)
    sheet.repeat_rows(0, FIRST - 1)
    sheet.write_string(0, 0, say("labour.title", lang, first=found.first, last=found.last, by=by), book.formats.title)
    sheet.set_row(FIRST - 1, 2 * LINE)
    sheet.write_string(FIRST - 1, 0, by, book.formats.head)
    for column, word in enumerate(heads, 1):
        sheet.write_string(FIRST - 1, column, word, book.formats.words if column in words else book.formats.numbers)
    return sheet


def _hours(book: Workbook, found: Labour, names: Names, lang: Lang) -> None:
    heads = tuple(say(f"labour.{what}", lang) for what in ("shifts", "members", "on-duty", "hours", "missed", "extra"))
    sheet = _begun(book, say("labour.sheet", lang), found, HOURS, (*heads, say("marks", lang)), (len(HOURS) - 1,), lang)
    for row, one in enumerate(found.rows, FIRST):
        name, notes = key_text(one, found, names, lang), " ".join(row_notes(one, lang))
        sheet.write_string(row, 0, name, book.formats.text)
        sheet.write_number(row, 1, one.shifts, book.formats.count)
        for column, value in enumerate((one.members, one.on_duty, one.hours, one.missed, one.extra), 2):
            _number(sheet, row, column, value, book)
        book.note(sheet, row, len(HOURS) - 1, notes, HOURS[-1])
    last = FIRST + len(found.rows)
    sheet.write_string(last, 0, say("labour.total", lang), book.formats.name)
    for column, letter, values in (
        (4, "E", [one.hours for one in found.rows]),
        (5, "F", [one.missed for one in found.rows]),
        (6, "G", [one.extra for one in found.rows]),
    ):
        if None in values:  # a sum of what is not known is not known # I8
            sheet.write_string(last, column, ABSENT, book.formats.absent)
            continue
        total = sum((value for value in values if value is not None), Decimal(0))
        sheet.write_formula(last, column, f"=ROUND(SUM({letter}{FIRST + 1}:{letter}{last}),2)", book.formats.sum, float(total))


def _products(book: Workbook, found: Labour, names: Names, lang: Lang) -> None:
    heads = ("product", "output", "unit", "counted-hours", "per-hour", "person-months", "per-person")
    whole = ("quanta", "hours-above", "hours-below", "months-above", "months-below")
    told = tuple(say(f"labour.{what}", lang) for what in (*heads, *whole))
    sheet = _begun(book, say("labour.productivity", lang), found, PRODUCTS, told, (1, 3), lang)
    row = FIRST
    for one in found.rows:
        for output in one.outputs:
            sheet.write_string(row, 0, key_text(one, found, names, lang), book.formats.text)
            sheet.write_string(row, 1, names.name("material", output.material, lang), book.formats.unit)
            _product(sheet, row, one, output, book)
            row += 1


def _product(sheet: Any, row: int, one: LabourRow, made: Output, book: Workbook) -> None:
    """Output by its quanta, what it is divided by as fractions, and both quotients, each rounded once. # T4"""
    n, (step, places) = row + 1, as_integer(made.quantum)
    sheet.write_number(row, 8, int(made.qty / made.quantum), book.formats.count)
    sheet.write_formula(row, 2, f"=I{n}*{step}{tens(places)}", book.formats.plain[places], float(made.qty))
    sheet.write_string(row, 3, made.unit, book.formats.unit)
    for column, by, decimals, quotient, figure in (
        (4, one.exact_hours, PER_HOUR, 5, made.per_hour),
        (6, one.person_months, PER_PERSON, 7, made.per_person),
    ):
        if by is None or figure is None:
            for absent in (column, quotient):
                sheet.write_string(row, absent, ABSENT, book.formats.absent)
            continue
        above, below = _fraction(sheet, row, 9 if column == 4 else 11, by, book)
        sheet.write_formula(row, column, f"={above}/{below}", book.formats.plain[2], float(by))
        formula = f"=ROUND(I{n}*{step}*{below}{tens(places - decimals)}/{above},0)/{10**decimals}"
        sheet.write_formula(row, quotient, formula, book.formats.plain[decimals], float(figure))


def _fraction(sheet: Any, row: int, column: int, by: Fraction, book: Workbook) -> tuple[str, str]:
    """A fraction as two whole numbers side by side; the addresses of both."""
    for offset, number in enumerate((by.numerator, by.denominator)):
        sheet.write_number(row, column + offset, number, book.formats.count)
    return f"{chr(ord('A') + column)}{row + 1}", f"{chr(ord('A') + column + 1)}{row + 1}"


def _number(sheet: Any, row: int, column: int, value: Decimal | None, book: Workbook) -> None:
    if value is None:
        sheet.write_string(row, column, ABSENT, book.formats.absent)
    else:
        book.write(sheet, row, column, value, 2)
