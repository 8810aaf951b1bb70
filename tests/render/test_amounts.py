"""Numbers as they are printed: signs, separators, decimals, absence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.money import amount
from shiftledger.render.amounts import from_to, half_interval, hours_text, local, money, plain_number, price_text, quantity_text

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("cents", "decimals", "text"),
    [
        (764000, 2, "+7,640.00"),
        (-18000, 2, "−180.00"),
        (0, 2, "0.00"),
        (-279951, 0, "−279,951"),
        (5, 3, "+0.005"),
        (None, 2, "—"),
    ],
)
def test_i8_money_has_its_sign_and_absent_is_a_dash(cents: int | None, decimals: int, text: str) -> None:
    assert money(cents, decimals) == text


def test_money_without_sign_keeps_the_minus() -> None:
    assert (money(12345, 2, sign=False), money(-12345, 2, sign=False)) == ("123.45", "−123.45")


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [("180", 2, "180.00"), ("1E+3", 2, "1,000.00"), ("0.0525", 2, "0.0525"), ("138", 0, "138"), ("-28.5", 2, "−28.50")],
)
def test_l5_a_price_is_written_in_full(price: str, decimals: int, text: str) -> None:
    assert price_text(Decimal(price), decimals) == text


@pytest.mark.parametrize(
    ("quanta", "quantum", "unit", "text"),
    [
        (98000, "0.001", "t", "98.000 t"),
        (-1, "0.5", "h", "−0.5 h"),
        (1234567, "1", "kWh", "1,234,567 kWh"),
        (9375, "0.0001", "1", "0.9375"),
        (None, "0.001", "t", "—"),
    ],
)
def test_l5_a_quantity_has_the_decimals_of_its_quantum(quanta: int | None, quantum: str, unit: str, text: str) -> None:
    assert quantity_text(quanta, Decimal(quantum), unit) == text


@given(st.integers(-(10**12), 10**12), st.decimals(-1000, 1000, places=4))
def test_l5_what_is_printed_multiplies_out(quanta: int, price: Decimal) -> None:
    quantity, per = (
        Decimal(text.replace(",", "").replace("−", "-"))
        for text in (quantity_text(quanta, Decimal("0.001"), ""), price_text(price, 2))
    )
    exact = (quantity * per * 100).quantize(Decimal(1), rounding="ROUND_HALF_UP")
    assert money(amount(quanta, Decimal("0.001"), price), 2) == money(int(exact), 2)


@pytest.mark.parametrize(("sigma", "half"), [(10.0, 1645), (0.0, None), (float("nan"), None), (float("inf"), None)])
def test_i6_half_of_a_90_percent_interval(sigma: float, half: int | None) -> None:
    assert half_interval(sigma, 2) == half


def test_t2_local_times_say_where_the_clock_changed() -> None:
    evening = 1_774_958_400_000_000
    assert from_to(evening, evening + 8 * HOUR, "Europe/Berlin") == "2026-03-31 14:00 – 22:00"
    night = 1_774_731_600_000_000
    assert from_to(night, night + 7 * HOUR, "Europe/Berlin") == "2026-03-28 22:00 – 2026-03-29 06:00 (+0100/+0200)"
    assert (hours_text(night, night + 7 * HOUR), hours_text(0, HOUR // 2)) == ("7 h", "0.5 h")
    assert local(evening, "Asia/Shanghai") == "2026-03-31 20:00"


def test_plain_number_has_a_true_minus() -> None:
    assert (plain_number(Decimal("-0.2778")), plain_number(Decimal("8.0"))) == ("−0.2778", "8")
