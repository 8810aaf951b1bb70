"""What did this shift earn, and why? The statement of a shift in 80 columns (L3, L4, I6, I8).

Signs: what the area gives is plus, what it takes is minus; every money figure carries its sign. A table's lines add up to its total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shiftledger.render.amounts import (
    from_to,
    half_interval,
    hours_text,
    local,
    money,
    plain_number,
    price_text,
    quantity_text,
    time_text,
)
from shiftledger.render.assumed_text import assumed_lines, columns_note, figure_notes, noted, value_note
from shiftledger.render.items import (
    crews_text,
    hour_name,
    hour_notes,
    line_name,
    line_notes,
    residual_words,
    step_name,
    stream_name,
)
from shiftledger.render.messages import LANGS, Lang, say, say_of, words
from shiftledger.render.services_text import services_lines
from shiftledger.render.shown import StatementShown
from shiftledger.render.site_text import site_lines, site_table, uneven
from shiftledger.render.text import WIDTH, Col, Row, cut, pad, table, width, wrap

if TYPE_CHECKING:
    from shiftledger.ledger.statement import Line, Statement

COLUMNS = ("plan", "standard", "allowed", "actual")


def statement_text(view: StatementShown, lang: str = "zh", *, overview: bool | None = None) -> str:
    """The statements of a view as text; `lang` is zh, en or both. Empty if there are none.

    `overview`: begin with a table of all areas and the site's accounts (by default when there are several statements).
    """
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    blocks = ["\n".join(_in_language(view, one, overview)) for one in chosen] if view.statements or view.services else []
    return "\n\n".join(blocks)


def _in_language(view: StatementShown, lang: Lang, overview: bool | None) -> list[str]:
    several = len(view.statements) > 1 if overview is None else overview
    lines: list[str] = []
    if several:
        lines += [*_head(view, view.statements[0], lang, whole=True), "", *site_table(view, lang), "", *_standing(view, lang), ""]
    for i, statement in enumerate(view.statements):
        lines += [""] if i else []
        lines += _area(view, statement, lang, alone=not several)
    services = services_lines(view, lang)
    return [*lines, *([""] if lines and services else []), *services]


def _area(view: StatementShown, statement: Statement, lang: Lang, *, alone: bool) -> list[str]:
    """One area: what it is about, its value, then why."""
    parts = (
        _hero(view, statement, lang),
        _items(view, statement, lang),
        _columns(view, statement, lang),
        _bridge(view, statement, lang),
        _stocks(view, statement, lang),
        conditions_table(statement, lang),
        _hours(view, statement, lang),
        _figures(view, statement, lang),
        _absent(view, statement, lang),
        assumed_lines(view.assumptions.get(statement.area, ()), view.names, lang),
        site_lines(view, lang) if alone else [],
        [*(_standing(view, lang) if alone else []), *_asking(view, statement, lang)],
    )
    lines = _head(view, statement, lang, whole=False)
    for part in parts:
        lines += ["", *part] if part else []
    return lines


def _head(view: StatementShown, statement: Statement, lang: Lang, *, whole: bool) -> list[str]:
    """Plant and area, shift, slot, local time with hours, crews; a mark if the roster is synthetic."""
    names = view.names
    plant = names.name("plant", names.plant, lang)
    left = plant if whole else " · ".join(part for part in (plant, names.name("area", statement.area, lang)) if part)
    apart = whole and uneven(view.statements)
    slot = "" if apart else names.slot(statement.area, statement.shift, lang)
    right = cut(f"{statement.shift} {slot}".rstrip(), WIDTH // 2)
    title = cut(left, WIDTH - 2 - width(right))
    start, end = min(s.start for s in view.statements), max(s.end for s in view.statements)
    start, end = (start, end) if apart else (statement.start, statement.end)
    when = f"{from_to(start, end, names.zone)} ({names.zone})" + ("" if apart else f", {hours_text(start, end)}")
    crews = "" if whole else " · " + crews_text(statement, lang)
    lines = ["=" * WIDTH if whole else "-" * WIDTH, pad(title, WIDTH - width(right)) + right, *wrap(when + crews)]
    marks = [say("synthetic", lang)] if statement.synthetic else []
    marks += [] if whole else left_out_words(view, statement, lang)
    return lines + [line for mark in marks for line in wrap(f"! {mark}", WIDTH, "", "  ")]


def left_out_words(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """That the shift is left out of the ranking: why, decided by which role, in which act, for which event. # E5"""
    own = [one for one in view.left_out if (one.area, one.shift) == (statement.area, statement.shift)]
    return [say("left-out", lang, reason=one.reason, who=one.who, role=one.role, act=one.act, event=one.event) for one in own]


def _hero(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """V with its sign and its 90 % interval. # I6"""
    value = f"{say('value', lang)}  {money(statement.value, view.money_decimals)} {view.currency}".rstrip()
    rests = noted(value_note(view.assumptions.get(statement.area, ()), lang))
    lacks = noted(say("lacking", lang)) if not statement.complete and statement.lines else []
    return [*wrap(f"{value}    {interval_text(view, statement, lang)}"), *lacks, *rests]


def interval_text(view: StatementShown, statement: Statement, lang: Lang) -> str:
    """The 90 % interval of V in words, or that none is known; of an incomplete V what it lacks. # I6, I8"""
    if not statement.complete:
        missing = dict.fromkeys((*statement.absent, *statement.partial))
        return say("incomplete", lang, what=", ".join(stream_name(key, view.names, lang) for key in missing))
    half = half_interval(statement.sigma, view.money_decimals)
    if half is None:
        idle = statement.lines and not any(line.qty for line in statement.lines if line.kind != "fixed")
        return say("interval.idle" if idle else "interval.unknown", lang)
    low, high = (money(statement.value + side * half, view.money_decimals) for side in (-1, 1))
    return say("interval", lang, low=low, high=high)


def _items(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """What the area gave and took: quantity x price = amount, adding up to V. # L3, L5"""
    if not statement.lines:
        return wrap(say("nothing", lang))
    decimals = view.money_decimals
    heads = (
        Col("", "<", 12),
        Col(say("quantity", lang)),
        Col(say("price", lang)),
        Col(say("amount", lang, currency=view.currency)),
    )
    rows: list[Row] = []
    for sign, key in ((1, "gave"), (-1, "took")):
        group = [line for line in statement.lines if line.sign == sign]
        rows += [Row((say(key, lang), "", "", ""))] if group else []
        rows += [_item(view, line, lang) for line in group]
    rows.append(Row((say("total", lang), "", "", money(sum(line.amount for line in statement.lines), decimals))))
    return table(heads, rows, 0)


def _item(view: StatementShown, line: Line, lang: Lang) -> Row:
    name = "  " + line_name(line, view.names, lang)
    amount = money(line.amount, view.money_decimals)
    notes = line_notes(line, view.money_decimals, lang)
    if line.kind == "fixed":
        return Row((name, "", "", amount), notes)
    if line.kind == "state":  # what it is worth need not be so much per unit
        return Row((name, quantity_text(line.qty, line.quantum, line.unit), "", amount), notes)
    quantity, price = quantity_text(line.qty, line.quantum, line.unit), price_text(line.price, view.money_decimals)
    return Row((name, quantity, price, amount), notes)


def _columns(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Plan, Standard, Allowed, Actual; an absent one is a dash with its reason. # L4, I8"""
    values = (statement.plan, statement.standard, statement.allowed, statement.value)
    heads = (Col(f"{say('columns', lang)} {view.currency}", "<", 8), *(Col(say_of("column", name, lang)) for name in COLUMNS))
    lines = table(heads, [Row(("", *(money(value, view.money_decimals) for value in values)))], 0)
    lines += noted(columns_note(view.assumptions.get(statement.area, ()), lang), indent="  ")
    return lines + [line for reason in statement.reasons for line in wrap(say_of("reason", reason, lang), WIDTH, "  ")]


def _bridge(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """From the first column that exists to Actual, line by line, summing. # L4"""
    columns = {"plan": statement.plan, "standard": statement.standard, "allowed": statement.allowed}
    start = next((name for name in COLUMNS if columns.get(name) is not None), None)
    if start is None or not statement.steps:
        return []
    decimals = view.money_decimals
    rows = [Row((say_of("column", start, lang), "", money(columns[start], decimals)))]
    for i, step in enumerate(statement.steps):
        rows.append(Row((f"  {step_name(step, view.names, lang)}", money(step.amount, decimals), "")))
        following = statement.steps[i + 1].name if i + 1 < len(statement.steps) else ""
        reached = "standard" if following == "conditions" else "allowed" if step.name == "conditions" and following else ""
        if reached:
            rows.append(Row((say_of("column", reached, lang), "", money(columns[reached], decimals))))
    rows.append(Row((say_of("column", "actual", lang), "", money(statement.value, decimals))))
    title = say("bridge", lang, start=say_of("column", start, lang))
    return [*table((Col(title, "<", 12), Col(""), Col(view.currency)), rows, 0), *_against_plan(view, statement, lang)]


def _against_plan(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Whether Actual differs from Plan by more than it is known to. Plan is as planned, so V's interval is the difference's. # I6"""
    half = half_interval(statement.sigma, view.money_decimals)
    if statement.plan is None or not statement.complete:
        return []
    difference = statement.value - statement.plan
    text = say("against-plan", lang, difference=money(difference, view.money_decimals), currency=view.currency)
    if half is not None and difference and abs(difference) <= half:
        text += say("within", lang)
    elif half is not None and difference:
        text += say("beyond", lang, half=money(half, view.money_decimals, sign=False))
    return wrap(text)


def _stocks(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Stocks at both ends of the shift, and what their node did not explain. # I3, B3"""
    if not statement.stocks:
        return []
    rows = []
    for line in statement.stocks:
        holder = say("holder.site", lang)
        if line.held_by != "site":
            holder = say("holder.area", lang, area=view.names.name("area", line.held_by, lang))
        name = f"{view.names.name('stock', line.stock, lang)} ({holder})"
        opening, closing = (quantity_text(quanta, line.quantum, line.unit) for quanta in (line.opening, line.closing))
        notes = [residual_words(line, lang)]
        for key, marks in (("opening-note", line.opening_marks), ("closing-note", line.closing_marks)):
            told = words("mark", (mark for mark in marks if mark != "absent"), lang)
            notes += [say(key, lang, words=told)] if told else []
        rows.append(Row((name, opening, closing), tuple(notes)))
    heads = (Col(say("stocks", lang), "<", 12), Col(say("opening", lang)), Col(say("closing", lang)))
    return table(heads, rows, 0)


def conditions_table(statement: Statement, lang: Lang) -> list[str]:
    """Conditions of the standards against their reference. # L4"""
    if not statement.conditions:
        return []
    rows = []
    for line in statement.conditions:
        told = words("mark", (mark for mark in line.marks if mark != "absent"), lang)  # the dash says absent already
        notes = [text for text in (told, say("not-measured", lang) if line.value is None else "") if text]
        reference = plain_number(line.reference) if line.reference is not None else ""
        away = ""
        if line.value is not None and line.reference is not None:
            gap = line.value * line.quantum - line.reference
            away = ("+" if gap > 0 else "") + plain_number(gap)
        rows.append(Row((line.name, quantity_text(line.value, line.quantum, line.unit), reference, away), tuple(notes)))
    heads = (Col(say("conditions", lang), "<", 12), *(Col(say(key, lang)) for key in ("found", "reference", "difference")))
    return table(heads, rows, 0)


def _hours(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """How long each unit ran, and its halts by cause. # Q3"""
    if not statement.hours:
        return []
    rows = []
    for line in statement.hours:
        count = "" if line.count is None or line.what == "unknown" else str(line.count)
        lead = "" if line.what == "running" else "  "
        rows.append(Row((lead + hour_name(line, view.names, lang), time_text(line.time), count), hour_notes(line, lang)))
    return table((Col(say("hours", lang), "<", 12), Col(say("hours.time", lang)), Col(say("hours.count", lang))), rows, 0)


def _figures(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Indicators of the area, each under its one definition. # N1"""
    if not statement.figures:
        return []
    assumed = view.assumptions.get(statement.area, ())
    rows = [
        Row(
            (view.names.name("indicator", figure.id, lang), quantity_text(figure.value, figure.quantum, figure.unit)),
            figure_notes(assumed, f"indicator:{figure.id}", lang),
        )
        for figure in statement.figures
    ]
    return table((Col(say("figures", lang), "<", 12), Col("")), rows, 0)


def _absent(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Streams without readings, and marks that no line of the statement shows. # I8"""
    lines: list[str] = []
    if statement.absent:
        lines += wrap(say("absent", lang))
        lines += _listed(stream_name(key, view.names, lang) for key in statement.absent)
    told = {mark for line in statement.lines for mark in line.marks}
    left = [mark for mark in statement.marks if mark not in told]
    if left:
        lines += [*wrap(say("marks", lang)), *_listed(say_of("mark", mark, lang) for mark in left)]
    return lines


def _listed(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in wrap(text, WIDTH, "  ", "    ")]


def _asking(view: StatementShown, statement: Statement, lang: Lang) -> list[str]:
    """Where to ask why, and how many decisions about readings there are. # R4, I7"""
    lines = wrap(say("why", lang, shift=statement.shift, area=statement.area))
    if count := view.decisions.get(statement.area, 0):
        lines += wrap(say("decisions.count", lang, count=count, shift=statement.shift, area=statement.area))
    return lines


def _standing(view: StatementShown, lang: Lang) -> list[str]:
    """Provisional or settled, and under which seal. # L6, L7"""
    last: Sequence[Statement] = sorted(view.statements, key=lambda s: s.provisional_until)[-1:]
    lines: list[str] = []
    for statement in last:
        if view.settled:
            lines += wrap(say("settled", lang, month=statement.month))
        else:
            lines += wrap(say("provisional", lang, until=local(statement.provisional_until, view.names.zone)))
    if view.seal is None:
        return [*lines, *wrap(say("seal.none", lang))]
    return [*lines, *wrap(say("seal", lang, number=view.seal.seq, hash=view.seal.hash[:12]))]
