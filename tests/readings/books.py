"""Workbooks for the tests: written by a library, or part by part where no library would write them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from readings.small import rows_of
from shiftledger.core.issue import Issue, Outcome
from shiftledger.readings.batch import Batch


def excel(path: Path, fill: Callable[[Any, Any], None], **options: object) -> Path:
    """A workbook that `fill(workbook, Sheet1)` fills."""
    book = xlsxwriter.Workbook(path, options)
    fill(book, book.add_worksheet("Sheet1"))
    book.close()
    return path


SCHEMAS = "http:" + "//schemas.openxmlformats.org"  # a name, not an address: nothing is fetched


def sheet_xml(cells: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{SCHEMAS}/spreadsheetml/2006/main">{before}<sheetData>{cells}</sheetData>{after}</worksheet>'


def xlsx_parts(path: Path, sheet: str | Iterable[bytes], workbook: str = "") -> Path:
    """A workbook whose only sheet is that XML (text, or blocks of bytes)."""
    main, office = (
        f"{SCHEMAS}/spreadsheetml/2006/main",
        f"{SCHEMAS}/officeDocument/2006",
    )
    package = f"{SCHEMAS}/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        parts.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        )
        parts.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        parts.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        parts.writestr(
            "xl/workbook.xml",
            workbook
            or f'<workbook xmlns="{main}" xmlns:r="{office}/relationships"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for block in [sheet.encode()] if isinstance(sheet, str) else sheet:
                part.write(block)
    return path


ODS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(path: Path, tables: Mapping[str, str], styles: str = "", manifest: str = "") -> Path:
    """An OpenDocument spreadsheet of tables given as XML."""
    body = "".join(f"<table:table {name}>{rows}</table:table>" for name, rows in tables.items())
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", kind, zipfile.ZIP_STORED)
        parts.writestr(
            "META-INF/manifest.xml",
            manifest
            or f'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        )
        parts.writestr(
            "content.xml",
            f"<office:document-content {ODS}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_cell(value: object, more: str = "") -> str:
    """A cell of text, a number, or a date given as `date:2026-01-04T06:00:00`."""
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}" {more}><text:p>{value}</text:p></table:table-cell>'
    word = str(value)
    if word.startswith("date:"):
        return f'<table:table-cell office:value-type="date" office:date-value="{word[5:]}" {more}><text:p>{word[5:]}</text:p></table:table-cell>'
    if not word:
        return f"<table:table-cell {more}/>"
    return f'<table:table-cell office:value-type="string" {more}><text:p>{word}</text:p></table:table-cell>'


def ods_rows(rows: Iterable[Iterable[object]]) -> str:
    return "".join(
        f"<table:table-row>{''.join(c if str(c).startswith('<') else ods_cell(c) for c in row)}</table:table-row>" for row in rows
    )


def told(found: Outcome[Batch]) -> tuple[list[tuple[str, int, float, int]], list[str]]:
    """((tag, instant, value, row) of every reading, issues as place, code and message)."""
    return [(row[0], row[1], row[2], row[5]) for row in rows_of(found.result)], [said(issue) for issue in found.issues]


def said(issue: Issue) -> str:
    return f"{issue.at} {issue.code}: {issue.message}"


def xls(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """An old binary workbook with one sheet: a compound file of 512-byte sectors that holds a stream of BIFF8 records."""

    def record(kind: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            where = struct.pack("<HHH", r, c, 0)
            if isinstance(value, int | float):
                cells += record(0x0203, where + struct.pack("<d", value))
            elif value == "#N/A":
                cells += record(0x0205, where + b"\x2a\x01")
            elif value is not None:
                text = str(value).encode("utf-16-le")
                cells += record(0x0204, where + struct.pack("<HB", len(text) // 2, 1) + text)
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    sheet = record(0x0809, begin[:2] + b"\x10\x00" + begin[4:]) + cells + record(0x000A)
    name = b"\x06\x00Sheet1"
    head = record(0x0809, begin)
    offset = len(head) + 4 + 6 + len(name) + 4
    stream = head + record(0x0085, struct.pack("<IBB", offset, 0, 0) + name) + record(0x000A) + sheet
    stream += b"\0" * (-len(stream) % 512 if len(stream) > 4096 else 4096 - len(stream))
    count = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(title: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
        words = title.encode("utf-16-le")
        links = struct.pack("<HBBIII", len(words) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return words.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)

    folder = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry("Workbook", 2, 2, len(stream)) + bytes(256)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6sIII", 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, 1, 1)
    )
    header += struct.pack("<IIIIII", 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0) + b"\xff" * 432
    path.write_bytes(header + struct.pack("<128I", *fat) + folder + stream)
    return path
