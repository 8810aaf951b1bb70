"""Counters: what a register rose by between two instants (Q2: plain counters with roll-over at a declared modulus).

The register is read at each boundary by a straight line between its neighbours and rounded there, once for the shift that ends
and the one that begins; consumption is the difference, so shifts telescope to last minus first without a rest (I1).
BAD readings are passed over: a register keeps what it counted meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.money import quantise
from shiftledger.core.period import HOUR, Span
from shiftledger.quantities.kernel import Flags, Pieces, Rule, clip, good_readings, is_unsure, only
from shiftledger.readings.batch import Instants, Series, Values


@dataclass(frozen=True, slots=True)
class Steps:
    """From reading to reading: instants (us), register before and after, rise (meter units), roll-overs, doubts.

    `counted` is False where the rise is not believed, `known` where it also cannot be placed in the span asked for.
    """

    t0: Instants
    t1: Instants
    before: Values
    after: Values
    rise: Values
    rolled: Flags
    counted: Flags
    known: Flags
    uncertain: Flags


@dataclass(frozen=True, slots=True)
class Fault:
    """Two readings between which a register did what a counter cannot do."""

    span: Span
    before: float
    after: float
    reason: str  # "fall" | "jump"


def steps(series: Series, span: Span, rule: Rule) -> Steps:
    """The steps of a counter that touch `span`. # Q2

    A fall is a roll-over if a modulus is declared and the implied rate is at most `max_rate` (if declared); every other fall,
    and a rise faster than `max_rate`, is not counted. A step longer than `max_gap` counts only where both its readings lie
    inside the span: nobody knows what part of it a boundary cuts off.
    """
    near = good_readings(series.between(span.start - rule.max_gap, span.end + rule.max_gap + 1))
    t0, t1, before, after = near.ts[:-1], near.ts[1:], near.value[:-1], near.value[1:]
    touching = (t1 > span.start) & (t0 < span.end)
    t0, t1, before, after = t0[touching], t1[touching], before[touching], after[touching]
    rise, rolled = after - before, np.zeros(len(t0), np.bool_)
    if rule.modulus is not None:
        modulus = float(rule.modulus)
        rolled = (rise < 0) & (before < modulus)
        rise = np.where(rolled, (modulus - before) + after, rise)
    counted = rise >= 0
    if rule.max_rate is not None:  # a hair more than declared is how floats subtract, not a fault
        counted &= rise * HOUR <= float(rule.max_rate) * (t1 - t0) * (1 + 1e-9)
    inside = (t0 >= span.start) & (t1 <= span.end)
    known = counted & (inside | (t1 - t0 <= rule.max_gap))
    unsure = is_unsure(near)
    return Steps(t0, t1, before, after, rise, rolled, counted, known, (unsure[:-1] | unsure[1:])[touching])


def faults(found: Steps) -> tuple[Fault, ...]:
    """The steps that were not counted, in order of time."""
    return tuple(
        Fault(
            Span(int(found.t0[i]), int(found.t1[i])),
            float(found.before[i]),
            float(found.after[i]),
            "fall" if found.after[i] < found.before[i] else "jump",
        )
        for i in np.flatnonzero(~found.counted)
    )


def counter_pieces(series: Series, span: Span, rule: Rule) -> Pieces:
    """The course of a counter's rate (meter units per hour) inside `span`: constant from reading to reading. # Q2"""
    found = steps(series, span, rule)
    rate = found.rise * HOUR / (found.t1 - found.t0)
    return clip(only(Pieces(found.t0, found.t1, rate, rate, found.uncertain), found.known), span)


def counted(readings: Series, *, start: int, end: int, rule: Rule, quantum: Decimal) -> int:
    """Quanta counted in [start, end): the register rounded where a known stretch ends less where it begins. # Q2, L5

    A roll-over adds the rounded modulus, so where the counting begins never matters.
    """
    span = Span(start, end)
    found = steps(readings, span, rule)
    turn = _quanta(float(rule.modulus), rule, quantum) if rule.modulus is not None else 0
    total = 0
    for i, j in _stretches(found):
        opened, turned = _register(found, i, max(start, int(found.t0[i])))
        closed, turned_last = _register(found, j, min(end, int(found.t1[j])))
        turns = int(found.rolled[i:j].sum()) - turned + turned_last
        total += _quanta(closed, rule, quantum) - _quanta(opened, rule, quantum) + turns * turn
    return total


def _stretches(found: Steps) -> list[tuple[int, int]]:
    """First and last step of every unbroken stretch of known steps, in order."""
    known = np.concatenate(([0], found.known.astype(np.int8), [0]))
    edges = np.diff(known)
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def _register(found: Steps, i: int, at: int) -> tuple[float, int]:
    """The register at an instant inside step `i`, and whether it was read after the step's roll-over, below the modulus again.

    Between two readings the line runs on above the modulus: the same number for both shifts that meet there, which is what counts.
    """
    if at == found.t0[i]:
        return float(found.before[i]), 0
    if at == found.t1[i]:
        return float(found.after[i]), int(found.rolled[i])
    return float(found.before[i] + found.rise[i] * ((at - found.t0[i]) / (found.t1[i] - found.t0[i]))), 0


def _quanta(register: float, rule: Rule, quantum: Decimal) -> int:
    return quantise(register * rule.factor, quantum)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("counted", counted),)
