"""Loading tables of events: each row becomes an act once (R1, R2, R5). Loading a file again changes nothing."""

from __future__ import annotations

from dataclasses import replace

from shiftledger.acts.events import record_events
from shiftledger.acts.state import State
from shiftledger.core.issue import Outcome
from shiftledger.readings.batch import Batch, LoadReport
from shiftledger.readings.lake import append
from shiftledger.readings.sources.event_rows import EventRows
from shiftledger.readings.sources.files import empty_batch


def record_rows(state: State, events: EventRows, known_at: int) -> Outcome[LoadReport]:
    """Record the events of a file that no act says yet; rows that could not be read wait in quarantine. # R1, R4

    A row that says of an event what was said of it before makes no act, also if a later act superseded or withdrew that one.
    """
    kept = append(state, _refused(events), known_at).issues if events.rejected else ()
    acts = record_events(state, events.acts)
    starts = [int(act.body["start"]) for act in events.acts]
    report = LoadReport(
        source=events.source,
        loaded=bool(acts),
        seq=None,
        rows=events.rows,
        appended=len(acts),
        quarantined=len(events.rejected),
        first=min(starts, default=None),
        last=max(starts, default=None),
        acts=(acts[0].seq, acts[-1].seq) if acts else None,
    )
    return Outcome(report, kept)


def _refused(events: EventRows) -> Batch:
    """A batch without readings: only what goes to quarantine."""
    return replace(empty_batch(events.source, ()), rejected=events.rejected, cells=events.cells)
