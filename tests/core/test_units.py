"""Units (Q8): dimensions, factors, and what plants write."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core import units
from shiftledger.core.plain_units import CURRENCIES, LISTED, plain_unit
from shiftledger.core.units import UnitError, conversion, exact_conversion, same_dimension

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


WORDS = ("t", "kg", "h", "min", "kWh", "GJ", "m3", "l", "%", "kgce", "tce", "kvarh", "Nm3", "pcs", "EUR", "CNY")


@st.composite
def products(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    """A unit made of words, as text, and the power of each of its words."""
    words = draw(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from((-1, 1))), min_size=1, max_size=3))
    text = "1"
    powers: dict[str, int] = {}
    for word, power in words:
        text += f" * ({word})" if power > 0 else f" / ({word})"
        powers[word] = powers.get(word, 0) + power
    return text, powers


@given(a=products(), b=products(), common=products())
def test_q8_what_two_units_share_changes_nothing_between_them(
    a: tuple[str, dict[str, int]], b: tuple[str, dict[str, int]], common: tuple[str, dict[str, int]]
) -> None:
    left, right = f"({a[0]}) * ({common[0]})", f"({b[0]}) * ({common[0]})"
    assert same_dimension(left, right) == same_dimension(a[0], b[0]) == same_dimension(b[0], a[0])
    if same_dimension(a[0], b[0]):
        assert exact_conversion(left, right) == exact_conversion(a[0], b[0])
        assert exact_conversion(a[0], b[0]) * exact_conversion(b[0], a[0]) == 1
    else:
        for one, other in ((left, right), (b[0], a[0])):
            with pytest.raises(UnitError):
                exact_conversion(one, other)


# Each word in the base of its dimension, by hand: (dimension, factor).
BASES = {
    "t": ("mass", Fraction(1000)),
    "kg": ("mass", Fraction(1)),
    "h": ("time", Fraction(3600)),
    "min": ("time", Fraction(60)),
    "kWh": ("energy", Fraction(3_600_000)),
    "GJ": ("energy", Fraction(10**9)),
    "m3": ("volume", Fraction(1)),
    "l": ("volume", Fraction(1, 1000)),
    "%": ("", Fraction(1, 100)),
    "kgce": ("coal", Fraction(1)),
    "tce": ("coal", Fraction(1000)),
    "kvarh": ("reactive", Fraction(1)),
    "Nm3": ("normal", Fraction(1)),
    "pcs": ("pieces", Fraction(1)),
    "EUR": ("EUR", Fraction(1)),
    "CNY": ("CNY", Fraction(1)),
}
IN_TERMS = {"energy": {"mass": 1, "length": 2, "time": -2}, "volume": {"length": 3}, "reactive": {"reactive power": 1, "time": 1}}


def by_hand(powers: dict[str, int]) -> tuple[dict[str, int], Fraction]:
    dimensions: dict[str, int] = {}
    factor = Fraction(1)
    for word, power in powers.items():
        name, size = BASES[word]
        factor *= size**power
        for part, exponent in IN_TERMS.get(name, {name: 1} if name else {}).items():
            dimensions[part] = dimensions.get(part, 0) + exponent * power
    return {name: exponent for name, exponent in dimensions.items() if exponent}, factor


@given(a=products(), b=products())
def test_q8_composed_units_agree_with_their_words_by_hand(a: tuple[str, dict[str, int]], b: tuple[str, dict[str, int]]) -> None:
    (dimension, size), (other, other_size) = by_hand(a[1]), by_hand(b[1])
    assert same_dimension(a[0], b[0]) == (dimension == other)
    if dimension == other:
        assert exact_conversion(a[0], b[0]) == size / other_size


@pytest.mark.parametrize(
    ("a", "b"), [("degC", "K"), ("degF", "K"), ("degC", "degF"), ("degC", "delta_degC"), ("degF", "delta_degF")]
)
def test_q8_a_temperature_with_a_zero_of_its_own_is_never_scaled(a: str, b: str) -> None:
    for one, other in ((a, b), (b, a)):
        assert same_dimension(one, other)
        with pytest.raises(UnitError, match="zeros differ"):
            conversion(one, other)


def test_q8_differences_of_temperature_are_scaled() -> None:
    assert (conversion("delta_degC", "K"), conversion("delta_degF", "K")) == (1.0, 5 / 9)
    assert conversion("kJ/(kg*delta_degC)", "kJ/(kg*K)") == 1.0
    for product in ("kJ/(kg*{})", "{}/h", "{} * d"):  # beside another unit a degree can only be a difference
        assert conversion(product.format("degC"), product.format("K")) == 1.0
        assert conversion(product.format("K"), product.format("degC")) == 1.0


def test_importing_the_module_does_not_import_pint() -> None:
    code = "import sys, shiftledger.core.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def written_units() -> list[str]:
    """Every listed unit, by itself and as the rates, contents and prices that plants write."""
    return [
        *LISTED,
        *(f"{a}/{b}" for a in LISTED if a not in CURRENCIES[1:] for b in LISTED if b and b not in CURRENCIES),
        *(f"({a}/h) * h" for a in LISTED if a),
        *("t*%", "(t) / (h)", "(USD/dmt) * (INR/USD)", "(1) / (h)", "(EUR/t) * dmt / t"),
    ]


def test_q8_plain_units_say_what_pint_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each against one of every dimension and against itself per hour; the shortcut off and on."""
    pairs = [
        (a, b)
        for a in written_units()
        for b in ("t", "kg/s", "1", "MWh", "kW", "m3/h", "g/L", "Nm3", "pcs", "t*h", "h/t", "kWh/t")
    ]
    fast = [plainly(a, b) for a, b in pairs]
    monkeypatch.setattr(units, "plain_unit", lambda text: None)
    units.exact_conversion.cache_clear()
    slow = [plainly(a, b) for a, b in pairs]
    units.exact_conversion.cache_clear()
    assert [(pair, a, b) for pair, a, b in zip(pairs, fast, slow, strict=True) if a != b] == []
    assert sum(one is not None for one in slow) > 100


def plainly(a: str, b: str) -> Fraction | None:
    try:
        return units.exact_conversion(a, b)
    except UnitError:
        return None


@pytest.mark.parametrize(
    "text", ["t h", "2 t", "t**2", "t / ", "(t", "t)", "* t", "degC", "kt", "t//h", "()", "tt", "%%", "t\th"]
)
def test_q8_what_is_not_listed_is_left_to_pint(text: str) -> None:
    assert plain_unit(text) is None
