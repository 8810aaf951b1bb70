"""What do standards ask for an intended output, stream by stream (L4, L10)?

Outputs and what the standards of an area ask for them, dealt out to the streams that carry them, in quanta and in figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from shiftledger.core.canon import plain_decimal
from shiftledger.core.money import split, to_decimal
from shiftledger.core.trace import Node
from shiftledger.ledger.index import day_index
from shiftledger.ledger.plan import HOUR_QUANTUM
from shiftledger.ledger.postings import ShiftContext
from shiftledger.ledger.standards import CONDITIONS, governing_standards, is_hourly, item_sign, standard_quantity
from shiftledger.plant.model import Plant, Standard
from shiftledger.plant.roster import crews_on, month_of
from shiftledger.quantities.quantity import Quantity, ShiftQuantities

Outputs = Mapping[str, Mapping[str, int]]  # area -> output -> quanta


def given(quanta: int | None, quantum: Decimal, label: str, unit: str = "") -> Quantity:
    """An intended quantity: nobody measured it, so it has no measuring error."""
    value = None if quanta is None else float(to_decimal(quanta, quantum))
    return Quantity(value, quanta, 1.0, Node(label, quanta, unit, clause="L10"), "estimated", ("intended",))


def context_of(plant: Plant, quantities: ShiftQuantities, areas: Sequence[str]) -> ShiftContext:
    """The shift with the prices, standards and crews of its own day."""
    shift = quantities.shift
    crews = {area: crews_on(plant, area, shift) for area in areas}
    return ShiftContext(plant, quantities, month_of(plant, shift.day), crews, day_index(plant, shift.day))


def standard_flows(
    plant: Plant, quantities: ShiftQuantities, outputs: Outputs, shares: Mapping[str, int]
) -> dict[str, tuple[int, str]]:
    """Quanta of every stream that outputs and their standards name, and how each follows, in figures. # L4

    Where two areas name one stream, the one that gives it decides.
    """
    taken, found = sides_of(plant, quantities, outputs, shares)
    return {**taken, **found}


def sides_of(
    plant: Plant, quantities: ShiftQuantities, outputs: Outputs, shares: Mapping[str, int]
) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    """What areas would take and what they give, by stream."""
    context = context_of(plant, quantities, tuple(outputs))
    found: dict[str, tuple[int, str]] = {}
    taken: dict[str, tuple[int, str]] = {}
    for area, of_area in sorted(outputs.items()):
        rows = governing_standards(area, context)
        for output, quanta in sorted(of_area.items()):
            if output in plant.materials and not is_hourly(plant, rows, output):
                found |= _dealt(context, area, output, quanta, "", shares, gives=True)
        asked: dict[str, list[tuple[int, str]]] = {}
        for row in rows:
            if not row.condition and row.output in of_area:
                asked.setdefault(row.item, []).append(_asked(context, row, rows, of_area[row.output]))
        for item, parts in sorted(asked.items()):
            gives = item_sign(area, item, context) > 0
            side = found if gives else taken
            side |= _dealt(
                context, area, item, sum(q for q, _ in parts), " + ".join(text for _, text in parts), shares, gives=gives
            )
    return taken, found


def _asked(context: ShiftContext, row: Standard, rows: Sequence[Standard], output: int) -> tuple[int, str]:
    """What one standard asks for an output, and the calculation in figures."""
    plant = context.plant
    node = standard_quantity(context, "intended", row, rows, Node(row.output, output, "quanta"), CONDITIONS, issues=[])
    hourly = row.basis == "hours" or row.output not in plant.materials
    quantum = HOUR_QUANTUM if hourly else plant.materials[row.output].quantum
    sign = "/" if row.basis == "yield" else "×"
    return node.value, f"{to_decimal(output, quantum):f} {sign} {plain_decimal(node.children[1].value)}"


def _dealt(
    context: ShiftContext, area: str, material: str, quanta: int, text: str, shares: Mapping[str, int], *, gives: bool
) -> dict[str, tuple[int, str]]:
    """An area's quanta of a material on the streams that carry it."""
    keys = carrying(context, area, material, gives=gives)
    if not keys:
        return {}
    parts = split(quanta, [abs(shares.get(key, 0)) for key in keys])
    return {key: (part, text) for key, part in zip(keys, parts, strict=True)}


def carrying(context: ShiftContext, area: str, material: str, *, gives: bool) -> list[str]:
    account = f"area:{area}"
    ends = {
        row.id: (context.plant.account_of(row.source) == account, context.plant.account_of(row.target) == account)
        for row in context.index.streams[area]
        if row.material == material
    }
    return [key for key, side in ends.items() if side == (gives, not gives)]
