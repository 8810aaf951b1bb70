"""What had to be decided about readings, as a record: which rule, over which time, because of which readings (R4, I8).

A decision never changes a figure by itself; the rule that made the figure writes it down, so that `explain` can show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# kind -> clause. A visible table: a rule that decides something adds its row here.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "gap": "Q1",  # a time of which nothing is known
        "bad": "Q1",  # readings that say of themselves, or of which an act says, that they are bad
        "fill": "Q1",  # the declared estimate for a gap
        "rollover": "Q2",  # the register passed its modulus
        "reset": "Q2",  # the register began anew
        "blip": "Q2",  # fell to zero and came back: last-before to first-after counts
        "blip-open": "Q2",  # fell to zero and has not come back yet: provisional
        "meter-change": "Q2",  # another meter took over, as declared
        "disqualified": "Q2",  # rose faster than the declared maximal rate
        "fall": "Q2",  # fell, and no rule says why
        "carried": "Q4",  # a stock's observation from far away
        "not-rolled": "Q4",  # a stock's observation that could not be rolled to the boundary
        "hold": "Q5",  # an assay or state that stands for more than its own shift
        "stale": "Q5",  # an assay or state held longer than max_hold
        "recovery-refused": "Q5",  # assays that cannot support a two-product recovery
        "below-detection": "R1",  # "<x" taken as x/2
        "allocated": "Q9",  # a share of a figure that is known only for a longer period
        "lot-cut": "Q10",  # a lot across a boundary, given by the unit's ownership rule
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reading behind a decision: instant (UTC microseconds), value, quality, load sequence and line of its file."""

    ts: int
    value: float
    quality: int
    batch: int
    row: int


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about [start, end) (UTC microseconds) of a tag or stock.

    `kind` is one of KINDS; `amount` is what was booked for the time by it, in the unit of the figure (None: nothing was);
    `evidence` are the readings that caused it, in order of time; `at` is file:line of the row that declares the rule.
    """

    kind: str
    about: str
    start: int
    end: int
    amount: float | None
    evidence: tuple[Evidence, ...]
    at: str = ""

    @property
    def clause(self) -> str:
        """The clause that decides so."""
        return KINDS[self.kind]
