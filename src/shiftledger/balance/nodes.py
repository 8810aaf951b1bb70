"""What flowed between the nodes of the flowsheet in one shift, and what does not close (B1, B3 before reconciliation).

Measured flows stand as they are. A stock always closes: its one unmetered side is derived (opening + receipts - closing); with
all sides metered the rest is its residual. A unit closes only for what `conserves` names. Nothing is smeared: residuals go to
`site:unreconciled:<node>` in the ledger, and each carries its error vector so that its size can be judged (I6).
Signs: into a node is plus; a positive residual is what the books expected and nobody found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shiftledger.balance.codes import B001, B002, B003
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.money import to_decimal
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine, standard_uncertainty
from shiftledger.plant.model import Plant, Stock, Stream, Unit, valid_on
from shiftledger.quantities.quantity import Quantity, ShiftQuantities


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream's quantity in one shift; `kind` is "flow" (measured) or "stock" (derived from a stock's change)."""

    stream: Stream
    quantity: Quantity
    kind: str = "flow"


@dataclass(frozen=True, slots=True)
class Residual:
    """What a node does not explain: quanta of `what`, number of flows, error vector in the unit of `what`, z = residual / sigma."""

    node: str
    what: str
    quanta: int
    flows: int
    trace: Node
    errors: ErrorVector = field(default_factory=dict)
    z: float | None = None

    @property
    def is_rounding(self) -> bool:
        """True up to (flows + 2) / 2 quanta: then it is `site:rounding` (FORMATS, "Rounding")."""
        return 2 * abs(self.quanta) <= self.flows + 2


@dataclass(frozen=True, slots=True)
class Balance:
    """Flows by stream id and residuals by node id; absent flows are not in `flows` but named in `absent`."""

    flows: Mapping[str, Flow]
    residuals: Mapping[str, Residual]
    absent: tuple[str, ...]


def balance(plant: Plant, quantities: ShiftQuantities) -> Outcome[Balance]:
    """Flows and residuals of one shift; a node with an absent term has no residual (I8). # B1, B3"""
    day = quantities.shift.day
    streams = {key: row for key, row in sorted(plant.streams.items()) if valid_on(row, day)}
    known = {
        key: Flow(row, quantities.streams[key])
        for key, row in streams.items()
        if key in quantities.streams and quantities.streams[key].quanta is not None
    }
    issues = _derive(plant, quantities, streams, known)
    residuals = {}
    for stock in sorted(plant.stocks.values(), key=lambda s: s.id):
        residual = _stock_residual(stock, plant, quantities, streams, known)
        if residual:
            residuals[stock.id] = residual
    for unit in sorted(plant.units.values(), key=lambda u: u.id):
        if "mass" in unit.conserves and valid_on(unit, day):
            found = _unit_residual(unit, plant, streams, known)
            if found:
                residuals[unit.id] = found
    absent = tuple(key for key in streams if key not in known)
    return Outcome(Balance({key: known[key] for key in sorted(known)}, residuals, absent), ordered(issues))


def _touching(streams: Mapping[str, Stream], node: str) -> list[tuple[str, int]]:
    """Streams of a node with their sign (into is plus), in id order; one from the node to itself counts on both sides."""
    touching = [(key, 1) for key, row in streams.items() if row.target == node]
    return sorted(touching + [(key, -1) for key, row in streams.items() if row.source == node])


def _derive(plant: Plant, quantities: ShiftQuantities, streams: Mapping[str, Stream], known: dict[str, Flow]) -> list[Issue]:
    """Fill `known` with the unmetered side of each stock that has just one, until nothing more follows. # B1"""
    issues: list[Issue] = []
    waiting = True
    while waiting:
        waiting = False
        for stock in sorted(plant.stocks.values(), key=lambda s: s.id):
            sides = _touching(streams, stock.id)
            unmetered = [(key, sign) for key, sign in sides if key not in quantities.streams and key not in known]
            if len(unmetered) != 1 or any(key not in known for key, _ in sides if key != unmetered[0][0]):
                continue
            flow = _derived(stock, unmetered[0], sides, quantities, streams, known)
            if flow is None:
                continue
            known[flow.stream.id] = flow
            waiting = True
            if flow.quantity.quanta is not None and flow.quantity.quanta < 0:
                issues.append(
                    Issue(
                        B001.code,
                        B001.severity,
                        f'{quantities.shift.id}: stream "{flow.stream.id}", derived from stock "{stock.id}", is negative '
                        f"({to_decimal(flow.quantity.quanta, plant.materials[flow.stream.material].quantum)})",
                        flow.stream.at,
                        f"Look at the two observations of {stock.id} and at its metered side; a meter on the stream would end the guess.",
                    )
                )
    return issues


def _stock_terms(
    stock: Stock, sides: list[tuple[str, int]], quantities: ShiftQuantities, known: Mapping[str, Flow]
) -> list[tuple[int, Quantity]] | None:
    """opening + receipts - issues - closing as signed terms, or None where one of them is absent."""
    opening, closing = quantities.opening.get(stock.id), quantities.closing.get(stock.id)
    if opening is None or closing is None or opening.quanta is None or closing.quanta is None:
        return None
    return [(1, opening), *((sign, known[key].quantity) for key, sign in sides), (-1, closing)]


def _derived(
    stock: Stock,
    unmetered: tuple[str, int],
    sides: list[tuple[str, int]],
    quantities: ShiftQuantities,
    streams: Mapping[str, Stream],
    known: Mapping[str, Flow],
) -> Flow | None:
    key, sign = unmetered
    terms = _stock_terms(stock, [side for side in sides if side[0] != key], quantities, known)
    if terms is None:
        return None
    signs = tuple(-sign * factor for factor, _ in terms)  # sign * flow + rest = 0
    parts = [quantity for _, quantity in terms]
    quanta = combined(signs, *(part.quanta for part in parts))
    known_values = [part.value for part in parts if part.value is not None]
    node = Node(
        f"{key}, {quantities.shift.id}: derived from stock {stock.id}",
        quanta,
        "quanta",
        "combined_of",
        (("signs", signs),),
        tuple(part.node for part in parts),
        "B1",
        str(stock.at),
    )
    quantity = Quantity(
        value=None if len(known_values) < len(parts) else math.fsum(s * v for s, v in zip(signs, known_values, strict=True)),
        quanta=quanta,
        coverage=min(part.coverage for part in parts),
        node=node,
        status="estimated" if any(part.status != "measured" for part in parts) else "measured",
        marks=tuple(sorted({"derived", *(mark for part in parts for mark in part.marks)})),
        errors=combine(zip(signs, (part.errors for part in parts), strict=True)),
    )
    return Flow(streams[key], quantity, "stock")


def combined(signs: tuple[int, ...], *quanta: int | None) -> int:
    """Signed sum of quanta; the caller has made sure that no term is absent."""
    return sum(sign * term for sign, term in zip(signs, quanta, strict=True) if term is not None)


def combined_of(*quanta: int, signs: tuple[int, ...]) -> int:
    """`combined` as an operation of a trace: children first."""
    return combined(signs, *quanta)


def _stock_residual(
    stock: Stock,
    plant: Plant,
    quantities: ShiftQuantities,
    streams: Mapping[str, Stream],
    known: Mapping[str, Flow],
) -> Residual | None:
    sides = _touching(streams, stock.id)
    if any(key not in known for key, _ in sides):
        return None
    terms = _stock_terms(stock, sides, quantities, known)
    if terms is None:
        return None
    return _residual(stock.id, stock.material, terms, len(sides), quantities.shift.id, plant)


def _unit_residual(unit: Unit, plant: Plant, streams: Mapping[str, Stream], known: Mapping[str, Flow]) -> Residual | None:
    sides = _touching(streams, unit.id)
    if not sides or any(key not in known for key, _ in sides):
        return None
    terms = [(sign, known[key].quantity) for key, sign in sides]
    return _residual(unit.id, "mass", terms, len(sides), "", plant)


def _residual(node: str, what: str, terms: list[tuple[int, Quantity]], flows: int, shift: str, plant: Plant) -> Residual:
    signs = tuple(sign for sign, _ in terms)
    quanta = combined(signs, *(term.quanta for _, term in terms))
    errors = combine((sign, term.errors) for sign, term in terms)
    sigma = standard_uncertainty(errors)
    material = plant.materials.get(what)
    quantum = material.quantum if material else basis_of(plant, node)[0]
    trace = Node(
        f"residual of {node}{', ' + shift if shift else ''}",
        quanta,
        "quanta",
        "combined_of",
        (("signs", signs),),
        tuple(term.node for _, term in terms),
        "B3",
    )
    z = float(to_decimal(quanta, quantum)) / sigma if sigma > 0 else None
    return Residual(node, what, quanta, flows, trace, errors, z)


def basis_of(plant: Plant, unit: str) -> tuple[Decimal, str]:
    """Quantum and unit in which a unit's mass balance is drawn: those of its streams (a check demands one)."""
    row = next(row for row in plant.streams.values() if unit in (row.source, row.target))
    return plant.materials[row.material].quantum, plant.materials[row.material].unit


def unit_checks(plant: Plant) -> tuple[Issue, ...]:
    """Units that cannot be closed as declared: mass over materials of different units or quanta. # B1"""
    issues = []
    for unit in sorted(plant.units.values(), key=lambda u: u.id):
        if not unit.conserves:
            continue
        rows = [row for row in plant.streams.values() if unit.id in (row.source, row.target) and row.material in plant.materials]
        bases = {(plant.materials[row.material].unit, plant.materials[row.material].quantum) for row in rows}
        if tuple(unit.conserves) != ("mass",) or len(bases) > 1:
            issues.append(
                Issue(
                    B002.code,
                    B002.severity,
                    f'unit "{unit.id}" cannot be closed for {", ".join(unit.conserves)}: '
                    + ("its streams have different units or quanta" if len(bases) > 1 else "only mass is closed so far"),
                    unit.at,
                    'Use conserves = ["mass"] with materials of one unit and quantum, or leave conserves out.',
                )
            )
    return tuple(issues)


def stream_checks(plant: Plant) -> tuple[Issue, ...]:
    """Unmetered streams between two stocks that would both derive them. # B1"""
    metered = {meter.stream for meter in plant.meters if meter.stream} | {
        key for key, row in plant.streams.items() if row.follows
    }
    unmetered = {key: row for key, row in sorted(plant.streams.items()) if key not in metered}
    sides = {stock: [key for key, row in unmetered.items() if stock in (row.source, row.target)] for stock in plant.stocks}
    return tuple(
        Issue(
            B003.code,
            B003.severity,
            f'stream "{key}" has no meter and could follow from "{row.source}" as well as from "{row.target}"',
            row.at,
            "Put a meter on it, or leave another side of one of the two stocks unmetered.",
        )
        for key, row in unmetered.items()
        if sides.get(row.source) == [key] and sides.get(row.target) == [key]
    )


OPERATIONS = (("combined_of", combined_of),)
