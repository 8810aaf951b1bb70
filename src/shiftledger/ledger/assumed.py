"""Which figures of a statement rest on assumptions, and on which (I7, I8)? A row whose `source` begins with the word says so.

An assumption is a value of the plant's text that nobody measured, agreed or looked up. It counts like any other; but whoever reads a figure
that rests on it must see it. Nothing of this is part of a result: the mark is put on when a figure is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from shiftledger.core.trace import walk
from shiftledger.indicators.formula import FormulaError, parse
from shiftledger.ledger.prices import price_on
from shiftledger.ledger.statement import Statement
from shiftledger.plant.crews import areas_of
from shiftledger.plant.model import Factor, Plant, Standard, Stream, valid_on
from shiftledger.plant.rows import rows_of
from shiftledger.plant.schema import TABLES

WORDS = ("assumption", "assumed", "假设", "假定")
MARK = "assumption"
VALUE, STANDARD = "V", "standard"  # figures beside a line's material and `indicator:<id>`


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed value: file and line of its row, what its source says, and which figures of the statement rest on it."""

    at: str
    source: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssumedText:
    """A plant's text with `rows`, what it assumes: each source by file and line. Looks up once what many statements ask for."""

    plant: Plant
    rows: Mapping[str, str]
    streams: Mapping[str, tuple[Stream, ...]]  # by material
    standards: Mapping[str, tuple[Standard, ...]]  # by area
    _prices: dict[tuple[str, date, str], tuple[str, ...]] = field(default_factory=dict)
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def prices(self, material: str, day: date, band: str = "") -> tuple[str, ...]:
        """Where the price row stands that holds on the day, and the rows that a linked price comes from."""
        key = (material, day, band)
        if key not in self._prices:
            price = price_on(self.plant, material, day, band)
            behind = (node.at for _, node in walk(price.trace)) if price is not None and price.trace is not None else ()
            self._prices[key] = (str(price.at), *behind) if price is not None else ()
        return self._prices[key]

    def names(self, formula: str) -> tuple[str, ...]:
        """What a formula names; nothing of one that cannot be read."""
        if formula not in self._names:
            try:
                self._names[formula] = parse(formula).names
            except FormulaError:
                self._names[formula] = ()
        return self._names[formula]


def assumed_text(plant: Plant) -> AssumedText:
    """The plant's text, ready to be asked."""
    streams: dict[str, list[Stream]] = {}
    for stream in plant.streams.values():
        streams.setdefault(stream.material, []).append(stream)
    standards: dict[str, list[Standard]] = {}
    for row in plant.standards:
        standards.setdefault(row.area, []).append(row)
    return AssumedText(
        plant,
        assumed_rows(plant),
        {key: tuple(rows) for key, rows in streams.items()},
        {key: tuple(rows) for key, rows in standards.items()},
    )


def assumed_rows(plant: Plant) -> dict[str, str]:
    """What is assumed by the plant's text: the row's source by its file and line."""
    found = {}
    for table in TABLES:
        for row in rows_of(plant, table.name):
            says = _source(row)
            if says.casefold().startswith(WORDS):
                found[str(row.at)] = says
    return found


def with_assumptions(text: AssumedText, statement: Statement) -> tuple[Statement, tuple[Assumption, ...]]:
    """The statement with MARK on each line that rests on assumptions, and these in order of file and line."""
    if not text.rows:
        return statement, ()
    day = date.fromisoformat(statement.day)
    rests: dict[str, dict[str, None]] = {}
    lines = []
    for line in statement.lines:
        own = assumed_behind(text, day, statement.area, line.what, line.other, line.kind)
        for at in own:
            figures = rests.setdefault(at, {})
            figures |= dict.fromkeys((line.what, *([VALUE] if line.amount else [])))
        lines.append(replace(line, marks=tuple(sorted({*line.marks, MARK}))) if own else line)
    for figure, at in (*_columns(text, statement, day), *_indicators(text, statement, day)):
        if at in text.rows:
            rests.setdefault(at, {})[figure] = None
    told = tuple(Assumption(at, text.rows[at], tuple(rests[at])) for at in text.rows if at in rests)
    return replace(statement, lines=tuple(lines)), told


def merged(*told: Iterable[Assumption]) -> tuple[Assumption, ...]:
    """The same assumptions of several statements once, with every figure that rests on them."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in (one for each in told for one in each):
        found.setdefault((one.at, one.source), {}).update(dict.fromkeys(one.figures))
    return tuple(Assumption(at, source, tuple(figures)) for (at, source), figures in found.items())


def assumed_behind(text: AssumedText, day: date, area: str, what: str, other: str, kind: str) -> tuple[str, ...]:
    """Where the assumed rows stand that an area's quantity and amount of one thing, with one other account, come from.

    `kind`: that of a statement's line, or what follows the colon in `what`.
    """
    return tuple(dict.fromkeys(at for at in _rows_behind(text, day, area, what, other, kind) if at in text.rows))


def _source(row: Any) -> str:
    return row.origin if isinstance(row, Stream) else str(getattr(row, "source", ""))


def _rows_behind(text: AssumedText, day: date, area: str, what: str, other: str, kind: str) -> Iterator[str]:
    plant, body = text.plant, what.partition(":")[0]
    material, _, part = body.partition("@")
    yield from (str(row.at) for row in plant.potentials if row.state == body and valid_on(row, day))
    yield from (str(row.at) for row in plant.charges if row.charge == body and valid_on(row, day))
    if kind == "regrade":
        grades = (row for row in plant.grades if valid_on(row, day) and row.material in plant.materials)
        yield from (str(row.at) for row in grades if material in (row.material, plant.materials[row.material].offspec_of))
    if part:
        yield from (str(r.at) for r in plant.quality if (r.material, r.component) == (material, part) and valid_on(r, day))
    for band in dict.fromkeys(("", part)):
        yield from text.prices(material, day, band)
    ends = {other, f"area:{area}"}
    for stream in text.streams.get(material, ()):
        accounts = {plant.account_of(stream.source), plant.account_of(stream.target)}
        if other in accounts and accounts <= ends and valid_on(stream, day):
            yield str(stream.at)


def _columns(text: AssumedText, statement: Statement, day: date) -> Iterator[tuple[str, str]]:
    """Standard and Allowed rest on the area's standards, on the planned prices of what these name, and on the output's streams. # L4"""
    if statement.standard is None:
        return
    rows = [row for row in text.standards.get(statement.area, ()) if valid_on(row, day)]
    yield from ((STANDARD, str(row.at)) for row in rows)
    for material in dict.fromkeys(name for row in rows for name in (row.output, row.item)):
        yield from ((STANDARD, at) for at in text.prices(material, day))
    for output in dict.fromkeys(row.output for row in rows):
        for stream in text.streams.get(output, ()):
            if valid_on(stream, day) and statement.area in areas_of(text.plant, stream):
                yield STANDARD, str(stream.at)


def _indicators(text: AssumedText, statement: Statement, day: date) -> Iterator[tuple[str, str]]:
    """Indicators rest on the factors and on the shares of the streams that their formulas name."""
    plant = text.plant
    factors: Mapping[tuple[str, str], Factor] = {(r.factor, r.material): r for r in plant.factors if valid_on(r, day)}
    for figure in statement.figures:
        row = plant.indicators.get(figure.id)
        for name in text.names(row.formula) if row is not None and figure.value is not None else ():
            kind, _, rest = name.partition(".")
            if kind == "factor" and (found := factors.get((rest.partition(".")[0], rest.partition(".")[2]))):
                yield f"indicator:{figure.id}", str(found.at)
            elif kind == "stream" and rest in plant.streams:
                yield f"indicator:{figure.id}", str(plant.streams[rest].at)
