"""Writes the examples of `shiftledger help CODE` from tests/errors: a wrong line as it stands there, and the right one of the plant `base`.

Only codes whose smallest bad plant differs from the base in a few lines at the place of the message have one: nothing is written by hand.
"""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "errors"
TARGET = ROOT / "src" / "shiftledger" / "render" / "help_examples.json"
MOST = 3  # lines that an example may have
PLACE = re.compile(r"([^:\n]+):(\d+): ")


def examples() -> dict[str, tuple[str, list[str], list[str]]]:
    """Code -> file, wrong lines, right lines."""
    found = {}
    for case in sorted(CASES.iterdir()):
        place = PLACE.match((case / "message.txt").read_text("utf-8")) if (case / "message.txt").exists() else None
        if place is None or "-" in case.name or not (CASES / "base" / place[1]).exists() or not (case / place[1]).exists():
            continue
        lines = _pair(CASES / "base" / place[1], case / place[1], int(place[2]) - 1)
        if lines:
            found[case.name] = (place[1], *lines)
    return found


def _pair(right: Path, wrong: Path, at: int) -> tuple[list[str], list[str]] | None:
    """The lines of the mistake and those of the base in their place; None if these are not as many, and few."""
    try:
        before, after = right.read_text("utf-8").splitlines(), wrong.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return None
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "replace" and k <= at < m and j - i == m - k <= MOST:
            return after[k:m], before[i:j]
    return None


def text() -> str:
    return json.dumps(examples(), ensure_ascii=False, indent=1) + "\n"
