"""What did a register do between two of its readings: count on, roll over, begin anew, lose its line, or something impossible (Q2)?

Each judgement looks at most `max_hold` ahead of the reading where it begins, and `BEHIND` times that behind the time asked for (an
excursion, one in which it may lie, one in which that may lie, one that made its level, and what leads there), never at the period that asks. So two shifts that
meet inside a blip judge it alike, and their parts sum to the whole (Q7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import HOUR, Span
from shiftledger.quantities.kernel import Flags, Rule, good_readings, is_unsure, neighbours
from shiftledger.quantities.leaps import FAR, FEW, open_leaps, spikes, sustained
from shiftledger.readings.batch import GOOD, UNDECLARED, Instants, Series, Values

PLAIN = ""
BEHIND = 5
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Links:
    """What a register did, link by link in order of time; links never overlap.

    t0, t1: instants (us); `before`, `after`: register there (meter units); `rise`: what was counted; `rolled`: passed the modulus;
    `known`: whether the rise counts; `uncertain`: an uncertain reading took part; `kind`: a kind of `decisions.KINDS`, or PLAIN.
    `first`, `last`: places in `readings` of the readings that the judgement rests on.
    """

    readings: Series
    t0: Instants
    t1: Instants
    before: Values
    after: Values
    rise: Values
    rolled: Flags
    known: Flags
    uncertain: Flags
    kind: npt.NDArray[Any]
    first: Places
    last: Places

    def __len__(self) -> int:
        return len(self.t0)


@dataclass(frozen=True, slots=True)
class Link:
    """One link that is more than a plain step between neighbours; fields as in `Links`."""

    t0: int
    t1: int
    before: float
    rise: float
    rolled: bool
    known: bool
    kind: str
    first: int
    last: int


def look_of(rule: Rule) -> int:
    """How long (us) the last good register may stand for a silence or a blip: `max_hold`, but never less than `max_gap`. # Q2"""
    return max(rule.max_hold, rule.max_gap)


def links(series: Series, span: Span, rule: Rule) -> Links:
    """The links of a counter that touch `span`, uncut. # Q2

    In this order: a declared change of the meter cuts; what leaves the register's course and comes back to it is bridged; a fall is
    a roll-over, a lost line that has not come back, a new beginning, or unexplained; a rise faster than `max_rate` is disqualified.
    """
    near = _in_view(series, span, rule)
    n = max(len(near) - 1, 0)
    dt, rise = np.diff(near.ts), np.diff(near.value)
    odd = _odd(dt, rise, rule)
    bridges = _bridges(near, np.flatnonzero(odd).tolist(), rise, rule)
    taken = np.zeros(n, np.bool_)
    made = list(bridges)
    for bridge in bridges:
        taken[bridge.first : bridge.last] = True
    for i in np.flatnonzero(odd & ~taken).tolist():
        if not taken[i]:
            free = i + int(np.argmax(np.append(taken[i:], True)))  # an excursion that begins later is judged by itself
            own = _judged(near, i, rise, rule, free)
            made += own
            taken[i : max(link.last for link in own)] = True
    return _touching(_woven(near, dt, rise, taken, made, rule), span)


def narrowed(series: Series, span: Span, rule: Rule) -> Series:
    """The readings on which the links of `span` rest, and the bad ones among them: same slice, same links.

    The neighbours of the span where nothing happened, the whole view where something did.
    """
    near = _in_view(series, span, rule)
    odd = _odd(np.diff(near.ts), np.diff(near.value), rule)
    starts = near.ts[:-1][odd]
    happened = ((starts >= span.start - look_of(rule)) & (starts < span.end)).any()
    touching = (near.ts[:-1] < span.end) & (near.ts[1:] > span.start)
    happened |= (touching & (standing(near, rule) | leaping(near, rule))).any()
    rise = np.diff(near.value)
    falls = np.flatnonzero(odd & (rise < 0)).tolist()
    happened |= any(link.t0 < span.end and link.t1 > span.start for link in _leapt(near, falls, rule))
    near = Series(series.tag, *(column[near.row != UNDECLARED] for column in _columns(near)))
    if not happened:
        near = neighbours(near, span)
    if not len(near):
        return series.between(span.start, span.end)
    return series.between(min(int(near.ts[0]), span.start), max(int(near.ts[-1]) + 1, span.end))


def _in_view(series: Series, span: Span, rule: Rule) -> Series:
    """The good readings that can matter to `span`, of this meter only, with the registers declared for its beginning and end."""
    look = look_of(rule)
    start, end = span.start - BEHIND * look, span.end + look + 1
    own = good_readings(
        series.between(
            start if rule.since is None else max(start, rule.since + (rule.first is not None)),
            end if rule.until is None else min(end, rule.until),
        )
    )
    ends = [(0, rule.since, rule.first), (len(own), rule.until, rule.last)]
    told = [(place, at, float(value)) for place, at, value in ends if at is not None and value is not None and start <= at < end]
    if not told:
        return own
    places, ats, values = [place for place, *_ in told], [at for _, at, _ in told], [value for *_, value in told]
    nowhere = np.full(len(told), UNDECLARED, np.int64)
    return Series(
        series.tag,
        np.insert(own.ts, places, ats),
        np.insert(own.value, places, values),
        np.insert(own.quality, places, GOOD),
        np.insert(own.batch, places, nowhere),
        np.insert(own.row, places, nowhere),
    )


def _columns(series: Series) -> tuple[npt.NDArray[Any], ...]:
    return series.ts, series.value, series.quality, series.batch, series.row


def _fast(dt: Instants, rise: Values, rule: Rule) -> Flags:
    """Rises faster than `max_rate`. A hair more than declared is how floats subtract, not a fault."""
    if rule.max_rate is None:
        return np.zeros(len(rise), np.bool_)
    return np.asarray(rise * HOUR > float(rule.max_rate) * dt * (1 + 1e-9))


def _odd(dt: Instants, rise: Values, rule: Rule) -> Flags:
    """Steps that are no counting: falls and rises faster than `max_rate`, no longer than anybody looks."""
    return np.asarray(((rise < 0) | _fast(dt, rise, rule)) & (dt <= look_of(rule)))


def standing(near: Series, rule: Rule) -> Flags:
    """Steps from zero to zero with nothing counted within `max_hold` after: a line that stays lost, or a meter that rests. # Q2 (c)"""
    zero = near.value == 0
    counts = np.flatnonzero(near.value > 0)
    steps = np.arange(max(len(near) - 1, 0))
    after = np.append(near.ts[counts], np.iinfo(np.int64).max)[np.searchsorted(counts, steps + 1)]
    return np.asarray(zero[:-1] & zero[1:] & (after - near.ts[:-1] > look_of(rule)))


# What leaves its course and comes back. # Q2 (c), (e)


def _bridges(near: Series, odd: list[int], rise: Values, rule: Rule) -> list[Link]:
    """From the last reading before to the first after, for every excursion; none of them overlap.

    One that begins inside another of its kind is part of it; of a dip and a spike that overlap, the one that begins first counts.
    """
    falls = [i for i in odd if rise[i] < 0]
    leapt = _leapt(near, falls, rule)  # a level that was reached by a leap is none to come back to
    wrong = np.zeros(len(near), np.bool_)
    for leap in leapt:
        wrong[leap.first + 1 : leap.last] = True
    falls = [i for i in falls if not wrong[i]]
    dips = [link for i in falls if _was_there(near, i, rise, rule) and (link := _dip(near, i, rule, wrong)) is not None]
    rises = leapt + [link for i in odd if rise[i] > 0 and (link := _spike(near, i, rule)) is not None]
    rises = [link for link in rises if not _inside(link, rises) and not _inside(link, dips)]
    return [link for link in dips if not _inside(link, dips) and not _inside(link, rises)] + rises


def _inside(link: Link, others: list[Link]) -> bool:
    """Whether it begins strictly inside one of the others."""
    return any(other.first < link.first < other.last for other in others)


def _was_there(near: Series, i: int, rise: Values, rule: Rule) -> bool:
    """Whether the level of reading `i`, before a fall, was its register's: not if it was reached by an impossible rise, and nothing in
    the `max_hold` before it leads there. A wrong reading has no level to come back to."""
    if i == 0 or rule.max_rate is None:
        return True
    step = np.diff(near.ts[i - 1 : i + 1])
    if step[0] > look_of(rule) or not _fast(step, rise[i - 1 : i], rule)[0]:
        return True
    a = int(np.searchsorted(near.ts, near.ts[i] - look_of(rule), side="left"))
    led, since = near.value[i] - near.value[a:i], near.ts[i] - near.ts[a:i]
    return bool(((led >= 0) & ~_fast(since, led, rule) & (near.value[a:i] > near.value[i + 1])).any())


def _dip(near: Series, i: int, rule: Rule, wrong: Flags) -> Link | None:
    """A fall from reading `i` whose level comes back within `max_hold`, by a step that is no counting; None if it does not.

    No counting is a rise faster than `max_rate`. Where none is declared, or the fall is nothing that a register does, it is one of more
    than half of what was lost, and faster than twice whatever was counted since the fall (a line that is lost counts nothing), or
    in two steps in a row before or after. A roll-over may lie inside, where `max_rate` vouches for it. `wrong` readings are passed over.
    """
    ahead = i + np.flatnonzero(~wrong[i : i + len(_ahead(near, i, rule)[0])])
    t, value = near.ts[ahead], near.value[ahead]
    if len(t) < 3:
        return None
    dt, rise = np.diff(t)[1:], np.diff(value)[1:]
    passed, since, net = _rolled_rise(t, value, rule), t[2:] - t[0], value[2:] - value[0]
    if rule.max_rate is not None and (passed is not None or value[1] * HOUR <= float(rule.max_rate) * (t[1] - t[0])):
        back_up = _fast(dt, rise, rule)
    else:
        lost = value[0] - np.minimum.accumulate(value[1:-1]) if passed is None else float(rule.modulus or 0)
        so_far = np.maximum.accumulate(rise / dt)[:-1]
        pace = np.concatenate(([0.0 if passed is None else passed / (t[1] - t[0])], 2 * so_far))
        back_up = (rise > lost / 2) & (rise > pace * dt) & ~_counts_again(value, lost)
        if rule.max_rate is None:
            back_up &= (rise > 2 * _counts_at(near, i, rule) * dt) | ((net >= 0) & (FAR * net <= rise))
    leapt = np.logical_or.accumulate(back_up)
    back = leapt & (net >= 0) & ~_fast(since, net, rule)
    round_again = np.zeros(len(net), np.bool_)
    if rule.modulus is not None and rule.max_rate is not None and passed is None and value[0] < float(rule.modulus):
        turned = net + float(rule.modulus)
        impossible = np.logical_or.accumulate(_fast(dt, rise, rule))
        round_again = impossible & (net < 0) & ~_fast(since, turned, rule)
    places = np.flatnonzero(back | round_again)
    if not len(places):
        return None
    j = int(places[0])
    rolled = bool(round_again[j])
    gained = float(net[j]) + (float(rule.modulus or 0) if rolled else 0.0)
    return Link(int(t[0]), int(t[j + 2]), float(value[0]), gained, rolled, True, "blip", i, int(ahead[j + 2]))


def _counts_again(value: Values, lost: Values | float) -> Flags:
    """Before which steps (from the third reading on) the register counted, in `FEW` steps or more, half of what was lost."""
    rise = np.maximum(np.diff(value)[1:-1], 0)
    steps, counted = np.cumsum(np.append(0, rise > 0)), np.cumsum(np.append(0.0, rise))
    return np.asarray((steps >= FEW) & (counted > np.asarray(lost) / 2))


def _counts_at(near: Series, i: int, rule: Rule) -> float:
    """What two steps in a row count (per microsecond) within `max_hold` before the fall from reading `i`, or after it has its level again."""
    first = int(np.searchsorted(near.ts, near.ts[i] - look_of(rule), side="left"))
    t, value = _ahead(near, i, rule)
    again = int(np.argmax(np.append(value[1:] >= value[0], True))) + 1
    return max(sustained(near.ts[first : i + 1], near.value[first : i + 1]), sustained(t[again:], value[again:]))


def _spike(near: Series, i: int, rule: Rule) -> Link | None:
    """A rise from reading `i` that is too fast and is taken back within `max_hold`; None if it is not."""
    t, value = _ahead(near, i, rule)
    if len(t) < 3:
        return None
    net = value[2:] - value[0]
    fallen = np.logical_or.accumulate(np.diff(value)[1:] < 0)
    places = np.flatnonzero(fallen & (net >= 0) & ~_fast(t[2:] - t[0], net, rule))
    if not len(places):
        return None
    j = int(places[0])
    return Link(int(t[0]), int(t[j + 2]), float(value[0]), float(net[j]), False, True, "disqualified", i, i + 2 + j)


def _leapt(near: Series, falls: list[int], rule: Rule) -> list[Link]:
    """Spikes of a register that declares no `max_rate`, by its usual pace; where a fall may be a turn it is none of them."""
    if rule.max_rate is not None:
        return []
    falls = [i for i in falls if _rolled_rise(*_ahead(near, i, rule), rule) is None]
    return [
        Link(
            int(near.ts[a]),
            int(near.ts[b]),
            float(near.value[a]),
            float(near.value[b] - near.value[a]),
            False,
            True,
            "spike",
            a,
            b,
        )
        for a, b in spikes(near, falls, look_of(rule))
    ]


def leaping(near: Series, rule: Rule) -> Flags:
    """Steps that may be the begin of a spike: far above the usual pace, and nothing counted since. # Q2"""
    return open_leaps(near, look_of(rule)) if rule.max_rate is None else np.zeros(max(len(near) - 1, 0), np.bool_)


def _ahead(near: Series, i: int, rule: Rule) -> tuple[Instants, Values]:
    """Reading `i` and those within `max_hold` after it."""
    last = int(np.searchsorted(near.ts, near.ts[i] + look_of(rule), side="right"))
    return near.ts[i:last], near.value[i:last]


# Single steps that are no plain counting. # Q2 (a), (b), (e)


def _judged(near: Series, i: int, rise: Values, rule: Rule, free: int) -> list[Link]:
    """What the odd step from reading `i` to the next was; a lost line lasts until reading `free` at most."""
    t0, t1 = int(near.ts[i]), int(near.ts[i + 1])
    before, after = float(near.value[i]), float(near.value[i + 1])
    if any(t0 < turn <= t1 for turn in rule.turns):  # the text says that another row begins here
        return [Link(t0, t1, before, 0.0, False, False, "meter-change", i, i + 1)]
    t, value = _ahead(near, i, rule)
    passed = _rolled_rise(t, value, rule)
    if passed is not None:
        return [Link(t0, t1, before, passed, True, True, "rollover", i, i + 1)]
    if rise[i] > 0:
        return [Link(t0, t1, before, float(rise[i]), False, False, "disqualified", i, i + 1)]
    going = np.flatnonzero(np.diff(value)[1:] > 0)
    if not len(going) and 2 * after <= before:  # it has not counted on: nobody knows yet whether its level comes back
        last = min(i + len(t) - 1, free)
        return [Link(t0, int(near.ts[last]), before, 0.0, False, False, "blip-open", i, last)]
    if not len(going):
        return [Link(t0, t1, before, 0.0, False, False, "fall", i, i + 1)]
    j = int(going[0]) + 1
    pace = float(value[j + 1] - value[j]) / int(t[j + 1] - t[j])
    most = float(rule.max_rate) / HOUR if rule.max_rate is not None else 2 * pace
    if after > most * (t1 - t0) * (1 + 1e-9) or after < 0:
        return [Link(t0, t1, before, 0.0, False, False, "fall", i, i + 1)]
    anew = max(t0, t1 - round(after / pace))
    parts = [
        Link(t0, anew, before, 0.0, False, False, "reset", i, i + 1),
        Link(anew, t1, 0.0, after, False, True, "reset", i, i + 1),
    ]
    return [part for part in parts if part.t1 > part.t0]


def _rolled_rise(t: Instants, value: Values, rule: Rule) -> float | None:
    """What a register counted from the first to the second reading if it passed its modulus once; None if it cannot have.

    At most `max_rate`. Where none is declared, at most half of the modulus, or twice the fastest pace that follows within `max_hold`:
    a smaller fall is not taken for a turn.
    """
    before, after, dt = float(value[0]), float(value[1]), int(t[1] - t[0])
    if rule.modulus is None or not 0 <= after < before < float(rule.modulus):
        return None
    rise = (float(rule.modulus) - before) + after
    if rule.max_rate is not None:
        return rise if rise * HOUR <= float(rule.max_rate) * dt * (1 + 1e-9) else None
    if 2 * rise <= float(rule.modulus):
        return rise
    pace = float((np.diff(value)[1:] / np.diff(t)[1:]).max(initial=0.0))
    return rise if rise <= 2 * pace * dt else None


# From readings and judgements to links.


def _woven(near: Series, dt: Instants, rise: Values, taken: Flags, made: list[Link], rule: Rule) -> Links:
    """Plain steps and judged links in order of time."""
    plain = np.flatnonzero(~taken)
    unsure = np.concatenate(([0], np.cumsum(is_unsure(near))))
    first = np.concatenate((plain, np.array([link.first for link in made], np.intp))).astype(np.intp)
    last = np.concatenate((plain + 1, np.array([link.last for link in made], np.intp))).astype(np.intp)
    silent = dt[plain] > rule.max_gap
    lost = dt[plain] > look_of(rule)
    kinds = np.where(lost, "gap", np.where(silent, "bridged", PLAIN)).astype(object)
    t0 = np.concatenate((near.ts[plain], np.array([link.t0 for link in made], np.int64)))
    order = np.argsort(t0, kind="stable")

    def column(own: npt.NDArray[Any], name: str, kind: Any) -> npt.NDArray[Any]:
        return np.concatenate((own, np.array([getattr(link, name) for link in made], kind)))[order]

    return Links(
        near,
        t0[order],
        column(near.ts[plain + 1], "t1", np.int64),
        column(near.value[plain], "before", np.float64),
        near.value[last[order]] if len(order) else np.empty(0, np.float64),
        column(rise[plain], "rise", np.float64),
        column(np.zeros(len(plain), np.bool_), "rolled", np.bool_),
        column(~lost, "known", np.bool_),
        (unsure[last + 1] - unsure[first] > 0)[order],
        column(kinds, "kind", object),
        first[order],
        last[order],
    )


def _touching(found: Links, span: Span) -> Links:
    here = (found.t1 > span.start) & (found.t0 < span.end)
    columns = (getattr(found, name)[here] for name in Links.__slots__ if name != "readings")
    return Links(found.readings, *columns)
