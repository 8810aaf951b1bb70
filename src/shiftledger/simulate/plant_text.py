"""The plant's text, as its engineer would have written it: structure, meters, prices, standards and people.

Nothing here is taken from the truth but planned prices. Standards and budgets are means of the base period *as metered*
(of the whole period where there is no base), rounded as a person would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from shiftledger.simulate.historian import FIRST_OF_NEW, SWAP_DAY, ZONE, Meters
from shiftledger.simulate.lines import SERVICE, service_crews
from shiftledger.simulate.logbook import DIPS, POINTS
from shiftledger.simulate.network import AREAS, STOCKS, streams, units
from shiftledger.simulate.parameters import SETS
from shiftledger.simulate.plant_money import SODA_IN_HYDRATE, Standard, budget, materials, prices, standards
from shiftledger.simulate.plant_readme import readme
from shiftledger.simulate.signals import Signal
from shiftledger.simulate.tables import table, toml_value
from shiftledger.simulate.truth import Truth

WASH_HOURS = 1300  # an ordinary time between two washes, for the declared potential
BOUNDARIES = {"hydrate-shed": "nearest"}  # nobody meters the hydrate that is made, so its dips cannot be rolled
SLOTS = (("D", "08:00", "白班", "day"), ("E", "16:00", "中班", "evening"), ("N", "00:00", "夜班", "night"))


def plant_files(truth: Truth, known: Meters, letters: Sequence[str], rows: Sequence[Standard]) -> dict[str, str]:
    """Every text file of the plant by its name in the folder; `rows`: its standards."""
    return {
        "README.md": readme(truth, letters),
        "plant.toml": _plant(),
        "areas.toml": _areas(truth),
        "units.toml": _units(truth),
        "rotations.toml": _rotations(truth, letters),
        "materials.toml": _tables("material", "什么在流动，怎么计量。 What flows, and how it is counted.", {
            name: {"name_zh": zh, "name_en": en, "unit": unit} for name, zh, en, unit in materials(truth)}),
        "streams.toml": _streams(truth),
        "stocks.toml": _stocks(),
        "states.toml": _states(),
        "potentials.csv": _potentials(truth),
        "meters.csv": _meters(truth, known),
        "samples.csv": _samples(),
        "sources.toml": SOURCES,
        "prices/planned.csv": prices(truth),
        "standards.csv": standards(rows),
        "budget.csv": budget(truth, known),
        "charges.csv": "charge,event,stream,amount,party,source\n"
        f"wash,wash,,{truth.prices.wash:.0f},cleaning contractor,frame contract of the year\n",
    }  # fmt: skip


def _tables(name: str, remark: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [f"# {remark}"]
    for row, fields in rows.items():
        body = [f"{key} = {toml_value(value)}" for key, value in fields.items() if value not in ("", ())]
        parts.append("\n".join([f"[{name}.{row}]", *body]))
    return "\n\n".join(parts) + "\n"


# structure --------------------------------------------------------------------------------------------------------------


def _plant() -> str:
    return f"""# 全厂。 The plant as a whole; every other file is about its parts.
[plant]
id = "refinery"
name_zh = "氧化铝厂"
name_en = "Alumina refinery"
currency = "CNY"
zone = "{ZONE.key}"
day_start = 08:00:00      # 生产日 08:00 至次日 08:00 a production day runs until the next 08:00
day_label = "start"       # 零点班归前一个生产日 the night belongs to the day before it
"""


def _areas(truth: Truth) -> str:
    rows: dict[str, dict[str, Any]] = {
        area.id: {"name_zh": area.zh, "name_en": area.en, "rotation": "four-crews"}
        for area in (*AREAS, *(line.area for line in truth.lines))
    }
    if service_crews(truth.settings):
        names = {"name_zh": SERVICE.zh, "name_en": SERVICE.en}
        rows[SERVICE.id] = names | {"rotation": "by-day", "coverage": "partial"}
    return _tables("area", "一个班组一次管的范围。 What one crew runs at a time.", rows)


def _units(truth: Truth) -> str:
    lines = [(line.unit, line.area.id, line.area.zh, line.area.en, ()) for line in truth.lines]
    return _tables("unit", "设备。汽、水总管和加热室按质量平衡。 Headers and heaters close for mass.", {
        name: {"area": area, "name_zh": zh, "name_en": en, "conserves": conserves}
        for name, area, zh, en, conserves in (*units(), *lines)})  # fmt: skip


def _rotations(truth: Truth, letters: Sequence[str]) -> str:
    crews = ", ".join(f"{toml_value(letter)} = {2 * crew}" for crew, letter in enumerate(letters))
    slots = "\n".join(
        f'    {{id = "{slot}", start = {start}:00, name_zh = "{zh}", name_en = "{en}"}},' for slot, start, zh, en in SLOTS
    )
    text = f"""# 四班三倒，两白两中两夜两休。 Two days, two evenings, two nights, two days of rest.
[rotation.four-crews]
pattern = "DDEENNRR"
anchor = {truth.settings.first_day.isoformat()}
crews = {{{crews}}}
slots = [
{slots}
]
"""
    by_day = service_crews(truth.settings)
    if not by_day:
        return text
    served = ", ".join(f"{toml_value(letter)} = {crew}" for crew, letter in enumerate(letters[:by_day]))
    return f"""{text}
# 只上白班，轮流值班。 By day only, in turns.
[rotation.by-day]
pattern = "{"D" + "R" * (by_day - 1)}"
anchor = {truth.settings.first_day.isoformat()}
crews = {{{served}}}
slots = [{{id = "D", start = 08:00:00, end = 16:00:00, name_zh = "白班", name_en = "day"}}]
"""


def _streams(truth: Truth) -> str:
    """Streams under a heading for each area, that of the unit which a stream comes from or goes to."""
    area_of = {name: area for name, area, *_ in units()} | {line.unit: line.area.id for line in truth.lines}
    names = {area.id: f"{area.zh}。 {area.en}." for area in (*AREAS, *(line.area for line in truth.lines))}
    by_area: dict[str, list[str]] = {"": [], **{area: [] for area in names}}
    for one in (*streams(SODA_IN_HYDRATE), *(flow for line in truth.lines for flow in line.flows())):
        fields = {"name_zh": one.zh, "name_en": one.en, "from": one.start, "to": one.end, "material": one.material}
        lines = [f"{key} = {toml_value(value)}" for key, value in fields.items()]
        if one.follows:
            lines.append(f"follows = {toml_value(one.follows)}      # 未计量 not metered")
            lines += [f"share = {one.share}", 'source = "design: 4 kg Na2O per t of alumina"']
        by_area[area_of.get(one.end) or area_of.get(one.start, "")].append("\n".join([f"[stream.{one.id}]", *lines]))
    parts = ["# 物流：一种物料从一处到另一处。 A stream carries one material from one place to another; quantities in its unit."]
    for area, found in by_area.items():
        if found:
            parts += [f"# ---- {names.get(area, '进出厂。 Receipts and shipments.')}", *found]
    return "\n\n".join(parts) + "\n"


def _stocks() -> str:
    return _tables("stock", "库存，单位 t，由全厂或一个作业区持有；交接班时检尺，堆场用雷达。 Stocks in t, read at every handover; the yard by radar.", {
        name: {"name_zh": zh, "name_en": en, "material": material, "held_by": holder, "boundary": BOUNDARIES.get(name, "")}
        for name, zh, en, material, holder in STOCKS})  # fmt: skip


def _states() -> str:
    return _tables("state", "洗罐后的运行小时：结垢的代价由它估算。 Hours since a wash stand for fouling.", {
        f"run-hours-{one}": {"area": "evaporation", "name_zh": f"{one} 组洗后小时", "name_en": f"Set {one}, hours since the wash"}
        for one in range(1, SETS + 1)})  # fmt: skip


def _potentials(truth: Truth) -> str:
    rows: list[tuple[str, int, str, str]] = []
    for one in range(1, SETS + 1):
        rows.append((f"run-hours-{one}", 0, "0", "clean"))
        rows.append((f"run-hours-{one}", WASH_HOURS, f"-{truth.prices.wash:.0f}", f"a wash is due after {WASH_HOURS} h"))
    return table("state,value,worth,source", rows)


# meters -----------------------------------------------------------------------------------------------------------------

METER_COLUMNS = (
    "tag,kind,stream,stock,state,component,unit,class,white,sigma,max_gap,max_hold,fill,modulus,max_rate,quantum,low,high,"
    "changed_at,first_register,last_register,valid_from,valid_to"
)


def _meters(truth: Truth, known: Meters) -> str:
    rows = [_row(**fields) for at, signal in enumerate(known.signals) for fields in _signal(truth, known, at, signal)]
    rows += [
        _row(tag=f"LT-{stock}", kind="level", stock=stock, unit="t", sigma=f"{spread:.0f}") for stock, (spread, _) in DIPS.items()
    ]
    rows.append(_row(tag="LT-ore-yard", kind="level", stock="ore-yard", unit="t", sigma="800"))
    rows += [
        _row(tag=tag, kind="lot", stream=stream, unit="t", **{"class": "0.002"}, max_hold="72h")
        for stream, tag in LOT_TAGS.items()
    ]
    for point, analyte, stream, _spread, _relative, every in POINTS:
        low, high, unit, quantum = LIMITS[analyte]
        rows.append(
            _row(tag=lab_tag(point, analyte), kind="lab", stream=stream, component=COMPONENTS[analyte], unit=unit,
                 max_hold=f"{2 * every}h" if every < 8 else "24h", quantum=quantum, low=low, high=high)
        )  # fmt: skip
    return table(METER_COLUMNS, rows)


LOT_TAGS = {"ore-receipts": "WB-ORE", "caustic-receipts": "WB-CAUSTIC", "shipments": "WB-ALUMINA"}
COMPONENTS = {"Al2O3": "Al2O3", "SiO2": "SiO2", "A/S": "mud_ratio", "Na2O": "Na2O", "moisture": "moisture"}
LIMITS = {
    "Al2O3": ("45", "75", "%", "0.01"),
    "SiO2": ("4", "25", "%", "0.01"),
    "A/S": ("0.8", "2.5", "1", "0.001"),
    "Na2O": ("1", "12", "g/L", "0.01"),
    "moisture": ("3", "12", "%", "0.1"),
}


def lab_tag(point: str, analyte: str) -> str:
    """The tag of an analyte at a sample point."""
    return f"LAB-{point.replace(' ', '-').upper()}-{COMPONENTS[analyte]}"


def _signal(truth: Truth, known: Meters, at: int, signal: Signal) -> list[dict[str, str]]:
    """The line of a tag; two for the counter that was replaced."""
    if signal.kind == "state":
        return [{"tag": signal.tag, "kind": "state", "state": signal.measures, "unit": signal.unit, "quantum": "0.1",
                 "max_hold": "2h"}]  # fmt: skip
    row = {"tag": signal.tag, "kind": signal.kind, "stream": signal.measures, "unit": signal.unit, "class": signal.limit}
    if signal.kind == "rate":
        return [row | {"white": f"{signal.white:g}", "max_gap": "90min", "fill": "mean-of-shift"}]
    row |= {"modulus": f"{known.faults.modulus:.0f}", "max_rate": "60000", "quantum": "10", "max_hold": "12h"}
    if at != known.faults.replaced:
        return [row]
    swapped = truth.settings.first_day + timedelta(days=SWAP_DAY)
    old = np.floor(known.registers[at][known.faults.replaced_at] / 10) * 10 % known.faults.modulus
    return [
        row | {"valid_to": swapped.isoformat(), "last_register": f"{old:.0f}"},
        row | {"valid_from": swapped.isoformat(), "changed_at": "13:00", "first_register": f"{FIRST_OF_NEW:.0f}"},
    ]


def _row(**fields: str) -> list[str]:
    names = METER_COLUMNS.split(",")
    assert set(fields) <= set(names), fields
    return [fields.get(name, "") for name in names]


def _samples() -> str:
    return table("point,analyte,tag", [(point, analyte, lab_tag(point, analyte)) for point, analyte, *_ in POINTS])


SOURCES = """# 读数从哪里来。 How the files of readings are read; times carry their offset from UTC.
# 数据库导出，温度、流量、电表。 The historian: flows in their unit per hour, counters as they stand.
[source.historian]
match = "readings/historian-*.parquet"
format = "parquet"

# 交接班检尺，t。 Stocks as they were dipped, in t.
[source.dips]
match = "readings/dips.csv"

# 地磅，每车（列）一行，t；导出首尾各有一行 0。 The weighbridge: a line for each load, in t; lines of 0 begin and end an export.
[source.lots]
match = "readings/lots.csv"
layout = "lots"
lot = "lot"

# 化验室：取样与报出时间。 The laboratory: when a sample was taken and when its result was known.
[source.laboratory]
match = "readings/laboratory.csv"
layout = "lab"
time = "sampled"
result_time = "reported"

# 运行日志。 The log of events.
[source.log]
match = "readings/log.csv"
layout = "events"
"""
