"""Issues as people read them: in a terminal, and as JSON for pages and programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from shiftledger.core.issue import Issue, Location
from shiftledger.render.text import width, wrap

PASSWORD = re.compile(r"(?<=//)([^/@\s:]*:)(?!\$\{)([^@\s]+)(?=@)")  # of an address that stands where it should not
WIDEST = 160  # characters of a source line that are shown
HANG = "    "  # before the further lines of a wrapped text


def format_issue(issue: Issue, columns: int = 0) -> str:
    """An issue as text: where, how bad, code and message; the line with its number; carets below the value; what to do.

    Carets stand below the value also where the line has tabs or wide (Chinese) characters. Words are wrapped at `columns` (0: not at all),
    the excerpt never is. No newline at the end.
    """
    at = issue.at
    head = f"{at}: " if at and at.file else ""
    said, remedy, pointer = (
        f"{head}{issue.severity} {issue.code}: {_plain(issue.message)}",
        _plain(issue.remedy),
        f"(shiftledger help {issue.code})",
    )
    excerpt = _excerpt(at) if at and at.line and at.text else []
    if not columns:
        return "\n".join([said, *excerpt, "      ".join(part for part in (remedy, pointer) if part)])
    todo = wrap(remedy, columns, "", HANG) if remedy else []
    together = f"{todo[-1]}      {pointer}" if todo else pointer
    todo = [*todo[:-1], together] if width(together) <= columns else [*todo, f"{HANG}{pointer}"]
    return "\n".join([*wrap(said, columns, "", HANG), *excerpt, *todo])


def issues_json(issues: Iterable[Issue]) -> dict[str, Any]:
    """Issues as JSON types, version 1 (fields are only ever added): places are 1-based, 0 where not known."""
    return {"version": 1, "issues": [_as_json(issue) for issue in issues]}


def _excerpt(at: Location) -> list[str]:
    start = max(0, at.column - 1)
    cut = start - WIDEST // 2 if len(at.text) > WIDEST and start > WIDEST // 2 else 0
    text = _plain(_without_password(at.text)[cut : cut + WIDEST])
    number = str(at.line)
    parts = [f"  {number} | {text}".rstrip()]
    if at.column and at.length:
        before, meant = text[: start - cut], text[start - cut : start - cut + at.length]
        pad = "".join("\t" if character == "\t" else " " * width(character) for character in before)
        parts.append(f"  {' ' * len(number)} | {pad}{'^' * max(1, width(meant))}")
    return parts


def _without_password(text: str) -> str:
    """`text` with stars of the same width for a password in an address."""
    return PASSWORD.sub(lambda found: found[1] + "*" * len(found[2]), text)


def _plain(text: str) -> str:
    """`text` on one line: what could steer a terminal is replaced, and so is a password in an address."""
    text = _without_password(text)
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)


def _as_json(issue: Issue) -> dict[str, Any]:
    at = issue.at or Location("")
    place = {"file": at.file, "line": at.line, "column": at.column, "length": at.length, "text": _without_password(at.text)}
    said = {"message": _without_password(issue.message), "remedy": _without_password(issue.remedy)}
    return {"code": issue.code, "severity": issue.severity, **said, **place}
