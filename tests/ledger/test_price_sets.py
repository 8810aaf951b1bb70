"""Which set governs, what the market asks beside it, who approved it; all sums by hand (L1, R5)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.plant.governing import governing, governing_hash
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Plant
from shiftledger.plant.price_sets import price_set_on, sets_in_use

MARKET = "material,price,unit,valid_from,valid_to\nore,104,EUR/t,,2026-03-31\nproduct,255.5,EUR/t,,\nslurry,190,EUR/t,,\n"
WHO = ("head of finance, post 1", "finance", {"what": "prices/planned"})


def made(tmp_path: Path, settings: str = "", files: tuple[tuple[str, str], ...] = (), area: str = "") -> sl.api.PlantView:
    """The worked example with other settings and price files, loaded, not closed."""
    folder = t.copy(tmp_path)
    (folder / "plant.toml").write_text((folder / "plant.toml").read_text("utf-8") + f"\n{settings}\n", "utf-8")
    for name, text in files:
        (folder / name).write_text(text, "utf-8")
    if area:
        areas = folder / "areas.toml"
        areas.write_text(areas.read_text("utf-8").replace(f"[area.{area}]", f"[area.{area}]\ntou_is_ours = true"), "utf-8")
    plant = sl.open(folder)
    t.load(plant, *t.BASE, t.MOISTURE)
    return plant


def differences(plant: sl.api.PlantView) -> list[tuple[str, str, str, str, str, int]]:
    rows = (p for p in t.postings(plant) if p.kind == "price")
    return [(p.source, p.target, p.crew, p.what, str(p.price), p.amount) for p in rows if p.shift == t.SHIFT]


# The market beside the plan.


def test_l1_what_the_market_asks_of_outside_flows_stands_at_the_site(tmp_path: Path) -> None:
    plant = made(tmp_path, 'market_set = "market"', (("prices/market.csv", MARKET),))
    t.reclose(plant)
    # 100.000 t of ore at 4 more, 89.000 t of product at 5.50 more; slurry stays inside and steam has no market
    assert differences(plant) == [
        ("outside", "site:price", "", "ore@market", "4", 40_000),
        ("site:price", "outside", "", "product@market", "5.5", 48_950),
    ]
    assert (t.statement(plant, "mill").value, t.statement(plant, "filter").value) == (764_000, 305_000), "no crew is paid for it"
    site = sl.explain(plant, f"ledger/{t.SHIFT}/site:price")
    assert site.node is not None
    assert site.node.value == 48_950 - 40_000
    # on 1 April the market has no price of ore: nothing flowed then, so nothing is missed but it is said
    done = sl.close(plant, t.DAY, t.NEXT_DAY)
    assert done.ok


def test_l1_it_is_the_area_s_own_where_the_area_says_so(tmp_path: Path) -> None:
    plant = made(tmp_path, 'market_set = "market"', (("prices/market.csv", MARKET),), area="mill")
    t.reclose(plant)
    assert differences(plant)[0] == ("outside", "area:mill", "mill/A", "ore@market", "4", 40_000)
    found = t.statement(plant, "mill")
    assert found.value == 764_000 - 40_000
    assert t.steps(found)["price"] == -40_000
    assert t.statement(plant, "filter").value == 305_000


def test_l1_without_a_market_price_the_difference_is_absent_and_said(tmp_path: Path) -> None:
    ended = MARKET.replace("2026-03-31\n", "2026-03-30\n")
    plant = made(tmp_path, 'market_set = "market"', (("prices/market.csv", ended),))
    done = sl.close(plant, t.DAY, t.DAY)
    assert done.ok
    said = {(i.code, i.severity, i.message) for i in done.issues if i.code == "L019"}
    assert said == {("L019", "warning", '2026-03-31: "ore" has no price in set "market", the price difference is absent')}
    assert [row[3] for row in differences(plant)] == ["product@market"]
    # once it is known, the day is closed again with it
    (plant.folder / "prices" / "market.csv").write_text(MARKET, "utf-8")
    plant = sl.open(plant.folder)
    t.reclose(plant, t.DAY, t.DAY)
    assert [row[3] for row in differences(plant)] == ["ore@market", "product@market"]


# Which set governs.


def text_of(**edits: str) -> Plant:
    files = {path.relative_to(t.SOURCE).as_posix(): path.read_text("utf-8") for path in sorted(t.SOURCE.rglob("*.*ml"))}
    files |= {"prices/planned.csv": (t.SOURCE / "prices" / "planned.csv").read_text("utf-8")}
    settings = edits.pop("settings", "")
    files["plant.toml"] += f"\n{settings}\n"
    return load_text({**files, **{f"prices/{name}.csv": text for name, text in edits.items()}}).result


NEW = "material,price,unit\nore,110,EUR/t\nslurry,180,EUR/t\nproduct,250,EUR/t\nsteam,150,EUR/t\n"


@pytest.mark.parametrize(
    ("day", "name"), [("2026-03-31", "planned"), ("2026-04-01", "new"), ("2026-12-31", "new"), ("2027-01-01", "planned")]
)
def test_l1_a_set_holds_from_its_day_on(day: str, name: str) -> None:
    plant = text_of(settings='price_sets = { 2027-01-01 = "planned", 2026-04-01 = "new" }', new=NEW)
    assert price_set_on(plant, date.fromisoformat(day)) == name
    assert sets_in_use(plant) == ("planned", "new")


def test_l7_other_sets_leave_a_day_as_it_is() -> None:
    day, later = date(2026, 3, 31), date(2026, 4, 2)
    plain = text_of()
    drafted = text_of(draft=NEW, draft2=NEW.replace("110", "111"))
    assert governing(drafted, day) == governing(plain, day)
    turned = text_of(settings='price_sets = { 2026-04-01 = "new" }', new=NEW)
    assert governing_hash(governing(turned, day)) == governing_hash(governing(plain, day)), "before the turn"
    assert governing_hash(governing(turned, later)) != governing_hash(governing(plain, later))
    marketed = text_of(settings='market_set = "market"', market=MARKET)
    assert {row.key for row in governing(marketed, day)} - {row.key for row in governing(plain, day)} == {
        "market/ore", "market/product", "market/slurry",
    }  # fmt: skip


def test_l1_sets_that_are_not_there_or_begin_on_no_day(tmp_path: Path) -> None:
    with pytest.raises(sl.PlantError) as refused:
        made(tmp_path, 'market_set = "markt"\nprice_sets = { spring = "planned", 2026-04-01 = "plan" }')
    assert sorted((i.code, i.message) for i in refused.value.issues) == [
        ("P007", '"spring" is not a production day'),
        ("P012", 'market_set names the price set "markt", but there is no prices/markt.csv'),
        ("P012", 'price_sets names the price set "plan", but there is no prices/plan.csv'),
    ]


# Approval: day by day, by roles that may.


def errors(plant: sl.api.PlantView, *days: str) -> tuple[list[str], list[str]]:
    done = sl.close(plant, *days)
    assert done.report is not None
    return [f"{i.at}: {i.message}" for i in done.issues if i.code == "L003"], [day.outcome for day in done.report.days]


def edited(plant: sl.api.PlantView, old: str, new: str, every: str = "", by: str = "") -> sl.api.PlantView:
    file = plant.folder / "prices" / "planned.csv"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new).replace(every, by) if every else text.replace(old, new), "utf-8")
    return sl.open(plant.folder)


def test_l1_an_approval_stands_for_the_days_whose_prices_stand(tmp_path: Path) -> None:
    plant = made(tmp_path, "price_approval = true")
    assert sl.act(plant, "approve", *WHO).ok
    # the new price of steam holds from April on: March is closed as approved, April waits
    plant = edited(plant, "steam,150,EUR/t,,,", "steam,150,EUR/t,,2026-03-31,worked example\nsteam,155,EUR/t,2026-04-01,,")
    expected = ['prices/planned.csv:8: the price of "steam" is not approved for 2026-04-01: price 150 -> 155']
    assert errors(plant, t.DAY, t.NEXT_DAY) == (expected, ["sealed", "refused"])
    assert sl.act(plant, "approve", *WHO).ok
    assert errors(plant, t.DAY, t.NEXT_DAY) == ([], ["unchanged", "sealed"])
    # taking the new price away again is a change too: the newest approval is in force
    plant = edited(plant, "\nsteam,155,EUR/t,2026-04-01,,", "\n# ")
    assert errors(plant, t.NEXT_DAY, t.NEXT_DAY)[0] == [
        'prices/planned.csv: price set "planned" lacks what was approved for 2026-04-01: the price of "steam"'
    ]
    plant = edited(plant, "150,EUR/t,,2026-03-31", "150,EUR/t,,")
    assert errors(plant, t.NEXT_DAY, t.NEXT_DAY) == (
        ['prices/planned.csv:7: the price of "steam" is not approved for 2026-04-01: price 155 -> 150'],
        ["refused"],
    )


def test_l1_stocks_are_revalued_from_approved_prices_only(tmp_path: Path) -> None:
    plant = made(tmp_path, "price_approval = true")
    assert sl.act(plant, "approve", *WHO).ok
    t.reclose(plant)
    plant = edited(plant, "slurry,180,", "slurry,181,")
    refused = ['prices/planned.csv:4: the price of "slurry" is not approved for 2026-03-31: price 180 -> 181']
    assert errors(plant, t.NEXT_DAY, t.NEXT_DAY) == (refused, ["refused"]), "the tank would be revalued from 181"
    assert errors(plant, t.DAY, t.NEXT_DAY) == (refused, ["refused", "refused"]), "told once"


def test_l1_an_uncertainty_is_approved_with_its_price(tmp_path: Path) -> None:
    plant = made(tmp_path, "price_approval = true")
    plant = edited(plant, "source\n", "source,sigma\n", every="worked example", by="worked example,")
    assert sl.act(plant, "approve", *WHO).ok
    plant = edited(plant, "steam,150,EUR/t,,,worked example,", "steam,150,EUR/t,,,worked example,0.02")
    refused = ['prices/planned.csv:7: the price of "steam" is not approved for 2026-03-31: sigma 0 -> 0.02']
    assert errors(plant, t.DAY, t.DAY) == (refused, ["refused"])


def test_l1_r5_only_the_roles_that_plant_toml_names_approve(tmp_path: Path) -> None:
    plant = made(tmp_path, "price_approval = true")
    assert sl.act(plant, "approve", *WHO).ok
    settings = plant.folder / "plant.toml"
    settings.write_text(settings.read_text("utf-8") + '\nprice_approvers = ["controller"]\n', "utf-8")
    plant = sl.open(plant.folder)
    assert errors(plant, t.DAY, t.DAY) == (['prices/planned.csv: price set "planned" is not approved as it stands'], ["refused"])
    found = sl.act(plant, "approve", *WHO)
    assert [(i.code, i.message) for i in found.issues] == [("A002", 'the role "finance" does not approve prices in this plant')]
    assert sl.act(plant, "approve", "controller, post 2", "controller", {"what": "prices/planned"}).ok
    assert errors(plant, t.DAY, t.DAY) == ([], ["sealed"])


def test_l1_the_market_and_a_set_to_come_are_approved_too(tmp_path: Path) -> None:
    files = (("prices/market.csv", MARKET), ("prices/new.csv", NEW))
    plant = made(tmp_path, 'price_approval = true\nmarket_set = "market"\nprice_sets = { 2026-04-01 = "new" }', files)
    assert sl.act(plant, "approve", *WHO).ok
    assert errors(plant, t.DAY, t.NEXT_DAY) == (
        [
            'prices/market.csv: price set "market" is not approved as it stands',
            'prices/new.csv: price set "new" is not approved as it stands',
        ],
        ["refused", "refused"],
    )
    for name in ("market", "new"):
        assert sl.act(plant, "approve", *WHO[:2], {"what": f"prices/{name}"}).ok
    assert errors(plant, t.DAY, t.NEXT_DAY) == ([], ["sealed", "sealed"])


def test_l7_a_settled_month_needs_no_approval_again(tmp_path: Path) -> None:
    plant = made(tmp_path, "price_approval = true")
    assert sl.act(plant, "approve", *WHO).ok
    t.reclose(plant)
    t.settle(plant)
    plant = edited(plant, "slurry,180,", "slurry,181,")
    assert errors(plant, t.DAY, t.NEXT_DAY)[0] == []
    rows = [p for p in t.postings(plant, t.NEXT_DAY) if p.kind == "revaluation"]
    assert [(p.qty, str(p.price), p.amount) for p in rows] == [(57_000, "5", 28_500)], "from the settled 180, not from 181"


def test_l1_where_crews_share_the_shift_each_bears_its_part_of_the_market(tmp_path: Path) -> None:
    """Crew A mills from 14:00 to 17:00, D to 22:00: 37.500 t and 62.500 t of ore at 4 more."""
    roster = ("roster.csv", "day,slot,area,crew,start,end,kind\n2026-03-31,E,mill,D,17:00,,substitute\n")
    plant = made(tmp_path, 'market_set = "market"', (("prices/market.csv", MARKET), roster), area="mill")
    t.reclose(plant)
    assert [row for row in differences(plant) if row[3] == "ore@market"] == [
        ("outside", "area:mill", "mill/A", "ore@market", "4", 15_000),
        ("outside", "area:mill", "mill/D", "ore@market", "4", 25_000),
    ]
    assert t.statement(plant, "mill").value == 764_000 - 40_000


def test_l1_where_crews_share_the_shift_the_site_bears_the_whole_once(tmp_path: Path) -> None:
    roster = ("roster.csv", "day,slot,area,crew,start,end,kind\n2026-03-31,E,mill,D,17:00,,substitute\n")
    plant = made(tmp_path, 'market_set = "market"', (("prices/market.csv", MARKET), roster))
    t.reclose(plant)
    assert sum(row[5] for row in differences(plant) if row[3] == "ore@market") == 40_000
    assert t.statement(plant, "mill").value == 764_000


PLANNED = "material,price,unit\nore,100,EUR/t\nslurry,180,EUR/t\nproduct,250,EUR/t\nsteam,150,EUR/t\n"


def test_l1_more_price_sets_change_no_result(tmp_path: Path) -> None:
    """Another file of prices, a market that agrees, a set that takes over with the same figures: the inputs differ, the results do not."""
    (tmp_path / "one").mkdir()
    (tmp_path / "several").mkdir()
    one = made(tmp_path / "one", files=(("prices/planned.csv", PLANNED),))
    several = made(
        tmp_path / "several",
        'price_sets = { 2026-04-01 = "next" }',
        (("prices/planned.csv", PLANNED), ("prices/next.csv", PLANNED), ("prices/draft.csv", PLANNED.replace("180", "999"))),
    )
    hashes = []
    for plant in (one, several):
        t.reclose(plant)
        seals = [sl.statement(plant, f"{day}.E").seal for day in (t.DAY, t.NEXT_DAY)]
        hashes.append([(seal.result_hash, seal.input_hash) for seal in seals if seal is not None])
    assert len(hashes[0]) == len(hashes[1]) == 2
    assert [result for result, _ in hashes[0]] == [result for result, _ in hashes[1]]
    assert hashes[0][0] == hashes[1][0], "a set that governs nothing is no input of the day"
    assert hashes[0][1][1] != hashes[1][1][1], "the set of a day is one"


def test_l1_r5_a_set_is_held_against_its_own_days(tmp_path: Path) -> None:
    """The old set does not govern from April on, so its change lapses nothing there; nothing is sealed before."""
    plant = made(tmp_path, 'price_approval = true\nprice_sets = { 2026-04-01 = "new" }', (("prices/new.csv", NEW),))
    for name in ("planned", "new"):
        assert sl.act(plant, "approve", *WHO[:2], {"what": f"prices/{name}"}).ok
    t.reclose(plant, t.DAY, t.DAY)
    plant = edited(plant, "ore,100,", "ore,101,")
    assert [i.code for i in sl.check(plant).issues if i.code == "L003"] == []
    file = plant.folder / "prices" / "new.csv"
    file.write_text(file.read_text("utf-8").replace("ore,", "ore,9", 1), "utf-8")
    assert [(i.severity, str(i.at)) for i in sl.check(plant).issues if i.code == "L003"] == [("warning", "prices/new.csv:2")]
