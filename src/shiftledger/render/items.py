"""What the lines of a statement are called, and what has to be said about them; for text and pages alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.core.money import amount
from shiftledger.render.amounts import MINUS, Z90, quantity_text
from shiftledger.render.messages import Lang, Names, say, say_of, words

if TYPE_CHECKING:
    from shiftledger.ledger.statement import HourLine, Line, Statement, Step, StockLine


def item_name(what: str, names: Names, lang: Lang) -> str:
    """What a posting moves: a material, in a tariff band (`power@peak`) or as part of something else (`slurry:residual`)."""
    body, _, part = what.partition(":")
    material, at, band = body.partition("@")
    balanced = material == "mass" and ("material", "mass") not in names.of  # what a unit's balance leaves unexplained # B1
    name = say("mass", lang) if balanced else names.name("material", material, lang)
    if at:
        known = say("market", lang) if band == "market" else band
        name = say("band", lang, what=name, band=known or say("band-of-none", lang))
    return f"{name} · {say_of('kind', part, lang)}" if part else name


def line_name(line: Line, names: Names, lang: Lang) -> str:
    """A line with where it went or came from; charges and differences of the site need no other end."""
    if line.kind == "transfer" or line.what.endswith(":transfer"):
        return halt_name(line.what, names, lang)
    if line.kind == "state":
        return say("state.closing" if line.sign > 0 else "state.opening", lang, what=names.name("state", line.what, lang))
    name = item_name(line.what, names, lang)
    if line.kind == "change":
        return f"{name} · {names.node(line.other, lang)}"
    if line.kind in ("flow", "stock", "trueup", "residual", "quality", "regrade"):
        return say("to" if line.sign > 0 else "from", lang, what=name, other=names.node(line.other, lang))
    return name


def halt_name(what: str, names: Names, lang: Lang) -> str:
    """A unit's halts of one cause, `U1@mechanical`."""
    unit, _, cause = what.partition(":")[0].partition("@")
    return say("band", lang, what=names.name("unit", unit, lang), band=say_of("cause", cause, lang))


def stream_name(key: str, names: Names, lang: Lang) -> str:
    """What an incomplete statement lacks: a stream, a held stock, a state, or a premium that waits for the laboratory."""
    kind, _, what = key.partition(":")
    if kind == "state":
        return names.name("state", what, lang)
    if kind == "quality":
        return say("waits", lang, what=stream_name(what.partition("/")[0], names, lang), component=what.partition("/")[2])
    name = names.name("stream", key, lang)
    return name if name != key else names.name("stock", key, lang)


def line_notes(line: Line, decimals: int, lang: Lang) -> tuple[str, ...]:
    """What is not ordinary about a line, in words: its kind, its status, its marks, an amount that does not multiply out."""
    parts = [] if line.kind in ("flow", "state") else [say_of("kind", line.kind, lang)]
    if line.status != "measured" and line.kind != "fixed":
        parts.append(say_of("status", line.status, lang))
    marks = [mark for mark in line.marks if line.kind != "stock" or mark != "derived"]  # its kind says so already
    if marks:
        parts.append(words("mark", marks, lang))
    if line.kind not in ("fixed", "state") and abs(line.amount) != abs(amount(line.qty, line.quantum, line.price, decimals)):
        parts.append(say("mended", lang))
    return (("；" if lang == "zh" else "; ").join(parts),) if parts else ()


def step_name(step: Step, names: Names, lang: Lang) -> str:
    """A step of the bridge with the item it is about."""
    name = say_of("bridge", step.name, lang)
    if step.name == "no-fault":
        return say("step", lang, step=name, item=halt_name(step.item, names, lang))
    if step.name == "time" and step.item:
        return say("step", lang, step=name, item=say("time.no-fault", lang))
    if step.name == "state":
        return say("step", lang, step=name, item=names.name("state", step.item, lang))
    return say("step", lang, step=name, item=item_name(step.item, names, lang)) if step.item else name


def crews_text(statement: Statement, lang: Lang) -> str:
    """The crews that ran the shift, by letter."""
    named = [say("crew", lang, letter=crew.rpartition("/")[2]) if crew else say("nobody", lang) for crew in statement.crews]
    return ", ".join(named) or say("nobody", lang)


def hour_name(line: HourLine, names: Names, lang: Lang) -> str:
    """What a line of hours is about: that a unit ran, why it stood still, or that nothing is known."""
    if line.what == "running":
        return say("hours.ran", lang, unit=names.name("unit", line.unit, lang))
    if line.what == "unknown":
        return say("hours.unknown", lang)
    return say("hours.own" if line.own else "hours.halt", lang, cause=say_of("cause", line.what, lang))


def hour_notes(line: HourLine, lang: Lang) -> tuple[str, ...]:
    """What is not ordinary about the hours of a unit, in words."""
    told = [mark for mark in line.marks if mark != "partial"]  # a line of its own says what is unknown
    return (words("mark", told, lang),) if told else ()


def residual_words(line: StockLine, lang: Lang) -> str:
    """What book and count do not explain; whether it is more than measuring error is said too. # B3, I6"""
    if line.residual is None:
        return say("residual.absent", lang)
    size = quantity_text(abs(line.residual), line.quantum, line.unit)
    key = "residual.more" if line.residual > 0 else "residual.less" if line.residual < 0 else "residual.none"
    text = say(key, lang, qty=size)
    if line.z is None or not line.residual:
        return text
    z = f"{line.z:.1f}".replace("-", MINUS)
    return text + say("z.within" if abs(line.z) < Z90 else "z", lang, z=z)
