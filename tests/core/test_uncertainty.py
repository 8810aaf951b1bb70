"""Error vectors (Q6): sums add vectors, shared sources cancel or add up, sigma is the norm."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.uncertainty import combine, standard_uncertainty


def test_q6_shared_sources_add_with_their_sign_and_own_ones_by_squares() -> None:
    first, second = {"boundary:T:x": 0.05, "white:a": 0.3}, {"boundary:T:x": 0.05, "white:b": 0.4}
    assert combine([(1.0, first), (-1.0, second)]) == {"white:a": 0.3, "white:b": -0.4}  # the common boundary cancels
    assert standard_uncertainty(combine([(1.0, first), (-1.0, second)])) == pytest.approx(0.5)
    assert combine([(1.0, first), (1.0, second)])["boundary:T:x"] == pytest.approx(0.1)


def test_q6_factors_and_order() -> None:
    assert list(combine([(2.0, {"b": 1.0, "a": 3.0})]).items()) == [("a", 6.0), ("b", 2.0)]
    assert combine([]) == {}
    assert standard_uncertainty({}) == 0.0


VECTORS = st.lists(st.tuples(st.floats(-10, 10), st.dictionaries(st.sampled_from("abcde"), st.floats(-1e6, 1e6))), max_size=6)


@given(VECTORS)
def test_i5_order_of_terms_never_matters(parts: list[tuple[float, dict[str, float]]]) -> None:
    assert combine(parts) == combine(parts[::-1])


@given(st.dictionaries(st.text(max_size=3), st.floats(-1e3, 1e3), max_size=6), st.floats(-10, 10))
def test_q6_sigma_scales_with_the_figure(vector: dict[str, float], factor: float) -> None:
    scaled = standard_uncertainty(combine([(factor, vector)]))
    assert scaled == pytest.approx(abs(factor) * standard_uncertainty(vector), rel=1e-9, abs=1e-12)
    assert scaled <= math.fsum(abs(factor * one) for one in vector.values()) + 1e-9
