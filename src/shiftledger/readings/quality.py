"""Which value counts? One value per tag and instant from everything that batches say (R2).

A row's effective revision is the declared one, else the load sequence of its batch; the highest wins. Unequal values at an equal
revision leave the point absent: inside one batch they go to quarantine before the batch has an id, across batches the point
is BAD, so that the order of arrival never matters (I5).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import instant, iso, local_iso
from shiftledger.readings.batch import (
    BAD,
    UNDECLARED,
    Batch,
    Instants,
    Series,
    Small,
    Values,
    empty_series,
    reading_cells,
)
from shiftledger.readings.codes import LOCATED, found
from shiftledger.readings.order import order_of

Mask = npt.NDArray[np.bool_]
Rejected = tuple[tuple[str, int, str, str], ...]
QUALITY_NAMES = ("good", "uncertain", "bad", "below")


@dataclass(frozen=True, slots=True)
class Rows:
    """Stored rows, columns of equal length in any order: `tag` indexes `tags`; `revision` UNDECLARED where the source declares none.

    `ts` UTC microseconds, `batch` load sequence, `row` line of the batch's file.
    """

    tags: tuple[str, ...]
    tag: npt.NDArray[np.int32]
    ts: Instants
    value: Values
    quality: Small
    revision: Instants
    batch: Instants
    row: Instants

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, where: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Rows:
        """The rows at these positions, or where a mask is True."""
        tag, ts, value, quality = self.tag[where], self.ts[where], self.value[where], self.quality[where]
        return Rows(self.tags, tag, ts, value, quality, self.revision[where], self.batch[where], self.row[where])


def bits(value: Values) -> Instants:
    """Values as integers that are equal exactly when the values are: one zero, one NaN."""
    whole = value + 0.0
    whole[np.isnan(whole)] = np.nan
    return whole.view(np.int64)


def resolve(rows: Rows, admitted: Collection[int] | None = None) -> dict[str, Series]:
    """What is known of each tag in `rows.tags`, from the admitted batches (None: all). # R2

    A point whose batches contradict each other is BAD without a value; `contradictions` reports it. Equal values are one; the
    earliest batch that brought the winning value is its provenance.
    """
    best, conflict = winners(_admitted(rows, admitted))
    value = np.where(conflict, np.nan, best.value)
    quality = np.where(conflict, BAD, best.quality).astype(np.int8)
    cuts = np.searchsorted(best.tag, np.arange(len(rows.tags) + 1))
    known = {}
    for i, tag in enumerate(rows.tags):
        part = slice(cuts[i], cuts[i + 1])
        series = Series(tag, best.ts[part], value[part], quality[part], best.batch[part], best.row[part])
        known[tag] = series if len(series) else empty_series(tag)
    return known


def _admitted(rows: Rows, admitted: Collection[int] | None) -> Rows:
    return rows if admitted is None else rows.take(np.isin(rows.batch, np.array(sorted(admitted), np.int64)))


def winners(rows: Rows) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """One row per (tag, ts), in that order, and where rows of the same highest revision disagree. # R2"""
    effective = np.where(rows.revision == UNDECLARED, rows.batch, rows.revision)
    order = order_of((rows.tag, rows.ts, -effective), (rows.batch, rows.row))
    rows, effective, said = rows.take(order), effective[order], bits(rows.value)[order]
    first = starts(rows.tag, rows.ts)
    lead = np.flatnonzero(first)
    leader = lead[np.cumsum(first) - 1] if len(lead) else lead  # for every row, the winning row of its point
    rival = (effective == effective[leader]) & ((said != said[leader]) | (rows.quality != rows.quality[leader]))
    conflict = np.zeros(len(rows), np.bool_)
    conflict[leader[rival]] = True
    return rows.take(lead), conflict[lead]


def starts(*keys: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """True where a sorted run of equal keys begins."""
    start = np.ones(len(keys[0]), np.bool_)
    start[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return start


def said_already(rows: Rows, known: Rows) -> Mask:
    """An undeclared row that equals the winner, or a declared one that equals a row of its revision. # R2"""
    best, conflict = winners(known)
    undeclared = _present(rows, best.take(~conflict), revision=False)
    return np.where(rows.revision == UNDECLARED, undeclared, _present(rows, known, revision=True))


def _present(rows: Rows, among: Rows, *, revision: bool) -> Mask:
    """Which rows equal one of `among` in tag, ts, value, quality (and revision)."""
    if not len(among):
        return np.zeros(len(rows), np.bool_)
    columns = [np.concatenate([a, b]) for a, b in ((among.tag, rows.tag), (among.ts, rows.ts), (among.quality, rows.quality))]
    columns.append(np.concatenate([bits(among.value), bits(rows.value)]))
    if revision:
        columns.append(np.concatenate([among.revision, rows.revision]))
    asked = np.arange(len(among) + len(rows)) >= len(among)
    order = np.lexsort((asked, *columns))
    equal = np.ones(len(order), np.bool_)
    equal[:1] = False
    for keys in columns:
        equal[1:] &= keys[order][1:] == keys[order][:-1]
    hit = np.zeros(len(order), np.bool_)
    previous = np.roll(order, 1)
    hit[order] = equal & asked[order] & ~asked[previous]
    return hit[len(among) :]


def contradictions(rows: Rows, source: str, admitted: Collection[int] | None = None, *, zone: str = "UTC") -> tuple[Issue, ...]:
    """The points that are absent because batches disagree at one revision: at most 20, then a count; times as in `zone`. # R2"""
    best, conflict = winners(_admitted(rows, admitted))
    where = np.flatnonzero(conflict)
    remedy = "Send the right value with a higher revision."
    issues = []
    for i in where[:LOCATED]:
        point = f"{rows.tags[best.tag[i]]} at {local_iso(int(best.ts[i]), zone)}"
        message = f"{point}: batches declare unequal values at revision {best.revision[i]}; the point is absent"
        issues.append(found("R027", message, Location(source), remedy))
    if len(where) > LOCATED:
        issues.append(
            found("R027", f"more points absent for contradicting batches: {len(where) - LOCATED}", Location(source), remedy)
        )
    return tuple(issues)


def one_value_each(batch: Batch) -> Batch:
    """The batch in logical order (tag name, ts, revision), without repeats and without contradictions in itself. # R2

    Unequal readings of one (tag, ts) at one revision all go to `rejected`, and so do lower revisions of that point in the batch: the
    point is absent from it, not an older value. Of equal rows the one on the earliest line stays.
    """
    names = sorted(set(batch.tags))
    place = {name: i for i, name in enumerate(names)}
    rank = np.array([place[tag] for tag in batch.tags], np.int32)[batch.tag] if batch.tags else batch.tag
    said = bits(batch.value)
    order = order_of((rank, batch.ts, batch.revision), (said, batch.quality, batch.row))
    tag, ts, revision = rank[order], batch.ts[order], batch.revision[order]
    keep, rejected, cells = order, Rejected(), dict[tuple[int, str], str]()
    if not starts(tag, ts).all():  # in most files every instant is spoken of once
        keep, rejected, cells = _said_once(batch, order, tag, ts, revision, said[order])
    return Batch(
        batch.source,
        tuple(names),
        rank[keep].astype(np.int32),
        batch.ts[keep],
        batch.value[keep] + 0.0,
        batch.quality[keep],
        batch.revision[keep],
        batch.row[keep],
        rejected=(*batch.rejected, *rejected),
        issues=(*batch.issues, *_reported(batch, rejected)),
        same_lot=batch.same_lot,
        aside=batch.aside,
        zone=batch.zone,
        cells={**batch.cells, **cells},
    )


def _said_once(
    batch: Batch, order: npt.NDArray[np.int64], tag: npt.NDArray[np.int32], ts: Instants, revision: Instants, said: Instants
) -> tuple[npt.NDArray[np.int64], Rejected, dict[tuple[int, str], str]]:
    """The rows of the batch that stay, in logical order, and those rejected with what they say; all but `batch` are in that order. # R2"""
    fresh = starts(tag, ts, revision, said, batch.quality[order])
    group = np.cumsum(starts(tag, ts, revision)) - 1
    spoken = (
        np.bincount(group, weights=fresh).astype(np.int64) if len(group) else group
    )  # distinct readings per (tag, ts, revision)
    torn = spoken[group] > 1
    point = np.cumsum(starts(tag, ts)) - 1
    limit = np.full(int(point[-1]) + 1 if len(point) else 0, UNDECLARED - 1, np.int64)
    np.maximum.at(limit, point[torn], revision[torn])
    absent = revision <= limit[point]
    return order[~absent & fresh], *_rejected(batch, order, absent, torn)


def _rejected(
    batch: Batch, order: npt.NDArray[np.int64], absent: npt.NDArray[np.bool_], torn: npt.NDArray[np.bool_]
) -> tuple[Rejected, dict[tuple[int, str], str]]:
    rows, cells = [], {}
    for at in np.flatnonzero(absent):
        i = int(order[at])
        place = f"{batch.tags[batch.tag[i]]} at {local_iso(int(batch.ts[i]), batch.zone)}"
        reason = f"{place}: unequal values in one batch" if torn[at] else f"{place}: superseded by unequal values in one batch"
        line, text, value = int(batch.row[i]), reading_text(batch, i), repr(float(batch.value[i]))
        rows.append((batch.source, line, text, reason))
        cells[line, text] = reading_cells(
            batch.tags[batch.tag[i]], int(batch.ts[i]), value, int(batch.quality[i]), int(batch.revision[i])
        )
    return tuple(sorted(rows)), cells


def reading_text(batch: Batch, i: int) -> str:
    """Row i as text, by which quarantine knows it: time (UTC), tag, value, quality, revision."""
    revision = "" if batch.revision[i] == UNDECLARED else str(int(batch.revision[i]))
    value = "" if np.isnan(batch.value[i]) else repr(float(batch.value[i]))
    return f"{iso(int(batch.ts[i]))},{batch.tags[batch.tag[i]]},{value},{QUALITY_NAMES[batch.quality[i]]},{revision}"


def local_text(text: str, zone: str) -> str:
    """What `reading_text` wrote, as a person reads it: with its time in a zone."""
    stamp, comma, rest = text.partition(",")
    return f"{local_iso(instant(datetime.fromisoformat(stamp)), zone)}{comma}{rest}"


def _reported(batch: Batch, rejected: Rejected) -> tuple[Issue, ...]:
    remedy = "Correct the source, or declare revisions; the rows wait in quarantine."
    issues = [
        found("R026", reason, Location(batch.source, line, text=local_text(text, batch.zone)), remedy)
        for _, line, text, reason in rejected[:LOCATED]
    ]
    if len(rejected) > LOCATED:
        issues.append(
            found("R026", f"more rows rejected for unequal values: {len(rejected) - LOCATED}", Location(batch.source), remedy)
        )
    return tuple(issues)
