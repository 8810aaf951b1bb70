"""A statement in Excel recalculates by its own formulas to the same cents (L5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render import made
from render.spreadsheet import Book, cents
from shiftledger.core.money import amount
from shiftledger.ledger.statement import Line, Statement
from shiftledger.render.excel import write_statement


def test_l5_the_worked_example(tmp_path: Path) -> None:
    view = made.Shown((made.MILL, made.FILTER), {"site:unreconciled:T": -18000})
    write_statement(view, tmp_path / "w.xlsx", "en")
    book = Book(tmp_path / "w.xlsx")
    assert book.names == ["Areas", "Mill", "Filter"]
    assert cents(book.value("Mill", f"E{book.row('Mill', 'Value V')}")) == 764000
    assert cents(book.value("Filter", f"E{book.row('Filter', 'Actual')}")) == 305000
    assert cents(book.value("Areas", f"B{book.row('Areas', 'The whole plant, this shift')}")) == 1051000
    for sheet in ("Mill", "Filter"):
        assert book.value(sheet, f"E{book.row(sheet, 'difference from the sealed V (must be 0)')}") == 0
        assert book.value(sheet, f"E{book.row(sheet, 'difference from V (must be 0)')}") == 0


def test_l5_a_wrong_figure_is_seen_by_the_checks(tmp_path: Path) -> None:
    wrong = replace(made.MILL, value=made.MILL.value + 1)
    write_statement(made.Shown((wrong,)), tmp_path / "w.xlsx", "en")
    book = Book(tmp_path / "w.xlsx")
    assert book.names == ["Mill"]
    assert cents(book.value("Mill", f"E{book.row('Mill', 'difference from the sealed V (must be 0)')}")) == -1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**8), 10**8) | st.integers(-(10**12), 10**12),  # 10**6 t in grams, or so
            st.sampled_from(["1", "0.1", "0.001", "0.0001", "0.005", "0.25", "0.003"]),
            st.decimals(-9999, 9999, places=4, allow_nan=False),
            st.sampled_from([1, -1]),
            st.sampled_from([0, 0, 1, -3]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 3),
)
def test_l5_any_lines_give_their_cents(tmp_path: Path, rows: list[tuple[int, str, Decimal, int, int]], decimals: int) -> None:
    lines = tuple(
        Line(
            "ore",
            "outside",
            sign,
            qty,
            Decimal(quantum),
            "t",
            price,
            sign * amount(qty, Decimal(quantum), price, decimals) + more,
            "flow",
            "measured",
        )
        for qty, quantum, price, sign, more in rows
    )
    total = sum(line.amount for line in lines)
    statement: Statement = replace(made.MILL, lines=lines, value=total, plan=None, standard=None, allowed=None, steps=())
    write_statement(made.Shown((statement,), money_decimals=decimals), tmp_path / "g.xlsx", "zh")
    book = Book(tmp_path / "g.xlsx")
    for n, line in enumerate(lines, 5):
        assert cents(book.value("磨矿", f"E{n}"), decimals) == line.amount
    assert cents(book.value("磨矿", f"E{5 + len(lines)}"), decimals) == total


def test_l5_half_cents_go_away_from_zero_where_binary_fractions_would_miss_them(tmp_path: Path) -> None:
    quanta = [*range(1005, 3005, 10), *range(-3005, -1005, 10)]  # 1.005 t at 1.00 is 1.01; 1.005 as a binary fraction is less
    lines = tuple(
        Line(
            "ore",
            "outside",
            1,
            qty,
            Decimal("0.001"),
            "t",
            Decimal(1),
            amount(qty, Decimal("0.001"), Decimal(1)),
            "flow",
            "measured",
        )
        for qty in quanta
    )
    assert lines[0].amount == 101
    statement = replace(
        made.MILL, lines=lines, value=sum(line.amount for line in lines), plan=None, standard=None, allowed=None, steps=()
    )
    write_statement(made.Shown((statement,)), tmp_path / "t.xlsx", "zh")
    book = Book(tmp_path / "t.xlsx")
    assert [cents(book.value("磨矿", f"E{n}")) for n in range(5, 5 + len(lines))] == [line.amount for line in lines]
    assert not any(
        sheet == "磨矿" and cell[0] == "H" and cell != "H4" for sheet, cell in book.inputs
    )  # nothing had to be corrected


def test_hostile_names_make_a_book_all_the_same(tmp_path: Path) -> None:
    names = made.Names(
        "UTC",
        "p",
        {("area", "mill"): ("=HYPERLINK(1)[a]/b*'x'" * 3, "x"), ("area", "filter"): ("=HYPERLINK(1)[a]/b*'x'" * 3, "x")},
    )
    write_statement(made.Shown((made.MILL, made.FILTER), names=names), tmp_path / "h.xlsx", "zh")
    book = Book(tmp_path / "h.xlsx")
    assert len({name.casefold() for name in book.names}) == 3
    assert all(len(name) <= 31 for name in book.names)
    assert not any("HYPERLINK" in formula.split("!")[-1] for formula in book.formulas.values())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        write_statement(made.Shown((made.MILL,)), tmp_path / "nowhere" / "w.xlsx", "zh")
