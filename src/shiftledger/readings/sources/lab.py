"""Laboratory results as laboratories send them: sample point, analyte, result, re-test or time of the result (R1, R2, Q5).

`samples.csv` says which tag a point's analyte is. Long files have one result a row, wide ones a column an analyte (`columns`). The
stamp is when the sample was taken. A composite sample is drawn over a time: its row has a start or a duration, its point in samples.csv
a `period`, or its table goes by shift. Then the stamp ends that time, and the reading stands at its begin. A re-test number is the
revision (none: the first test); without one the result's time is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import DAY, HOUR, SECOND, local_iso
from shiftledger.core.units import conversion
from shiftledger.plant.model import Sample, valid_on
from shiftledger.readings.batch import BAD, BELOW, GOOD, UNDECLARED, Instants, Small
from shiftledger.readings.lots import DURATION
from shiftledger.readings.sources.cells import clip, distinct, said
from shiftledger.readings.sources.lots import UNIT, optional
from shiftledger.readings.sources.rows import (
    Flags,
    Found,
    Indices,
    Reading,
    lab_results,
    open_rows_of,
    revisions_of,
    row_stamps,
    side_columns,
)
from shiftledger.readings.sources.stamps import Stamps


def lab(reading: Reading) -> Found:
    """The results of a file as readings of the tags that `samples.csv` names; what it does not name is refused. # R1"""
    source, columns = reading.source, reading.columns.by_name
    words, point = distinct(columns[source.point])
    stamps = row_stamps(reading, point)
    open_rows = open_rows_of(reading, stamps)
    quality, revision = side_columns(reading, open_rows)
    begun = _begun(reading, stamps, point, open_rows)
    revision = _revisions(reading, revision, open_rows)
    points = [str(word) for word in words.to_pylist()]
    parts: list[Result] = []
    for analyte, column, rows in _analytes(reading, open_rows):
        cells, wide = columns[column], column if source.columns else None
        told = lab_results(reading, cells, rows, quality, wide)
        days = stamps.wall(rows) // DAY
        for row, day in zip(rows.tolist(), days.tolist(), strict=True):
            if not told.kept[row]:
                continue
            sample = _sample(reading, points[int(point[row])], analyte, int(day))
            if sample is None:
                reading.refuse(
                    "R015", row, f'samples.csv names no tag for "{clip(analyte)}" at "{clip(points[int(point[row])])}"'
                )
                continue
            grade = BELOW if told.below is not None and told.below[row] else int(quality[row])
            value = float("nan") if grade == BAD else float(told.value[row]) * _factor(reading, sample)
            start, end = _interval(reading, sample, stamps, begun, row)
            if end != start and (why := _unfit(reading, sample, start, end)):
                reading.refuse("R038", row, why)
                continue
            parts.append(Result(row, sample.tag, start, value, grade, int(revision[row]), end - start))
    return _found(_agreeing(reading, parts))


@dataclass(frozen=True, slots=True)
class Result:
    """One result: its row, tag, begin (us), value, quality, revision, and how long its sample was drawn (us; 0: a moment)."""

    row: int
    tag: str
    ts: int
    value: float
    quality: int
    revision: int
    lasts: int


def _begun(reading: Reading, stamps: Stamps, group: npt.NDArray[np.int32], open_rows: Flags) -> Instants:
    """When the sample of each row was begun, as far as the file says; its stamp elsewhere. A blank cell is a sample of a moment. # Q5"""
    source = reading.source
    if source.start:
        starts = row_stamps(reading, group, source.start)
        ts = np.array(starts.ts, np.int64)
        for row in sorted(starts.why):
            blank = not said(reading.columns.by_name[source.start][row]).strip()
            ts[row] = stamps.ts[row]
            if open_rows[row] and not blank:
                reading.refuse("R021", row, f"start: {starts.why[row]}", column=source.start)
                open_rows[row] = False
        return ts
    lasted = optional(reading, source.duration, open_rows)
    if lasted is None:
        return stamps.ts
    length = np.where(lasted.empty | lasted.bad, 0.0, lasted.value)
    return np.asarray(stamps.ts - np.rint(length * UNIT[source.duration_unit]).astype(np.int64), np.int64)


def _interval(reading: Reading, sample: Sample, stamps: Stamps, begun: Instants, row: int) -> tuple[int, int]:
    """From when to when the row's sample was drawn; equal for a sample of a moment. # R1, Q5"""
    source, at = reading.source, int(stamps.ts[row])
    if begun[row] != at:
        return int(begun[row]), at
    if stamps.length is not None:  # a table by shift: a composite of the whole shift, where the meter has composites
        return at, at + (int(stamps.length[row]) if reading.meters[sample.tag][0].length else 0)
    period = sample.period or (source.interval if source.stamps != "instant" and not (source.start or source.duration) else 0)
    return (at, at + period) if source.stamps == "start" else (at - period, at)


def _unfit(reading: Reading, sample: Sample, start: int, end: int) -> str:
    """Why a composite sample cannot stand for its time; "" if it can."""
    longest = max(meter.length for meter in reading.meters[sample.tag])
    if end < start:
        zone = reading.plant.settings.zone
        return f"the sample ends at {local_iso(end, zone)}, before it starts at {local_iso(start, zone)}"
    if not longest:
        return f'meter "{sample.tag}" has no length in meters.csv: its samples stand for a moment until the next one'
    if end - start > longest:
        return f"the sample was drawn over {(end - start) / HOUR:g} h, longer than the length of its meter ({longest / HOUR:g} h)"
    return ""


def _agreeing(reading: Reading, parts: list[Result]) -> list[Result]:
    """The results without those of which the file says different ends at one revision. # R2, R4"""
    ends: dict[tuple[str, int, int], set[int]] = defaultdict(set)
    for part in parts:
        ends[part.tag, part.ts, part.revision].add(part.lasts)
    kept = []
    for part in parts:
        if len(ends[part.tag, part.ts, part.revision]) == 1:
            kept.append(part)
        else:
            begun = local_iso(part.ts, reading.plant.settings.zone)
            reading.refuse("R038", part.row, f"two samples of {part.tag} begin at {begun} and end at different times")
    return kept


def _analytes(reading: Reading, open_rows: Any) -> Iterator[tuple[str, str, Indices]]:
    """(analyte, its column, the rows that speak of it)."""
    source = reading.source
    if source.columns:
        for column, analyte in source.columns:
            yield analyte, column, np.flatnonzero(open_rows)
        return
    words, where = distinct(reading.columns.by_name[source.analyte])
    for i, analyte in enumerate(words.to_pylist()):
        rows = np.flatnonzero(open_rows & (where == i))
        if len(rows):
            yield str(analyte), source.value, rows


def _revisions(reading: Reading, declared: Instants, open_rows: Any) -> Instants:
    """The re-test number, none being the first test; without such a column the time of the result. # R2"""
    source = reading.source
    if source.revision:
        return np.where(declared == UNDECLARED, 0, declared)
    if not source.result_time:
        return declared
    column = reading.columns.by_name[source.result_time]
    cells = revisions_of(reading, column)
    for row in np.flatnonzero(open_rows & cells.bad).tolist():
        reading.refuse("R025", row, f'result time "{clip(column[row])}" is not a time')
        open_rows[row] = False
    return np.asarray(cells.value, np.int64)


def _sample(reading: Reading, point: str, analyte: str, day: int) -> Sample | None:
    """The row of samples.csv that holds for the point's analyte on the local date of the sample."""
    when = date.fromordinal(date(1970, 1, 1).toordinal() + day)
    rows = (row for row in reading.plant.samples if (row.point, row.analyte) == (point, analyte) and valid_on(row, when))
    return next((row for row in rows if row.tag in reading.meters), None)


def _factor(reading: Reading, sample: Sample) -> float:
    """From the laboratory's unit to the meter's. # Q8"""
    unit = reading.meters[sample.tag][0].unit
    return 1.0 if not sample.unit or sample.unit == unit else conversion(sample.unit, unit)


def _found(parts: list[Result]) -> Found:
    told = sorted(
        (part.row, tag, part.ts, value, quality, part.revision)
        for part in parts
        for tag, value, quality in (
            (part.tag, part.value, part.quality),
            *(((f"{part.tag}{DURATION}", part.lasts / SECOND, GOOD),) if part.lasts else ()),
        )
    )
    tags = tuple(sorted({row[1] for row in told}))
    place = {tag: i for i, tag in enumerate(tags)}
    rows, tag, ts, value, quality, revision = zip(*told, strict=True) if told else ((),) * 6
    grades: Small = np.array(quality, np.int8)
    return Found(
        *(tags, np.array([place[name] for name in tag], np.int32), np.array(ts, np.int64), np.array(value, np.float64)),
        *(grades, np.array(revision, np.int64), np.array(rows, np.int64)),
    )
