"""A plant of two areas, digester and filter, that one area, red-side, succeeds on 16 March 2026; the month of a clock change.

Digester (2 persons a crew) gives 10 t/h of slurry to the tank T, from which the filter (3 persons) takes it and gives 8 t/h of
product; red-side does both with 4 persons a crew, and gives 9 t/h.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import shiftledger as sl
from shiftledger.api import PlantView

TEXT = {
    "plant.toml": """[plant]
id = "merged"
currency = "EUR"
zone = "Europe/Berlin"
day_start = 06:00:00
""",
    "areas.toml": """[area.digester]
rotation = "four"
valid_to = 2026-03-15

[area.filter]
rotation = "four"
valid_to = 2026-03-15

[area.red-side]
rotation = "four"
valid_from = 2026-03-16
successor_of = ["digester", "filter"]

[area.lab]
rotation = "days"
coverage = "partial"
""",
    "rotations.toml": """[rotation.four]
pattern = "DDEENNRR"
anchor = 2026-03-01
crews = {A = 0, B = 2, C = 4, D = 6}
slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]

[rotation.days]
pattern = "W"
anchor = 2026-03-01
crews = {L = 0}
slots = [{id = "W", start = 08:00:00, end = 16:00:00}]
""",
    "units.toml": """[unit.U1]
area = "digester"
valid_to = 2026-03-15

[unit.U2]
area = "filter"
valid_to = 2026-03-15

[unit.R1]
area = "red-side"
valid_from = 2026-03-16

[unit.R2]
area = "red-side"
valid_from = 2026-03-16
""",
    "stocks.toml": """[stock.T]
material = "slurry"
held_by = "site"
opening = 100
opening_day = 2026-03-01
""",
    "streams.toml": "".join(
        f'[stream.{name}-{era}]\nfrom = "{source}"\nto = "{target}"\nmaterial = "{material}"\n{days}\n\n'
        for era, first, second, days in (
            (1, "U1", "U2", "valid_to = 2026-03-15"),
            (2, "R1", "R2", "valid_from = 2026-03-16"),
        )
        for name, source, target, material in (
            ("slurry", first, "T", "slurry"),
            ("feed", "T", second, "slurry"),
            ("product", second, "outside", "product"),
        )
    ),
    "materials.toml": '[material.slurry]\nunit = "t"\n\n[material.product]\nunit = "t"\n',
    "meters.csv": "tag,kind,stream,unit,max_gap,valid_from,valid_to\n"
    + "".join(
        f"F-{name},rate,{name}-{era},t/h,48h,{days}\n"
        for name in ("slurry", "feed", "product")
        for era, days in ((1, ",2026-03-15"), (2, "2026-03-16,"))
    ),
    "prices/planned.csv": "material,price\nslurry,180\nproduct,250\n",
    "standards.csv": "area,output,item,basis,value\nfilter,product,slurry,yield,0.8\nred-side,product,slurry,yield,0.8\n",
    "budget.csv": "area,item,kind,qty\ndigester,slurry,output,80\nred-side,slurry,output,80\n",
    "members.csv": "person,area,crew,post,valid_from,valid_to\n"
    + "".join(
        f"{area[0]}{crew}{n},{area},{crew},hand,{days}\n"
        for area, count, days in (("digester", 2, ",2026-03-15"), ("filter", 3, ",2026-03-15"), ("red-side", 4, "2026-03-16,"))
        for crew in "ABCD"
        for n in range(1, count + 1)
    )
    + "l1,lab,L,analyst,,\n",
    "posts.csv": "area,post\ndigester,hand\nfilter,hand\nred-side,hand\nlab,analyst\n",
    "sources.toml": '[source.all]\nmatch = "readings/*.csv"\n',
}


def written(folder: Path, **more: str) -> Path:
    """The plant's text with readings of March 2026; `more`: further files by name, with __ for the dot."""
    for name, text in {**TEXT, **{name.replace("__", "."): text for name, text in more.items()}}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    start, merged = datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 16, 5, tzinfo=UTC)
    rows = ["time,tag,value"]
    for hours in range(0, 31 * 24 + 1, 12):
        at = start + timedelta(hours=hours)
        rates = {"F-slurry": 10, "F-feed": 10, "F-product": 9 if at >= merged else 8}
        rows += [f"{at.isoformat()},{tag},{rate}" for tag, rate in rates.items()]
    (folder / "readings").mkdir(exist_ok=True)
    (folder / "readings" / "march.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def closed(folder: Path, first: str = "2026-03-01", last: str = "2026-03-31", **more: str) -> PlantView:
    plant = sl.open(written(folder, **more))
    assert not plant.issues, plant.issues
    assert sl.load(plant, [folder / "readings" / "march.csv"]).ok
    done = sl.close(plant, first, last)
    assert done.ok, done.issues
    return plant
