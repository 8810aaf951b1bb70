"""What was planned for a shift: budgeted output, hours and fixed charges (L4 Plan, L5 cumulative rounding)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from shiftledger.core.money import cents_to_decimal, cumulative, quantise, split
from shiftledger.core.trace import Node
from shiftledger.ledger.posting import SITE_FIXED, Posting
from shiftledger.ledger.postings import Entry, ShiftContext
from shiftledger.plant.model import Budget, valid_on
from shiftledger.plant.roster import CrewInterval, Shift, day_span, month_days

HOUR_QUANTUM = Decimal("0.0001")


def planned(context: ShiftContext, area: str, outputs: Sequence[str], hourly: Collection[str]) -> dict[str, Node] | None:
    """Planned quanta of each output of the area in this shift; None without a budget for every one of them (I8). # L4

    An output in `hourly` is the operating hour: its budget is the area's row of kind hours, in quanta of 0.0001 h.
    """
    plan: dict[str, Node] = {}
    for output in outputs:
        quantum = HOUR_QUANTUM if output in hourly else context.plant.materials[output].quantum
        rows = _rows(context, area, "hours", "") if output in hourly else _rows(context, area, "output", output)
        if not rows:
            return None
        nodes = [_part(context, row, quantum, f"Plan: {row.item}", "quanta") for row in rows]
        total = sum(node.value for node in nodes)
        plan[output] = nodes[0] if len(nodes) == 1 else Node(f"Plan: {output}", total, "quanta", "total", (), tuple(nodes), "L4")
    return plan


def fixed_entries(context: ShiftContext, area: str, cells: Sequence[tuple[Shift, tuple[CrewInterval, ...]]] = ()) -> list[Entry]:
    """Fixed charges at budget, by real hours, shared among crews by their hours: site:fixed -> area. # L3, L5

    `cells`: the cells that the area's shift is made of, if there are several, each with its crew intervals. The charge is the
    shift's; it is shared among them first, so that a substitute moves nothing from one cell to another.
    """
    entries = []
    shift = context.quantities.shift
    for row in _rows(context, area, "fixed", ""):
        charge = _part(context, row, Decimal(1).scaleb(-context.decimals), f"{row.item}, {shift.id}", "cents")
        parts = tuple(cells) or ((shift, context.crews[area]),)
        shares = _shared(charge, [(f"{cell.id}, part of {shift.id}", cell.span.length) for cell, _ in parts])
        for (cell, intervals), share in zip(parts, shares, strict=True):
            named = [(f"{one.crew or 'nobody'}'s part of the shift", one.span.length) for one in intervals]
            for interval, node in zip(intervals, _shared(share, named), strict=True):
                price = cents_to_decimal(node.value, context.decimals)
                target, day = f"area:{area}", context.day
                posting = Posting(
                    day, cell.id, interval.crew, context.month, SITE_FIXED, target, row.item, 1, price, node.value, "fixed", "allocated", "L5"
                )  # fmt: skip
                entries.append(Entry(posting, node))
    return entries


def _shared(whole: Node, parts: Sequence[tuple[str, int]]) -> list[Node]:
    """Cents shared among named parts by their length; one part has all. # L5"""
    weights = tuple(length for _, length in parts)
    if len(parts) == 1:
        return [whole]
    return [
        Node(label, cents, "cents", "share", (("weights", weights), ("index", i)), (whole,), "L5")
        for i, ((label, _), cents) in enumerate(zip(parts, split(whole.value, weights), strict=True))
    ]


def _rows(context: ShiftContext, area: str, kind: str, item: str) -> list[Budget]:
    """The rows that hold for the shift; of one item those that name the day go before others, then those that name the slot."""
    slot = context.quantities.shift.slot
    held = [
        row
        for row in context.plant.budget
        if row.area == area
        and row.kind == kind
        and (not item or row.item == item)
        and row.slot in ("", slot)
        and row.day in (None, context.day)
        and valid_on(row, context.day)
    ]
    nearest = {row.item: max((r.day is not None, bool(r.slot)) for r in held if r.item == row.item) for row in held}
    return [row for row in held if (row.day is not None, bool(row.slot)) == nearest[row.item]]


def _part(context: ShiftContext, row: Budget, quantum: Decimal, label: str, unit: str) -> Node:
    """The shift's part of a row of budget.csv, in quanta or cents, over the figure as it stands there. # I7"""
    before, until, span = _of_span(context, row)
    args: tuple[tuple[str, Any], ...] = (("quantum", quantum), ("before", before), ("until", until), ("span", span))
    leaf = Node(f"{row.item} per {row.per}", row.qty, f"per {row.per}", at=str(row.at), clause="L4")
    return Node(label, budget_part(row.qty, **dict(args)), unit, "budget_part", args, (leaf,), "L5", str(row.at))


def budget_part(qty: Decimal, *, quantum: Decimal, before: int, until: int, span: int) -> int:
    """What of an amount falls on [before, until) of its span, by cumulative rounding; an operation of a trace. # L5"""
    return cumulative(quantise(qty, quantum), before, until, span)


def _of_span(context: ShiftContext, row: Budget) -> tuple[int, int, int]:
    """Where the shift begins and ends in the period of a row, and that period's length: real time, or days for a slot. # L5"""
    shift = context.quantities.shift
    if row.per == "shift" or (row.slot and row.per == "day"):
        return 0, 1, 1
    if row.slot:
        days = month_days(context.plant, context.month)
        at = days.index(context.day)
        return at, at + 1, len(days)
    if row.per == "day":
        span = day_span(context.plant, context.day)
        start, end = span.start, span.end
    else:
        days = month_days(context.plant, context.month)
        start, end = day_span(context.plant, days[0]).start, day_span(context.plant, days[-1]).end
    return shift.span.start - start, shift.span.end - start, end - start


OPERATIONS = (("budget_part", budget_part),)
