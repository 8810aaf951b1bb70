"""L5, L8: the workbook of any statement, calculated by its own formulas, comes to the printed cents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evaporator as ev
import one_day as o
import shiftledger as sl
import two_tanks as w
from cases import test_grades_and_credits as grades
from cases import test_price_change as change
from cases import test_service_jobs as lab
from cases import test_two_slots as slots
from cases import test_wash as wash
from properties.closing import Closed, closed
from properties.flowsheets import MIXED, Knobs, knobs
from render import made
from render.spreadsheet import Book, cents
from shiftledger.api import PlantView
from shiftledger.ledger.potentials import potential_on
from shiftledger.ledger.statement import Statement
from shiftledger.render.excel import FIRST_LINE, write_statement
from shiftledger.render.messages import Lang, names_of, say
from shiftledger.render.shown import StatementShown
from shiftledger.render.site_text import uneven

Walked = tuple[PlantView, tuple[str, ...]]


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


def two_tanks(folder: Path) -> Walked:
    return w.opened(folder), (w.SHIFT, w.NEXT, "2026-03-31.D")


def evaporator(folder: Path) -> Walked:
    return ev.opened(folder), (ev.D, ev.E, ev.N)


def off_spec(folder: Path) -> Walked:
    return o.opened(folder, grades.REACTOR, o.tonnes(MONO=(108, 96), POLY=(95, 98), SEC_OUT=(12, 0), SEC_BACK=(4, 6))), (o.D, o.N)


def credits(folder: Path) -> Walked:
    return o.opened(folder, grades.ACID, grades.ACID_DAY), (o.D, o.N)


def own_slots(folder: Path) -> Walked:
    return slots.closed(folder), tuple(f"{w.DAY}.{slot}" for slot in "DEN")


def new_prices(folder: Path) -> Walked:
    return change.closed(folder / "p"), tuple(f"{day}.{slot}" for day in change.DAYS for slot in ("D", "E", "N"))


def washed(folder: Path) -> Walked:
    plant = o.opened(folder, wash.EVAPORATOR, wash.STEAM + wash.CLOTH + wash.EVENING, until=o.NEXT_DAY)
    wash.event(plant, "wash", "18:05", "18:20")
    o.close(plant, o.NEXT_DAY)
    return plant, (o.D, o.N, o.D2, o.N2)


def laboratory(folder: Path) -> Walked:
    plant = lab.with_lab(folder)
    numbers = [lab.job(plant, 15, "12"), lab.job(plant, 16, "1.5"), lab.job(plant, 17, job="calibration")]
    assert [lab.verified(plant, n) for n in numbers[:2]] == [(), ()]
    w.reclose(plant)
    return plant, (w.SHIFT,)


KINDS = (two_tanks, evaporator, off_spec, credits, own_slots, new_prices, washed, laboratory)


@pytest.mark.parametrize("kind", KINDS)
def test_l5_the_workbook_of_every_kind_of_statement_recalculates(tmp_path: Path, kind: Callable[[Path], Walked]) -> None:
    plant, shifts = kind(tmp_path)
    faults, lines = [], 0
    for shift in shifts:
        view = sl.statement(plant, shift)
        lines += sum(len(one.lines) for one in view.statements)
        faults += list(wrong(view, tmp_path))  # type: ignore[arg-type]
    assert faults == [], "\n".join(faults)
    assert lines


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
