"""What governs a day enters its input hash, and nothing else does (L7; FORMATS, "Knowledge and seals")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from shiftledger.plant.governing import differences, governing, governing_hash
from shiftledger.plant.load import load_text, open_folder
from shiftledger.plant.model import Plant

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT: Mapping[str, str] = open_folder(ROOT / "plants" / "two-tanks").result.text
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 1)
ROSTER = "day,slot,area,crew,note\n2026-03-31,E,mill,D,sick\n2026-04-01,E,mill,D,\n"


def edited(file: str = "", old: str = "", new: str = "", **more: str) -> Plant:
    files = {**TEXT, **{name.replace("_csv", ".csv"): text for name, text in more.items()}}
    if file:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    outcome = load_text(files)
    assert not outcome.issues
    return outcome.result


def hash_of(plant: Plant, day: date = MARCH) -> str:
    return governing_hash(governing(plant, day))


NEUTRAL = [
    ("plant.toml", 'name_en = "Two tanks"', 'name_en = "Tanks"\nstate = "elsewhere"'),
    ("plant.toml", 'id = "two-tanks"', 'id = "tanks"'),
    ("areas.toml", 'name_zh = "磨矿"', 'name_zh = "粉磨"'),
    ("rotations.toml", 'name_zh = "白班"', 'name_zh = "早班"'),
    ("meters.csv", "# A meter", "# remark\n# A meter"),
    ("prices/planned.csv", "250,EUR/t,,,worked example", "250.00,EUR/t,,,elsewhere"),
    ("prices/planned.csv", "185,EUR/t,2026-04-01,", "186,EUR/t,2026-04-01,"),  # of another day
    ("prices/planned.csv", "250,EUR/t,,", "250,EUR/t,2026-01-01,2026-12-31"),
    ("sources.toml", 'time = "time"', 'time = "stamp"'),
]


@pytest.mark.parametrize(("file", "old", "new"), NEUTRAL)
def test_l7_what_does_not_govern_leaves_the_day_alone(file: str, old: str, new: str) -> None:
    assert hash_of(edited(file, old, new)) == hash_of(edited())


EFFECTIVE = [
    ("plant.toml", "06:00:00 ", "06:00:01 "), ("plant.toml", "Europe/Berlin", "Europe/Paris"),
    ("areas.toml", '"four-crews"', '"four-crews"\ntou_is_ours = true'),
    ("units.toml", 'area = "mill"', 'area = "filter"'), ("streams.toml", 'to = "U1"', 'to = "U2"'), ("stocks.toml", '"site"', '"mill"'),
    ("materials.toml", "0.001", "0.01"), ("meters.csv", "t/h,0.003", "t/h,0.004"), ("meters.csv", ",,2h,,", ",,3h,,"),
    ("rotations.toml", "A = 2", "A = 4"), ("rotations.toml", "14:00:00", "14:00:01"), ("budget.csv", "output,95", "output,96"),
    ("standards.csv", "0.97", "0.98"), ("prices/planned.csv", "slurry,180", "slurry,181"), ("prices/planned.csv", "steam,150", "steam,-150"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new"), EFFECTIVE)
def test_l7_what_governs_enters_the_hash(file: str, old: str, new: str) -> None:
    assert hash_of(edited(file, old, new)) != hash_of(edited())


def test_l7_rows_by_table_and_key() -> None:
    rows = governing(edited(), MARCH)
    assert [(row.table, row.key) for row in rows] == sorted((row.table, row.key) for row in rows)
    assert {row.table for row in rows} == {
        "plant", "area", "unit", "stream", "stock", "material", "meter", "rotation", "budget", "standard", "price",
    }  # fmt: skip
    assert len({(row.table, row.key) for row in rows}) == len(rows)
    assert governing_hash(rows) == governing_hash(tuple(reversed(rows)))
    assert [str(row.at) for row in rows if row.key == "planned/slurry"] == ["prices/planned.csv:4"]


def test_l1_a_price_governs_its_days_and_the_day_before_counts_too() -> None:
    def slurry(day: date) -> dict[str, object]:
        return {
            row.key: row.content["price"]["d"] for row in governing(edited(), day) if "slurry" in row.key and row.table == "price"
        }

    assert slurry(MARCH) == {"planned/slurry": "180"}
    assert slurry(APRIL) == {"planned/slurry": "185", "planned/slurry on the day before": "180"}
    assert slurry(date(2026, 4, 2)) == {"planned/slurry": "185"}


def test_l7_cutting_a_row_in_two_changes_nothing() -> None:
    old, new = "product,250,EUR/t,,,worked example", "product,250,EUR/t,,2026-03-31,a\nproduct,250,EUR/t,2026-04-01,,b"
    cut = edited("prices/planned.csv", old, new)
    assert [hash_of(cut, day) for day in (MARCH, APRIL)] == [hash_of(edited(), day) for day in (MARCH, APRIL)]


def test_t3_roster_and_budget_of_the_day_only() -> None:
    plant = edited(roster_csv=ROSTER)
    for day in (MARCH, APRIL):
        keys = [row.key for row in governing(plant, day) if row.table == "roster"]
        assert keys == [f"{day}/mill/E"]
    assert [row.key for row in governing(plant, APRIL) if row.table == "budget"] == []
    assert len([row.key for row in governing(plant, MARCH) if row.table == "budget"]) == 2
    always = edited("budget.csv", "95,shift,2026-03-31", "95,shift,")
    assert len([row for row in governing(always, APRIL) if row.table == "budget"]) == 1
    assert hash_of(plant) == hash_of(edited(roster_csv=ROSTER.replace("sick", "ill")))
    assert hash_of(plant) != hash_of(edited(roster_csv=ROSTER.replace("mill,D,sick", "mill,C,sick")))


def test_t4_validity_is_both_days_inclusive() -> None:
    plant = (
        edited(
            "meters.csv",
            "max_hold,quantum\nFT-ORE,rate,ore-in,,,t/h,0.003,0,,2h,,",
            "max_hold,valid_to\nFT-ORE,rate,ore-in,,,t/h,0.003,0,,2h,,2026-03-31",
        )
        if False
        else None
    )
    text = TEXT["units.toml"] + "valid_from = 2026-03-31\nvalid_to = 2026-04-01\n"
    plant = load_text({**TEXT, "units.toml": text}).result
    held = [
        any(row.key == "U2" for row in governing(plant, date(2026, month, day)))
        for month, day in ((3, 30), (3, 31), (4, 1), (4, 2))
    ]
    assert held == [False, True, True, False]


TANK = '\n[stock.P]\nmaterial = "paste"\nheld_by = "site"\nopening = 5\nopening_day = 2026-04-01\n'
PASTE = '\n[material.paste]\nunit = "t"\n'
FILLED = '\n[stream.filling]\nfrom = "U2"\nto = "P"\nmaterial = "paste"\nvalid_from = 2026-04-01\n'
METERS = "".join(
    f"{line},{'valid_from' if line.startswith('tag,') else ''}\n" for line in TEXT["meters.csv"].splitlines() if line[0] != "#"
)
GROWN = {
    **TEXT, "stocks.toml": TEXT["stocks.toml"] + TANK, "materials.toml": TEXT["materials.toml"] + PASTE,
    "streams.toml": TEXT["streams.toml"] + FILLED, "meters.csv": METERS + "FT-PASTE,rate,filling,,,t/h,0.003,0,,2h,,,2026-04-01\n",
    "prices/planned.csv": TEXT["prices/planned.csv"] + "paste,200,EUR/t,2026-04-01,,\n",
}  # fmt: skip


def test_t4_a_tank_and_a_material_that_come_later_leave_the_days_before_as_they_are() -> None:
    """A plant grows after months are settled; verify must not say of those months that their text was changed. # L7"""
    grown = load_text(GROWN).result
    assert hash_of(grown) == hash_of(edited())
    added = {(row.table, row.key) for row in governing(grown, APRIL)} - {
        (row.table, row.key) for row in governing(edited(), APRIL)
    }
    assert added == {
        ("stock", "P"),
        ("material", "paste"),
        ("stream", "filling"),
        ("meter", "FT-PASTE"),
        ("price", "planned/paste"),
    }


def test_l7_a_stock_that_was_opened_governs_though_nothing_else_names_it() -> None:
    opened = load_text({**GROWN, "stocks.toml": GROWN["stocks.toml"].replace("2026-04-01", "2026-03-31")}).result
    assert {row.table for row in governing(opened, MARCH)} - {row.table for row in governing(edited(), MARCH)} == set()
    assert {row.key for row in governing(opened, MARCH)} - {row.key for row in governing(edited(), MARCH)} == {"P", "paste"}


def grown(more: Mapping[str, str]) -> Plant:
    """two-tanks with more text at the end of its files, which must be in order."""
    outcome = load_text({**TEXT, **{file: TEXT.get(file, "") + text for file, text in more.items()}})
    assert not [issue for issue in outcome.issues if issue.severity == "error"]
    return outcome.result


DRY = {
    "areas.toml": '\n[area.dry]\nrotation = "four-crews"\nvalid_from = 2026-04-01\n',
    "units.toml": '\n[unit.U3]\narea = "dry"\nvalid_from = 2026-04-01\n',
    "streams.toml": '\n[stream.dried]\nfrom = "U3"\nto = "outside"\nmaterial = "product"\nvalid_from = 2026-04-01\n',
}
CLOTH = '[state.cloth]\narea = "filter"\nopening = 0\nopening_day = 2026-04-01\ngrows = "U2.hours"\nvalid_from = 2026-04-01\n'
UNDATED = {
    "meter": {**DRY, "meters.csv": "FT-DRIED,rate,dried,,,t/h,0.003,0,,2h,,\n"},
    "standard": {**DRY, "standards.csv": "dry,product,steam,usage,0.1,t/t,,,,,,\n"},
    "budget": {**DRY, "budget.csv": "dry,product,output,86,shift,,E\n"},
    "charge": {**DRY, "charges.csv": "charge,stream,amount\ndust,dried,3\n"},
    "potential": {"states.toml": CLOTH, "potentials.csv": "state,value,worth\ncloth,,-3\n"},
    "price": {"materials.toml": PASTE, "prices/planned.csv": "paste,200,EUR/t,,,\n"},
}


@pytest.mark.parametrize("table", UNDATED)
def test_t4_a_row_without_dates_about_something_that_comes_later_leaves_the_days_before_as_they_are(table: str) -> None:
    """Area, unit, stream and state have their first day; who adds a meter or a price for them need not repeat it. # L7"""
    plant = grown(UNDATED[table])
    assert hash_of(plant) == hash_of(edited())
    first = {row.table for row in governing(plant, APRIL)}
    assert table == "price" or table in first  # a price of what never flows governs no day
    assert table == "price" or hash_of(plant, APRIL) != hash_of(edited(), APRIL)


def test_l7_an_id_that_is_a_word_elsewhere_names_nothing() -> None:
    """A tank called like a crew's letter, a slot or a unit of measure was an input of every day. # T4"""
    for name in ("A", "N", "t", "rate"):
        tank = f'\n[stock.{name}]\nmaterial = "slurry"\nheld_by = "site"\nopening = 0\nopening_day = 2026-04-01\n'
        assert hash_of(grown({"stocks.toml": tank})) == hash_of(edited()), name


def test_l7_what_a_grade_makes_of_a_product_governs_though_it_flows_nowhere() -> None:
    """The laboratory's verdict books the off-spec material: its price and unit are inputs of the day. # L4"""
    off = '\n[material.off]\nunit = "t"\noffspec_of = "product"\n'
    files = {**TEXT, "materials.toml": TEXT["materials.toml"] + off, "grades.csv": "material,component,high\noff,moisture,12\n"}

    def priced(at: int) -> Plant:
        return load_text({**files, "prices/planned.csv": TEXT["prices/planned.csv"] + f"off,{at},EUR/t,,,\n"}).result

    assert hash_of(priced(100)) != hash_of(priced(101))
    assert {"off", "planned/off", "off/moisture"} <= {row.key for row in governing(priced(100), MARCH)}


def test_l7_a_meter_governs_through_the_stream_that_follows_its_own() -> None:
    """A stream that nobody meters has the readings of the one that it follows. # Q1"""
    last = '\n[stream.twin]\nfrom = "U2"\nto = "outside"\nmaterial = "product"\nfollows = "steam"\nshare = 0.1\n'
    plant = grown({"streams.toml": last})
    assert "FT-STEAM" in {row.key for row in governing(plant, MARCH)}


def test_l7_a_rotation_governs_through_its_areas() -> None:
    spare = '\n[rotation.spare]\npattern = "D"\nanchor = 2026-01-01\ncrews = {A = 0}\nslots = [{id = "D", start = 06:00:00}]\n'
    plant = load_text({**TEXT, "rotations.toml": TEXT["rotations.toml"] + spare}).result
    assert hash_of(plant) == hash_of(edited())


# Differences


def told(new: Plant, day: date = MARCH) -> list[str]:
    return [str(each) for each in differences(governing(edited(), day), governing(new, day), new)]


def test_l7_a_changed_digit_is_located() -> None:
    assert told(edited()) == []
    changed = edited("prices/planned.csv", "slurry,180", "slurry,181")
    assert told(changed) == ["prices/planned.csv:4: price of planned/slurry 180 -> 181"]
    (found,) = differences(governing(edited(), MARCH), governing(changed, MARCH), changed)
    assert (found.at.column, found.at.length, found.old, found.new) == (8, 3, "180", "181")


def test_l7_added_removed_and_renamed_rows() -> None:
    assert told(edited("budget.csv", "mill,slurry,output,95,shift,2026-03-31,E\n", "")) == [
        "budget mill/slurry/output/2026-03-31/E was removed"
    ]
    assert told(edited(roster_csv=ROSTER)) == ["roster.csv:2: roster 2026-03-31/mill/E was added"]
    assert told(edited("stocks.toml", '"site"', '"mill"')) == ["stocks.toml:6: stock T, held_by site -> mill"]
    assert told(edited("meters.csv", "LT-T,level,,T,,t,,,0.05", "LT-T,level,,T,,t,,,")) == [
        "meters.csv:8: meter LT-T, sigma 0.05 -> 0"
    ]


def test_l7_a_price_of_the_day_before_is_told_on_its_day() -> None:
    changed = edited("prices/planned.csv", "slurry,180", "slurry,181")
    assert told(changed, APRIL) == ["prices/planned.csv:4: price of planned/slurry on the day before 180 -> 181"]
    assert told(changed, date(2026, 4, 2)) == []
