"""Files of readings into one `Batch` (R1, R3, R4).

Every cell of the file ends as a reading, as an empty cell, or in quarantine with its line and the reason. Meters of kind interval
are stamped at the END of their interval, all others at its START, whatever the file does (`stamps`).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.plant.model import Meter, Plant
from shiftledger.readings.batch import Batch
from shiftledger.readings.codes import LOCATED, closest, found
from shiftledger.readings.sources.cells import clip
from shiftledger.readings.sources.choose import asked_columns, label_of, source_of, unusable
from shiftledger.readings.sources.rows import Found, Reading, long, wide
from shiftledger.readings.sources.sheets import open_sheet

QUOTE = '"'


def read_file(plant: Plant, path: Path, *, name: str | None = None) -> Outcome[Batch]:
    """The readings of one file, and everything that is wrong with it; a file that cannot be read gives an empty batch. # R3, R4"""
    label = name or label_of(plant, path)
    source, issues = source_of(plant, path, label)
    if source is None:
        return Outcome(_empty(label, issues), issues)
    issues = unusable(plant, source)
    sheet = open_sheet(path, source, label) if not issues else None
    if sheet is None or sheet.result is None:
        issues = ordered((*issues, *(sheet.issues if sheet else ())))
        return Outcome(_empty(label, issues), issues)
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    tags, names, issues = asked_columns(source, sheet.result.header, meters, label)
    if names is None:
        return Outcome(_empty(label, issues), issues)
    reading = Reading(plant, source, label, sheet.result.columns(names), meters, issues=list(issues))
    reading.rejected += [("R020", line, text, reason) for line, text, reason in reading.columns.torn]
    return _outcome(reading, wide(reading, tags) if source.layout == "wide" else long(reading))


def _outcome(reading: Reading, readings: Found) -> Outcome[Batch]:
    """The readings and what was refused as a batch; lines rise with the rows, so they are in the file's order."""
    if not len(readings.row) and not reading.rejected:
        reading.issues.append(found("R012", "the file holds no readings", Location(reading.name), ""))
    issues = ordered((*reading.issues, *_summary(reading)))
    rejected = tuple(
        (reading.name, n, text, reason)
        for n, text, reason in sorted((n, text, reason) for _, n, text, reason in reading.rejected)
    )
    lines = reading.columns.lines
    line = lines if len(readings.row) == len(lines) and reading.source.layout == "long" else lines[readings.row]
    columns = readings.ts, readings.value, readings.quality, readings.revision, line
    return Outcome(Batch(reading.name, readings.tags, readings.tag, *columns, rejected, issues), issues)


def _summary(reading: Reading) -> list[Issue]:
    """At most 20 located issues of a kind, then a count; unknown tags once each, with the closest known one."""
    remedy = "The row waits in quarantine; correct it in the file, or how sources.toml reads the file, and load it again."
    by_code: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for code, line, text, reason in sorted(reading.rejected):
        by_code[code].append((line, text, reason))
    issues = []
    for code, rows in by_code.items():
        shown = (
            list({reason: (line, text, reason) for line, text, reason in reversed(rows)}.values())[::-1]
            if code == "R011"
            else rows
        )
        for line, text, reason in shown[:LOCATED]:
            hint = remedy
            if code == "R011":
                hint = f"{closest(reason.split(QUOTE)[1], reading.meters)}Declare it in meters.csv and load the file again."
            issues.append(found(code, reason, Location(reading.name, line, text=clip(text)), hint))
        if len(shown) > LOCATED or code == "R011":
            total = (
                f"rows rejected for undeclared tags: {len(rows)}"
                if code == "R011"
                else f"more rows rejected for this kind of reason: {len(rows) - LOCATED}"
            )
            issues.append(found(code, total, Location(reading.name), remedy))
    return issues


def _empty(name: str, issues: tuple[Issue, ...]) -> Batch:
    whole = np.empty(0, np.int64)
    return Batch(name, (), np.empty(0, np.int32), whole, np.empty(0, np.float64), np.empty(0, np.int8), whole, whole, (), issues)
