"""Which column of an unknown table may be which meter (R3)? By equal names first, then by names that are alike.

Equal names cost a look in a table. Names alike are compared pair by pair, and that of at most `PAIRS` pairs, so that a file of ten thousand
columns is guessed as it is read; which columns were not compared is told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftledger.plant.model import Meter, Plant
from shiftledger.readings.sources.guess_cells import is_number, numeric_share, words_of

NAMED = 0.6  # likeness from which a column may be a meter's
PAIRS = 20_000  # of a column and a name of a meter that are compared letter by letter
LONGEST = 200  # characters of a name that are compared


@dataclass(frozen=True, slots=True)
class Match:
    """A column that is taken for a tag, how alike their names are (1: equal), and by which name."""

    column: str
    tag: str
    likeness: float
    by: str
    odd: str = ""  # a cell that is no plain number, where most are none


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a meter: its tag, what it measures, or how people call that."""

    text: str
    meter: Meter


def matched(plant: Plant, columns: Mapping[str, Sequence[str]], decimal: str) -> tuple[tuple[Match, ...], int]:
    """Columns and the meters that they may be, each at most once, most alike first; in the order of the columns. # R3

    The cells must fit: the codes of a state, else numbers. The number tells how many columns were compared with equal names only.
    """
    meters: dict[str, Meter] = {}
    for meter in plant.meters:
        meters.setdefault(meter.tag, meter)
    names = [Name(text, meter) for meter in meters.values() for text in _names(plant, meter)]
    fitting = _Fitting(columns, decimal)
    order = {column: i for i, column in enumerate(columns)}
    taken: dict[str, Match] = {}
    for matches in (_equal(columns, names, fitting), _same_words(columns, names, fitting)):
        _take(taken, matches, order)
    used = {match.tag for match in taken.values()}
    rest = [name for name in names if name.meter.tag not in used]
    kinds = {name.meter.codes: name.meter for name in rest}.values()  # what fits one meter without codes fits all
    open_columns = [column for column in columns if column not in taken and any(fitting.may_be(column, kind) for kind in kinds)]
    looked_at = open_columns[: PAIRS // len(rest)] if rest else []
    _take(taken, _alike(looked_at, rest, fitting), order)
    return tuple(sorted(taken.values(), key=lambda match: order[match.column])), len(open_columns) - len(looked_at)


class _Fitting:
    """Whether the cells of a column may be readings of a meter; each column is looked at once."""

    def __init__(self, columns: Mapping[str, Sequence[str]], decimal: str) -> None:
        self.columns, self.decimal = columns, decimal
        self.numbers: dict[str, bool] = {}
        self.texts: dict[str, frozenset[str]] = {}

    def may_be(self, column: str, meter: Meter) -> bool:
        if not meter.codes:
            if column not in self.numbers:
                self.numbers[column] = numeric_share(self.columns[column], self.decimal) >= 0.8
            return self.numbers[column]
        if column not in self.texts:
            self.texts[column] = frozenset(cell.strip() for cell in self.columns[column] if cell.strip())
        filled = self.texts[column]
        known = {text for text, _ in meter.codes} | {f"{code:f}" for _, code in meter.codes}
        return bool(filled) and len(filled - known) <= len(filled) / 2

    def is_odd(self, cell: str) -> bool:
        """True for a cell that says something that is no number."""
        return bool(cell.strip()) and not is_number(cell, self.decimal)


def _take(taken: dict[str, Match], matches: Sequence[Match], order: Mapping[str, int]) -> None:
    """The most alike of the matches whose column and tag are both free."""
    used = {match.tag for match in taken.values()}
    for match in sorted(matches, key=lambda match: (-match.likeness, order[match.column], match.by != match.tag, match.tag)):
        if match.column not in taken and match.tag not in used:
            taken[match.column] = match
            used.add(match.tag)


def _names(plant: Plant, meter: Meter) -> list[str]:
    """The tag, what the meter measures, and how people call that."""
    things = [plant.streams.get(meter.stream), plant.stocks.get(meter.stock)]
    spoken = [name for thing in things if thing for name in (thing.name_zh, thing.name_en)]
    names = (meter.tag, meter.stream, meter.stock, meter.state, meter.component, *spoken)
    return list(dict.fromkeys(name for name in names if name))


def _equal(columns: Mapping[str, Sequence[str]], names: Sequence[Name], fitting: _Fitting) -> list[Match]:
    """Columns whose name is a meter's, whatever its case."""
    table: dict[str, list[Name]] = {}
    for name in names:
        table.setdefault(_folded(name.text), []).append(name)
    return [
        Match(column, name.meter.tag, 1.0, name.text)
        for column in columns
        for name in table.get(_folded(column), ())
        if fitting.may_be(column, name.meter)
    ] + [
        Match(column, name.meter.tag, 1.0, name.text, next((cell for cell in columns[column] if fitting.is_odd(cell)), ""))
        for column in columns
        for name in table.get(_folded(column), ())
        if name.text == name.meter.tag and not name.meter.codes and not fitting.may_be(column, name.meter)
    ]


def _same_words(columns: Mapping[str, Sequence[str]], names: Sequence[Name], fitting: _Fitting) -> list[Match]:
    """Columns whose name has the same words as a meter's."""
    table: dict[frozenset[str], list[Name]] = {}
    for name in names:
        table.setdefault(frozenset(words_of(name.text)), []).append(name)
    return [
        Match(column, name.meter.tag, 0.97, name.text)
        for column in columns
        for name in table.get(frozenset(words_of(column)) or frozenset({""}), ())
        if fitting.may_be(column, name.meter)
    ]


def _alike(columns: Sequence[str], names: Sequence[Name], fitting: _Fitting) -> list[Match]:
    """Columns and the meters whose names are alike enough."""
    found: dict[tuple[str, str], tuple[float, bool, str]] = {}
    for column in columns:
        for name in names:
            if fitting.may_be(column, name.meter):
                tag = name.meter.tag
                one = (_likeness(column, name.text), name.text == tag, name.text)  # of equals the tag's own name says more
                found[column, tag] = max(one, found.get((column, tag), one))
    return [Match(column, tag, likeness, by) for (column, tag), (likeness, _, by) in found.items() if likeness >= NAMED]


def _folded(name: str) -> str:
    return name.strip().casefold()


def _likeness(column: str, name: str) -> float:
    """0.7 to 0.95 where all words of the one stand in the other, else how alike the letters are, less a bit."""
    a, b = column.strip().lower()[:LONGEST], name.strip().lower()[:LONGEST]
    mine, other = words_of(column[:LONGEST]), words_of(name[:LONGEST])
    ratio = difflib.SequenceMatcher(None, "".join(sorted(mine)), "".join(sorted(other))).ratio()
    whole = difflib.SequenceMatcher(None, re.sub(r"[\W_]", "", a), re.sub(r"[\W_]", "", b)).ratio()
    small = mine if len(mine) < len(other) else other
    if small and (mine >= other or other >= mine) and any(len(word) > 1 and not word.isdigit() for word in small):
        return 0.7 + 0.25 * ratio
    if len(a) > 1 and not a.isascii() and (b in a or a in b) and b:
        return 0.7 + 0.25 * whole
    return 0.85 * whole if whole >= 0.75 else 0.0
