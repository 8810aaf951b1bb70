"""L7: one changed reading, file or record is located."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from deltalake import write_deltalake

from readings.small import at, batch, messages
from shiftledger.acts.state import State, batch_parts, batches, connect, tags
from shiftledger.core.period import DAY
from shiftledger.readings.delta import READINGS
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.lake import append

D = at("2026-01-04 00:00")


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Two batches on two days."""
    made = connect(tmp_path / "state")
    append(made, batch([("A", D, 1.0), ("A", D + 1, 2.0), ("B", D, 3.0), ("A", D + DAY, 4.0)], "one.csv"), 100)
    append(made, batch([("A", D, 5.0), ("C", D, 6.0)], "two.csv"), 200)
    assert verify_batches(made) == ()
    return made


def files(state: State, day: int) -> list[Path]:
    """The files of a day (0 or 1), by their batch."""
    found = (state.readings / f"day={D // DAY + day}").glob("*.parquet")
    return sorted(found, key=lambda path: pq.ParquetFile(path).read().column("batch")[0].as_py())


def rewrite(path: Path, change: Callable[[dict[str, list[object]]], None]) -> None:
    table = pq.ParquetFile(path).read()
    columns = table.to_pydict()
    change(columns)
    pq.write_table(pa.table(columns, schema=table.schema), path)


def found(state: State) -> list[str]:
    return messages(verify_batches(state))


@pytest.mark.parametrize(("column", "value"), [("value", 1.0000000000000002), ("ts", D + 7), ("quality", 1), ("revision", 1)])
def test_l7_one_flipped_reading_is_located(state: State, column: str, value: object) -> None:
    def flip(columns: dict[str, list[object]]) -> None:
        columns[column][0] = value

    rewrite(files(state, 0)[0], flip)
    assert found(state) == ['readings: error R032: 2026-01-04 (UTC), tag A: readings were changed; batch 1 ("one.csv")']


def test_l7_a_row_that_vanished_is_located(state: State) -> None:
    def drop(columns: dict[str, list[object]]) -> None:
        for cells in columns.values():
            del cells[0]

    rewrite(files(state, 0)[0], drop)
    assert found(state) == ['readings: error R032: 2026-01-04 (UTC), tag A: 1 rows where 2 were loaded; batch 1 ("one.csv")']


def test_l7_a_row_moved_to_another_tag_or_batch_is_located(state: State) -> None:
    def move(columns: dict[str, list[object]]) -> None:
        columns["tag"][0] = 3

    rewrite(files(state, 1)[0], move)
    assert found(state) == [
        'readings: error R032: 2026-01-05 (UTC), tag A: 1 rows of batch 1 ("one.csv") are missing',
        'readings: error R034: 2026-01-05 (UTC), tag C: 1 rows claim batch 1 ("one.csv"), which did not bring them',
    ]


@pytest.mark.parametrize(
    ("harm", "what"),
    [("missing", "is missing"), ("cut", "cannot be read"), ("empty", "cannot be read"), ("junk", "cannot be read")],
)
def test_l7_a_damaged_file_is_located(state: State, harm: str, what: str) -> None:
    path = files(state, 0)[1]
    content = path.read_bytes()
    path.unlink()
    if harm != "missing":
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "junk": b"PAR1" + bytes(200) + b"PAR1"}[harm])
    assert found(state) == [f'readings: error R033: 2026-01-04 (UTC): the file with batch 2 ("two.csv": A, C) {what}']


def test_l7_rows_added_outside_of_any_batch_are_located(state: State) -> None:
    row = {"day": D // DAY, "tag": 1, "ts": D + 9, "value": 9.0, "quality": 0, "revision": None, "batch": 7, "row": 1}
    write_deltalake(str(state.readings), pa.Table.from_pylist([row, row | {"batch": 1, "tag": 3}], READINGS), mode="append")
    assert found(state) == [
        "readings: error R034: 2026-01-04 (UTC), tag A: 1 rows claim batch 7, which was never loaded",
        'readings: error R034: 2026-01-04 (UTC), tag C: 1 rows claim batch 1 ("one.csv"), which did not bring them',
    ]


def sql(state: State, statement: sa.Executable) -> None:
    with state.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.execute(statement)
        connection.commit()


def test_l7_a_changed_record_is_located_with_what_it_was(state: State) -> None:
    sql(state, sa.update(batches).where(batches.c.seq == 1).values(known_at=101))
    assert found(state) == [
        'readings: error R030: the record of batch 1 ("one.csv") was changed: '
        "known_at is 1970-01-01T00:00:00.000101Z, was 1970-01-01T00:00:00.000100Z"
    ]
    sql(state, sa.update(batches).where(batches.c.seq == 1).values(known_at=100, source="won.csv", hash="f" * 64))
    assert found(state) == [
        'readings: error R030: the record before batch 2 ("two.csv") is missing or was changed',
        'readings: error R030: the record of batch 1 ("won.csv") was changed: source is "won.csv", was "one.csv"',
    ]
    sql(state, sa.update(batches).where(batches.c.seq == 1).values(source="one.csv"))
    assert 'readings: error R030: the record of batch 1 ("one.csv") was changed: its hash does not fit' in found(state)


def test_l7_changed_parts_are_located(state: State) -> None:
    sql(state, sa.update(batch_parts).where(batch_parts.c.seq == 2, batch_parts.c.tag == "C").values(hash="0" * 64))
    assert found(state) == [
        'readings: error R030: the record of batch 2 ("two.csv") was changed: its content by day and tag was changed',
        'readings: error R032: 2026-01-04 (UTC), tag C: readings were changed; batch 2 ("two.csv")',
    ]


@pytest.mark.parametrize(
    ("seq", "also"), [(1, ['readings: error R030: the record before batch 2 ("two.csv") is missing or was changed']), (2, [])]
)
def test_l7_a_deleted_record_is_located(state: State, seq: int, also: list[str]) -> None:
    sql(state, sa.delete(batch_parts).where(batch_parts.c.seq == seq))
    sql(state, sa.delete(batches).where(batches.c.seq == seq))
    name = {1: "one.csv", 2: "two.csv"}[seq]
    assert found(state) == [*also, f'readings: error R031: batch {seq} ("{name}") is in the lake, but not in the records']


def test_l7_swapped_tags_are_located(state: State) -> None:
    sql(state, sa.update(tags).where(tags.c.name == "B").values(name="X"))
    assert [line.split(": ", 2)[1:] for line in found(state)] == [
        ["error R032", '2026-01-04 (UTC), tag B: 1 rows of batch 1 ("one.csv") are missing'],
        ["error R034", '2026-01-04 (UTC), tag X: 1 rows claim batch 1 ("one.csv"), which did not bring them'],
    ]


def test_l7_a_lake_that_cannot_be_opened_is_said(state: State) -> None:
    log = state.readings / "_delta_log"
    (log / f"{2:020d}.json").unlink()
    assert 'readings: error R035: batch 2 ("two.csv") is recorded, but its entry in the log is missing or damaged' in found(state)
    (log / f"{0:020d}.json").write_text("{ no")
    lost, line = found(state)
    assert lost == 'readings: error R035: batch 2 ("two.csv") is recorded, but its entry in the log is missing or damaged'
    assert line.startswith("readings: error R035: the lake cannot be opened: ")
    state.readings.rename(state.folder / "gone")
    assert found(state) == ["readings: error R035: the lake is missing, but 2 batches are recorded"]
