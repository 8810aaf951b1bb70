"""A roll-up as an Excel workbook that recalculates by its own formulas to the same cents (I1, L2, L4).

The first sheet has a row a key, their sum, and the plant from both sides: areas and site against outside and stocks. The second has
the bridges of all rows. What was sealed is given (blue); sums, differences and intervals are formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.core.money import cents_to_decimal
from shiftledger.render.amounts import Z90, half_interval
from shiftledger.render.assumed_text import assumed_lines
from shiftledger.render.items import step_name
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.rollup_text import has_bridge, key_text, plant_word, row_notes
from shiftledger.render.workbook import LINE, Workbook, whole_cents, workbook

if TYPE_CHECKING:
    from shiftledger.engine.rollup import Rollup, RollupRow
    from shiftledger.render.messages import Names
    from shiftledger.render.views import RollupView

FIRST = 3  # the row of the first key, counted from 0
WIDTHS = (40, 9, 18, 14, 16, 11, 18, 18, 16, 18, 16, 40)
NOTES = 11


def write_rollup(view: RollupView, path: Path, lang: Lang = "zh") -> None:
    """Write the roll-up to `path` (.xlsx); ValueError where there is none. OSError if it cannot be written; nothing is left behind then."""
    if view.rollup is None or view.names is None:
        raise ValueError("there is no roll-up to write")
    with workbook(path, view.money_decimals) as book:
        sheet = book.sheet(say("rollup.sheet", lang))
        _table(sheet, view, view.rollup, lang, book)
        _bridges(book, view.rollup, view.names, lang)


def _table(sheet: Any, view: RollupView, found: Rollup, lang: Lang, book: Workbook) -> None:
    """Keys with V and its interval; over the compared shifts Actual and what it is against Plan and Standard. # L2, I6"""
    assert view.names is not None
    by = say("list.comma", lang).join(say(f"rollup.by.{grain}", lang) for grain in found.by)
    for column, wide in enumerate(WIDTHS):
        sheet.set_column(column, column, wide)
    sheet.freeze_panes(FIRST, 1)
    sheet.repeat_rows(0, FIRST - 1)
    title = say("rollup.title", lang, first=found.first, last=found.last, days=found.days, by=by)
    sheet.write_string(0, 0, title, book.formats.title)
    sheet.write_string(FIRST - 1, 0, by, book.formats.head)
    sheet.set_row(FIRST - 1, 2 * LINE)
    for column, word in enumerate(_heads(view.currency, lang), 1):
        sheet.write_string(FIRST - 1, column, word, book.formats.words if column == NOTES else book.formats.numbers)
    row = FIRST
    for one in found.rows:
        _row(sheet, row, one, key_text(one, found, view.names, lang), book)
        book.note(sheet, row, NOTES, " ".join(row_notes(one, lang)), WIDTHS[NOTES])
        row += 1
    _total(sheet, row, 0, say("areas.total", lang), f"C{FIRST + 1}:C{row}", found.areas, book)
    _whole(sheet, row, found, view.names, lang, book)


def _heads(currency: str, lang: Lang) -> Sequence[str]:
    columns = {name: say_of("column", name, lang) for name in ("actual", "plan", "standard")}
    return (
        say("rollup.shifts", lang),
        f"V {currency}".rstrip(),
        say("rollup.sigma", lang),
        "\u00b1 90 %",
        say("rollup.counted", lang),
        columns["actual"],
        columns["plan"],
        say("against.plan", lang),
        columns["standard"],
        say("against.standard", lang),
        say("marks", lang),
    )


def _row(sheet: Any, row: int, one: RollupRow, name: str, book: Workbook) -> None:
    n = row + 1
    sheet.write_string(row, 0, name, book.formats.text)
    book.high(sheet, row, name, WIDTHS[0])
    sheet.write_number(row, 1, one.shifts, book.formats.count)
    sheet.write_number(row, 2, book.shown(one.value), book.formats.given)
    half = half_interval(one.sigma, book.decimals)
    if half is not None:
        sheet.write_number(row, 3, one.sigma, book.formats.plain[4])
        sheet.write_formula(row, 4, f"=ROUND({Z90}*D{n},{book.decimals})", book.formats.plain[book.decimals], book.shown(half))
    sheet.write_number(row, 5, one.compared, book.formats.count)
    for column, cents in ((6, one.actual), (7, one.plan), (9, one.standard)):
        if cents is not None:
            sheet.write_number(row, column, book.shown(cents), book.formats.given)
            if column != 6 and one.actual is not None:
                formula = whole_cents(f"=G{n}-{'H' if column == 7 else 'J'}{n}", book.decimals)
                sheet.write_formula(row, column + 1, formula, book.formats.money, book.shown(one.actual - cents))


def _total(sheet: Any, row: int, column: int, name: str, cells: str, cents: int, book: Workbook) -> None:
    """The sum of cells of column C (or of the second column of a bridge), below them."""
    sheet.write_string(row, column, name, book.formats.name)
    place = column + 2 if cells[0] == "C" else column + 1
    sheet.write_formula(row, place, whole_cents(f"=SUM({cells})", book.decimals), book.formats.total, book.shown(cents))


def _whole(sheet: Any, areas: int, found: Rollup, names: Names, lang: Lang, book: Workbook) -> None:
    """From the areas' sum in row `areas` by the site's accounts to the plant, and the same from outside and stocks. # L2"""
    row = areas + 1
    for account, cents in found.site.items():
        sheet.write_string(row, 0, names.node(account, lang), book.formats.text)
        sheet.write_number(row, 2, book.shown(cents), book.formats.given)
        row += 1
    result = row
    _total(sheet, result, 0, plant_word(found, lang), f"C{areas + 1}:C{row}", found.result, book)
    for offset, (key, cents) in enumerate((("rollup.outside", found.outside), ("rollup.stocks", found.stocks)), 1):
        sheet.write_string(result + offset, 0, f"  {say(key, lang)}", book.formats.text)
        sheet.write_number(result + offset, 2, book.shown(cents), book.formats.given)
    sheet.write_string(result + 3, 0, say("rollup.check", lang), book.formats.note)
    check = whole_cents(f"=C{result + 1}-C{result + 2}-C{result + 3}", book.decimals)
    sheet.write_formula(result + 3, 2, check, book.formats.money, 0)
    areas_check = whole_cents(f"=C{areas + 1}-({cents_to_decimal(found.areas, book.decimals):f})", book.decimals)
    sheet.write_string(result + 4, 0, say("rollup.areas-check", lang), book.formats.note)
    sheet.write_formula(result + 4, 2, areas_check, book.formats.money, 0)
    for offset, line in enumerate(assumed_lines(found.assumptions, names, lang), 6):
        sheet.write_string(result + offset, 0, line.strip(), book.formats.note)


def _bridges(book: Workbook, found: Rollup, names: Names, lang: Lang) -> None:
    """From Plan (or Standard) to Actual of every row that has one, over its compared shifts. # L4"""
    rows = [one for one in found.rows if has_bridge(one)]
    if not rows:
        return
    sheet = book.sheet(say("rollup.bridges", lang))
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 1, 20)
    at = 0
    for one in rows:
        at = _bridge(sheet, at, one, key_text(one, found, names, lang), names, lang, book) + 2


def _bridge(sheet: Any, at: int, one: RollupRow, name: str, names: Names, lang: Lang, book: Workbook) -> int:
    """One bridge from row `at` on; the row of its check."""
    assert one.actual is not None
    title = say("rollup.bridge", lang, who=name, compared=one.compared)
    sheet.write_string(at, 0, title, book.formats.head)
    start, cents = ("plan", one.plan) if one.plan is not None else ("standard", one.standard)
    given = [(say_of("column", start, lang), cents or 0)]
    given += [(f"  {step_name(step, names, lang)}", step.amount) for step in one.steps if step.amount]
    for offset, (word, amount) in enumerate(given, 1):
        sheet.write_string(at + offset, 0, word, book.formats.text)
        sheet.write_number(at + offset, 1, book.shown(amount), book.formats.given)
    last = at + len(given) + 1
    _total(sheet, last, 0, say_of("column", "actual", lang), f"B{at + 2}:B{last}", one.actual, book)
    sheet.write_string(last + 1, 0, say("rollup.actual-check", lang), book.formats.note)
    check = whole_cents(f"=B{last + 1}-({cents_to_decimal(one.actual, book.decimals):f})", book.decimals)
    sheet.write_formula(last + 1, 1, check, book.formats.money, 0)
    return last + 1
