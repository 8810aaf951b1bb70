"""The same inputs give the same books, wherever, whenever and by whomever they are closed (I5, L7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.engine import local

HASHES = "SELECT day, result_hash, input_hash, text_hash, boundaries FROM seals ORDER BY seq"


def life(folder: Path) -> PlantView:
    """Closed, corrected, closed again."""
    plant = w.opened(folder)
    w.load(plant, w.LATE)
    w.reclose(plant)
    return plant


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return life(tmp_path_factory.mktemp("one"))


def closed_by(plant: PlantView, who: str, made_at: int, program: str = "0.0.1") -> None:
    from datetime import date

    state = connect(plant.state_folder)
    days = [date.fromisoformat(day) for day in (w.DAY, w.NEXT_DAY)]
    done = local.close(plant.plant, state, days, who=who, program=program, made_at=made_at)
    state.engine.dispose()
    assert not [issue for issue in done.issues if issue.severity == "error"]


def test_i5_two_folders_give_the_same_hashes(one: PlantView, tmp_path: Path) -> None:
    other = life(tmp_path / "another place, 氧化铝")
    assert t.rows(other, HASHES) == t.rows(one, HASHES)
    assert t.rows(other, "SELECT id, rows FROM batches") == t.rows(one, "SELECT id, rows FROM batches")
    assert w.postings(other) == w.postings(one)
    assert t.rows(other, "SELECT hash FROM seals") != t.rows(one, "SELECT hash FROM seals"), "another act of publication"


def test_l7_who_and_when_change_the_chain_but_no_result(tmp_path: Path) -> None:
    loaded = w.opened(tmp_path, days=None)
    first, second, same = (t.again(loaded, tmp_path / name) for name in ("first", "second", "same"))
    closed_by(first, "crew accountant, post 1", 1)
    closed_by(second, "crew accountant, post 2", 2, program="0.0.2")
    assert t.rows(first, HASHES) == t.rows(second, HASHES)
    chains = [t.rows(plant, "SELECT hash FROM seals ORDER BY seq") for plant in (first, second)]
    assert not set(chains[0]) & set(chains[1])
    closed_by(same, "crew accountant, post 1", 1)
    assert t.findings(first) == t.findings(second) == t.findings(same) == []


@pytest.mark.parametrize(
    ("column", "change"),
    [("who", {"who": "b"}), ("made_at", {"made_at": 2}), ("program", {"program": "9"})],
)
def test_l7_each_of_who_when_and_program_is_bound_into_the_chain(tmp_path: Path, column: str, change: dict[str, Any]) -> None:
    loaded = w.opened(tmp_path, days=None)
    plain, other = t.again(loaded, tmp_path / "plain"), t.again(loaded, tmp_path / "other")
    said: dict[str, Any] = {"who": "a", "made_at": 1, "program": "1"}
    closed_by(plain, **said)
    closed_by(other, **{**said, **change})
    assert t.rows(plain, f"SELECT {column} FROM seals") != t.rows(other, f"SELECT {column} FROM seals")
    assert t.rows(plain, HASHES) == t.rows(other, HASHES)


def test_l7_a_day_whose_inputs_are_the_same_is_not_closed_again(one: PlantView, tmp_path: Path) -> None:
    plant = t.again(one, tmp_path)
    before = t.rows(plant, "SELECT * FROM seals")
    w.load(plant, *w.BASE, w.MOISTURE, w.LATE)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert done.report is not None
    assert {day.outcome for day in done.report.days} == {"unchanged"}
    assert t.rows(plant, "SELECT * FROM seals") == before


def test_i5_order_of_files_and_rows_says_nothing(one: PlantView, tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    path = folder / "readings" / "meters.csv"
    head, *lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, *lines[::-1]]) + "\n", "utf-8")
    plant = sl.open(folder)
    w.load(plant, w.MOISTURE, *w.BASE)
    w.reclose(plant)
    w.load(plant, w.LATE)
    w.reclose(plant)
    assert t.rows(plant, HASHES) == t.rows(one, HASHES)


def test_i5_days_closed_one_by_one_are_as_those_closed_together(one: PlantView, tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=None)
    for day in (w.NEXT_DAY, w.DAY):
        w.reclose(plant, day, day)
    ours = dict(t.rows(plant, "SELECT day, result_hash FROM seals ORDER BY seq"))
    assert ours == dict(t.rows(one, "SELECT day, result_hash FROM seals WHERE seq < 2"))


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LANG": "zh_CN.UTF-8"},
    ],
    ids=["C in Shanghai", "zh in New York"],
)
def test_i5_hash_seed_time_zone_and_locale_say_nothing(one: PlantView, tmp_path: Path, environment: dict[str, str]) -> None:
    script = "import sys, pathlib; from engine.test_sameness import life; life(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=os.environ | t.IMPORTABLE | environment, check=True)
    assert t.rows(sl.open(tmp_path / "two-tanks"), HASHES) == t.rows(one, HASHES)
