"""Files of readings into one `Batch` (R1, R3, R4).

Every cell of the file ends as a reading, as an empty cell, or in quarantine with its line and the reason. Meters of kind interval
are stamped at the END of their interval, all others at its START, whatever the file does (`stamps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.plant.model import Meter, Plant
from shiftledger.readings.batch import Batch
from shiftledger.readings.codes import LOCATED, closest, found
from shiftledger.readings.sources.by_shift import at_shift_ends
from shiftledger.readings.sources.cells import clip
from shiftledger.readings.sources.choose import asked_columns, holder, label_of
from shiftledger.readings.sources.eaten import refused_decimals
from shiftledger.readings.sources.formats import source_for
from shiftledger.readings.sources.lab import lab
from shiftledger.readings.sources.limits import believable
from shiftledger.readings.sources.lots import lots
from shiftledger.readings.sources.rows import Found, Reading, Rejected, long, wide
from shiftledger.readings.sources.screen import Screened, screened
from shiftledger.readings.sources.sheets import is_cell, open_sheet
from shiftledger.readings.sources.undeclared import set_aside, undeclared

QUOTE = '"'
ONCE = {"R011": "undeclared tags", "R015": "undeclared samples"}  # kinds of reasons that are told once a tag or sample
UNNAMED = "Name its tag in samples.csv and load the file again; what no figure needs may wait in quarantine."


def read_file(plant: Plant, path: Path, *, name: str | None = None) -> Outcome[Batch]:
    """The readings of one file, and everything that is wrong with it; a file that cannot be read gives an empty batch. # R3, R4"""
    with screened(plant, path, name) as passed:
        if passed.result is None:
            return Outcome(empty_batch(name or label_of(plant, path), passed.issues), passed.issues)
        return read_screened(plant, passed.result)


def read_screened(plant: Plant, passed: Screened) -> Outcome[Batch]:
    """As `read_file`, of a file that passed the screen."""
    label, source = passed.label, passed.source
    opener = source_for(source)
    sheet = open_sheet(passed, opener.result) if opener.result else Outcome(None, opener.issues)
    if sheet.result is None:
        return Outcome(empty_batch(label, sheet.issues), sheet.issues)
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    head = sheet.result.head or Location(label, 1)
    tags, names, issues = asked_columns(source, sheet.result.header, meters, head)
    if names is None:
        return Outcome(empty_batch(label, issues), issues)
    aside = undeclared(source, sheet.result.header, meters, sheet.result.skipped) if source.layout == "wide" else ()
    columns = sheet.result.columns([*names, *(column for column, _ in aside)])
    found_cells = columns.by_name
    own = replace(columns, by_name={name: found_cells[name] for name in names}) if aside else columns
    reading = Reading(plant, source, label, own, meters, issues=list(issues))
    done = read_columns(reading, tags)
    return set_aside(done, reading, found_cells, aside, head) if aside else done


def read_columns(reading: Reading, tags: Sequence[tuple[str, str]]) -> Outcome[Batch]:
    """The readings of columns, wherever they come from; `tags`: the wide layout's (column, tag) pairs. # R3, R4"""
    source = reading.source
    reading.rejected += [("R020", line, text, reason, "") for line, text, reason in reading.columns.torn]
    reading.issues += reading.columns.issues
    if source.layout in ("lots", "lab"):
        return _outcome(reading, lots(reading) if source.layout == "lots" else believable(reading, lab(reading)))
    readings = wide(reading, tags) if source.layout == "wide" else long(reading)
    if source.check_decimals and source.format not in ("parquet", "sql"):
        column_of = (
            {tag: column for column, tag in tags} if source.layout == "wide" else dict.fromkeys(readings.tags, source.value)
        )
        eaten = refused_decimals(reading, readings, column_of)
        if eaten:
            return Outcome(empty_batch(reading.name, ordered(eaten)), ordered(eaten))
    return _outcome(reading, believable(reading, at_shift_ends(reading, readings) if source.day else readings))


def _outcome(reading: Reading, readings: Found) -> Outcome[Batch]:
    """The readings and what was refused as a batch; lines rise with the rows, so they are in the file's order."""
    if not len(readings.row) and not reading.rejected:
        reading.issues.append(found("R012", f"the {holder(reading.source)} holds no readings", Location(reading.name), ""))
    issues = ordered((*reading.issues, *_summary(reading)))
    rejected = tuple(
        (reading.name, line, text, f"{place}: {reason}" if place else reason)
        for line, text, reason, place in sorted(refused[1:] for refused in reading.rejected)
    )
    lines = reading.columns.lines
    line = lines if len(readings.row) == len(lines) and reading.source.layout == "long" else lines[readings.row]
    columns = readings.ts, readings.value, readings.quality, readings.revision, line
    same_lot = reading.source.same_lot if reading.source.layout == "lots" else 0
    return Outcome(
        Batch(
            reading.name,
            readings.tags,
            readings.tag,
            *columns,
            rejected,
            issues,
            same_lot,
            reading.cells,
            zone=reading.plant.settings.zone,
        ),
        issues,
    )


def _summary(reading: Reading) -> list[Issue]:
    """At most 20 located issues of a kind, then a count; unknown tags once each, with the closest known one."""
    remedy = "The row waits in quarantine; correct it in the file, or how sources.toml reads the file, and load it again."
    by_code: dict[str, list[Rejected]] = defaultdict(list)
    for refused in sorted(reading.rejected):
        by_code[refused[0]].append(refused)
    issues = []
    for code, rows in by_code.items():
        shown = rows
        if code in ONCE:  # once a tag or sample point, in the first row that has it
            shown = list({refused[3]: refused for refused in reversed(rows)}.values())[::-1]
        for _, line, text, reason, place in shown[:LOCATED]:
            hint = remedy
            if code == "R011":
                tag = f"{reason}{QUOTE}".split(QUOTE)[1]
                declare = f"{closest(tag, reading.meters)}Declare it in meters.csv and load the file again."
                hint = declare if tag else "Fill in the tag of the row, and load the file again."
            elif code == "R015":
                hint = UNNAMED
            issues.append(found(code, reason, _location(reading.name, line, text, place), hint))
        if len(shown) > LOCATED or code == "R011" or (code in ONCE and len(rows) > len(shown)):
            total = (
                f"rows rejected for {ONCE[code]}: {len(rows)}"
                if code in ONCE
                else f"more rows rejected for this kind of reason: {len(rows) - LOCATED}"
            )
            issues.append(found(code, total, Location(reading.name), UNNAMED if code == "R015" else remedy))
    return issues


def _location(name: str, line: int, text: str, place: str) -> Location:
    """A line of a file, a cell of a workbook (`a.xlsx!Sheet1!C7`), or a row of a sheet (`a.xlsx!Sheet1:7`)."""
    return Location(f"{name}!{place}" if place else name, 0 if is_cell(place) else line, text=clip(text))


def empty_batch(name: str, issues: tuple[Issue, ...]) -> Batch:
    """What a source gives that cannot be read."""
    whole = np.empty(0, np.int64)
    return Batch(name, (), np.empty(0, np.int32), whole, np.empty(0, np.float64), np.empty(0, np.int8), whole, whole, (), issues)
