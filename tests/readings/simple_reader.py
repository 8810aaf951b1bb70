"""Readings of a table row by row, in the plainest way: what the fast route through whole columns must equal (R1, R3, R4).

Only the standard library judges a cell here. Stamps are text with offset or naive local times, typed or not; a local time in the
fold is the first one (the generated files keep out of the second), one in the gap is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shiftledger.core.period import EPOCH
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import BAD, BELOW, GOOD, UNDECLARED

Reading = tuple[str, int, str, int, int, int]  # tag, ts, repr of value, quality, revision, line
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
QUALITIES = {"": GOOD, "good": 0, "uncertain": 1, "bad": 2, "0": 0, "1": 1, "2": 2}


def readings_of(
    table: Mapping[str, Sequence[Any]], source: SourceFile, meters: Mapping[str, Meter], zone: str, first_line: int
) -> tuple[list[Reading], list[int]]:
    """(readings in the file's order, the line of every refused row or cell in order)."""
    kept: list[Reading] = []
    refused: list[int] = []
    names = list(table)
    for i, cells in enumerate(zip(*table.values(), strict=True)):
        row, line = dict(zip(names, cells, strict=True)), i + first_line
        told = _row(row, source, meters, ZoneInfo(zone), line)
        kept += sorted((reading for reading in told if isinstance(reading, tuple)), key=lambda reading: reading[0])
        refused += [line for reading in told if reading == "refused"]
    return kept, refused


def _row(
    row: Mapping[str, Any], source: SourceFile, meters: Mapping[str, Meter], zone: ZoneInfo, line: int
) -> list[Reading | str]:
    asked = [source.time, *((source.tag, source.value) if source.layout == "long" else (c for c, _ in source.columns))]
    asked += [name for name in (source.quality, source.revision) if name]
    if all(row[name] is None for name in asked):
        return []
    at = _instant(row[source.time], zone)
    if at is None:
        return ["refused"]
    pairs = source.columns
    if source.layout == "long":
        tag = _text(row[source.tag])
        if tag not in meters:
            return ["refused"]
        pairs = ((source.value, tag),)
    quality = QUALITIES.get(_text(row[source.quality]).lower()) if source.quality else GOOD
    if quality is None:
        return ["refused"]
    revision = _text(row[source.revision]) if source.revision else ""
    if revision and not revision.isdigit():
        return ["refused"]
    number = int(revision) if revision else UNDECLARED
    return [
        reading
        for column, tag in pairs
        if (reading := _cell(row[column], meters[tag], at, quality, number, source, line)) != "empty"
    ]


def _cell(cell: Any, meter: Meter, at: int, quality: int, revision: int, source: SourceFile, line: int) -> Reading | str:
    value = _code(cell, meter) if meter.codes else _number(cell)
    if meter.kind == "lab" and value == "refused" and isinstance(cell, str) and cell.strip()[:1] == "<" and quality != BAD:
        limit = _number(cell.strip()[1:])
        if isinstance(limit, float) and limit > 0:
            value, quality = limit / 2, BELOW
    if meter.kind == "interval":
        at += source.interval if source.stamps == "start" else 0
    elif source.stamps == "end":
        at -= source.interval
    if quality == BAD:
        return "empty" if value == "empty" and source.layout == "wide" else (meter.tag, at, "nan", quality, revision, line)
    return value if isinstance(value, str) else (meter.tag, at, repr(value), quality, revision, line)


def _number(cell: Any) -> float | str:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return "empty"
    if isinstance(cell, str) and not NUMBER.fullmatch(cell.strip()):
        return "refused"
    if not isinstance(cell, (str, int, float, Decimal)):
        return "refused"
    value = float(cell)
    return value + 0.0 if math.isfinite(value) and abs(value) <= 1e15 else "refused"


def _code(cell: Any, meter: Meter) -> float | str:
    text = _text(cell)
    by_text = {name: float(code) for name, code in meter.codes}
    return "empty" if text == "" else by_text.get(text, {f"{code:g}": code for code in by_text.values()}.get(text, "refused"))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (float, Decimal)):
        return str(int(cell)) if math.isfinite(cell) and cell == int(cell) else str(cell)
    return str(cell).strip()


def _instant(cell: Any, zone: ZoneInfo) -> int | None:
    if cell is None:
        return None
    try:
        when = datetime.fromisoformat(cell.strip()) if isinstance(cell, str) else cell
    except ValueError:
        return None
    if type(when) is date:
        when = datetime.combine(when, datetime.min.time())
    if when.tzinfo is None:
        local = when.replace(tzinfo=zone)
        back = local.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if back != when:
            return None  # the clock skipped it
        when = local
    if not 1900 <= when.astimezone(UTC).year < 2200:
        return None
    return (when - EPOCH) // timedelta(microseconds=1)
