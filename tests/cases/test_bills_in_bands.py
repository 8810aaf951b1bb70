"""Bills of a tariff and of a component from files to sealed books, worked by hand (Q9, Q5, L1, L4, L6, L7, I7).

The melt shop of `test_lots_and_bills` (slots D 06-14, E 14-22, N 22-06; the furnace's gas runs at 10, 30 and 10 Nm3/h) pays for power by the
hour: low at 60, high (10:00 to 18:00) at 120, planned at 80 EUR/MWh. It buys concentrate by a bill in tonnes and pays for its copper,
2000 EUR/t: 20 % from 4 March 06:00, 25 % from 18:00 on.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
from cases import test_lots_and_bills as shops
from cases.test_excel_recalculates import wrong
from cases.test_lots_and_bills import close, column, load, sealed, stored, write
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.engine.local import open_books
from shiftledger.ledger.results import read_days
from shiftledger.plant.roster import month_of
from shiftledger.render.explanation import explanation_text

FILES = {
    **shops.FILES,
    "materials.toml": shops.FILES["materials.toml"].replace("[material.power]\n", '[material.power]\nband_state = "tariff"\n')
    + '\n[material.copper]\nunit = "t"\npriced_on = "cu"\n',
    "streams.toml": shops.FILES["streams.toml"]
    + '\n[stream.concentrate]\nfrom = "outside:mine"\nto = "EAF"\nmaterial = "copper"\n',
    "meters.csv": (
        "tag,kind,stream,state,component,unit,length,max_gap,max_hold,quantum,codes\n"
        "HEAT,lot,heats,,,t,4h,,24h,,\n"
        "SCALE,lot,trucks,,,t,,,24h,,\n"
        "BILL,booking,electricity,,,MWh,31d,,,,\n"
        "MINE,booking,concentrate,,,t,31d,,,,\n"
        "GAS,rate,gas,,,Nm3/h,,9h,,,\n"
        "TARIFF,state,,tariff,,,,,24h,,low=1;high=2\n"
        "LAB-C,lab,concentrate,,cu,%,,,72h,,\n"
    ),
    "samples.csv": "point,analyte,tag,unit\nmine,Cu,LAB-C,\n",
    "allocations.toml": shops.FILES["allocations.toml"]
    + '\n[allocation.concentrate]\nstream = "concentrate"\ndriver = "hours"\n',
    "prices/planned.csv": (
        "material,price,band,unit\nsteel,500,,\nscrap,300,,\ngas,0.4,,\npower,80,,\npower,60,low,\npower,120,high,\ncopper,2000,,\n"
    ),
    "prices/market.csv": "material,price\ncopper,2100\n",
    "plant.toml": shops.FILES["plant.toml"] + 'market_set = "market"\n',
    "standards.csv": "area,output,item,basis,value,unit\nshop,steel,power,usage,0.2,MWh/t\nshop,steel,copper,usage,0.02,t/t\n",
    "budget.csv": "area,item,kind,qty,per,day,slot\nshop,steel,output,100,shift,,\n",
    "sources.toml": shops.FILES["sources.toml"].replace('value = "MWh"\n', 'value = "MWh"\nstage = "band"\n')
    + '\n[source.mine]\nmatch = "mine*.csv"\nlayout = "lots"\nmeter = "MINE"\nlot = "invoice"\nstart = "from"\ntime = "to"\nvalue = "t"\n'
    + '\n[source.tariff]\nmatch = "tariff*.csv"\n',
    "in/tariff.csv": "time,tag,value\n"
    + "".join(f"2026-03-0{d}T{h}:00,TARIFF,{band}\n" for d in (3, 4, 5, 6) for h, band in (("10", "high"), ("18", "low"))),
    "in/lab.csv": "sampled,point,analyte,result,test\n2026-03-04T06:00,mine,Cu,20,\n2026-03-04T18:00,mine,Cu,25,\n",
}
HEAD = "invoice,from,to,band,MWh\n"
PERIOD = "2026-03-04T06:00,2026-03-06T06:00"
BILL = f"{HEAD}2026-03,{PERIOD},,100\n"
STATED = f"{HEAD}2026-03,{PERIOD},high,50\n2026-03,{PERIOD},low,50\n"
MINE = f"invoice,from,to,t\n2026-03,{PERIOD},60\n"
SOON, LATE = "2026-03-06T12:00:00Z", "2026-04-02T12:00:00Z"
D, E, N = "DEN"


def built(folder: Path) -> PlantView:
    """The shop with its readings loaded, the bills excepted."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    plant = sl.open(folder)
    assert sl.check(plant).ok, sl.check(plant).issues
    assert load(plant, *(name for name in FILES if name.startswith("in/"))) == []
    return plant


@pytest.fixture
def shop(tmp_path: Path) -> PlantView:
    return built(tmp_path / "shop")


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """The shop closed with both bills, for reading only."""
    plant = built(tmp_path_factory.mktemp("paid"))
    bill(plant)
    close(plant)
    return plant


def bill(plant: PlantView, power: str = BILL, mine: str = MINE, known_at: str = "2026-03-06T09:00:00Z", name: str = "") -> None:
    if power:
        assert load(plant, write(plant, f"in/bill{name}.csv", power), known_at=known_at) == []
    if mine:
        assert load(plant, write(plant, f"in/mine{name}.csv", mine), known_at=known_at) == []


def rows(plant: PlantView, what: str, *kinds: str) -> dict[str, tuple[int, int]]:
    """(quanta, cents) by shift of the sealed rows of something, of some kinds."""
    with stored(plant) as state:
        books = open_books(plant.plant, state)
        days = read_days(state, {day: seal.close_id for day, seal in books.latest.items()})
    found: dict[str, tuple[int, int]] = {}
    for p in (
        p for result in days.values() for p in result.postings if p.what.removesuffix(":price") == what and p.kind in kinds
    ):
        qty, cents = found.get(p.shift[5:], (0, 0))
        found[p.shift[5:]] = qty + p.qty, cents + p.amount
    return found


def in_days(d: tuple[int, int] | None, e: tuple[int, int] | None, n: tuple[int, int] | None) -> dict[str, tuple[int, int]]:
    """The same on both days; None: no row."""
    return {f"03-0{day}.{slot}": row for day in (4, 5) for slot, row in ((D, d), (E, e), (N, n)) if row is not None}


def test_l1_q9_a_bill_without_bands_is_priced_in_the_bands_of_its_load(paid: PlantView) -> None:
    """100 MWh by load are 10, 30, 10 a day. High is half of D (4 of 8 h) and half of E: 5 and 15 MWh at + 40, low the rest at - 20."""
    assert column(paid, "electricity") == [10_000, 30_000, 10_000] * 2
    assert rows(paid, "power", "flow") == in_days((10_000, 80_000), (30_000, 240_000), (10_000, 80_000))
    assert rows(paid, "power@high", "price") == in_days((5_000, 20_000), (15_000, 60_000), None)
    assert rows(paid, "power@low", "price") == in_days((5_000, -10_000), (15_000, -30_000), (10_000, -20_000))
    assert sl.verify(paid).ok


def test_l1_q9_a_bill_that_states_its_bands_is_paid_as_it_states_them(shop: PlantView) -> None:
    """50 MWh high by 40 and 120 Nm3 of each day: 6.25 and 18.75. Low by 40, 120 and 80: 4.16667, 12.5, 8.33333; D has the odd quanta."""
    bill(shop, STATED)
    close(shop)
    assert rows(shop, "power@high", "price") == in_days((6_250, 25_000), (18_750, 75_000), None)
    assert rows(shop, "power@low", "price") == in_days((4_167, -8_334), (12_500, -25_000), (8_333, -16_666))
    assert column(shop, "electricity") == [10_417, 31_250, 8_333] * 2
    paid = sum(cents for what in ("power", "power@high", "power@low") for _, cents in rows(shop, what, "flow", "price").values())
    assert paid == 50 * 12_000 + 50 * 6_000  # the invoice to the cent
    assert sl.verify(shop).ok


def test_q9_q5_a_bill_of_concentrate_is_paid_by_the_copper_of_its_time(paid: PlantView) -> None:
    """10 t each shift: 2 t of copper in D, 1 + 1.25 in E, 2.5 from then on; the market asks 100 more for each."""
    assert column(paid, "concentrate") == [2_000, 2_250, 2_500, 2_500, 2_500, 2_500]
    assert rows(paid, "copper", "flow")["03-04.E"] == (2_250, 450_000)
    assert rows(paid, "copper@market", "price")["03-04.E"] == (2_250, 22_500)
    assert {found[1:] for (_, key), found in sealed(paid).items() if key == "concentrate"} == {("allocated", "allocated")}


def test_l4_the_four_columns_know_both(paid: PlantView) -> None:
    """D of 4 March gives 150.002 t: 0.2 MWh and 0.02 t of copper each are 30.000 and 3.000; 10 MWh and 2 t came. Excel comes to the same."""
    found = sl.statement(paid, "2026-03-04.D")
    (one,) = found.statements
    steps = {(step.name, step.item): step.amount for step in one.steps}
    assert steps["usage", "power"] == 80 * (30_000 - 10_000) // 10
    assert steps["usage", "copper"] == 2000 * (3_000 - 2_000) // 10
    assert one.plan is not None
    assert one.plan + sum(step.amount for step in one.steps) == one.value
    assert list(wrong(found, paid.folder)) == []  # type: ignore[arg-type]


def test_l6_bills_that_come_late_or_are_corrected_are_true_ups_and_then_of_the_open_month(shop: PlantView) -> None:
    """First nothing; then both bills in time; then, after the cutoff, 20 MWh more and a sample of 30 % from 5 March 06:00 on."""
    close(shop)
    assert column(shop, "electricity") == column(shop, "concentrate") == [None] * 6
    bill(shop, known_at=SOON)
    close(shop)
    assert rows(shop, "power@high", "trueup") == in_days((5_000, 20_000), (15_000, 60_000), None)
    assert sum(qty for qty, _ in rows(shop, "copper", "trueup").values()) == 14_250
    bill(shop, f"{HEAD}2026-03,{PERIOD},,120\n", "", LATE, "-2")
    load(shop, write(shop, "in/lab-2.csv", "sampled,point,analyte,result,test\n2026-03-05T06:00,mine,Cu,30,\n"), known_at=LATE)
    close(shop)
    assert column(shop, "electricity") == [10_000, 30_000, 10_000] * 2  # what was settled in time stays
    assert rows(shop, "power", "prior") == in_days((2_000, 16_000), (6_000, 48_000), (2_000, 16_000))
    assert rows(shop, "power@high", "prior") == in_days((1_000, 4_000), (3_000, 12_000), None)
    assert rows(shop, "copper", "prior") == {f"03-05.{slot}": (500, 100_000) for slot in "DEN"}
    assert sl.verify(shop).ok


def test_l6_a_bill_that_turns_out_to_state_its_bands_takes_the_plain_one_back(shop: PlantView) -> None:
    """The plain row is corrected to nothing, and the two rows of the bands come: by then all in time, so it is as if they had stood there."""
    bill(shop)
    close(shop)
    bill(shop, f"{HEAD}2026-03,{PERIOD},,0\n" + STATED.removeprefix(HEAD), "", SOON, "-2")
    close(shop)
    assert rows(shop, "power@high", "price", "trueup") == in_days((6_250, 25_000), (18_750, 75_000), None)
    assert column(shop, "electricity") == [10_417, 31_250, 8_333] * 2
    assert sl.verify(shop).ok


def test_l7_after_settlement_only_the_open_month_moves_until_it_is_reopened(shop: PlantView) -> None:
    bill(shop)
    close(shop)
    for day in (date(2026, 3, 2), date(2026, 3, 3)):
        sl.close(shop, day, day)
    month = {"month": month_of(shop.plant, shops.DAYS[0])}  # the 6th of February to the 5th of March
    who = "cost controller, post 1", "controller"
    assert sl.act(shop, "settle", *who, month).ok
    before = {what: rows(shop, what, "flow", "price") for what in ("power", "power@high", "power@low", "copper")}
    bill(shop, STATED.replace("high,50", "high,66"), MINE.replace(",60", ",72"), LATE, "-2")
    bill(shop, f"{HEAD}2026-03,{PERIOD},,0\n", "", LATE, "-3")
    close(shop)
    assert {what: rows(shop, what, "flow", "price") for what in before} == before
    # 2 x (8.25 + 24.75) high instead of 2 x (5 + 15): 26 MWh more, at 40; copper a fifth more
    assert sum(abs(qty) for qty, _ in rows(shop, "power@high", "prior").values()) == 26_000
    assert sum(qty for qty, _ in rows(shop, "copper", "prior").values()) == 14_250 // 5
    assert sl.verify(shop).ok
    assert sl.act(shop, "reopen", *who, month | {"reason": "the bill was wrong"}).ok
    close(shop)
    assert column(shop, "concentrate") == [2_400, 2_700, 3_000, 3_000, 3_000, 3_000]
    assert not rows(shop, "power", "prior")
    assert sum(qty for qty, _ in rows(shop, "power@high", "price", "trueup").values()) == 66_000
    assert sl.verify(shop).ok


def test_i8_a_shift_whose_assay_failed_is_absent_in_the_books_and_the_rest_of_the_bill_stands(shop: PlantView) -> None:
    """The sample of 18:00 is bad and none follows: E has copper for its first four hours, N nothing that is known."""
    worse = FILES["in/lab.csv"].replace("T18:00,mine,Cu,25,", "T18:00,mine,Cu,,").replace("test\n", "test,quality\n")
    lab = worse.replace("mine,Cu,20,", "mine,Cu,20,1,good").replace("Cu,,", "Cu,,1,bad")
    text = (
        (shop.folder / "sources.toml")
        .read_text("utf-8")
        .replace('revision = "test"\n', 'revision = "test"\nquality = "quality"\n')
    )
    (shop.folder / "sources.toml").write_text(text, "utf-8")
    again = sl.open(shop.folder)
    load(again, write(again, "in/lab-2.csv", lab))
    bill(again)
    close(again)
    assert column(again, "concentrate") == [2_000, 1_000, None, None, None, None]
    assert sealed(again)["03-04.E", "concentrate"][1:] == ("provisional", "allocated partial stale")
    assert rows(again, "copper", "flow") == {"03-04.D": (2_000, 400_000), "03-04.E": (1_000, 200_000)}


def test_i7_figures_open_to_driver_band_assay_and_clause(paid: PlantView) -> None:
    for address, wanted in (
        (
            "ledger/2026-03-04.E/site:price",
            ("share of 2026-03-04.E by load", "driver in band high, 2026-03-04.E", "in/tariff.csv", "clause Q9", "in/bill.csv:2"),
        ),
        (
            "ledger/2026-03-04.E/shop/copper",
            ("share of 2026-03-04.E by hours", "carried in 2026-03-04.E", "LAB-C from", "clause Q5", "in/mine.csv:2"),
        ),
    ):
        found = sl.explain(paid, address)
        assert found.node is not None, (address, found.issues)
        assert evaluate(found.node, OPERATIONS) == found.node.value
        text = explanation_text(found.node, "en", sources=found.sources)
        assert [line for line in wanted if line not in text] == [], text


def test_i7_the_formula_of_price_differences_says_which_band_each_is_of(paid: PlantView) -> None:
    found = sl.explain(paid, "ledger/2026-03-04.E/site:price").formula
    assert found is not None
    assert [(term.what, term.unit, term.price) for term in found.terms] == [
        ("power@high: price difference", "MWh", 40),
        ("power@low: price difference", "MWh", -20),
        ("copper: price difference", "t", 100),
    ]
