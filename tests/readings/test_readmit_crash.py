"""R4, R5, L7: a readmission that is killed between two of its writes is finished by asking again; nothing is lost, nothing counts twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.test_crash import cut, writes_of
from readings.small import LONG, METERS, file, plant
from readings.test_quarantine import draft, ids, load, value_at
from shiftledger.acts.acts import read_acts, verify_acts
from shiftledger.acts.state import connect
from shiftledger.plant.model import Meter
from shiftledger.readings import desk
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


@pytest.mark.parametrize("known", [False, True])
def test_r5_a_columns_act_is_written_by_asking_again_also_where_another_file_told_some_of_it(
    known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide_one, today = replace(LONG, layout="wide"), plant(replace(LONG, layout="wide"), meters=(*METERS, Meter("T9", "rate")))
    state = connect(tmp_path / "state")
    load(
        state, plant(wide_one), file(tmp_path, "time,FT-1,T9\n2026-01-04 06:00,1,9\n2026-01-04 07:00,1,x\n2026-01-04 08:00,1,8\n")
    )
    if known:
        load(state, today, file(tmp_path, "time,T9\n2026-01-04 06:00,9\n", "b.csv"), 3)
    (column,) = (one.row.id for one in kept_rows(today, state))

    def ask(made_at: int) -> list[str]:
        return [issue.code for issue in readmit(today, state, [column], replace(draft(made_at), kind="readmit")).issues]

    with monkeypatch.context() as killed:
        killed.setattr(desk, "record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ask(9)
    assert read_acts(state) == ()
    assert ask(10) == []
    assert [act.body["rows"] for act in read_acts(state)] == [column]
    assert [one.standing for one in kept_rows(today, state)] == [
        "readmitted",
        "open",
    ]  # the cell that cannot be read waits for itself
    assert [value_at(state, "T9", f"2026-01-04 0{hour}:00") for hour in (5, 7)] == [[9.0], [8.0]]
    assert ask(11) == ["R068"]
