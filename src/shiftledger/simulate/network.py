"""The refinery as its engineer would draw it: areas, units, stocks, materials and streams, in both languages.

Names only: no figure of the simulation stands here, so what the plant's text says is what a drawing would show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shiftledger.simulate.parameters import SETS

Table = dict[str, dict[str, Any]]

NUMBERS_ZH = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with an id and its two names."""

    id: str
    zh: str
    en: str


AREAS = (
    Named("digestion", "溶出", "Digestion"),
    Named("washing", "赤泥洗涤", "Mud washing"),
    Named("precipitation", "分解", "Precipitation"),
    Named("evaporation", "蒸发", "Evaporation"),
    Named("calcination", "焙烧", "Calcination"),
)

MATERIALS = (
    ("ore", "铝土矿（干）", "Bauxite, dry", "t"),
    ("lime", "石灰", "Lime", "t"),
    ("caustic", "烧碱（100 %）", "Caustic soda, 100 %", "t"),
    ("hp-steam", "高压蒸汽", "High-pressure steam", "t"),
    ("lp-steam", "低压蒸汽", "Low-pressure steam", "t"),
    ("condensate", "回收冷凝水", "Steam condensate", "t"),
    ("water", "需蒸发的水", "Water to be evaporated", "t"),
    ("power", "电", "Electric power", "kWh"),
    ("gas", "天然气", "Natural gas", "m3"),
    ("dissolved", "溶液中氧化铝", "Alumina in the liquor", "t"),
    ("mud", "赤泥（干）", "Red mud, dry", "t"),
    ("washed-mud", "洗后赤泥（干）", "Washed red mud, dry", "t"),
    ("hydrate", "氢氧化铝（折氧化铝）", "Hydrate, as alumina", "t"),
    ("alumina", "氧化铝", "Alumina", "t"),
)

STOCKS = (
    ("ore-yard", "矿石堆场", "Ore yard", "ore", "site"),
    ("caustic-tank", "碱库", "Caustic tank", "caustic", "site"),
    ("liquor", "溶液系统氧化铝", "Alumina of the liquor circuit", "dissolved", "site"),
    ("liquor-soda", "溶液系统碱", "Soda of the liquor circuit", "caustic", "site"),
    ("hydrate-shed", "氢氧化铝仓", "Hydrate shed", "hydrate", "site"),
    ("silo", "氧化铝仓", "Alumina silos", "alumina", "calcination"),
)


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream of the drawing: id, names, ends and material; `share` of the stream it `follows` where nobody meters it."""

    id: str
    zh: str
    en: str
    start: str
    end: str
    material: str
    follows: str = ""
    share: str = ""


def units() -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Units: id, area, names, and what each conserves. Steam is drawn by headers and heaters, which close for mass."""
    found: list[tuple[str, str, str, str, tuple[str, ...]]] = [
        ("DI-1", "digestion", "溶出机组", "Digestion line", ()),
        ("WA-1", "washing", "洗涤沉降槽", "Washers", ()),
        ("PR-1", "precipitation", "分解槽列", "Precipitators", ()),
        ("CA-1", "calcination", "焙烧炉", "Calciner", ()),
        ("LP", "evaporation", "低压蒸汽总管", "Low-pressure header", ("mass",)),
        ("CH", "evaporation", "冷凝水总管", "Condensate header", ("mass",)),
    ]
    for number in range(1, SETS + 1):
        name = NUMBERS_ZH[number - 1]
        found.append((f"EV-{number}", "evaporation", f"{name}组蒸发器", f"Evaporator set {number}", ()))
        found.append((f"HT-{number}", "evaporation", f"{name}组加热室", f"Heaters of set {number}", ("mass",)))
    return found


def streams(soda_in_hydrate: str) -> list[Flow]:
    """All streams; `soda_in_hydrate` is the design share of caustic that leaves with the hydrate, t/t."""
    house, grid = "outside:powerhouse", "outside:grid"
    found = [
        Flow("ore-receipts", "矿石进厂", "Ore received", "outside:mine", "ore-yard", "ore"),
        Flow("ore-feed", "矿石下料", "Ore fed", "ore-yard", "DI-1", "ore"),
        Flow("lime-feed", "石灰下料", "Lime fed", "outside:quarry", "DI-1", "lime"),
        Flow("caustic-receipts", "液碱进厂", "Caustic received", "outside:chemicals", "caustic-tank", "caustic"),
        Flow("caustic-make-up", "补碱", "Caustic made up", "caustic-tank", "liquor-soda", "caustic"),
        Flow("soda-bound", "赤泥化学碱耗", "Soda bound in the mud", "liquor-soda", "DI-1", "caustic"),
        Flow("hp-steam", "溶出新蒸汽", "Steam to digestion", house, "DI-1", "hp-steam"),
        Flow("dissolved", "溶出氧化铝", "Alumina dissolved", "DI-1", "liquor", "dissolved"),
        Flow("mud", "赤泥", "Mud to washing", "DI-1", "WA-1", "mud"),
        Flow("wash-water", "赤泥洗水", "Wash water", "outside:water-house", "WA-1", "water"),
        Flow("mud-out", "外排赤泥", "Mud to the stack", "WA-1", "outside:stack", "washed-mud"),
        Flow("soda-lost", "赤泥附碱", "Soda lost with the mud", "liquor-soda", "WA-1", "caustic"),
        Flow("alumina-lost", "赤泥附液氧化铝", "Alumina lost with the mud", "liquor", "WA-1", "dissolved"),
        Flow("steam-washing", "洗涤用汽", "Steam to washing", house, "WA-1", "lp-steam"),
        Flow("to-precipitation", "分解氧化铝", "Alumina to precipitation", "liquor", "PR-1", "dissolved"),
        Flow("hydrate-made", "分解产出", "Hydrate made", "PR-1", "hydrate-shed", "hydrate"),
        Flow("hydrate-wash", "氢氧化铝洗水", "Hydrate wash water", "outside:water-house", "PR-1", "water"),
        Flow("steam-precipitation", "分解用汽", "Steam to precipitation", house, "PR-1", "lp-steam"),
        Flow("hydrate-feed", "焙烧下料", "Hydrate fed", "hydrate-shed", "CA-1", "hydrate"),
        Flow("gas", "焙烧用气", "Gas", "outside:gas-company", "CA-1", "gas"),
        Flow("alumina-made", "焙烧产出", "Alumina made", "CA-1", "silo", "alumina"),
        Flow("shipments", "氧化铝发运", "Alumina shipped", "silo", "outside:customers", "alumina"),
        Flow("lp-steam", "蒸发低压蒸汽", "Steam to evaporation", house, "LP", "lp-steam"),
        Flow("condensate", "蒸发冷凝水", "Condensate returned", "CH", house, "condensate"),
    ]
    found.insert(
        17,
        Flow("soda-in-hydrate", "产品带碱", "Soda in the hydrate", "liquor-soda", "PR-1", "caustic",
             "to-precipitation", soda_in_hydrate),
    )  # fmt: skip
    for number in range(1, SETS + 1):
        name = NUMBERS_ZH[number - 1]
        found += [
            Flow(f"lp-steam-{number}", f"{name}组进汽", f"Steam to set {number}", "LP", f"HT-{number}", "lp-steam"),
            Flow(f"condensate-{number}", f"{name}组冷凝水", f"Condensate of set {number}", f"HT-{number}", "CH", "condensate"),
            Flow(f"water-{number}", f"{name}组蒸水", f"Water evaporated by set {number}", f"EV-{number}",
                 "outside:water-house", "water"),
        ]  # fmt: skip
    for area, unit in (
        ("digestion", "DI-1"), ("washing", "WA-1"), ("precipitation", "PR-1"), ("evaporation", "EV-1"), ("calcination", "CA-1"),
    ):  # fmt: skip
        area_zh = next(one.zh for one in AREAS if one.id == area)
        found.append(Flow(f"power-{area}", f"{area_zh}用电", f"Power of {area}", grid, unit, "power"))
    return found
