"""Counters: what a register rose by between two instants (Q2).

The register is read at each boundary by a straight line between its neighbours and rounded there, once for the shift that ends
and the one that begins; consumption is the difference, so shifts telescope to last minus first without a rest (I1). What a register
did between two readings is judged in `registers`; a silence or a blip is spread evenly over its time.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from shiftledger.core.money import EXACT, quantise
from shiftledger.core.period import HOUR, Span, iso
from shiftledger.quantities.kernel import Pieces, Rule, clip, only
from shiftledger.quantities.registers import Links, links
from shiftledger.readings.batch import Series

SPREAD = (
    "bridged",
    "blip",
    "disqualified",
    "spike",
    "reset",
)  # links over which the register is known at both ends, not in between


def counter_pieces(series: Series, span: Span, rule: Rule) -> Pieces:
    """The course of a counter's rate (meter units per hour) inside `span`: constant from reading to reading. # Q2"""
    found = links(series, span, rule)
    rate = found.rise * HOUR / (found.t1 - found.t0)
    return clip(only(Pieces(found.t0, found.t1, rate, rate, found.uncertain), found.known), span)


def counted(readings: Series, *, start: int, end: int, rule: Rule, quantum: Decimal) -> int:
    """Quanta counted in [start, end): the register rounded where a known stretch ends less where it begins. # Q2, L5

    A roll-over adds whole quanta that follow from it alone, so where the counting begins never matters.
    """
    span = rule.alive(Span(start, end))
    found = links(readings, span, rule)
    total = 0
    for i, j in _stretches(found):
        opened, _ = _register(found, i, max(span.start, int(found.t0[i])))
        closed, turned = _register(found, j, min(span.end, int(found.t1[j])))
        total += _quanta(closed, rule, quantum) - _quanta(opened, rule, quantum)
        passed = [(1, k) for k in range(i, j) if found.rolled[k]] + [(turned, j)]
        total += sum(sign * turn_quanta(int(found.t1[k]), rule, quantum) for sign, k in passed if sign)
    return total


def turn_quanta(at: int, rule: Rule, quantum: Decimal) -> int:
    """Whole quanta that the roll-over seen at an instant adds: the modulus, its rest in as many roll-overs as it is large. # Q2, I1

    Which ones a hash of the instant decides: so every shift that meets a roll-over adds the same, none needs to know how many there were
    before, and the sum drifts nowhere: n of them err by less than the root of n quanta, as readings at n boundaries do.

    >>> turn = Rule("counter", modulus=Decimal("10.25"))
    >>> found = [turn_quanta(900_000_000 * k, turn, Decimal(1)) for k in range(400)]
    >>> (set(found), abs(sum(found) - 4100) < 20)
    ({10, 11}, True)
    """
    if rule.modulus is None:
        return 0
    exact = EXACT.divide(EXACT.multiply(rule.modulus, Decimal(repr(rule.factor))), quantum)
    full = int(exact)
    lot = int.from_bytes(hashlib.sha256(f"turn:{at}".encode()).digest()[:7], "little")
    return full + int(lot < EXACT.multiply(EXACT.subtract(exact, Decimal(full)), Decimal(2**56)))


def boundary_errors(readings: Series, span: Span, rule: Rule, tag: str, sigma: float) -> dict[str, float]:
    """What the registers at the ends of each known stretch do to the amount in `span`, in the material's unit. # Q6

    `sigma`: of one reading of the register (meter units), by tag and instant. Where a boundary cuts a silence or a blip, what had
    been counted until then may be anything from nothing to the whole: by tag and boundary. Both carry the opposite sign for the
    shift on the other side and cancel in the sum.
    """
    found = links(readings, span, rule)
    errors: dict[str, float] = {}
    for i, j in _stretches(found):
        for link, at, sign in ((i, max(span.start, int(found.t0[i])), -1), (j, min(span.end, int(found.t1[j])), 1)):
            share = (at - int(found.t0[link])) / int(found.t1[link] - found.t0[link])
            noise = sign * sigma * rule.factor * math.hypot(1 - share, share)
            errors[f"register:{tag}:{iso(at)}"] = errors.get(f"register:{tag}:{iso(at)}", 0.0) + noise
            if found.kind[link] in SPREAD and 0 < share < 1:
                spread = sign * float(found.rise[link]) * rule.factor * math.sqrt(share * (1 - share) / 3)
                errors[f"gap:{tag}:{iso(at)}"] = errors.get(f"gap:{tag}:{iso(at)}", 0.0) + spread
    return {source: value for source, value in errors.items() if value}


def is_cut(found: Links, span: Span) -> bool:
    """Whether an end of `span` lies inside a time over which the register was spread: then the amount is an estimate. # Q2, I8"""
    wide = found.known & np.isin(found.kind.astype(str), SPREAD)
    inside = [(found.t0 < at) & (at < found.t1) & wide for at in (span.start, span.end)]
    return bool((inside[0] | inside[1]).any())


def _stretches(found: Links) -> list[tuple[int, int]]:
    """First and last link of every stretch over which the register ran on, in order; a new beginning begins a stretch."""
    stretches: list[tuple[int, int]] = []
    for j in np.flatnonzero(found.known).tolist():
        runs_on = stretches and stretches[-1][1] == j - 1 and found.t1[j - 1] == found.t0[j]
        if runs_on and found.kind[j] != "reset":
            stretches[-1] = (stretches[-1][0], j)
        else:
            stretches.append((j, j))
    return stretches


def _register(found: Links, i: int, at: int) -> tuple[float, int]:
    """The register at an instant inside link `i`, and whether it was read after the link's roll-over, below the modulus again.

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
