"""The hours and starts of a unit as numbers for formulas and standards (Q3, N1); their names are those of `plant.unit_names`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from shiftledger.core.trace import Node
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.unit_names import STARTS, figure_unit, unit_figure
from shiftledger.quantities.halts import as_hours
from shiftledger.quantities.quantity import Quantity, UnitTime
from shiftledger.quantities.streams import posted

QUANTUM = Decimal("0.001")  # in which a condition of hours or starts is posted


def figure_node(name: str, units: Mapping[str, UnitTime]) -> Node:
    """The figure as a number (hours, or starts) with its trace; absent where nothing is known of the unit. # I8, I7"""
    found = unit_figure(name)
    time = units.get(found[1]) if found else None
    if found is None or time is None or time.running is None:
        return Node(name, None, figure_unit(name), clause="I8")
    node = time.nodes.get(found[0]) or Node(f"{name}: no such halt", 0, "us", clause="Q3")
    if found[0] == STARTS:
        return node
    return Node(name, as_hours(node.value), "h", "as_hours", (), (node,), "Q3", node.at)


def unit_conditions(plant: Plant, day: date, units: Mapping[str, UnitTime]) -> dict[tuple[str, str], Quantity]:
    """The conditions of standards that name hours or starts of a unit, by (area, name). # Q3, L4

    A unit of which a part of the shift is not known gives no condition: Allowed would rest on half of it.
    """
    named = {(r.area, r.condition) for r in plant.standards if unit_figure(r.condition) and valid_on(r, day)}
    found = {}
    for area, name in sorted(named):
        figure = unit_figure(name)
        time = units.get(figure[1]) if figure else None
        node = figure_node(name, units)
        if time is None or time.unknown or node.value is None:
            absent = Node(f"{name} of {area}", None, figure_unit(name), clause="I8")
            found[area, name] = Quantity(None, None, 0.0, absent, "provisional", ("absent",))
            continue
        value = float(node.value)
        quanta = posted(value, quantum=QUANTUM)
        whole = Node(
            f"{name} of {area}",
            quanta,
            f"{QUANTUM} {figure_unit(name)}",
            "posted",
            (("quantum", QUANTUM),),
            (as_float(node),),
            "L5",
        )
        found[area, name] = Quantity(value, quanta, 1.0, whole, marks=time.marks)
    return found


def as_float(node: Node) -> Node:
    """A count as a number of physics, so that it is rounded to its quantum like any other."""
    if isinstance(node.value, float):
        return node
    return Node(node.label, float(node.value), node.unit, "number", (), (node,), node.clause, node.at)


def number(count: int) -> float:
    """A whole number as a number of physics; an operation of a trace."""
    return float(count)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("number", number),)
