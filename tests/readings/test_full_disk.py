"""DESIGN, "Live batches"; R3, R4: a fold that the disk refuses is said, loses nothing, and is tried again while listening goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import shiftledger as sl
from readings.small import plant as small_plant
from readings.telling import PUSHED, SIX, keep, known, stored, told
from readings.test_listening import offer, plant_with, reading
from shiftledger.acts.state import State, connect
from shiftledger.core.period import MINUTE
from shiftledger.readings import fold as folding
from shiftledger.readings import lake, wal
from shiftledger.readings.batch import BAD, GOOD
from shiftledger.readings.fold import fold
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.listening import Watch


def _of_the_store(*_: Any) -> Any:
    raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database or disk is full"))


def _full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _failing(path: Path) -> Any:
    raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))


def _read_only(segments: Any) -> Any:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(segments[0].path))


PLANT = small_plant(PUSHED)

# Where in a fold the disk refuses: what is replaced, by what; the code, place and words of the issue.
SEGMENT = "live/first/0000000001.arrows"
REFUSING: dict[str, tuple[Any, str, Callable[..., Any], tuple[str, str, str]]] = {
    "first write": (lake, "writing", _of_the_store, ("A004", "", "the store cannot be used: database or disk is full")),
    "first look": (folding, "folders", _full, ("R035", "live", "what was told live cannot come into the lake now: No space left on device")),
    "read": (folding, "read_segment", _failing, ("R035", SEGMENT, "what was told live cannot come into the lake now: Input/output error")),
    "rows": (lake, "append_rows", _full, ("R035", "readings", "the lake cannot be used: [Errno 28] No space left on device")),
    "deletion": (folding, "_delete", _read_only, ("R035", SEGMENT, "what was told live cannot come into the lake now: Read-only file system")),
}  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


@pytest.mark.parametrize("step", REFUSING)
def test_r4_a_fold_that_the_disk_refuses_is_said_and_tried_again_and_every_reading_is_there_once(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folds are refused, twice or more, until further readings were kept and acknowledged meanwhile. The next brings all of it in."""
    module, name, refuse, (code, where, words) = REFUSING[step]
    plant = plant_with(tmp_path, first="mem")
    real, said, waiting, stop = getattr(module, name), [], [], threading.Event()
    acknowledged = 0

    async def telling(_: Any, declared: Any, deliver: Any, ended: asyncio.Event) -> Any:
        nonlocal acknowledged
        while not ended.is_set() and acknowledged < 10_000:
            await deliver(reading(acknowledged % 600, 1.0))
            if acknowledged == 0:
                monkeypatch.setattr(module, name, refuse)
            acknowledged += 1
            await asyncio.sleep(0.01)
        return ()

    def hears(issues: Any) -> None:
        said.extend((issue, acknowledged) for issue in issues if issue.severity == "error")
        waiting.append(wal.waiting_bytes(plant.state_folder / wal.FOLDER / "first"))
        if len(said) >= 2 and acknowledged > said[0][1]:
            monkeypatch.setattr(module, name, real)

    offer(monkeypatch, mem=telling)

    def brought_in(_: Any) -> None:  # also what came in before a deletion was refused
        if said and getattr(module, name) is real:
            stop.set()

    view = sl.listen(plant, fold="0.1s", seconds=30, stop=stop, watch=Watch(said=hears, folded=brought_in))
    assert stop.is_set()  # it went on, and then it went well
    assert {(issue.code, issue.message) for issue, _ in said} == {(code, words)}
    assert {str(issue.at) for issue, _ in said} == {where or str(plant.state_folder)}
    assert all("copy" not in issue.remedy for issue, _ in said)  # nothing is damaged
    assert waiting[0] > 0
    assert 0 < said[0][1] < said[-1][1] <= acknowledged  # it was listened to meanwhile
    (one,) = view.heard
    assert (one.messages, one.waiting, one.state) == (acknowledged, 0, "ended")
    state = connect(plant.state_folder)
    rows = read(state, ["FT-ORE"], 0, 1 << 60, watermark(state))
    state.engine.dispose()
    assert sorted(rows.ts.tolist()) == [SIX + minute * MINUTE for minute in range(min(acknowledged, 600))]
    assert wal.waiting_bytes(plant.state_folder / wal.FOLDER / "first") == 0


def test_r2_the_part_that_contradicts_is_not_folded_before_the_one_that_the_disk_refused(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FT-1 is told as 1.0 and as 2.0 at one instant: two batches of one fold. The disk refuses the first; the second would say that both are there."""
    real, calls = lake.append_rows, []

    def refused_once(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 1:
            _full()
        return real(*given)

    monkeypatch.setattr(lake, "append_rows", refused_once)
    keep(state, [told("FT-1", 0, 1.0), told("FT-1", 1, 7.0)], [told("FT-1", 0, 2.0)])
    refused = fold(PLANT, state)
    assert ([issue.code for issue in refused.issues], refused.result, stored(state)) == (["R035"], (), 0)
    again = fold(PLANT, state)
    assert [report.appended for report in again.result] == [2, 1]
    assert (stored(state), known(state)) == (3, {"FT-1": [(0, "nan", BAD), (1, "7.0", GOOD)]})


def test_r4_a_disk_that_gives_no_lock_to_who_begins_to_listen_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    offer(monkeypatch, mem=_full)
    monkeypatch.setattr(wal, "_make", _full)
    view = sl.listen(plant, seconds=1)
    (issue,) = view.issues
    assert (issue.code, str(issue.at)) == ("R056", "live/lock")
    assert issue.message == "nothing that is told could be kept: No space left on device"
    assert "Make room" in issue.remedy


def test_r4_a_fold_by_itself_says_what_the_disk_refuses_and_what_it_brought_in_before(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are in the lake when the deletion is refused: they are reported, and the next fold doubles nothing."""
    keep(state, [told("FT-1", 0, 1.0)], [told("FT-1", 1, 7.0)])
    with monkeypatch.context() as patch:
        patch.setattr(folding, "_delete", _read_only)
        refused = fold(PLANT, state)
    assert ([issue.code for issue in refused.issues], [report.appended for report in refused.result]) == (["R035"], [2])
    assert (fold(PLANT, state).result, stored(state)) == ((), 2)


def test_l6_a_close_that_cannot_fold_is_refused_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    with connect(plant.state_folder).engine.connect():
        wal.Writer(plant.state_folder / wal.FOLDER / "first", -1).append(reading(0, 1.0).told, [], SIX)
    with monkeypatch.context() as patch:
        patch.setattr(folding, "read_segment", _failing)
        view = sl.close(plant)
        assert [(issue.code, str(issue.at)) for issue in view.issues if issue.severity == "error"] == [("R035", SEGMENT)]
        assert view.report is None
    assert [report.appended for report in sl.load(plant).reports] == [1]


def test_r3_a_disk_that_takes_no_folder_at_the_start_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mkdir of the source's folder is refused once: that message is not kept, the next one is."""
    real, tried = wal._make, []

    def make(folder: Path) -> None:
        tried.append(folder)
        if len(tried) == 1:
            _full()
        real(folder)

    monkeypatch.setattr(wal, "_make", make)
    writer = wal.Writer(tmp_path / "live" / "first", -1)
    with pytest.raises(wal.NotKept, match="No space left"):
        writer.append(reading(0, 1.0).told, [], SIX)
    assert writer.append(reading(1, 2.0).told, [], SIX) == 0
    assert [len(wal.read_segment(path).records) for path in wal.segments_of(writer.folder)] == [1]


def test_r3_a_full_disk_is_not_littered_with_a_segment_for_every_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was acknowledged stays; of three attempts that the disk refuses nothing is left, and numbers go on behind them."""
    writer = wal.Writer(tmp_path / "first", -1)
    assert writer.append(reading(0, 1.0).told, [], SIX) == 0
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        for _ in range(3):
            with pytest.raises(wal.NotKept):
                writer.append(reading(1, 2.0).told, [], SIX)
    (kept,) = wal.segments_of(writer.folder)
    assert (
        wal.read_segment(kept).records[0].last == 0
    )  # the first attempt is whole behind it, and may count: it is only not promised
    assert writer.append(reading(2, 3.0).told, [], SIX) == 2
    assert [record.last for path in wal.segments_of(writer.folder) for record in wal.read_segment(path).records] == [0, 1, 2]
