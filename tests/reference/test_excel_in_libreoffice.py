"""Every workbook recalculated by LibreOffice, the stored results of its formulas removed: an independent route to the same cents (L5).

It runs with --slow and where `soffice` is installed (Debian: libreoffice-calc-nogui).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import labour_plant
import shiftledger as sl
from cases.excel_cases import CASES
from render.spreadsheet import Book

SOFFICE = shutil.which("soffice")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")]


def without_results(source: Path, target: Path) -> int:
    """A copy whose formulas have no stored result; how many there are."""
    removed = 0
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.startswith("xl/worksheets/"):
                text, found = re.subn(r"(<f>[^<]*</f>)<v>[^<]*</v>", r"\1", body.decode())
                body, removed = text.encode(), removed + found
            new.writestr(name, body)
    return removed


def recalculated(folder: Path, books: list[Path]) -> dict[str, dict[str, list[list[object]]]]:
    """Cells by book and sheet, as LibreOffice writes them after its own calculation."""
    from python_calamine import CalamineWorkbook

    bare = folder / "bare"
    bare.mkdir()
    for book in books:
        assert without_results(book, bare / book.name) > 0
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "ods", "--outdir", str(folder / "out")]
    subprocess.run([*command, *(str(bare / book.name) for book in books)], check=True, capture_output=True, timeout=300)
    found = {}
    for book in books:
        with CalamineWorkbook.from_path(folder / "out" / f"{book.stem}.ods") as opened:
            found[book.name] = {
                name: opened.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in opened.sheet_names
            }
    return found


def test_l5_libreoffice_comes_to_the_same_figures(tmp_path: Path) -> None:
    books = []
    for case in CASES:
        plant, shifts = case(tmp_path / case.__name__)
        for n, shift in enumerate(shifts):
            books.append(tmp_path / f"{case.__name__}-{n}.xlsx")
            sl.statement(plant, shift).to_excel(books[-1], lang="zh")
        books.append(tmp_path / f"{case.__name__}-rollup.xlsx")
        sl.rollup(plant, by=("area", "crew")).to_excel(books[-1], lang="zh")
    merged = labour_plant.closed(tmp_path / "merged")
    for grain in ("series", "area", "crew"):
        books.append(tmp_path / f"labour-{grain}.xlsx")
        sl.labour(merged, month="2026-03", by=[grain, "month"]).to_excel(books[-1], lang="en")
    told = recalculated(tmp_path, books)
    faults, compared = [], 0
    for path in books:
        book = Book(path)
        for sheet, cell in book.formulas:
            column, row = ord(cell[0]) - ord("A"), int(cell[1:]) - 1
            value = told[path.name][sheet][row][column]
            compared += 1
            if not isinstance(value, float | int) or abs(value - book.value(sheet, cell)) > 1e-9:
                faults.append(f"{path.name} {sheet} {cell}: {value!r}, not {book.value(sheet, cell)!r}")
    assert faults == [], "\n".join(faults)
    assert compared > 500
