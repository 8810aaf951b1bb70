"""HTML for a notebook: escaped, self-contained, in the right language; the bridge as a picture with whiskers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from render.made import FILTER, MILL, SETTLED, WHOLE, Shown
from shiftledger.core.issue import Issue, Location
from shiftledger.core.trace import Node
from shiftledger.engine.local import CloseReport
from shiftledger.engine.verify import VerifyReport
from shiftledger.ledger.statement import HourLine
from shiftledger.plant.load import UNREAD
from shiftledger.plant.model import Plant
from shiftledger.readings.batch import Series
from shiftledger.render.bridge_svg import Bar, bridge_svg
from shiftledger.render.html import html_of, statement_html
from shiftledger.render.json_form import json_of, plain
from shiftledger.render.messages import Names

VOID = {"meta", "br", "img", "hr", "line", "rect", "path"}


class Balanced(HTMLParser):
    """Every tag that opens is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def balanced(html: str) -> bool:
    parser = Balanced()
    parser.feed(html)
    return not parser.open


@dataclass(frozen=True, slots=True)
class Result:
    issues: tuple[Issue, ...] = ()
    ok: bool = True


@dataclass(frozen=True, slots=True)
class WithReport(Result):
    report: Any = None


@dataclass(frozen=True, slots=True)
class WithNode(Result):
    node: Any = None
    sources: Any = None
    address: str = "ledger/x"
    decisions: tuple[Any, ...] = ()
    formula: Any = None
    assumptions: Any = field(default_factory=dict)
    approvals: tuple[Any, ...] = ()


@pytest.mark.parametrize("view", [WHOLE, SETTLED, replace(WHOLE, lang="both"), Shown((), issues=(Issue("L013", "error", "no"),))])
def test_html_is_balanced_and_self_contained(view: Shown) -> None:
    html = html_of(view)
    assert balanced(html)
    assert not re.search(r"<script|<link|https?://(?!www\.w3\.org/2000/svg)|\bon\w+=|src=", html)


def test_html_declares_its_language() -> None:
    assert statement_html(WHOLE, "zh").startswith('<div lang="zh-CN"')
    assert statement_html(WHOLE, "en").startswith('<div lang="en"')
    assert re.findall(r'<div lang="([^"]+)"', statement_html(WHOLE, "both")) == ["zh-CN", "en"]


def test_html_escapes_whatever_a_plant_says() -> None:
    evil = '<img src=x onerror="a()">&'
    names = Names("UTC", "p", {("area", "mill"): (evil, evil), ("material", "ore"): (evil, evil), ("stock", "T"): (evil, evil)})
    odd = replace(MILL, crews=(f"mill/{evil}",), shift=f"2026-03-31.{evil}", reasons=(evil,), absent=(evil,), marks=(evil,))
    view = Shown(
        (odd,),
        {f"site:{evil}": 1},
        currency=evil,
        names=names,
        issues=(Issue("X001", "error", evil, Location(evil, 1, 1, 1, evil)),),
    )
    html = html_of(view)
    assert "<img" not in html
    assert html.count("&lt;img") > 8


def test_money_is_blue_or_orange_with_its_sign() -> None:
    html = html_of(Shown((FILTER,), {"site:unreconciled:T": -18000}))
    assert '<span style="color:#1f5fa8">+3,050.00</span>' in html
    assert '<span style="color:#b35900">−180.00</span>' in html
    assert not re.search(r"#0f0|green|red\b", html)


def _columns(svg: str) -> list[tuple[float, float]]:
    return [(float(x), float(x) + float(w)) for x, w in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)]


def test_l4_the_picture_hangs_each_step_where_the_last_one_ended() -> None:
    bars = [Bar("Plan", 0, 10000, "p", True), Bar("up", 10000, 10300, "+3", False), Bar("down", 10300, 10100, "-2", False)]
    svg = bridge_svg([*bars, Bar("Actual", 0, 10100, "a", True)], 50, "en")
    plan, up, down, actual = _columns(svg)
    assert up[0] == pytest.approx(plan[1], abs=0.11)
    assert down[1] == pytest.approx(up[1], abs=0.11)
    assert down[0] == pytest.approx(actual[1], abs=0.11)
    assert re.findall(r'<rect[^>]*fill="(#\w+)"', svg) == ["#8a8a8a", "#1f5fa8", "#b35900", "#8a8a8a"]


def test_i6_whiskers_stand_around_the_end_value() -> None:
    bars = [Bar("Plan", 0, 10000, "p", True), Bar("Actual", 0, 10100, "a", True)]
    svg = bridge_svg(bars, 50, "en")
    left, right = (float(x) for x in re.search(r'class="whisker" d="M([\d.]+) .*H([\d.]+)M', svg).groups())  # type: ignore[union-attr]
    assert (left + right) / 2 == pytest.approx(_columns(svg)[1][1], abs=0.11)
    assert right > left
    assert "whisker" not in bridge_svg(bars, None, "en")


def test_a_truncated_axis_says_so() -> None:
    far = [Bar("Plan", 0, 10000, "p", True), Bar("Actual", 0, 10100, "a", True)]
    near = [Bar("Plan", 0, 100, "p", True), Bar("Actual", 0, -100, "a", True)]
    assert 'class="cut"' in bridge_svg(far, None, "en")
    assert "the axis does not begin at zero" in bridge_svg(far, None, "en")
    assert 'class="cut"' not in bridge_svg(near, None, "en")
    below = bridge_svg([replace(bar, end=-bar.end) for bar in far], None, "en")
    assert 'class="cut"' in below
    plan, actual = _columns(below)
    assert plan[1] == pytest.approx(actual[1], abs=0.11)  # they hang from the side where zero would be
    assert actual[0] < plan[0]
    assert bridge_svg([Bar("Plan", 0, 0, "0", True)], None, "en").startswith("<svg")


def test_every_view_has_html_and_json() -> None:
    node = Node("V", 5, "cents", "total", (("quantum", Decimal("0.001")),), (), "L3")
    series = Series("A", np.array([1, 2]), np.array([1.5, np.nan]), np.zeros(2, np.int8), np.array([1, 1]), np.array([4, 5]))
    leaf = replace(node, children=(Node("readings", series),))
    cases = (
        (Result((Issue("P001", "error", "no plant <here>"),), False), "no plant &lt;here&gt;", "issues"),
        (WithReport(report=CloseReport(())), "no production day", "report"),
        (WithReport(report=VerifyReport(1, 1, 0, 1, True)), "The books hold", "report"),
        (WithReport(), "<div", "report"),
        (WithNode(node=leaf, sources={1: "a.csv"}), "a.csv:4", "node"),
        (WithNode(), "<div", "node"),
        (WHOLE, "+10,690.00", "statements"),
    )
    for view, text, part in cases:
        assert text in html_of(view)
        form = json.loads(json.dumps(json_of(view), allow_nan=False))
        assert form["version"] == 1
        assert form["ok"] == view.ok
        assert part in form
    assert plain(series) == {
        "tag": "A",
        "readings": {"ts": [1, 2], "value": [1.5, None], "quality": [0, 0], "batch": [1, 1], "row": [4, 5]},
    }


def test_json_keeps_exact_values() -> None:
    form = json_of(WHOLE)
    line = form["statements"][0]["lines"][0]
    assert (line["qty"], line["quantum"], line["price"], line["amount"]) == (89000, "0.001", "250", 2225000)
    assert (form["site"], form["money_decimals"], form["seal"]["seq"]) == ({"site:unreconciled:T": -18000}, 2, 3)


@dataclass(frozen=True, slots=True)
class Opened:
    plant: Plant
    issues: tuple[Issue, ...] = ()


def test_an_opened_plant_shows_what_it_declares() -> None:
    html = html_of(Opened(Plant(replace(UNREAD, id="p<q", name_zh="厂"))))
    assert balanced(html)
    assert "厂 · p&lt;q" in html


def test_q3_hours_and_halts_are_a_table() -> None:
    lines = (HourLine("mill<1>", "running", 21_600_000_000, 1, False), HourLine("mill<1>", "external", 7_200_000_000, 1, False))
    html = statement_html(Shown((replace(MILL, hours=lines),)), "en")
    assert "mill&lt;1&gt; ran" in html
    assert "halted: external" in html
    assert "2:00" in html
    assert "Hours and halts" not in statement_html(Shown((MILL,)), "en")
