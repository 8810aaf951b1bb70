"""A program that is killed at any of its writes leaves a seal whole or absent; one whose disk is full says so (L7, R2, R5).

Every write of every scenario: `python bench/crash.py`. Here some of them, spread over the run, and others whenever the program changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cuts import FULL, KILLED, READ_ONLY, TORN, Cutter, compiled, cutter
from engine.replays import SCENARIOS, Scenario, replayed, told_live
from shiftledger.readings.delta import reason

NAMES = {1: "killed", 2: "torn", 3: "full", 4: "read-only"}


@pytest.fixture(scope="module")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cutter]:
    library = compiled(tmp_path_factory.mktemp("cut"))
    if library is None:
        pytest.skip("needs Linux and a C compiler")
    with cutter(library) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_l7_killed_at_some_writes_everything_is_there_or_nothing_is(
    cuts: Cutter, tmp_path: Path, scenario: Scenario, turn: int
) -> None:
    stood = [what for _, _, what in replayed(cuts, tmp_path, scenario, (KILLED,), 60, turn)]
    assert stood
    assert set(stood) <= {"absent", "whole"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", [TORN, FULL, READ_ONLY], ids=NAMES.get)
def test_l7_a_close_with_a_torn_write_or_without_room_is_whole_or_absent(
    cuts: Cutter, tmp_path: Path, mode: int, turn: int
) -> None:
    (scenario,) = [one for one in SCENARIOS if one.name == "first close"]
    assert [what for _, _, what in replayed(cuts, tmp_path, scenario, (mode,), 90, turn)]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [KILLED, TORN, FULL], ids=NAMES.get)
def test_r3_what_was_acknowledged_is_kept(cuts: Cutter, tmp_path: Path, mode: int, turn: int) -> None:
    assert [what for _, _, what in told_live(cuts, tmp_path, (mode,), 9, turn)]


FULL_DISK, LOCKED = "No space left on device (os error 28)", "Read-only file system (os error 30)"
LOST = "Object at location a.json not found: No such file or directory (os error 2)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Generic LocalFileSystem error\n  \x1b[31m↳\x1b[0m Unable to rename file\n   ↳ {FULL_DISK}\n", FULL_DISK),
        (f"Failed to parse parquet: External: Unable to open file part-0.parquet#1: {LOCKED}", LOCKED),
        ("[Errno 28] No space left on device", "[Errno 28] No space left on device"),
        (LOST, LOST),
        ("", "OSError"),
    ],
)
def test_l7_what_the_disk_says_is_what_the_issue_says(text: str, said: str) -> None:
    assert reason(OSError(text)) == said
