"""What kind of text is a file (R3)? Its encoding by trial, its delimiter, its rows and the line of its header: every answer a guess."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftledger.readings.sources.guess_cells import is_number, is_time_like
from shiftledger.readings.sources.sheets import fitted, joined

HEAD = 1 << 25  # bytes that are looked at
SAMPLE = 5_000  # lines that are looked at
DELIMITERS = (",", ";", "\t", "|")
PLAUSIBLE = 0.8  # share of common characters from which Chinese is believed
WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # new and old
PARQUET = (b"PAR1",)


@dataclass(frozen=True, slots=True)
class Written:
    """A file as text: the encoding to declare, why it is believed, the delimiter, the header and the rows below it.

    `header_line` counts from 1; `header_lines`: how many lines the header has, whose texts `header` joins.
    """

    encoding: str
    why: str
    delimiter: str
    header_line: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header_lines: int = 1


def written(path: Path) -> Written | str:
    """The beginning of a file as a table of text, or why it is none. OSError if it cannot be read."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            raw = file.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return "the compressed file ends early or is damaged"
    if len(raw) == HEAD:  # the last line is not whole
        raw = raw[: raw.rfind(b"\n\0") + 2] if b"\n\0" in raw[-100_000:] else raw[: raw.rfind(b"\n") + 1]
    if raw.startswith((*WORKBOOK, *PARQUET)):
        return "what is compressed is no text; unpack it first"
    if raw[:1000].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table")):
        return "the file is a web page, whatever its name says; open it in a spreadsheet and save it as .xlsx, or as CSV"
    found = _decoded(raw)
    if found is None:
        return "the bytes are text in no known encoding"
    encoding, why, text = found
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:SAMPLE]
    if not any(line.strip() for line in lines):
        return "the file is empty"
    delimiter = _delimiter(lines)
    if delimiter is None:
        return "no delimiter divides its lines into the same number of cells"
    try:
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)]
    except csv.Error as error:
        return f"its lines are not CSV ({error})"
    width = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0]
    at = _header(rows, width)
    if at is None:
        return "no line looks like a header: names in every column, readings below"
    body = _body(rows, at, width)
    header = fitted(joined(rows[at:body]), width)
    below = tuple(row for row in rows[body:] if len(row) == width)
    return Written(encoding, why, delimiter, at + 1, header, below, body - at)


# --- encoding


def _decoded(raw: bytes) -> tuple[str, str, str] | None:
    """(encoding, why, text) of the first that fits: marks, UTF-16 by its zeros, UTF-8, Chinese where plausible, Western."""
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8", "byte order mark", raw.decode("utf-8", "replace")
    for name in ("utf-16",) if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _by_zeros(raw):
        try:
            return name, "byte order mark" if name == "utf-16" else "every other byte is zero", raw.decode(name)
        except UnicodeDecodeError:
            continue
    if b"\0" in raw[:10_000]:
        return None
    try:
        return "utf-8", "the bytes spell UTF-8", raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
        share = _common_share(text)
        if share >= PLAUSIBLE:
            return "gb18030", f"a guess: {share:.0%} of its special characters are common Chinese ones", text
    except UnicodeDecodeError:
        pass
    for name in ("cp1252", "latin-1"):
        try:
            return name, "a guess: neither UTF-8 nor plausible Chinese", raw.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _by_zeros(raw: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark: ASCII has a zero in every second byte."""
    even, odd = raw[0:10_000:2].count(0), raw[1:10_000:2].count(0)
    if max(even, odd) < len(raw[:10_000]) / 8:
        return ()
    return ("utf-16-le",) if odd > even else ("utf-16-be",)


def _common_share(text: str) -> float:
    """How many of the characters beyond ASCII are common ones of Chinese text: 1 for signs and the 3,755 first characters of GB 2312.

    >>> _common_share("时间") > 0.9, _common_share("\u9477") < 0.5
    (True, True)
    """
    special = [character for character in text[:200_000] if ord(character) > 127]
    if not special:
        return 1.0
    weight = 0.0
    for character, count in Counter(special).items():
        spelled = character.encode("gb18030")
        if len(spelled) == 2 and spelled[1] >= 0xA1:
            lead = spelled[0]
            weight += count * (1.0 if 0xA1 <= lead <= 0xA9 or 0xB0 <= lead <= 0xD7 else 0.3 if 0xD8 <= lead <= 0xF7 else 0.0)
    return weight / len(special)


# --- lines to rows


def _delimiter(lines: Sequence[str]) -> str | None:
    """The character that divides most lines into the same number of cells, at least two; of equals the one with more cells."""
    best: tuple[float, int] = (0.0, 0)
    chosen = None
    sample = [line for line in lines[:500] if line.strip()]
    for delimiter in DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(io.StringIO("\n".join(sample)), delimiter=delimiter))
        except csv.Error:
            continue  # a cell longer than any, as a wide row is under a sign that does not divide it
        width, often = max(counts.items(), key=lambda pair: (pair[1] if pair[0] > 1 else 0, pair[0]))
        score = (often / len(sample) if width > 1 else 0.0, width)
        if width > 1 and (round(score[0], 2), score[1]) > best:
            best, chosen = (round(score[0], 2), score[1]), delimiter
    return chosen if best[0] >= 0.5 else None


def _header(rows: Sequence[tuple[str, ...]], width: int) -> int | None:
    """The first row as wide as most, whose cells are names, with a row below that holds a time or a number. # R3

    Between the two another row of texts may stand, as units do; a column or two of a name are told apart by their places.
    """
    for at in range(min(len(rows), 50)):
        if _is_named(rows[at], width) and _tells(rows, _body(rows, at, width), width):
            return at
    return None


def _is_named(row: Sequence[str], width: int) -> bool:
    """True for names in all columns but one at most, few of them twice."""
    fits = len(fitted(row, width)) == width
    names = [cell for cell in row if cell]
    few = len(names) < max(2, width - 1) or len(set(names)) < max(2, len(names) / 2)
    return fits and not few and not any(_is_told(cell) for cell in names)


def _body(rows: Sequence[tuple[str, ...]], at: int, width: int) -> int:
    """The row at which the table below the header in row `at` begins: behind a further line of texts, where one stands below it."""
    second = rows[at + 1] if at + 1 < len(rows) else ()
    texts = [cell for cell in second if cell]
    is_header = len(second) == len(rows[at]) and len(texts) >= max(1, width // 2) and not any(_is_told(cell) for cell in texts)
    return at + 2 if is_header and _tells(rows, at + 2, width) else at + 1


def _tells(rows: Sequence[tuple[str, ...]], first: int, width: int) -> bool:
    """True if the first row of the table that says something holds a time or a number."""
    below = next((row for row in rows[first:] if len(row) == width and any(row)), ())
    return any(_is_told(cell) for cell in below)


def _is_told(cell: str) -> bool:
    return is_number(cell, ".") or is_number(cell, ",") or is_time_like(cell)
