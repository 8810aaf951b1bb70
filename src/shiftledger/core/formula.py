"""What is a formula in a plant's text? Arithmetic over names, and nothing else: read here, worked out where the names mean something (N1, L1).

`a + b - c * d / e`, unary minus, powers with a number as exponent, and the functions that the reader allows. Names are dotted
(`stream.electricity`); an id with a hyphen stands in brackets and quotes (`stream["ore-in"]`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

Arities = Mapping[str, int | None]  # a function and how many values it takes; None: one or more
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


def parse(text: str, functions: Arities) -> Formula:
    """Parse `text`, in which `functions` may be called; FormulaError for anything beyond arithmetic."""
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("not an arithmetic formula", getattr(error, "offset", None) or 1) from None
    names: set[str] = set()
    _check(tree, names, 0, functions)
    return Formula(text, tree, tuple(sorted(names)))


def _check(node: ast.expr, names: set[str], depth: int, functions: Arities) -> None:
    column = node.col_offset + 1
    if depth > DEEPEST:
        raise FormulaError("nested too deeply", column)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        names.add(dotted(node))
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, names, depth + 1, functions)
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow):
        if isinstance(node.op, ast.Pow) and not isinstance(node.right, ast.Constant):
            raise FormulaError("an exponent must be a number", column)
        _check(node.left, names, depth + 1, functions)
        _check(node.right, names, depth + 1, functions)
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions and not node.keywords:
        arity = functions[node.func.id]
        if len(node.args) == 0 or (arity is not None and len(node.args) != arity):
            raise FormulaError(f"{node.func.id} takes {arity or 'one or more'} value(s)", column)
        for argument in node.args:
            _check(argument, names, depth + 1, functions)
        return
    raise FormulaError(f"{ast.unparse(node)[:40]!r} is not allowed in a formula", column)


def dotted(node: ast.expr) -> str:
    """The name that a node of the tree stands for; FormulaError if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return f"{dotted(node.value)}.{node.slice.value}"
    raise FormulaError('a name is letters, digits, _ and dots, or an id in brackets: stream["ore-in"]', node.col_offset + 1)
