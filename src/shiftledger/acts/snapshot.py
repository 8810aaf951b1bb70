"""The plant's store as it stands, to be asked without leaving a trace: not one byte of the state folder changes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from shiftledger.acts.state import State, acts, connect

STORE = "ledger.sqlite"
LOG = "ledger.sqlite-wal"  # what was written and not yet moved into the store


@contextmanager
def looked_at(folder: Path) -> Iterator[State | None]:
    """The state over a temporary copy of its SQL store; None if there is none yet. SQLite would write even when it only reads."""
    if not (folder / STORE).exists():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="shiftledger-look-") as place:
        for name in (STORE, LOG):
            if (folder / name).exists():
                shutil.copyfile(folder / name, Path(place) / name)
        copy = connect(Path(place), create=False)
        try:
            yield State(folder, copy.engine)
        finally:
            copy.engine.dispose()


@contextmanager
def rehearsed(state: State | None) -> Iterator[State]:
    """A store that may be written to and is thrown away: a copy of the given one, or an empty one."""
    with tempfile.TemporaryDirectory(prefix="shiftledger-rehearsal-") as place:
        of_file = state is not None and state.engine.dialect.name == "sqlite"
        database = state.engine.url.database if state and of_file else None
        if database:
            for name in (database, f"{database}-wal"):
                if Path(name).exists():
                    shutil.copyfile(name, Path(place) / Path(name).name)
        copy = connect(Path(place))
        if state is not None and not of_file:
            with state.engine.connect() as there, copy.engine.begin() as here:
                rows = [dict(row) for row in there.execute(sa.select(acts)).mappings()]
                if rows:
                    here.execute(sa.insert(acts), rows)
        try:
            yield copy
        finally:
            copy.engine.dispose()
