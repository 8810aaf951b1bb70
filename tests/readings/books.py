"""Workbooks for the tests: written by a library, or part by part where no library would write them."""

from __future__ import annotations

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


def sheet_xml(cells: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{before}<sheetData>{cells}</sheetData>{after}</worksheet>'


def xlsx_parts(path: Path, sheet: str | Iterable[bytes], workbook: str = "") -> Path:
    """A workbook whose only sheet is that XML (text, or blocks of bytes)."""
    main, office = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006",
    )
    package = "http://schemas.openxmlformats.org/package/2006"
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
