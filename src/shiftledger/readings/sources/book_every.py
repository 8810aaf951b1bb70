"""All sheets of a workbook at once, for text that people keep in Excel (a plant's files): read in the same limited process as readings.

Only .xlsx and .xlsm: of the others the program could not tell an error from an empty cell. Formulas count by the value that was stored
with them; nothing is calculated here, and no link to another file is followed.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

from shiftledger.readings.sources.book import (
    COMPOUND,
    ZIP,
    Head,
    Refused,
    limit_memory,
    locked,
    no_workbook,
    opened,
    tell,
    unpacking,
)
from shiftledger.readings.sources.book_xml import scan_xlsx, sheets_of_xlsx

MOST = 2_000_000  # cells of all sheets together, between the first and the last one with a value
SAVE_AS = "Open it in a spreadsheet and save it as .xlsx."


def main() -> None:
    """Answers on standard output: the number of sheets, then each as `book.tell` tells it; or one `Head` with the refusal."""
    asked = json.load(sys.stdin)
    answer = sys.stdout.buffer
    limit_memory()
    try:
        heads, cells = _read(Path(asked["path"]).read_bytes())
    except Refused as refused:
        pickle.dump(Head(refused.refusal), answer)
        return
    pickle.dump(len(heads), answer)
    text = 0
    for head, sheet in zip(heads, cells, strict=True):
        text = tell(head, sheet, answer, text)


def _read(raw: bytes) -> tuple[list[Head], list[Any]]:
    if raw.startswith(COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise locked()
        raise Refused("R042", "the workbook is of the old kind (.xls)", SAVE_AS)
    if not raw.startswith(ZIP):
        raise Refused("R042", "the file is no workbook, whatever its name says", SAVE_AS)
    heads: list[Head] = []
    left = MOST
    with unpacking(raw) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            other = {"xl/workbook.bin", "content.xml"} & set(parts.namelist())
            raise Refused("R042", "the workbook is of another kind than .xlsx", SAVE_AS) if other else no_workbook()
        book = sheets_of_xlsx(parts)
        for part in book.sheets:
            scan = scan_xlsx(parts, part, left)
            heads.append(Head(None, part.name, (0, 0), part.hidden, scan, book.date_1904))
    tables = opened(raw)
    cells: list[Any] = []
    for n, head in enumerate(heads):
        sheet = tables.get_sheet_by_name(head.sheet)
        start = sheet.start
        heads[n] = Head(None, head.sheet, start or (0, 0), head.hidden_sheet, head.scan, head.date_1904)
        cells.append(sheet if start is not None else None)
        left -= sheet.height * sheet.width
        if left < 0:
            raise Refused("R014", f"the sheets hold more than {MOST:,} cells", "Leave only the sheets that are meant.")
    return heads, cells
