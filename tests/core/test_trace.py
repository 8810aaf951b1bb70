"""Traces (I7): a tree evaluates to its figure from the leaves up."""

from __future__ import annotations

import pytest

from shiftledger.core.trace import Node, evaluate, walk

SUM = {"sum": lambda *parts, times=1: times * sum(parts)}


def test_i7_evaluation_starts_at_the_leaves_and_never_reads_inner_values() -> None:
    inner = Node("inner", 999, op="sum", children=(Node("a", 1), Node("b", 2)))
    assert evaluate(Node("top", 999, op="sum", args=(("times", 10),), children=(inner, Node("c", 3))), SUM) == 60


def test_i7_a_leaf_is_given() -> None:
    assert evaluate(Node("leaf", None), {}) is None


def test_i7_an_operation_that_nobody_knows_is_named() -> None:
    with pytest.raises(KeyError, match="unheard"):
        evaluate(Node("top", 1, op="unheard"), SUM)


def test_i7_walk_reads_top_down_with_depths() -> None:
    tree = Node("top", 1, children=(Node("a", 1, children=(Node("b", 1),)), Node("c", 1)))
    assert [(depth, node.label) for depth, node in walk(tree)] == [(0, "top"), (1, "a"), (2, "b"), (1, "c")]
