"""The bridge of a statement as a picture: from the first column to Actual, step by step, with whiskers on the end (L4, I6).

Blue is gain, orange is loss, grey is a column; every bar has its number with sign. Text keeps its size: the picture is drawn in
CSS pixels and never scaled. An axis that does not begin at zero says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from shiftledger.render.messages import Lang, say
from shiftledger.render.text import clean, cut

GAIN, LOSS, GREY, INK, FAINT = "#1f5fa8", "#b35900", "#8a8a8a", "#222222", "#cccccc"
LABELS, PLOT, NUMBERS, ROW, MARGIN = 190, 250, 150, 24, 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: from where to where in cents, its number as text; a column stands on the axis, a step hangs between two."""

    label: str
    start: int
    end: int
    number: str
    is_column: bool


def bridge_svg(bars: Sequence[Bar], half: int | None, lang: Lang) -> str:
    """Rows of a bridge as self-contained SVG; `half` is half of the last bar's 90 % interval in cents, None if not known."""
    low, high, foot = _range(bars, half)
    cut_off = foot != 0

    def x(cents: int) -> float:
        return round(LABELS + PLOT * (cents - low) / (high - low), 1)

    parts = [_row(bar, i, x, foot) for i, bar in enumerate(bars)]
    if half is not None:
        parts.append(_whisker(x(bars[-1].end - half), x(bars[-1].end + half), len(bars) - 1))
    height = ROW * len(bars) + 2 * MARGIN
    axis = x(foot)
    parts.insert(0, f'<line x1="{axis}" y1="{MARGIN}" x2="{axis}" y2="{height - MARGIN}" stroke="{FAINT}"/>')
    if cut_off:
        parts.append(_cut_mark(axis, height - MARGIN))
        parts.append(_text(LABELS, height + 12, say("axis", lang), "start", GREY))
        height += 18
    wide = LABELS + PLOT + NUMBERS
    style = "font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}" height="{height}" '
        f'viewBox="0 0 {wide} {height}" style="{style}">{"".join(parts)}</svg>'
    )


def _range(bars: Sequence[Bar], half: int | None) -> tuple[int, int, int]:
    """Ends of the axis in cents and where columns stand: on zero, unless the steps would be too small to see beside it."""
    ends = [end for bar in bars for end in ((bar.end,) if bar.is_column else (bar.start, bar.end))]
    ends += [bars[-1].end - half, bars[-1].end + half] if half is not None else []
    low, high = min(ends), max(ends)
    away = low > 0 and 3 * (high - low) < high
    away_below = high < 0 and 3 * (high - low) < -low
    if not away and not away_below:
        low, high = min(low, 0), max(high, 0)
    spare = max(1, (high - low) // 12)
    low, high = (low if low == 0 else low - spare), (high if high == 0 else high + spare)
    high = max(high, low + 1)
    return low, high, low if away else high if away_below else 0


def _row(bar: Bar, i: int, at: Callable[[int], float], foot: int) -> str:
    y = MARGIN + ROW * i
    start = foot if bar.is_column else bar.start
    left, right = sorted((at(start), at(bar.end)))
    colour = GREY if bar.is_column else GAIN if bar.end > bar.start else LOSS
    middle = y + ROW / 2 + 4
    label = cut(clean(bar.label), 24)
    number = colour if not bar.is_column and bar.start != bar.end else INK
    return (
        _text(LABELS - 8, middle, label, "end", INK)
        + f'<rect x="{left}" y="{y + 5}" width="{max(1.0, round(right - left, 1))}" height="{ROW - 10}" fill="{colour}"/>'
        + _text(LABELS + PLOT + NUMBERS - 4, middle, bar.number, "end", number)
    )


def _whisker(left: float, right: float, i: int) -> str:
    """The 90 % interval of the end value."""
    y = MARGIN + ROW * i + ROW / 2
    path = f"M{left} {y - 5}V{y + 5}M{left} {y}H{right}M{right} {y - 5}V{y + 5}"
    return f'<path class="whisker" d="{path}" stroke="{INK}" stroke-width="1.5" fill="none"/>'


def _cut_mark(x: float, y: float) -> str:
    """Two slashes over the axis: it does not begin at zero."""
    return f'<path class="cut" d="M{x - 5} {y + 3}l6 -6M{x - 1} {y + 3}l6 -6" stroke="{INK}" fill="none"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
