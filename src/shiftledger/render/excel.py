"""A statement as an Excel workbook that recalculates by its own formulas to the same cents (L4, L5).

A sheet an area, and one for all. An amount is a formula over whole numbers - quanta and the price of one - because a
spreadsheet counts in binary fractions and would miss a half cent. What no formula can give (a column of the bridge, the
correction of a line that adds several rounded rows) is a number of its own, and a last line checks the sheet against the seal.
A service area has a sheet as well: its jobs at their reference prices, which are a saving and no cash (L8).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.core.money import amount, cents_to_decimal, to_decimal
from shiftledger.ledger.posting import SITE_PRIOR
from shiftledger.ledger.potentials import deciding, potential_of
from shiftledger.ledger.savings import JOB_QUANTUM
from shiftledger.render.amounts import from_to
from shiftledger.render.assumed_text import assumed_pairs, columns_note, value_note
from shiftledger.render.items import crews_text, line_name, line_notes, step_name
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.services_text import job_name, job_notes, late_saving_words, saved_words
from shiftledger.render.shown import StatementShown
from shiftledger.render.site_text import SHADOW, area_name, uneven
from shiftledger.render.statement_text import left_out_words
from shiftledger.render.workbook import LINE, Workbook, as_integer, tens, whole_cents, workbook

if TYPE_CHECKING:
    from shiftledger.engine.services import JobLine, ServiceStatement
    from shiftledger.ledger.assumed import Assumption
    from shiftledger.ledger.statement import Line, Statement

COLUMNS = ("plan", "standard", "allowed")
EXACT_UNTIL = 10**15  # whole numbers that every spreadsheet counts without loss
WIDTHS = (36, 13, 7, 11, 16, 15, 20, 12, 48)
UNIT = 2  # the column that says in what a quantity is counted
NOTES = 8
FIRST_LINE = 4  # the row of a sheet's first line, counted from 0


def write_statement(view: StatementShown, path: Path, lang: Lang = "zh", *, overview: bool | None = None) -> None:
    """Write the view's statements to `path` (.xlsx). OSError if it cannot be written; nothing is left behind then.

    `overview`: begin with a sheet of all areas and the site's accounts (by default when there are several statements).
    """
    several = len(view.statements) > 1 if overview is None else overview and bool(view.statements)
    with workbook(path, view.money_decimals) as book:
        totals: list[tuple[str, str, str, int]] = []
        first = book.sheet(say("areas", lang)) if several else None
        for statement in view.statements:
            sheet = book.sheet(view.names.name("area", statement.area, lang))
            cell = _area(sheet, view, statement, lang, book)
            totals.append((statement.area, area_name(view, statement, lang), f"='{sheet.get_name()}'!{cell}", statement.value))
        for service in view.services:
            _service(book.sheet(view.names.name("area", service.area, lang)), view, service, lang, book)
        if first is not None:
            _whole(first, view, totals, lang, book)


def _area(sheet: Any, view: StatementShown, statement: Statement, lang: Lang, book: Workbook) -> str:
    """One area's sheet; the address of its V."""
    names = view.names
    when = f"{from_to(statement.start, statement.end, names.zone)} \u00b7 {crews_text(statement, lang)}"
    title = f"{names.name('area', statement.area, lang)} \u00b7 {statement.shift}"
    below = " \u00b7 ".join([when, *left_out_words(view, statement, lang)])
    _head(sheet, title, below, (say("quantity", lang), say("price", lang)), view, lang, book)
    row = FIRST_LINE
    for line in statement.lines:
        _line(sheet, row, line, view, lang, book)
        row += 1
    total = _total(sheet, row, say("value", lang), statement.value, view, book)
    assumed = view.assumptions.get(statement.area, ())
    book.note(sheet, row, NOTES, value_note(assumed, lang), WIDTHS[NOTES])
    row = _bridge(sheet, row + 2, total, view, statement, lang, book)
    _check(sheet, row + 1, say("excel.check", lang), total, statement.value, view, book)
    _assumed(sheet, row + 3, assumed, view, lang, book)
    return total


def _assumed(sheet: Any, row: int, assumptions: Sequence[Assumption], view: StatementShown, lang: Lang, book: Workbook) -> None:
    """What is assumed, and which figures rest on it. # I7"""
    told = assumed_pairs(assumptions, view.names, lang)
    if told:
        sheet.write_string(row, 0, say("assumed.head", lang), book.formats.head)
    for offset, (what, figures) in enumerate(told, 1):
        sheet.write_string(row + offset, 0, what)
        sheet.write_string(row + offset, NOTES, figures, book.formats.wrapped)


def _service(sheet: Any, view: StatementShown, one: ServiceStatement, lang: Lang, book: Workbook) -> None:
    """A service area's sheet: what its crews did at reference prices, and what that saved; no part of any V. # L8"""
    title = f"{view.names.name('area', one.area, lang)} \u00b7 {one.shift}"
    heads = (say("service.qty", lang), say("service.price", lang))
    _head(sheet, title, saved_words(view, one, lang), heads, view, lang, book)
    row = FIRST_LINE
    for line in one.lines:
        _job(sheet, row, line, view, lang, book)
        row += 1
    total = _total(sheet, row, say("excel.saved", lang), one.saved, view, book)
    _check(sheet, row + 2, say("excel.saved-check", lang), total, one.saved, view, book)
    for offset, text in enumerate(late_saving_words(view, one, lang), 4):
        sheet.write_string(row + offset, 0, text, book.formats.note)


def _head(sheet: Any, title: str, below: str, counted: tuple[str, str], view: StatementShown, lang: Lang, book: Workbook) -> None:
    """Title, what stands below it, and the heads of the columns; `counted`: those of quantity and price."""
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(FIRST_LINE, 1)
    sheet.repeat_rows(0, FIRST_LINE - 1)
    sheet.write_string(0, 0, title, book.formats.title)
    sheet.write_string(1, 0, below, book.formats.note)
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
    for column, word in enumerate(shown):
        form = book.formats.words if column in (UNIT, NOTES) else book.formats.numbers if column else book.formats.head
        sheet.write_string(FIRST_LINE - 1, column, word, form)
    sheet.set_row(FIRST_LINE - 1, 2 * LINE)


def _total(sheet: Any, row: int, name: str, cents: int, view: StatementShown, book: Workbook) -> str:
    """What the lines above add up to; its address."""
    sheet.write_string(row, 0, name, book.formats.name)
    formula = f"=SUM(E{FIRST_LINE + 1}:E{row})" if row > FIRST_LINE else "=0"
    value = book.shown(cents)
    sheet.write_formula(row, 4, whole_cents(formula, view.money_decimals), book.formats.total, value)
    return f"E{row + 1}"


def _check(sheet: Any, row: int, name: str, total: str, sealed: int, view: StatementShown, book: Workbook) -> None:
    """What the sheet's sum differs from the sealed figure by."""
    sheet.write_string(row, 0, name, book.formats.note)
    sheet.write_formula(row, 4, whole_cents(f"={total}-({_number(sealed, view)})", view.money_decimals), book.formats.money, 0)


def _line(sheet: Any, row: int, line: Line, view: StatementShown, lang: Lang, book: Workbook) -> None:
    """A line of V: a charge by its amount, anything else by quantity times price."""
    sheet.write_string(row, 0, line_name(line, view.names, lang), book.formats.text)
    book.note(sheet, row, NOTES, " ".join(line_notes(line, view.money_decimals, lang)), WIDTHS[NOTES])
    if line.kind == "fixed":
        sheet.write_number(row, 4, book.shown(line.amount), book.formats.given)
        return
    _counted(sheet, row, line.qty, line.quantum, line.unit, book)
    if line.kind == "state":
        _state(sheet, row, line, view, book)
        return
    _product(sheet, row, line.sign * line.qty, line.quantum, line.price, line.amount, view.money_decimals, book)


def _state(sheet: Any, row: int, line: Line, view: StatementShown, book: Workbook) -> None:
    """What a state is worth, by the rows of its potential; a bare amount where today's text says another worth than the seal. # L3"""
    used = deciding(view.potentials.get(line.what, ()), to_decimal(line.qty, line.quantum))
    decimals, points = view.money_decimals, tuple(one.value for one in used if one.value is not None)
    worths = [one.worth for one in used]
    told = worths and potential_of(line.qty, *worths, points=points, quantum=line.quantum, decimals=decimals)
    formula = _on_points(row + 1, line, points, worths, decimals) if points else ""
    if told != line.sign * line.amount or (points and not formula):
        sheet.write_number(row, 4, book.shown(line.amount), book.formats.given)
    elif not points:
        _product(sheet, row, line.sign * line.qty, line.quantum, worths[0], line.amount, decimals, book)
    else:
        sheet.write_number(row, 5, line.sign * line.qty, book.formats.count)
        sheet.write_formula(row, 4, formula, book.formats.money, book.shown(line.amount))


def _on_points(n: int, line: Line, points: Sequence[Decimal], worths: Sequence[Decimal], decimals: int) -> str:
    """The straight line between two declared points, at row n's quanta, over whole numbers; "" if they are too long. # L3, L5"""
    places = max(as_integer(number)[1] for number in (line.quantum, *points))
    low, high = int(points[0].scaleb(places)), int(points[-1].scaleb(places))
    step, wide = int(line.quantum.scaleb(places)), high - low or 1
    money_places = max(decimals, *(as_integer(worth)[1] for worth in worths))
    worth, rise = int(worths[0].scaleb(money_places)), int((worths[-1] - worths[0]).scaleb(money_places))
    if abs(worth) * wide + (abs(line.qty) * step + abs(low)) * abs(rise) >= EXACT_UNTIL:
        return ""
    above = f"({line.sign}*F{n}*{step}-({low}))"
    cents = f"ROUND({line.sign}*(({worth})*{wide}+{above}*({rise}))/{wide * 10 ** (money_places - decimals)},0)"
    return whole_cents(f"={cents}/{10**decimals}", decimals)


def _job(sheet: Any, row: int, line: JobLine, view: StatementShown, lang: Lang, book: Workbook) -> None:
    """A job; one that nobody has verified has no amount."""
    sheet.write_string(row, 0, job_name(line, lang), book.formats.text)
    book.note(sheet, row, NOTES, " ".join(job_notes(line, lang)), WIDTHS[NOTES])
    _counted(sheet, row, line.qty, JOB_QUANTUM, line.unit, book)
    if line.price is not None and line.amount is not None:
        _product(sheet, row, line.qty, JOB_QUANTUM, line.price, line.amount, view.money_decimals, book)


def _counted(sheet: Any, row: int, qty: int, quantum: Decimal, unit: str, book: Workbook) -> None:
    book.write(sheet, row, 1, to_decimal(qty, quantum), as_integer(quantum)[1])
    sheet.write_string(row, UNIT, "" if unit == "1" else unit, book.formats.unit)


def _product(
    sheet: Any, row: int, quanta: int, quantum: Decimal, price: Decimal, cents: int, decimals: int, book: Workbook
) -> None:
    """Price, and the amount as a formula over the whole numbers beside it. # L5"""
    n = row + 1
    (each, price_places), (step, places) = as_integer(price), as_integer(quantum)
    book.write(sheet, row, 3, price, decimals)
    sheet.write_number(row, 5, quanta, book.formats.count)
    sheet.write_number(row, 6, each * step, book.formats.count)
    correction = cents - amount(quanta, quantum, price, decimals)
    if correction:
        sheet.write_number(row, 7, book.shown(correction), book.formats.given)
    product = _in_cents(n, quanta * each * step, price_places + places - decimals)
    formula = whole_cents(f"={product}/{10**decimals}+H{n}", decimals)
    sheet.write_formula(row, 4, formula, book.formats.money, book.shown(cents))


def _in_cents(n: int, product: int, moved: int) -> str:
    """Row n's product, moved by its decimals, in whole cents; of one too long for a spreadsheet whole and broken cents apart. # L5"""
    if abs(product) < EXACT_UNTIL or moved <= 0:
        return f"ROUND(F{n}*G{n}{tens(moved)},0)"
    part = 10**moved  # both parts have the sign of the price, so rounding the broken one rounds the sum
    return f"(F{n}*TRUNC(G{n}/{part})+ROUND(F{n}*(G{n}-TRUNC(G{n}/{part})*{part})/{part},0))"


def _number(cents: int, view: StatementShown) -> str:
    return f"{cents_to_decimal(cents, view.money_decimals):f}"


def _bridge(sheet: Any, row: int, total: str, view: StatementShown, statement: Statement, lang: Lang, book: Workbook) -> int:
    """The first column that exists, the steps, and Actual as their sum, which must be V. # L4"""
    columns = {"plan": statement.plan, "standard": statement.standard, "allowed": statement.allowed}
    start = next((name for name in COLUMNS if columns[name] is not None), None)
    if start is None or not statement.steps:
        return row
    decimals = view.money_decimals
    sheet.write_string(row, 0, say("bridge", lang, start=say_of("column", start, lang)), book.formats.head)
    book.note(sheet, row, NOTES, columns_note(view.assumptions.get(statement.area, ()), lang), WIDTHS[NOTES])
    first = row + 1
    sheet.write_string(first, 0, say_of("column", start, lang))
    sheet.write_number(first, 4, book.shown(columns[start] or 0), book.formats.given)
    for offset, step in enumerate(statement.steps, 1):
        sheet.write_string(first + offset, 0, f"  {step_name(step, view.names, lang)}")
        sheet.write_number(first + offset, 4, book.shown(step.amount), book.formats.given)
    last = first + len(statement.steps) + 1
    sheet.write_string(last, 0, say_of("column", "actual", lang), book.formats.name)
    formula = whole_cents(f"=SUM(E{first + 1}:E{last})", decimals)
    sheet.write_formula(last, 4, formula, book.formats.total, book.shown(statement.value))
    sheet.write_string(last + 1, 0, say("excel.bridge-check", lang), book.formats.note)
    sheet.write_formula(last + 1, 4, whole_cents(f"=E{last + 1}-{total}", decimals), book.formats.money, 0)
    return last + 2


def _whole(sheet: Any, view: StatementShown, totals: Sequence[tuple[str, str, str, int]], lang: Lang, book: Workbook) -> None:
    """Areas by reference to their sheets, the site's accounts, and the plant as their sum; of uneven areas no sum. # L2, T2"""
    sheet.set_column("A:A", 52)
    sheet.set_column("B:B", 20)
    title = f"{view.names.name('plant', view.names.plant, lang)} \u00b7 {view.statements[0].shift}"
    sheet.write_string(0, 0, title, book.formats.title)
    sheet.write_string(2, 0, say("areas", lang), book.formats.head)
    sheet.write_string(2, 1, f"V {view.currency}".rstrip(), book.formats.numbers)
    row = 3
    for area, name, formula, value in totals:
        sheet.write_string(row, 0, name, book.formats.text)
        sheet.write_formula(row, 1, formula, book.formats.money, book.shown(value))
        sheet.write_string(row, 2, value_note(view.assumptions.get(area, ()), lang), book.formats.note)
        row += 1
    if uneven(view.statements):
        sheet.write_string(row, 0, say("uneven", lang), book.formats.note)
        _late(sheet, row + 2, view, lang, book)
        return
    accounts = sorted(view.site, key=lambda account: (account == SHADOW, account))  # last, so that a sum can stop before it
    for account in accounts:
        sheet.write_string(row, 0, view.names.node(account, lang), book.formats.text)
        sheet.write_number(row, 1, book.shown(view.site[account]), book.formats.given)
        row += 1
    result = sum(value for *_, value in totals) + sum(view.site.values())
    shadow = view.site.get(SHADOW, 0)
    sums = (
        [("all.with-states", row - 1, result - shadow), ("all.accountant", row, result)]
        if shadow
        else [("all.total", row, result)]
    )
    for offset, (key, last, cents) in enumerate(sums):
        sheet.write_string(row + offset, 0, say(key, lang), book.formats.name)
        formula = whole_cents(f"=SUM(B4:B{last})", view.money_decimals)
        sheet.write_formula(row + offset, 1, formula, book.formats.total, book.shown(cents))
    _late(sheet, row + len(sums) + 1, view, lang, book)


def _late(sheet: Any, row: int, view: StatementShown, lang: Lang, book: Workbook) -> None:
    """What came too late for the shift, month by month: in no sum of this sheet. # L6"""
    if not view.late:
        return
    sheet.write_string(row, 0, say("excel.late", lang), book.formats.note)
    for offset, month in enumerate(sorted(view.late), 1):
        sheet.write_string(row + offset, 0, f"{view.names.node(SITE_PRIOR, lang)} \u00b7 {month}", book.formats.text)
        sheet.write_number(row + offset, 1, book.shown(view.late[month]), book.formats.given)
