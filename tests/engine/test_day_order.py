"""The order of a day by V: who can be told from whom, and how much of the spread errors explain; worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import two_tanks
from render.made import FILTER, NAMES
from shiftledger.api.order import day_order
from shiftledger.engine.day_order import DayOrder, error_deviation, order_of_area
from shiftledger.engine.rollup import ShiftValue
from shiftledger.render.order_text import order_text
from shiftledger.render.text import width

CALIBRATION = {"calibration:FT-1:2026": 100.0}  # the same in every shift


def value(shift: str, cents: int, white: float, absent: tuple[str, ...] = ()) -> ShiftValue:
    """A shift whose V errs by a calibration shared by all, and by itself."""
    statement = replace(FILTER, shift=f"2026-03-31.{shift}", start=ord(shift), value=cents, absent=absent, partial=())
    return ShiftValue(statement, {**CALIBRATION, f"white:FT-1:{shift}": white})


def test_i6_places_overlap_where_the_difference_is_within_its_own_error() -> None:
    """10 apart with sigma root(2) x 3 = 4.24, so 7.0 at 90 %: told apart; 5 apart: not. The shared 100 part nobody."""
    order = order_of_area("filter", [value("A", 1_000, 3.0), value("B", 500, 3.0), value("C", 0, 3.0)], 2)
    assert [(p.statement.shift[-1], p.best, p.worst) for p in order.places] == [("A", 1, 2), ("B", 1, 3), ("C", 2, 3)]


def test_i6_chance_is_the_part_of_the_variance_that_errors_make() -> None:
    """V 10, 5, 0: standard deviation 5. Own errors of 3 each: 3, so 9 of 25; of 6 each: 6, which is all of it."""
    order = order_of_area("filter", [value("A", 1_000, 3.0), value("B", 500, 3.0), value("C", 0, 3.0)], 2)
    assert order.spread == pytest.approx(5.0)
    assert order.by_error == pytest.approx(3.0)
    assert order.chance == pytest.approx(9 / 25)
    assert order_of_area("filter", [value("A", 1_000, 6.0), value("B", 500, 6.0), value("C", 0, 6.0)], 2).chance == 1.0


def test_q6_a_stock_that_one_hands_over_and_the_other_takes_over_parts_them_twice() -> None:
    """+1 and -1 of one dip: standard deviation root(2), as 1 less -1 is 2; two dips of their own would make 1."""
    assert error_deviation([{"boundary:T": 1.0}, {"boundary:T": -1.0}]) == pytest.approx(2**0.5)
    assert error_deviation([{"boundary:T": 1.0}, {"boundary:S": 1.0}]) == pytest.approx(1.0)


def test_i8_an_incomplete_shift_has_no_place_and_one_alone_no_spread() -> None:
    order = order_of_area("filter", [value("A", 0, 3.0), value("B", 900, 3.0, absent=("steam",))], 2)
    assert [(p.statement.shift[-1], p.best, p.worst) for p in order.places] == [("A", 1, 1), ("B", None, None)]
    assert (order.spread, order.by_error, order.chance) == (None, None, None)


def test_the_order_is_shown_in_both_languages_with_its_chance() -> None:
    areas = (
        order_of_area("filter", [value("A", 123_456_789_012, 3.0), value("B", 123_456_788_812, 3.0), value("C", 0, 3.0, ("steam",))], 2),
        order_of_area("mill", [value("A", 1_000, 3.0), value("B", -90_000, 3.0)], 2),
    )  # fmt: skip
    text = order_text(DayOrder(date(2026, 3, 31), areas), NAMES, "EUR", 2, "both")
    for said in (
        "主要是偶然",
        "Mostly noise",
        "Money never reads",
        "1–2",
        "incomplete",
        "no shift can be told",
        "suffice to explain",
    ):
        assert said in " ".join(text.split())
    assert all(width(row) <= 80 for row in text.splitlines())
    assert "about 0 %" in " ".join(text.split()), "910 apart with an error of 3"


def test_the_order_of_a_sealed_day_has_the_values_of_its_statements(tmp_path: Path) -> None:
    plant = two_tanks.opened(tmp_path)
    found = day_order(plant, date(2026, 3, 31)).result
    assert found is not None
    assert [area.area for area in found.areas] == list(plant.plant.areas)
    for area in found.areas:
        for place in area.places:
            view = two_tanks.statement(plant, area.area, place.statement.shift)
            assert place.statement.value == view.value
    missing = day_order(plant, date(2026, 5, 1))
    assert (missing.result, [issue.code for issue in missing.issues]) == (None, ["L013"])
