"""The plant's SQL store: batches, acts, seals, stored plant texts, tag ids. One SQLite file by default, any SQLAlchemy URL.

What stands here is never derived: batches and acts are hash-chained inputs, a seal is the one commit point of a close
(DESIGN, "The store"). SQLite runs in WAL mode with full synchronisation; a writer takes the write lock first (`writing`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import sqlalchemy as sa

metadata = sa.MetaData()


class Whole(sa.types.TypeDecorator[int]):
    """A whole number. SQLite keeps whatever it is given; what is no number is a damaged store, not a wrong program."""

    impl: type[sa.types.TypeEngine[int]] = sa.BigInteger
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_result_value(self, value: object, dialect: sa.Dialect) -> int | None:
        if value is None or isinstance(value, int):
            return value
        raise sa.exc.DataError(None, None, ValueError(f"{self.place} holds {str(value)[:40]!r}, which is no whole number"))


class WholeDay(Whole):
    """A UTC day, counted from 1970-01-01."""

    impl = sa.Integer
    cache_ok = True


tags = sa.Table(
    "tags", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, unique=True, nullable=False)
)

# One row a load. `seq` is the Delta version that committed it, `id` the hash of its sorted logical rows.
batches = sa.Table(
    "batches",
    metadata,
    sa.Column("seq", Whole("batches.seq"), primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, unique=True, nullable=False),
    sa.Column("known_at", Whole("batches.known_at"), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("rows", Whole("batches.rows"), nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, unique=True, nullable=False),
)

# The content of a batch by UTC day and tag: what locates a changed reading.
batch_parts = sa.Table(
    "batch_parts",
    metadata,
    sa.Column("seq", Whole("batch_parts.seq"), sa.ForeignKey("batches.seq"), primary_key=True),
    sa.Column("day", WholeDay("batch_parts.day"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("rows", Whole("batch_parts.rows"), nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

acts = sa.Table(
    "acts",
    metadata,
    sa.Column("seq", Whole("acts.seq"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("made_at", Whole("acts.made_at"), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("on_hash", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, unique=True, nullable=False),
)

texts = sa.Table("texts", metadata, sa.Column("hash", sa.Text, primary_key=True), sa.Column("body", sa.Text, nullable=False))

seals = sa.Table(
    "seals",
    metadata,
    sa.Column("seq", Whole("seals.seq"), primary_key=True, autoincrement=False),
    sa.Column("day", sa.Text, nullable=False, index=True),
    sa.Column("close_id", sa.Text, nullable=False),
    sa.Column("result_hash", sa.Text, nullable=False),
    sa.Column("input_hash", sa.Text, nullable=False),
    sa.Column("text_hash", sa.Text, sa.ForeignKey("texts.hash"), nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("boundaries", sa.Text, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("program", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("made_at", Whole("seals.made_at"), nullable=False),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, unique=True, nullable=False),
)

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class State:
    """Where a plant's state lives: the folder with the lake and the results, and the SQL engine beside it."""

    folder: Path
    engine: sa.Engine

    @property
    def readings(self) -> Path:
        return self.folder / "readings"

    @property
    def writable(self) -> bool:
        return os.access(self.folder, os.W_OK)

    @property
    def results(self) -> Path:
        """Derived: everything below may be deleted and recomputed."""
        return self.folder / "results"


def _sqlite_pragmas(connection: object, _record: object) -> None:
    cursor: sqlite3.Cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor, attempts: int = 500) -> None:
    """WAL is a property of the file. The switch does not wait for programs that open a new file at the same moment."""
    for attempt in range(1, attempts + 1):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == attempts:
                raise
            sleep(0.02)


def connect(folder: Path, url: str = "", *, create: bool = True) -> State:
    """Open the state in `folder` (made if `create`), bringing its SQL schema up to date. FileNotFoundError if there is none.

    Without `create`, a folder that may not be written is opened for reading.
    """
    if url:
        return _in_database(folder, url, create=create)
    database = folder / "ledger.sqlite"
    if not create and not database.exists():
        raise FileNotFoundError(database)
    folder.mkdir(parents=True, exist_ok=True)
    if not create and not os.access(folder, os.W_OK):
        return State(folder, sa.create_engine(_read_only(database)))
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    sa.event.listen(engine, "connect", _sqlite_pragmas)
    _upgrade(engine)
    return State(folder, engine)


def _in_database(folder: Path, url: str, *, create: bool) -> State:
    """The state whose SQL part lives in a database elsewhere; the folder holds the rest."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_pragmas)
    if not create:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                raise FileNotFoundError(url)
    folder.mkdir(parents=True, exist_ok=True)
    _upgrade(engine)
    return State(folder, engine)


class NewerStoreError(Exception):
    """A newer program brought the store's schema to a revision that this one does not know."""


def _read_only(database: Path) -> sa.URL:
    """A store that may only be read, such as an auditor's copy: without a pending log beside it, it cannot change meanwhile."""
    pending = database.with_name(f"{database.name}-wal").exists()
    query = {"uri": "true", "mode": "ro"} | ({} if pending else {"immutable": "1"})
    return sa.URL.create("sqlite", database=database.absolute().as_uri(), query=query)


SCHEMA_REVISION = "0001"
# As Alembic makes it: a store says of itself which revision it has.
_revision = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def _upgrade(engine: sa.Engine) -> None:
    """Bring the store to this program's schema: a new file at once, another by the migrations that it has not seen.

    Alembic is imported only for those: it takes longer than closing a day of a small plant.
    """
    if _up_to_date(engine) or (engine.dialect.name == "sqlite" and _begun(engine)):
        return
    from shiftledger.acts.migrate import upgrade

    upgrade(engine)


def _up_to_date(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()
    if row and str(row[0]) > SCHEMA_REVISION:
        raise NewerStoreError(f"its schema is {row[0]}, this program knows {SCHEMA_REVISION}")
    return row is not None and row[0] == SCHEMA_REVISION


def _begun(engine: sa.Engine) -> bool:
    """Make the tables of a file that has none, whole or absent and as the migrations would; False if it has some."""
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # one program at a time: whoever waited here finds the tables
        if sa.inspect(connection).get_table_names():
            connection.rollback()
            return _up_to_date(engine)
        metadata.create_all(connection)
        _revision.create(connection)
        connection.execute(_revision.insert().values(version_num=SCHEMA_REVISION))
        connection.commit()
        return True


@contextmanager
def writing(state: State) -> Iterator[sa.Connection]:
    """A transaction that holds the write lock from its first statement; committed at the end, rolled back on an error."""
    with state.engine.connect() as connection:
        if state.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE seals IN SHARE ROW EXCLUSIVE MODE")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
