"""What the quantities stage hands on: one figure per (stream, shift), stock boundary or condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shiftledger.acts.events import Event
from shiftledger.core.period import Span
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
class Halt:
    """A time in which a unit stood still, inside one shift and under one crew.

    `cause` is one of CAUSES or UNCLASSED, `own` whether it is the crew's own; `source` "code" (the state's text) or "event"; `acts` the numbers
    of the acts of events that speak of it.
    """

    unit: str
    span: Span
    cause: str
    own: bool
    source: str
    crew: str = ""
    acts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CellTime:
    """One crew's part of a unit's shift, in microseconds: running + halted + unknown is the cell's length."""

    crew: str
    span: Span
    running: int
    halted: int
    unknown: int
    starts: int


@dataclass(frozen=True, slots=True)
class UnitTime:
    """One unit in one shift. `running` is None where nothing at all is known of it (I8); `nodes` open each figure by its name:
    running, halted, halt/<cause>, unknown (microseconds) and starts."""

    unit: str
    area: str
    running: int | None
    halted: int
    unknown: int
    starts: int | None
    halts: tuple[Halt, ...]
    cells: tuple[CellTime, ...]
    marks: tuple[str, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict)

    def halted_by(self, cause: str) -> int:
        """Microseconds of halts of one cause."""
        return sum(halt.span.length for halt in self.halts if halt.cause == cause)

    @property
    def no_fault(self) -> int:
        """Microseconds of halts that are not of the crew's own causes, unclassed ones included: nobody is charged unsaid. # Q3"""
        return sum(halt.span.length for halt in self.halts if not halt.own)


@dataclass(frozen=True, slots=True)
class ShiftQuantities:
    """Everything that postings and standards of one shift need.

    `streams`: metered streams by id (a stream without meter is missing here). `parts`: for a stream whose area changes crew inside
    the shift, the physics of each crew interval in order, as weights of the split. `bands`: posted quanta of a stream by
    tariff band, summing to its quanta. `opening`, `closing`: posted boundary values by stock, and by `state:<id>`. `conditions`: by name, per
    area (`(area, name)`). `band_parts`: for the streams of `parts` by (stream, band), what of the band fell into each of the same
    cells, in the material's unit; over the cells it sums to the band's amount. `crossings`: a state's values wherever its area changes
    crew inside the shift, by `state:<id>`. `assays`: mean assays of streams that quality terms name, by (stream, component). `units`: when each
    unit ran and stood still, for the units of which something is said. `events`: those that happened in the shift, in order of their acts.
    `offspec`: of the streams that the laboratory grades what was off-spec, by stream.
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
    units: Mapping[str, UnitTime] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    offspec: Mapping[str, Quantity] = field(default_factory=dict)

    @property
    def halts(self) -> tuple[Halt, ...]:
        """Every halt of the shift, by unit and time, cut where crews change. # Q3"""
        return tuple(halt for _, unit in sorted(self.units.items()) for halt in unit.halts)

    def no_fault(self, area: str) -> int:
        """Unit-microseconds of halts in the area that are not of its crew's own causes. # Q3, L3"""
        return sum(unit.no_fault for unit in self.units.values() if unit.area == area)
