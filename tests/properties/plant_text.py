"""A generated plant as the text and the files that Shiftledger reads: file name -> content."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from properties.courses import STATES, Course, courses
from properties.flowsheets import Flowsheet, Knobs, flowsheet, layout_of
from properties.terms import Drawn, drawn
from reference.calendars import HOUR, MINUTE, Layout
from reference.independent import Facts, Meter

GRACE = 30 * MINUTE
LOOKBACK = 9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """A plant with its readings: `text` and `readings` as files, `facts` for the independent routes."""

    shape: Knobs
    text: dict[str, str]
    readings: dict[str, str]  # file name -> csv
    facts: Facts
    areas: tuple[str, ...]


def sample(shape: Knobs) -> Sample:
    """The plant that the knobs stand for: always the same one."""
    rng = Random(f"{shape}")
    sheet = flowsheet(shape, rng)
    told = courses(sheet, shape, rng)
    more = drawn(sheet, shape)
    told |= more.told
    text = with_terms(plant_text(sheet, shape, rng), more)
    rotations = {area: row["rotation"] for area, row in tomllib.loads(text["areas.toml"])["area"].items()}
    slots = {unit: layout_of(sheet, rotations[area]) for unit, area in sheet.units.items()}
    tags = sorted(told)
    half = len(tags) // 2
    files = {"readings/one.csv": rows_of(told, tags[:half]), "readings/two.csv": rows_of(told, tags[half:])}
    return Sample(
        shape, text, {name: csv_of(rows) for name, rows in files.items()}, facts_of(sheet, shape, told, slots, more), sheet.areas
    )


def with_terms(text: dict[str, str], more: Drawn) -> dict[str, str]:
    """The plant's files with those of its terms, and their meters."""
    if not more.meters:
        return text | more.text
    head, *rows = text["meters.csv"].splitlines()
    names = [*head.split(","), "quantum"]
    added = [dict(zip(("tag", "kind", "stream", "state", "component", "quantum"), row, strict=True)) for row in more.meters]
    lines = [*(f"{row}," for row in rows), *(",".join(str(row.get(name, "")) for name in names) for row in added)]
    return text | more.text | {"meters.csv": "\n".join([",".join(names), *lines, ""])}


def facts_of(sheet: Flowsheet, shape: Knobs, told: dict[str, Course], slots: Mapping[str, Layout], more: Drawn) -> Facts:
    """The same plant for the independent routes."""
    readings = {tag: [(t, None if v is None else Fraction(v)) for t, v in course] for tag, course in told.items()}
    return Facts(
        sheet.calendar,
        shape.money_decimals,
        GRACE,
        LOOKBACK,
        sheet.materials,
        sheet.streams,
        sheet.stocks,
        Meter("TARIFF", "state", "") if shape.band else None,
        {Fraction(code): band for band, code in STATES.items()},
        readings,
        slots,
        more.facts,
    )


Row = tuple[int, str, str, str]


def rows_of(told: dict[str, Course], tags: Iterable[str]) -> list[Row]:
    """Rows (instant, tag, value, quality) of the tags."""
    return [(t, tag, "0" if v is None else f"{v:f}", "bad" if v is None else "") for tag in tags for t, v in told[tag]]


def csv_of(rows: Sequence[Row]) -> str:
    lines = [f"{(EPOCH + timedelta(microseconds=t)).isoformat()},{tag},{value},{quality}" for t, tag, value, quality in rows]
    return "\n".join(["time,tag,value,quality", *lines, ""])


def plant_text(sheet: Flowsheet, shape: Knobs, rng: Random) -> dict[str, str]:
    """Every file of the plant."""
    calendar = sheet.calendar
    settings = {
        "id": "generated", "currency": "CNY", "zone": calendar.zone, "day_start": calendar.day_start,
        "day_label": "end" if calendar.label_end else "start", "money_decimals": shape.money_decimals,
        "month_start": rng.choice((1, 26)), "lookback": LOOKBACK, "grace": "30min", "lab_cutoff": "120h",
    }  # fmt: skip
    # The first two areas of a plant with two layouts have one each.
    chosen = {area: rng.choice(("one", "two")) for area in sheet.areas}
    rotations = chosen | (dict(zip(sheet.areas, ("one", "two"), strict=False)) if len(calendar.layouts) > 1 else {})
    conserving = {unit: _common(sheet, unit) and rng.random() < 0.5 for unit in sheet.units}
    return {
        "plant.toml": "[plant]\n" + _keys(settings),
        "areas.toml": _tables("area", {a: {"rotation": rotations[a], "tou_is_ours": rng.random() < 0.3} for a in sheet.areas}),
        "units.toml": _tables("unit", {u: {"area": a} | ({"conserves": ["mass"]} if conserving[u] else {}) for u, a in sheet.units.items()}),
        "streams.toml": _tables("stream", {s.id: {"from": s.source, "to": s.target, "material": s.material} for s in sheet.streams.values()}),
        "stocks.toml": _stocks(sheet),
        "materials.toml": _materials(sheet),
        "meters.csv": _meters(sheet, shape),
        "rotations.toml": _rotations(sheet),
        "prices/planned.csv": _prices(sheet),
        "standards.csv": _standards(sheet, shape, rng),
        "budget.csv": _budget(sheet, rng, rotations),
        "roster.csv": _roster(sheet, shape, rng, rotations),
        "sources.toml": '[source.all]\nmatch = "*.csv"\nquality = "quality"\n',
        "indicators/load.toml": _tables("indicator", {"load": {"area": sheet.areas[0], "formula": f"stream.{min(sheet.streams)} / hours"}}),
    }  # fmt: skip


def _keys(values: dict[str, object]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: object) -> str:
    return json.dumps(value) if isinstance(value, str | bool | int | list) else f"{value}"


def _tables(table: str, rows: dict[str, dict[str, object]]) -> str:
    return "\n".join(f"[{table}.{key}]\n{_keys(values)}" for key, values in rows.items())


def _csv(header: str, rows: Iterable[Sequence[object]]) -> str:
    return "\n".join([header, *(",".join("" if cell is None else f"{cell}" for cell in row) for row in rows), ""])


def _common(sheet: Flowsheet, unit: str) -> bool:
    """Whether the unit's streams have one unit and quantum, so that its mass can be closed."""
    rows = [sheet.materials[s.material] for s in sheet.streams.values() if unit in (s.source, s.target)]
    return len({(row.unit, row.quantum) for row in rows}) == 1


def _stocks(sheet: Flowsheet) -> str:
    rows: dict[str, dict[str, object]] = {}
    for s in sheet.stocks.values():
        rows[s.id] = {"material": s.material, "held_by": s.held_by, "boundary": s.rule}
        if s.opening is not None:
            rows[s.id] |= {"opening": s.opening, "opening_day": sheet.calendar.first}
    return _tables("stock", rows)


def _materials(sheet: Flowsheet) -> str:
    rows: dict[str, dict[str, object]] = {"hour": {"unit": "h", "quantum": Decimal("0.0001")}}
    for m in sheet.materials.values():
        rows[m.id] = {"unit": m.unit, "quantum": m.quantum} | ({"band_state": "tariff"} if m.bands else {})
    return _tables("material", rows)


def _meters(sheet: Flowsheet, shape: Knobs) -> str:
    rows: list[tuple[object, ...]] = []
    for s in sheet.streams.values():
        if m := s.meter:
            gap, length = f"{m.max_gap // MINUTE}min", f"{m.length // MINUTE}min" if m.length else ""
            integrate = m.mode if m.kind == "rate" else ""
            rows.append(
                (m.tag, m.kind, s.id, "", "", "", m.unit, "0.004", "0.01", "", integrate, length, gap, m.fill, m.modulus, "")
            )
    for k in sheet.stocks.values():
        rows.append((k.meter.tag, "level", "", k.id, "", "", k.meter.unit, "", "", "0.05", "", "", "", "", None, ""))
    rows.append(("LAB", "lab", min(sheet.streams), "", "", "moisture", "%", "", "", "0.02", "", "", "", "", None, ""))
    rows.append(("WEATHER", "state", "", "", "weather", "", "", "", "", "", "", "", "", "", None, "dry=0;wet=1"))
    if shape.band:
        codes = ";".join(f"{band}={code}" for band, code in STATES.items())
        rows.append(("TARIFF", "state", "", "", "tariff", "", "", "", "", "", "", "", "", "", None, codes))
    return _csv("tag,kind,stream,stock,state,component,unit,class,white,sigma,integrate,length,max_gap,fill,modulus,codes", rows)


def _rotations(sheet: Flowsheet) -> str:
    first = sheet.calendar.first
    return "\n".join(
        f"[rotation.{key}]\nanchor = {anchor}\n{_slots(layout_of(sheet, key))}"
        for key, anchor in (("one", first), ("two", first - timedelta(days=1)))
    )


def _slots(layout: Sequence[tuple[str, time]]) -> str:
    """The keys of a rotation with these slots, and crews that follow each other in them."""
    slots = ", ".join(f'{{id = "{letter}", start = {start}}}' for letter, start in layout)
    pattern, crews = {
        3: ("DDEENNRR", "{A = 0, B = 2, C = 4, D = 6}"),
        2: ("DNRR", "{A = 0, B = 1, C = 2, D = 3}"),
        1: ("WRRR", "{A = 0, B = 1, C = 2, D = 3}"),
    }[len(layout)]
    return f'pattern = "{pattern}"\ncrews = {crews}\nslots = [{slots}]\n'


def _prices(sheet: Flowsheet) -> str:
    rows: list[tuple[object, ...]] = [("hour", 0, "", "", "")]
    for m in sheet.materials.values():
        for i, (since, price) in enumerate(m.prices):
            until = m.prices[i + 1][0] if i + 1 < len(m.prices) else None
            rows.append((m.id, f"{price:f}", "", since, until - timedelta(days=1) if until else None))
        rows += [(m.id, f"{price:f}", band, None, None) for band, price in m.bands.items()]
    return _csv("material,price,band,valid_from,valid_to", rows)


def _standards(sheet: Flowsheet, shape: Knobs, rng: Random) -> str:
    """For most areas a yield and a usage per output, some with conditions; for some a standard by the hour."""
    rows: list[tuple[object, ...]] = []
    for area in sheet.areas:
        given, taken = (sorted(found) for found in _crossing(sheet, area))
        outputs = [m for m in given if m not in taken]
        if outputs and taken and rng.random() < 0.8:
            output = rng.choice(outputs)
            first, *rest = rng.sample(taken, min(2, len(taken)))
            rows.append((area, output, first, "yield", f"0.{rng.randint(7, 9)}{rng.randint(0, 9)}7", "", None))
            rows += [(area, output, item, "usage", f"0.{rng.randint(100, 900)}", "", None) for item in rest]
            rows += [(area, output, item, "usage", "0.005", "weather", "0.5") for item in rest if rng.random() < 0.7]
            if shape.terms:  # several products, and usage by a state of the area
                rows += [(area, other, first, "usage", "0.25", "", None) for other in outputs if other != output]
                rows.append((area, output, first, "yield", "-0.01", f"foul-{area}", "0.2"))
            if area in _lab_areas(sheet) and rng.random() < 0.7:
                rows.append((area, output, first, "yield", "-0.004", "moisture", 8))
        elif taken and rng.random() < 0.5:
            rows.append((area, "hour", taken[0], "hours", f"{rng.randint(1, 90)}.25", "", None))
    return _csv("area,output,item,basis,value,condition,reference", rows)


def _crossing(sheet: Flowsheet, area: str) -> tuple[set[str], set[str]]:
    """Materials that leave the area's units and that enter them."""
    given, taken = set[str](), set[str]()
    for s in sheet.streams.values():
        source, target = sheet.units.get(s.source) == area, sheet.units.get(s.target) == area
        if source != target:
            (given if source else taken).add(s.material)
    return given, taken


def _lab_areas(sheet: Flowsheet) -> set[str]:
    stream = sheet.streams[min(sheet.streams)]
    return {sheet.units[end] for end in (stream.source, stream.target) if end in sheet.units}


def _budget(sheet: Flowsheet, rng: Random, rotations: Mapping[str, str]) -> str:
    rows: list[tuple[object, ...]] = []
    for area in sheet.areas:
        letters = [letter for letter, _ in layout_of(sheet, rotations[area])]
        given, taken = _crossing(sheet, area)
        for output in sorted(given - taken):
            if rng.random() < 0.7:
                rows.append(
                    (area, output, "output", f"{rng.randint(10, 900)}.3", rng.choice(("shift", "day", "month")), None, "")
                )
        if rng.random() < 0.6:
            rows.append((area, "wages", "fixed", f"{rng.randint(100, 9999)}", rng.choice(("shift", "day", "month")), None, ""))
        if rng.random() < 0.3:
            rows.append((area, "rent", "fixed", "1234.5", rng.choice(("day", "month")), None, rng.choice(letters)))
        if rng.random() < 0.5:
            rows.append((area, "hour", "hours", "7.5", "shift", None, ""))
    return _csv("area,item,kind,qty,per,day,slot", rows)


def _roster(sheet: Flowsheet, shape: Knobs, rng: Random, rotations: Mapping[str, str]) -> str:
    """Substitutes for a part of a shift: one entry at most for a shift of an area."""
    rows: dict[tuple[object, ...], tuple[object, ...]] = {}
    for _ in range(shape.substitutes):
        day = rng.choice(sheet.calendar.labels())
        area = rng.choice(sheet.areas)
        layout = layout_of(sheet, rotations[area])
        place = rng.randrange(len(layout))
        (letter, start), hours = layout[place], sheet.calendar.length(layout, place) // HOUR
        began = datetime.combine(day, start)
        first = began + timedelta(minutes=rng.randint(60, 200))
        last = began + timedelta(minutes=rng.randint(220, hours * 60 - 61)) if rng.random() < 0.5 else None
        rows[day, letter, area] = (
            day,
            letter,
            area,
            rng.choice("ABCD"),
            f"{first:%H:%M}",
            f"{last:%H:%M}" if last else "",
            "substitute",
        )
    return _csv("day,slot,area,crew,start,end,kind", rows.values())
