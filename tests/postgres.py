"""A PostgreSQL server for tests, if one answers on this machine: a schema of its own for each test, or the reason why not."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

ADDRESSES = (os.environ.get("SHIFTLEDGER_TEST_POSTGRESQL", ""), "postgresql+psycopg:///postgres")


@contextmanager
def database() -> Iterator[str]:
    """The address of a fresh database; the test is skipped where no server answers."""
    pytest.importorskip("psycopg", reason="needs psycopg, the driver of PostgreSQL")
    server, reason = None, "none"
    for address in filter(None, ADDRESSES):
        try:
            server = sa.create_engine(
                address, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool, connect_args={"connect_timeout": 3}
            )
            server.connect().close()
            break
        except sa.exc.DBAPIError as error:
            server, reason = None, str(error.orig).splitlines()[0]
    if server is None:
        pytest.skip(f"no local PostgreSQL answers: {reason}")
    name = f"shiftledger_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
