"""The plant's store as the verbs use it: opened, closed, and never a traceback where it is damaged."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue, Kind, Location, disk_or
from shiftledger.render.views import PlantView

if TYPE_CHECKING:
    from shiftledger.acts.state import State


SQL_VARIABLE = "SHIFTLEDGER_SQL"  # overrides plant.toml


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
    if address := os.environ.get(SQL_VARIABLE) or plant.plant.settings.sql:
        with _in_database(plant, address, create=create) as stored, usable(plant):
            yield stored
        return
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
def looked_upon(plant: PlantView) -> Iterator[State | None]:
    """The plant's state to be asked only, None if there is none yet; a file is looked at in a copy, so that not one byte of it changes."""
    from shiftledger.acts.codes import A003
    from shiftledger.acts.snapshot import looked_at

    if not (os.environ.get(SQL_VARIABLE) or plant.plant.settings.sql):
        with usable(plant), looked_at(plant.state_folder) as stored:
            yield stored
        return
    with ExitStack() as stack:
        found: State | None = None
        try:
            found = stack.enter_context(stored_state(plant, create=False))
        except PlantError as error:
            if error.issues[0].code != A003.code:
                raise
        yield found


@contextmanager
def _in_database(plant: PlantView, template: str, *, create: bool) -> Iterator[State]:
    """The state over a database server; whatever is wrong with it is a PlantError that says so, without any secret."""
    from sqlalchemy.exc import ArgumentError, DatabaseError

    from shiftledger.acts.codes import A003, A008, A009, A010, A011, A012
    from shiftledger.acts.state import NewerStoreError, connect
    from shiftledger.readings.sources.address import EXTRAS, VARIABLE, filled

    by_variable = bool(os.environ.get(SQL_VARIABLE))
    where = Location(SQL_VARIABLE) if by_variable else Location("plant.toml", plant.plant.settings.at.line)

    def wrong(kind: Kind, message: str, remedy: str = "") -> PlantError:
        return PlantError([Issue(kind.code, kind.severity, message, where, remedy or kind.explanation)])

    lacking = [name for name in dict.fromkeys(VARIABLE.findall(template)) if not os.environ.get(name)]
    if lacking:
        raise wrong(A008, f"the environment variable {', '.join(lacking)} is not set")
    address = filled(template, os.environ)
    if address.startswith(("postgresql://", "postgres://")):
        address = f"postgresql+psycopg://{address.partition('://')[2]}"
    if address.startswith("postgresql") and "connect_timeout" not in address:
        address += ("&" if "?" in address else "?") + "connect_timeout=10"
    try:
        stored = connect(plant.state_folder, address, create=create)
    except FileNotFoundError:
        raise wrong(A003, "this plant has no books yet") from None
    except ModuleNotFoundError as error:
        name = (error.name or "the driver").partition(".")[0]
        install = f'pip install "shiftledger[{EXTRAS[name]}]"' if name in EXTRAS else f"install the Python package {name}"
        raise wrong(A009, f'the driver "{name}" of this database is not installed', f"Once: {install}.") from None
    except NewerStoreError as error:
        raise wrong(A011, f"the store cannot be used: {error}") from None
    except (ArgumentError, ValueError):
        raise wrong(
            A010, "this is not the address of a database", 'Such as "postgresql://user:${PGPASSWORD}@host/database".'
        ) from None
    except (DatabaseError, OSError) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())[:200]
        for name in VARIABLE.findall(template):
            reason = reason.replace(os.environ[name], "***")
        remedy = "Check that the server runs and can be reached, the name, the password and the database."
        raise wrong(A010, f"the database of the store cannot be used: {reason}", remedy) from None
    try:
        if not _same_lake(stored):
            raise wrong(A012, f'the readings of this store do not lie in "{plant.state_folder}"')
        yield stored
    finally:
        stored.engine.dispose()


def _same_lake(stored: State) -> bool:
    """False where the database knows of loads that the folder does not hold: it is another program's."""
    from shiftledger.readings.delta import open_table
    from shiftledger.readings.lake import watermark

    last = watermark(stored)
    if last < 0:
        return True
    table = open_table(stored.readings)
    return table is not None and table.version() >= last


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
        remedy = disk_or(str(error), "Run shiftledger verify to see what is damaged; restore the readings folder from a copy.")
        raise PlantError([found("R035", f"the lake cannot be used: {error}", Location("readings"), remedy)]) from None


def _damaged(kind: Kind, error: Exception, where: Location) -> Issue:
    reason = str(getattr(error, "orig", error)).splitlines()[0][:120]
    return Issue(kind.code, kind.severity, f"the store cannot be used: {reason}", where, disk_or(reason, kind.explanation))


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
