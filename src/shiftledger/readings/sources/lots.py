"""One row a lot or booking: its end, its start or duration, its amount, and perhaps id, pieces and stage (R1, Q9, Q10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import DAY, EPOCH, HOUR, MINUTE, SECOND, local_iso
from shiftledger.plant.model import Meter
from shiftledger.plant.roster import day_span
from shiftledger.readings.batch import BAD, GOOD, Instants
from shiftledger.readings.lots import DURATION, LOT, LOT_KINDS, OFFSET, PIECES, STAGE, number_of, offset_of
from shiftledger.readings.sources.cells import Cells, Column, clip, distinct, numbers, said, why_not_a_number
from shiftledger.readings.sources.limits import outside, why_outside
from shiftledger.readings.sources.rows import Flags, Found, Reading, open_rows_of, row_stamps, side_columns
from shiftledger.readings.sources.stamps import Stamps

UNIT = {"s": SECOND, "min": MINUTE, "h": HOUR}


@dataclass(frozen=True, slots=True)
class Lot:
    """One row of the file: its place there, tag, id (as text that nothing else of the tag has), period (us), amount."""

    row: int
    tag: str
    identity: str
    start: int
    end: int
    value: float
    quality: int
    revision: int
    pieces: float | None
    stage: str

    @property
    def content(self) -> tuple[object, ...]:
        """What the row says of its lot."""
        return (self.start, self.end, repr(self.value), self.quality, self.pieces)

    @property
    def stamp(self) -> int:
        return self.end - offset_of(self.identity)


def lots(reading: Reading) -> Found:
    """The lots of a file as readings of their tag and its companions. # R1

    Two rows that say different things of one lot at one revision are both refused, and so are older revisions of it in the file;
    of rows without an id that are the same in every cell the first counts: nothing tells whether it is one lot or two.
    """
    found = list(_single(reading, _settled(reading, list(_rows(reading)))))
    rows = sorted((lot.row, tag, lot.stamp, value, quality, lot.revision) for lot in found for tag, value, quality in _told(lot))
    tags = tuple(sorted({row[1] for row in rows}))
    place = {tag: i for i, tag in enumerate(tags)}
    line, tag, ts, value, quality, revision = zip(*rows, strict=True) if rows else ((), (), (), (), (), ())
    whole = [np.array(column, np.int64) for column in (ts, revision, line)]
    return Found(
        *(tags, np.array([place[name] for name in tag], np.int32), whole[0], np.array(value, np.float64)),
        *(np.array(quality, np.int8), whole[1], whole[2]),
    )


def _told(lot: Lot) -> Iterator[tuple[str, float, int]]:
    """(tag, value, quality) of the lot's amount and of each companion."""
    yield lot.tag, lot.value, lot.quality
    yield f"{lot.tag}{DURATION}", (lot.end - lot.start) / SECOND, GOOD
    yield f"{lot.tag}{LOT}", number_of(lot.identity), GOOD
    yield f"{lot.tag}{OFFSET}", (lot.end - lot.stamp) / SECOND, GOOD
    if lot.pieces is not None:
        yield f"{lot.tag}{PIECES}", lot.pieces, GOOD
    if lot.stage:
        yield f"{lot.tag}{STAGE}", number_of(lot.stage), GOOD


def _rows(reading: Reading) -> Iterator[Lot]:
    """The rows that say something usable of a lot."""
    source, columns, count = reading.source, reading.columns.by_name, len(reading.columns.lines)
    words, where = distinct(columns[source.tag]) if not source.meter else (None, np.zeros(count, np.int32))
    names = [source.meter] if words is None else [str(name) for name in words.to_pylist()]
    ends = row_stamps(reading, where)
    open_rows = open_rows_of(reading, ends)
    quality, revision = side_columns(reading, open_rows)
    value = _amounts(reading, columns[source.value], open_rows, quality == BAD)
    starts, until = _starts(reading, where, ends.ts, open_rows), ends.ts
    if ends.length is not None:  # a table by shift: the row tells of the whole shift
        starts, until = ends.ts, ends.ts + ends.length
    if source.whole_days:
        until = _day_edges(reading, ends, open_rows, until, edge="end")
    pieces = optional(reading, source.pieces, open_rows)
    ids, stages = (_texts(reading, name) for name in (source.lot, source.stage))
    for row in np.flatnonzero(open_rows).tolist():
        tag, start, end = names[int(where[row])], int(starts[row]), int(until[row])
        amount = float("nan") if quality[row] == BAD else float(value.value[row])
        why = _unusable(reading, tag, start, end, amount, ids[row] if source.lot else "-") or _no_band(reading, tag, stages[row])
        if why:
            reading.refuse(why[0], row, why[1])
            continue
        count_of = None if pieces is None or pieces.empty[row] else float(pieces.value[row])
        said_all = (start, end, repr(amount), int(quality[row]), count_of)
        identity = ids[row] if source.lot else "|".join(str(part) for part in said_all)
        identity = f"{tag}\n{identity}\n{stages[row]}"
        yield Lot(row, tag, identity, start, end, amount, int(quality[row]), int(revision[row]), count_of, stages[row])


def _unusable(reading: Reading, tag: str, start: int, end: int, amount: float, lot: str) -> tuple[str, str] | None:
    """Code and reason why a row is no lot; None if it is one."""
    meters: tuple[Meter, ...] = reading.meters.get(tag, ())
    if not meters:
        return "R011", f'tag "{clip(tag)}" is not declared'
    if meters[0].kind not in LOT_KINDS:
        return "R017", f'meter "{tag}" is of kind {meters[0].kind}, not a lot or booking'
    if not lot:
        return "R017", "the row has no lot id"
    if end < start:
        zone = reading.plant.settings.zone
        return "R017", f"the lot ends at {local_iso(end, zone)}, before it starts at {local_iso(start, zone)}"
    if meters[0].kind == "booking" and end == start:
        return "R017", "a booking needs a period: its start, or its duration"
    longest = max(meter.length for meter in meters)
    if longest and end - start > longest and amount != 0:  # nothing may last as long as it likes
        return "R017", f"the lot lasts {(end - start) / HOUR:g} h, longer than the length of its meter ({longest / HOUR:g} h)"
    if outside(reading, meters, np.array([amount]), np.array([end]))[0]:
        return "R016", why_outside(reading, meters, amount, end)
    return None


def _no_band(reading: Reading, tag: str, band: str) -> tuple[str, str] | None:
    """Why a bill cannot be of the tariff band that its row names; None if it names none, or one of its material's. # Q9"""
    meters: tuple[Meter, ...] = reading.meters.get(tag, ())
    if not band or meters[0].kind != "booking":
        return None
    plant = reading.plant
    streams = {meter.stream for meter in meters} & plant.streams.keys()
    states = {plant.materials[plant.streams[stream].material].band_state for stream in streams} - {""}
    known = {name for meter in plant.meters if meter.state in states for name, _ in meter.codes}
    if not states:
        return "R017", f'the bill names the band "{clip(band)}", but its material has no band_state'
    if band not in known:
        told = f"which is none of {', '.join(sorted(known))}" if known else "but no meter tells its material's bands"
        return "R017", f'the bill names the band "{clip(band)}", {told}'
    return None


def _settled(reading: Reading, found: list[Lot]) -> list[Lot]:
    """The lots of which the file says one thing at each revision. # R2, R4"""
    by_lot: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in found:
        by_lot[(lot.tag, lot.identity)].append(lot)
    kept = []
    for group in by_lot.values():
        said_at: dict[int, set[tuple[object, ...]]] = defaultdict(set)
        for lot in group:
            said_at[lot.revision].add(lot.content)
        torn = max((revision for revision, contents in said_at.items() if len(contents) > 1), default=None)
        seen: set[tuple[int, tuple[object, ...]]] = set()
        for lot in group:
            again = (lot.revision, lot.content) in seen
            seen.add((lot.revision, lot.content))
            if torn is not None and lot.revision <= torn:
                what = "unequal rows" if lot.revision == torn else "superseded by unequal rows"
                reading.refuse("R026", lot.row, f"lot {_name(reading, lot)}: {what} at one revision in one file")
            elif again and not reading.source.lot:
                reading.refuse("R017", lot.row, "the same row stands twice, and no lot id tells whether it is one lot or two")
            else:
                kept.append(lot)
    return kept


def _single(reading: Reading, found: list[Lot]) -> Iterator[Lot]:
    """The lots with a stamp of their own: two ids that meet in one microsecond would hide each other."""
    at: dict[tuple[str, int], set[str]] = defaultdict(set)
    for lot in found:
        at[(lot.tag, lot.stamp)].add(lot.identity)
    for lot in found:
        if len(at[(lot.tag, lot.stamp)]) == 1:
            yield lot
        else:
            reading.refuse("R017", lot.row, "another lot has the same stamp by chance: give one of them another id")


def _name(reading: Reading, lot: Lot) -> str:
    return f'"{clip(lot.identity.split(chr(10))[1])}"' if reading.source.lot else "without id"


def _amounts(reading: Reading, column: Column, open_rows: Flags, is_bad: Flags) -> Cells:
    """The amounts; a row without one is refused unless it says of itself that it is bad."""
    cells = numbers(column, reading.source.decimal, reading.source.thousands)
    for row in np.flatnonzero(open_rows & ~is_bad & (cells.bad | cells.empty)).tolist():
        cell = said(column[row])
        reason = (
            why_not_a_number(cell, reading.source.decimal, reading.source.thousands)
            if cells.bad[row]
            else "the lot has no amount"
        )
        reading.refuse("R022", row, reason)
        open_rows[row] = False
    return cells


def _starts(reading: Reading, group: npt.NDArray[np.int32], ends: Instants, open_rows: Flags) -> Instants:
    """When each lot began: by its start, by its duration, or when it ended."""
    source = reading.source
    if source.start:
        stamps = row_stamps(reading, group, source.start)
        for row in sorted(stamps.why):
            if open_rows[row]:
                reading.refuse("R021", row, f"start: {stamps.why[row]}")
                open_rows[row] = False
        starts = np.asarray(stamps.ts, np.int64)
        return _day_edges(reading, stamps, open_rows, starts, edge="start") if source.whole_days else starts
    lasted = optional(reading, source.duration, open_rows)
    if lasted is None:
        return ends
    length = np.where(lasted.empty | lasted.bad, 0.0, lasted.value)
    return np.asarray(ends - np.rint(length * UNIT[source.duration_unit]).astype(np.int64), np.int64)


def _day_edges(reading: Reading, stamps: Stamps, open_rows: Flags, given: Instants, *, edge: str) -> Instants:
    """Where the production days begin ("start") or end ("end") whose dates the rows name; other rows keep what is `given`. # T2, R1"""
    edges, rows = np.array(given, np.int64), np.flatnonzero(open_rows)
    days, where = np.unique(stamps.wall(rows) // DAY, return_inverse=True)
    spans = [day_span(reading.plant, date.fromordinal(EPOCH.toordinal() + int(day))) for day in days]
    edges[rows] = np.array([getattr(span, edge) for span in spans], np.int64)[where]
    return edges


def optional(reading: Reading, name: str, open_rows: Flags) -> Cells | None:
    """The numbers of a column that may be missing; a cell that is none refuses its row."""
    if not name:
        return None
    column = reading.columns.by_name[name]
    cells = numbers(column, reading.source.decimal, reading.source.thousands)
    for row in np.flatnonzero(open_rows & cells.bad).tolist():
        reading.refuse(
            "R022", row, f"{name}: {why_not_a_number(said(column[row]), reading.source.decimal, reading.source.thousands)}"
        )
        open_rows[row] = False
    return cells


def _texts(reading: Reading, name: str) -> list[str]:
    """The cells of a column as trimmed text; blank without the column."""
    if not name:
        return [""] * len(reading.columns.lines)
    words, where = distinct(reading.columns.by_name[name])
    listed = [str(word) for word in words.to_pylist()]
    return [listed[i] for i in where]
