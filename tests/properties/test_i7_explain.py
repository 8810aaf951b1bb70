"""I7 on generated plants: every figure opens to readings, lines of the plant's text or the clock, and recomputes from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from hypothesis import given, settings

from properties.closing import Closed, closed
from properties.effort import EXAMPLES, SAME
from properties.flowsheets import Knobs, knobs
from properties.formula_words import every_formula, sentence_missing
from properties.formula_words import faults as misprints
from shiftledger.core.trace import GIVEN, Node, evaluate, walk
from shiftledger.engine.explain import OPERATIONS, trees
from shiftledger.readings.batch import Series

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
CLOCK = "T2"  # the clause that hours follow from
DEEPER = {
    "share",
    "combined_of",
    "between",
}  # a crew's part, a derived flow or residual, a line between two dips: a step more each


def every_tree(books: Closed) -> Iterator[tuple[str, Node]]:
    for day in books.books.values():
        for shift in dict.fromkeys([*(q.shift.id for q in day.quantities), *(shift for shift, _ in day.areas)]):
            yield from trees(day, shift).items()
        yield from trees(day, day.day.isoformat()).items()


def faults(node: Node, text: Mapping[str, str], seen: dict[int, Node]) -> Iterator[str]:
    """What is wrong with any node below, each looked at once: by induction a tree without faults evaluates to its value."""
    for _, inner in walk(node):
        if id(inner) in seen:
            continue
        seen[id(inner)] = inner  # keeps it alive: ids stay unique
        if inner.op == GIVEN:
            yield from leaf_faults(inner, text)
        else:
            again = OPERATIONS[inner.op](*(child.value for child in inner.children), **dict(inner.args))
            if again != inner.value or type(again) is not type(inner.value):
                yield f"{inner.label}: {inner.op} gives {again!r}, not {inner.value!r}"


def leaf_faults(leaf: Node, text: Mapping[str, str]) -> Iterator[str]:
    """A leaf is readings, an absent figure, nothing, the clock, or a number that stands at its place in the plant's text."""
    if isinstance(leaf.value, Series) or leaf.value is None or leaf.value == 0 or leaf.clause == CLOCK:
        return
    file, _, line = leaf.at.rpartition(":")
    if not file:
        yield f"{leaf.label}: {leaf.value} comes from nowhere"
    elif not any(same(number, leaf.value) for number in numbers_at(text[file], int(line))):
        yield f"{leaf.label}: {leaf.value} does not stand at {leaf.at}"


def numbers_at(text: str, line: int) -> Iterator[str]:
    """The numbers of a row: one line of a CSV file, or a table of a TOML file."""
    for i, content in enumerate(text.splitlines()[line - 1 :]):
        if i and (content.startswith("[") or "," in text.splitlines()[0]):
            return
        yield from NUMBER.findall(content)


def same(number: str, value: Any) -> bool:
    try:
        return Decimal(number) == (value if isinstance(value, Decimal | int) else Decimal(repr(value)))
    except InvalidOperation:
        return False


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_i7_every_node_recomputes_and_every_leaf_is_given(shape: Knobs) -> None:
    books = closed(shape)
    seen: dict[int, Node] = {}
    found = {fault for _, node in every_tree(books) for fault in faults(node, books.sample.text, seen)}
    assert sorted(found) == []


@SAME
@given(knobs())
@settings(max_examples=max(3, EXAMPLES // 3))
def test_i7_trees_evaluate_to_the_published_figures(shape: Knobs) -> None:
    books = closed(shape)
    found = dict(every_tree(books))
    for s in books.statements:
        base = f"ledger/{s.shift}/{s.area}"
        columns = {"plan": s.plan, "standard": s.standard, "allowed": s.allowed, "actual": s.value}
        for name, cents in columns.items():
            assert (f"{base}/{name}" in found) == (cents is not None)
            if cents is not None:
                assert evaluate(found[f"{base}/{name}"], OPERATIONS) == cents, (base, name)
        assert evaluate(found[base], OPERATIONS) == s.value
        for step in s.steps:
            address = "/".join(part for part in (base, "bridge", step.name, step.item) if part)
            assert evaluate(found[address], OPERATIONS) == step.amount, address


@given(knobs(fills=False))
@settings(max_examples=max(3, EXAMPLES // 3))
def test_i7_from_a_row_to_its_readings_in_three_steps(shape: Knobs) -> None:
    """Amount -> quantity -> integral -> readings; what is deeper goes over a crew's part, a derived flow or a residual."""
    for day in closed(shape).books.values():
        for entry in day.entries:
            for depth, node in walk(entry.node):
                if isinstance(node.value, Series) and depth > 3:
                    assert DEEPER & {inner.op for _, inner in walk(entry.node)}, (entry.posting, depth)
                    assert depth <= 6, (entry.posting, depth)


@SAME
@given(knobs())
@settings(max_examples=max(3, EXAMPLES // 4))
def test_l4_every_formula_comes_out_on_a_pocket_calculator(shape: Knobs) -> None:
    """The numbers that `explain` prints for an amount, multiplied, rounded and added by themselves, are the amount in cents."""
    found = closed(shape)
    wrong, decimals = [], found.plant.settings.money_decimals
    for books in found.books.values():
        for address, formula in every_formula(books, found.plant):
            wrong += [*misprints(address, formula, decimals), *([f"{address}: no words"] if sentence_missing(formula) else [])]
    assert wrong == [], "\n".join(wrong[:20])
