"""Two-product recovery (Q5): its value and uncertainty by hand, and when the assays cannot support one."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hand_made as h
from shiftledger.quantities.recovery import Recovery, recovery, two_product


def judged(f: float, c: float, t: float, sigma: float = 0.0, **changes: object) -> Recovery:
    """Assays in quanta of 0.001, each with its own standard uncertainty."""
    parts = [h.quantity(round(value * 1000), sigma, source) for source, value in (("f", f), ("c", c), ("t", t))]
    parts[0] = replace(parts[0], **changes)  # type: ignore[arg-type]
    return two_product(*parts, (f, c, t))


def test_q5_recovery_by_hand() -> None:
    """40 % in, 60 % in the concentrate, 10 % in the tailings: of 100 t with 40 t, 60 t of concentrate hold 36 t: 0.9."""
    assert recovery(40.0, 60.0, 10.0) == 0.9
    assert judged(40.0, 60.0, 10.0).value == 0.9


def test_q6_recovery_carries_the_uncertainty_of_its_assays() -> None:
    """dR/df = 60*10/(40^2*50) = 0.0075, dR/dc = -10*30/(40*2500) = -0.003, dR/dt = -60*20/(40*2500) = -0.012: x 0.5 each."""
    found = judged(40.0, 60.0, 10.0, 0.5)
    assert found.errors == pytest.approx({"f": 0.00375, "c": -0.0015, "t": -0.006})
    assert found.sigma == pytest.approx((0.00375**2 + 0.0015**2 + 0.006**2) ** 0.5)


def test_q6_one_laboratorys_common_error_partly_cancels() -> None:
    """1 % on all three assays leaves a ratio of ratios as it is: 0.0075*0.4 - 0.003*0.6 - 0.012*0.1 = 0."""
    parts = [h.quantity(round(value * 1000), value / 100, "lab") for value in (40.0, 60.0, 10.0)]
    assert two_product(*parts, (40.0, 60.0, 10.0)).sigma == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(
    ("f", "c", "t", "sigma", "why"),
    [
        (10.0, 60.0, 10.0, 0.0, "feed (10) is not above tailings (10)"),
        (9.0, 60.0, 10.0, 0.0, "feed (9) is not above tailings (10)"),
        (60.0, 60.0, 10.0, 0.0, "concentrate (60) is not above feed (60)"),
        (40.0, 30.0, 10.0, 0.0, "concentrate (30) is not above feed (40)"),
        (40.0, 60.0, -1.0, 0.0, "tailings (-1) are below zero"),
        (10.5, 60.0, 10.0, 0.5, "feed and tailings differ by 0.5, within the standard uncertainty 0.707107 of their difference"),
        (10.4, 10.6, 10.0, 0.25, ""),  # 0.4 > 0.354: supported, however badly
        (
            10.3,
            10.34,
            10.0,
            0.25,
            "feed and tailings differ by 0.3, within the standard uncertainty 0.353553 of their difference",
        ),
    ],
)
def test_q5_recovery_is_refused_with_the_reason(f: float, c: float, t: float, sigma: float, why: str) -> None:
    found = judged(f, c, t, sigma)
    assert found.refused == why
    assert (found.value is None) == bool(why)


def test_q5_a_difference_as_large_as_its_uncertainty_supports_nothing() -> None:
    """10.5 to 0.3 less 10 to 0.4: 0.5, and the root of 0.09 + 0.16 is 0.5 too."""
    parts = [
        h.quantity(round(value * 1000), sigma, source)
        for value, sigma, source in ((10.5, 0.3, "f"), (60.0, 0.0, "c"), (10.0, 0.4, "t"))
    ]
    assert "within the standard uncertainty 0.5" in two_product(*parts, (10.5, 60.0, 10.0)).refused


def test_q5_stale_and_absent_assays_support_nothing() -> None:
    assert (
        judged(40, 60, 10, quanta=None, marks=("absent", "stale")).refused
        == "the assay of the feed is absent; its last sample is stale"
    )
    assert judged(40, 60, 10, coverage=0.5).refused == "the assay of the feed is stale: it is known for 50.0% of the time only"


@pytest.mark.parametrize("wrong", [(40.0, 30.0, 10.0), (10.0, 60.0, 20.0), (40.0, 40.0, 10.0)])
def test_q5_the_plain_formula_refuses_too(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="tailings < feed < concentrate"):
        recovery(*wrong)


@given(st.floats(0, 30), st.floats(0.01, 30), st.floats(0.01, 39), st.floats(1e-3, 1e3))
def test_q5_a_recovery_lies_between_nothing_and_all_and_knows_no_unit(t: float, rise: float, more: float, unit: float) -> None:
    f, c = t + rise, t + rise + more
    value = recovery(f, c, t)
    assert 0 <= value <= 1 + 1e-9
    assert recovery(f * unit, c * unit, t * unit) == pytest.approx(value)
    concentrate = (f - t) / (c - t)  # mass of concentrate per mass of feed, from the two balances
    assert value == pytest.approx(concentrate * c / f)


def test_q5_measured_grades_that_contradict_each_other(data_set: Callable[[str], Path]) -> None:
    """Iron of a flotation plant: in some hours the feed is richer than the concentrate. There is no recovery then, elsewhere there is."""
    with gzip.open(data_set("flotation") / "flotation_hourly.csv.gz", "rt", encoding="utf-8") as file:
        grades = [
            (float(row["% Iron Feed"]), float(row["% Iron Concentrate"])) for row in csv.DictReader(file) if row["% Iron Feed"]
        ]
    wrong = [pair for pair in grades if pair[0] >= pair[1]]
    assert len(wrong) >= 100
    assert all("concentrate" in judged(f, c, 12.0).refused for f, c in wrong)
    assert all(judged(f, c, 12.0).value is not None for f, c in grades if c > f)
