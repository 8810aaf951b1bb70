"""A trial as text: V of each area by shift and crew as it stands and as it would be, and the site's accounts that move (L1, L7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shiftledger.render.amounts import ABSENT, money
from shiftledger.render.closing import days_lines
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from shiftledger.engine.trial import Trial, TriedShift
    from shiftledger.render.messages import Names
    from shiftledger.render.views import TrialView

AT_ONCE = 100  # shifts of an area that are listed one by one


def trial_text(view: TrialView, lang: Lang) -> str:
    """What was tried, what became of the days, a table an area and the site's accounts, at 80 columns."""
    trial = view.trial
    if trial is None or view.names is None:
        return ""
    governing = say("list.comma", lang).join(trial.governing)
    title = say("trial.prices", lang, prices=trial.prices, governing=governing) if trial.prices else say("trial.close", lang)
    lines = [*wrap(title), *days_lines(trial.days, lang)]
    if not trial.rows:
        return "\n".join(lines)
    lines += wrap(say("trial.currency", lang, currency=view.currency))
    sides = ("governing", "draft") if trial.prices else ("sealed", "new")
    heads = [Col("", "<", 12), *(Col(say(f"trial.{name}", lang)) for name in (*sides, "difference"))]
    for area in sorted({row.area for row in trial.rows}):
        rows = [row for row in trial.rows if row.area == area]
        lines += [
            "",
            view.names.name("area", area, lang),
            *table(heads, list(_area(rows, view.names, view.money_decimals, lang))),
        ]
        if len(rows) > AT_ONCE:
            lines += wrap(say("trial.short", lang), indent="  ")
    return "\n".join([*lines, *_site(trial, view, heads, lang)])


def _area(rows: Sequence[TriedShift], names: Names, decimals: int, lang: Lang) -> Iterator[Row]:
    """Each shift and crew of an area, what each crew has together, and the area."""
    if len(rows) <= AT_ONCE:
        for row in rows:
            yield _row(f"{row.shift} {_crew(row.crew, lang)}", [row], decimals)
    crews = sorted({row.crew for row in rows})
    if len(crews) < len(rows) and len(crews) > 1:
        yield Row((say("trial.crews", lang), "", "", ""))
        for crew in crews:
            yield _row(f"  {_crew(crew, lang)}", [row for row in rows if row.crew == crew], decimals)
    if len(rows) > 1:
        yield _row(say("trial.area", lang), rows, decimals)


def _crew(crew: str, lang: Lang) -> str:
    letter = crew.rpartition("/")[2]
    return say("crew", lang, letter=letter) if letter else say("nobody", lang)


def _row(label: str, rows: Sequence[TriedShift], decimals: int) -> Row:
    """A sum is absent where one of its terms is. # I8"""
    cells = []
    for name in ("before", "after", "difference"):
        values = [getattr(row, name) for row in rows]
        cells.append(ABSENT if None in values else money(sum(values), decimals))
    return Row((label, *cells))


def _site(trial: Trial, view: TrialView, heads: Sequence[Col], lang: Lang) -> list[str]:
    if not trial.site or view.names is None:
        return []
    cents = [(account, before, after) for account, (before, after) in trial.site.items()]
    rows = [
        Row((view.names.node(account, lang), *(money(value, view.money_decimals) for value in (before, after, after - before))))
        for account, before, after in cents
    ]
    return ["", say("trial.site", lang), *table(heads, rows)]
