"""Premiums and penalties: who pays whom, on which assay, and what waits for the laboratory (L3, L5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

import hand_made as h
from shiftledger.balance.nodes import balance
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.quality import adjustment, open_quality, quality_entries
from shiftledger.ledger.statement import make_statement
from shiftledger.plant.model import Meter, Plant, RosterEntry, Stock
from shiftledger.plant.terms import Quality

FLOWS = {"ore": 100_000, "to-T": 98_000, "from-T": 90_000, "product": 89_000, "steam": 20_000}
TENTH = Decimal("0.1")
WET = Quality("product", "moisture", Decimal(8), Decimal("-2.5"), low=Decimal(0), cap=Decimal(6))
ORE = Quality("ore", "grade", Decimal(55), Decimal("1.2"))


def lab(stream: str, component: str) -> Meter:
    return Meter(f"LAB-{stream}", "lab", stream=stream, component=component, unit="%", quantum=TENTH)


def posted(of: Plant, flows: dict[str, int | None] | None = None, **assays: int | None) -> tuple[list[Posting], list[str]]:
    """`assays`: tenths by stream, of the component that its terms name."""
    named = {row.material: row.component for row in of.quality}
    known = {(key, named[of.streams[key].material]): h.quantity(value) for key, value in assays.items()}
    made = h.quantities(of, flows or FLOWS, {"T": (50_000, 57_000)}, assays=known)
    context = h.context(of, made)
    done = quality_entries(context, balance(of, made).result)
    for entry in done.result:
        assert evaluate(entry.node, OPERATIONS) == entry.node.value
    return [entry.posting for entry in done.result], [issue.code for issue in done.issues]


def plant(*quality: Quality, **changes: Any) -> Plant:
    meters = (lab("product", "moisture"), lab("ore", "grade"))
    return h.plant(**{"quality": quality, "meters": meters, **changes})


@pytest.mark.parametrize(
    ("assay", "money"),
    [(80, "0"), (79, "0"), (0, "0"), (81, "-0.25"), (100, "-5.0"), (104, "-6"), (999, "-6"), (-10, "2.5")],
)
def test_l3_beyond_the_dead_band_from_its_edge_and_capped(assay: int, money: str) -> None:
    """A penalty of 2.50 a point above 8 %, 6 at most; from 0 to 8 nothing."""
    low, high = WET.band
    assert adjustment(assay, WET.worth, low=low, high=high, cap=WET.cap, quantum=TENTH) == Decimal(money)


def test_l3_an_outgoing_stream_pays_the_area_for_what_is_better() -> None:
    rows, issues = posted(plant(WET), product=100)
    assert [(p.source, p.target, p.what, p.qty, p.price, p.amount) for p in rows] == [
        ("area:filter", "outside", "product@moisture", 89_000, Decimal("-5.0"), -44_500)
    ]
    assert issues == []


def test_l3_an_incoming_stream_costs_more_where_it_is_better() -> None:
    rows, _ = posted(plant(ORE), ore=560)
    assert [(p.source, p.target, p.amount) for p in rows] == [("outside", "area:mill", 12_000)]
    assert [p.amount for p in posted(plant(ORE), ore=540)[0]] == [-12_000]


def test_i8_until_the_laboratory_answers_nothing_is_posted() -> None:
    of = plant(WET)
    for assays in ({}, {"product": None}):
        rows, issues = posted(of, **assays)
        assert (rows, issues) == ([], ["L022"])
    made = h.quantities(of, FLOWS, {"T": (50_000, 57_000)})
    found = balance(of, made).result
    assert open_quality(h.context(of, made), "filter", found) == ("quality:product/moisture",)
    assert open_quality(h.context(of, made), "mill", found) == ()


def test_i8_where_nothing_flowed_nothing_is_waited_for() -> None:
    assert posted(plant(WET), {**FLOWS, "product": 0}) == ([], [])
    assert posted(plant(WET), {**FLOWS, "product": None}) == ([], [])


def test_l3_terms_with_a_party_go_before_those_for_all() -> None:
    mine = replace(WET, party="smelter", worth=Decimal(-1))
    streams = h.streams(
        ("ore", "outside", "U1", "ore"), ("product", "U2", "outside:smelter", "product"), ("rest", "U2", "outside", "product")
    )
    of = plant(WET, mine, streams=streams, stocks={}, meters=(lab("product", "moisture"), lab("rest", "moisture")))
    rows, _ = posted(of, {"ore": 0, "product": 10_000, "rest": 10_000}, product=100, rest=100)
    assert {p.target: p.amount for p in rows} == {"outside:smelter": -2_000, "outside": -5_000}


@pytest.mark.parametrize(("holder", "account"), [("site", "site:price"), ("filter", "area:filter")])
def test_l3_from_a_stock_its_holder_bears_the_quality(holder: str, account: str) -> None:
    base = h.plant()
    streams = {**base.streams, **h.streams(("product", "U2", "S", "product"), ("sold", "S", "outside", "product"))}
    of = plant(
        WET, streams=streams, stocks={**base.stocks, "S": Stock("S", "product", holder)}, meters=(lab("sold", "moisture"),)
    )
    rows, _ = posted(of, {**FLOWS, "sold": 40_000}, sold=100)
    assert [(p.source, p.target, p.amount) for p in rows] == [(account, "outside", -20_000)]


def test_l5_crews_of_a_shift_share_the_cents_like_the_flow() -> None:
    """88.9 t x -5.00 = -444.50, crew C from 20:00 on: a quarter is -111.125."""
    of = plant(WET, roster=(RosterEntry(h.DAY, "E", "filter", "C", time(20)),))
    rows, _ = posted(of, {**FLOWS, "product": 88_900}, product=100)
    assert [(p.crew, p.qty, p.amount) for p in rows] == [("filter/B", 66_675, -33_338), ("filter/C", 22_225, -11_112)]
    assert sum(p.amount for p in rows) == -44_450


def test_q6_the_laboratory_s_error_is_an_error_of_the_amount() -> None:
    of = plant(WET)
    known = {("product", "moisture"): h.quantity(85, sigma=0.1, source="assay:LAB:1")}
    made = h.quantities(of, FLOWS, assays=known)
    (entry,) = quality_entries(h.context(of, made), balance(of, made).result).result
    assert entry.errors["assay:LAB:1"] == pytest.approx(89 * -2.5 * 0.1)
    calm = h.quantities(of, FLOWS, assays={("product", "moisture"): h.quantity(70, sigma=0.1, source="assay:LAB:1")})
    (entry,) = quality_entries(h.context(of, calm), balance(of, calm).result).result
    assert (entry.posting.amount, entry.errors.get("assay:LAB:1", 0.0)) == (0, 0.0)


def test_l3_quality_counts_in_v_and_stands_in_no_flow() -> None:
    of = plant(WET)
    made = h.quantities(of, FLOWS, {"T": (50_000, 57_000)}, assays={("product", "moisture"): h.quantity(100)})
    context, found = h.context(of, made), balance(of, made).result
    statement, trace = make_statement(context, "filter", found, quality_entries(context, found).result).result
    assert statement.value == -44_500
    assert list(trace.items) == ["quality:product@moisture"]
