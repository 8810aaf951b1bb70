"""The SQL store: its schema, how it is opened, and the one write lock (L7, R5)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shiftledger.acts import migrate, state
from shiftledger.acts.state import SCHEMA_REVISION, State, connect, metadata, writing


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Every table with its columns, keys and indexes, as the database itself reports them."""
    inspector = sa.inspect(engine)
    return {
        name: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
            "key": inspector.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)),
            "foreign": [
                (f["constrained_columns"], f["referred_table"], f["referred_columns"]) for f in inspector.get_foreign_keys(name)
            ],
            "indexes": [(i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes(name)],
        }
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def test_l7_migrations_make_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    declared = sa.create_engine("sqlite://")
    metadata.create_all(declared)
    migrated = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrate.upgrade(migrated)
    assert shape(migrated) == shape(declared)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def written(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """What the file says of its own tables and indexes, word by word, and its revision."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    return [*sorted((*row[:3], " ".join((row[3] or "").split())) for row in rows), *map(tuple, revision)]


def test_l7_a_new_file_is_what_the_migrations_make_and_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated = sa.create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    migrate.upgrade(migrated)
    monkeypatch.setitem(sys.modules, "shiftledger.acts.migrate", None)
    assert written(connect(tmp_path / "new").engine) == written(migrated)


def test_l7_a_file_that_has_tables_and_no_revision_is_migrated(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "ledger.sqlite").execute("CREATE TABLE strange (x)").connection.close()
    assert sorted(shape(connect(tmp_path).engine)) == sorted([*metadata.tables, "strange"])


def test_l7_a_new_file_that_stops_half_way_has_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(connection: sa.Connection) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(state._revision, "create", stopping)
    with pytest.raises(RuntimeError, match="power cut"):
        connect(tmp_path)
    assert not sa.inspect(sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")).get_table_names()
    monkeypatch.undo()
    assert sorted(shape(connect(tmp_path).engine)) == sorted(metadata.tables)


def test_l7_schema_revision_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_REVISION


def test_l7_opening_twice_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(connect(tmp_path)) as connection:
        connection.execute(sa.insert(state.tags).values(id=7, name="FT-101"))
    monkeypatch.setitem(sys.modules, "shiftledger.acts.migrate", None)  # a store that is up to date needs no migration
    with connect(tmp_path, create=False).engine.connect() as again:
        assert again.execute(sa.select(state.tags)).all() == [(7, "FT-101")]


def test_i8_a_state_that_is_not_there_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    assert connect(tmp_path / "deep" / "down").folder.is_dir()


def test_l7_folder_names_are_taken_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "50 % 氧化铝 ?#"
    connect(folder)
    assert (folder / "ledger.sqlite").exists()


def test_l7_sqlite_is_durable_and_checks_its_references(tmp_path: Path) -> None:
    store = connect(tmp_path)
    with store.engine.connect() as connection:
        found = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with pytest.raises(sa.exc.IntegrityError), writing(store) as connection:
        connection.execute(sa.insert(state.batch_parts).values(seq=1, day=0, tag="FT-101", rows=1, hash="x"))


def tag_names(store: State) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.execute(sa.select(state.tags.c.name).order_by(state.tags.c.id)).scalars())


def test_l7_writing_is_whole_or_absent(tmp_path: Path) -> None:
    store = connect(tmp_path)
    with writing(store) as connection:
        connection.execute(sa.insert(state.tags).values(name="FT-101"))
    with pytest.raises(RuntimeError, match="stopped"), writing(store) as connection:
        connection.execute(sa.insert(state.tags).values(name="FT-102"))
        raise RuntimeError("stopped half-way")
    assert tag_names(store) == ["FT-101"]


def test_l7_writing_holds_the_write_lock_from_the_beginning(tmp_path: Path) -> None:
    store = connect(tmp_path)
    other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0)
    with writing(store), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_l7_migration_that_stops_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    create_table = op.create_table

    def stopping(name: str, *columns: Any, **options: Any) -> sa.Table:
        if name == "acts":
            raise RuntimeError("power cut")
        return create_table(name, *columns, **options)

    monkeypatch.setattr(op, "create_table", stopping)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.upgrade(engine)
    assert not sa.inspect(engine).get_table_names()
    monkeypatch.undo()
    assert sorted(shape(connect(tmp_path).engine)) == sorted(metadata.tables)


def test_l7_switch_to_wal_waits_for_others_and_gives_up_in_the_end(tmp_path: Path) -> None:
    class Busy(sqlite3.Cursor):
        refusals = 2

        def execute(self, sql: str, parameters: Any = ()) -> Busy:
            self.refusals -= 1
            if self.refusals >= 0:
                raise sqlite3.OperationalError("database is locked")
            super().execute(sql, parameters)
            return self

    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        state._switch_to_wal(connection.cursor(Busy), attempts=2)
    state._switch_to_wal(connection.cursor(Busy), attempts=3)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


OPEN = """
import sys
from pathlib import Path
from shiftledger.acts.state import connect
import sqlalchemy as sa
print(len(set(sa.inspect(connect(Path(sys.argv[1])).engine).get_table_names()) - {"alembic_version"}))
"""


def test_l7_several_programs_may_open_a_new_state_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, str(tmp_path / "state")]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [program.communicate(timeout=60) for program in programs]
    assert [(out.strip(), error) for out, error in told] == [(str(len(metadata.tables)), "")] * 4
