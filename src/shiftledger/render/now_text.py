"""The running shift as text: against Allowed so far, how far each reading covers, and why the seal says otherwise (L9, I6, I8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.render.amounts import ABSENT, from_to, half_interval, local, money, quantity_text, time_text
from shiftledger.render.assumed_text import assumed_lines, columns_note, figure_notes, noted, value_note
from shiftledger.render.items import crews_text, halt_name, item_name, stream_name
from shiftledger.render.messages import LANGS, Lang, say, say_of, words
from shiftledger.render.statement_text import conditions_table
from shiftledger.render.text import WIDTH, Col, Row, cut, pad, table, width, wrap

if TYPE_CHECKING:
    from shiftledger.engine.against import AgainstClose
    from shiftledger.engine.running import Running, RunningLine, RunningShift, RunningStream
    from shiftledger.render.messages import Names
    from shiftledger.render.views import NowView


def now_text(view: NowView, lang: str = "zh") -> str:
    """The running shifts, or the comparison with the close, at 80 columns; `lang` is zh, en or both. Empty without a result."""
    if view.names is None:
        return ""
    blocks = []
    for one in LANGS:
        if lang not in ("both", one):
            continue
        areas = [against_lines(view, row, one) for row in view.against]
        if view.running is not None and view.running.shifts:
            areas += [_area(view, view.running, shift, one) for shift in view.running.shifts]
            areas.append(_foot(view.running, view.names, one))
        blocks += ["\n\n".join("\n".join(lines) for lines in areas)] if areas else []
    return "\n\n".join(blocks)


def _area(view: NowView, running: Running, shift: RunningShift, lang: Lang) -> list[str]:
    assert view.names is not None
    parts = (
        _hero(view, shift, lang),
        _items(view, shift, lang),
        _streams(running, shift, view.names, lang),
        _stocks(shift, view.names, lang),
        conditions_table(shift.statement, lang),
        assumed_lines(view.assumptions.get(shift.area, ()), view.names, lang),
    )
    lines = _head(view, shift, lang)
    for part in parts:
        lines += ["", *part] if part else []
    return lines


def _head(view: NowView, shift: RunningShift, lang: Lang) -> list[str]:
    """Area, shift, its time and how much of it has passed, crews, and that nothing of it is final."""
    names = view.names
    assert names is not None
    right = cut(f"{shift.shift} {names.slot(shift.area, shift.shift, lang)}".rstrip(), WIDTH // 2)
    left = cut(f"{names.name('plant', names.plant, lang)} · {names.name('area', shift.area, lang)}", WIDTH - 2 - width(right))
    when = say(
        "now.when",
        lang,
        span=from_to(shift.start, shift.end, names.zone),
        zone=names.zone,
        at=local(shift.at, names.zone, "%H:%M"),
        hours=time_text(shift.at - shift.start),
        whole=time_text(shift.end - shift.start),
    )
    lines = ["-" * WIDTH, pad(left, WIDTH - width(right)) + right, *wrap(f"{when} · {crews_text(shift.statement, lang)}")]
    lines += wrap(f"! {say('synthetic', lang)}") if shift.statement.synthetic else []
    return lines + wrap(say("now.provisional", lang), WIDTH, "", "  ")


def _hero(view: NowView, shift: RunningShift, lang: Lang) -> list[str]:
    """What was metered against Allowed, with its measuring error; or why there is nothing to compare with. # I6, I8"""
    assert view.names is not None
    lines: list[str] = []
    uneven = len({round(stream.coverage, 3) for stream in shift.streams if stream.quanta is not None}) > 1
    if shift.difference is None:
        lines += wrap(say("now.hero.absent" if shift.statement.absent else "now.hero.none", lang))
        lines += [line for reason in shift.statement.reasons for line in wrap(say_of("reason", reason, lang), WIDTH, "  ")]
    else:
        text = say("now.hero", lang, difference=money(shift.difference, view.money_decimals), currency=view.currency)
        half = half_interval(shift.sigma, view.money_decimals)
        within = half is not None and abs(shift.difference) <= half
        if half is not None and shift.difference and (within or not uneven):  # what mixes times is not told as real
            text += say("now.within" if within else "now.beyond", lang, half=money(half, view.money_decimals, sign=False))
        lines += wrap(text)
    for key, lacking in (("now.absent", shift.statement.absent), ("now.partial", shift.statement.partial)):
        if lacking:
            named = ", ".join(stream_name(one, view.names, lang) for one in lacking)
            lines += wrap(say(key, lang, what=named), WIDTH, "  ", "    ")
    assumed = view.assumptions.get(shift.area, ())
    lines += noted(value_note(assumed, lang), columns_note(assumed, lang))
    return lines + (wrap(say("now.uneven", lang), WIDTH, "  ", "    ") if uneven else [])


def _items(view: NowView, shift: RunningShift, lang: Lang) -> list[str]:
    """Item by item, adding up: metered quantity, its money, Allowed, the difference. # L4"""
    assert view.names is not None
    decimals = view.money_decimals
    heads = (
        Col("", "<", 10),
        Col(say("now.metered", lang)),
        Col(say("now.amount", lang, currency=view.currency).rstrip()),
        Col(say("now.allowed", lang)),
        Col(say("now.difference", lang)),
    )
    assumed = view.assumptions.get(shift.area, ())
    rows = [_item(view.names, line, decimals, lang, figure_notes(assumed, line.what, lang)) for line in shift.lines]
    if not rows:
        return wrap(say("nothing", lang))
    asked = [line.allowed_amount for line in shift.lines if line.allowed_amount is not None]
    allowed = sum(asked) if asked else None
    totals = (sum(line.amount for line in shift.lines), allowed, shift.difference)
    rows.append(Row((say("total", lang), "", *(money(cents, decimals) for cents in totals))))
    return table(heads, rows, 0)


def _item(names: Names, line: RunningLine, decimals: int, lang: Lang, marks: tuple[str, ...]) -> Row:
    metered = quantity_text(abs(line.metered), line.quantum, line.unit) if line.metered is not None else ""
    notes: tuple[str, ...] = ()
    if line.allowed is not None and line.allowed != line.metered:
        notes = (say("now.allowed-note", lang, qty=quantity_text(abs(line.allowed), line.quantum, line.unit)),)
    cells = (money(cents, decimals) for cents in (line.amount, line.allowed_amount, line.difference))
    return Row((line_of(line.what, names, lang), metered, *cells), (*notes, *marks))


def line_of(what: str, names: Names, lang: Lang) -> str:
    """An item in words: a material, a term of V such as a state or a premium, charges or price differences as one."""
    if what == "fixed":
        return say("item.fixed", lang)
    if what == "price":
        return say("item.price", lang)
    kind, _, of = what.partition(":")
    if kind == "transfer":
        return halt_name(of, names, lang)
    if kind == "state":
        return names.name("state", of, lang)
    if kind in ("quality", "charge"):
        return f"{item_name(of, names, lang)} · {say_of('kind', kind, lang)}"
    return item_name(what, names, lang)


def _streams(running: Running, shift: RunningShift, names: Names, lang: Lang) -> list[str]:
    """How much of the time so far each stream is known, and when it was last read. # Q1, I8"""
    heads = (
        Col(say("now.streams", lang), "<", 10),
        Col(say("now.metered", lang)),
        Col(say("now.covered", lang)),
        Col(say("now.last", lang)),
    )
    return table(heads, [_stream_row(shift, stream, names, lang) for stream in shift.streams], 0) if shift.streams else []


def _stream_row(shift: RunningShift, stream: RunningStream, names: Names, lang: Lang) -> Row:
    last = say("now.never", lang)
    if stream.last is not None:
        form = "%H:%M" if stream.last >= shift.start else "%Y-%m-%d %H:%M"
        last = say("now.age", lang, at=local(stream.last, names.zone, form), age=time_text(shift.at - stream.last))
    told = words("mark", (mark for mark in stream.marks if mark not in ("absent", "partial")), lang)
    quantity = quantity_text(stream.quanta, stream.quantum, stream.unit)
    covered = f"{100 * stream.coverage:.1f} %" if stream.quanta is not None else ABSENT
    return Row((names.name("stream", stream.stream, lang), quantity, covered, last), (told,) if told else ())


def _stocks(shift: RunningShift, names: Names, lang: Lang) -> list[str]:
    """What the shift took over, and what stands there now where somebody has just looked. # Q4, I8"""
    rows = []
    for line in shift.statement.stocks:
        told = words("mark", (mark for mark in line.closing_marks if mark not in ("absent", "rolled")), lang)
        cells = (quantity_text(quanta, line.quantum, line.unit) for quanta in (line.opening, line.closing))
        rows.append(Row((names.name("stock", line.stock, lang), *cells), (told,) if told else ()))
    heads = (Col(say("now.stocks", lang), "<", 12), Col(say("now.opening", lang)), Col(say("now.at", lang)))
    return table(heads, rows, 0) if rows else []


def _foot(running: Running, names: Names, lang: Lang) -> list[str]:
    lines: list[str] = []
    if running.newest is not None:
        lines += wrap(say("now.newest", lang, at=local(running.newest, names.zone)))
    for name in dict.fromkeys(shift.shift for shift in running.shifts if shift.sealed):
        lines += wrap(say("now.sealed", lang, shift=name))
    if running.known_at is not None:
        lines += wrap(say("now.asked", lang, at=local(running.known_at, names.zone)))
    return lines


def against_lines(view: NowView, row: AgainstClose, lang: Lang) -> list[str]:
    """From what was shown at the shift's end to the seal, cause by cause, adding up. # L9"""
    names, decimals = view.names, view.money_decimals
    assert names is not None
    area = names.name("area", row.area, lang)
    lines = ["-" * WIDTH, *wrap(say("against.title", lang, area=area, shift=row.shift, at=local(row.at, names.zone, "%H:%M")))]
    lines += wrap(say("against.known", lang, at=local(row.known_at, names.zone)), WIDTH, "  ")
    shown = say("against.unknown", lang) if row.running is None else money(row.running, decimals)
    rows = [Row((say("against.running", lang), shown, money(row.running_allowed, decimals)))]
    lacking = ", ".join(stream_name(one, names, lang) for one in row.unknown) if row.running is not None else ""
    lines += wrap(say("against.lacking", lang, what=lacking), WIDTH, "  ", "    ") if lacking else []
    for one in row.changed:
        name = say("against.line", lang, cause=say_of("moved", one.cause, lang), item=line_of(one.what, names, lang))
        rows.append(Row((f"  {name}", money(one.value, decimals), money(one.allowed, decimals))))
    if not row.changed:
        rows.append(Row((f"  {say('against.same', lang)}", money(0, decimals), "")))
    rows.append(Row((say("against.sealed", lang), money(row.sealed, decimals), money(row.sealed_allowed, decimals))))
    heads = (Col("", "<", 12), Col(f"V {view.currency}".rstrip()), Col(say("now.allowed", lang)))
    assumed = view.assumptions.get(row.area, ())
    foot = [
        *wrap(say("against.adds-up" if row.running is not None else "against.from-nothing", lang)),
        *noted(value_note(assumed, lang), columns_note(assumed, lang)),
    ]
    listed = assumed_lines(assumed, names, lang)
    return [*lines, "", *table(heads, rows, 0), *foot, *([""] if listed else []), *listed]
