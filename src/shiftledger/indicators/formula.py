"""A small safe formula language (N1): arithmetic over named quantities, nothing else.

`a + b - c * d / e`, unary minus, powers with a number as exponent, `sqrt`, `min`, `max`, `recovery` of
three assays of a component (Q5). Names are dotted (`stream.electricity`); an id with a
hyphen stands in brackets and quotes (`stream["ore-in"]`, `halt.mechanical["mill-1"]`). An absent
operand or a division by zero makes the result absent (I8), never zero.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shiftledger.quantities.conditions import ASSAY
from shiftledger.quantities.recovery import recovery

RECOVERY = "recovery"
FUNCTIONS: Mapping[str, tuple[int | None, Callable[..., float]]] = {
    "sqrt": (1, math.sqrt),
    "min": (None, min),
    "max": (None, max),
    "recovery": (3, recovery),
}
LONGEST = 2000
DEEPEST = 50


class FormulaError(ValueError):
    """The text is not a formula; the message says why, `column` where (1-based)."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula and the names that it reads, in sorted order."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]


def parse(text: str) -> Formula:
    """Parse `text`; FormulaError for anything beyond arithmetic."""
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("not an arithmetic formula", getattr(error, "offset", None) or 1) from None
    names: set[str] = set()
    _check(tree, names, 0)
    return Formula(text, tree, tuple(sorted(names)))


def _check(node: ast.expr, names: set[str], depth: int) -> None:
    column = node.col_offset + 1
    if depth > DEEPEST:
        raise FormulaError("nested too deeply", column)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        names.add(_dotted(node))
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, names, depth + 1)
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow):
        if isinstance(node.op, ast.Pow) and not isinstance(node.right, ast.Constant):
            raise FormulaError("an exponent must be a number", column)
        _check(node.left, names, depth + 1)
        _check(node.right, names, depth + 1)
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
        arity = FUNCTIONS[node.func.id][0]
        if len(node.args) == 0 or (arity is not None and len(node.args) != arity):
            raise FormulaError(f"{node.func.id} takes {arity or 'one or more'} value(s)", column)
        if node.func.id == RECOVERY and not _are_samples(node.args):
            raise FormulaError(
                "recovery takes one component in three streams: assay.<component>.<feed>, assay.<component>.<concentrate>, "
                "assay.<component>.<tailings> (or three component.<name>)",
                column,
            )
        for argument in node.args:
            _check(argument, names, depth + 1)
        return
    raise FormulaError(f"{ast.unparse(node)[:40]!r} is not allowed in a formula", column)


def _are_samples(nodes: Sequence[ast.expr]) -> bool:
    """Whether all are conditions, or all are assays of one component. # Q5"""
    if not all(isinstance(node, ast.Attribute | ast.Subscript) for node in nodes):
        return False
    kinds = [_dotted(node).split(".", 2) for node in nodes]
    if any(kind[0] == ASSAY for kind in kinds):
        return all(len(kind) == 3 for kind in kinds) and len({tuple(kind[:2]) for kind in kinds}) == 1
    return all(kind[0] == "component" for kind in kinds)


def recoveries(formula: Formula) -> tuple[tuple[str, str, str], ...]:
    """The names of feed, concentrate and tailings of every recovery in the formula, each once, in order of names. # Q5"""
    calls = (node for node in ast.walk(formula.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    named = (tuple(_dotted(argument) for argument in node.args) for node in calls if getattr(node.func, "id", "") == RECOVERY)
    return tuple((feed, concentrate, tailings) for feed, concentrate, tailings in sorted(set(named)))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return f"{_dotted(node.value)}.{node.slice.value}"
    raise FormulaError('a name is letters, digits, _ and dots, or an id in brackets: stream["ore-in"]', node.col_offset + 1)


def value_of(formula: Formula, values: Mapping[str, float | None]) -> float | None:
    """The formula's value; None where an operand is absent, a divisor is zero, or the result is not a finite number."""
    try:
        result = _value(formula.tree, values)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return result if result is not None and not isinstance(result, complex) and math.isfinite(result) else None


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return values[_dotted(node)]
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, values)
        return None if operand is None else (-operand if isinstance(node.op, ast.USub) else operand)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, values), _value(node.right, values)
        return None if left is None or right is None else _ARITHMETIC[type(node.op)](left, right)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise FormulaError("not arithmetic", node.col_offset + 1)
    arguments = [_value(argument, values) for argument in node.args]
    if any(argument is None for argument in arguments):
        return None
    return FUNCTIONS[node.func.id][1](*arguments)


_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
