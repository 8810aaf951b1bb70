"""R3, R4: encodings, headers, thousands, pipes, gzip and lines without end."""

from __future__ import annotations

import gzip
import os
import random
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from readings.small import LONG, at, file, messages, plant, rows_of, wide
from shiftledger.plant.model import SourceFile
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.screen import LONGEST_LINE

HEAD = "time,tag,value\n"
ROWS = "2026-01-04 06:00,FT-1,1\n2026-01-04 07:00,FT-1,2\n"
FIRST = at("2026-01-04 05:00")


def read(path: Path, source: SourceFile = LONG) -> tuple[list[tuple[int, float, int]], list[str]]:
    """((instant, value, line) of every reading, issue lines)."""
    found = read_file(plant(source), path)
    return [(row[1], row[2], row[5]) for row in rows_of(found.result)], messages(found.issues)


PLAIN = ([(FIRST, 1.0, 2), (FIRST + 3_600_000_000, 2.0, 3)], list[str]())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-16", "utf-16-be"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp037", "cp037"),
    ],
)
def test_r3_declared_encodings(tmp_path: Path, encoding: str, written: str, end: str) -> None:
    text = (HEAD.replace("value", "value,备注" if encoding != "cp037" else "value,note") + ROWS.replace("\n", ",x\n")).replace(
        "\n", end
    )
    assert read(file(tmp_path, text.encode(written)), replace(LONG, encoding=encoding)) == PLAIN


def test_r4_bytes_that_are_not_the_declared_encoding_are_located(tmp_path: Path) -> None:
    half = (HEAD + ROWS).encode("utf-16-le") + b"\x00\xd8\x41\x00"  # half a surrogate pair
    assert read(file(tmp_path, half), replace(LONG, encoding="utf-16-le"))[1] == [
        "a.csv:4: error R004: byte 0x00 is not utf-16-le"
    ]
    odd = (HEAD + ROWS).encode("utf-16-le")[:-1]
    assert read(file(tmp_path, odd), replace(LONG, encoding="utf-16-le"))[1][0].startswith("a.csv:3: error R004")


def test_r3_a_header_below_a_title(tmp_path: Path) -> None:
    path = file(tmp_path, "Plant 7;;\nprinted 2026-01-05;;\n" + (HEAD + ROWS).replace(",", ";"))
    rows, issues = read(path, replace(LONG, delimiter=";", header_row=3))
    assert (rows, issues) == ([(ts, value, line + 2) for ts, value, line in PLAIN[0]], [])


def test_r3_a_header_of_two_lines(tmp_path: Path) -> None:
    path = file(tmp_path, "time,Line 1,Line 1\n,flow,level\n2026-01-04 06:00,3,4\n")
    source = wide(header_rows=2)
    source = replace(source, columns=(("Line 1 / flow", "FT-1"), ("Line 1 / level", "LT-1")))
    assert read(path, source) == ([(FIRST, 3.0, 3), (FIRST, 4.0, 3)], [])


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        (replace(LONG, header_row=4), HEAD + ROWS, "a.csv:4: error R006: line 4 is missing, where the header should be"),
        (replace(LONG, header_row=2), "a\n\n" + HEAD, "a.csv:2: error R006: line 2 is blank, where the header should be"),
        (replace(LONG, header_row=2), HEAD + ROWS, 'a.csv:2: error R007: the columns "time", "tag", "value" are not in the file'),
    ],
)
def test_r4_a_header_that_is_not_there(tmp_path: Path, source: SourceFile, text: str, message: str) -> None:
    assert read(file(tmp_path, text), source)[1][0] == message


@pytest.mark.parametrize(
    ("thousands", "decimal", "cell", "value"),
    [
        (",", ".", '"1,234,567.5"', 1_234_567.5),
        (",", ".", "12.5", 12.5),
        (",", ".", '"-1,234"', -1234.0),
        (".", ",", '"1.234,5"', 1234.5),
        ("'", ".", "1'234.5", 1234.5),
        ("space", ",", '"1 234,5"', 1234.5),
        ("space", ",", '"1\u00a0234\u202f567,5"', 1_234_567.5),
    ],
)
def test_r3_signs_between_thousands(tmp_path: Path, thousands: str, decimal: str, cell: str, value: float) -> None:
    source = replace(LONG, thousands=thousands, decimal=decimal)
    assert read(file(tmp_path, f"{HEAD}2026-01-04 06:00,FT-1,{cell}\n"), source) == ([(FIRST, value, 2)], [])


@pytest.mark.parametrize(
    ("thousands", "decimal", "cell"), [(",", ".", "1,23"), (",", ".", "1234,567"), (".", ",", "1.5"), (",", ".", ",123")]
)
def test_r4_groups_that_are_not_of_three_digits(tmp_path: Path, thousands: str, decimal: str, cell: str) -> None:
    source = replace(LONG, thousands=thousands, decimal=decimal)
    rows, issues = read(file(tmp_path, f'{HEAD}2026-01-04 06:00,FT-1,"{cell}"\n'), source)
    assert (rows, [issue.partition(":")[2][:22] for issue in issues]) == ([], ["2: warning R022: value"])
    if cell[0] != ",":
        assert "groups of three digits" in issues[0]


@pytest.mark.parametrize(
    ("system", "cell", "moment"),
    [
        ("serial-1900", "46026.25", "2026-01-04 05:00"),
        ("serial-1904", "44564.25", "2026-01-04 05:00"),
        ("serial-1900", "46026.260416666664", "2026-01-04 05:15"),
        ("serial-1900", "61", "1900-02-28 23:00"),
    ],
)
def test_r3_days_as_a_spreadsheet_counts_them(tmp_path: Path, system: str, cell: str, moment: str) -> None:
    source = replace(LONG, time_format=system)
    assert read(file(tmp_path, f"{HEAD}{cell},FT-1,1\n"), source) == ([(at(moment), 1.0, 2)], [])
    for wrong in ("60.5", "x", "2026-01-04"):
        rows, issues = read(file(tmp_path, f"{HEAD}{wrong},FT-1,1\n"), replace(LONG, time_format="serial-1900"))
        assert (rows, "R021" in issues[0]) == ([], True)


def test_r3_date_and_clock_in_two_columns(tmp_path: Path) -> None:
    path = file(tmp_path, "day,clock,tag,value\n2026-01-04,06:00,FT-1,1\n2026-01-04,,FT-1,2\n")
    source = replace(LONG, time="day", clock="clock")
    assert read(path, source) == ([(FIRST, 1.0, 2)], ["a.csv:3: warning R021: the row has no time"])


# --- pipes and hostile files


def through_a_pipe(folder: Path, blocks: Iterable[bytes], name: str = "pipe.csv") -> Path:
    """A named pipe into which a thread writes until nobody reads."""
    path = folder / name
    os.mkfifo(path)

    def write() -> None:
        try:
            with path.open("wb") as stream:
                stream.writelines(blocks)
        except BrokenPipeError:
            return

    threading.Thread(target=write, daemon=True).start()
    return path


def test_r3_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    assert read(through_a_pipe(tmp_path, [HEAD.encode(), ROWS[:30].encode(), ROWS[30:].encode()])) == PLAIN


def test_r4_an_endless_line_through_a_pipe_ends_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    path = through_a_pipe(tmp_path, (b"x" * 65536 for _ in range(1 << 20)))  # 64 GiB
    assert read(path) == ([], ["pipe.csv:1: error R006: line 1 is longer than 1 MiB, where the header should be"])
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("packed", [False, True])
def test_r4_a_long_line_waits_and_the_others_load(tmp_path: Path, packed: bool) -> None:
    lines = ROWS.splitlines()
    text = f"{HEAD}{lines[0]}\n2026-01-04 06:30,FT-1,{'é' * (2 << 20)}\n{lines[1]}\n".encode()
    found = read_file(plant(), file(tmp_path, gzip.compress(text) if packed else text))
    assert [row[5] for row in rows_of(found.result)] == [2, 4]
    (name, line, kept, reason) = found.result.rejected[0]
    assert (name, line, reason) == ("a.csv", 3, f"the line is longer than 1 MiB ({(4 << 20) + 22:,} bytes)")
    assert kept.startswith("2026-01-04 06:30,FT-1,éé")
    assert len(kept) <= 1 << 16


@pytest.mark.parametrize("seed", range(8))
def test_r4_cutting_lines_keeps_lines_and_numbers(tmp_path: Path, seed: int) -> None:
    """Lines of random length, with any line end, around the block size: what is short stays, what is long is cut, by number."""
    pick = random.Random(seed)
    sizes = [pick.choice([0, 5, 1000, LONGEST_LINE - 30, LONGEST_LINE + 5, 3 * LONGEST_LINE]) for _ in range(12)]
    end = pick.choice(["\n", "\r\n", "\r"])
    lines = [f"2026-01-04 06:{i:02d},FT-1,{i}{'' if not size else ' ' * size}" for i, size in enumerate(sizes)]
    path = through_a_pipe(tmp_path, [(HEAD + "\n".join(lines) + "\n").replace("\n", end).encode()])
    found = read_file(plant(), path)
    long = [i + 2 for i, line in enumerate(lines) if len(line) > LONGEST_LINE]
    assert [row[5] for row in rows_of(found.result)] == [i + 2 for i in range(12) if i + 2 not in long]
    assert [row[1] for row in found.result.rejected] == long


def test_r4_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = (ROWS * 40_000).encode()
    packed = packer.compress(HEAD.encode()) + b"".join(packer.compress(b"\n" * len(block)) for _ in range(160)) + packer.flush()
    found = read(file(tmp_path, packed, "bomb.csv.gz"), replace(LONG, match="*"))
    assert found == (
        [],
        ["bomb.csv.gz: error R014: the compressed file expands to more than 400 times its size; it is not unpacked further"],
    )


def test_r3_gzip_members_follow_each_other(tmp_path: Path) -> None:
    assert read(file(tmp_path, gzip.compress(HEAD.encode()) + gzip.compress(ROWS.encode()) + b"\0" * 9)) == PLAIN


def test_r4_bytes_that_are_no_text_in_one_line(tmp_path: Path) -> None:
    rows, issues = read(file(tmp_path, HEAD.encode() + b"2026-01-04 06:00,FT-1,1\n\0\0\0\0\n2026-01-04 07:00,FT-1,2\n"))
    assert [line for _, _, line in rows] == [2, 4]
    assert issues == ["a.csv:3: warning R020: the line holds bytes that are no text (NUL), as a crash leaves them"]


def test_r3_a_pipe_without_a_name_is_of_the_only_source(tmp_path: Path) -> None:
    path = file(tmp_path, HEAD + ROWS)
    held = os.open(path, os.O_RDONLY)
    try:
        assert read(Path(f"/dev/fd/{held}")) == PLAIN
        two = replace(plant(), sources={"a": LONG, "b": replace(LONG, id="b", match="b*")})
        issue = read_file(two, Path(f"/dev/fd/{held}")).issues[0]
    finally:
        os.close(held)
    assert issue.code == "R001"
    assert 'add a source with match = "stdin"' in issue.remedy


def test_r4_no_copy_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    for content in (gzip.compress((HEAD + ROWS).encode()), gzip.compress(b"x" * (3 << 20)), gzip.compress(HEAD.encode())[:-5]):
        read(file(tmp_path, content))
        assert list(spool.iterdir()) == []


@pytest.mark.parametrize("tail", ["", "\n", "\n\n  \n"])
def test_r4_a_header_and_one_line_without_end_is_no_table(tmp_path: Path, tail: str) -> None:
    text = HEAD + "y" * (LONGEST_LINE + 7) + tail
    message = "a.csv:2: error R006: line 2 is longer than 1 MiB (1,048,583 bytes), and below the header there is no other row"
    assert read(file(tmp_path, text)) == ([], [message])


def test_r4_good_rows_beside_a_line_without_end_are_read(tmp_path: Path) -> None:
    long_line = "y" * (LONGEST_LINE + 1)
    first, second, _ = ROWS.split("\n")
    for lines, at_line in (([first, long_line, second], 3), ([long_line, first, second], 2), ([first, second, long_line], 4)):
        rows, issues = read(file(tmp_path, HEAD + "\n".join(lines)))
        assert ([row[:2] for row in rows], len(issues)) == ([row[:2] for row in PLAIN[0]], 1)
        assert issues[0].startswith(f"a.csv:{at_line}: warning R020: the line is longer than 1 MiB")
