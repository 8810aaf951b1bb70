"""R4, R5, L7: a readmission that is killed between two of its writes is finished by asking again; nothing is lost, nothing counts twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.test_crash import cut, writes_of
from readings.small import file, plant
from readings.test_quarantine import draft, ids, load, value_at
from shiftledger.acts.acts import read_acts, verify_acts
from shiftledger.acts.state import connect
from shiftledger.readings.desk import kept_rows, readmit
from shiftledger.readings.integrity import verify_batches

TORN = "time,tag,value\n2026-01-04 06:00,FT-1,abc\n2026-01-04 07:00,LT-1,13\n2026-01-04 07:00,LT-1,31\n"


@pytest.mark.parametrize(("line", "value"), [(2, "12.5"), (3, None)])
def test_r4_a_readmission_that_was_killed_is_finished_by_asking_again(
    line: int, value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, before = plant(), tmp_path / "before"
    state = connect(before)
    load(state, small, file(tmp_path, TORN))
    name = ids(small, state)[line]
    state.engine.dispose()

    def ask(folder: Path, made_at: int) -> None:
        readmit(small, connect(folder), [name], replace(draft(made_at), kind="readmit"), value=value)

    shutil.copytree(before, tmp_path / "whole")
    count = writes_of(lambda: ask(tmp_path / "whole", 9), monkeypatch)
    assert count > 10
    for at in range(1, count + 1):
        killed, folder = tmp_path / f"killed-{at}", tmp_path / f"again-{at}"
        shutil.copytree(before, killed)
        cut(lambda killed=killed: ask(killed, 9), at, monkeypatch)  # type: ignore[misc]
        shutil.copytree(killed, folder)  # what lies on the disk, without the locks of this process
        ask(folder, 10)
        again = connect(folder)
        known = value_at(again, "FT-1", "2026-01-04 05:00") + value_at(again, "LT-1", "2026-01-04 06:00")
        assert known == [12.5 if value else 13.0], at
        assert [act.body["rows"] for act in read_acts(again)] == [name], at
        after = ["readmitted", "open", "open"] if value else ["open", "readmitted", "overruled"]
        assert [one.standing for one in kept_rows(small, again)] == after, at
        assert verify_batches(again) + verify_acts(again) == (), at
