"""A small melt shop from files to sealed books: heats, trucks, an electricity bill and a laboratory (R1, Q5, Q9, Q10, L6).

Slots N 22-06, D 06-14, E 14-22, day_start 06:00 (slots D, E, N). Heats are shared by time, scrap comes by truck and counts
when it is weighed, the electricity of two days comes as one bill by the load of the furnace's gas.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
from shiftledger.acts.state import State, connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.engine.explain import explain as explain_figure
from shiftledger.engine.local import open_books
from shiftledger.ledger.results import read_days
from shiftledger.plant.roster import month_of
from shiftledger.render.decision_text import explained_text
from shiftledger.render.explanation import explanation_text

FILES = {
    "plant.toml": '[plant]\nid = "shop"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\nmonth_start = 6\n',
    "areas.toml": '[area.shop]\nrotation = "four"\n',
    "units.toml": '[unit.EAF]\narea = "shop"\nownership = "time-split"\n\n[unit.GATE]\narea = "shop"\n',
    "materials.toml": (
        '[material.steel]\nunit = "t"\n\n[material.scrap]\nunit = "t"\n\n[material.power]\nunit = "MWh"\n\n[material.gas]\nunit = "Nm3"\n'
    ),
    "streams.toml": (
        '[stream.heats]\nfrom = "EAF"\nto = "outside"\nmaterial = "steel"\n\n'
        '[stream.trucks]\nfrom = "outside"\nto = "GATE"\nmaterial = "scrap"\n\n'
        '[stream.electricity]\nfrom = "outside"\nto = "EAF"\nmaterial = "power"\n\n'
        '[stream.gas]\nfrom = "outside"\nto = "EAF"\nmaterial = "gas"\n'
    ),
    "meters.csv": (
        "tag,kind,stream,component,unit,length,max_gap,max_hold,quantum\n"
        "HEAT,lot,heats,,t,4h,,24h,\n"
        "SCALE,lot,trucks,,t,,,24h,\n"
        "BILL,booking,electricity,,MWh,31d,,,\n"
        "GAS,rate,gas,,Nm3/h,,9h,,\n"
        "LAB-CU,lab,trucks,cu,%,,,72h,0.001\n"
    ),
    "allocations.toml": '[allocation.power]\nstream = "electricity"\ndriver = "load"\nload = "gas"\n',
    "samples.csv": "point,analyte,tag,unit\nscrap,Cu,LAB-CU,\n",
    "rotations.toml": (
        '[rotation.four]\npattern = "DDEENNRR"\nanchor = 2026-01-01\ncrews = {A = 0, B = 2, C = 4, D = 6}\n'
        'slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n'
    ),
    "prices/planned.csv": (
        "material,price,unit,valid_from,valid_to\nsteel,500,EUR/t,,\nscrap,300,EUR/t,,\npower,80,EUR/MWh,,\ngas,0.4,EUR/Nm3,,\n"
    ),
    "sources.toml": (
        '[source.heats]\nmatch = "heats*.csv"\nlayout = "lots"\nmeter = "HEAT"\nlot = "heat"\nstart = "start"\ntime = "tapped"\nvalue = "t"\n\n'
        '[source.trucks]\nmatch = "trucks*.csv"\nlayout = "lots"\nmeter = "SCALE"\nlot = "ticket"\ntime = "out"\nvalue = "net"\n\n'
        '[source.bills]\nmatch = "bill*.csv"\nlayout = "lots"\nmeter = "BILL"\nlot = "invoice"\nstart = "from"\ntime = "to"\nvalue = "MWh"\n\n'
        '[source.lab]\nmatch = "lab*.csv"\nlayout = "lab"\ntime = "sampled"\nrevision = "test"\nvalue = "result"\n\n'
        '[source.gas]\nmatch = "gas*.csv"\n'
    ),
    # heat 1 in D, heat 2 from 13:00 to 15:00 (half in E), heat 3 from 21:30 to 22:30 (half in N), heat 4 next day, with entries of 0
    "in/heats.csv": (
        "heat,start,tapped,t\nH0,2026-03-03T20:00,2026-03-03T22:00,0\n"
        "H1,2026-03-04T07:00,2026-03-04T08:00,100.001\nH2,2026-03-04T13:00,2026-03-04T15:00,100.001\n"
        "H3,2026-03-04T21:30,2026-03-04T22:30,90\nH4,2026-03-05T08:00,2026-03-05T09:00,80\nH5,2026-03-06T07:00,2026-03-06T07:00,0\n"
    ),
    # three trucks in one minute, one at the boundary of D and E
    "in/trucks.csv": (
        "ticket,out,net\nT0,2026-03-04T05:00,0\nT1,2026-03-04T10:15,20\nT2,2026-03-04T10:15,20\nT3,2026-03-04T10:15,21.5\n"
        "T4,2026-03-04T14:00,18\nT5,2026-03-05T05:00,0\nT6,2026-03-05T20:00,10\nT7,2026-03-06T10:00,0\n"
    ),
    "in/gas.csv": "time,tag,value\n"
    + "".join(f"2026-03-0{d}T{h:02d}:00,GAS,{10 if h != 14 else 30}\n" for d in (3, 4, 5, 6) for h in (6, 14, 22)),
    "in/lab.csv": "sampled,point,analyte,result,test\n2026-03-04T06:00,scrap,Cu,<0.02,\n2026-03-04T12:00,scrap,Cu,0.3,\n",
}
BILL = "invoice,from,to,MWh\n2026-03,2026-03-04T06:00,2026-03-06T06:00,100\n"
DAYS = date(2026, 3, 4), date(2026, 3, 5)


@pytest.fixture
def shop(tmp_path: Path) -> PlantView:
    """The shop with its readings loaded, the bill excepted."""
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    plant = sl.open(folder)
    loaded = load(plant, *(name for name in FILES if name.startswith("in/")))
    assert loaded == []
    return plant


def load(plant: PlantView, *names: str, known_at: str = "2026-03-06T09:00:00Z") -> list[str]:
    """Load files; the codes of what was found."""
    return [issue.code for issue in sl.load(plant, [plant.folder / name for name in names], known_at=known_at).issues]


def write(plant: PlantView, name: str, text: str) -> str:
    (plant.folder / name).write_text(text, "utf-8")
    return name


def close(plant: PlantView) -> list[str]:
    done = sl.close(plant, *DAYS)
    assert done.ok, done.issues
    return [issue.code for issue in done.issues]


@contextmanager
def stored(plant: PlantView) -> Iterator[State]:
    """The plant's state, let go of again."""
    state = connect(plant.state_folder, create=False)
    try:
        yield state
    finally:
        state.engine.dispose()


def sealed(plant: PlantView) -> dict[tuple[str, str], tuple[int | None, str, str]]:
    """(shift, stream) -> quanta (None: absent), status, marks of the sealed quantities."""
    with stored(plant) as state:
        books = open_books(plant.plant, state)
        days = read_days(state, {day: seal.close_id for day, seal in books.latest.items()})
    return {
        (row[0][5:], row[2]): (None if row[4] else row[3], row[7], row[8])
        for result in days.values()
        for row in result.quantities
        if row[1] in ("stream", "condition")
    }


def column(plant: PlantView, stream: str) -> list[int | None]:
    """The stream's quanta in the six shifts."""
    found = sealed(plant)
    return [found[(f"03-0{d}.{slot}", stream)][0] for d in (4, 5) for slot in "DEN"]


def test_q10_heats_and_trucks_in_sealed_books(shop: PlantView) -> None:
    """Heat 2 of 100.001 t is 50.0005 in D and in E: the odd quantum is D's. D: 100.001 + 50.001; E: 50 + 45; N: 45; D: 80."""
    close(shop)
    assert column(shop, "heats") == [150_002, 95_000, 45_000, 80_000, 0, 0]
    assert column(shop, "trucks") == [79_500, 0, 0, 0, 10_000, 0]  # the truck of 14:00 sharp came before the boundary
    assert {status for (_, key), (_, status, _) in sealed(shop).items() if key in ("heats", "trucks")} == {"measured"}
    assert sl.verify(shop).ok


def test_q9_i8_the_bill_comes_later_and_sums_exactly(shop: PlantView) -> None:
    """Gas: 10, 30, 10 Nm3/h in D, E, N: of 100 MWh 10, 30, 10 a day. Before, the figure is absent; then it is a true-up to each shift."""
    codes = close(shop)
    assert "Q001" in codes
    assert column(shop, "electricity") == [None] * 6
    load(shop, write(shop, "in/bill.csv", BILL), known_at="2026-03-06T12:00:00Z")
    close(shop)
    assert column(shop, "electricity") == [10_000, 30_000, 10_000, 10_000, 30_000, 10_000]
    assert {status for (_, key), (_, status, _) in sealed(shop).items() if key == "electricity"} == {"allocated"}
    assert trued(shop) == 100_000
    assert sl.verify(shop).ok


def postings(plant: PlantView) -> list[tuple[str, str, int]]:
    """(kind, what, quanta) of every sealed row."""
    with stored(plant) as state:
        books = open_books(plant.plant, state)
        days = read_days(state, {day: seal.close_id for day, seal in books.latest.items()})
    return [(p.kind, p.what, p.qty) for result in days.values() for p in result.postings]


def trued(plant: PlantView, kinds: tuple[str, ...] = ("flow", "trueup", "prior")) -> int:
    """Quanta of electricity over all rows that count."""
    return sum(qty for kind, what, qty in postings(plant) if what == "power" and kind in kinds)


def test_q9_q10_a_day_of_which_only_a_bill_or_an_entry_of_nothing_tells_is_closed(shop: PlantView) -> None:
    """Nothing was read on 2026-03-08. First nobody knows of it, then an entry says that no heat came, then the bill of five days comes."""
    quiet = date(2026, 3, 8)
    assert [issue.code for issue in sl.close(shop, quiet, quiet).issues if issue.severity == "error"] == ["L010"]
    late = "2026-03-10T09:00:00Z"
    load(shop, write(shop, "in/heats-none.csv", "heat,start,tapped,t\nnone,2026-03-08T07:00,2026-03-09T07:00,0\n"), known_at=late)
    assert sl.close(shop, quiet, quiet).ok
    assert [sealed(shop)[(f"03-08.{slot}", "heats")] for slot in "DEN"] == [
        (0, "provisional", "partial"),
        *[(0, "measured", "")] * 2,
    ]
    hours = '[allocation.power]\nstream = "electricity"\ndriver = "hours"\n'
    (shop.folder / "allocations.toml").write_text(hours, "utf-8")
    shop = sl.open(shop.folder)
    bill = "invoice,from,to,MWh\nfive,2026-03-06T06:00,2026-03-11T06:00,150\n"
    load(shop, write(shop, "in/bill.csv", bill), known_at="2026-03-11T09:00:00Z")
    assert sl.close(shop, date(2026, 3, 10), date(2026, 3, 10)).ok  # its stamp
    assert sl.close(shop, date(2026, 3, 9), date(2026, 3, 9)).ok
    assert [sealed(shop)[(f"03-09.{slot}", "electricity")][0] for slot in "DEN"] == [10_000] * 3


def test_l6_i1_a_bill_after_the_cutoff_is_prior_period_and_still_sums(shop: PlantView) -> None:
    close(shop)
    load(shop, write(shop, "in/bill.csv", BILL), known_at="2026-04-02T12:00:00Z")
    close(shop)
    assert trued(shop, ("flow", "trueup")) == 0
    assert abs(trued(shop, ("prior",))) == 100_000
    assert sl.verify(shop).ok


def test_l6_i1_a_bill_between_two_cutoffs_sums_over_both_kinds_of_rows(shop: PlantView) -> None:
    """Known on 8 March 10:00: in time for shifts that ended on 5 March 10:00 or later (all of day 5), too late for the day before."""
    close(shop)
    load(shop, write(shop, "in/bill.csv", BILL), known_at="2026-03-08T10:00:00Z")
    close(shop)
    assert trued(shop, ("trueup",)) == 50_000
    assert abs(trued(shop, ("prior",))) == 50_000
    assert column(shop, "electricity") == [None, None, None, 10_000, 30_000, 10_000]
    assert sl.verify(shop).ok


def test_l6_a_corrected_tapping_time_moves_the_heat(shop: PlantView) -> None:
    """Heat 3 was tapped at 21:45, not 22:30: all of it is E's. The correction comes after the first seal: true-ups of 45 t."""
    close(shop)
    corrected = "heat,start,tapped,t\nH3,2026-03-04T21:30,2026-03-04T21:45,90\n"
    load(shop, write(shop, "in/heats-2.csv", corrected), known_at="2026-03-06T12:00:00Z")
    close(shop)
    assert column(shop, "heats") == [150_002, 140_000, 0, 80_000, 0, 0]
    assert sorted(qty for kind, what, qty in postings(shop) if (kind, what) == ("trueup", "steel")) == [-45_000, 45_000]
    assert sl.verify(shop).ok


def test_l7_a_later_lot_reseals_no_day_whose_figures_it_leaves_alone(shop: PlantView) -> None:
    """H5 and T7 on the 6th closed the lists. A truck later on that day is read with the 5th, but says nothing of it: still seal 1."""
    close(shop)
    done = sl.load(shop, [shop.folder / write(shop, "in/trucks-2.csv", "ticket,out,net\nT8,2026-03-06T11:00,12\n")])
    assert [(one.appended, one.rows, one.tags) for one in done.reports] == [(1, 1, {"SCALE": 1})]
    again = sl.close(shop, *DAYS).report
    assert again is not None
    assert [day.outcome for day in again.days] == ["unchanged", "unchanged"]
    assert sl.verify(shop).ok


def test_l6_a_heat_that_began_earlier_moves_its_share(shop: PlantView) -> None:
    """H3 ended at 22:30 as before, but began at 20:30: three quarters of its 90 t are E's. Nothing but its start was corrected."""
    close(shop)
    assert column(shop, "heats")[1:3] == [95_000, 45_000]
    corrected = "heat,start,tapped,t\nH3,2026-03-04T20:30,2026-03-04T22:30,90\n"
    load(shop, write(shop, "in/heats-2.csv", corrected), known_at="2026-03-06T12:00:00Z")
    close(shop)
    assert column(shop, "heats")[1:3] == [117_500, 22_500]  # 50 + 67.5, and 22.5
    assert sl.verify(shop).ok


def test_l6_a_heat_corrected_after_settlement_is_prior_period(shop: PlantView) -> None:
    load(shop, write(shop, "in/bill.csv", BILL))
    close(shop)
    sl.close(shop, date(2026, 3, 2), date(2026, 3, 3))
    month = month_of(shop.plant, DAYS[0])  # the 6th of February to the 5th of March
    settled = sl.act(shop, "settle", "cost controller, post 1", "controller", {"month": month})
    assert settled.ok, settled.issues
    before = column(shop, "heats")
    corrected = "heat,start,tapped,t\nH3,2026-03-04T21:30,2026-03-04T21:45,90\n"
    load(shop, write(shop, "in/heats-2.csv", corrected), known_at="2026-04-05T12:00:00Z")
    close(shop)
    assert column(shop, "heats") == before
    assert sum(qty for kind, what, qty in postings(shop) if (kind, what) == ("prior", "steel")) == 0
    assert any(kind == "prior" for kind, _, _ in postings(shop))
    assert sl.verify(shop).ok


def test_i5_the_same_rows_in_any_split_give_the_same_seal(shop: PlantView, tmp_path: Path) -> None:
    close(shop)
    other = tmp_path / "other"
    for name, text in FILES.items():
        path = other / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not name.startswith("in/"):
            path.write_text(text, "utf-8")
    plant = sl.open(other)
    for name in sorted((name for name in FILES if name.startswith("in/")), reverse=True):
        head, *rows = FILES[name].splitlines()
        for i, part in enumerate((rows[::-2], rows[-2::-2])):
            path = write(plant, name.replace(".csv", f"-{i}.csv"), "\n".join([head, *part]) + "\n")
            load(plant, path)
    close(plant)
    hashes = []
    for one in (shop, plant):
        with stored(one) as state:
            hashes.append([(seal.input_hash, seal.result_hash) for seal in open_books(one.plant, state).seals])
    assert hashes[0] == hashes[1]


def test_i7_every_figure_opens_to_its_lots_and_its_bill(shop: PlantView) -> None:
    load(shop, write(shop, "in/bill.csv", BILL))
    close(shop)
    for item in ("steel", "scrap", "power"):
        with stored(shop) as state:
            found = explain_figure(shop.plant, state, f"ledger/2026-03-04.E/shop/{item}")
        assert found.result.node is not None, found.issues
        assert evaluate(found.result.node, OPERATIONS) == found.result.node.value
    with stored(shop) as state:
        told = explain_figure(shop.plant, state, "ledger/2026-03-04.E/shop/power").result
    assert told.node is not None
    text = explanation_text(told.node, "en", sources=told.sources)
    assert "in/bill.csv:2" in text
    assert "allocations.toml" in text


def test_i7_lots_and_bills_are_shown_at_the_ends_that_stand_in_their_files(shop: PlantView) -> None:
    """Not at their stamps, which lie up to a minute before."""
    load(shop, write(shop, "in/bill.csv", BILL))
    close(shop)
    for address, lines in (
        (
            "ledger/2026-03-04.D/shop/steel",
            ("2026-03-04 15:00:00  100.001 t  in/heats.csv:4", "2026-03-04 15:00:00  100.001  in/heats.csv:4"),
        ),
        ("ledger/2026-03-04.D/shop/scrap", ("2026-03-04 10:15:00  2",)),
        ("ledger/2026-03-04.D/shop/power", ("2026-03-06 06:00:00  100.0 MWh  in/bill", "2026-03-06 06:00:00  100.0  in/bill")),
    ):
        text = explained_text(sl.explain(shop, address), "en", zone="UTC")
        assert [line for line in lines if line not in text] == []


def test_r1_a_result_below_detection_is_named_in_the_sealed_condition(shop: PlantView) -> None:
    """From 06:00 "<0.02", from 12:00 0.3; three trucks at 10:15 (61.5 t), one at 14:00 (18 t): (61.5 x 0.01 + 18 x 0.3)/79.5 = 0.0757."""
    close(shop)
    quanta, _, marks = sealed(shop)[("03-04.D", "shop/cu")]
    assert quanta == 76
    assert marks.split() == ["below-detection", "uncertain"]


def test_i8_the_day_after_the_last_lot_is_open(shop: PlantView) -> None:
    """Without the closing entries nothing is known after the last heat: the shift of the last heat is provisional, the next one absent."""
    close(shop)
    done = sl.close(shop, date(2026, 3, 6), date(2026, 3, 6))
    assert done.ok
    found = sealed(shop)
    assert found[("03-06.D", "heats")][:2] == (0, "provisional")
    assert found[("03-06.E", "heats")][0] is None


@pytest.mark.parametrize(("at", "heats"), [("14:59:59.999999", None), ("15:00", 50_000), ("22:00", 50_000)])
def test_l9_in_a_running_shift_a_lot_counts_when_it_has_ended_and_a_bill_when_it_is_there(
    shop: PlantView, at: str, heats: int | None
) -> None:
    """Heat 2, 100.001 t from 13:00 to 15:00, is half in E, one quantum of it in D; before it ends nothing is known of it. No bill yet."""
    view = sl.now(shop, "shop", f"2026-03-04T{at}+00:00")
    assert view.running is not None
    (shift,) = view.running.shifts
    quanta = {row.stream: row.quanta for row in shift.streams}
    assert quanta["heats"] == heats
    assert quanta["electricity"] is None
    assert "electricity" in shift.statement.absent
