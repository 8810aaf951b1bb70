"""One file into the plant's store: readings into the lake, events into acts (R1-R5)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from shiftledger.acts.state import State
from shiftledger.core.issue import Outcome
from shiftledger.plant.model import Plant
from shiftledger.readings.batch import LoadReport
from shiftledger.readings.events import load_events
from shiftledger.readings.lake import append
from shiftledger.readings.sources.event_rows import is_events
from shiftledger.readings.sources.files import read_file


def load_one(
    plant: Plant, path: Path, known_at: int, stored: Callable[[], AbstractContextManager[State]]
) -> Outcome[LoadReport | None]:
    """What the file says becomes known at `known_at` (UTC microseconds); no report, and no store, where it cannot be read at all."""
    if is_events(plant, path):
        with stored() as state:
            recorded = load_events(plant, state, path, known_at)
        return Outcome(recorded.result if recorded.result.rows else None, recorded.issues)
    found = read_file(plant, path)
    if not len(found.result.ts) and not found.result.rejected:
        return Outcome(None, found.issues)
    with stored() as state:
        appended = append(state, found.result, known_at)
    return Outcome(appended.result, (*found.issues, *appended.issues))
