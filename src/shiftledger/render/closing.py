"""What did a load, a close, a verification, a check or an act do? A few lines each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from shiftledger.render.amounts import local_zoned
from shiftledger.render.issues import format_issue
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.text import WIDTH, wrap

if TYPE_CHECKING:
    from shiftledger.acts.acts import Act
    from shiftledger.core.issue import Issue
    from shiftledger.readings.batch import LoadReport

SHIFT = re.compile(r"\b(\d{4}-\d\d-\d\d)\.\w+")
ONE_BY_ONE = 3  # so many alike of as many shifts are shown one by one
EACH = 10  # warnings or notes of one code that are printed, and five times as many errors


def check_text(issues: Sequence[Issue], lang: Lang) -> str:
    """How many findings of each severity, or that nothing is wrong."""
    if not issues:
        return say("check.fine", lang)
    errors = sum(issue.severity in ("error", "disqualified") for issue in issues)
    warnings = sum(issue.severity == "warning" for issue in issues)
    return say("check.count", lang, errors=errors, warnings=warnings, notes=len(issues) - errors - warnings)


def load_text(reports: Sequence[LoadReport], lang: Lang, *, ok: bool = True, zone: str = "UTC") -> str:
    """What became of each file; what is not loaded was there already, unless it waits in quarantine or the load failed. # R2, R4"""
    lines: list[str] = []
    for report in reports:
        lines += wrap(report.source)
        known = ok and report.quarantined < report.rows
        key = "load.new" if report.loaded else "load.same" if known else "load.none"
        if report.acts is not None:
            first, last = report.acts
            text = say("load.events", lang, appended=report.appended, rows=report.rows, first=first, last=last)
        else:
            text = say(key, lang, seq=report.seq, appended=report.appended, rows=report.rows)
        lines += wrap(text, WIDTH, "  ")
        if report.first is not None and report.last is not None and report.tags:
            reach = [local_zoned(at, zone) for at in (report.first, report.last)]
            span = say("load.span", lang, tags=len(report.tags), first=reach[0], last=reach[1])
            lines += wrap(span, WIDTH, "  ")
        if report.quarantined:
            lines += wrap(say("load.quarantine", lang, count=report.quarantined), WIDTH, "  ")
    return "\n".join(lines or [say("load.empty", lang)])


def close_text(report: Any, lang: Lang) -> str:
    """Runs of days with the same outcome, and their seals. `report` is an `engine.local.CloseReport`. # L7"""
    return "\n".join(days_lines(report.days, lang))


def days_lines(closed: Sequence[Any], lang: Lang) -> list[str]:
    """Runs of `engine.local.ClosedDay`s with the same outcome."""
    lines: list[str] = []
    for outcome, group in groupby(closed, key=lambda day: day.outcome):
        days = list(group)
        text = say(
            "days.one" if len(days) == 1 else "days.many",
            lang,
            first=days[0].day,
            last=days[-1].day,
            count=len(days),
            words=say_of("days", outcome, lang),
        )
        numbers = [day.seal.seq for day in days if day.seal is not None and day.seal.seq >= 0]
        if outcome == "sealed" and numbers:
            first, last = numbers[0], numbers[-1]
            text += say("days.seals", lang, seals=str(first) if first == last else f"{first}–{last}")
        lines += wrap(text)
    return lines or [say("days.none", lang)]


def verify_text(report: Any, lang: Lang) -> str:
    """Whether the books hold, and what was read. `report` is an `engine.verify.VerifyReport`. # L7"""
    key = "verify.holds" if report.holds else "verify.broken"
    read = say("verify.read", lang, batches=report.batches, acts=report.acts, seals=report.seals)
    return "\n".join([*wrap(say(key, lang, days=report.days)), *wrap(read, WIDTH, "  ")])


def act_text(acts: Sequence[Act], lang: Lang) -> str:
    """The place of each act in its chain, an approval with what it covers, or that there is none. # R5"""
    if not acts:
        return say("act.refused", lang)
    return "\n".join(line for act in acts for line in wrap(_recorded(act, lang)))


def _recorded(act: Act, lang: Lang) -> str:
    told = say("act.recorded", lang, seq=act.seq, kind=act.kind, who=act.who)
    if act.kind != "approve":
        return told
    return told + say(
        "act.approved", lang, what=act.body["what"], rows=len(act.body.get("rows", "").split()), hash=act.on_hash[:12]
    )


def issues_text(issues: Iterable[Issue], lang: Lang) -> str:
    """The first issues of each code in their order, and how many more there are; errors are cut off last."""
    return "\n\n".join(_issue_blocks(list(issues), lang))


def gathered(issues: Sequence[Issue]) -> list[Issue]:
    """The issues in their order; what is said in the same words of more than three shifts is said once, at its first place."""
    alike: dict[tuple[object, ...], list[Issue]] = {}
    for place, issue in enumerate(issues):
        words, found = SHIFT.subn("", issue.message, count=1)
        alike.setdefault((issue.code, issue.severity, issue.at, issue.remedy, words if found else place), []).append(issue)
    return [one for group in alike.values() for one in (group if len(group) <= ONE_BY_ONE else [_of_all(group)])]


def _of_all(group: Sequence[Issue]) -> Issue:
    """What is said of each shift of the group, as one issue that names their number and their days."""
    days = sorted(SHIFT.findall(" ".join(issue.message for issue in group)))
    span = f"{len(group)} shifts from {days[0]} to {days[-1]}"
    return replace(group[0], message=SHIFT.sub(span, group[0].message, count=1))


def _issue_blocks(issues: list[Issue], lang: Lang) -> Iterator[str]:
    told: dict[str, int] = {}
    kept: dict[str, int] = {}
    for issue in gathered(issues):
        told[issue.code] = told.get(issue.code, 0) + 1
        if told[issue.code] <= EACH * (5 if issue.severity in ("error", "disqualified") else 1):
            kept[issue.code] = kept.get(issue.code, 0) + 1
            yield format_issue(issue, WIDTH)
    for code in sorted(told):
        if told[code] > kept.get(code, 0):
            yield say("issues.more", lang, count=told[code] - kept.get(code, 0), code=code)
