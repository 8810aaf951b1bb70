"""What would a load do, what was entered, what waits in quarantine? A few lines each, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shiftledger.core.period import moment
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import WIDTH, clean, wrap

if TYPE_CHECKING:
    from shiftledger.engine.preview import Preview
    from shiftledger.readings.desk import Kept
    from shiftledger.readings.entry import Asked
    from shiftledger.readings.quarantine import Refused

SHOWN_ROWS = 40
SHOWN_REASONS = 8
SHOWN_TEXT = 200  # characters of a refused row


def previews_text(view: Any, lang: Lang) -> str:
    """What a load would do, file by file; at the end that nothing was written. # R2, L6"""
    lines: list[str] = []
    for found in view.guesses:
        lines += [*wrap(say("guess.head", lang)), "", *found.block.splitlines(), ""]
    for one in view.previews:
        lines += _preview(one, lang)
    return "\n".join([*(lines or [say("preview.none", lang)]), say("preview.written", lang)])


def _preview(one: Preview, lang: Lang) -> Iterator[str]:
    yield from wrap(one.source)
    yield from _wrapped(say("preview.rows", lang, rows=one.rows, new=one.new, known=one.known, refused=one.refused))
    if one.first:
        yield from _wrapped(say("preview.span", lang, tags=len(one.tags or ()), first=one.first, last=one.last))
    for reason, count in one.reasons[:SHOWN_REASONS]:
        yield from _wrapped(say("preview.reason", lang, count=count, reason=clean(reason)))
    if len(one.reasons) > SHOWN_REASONS:
        yield from _wrapped(say("preview.more", lang, count=len(one.reasons) - SHOWN_REASONS))
    if one.open_days:
        yield from _wrapped(say("preview.open", lang, days=days_text(one.open_days, lang)))
    for effect in ("true-up", "prior-period"):
        days = [touched.day for touched in one.sealed_days if touched.effect == effect]
        if days:
            yield from _wrapped(_effect(effect, days_text(days, lang), lang))
    if one.new and not one.sealed_days and not one.open_days:
        yield from _wrapped(say("preview.unchanged", lang))


def _effect(effect: str, days: str, lang: Lang) -> str:
    return say("preview.true-up", lang, days=days) if effect == "true-up" else say("preview.prior-period", lang, days=days)


def days_text(days: Sequence[date], lang: Lang) -> str:
    """Days as ranges: 2026-03-01 to 2026-03-05, 2026-03-09."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(str(run[0]) if len(run) == 1 else say("span.days", lang, first=run[0], last=run[-1]) for run in runs)


def entry_text(view: Any, zone: ZoneInfo, lang: Lang) -> str:
    """What was entered by hand, with the local time at which each value stands. # R3"""
    if not view.reports:
        return say("enter.none", lang)
    report = view.reports[0]
    head = say("enter.done", lang, shift=view.shift, count=len(view.entered), seq=report.seq) if report.loaded else None
    lines = wrap(head or say("enter.same", lang, shift=view.shift))
    for tag, at, text in view.entered:
        lines += _wrapped(say("enter.value", lang, tag=tag, text=clean(text) or "-", at=_local(at, zone)))
    return "\n".join(lines)


def missing_text(view: Any, lang: Lang) -> str:
    """Which values of a shift nobody has told yet."""
    if not view.ok:
        return say("enter.none", lang)
    if not view.asked:
        return "\n".join(wrap(say("enter.complete", lang, shift=view.shift)))
    tags = ", ".join(one.tag for one in view.asked)
    return "\n".join(wrap(say("enter.missing", lang, shift=view.shift, count=len(view.asked), tags=tags)))


def question_text(one: Asked | None, zone: ZoneInfo, lang: Lang) -> str:
    """The question for one value, or (None) how to answer."""
    if one is None:
        return say("enter.how", lang)
    unit = f" [{'/'.join(one.codes) or one.unit}]" if one.codes or one.unit else ""
    return f"{one.tag}{unit} {_local(one.at, zone)}: "


def quarantine_text(view: Any, lang: Lang, zone: str = "UTC") -> str:
    """The refused rows, each with its id, place, text (times as in `zone`), reason and what would become of it today. # R4"""
    if not view.rows:
        return say("quarantine.none", lang)
    lines = wrap(say("quarantine.count", lang, open=view.open, kept=view.kept))
    for one in view.rows[:SHOWN_ROWS]:
        lines += _row(one, zone, lang)
    if len(view.rows) > SHOWN_ROWS:
        lines += wrap(say("quarantine.more", lang, count=len(view.rows) - SHOWN_ROWS))
    return "\n".join(lines)


def _row(one: Kept, zone: str, lang: Lang) -> Iterable[str]:
    row = one.row
    yield from wrap(say("quarantine.row", lang, id=row.id, source=row.source, line=row.line))
    text = clean(row.text if row.reading is None else _local_reading(row, zone))
    yield from _wrapped(text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]}...")
    yield from _wrapped(clean(row.reason))
    yield from _wrapped(_standing(one, lang))


def _local_reading(row: Refused, zone: str) -> str:
    from shiftledger.readings.quality import local_text

    return local_text(row.text, zone)


def _standing(one: Kept, lang: Lang) -> str:
    if one.standing == "superseded":
        by = say("standing.act", lang, act=one.act) if one.batch is None else say("standing.batch", lang, batch=one.batch)
        return say("standing.superseded", lang, by=by)
    if one.lacks and one.row.reason.endswith(one.lacks):
        return say("quarantine.same", lang)
    if one.standing == "open":
        return say("quarantine.lacks", lang, why=clean(one.lacks)) if one.lacks else say("quarantine.ready", lang)
    if one.standing == "readmitted":
        return say("standing.readmitted", lang, act=one.act)
    if one.standing == "dropped":
        return say("standing.dropped", lang, act=one.act)
    return say("standing.overruled", lang, act=one.act) if one.standing == "overruled" else say("standing.loaded", lang)


def decided_text(view: Any, lang: Lang) -> str:
    """The act about refused rows, and what was loaded by it. # R4, R5"""
    if view.act is None:
        return say("decided.none", lang)
    key = {"seq": view.act.seq, "count": len(view.act.body["rows"].split())}
    lines = wrap(say("decided.readmit", lang, **key) if view.act.kind == "readmit" else say("decided.drop", lang, **key))
    for report in view.reports:
        lines += _wrapped(report.source)
        line = say("load.new", lang, seq=report.seq, appended=report.appended, rows=report.rows) if report.loaded else None
        lines += wrap(line or say("load.same", lang, rows=report.rows), WIDTH, "    ")
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, "  ")


def _local(at: int, zone: ZoneInfo) -> str:
    return moment(at, zone).strftime("%Y-%m-%d %H:%M")
