"""A file's text with some values changed and everything else as it stood: comments, order, spaces, quotes (L7: text is what is sealed).

In CSV a changed cell is replaced in its line; in TOML a changed value behind its key. A row that is taken away takes its own lines with
it, and with them the comments behind its values; comments on lines of their own always stay. What cannot be done so is `ByHand`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shiftledger.plant.cell_text import key_text, literal, raw_of
from shiftledger.plant.grids import Change, fields_of, has_ids
from shiftledger.plant.schema import Table, table_of
from shiftledger.plant.source import Record, parsed, records
from shiftledger.plant.toml_index import TomlIndex, toml_index

Path = tuple[str | int, ...]


class ByHand(Exception):
    """A change that the text has no room for: the line (from 1) where it would have to be made, and the change."""

    def __init__(self, line: int, change: Change, field: str = "") -> None:
        super().__init__(line)
        self.line, self.change, self.field = line, change, field


def edited(file: str, text: str, made: Sequence[Change]) -> str:
    """The text of `file` after the changes; ByHand. The rows of the changes count those of `grid_of(file, text)`."""
    return _edited_toml(file, text, made) if file.endswith(".toml") else _edited_csv(text, made)


def written(file: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The text of a new file: what the rows say, in the usual form."""
    if file.endswith(".toml"):
        return "\n".join(_block(file, {name: row[name] for name in columns if row.get(name)}) for row in rows)
    required = {name for name, field in fields_of(file).items() if field.required}
    used = [name for name in columns if name in required or any(row.get(name) for row in rows)]
    lines = [used, *([row.get(name, "") for name in used] for row in rows)]
    return "".join(f"{_record(cells)}\n" for cells in lines)


# --- CSV


def _edited_csv(text: str, made: Sequence[Change]) -> str:
    lines = text.split("\n")
    header, *body = [record for record in records(tuple(lines)) if isinstance(record, Record)]
    names = list(header.cells)
    fresh = [name for name in _filled(made) if name not in names]
    by_row = {change.row: change for change in made if change.row is not None}
    new: dict[int, list[str]] = {}
    for one in made:
        if one.row is None:
            said = [one.cells[name][1] if name in one.cells else "" for name in (*names, *fresh)]
            new.setdefault(one.after, []).append(_record(said))
    out, at = [], 0
    for n, record in enumerate((header, *body), -1):
        out += lines[at : record.line - 1]
        own, at = lines[record.line - 1 : record.end], record.end
        change = by_row.get(n)
        if change is None or change.sheet_row is not None:
            cells = {name: after for name, (_, after) in change.cells.items()} if change else {}
            further = fresh if n < 0 else [cells.get(name, "") for name in fresh]
            out += _with_cells(own, record, names, cells)
            out[-1] += "".join(f",{_quoted(cell)}" for cell in further)
        out += new.get(n, [])
    return "\n".join([*out, *lines[at:]])


def _filled(made: Iterable[Change]) -> list[str]:
    """The fields to which something is written, each once."""
    return list(dict.fromkeys(name for change in made for name, (_, after) in change.cells.items() if after))


def _with_cells(own: list[str], record: Record, names: Sequence[str], made: Mapping[str, str]) -> list[str]:
    """The lines of a record with new cells; all else as it stands, unless a cell of it goes over several lines."""
    cells = [made.get(name, cell) for name, cell in zip(names, record.cells, strict=True)]
    changed = [n for n, cell in enumerate(cells) if cell != record.cells[n]]
    if not changed:
        return own
    if len(own) > 1:
        return _record(cells).split("\n")
    line = own[0]
    for n in reversed(changed):
        _, column, length = record.spots[n]
        start = column - 1
        stop = start + (length if line[start : start + 1] not in ("", ",") else 0)
        line = line[:start] + _quoted(cells[n], first=n == 0) + line[stop:]
    return [line]


def _record(cells: Sequence[str]) -> str:
    return ",".join(_quoted(cell, first=n == 0) for n, cell in enumerate(cells))


def _quoted(cell: str, *, first: bool = False) -> str:
    """A cell as CSV; a first one that begins with # would make its line a remark."""
    if re.search(r'[,"\n]', cell) or (first and cell.startswith("#")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


# --- TOML


def _edited_toml(file: str, text: str, made: Sequence[Change]) -> str:
    table = table_of(file)
    assert table is not None, file
    body = text if text.endswith("\n") or not text else f"{text}\n"
    toml = _Toml(file, table, body)
    cuts = [cut for change in made for cut in toml.cuts(change)]
    out, at = [], 0
    for start, stop, put in sorted(cuts, key=lambda cut: cut[:2]):
        if start < at:
            continue  # lines that went already
        out += [body[at:start], put]
        at = stop
    return "".join([*out, body[at:]])


class _Toml:
    """Where things stand in a file. A cut is (start, stop, what stands there instead), as offsets in the text."""

    def __init__(self, file: str, table: Table, text: str) -> None:
        self.file, self.table, self.text = file, table, text
        self.index: TomlIndex = toml_index(text)
        self.rows: list[Path] = [(table.name, row.id) if row.id else (table.name,) for row in parsed(file, text).rows]

    def cuts(self, change: Change) -> Iterator[tuple[int, int, str]]:
        if change.row is None:
            block = _block(self.file, {name: after for name, (_, after) in change.cells.items()})
            at = self._end_of(self.rows[change.after]) if change.after >= 0 else len(self.text)
            yield at, at, f"\n{block}" if self.text[:at].strip() else block
            return
        row = self.rows[change.row]
        if row not in self.index.headers:
            raise ByHand(self._line(self.index.keys.get(row, (1, 1, 1))), change)
        if change.sheet_row is None:
            yield from self._gone(row)
            return
        for name, (_, after) in change.cells.items():
            yield from self._value(row, name, after, change)

    def _value(self, row: Path, name: str, after: str, change: Change) -> Iterator[tuple[int, int, str]]:
        path = (*row, name)
        if name == "id" and has_ids(self.file, self.table):
            if [header for header in self.index.headers if header[: len(row)] == row] != [row]:
                raise ByHand(self._line(self.index.keys[row]), change, name)
            start, stop = self.index.headers[row]
            yield start, stop + 1, f"[{self.table.name}.{key_text(after)}]"
        elif path in self.index.pairs:
            key, value, stop = self.index.pairs[path]
            if after:
                yield value, stop, self._literal(name, after, self.text[value:stop])
            else:
                yield self._lines(key, stop, change, name)
        elif any(found[: len(path)] == path for found in (*self.index.pairs, *self.index.headers)):
            raise ByHand(self._line(self.index.keys[path]), change, name)
        elif after:
            at = self._end_of(row, own=True)
            yield at, at, f"{name} = {self._literal(name, after)}\n"

    def _literal(self, name: str, text: str, before: str = "") -> str:
        """A value as TOML, written as the one before it was: with or without seconds TOML has no choice, with or without lines it has."""
        raw = raw_of(fields_of(self.file)[name], text)
        if isinstance(raw, list) and "\n" in before and all(isinstance(part, dict) for part in raw):
            return "[\n" + "".join(f"    {literal(part)},\n" for part in raw) + "]"
        return literal(raw)

    def _gone(self, row: Path) -> Iterator[tuple[int, int, str]]:
        """The lines of a row: its header, its pairs, its further tables, and the blank lines that would stand twice."""
        lines: list[tuple[int, int]] = []
        for start, stop in sorted(self._parts(row)):
            if not lines or start >= lines[-1][1]:  # else it is a part of the value before it
                lines.append(self._lines(start, stop)[:2])
        first, (start, stop) = lines[0][0], lines.pop()
        if not self.text[:first].strip() or self.text[:first].endswith("\n\n"):
            while self.text[stop : stop + 1] == "\n":
                stop += 1
        yield from ((*cut, "") for cut in (*lines, (start, stop)))

    def _parts(self, row: Path, *, own: bool = False) -> Iterator[tuple[int, int]]:
        """Start and end of the headers and pairs of a row; with `own` not of its further tables."""
        size = len(row)
        for header, (start, stop) in self.index.headers.items():
            if header == row or (header[:size] == row and not own):
                yield start, stop + 1
        inner = [header for header in self.index.headers if header[:size] == row and header != row] if own else []
        for path, (start, _, stop) in self.index.pairs.items():
            if path[:size] == row and not any(path[: len(header)] == header for header in inner):
                yield start, stop

    def _end_of(self, row: Path, *, own: bool = False) -> int:
        """The offset behind the last line of a row."""
        return max((self._line_end(stop) for _, stop in self._parts(row, own=own)), default=len(self.text))

    def _lines(self, start: int, stop: int, change: Change | None = None, name: str = "") -> tuple[int, int, str]:
        """The whole lines of a pair; ByHand where something else stands on them."""
        begin = self.text.rfind("\n", 0, start) + 1
        if change is not None and self.text[begin:start].strip():
            raise ByHand(self.text.count("\n", 0, start) + 1, change, name)
        return begin, self._line_end(stop), ""

    def _line_end(self, at: int) -> int:
        return self.text.index("\n", at) + 1

    def _line(self, spot: tuple[int, int, int]) -> int:
        return spot[0]


def _block(file: str, row: Mapping[str, str]) -> str:
    """A row as a TOML table."""
    table, fields = table_of(file), fields_of(file)
    assert table is not None, file
    named = has_ids(file, table)
    head = f"[{table.name}.{key_text(row.get('id', ''))}]" if named else f"[{table.name}]"
    pairs = [
        f"{name} = {literal(raw_of(fields[name], text))}" for name, text in row.items() if text and not (named and name == "id")
    ]
    return "".join(f"{line}\n" for line in (head, *pairs))
