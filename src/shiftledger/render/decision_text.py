"""What was decided about readings, and because of which of them? In 80 columns (R4, I7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shiftledger.render.amounts import ABSENT, local
from shiftledger.render.explanation import Manner, explanation_text
from shiftledger.render.formula_text import formula_text
from shiftledger.render.labels import label_text
from shiftledger.render.messages import LANGS, Lang, say, say_of
from shiftledger.render.text import WIDTH, wrap

if TYPE_CHECKING:
    from shiftledger.engine.decided import Told
    from shiftledger.ledger.approvals import Approved
    from shiftledger.quantities.decisions import Evidence
    from shiftledger.render.shown import ExplainShown

STAMP = "%Y-%m-%d %H:%M:%S"


def explained_text(view: ExplainShown, lang: str = "zh", *, depth: int = 99, **how: Any) -> str:
    """A figure's formula, its tree and below it the decisions behind it; of an address of decisions these alone. `how` as `explanation_text`."""
    tree = (
        explanation_text(view.node, lang, sources=view.sources, depth=depth, assumptions=view.assumptions, **how)
        if view.node is not None
        else ""
    )
    formula = formula_text(view.formula, lang, names=getattr(view, "names", None), **how) if view.formula is not None else ""
    approved = approved_text(view.approvals, lang, zone=how.get("zone", "UTC"))
    if view.node is not None and not view.decisions:
        return "\n\n".join(part for part in (formula, tree, approved) if part)
    told = decisions_text(view.decisions, lang, sources=view.sources, zone=how.get("zone", "UTC"))
    return "\n\n".join(part for part in (formula, tree, approved, told) if part)


def approved_text(approvals: Sequence[Approved], lang: str = "zh", *, zone: str = "UTC") -> str:
    """Which approvals the figure rests on: what, by whom in which role, in which act, and the rows of the text that they cover. # R5"""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    return "\n\n".join("\n".join(_approved(approvals, one, zone)) for one in chosen if approvals)


def _approved(approvals: Sequence[Approved], lang: Lang, zone: str) -> Iterator[str]:
    yield from wrap(say("approved.head", lang))
    for one in approvals:
        act = say("decisions.act", lang, seq=one.act.seq, who=one.act.who, role=one.act.role, at=local(one.act.made_at, zone))
        told = " · ".join(part for part in (one.name, act, one.act.evidence, ", ".join(one.rows)) if part)
        yield from wrap(told, WIDTH, "  ", "    ")


def decisions_text(
    decisions: Sequence[Told], lang: str = "zh", *, sources: Mapping[int, str] | None = None, zone: str = "UTC"
) -> str:
    """Each decision: local time, what was decided, what was booked, then rule and readings; `lang` is zh, en or both."""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    blocks = ["\n".join(_block(decisions, Manner(one, zone=zone, sources=sources or {}))) for one in chosen]
    return "\n\n".join(blocks)


def _block(decisions: Sequence[Told], how: Manner) -> Iterator[str]:
    if not decisions:
        yield from wrap(say("decisions.none", how.lang))
        return
    yield from wrap(say("decisions.head", how.lang, count=len(decisions)))
    for told in decisions:
        yield ""
        yield from _told(told, how)


def _told(told: Told, how: Manner) -> Iterator[str]:
    """One decision."""
    one = told.decision
    start, end = (local(at, how.zone, STAMP) for at in (one.start, one.end))
    span = start if start == end else f"{start} – {end[11:] if start[:10] == end[:10] else end}"
    yield from wrap(f"{span}  {one.about}: {say_of('decision', one.kind, how.lang)}", WIDTH, "", "  ")
    booked = "" if one.amount is None else say("decisions.amount", how.lang, amount=f"{one.amount:,.6g} {told.unit}".rstrip())
    parts = (
        booked,
        say("clause", how.lang, clause=one.clause),
        ", ".join(label_text(name, how.lang, how.zone) for name in told.figures),
        one.at,
    )
    yield from wrap(" · ".join(part for part in parts if part), WIDTH, "  ", "  ")
    for i, reading in enumerate(one.evidence):
        if one.readings > len(one.evidence) and i == len(one.evidence) // 2:
            yield "    " + say("more-readings", how.lang, count=one.readings - len(one.evidence))
        yield from wrap(_reading(reading, how), WIDTH, "    ", "      ")
    for act in told.acts:
        text = say("decisions.act", how.lang, seq=act.seq, who=act.who, role=act.role, at=local(act.made_at, how.zone))
        yield from wrap(" · ".join(part for part in (text, act.evidence) if part), WIDTH, "    ", "      ")


def _reading(reading: Evidence, how: Manner) -> str:
    """Local time, value, quality if it is not good, file and line; a register that the plant's text declares has none."""
    value = ABSENT if reading.value is None else f"{reading.value:,}"
    quality = say_of("quality", str(reading.quality), how.lang) if reading.quality else ""
    file = how.sources.get(reading.batch, f"#{reading.batch}")
    place = f"{file}:{reading.row}" if reading.row >= 0 and reading.batch >= 0 else say("decisions.declared", how.lang)
    return "  ".join(part for part in (local(reading.seen, how.zone, STAMP), value, quality, place) if part)
