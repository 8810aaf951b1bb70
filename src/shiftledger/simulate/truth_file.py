"""The truth as files: truth.json and flows.parquet, everything that nobody in the plant could know."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shiftledger.simulate.historian import HOUR_US, Meters, start_us, turns
from shiftledger.simulate.late import Batch
from shiftledger.simulate.logbook import Dip, Lot, Sample
from shiftledger.simulate.network import AREAS
from shiftledger.simulate.plant_money import Standard
from shiftledger.simulate.plant_text import SLOTS
from shiftledger.simulate.records import Claim, Happening, Project
from shiftledger.simulate.tables import stamp
from shiftledger.simulate.truth import Effect, Truth

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """What the plant made of what happened: `simulate(settings)` is a `Truth` and this."""

    letters: tuple[str, ...]  # of the crews
    meters: Meters
    standards: tuple[Standard, ...]
    lots: tuple[Lot, ...]
    dips: tuple[Dip, ...]
    samples: tuple[Sample, ...]
    log: tuple[Happening, ...]  # with what was forgotten
    projects: tuple[Project, ...]
    claims: tuple[Claim, ...]
    late: Batch | None


def write_truth(truth: Truth, seen: Observed, target: Path) -> None:
    """Into the new folder `target`."""
    target.mkdir(parents=True)
    (target / "truth.json").write_text(json.dumps(_record(truth, seen), ensure_ascii=False, indent=1), "utf-8")
    happened = truth.happened
    columns = {name: path[:, 0] for name, path in happened.flows.items()}
    columns |= {f"stock.{name}": path[:-1, 0] for name, path in happened.stocks.items()}
    for name, path in (("water", happened.water), ("steam", happened.steam), ("fouling", happened.fouling[:-1])):
        columns |= {f"{name}.{one + 1}": path[:, 0, one] for one in range(path.shape[2])}
    hours = start_us(truth.settings) + np.arange(len(truth.on_duty), dtype=np.int64) * HOUR_US
    crew = [seen.letters[one] for one in truth.on_duty]
    pq.write_table(
        pa.table({"time": pa.array(hours, pa.timestamp("us", "UTC")), "crew": crew, "value_cny": truth.value, **columns}),
        target / "flows.parquet",
    )


def _record(truth: Truth, seen: Observed) -> Record:
    settings, letters = truth.settings, seen.letters
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
        **_stories(truth, seen),
        **_faults(truth, seen),
    }


def _stories(truth: Truth, seen: Observed) -> Record:
    """What was done beside the work: games, projects, claims."""
    settings, letters = truth.settings, seen.letters
    ids = {one.id: one for one in seen.projects}

    def day(one: float) -> str:
        return stamp(settings, 24 * (settings.base_days + one))

    return {
        "gaming": None if truth.gaming_crew is None else _games(truth, letters[truth.gaming_crew]),
        "over_reading": None
        if truth.over_reading_crew is None
        else {
            "crew": letters[truth.over_reading_crew],
            "tonnes": settings.stories.over_reading,
            "shifts": _shifts(truth, (truth.on_duty == truth.over_reading_crew) & _after(truth)),
        },
        "project": None
        if truth.project is None
        else {
            "id": "scale",
            "day": settings.stories.project_day,
            "start": day(settings.stories.project_day or 0),
            "true_saving_cny": truth.project.saving,
            "baseline_cost_cny": truth.project.baseline_cost,
            "actual_cost_cny": truth.project.actual_cost,
            "saved_steam_t": float(truth.project.steam.sum()),
        },
        "placebo": {"id": "flocculant", "day": ids["flocculant"].day, "start": day(ids["flocculant"].day), "true_saving_cny": 0.0}
        if "flocculant" in ids
        else None,
        "duplicate_claims": [
            {
                "area": one.area,
                "crew": letters[one.crew],
                "stream": one.stream,
                "begins": day(one.begins),
                "ends": day(one.ends),
                "claimed_t": one.tonnes,
                "true_t_of_both": _saved(truth, one),
            }
            for one in seen.claims
        ],
    }


def _after(truth: Truth) -> np.ndarray:
    return np.arange(len(truth.on_duty)) >= 24 * truth.settings.base_days


def _shifts(truth: Truth, hours: np.ndarray) -> list[str]:
    """Ids of the shifts with one of these hours, such as 2026-03-01.D."""
    found = np.flatnonzero(hours.reshape(-1, 8).any(axis=1)).tolist()
    return [f"{stamp(truth.settings, 24 * (one // 3))[:10]}.{SLOTS[one % 3][0]}" for one in found]


def _games(truth: Truth, letter: str) -> Record:
    """In which shifts the crew gamed, and how much water it kept back and hydrate it drew more than it would have."""
    stories, befalls, flows = truth.settings.stories, truth.befalls, truth.happened.flows
    games = (befalls.gaming > 0) & (truth.on_duty == truth.gaming_crew)
    runs = 1 - befalls.calciner_trip - befalls.planned_stop
    return {
        "crew": letter,
        "gain_cny": truth.gaming_gain,
        "shifts": _shifts(truth, games),
        "wash_water_t": float(flows["wash_water"][games, 0].sum() * stories.wash_cut / (1 - stories.wash_cut)),
        "hydrate_t": float((stories.overdraw * runs[games]).sum()),
    }


def _saved(truth: Truth, claim: Claim) -> float:
    """t of steam that the project saved in the time of a claim."""
    base = truth.settings.base_days
    return (
        0.0 if truth.project is None else float(truth.project.steam[24 * (base + claim.begins) : 24 * (base + claim.ends)].sum())
    )


def _faults(truth: Truth, seen: Observed) -> Record:
    """What is wrong with meters, the historian, the laboratory and the log."""
    settings, known, faults = truth.settings, seen.meters, seen.meters.faults

    def stretches(stuck: bool) -> list[Record]:
        return [
            {"tag": known.signals[one.signal].tag, "begins": stamp(settings, one.begins), "ends": stamp(settings, one.ends)}
            for one in faults.stretches
            if one.stuck == stuck
        ]

    late = seen.late
    return {
        "meters": {
            signal.tag: {
                "measures": signal.measures,
                "calibration": float(faults.calibration[at]),
                "bias": settings.stories.meter_bias if at == faults.biased else 0.0,
                "bias_from": stamp(settings, faults.bias_from) if at == faults.biased else None,
                "bias_until": stamp(settings, settings.hours) if at == faults.biased else None,
            }
            for at, signal in enumerate(known.signals)
            if signal.kind != "state"
        },
        "gaps": stretches(stuck=False),
        "stuck": stretches(stuck=True),
        "rollovers": [{"tag": known.signals[at].tag, "hour": stamp(settings, hour)} for at, hour in turns(known)],
        "replaced_counter": known.signals[faults.replaced].tag if faults.replaced >= 0 else None,
        "replaced_at": stamp(settings, faults.replaced_at) if faults.replaced >= 0 else None,
        "late_batch": None
        if late is None
        else {
            "sampled_from": stamp(settings, late.begins),
            "sampled_until": stamp(settings, late.ends),
            "month": stamp(settings, late.month[0])[:7],
            "best_of_digestion_before": seen.letters[late.before],
            "best_of_digestion_after": seen.letters[late.after],
        },
        "late_results": [_result(truth, one) for one in seen.samples if one.story == "late"],
        "laboratory": [_result(truth, one) for one in seen.samples if one.story],
        "forgotten": [
            {"kind": one.kind, "area": one.area, "begins": stamp(settings, one.begins), "ends": stamp(settings, one.ends)}
            for one in seen.log
            if one.forgotten
        ],
    }


def _result(truth: Truth, one: Sample) -> Record:
    return asdict(one) | {"at": stamp(truth.settings, one.at), "known": stamp(truth.settings, one.known)}
