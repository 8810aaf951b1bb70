"""CSV and Parquet files as columns by name, with the place of every row (R3, R4).

`open_csv` and `open_parquet` end in the same `Sheet`. Row i of a sheet stands on line `lines[i]` of its file (1-based; a CSV header is
line 1; Parquet rows count from 1). Lines that are no rows of the table come out as `torn`, with their text and the reason.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import Instants
from shiftledger.readings.codes import found
from shiftledger.readings.sources.cells import TEXT, Column, clip, mask, said
from shiftledger.readings.sources.choose import places_of, stands_twice, when_columns
from shiftledger.readings.sources.screen import KEPT, LONGEST_LINE, Screened

BLOCK = 1 << 24
CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))
NOTHING: Mapping[int, int] = MappingProxyType({})
Torn = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The asked columns: Arrow arrays of equal length, the line of each row, and the lines that are no rows."""

    by_name: dict[str, Column]
    lines: Instants
    text: Callable[[int], str]  # the whole text of row i
    torn: tuple[Torn, ...] = ()
    issues: tuple[Issue, ...] = ()
    cell: Callable[[int, str], tuple[str, str]] = lambda row, column: (
        "",
        "",
    )  # in a workbook: place, and what is wrong with the cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be opened: its header, the columns on demand, and where the header stands (None: line 1)."""

    header: tuple[str, ...]
    columns: Callable[[Sequence[str]], Columns]
    head: Location | None = None
    skipped: frozenset[int] = frozenset()  # places of columns that are not to be read


def is_cell(place: str) -> bool:
    """True for a place such as Sheet1!C7, which needs no line beside it."""
    return "!" in place


Opener = Callable[[Path, SourceFile, Location], Outcome[Sheet | None]]


def open_sheet(passed: Screened, opener: Opener) -> Outcome[Sheet | None]:
    """The file as a sheet, read by `opener`; or None with the reason."""
    name, source, path = passed.label, passed.source, passed.path
    here = Location(name)
    try:
        opened = open_csv(path, source, here, passed.cut) if passed.cut else opener(path, source, here)
    except OSError as error:
        return Outcome(
            None,
            (
                found(
                    "R003", f"the file cannot be read ({error.strerror or type(error).__name__})", here, "Check its permissions."
                ),
            ),
        )
    if opened.result is None:
        return opened
    twice = sorted(
        column for column, n in Counter(opened.result.header).items() if n > 1 and column and column in _declared(source)
    )
    issues = [stands_twice(column, opened.result.header, opened.result.head or Location(name, 1)) for column in twice]
    return Outcome(None if twice else opened.result, (*opened.issues, *issues))


def _declared(source: SourceFile) -> set[str]:
    lots = (source.lot, source.start, source.duration, source.pieces, source.stage)
    lab = (source.point, source.analyte, source.result_time, source.start, source.duration)
    long = (*when_columns(source), source.tag, source.value, source.quality, source.revision)
    own = {"lots": (*long, *lots), "lab": (*long, *lab)}.get(source.layout, long)
    return {*own, *(column for column, _ in source.columns)}


# --- CSV


def open_csv(path: Path, source: SourceFile, here: Location, cut: Mapping[int, int] = NOTHING) -> Outcome[Sheet | None]:
    """A CSV file in the declared encoding and delimiter; of the lines `cut` (line -> bytes) only the beginning is there."""
    delimiter = "\t" if source.delimiter in ("\\t", "tab") else source.delimiter
    if len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii():
        return Outcome(
            None, (found("R010", f'the delimiter "{source.delimiter}" is not one character', source.at, "Use , or ; or a tab."),)
        )
    decoded = _decoded(path, source, here)
    if isinstance(decoded, Issue):
        return Outcome(None, (decoded,))
    text = decoded.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in decoded else decoded
    if not text or text.isspace():
        return Outcome(None, (found("R006", "the file is empty", here, "Export it again, with a header line."),))
    first = max(source.header_row, 1)
    lines = io.BytesIO(text)
    above = [lines.readline() for _ in range(first + source.header_rows - 1)]
    if any(line.translate(None, CONTROL) != line for line in above):
        return Outcome(
            None, (found("R006", "the file is binary, not CSV", here, "Check `format` and `encoding` in sources.toml."),)
        )
    header = _header(above[first - 1 :], first, delimiter, here)
    if isinstance(header, Issue):
        return Outcome(None, (header,))
    as_rows = _like_rows(header, lines, delimiter)
    columns = partial(_csv_columns, text, as_rows, len(above), delimiter, source.decimal, cut, ends=len(as_rows) > len(header))
    return Outcome(Sheet(as_rows, columns, Location(here.file, first)))


def _header(rows: Sequence[bytes], first: int, delimiter: str, here: Location) -> tuple[str, ...] | Issue:
    """The names of the columns: the texts of the header's lines, the first of which is line `first`. # R3"""
    parts: list[list[str]] = []
    for line, row in enumerate(rows, first):
        at, remedy = Location(here.file, line), f"Put the column names on line {line}, or say header_row in sources.toml."
        if not row.strip() or len(row) > LONGEST_LINE:
            what = "is blank" if row.strip(b" \t") == b"\n" else "is longer than 1 MiB" if row.strip() else "is missing"
            return found("R006", f"line {line} {what}, where the header should be", at, remedy)
        try:
            parts.append([cell.strip() for cell in next(csv.reader(io.StringIO(row.decode()), delimiter=delimiter))])
        except csv.Error as error:
            return found("R006", f"the header is not CSV ({error})", at, remedy)
    return joined(parts)


def fitted(header: Sequence[str], width: int) -> tuple[str, ...]:
    """The header with as many columns as the rows, where the two differ only by a delimiter at the end of the line. # R3

    >>> fitted(("time", "value", ""), 2), fitted(("time", "value"), 3), fitted(("time", "value"), 4)
    (('time', 'value'), ('time', 'value', ''), ('time', 'value'))
    """
    if len(header) == width + 1 and not header[-1]:
        return tuple(header[:-1])
    return (*header, "") if len(header) == width - 1 else tuple(header)


def _like_rows(header: tuple[str, ...], lines: io.BytesIO, delimiter: str) -> tuple[str, ...]:
    """The header as the first row below it ends: a last cell counts only where it says something."""
    row = next((line for line in lines if line.strip()), b"")
    try:
        cells = next(csv.reader(io.StringIO(row[:LONGEST_LINE].decode("utf-8", "replace")), delimiter=delimiter), [])
    except csv.Error:
        return header
    return header if len(cells) > len(header) and cells[-1].strip() else fitted(header, len(cells))


def joined(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The texts of each column of a header, from top to bottom, as one name: "Line 1 / Flow"."""
    return tuple(" / ".join(part for part in parts if part) for parts in zip_longest(*rows, fillvalue=""))


def _decoded(path: Path, source: SourceFile, here: Location) -> bytes | Issue:
    """The file's text as UTF-8 without a byte order mark."""
    raw = path.read_bytes()
    try:
        if codecs.lookup(source.encoding).name == "utf-8":
            _ = raw.isascii() or raw.decode()  # every byte is looked at, few files need more than that
            return raw.removeprefix(codecs.BOM_UTF8)
        text = raw.decode(source.encoding)
        return text.removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not {source.encoding}"
        return found(
            "R004",
            message,
            Location(here.file, line),
            f'Declare the right encoding of source "{source.id}" (gb18030, utf-16, ...).',
        )
    except (LookupError, UnicodeError):
        return found(
            "R010",
            f'the encoding "{source.encoding}" is unknown or does not fit',
            source.at,
            "Name a known one, such as utf-8 or gb18030.",
        )


def _csv_columns(
    text: bytes,
    header: tuple[str, ...],
    above: int,
    delimiter: str,
    decimal: str,
    cut: Mapping[int, int],
    names: Sequence[str],
    *,
    ends: bool,
) -> Columns:
    """The named columns below `above` lines as text: no type and no null is guessed, an empty cell is null.

    `ends`: the rows end with a delimiter that the header has not; what says something behind it is no row of the table.
    """
    starts, ends_at = _line_bounds(text, above)
    keep, torn = _readable_lines(text, starts, ends_at, above, cut)
    whole = len(keep) == len(starts)
    body = text[starts[0] :] if whole and len(starts) else b"".join(text[starts[i] : ends_at[i]] + b"\n" for i in keep)
    unfit: list[int] = []
    split = "; a number with a decimal comma must stand in quotes, or the delimiter be another" if decimal == delimiter else ""

    def note(row: pacsv.InvalidRow) -> Literal["skip"]:
        at = (row.number or 0) - 1  # known, since one thread reads
        unfit.append(at)
        if row.text.strip():
            reason = f"{row.actual_columns} cells, the header has {row.expected_columns - ends}{split}"
            if row.actual_columns == row.expected_columns - ends:
                reason = "it does not end with a delimiter, as the first row does"
            torn.append((int(keep[at]) + above + 1, shorten(row.text), reason))
        return "skip"

    places = places_of(header)
    wanted = {name: str(places[name]) for name in names} | ({"": str(len(header) - 1)} if ends else {})
    if not body:
        return Columns({name: pa.array([], TEXT) for name in names}, np.empty(0, np.int64), lambda _: "", tuple(sorted(torn)))
    table = pacsv.read_csv(
        io.BytesIO(body),
        read_options=pacsv.ReadOptions(column_names=[str(i) for i in range(len(header))], use_threads=False, block_size=BLOCK),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=note, quote_char='"' if b'"' in body else False
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(wanted.values(), TEXT),
            include_columns=list(dict.fromkeys(wanted.values())),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    rows = np.delete(keep, unfit)
    columns = {name: one_chunk(table.column(i)) for name, i in wanted.items()}
    if ends:
        last = columns.pop("")
        more = np.flatnonzero(mask(last.is_valid()))
        reason = f"{len(header)} cells, the header has {len(header) - 1}{split}"
        torn += [(int(rows[i]) + above + 1, shorten(text[starts[rows[i]] : ends_at[rows[i]]].decode()), reason) for i in more]
        fit = pa.array(np.delete(np.arange(len(rows)), more))
        rows, columns = np.delete(rows, more), {name: column.take(fit) for name, column in columns.items()}
    return Columns(
        columns,
        rows + above + 1,
        lambda i: shorten(text[starts[rows[i]] : ends_at[rows[i]]].decode("utf-8", "replace")),
        tuple(sorted(torn)),
    )


def _line_bounds(text: bytes, above: int) -> tuple[Instants, Instants]:
    """Start and end of every line below the first `above` ones."""
    breaks = np.flatnonzero(np.frombuffer(text, np.uint8) == 10).astype(np.int64)
    ends = breaks if text.endswith(b"\n") else np.append(breaks, len(text))
    return ends[above - 1 : -1] + 1, ends[above:]


def _readable_lines(
    text: bytes, starts: Instants, ends: Instants, above: int, cut: Mapping[int, int]
) -> tuple[npt.NDArray[np.int64], list[Torn]]:
    """The lines to parse (indices below the header), and those that cannot be: too long, binary, or with an open quote.

    A quoted line break would make rows and lines part ways; it is refused, so that every row keeps its line.
    """
    reasons: dict[int, str] = {}
    if b'"' in text:
        odd = _signs(text, b'"', starts, ends) % 2 == 1
        reasons |= dict.fromkeys(np.flatnonzero(odd).tolist(), "a quote is opened and never closed on this line")
    if b"\0" in text:
        binary = _signs(text, b"\0", starts, ends) > 0
        reasons |= dict.fromkeys(
            np.flatnonzero(binary).tolist(), "the line holds bytes that are no text (NUL), as a crash leaves them"
        )
    length = ends - starts
    reasons |= {int(i): f"the line is longer than 1 MiB ({length[i]:,} bytes)" for i in np.flatnonzero(length > LONGEST_LINE)}
    reasons |= {line - above - 1: f"the line is longer than 1 MiB ({size:,} bytes)" for line, size in cut.items()}
    fits = length > 0
    fits[list(reasons)] = False
    torn = [
        (i + above + 1, shorten(text[starts[i] : ends[i]].decode("utf-8", "replace")), why) for i, why in sorted(reasons.items())
    ]
    return np.flatnonzero(fits).astype(np.int64), torn


def _signs(text: bytes, sign: bytes, starts: Instants, ends: Instants) -> Instants:
    """How often each line has that one byte."""
    found_at = np.flatnonzero(np.frombuffer(text, np.uint8) == sign[0])
    return np.searchsorted(found_at, ends) - np.searchsorted(found_at, starts)


def shorten(text: str) -> str:
    """Text as quarantine keeps it: whole, unless it is absurdly long."""
    return text if len(text) <= KEPT else f"{text[:KEPT]}... ({len(text):,} characters)"


def one_chunk(column: Any) -> Column:
    """A column in one piece; words of several row groups get one common table."""
    if pa.types.is_dictionary(column.type):
        wide = pa.dictionary(pa.int32(), column.type.value_type)  # the common table may need larger numbers than its parts
        column = column.cast(wide).unify_dictionaries()
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


# --- Parquet


def open_parquet(path: Path, source: SourceFile, here: Location, /) -> Outcome[Sheet | None]:
    """A Parquet file; its cells keep their types, text becomes text of one kind."""
    if path.stat().st_size == 0:
        return Outcome(None, (found("R006", "the file is empty", here, "Export it again."),))
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            header = tuple(schema.names)
            whole = source.layout == "events" or (source.layout == "wide" and not source.columns)
            places = places_of(header)
            asked = set(header) if whole else {header[places[name]] for name in _declared(source) if name in places}
            nested = [field for field in schema if field.name in asked and not holds_readings(field.type)]
            refused = {field.name for field in nested}
            readable = [name for name in dict.fromkeys(header) if name in asked and name not in refused]
        words = [f.name for f in schema if f.name in readable and f.name != source.value and _is_words(f.type)]
        with pq.ParquetFile(path, read_dictionary=words if source.layout == "long" else None) as file:
            table = file.read(columns=readable)
    except (pa.ArrowException, OSError, ValueError):
        return Outcome(
            None,
            (
                found(
                    "R005", "the Parquet file ends early or is damaged", here, "Copy it again, or check `format` in sources.toml."
                ),
            ),
        )
    if nested:
        remedy = "Export numbers, text or times."
        return Outcome(
            None, tuple(found("R009", f'the column "{f.name}" is of type {clip(f.type)}', here, remedy) for f in nested)
        )
    wanted = set(readable)
    kept = {place: i for i, place in enumerate(place for place, name in enumerate(header) if name in wanted)}
    return Outcome(Sheet(header, lambda names: _parquet_columns(table, [kept[places[name]] for name in names], names)))


def holds_readings(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    t = pa.types
    simple = (t.is_integer, t.is_floating, t.is_decimal, t.is_boolean, t.is_string, t.is_large_string, t.is_string_view)
    return any(is_a(kind) for is_a in (*simple, t.is_timestamp, t.is_date, t.is_null))


def _is_words(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _parquet_columns(table: pa.Table, places: Sequence[int], names: Sequence[str]) -> Columns:
    columns = {name: plain(one_chunk(table.column(place))) for name, place in zip(names, places, strict=True)}

    def text(i: int) -> str:
        return shorten(",".join(said(column[i]) for column in columns.values()))

    return Columns(columns, np.arange(1, table.num_rows + 1, dtype=np.int64), text)


def plain(column: Column) -> Column:
    """Text, whole or coded, and columns of nothing but nulls, as text of one kind; times in microseconds."""
    t = pa.types
    if t.is_dictionary(column.type):
        words = column.dictionary
        if not (_is_words(words.type) and words.null_count == 0):
            return plain(pc.cast(column, column.type.value_type))
        return pa.DictionaryArray.from_arrays(column.indices, pc.cast(words, TEXT))
    if t.is_string(column.type) or t.is_string_view(column.type) or t.is_null(column.type):
        return pc.cast(column, TEXT)
    if t.is_timestamp(column.type) or t.is_date(column.type):
        return pc.cast(column, pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    return column
