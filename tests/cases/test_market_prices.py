"""Planned prices of a quarter from the World Bank's monthly series, as two vintages of it tell them (L1).

The figures of the windows are copied from the files; the arithmetic is written out. The later vintage rounds what the earlier one told and
restates some of it: a price that was worked out from the earlier one does not move.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from shiftledger.core.issue import Issue
from shiftledger.plant.load import load_text

# The file of a vintage, and when it counts as published: its name tells the month, the last day of it is the latest that can be.
VINTAGES = {"2026-03": "2026-03-31", "2026-06": "2026-06-30"}
SERIES = {
    "iron_ore": ("iron_ore_62fe_cfr_usd_dmt", "USD/dmt"),
    "gas_europe": ("natgas_europe_usd_mmbtu", "USD/MMBtu"),
    "lng_japan": ("lng_japan_usd_mmbtu", "USD/MMBtu"),
    "tin": ("tin_usd_t", "USD/t"),
    "coal": ("coal_south_africa_usd_t", "USD/t"),
}
# Fe 61.5 % ore, freight of 9.50 USD/dmt more, 7.15 CNY/USD, 8 % moisture; gas in MWh.
FORMULAS = {
    "ore": "(quote.iron_ore * 61.5 / 62 + quote.freight) * quote.cny * factor.dry.ore",
    "gas": "quote.gas_europe * quote.cny",
    "lng": "quote.lng_japan * quote.cny",
}


@pytest.fixture(scope="module")
def told(data_set: Callable[[str], Path]) -> dict[str, str]:
    """Quotation files, one a vintage: month by month what is not blank."""
    files = {}
    for vintage, published in VINTAGES.items():
        path = data_set(f"prices/worldbank_pinksheet_monthly_vintage_{vintage}.csv")
        rows = ["quote,period,value,unit,published,source"]
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                cells = [(quote, row[column], unit) for quote, (column, unit) in SERIES.items() if row[column]]
                rows += [f"{quote},{row['month']},{value},{unit},{published},World Bank" for quote, value, unit in cells]
        files[f"quotes/pinksheet-{vintage}.csv"] = "\n".join(rows) + "\n"
    return files


def prices(
    quotes: dict[str, str], *rows: str, lag: int = 1, missing: str = "refuse"
) -> tuple[dict[str, Decimal], tuple[Issue, ...]]:
    link = "".join(
        f'[link.{key}]\nformula = "{formula}"\nlag = {lag}\nwindow = 3\ndecimals = 4\nmissing = "{missing}"\n'
        for key, formula in FORMULAS.items()
    )
    told = "\n".join(
        f"{q},{year}-Q{n},{value},{unit},2025-01-01"
        for year in (2025, 2026)
        for n in (1, 2, 3, 4)
        for q, value, unit in (("freight", "9.5", "USD/dmt"), ("cny", "7.15", "CNY/USD"))
    )
    loaded = load_text(
        {
            **quotes,
            "plant.toml": '[plant]\nid = "p"\ncurrency = "CNY"\nzone = "UTC"\nday_start = 06:00:00\n',
            "materials.toml": '[material.ore]\nunit = "t"\n[material.gas]\nunit = "MWh"\n[material.lng]\nunit = "MWh"\n',
            "factors/dry.csv": "material,value,unit\nore,0.92,dmt/t\n",
            "links.toml": link,
            "quotes/own.csv": f"quote,period,value,unit,published\n{told}\n",
            "prices/planned.csv": "material,valid_from,link\n" + "\n".join(rows) + "\n",
        }
    )
    return {f"{row.material} {row.valid_from}": row.price for row in loaded.result.prices}, loaded.issues


def test_l1_iron_ore_of_the_second_quarter(told: dict[str, str]) -> None:
    found, issues = prices(told, "ore,2026-04-01,ore")
    assert not issues
    # December 104.59, January 105.53, February 98.84 USD/dmt: 308.96 / 3 = 102.98666...; x 61.5 / 62 = 102.15612903...
    # + 9.50 = 111.65612903...; x 7.15 = 798.34132...; x 0.92 dmt/t = 734.47401...
    assert found == {"ore 2026-04-01": Decimal("734.4740")}
    # the next quarter: March 104.45, April 106.05, May 108.64 from the later vintage: 319.14 / 3 = 106.38
    # x 61.5 / 62 = 105.52209677...; + 9.5 = 115.02209677...; x 7.15 x 0.92 = 756.61535...
    found, issues = prices(told, "ore,2026-07-01,ore")
    assert (found, issues) == ({"ore 2026-07-01": Decimal("756.6154")}, ())


def test_l1_gas_is_restated_and_the_price_of_the_quarter_stays(told: dict[str, str]) -> None:
    first = {name: text for name, text in told.items() if "2026-03" in name}
    second = {name: text for name, text in told.items() if "2026-06" in name}
    # 9.48260496782 + 11.75574513439 + 11.23735293669 = 32.4757030389 -> / 3 = 10.8252343463 USD/MMBtu
    # 1 MMBtu = 1,055,056 kJ = 0.29307111... MWh: 36.937227... USD/MWh; x 7.15 = 264.101177...
    once, _ = prices(first, "gas,2026-04-01,gas")
    both, issues = prices(told, "gas,2026-04-01,gas")
    assert once == both == {"gas 2026-04-01": Decimal("264.1012")}
    assert not issues
    # what the later vintage alone would say: (9.48 + 11.76 + 11.24) / 3 = 10.82666...: 264.136121...; it came too late
    late, issues = prices(second, "gas,2026-04-01,gas")
    assert late == {}
    assert [issue.code for issue in issues] == ["P086"]
    # the quarter after next takes the newest of every month: December to February restated, if it looks back so far
    assert prices(told, "gas,2026-07-01,gas", lag=4)[0] == {"gas 2026-07-01": Decimal("264.1361")}
    # liquefied gas of February was corrected from 11.4696 to 11.32: the price of the second quarter keeps the first
    assert prices(told, "lng,2026-04-01,lng")[0] == prices(first, "lng,2026-04-01,lng")[0]
    assert prices(told, "lng,2026-07-01,lng", lag=4)[0] != prices(told, "lng,2026-04-01,lng")[0]


def test_i8_a_month_that_the_vintage_does_not_have_is_no_price(told: dict[str, str]) -> None:
    first = {name: text for name, text in told.items() if "2026-03" in name}
    found, issues = prices(first, "ore,2026-07-01,ore")
    assert found == {}
    assert [(issue.code, issue.message) for issue in issues] == [
        ("P086", 'the price of "ore" is absent: "iron_ore" has no quotation of 2026-03, 2026-04, 2026-05 published by 2026-07-01')
    ]
    carried, issues = prices(first, "ore,2026-07-01,ore", missing="carry")
    assert not issues
    # 98.84 x 61.5 / 62 = 98.04290322...; + 9.5 = 107.54290322...; x 7.15 x 0.92 = 707.41721...
    assert carried == {"ore 2026-07-01": Decimal("707.4172")}
