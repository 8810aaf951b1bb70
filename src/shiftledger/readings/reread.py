"""What does a refused row say with today's text of the plant (R4)?

A row that its file's source could not use is read again from the cells that quarantine kept, by the same rules as any file: its tag may
be declared by now, its code known, its source right. A row that was refused for a contradiction says what it said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.batch import BAD, Batch
from shiftledger.readings.codes import closest
from shiftledger.readings.quarantine import Refused
from shiftledger.readings.sources.cells import TEXT
from shiftledger.readings.sources.choose import source_of, when_columns
from shiftledger.readings.sources.files import read_columns
from shiftledger.readings.sources.rows import Reading
from shiftledger.readings.sources.sheets import Columns

AGAIN = "load its file again: what is refused then is kept whole"


@dataclass(frozen=True, slots=True)
class Said:
    """One reading of a refused row: tag, instant (UTC microseconds), value, quality, declared revision or UNDECLARED."""

    tag: str
    ts: int
    value: float
    quality: int
    revision: int


@dataclass(frozen=True, slots=True)
class Again:
    """A refused row read again: its readings, or why it is still refused."""

    row: Refused
    said: tuple[Said, ...] = ()
    why: str = ""


def read_again(plant: Plant, rows: Sequence[Refused], value: str | None = None) -> tuple[Again, ...]:
    """Every row read with today's text, in the given order; `value` (a point as decimal sign) takes the place of what it said. # R4"""
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    found: dict[str, Again] = {row.id: _reading_again(row, meters, value) for row in rows if row.reading is not None}
    by_source: dict[str, list[Refused]] = {}
    for row in rows:
        if row.reading is None and row.cells:
            by_source.setdefault(row.source, []).append(row)
        elif row.reading is None:
            found[row.id] = Again(row, why=f"its cells are not known; {AGAIN}")
    for label, group in by_source.items():
        found |= _group_again(plant, label, group, meters, value)
    return tuple(found[row.id] for row in rows)


def batch_of(source: str, said: Sequence[tuple[Said, int]]) -> Batch:
    """Readings, each with its line, as a batch."""
    tags = tuple(sorted({one.tag for one, _ in said}))
    place = {tag: i for i, tag in enumerate(tags)}
    columns = (
        list(zip(*((place[s.tag], s.ts, s.value, s.quality, s.revision, line) for s, line in said), strict=True)) or [()] * 6
    )
    kinds = (np.int32, np.int64, np.float64, np.int8, np.int64, np.int64)
    tag, ts, value, quality, revision, row = (np.array(c, kind) for c, kind in zip(columns, kinds, strict=True))
    return Batch(source, tags, tag, ts, value, quality, revision, row)


def _reading_again(row: Refused, meters: Mapping[str, tuple[Meter, ...]], value: str | None) -> Again:
    """A reading that was refused for a contradiction."""
    assert row.reading is not None
    tag, ts, text, quality, revision = row.reading
    if tag not in meters:
        return Again(row, why=f'tag "{tag}" is not declared. {closest(tag, meters)}'.strip())
    number = float("nan") if quality == BAD and value is None else _number(value if value is not None else text, meters[tag])
    if number is None:
        return Again(row, why=f'"{value}" is no value of {tag}')
    return Again(row, (Said(tag, ts, number, quality, revision),))


def _number(text: str, meters: tuple[Meter, ...]) -> float | None:
    codes = {code: float(number) for meter in meters for code, number in meter.codes}
    try:
        number = codes[text] if text in codes else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# --- rows of a source


def _group_again(
    plant: Plant, label: str, rows: list[Refused], meters: dict[str, tuple[Meter, ...]], value: str | None
) -> dict[str, Again]:
    """The refused rows of one file, by id."""
    source, issues = source_of(plant, Path(label), label)
    if source is None:
        return {row.id: Again(row, why=f"{issues[0].message}. {issues[0].remedy}") for row in rows}
    first = _attempt(plant, source, label, rows, meters, value)
    left = [row for row in rows if not first[row.id].said]
    if left and source.format != "csv":  # cells that had a type stand in quarantine as Python writes them
        typed = replace(source, time_format="iso", decimal=".")
        first |= {key: one for key, one in _attempt(plant, typed, label, left, meters, value).items() if one.said}
    return first


def _attempt(
    plant: Plant, source: SourceFile, label: str, rows: list[Refused], meters: dict[str, tuple[Meter, ...]], value: str | None
) -> dict[str, Again]:
    cells = [dict(row.cells) for row in rows]
    lacking = {row.id: _lacking(source, held) for row, held in zip(rows, cells, strict=True)}
    whole = [(row, held) for row, held in zip(rows, cells, strict=True) if not lacking[row.id]]
    result = {row.id: Again(row, why=lacking[row.id]) for row in rows if lacking[row.id]}
    if not whole:
        return result
    pairs = _pairs(source, [held for _, held in whole], meters)
    for _, held in whole:
        if value is not None:
            _put(source, held, pairs, value)
    names = dict.fromkeys((*_side_names(source), *(column for column, _ in pairs)))
    columns = {name: pa.array([held.get(name) or None for _, held in whole], TEXT) for name in names}
    lines = np.arange(len(whole), dtype=np.int64)
    reading = Reading(plant, source, label, Columns(columns, lines, lambda i: whole[i][0].text), meters)
    batch = read_columns(reading, pairs).result
    said: dict[int, list[Said]] = {}
    for tag, ts, number, quality, revision, at in zip(
        batch.tag.tolist(), batch.ts.tolist(), batch.value.tolist(), batch.quality.tolist(), batch.revision.tolist(), batch.row.tolist(),
        strict=True,
    ):  # fmt: skip
        said.setdefault(at, []).append(Said(batch.tags[tag], ts, number, quality, revision))
    refused = {at: reason for _, at, _, reason in reversed(batch.rejected)}
    for at, (row, _) in enumerate(whole):
        why = refused.get(at, "") or ("" if at in said else "there is no value in it")
        result[row.id] = Again(row, why=why) if why else Again(row, tuple(said[at]))
    return result


def _side_names(source: SourceFile) -> tuple[str, ...]:
    named = (*when_columns(source), source.tag, source.value) if source.layout == "long" else when_columns(source)
    return (*named, *(name for name in (source.quality, source.revision) if name))


def _lacking(source: SourceFile, held: Mapping[str, str]) -> str:
    """Which column the kept row lacks that its source asks for today; a row of a sequence means nothing alone."""
    if source.order == "position":
        return f"it has a time only among the rows around it; {AGAIN}"
    for name in _side_names(source):
        if name not in held:
            return f'the column "{name}" was not kept with it; {AGAIN}'
    return ""


def _pairs(source: SourceFile, cells: list[dict[str, str]], meters: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Columns of the wide layout and their tags, as far as the kept rows have them."""
    if source.layout == "long":
        return ()
    kept = dict.fromkeys(name for held in cells for name in held)
    others = tuple((name, name) for name in kept if name not in _side_names(source))
    return tuple((column, tag) for column, tag in source.columns or others if column in kept and tag in meters)


def _put(source: SourceFile, held: dict[str, str], pairs: Sequence[tuple[str, str]], value: str) -> None:
    """The person's value in the place of what the row said; a wide row of several columns keeps what it says."""
    mine = [column for column, _ in pairs if column in held] if source.layout == "wide" else [source.value]
    if len(mine) == 1:
        held[mine[0]] = value.replace(".", source.decimal) if _is_decimal(value) else value


def _is_decimal(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
