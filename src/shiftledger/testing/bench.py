"""Where a source is put to the test: a small plant, its content, and what became of a file (R1-R4).

Everything lives in a temporary folder of its own; nothing is kept between two checks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from shiftledger.acts.state import State, connect
from shiftledger.core.issue import Issue, Outcome
from shiftledger.core.period import MINUTE, instant
from shiftledger.plant.model import Meter, Plant, Settings, SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.quality import resolve

Cell: TypeAlias = str | float | int | None
Table: TypeAlias = Mapping[str, Sequence[Cell]]
Reading: TypeAlias = tuple[str, str, str, int, int, int]  # tag, UTC time, value, quality, revision, line

ZONE = "Europe/Berlin"
METERS = (
    Meter("FT-1", "rate"),
    Meter("LT-1", "level"),
    Meter("KWH-1", "interval", length=15 * MINUTE),
    Meter("BAND", "state", codes=(("Light", Decimal(1)), ("Maximum", Decimal(3)))),
    Meter("流量-2", "rate"),
)
CONTENT: Table = {
    "time": [
        "2026-01-04T06:00:00Z",
        "2026-01-04T07:00:00+01:00",
        "2026-01-04T09:00:00",
        "2026-01-04T08:00:00Z",
        "2026-01-04T09:00:00Z",
    ],
    "tag": ["FT-1", "LT-1", "流量-2", "LT-1", "FT-1"],
    "value": [1.25, 7, 1e-05, None, None],
    "q": ["good", "uncertain", "", "bad", None],
    "rev": [1, 0, None, 2, None],
}
AS_READ: tuple[tuple[str, str, str, int, int], ...] = (
    ("FT-1", "2026-01-04T06:00:00Z", "1.25", 0, 1),
    ("LT-1", "2026-01-04T06:00:00Z", "7.0", 1, 0),
    ("流量-2", "2026-01-04T08:00:00Z", "1e-05", 0, -1),
    ("LT-1", "2026-01-04T08:00:00Z", "nan", 2, 2),
)


def plant_of(source: SourceFile, zone: str = ZONE) -> Plant:
    """A plant that knows the five tags of this module and one source."""
    return Plant(Settings("contract", "EUR", zone, time(6)), meters=METERS, sources={source.id: source})


def utc(at: int) -> str:
    """UTC microseconds as text: 2026-01-04T06:00:00Z."""
    return datetime.fromtimestamp(at / 1e6, UTC).isoformat().replace("+00:00", "Z")


def at(text: str) -> int:
    """The other way round."""
    return instant(datetime.fromisoformat(text))


def listed(batch: Batch) -> list[Reading]:
    """The readings of a batch, in its order."""
    columns = (column.tolist() for column in (batch.tag, batch.ts, batch.value, batch.quality, batch.revision, batch.row))
    return [(batch.tags[t], utc(ts), repr(v), q, r, line) for t, ts, v, q, r, line in zip(*columns, strict=True)]


def told(found: Outcome[Batch]) -> str:
    """Everything that reading a file said, as text that can be compared."""
    batch = found.result
    issues = [_issue_text(issue) for issue in found.issues]
    return json.dumps([batch.source, listed(batch), [list(row) for row in batch.rejected], issues], indent=0)


def _issue_text(issue: Issue) -> str:
    return f"{issue.code} {issue.severity} {issue.at}: {issue.message} {issue.remedy}"


def messages(found: Outcome[Batch]) -> list[str]:
    return [f"{issue.code}: {issue.message}" for issue in found.issues]


@dataclass(frozen=True, slots=True)
class Lake:
    """A store of readings for one check."""

    state: State

    def known(self, upto: int | None = None) -> dict[str, list[tuple[str, str, int]]]:
        """What is known of each tag up to a load sequence: (time, value, quality). # R2"""
        last = watermark(self.state) if upto is None else upto
        rows = read(self.state, [meter.tag for meter in METERS], at("1990-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"), last)
        series = resolve(rows)
        return {
            tag: [(utc(ts), repr(v), q) for ts, v, q in zip(s.ts.tolist(), s.value.tolist(), s.quality.tolist(), strict=True)]
            for tag, s in series.items()
            if len(s)
        }


@contextmanager
def lake() -> Iterator[Lake]:
    """An empty store, gone afterwards."""
    with folder() as place:
        state = connect(place / "state")
        try:
            yield Lake(state)
        finally:
            state.engine.dispose()


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="shiftledger-contract-") as place:
        yield Path(place)


# What Arrow allotted while it was counted may live longer than the count (in a reference cycle, in a thread that reads ahead), and is
# freed through the pool that allotted it, of which it holds no reference: a pool that is gone by then ends the program. So none goes.
_POOLS: list[pa.MemoryPool] = []


def peak_memory(work: Callable[[], object]) -> int:
    """The bytes that Python, NumPy and Arrow held at most while `work` ran, beyond what was held before."""
    before = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(before)
    _POOLS.append(counted)
    pa.set_memory_pool(counted)
    tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    tracemalloc.reset_peak()
    held = tracemalloc.get_traced_memory()[0]
    try:
        work()
        return tracemalloc.get_traced_memory()[1] - held + (counted.max_memory() or 0)
    finally:
        if not tracing:
            tracemalloc.stop()
        pa.set_memory_pool(before)


PROBE = """
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("shiftledger_contract_probe", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
sys.stdout.buffer.write(getattr(module, sys.argv[2])().all_told(pathlib.Path(sys.argv[3])).encode())
"""


def told_elsewhere(file: str, name: str, place: Path, zone: str, seed: int) -> str:
    """What class `name` of a Python file says about its own content in another process: other time zone, locale, hash seed, folder."""
    odd = {"TZ": zone, "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": str(seed), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    where = {"PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(Path(file).resolve()), name, str(place)],
        cwd=place,
        env={**os.environ, **where, **odd},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode()
