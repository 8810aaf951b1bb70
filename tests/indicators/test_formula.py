"""The formula language: arithmetic and nothing else, absent stays absent (N1, I8)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.formula import DEEPEST, LONGEST
from shiftledger.indicators.formula import FormulaError, parse, value_of


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a + b * c", {"a": 1.0, "b": 2.0, "c": 3.0}, 7.0),
        ("(a - b) / c", {"a": 1.0, "b": 4.0, "c": 2.0}, -1.5),
        ("-a ** 2", {"a": 3.0}, -9.0),
        ("stream.kwh / sqrt(stream.kwh**2 + stream.kvarh**2)", {"stream.kwh": 3.0, "stream.kvarh": 4.0}, 0.6),
        ("min(a, b) + max(a, b, 10)", {"a": 1.0, "b": 2.0}, 11.0),
        ("+a", {"a": 2.0}, 2.0),
        ('running["mill-1"] / (running["mill-1"] + halt.own["mill-1"])', {"running.mill-1": 6.0, "halt.own.mill-1": 2.0}, 0.75),
    ],
)
def test_n1_arithmetic(text: str, values: dict[str, float], expected: float) -> None:
    assert value_of(parse(text), values) == expected


def test_n1_names_are_listed_once_in_order() -> None:
    assert parse("b + a.x.y * b - 2").names == ("a.x.y", "b")
    assert parse("""stream["ore-in"] - stream.ore_in + stream['ore-in']""").names == ("stream.ore-in", "stream.ore_in")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a / b", {"a": 1.0, "b": 0.0}),
        ("sqrt(a)", {"a": -1.0}),
        ("a ** 0.5", {"a": -1.0}),
        ("a ** 1000", {"a": 1e300}),
        ("a + b", {"a": 1.0, "b": None}),
        ("min(a, b)", {"a": 1.0, "b": None}),
        ("-a", {"a": None}),
    ],
)
def test_i8_what_cannot_be_computed_is_absent(text: str, values: dict[str, float | None]) -> None:
    assert value_of(parse(text), values) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "__import__('os')", "a.b()", "a[0]", "[1, 2]", "lambda: 1", "a if b else c", "a == b", "'text'", "True", "a ** b",
        "sqrt(1, 2)", "min()", "max(a, key=b)", "a; b", "f'{a}'", "a @ b", "a // b", "a % b", "1j", "(a := 2)", "x\n+y)", "\x00",
        "a[b]", "a['b':'c']", "a[b'x']", "'a'['b']", "f(a)['b']",
    ],
)  # fmt: skip
def test_n1_nothing_but_arithmetic_is_read(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_n1_size_is_bounded() -> None:
    with pytest.raises(FormulaError, match="at most"):
        parse("1+" * LONGEST + "1")
    with pytest.raises(FormulaError):
        parse("-" * (DEEPEST + 2) + "1")


@given(st.text(max_size=60))
def test_n1_any_text_is_a_formula_or_an_error(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError:
        return
    value = value_of(formula, dict.fromkeys(formula.names, 2.0))
    assert value is None or math.isfinite(value)
