"""When did a unit run, when did it stand still, and why? Its state and the recorded events as one course of time (Q3).

Three things can be known of an instant: the unit runs, it stands still (with a cause, or unclassed), or nothing is known, which is
neither. Time is whole microseconds, cut exactly anywhere (I2, Q7). Signs: durations are never negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from shiftledger.acts.event_fields import HALT
from shiftledger.acts.events import Event
from shiftledger.core.money import quantise
from shiftledger.core.period import HOUR, Span
from shiftledger.plant.model import UNCLASSED
from shiftledger.quantities.kernel import Rule, held_pieces
from shiftledger.readings.batch import Series

RUNNING, HALTED, UNKNOWN = "running", "halted", "unknown"
BY_CODE, BY_EVENT = "code", "event"


@dataclass(frozen=True, slots=True)
class RunRule:
    """How a state tells that a unit runs: `running` codes, cause by code of the others, and the shortest stop that is a halt (us)."""

    hold: Rule
    running: tuple[float, ...]
    causes: tuple[tuple[float, str], ...] = ()
    min_halt: int = 0

    @property
    def halo(self) -> int:
        """How far around a period the state is looked at: a stop that the boundary cuts may be a halt. # N5"""
        return max(1, self.min_halt)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which one thing holds: what RUNNING | HALTED | UNKNOWN, of a halt its cause, who says so, and by which acts."""

    span: Span
    what: str
    cause: str = ""
    source: str = BY_CODE
    acts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What events say of a time: the unit stands still, by this cause (blank: nobody says why)."""

    span: Span
    cause: str
    acts: tuple[int, ...]


def course_of_unit(readings: Series | None, events: Sequence[Event], span: Span, rule: RunRule | None) -> tuple[Stretch, ...]:
    """What is known of the unit in `span`, without holes, from its state and from the halts among `events` (of this unit). # Q3

    Without a rule nobody watches the unit: it runs but for what events say. An event gives the cause of the halt that it overlaps,
    exactly there; where nothing is known it makes a halt of its own; where the unit is seen running it changes nothing.
    """
    if rule is None:
        seen: tuple[Stretch, ...] = (Stretch(span, RUNNING, source=BY_EVENT),)
    else:
        assert readings is not None
        seen = _seen(readings, span, rule)
    claimed = claims(events, span)
    return _joined(part for stretch in seen for part in _with_claims(stretch, claimed, watched=rule is not None))


def claims(events: Iterable[Event], span: Span) -> tuple[Claim, ...]:
    """What the halts among `events` say of `span`, in disjoint parts: of two causes for one time the later act's counts. # Q3, R5

    An act without a cause gives evidence, not a cause.
    """
    halts = sorted((e for e in events if e.kind == HALT and e.span.clip(span).length), key=lambda e: e.act)
    cuts = sorted({cut for e in halts for cut in (e.span.clip(span).start, e.span.clip(span).end)})
    found: list[Claim] = []
    for start, end in pairwise(cuts):
        here = [e for e in halts if e.start <= start and end <= e.span.end]
        if not here:
            continue
        cause = next((e.cause for e in reversed(here) if e.cause), "")
        acts = tuple(e.act for e in here if e.cause in ("", cause))
        if found and found[-1].span.end == start and (found[-1].cause, found[-1].acts) == (cause, acts):
            found[-1] = replace(found[-1], span=Span(found[-1].span.start, end))
        else:
            found.append(Claim(Span(start, end), cause, acts))
    return tuple(found)


def conflicts(events: Iterable[Event], span: Span) -> tuple[tuple[Event, Event, Span], ...]:
    """Pairs of halts that give different causes to one time of `span`: the act that loses, the one that counts, and that time. # Q3"""
    halts = sorted((e for e in events if e.kind == HALT and e.cause), key=lambda e: e.act)
    pairs = [(a, b, a.span.clip(b.span).clip(span)) for i, b in enumerate(halts) for a in halts[:i] if a.cause != b.cause]
    return tuple((a, b, both) for a, b, both in pairs if both.length)


def starts_in(stretches: Sequence[Stretch], span: Span) -> int:
    """How often the unit began to run after a halt at an instant of `span`. What follows an unknown time is no start. # Q3, I8"""
    pairs = pairwise(stretches)
    return sum(a.what == HALTED and b.what == RUNNING and span.start <= b.span.start < span.end for a, b in pairs)


def clipped(stretches: Iterable[Stretch], span: Span) -> tuple[Stretch, ...]:
    """The stretches inside `span`, cut exactly at its ends. # I2, Q7"""
    cut = (replace(s, span=s.span.clip(span)) for s in stretches)
    return tuple(s for s in cut if s.span.length)


def time_in(stretches: Iterable[Stretch], what: str, cause: str = "") -> int:
    """Microseconds of one kind, of a halt also by cause."""
    return sum(s.span.length for s in stretches if s.what == what and cause in ("", s.cause))


def _seen(readings: Series, span: Span, rule: RunRule) -> tuple[Stretch, ...]:
    """What the state alone says, short stops counted as running. # Q3"""
    wide = Span(span.start - rule.halo, span.end + rule.halo)
    pieces = held_pieces(readings, wide, rule.hold)
    runs = np.isin(pieces.y0, np.array(rule.running))
    causes = dict(rule.causes)
    edges = np.flatnonzero(np.append(True, (pieces.start[1:] != pieces.end[:-1]) | (pieces.y0[1:] != pieces.y0[:-1])))
    told: list[Stretch] = []
    for i, j in zip(edges.tolist(), [*edges[1:].tolist(), len(pieces)], strict=True) if len(pieces) else ():
        of_code = Span(int(pieces.start[i]), int(pieces.end[j - 1]))
        cause = causes.get(float(pieces.y0[i]), UNCLASSED)
        told.append(Stretch(of_code, RUNNING) if runs[i] else Stretch(of_code, HALTED, cause))
    return clipped(_filled(_without_short_stops(told, rule.min_halt), span), span)


def _without_short_stops(told: Sequence[Stretch], least: int) -> list[Stretch]:
    """Stops shorter than `least` between two times of running count as running; one that borders on the unknown may be longer."""
    kept = list(told)
    i = 0
    while i < len(kept):
        j = i
        while j < len(kept) and kept[j].what == HALTED and (j == i or kept[j].span.start == kept[j - 1].span.end):
            j += 1
        if j == i:
            i += 1
            continue
        whole = Span(kept[i].span.start, kept[j - 1].span.end)
        before = i > 0 and kept[i - 1].what == RUNNING and kept[i - 1].span.end == whole.start
        after = j < len(kept) and kept[j].what == RUNNING and kept[j].span.start == whole.end
        if whole.length < least and before and after:
            kept[i:j] = [Stretch(whole, RUNNING)]
            j = i + 1
        i = j
    return kept


def _filled(told: Sequence[Stretch], span: Span) -> list[Stretch]:
    """The stretches with the unknown time between them, over the whole of `span`."""
    whole: list[Stretch] = []
    at = span.start
    for stretch in told:
        if stretch.span.start > at:
            whole.append(Stretch(Span(at, stretch.span.start), UNKNOWN))
        whole.append(stretch)
        at = max(at, stretch.span.end)
    return [*whole, *([Stretch(Span(at, span.end), UNKNOWN)] if at < span.end else [])]


def _with_claims(stretch: Stretch, claimed: Sequence[Claim], *, watched: bool) -> list[Stretch]:
    """One stretch cut at the claims that overlap it."""
    if watched and stretch.what == RUNNING:
        return [stretch]
    parts, at = [], stretch.span.start
    for claim in claimed:
        both = claim.span.clip(stretch.span)
        if not both.length:
            continue
        if both.start > at:
            parts.append(replace(stretch, span=Span(at, both.start)))
        by_event = stretch.what != HALTED or bool(claim.cause)
        cause = claim.cause or stretch.cause or UNCLASSED
        parts.append(Stretch(both, HALTED, cause, BY_EVENT if by_event else BY_CODE, claim.acts))
        at = both.end
    return [*parts, *([replace(stretch, span=Span(at, stretch.span.end))] if at < stretch.span.end else [])]


def _joined(parts: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Neighbours that say the same as one."""
    joined: list[Stretch] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and last.span.end == part.span.start and replace(last, span=part.span) == part:
            joined[-1] = replace(last, span=Span(last.span.start, part.span.end))
        else:
            joined.append(part)
    return tuple(joined)


# Operations of traces: the very functions that computed the figure. # I7


def unit_time(*known: Series | Event, start: int, end: int, rule: RunRule | None, what: str, cause: str = "") -> int:
    """Microseconds of [start, end) in which the unit ran, stood still (by `cause`), or nothing is known. # Q3"""
    return time_in(_course(known, Span(start, end), rule), what, cause)


def unit_starts(*known: Series | Event, start: int, end: int, rule: RunRule | None) -> int:
    """How often the unit began to run in [start, end). # Q3"""
    return starts_in(_course(known, Span(start - 1, end), rule), Span(start, end))


def as_hours(time: int | None) -> float | None:
    """Microseconds as hours."""
    return None if time is None else time / HOUR


def hour_quanta(time: int, *, quantum: Decimal) -> int:
    """Microseconds as whole quanta of an hour, rounded once. # L5"""
    return quantise(Decimal(time) / HOUR, quantum)


def added(*parts: int) -> int:
    """The sum of whole numbers."""
    return sum(parts)


def _course(known: Iterable[Series | Event], span: Span, rule: RunRule | None) -> tuple[Stretch, ...]:
    given = tuple(known)
    readings = next((one for one in given if isinstance(one, Series)), None)
    return course_of_unit(readings, [one for one in given if isinstance(one, Event)], span, rule)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("unit_time", unit_time),
    ("unit_starts", unit_starts),
    ("added", added),
    ("as_hours", as_hours),
    ("hour_quanta", hour_quanta),
)
