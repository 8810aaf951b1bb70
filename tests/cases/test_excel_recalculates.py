"""L5, L8: the workbook of any statement, calculated by its own formulas, comes to the printed cents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evaporator as ev
import shiftledger as sl
import two_tanks as w
from cases import test_two_slots as slots
from cases.excel_cases import CASES, Case, evaporator, laboratory, prior_period
from properties.closing import Closed, closed
from properties.flowsheets import MIXED, Knobs, knobs
from render import made
from render.spreadsheet import Book, cents
from shiftledger.api import StatementView
from shiftledger.ledger.posting import KINDS, STATUSES
from shiftledger.ledger.potentials import potential_on
from shiftledger.ledger.statement import Statement
from shiftledger.ledger.steps import ORDER
from shiftledger.render.excel import FIRST_LINE, write_statement
from shiftledger.render.messages import Lang, names_of, say
from shiftledger.render.shown import StatementShown
from shiftledger.render.site_text import uneven


def wrong(view: StatementShown, folder: Path, lang: Lang = "en") -> Iterator[str]:
    """What a workbook of the view recalculates to that is not what the statement says."""
    path = folder / "w.xlsx"
    write_statement(view, path, lang)
    book, places = Book(path), view.money_decimals
    several = len(view.statements) > 1
    assert len(book.names) == several + len(view.statements) + len(view.services)
    sheets = iter(book.names[several:])
    for one in view.statements:
        yield from _area(book, next(sheets), one, places, lang)
    for service in view.services:
        sheet = next(sheets)
        amounts = [line.amount or 0 for line in service.lines]
        found = [cents(book.value(sheet, f"E{n}"), places) for n in range(FIRST_LINE + 1, FIRST_LINE + 1 + len(amounts))]
        total, check = (book.row(sheet, say(key, lang)) for key in ("excel.saved", "excel.saved-check"))
        found += [cents(book.value(sheet, f"E{n}"), places) for n in (total, check)]
        if found != [*amounts, service.saved, 0]:
            yield f"{sheet}: {found}, not {amounts}, {service.saved}"
    if several:
        yield from _whole(book, book.names[0], view, lang)


def _area(book: Book, sheet: str, one: Statement, places: int, lang: Lang) -> Iterator[str]:
    for n, line in enumerate(one.lines, FIRST_LINE + 1):
        if (found := cents(book.value(sheet, f"E{n}"), places)) != line.amount:
            yield f"{one.shift} {sheet} E{n}: {found}, not {line.amount} of {line}"
        if line.kind != "fixed" and (sheet, f"E{n}") not in book.formulas:
            yield f"{one.shift} {sheet} E{n}: no formula"
        if abs(corrected := book.value(sheet, f"H{n}")) * 10**places > 3:
            yield f"{one.shift} {sheet} E{n}: the formula misses by {corrected}"
    wanted = {"value": one.value, "excel.check": 0}
    if {one.plan, one.standard, one.allowed} != {None} and not one.absent:
        wanted |= {"excel.bridge-check": 0}
        last = book.row(sheet, say("excel.bridge-check", lang)) - 1
        if cents(book.value(sheet, f"E{last}"), places) != one.value:
            yield f"{one.shift} {sheet}: the bridge is not {one.value}"
    for key, amount in wanted.items():
        if (found := cents(book.value(sheet, f"E{book.row(sheet, say(key, lang))}"), places)) != amount:
            yield f"{one.shift} {sheet}: {key} is {found}, not {amount}"


def _whole(book: Book, sheet: str, view: StatementShown, lang: Lang) -> Iterator[str]:
    """The areas are their sheets' V; the plant is the sum, with its two figures where there are states, and none of uneven areas."""
    for n, one in enumerate(view.statements, 4):
        if cents(book.value(sheet, f"B{n}"), view.money_decimals) != one.value:
            yield f"{sheet} B{n} is not V of {one.area}"
    result, shadow = sum(one.value for one in view.statements) + sum(view.site.values()), view.site.get("site:shadow", 0)
    sums = {"all.with-states": result - shadow, "all.accountant": result} if shadow else {"all.total": result}
    for key in ("all.with-states", "all.accountant", "all.total"):
        told = [word for (name, _), word in book.inputs.items() if name == sheet and word == say(key, lang)]
        if bool(told) != (key in sums and not uneven(view.statements)):
            yield f"{sheet}: {key} is told {len(told)} times"
        elif told and cents(book.value(sheet, f"B{book.row(sheet, say(key, lang))}"), view.money_decimals) != sums[key]:
            yield f"{sheet}: {key} is not {sums[key]}"


@pytest.fixture(scope="module")
def closed_cases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], tuple[StatementView, ...]]:
    """The statements of a case, closed when somebody asks first."""

    @cache
    def views(case: Case) -> tuple[StatementView, ...]:
        plant, shifts = case(tmp_path_factory.mktemp(case.__name__))
        return tuple(sl.statement(plant, shift) for shift in shifts)

    return views


Closing = Callable[[Case], tuple[StatementView, ...]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_l5_the_workbook_of_every_kind_of_statement_recalculates(closed_cases: Closing, tmp_path: Path, case: Case) -> None:
    faults, lines = [], 0
    for view in closed_cases(case):
        lines += sum(len(one.lines) for one in view.statements)
        faults += list(wrong(view, tmp_path))  # type: ignore[arg-type]
    assert faults == [], "\n".join(faults)
    assert lines


# Kinds of rows that are no line of a statement, and where they stand instead; three belong to clauses that nothing posts yet.
ELSEWHERE = {
    "revaluation": "between two days, at site:revaluation",
    "prior": "at the site, below the sum of the areas",
    "saving": "on the sheet of a service area",
    "inherited": "B5",
    "metering": "B3",
    "reversal": "L7",
}
SHOWN_ONLY = {"change"}  # a held stock's: two boundary values, no row of the books


def test_l5_every_kind_of_row_and_step_has_its_case(closed_cases: Closing) -> None:
    """A kind of row, a status, a step of the bridge or an account of the site that no workbook here recalculates is missed."""
    statements = [one for case in CASES for view in closed_cases(case) for one in view.statements]
    lines = [line for one in statements for line in one.lines]
    assert {line.kind for line in lines} == {*KINDS, *SHOWN_ONLY} - {*ELSEWHERE}
    assert {line.status for line in lines} == {*STATUSES} - {"reconciled"}  # B2 posts nothing yet
    corrected = {line.what.partition(":")[2] for line in lines if line.kind == "trueup"}
    assert corrected >= {"", "price", "quality", "charge", "transfer", "regrade"}
    steps = {step.name for one in statements for step in one.steps if step.amount}
    assert steps == set(ORDER)
    assert any(line.what.endswith("@market") for line in lines)
    assert any(one.plan is None and one.standard is not None for one in statements)
    assert any(one.standard is None for one in statements)
    views = [view for case in CASES for view in closed_cases(case)]
    assert any(view.late for view in views)
    assert any(view.services for view in views)
    accounts = {account.split(":")[1] for view in views for account in view.site}
    assert accounts >= {"fixed", "no-fault", "price", "revaluation", "unreconciled", "rounding", "shadow", "regraded"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_l6_what_came_too_late_stands_below_the_sum(closed_cases: Closing, tmp_path: Path, lang: Lang) -> None:
    """90.000 t of slurry were 89.800 t, said after the settlement: 0.200 x 180 = 36.00 in April; V(filter) stays 3,050.00."""
    (view,) = closed_cases(prior_period)
    view.to_excel(tmp_path / "w.xlsx", lang=lang)
    book = Book(tmp_path / "w.xlsx")
    first, account = book.names[0], view.names.node("site:prior-period", lang)  # type: ignore[union-attr]
    row = book.row(first, f"{account} \u00b7 2026-04")
    assert cents(book.value(first, f"B{row}")) == 3_600
    total = book.row(first, say("all.total", lang))
    assert cents(book.value(first, f"B{total}")) == 1_051_000
    assert row > total


def test_l5_the_workbook_of_one_area_of_a_plant_has_the_site_if_asked(closed_cases: Closing, tmp_path: Path) -> None:
    """The command line asks for it unless it was told the area: 25,040.00 of evaporation, and what the site has."""
    view = closed_cases(evaporator)[0]
    view.to_excel(tmp_path / "w.xlsx", lang="en", overview=True)
    book = Book(tmp_path / "w.xlsx")
    assert book.names == [say("areas", "en"), "Evaporation"]
    total = book.row(book.names[0], say("all.accountant", "en"))
    assert cents(book.value(book.names[0], f"B{total}")) == 2_504_000 + sum(view.site.values())


def shown(books: Closed, shift: str) -> made.Shown:
    """A shift of a generated plant, as its view would be."""
    plant = books.plant
    found = tuple(one for one in books.statements if one.shift == shift)
    day = date.fromisoformat(found[0].day)
    site: dict[str, int] = {}
    if not uneven(found):
        for row in (row for row in books.results[day].postings if row.shift == shift):
            for account, amount in ((row.source, row.amount), (row.target, -row.amount)):
                if account.startswith("site:"):
                    site[account] = site.get(account, 0) + amount
    worths = {state: potential_on(plant, state, day) for state in plant.states}
    decimals = plant.settings.money_decimals
    return made.Shown(found, site, potentials=worths, money_decimals=decimals, names=names_of(plant))


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(knobs(terms=True, calendar=st.sampled_from([0, *MIXED])))
def test_l5_workbooks_of_generated_plants_recalculate(tmp_path: Path, shape: Knobs) -> None:
    books = closed(shape)
    for shift in dict.fromkeys(one.shift for one in books.statements):
        assert list(wrong(shown(books, shift), tmp_path, "zh")) == []


def test_l5_a_generated_plant_recalculates(tmp_path: Path) -> None:
    """One of them in every run: states, premiums, second products, crews that share a shift, three areas."""
    books = closed(Knobs(seed=7, more_areas=2, more_units=1, stocks=2, terms=True, band=True, changes=True))
    for shift in dict.fromkeys(one.shift for one in books.statements):
        assert list(wrong(shown(books, shift), tmp_path)) == []


def test_l3_a_worth_on_declared_points_is_a_formula_too(tmp_path: Path) -> None:
    """Phi 0 at 0, -10,000.00 at 0.3, -70,000.00 at 0.6: handed over at 0.26, Phi = -10,000 x 0.26 / 0.3 = -8,666.67, from Phi(0.20) = -6,666.67."""
    potentials = "state,value,worth\nfouling,0,0\nfouling,0.3,-10000\nfouling,0.6,-70000\n"
    plant = ev.opened(tmp_path, {"potentials.csv": potentials})
    view = sl.statement(plant, ev.D)
    amounts = [line.amount for line in view.statements[0].lines if line.kind == "state"]
    assert amounts == [-866_667, 666_667]
    assert list(wrong(view, tmp_path)) == []  # type: ignore[arg-type]
    assert list(wrong(sl.statement(plant, ev.E), tmp_path)) == []  # type: ignore[arg-type]  # 0.34 lies on the second line
    other = replace(view, potentials={"fouling": (replace(view.potentials["fouling"][0], worth=Decimal(1)),)})
    (fault, again) = wrong(other, tmp_path)  # type: ignore[arg-type]  # not what the seal says: the amounts stand there as given
    assert "no formula" in fault
    assert "no formula" in again


def test_t2_areas_whose_shifts_lie_at_different_times_are_not_added_up(tmp_path: Path) -> None:
    view = sl.statement(slots.closed(tmp_path), f"{w.DAY}.D")
    view.to_excel(tmp_path / "w.xlsx", lang="en")
    book = Book(tmp_path / "w.xlsx")
    rows = {cell: word for (sheet, cell), word in book.inputs.items() if sheet == book.names[0] and cell[0] == "A"}
    assert rows["A6"] == say("uneven", "en")
    assert {"06:00 – 14:00", "06:00 – 18:00"} == {str(rows[cell])[-13:] for cell in ("A4", "A5")}
    assert not [cell for sheet, cell in book.formulas if sheet == book.names[0] and cell not in ("B4", "B5")]


@pytest.mark.parametrize(("lang", "head"), [("zh", "核实节约（不是现金）"), ("en", "verified saving (not cash)")])
def test_l8_a_saving_stands_in_the_workbook_and_on_the_page(tmp_path: Path, lang: Lang, head: str) -> None:
    """13.500 samples x 45.50 = 614.25 by formula; a calibration that nobody verified has neither price nor amount."""
    plant, _ = laboratory(tmp_path)
    view = sl.statement(plant, w.SHIFT, "lab", lang=lang)
    assert list(wrong(view, tmp_path, lang)) == []  # type: ignore[arg-type]
    book = Book(tmp_path / "w.xlsx")
    (sheet,) = book.names
    assert cents(book.value(sheet, f"E{book.row(sheet, head)}")) == 61425
    assert [book.value(sheet, f"{column}5") for column in "BDFG"] == [13.5, 45.5, 13500, 455]
    assert book.formulas[sheet, "E5"] == "ROUND(ROUND(F5*G5/100,0)/100+H5,2)"
    assert not {(sheet, "E6"), (sheet, "D6")} & ({*book.formulas} | {*book.inputs})
    page = view._repr_html_()
    assert all(word in page for word in ("titration", "13.500", "45.50", "+614.25", "calibration", say("service.waiting", lang)))
    assert ("不是现金" if lang == "zh" else "not cash") in page
    assert "+614.25" in sl.statement(plant, w.SHIFT, lang=lang)._repr_html_()  # below the statements of the whole shift
