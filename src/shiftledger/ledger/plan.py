"""What was planned for a shift: budgeted output, hours and fixed charges (L4 Plan, L5 cumulative rounding)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from shiftledger.core.money import cents_to_decimal, cumulative, quantise, split
from shiftledger.core.trace import Node
from shiftledger.ledger.posting import SITE_FIXED, Posting
from shiftledger.ledger.postings import Entry, ShiftContext
from shiftledger.plant.model import Budget, valid_on
from shiftledger.plant.roster import day_span, month_days

HOUR_QUANTUM = Decimal("0.0001")


def planned(context: ShiftContext, area: str, outputs: Sequence[str], hourly: bool) -> dict[str, Node] | None:
    """Planned quanta of each output of the area in this shift; None without a budget for every one of them (I8). # L4"""
    plan: dict[str, Node] = {}
    for output in outputs:
        material = context.plant.materials.get(output)
        kind = "output" if material is not None else "hours"
        quantum = material.quantum if material is not None else HOUR_QUANTUM
        rows = _rows(context, area, kind, output if kind == "output" else "")
        if not rows:
            return None
        nodes = [_part(context, row, quantum) for row in rows]
        total = sum(node.value for node in nodes)
        plan[output] = nodes[0] if len(nodes) == 1 else Node(f"Plan: {output}", total, "quanta", "total", (), tuple(nodes), "L4")
    return plan


def fixed_entries(context: ShiftContext, area: str) -> list[Entry]:
    """Fixed charges at budget, by real hours, shared among crews by their hours: site:fixed -> area. # L3, L5"""
    entries = []
    shift = context.quantities.shift
    for row in _rows(context, area, "fixed", ""):
        cents = _cents(context, row)
        intervals = context.crews[area]
        parts = split(cents, [interval.span.length for interval in intervals])
        for interval, part in zip(intervals, parts, strict=True):
            price = cents_to_decimal(part, context.decimals)
            posting = Posting(
                context.day,
                shift.id,
                interval.crew,
                context.month,
                SITE_FIXED,
                f"area:{area}",
                row.item,
                1,
                price,
                part,
                "fixed",
                "allocated",
                "L5",
            )
            node = Node(
                f"{row.item}: {interval.crew or 'nobody'}'s part of {row.qty} per {row.per}",
                part,
                "cents",
                clause="L5",
                at=str(row.at),
            )
            entries.append(Entry(posting, node))
    return entries


def _rows(context: ShiftContext, area: str, kind: str, item: str) -> list[Budget]:
    slot = context.quantities.shift.slot
    return [
        row
        for row in context.plant.budget
        if row.area == area
        and row.kind == kind
        and (not item or row.item == item)
        and row.slot in ("", slot)
        and row.day in (None, context.day)
        and valid_on(row, context.day)
    ]


def _part(context: ShiftContext, row: Budget, quantum: Decimal) -> Node:
    whole = quantise(row.qty, quantum)
    quanta = _of_span(context, row, whole)
    return Node(f"Plan: {row.item} ({row.qty} per {row.per})", quanta, "quanta", clause="L4", at=str(row.at))


def _cents(context: ShiftContext, row: Budget) -> int:
    return _of_span(context, row, quantise(row.qty, Decimal(1).scaleb(-context.decimals)))


def _of_span(context: ShiftContext, row: Budget, whole: int) -> int:
    """The shift's part of an amount per day or month, by cumulative rounding over real hours. # L5"""
    shift = context.quantities.shift
    if row.per == "shift":
        return whole
    if row.slot and row.per == "day":
        return whole
    if row.slot:
        days = month_days(context.plant, context.month)
        at = days.index(context.day)
        return cumulative(whole, at, at + 1, len(days))
    if row.per == "day":
        span = day_span(context.plant, context.day)
        start, end = span.start, span.end
    else:
        days = month_days(context.plant, context.month)
        start, end = day_span(context.plant, days[0]).start, day_span(context.plant, days[-1]).end
    return cumulative(whole, shift.span.start - start, shift.span.end - start, end - start)
