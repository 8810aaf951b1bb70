"""Issues: what is wrong with an input, where, and what to do about it.

A user's mistake is never an exception: a stage returns an `Outcome` with its result and *all* its issues at once.
Programmer mistakes stay exceptions. Codes are a stage letter and three digits; each stage lists its codes in a visible
tuple of `Kind` (`<stage>/codes.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Severity = Literal["note", "warning", "error", "disqualified"]
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error", "disqualified")


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Where something stands: a line of a file (1-based), and the characters meant (`column` 1-based, `length` >= 0)."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Kind:
    """One code of the catalogue: its usual severity, a title, and what it means and how to mend it."""

    code: str
    severity: Severity
    title: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. `message` says what is wrong; `remedy` what to do, in one or two sentences."""

    code: str
    severity: Severity
    message: str
    at: Location | None = None
    remedy: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        at = self.at or Location("")
        return (at.file, at.line, at.column, self.code, self.message)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a stage returns: the result and the issues, sorted by place."""

    result: T
    issues: tuple[Issue, ...] = ()


def ordered(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Issues without repeats, by file, line, column, code, message: never by order of discovery."""
    return tuple(sorted(dict.fromkeys(issues), key=lambda issue: issue.sort_key))


def failing(issues: Iterable[Issue]) -> bool:
    """True if any issue is an error or a disqualification."""
    return any(issue.severity in ("error", "disqualified") for issue in issues)


_OF_THE_DISK = re.compile(
    r"disk is full|readonly database|No space left|Read-only file system|Permission denied|quota exceeded", re.IGNORECASE
)


def disk_or(said: str, remedy: str) -> str:
    """What to do about a store that cannot be used: `remedy`, unless the system's words are of a disk that takes nothing more.

    >>> disk_or("No space left on device (os error 28)", "Restore it from a copy."), disk_or("file is not a database", "Restore it.")
    ('Make room on the disk, or let this program write there, and ask again.', 'Restore it.')
    """
    return "Make room on the disk, or let this program write there, and ask again." if _OF_THE_DISK.search(said) else remedy
