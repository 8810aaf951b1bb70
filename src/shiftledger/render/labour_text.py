"""Persons, hours and productivity as text, at 80 columns (T3, T4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.core.canon import plain_decimal
from shiftledger.render.amounts import ABSENT, MINUS
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from decimal import Decimal

    from shiftledger.engine.labour import Labour, LabourRow, Present
    from shiftledger.render.messages import Names
    from shiftledger.render.views import LabourView


def labour_text(view: LabourView, lang: Lang) -> str:
    """Hours by row, productivity by row and product, and of one shift everybody with the lines of text."""
    found, names = view.labour, view.names
    if found is None or names is None:
        return ""
    by = say("list.comma", lang).join(say(f"labour.by.{grain}", lang) for grain in found.by)
    lines = [*wrap(say("labour.title", lang, first=found.first, last=found.last, by=by)), ""]
    lines += [*_hours(found, names, lang), "", *_productivity(found, names, lang)]
    if "series" in found.by:
        for key, areas in found.series.items():
            told = say("list.comma", lang).join(names.name("area", area, lang) for area in areas)
            lines += wrap(say("labour.series", lang, name=_series(key, names, lang), areas=told))
    for area in dict.fromkeys(one.area for one in found.present):
        lines += ["", *_present([one for one in found.present if one.area == area], names, lang)]
    return "\n".join([*lines, "", *wrap(say("labour.ask", lang)), *wrap(say("labour.ask-output", lang))])


def _hours(found: Labour, names: Names, lang: Lang) -> list[str]:
    heads = (
        Col("", "<", 12),
        *(Col(say(f"labour.{what}", lang)) for what in ("shifts", "members", "on-duty", "hours", "missed", "extra")),
    )
    rows = []
    for row in found.rows:
        cells = (row.members, row.on_duty, row.hours, row.missed, row.extra)
        rows.append(Row((key_text(row, found, names, lang), str(row.shifts), *map(_number, cells)), row_notes(row, lang)))
    return table(heads, rows, 0)


def row_notes(row: LabourRow, lang: Lang) -> tuple[str, ...]:
    """What has to be said about a row: reorganised, unknown in part, provisional."""
    notes = [say("labour.changed", lang, day=day) for day in row.changes]
    if row.unlisted:
        notes.append(say("labour.unlisted", lang, n=row.unlisted))
    if row.provisional:
        notes.append(say("labour.provisional", lang, sealed=row.sealed, shifts=row.shifts, counted=row.counted))
    elif row.counted < row.shifts:
        notes.append(say("labour.counted", lang, counted=row.counted, shifts=row.shifts))
    return tuple(notes)


def _productivity(found: Labour, names: Names, lang: Lang) -> list[str]:
    title = say("labour.productivity", lang)
    if not any(row.outputs for row in found.rows):
        return [title, *wrap(say("labour.none", lang), indent="  ")]
    heads = (
        Col("", "<", 12),
        Col("", "<", 8),
        *(Col(say(f"labour.{what}", lang)) for what in ("output", "counted-hours", "per-hour", "per-person")),
    )
    rows = []
    for row in found.rows:
        key = key_text(row, found, names, lang)
        for one in row.outputs:
            made = (f"{_number(one.qty)} {one.unit}", _number(row.counted_hours), _number(one.per_hour), _number(one.per_person))
            rows.append(Row((key, names.name("material", one.material, lang), *made)))
        if not row.outputs:
            rows.append(Row((key, "", *[ABSENT] * 4)))
    return [*wrap(title), *table(heads, rows, 0)]


def key_text(row: LabourRow, found: Labour, names: Names, lang: Lang) -> str:
    """What a row is about, by the names of its grains."""
    parts = []
    for grain, value in zip(found.by, row.key, strict=True):
        if grain == "area":
            parts.append(names.name("area", value, lang))
        elif grain == "series":
            parts.append(_series(value, names, lang))
        elif grain == "crew":
            area, _, letter = value.rpartition("/")
            who = say("crew", lang, letter=letter) if letter else say("nobody", lang)
            parts.append(who if "area" in found.by else f"{names.name('area', area, lang)} {who}")
        else:
            parts.append(value)
    return " · ".join(parts)


def _series(key: str, names: Names, lang: Lang) -> str:
    """Generations of areas by their names: "digester + filter → red side"."""
    generations = ([names.name("area", area, lang) for area in each.split("+")] for each in key.split(">"))
    return " → ".join(" + ".join(each) for each in generations)


def _present(people: list[Present], names: Names, lang: Lang) -> list[str]:
    """Everybody of one area's shift; below each the lines of text from which the hours follow."""
    first = people[0]
    title = say("labour.present", lang, area=names.name("area", first.area, lang), shift=first.shift)
    heads = [Col(say("labour.person", lang), "<", 8), *(Col(say(f"labour.{what}", lang), "<") for what in ("post", "why"))]
    heads += [Col(say("labour.by.crew", lang), "<"), *(Col(say(f"labour.{what}", lang)) for what in ("hours", "missed"))]
    rows = []
    for one in people:
        letter = one.crew.rpartition("/")[2]
        who = say("crew", lang, letter=letter) if letter else say("nobody", lang)
        cells = (one.person, one.post, say(f"labour.why.{one.why}", lang), who, _number(one.hours), _number(one.missed))
        rows.append(Row(cells, (", ".join(one.at),)))
    return [*wrap(title), *table(heads, rows, 0)]


def _number(value: Decimal | None) -> str:
    """A decimal with thousands separators and all of its decimals; absent is a dash. # I8"""
    if value is None:
        return ABSENT
    whole, _, part = plain_decimal(abs(value)).partition(".")
    places = max(-int(value.as_tuple().exponent), 0)
    return f"{MINUS if value < 0 else ''}{int(whole):,}" + (f".{part.ljust(places, '0')}" if places else "")
