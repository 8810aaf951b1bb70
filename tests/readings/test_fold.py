"""DESIGN, "Live batches"; R2-R4: what waits comes into the lake once, judged like any file, whatever is killed and in whatever order."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.small import batch, plant
from readings.telling import PUSHED, SIX, keep, known, seen, stored, told
from shiftledger.acts.state import State, connect
from shiftledger.core.period import HOUR, MINUTE, SECOND
from shiftledger.readings import fold as folding
from shiftledger.readings import lake, quarantine, wal
from shiftledger.readings.batch import BAD, UNDECLARED
from shiftledger.readings.fold import fold, waits
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.reread import read_again
from shiftledger.readings.running import UNFOLDED, known_now
from shiftledger.readings.sources.live import Message, Refused, Told, sound

PLANT = plant(PUSHED)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


def test_what_was_told_becomes_readings_with_the_arrival_as_known_at(state: State) -> None:
    keep(state, [told("FT-1", 0, 1.5), told("BAND", 1, "Light")], [told("FT-1", 2, 2.5)])
    done = fold(PLANT, state)
    assert done.issues == ()
    assert known(state) == {"FT-1": [(0.0, "1.5", 0), (2.0, "2.5", 0)], "BAND": [(1.0, "1.0", 0)]}
    (record,) = lake.batch_records(state)
    assert (record.source, record.known_at, record.rows) == ("live/pushed", SIX + 10 * MINUTE + SECOND, 3)
    assert lake.stream_version(state, "live/pushed") == 2
    assert (waits(state), verify_batches(state)) == (False, ())
    assert fold(PLANT, state).result == ()


def test_what_cannot_be_a_reading_waits_in_quarantine_with_the_place_where_it_was_told(state: State) -> None:
    late = replace(told("FT-1", 0, 5.0), ts=SIX + 10 * MINUTE + HOUR + 1)
    keep(state, [told("FT-9", 0, 1.0), told("BAND", 1, "Dark"), told("FT-1", 2, "nan"), late, told("FT-1", 3, 7.0)])
    done = fold(PLANT, state)
    assert sorted({issue.code for issue in done.issues}) == ["R011", "R022", "R023", "R058"]
    assert known(state) == {"FT-1": [(3.0, "7.0", 0)]}
    rows = quarantine.refused_rows(state)
    assert [(row.source, row.line, row.text, row.reason) for row in rows] == [
        ("live/pushed", 0, "http:a#1,2026-03-04T06:00:00Z,FT-9,1.0,good", 'http:a#1: tag "FT-9" is not declared'),
        ("live/pushed", 1, "http:a#1,2026-03-04T06:01:00Z,BAND,Dark,good", 'http:a#1: "Dark" is not a code of state tag "BAND"'),
        ("live/pushed", 2, "http:a#1,2026-03-04T06:02:00Z,FT-1,nan,good", 'http:a#1: value "nan" is not a finite number'),
        (
            "live/pushed",
            3,
            "http:a#1,2026-03-04T07:10:00.000001Z,FT-1,5.0,good",
            "http:a#1: it arrived at 2026-03-04T06:10:00Z, before its own time: a clock is wrong",
        ),
    ]


def test_r4_what_is_no_reading_at_all_waits_with_its_place_and_is_counted_beyond_twenty(state: State) -> None:
    writer = keep(state)
    writer.append([told("FT-1", 0, 1.0)], [Refused(f"http:a#{i}", "{", "it has no time") for i in range(22)], SIX)
    issues = fold(PLANT, state).issues
    assert [issue.code for issue in issues] == ["R054"] * 21
    assert issues[0].message == "more rows rejected for this kind of reason: 2"
    rows = quarantine.refused_rows(state)
    assert (len(rows), rows[0].line, rows[0].text, rows[0].reason) == (22, 1, "http:a#0,{", "http:a#0: it has no time")
    (again, *_) = read_again(PLANT, rows)
    assert again.why.startswith("it was told live and cannot be read as a reading")


def test_a_refused_row_is_read_again_once_its_tag_is_declared(state: State) -> None:
    keep(state, [told("FT-9", 0, 1.25)])
    fold(PLANT, state)
    meters = (*PLANT.meters, replace(PLANT.meters[0], tag="FT-9"))
    (again,) = read_again(replace(PLANT, meters=meters), quarantine.refused_rows(state))
    assert [(said.tag, said.ts, said.value, said.revision) for said in again.said] == [("FT-9", SIX, 1.25, 0)]


def test_stamps_of_an_interval_meter_are_moved_as_in_a_file(state: State) -> None:
    keep(state, [told("KWH-1", 0, 4.0), told("FT-1", 0, 4.0)])
    fold(plant(replace(PUSHED, stamps="start", interval=15 * MINUTE)), state)
    assert known(state) == {"KWH-1": [(15.0, "4.0", 0)], "FT-1": [(0.0, "4.0", 0)]}


POINTS = [
    told("FT-1", 0, 1.0),
    told("FT-1", 0, 2.0),  # contradicts the first
    told("FT-1", 1, 3.0),
    told("FT-1", 1, 4.0, revision=5),  # corrects the third
    told("LT-1", 0, "", quality=BAD),
]
EXPECTED = {"FT-1": [(0.0, "nan", BAD), (1.0, "4.0", 0)], "LT-1": [(0.0, "nan", BAD)]}


@given(st.permutations([*POINTS, POINTS[0], POINTS[3]]), st.sets(st.integers(1, 6)))
@settings(max_examples=4)
def test_i5_neither_order_nor_folds_nor_redelivery_matter(tmp_path_factory: Any, order: list[Told], cuts: set[int]) -> None:
    state = connect(tmp_path_factory.mktemp("state"))
    parts = [0, *sorted(cuts), len(order)]
    for a, b in pairwise(parts):
        keep(state, order[a:b])
        before = {tag: seen(one) for tag, one in known_now(PLANT, state, ["FT-1", "LT-1"], 0, 1 << 60).items()}
        assert not [issue for issue in fold(PLANT, state).issues if issue.severity == "error"]
        assert {tag: before[tag] for tag in known(state)} == known(state)  # what is known now is what the lake says then
    assert known(state) == EXPECTED
    assert not waits(state)


def test_r2_what_a_file_says_holds_against_what_was_told_whichever_came_first(tmp_path: Path) -> None:
    for first, second in permutations(("file", "told")):
        state = connect(tmp_path / first)
        for what in (first, second):
            if what == "file":
                lake.append(state, batch([("FT-1", SIX, 9.0)]), SIX)
            else:
                keep(state, [told("FT-1", 0, 1.0)])
                fold(PLANT, state)
        assert known(state) == {"FT-1": [(0.0, "9.0", 0)]}


def test_a_third_value_of_one_point_is_refused_and_changes_nothing(state: State) -> None:
    keep(state, [told("FT-1", 0, 1.0), told("FT-1", 0, 2.0), told("FT-1", 0, 3.0), told("FT-1", 1, 3.0)])
    fold(PLANT, state)
    assert known(state) == {"FT-1": [(0.0, "nan", BAD), (1.0, "3.0", 0)]}
    assert [row.text for row in quarantine.refused_rows(state)] == ["2026-03-04T06:00:00Z,FT-1,3.0,good,0"]


def test_l6_a_batch_spans_five_minutes_of_arrivals_so_that_known_at_is_fair(state: State) -> None:
    writer = keep(state, [told("FT-1", 0, 1.0)])
    for minute in (14, 16, 90):
        writer.append([told("FT-1", minute, 1.0)], [], SIX + minute * MINUTE)
    fold(PLANT, state)
    assert [(record.known_at - SIX) // MINUTE for record in lake.batch_records(state)] == [14, 16, 90]


class Killed(BaseException):
    """Ends a program at a write."""


def counted(monkeypatch: pytest.MonkeyPatch, limit: int) -> Callable[[], int]:
    """Every write to the disk counts; the one after `limit` does not happen."""
    done = 0

    def wrap(owner: Any, name: str, *, after: bool = False) -> None:
        real = getattr(owner, name)

        def write(*given: Any, **named: Any) -> Any:
            nonlocal done
            if not after and done == limit:
                raise Killed
            result = real(*given, **named)
            if after and done == limit:
                raise Killed
            done += 1
            return result

        monkeypatch.setattr(owner, name, write)

    for owner, name in ((os, "fsync"), (Path, "unlink"), (lake, "append_rows"), (quarantine, "append_rows"), (lake, "_register")):
        wrap(owner, name)
    wrap(lake, "append_rows", after=True)
    wrap(folding, "append", after=True)
    return lambda: done


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.sweep)])
def test_a_program_killed_at_any_write_of_a_fold_loses_and_doubles_nothing(tmp_path: Path, step: int) -> None:
    def fresh(name: str) -> State:
        state = connect(tmp_path / name)
        keep(state, [told("FT-1", 0, 1.0), told("FT-1", 0, 2.0)], [told("FT-9", 0, 1.0), told("LT-1", 1, 3.0)])
        return state

    with pytest.MonkeyPatch.context() as patch:
        whole = fresh("whole")
        writes = counted(patch, 1 << 30)
        fold(PLANT, whole)
        total = writes()
    assert total > 10
    for limit in range(total - 1, -1, -step):
        state = fresh(f"at{limit}")
        with pytest.MonkeyPatch.context() as patch:
            counted(patch, limit)
            with pytest.raises(Killed):
                fold(PLANT, state)
        again = connect(state.folder)
        fold(PLANT, again)
        assert (known(again), stored(again), waits(again)) == (known(whole), stored(whole), False), limit
        assert len(quarantine.refused_rows(again)) == 1, limit
        assert verify_batches(again) == (), limit


def test_a_fold_beside_somebody_who_listens_leaves_the_files_to_them(state: State) -> None:
    writer = keep(state, [told("FT-1", 0, 1.0)])
    with wal.held(state.folder) as alone:
        assert alone
        fold(PLANT, state)
        assert waits(state)
        writer.append([told("FT-1", 1, 2.0)], [], SIX + 10 * MINUTE)
        closed = wal.segments_of(writer.folder)
        writer.rotate()
        writer.append([told("FT-1", 2, 3.0)], [], SIX + 10 * MINUTE)
        fold(PLANT, state, closed)
    assert known(state) == {"FT-1": [(0.0, "1.0", 0), (1.0, "2.0", 0)]}
    assert stored(state) == 2
    fold(PLANT, state)
    assert (known(state)["FT-1"][2], waits(state)) == ((2.0, "3.0", 0), False)


def test_what_is_appended_while_somebody_else_folds_is_not_deleted(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = keep(state, [told("FT-1", 0, 1.0)])
    real = folding.append

    def slow(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        writer.append([told("FT-1", 1, 2.0)], [], SIX + 10 * MINUTE)  # and then whoever listens ends
        return done

    monkeypatch.setattr(folding, "append", slow)
    fold(PLANT, state)
    monkeypatch.undo()
    assert waits(state)
    fold(PLANT, state)
    assert len(known(state)["FT-1"]) == 2


def test_damage_is_said_and_the_file_is_kept_aside(state: State) -> None:
    writer = keep(state, [told("FT-1", 0, 1.0)], [told("FT-1", 1, 2.0)], [told("FT-1", 2, 3.0)])
    (path,) = wal.segments_of(writer.folder)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    done = fold(PLANT, state)
    assert [(issue.code, str(issue.at)) for issue in done.issues] == [("R057", "live/pushed/0000000001.arrows")]
    assert [minute for minute, _, _ in known(state)["FT-1"]] == [0.0, 2.0]
    assert path.with_suffix(".damaged").exists()
    assert fold(PLANT, state).issues == ()


def test_readings_of_a_source_that_is_gone_are_said_and_stay(state: State) -> None:
    keep(state, [told("FT-1", 0, 1.0)], source="former")
    (issue,) = fold(PLANT, state).issues
    assert (issue.code, issue.message) == ("R053", '1 readings wait that "former" was told, but there is no such source any more')
    assert waits(state)


def test_what_is_known_now_is_the_lake_and_what_waits(state: State) -> None:
    lake.append(state, batch([("FT-1", SIX, 9.0), ("FT-1", SIX + 5 * MINUTE, 1.0)]), SIX)
    keep(state, [told("FT-1", 0, 1.0), told("FT-1", 1, 2.0), told("LT-1", 1, 5.0), told("FT-1", 1, 2.0, revision=UNDECLARED)])
    now = known_now(PLANT, state, ["FT-1", "BAND"], SIX, SIX + 4 * MINUTE)
    assert {tag: seen(one) for tag, one in now.items()} == {"FT-1": [(0.0, "9.0", 0), (1.0, "2.0", 0)], "BAND": []}
    assert now["FT-1"].batch.tolist() == [1, UNFOLDED]
    assert sound(Message((told("FT-1", 0, 1.0),))).refused == ()


def test_r4_where_everything_is_refused_nothing_is_said_of_a_file(state: State) -> None:
    writer = wal.Writer(state.folder / wal.FOLDER / "pushed", -1)
    writer.append([], [Refused("http:a#1", "x", "no reading")], SIX)
    assert [issue.code for issue in fold(PLANT, state).issues] == ["R054"]
