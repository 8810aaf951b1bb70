"""The bridge of an area and shift: from Plan over Standard and Allowed to what was posted (L4).

Plan -(volume, mix, time)-> Standard -(conditions)-> Allowed -(yield, usage per input, off-spec, rework, without standard, quality, charge, no-fault,
state, handover, price)-> Actual, by chain substitution in this order on posted quantities and planned prices.
Every quantity of Plan, Standard and Allowed is rounded to the quantum too, so that each column multiplies out by hand.
Signs: what the area gives is plus, what it takes is minus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Issue
from shiftledger.core.trace import Node
from shiftledger.ledger.plan import HOUR_QUANTUM, planned
from shiftledger.ledger.postings import ShiftContext
from shiftledger.ledger.standards import (
    CONDITIONS,
    STATES,
    governing_standards,
    is_hourly,
    is_inherited,
    measured_outputs,
    operating_hours,
    standard_column,
    total_node,
)
from shiftledger.ledger.steps import BridgeLine, Column, Grade, at_planned_mix, between_items, step, variances
from shiftledger.plant.model import Standard
from shiftledger.quantities.halts import hour_quanta
from shiftledger.quantities.hours import hours_unit


@dataclass(frozen=True, slots=True)
class Bridge:
    """Columns that exist (an absent one is None, with the reason in words) and the steps between them; they sum to Actual."""

    plan: Column | None
    standard: Column | None
    allowed: Column | None
    lines: tuple[BridgeLine, ...]
    reasons: tuple[str, ...]
    issues: tuple[Issue, ...] = ()


def bridge(
    context: ShiftContext,
    area: str,
    balance: Balance,
    actual: Mapping[str, Node],
    price_node: Node | None,
    terms: Sequence[BridgeLine] = (),
    grades: Mapping[str, Grade] | None = None,
) -> Bridge:
    """The bridge of one area and shift; `actual` holds the signed cents of each item that the area gave or took. # L4

    `terms`: lines that standards know nothing of; `grades`: off-spec materials, by what was given and taken back. Standard is absent
    without standards or without a measured output; Plan without a budget (never zero). A condition that was not measured makes Allowed
    equal Standard for its rows, and says so.
    """
    rows = governing_standards(area, context)
    given = [*actual.values(), *(line.node for line in terms), *([price_node] if price_node else [])]
    actual_total = total_node(f"Actual, {area}", given)
    if not rows:
        return Bridge(None, None, None, (), ("no standards",))
    outputs = measured_outputs(context, area, balance, rows)
    if outputs is None:
        return Bridge(None, None, None, (), (_why_absent(context, area, rows),))
    issues: list[Issue] = []
    standard = standard_column(context, "Standard", rows, outputs, issues=issues)
    allowed = standard_column(context, "Allowed", rows, outputs, CONDITIONS, issues=issues)
    states = {row.condition for row in rows if is_inherited(context, row)}
    opened = standard_column(context, "Allowed at the opening state", rows, outputs, STATES, issues=issues) if states else allowed
    if standard is None or allowed is None or opened is None:
        return Bridge(None, None, None, (), ("no planned price for a standard item",), tuple(issues))
    hourly = {output for output in outputs if is_hourly(context.plant, rows, output)}
    plan_outputs = planned(context, area, sorted(outputs), hourly)
    plan = standard_column(context, "Plan", rows, plan_outputs, issues=[]) if plan_outputs is not None else None
    lines = []
    if plan is not None and plan_outputs is not None:
        lines += _volume(context, rows, outputs, plan_outputs, plan, standard)
    lines.append(step("conditions", "", allowed.node, standard.node))
    lines += variances(rows, opened, actual, grades)
    lines += terms
    lines += between_items("handover", [row.item for row in rows if row.condition in states], opened, allowed)
    if price_node is not None:
        lines.append(BridgeLine("price", "", price_node.value, price_node))
    reasons = ("no budget",) if plan is None else ()
    start = plan or standard
    assert start.total + sum(line.amount for line in lines) == actual_total.value, "the bridge must sum to Actual"
    return Bridge(plan, standard, allowed, tuple(lines), reasons, tuple(issues))


def _volume(
    context: ShiftContext,
    rows: Sequence[Standard],
    outputs: Mapping[str, Node],
    plan_outputs: Mapping[str, Node],
    plan: Column,
    standard: Column,
) -> list[BridgeLine]:
    """Plan -> Standard: the actual total at the planned mix, the actual mix, then hours; a step that does not apply is left out. # L4

    Hours that nobody's doing cost stand apart: first the hours that ran or could not, then those that ran.
    """
    hourly = {key for key in outputs if is_hourly(context.plant, rows, key)}
    products = [key for key in outputs if key not in hourly]
    mixed = at_planned_mix({k: outputs[k] for k in products}, {k: plan_outputs[k] for k in products}, context.plant.materials)
    available = {key: _with_no_fault(context, rows[0].area, outputs[key]) for key in hourly}
    stages: list[tuple[str, str, Mapping[str, Node] | None]] = [
        ("volume", "", {**plan_outputs, **mixed} if mixed is not None else None),
        ("volume" if mixed is None else "mix", "", {**plan_outputs, **{k: outputs[k] for k in products}} if products else None),
        ("time", "", {**outputs, **available} if hourly else None),
        ("time", "no-fault", outputs if any(available[key] is not outputs[key] for key in hourly) else None),
    ]
    taken_stages = [(name, item, amounts) for name, item, amounts in stages if amounts is not None]
    lines, before = [], plan
    for i, (name, item, amounts) in enumerate(taken_stages):
        last = i == len(taken_stages) - 1
        column = standard if last else standard_column(context, f"Plan, {name} as it was", rows, amounts, issues=[])
        if column is None:  # a planned price is missing: then Standard itself is absent
            continue
        lines.append(step(name, item, column.node, before.node))
        before = column
    return lines


def _with_no_fault(context: ShiftContext, area: str, hours: Node) -> Node:
    """The operating hours and those of halts that are not the crew's own: what it could have run. # Q3"""
    time = context.quantities.units.get(hours_unit(context.plant, area, context.day))
    if time is None or not time.no_fault:
        return hours
    causes = dict.fromkeys(halt.cause for halt in time.halts if not halt.own)
    parts = (time.nodes["running"], *(time.nodes[f"halt/{cause}"] for cause in causes))
    whole = Node("ran, or stood still by nobody's doing", sum(part.value for part in parts), "us", "added", (), parts, "Q3")
    args = (("quantum", HOUR_QUANTUM),)
    return Node(
        f"hours {area} could run", hour_quanta(whole.value, quantum=HOUR_QUANTUM), "quanta", "hour_quanta", args, (whole,), "L5"
    )


def _why_absent(context: ShiftContext, area: str, rows: Sequence[Standard]) -> str:
    """What the columns lack: hours, or an output."""
    hourly = any(is_hourly(context.plant, rows, row.output) for row in rows)
    return "hours absent" if hourly and operating_hours(context, area) is None else "output absent"
