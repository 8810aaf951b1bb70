"""How long does a simulation take, and how much memory? Each size runs in a process of its own, whose peak is read at its end.

Run with `python bench/simulate.py [small]`. Readings are those of the historian. Wanted: half a year by the minute in 120 s and 4 GB, and a peak
that does not grow with the readings: three days by the second hold ten times as many at once as a day by the minute, and no more
than a block of an hour.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

from shiftledger.simulate import Settings, simulate

CASES: dict[str, tuple[dict[str, Any], int]] = {
    "182 + 120 days by the hour": ({}, 3600),
    "1 day by the minute": ({"days": 1, "base_days": 0}, 60),
    "182 + 120 days by the minute": ({}, 60),
    "3 days by the second": ({"days": 3, "base_days": 0}, 1),
    "190 crews, 2,228 people, 30 + 30 days": ({"days": 30, "base_days": 30, "crews": 190, "people": 2228}, 3600),
}
SMALL = ("1 day by the minute",)


def main(names: list[str]) -> None:
    print(f"{'':40} {'readings':>12} {'CPU s':>8} {'peak MB':>8} {'MB on disk':>11}")
    for name in names:
        with get_context("spawn").Pool(1) as pool:
            readings, spent, peak, size = pool.apply(measured, (name,))
        print(f"{name:40} {readings:12,} {spent:8.1f} {peak:8.0f} {size:11.1f}", flush=True)


def measured(name: str) -> tuple[int, float, float, float]:
    """Readings written, CPU seconds, peak memory in MB, and MB on disk of one case."""
    fields, seconds = CASES[name]
    begins = process_time()
    with tempfile.TemporaryDirectory() as folder:
        written = simulate(Settings(seed=1, **fields), Path(folder) / "r", seconds)
        size = sum(path.stat().st_size for path in written.plant.rglob("*") if path.is_file())
    spent = process_time() - begins
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return written.readings, spent, peak, size / 1e6


if __name__ == "__main__":
    main(list(SMALL if "small" in sys.argv[1:] else CASES))
