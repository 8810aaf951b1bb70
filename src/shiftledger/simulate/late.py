"""The story of a late batch: results of ore that come after the laboratory's cutoff, and with them another crew wins the month.

Digestion's Allowed rests on the silica and alumina of the ore. Until the batch is known its shifts are judged by older ore, or
by none. Here the plant's own standards are applied to its own readings, month by month; the shortest batch is told that
changes which crew of digestion stands best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.historian import Meters
from shiftledger.simulate.logbook import LATE_HOURS, LATE_POINT, Sample
from shiftledger.simulate.parameters import CREWS
from shiftledger.simulate.plant_money import Standard
from shiftledger.simulate.truth import Truth

AREA, OUTPUT = "digestion", "dissolved"
HOLD = 24.0  # hours that a result of ore stands for, as the plant declares
SHORTEST, LONGEST = 3, 8  # days of a batch
KNOWN_AFTER = int(LATE_HOURS) + 24  # hours after its last sample all of it is known, second tests too


@dataclass(frozen=True, slots=True)
class Batch:
    """Hours of the first and after the last sample; the month's hours; the best crew before and after it was known."""

    begins: int
    ends: int
    month: tuple[int, int]
    before: int
    after: int


def late_batch(truth: Truth, known: Meters, results: Sequence[Sample], standards: Sequence[Standard]) -> Batch | None:
    """The batch that is told, in the second whole calendar month if it can be; None if the story or the time is missing.

    Where no batch changes the winner of any month, the first that is known in time is told all the same.
    """
    if not truth.settings.stories.late_batch:
        return None
    fallback = None
    for month in _months(truth):
        after = _winner(truth, known, results, standards, month, (0, 0))
        for batch in _batches(month, len(truth.on_duty) - KNOWN_AFTER):
            before = _winner(truth, known, results, standards, month, batch)
            if before != after:
                return Batch(*batch, month, before, after)
            fallback = fallback or Batch(*batch, month, after, after)
    return fallback


def _batches(month: tuple[int, int], known_by: int) -> list[tuple[int, int]]:
    """Hours of the batches of a month that end in time: short ones first, and of one length the last first."""
    lengths = range(24 * SHORTEST, 24 * LONGEST + 1, 24)
    found = [(begins, begins + length) for length in lengths for begins in range(month[1] - length, month[0] - 1, -24)]
    return [batch for batch in found if batch[1] <= known_by]


def _months(truth: Truth) -> list[tuple[int, int]]:
    """Hours of the whole calendar months after the base period; the second first."""
    settings = truth.settings
    days = [settings.first_day + timedelta(days=day) for day in range(settings.days + 1)]
    months = list(pairwise(at for at, day in enumerate(days) if day.day == 1))
    base = settings.base_days
    return [(24 * (base + begins), 24 * (base + ends)) for begins, ends in (*months[1:2], *months[:1], *months[2:])]


def _winner(
    truth: Truth,
    known: Meters,
    results: Sequence[Sample],
    standards: Sequence[Standard],
    month: tuple[int, int],
    unknown: tuple[int, int],
) -> int:
    """The crew whose shifts of a month stand best against Allowed, without the ore results of some hours."""
    by_stream = {signal.measures: known.seen[at] for at, signal in enumerate(known.signals)}
    hours = slice(*month)
    rates = {name: by_stream[name][hours].reshape(-1, 8).sum(axis=1) for name in by_stream}
    conditions = {name: _held(results, name, month, unknown) for name in ("SiO2", "Al2O3")}
    against = np.zeros((month[1] - month[0]) // 8)
    for base in (one for one in standards if one.area == AREA and not one.condition):
        rate = np.full(len(against), base.value)
        for slope in standards:
            if (slope.area, slope.item, slope.basis) == (AREA, base.item, base.basis) and slope.condition:
                rate += slope.value * np.nan_to_num(conditions[slope.condition] - slope.reference)
        made = rates[OUTPUT]
        allowed = made / rate if base.basis == "yield" else made * rate
        against += base.price * (allowed - rates[base.stream])
    crew = truth.on_duty[hours][::8]
    return int(np.argmax([against[crew == one].mean() for one in range(CREWS)]))


def _held(results: Sequence[Sample], analyte: str, month: tuple[int, int], unknown: tuple[int, int]) -> Floats:
    """Mean of what held in each shift, in the analyte's unit; nan where nothing did."""
    ones = [one for one in results if (one.point, one.analyte) == (LATE_POINT, analyte) and one.story != "typo"]
    ones = sorted((one for one in ones if not unknown[0] <= one.at < unknown[1]), key=lambda one: one.at)
    at, value = np.array([one.at for one in ones]), np.array([float(one.written) for one in ones])
    moments = np.arange(month[0], month[1], 0.5) + 0.25
    last = np.searchsorted(at, moments, side="right") - 1
    fresh = (last >= 0) & (moments - at[last] <= HOLD)
    held = np.where(fresh, value[last], np.nan).reshape(-1, 16)
    covered = np.isfinite(held).sum(axis=1)
    return np.where(covered > 0, np.nansum(held, axis=1) / np.maximum(covered, 1), np.nan)
