"""What may a shown statement set beside each other (I6, I8)? A flow that is known for a part of the shift only is compared with nothing.

Where hours of an output are unknown, standards for the hours that are known would make the whole shift's inputs look like waste: no column
stands. Where hours of anything else are unknown, what it used looks saved: the columns stand, no bridge is drawn. The books keep both.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shiftledger.ledger.statement import Statement
from shiftledger.plant.model import Plant, valid_on

OUTPUT_PARTIAL, FLOW_PARTIAL = "output partial", "flow partial"


def comparable(plant: Plant, statement: Statement) -> Statement:
    """The statement without the columns and steps that a partly known stream would falsify; the reason says which. # L4

    A premium or a state that waits for its reading takes nothing away: the rest of the bridge is right without it.
    """
    known_in_part = [plant.streams[key].material for key in statement.partial if key in plant.streams]
    if not known_in_part or statement.standard is None or not statement.steps:
        return statement
    day = date.fromisoformat(statement.day)
    outputs = {row.output for row in plant.standards if row.area == statement.area and valid_on(row, day)}
    if outputs.isdisjoint(known_in_part):
        return replace(statement, steps=(), reasons=(*statement.reasons, FLOW_PARTIAL))
    return replace(statement, standard=None, allowed=None, steps=(), reasons=(*statement.reasons, OUTPUT_PARTIAL))
