"""Market-linked prices: formula, window, lag, vintage, units, one rounding; every figure by hand (L1, Q8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.issue import Issue
from shiftledger.core.money import rounded
from shiftledger.core.trace import evaluate, walk
from shiftledger.plant.linked import OPERATIONS
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Price

PLANT = '[plant]\nid = "p"\ncurrency = "CNY"\nzone = "UTC"\nday_start = 06:00:00\n'
ORE = '[material.ore]\nunit = "t"\n'
HEAD = "quote,period,value,unit,published\n"
# What a trading house tells: iron ore 62 % Fe by month, the currency by quarter, freight by day.
QUOTES = HEAD + (
    "iron,2025-11,102.48,USD/t,2025-12-03\n"
    "iron,2025-12,104.59,USD/t,2026-01-05\n"
    "iron,2026-01,105.53,USD/t,2026-02-03\n"
    "iron,2026-02,98.84,USD/t,2026-03-03\n"
    "iron,2026-03,104.45,USD/t,2026-04-02\n"
    "fx,2025-Q4,7.1,CNY/USD,2026-01-02\n"
    "fx,2026-Q1,7.0,CNY/USD,2026-01-02\n"
    "sea,2025-12-30,9,USD/t,2026-01-02\n"
    "sea,2026-01-02,10,USD/t,2026-01-02\n"
    "sea,2026-01-20,11,USD/t,2026-01-20\n"
    "sea,2026-02-10,12,USD/t,2026-02-10\n"
)
LINK = (
    '[link.q]\nformula = "{formula}"\nlag = {lag}\nwindow = {window}\ncut = {cut}\ndecimals = {decimals}\nmissing = "{missing}"\n'
)
DEFAULTS = {"formula": "quote.iron * quote.fx", "lag": 1, "window": 3, "cut": 0, "decimals": 2, "missing": "refuse"}


def price(
    quotes: str = QUOTES,
    *,
    start: str = "2026-04-01",
    material: str = ORE,
    files: Mapping[str, str] | None = None,
    row: str = "",
    **link: object,
) -> tuple[Price | None, tuple[Issue, ...]]:
    """The price of ore that holds from `start`, and every issue of the text."""
    text = {
        "plant.toml": PLANT,
        "materials.toml": material,
        "links.toml": LINK.format(**{**DEFAULTS, **link}),
        "quotes/market.csv": quotes,
        "prices/planned.csv": f"material,unit,valid_from,link,price\n{row or f'ore,CNY/t,{start},q,'}\n",
        **(files or {}),
    }
    loaded = load_text(text)
    return next(iter(loaded.result.prices), None), loaded.issues


def figure(*args: object, **given: object) -> Decimal | None:
    found, issues = price(*args, **given)  # type: ignore[arg-type]
    assert not issues, issues
    return found.price if found else None


def said(*args: object, **given: object) -> list[str]:
    """What is wrong, where no price comes out."""
    found, issues = price(*args, **given)  # type: ignore[arg-type]
    assert found is None
    return [f"{issue.at}: {issue.code}: {issue.message}" for issue in issues]


def test_l1_mean_of_the_three_months_that_end_one_month_before_the_quarter() -> None:
    # iron (104.59 + 105.53 + 98.84) / 3 = 308.96 / 3; fx (7.1 + 7.0 + 7.0) / 3 = 21.1 / 3; 308.96 x 21.1 / 9 = 724.3395...
    assert figure() == Decimal("724.34")
    # the month before: only February, 98.84 x 7.0 = 691.88
    assert figure(window=1) == Decimal("691.88")
    # no lag: January to March; March was published on 2 April, one day after the price began to hold
    assert figure(lag=0, window=2, cut=1) == Decimal("711.52")  # (98.84 + 104.45) / 2 = 101.645; x 7.0 = 711.515
    assert said(lag=0, window=2) == [
        'prices/planned.csv:2: P086: the price of "ore" is absent: "iron" has no quotation of 2026-03 published by 2026-04-01'
    ]


def test_l1_grade_freight_and_factor_with_their_units() -> None:
    # a month is the mean of its days: January (10 + 11) / 2 = 10.5, February 12; freight (9 + 10.5 + 12) / 3 = 10.5
    # (308.96 / 3 x 61.5 / 62 + 10.5) x 21.1 / 3 = (102.15612903... + 10.5) x 7.0333... = 792.3481...
    assert figure(formula="(quote.iron * 61.5 / 62 + quote.sea) * quote.fx") == Decimal("792.35")
    # the quotation is per dry tonne, the books count wet ones: 0.92 dry tonnes in a tonne. 724.3395... x 0.92 = 666.3923...
    dry = QUOTES.replace("USD/t", "USD/dmt")
    told = "material,value,unit\nore,0.92,dmt/t\n"
    assert figure(dry, formula="quote.iron * quote.fx * factor.dryness.ore", files={"factors/dryness.csv": told}) == Decimal(
        "666.39"
    )
    assert said(dry) == [
        'prices/planned.csv:2: P087: the price of "ore" cannot be worked out by "q": '
        '"(USD/dmt) * (CNY/USD)" and "CNY/t" measure different things'
    ]
    # where the dry tonne is what is counted, a dry tonne is a tonne
    assert figure(dry, material=ORE + 'priced_on = "dry"\n') == Decimal("724.34")
    # per dry metric tonne unit: one hundredth of a dry tonne. 1.6 USD/dmtu x 0.62 = 99.2 USD/dmt; x 7.0 = 694.4
    unit = HEAD + "iron,2026-02,1.6,USD/dmtu,2026-03-03\nfx,2026-02,7.0,CNY/USD,2026-03-03\n"
    assert figure(unit, window=1, formula="quote.iron * 0.62 * quote.fx", material=ORE + 'priced_on = "dry"\n') == Decimal(
        "694.4"
    )


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        ("quote.iron + 5", '"1" and "USD/t" measure different things'),
        ("quote.iron + quote.fx", '"CNY/USD" and "USD/t" measure different things'),  # names in sorted order do not matter
        ("quote.iron", '"USD/t" and "CNY/t" measure different things'),
        ("min(quote.iron, quote.fx)", '"CNY/USD" and "USD/t" measure different things'),
        ("quote.iron * quote.fx ** 0.5", "an exponent is a whole number up to 64"),
        ("quote.iron * quote.fx * ((9 ** 64) ** 64) ** 64", "it comes to a figure beyond all measure"),
        ("quote.iron * quote.fx * 1e99999999", "it holds a number beyond all measure"),
        ("quote.iron * quote.fx * 1e-99999999", "it holds a number beyond all measure"),
        ("quote.iron * quote.fx * 1e14", "it comes to a figure beyond all measure"),
    ],
)
def test_q8_units_that_do_not_fit(formula: str, wrong: str) -> None:
    assert said(formula=formula) == [f'prices/planned.csv:2: P087: the price of "ore" cannot be worked out by "q": {wrong}']


def test_l1_rounded_once_half_away_from_zero_and_exact_before() -> None:
    half = HEAD + "x,2026-02,0.125,CNY/t,2026-03-01\n"
    assert figure(half, formula="quote.x", window=1) == Decimal("0.13")
    assert figure(half, formula="-quote.x", window=1) == Decimal("-0.13")
    assert figure(half, formula="quote.x", window=1, decimals=3) == Decimal("0.125")
    # in floats 1.1 x 1.1 x 0.125 = 0.15125000000000002; 0.1 + 0.2 is exactly 0.3, thirds add up again
    assert figure(half, formula="quote.x * 1.1 ** 2", window=1, decimals=4) == Decimal("0.1513")
    assert figure(half, formula="quote.x * ((0.1 + 0.2) / 3 * 10 - 1)", window=1, decimals=10) == 0
    assert figure(half, formula="max(quote.x, 2 * quote.x) / 1e-1_0", window=1, decimals=0) == Decimal("2500000000")


def test_l1_what_is_published_later_moves_nothing() -> None:
    restated = QUOTES + "iron,2026-02,99.84,USD/t,2026-06-02\n"
    assert figure(restated) == figure(QUOTES)
    # but a price of the next quarter, whose window has February too, takes the newest: (99.84 + 104.45) / 2 x 7.0 ...
    later = restated + "fx,2026-Q2,7.0,CNY/USD,2026-04-02\n"
    assert figure(later, start="2026-07-01", lag=3, window=2) == Decimal("715.02")  # 102.145 x 7 = 715.015
    # restated in time counts: (104.59 + 105.53 + 100.34) / 3 x 21.1 / 3 = 310.46 x 21.1 / 9 = 727.8562
    assert figure(QUOTES + "iron,2026-02,100.34,USD/t,2026-03-20\n") == Decimal("727.86")
    # ten days before the price begins it does not
    assert figure(QUOTES + "iron,2026-02,100.34,USD/t,2026-03-23\n", cut=-10) == Decimal("724.34")
    # the order of the rows is not the order of publication
    rows = restated.splitlines()
    assert figure("\n".join([rows[0], *reversed(rows[1:])]) + "\n") == Decimal("724.34")


def test_l1_a_missing_month_is_no_price_unless_the_last_is_carried() -> None:
    holes = "".join(line for line in QUOTES.splitlines(keepends=True) if not line.startswith(("iron,2026-01", "iron,2026-02")))
    assert said(holes) == [
        'prices/planned.csv:2: P086: the price of "ore" is absent: "iron" has no quotation of 2026-01, 2026-02 published by 2026-04-01'
    ]
    # carried: 104.59 for all three months; x 21.1 / 3 = 735.6163...
    assert figure(holes, missing="carry") == Decimal("735.62")
    found, _ = price(holes, missing="carry")
    assert found is not None
    assert found.trace is not None
    labels = [node.label for _, node in walk(found.trace) if node.label.startswith("iron")]
    assert labels == [
        "iron of 2025-12, published 2026-01-05",
        "iron of 2025-12 instead of 2026-01, published 2026-01-05",
        "iron of 2025-12 instead of 2026-02, published 2026-01-05",
    ]
    # nothing to carry: before the first quotation
    assert said(start="2025-06-01", missing="carry")[0].endswith(
        "no quotation of 2025-02, 2025-03, 2025-04 published by 2025-06-01"
    )


def test_i7_a_linked_price_evaluates_from_its_quotations() -> None:
    found, _ = price(formula="(quote.iron * 61.5 / 62 + quote.sea) * quote.fx")
    assert found is not None
    assert found.trace is not None
    assert evaluate(found.trace, dict(OPERATIONS)) == found.price == Decimal("792.35")
    told = [(node.label, node.value, node.unit, node.at) for _, node in walk(found.trace)]
    assert told[:3] == [
        ("price of ore", Decimal("792.35"), "per unit", "prices/planned.csv:2"),
        ("formula of q, to 2 decimals", "(quote.iron * 61.5 / 62 + quote.sea) * quote.fx", "", "links.toml:1"),
        ("fx of 2025-Q4 for 2025-12, published 2026-01-02", Decimal("7.1"), "CNY/USD", "quotes/market.csv:7"),
    ]
    assert ("iron of 2026-02, published 2026-03-03", Decimal("98.84"), "USD/t", "quotes/market.csv:5") in told
    assert len(told) == 2 + 3 + 3 + 4  # three months of currency and ore, four days of freight


def test_l1_links_that_lead_nowhere() -> None:
    line = "prices/planned.csv:2: P087: the price of "
    assert said(row="ore,CNY/t,2026-04-01,w,") == [f'{line}"ore" follows the link "w", which is not declared']
    assert said(row="ore,CNY/t,,q,") == [f'{line}"ore" is linked, so it needs valid_from: its window lies before that day']
    at_link = "links.toml:2: P087: the price of "
    assert said(formula="quote.irn * 2") == [f'{at_link}"ore" follows "quote.irn", of which there is no quotation']
    assert said(formula="link.r * 2") == [f'{at_link}"ore" follows "link.r", of which there is no quotation']
    twice = "ore,CNY/t,2026-04-01,q,\nore,CNY/t,2026-07-01,q,"  # two prices, one wrong formula
    assert len([one for one in said(formula="quote.irn * 2", row=twice) if "P087" in one]) == 1
    assert said(formula="quote.iron * factor.dry.ore") == [
        'links.toml:2: P087: the price of "ore" needs the factor "dry.ore", which is not declared'
    ]
    assert said(formula="quote.iron / (1 - 1)") == [f'{line}"ore" cannot be worked out: the formula of "q" divides by zero']
    link = "links.toml:2: P087: "
    assert said(formula="quote.iron if 1 else 2")[0].startswith(f'{link}link "q": ')
    assert said(formula="sqrt(quote.iron)")[0].startswith(f'{link}link "q": ')
    assert said(window=0) == ['links.toml:4: P087: link "q": window must lie between 1 and 120']
    assert said(row="ore,CNY/t,2026-04-01,q,5") == [f'{line}"ore" has a figure of its own and follows from a link']
    assert said(row="ore,CNY/t,2026-04-01,,") == ['prices/planned.csv:2: P006: the price\'s row needs "price"']


def test_q8_a_unit_means_something_by_itself() -> None:
    told = HEAD + 'iron,2026-02,1,"CNY/t) * (t/t",2026-03-03\n'
    assert said(told, formula="2 * quote.iron * quote.iron / quote.iron", window=1) == [
        'prices/planned.csv:2: P087: the price of "ore" cannot be worked out by "q": unknown unit "CNY/t) * (t/t"'
    ]


@given(
    st.lists(
        st.sampled_from(
            [*"()+-*/,.e_", "**", "quote", ".iron", ".fx", "1", "9e9", "0", "min", "max", '["iron"]', "factor.a.b", " "]
        ),
        max_size=12,
    ),
    st.sampled_from(["2026-02", "2026-Q1", "2026-02-03", "0", ""]),
    st.sampled_from(["USD/t", "t", "%", "degC", "", "x", "**"]),
)
def test_whatever_is_written_is_a_price_or_an_issue(parts: list[str], period: str, unit: str) -> None:
    found, issues = price(
        HEAD + f"iron,{period},2,{unit},2026-03-03\nfx,2026-02,7,CNY/USD,2026-03-03\n",
        window=1,
        formula="".join(parts).replace('"', '\\"'),
    )
    assert (found is None) == bool(issues)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("iron,2026-13,1,USD/t,2026-03-03", '"2026-13" is no month, quarter or day'),
        ("iron,2026-02-30,1,USD/t,2026-03-03", '"2026-02-30" is no month, quarter or day'),
        ("iron,2026-Q1,1,USD/t,2026-03-03", '"iron" is told by month at quotes/market.csv:2 and by quarter here'),
        ("iron,2026-02,1,EUR/t,2026-03-09", '"iron" is in USD/t at quotes/market.csv:2 and in EUR/t here'),
        (
            "iron,2026-02,1,USD/t,2026-03-03",
            '"iron" of 2026-02 stands twice as published on 2026-03-03; the other is quotes/market.csv:5',
        ),
    ],
)
def test_l1_quotations_that_contradict(row: str, wrong: str) -> None:
    _, issues = price(QUOTES + row + "\n")
    assert [f"{issue.at}: {issue.code}: {issue.message}" for issue in issues] == [f"quotes/market.csv:13: P088: {wrong}"]


@given(st.fractions(max_denominator=10**6), st.integers(0, 10))
def test_l5_rounded_is_the_nearest_and_away_from_zero_at_a_half(value: Fraction, decimals: int) -> None:
    found = rounded(value, decimals)
    error, half = abs(Fraction(found) - value), Fraction(1, 2 * 10**decimals)
    assert error <= half
    assert error < half or abs(Fraction(found)) > abs(value)
    assert rounded(-value, decimals) == -found
