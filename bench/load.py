"""How fast are readings loaded? Generated files of minute readings of 50 tags, beside what reads the same file elsewhere.

Run with `python bench/load.py [rows]`. `read` goes from the file to a batch: every cell checked, local times to UTC, nothing guessed. `append`
goes from a batch to the lake, durable; `lake` reads it back. A reading is one value; a wide row holds ten of them.

Beside it, in the same run and in the same process:

- *PyArrow* reads the columns and does nothing else: types guessed, nothing checked. Its ratio says what the checking costs.
- *pandas* and *Polars*, if they are installed, read the columns and turn the stamps into UTC instants: the least that a loader of one's own has
  to do. Neither checks a cell, keeps a line number, or keeps what it could not read.

A ratio above 1 says that Shiftledger needs so many times their time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from shiftledger.acts.state import connect
from shiftledger.plant.model import Meter, Plant, Settings, SourceFile
from shiftledger.readings.lake import append, read, watermark
from shiftledger.readings.sources.files import read_file

TAGS = 50
WIDE = 10
ZONE = "Asia/Shanghai"
WANTED = {"csv": 1.5e6, "parquet": 8e6, "append": 0.9e6}  # readings per second on two cores
Reader = Callable[[Path], object]


def main(rows: int) -> None:
    meters = tuple(Meter(f"FT-{i}", "rate") for i in range(TAGS))
    print(f"{rows:,} readings; readings per second, and our time over theirs")
    with tempfile.TemporaryDirectory() as folder:
        for name, table, source in files(rows):
            path = Path(folder) / f"{name.replace(' ', '-')}.{source.format}"
            write(table, path)
            plant = Plant(Settings("bench", "EUR", ZONE, time(6)), meters=meters, sources={source.id: source})
            assert len(read_file(plant, path).result.ts) == rows
            ours = seconds(lambda p=path, q=plant: read_file(q, p))
            beside = {who: seconds(lambda p=path, r=reader: r(p)) for who, reader in others(source).items()}
            shown = "; ".join(f"{who} {rows / spent:12,.0f} ({ours / spent:4.1f})" for who, spent in beside.items())
            print(f"read {name:24} {rows / ours:12,.0f} of {WANTED[source.format]:11,.0f}; {shown}")
        state = connect(Path(folder) / "state")
        name, _, source = next(iter(files(10)))
        plant = Plant(Settings("bench", "EUR", ZONE, time(6)), meters=meters, sources={source.id: source})
        batch = read_file(plant, Path(folder) / f"{name.replace(' ', '-')}.csv").result
        print(
            f"append {'':22} {rows / seconds(lambda: append(state, batch, 0), 1):12,.0f} of {WANTED['append']:11,.0f} (once, durable)"
        )
        tags = [meter.tag for meter in meters]
        print(f"lake {'':24} {rows / seconds(lambda: read(state, tags, 0, 1 << 60, watermark(state))):12,.0f}")


def files(rows: int) -> tuple[tuple[str, pa.Table, SourceFile], ...]:
    """The same readings in five shapes: (name, content, how it is read)."""
    long, wide = long_table(rows), wide_table(rows)
    columns = tuple((f"c{i}", f"FT-{i}") for i in range(WIDE))
    stamps = pc.assume_timezone(pc.cast(long["time"], pa.timestamp("ms")), ZONE)
    typed = long.set_column(0, "time", stamps).set_column(1, "tag", long["tag"].dictionary_encode())
    typed_wide = wide.set_column(0, "time", pc.cast(wide["time"], pa.timestamp("ms")))
    return (
        ("csv long", long, SourceFile("csv", "*.csv")),
        ("csv wide", wide, SourceFile("csv", "*.csv", layout="wide", columns=columns)),
        ("parquet long, text stamps", long, SourceFile("pq", "*", format="parquet")),
        ("parquet long, typed", typed, SourceFile("pq", "*", format="parquet")),
        ("parquet wide, typed", typed_wide, SourceFile("pq", "*", format="parquet", layout="wide", columns=columns)),
    )


def long_table(rows: int) -> pa.Table:
    """Minute readings of 50 tags with local stamps, one reading a row."""
    stamp = np.datetime64("2026-01-01T00:00:00") + (np.arange(rows) // TAGS * 60).astype("timedelta64[s]")
    tag = pa.array([f"FT-{i}" for i in range(TAGS)]).take(pa.array(np.arange(rows) % TAGS))
    value = np.round(np.random.default_rng(1).normal(100, 5, rows), 3)
    return pa.table({"time": pa.array(stamp).cast(pa.timestamp("s")).cast(pa.string()), "tag": tag, "value": value})


def wide_table(rows: int) -> pa.Table:
    """Ten readings a row, every ten seconds."""
    count = rows // WIDE
    stamp = np.datetime64("2026-01-01T00:00:00") + (np.arange(count) * 10).astype("timedelta64[s]")
    values = np.round(np.random.default_rng(1).normal(100, 5, (WIDE, count)), 3)
    columns = {f"c{i}": values[i] for i in range(WIDE)}
    return pa.table({"time": pa.array(stamp).cast(pa.timestamp("s")).cast(pa.string()), **columns})


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pacsv.write_csv(table, path)
    else:
        pq.write_table(table, path)


def others(source: SourceFile) -> dict[str, Reader]:
    """Who else can read such a file here; pandas and Polars only where somebody has installed them."""
    csv = source.format == "csv"
    readers: dict[str, Reader] = {"PyArrow": pacsv.read_csv if csv else pq.read_table}
    if find_spec("pandas"):
        readers["pandas"] = with_pandas(import_module("pandas"), csv)
    if find_spec("polars"):
        readers["Polars"] = with_polars(import_module("polars"), csv)
    return readers


def with_pandas(pd: Any, csv: bool) -> Reader:
    def read_it(path: Path) -> object:
        frame = pd.read_csv(path) if csv else pd.read_parquet(path)
        stamps = pd.to_datetime(frame["time"])
        return frame.assign(time=(stamps if stamps.dt.tz else stamps.dt.tz_localize(ZONE)).dt.tz_convert("UTC"))

    return read_it


def with_polars(pl: Any, csv: bool) -> Reader:
    def read_it(path: Path) -> object:
        frame = pl.read_csv(path) if csv else pl.read_parquet(path)
        stamps = pl.col("time")
        if frame.schema["time"] == pl.String:
            stamps = stamps.str.to_datetime(time_unit="us")
        if getattr(frame.schema["time"], "time_zone", None) is None:
            stamps = stamps.dt.replace_time_zone(ZONE)
        return frame.with_columns(time=stamps.dt.convert_time_zone("UTC"))

    return read_it


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs."""
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
