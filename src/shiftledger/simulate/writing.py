"""The folder of a simulation: a plant that anybody could have written, its readings, and beside both the truth.

The truth lies in `truth/`, outside the plant's folder: no path of the plant leads there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shiftledger.simulate.disturbances import generator
from shiftledger.simulate.historian import Meters, meters, readings
from shiftledger.simulate.late import late_batch
from shiftledger.simulate.logbook import dips, lots, samples, stocks
from shiftledger.simulate.people import letters_of, people_files
from shiftledger.simulate.plant_money import standard_rows
from shiftledger.simulate.plant_text import LOT_TAGS, plant_files
from shiftledger.simulate.records import Claim, Project, claims, happenings, projects
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.signals import of_lines, shown, used
from shiftledger.simulate.tables import stamp, table
from shiftledger.simulate.truth import Truth, truth_of
from shiftledger.simulate.truth_file import Observed, write_truth

Progress = Callable[[str, int, int], None]
FINEST_DAYS = 3  # as long as every second may be simulated


@dataclass(frozen=True, slots=True)
class Written:
    """What a simulation left: the plant's folder, the files to load in their order, the folder of the truth, readings."""

    plant: Path
    files: tuple[Path, ...]
    truth: Path
    readings: int


def simulate(settings: Settings, target: Path, seconds: int = 3600, progress: Progress | None = None) -> Written:
    """Write a simulation into the new folder `target`, whole or not at all: `refinery/` and `truth/`.

    seconds: sampling of the historian after the base period: 3600, 60 or 1; the base period is kept by the hour.
    The same settings give the same bytes. ValueError for what cannot be simulated, OSError where the disk refuses.
    """
    if seconds not in (3600, 60, 1):
        raise ValueError(f"sampling every {seconds} s: give 3600, 60 or 1")
    if seconds == 1 and settings.days > FINEST_DAYS:
        raise ValueError(f"{settings.days} days every second: simulate at most {FINEST_DAYS}")
    target = Path(os.path.abspath(target))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"{target} exists already; name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    partly = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        rows = _write(settings, partly, seconds, progress)
        partly.chmod(0o777 & ~_umask())
        if target.exists():
            target.rmdir()
        partly.rename(target)
    finally:
        shutil.rmtree(partly, ignore_errors=True)
    plant = target / "refinery"
    return Written(plant, tuple(sorted((plant / "readings").iterdir())), target / "truth", rows)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write(settings: Settings, target: Path, seconds: int, progress: Progress | None) -> int:
    """Everything into an empty folder; returns how many readings the historian kept."""
    truth = truth_of(settings)
    seen = observed(truth)
    plant = target / "refinery"
    (plant / "readings").mkdir(parents=True)
    texts = (
        plant_files(truth, seen.meters, seen.letters, seen.standards)
        | people_files(truth, seen.letters)
        | _records(seen, settings)
    )
    for name, text in texts.items():
        path = plant / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    for name, text in _tables(settings, seen).items():
        (plant / "readings" / name).write_text(text, "utf-8")
    rows, files = 0, list(_historian(truth, seen.meters, seconds))
    for done, (name, tables) in enumerate(files):
        rows += _parquet(plant / "readings" / name, tables)
        if progress is not None:
            progress(name, done + 1, len(files))
    write_truth(truth, seen, target / "truth")
    return rows


def observed(truth: Truth) -> Observed:
    """What meters, people and the laboratory of the plant made of what happened."""
    offset = 100 * int(generator(truth.settings.seed, "tags").integers(1, 9))
    known = meters(truth, [*used(offset), *shown(offset), *of_lines(truth.lines)])
    carried = lots(truth)
    results = samples(truth)
    standards = standard_rows(truth, known, results)
    batch = late_batch(truth, known, results, standards)
    return Observed(
        letters=letters_of(truth.settings.seed),
        meters=known,
        standards=tuple(standards),
        lots=tuple(carried),
        dips=tuple(dips(truth, stocks(truth, carried))),
        samples=tuple(samples(truth, (batch.begins, batch.ends)) if batch else results),
        log=tuple(happenings(truth, known)),
        projects=tuple(projects(truth, known)),
        claims=tuple(claims(truth, known)),
        late=batch,
    )


def _historian(truth: Truth, known: Meters, seconds: int) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    """Files of the historian: thirty days each by the hour, one day each where it is finer."""
    settings = truth.settings
    base, end = 24 * settings.base_days, settings.hours
    first = np.datetime64(settings.first_day) - settings.base_days
    for begins, ends, step, every in ((0, base, 30 * 24, 3600), (base, end, 30 * 24 if seconds == 3600 else 24, seconds)):
        for hour in range(begins, ends, step):
            name = f"historian-{first + hour // 24}.parquet"
            yield name, readings(truth, known, every, hour, min(hour + step, ends))


def _parquet(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write tables as they come; returns their rows."""
    rows, writer = 0, None
    for one in tables:
        writer = writer or pq.ParquetWriter(path, one.schema, compression="zstd")
        writer.write_table(one)
        rows += one.num_rows
    if writer is not None:
        writer.close()
    return rows


def _tables(settings: Settings, seen: Observed) -> dict[str, str]:
    """The small files of readings, as people exported them; what was not known at the end is not there."""
    end = settings.hours

    def at(hours: float) -> str:
        return stamp(settings, hours)

    return {
        "dips.csv": table("time,tag,value", [(at(one.at), f"LT-{one.stock}", f"{one.value:g}") for one in seen.dips]),
        "lots.csv": table("time,tag,lot,value", [
            *((at(0), tag, f"{stream[0].upper()}-BEGIN", "0") for stream, tag in LOT_TAGS.items()),
            *((at(one.ends), LOT_TAGS[one.stream], one.id, f"{one.weighed:.2f}") for one in seen.lots if one.ends <= end),
            *((at(end), tag, f"{stream[0].upper()}-END", "0") for stream, tag in LOT_TAGS.items())]),
        "laboratory.csv": table("sampled,reported,point,analyte,value", [
            (at(one.at), at(one.known), one.point, one.analyte, one.written) for one in seen.samples if one.known <= end]),
        "log.csv": table("start,end,unit,area,kind,cause,reason", [
            (at(one.begins), at(one.ends), one.unit, "" if one.unit else one.area, one.kind, one.cause, one.text)
            for one in seen.log if one.ends <= end and not one.forgotten]),
    }  # fmt: skip


def _records(seen: Observed, settings: Settings) -> dict[str, str]:
    """projects.csv and claims.csv, where there is something to tell."""

    def day(one: int) -> str:
        return (settings.first_day + timedelta(days=one)).isoformat()

    def project(one: Project) -> tuple[str, ...]:
        return (one.id, one.area, one.zh, one.en, day(one.day), str(one.cost), one.stream, f"{one.expected:.0%}")

    def claim(one: Claim) -> tuple[str, ...]:
        return (one.area, seen.letters[one.crew], one.stream, day(one.begins), day(one.ends - 1), f"{one.tonnes:.0f}", one.reason)

    found = {}
    if seen.projects:
        found["projects.csv"] = table(
            "project,area,name_zh,name_en,begins,cost_cny,stream,expected_saving", map(project, seen.projects)
        )
    if seen.claims:
        found["claims.csv"] = table("area,crew,stream,first_day,last_day,saved_t,reason", map(claim, seen.claims))
    return found
