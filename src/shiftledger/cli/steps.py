"""A demonstration in steps: each says what it does and with which command, and the first error ends it."""

from __future__ import annotations

from typing import Any

from shiftledger.cli.output import FINE, emit, emit_issues, outcome


def announce(number: int, words: str, command: str = "") -> None:
    """The number of a step, what it does, and its command if it has one."""
    from shiftledger.render.text import wrap

    shown = wrap(f"$ shiftledger {command}", 80, "   ", "       ") if command else []
    emit("\n".join(["", *wrap(f"{number}. {words}"), *shown, ""]))


def failed(view: Any) -> bool:
    """Whether a verb's view has an error; its issues are printed then."""
    if outcome(view.issues) == FINE:
        return False
    emit_issues(view.issues)
    return True
