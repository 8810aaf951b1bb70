"""What was told live and is not in the lake yet: the write-ahead files of a source (DESIGN, "Live batches"; R3, R4).

A source has a folder of segments, each an Arrow IPC stream of record batches; a message is acknowledged when its record batch is appended
and synchronised. Every record carries its length, a checksum, the number of its first row and when it arrived, so that a torn tail ends
at the last whole record, and damage in the middle costs no record but the damaged one. One program writes; any number reads meanwhile.
A segment that is folded into the lake is deleted by who holds the lock.
"""

from __future__ import annotations

import os
import re
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc as ipc

from shiftledger.readings.sources.live import NotKept, Refused, Told

FOLDER = "live"  # below the state folder: one folder a source
SUFFIX = ".arrows"
_COLUMNS: list[Any] = [
    pa.field("address", pa.string()),
    pa.field("tag", pa.string()),
    pa.field("ts", pa.int64()),
    pa.field("value", pa.float64()),
    pa.field("text", pa.string()),
    pa.field("quality", pa.int8()),
    pa.field("revision", pa.int64()),
    pa.field("reason", pa.string()),  # of what cannot be read as a reading; null: a reading
]
SCHEMA = pa.schema(_COLUMNS)
SEGMENT = 64 << 20  # bytes of one segment
LIMIT = 1 << 30  # bytes of a source that wait; more is not acknowledged
MARK = re.compile(
    rb"shiftledger-1:([0-9a-f]{16}):([0-9a-f]{8}):([0-9a-f]{16}):([0-9a-f]{16})"
)  # length, checksum, first row, arrival
NO_SUM = b"0" * 8
PREFIX = b"\xff\xff\xff\xff"
DESCRIPTION = 4096  # bytes of a record's description at most


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of one record: `rows` in SCHEMA, numbered from `first` on over the life of the source; `arrived`: UTC microseconds."""

    first: int
    arrived: int
    rows: pa.RecordBatch

    @property
    def last(self) -> int:
        return self.first + self.rows.num_rows - 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it was read: its whole records, and the damaged bytes (from, to) that were passed over; a torn tail is none."""

    path: Path
    records: tuple[Record, ...]
    damaged: tuple[tuple[int, int], ...] = ()
    size: int = 0

    @property
    def is_unchanged(self) -> bool:
        """True if nothing was appended since it was read."""
        try:
            return self.path.stat().st_size == self.size
        except FileNotFoundError:
            return False


# --- writing


class Writer:
    """Appends records to a source's newest segment; `folder` is held by this program alone (`held`).

    `after`: number of the last row that the lake has of the source; new rows are numbered behind it and behind everything that waits.
    """

    def __init__(self, folder: Path, after: int) -> None:
        self.folder = folder
        segments = [read_segment(path) for path in segments_of(folder)]
        self.following = max((after, *(record.last for one in segments for record in one.records))) + 1
        self._file: IO[bytes] | None = None
        self._size = 0

    def append(self, told: Sequence[Told], refused: Sequence[Refused], arrived: int) -> int:
        """One record, on disk when this returns; the number of its last row. NotKept where the disk does not take it, or too much waits.

        After a failure the next record begins a new segment: what is half there is passed over by every reader.
        """
        first, count = self.following, len(told) + len(refused)
        record = _framed(rows_of(told, refused), first, arrived)
        if waiting_bytes(self.folder) + len(record) > LIMIT:
            raise NotKept("too much waits to be folded into the lake")
        try:
            if self._file is None or self._size + len(record) > SEGMENT:
                self._begin()
            assert self._file is not None
            self.following += count  # also if it fails: no number is used twice
            self._file.write(record)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._size += len(record)
        except OSError as error:
            empty = self._file if self._size <= len(HEAD) else None
            self.rotate()
            if empty is not None:  # else a full disk gets one more of them with every attempt of a sender
                with suppress(OSError):
                    Path(empty.name).unlink()
            raise NotKept(error.strerror or type(error).__name__) from error
        return first + count - 1

    def rotate(self) -> None:
        """The next record begins a new segment: everything before can be folded and deleted."""
        if self._file is not None:
            with suppress(OSError):  # a full disk may complain again; what was acknowledged is there
                self._file.close()
        self._file, self._size = None, 0

    def _begin(self) -> None:
        self.rotate()
        _make(self.folder)  # only here, so that a disk that is full at the start is tried again with every record
        numbers = [int(path.stem.partition(".")[0]) for path in self.folder.iterdir() if path.stem[:10].isdigit()]
        path = self.folder / f"{max(numbers, default=0) + 1:010d}{SUFFIX}"
        self._file = path.open("xb")
        self._size = self._file.write(HEAD)
        self._file.flush()
        os.fsync(self._file.fileno())
        sync_folder(self.folder)


def rows_of(told: Sequence[Told], refused: Sequence[Refused]) -> pa.RecordBatch:
    """Readings, then what is refused, as rows."""
    rows = [(t.address, t.tag, t.ts, t.value, t.text, t.quality, t.revision, None) for t in told]
    rows += [(r.address, None, None, None, r.text, None, None, r.reason) for r in refused]  # type: ignore[misc]
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.record_batch([pa.array(list(c), f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _framed(rows: pa.RecordBatch, first: int, arrived: int) -> bytes:
    """A record batch as an IPC message that carries its own length and checksum."""
    sink = BytesIO()
    with ipc.new_stream(sink, SCHEMA) as stream:
        stream.write_batch(rows, custom_metadata={b"record": b"shiftledger-1:%016x:%s:%016x:%016x" % (0, NO_SUM, first, arrived)})
        record = bytearray(sink.getvalue()[len(HEAD) :])
    mark = MARK.search(record)
    assert mark is not None
    (start, end), checksum = mark.span(1), mark.span(2)
    record[start:end] = b"%016x" % len(record)
    record[slice(*checksum)] = b"%08x" % zlib.crc32(record)
    return bytes(record)


def _head() -> bytes:
    sink = BytesIO()
    ipc.new_stream(sink, SCHEMA).close()
    return sink.getvalue()[:-8]  # without the end of the stream: a record follows


HEAD = _head()


# --- reading


def folders(state_folder: Path) -> tuple[Path, ...]:
    """The folders of all sources of which something may wait, by name."""
    base = state_folder / FOLDER
    return tuple(sorted(path for path in base.iterdir() if path.is_dir())) if base.is_dir() else ()


def segments_of(folder: Path) -> tuple[Path, ...]:
    """The segments of a source, oldest first."""
    return tuple(sorted(folder.glob(f"*{SUFFIX}"))) if folder.is_dir() else ()


def waiting_bytes(folder: Path) -> int:
    """Bytes of all segments of a source."""
    total = 0
    for path in segments_of(folder):
        with suppress(FileNotFoundError):  # folded meanwhile
            total += path.stat().st_size
    return total


def read_segment(path: Path) -> Segment:
    """The whole records of a segment, in order; none if it was deleted meanwhile."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Segment(path, ())
    return whole_records(path, content)


def whole_records(path: Path, content: bytes) -> Segment:
    """The whole records in the bytes of a segment."""
    records: list[Record] = []
    damaged: list[tuple[int, int]] = []
    at = _head_end(content)
    while at < len(content):
        found = _record_at(content, at)
        if found is None:
            behind = next((i for i in _places(content, at + 1) if _record_at(content, i) is not None), None)
            if behind is None:
                if _is_complete(content, at):
                    damaged.append((at, len(content)))
                break
            damaged.append((at, behind))
            at = behind
            continue
        record, at = found
        records.append(record)
    return Segment(path, tuple(records), tuple(damaged), len(content))


def _head_end(content: bytes) -> int:
    """Where the first record can stand: behind the schema, or at the first place that looks like one where that is damaged."""
    end = _message_end(content, 0)
    if content[:4] == PREFIX and end is not None and MARK.search(content, 0, end) is None:
        return min(end, len(content))
    return next(_places(content, 0), len(content))


def _message_end(content: bytes, at: int) -> int | None:
    """Where the description of the IPC message at `at` ends; None where there is none."""
    if content[at : at + 4] != PREFIX or at + 8 > len(content):
        return None
    return int(at + 8 + struct.unpack_from("<I", content, at + 4)[0])


def _mark_at(content: bytes, at: int) -> re.Match[bytes] | None:
    end = _message_end(content, at)
    return MARK.search(content, at, end) if end is not None and end - at <= DESCRIPTION else None


def _record_at(content: bytes, at: int) -> tuple[Record, int] | None:
    """The whole record that begins at `at` and where it ends; None if there is none. Nothing of it is used before its checksum fits."""
    mark = _mark_at(content, at)
    if mark is None:
        return None
    end = at + int(mark[1], 16)
    if not mark.end() <= end <= len(content):
        return None
    whole = memoryview(content)[at:end]
    checksum = zlib.crc32(whole[: mark.start(2) - at])
    checksum = zlib.crc32(whole[mark.end(2) - at :], zlib.crc32(NO_SUM, checksum))
    if checksum != int(mark[2], 16):
        return None
    rows = ipc.read_record_batch(ipc.read_message(pa.py_buffer(whole)), SCHEMA)
    return Record(int(mark[3], 16), int(mark[4], 16), rows), end


def _places(content: bytes, start: int) -> Iterator[int]:
    """Places from `start` on where a record may begin."""
    at = content.find(PREFIX, start)
    while at >= 0:
        if _mark_at(content, at) is not None:
            yield at
        at = content.find(PREFIX, at + 1)


def _is_complete(content: bytes, at: int) -> bool:
    """True if what stands at the end is as long as a record says: it is damaged, not torn."""
    mark = _mark_at(content, at)
    return mark is not None and at + int(mark[1], 16) <= len(content)


# --- who may write


@contextmanager
def held(state_folder: Path) -> Iterator[bool]:
    """Hold the live folder of a state: True inside if no other program does; given up at the end, also by a program that is killed."""
    base = state_folder / FOLDER
    _make(base)
    with (base / "lock").open("a+b") as file:
        got = _locked(file)
        try:
            yield got
        finally:
            if got:
                _unlocked(file)


def _locked(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unlocked(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


# --- folders on disk


def _make(folder: Path) -> None:
    """The folder, with its name on disk in every folder above that did not exist."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(missing):
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """The names in a folder on disk. Windows opens no folder; its file system journals names itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
