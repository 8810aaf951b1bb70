"""Single mistakes in a plant's text, drawn at random: what a hand, a spreadsheet or a broken copy does to one file.

`mistake` draws one and applies it; `told` is what `check` says then that it did not say before. A message may stand in another file only
if it names what the mistake took away, changed or added: otherwise it blames the wrong file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from shiftledger.api import check
from shiftledger.core.issue import Issue

Text = Mapping[str, bytes]
WORD = re.compile(r"[\w:.-]+", re.UNICODE)
QUOTED = re.compile(r'"([^"]*)"')
CALLED = re.compile(r"is called ([\w.-]+)")  # as formulas say it, without quotes


@dataclass(frozen=True)
class Mistake:
    """What was done to which file, and the words of the lines that it touched, before and after."""

    kind: str
    file: str
    words: frozenset[str]
    text: Text


def plant_text(folder: Path) -> dict[str, bytes]:
    """The files of a plant's text as they are."""
    names = [path for path in sorted(folder.rglob("*")) if path.suffix in (".toml", ".csv") and ".shiftledger" not in path.parts]
    own = [path for path in names if path.parent.name not in ("readings", "late", "assumed")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in own}


def _line(lines: list[bytes], rng: Random) -> int:
    """The place of a line that says something."""
    said = [i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith(b"#")]
    return rng.choice(said or [0])


def _delete_line(lines: list[bytes], rng: Random) -> list[bytes]:
    i = _line(lines, rng)
    return [*lines[:i], *lines[i + 1 :]]


def _double_line(lines: list[bytes], rng: Random) -> list[bytes]:
    i = _line(lines, rng)
    return [*lines[: i + 1], *lines[i:]]


def _in_line(change: Callable[[str, Random], str]) -> Callable[[list[bytes], Random], list[bytes]]:
    def apply(lines: list[bytes], rng: Random) -> list[bytes]:
        i = _line(lines, rng)
        told = lines[i].decode("utf-8", "surrogateescape")
        return [*lines[:i], change(told, rng).encode("utf-8", "surrogateescape"), *lines[i + 1 :]]

    return apply


def _letter(line: str, rng: Random) -> str:
    i = rng.randrange(max(1, len(line.rstrip("\r\n"))))
    return line[:i] + rng.choice('abcxyz019,"=[]-. #，') + line[i + 1 :]


def _lost_letter(line: str, rng: Random) -> str:
    i = rng.randrange(max(1, len(line.rstrip("\r\n"))))
    return line[:i] + line[i + 1 :]


def _added_letter(line: str, rng: Random) -> str:
    i = rng.randrange(max(1, len(line.rstrip("\r\n"))))
    return line[:i] + rng.choice('abcxyz019,"=[]-. #，') + line[i:]


def _swapped_cells(line: str, rng: Random) -> str:
    cells = line.rstrip("\r\n").split(",")
    if len(cells) < 2:
        return _lost_letter(line, rng)
    i = rng.randrange(len(cells) - 1)
    cells[i], cells[i + 1] = cells[i + 1], cells[i]
    return ",".join(cells) + "\n"


def _blank_cell(line: str, rng: Random) -> str:
    cells = line.rstrip("\r\n").split(",")
    cells[rng.randrange(len(cells))] = ""
    return ",".join(cells) + "\n"


def _spreadsheet_number(line: str, _rng: Random) -> str:
    return re.sub(r"(\d)\.(\d)", r"\1,\2", line, count=1)


def _spreadsheet_date(line: str, _rng: Random) -> str:
    return re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", line, count=1)


def _swap_lines(lines: list[bytes], rng: Random) -> list[bytes]:
    i, j = _line(lines, rng), _line(lines, rng)
    lines = list(lines)
    lines[i], lines[j] = lines[j], lines[i]
    return lines


def _cut(raw: bytes, rng: Random) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def _semicolons(raw: bytes, _rng: Random) -> bytes:
    return raw.replace(b",", b";")


def _tabs(raw: bytes, _rng: Random) -> bytes:
    return raw.replace(b",", b"\t")


def _foreign_byte(raw: bytes, rng: Random) -> bytes:
    i = rng.randrange(len(raw) + 1)
    return raw[:i] + bytes([rng.randrange(0x80, 0x100)]) + raw[i:]


def _gbk(raw: bytes, _rng: Random) -> bytes:
    return raw.decode("utf-8").encode("gb18030")


def _utf16(raw: bytes, _rng: Random) -> bytes:
    return raw.decode("utf-8").encode("utf-16")


def _by_lines(change: Callable[[list[bytes], Random], list[bytes]]) -> Callable[[bytes, Random], bytes]:
    return lambda raw, rng: b"".join(change(raw.splitlines(keepends=True) or [b""], rng))


KINDS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "delete line": _by_lines(_delete_line),
    "double line": _by_lines(_double_line),
    "change letter": _by_lines(_in_line(_letter)),
    "lose letter": _by_lines(_in_line(_lost_letter)),
    "add letter": _by_lines(_in_line(_added_letter)),
    "swap cells": _by_lines(_in_line(_swapped_cells)),
    "blank cell": _by_lines(_in_line(_blank_cell)),
    "decimal comma": _by_lines(_in_line(_spreadsheet_number)),
    "spreadsheet date": _by_lines(_in_line(_spreadsheet_date)),
    "swap lines": _by_lines(_swap_lines),
    "cut": _cut,
    "semicolons": _semicolons,
    "tabs": _tabs,
    "foreign byte": _foreign_byte,
    "gb18030": _gbk,
    "utf-16": _utf16,
    "byte order mark": lambda raw, _: b"\xef\xbb\xbf" + raw,
    "carriage returns": lambda raw, _: raw.replace(b"\n", b"\r\n"),
}
WHOLE = ("drop file", "misname file")


def mistake(text: Text, rng: Random, kind: str = "") -> Mistake:
    """One mistake in one file."""
    kind, file = kind or rng.choice([*KINDS, *WHOLE]), rng.choice(sorted(text))
    rest = {name: raw for name, raw in text.items() if name != file}
    if kind == "drop file":
        return Mistake(kind, file, _words(text[file]), rest)
    if kind == "misname file":
        stem, dot, end = file.rpartition(".")
        return Mistake(kind, file, _words(text[file]), {**rest, f"{stem[:-1]}{dot}{end}": text[file]})
    changed = KINDS[kind](text[file], rng)
    before, after = (set(raw.splitlines()) for raw in (text[file], changed))
    return Mistake(kind, file, _words(b"\n".join(before ^ after)), {**rest, file: changed})


def _words(raw: bytes) -> frozenset[str]:
    return frozenset(WORD.findall(raw.decode("utf-8", "replace")))


def said(text: Text, folder: Path) -> tuple[Issue, ...]:
    """What `check` says of a plant of these files."""
    for name, raw in text.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return check(folder).issues


def told(before: tuple[Issue, ...], after: tuple[Issue, ...]) -> tuple[Issue, ...]:
    """What is said now and was not before, wherever lines have moved to."""
    known = {_gist(issue) for issue in before}
    return tuple(issue for issue in after if _gist(issue) not in known)


def _gist(issue: Issue) -> tuple[str, str, str]:
    return (issue.code, issue.at.file if issue.at else "", re.sub(r":\d+", ":", issue.message))


def blames_another(done: Mistake, issue: Issue) -> bool:
    """True if the message stands in a file that is right without saying so: only a row that names what vanished may be told in its place.

    That is: the message names the file that was changed; or the words that it marks or puts in quotes are an id that stood, or stands now, on a
    line that was changed. What the remedy says and numbers excuse nothing.
    """
    at = issue.at
    if at is None or at.file == done.file or done.file in f"{issue.message} {issue.remedy}":
        return False
    marked = at.text[at.column - 1 : at.column - 1 + at.length] if at.column else ""
    named = {part for text in (marked, *QUOTED.findall(issue.message), *CALLED.findall(issue.message)) for part in _ids(text)}
    whole = {
        text.strip('" ') for text in (marked, *QUOTED.findall(issue.message))
    }  # an id of one letter only where it stands alone
    letters = {part for word in done.words for part in word.split(".") if len(part) == 1 and part.isalpha()}
    touched = letters | {part for word in done.words for part in _ids(word)}
    return not (named | whole) & touched


def _ids(text: str) -> set[str]:
    """The ids in a text, whole and by the parts between their dots; neither numbers nor single letters."""
    words = {word.strip(".:") for word in WORD.findall(text)}
    words |= {part for word in words for part in word.split(".")}
    return {word for word in words if len(word) > 1 and not word[0].isdigit()}
