"""What does a TOML text say, and if it is none, what is wrong with it and where?

A table or key that stands twice is told as such (P010), and the rest of the file is read as if the second were not there: one line that was
copied must not hide what else is wrong. Any other break of the grammar ends the reading (P003).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import finding
from shiftledger.plant.toml_index import located, toml_index

MANY = 20  # so many things that stand twice are looked past
NOT_READ = "The rest of the file was not read."
LIKE = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "、": ",",
    "。": ".",
    "【": "[",
    "】": "]",
}  # what is meant, where Unicode does not say

_AT = re.compile(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)$")
_HEADER = re.compile(r"\s*\[\[?[^\[\]=,]+\]\]?\s*(#.*)?")
_PAIR = re.compile(r"\s*([^=#]+?)\s*=")


@dataclass(frozen=True, slots=True)
class TomlText:
    """What the text says (None where its grammar is broken), the text that was read for it, line for line, and what is wrong."""

    document: Mapping[str, Any] | None
    text: str
    issues: tuple[Issue, ...]


def read_toml(file: str, text: str) -> TomlText:
    """The document of one file; floats are Decimals."""
    lines, issues = text.split("\n"), list[Issue]()
    first: tuple[Issue, ...] = ()
    for _ in range(MANY):
        try:
            return TomlText(tomllib.loads("\n".join(lines), parse_float=_number), "\n".join(lines), tuple(issues))
        except (ValueError, RecursionError) as error:
            first = first or (_broken(file, tuple(lines), str(error)),)
            twice = _twice(file, lines, str(error))
        if twice is None:
            break
        issue, end = twice
        assert issue.at is not None
        above = issues[-1].at if issues else None
        if above and not any(_HEADER.fullmatch(line) for line in lines[above.line - 1 : end]):
            return TomlText(None, text, (*issues[:-1], _header_lost(file, issues[-1])))
        issues.append(issue)
        lines[issue.at.line - 1 : end] = [""] * (end - issue.at.line + 1)
    return TomlText(None, text, first)


def _number(text: str) -> Decimal:
    """A TOML float as Decimal; what Decimal cannot hold becomes NaN and is refused by its field."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("nan")


def _twice(file: str, lines: list[str], error: str) -> tuple[Issue, int] | None:
    """What stands twice, at its second place, and the line (1-based) on which that ends; None if that is not what is wrong."""
    at = _AT.search(error)
    if at is None or not at[1]:
        return None
    line = int(at[1])
    if error.startswith("Cannot declare") and _HEADER.fullmatch(lines[line - 1]):
        return _table_twice(file, lines, line)
    if error.startswith("Cannot overwrite a value") and _PAIR.match(lines[line - 1]):
        return _key_twice(file, lines, line)
    return None


def _table_twice(file: str, lines: list[str], line: int) -> tuple[Issue, int] | None:
    above, header = toml_index("\n".join(lines[: line - 1])), toml_index(lines[line - 1])
    path = max(header.keys, key=len, default=())
    if path not in above.keys:
        return None
    end = next((i for i in range(line, len(lines)) if _HEADER.fullmatch(lines[i])), len(lines))
    if not any(_PAIR.match(one) for one in lines[above.keys[path][0] : line - 1]):
        end = line  # the first has nothing below it: what follows belongs to it
    _, column, length = header.keys[path]
    place = located(file, tuple(lines), (line, column, length))
    message = f'"{path[-1]}" is declared already at {file}:{above.keys[path][0]}'
    return finding("P010", message, place, "Give one of the two another id, or remove it."), end


def _key_twice(file: str, lines: list[str], line: int) -> tuple[Issue, int] | None:
    found = _PAIR.match(lines[line - 1])
    assert found is not None
    for i in range(line - 2, -1, -1):
        if _HEADER.fullmatch(lines[i]):
            return None
        other = _PAIR.match(lines[i])
        if other and other[1] == found[1]:
            place = located(file, tuple(lines), (line, found.start(1) + 1, len(found[1])))
            return finding("P010", f'"{found[1]}" stands already at {file}:{i + 1}', place, "Remove one of the two lines."), line
    return None


def _header_lost(file: str, first: Issue) -> Issue:
    """What several keys in a row that stand twice mean: they are another table's, whose own line is missing."""
    remedy = f"Write the line in brackets that belongs above this one, or remove what stands twice. {NOT_READ}"
    return replace(first, message=f"{first.message}, and so do keys below it", remedy=remedy)


def _broken(file: str, lines: tuple[str, ...], error: str) -> Issue:
    match = _AT.search(error)
    last = max((i for i, line in enumerate(lines, 1) if line.strip()), default=1)
    line, column = (int(match[1]), int(match[2])) if match and match[1] else (last, len(lines[last - 1]) or 1)
    at = located(file, lines, (line, column, 1))
    for position, sign in enumerate(re.split("[\"'#]", at.text[column - 1 :])[0], column):  # up to where text or a remark begins
        meant = LIKE.get(sign, unicodedata.normalize("NFKC", sign))
        if meant != sign and meant.isascii() and meant.isprintable():
            there = located(file, lines, (line, position, 1))
            message = f'not valid TOML: "{sign}" is a full-width character'
            return finding("P003", message, there, f"Write '{meant}' instead. {NOT_READ}")
    what = _AT.sub("", error) if match else "a number or nesting beyond all measure"
    remedy = f"Correct this place; text stands in quotes, times are like 06:00:00. {NOT_READ}"
    return finding("P003", f"not valid TOML: {what[:1].lower()}{what[1:]}", at, remedy)
