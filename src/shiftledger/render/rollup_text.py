"""A roll-up as text: who earned what together, against Plan and Standard, and how it makes up the plant (L2, I6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.render.amounts import ABSENT, half_interval, money
from shiftledger.render.assumed_text import assumed_lines, columns_note, value_note
from shiftledger.render.items import step_name
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from shiftledger.engine.rollup import Rollup, RollupRow
    from shiftledger.render.messages import Names
    from shiftledger.render.views import RollupView

AT_ONCE = 12  # rows whose bridge is printed below the table; --json has all


def rollup_text(view: RollupView, lang: Lang) -> str:
    """The table, the site's accounts, what makes up the plant, and the bridges of a few rows, at 80 columns."""
    found = view.rollup
    if found is None or view.names is None:
        return ""
    by = say("list.comma", lang).join(say(f"rollup.by.{grain}", lang) for grain in found.by)
    title = say("rollup.title", lang, first=found.first, last=found.last, days=found.days, by=by)
    lines = [*wrap(title), "", *_table(view, found, lang), "", *_whole(view, found, lang)]
    if len(found.rows) <= AT_ONCE:
        for row in found.rows:
            lines += _bridge(view, row, lang)
    listed = assumed_lines(found.assumptions, view.names, lang)
    lines += ["", *listed] if listed else []
    return "\n".join(lines)


def _table(view: RollupView, found: Rollup, lang: Lang) -> list[str]:
    heads = (
        Col("", "<", 12),
        Col(say("rollup.shifts", lang)),
        Col(f"V {view.currency}".rstrip()),
        Col("± 90 %"),
        Col(say("against.plan", lang)),
        Col(say("against.standard", lang)),
    )
    rows = []
    for row in found.rows:
        half = half_interval(row.sigma, view.money_decimals)
        against = [money(_less(row.actual, column), view.money_decimals) for column in (row.plan, row.standard)]
        spread = ABSENT if half is None else money(half, view.money_decimals, sign=False)
        cells = (key_text(row, found, view.names, lang), str(row.shifts), money(row.value, view.money_decimals), spread, *against)
        rows.append(Row(cells, row_notes(row, lang)))
    return table(heads, rows, 0)


def row_notes(row: RollupRow, lang: Lang) -> tuple[str, ...]:
    """What has to be said about a row: what it can be compared with, and what it rests on. # I7, I8"""
    compared = "" if row.compared == row.shifts else say("rollup.compared", lang, compared=row.compared, shifts=row.shifts)
    notes = (compared, value_note(row.assumptions, lang), columns_note(row.assumptions, lang))
    return tuple(note for note in notes if note)


def key_text(row: RollupRow, found: Rollup, names: Names | None, lang: Lang) -> str:
    """What a row is about, by the names of its grains."""
    parts = []
    for grain, value in zip(found.by, row.key, strict=True):
        if grain in ("plant", "area") and names:
            parts.append(names.name(grain, value, lang))
        elif grain == "crew" and names:
            area, _, letter = value.rpartition("/")
            who = say("crew", lang, letter=letter) if letter else say("nobody", lang)
            parts.append(who if "area" in found.by else f"{names.name('area', area, lang)} {who}")
        elif grain == "group":
            parts.append(say("crew", lang, letter=value) if value else say("nobody", lang))
        else:
            parts.append(value)
    return " · ".join(parts)


def has_bridge(row: RollupRow) -> bool:
    """Whether there is anything to bridge: a Standard, and something that moved."""
    return row.standard is not None and bool(row.actual or any(step.amount for step in row.steps))


def plant_word(found: Rollup, lang: Lang) -> str:
    """What the result is that of: the plant, or several together."""
    return say("rollup.result" if found.plants == 1 else "rollup.results", lang)


def _less(value: int | None, other: int | None) -> int | None:
    return None if value is None or other is None else value - other


def _whole(view: RollupView, found: Rollup, lang: Lang) -> list[str]:
    """Areas and site against stocks and outside: the same result from both sides. # L2"""
    assert view.names is not None
    rows = [Row((say("areas.total", lang), money(found.areas, view.money_decimals)))]
    rows += [Row((view.names.node(account, lang), money(cents, view.money_decimals))) for account, cents in found.site.items()]
    rows.append(Row((plant_word(found, lang), money(found.result, view.money_decimals))))
    rows.append(Row((f"  {say('rollup.outside', lang)}", money(found.outside, view.money_decimals))))
    rows.append(Row((f"  {say('rollup.stocks', lang)}", money(found.stocks, view.money_decimals))))
    return table((Col(say("site", lang), "<", 12), Col(view.currency)), rows, 0)


def _bridge(view: RollupView, row: RollupRow, lang: Lang) -> list[str]:
    """From Plan (or Standard) to Actual, over the compared shifts. # L4"""
    if not has_bridge(row) or view.names is None or view.rollup is None:
        return []
    start = ("plan", row.plan) if row.plan is not None else ("standard", row.standard)
    rows = [Row((say(f"column.{start[0]}", lang), money(start[1], view.money_decimals)))]
    for step in row.steps:
        if step.amount:
            rows.append(Row((f"  {step_name(step, view.names, lang)}", money(step.amount, view.money_decimals))))
    rows.append(Row((say("column.actual", lang), money(row.actual, view.money_decimals))))
    title = say("rollup.bridge", lang, who=key_text(row, view.rollup, view.names, lang), compared=row.compared)
    return ["", *wrap(title), *table((Col("", "<", 12), Col(view.currency)), rows, 2)]
