"""When was it? Time cells become instants in UTC microseconds (T2, R3).

A stamp with an offset is an instant; one without is a local time of the source's zone. A local time inside a clock-change gap
does not exist and is refused. 24:00 ends its day.
In the fold the first occurrence counts, unless the file's order shows the second: the stamps of
the tag run in one direction, except for the one step back that a repeated hour makes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shiftledger.core.issue import Issue
from shiftledger.core.period import DAY, EPOCH, instant
from shiftledger.readings.batch import EARLIEST, LATEST, Instants
from shiftledger.readings.sources.cells import Column, Mask, clip, distinct, is_mixed, mask, numbers, parts

MICROSECOND = timedelta(microseconds=1)
BLOCK = 1 << 16  # rows that fit a processor's cache
Indices = npt.NDArray[np.int32] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Stamps as read: `at` is a UTC instant where `aware`, else a local time counted as if it were UTC. `ok` False: unreadable."""

    at: Instants
    aware: Mask
    ok: Mask


@dataclass(frozen=True, slots=True)
class Stamps:
    """`ts` UTC microseconds per row; `why` the reason for each row that has no instant. `moments` are local times (as if UTC).

    `where` says which of the moments each row holds (None: row i holds moment i), so that equal cells are looked at once. `code` is the
    kind of a refusal where it is not the time itself; `length`: of each row's shift (us), where `ts` is the start of a shift.
    """

    ts: Instants
    moments: Instants
    where: Indices | None
    why: dict[int, str]
    code: Mapping[int, str] = field(default_factory=dict)
    length: Instants | None = None
    issues: tuple[Issue, ...] = ()

    def wall(self, rows: Indices) -> Instants:
        """The local times of some rows."""
        return self.moments[rows if self.where is None else self.where[rows]]


def read_stamps(column: Column, time_format: str, zone: ZoneInfo, *, midnight_old: bool, group: npt.NDArray[np.int32]) -> Stamps:
    """The instants of a column of times, in file order; `group` says which rows belong to one tag (for the fold). # T2, R3"""
    parsed, where = parse(column, time_format, midnight_old=midnight_old)
    why = {row: _unreadable(column[row], time_format) for row in _rows_holding(~parsed.ok, where)}
    plausible = (parsed.at >= EARLIEST) & (parsed.at < LATEST)
    for row in _rows_holding(parsed.ok & ~plausible, where):
        why[row] = f'time "{clip(column[row])}" is not between 1900 and 2200'
    local = parsed.ok & plausible & ~parsed.aware
    if not local.any():
        return Stamps(_spread(parsed.at, where), parsed.at, where, why)
    first, second, gap = local_to_utc(np.where(local, parsed.at, _one_of(parsed.at, local)), zone)
    gap &= local
    for row in _rows_holding(gap, where):
        why[row] = f'time "{clip(column[row])}" does not exist in {zone.key} (clock change)'
    ts = _spread(first if local.all() else np.where(local, first, parsed.at), where)
    if second is not first and (second != first)[local].any():
        rows = np.flatnonzero(_spread(local, where))
        moment = rows if where is None else where[rows]
        ts[rows] = by_file_order(parsed.at[moment], first[moment], second[moment], gap[moment], group[rows])
    return Stamps(ts, parsed.at, where, why)


def _spread(of_moments: npt.NDArray[Any], where: Indices | None) -> npt.NDArray[Any]:
    """From one entry a moment to one entry a row."""
    return of_moments if where is None else of_moments[where]


def _rows_holding(asked: Mask, where: Indices | None) -> list[int]:
    """The rows whose moment is asked for; most files have none."""
    return np.flatnonzero(_spread(asked, where)).tolist() if asked.any() else []


def _one_of(at: Instants, local: Mask) -> np.int64:
    """Any of the local times: it stands in where there is none, so that no absurd year stretches the calendar."""
    return np.int64(at[np.argmax(local)])


def parse(column: Column, time_format: str, *, midnight_old: bool) -> tuple[Parsed, Indices | None]:
    """Time cells (text, or timestamps in microseconds of any zone) as microseconds, before zones: the moments, and where they stand."""
    if pa.types.is_timestamp(column.type):
        return _typed(column, midnight_old), None
    if is_mixed(column):
        return _mixed(column, time_format, midnight_old), None
    words, where = distinct(column)  # every distinct cell once
    if time_format in SERIAL:
        return _serial(words, time_format, midnight_old), where
    return _all_at_once(words, time_format, midnight_old) or _one_by_one(words, time_format, midnight_old), where


def _mixed(column: Column, time_format: str, midnight_old: bool) -> Parsed:
    """A workbook's column of dates and text."""
    moments, text = parts(column)
    typed = _typed(moments, midnight_old)
    parsed, where = parse(text, time_format, midnight_old=midnight_old)
    spread = (_spread(each, where) for each in (parsed.at, parsed.aware, parsed.ok))
    at, aware, ok = (np.where(typed.ok, one, other) for one, other in zip((typed.at, typed.aware, typed.ok), spread, strict=True))
    return Parsed(at, aware, ok)


def _typed(column: Column, midnight_old: bool) -> Parsed:
    aware = pa.types.is_timestamp(column.type) and column.type.tz is not None
    at = _whole(column)
    if midnight_old and not aware:
        at = _old_midnight(at)
    return Parsed(at, np.full(len(at), aware), mask(column.is_valid()))


SERIAL = ("serial-1900", "serial-1904")  # how spreadsheets count days


def serial_instants(days: npt.NDArray[np.float64], system: str) -> tuple[Instants, Mask]:
    """Days as a spreadsheet counts them, as local time in us (to the millisecond), and which of them exist. # R3

    1900: day 61 is 1900-03-01; day 60 never was (29 February 1900). 1904: day 0 is 1904-01-01.
    """
    there = np.isfinite(days) & (np.abs(days) < 1e7)
    days = np.where(there, days, 0.0)
    if system == "serial-1904":
        zero = np.full(len(days), _LOCAL_1904)
    else:
        there &= (days < 60) | (days >= 61)
        zero = np.where(days < 60, _LOCAL_1900, _LOCAL_1900 - DAY)
    return zero + np.rint(days * 86_400_000).astype(np.int64) * 1000, there


_LOCAL_1900 = instant(datetime(1899, 12, 31, tzinfo=UTC))
_LOCAL_1904 = instant(datetime(1904, 1, 1, tzinfo=UTC))


def _serial(words: Column, system: str, midnight_old: bool) -> Parsed:
    cells = numbers(words, ".")
    at, there = serial_instants(cells.value, system)
    return Parsed(_old_midnight(at) if midnight_old else at, np.zeros(len(at), np.bool_), there & ~cells.bad & ~cells.empty)


def _old_midnight(wall: Instants) -> Instants:
    """00:00 with the old date ends that day: it is the next day's 00:00. # R3"""
    return np.where(wall % DAY == 0, wall + DAY, wall)


def _whole(stamped: Column) -> Instants:
    """Timestamps in microseconds as integers; nulls are zero."""
    return np.array(stamped.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), np.int64)


def _all_at_once(words: Column, time_format: str, midnight_old: bool) -> Parsed | None:
    """All cells as local times, else all as instants with an offset; None if one of them is neither."""
    every = np.ones(len(words), np.bool_)
    text = words if time_format == "iso" else _as_iso(words, time_format)
    if text is None:
        return None
    if (at := _cast(text, pa.timestamp("us"))) is not None:
        return Parsed(_old_midnight(at) if midnight_old else at, ~every, every)
    if (ends := mask(pc.match_substring_regex(text, DAY_END))).any():  # one cell a day, and most files are long
        at = _cast(pc.replace_substring_regex(text, DAY_END, r"\1 00:00"), pa.timestamp("us"))
        if at is not None:
            return Parsed(np.where(ends, at + DAY, _old_midnight(at) if midnight_old else at), ~every, every)
    if not midnight_old and (at := _cast(text, pa.timestamp("us", "UTC"))) is not None:
        return Parsed(at, every, every)
    return None


DAY_END = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]24:00(:00(\.0*)?)?$"


def _cast(text: Column, kind: pa.DataType) -> Instants | None:
    try:
        return _whole(pc.cast(text, kind))
    except pa.ArrowInvalid:
        return None


_DIRECTIVE = {"%Y": ("Y", 4), "%m": ("m", 2), "%d": ("d", 2), "%H": ("H", 2), "%M": ("M", 2), "%S": ("S", 2)}


def _as_iso(text: Column, time_format: str) -> Column | None:
    """Cells of a zero-padded format as ISO text, to be parsed (and checked) by the column; None if one does not fit."""
    pattern, order = "", []
    for piece in re.split(r"(%.)", time_format):
        if piece in _DIRECTIVE:
            letter, width = _DIRECTIVE[piece]
            order.append(letter)
            pattern += rf"([0-9]{{{width}}})"
        elif piece.startswith("%"):
            return None
        else:
            pattern += re.escape(piece)
    if sorted(order) not in (sorted("YmdHM"), sorted("YmdHMS"), sorted("Ymd")):
        return None
    place = {letter: rf"\{n}" for n, letter in enumerate(order, 1)}
    iso = f"{place['Y']}-{place['m']}-{place['d']}" + (f"T{place['H']}:{place['M']}" if "H" in place else "")
    iso += f":{place['S']}" if "S" in place else ""
    if len(text) and not pc.all(pc.match_substring_regex(text, f"^{pattern}$")).as_py():
        return None
    return pc.replace_substring_regex(text, f"^{pattern}$", iso)


def _one_by_one(words: Column, time_format: str, midnight_old: bool) -> Parsed:
    """Each cell on its own: mixed offsets, unpadded numbers, and cells that are no time."""
    found = [_moment(word, time_format, midnight_old) for word in words.to_pylist() if word is not None]
    at, aware, ok = (np.array([f[i] for f in found]) for i in range(3))
    return Parsed(at.astype(np.int64), aware.astype(np.bool_), ok.astype(np.bool_))


def _moment(cell: str, time_format: str, midnight_old: bool) -> tuple[int, bool, bool]:
    """(microseconds, aware, readable) of one cell."""
    try:
        when, ends_day = written_time(cell, time_format)
        if midnight_old and not ends_day and (when.hour, when.minute, when.second, when.microsecond) == (0, 0, 0, 0):
            when += timedelta(days=1)
        if when.tzinfo is None:
            return (when.replace(tzinfo=UTC) - EPOCH) // MICROSECOND, False, True
        return (when - EPOCH) // MICROSECOND, True, True
    except (ValueError, OverflowError):
        return 0, False, False


FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord("："): ":", ord("／"): "/", ord("－"): "-"}


HOUR_24 = re.compile(r"24(?=\D?00|\D*$)")


def written_time(cell: str, time_format: str) -> tuple[datetime, bool]:
    """A time of ISO 8601 or a declared format, and whether it is a 24:00, the 00:00 of the next day. ValueError if it is none. # R3

    >>> written_time("31.12.2026 24:00", "%d.%m.%Y %H:%M")
    (datetime.datetime(2027, 1, 1, 0, 0), True)
    """
    if not cell.isascii():
        cell = cell.translate(FULL_WIDTH)
    try:
        return _as_written(cell, time_format), False
    except ValueError:
        for at in (found.start() for found in HOUR_24.finditer(cell)):  # which of them is the hour shows in what 01 would be
            midnight, next_hour = (f"{cell[:at]}{hour}{cell[at + 2 :]}" for hour in ("00", "01"))
            try:
                when, then = _as_written(midnight, time_format), _as_written(next_hour, time_format)
            except ValueError:
                continue
            if then - when == timedelta(hours=1) and (when.hour, when.minute, when.second, when.microsecond) == (0, 0, 0, 0):
                return when + timedelta(days=1), True
        raise


def _as_written(cell: str, time_format: str) -> datetime:
    return datetime.fromisoformat(cell) if time_format == "iso" else datetime.strptime(cell, time_format)


def _unreadable(cell: Any, time_format: str) -> str:
    text = clip(cell)
    if not text.strip():
        return "the row has no time"
    if time_format in SERIAL:
        return f'time "{text}" is no number of days as a spreadsheet counts them ({time_format})'
    shape = "ISO 8601 (2026-03-04T06:00:00)" if time_format == "iso" else f'the format "{time_format}"'
    return f'time "{text}" does not fit {shape}'


def transitions(zone: ZoneInfo, start: int, end: int) -> tuple[Instants, Instants]:
    """The zone's clock changes in [start, end]: instants of change, and the offsets before, between and after (one more)."""
    changes: list[int] = []
    day = start - start % DAY
    before = _offset(zone, day)
    offsets = [before]
    while day < end:
        after = _offset(zone, day + DAY)
        if after != before:
            low, high = day, day + DAY  # the change lies in (low, high]
            while high - low > 1_000_000:
                middle = (low + high) // 2_000_000 * 1_000_000
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            changes.append(high)
            offsets.append(after)
        before, day = after, day + DAY
    return np.array(changes, np.int64), np.array(offsets, np.int64)


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = (EPOCH + timedelta(microseconds=at)).astimezone(zone).utcoffset()
    return (shift or timedelta(0)) // MICROSECOND


def local_to_utc(wall: Instants, zone: ZoneInfo) -> tuple[Instants, Instants, Mask]:
    """(first, second, gap): the first and last instant with that local time, equal outside a fold; `gap`: there is none. # T2

    In blocks, since most of them lie between two clock changes; `second` is `first` itself where no block meets a fold.
    """
    changes, offsets = transitions(zone, int(wall.min()) - 2 * DAY, int(wall.max()) + 2 * DAY)
    ends = changes + offsets[:-1]  # local time at which each stretch of constant offset ends
    starts = np.concatenate([[np.iinfo(np.int64).min], changes + offsets[1:]])
    first, gap = np.empty_like(wall), np.zeros(len(wall), np.bool_)
    second = first
    for a in range(0, len(wall), BLOCK):
        part = slice(a, a + BLOCK)
        block = wall[part]
        low, high = int(block.min()), int(block.max())
        k = int(np.searchsorted(ends, low, side="right"))
        if low >= starts[k] and (k == len(ends) or high < min(int(ends[k]), int(starts[k + 1]))):
            np.subtract(block, offsets[k], out=first[part])
            if second is not first:
                second[part] = first[part]
            continue
        if second is first:
            second = first.copy()
        first[part], second[part], gap[part] = _near_a_change(block, starts, ends, offsets)
    return first, second, gap


def _near_a_change(wall: Instants, starts: Instants, ends: Instants, offsets: Instants) -> tuple[Instants, Instants, Mask]:
    """Local times among stretches of constant offset: stretch k runs over [starts[k], ends[k]) of local time."""
    k = np.searchsorted(ends, wall, side="right")
    following = np.minimum(k + 1, len(offsets) - 1)
    again = np.where(starts[following] <= wall, following, k)
    return wall - offsets[k], wall - offsets[again], wall < starts[k]


def by_file_order(wall: Instants, first: Instants, second: Instants, gap: Mask, group: npt.NDArray[np.int32]) -> Instants:
    """The first occurrence of each local time, or the second where the order of the tag's rows shows it. # T2, R3"""
    chosen, folded = first.copy(), second != first
    for g in np.unique(group[folded]):
        rows = np.flatnonzero((group == g) & ~gap)
        if wall[rows[-1]] < wall[rows[0]]:  # newest first
            rows = rows[::-1]
        for a, b in _repeated_hours(wall[rows], folded[rows]):
            chosen[rows[a:b]] = second[rows[a:b]]
    return chosen


def _repeated_hours(wall: Instants, folded: Mask) -> Sequence[tuple[int, int]]:
    """Stretches [a, b) of rows that lie in the second occurrence; none unless the rows run forward everywhere else."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], folded.astype(np.int8), [0]])))
    stretches, inside = [], np.zeros(max(len(wall) - 1, 0), np.bool_)
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        inside[a : b - 1] = True
        back = np.flatnonzero(np.diff(wall[a:b]) <= 0)
        if len(back) == 1:
            stretches.append((a + int(back[0]) + 1, b))
    runs_forward = bool((np.diff(wall)[~inside] >= 0).all())
    return stretches if runs_forward else ()
