"""Prices change inside the month: three stocks are revalued before the day's first slot, and no crew sees it (L1, L3, I3).

A mill and a filter run evenly for two days, 8 h shifts, from 2026-04-14 06:00 UTC:
    ore from the yard 10 t/h with 60 % Fe: 48.000 t Fe a shift (ore is priced on Fe)
    slurry into the mill's own tank 9.5 t/h, out of it to the filter 9 t/h: 76.000 and 72.000 t
    product into the site's bin 8.8 t/h: 70.400 t
On 2026-04-15 the set "spring" takes over from "planned":
    ore      140 -> 141.19 EUR/t Fe, linked: (104.59 + 105.53 + 98.84) / 3 USD/t of 62 % ore / 0.62 x 0.85 EUR/USD = 141.1914
    slurry   180 -> 185.5     product  250 -> 246.125
Then stand there: in the yard 1,000 - 3 x 80 = 760 t = 456.000 t Fe, in the tank 50 + 3 x 4 = 62.000 t, in the bin 100 + 3 x 70.4 = 311.200 t.
    yard   456.000 x  1.19  =    542.64
    tank    62.000 x  5.5   =    341.00
    bin    311.200 x -3.875 = -1,205.90      together -322.26 at site:revaluation
V of the mill: what it gives the filter, and the change of its tank, less ore
    before: 72 x 180   + 4 x 180   - 48 x 140    = 12,960 + 720 - 6,720    = 6,960.00 a shift
    after:  72 x 185.5 + 4 x 185.5 - 48 x 141.19 = 13,356 + 742 - 6,777.12 = 7,320.88
V of the filter: 70.4 x 250 - 72 x 180 = 4,640.00; after: 70.4 x 246.125 - 72 x 185.5 = 3,971.20
"""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.ledger.posting import balances

RATES = {"FT-ORE": 10.0, "FT-SLURRY": 9.5, "FT-FEED": 9.0, "FT-PRODUCT": 8.8}
DIPS = {"LT-YARD": (1000.0, -80.0), "LT-TANK": (50.0, 4.0), "LT-BIN": (100.0, 70.4)}
DAYS = ("2026-04-14", "2026-04-15")
TEXT = {
    "plant.toml": (
        '[plant]\nid = "yard"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n'
        'price_set = "planned"\nprice_sets = { 2026-04-15 = "spring" }\n'
    ),
    "areas.toml": '[area.mill]\nrotation = "r"\n[area.filter]\nrotation = "r"\n',
    "units.toml": '[unit.U1]\narea = "mill"\n[unit.U2]\narea = "filter"\n',
    "streams.toml": (
        '[stream.ore]\nfrom = "YARD"\nto = "U1"\nmaterial = "ore"\n[stream.slurry]\nfrom = "U1"\nto = "TANK"\nmaterial = "slurry"\n'
        '[stream.feed]\nfrom = "TANK"\nto = "U2"\nmaterial = "slurry"\n[stream.product]\nfrom = "U2"\nto = "BIN"\nmaterial = "product"\n'
    ),
    "stocks.toml": (
        '[stock.YARD]\nmaterial = "ore"\nheld_by = "site"\nboundary = "nearest"\n'
        '[stock.TANK]\nmaterial = "slurry"\nheld_by = "mill"\nboundary = "nearest"\n'
        '[stock.BIN]\nmaterial = "product"\nheld_by = "site"\nboundary = "nearest"\n'
    ),
    "materials.toml": (
        '[material.ore]\nunit = "t"\npriced_on = "Fe"\n[material.slurry]\nunit = "t"\n[material.product]\nunit = "t"\n'
    ),
    "rotations.toml": (
        '[rotation.r]\npattern = "DDEENNRR"\nanchor = 2026-04-14\ncrews = {A = 2, B = 4, C = 0, D = 6}\n'
        'slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n'
    ),
    "meters.csv": (
        "tag,kind,stream,stock,component,unit,max_gap,max_hold\n"
        "FT-ORE,rate,ore,,,t/h,3d,\nFT-SLURRY,rate,slurry,,,t/h,3d,\nFT-FEED,rate,feed,,,t/h,3d,\nFT-PRODUCT,rate,product,,,t/h,3d,\n"
        "LT-YARD,level,,YARD,,t,,\nLT-TANK,level,,TANK,,t,,\nLT-BIN,level,,BIN,,t,,\n"
        "LAB-ORE,lab,ore,,Fe,%,,7d\nLAB-YARD,lab,,YARD,Fe,%,,7d\n"
    ),
    "sources.toml": '[source.all]\nmatch = "*.csv"\n',
    "links.toml": '[link.fe]\nformula = "quote.iron / 0.62 * quote.eur"\nlag = 1\nwindow = 3\n',
    "quotes/market.csv": (
        "quote,period,value,unit,published\niron,2025-12,104.59,USD/t,2026-01-05\niron,2026-01,105.53,USD/t,2026-02-03\n"
        "iron,2026-02,98.84,USD/t,2026-03-03\neur,2025-Q4,0.85,EUR/USD,2026-01-01\neur,2026-Q1,0.85,EUR/USD,2026-04-01\n"
    ),
    "prices/planned.csv": "material,price,unit\nore,140,EUR/t\nslurry,180,EUR/t\nproduct,250,EUR/t\n",
    "prices/spring.csv": (
        "material,price,unit,valid_from,link\nore,,EUR/t,2026-04-15,fe\nslurry,185.5,EUR/t,,\nproduct,246.125,EUR/t,,\n"
    ),
}


def stamp(hour: int) -> str:
    return f"2026-04-{14 + (6 + hour) // 24}T{(6 + hour) % 24:02d}:00:00Z"


def readings() -> str:
    rows = ["time,tag,value", f"{stamp(-5)},LAB-ORE,60", f"{stamp(-5)},LAB-YARD,60"]
    rows += [f"{stamp(hour)},{tag},{rate}" for tag, rate in RATES.items() for hour in range(49)]
    rows += [f"{stamp(8 * k)},{tag},{first + k * step:.1f}" for tag, (first, step) in DIPS.items() for k in range(7)]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> sl.api.PlantView:
    """Closed once; who changes it makes a copy."""
    return closed(tmp_path_factory.mktemp("changed") / "yard")


def closed(folder: Path, **edits: str) -> sl.api.PlantView:
    for name, text in {**TEXT, **{key.replace("__", "/"): text for key, text in edits.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    file = folder.parent / f"{folder.name}.csv"
    file.write_text(readings(), "utf-8")
    found = sl.open(folder)
    assert not found.issues
    assert sl.load(found, [file], known_at="2026-04-16T07:00:00Z").ok
    t.reclose(found, *DAYS)
    return found


def values(plant: sl.api.PlantView, day: str) -> dict[tuple[str, str], int]:
    return {(area, slot): t.statement(plant, area, f"{day}.{slot}").value for area in ("mill", "filter") for slot in "DEN"}


def test_l3_three_stocks_are_revalued_to_the_cent(plant: sl.api.PlantView) -> None:
    rows = {
        p.target: (p.shift, p.crew, p.source, p.qty, str(p.price), p.amount)
        for p in t.postings(plant, DAYS[1])
        if p.kind == "revaluation"
    }
    assert rows == {
        "stock:YARD": ("2026-04-15.D", "", "site:revaluation", 456_000, "1.19", 54_264),
        "stock:TANK": ("2026-04-15.D", "", "site:revaluation", 62_000, "5.5", 34_100),
        "stock:BIN": ("2026-04-15.D", "", "site:revaluation", 311_200, "-3.875", -120_590),
    }
    assert balances(t.postings(plant, DAYS[1]))["site:revaluation"] == -32_226
    assert not [p for p in t.postings(plant, DAYS[0]) if p.kind == "revaluation"]


def test_i3_no_crew_sees_it(tmp_path: Path, plant: sl.api.PlantView) -> None:
    assert values(plant, DAYS[0]) == {
        (area, slot): {"mill": 696_000, "filter": 464_000}[area] for area in ("mill", "filter") for slot in "DEN"
    }
    assert values(plant, DAYS[1]) == {
        (area, slot): {"mill": 732_088, "filter": 397_120}[area] for area in ("mill", "filter") for slot in "DEN"
    }
    # the mill's tank at its boundary values, each at its own day's price: what is left of 341.00 is nobody's
    found = t.statement(plant, "mill", "2026-04-15.D")
    assert [(line.kind, line.amount) for line in found.lines if line.kind == "change"] == [("change", 74_200)]
    assert not [line for line in found.lines if line.kind == "revaluation"]
    # where prices do not change the first day is the same to the cent, and so is the second day's first shift but for its prices
    settings = TEXT["plant.toml"].replace('price_sets = { 2026-04-15 = "spring" }\n', "")
    still = closed(tmp_path / "still", **{"plant.toml": settings})
    assert values(still, DAYS[0]) == values(plant, DAYS[0])
    assert values(still, DAYS[1]) == values(still, DAYS[0])


def test_i1_area_values_site_and_stocks_add_up_over_the_change(plant: sl.api.PlantView) -> None:
    """From quantities and prices alone: no cash, so what areas and site have is what the stocks rose by at their prices of the day."""
    rows = [p for day in DAYS for p in t.postings(plant, day)]
    opening = 600 * 140_00 + 50 * 180_00 + 100 * 250_00
    closing = round(312 * 141_19 + 74 * 185_50 + 522.4 * 246_12.5)
    total = balances(rows)
    assert sum(cents for account, cents in total.items() if not account.startswith("stock:")) == closing - opening
    assert sum(values(plant, DAYS[0]).values()) + sum(values(plant, DAYS[1]).values()) == 3 * (
        696_000 + 464_000 + 732_088 + 397_120
    )


def test_i7_the_linked_price_is_explained_to_its_quotations(plant: sl.api.PlantView) -> None:
    from shiftledger.core.trace import evaluate, walk
    from shiftledger.engine.explain import OPERATIONS

    found = sl.explain(plant, "ledger/2026-04-15.D/mill/ore")
    assert found.node is not None
    assert evaluate(found.node, OPERATIONS) == found.node.value == -677_712
    told = {(node.label, str(node.value), node.at) for _, node in walk(found.node)}
    assert ("price of ore", "141.19", "prices/spring.csv:2") in told
    assert ("iron of 2026-02, published 2026-03-03", "98.84", "quotes/market.csv:4") in told
    assert ("formula of fe, to 2 decimals", "quote.iron / 0.62 * quote.eur", "links.toml:1") in told


def test_l7_a_later_quotation_closes_nothing_again_and_a_restated_one_moves_no_price(
    tmp_path: Path, plant: sl.api.PlantView
) -> None:
    quotes = plant.folder / "quotes" / "market.csv"
    quotes.write_text(
        quotes.read_text("utf-8") + "iron,2026-03,104.45,USD/t,2026-04-02\niron,2026-02,99.84,USD/t,2026-06-02\n", "utf-8"
    )
    again = sl.open(plant.folder)
    done = sl.close(again, *DAYS)
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["unchanged", "unchanged"]
    assert sl.verify(again).ok
    # one that was published in time, and had been forgotten, does
    quotes.write_text(quotes.read_text("utf-8") + "iron,2026-02,100.84,USD/t,2026-04-10\n", "utf-8")
    done = sl.close(sl.open(plant.folder), *DAYS)
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["unchanged", "sealed"]
    # (104.59 + 105.53 + 100.84) / 3 / 0.62 x 0.85 = 142.1054: the mill has 48 x 0.92 = 44.16 less
    assert values(sl.open(plant.folder), DAYS[1])["mill", "D"] == 732_088 - 4_416


def test_l1_a_missing_quotation_leaves_the_days_open_that_need_it(tmp_path: Path) -> None:
    folder = tmp_path / "missing"
    plant = closed(folder)
    quotes = folder / "quotes" / "market.csv"
    quotes.write_text(quotes.read_text("utf-8").replace("iron,2026-02", "# iron,2026-02"), "utf-8")
    open_plant = sl.open(folder)
    assert [(issue.code, str(issue.at)) for issue in open_plant.issues] == [("P086", "prices/spring.csv:2")]
    done = sl.close(open_plant, *DAYS)
    assert done.report is not None
    assert [(day.outcome) for day in done.report.days] == ["unchanged", "refused"]
    remedy = "Add a row that is valid on 2026-04-15 to prices/spring.csv, or the quotation that its link waits for (shiftledger check)."
    said = {(i.code, i.message, i.remedy) for i in done.issues}
    assert ("L001", '2026-04-15: material "ore" has no price in set "spring"', remedy) in said
    assert values(plant, DAYS[1])["mill", "D"] == 732_088, "what is sealed stands"
