"""A line of a statement: one thing that an area gave or took, and how a state stands there (L3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shiftledger.ledger.postings import ShiftContext
from shiftledger.ledger.potentials import phi, potential_on, states_of
from shiftledger.quantities.states import grain, key_of


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
