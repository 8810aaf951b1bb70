"""The store of batches, acts and seals on PostgreSQL, where a local server answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from readings.small import at, batch
from shiftledger.acts.acts import Act, read_acts, record, verify_acts
from shiftledger.acts.state import State, connect
from shiftledger.readings import lake
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.quality import resolve


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with postgres.database() as address:
        made = connect(tmp_path / "state", address)
        yield made
        made.engine.dispose()


def test_l7_batches_and_acts_are_chained_and_verified_on_postgresql(state: State) -> None:
    assert lake.append(state, batch([("A", at("2026-01-04 06:00"), 1.0)]), 5).result.loaded
    assert not lake.append(state, batch([("A", at("2026-01-04 06:00"), 1.0)]), 6).result.loaded
    assert (
        lake.append(state, batch([("A", at("2026-01-04 06:00"), 2.0), ("B", at("2026-01-05 06:00"), 3.0)]), 7).result.appended
        == 2
    )
    made = record(state, Act("decision", "controller, post 1", "controller", 1, {"about": "x"}))
    assert made.issues == ()
    assert (len(read_acts(state)), verify_acts(state), verify_batches(state)) == (1, (), ())
    known = resolve(lake.read(state, ["A"], 0, 1 << 60, 9))["A"]
    assert known.value.tolist() == [2.0]
    assert connect(state.folder, state.engine.url.render_as_string(hide_password=False)).engine.dialect.name == "postgresql"


def test_l7_days_are_closed_and_sealed_on_postgresql(state: State) -> None:
    from datetime import date

    import shiftledger as sl
    import two_tanks as w
    from shiftledger.engine.local import close
    from shiftledger.engine.verify import verify
    from shiftledger.readings.sources.files import read_file

    plant = sl.open(w.copy(state.folder.parent)).plant
    for name in (*w.BASE, w.MOISTURE):
        lake.append(state, read_file(plant, Path(plant.root) / name).result, at("2026-04-02 10:00"))
    done = close(plant, state, [date(2026, 3, 31), date(2026, 4, 1)], who="tester", program="x", made_at=1)
    assert [day.outcome for day in done.result.days] == ["sealed", "sealed"]
    assert verify(plant, state).result.holds
