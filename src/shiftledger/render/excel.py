"""A statement as an Excel workbook that recalculates by its own formulas to the same cents (L4, L5).

A sheet an area, and one for all. An amount is a formula over whole numbers - quanta and the price of one - because a
spreadsheet counts in binary fractions and would miss a half cent. What no formula can give (a column of the bridge, the
correction of a line that adds several rounded rows) is a number of its own, and a last line checks the sheet against the seal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.core.money import amount, cents_to_decimal, to_decimal
from shiftledger.render.amounts import from_to
from shiftledger.render.items import crews_text, line_name, line_notes, step_name
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.shown import StatementShown

if TYPE_CHECKING:
    from shiftledger.ledger.statement import Line, Statement

FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))  # in a sheet's name
COLUMNS = ("plan", "standard", "allowed")


@dataclass(frozen=True, slots=True)
class _Formats:
    title: Any
    head: Any
    money: Any
    given: Any  # a figure that no formula makes
    number: Any
    note: Any


def write_statement(view: StatementShown, path: Path, lang: Lang = "zh") -> None:
    """Write the view's statements to `path` (.xlsx). OSError if it cannot be written; nothing is left behind then."""
    import xlsxwriter  # type: ignore[import-untyped]  # a workbook is made in memory first, so that a broken disk leaves no half of one

    book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(book, view.money_decimals)
    totals: list[tuple[str, str, int]] = []
    taken: set[str] = set()
    overview = book.add_worksheet(_sheet_name(say("areas", lang), taken)) if len(view.statements) > 1 else None
    for statement in view.statements:
        sheet = book.add_worksheet(_sheet_name(view.names.name("area", statement.area, lang), taken))
        cell = _area(sheet, view, statement, lang, formats)
        totals.append((view.names.name("area", statement.area, lang), f"='{sheet.get_name()}'!{cell}", statement.value))
    if overview is not None:
        _whole(overview, view, totals, lang, formats)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


def _formats(book: Any, decimals: int) -> _Formats:
    places = f".{'0' * decimals}" if decimals else ""
    shown = f"+#,##0{places};\u2212#,##0{places};0{places}"
    return _Formats(
        title=book.add_format({"bold": True, "font_size": 14}),
        head=book.add_format({"bold": True, "bottom": 1}),
        money=book.add_format({"num_format": shown}),
        given=book.add_format({"num_format": shown, "font_color": "#0b4f8a"}),
        number=book.add_format({"num_format": "#,##0.##########"}),
        note=book.add_format({"italic": True, "font_color": "#666666"}),
    )


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of its signs, no other sheet's."""
    base = (name.translate(FORBIDDEN).strip("'") or "_")[:28]
    chosen, n = base, 2
    while chosen.casefold() in taken:
        chosen, n = f"{base}_{n}", n + 1
    taken.add(chosen.casefold())
    return chosen


def _area(sheet: Any, view: StatementShown, statement: Statement, lang: Lang, formats: _Formats) -> str:
    """One area's sheet; the address of its V."""
    sheet.set_column("A:A", 44)
    sheet.set_column("B:H", 14)
    sheet.set_column("I:I", 60)
    names = view.names
    sheet.write_string(0, 0, f"{names.name('area', statement.area, lang)} \u00b7 {statement.shift}", formats.title)
    sheet.write_string(
        1, 0, f"{from_to(statement.start, statement.end, names.zone)} \u00b7 {crews_text(statement, lang)}", formats.note
    )
    heads = [
        "",
        say("quantity", lang),
        say("excel.unit", lang),
        say("price", lang),
        say("amount", lang, currency=view.currency),
        *(say(f"excel.{name}", lang) for name in ("quanta", "price-whole", "correction")),
        say("marks", lang),
    ]
    sheet.write_row(3, 0, heads, formats.head)
    row = 4
    for line in statement.lines:
        _line(sheet, row, line, view, lang, formats)
        row += 1
    total = f"E{row + 1}"
    sheet.write_string(row, 0, say("value", lang), formats.head)
    value = float(cents_to_decimal(statement.value, view.money_decimals))
    formula = f"=SUM(E5:E{row})" if statement.lines else "=0"
    sheet.write_formula(row, 4, _whole_cents(formula, view.money_decimals), formats.money, value)
    row = _bridge(sheet, row + 2, total, view, statement, lang, formats)
    sheet.write_string(row + 1, 0, say("excel.check", lang), formats.note)
    sheet.write_formula(
        row + 1, 4, _whole_cents(f"={total}-({_number(statement.value, view)})", view.money_decimals), formats.money, 0
    )
    return total


def _line(sheet: Any, row: int, line: Line, view: StatementShown, lang: Lang, formats: _Formats) -> None:
    """Name, quantity, unit, price and the amount as a formula over the whole numbers beside it. # L5"""
    n, decimals = row + 1, view.money_decimals
    sheet.write_string(row, 0, line_name(line, view.names, lang))
    sheet.write_string(row, 8, " ".join(line_notes(line, decimals, lang)), formats.note)
    amount_shown = float(cents_to_decimal(line.amount, decimals))
    if line.kind == "fixed":
        sheet.write_number(row, 4, amount_shown, formats.given)
        return
    (price, price_places), (quantum, places) = _as_integer(line.price), _as_integer(line.quantum)
    moved = _tens(price_places + places - decimals)
    product = line.sign * amount(line.qty, line.quantum, line.price, decimals)
    sheet.write_number(row, 1, float(to_decimal(line.qty, line.quantum)), formats.number)
    sheet.write_string(row, 2, "" if line.unit == "1" else line.unit)
    sheet.write_number(row, 3, float(line.price), formats.number)
    sheet.write_number(row, 5, line.sign * line.qty, formats.number)
    sheet.write_number(row, 6, price * quantum, formats.number)
    correction = line.amount - product
    if correction:
        sheet.write_number(row, 7, float(cents_to_decimal(correction, decimals)), formats.given)
    formula = _whole_cents(f"=ROUND(F{n}*G{n}{moved},0)/{10**decimals}+H{n}", decimals)
    sheet.write_formula(row, 4, formula, formats.money, amount_shown)


def _as_integer(number: Decimal) -> tuple[int, int]:
    """A decimal as whole number and decimal places: 0.125 is (125, 3).

    >>> _as_integer(Decimal("0.125")), _as_integer(Decimal("1E+2"))
    ((125, 3), (100, 0))
    """
    places = max(0, -int(number.as_tuple().exponent))
    return int(number.scaleb(places)), places


def _tens(places: int) -> str:
    """What moves a whole number by so many decimal places down: exact in a spreadsheet as long as its digits fit."""
    return f"/{10**places}" if places > 0 else f"*{10**-places}" if places < 0 else ""


def _whole_cents(formula: str, decimals: int) -> str:
    """A sum of cents is rounded to cents again: binary fractions do not add up by themselves."""
    return f"=ROUND({formula.removeprefix('=')},{decimals})"


def _number(cents: int, view: StatementShown) -> str:
    return f"{cents_to_decimal(cents, view.money_decimals):f}"


def _bridge(sheet: Any, row: int, total: str, view: StatementShown, statement: Statement, lang: Lang, formats: _Formats) -> int:
    """The first column that exists, the steps, and Actual as their sum, which must be V. # L4"""
    columns = {"plan": statement.plan, "standard": statement.standard, "allowed": statement.allowed}
    start = next((name for name in COLUMNS if columns[name] is not None), None)
    if start is None or statement.absent:
        return row
    decimals = view.money_decimals
    sheet.write_string(row, 0, say("bridge", lang, start=say_of("column", start, lang)), formats.head)
    first = row + 1
    sheet.write_string(first, 0, say_of("column", start, lang))
    sheet.write_number(first, 4, float(cents_to_decimal(columns[start] or 0, decimals)), formats.given)
    for offset, step in enumerate(statement.steps, 1):
        sheet.write_string(first + offset, 0, f"  {step_name(step, view.names, lang)}")
        sheet.write_number(first + offset, 4, float(cents_to_decimal(step.amount, decimals)), formats.given)
    last = first + len(statement.steps) + 1
    sheet.write_string(last, 0, say_of("column", "actual", lang), formats.head)
    formula = _whole_cents(f"=SUM(E{first + 1}:E{last})", decimals)
    sheet.write_formula(last, 4, formula, formats.money, float(cents_to_decimal(statement.value, decimals)))
    sheet.write_string(last + 1, 0, say("excel.bridge-check", lang), formats.note)
    sheet.write_formula(last + 1, 4, _whole_cents(f"=E{last + 1}-{total}", decimals), formats.money, 0)
    return last + 2


def _whole(sheet: Any, view: StatementShown, totals: Iterable[tuple[str, str, int]], lang: Lang, formats: _Formats) -> None:
    """Areas by reference to their sheets, the site's accounts, and the plant as their sum. # L2"""
    sheet.set_column("A:A", 44)
    sheet.set_column("B:B", 18)
    decimals = view.money_decimals
    sheet.write_string(
        0, 0, f"{view.names.name('plant', view.names.plant, lang)} \u00b7 {view.statements[0].shift}", formats.title
    )
    sheet.write_row(2, 0, [say("areas", lang), f"V {view.currency}".rstrip()], formats.head)
    row, plant = 3, sum(view.site.values())
    for name, formula, value in totals:
        sheet.write_string(row, 0, name)
        sheet.write_formula(row, 1, formula, formats.money, float(cents_to_decimal(value, decimals)))
        row, plant = row + 1, plant + value
    for account in sorted(view.site):
        sheet.write_string(row, 0, view.names.node(account, lang))
        sheet.write_number(row, 1, float(cents_to_decimal(view.site[account], decimals)), formats.given)
        row += 1
    sheet.write_string(row, 0, say("all.total", lang), formats.head)
    formula = _whole_cents(f"=SUM(B4:B{row})", decimals)
    sheet.write_formula(row, 1, formula, formats.money, float(cents_to_decimal(plant, decimals)))
