"""What stands in for events: halts that are nobody's doing, charges for environment and safety (L3).

A halt by a cause that is not the crew's own costs the site what its unit declares an hour (`no_fault_rate`); a halt of which nobody says
why waits for its cause. A charge follows from the events of a kind, each in the shift in which it begins, or from the quantity
of an emission. Signs: a transfer is plus for the area, a charge counts against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shiftledger.acts.events import Event
from shiftledger.balance.nodes import Balance
from shiftledger.core.money import quantise, split
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector
from shiftledger.ledger.plan import HOUR_QUANTUM
from shiftledger.ledger.posting import SITE_FIXED, SITE_NO_FAULT, Posting
from shiftledger.ledger.postings import Entry, ShiftContext, amount_of, shared
from shiftledger.ledger.standards import total_node
from shiftledger.plant.crews import areas_of
from shiftledger.plant.model import UNCLASSED, valid_on
from shiftledger.plant.terms import Charge
from shiftledger.quantities.halts import hour_quanta
from shiftledger.quantities.hours import events_node


def transfer_entries(context: ShiftContext, area: str) -> list[Entry]:
    """The rows area -> site:no-fault of a shift, one a unit, cause and crew: hours of halts at the unit's rate. # L3, Q3"""
    entries: list[Entry] = []
    for key, time in sorted(context.quantities.units.items()):
        unit = context.plant.units[key]
        rate = unit.no_fault_rate
        if time.area != area or rate is None:
            continue
        causes = sorted({halt.cause for halt in time.halts if not halt.own and halt.cause != UNCLASSED})
        for cause in causes:
            halted = time.nodes[f"halt/{cause}"]
            args = (("quantum", HOUR_QUANTUM),)
            hours = Node(
                f"{key} halted: {cause}", hour_quanta(halted.value, **dict(args)), "quanta", "hour_quanta", args, (halted,), "L5"
            )
            leaf = Node(f"no_fault_rate of {key}", rate, "per unit", at=str(unit.at), clause="L3")
            how = (("quantum", HOUR_QUANTUM), ("decimals", context.decimals))
            cents = amount_of(hours.value, rate, quantum=HOUR_QUANTUM, decimals=context.decimals)
            node = Node(f"no fault: {key}, {cause}", cents, "cents", "amount_of", how, (hours, leaf), "L3")
            parts: dict[str, int] = {}
            for halt in time.halts:
                if halt.cause == cause:
                    parts[halt.crew] = parts.get(halt.crew, 0) + halt.span.length
            entries += _by_crew(
                context, f"area:{area}", SITE_NO_FAULT, f"{key}@{cause}", hours.value, rate, node, "transfer", parts
            )
    return entries


def charge_entries(context: ShiftContext, balance: Balance, areas: tuple[str, ...]) -> list[Entry]:
    """The rows outside:<party> (or site:fixed) -> area of a shift. # L3"""
    entries: list[Entry] = []
    for row in sorted(context.plant.charges, key=lambda row: (row.charge, row.event, row.stream)):
        if not valid_on(row, context.day):
            continue
        if row.stream:
            entries += _of_emission(context, balance, row)
        else:
            entries += [entry for area in areas for entry in _of_events(context, row, area)]
    return entries


def _of_emission(context: ShiftContext, balance: Balance, row: Charge) -> Iterator[Entry]:
    flow = balance.flows.get(row.stream)
    areas = areas_of(context.plant, flow.stream) if flow else ()
    if flow is None or flow.quantity.quanta is None or not areas:
        return
    material = context.plant.materials[flow.stream.material]
    leaf = Node(f"charge {row.charge}", row.amount, "per unit", at=str(row.at), clause="L3")
    how = (("quantum", material.quantum), ("decimals", context.decimals))
    cents = amount_of(flow.quantity.quanta, row.amount, quantum=material.quantum, decimals=context.decimals)
    node = Node(
        f"{row.charge}, {context.quantities.shift.id}", cents, "cents", "amount_of", how, (flow.quantity.node, leaf), "L3"
    )
    what = f"{flow.stream.material}@{row.charge}"
    yield from shared(context, flow, _payee(row), f"area:{areas[0]}", what, flow.quantity, node, "charge", "L3")


def _of_events(context: ShiftContext, row: Charge, area: str) -> Iterator[Entry]:
    """One row a crew: the events of the kind that began while it was on duty, each with who said so and on what evidence. # R5"""
    span, units = context.quantities.shift.span, context.plant.units
    begun = [
        event
        for event in context.quantities.events
        if event.kind == row.event
        and span.start <= event.start < span.end
        and (event.area == area or (event.unit in units and units[event.unit].area == area))
    ]
    crews: dict[str, list[Event]] = {}
    for event in begun:
        on_duty = [i.crew for i in context.crews[area] if i.span.start <= event.start < i.span.end]
        crews.setdefault("".join(on_duty), []).append(event)
    for crew, events in sorted(crews.items()):
        nodes = [_of_event(context, row, event) for event in events]
        node = total_node(f"{row.charge}, {context.quantities.shift.id}", nodes, clause="L3")
        yield _entry(context, crew, _payee(row), f"area:{area}", row.charge, len(events), row.amount, node.value, node, "charge")


def _of_event(context: ShiftContext, row: Charge, event: Event) -> Node:
    leaf = Node(f"charge {row.charge}", row.amount, "money", at=str(row.at), clause="L3")
    cents = event_charge(event, row.amount, decimals=context.decimals)
    args = (("decimals", context.decimals),)
    return Node(f"{row.charge} for {event.kind}", cents, "cents", "event_charge", args, (events_node(event), leaf), "L3")


def event_charge(event: Event, amount: Decimal, *, decimals: int) -> int:
    """What one event is charged, in cents, as an operation of a trace. # L3"""
    return quantise(amount, Decimal(1).scaleb(-decimals))


def _payee(row: Charge) -> str:
    return f"outside:{row.party}" if row.party else SITE_FIXED


def _by_crew(
    context: ShiftContext,
    source: str,
    target: str,
    what: str,
    qty: int,
    price: Decimal,
    node: Node,
    kind: str,
    parts: dict[str, int],
) -> Iterator[Entry]:
    """Hours and cents of a shift shared among the crews on duty, by largest remainder. # L5, T3"""
    crews = sorted(parts)
    weights = tuple(parts[crew] for crew in crews)
    for i, (crew, hours, cents) in enumerate(zip(crews, split(qty, weights), split(node.value, weights), strict=True)):
        own = node
        if len(crews) > 1:
            own = Node(
                f"{crew}'s part of the shift", cents, "cents", "share", (("weights", weights), ("index", i)), (node,), "L5"
            )
        yield _entry(context, crew, source, target, what, hours, price, cents, own, kind)


def _entry(
    context: ShiftContext,
    crew: str,
    source: str,
    target: str,
    what: str,
    qty: int,
    price: Decimal,
    cents: int,
    node: Node,
    kind: str,
) -> Entry:
    shift = context.quantities.shift.id
    errors: ErrorVector = {}
    row = Posting(context.day, shift, crew, context.month, source, target, what, qty, price, cents, kind, "measured", "L3")
    return Entry(row, node, errors)


OPERATIONS = (("event_charge", event_charge),)
