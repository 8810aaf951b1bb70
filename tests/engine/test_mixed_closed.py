"""Areas of 12 h beside areas of 8 h, closed: counter faults, a bill, lots and composite samples across each other's boundaries (Q2, Q5,
Q9, Q10, I1, I3, L6). The mill works X 06-18 and Y 18-06, the filter D 06-14, E 14-22, N 22-06: cells 06, 14, 18, 22."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

import shiftledger as sl
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.posting import balances
from shiftledger.ledger.results import DayResult, read_days

TEXT = {
    "plant.toml": '[plant]\nid = "mixed"\ncurrency = "CNY"\nzone = "Asia/Shanghai"\nday_start = 06:00:00\n',
    "areas.toml": '[area.filter]\nrotation = "eight"\n\n[area.mill]\nrotation = "twelve"\n',
    "units.toml": '[unit.F1]\narea = "filter"\n\n[unit.M1]\narea = "mill"\nownership = "time-split"\n',
    "materials.toml": '[material.power]\nunit = "kWh"\nquantum = 0.1\n\n[material.ore]\nunit = "t"\npriced_on = "Fe"\n\n'
    '[material.coal]\nunit = "t"\n\n[material.slurry]\nunit = "t"\n\n[material.balls]\nunit = "t"\n',
    "rotations.toml": '[rotation.eight]\npattern = "DEN"\nanchor = 2026-03-01\ncrews = {A = 0, B = 1, C = 2}\n'
    'slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n\n'
    '[rotation.twelve]\npattern = "XY"\nanchor = 2026-03-01\ncrews = {A = 0, B = 1}\n'
    'slots = [{id = "X", start = 06:00:00}, {id = "Y", start = 18:00:00}]\n',
    "streams.toml": "".join(
        f'[stream.{name}]\nfrom = "{source}"\nto = "{target}"\nmaterial = "{material}"\n\n'
        for name, source, target, material in (
            ("power", "outside", "F1", "power"),
            ("ore", "outside", "M1", "ore"),
            ("coal", "outside", "M1", "coal"),
            ("balls", "outside", "M1", "balls"),
            ("slurry", "M1", "F1", "slurry"),
        )
    ),
    "allocations.toml": '[allocation.coal]\nstream = "coal"\ndriver = "load"\nload = "slurry"\n',
    "meters.csv": "tag,kind,stream,component,unit,class,sigma,max_gap,max_hold,length\n"
    "E1,counter,power,,kWh,0.01,0.1,1h,12h,\n"
    "W1,rate,ore,,t/h,0.01,,1h,,\n"
    "LAB,lab,ore,Fe,%,,0.5,,4h,24h\n"
    "BILL,booking,coal,,t,0.01,,,,31d\n"
    "LOT,lot,balls,,t,0.01,,,48h,24h\n"
    "S1,rate,slurry,,t/h,0.01,,1h,,\n",
    "samples.csv": "point,analyte,tag\nore,Fe,LAB\n",
    "sources.toml": '[source.meters]\nmatch = "readings/*.csv"\n\n'
    '[source.bills]\nmatch = "bills/*.csv"\nlayout = "lots"\ntime = "to"\nstart = "from"\nvalue = "amount"\n\n'
    '[source.lab]\nmatch = "lab/*.csv"\nlayout = "lab"\ntime = "to"\nstart = "from"\nvalue = "result"\nrevision = "revision"\n',
    "prices/planned.csv": "material,price\npower,0.5\nore,1000\ncoal,800\nslurry,180\nballs,6000\n",
}
pytestmark = pytest.mark.slow

DAY = date(2026, 3, 4)
SOON, LATER, LATEST = "2026-03-06T12:00:00+08:00", "2026-03-06T18:00:00+08:00", "2026-03-07T12:00:00+08:00"
LAB_HEAD = "from,to,point,analyte,result,revision\n"


def put(plant: PlantView, name: str, text: str, known_at: str) -> None:
    path = plant.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    done = sl.load(plant, [path], known_at=known_at)
    assert done.ok, done.issues


def meters() -> str:
    """100 kWh every half hour; lost 13:30-14:30 and a wrong reading at 18:00. 10 t/h of ore; slurry 10 t/h by day, 30 t/h from 18:00."""
    lines, at = ["time,tag,value"], datetime(2026, 3, 3, 6)
    while at <= datetime(2026, 3, 6, 8):
        stamp = f"{at.isoformat()}+08:00"
        register = 50_000.0 + 100 * ((at - datetime(2026, 3, 3, 6)) / timedelta(minutes=30))
        if datetime(2026, 3, 4, 13, 30) <= at <= datetime(2026, 3, 4, 14, 30):
            register = 0.0
        elif at == datetime(2026, 3, 4, 18):
            register = 9_000_000.0
        night = at.hour >= 18 or at.hour < 6
        lines += [f"{stamp},E1,{register!r}", f"{stamp},W1,10", f"{stamp},S1,{30 if night else 10}"]
        at += timedelta(minutes=30)
    return "\n".join(lines) + "\n"


def closed(plant: PlantView) -> dict[tuple[str, str], int]:
    """What stands of every stream by cell, in quanta, after a close; the money adds up."""
    done = sl.close(plant, DAY, DAY)
    assert done.ok, done.issues
    found = day_of(plant)
    accounts = balances(found.postings)
    assert sum(accounts.values()) == 0
    inside = sum(cents for name, cents in accounts.items() if name.split(":")[0] in ("area", "site", "state", "stock"))
    assert inside == -sum(cents for name, cents in accounts.items() if name.startswith("outside"))
    return {(row[0], row[2]): row[3] for row in found.quantities if row[1] == "stream"}


def day_of(plant: PlantView) -> DayResult:
    state = connect(plant.state_folder, create=False)
    seal = last_seal_of(state, DAY)
    assert seal is not None
    found = read_days(state, {DAY: seal.close_id})[DAY]
    state.engine.dispose()
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlantView, list[dict[tuple[str, str], int]]]:
    """Closed with what was known at first, after a late composite, and after its correction."""
    root = tmp_path_factory.mktemp("mixed") / "works"
    for name, text in TEXT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    plant = sl.open(root)
    put(plant, "readings/all.csv", meters(), SOON)
    bills = "from,to,tag,amount\n2026-03-04 06:00,2026-03-06 06:00,BILL,96\n2026-03-04 16:00,2026-03-04 20:00,LOT,8\n"
    put(
        plant,
        "bills/march.csv",
        bills + "2026-03-05 20:00,2026-03-05 21:00,LOT,1\n2026-03-03 05:00,2026-03-03 06:00,LOT,1\n",
        SOON,
    )
    put(plant, "lab/first.csv", LAB_HEAD + "2026-03-04 06:00,2026-03-04 16:00,ore,Fe,60,1\n", SOON)
    found = [closed(plant)]
    put(plant, "lab/late.csv", LAB_HEAD + "2026-03-04 16:00,2026-03-05 06:00,ore,Fe,50,1\n", LATER)
    found.append(closed(plant))
    put(plant, "lab/corrected.csv", LAB_HEAD + "2026-03-04 16:00,2026-03-05 06:00,ore,Fe,55,2\n", LATEST)
    found.append(closed(plant))
    return plant, found


Story = tuple[PlantView, list[dict[tuple[str, str], int]]]
CELLS = ("p1-0600", "p2-1400", "p3-1800", "p4-2200")


def by_cell(found: dict[tuple[str, str], int], stream: str) -> list[int | None]:
    return [found.get((f"{DAY}.{cell}", stream)) for cell in CELLS]


def test_q2_faults_of_a_counter_at_handovers_cost_no_cell_anything(story: Story) -> None:
    """200 kWh an hour: 8, 4, 4 and 8 hours in tenths, though 14:00 lies in a lost line and 18:00 is a wrong reading."""
    for found in story[1]:
        assert by_cell(found, "power") == [16_000, 8_000, 8_000, 16_000]


def test_q9_a_bill_by_load_gives_each_cell_what_it_carried(story: Story) -> None:
    """Two days of 12 x 10 + 12 x 30 = 480 t of slurry, 96 t of coal: 0.1 t/t. Cells of 80, 40, 120 and 240 t."""
    for found in story[1]:
        assert by_cell(found, "coal") == [8_000, 4_000, 12_000, 24_000]


def test_q10_a_lot_across_cells_is_shared_by_time(story: Story) -> None:
    """8 t from 16:00 to 20:00, half of it after 18:00."""
    for found in story[1]:
        assert by_cell(found, "balls") == [0, 4_000, 4_000, 0]


def test_q5_l6_a_late_composite_and_its_correction_true_up_the_shifts_that_it_stands_for(story: Story) -> None:
    """10 t/h of ore: 60 % until 16:00, nothing known after; then 50 % for that, corrected to 55 %. Cells of 80, 40, 40 and 80 t."""
    first, late, corrected = (by_cell(found, "ore") for found in story[1])
    assert first[:2] == [48_000, 12_000]
    assert not any(first[2:])
    assert late == [48_000, 12_000 + 10_000, 20_000, 40_000]
    assert corrected == [48_000, 12_000 + 11_000, 22_000, 44_000]


def test_i7_a_figure_of_composites_opens_to_the_corrected_sample(story: Story) -> None:
    plant, _ = story
    view = sl.explain(plant, f"quantities/{DAY}.Y/ore")
    assert view.ok, view.issues
    assert view.node is not None
    assert evaluate(view.node, OPERATIONS) == view.node.value == 22_000 + 44_000


def test_l7_the_whole_replays(story: Story) -> None:
    plant, _ = story
    view = sl.verify(plant)
    assert view.ok, view.issues
