"""What a shift would come to, as text: what was set, what moves and how, and both statements line by line (L10, L4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from shiftledger.render.amounts import ABSENT, money, plain_number, price_text, quantity_text
from shiftledger.render.assumed_text import assumed_lines, columns_note, figure_notes, noted, value_note
from shiftledger.render.items import line_name, step_name
from shiftledger.render.messages import LANGS, Lang, say, say_of
from shiftledger.render.text import WIDTH, Col, Row, cut, pad, table, width, wrap

if TYPE_CHECKING:
    from shiftledger.engine.moved import Moved
    from shiftledger.engine.whatif import IntendedArea, WhatIf
    from shiftledger.ledger.assumed import Assumption
    from shiftledger.ledger.statement import Line, Statement
    from shiftledger.render.messages import Names
    from shiftledger.render.views import WhatIfView

BASES = {"plan": "whatif.base.plan", "standard": "whatif.base.standard", "shift": "whatif.base.shift"}
Key = tuple[int, str, str, str]


def whatif_text(view: WhatIfView, lang: str = "zh") -> str:
    """The calculation, or the list of what may be set, at 80 columns; `lang` is zh, en or both. Empty without a result."""
    chosen = [one for one in LANGS if lang in ("both", one)]
    if view.settable:
        return "\n\n".join("\n".join(_names(view, one)) for one in chosen)
    if view.whatif is None or view.names is None:
        return ""
    return "\n\n".join("\n".join(_answer(view, view.whatif, view.names, one)) for one in chosen)


def _names(view: WhatIfView, lang: Lang) -> list[str]:
    rows = [Row((row.name, say_of("settable", row.kind, lang), "" if row.unit == "1" else row.unit)) for row in view.settable]
    heads = (Col("", "<", 20), Col("", "<"), Col("", "<"))
    return [*wrap(say("whatif.names", lang, shift=view.shift)), *table(heads, rows, 2)]


def _answer(view: WhatIfView, found: WhatIf, names: Names, lang: Lang) -> list[str]:
    title = cut(names.name("plant", names.plant, lang), WIDTH // 2)
    lines = ["=" * WIDTH, pad(title, WIDTH - width(found.shift)) + found.shift, *wrap(say("whatif.what", lang))]
    lines += wrap(say(BASES[found.base], lang, of=found.of))
    lines += ["", *_settings(found, lang)]
    if found.moved:
        heads = (Col(say("whatif.moved", lang), "<", 12), Col(say("whatif.before", lang)), Col(say("whatif.after", lang)))
        lines += ["", *table(heads, [_moved(row, names, lang) for row in found.moved], 0)]
    for area in found.areas:
        lines += ["", *_area(view, area, names, lang)]
    return [*lines, "", *_together(view, found, names, lang)]


def _settings(found: WhatIf, lang: Lang) -> list[str]:
    if not found.settings:
        return wrap(say("whatif.none", lang))
    heads = (Col(say("whatif.settings", lang), "<", 12), Col(say("whatif.before", lang)), Col(say("whatif.after", lang)))
    rows = [Row((f"  {name}", _plain(before, unit), _plain(after, unit))) for name, unit, before, after in found.settings]
    return table(heads, rows, 0)


def _plain(value: str | None, unit: str) -> str:
    if value is None:
        return ABSENT
    return f"{plain_number(Decimal(value))} {unit}" if unit not in ("", "1") else plain_number(Decimal(value))


def _moved(row: Moved, names: Names, lang: Lang) -> Row:
    name = names.name(row.kind, row.what, lang)
    name = say("whatif.end", lang, stock=name) if row.kind == "stock" else name
    quantities = (quantity_text(quanta, row.quantum, row.unit) for quanta in (row.before, row.after))
    return Row((f"  {name}", *quantities), (row.formula,) if row.formula else ())


def _area(view: WhatIfView, area: IntendedArea, names: Names, lang: Lang) -> list[str]:
    """Both statements line by line, then their columns and what lies between these. # L3, L4"""
    decimals = view.money_decimals
    assumed = view.assumptions.get(area.area, ())
    rows = [_line(have, new, names, decimals, lang, assumed) for have, new in _paired(area)]
    rows.append(_three(say("whatif.value", lang), (area.base.value, area.intended.value), decimals))
    lines = ["-" * WIDTH, *table(_heads(view, names.name("area", area.area, lang), lang), rows, 0)]
    lines += noted(value_note(assumed, lang))
    columns = [
        _three(f"  {say_of('column', name, lang)}", (getattr(area.base, name), getattr(area.intended, name)), decimals)
        for name in ("plan", "standard", "allowed")
        if getattr(area.base, name) is not None or getattr(area.intended, name) is not None
    ]
    lines += table(_heads(view, say("columns", lang), lang), columns, 0) if columns else []
    lines += noted(columns_note(assumed, lang)) if columns else []
    steps = list(_steps(area, names, decimals, lang))
    start = "plan" if area.intended.plan is not None else "standard"
    title = say("bridge", lang, start=say_of("column", start, lang))
    lines += table(_heads(view, title, lang), steps, 0) if steps and columns else []
    listed = assumed_lines(assumed, names, lang)
    return [*lines, *([""] if listed else []), *listed]


def _heads(view: WhatIfView, title: str, lang: Lang) -> tuple[Col, ...]:
    before = f"{say('whatif.before', lang)} {view.currency}".rstrip()
    return (Col(title, "<", 12), Col(before), Col(say("whatif.after", lang)), Col(say("now.difference", lang)))


def _three(name: str, sides: Sequence[int | None], decimals: int, notes: tuple[str, ...] = ()) -> Row:
    before, after = sides
    difference = None if before is None or after is None else after - before
    return Row((name, *(money(cents, decimals) for cents in (before, after, difference))), notes)


def _paired(area: IntendedArea) -> Iterator[tuple[Line | None, Line | None]]:
    """Lines of both statements that are about the same thing, what is given first."""
    base, meant = _by_key(area.base), _by_key(area.intended)
    for key in sorted({*base, *meant}):
        yield base.get(key), meant.get(key)


def _by_key(statement: Statement) -> Mapping[Key, Line]:
    return {(-line.sign, line.kind, line.what, line.other): line for line in statement.lines}


def _line(before: Line | None, after: Line | None, names: Names, decimals: int, lang: Lang, assumed: Sequence[Assumption]) -> Row:
    told = after or before
    assert told is not None
    products = [_product(line, decimals, lang) for line in (before, after)]
    note = products[1] if products[0] == products[1] else say("whatif.change", lang, before=products[0], after=products[1])
    notes = (*(() if told.kind in ("fixed", "state") else (note,)), *figure_notes(assumed, told.what, lang))
    amounts = [line.amount if line is not None else 0 for line in (before, after)]
    return _three(f"  {line_name(told, names, lang)}", amounts, decimals, notes)


def _product(line: Line | None, decimals: int, lang: Lang) -> str:
    if line is None:
        return ABSENT
    return say(
        "whatif.product", lang, qty=quantity_text(line.qty, line.quantum, line.unit), price=price_text(line.price, decimals)
    )


def _steps(area: IntendedArea, names: Names, decimals: int, lang: Lang) -> Iterator[Row]:
    """The steps of both bridges that are not nothing in both."""
    base, meant = ({(s.name, s.item): s for s in one.steps} for one in (area.base, area.intended))
    for key, step in {**base, **meant}.items():
        amounts = tuple(side[key].amount if key in side else 0 for side in (base, meant))
        if any(amounts):
            yield _three(f"  {step_name(step, names, lang)}", amounts, decimals)


def _together(view: WhatIfView, found: WhatIf, names: Names, lang: Lang) -> list[str]:
    """Areas and the site's accounts: what the plant would have of it. # L2"""
    decimals = view.money_decimals
    sums = [sum(getattr(area, side).value for area in found.areas) for side in ("base", "intended")]
    rows = [_three(say("areas.total", lang), sums, decimals)]
    for account in sorted({*found.base_accounts, *found.accounts}):
        if account.startswith("site:"):
            sides = [accounts.get(account, 0) for accounts in (found.base_accounts, found.accounts)]
            sums = [have + more for have, more in zip(sums, sides, strict=True)]
            rows.append(_three(f"  {names.node(account, lang)}", sides, decimals))
    rows.append(_three(say("whatif.sum", lang), sums, decimals))
    return ["=" * WIDTH, *table(_heads(view, say("whatif.together", lang), lang), rows, 0)]
