"""Bills that are corrected, withdrawn, doubled or paid back, and what else moves a share of one: worked by hand (Q9, L6, L7, I1, I5).

The melt shop of `test_lots_and_bills`: slots D 06-14, E 14-22, N 22-06; the furnace's gas runs at 10, 30 and 10 Nm3/h, so a bill of both
days by its load is a tenth, three tenths and a tenth a day.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
from cases import test_lots_and_bills as shops
from cases.test_bills_in_bands import MINE, SOON, rows
from cases.test_bills_in_bands import built as built_in_bands
from cases.test_lots_and_bills import DAYS, close, column, load, stored, trued, write
from shiftledger.api import PlantView
from shiftledger.engine.local import open_books
from shiftledger.plant.roster import month_of

HEAD = "invoice,from,to,MWh\n"
PERIOD = "2026-03-04T06:00,2026-03-06T06:00"
IN_TIME = "2026-03-06T12:00:00Z"


def built(folder: Path, **texts: str) -> PlantView:
    """The shop with its readings loaded; `texts` by name, _ for the dot, in place of its own."""
    files = {**shops.FILES, **{name.replace("_", "."): text for name, text in texts.items()}}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    plant = sl.open(folder)
    assert sl.check(plant).ok, sl.check(plant).issues
    assert load(plant, *(name for name in files if name.startswith("in/"))) == []
    return plant


@pytest.fixture
def shop(tmp_path: Path) -> PlantView:
    return built(tmp_path / "shop")


def billed(plant: PlantView, number: int, *invoices: str, known_at: str = IN_TIME) -> None:
    """Load a file of invoices (id, from, to, MWh)."""
    name = write(plant, f"in/bill-{number}.csv", HEAD + "".join(f"{row}\n" for row in invoices))
    assert load(plant, name, known_at=known_at) == []


def outcomes(plant: PlantView) -> list[str]:
    """What a close did with the two days."""
    done = sl.close(plant, *DAYS)
    assert done.ok, done.issues
    assert done.report is not None
    return [day.outcome for day in done.report.days]


def results(plant: PlantView) -> list[str]:
    """The hashes of what is sealed of the days."""
    with stored(plant) as state:
        return [open_books(plant.plant, state).latest[day].result_hash for day in DAYS]


def test_l7_two_bills_that_change_by_opposite_amounts_close_their_days_again(shop: PlantView, tmp_path: Path) -> None:
    """60 and 40 MWh become 50 and 50: no share moves, but the bills that explain them are others. What is sealed says so, as it would
    if they had come so at once."""
    billed(shop, 1, f"A,{PERIOD},60", f"B,{PERIOD},40", known_at="2026-03-06T09:00:00Z")
    assert outcomes(shop) == ["sealed", "sealed"]
    billed(shop, 2, f"A,{PERIOD},50", f"B,{PERIOD},50")
    assert outcomes(shop) == ["sealed", "sealed"]
    assert column(shop, "electricity") == [10_000, 30_000, 10_000] * 2
    assert trued(shop, ("trueup", "prior")) == 0
    other = built(tmp_path / "other")
    billed(other, 1, f"A,{PERIOD},50", f"B,{PERIOD},50", known_at="2026-03-06T09:00:00Z")
    close(other)
    assert results(shop) == results(other)
    assert outcomes(shop) == ["unchanged", "unchanged"]
    assert sl.verify(shop).ok


def test_l7_t3_a_period_that_moves_nothing_but_the_crews_closes_the_day_again(tmp_path: Path) -> None:
    """8 MWh of D from 06:00 to 10:00, A relieves B at 08:00: 4 each. The bill was for 07:00 to 10:00: 2.667 and 5.333, and D has 8 as before."""
    hours = '[allocation.power]\nstream = "electricity"\ndriver = "hours"\n'
    relief = "day,slot,area,crew,start\n2026-03-04,D,shop,A,08:00\n"
    plant = built(tmp_path / "shop", allocations_toml=hours, roster_csv=relief)
    billed(plant, 1, "A,2026-03-04T06:00,2026-03-04T10:00,8", known_at="2026-03-06T09:00:00Z")
    close(plant)
    assert by_crew(plant) == {"A": 4_000, "B": 4_000}
    billed(plant, 2, "A,2026-03-04T07:00,2026-03-04T10:00,8")
    assert outcomes(plant)[0] == "sealed"
    assert column(plant, "electricity")[0] == 8_000
    assert by_crew(plant) == {"B": 2_667, "A": 5_333}
    assert sl.verify(plant).ok


def by_crew(plant: PlantView) -> dict[str, int]:
    """Quanta of power by crew of 4 March D, true-ups included."""
    found: dict[str, int] = {}
    with stored(plant) as state:
        books = open_books(plant.plant, state)
        days = shops.read_days(state, {day: seal.close_id for day, seal in books.latest.items()})
    for p in (p for day in days.values() for p in day.postings if p.shift == "2026-03-04.D" and p.what == "power"):
        found[p.crew.rpartition("/")[2]] = found.get(p.crew.rpartition("/")[2], 0) + p.qty
    return found


def moved(plant: PlantView, what: str, *kinds: str) -> dict[str, int]:
    """Quanta by shift of the sealed rows of some kinds."""
    return {shift: qty for shift, (qty, _) in rows(plant, what, *kinds).items()}


@pytest.mark.parametrize(("known_at", "in_time"), [(SOON, True), ("2026-03-08T10:00:00Z", False)])
def test_l6_i1_a_late_sample_that_moves_a_quantum_of_another_shift_trues_that_up_too(
    tmp_path: Path, known_at: str, in_time: bool
) -> None:
    """0.03 t at 30 %: 1.5 quanta a shift, 9 in all: 2, 2, 2, 1, 1, 1. At 32 % from 5 March on 1.452 and 1.548 of 9: now the later ones round up.

    Where the sample comes in time for 5 March only, the three quanta of the day before are rows of the open month; still nine in all.
    """
    plant = built_in_bands(tmp_path / "shop")
    lab = "sampled,point,analyte,result,test\n"
    again = f"{lab}2026-03-04T06:00,mine,Cu,30,1\n2026-03-04T18:00,mine,Cu,30,1\n"
    assert load(plant, write(plant, "in/lab-2.csv", again)) == []
    assert load(plant, write(plant, "in/mine.csv", MINE.replace(",60", ",0.03"))) == []
    close(plant)
    assert column(plant, "concentrate") == [2, 2, 2, 1, 1, 1]
    late = write(plant, "in/lab-3.csv", f"{lab}2026-03-05T06:00,mine,Cu,32,\n")
    assert load(plant, late, known_at=known_at) == []
    close(plant)
    first, second = ({f"03-0{day}.{slot}": by for slot in "DEN"} for day, by in ((4, -1), (5, 1)))
    if in_time:
        assert column(plant, "concentrate") == [1, 1, 1, 2, 2, 2]
        assert moved(plant, "copper", "trueup") == first | second
    else:
        assert column(plant, "concentrate") == [2] * 6
        assert (moved(plant, "copper", "trueup"), moved(plant, "copper", "prior")) == (second, first)
    assert sum(moved(plant, "copper", "flow", "trueup", "prior").values()) == 9
    assert sl.verify(plant).ok


def test_l7_i1_a_late_reading_of_the_driver_moves_a_settled_day_by_the_open_month(tmp_path: Path) -> None:
    """The month ends between the two days. In 5 March E the gas ran at 80, not 30: 80, 240, 80 and 80, 640, 80 Nm3 of 1,200 share 100 MWh."""
    month = shops.FILES["plant.toml"].replace("month_start = 6", "month_start = 5")
    plant = built(tmp_path / "shop", plant_toml=month)
    billed(plant, 1, f"A,{PERIOD},100", known_at="2026-03-06T09:00:00Z")
    close(plant)
    settled = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": month_of(plant.plant, DAYS[0])})
    assert settled.ok, settled.issues
    gas = write(plant, "in/gas-2.csv", "time,tag,value\n2026-03-05T14:00,GAS,80\n")
    assert load(plant, gas, known_at=IN_TIME) == []
    close(plant)
    assert column(plant, "electricity") == [10_000, 30_000, 10_000, 6_667, 53_333, 6_666]
    assert moved(plant, "power", "prior") == {"03-04.D": -3_333, "03-04.E": -10_000, "03-04.N": -3_333}
    assert sum(moved(plant, "power", "flow", "trueup", "prior").values()) == 100_000
    assert sl.verify(plant).ok


def test_l6_i1_a_bill_corrected_three_times_is_what_it_said_last(shop: PlantView) -> None:
    """100, then 120, then a credit note of 30, then nothing: tenths of it each time, and the rows together are the bill."""
    for number, mwh in enumerate((100, 120, -30, 0)):
        billed(shop, number, f"A,{PERIOD},{mwh}", known_at=f"2026-03-06T1{number}:00:00Z")
        close(shop)
        assert column(shop, "electricity") == [mwh * 100, mwh * 300, mwh * 100] * 2
        assert sum(moved(shop, "power", "flow", "trueup").values()) == mwh * 1_000
    assert sl.verify(shop).ok
