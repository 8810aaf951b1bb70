"""R2, R4: batches in, once each; what was known at any watermark out."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.small import LONG, Row, at, batch, file, load_points, messages, plant
from shiftledger.acts.state import GENESIS, State, connect
from shiftledger.core.canon import chain_hash, content_hash
from shiftledger.core.period import DAY, HOUR
from shiftledger.readings import lake
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED, Batch
from shiftledger.readings.delta import open_table, rows_files
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.quality import resolve
from shiftledger.readings.sources.files import read_file

FOREVER = 1 << 60
D = at("2026-01-04 00:00")
Seen = dict[str, list[tuple[int, float, int]]]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


def seen(state: State, upto: int = FOREVER, tags: tuple[str, ...] = ("A", "B")) -> Seen:
    """tag -> (ts, value, quality) as known at a watermark."""
    rows = lake.read(state, tags, -FOREVER, FOREVER, upto)
    return {t: list(zip(s.ts.tolist(), s.value.tolist(), s.quality.tolist(), strict=True)) for t, s in resolve(rows).items()}


def load(state: State, rows: list[Row], known_at: int = 0, source: str = "a.csv") -> tuple[bool, int | None, int]:
    report = lake.append(state, batch(rows, source), known_at).result
    return report.loaded, report.seq, report.appended


def test_r2_an_empty_state_knows_nothing(state: State) -> None:
    assert seen(state) == {"A": [], "B": []}
    assert (lake.watermark(state), lake.batch_records(state), lake.batch_parts(state), lake.extent(state)) == (-1, (), (), None)
    assert (lake.quarantined(state), verify_batches(state)) == ((), ())


def test_r2_loading_a_batch_twice_changes_nothing(state: State) -> None:
    rows: list[Row] = [("A", D, 1.0), ("A", D + DAY, 2.0), ("B", D, 3.0)]
    assert load(state, rows, 7) == (True, 1, 3)
    before = (seen(state), lake.batch_records(state), lake.batch_parts(state))
    assert load(state, rows[::-1], 8, "copy.csv") == (False, None, 0)
    assert (seen(state), lake.batch_records(state), lake.batch_parts(state)) == before
    assert (lake.watermark(state), lake.extent(state)) == (1, (D, D + DAY))
    table = open_table(state.readings)
    assert table is not None
    assert table.version() == 1


def test_r2_a_batch_loaded_again_after_a_correction_does_not_undo_it(state: State) -> None:
    load(state, [("A", D, 1.0)])
    load(state, [("A", D, 2.0)])
    assert load(state, [("A", D, 1.0)]) == (False, None, 0)
    assert seen(state)["A"] == [(D, 2.0, GOOD)]


def test_r2_the_report_counts_every_row_once(state: State) -> None:
    load(state, [("A", D, 1.0)])
    refused = (("b.csv", 9, "x", "no time"),)
    made = batch([("A", D, 1.0), ("A", D + 1, 2.0), ("A", D + 1, 2.0), ("B", D, 5.0), ("B", D, 6.0)], "b.csv", refused)
    report = lake.append(state, made, 5).result
    assert (report.source, report.rows, report.appended, report.quarantined) == ("b.csv", 6, 1, 3)  # 1 known, 1 repeated
    assert (report.first, report.last, report.tags) == (D, D + 1, {"A": 2})
    assert report.rows == report.appended + report.quarantined + 2


def test_r2_rows_equal_to_the_winner_are_not_appended(state: State) -> None:
    load(state, [("A", D, 1.0), ("A", D + 1, 1.0), ("B", D, 1.0, UNCERTAIN, UNDECLARED)])
    assert load(state, [("A", D, 1.0), ("A", D + 1, 2.0), ("B", D, 1.0, GOOD, UNDECLARED)]) == (True, 2, 2)
    assert load(state, [("A", D, 1.0), ("A", D + 1, 2.0)]) == (False, None, 0)
    assert load(state, [("A", D + 1, 1.0)]) == (True, 3, 1)  # back to what it was is news
    assert seen(state)["A"] == [(D, 1.0, GOOD), (D + 1, 1.0, GOOD)]


def test_r2_declared_rows_are_known_only_at_their_own_revision(state: State) -> None:
    load(state, [("A", D, 1.0, GOOD, 5)])
    assert load(state, [("A", D, 1.0, GOOD, 6), ("A", D + 1, 1.0, GOOD, 1)]) == (True, 2, 2)
    assert load(state, [("A", D, 1.0, GOOD, 5), ("A", D + 1, 1.0, GOOD, 1)]) == (False, None, 0)
    assert load(state, [("A", D, 0.0, GOOD, 4)]) == (True, 3, 1)
    assert seen(state)["A"] == [(D, 1.0, GOOD), (D + 1, 1.0, GOOD)]


def test_r2_contradicting_batches_are_reported_and_the_point_is_absent(state: State) -> None:
    load(state, [("A", D, 1.0, GOOD, 5), ("B", D, 1.0, GOOD, 5)])
    outcome = lake.append(state, batch([("A", D, 2.0, GOOD, 5), ("B", D, 1.0, GOOD, 5)], "b.csv"), 0)
    assert messages(outcome.issues) == [
        "b.csv: warning R027: A at 2026-01-04T00:00:00Z: batches declare unequal values at revision 5; the point is absent"
    ]
    rows = resolve(lake.read(state, ["A"], 0, FOREVER, FOREVER))["A"]
    assert rows.quality.tolist() == [BAD]


def test_r2_a_later_load_settles_a_contradiction_also_with_a_value_that_was_said_before(state: State) -> None:
    load(state, [("A", D, 1.0, GOOD, 0)])
    load(state, [("A", D, 2.0, GOOD, 0)])
    assert load(state, [("A", D, 1.0)]) == (True, 3, 1)
    assert seen(state)["A"] == [(D, 1.0, GOOD)]


def test_r2_what_was_known_earlier_can_be_read_again(state: State) -> None:
    load(state, [("A", D, 1.0)], 100)
    load(state, [("A", D, 2.0), ("A", D + 1, 5.0)], 200)
    assert seen(state, 1)["A"] == [(D, 1.0, GOOD)]
    assert seen(state, 2)["A"] == [(D, 2.0, GOOD), (D + 1, 5.0, GOOD)]
    assert seen(state, 0)["A"] == []
    assert [(r.seq, r.known_at, r.rows) for r in lake.batch_records(state)] == [(1, 100, 1), (2, 200, 2)]
    assert [r.seq for r in lake.batch_records(state, 1)] == [1]


def test_r2_known_at_may_be_given_in_the_past(state: State) -> None:
    """A row that a later-known batch brought too is kept, so that what was known at the earlier time is whole."""
    load(state, [("A", D, 1.0)], 300)
    assert load(state, [("A", D, 1.0), ("B", D, 1.0)], 100) == (True, 2, 2)
    early = {record.seq for record in lake.batch_records(state) if record.known_at <= 100}
    assert resolve(lake.read(state, ["A"], 0, FOREVER, FOREVER), early)["A"].value.tolist() == [1.0]


@settings(max_examples=8)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("AB"), st.integers(D, D + 2), st.sampled_from([1.0, 2.0]), st.just(GOOD), st.integers(0, 2)
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=2,
        max_size=3,
    )
)
def test_r2_declared_batches_give_the_same_series_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, loads: list[list[Row]]
) -> None:
    found = []
    for order in (loads, loads[::-1]):
        state = connect(tmp_path_factory.mktemp("lake") / "state")
        for rows in (*order, order[0]):
            load(state, rows)
        found.append(repr(seen(state)))
        state.engine.dispose()
    assert found[0] == found[1]


def test_i2_a_window_is_half_open_and_holds_only_the_asked_tags(state: State) -> None:
    load(state, [("A", D - 1, 1.0), ("A", D, 2.0), ("A", D + DAY - 1, 3.0), ("A", D + DAY, 4.0), ("B", D, 9.0)])
    rows = lake.read(state, ["Z", "A"], D, D + DAY, FOREVER)
    assert (rows.tags, rows.tag.tolist(), rows.value.tolist()) == (("A", "Z"), [0, 0], [2.0, 3.0])
    assert rows.row.tolist() == [3, 4]
    assert len(lake.read(state, ["A"], D, D, FOREVER)) == 0
    assert lake.read(state, ["A"], D - 1, D + DAY + 1, FOREVER).value.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert lake.read(state, ["A"], D + 1, D + DAY - 1, FOREVER).value.tolist() == []


def test_r2_each_touched_day_is_one_sorted_file_in_one_commit(state: State) -> None:
    load(
        state,
        [
            ("B", D + 1, 1.0),
            ("A", D + HOUR, 2.0),
            ("B", D, 3.0),
            ("A", D + DAY, 4.0),
            ("A", D, 5.0, GOOD, 1),
            ("A", D, 4.0, GOOD, 0),
        ],
    )
    table = open_table(state.readings)
    assert table is not None
    files = rows_files(state.readings, table)
    assert [(file.day, file.first_batch, file.last_batch) for file in files] == [(D // DAY, 1, 1), (D // DAY + 1, 1, 1)]
    stored = pq.ParquetFile(files[0].path)
    rows = stored.read().to_pylist()
    assert [(r["tag"], r["ts"] - D, r["revision"]) for r in rows] == [
        (1, 0, 0),
        (1, 0, 1),
        (1, HOUR, None),
        (2, 0, None),
        (2, 1, None),
    ]
    group = stored.metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert ("DELTA_BINARY_PACKED" in columns["ts"].encodings, "BYTE_STREAM_SPLIT" in columns["value"].encodings) == (True, True)
    assert columns["value"].compression == "LZ4"


def test_l7_records_are_chained_and_parts_hash_the_logical_rows(state: State) -> None:
    load(state, [("B", D, 1.5, UNCERTAIN, 3), ("A", D, -0.0)], 77)
    (record,), parts = lake.batch_records(state), lake.batch_parts(state)
    packed = b"".join(v.to_bytes(8, "little", signed=True) for v in (D, 0x3FF8000000000000, 1, 3))
    of_b = hashlib.sha256((1).to_bytes(8, "little") + b"B" + packed).hexdigest()
    assert [(p.seq, p.day, p.tag, p.rows) for p in parts] == [(1, D // DAY, "A", 1), (1, D // DAY, "B", 1)]
    assert parts[1].hash == of_b
    assert record.id == content_hash([["A", 1, parts[0].hash], ["B", 1, of_b]])
    content = content_hash([[p.day, p.tag, p.rows, p.hash] for p in parts])
    assert (record.prev, record.hash) == (GENESIS, chain_hash(GENESIS, record.id, 1, 77, "a.csv", 2, content))
    load(state, [("A", D, 9.0)])
    assert lake.batch_records(state)[1].prev == record.hash


def test_r2_a_crash_after_the_commit_is_healed_by_the_next_load(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    load(state, [("A", D, 1.0)], 5)
    heal, calls = lake.heal, []

    def crash(*given: object) -> tuple[int, ...]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return heal(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(lake, "heal", crash)
    with pytest.raises(KeyboardInterrupt):
        load(state, [("A", D, 2.0), ("B", D + DAY, 1.0)], 6, "b.csv")
    monkeypatch.undo()
    assert seen(state) == {"A": [(D, 1.0, GOOD)], "B": []}  # not registered: not there
    assert (lake.watermark(state), len(lake.batch_records(state))) == (1, 1)
    assert messages(verify_batches(state)) == ['readings: error R031: batch 2 ("b.csv") is in the lake, but not in the records']
    assert load(state, [("A", D, 2.0), ("B", D + DAY, 1.0)], 9, "b.csv") == (False, None, 0)
    assert seen(state) == {"A": [(D, 2.0, GOOD)], "B": [(D + DAY, 1.0, GOOD)]}
    assert [(r.seq, r.known_at, r.source, r.rows) for r in lake.batch_records(state)] == [(1, 5, "a.csv", 1), (2, 6, "b.csv", 2)]
    assert verify_batches(state) == ()


def test_r2_a_load_is_on_disk_before_it_is_registered(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync, register = os.fsync, lake._register

    def noted(descriptor: int) -> None:
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    def registered(*given: object) -> None:
        synced.append("registered")
        register(*given)  # type: ignore[arg-type]

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs a system that names open files")
    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(lake, "_register", registered)
    load(state, [("A", D, 2.0)])
    (path,) = state.readings.glob("day=*/*.parquet")
    before = set(synced[: synced.index("registered")])
    log = state.readings / "_delta_log"
    assert {str(p.resolve()) for p in (path, path.parent, log / f"{1:020d}.json", log, state.readings, state.folder)} <= before


def test_r2_a_crash_before_the_commit_leaves_nothing(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(lake, "append_rows", crash)
    with pytest.raises(KeyboardInterrupt):
        load(state, [("A", D, 2.0)])
    monkeypatch.undo()
    assert seen(state)["A"] == []
    assert load(state, [("A", D, 2.0)]) == (True, 1, 1)


def test_r4_quarantine_keeps_everything_once(state: State) -> None:
    refused = (("a.csv", 3, "x", "no time"), ("a.csv", 4, "y", "no value"))
    for _ in range(2):
        report = lake.append(state, batch([("A", D, 1.0), ("B", D, 1.0), ("B", D, 2.0)], rejected=refused), 0).result
        assert report.quarantined == 4
    reason = "B at 2026-01-04T00:00:00Z: unequal values in one batch"
    torn = [("a.csv", n, f"2026-01-04T00:00:00Z,B,{n - 2}.0,good,", reason) for n in (3, 4)]
    assert lake.quarantined(state) == tuple(sorted([*refused, *torn]))


def test_r4_a_file_without_one_good_row_is_kept_too(state: State) -> None:
    for _ in range(2):
        report = lake.append(state, batch([], rejected=(("a.csv", 2, "x", "no time"),)), 0).result
        assert (report.loaded, report.seq, report.rows, report.quarantined) == (False, None, 1, 1)
    assert lake.quarantined(state) == (("a.csv", 2, "x", "no time"),)
    assert lake.watermark(state) == -1


def test_r4_rows_in_are_rows_appended_known_or_rejected(state: State, tmp_path: Path) -> None:
    text = "time,tag,value\n" + "".join(
        f"2026-01-04 {i:02}:00,{'FT-1' if i % 3 else 'XX'},{i if i % 5 else 'bad'}\n" for i in range(24)
    )
    made = read_file(plant(LONG), file(tmp_path, text)).result
    first = lake.append(state, made, 0).result
    assert (first.rows, first.appended, first.quarantined) == (24, 13, 11)
    assert {line for _, line, *_ in lake.quarantined(state)} == {i + 2 for i in range(24) if i % 3 == 0 or i % 5 == 0}


@pytest.mark.parametrize("harm", ["log", "folder", "rows"])
def test_r2_a_damaged_lake_is_an_issue_and_nothing_is_loaded(state: State, harm: str) -> None:
    load(state, [("A", D, 1.0)])
    if harm == "log":
        (state.readings / "_delta_log" / f"{1:020d}.json").write_text("{ no")
    elif harm == "rows":
        next(state.readings.glob("day=*/*.parquet")).write_bytes(b"PAR1")
    else:
        state.readings.rename(state.folder / "gone")
    outcome = lake.append(state, batch([("A", D, 2.0)]), 0)
    assert ([issue.code for issue in outcome.issues], outcome.result.loaded) == (["R035"], False)
    assert lake.watermark(state) == 1


def test_r2_processes_append_and_read_at_once(state: State) -> None:
    load(state, [("B", D, 1.0)])
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=load_points, args=(state.folder, D, first, 4)) for first in (0, 100)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        upto = lake.watermark(state)
        assert len(lake.read(state, ["A", "B"], 0, FOREVER, upto)) == len(lake.batch_records(state, upto))
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert [point[0] - D for point in seen(state)["A"]] == [0, 1, 2, 3, 100, 101, 102, 103]
    assert verify_batches(state) == ()


def test_r1_the_real_steel_year(state: State, data_set: Callable[[str], Path]) -> None:
    from readings.steel import ENERGY, steel_plant

    made = read_file(steel_plant(), data_set("steel_daewoo_15min/steel_industry_15min.csv.gz"))
    assert (made.issues, len(made.result.ts), made.result.rejected) == ((), 4 * 35_040, ())
    assert lake.append(state, made.result, 0).result.appended == 4 * 35_040
    series = resolve(lake.read(state, ["kwh", "band"], 0, FOREVER, FOREVER))
    assert {len(s) for s in series.values()} == {35_040}
    for tag, first in (("kwh", "2017-12-31 15:15"), ("band", "2017-12-31 15:00")):  # end and start of the first quarter in Seoul
        assert series[tag].ts[0] == at(first)
        assert set((series[tag].ts[1:] - series[tag].ts[:-1]).tolist()) == {ENERGY.length}
    assert round(series["kwh"].value.sum() / 1000, 1) == 959.6
    assert isinstance(made.result, Batch)
