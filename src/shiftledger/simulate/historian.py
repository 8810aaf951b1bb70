"""What the plant's historian kept: every signal through its meter, its faults, and the file that came of it.

Readings stream day by day, so memory does not grow with the length of a simulation. A reading at a finer sampling is the
same hour seen more often: hourly errors are drawn once an hour from a generator of their own, faults once for the whole
run, ripples from a generator of each day; so 1 h and 1 min tell of the same plant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.signals import STEAM_METERS, Signal
from shiftledger.simulate.truth import Truth

ZONE = ZoneInfo("Asia/Shanghai")
HOUR_US = 3_600_000_000
SKEW_US = 4 * 60_000_000  # the energy computer's clock is four minutes fast
COUNTER_STEP = 10.0  # kWh of one count of a power counter
MODULUS = 1_000_000 * COUNTER_STEP  # six digits
BELT_DRIFT = 0.003 / (30 * 24)  # of the ore belt, per hour
BELT_RECALIBRATED = 60  # day
SWAP_DAY = 120  # a power counter is replaced


@dataclass(frozen=True, slots=True)
class Fault:
    """A stretch of one signal: gone (`stuck` False) or told again and again; in hours of the simulation, not whole ones."""

    signal: int
    begins: float
    ends: float
    stuck: bool


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the meters and the historian; truths that no plant knows."""

    biased: int  # signal whose meter is biased, -1 for none
    bias_from: int  # hour
    calibration: Floats  # lasting error of each signal
    stretches: tuple[Fault, ...]
    replaced: int  # signal of the power counter that is replaced, -1 for none
    replaced_at: int  # hour
    first_registers: Floats  # kWh


@dataclass(frozen=True, slots=True)
class Meters:
    """The signals with the paths that their meters show: `seen` of shape (signals, hours); counters hold their register."""

    signals: tuple[Signal, ...]
    seen: Floats
    registers: dict[int, Floats]  # by signal: kWh at the beginning of each hour, one more for the end, not yet rolled over
    faults: Faults


def start_us(settings: Settings) -> int:
    """UTC microseconds of hour 0: 08:00 local of the first day of the base period."""
    first = settings.first_day - timedelta(days=settings.base_days)
    at = datetime.combine(first, time(8), ZONE).astimezone(UTC)
    return int(at.timestamp()) * 1_000_000


def meters(truth: Truth, signals: Sequence[Signal], rngs: dict[str, np.random.Generator]) -> Meters:
    """Every signal as its meter shows it hour by hour, and what is wrong with it."""
    settings, hours = truth.settings, len(truth.on_duty)
    faults = _faults(settings, signals, rngs)
    seen = np.empty((len(signals), hours))
    registers: dict[int, Floats] = {}
    for at, signal in enumerate(signals):
        times = np.full(hours, 1 + faults.calibration[at])
        if at == faults.biased:
            times[faults.bias_from :] += settings.stories.meter_bias
        if signal.measures == "ore-feed":
            times += _belt_drift(settings, hours)
        white = rngs["meters"].standard_normal(hours) * signal.white
        seen[at] = signal.path(truth) * times * (1 + white)
        if signal.kind == "counter":
            registers[at] = faults.first_registers[at] + np.concatenate([[0.0], np.cumsum(seen[at])])
    return Meters(tuple(signals), seen, registers, faults)


def _belt_drift(settings: Settings, hours: int) -> Floats:
    """The ore belt drifts until it is recalibrated; before day 0 it was, every two months."""
    hour = np.arange(hours) - 24 * settings.base_days
    since = np.where(hour < 24 * BELT_RECALIBRATED, hour % (24 * BELT_RECALIBRATED), hour - 24 * BELT_RECALIBRATED)
    return np.asarray(BELT_DRIFT * since, dtype=np.float64)


def _faults(settings: Settings, signals: Sequence[Signal], rngs: dict[str, np.random.Generator]) -> Faults:
    rng, hours, base = rngs["historian"], settings.hours, 24 * settings.base_days
    stories = settings.stories
    steam = [at for at, signal in enumerate(signals) if signal.measures in STEAM_METERS]
    power = [at for at, signal in enumerate(signals) if signal.kind == "counter"]
    biased, swapped = int(rng.choice(steam)), int(rng.choice(power))
    swap_hour = base + 24 * SWAP_DAY + 5
    return Faults(
        biased=biased if stories.meter_bias else -1,
        bias_from=base + 24 * stories.meter_bias_day,
        calibration=rng.standard_normal(len(signals)) * np.array([signal.calibration for signal in signals]),
        stretches=tuple(_stretches(rng, len(signals), hours)),
        replaced=swapped if stories.roll_over and swap_hour < hours else -1,
        replaced_at=swap_hour,
        first_registers=np.floor(rng.uniform(0.2, 0.95, len(signals)) * MODULUS / COUNTER_STEP) * COUNTER_STEP,
    )


def _stretches(rng: np.random.Generator, signals: int, hours: int) -> Iterator[Fault]:
    """Each signal is gone once in ten days for two hours on average, and stuck once in twenty for three."""
    for signal in range(signals):
        for days, mean, stuck in ((10, 2.0, False), (20, 3.0, True)):
            at = rng.exponential(24 * days)
            while at < hours:
                lasts = rng.gamma(2.0, mean / 2)
                yield Fault(signal, at, at + lasts, stuck)
                at += lasts + rng.exponential(24 * days)


def readings(truth: Truth, known: Meters, seconds: int, first_hour: int, last_hour: int, seed: int) -> Iterator[pa.Table]:
    """Tables of (time, tag, value), one a day, from `first_hour` until `last_hour`, sampled every `seconds`; unordered.

    A day that is asked for alone has the same readings as in a longer run.
    """
    for day in range(first_hour // 24, -(-last_hour // 24)):
        begins, ends = max(24 * day, first_hour), min(24 * day + 24, last_hour)
        rng = np.random.default_rng([seed, 7_919, day])
        yield _day(truth, known, seconds, begins, ends, rng)


def _day(truth: Truth, known: Meters, seconds: int, begins: int, ends: int, rng: np.random.Generator) -> pa.Table:
    per_hour = 3600 // seconds
    count = (ends - begins) * per_hour
    moments = start_us(truth.settings) + begins * HOUR_US + np.arange(count, dtype=np.int64) * (seconds * 1_000_000)
    hour = begins + np.arange(count) / per_hour
    values, kept = _values(known, begins, ends, per_hour, hour, rng)
    skewed = np.array([signal.source == "energy" for signal in known.signals])
    stamps = moments[None, :] + np.where(skewed, SKEW_US, 0)[:, None]
    tags = np.broadcast_to(np.arange(len(known.signals), dtype=np.int32)[:, None], values.shape)
    return _table(known.signals, stamps[kept], tags[kept], values[kept], rng)


def _values(
    known: Meters, begins: int, ends: int, per_hour: int, hour: Floats, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Readings and which of them were kept, both of shape (signals, moments)."""
    values = np.repeat(known.seen[:, begins:ends], per_hour, axis=1)
    if per_hour > 1:
        ripple = np.array([signal.ripple for signal in known.signals])[:, None]
        values *= 1 + ripple * rng.standard_normal(values.shape)
    for at, register in known.registers.items():
        values[at] = _register(known, at, register, hour)
    kept = np.ones(values.shape, dtype=np.bool_)
    for fault in known.faults.stretches:
        first, last = np.searchsorted(hour, (fault.begins, fault.ends))
        if first >= last:
            continue
        if fault.stuck:
            values[fault.signal, first:last] = values[fault.signal, first]
        else:
            kept[fault.signal, first:last] = False
    for at, signal in enumerate(known.signals):
        np.round(values[at], signal.decimals, out=values[at])
    return values, kept


def _register(known: Meters, at: int, register: Floats, hour: Floats) -> Floats:
    """What a power counter shows: whole counts, rolled over; from the swap on the register of the new counter."""
    shown = np.interp(hour, np.arange(len(register)), register)
    if at == known.faults.replaced:
        swap = known.faults.replaced_at
        shown = np.where(hour >= swap, shown - register[swap] + 3_120.0, shown)
    return np.asarray(np.floor(shown / COUNTER_STEP) * COUNTER_STEP % MODULUS, dtype=np.float64)


def _table(
    signals: Sequence[Signal], stamps: NDArray[np.int64], tags: NDArray[np.int32], values: Floats, rng: np.random.Generator
) -> pa.Table:
    """One row in a thousand comes twice, and the rows of a day arrive in no order."""
    twice = np.flatnonzero(rng.random(len(stamps)) < 0.001)
    order = np.concatenate([np.arange(len(stamps)), twice])
    late = rng.random(len(order)) < 0.01
    order = np.concatenate([order[~late], order[late]])
    names = pa.array([signal.tag for signal in signals])
    return pa.table(
        {
            "time": pa.array(stamps[order], pa.timestamp("us", "UTC")),
            "tag": pa.DictionaryArray.from_arrays(pa.array(tags[order]), names),
            "value": pa.array(values[order]),
        }
    )
