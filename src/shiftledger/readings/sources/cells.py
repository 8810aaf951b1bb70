"""What does a cell say? Columns of text or typed cells become values, codes, qualities and revisions (R1, R3).

A column is converted at once; only when that fails are its distinct cells looked at one by one. Nothing is guessed: an empty cell
is no reading, and a cell that is not what the column holds is refused with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shiftledger.readings import codes as messages
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED

Column: TypeAlias = Any  # an Arrow array; the published types of its functions are narrower than the functions
Mask = npt.NDArray[np.bool_]
TEXT = pa.large_string()  # a column may exceed 2 GiB
DECIMAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
QUALITIES = {"": GOOD, "good": GOOD, "uncertain": UNCERTAIN, "bad": BAD, "0": GOOD, "1": UNCERTAIN, "2": BAD}


@dataclass(frozen=True, slots=True)
class Cells:
    """One number per cell (NaN or 0 where there is none); `empty`: no reading; `bad`: refused."""

    value: npt.NDArray[Any]
    empty: Mask
    bad: Mask


def said(cell: Any) -> str:
    """What a cell says, as text; null is ''."""
    try:
        value = cell.as_py() if isinstance(cell, pa.Scalar) else cell
    except (ValueError, OverflowError):  # a typed time that no calendar holds
        return "out of range"
    if isinstance(value, dict):  # a workbook's column of several types
        value = next((each for each in value.values() if each is not None), None)
    return "" if value is None else str(value)


def clip(cell: Any) -> str:
    """A cell as it is quoted in a message: one line of bounded length."""
    return messages.clip(said(cell))


def word(cell: Any) -> str:
    """What a cell says as a CSV file would: 2.0 is "2"."""
    value = cell.as_py()
    if isinstance(value, dict):
        value = next((each for each in value.values() if each is not None), None)
    return _number_text(value) if isinstance(value, float) and np.isfinite(value) else said(value)


def text_of(column: Column) -> Column:
    """Cells as trimmed text, nulls as ''."""
    return pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, TEXT), pa.scalar("", TEXT)))


def distinct(column: Column) -> tuple[Column, npt.NDArray[np.int32]]:
    """The different cells of a column as trimmed text, nulls as '', and for every row which of them it holds."""
    coded: Any = column if is_coded(column) else pc.dictionary_encode(pc.cast(column, TEXT))
    words, indices = text_of(coded.dictionary), pc.cast(coded.indices, pa.int32())
    if indices.null_count:
        words = pa.concat_arrays([words, pa.array([""], TEXT)])
        indices = pc.fill_null(indices, pa.scalar(len(words) - 1, indices.type))
    where = np.asarray(indices.to_numpy(zero_copy_only=False), np.int32)
    once: Any = pc.dictionary_encode(words)  # trimmed, two cells may say the same
    if len(once.dictionary) < len(words):
        where = np.asarray(once.indices.to_numpy(zero_copy_only=False), np.int32)[where]
    return once.dictionary, where


def mask(values: Column) -> Mask:
    """Arrow truth values as NumPy."""
    return np.asarray(values.to_numpy(zero_copy_only=False), np.bool_)


def is_text(column: Column) -> bool:
    return bool(column.type == TEXT)


def is_coded(column: Column) -> bool:
    """True for text that is kept as a table of words and one number a row."""
    return bool(pa.types.is_dictionary(column.type))


def is_mixed(column: Column) -> bool:
    """True for a workbook's column of several types: one field for each, all of them null where the cell is empty."""
    return bool(pa.types.is_struct(column.type))


def parts(column: Column) -> tuple[Column, Column]:
    """The typed cells and the text of a mixed column, null where a cell is not of that kind."""
    return pc.struct_field(column, [0]), pc.struct_field(column, [1])


def numbers(column: Column, decimal: str, thousands: str = "") -> Cells:
    """Decimal numbers; text with the declared decimal sign and groups of three digits, not NaN or inf. # R1

    In blocks: they fit a processor's cache, and one cell that is no number makes only its own block slow.
    """
    if is_mixed(column):
        return _mixed(column, decimal, thousands)
    count = len(column)
    value, empty, bad = np.empty(count, np.float64), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for a in range(0, count, BLOCK):
        part, block = slice(a, a + BLOCK), column[a : a + BLOCK]
        if thousands and (is_coded(block) or is_text(block)):
            block = without_thousands(pc.cast(block, TEXT), decimal, thousands)
        whole = _whole_column(block, decimal)
        if whole is None:
            cells = _cell_by_cell(block, decimal)
            value[part], empty[part], bad[part] = cells.value, cells.empty, cells.bad
            continue
        np.add(whole, 0.0, out=value[part])  # one zero only
        usable = _usable(value[part])
        if block.null_count:
            empty[part] = mask(block.is_null())
        if not usable.all():
            bad[part] = ~empty[part] & ~usable
    return Cells(value, empty, bad)


def _mixed(column: Column, decimal: str, thousands: str) -> Cells:
    """Typed numbers as they are, text as text."""
    typed, text = parts(column)
    of_number, of_text = numbers(typed, "."), numbers(text, decimal, thousands)
    is_number = mask(typed.is_valid())
    return Cells(
        np.where(is_number, of_number.value, of_text.value),
        of_number.empty & of_text.empty,
        np.where(is_number, of_number.bad, of_text.bad),
    )


BLOCK = 1 << 16
LARGEST = 1e15  # far beyond any meter; the integral of a day still fits a float with room to spare


def _usable(values: npt.NDArray[np.float64]) -> Mask:
    """True where a number is finite and not absurdly large."""
    return np.asarray(np.abs(values) <= LARGEST)


def _whole_column(column: Column, decimal: str) -> npt.NDArray[np.float64] | None:
    """The column as float64 (null is NaN), or None if a cell of text needs a closer look."""
    if is_coded(column) or pa.types.is_decimal(column.type):
        decimal = decimal if is_coded(column) else "."
        column = pc.cast(column, TEXT)  # a decimal too by its text: the direct cast may miss the nearest float
    if is_text(column) and decimal != ".":
        if pc.any(pc.match_substring(column, ".")).as_py():
            return None
        column = pc.replace_substring(column, decimal, ".")
    try:
        values: Column = pc.cast(column, pa.float64(), safe=is_text(column))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


GROUPING = {"space": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}  # as a regular expression


def without_thousands(text: Column, decimal: str, thousands: str) -> Column:
    """Numbers written in whole groups of three digits, without the signs between them; every other cell as it is. # R3"""
    sign = GROUPING.get(thousands, re.escape(thousands))
    grouped: Column = pc.match_substring_regex(
        text, rf"^\s*[+-]?[0-9]{{1,3}}({sign}[0-9]{{3}})+({re.escape(decimal)}[0-9]*)?\s*$"
    )
    return pc.if_else(pc.fill_null(grouped, pa.scalar(False)), pc.replace_substring_regex(text, sign, ""), text)


def _cell_by_cell(column: Column, decimal: str) -> Cells:
    text = in_ascii(text_of(column))
    empty = mask(pc.equal(text, pa.scalar("", TEXT)))
    plain = text
    if decimal != ".":
        plain = pc.replace_substring(pc.replace_substring(text, ".", "?"), decimal, ".")
    fits = pc.match_substring_regex(plain, DECIMAL)
    kept = pc.if_else(fits, pc.utf8_ltrim(plain, characters="+"), pa.scalar(None, TEXT))
    parsed: Column = pc.cast(kept, pa.float64())
    values = np.array(parsed.to_numpy(zero_copy_only=False), np.float64) + 0.0
    return Cells(values, empty, ~empty & ~_usable(values))


FULL_WIDTH = {0xFF10 + figure: str(figure) for figure in range(10)} | {
    ord(a): b for a, b in zip("．，－＋\u2212", ".,-+-", strict=True)
}


def in_ascii(text: Column) -> Column:
    """Full-width figures and signs, as Chinese keyboards write them, and the true minus as those of ASCII."""
    odd: Column = pc.invert(pc.string_is_ascii(text))
    if not pc.any(odd).as_py():
        return text
    return pc.replace_with_mask(text, odd, pa.array([word.translate(FULL_WIDTH) for word in text.filter(odd).to_pylist()], TEXT))


BELOW_LIMIT = re.compile(r"[<\uff1c]\s*(.+)")


def results(column: Column, decimal: str, thousands: str = "") -> tuple[Cells, Mask]:
    """Laboratory results: numbers, and where "<x" says that less than x was found, x/2; and where that was so. # R1"""
    cells = numbers(column, decimal, thousands)
    value, bad, below = cells.value.copy(), cells.bad.copy(), np.zeros(len(column), np.bool_)
    for i in np.flatnonzero(cells.bad).tolist():
        limit = BELOW_LIMIT.fullmatch(said(column[i]).strip())
        if limit:
            one = numbers(pa.array([limit[1].strip()], TEXT), decimal, thousands)
            if not one.bad[0] and not one.empty[0] and one.value[0] > 0:
                value[i], bad[i], below[i] = one.value[0] / 2, False, True
    return Cells(value, cells.empty, bad), below


def why_not_a_number(cell: Any, decimal: str, thousands: str = "") -> str:
    """The reason why a cell was refused as a value."""
    text = clip(cell).strip()
    if thousands and re.fullmatch(rf"[+-]?[0-9]+({GROUPING.get(thousands, re.escape(thousands))}[0-9]+)+.*", text):
        return f'value "{text}" is not written in groups of three digits; a decimal sign may have been taken for a sign between thousands'
    if text[:1] in ("<", ">"):
        return f'value "{text}" is a limit, not a number; only a lab meter reads "<x", and nobody can read ">x"'
    if (beside := _beside(text, decimal)) is not None:
        return f'value "{text}" {beside}'
    if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
        return f'value "{text}" is not a finite number'
    if (decimal == "." or "." not in text) and re.fullmatch(DECIMAL, text.replace(decimal, ".")):
        return f'value "{text}" is larger than any meter can show ({LARGEST:.0e})'
    return f'value "{text}" is not a finite decimal number with "{decimal}" as decimal sign'


def _beside(text: str, decimal: str) -> str | None:
    """What stands beside the number of a cell, where one does, and what is to be done."""
    number = r"[+-]?[0-9]+(" + re.escape(decimal) + r"[0-9]*)?"
    if re.fullmatch(rf"{number}\s*[%\uff05\u2030]", text):
        return (
            "has a percent sign, and only the unit of its meter says whether to divide by 100; let the file hold the number alone"
        )
    if re.fullmatch(rf"[(\uff08]{number}[)\uff09]|{number}-", text):
        return "is written as accountants write negative numbers; let the file hold it with a minus sign in front"
    if re.fullmatch(rf"{number}\s*[^\W\d_][^\d]*", text) and not re.fullmatch(DECIMAL, text.replace(decimal, ".")):
        return "has a unit beside the number; let the file hold the number alone"
    return None


def codes(column: Column, table: Mapping[str, float]) -> Cells:
    """The codes of a state tag; a code's own number is accepted as its text. # R1"""
    by_number = {_number_text(code): code for code in table.values()}
    return _looked_up(column, lambda text: table.get(text, by_number.get(text)), np.float64)


def _number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def qualities(column: Column) -> Cells:
    """GOOD, UNCERTAIN or BAD; blank is GOOD. # R1"""
    return _looked_up(column, lambda text: QUALITIES.get(text.lower()), np.int8, empty=GOOD)


def revisions(column: Column, instant_of: Callable[[str], int | None]) -> Cells:
    """Declared revisions: whole numbers from 0, or times by `instant_of`; blank is UNDECLARED. # R2"""

    def revision(text: str) -> int | None:
        if text.isascii() and text.isdigit():
            return int(text) if len(text) <= 18 else None
        return instant_of(text)

    return _looked_up(column, revision, np.int64, empty=UNDECLARED)


def _looked_up(column: Column, meaning: Callable[[str], float | None], kind: type[np.generic], empty: float = 0) -> Cells:
    """Every distinct cell through `meaning`; None refuses it."""
    found, where = distinct(_whole_numbers(column))
    words: list[Any] = found.to_pylist()
    meant = [empty if word == "" else meaning(word) for word in words]
    values = np.array([0 if m is None else m for m in meant], kind)
    blank, refused = np.array([word == "" for word in words], np.bool_), np.array([m is None for m in meant], np.bool_)
    return Cells(values[where], blank[where], refused[where])


def _whole_numbers(column: Column) -> Column:
    """Typed cells whose text is what a CSV file would hold: 2.0 is "2", True is "1"."""
    if is_mixed(column):
        typed, text = parts(column)
        return pc.coalesce(text, _whole_numbers(typed))
    if pa.types.is_boolean(column.type):
        return pc.cast(column, pa.int8())
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = pc.cast(pc.cast(column, TEXT) if pa.types.is_decimal(column.type) else column, pa.float64(), safe=False)
        return pa.array([None if v is None else _number_text(v) if np.isfinite(v) else str(v) for v in column.to_pylist()], TEXT)
    return column
