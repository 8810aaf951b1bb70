"""Two-product recovery from three assays (Q5): what part of a component went from the feed into the concentrate.

recovery = c (f - t) / (f (c - t)) with the assays of feed f, concentrate c and tailings t. It follows from two balances (mass, and the
component) and holds only where t < f < c. Near f = t or c = t the formula divides noise by noise, so where a difference
lies within its own standard uncertainty the recovery is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shiftledger.core.uncertainty import ErrorVector, combine, standard_uncertainty
from shiftledger.quantities.decisions import Decision
from shiftledger.quantities.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Recovery:
    """A fraction, 0..1, with its error vector; None with the reason where the assays cannot support one."""

    value: float | None
    errors: ErrorVector = field(default_factory=dict)
    refused: str = ""

    @property
    def sigma(self) -> float:
        """One standard uncertainty of the fraction. # Q6"""
        return standard_uncertainty(self.errors)


def recovery(feed: float, concentrate: float, tailings: float) -> float:
    """c (f - t) / (f (c - t)); ValueError where t < f < c does not hold. # Q5

    >>> recovery(40.0, 60.0, 10.0)
    0.9
    """
    if not 0 <= tailings < feed < concentrate:
        raise ValueError("a two-product recovery needs tailings < feed < concentrate")
    return concentrate * (feed - tailings) / (feed * (concentrate - tailings))


def two_product(feed: Quantity, concentrate: Quantity, tailings: Quantity, quanta: tuple[float, float, float]) -> Recovery:
    """The recovery of three mean assays with its uncertainty, or why it is refused. # Q5, Q6, I6

    `quanta`: the assays as they are posted, in one unit. What two assays share (one laboratory, one sample) cancels.
    """
    named = (("feed", feed), ("concentrate", concentrate), ("tailings", tailings))
    for name, quantity in named:
        if quantity.quanta is None:
            stale = "; its last sample is stale" if "stale" in quantity.marks else ""
            return Recovery(None, refused=f"the assay of the {name} is absent{stale}")
        if quantity.coverage < 1:
            return Recovery(
                None, refused=f"the assay of the {name} is stale: it is known for {quantity.coverage:.1%} of the time only"
            )
    f, c, t = quanta
    if not f > t:
        return Recovery(None, refused=f"feed ({f:g}) is not above tailings ({t:g})")
    if not c > f:
        return Recovery(None, refused=f"concentrate ({c:g}) is not above feed ({f:g})")
    if t < 0:
        return Recovery(None, refused=f"tailings ({t:g}) are below zero")
    for high, low, what in ((feed, tailings, "feed and tailings"), (concentrate, tailings, "concentrate and tailings")):
        gap, sigma = (f if high is feed else c) - t, standard_uncertainty(combine([(1.0, high.errors), (-1.0, low.errors)]))
        if gap <= sigma:
            return Recovery(
                None, refused=f"{what} differ by {gap:g}, within the standard uncertainty {sigma:g} of their difference"
            )
    slopes = (c * t / (f * f * (c - t)), -t * (f - t) / (f * (c - t) ** 2), -c * (c - f) / (f * (c - t) ** 2))
    errors = combine(zip(slopes, (feed.errors, concentrate.errors, tailings.errors), strict=True))
    return Recovery(recovery(f, c, t), errors)


def refusal(about: str, start: int, end: int, at: str) -> Decision:
    """The refusal as a record: nothing was booked for the time. # Q5, I8"""
    return Decision("recovery-refused", about, start, end, None, (), at)


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = ()
