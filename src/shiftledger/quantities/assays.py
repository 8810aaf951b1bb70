"""Laboratory results: what a flow carries of a component, and the mean assay that follows from it (Q5).

A sample represents the time from its taking to the next one, at most `max_hold`; what is older is stale and covers nothing.
Component mass is the integral of flow x assay; the mean assay is that over the flow, never the mean of the results.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shiftledger.core.period import Span, iso
from shiftledger.plant.model import Meter
from shiftledger.quantities.course import course
from shiftledger.quantities.decisions import Decision, Evidence
from shiftledger.quantities.kernel import (
    Pieces,
    Rule,
    gaps,
    held_pieces,
    joined,
    level_pieces,
    only,
    overlay,
    scaled,
    side_by_side,
)
from shiftledger.readings.batch import BAD, BELOW, UNCERTAIN, Series, Values
from shiftledger.readings.lots import Lots
from shiftledger.readings.samples import standing_at


@dataclass(frozen=True, slots=True)
class Basis:
    """What part of a mass is paid for: the component, or with `dry` what is left without it (moisture). `factor` takes the
    laboratory's unit to a fraction (dry), or is 1 where the flow's own factor already holds the assay's unit."""

    rule: Rule
    factor: float = 1.0
    dry: bool = False

    def part(self, assay: Values) -> Values:
        """The part that each assay value stands for."""
        return 1.0 - assay * self.factor if self.dry else assay * self.factor

    @property
    def slope(self) -> float:
        """How much the part changes with the assay."""
        return -self.factor if self.dry else self.factor


def carried(flow: Pieces, assays: Series, span: Span, basis: Basis) -> Pieces:
    """The course of the component (or dry mass) where flow and assay are both known: meter unit of the flow x part. # Q5

    Where nothing flows nothing is carried, whatever the assay: that is known without one.
    """
    held = held_pieces(assays, span, basis.rule)
    found = overlay(flow, held)
    holes = gaps(held, span)
    idle = overlay(flow, level_pieces(holes, (0.0,) * len(holes))).flow
    return joined(scaled(found.flow, basis.part(found.held)), only(idle, (idle.y0 == 0) & (idle.y1 == 0)))


def mean_assay(flow: Pieces | None, assays: Series, span: Span, rule: Rule) -> tuple[float | None, int]:
    """The mean assay over `span` in the laboratory's unit and the time (us) that it rests on. # Q5

    Weighted by the flow where both are known; without a flow, or where nothing flowed, the mean over time. None if no sample
    holds anywhere in the span.
    """
    held = held_pieces(assays, span, rule)
    if flow is not None:
        both = overlay(flow, held)
        mass = both.flow.total
        if mass > 0:
            return scaled(both.flow, both.held).total / mass, both.flow.covered
    return (held.total / held.covered, held.covered) if held.covered else (None, 0)


def assay_errors(flow: Pieces, assays: Series, span: Span, basis: Basis, lab: Meter, scale: float) -> dict[str, float]:
    """What the laboratory's errors do to a component mass: by sample, and its persisting limit of error. # Q6

    `scale` takes flow x microseconds to the material's unit. A sample's own sigma and white part act on all the flow that it
    stands for.
    """
    held = held_pieces(assays, span, basis.rule)
    both = overlay(flow, held)
    errors: dict[str, float] = {}
    lasting = []
    for j in np.unique(both.index).tolist():
        slope = only(both.flow, both.index == j).total * scale * basis.slope
        value = float(held.y0[j])
        taken = sample_instant(assays, int(held.start[j]))
        source = f"assay:{lab.tag}:{iso(taken)}"
        errors[source] = errors.get(source, 0.0) + slope * sample_sigma(lab, assays, taken, value)
        lasting.append(slope * value)
    errors[calibration_source(lab)] = float(lab.limit) / math.sqrt(3) * math.fsum(lasting)
    return errors


def assayed(lots: Lots, assays: Series, basis: Basis) -> Lots:
    """The lots with the paid part of their amounts, by the assay that holds when the lot ends; BAD where none holds. # Q5"""
    if not len(lots):
        return lots
    held = held_pieces(assays, Span(int(lots.end.min()) - 1, int(lots.end.max())), basis.rule)
    if not len(held):
        return replace(lots, value=np.full(len(lots), np.nan), quality=np.full(len(lots), BAD, np.int8))
    place = np.maximum(np.searchsorted(held.start, lots.end - 1, side="right") - 1, 0)
    known = (held.start[place] <= lots.end - 1) & (lots.end - 1 < held.end[place]) & (lots.quality != BAD)
    quality = np.where(held.uncertain[place] & (lots.quality != BAD), UNCERTAIN, lots.quality)
    value = np.where(known, lots.value * basis.part(held.y0[place]), np.nan)
    return replace(lots, value=value, quality=np.where(known, quality, BAD).astype(np.int8))


def sample_instant(assays: Series, at: int) -> int:
    """When the sample that holds at `at` was taken: the same source of error whatever the period asked for."""
    return int(assays.ts[max(standing_at(assays, at), 0)])


def sample_sigma(lab: Meter, assays: Series, taken: int, value: float) -> float:
    """The standard uncertainty of one result, in the laboratory's unit: its own, and of "<x" that of anything from 0 to x. # Q6, R1"""
    own = math.hypot(float(lab.sigma), float(lab.white) * value)
    i = int(np.searchsorted(assays.ts, taken))
    below = i < len(assays) and assays.ts[i] == taken and assays.quality[i] == BELOW
    return math.hypot(own, value / math.sqrt(3)) if below else own


def below_detection(assays: Series, span: Span, lab: Meter, rule: Rule) -> tuple[Decision, ...]:
    """The results below a limit that hold somewhere in `span`, each taken as half of its limit; in order of time. # R1"""
    held = held_pieces(assays, span, rule)
    made = []
    for start, end in zip(held.start.tolist(), held.end.tolist(), strict=True):
        i = standing_at(assays, start)
        if assays.quality[i] == BELOW:
            value = float(assays.value[i])
            reading = Evidence(int(assays.ts[i]), value, BELOW, int(assays.batch[i]), int(assays.row[i]))
            made.append(Decision("below-detection", lab.tag, start, end, value, (reading,), str(lab.at)))
    return tuple(made)


def calibration_source(meter: Meter) -> str:
    """The error source of a meter that persists as long as its row of meters.csv does. # Q6"""
    return f"calibration:{meter.tag}:{meter.valid_from.isoformat() if meter.valid_from else 'start'}"


def mean_of_samples(
    assays: Series, *flows: Series, start: int, end: int, rule: Rule, flow_rules: tuple[Rule, ...] = ()
) -> float | None:
    """`mean_assay` from raw readings, as traces evaluate it; one rule a meter of the flow. # I7"""
    span = Span(start, end)
    courses = [course(flow, span, flow_rule) for flow, flow_rule in zip(flows, flow_rules, strict=True)]
    return mean_assay(side_by_side(courses, flow_rules) if courses else None, assays, span, rule)[0]


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (("mean_assay", mean_of_samples),)
