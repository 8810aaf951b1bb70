"""What rests on assumptions, in words: at V, at the columns, at a line or an indicator, and the list of what is assumed (I7, I8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shiftledger.render.items import item_name
from shiftledger.render.messages import Lang, Names, say, words
from shiftledger.render.text import WIDTH, wrap

if TYPE_CHECKING:
    from shiftledger.ledger.assumed import Assumption

VALUE, STANDARD = "V", "standard"


def value_note(assumptions: Sequence[Assumption], lang: Lang) -> str:
    """That V rests on assumptions, and on how many; "" if on none."""
    count = sum(VALUE in one.figures for one in assumptions)
    return f"! {say('assumed.value', lang, count=count)}" if count else ""


def columns_note(assumptions: Sequence[Assumption], lang: Lang) -> str:
    """That Standard and Allowed rest on assumptions, or ""."""
    return f"! {say('assumed.columns', lang)}" if any(STANDARD in one.figures for one in assumptions) else ""


def noted(*notes: str, indent: str = "") -> list[str]:
    """Notes as lines at 80 columns; none of an empty one."""
    return [line for note in notes if note for line in wrap(note, WIDTH, indent, indent + "  ")]


def figure_notes(assumptions: Sequence[Assumption], figure: str, lang: Lang) -> tuple[str, ...]:
    """The mark of a figure (a line's material, or `indicator:<id>`) that rests on an assumption."""
    return (words("mark", ["assumption"], lang),) if any(figure in one.figures for one in assumptions) else ()


def assumed_pairs(assumptions: Sequence[Assumption], names: Names, lang: Lang) -> list[tuple[str, str]]:
    """Each assumption with its file and line, and which figures rest on it."""
    told = []
    for one in assumptions:
        figures = ", ".join(assumed_figure(figure, names, lang) for figure in one.figures)
        told.append((f"{one.at}  {one.source}", say("assumed.figures", lang, figures=figures)))
    return told


def assumed_lines(assumptions: Sequence[Assumption], names: Names, lang: Lang) -> list[str]:
    """What the figures rest on that nobody measured or agreed: file and line, what it says, and which figures."""
    lines = wrap(say("assumed.head", lang)) if assumptions else []
    for what, figures in assumed_pairs(assumptions, names, lang):
        lines += [line for text in (what, f"  {figures}") for line in wrap(text, WIDTH, "  ", "    ")]
    return lines


def assumed_figure(figure: str, names: Names, lang: Lang) -> str:
    """What a figure that rests on an assumption is called: V, the standards' columns, an indicator or a line."""
    if figure in (VALUE, STANDARD):
        return say("assumed.of-value" if figure == VALUE else "assumed.of-standard", lang)
    kind, _, key = figure.partition(":")
    return names.name("indicator", key, lang) if kind == "indicator" else item_name(figure, names, lang)
