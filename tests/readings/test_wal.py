"""DESIGN, "Live batches": a torn tail ends at the last whole record, damage costs only what it hits, a failing disk acknowledges nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.ipc as ipc
import pytest

from shiftledger.readings import wal
from shiftledger.readings.sources.live import Message, NotKept, Refused, Told, sound

TOLD = Told("FT-1", 1_772_000_000_000_000, 1.5, "1.5", 0, -1, "http:a#1")


def three(folder: Path) -> tuple[Path, list[int]]:
    """A segment of three records of two rows each, and where each of them ends."""
    writer = wal.Writer(folder, -1)
    ends = []
    for i in range(3):
        last = writer.append([TOLD], [Refused("http:a#2", "x", "no reading")], arrived=1000 + i)
        assert last == 2 * i + 1
        (path,) = wal.segments_of(folder)
        ends.append(path.stat().st_size)
    return path, ends


def test_a_segment_is_an_ipc_stream_that_any_program_reads(tmp_path: Path) -> None:
    path, _ = three(tmp_path / "live" / "a")
    table = ipc.open_stream(path).read_all()
    assert table.num_rows == 6
    assert table.column("tag").to_pylist() == ["FT-1", None] * 3
    assert table.column("reason").to_pylist() == [None, "no reading"] * 3


def test_a_torn_tail_ends_at_the_last_whole_record_wherever_it_was_cut(tmp_path: Path) -> None:
    path, ends = three(tmp_path / "live" / "a")
    whole = path.read_bytes()
    for cut in range(ends[1], ends[2]):
        found = wal.whole_records(path, whole[:cut])
        assert ([record.arrived for record in found.records], found.damaged) == ([1000, 1001], ()), cut
    for cut in range(0, ends[0], 7):  # also where not even the schema is whole
        assert wal.whole_records(path, whole[:cut]).records == (), cut


def test_a_flipped_bit_costs_the_record_that_it_hits_and_no_other(tmp_path: Path) -> None:
    path, ends = three(tmp_path / "live" / "a")
    whole = path.read_bytes()
    for at in range(ends[0], ends[1]):
        bent = bytearray(whole)
        bent[at] ^= 1 << (at % 8)
        found = wal.whole_records(path, bytes(bent))
        assert [record.arrived for record in found.records] == [1000, 1002], at
        assert found.damaged == ((ends[0], ends[1]),), at
    for at in range(ends[0]):  # of the schema or of the first record: the others stand
        bent = bytearray(whole)
        bent[at] ^= 0x10
        assert [record.arrived for record in wal.whole_records(path, bytes(bent)).records][-2:] == [1001, 1002], at


def test_a_damaged_last_record_is_said_a_torn_one_is_not(tmp_path: Path) -> None:
    path, ends = three(tmp_path / "live" / "a")
    whole = bytearray(path.read_bytes())
    whole[-5] ^= 1
    path.write_bytes(whole)
    assert wal.read_segment(path).damaged == ((ends[1], ends[2]),)


def test_rows_are_numbered_on_over_writers_segments_and_the_lake(tmp_path: Path) -> None:
    folder = tmp_path / "live" / "a"
    three(folder)
    again = wal.Writer(folder, 3)
    assert again.append([TOLD], [], 5) == 6
    assert [path.name for path in wal.segments_of(folder)] == ["0000000001.arrows", "0000000002.arrows"]
    for path in wal.segments_of(folder):
        path.unlink()
    assert wal.Writer(folder, 40).append([TOLD], [], 5) == 41


def test_what_the_disk_does_not_take_is_not_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "live" / "a"
    writer = wal.Writer(folder, -1)
    writer.append([TOLD], [], 1)
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotKept, match="No space left"):
        writer.append([TOLD], [], 2)
    with pytest.raises(NotKept, match="No space left"):  # also where not even a new segment can be begun
        writer.append([TOLD], [], 3)
    monkeypatch.setattr(os, "fsync", real)
    last = writer.append([TOLD], [], 4)
    kept = [record for path in wal.segments_of(folder) for record in wal.read_segment(path).records]
    assert kept[0].arrived == 1
    assert (kept[-1].arrived, kept[-1].last) == (4, last)
    assert len({record.first for record in kept}) == len(kept)  # no number twice, also of what was not acknowledged


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal, "LIMIT", 3000)
    writer = wal.Writer(tmp_path / "live" / "a", -1)
    writer.append([TOLD], [], 1)
    with pytest.raises(NotKept, match="too much waits"):
        for _ in range(9):
            writer.append([TOLD], [], 1)
    assert wal.waiting_bytes(tmp_path / "live" / "a") <= 3000


def test_a_full_segment_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal, "SEGMENT", 1500)
    writer = wal.Writer(tmp_path / "live" / "a", -1)
    for _ in range(4):
        writer.append([TOLD], [], 1)
    segments = wal.segments_of(tmp_path / "live" / "a")
    assert len(segments) > 1
    assert [r.first for path in segments for r in wal.read_segment(path).records] == [0, 1, 2, 3]


def test_one_program_at_a_time_holds_the_folder_and_a_killed_one_gives_it_up(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from shiftledger.readings.wal import held\n"
        f"with held(Path({str(tmp_path)!r})) as got:\n    print(got, flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    with wal.held(tmp_path) as got:
        assert not got
    other.kill()
    other.wait()
    with wal.held(tmp_path) as got:
        assert got


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (Told("x" * 2_000_000, 0, 1.0, "1", 0), "more than 1000 characters"),
        (Told("a", -1 << 62, 1.0, "1", 0), "not between 1900 and 2200"),
        (Told("a", 10**30, 1.0, "1", 0), "not between 1900 and 2200"),
        (Told("a", 0, 1.0, "1", 7), "quality 7"),
        (Told("a", 0, 1.0, "1", 0, 1 << 70), "not a whole number"),
        (Told("a", 0, None, " ", 0), "no value"),
    ],
)
def test_what_no_file_can_hold_is_refused(one: Told, reason: str) -> None:
    kept = sound(Message((TOLD, one)))
    assert kept.told == (TOLD,)
    assert reason in kept.refused[0].reason
    assert len(kept.refused[0].text) < 1100


def test_half_characters_can_be_kept(tmp_path: Path) -> None:
    message = sound(Message((Told("\ud800\0", 0, 1.0, "1", 0),), (Refused("a", "\udfff", "no"),)))
    wal.Writer(tmp_path / "live" / "a", -1).append(message.told, message.refused, 1)
    (segment,) = wal.segments_of(tmp_path / "live" / "a")
    assert wal.read_segment(segment).records[0].rows.column("tag").to_pylist() == ["??", None]


def test_a_segment_of_erased_bytes_is_passed_over_at_once(tmp_path: Path) -> None:
    """A flash disk tears to FF, the bytes with which a record begins: a million of them, between two whole records."""
    writer = wal.Writer(tmp_path / "a", -1)
    writer.append([TOLD], [], 1)
    (path,) = wal.segments_of(tmp_path / "a")
    one = path.read_bytes()
    record = one[len(wal.HEAD) :]
    began = time.process_time()
    segment = wal.whole_records(path, one + b"\xff" * 1_000_000 + record)
    assert (len(segment.records), segment.damaged) == (2, ((len(one), len(one) + 1_000_000),))
    assert time.process_time() - began < 10
