"""The checks of a plant as a whole, at their edges: days, ends, orders and what must not be reported."""

from __future__ import annotations

import pytest

from plant.small_plant import codes, issues, places, prices
from shiftledger.plant.checks import CHECKS


def test_checks_are_named_and_without_repeats() -> None:
    assert len({each.__name__ for each in CHECKS}) == len(CHECKS)
    assert codes() == []


# References


REFERENCES = [
    ("areas.toml", '"four"', '"for"', "areas.toml:2"),
    ("units.toml", '"mill"', '"mil"', "units.toml:2"),
    ("stocks.toml", '"slurry"', '"slury"', "stocks.toml:2"),
    ("stocks.toml", '"site"', '"sit"', "stocks.toml:3"),
    ("streams.toml", 'from = "U1"', 'from = "U2"', "streams.toml:7"),
    ("streams.toml", 'from = "outside"', 'from = "outsid"', "streams.toml:2"),
    ("streams.toml", 'from = "outside"', 'from = "outside:"', "streams.toml:2"),
    ("streams.toml", 'material = "ore"', 'material = "or"', "streams.toml:4"),
    ("meters.csv", "rate,ore-in", "rate,ore", "meters.csv:2"),
    ("materials.toml", 'unit = "t"', 'unit = "t"\nband_state = "tariff"', "materials.toml:3"),
    ("prices/planned.csv", "ore,100", "coal,100", "prices/planned.csv:2"),
    ("plant.toml", 'currency = "EUR"', 'currency = "EUR"\nprice_set = "plan"', "plant.toml:4"),
]


@pytest.mark.parametrize(("file", "old", "new", "place"), REFERENCES)
def test_every_name_is_declared(file: str, old: str, new: str, place: str) -> None:
    found = [f"{issue.at}" for issue in issues((file, old, new)) if issue.code == "P012"]
    assert found == [place]


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("roster_csv", "day,slot,area,crew\n2026-01-01,D,mill,A\n2026-01-01,X,mill,A\n2026-01-01,D,mil,A\n2026-01-01,D,mill,Q\n", [3, 4, 5]),
        ("budget_csv", "area,item,kind,qty,slot\nmill,slurry,output,1,D\nmill,rent,fixed,1,\nmil,slurry,output,1,\nmill,rent,output,1,X\n", [4, 5, 5]),
        ("factors__co2_csv", "material,value,unit\nore,0.1,t/t\ncoal,0.1,t/t\n", [3]),
        ("sources_toml", '[source.s]\nmatch = "x"\nlayout = "wide"\n[source.s.columns]\na = "FT-1"\nb = "FT-9"\n', [6]),
        ("indicators__own_toml", '[indicator.i]\narea = "mil"\nformula = "1"\n', [2]),
        (
            "standards_csv",
            "area,output,item,basis,value,condition,reference\nmill,slurry,ore,yield,1,,\nmill,slurry,crew,usage,1,,\n"
            "mill,slurry,ore,yield,1,wet,8\n",
            [3, 4],
        ),
    ],
)  # fmt: skip
def test_every_name_in_a_table_is_declared(name: str, text: str, wrong: list[int]) -> None:
    found = issues(**{name: text})
    assert [issue.code for issue in found] == ["P012"] * len(wrong)
    assert [issue.at.line for issue in found if issue.at] == wrong


def test_a_condition_is_one_that_the_area_can_see() -> None:
    base = "area,output,item,basis,value,condition,reference\nmill,slurry,ore,yield,0.9,,\n"
    standards = f"{base}mill,slurry,ore,yield,0.1,wet,8\n"
    lab = ("meters.csv", "", "L,lab,ore-in,,wet,%,,\n")
    assert codes(lab, standards_csv=standards) == []
    far = ("meters.csv", "", "L,lab,slurry-out,,wet,%,,\n")  # between the tank and the outside
    assert codes(far, standards_csv=standards) == ["P012"]
    assert codes(far, standards_csv=base) == []
    tank = ("meters.csv", "", "L,lab,,T,wet,%,,\n")
    assert codes(tank, standards_csv=standards) == []
    other = ("areas.toml", "", '\n[area.sieve]\nrotation = "four"\n')
    assert codes(tank, other, ("stocks.toml", '"site"', '"sieve"'), standards_csv=standards) == ["P012"]


def test_one_broken_row_is_one_issue() -> None:
    assert codes(("units.toml", '"mill"', "mill")) == ["P003"]
    assert codes(("areas.toml", '"four"', "4")) == ["P007"]
    assert codes(("meters.csv", "FT-1,rate", "FT-1,rat")) == ["P008"]
    assert codes(("meters.csv", "LT-1,level,,T,,t,,0.05", "LT-1,level,,T,,t,,x")) == ["P007"]
    assert codes(("stocks.toml", "held_by", "held")) == ["P005"]
    assert codes(("plant.toml", '"Europe/Berlin"', "1")) == ["P007"]
    assert codes(("materials.toml", '[material.ore]\nunit = "t"', "[material.ore]\nunit = 1")) == ["P007"]


# Time


@pytest.mark.parametrize(
    ("zone", "good"), [("Asia/Shanghai", True), ("UTC", True), ("Europe", False), ("../UTC", False), ("/etc/x", False)]
)
def test_t2_zones(zone: str, good: bool) -> None:
    assert (codes(("plant.toml", "Europe/Berlin", zone)) == []) == good


def test_t2_zones_of_sources() -> None:
    assert places(sources_toml='[source.s]\nmatch = "x"\nzone = "Asia/Peking"\n') == ["P013 sources.toml:3"]


def test_t2_an_area_without_units_may_have_hours_of_its_own() -> None:
    partial = '\n[rotation.day]\npattern = "DDDDDRR"\nanchor = 2026-01-05\ncrews = {A = 0}\nslots = [{id = "D", start = 07:00:00, end = 15:00:00}]\n'
    area = '\n[area.lab]\nrotation = "day"\ncoverage = "partial"\n'
    assert codes(("rotations.toml", "", partial), ("areas.toml", "", area)) == []
    assert codes(("rotations.toml", "", partial), ("areas.toml", "", area.replace("partial", "continuous"))) == ["P017", "P014"]
    with_unit = ("units.toml", "", '\n[unit.U2]\narea = "lab"\n')
    assert codes(("rotations.toml", "", partial), ("areas.toml", "", area), with_unit) == ["P015"]


def test_t3_slots_stand_in_the_order_of_the_day() -> None:
    slots = '    {id = "E", start = 14:00:00},\n    {id = "N", start = 22:00:00},\n'
    turned = '    {id = "N", start = 22:00:00},\n    {id = "E", start = 14:00:00},\n'
    assert places(("rotations.toml", slots, turned)) == ["P016 rotations.toml:8"]
    night = (
        "rotations.toml",
        '{id = "N", start = 22:00:00}',
        '{id = "N", start = 01:00:00}',
    )  # after midnight is later in the day
    assert codes(night) == []
    assert places(("rotations.toml", "14:00:00", "06:00:00")) == ["P016 rotations.toml:7"]


@pytest.mark.parametrize(
    ("crews", "words"),
    [
        ("{A = 0, B = 2, C = 4}", "on day 3 of 8 slot D has no crew"),  # A leaves D after two days, and no crew follows
        ("{A = 0, B = 2, C = 4, D = 7}", "on day 2 of 8 slot D has crews A and D"),
        ("{A = 8, B = -6, C = 4, D = 6}", ""),
    ],
)  # fmt: skip
def test_t3_every_slot_is_manned_by_one_crew(crews: str, words: str) -> None:
    found = issues(("rotations.toml", "{A = 0, B = 2, C = 4, D = 6}", crews))
    assert [issue.code for issue in found] == (["P017"] if words else [])
    assert all(words in issue.message for issue in found)


def test_t4_rows_of_one_key_follow_each_other() -> None:
    assert codes(**prices("slurry,1,,,,2026-03-31", "slurry,2,,,2026-04-01,")) == []
    assert codes(**prices("slurry,2,,,2026-04-01,", "slurry,1,,,,2026-03-31")) == []
    assert codes(**prices("slurry,1,,,,2026-04-01", "slurry,2,,,2026-04-01,")) == ["P022"]
    assert codes(**prices("slurry,1,,,,", "slurry,2,,,,")) == ["P022"]
    assert codes(**prices("slurry,1,,,,", "slurry,2,,night,,")) == []
    assert "P021" not in codes(("units.toml", "", "valid_from = 2026-02-01\nvalid_to = 2026-02-01\n"))


def test_t4_standards_budgets_and_meters_too() -> None:
    standards = "area,output,item,basis,value,slot\nmill,slurry,ore,yield,0.9,\nmill,slurry,ore,yield,0.8,{slot}\n"
    assert codes(standards_csv=standards.format(slot="")) == ["P022"]
    assert codes(standards_csv=standards.format(slot="N")) == []
    budget = "area,item,kind,qty,day,slot\nmill,slurry,output,9,2026-01-01,D\nmill,slurry,output,8,2026-01-0{day},D\n"
    assert codes(budget_csv=budget.format(day=1)) == ["P022"]
    assert codes(budget_csv=budget.format(day=2)) == []
    assert codes(("meters.csv", "", "FT-1,rate,ore-in,,,t/h,,\n")) == ["P022"]


def dated(area: str = "", unit: str = "", stream: str = "", stock: str = "") -> list[str]:
    """Issues of a small plant with these dates: the stream from its unit to a tank that another area holds."""
    days = {
        name: text.replace(";", "\n") for name, text in (("area", area), ("unit", unit), ("stream", stream), ("stock", stock))
    }
    return [
        f"{issue.code} {issue.at}: {issue.message}"
        for issue in issues(
            ("areas.toml", "", days["area"] + '\n[area.yard]\nrotation = "four"\n' + days["stock"]),
            ("units.toml", "", days["unit"]),
            ("stocks.toml", '"site"', '"yard"'),
            streams_toml=f'[stream.s]\nfrom = "U1"\nto = "T"\nmaterial = "slurry"\n{days["stream"]}\n',
            meters_csv="tag,kind,stream,stock,unit\nF,rate,s,,t/h\nL,level,,T,t\n",
        )
    ]


FROM, UNTIL = "valid_from = 2026-02-0{}", "valid_to = 2026-03-0{}"


@pytest.mark.parametrize("days", [FROM, UNTIL])
def test_t4_a_stream_lives_no_longer_than_its_ends(days: str) -> None:
    inner, outer = ((3, 2), (2, 3))[days == UNTIL]  # a day less
    for end in ("unit", "stock"):
        assert dated(**{end: days.format(2)}, stream=days.format(2)) == []
        assert dated(**{end: days.format(outer)}, stream=days.format(inner)) == []
        found = dated(**{end: days.format(inner)}, stream=days.format(outer))
        assert [issue[:19] for issue in found] == ["P037 streams.toml:5"]
        assert [issue[:19] for issue in dated(**{end: days.format(2)})] == ["P037 streams.toml:1"]  # blank is always


@pytest.mark.parametrize("days", [FROM, UNTIL])
def test_t4_a_unit_lives_no_longer_than_its_area_and_a_stream_no_longer_than_both(days: str) -> None:
    inner, outer = ((3, 2), (2, 3))[days == UNTIL]
    assert dated(area=days.format(outer), unit=days.format(inner), stream=days.format(inner)) == []
    found = dated(area=days.format(inner), unit=days.format(outer), stream=days.format(outer))
    assert [issue.split(": ")[0] for issue in found] == ["P037 streams.toml:5", "P037 units.toml:3"]


def test_t4_both_ends_of_a_life_are_told_at_once() -> None:
    found = dated(unit="valid_from = 2026-02-02;valid_to = 2026-03-03", stream="valid_from = 2026-02-01;valid_to = 2026-03-04")
    assert found == [
        'P037 streams.toml:5: stream "s" holds from 2026-02-01, unit "U1" of area "mill" only from 2026-02-02',
        'P037 streams.toml:6: stream "s" holds until 2026-03-04, unit "U1" of area "mill" only until 2026-03-03',
    ]
    assert dated(stock="valid_to = 2026-03-03") == [
        'P037 streams.toml:1: stream "s" holds until further notice, stock "T" of area "yard" only until 2026-03-03'
    ]


@pytest.mark.parametrize(
    ("day", "good"),
    [("1899-12-31", False), ("1900-01-01", True), ("2999-12-31", True), ("3000-01-01", False), ("9999-12-31", False)],
)
def test_t4_a_day_that_means_always_is_left_blank(day: str, good: bool) -> None:
    assert codes(**prices(f"slurry,1,,night,,{day}", "slurry,1,,,,")) == ([] if good else ["P020"])
    assert codes(("units.toml", "", f"valid_from = 0001-01-01\nvalid_to = {day}\n")) == (["P020"] if good else ["P020", "P020"])


def test_l1_gaps_between_prices() -> None:
    assert codes(**prices("slurry,1,,,,2026-03-30", "slurry,2,,,2026-04-01,")) == ["P023"]
    one = issues(**prices("slurry,1,,,,2026-03-30", "slurry,2,,,2026-04-01,"))[0]
    assert one.message == '"slurry" has no price on 2026-03-31'
    assert codes(**prices("slurry,1,,,,2026-03-30", "slurry,2,,,2026-03-31,")) == []


# Flow


def test_b1_streams_join_two_nodes() -> None:
    assert codes(("streams.toml", 'to = "U1"', 'to = "outside:mine"')) == ["P034"]
    assert codes(("streams.toml", 'from = "U1"', 'from = "T"')) == ["P034"]
    assert codes(("streams.toml", 'from = "outside"', 'from = "outside:mine"')) == []
    assert places(("streams.toml", 'to = "T"\nmaterial = "slurry"', 'to = "T"\nmaterial = "ore"')) == ["P034 streams.toml:8"]


METERS = [
    ("X,rate,,T,,t/h,,", ["P032", "P032"]), ("X,level,ore-in,,,t,,", ["P032", "P032"]), ("X,lab,ore-in,,,%,,", ["P032"]),
    ("X,lab,ore-in,,wet,,,", []), ("X,lab,,T,wet,%,,", []), ("X,state,,,,,,", ["P032"]), ("X,lot,ore-in,,,t,,", ["P025"]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "wanted"), METERS)
def test_meters_say_what_they_measure(row: str, wanted: list[str]) -> None:
    assert sorted(codes(("meters.csv", "", f"{row}\n"))) == wanted


DATED = "tag,kind,stream,stock,component,unit,valid_from,valid_to\nFT-2,rate,slurry-in,,,t/h,,\nFT-3,rate,slurry-out,,,t/h,,\n"


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (",2026-03-31", "2026-04-01,", []), (",2026-04-01", "2026-04-01,", ["P025"]), ("2026-04-01,", ",2026-03-31", []),
        ("2026-04-01,2026-04-02", "2026-04-02,2026-04-03", ["P025"]), (",", "2026-04-01,", ["P025"]),
    ],
)  # fmt: skip
def test_t4_one_meter_a_stream_and_day(first: str, second: str, wanted: list[str]) -> None:
    rows = f"A,rate,ore-in,,,t/h,{first}\nB,rate,ore-in,,,t/h,{second}\nL,level,,T,,t,,\n"
    assert codes(meters_csv=DATED + rows) == wanted


def test_t4_one_meter_a_stock_state_and_component() -> None:
    assert codes(("meters.csv", "", "LT-2,level,,T,,t,,\n")) == ["P025"]
    assert codes(("meters.csv", "", "L1,lab,ore-in,,wet,%,,\nL2,lab,ore-in,,dry,%,,\nL3,lab,slurry-in,,wet,%,,\n")) == []
    assert codes(("meters.csv", "", "L1,lab,ore-in,,wet,%,,\nL2,lab,ore-in,,wet,%,,\n")) == ["P025"]


def test_a_stock_derives_one_side_at_most() -> None:
    rows = "tag,kind,stream,stock,unit,valid_from,valid_to\nFT-1,rate,ore-in,,t/h,,\nLT-1,level,,T,t,,\n"
    assert codes(meters_csv=f"{rows}FT-2,rate,slurry-in,,t/h,,\n") == []
    assert codes(meters_csv=rows) == ["P026"]
    follow = "FT-2,rate,slurry-in,,t/h,,{a}\nFT-3,rate,slurry-out,,t/h,{b},\n"
    assert codes(meters_csv=rows + follow.format(a="2026-03-31", b="2026-04-01")) == []
    found = issues(meters_csv=rows + follow.format(a="2026-03-31", b="2026-04-02"))
    assert [issue.code for issue in found] == ["P026"]
    assert "on 2026-04-01: slurry-in, slurry-out" in found[0].message
    closed = ("streams.toml", 'from = "T"', 'valid_to = 2026-03-31\nfrom = "T"')
    follower = '\n[stream.later]\nfrom = "T"\nto = "outside"\nmaterial = "slurry"\nvalid_from = 2026-0{}\n'
    metered = f"{rows}FT-2,rate,slurry-in,,t/h,,\n"
    assert codes(closed, ("streams.toml", "", follower.format("4-01")), meters_csv=metered) == []
    assert codes(closed, ("streams.toml", "", follower.format("3-31")), meters_csv=metered) == ["P026"]


def test_i8_an_opening_stands_for_the_first_dip() -> None:
    without = ("meters.csv", "LT-1,level,,T,,t,,0.05\n", "")
    assert codes(without) == ["P027"]
    assert codes(without, ("stocks.toml", "", "opening = 0\n")) == []


def test_q1_a_fill_by_standard_needs_one() -> None:
    meters = "tag,kind,stream,stock,unit,fill\nFT-1,rate,ore-in,,t/h,standard\nFT-2,rate,slurry-in,,t/h,\nLT-1,level,,T,t,\n"
    assert codes(meters_csv=meters) == ["P029"]
    assert codes(meters_csv=meters, standards_csv="area,output,item,basis,value\nmill,slurry,ore,yield,0.97\n") == []
