"""What every source of readings keeps (R2, R3, I5): whatever the format, the same content is the same batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from readings.small import LONG, at, plant
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED, Batch
from shiftledger.readings.logical import batch_id
from shiftledger.readings.quality import one_value_each
from shiftledger.readings.sources.files import read_file

Write = Callable[[pa.Table, Path], object]
Cells = dict[str, list[str | float | int | None]]
WRITERS: dict[str, Write] = {"csv": pacsv.write_csv, "parquet": pq.write_table}
SOURCE = replace(LONG, match="*", quality="q", revision="rev")
CONTENT: Cells = {
    "time": [
        "2026-01-04T06:00:00Z",
        "2026-01-04T07:00:00Z",
        "2026-01-04T06:00:00Z",
        "2026-01-04T08:00:00Z",
        "2026-01-04T09:00:00Z",
    ],
    "tag": ["FT-1", "FT-1", "LT-1", "LT-1", "FT-1"],
    "value": [1.25, 1e-05, 7.0, 8.0, None],
    "q": ["good", "uncertain", None, "bad", None],
    "rev": [1, None, 0, 2, None],
}
EXPECTED = [
    ("FT-1", at("2026-01-04 06:00"), "1.25", GOOD, 1),
    ("FT-1", at("2026-01-04 07:00"), "1e-05", UNCERTAIN, UNDECLARED),
    ("LT-1", at("2026-01-04 06:00"), "7.0", GOOD, 0),
    ("LT-1", at("2026-01-04 08:00"), "nan", BAD, 2),
]

# Ids are kept in stores: what is loaded once must have this id in every later version.
ID = "15ed9a396899613d0431aa90965e0c6ecf8000a62f537971d600d6e2285b7582"


@pytest.fixture(params=sorted(WRITERS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Cells], Batch]:
    """Writes cells in one format and reads them back."""
    form = str(request.param)

    def read(cells: Cells) -> Batch:
        path = tmp_path / f"readings.{form}"
        WRITERS[form](pa.table(cells), path)
        found = read_file(plant(replace(SOURCE, format=form)), path)
        assert found.issues == ()
        return found.result

    return read


def picked(order: list[int]) -> Cells:
    return {name: [cells[i] for i in order] for name, cells in CONTENT.items()}


def listed(made: Batch) -> list[tuple[str, int, str, int, int]]:
    columns = zip(
        made.tag.tolist(), made.ts.tolist(), made.value.tolist(), made.quality.tolist(), made.revision.tolist(), strict=True
    )
    return [(made.tags[t], ts, repr(value), quality, revision) for t, ts, value, quality, revision in columns]


def test_r3_a_source_says_what_the_cells_say(source: Callable[[Cells], Batch]) -> None:
    assert listed(one_value_each(source(CONTENT))) == EXPECTED


def test_r2_the_same_content_has_the_same_id_in_every_format(source: Callable[[Cells], Batch]) -> None:
    assert batch_id(one_value_each(source(CONTENT))) == ID


def test_i5_shuffled_rows_are_the_same_batch(source: Callable[[Cells], Batch]) -> None:
    assert batch_id(one_value_each(source(picked([4, 2, 0, 3, 1])))) == batch_id(one_value_each(source(CONTENT)))


def test_i5_reading_twice_gives_equal_batches(source: Callable[[Cells], Batch]) -> None:
    one, other = source(CONTENT), source(CONTENT)
    assert (listed(one), one.row.tolist(), one.rejected, one.source) == (
        listed(other),
        other.row.tolist(),
        other.rejected,
        other.source,
    )


def test_i5_one_changed_cell_is_another_batch(source: Callable[[Cells], Batch]) -> None:
    changed = {**CONTENT, "value": [1.25, 1e-05, 7.0000000000000009, 8.0, None]}
    assert batch_id(one_value_each(source(changed))) != batch_id(one_value_each(source(CONTENT)))


def test_r4_every_row_is_a_reading_empty_or_rejected(source: Callable[[Cells], Batch]) -> None:
    made = source(CONTENT)
    assert len(made.ts) + len(made.rejected) + 1 == len(CONTENT["time"])
