"""Which figures of a statement rest on assumptions, and on which (I7, I8)? A row whose `source` begins with the word says so.

An assumption is a value of the plant's text that nobody measured, agreed or looked up. It counts like any other; but whoever reads a figure
that rests on it must see it. Nothing of this is part of a result: the mark is put on when a statement is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shiftledger.core.trace import walk
from shiftledger.indicators.formula import FormulaError, parse
from shiftledger.ledger.prices import price_on
from shiftledger.ledger.statement import Line, Statement
from shiftledger.plant.model import Factor, Plant, Stream, valid_on
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


def assumed_rows(plant: Plant) -> dict[str, str]:
    """What is assumed by the plant's text: the row's source by its file and line."""
    found = {}
    for table in TABLES:
        for row in rows_of(plant, table.name):
            says = _source(row)
            if says.casefold().startswith(WORDS):
                found[str(row.at)] = says
    return found


def with_assumptions(plant: Plant, statement: Statement) -> tuple[Statement, tuple[Assumption, ...]]:
    """The statement with MARK on each line that rests on assumptions, and these in order of file and line."""
    assumed = assumed_rows(plant)
    if not assumed:
        return statement, ()
    rests: dict[str, dict[str, None]] = {}
    lines = []
    for line in statement.lines:
        own = [at for at in _rows_behind(plant, statement, line) if at in assumed]
        for at in own:
            figures = rests.setdefault(at, {})
            figures |= dict.fromkeys((line.what, *([VALUE] if line.amount else [])))
        lines.append(replace(line, marks=tuple(sorted({*line.marks, MARK}))) if own else line)
    for figure, at in (*_columns(plant, statement), *_indicators(plant, statement)):
        if at in assumed:
            rests.setdefault(at, {})[figure] = None
    told = tuple(Assumption(at, assumed[at], tuple(rests[at])) for at in assumed if at in rests)
    return replace(statement, lines=tuple(lines)), told


def _source(row: Any) -> str:
    return row.origin if isinstance(row, Stream) else str(getattr(row, "source", ""))


def _rows_behind(plant: Plant, statement: Statement, line: Line) -> Iterator[str]:
    """Where the rows stand that a line's quantity and amount come from."""
    day = date.fromisoformat(statement.day)
    body = line.what.partition(":")[0]
    material, _, part = body.partition("@")
    if line.kind == "state":
        yield from (str(row.at) for row in plant.potentials if row.state == body and valid_on(row, day))
    if line.kind == "charge":
        yield from (str(row.at) for row in plant.charges if row.charge == body and valid_on(row, day))
    if line.kind == "regrade":
        grades = (row for row in plant.grades if valid_on(row, day) and row.material in plant.materials)
        yield from (str(row.at) for row in grades if material in (row.material, plant.materials[row.material].offspec_of))
    if part:
        yield from (str(r.at) for r in plant.quality if (r.material, r.component) == (material, part) and valid_on(r, day))
    for band in dict.fromkeys(("", part)):
        price = price_on(plant, material, day, band)
        if price is not None:
            yield str(price.at)
            yield from (node.at for _, node in walk(price.trace)) if price.trace is not None else ()
    ends = {line.other, f"area:{statement.area}"}
    for stream in plant.streams.values():
        accounts = {plant.account_of(stream.source), plant.account_of(stream.target)}
        if stream.material == material and line.other in accounts and accounts <= ends and valid_on(stream, day):
            yield str(stream.at)


def _columns(plant: Plant, statement: Statement) -> Iterator[tuple[str, str]]:
    """Standard and Allowed rest on the area's standards."""
    day = date.fromisoformat(statement.day)
    if statement.standard is not None:
        yield from ((STANDARD, str(row.at)) for row in plant.standards if row.area == statement.area and valid_on(row, day))


def _indicators(plant: Plant, statement: Statement) -> Iterator[tuple[str, str]]:
    """Indicators rest on the factors and on the shares of the streams that their formulas name."""
    day = date.fromisoformat(statement.day)
    factors: Mapping[tuple[str, str], Factor] = {(r.factor, r.material): r for r in plant.factors if valid_on(r, day)}
    for figure in statement.figures:
        row = plant.indicators.get(figure.id)
        for name in _names(row.formula) if row is not None and figure.value is not None else ():
            kind, _, rest = name.partition(".")
            if kind == "factor" and (found := factors.get((rest.partition(".")[0], rest.partition(".")[2]))):
                yield f"indicator:{figure.id}", str(found.at)
            elif kind == "stream" and rest in plant.streams:
                yield f"indicator:{figure.id}", str(plant.streams[rest].at)


def _names(formula: str) -> tuple[str, ...]:
    try:
        return parse(formula).names
    except FormulaError:
        return ()
