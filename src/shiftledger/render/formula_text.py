"""The formula of an amount with its figures put in, in 80 columns: a sentence, its products, and what stands behind them (L4, I7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shiftledger.render.amounts import MINUS, money, plain_number, price_text, quantity_text
from shiftledger.render.labels import label_text
from shiftledger.render.messages import LANGS, TABLE, Lang, say
from shiftledger.render.text import WIDTH, pad, width, wrap

if TYPE_CHECKING:
    from shiftledger.ledger.formulas import Derived, Formula, Term
    from shiftledger.render.messages import Names

INDENT = "  "
# Items of a statement that are no quantity at a planned price, by the kind in their address: which sentence is theirs.
OF_ITEMS = {"fixed": "fixed", "quality": "quality", "charge": "charge", "transfer": "no-fault", "state": "state"}


def formula_text(
    formula: Formula,
    lang: str = "zh",
    *,
    currency: str = "",
    decimals: int = 2,
    zone: str = "UTC",
    names: Names | None = None,
    **_how: Any,
) -> str:
    """The formula as text; `lang` is zh, en or both. In Chinese things are called by their `names`."""
    chosen = LANGS if lang == "both" else tuple(one for one in LANGS if one == lang)
    blocks = (formula_lines(formula, one, currency=currency, decimals=decimals, zone=zone, names=names) for one in chosen)
    return "\n\n".join("\n".join(lines) for lines in blocks)


def formula_lines(
    formula: Formula, lang: Lang, *, currency: str, decimals: int, zone: str, names: Names | None = None
) -> Iterator[str]:
    """The sentence, one line a term with its amount, the sum of several, then how standards, premiums and potentials follow."""
    yield from wrap(say("formula", lang, words=_words(formula, lang)), WIDTH, "", INDENT)
    for term in formula.terms:
        yield from _beside(term_text(term, lang, decimals, zone, names), money(term.amount, decimals))
    if len(formula.terms) > 1:
        yield from _beside("=", f"{money(formula.amount, decimals)} {currency}".rstrip())
    for one in formula.derived:
        yield from wrap(derived_text(one, lang, decimals, zone, names), WIDTH, INDENT, INDENT * 2)


def _words(formula: Formula, lang: Lang) -> str:
    kind = formula.item.partition(":")[0] if ":" in formula.item else ""
    key = f"formula.{OF_ITEMS.get(kind, formula.line) if formula.line == 'item' else formula.line}"
    if formula.line == "time" and formula.item:
        key += ".no-fault"
    return say(key, lang) if key in TABLE else say("formula.account", lang)


def term_text(term: Term, lang: Lang, decimals: int, zone: str, names: Names | None = None) -> str:
    """A product as `steam: (20.470 − 20.000) t × 150.00`, a plain amount by its name."""
    what = label_text(term.what, lang, zone, names)
    if term.price is None or term.quantum is None:
        return what
    first, *others = sorted(term.quanta, key=lambda quanta: quanta < 0)
    numbers = quantity_text(first, term.quantum, "")
    for quanta in others:
        numbers += f" {MINUS if quanta < 0 else '+'} {quantity_text(abs(quanta), term.quantum, '')}"
    each = price_text(term.price, decimals)
    total = f"({numbers})" if others else numbers
    return f"{what}: {total} {term.unit}".rstrip() + f" × {f'({each})' if term.price < 0 else each}"


def derived_text(one: Derived, lang: Lang, decimals: int, zone: str, names: Names | None = None) -> str:
    """Where a figure of a term comes from: `Allowed: steam for product: 20.470 = 89.000 × 0.230`."""
    figures = {name: _number(text) for name, text in one.figures.items() if text}
    if one.form.startswith("potential"):
        figures["worth"] = money(int(one.figures["cents"]), decimals)
    form = "quality-capped" if one.figures.get("cap") else one.form
    to = say("formula.to", lang, **figures) if "to" in figures else ""
    return f"{label_text(one.what, lang, zone, names)}: {say(f'formula.of.{form}', lang, **figures)}{to}"


def _number(text: str) -> str:
    shown = plain_number(Decimal(text)) if "." not in text else text.replace("-", MINUS)
    return f"({shown})" if text.startswith("-") else shown


def _beside(left: str, right: str) -> Iterator[str]:
    """A line with its amount at the right margin; the amount stands below a line that leaves no room."""
    room = WIDTH - len(INDENT) - width(right) - 2
    lines = wrap(left, WIDTH, INDENT, INDENT * 2)
    if len(lines) == 1 and width(left) <= room:
        yield INDENT + pad(left, room) + "  " + right
    else:
        yield from lines
        yield pad(right, WIDTH, ">")
