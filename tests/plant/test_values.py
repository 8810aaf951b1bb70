"""Values of the text: each type reads exactly what it should, and what it refuses is a located issue with a remedy."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Plant

PLANT = '[plant]\nid = "p"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n'


def load(**files: str) -> tuple[Plant, tuple[Issue, ...]]:
    """A plant of plant.toml and the given files; `meters_csv` stands for meters.csv, `prices__planned_csv` for prices/planned.csv."""
    named = {name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv"): text for name, text in files.items()}
    outcome = load_text({"plant.toml": PLANT, **named})
    return outcome.result, outcome.issues


def codes(issues: tuple[Issue, ...]) -> list[str]:
    return [issue.code for issue in issues]


NUMBERS: list[tuple[str, str | None]] = [
    ("5", "5"), ("-0.50", "-0.5"), ("+1e3", "1000"), (".5", "0.5"), ("1e-10", "1e-10"),
    ("1.234567890123456789012345678", "1.234567890123456789012345678"), ("1.2345678901234567890123456789", None),
    ("1,5", None), ("1,234.5", None), ("1 234", None), ("1_000", None), ("nan", None), ("inf", None), ("-Infinity", None),
    ("1e999", None), ("5 t", None), ("٣", None), ("0x10", None), ("1e16", None), ("1" * 29, None), ("true", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), NUMBERS)
def test_numbers_are_exact_or_refused(cell: str, value: str | None) -> None:
    plant, issues = load(prices__planned_csv=f'material,price\nore,"{cell}"\n')
    if value is None:
        assert codes(issues) == ["P007"]
        assert plant.prices == ()
    else:
        assert issues == ()
        assert plant.prices[0].price == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("1,234.5", "thousands"),
        ("1 234", "thousands"),
        ("1,5", "Write 1.5: the decimal sign is a point."),
        ("nan", "blank"),
        ("5 t", "without unit"),
    ],
)
def test_the_remedy_names_what_is_wrong_with_a_number(cell: str, remedy: str) -> None:
    assert remedy in load(prices__planned_csv=f'material,price\nore,"{cell}"\n')[1][0].remedy


@pytest.mark.parametrize(
    ("cell", "said", "todo"),
    [
        ("1.23E+05", "that a spreadsheet has shortened", "123000"),
        ("12-Mar", "a spreadsheet has made a date of it", "Text"),
        ("Mar-12", "a spreadsheet has made a date of it", "Text"),
        ("3月12日", "a spreadsheet has made a date of it", "Text"),
        ("２．５", "full-width characters", "Write 2.5."),
        ("１，５", "is not a number", "point"),  # of full width and with a comma: what is plain is no number either
    ],
)
def test_what_a_spreadsheet_or_a_chinese_keyboard_makes_of_a_number(cell: str, said: str, todo: str) -> None:
    plant, issues = load(prices__planned_csv=f'material,price\nore,"{cell}"\n')
    assert plant.prices == ()
    assert [(issue.code, issue.at.column if issue.at else 0) for issue in issues] == [("P007", 5)]
    assert said in issues[0].message
    assert todo in issues[0].remedy


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "1e99999999999999999999", '"0.5"', "true", "[1]", "9" * 5000])
def test_toml_numbers_are_finite(value: str) -> None:
    _, issues = load(materials_toml=f'[material.m]\nunit = "t"\nquantum = {value}\n')
    assert len(issues) == 1
    assert issues[0].code in ("P007", "P003")
    assert issues[0].at is not None
    assert issues[0].at.file == "materials.toml"


def test_toml_decimals_keep_their_digits() -> None:
    plant, _ = load(materials_toml='[material.m]\nunit = "t"\nquantum = 0.1\n')
    assert plant.materials["m"].quantum == Decimal("0.1")


def test_types_of_cells() -> None:
    plant, issues = load(
        meters_csv="tag,kind,unit,class,max_gap,length,codes,valid_from\nA,rate,t/h,0.003,2h,1h30min,Light_Load=1;Max=2.5,2026-03-31\n",
        roster_csv="day,slot,area,start,end\n2026-03-31,N,m,22:00,05:59:30\n",
    )
    assert issues == ()
    meter = plant.meters[0]
    assert (meter.limit, meter.max_gap, meter.length) == (Decimal("0.003"), 2 * HOUR, 90 * MINUTE)
    assert meter.codes == (("Light_Load", Decimal(1)), ("Max", Decimal("2.5")))
    assert meter.valid_from == date(2026, 3, 31)
    assert (plant.roster[0].start, plant.roster[0].end) == (time(22), time(5, 59, 30))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("max_gap", "2"), ("max_gap", "h"), ("max_gap", "9" * 400 + "d"), ("valid_from", "31.03.2026"), ("valid_from", "2026-02-30"),
        ("codes", "A=1;A=2"), ("codes", "A=1;B=1"), ("codes", "A"), ("codes", "A=x"), ("valid_from", "20260331"),
    ],
)  # fmt: skip
def test_wrong_cells_are_located(column: str, cell: str) -> None:
    plant, issues = load(meters_csv=f"tag,kind,{column}\nA,rate,{cell}\n")
    assert [(issue.code, issue.at.column if issue.at else 0) for issue in issues] == [("P007", 8)]
    assert plant.meters == ()


@pytest.mark.parametrize("start", ["24:00", "6:00", "06:60", "06:00:00.5", "6 Uhr"])
def test_wrong_times_of_day(start: str) -> None:
    assert codes(load(roster_csv=f"day,slot,area,start\n2026-03-31,N,m,{start}\n")[1]) == ["P007"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rotation = 5", "P007"), ('rotation = " "', "P006"), ('rotation = "r"\ntou_is_ours = "yes"', "P007"),
        ('rotation = "r"\nvalid_from = "2026-01-01"x', "P003"), ('rotation = "r"\nvalid_from = 2026-01-01T00:00:00', "P007"),
        ('rotation = "r"\ncoverage = "whole"', "P008"), ('rotation = "r"\ncoverage = 1', "P007"),
        ('rotation = "r"\nvalid_from = "31.03.2026"', "P007"),
    ],
)  # fmt: skip
def test_wrong_toml_values(line: str, code: str) -> None:
    assert codes(load(areas_toml=f"[area.m]\n{line}\n")[1]) == [code]


@pytest.mark.parametrize("name", ["site", "outside", "a b", "a/b", "a:b", "a.b", "x" * 81])
def test_ids_that_cannot_be_used(name: str) -> None:
    assert codes(load(areas_toml=f'[area."{name}"]\nrotation = "r"\n')[1]) == ["P011"]


def test_ids_may_be_chinese() -> None:
    plant, issues = load(areas_toml='[area."磨矿-1_b"]\nrotation = "r"\n')
    assert (list(plant.areas), issues) == (["磨矿-1_b"], ())


SLOTS = [
    ('[{id = "D"}]', "P006", 'needs "start"'), ('[{id = "DD", start = 06:00:00}]', "P011", "cannot be a slot"),
    ('[{id = "R", start = 06:00:00}]', "P011", "cannot be a slot"), ('[{id = "D", start = "06:00"}]', "P007", ""),
    ('[{id = "D", start = 06:00:00, strat = 1}]', "P005", "strat"), ("[1]", "P007", "not a list of slots"),
    ('[{id = "D", start = 06:00:00}, {id = "D", start = 14:00:00}]', "P010", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("slots", "code", "words"), SLOTS)
def test_t3_wrong_slots(slots: str, code: str, words: str) -> None:
    text = f'[rotation.r]\nanchor = 2026-01-01\npattern = "D"\ncrews = {{A = 0}}\nslots = {slots}\n'
    _, issues = load(rotations_toml=text)
    assert codes(issues) == [code]
    assert words in issues[0].message
    assert issues[0].at is not None
    assert issues[0].at.line == 5


def test_t3_a_preset_and_what_replaces_its_parts() -> None:
    text = '[rotation.r]\npreset = "four-crew-2-2-2-2"\nanchor = 2026-01-01\ncrews = {A = 4, B = 6, C = 0, D = 2}\n'
    plant, issues = load(rotations_toml=text)
    assert issues == ()
    rotation = plant.rotations["r"]
    assert (rotation.pattern, [slot.id for slot in rotation.slots]) == ("DDEENNRR", ["D", "E", "N"])
    assert rotation.crews == (("A", 4), ("B", 6), ("C", 0), ("D", 2))
    _, issues = load(rotations_toml=text.replace("2-2-2-2", "2-2-2"))
    assert codes(issues) == ["P012"]
    assert "Closest: four-crew-2-2-2-2. " in issues[0].remedy


def test_t3_a_pattern_of_its_own_beside_a_preset() -> None:
    text = '[rotation.r]\npreset = "four-crew-2-2-2-2"\nanchor = 2026-01-01\npattern = "DENR"\ncrews = {A = 0, B = 1, C = 2, D = 3}\n'
    assert load(rotations_toml=text)[0].rotations["r"].pattern == "DENR"


def test_no_time_is_a_duration_too() -> None:
    plant, issues = (
        load_text({"plant.toml": PLANT + 'grace = "0min"\n'}).result,
        load_text({"plant.toml": PLANT + 'grace = "-1min"\n'}).issues,
    )
    assert plant.settings.grace == 0
    assert codes(issues) == ["P007"]


def test_columns_of_a_source_in_either_shape() -> None:
    inline, _ = load(sources_toml='[source.s]\nmatch = "x.csv"\nlayout = "wide"\ncolumns = {b = "T2", "a (t)" = "T1"}\n')
    table, _ = load(sources_toml='[source.s]\nmatch = "x.csv"\nlayout = "wide"\n[source.s.columns]\nb = "T2"\n"a (t)" = "T1"\n')
    assert inline.sources["s"].columns == table.sources["s"].columns == (("a (t)", "T1"), ("b", "T2"))


def test_tables_and_keys_that_do_not_exist() -> None:
    _, issues = load(
        areas_toml='x = 1\n[areas.m]\nrotation = "r"\n[area.n]\nrotation = "r"\ncoverge = "partial"\n[area]\nk = 1\n'
    )
    assert [(issue.code, issue.at.line if issue.at else 0) for issue in issues] == [
        ("P005", 1),
        ("P005", 2),
        ("P005", 6),
        ("P007", 8),
    ]
    assert "Closest: area. " in issues[1].remedy
    assert "Closest: coverage. " in issues[2].remedy


def test_the_same_id_in_two_files() -> None:
    row = '[indicator.i]\narea = "m"\nformula = "1"\n'
    _, issues = load(indicators__a_toml=row, indicators__b_toml=row)
    assert [(issue.code, issue.at.file if issue.at else "") for issue in issues] == [("P010", "indicators/b.toml")]


def test_price_sets_and_factors_are_named_by_their_files() -> None:
    plant, _ = load(prices__market_csv="material,price\nore,1\n", factors__co2_csv="material,value,unit\nore,0.42,t/t\n")
    assert plant.prices[0].price_set == "market"
    assert plant.factors[0].factor == "co2"


def test_all_issues_at_once_and_what_could_be_read() -> None:
    plant, issues = load(
        areas_toml='[area.a]\nrotation = "r"\n[area.b]\nrotation = 5\n',
        units_toml="[unit",
        prices__planned_csv="material,price\nore,1\nslurry,x\n",
    )
    assert [str(issue.at) for issue in issues] == ["areas.toml:4", "prices/planned.csv:3", "units.toml:1"]
    assert (list(plant.areas), [price.material for price in plant.prices]) == (["a"], ["ore"])


def test_a_plant_without_its_settings() -> None:
    assert codes(load_text({}).issues) == ["P001"]
    assert codes(load_text({"plant.toml": ""}).issues) == ["P006"]
    assert codes(load_text({"plant.toml": '[plant]\nid = "p"\n'}).issues) == ["P006"] * 3
