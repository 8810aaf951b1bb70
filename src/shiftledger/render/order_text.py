"""How do a day's shifts stand to each other, and how much of it is chance? The order of a day in 80 columns (I6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.render.amounts import half_interval, money
from shiftledger.render.items import crews_text, stream_name
from shiftledger.render.messages import LANGS, Lang, Names, say
from shiftledger.render.text import WIDTH, Col, Row, cut, pad, table, width, wrap

if TYPE_CHECKING:
    from shiftledger.engine.day_order import AreaOrder, DayOrder, Place


def order_text(order: DayOrder, names: Names, currency: str, decimals: int, lang: str = "zh") -> str:
    """Area by area: place, shift, crew, V and its interval, and what part of the spread errors explain; `lang` is zh, en or both."""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    return "\n\n".join("\n".join(_in_language(order, names, currency, decimals, one)) for one in chosen)


def _in_language(order: DayOrder, names: Names, currency: str, decimals: int, lang: Lang) -> list[str]:
    day = str(order.day)
    title = cut(f"{names.name('plant', names.plant, lang)} · {say('order.head', lang)}", WIDTH - 2 - width(day))
    lines = ["=" * WIDTH, pad(title, WIDTH - width(day)) + day, *wrap(say("order.noise", lang), WIDTH, "", "  ")]
    for area in order.areas:
        lines += ["", *_area(area, names, currency, decimals, lang)]
    return [*lines, "", *wrap(say("order.how", lang))]


def _area(area: AreaOrder, names: Names, currency: str, decimals: int, lang: Lang) -> list[str]:
    heads = (
        Col(names.name("area", area.area, lang), "<", 10),
        Col(say("order.place", lang)),
        Col(say("order.crew", lang), "<"),
        Col(say("order.value", lang, currency=currency)),
        Col(say("order.half", lang)),
    )
    lines = table(heads, [_row(place, names, decimals, lang) for place in area.places], indent=0)
    return lines + [line for text in _told(area, currency, decimals, lang) for line in wrap(text, WIDTH, "  ")]


def _row(place: Place, names: Names, decimals: int, lang: Lang) -> Row:
    statement = place.statement
    half = half_interval(statement.sigma, decimals)
    shift = f"{statement.shift.partition('.')[2]} {names.slot(statement.area, statement.shift, lang)}".rstrip()
    missing = dict.fromkeys((*statement.absent, *statement.partial))
    notes = (say("incomplete", lang, what=", ".join(stream_name(key, names, lang) for key in missing)),) if missing else ()
    cells = (f"  {shift}", _places(place), crews_text(statement, lang), money(statement.value, decimals))
    return Row((*cells, "—" if half is None or missing else money(half, decimals, sign=False)), notes)


def _places(place: Place) -> str:
    if place.best is None or place.worst is None:
        return "—"
    return str(place.best) if place.best == place.worst else f"{place.best}–{place.worst}"


def _told(area: AreaOrder, currency: str, decimals: int, lang: Lang) -> list[str]:
    """What part of the spread errors of measurement explain, and whether anybody can be told apart. # I6"""
    if area.spread is None or area.by_error is None or area.chance is None:
        return [say("order.none", lang)]
    spread, error = (
        f"{money(round(value * 10**decimals), decimals, sign=False)} {currency}" for value in (area.spread, area.by_error)
    )
    compared = [place for place in area.places if place.best is not None]
    alike = all((place.best, place.worst) == (1, len(compared)) for place in compared)
    if area.chance >= 1:
        told = say("order.chance", lang, spread=spread, error=error)
    else:
        told = say("order.spread", lang, spread=spread, error=error, chance=f"{100 * area.chance:.0f} %")
    return [told, *([say("order.alike", lang)] if alike else [])]
