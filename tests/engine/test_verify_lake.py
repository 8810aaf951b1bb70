"""Nobody changes a reading unseen: every value, row, file and log entry of the lake, down to single bytes (L7, R2)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import tampering as t
from shiftledger.acts.state import State, connect
from shiftledger.api import PlantView
from shiftledger.readings.codes import LakeError
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.lake import read
from shiftledger.readings.quality import bits

MARCH = "day=20543"  # 2026-03-31, UTC
SOURCES = {1: "readings/meters.csv", 2: "readings/moisture.csv", 3: "late/filter-slurry.csv"}


def data_file(plant: PlantView, batch: int, day: str = MARCH) -> Path:
    """The file that a batch wrote for a day."""
    (path,) = [
        path
        for path in sorted((plant.state_folder / "readings" / day).glob("*.parquet"))
        if pq.ParquetFile(path).read(columns=["batch"])["batch"][0].as_py() == batch
    ]
    return path


def rewritten(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    table = pq.ParquetFile(path).read()
    pq.write_table(change(table), path)


def with_column(name: str, change: Callable[[list[float]], list[float]]) -> Callable[[pa.Table], pa.Table]:
    def changed(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(name)
        return table.set_column(place, table.schema.field(name), pa.array(change(table[name].to_pylist()), table[name].type))

    return changed


def test_l7_a_changed_reading_is_located_by_day_tag_and_batch(plant: PlantView) -> None:
    path = data_file(plant, 1)
    tags = dict(t.rows(plant, "SELECT id, name FROM tags"))
    table = pq.ParquetFile(path).read()
    at = next(i for i, n in enumerate(table["tag"].to_pylist()) if tags[n] == "FT-ORE" and table["value"][i].as_py() == 12.5)
    rewritten(path, with_column("value", lambda values: [*values[:at], 12.625, *values[at + 1 :]]))
    lake, day = t.findings(plant)
    assert lake == 'readings: R032: 2026-03-31 (UTC), tag FT-ORE: readings were changed; batch 1 ("readings/meters.csv")'
    assert day.startswith("seals:2: V002: day 2026-03-31 does not recompute: it recomputes to ")
    assert "its readings, acts or text changed" in day
    assert "2026-03-31.E outside -> area:mill ore: qty 100000 -> 100125, amount" in day, "one hour of 0.125 t/h more"


@pytest.mark.parametrize(
    ("column", "change", "what"),
    [
        ("ts", lambda values: [values[0] + 1, *values[1:]], "tag FT-FILTER: readings were changed"),
        ("quality", lambda values: [2, *values[1:]], "tag FT-FILTER: readings were changed"),
        ("revision", lambda values: [9, *values[1:]], "tag FT-FILTER: readings were changed"),
        ("value", lambda values: [-0.5, *values[1:]], "tag FT-FILTER: readings were changed"),
        ("tag", lambda values: [values[-1], *values[1:]], "tag FT-FILTER: 19 rows where 20 were loaded"),
        ("batch", lambda values: [2, *values[1:]], "tag FT-FILTER: 1 rows claim batch 2"),
    ],
    ids=["ts", "quality", "revision", "value", "tag", "batch"],
)
def test_l7_every_column_of_a_reading_counts(
    plant: PlantView, column: str, change: Callable[[list[float]], list[float]], what: str
) -> None:
    rewritten(data_file(plant, 1), with_column(column, change))
    assert any(what in line for line in t.findings(plant)), t.findings(plant)


def test_i5_order_and_line_numbers_of_stored_rows_say_nothing(plant: PlantView) -> None:
    path = data_file(plant, 1)
    rewritten(path, lambda table: table.take(list(range(table.num_rows))[::-1]))
    rewritten(path, with_column("row", lambda values: [value + 7 for value in values]))
    assert t.findings(plant) == []


@pytest.mark.parametrize("where", [0, 60, -1])
def test_l7_a_deleted_reading_is_located(plant: PlantView, where: int) -> None:
    path = data_file(plant, 1)
    table = pq.ParquetFile(path).read()
    place = where % table.num_rows
    tag = dict(t.rows(plant, "SELECT id, name FROM tags"))[table["tag"][place].as_py()]
    count = table["tag"].to_pylist().count(table["tag"][place].as_py())
    rewritten(path, lambda rows: pa.concat_tables([rows.slice(0, place), rows.slice(place + 1)]))
    assert (
        f"readings: R032: 2026-03-31 (UTC), tag {tag}: {count - 1} rows where {count} were loaded; "
        'batch 1 ("readings/meters.csv")' in t.findings(plant)
    )


def test_l7_a_repeated_reading_is_located(plant: PlantView) -> None:
    rewritten(data_file(plant, 2), lambda table: pa.concat_tables([table, table]))
    expected = 'tag LAB-MOISTURE: 2 rows where 1 were loaded; batch 2 ("readings/moisture.csv")'
    assert t.findings(plant)[0] == f"readings: R032: 2026-03-31 (UTC), {expected}"


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("harm", ["gone", "empty", "half", "text"])
def test_l7_a_lost_file_is_located_and_no_verb_breaks(plant: PlantView, batch: int, harm: str) -> None:
    path = data_file(plant, batch)
    content = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes({"empty": b"", "half": content[: len(content) // 2], "text": b"time,tag,value\n"}[harm])
    tags = {1: "FT-FILTER, FT-MILL, FT-ORE, FT-PRODUCT, FT-STEAM, LT-T", 2: "LAB-MOISTURE", 3: "FT-FILTER"}[batch]
    state = "is missing" if harm == "gone" else "cannot be read"
    found = t.findings(plant)
    assert found[0] == f'readings: R033: 2026-03-31 (UTC): the file with batch {batch} ("{SOURCES[batch]}": {tags}) {state}'
    assert any(line.startswith("seals:2: V002: day 2026-03-31 does not recompute: its inputs cannot be read") for line in found)
    said = t.every_verb(plant)
    assert said == {
        "verify": "issues",
        "statement": "ok",
        "explain": "refused",
        "close": "refused",
        "settle": "issues",
        "load": "ok",
    }


# The log of the lake.


def entry(plant: PlantView, version: int) -> Path:
    return plant.state_folder / "readings" / "_delta_log" / f"{version:020d}.json"


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("harm", ["gone", "text", "empty"])
def test_l7_a_broken_log_is_located_and_no_verb_breaks(plant: PlantView, version: int, harm: str) -> None:
    entry(plant, version).unlink()
    if harm != "gone":
        entry(plant, version).write_text({"text": "not a log", "empty": ""}[harm])
    found = t.findings(plant)
    assert found, "a broken log must not pass"
    if version:
        lost = f'batch {version} ("{SOURCES[version]}") is recorded, but its entry in the log is missing or damaged'
        assert f"readings: R035: {lost}" in found
    else:
        assert found[0].startswith("readings: R035: the lake cannot be opened: ")
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


def test_l7_a_cut_off_log_is_located(plant: PlantView) -> None:
    entry(plant, 3).unlink()
    assert t.findings(plant)[:2] == [
        'readings: R032: 2026-03-31 (UTC), tag FT-FILTER: 8 rows of batch 3 ("late/filter-slurry.csv") are missing',
        'readings: R035: batch 3 ("late/filter-slurry.csv") is recorded, but its entry in the log is missing or damaged',
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (r"\"rows\": 8", r"\"rows\": 9", 'rows is "8", the log has "9"'),
        (
            "late/filter-slurry.csv",
            "late/filter-slurry.xls",
            'source is "late/filter-slurry.csv", the log has "late/filter-slurry.xls"',
        ),
        (
            r"\"known_at\": 17751240",
            r"\"known_at\": 17751241",
            "known_at is 2026-04-02T10:00:00Z, the log has 2026-04-02T10:01:40Z",
        ),
        (r"\"FT-FILTER\", 8", r"\"FT-FILTER\", 7", "its content by day and tag was changed"),
    ],
)
def test_l7_a_changed_log_entry_is_located(plant: PlantView, old: str, new: str, what: str) -> None:
    text = entry(plant, 3).read_text()
    assert old in text
    entry(plant, 3).write_text(text.replace(old, new))
    expected = f'the log entry of batch 3 ("late/filter-slurry.csv") is not what was recorded: {what}'
    assert f"readings: R035: {expected}" in t.findings(plant)


def test_l7_a_file_that_the_log_no_longer_names_is_located(plant: PlantView) -> None:
    lines = entry(plant, 2).read_text().splitlines()
    entry(plant, 2).write_text("\n".join(line for line in lines if not line.startswith('{"add"')) + "\n")
    assert t.findings(plant)[0] == (
        'readings: R032: 2026-03-31 (UTC), tag LAB-MOISTURE: 1 rows of batch 2 ("readings/moisture.csv") are missing'
    )


def test_l7_a_lake_that_is_gone_is_said(plant: PlantView) -> None:
    (plant.state_folder / "readings").rename(plant.folder / "elsewhere")
    assert t.findings(plant)[0] == "readings: R035: the lake is missing, but 3 batches are recorded"


# Single bytes. A flipped byte in the middle of a Parquet file may change a value, a statistic or a footer.


def logical(state: State, tags: list[str]) -> list[tuple[int, ...]] | None:
    try:
        rows = read(state, tags, 0, 1 << 62, 99)
    except LakeError:
        return None
    columns = (rows.tag, rows.ts, bits(rows.value), rows.quality, rows.revision, rows.batch)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def sweep(plant: PlantView, path: Path, flips: list[tuple[int, int]]) -> tuple[int, int]:
    """Flip bytes one after the other; what a close would read must be the same, or `verify` must find it. Counts (same, found)."""
    state = connect(plant.state_folder, create=False)
    tags = sorted(meter.tag for meter in plant.plant.meters)
    before, content = logical(state, tags), path.read_bytes()
    same = 0
    for place, mask in flips:
        path.write_bytes(content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :])
        unchanged = logical(state, tags) == before
        located = verify_batches(state)
        assert unchanged or located, f"byte {place} ^ {mask} of {path.name} changes readings unseen"
        assert all(str(issue.at) == "readings" and issue.remedy for issue in located)
        same += unchanged
    path.write_bytes(content)
    assert logical(state, tags) == before
    state.engine.dispose()
    return same, len(flips) - same


def test_l7_a_flipped_byte_is_never_silent(plant: PlantView) -> None:
    path, chance = data_file(plant, 1), random.Random(20260331)
    flips = [(chance.randrange(path.stat().st_size), chance.choice([1, 2, 16, 128, 255])) for _ in range(150)]
    same, found = sweep(plant, path, flips)
    assert same, "some bytes (statistics, names) say nothing of the rows"
    assert found > 50


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "mask"), [(1, 1), (2, 32), (3, 255)])
def test_l7_no_flipped_byte_is_silent(plant: PlantView, batch: int, mask: int, stride: int) -> None:
    path = data_file(plant, batch)
    _, found = sweep(plant, path, [(place, mask) for place in range(batch % stride, path.stat().st_size, stride)])
    assert found, "no flip was seen: nothing was tried"


def test_l7_a_flipped_byte_breaks_no_verb(plant: PlantView) -> None:
    path, chance = data_file(plant, 1), random.Random(7)
    content = path.read_bytes()
    for _ in range(8):
        place = chance.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}
    path.write_bytes(content)
