"""The worked example W, figure by figure, and its extensions by hand (late results, settlement, substitute, clock change, a cent)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView
from shiftledger.ledger.posting import balances


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return w.opened(tmp_path_factory.mktemp("w"))


def rows_of(plant: PlantView, shift: str = w.SHIFT, day: str = w.DAY) -> list[tuple[str, str, str, int, Decimal, int]]:
    return [(p.source, p.target, p.what, p.qty, p.price, p.amount) for p in w.postings(plant, day) if p.shift == shift]


def test_w_postings_of_shift_1(plant: PlantView) -> None:
    assert sorted(rows_of(plant)) == sorted(
        [
            ("outside", "area:mill", "ore", 100_000, Decimal(100), 1_000_000),
            ("area:mill", "stock:T", "slurry", 98_000, Decimal(180), 1_764_000),
            ("stock:T", "area:filter", "slurry", 90_000, Decimal(180), 1_620_000),
            ("area:filter", "outside", "product", 89_000, Decimal(250), 2_225_000),
            ("outside", "area:filter", "steam", 20_000, Decimal(150), 300_000),
            ("stock:T", "site:unreconciled:T", "slurry", 1_000, Decimal(180), 18_000),
        ]
    )


def test_w_l2_accounts_and_l3_values(plant: PlantView) -> None:
    accounts = balances(p for p in w.postings(plant) if p.shift == w.SHIFT)
    assert accounts["area:mill"] == 764_000 == w.statement(plant, "mill").value
    assert accounts["area:filter"] == 305_000 == w.statement(plant, "filter").value
    assert accounts["site:unreconciled:T"] == -18_000
    assert accounts["outside"] == -925_000  # what the outside lost is our cash
    assert accounts["stock:T"] == -7_000 * 180 // 10  # 7 t more in the tank: 1,260.00
    assert sum(accounts.values()) == 0
    assert 764_000 + 305_000 - 18_000 == 925_000 + 126_000


def test_w_l4_bridge_of_the_mill(plant: PlantView) -> None:
    mill = w.statement(plant, "mill")
    assert (mill.plan, mill.standard, mill.allowed, mill.value) == (730_620, 753_690, 753_690, 764_000)
    assert w.steps(mill) == {"volume": 23_070, "yield ore": 10_310}


def test_w_l4_bridge_of_the_filter(plant: PlantView) -> None:
    found = w.statement(plant, "filter")
    assert (found.plan, found.standard, found.allowed, found.value) == (294_620, 304_910, 291_560, 305_000)
    assert w.steps(found) == {"volume": 10_290, "conditions": -13_350, "yield slurry": 6_390, "usage steam": 7_050}


def test_w_i3_shift_2_opens_with_what_shift_1_closed(plant: PlantView) -> None:
    first, second = w.statement(plant, "mill"), w.statement(plant, "filter", w.NEXT)
    assert first.stocks[0].closing == second.stocks[0].opening == 57_000
    assert second.crews == ("filter/B",)
    assert first.crews == ("mill/A",)


def test_w_l3_revaluation_stays_at_the_site(plant: PlantView) -> None:
    rows = [p for p in w.postings(plant, w.NEXT_DAY) if p.kind == "revaluation"]
    assert [(p.source, p.target, p.qty, p.price, p.amount, p.shift) for p in rows] == [
        ("site:revaluation", "stock:T", 57_000, Decimal(5), 28_500, "2026-04-01.D")
    ]
    for shift in ("D", "E", "N"):
        for area in ("mill", "filter"):
            assert w.statement(plant, area, f"{w.NEXT_DAY}.{shift}").value == 0


def test_w_q6_residual_of_the_tank_has_z_4_1(plant: PlantView) -> None:
    line = w.statement(plant, "mill").stocks[0]
    assert (line.opening, line.closing, line.residual) == (50_000, 57_000, 1_000)
    assert line.z is not None
    assert round(line.z, 1) == 4.1


def test_w_i8_an_idle_shift_is_zero_not_absent(plant: PlantView) -> None:
    idle = w.statement(plant, "mill", w.NEXT)
    assert idle.value == 0
    assert {line.what for line in idle.lines} == {"ore", "slurry"}
    assert idle.plan is None
    assert "no budget" in idle.reasons


def test_w_l6_moisture_known_late_moves_allowed_but_no_posting(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, w.BASE)
    before, rows = w.statement(plant, "filter"), w.postings(plant)
    assert (before.standard, before.allowed, w.steps(before)["usage steam"]) == (304_910, 304_910, -6_300)
    w.load(plant, w.MOISTURE)
    w.reclose(plant)
    after = w.statement(plant, "filter")
    assert (after.allowed, w.steps(after)["usage steam"]) == (291_560, 7_050)
    assert w.postings(plant) == rows
    assert after.value == before.value == 305_000


def test_w_l6_a_late_correction_is_a_trueup_to_the_same_shift(plant: PlantView, tmp_path: Path) -> None:
    own = w.opened(tmp_path)
    w.load(own, w.LATE)
    w.reclose(own)
    found = w.statement(own, "filter")
    assert found.value == 308_600
    assert w.steps(found)["yield slurry"] == 9_990
    accounts = balances(p for p in w.postings(own) if p.shift == w.SHIFT)
    assert accounts["site:unreconciled:T"] == -21_600
    trueups = sorted((p.source, p.target, p.qty, p.amount, p.shift, p.month) for p in w.postings(own) if p.kind == "trueup")
    assert trueups == [
        ("stock:T", "area:filter", -200, -3_600, w.SHIFT, "2026-03"),
        ("stock:T", "site:unreconciled:T:residual".removesuffix(":residual"), 200, 3_600, w.SHIFT, "2026-03"),
    ]
    original = [p for p in w.postings(own) if p.kind != "trueup"]
    assert original == list(w.postings(plant)), "what was published first stands"


def test_w_l6_after_settlement_the_correction_is_prior_period(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    w.load(plant, w.LATE)
    w.reclose(plant)
    found = w.statement(plant, "filter")
    assert (found.value, w.steps(found)["yield slurry"]) == (305_000, 6_390)
    prior = sorted((p.source, p.target, p.qty, p.amount, p.shift, p.month) for p in w.postings(plant) if p.kind == "prior")
    assert prior == [
        ("stock:T", "site:prior-period", -200, -3_600, w.SHIFT, "2026-04"),
        ("stock:T", "site:unreconciled:T", 200, 3_600, w.SHIFT, "2026-04"),
    ]
    accounts = balances(p for p in w.postings(plant) if p.kind == "prior")
    assert accounts == {"site:prior-period": 3_600, "site:unreconciled:T": -3_600, "stock:T": 0}
    assert w.statement(plant, "mill", "2026-04-01.D").stocks[0].opening == 57_000


def test_w_l6_after_the_cutoff_it_is_prior_period_of_the_open_month(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    w.load(plant, w.LATE, known_at=w.MUCH_LATER)
    w.reclose(plant)
    assert w.statement(plant, "filter").value == 305_000
    prior = [(p.what, p.amount, p.month) for p in w.postings(plant) if p.kind == "prior" and p.target == "site:prior-period"]
    assert prior == [("slurry", -3_600, "2026-03")]


def test_w_t3_a_substitute_takes_rows_but_changes_no_figure(plant: PlantView, tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    (folder / "roster.csv").write_text("day,slot,area,crew,start,end,kind\n2026-03-31,E,filter,D,17:00,,substitute\n", "utf-8")
    own = sl.open(folder)
    w.load(own, *w.BASE, w.MOISTURE)
    w.reclose(own)
    found = w.statement(own, "filter")
    assert found.crews == ("filter/A", "filter/D")
    assert found.value == 305_000
    steam = [(p.crew, p.qty, p.amount) for p in w.postings(own) if p.what == "steam" and p.shift == w.SHIFT]
    assert steam == [("filter/A", 7_500, 112_500), ("filter/D", 12_500, 187_500)]
    mine = [p for p in w.postings(own) if p.what != "steam" and "mill" not in p.target + p.source and p.shift == w.SHIFT]
    whole = balances(w.postings(plant))
    assert balances(w.postings(own)) == whole
    assert {p.crew for p in mine if "filter" in p.source + p.target} == {"filter/A", "filter/D"}


def test_w_t2_the_clock_change_shift_lasts_seven_hours(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    lines = ["time,tag,value"]
    rates = {"FT-ORE": 10, "FT-MILL": "9.8", "FT-FILTER": 9, "FT-PRODUCT": "8.9", "FT-STEAM": 2}
    stamps = ["2026-03-28T22:00:00+01:00", "2026-03-28T23:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-29T01:00:00+01:00"]
    stamps += ["2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00", "2026-03-29T05:00:00+02:00"]
    lines += [f"{stamp},{tag},{rate}" for stamp in stamps for tag, rate in rates.items()]
    lines += [f"2026-03-29T06:00:00+02:00,{tag},0" for tag in rates]
    lines += ["2026-03-28T22:00:00+01:00,LT-T,40", "2026-03-29T06:00:00+02:00,LT-T,45.6"]
    (folder / "readings" / "meters.csv").write_text("\n".join(lines) + "\n", "utf-8")
    plant = sl.open(folder)
    w.load(plant, *w.BASE)
    assert sl.close(plant, "2026-03-28", "2026-03-28").ok
    mill, press = w.statement(plant, "mill", "2026-03-28.N"), w.statement(plant, "filter", "2026-03-28.N")
    assert (mill.end - mill.start) == 7 * 3600 * 1_000_000
    quantities = {line.what: line.qty for line in (*mill.lines, *press.lines)}
    assert quantities == {"ore": 70_000, "slurry": 63_000, "product": 62_300, "steam": 14_000}
    assert mill.value == 6_860 * 1_800 // 100 * 10 - 700_000 == 534_800  # 68.6 x 180 - 70 x 100
    assert press.value == 1_557_500 - 1_134_000 - 210_000  # 62.3 x 250 - 63 x 180 - 14 x 150
    assert mill.stocks[0].residual == 0


def test_w_l5_a_tie_for_one_cent_rounds_away_from_zero(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    prices = folder / "prices" / "planned.csv"
    prices.write_text(
        prices.read_text("utf-8").replace("steam,150,", "steam,150.00025,").replace("ore,100,", "ore,100.00005,"), "utf-8"
    )
    plant = sl.open(folder)
    w.load(plant, *w.BASE, w.MOISTURE)
    w.reclose(plant)
    amounts = {p.what: p.amount for p in w.postings(plant) if p.shift == w.SHIFT}
    assert amounts["steam"] == 300_001  # 20.000 x 150.00025 = 3,000.005
    assert amounts["ore"] == 1_000_001  # 100.000 x 100.00005 = 10,000.005
    assert w.statement(plant, "mill").value == 1_764_000 - 1_000_001


def test_w_i4_a_tie_for_one_cent_between_two_crews_goes_to_the_earlier(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    (folder / "roster.csv").write_text("day,slot,area,crew,start,end,kind\n2026-03-31,E,filter,D,18:00,,substitute\n", "utf-8")
    prices = folder / "prices" / "planned.csv"
    prices.write_text(prices.read_text("utf-8").replace("steam,150,", "steam,150.0005,"), "utf-8")
    plant = sl.open(folder)
    w.load(plant, *w.BASE, w.MOISTURE)
    w.reclose(plant)
    steam = [(p.crew, p.qty, p.amount) for p in w.postings(plant) if p.what == "steam" and p.shift == w.SHIFT]
    assert steam == [("filter/A", 10_000, 150_001), ("filter/D", 10_000, 150_000)]  # 3,000.01 in two equal halves
