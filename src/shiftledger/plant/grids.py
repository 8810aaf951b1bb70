"""A plant's file as a sheet of cells: columns of fields, and rows of text; and which row of one sheet is which of another.

The order of the rows says nothing: whoever sorts a sheet changes nothing. A row is the same as another if all it says is the same, else
if they agree in what tells rows apart, else if most of it is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shiftledger.plant.cell_text import ID, meanings, shown
from shiftledger.plant.fields import Field
from shiftledger.plant.schema import FIELDS_OF, Table, table_of
from shiftledger.plant.source import parsed

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Grid:
    """One file: all fields that it can have, those that its text names (in its order) first; the filled cells of each row."""

    file: str
    columns: tuple[str, ...]
    named: int  # how many of the columns the text names
    rows: tuple[Cells, ...]


def fields_of(file: str) -> dict[str, Field]:
    """The columns that a file's sheet can have: its fields, with `id` before them where rows have names."""
    table = table_of(file)
    assert table is not None, file
    own = {field.name: field for field in FIELDS_OF[table.name]}
    return {"id": ID, **own} if has_ids(file, table) else own


def has_ids(file: str, table: Table) -> bool:
    return file.endswith(".toml") and table.name != "plant"


def grid_of(file: str, text: str) -> Grid:
    """The sheet of a file whose text is without errors."""
    fields, toml = fields_of(file), file.endswith(".toml")
    source = parsed(file, text)
    rows: list[Cells] = []
    for row in source.rows:
        cells = {name: shown(fields[name], raw) if toml else raw for name, raw in row.values.items()}
        rows.append({"id": row.id, **cells} if "id" in fields and toml and row.id else cells)
    if source.header is not None:
        named = [str(path[0]) for path in source.header.keys if path[0] in fields]
    else:
        used = {name for row in rows for name in row}
        named = [name for name, field in fields.items() if name in used or field.required]
    rest = [name for name in fields if name not in named]
    return Grid(file, (*named, *rest), len(named), tuple(rows))


def matched(file: str, before: Sequence[Cells], after: Sequence[Cells], columns: Sequence[str]) -> list[int | None]:
    """For every row of `after` the row of `before` that it was, each at most once; None for a new one. Only `columns` are looked at."""
    fields, toml = {name: field for name, field in fields_of(file).items() if name in columns}, file.endswith(".toml")
    old = [meanings(fields, row, toml=toml) for row in before]
    new = [meanings(fields, row, toml=toml) for row in after]
    found: dict[int, int] = {}
    keys = key_columns(file)
    _pair(old, new, found, lambda row: tuple(sorted((name, repr(value)) for name, value in row.items())))
    _pair(old, new, found, lambda row: tuple(row.get(name) for name in keys))
    if not has_ids(file, _table(file)):
        _pair(old, new, found, lambda row: tuple(row.get(name) for name in keys if name != "valid_from"))
    _alike(old, new, found)
    return [found.get(n) for n in range(len(after))]


def _table(file: str) -> Table:
    table = table_of(file)
    assert table is not None, file
    return table


def key_columns(file: str) -> tuple[str, ...]:
    """The columns that tell rows apart, with the first day on which a row holds."""
    table = _table(file)
    if has_ids(file, table):
        return ("id",)
    return tuple(name for name, field in fields_of(file).items() if field.target in table.key or name == "valid_from")


def _pair(
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    found: dict[int, int],
    key: Callable[[Mapping[str, Any]], Hashable],
) -> None:
    """Pair what is left by a key, in order."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    taken = set(found.values())
    for n in reversed(range(len(old))):
        if n not in taken:
            waiting[key(old[n])].append(n)
    for n, row in enumerate(new):
        if n not in found and waiting.get(key(row)):
            found[n] = waiting[key(row)].pop()


MOST_COMPARED = 200  # rows left on each side, for which likeness is looked at


def _alike(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], found: dict[int, int]) -> None:
    """Pair what is left if more than half of all that both say is the same, the most alike first."""
    taken = set(found.values())
    left = [n for n in range(len(old)) if n not in taken][:MOST_COMPARED]
    fresh = [n for n in range(len(new)) if n not in found][:MOST_COMPARED]
    likeness = []
    for a in left:
        for b in fresh:
            names = {*old[a], *new[b]}
            same = sum(name in old[a] and name in new[b] and old[a][name] == new[b][name] for name in names)
            if 2 * same > len(names):
                likeness.append((-same / len(names), abs(a - b), a, b))
    for _, _, a, b in sorted(likeness):
        if a not in taken and b not in found:
            taken.add(a)
            found[b] = a


@dataclass(frozen=True, slots=True)
class Change:
    """What a sheet changes in a file. `row`: of the file, or None for a new row; `sheet_row`: of the sheet, or None where it is gone."""

    row: int | None
    sheet_row: int | None
    cells: Mapping[str, tuple[str, str]]  # field -> before, after; "" is nothing
    after: int = -1  # a new row: the row of the file that it follows; -1: the first


def changes(grid: Grid, columns: Sequence[str], rows: Sequence[Cells]) -> tuple[Change, ...]:
    """What makes a sheet of `rows`, which has these `columns`, of the file; nothing of other columns. New rows last, in the sheet's order."""
    fields, toml = fields_of(grid.file), grid.file.endswith(".toml")
    known = [name for name in columns if name in fields]
    origin = matched(grid.file, grid.rows, rows, known)
    made: list[Change] = []
    previous = -1
    for n, (row, old) in enumerate(zip(rows, origin, strict=True)):
        if old is None:
            made.append(Change(None, n, {name: ("", row[name]) for name in known if row.get(name)}, previous))
            continue
        previous = old
        was, now = meanings(fields, grid.rows[old], toml=toml), meanings(fields, row, toml=toml)
        cells = {name: (grid.rows[old].get(name, ""), row.get(name, "")) for name in known if was.get(name) != now.get(name)}
        if cells:
            made.append(Change(old, n, cells))
    kept = set(origin)
    gone = [n for n in range(len(grid.rows)) if n not in kept]
    made += [Change(n, None, {name: (text, "") for name, text in grid.rows[n].items()}) for n in gone]
    return tuple(made)
