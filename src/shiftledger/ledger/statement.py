"""The statement of one area and shift: what it gave and took, its value V, the four columns and the bridge (L3, L4).

A statement holds no wording: names and sentences are made in `render`. Everything in it is integers, decimals and floats in
canonical form, so that it can be stored, hashed and read again without the plant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Outcome, ordered
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine, standard_uncertainty
from shiftledger.indicators.figures import Figure, figures
from shiftledger.ledger.bridge import Bridge, bridge
from shiftledger.ledger.grades import grades_of
from shiftledger.ledger.lines import ONE_BY_ONE, counted, state_lines
from shiftledger.ledger.lines import Line as Line
from shiftledger.ledger.posting import weaker
from shiftledger.ledger.postings import Entry, ShiftContext, amount_node, taken
from shiftledger.ledger.potentials import states_of
from shiftledger.ledger.standards import condition_quantum, condition_value, governing_standards, total_node
from shiftledger.ledger.steps import Column
from shiftledger.ledger.terms import is_term, term_lines, term_of, unknown_terms
from shiftledger.plant.model import CAUSES, UNCLASSED
from shiftledger.plant.unit_names import figure_unit, unit_figure
from shiftledger.quantities.decisions import Decision
from shiftledger.quantities.states import key_of

GIVEN = 1
TAKEN = -1
LineKey = tuple[int, str, str, str]


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
class HourLine:
    """How long (microseconds) a unit ran (`what` running), stood still by a cause, or is unknown; `count`: starts, or halts of the cause.

    `time` and `count` are None where nothing is known; `own` marks a cause that is the crew's.
    """

    unit: str
    what: str
    time: int | None
    count: int | None
    own: bool
    marks: tuple[str, ...] = ()


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
    absent: tuple[str, ...]  # streams of which nothing is known, stocks without a boundary value
    partial: tuple[str, ...]  # streams that are known for a part of the shift only
    marks: tuple[str, ...]
    hours: tuple[HourLine, ...] = ()

    @property
    def complete(self) -> bool:
        """False if V lacks something that is not known: then it is compared with nothing (I6, I8)."""
        return not self.absent and not self.partial


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """What explains a statement: its value, items, columns and steps as trees."""

    value: Node
    items: Mapping[str, Node]
    bridge: Bridge
    figures: Mapping[str, Node] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()  # about its indicators


def make_statement(
    context: ShiftContext, area: str, balance: Balance, entries: Sequence[Entry], known_until: int | None = None
) -> Outcome[tuple[Statement, StatementTrace]]:
    """Statement of an area from the rows that count for it (late true-ups among them, prior-period rows not). # L3, L6

    `known_until`: the instant from which the lab cutoff counts, if it is not the shift's end (us).

    The stocks that the area holds are consolidated: flows between them and the area are internal, what others put in or take out
    counts, and so does the change of the stock at planned price. The value is the same as that of the area's account alone.
    """
    account, plant, shift = f"area:{area}", context.plant, context.quantities.shift
    held = tuple(stock for stock in context.index.held[area] if stock in balance.residuals)
    inside = {account, *(f"stock:{stock}" for stock in held), *(key_of(row.id) for row in states_of(plant, area, shift.day))}
    own = [e for e in entries if (e.posting.source in inside) != (e.posting.target in inside) and not _between_days(e)]
    items, price_node = _items(own, inside)
    changes = {stock: _stock_change(context, stock) for stock in held}
    for stock, change in changes.items():
        material = plant.stocks[stock].material
        items[material] = total_node(material, [*([items[material]] if material in items else []), change])
    charges = {what: node for what, node in items.items() if what.startswith("fixed:")}
    terms = term_lines(items)
    flows = {what: node for what, node in items.items() if what not in charges and not is_term(what)}
    absent, partial = _unknown(context, area, balance)
    grades = grades_of(plant, own, inside, [(plant.stocks[stock].material, change) for stock, change in changes.items()])
    found = _with_charges(bridge(context, area, balance, flows, price_node, terms, grades), list(charges.values()))
    if absent:
        found = replace(found, lines=(), reasons=(*found.reasons, "flow absent"))
    value = total_node(f"V, {area}, {shift.id}", [*items.values(), *([price_node] if price_node else [])])
    indicators, issues, decisions = figures(plant, area, context.quantities, balance)
    own_accounts = {account, *(one for one in inside if one.startswith("state:"))}
    of_account = [e for e in entries if (e.posting.source in own_accounts) != (e.posting.target in own_accounts)]
    statement = Statement(
        day=shift.day.isoformat(),
        shift=shift.id,
        area=area,
        crews=tuple(dict.fromkeys(interval.crew for interval in context.crews[area])),
        synthetic=plant.rotations[plant.areas[area].rotation].synthetic,
        month=context.month,
        start=shift.span.start,
        end=shift.span.end,
        provisional_until=(shift.span.end if known_until is None else known_until) + plant.settings.lab_cutoff,
        value=value.value,
        sigma=standard_uncertainty(combine((1 if e.posting.source in own_accounts else -1, e.errors) for e in of_account)),
        lines=(*_lines(context, area, inside, own, balance), *_stock_lines(context, changes), *state_lines(context, area)),
        plan=found.plan.total if found.plan else None,
        standard=found.standard.total if found.standard else None,
        allowed=found.allowed.total if found.allowed else None,
        steps=tuple(Step(line.name, line.item, line.amount) for line in found.lines),
        reasons=found.reasons,
        conditions=_conditions(context, area),
        stocks=_stocks(context, area, balance),
        figures=tuple(line for line, _ in indicators),
        absent=absent,
        partial=partial,
        marks=tuple(sorted({mark for row in context.index.streams[area] for mark in _marks(balance, row.id)})),
        hours=_hours(context, area),
    )
    trace = StatementTrace(value, items, found, {line.id: node for line, node in indicators}, decisions)
    return Outcome((statement, trace), ordered([*found.issues, *issues]))


def _between_days(entry: Entry) -> bool:
    """True of a revaluation: it stands between two days and is no shift's doing. # L3"""
    return entry.posting.kind == "revaluation" or entry.posting.what.endswith(":revaluation")


def _items(own: Sequence[Entry], inside: Collection[str]) -> tuple[dict[str, Node], Node | None]:
    """Signed cents of each thing, and of the price differences, with their terms; late results count as what they correct."""
    nodes: dict[str, list[Node]] = {}
    price_nodes: list[Node] = []
    for entry in own:
        row = entry.posting
        signed = entry.node if row.source in inside else taken(entry.node)
        if row.kind == "price" or row.what.endswith(":price"):
            price_nodes.append(signed)
        elif row.kind == "fixed" or row.what.endswith(":fixed"):
            nodes.setdefault(f"fixed:{row.what.removesuffix(':fixed')}", []).append(signed)
        elif term := term_of(row):
            nodes.setdefault(term, []).append(signed)
        else:
            nodes.setdefault(row.what.partition(":")[0], []).append(signed)
    items = {what: found[0] if len(found) == 1 else total_node(what, found) for what, found in sorted(nodes.items())}
    return items, total_node("price", price_nodes) if price_nodes else None


def _stock_change(context: ShiftContext, stock: str) -> Node:
    """Closing less opening of a held stock, each at its rounded value. # L3"""
    material = context.plant.materials[context.plant.stocks[stock].material]
    price = context.price(material.id)
    assert price is not None  # a stock with a residual has been valued
    ends = (context.quantities.closing[stock], context.quantities.opening[stock])
    values = [amount_node(f"value of {stock}", end.node, price, material, context.decimals) for end in ends]
    cents = values[0].value - values[1].value
    return Node(f"change of {stock}", cents, "cents", "combined_of", (("signs", (1, -1)),), tuple(values), "L3")


def _stock_lines(context: ShiftContext, changes: Mapping[str, Node]) -> tuple[Line, ...]:
    lines = []
    for stock, change in changes.items():
        material = context.plant.materials[context.plant.stocks[stock].material]
        price = context.price(material.id)
        opening, closing = context.quantities.opening[stock], context.quantities.closing[stock]
        if price is None or opening.quanta is None or closing.quanta is None:
            continue
        qty = closing.quanta - opening.quanta
        marks = tuple(sorted({*opening.marks, *closing.marks} - {"rolled"}))
        lines.append(
            Line(
                material.id,
                f"stock:{stock}",
                GIVEN,
                qty,
                material.quantum,
                material.unit,
                price.price,
                change.value,
                "change",
                "measured",
                marks,
            )
        )
    return tuple(lines)


def _unknown(context: ShiftContext, area: str, balance: Balance) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Streams and held stocks of which V lacks the figure, and streams that are covered in part. # I8"""
    streams = [row.id for row in context.index.streams[area]]
    stocks = [stock for stock in context.index.held[area] if stock not in balance.residuals]
    absent = [key for key in streams if key in balance.absent]
    waiting = unknown_terms(context, area, balance)
    return (*absent, *stocks), (*(key for key in streams if "partial" in _marks(balance, key)), *waiting)


def _marks(balance: Balance, stream: str) -> tuple[str, ...]:
    flow = balance.flows.get(stream)
    return flow.quantity.marks if flow else ()


def _with_charges(found: Bridge, charges: Sequence[Node]) -> Bridge:
    """The columns with the area's charges: a charge is posted at budget, so it is the same in all four. # L3, L4"""

    def charged(column: Column | None) -> Column | None:
        if column is None or not charges:
            return column
        node = total_node(column.node.label, [*column.node.children, *charges], clause="L4")
        return replace(column, total=node.value, node=node)

    return replace(found, plan=charged(found.plan), standard=charged(found.standard), allowed=charged(found.allowed))


def _lines(context: ShiftContext, area: str, inside: Collection[str], own: Sequence[Entry], balance: Balance) -> tuple[Line, ...]:
    """One line per thing, other end and kind; crews added up, then the cells of the shift."""
    marks: dict[tuple[str, str, str], set[str]] = {}  # by thing and both ends: what is said of one stream holds for no other
    for stream in context.index.streams[area]:
        ends = context.plant.account_of(stream.source), context.plant.account_of(stream.target)
        marks.setdefault((stream.material, *ends), set()).update(_marks(balance, stream.id))
    totals: dict[tuple[LineKey, str], Line] = {}
    for cell in dict.fromkeys(entry.posting.shift for entry in own):
        for key, line in _cell_lines(context, inside, [e for e in own if e.posting.shift == cell], marks).items():
            at = (key, "" if line.kind == "fixed" else f"{line.price}")  # a premium has its own price in each cell
            totals[at] = _added(totals[at], line) if at in totals else line
    return tuple(totals[at] for at in sorted(totals))


def _added(have: Line, line: Line) -> Line:
    """The same line of the shift's next cell; of two statuses the weaker, of a charge the amounts only."""
    charge = have.kind == "fixed"
    return replace(
        have,
        qty=have.qty if charge else have.qty + line.qty,
        price=have.price + line.price if charge else have.price,
        amount=have.amount + line.amount,
        status=weaker(have.status, line.status),
    )


def _cell_lines(
    context: ShiftContext, inside: Collection[str], own: Sequence[Entry], marks: Mapping[tuple[str, str, str], Collection[str]]
) -> dict[LineKey, Line]:
    """The lines of one cell."""
    totals: dict[LineKey, Line] = {}
    for row in (entry.posting for entry in own if not term_of(entry.posting).startswith("state:")):
        sign = GIVEN if row.source in inside else TAKEN
        other = row.target if sign > 0 else row.source
        key = (-sign, row.kind, row.what, other)
        material = context.plant.materials.get(row.what.partition("@")[0].partition(":")[0])
        have = totals.get(key)
        totals[key] = Line(
            row.what,
            other,
            sign,
            row.qty + (have.qty if have and row.kind != "fixed" else 0),
            *(ONE_BY_ONE if row.kind == "fixed" else counted(context.plant, row, material)),
            row.price,
            sign * row.amount + (have.amount if have else 0),
            row.kind,
            row.status,
            tuple(sorted({*(have.marks if have else ()), *marks.get((row.what, row.source, row.target), ())})),
        )
    return totals


def _hours(context: ShiftContext, area: str) -> tuple[HourLine, ...]:
    """Each unit of the area of which something is known: that it ran, its halts by cause in the order of the list. # Q3"""
    lines: list[HourLine] = []
    for key, unit in sorted(context.quantities.units.items()):
        if unit.area != area:
            continue
        lines.append(HourLine(key, "running", unit.running, unit.starts, False, unit.marks))
        for cause in (*CAUSES, UNCLASSED):
            halts = [halt for halt in unit.halts if halt.cause == cause]
            begun = sum(i == 0 or halts[i - 1].span.end != halt.span.start for i, halt in enumerate(halts))
            if halts:
                lines.append(HourLine(key, cause, unit.halted_by(cause), begun, halts[0].own))
        if unit.unknown and unit.running is not None:
            lines.append(HourLine(key, "unknown", unit.unknown, None, False))
    return tuple(lines)


def _conditions(context: ShiftContext, area: str) -> tuple[ConditionLine, ...]:
    lines = []
    names = {r.condition: r.reference for r in governing_standards(area, context) if r.condition}
    for name in sorted(names):
        found = condition_value(area, name, context)
        meter = context.index.conditions.get((area, name))
        unit, quantum = (
            meter.unit if meter else figure_unit(name) if unit_figure(name) else "",
            condition_quantum(area, name, context),
        )
        lines.append(
            ConditionLine(name, found.quanta if found else None, quantum, unit, names[name], found.marks if found else ())
        )
    return tuple(lines)


def _stocks(context: ShiftContext, area: str, balance: Balance) -> tuple[StockLine, ...]:
    lines = []
    for stock in context.index.stocks[area]:
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
