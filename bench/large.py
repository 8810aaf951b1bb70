"""How long a large plant takes (190 crews, 2,228 people), against the script that a user would write for its flows alone; in one run.

    python bench/large.py [days of attendance]

The plant is simulated: so many days of rosters and attendance (302 unless told), of which the last is closed. The script reads that
day's file with PyArrow and adds up the hourly tonnes of every tag by shift: no gaps, balances, prices, standards, people, statements or seals.
Both must give the same tonnes wherever nothing had to be decided. Times are of the processor, so that a busy machine measures the same.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.readings.delta import open_table
from shiftledger.simulate import Settings, simulate

CREWS, PEOPLE, SEED = 190, 2228, 2
FIRST = date(2026, 3, 1)
REPEATS = 5
GOALS = {"open": 2.0, "close a day": 2.0, "one statement, cold": 1.0}  # seconds of the processor


def script(files: Iterable[Path], day: date) -> dict[tuple[str, str], float]:
    """Tonnes by shift and tag: eight hourly values each; the day begins at 08:00 in Shanghai, which is midnight in UTC."""
    found: dict[tuple[str, str], float] = {}
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for file in files:
        table = pq.read_table(file, filters=[("time", ">=", start), ("time", "<", start + timedelta(days=1))])
        table = table.group_by(["tag", "time"]).aggregate([("value", "max")])  # the historian tells some hours twice
        table = table.append_column("slot", pc.divide(pc.hour(table["time"]), 8))
        for row in table.group_by(["tag", "slot"]).aggregate([("value_max", "sum")]).to_pylist():
            found[f"{day}.{'DEN'[row['slot']]}", str(row["tag"])] = float(row["value_max_sum"])
    return found


def tonnes(plant: PlantView, day: date) -> dict[tuple[str, str], float]:
    """What was booked of each stream that one meter of t/h measures, where nothing had to be decided: by shift and tag."""
    with (plant.folder / "meters.csv").open(encoding="utf-8", newline="") as file:
        meters = [row for row in csv.DictReader(file) if row["stream"]]
    count = Counter(row["stream"] for row in meters)
    tags = {row["stream"]: row["tag"] for row in meters if row["unit"] == "t/h" and count[row["stream"]] == 1}
    table = open_table(plant.state_folder / "results" / "quantities")
    assert table is not None
    rows: list[Any] = table.to_pyarrow_table().to_pylist()
    return {
        (row["shift"], tags[row["id"]]): row["value"]
        for row in rows
        if row["kind"] == "stream"
        and row["id"] in tags
        and row["day"] == day.isoformat()
        and not row["marks"]
        and row["coverage"] == 1
    }


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the processor, of this process and those that it waited for."""
    before, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    result = call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    waited = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return time.process_time() - before + waited, result


def done(view: Any) -> Any:
    assert view.ok, view.issues
    return view


def statement(folder: Path, shift: str, area: str) -> None:
    """A statement in a process of its own, as somebody asks for it."""
    command = [sys.executable, "-m", "shiftledger", "statement", str(folder), shift, "--area", area]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main(days: int) -> None:
    day = FIRST + timedelta(days=days - 1)
    with tempfile.TemporaryDirectory() as place:
        simulate(Settings(SEED, days, 0, FIRST, crews=CREWS, people=PEOPLE), Path(place, "s"), 3600, None)
        folder = Path(place, "s", "refinery")
        files = sorted((folder / "readings").glob("historian-*.parquet"))
        base, expected = min((timed(lambda: script(files, day)) for _ in range(REPEATS)), key=lambda run: run[0])
        loading, plant = timed(lambda: sl.open(folder))
        steps = [("open", loading)]
        steps.append(("load", timed(lambda: done(sl.load(plant, sorted((folder / "readings").iterdir()))))[0]))
        done(sl.close(plant, day - timedelta(days=1), day - timedelta(days=1)))  # imports
        steps.append(("close a day", timed(lambda: done(sl.close(plant, day, day)))[0]))
        steps.append(("close it again, nothing changed", timed(lambda: done(sl.close(plant, day, day)))[0]))
        steps.append(("one statement", timed(lambda: done(sl.statement(plant, f"{day}.D", "digestion")))[0]))
        steps.append(("one statement, cold", timed(lambda: statement(folder, f"{day}.D", "digestion"))[0]))
        steps.append(("hours on duty", timed(lambda: done(sl.labour(plant)))[0]))
        found = tonnes(plant, day)
    assert found
    assert all(abs(found[key] - expected[key]) < 1e-6 * max(1.0, expected[key]) for key in found)
    print(f"{CREWS} crews, {PEOPLE:,} people, {days} days: the same tonnes in {len(found):,} shifts of tags by both routes")
    print(f"{'step':<34}{'seconds':>10}{'x script':>10}  goal")
    for name, seconds in [(f"the script (best of {REPEATS})", base), *steps]:
        goal = GOALS.get(name)
        told = "" if goal is None else f"  {goal:.0f} s: {'met' if seconds < goal else 'missed'}"
        print(f"{name:<34}{seconds:>10.3f}{seconds / base:>10.1f}{told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 302)
