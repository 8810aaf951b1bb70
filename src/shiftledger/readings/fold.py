"""How does what was told live come into the lake (DESIGN, "Live batches"; R2-R4)?

What waits in the write-ahead files is judged like any file and appended as batches that became known when their last record arrived. The
commit carries the stream's id and the number of its last row: a crash between the commit and the deletion of the file doubles nothing.
Whoever holds the live folder deletes what is folded; a load or a close beside a listening program folds and leaves the files to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import LoadReport
from shiftledger.readings.codes import found
from shiftledger.readings.delta import reason
from shiftledger.readings.lake import append, record_commits, stream_version
from shiftledger.readings.live_codes import R053, R057, live_issue
from shiftledger.readings.sources.live import LIVE
from shiftledger.readings.told import batch_of, layers
from shiftledger.readings.wal import FOLDER, Record, Segment, folders, held, read_segment, segments_of

SPAN = 5 * MINUTE  # of arrivals in one batch: so far can `known_at` lie behind the arrival of a reading
ROWS = 500_000  # of one batch, or one record if that has more


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands in the files of one source: its folder, the segments as they were read, and their records."""

    source: str
    folder: Path
    segments: tuple[Segment, ...]
    records: tuple[Record, ...]


def waiting(state: State, only: Collection[Path] | None = None) -> tuple[Waiting, ...]:
    """What stands in the write-ahead files of every source, by name, folded or not; `only`: of these segments."""
    told = []
    for folder in folders(state.folder):
        segments = tuple(read_segment(path) for path in segments_of(folder) if only is None or path in only)
        records = (record for segment in segments for record in segment.records)
        told.append(Waiting(folder.name, folder, segments, tuple(sorted(records, key=lambda record: record.first))))
    return tuple(told)


def fold(plant: Plant, state: State, closed: Collection[Path] | None = None) -> Outcome[tuple[LoadReport, ...]]:
    """Everything that waits into the lake; the report of every batch.

    `closed`: segments to which nothing is appended any more, by whoever listens; None: all, by somebody else. Errors say what still
    waits, and nothing of that is deleted; a disk that is full, fails or is read-only is one. LakeError if the lake is damaged.
    """
    reports: list[LoadReport] = []
    issues: list[Issue] = []
    try:
        if not waits(state):
            return Outcome(())
        record_commits(state)  # what a crash left unrecorded counts as folded
        for one in waiting(state, closed):
            issues += _damage(one)
            declared = plant.sources.get(one.source)
            if declared is None:
                if one.records:
                    issues.append(_nobody(one))
                continue
            done = _fold_one(plant, state, declared, one.records)
            reports += done.result
            issues += done.issues
            if not failing(done.issues):
                _clear(state, one.segments, mine=closed is not None)
    except OSError as error:  # full, read-only, failing, or not ours to write
        issues.append(_refused(state.folder, error))
    return Outcome(tuple(reports), ordered(issues))


def waits(state: State) -> bool:
    """False where nothing was ever told live, or all of it is folded and deleted."""
    return any(segments_of(folder) for folder in folders(state.folder))


def _fold_one(plant: Plant, state: State, declared: SourceFile, records: Sequence[Record]) -> Outcome[tuple[LoadReport, ...]]:
    reports: list[LoadReport] = []
    issues: list[Issue] = []
    done_with = stream_version(state, f"{LIVE}{declared.id}")
    for some in _batches([record for record in records if record.last > done_with]):
        read = batch_of(plant, declared, some)
        known_at = max(record.arrived for record in some)
        parts = layers(read.result)
        issues += read.issues
        for part in parts:
            stream = (f"{LIVE}{declared.id}", some[-1].last) if part is parts[-1] else None
            done = append(state, part, known_at, stream=stream)
            issues += done.issues
            if failing(done.issues):  # nothing behind it either: the number of a later row would say that this part is there
                return Outcome(tuple(reports), tuple(issues))
            reports.append(done.result)
        if failing(issues):
            break
    return Outcome(tuple(reports), tuple(issues))


def _batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Records in order, as many at a time as arrived together."""
    some: list[Record] = []
    rows = 0
    for record in records:
        if some and (abs(record.arrived - some[0].arrived) > SPAN or rows > ROWS):
            yield some
            some, rows = [], 0
        some.append(record)
        rows += record.rows.num_rows
    if some:
        yield some


def _clear(state: State, segments: Sequence[Segment], *, mine: bool) -> None:
    """Delete what is folded, if nobody else may still write to it; a damaged file is kept aside."""
    if mine:
        _delete(segments)
        return
    with held(state.folder) as alone:
        if alone:
            _delete([segment for segment in segments if segment.is_unchanged])


def _delete(segments: Sequence[Segment]) -> None:
    for segment in segments:
        with suppress(FileNotFoundError):
            if segment.damaged:
                segment.path.replace(segment.path.with_suffix(".damaged"))
            else:
                segment.path.unlink()


def _damage(one: Waiting) -> Iterator[Issue]:
    for segment in one.segments:
        for start, end in segment.damaged:
            where = Location(f"{FOLDER}/{one.source}/{segment.path.name}")
            message = f'bytes {start} to {end} of what "{one.source}" was told are damaged'
            yield live_issue(R057, message, where, R057.explanation)


def _refused(folder: Path, error: OSError) -> Issue:
    """Which file of the live folder the disk refuses, or the folder where it is none of them; and why."""
    path = Path(error.filename) if isinstance(error.filename, str | Path) else folder
    where = path.relative_to(folder).as_posix() if path.is_relative_to(folder / FOLDER) else FOLDER
    message = f"what was told live cannot come into the lake now: {error.strerror or reason(error)}"
    remedy = "Make room, or let this program write there. What was acknowledged stays on disk, and comes into the lake with the next fold, load or close."
    return found("R035", message, Location(where), remedy)


def _nobody(one: Waiting) -> Issue:
    count = sum(record.rows.num_rows for record in one.records)
    message = f'{count} readings wait that "{one.source}" was told, but there is no such source any more'
    remedy = f"Declare the source again until they are folded, or delete the folder {FOLDER}/{one.source} of the state."
    return live_issue(R053, message, Location("sources.toml"), remedy)
