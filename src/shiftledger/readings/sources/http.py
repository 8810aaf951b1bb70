"""What does a body that somebody pushes tell (R3)? JSON, one JSON object a line, or CSV; readings, and the rows that are none.

The columns are those that sources.toml names; `columns` maps the sender's names to tags. Rows are read as those of any other message;
a bad row is refused alone, with its number, and the rest is taken. Pure, and total: any bytes at all give an answer.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import clip
from shiftledger.readings.sources.live import Message, Refused, Told
from shiftledger.readings.sources.mqtt_json import Arrived, Declared, declared_of, rows_said

LARGEST = 4 << 20  # bytes of a body
MOST = 50_000  # rows of a body
KEPT = 1000  # characters of a refused row
FORMS = {
    "application/json": "json",
    "text/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """A body of which nothing can be taken, and why; `kind`: size, form (not one of FORMS, or its charset), or content."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A body as it came: its media type and charset ("" as declared), who sent it, and when it arrived (UTC microseconds)."""

    body: bytes
    media: str
    charset: str
    sender: str
    arrived: int


def read_body(plant: Plant, source: SourceFile, pushed: Pushed) -> Message | Unread:
    """The readings of a body in its order, each with the address `http:sender#row` (rows count from 1). # R3"""
    form = FORMS.get(pushed.media)
    if form is None:
        return Unread("form", f'"{clip(pushed.media)}" is not read here; send {", ".join(FORMS)}')
    if len(pushed.body) > LARGEST:
        return Unread("size", f"the body has more than {LARGEST:,} bytes; send it in parts")
    try:
        text = _text(source, pushed)
    except LookupError:
        return Unread("form", f'there is no charset "{clip(pushed.charset or source.encoding)}"')
    except UnicodeError:
        return Unread("content", f"the body is not text in {pushed.charset or source.encoding}")
    try:
        rows = list(READERS[form](source, text))
    except (ValueError, RecursionError) as error:
        why = "it is nested beyond all measure" if isinstance(error, RecursionError) else str(error)
        return Unread("content", f"the body cannot be read: {clip(why)}")
    if len(rows) > MOST:
        return Unread("size", f"the body has {len(rows):,} rows; send no more than {MOST:,} at a time")
    return _message(plant, source, rows, pushed)


def _text(source: SourceFile, pushed: Pushed) -> str:
    charset = pushed.charset or source.encoding
    if not "a".encode(charset).isascii():  # LookupError where it is no encoding of text
        raise LookupError(charset)
    return pushed.body.decode("utf-8-sig" if charset.lower().replace("_", "-") in ("utf-8", "utf8") else charset)


def _message(plant: Plant, source: SourceFile, rows: list[Any], pushed: Pushed) -> Message:
    read = _reader(plant, source)
    told: list[Told] = []
    refused: list[Refused] = []
    for number, row in enumerate(rows, 1):
        for said in read(row, pushed.arrived, f"http:{pushed.sender}#{number}"):
            if isinstance(said, Told):
                told.append(said)
            else:
                refused.append(said)
    return Message(tuple(told), tuple(refused))


def said_of(plant: Plant, source: SourceFile, row: Any, arrived: int, address: str) -> Iterator[Told | Refused]:
    """The readings of one row, or why it is none; `arrived` UTC microseconds. # R3"""
    yield from _reader(plant, source)(row, arrived, address)


def _reader(plant: Plant, source: SourceFile) -> Callable[[Any, int, str], Iterator[Told | Refused]]:
    """Reads rows of a source, one after the other."""
    names = dict(source.columns)
    declared = declared_of(plant, replace(source, columns=()))

    def read(row: Any, arrived: int, address: str) -> Iterator[Told | Refused]:
        for said in _said(declared, row, arrived):
            if isinstance(said, Told):
                yield replace(said, tag=names.get(said.tag, said.tag), address=address)
            else:
                yield replace(said, address=address, text=said.text[:KEPT])

    return read


def _said(declared: Declared, row: Any, arrived: int) -> Iterator[Told | Refused]:
    if isinstance(row, _Bad):
        yield Refused("", row.text, row.why)
    elif isinstance(row, dict):
        yield from rows_said(declared, Arrived("", b"", arrived), row)
    else:
        yield Refused("", json.dumps(row, ensure_ascii=False)[:KEPT], "it is no object with a time, a tag and a value")


# --- rows


@dataclass(frozen=True, slots=True)
class _Bad:
    """A row that is none."""

    text: str
    why: str


def _json_rows(source: SourceFile, text: str) -> Iterator[Any]:
    """One object, or an array of objects."""
    content = _loaded(text)
    if not isinstance(content, dict | list | _Bad):
        raise ValueError("it is neither an object nor an array of objects")
    yield from content if isinstance(content, list) else [content]


def _line_rows(source: SourceFile, text: str) -> Iterator[Any]:
    """One object a line; blank lines are none."""
    for line in text.split("\n"):
        if line.strip():
            try:
                yield _loaded(line)
            except (ValueError, RecursionError) as error:
                yield _Bad(line[:KEPT], f"the line is not JSON: {clip(str(error))}")


def _loaded(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object, parse_int=_whole)


def _whole(text: str) -> int | float:
    return int(text) if len(text) < 30 else float(text)


def _object(pairs: list[tuple[str, Any]]) -> Any:
    content = dict(pairs)
    if len(content) < len(pairs):
        return _Bad(json.dumps(pairs, ensure_ascii=False, default=str)[:KEPT], "a key stands twice in it")
    return content


def _csv_rows(source: SourceFile, text: str) -> Iterator[Any]:
    """A header, and a row a line. An empty cell is left out."""
    delimiter = "\t" if source.delimiter in ("\\t", "tab") else source.delimiter
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from None
    header = [name.strip() for name in table[0]] if table else []
    asked = [name for name in (source.time, source.tag, source.value, source.quality, source.revision) if name]
    missing = [name for name in asked if header.count(name) != 1]
    if missing:
        raise ValueError(f'the column "{missing[0]}" must stand once in the first line; it has {", ".join(header)}')
    for cells in table[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            yield _Bad(delimiter.join(cells)[:KEPT], f"it has {len(cells)} cells, the first line has {len(header)}")
        else:
            yield {name: _cell(source, name, cell) for name, cell in zip(header, cells, strict=True) if cell.strip()}


def _cell(source: SourceFile, name: str, cell: str) -> Any:
    """A cell as text; a count since 1970 as a number, which text is not."""
    text = cell.strip()
    counted = name == source.time and source.time_format.startswith("epoch-") and re.fullmatch(r"-?\d{1,16}\.\d+", text)
    return float(text) if counted else text


READERS = {"json": _json_rows, "ndjson": _line_rows, "csv": _csv_rows}
