"""What somebody else may install: readings as JSON, one object a line. And, for the tests, sources that break the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.plant.model import SourceFile
from shiftledger.readings.sources.formats import Sheet, sheet_of
from shiftledger.readings.sources.sheets import Columns


def open_lines(path: Path, declared: SourceFile, here: Location) -> Outcome[Sheet | None]:
    """Every line is a reading: {"time": "2026-03-04T06:00:00Z", "tag": "FT-1", "value": 1.5}."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    torn: list[tuple[int, str, str]] = []
    for line, text in enumerate(path.read_text("utf-8", errors="replace").split("\n"), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text, parse_constant=str)
        except (ValueError, RecursionError) as error:
            torn.append((line, text, f"the line is no JSON ({error})"))
            continue
        if isinstance(row, dict) and not any(isinstance(cell, (list, dict)) for cell in row.values()):
            rows.append(row)
            lines.append(line)
        else:
            torn.append((line, text, "the line is no object of plain values"))
    if not rows:
        return Outcome(None, (Issue("R006", "error", "the file holds no JSON object", here, "Export it again."),))
    names = dict.fromkeys(name for row in rows for name in row)
    return Outcome(sheet_of({name: [row.get(name) for row in rows] for name in names}, lines, torn))


def fail(path: Path, declared: SourceFile, here: Location) -> Outcome[Sheet | None]:
    raise KeyError("a key that nobody\nthought of")


def say_nothing(path: Path, declared: SourceFile, here: Location) -> Outcome[Sheet | None]:
    return Outcome(None)


def give_crooked_columns(path: Path, declared: SourceFile, here: Location) -> Outcome[Sheet | None]:
    columns = {"time": pa.array(["2026-01-04T06:00:00Z"] * 2), "tag": pa.array(["FT-1"]), "value": pa.array([1.5, 2.5])}
    return Outcome(Sheet(tuple(columns), lambda _: Columns(columns, np.array([1, 2]), lambda row: "")))


def give_nested_cells(path: Path, declared: SourceFile, here: Location) -> Outcome[Sheet | None]:
    columns = {"time": pa.array(["2026-01-04T06:00:00Z"]), "tag": pa.array(["FT-1"]), "value": pa.array([[1.5]])}
    return Outcome(Sheet(tuple(columns), lambda _: Columns(columns, np.array([1]), lambda row: "")))


NUMBER = 7
