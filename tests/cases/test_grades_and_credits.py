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
