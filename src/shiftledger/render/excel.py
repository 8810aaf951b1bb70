"""A statement as an Excel workbook that recalculates by its own formulas to the same cents (L4, L5).

A sheet an area, and one for all. An amount is a formula over whole numbers - quanta and the price of one - because a
spreadsheet counts in binary fractions and would miss a half cent. What no formula can give (a column of the bridge, the
correction of a line that adds several rounded rows) is a number of its own, and a last line checks the sheet against the seal.
A service area has a sheet as well: its jobs at their reference prices, which are a saving and no cash (L8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.core.money import EXACT, amount, cents_to_decimal, to_decimal
from shiftledger.ledger.potentials import deciding, potential_of
from shiftledger.ledger.savings import JOB_QUANTUM
from shiftledger.render.amounts import from_to
from shiftledger.render.items import crews_text, line_name, line_notes, step_name
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.services_text import job_name, job_notes, saved_words
from shiftledger.render.shown import StatementShown
from shiftledger.render.site_text import SHADOW, area_name, uneven

if TYPE_CHECKING:
    from shiftledger.engine.services import JobLine, ServiceStatement
    from shiftledger.ledger.statement import Line, Statement

FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))  # in a sheet's name
COLUMNS = ("plan", "standard", "allowed")
EXACT_UNTIL = 10**15  # whole numbers that every spreadsheet counts without loss
FIRST_LINE = 4  # the row of a sheet's first line, counted from 0


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
    overview = book.add_worksheet(sheet_name(say("areas", lang), taken)) if len(view.statements) > 1 else None
    for statement in view.statements:
        sheet = book.add_worksheet(sheet_name(view.names.name("area", statement.area, lang), taken))
        cell = _area(sheet, view, statement, lang, formats)
        totals.append((area_name(view, statement, lang), f"='{sheet.get_name()}'!{cell}", statement.value))
    for service in view.services:
        sheet = book.add_worksheet(sheet_name(view.names.name("area", service.area, lang), taken))
        _service(sheet, view, service, lang, formats)
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


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of its signs, no other sheet's."""
    base = (name.translate(FORBIDDEN).strip("'") or "_")[:28]
    chosen, n = base, 2
    while chosen.casefold() in taken:
        chosen, n = f"{base}_{n}", n + 1
    taken.add(chosen.casefold())
    return chosen


def _area(sheet: Any, view: StatementShown, statement: Statement, lang: Lang, formats: _Formats) -> str:
    """One area's sheet; the address of its V."""
    names = view.names
    when = f"{from_to(statement.start, statement.end, names.zone)} \u00b7 {crews_text(statement, lang)}"
    title = f"{names.name('area', statement.area, lang)} \u00b7 {statement.shift}"
    _head(sheet, title, when, (say("quantity", lang), say("price", lang)), view, lang, formats)
    row = FIRST_LINE
    for line in statement.lines:
        _line(sheet, row, line, view, lang, formats)
        row += 1
    total = _total(sheet, row, say("value", lang), statement.value, view, formats)
    row = _bridge(sheet, row + 2, total, view, statement, lang, formats)
    _check(sheet, row + 1, say("excel.check", lang), total, statement.value, view, formats)
    return total


def _service(sheet: Any, view: StatementShown, one: ServiceStatement, lang: Lang, formats: _Formats) -> None:
    """A service area's sheet: what its crews did at reference prices, and what that saved; no part of any V. # L8"""
    title = f"{view.names.name('area', one.area, lang)} \u00b7 {one.shift}"
    heads = (say("service.qty", lang), say("service.price", lang))
    _head(sheet, title, saved_words(view, one, lang), heads, view, lang, formats)
    row = FIRST_LINE
    for line in one.lines:
        _job(sheet, row, line, view, lang, formats)
        row += 1
    total = _total(sheet, row, say("excel.saved", lang), one.saved, view, formats)
    _check(sheet, row + 2, say("excel.saved-check", lang), total, one.saved, view, formats)


def _head(
    sheet: Any, title: str, below: str, counted: tuple[str, str], view: StatementShown, lang: Lang, formats: _Formats
) -> None:
    """Title, what stands below it, and the heads of the columns; `counted`: those of quantity and price."""
    sheet.set_column("A:A", 44)
    sheet.set_column("B:H", 14)
    sheet.set_column("I:I", 60)
    sheet.write_string(0, 0, title, formats.title)
    sheet.write_string(1, 0, below, formats.note)
    quantity, price = counted
    whole = (say(f"excel.{name}", lang) for name in ("quanta", "price-whole", "correction"))
    shown = (
        "",
        quantity,
        say("excel.unit", lang),
        price,
        say("amount", lang, currency=view.currency),
        *whole,
        say("marks", lang),
    )
    sheet.write_row(FIRST_LINE - 1, 0, shown, formats.head)


def _total(sheet: Any, row: int, name: str, cents: int, view: StatementShown, formats: _Formats) -> str:
    """What the lines above add up to; its address."""
    sheet.write_string(row, 0, name, formats.head)
    formula = f"=SUM(E{FIRST_LINE + 1}:E{row})" if row > FIRST_LINE else "=0"
    value = _shown(cents, view)
    sheet.write_formula(row, 4, _whole_cents(formula, view.money_decimals), formats.money, value)
    return f"E{row + 1}"


def _check(sheet: Any, row: int, name: str, total: str, sealed: int, view: StatementShown, formats: _Formats) -> None:
    """What the sheet's sum differs from the sealed figure by."""
    sheet.write_string(row, 0, name, formats.note)
    sheet.write_formula(row, 4, _whole_cents(f"={total}-({_number(sealed, view)})", view.money_decimals), formats.money, 0)


def _line(sheet: Any, row: int, line: Line, view: StatementShown, lang: Lang, formats: _Formats) -> None:
    """A line of V: a charge by its amount, anything else by quantity times price."""
    sheet.write_string(row, 0, line_name(line, view.names, lang))
    sheet.write_string(row, 8, " ".join(line_notes(line, view.money_decimals, lang)), formats.note)
    if line.kind == "fixed":
        sheet.write_number(row, 4, _shown(line.amount, view), formats.given)
        return
    _counted(sheet, row, line.qty, line.quantum, line.unit, formats)
    if line.kind == "state":
        _state(sheet, row, line, view, formats)
        return
    _product(sheet, row, line.sign * line.qty, line.quantum, line.price, line.amount, view.money_decimals, formats)


def _state(sheet: Any, row: int, line: Line, view: StatementShown, formats: _Formats) -> None:
    """What a state is worth, by the rows of its potential; a bare amount where today's text says another worth than the seal. # L3"""
    used = deciding(view.potentials.get(line.what, ()), to_decimal(line.qty, line.quantum))
    decimals, points = view.money_decimals, tuple(one.value for one in used if one.value is not None)
    worths = [one.worth for one in used]
    told = worths and potential_of(line.qty, *worths, points=points, quantum=line.quantum, decimals=decimals)
    formula = _on_points(row + 1, line, points, worths, decimals) if points else ""
    if told != line.sign * line.amount or (points and not formula):
        sheet.write_number(row, 4, _shown(line.amount, view), formats.given)
    elif not points:
        _product(sheet, row, line.sign * line.qty, line.quantum, worths[0], line.amount, decimals, formats)
    else:
        sheet.write_number(row, 5, line.sign * line.qty, formats.number)
        sheet.write_formula(row, 4, formula, formats.money, _shown(line.amount, view))


def _on_points(n: int, line: Line, points: Sequence[Decimal], worths: Sequence[Decimal], decimals: int) -> str:
    """The straight line between two declared points, at row n's quanta, over whole numbers; "" if they are too long. # L3, L5"""
    places = max(_as_integer(number)[1] for number in (line.quantum, *points))
    low, high = int(points[0].scaleb(places)), int(points[-1].scaleb(places))
    step, wide = int(line.quantum.scaleb(places)), high - low or 1
    money_places = max(decimals, *(_as_integer(worth)[1] for worth in worths))
    worth, rise = int(worths[0].scaleb(money_places)), int((worths[-1] - worths[0]).scaleb(money_places))
    if abs(worth) * wide + (abs(line.qty) * step + abs(low)) * abs(rise) >= EXACT_UNTIL:
        return ""
    above = f"({line.sign}*F{n}*{step}-({low}))"
    cents = f"ROUND({line.sign}*(({worth})*{wide}+{above}*({rise}))/{wide * 10 ** (money_places - decimals)},0)"
    return _whole_cents(f"={cents}/{10**decimals}", decimals)


def _job(sheet: Any, row: int, line: JobLine, view: StatementShown, lang: Lang, formats: _Formats) -> None:
    """A job; one that nobody has verified has no amount."""
    sheet.write_string(row, 0, job_name(line, lang))
    sheet.write_string(row, 8, " ".join(job_notes(line, lang)), formats.note)
    _counted(sheet, row, line.qty, JOB_QUANTUM, line.unit, formats)
    if line.price is not None and line.amount is not None:
        _product(sheet, row, line.qty, JOB_QUANTUM, line.price, line.amount, view.money_decimals, formats)


def _counted(sheet: Any, row: int, qty: int, quantum: Decimal, unit: str, formats: _Formats) -> None:
    sheet.write_number(row, 1, float(to_decimal(qty, quantum)), formats.number)
    sheet.write_string(row, 2, "" if unit == "1" else unit)


def _product(
    sheet: Any, row: int, quanta: int, quantum: Decimal, price: Decimal, cents: int, decimals: int, formats: _Formats
) -> None:
    """Price, and the amount as a formula over the whole numbers beside it. # L5"""
    n = row + 1
    (each, price_places), (step, places) = _as_integer(price), _as_integer(quantum)
    sheet.write_number(row, 3, float(price), formats.number)
    sheet.write_number(row, 5, quanta, formats.number)
    sheet.write_number(row, 6, each * step, formats.number)
    correction = cents - amount(quanta, quantum, price, decimals)
    if correction:
        sheet.write_number(row, 7, float(cents_to_decimal(correction, decimals)), formats.given)
    product = _in_cents(n, quanta * each * step, price_places + places - decimals)
    formula = _whole_cents(f"={product}/{10**decimals}+H{n}", decimals)
    sheet.write_formula(row, 4, formula, formats.money, float(cents_to_decimal(cents, decimals)))


def _in_cents(n: int, product: int, moved: int) -> str:
    """Row n's product, moved by its decimals, in whole cents; of one too long for a spreadsheet whole and broken cents apart. # L5"""
    if abs(product) < EXACT_UNTIL or moved <= 0:
        return f"ROUND(F{n}*G{n}{_tens(moved)},0)"
    tens = 10**moved  # both parts have the sign of the price, so rounding the broken one rounds the sum
    return f"(F{n}*TRUNC(G{n}/{tens})+ROUND(F{n}*(G{n}-TRUNC(G{n}/{tens})*{tens})/{tens},0))"


def _as_integer(number: Decimal) -> tuple[int, int]:
    """A decimal as whole number and decimal places: 0.125 is (125, 3).

    >>> _as_integer(Decimal("0.125")), _as_integer(Decimal("1E+2"))
    ((125, 3), (100, 0))
    """
    number = number.normalize(EXACT)  # 180.00 is 180: shorter products stay exact for longer
    places = max(0, -int(number.as_tuple().exponent))
    return int(number.scaleb(places)), places


def _tens(places: int) -> str:
    """What moves a whole number by so many decimal places down: exact in a spreadsheet as long as its digits fit."""
    return f"/{10**places}" if places > 0 else f"*{10**-places}" if places < 0 else ""


def _whole_cents(formula: str, decimals: int) -> str:
    """A sum of cents is rounded to cents again: binary fractions do not add up by themselves."""
    return f"=ROUND({formula.removeprefix('=')},{decimals})"


def _shown(cents: int, view: StatementShown) -> float:
    return float(cents_to_decimal(cents, view.money_decimals))


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


def _whole(sheet: Any, view: StatementShown, totals: Sequence[tuple[str, str, int]], lang: Lang, formats: _Formats) -> None:
    """Areas by reference to their sheets, the site's accounts, and the plant as their sum; of uneven areas no sum. # L2, T2"""
    sheet.set_column("A:A", 44)
    sheet.set_column("B:B", 18)
    title = f"{view.names.name('plant', view.names.plant, lang)} \u00b7 {view.statements[0].shift}"
    sheet.write_string(0, 0, title, formats.title)
    sheet.write_row(2, 0, [say("areas", lang), f"V {view.currency}".rstrip()], formats.head)
    row = 3
    for name, formula, value in totals:
        sheet.write_string(row, 0, name)
        sheet.write_formula(row, 1, formula, formats.money, _shown(value, view))
        row += 1
    if uneven(view.statements):
        sheet.write_string(row, 0, say("uneven", lang), formats.note)
        return
    accounts = sorted(view.site, key=lambda account: (account == SHADOW, account))  # last, so that a sum can stop before it
    for account in accounts:
        sheet.write_string(row, 0, view.names.node(account, lang))
        sheet.write_number(row, 1, _shown(view.site[account], view), formats.given)
        row += 1
    result = sum(value for _, _, value in totals) + sum(view.site.values())
    shadow = view.site.get(SHADOW, 0)
    sums = (
        [("all.with-states", row - 1, result - shadow), ("all.accountant", row, result)]
        if shadow
        else [("all.total", row, result)]
    )
    for offset, (key, last, cents) in enumerate(sums):
        sheet.write_string(row + offset, 0, say(key, lang), formats.head)
        sheet.write_formula(
            row + offset, 1, _whole_cents(f"=SUM(B4:B{last})", view.money_decimals), formats.money, _shown(cents, view)
        )
