"""Which streams does the laboratory grade, and by which limits (L4)?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shiftledger.plant.model import Meter, Plant, Stream, valid_on
from shiftledger.plant.terms import GradeLimit


def limit_of(plant: Plant, material: str, day: date) -> GradeLimit | None:
    """The row of grades.csv by which a material may turn out off-spec on a day; a check keeps it to one. # P108"""
    held = (row for row in plant.grades if row.material in plant.materials and valid_on(row, day))
    return next((row for row in held if plant.materials[row.material].offspec_of == material), None)


def grading(plant: Plant, stream: Stream, day: date) -> tuple[GradeLimit, Meter] | None:
    """The limit that a stream's material is held to, and the laboratory's meter that looks at this stream; None where nobody does."""
    limit = limit_of(plant, stream.material, day)
    if limit is None:
        return None
    labs = [
        m
        for m in plant.meters
        if m.kind == "lab" and (m.stream, m.component) == (stream.id, limit.component) and valid_on(m, day)
    ]
    return (limit, min(labs, key=lambda meter: meter.tag)) if labs else None


def is_off(value: float, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether an assay misses its grade; a value at a limit is in grade.

    >>> [is_off(value, Decimal("1.5"), Decimal(2)) for value in (1.4, 1.5, 2.0, 2.1)]
    [True, False, False, True]
    """
    return (low is not None and value < float(low)) or (high is not None and value > float(high))
