"""Units (Q8): dimensions, factors, and what plants write."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.units import CURRENCIES, UnitError, conversion, exact_conversion, same_dimension

FAMILIES = (
    ("t", "kg", "kt", "Mt", "mg"),
    ("t/h", "kg/min", "t/d", "kg/s"),
    ("MWh", "kWh", "GJ", "kJ", "kcal", "kW * h"),
    ("m3", "l", "cm3", "km3", "m**3"),
    ("m2", "cm2", "ha"),
    ("%", "1", "ppm", "t/t", "kg/t", ""),
    ("kvarh", "varh", "kvar * h", "kVArh"),
    ("kgce", "tce", "gce"),
    ("EUR/t", "EUR/kg", "kEUR/t"),
    ("pcs/h", "pcs/d", "piece/min"),
    ("h", "min", "d", "s"),
)


def test_q8_factor_times_value_in_the_first_is_the_value_in_the_second() -> None:
    for a, b, factor in (
        ("t", "kg", 1000.0),
        ("kg", "t", 0.001),
        ("kt", "t", 1000.0),
        ("min", "h", 1 / 60),
        ("kWh", "MWh", 0.001),
        ("GJ", "kWh", 1 / 0.0036),
        ("%", "1", 0.01),
        ("t/d", "t/h", 1 / 24),
        ("kg/t", "1", 0.001),
        ("l/min", "m3/h", 0.06),
        ("cm3", "m3", 1e-6),
        ("tce", "kgce", 1000.0),
        ("EUR/t", "EUR/kg", 0.001),
        ("(kW) * h", "MWh", 0.001),
        ("(m3) * (g/L)", "kg", 1.0),
    ):
        assert conversion(a, b) == factor, (a, b)


def test_q8_factors_are_exact_before_they_are_floats() -> None:
    assert exact_conversion("GJ", "MWh") == Fraction(5, 18)
    assert exact_conversion("l/min", "m3/h") == Fraction(3, 50)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("t", "h"),
        ("t/h", "t"),
        ("Nm3", "m3"),
        ("kvarh", "kWh"),
        ("kgce", "kg"),
        ("kgce", "MJ"),
        ("EUR", "CNY"),
        ("pcs", "1"),
        ("%", "t"),
    ],
)
def test_q8_different_things_never_convert(a: str, b: str) -> None:
    assert not same_dimension(a, b)
    with pytest.raises(UnitError, match="different things"):
        conversion(a, b)


@pytest.mark.parametrize("text", ["foo", "3 t", "t/", "__import__('os')", "t/h)", "EURO", "x" * 500, "t//"])
def test_q8_unknown_units_are_unit_errors(text: str) -> None:
    for ask in (lambda: same_dimension(text, "t"), lambda: conversion("t", text)):
        with pytest.raises(UnitError):
            ask()
    assert issubclass(UnitError, ValueError)


def test_q8_scales_with_a_zero_of_their_own_have_no_factor() -> None:
    assert same_dimension("degC", "K")
    with pytest.raises(UnitError, match="zeros differ"):
        conversion("degC", "K")
    assert conversion("degC", "degC") == 1.0


def test_q8_plant_words_win_over_pints() -> None:
    assert same_dimension("kt", "t")  # no knots
    assert not same_dimension("pcs", "m")  # no parsecs
    assert not same_dimension("t", "1")
    assert all(same_dimension(f"{code}/t", f"k{code}/kg") for code in CURRENCIES)


@given(st.sampled_from(FAMILIES).flatmap(lambda family: st.tuples(*[st.sampled_from(family)] * 3)), st.floats(1e-6, 1e6))
def test_q8_conversions_go_round(units: tuple[str, str, str], value: float) -> None:
    a, b, c = units
    assert same_dimension(a, b)
    assert value * conversion(a, b) * conversion(b, a) == pytest.approx(value, rel=1e-14)
    assert exact_conversion(a, b) * exact_conversion(b, c) == exact_conversion(a, c)


def test_importing_the_module_does_not_import_pint() -> None:
    code = "import sys, shiftledger.core.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
