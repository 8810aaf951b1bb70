"""Hours of a year against an independent route, and a reorganisation of books that are closed and partly settled (T3, T4)."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import labour_plant
import shiftledger as sl
import two_tanks as w
from reference.naive_hours import hours as naive
from shiftledger.api import PlantView
from shiftledger.engine.labour import LabourRow

DAY = timedelta(days=1)
# On 16 March two areas become one, on 10 September that one becomes two again; on 5 June a person moves from crew A to crew C.
AREAS = """[area.digester]
rotation = "four"
valid_to = 2026-03-15

[area.filter]
rotation = "four"
valid_to = 2026-03-15

[area.red-side]
rotation = "four"
valid_from = 2026-03-16
valid_to = 2026-09-09
successor_of = ["digester", "filter"]

[area.red-east]
rotation = "four"
valid_from = 2026-09-10
successor_of = ["red-side"]

[area.red-west]
rotation = "four"
valid_from = 2026-09-10
successor_of = ["red-side"]

[area.lab]
rotation = "days"
coverage = "partial"
"""
ERAS = (
    ("digester", 2, "", "2026-03-15"), ("filter", 3, "", "2026-03-15"), ("red-side", 4, "2026-03-16", "2026-09-09"),
    ("red-east", 2, "2026-09-10", ""), ("red-west", 1, "2026-09-10", ""),
)  # fmt: skip
# The night of 28 March has 7 hours, that of 24 October 9.
ROSTER = """day,slot,area,crew,start,end,kind
2026-01-14,D,digester,C,10:00,,substitute
2026-01-14,D,digester,B,06:00,07:25,split
2026-02-03,E,filter,,,,holiday
2026-05-19,E,red-side,A,14:00,18:05,split
2026-05-19,E,red-side,D,18:05,22:00,split
2026-12-24,D,red-west,D,,,swap
"""
ATTENDANCE = """day,slot,area,person,kind,hours
2026-01-14,D,digester,digester-C1,leave,2
2026-03-28,N,red-side,red-side-A1,overtime,
2026-03-28,N,red-side,red-side-B2,leave,
2026-05-19,E,red-side,red-side-A1,absent,1.25
2026-08-11,D,red-side,l1,loan,3.5
2026-10-24,N,red-east,red-east-A1,overtime,
2026-11-02,D,red-east,red-west-B1,loan,
"""


def year(folder: Path) -> PlantView:
    members = [f"{area}-{crew}{n},{area},{crew},hand,1,{since},{until}" for area, count, since, until in ERAS
               for crew in "ABCD" for n in range(1, count + 1)]  # fmt: skip
    moved = "red-side-A4,red-side,A,hand,1,2026-03-16,2026-09-09"
    members[members.index(moved)] = "red-side-A4,red-side,A,hand,0.5,2026-03-16,2026-06-04"
    members += ["red-side-A4,red-side,C,hand,0.75,2026-06-05,2026-09-09", "l1,lab,L,analyst,1,,"]
    units = "".join(f'[unit.{area}-1]\narea = "{area}"\n' + _days(since, until) for area, _, since, until in ERAS)
    text = {
        **{name: labour_plant.TEXT[name] for name in ("plant.toml", "rotations.toml")},
        "areas.toml": AREAS,
        "units.toml": units,
        "members.csv": "person,area,crew,post,share,valid_from,valid_to\n" + "\n".join(members) + "\n",
        "roster.csv": ROSTER,
        "attendance.csv": ATTENDANCE,
    }
    for name, body in text.items():
        (folder / name).write_text(body, "utf-8")
    plant = sl.open(folder)
    assert plant.issues == ()
    return plant


def _days(since: str, until: str) -> str:
    return "".join(f"{name} = {day}\n" for name, day in (("valid_from", since), ("valid_to", until)) if day) + "\n"


def rows(plant: PlantView, first: str, last: str, *by: str) -> dict[tuple[str, ...], LabourRow]:
    found = sl.labour(plant, first, last, by=by).labour
    assert found is not None
    return {row.key: row for row in found.rows}


def test_t3_t4_a_year_of_hours_is_that_of_a_script_that_shares_no_line(tmp_path: Path) -> None:
    plant = year(tmp_path)
    told = rows(plant, "2026-01-01", "2026-12-31", "crew", "month")
    counted = naive(tmp_path, date(2026, 1, 1), date(2026, 12, 31))
    wanted = {(f"{area}/{crew}", month): hours for (month, area, crew), hours in counted.items()}
    assert len(wanted) == (3 + 3 + 7 + 4 + 4) * 4 + 12  # crews by months, and the laboratory
    assert {key: float(row.hours or 0) for key, row in told.items() if row.hours} == {
        key: pytest.approx(float(hours), abs=0.005) for key, hours in wanted.items() if hours
    }
    series = rows(plant, "2026-01-01", "2026-12-31", "series", "month")
    assert {key[0] for key in series} == {"digester+filter>red-side>red-east+red-west", "lab"}
    for month in range(1, 13):
        whole = sum(hours for (when, area, _), hours in counted.items() if when == f"2026-{month:02d}" and area != "lab")
        row = series["digester+filter>red-side>red-east+red-west", f"2026-{month:02d}"]
        assert float(row.hours or 0) == pytest.approx(float(whole), abs=0.005)
        assert [str(day) for day in row.changes] == {3: ["2026-03-16"], 9: ["2026-09-10"]}.get(month, [])


@pytest.mark.parametrize(("night", "hours", "people"), [("2026-03-28.N", 7, 4), ("2026-10-24.N", 9, 3)])
def test_t2_t3_the_nights_of_the_clock_changes(tmp_path: Path, night: str, hours: int, people: int) -> None:
    """7 and 9 hours for each, overtime of a whole shift among them; whoever was on leave missed as many."""
    plant = year(tmp_path)
    found = sl.labour(plant, shift=night).labour
    assert found is not None
    assert {one.hours + one.missed for one in found.present if one.person != "red-side-A4"} == {Decimal(hours)}
    assert len([one for one in found.present if one.why == "roster"]) == people
    assert [one.hours for one in found.present if one.why == "overtime"] == [Decimal(hours)]


def test_t4_nobody_counts_twice(tmp_path: Path) -> None:
    """On every day of the year a person is a member of one crew, and all together never have more than 24 hours a day each."""
    plant = year(tmp_path)
    with (tmp_path / "members.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    for day in (date(2026, 1, 1) + n * DAY for n in range(0, 365, 7)):
        on_books = sum(
            Decimal(row["share"]) for row in listed
            if (row["valid_from"] or "0") <= str(day) <= (row["valid_to"] or "9")
        )  # fmt: skip
        of_day = rows(plant, str(day), str(day), "series")
        assert sum(row.members for row in of_day.values()) == on_books
    june = rows(plant, "2026-06-01", "2026-06-30", "crew")  # half until the 4th in A, three quarters from the 5th in C
    assert june["red-side/A",].members == Decimal("3.07")  # 3 + 0.5 x 4 / 30
    assert june["red-side/C",].members == Decimal("4.65")  # 4 + 0.75 x 26 / 30


# Books first, then the reorganisation: the plant of labour_plant, merged on 2 April, its days from 30 March on.
MERGE, SPLIT = date(2026, 4, 2), date(2026, 4, 3)
FIRST, LAST = "2026-03-30", "2026-04-03"


def reorganised(step: int) -> dict[str, str]:
    """The text before any reorganisation (0), merged from 2 April on (1), and split again from 3 April on (2)."""
    last = {0: "", 1: str(MERGE - DAY), 2: str(MERGE - DAY)}[step]
    until = f"valid_to = {last}\n" if last else ""
    merged = f"valid_from = {MERGE}\n" + (f"valid_to = {SPLIT - DAY}\n" if step == 2 else "")
    eras = [("", "U1", "U2", "1", until, ",," + last)]
    areas = f'[area.digester]\nrotation = "four"\n{until}\n[area.filter]\nrotation = "four"\n{until}\n'
    units = f'[unit.U1]\narea = "digester"\n{until}\n[unit.U2]\narea = "filter"\n{until}\n'
    people = [("digester", 2, ",", last), ("filter", 3, ",", last)]
    if step:
        eras.append(("", "R1", "R2", "2", merged, f",{MERGE},{SPLIT - DAY if step == 2 else ''}"))
        areas += f'[area.red-side]\nrotation = "four"\nsuccessor_of = ["digester", "filter"]\n{merged}\n'
        units += f'[unit.R1]\narea = "red-side"\n{merged}\n[unit.R2]\narea = "red-side"\n{merged}\n'
        people.append(("red-side", 4, f"{MERGE},", str(SPLIT - DAY) if step == 2 else ""))
    if step == 2:
        begun = f"valid_from = {SPLIT}\n"
        eras.append(("", "S1", "S2", "3", begun, f",{SPLIT},"))
        for area, unit in (("east", "S1"), ("west", "S2")):
            areas += f'[area.{area}]\nrotation = "four"\nsuccessor_of = ["red-side"]\n{begun}\n'
            units += f'[unit.{unit}]\narea = "{area}"\n{begun}\n'
        people += [("east", 1, f"{SPLIT},", ""), ("west", 2, f"{SPLIT},", "")]
    flows = (("slurry", "{0}", "T", "slurry"), ("feed", "T", "{1}", "slurry"), ("product", "{1}", "outside", "product"))
    streams, meters = "", "tag,kind,stream,unit,max_gap,valid_from,valid_to\n"
    for _, one, two, era, days, span in eras:
        for name, source, target, material in flows:
            ends = [end.format(one, two) for end in (source, target)]
            streams += f'[stream.{name}-{era}]\nfrom = "{ends[0]}"\nto = "{ends[1]}"\nmaterial = "{material}"\n{days}\n'
            meters += f"F-{name}-{era},rate,{name}-{era},t/h,48h{span}\n"
    members = "".join(f"{area}{crew}{n},{area},{crew},hand,{days}{until}\n" for area, count, days, until in people
                      for crew in "ABCD" for n in range(1, count + 1))  # fmt: skip
    outputs = [f"filter,product,slurry,yield,0.8,,{last}", *[f"red-side,product,slurry,yield,0.8,{MERGE},"] * (step > 0),
               *[f"west,product,slurry,yield,0.8,{SPLIT},"] * (step == 2)]  # fmt: skip
    text = {name: labour_plant.TEXT[name] for name in ("plant.toml", "materials.toml", "prices/planned.csv", "sources.toml")}
    text["stocks.toml"] = labour_plant.TEXT["stocks.toml"].replace("2026-03-01", FIRST)
    rotations = labour_plant.TEXT["rotations.toml"].partition("[rotation.days]")[0]
    return text | {
        "rotations.toml": rotations,
        "areas.toml": areas,
        "units.toml": units,
        "streams.toml": streams,
        "meters.csv": meters,
        "members.csv": "person,area,crew,post,valid_from,valid_to\n" + members,
        "standards.csv": "area,output,item,basis,value,valid_from,valid_to\n" + "\n".join(outputs) + "\n",
    }


def written(folder: Path, step: int) -> PlantView:
    for name, body in reorganised(step).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body, "utf-8")
    plant = sl.open(folder)
    assert plant.issues == ()
    return plant


def read(plant: PlantView, era: int, product: int) -> None:
    """Five days of readings of an era's meters: slurry and feed 10 t/h, product as given."""
    begin = datetime(2026, 3, 30, 6, tzinfo=ZoneInfo("Europe/Berlin"))
    rates = {f"F-slurry-{era}": 10, f"F-feed-{era}": 10, f"F-product-{era}": product}
    lines = [f"{(begin + n * timedelta(hours=12)).isoformat()},{tag},{rate}" for n in range(11) for tag, rate in rates.items()]
    (plant.folder / "readings").mkdir(exist_ok=True)
    (plant.folder / "readings" / f"era-{era}.csv").write_text("time,tag,value\n" + "\n".join(lines) + "\n", "utf-8")
    w.load(plant, f"readings/era-{era}.csv", known_at="2026-04-04T08:00:00+02:00")


def closed(plant: PlantView) -> list[str]:
    done = sl.close(plant, FIRST, LAST)
    assert done.ok, done.issues
    assert done.report is not None
    return [day.outcome for day in done.report.days]


def nothing_moved(plant: PlantView, day: date) -> bool:
    """Whether the day says to the cent what its first seal said."""
    sheet = sl.diff(plant, str(day)).sheet
    return sheet is not None and not sheet.changed and sheet.before == sheet.after != 0


def test_t4_books_that_are_closed_and_partly_settled_are_reorganised(tmp_path: Path) -> None:
    """Five days closed by the old areas, March settled; then a merger from 2 April on is written down, and a day later a split.

    The settled days keep their seals. A day beside which meters change is sealed anew, to the same cents.
    Hours a day: 2 + 3 persons = 120 h, merged 4 = 96 h, split 1 + 2 = 72 h. Product: 8, 9, 7 t/h.
        March  2 days: 240 h, 384 t                    = 1.6000 t/h
        April  120 + 96 + 72 = 288 h, 192 + 216 + 168 = 576 t = 2.0000 t/h, one row through both reorganisations
    """
    plant = written(tmp_path / "p", 0)
    read(plant, 1, 8)
    assert closed(plant) == ["sealed"] * 5
    w.settle(plant, "2026-03")
    before = {area: sl.statement(plant, "2026-03-31.E", area).statements[0].value for area in ("digester", "filter")}
    plant = written(tmp_path / "p", 1)
    read(plant, 2, 9)
    assert closed(plant) == ["unchanged"] * 2 + ["sealed"] * 3
    assert nothing_moved(plant, MERGE - DAY)
    plant = written(tmp_path / "p", 2)
    read(plant, 3, 7)
    assert closed(plant) == ["unchanged"] * 2 + ["sealed"] * 3
    assert nothing_moved(plant, MERGE - DAY)
    assert sl.verify(plant).ok
    assert {area: sl.statement(plant, "2026-03-31.E", area).statements[0].value for area in before} == before
    name = "digester+filter>red-side>east+west"
    found = rows(plant, FIRST, LAST, "series", "month")
    march, april = found[name, "2026-03"], found[name, "2026-04"]
    assert [(row.hours, row.outputs[0].qty, row.outputs[0].per_hour) for row in (march, april)] == [
        (Decimal("240.00"), Decimal("384.000"), Decimal("1.6000")), (Decimal("288.00"), Decimal("576.000"), Decimal("2.0000")),
    ]  # fmt: skip
    assert [len(row.outputs) for row in (march, april)] == [1, 1]  # the slurry stays inside, whoever holds both ends
    assert [str(day) for day in april.changes] == [str(MERGE), str(SPLIT)]
    assert april.counted == april.shifts == 6 + 3 + 6
    areas = rows(plant, FIRST, LAST, "area")
    assert {key[0]: row.hours for key, row in areas.items()} == {
        "digester": 144, "filter": 216, "red-side": 96, "east": 24, "west": 48,
    }  # fmt: skip
    total = sl.rollup(plant, FIRST, LAST, by=("area",)).rollup
    assert total is not None
    assert total.result == total.stocks + total.outside  # to the cent, over the days of both changes
    assert total.outside == (3 * 192 + 216 + 168) * 250 * 100
