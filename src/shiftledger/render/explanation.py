"""Why is it this figure? A trace as an indented tree in 80 columns, down to raw readings and lines of the plant's text (I7)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shiftledger.core.trace import walk
from shiftledger.readings.lots import Lots
from shiftledger.render.amounts import ABSENT, MINUS, local, money, price_text, quantity_text, time_text
from shiftledger.render.labels import label_text
from shiftledger.render.messages import LANGS, Lang, say, say_of
from shiftledger.render.text import WIDTH, clean, cut, pad, width, wrap

if TYPE_CHECKING:
    from shiftledger.core.trace import Node

DEEPEST = 16  # columns of indentation; what lies deeper stands there too
FIRST = 3  # readings shown before the last one
SHARED = ("allocated",)  # operations over every shift of a bill's period
SHIFTS_SHOWN = 8  # so many children of a share are all opened
SHIFT = re.compile(r"\d{4}-\d\d-\d\d\.\w+")
_QUANTUM = re.compile(r"(\d+(?:\.\d+)?) (.*)")


@dataclass(frozen=True, slots=True)
class Manner:
    """How values are written: the plant's money and zone, the file of each batch, how deep to go."""

    lang: Lang
    currency: str = ""
    decimals: int = 2
    zone: str = "UTC"
    sources: Mapping[int, str] = field(default_factory=dict)
    depth: int = 99
    assumptions: Mapping[str, str] = field(default_factory=dict)


def explanation_text(
    node: Node,
    lang: str = "zh",
    *,
    sources: Mapping[int, str] | None = None,
    currency: str = "",
    decimals: int = 2,
    zone: str = "UTC",
    depth: int = 99,
    assumptions: Mapping[str, str] | None = None,
) -> str:
    """The tree of `node`: label and value with unit, then operation, clause and file:line; `lang` is zh, en or both.

    `sources` names the file of each batch, `depth` levels are opened, times are local to `zone`, `assumptions` is what a row
    says of itself by file and line.
    """
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    trees = [Manner(one, currency, decimals, zone, sources or {}, depth, assumptions or {}) for one in chosen]
    return "\n\n".join("\n".join(_lines(node, how, 0, None, set())) for how in trees)


def value_text(node: Node, *, currency: str = "", decimals: int = 2, quantum: Decimal | None = None, lang: Lang = "en") -> str:
    """A node's value with its unit: cents as money, quanta as a quantity, an absent one as a dash. # I8"""
    value, unit = node.value, node.unit
    if value is None:
        return ABSENT
    if is_event(value):
        return ""
    if unit == "us" and isinstance(value, int):
        return time_text(value)
    if is_series(value):
        return say("readings", lang, count=len(value))
    if unit == "cents" and isinstance(value, int):
        return f"{money(value, decimals)} {currency}".rstrip()
    if unit == "per unit" and isinstance(value, Decimal):
        return f"{price_text(value, decimals)} {currency}".rstrip()
    step, name = _quantum_of(node, quantum)
    if isinstance(value, int) and step is not None:
        return quantity_text(value, step, name)
    if unit == "quanta":
        return say("quanta", lang, count=f"{value:,}".replace("-", MINUS))
    return f"{_plain(value)} {unit}".rstrip() if unit != "1" else _plain(value)


def is_series(value: Any) -> bool:
    """True for the leaf of a trace: a slice of a tag's readings."""
    return hasattr(value, "ts") and hasattr(value, "tag")


def is_event(value: Any) -> bool:
    """True for the leaf of a trace that is an event: what an act says happened."""
    return hasattr(value, "recorded_at") and hasattr(value, "act")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return price_text(value, 0)
    return f"{value:,}".replace("-", MINUS) if isinstance(value, float | int) else str(value)


def _quantum_of(node: Node, inherited: Decimal | None) -> tuple[Decimal | None, str]:
    """The size and unit of a whole number: said by its unit ("0.001 t"), by its operation, or by what it is made of."""
    found = _QUANTUM.fullmatch(node.unit)
    if found:
        return Decimal(found[1]), found[2]
    own = dict(node.args).get("quantum")
    if isinstance(own, Decimal):
        return own, "" if node.unit == "quanta" else node.unit
    if node.unit == "quanta":
        for child in node.children:
            below = _quantum_of(child, None)
            if below[0] is not None:
                return below
        return inherited, ""
    return None, ""


def _lines(node: Node, how: Manner, level: int, quantum: Decimal | None, seen: set[int]) -> Iterator[str]:
    """One node and what it follows from. What stands above already is not opened again."""
    indent = " " * min(2 * level, DEEPEST)
    known = {"currency": how.currency, "decimals": how.decimals}
    value = "" if is_series(node.value) else value_text(node, quantum=quantum, lang=how.lang, **known)  # type: ignore[arg-type]
    yield from _headline(indent, label_text(node.label, how.lang, how.zone), value)
    again = bool(node.children) and id(node) in seen
    below = sum(1 for _ in walk(node)) - 1
    parts = [say_of("op", node.op, how.lang), say("clause", how.lang, clause=node.clause) if node.clause else "", node.at]
    parts += [say("assumed", how.lang, source=how.assumptions[node.at])] if node.at in how.assumptions else []
    parts += [say("as-above", how.lang)] if again else []
    parts += [say("deeper", how.lang, count=below)] if not again and below and level >= how.depth else []
    told = " · ".join(part for part in parts if part)
    if told:
        yield from wrap(told, WIDTH, indent + "  ")
    if is_series(node.value):
        yield from _reading_lines(node, how, indent + "  ")
    elif is_event(node.value):
        yield from _event_lines(node.value, how, indent + "  ")
    if again or level >= how.depth:
        return
    seen.add(id(node))
    own = dict(node.args).get("quantum")
    shown, inner = _opened(node), " " * min(2 * level + 2, DEEPEST)
    for i, child in enumerate(node.children):
        if i not in shown:
            if i - 1 in shown:
                left = next((k for k in range(i, len(node.children)) if k in shown), len(node.children)) - i
                yield inner + say("more-shifts", how.lang, count=left)
            continue
        passed = own if node.op == "amount_of" and i == 0 else dict(node.args).get("quantum_out") if i == 0 else None
        yield from _lines(child, how, level + 1, passed if isinstance(passed, Decimal) else None, seen)
    if len(shown) < len(node.children):
        yield from _headline(inner, say("all-shifts", how.lang), _together(node))


def _opened(node: Node) -> set[int]:
    """Which children are opened: all; of a share of many shifts, the bill and its own shift's drivers. JSON has them all. # I7"""
    own = SHIFT.search(node.label)
    mine = {i for i, child in enumerate(node.children) if own and own[0] in child.label}
    if node.op not in SHARED or len(node.children) <= SHIFTS_SHOWN or not mine:
        return set(range(len(node.children)))
    return mine | {0}


def _together(node: Node) -> str:
    """What the drivers of all shifts add up to, with its unit: a share is the bill x its own driver / this, but for rounding. # Q9"""
    drivers = node.children[1:]
    unit = next((child.unit for child in drivers if child.unit not in ("", "1")), "")
    return f"{math.fsum(max(0.0, float(child.value)) for child in drivers):,.2f} {unit}".rstrip()


def _headline(indent: str, label: str, value: str) -> Iterator[str]:
    """Label at the left, value at the right margin; a value that leaves no room for the label stands below it."""
    value = clean(value)
    room = WIDTH - len(indent) - width(value) - 2
    if room >= 16:
        yield (indent + pad(cut(label, room), room) + "  " + value).rstrip()
    else:
        yield indent + cut(label, WIDTH - len(indent))
        yield from wrap(value, WIDTH, indent + "  ")


def _event_lines(event: Any, how: Manner, indent: str) -> Iterator[str]:
    """When it happened and when it was written down, local time; why, who says so in which role, on what evidence. # R5"""
    start, recorded = (local(at, how.zone, "%Y-%m-%d %H:%M") for at in (event.start, event.recorded_at))
    end = say("event.open", how.lang) if event.end is None else local(event.end, how.zone, "%Y-%m-%d %H:%M")
    yield from wrap(say("event", how.lang, start=start, end=end, recorded=recorded), WIDTH, indent)
    said = (event.reason, f"{event.who} ({event.role})" if event.who else "", event.evidence)
    if any(said):
        yield from wrap(" · ".join(part for part in said if part), WIDTH, indent)


def _reading_lines(node: Node, how: Manner, indent: str) -> Iterator[str]:
    """The first readings and the last one: local time, value, source file:line."""
    series, total = node.value, len(node.value)
    seen = series.end if isinstance(series, Lots) else series.ts  # a lot is stamped within the minute before its end
    shown = list(range(total)) if total <= FIRST + 1 else [*range(FIRST), total - 1]
    for i in shown:
        if i == total - 1 and total > len(shown):
            yield indent + say("more-readings", how.lang, count=total - len(shown))
        number = f"{_plain(float(series.value[i]))} {node.unit}".rstrip()
        place = how.sources.get(int(series.batch[i]), "")
        where = f"{place}:{int(series.row[i])}" if place else f"#{int(series.batch[i])}:{int(series.row[i])}"
        text = f"{local(int(seen[i]), how.zone, '%Y-%m-%d %H:%M:%S')}  {number}  {where}"
        yield from wrap(text, WIDTH, indent, indent + "  ")
