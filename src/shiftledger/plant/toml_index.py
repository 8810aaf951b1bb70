"""Where does each key and value of a TOML text stand? tomllib says what they are, this index says where (I7).

The text must be valid TOML: `tomllib` has read it before. A path is the keys (and positions in arrays) from the top, such as
("stream", "ore", "to") or ("rotation", "four", "slots", 0, "start").
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field

from shiftledger.core.issue import Location

Path = tuple[str | int, ...]
Spot = tuple[int, int, int]  # line and column, 1-based, and length on that line


@dataclass(frozen=True, slots=True)
class TomlIndex:
    """Spots of tables and values (`values`) and of the keys before them (`keys`).

    `pairs`: of every `key = value` the offsets in the text of its key, its value, and the end of the value; `headers`: of every [table]
    those of its first and last bracket.
    """

    values: dict[Path, Spot] = field(default_factory=dict)
    keys: dict[Path, Spot] = field(default_factory=dict)
    pairs: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    headers: dict[Path, tuple[int, int]] = field(default_factory=dict)


def located(file: str, lines: tuple[str, ...], spot: Spot) -> Location:
    """A spot as a location with its line of text."""
    line, column, length = spot
    return Location(file, line, column, length, lines[line - 1] if line <= len(lines) else "")


def toml_index(text: str) -> TomlIndex:
    """The index of a valid TOML text; of an invalid one as far as it goes."""
    scan = _Scan(text)
    with suppress(IndexError, RecursionError):  # only text that tomllib refuses; what was found before stays right
        scan.document()
    return scan.index


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text + "\n"
        self.at = 0
        self.index = TomlIndex()
        self.lines = [0, *(i + 1 for i, character in enumerate(self.text) if character == "\n")]
        self.arrays: dict[Path, int] = {}  # tables in each [[array]] so far

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def spot(self, start: int, end: int) -> Spot:
        """The line and column of `start`, and the length up to `end` or the end of the line."""
        line = bisect_right(self.lines, start)
        stop = min(end, self.text.index("\n", start))
        return line, start - self.lines[line - 1] + 1, max(stop - start, 1)

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        opening = self.at
        self.at += 2 if many else 1
        self._skip_spaces()
        start = self.at
        path, end = self._key()
        full: Path = ()
        for step, part in enumerate(path):
            full = (*full, part)
            if many and step == len(path) - 1:
                self.arrays[full] = self.arrays.get(full, -1) + 1
            if full in self.arrays:
                full = (*full, self.arrays[full])
        self.at += 2 if many else 1
        self.index.headers[full] = (opening, self.at - 1)
        spot = self.spot(start, end)
        for cut in range(1, len(full) + 1):  # a header also makes the tables that it lies in
            self._note(full[:cut], spot, spot)
        return full

    def _pair(self, table: Path) -> None:
        start = self.at
        path, end = self._key()
        self.at += 1  # the "="
        self._skip_spaces()
        full = (*table, *path)
        value = self.at
        self._value(full)
        self.index.pairs[full] = (start, value, self.at)
        self._note(full, self.spot(value, self.at), self.spot(start, end))
        for cut in range(1, len(path)):  # the tables that a dotted key makes
            self._note((*table, *path[:cut]), self.spot(start, end), self.spot(start, end))

    def _note(self, path: Path, value: Spot, key: Spot) -> None:
        self.index.values.setdefault(path, value)
        self.index.keys.setdefault(path, key)

    def _key(self) -> tuple[tuple[str, ...], int]:
        """A dotted key and where its last part ends; stops at what follows the spaces after it."""
        parts: list[str] = []
        while True:
            self._skip_spaces()
            start = self.at
            quote = self.text[start]
            if quote in "\"'":
                self._string()
                parts.append(_unquoted(self.text[start : self.at]))
            else:
                while self.text[self.at] not in " \t.=]\n":
                    self.at += 1
                parts.append(self.text[start : self.at])
            end = self.at
            self._skip_spaces()
            if self.text[self.at] != ".":
                return tuple(parts), end
            self.at += 1

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            self._string()
        elif opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline(path)
        else:
            while self.text[self.at] not in ",]}#\n":
                self.at += 1
            while self.text[self.at - 1] in " \t":
                self.at -= 1

    def _string(self) -> None:
        quote = self.text[self.at]
        triple = self.text.startswith(quote * 3, self.at)
        closing = quote * 3 if triple else quote
        self.at += len(closing)
        while not self.text.startswith(closing, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
            if self.at >= len(self.text):
                raise IndexError("unclosed string")
        self.at += len(closing)
        while triple and self.text[self.at] == quote:  # one or two quotes may stand before the closing three
            self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        position = 0
        while self._skip_blank() and self.text[self.at] != "]":
            start = self.at
            self._value((*path, position))
            spot = self.spot(start, self.at)
            self._note((*path, position), spot, spot)
            position += 1
            if self._skip_blank() and self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip_blank() and self.text[self.at] != "}":
            self._pair(path)
            if self._skip_blank() and self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _skip_spaces(self) -> None:
        while self.text[self.at] in " \t":
            self.at += 1

    def _skip_blank(self) -> bool:
        """Past spaces, line ends and comments; False at the end of the text."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self.at = self.text.index("\n", self.at)
            elif self.text[self.at] not in " \t\r\n":
                return True
            self.at += 1
        return False


def _unquoted(quoted: str) -> str:
    """The text of a quoted key."""
    if quoted[0] == "'" or "\\" not in quoted:
        return quoted[1:-1]
    import tomllib

    return str(tomllib.loads(f"k = {quoted}")["k"])
