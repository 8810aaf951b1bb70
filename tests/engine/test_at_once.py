"""Several programs at once: one wins or all succeed, never a broken chain, never a traceback (L7, R2)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.acts.state import State
from shiftledger.api import PlantView
from shiftledger.engine import local
from shiftledger.ledger import results

# Each program waits for the others, works, and prints what its verb said.
PROGRAM = """
import json, sys, time
from pathlib import Path
import shiftledger as sl
folder, verb, gate, times = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
plant = sl.open(folder)
verbs = {
    "close": lambda: sl.close(plant, "2026-03-31", "2026-04-01"),
    "load": lambda: sl.load(plant, [plant.folder / "late/filter-slurry.csv"], known_at="2026-04-02T12:00:00+02:00"),
    "meters": lambda: sl.load(plant, [plant.folder / "readings/meters.csv"], known_at="2026-04-02T12:00:00+02:00"),
    "statement": lambda: sl.statement(plant, "2026-03-31.E"),
    "verify": lambda: sl.verify(plant),
    "decide": lambda: sl.act(plant, "decision", "a", "b", {"about": "c"}),
    "settle": lambda: sl.act(plant, "settle", "a", "b", {"month": "2026-03"}),
}
import shiftledger.engine.local, shiftledger.engine.verify, shiftledger.engine.published, shiftledger.readings.sources.files
(gate / f"{verb}-{sys.argv[5]}").touch()
while len(list(gate.iterdir())) < int(sys.argv[6]):
    time.sleep(0.002)
said = []
for _ in range(times):
    try:
        view = verbs[verb]()
        said.append([i.code for i in view.issues if i.severity == "error"])
    except sl.PlantError as error:
        said.append([i.code + " " + i.message for i in error.issues])
print(json.dumps(said))
"""


ROUNDS = pytest.mark.parametrize(("rounds", "programs"), [(1, 2), pytest.param(4, 3, marks=pytest.mark.sweep)])
START = (sys.executable, "-c", PROGRAM)


def at_once(plant: PlantView, *verbs: str, times: int = 1) -> list[tuple[str, list[list[str]]]]:
    """Run the verbs in programs of their own that begin together; what each said, call by call."""
    gate = plant.folder.parent / f"gate-{plant.folder.parent.name}"
    gate.mkdir(exist_ok=True)
    for old in gate.iterdir():
        old.unlink()
    shared: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "env": os.environ | t.IMPORTABLE,
    }
    programs = [
        subprocess.Popen([*START, str(plant.folder), verb, str(gate), str(times), str(number), str(len(verbs))], **shared)
        for number, verb in enumerate(verbs)
    ]
    said = []
    for verb, program in zip(verbs, programs, strict=True):
        out, err = program.communicate(timeout=120)
        assert program.returncode == 0, err
        said.append((verb, json.loads(out)))
    return said


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return w.opened(tmp_path_factory.mktemp("loaded"), days=None)


def whole(plant: PlantView) -> None:
    """Verify holds, and every row of the newest seals stands once."""
    assert t.findings(plant) == []
    for day in (w.DAY, w.NEXT_DAY):
        keys = [row.sort_key for row in w.postings(plant, day)]
        assert len(keys) == len(set(keys))
    assert [one.area for one in sl.statement(plant, w.SHIFT).statements] == ["filter", "mill"]


@ROUNDS
def test_l7_of_closes_at_once_one_seals(loaded: PlantView, tmp_path: Path, rounds: int, programs: int) -> None:
    for number in range(rounds):
        plant = t.again(loaded, tmp_path / str(number))
        said = at_once(plant, *["close"] * programs)
        codes = sorted(code for _, calls in said for call in calls for code in call)
        assert set(codes) <= {"L011"}
        assert len(t.rows(plant, "SELECT seq FROM seals")) == 2, "both days once"
        whole(plant)


@ROUNDS
def test_r2_of_loads_of_one_file_at_once_one_brings_it(tmp_path: Path, rounds: int, programs: int) -> None:
    for number in range(rounds):
        plant = sl.open(w.copy(tmp_path / str(number)))
        said = at_once(plant, *["meters"] * programs)
        assert [calls for _, calls in said] == [[[]]] * programs
        assert t.rows(plant, "SELECT seq, source, rows FROM batches") == [(1, "readings/meters.csv", 257)]
        w.load(plant, w.MOISTURE)
        w.reclose(plant)
        whole(plant)


@ROUNDS
def test_l7_close_load_read_decide_and_verify_at_once(loaded: PlantView, tmp_path: Path, rounds: int, programs: int) -> None:
    for number in range(rounds):
        plant = t.again(loaded, tmp_path / str(number))
        w.reclose(plant)
        said = dict(at_once(plant, "load", "close", "statement", "verify", "decide", times=programs))
        assert said["load"] == said["decide"] == [[]] * programs
        assert said["statement"] == [[]] * programs, "what is published stays readable"
        assert said["verify"] == [[]] * programs, "books that others work on hold"
        assert {code for call in said["close"] for code in call} <= {"L011"}
        w.reclose(plant)
        assert w.statement(plant, "filter").value == 308_600
        whole(plant)


@ROUNDS
def test_l7_of_settlements_at_once_one_is_recorded(loaded: PlantView, tmp_path: Path, rounds: int, programs: int) -> None:
    for number in range(rounds):
        plant = t.again(loaded, tmp_path / str(number))
        w.reclose(plant)
        said = at_once(plant, *["settle"] * programs)
        assert sorted(call for _, calls in said for call in calls) == [[], *[["L012"]] * (programs - 1)]
        assert len(t.rows(plant, "SELECT seq FROM acts")) == 1
        whole(plant)


@ROUNDS
def test_l7_lost_results_restored_by_several_at_once_stand_once(
    loaded: PlantView, tmp_path: Path, rounds: int, programs: int
) -> None:
    for number in range(rounds):
        plant = t.again(loaded, tmp_path / str(number))
        w.reclose(plant)
        shutil.rmtree(plant.state_folder / "results")
        said = at_once(plant, *["close"] * programs)
        assert [calls for _, calls in said] == [[[]]] * programs
        whole(plant)


# The same in one process, at the very moment.


def test_l7_a_close_overtaken_by_another_seals_nothing(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = t.again(loaded, tmp_path)
    write = results.write_results

    def overtaken(*args: object, **named: object) -> None:
        monkeypatch.setattr(local, "write_results", write)
        write(*args, **named)  # type: ignore[arg-type]
        assert sl.close(plant, w.DAY, w.DAY, who="the faster one").ok

    monkeypatch.setattr(local, "write_results", overtaken)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert [(issue.code, issue.message) for issue in done.issues if issue.severity == "error"] == [
        ("L011", "another close sealed days, a month was settled or reopened, or a shift was left out meanwhile")
    ]
    assert done.report is not None
    assert {day.outcome for day in done.report.days} == {"refused"}
    assert t.rows(plant, "SELECT day, who FROM seals") == [(w.DAY, "the faster one")]
    w.reclose(plant)
    whole(plant)


def test_l7_a_close_overtaken_by_the_settlement_does_not_touch_the_settled_month(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = t.again(loaded, tmp_path)
    w.reclose(plant)
    t.act(plant, "suspect", tag="FT-STEAM", start="2026-03-31T15:30:00+02:00", end="2026-03-31T16:30:00+02:00")
    write = results.write_results

    def overtaken(*args: object, **named: object) -> None:
        write(*args, **named)  # type: ignore[arg-type]
        settled_meanwhile(plant)

    monkeypatch.setattr(local, "write_results", overtaken)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert [issue.code for issue in done.issues if issue.severity == "error"] == ["L011"]
    assert len(t.rows(plant, "SELECT seq FROM seals")) == 2
    monkeypatch.undo()
    w.reclose(plant)
    assert t.findings(plant) == []
    assert w.statement(plant, "filter").value == 305_000


def settled_meanwhile(plant: PlantView) -> None:
    """Somebody whose program has not seen the suspect settles March."""
    from shiftledger.acts.acts import Act, append_act
    from shiftledger.acts.state import connect, writing

    state = connect(plant.state_folder)
    seals = " ".join(link for (link,) in t.rows(plant, "SELECT hash FROM seals WHERE day = '2026-03-31'"))
    with writing(state) as connection:
        append_act(connection, Act("settle", *t.CONTROLLER, 0, {"month": "2026-03"}, "", seals))
    state.engine.dispose()


def test_l7_a_settlement_overtaken_by_a_close_or_an_act_is_refused(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shiftledger.engine import settle

    plant = t.again(loaded, tmp_path)
    w.reclose(plant)
    inputs = settle.input_of
    overtaking = [lambda: t.act(plant, "decision", about="x")]

    def overtaken(*args: object) -> str:
        while overtaking:
            overtaking.pop()()
        return inputs(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(settle, "input_of", overtaken)
    done = sl.act(plant, "settle", *t.CONTROLLER, {"month": "2026-03"})
    assert [issue.message for issue in done.issues] == [
        "2026-03 cannot be settled: somebody sealed days or recorded an act meanwhile"
    ]
    assert sl.act(plant, "settle", *t.CONTROLLER, {"month": "2026-03"}).ok
    whole(plant)


def test_l7_verify_sees_the_books_as_they_stood_between_two_loads(
    loaded: PlantView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shiftledger.engine import verify

    plant = t.again(loaded, tmp_path)
    w.reclose(plant)
    writing = verify.writing

    @contextmanager
    def overtaken(state: State) -> Iterator[object]:
        monkeypatch.setattr(verify, "writing", writing)
        with writing(state) as connection:
            yield connection
        w.load(plant, w.LATE)  # after the records were copied, before the lake's files are

    monkeypatch.setattr(verify, "writing", overtaken)
    assert t.findings(plant) == []
    assert len(t.rows(plant, "SELECT seq FROM batches")) == 3
    whole(plant)
