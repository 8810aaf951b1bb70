"""Reading a printed formula as its reader would: the numbers on the paper, a pocket calculator, and nothing of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from types import SimpleNamespace

from shiftledger.core.trace import Node
from shiftledger.engine.explain import trees
from shiftledger.ledger.formulas import Formula, formula_of
from shiftledger.pipeline import DayBooks
from shiftledger.plant.model import Plant
from shiftledger.render.decision_text import explained_text
from shiftledger.render.formula_text import derived_text, term_text
from shiftledger.render.messages import TABLE, names_of

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
PRODUCT = re.compile(r"(?:.*: )?(\(.*?\)|[−\d.,]+) ?(\S*) × (\(?[−\d.,]+\)?)")
EQUATION = re.compile(r".*: (.+?) = (.+?)(?:, at most (.+?))?(?:, in steps of (.+))?")


def number(text: str) -> Decimal:
    return Decimal(text.strip("()").replace(",", "").replace("−", "-"))


def value(text: str) -> Decimal:
    """A sum, product or quotient of printed numbers, by hand: brackets first, then × and /, then + and −."""
    while inner := re.search(r"\(([^()]*[^()\s−][^()]*)\)", text):
        text = text[: inner.start()] + plain(value(inner[1])) + text[inner.end() :]
    total, sign = Decimal(0), 1
    for piece in re.split(r" ([+−]) ", text):
        if piece in ("+", "−"):
            sign = 1 if piece == "+" else -1
            continue
        first, *others = re.split(r" ([×/]) ", piece)
        result = number(first)
        for how, factor in zip(others[::2], others[1::2], strict=True):
            result = EXACT.multiply(result, number(factor)) if how == "×" else EXACT.divide(result, number(factor))
        total = EXACT.add(total, sign * result)
    return total


def plain(found: Decimal) -> str:
    return f"{found:f}".replace("-", "−")


def cents(text: str, decimals: int) -> int:
    """What a printed product comes to, rounded half away from zero."""
    found = PRODUCT.fullmatch(text)
    assert found is not None, text
    exact = EXACT.multiply(value(found[1]), number(found[3]))
    return int(exact.scaleb(decimals).to_integral_value(rounding=ROUND_HALF_UP, context=EXACT))


def faults(address: str, formula: Formula, decimals: int) -> Iterator[str]:
    """What a reader finds wrong: a product, a sum or an equation that does not come out."""
    total = 0
    for term in formula.terms:
        printed = term_text(term, "en", decimals, "UTC")
        if term.price is not None and cents(printed, decimals) != term.amount:
            yield f"{address}: {printed} is {cents(printed, decimals)}, not {term.amount}"
        total += term.amount
    if total != formula.amount:
        yield f"{address}: the terms are {total}, not {formula.amount}"
    for one in formula.derived:
        printed = derived_text(one, "en", decimals, "UTC")
        found = EQUATION.fullmatch(printed)
        if found is None:
            if one.form != "potential-1":
                yield f"{address}: {printed} is no equation"
            continue
        left, right = number(found[1]), value(found[2])
        if found[3]:
            cap = number(found[3])
            right = max(-cap, min(cap, right))
        step = number(found[4]) if found[4] else Decimal(1).scaleb(left.as_tuple().exponent)  # type: ignore[arg-type]
        if EXACT.divide(right, step).to_integral_value(rounding=ROUND_HALF_UP, context=EXACT) * step != left:
            yield f"{address}: {printed}, but it is {right}"


def every_formula(books: DayBooks, plant: Plant) -> Iterator[tuple[str, Formula]]:
    """Of every amount of a day."""
    shifts = dict.fromkeys([*(q.shift.id for q in books.quantities), *(shift for shift, _ in books.areas)])
    for period in (*shifts, books.day.isoformat()):
        for address, node in trees(books, period).items():
            found = formula_of(address, node, plant)
            assert (found is None) == (not address.startswith("ledger/") or node.value is None), address
            if found is not None:
                yield address, found


def sentence_missing(formula: Formula) -> bool:
    """Whether no words are told for this sort of amount, in either language."""
    return f"formula.{formula.line}" not in TABLE


def printed(address: str, node: Node, plant: Plant, lang: str) -> str:
    """The answer of `explain`, closed."""
    settings = plant.settings
    view = SimpleNamespace(
        node=node,
        sources={},
        decisions=(),
        assumptions={},
        approvals=(),
        formula=formula_of(address, node, plant),
        names=names_of(plant),
    )
    how: Mapping[str, object] = {"currency": settings.currency, "decimals": settings.money_decimals, "zone": settings.zone}
    return explained_text(view, lang, depth=0, **how)  # type: ignore[arg-type]
