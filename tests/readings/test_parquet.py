"""R3, R4: Parquet files of readings: cells of any type, and columns that hold no readings."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readings.small import LONG, at, messages, plant, rows_of
from shiftledger.readings.batch import GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.sources.files import read_file


def parquet(folder: Path, columns: dict[str, pa.Array]) -> Path:
    pq.write_table(pa.table(columns), folder / "a.parquet")
    return folder / "a.parquet"


PARQUET = replace(LONG, match="*", format="parquet", quality="q", revision="rev")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Shanghai"])
def test_r3_parquet_times_of_any_unit_and_zone(tmp_path: Path, unit: str, zone: str | None) -> None:
    stamp = at("2026-01-04 06:00") // 1_000_000 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    times = pa.array([stamp, None], pa.int64()).cast(pa.timestamp(unit, zone))
    columns = {"time": times, "tag": pa.array(["FT-1"] * 2).dictionary_encode(), "value": pa.array([1, 2], pa.int16())}
    found = read_file(plant(replace(PARQUET, quality="", revision="")), parquet(tmp_path, columns)).result
    assert found.ts.tolist() == [at("2026-01-04 06:00") - (0 if zone else 3600 * 10**6)]  # local time of Berlin
    assert [(line, reason) for _, line, _, reason in found.rejected] == [(2, "the row has no time")]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.5, None, 2.5]),
        pa.array(["1.5", None, "2.5"]),
        pa.array([Decimal("1.5"), None, Decimal("2.5")]),
        pa.array([1.5, None, 2.5], pa.float32()),
    ],
)
def test_r3_parquet_values_of_any_numeric_type(tmp_path: Path, values: pa.Array) -> None:
    columns = {
        "time": pa.array(["2026-01-04 06:00Z", "2026-01-04 07:00Z", "2026-01-04 08:00Z"]),
        "tag": pa.array(["FT-1"] * 3, pa.large_string()),
        "value": values,
        "q": pa.array([0, 0, 1], pa.int8()),
        "rev": pa.array([None, None, 3.0]),
    }
    found = read_file(plant(PARQUET), parquet(tmp_path, columns))
    assert (rows_of(found.result), found.issues) == (
        [("FT-1", at("2026-01-04 06:00"), 1.5, GOOD, UNDECLARED, 1), ("FT-1", at("2026-01-04 08:00"), 2.5, UNCERTAIN, 3, 3)],
        (),
    )


def test_r3_parquet_states_by_text_or_number_and_nan_refused(tmp_path: Path) -> None:
    columns = {
        "time": pa.array([at("2026-01-04 06:00") + i for i in range(3)]).cast(pa.timestamp("us", "UTC")),
        "BAND": pa.array([1.0, 3.0, 2.0]),
        "FT-1": pa.array([1.0, math.nan, None]),
    }
    found = read_file(plant(replace(LONG, match="*", format="parquet", layout="wide")), parquet(tmp_path, columns)).result
    assert sorted(row[:3] for row in rows_of(found)) == [
        ("BAND", at("2026-01-04 06:00"), 1.0),
        ("BAND", at("2026-01-04 06:00") + 1, 3.0),
        ("FT-1", at("2026-01-04 06:00"), 1.0),
    ]
    assert [reason for *_, reason in found.rejected] == [
        'value "nan" is not a finite number',
        '"2.0" is not a code of state tag "BAND"',
    ]


def test_r4_parquet_columns_that_hold_no_readings(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"time": pa.array(["x"]), "tag": pa.array(["x"]), "value": pa.array([[1.0]])})
    source = replace(PARQUET, quality="", revision="")
    assert messages(read_file(plant(source), path).issues) == [
        'a.parquet: error R009: the column "value" is of type list<element: double>'
    ]
    path.write_bytes(path.read_bytes()[:-20])
    assert messages(read_file(plant(source), path).issues) == ["a.parquet: error R005: the Parquet file ends early or is damaged"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int64()])
def test_r3_a_full_table_of_words_and_cells_without_any(tmp_path: Path, kind: pa.DataType) -> None:
    """As many words as the numbers of their kind can name, and nulls beside them: one word more does not fit."""
    names = [f"T-{i}" for i in range(127)] + ["FT-1"]
    tags = pa.DictionaryArray.from_arrays(pa.array([127, None, 3], kind), pa.array(names))
    times = pa.array(["2026-01-04 06:00Z"] * 3)
    source = replace(PARQUET, quality="", revision="")
    found = read_file(plant(source), parquet(tmp_path, {"time": times, "tag": tags, "value": pa.array([1.0, 2.0, 3.0])})).result
    assert rows_of(found) == [("FT-1", at("2026-01-04 06:00"), 1.0, GOOD, UNDECLARED, 1)]
    assert [(line, reason) for _, line, _, reason in found.rejected] == [
        (2, 'tag "" is not declared'),
        (3, 'tag "T-3" is not declared'),
    ]


def test_r3_row_groups_whose_words_together_are_more_than_their_numbers(tmp_path: Path) -> None:
    groups = [[f"{letter}-{i}" for i in range(99)] + ["FT-1"] for letter in "ab"]
    tags = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array([99, 0], pa.int8()), pa.array(words)) for words in groups])
    table = pa.table({"time": ["2026-01-04 06:00Z", "2026-01-04 07:00Z"] * 2, "tag": tags, "value": [1.0, 2.0, 3.0, 4.0]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    found = read_file(plant(replace(PARQUET, quality="", revision="")), tmp_path / "a.parquet").result
    assert [(tag, value, line) for tag, _, value, _, _, line in rows_of(found)] == [("FT-1", 1.0, 1), ("FT-1", 3.0, 3)]
    assert [reason for _, _, _, reason in found.rejected] == ['tag "a-0" is not declared', 'tag "b-0" is not declared']
