"""What a state is worth: a line, points, the ends, the coin; and what is posted for it (L3, L5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hand_made as h
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.potentials import phi, potential_on, state_entries
from shiftledger.plant.model import Meter, Plant
from shiftledger.plant.terms import Potential, State
from shiftledger.quantities.quantity import ShiftQuantities

METER = Meter("F", "state", state="fouling", quantum=Decimal("0.01"))
POINTS = (("0", "0"), ("0.30", "-30000"), ("0.40", "-60000"))
KEY = "state:fouling"


def rows(*points: tuple[str, str], **changes: Any) -> tuple[Potential, ...]:
    return tuple(Potential("fouling", Decimal(worth), Decimal(value), **changes) for value, worth in points)


def plant(potentials: tuple[Potential, ...], **changes: Any) -> Plant:
    return h.plant(states={"fouling": State("fouling", "mill")}, potentials=potentials, meters=(METER,), **changes)


def found(of: Plant, opening: int | None, closing: int | None, **changes: Any) -> ShiftQuantities:
    made = h.quantities(of, {})
    ends = {"opening": {KEY: h.quantity(opening)}, "closing": {KEY: h.quantity(closing)}}
    return replace(made, **ends, **changes)


def worth(quanta: int, potentials: tuple[Potential, ...]) -> int:
    of = plant(potentials)
    node = phi(h.context(of, found(of, quanta, quanta)), "fouling", h.quantity(quanta), potential_on(of, "fouling", h.DAY))
    assert evaluate(node, OPERATIONS) == node.value
    return int(node.value)


@pytest.mark.parametrize(
    ("quanta", "cents"),
    [(0, 0), (15, -1_500_000), (30, -3_000_000), (31, -3_300_000), (40, -6_000_000), (41, -6_000_000), (-9, 0)],
)
def test_l3_straight_lines_between_points_and_the_end_points_beyond(quanta: int, cents: int) -> None:
    assert worth(quanta, rows(*POINTS)) == cents
    assert worth(quanta, tuple(sorted(rows(*POINTS), key=lambda row: row.worth)[::-1])) == cents


def test_l3_without_points_a_worth_per_unit() -> None:
    line = (Potential("fouling", Decimal("-1234.5")),)
    assert [worth(quanta, line) for quanta in (0, 1, 100, -1)] == [0, -1_235, -123_450, 1_235]


def test_l5_half_a_coin_goes_away_from_zero() -> None:
    assert worth(1, rows(("0", "0"), ("0.02", "0.03"))) == 2  # 1.5 cents
    assert worth(1, rows(("0", "0"), ("0.02", "-0.03"))) == -2


@given(
    st.integers(-50, 150),
    st.lists(st.tuples(st.integers(0, 99), st.integers(-9999, 9999)), min_size=2, max_size=5, unique_by=lambda p: p[0]),
)
def test_l3_phi_is_the_line_in_exact_fractions(quanta: int, points: list[tuple[int, int]]) -> None:
    """The independent route: fractions, and the two points found by looking at all pairs."""
    made = rows(*((f"{Decimal(value) / 100}", f"{Decimal(money) / 7:.6f}") for value, money in points))
    at, table = Fraction(quanta, 100), sorted((Fraction(row.value or 0), Fraction(row.worth)) for row in made)
    exact = table[0][1] if at <= table[0][0] else table[-1][1]
    for (low, a), (high, b) in pairwise(table):
        if low <= at < high:
            exact = a + (b - a) * (at - low) / (high - low)
    assert abs(worth(quanta, made) - 100 * exact) <= Fraction(1, 2)


def test_l3_what_a_shift_changed_is_one_row_against_the_shadow() -> None:
    of = plant(rows(*POINTS))
    (entry,) = state_entries(h.context(of, found(of, 26, 34)), "mill", None).result
    p = entry.posting
    assert (p.source, p.target, p.what, p.qty, p.price, p.amount, p.kind) == (
        KEY,
        "site:shadow",
        "fouling",
        1,
        Decimal(-16_000),
        -1_600_000,
        "state",
    )
    assert state_entries(h.context(of, found(of, 26, 34)), "filter", None).result == ()


def test_i8_without_an_end_nothing_is_posted_and_it_is_said() -> None:
    of = plant(rows(*POINTS))
    for ends in ((None, 34), (26, None)):
        done = state_entries(h.context(of, found(of, *ends)), "mill", None)
        assert (done.result, [issue.code for issue in done.issues]) == ((), ["L021"])


def test_l3_a_day_without_a_worth_stays_open() -> None:
    of = plant(rows(*POINTS, valid_to=h.DAY - timedelta(days=1)))
    done = state_entries(h.context(of, found(of, 26, 34)), "mill", None)
    assert [(issue.code, issue.severity) for issue in done.issues] == [("L020", "error")]


def test_l3_only_the_first_shift_of_a_day_is_revalued() -> None:
    before = h.DAY - timedelta(days=1)
    of = plant((*rows(*POINTS, valid_to=before), *rows(("0", "0"), ("0.30", "-33000"), valid_from=h.DAY)))
    context = h.context(of, found(of, 30, 30))
    revalued = [e.posting for e in state_entries(context, "mill", before).result if e.posting.kind == "revaluation"]
    assert [(p.source, p.target, p.amount, p.crew) for p in revalued] == [("site:revaluation", "site:shadow", -300_000, "")]
    assert [e.posting.kind for e in state_entries(context, "mill", None).result] == ["state"]
    same = plant((*rows(*POINTS, valid_to=before), *rows(*POINTS, valid_from=h.DAY)))
    assert [e.posting.kind for e in state_entries(h.context(same, found(same, 30, 30)), "mill", before).result] == ["state"]


def test_l7_a_settled_worth_is_taken_instead_of_the_text_of_the_day_before() -> None:
    of = plant(rows(*POINTS))
    context = replace(h.context(of, found(of, 30, 30)), settled_prices={KEY: Decimal("-31000.00")})
    revalued = [e.posting for e in state_entries(context, "mill", date(2026, 3, 30)).result if e.posting.kind == "revaluation"]
    assert [p.amount for p in revalued] == [100_000]


def test_t3_a_change_of_crew_at_which_nothing_is_known_joins_them() -> None:
    of = plant(rows(*POINTS))
    made = found(of, 0, 30, crossings={KEY: (h.quantity(None),)})
    context = h.context(of, made)
    interval = context.crews["mill"][0]
    crews = {**context.crews, "mill": (interval, replace(interval, crew="mill/Z"))}
    (entry,) = state_entries(replace(context, crews=crews), "mill", None).result
    assert (entry.posting.crew, entry.posting.amount) == (f"{interval.crew} mill/Z", -3_000_000)
