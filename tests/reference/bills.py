"""What is a bill worth to each cell, tariff band and assay of its period? The independent route of allocated figures (Q9, I1, L5).

Written from METHOD.md in exact fractions over equal steps of time; nothing of the product is imported. A step has the driver's size, the
band that holds and the part of the mass that is paid for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Step:
    """A step of a bill's period: the cell in which it lies, its driver (never below zero), band and paid part."""

    cell: int
    size: int
    band: str = ""
    part: int = 1


def in_bands(amount: int, steps: Sequence[Step], order: Sequence[str]) -> dict[tuple[int, str], int]:
    """Quanta by (cell, band) of a bill that says no band: by cell in order of time, then inside each cell by band in `order`."""
    found = {}
    for cell, own in shared(amount, _sizes(steps, lambda step: step.cell)).items():
        inside = _sizes([step for step in steps if step.cell == cell], lambda step: step.band)
        for band, quanta in shared(own, {band: inside[band] for band in order if band in inside}).items():
            found[cell, band] = quanta
    return found


def paid(amount: int, steps: Sequence[Step]) -> int:
    """Whole quanta of what a bill pays for: its amount times the mean part by the driver, halves away from zero. # Q5"""
    weights = _driving(steps)
    exact = Fraction(amount * sum(w * step.part for w, step in zip(weights, steps, strict=True)), sum(weights))
    whole = math.floor(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def shared(total: int, weights: Mapping[int, int] | Mapping[str, int]) -> dict[int | str, int]:
    """Largest remainder, ties to the earlier; all alike where every weight is zero."""
    keys: list[int | str] = [*weights]
    sizes = [weights[key] for key in keys] if any(weights.values()) else [1] * len(keys)  # type: ignore[index]
    exact = [Fraction(abs(total) * size, sum(sizes)) for size in sizes]
    parts = [math.floor(value) for value in exact]
    order = sorted(range(len(keys)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: abs(total) - sum(parts)]:
        parts[i] += 1
    return {key: part if total >= 0 else -part for key, part in zip(keys, parts, strict=True)}


def _driving(steps: Sequence[Step]) -> list[int]:
    """The driver by step; time stands in for one that counted nothing at all."""
    return [step.size for step in steps] if any(step.size for step in steps) else [1] * len(steps)


def _sizes(steps, of):  # type: ignore[no-untyped-def]
    found: dict[int | str, int] = {}
    for weight, step in zip(_driving(steps), steps, strict=True):
        found[of(step)] = found.get(of(step), 0) + weight
    return found
