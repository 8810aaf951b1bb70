"""Roll-ups and hours in Excel recalculate by their own formulas to the figures that the books say (L2, L5, T4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import one_day as o
import shiftledger as sl
import two_tanks as w
from cases import test_grades_and_credits as grades
from render import made
from render.spreadsheet import Book, cents
from shiftledger.api import RollupView
from shiftledger.core.money import rounded
from shiftledger.engine.labour import Labour, LabourRow, Output
from shiftledger.render.amounts import half_interval
from shiftledger.render.excel_labour import FIRST as FIRST_PRODUCT
from shiftledger.render.excel_rollup import FIRST
from shiftledger.render.messages import Lang, say
from shiftledger.render.views import LabourView


def wrong(view: RollupView, path: Path, lang: Lang) -> list[str]:
    """What the workbook recalculates to that is not what the roll-up says."""
    view.to_excel(path, lang=lang)
    book, found = Book(path), view.rollup
    assert found is not None
    sheet, faults = book.names[0], []
    told: dict[str, int] = {say("areas.total", lang): found.areas, say("rollup.result", lang): found.result}
    told |= dict.fromkeys((say("rollup.check", lang), say("rollup.areas-check", lang)), 0)
    cells = [(f"C{book.row(sheet, word)}", amount) for word, amount in told.items()]
    for n, row in enumerate(found.rows, FIRST + 1):
        cells += [(f"E{n}", half_interval(row.sigma, 2) or 0)]
        against = (("I", row.plan), ("K", row.standard))
        cells += [(f"{column}{n}", (row.actual or 0) - cents) for column, cents in against if cents is not None]
    for cell, amount in cells:
        if cents(book.value(sheet, cell)) != amount:
            faults.append(f"{sheet} {cell}: {book.value(sheet, cell)}, not {amount}")
    moved = [row for row in found.rows if row.standard is not None and (row.actual or any(step.amount for step in row.steps))]
    actuals = [cell for (name, cell), word in book.inputs.items() if name != sheet and word == say("column.actual", lang)]
    checks = [cell for (name, cell), word in book.inputs.items() if name != sheet and word == say("rollup.actual-check", lang)]
    if sorted(cents(book.value(book.names[-1], f"B{cell[1:]}")) for cell in actuals) != sorted(row.actual or 0 for row in moved):
        faults.append(f"bridges: {actuals}")
    faults += [f"{cell} is not 0" for cell in checks if cents(book.value(book.names[-1], f"B{cell[1:]}"))]
    assert len(checks) == len(moved)
    return faults


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_l2_a_roll_up_recalculates(tmp_path: Path, lang: Lang) -> None:
    """Two areas, an unreconciled stock, a revaluation, meters with errors: 7,640.00 + 3,050.00 - 180.00 + 285.00 = 10,795.00."""
    plant = w.opened(tmp_path)
    for by in (("area",), ("area", "crew"), ("shift",)):
        assert wrong(sl.rollup(plant, by=by), tmp_path / "r.xlsx", lang) == []
    book = Book(tmp_path / "r.xlsx")
    result = book.row(book.names[0], say("rollup.result", lang))
    assert cents(book.value(book.names[0], f"C{result}")) == 1_079_500
    assert (book.names[0], f"C{result}") in book.formulas


def test_l4_a_roll_up_from_plan_recalculates(tmp_path: Path) -> None:
    """Every shift has its Plan: the bridge begins there, with volume and mix."""
    amounts = {"CRUDE": (208, 175), "NAPHTHA": (54, 40), "DIESEL": (45, 60), "GAS": (21, 0), "RESIDUE": (16, 10), "SLOPS": (3, 0)}
    view = sl.rollup(o.opened(tmp_path, grades.COLUMN, o.tonnes(**amounts)), by=("day",))
    assert wrong(view, tmp_path / "r.xlsx", "en") == []
    book = Book(tmp_path / "r.xlsx")
    bridge = book.names[1]
    # Plan 2 x 21,900.00; volume 4,380.00; mix -3,540.00 + 2,700.00
    told = {str(word).strip(): cents(book.value(bridge, f"B{cell[1:]}")) for (name, cell), word in book.inputs.items()
            if name == bridge and cell[0] == "A" and (name, f"B{cell[1:]}") in book.inputs}  # fmt: skip
    assert (told["Plan"], told["volume"], told["mix"]) == (4_380_000, 438_000, -84_000)
    assert cents(book.value(bridge, f"B{book.row(bridge, 'Actual')}")) == 2_365_000 + 2_250_000


def hours(row: LabourRow, *more: LabourRow) -> LabourView:
    return LabourView((), Labour(("area",), date(2026, 3, 1), date(2026, 3, 31), (row, *more)), made.NAMES)


def of_row(quanta: int, quantum: Decimal, by: Fraction, months: Fraction | None) -> LabourRow:
    output = quanta * quantum
    product = Output(
        "product", "t", output, rounded(Fraction(output) / by, 4), rounded(Fraction(output) / months, 2) if months else None, quantum
    )  # fmt: skip
    known = rounded(by, 2)
    two = Decimal(2)
    return LabourRow(("mill",), 3, 3, 3, 0, two, two, known, Decimal(0), Decimal(0), known, (product,), (), by, months)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(-(10**7), 10**7),
    st.sampled_from(["1", "0.1", "0.001", "0.25", "0.00001"]),
    st.fractions(Fraction(1, 100), 10_000, max_denominator=360),
    st.none() | st.fractions(Fraction(1, 31), 300, max_denominator=31),
)
def test_t4_productivity_recalculates_to_its_last_decimal(
    tmp_path: Path, quanta: int, quantum: str, by: Fraction, months: Fraction | None
) -> None:
    row = of_row(quanta, Decimal(quantum), by, months)
    hours(row).to_excel(tmp_path / "h.xlsx", lang="en")
    book, n = Book(tmp_path / "h.xlsx"), FIRST_PRODUCT + 1
    (product,) = row.outputs
    assert cents(book.value(book.names[1], f"F{n}"), 4) == product.per_hour * 10**4 if product.per_hour is not None else False
    if months is None:
        assert book.inputs[book.names[1], f"H{n}"] == "\u2014"
    else:
        assert product.per_person is not None
        assert cents(book.value(book.names[1], f"H{n}")) == product.per_person * 100
    assert round(book.value(book.names[1], f"C{n}"), 5) == round(float(product.qty), 5)


def test_t4_half_of_the_last_decimal_is_rounded_away_from_zero(tmp_path: Path) -> None:
    """8.00005 t in one hour are 8.0001 t an hour; in binary the quotient of the decimals would lie below the half."""
    hours(of_row(800_005, Decimal("0.00001"), Fraction(1), None)).to_excel(tmp_path / "h.xlsx", lang="zh")
    book = Book(tmp_path / "h.xlsx")
    assert book.value(book.names[1], f"F{FIRST_PRODUCT + 1}") == 8.0001


def test_i8_a_total_of_hours_that_are_not_known_is_a_dash(tmp_path: Path) -> None:
    known = of_row(1_000, Decimal("0.001"), Fraction(24), None)
    nobody = LabourRow(
        ("filter",), 3, 0, 0, 3, Decimal(0), None, None, Decimal(1), Decimal(0), Decimal(0), (), ()
    )  # fmt: skip
    for row, total in ((known, 48.0), (nobody, "\u2014")):
        hours(known, row).to_excel(tmp_path / "h.xlsx", lang="en")
        book = Book(tmp_path / "h.xlsx")
        cell = (book.names[0], f"E{book.row(book.names[0], 'Total')}")
        assert (book.value(*cell) if cell in book.formulas else book.inputs[cell]) == total


def test_there_is_no_workbook_of_nothing(tmp_path: Path) -> None:
    for view in (RollupView(()), LabourView(())):
        with pytest.raises(ValueError, match="to write"):
            view.to_excel(tmp_path / "n.xlsx")  # type: ignore[attr-defined]
    assert not (tmp_path / "n.xlsx").exists()
