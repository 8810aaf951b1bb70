"""Each story is switched off alone: what it touches changes, every other byte and every other draw stays."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from shiftledger.simulate import Settings, Stories, simulate

TOLD = Settings(
    seed=11, days=62, base_days=2, stories=Stories(meter_bias_day=3, project_day=4, poor_ore=0.0)
)  # two calendar months, and every story but poor ore in them
Tree = dict[str, bytes]


def tree(root: Path) -> Tree:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def written(at: Path, settings: Settings) -> tuple[Tree, dict[str, object]]:
    """Files of the plant by name, and its truth."""
    done = simulate(settings, at)
    return tree(done.plant), json.loads((done.truth / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, dict[str, object]]:
    return written(tmp_path_factory.mktemp("stories") / "told", TOLD)


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8"))))


def historian(files: Tree) -> pa.Table:
    return pa.concat_tables([pq.read_table(pa.BufferReader(body)) for name, body in files.items() if "historian" in name])


def changed_tags(files: Tree, others: Tree) -> set[str]:
    """What the tags that differ measure, in the readings of the historian."""
    one, other = historian(files), historian(others)
    assert one["time"] == other["time"]
    assert one["tag"].cast("string") == other["tag"].cast("string")
    found = set(pc.unique(one["tag"].cast("string").filter(pc.not_equal(one["value"], other["value"]))).to_pylist())
    measured = {row["tag"]: row["stream"] or row["state"] for row in rows(files["meters.csv"])}
    return {measured[tag] for tag in found}


def only_bias(files: Tree, others: Tree, truth: dict[str, dict[str, dict[str, float]]]) -> None:
    biased = {meter["measures"] for meter in truth["meters"].values() if meter["bias"]}
    assert changed_tags(files, others) == biased
    assert len(biased) == 1


def only_hydrate(files: Tree, others: Tree, truth: dict[str, dict[str, object]]) -> None:
    pairs = zip(rows(files["readings/dips.csv"]), rows(others["readings/dips.csv"]), strict=True)
    more = [(a["tag"], float(a["value"]) - float(b["value"])) for a, b in pairs if a != b]
    assert {tag for tag, _ in more} == {"LT-hydrate-shed"}
    assert {amount for _, amount in more} == {30.0}
    assert len(more) == len(truth["over_reading"]["shifts"])  # type: ignore[arg-type]


def only_one_event(kind: str) -> Callable[[Tree, Tree, dict[str, object]], None]:
    def look(files: Tree, others: Tree, truth: dict[str, object]) -> None:
        here, there = (rows(one["readings/log.csv"]) for one in (files, others))
        assert next(row for row in here if row not in there)["kind"] == kind
        assert len(here) == len(there) + 1

    return look


def only_placebo(files: Tree, others: Tree, truth: dict[str, dict[str, object]]) -> None:
    only_one_event("project")(files, others, truth)  # type: ignore[arg-type]
    gone = [row for row in rows(files["projects.csv"]) if row not in rows(others["projects.csv"])]
    assert [row["project"] for row in gone] == [truth["placebo"]["id"]]
    lost = historian(files)
    tag = {row["stream"]: row["tag"] for row in rows(files["meters.csv"]) if row["kind"] == "rate"}
    sums = []
    for name in ("soda-lost", "mud-out"):
        one = lost.filter(pc.equal(lost["tag"].cast("string"), tag[name]))
        day = (one["time"].to_numpy() - np.datetime64("2026-03-01T00:00:00")) // np.timedelta64(30, "D")
        sums.append([one["value"].to_numpy()[day == month].mean() for month in (0, 1)])
    worst = int(np.argmax(np.array(sums[0]) / np.array(sums[1])))
    assert truth["placebo"]["day"] == 30 * (worst + 1)


def only_delays(files: Tree, others: Tree, truth: dict[str, object]) -> None:
    here, there = (
        {(row["sampled"], row["point"], row["analyte"], row["value"]) for row in rows(one["readings/laboratory.csv"])}
        for one in (files, others)
    )
    assert here == there, "the same samples and values, known at other times"
    batch = truth["late_batch"]
    assert isinstance(batch, dict)
    late = truth["late_results"]
    assert isinstance(late, list)
    assert len(late) >= 6
    assert all(batch["sampled_from"] <= one["at"] < batch["sampled_until"] for one in late)


def only_counters(files: Tree, others: Tree, truth: dict[str, object]) -> None:
    touched = changed_tags(files, others)
    assert touched
    assert all(name.startswith("power-") for name in touched)
    turned = truth["rollovers"]
    assert isinstance(turned, list)
    assert turned


CASES: dict[str, tuple[dict[str, object], set[str], Callable[..., None]]] = {
    "meter_bias": ({"meter_bias": 0.0}, {"readings/historian", "claims.csv"}, only_bias),
    "over_reading": ({"over_reading": 0.0}, {"readings/dips.csv"}, only_hydrate),
    "placebo": ({"placebo": False}, {"readings/log.csv", "projects.csv"}, only_placebo),
    "late_batch": ({"late_batch": False}, {"readings/laboratory.csv"}, only_delays),
    "roll_over": ({"roll_over": False}, {"readings/historian", "meters.csv"}, only_counters),
    "near_miss": ({"near_miss": False}, {"readings/log.csv"}, only_one_event("near-miss")),
    "duplicate_claim": ({"duplicate_claim": False}, {"claims.csv"}, lambda *_: None),
}


@pytest.mark.parametrize("story", CASES)
def test_a_story_that_is_left_out_takes_nothing_with_it(told: tuple[Tree, dict[str, object]], tmp_path: Path, story: str) -> None:
    left_out, touches, look = CASES[story]
    files, truth = told
    others, _ = written(tmp_path / "r", replace(TOLD, stories=replace(TOLD.stories, **left_out)))  # type: ignore[arg-type]
    differ = {name for name in files.keys() | others.keys() if files.get(name) != others.get(name)}
    assert differ, "it was told"
    assert {name for name in differ if not any(name.startswith(one) for one in touches)} == set()
    look(files, others, truth)


@pytest.mark.parametrize("left_out", [{"wash_cut": 0.0, "overdraw": 0.0}, {"project_day": None}])
def test_a_story_of_the_process_moves_no_fault_nobody_and_no_clock(
    told: tuple[Tree, dict[str, object]], tmp_path: Path, left_out: dict[str, object]
) -> None:
    """Flows change, as they must; which readings are missing, when samples were taken and known, and who was away, do not."""
    files, truth = told
    others, other_truth = written(tmp_path / "r", replace(TOLD, stories=replace(TOLD.stories, late_batch=False, **left_out)))  # type: ignore[arg-type]
    assert changed_tags(files, others) > {"water-1", "lp-steam"}
    for name in ("members.csv", "attendance.csv", "rotations.toml", "posts.csv", "samples.csv"):
        assert files[name] == others[name]
    assert (truth["gaps"], truth["stuck"], truth["meters"]) == tuple(other_truth[name] for name in ("gaps", "stuck", "meters"))
    sampled = [[(row["sampled"], row["point"]) for row in rows(one["readings/laboratory.csv"])] for one in (files, others)]
    assert sorted(sampled[0]) == sorted(sampled[1])
    halts = [[row for row in rows(one["readings/log.csv"]) if row["kind"] in ("halt", "blend-change")] for one in (files, others)]
    assert halts[0] == halts[1]


def test_poor_ore_lowers_the_ore_of_its_weeks_alone(tmp_path: Path) -> None:
    settings = Settings(seed=2, days=70, base_days=0, stories=Stories(late_batch=False))
    found = []
    for poor in (0.9, 0.0):
        files, _ = written(tmp_path / str(poor), replace(settings, stories=replace(settings.stories, poor_ore=poor)))
        found.append(
            {row["sampled"]: float(row["value"]) for row in rows(files["readings/laboratory.csv"]) if row["analyte"] == "SiO2"}
        )
    assert found[0].keys() == found[1].keys()
    differs = {sampled[:10] for sampled in found[0] if found[0][sampled] != found[1][sampled]}
    assert min(differs) == "2026-05-03"
    assert len(differs) == 7, "what was sampled and known by then"


def test_more_areas_leave_the_refinery_as_it_is(tmp_path: Path) -> None:
    """190 crews: every tag, dip, lot, result, event and absence of the five areas as with 20."""
    settings = Settings(seed=8, days=2, base_days=1)
    small, _ = written(tmp_path / "small", settings)
    large, _ = written(tmp_path / "large", replace(settings, crews=190))
    for name in ("dips", "lots", "laboratory", "log"):
        assert small[f"readings/{name}.csv"] == large[f"readings/{name}.csv"]
    areas = {row["area"] for row in rows(small["members.csv"])}
    for name in ("members.csv", "attendance.csv", "posts.csv"):
        assert rows(small[name]) == [row for row in rows(large[name]) if row["area"] in areas]
    few, many = historian(small), historian(large)
    ours = pc.is_in(many["tag"].cast("string"), value_set=pc.unique(few["tag"].cast("string")))
    kept = many.filter(ours)
    assert len(kept) == len(few)
    assert kept["time"] == few["time"]
    assert kept["value"] == few["value"]
