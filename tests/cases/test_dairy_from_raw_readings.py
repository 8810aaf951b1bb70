"""A dairy against its own arithmetic from raw readings, with nothing but exact fractions: everything that crosses, at once (I1, L3-L7, Q9, T2).

The works tank has 8 h shifts, the dryer 12 h; money has no decimals; the accounting month begins on the 26th; in the night of 28 March an hour
is skipped. Powder is graded by a laboratory that answers late, the filter ages by what was made, power is billed by the day and shared
by the milk, milk is dearer from the 26th, and a substitute takes a part of a night.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import one_day as o
import shiftledger as sl
from shiftledger.api import PlantView

DAYS = tuple(date(2026, 3, n) for n in (25, 26, 27, 28))
FIRST_OF_MONTH = date(2026, 3, 26)
HOUR, NIGHT = timedelta(hours=1), timedelta(days=1)
SEALED, ANSWERED = "2026-03-29T07:00:00+02:00", "2026-03-30T08:00:00+02:00"  # 72 h: 25 and 26 March are too late by then
IN_TIME = DAYS[2:]
STREAMS = {"MILK": "milk-in", "PUMP": "to-tank", "DRY": "to-dryer", "POW": "made", "STEAM": "steam"}
PRICES = {
    name: Fraction(price) for name, price in (("powder", "3900.15"), ("seconds", "1250.7"), ("steam", "2100"), ("power", "19.45"))
}
RENT, WEAR = 1_000_001, Fraction("-77.777")  # a month; a tonne made on one filter
TEXT = {
    "plant.toml": '[plant]\nid = "dairy"\ncurrency = "JPY"\nmoney_decimals = 0\nzone = "Europe/Berlin"\nday_start = 06:00:00\nmonth_start = 26\n',
    "rotations.toml": '[rotation.three]\npattern = "DDEENNRR"\nanchor = 2026-03-24\ncrews = {A = 0, B = 2, C = 4, D = 6}\n'
    'slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n'
    '[rotation.two]\npattern = "DNRR"\nanchor = 2026-03-24\ncrews = {A = 0, B = 3, C = 2, D = 1}\n'
    'slots = [{id = "D", start = 06:00:00}, {id = "N", start = 18:00:00}]\n',
    "roster.csv": "day,slot,area,crew,start,end,kind\n2026-03-28,N,dryer,A,21:00,00:10,substitute\n",
    "areas.toml": '[area.raw]\nrotation = "three"\n[area.dryer]\nrotation = "two"\n',
    "units.toml": '[unit.P1]\narea = "raw"\n[unit.D1]\narea = "dryer"\n',
    "materials.toml": "".join(f'[material.{name}]\nunit = "t"\n' for name in ("milk", "powder", "steam"))
    + '[material.seconds]\nunit = "t"\noffspec_of = "powder"\n[material.power]\nunit = "kWh"\n',
    "streams.toml": "".join(
        f'[stream.{name}]\nfrom = "{source}"\nto = "{target}"\nmaterial = "{what}"\n'
        for name, source, target, what in (
            ("milk-in", "outside:farms", "P1", "milk"),
            ("to-tank", "P1", "T", "milk"),
            ("to-dryer", "T", "D1", "milk"),
            ("made", "D1", "outside:shops", "powder"),
            ("steam", "outside", "D1", "steam"),
            ("power", "outside:grid", "P1", "power"),
        )
    ),
    "stocks.toml": '[stock.T]\nmaterial = "milk"\nheld_by = "site"\nopening = 300\nopening_day = 2026-03-25\n',
    "states.toml": '[state.filter]\narea = "dryer"\ngrows = "stream.made"\nopening = 5\nopening_day = 2026-03-25\n',
    "potentials.csv": "state,value,worth\nfilter,0,0\nfilter,1000,-77777\n",
    "grades.csv": "material,component,high\nseconds,moisture,4\n",
    "allocations.toml": '[allocation.power]\nstream = "power"\ndriver = "load"\nload = "milk-in"\n',
    "meters.csv": "tag,kind,stream,stock,component,unit,length,max_gap,max_hold\n"
    + "".join(f"{tag},rate,{stream},,,t/h,,3h,\n" for tag, stream in STREAMS.items())
    + "LT,level,,T,,t,,,\nBILL,booking,power,,,kWh,31d,,\nLAB,lab,made,,moisture,%,,,200h\n",
    "prices/planned.csv": "material,price,valid_from,valid_to\nmilk,410.35,,2026-03-25\nmilk,423.3,2026-03-26,\n"
    + "".join(f"{name},{float(price)},,\n" for name, price in PRICES.items()),
    "standards.csv": "area,output,item,basis,value,unit\nraw,milk,power,usage,390.5,kWh/t\ndryer,powder,steam,usage,0.5,t/t\n",
    "budget.csv": f"area,item,kind,qty,per,day,slot\nraw,rent,fixed,{RENT},month,,\n",
    "sources.toml": '[source.read]\nmatch = "read/*.csv"\n[source.bills]\nmatch = "bill/*.csv"\nlayout = "lots"\nmeter = "BILL"\n'
    'lot = "invoice"\nstart = "from"\ntime = "to"\nvalue = "kWh"\n',
}


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def rounded(number: Fraction) -> int:
    """Half away from zero."""
    return int(abs(number) + Fraction(1, 2)) * (1 if number >= 0 else -1)


def cells(day: date) -> list[tuple[datetime, datetime]]:
    edges = [*(at(day, hour) for hour in (6, 14, 18, 22)), at(day + NIGHT, 6)]
    return list(pairwise(edges))


BEGIN, END = at(DAYS[0], 6), at(DAYS[-1] + NIGHT, 6)
HOURS = int((END - BEGIN) / HOUR)
DRAW = Random(7)
RATES = {
    tag: [Fraction(DRAW.randint(low, high), 8) for _ in range(HOURS)]
    for tag, low, high in (("MILK", 80, 120), ("DRY", 60, 100), ("POW", 8, 16), ("STEAM", 3, 9))
}
RATES["PUMP"] = RATES["MILK"]
MOIST = [hour // 5 % 3 == 1 for hour in range(HOURS)]
BILLED = {day: DRAW.randint(20_000, 60_000) for day in DAYS}


def quanta(tag: str, start: datetime, end: datetime, *, moist: bool = False, more: int = 0) -> int:
    """Kilograms between two instants, those of moist powder only if `moist`; `more` tonnes were there before."""
    hours = range(int((start - BEGIN) / HOUR), int((end - BEGIN) / HOUR))
    return rounded((more + sum((RATES[tag][i] for i in hours if MOIST[i] or not moist), Fraction(0))) * 1000)


def price(name: str, day: date) -> Fraction:
    return PRICES[name] if name in PRICES else Fraction("423.3") if day >= FIRST_OF_MONTH else Fraction("410.35")


def worth(kilograms: int, name: str, day: date) -> int:
    return rounded(Fraction(kilograms, 1000) * price(name, day))


def power(day: date) -> list[int]:
    """The day's bill in thousandths of kWh, by the milk of each cell, largest remainder."""
    milk = [sum(RATES["MILK"][int((a - BEGIN) / HOUR) : int((b - BEGIN) / HOUR)]) for a, b in cells(day)]
    shares = [Fraction(BILLED[day] * 1000) * part / sum(milk) for part in milk]
    whole = [int(share) for share in shares]
    for i in sorted(range(len(milk)), key=lambda i: (whole[i] - shares[i], i))[: BILLED[day] * 1000 - sum(whole)]:
        whole[i] += 1
    return whole


def rent(day: date, end: datetime) -> int:
    """What of the month's rent has run until an instant, by real hours."""
    first, last = (date(2026, 2, 26), FIRST_OF_MONTH) if day < FIRST_OF_MONTH else (FIRST_OF_MONTH, date(2026, 4, 26))
    return rounded(Fraction(RENT) * Fraction((end - at(first, 6)) // HOUR, (at(last, 6) - at(first, 6)) // HOUR))


def tank(day: date, instant: datetime) -> int:
    return worth(quanta("MILK", BEGIN, instant, more=300) - quanta("DRY", BEGIN, instant), "milk", day)


def truth(day: date, *, graded: bool) -> tuple[Counter[tuple[str, str]], int]:
    """V by area and slot, and the day's result: cash and the change of the tank. # I1"""
    values, cash, parts, billed = Counter[tuple[str, str]](), 0, cells(day), power(day)
    for (start, end), early, late, energy in zip(parts, "DEEN", "DDNN", billed, strict=True):
        milk, paid = worth(quanta("MILK", start, end), "milk", day), worth(energy, "power", day)
        made, steam = worth(quanta("POW", start, end), "powder", day), worth(quanta("STEAM", start, end), "steam", day)
        moist = quanta("POW", start, end, moist=True) if graded else 0
        made += worth(moist, "seconds", day) - worth(moist, "powder", day)
        values["raw", early] -= paid + rent(day, end) - rent(day, start)
        values["dryer", late] += made - steam - worth(quanta("DRY", start, end), "milk", day)
        filters = [rounded(WEAR * Fraction(quanta("POW", BEGIN, instant, more=5), 1000)) for instant in (start, end)]
        values["dryer", late] += filters[1] - filters[0]
        cash += made - milk - paid - steam
    return values, cash + tank(day, parts[-1][1]) - tank(max(day - NIGHT, date(2026, 3, 24)), parts[0][0])


def built(folder: Path) -> PlantView:
    times = [(BEGIN + i * HOUR).isoformat() for i in range(HOURS)]
    rates = [f"{time},{tag},{float(rate)}\n" for tag, found in RATES.items() for time, rate in zip(times, found, strict=True)]
    dips = [
        f"{end.isoformat()},LT,{(quanta('MILK', BEGIN, end, more=300) - quanta('DRY', BEGIN, end)) / 1000}\n"
        for day in DAYS
        for _, end in cells(day)
    ]
    ends = [f"{END.isoformat()},{tag},0\n" for tag in RATES]
    moist = [
        f"{time},LAB,{5 if wet else 3}\n"
        for i, (time, wet) in enumerate(zip(times, MOIST, strict=True))
        if not i or wet != MOIST[i - 1]
    ]
    plant = sl.open(o.written(folder, TEXT, {"read/all.csv": "".join([*rates, *ends, *dips]), "read/lab.csv": "".join(moist)}))
    bills = (f"{day},{at(day, 6).isoformat()},{at(day + NIGHT, 6).isoformat()},{kwh}\n" for day, kwh in BILLED.items())
    (plant.folder / "bill").mkdir()
    (plant.folder / "bill" / "all.csv").write_text("invoice,from,to,kWh\n" + "".join(bills), "utf-8")
    o.load(plant, "read/all.csv", "bill/all.csv", known_at=SEALED)
    return plant


def agree(plant: PlantView, graded: tuple[date, ...]) -> None:
    for day in DAYS:
        values, result = truth(day, graded=day in graded)
        stated = {(s.area, s.shift[-1]): s for slot in "DEN" for s in sl.statement(plant, f"{day}.{slot}").statements}
        assert {key: s.value for key, s in stated.items()} == dict(values), day
        assert all(
            s.standard + sum(step.amount for step in s.steps) == s.value
            for s in stated.values()
            if s.steps and s.standard is not None
        )
        summed = sl.rollup(plant, day, day).rollup
        assert summed is not None
        assert summed.result == summed.stocks + summed.outside == result, day


def test_i1_a_dairy_agrees_with_its_raw_readings_through_late_grades_settlement_and_reopening(tmp_path: Path) -> None:
    plant, first, last = built(tmp_path), str(DAYS[0]), str(DAYS[-1])
    o.close(plant, last, first)
    agree(plant, ())
    assert sl.statement(plant, "2026-03-28.N", "dryer").statements[0].crews == ("dryer/D", "dryer/A")
    controller = ("controller, post 1", "controller")
    assert sl.act(plant, "settle", *controller, {"month": "2026-03"}).ok
    o.load(plant, "read/lab.csv", known_at=ANSWERED)
    o.close(plant, last, first)
    agree(plant, IN_TIME)
    late = 0
    for day in DAYS:
        node = sl.explain(plant, f"ledger/{day}/site:prior-period").node
        missed = truth(day, graded=True)[1] - truth(day, graded=False)[1] if day not in IN_TIME else 0
        assert (node.value if node is not None else 0) == missed, day
        late += missed
    april = sl.rollup(plant, month="2026-04").rollup
    assert april is not None
    assert april.result == sum(truth(day, graded=day in IN_TIME)[1] for day in DAYS[1:]) + late
    assert sl.act(plant, "reopen", *controller, {"month": "2026-03", "reason": "the laboratory answered"}).ok
    o.close(plant, last, first)
    agree(plant, (DAYS[0], *IN_TIME))
    assert o.misprints(plant, *map(str, DAYS)) == []
    assert sl.verify(plant).ok
