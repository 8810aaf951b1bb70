"""The quick order of rows is `np.lexsort`'s, ties and all (I5)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.readings.order import Keys, order_of

KEYS = st.integers(0, 25).flatmap(
    lambda count: st.lists(
        st.lists(st.sampled_from((-(2**62), -3, 0, 1, 2, 70_000, 2**62)), min_size=count, max_size=count), min_size=3, max_size=5
    )
)


def check(first: Keys, last: Keys) -> None:
    assert order_of(first, last).tolist() == np.lexsort((*first, *last)[::-1]).tolist()


@given(rows=KEYS, leading=st.integers(1, 3), order=st.sampled_from(("as drawn", "sorted", "sorted but for the first key")))
def test_i5_rows_come_in_the_order_of_a_plain_sort(rows: list[list[int]], leading: int, order: str) -> None:
    keys = tuple(np.array(key, np.int64) for key in rows)
    if order != "as drawn":
        sorted_by = keys if order == "sorted" else keys[1:]
        keys = tuple(key[np.lexsort(sorted_by[::-1])] for key in keys)
    check(keys[:leading], keys[leading:])


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64])
def test_i5_wide_and_narrow_keys_sort_alike(kind: type) -> None:
    random = np.random.default_rng(3)
    first = (random.integers(-5, 5, 2_000).astype(kind), random.integers(-(2**62), 2**62, 2_000))
    check(first, ())
    check(first[:1], first[1:])
