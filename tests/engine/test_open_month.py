"""The month in which late rows count (L6)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

import hand_made as h
from shiftledger.engine.books import open_month


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), set(), "2026-03"),
        (date(2026, 3, 31), {"2026-03"}, "2026-04"),
        (date(2026, 11, 30), {"2026-11", "2026-12"}, "2027-01"),
        (date(2026, 12, 1), {"2026-12"}, "2027-01"),
        (date(2026, 10, 1), {"2026-10"}, "2026-11"),
        (date(2026, 3, 31), {"2026-04"}, "2026-03"),
    ],
)
def test_l6_the_open_month_is_the_first_from_the_days_own_that_is_not_settled(day: date, months: set[str], expected: str) -> None:
    books: Any = SimpleNamespace(plant=h.plant(), settled={}, months=frozenset(months))
    assert open_month(books, day) == expected


def test_l6_a_settled_day_keeps_the_month_it_was_settled_in() -> None:
    day = date(2026, 3, 31)
    books: Any = SimpleNamespace(plant=h.plant(), settled={day: (None, "2026-05")}, months=frozenset({"2026-05"}))
    assert open_month(books, day) == "2026-06"
