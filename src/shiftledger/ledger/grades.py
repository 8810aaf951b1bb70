"""Off-spec grades in an area's shift: what of them was given, and what was taken back to be worked once more (L4).

A grade is a material of its own with a price of its own; `offspec_of` says what it failed to be. Both directions have a line of their
own, so that a crew sees what it spoiled beside what it mended. Signs: what the area gives is plus, what it takes is minus.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shiftledger.core.trace import Node
from shiftledger.ledger.postings import Entry, taken
from shiftledger.ledger.standards import total_node
from shiftledger.ledger.steps import Grade
from shiftledger.plant.model import Plant


def grades_of(
    plant: Plant, own: Sequence[Entry], inside: Collection[str], changes: Sequence[tuple[str, Node]]
) -> dict[str, Grade]:
    """Of each off-spec material what the area gave, changes of its stocks among it, and what it took back. # L4"""
    sides: dict[str, tuple[list[Node], list[Node]]] = {}
    for entry in own:
        row = entry.posting
        what = row.what.partition(":")[0]
        grade = plant.materials.get(what)
        if grade is not None and grade.offspec_of and row.kind != "price" and not row.what.endswith(":price"):
            gives = row.source in inside
            sides.setdefault(what, ([], []))[0 if gives else 1].append(entry.node if gives else taken(entry.node))
    for what, change in changes:
        if plant.materials[what].offspec_of:
            sides.setdefault(what, ([], []))[0].append(change)
    return {what: Grade(*(total_node(what, side) if side else None for side in both)) for what, both in sides.items()}
