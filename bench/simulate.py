"""How long does a simulation take, and how much memory? Each size runs in a process of its own, whose peak is read at its end.

Run with `python bench/simulate.py [small]`. Readings are those of the historian. Wanted: half a year by the minute in 120 s and 4 GB on two
cores, and a peak that does not grow with the readings: what is streamed is a block of a day, of an hour where every second is kept.

Measured on two shared cores at 2026-11-20 (CPU seconds; peak of the process, of which about 100 MB are the libraries):

                                             readings    CPU s  peak MB  MB on disk
    182 + 120 days by the hour              1,036,408      3.1      195         5.0
    1 day by the minute                       213,999      0.1      107         0.6
    182 + 120 days by the minute           37,880,406      9.2      210       101.7
    3 days by the second                   37,544,193      4.8      154        74.9
    190 crews, 2,228 people, 30 + 30 days     446,679      0.9      120         2.3
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
