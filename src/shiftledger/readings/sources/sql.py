"""Readings from a database by a query of sources.toml, into the same `Batch` as any file (R3, R4).

The address may name environment variables, so that no password stands in the text, and none is ever shown. Nothing is written to the
database. A query that names both :since and :until is asked month by month, one batch each; rows are streamed and kept as columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import DAY, EPOCH, moment
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.codes import closest
from shiftledger.readings.desk_codes import R070, R073, R074, R075, R076, told
from shiftledger.readings.sources.address import Address, address_of, driver_missing
from shiftledger.readings.sources.cells import said
from shiftledger.readings.sources.choose import SQL, asked_columns, places_of, unusable, word_columns
from shiftledger.readings.sources.files import empty_batch, read_columns
from shiftledger.readings.sources.rows import Reading
from shiftledger.readings.sources.sheets import Columns, shorten
from shiftledger.readings.sources.typed import joined, typed_column
from shiftledger.readings.sources.undeclared import set_aside, undeclared

WINDOW = 31 * DAY  # of a query that names its bounds; what is held in memory at once
CHUNK = 20_000  # rows fetched at a time
BOUNDS = ("since", "until")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with the names of its bounds, and the instants asked for (UTC microseconds)."""

    statement: sa.Select[Any] | sa.TextClause
    bounds: tuple[str, ...]
    since: int | None
    until: int | None


def read_query(
    plant: Plant, source_id: str, since: int | None, until: int | None, environment: Mapping[str, str]
) -> Iterator[Outcome[Batch]]:
    """The readings of a source by SQL, one batch for each window of time; what cannot be read gives an empty batch. # R3

    `since` <= time < `until` (UTC microseconds) go to the query where it names :since and :until.
    """
    label = f"{SQL}{source_id}"
    source = plant.sources.get(source_id)
    if source is None or source.format != "sql":
        known = sorted(one.id for one in plant.sources.values() if one.format == "sql")
        hint = closest(source_id, known) + f"There are: {', '.join(known) or 'none'}."
        yield _nothing(label, told(R070, f'"{source_id}" is no source with format = "sql"', None, hint))
        return
    asked = _asked(source, since, until)
    address = address_of(plant, source, environment)
    issues = [*unusable(plant, source), *asked.issues, *address.issues]
    if issues or asked.result is None or address.result is None:
        yield _nothing(label, *issues)
        return
    yield from _batches(plant, source, label, asked.result, address.result)


def _nothing(label: str, *issues: Issue) -> Outcome[Batch]:
    return Outcome(empty_batch(label, ordered(issues)), ordered(issues))


def _asked(source: SourceFile, since: int | None, until: int | None) -> Outcome[Asked | None]:
    """The statement, and whether every bound that it names was given."""
    if source.table:
        schema, _, table = source.table.rpartition(".")
        return Outcome(Asked(sa.select(sa.text("*")).select_from(sa.table(table, schema=schema or None)), (), None, None))
    statement = sa.text(source.query)
    named = tuple(sorted(str(name) for name in statement.compile().params))
    issues = []
    for name in named:
        if name not in BOUNDS:
            remedy = "A query may name :since and :until. Write \\: where a colon is meant."
            issues.append(told(R074, f'the query names ":{name}", which nobody gives', source.at, remedy))
    for name, given in (("since", since), ("until", until)):
        if name in named and given is None:
            issues.append(told(R075, f"the query names :{name}, and --{name} was not given", source.at, R075.explanation))
    if since is not None and until is not None and until <= since:
        issues.append(told(R075, "--until does not lie after --since", source.at, "Exchange or correct the two times."))
    return Outcome(None if issues else Asked(statement, named, since, until), tuple(issues))


# --- asking


def _batches(plant: Plant, source: SourceFile, label: str, asked: Asked, address: Address) -> Iterator[Outcome[Batch]]:
    """One batch a window; the first failure ends it, in the words of the database without its secrets."""
    try:
        with _connected(plant, source, address) as connection:
            bind = _Bound(plant, source, connection.dialect.name)
            if asked.bounds and connection.dialect.name == "sqlite":
                bind.learn(connection, asked)
            for since, until in _windows(asked):
                given = {
                    name: bind.text_of(at)
                    for name, at in (("since", since), ("until", until))
                    if name in asked.bounds and at is not None
                }
                read = _window(plant, source, label, connection, asked, given)
                yield Outcome(read.result, ordered([*read.issues, *bind.issues]))
                bind.issues = []
    except ModuleNotFoundError as error:
        yield _nothing(label, driver_missing(source, error))
    except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
        yield _nothing(label, _refused(source, address, error))
    except (sa.exc.SQLAlchemyError, OSError, ValueError, TypeError) as error:
        remedy = "Check url in sources.toml; an address looks like postgresql://${USER}:${PASSWORD}@host/database."
        yield _nothing(label, told(R073, f"the database cannot be used: {address.hidden(_first_line(error))}", source.at, remedy))


@contextmanager
def _connected(plant: Plant, source: SourceFile, address: Address) -> Iterator[sa.Connection]:
    """A connection that only reads; rolled back at the end whatever the query was."""
    engine = sa.create_engine(address.url, connect_args=dict(address.arguments), poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":  # local times of the database are those of the source
                connection = connection.execution_options(postgresql_readonly=True)
                zone = source.zone or plant.settings.zone
                connection.execute(sa.text("SELECT set_config('TimeZone', :zone, false)"), {"zone": zone})
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def _windows(asked: Asked) -> Iterator[tuple[int | None, int | None]]:
    since, until = asked.since, asked.until
    if set(asked.bounds) != set(BOUNDS) or since is None or until is None:
        yield since, until
        return
    while since < until:
        yield since, min(since + WINDOW, until)
        since += WINDOW


def _window(
    plant: Plant, source: SourceFile, label: str, connection: sa.Connection, asked: Asked, given: Mapping[str, object]
) -> Outcome[Batch]:
    """The rows of one execution as a batch. # R3"""
    result = connection.execution_options(stream_results=True, yield_per=CHUNK).execute(asked.statement, dict(given))
    if not result.returns_rows:
        return _nothing(label, told(R074, "the query returns no rows: it is no SELECT", source.at, R074.explanation))
    header = tuple(result.keys())
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    pairs, names, issues = asked_columns(source, header, meters, Location(label))
    twice = [name for name in dict.fromkeys(names or ()) if header.count(name) > 1]
    issues = (
        *issues,
        *(told(R074, f'the result has two columns "{name}"', source.at, "Name one of them otherwise (AS).") for name in twice),
    )
    if names is None or twice:
        return _nothing(label, *issues)
    asked_names, aside = names, undeclared(source, header, meters) if source.layout == "wide" else ()
    names = [*names, *(column for column, _ in aside)]
    by_name = places_of(header)
    places = [by_name[name] for name in names]
    parts: list[list[pa.Array[Any]]] = [[] for _ in names]
    words = {source.tag, *word_columns(source)} - {source.quality, source.revision}
    for rows in result.partitions(CHUNK):
        for part, place, name in zip(parts, places, names, strict=True):
            part.append(typed_column([row[place] for row in rows], as_text=name in words))
    columns = {name: joined(part) for name, part in zip(names, parts, strict=True)}
    count = len(next(iter(columns.values()))) if columns else 0
    own = {name: columns[name] for name in asked_names}

    def text(i: int) -> str:
        return shorten(",".join(said(column[i]) for column in own.values()))

    sheet = Columns(own, np.arange(1, count + 1, dtype=np.int64), text)
    reading = Reading(plant, source, label, sheet, meters, issues=list(issues))
    done = read_columns(reading, pairs)
    return set_aside(done, reading, columns, aside, Location(label, 1)) if aside else done


# --- bounds


class _Bound:
    """How an instant is given to the database: as the column holds its times.

    PostgreSQL gets instants; other databases local times of the source's zone; where a time format is declared, and in SQLite, text.
    """

    def __init__(self, plant: Plant, source: SourceFile, dialect: str) -> None:
        self.source, self.dialect = source, dialect
        self.zone = ZoneInfo(source.zone or plant.settings.zone)
        self.form = source.time_format if source.time_format != "iso" else "%Y-%m-%d %H:%M:%S" if dialect == "sqlite" else ""
        self.issues: list[Issue] = []

    def text_of(self, at: int) -> object:
        if self.form:
            return moment(at, self.zone).strftime(self.form)
        if self.dialect == "postgresql":
            return EPOCH + timedelta(microseconds=at)
        return moment(at, self.zone).replace(tzinfo=None)

    def learn(self, connection: sa.Connection, asked: Asked) -> None:
        """SQLite compares text with text: one row from around the asked time shows the form of its stamps."""
        if self.source.time_format != "iso":
            return
        wide = {"since": asked.since, "until": asked.until}
        shift = {"since": -2 * DAY, "until": 2 * DAY}
        given = {name: self.text_of(at + shift[name]) for name in asked.bounds if (at := wide[name]) is not None}
        row = connection.execute(asked.statement, given).mappings().fetchone()
        stamp = str(row.get(self.source.time, "")) if row else ""
        if stamp[10:11] == "T":
            self.form = "%Y-%m-%dT%H:%M:%S"
        if stamp.endswith(("Z", "+00:00")):
            self.zone = ZoneInfo("UTC")
        elif _has_offset(stamp):
            message = f'the stamps of the database carry offsets ("{stamp[:40]}"), the bounds are local times without'
            remedy = "Let the query compare instants, such as datetime(time) >= datetime(:since)."
            self.issues.append(told(R076, message, self.source.at, remedy))


def _has_offset(stamp: str) -> bool:
    try:
        return (when := datetime.fromisoformat(stamp)).tzinfo is not None and when.utcoffset() != datetime.now(UTC).utcoffset()
    except ValueError:
        return False


# --- what goes wrong


def _refused(source: SourceFile, address: Address, error: Exception) -> Issue:
    """What the database says, without secrets: it does not answer, or it refuses the query."""
    reason = address.hidden(_first_line(error))
    asked = isinstance(error, sa.exc.DBAPIError) and error.statement is not None
    if asked and not getattr(error, "connection_invalidated", False):
        return told(R074, f"the database refuses the query: {reason}", source.at, R074.explanation)
    return told(
        R073, f"the database cannot be used: {reason}", source.at, "Check url, that the server runs, the name and the password."
    )


def _first_line(error: Exception) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip().splitlines() or [type(origin).__name__])[0][:300]
