"""Text for a terminal: how wide it is, how it is cut, wrapped and set in columns.

A Chinese character takes two columns. Nothing made here is ever wider than asked for: names are shortened with an ellipsis, a
number never is; a table whose numbers do not fit is set with one value a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 80
ELLIPSIS = "…"
_STAYS_BEHIND = "，。：；、！？）】》”’,.;:!?)]}%"  # never begins a line


def clean(text: str) -> str:
    """`text` on one line: what could steer a terminal or turn its direction is replaced."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def width(text: str) -> int:
    """Columns on a terminal: wide and full-width characters take two, combining ones none.

    >>> width("磨矿 t"), width("e\\u0301")
    (6, 1)
    """
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """`text` in at most `columns` columns, an ellipsis where something is missing.

    >>> cut("磨矿车间", 5), cut("mill", 4), cut("mill", 0)
    ('磨矿…', 'mill', '')
    """
    text = clean(text)
    if width(text) <= columns:
        return text
    kept, taken = "", 0
    for character in text:
        taken += _width(character)
        if taken > columns - 1:
            break
        kept += character
    return kept + ELLIPSIS if columns > 0 else ""


def pad(text: str, columns: int, align: str = "<") -> str:
    """`text` filled with blanks to `columns`, at the left ("<") or the right (">")."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if align == ">" else text + blanks


def wrap(text: str, columns: int = WIDTH, indent: str = "", hang: str | None = None) -> list[str]:
    """`text` in lines of at most `columns`; Chinese breaks anywhere but before closing punctuation, a word only if it must.

    `indent` begins the first line, `hang` (by default the same) the others.
    """
    start = indent
    lines: list[str] = []
    line, fresh = indent, True
    for piece in _pieces(clean(text)):
        room = columns - width(line)
        if width(piece.rstrip()) > room and not fresh:
            lines.append(line.rstrip())
            start = hang if hang is not None else indent
            line, fresh, piece = start, True, piece.lstrip()
        while width(line) + width(piece.rstrip()) > columns:
            head = _head(piece, max(1, columns - width(line)))
            lines.append((line + head).rstrip())
            piece, line = piece[len(head) :], hang if hang is not None else indent
        line, fresh = line + piece, fresh and not piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _head(text: str, columns: int) -> str:
    """As many characters as fit, at least one."""
    taken = 0
    for i, character in enumerate(text):
        taken += _width(character)
        if taken > columns and i:
            return text[:i]
    return text


def _pieces(text: str) -> list[str]:
    """Parts between which a line may break, each with the blanks that follow it."""
    pieces: list[str] = []
    for character in text:
        joins = bool(pieces) and (
            character == " "
            or character in _STAYS_BEHIND
            or (_width(character) < 2 and not pieces[-1].endswith(" ") and _width(pieces[-1][-1]) < 2)
        )
        if joins:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a table; `least` > 0 says that its text may be shortened to that many columns."""

    head: str
    align: str = ">"
    least: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, and notes in words that stand below them, two columns further in than the name."""

    cells: tuple[str, ...]
    notes: tuple[str, ...] = ()


def table(cols: Sequence[Col], rows: Sequence[Row], indent: int = 2, columns: int = WIDTH) -> list[str]:
    """Rows under their heads, all lines of the same width; with one value a line where the numbers do not fit."""
    cells = [[clean(cell) for cell in row.cells] for row in rows]
    natural = [max(width(col.head), *(width(row[i]) for row in cells), 0) for i, col in enumerate(cols)]
    room = columns - indent - 2 * (len(cols) - 1)
    sizes = _fitted(natural, [col.least for col in cols], room)
    if sizes is None:
        return _stacked(cols, rows, indent, columns)
    sizes[0] += room - sum(sizes)  # the first column takes the rest, so that numbers stand at the right margin
    heads = [pad(cut(col.head, size), size, col.align) for col, size in zip(cols, sizes, strict=True)]
    lines = [(" " * indent + "  ".join(heads)).rstrip()] if any(col.head for col in cols) else []
    for row, values in zip(rows, cells, strict=True):
        lines.append(_line([cut(value, size) for value, size in zip(values, sizes, strict=True)], cols, sizes, indent))
        lines += _notes(row, indent, columns)
    return lines


def _fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Sizes that fit into `room`, taken off the widest column that may shrink; None if they do not."""
    sizes = list(natural)
    while sum(sizes) > room:
        able = [i for i in range(len(sizes)) if least[i] and sizes[i] > least[i]]
        if not able:
            return None
        widest = max(able, key=lambda i: (sizes[i], -i))
        sizes[widest] -= 1
    return sizes


def _line(values: Sequence[str], cols: Sequence[Col], sizes: Sequence[int], indent: int) -> str:
    parts = [pad(value, size, col.align) for value, col, size in zip(values, cols, sizes, strict=True)]
    return _led((" " * indent + "  ".join(parts)).rstrip(), " " * indent + values[0])


def _led(line: str, name: str) -> str:
    """Dots from the name to the first number, so that the eye keeps its line; in the same columns on every line."""
    rest = line[len(name) :]
    blanks = len(rest) - len(rest.lstrip(" "))
    if not name.strip() or not rest.strip() or blanks < 5:
        return line
    start = width(name)
    dots = "".join("." if 1 <= i < blanks - 1 and (start + i) % 2 else " " for i in range(blanks))
    return name + dots + rest.lstrip(" ")


def _stacked(cols: Sequence[Col], rows: Sequence[Row], indent: int, columns: int) -> list[str]:
    """The name on a line of its own, then each value with its head, never cut."""
    lines: list[str] = []
    inner = " " * (indent + 2)
    for row in rows:
        lines.append(" " * indent + cut(row.cells[0], columns - indent))
        for col, cell in zip(cols[1:], row.cells[1:], strict=True):
            if cell:
                head = f"{cut(col.head, 20)}: " if col.head else ""
                lines += wrap(f"{head}{clean(cell)}", columns, inner, inner + "  ")
        lines += _notes(row, indent, columns)
    return lines


def _notes(row: Row, indent: int, columns: int) -> list[str]:
    lead = len(row.cells[0]) - len(row.cells[0].lstrip(" "))
    inner = " " * (indent + 2 + min(lead, 8))
    return [line for note in row.notes for line in wrap(note, columns, inner)]
