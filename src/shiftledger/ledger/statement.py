"""The statement of one area and shift: what it gave and took, its value V, the four columns and the bridge (L3, L4).

A statement holds no wording: names and sentences are made in `render`. Everything in it is integers, decimals and floats in
canonical form, so that it can be stored, hashed and read again without the plant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Outcome, ordered
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine, standard_uncertainty
from shiftledger.indicators.figures import Figure, figures
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.postings import Entry, ShiftContext, taken
from shiftledger.ledger.standards import Bridge, Column, bridge, condition_quantum, governing_standards, total_node

GIVEN = 1
TAKEN = -1


@dataclass(frozen=True, slots=True)
class Line:
    """What the area gave or took of one thing: signed cents, unsigned sense of `qty` as posted (negative where it ran backwards)."""

    what: str
    other: str  # the account at the other end
    sign: int
    qty: int
    quantum: Decimal
    unit: str
    price: Decimal
    amount: int
    kind: str
    status: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the bridge without its trace."""

    name: str
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class StockLine:
    """A stock that the area touches: posted boundary values, and what its node did not explain."""

    stock: str
    held_by: str
    unit: str
    quantum: Decimal
    opening: int | None
    closing: int | None
    opening_marks: tuple[str, ...]
    closing_marks: tuple[str, ...]
    residual: int | None
    z: float | None


@dataclass(frozen=True, slots=True)
class ConditionLine:
    name: str
    value: int | None
    quantum: Decimal
    unit: str
    reference: Decimal | None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """(area, shift): `value` is V in cents, `sigma` its standard uncertainty in currency; None columns are absent, with reasons."""

    day: str
    shift: str
    area: str
    crews: tuple[str, ...]
    synthetic: bool
    month: str
    start: int
    end: int
    provisional_until: int
    value: int
    sigma: float
    lines: tuple[Line, ...]
    plan: int | None
    standard: int | None
    allowed: int | None
    steps: tuple[Step, ...]
    reasons: tuple[str, ...]
    conditions: tuple[ConditionLine, ...]
    stocks: tuple[StockLine, ...]
    figures: tuple[Figure, ...]
    absent: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """What explains a statement: its value, items, columns and steps as trees."""

    value: Node
    items: Mapping[str, Node]
    bridge: Bridge
    figures: Mapping[str, Node] = field(default_factory=dict)


def make_statement(
    context: ShiftContext, area: str, balance: Balance, entries: Sequence[Entry]
) -> Outcome[tuple[Statement, StatementTrace]]:
    """Statement of an area from the rows that count for it (late true-ups among them, prior-period rows not). # L3, L6"""
    account = f"area:{area}"
    own = [e for e in entries if account in (e.posting.source, e.posting.target) and e.posting.source != e.posting.target]
    nodes: dict[str, list[Node]] = {}
    price_nodes: list[Node] = []
    for entry in own:
        signed = entry.node if entry.posting.source == account else taken(entry.node)
        if entry.posting.kind == "price":
            price_nodes.append(signed)
        elif entry.posting.kind == "fixed":
            nodes.setdefault(f"fixed:{entry.posting.what}", []).append(signed)
        else:
            nodes.setdefault(entry.posting.what, []).append(signed)
    items = {what: found[0] if len(found) == 1 else total_node(what, found) for what, found in sorted(nodes.items())}
    price_node = total_node("price", price_nodes) if price_nodes else None
    charges = {what: node for what, node in items.items() if what.startswith("fixed:")}
    flows = {what: node for what, node in items.items() if what not in charges}
    found = _with_charges(bridge(context, area, balance, flows, price_node), list(charges.values()))
    value = total_node(f"V, {area}, {context.quantities.shift.id}", [*items.values(), *price_nodes])
    plant, shift = context.plant, context.quantities.shift
    indicators, issues = figures(plant, area, context.quantities, balance)
    sigma = standard_uncertainty(combine((1 if e.posting.source == account else -1, e.errors) for e in own))
    statement = Statement(
        day=shift.day.isoformat(),
        shift=shift.id,
        area=area,
        crews=tuple(dict.fromkeys(interval.crew for interval in context.crews[area])),
        synthetic=plant.rotations[plant.areas[area].rotation].synthetic,
        month=context.month,
        start=shift.span.start,
        end=shift.span.end,
        provisional_until=shift.span.end + plant.settings.lab_cutoff,
        value=value.value,
        sigma=sigma,
        lines=_lines(context, account, [e.posting for e in own], balance),
        plan=found.plan.total if found.plan else None,
        standard=found.standard.total if found.standard else None,
        allowed=found.allowed.total if found.allowed else None,
        steps=tuple(Step(line.name, line.item, line.amount) for line in found.lines),
        reasons=found.reasons,
        conditions=_conditions(context, area),
        stocks=_stocks(context, area, balance),
        figures=tuple(line for line, _ in indicators),
        absent=tuple(key for key in balance.absent if _touches(context, key, area)),
        marks=tuple(
            sorted(
                {
                    mark
                    for line in balance.flows.values()
                    if _touches(context, line.stream.id, area)
                    for mark in line.quantity.marks
                }
            )
        ),
    )
    trace = StatementTrace(value, items, found, {line.id: node for line, node in indicators})
    return Outcome((statement, trace), ordered([*found.issues, *issues]))


def _with_charges(found: Bridge, charges: Sequence[Node]) -> Bridge:
    """The columns with the area's charges: a charge is posted at budget, so it is the same in all four. # L3, L4"""

    def charged(column: Column | None) -> Column | None:
        if column is None or not charges:
            return column
        node = total_node(column.node.label, [*column.node.children, *charges], clause="L4")
        return replace(column, total=node.value, node=node)

    return replace(found, plan=charged(found.plan), standard=charged(found.standard), allowed=charged(found.allowed))


def _touches(context: ShiftContext, stream: str, area: str) -> bool:
    row = context.plant.streams[stream]
    return any(end in context.plant.units and context.plant.units[end].area == area for end in (row.source, row.target))


def _lines(context: ShiftContext, account: str, rows: Sequence[Posting], balance: Balance) -> tuple[Line, ...]:
    """One line per thing, other end and kind; crews added up."""
    totals: dict[tuple[int, str, str, str], Line] = {}
    for row in rows:
        sign = GIVEN if row.source == account else TAKEN
        other = row.target if sign > 0 else row.source
        key = (-sign, row.kind, row.what, other)
        material = context.plant.materials.get(row.what.partition("@")[0].partition(":")[0])
        marks = sorted(
            {
                m
                for f in balance.flows.values()
                if f.stream.material == row.what and _touches(context, f.stream.id, account[5:])
                for m in f.quantity.marks
            }
        )
        have = totals.get(key)
        totals[key] = Line(
            row.what,
            other,
            sign,
            row.qty + (have.qty if have and row.kind != "fixed" else 0),
            material.quantum if material and row.kind != "fixed" else Decimal(1),
            material.unit if material and row.kind != "fixed" else "",
            row.price,
            sign * row.amount + (have.amount if have else 0),
            row.kind,
            row.status,
            tuple(marks),
        )
    return tuple(totals[key] for key in sorted(totals))


def _conditions(context: ShiftContext, area: str) -> tuple[ConditionLine, ...]:
    lines = []
    names = {r.condition: r.reference for r in governing_standards(context.plant, area, context) if r.condition}
    for name in sorted(names):
        found = context.quantities.conditions.get((area, name))
        unit = next((m.unit for m in context.plant.meters if name in (m.state, m.component)), "")
        quantum = condition_quantum(context.plant, area, name, context)
        lines.append(
            ConditionLine(name, found.quanta if found else None, quantum, unit, names[name], found.marks if found else ())
        )
    return tuple(lines)


def _stocks(context: ShiftContext, area: str, balance: Balance) -> tuple[StockLine, ...]:
    lines = []
    for stock in sorted(context.plant.stocks.values(), key=lambda s: s.id):
        near = any(stock.id in (s.source, s.target) and _touches(context, k, area) for k, s in context.plant.streams.items())
        if not near and stock.held_by != area:
            continue
        opening, closing = context.quantities.opening.get(stock.id), context.quantities.closing.get(stock.id)
        residual = balance.residuals.get(stock.id)
        material = context.plant.materials[stock.material]
        lines.append(
            StockLine(
                stock.id,
                stock.held_by,
                material.unit,
                material.quantum,
                opening.quanta if opening else None,
                closing.quanta if closing else None,
                opening.marks if opening else (),
                closing.marks if closing else (),
                residual.quanta if residual else None,
                residual.z if residual else None,
            )
        )
    return tuple(lines)
