"""Results as small self-contained HTML for a notebook: inline style, no script, everything escaped, the language declared.

Greys for what is normal; money in blue (gain) and orange (loss), always with its sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from shiftledger.render.amounts import (
    ABSENT,
    MINUS,
    from_to,
    half_interval,
    hours_text,
    local,
    money,
    price_text,
    quantity_text,
    time_text,
)
from shiftledger.render.assumed_text import assumed_pairs, columns_note, figure_notes, value_note
from shiftledger.render.bridge_svg import GAIN, INK, LOSS, Bar, bridge_svg
from shiftledger.render.closing import act_text, check_text, close_text, load_text, verify_text
from shiftledger.render.decision_text import explained_text
from shiftledger.render.difference_text import difference_text
from shiftledger.render.issues import format_issue
from shiftledger.render.items import crews_text, hour_name, hour_notes, line_name, line_notes, residual_words, step_name
from shiftledger.render.labour_text import labour_text
from shiftledger.render.messages import LANGS, Lang, names_of, say, say_of
from shiftledger.render.now_text import now_text
from shiftledger.render.rollup_text import rollup_text
from shiftledger.render.services_text import job_cells, job_notes, late_saving_words, saved_words
from shiftledger.render.shown import ExplainShown, StatementShown
from shiftledger.render.site_text import about, area_name, difference, late_words, uneven
from shiftledger.render.statement_text import interval_text, left_out_words
from shiftledger.render.text import clean
from shiftledger.render.trial_text import trial_text
from shiftledger.render.whatif_text import whatif_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shiftledger.core.issue import Issue
    from shiftledger.engine.services import ServiceStatement
    from shiftledger.ledger.statement import Statement

SHOWN_ISSUES = 50
_BOX = f"font-family:system-ui,sans-serif;color:{INK};max-width:46rem;font-variant-numeric:tabular-nums"
_CELL = "padding:.15rem .6rem;border-bottom:1px solid #dddddd;text-align:{align};vertical-align:top"


def html_of(view: Any) -> str:
    """Any view of the public face as HTML, told apart by what it holds. Reports are in English, statements in the view's language."""
    for part, form in _FORMS:
        if hasattr(view, part):
            return form(view)
    return _box("en", _text_block(check_text(view.issues, "en")) + _issues(view.issues))


def statement_html(view: StatementShown, lang: str = "zh") -> str:
    """The statements of a view; `lang` is zh, en or both. Without statements: the issues."""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    stated = view.statements or view.services
    issues = _issues([i for i in view.issues if i.severity != "note"]) if stated else _issues(view.issues)
    if not stated:
        return _box("en", issues)
    return "".join(_statements(view, one) for one in chosen) + (_box("en", issues) if issues else "")


def _statements(view: StatementShown, lang: Lang) -> str:
    body = _overview(view, lang) if len(view.statements) > 1 else ""
    body += "".join(_one(view, statement, lang) for statement in view.statements)
    if len(view.statements) == 1:
        body += _site(view, lang)
    body += _standing(view, lang) if view.statements else ""
    return _box(lang, body + "".join(_service(view, one, lang) for one in view.services))


def _service(view: StatementShown, one: ServiceStatement, lang: Lang) -> str:
    """A service area: its jobs at reference prices and what they saved, in no V. # L8"""
    head = _heading(f"{view.names.name('area', one.area, lang)} · {one.shift}")
    head += f"<p>{_e(saved_words(view, one, lang))}</p>"
    late = "".join(_grey(text) for text in late_saving_words(view, one, lang))
    if not one.lines:
        return head + (late or _grey(say("service.none", lang)))
    rows = []
    for line in one.lines:
        name, quantity, price, _ = job_cells(view, line, lang)
        notes = "".join(_grey(note) for note in job_notes(line, lang))
        rows.append((_e(name) + notes, _e(quantity), _e(price), _money(line.amount, view.money_decimals)))
    rows.append((_e(say("total", lang)), "", "", _money(one.saved, view.money_decimals)))
    heads = (*(say(f"service.{what}", lang) for what in ("job", "qty", "price")), view.currency)
    return head + _table(heads, rows) + late


def _one(view: StatementShown, statement: Statement, lang: Lang) -> str:
    names = view.names
    slot = names.slot(statement.area, statement.shift, lang)
    title = f"{names.name('area', statement.area, lang)} · {statement.shift} {slot}".rstrip()
    when = f"{from_to(statement.start, statement.end, names.zone)} ({names.zone}), {hours_text(statement.start, statement.end)}"
    head = _heading(title) + _grey(f"{when} · {crews_text(statement, lang)}")
    head += _grey("! " + say("synthetic", lang)) if statement.synthetic else ""
    head += "".join(_grey(f"! {mark}") for mark in left_out_words(view, statement, lang))
    value = _money(statement.value, view.money_decimals)
    hero = f'<p style="font-size:1.6rem;margin:.4rem 0">{escape(say("value", lang))} {value} {_e(view.currency)}</p>'
    parts = (_items, _columns, _bridge, _stocks, _conditions, _hours, _figures, _absent, _assumed)
    assumed = value_note(view.assumptions.get(statement.area, ()), lang)
    lacks = say("lacking", lang) if not statement.complete and statement.lines else ""
    told = "".join(_grey(note) for note in (interval_text(view, statement, lang), lacks, assumed) if note)
    return head + hero + told + "".join(part(view, statement, lang) for part in parts)


def _items(view: StatementShown, statement: Statement, lang: Lang) -> str:
    decimals = view.money_decimals
    rows = []
    for line in sorted(statement.lines, key=lambda one: -one.sign):
        notes = "".join(_grey(note) for note in line_notes(line, decimals, lang))
        quantity, price = quantity_text(line.qty, line.quantum, line.unit), price_text(line.price, decimals)
        cells = ("", "") if line.kind == "fixed" else (_e(quantity), _e(price))
        rows.append((_e(line_name(line, view.names, lang)) + notes, *cells, _money(line.amount, decimals)))
    rows.append((_e(say("total", lang)), "", "", _money(sum(line.amount for line in statement.lines), decimals)))
    heads = ("", say("quantity", lang), say("price", lang), say("amount", lang, currency=view.currency))
    return _table(heads, rows)


def _columns(view: StatementShown, statement: Statement, lang: Lang) -> str:
    values = (statement.plan, statement.standard, statement.allowed, statement.value)
    heads = (view.currency, *(say_of("column", name, lang) for name in ("plan", "standard", "allowed", "actual")))
    made = _table(heads, [("", *(_e(money(value, view.money_decimals)) for value in values))])
    assumed = columns_note(view.assumptions.get(statement.area, ()), lang)
    return made + "".join(
        _grey(text) for text in (assumed, *(say_of("reason", reason, lang) for reason in statement.reasons)) if text
    )


def _bridge(view: StatementShown, statement: Statement, lang: Lang) -> str:
    """The bridge as inline SVG; its numbers stand beside the bars, so it reads without the picture too."""
    columns = (("plan", statement.plan), ("standard", statement.standard), ("allowed", statement.allowed))
    start = next(((name, value) for name, value in columns if value is not None), None)
    if start is None or not statement.steps:
        return ""
    name, running = start
    bars = [Bar(say_of("column", name, lang), 0, running, money(running, view.money_decimals), True)]
    for step in statement.steps:
        label, number = step_name(step, view.names, lang), money(step.amount, view.money_decimals)
        bars.append(Bar(label, running, running + step.amount, number, False))
        running += step.amount
    actual = money(statement.value, view.money_decimals)
    bars.append(Bar(say_of("column", "actual", lang), 0, statement.value, actual, True))
    title = say("bridge", lang, start=say_of("column", name, lang))
    svg = bridge_svg(bars, half_interval(statement.sigma, view.money_decimals), lang)
    return f'<figure style="margin:.6rem 0;overflow-x:auto"><figcaption>{_e(title)}</figcaption>{svg}</figure>'


def _stocks(view: StatementShown, statement: Statement, lang: Lang) -> str:
    rows = []
    for line in statement.stocks:
        opening, closing = (quantity_text(quanta, line.quantum, line.unit) for quanta in (line.opening, line.closing))
        name = _e(view.names.name("stock", line.stock, lang)) + _grey(residual_words(line, lang))
        rows.append((name, _e(opening), _e(closing)))
    return _table((say("stocks", lang), say("opening", lang), say("closing", lang)), rows)


def _conditions(view: StatementShown, statement: Statement, lang: Lang) -> str:
    rows = []
    for line in statement.conditions:
        reference = ABSENT if line.reference is None else f"{line.reference}".replace("-", MINUS)
        note = _grey(say("not-measured", lang)) if line.value is None else ""
        rows.append((_e(line.name) + note, _e(quantity_text(line.value, line.quantum, line.unit)), _e(reference)))
    return _table((say("conditions", lang), say("found", lang), say("reference", lang)), rows)


def _hours(view: StatementShown, statement: Statement, lang: Lang) -> str:
    """How long each unit ran, and its halts by cause. # Q3"""
    rows = []
    for line in statement.hours:
        notes = "".join(_grey(note) for note in hour_notes(line, lang))
        count = "" if line.count is None or line.what == "unknown" else str(line.count)
        rows.append((_e(hour_name(line, view.names, lang)) + notes, _e(time_text(line.time)), count))
    return _table((say("hours", lang), say("hours.time", lang), say("hours.count", lang)), rows)


def _figures(view: StatementShown, statement: Statement, lang: Lang) -> str:
    rows, assumed = [], view.assumptions.get(statement.area, ())
    for one in statement.figures:
        notes = "".join(_grey(note) for note in figure_notes(assumed, f"indicator:{one.id}", lang))
        name = _e(view.names.name("indicator", one.id, lang)) + notes
        rows.append((name, _e(quantity_text(one.value, one.quantum, one.unit))))
    return _table((say("figures", lang), ""), rows)


def _absent(view: StatementShown, statement: Statement, lang: Lang) -> str:
    missing = ", ".join(view.names.name("stream", key, lang) for key in statement.absent)
    text = _grey(f"{say('absent', lang)}: {missing}") if missing else ""
    return text + (_grey(f"{say('marks', lang)}: {_marks(statement.marks, lang)}") if statement.marks else "")


def _assumed(view: StatementShown, statement: Statement, lang: Lang) -> str:
    """What is assumed, and which figures rest on it. # I7"""
    told = assumed_pairs(view.assumptions.get(statement.area, ()), view.names, lang)
    return _table((say("assumed.head", lang),), [(_e(what) + _grey(figures),) for what, figures in told])


def _marks(marks: Iterable[str], lang: Lang) -> str:
    return "; ".join(say_of("mark", mark, lang) for mark in marks)


def _overview(view: StatementShown, lang: Lang) -> str:
    """All areas with V and what it is against Plan and Standard, then the site's accounts. # L2"""
    rows = []
    for one in view.statements:
        against = [difference(one, column) for column in (one.plan, one.standard)]
        cells = (_money(cents, view.money_decimals) for cents in (one.value, *against))
        rows.append((_e(area_name(view, one, lang)), *cells))
    heads = (say("areas", lang), f"V {view.currency}".rstrip(), say("against.plan", lang), say("against.standard", lang))
    title = _heading(view.names.name("plant", view.names.plant, lang))
    if uneven(view.statements):
        return title + _table(heads, rows) + _grey(say("uneven", lang))
    total = sum(one.value for one in view.statements)
    rows.append((_e(say("areas.total", lang)), _money(total, view.money_decimals), "", ""))
    rows.append((_e(say("all.total", lang)), _money(total + sum(view.site.values()), view.money_decimals), "", ""))
    return title + _table(heads, rows) + _site(view, lang)


def _site(view: StatementShown, lang: Lang) -> str:
    rows = []
    for account in sorted(view.site):
        name = _e(view.names.node(account, lang)) + "".join(_grey(sentence) for sentence in about(account, lang))
        rows.append((name, _money(view.site[account], view.money_decimals)))
    return _table((say("site", lang), view.currency), rows) + "".join(_grey(text) for text in late_words(view, lang))


def _standing(view: StatementShown, lang: Lang) -> str:
    first = view.statements[0]
    until = local(max(one.provisional_until for one in view.statements), view.names.zone)
    state = say("settled", lang, month=first.month) if view.settled else say("provisional", lang, until=until)
    seal = say("seal.none", lang)
    if view.seal is not None:
        seal = say("seal", lang, number=view.seal.seq, hash=view.seal.hash[:12])
    return _grey(state) + _grey(seal)


def _statement_view(view: Any) -> str:
    return statement_html(view, getattr(view, "lang", "zh"))


def _load_view(view: Any) -> str:
    return _box("en", _text_block(load_text(view.reports, "en", ok=view.ok, zone=view.zone)) + _issues(view.issues))


def _report_view(view: Any) -> str:
    if view.report is None:
        return _box("en", _issues(view.issues))
    text = verify_text(view.report, "en") if hasattr(view.report, "holds") else close_text(view.report, "en")
    return _box("en", _text_block(text) + _issues(view.issues))


def _trial_view(view: Any) -> str:
    return _box("en", _text_block(trial_text(view, "en")) + _issues(view.issues))


def _act_view(view: Any) -> str:
    return _box("en", _text_block(act_text(view.acts, "en")) + _issues(view.issues))


def _explain_view(view: ExplainShown) -> str:
    if view.node is None and not view.ok:
        return _box("en", _issues(view.issues))
    how = {name: getattr(view, name) for name in ("currency", "zone") if hasattr(view, name)}
    decimals = getattr(view, "money_decimals", 2)
    text = explained_text(view, getattr(view, "lang", "en"), decimals=decimals, **how)
    return _box("en", _text_block(text) + _issues(view.issues))


def _plant_view(view: Any) -> str:
    """An opened plant: its name, and how much of everything it declares."""
    plant, names = view.plant, names_of(view.plant)
    tables = ("areas", "units", "streams", "stocks", "materials", "meters", "prices", "standards", "budget", "indicators")
    rows = [(name, str(len(getattr(plant, name)))) for name in tables]
    title = " · ".join(dict.fromkeys(names.name("plant", names.plant, lang) for lang in LANGS))
    return _box("en", _heading(title) + _table((say("plant", "en"), ""), rows) + _issues(view.issues))


def _as_text(text: Callable[[Any, Lang], str]) -> Callable[[Any], str]:
    """A view whose text is its form, in the view's language."""

    def form(view: Any) -> str:
        lang: Lang = "en" if view.lang == "en" else "zh"
        return _box(lang, _text_block(text(view, lang)) + _issues(view.issues))

    return form


# What a view holds decides how it is shown; the first that fits.
_FORMS: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("statements", _statement_view),
    ("reports", _load_view),
    ("report", _report_view),
    ("trial", _trial_view),
    ("act", _act_view),
    ("node", _explain_view),
    ("running", _as_text(now_text)),
    ("whatif", _as_text(whatif_text)),
    ("rollup", _as_text(rollup_text)),
    ("sheet", _as_text(difference_text)),
    ("labour", _as_text(labour_text)),
    ("plant", _plant_view),
)


def _box(lang: str, body: str) -> str:
    return f'<div lang="{"zh-CN" if lang == "zh" else lang}" style="{_BOX}">{body}</div>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of escaped cells under plain heads; the first column is text, the others are numbers. Empty without rows."""
    if not rows:
        return ""

    def cell(tag: str, i: int, text: str) -> str:
        return f'<{tag} style="{_CELL.format(align="right" if i else "left")}">{text}</{tag}>'

    head = "".join(cell("th", i, _e(text)) for i, text in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', i, text) for i, text in enumerate(row))}</tr>" for row in rows)
    return f'<table style="border-collapse:collapse;margin:.6rem 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _money(cents: int | None, decimals: int) -> str:
    """Money in blue or orange, with its sign."""
    colour = INK if not cents else GAIN if cents > 0 else LOSS
    return f'<span style="color:{colour}">{_e(money(cents, decimals))}</span>'


def _heading(text: str) -> str:
    return f'<h3 style="margin:1rem 0 .2rem">{_e(text)}</h3>'


def _grey(text: str) -> str:
    return f'<div style="color:#666666;font-size:.85em">{_e(text)}</div>'


def _text_block(text: str) -> str:
    return f'<pre style="white-space:pre-wrap">{escape(text)}</pre>'


def _issues(issues: Sequence[Issue]) -> str:
    if not issues:
        return ""
    blocks = "\n\n".join(format_issue(issue) for issue in issues[:SHOWN_ISSUES])
    return _text_block(f"{say('issues', 'en')} ({len(issues)})\n{blocks}")


def _e(text: str) -> str:
    return escape(clean(text))
