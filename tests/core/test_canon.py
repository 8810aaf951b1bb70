"""Canonical form (I5): equal content, equal bytes; different content, different bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.canon import canonical, canonical_text, chain_hash, content_hash, plain_decimal


@dataclass(frozen=True)
class Row:
    name: str
    line: int = field(default=0, compare=False)


def test_i5_decimals_without_exponent_and_trailing_zeros() -> None:
    for text, plain in (
        ("180.00", "180"),
        ("1E+2", "100"),
        ("-0.0", "0"),
        ("0.0010", "0.001"),
        ("-5.50", "-5.5"),
        ("100", "100"),
    ):
        assert plain_decimal(Decimal(text)) == plain


def test_i5_types_stay_apart() -> None:
    texts = [canonical_text(value) for value in (1, 1.0, Decimal(1), "1", True, None, [1], "", 0, 0.0, False)]
    assert len(set(texts)) == len(texts)


def test_i5_floats_are_their_shortest_round_trip_and_zero_has_no_sign() -> None:
    assert canonical(0.1 + 0.2) == {"f": "0.30000000000000004"}
    assert canonical(-0.0) == canonical(0.0) == {"f": "0.0"}


def test_i5_keys_are_sorted_and_lists_are_not() -> None:
    assert canonical_text({"b": 1, "a": 2}) == '{"a":2,"b":1}'
    assert canonical_text([2, 1]) == canonical_text((2, 1)) == "[2,1]"


def test_i5_dates_rows_and_text() -> None:
    assert canonical([date(2026, 3, 4), time(6)]) == ["2026-03-04", "06:00:00"]
    assert canonical(Row("x", 3)) == canonical(Row("x", 4)) == {"name": "x"}  # provenance is no content
    assert canonical_text("料浆").isascii()
    assert json.loads(canonical_text("料浆")) == "料浆"


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), Row])
def test_i5_sets_and_strangers_have_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical(value)


def test_l7_chain_depends_on_every_link_and_part() -> None:
    first = chain_hash("0" * 64, "2026-03-04", {"a": 1})
    assert first == chain_hash("0" * 64, "2026-03-04", {"a": 1})
    others = [chain_hash("1" * 64, "2026-03-04", {"a": 1}), chain_hash("0" * 64, "2026-03-05", {"a": 1})]
    others += [chain_hash("0" * 64, "2026-03-04", {"a": 2}), chain_hash("0" * 64, "2026-03-04")]
    assert len({first, *others}) == 5
    assert len(first) == 64


SIMPLE = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.text(), SIMPLE | st.lists(SIMPLE)))
def test_i5_hash_ignores_the_order_of_keys(values: dict[str, object]) -> None:
    assert content_hash(values) == content_hash(dict(reversed(values.items())))
