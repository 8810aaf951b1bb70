"""Laboratory results as laboratories send them: sample point, analyte, result, re-test or time of the result (R1, R2).

`samples.csv` says which tag a point's analyte is. Long files have one result a row, wide ones a column an analyte (`columns`). The
stamp is when the sample was taken. A re-test number is the revision (none: the first test); without one the result's time is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from shiftledger.core.period import DAY
from shiftledger.core.units import conversion
from shiftledger.plant.model import Sample, valid_on
from shiftledger.readings.batch import BAD, BELOW, UNDECLARED, Instants, Small
from shiftledger.readings.sources.cells import clip, distinct
from shiftledger.readings.sources.rows import (
    Found,
    Indices,
    Reading,
    lab_results,
    open_rows_of,
    revisions_of,
    row_stamps,
    side_columns,
)


def lab(reading: Reading) -> Found:
    """The results of a file as readings of the tags that `samples.csv` names; what it does not name is refused. # R1"""
    source, columns = reading.source, reading.columns.by_name
    words, point = distinct(columns[source.point])
    stamps = row_stamps(reading, point)
    open_rows = open_rows_of(reading, stamps)
    quality, revision = side_columns(reading, open_rows)
    revision = _revisions(reading, revision, open_rows)
    points = [str(word) for word in words.to_pylist()]
    parts: list[tuple[Any, ...]] = []
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
            parts.append((row, sample.tag, int(stamps.ts[row]), value, grade, int(revision[row])))
    return _found(parts)


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


def _found(parts: list[tuple[Any, ...]]) -> Found:
    parts = sorted(parts, key=lambda part: part[:3])
    tags = tuple(sorted({part[1] for part in parts}))
    place = {tag: i for i, tag in enumerate(tags)}
    rows, tag, ts, value, quality, revision = zip(*parts, strict=True) if parts else ((),) * 6
    grades: Small = np.array(quality, np.int8)
    return Found(
        *(tags, np.array([place[name] for name in tag], np.int32), np.array(ts, np.int64), np.array(value, np.float64)),
        *(grades, np.array(revision, np.int64), np.array(rows, np.int64)),
    )
