"""The fast route through whole columns equals the plain one row by row, on generated files (R1, R3, R4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from readings.made_files import Made, made
from readings.simple_reader import readings_of
from readings.small import METERS, plant
from shiftledger.plant.model import Meter
from shiftledger.readings.batch import Batch
from shiftledger.readings.sources import cells, rows, stamps
from shiftledger.readings.sources.files import read_file

ZONE = "Europe/Berlin"
ALL = (*METERS, Meter("AT-1", "lab"))


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Blocks of a few rows, so that a generated file is cut often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "BLOCK", 7)
        patch.setattr(stamps, "BLOCK", 5)
        patch.setattr(rows, "BLOCK", 20)
        yield


def listed(batch: Batch) -> list[tuple[str, int, str, int, int, int]]:
    columns = (column.tolist() for column in (batch.tag, batch.ts, batch.value, batch.quality, batch.revision, batch.row))
    return [(batch.tags[t], ts, repr(v), q, r, line) for t, ts, v, q, r, line in zip(*columns, strict=True)]


def check(one: Made, folder: Path) -> None:
    text = one.source.format == "csv"
    table = one.table.cast(one.table.schema) if not text else one.table
    cells_of: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in table.column_names}
    if text:  # what the file says: a blank between quotes is no null for a person, but no reading either
        cells_of = {name: [None if c is None or c == "" else str(c) for c in column] for name, column in cells_of.items()}
    first = 2 if text else 1
    expected, refused = readings_of(cells_of, one.source, {meter.tag: meter for meter in ALL}, ZONE, first)
    found = read_file(plant(one.source, zone=ZONE, meters=ALL), one.write(folder)).result
    assert listed(found) == expected
    assert sorted(line for _, line, _, _ in found.rejected) == refused
    assert set(found.tags) >= {tag for tag, *_ in expected}
    assert list(found.tags) == sorted(found.tags)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=made("parquet"))
def test_r3_a_parquet_file_read_by_columns_equals_row_by_row(one: Made, tmp_path: Path) -> None:
    check(one, tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=made("csv"))
def test_r3_a_csv_file_read_by_columns_equals_row_by_row(one: Made, tmp_path: Path) -> None:
    check(one, tmp_path)
