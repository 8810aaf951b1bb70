"""How fast are readings loaded? A long file of a million readings, CSV and Parquet, beside bare PyArrow reading the same file.

Run with `python bench/load.py [rows]`. `read`: file to batch (every cell checked, times to UTC). `append`: batch to the lake, durable. The bare
reader guesses types and checks nothing; the ratio says what the checking costs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import time
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from shiftledger.acts.state import connect
from shiftledger.plant.model import Meter, Plant, Settings, SourceFile
from shiftledger.readings.lake import append, read, watermark
from shiftledger.readings.sources.files import read_file

TAGS = 50


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs."""
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


def made(rows: int) -> pa.Table:
    """Minute readings of 50 tags with local stamps."""
    stamp = np.datetime64("2026-01-01T00:00:00") + (np.arange(rows) // TAGS * 60).astype("timedelta64[s]")
    tag = pa.array([f"FT-{i}" for i in range(TAGS)]).take(pa.array(np.arange(rows) % TAGS))
    value = np.round(np.random.default_rng(1).normal(100, 5, rows), 3)
    return pa.table({"time": pa.array(stamp).cast(pa.timestamp("s")).cast(pa.string()), "tag": tag, "value": value})


def main(rows: int) -> None:
    meters = tuple(Meter(f"FT-{i}", "rate") for i in range(TAGS))
    sources = {form: SourceFile(form, f"*.{form}", format=form) for form in ("csv", "parquet")}
    plant = Plant(Settings("bench", "EUR", "Asia/Shanghai", time(6)), meters=meters, sources=sources)
    bare: dict[str, Callable[[Path], object]] = {"csv": pacsv.read_csv, "parquet": pq.read_table}
    with tempfile.TemporaryDirectory() as folder:
        table = made(rows)
        pacsv.write_csv(table, Path(folder) / "a.csv")
        pq.write_table(table, Path(folder) / "a.parquet")
        for form in sources:
            path = Path(folder) / f"a.{form}"
            ours, theirs = seconds(lambda p=path: read_file(plant, p)), seconds(lambda p=path, f=form: bare[f](p))
            print(
                f"{form:8} read {rows / ours:12,.0f} rows/s; bare PyArrow {rows / theirs:12,.0f} rows/s; ratio {ours / theirs:5.1f}"
            )
        state = connect(Path(folder) / "state")
        batch = read_file(plant, Path(folder) / "a.csv").result
        print(f"append        {rows / seconds(lambda: append(state, batch, 0), 1):12,.0f} rows/s")
        tags = [meter.tag for meter in meters]
        print(f"lake     read {rows / seconds(lambda: read(state, tags, 0, 1 << 60, watermark(state))):12,.0f} rows/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
