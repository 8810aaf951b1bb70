"""A works with six counters that each count 12 a quarter of an hour, and each go wrong in a way of their own on 2026-03-04.

Three slots of 8 h from 06:00, so every whole shift of every stream is 384.0 kWh, whatever its register did meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import shiftledger as sl
from shiftledger.api import PlantView

TEXT = {
    "plant.toml": '[plant]\nid = "works"\ncurrency = "CNY"\nzone = "Asia/Shanghai"\nday_start = 06:00:00\n',
    "areas.toml": '[area.melt]\nrotation = "r"\n',
    "units.toml": '[unit.U1]\narea = "melt"\n',
    "materials.toml": '[material.power]\nunit = "kWh"\nquantum = 0.1\n',
    "rotations.toml": '[rotation.r]\npattern = "DEN"\nanchor = 2026-03-01\ncrews = {A = 0, B = 1, C = 2}\n'
    'slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n',
    "sources.toml": '[source.all]\nmatch = "readings/*.csv"\n',
    "prices/planned.csv": "material,price\npower,0.5\n",
}
METERS = """\
tag,kind,stream,unit,class,sigma,modulus,max_rate,valid_from,valid_to,changed_at,first_register,last_register
BLIP,counter,blip,kWh,0.01,0.1,,,,,,,
OVER,counter,over,kWh,0.01,0.1,1000,,,,,,
RESET,counter,reset,kWh,0.01,0.1,,,,,,,
OLD,counter,change,kWh,0.01,0.1,,,,2026-03-04,,,90216
NEW,counter,change,kWh,0.01,0.1,,,2026-03-04,,10:30,7,
SPIKE,counter,spike,kWh,0.01,0.1,,100,,,,,
GAP,counter,gap,kWh,0.01,0.1,,,,,,,
"""
STREAMS = ("blip", "over", "reset", "change", "spike", "gap")
START, END = datetime(2026, 3, 3, 5), datetime(2026, 3, 7, 8)
Row = tuple[str, str, float]


def made(folder: Path) -> PlantView:
    """The plant without readings."""
    root = folder / "works"
    for name, text in TEXT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / "meters.csv").write_text(METERS, "utf-8")
    flows = "".join(f'[stream.{name}]\nfrom = "outside"\nto = "U1"\nmaterial = "power"\n\n' for name in STREAMS)
    (root / "streams.toml").write_text(flows, "utf-8")
    (root / "readings").mkdir()
    return sl.open(root)


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)


def rows(start: datetime = START, end: datetime = END) -> list[Row]:
    """What the meters show from `start` to `end`, every quarter of an hour."""
    found: list[Row] = []
    at = START
    while at <= end:
        if at >= start:
            found += [(f"{at.isoformat()}+08:00", tag, value) for tag, value in _shown(at)]
        at += timedelta(minutes=15)
    return found


def _shown(at: datetime) -> Iterable[tuple[str, float]]:
    since = (at - START).total_seconds() / 900 * 12
    # the line to BLIP is lost from 13:30 to 14:30, across a handover, and over the end of the day, from 05:30 to 06:30
    lost = moment(4, 13, 30) <= at <= moment(4, 14, 30) or moment(5, 5, 30) <= at <= moment(5, 6, 30)
    yield "BLIP", 0.0 if lost else 53_700.0 + since
    yield "OVER", (800.0 + since) % 1000
    anew = moment(4, 10, 7)  # 8 minutes before 10:15
    yield "RESET", 2000.0 + since if at < anew else (at - anew).total_seconds() / 900 * 12
    if at < moment(4, 10, 30):
        yield "OLD", 88_800.0 + since  # 29.5 h after the first reading: 90 216
    else:
        yield "NEW", 7.0 + (at - moment(4, 10, 30)).total_seconds() / 900 * 12
    yield "SPIKE", 9999.0 if at == moment(4, 12) else 100.0 + since
    if not moment(4, 12) < at < moment(4, 16):
        yield "GAP", 100.0 + since


def load(plant: PlantView, name: str, found: Iterable[Row], known_at: str) -> None:
    path = plant.folder / "readings" / name
    path.write_text("time,tag,value\n" + "".join(f"{at},{tag},{value!r}\n" for at, tag, value in found), "utf-8")
    done = sl.load(plant, [path], known_at=known_at)
    assert done.ok, done.issues
