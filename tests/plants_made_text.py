"""A made-up plant as the folder that somebody would keep: every file of its text, and files of readings.

What is drawn here (who stands in for whom, standards, budgets, states, halts) moves no money between plant and outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from plants_made import ASSAYED, MINUTE, PLACES, Layout, Made, Stock

Rows = Mapping[str, Mapping[str, object]]
Reading = tuple[int, str, str]  # instant, tag, value
PATTERNS = {1: ("WRRR", "A = 0, B = 1, C = 2, D = 3"), 2: ("DNRR", "A = 0, B = 1, C = 2, D = 3"),
            3: ("DDEENNRR", "A = 0, B = 2, C = 4, D = 6"), 4: ("PQTS", "A = 0, B = 1, C = 2, D = 3")}  # fmt: skip
HEAD = "tag,kind,stream,stock,state,component,unit,class,white,sigma,integrate,length,max_gap,max_hold,modulus,quantum,codes"


def plant_files(plant: Made, *, roster: bool = True) -> dict[str, str]:
    """File name -> content of the plant's text; without `roster` nobody stands in for anybody."""
    rng = Random(f"text {plant.seed}")
    _, start, label_end, _, month_start = PLACES[plant.place]
    settings = {
        "id": f"made-{plant.seed}", "currency": "CNY", "zone": plant.zone, "day_start": start, "day_label": "end" if label_end else "start",
        "money_decimals": plant.decimals, "month_start": month_start, "lookback": rng.choice((9, 21)), "lab_cutoff": "240h",
    }  # fmt: skip
    areas = {
        area: {"rotation": f"r{place}", "tou_is_ours": rng.random() < 0.3, "name_zh": f"{area}工区", "name_en": area.upper()}
        for area, place in plant.areas.items()
    }
    terms, rates = plant.terms, {unit: {"no_fault_rate": plain_number(money)} for unit, money in plant.terms.rates}
    settings |= {"price_sets": {f"{terms.switch}": "later"}} if terms.switch else {}
    settings |= {"market_set": "market"} if terms.market else {}
    files = {
        "plant.toml": f"[plant]\n{_keys(settings)}",
        "areas.toml": _tables("area", areas),
        "units.toml": _tables("unit", {unit: _unit(rng, unit, area) | rates.get(unit, {}) for unit, area in plant.units.items()}),
        "materials.toml": _tables("material", _materials(plant)),
        "streams.toml": _tables(
            "stream", {row.id: {"from": row.source, "to": row.target, "material": row.material} for row in plant.flows.values()}
        ),
        "stocks.toml": _tables("stock", {row.id: _stock(plant, row) for row in plant.stocks.values()}),
        "rotations.toml": "\n".join(_rotation(plant, rng, f"r{i}", layout) for i, layout in enumerate(plant.layouts)),
        **_prices(plant),
        "standards.csv": _standards(plant, rng),
        "budget.csv": _budget(plant, rng),
        "roster.csv": _roster(plant) if roster else "day,slot,area,crew,start,end,kind\n",
        "sources.toml": _sources(plant),
        "allocations.toml": _allocations(plant, rng),
        **_states(plant, rng),
        **_terms(plant),
    }
    return files | {"meters.csv": _meters(plant)}


def _keys(values: Mapping[str, object]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | int | list) else f"{value}"


def _tables(table: str, rows: Rows) -> str:
    return "\n".join(f"[{table}.{key}]\n{_keys(values)}" for key, values in rows.items())


def _csv(header: str, rows: Iterable[Sequence[object]]) -> str:
    return "\n".join([header, *(",".join("" if cell is None else f"{cell}" for cell in row) for row in rows), ""])


def plain(value: Decimal) -> str:
    """A decimal without an exponent."""
    return f"{value:f}"


def _unit(rng: Random, unit: str, area: str) -> dict[str, object]:
    row: dict[str, object] = {"area": area, "ownership": rng.choice(("end", "start"))} if rng.random() < 0.3 else {"area": area}
    if unit in ("u0", "u2"):
        row |= {
            "running": f"run-{unit}",
            "running_codes": ["on"],
            "causes": {"jam": "process", "trip": "electrical"},
        }
    return row


def _materials(plant: Made) -> Rows:
    rows: dict[str, dict[str, object]] = {"hour": {"unit": "h", "quantum": Decimal("0.0001")}}
    for m in plant.materials.values():
        rows[m.id] = {"unit": m.unit, "quantum": plain(m.quantum)} | ({"band_state": "tariff"} if m.bands else {})
        rows[m.id] |= {"priced_on": m.paid} if m.paid != "mass" else {}
        rows[m.id]["quantum"] = m.quantum
    return rows


def _stock(plant: Made, row: Stock) -> dict[str, object]:
    found: dict[str, object] = {"material": row.material, "held_by": row.held_by, "boundary": row.rule}
    if row.opening:
        found |= {"opening": plain_number(abs(row.dips[0][1]) * row.grain), "opening_day": plant.labels[0]}
    return found


class plain_number(Decimal):
    """A decimal that TOML reads as a number."""

    def __str__(self) -> str:
        return f"{self:f}"


def _rotation(plant: Made, rng: Random, key: str, layout: Layout) -> str:
    pattern, crews = PATTERNS[len(layout)]
    slots = ", ".join(f'{{id = "{letter}", start = {clock}}}' for letter, clock in plant.slots(layout))
    anchor = plant.labels[0] - timedelta(days=rng.randint(0, 9))
    return f'[rotation.{key}]\npattern = "{pattern}"\nanchor = {anchor}\ncrews = {{{crews}}}\nslots = [{slots}]\n'


def _prices(plant: Made) -> dict[str, str]:
    """One set of planned prices, or two that follow each other, and what the market asks."""
    materials, switch = plant.materials.values(), plant.terms.switch
    sets = {"planned": [(m.id, m.prices) for m in materials]}
    if switch:
        sets = {
            "planned": [(m.id, m.until_day(switch)) for m in materials],
            "later": [(m.id, m.from_day(switch)) for m in materials],
        }
    bands = [(m.id, plain(price), band, None, None) for m in materials for band, price in m.bands]
    files = {f"prices/{name}.csv": _price_file(rows, [("hour", 0, "", "", ""), *bands]) for name, rows in sets.items()}
    return files | ({"prices/market.csv": _price_file(plant.terms.market, [])} if plant.terms.market else {})


def _price_file(rows: Iterable[tuple[str, Sequence[tuple[date | None, Decimal]]]], more: Sequence[tuple[object, ...]]) -> str:
    lines = [*more]
    for material, prices in rows:
        for i, (since, price) in enumerate(prices):
            until = prices[i + 1][0] if i + 1 < len(prices) else None
            lines.append((material, plain(price), "", since, until - timedelta(days=1) if until else None))
    return _csv("material,price,band,valid_from,valid_to", lines)


def crossing(plant: Made, area: str) -> tuple[list[str], list[str]]:
    """Materials that leave the area's units and that enter them."""
    given, taken = set[str](), set[str]()
    for row in (row for row in plant.flows.values() if not row.driver):  # what is billed has no standard here
        source, target = plant.units.get(row.source) == area, plant.units.get(row.target) == area
        if source != target:
            (given if source else taken).add(row.material)
    return sorted(given - taken), sorted(taken)


def _standards(plant: Made, rng: Random) -> str:
    """Mass for mass where both are weighed, so that another unit of all masses changes no figure."""
    rows: list[tuple[object, ...]] = []
    weighed = {m.id for m in plant.materials.values() if m.unit in ("t", "kg")}
    for area in plant.areas:
        outputs, taken = crossing(plant, area)
        for output in [m for m in outputs if m in weighed][: rng.choice((1, 2))]:
            inputs = [m for m in taken if m in weighed]
            for i, item in enumerate(rng.sample(inputs, min(3, len(inputs)))):
                basis = "yield" if i == 0 else "usage"
                rows.append((area, output, item, basis, f"0.{rng.randint(5, 9)}{rng.randint(0, 9)}7", "", None, None))
                if rng.random() < 0.5:
                    rows.append((area, output, item, basis, "0.01", "weather", "0.5", None))
                if rng.random() < 0.5 and area in ("a0", "a1"):
                    rows.append((area, output, item, basis, "-0.004", f"foul-{area}", "0.2", None))
        if not [m for m in outputs if m in weighed] and "power" in taken:
            rows.append((area, "hour", "power", "hours", f"{rng.randint(1, 90)}.25", "", None, None))
    return _csv("area,output,item,basis,value,condition,reference,valid_from", dict.fromkeys(rows))


def _budget(plant: Made, rng: Random) -> str:
    rows: list[tuple[object, ...]] = []
    for area, place in plant.areas.items():
        outputs, _ = crossing(plant, area)
        letters = [letter for letter, _ in plant.layouts[place]]
        for output in outputs:
            per = plant.scale if plant.materials[output].unit == "kg" else 1
            rows.append(
                (area, output, "output", f"{rng.randint(10, 900) * per}", rng.choice(("shift", "day", "month")), None, "")
            )
        rows.append((area, "wages", "fixed", f"{rng.randint(100, 9999)}", rng.choice(("shift", "day", "month")), None, ""))
        if rng.random() < 0.5:
            rows.append((area, "rent", "fixed", "1234", rng.choice(("day", "month")), None, rng.choice(letters)))
        rows.append((area, "hour", "hours", "7.5", "shift", None, ""))
    return _csv("area,item,kind,qty,per,day,slot", rows)


def _roster(plant: Made) -> str:
    """Substitutes from some time on or for a part of a shift, and swaps of whole shifts."""
    rng = Random(f"roster {plant.seed}")
    rows: dict[tuple[object, ...], tuple[object, ...]] = {}
    for _ in range(rng.randint(2, 6)):
        day, area = rng.choice(plant.labels), rng.choice([*plant.areas])
        layout = plant.layouts[plant.areas[area]]
        letter, start, end = rng.choice(plant.shifts(layout, day))
        clock = dict(plant.slots(layout))[letter]
        began = datetime.combine(day, clock)
        first = began + timedelta(minutes=rng.randint(70, 200))
        last = began + timedelta(minutes=rng.randint(230, max(231, (end - start) // MINUTE - 125)))
        crew, kind = rng.choice("ABCD"), rng.choice(("substitute", "split", "swap"))
        whole, open_end = kind == "swap", rng.random() < 0.5
        rows[day, letter, area] = (
            day, letter, area, crew, "" if whole else f"{first:%H:%M}", "" if whole or open_end else f"{last:%H:%M}", kind,
        )  # fmt: skip
    return _csv("day,slot,area,crew,start,end,kind", rows.values())


def _sources(plant: Made) -> str:
    text = '[source.rows]\nmatch = "readings/rows*.csv"\nrevision = "revision"\n\n[source.late]\nmatch = "late/*.csv"\nrevision = "revision"\n'
    text += '\n[source.states]\nmatch = "readings/states.csv"\n\n[source.log]\nmatch = "readings/log.csv"\nlayout = "events"\n'
    for row in plant.flows.values():
        if row.kind in ("lot", "booking"):
            text += (
                f'\n[source.{row.id}]\nmatch = "lots/{row.id}.csv"\nlayout = "lots"\nmeter = "{row.tag}"\nlot = "ticket"\n'
                f'start = "from"\ntime = "to"\nvalue = "amount"\n' + ('stage = "band"\n' if row.stated else "")
            )
    return text


def _allocations(plant: Made, rng: Random) -> str:
    booked = [row for row in plant.flows.values() if row.kind == "booking" and not row.driver]
    carriers = [row.id for row in plant.flows.values() if row.material == "power"]
    rows: dict[str, dict[str, object]] = {}
    for row in booked:
        driver = rng.choice(("hours", "load")) if carriers else "hours"
        rows[f"of-{row.id}"] = {"stream": row.id, "driver": driver} | ({"load": rng.choice(carriers)} if driver == "load" else {})
    for row in (row for row in plant.flows.values() if row.driver):
        rows[f"of-{row.id}"] = {"stream": row.id, "driver": row.driver} | ({"load": row.load} if row.load else {})
    return _tables("allocation", rows)


def _states(plant: Made, rng: Random) -> dict[str, str]:
    """Fouling of the first two areas, worth less from some day on."""
    rows, points = {}, list[tuple[object, ...]]()
    for area in [*plant.areas][:2]:
        rows[f"foul-{area}"] = {"area": area, "boundary": rng.choice(("nearest", "interpolate"))}
        since = rng.choice(plant.labels)
        for value, worth, later in ((0, 0, 0), ("0.40", -30000, -32000), ("0.90", -80000, -99000)):
            points.append((f"foul-{area}", value, worth, "", since - timedelta(days=1)))
            points.append((f"foul-{area}", value, later, since, ""))
    return {"states.toml": _tables("state", rows), "potentials.csv": _csv("state,value,worth,valid_from,valid_to", points)}


def _terms(plant: Made) -> dict[str, str]:
    coin = Decimal(1).scaleb(-plant.decimals)
    terms = plant.terms
    quality = [(m, f"q-{m}", plain(edge), plain(worth), plain(cap)) for m, _, worth, edge, cap in terms.quality]
    return {
        "invoices.csv": _csv(
            "item,party,amount,day,until,known_on",
            [
                (item, party, plain(cents * coin), day, until, day if until else None)
                for item, party, cents, day, until in terms.invoices
            ],
        ),
        "quality.csv": _csv("material,component,reference,worth,cap", quality),
        "charges.csv": _csv(
            "charge,event,stream,amount,party",
            [
                *((f"levy-{s}", "", s, plain(money), party) for s, party, money in terms.charges),
                *((name, kind, "", plain(money), party) for name, kind, party, money in terms.fees),
            ],
        ),
    }


def _meters(plant: Made) -> str:
    rows: list[dict[str, object]] = []
    for f in plant.flows.values():
        if not f.kind:
            continue
        kind = "rate" if f.kind == "linear" else f.kind
        row: dict[str, object] = {"tag": f.tag, "kind": kind, "stream": f.id, "unit": f.unit, "class": "0.004", "white": "0.01"}
        row |= {"integrate": "linear"} if f.kind == "linear" else {}
        row |= {"length": "30min"} if f.kind == "interval" else {"length": "31d"} if f.kind == "booking" else {}
        row |= {"length": "4h", "max_hold": "72h"} if f.kind == "lot" else {}
        row |= {"modulus": plain(f.modulus * f.grain)} if f.modulus else {}
        rows.append(row)
        material = plant.materials[f.material]
        if f.kind == "booking" and material.paid != "mass" and not f.assay:
            row |= {"component": material.paid}
        if f.assay:
            rows.append(_lab(f"LAB-{f.id}", material.paid) | {"stream": f.id})
        elif f.sign and any(m == f.material for m, *_ in plant.terms.quality):
            rows.append(_lab(f"Q-{f.id}", f"q-{f.material}") | {"stream": f.id, "unit": "g/L", "quantum": "1"})
    for s in plant.stocks.values():
        rows.append({"tag": f"LT-{s.id}", "kind": "level", "stock": s.id, "unit": s.unit, "sigma": "0.05"})
        if s.assay:
            rows.append(_lab(f"LAB-{s.id}", plant.materials[s.material].paid) | {"stock": s.id})
    rows += [{"tag": f"ST-{area}", "kind": "state", "state": f"foul-{area}", "quantum": "0.01"} for area in [*plant.areas][:2]]
    codes = {"tariff": "high=3;low=1;mid=2", "weather": "dry=0;wet=1"} | {
        f"run-{u}": "on=1;jam=2;trip=3;off=0" for u in ("u0", "u2")
    }
    names = ["weather", "run-u0", "run-u2", *(["tariff"] if plant.tariff else [])]
    rows += [{"tag": name.upper(), "kind": "state", "state": name, "codes": codes[name], "max_hold": "200h"} for name in names]
    return _csv(HEAD, [[row.get(name) for name in HEAD.split(",")] for row in rows])


def _lab(tag: str, component: str) -> dict[str, object]:
    unit = ASSAYED[component][2] if component in ASSAYED else ""
    return {
        "tag": tag,
        "kind": "lab",
        "component": component if component != "dry" else "moisture",
        "unit": unit,
        "sigma": "0.1",
        "max_hold": "400h",
    }
