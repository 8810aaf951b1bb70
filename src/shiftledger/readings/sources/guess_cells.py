"""What is in the columns of an unknown table (R3)? Numbers and their decimal sign, and which column may be which meter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shiftledger.plant.model import Meter, Plant
from shiftledger.readings.sources.cells import QUALITIES

TIME_LIKE = re.compile(
    r"\d{1,4}\s*[-/.年]\s*(\d{1,2}|[A-Za-z]{3})\s*[-/.月]\s*\d{1,4}.*|\d{8}([ T]?\d{4,6})?|\d{1,2}:\d{2}(:\d{2})?"
)
NUMBER = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?"),
}
NAMED = 0.6  # likeness from which a column may be a meter's
TAG_NAMES = ("tag", "point", "name", "item", "meter", "channel", "测点", "位号", "点名", "名称", "仪表")
VALUE_NAMES = ("value", "reading", "val", "wert", "值", "数值", "读数", "实时值")
QUALITY_NAMES = ("quality", "qual", "q", "质量", "品质")
REVISION_NAMES = ("revision", "rev", "version", "版本", "复检")


@dataclass(frozen=True, slots=True)
class Match:
    """A column that is taken for a tag, how alike their names are (1: equal), and by which name."""

    column: str
    tag: str
    likeness: float
    by: str


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


def matched(plant: Plant, columns: Mapping[str, Sequence[str]], decimal: str) -> tuple[Match, ...]:
    """Columns and the meters that they may be, each at most once, most alike first; in the order of the columns. # R3

    The cells must fit: the codes of a state, else numbers. Names of a meter are its tag, what it measures, and the names of that.
    """
    meters: dict[str, Meter] = {}
    for meter in plant.meters:
        meters.setdefault(meter.tag, meter)
    found = []
    for column, cells in columns.items():
        for meter in meters.values():
            if _fits(meter, cells, decimal):
                # of equals the tag's own name says more
                likeness, _, by = max((_likeness(column, name), name == meter.tag, name) for name in _names(plant, meter))
                if likeness >= NAMED:
                    found.append(Match(column, meter.tag, likeness, by))
    order = list(columns)
    taken: list[Match] = []
    for match in sorted(found, key=lambda match: (-match.likeness, order.index(match.column), match.tag)):
        if all(match.column != other.column and match.tag != other.tag for other in taken):
            taken.append(match)
    return tuple(sorted(taken, key=lambda match: order.index(match.column)))


def _fits(meter: Meter, cells: Sequence[str], decimal: str) -> bool:
    filled = {cell.strip() for cell in cells if cell.strip()}
    if meter.codes:
        known = {text for text, _ in meter.codes} | {f"{code:f}" for _, code in meter.codes}
        return bool(filled) and len(filled - known) <= len(filled) / 2
    return numeric_share(cells, decimal) >= 0.8


def _names(plant: Plant, meter: Meter) -> list[str]:
    """The tag, what the meter measures, and how people call that."""
    things = [plant.streams.get(meter.stream), plant.stocks.get(meter.stock)]
    spoken = [name for thing in things if thing for name in (thing.name_zh, thing.name_en)]
    return [name for name in (meter.tag, meter.stream, meter.stock, meter.state, meter.component, *spoken) if name]


def _likeness(column: str, name: str) -> float:
    """1 for the same name, 0.7 to 0.95 where all words of the one stand in the other, else how alike the letters are, less a bit."""
    a, b = column.strip().lower(), name.strip().lower()
    if a == b:
        return 1.0
    mine, other = words_of(column), words_of(name)
    if mine == other and mine:
        return 0.97
    ratio = difflib.SequenceMatcher(None, "".join(sorted(mine)), "".join(sorted(other))).ratio()
    whole = difflib.SequenceMatcher(None, re.sub(r"[\W_]", "", a), re.sub(r"[\W_]", "", b)).ratio()
    small = mine if len(mine) < len(other) else other
    if small and (mine >= other or other >= mine) and any(len(word) > 1 and not word.isdigit() for word in small):
        return 0.7 + 0.25 * ratio
    if len(a) > 1 and not a.isascii() and (b in a or a in b) and b:
        return 0.7 + 0.25 * whole
    return 0.85 * whole if whole >= 0.75 else 0.0
