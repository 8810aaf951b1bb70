"""What do readings that were told live mean? The same judgement as for any file: declared tags, codes, limits, revisions (R1-R4).

A record of a write-ahead file becomes a table of one reading a row, which goes the way of every table. Two things differ. A reading
without a declared revision counts as revision 0: so what is known never depends on which fold a reading fell into, and a file, an entry
by hand or a readmission, whose revision is its load, holds against it. And a stamp from the future is refused: it comes from a wrong
clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shiftledger.core.issue import Issue, Kind, Location, Outcome, ordered
from shiftledger.core.period import HOUR, iso, local_iso
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.batch import UNDECLARED, Batch, Instants, cells_text
from shiftledger.readings.codes import LOCATED
from shiftledger.readings.live_codes import R054, R058, live_issue
from shiftledger.readings.quality import QUALITY_NAMES, bits, reading_text, starts
from shiftledger.readings.sources.cells import TEXT, Column, clip, said
from shiftledger.readings.sources.files import read_columns
from shiftledger.readings.sources.live import COLUMNS, LIVE, Told, as_table
from shiftledger.readings.sources.rows import Reading
from shiftledger.readings.sources.sheets import Columns
from shiftledger.readings.wal import SCHEMA, Record, rows_of

REMEDY = "The row waits in quarantine; correct what the sender tells, or how sources.toml reads it."
DECLARE = "Declare it in meters.csv, then readmit the rows (shiftledger quarantine readmit)."
AHEAD = HOUR  # how far a clock may be wrong
Rejected = tuple[str, int, str, str]


def batch_of(plant: Plant, declared: SourceFile, records: Sequence[Record]) -> Outcome[Batch]:
    """The rows of some records of one source as a batch, in their order; `row` is a row's number in the life of the source."""
    label = f"{LIVE}{declared.id}"
    rows: Any = pa.Table.from_batches([r.rows for r in records], SCHEMA).combine_chunks()
    lines = np.concatenate([np.arange(r.first, r.last + 1, dtype=np.int64) for r in records] or [np.empty(0, np.int64)])
    arrived = np.repeat([r.arrived for r in records], [r.rows.num_rows for r in records]).astype(np.int64)
    is_told = rows.column("reason").is_null().to_numpy()
    ts = rows.column("ts").fill_null(0).to_numpy()
    early = is_told & (ts > arrived + AHEAD)
    kept = np.flatnonzero(is_told & ~early)
    judged = _judged(plant, declared, label, rows.take(pa.array(kept)), lines[kept])
    undecoded = [_undecoded(label, rows, i, int(lines[i])) for i in np.flatnonzero(~is_told).tolist()]
    ahead = [_ahead(label, rows, i, int(lines[i]), int(arrived[i])) for i in np.flatnonzero(early).tolist()]
    issues = [
        *(_of_a_stream(issue) for issue in judged.issues if issue.code != "R012"),  # there is no file that could be empty
        *_issues(R054, undecoded),
        *_issues(R058, [one for one, _ in ahead]),
    ]
    cells = {(line, text): kept_cells for (_, line, text, _), kept_cells in ahead}
    refused = (*judged.rejected, *undecoded, *(one for one, _ in ahead))
    batch = replace(judged, rejected=refused, issues=ordered(issues), cells={**judged.cells, **cells})
    return Outcome(batch, batch.issues)


def refusals(plant: Plant, declared: SourceFile, told: Sequence[Told], arrived: int) -> dict[str, str]:
    """Which of some readings will wait in quarantine, by address, and why: for whoever sent them. # R4"""
    if not told:
        return {}
    rejected = batch_of(plant, declared, [Record(0, arrived, rows_of(told, ()))]).result.rejected
    return {told[line].address: reason.removeprefix(f"{told[line].address}: ") for _, line, _, reason in rejected}


def _judged(plant: Plant, declared: SourceFile, label: str, rows: Any, lines: Instants) -> Batch:
    """Readings by the rules of every table."""
    meters: dict[str, tuple[Meter, ...]] = {}
    for meter in plant.meters:
        meters[meter.tag] = (*meters.get(meter.tag, ()), meter)
    addresses = rows.column("address")

    def text(row: int) -> str:
        return _text_of(rows, row)

    columns = Columns(_cells(rows), lines, text, cell=lambda row, _: (str(addresses[row].as_py()), ""))
    return read_columns(Reading(plant, as_table(declared), label, columns, meters), ()).result


def _cells(rows: Any) -> dict[str, Column]:
    """The columns of a table of readings, as `as_table` names them."""
    stamps = rows.column("ts").combine_chunks().cast(pa.timestamp("us", "UTC"))
    grades = pa.array([QUALITY_NAMES[grade] for grade in rows.column("quality").to_pylist()], TEXT)
    revisions = pa.array(np.maximum(rows.column("revision").to_numpy(), 0))
    words = (rows.column(name).combine_chunks().cast(TEXT) for name in ("tag", "text"))
    return dict(zip(COLUMNS, (stamps, *words, grades, revisions), strict=True))


def _text_of(rows: Any, row: int) -> str:
    """A reading as quarantine keeps it: where it was told, when it was, and what it says."""
    address, tag, ts, _, text, quality, revision, _ = (column[row].as_py() for column in rows.columns)
    declared = "" if revision == UNDECLARED else f",{revision}"
    return f"{address},{iso(ts)},{tag},{text},{QUALITY_NAMES[quality]}{declared}"


def _undecoded(label: str, rows: Any, row: int, line: int) -> Rejected:
    address, text, reason = (rows.column(name)[row].as_py() for name in ("address", "text", "reason"))
    return label, line, f"{address},{text}", f"{address}: {reason}"


def _ahead(label: str, rows: Any, row: int, line: int, arrived: int) -> tuple[Rejected, str]:
    cells = _cells(rows.slice(row, 1))
    reason = f"{rows.column('address')[row].as_py()}: it arrived at {iso(arrived)}, before its own time: a clock is wrong"
    return (label, line, _text_of(rows, row), reason), cells_text({name: said(column[0]) for name, column in cells.items()})


def _of_a_stream(issue: Issue) -> Issue:
    """The remedy of a refused row where there is no file to correct."""
    declare = issue.remedy.partition("Declare it")
    return replace(
        issue, remedy=f"{declare[0]}{DECLARE}" if declare[1] else REMEDY if "load it again" in issue.remedy else issue.remedy
    )


def _issues(kind: Kind, refused: Sequence[Rejected]) -> list[Issue]:
    """At most 20 of a kind, then a count."""
    issues = [
        live_issue(kind, why, Location(label, line, text=clip(text)), REMEDY) for label, line, text, why in refused[:LOCATED]
    ]
    if len(refused) > LOCATED:
        rest = f"more rows rejected for this kind of reason: {len(refused) - LOCATED}"
        issues.append(live_issue(kind, rest, Location(refused[0][0]), REMEDY))
    return issues


# --- contradictions


def layers(batch: Batch) -> tuple[Batch, ...]:
    """The batch in parts that do not contradict themselves: one as a rule, a second for what is told otherwise of the same point. # R2

    Inside one file a contradiction is refused whole. Which readings of a stream fall into one fold is chance, so each part is a batch of
    its own: a contradiction is what it would be between two folds, and every fold says the same of it. Two different values of a
    point and revision are enough for that; further ones are refused.
    """
    rank = np.argsort(np.argsort(np.array(batch.tags)))[batch.tag] if len(batch.ts) else batch.tag
    said = bits(batch.value)
    order = np.lexsort((batch.quality, said, batch.revision, batch.ts, rank))
    point = starts(rank[order], batch.ts[order], batch.revision[order])
    fresh = point | starts(said[order], batch.quality[order])
    count = np.cumsum(fresh)
    layer = np.empty(len(order), np.int64)
    layer[order] = count - count[point][np.cumsum(point) - 1]
    if not layer.any():
        return (batch,)
    further = np.flatnonzero(layer > 1).tolist()
    refused = tuple((batch.source, int(batch.row[i]), reading_text(batch, i), _otherwise(batch, i)) for i in further)
    first = replace(_part(batch, layer == 0), rejected=(*batch.rejected, *refused))
    return first, replace(_part(batch, layer == 1), rejected=(), issues=(), cells={})


def _otherwise(batch: Batch, i: int) -> str:
    return (
        f"{batch.tags[batch.tag[i]]} at {local_iso(int(batch.ts[i]), batch.zone)}: more than two unequal values of one revision"
    )


def _part(batch: Batch, rows: npt.NDArray[np.bool_]) -> Batch:
    columns = {name: getattr(batch, name)[rows] for name in ("tag", "ts", "value", "quality", "revision", "row")}
    return replace(batch, **columns)
