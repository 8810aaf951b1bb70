"""What is in the columns of an unknown table (R3)? Numbers and their decimal sign, times, and what the name of a column says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shiftledger.readings.sources.cells import QUALITIES

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
    return bool(NUMBER[decimal].fullmatch(cell.strip()))


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
