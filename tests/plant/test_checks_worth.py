"""The checks of a plant's numbers at their edges: ranges, units, prices, standards, budgets and sources."""

from __future__ import annotations

import pytest

from plant.small_plant import codes, issues, places, prices

RANGES = [
    ("plant.toml", '"EUR"', '"euro"', False), ("plant.toml", '"EUR"', '"EUR"\nmoney_decimals = 5', False),
    ("plant.toml", '"EUR"', '"EUR"\nmoney_decimals = 0', True), ("plant.toml", '"EUR"', '"EUR"\nmonth_start = 28', True),
    ("plant.toml", '"EUR"', '"EUR"\nmonth_start = 29', False), ("plant.toml", '"EUR"', '"EUR"\nlookback = 0', False),
    ("plant.toml", '"EUR"', '"EUR"\ntest_level = 1', False), ("plant.toml", '"EUR"', '"EUR"\ntest_level = 0.5', True),
    ("materials.toml", 'unit = "t"', 'unit = "t"\nquantum = -0.001', False), ("meters.csv", "t/h,0.003", "t/h,-0.003", False),
    ("meters.csv", "t/h,0.003", "t/h,0", True), ("meters.csv", ",,0.05", ",,-0.05", False),
    ("prices/planned.csv", "ore,100", "ore,0.00000000001", False), ("prices/planned.csv", "ore,100", "ore,0.10000000000", True),
    ("prices/planned.csv", "ore,100", "ore,0.0000000001", True),
    ("prices/planned.csv", "ore,100", "ore,-100", True), ("prices/planned.csv", "ore,100", "ore,1e3", True),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "good"), RANGES)
def test_ranges(file: str, old: str, new: str, good: bool) -> None:
    found = [code for code in codes((file, old, new)) if code != "P018"]
    assert found == ([] if good else ["P020"])


def test_l4_yields_divide() -> None:
    head = "area,output,item,basis,value,condition,reference\n"
    lab = ("meters.csv", "", "L,lab,ore-in,,wet,%,,\n")
    assert codes(standards_csv=head + "mill,slurry,ore,yield,0,,\n") == ["P020"]
    assert codes(standards_csv=head + "mill,slurry,ore,yield,-1,,\n") == ["P020"]
    assert codes(standards_csv=head + "mill,slurry,ore,usage,0,,\n") == []
    base = f"{head}mill,slurry,ore,yield,1,,\n"
    assert codes(lab, standards_csv=base + "mill,slurry,ore,yield,-0.1,wet,8\n") == []  # a slope may be negative
    assert codes(lab, standards_csv=base + "mill,slurry,ore,yield,-0.1,wet,\n") == ["P020"]


@pytest.mark.parametrize(
    ("old", "new", "good"),
    [
        ("rate,ore-in,,,t/h", "rate,ore-in,,,kg/min", True), ("rate,ore-in,,,t/h", "rate,ore-in,,,t", False),
        ("rate,ore-in,,,t/h", "rate,ore-in,,,t/h/h", False), ("T,,t,", "T,,kg,", True), ("T,,t,", "T,,t/h,", False), ("T,,t,", "T,,m,", False),
    ],
)  # fmt: skip
def test_q8_units_of_meters(old: str, new: str, good: bool) -> None:
    assert codes(("meters.csv", old, new)) == ([] if good else ["P018"])


def test_q8_intervals_count_material_and_have_a_length() -> None:
    meters = "tag,kind,stream,stock,unit,length\nA,interval,ore-in,,{unit},{length}\nB,rate,slurry-in,,t/h,\nC,rate,slurry-out,,t/h,\nL,level,,T,t,\n"
    assert codes(meters_csv=meters.format(unit="kg", length="15min")) == []
    assert codes(meters_csv=meters.format(unit="kg/h", length="15min")) == ["P018"]
    assert codes(meters_csv=meters.format(unit="kg", length="")) == ["P032"]
    assert codes(meters_csv=meters.format(unit="", length="15min")) == ["P032"]


@pytest.mark.parametrize(
    ("unit", "good"),
    [("EUR/t", True), ("", True), ("CNY/t", False), ("EUR/kg", False), ("EUR", False), ("EUR/h", False), ("EUR/Mg", True)],
)
def test_l5_a_price_is_currency_per_unit_of_the_material(unit: str, good: bool) -> None:
    assert codes(("prices/planned.csv", "100,EUR/t", f"100,{unit}")) == ([] if good else ["P018"])


def test_q8_units_of_standards_and_factors() -> None:
    meter = (("materials.toml", "", '\n[material.power]\nunit = "MWh"\n'),)
    head = "area,output,item,basis,value,unit\n"
    assert codes(*meter, standards_csv=head + "mill,slurry,power,usage,1,MWh/t\n") == []
    assert codes(*meter, standards_csv=head + "mill,slurry,power,usage,1,t/MWh\n") == ["P018"]
    assert codes(*meter, standards_csv=head + "mill,slurry,power,yield,1,t/MWh\n") == []
    assert codes(*meter, standards_csv=head + "mill,slurry,power,yield,1,MWh/t\n") == ["P018"]
    assert codes(*meter, standards_csv=head + "mill,slurry,power,hours,1,MWh/h\n") == []
    assert codes(*meter, standards_csv=head + "mill,slurry,power,hours,1,MW\n") == []
    assert codes(*meter, standards_csv=head + "mill,slurry,power,hours,1,MWh/t\n") == ["P018"]
    assert codes(*meter, standards_csv=head + "mill,slurry,power,usage,1,\n") == []
    assert codes(*meter, standards_csv=head + "mill,slurry,power,usage,1,MWhh/t\n") == ["P019"]
    assert codes(*meter, factors__co2_csv="material,value,unit\npower,0.42,t/MWh\n") == []
    assert codes(*meter, factors__co2_csv="material,value,unit\npower,0.42,t/t\n") == ["P018"]
    assert codes(*meter, factors__co2_csv="material,value,unit\npower,0.42,t\n") == ["P018"]
    assert codes(("materials.toml", 'unit = "t"', 'unit = "tonn"')) == ["P019"]


SCALES = [
    ("usage", "kWh/t", "must be in MWh/t, not kWh/t: 1 kWh/t is 0.001 MWh/t", "by 0.001 "),
    ("usage", "GJ/t", "1 GJ/t is 5/18 MWh/t", "by 5/18 "),
    ("yield", "t/kWh", "must be in t/MWh, not t/kWh: 1 t/kWh is 1000 t/MWh", "by 1000 "),
    ("hours", "kWh/h", "must be in MWh/h, not kWh/h: 1 kWh/h is 0.001 MWh/h", "by 0.001 "),
    ("hours", "kWh/min", "1 kWh/min is 0.06 MWh/h", "by 0.06 "),
]


@pytest.mark.parametrize(("basis", "unit", "words", "remedy"), SCALES)
def test_l4_a_standard_is_multiplied_as_it_stands(basis: str, unit: str, words: str, remedy: str) -> None:
    power = ("materials.toml", "", '\n[material.power]\nunit = "MWh"\n')
    (issue,) = issues(power, standards_csv=f"area,output,item,basis,value,unit\nmill,slurry,power,{basis},1,{unit}\n")
    assert (issue.code, str(issue.at)) == ("P018", "standards.csv:2")
    assert words in issue.message
    assert remedy in issue.remedy


def test_l4_slopes_are_in_the_unit_of_their_base() -> None:
    lab = ("meters.csv", "", "L,lab,ore-in,,wet,%,,\n")
    rows = (
        "area,output,item,basis,value,unit,condition,reference\nmill,slurry,ore,usage,1,t/t,,\nmill,slurry,ore,usage,5,{},wet,8\n"
    )
    assert codes(lab, standards_csv=rows.format("t/t")) == []
    assert codes(lab, standards_csv=rows.format("kg/t")) == ["P018"]


def test_q8_a_factor_is_per_unit_of_its_material_as_it_stands() -> None:
    power = ("materials.toml", "", '\n[material.power]\nunit = "MWh"\n')
    (issue,) = issues(power, factors__co2_csv="material,value,unit\npower,0.00042,t/kWh\n")
    assert issue.message == 'the factor of "power" must be in t/MWh, not t/kWh: 1 t/kWh is 1000 t/MWh'
    assert "by 1000 " in issue.remedy
    assert codes(power, factors__co2_csv="material,value,unit\npower,0.42,kg/(MW*h)\n") == []


# What output may cost


STANDARDS = "area,output,item,basis,value,slot,condition,reference,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("ore,yield,1,,,,,", "ore,usage,1,,,,,", ["P035"]), ("ore,yield,1,,,,,", "ore,usage,1,N,,,,", ["P035"]),
        ("ore,yield,1,D,,,,", "ore,usage,1,N,,,,", []), ("ore,yield,1,,,,,", "ore,yield,1,N,,,,", []),
        ("ore,yield,1,N,,,,", "ore,yield,1,N,,,,", ["P022"]), ("ore,yield,1,,,,,", "ore,yield,1,,,,,", ["P022"]),
        ("ore,yield,1,,,,,2026-03-31", "ore,usage,1,,,,2026-03-31,", ["P035"]),
        ("ore,yield,1,,,,,2026-03-31", "ore,usage,1,,,,2026-04-01,", []),
        ("ore,yield,1,,,,,", "water,usage,1,,,,,", []), ("ore,yield,1,,,,,", "water,hours,1,,,,,", ["P035"]),
        ("water,hours,1,D,,,,", "ore,usage,1,N,,,,", []), ("ore,hours,1,,,,,", "water,hours,1,,,,,", []),
    ],
)  # fmt: skip
def test_l4_an_item_of_an_output_has_one_basis(first: str, second: str, wanted: list[str]) -> None:
    water = ("materials.toml", "", '\n[material.water]\nunit = "t"\n')
    rows = STANDARDS + "".join(f"mill,slurry,{row}\n" for row in (first, second))
    assert places(water, standards_csv=rows) == [f"{code} standards.csv:3" for code in wanted]
    two = ("areas.toml", "", '\n[area.sieve]\nrotation = "four"\n')
    assert codes(water, two, standards_csv=STANDARDS + f"mill,slurry,{first}\nsieve,slurry,{second}\n") == []
    assert codes(water, standards_csv=STANDARDS + f"mill,slurry,{first}\nmill,water,{second}\n") == []


@pytest.mark.parametrize(
    ("base", "slope", "good"),
    [
        ("ore,yield,1,,,,,", "ore,yield,1,,wet,8,,", True), ("ore,yield,1,,,,,", "ore,yield,1,N,wet,8,,", True),
        ("ore,yield,1,N,,,,", "ore,yield,1,N,wet,8,,", True), ("ore,yield,1,N,,,,", "ore,yield,1,,wet,8,,", True),
        ("ore,yield,1,N,,,,", "ore,yield,1,D,wet,8,,", False), ("ore,usage,1,,,,,", "ore,yield,1,,wet,8,,", False),
        ("water,yield,1,,,,,", "ore,yield,1,,wet,8,,", False), ("ore,yield,1,,,,,2026-03-31", "ore,yield,1,,wet,8,2026-04-01,", False),
        ("ore,yield,1,,,,,2026-03-31", "ore,yield,1,,wet,8,2026-03-31,", True),
    ],
)  # fmt: skip
def test_l4_a_slope_has_a_base_in_its_slot_and_time(base: str, slope: str, good: bool) -> None:
    edits = [("materials.toml", "", '\n[material.water]\nunit = "t"\n'), ("meters.csv", "", "L,lab,ore-in,,wet,%,,\n")]
    rows = STANDARDS + f"mill,slurry,{base}\nmill,slurry,{slope}\n"
    assert places(*edits, standards_csv=rows) == ([] if good else ["P036 standards.csv:3"])


def test_l3_a_fixed_charge_stands_in_a_statement() -> None:
    two = ("areas.toml", "", '\n[area.sieve]\nrotation = "four"\n')
    rows = "area,item,kind,qty,per,valid_from,valid_to\nsieve,{kind},100,day,2026-04-01,\n"
    assert codes(two, budget_csv=rows.format(kind="rent,fixed")) == ["P038"]
    assert codes(two, budget_csv=rows.format(kind="work,hours")) == []
    unit = '\n[unit.U2]\narea = "sieve"\nvalid_to = 2026-{}\n'
    assert codes(two, ("units.toml", "", unit.format("04-01")), budget_csv=rows.format(kind="rent,fixed")) == []
    assert codes(two, ("units.toml", "", unit.format("03-31")), budget_csv=rows.format(kind="rent,fixed")) == ["P038"]
    assert codes(budget_csv=rows.format(kind="rent,fixed")) == ["P012"]  # an area that is not declared is one issue


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("output,9,shift,,D", []), ("output,9,day,,N", []), ("output,9,month,,E", []), ("output,9,month,,X", ["P012"]),
        ("output,9,day,,X", ["P012"]), ("fixed,9,month,,X", ["P012"]), ("output,9,week,,", ["P008"]), ("output,9,Month,,", ["P008"]),
        ("output,-9,day,,", ["P020"]), ("wages,9,day,,", ["P008"]), ("output,9,month,2026-03-04,", ["P020"]),
        ("output,9,day,2026-03-04,", []), ("output,9,shift,2026-03-04,D", []), ("output,9,day,2026-03-32,", ["P007"]),
    ],
)  # fmt: skip
def test_l4_a_budget_row_that_would_plan_nothing_is_refused(row: str, wanted: list[str]) -> None:
    kind, rest = row.split(",", 1)
    assert codes(budget_csv=f"area,item,kind,qty,per,day,slot\nmill,slurry,{kind},{rest}\n") == wanted


def test_l1_what_moves_has_a_planned_price() -> None:
    assert codes(**prices("slurry,1,,night,,")) == ["P024"]
    assert codes(**prices("slurry,0,,,,")) == []
    assert codes(("materials.toml", "", '\n[material.idle]\nunit = "t"\n')) == []


SOURCES = [
    ('encoding = "gb18030"', []), ('encoding = "hex"', ["P030"]), ('delimiter = ";"\ndecimal = ","', []), ('decimal = ","', []),
    ('delimiter = ""', ["P030"]), ('stamps = "end"', ["P030"]), ('stamps = "end"\ninterval = "15min"', []), ('layout = "wide"', ["P030"]),
    ('order = "any"', []), ('order = "position"', ["P030"]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "wanted"), SOURCES)
def test_r3_sources(lines: str, wanted: list[str]) -> None:
    assert codes(sources_toml=f'[source.s]\nmatch = "x"\n{lines}\n') == wanted


LIQUOR = (
    ("materials.toml", "", '\n[material.liquor]\nunit = "t"\npriced_on = "alumina"\n'),
    ("streams.toml", "", '\n[stream.liquor-in]\nfrom = "outside"\nto = "U1"\nmaterial = "liquor"\n'),
)


@pytest.mark.parametrize(
    ("meter", "lab", "good"),
    [
        ("m3/h", "g/L", True),
        ("m3/h", "kg/m3", True),
        ("t/h", "%", True),
        ("t/h", "", True),
        ("m3/h", "%", False),
        ("t/h", "g/L", False),
    ],
)
def test_q5_a_flow_and_its_assay_together_make_up_what_is_paid(meter: str, lab: str, good: bool) -> None:
    """Alumina in liquor: m3/h x h x g/L is a mass, as the quantities multiply it; m3 x % is none, nor is t x g/L."""
    rows = f"FT-LQ,rate,liquor-in,,{meter}\nLAB-LQ,lab,liquor-in,alumina,{lab}\n"
    found = issues(*LIQUOR, meters_csv="tag,kind,stream,component,unit\n" + rows)
    wrong = [issue for issue in found if issue.code == "P018"]
    assert [issue.at.line for issue in wrong] == ([] if good else [2])
    assert all(f"times {lab} of the laboratory" in issue.message for issue in wrong if lab == "g/L")
