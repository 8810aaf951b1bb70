"""The folder of a simulation: a plant that checks without a word, readings that load, and a truth that the plant cannot see."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import shiftledger as sl
from shiftledger.cli.app import app
from shiftledger.simulate import Settings, Written, simulate

SMALL = Settings(seed=7, days=2, base_days=1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return simulate(SMALL, tmp_path_factory.mktemp("simulated") / "small")


@pytest.fixture(scope="module")
def closed(small: Written) -> sl.api.PlantView:
    """Its books, after everything was loaded."""
    plant = sl.open(small.plant)
    loaded = sl.load(plant, small.files)
    assert loaded.ok, loaded.issues
    done = sl.close(plant)
    assert done.ok, done.issues
    return plant


@pytest.mark.parametrize(("seed", "crews"), [(1, 20), (2, 31), (77, 26)])
def test_every_refinery_checks_without_a_word(tmp_path: Path, seed: int, crews: int) -> None:
    written = simulate(Settings(seed=seed, days=1, base_days=0, crews=crews), tmp_path / "r")
    assert [str(issue) for issue in sl.check(written.plant).issues] == []


def test_it_has_as_many_crews_and_people_as_were_asked_for(tmp_path: Path) -> None:
    written = simulate(Settings(seed=3, days=1, base_days=0, crews=190, people=2228), tmp_path / "r")
    with (written.plant / "members.csv").open(encoding="utf-8") as members:
        rows = list(csv.DictReader(members))
    assert len(rows) == 2228 == len({row["person"] for row in rows})
    assert len({(row["area"], row["crew"]) for row in rows}) == 190
    leaders = Counter((row["area"], row["crew"]) for row in rows if row["post"] == "leader")
    assert set(leaders.values()) == {1}
    assert len(leaders) == 190


def test_the_same_settings_write_the_same_bytes(small: Written, tmp_path: Path) -> None:
    again = simulate(SMALL, tmp_path / "again")
    root = small.plant.parent
    names = sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file() and ".shiftledger" not in path.parts)
    assert len(names) > 20
    assert [name for name in names if (root / name).read_bytes() != (again.plant.parent / name).read_bytes()] == []
    other = simulate(replace(SMALL, seed=8), tmp_path / "other")
    assert (other.plant / "meters.csv").read_bytes() != (again.plant / "meters.csv").read_bytes()


def test_the_plant_knows_nothing_of_the_truth(small: Written) -> None:
    """No skill, story or true flow: the tags are a closed list, and no text of the plant names the truth."""
    assert small.truth.parent == small.plant.parent
    told = "".join(path.read_text("utf-8") for path in small.plant.rglob("*") if path.suffix in (".toml", ".csv"))
    assert not re.search(r"(?i)truth|skill|gaming|bias|noise|story|placebo", told)
    tags = set()
    for path in small.files:
        if path.suffix == ".parquet":
            tags |= set(pc.unique(pq.read_table(path)["tag"].cast("string")).to_pylist())
    with (small.plant / "meters.csv").open(encoding="utf-8") as meters:
        declared = {row["tag"] for row in csv.DictReader(meters)}
    assert tags <= declared
    assert len(tags) == 144


def test_nothing_of_the_program_knows_a_constant_of_the_simulator(root: Path) -> None:
    constants = ("2.43e-4", "0.0356", "1.2906", "162_900", "23_400", "29_700", "0.5295", "1.5295")
    beside = [path for path in (root / "src").rglob("*.py") if "simulate" not in path.parts]
    assert len(beside) > 200
    found = [(path.name, one) for path in beside for one in constants if one in path.read_text("utf-8")]
    assert found == []
    imports = [path.name for path in beside if re.search(r"(from|import) shiftledger\.simulate", path.read_text("utf-8"))]
    assert imports == ["simulate.py"], "only the command line's verb may know the simulator"
    assert [path.name for path in beside if "truth.json" in path.read_text("utf-8")] == []


def test_the_books_of_a_simulated_day_close_and_can_be_verified(closed: sl.api.PlantView) -> None:
    verified = sl.verify(closed)
    assert verified.ok, verified.issues
    for area in ("digestion", "washing", "precipitation", "evaporation", "calcination"):
        view = sl.statement(closed, "2026-03-01.D", area=area)
        assert view.ok, view.issues


def test_an_area_gives_nothing_of_the_kind_that_it_takes(small: Written) -> None:
    """Its output would be the small rest of two large meters, and its standards would stand on that."""
    texts = {name: tomllib.loads((small.plant / f"{name}.toml").read_text("utf-8")) for name in ("units", "streams")}
    area = {name: unit["area"] for name, unit in texts["units"]["unit"].items()}
    with (small.plant / "standards.csv").open(encoding="utf-8") as rows:
        outputs = {(row["area"], row["output"]) for row in csv.DictReader(rows)}
    taken = {(area.get(stream["to"]), stream["material"]) for stream in texts["streams"]["stream"].values()}
    assert len(outputs) == 5
    assert outputs & taken == set()


def test_an_export_reaches_from_the_first_instant_to_the_last(small: Written) -> None:
    """Every shift has readings at both ends: what a close says of gaps tells of faults, not of how the export was cut."""
    gone = {one["tag"] for one in json.loads((small.truth / "truth.json").read_text("utf-8"))["gaps"]}
    ends: dict[str, list[datetime]] = {}
    for path in small.files:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            for tag, time in zip(table["tag"].cast("string").to_pylist(), table["time"].to_pylist(), strict=True):
                ends.setdefault(tag, []).append(time)
    begins, closes = datetime(2026, 2, 28, 0, tzinfo=UTC), datetime(2026, 3, 3, 0, tzinfo=UTC)
    whole = {tag: times for tag, times in ends.items() if tag not in gone}
    assert len(whole) > 50
    assert all(min(times) <= begins and max(times) >= closes for times in whole.values())


def test_what_the_meters_tell_is_near_what_happened(small: Written) -> None:
    """A calibrated flow is within its errors of the truth, hour by hour; the truth lies beside."""
    true = pq.read_table(small.truth / "flows.parquet")
    rows = pq.read_table(next(path for path in small.files if "historian" in path.name))
    with (small.plant / "meters.csv").open(encoding="utf-8") as meters:
        tag = next(row["tag"] for row in csv.DictReader(meters) if row["stream"] == "alumina-made")
    told = rows.filter(pc.equal(rows["tag"].cast("string"), tag))
    by_time = dict(zip(told["time"].to_pylist(), told["value"].to_pylist(), strict=True))
    shares = [
        by_time[at] / value - 1
        for at, value in zip(true["time"].to_pylist(), true["calcined"].to_pylist(), strict=True)
        if at in by_time
    ]
    assert len(shares) > 15
    assert max(map(abs, shares)) < 0.05
    assert sum(map(abs, shares)) > 0, "a meter errs"


def test_truth_names_crews_as_the_plant_does(small: Written) -> None:
    truth = json.loads((small.truth / "truth.json").read_text("utf-8"))
    with (small.plant / "members.csv").open(encoding="utf-8") as members:
        letters = {row["crew"] for row in csv.DictReader(members)}
    assert set(truth["group_value"]) == letters == set(truth["crew_skill"]["mud"])
    assert truth["seed"] == 7
    assert {name for name, one in truth["meters"].items() if one["bias"]} != set()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--days", "0"], "simulate at least one day"),
        (["--crews", "3"], "crews is 3"),
        (["--people", "3"], "people is 3"),
        (["--sampling", "1d"], "choose one of 1h, 1min, 1s"),
        (["--sampling", "1s", "--days", "4"], "at most 3"),
        (["--story", "bias"], "write NAME=NUMBER"),
        (["--story", "wash_cut=2"], "wash_cut is 2.0"),
        (["--first-day", "March"], "write a day"),
        (["--seed", "-1"], "seed is -1"),
    ],
)
def test_bad_options_are_one_line(tmp_path: Path, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["simulate", "refinery", "--out", str(tmp_path / "r"), *options])
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "mine.txt").write_text("mine", "utf-8")
    done = CliRunner().invoke(app, ["simulate", "refinery", "--out", str(tmp_path / "r"), "--days", "1", "--base-days", "0"])
    assert (done.exit_code, (tmp_path / "r" / "mine.txt").read_text("utf-8")) == (2, "mine")
    assert "exists already" in done.stderr
    wrong = CliRunner().invoke(app, ["simulate", "smelter", "--out", str(tmp_path / "s")])
    assert "choose refinery" in wrong.stderr


def test_a_finer_sampling_tells_of_the_same_hours(tmp_path: Path) -> None:
    """By the minute the same meters erred in the same way: means of hours agree within the ripple."""
    settings = Settings(seed=7, days=1, base_days=0)
    hourly, fine = (simulate(settings, tmp_path / str(step), step) for step in (3600, 60))
    assert fine.readings > 50 * hourly.readings
    means = []
    for written in (hourly, fine):
        rows = pq.read_table(next(path for path in written.files if "historian" in path.name))
        wanted = rows.filter(pc.starts_with(rows["tag"].cast("string"), "FT-"))
        means.append(pc.mean(wanted["value"]).as_py())
    assert means[0] == pytest.approx(means[1], rel=0.05)
