"""One file into the plant's store: readings into the lake, events into acts (R1-R5). What is large is loaded when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.core.issue import Outcome
from shiftledger.plant.model import Plant
from shiftledger.readings.sources.choose import is_events
from shiftledger.readings.sources.screen import read

if TYPE_CHECKING:
    from shiftledger.acts.state import State
    from shiftledger.readings.batch import LoadReport


def load_one(
    plant: Plant, path: Path, known_at: int, stored: Callable[[], AbstractContextManager[State]]
) -> Outcome[LoadReport | None]:
    """What the file says becomes known at `known_at` (UTC microseconds); no report, and no store, where it cannot be read at all."""
    if is_events(plant, path):
        from shiftledger.readings.events import record_rows
        from shiftledger.readings.sources.event_rows import read_events

        events = read_events(plant, path, known_at)
        if not events.result.rows:
            return Outcome(None, events.issues)
        with stored() as state:
            recorded = record_rows(state, events.result, known_at)
        return Outcome(recorded.result, (*events.issues, *recorded.issues))
    found = read(plant, path)
    if found.result is None or not (len(found.result.ts) or found.result.rejected):
        return Outcome(None, found.issues)
    from shiftledger.readings.lake import append  # large: a file that is refused is refused without it

    with stored() as state:
        appended = append(state, found.result, known_at)
    return Outcome(appended.result, (*found.issues, *appended.issues))
