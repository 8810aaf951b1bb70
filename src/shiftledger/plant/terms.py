"""Terms of an area's value that no flow carries, as frozen rows: states with their potential, quality, invoices, charges (L3).

Like `plant/model.py`, which has a plant's other rows: field names are the columns of `plant/schema.py`, `at` takes no part in
comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shiftledger.core.issue import Location

NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class State:
    """states.toml: something an area hands over that is no material, such as fouling; told by state meters of the same name."""

    id: str
    area: str
    name_zh: str = ""
    name_en: str = ""
    boundary: str = "nearest"  # nearest | interpolate
    opening: Decimal | None = None
    opening_day: date | None = None
    reset_by: str = ""  # the kind of event, such as wash, that sets it back
    reset_to: Decimal | None = None
    grows: str = ""  # UNIT.hours or stream.ID: what it grows by, without readings
    life: int = 0  # how far back its last reading or reset may lie (us); 0: the lookback
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


def grown_by(state: State) -> tuple[str, str]:
    """What a state grows by: ("hours", unit), ("stream", stream), or two blanks for one that only readings tell.

    >>> grown_by(State("cloth", "filter", grows="U2.hours")), grown_by(State("cloth", "filter", grows="stream.slurry"))
    (('hours', 'U2'), ('stream', 'slurry'))
    """
    if state.grows.startswith("stream."):
        return "stream", state.grows.removeprefix("stream.")
    name, _, what = state.grows.rpartition(".")
    return ("hours", name) if what == "hours" and name else ("", "")


@dataclass(frozen=True, slots=True)
class Potential:
    """potentials.csv: what a state is worth at `value` (a point), or without a value per unit of the state (a line through zero)."""

    state: str
    worth: Decimal
    value: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quality:
    """quality.csv: money per unit of the material for each unit by which its assay lies beyond `low` or `high` (else `reference`)."""

    material: str
    component: str
    reference: Decimal
    worth: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    cap: Decimal | None = None
    party: str = ""  # blank: whoever is at the outer end
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)

    @property
    def band(self) -> tuple[Decimal, Decimal]:
        """The dead band: inside it nothing is paid."""
        return (
            self.reference if self.low is None else self.low,
            self.reference if self.high is None else self.high,
        )


@dataclass(frozen=True, slots=True)
class GradeLimit:
    """grades.csv: what should have been `offspec_of` of the off-spec `material` is that, where its assay lies below `low` or above `high`."""

    material: str
    component: str
    low: Decimal | None = None
    high: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Charge:
    """charges.csv: environment and safety, as money per event of a kind, or per unit of a metered emission."""

    charge: str
    amount: Decimal
    event: str = ""
    stream: str = ""
    party: str = ""  # blank: the site
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Invoice:
    """invoices.csv: what a party asks for a fixed item; on `day`, or spread over `day`..`until` if it was known by `day`."""

    item: str
    amount: Decimal
    day: date
    party: str = ""
    until: date | None = None
    known_on: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """services.csv: what a contractor would ask for a job of a service area; what its crews save is counted by it, never as cash (L8)."""

    area: str
    job: str
    price: Decimal
    unit: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)
