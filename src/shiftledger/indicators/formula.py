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

from shiftledger.core.formula import Formula as Formula
from shiftledger.core.formula import FormulaError as FormulaError
from shiftledger.core.formula import dotted
from shiftledger.core.formula import parse as read_formula
from shiftledger.quantities.conditions import ASSAY
from shiftledger.quantities.recovery import recovery

RECOVERY = "recovery"
FUNCTIONS: Mapping[str, tuple[int | None, Callable[..., float]]] = {
    "sqrt": (1, math.sqrt),
    "min": (None, min),
    "max": (None, max),
    "recovery": (3, recovery),
}


def parse(text: str) -> Formula:
    """Parse `text`; FormulaError for anything beyond arithmetic."""
    formula = read_formula(text, {name: arity for name, (arity, _) in FUNCTIONS.items()})
    for node in ast.walk(formula.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == RECOVERY and not _are_samples(node.args):
            raise FormulaError(
                "recovery takes one component in three streams: assay.<component>.<feed>, assay.<component>.<concentrate>, "
                "assay.<component>.<tailings> (or three component.<name>)",
                node.col_offset + 1,
            )
    return formula


def _are_samples(nodes: Sequence[ast.expr]) -> bool:
    """Whether all are conditions, or all are assays of one component. # Q5"""
    if not all(isinstance(node, ast.Attribute | ast.Subscript) for node in nodes):
        return False
    kinds = [dotted(node).split(".", 2) for node in nodes]
    if any(kind[0] == ASSAY for kind in kinds):
        return all(len(kind) == 3 for kind in kinds) and len({tuple(kind[:2]) for kind in kinds}) == 1
    return all(kind[0] == "component" for kind in kinds)


def recoveries(formula: Formula) -> tuple[tuple[str, str, str], ...]:
    """The names of feed, concentrate and tailings of every recovery in the formula, each once, in order of names. # Q5"""
    calls = (node for node in ast.walk(formula.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    named = (tuple(dotted(argument) for argument in node.args) for node in calls if getattr(node.func, "id", "") == RECOVERY)
    return tuple((feed, concentrate, tailings) for feed, concentrate, tailings in sorted(set(named)))


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
        return values[dotted(node)]
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
