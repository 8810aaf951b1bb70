"""What an area's output may cost: the standards of a shift as columns of quantities and cents (L4).

Every quantity of Plan, Standard and Allowed is rounded to the quantum too, so that each column multiplies out by hand. Signs: what
the area gives is plus, what it takes is minus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Issue
from shiftledger.core.money import EXACT, quantise, to_decimal
from shiftledger.core.period import HOUR
from shiftledger.core.trace import Node
from shiftledger.ledger.codes import L005
from shiftledger.ledger.plan import HOUR_QUANTUM
from shiftledger.ledger.plan import OPERATIONS as PLAN_OPERATIONS
from shiftledger.ledger.postings import ShiftContext, amount_node, taken
from shiftledger.ledger.steps import OPERATIONS as STEP_OPERATIONS
from shiftledger.ledger.steps import Column
from shiftledger.plant.crews import areas_of
from shiftledger.plant.grades import limit_of
from shiftledger.plant.model import Material, Plant, Standard, Stream, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities.halts import hour_quanta
from shiftledger.quantities.hours import hours_unit
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.states import grain, key_of

HOURS = "hours"
# What a column takes into account beside its outputs: nothing, the conditions of the shift, and the states that it opened with. # L4
CONDITIONS, STATES = 1, 2


def is_inherited(context: ShiftContext, row: Standard) -> bool:
    """Whether a slope is by a state of the area's own crews: its opening value is taken over, what it changes by is their doing. # L3, E3"""
    state = context.plant.states.get(row.condition)
    return state is not None and state.area == row.area and valid_on(state, context.day)


def governing_standards(area: str, context: ShiftContext) -> tuple[Standard, ...]:
    """Rows that hold for the area on this day and slot, in canonical order; a row for the slot goes before one for all slots."""
    slot = context.quantities.shift.slot
    chosen: dict[tuple[str, ...], Standard] = {}
    for row in context.index.standards.get(area, ()):
        key = (row.output, row.item, row.basis, row.condition)
        if row.slot == slot or (not row.slot and key not in chosen):
            chosen[key] = row
    return tuple(sorted(chosen.values(), key=lambda r: (r.output, r.basis != "yield", r.item, r.condition)))


def measured_outputs(context: ShiftContext, area: str, balance: Balance, rows: Sequence[Standard]) -> dict[str, Node] | None:
    """Quanta of each output that left the area's units (net of what came back), by material; the operating hour for `hours` rows.

    None if one of them is absent (I8).
    """
    outputs: dict[str, Node] = {}
    for output in sorted({row.output for row in rows}):
        if is_hourly(context.plant, rows, output):
            operating = operating_hours(context, area)
            if operating is None:
                return None
            outputs[output] = operating
            continue
        terms: list[tuple[int, Quantity]] = []
        for row in context.index.streams[area]:
            given, taken = _in_area(context.plant, row.source, area), _in_area(context.plant, row.target, area)
            if given == taken:
                continue
            sign = 1 if given else -1
            if row.material == output:
                if row.id not in balance.flows:
                    return None
                terms.append((sign, balance.flows[row.id].quantity))
            terms += [(sign * by, off) for by, off in _regraded(context, row, output)]
        if not terms:
            return None
        signs = tuple(sign for sign, _ in terms)
        quanta = sum(sign * (q.quanta or 0) for sign, q in terms)
        args = (("signs", signs),)
        outputs[output] = Node(
            f"{output} given by {area}", quanta, "quanta", "combined_of", args, tuple(q.node for _, q in terms), "L4"
        )
    return outputs


def _regraded(context: ShiftContext, row: Stream, output: str) -> Iterator[tuple[int, Quantity]]:
    """What of a stream is less of this output, or more, since the laboratory called it off-spec. # L4"""
    off = context.quantities.offspec.get(row.id)
    limit = limit_of(context.plant, row.material, context.day)
    if off is not None and off.quanta and limit is not None and output in (row.material, limit.material):
        yield (-1 if output == row.material else 1), off


def is_hourly(plant: Plant, rows: Sequence[Standard], output: str) -> bool:
    """Whether the output is the operating hour: all its standards count by the hour. # FORMATS, "standards.csv" """
    return output not in plant.materials or all(row.basis == HOURS for row in rows if row.output == output)


def _in_area(plant: Plant, node: str, area: str) -> bool:
    return node in plant.units and plant.units[node].area == area


def operating_hours(context: ShiftContext, area: str) -> Node | None:
    """Quanta of 0.0001 h in which the area ran: those of the unit that tells its hours, else all hours of the shift. # Q3

    None if it is not known of the whole shift whether that unit ran (I8): a standard for a part of it would charge the rest.
    """
    shift = context.quantities.shift
    unit = hours_unit(context.plant, area, shift.day)
    time = context.quantities.units.get(unit)
    args = (("quantum", HOUR_QUANTUM),)
    if time is not None:
        node = time.nodes["running"]
        if time.unknown or node.value is None:
            return None
        return Node(
            f"operating hours of {area}",
            hour_quanta(node.value, quantum=HOUR_QUANTUM),
            "quanta",
            "hour_quanta",
            args,
            (node,),
            "L5",
        )
    quanta = quantise(Decimal(shift.span.length) / Decimal(HOUR), HOUR_QUANTUM)
    return Node(f"hours of {shift.id}", quanta, "quanta", clause="T2")


def standard_column(
    context: ShiftContext,
    name: str,
    rows: Sequence[Standard],
    outputs: Mapping[str, Node],
    slopes: int = 0,
    *,
    issues: list[Issue],
) -> Column | None:
    """Outputs at planned price less what the standards ask for them under `slopes`. None if a planned price is missing."""
    plant = context.plant
    items: dict[str, Node] = {}
    for output, quanta in outputs.items():
        material = plant.materials.get(output)
        if material is None or is_hourly(plant, rows, output):  # an hour drives the standards; nothing is posted for it
            continue
        priced = _valued(context, f"{name}: {output}", material, quanta, 1)
        if priced is None:
            return None
        items[output] = priced
    quantities: dict[str, list[Node]] = {}
    for row in rows:
        if not row.condition:
            node = standard_quantity(context, name, row, rows, outputs[row.output], slopes, issues=issues)
            quantities.setdefault(row.item, []).append(node)
    for item, nodes in sorted(quantities.items()):
        material = plant.materials[item]
        node = nodes[0] if len(nodes) == 1 else total_node(f"{name}: {item}", nodes, "quanta")
        credit = any(row.item == item and not row.condition and row.value < 0 for row in rows)
        priced = _valued(context, f"{name}: {item}", material, node, -1 if credit else item_sign(rows[0].area, item, context))
        if priced is None:
            return None
        if item in items:
            priced = total_node(f"{name}: {item}", [items[item], priced])
        items[item] = priced
    total = total_node(f"{name}, {rows[0].area}, {context.quantities.shift.id}", list(items.values()), clause="L4")
    return Column(total.value, items, total)


def item_sign(area: str, item: str, context: ShiftContext) -> int:
    """+1 for an item that the area only gives (a by-product), -1 for one that it takes."""
    ends = [
        (_in_area(context.plant, row.source, area), _in_area(context.plant, row.target, area))
        for row in context.index.streams[area]
        if row.material == item
    ]
    return (
        1 if ends and all(given and not taken for given, taken in ends if given != taken) and any(g != t for g, t in ends) else -1
    )


def _valued(context: ShiftContext, label: str, material: Material, quanta: Node, sign: int) -> Node | None:
    price = context.price(material.id)
    if price is None:
        return None
    node = amount_node(label, quanta, price, material, context.decimals)
    return node if sign > 0 else taken(node)


def standard_quantity(
    context: ShiftContext,
    column: str,
    row: Standard,
    rows: Sequence[Standard],
    output: Node,
    slopes: int = 0,
    *,
    issues: list[Issue],
) -> Node:
    """Quanta of an item for a given output: output / yield, output x usage, or hours x rate; conditions add slope x (x - reference).

    Yields divide, in decimal (FORMATS, "standards.csv"). # L4
    """
    plant = context.plant
    rate = Node(f"standard of {row.item} per {row.output}", row.value, row.unit, at=str(row.at), clause="L4")
    for slope in rows:
        same = (slope.output, slope.item, slope.basis) == (row.output, row.item, row.basis)
        wanted = STATES if is_inherited(context, slope) else CONDITIONS
        if slopes >= wanted and slope.condition and same:
            rate = _with_condition(context, rate, slope, issues if output.value else [])
    material = plant.materials[row.item]
    measured = plant.materials.get(row.output)
    hourly = row.basis == HOURS or measured is None
    quantum_out = HOUR_QUANTUM if hourly or measured is None else measured.quantum
    args = (("quantum_out", quantum_out), ("quantum", material.quantum), ("divide", row.basis == "yield"))
    quanta = standard_quanta(
        output.value, rate.value, quantum_out=quantum_out, quantum=material.quantum, divide=row.basis == "yield"
    )
    return Node(f"{column}: {row.item} for {row.output}", quanta, "quanta", "standard_quanta", args, (output, rate), "L4")


def _with_condition(context: ShiftContext, rate: Node, slope: Standard, issues: list[Issue]) -> Node:
    found = condition_value(slope.area, slope.condition, context)
    if found is None or found.quanta is None:
        issues.append(
            Issue(
                L005.code,
                L005.severity,
                f"{context.quantities.shift.id}: condition {slope.condition!r} of {slope.area} was not measured; Allowed takes none for {slope.item}",
                slope.at,
                f"Load a reading of {slope.condition} for this shift; a result within the lab cutoff restates Allowed.",
            )
        )
        return rate
    quantum = condition_quantum(slope.area, slope.condition, context)
    reference = slope.reference if slope.reference is not None else Decimal(0)
    value = rate_at(rate.value, found.quanta, slope=slope.value, reference=reference, quantum=quantum)
    args = (("slope", slope.value), ("reference", reference), ("quantum", quantum))
    label = f"with {slope.condition} ({slope.at})"
    return Node(label, value, rate.unit, "rate_at", args, (rate, found.node), "L4", str(slope.at))


def condition_value(area: str, condition: str, context: ShiftContext) -> Quantity | None:
    """A condition's mean over the shift; of a state of the area's own crews what it opened with. # L4, E3"""
    state = context.plant.states.get(condition)
    if state is not None and state.area == area and valid_on(state, context.day):
        return context.quantities.opening.get(key_of(condition))
    return context.quantities.conditions.get((area, condition))


def condition_quantum(area: str, condition: str, context: ShiftContext) -> Decimal:
    """The quantum of the meter that measures a condition of the area."""
    meter = context.index.conditions.get((area, condition))
    return meter.quantum if meter else grain(context.plant, condition)[0]


def rate_at(rate: Decimal, condition: int, *, slope: Decimal, reference: Decimal, quantum: Decimal) -> Decimal:
    """base + slope x (condition - reference), exact. # L4"""
    shift = EXACT.subtract(to_decimal(condition, quantum), reference)
    return EXACT.add(rate, EXACT.multiply(slope, shift))


def standard_quanta(output: int, rate: Decimal, *, quantum_out: Decimal, quantum: Decimal, divide: bool) -> int:
    """Quanta of the item: output / rate (a yield) or output x rate, rounded to the item's quantum. # L4"""
    qty = to_decimal(output, quantum_out)
    exact = EXACT.divide(qty, rate) if divide else EXACT.multiply(qty, rate)
    return quantise(exact, quantum)


def hourly_rates(plant: Plant, shift: Shift, slots: Mapping[str, str] | None = None) -> dict[str, float]:
    """Standard quantity per hour of each stream whose area has a base standard by the hour: what a `fill = "standard"` takes. # Q1

    `slots`: the slot of each area, where they differ from the shift's.
    """
    rates: dict[str, float] = {}
    wanted = {meter.stream for meter in plant.meters if meter.fill == "standard"}
    for key, stream in sorted((key, row) for key, row in plant.streams.items() if key in wanted):
        areas = areas_of(plant, stream)
        for row in sorted(plant.standards, key=lambda row: bool(row.slot)):  # a row for the slot goes before one for all
            slot = (slots or {}).get(row.area, shift.slot)
            held = row.basis == HOURS and not row.condition and row.slot in ("", slot) and valid_on(row, shift.day)
            if held and row.item == stream.material and row.area in areas:
                rates[key] = float(row.value)
    return rates


def total_node(label: str, nodes: Sequence[Node], unit: str = "cents", clause: str = "L3") -> Node:
    """A sum of whole numbers with its terms."""
    return Node(label, sum(node.value for node in nodes), unit, "total", (), tuple(nodes), clause)


def total(*terms: int) -> int:
    """Sum of cents or quanta, as an operation of a trace."""
    return sum(terms)


def difference(to: int | Decimal, start: int | Decimal) -> int | Decimal:
    """to - start, as an operation of a trace."""
    return to - start


def negative(value: int) -> int:
    """-value: what an area takes counts against it."""
    return -value


OPERATIONS = (
    ("total", total),
    ("difference", difference),
    ("negative", negative),
    ("standard_quanta", standard_quanta),
    ("rate_at", rate_at),
    *PLAN_OPERATIONS,
    *STEP_OPERATIONS,
)
