"""What is in the columns of an unknown table (R3)? Numbers and their decimal sign, times, and what the name of a column says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shiftledger.readings.sources.cells import FULL_WIDTH, GROUPING, QUALITIES

TIME_LIKE = re.compile(
    r"\d{1,4}\s*[-/.年]\s*(\d{1,2}|[A-Za-z]{3})\s*[-/.月]\s*\d{1,4}.*|\d{8}([ T]?\d{4,6})?|\d{1,2}:\d{2}(:\d{2})?"
)
NUMBER = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?"),
}
TAG_NAMES = ("tag", "point", "name", "item", "meter", "channel", "测点", "位号", "点名", "名称", "仪表")
VALUE_NAMES = ("value", "reading", "val", "wert", "值", "数值", "读数", "实时值")
QUALITY_NAMES = ("quality", "qual", "q", "质量", "品质")
REVISION_NAMES = ("revision", "rev", "version", "版本", "复检")


def is_time_like(cell: str) -> bool:
    return bool(TIME_LIKE.fullmatch(cell.strip()))


def is_number(cell: str, decimal: str) -> bool:
    return bool(NUMBER[decimal].fullmatch((cell if cell.isascii() else cell.translate(FULL_WIDTH)).strip()))


def numeric_share(cells: Iterable[str], decimal: str) -> float:
    """Share of the cells with something in them that are numbers; 0 where none has."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(is_number(cell, decimal) for cell in filled) / len(filled) if filled else 0.0


def decimal_sign(columns: Iterable[Sequence[str]]) -> tuple[str, int, int]:
    """(sign, cells with a comma in a number, cells with a point): whichever is more frequent; a point where neither is."""
    commas = points = 0
    for cells in columns:
        commas += sum(bool(re.fullmatch(r"[+-]?\d*,\d+", cell)) for cell in cells)
        points += sum(bool(re.fullmatch(r"[+-]?\d*\.\d+", cell)) for cell in cells)
    return ("," if commas > points else "."), commas, points


GROUPED = {  # what is certainly grouped: of "1,234" alone nobody can tell
    "space": re.compile(r"[+-]?\d{1,3}([ \u00a0\u2009\u202f]\d{3})+([.,]\d+)?"),
    "'": re.compile(r"[+-]?\d{1,3}(['\u2019]\d{3})+([.,]\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(,\d{3}){2,}"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d{1,3}(\.\d{3}){2,}"),
}


def thousands_sign(columns: Iterable[Sequence[str]]) -> tuple[str, str]:
    """(sign between thousands, a cell that shows it): the most frequent one; ("", "") where no cell is certainly grouped.

    >>> thousands_sign([["1 234,5", "7,5"], ["1.234", ""]])
    ('space', '1 234,5')
    """
    shown: dict[str, list[str]] = {sign: [] for sign in GROUPED}
    for cells in columns:
        for cell in cells:
            if len(cell) > 4:
                for sign, pattern in GROUPED.items():
                    if pattern.fullmatch(cell):
                        shown[sign].append(cell)
    sign = max(shown, key=lambda each: len(shown[each]))
    return (sign, shown[sign][0]) if shown[sign] else ("", "")


def ungrouped(cells: Sequence[str], thousands: str) -> Sequence[str]:
    """Cells without the sign between their thousands; those that are no grouped numbers as they are."""
    sign = GROUPING.get(thousands, re.escape(thousands))
    grouped = re.compile(rf"[+-]?\d{{1,3}}({sign}\d{{3}})+([.,]\d*)?")
    return [re.sub(sign, "", cell) if grouped.fullmatch(cell) else cell for cell in cells]


def may_be_thousands(columns: Iterable[Sequence[str]]) -> str:
    """A cell such as 1,234, where every number with a comma looks like it, so that nobody can tell what the comma is; else ""."""
    with_comma = [cell for cells in columns for cell in cells if re.fullmatch(r"[+-]?\d*,\d+", cell)]
    return with_comma[0] if with_comma and all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for cell in with_comma) else ""


def named(header: Sequence[str], names: Sequence[str]) -> str:
    """The first column whose name is one of these, or holds one of them as a word; "" if none does."""
    for column in header:
        if column.strip().lower() in names:
            return column
    for column in header:
        if words_of(column) & set(names) or any(len(name) > 1 and not name.isascii() and name in column for name in names):
            return column
    return ""


def is_quality(cells: Iterable[str]) -> bool:
    return {cell.strip().lower() for cell in cells} <= set(QUALITIES)


def words_of(name: str) -> set[str]:
    """The words of a name, small, numbers without leading zeros.

    >>> sorted(words_of("Lagging_Current.Power_kVarh 01")), sorted(words_of("WeekStatus"))
    (['1', 'current', 'k', 'lagging', 'power', 'varh'], ['status', 'week'])
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+", name)
    return {part.lstrip("0") or "0" if part.isdigit() else part.lower() for part in parts}
