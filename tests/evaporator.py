"""An evaporator with fouling and a wash across three shifts, as text and readings; every figure of its tests is derived on paper.

2026-05-01, UTC, slots D 06:00, E 14:00, N 22:00. Crews by phase: D crew C, E crew B, N crew A (pattern NED, phases 0, 1, 2).

                      D            E            N (washes)
    weak liquor    800 t        800 t        400 t          at  20
    strong liquor  560 t        560 t        280 t          at 100, to a party "digestion"
    steam           60 t         64 t         36 t          at 150
    soda             0            0            4 t          at 2,000
    fouling    0.20-0.26    0.26-0.34    0.34-0.03
    alkali         245          250          234 g/L        free from 238 to 242, 0.50 a g/L and tonne, at most 2.00
    charge         800          800          800

Phi: 0 at 0, -30,000 at 0.30, -60,000 at 0.40. From 2026-05-02: -33,000 at 0.30, -66,000 at 0.40.
    Phi(0.20) = -20,000   Phi(0.26) = -26,000   Phi(0.34) = -30,000 - 0.04 x 300,000 = -42,000   Phi(0.03) = -3,000
    change D = -6,000     change E = -16,000    change N = +39,000      together +17,000 = -3,000 - -20,000
Quality: D (245 - 242) x 0.50 x 560 = +840.00; E 4.00 is capped at 2.00 x 560 = +1,120.00; N (234 - 238) x 0.50 x 280 = -560.00.
    V(D) = 56,000 - 16,000 -  9,000         +   840 -  6,000 - 800 = 25,040.00
    V(E) = 56,000 - 16,000 -  9,600         + 1,120 - 16,000 - 800 = 14,720.00
    V(N) = 28,000 -  8,000 -  5,400 - 8,000 -   560 + 39,000 - 800 = 44,240.00
Invoices: rent 75,000 for May 1 to 30, known on April 20: 2,500 a day; a repair of 500 on May 1.
"""

from __future__ import annotations

from pathlib import Path

import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.ledger.statement import Statement

DAY, NEXT_DAY = "2026-05-01", "2026-05-02"
D, E, N = (f"{DAY}.{slot}" for slot in "DEN")
SOON = "2026-05-02T07:00:00Z"

TEXT = {
    "plant.toml": '[plant]\nid = "evaporator"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n',
    "areas.toml": '[area.evaporation]\nrotation = "three"\nname_zh = "蒸发"\nname_en = "Evaporation"\n',
    "units.toml": '[unit.EV1]\narea = "evaporation"\n',
    "rotations.toml": """[rotation.three]
pattern = "NED"
anchor = 2026-05-01
crews = {A = 0, B = 1, C = 2}
slots = [{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]
""",
    "materials.toml": "".join(f'[material.{name}]\nunit = "t"\n' for name in ("weak", "strong", "steam", "soda")),
    "streams.toml": """[stream.weak-in]
from = "outside"
to = "EV1"
material = "weak"

[stream.strong-out]
from = "EV1"
to = "outside:digestion"
material = "strong"

[stream.steam-in]
from = "outside"
to = "EV1"
material = "steam"

[stream.soda-in]
from = "outside"
to = "EV1"
material = "soda"
""",
    "meters.csv": """tag,kind,stream,state,component,unit,quantum,sigma,max_gap,max_hold
FT-WEAK,rate,weak-in,,,t/h,,,8h,
FT-STRONG,rate,strong-out,,,t/h,,,8h,
FT-STEAM,rate,steam-in,,,t/h,,,8h,
FT-SODA,rate,soda-in,,,t/h,,,8h,
FOULING,state,,fouling,,,0.01,0.005,,
LAB-ALKALI,lab,strong-out,,alkali,g/L,0.1,,,8h
""",
    "prices/planned.csv": "material,price\nweak,20\nstrong,100\nsteam,150\nsoda,2000\n",
    "standards.csv": """area,output,item,basis,value,condition,reference
evaporation,strong,weak,yield,0.7,,
evaporation,strong,steam,usage,0.105,,
evaporation,strong,steam,usage,0.1,fouling,0.20
""",
    "budget.csv": "area,item,kind,qty,per\nevaporation,depreciation,fixed,2400,day\n",
    "states.toml": '[state.fouling]\narea = "evaporation"\nname_zh = "结垢"\nname_en = "Fouling"\n',
    "potentials.csv": """state,value,worth,valid_from,valid_to
fouling,0,0,,
fouling,0.30,-30000,,2026-05-01
fouling,0.40,-60000,,2026-05-01
fouling,0.30,-33000,2026-05-02,
fouling,0.40,-66000,2026-05-02,
""",
    "quality.csv": "material,component,reference,low,high,worth,cap\nstrong,alkali,240,238,242,0.50,2\n",
    "invoices.csv": """item,party,amount,day,until,known_on
rent,lessor,75000,2026-05-01,2026-05-30,2026-04-20
repair,,500,2026-05-01,,
""",
    "sources.toml": '[source.all]\nmatch = "*.csv"\n',
}

# Rates at the beginning of D, E, N and of the next day.
FLOWS = {
    "FT-WEAK": (100, 100, 50, 50),
    "FT-STRONG": (70, 70, 35, 35),
    "FT-STEAM": (7.5, 8, 4.5, 4.5),
    "FT-SODA": (0, 0, 0.5, 0),
    "FOULING": (0.20, 0.26, 0.34, 0.03),
}
STARTS = ("2026-05-01T06:00:00Z", "2026-05-01T14:00:00Z", "2026-05-01T22:00:00Z", "2026-05-02T06:00:00Z")
BASE = "readings/meters.csv"
LAB_D, LAB_E, LAB_N = "readings/lab-d.csv", "readings/lab-e.csv", "readings/lab-n.csv"

READINGS = {
    BASE: "".join(f"{at},{tag},{value}\n" for tag, values in FLOWS.items() for at, value in zip(STARTS, values, strict=True)),
    LAB_D: "2026-05-01T06:00:00Z,LAB-ALKALI,245\n",
    LAB_E: "2026-05-01T14:00:00Z,LAB-ALKALI,250\n",
    LAB_N: "2026-05-01T22:00:00Z,LAB-ALKALI,234\n",
}


def folder(target: Path, text: dict[str, str] | None = None, readings: dict[str, str] | None = None) -> Path:
    """The plant written out, with some of its files replaced."""
    rows = {name: "time,tag,value\n" + body for name, body in {**READINGS, **(readings or {})}.items()}
    for name, content in {**TEXT, **(text or {}), **rows}.items():
        path = target / "evaporator" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return target / "evaporator"


def opened(
    target: Path,
    text: dict[str, str] | None = None,
    files: tuple[str, ...] = (BASE, LAB_D, LAB_E, LAB_N),
    readings: dict[str, str] | None = None,
    until: str = DAY,
) -> PlantView:
    """The plant with readings loaded and its days closed."""
    plant = sl.open(folder(target, text, readings))
    load(plant, *files)
    close(plant, until)
    return plant


def load(plant: PlantView, *files: str, known_at: str = SOON) -> None:
    done = sl.load(plant, [plant.folder / name for name in files], known_at=known_at)
    assert done.ok, done.issues


def close(plant: PlantView, until: str = DAY) -> None:
    done = sl.close(plant, DAY, until)
    assert done.ok, done.issues


def statement(plant: PlantView, shift: str) -> Statement:
    found = sl.statement(plant, shift, "evaporation")
    assert found.ok, found.issues
    return found.statements[0]
