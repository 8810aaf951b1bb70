"""Money and quanta (L5, I4): the only rounding, exact splits, cumulative amounts."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.money import amount, cents_to_decimal, cumulative, quantise, split, to_decimal, whole


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("2.4999", 2),
        ("-2.4999", -2),
        ("0", 0),
        ("0.49999999999999999999", 0),
    ],
)
def test_l5_rounds_half_away_from_zero(value: str, rounded: int) -> None:
    assert whole(Decimal(value)) == rounded


def test_l5_quanta_of_a_quantity() -> None:
    assert quantise(98.0, Decimal("0.001")) == 98_000
    assert quantise(1.0005, Decimal("0.001")) == 1_001  # the half that it is printed as, though the float lies below
    assert quantise(-1.0005, Decimal("0.001")) == -1_001
    assert quantise(Decimal("7.25"), Decimal("0.5")) == 15
    assert quantise(1e12, Decimal("0.001")) == 10**15


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), Decimal("NaN")])
def test_i8_what_is_not_a_number_is_no_quantity(value: float | Decimal) -> None:
    with pytest.raises(ValueError, match="not a finite quantity"):
        quantise(value, Decimal("0.001"))


def test_l5_amount_multiplies_out_as_printed() -> None:
    assert amount(98_000, Decimal("0.001"), Decimal(180)) == 1_764_000
    assert amount(1, Decimal("0.001"), Decimal("5.00")) == 1  # 0.005: half away from zero
    assert amount(-1, Decimal("0.001"), Decimal("5.00")) == -1
    assert amount(1, Decimal("0.001"), Decimal("4.99")) == 0
    assert amount(7, Decimal(1), Decimal(138), 0) == 966  # a currency without decimals
    most = 9_223_372_036_854_775_807
    assert amount(most, Decimal("0.001"), Decimal("99999.99")) == (most * 9_999_999 + 500) // 1000


def test_l5_exact_decimals() -> None:
    assert to_decimal(97_938, Decimal("0.001")) == Decimal("97.938")
    assert cents_to_decimal(-1) == Decimal("-0.01")
    assert str(cents_to_decimal(1_000_000)) == "10000.00"
    assert cents_to_decimal(5, 0) == 5


def test_i4_split_by_largest_remainder_with_ties_to_the_earlier() -> None:
    assert split(100, [1, 1, 1]) == (34, 33, 33)
    assert split(-100, [1, 1, 1]) == (-34, -33, -33)
    assert split(10, [Decimal("0.15"), Decimal("0.35"), Decimal("0.5")]) == (2, 3, 5)
    assert split(7, [0, 0]) == (4, 3)
    assert split(0, [3, 1]) == (0, 0)
    assert split(5, [0, 1]) == (0, 5)


def test_i4_split_refuses_what_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        split(1, [])
    with pytest.raises(ValueError, match="negative"):
        split(1, [1, -1])


WEIGHTS = st.lists(st.integers(0, 10**6) | st.floats(0, 1e6), min_size=1, max_size=12)


@given(st.integers(-(10**15), 10**15), WEIGHTS)
def test_i4_shares_sum_exactly_and_lie_next_to_their_exact_part(total: int, weights: list[int | float]) -> None:
    from fractions import Fraction

    parts = split(total, weights)
    assert sum(parts) == total
    exact = [Fraction(w) for w in weights]
    base = sum(exact) or len(exact)
    for part, weight in zip(parts, exact, strict=True):
        assert abs(part - total * (weight if sum(exact) else 1) / base) < 1
    assert parts == tuple(-part for part in split(-total, weights))


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_i4_multiset_of_shares_does_not_depend_on_the_order(total: int, weights: list[int]) -> None:
    assert sorted(split(total, weights)) == sorted(split(total, weights[::-1]))


def test_l5_cumulative_rounding() -> None:
    assert [cumulative(100, i, i + 1, 3) for i in range(3)] == [33, 34, 33]
    assert cumulative(100, 0, 3, 3) == 100
    with pytest.raises(ValueError, match="empty span"):
        cumulative(100, 0, 1, 0)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_l5_cumulative_parts_sum_to_the_total(total: int, lengths: list[int]) -> None:
    edges = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    parts = [cumulative(total, a, b, edges[-1]) for a, b in pairwise(edges)]
    assert sum(parts) == total
    assert all(abs(part - total * length / edges[-1]) <= 1.01 for part, length in zip(parts, lengths, strict=True))
