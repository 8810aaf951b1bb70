"""What a person asks of a simulation: how long, how fine, which stories with which sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

BASE_DAYS = 120  # before day 0: the same crews and no stories; expectations are fitted there


@dataclass(frozen=True, slots=True)
class Stories:
    """What happens besides chance, each with its size; `None` or 0 leaves a story out. Days count from day 0."""

    meter_bias: float = 0.04  # one meter of low-pressure steam reads too much by this share ...
    meter_bias_day: int = 35  # ... from this day
    wash_cut: float = 0.08  # one crew washes with less water ...
    overdraw: float = 14.0  # ... and draws more hydrate (t/h of Al2O3) in the last hours ...
    gaming_share: float = 0.40  # ... of this share of its shifts
    gaming_hours: int = 2
    over_reading: float = 30.0  # another crew reads the closing hydrate too high, in t
    project: float = 2 / 3  # fouling grows at this multiple ...
    project_day: int | None = 91  # ... from this day
    placebo: bool = True  # a project without effect, begun after the worst month
    poor_ore: float = 0.9  # alumina to silica is lower by this much in the weeks 10 to 13
    late_batch: bool = True  # laboratory results that come late and change a monthly winner
    roll_over: bool = True  # a counter of six digits turns, and one is replaced on day 120
    near_miss: bool = True  # one day with a veto
    duplicate_claim: bool = True  # two teams claim the same steam

    def __post_init__(self) -> None:
        if not 0 <= self.gaming_share <= 1:
            raise ValueError(f"gaming_share is {self.gaming_share}: give a share from 0 to 1")
        if not 0 <= self.wash_cut < 1:
            raise ValueError(f"wash_cut is {self.wash_cut}: give a share from 0 to less than 1")
        if self.project <= 0:
            raise ValueError(f"project is {self.project}: give a multiple above 0")
        if not 0 <= self.gaming_hours <= 8:
            raise ValueError(f"gaming_hours is {self.gaming_hours}: give hours from 0 to 8")


NO_STORIES = Stories(0.0, 35, 0.0, 0.0, 0.0, 2, 0.0, 1.0, None, False, 0.0, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulation, whole: the same settings give the same bytes. Raises ValueError for what cannot be simulated."""

    seed: int = 1
    days: int = 182
    base_days: int = BASE_DAYS
    first_day: date = date(2026, 3, 1)  # day 0, a production day from 08:00
    crews: int = 20  # four in each of the five areas; beyond them, areas of a simple kind
    people: int | None = None  # members in all; None: twelve a crew
    same_plant: bool = False  # True keeps the nominal constants instead of drawing others with the seed
    stories: Stories = field(default_factory=Stories)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}: give a whole number from 0 on")
        if self.days < 1:
            raise ValueError(f"days is {self.days}: simulate at least one day")
        if not 20 <= self.crews <= 2_000:
            raise ValueError(f"crews is {self.crews}: give 20 (the refinery) to 2,000")
        if self.people is not None and not self.crews <= self.people <= 100 * self.crews:
            raise ValueError(f"people is {self.people}: give 1 to 100 a crew")
        if self.base_days < 0:
            raise ValueError(f"base_days is {self.base_days}: give 0 or more days")

    @property
    def hours(self) -> int:
        """Hours simulated, the base period included."""
        return 24 * (self.base_days + self.days)
