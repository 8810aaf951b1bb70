"""The plant's store as the verbs use it: opened, closed, and never a traceback where it is damaged."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue, Kind, Location
from shiftledger.render.views import PlantView

if TYPE_CHECKING:
    from shiftledger.acts.state import State


class PlantError(Exception):
    """The plant cannot be used as it stands; `issues` says why, all at once."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(f"{i.at or ''}: {i.code}: {i.message}" for i in self.issues))


@contextmanager
def stored_state(plant: PlantView, *, create: bool = True) -> Iterator[State]:
    """The plant's state, closed afterwards; a missing or damaged store is a PlantError that says so."""
    from sqlalchemy.exc import DatabaseError

    from shiftledger.acts.codes import A003, A004
    from shiftledger.acts.state import connect

    where = Location(str(plant.state_folder))
    try:
        stored = connect(plant.state_folder, create=create)
    except FileNotFoundError:
        raise PlantError([Issue(A003.code, A003.severity, "this plant has no books yet", where, A003.explanation)]) from None
    except (DatabaseError, OSError) as error:
        raise PlantError([_damaged(A004, error, where)]) from None
    try:
        with usable(plant):
            yield stored
    finally:
        stored.engine.dispose()


@contextmanager
def usable(plant: PlantView) -> Iterator[None]:
    """A store or lake that turns out damaged is a PlantError that says so."""
    from sqlalchemy.exc import DatabaseError

    from shiftledger.acts.codes import A004
    from shiftledger.readings.codes import LakeError, found

    try:
        yield
    except DatabaseError as error:
        raise PlantError([_damaged(A004, error, Location(str(plant.state_folder)))]) from None
    except LakeError as error:
        remedy = "Run shiftledger verify to see what is damaged; restore the readings folder from a copy."
        raise PlantError([found("R035", f"the lake cannot be used: {error}", Location("readings"), remedy)]) from None


def _damaged(kind: Kind, error: Exception, where: Location) -> Issue:
    reason = str(getattr(error, "orig", error)).splitlines()[0][:120]
    return Issue(kind.code, kind.severity, f"the store cannot be used: {reason}", where, kind.explanation)


def now() -> int:
    return time.time_ns() // 1000


def instant_of(text: str | datetime | None, plant: PlantView | None = None) -> tuple[int | None, tuple[Issue, ...]]:
    """UTC microseconds of a time with its offset, with a `plant` also of a local time there; now for None."""
    from shiftledger.acts.codes import A005
    from shiftledger.core.period import instant

    if text is None:
        return now(), ()
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else text
        if moment.tzinfo is None and plant is not None:
            moment = moment.replace(tzinfo=plant.plant.settings.timezone)
        return instant(moment), ()
    except (ValueError, OverflowError):
        return None, (
            Issue(A005.code, A005.severity, f"{text!r} is not a time with its offset", Location("--"), A005.explanation),
        )


def label_of(text: str | date | None) -> tuple[date | None, tuple[Issue, ...]]:
    """A production day as it was given, or A006."""
    from shiftledger.acts.codes import A006

    try:
        return (date.fromisoformat(text) if isinstance(text, str) else text), ()
    except ValueError:
        return None, (Issue(A006.code, A006.severity, f"{text!r} is not a production day", Location("--"), A006.explanation),)
