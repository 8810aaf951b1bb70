"""Rows of the books: how they add up, what a late result nets to, and where it stands (L2, L6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shiftledger.ledger.posting import Posting, as_prior, as_trueups, balances, merged, net

ROW = Posting(
    date(2026, 3, 31), "2026-03-31.E", "mill/A", "2026-03", "area:mill", "stock:T", "slurry", 98_000, Decimal(180), 1_764_000,
    "flow", "measured", "L2",
)  # fmt: skip


def test_l2_the_balance_of_an_account_is_from_less_to() -> None:
    back = replace(ROW, source="stock:T", target="area:mill", amount=64_000)
    assert balances([ROW, back]) == {"area:mill": 1_700_000, "stock:T": -1_700_000}


def test_l6_net_is_what_turns_the_old_rows_into_the_new() -> None:
    old = [ROW, replace(ROW, what="ore", amount=5, qty=1)]
    new = [replace(ROW, qty=97_000, amount=1_746_000), replace(ROW, what="lime", qty=2, amount=7)]
    assert [(row.what, row.qty, row.amount) for row in net(new, old)] == [
        ("lime", 2, 7),
        ("ore", -1, -5),
        ("slurry", -1_000, -18_000),
    ]
    assert net(old, old) == []


def test_l6_i8_a_correction_of_two_streams_is_as_weak_as_the_weaker_of_them() -> None:
    other = replace(ROW, qty=0, amount=0)
    for new in ([replace(ROW, status="estimated"), other], [other, replace(ROW, status="estimated")]):
        assert [(row.qty, row.status) for row in net(new, [replace(ROW, qty=90_000)])] == [(8_000, "estimated")]


def test_l6_a_trueup_keeps_shift_and_accounts_and_says_what_it_corrects() -> None:
    flow, residual = as_trueups([ROW, replace(ROW, kind="residual")])
    assert (flow.kind, flow.what, flow.source, flow.shift, flow.month, flow.clause) == (
        "trueup", "slurry", "area:mill", "2026-03-31.E", "2026-03", "L6",
    )  # fmt: skip
    assert residual.what == "slurry:residual"


def test_l6_prior_period_stands_at_the_site_in_the_open_month() -> None:
    [row] = as_prior([ROW], "2026-04")
    assert (row.source, row.target, row.month, row.kind, row.crew, row.shift) == (
        "site:prior-period", "stock:T", "2026-04", "prior", "", "2026-03-31.E",
    )  # fmt: skip
    [other] = as_prior([replace(ROW, source="stock:T", target="area:mill")], "2026-04")
    assert (other.source, other.target) == ("stock:T", "site:prior-period")


def test_l6_prior_rows_of_two_crews_are_one_row() -> None:
    [row] = as_prior([ROW, replace(ROW, crew="mill/B", qty=1, amount=2)], "2026-04")
    assert (row.qty, row.amount) == (98_001, 1_764_002)


def test_l6_rows_that_cancel_are_left_out() -> None:
    assert merged([ROW, replace(ROW, qty=-ROW.qty, amount=-ROW.amount)]) == []
    assert merged([ROW, replace(ROW, month="2026-04", qty=-ROW.qty, amount=-ROW.amount)]) != []


rows = st.lists(
    st.builds(
        lambda what, crew, source, qty, amount: replace(ROW, what=what, crew=crew, source=source, qty=qty, amount=amount),
        st.sampled_from(["ore", "slurry"]),
        st.sampled_from(["mill/A", "mill/B"]),
        st.sampled_from(["area:mill", "outside"]),
        st.integers(-99, 99),
        st.integers(-99, 99),
    ),
    unique_by=lambda row: row.key,
)


@given(rows, rows)
def test_l6_old_rows_and_the_net_are_the_new_rows(old: list[Posting], new: list[Posting]) -> None:
    together = merged([*old, *net(new, old)])
    assert together == merged(new)
    assert sum(balances(together).values()) == 0
