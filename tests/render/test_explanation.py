"""A trace as a tree: values with units, operations in words, clause and file:line, readings first and last."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shiftledger.acts.events import Event
from shiftledger.core.trace import Node
from shiftledger.readings.batch import Series
from shiftledger.render.explanation import explanation_text, value_text
from shiftledger.render.text import width

MILLI = Decimal("0.001")
HOUR = 3_600_000_000
START = 1_774_958_400_000_000


def series(count: int) -> Series:
    whole = np.arange(count, dtype=np.int64)
    return Series(
        "FT-STEAM", START + whole * HOUR, np.full(count, 2.5), np.zeros(count, np.int8), np.ones(count, np.int64), whole + 47
    )


def tree(count: int = 9) -> Node:
    leaf = Node(f"FT-STEAM: {count} readings", series(count), "t/h", clause="R1", at="meters.csv:7")
    metered = Node("FT-STEAM", 20.0, "t", "metered", (), (leaf,), "Q1", "meters.csv:7")
    posted = Node("steam, 2026-03-31.E", 20000, "0.001 t", "posted", (("quantum", MILLI),), (metered,), "L5", "meters.csv:7")
    price = Node("price of steam", Decimal(150), "per unit", clause="L1", at="prices/planned.csv:7")
    cents = Node(
        "steam, 2026-03-31.E", 300000, "cents", "amount_of", (("quantum", MILLI), ("decimals", 2)), (posted, price), "L5"
    )
    return Node("steam, 2026-03-31.E", -300000, "cents", "negative", (), (cents,), "L5")


def test_i7_a_figure_opens_to_its_readings() -> None:
    text = explanation_text(tree(), "en", sources={1: "readings/meters.csv"}, currency="EUR", zone="Europe/Berlin")
    assert text.splitlines() == [
        "steam, 2026-03-31.E                                                −3,000.00 EUR",
        "  taken, so it counts against · clause L5",
        "  steam, 2026-03-31.E                                              +3,000.00 EUR",
        "    quantity x price, rounded to the cent · clause L5",
        "    steam, 2026-03-31.E                                                 20.000 t",
        "      rounded to the quantum · clause L5 · meters.csv:7",
        "      FT-STEAM                                                            20.0 t",
        "        readings integrated over time, cut at the boundary · clause Q1 ·",
        "        meters.csv:7",
        "        FT-STEAM: 9 readings",
        "          clause R1 · meters.csv:7",
        "          2026-03-31 14:00:00  2.5 t/h  readings/meters.csv:47",
        "          2026-03-31 15:00:00  2.5 t/h  readings/meters.csv:48",
        "          2026-03-31 16:00:00  2.5 t/h  readings/meters.csv:49",
        "          ... 5 more",
        "          2026-03-31 22:00:00  2.5 t/h  readings/meters.csv:55",
        "    price of steam                                                    150.00 EUR",
        "      clause L1 · prices/planned.csv:7",
    ]


def test_few_readings_are_all_shown() -> None:
    text = explanation_text(tree(4), "en")
    assert text.count("2.5 t/h") == 4
    assert "more" not in text
    assert "... 1 more" in explanation_text(tree(5), "en")
    assert "#1:47" in text


def test_of_a_share_of_many_shifts_its_own_driver_is_opened_and_the_sum_of_all() -> None:
    """31 days of three shifts: the bill, the own shift's driver and what all together come to, so the share can be checked by hand."""
    shifts = [f"2026-03-{day:02}.{slot}" for day in range(1, 32) for slot in "DEN"]
    drivers = [Node(f"driver, {shift}", 2.5, "t", "driven", (), (), "Q9") for shift in shifts]
    bill = Node("booked", 930, "MWh", clause="Q9")
    share = Node("share of 2026-03-02.E by load", 10, "MWh", "allocated", (("index", 4),), (bill, *drivers), "Q9")
    lines = [" ".join(line.split()) for line in explanation_text(share, "en").splitlines()]
    assert [line for line in lines if line.startswith(("driver", "...", "all"))] == [
        "... 4 more shifts (--json has all)",
        "driver, 2026-03-02.E 2.5 t",
        "... 88 more shifts (--json has all)",
        "all these shifts together 232.50 t",
    ]
    few = replace(share, children=(bill, *drivers[:7]))
    assert explanation_text(few, "en").count("driver, ") == 7


def test_depth_says_what_it_leaves_out() -> None:
    text = explanation_text(tree(), "en", depth=1)
    assert [row for row in text.splitlines() if "posted" in row or "price of" in row] == []
    assert "4 more below; see --depth" in " ".join(text.split())
    assert explanation_text(tree(), "en", depth=0).splitlines()[0].endswith("−3,000.00")


def test_what_stands_above_is_not_opened_again() -> None:
    part = Node("part", 1, "cents", "negative", (), (Node("leaf", -1, "cents"),), "L4")
    whole = Node("whole", 2, "cents", "total", (), (part, part), "L3")
    text = explanation_text(whole, "en")
    assert text.count("leaf") == 1
    assert "clause L4 · as above" in text


def test_chinese_words_and_both() -> None:
    zh = explanation_text(tree(), "zh")
    assert "取用记负号 · 条款 L5" in zh
    assert "… 另有 5 个" in zh
    assert explanation_text(tree(), "both") == f"{zh}\n\n{explanation_text(tree(), 'en')}"


def test_values_have_their_units() -> None:
    cases = (
        (Node("a", None, "t"), "—"),
        (Node("a", -5, "cents"), "−0.05 EUR"),
        (Node("a", 98000, "0.001 t"), "98.000 t"),
        (Node("a", 9375, "1", "formula_quanta", (("quantum", Decimal("0.0001")),)), "0.9375"),
        (Node("a", 3, "quanta"), "3 quanta"),
        (Node("a", Decimal("0.230"), "t/t"), "0.23 t/t"),
        (Node("a", -2028.63, "kWh"), "−2,028.63 kWh"),
        (Node("a", 7, "quanta", "combined_of", (), (Node("b", 7, "0.001 t"),)), "0.007 t"),
        (Node("a", series(2), "t"), "2 readings"),
    )
    for node, text in cases:
        assert value_text(node, currency="EUR") == text
    assert value_text(Node("a", 7, "quanta"), quantum=MILLI) == "0.007"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), st.integers(-(10**90), 10**90), st.integers(1, 14))
def test_no_line_is_wider_than_80_columns(label: str, value: int, levels: int) -> None:
    node = Node(label, value, "0.001 " + label, at=label)
    for _ in range(levels):
        node = Node(label, value, "cents", "negative", (), (node, tree()), label, label)
    for row in explanation_text(node, "both", currency=label, sources={1: label}).splitlines():
        assert width(row) <= 80


def test_i7_r5_an_event_shows_when_it_happened_and_when_it_was_written_down() -> None:
    event = Event(7, "mill-1", "", START, START + 2 * HOUR, "halt", "mechanical", recorded_at=START + HOUR // 2)
    event = replace(event, reason="liner bolt", who="fitter, post 9", role="maintenance", evidence="order 41")
    leaf = Node("act 7: halt, mechanical", event, clause="R5", at="events.csv:3")
    text = explanation_text(Node("mill-1 halted", 2 * HOUR, "us", "unit_time", (), (leaf,), "Q3"), "en", zone="Europe/Berlin")
    assert text.splitlines() == [
        "mill-1 halted                                                               2:00",
        "  time by state and events, cut at the boundary · clause Q3",
        "  act 7: halt, mechanical",
        "    clause R5 · events.csv:3",
        "    2026-03-31 14:00 to 2026-03-31 16:00, written down 2026-03-31 14:30",
        "    liner bolt · fitter, post 9 (maintenance) · order 41",
    ]
    still = Node("halt", replace(event, end=None), clause="R5")
    assert "2026-03-31 14:00 至 未结束，2026-03-31 14:30 记录" in explanation_text(still, "zh", zone="Europe/Berlin")
