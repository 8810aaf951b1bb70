"""Which acts are there, which of them stand, and what is approved? In 80 columns (R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.render.amounts import local
from shiftledger.render.messages import LANGS, Lang, say, say_of
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from shiftledger.engine.listed import ActLine, ActList, ApprovalLine


def acts_text(found: ActList | None, lang: str = "zh", *, zone: str = "UTC") -> str:
    """Approvals first, then every act; `lang` is zh, en or both."""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    return "\n\n".join("\n".join(_in_language(found, one, zone)) for one in chosen) if found is not None else ""


def _in_language(found: ActList, lang: Lang, zone: str) -> list[str]:
    lines: list[str] = []
    if found.approvals:
        heads = (Col(say("acts.approvals", lang), "<", 16), Col(""), Col("", "<"))
        lines += [*table(heads, [_approval(line, lang) for line in found.approvals], 0), ""]
    if not found.acts:
        return [*lines, *wrap(say("acts.none", lang))]
    columns = (Col(say("acts.head", lang, count=len(found.acts)), "<", 24), Col("", "<", 8))
    return [*lines, *table(columns, [_act(line, lang, zone) for line in found.acts], 0)]


def _approval(line: ApprovalLine, lang: Lang) -> Row:
    act = say("acts.by", lang, act=line.act.seq) if line.act is not None else ""
    notes = [f"{line.at}: {line.why}" if line.at is not None else line.why] if line.why else []
    notes += [] if line.asked else [say("acts.unasked", lang)]
    return Row((line.name, say_of("act-standing", line.standing, lang), act), tuple(notes))


def _act(line: ActLine, lang: Lang, zone: str) -> Row:
    act = line.act
    ended = say("acts.ended", lang, act=line.by) if line.by is not None else ""
    standing = " ".join(part for part in (say_of("act-standing", line.standing, lang) if line.standing else "", ended) if part)
    what = f"{act.seq}  {say_of('act-kind', act.kind, lang)} {line.about}"
    said = (f"{act.who} ({act.role})", local(act.made_at, zone, "%Y-%m-%d %H:%M"), act.body.get("reason", ""), act.evidence)
    return Row((what, standing), (" · ".join(part for part in said if part),))
