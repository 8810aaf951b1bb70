"""Counters that count truly: production at every minute, and what a register shows of it at some of them (Q2).

Nothing in here knows a rule of the product. A trace has the courses that plants have (steady, batches and rests, day and night, one-step
bursts over a drip), a resolution, lost rows and silences, and what registers do: roll over, begin anew, be changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from quantities.building import T0, raw_series
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.quantities.kernel import Rule
from shiftledger.readings.batch import Series

DAY = 1440
MODULI = (838_860_800, 1_000_000, 100_000_000)  # thousandths: a 23-bit register of tenths, four and six digits


@dataclass(frozen=True)
class Trace:
    """`true`: thousandths produced until each minute. `minutes`: when the register was read. `resets`: minutes at which it began anew."""

    course: str
    true: list[int]
    minutes: list[int]
    resets: tuple[int, ...]
    change: int | None
    resolution: int
    readings: Series
    rules: tuple[Rule, ...]

    @property
    def silence(self) -> int:
        """Minutes after which nothing is counted."""
        return max(self.rules[0].max_hold, self.rules[0].max_gap) // MINUTE

    def produced(self, start: int, end: int) -> tuple[float, float]:
        """The least and the most that a shift may have (units): all between two readings, in proportion to time; of the step in which a
        register began anew anything from nothing to what was produced since."""
        least = most = 0.0
        points = sorted({*self.minutes, *([] if self.change is None else [self.change])})
        for a, b in pairwise(points):
            part = (min(b, end) - max(a, start)) / (b - a)
            if part <= 0 or b - a > self.silence:
                continue
            anew = [at for at in self.resets if a < at <= b]
            gained = self.true[b] - self.true[max(anew, default=a)]
            least += 0.0 if anew else part * gained
            most += gained if anew else part * gained
        return least / 1000, most / 1000


def steady(draw: random.Random, minutes: int) -> list[int]:
    base = draw.randint(5, 5000)
    return [int(base * draw.uniform(0.7, 1.3)) for _ in range(minutes)]


def day_and_night(draw: random.Random, minutes: int) -> list[int]:
    day, night = draw.randint(100, 5000), draw.randint(0, 60)
    return [int((day if 6 <= minute // 60 % 24 < 22 else night) * draw.uniform(0.8, 1.2)) for minute in range(minutes)]


def batches(draw: random.Random, minutes: int) -> list[int]:
    flow: list[int] = []
    while len(flow) < minutes:
        flow += [0] * int(draw.expovariate(1 / draw.choice([60, 240, 900])))
        flow += [draw.randint(500, 20_000)] * draw.randint(1, 90)
    return flow[:minutes]


def campaigns(draw: random.Random, minutes: int) -> list[int]:
    flow: list[int] = []
    rate = draw.randint(100, 5000)
    while len(flow) < minutes:
        flow += [int(rate * draw.uniform(0.9, 1.1)) for _ in range(draw.randint(30, 1200))]
        flow += [int(draw.random() < 0.02) for _ in range(draw.randint(30, 1200))]
    return flow[:minutes]


def bursts(draw: random.Random, minutes: int) -> list[int]:
    drip = draw.randint(0, 30)
    flow = [drip * draw.randint(0, 1) for _ in range(minutes)]
    for _ in range(draw.randint(1, 6)):
        at, rate = draw.randrange(minutes), draw.randint(1000, 100_000)
        flow[at : at + draw.randint(1, 40)] = [rate] * len(flow[at : at + draw.randint(1, 40)])
    return flow[:minutes]


COURSES: tuple[Callable[[random.Random, int], list[int]], ...] = (steady, day_and_night, batches, campaigns, bursts)


def trace(seed: int, *, events: tuple[str, ...] = ("", "turn", "reset", "change"), days: int = 2) -> Trace:
    """The trace of a seed. A register that begins anew has no bursts: whether 300, 0, 900 lost its line only a pace would tell."""
    draw = random.Random(seed)
    event = draw.choice(events)
    course = draw.choice(COURSES[:-1] if event == "reset" else COURSES)
    true = [draw.choice([0, draw.randint(0, 10**6), draw.randint(0, 10**9)])]
    for flow in course(draw, days * DAY):
        true.append(true[-1] + flow)
    minutes = _read(draw, len(true) - 1)
    resolution = draw.choice([1, 1, 100, 1000, 10_000])
    hold = draw.choice([4, 8, 12, 24, 24, 48]) * HOUR
    common = {"max_gap": draw.choice([HOUR, 2 * HOUR]), "max_hold": hold}  # type: dict[str, int]
    shown, rules, resets, change = true, (Rule("counter", **common),), list[int](), None
    if event == "turn":
        modulus = draw.choice([one for one in MODULI if one > 4 * (true[-1] - true[0])] or [8 * (true[-1] - true[0])])
        begin = modulus - draw.randint(0, true[-1] - true[0] + 1)
        shown = [(begin + one - true[0]) % modulus for one in true]
        rules = (Rule("counter", modulus=Decimal(modulus) / 1000, **common),)
    elif event == "reset":
        resets = sorted(draw.sample(range(DAY // 2, len(true)), draw.randint(1, 2)))
        since = [max((at for at in resets if at <= minute), default=None) for minute in range(len(true))]
        shown = [one if at is None else one - true[at] for one, at in zip(true, since, strict=True)]
    elif event == "change":
        change = draw.randrange(1, len(true) - 1)
        first = draw.randint(0, 10**7)
        shown = [*true[:change], *(first + one - true[change] for one in true[change:])]
        read = [Decimal(one // resolution * resolution) / 1000 for one in (true[change], first)]
        at = T0 + change * MINUTE
        rules = (Rule("counter", until=at, last=read[0], **common), Rule("counter", since=at, first=read[1], **common))
    rows = [(T0 + minute * MINUTE, shown[minute] // resolution * resolution / 1000, 0) for minute in minutes]
    return Trace(course.__name__, true, minutes, tuple(resets), change, resolution, raw_series("C", rows), rules)


def _read(draw: random.Random, last: int) -> list[int]:
    """Minutes at which the register is read: regular or not quite, with lost rows and silences."""
    step = draw.choice([5, 15, 15, 30, 60])
    lost = draw.choice([0.0, 0.0, 0.1])
    shaken = draw.choice([0, 0, 2])
    minutes = {
        min(last, max(0, one + draw.randint(-shaken, shaken))) for one in range(0, last + 1, step) if draw.random() >= lost
    }
    for _ in range(draw.choice([0, 0, 3])):
        begin, length = draw.randrange(last), draw.randint(10, 600)
        minutes = {one for one in minutes if not begin <= one < begin + length}
    return sorted(minutes)


def spans(made: Trace) -> list[tuple[int, int]]:
    """Eight-hour shifts over all of it, in minutes."""
    last = len(made.true) - 1
    return [(begin, min(begin + 480, last)) for begin in range(0, last, 480)]


def wrong_at(made: Trace, seed: int, height: float) -> tuple[Series, int, int] | None:
    """The readings with one to four wrong ones in a row, and the minutes between which they stand; None where they would stand next to
    a silence or a new beginning. `height`: how much too high; nothing: they are zero."""
    draw = random.Random(seed)
    length = draw.choice([1, 1, 2, 4])
    place = draw.randrange(8, len(made.minutes) - length - 8)
    before, after = made.minutes[place - 1], made.minutes[place + length]
    if after - before > 120 or any(before - 1440 <= at <= after + 240 for at in made.resets):
        return None
    value = np.array(made.readings.value)
    value[place : place + length] = value[place - 1] + height if height else 0.0
    readings = made.readings
    return Series(readings.tag, readings.ts, value, readings.quality, readings.batch, readings.row), before, after


def in_minutes(start: int, end: int) -> Span:
    return Span(T0 + start * MINUTE, T0 + end * MINUTE)
