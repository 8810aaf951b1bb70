"""I1 on generated plants: streams, stocks and money of a period, against routes that know neither shifts nor postings."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings

from properties.closing import Closed, closed
from properties.effort import EXAMPLES, SAME
from properties.flowsheets import Knobs, knobs
from reference import independent as routes
from shiftledger.ledger.posting import balances

PLAIN = {"fills": False}  # what a fill estimates belongs to its shift, and no route without cuts can know it


def posted_quanta(books: Closed) -> dict[str, int]:
    """Sum over shifts of every stream's posted quanta."""
    totals: dict[str, int] = {}
    for day in books.books.values():
        for balance in day.balances:
            for key, flow in balance.flows.items():
                assert flow.quantity.quanta is not None
                totals[key] = totals.get(key, 0) + flow.quantity.quanta
    return totals


def plant_result(books: Closed) -> int:
    """Area values + site accounts, in cents, as published."""
    accounts = balances(books.postings)
    return sum(s.value for s in books.statements) + sum(cents for key, cents in accounts.items() if key.startswith("site:"))


@SAME
@given(knobs(**PLAIN))
@settings(max_examples=EXAMPLES)
def test_i1_streams_agree_with_the_period_without_cuts(shape: Knobs) -> None:
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    totals, (start, end) = posted_quanta(books), facts.span
    for key, stream in facts.streams.items():
        bound = Fraction(0) if shape.exact and not shape.gaps else Fraction(routes.roundings(facts, stream), 2)
        assert abs(totals[key] - routes.flow(facts, stream, start, end)) <= bound + Fraction(1, 10**6), key


@SAME
@given(knobs(**PLAIN))
@settings(max_examples=EXAMPLES)
def test_i1_rows_of_a_stream_hold_its_quanta(shape: Knobs) -> None:
    """What the routes prove of figures holds of the rows in the books: flows between the same accounts add up."""
    books = closed(shape)
    rows: dict[tuple[str, str, str], int] = {}
    for row in books.postings:
        if row.kind in ("flow", "stock"):
            at = (row.source, row.target, row.what)
            rows[at] = rows.get(at, 0) + row.qty
    figures: dict[tuple[str, str, str], int] = {}
    for key, quanta in posted_quanta(books).items():
        stream = books.plant.streams[key]
        at = (books.plant.account_of(stream.source), books.plant.account_of(stream.target), stream.material)
        figures[at] = figures.get(at, 0) + quanta
    assert rows == figures


@given(knobs(**PLAIN, stocks=2))
@settings(max_examples=EXAMPLES)
def test_i1_stocks_change_by_last_minus_first(shape: Knobs) -> None:
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    shifts = [quantities for day in books.books.values() for quantities in day.quantities]
    for key, stock in facts.stocks.items():
        first, last = (routes.boundary(facts, stock, at) for at in facts.span)
        changes = [(q.closing[key].quanta or 0) - (q.opening[key].quanta or 0) for q in shifts]
        assert sum(changes) == last - first
        assert shifts[0].opening[key].quanta == first
        for q in shifts:
            assert routes.rounds_to(routes.content(facts, stock, q.shift.span.end), q.closing[key].quanta or 0)


@SAME
@given(knobs(**PLAIN))
@settings(max_examples=EXAMPLES)
def test_i1_money_is_outside_cash_and_stock_change(shape: Knobs) -> None:
    """Revaluation, rounding, price differences, residuals and fixed charges are all on the left side, and none on the right."""
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    right = routes.plant_result(facts, exact=shape.exact and not shape.gaps)
    assert abs(plant_result(books) - right.cents) <= right.bound


@given(knobs(**PLAIN, exact=True, gaps=False, more_areas=2, stocks=3, band=True, changes=True))
@settings(max_examples=EXAMPLES)
def test_i1_money_to_the_cent_where_nothing_is_rounded(shape: Knobs) -> None:
    books = closed(shape)
    right = routes.plant_result(books.sample.facts, exact=True)
    assert plant_result(books) == right.cents


@SAME
@given(knobs(**PLAIN))
@settings(max_examples=EXAMPLES)
def test_i1_every_account_of_a_shift_sums_to_zero_and_stocks_to_their_value(shape: Knobs) -> None:
    """A stock's account is its change at the planned price, to the cent, in every shift with both boundaries. # L5"""
    books = closed(shape)
    facts = books.sample.facts
    for day, result in books.results.items():
        for quantities in books.books[day].quantities:
            rows = [p for p in result.postings if p.shift == quantities.shift.id and p.kind != "revaluation"]
            accounts = balances(p for p in rows if not p.what.endswith(":revaluation"))
            for key, stock in facts.stocks.items():
                material = facts.materials[stock.material]
                price = Fraction(material.quantum) * material.price(day) * 10**facts.money_decimals
                opening, closing = (side[key].quanta for side in (quantities.opening, quantities.closing))
                assert opening is not None
                assert closing is not None
                change = routes.half_away(closing * price) - routes.half_away(opening * price)
                assert accounts.get(f"stock:{key}", 0) == -change


@given(knobs(**PLAIN, stocks=3, changes=True))
@settings(max_examples=EXAMPLES)
def test_i1_a_stocks_account_is_its_change_in_value_with_revaluation_and_rounding(shape: Knobs) -> None:
    """Over the whole period, to the cent: closing at the last price less opening at the price before the first day. # L3, L5"""
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    accounts = balances(books.postings)
    for key, stock in facts.stocks.items():
        assert accounts.get(f"stock:{key}", 0) == -routes.change_in_value(facts, stock)


@given(knobs(substitutes=2, money=0))
@settings(max_examples=EXAMPLES)
def test_i1_charges_of_a_day_are_the_budget_to_the_cent(shape: Knobs) -> None:
    """Shares of shifts and crews lose nothing; on the other side stands site:fixed. # L5"""
    books = closed(shape)
    rows = [row.split(",") for row in books.sample.text["budget.csv"].splitlines()[1:]]
    for area, item, kind, qty, per, _, slot in rows:
        if kind == "fixed" and per in ("day", "shift") and not slot:
            shifts = len(books.plant.rotations[books.plant.areas[area].rotation].slots) if per == "shift" else 1
            cents = shifts * routes.half_away(Fraction(qty) * 100)
            for result in books.results.values():
                charged = [p for p in result.postings if (p.kind, p.what, p.target) == ("fixed", item, f"area:{area}")]
                assert sum(p.amount for p in charged) == cents
                assert {p.source for p in charged} == {"site:fixed"}


@pytest.mark.slow
@SAME
@given(knobs(**PLAIN))
@settings(max_examples=4 * EXAMPLES)
def test_i1_money_on_many_plants(shape: Knobs) -> None:
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    right = routes.plant_result(facts, exact=shape.exact and not shape.gaps)
    assert abs(plant_result(books) - right.cents) <= right.bound
