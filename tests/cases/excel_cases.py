"""Small plants, closed, that together show every kind of row a statement can have: the workbooks of all of them are recalculated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import evaporator as ev
import one_day as o
import shiftledger as sl
import two_tanks as w
from cases import test_downtime as downtime
from cases import test_evaporator as evaporation
from cases import test_grades_and_credits as grades
from cases import test_lots_and_bills as shop
from cases import test_price_change as change
from cases import test_regrades as regrades
from cases import test_service_jobs as lab
from cases import test_two_slots as slots
from cases import test_wash as wash
from ledger import test_price_sets as sets
from shiftledger.api import PlantView

Walked = tuple[PlantView, tuple[str, ...]]
Case = Callable[[Path], Walked]


def two_tanks(folder: Path) -> Walked:
    return w.opened(folder), (w.SHIFT, w.NEXT, "2026-03-31.D")


def evaporator(folder: Path) -> Walked:
    return ev.opened(folder), (ev.D, ev.E, ev.N)


def off_spec(folder: Path) -> Walked:
    return o.opened(folder, grades.REACTOR, o.tonnes(MONO=(108, 96), POLY=(95, 98), SEC_OUT=(12, 0), SEC_BACK=(4, 6))), (o.D, o.N)


def regraded(folder: Path) -> Walked:
    """What the laboratory found off-spec lies in a silo of the better grade, and is worked once more."""
    flows = o.tonnes(MONO=(108, 96), POLY=(96, 98), SEC_OUT=(0, 0), SEC_BACK=(0, 0), BACK=(0, 10))
    return o.opened(folder, regrades.SILO, flows + regrades.LOTS), (o.D, o.N)


def regraded_late(folder: Path) -> Walked:
    """The laboratory answers after the close: true-ups of both grades."""
    plant = o.opened(folder, regrades.GRADED, regrades.FILES)
    o.load(plant, "readings/lab.csv")
    o.close(plant)
    return plant, (o.D, o.N)


def products(folder: Path) -> Walked:
    amounts = {"CRUDE": (208, 175), "NAPHTHA": (54, 40), "DIESEL": (45, 60), "GAS": (21, 0), "RESIDUE": (16, 10), "SLOPS": (3, 0)}
    return o.opened(folder, grades.COLUMN, o.tonnes(**amounts)), (o.D, o.N)


def credits(folder: Path) -> Walked:
    return o.opened(folder, grades.ACID, grades.ACID_DAY), (o.D, o.N)


def own_slots(folder: Path) -> Walked:
    return slots.closed(folder), tuple(f"{w.DAY}.{slot}" for slot in "DEN")


def new_prices(folder: Path) -> Walked:
    return change.closed(folder / "p"), tuple(f"{day}.{slot}" for day in change.DAYS for slot in ("D", "E", "N"))


def washed(folder: Path) -> Walked:
    plant = o.opened(folder, wash.EVAPORATOR, wash.STEAM + wash.CLOTH + wash.EVENING, until=o.NEXT_DAY)
    wash.event(plant, "wash", "18:05", "18:20")
    o.close(plant, o.NEXT_DAY)
    return plant, (o.D, o.N, o.D2, o.N2)


def laboratory(folder: Path) -> Walked:
    plant = lab.with_lab(folder)
    numbers = [lab.job(plant, 15, "12"), lab.job(plant, 16, "1.5"), lab.job(plant, 17, job="calibration")]
    assert [lab.verified(plant, n) for n in numbers[:2]] == [(), ()]
    w.reclose(plant)
    return plant, (w.SHIFT,)


def market(folder: Path) -> Walked:
    """100.000 t of ore at 4.00 more than planned are the mill's own, 89.000 t of product at 5.50 more stand at site:price."""
    plant = sets.made(folder, 'market_set = "market"', (("prices/market.csv", sets.MARKET),), area="mill")
    w.reclose(plant)
    return plant, (w.SHIFT, w.NEXT)


def late(folder: Path) -> Walked:
    """A flow that came later and in time, with its market difference: true-ups of both to the same shift."""
    plant, shifts = market(folder)
    ore = "time,tag,value\n2026-03-31T14:00:00+02:00,FT-ORE,12.625\n"
    (plant.folder / "late").mkdir(exist_ok=True)
    (plant.folder / "late" / "ore.csv").write_text(ore, "utf-8")
    w.load(plant, "late/ore.csv", w.LATE, known_at="2026-04-02T18:00:00+02:00")
    w.reclose(plant)
    return plant, shifts


def prior_period(folder: Path) -> Walked:
    """A flow to the filter that came after the settlement: 36.00 in the prior period of April, nothing of it in V."""
    plant = w.opened(folder)
    w.settle(plant)
    w.load(plant, w.LATE, known_at=w.MUCH_LATER)
    w.reclose(plant)
    return plant, (w.SHIFT,)


def stood_still(folder: Path) -> Walked:
    """Own hours and hours that are nobody's doing, the second cause found out after the first close."""
    plant = o.opened(folder, downtime.FURNACE, downtime.READINGS)
    downtime.halt(plant, "mechanical", "10:00", "11:00")
    o.close(plant)
    downtime.halt(plant, "electrical", "11:00", "13:00")
    o.close(plant)
    return plant, (o.D, o.N)


def charged(folder: Path) -> Walked:
    """A halt, a spill and dust by the tonne; after the first close another halt, another spill and a corrected laboratory result."""
    dust = "charge,event,stream,amount,party\nfine,spill,,500,authority\ndust,,strong-out,0.125,\n"
    plant = sl.open(ev.folder(folder, {**evaporation.EVENTS, "charges.csv": dust}))
    ev.load(plant, ev.BASE, ev.LAB_D, ev.LAB_E)
    for hour in (16, 17):
        evaporation.record(plant, "halt", f"2026-05-01T{hour}:00:00+00:00", f"2026-05-01T{hour}:20:00+00:00", cause="mechanical")
        evaporation.record(plant, "spill", f"2026-05-01T{hour}:30:00+00:00", f"2026-05-01T{hour}:40:00+00:00")
        ev.close(plant)
    ev.load(plant, ev.LAB_N)
    ev.close(plant)
    return plant, (ev.D, ev.E, ev.N)


def tariff(folder: Path) -> Walked:
    """The furnace pays what power costs at the hour, 0.52385 to 71.4 more than planned; its meter says nothing after 15:00 of the night."""
    ours = {
        "areas.toml": '[area.furnace]\nrotation = "two"\ntou_is_ours = true\n',
        "materials.toml": '[material.power]\nunit = "MWh"\nband_state = "tou"\n[material.hour]\nunit = "h"\n',
        "meters.csv": downtime.FURNACE["meters.csv"] + "TOU,state,,tou,low=0;peak=1,,,30d\n",
        "prices/planned.csv": "material,band,price\npower,,50\npower,low,50.52385\npower,peak,121.4\nhour,,0\n",
    }
    bands = "".join(f"2026-05-01T{at}:00Z,TOU,{band}\n" for at, band in (("06:00", "low"), ("10:10", "peak"), ("15:00", "low")))
    return o.opened(folder, {**downtime.FURNACE, **ours}, downtime.READINGS + bands), (o.D, o.N)


def billed(folder: Path, gas: str = "") -> Walked:
    """Heats, trucks and a bill that the load of the gas shares out; `gas`: other readings of it."""
    files = {**shop.FILES, **({"in/gas.csv": gas} if gas else {}), "in/bill.csv": shop.BILL}
    target = folder / "shop"
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8")
    plant = sl.open(target)
    assert shop.load(plant, *(name for name in files if name.startswith("in/"))) == []
    shop.close(plant)
    return plant, tuple(f"2026-03-0{day}.{slot}" for day in (4, 5) for slot in "DEN")


def idle_driver(folder: Path) -> Walked:
    """The gas that shares the bill counted nothing: hours share it, 100 MWh / 6."""
    idle = "time,tag,value\n" + "".join(f"2026-03-0{d}T{h:02d}:00,GAS,0\n" for d in (3, 4, 5, 6) for h in (6, 14, 22))
    plant, shifts = billed(folder, idle)
    assert sl.close(plant, "2026-03-06", "2026-03-06").ok  # a day on which the lists of heats and trucks end
    return plant, (*shifts, "2026-03-06.D")


# A splitter that conserves mass gives 0.5 t less than it takes; a tank that the area holds; the meter of the brine has a hole of three
# hours, which the mean of the shift fills; what goes out of the tank has no meter and follows from its change; nothing is planned.
SPLITTER = {
    "areas.toml": '[area.split]\nrotation = "two"\n',
    "units.toml": '[unit.S1]\narea = "split"\nconserves = ["mass"]\n[unit.S2]\narea = "split"\n',
    "materials.toml": '[material.brine]\nunit = "t"\n[material.salt]\nunit = "t"\nquantum = 0.01\n',
    "stocks.toml": '[stock.bin]\nmaterial = "salt"\nheld_by = "split"\n',
    "streams.toml": """[stream.feed]
from = "outside"
to = "S1"
material = "brine"
[stream.rest]
from = "S1"
to = "outside:river"
material = "brine"
[stream.fill]
from = "S2"
to = "bin"
material = "salt"
[stream.sold]
from = "bin"
to = "outside"
material = "salt"
""",
    "meters.csv": """tag,kind,stream,stock,unit,max_gap,fill,sigma,class
FEED,rate,feed,,t/h,2h,mean-of-shift,,
REST,rate,rest,,t/h,30h,,,0.0001
FILL,rate,fill,,t/h,30h,,,
BIN,level,,bin,t,,,0.01,
""",
    "prices/planned.csv": "material,price\nbrine,33.3333\nsalt,77.777\n",
}


def unplanned(folder: Path) -> Walked:
    hours = [hour for hour in range(6, 31) if hour not in (9, 10)]
    feed = "".join(f"2026-05-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z,FEED,10\n" for hour in hours)
    dips = "".join(f"{at},BIN,{level}\n" for at, level in zip(o.STARTS, (5, 7.41, 3.3), strict=False))
    return o.opened(folder, SPLITTER, feed + o.tonnes(REST=(119.5, 120), FILL=(6.789, 2.345)) + dips), (o.D, o.N)


CASES: tuple[Case, ...] = (
    two_tanks, evaporator, off_spec, regraded, regraded_late, products, credits, own_slots, new_prices, washed, laboratory,
    market, late, prior_period, stood_still, charged, tariff, billed, idle_driver, unplanned,
)  # fmt: skip
