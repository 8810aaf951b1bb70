"""Whatever is known of a day and could change a figure of it is in its input hash (L7, FORMATS "Knowledge and seals")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

import two_tanks as w
from shiftledger.acts.state import connect
from shiftledger.engine.books import open_books, read_window
from shiftledger.engine.inputs import input_of
from shiftledger.engine.known import Window
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.plant.model import Plant

DAY = date(2026, 4, 1)  # slurry costs 185 from here on: stocks are revalued from the price of the day before
Case = tuple[Plant, Window, Knowledge]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The first day of April of two-tanks, and what is known of it."""
    opened = w.opened(tmp_path_factory.mktemp("plant"), days=None)
    state = connect(opened.state_folder)
    books = open_books(opened.plant, state)
    yield opened.plant, read_window(books, opened.plant, [DAY], books.batch), Knowledge(books.batch)
    state.engine.dispose()


def hashed(case: Case, **changes: object) -> str:
    plant, window, known = case
    return input_of(plant, DAY, window, replace(known, **changes))  # type: ignore[arg-type]


def test_l7_the_same_knowledge_is_the_same_hash(case: Case) -> None:
    assert hashed(case) == hashed(case)
    assert hashed(case, prices=(("slurry", "180"),)) == hashed(case, prices=(("slurry", "180"),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"prices": (("slurry", "180"),)}),
        ({"prices": (("slurry", "180"),)}, {"prices": (("slurry", "181"),)}),
        ({"prices": (("slurry", "180"),)}, {"prices": (("ore", "180"),)}),
        ({}, {"fixed": (("T", 0, 57_000),)}),
        ({"fixed": (("T", 0, 57_000),)}, {"fixed": (("T", 0, 57_001),)}),
        ({}, {"steps": ((0, -1, "2026-04"),)}),
        ({"steps": ((0, -1, "2026-04"),)}, {"steps": ((0, -1, "2026-05"),)}),
    ],
)
def test_l7_what_settled_neighbours_fixed_and_where_late_rows_go_is_in_the_hash(
    case: Case, one: dict[str, object], other: dict[str, object]
) -> None:
    assert hashed(case, **one) != hashed(case, **other)
