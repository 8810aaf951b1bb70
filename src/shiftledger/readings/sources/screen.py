"""May this file be read at all? Pipes, gzip and lines without end, before anything heavy is loaded (R3, R4).

A hostile file costs at most a few MiB here: this module imports nothing that is large. What comes through a pipe, compressed, or in
an encoding whose line ends are not single bytes is copied to a temporary file; of a line over 1 MiB only its beginning is kept.
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import found
from shiftledger.readings.sources.choose import is_stream, label_of, source_of, unusable

if TYPE_CHECKING:
    from shiftledger.readings.batch import Batch

LONGEST_LINE = 1 << 20  # bytes
LARGEST_FILE = 1 << 31  # bytes of text, after decompression
KEPT = 1 << 16  # of a line that is too long
BLOCK = 1 << 20
BOMB, EXPANDED = 400, 1 << 28  # deflate reaches 1030:1, tables of readings rarely 100:1
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Screened:
    """A file that may be read: what to read instead of it, how (the encoding of a copy), and its lines that were cut (line -> bytes)."""

    source: SourceFile
    label: str
    path: Path
    cut: Mapping[int, int] = field(default_factory=dict)


class _Refused(Exception):
    """The file is not read; the issue says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue


def read(plant: Plant, path: Path) -> Outcome[Batch | None]:
    """The readings of one file; None if it could not even be opened, and then nothing heavy was loaded. # R3, R4"""
    with screened(plant, path) as passed:
        if passed.result is None:
            return Outcome(None, passed.issues)
        from shiftledger.readings.sources.files import read_screened

        done = read_screened(plant, passed.result)
        return Outcome(done.result, done.issues)


@contextmanager
def screened(plant: Plant, path: Path, name: str | None = None) -> Iterator[Outcome[Screened | None]]:
    """The file, or a copy of it that lives as long as the context; None with the reasons if it may not be read. # R3, R4"""
    label = name or label_of(plant, path)
    source, issues = source_of(plant, path, label)
    issues = issues or (unusable(plant, source) if source else ())
    if source is None or issues:
        yield Outcome(None, issues)
        return
    copy: Path | None = None
    try:
        with _opened(path, label) as stream:
            passed, copy = _passed(source, label, path, stream)
        outcome: Outcome[Screened | None] = Outcome(passed)
    except _Refused as refused:
        outcome = Outcome(None, (refused.issue,))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        issue = found("R003", f"the file cannot be read ({reason})", Location(label), "Check its permissions and the disk.")
        outcome = Outcome(None, (issue,))
    try:
        yield outcome
    finally:
        if copy is not None:
            copy.unlink(missing_ok=True)


def _opened(path: Path, label: str) -> IO[bytes]:
    if str(path) == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    if not path.exists():
        raise _Refused(found("R003", "the file does not exist", Location(label), "Check the path."))
    if path.is_dir():
        raise _Refused(found("R003", "this is a folder, not a file", Location(label), "Name the files in it."))
    return open(path, "rb")


def _passed(source: SourceFile, label: str, path: Path, stream: IO[bytes]) -> tuple[Screened, Path | None]:
    """What to read: the file itself where it is a plain one, else a copy."""
    whole = is_stream(path) or not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)  # a pipe can be read only once
    here = Location(label)
    if source.format != "csv":
        if not whole:
            return Screened(source, label, path), None
        copy = _copied(_limited(_blocks(stream), here))
        return Screened(source, label, copy), copy
    first = stream.read(BLOCK)
    packed = first[:2] == GZIP
    plain = _is_plain(source.encoding)
    if not whole and not packed and plain and _lines_are_short(first, stream):
        _limit(os.fstat(stream.fileno()).st_size, here)
        return Screened(source, label, path), None
    if not whole:
        stream.seek(0)
        first = stream.read(BLOCK)
    blocks = _limited(_unpacked(first, stream, here) if packed else _blocks(stream, first), here)
    if not plain:
        blocks = _as_utf8(blocks, source, here)
    cut: dict[int, int] = {}
    header = max(source.header_row, 1) + source.header_rows - 1
    encoding = source.encoding if plain else "utf-8"
    copy = _copied(_cut(_one_line_end(blocks), cut, header, encoding, here))
    return Screened(replace(source, encoding=encoding), label, copy, cut), copy


def _is_plain(encoding: str) -> bool:
    """True where a line end and a comma are the single bytes of ASCII, as in UTF-8 and GB18030."""
    try:
        return "\n,".encode(encoding) == b"\n,"
    except (LookupError, UnicodeError):
        return True  # said when the file is read


def _lines_are_short(first: bytes, stream: IO[bytes]) -> bool:
    """False if a line of the file may be over 1 MiB. A line that long spans two blocks."""
    length = 0
    for block in _blocks(stream, first):
        ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
        if length + (min(ends) if ends else len(block)) > LONGEST_LINE:
            return False
        length = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r")) if ends else length + len(block)
    return True


# --- blocks of at most 1 MiB or so


def _blocks(stream: IO[bytes], first: bytes = b"") -> Iterator[bytes]:
    if first:
        yield first
    while block := stream.read(BLOCK):
        yield block


def _limit(size: int, here: Location) -> None:
    if size > LARGEST_FILE:
        remedy = "Split it by months, or export it as Parquet."
        raise _Refused(found("R014", f"the file holds more than {LARGEST_FILE >> 30} GiB of text", here, remedy))


def _limited(blocks: Iterator[bytes], here: Location) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        _limit(size, here)
        yield block


def _unpacked(first: bytes, stream: IO[bytes], here: Location) -> Iterator[bytes]:
    """The content of a gzip file of one or several members. # R4"""
    damaged = found("R005", "the compressed file ends early or is damaged", here, "Copy or compress it again.")
    packed = unpacked = 0
    member = zlib.decompressobj(31)
    try:
        for block in _blocks(stream, first):
            packed += len(block)
            while block:
                text = member.decompress(block, BLOCK)
                unpacked += len(text)
                if unpacked > max(EXPANDED, BOMB * packed):
                    message = f"the compressed file expands to more than {BOMB} times its size; it is not unpacked further"
                    raise _Refused(found("R014", message, here, "Unpack it, look at it, and load what it holds."))
                if text:
                    yield text
                block = member.unconsumed_tail
                if member.eof:
                    block = member.unused_data.lstrip(b"\0")  # some programs pad
                    member = zlib.decompressobj(31) if block else member
    except zlib.error:
        raise _Refused(damaged) from None
    if not member.eof:
        raise _Refused(damaged)


def _as_utf8(blocks: Iterator[bytes], source: SourceFile, here: Location) -> Iterator[bytes]:
    """Text of another encoding as UTF-8, without a byte order mark. # R3"""
    decoder: codecs.IncrementalDecoder | None = None
    line, started = 1, False
    for block in chain(blocks, (b"",)):
        decoder = decoder or codecs.getincrementaldecoder(_byte_order(source, block))()
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(source.encoding, "ignore").count("\n")
            message = f"byte 0x{error.object[error.start]:02x} is not {source.encoding}"
            remedy = f'Declare the right encoding of source "{source.id}" (gb18030, utf-16, ...).'
            raise _Refused(found("R004", message, Location(here.file, line), remedy)) from None
        except UnicodeError:
            message = f"the file is not {source.encoding}"
            remedy = f'Declare the right encoding of source "{source.id}" (gb18030, utf-16-le, ...).'
            raise _Refused(found("R004", message, here, remedy)) from None
        line += text.count("\n")
        if text and not started:
            text, started = text.removeprefix("\ufeff"), True
        yield text.encode("utf-8", "replace")


def _byte_order(source: SourceFile, first: bytes) -> str:
    """UTF-16 without a byte order mark: the order in which more line ends and delimiters are found. # R3"""
    if codecs.lookup(source.encoding).name != "utf-16" or first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return source.encoding
    even = first[: len(first) // 2 * 2]

    def signs(order: str) -> int:
        text = even.decode(order, "ignore")
        return text.count("\n") + text.count(source.delimiter)

    return max(("utf-16-le", "utf-16-be"), key=signs)


def _one_line_end(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """CRLF and CR as LF, also where two blocks meet."""
    held = b""
    for block in blocks:
        block = held + block
        held = b"\r" if block.endswith(b"\r") else b""
        yield block.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if held:
        yield b"\n"


def _cut(blocks: Iterator[bytes], cut: dict[int, int], header: int, encoding: str, here: Location) -> Iterator[bytes]:
    """The lines, of those over 1 MiB only the beginning (and their length in `cut`). # R4

    A header that long ends it, and so does a file without any row that is not.
    """
    line, length, pending = 1, 0, b""
    any_row = False  # a row that can be read: without one the file is told apart here, before anything large is loaded for it
    for block in blocks:
        end = block.find(b"\n")
        part = block if end < 0 else block[:end]
        length += len(part)
        if length <= LONGEST_LINE:
            pending += part
        else:
            if line <= header:
                message = f"line {line} is longer than 1 MiB, where the header should be"
                remedy = "This is no table with a line a row: check the file, and `format` in sources.toml."
                raise _Refused(found("R006", message, Location(here.file, line), remedy))
            cut[line] = length
            pending = (pending + part)[:KEPT].decode(encoding, "ignore").encode(encoding)
        if end < 0:
            continue
        last = block.rfind(b"\n")
        whole = pending + block[end : last + 1]
        any_row = any_row or _has_row(whole, line, header, cut)
        yield whole
        line += block.count(b"\n")
        pending = block[last + 1 :]
        length = len(pending)
    if cut and not (any_row or _has_row(pending, line, header, cut)):
        first, size = min(cut.items())
        message = f"line {first} is longer than 1 MiB ({size:,} bytes), and below the header there is no other row"
        remedy = "This is no table with a line a row: its line ends are lost, or it is no text. Export it again; nothing of it was loaded."
        raise _Refused(found("R006", message, Location(here.file, first), remedy))
    yield pending


def _has_row(lines: bytes, first: int, header: int, cut: Mapping[int, int]) -> bool:
    """True if below the header one of these lines, the first of which is line `first`, says something and is whole."""
    if lines.isspace():  # at once: a compressed file may hold a hundred million empty lines
        return False
    return any(row.strip() and at > header and at not in cut for at, row in enumerate(lines.split(b"\n"), first))


def _copied(blocks: Iterator[bytes]) -> Path:
    """The blocks in a temporary file."""
    handle, name = tempfile.mkstemp(prefix="shiftledger-")
    try:
        with os.fdopen(handle, "wb") as copy:
            copy.writelines(blocks)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
