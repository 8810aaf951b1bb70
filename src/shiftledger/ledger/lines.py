"""A line of a statement: one thing that an area gave or took, and how a state stands there (L3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shiftledger.balance.nodes import basis_of
from shiftledger.ledger.plan import HOUR_QUANTUM
from shiftledger.ledger.posting import SITE_ROUNDING, Posting
from shiftledger.ledger.postings import ShiftContext
from shiftledger.ledger.potentials import phi, potential_on, states_of
from shiftledger.ledger.terms import term_of
from shiftledger.plant.model import Material, Plant
from shiftledger.quantities.gauges import MASS
from shiftledger.quantities.states import grain, key_of

ONE_BY_ONE = (Decimal(1), "")  # the size and unit of what is only counted


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


def state_lines(context: ShiftContext, area: str) -> tuple[Line, ...]:
    """A state as the crew handed it over and as it took it over, each at its worth: their sum is what the shift changed. # L3, I3"""
    lines = []
    for state in states_of(context.plant, area, context.day):
        rows = potential_on(context.plant, state.id, context.day)
        quantum, unit = grain(context.plant, state.id)
        ends = [
            (sign, side.get(key_of(state.id)))
            for sign, side in ((1, context.quantities.closing), (-1, context.quantities.opening))
        ]
        if not rows or any(end is None or end.quanta is None for _, end in ends):
            continue
        for sign, end in ends:
            assert end is not None
            assert end.quanta is not None
            worth = phi(context, state.id, end, rows).value
            told = tuple(mark for mark in end.marks if mark != "absent")
            lines.append(
                Line(
                    state.id,
                    key_of(state.id),
                    sign,
                    end.quanta,
                    quantum,
                    unit,
                    Decimal(0),
                    sign * worth,
                    "state",
                    end.status,
                    told,
                )
            )
    return tuple(lines)


def counted(plant: Plant, row: Posting, material: Material | None) -> tuple[Decimal, str]:
    """In what a row's quantity is counted: its material's quanta, hours of halts, mass of a unit's balance, or one by one. # L5"""
    if term_of(row).startswith("transfer:"):
        return HOUR_QUANTUM, "h"
    if material is not None:
        return material.quantum, material.unit
    if row.what.partition(":")[0] != MASS:
        return ONE_BY_ONE
    closing = (unit.id for unit in plant.units.values() if MASS in unit.conserves and plant.account_of(unit.id) == row.source)
    bases = {basis_of(plant, unit) for unit in closing if row.target in (SITE_ROUNDING, f"site:unreconciled:{unit}")}
    return bases.pop() if len(bases) == 1 else ONE_BY_ONE
