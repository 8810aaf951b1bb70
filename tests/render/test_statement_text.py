"""Statements as text: compared with golden files, never wider than 80 columns, whatever a plant calls its things."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docs.pages import squeezed
from render.made import FILTER, MILL, MILLI, ODD, SETTLED, TANK, WHOLE, Shown, line
from shiftledger.ledger.statement import HourLine, Statement, Step
from shiftledger.render.messages import LANGS, Names
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("name", "view", "overview"), [("whole", WHOLE, None), ("odd", SETTLED, False)])
def test_l4_statements_read_as_written(name: str, view: Shown, overview: bool | None, lang: str) -> None:
    expected = (GOLDEN / f"{name}.{lang}.txt").read_text("utf-8")
    assert statement_text(view, lang, overview=overview) + "\n" == expected


def test_both_languages_stand_one_after_the_other() -> None:
    zh, en = (statement_text(WHOLE, lang) for lang in LANGS)
    assert statement_text(WHOLE, "both") == f"{zh}\n\n{en}"


def test_nothing_sealed_is_no_text() -> None:
    assert statement_text(Shown(()), "both") == ""


def _text(statement: Statement, lang: str = "en", **view: object) -> str:
    return statement_text(Shown((statement,), **view), lang)  # type: ignore[arg-type]


def test_i6_a_difference_within_measuring_error_is_not_distinguishable() -> None:
    wide = replace(MILL, sigma=333.80 / 1.645)
    assert "Actual is +333.80 EUR against Plan, within measuring error: not distinguishable" in _text(wide).replace("\n", " ")
    narrow = replace(MILL, sigma=333.79 / 1.645)
    assert "beyond measuring error ±333.79" in _text(narrow)
    overview = statement_text(Shown((wide,)), "en", overview=True)
    assert "difference from Plan within measuring error: not distinguishable" in overview.partition("Site accounts")[0]


def test_i6_an_interval_is_unknown_without_declared_errors_and_pointless_without_flow() -> None:
    assert "90 % interval not known: no meter error is declared" in _text(replace(MILL, sigma=0.0))
    idle = replace(MILL, sigma=0.0, value=0, lines=tuple(replace(one, qty=0, amount=0) for one in MILL.lines))
    assert "nothing flowed in this shift" in _text(idle)


def test_i6_a_small_residual_is_within_measuring_error() -> None:
    cases = {1.6: "z 1.6: within measuring error", -1.6: "z −1.6: within measuring error", 1.7: "z 1.7", None: "than was found"}
    for z, said in cases.items():
        text = _text(replace(MILL, stocks=(replace(TANK, z=z),)))
        assert said + "\n" in text
    assert "the book says 0.001 t less than was found" in _text(replace(MILL, stocks=(replace(TANK, residual=-1),)))
    assert "book and count agree" in _text(replace(MILL, stocks=(replace(TANK, residual=0),)))


def test_l4_an_absent_bridge_says_why() -> None:
    bare = replace(MILL, plan=None, standard=None, allowed=None, steps=(), reasons=("no standards",))
    text = _text(bare)
    assert "Plan, Standard and Allowed —: the area has no standards" in text
    assert "to Actual" not in text


def test_l6_provisional_until_a_local_time_or_settled() -> None:
    assert "Provisional until 2026-04-03 22:00" in _text(MILL)
    assert "Settled: month 2026-03" in _text(MILL, settled=True)
    assert "Not sealed" in _text(MILL, seal=None)


def test_l2_areas_and_site_make_up_the_plant() -> None:
    text = statement_text(WHOLE, "en")
    assert [text.count(number) for number in ("+10,690.00", "+10,510.00")] == [1, 1]
    assert "no site account moved in this shift" in statement_text(replace(WHOLE, site={}), "en")


def test_i8_a_sum_with_an_absent_term_is_absent() -> None:
    text = statement_text(Shown((FILTER, replace(MILL, plan=None))), "en")
    together = next(row for row in text.splitlines() if row.startswith("Areas together"))
    assert together.split()[-3:] == ["+10,690.00", "—", "+104.00"]


NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=90)
CENTS = st.integers(-(10**20), 10**20)


@st.composite
def shown(draw: st.DrawFn) -> Shown:
    """Any plant's names, any amounts: alarming, but printed."""
    name = draw(NAME)
    price = str(draw(st.decimals(-(10**12), 10**12, places=6)))
    lines = tuple(replace(line(name, draw(NAME), sign, draw(CENTS), price, draw(CENTS)), unit=draw(NAME)) for sign in (1, -1))
    statement = replace(
        draw(st.sampled_from((FILTER, MILL, ODD))),
        area=name, shift=f"2026-03-31.{draw(NAME)}", crews=(draw(NAME), ""), value=draw(CENTS), sigma=draw(st.floats(0, 1e15)),
        lines=lines, plan=draw(st.none() | CENTS), steps=(Step("yield", draw(NAME), draw(CENTS)), Step(draw(NAME), "", 0)),
        reasons=(draw(NAME),), absent=(draw(NAME),), marks=(draw(NAME),),
        stocks=(replace(TANK, stock=draw(NAME), unit=draw(NAME), residual=draw(CENTS), z=draw(st.floats(-1e6, 1e6))),),
    )  # fmt: skip
    names = Names("Europe/Berlin", name, {("plant", name): (draw(NAME), draw(NAME)), ("area", name): (draw(NAME), draw(NAME))})
    return Shown((statement,) * draw(st.integers(1, 2)), {f"site:{name}": draw(CENTS)}, currency=draw(NAME), names=names)


@settings(max_examples=60, deadline=None)
@given(shown())
def test_no_line_is_wider_than_80_columns(view: Shown) -> None:
    for row in statement_text(view, "both").splitlines():
        assert width(row) <= 80, row


def test_l5_numbers_are_never_shortened() -> None:
    huge = replace(MILL, lines=(line("slurry", "stock:T", 1, 10**19, "123456789012.123456", 10**24),), value=10**24)
    text = "".join(_text(huge).split())
    for number in (f"{Decimal(10**19) * MILLI:,}", "123,456,789,012.123456", f"+{Decimal(10**24) / 100:,.2f}"):
        assert number in text


HOURS = (
    HourLine("mill-1", "running", 21_600_000_000, 2, False, ("uncertain",)),
    HourLine("mill-1", "process", 3_600_000_000, 1, True),
    HourLine("mill-1", "mechanical", 1_805_250_000, 2, False),
    HourLine("mill-1", "unclassed", 60_000_000, 1, False),
    HourLine("mill-1", "unknown", 1_734_750_000, None, False),
    HourLine("mill-2", "running", None, None, False, ("absent",)),
)


@pytest.mark.parametrize("lang", LANGS)
def test_q3_hours_and_halts_by_cause_stand_in_one_block(lang: str) -> None:
    text = _text(replace(MILL, hours=HOURS), lang)
    block = text[text.index("运转与停机" if lang == "zh" else "Hours and halts") :].split("\n\n")[0]
    expected = {
        "en": [
            "Hours and halts h:min times",
            "mill-1 ran (times: starts) 6:00 2",
            "holds uncertain readings",
            "halted: process (the crew's own) 1:00 1",
            "halted: mechanical 0:30:05.25 2",
            "halted: nobody said why; charged to nobody 0:01 1",
            "not known (neither running nor a halt) 0:28:54.75",
            "mill-2 ran (times: starts) —",
            "absent",
        ],
        "zh": [
            "运转与停机 时:分 次数",
            "mill-1 运转（次数为启动） 6:00 2",
            "含存疑读数",
            "停机：工艺（本班原因） 1:00 1",
            "停机：机械 0:30:05.25 2",
            "停机：未说明原因，不记任何人 0:01 1",
            "不明（既不算运转也不算停机） 0:28:54.75",
            "mill-2 运转（次数为启动） —",
            "缺失",
        ],
    }
    assert [squeezed(line) for line in block.splitlines()] == expected[lang]
    assert all(width(line) <= 80 for line in text.splitlines())
    assert ("Hours and halts" if lang == "en" else "运转与停机") not in _text(MILL, lang), "nothing is said of its units"
