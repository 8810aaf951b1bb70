"""Traces: every figure as a tree that evaluates bottom-up to itself (I7).

A leaf is something given (a reading, a price, a line of the plant text); an inner node names an operation over its children.
`evaluate` recomputes the tree from its leaves with a table of operations and never looks at an inner node's own value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Node:
    """One figure: what it is, its value and unit, and how it follows from its children.

    `value` is int (cents, quanta), Decimal, float or None (absent); the leaf that holds raw readings has the `Series` slice that
    its operation reads. `args` are the parameters of the operation, `at` the file:line it comes from.
    """

    label: str
    value: Any
    unit: str = ""
    op: str = GIVEN
    args: tuple[tuple[str, Any], ...] = ()
    children: tuple[Node, ...] = ()
    clause: str = ""
    at: str = ""


Operation = Callable[..., Any]


def evaluate(node: Node, operations: Mapping[str, Operation]) -> Any:
    """The value of `node` recomputed from its leaves; KeyError names an operation that the table lacks."""
    if node.op == GIVEN:
        return node.value
    return operations[node.op](*(evaluate(child, operations) for child in node.children), **dict(node.args))


def walk(node: Node, depth: int = 0) -> Iterator[tuple[int, Node]]:
    """The tree in reading order, with depths."""
    yield depth, node
    for child in node.children:
        yield from walk(child, depth + 1)
