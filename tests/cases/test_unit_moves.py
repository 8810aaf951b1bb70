"""A unit moves from one area to another on a production day, its meters with it, worked by hand (T1, T4).

A dryer (feed at 40, dry at 100, steam at 20 a tonne) is run by the press on 1 May and by the kiln from 2 May on. It is declared for each
area with its days; its meters keep their tags and measure the streams of whoever runs it.

    a shift         feed 50 t    dry 30 t    steam 12 t       V = 3,000 - 2,000 - 240 = 760.00
    the kiln fires dry at 100 to clinker at 130: takes 30 t, gives 28 t: V = 3,640 - 3,000 = 640.00
"""

from __future__ import annotations

from pathlib import Path

import pytest

import one_day as o
import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.engine.rollup import Rollup

DRYER = (("feed", "outside", "{0}", "feed"), ("dry", "{0}", "silo", "dry"), ("steam", "outside", "{0}", "steam"))
ERAS = (("1", "DRYER-1", "valid_to = 2026-05-01", ",2026-05-01"), ("2", "DRYER-2", "valid_from = 2026-05-02", "2026-05-02,"))
TEXT = {
    "areas.toml": '[area.press]\nrotation = "two"\n[area.kiln]\nrotation = "two"\n',
    "units.toml": '[unit.PRESS]\narea = "press"\n[unit.KILN]\narea = "kiln"\n'
    '[unit.DRYER-1]\narea = "press"\nvalid_to = 2026-05-01\n[unit.DRYER-2]\narea = "kiln"\nvalid_from = 2026-05-02\n',
    "materials.toml": "".join(f'[material.{name}]\nunit = "t"\n' for name in ("feed", "dry", "steam", "clinker")),
    "stocks.toml": '[stock.silo]\nmaterial = "dry"\nheld_by = "site"\nopening = 40\nopening_day = 2026-05-01\n',
    "streams.toml": "".join(
        f'[stream.{name}-{era}]\nfrom = "{source.format(unit)}"\nto = "{target.format(unit)}"\nmaterial = "{material}"\n{days}\n'
        for era, unit, days, _ in ERAS
        for name, source, target, material in DRYER
    )
    + '[stream.fired]\nfrom = "silo"\nto = "KILN"\nmaterial = "dry"\n[stream.clinker]\nfrom = "KILN"\nto = "outside"\nmaterial = "clinker"\n',
    "meters.csv": "tag,kind,stream,unit,max_gap,valid_from,valid_to\n"
    + "".join(f"FT-{name.upper()},rate,{name}-{era},t/h,12h,{span}\n" for era, *_, span in ERAS for name, *_ in DRYER)
    + "FT-FIRED,rate,fired,t/h,12h,,\nFT-CLINKER,rate,clinker,t/h,12h,,\n",
    "prices/planned.csv": "material,price\nfeed,40\ndry,100\nsteam,20\nclinker,130\n",
    "members.csv": "person,area,crew,valid_from,valid_to\n"
    + "".join(f"p{crew},press,{crew},,\nk{crew},kiln,{crew},,\n" for crew in "AB")
    + "dA,press,A,,2026-05-01\ndA,kiln,A,2026-05-02,\n",
    "standards.csv": "area,output,item,basis,value,valid_from,valid_to\n"
    "press,dry,feed,yield,0.6,,2026-05-01\nkiln,dry,feed,yield,0.6,2026-05-02,\nkiln,clinker,dry,yield,0.9,,\n",
}
FLOWS = {"FT_FEED": 50, "FT_DRY": 30, "FT_STEAM": 12, "FT_FIRED": 30, "FT_CLINKER": 28}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    readings = o.tonnes(**{tag: (amount,) * 4 for tag, amount in FLOWS.items()})
    return o.opened(tmp_path_factory.mktemp("moved"), TEXT, readings, until=o.NEXT_DAY)


def added(plant: PlantView, *by: str) -> Rollup:
    found = sl.rollup(plant, by=by).rollup
    assert found is not None
    return found


def test_t1_t4_a_unit_counts_for_the_area_that_runs_it_on_the_day(plant: PlantView) -> None:
    """The last night of the press and the first day of the kiln: the dryer's 760.00 change the area, and not a cent is lost."""
    assert [{one.area: one.value for one in sl.statement(plant, shift).statements} for shift in (o.D, o.N, o.D2, o.N2)] == [
        {"press": 76_000, "kiln": 64_000}, {"press": 76_000, "kiln": 64_000},
        {"press": 0, "kiln": 140_000}, {"press": 0, "kiln": 140_000},
    ]  # fmt: skip
    assert sl.verify(plant).ok


def test_i1_the_days_of_the_move_add_up_to_cash_and_stock(plant: PlantView) -> None:
    """Four shifts of 1,400.00; the silo stands where it stood, so all of it is cash: 4 x (3,640 - 2,000 - 240)."""
    found = added(plant, "area", "day")
    assert {row.key: row.value for row in found.rows} == {
        ("press", o.DAY): 152_000, ("kiln", o.DAY): 128_000, ("press", o.NEXT_DAY): 0, ("kiln", o.NEXT_DAY): 280_000,
    }  # fmt: skip
    assert (found.result, found.outside, found.stocks) == (560_000, 560_000, 0)


def test_t4_people_who_go_with_the_unit_and_what_it_puts_out(plant: PlantView) -> None:
    """The press: 24 h a day of its two, 12 h of the dryer's man. The kiln: 24 h, then 36 h; what it dries comes back to it from the silo."""
    found = sl.labour(plant, o.DAY, o.NEXT_DAY, by=["area"]).labour
    assert found is not None
    told = {row.key[0]: (float(row.hours or 0), {one.material: float(one.qty) for one in row.outputs}) for row in found.rows}
    assert told == {"press": (60.0, {"dry": 60.0}), "kiln": (60.0, {"clinker": 112.0})}


def test_t1_in_two_areas_at_once_a_unit_s_meters_cannot_be(tmp_path: Path) -> None:
    """If the first does not end before the second begins, the meters tell two streams on that day: refused, with the line."""
    both = TEXT["meters.csv"].replace("FT-FEED,rate,feed-1,t/h,12h,,2026-05-01", "FT-FEED,rate,feed-1,t/h,12h,,2026-05-02")
    plant = sl.open(o.written(tmp_path, {**TEXT, "meters.csv": both}, {}), strict=False)
    assert [(issue.code, str(issue.at)) for issue in sl.check(plant).issues] == [("P022", "meters.csv:5")]
