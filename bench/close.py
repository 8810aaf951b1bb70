"""How long the steel works' year takes, against the script that a user would write for the energy alone; both in one run.

    python bench/close.py steel_industry_15min.csv.gz

The script reads the file with PyArrow and adds up kWh by shift in Python: no prices, bands, standards, statements or seals. Both must
give the same kWh for every shift. Times are wall clock, the script's the best of five.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.csv as pacsv

import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.ledger.results import statement_of
from shiftledger.readings.delta import open_table

PLANT = Path(__file__).resolve().parent.parent / "plants" / "steel-energy"
REPEATS = 5
GOAL_SECONDS = 20.0


def script(path: Path) -> dict[str, float]:
    """kWh by shift with PyArrow and a loop, the file's two traps handled."""
    raw = path.read_bytes()
    table = pacsv.read_csv(io.BytesIO(gzip.decompress(raw) if path.suffix == ".gz" else raw))
    ends: list[Any] = pc.strptime(table["date"], format="%d/%m/%Y %H:%M", unit="s").to_pylist()
    usage: list[Any] = table["Usage_kWh"].to_pylist()
    totals: dict[str, float] = {}
    for end, kwh in zip(ends, usage, strict=True):
        old_date = timedelta(days=1) if end.hour == end.minute == 0 else timedelta(0)
        start = end + old_date - timedelta(minutes=15)
        shift = f"{start:%Y-%m-%d}.{'NDE'[start.hour // 8]}"
        totals[shift] = totals.get(shift, 0.0) + kwh
    return totals


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def done(view: Any) -> Any:
    assert view.ok, view.issues
    return view


def energy(plant: PlantView) -> dict[str, float]:
    """kWh by shift as the sealed statements have it."""
    table = open_table(plant.state_folder / "results" / "statements")
    assert table is not None
    bodies: list[Any] = table.to_pyarrow_table(columns=["body"])["body"].to_pylist()
    found = [statement_of(json.loads(body)) for body in bodies]
    return {s.shift: float(line.qty * line.quantum) for s in found for line in s.lines if line.what == "electricity"}


def main(path: Path) -> None:
    base, expected = min((timed(lambda: script(path)) for _ in range(REPEATS)), key=lambda run: run[0])
    with tempfile.TemporaryDirectory() as folder:
        plant = sl.open(PLANT, state=folder)
        steps: list[tuple[str, float]] = []
        for name, call in (
            ("load", lambda: done(sl.load(plant, [path]))),
            ("close the year", lambda: done(sl.close(plant))),
            ("close again, nothing changed", lambda: done(sl.close(plant))),
            ("verify the year", lambda: done(sl.verify(plant))),
            ("read one statement", lambda: done(sl.statement(plant, "2018-12-31.E"))),
        ):
            steps.append((name, timed(call)[0]))
        found = energy(plant)
    assert found.keys() == expected.keys()
    assert all(abs(found[shift] - expected[shift]) < 1e-6 for shift in expected)
    print(f"{path.name}: {len(expected):,} shifts, the same kWh in each by both routes")
    print(f"{'step':<30}{'seconds':>10}{'x script':>10}")
    for name, seconds in [(f"the script (best of {REPEATS})", base), *steps]:
        print(f"{name:<30}{seconds:>10.3f}{seconds / base:>10.1f}")
    closing = dict(steps)["close the year"]
    print(
        f"closing the year: {closing:.1f} s; the goal is under {GOAL_SECONDS:.0f} s: {'met' if closing < GOAL_SECONDS else 'missed'}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
