"""A close or a load that is killed leaves a result whole or absent, and the next one finishes the work (L7, R2)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import deltalake
import pytest
import sqlalchemy as sa

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.acts import acts
from shiftledger.acts.heads import note_head
from shiftledger.api import PlantView
from shiftledger.engine import local, reopen, settle
from shiftledger.ledger import results
from shiftledger.readings import delta


class PowerCut(BaseException):
    """Nothing of the program runs on: no handler may take this for an error."""


@dataclass
class Fuse:
    """Counts the writes of a run and cuts the power before number `at` (or counts only)."""

    at: int = -1
    seen: int = 0

    def __call__(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise PowerCut


@contextmanager
def wired(fuse: Fuse, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every place where a close, an act or a load makes something last: Delta commits, statements and commits of SQL, notes, fsyncs."""

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **named: Any) -> Any:
            fuse()
            return function(*args, **named)

        return wrapped

    def statement(_c: Any, _cursor: Any, text: str, _p: Any, _context: Any, _many: bool) -> None:
        if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "BEGIN")):
            fuse()

    def committing(_connection: Any) -> None:
        fuse()

    with patch.context() as patched:
        patched.setattr(deltalake, "write_deltalake", before(deltalake.write_deltalake))
        patched.setattr(delta, "write_deltalake", before(delta.write_deltalake))
        patched.setattr(delta, "_fsync", before(delta._fsync))
        for module in (acts, local, reopen, settle):
            patched.setattr(module, "note_head", before(note_head))
        sa.event.listen(sa.Engine, "before_cursor_execute", statement)
        sa.event.listen(sa.Engine, "commit", committing)
        try:
            yield
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", statement)
            sa.event.remove(sa.Engine, "commit", committing)


def hashes(plant: PlantView) -> dict[str, str]:
    """The result hash of each day's newest seal."""
    return dict(t.rows(plant, "SELECT day, result_hash FROM seals ORDER BY seq"))


def whole(plant: PlantView) -> None:
    """Seals are whole or absent, nothing is visible twice, and verify holds."""
    assert t.findings(plant) == []
    for (day,) in t.rows(plant, "SELECT DISTINCT day FROM seals"):
        for slot in "DEN":
            view = sl.statement(plant, f"{day}.{slot}")
            assert view.ok, view.issues
            assert [one.area for one in view.statements] == ["filter", "mill"]
        keys = [row.sort_key for row in w.postings(plant, day)]
        assert len(keys) == len(set(keys))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Readings, nothing closed."""
    return w.opened(tmp_path_factory.mktemp("loaded"), days=None)


@pytest.fixture(scope="module")
def undisturbed(loaded: PlantView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    plant = t.again(loaded, tmp_path_factory.mktemp("undisturbed"))
    w.reclose(plant)
    return hashes(plant)


def writes_of(run: Callable[[], Any], patch: pytest.MonkeyPatch) -> int:
    fuse = Fuse()
    with wired(fuse, patch):
        run()
    return fuse.seen


def points(count: int, turn: int | None) -> list[int]:
    """Every write if `turn` is None; else the first, the last two, where a seal is made, and five between that change with `turn`."""
    step = -(-count // 5)
    return sorted({1, count - 1, count, *range(1 + turn % step, count + 1, step)}) if turn is not None else [*range(1, count + 1)]


EVERY = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.sweep)], ids=["some points", "every point"])


def test_samples_of_all_turns_are_every_write() -> None:
    for count in (6, 31, 200):
        sampled = [points(count, turn) for turn in range(count)]
        assert sorted({at for sample in sampled for at in sample}) == points(count, None) == [*range(1, count + 1)]
        assert max(map(len, sampled)) <= 8


def cut(run: Callable[[], Any], at: int, patch: pytest.MonkeyPatch) -> None:
    with wired(Fuse(at), patch), pytest.raises(PowerCut):
        run()


def check_close_killed(
    plant: PlantView, folder: Path, expected: dict[str, str], patch: pytest.MonkeyPatch, turn: int | None
) -> None:
    """Kill a close at its writes, one after the other, each time in a copy of `plant`."""
    count = writes_of(lambda: w.reclose(t.again(plant, folder / "count")), patch)
    assert count > 30, "results of four tables, with files and folders to be made safe, then the seals"
    before = hashes(plant)
    for at in points(count, turn):
        own = t.again(plant, folder / str(at))
        cut(lambda plant=own: sl.close(plant, w.DAY, w.NEXT_DAY), at, patch)
        assert hashes(own) in (before, expected), f"half a close after write {at}"
        whole(own)
        assert sl.close(own, w.DAY, w.NEXT_DAY).ok
        assert hashes(own) == expected
        whole(own)


@EVERY
def test_l7_a_first_close_killed_at_any_write_is_whole_or_absent(
    loaded: PlantView, undisturbed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, every: bool
) -> None:
    check_close_killed(loaded, tmp_path, undisturbed, monkeypatch, None if every else turn)


@EVERY
def test_l7_a_close_of_late_results_killed_at_any_write_is_whole_or_absent(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, every: bool
) -> None:
    plant = t.again(loaded, tmp_path / "late")
    w.reclose(plant)
    w.load(plant, w.LATE)
    other = t.again(plant, tmp_path / "undisturbed")
    w.reclose(other)
    assert hashes(other) != hashes(plant)
    check_close_killed(plant, tmp_path, hashes(other), monkeypatch, None if every else turn)


@EVERY
def test_l7_restoring_lost_results_killed_at_any_write_leaves_no_row_twice(
    loaded: PlantView, undisturbed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, every: bool
) -> None:
    plant = t.again(loaded, tmp_path / "closed")
    w.reclose(plant)
    for table in results.TABLES[:2]:
        deltalake.DeltaTable(str(plant.state_folder / "results" / table)).delete("day = '2026-03-31'")
    count = writes_of(lambda: w.reclose(t.again(plant, tmp_path / "count")), monkeypatch)
    for at in points(count, None if every else turn):
        own = t.again(plant, tmp_path / str(at))
        cut(lambda plant=own: sl.close(plant, w.DAY, w.NEXT_DAY), at, monkeypatch)
        w.reclose(own)
        assert hashes(own) == undisturbed
        whole(own)


@EVERY
def test_r2_l7_a_load_killed_at_any_write_is_whole_or_absent(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, every: bool
) -> None:
    plant = t.again(loaded, tmp_path / "closed")
    w.reclose(plant)

    def late(plant: PlantView) -> None:
        w.load(plant, w.LATE)

    undisturbed = t.again(plant, tmp_path / "undisturbed")
    late(undisturbed)
    records = t.rows(undisturbed, "SELECT seq, id, known_at, rows, hash FROM batches")
    w.reclose(undisturbed)
    count = writes_of(lambda: late(t.again(plant, tmp_path / "count")), monkeypatch)
    assert count > 5
    for at in points(count, None if every else turn):
        own = t.again(plant, tmp_path / str(at))
        cut(lambda plant=own: sl.load(plant, [plant.folder / w.LATE], known_at=w.SOON), at, monkeypatch)
        pending = [line for line in t.findings(own) if "R031" in line]
        assert t.findings(own) == pending, "at most a batch that the next load registers"
        assert sl.statement(own, w.SHIFT).ok
        late(own)
        assert t.rows(own, "SELECT seq, id, known_at, rows, hash FROM batches") == records
        assert t.findings(own) == []
        w.reclose(own)
        assert hashes(own) == hashes(undisturbed)
        whole(own)


@pytest.mark.parametrize("kind", ["decision", "reopen", "settle"])
def test_r5_an_act_killed_at_any_write_is_whole_or_absent(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    plant = t.again(loaded, tmp_path / "closed")
    w.reclose(plant)
    if kind == "reopen":
        w.settle(plant)
    before = len(t.rows(plant, "SELECT seq FROM acts"))
    bodies = {"settle": {"month": "2026-03"}, "reopen": {"month": "2026-03", "reason": "x"}, "decision": {"about": t.ADDRESS}}
    body = bodies[kind]

    def decide(plant: PlantView) -> None:
        assert sl.act(plant, kind, *t.CONTROLLER, body).ok

    count = writes_of(lambda: decide(t.again(plant, tmp_path / "count")), monkeypatch)
    for at in range(1, count + 1):
        own = t.again(plant, tmp_path / str(at))
        cut(lambda plant=own: decide(plant), at, monkeypatch)
        whole(own)
        if len(t.rows(own, "SELECT seq FROM acts")) == before:
            decide(own)
        assert len(t.rows(own, "SELECT seq FROM acts")) == before + 1
        whole(own)


def test_l7_a_close_that_cannot_write_says_so_and_seals_nothing(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = t.again(loaded, tmp_path)

    def full(*_args: Any, **_named: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(deltalake, "write_deltalake", full)
        done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert [(issue.code, issue.message) for issue in done.issues if issue.severity == "error"] == [
        ("L015", "the results cannot be written: [Errno 28] No space left on device")
    ]
    assert t.rows(plant, "SELECT * FROM seals") == []
    w.reclose(plant)
    whole(plant)


# Really killed.

CLOSE = (
    "import sys, shiftledger as sl; p = sl.open(sys.argv[1]); print('go', flush=True); sl.close(p, '2026-03-31', '2026-04-01')"
)
LOAD = (
    "import sys, shiftledger as sl; p = sl.open(sys.argv[1]); print('go', flush=True); "
    "sl.load(p, [p.folder / 'late/filter-slurry.csv'], known_at='2026-04-02T12:00:00+02:00')"
)


def killed(script: str, plant: PlantView, after: float) -> bool:
    """Run a script and kill it `after` seconds from its start of work; True if it was still running."""
    environment = os.environ | t.IMPORTABLE
    with subprocess.Popen([sys.executable, "-c", script, str(plant.folder)], stdout=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"go\n"
        time.sleep(after)
        alive = running.poll() is None
        running.send_signal(signal.SIGKILL)
    return alive


@pytest.mark.parametrize("tries", [3, pytest.param(10, marks=pytest.mark.sweep)])
def test_l7_a_close_killed_by_the_system_is_whole_or_absent(
    loaded: PlantView, undisturbed: dict[str, str], tmp_path: Path, tries: int
) -> None:
    chance = random.Random(tries)
    for number in range(tries):
        own = t.again(loaded, tmp_path / str(number))
        killed(CLOSE, own, chance.uniform(0.1, 0.7))
        assert hashes(own) in ({}, undisturbed)
        whole(own)
        w.reclose(own)
        assert hashes(own) == undisturbed
        whole(own)


@pytest.mark.parametrize("tries", [3, pytest.param(10, marks=pytest.mark.sweep)])
def test_r2_l7_a_load_killed_by_the_system_is_whole_or_absent(loaded: PlantView, tmp_path: Path, tries: int) -> None:
    chance = random.Random(tries)
    for number in range(tries):
        own = t.again(loaded, tmp_path / str(number))
        killed(LOAD, own, chance.uniform(0.1, 0.6))
        w.load(own, w.LATE)
        assert t.rows(own, "SELECT source, rows FROM batches WHERE seq = 3") == [("late/filter-slurry.csv", 8)]
        w.reclose(own)
        whole(own)
        assert w.statement(own, "filter").value == 308_600
