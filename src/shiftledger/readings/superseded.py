"""Which refused rows did a later load of their file make good (R4)? Their point, or their event, is told by it now.

A row is the same as one of the corrected file if both speak of one tag and time. Where its tag or its time was what was wrong, it is
the same if it stood on the same line and what was right in it still stands there. An event is the same by its id, or by its start and place;
or on the same line, if two things that it says still stand there. A line that was no row at all is known by the tag and time among its
pieces; without them it stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from shiftledger.acts.acts import Act, read_acts
from shiftledger.acts.state import State
from shiftledger.core.period import DAY
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.batch import BatchRecord
from shiftledger.readings.lake import batch_parts, batch_records, read, watermark
from shiftledger.readings.points import known_points
from shiftledger.readings.quarantine import Refused
from shiftledger.readings.reread import Said, batch_of, read_again
from shiftledger.readings.sources.choose import source_of, when_columns

PIECES, LONGEST = 12, 1 << 12  # pieces of a line that may be a time or a tag, and characters of it that are looked at
AGREE = 2  # things that a wrong row and a right one on its line must both say
EVENT_FIELDS = ("start", "end", "unit", "area", "cause", "reason", "evidence")


@dataclass(frozen=True, slots=True)
class Later:
    """By what a row was superseded: a batch, or an act that records an event."""

    batch: int | None = None
    act: int | None = None


def superseded(plant: Plant, state: State, rows: Sequence[Refused]) -> dict[str, Later]:
    """The rows whose file was corrected and loaded again, by id. # R4"""
    found = _events(read_acts(state), [row for row in rows if row.event])
    waiting = [row for row in rows if not row.event and row.column is None]
    records = {record.seq: record for record in batch_records(state)}
    again = {record.source for record in records.values()}
    waiting = [row for row in waiting if row.source in again]
    if not waiting:
        return found
    torn = [row for row in waiting if not row.cells and row.reading is None]
    waiting = [row for row in waiting if row.cells or row.reading is not None]
    points = {name: (point,) for name, point in _points(plant, waiting).items()} | _among_pieces(plant, torn)
    _, _, best = known_points(state, batch_of("", [(one, 0) for some in points.values() for one in some]))
    told = {(best.tags[t], ts): b for t, ts, b in zip(best.tag.tolist(), best.ts.tolist(), best.batch.tolist(), strict=True)}
    for row in (*waiting, *torn):
        by = [number for one in points.get(row.id, ()) if (number := told.get((one.tag, one.ts))) is not None]
        later = [number for number in by if _is_later(records[number], row)]
        if later:
            found[row.id] = Later(batch=max(later))
    placeless = [row for row in waiting if row.id not in points]
    return found | _by_line(plant, state, placeless, records)


def _is_later(record: BatchRecord, row: Refused) -> bool:
    return record.source == row.source and record.known_at > row.known_at


def _points(plant: Plant, rows: Sequence[Refused]) -> dict[str, Said]:
    """The tag and time of every row that has both: read with a value, quality and revision that can be read."""
    points = {}
    probes = []
    for row in rows:
        if row.reading is not None:
            tag, ts, *_ = row.reading
            points[row.id] = Said(tag, ts, 0.0, 0, -1)
        else:
            source, _ = source_of(plant, Path(row.source), row.source)
            probes += [_probe(plant, source, row)] if source is not None and source.order != "position" else []
    for one in read_again(plant, probes):
        if len(one.said) == 1:
            points[one.row.id] = one.said[0]
    return points


def _among_pieces(plant: Plant, rows: Sequence[Refused]) -> dict[str, tuple[Said, ...]]:
    """The points that lines which were no rows may have spoken of: of the times and tags among their pieces, as values that can be."""
    probes: dict[str, tuple[str, Refused]] = {}
    for row in rows:
        source, _ = source_of(plant, Path(row.source), row.source)
        if source is None or source.format != "csv" or source.order == "position" or source.layout not in ("long", "wide"):
            continue
        pieces = [
            piece.strip(' "')
            for piece in row.text[:LONGEST].split("\t" if source.delimiter in ("\\t", "tab") else source.delimiter)
        ]
        when = when_columns(source)
        for i in range(min(PIECES, len(pieces) - len(when) + 1)):
            cells = dict(zip(when, pieces[i:], strict=False))
            for tag in dict.fromkeys(pieces[:PIECES]) if source.layout == "long" else ("",):
                named = cells | (
                    {source.tag: tag, source.value: _possible(plant, tag, source)} if tag else _possible_row(plant, source)
                )
                name = f"{row.id} {len(probes)}"
                probes[name] = row.id, replace(row, id=name, cells=tuple(named.items()))
    found: dict[str, tuple[Said, ...]] = {}
    for one in read_again(plant, [probe for _, probe in probes.values()]):
        name, _ = probes[one.row.id]
        found[name] = (*found.get(name, ()), *one.said)
    return {name: said for name, said in found.items() if said}


def _possible_row(plant: Plant, source: SourceFile) -> dict[str, str]:
    """A row of a wide sheet with a value that can be in each column of a declared tag."""
    columns = source.columns or tuple((meter.tag, meter.tag) for meter in plant.meters)
    return {column: _possible(plant, tag, source) for column, tag in columns}


def _probe(plant: Plant, source: SourceFile, row: Refused, tag: str = "") -> Refused:
    """The row with a value that its meter can have, and nothing else that could be refused; with `tag` as if it were of that one."""
    cells = dict(row.cells)
    for name in (source.quality, source.revision):
        if name in cells:
            cells[name] = ""
    if source.layout == "wide":
        named = dict(source.columns)
        mine = [column for column in cells if (named.get(column, column)) in {meter.tag for meter in plant.meters}]
        for column in mine[:1]:
            cells[column] = _possible(plant, named.get(column, column), source)
        if tag and not mine:
            return replace(row, cells=())
    else:
        if tag and source.tag in cells:
            cells[source.tag] = tag
        cells[source.value] = _possible(plant, cells.get(source.tag, ""), source)
    return replace(row, cells=tuple(cells.items()))


def _possible(plant: Plant, tag: str, source: SourceFile) -> str:
    """A value that the meter of a tag can have, as the source writes it."""
    meter = next((meter for meter in plant.meters if meter.tag == tag.strip()), Meter("", "rate"))
    if meter.codes:
        return meter.codes[0][0]
    limit = meter.low if meter.low is not None else meter.high if meter.high is not None else 1
    return str(limit).replace(".", source.decimal)


# --- by the line


def _by_line(plant: Plant, state: State, rows: Sequence[Refused], records: Mapping[int, BatchRecord]) -> dict[str, Later]:
    """Rows without a tag or a time of their own, beside what later loads of their file brought from the same line."""
    found: dict[str, Later] = {}
    by_source: dict[str, list[Refused]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    for label, group in by_source.items():
        source, _ = source_of(plant, Path(label), label)
        if source is None or source.layout == "wide":
            continue
        later = [seq for seq, record in records.items() if any(_is_later(record, row) for row in group)]
        for row in group:
            told = _told_on(state, later, row.line)
            same = [batch for tag, ts, value, batch in told if _agrees(plant, source, row, tag, ts, value)]
            if same and _is_later(records[max(same)], row):
                found[row.id] = Later(batch=max(same))
    return found


def _told_on(state: State, batches: Sequence[int], line: int) -> list[tuple[str, int, float, int]]:
    """(tag, instant, value, batch) of everything that these batches brought from one line of their file."""
    parts = [part for part in batch_parts(state) if part.seq in set(batches)]
    if not parts:
        return []
    start, end = min(part.day for part in parts) * DAY, (max(part.day for part in parts) + 1) * DAY
    rows = read(state, {part.tag for part in parts}, start, end, watermark(state))
    rows = rows.take(np.isin(rows.batch, np.array(batches, np.int64)) & (rows.row == line))
    columns = (rows.tag.tolist(), rows.ts.tolist(), rows.value.tolist(), rows.batch.tolist())
    return [(rows.tags[tag], ts, value, batch) for tag, ts, value, batch in zip(*columns, strict=True)]


def _agrees(plant: Plant, source: SourceFile, row: Refused, tag: str, ts: int, value: float) -> bool:
    """True where two of tag, time and value are what the wrong row said, too."""
    cells = dict(row.cells)
    probed = read_again(plant, [_probe(plant, source, row, tag)])[0].said
    same_value = _is_number(cells.get(source.value, ""), source.decimal, value)
    return (cells.get(source.tag, "").strip() == tag) + (len(probed) == 1 and probed[0].ts == ts) + same_value >= AGREE


def _is_number(text: str, decimal: str, value: float) -> bool:
    try:
        return float(text.strip().replace(decimal, ".")) == value
    except ValueError:
        return False


# --- events


def _events(acts: Sequence[Act], rows: Sequence[Refused]) -> dict[str, Later]:
    """Refused events that a later load of their file recorded."""
    found: dict[str, Later] = {}
    told = [act for act in acts if act.kind == "event" and act.body.get("recorded_in")]
    for row in rows:
        for act in told:
            file, _, line = act.body["recorded_in"].rpartition(":")
            if file == row.source and act.made_at > row.known_at and _same_event(dict(row.event), act, line == str(row.line)):
                found[row.id] = Later(act=act.seq)
    return found


def _same_event(said: Mapping[str, str], act: Act, on_its_line: bool) -> bool:
    told = {**act.body, "evidence": act.evidence}
    if said.get("id") or told.get("id"):
        return said.get("id") == told.get("id")
    agree = {name for name in EVENT_FIELDS if said.get(name) and said[name] == told.get(name)}
    return ("start" in agree and bool(agree & {"unit", "area"})) or (on_its_line and len(agree) >= AGREE)
