"""What does a market-linked price come to (L1)? A formula over quotations, exact until one rounding at its end.

A price row that names a link has no figure of its own: it is worked out when the plant's text is read, so a seal that stores the text
also stores what its prices rest on. What was published too late for a price does not move it, and what is missing makes it absent.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shiftledger.core.formula import Formula, FormulaError, dotted, parse
from shiftledger.core.issue import Issue, Outcome
from shiftledger.core.money import rounded
from shiftledger.core.trace import Node
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Factor, Plant, Price, valid_on
from shiftledger.plant.quotes import Link, Quote, grain_of, month_number, period_in
from shiftledger.plant.rows import complete, declared, part_of, place
from shiftledger.plant.values import is_currency

FUNCTIONS: Mapping[str, int | None] = {"min": None, "max": None}
DRY, DRY_TONNE = "dry", "dmt"
HIGHEST = 64  # of an exponent
WIDEST = 4096  # bits of an exact figure on the way
LARGEST = 10**15  # what a price stays below
Term = tuple[str, str, tuple[int, ...]]  # a name, its unit, and how many quotations make each of its months


class _Refused(Exception):
    """Why a price cannot be worked out, and in which column; `missing` if it only lacks quotations, `in_formula` what of the link is wrong."""

    def __init__(self, message: str, remedy: str, *, missing: bool = False, column: str = "link", in_formula: str = "") -> None:
        super().__init__(message)
        self.remedy, self.missing, self.column, self.in_formula = remedy, missing, column, in_formula


@dataclass(frozen=True, slots=True)
class Board:
    """Every quotation by id and period, in order of publication; `grains` by id."""

    rows: Mapping[str, Mapping[str, Sequence[Quote]]]
    grains: Mapping[str, str]

    def known(self, quote: str, period: str, until: date) -> Quote | None:
        """The newest version of a quotation that was published by `until`."""
        versions = self.rows.get(quote, {}).get(period, ())
        place = bisect_right(versions, until, key=lambda row: row.published)
        return versions[place - 1] if place else None

    def of_month(self, quote: str, month: int, until: date) -> tuple[Quote, ...]:
        """What was published by `until` of a month: its own quotation, those of its days, or its quarter's."""
        grain = self.grains[quote]
        begin = period_in(month, grain)
        periods = [begin] if grain != "day" else sorted(p for p in self.rows[quote] if p.startswith(f"{begin}-"))
        return tuple(row for row in (self.known(quote, period, until) for period in periods) if row is not None)

    def before(self, quote: str, month: int, until: date) -> tuple[Quote, ...]:
        """The last quotation published by `until` of a period before the month."""
        begin = period_in(month, self.grains[quote])
        for period in sorted((p for p in self.rows[quote] if p < begin), reverse=True):
            row = self.known(quote, period, until)
            if row is not None:
                return (row,)
        return ()


def board_of(quotes: Iterable[Quote], text: Mapping[str, str]) -> Outcome[Board]:
    """The quotations in order, and those that cannot stand: no period, two values of one publication, two grains or units of one id."""
    rows: dict[str, dict[str, list[Quote]]] = {}
    issues: list[Issue] = []
    first: dict[str, Quote] = {}
    said: dict[tuple[str, str, date], Quote] = {}
    for row in quotes:
        head, twin = first.setdefault(row.quote, row), said.setdefault((row.quote, row.period, row.published), row)
        if not grain_of(row.period):
            message = f'"{row.period[:40]}" is no month, quarter or day'
            issues.append(
                finding("P088", message, place(text, row.at, "period"), "Write the period like 2026-02, 2026-Q1 or 2026-02-14.")
            )
        elif grain_of(head.period) and grain_of(row.period) != grain_of(head.period):
            message = f'"{row.quote}" is told by {grain_of(head.period)} at {head.at} and by {grain_of(row.period)} here'
            issues.append(
                finding("P088", message, place(text, row.at, "period"), "Give the quotation of another grain another id.")
            )
        elif row.unit != head.unit:
            message = f'"{row.quote}" is in {head.unit} at {head.at} and in {row.unit} here'
            issues.append(
                finding(
                    "P088", message, place(text, row.at, "unit"), "Write one unit; a quotation in another unit has another id."
                )
            )
        elif twin is not row:
            message = f'"{row.quote}" of {row.period} stands twice as published on {row.published}; the other is {twin.at}'
            issues.append(
                finding(
                    "P088",
                    message,
                    place(text, row.at, "published"),
                    "Remove one of the two, or correct the day on which it was published.",
                )
            )
        else:
            rows.setdefault(row.quote, {}).setdefault(row.period, []).append(row)
    for periods in rows.values():
        for versions in periods.values():
            versions.sort(key=lambda row: row.published)
    return Outcome(Board(rows, {key: grain_of(next(iter(periods))) for key, periods in rows.items()}), tuple(issues))


def linked_prices(plant: Plant) -> Outcome[tuple[Price, ...]]:
    """The plant's prices with the figures of those that name a link. # L1, I8

    A price that cannot be worked out is absent, and an issue says why.
    """
    board = board_of(plant.quotes, plant.text)
    formulas, issues = _formulas(plant)
    issues += board.issues
    found, wrong = list[Price](), set[tuple[str, str]]()
    for row in plant.prices:
        if not row.link:
            found.append(row)
            continue
        try:
            node = _worked_out(plant, row, formulas, board.result)
        except _Refused as refused:
            code, at = "P086" if refused.missing else "P087", place(plant.text, row.at, refused.column)
            if refused.in_formula:
                if (row.link, refused.in_formula) in wrong:  # one mistake, however many prices follow the link
                    continue
                wrong.add((row.link, refused.in_formula))
                at = part_of(place(plant.text, plant.links[row.link].at, "formula"), refused.in_formula)
            issues.append(finding(code, f'the price of "{row.material}" {refused}', at, refused.remedy))
            continue
        if node is not None:
            found.append(replace(row, price=node.value, trace=node))
    return Outcome(tuple(found), tuple(issues))


def _formulas(plant: Plant) -> tuple[dict[str, Formula], list[Issue]]:
    """The formulas that can be read, by link; what is wrong with the others and with windows."""
    formulas: dict[str, Formula] = {}
    issues = []
    for key, link in plant.links.items():
        try:
            formulas[key] = parse(link.formula, FUNCTIONS)
        except FormulaError as error:
            issues.append(
                finding(
                    "P087",
                    f'link "{key}": {error}',
                    place(plant.text, link.at, "formula"),
                    "Correct the formula: + - * /, powers, min, max, names.",
                )
            )
        limits = (
            ("lag", link.lag, 0, 120),
            ("window", link.window, 1, 120),
            ("cut", link.cut, -3650, 3650),
            ("decimals", link.decimals, 0, 10),
        )
        for name, value, low, high in limits:
            if not low <= value <= high:
                formulas.pop(key, None)
                issues.append(
                    finding(
                        "P087",
                        f'link "{key}": {name} must lie between {low} and {high}',
                        place(plant.text, link.at, name),
                        "Correct it.",
                    )
                )
    return formulas, issues


def _worked_out(plant: Plant, row: Price, formulas: Mapping[str, Formula], board: Board) -> Node | None:
    """The price as a trace; None if something else is wrong that has its own issue."""
    if row.link not in plant.links:
        told = declared(plant.text, "link")
        if told is None or row.link in told:
            return None
        remedy = f"{closest(row.link, plant.links)}Correct this line or declare the link in links.toml."
        raise _Refused(f'follows the link "{row.link[:60]}", which is not declared', remedy)
    if row.price is not None:
        message = "has a figure of its own and follows from a link"
        raise _Refused(message, "Leave one of the two blank.", column="price")
    if row.valid_from is None:
        raise _Refused(
            "is linked, so it needs valid_from: its window lies before that day", "Fill in valid_from.", column="valid_from"
        )
    link, formula, material = plant.links[row.link], formulas.get(row.link), plant.materials.get(row.material)
    if formula is None or material is None or not is_currency(plant.settings.currency):
        return None
    terms: list[Term] = []
    leaves: list[Node] = []
    for name in formula.names:
        table = name.partition(".")[0]
        if table in ("factor", "quote") and not complete(plant, table):
            return None
        term, nodes = _operand(name, link, row.valid_from, board, plant.factors)
        terms.append(term)
        leaves += nodes
    args: dict[str, Any] = {
        "terms": tuple(terms),
        "unit": f"{plant.settings.currency}/{material.unit}",
        "dry": material.priced_on == DRY,
        "decimals": link.decimals,
    }
    try:
        value = linked_of(link.formula, *(leaf.value for leaf in leaves), **args)
    except ZeroDivisionError:
        raise _Refused(f'cannot be worked out: the formula of "{link.id}" divides by zero', "Correct the formula.") from None
    except ValueError as error:
        remedy = f"Prices are in {args['unit']}: multiply by the quotations or factors that lead there, such as {plant.settings.currency}/USD or t/dmt."
        raise _Refused(f'cannot be worked out by "{link.id}": {error}', remedy) from None
    told = Node(f"formula of {link.id}, to {link.decimals} decimals", link.formula, clause="L1", at=str(link.at))
    label = f"price of {row.material}{f', {row.band}' if row.band else ''}"
    return Node(label, value, "per unit", "linked_of", tuple(args.items()), (told, *leaves), "L1", str(row.at))


def _operand(name: str, link: Link, start: date, board: Board, factors: Sequence[Factor]) -> tuple[Term, list[Node]]:
    """What a name of a formula stands for when the price begins to hold: the quotations of the window, or a dated factor."""
    kind, _, key = name.partition(".")
    if kind == "factor":
        held = [row for row in factors if f"{row.factor}.{row.material}" == key and valid_on(row, start)]
        if held:
            node = Node(f"factor {key}", held[0].value, held[0].unit, clause="Q8", at=str(held[0].at))
            return (name, held[0].unit, (1,)), [node]
        if not any(f"{row.factor}.{row.material}" == key for row in factors):
            known = [f"{row.factor}.{row.material}" for row in factors]
            remedy = f'{closest(key, known)}Correct the formula of "{link.id}", or add the factor to a file of factors/.'
            raise _Refused(f'needs the factor "{key[:60]}", which is not declared', remedy, in_formula=name)
        raise _Refused(f'needs the factor "{key[:60]}" on {start}, which is not there', "Add it to a file of factors/.")
    if kind != "quote" or key not in board.grains:
        known = [f"quote.{quote}" for quote in board.grains]
        remedy = f'{closest(name, known)}Correct the formula of "{link.id}", or add quotations to a file of quotes/.'
        raise _Refused(f'follows "{name[:60]}", of which there is no quotation', remedy, in_formula=name)
    months = [month_number(start) - link.lag - 1 - back for back in reversed(range(link.window))]
    try:
        until = start + timedelta(days=link.cut)
    except OverflowError:
        until = start
    sizes, nodes, missing = [], [], []
    for month in months:
        found = board.of_month(key, month, until)
        carried = f" for {period_in(month, 'month')}" if board.grains[key] == "quarter" else ""
        if not found and link.missing == "carry":
            found, carried = board.before(key, month, until), f" instead of {period_in(month, 'month')}"
        if not found:
            missing.append(period_in(month, "month"))
        sizes.append(len(found))
        nodes += [_leaf(row, carried) for row in found]
    if missing:
        remedy = 'Add the quotation to a file of quotes/, or let the link carry the last one before (missing = "carry").'
        raise _Refused(f'is absent: "{key}" has no quotation of {", ".join(missing)} published by {until}', remedy, missing=True)
    unit = next(iter(board.rows[key].values()))[0].unit
    return (name, unit, tuple(sizes)), nodes


def _leaf(row: Quote, carried: str) -> Node:
    label = f"{row.quote} of {row.period}{carried}, published {row.published}"
    return Node(label, row.value, row.unit, clause="L1", at=str(row.at))


def linked_of(formula: str, *values: Decimal, terms: tuple[Term, ...], unit: str, dry: bool, decimals: int) -> Decimal:
    """The formula over the means of its terms, in `unit`, rounded once; an operation of a trace. # L1, L5

    A month is the mean of its quotations, a term the mean of its months. `dry`: what is priced is dry mass, so a dry tonne is a tonne.
    ValueError if units do not lead there, ZeroDivisionError.
    """
    from shiftledger.core.units import exact_conversion, same_dimension  # late: loading a plant needs no unit registry

    given = iter(values)
    operands = {}
    for name, its_unit, sizes in terms:
        same_dimension(its_unit, its_unit)  # known by itself, before it stands in a product
        months = [sum((Fraction(next(given)) for _ in range(size)), Fraction(0)) / size for size in sizes]
        operands[name] = (sum(months, Fraction(0)) / len(months), its_unit)
    tree = parse(formula, FUNCTIONS)
    value, found = _measured(tree.tree, operands, tree.text.strip())
    if dry and not same_dimension(found, unit):
        found = f"({found}) * {DRY_TONNE} / t"
    price = value * exact_conversion(found, unit)
    if abs(price) >= LARGEST:
        raise ValueError("it comes to a figure beyond all measure")
    return rounded(price, decimals)


Measured = tuple[Fraction, str]  # a value and its unit


def _measured(node: ast.expr, operands: Mapping[str, Measured], text: str) -> Measured:
    """A part of a formula with its unit, exactly. ValueError if units do not fit. # Q8"""
    if isinstance(node, ast.Constant):
        return _literal(node, text), "1"
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return operands[dotted(node)]
    if isinstance(node, ast.UnaryOp):
        value, unit = _measured(node.operand, operands, text)
        return (-value if isinstance(node.op, ast.USub) else value), unit
    if isinstance(node, ast.Call):
        parts = list(_alike([_measured(part, operands, text) for part in node.args]))
        return (min if getattr(node.func, "id", "") == "min" else max)(value for value, _ in parts), parts[0][1]
    assert isinstance(node, ast.BinOp)
    left, right = _measured(node.left, operands, text), _measured(node.right, operands, text)
    value, unit = _OPERATIONS[type(node.op)](left, right)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > WIDEST:
        raise ValueError("it comes to a figure beyond all measure")
    return value, unit


def _literal(node: ast.Constant, text: str) -> Fraction:
    """A number as it is written, not as a float is nearest to it."""
    if isinstance(node.value, int):
        return Fraction(node.value)
    value = Decimal((ast.get_source_segment(text, node) or repr(node.value)).replace("_", ""))
    if value and abs(value.adjusted()) > 30:
        raise ValueError("it holds a number beyond all measure")
    return Fraction(value)


def _alike(parts: Sequence[Measured]) -> Iterator[Measured]:
    """All in the unit of the first. ValueError (UnitError) if one measures something else."""
    from shiftledger.core.units import exact_conversion

    unit = parts[0][1]
    for value, own in parts:
        yield (value if own == unit else value * exact_conversion(own, unit)), unit


def _plus(left: Measured, right: Measured) -> Measured:
    (a, unit), (b, _) = _alike([left, right])
    return a + b, unit


def _minus(left: Measured, right: Measured) -> Measured:
    (a, unit), (b, _) = _alike([left, right])
    return a - b, unit


def _times(left: Measured, right: Measured) -> Measured:
    unit = left[1] if right[1] == "1" else right[1] if left[1] == "1" else f"({left[1]}) * ({right[1]})"
    return left[0] * right[0], unit


def _over(left: Measured, right: Measured) -> Measured:
    below = "dimensionless" if left[1] == "1" else left[1]
    return left[0] / right[0], left[1] if right[1] == "1" else f"({below}) / ({right[1]})"


def _power(left: Measured, right: Measured) -> Measured:
    if right[0].denominator != 1 or abs(right[0]) > HIGHEST:
        raise ValueError(f"an exponent is a whole number up to {HIGHEST}")
    exponent = int(right[0])
    return left[0] ** exponent, "1" if left[1] == "1" or not exponent else f"({left[1]}) ** ({exponent})"


_OPERATIONS: Mapping[type[ast.operator], Callable[[Measured, Measured], Measured]] = {
    ast.Add: _plus, ast.Sub: _minus, ast.Mult: _times, ast.Div: _over, ast.Pow: _power,
}  # fmt: skip
OPERATIONS = (("linked_of", linked_of),)
