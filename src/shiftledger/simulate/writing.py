"""The folder of a simulation: a plant that anybody could have written, its readings, and beside both the truth.

The truth lies in `truth/`, outside the plant's folder: no path of the plant leads there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shiftledger.simulate.disturbances import generators
from shiftledger.simulate.historian import HOUR_US, ZONE, Meters, meters, readings, start_us
from shiftledger.simulate.logbook import Dip, Happening, Lot, Sample, dips, happenings, lots, samples, stocks
from shiftledger.simulate.network import AREAS
from shiftledger.simulate.people import letters_of, people_files
from shiftledger.simulate.plant_text import LOT_TAGS, plant_files
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.signals import of_lines, shown, used
from shiftledger.simulate.tables import table
from shiftledger.simulate.truth import Effect, Truth, truth_of

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
    truth, rngs = truth_of(settings), generators(settings.seed)
    offset = 100 * int(rngs["people"].integers(1, 9))
    known = meters(truth, [*used(offset), *shown(offset), *of_lines(truth.lines)], rngs)
    letters = letters_of(rngs["people"])
    plant = target / "refinery"
    (plant / "readings").mkdir(parents=True)
    for name, text in (plant_files(truth, known, letters) | people_files(truth, letters, rngs["people"])).items():
        path = plant / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    carried = lots(truth, rngs["events"])
    read = dips(truth, stocks(truth, carried), rngs["laboratory"])
    found = samples(truth, rngs["laboratory"])
    log = happenings(truth, rngs["events"])
    for name, text in _tables(settings, carried, read, found, log).items():
        (plant / "readings" / name).write_text(text, "utf-8")
    rows, files = 0, list(_historian(truth, known, seconds))
    for done, (name, tables) in enumerate(files):
        rows += _parquet(plant / "readings" / name, tables)
        if progress is not None:
            progress(name, done + 1, len(files))
    write_truth(truth, known, letters, found, target / "truth")
    return rows


def _historian(truth: Truth, known: Meters, seconds: int) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    """Files of the historian: thirty days each by the hour, one day each where it is finer."""
    settings = truth.settings
    base, end = 24 * settings.base_days, settings.hours
    first = np.datetime64(settings.first_day) - settings.base_days
    for begins, ends, step, every in ((0, base, 30 * 24, 3600), (base, end, 30 * 24 if seconds == 3600 else 24, seconds)):
        for hour in range(begins, ends, step):
            name = f"historian-{first + hour // 24}.parquet"
            yield name, readings(truth, known, every, hour, min(hour + step, ends), settings.seed)


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


def _tables(settings: Settings, carried: list[Lot], read: list[Dip], found: list[Sample], log: list[Happening]) -> dict[str, str]:
    """The small files of readings, as people exported them; what was not known at the end is not there."""

    def at(hours: float) -> str:
        return stamp(settings, hours)

    end = settings.hours
    return {
        "dips.csv": table("time,tag,value", [(at(one.at), f"LT-{one.stock}", f"{one.value:g}") for one in read]),
        "lots.csv": table("time,tag,lot,value", [
            (at(one.ends), LOT_TAGS[one.stream], one.id, f"{one.weighed:.2f}") for one in carried if one.ends <= end]),
        "laboratory.csv": table("sampled,reported,point,analyte,value", [
            (at(one.at), at(one.known), one.point, one.analyte, one.written) for one in found if one.known <= end]),
        "log.csv": table("start,end,unit,area,kind,cause,reason", [
            (at(one.begins), at(one.ends), one.unit, "" if one.unit else one.area, one.kind, one.cause, one.text)
            for one in log if one.ends <= end]),
    }  # fmt: skip


def stamp(settings: Settings, hours: float) -> str:
    """Local time with its offset, to the second."""
    moment = datetime.fromtimestamp((start_us(settings) + round(hours * HOUR_US)) // 1_000_000, UTC)
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


# truth ------------------------------------------------------------------------------------------------------------------


def write_truth(truth: Truth, known: Meters, letters: tuple[str, ...], found: list[Sample], target: Path) -> None:
    """truth.json and flows.parquet: everything that nobody in the plant could know."""
    target.mkdir(parents=True)
    (target / "truth.json").write_text(json.dumps(_record(truth, known, letters, found), ensure_ascii=False, indent=1), "utf-8")
    happened = truth.happened
    columns = {name: path[:, 0] for name, path in happened.flows.items()}
    columns |= {f"stock.{name}": path[:-1, 0] for name, path in happened.stocks.items()}
    for name, path in (("water", happened.water), ("steam", happened.steam), ("fouling", happened.fouling[:-1])):
        columns |= {f"{name}.{one + 1}": path[:, 0, one] for one in range(path.shape[2])}
    hours = start_us(truth.settings) + np.arange(len(truth.on_duty), dtype=np.int64) * HOUR_US
    crew = [letters[one] for one in truth.on_duty]
    pq.write_table(
        pa.table({"time": pa.array(hours, pa.timestamp("us", "UTC")), "crew": crew, "value_cny": truth.value, **columns}),
        target / "flows.parquet",
    )


def _record(truth: Truth, known: Meters, letters: tuple[str, ...], found: list[Sample]) -> dict[str, Any]:
    settings, faults = truth.settings, known.faults
    asked = json.dumps(asdict(settings), default=str, sort_keys=True)

    def crews(effects: tuple[Effect, ...]) -> dict[str, dict[str, float]]:
        return {letters[one.crew]: {"shifts": one.shifts, "own": one.own, "total": one.total} for one in effects}

    return {
        "seed": settings.seed,
        "settings": json.loads(asked),
        "settings_sha256": hashlib.sha256(asked.encode()).hexdigest(),
        "parameters": asdict(truth.made_of),
        "prices": asdict(truth.prices),
        "crew_skill": {name: dict(zip(letters, values.tolist(), strict=True)) for name, values in truth.skills.items()},
        "crew_value": {area.id: crews(truth.areas[area.id]) for area in AREAS},
        "group_value": crews(truth.groups),
        "line_value": {line.area.id: dict(zip(letters, line.worth.tolist(), strict=True)) for line in truth.lines},
        "meters": {
            signal.tag: {
                "measures": signal.measures,
                "calibration": float(faults.calibration[at]),
                "bias": settings.stories.meter_bias if at == faults.biased else 0.0,
                "bias_from": stamp(settings, faults.bias_from) if at == faults.biased else None,
            }
            for at, signal in enumerate(known.signals)
            if signal.kind != "state"
        },
        "gaming": None if truth.gaming_crew is None else {"crew": letters[truth.gaming_crew], "gain_cny": truth.gaming_gain},
        "over_reading": None
        if truth.over_reading_crew is None
        else {"crew": letters[truth.over_reading_crew], "tonnes": settings.stories.over_reading},
        "project": None
        if truth.project_saving is None
        else {"day": settings.stories.project_day, "true_saving_cny": truth.project_saving},
        "gaps": [
            {"tag": known.signals[one.signal].tag, "begins": stamp(settings, one.begins), "ends": stamp(settings, one.ends)}
            for one in faults.stretches
            if not one.stuck
        ],
        "stuck": [
            {"tag": known.signals[one.signal].tag, "begins": stamp(settings, one.begins), "ends": stamp(settings, one.ends)}
            for one in faults.stretches
            if one.stuck
        ],
        "replaced_counter": known.signals[faults.replaced].tag if faults.replaced >= 0 else None,
        "laboratory": [asdict(one) | {"at": stamp(settings, one.at), "known": stamp(settings, one.known)}
                       for one in found if one.story],
    }  # fmt: skip
