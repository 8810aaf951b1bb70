"""CSV and Parquet files as columns by name, with the place of every row (R3, R4).

`open_csv` and `open_parquet` end in the same `Sheet`. Row i of a sheet stands on line `lines[i]` of its file (1-based; a CSV header is
line 1; Parquet rows count from 1). Lines that are no rows of the table come out as `torn`, with their text and the reason.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from shiftledger.readings.sources.cells import TEXT, Column, clip, said

LONGEST_LINE = 1 << 20  # bytes
BLOCK = 1 << 24
KEPT = 1 << 16  # characters of a rejected line that quarantine keeps
Torn = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The asked columns: Arrow arrays of equal length, the line of each row, and the lines that are no rows."""

    by_name: dict[str, Column]
    lines: Instants
    text: Callable[[int], str]  # the whole text of row i
    torn: tuple[Torn, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be opened: its header, and the columns on demand."""

    header: tuple[str, ...]
    columns: Callable[[Sequence[str]], Columns]


def open_sheet(path: Path, source: SourceFile, name: str) -> Outcome[Sheet | None]:
    """The file as a sheet, or None with the reason."""
    here = Location(name)
    if not path.exists():
        return Outcome(None, (found("R003", "the file does not exist", here, "Check the path."),))
    if not path.is_file():
        return Outcome(None, (found("R003", "this is a folder, not a file", here, "Name the files in it."),))
    try:
        opened = open_parquet(path, source, here) if source.format == "parquet" else open_csv(path, source, here)
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
    twice = sorted(column for column, n in Counter(opened.result.header).items() if n > 1 and column in _declared(source))
    issues = [
        found("R008", f'the column "{c}" stands twice in the header', Location(name, 1), "Rename one of them.") for c in twice
    ]
    return Outcome(None if twice else opened.result, (*opened.issues, *issues))


def _declared(source: SourceFile) -> set[str]:
    return {source.time, source.tag, source.value, source.quality, source.revision, *(column for column, _ in source.columns)}


# --- CSV


def open_csv(path: Path, source: SourceFile, here: Location) -> Outcome[Sheet | None]:
    """A CSV file, plain or gzip, in the declared encoding and delimiter."""
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
    if b"\0" in text:
        return Outcome(
            None, (found("R006", "the file is binary, not CSV", here, "Check `format` and `encoding` in sources.toml."),)
        )
    first = text[: text.index(b"\n")] if b"\n" in text else text
    if not first.strip() or len(first) > LONGEST_LINE:
        what = "line 1 is blank" if not first.strip() else "line 1 is longer than 1 MiB"
        return Outcome(
            None,
            (found("R006", f"{what}, where the header should be", Location(here.file, 1), "Put the column names on line 1."),),
        )
    try:
        header = tuple(cell.strip() for cell in next(csv.reader(io.StringIO(first.decode()), delimiter=delimiter)))
    except csv.Error as error:
        return Outcome(
            None, (found("R006", f"the header is not CSV ({error})", Location(here.file, 1), "Put the column names on line 1."),)
        )
    return Outcome(Sheet(header, lambda names: _csv_columns(text, header, delimiter, names)))


def _decoded(path: Path, source: SourceFile, here: Location) -> bytes | Issue:
    """The file's text as UTF-8 without a byte order mark."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return found("R005", "the compressed file ends early or is damaged", here, "Copy or compress it again.")
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


def _csv_columns(text: bytes, header: tuple[str, ...], delimiter: str, names: Sequence[str]) -> Columns:
    """The named columns as text: no type and no null is guessed, an empty cell is null."""
    starts, ends = _line_bounds(text)
    keep, torn = _readable_lines(text, starts, ends)
    whole = len(keep) == len(starts)
    body = text[starts[0] :] if whole and len(starts) else b"".join(text[starts[i] : ends[i]] + b"\n" for i in keep)
    unfit: list[int] = []

    def note(row: pacsv.InvalidRow) -> Literal["skip"]:
        at = (row.number or 0) - 1  # known, since one thread reads
        unfit.append(at)
        if row.text.strip():
            torn.append(
                (int(keep[at]) + 2, shorten(row.text), f"{row.actual_columns} cells, the header has {row.expected_columns}")
            )
        return "skip"

    wanted = {name: str(header.index(name)) for name in names}
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
    columns = {name: _one_chunk(table.column(i)) for name, i in wanted.items()}
    return Columns(
        columns,
        rows + 2,
        lambda i: shorten(text[starts[rows[i]] : ends[rows[i]]].decode("utf-8", "replace")),
        tuple(sorted(torn)),
    )


def _line_bounds(text: bytes) -> tuple[Instants, Instants]:
    """Start and end of every line below the header."""
    breaks = np.flatnonzero(np.frombuffer(text, np.uint8) == 10).astype(np.int64)
    ends = breaks if text.endswith(b"\n") else np.append(breaks, len(text))
    return ends[:-1] + 1, ends[1:]


def _readable_lines(text: bytes, starts: Instants, ends: Instants) -> tuple[npt.NDArray[np.int64], list[Torn]]:
    """The lines to parse (indices below the header), and those that cannot be: too long, or with an open quote.

    A quoted line break would make rows and lines part ways; it is refused, so that every row keeps its line.
    """
    length = ends - starts
    open_quote = np.zeros(len(starts), np.bool_)
    if b'"' in text:
        quotes = np.flatnonzero(np.frombuffer(text, np.uint8) == 34)
        open_quote = (np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)) % 2 == 1
    too_long = length > LONGEST_LINE
    torn: list[Torn] = []
    for i in np.flatnonzero(open_quote | too_long):
        reason = "the line is longer than 1 MiB" if too_long[i] else "a quote is opened and never closed on this line"
        torn.append((int(i) + 2, shorten(text[starts[i] : ends[i]].decode("utf-8", "replace")), reason))
    return np.flatnonzero(~(open_quote | too_long) & (length > 0)).astype(np.int64), torn


def shorten(text: str) -> str:
    """Text as quarantine keeps it: whole, unless it is absurdly long."""
    return text if len(text) <= KEPT else f"{text[:KEPT]}... ({len(text):,} characters)"


def _one_chunk(column: Any) -> Column:
    """A column in one piece; words of several row groups get one common table."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


# --- Parquet


def open_parquet(path: Path, source: SourceFile, here: Location) -> Outcome[Sheet | None]:
    """A Parquet file; its cells keep their types, text becomes text of one kind."""
    if path.stat().st_size == 0:
        return Outcome(None, (found("R006", "the file is empty", here, "Export it again."),))
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            header = tuple(schema.names)
            asked = set(header) if source.layout == "wide" and not source.columns else _declared(source)
            nested = [field for field in schema if field.name in asked and not _holds_readings(field.type)]
            readable = [
                name for name in header if name in asked and header.count(name) == 1 and name not in {f.name for f in nested}
            ]
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
    return Outcome(Sheet(header, lambda names: _parquet_columns(table, names)))


def _holds_readings(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    t = pa.types
    simple = (t.is_integer, t.is_floating, t.is_decimal, t.is_boolean, t.is_string, t.is_large_string, t.is_string_view)
    return any(is_a(kind) for is_a in (*simple, t.is_timestamp, t.is_date, t.is_null))


def _is_words(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _parquet_columns(table: pa.Table, names: Sequence[str]) -> Columns:
    columns = {name: _plain(_one_chunk(table.column(name))) for name in names}

    def text(i: int) -> str:
        return shorten(",".join(said(column[i]) for column in columns.values()))

    return Columns(columns, np.arange(1, table.num_rows + 1, dtype=np.int64), text)


def _plain(column: Column) -> Column:
    """Text, whole or coded, and columns of nothing but nulls, as text of one kind; times in microseconds."""
    t = pa.types
    if t.is_dictionary(column.type):
        words = column.dictionary
        if not (_is_words(words.type) and words.null_count == 0):
            return _plain(pc.cast(column, column.type.value_type))
        return pa.DictionaryArray.from_arrays(column.indices, pc.cast(words, TEXT))
    if t.is_string(column.type) or t.is_string_view(column.type) or t.is_null(column.type):
        return pc.cast(column, TEXT)
    if t.is_timestamp(column.type) or t.is_date(column.type):
        return pc.cast(column, pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    return column
