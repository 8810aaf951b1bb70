"""Columns of a wide sheet whose tag no meter has: what they say is set aside, to be read once the tag is declared (R4).

A column waits as one row of quarantine, whatever its length; its cells are kept beside, once for a file, with the columns that say when.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings import codes
from shiftledger.readings.batch import Aside, Batch
from shiftledger.readings.codes import LOCATED
from shiftledger.readings.sources.cells import TEXT, Column, clip, is_mixed, said
from shiftledger.readings.sources.choose import places_of, wanted_columns, when_columns
from shiftledger.readings.sources.rows import Reading

Pairs = Sequence[tuple[str, str]]
NOBODYS = ""  # instead of a tag
LINE = "line"  # the first column of what is kept: the line of each row


def undeclared(
    source: SourceFile, header: Sequence[str], meters: Mapping[str, tuple[Meter, ...]], skipped: Collection[int] = ()
) -> tuple[tuple[str, str], ...]:
    """(column, tag) of the columns that mean a tag of no meter; NOBODYS where the header does not tell it: named twice, or not at all."""
    often = Counter(header)
    known = [(c, t) for c, t in wanted_columns(source, header) if t not in meters and often[c] < 2]
    if source.columns:
        return tuple(known)
    side = _side_columns(source)
    nameless = [(i, name) for i, name in enumerate(header) if i not in skipped and name not in side and name not in meters]
    apart = {place: column for column, place in reversed(places_of(header).items())}
    return (*known, *((apart[i], NOBODYS) for i, name in nameless if not name or often[name] > 1))


def set_aside(
    done: Outcome[Batch], reading: Reading, found: Mapping[str, Column], pairs: Pairs, head: Location
) -> Outcome[Batch]:
    """The batch with one refused row for each undeclared column that says anything; `found` holds the cells. # R4"""
    pairs = [(column, tag) for column, tag in pairs if found[column].null_count < len(found[column])]
    if not pairs or failing(done.issues):
        return done
    rows = _told_rows(reading.source, [found[column] for column, _ in pairs])
    side = [name for name in _side_columns(reading.source) if name in reading.columns.by_name]
    stamps = [reading.columns.by_name[name] for name in side]
    lines, when = reading.columns.lines, _digest(stamps)
    columns, refused = [], []
    for column, tag in pairs:
        there = np.flatnonzero(np.asarray(found[column].is_valid().to_numpy(zero_copy_only=False)))
        span = f"lines {lines[there[0]]} to {lines[there[-1]]}"
        text = f'column "{clip(column)}": {len(there):,} cells, {span}, {_digest([found[column]], when)[:12]}'
        refused.append((text, why_undeclared(column, tag)))
        columns.append(_taken(found[column], rows))
    lines, stamps = lines if rows is None else lines[rows], [_taken(one, rows) for one in stamps]
    names = {"side": side, "columns": [column for column, _ in pairs]}
    kept = hashlib.sha256(json.dumps([when, names, [text for text, _ in refused]]).encode()).hexdigest()[:32]
    fields = [LINE, *(f"c{i}" for i in range(len(side) + len(columns)))]
    table = pa.table([pa.array(lines), *stamps, *columns], names=fields).replace_schema_metadata({"names": json.dumps(names)})
    line = max(head.line, 1)
    nobodys = _nobodys([column for column, tag in pairs if tag == NOBODYS], head)
    issues = ordered([*(issue for issue in done.issues if issue.code != "R012"), *nobodys])
    batch = done.result
    return Outcome(
        replace(
            batch,
            rejected=(*batch.rejected, *((batch.source, line, text, reason) for text, reason in refused)),
            cells={**batch.cells, **{(line, text): _reference(kept, i, pairs[i][0]) for i, (text, _) in enumerate(refused)}},
            aside=Aside(kept, table),
            issues=issues,
        ),
        issues,
    )


def why_undeclared(column: str, tag: str) -> str:
    """Why a column is not read."""
    if tag:
        return f'the column "{clip(column)}" is of tag "{clip(tag)}", which is not declared'
    if column.startswith("(column "):
        return f"{column.strip('()')} has no name in the header"
    return f'the name of the column "{clip(column)}" stands twice in the header'


def _nobodys(columns: Sequence[str], head: Location) -> Iterator[Issue]:
    """What the header does not tell apart."""
    for column in columns[:LOCATED]:
        remedy = f'Say of which tag it is in sources.toml: columns = {{"{clip(column)}" = "..."}}, beside the others that are read; then readmit the row.'
        yield codes.found("R011", f"{why_undeclared(column, NOBODYS)}; its cells wait in quarantine", head, remedy)
    if len(columns) > LOCATED:
        message = f"{len(columns) - LOCATED} more columns without a name of their own wait in quarantine"
        yield codes.found("R011", message, head, "Name their tags in sources.toml (columns); then readmit the rows.")


def _reference(kept: str, number: int, column: str) -> str:
    """Which column of which kept sheet: what quarantine keeps of it."""
    return json.dumps({"aside": [kept, number, column]}, ensure_ascii=False)


def _side_columns(source: SourceFile) -> list[str]:
    """The columns without which a cell means nothing."""
    return [name for name in (*when_columns(source), source.quality, source.revision) if name]


def _told_rows(source: SourceFile, columns: Sequence[Column]) -> np.ndarray | None:
    """The rows in which any of the columns says something; all (None) where the place of a row dates it."""
    if source.order == "position":
        return None
    there = np.zeros(len(columns[0]), np.bool_)
    for column in columns:
        there |= np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
        if there.all():
            return None
    return np.flatnonzero(there)


def _taken(column: Column, rows: np.ndarray | None) -> Column:
    return column if rows is None else column.take(pa.array(rows))


def _digest(columns: Sequence[Column], *more: str) -> str:
    """A hash of what cells say, whatever the layout of their memory; an empty cell is an empty text."""
    found = hashlib.sha256(json.dumps(more).encode())
    for column in columns:
        whole: Column = pa.array([said(cell) for cell in column], TEXT) if is_mixed(column) else pc.cast(column, TEXT)
        text: Column = pc.fill_null(whole, pa.scalar("", TEXT))
        lengths: Column = pc.binary_length(text)
        found.update(lengths.to_numpy(zero_copy_only=False).tobytes())
        _, offsets, content = text.buffers()
        if len(text) and content is not None:
            bounds = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
            found.update(memoryview(content)[bounds[0] : bounds[-1]])
    return found.hexdigest()
