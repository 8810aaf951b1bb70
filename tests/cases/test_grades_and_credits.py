"""Off-spec and rework, by-products, several products, credits and recycles, each worked by hand (L3, L4)."""

from __future__ import annotations

from pathlib import Path

import one_day as o
import shiftledger as sl
from shiftledger.render.statement_text import statement_text

# --- off-spec and rework ----------------------------------------------------------------------------------------------------
# A reactor makes polymer (1,000.00) from monomer (600.00) at a yield of 0.95; what misses its grade goes to a bay of the site as
# `seconds` (400.00) and is fed again in a later shift.
REACTOR = {
    "areas.toml": '[area.reactor]\nrotation = "two"\n',
    "units.toml": '[unit.R1]\narea = "reactor"\n',
    "materials.toml": """[material.monomer]
unit = "t"
[material.polymer]
unit = "t"
[material.seconds]
unit = "t"
offspec_of = "polymer"
name_zh = "次品"
""",
    "stocks.toml": '[stock.bay]\nmaterial = "seconds"\nheld_by = "site"\nopening = 10\nopening_day = 2026-05-01\n',
    "streams.toml": """[stream.monomer-in]
from = "outside"
to = "R1"
material = "monomer"
[stream.polymer-out]
from = "R1"
to = "outside"
material = "polymer"
[stream.seconds-out]
from = "R1"
to = "bay"
material = "seconds"
[stream.seconds-back]
from = "bay"
to = "R1"
material = "seconds"
""",
    "meters.csv": """tag,kind,stream,unit,max_gap
MONO,rate,monomer-in,t/h,12h
POLY,rate,polymer-out,t/h,12h
SEC-OUT,rate,seconds-out,t/h,12h
SEC-BACK,rate,seconds-back,t/h,12h
""",
    "prices/planned.csv": "material,price\nmonomer,600\npolymer,1000\nseconds,400\n",
    "standards.csv": "area,output,item,basis,value\nreactor,polymer,monomer,yield,0.95\n",
    "budget.csv": "area,item,kind,qty,per\nreactor,polymer,output,95,shift\n",
}


def test_l4_off_spec_and_rework_stand_apart(tmp_path: Path) -> None:
    """D spoils 12 t and feeds 4 t again; N spoils nothing and feeds 6 t.

                    D                                  N
        monomer   108 t = -64,800.00               96 t = -57,600.00
        polymer    95 t = +95,000.00               98 t = +98,000.00
        off-spec   12 t =  +4,800.00                0
        rework      4 t =  -1,600.00                6 t =  -2,400.00
        V               +33,400.00                     +38,000.00
        allowed monomer 95 / 0.95 = 100 t = 60,000.00; 98 / 0.95 = 103.158 t = 61,894.80 (61,894.800)
        yield     60,000 - 64,800 = -4,800.00      61,894.80 - 57,600 = +4,294.80
    Standard D 95,000 - 60,000 = 35,000 = Plan; N 98,000 - 61,894.80 = 36,105.20, volume +1,105.20.
    """
    readings = o.tonnes(MONO=(108, 96), POLY=(95, 98), SEC_OUT=(12, 0), SEC_BACK=(4, 6))
    plant = o.opened(tmp_path, REACTOR, readings)
    day, night = o.statement(plant, "reactor"), o.statement(plant, "reactor", o.N)
    assert (day.value, day.plan, day.standard) == (3_340_000, 3_500_000, 3_500_000)
    assert o.steps(day) == {"yield monomer": -480_000, "offspec seconds": 480_000, "rework seconds": -160_000}
    assert (night.value, night.standard) == (3_800_000, 3_610_520)
    assert o.steps(night) == {"volume": 110_520, "yield monomer": 429_480, "rework seconds": -240_000}
    assert o.misprints(plant) == []
    for lang, words in (("en", ("off-spec seconds", "rework seconds")), ("zh", ("不合格品 次品", "返工 次品"))):
        text = statement_text(sl.statement(plant, o.D, "reactor"), lang)
        assert all(word in text for word in words), text
    formula = sl.explain(plant, f"ledger/{o.D}/reactor/bridge/offspec/seconds").formula
    assert formula is not None
    (out,) = formula.terms
    assert (out.quanta, out.price) == ((12_000,), 400)


def test_l4_rework_against_its_standard(tmp_path: Path) -> None:
    """0.02 t of seconds may be fed again per t of polymer: allowed 1.900 t = 760.00, fed 4 t = 1,600.00: rework -840.00, off-spec whole."""
    rule = {"standards.csv": REACTOR["standards.csv"] + "reactor,polymer,seconds,usage,0.02\n"}
    plant = o.opened(tmp_path, {**REACTOR, **rule}, o.tonnes(MONO=(108,), POLY=(95,), SEC_OUT=(12,), SEC_BACK=(4,)))
    assert o.steps(o.statement(plant, "reactor")) == {
        "yield monomer": -480_000, "offspec seconds": 480_000, "rework seconds": -84_000,
    }  # fmt: skip
    assert o.misprints(plant) == []


def test_l4_off_spec_in_a_bay_of_the_area_is_what_the_bay_grew_by(tmp_path: Path) -> None:
    """12 t in and 4 t out of the area's own bay are internal: it grew by 8 t = 3,200.00, which is the off-spec line; V is the same."""
    bay = {"stocks.toml": REACTOR["stocks.toml"].replace('held_by = "site"', 'held_by = "reactor"')}
    plant = o.opened(tmp_path, {**REACTOR, **bay}, o.tonnes(MONO=(108,), POLY=(95,), SEC_OUT=(12,), SEC_BACK=(4,)))
    found = o.statement(plant, "reactor")
    assert found.value == 3_340_000
    assert o.steps(found) == {"yield monomer": -480_000, "offspec seconds": 320_000}
    assert o.misprints(plant) == []


# --- several products and a by-product --------------------------------------------------------------------------------------
COLUMN = {
    "areas.toml": '[area.column]\nrotation = "two"\n',
    "units.toml": '[unit.C1]\narea = "column"\n',
    "materials.toml": "".join(
        f'[material.{name}]\nunit = "t"\n' for name in ("crude", "naphtha", "diesel", "gas", "residue", "slops")
    ),
    "streams.toml": '[stream.crude-in]\nfrom = "outside"\nto = "C1"\nmaterial = "crude"\n'
    + "".join(
        f'[stream.{name}-out]\nfrom = "C1"\nto = "outside"\nmaterial = "{name}"\n'
        for name in ("naphtha", "diesel", "gas", "residue", "slops")
    ),
    "meters.csv": "tag,kind,stream,unit,max_gap\nCRUDE,rate,crude-in,t/h,12h\n"
    + "".join(f"{name.upper()},rate,{name}-out,t/h,12h\n" for name in ("naphtha", "diesel", "gas", "residue", "slops")),
    "prices/planned.csv": "material,price\ncrude,300\nnaphtha,500\ndiesel,900\ngas,800\nresidue,100\nslops,50\n",
    "standards.csv": """area,output,item,basis,value
column,naphtha,crude,yield,0.8
column,diesel,crude,yield,0.5
column,gas,crude,yield,0.4
column,naphtha,residue,usage,0.1
column,diesel,residue,usage,0.2
""",
    "budget.csv": "area,item,kind,qty,per\ncolumn,naphtha,output,40,shift\ncolumn,diesel,output,50,shift\ncolumn,gas,output,10,shift\n",
}


def test_l4_volume_and_mix_of_three_products_with_a_by_product(tmp_path: Path) -> None:
    """What a tonne leaves by its standards: naphtha 500 - 300/0.8 + 0.1 x 100 = 135; diesel 900 - 600 + 20 = 320; gas 800 - 750 = 50.

    Plan 40 x 135 + 50 x 320 + 10 x 50 = 21,900.00.
    D makes 54, 45 and 21 = 120 t; at the planned mix 48, 60 and 12: 26,280.00, so volume +4,380.00.
      Standard 54 x 135 + 45 x 320 + 21 x 50 = 22,740.00: mix -3,540.00.
      Crude allowed 67.5 + 90 + 52.5 = 210, taken 208: yield +600.00. Residue allowed 5.4 + 9 = 14.4, given 16: +160.00.
      Slops have no standard: 3 x 50 = +150.00. V = 23,650.00.
    N makes 40, 60 and no gas = 100 t, as many as planned: volume 0. Standard 5,400 + 19,200 = 24,600.00: mix +2,700.00.
      Crude allowed 50 + 120 = 170, taken 175: -1,500.00. Residue allowed 16, given 10: -600.00. V = 22,500.00.
    """
    readings = o.tonnes(
        CRUDE=(208, 175), NAPHTHA=(54, 40), DIESEL=(45, 60), GAS=(21, 0), RESIDUE=(16, 10), SLOPS=(3, 0)
    )  # fmt: skip
    plant = o.opened(tmp_path, COLUMN, readings)
    day, night = o.statement(plant, "column"), o.statement(plant, "column", o.N)
    assert (day.plan, day.standard, day.value) == (2_190_000, 2_274_000, 2_365_000)
    assert o.steps(day) == {
        "volume": 438_000, "mix": -354_000, "yield crude": 60_000, "usage residue": 16_000, "other slops": 15_000,
    }  # fmt: skip
    assert (night.plan, night.standard, night.value) == (2_190_000, 2_460_000, 2_250_000)
    assert o.steps(night) == {"mix": 270_000, "yield crude": -150_000, "usage residue": -60_000}
    assert o.misprints(plant) == []


# --- credits: steam given away, water given back ----------------------------------------------------------------------------
ACID = {
    "areas.toml": '[area.acid]\nrotation = "two"\n',
    "units.toml": '[unit.A1]\narea = "acid"\n',
    "materials.toml": "".join(
        f'[material.{name}]\nunit = "{unit}"\n'
        for name, unit in (("sulphur", "t"), ("acid", "t"), ("steam", "t"), ("water", "m3"), ("condensate", "m3"))
    ),
    "streams.toml": """[stream.sulphur-in]
from = "outside"
to = "A1"
material = "sulphur"
[stream.acid-out]
from = "A1"
to = "outside"
material = "acid"
[stream.steam-out]
from = "A1"
to = "outside"
material = "steam"
[stream.water-in]
from = "outside"
to = "A1"
material = "water"
[stream.water-back]
from = "A1"
to = "outside"
material = "water"
[stream.condensate-back]
from = "A1"
to = "outside"
material = "condensate"
""",
    "meters.csv": """tag,kind,stream,component,unit,max_gap,max_hold
SULPHUR,rate,sulphur-in,,t/h,12h,
ACID,rate,acid-out,,t/h,12h,
STEAM,rate,steam-out,,t/h,12h,
WATER,rate,water-in,,m3/h,12h,
BACK,rate,water-back,,m3/h,12h,
COND,rate,condensate-back,,m3/h,12h,
LAB,lab,acid-out,strength,%,,30d
""",
    "prices/planned.csv": "material,price\nsulphur,150\nacid,100\nsteam,30\nwater,2\ncondensate,5\n",
    "standards.csv": """area,output,item,basis,value,condition,reference
acid,acid,sulphur,usage,0.33,,
acid,acid,steam,usage,-1.2,,
acid,acid,steam,usage,-0.01,strength,20
acid,acid,water,usage,0.10,,
acid,acid,condensate,usage,-0.25,,
""",
}
ACID_DAY = (
    o.tonnes(SULPHUR=(41,), ACID=(120,), STEAM=(146,), WATER=(41,), BACK=(28,), COND=(32,)) + "2026-05-01T06:00:00Z,LAB,25\n"
)


def test_l4_what_is_given_back_is_negative_use(tmp_path: Path) -> None:
    """120 t of acid at strength 25 instead of 20.

    Standard: acid +12,000.00; sulphur 39.6 t = -5,940.00; steam -144 t used = +4,320.00; water 12 m3 = -24.00;
      condensate -30 m3 used = +150.00. Together 10,506.00.
    Allowed: steam -1.2 - 0.01 x (25 - 20) = -1.25 t/t: 150 t = 4,500.00, conditions +180.00.
    Actual: sulphur 41 t: -210.00; steam 146 t: 4 t too little, -120.00; water 41 - 28 = 13 m3: 1 too many, -2.00;
      condensate 32 m3: 2 more, +10.00. V = 12,000 - 6,150 + 4,380 - 26 + 160 = 10,364.00.
    """
    plant = o.opened(tmp_path, ACID, ACID_DAY)
    found = o.statement(plant, "acid")
    assert (found.standard, found.allowed, found.value) == (1_050_600, 1_068_600, 1_036_400)
    assert o.steps(found) == {
        "conditions": 18_000, "usage sulphur": -21_000, "usage steam": -12_000, "usage water": -200, "usage condensate": 1_000,
    }  # fmt: skip
    assert o.misprints(plant) == []


def test_l4_a_credit_does_not_turn_round_when_an_import_is_drawn(tmp_path: Path) -> None:
    """With a line for bought steam, 4 t of it: net 142 t given, 8 t less than the 150 allowed: -240.00. Standard is the same."""
    drawn = {
        "streams.toml": ACID["streams.toml"] + '[stream.steam-in]\nfrom = "outside"\nto = "A1"\nmaterial = "steam"\n',
        "meters.csv": ACID["meters.csv"] + "STEAM-IN,rate,steam-in,,t/h,12h,\n",
    }
    plant = o.opened(tmp_path, {**ACID, **drawn}, ACID_DAY + o.tonnes(STEAM_IN=(4,)))
    found = o.statement(plant, "acid")
    assert (found.standard, found.allowed, found.value) == (1_050_600, 1_068_600, 1_036_400 - 12_000)
    assert o.steps(found)["usage steam"] == -24_000
    assert o.misprints(plant) == []


# --- recycles ---------------------------------------------------------------------------------------------------------------
MILL = {
    "areas.toml": '[area.mill]\nrotation = "two"\n[area.filter]\nrotation = "two"\n',
    "units.toml": '[unit.U1]\narea = "mill"\n[unit.U2]\narea = "mill"\n[unit.U3]\narea = "filter"\n',
    "materials.toml": "".join(f'[material.{name}]\nunit = "t"\n' for name in ("ore", "sands", "slurry", "product", "spill")),
    "stocks.toml": '[stock.pond]\nmaterial = "spill"\nheld_by = "site"\nopening = 10\nopening_day = 2026-05-01\n',
    "streams.toml": "".join(
        f'[stream.{name}]\nfrom = "{source}"\nto = "{target}"\nmaterial = "{material}"\n'
        for name, source, target, material in (
            ("ore-in", "outside", "U1", "ore"),
            ("pulp", "U1", "U2", "slurry"),
            ("sands-back", "U2", "U1", "sands"),
            ("slurry", "U2", "U3", "slurry"),
            ("product-out", "U3", "outside", "product"),
            ("spilled", "U3", "pond", "spill"),
            ("pumped", "pond", "U1", "spill"),
        )
    ),
    "meters.csv": "tag,kind,stream,unit,max_gap\n"
    + "".join(
        f"{tag},rate,{stream},t/h,12h\n"
        for tag, stream in (
            ("ORE", "ore-in"), ("PULP", "pulp"), ("SANDS", "sands-back"), ("SLURRY", "slurry"), ("PRODUCT", "product-out"),
            ("SPILLED", "spilled"), ("PUMPED", "pumped"),
        )
    ),
    "prices/planned.csv": "material,price\nore,100\nsands,50\nslurry,180\nproduct,250\nspill,60\n",
    "standards.csv": """area,output,item,basis,value
mill,slurry,ore,yield,0.95
mill,slurry,spill,usage,0.03
filter,product,slurry,yield,0.95
filter,product,spill,usage,0.05
""",
}  # fmt: skip


def test_l4_a_recycle_inside_an_area_moves_no_value_and_one_between_areas_goes_at_planned_price(tmp_path: Path) -> None:
    """Ore 100, slurry 95, product 90, spilled 4 into the pond, 3 pumped back to the mill; sands 30 (D) and 60 (N) from U2 to U1.

    V(mill) = 95 x 180 - 100 x 100 - 3 x 60 = 6,920.00: allowed ore 100, spill 2.85: usage spill -9.00.
    V(filter) = 90 x 250 - 95 x 180 + 4 x 60 = 5,640.00: allowed slurry 94.737 (-47.34), spill 4.5: usage spill -30.00.
    The pond of the site grows by 1 t each shift, 60.00, and nothing of it is anybody's: no site account moves.
    """
    same = dict.fromkeys(("ORE", "PULP", "SLURRY", "PRODUCT", "SPILLED", "PUMPED"), (0.0, 0.0))
    amounts = {**same, "ORE": (100, 100), "PULP": (125, 155), "SLURRY": (95, 95), "PRODUCT": (90, 90), "SPILLED": (4, 4)}
    plant = o.opened(tmp_path, MILL, o.tonnes(**{**amounts, "PUMPED": (3, 3), "SANDS": (30, 60)}))
    for shift in (o.D, o.N):
        mill, filtered = o.statement(plant, "mill", shift), o.statement(plant, "filter", shift)
        assert (mill.value, filtered.value) == (692_000, 564_000)
        assert o.steps(mill) == {"usage spill": -900}
        assert o.steps(filtered) == {"yield slurry": -4_734, "usage spill": -3_000}
        assert o.site(plant, shift) == {}
    (pond,) = o.statement(plant, "mill", o.N).stocks
    assert (pond.opening, pond.closing) == (11_000, 12_000)
    assert o.misprints(plant) == []


def test_l6_the_laboratory_reclassifies_a_delivery_after_the_shift(tmp_path: Path) -> None:
    """Beyond a melt index of 2.00 polymer is worth what seconds are: cap 1,000 - 400 = 600.00, reached by one step of 0.01 x 60,000.

    D: 2.30 comes after the close: 95 t x -600.00 = -57,000.00, a true-up; V 33,400.00 falls to -23,600.00. N: 2.00 is in grade, nothing.
    """
    text = {
        **REACTOR,
        "meters.csv": REACTOR["meters.csv"].replace("unit,max_gap", "component,unit,quantum,max_gap,max_hold").replace(",t/h,12h", ",,t/h,,12h,")
        + "LAB,lab,polymer-out,index,g/10min,0.01,,12h\n",
        "quality.csv": "material,component,reference,low,high,worth,cap\npolymer,index,2,0,2,-60000,600\n",
    }  # fmt: skip
    flows = o.tonnes(MONO=(108, 96), POLY=(95, 98), SEC_OUT=(12, 0), SEC_BACK=(4, 6))
    readings = {
        "readings/all.csv": flows + "2026-05-01T18:00:00Z,LAB,2.00\n",
        "readings/lab.csv": "2026-05-01T06:00:00Z,LAB,2.30\n",
    }
    plant = o.opened(tmp_path, text, readings)
    assert o.statement(plant, "reactor").value == 3_340_000
    o.load(plant, "readings/lab.csv")
    o.close(plant)
    found = o.statement(plant, "reactor")
    assert (found.value, o.steps(found)["quality polymer@index"]) == (-2_360_000, -5_700_000)
    assert o.statement(plant, "reactor", o.N).value == 3_800_000
    assert o.misprints(plant) == []
