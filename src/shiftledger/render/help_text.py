"""What an issue code means, as `shiftledger help CODE` says it: title, what to do, and a wrong and a right line where there is an example.

The examples are written by `tools/reference.py` from the smallest bad plants in tests/errors.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from shiftledger.core.issue import Kind
from shiftledger.render.messages_help import HELP_ZH, WORDS
from shiftledger.render.text import wrap


def help_text(kind: Kind, lang: str = "") -> str:
    """The text in one language, at most 80 columns wide; in both where `lang` is blank and the code has Chinese."""
    parts = [_english(kind)] if lang != "zh" else []
    if lang == "zh" or (not lang and kind.code in HELP_ZH):
        parts.append(_chinese(kind))
    example = _example(kind.code, 0 if lang == "zh" else 1)
    return "\n\n".join([*parts, *([example] if example else [])])


def _english(kind: Kind) -> str:
    return "\n".join([*wrap(f"{kind.code} ({kind.severity}): {kind.title}"), "", *wrap(kind.explanation)])


def _chinese(kind: Kind) -> str:
    if kind.code not in HELP_ZH:
        return f"{_english(kind)}\n\n{WORDS['help.only-english'][0]}"
    title, remedy = HELP_ZH[kind.code]
    severity = WORDS[f"help.severity.{kind.severity}"][0]
    return "\n".join([*wrap(f"{kind.code}（{severity}）：{title}"), "", *wrap(remedy)])


def _example(code: str, column: int) -> str:
    if code not in _examples():
        return ""
    file, wrong, right = _examples()[code]
    told = WORDS["help.wrong"][column].format(file=file), WORDS["help.right"][column]
    return "\n".join([told[0], *(f"  {line.strip()}" for line in wrong), told[1], *(f"  {line.strip()}" for line in right)])


@cache
def _examples() -> dict[str, tuple[str, list[str], list[str]]]:
    """Code -> file, wrong lines, right lines."""
    return {
        code: tuple(one) for code, one in json.loads(files(__package__).joinpath("help_examples.json").read_text("utf-8")).items()
    }
