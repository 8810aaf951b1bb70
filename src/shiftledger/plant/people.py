"""Who holds which post in which crew, and who was there: frozen rows of posts.csv, members.csv and attendance.csv (T3, T4).

Persons are numbers or roles ("B3"), never names. Nothing here is an input of a close: money never reads it (L7).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shiftledger.core.issue import Location
from shiftledger.plant.terms import NOWHERE

ABSENCES = ("leave", "absent")  # planned, and not
ATTENDANCE = (*ABSENCES, "overtime", "loan")


@dataclass(frozen=True, slots=True)
class Post:
    """posts.csv: a post of an area and the days on which it exists."""

    area: str
    post: str
    name_zh: str = ""
    name_en: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """members.csv: a person in a crew. `share` of the crew's hours; 1 is full time."""

    person: str
    area: str
    crew: str  # letter
    post: str = ""
    share: Decimal = Decimal(1)
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)

    @property
    def crew_id(self) -> str:
        return f"{self.area}/{self.crew}"


@dataclass(frozen=True, slots=True)
class Attendance:
    """attendance.csv: how a person's hours in a shift differ from the crew's. `hours` None: the whole shift."""

    day: date
    slot: str
    area: str
    person: str
    kind: str  # one of ATTENDANCE
    hours: Decimal | None = None
    note: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)
