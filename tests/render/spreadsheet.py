"""A workbook calculated as a spreadsheet does it: binary numbers, its own formulas, the stored results not looked at."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree


def rounded(value: float, places: int) -> float:
    """Excel's ROUND on binary numbers: half away from zero, nothing mended."""
    scaled = abs(value) * 10**places
    whole = math.floor(scaled)
    return math.copysign((whole + (scaled - whole >= 0.5)) / 10**places, value)


class Book:
    """The cells of a workbook, recalculated from its inputs alone: stored results of formulas are not looked at."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            words = ElementTree.fromstring(file.read("xl/sharedStrings.xml")).findall("{*}si")
            self.words = ["".join(t.text or "" for t in word.findall(".//{*}t")) for word in words]
            book = ElementTree.fromstring(file.read("xl/workbook.xml")).findall("{*}sheets/{*}sheet")
            self.names = [str(sheet.get("name")) for sheet in book]
            sheets = [file.read(f"xl/worksheets/sheet{i}.xml") for i in range(1, len(self.names) + 1)]
        self.formulas: dict[tuple[str, str], str] = {}
        self.inputs: dict[tuple[str, str], float | str] = {}
        for name, xml in zip(self.names, sheets, strict=True):
            for cell in ElementTree.fromstring(xml).findall(".//{*}c"):
                key = (name, str(cell.get("r")))
                formula, value = cell.find("{*}f"), cell.find("{*}v")
                if formula is not None:
                    self.formulas[key] = formula.text or ""
                elif value is not None and value.text is not None:
                    self.inputs[key] = self.words[int(value.text)] if cell.get("t") == "s" else float(value.text)

    def value(self, sheet: str, cell: str) -> float:
        if (sheet, cell) not in self.formulas:
            found = self.inputs.get((sheet, cell), 0.0)
            assert isinstance(found, float)
            return found
        text = self.formulas[sheet, cell]
        text = re.sub(r"'([^']+)'!([A-Z]+\d+)", lambda m: repr(self.value(m[1], m[2])), text)
        text = re.sub(r"SUM\(([A-Z])(\d+):\1(\d+)\)", lambda m: self._sum(sheet, m[1], int(m[2]), int(m[3])), text)
        text = re.sub(r"\b[A-Z]+\d+\b", lambda m: f"({self.value(sheet, m[0])!r})", text)
        return float(eval(text, {"__builtins__": {}}, {"ROUND": rounded, "TRUNC": math.trunc}))

    def _sum(self, sheet: str, column: str, first: int, last: int) -> str:
        return "(" + "+".join(f"({self.value(sheet, f'{column}{n}')!r})" for n in range(first, last + 1)) + ")"

    def row(self, sheet: str, word: str) -> int:
        return next(
            int(cell[1:]) for (name, cell), said in self.inputs.items() if name == sheet and said == word and cell[0] == "A"
        )


def cents(value: float, decimals: int = 2) -> int:
    scaled = value * 10**decimals
    assert math.isclose(scaled, round(scaled), rel_tol=1e-12, abs_tol=1e-6)
    return round(scaled)
