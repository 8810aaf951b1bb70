"""What stands in the folder of a new plant? The text of its files, with comments in one language and one example a file.

Pure, and the same bytes for the same answers: nothing depends on the clock. The readings are one made-up production day of steady flows.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from shiftledger.plant.answers import ONE_CREW, OUTSIDE, Beginning, Flow, Named
from shiftledger.render.messages import Lang, say
from shiftledger.render.messages_new import NEW

FEED = Decimal(10)  # units an hour of the first flow; each further one carries a twentieth less
# Decimals of the smallest coin where they are not two (ISO 4217).
COINS = {**dict.fromkeys(("CLP", "GNF", "ISK", "JPY", "KRW", "VND"), 0), **dict.fromkeys(("BHD", "IQD", "KWD", "OMR", "TND"), 3)}


def plant_files(new: Beginning, lang: Lang) -> dict[str, str]:
    """The files of the plant: posix name -> text."""
    return {
        "README.md": _readme(new, lang),
        "plant.toml": _settings(new, lang),
        "areas.toml": _tables(
            "areas", lang, ((f"area.{_key(area.id)}", [*_names(area), 'rotation = "crews"']) for area in new.areas)
        ),
        "units.toml": _units(new, lang),
        "materials.toml": _materials(new, lang),
        "streams.toml": _streams(new, lang),
        "meters.csv": _meters(new, lang),
        "rotations.toml": _rotations(new, lang),
        "prices/planned.csv": _prices(new, lang),
        **_optional(new, lang),
        "sources.toml": _note("new.sources", lang)
        + '[source.readings]\nmatch = "readings/*.csv"\ntime = "time"\ntag = "tag"\nvalue = "value"\n',
        "readings/example.csv": _readings(new),
    }


def example_shift(new: Beginning) -> str:
    """The address of the first shift that the example readings cover."""
    return f"{new.anchor:%Y-%m-%d}.{new.letters[0]}"


def _note(key: str, lang: Lang) -> str:
    return "".join(f"# {line}\n" for line in say(key, lang).splitlines())


def _quoted(text: str) -> str:
    """A TOML string; names hold no control characters."""
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _names(named: Named) -> list[str]:
    """Both names: what the user gave, or the usual name of what nobody named otherwise."""
    zh, en = NEW.get(f"new.name.{named.name}", (named.name, named.name))
    return [f"name_zh = {_quoted(zh)}", f"name_en = {_quoted(en)}"]


def _tables(key: str, lang: Lang, tables: Iterable[tuple[str, Sequence[str]]]) -> str:
    return _note(f"new.{key}", lang) + "\n".join("\n".join([f"[{head}]", *lines, ""]) for head, lines in tables)


def _csv(key: str, lang: Lang, header: str, rows: Iterable[Sequence[object]]) -> str:
    return (_note(f"new.{key}", lang) if key else "") + header + "\n" + _lines(rows)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\n").writerows(rows)
    return sheet.getvalue()


def _settings(new: Beginning, lang: Lang) -> str:
    decimals = [f"money_decimals = {COINS[new.currency]}"] if new.currency in COINS else []
    lines = [
        f"id = {_quoted(new.plant.id)}", *_names(new.plant), f'currency = "{new.currency}"', *decimals,
        f"zone = {_quoted(new.zone)}    # {say('new.plant.zone', lang)}",
        f"day_start = {new.slots[0]:%H:%M:%S}    # {say('new.plant.day', lang)}",
        'day_label = "start"',
    ]  # fmt: skip
    return _tables("plant", lang, [("plant", lines)])


def _unit(area: str) -> str:
    return area if area == OUTSIDE else f"{area}-unit"


def _units(new: Beginning, lang: Lang) -> str:
    tables = ((f"unit.{_key(_unit(area.id))}", [f"area = {_quoted(area.id)}", *_names(area)]) for area in new.areas)
    return _tables("units", lang, tables)


def _materials(new: Beginning, lang: Lang) -> str:
    named = ((goods, Named(goods.id, goods.name)) for goods in new.materials)
    tables = (
        (f"material.{_key(goods.id)}", [*_names(name), f"unit = {_quoted(goods.unit)}", "quantum = 0.001"])
        for goods, name in named
    )
    return _tables("materials", lang, tables)


def _streams(new: Beginning, lang: Lang) -> str:
    def lines(flow: Flow) -> list[str]:
        ends = [f"from = {_quoted(_unit(flow.start))}", f"to = {_quoted(_unit(flow.end))}"]
        return [*ends, f"material = {_quoted(flow.material)}"]

    return _tables("streams", lang, ((f"stream.{_key(flow.id)}", lines(flow)) for flow in new.flows))


def _meters(new: Beginning, lang: Lang) -> str:
    units = {goods.id: goods.unit for goods in new.materials}
    rows = ((flow.tag, "rate", flow.id, f"{units[flow.material]}/h", "0.01", "2h") for flow in new.flows)
    return _csv("meters", lang, "tag,kind,stream,unit,class,max_gap", rows)


def _rotations(new: Beginning, lang: Lang) -> str:
    crews = ['pattern = "D"', "crews = {A = 0}"] if new.rotation == ONE_CREW else [f"preset = {_quoted(new.rotation)}"]
    slots = [_slot(letter, start) for letter, start in zip(new.letters, new.slots, strict=True)]
    anchor = f"anchor = {new.anchor:%Y-%m-%d}    # {say('new.rotations.mine', lang)}"
    return _tables("rotations", lang, [("rotation.crews", [*crews, anchor, "slots = [", *slots, "]"])])


def _slot(letter: str, start: time) -> str:
    zh, en = NEW[f"new.slot.{letter.lower()}"]
    return f'    {{id = "{letter}", start = {start:%H:%M:%S}, name_zh = "{zh}", name_en = "{en}"}},'


def _prices(new: Beginning, lang: Lang) -> str:
    source = say("new.assumed", lang)
    rows = ((goods.id, goods.price, f"{new.currency}/{goods.unit}", "", "", source) for goods in new.materials)
    return _csv("prices", lang, "material,price,unit,valid_from,valid_to,source", rows)


def _rates(new: Beginning) -> dict[str, Decimal]:
    """The steady flow of every stream, in its material's unit per hour: what is used beside the first feed is a tenth of it."""
    found: dict[str, Decimal] = {}
    rate = FEED
    for flow in new.flows:
        beside = flow.start == OUTSIDE and bool(found)
        found[flow.id] = FEED / 10 if beside else rate
        rate = rate if beside else (rate * Decimal("0.95")).quantize(Decimal("0.001"))
    return found


def _optional(new: Beginning, lang: Lang) -> dict[str, str]:
    """Standards and budget of the areas that give something for what they take."""
    rates, units = _rates(new), {goods.id: goods.unit for goods in new.materials}
    standards, budget = [], []
    for area in new.areas:
        gave = [flow for flow in new.flows if flow.start == area.id]
        took = [flow for flow in new.flows if flow.end == area.id]
        if not gave or not took or gave[0].material == took[0].material:
            continue
        output, taken = gave[0], took[0]
        share = rates[output.id] / rates[taken.id] - Decimal("0.01")  # the example does better than its standard ...
        ratio = f"{units[output.material]}/{units[taken.material]}"
        row = (area.id, output.material, taken.material, "yield", f"{share:.3f}", ratio)
        standards.append((*row, say("new.source", lang)))
        planned = rates[output.id] * 24 / len(new.slots) * Decimal("0.95")  # ... and than its plan
        budget.append((area.id, output.material, "output", f"{planned:.0f}", "shift"))
    if not standards:
        return {}
    return {
        "standards.csv": _csv("standards", lang, "area,output,item,basis,value,unit,source", standards),
        "budget.csv": _csv("budget", lang, "area,item,kind,qty,per", budget),
    }


def _readings(new: Beginning) -> str:
    """One whole production day, a reading an hour, in local time with its offset."""
    rates = _rates(new)
    rows = ([at, flow.tag, f"{rates[flow.id]:f}"] for at in _hours(new) for flow in new.flows)
    return _csv("", "en", "time,tag,value", rows)


def _hours(new: Beginning) -> Iterator[str]:
    zone = ZoneInfo(new.zone)
    first = datetime.combine(new.anchor, new.slots[0], zone).astimezone(UTC)
    last = datetime.combine(new.anchor + timedelta(days=1), new.slots[0], zone).astimezone(UTC)
    at = first
    while at < last:
        yield at.astimezone(zone).isoformat()
        at += timedelta(hours=1)
    yield last.astimezone(zone).isoformat()


def _readme(new: Beginning, lang: Lang) -> str:
    parts = [say("new.readme", lang, name=new.plant.name), say("new.readme.steps", lang), ""]
    parts += ["```sh", *steps(new, new.plant.id, lang), "```", "", say("new.readme.then", lang), ""]
    return "\n".join(parts)


def steps(new: Beginning, folder: str, lang: Lang) -> list[str]:
    """The commands that take the folder to its first statement."""
    readings = _word(f"{folder}/readings/example.csv")
    folder = _word(folder)
    return [
        f"shiftledger check {folder}",
        f"shiftledger load {folder} {readings}",
        f"shiftledger close {folder}",
        f"shiftledger statement {folder} {example_shift(new)} --lang {lang}",
    ]


def _word(path: str) -> str:
    """A path as one word of a shell; shells leave letters of any script alone."""
    return path if re.fullmatch(r"[\w./+-]+", path) else shlex.quote(path)
