"""What of its lots counts for a day's input hash (L7): whatever is left out changes nothing of the day, and a companion counts too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import at
from quantities.lot_rows import LotRow, lots
from quantities.test_lots import DAY_LOTS, LOT_LISTS, RULES, lot_plant
from quantities.test_reach import figures
from shiftledger.core.period import Span
from shiftledger.quantities.reach import heeded, reach
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import entries, owner_of

TODAY = Span(at(0), at(1440))


def counting(rows: list[LotRow], rule: str = "end", bad: tuple[int, ...] = ()) -> dict[str, Series]:
    made, told = lot_plant(rule), lots("LT", rows, bad)
    near = {tag: one.between(*_reach(rule, tag)) for tag, one in told.items()}
    return {tag: heeded(made, TODAY, near, tag) for tag in near}


def _reach(rule: str, tag: str) -> tuple[int, int]:
    span = reach(lot_plant(rule), TODAY)[tag]
    return span.start, span.end


@given(LOT_LISTS, RULES, st.lists(st.integers(-480, 2200), max_size=6), st.sets(st.integers(0, 5), max_size=2))
def test_l7_lots_that_do_not_count_for_a_day_change_nothing_of_it(
    rows: list[LotRow], rule: str, nothing: list[int], bad: set[int]
) -> None:
    every: list[LotRow] = [*rows, *((float(minute), float(minute), 0.0) for minute in nothing)]
    made = lot_plant(rule)
    kept = counting(every, rule, tuple(bad))
    assert figures(made, kept) == figures(made, lots("LT", every, tuple(bad)))


def test_l7_the_first_entry_after_the_day_counts_and_no_later_one() -> None:
    """The list of the day ends with an entry at 24:30; a truck at 25:00 says nothing of the day, one at 24:10 instead does."""
    before = counting(DAY_LOTS)
    later = counting([*DAY_LOTS, (1500, 1500, 7.0)])
    sooner = counting([*DAY_LOTS, (1450, 1450, 7.0)])
    assert [one.ts.tolist() for one in before.values()] == [one.ts.tolist() for one in later.values()]
    assert before["LT"].ts.tolist() != sooner["LT"].ts.tolist()


def test_l7_a_lot_that_began_in_the_day_counts_whenever_it_ends() -> None:
    found = counting([*DAY_LOTS, (1430, 1600, 7.0)], "time-split")
    assert len(found["LT"]) == len(DAY_LOTS) + 1


def test_l7_a_corrected_start_is_part_of_what_a_day_is_computed_from() -> None:
    """The amount and the end stay; 30 minutes more of the lot lie in the shift before."""
    first, second = (counting([*DAY_LOTS[:1], (begin, 540, 10.001), *DAY_LOTS[2:]], "time-split") for begin in (420.0, 390.0))
    assert first["LT"].value.tolist() == second["LT"].value.tolist()
    assert first["LT#duration"].value.tolist() != second["LT#duration"].value.tolist()


@pytest.mark.parametrize(
    ("tags", "tag", "row", "wanted"),
    [
        (("A", "B"), [0, 1, 0, 1], [1, 1, 2, 2], 4),  # a wide table: two readings a row
        (("A", "A#duration", "A#lot", "A#offset"), [0, 1, 2, 3, 0, 2], [1, 1, 1, 1, 2, 2], 2),  # two lots
        (("A#duration",), [0], [7], 1),  # a corrected start
        (("A", "A#lot"), [0, 1, 0, 1], [5, 5, 5, 5], 1),  # a lot that moved: its old stamp is taken back
        ((), [], [], 0),
    ],
)
def test_r1_lots_are_counted_not_their_companions(tags: tuple[str, ...], tag: list[int], row: list[int], wanted: int) -> None:
    assert entries(tags, np.array(tag, np.int32), np.array(row, np.int64)) == wanted
    assert owner_of("A#pieces") == "A"
    assert owner_of("A#x") == "A#x"
