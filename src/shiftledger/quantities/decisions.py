"""What had to be decided about readings, as a record: which rule, over which time, because of which readings (R4, I8).

A decision never changes a figure by itself; the rule that made the figure writes it down, so that `explain` can show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from shiftledger.readings.batch import UNDECLARED, Series

SHOWN = 4  # readings of a decision kept from either end

# kind -> clause. A visible table: a rule that decides something adds its row here.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "gap": "Q1",  # a time of which nothing is known
        "bad": "Q1",  # readings that say of themselves, or of which an act says, that they are bad
        "fill": "Q1",  # the declared estimate for a gap
        "rollover": "Q2",  # the register passed its modulus
        "bridged": "Q2",  # a silence of a counter: what its register rose by is spread over it
        "reset": "Q2",  # the register began anew
        "blip": "Q2",  # fell to zero and came back: last-before to first-after counts
        "standing": "Q2",  # stands at zero and has not counted for max_hold: at rest or lost, provisional
        "blip-open": "Q2",  # fell to zero and has not come back yet: provisional
        "spike": "Q2",  # far above its usual pace and back on its course: last-before to first-after counts
        "leap-open": "Q2",  # far above its usual pace, and nothing counted since: booked, provisional
        "meter-change": "Q2",  # another meter took over, as declared
        "disqualified": "Q2",  # rose faster than the declared maximal rate
        "fall": "Q2",  # fell, and no rule says why
        "carried": "Q4",  # a stock's observation from far away
        "not-rolled": "Q4",  # a stock's observation that could not be rolled to the boundary
        "hold": "Q5",  # an assay or state that stands for more than its own shift
        "stale": "Q5",  # an assay or state held longer than max_hold
        "overlap": "Q5",  # two composite samples stand for one time: the one begun last counts
        "recovery-refused": "Q5",  # assays that cannot support a two-product recovery
        "below-detection": "R1",  # "<x" taken as x/2
        "allocated": "Q9",  # a share of a figure that is known only for a longer period
        "lot-cut": "Q10",  # a lot across a boundary, given by the unit's ownership rule
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reading behind a decision: instant (UTC microseconds), value (None: it has none), quality.

    `batch` and `row`: load sequence and line of its file; -1 for a register that the plant's text declares. They say where it stands,
    not what was decided, and take no part in comparisons and content hashes (I5). `end`: of a lot, whose instant lies before its end.
    """

    ts: int
    value: float | None
    quality: int
    batch: int = field(default=UNDECLARED, compare=False)
    row: int = field(default=UNDECLARED, compare=False)
    end: int | None = field(default=None, compare=False)

    @property
    def seen(self) -> int:
        """The instant that stands in its file."""
        return self.ts if self.end is None else self.end


def evidence_of(readings: Series) -> tuple[Evidence, ...]:
    """The readings as evidence: all of a few, else the first and the last ones."""
    n = len(readings)
    chosen = range(n) if n <= 2 * SHOWN else (*range(SHOWN), *range(n - SHOWN, n))
    return tuple(
        Evidence(
            int(readings.ts[i]),
            float(readings.value[i]) if np.isfinite(readings.value[i]) else None,
            int(readings.quality[i]),
            int(readings.batch[i]),
            int(readings.row[i]),
        )
        for i in chosen
    )


def decision(kind: str, about: str, start: int, end: int, amount: float | None, readings: Series, at: str) -> Decision:
    """A decision that rests on these readings."""
    return Decision(kind, about, start, end, amount, evidence_of(readings), at, len(readings))


def in_order(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions in order of time."""
    return tuple(sorted(decisions, key=lambda d: (d.start, d.end, d.about, d.kind)))


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about [start, end) (UTC microseconds) of a tag or stock.

    `kind` is one of KINDS; `amount` is what this figure got by it, in the unit of the figure (None: nothing was booked); where the
    time reaches beyond the figure's period, only the part inside. `evidence` are readings that caused it, in order of time: of many
    the first and the last; `readings` says how many there are. `at` is file:line of the row that declares the rule.
    """

    kind: str
    about: str
    start: int
    end: int
    amount: float | None
    evidence: tuple[Evidence, ...]
    at: str = field(default="", compare=False)
    readings: int = 0

    @property
    def clause(self) -> str:
        """The clause that decides so."""
        return KINDS[self.kind]
