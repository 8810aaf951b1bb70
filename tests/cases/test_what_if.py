"""What if, on two-tanks by hand (L10).

2026-03-31.E as planned: mill 95 t of slurry at 180 from 95 / 0.97 = 97.938 t of ore at 100: 7,306.20. Filter 86 t of product at 250 from
86 / 0.985 = 87.310 t of slurry and 86 x 0.220 = 18.920 t of steam at 150: 2,946.20. T opens with 50 t.

Filter at 90 %: 77.400 t = 19,350.00; slurry 77.4 / 0.985 = 78.579 t = 14,144.22; steam 77.4 x 0.220 = 17.028 t = 2,554.20:
2,651.58, which is 294.62 less. T ends at 50 + 95 - 78.579 = 66.421 t instead of 57.690 t.
At 10 % moisture steam is 77.4 x 0.230 = 17.802 t, at 157.50 (+5 %) 2,803.815 -> 2,803.82; V = 2,401.96.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evaporator
import shiftledger as sl
import two_tanks as w
from cases import test_two_slots as two_slots
from cases.test_running_shift import fingerprint
from shiftledger.api import PlantView, WhatIfView
from shiftledger.core.money import amount
from shiftledger.engine.whatif import WhatIf, whatif
from shiftledger.render.text import width
from shiftledger.render.whatif_text import whatif_text

CLOCK = 1_775_400_000_000_000
SETTINGS = ("U2.load=0.9", "filter.moisture=10", "steam.price=+5%")


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return w.opened(tmp_path_factory.mktemp("whatif"))


TEXT = sl.open(w.SOURCE)  # without any books


def asked(*texts: str, shift: str = w.SHIFT, **how: str) -> WhatIf:
    found = whatif(TEXT.plant, None, shift, texts, CLOCK, **how)
    assert found.result is not None, found.issues
    return found.result


def answer(view: WhatIfView) -> WhatIf:
    assert view.ok, view.issues
    assert view.whatif is not None
    return view.whatif


def values(found: WhatIf) -> dict[str, tuple[int, int]]:
    return {area.area: (area.base.value, area.intended.value) for area in found.areas}


def test_w_l10_the_filter_at_90_percent() -> None:
    found = asked("U2.load=0.9")
    assert values(found) == {"filter": (294_620, 265_158), "mill": (730_620, 730_620)}
    assert {(row.what, row.before, row.after, row.formula) for row in found.moved} == {
        ("product-out", 86_000, 77_400, "86.000 × 0.9"),
        ("filter-slurry", 87_310, 78_579, "77.400 / 0.985"),
        ("steam", 18_920, 17_028, "77.400 × 0.22"),
    }


def test_w_l10_the_tank_takes_up_what_the_filter_leaves(plant: PlantView) -> None:
    found = answer(sl.whatif(plant, ["U2.load=90%"], shift=w.SHIFT))
    assert [(row.before, row.after) for row in found.moved if row.kind == "stock"] == [(57_690, 66_421)]


def test_w_l10_with_moisture_and_a_price() -> None:
    found = asked(*SETTINGS)
    assert values(found)["filter"] == (294_620, 240_196)
    (filter_area,) = (area for area in found.areas if area.area == "filter")
    # at 157.50 the standard asks 17.028 t = 2,681.91, the moisture 0.774 t more: 2,803.82 - 2,681.91 = 121.91
    assert (filter_area.intended.standard, filter_area.intended.allowed) == (252_387, 240_196)


def test_l10_nothing_set_is_the_plan_to_the_cent() -> None:
    found = asked()
    assert found.base == "plan"
    for area in found.areas:
        assert area.difference == 0
        assert area.base.value == area.base.plan == area.base.standard == area.base.allowed


def test_l10_nothing_set_is_the_sealed_statement_to_the_cent(tmp_path: Path) -> None:
    """With residuals, states, quality, charges, halts; where slots differ to the cents that cells round."""
    tanks, boiling, slots = w.opened(tmp_path / "w"), evaporator.opened(tmp_path / "states"), two_slots.closed(tmp_path / "slots")
    cases = [(tanks, w.SHIFT), (tanks, w.NEXT), (boiling, evaporator.D), (boiling, evaporator.N)]
    cases += [(slots, f"{w.DAY}.{slot}") for slot in "EN"]
    for of, shift in cases:
        found = answer(sl.whatif(of, shift=shift, base=shift))
        assert found.areas
        for area in found.areas:
            sealed = w.statement(of, area.area, shift)
            assert area.base.value == area.intended.value == sealed.value
            assert (area.base.standard, area.base.allowed) == (sealed.standard, sealed.allowed)
            assert {(s.name, s.item): s.amount for s in area.base.steps} == {(s.name, s.item): s.amount for s in sealed.steps}


def test_w_l10_on_a_sealed_shift_a_load_moves_every_stream_of_its_unit(plant: PlantView) -> None:
    """Mill 98 -> 88.2 t of slurry, 100 -> 90 t of ore: 7,640.00 x 0.9 = 6,876.00. One ton of steam less in the filter: +150.00."""
    found = answer(sl.whatif(plant, {"U1.load": 0.9, "stream.steam": "-5%"}, shift=w.SHIFT, base=w.SHIFT))
    assert values(found) == {"filter": (305_000, 320_000), "mill": (764_000, 687_600)}
    assert [(r.before, r.after) for r in found.moved if r.kind == "stock"] == [(57_000, 47_200)]
    assert found.accounts["site:unreconciled:T"] == found.base_accounts["site:unreconciled:T"] == -18_000


def test_l10_a_shift_of_another_day_opens_with_what_is_there(plant: PlantView) -> None:
    """T stands at 57 t on 2 April. The base is 31 March, E; N and E of 1 April were idle. Slurry costs 185 by then."""
    found = answer(sl.whatif(plant, ["U2.load=2"], shift="2026-04-02.E"))
    assert (found.base, found.of) == ("shift", w.SHIFT)
    (tank,) = (row for row in found.moved if row.kind == "stock")
    assert (tank.before, tank.after) == (57_000 + 7_000, 57_000 + 7_000 - 90_000)
    assert "L064" in {issue.code for issue in sl.whatif(plant, ["U2.load=2"], shift="2026-04-02.E").issues}


def test_w_l10_standards_at_the_output_of_an_earlier_shift(plant: PlantView) -> None:
    """Slurry at 185: 98 x 185 - 101.031 x 100 = 8,026.90; 89 x 250 - 90.355 x 185 - 19.580 x 150 = 2,597.32 (2,597.325 in rows)."""
    found = answer(sl.whatif(plant, ["U2.hours=6"], shift="2026-04-01.E", base="standard"))
    assert {area: base for area, (base, _) in values(found).items()} == {"filter": 259_732, "mill": 802_690}
    assert {row.what: row.formula for row in found.moved}["product-out"] == "89.000 × 6 / 8"


@given(st.integers(1, 200))
@settings(max_examples=15)
def test_l10_value_is_linear_in_load_where_standards_have_no_condition(percent: int) -> None:
    """Up to half a quantum of slurry and of ore, at 180 and at 100: 0.09 + 0.05, and as much again of the base."""
    base, meant = values(asked(f"U1.load={percent}%"))["mill"]
    assert abs(meant - base * percent / 100) <= 15 + 15 * percent / 100


@given(st.permutations(SETTINGS), st.integers(50, 150))
@settings(max_examples=10)
def test_l10_the_order_of_settings_does_not_matter(texts: list[str], percent: int) -> None:
    own = ("T.opening=50", f"U1.load={percent}%")
    assert asked(*texts, *own) == asked(*own, *SETTINGS)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 200), st.integers(50, 400))
@settings(max_examples=15)
def test_l10_i1_areas_and_site_are_cash_and_stock_change(mill: int, filter_: int, steam: int, price: int) -> None:
    """Against cash and stocks from quantities alone, without postings."""
    found = asked(f"U1.load={mill}%", f"U2.load={filter_}%", f"stream.steam={steam}", f"slurry.price={price}", "T.opening=50")
    lines = {line.what: line for area in found.areas for line in area.intended.lines if "outside" in line.other}
    cash = sum(line.sign * amount(line.qty, line.quantum, line.price) for line in lines.values())
    slurry = [line for area in found.areas for line in area.intended.lines if line.what == "slurry"]
    change = sum(line.sign * line.qty for line in slurry)  # given to the tank less taken from it
    ends = amount(50_000 + change, slurry[0].quantum, slurry[0].price) - amount(50_000, slurry[0].quantum, slurry[0].price)
    site = sum(cents for account, cents in found.accounts.items() if account.startswith("site:"))
    assert sum(area.intended.value for area in found.areas) + site == cash + ends


def test_l10_what_cannot_be_set_is_said_all_at_once(plant: PlantView) -> None:
    texts = ["U2.lod=0.9", "U1.load=1", "U1.load=2", "steam.price=1,5", "stream.ore-in=-3", "nonsense", "stream.steam=-150%"]
    view = sl.whatif(plant, texts, shift=w.SHIFT)
    assert not view.ok
    assert [issue.code for issue in view.issues] == ["L063"] * 6
    told = " ".join(f"{issue.message} {issue.remedy}" for issue in view.issues)
    for words in (
        "Closest: U2.load",
        "set twice",
        "decimal sign as a point",
        "below zero",
        "is not NAME=VALUE",
        "less than nothing",
    ):
        assert words in told


def test_l10_bases_that_are_not_there(plant: PlantView) -> None:
    assert [i.code for i in sl.whatif(plant, shift="2026-04-01.E", base="plan").issues] == ["L065"]
    assert [i.code for i in sl.whatif(plant, shift=w.SHIFT, base="last").issues] == ["L065"]
    wrong = sl.whatif(plant, shift=w.SHIFT, base="standrad").issues
    assert [(i.code, "Closest: standard" in i.remedy) for i in wrong] == [("L065", True)]
    assert [i.code for i in sl.whatif(plant, shift="2026-03-31.X").issues] == ["P061"]
    assert [i.code for i in sl.whatif(plant, shift=w.SHIFT, prices="draft").issues] == ["L063"]


def test_l10_a_draft_of_prices(tmp_path: Path) -> None:
    """Product at 260 instead of 250: 86 t x 10 = +860.00; the base keeps the plant's own set."""
    folder = w.copy(tmp_path)
    text = (folder / "prices" / "planned.csv").read_text("utf-8")
    (folder / "prices" / "draft.csv").write_text(text.replace("product,250", "product,260"), "utf-8")
    found = answer(sl.whatif(sl.open(folder), shift=w.SHIFT, prices="draft"))
    assert values(found)["filter"] == (294_620, 294_620 + 86_000)
    # where a set holds from a day on, the draft is meant on that day all the same, and a price that is set is one of the day's set
    settings = folder / "plant.toml"
    settings.write_text(settings.read_text("utf-8") + '\nprice_sets = { 2026-03-01 = "spring" }\n', "utf-8")
    (folder / "prices" / "spring.csv").write_text(text.replace("product,250", "product,255"), "utf-8")
    found = answer(sl.whatif(sl.open(folder), shift=w.SHIFT, prices="draft"))
    assert values(found)["filter"] == (294_620 + 43_000, 294_620 + 86_000)
    found = answer(sl.whatif(sl.open(folder), ["product.price=256"], shift=w.SHIFT))
    assert values(found)["filter"] == (294_620 + 43_000, 294_620 + 43_000 + 8_600)


def test_l10_fixed_charges_stand_on_both_sides(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    budget = folder / "budget.csv"
    budget.write_text(budget.read_text("utf-8") + "filter,wages,fixed,3000,day,2026-03-31,\n", "utf-8")
    found = answer(sl.whatif(sl.open(folder), ["U2.load=0.9"], shift=w.SHIFT))
    assert values(found)["filter"] == (194_620, 165_158)
    assert found.areas[0].base.plan == 194_620


def test_l10_a_stream_without_a_standard_is_left_out_until_it_is_set(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    standards = folder / "standards.csv"
    rows = [row for row in standards.read_text("utf-8").splitlines() if ",steam," not in row]
    standards.write_text("\n".join([*rows, ""]), "utf-8")
    of = sl.open(folder)
    view = sl.whatif(of, shift=w.SHIFT)
    assert answer(view).left_out == ("steam",)
    assert "L066" in {issue.code for issue in view.issues}
    assert values(answer(view))["filter"] == (578_420, 578_420)  # 2,946.20 + 18.920 x 150
    found = answer(sl.whatif(of, ["stream.steam=20"], shift=w.SHIFT))
    assert values(found)["filter"][1] == 578_420 - 300_000
    assert not sl.whatif(of, ["stream.steam=+5%"], shift=w.SHIFT).ok


def test_l10_nothing_is_stored_and_no_books_are_needed(plant: PlantView, tmp_path: Path) -> None:
    before = fingerprint(plant.state_folder)
    answer(sl.whatif(plant, ["U2.load=0.9"], shift=w.SHIFT, base=w.SHIFT))
    assert fingerprint(plant.state_folder) == before
    fresh = sl.open(w.copy(tmp_path))
    assert values(answer(sl.whatif(fresh, SETTINGS, shift=w.SHIFT)))["filter"] == (294_620, 240_196)
    assert not fresh.state_folder.exists()


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_l10_text_at_80_columns(plant: PlantView, lang: str) -> None:
    views = [
        sl.whatif(plant, SETTINGS, shift=w.SHIFT),
        sl.whatif(plant, shift=w.SHIFT, base=w.SHIFT),
        sl.whatif(plant, listing=True),
    ]
    for view in views:
        text = whatif_text(view, lang)
        assert text
        assert all(width(row) <= 80 for row in text.splitlines())
    told = whatif_text(views[0], lang)
    for one, word in (("zh", "打算"), ("en", "intended")):
        assert (word in told) is (lang in (one, "both"))
    assert "−544.24" in told


def test_l10_json_and_notebook(plant: PlantView) -> None:
    view = sl.whatif(plant, SETTINGS, shift=w.SHIFT, lang="en")
    form = view.to_json()
    assert {area["area"]: area["intended"]["value"] for area in form["whatif"]["areas"]} == {"filter": 240_196, "mill": 730_620}
    assert "+2,401.96" in view._repr_html_()
    names = {row["name"] for row in sl.whatif(plant, listing=True).to_json()["settable"]}
    assert {"U1.load", "stream.steam", "filter.moisture", "T.opening", "steam.price", "U2.hours"} <= names
    assert len(set(itertools.chain(names))) == len(names)


def test_l10_areas_that_disagree_about_a_flow_between_them(tmp_path: Path) -> None:
    """Without the tank the mill gives 95 t straight to the filter, whose 86 t of product ask for 87.310 t: 95 t count."""
    folder = w.copy(tmp_path)
    (folder / "stocks.toml").unlink()
    streams = (folder / "streams.toml").read_text("utf-8").replace('to = "T"', 'to = "U2"')
    first, _, rest = streams.partition("[stream.filter-slurry]")
    (folder / "streams.toml").write_text(first + rest[rest.index("[stream.product-out]") :], "utf-8")
    meters = (folder / "meters.csv").read_text("utf-8").splitlines()
    (folder / "meters.csv").write_text("\n".join(r for r in meters if not r.startswith(("LT-T", "FT-FILTER"))) + "\n", "utf-8")
    view = sl.whatif(sl.open(folder), shift=w.SHIFT)
    assert [issue.code for issue in view.issues] == ["L067"]
    assert values(answer(view)) == {"mill": (730_620, 730_620), "filter": (294_620 - 138_420, 294_620 - 138_420)}  # 7.690 t x 180


def test_w_l10_hours_drive_the_standards_by_the_hour(tmp_path: Path) -> None:
    """0.5 t of steam an hour, 7 h planned: 3.5 t, so the mill's plan is 7,306.20 - 525.00. At 6 h: 95 x 6 / 7 = 81.429 t, 3.0 t of steam.

    81.429 x 180 = 14,657.22; 81.429 / 0.97 = 83.947 t of ore = 8,394.70; 3 x 150 = 450.00; V = 5,812.52.
    """
    folder = w.copy(tmp_path)
    for name, more in {
        "standards.csv": "mill,hour,steam,hours,0.5,t/h,,,,,,by hand\n",
        "streams.toml": '\n[stream.mill-steam]\nfrom = "outside"\nto = "U1"\nmaterial = "steam"\n',
        "meters.csv": "FT-MS,rate,mill-steam,,,t/h,0.003,0,,2h,,\n",
        "budget.csv": "mill,hour,hours,7,shift,2026-03-31,E\n",
        "materials.toml": '\n[material.hour]\nunit = "h"\nquantum = 0.0001\n',
        "prices/planned.csv": "hour,0,EUR/h,,,by hand\n",
    }.items():
        path = folder / name
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    of = sl.open(folder)
    (mill,) = (area for area in answer(sl.whatif(of, shift=w.SHIFT)).areas if area.area == "mill")
    assert mill.base.value == mill.base.plan == mill.base.standard == 730_620 - 52_500
    found = answer(sl.whatif(of, ["U1.hours=6"], shift=w.SHIFT))
    (mill,) = (area for area in found.areas if area.area == "mill")
    assert mill.intended.value == mill.intended.standard == 581_252
    assert {(row.what, row.after, row.formula) for row in found.moved if row.what != "ore-in"} == {
        ("mill-slurry", 81_429, "95.000 × 6 / 7"),
        ("mill-steam", 3_000, "6.0000 × 0.5"),
    }


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """The mill on 12 h beside the filter on 8 h, closed: D of the mill lasts from 06:00 to 18:00."""
    return two_slots.closed(tmp_path_factory.mktemp("what-if-slots"))


def test_l10_t2_the_shift_of_an_area_with_slots_of_its_own(slots: PlantView) -> None:
    """147 x 180 - 150 x 100 - 500 = 10,960.00; at 90 % 132.3 x 180 - 135 x 100 - 500 = 9,814.00."""
    found = answer(sl.whatif(slots, ["U1.load=0.9"], shift="2026-03-31.D", base="2026-03-31.D", area="mill"))
    assert values(found) == {"mill": (1_096_000, 981_400)}
    other = sl.whatif(slots, ["U2.load=0.9"], shift="2026-03-31.D", base="2026-03-31.D")
    assert set(values(answer(other))) == {"filter"}
    assert [(issue.code, issue.message) for issue in other.issues if issue.code == "L068"] == [
        ("L068", "2026-03-31.D lies at another time in mill, which take no part")
    ]
    wrong = sl.whatif(slots, ["U1.load=0.9"], shift="2026-03-31.D", base="2026-03-31.D")
    assert [issue.code for issue in wrong.issues] == ["L063", "L068"]
    assert [row.name for row in sl.whatif(slots, shift="2026-03-31.D", area="mill", listing=True).settable][:2] == [
        "U1.load",
        "U1.hours",
    ]
    assert [issue.code for issue in sl.whatif(slots, shift="2026-03-31.D", area="mil").issues] == ["L060"]


def test_l10_t2_the_next_shift_is_that_of_the_area(slots: PlantView) -> None:
    """The newest reading is of 06:00 on 1 April; the mill's plan is for D of 31 March only, so its last sealed D is the base."""
    for area in ("mill", "filter"):
        found = answer(sl.whatif(slots, area=area))
        assert (found.shift, found.of) == ("2026-04-01.D", "2026-03-31.D")
    assert set(values(answer(sl.whatif(slots, area="mill")))) == {"mill"}
