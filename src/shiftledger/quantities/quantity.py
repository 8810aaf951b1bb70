"""What the quantities stage hands on: one figure per (stream, shift), stock boundary or condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector
from shiftledger.plant.roster import Shift
from shiftledger.quantities.decisions import Decision


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in the unit of its material (streams, stocks) or meter (conditions).

    `value` and `quanta` are None where it is absent (I8): `quanta` is the posted integer, `value` the physics behind it.
    `coverage` is the covered part of the period, 0..1. `marks` say what was decided ("partial", "fill:mean-of-shift",
    "carried", "stale", "uncertain", ...), in sorted order. `errors` is the error vector (Q6). `node` opens `quanta` down to
    the readings and evaluates to it exactly; for an absent quantity it is a leaf with value None. `decisions` say what had to be
    decided about the readings, in order of time.
    """

    value: float | None
    quanta: int | None
    coverage: float
    node: Node
    status: str = "measured"  # measured | estimated | allocated | provisional
    marks: tuple[str, ...] = ()
    errors: ErrorVector = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftQuantities:
    """Everything that postings and standards of one shift need.

    `streams`: metered streams by id (a stream without meter is missing here). `parts`: for a stream whose area changes crew inside
    the shift, the physics of each crew interval in order, as weights of the split. `bands`: posted quanta of a stream by
    tariff band, summing to its quanta. `opening`, `closing`: posted boundary values by stock, and by `state:<id>`. `conditions`: by name, per
    area (`(area, name)`). `band_parts`: for the streams of `parts` by (stream, band), what of the band fell into each of the same
    cells, in the material's unit; over the cells it sums to the band's amount. `crossings`: a state's values wherever its area changes
    crew inside the shift, by `state:<id>`. `assays`: mean assays of streams that quality terms name, by (stream, component).
    """

    shift: Shift
    streams: Mapping[str, Quantity]
    parts: Mapping[str, tuple[float, ...]]
    bands: Mapping[str, Mapping[str, Quantity]]
    opening: Mapping[str, Quantity]
    closing: Mapping[str, Quantity]
    conditions: Mapping[tuple[str, str], Quantity]
    band_parts: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    crossings: Mapping[str, tuple[Quantity, ...]] = field(default_factory=dict)
    assays: Mapping[tuple[str, str], Quantity] = field(default_factory=dict)
