"""What does a refused row say with today's text of the plant (R4)?

A row that its file's source could not use is read again from the cells that quarantine kept, by the same rules as any file: its tag may
be declared by now, its code known, its source right. A row that was refused for a contradiction says what it said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from shiftledger.core.issue import Location
from shiftledger.core.period import moment
from shiftledger.plant.model import Meter, Plant, SourceFile, valid_on
from shiftledger.readings.aside import Column, read_kept, why_not
from shiftledger.readings.batch import BAD, BELOW, GOOD, Batch
from shiftledger.readings.codes import closest
from shiftledger.readings.quarantine import Refused
from shiftledger.readings.sources.cells import BELOW_LIMIT, DECIMAL, LARGEST, TEXT, clip
from shiftledger.readings.sources.choose import asked_columns, source_of, when_columns
from shiftledger.readings.sources.files import read_columns
from shiftledger.readings.sources.live import LIVE
from shiftledger.readings.sources.rows import Reading
from shiftledger.readings.sources.sheets import Columns
from shiftledger.readings.told_again import told_again

AN_EVENT = "an event is corrected in its file, and the file loaded again, or recorded by hand; then drop this row"
AGAIN = "load its file again: what is refused then is kept whole"
TOLD = "it was told live and cannot be read as a reading; have it sent again as it should be, or enter the value by hand"


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
    batch: Batch | None = None  # of a whole column: its readings and what of it is still refused

    def told(self) -> tuple[tuple[Said, int], ...]:
        """Each reading with its line."""
        if self.batch is None:
            return tuple((one, self.row.line) for one in self.said)
        names = ("tag", "ts", "value", "quality", "revision", "row")
        columns = (getattr(self.batch, name).tolist() for name in names)
        return tuple((Said(self.batch.tags[t], ts, v, q, r), line) for t, ts, v, q, r, line in zip(*columns, strict=True))


def read_again(plant: Plant, rows: Sequence[Refused], value: str | None = None) -> tuple[Again, ...]:
    """Every row read with today's text, in the given order; `value` (a point as decimal sign) takes the place of what it said. # R4"""
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    found: dict[str, Again] = {row.id: _reading_again(plant, row, meters, value) for row in rows if row.reading is not None}
    by_source: dict[str, list[Refused]] = {}
    found |= _columns_again(plant, [row for row in rows if row.column is not None], meters)
    for row in rows:
        if row.column is not None:
            continue
        if row.reading is None and row.cells:
            by_source.setdefault(row.source, []).append(row)
        elif row.reading is None and row.source.startswith(LIVE):
            found[row.id] = _told_again(plant, row, value)
        elif row.reading is None:
            source, _ = source_of(plant, Path(row.source), row.source)
            is_event = source is not None and source.layout == "events"
            found[row.id] = Again(row, why=AN_EVENT if is_event else f"its cells are not known; {AGAIN}")
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


def _reading_again(plant: Plant, row: Refused, meters: Mapping[str, tuple[Meter, ...]], value: str | None) -> Again:
    """A reading that was refused for a contradiction; a value in its place is a number of its own, also where the row was bad."""
    assert row.reading is not None
    tag, ts, text, quality, revision = row.reading
    if tag not in meters:
        return Again(row, why=f'tag "{tag}" is not declared. {closest(tag, meters)}'.strip())
    if value is None:
        number = float("nan") if quality == BAD else _number(text, meters[tag])
        why = "" if number is not None else f'"{text}" is no value of {tag}'
        return Again(row, (Said(tag, ts, number, quality, revision),)) if number is not None else Again(row, why=why)
    day = moment(ts, plant.settings.timezone).date()
    meter = next((one for one in meters[tag] if valid_on(one, day)), meters[tag][-1])
    limit = BELOW_LIMIT.fullmatch(value.strip()) if meter.kind == "lab" else None
    number = _number(limit[1].strip() if limit else value.strip(), (meter,))
    if number is None or (limit and number <= 0):
        return Again(row, why=f'"{clip(value)}" is no value of {tag}')
    number = number / 2 if limit else number
    if (meter.low is not None and number < meter.low) or (meter.high is not None and number > meter.high):
        return Again(row, why=f"value {number!r} of {tag} lies outside the limits of its meter")
    return Again(row, (Said(tag, ts, number, BELOW if limit else GOOD if quality in (BAD, BELOW) else quality, revision),))


def _told_again(plant: Plant, row: Refused, value: str | None) -> Again:
    """A row that was told live and could not be read."""
    batch = told_again(plant, row, value)
    if isinstance(batch, str):
        return Again(row, why=batch or TOLD)
    columns = (getattr(batch, name).tolist() for name in ("tag", "ts", "value", "quality", "revision"))
    return Again(row, tuple(Said(batch.tags[tag], *rest) for tag, *rest in zip(*columns, strict=True)))


def _number(text: str, meters: tuple[Meter, ...]) -> float | None:
    codes = {code: float(number) for meter in meters for code, number in meter.codes}
    if text in codes:
        return codes[text]
    number = float(text) if re.fullmatch(DECIMAL, text) else float("nan")
    return number if math.isfinite(number) and abs(number) <= LARGEST else None


# --- whole columns


def _columns_again(plant: Plant, rows: Sequence[Refused], meters: dict[str, tuple[Meter, ...]]) -> dict[str, Again]:
    """Columns that were set aside, by id: those of one kept file are read from it together."""
    found: dict[str, Again] = {}
    kept: dict[tuple[str, Path], list[tuple[Refused, Column, str]]] = {}
    for row in rows:
        source, issues = source_of(plant, Path(row.source), row.source)
        assert row.column is not None
        tag, why = why_not(source, row.column, meters) if source else ("", f"{issues[0].message}. {issues[0].remedy}")
        if why:
            found[row.id] = Again(row, why=why)
        else:
            kept.setdefault((row.source, row.column.path), []).append((row, row.column, tag))
    for (label, _), group in kept.items():
        source, _ = source_of(plant, Path(label), label)
        assert source is not None
        read = read_kept(plant, source, label, [(column, tag) for _, column, tag in group], meters)
        for (row, _, _), one in zip(group, read, strict=True):
            if isinstance(one, str) or not len(one.ts):
                found[row.id] = Again(row, why=one if isinstance(one, str) else "none of its cells can be read")
            else:
                found[row.id] = Again(row, batch=one)
    return found


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
    """Rows that kept the same columns are read together."""
    result: dict[str, Again] = {}
    alike: dict[tuple[str, ...], list[Refused]] = {}
    for row in rows:
        alike.setdefault(tuple(name for name, _ in row.cells), []).append(row)
    for kept, group in alike.items():
        pairs, names, why = _columns(source, kept, meters, label)
        if why:
            result |= {row.id: Again(row, why=why) for row in group}
            continue
        cells = [dict(row.cells) for row in group]
        for held in cells:
            if value is not None:
                _put(source, held, pairs, value)
        columns = {name: pa.array([held.get(name) or None for held in cells], TEXT) for name in names}
        sheet = Columns(columns, np.arange(len(group), dtype=np.int64), lambda i, group=group: group[i].text)  # type: ignore[misc]
        result |= _read(Reading(plant, source, label, sheet, meters), pairs, group)
    return result


def _columns(
    source: SourceFile, kept: tuple[str, ...], meters: dict[str, tuple[Meter, ...]], label: str
) -> tuple[tuple[tuple[str, str], ...], list[str], str]:
    """(column, tag) pairs and columns to read of rows that kept these columns; or why they cannot be read alone."""
    if source.order == "position":
        return (), [], f"it has a time only among the rows around it; {AGAIN}"
    side = (*when_columns(source), *(name for name in (source.quality, source.revision) if name))
    if source.layout == "wide":  # of a cell that waits alone, the other columns were not kept
        others = tuple((name, name) for name in kept if name not in side)
        pairs = tuple((column, tag) for column, tag in source.columns or others if column in kept and tag in meters)
        lacking = [name for name in side if name not in kept]
        return (
            pairs,
            [*side, *(column for column, _ in pairs)],
            f'"{lacking[0]}" was not kept with it; {AGAIN}' if lacking else "",
        )
    pairs, names, issues = asked_columns(source, kept, meters, Location(label))
    return pairs, names or [], "" if names else f"{issues[0].message}; {AGAIN}"


def _read(reading: Reading, pairs: Sequence[tuple[str, str]], group: list[Refused]) -> dict[str, Again]:
    batch = read_columns(reading, pairs).result
    said: dict[int, list[Said]] = {}
    for tag, ts, number, quality, revision, at in zip(
        batch.tag.tolist(), batch.ts.tolist(), batch.value.tolist(), batch.quality.tolist(), batch.revision.tolist(), batch.row.tolist(),
        strict=True,
    ):  # fmt: skip
        said.setdefault(at, []).append(Said(batch.tags[tag], ts, number, quality, revision))
    refused = {at: reason for _, at, _, reason in reversed(batch.rejected)}
    result = {}
    for at, row in enumerate(group):
        why = refused.get(at, "") or ("" if at in said else "there is no value in it")
        result[row.id] = Again(row, why=why) if why else Again(row, tuple(said[at]))
    return result


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
