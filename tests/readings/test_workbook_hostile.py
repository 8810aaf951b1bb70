"""R4: workbooks that no plant should send end in a located issue, within bounds, and leave the reader whole."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from readings.books import excel, ods, ods_rows, sheet_xml, told, xlsx_parts
from readings.small import plant
from readings.test_workbook import HEAD, MORNING, SOURCE, WIDE, table
from shiftledger.readings.sources.files import read_file

HEADER = (
    '<row r="1">'
    + "".join(f'<c r="{c}1" t="inlineStr"><is><t>{n}</t></is></c>' for c, n in zip("ABC", HEAD, strict=True))
    + "</row>"
)
ROW = '<row r="2"><c r="A2" t="inlineStr"><is><t>2026-01-04 06:00</t></is></c><c r="B2"><v>1</v></c></row>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def issues(path: Path) -> list[str]:
    return told(read_file(plant(WIDE), path))[1]


def test_r4_a_sheet_that_only_says_it_is_large(tmp_path: Path) -> None:
    path = xlsx_parts(tmp_path / "a.xlsx", sheet_xml(HEADER + ROW, '<dimension ref="A1:XFD1048576"/>'))
    assert (len(read_file(plant(WIDE), path).result.ts), issues(path)) == (1, [])


def test_r4_a_stray_cell_at_the_far_end(tmp_path: Path) -> None:
    most = "1,048,576 rows of 16,384 columns, 5,000,000 cells are read at most"
    path = xlsx_parts(tmp_path / "a.xlsx", sheet_xml(HEADER + ROW + FAR))
    assert issues(path) == [f"a.xlsx!Sheet1!XFD1048576 R014: the sheet reaches to XFD1048576: {most}"]
    whole = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"'
    filled = f'{whole} office:value-type="float" office:value="1"/></table:table-row>'
    assert issues(ods(tmp_path / "a.ods", {'table:name="S"': filled})) == [
        f"a.ods!S!XFD1048576 R014: the sheet reaches to XFD1048576: {most}"
    ]


def endless(row: bytes, count: int) -> Iterator[bytes]:
    begin, end = sheet_xml(HEADER + ROW).encode().split(b"</sheetData>")
    yield begin
    block = row * 10_000
    for _ in range(count // 10_000):
        yield block
    yield b"</sheetData>" + end


@pytest.mark.parametrize(
    ("row", "count", "message"),
    [
        (b"<row/>", 3_000_000, "a.xlsx!Sheet1!A1048577 R014: the sheet reaches to A1048577: "),
        (b"<c/>", 3_000_000, "a.xlsx!Sheet1!XFE2 R014: the sheet reaches to XFE2: "),
    ],
)
def test_r4_rows_and_cells_without_end(tmp_path: Path, row: bytes, count: int, message: str) -> None:
    begun = time.monotonic()
    assert message in issues(xlsx_parts(tmp_path / "a.xlsx", endless(row, count)))[0]
    assert time.monotonic() - begun < 120


def test_r4_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = xlsx_parts(tmp_path / "a.xlsx", (b"\0" * (1 << 20) for _ in range(600)))
    assert issues(path)[0].startswith("a.xlsx R014: the workbook expands to 600 MiB from ")


def test_r4_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert issues(xlsx_parts(tmp_path / "a.xlsx", bomb + sheet_xml(HEADER + ROW))) == [
        "a.xlsx R005: the workbook ends early or is damaged"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "R006: the file is empty"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "R042: the file is a web page, whatever its name says"),
        (b"time,tag,value\n", "R042: the file is no workbook, whatever its name says"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "R042: the workbook is locked by a password",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(1).randbytes(9000), "R005: the workbook ends early or is damaged"),
    ],
)
def test_r4_files_that_are_no_workbooks(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    assert issues(path) == [f"a.xls {message}"]


def test_r4_a_locked_opendocument_spreadsheet(tmp_path: Path) -> None:
    manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    assert issues(ods(tmp_path / "a.ods", {'table:name="S"': ods_rows([HEAD])}, manifest=manifest)) == [
        "a.ods R042: the workbook is locked by a password"
    ]


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_r4_a_workbook_that_ends_early(tmp_path: Path, part: float) -> None:
    whole = excel(tmp_path / "whole.xlsx", table([HEAD, [MORNING, 1, 2]])).read_bytes()
    path = tmp_path / "a.xlsx"
    path.write_bytes(whole[: int(part * len(whole))])
    assert issues(path) == ["a.xlsx R005: the workbook ends early or is damaged"]


@pytest.mark.parametrize("seed", range(12))
def test_r4_a_damaged_workbook_never_raises(tmp_path: Path, seed: int) -> None:
    pick = random.Random(seed)
    content = bytearray(excel(tmp_path / "whole.xlsx", table([HEAD, [MORNING, 1, 2]])).read_bytes())
    for _ in range(pick.choice([1, 5, 30])):
        content[pick.randrange(len(content))] = pick.randrange(256)
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    found = read_file(plant(WIDE), path)
    assert found.issues or len(found.result.ts) == 2
    assert all(issue.at is not None and issue.at.file.startswith("a.xlsx") for issue in found.issues)


def test_r4_a_cell_of_many_characters_is_cut(tmp_path: Path) -> None:
    cells = HEADER + ROW.replace("<v>1</v>", "").replace(
        '<c r="B2">', f'<c r="B2" t="inlineStr"><is><t>{"x" * (8 << 20)}</t></is>'
    )
    found = read_file(plant(WIDE), xlsx_parts(tmp_path / "a.xlsx", sheet_xml(cells)))
    (name, line, text, reason) = found.result.rejected[0]
    assert (name, line, len(text) < 40_000, reason[:20]) == ("a.xlsx", 2, True, 'Sheet1!B2: value "xxx'[:20])


def test_r3_a_sheet_of_a_hundred_thousand_cells_is_read_at_once(tmp_path: Path) -> None:
    rows: list[list[object]] = [["time", "tag", "value"]] + [[46000 + i / 96, "FT-1", i / 7] for i in range(33_000)]
    begun = time.monotonic()
    found = read_file(plant(SOURCE, zone="UTC"), excel(tmp_path / "a.xlsx", table(rows)))
    assert (len(found.result.ts), found.issues) == (33_000, ())
    assert time.monotonic() - begun < 60
