"""Two tanks with slots of their own: the mill works D/N of 12 h, the filter D/E/N of 8 h (T2). Every figure by hand.

2026-03-31 from 06:00 to 06:00, t/h:            06-14    14-18    18-22    22-06
    ore into the mill                           12.5     12.5     10       10
    slurry of the mill into T                   12.25    12.25     9.6      9.6
    slurry from T into the filter               11.25     9        9        0
    product, steam                     11.125, 2.5       8.9, 2   8.9, 2    0
    T: dips 50 at 06:00, then                   57       70       72      148.8 t
    T: book                                     58       70       72.4    148.8 t -> residuals 1, 0, 0.4, 0 t

The mill's D is the day's parts p1 and p2, its N is p3 and p4; the filter's D is p1, its E is p2 and p3, its N is p4.
Wages of the mill are 1,000 a day: 500 a shift, of which 333.33 and 166.67 on 8 h and 4 h.
Solids of the mill's slurry: 40 % from 06:00, 46 % from 14:00; over its D, at 12.25 t/h throughout, (8 x 40 + 4 x 46) / 12 = 42 %.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.posting import balances
from shiftledger.plant.cells import cells_of
from shiftledger.plant.roster import area_shifts, day_span
from shiftledger.render.decision_text import explained_text
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width

RATES = {  # by hour of the production day
    "FT-ORE": [12.5] * 12 + [10.0] * 12,
    "FT-MILL": [12.25] * 12 + [9.6] * 12,
    "FT-FILTER": [11.25] * 8 + [9.0] * 8 + [0.0] * 8,
    "FT-PRODUCT": [11.125] * 8 + [8.9] * 8 + [0.0] * 8,
    "FT-STEAM": [2.5] * 8 + [2.0] * 8 + [0.0] * 8,
}
DIPS = {0: 50.0, 8: 57.0, 12: 70.0, 16: 72.0, 24: 148.8}
TWELVE = """
[rotation.two-crews]
pattern = "DNRR"
anchor = 2026-03-31
crews = {A = 0, B = 1, C = 2, D = 3}
slots = [
    {id = "D", start = 06:00:00, name_zh = "白班", name_en = "day"},
    {id = "N", start = 18:00:00, name_zh = "夜班", name_en = "night"},
]
"""
BUDGET = "area,item,kind,qty,per,day,slot\nmill,slurry,output,140,shift,2026-03-31,D\nmill,wages,fixed,1000,day,,\n"
P1, P2, P3, P4 = (f"2026-03-31.{part}" for part in ("p1-0600", "p2-1400", "p3-1800", "p4-2200"))


def stamp(hour: int) -> str:
    return f"2026-0{'3-31' if hour < 18 else '4-01'}T{(6 + hour) % 24:02d}:00:00+02:00"


def rows() -> list[str]:
    told = [(stamp(hour), tag, rate) for tag, rates in RATES.items() for hour, rate in enumerate([*rates, 0.0])]
    told += [(stamp(hour), "LT-T", level) for hour, level in DIPS.items()]
    told += [(stamp(0), "LAB-SOLIDS", 40.0), (stamp(8), "LAB-SOLIDS", 46.0), (stamp(16), "LAB-SOLIDS", 46.0)]
    return [",".join(map(str, row)) for row in [*told, (stamp(0), "LAB-MOISTURE", 10.0), (stamp(8), "LAB-MOISTURE", 8.0)]]


def copied(folder: Path, **edits: tuple[str, str]) -> Path:
    """The example plant with the mill on 12 h; `edits`: (old, new) by file, or the whole file where old is blank."""
    base = w.copy(folder)
    files = {
        "areas.toml": ('name_en = "Mill"\nrotation = "four-crews"', 'name_en = "Mill"\nrotation = "two-crews"'),
        "rotations.toml": ("# Two days", f"{TWELVE}\n# Two days"),
        "meters.csv": ("LAB-MOISTURE", "LAB-SOLIDS,lab,mill-slurry,,solids,%,,,,,8h,0.001\nLAB-MOISTURE"),
        "standards.csv": (
            "filter,product,slurry",
            "mill,slurry,ore,yield,-0.005,t/t,,solids,41,,,by hand\nfilter,product,slurry",
        ),
        "budget.csv": ("", BUDGET),
        "readings/meters.csv": ("", "\n".join(["time,tag,value", *rows(), ""])),
    }
    for name, (old, new) in {**files, **edits}.items():
        path = base / name
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else new, "utf-8")
    return base


def closed(folder: Path, **edits: tuple[str, str]) -> PlantView:
    plant = sl.open(copied(folder, **edits))
    w.load(plant, *w.BASE)
    w.reclose(plant, w.DAY, w.DAY)
    return plant


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return closed(tmp_path_factory.mktemp("slots"))


def value(plant: PlantView, area: str, slot: str) -> int:
    return w.statement(plant, area, f"{w.DAY}.{slot}").value


def test_t2_values_of_shifts_of_12_and_of_8_hours(plant: PlantView) -> None:
    # 147 x 180 - 150 x 100 - 500; 115.2 x 180 - 120 x 100 - 500
    assert (value(plant, "mill", "D"), value(plant, "mill", "N")) == (1_096_000, 823_600)
    # 89 x 250 - 90 x 180 - 20 x 150; 71.2 x 250 - 72 x 180 - 16 x 150; nothing
    assert [value(plant, "filter", slot) for slot in "DEN"] == [305_000, 244_000, 0]


def test_i1_areas_and_site_are_cash_and_stock_change(plant: PlantView) -> None:
    accounts = balances(w.postings(plant))
    assert accounts["area:mill"] == 1_096_000 + 823_600
    assert accounts["area:filter"] == 305_000 + 244_000
    assert accounts["site:unreconciled:T"] == -(18_000 + 7_200)
    assert accounts["site:fixed"] == 100_000
    cash = 160_200 * 25 - 270_000 * 10 - 36_000 * 15  # 160.2 t of product, 270 t of ore, 36 t of steam
    change = 98_800 * 18  # 148.8 - 50 t at 180
    assert sum(cents for name, cents in accounts.items() if name != "outside" and not name.startswith("stock:")) == cash + change
    assert (accounts["outside"], accounts["stock:T"]) == (-cash, -change)


def test_t2_rows_stand_by_the_parts_of_the_day(plant: PlantView) -> None:
    found = [(p.shift, p.source, p.target, p.qty, p.amount, p.crew) for p in w.postings(plant) if p.what in ("slurry", "wages")]
    assert found == [
        (P1, "area:mill", "stock:T", 98_000, 1_764_000, "mill/A"),
        (P1, "site:fixed", "area:mill", 1, 33_333, "mill/A"),
        (P1, "stock:T", "area:filter", 90_000, 1_620_000, "filter/C"),
        (P1, "stock:T", "site:unreconciled:T", 1_000, 18_000, ""),
        (P2, "area:mill", "stock:T", 49_000, 882_000, "mill/A"),
        (P2, "site:fixed", "area:mill", 1, 16_667, "mill/A"),
        (P2, "stock:T", "area:filter", 36_000, 648_000, "filter/A"),
        (P3, "area:mill", "stock:T", 38_400, 691_200, "mill/B"),
        (P3, "site:fixed", "area:mill", 1, 16_667, "mill/B"),
        (P3, "stock:T", "area:filter", 36_000, 648_000, "filter/A"),
        (P3, "stock:T", "site:unreconciled:T", 400, 7_200, ""),
        (P4, "area:mill", "stock:T", 76_800, 1_382_400, "mill/B"),
        (P4, "site:fixed", "area:mill", 1, 33_333, "mill/B"),
        (P4, "stock:T", "area:filter", 0, 0, "filter/B"),
    ]


def test_l4_bridge_of_a_shift_of_two_parts(plant: PlantView) -> None:
    """Once for the shift: 147 / 0.97 = 151.546 t of ore; at 42 % of solids 147 / 0.965 = 152.332; planned 140 / 0.97 = 144.330."""
    mill = w.statement(plant, "mill", "2026-03-31.D")
    assert mill.plan == 140_000 * 18 - 144_330 * 10 - 50_000 == 1_026_700
    assert mill.standard == 147_000 * 18 - 151_546 * 10 - 50_000 == 1_080_540
    assert mill.allowed == 147_000 * 18 - 152_332 * 10 - 50_000 == 1_072_680
    assert w.steps(mill) == {"volume": 53_840, "conditions": -7_860, "yield ore": 23_320}
    assert [(line.name, line.value, line.reference, line.marks) for line in mill.conditions] == [
        ("solids", 42_000, Decimal(41), ())
    ]
    lines = {line.what: (line.qty, line.amount, line.price) for line in mill.lines}
    assert lines["slurry"] == (147_000, 2_646_000, Decimal(180))
    assert lines["wages"] == (1, -50_000, Decimal(500))


def test_l4_bridge_of_the_filters_first_shift_is_the_worked_example(plant: PlantView) -> None:
    found = w.statement(plant, "filter", "2026-03-31.D")
    assert (found.standard, found.allowed, found.value) == (304_910, 291_560, 305_000)


def test_l4_bridge_of_a_shift_that_two_of_the_other_area_share(plant: PlantView) -> None:
    """E: 71.2 / 0.985 = 72.284 t of slurry, 71.2 x 0.220 = 15.664 t of steam at 8 % moisture."""
    found = w.statement(plant, "filter", "2026-03-31.E")
    assert found.standard == found.allowed == 71_200 * 25 - 72_284 * 18 - 15_664 * 15 == 243_928
    assert w.steps(found) == {"yield slurry": 5_112, "usage steam": -5_040}
    assert found.crews == ("filter/A",)


def test_i3_the_tank_is_handed_over_between_12_and_8_hours(plant: PlantView) -> None:
    lines = {key: w.statement(plant, *key).stocks[0] for key in [("mill", "2026-03-31.D"), ("mill", "2026-03-31.N"),
             *(("filter", f"2026-03-31.{slot}") for slot in "DEN")]}  # fmt: skip
    told = {key: (line.opening, line.closing, line.residual) for key, line in lines.items()}
    assert told == {
        ("mill", "2026-03-31.D"): (50_000, 70_000, 1_000),
        ("mill", "2026-03-31.N"): (70_000, 148_800, 400),
        ("filter", "2026-03-31.D"): (50_000, 57_000, 1_000),
        ("filter", "2026-03-31.E"): (57_000, 72_000, 400),
        ("filter", "2026-03-31.N"): (72_000, 148_800, 0),
    }


def test_l6_the_cutoff_counts_from_the_last_shift_that_has_a_part(plant: PlantView) -> None:
    """The filter's D shares p1 with the mill's D, which ends at 18:00: both can still change 72 h later, and say so."""

    def until(area: str, slot: str) -> str:
        at = w.statement(plant, area, f"2026-03-31.{slot}").provisional_until
        return datetime.fromtimestamp(at / 1e6, UTC).strftime("%d.%m. %H:%M")

    assert [until("filter", slot) for slot in "DEN"] == ["03.04. 16:00", "04.04. 04:00", "04.04. 04:00"]
    assert [until("mill", slot) for slot in "DN"] == ["03.04. 20:00", "04.04. 04:00"]


@pytest.mark.parametrize(
    ("address", "figure"),
    [
        ("ledger/2026-03-31.D/mill", 1_096_000),
        ("ledger/2026-03-31.D/filter", 305_000),
        ("ledger/2026-03-31.D/mill/allowed", 1_072_680),
        ("ledger/2026-03-31.D/mill/fixed:wages", -50_000),
        ("ledger/2026-03-31.E/site:unreconciled:T", -7_200),
        ("ledger/2026-03-31/site:unreconciled:T", -25_200),
        ("ledger/2026-03-31/mill", 1_919_600),
        (f"ledger/{P3}/site:unreconciled:T", -7_200),
        (f"quantities/{P2}/mill-slurry", 49_000),
        ("quantities/2026-03-31.D/mill-slurry", 147_000),
        ("quantities/2026-03-31.D/steam", 20_000),
        ("stocks/2026-03-31.D/T/opening", 50_000),
        (f"stocks/{P2}/T/closing", 70_000),
        ("conditions/2026-03-31.D/mill/solids", 42_000),
    ],
)
def test_i7_addresses_by_shift_and_by_part(plant: PlantView, address: str, figure: int) -> None:
    found = sl.explain(plant, address)
    assert found.ok, found.issues
    assert found.node is not None
    assert found.node.value == evaluate(found.node, OPERATIONS) == figure


@pytest.mark.parametrize("address", ["ledger/2026-03-31.D/site:unreconciled:T", "stocks/2026-03-31.D/T/closing"])
def test_i7_what_lies_at_different_times_is_told_apart(plant: PlantView, address: str) -> None:
    found = sl.explain(plant, address)
    assert found.node is None
    (issue,) = found.issues
    assert "2026-03-31.D lies at different times in filter and mill" in issue.remedy
    assert f"{P1}, {P2}" in issue.remedy


def test_l2_the_sites_accounts_are_of_the_time_of_one_statement(plant: PlantView) -> None:
    assert sl.statement(plant, "2026-03-31.D", "mill").site == {"site:fixed": 50_000, "site:unreconciled:T": -18_000}
    assert sl.statement(plant, "2026-03-31.E", "filter").site == {"site:fixed": 33_334, "site:unreconciled:T": -7_200}
    assert sl.statement(plant, "2026-03-31.E").site == {"site:fixed": 33_334, "site:unreconciled:T": -7_200}, (
        "only one area has E"
    )
    both = sl.statement(plant, "2026-03-31.D")
    assert [s.area for s in both.statements] == ["filter", "mill"]
    assert both.site == {}


def test_t2_a_slot_that_an_area_does_not_have(plant: PlantView) -> None:
    (issue,) = sl.statement(plant, "2026-03-31.E", "mill").issues
    assert "Its shifts: 2026-03-31.D, 2026-03-31.N." in issue.remedy
    (issue,) = sl.statement(plant, "2026-03-31.X").issues
    assert issue.code == "P061"
    assert "Its slots: D, E, N." in issue.remedy


def test_l7_closed_again_nothing_changes_and_all_is_verified(plant: PlantView) -> None:
    done = sl.close(plant, w.DAY, w.DAY)
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["unchanged"]
    assert sl.verify(plant).ok


def test_t3_a_substitute_cuts_parts_and_changes_no_figure(tmp_path: Path, plant: PlantView) -> None:
    """From 10:00 on crew C runs the mill: half of p1 and all of p2."""
    substitute = "day,slot,area,crew,start,end,kind\n2026-03-31,D,mill,C,10:00,,substitute\n"
    cut = closed(tmp_path, **{"roster.csv": ("", substitute)})
    ore = [(p.shift, p.crew, p.qty) for p in w.postings(cut) if p.what == "ore" and p.shift in (P1, P2)]
    assert ore == [(P1, "mill/A", 50_000), (P1, "mill/C", 50_000), (P2, "mill/C", 50_000)]
    one, other = (w.statement(each, "mill", "2026-03-31.D") for each in (cut, plant))
    assert one.crews == ("mill/A", "mill/C")
    assert (one.value, one.plan, one.standard, one.allowed, one.steps) == (
        other.value,
        other.plan,
        other.standard,
        other.allowed,
        other.steps,
    )


def test_l3_revaluation_stands_before_the_first_part_of_the_day(tmp_path: Path) -> None:
    plant = closed(tmp_path)
    w.load(plant, w.MOISTURE)  # some reading of the next day is enough
    done = sl.close(plant, w.NEXT_DAY, w.NEXT_DAY)
    assert done.ok, done.issues
    found = [(p.shift, p.qty, p.price, p.amount) for p in w.postings(plant, w.NEXT_DAY) if p.kind == "revaluation"]
    assert found == [("2026-04-01.p1-0600", 148_800, Decimal(5), 74_400)]
    assert w.statement(plant, "mill", "2026-04-01.D").stocks[0].opening == 148_800


@pytest.mark.parametrize(("day", "mill", "filters"), [("2026-03-28", [12, 11], [8, 8, 7]), ("2026-10-24", [12, 13], [8, 8, 9])])
def test_t2_clock_changes(plant: PlantView, day: str, mill: list[int], filters: list[int]) -> None:
    label = date.fromisoformat(day)
    assert [s.span.hours for s in area_shifts(plant.plant, "mill", label)] == mill
    assert [s.span.hours for s in area_shifts(plant.plant, "filter", label)] == filters
    assert [cell.span.hours for cell in cells_of(plant.plant, label).cells] == [8, 4, 4, filters[2]]
    assert sum(mill) == sum(filters) == day_span(plant.plant, label).hours


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("shift", "area"), [("D", None), ("D", "mill"), ("E", "filter"), ("E", None)])
def test_l3_statements_read_well_in_80_columns(plant: PlantView, lang: str, shift: str, area: str | None) -> None:
    view = sl.statement(plant, f"2026-03-31.{shift}", area)
    text = statement_text(view, lang)  # type: ignore[arg-type]
    assert max(width(line) for line in text.splitlines()) <= 80
    assert text


def test_i2_a_shift_that_the_clock_change_leaves_without_time_has_a_statement_of_nothing(tmp_path: Path) -> None:
    """Two of the filter's slots begin in the hour that 29 March skips: E then lasts from 14:00 to 03:00, X no time at all."""
    slots = [("D", "06:00"), ("E", "14:00"), ("X", "02:15"), ("N", "02:45")]
    text = ", ".join(f'{{id = "{letter}", start = {start}:00}}' for letter, start in slots)
    crews = "{A = 0, B = 1, C = 2, D = 3}"
    rotation = f'pattern = "DEXN"\nanchor = 2026-03-31\ncrews = {crews}\nslots = [{text}]\n'
    readings = ["time,tag,value"]
    for hour in range(24):  # from 06:00 CET on; the day has 23 h
        at = f"2026-03-2{8 if hour < 18 else 9}T{(6 + hour) % 24:02d}:00:00+01:00"
        readings += [
            f"{at},{tag},{rate}"
            for tag, rate in (("FT-ORE", 12), ("FT-MILL", 11), ("FT-FILTER", 10), ("FT-PRODUCT", 9), ("FT-STEAM", 2))
        ]
        readings += [f"{at},LT-T,{100 + hour}"]
    base = copied(tmp_path, **{
        "areas.toml": ('name_en = "Mill"\nrotation = "four-crews"', 'name_en = "Mill"\nrotation = "two-crews"'),
        "rotations.toml": ("", f"{TWELVE}\n[rotation.four-crews]\n{rotation}"),
        "budget.csv": ("", "area,item,kind,qty,per,day,slot\nmill,wages,fixed,1000,day,,\nfilter,wages,fixed,40,shift,,\n"),
        "readings/meters.csv": ("", "\n".join([*readings, ""])),
    })  # fmt: skip
    plant = sl.open(base)
    w.load(plant, *w.BASE)
    w.reclose(plant, "2026-03-28", "2026-03-28")
    found = {s: w.statement(plant, "filter", f"2026-03-28.{s}") for s in "DEXN"}
    # an hour: 9 x 250 - 10 x 180 - 2 x 150 = 150
    assert {slot: (s.value + 4_000) // 15_000 for slot, s in found.items()} == {"D": 8, "E": 12, "X": 0, "N": 3}
    assert (found["X"].start, found["X"].value, found["X"].crews) == (found["X"].end, -4_000, ("filter/B",))
    assert sum(p.amount for p in w.postings(plant, "2026-03-28") if p.kind == "fixed") == 100_000 + 4 * 4_000
    assert sl.verify(plant).ok
    text = statement_text(sl.statement(plant, "2026-03-28.X", "filter"), "en")
    assert max(width(line) for line in text.splitlines()) <= 80


def test_q3_hours_of_a_unit_are_of_its_areas_shift(tmp_path: Path) -> None:
    """The mill stands still from 13:00 to 15:00: over the end of p1, inside its D; that is nobody's doing, at 60.00 an hour."""
    plant = closed(tmp_path, **{"units.toml": ('name_en = "Mill 1"', 'name_en = "Mill 1"\nno_fault_rate = 60')})
    body = {
        "unit": "U1",
        "kind": "halt",
        "start": "2026-03-31T13:00:00+02:00",
        "end": "2026-03-31T15:00:00+02:00",
        "cause": "planned",
    }
    assert sl.act(plant, "event", "foreman, post 4", "operation", body, "log 12").ok
    w.reclose(plant, w.DAY, w.DAY)
    for name, hours in (("running", 10), ("halt/planned", 2)):
        node = sl.explain(plant, f"hours/2026-03-31.D/U1/{name}").node
        assert node is not None
        assert node.value == evaluate(node, OPERATIONS) == hours * 3_600_000_000
    part = sl.explain(plant, f"hours/{P1}/U1/running").node
    assert part is not None
    assert part.value == 7 * 3_600_000_000, "the part of the day has its hour of the halt"
    moved = [(p.shift, p.source, p.target, p.qty, p.amount) for p in w.postings(plant) if p.target == "site:no-fault"]
    assert moved == [(part, "area:mill", "site:no-fault", 10_000, 6_000) for part in (P1, P2)]
    found = w.statement(plant, "mill", "2026-03-31.D")
    assert found.value == 1_096_000 + 12_000
    assert [(line.qty, line.amount) for line in found.lines if line.what.startswith("U1")] == [(20_000, 12_000)]
    assert sl.verify(plant).ok


@pytest.mark.parametrize(("area", "stamped"), [("mill", ["2026-03-31 04:00", "2026-03-31 16:00"]), ("", [])])
def test_r3_a_clerks_table_says_whose_slots_it_means(tmp_path: Path, area: str, stamped: list[str]) -> None:
    """D and N of 12 h and of 8 h: without the area the rows are refused, each with the areas that it could mean."""
    source = f'\n[source.clerk]\nmatch = "clerk.csv"\nday = "day"\nslot = "slot"\n{f"area = {area!r}" if area else ""}\n'
    base = copied(tmp_path, **{"sources.toml": ("# How", f"{source}# How")})
    (base / "clerk.csv").write_text("day,slot,tag,value\n2026-03-31,D,FT-ORE,12.5\n2026-03-31,night,FT-ORE,10\n", "utf-8")
    plant = sl.open(base)
    from shiftledger.readings.sources.files import read_file

    found = read_file(plant.plant, base / "clerk.csv").result
    assert [datetime.fromtimestamp(at / 1e6, UTC).strftime("%Y-%m-%d %H:%M") for at in found.ts] == stamped
    assert [row for _, row, *_ in found.rejected] == ([] if area else [2, 3])
    assert all("lies at different times in filter, mill; name the area in sources.toml" in str(row) for row in found.rejected)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_t2_what_people_read_names_times_and_shifts_not_parts_of_the_day(tmp_path: Path, lang: str) -> None:
    base = copied(tmp_path)
    readings = base / "readings" / "meters.csv"
    kept = [
        line for line in readings.read_text("utf-8").splitlines() if not (",FT-ORE," in line and "T15:" <= line[10:14] <= "T17:")
    ]
    readings.write_text("\n".join(kept) + "\n", "utf-8")
    plant = sl.open(base)
    w.load(plant, *w.BASE)
    done = sl.close(plant, w.DAY, w.DAY)
    (gap,) = [issue.message for issue in done.issues if issue.code == "Q002"]
    assert "2026-03-31 14:00 to 18:00 (filter 2026-03-31.E, mill 2026-03-31.D)" in gap
    told = [issue.message + issue.remedy for issue in done.issues]
    told.append(statement_text(sl.statement(plant, f"{w.DAY}.D", lang=lang), lang))
    for address in (f"ledger/{w.DAY}.D/mill", f"quantities/{w.DAY}.D/ore-in", f"decisions/{w.DAY}.D"):
        view = sl.explain(plant, address)
        told += [explained_text(view, lang, zone="Europe/Berlin"), *(issue.message for issue in view.issues)]
    assert [line for text in told for line in text.splitlines() if re.search(r"\.p\d+-\d{4}", line)] == []
    assert any(("14:00 起" if lang == "zh" else "from 14:00") in text for text in told)
