"""The money check: area values + site accounts = cash from outside + change of stocks, counted from raw readings without postings (I1).

What "raw" means here, shift by shift and in this order:

- A rate holds until its next reading, at most `max_gap`; what is not covered of a shift has the mean of what is (`mean-of-shift`).
  A shift of which nothing is covered has no flow. A stream that follows another is its share of that one.
- A counter is its register at the end less the one at the start, on the straight line between neighbours, each rounded to quanta; a
  fall is a turn of its modulus. Faster than `max_rate`, or silent for longer than `max_hold`, it says nothing for that time.
- Lots count where they end; each is rounded by itself. Every other flow is rounded to quanta once a shift, halves away from zero.
- A boundary of a stock is the nearest dip of the last 21 shifts and half an hour ahead, rolled by its flows if all of them are known
  all the way, without fills; rounded to quanta.
- Money is quanta times price, rounded to cents once a figure. Cash is what the outside pays less what it is paid, with charges for
  events. A stock changes by closing less opening at the price; where nobody knows one of the two, or one of its metered flows, by
  the flows that are known: there the check proves less, and `by_flows` says how often.

Streams that nobody meters, states, fixed charges and unreconciled rests need no route: they lie between areas and site.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from scores.plant_read import FACTORS, GRACE, HOUR, LOOKBACK, Folder, Row, Stream, length


def day_result(plant: Folder, day: date) -> int:
    """Cents that areas and site have together on a production day."""
    shifts = plant.shifts(day)
    total = sum(_cash(plant, start, end) + _stocks(plant, start, end) for start, end in shifts)
    asked = (plant.charges[kind] for at, kind in plant.events if kind in plant.charges and shifts[0][0] <= at < shifts[-1][1])
    return total - sum(_cents(money) for money in asked)


def _cash(plant: Folder, start: int, end: int) -> int:
    total = 0
    for stream in plant.streams.values():
        sign = stream.target.startswith("outside") - stream.source.startswith("outside")
        if sign:
            if stream.kind == "derived":
                raise ValueError(f"stream {stream.id} is metered by nobody: this route cannot tell its cash")
            total += sign * _worth(plant, stream.material, moved(plant, stream, start, end) or 0)
    return total


def _stocks(plant: Folder, start: int, end: int) -> int:
    return sum(_stock(plant, stock, start, end)[0] for stock in plant.stocks)


def by_flows(plant: Folder, day: date) -> tuple[int, int]:
    """Of all stocks in all shifts of a day: how many are counted by flows alone, and how many there are."""
    seen = [_stock(plant, stock, start, end)[1] for start, end in plant.shifts(day) for stock in plant.stocks]
    return seen.count(False), len(seen)


def _stock(plant: Folder, stock: str, start: int, end: int) -> tuple[int, bool]:
    """Cents by which a stock changed in a shift, and whether both of its ends tell it."""
    material, level = plant.stocks[stock]
    ends = [boundary(plant, stock, level, at) for at in (start, end)]
    flows = [
        ((stream.target == stock) - (stream.source == stock), moved(plant, stream, start, end))
        for stream in plant.streams.values()
        if stock in (stream.source, stream.target) and stream.kind != "derived"
    ]
    if None in ends or None in [quanta for _, quanta in flows]:
        return sum(sign * _worth(plant, material, quanta or 0) for sign, quanta in flows), False
    opening, closing = (_worth(plant, material, quanta or 0) for quanta in ends)
    return closing - opening, True


# Quantities. # Q1, Q2, Q10


def moved(plant: Folder, stream: Stream, start: int, end: int) -> int | None:
    """Quanta of a metered stream in a shift; None where nothing is known of it."""
    if stream.kind == "lot":
        lots = _lots(plant, stream, start, end)
        return (
            sum(_quanta(plant, stream.material, value) for value in lots)
            if lots or _none_came(plant, stream, start, end)
            else None
        )
    if stream.kind == "counter":
        counts = [_counted(plant, stream, row, start, end) for row in stream.meters]
        return None if all(count is None for count in counts) else sum(count or 0 for count in counts)
    told = plant.streams[stream.follows] if stream.follows else stream
    amount, covered = _integral(plant, told, start, end)
    if not covered:
        return None
    if covered < end - start and told.meters[0]["fill"] == "mean-of-shift":
        amount *= (end - start) / covered
    return _quanta(plant, stream.material, amount * (stream.share if stream.follows else 1.0))


def _integral(plant: Folder, stream: Stream, start: int, end: int) -> tuple[float, int]:
    """(amount in the unit of the material, microseconds covered) of a rate that holds."""
    (row,) = stream.meters
    at, value = plant.readings[row["tag"]]
    first, last = max(int(np.searchsorted(at, start, "right")) - 1, 0), int(np.searchsorted(at, end, "left"))
    begins, ends = at[first : last + 1][:-1], at[first : last + 1][1:]
    inside = np.minimum(ends, end) - np.maximum(begins, start)
    known = (ends - begins <= length(row["max_gap"])) & (inside > 0)
    factor = FACTORS[row["unit"], plant.unit[stream.material]]
    parts = value[first : last + 1][:-1][known] * inside[known]
    return math.fsum(parts.tolist()) / HOUR * factor, int(inside[known].sum())


def _lots(plant: Folder, stream: Stream, start: int, end: int) -> list[float]:
    at, value = plant.readings[stream.meters[0]["tag"]]
    return value[(at > start) & (at <= end)].tolist()


def _none_came(plant: Folder, stream: Stream, start: int, end: int) -> bool:
    """Whether a part of the shift lies between two lots at most `max_hold` apart."""
    at, hold = plant.readings[stream.meters[0]["tag"]][0], length(stream.meters[0]["max_hold"])
    begins, ends = at[:-1], at[1:]
    return bool(((ends - begins <= hold) & (begins < end) & (ends > start)).any())


def _counted(plant: Folder, stream: Stream, row: Row, start: int, end: int) -> int | None:
    """Quanta that one meter of a counted stream counted: register at the end of each known stretch less that at its start."""
    stretches: list[list[tuple[int, int, float, float]]] = []
    for link in _links(plant, stream, row, start, end):
        if stretches and stretches[-1][-1][1] == link[0]:
            stretches[-1].append(link)
        else:
            stretches.append([link])
    total = 0
    for stretch in stretches:
        (t0, t1, register, rise), (u0, u1, _, last) = stretch[0], stretch[-1]
        opened = register + rise * ((max(t0, start) - t0) / (t1 - t0))
        closed = register + math.fsum(step[3] for step in stretch[:-1]) + last * ((min(u1, end) - u0) / (u1 - u0))
        total += _quanta(plant, stream.material, closed) - _quanta(plant, stream.material, opened)
    return total if stretches else None


def _links(plant: Folder, stream: Stream, row: Row, start: int, end: int) -> Iterator[tuple[int, int, float, float]]:
    """(from, to, register, rise) of every known step of one meter that touches [start, end)."""
    at, value = plant.readings.get(row["tag"], (np.empty(0, np.int64), np.empty(0)))
    if row["changed_at"]:
        since = plant.changed(row)
        later = at > since
        at, value = np.append(since, at[later]), np.append(float(row["first_register"]), value[later])
    following = next((other for other in stream.meters if other["changed_at"] and other is not row), None)
    if row["last_register"] and following is not None:
        until = plant.changed(following)
        earlier = at < until
        at, value = np.append(at[earlier], until), np.append(value[earlier], float(row["last_register"]))
    first, last = max(int(np.searchsorted(at, start, "right")) - 1, 0), int(np.searchsorted(at, end, "left"))
    for i in range(first, min(last, len(at) - 1)):
        t0, t1, y0 = int(at[i]), int(at[i + 1]), float(value[i])
        rise = float(value[i + 1]) - y0
        rise += float(row["modulus"]) if rise < 0 else 0.0
        if t1 - t0 <= length(row["max_hold"]) and rise * HOUR <= float(row["max_rate"]) * (t1 - t0):
            yield t0, t1, y0, rise


# Stocks. # Q4


def boundary(plant: Folder, stock: str, level: Row, at: int) -> int | None:
    """Quanta of a stock at a boundary; None where nobody saw it near enough."""
    when, value = plant.readings[level["tag"]]
    near = (when >= at - LOOKBACK * plant.longest_slot) & (when <= at + GRACE)
    if not near.any():
        return None
    when, value = when[near], value[near]
    chosen = min(range(len(when)), key=lambda i: (abs(int(when[i]) - at), int(when[i])))
    seen, content = int(when[chosen]), float(value[chosen])
    rolled = _rolled(plant, stock, min(seen, at), max(seen, at)) if seen != at else 0.0
    return _quanta(plant, plant.stocks[stock][0], content + (0.0 if rolled is None else rolled if seen < at else -rolled))


def _rolled(plant: Folder, stock: str, start: int, end: int) -> float | None:
    """What flowed in less what flowed out, in the unit of the material; None if a stream is not known all the way."""
    net = []
    for stream in plant.streams.values():
        if stock not in (stream.source, stream.target):
            continue
        if stream.kind == "derived":
            return None
        if stream.kind == "lot":
            if not _told(plant, stream, start, end):
                return None
            amount = math.fsum(_lots(plant, stream, start, end))
        else:
            told = plant.streams[stream.follows] if stream.follows else stream
            amount, covered = _integral(plant, told, start, end)
            amount *= stream.share if stream.follows else 1.0
            if covered != end - start:
                return None
        net.append(amount if stream.target == stock else -amount)
    return math.fsum(net)


def _told(plant: Folder, stream: Stream, start: int, end: int) -> bool:
    """Whether it is known what came: between lots at most `max_hold` apart."""
    at, hold = plant.readings[stream.meters[0]["tag"]][0], length(stream.meters[0]["max_hold"])
    first, last = int(np.searchsorted(at, start, "right")) - 1, int(np.searchsorted(at, end, "left"))
    return first >= 0 and last < len(at) and bool((np.diff(at[first : last + 1]) <= hold).all())


# Rounding. # L5


def _quanta(plant: Folder, material: str, amount: float) -> int:
    return _half_away(Decimal(repr(float(amount))) / plant.quantum[material])


def _worth(plant: Folder, material: str, quanta: int) -> int:
    return _cents(quanta * plant.quantum[material] * plant.price[material])


def _cents(money: Decimal) -> int:
    return _half_away(money * 100)


def _half_away(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
