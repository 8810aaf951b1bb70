"""The difference sheet as text: who changes by how much, of which things, and why (L7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from shiftledger.render.amounts import from_to, money
from shiftledger.render.assumed_text import assumed_lines, figure_notes
from shiftledger.render.items import item_name
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from shiftledger.engine.difference import Changed, DifferenceSheet
    from shiftledger.render.messages import Names
    from shiftledger.render.views import DiffView

CAUSES = 40  # what is printed; --json has all


def difference_text(view: DiffView, lang: Lang) -> str:
    """The sheet at 80 columns: accounts by shift with what changed in them, the sum, the causes by day."""
    sheet = view.sheet
    if sheet is None or view.names is None:
        return ""
    title = say("diff.title", lang, about=sheet.about, old=_version(sheet.old, lang), new=_version(sheet.new, lang))
    lines = [*wrap(title), *wrap(say("diff.days", lang, days=sheet.days, currency=view.currency), indent="  ")]
    if not sheet.changed:
        return "\n".join([*lines, "", *wrap(say("diff.same", lang)), *_causes(sheet, lang)])
    rows = list(_rows(sheet, view.names, view.money_decimals, lang))
    total = (sheet.before, sheet.after, sheet.difference)
    rows.append(Row((say("diff.total", lang), *(money(cents, view.money_decimals) for cents in total))))
    heads = [Col("", "<", 12), *(Col(say(f"diff.{name}", lang)) for name in ("before", "after", "difference"))]
    proof = say("diff.adds-up" if sheet.adds_up else "diff.open", lang)
    listed = assumed_lines(sheet.assumptions, view.names, lang)
    listed = ["", *listed] if listed else []
    return "\n".join([*lines, "", *table(heads, rows, 0), *wrap(proof), *_causes(sheet, lang), *listed])


def _version(name: str, lang: Lang) -> str:
    """What is compared, in words: "settlement 3", "first seals", "now"."""
    family, _, number = name.partition(" ")
    return say(f"diff.version.{family}", lang, number=number)


def _rows(sheet: DifferenceSheet, names: Names, decimals: int, lang: Lang) -> Iterator[Row]:
    for (month, shift), group in groupby(sheet.changed, key=lambda row: (row.month, row.shift)):
        counts = "" if month == sheet.about[:7] else say("diff.counts", lang, month=month)
        yield _heading(sheet, shift, counts, names, lang)
        for row in group:
            yield Row((f"  {_who(row, names, lang)}", *(money(c, decimals) for c in (row.before, row.after, row.difference))))
            for item in row.items:
                what = f"    {item_name(item.what, names, lang)} ↔ {names.node(item.other, lang)}"
                amounts = (item.before, item.after, item.after - item.before)
                marks = (
                    figure_notes(sheet.assumptions, item.what.partition(":")[0], lang) if row.account.startswith("area:") else ()
                )
                yield Row((what, *(money(cents, decimals) for cents in amounts)), marks)


def _heading(sheet: DifferenceSheet, shift: str, counts: str, names: Names, lang: Lang) -> Row:
    """The shift; where areas have different slots, the time that their shifts have in common, and these below it. # T2"""
    part = next((part for part in sheet.parts if part.id == shift), None)
    if part is None:
        return Row((shift, "", "", ""), (counts.strip(),) if counts else ())
    told = ", ".join(f"{names.name('area', area, lang)} {of}" for area, of in part.shifts)
    start, _, end = from_to(part.start, part.end, names.zone).partition(" – ")
    return Row((start, "", "", ""), (f"– {end} · {told}{counts}",))


def _who(row: Changed, names: Names, lang: Lang) -> str:
    who = names.node(row.account, lang)
    return f"{who}, {say('crew', lang, letter=row.crew.rpartition('/')[2])}" if row.crew else who


def _causes(sheet: DifferenceSheet, lang: Lang) -> list[str]:
    if not sheet.causes:
        return []
    lines = ["", say("diff.why", lang)]
    for cause in sheet.causes[:CAUSES]:
        text = say(f"diff.cause.{cause.kind}", lang, day=cause.day, where=cause.where, what=cause.what)
        lines += wrap(text, indent="  ", hang="    ")
    if len(sheet.causes) > CAUSES:
        lines.append("  " + say("diff.more", lang, count=len(sheet.causes) - CAUSES))
    return lines
