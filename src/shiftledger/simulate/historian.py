"""What the plant's historian kept: every signal through its meter, its faults, and the file that came of it.

Readings stream in blocks of at most a day, so memory does not grow with the length of a simulation. A reading at a finer
sampling is the same hour seen more often: errors of an hour and faults are drawn signal by signal, each from a generator of
its own, ripples block by block; so 1 h and 1 min tell of the same plant, and a signal does not notice the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shiftledger.simulate.disturbances import Floats, generator
from shiftledger.simulate.network import AREAS
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.signals import STEAM_METERS, Signal
from shiftledger.simulate.truth import Truth

ZONE = ZoneInfo("Asia/Shanghai")
HOUR_US = 3_600_000_000
SKEW_US = 4 * 60_000_000  # the energy computer's clock is four minutes fast
COUNTER_STEP = 10.0  # kWh of one count of a power counter
DIGITS = (6, 9)  # of a power counter: one that turns, and one that does not
BELT_DRIFT = 0.003 / (30 * 24)  # of the ore belt, per hour
BELT_RECALIBRATED = 60  # day
SWAP_DAY = 120  # a power counter is replaced
FIRST_OF_NEW = 3_120.0  # kWh that the new one shows


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
    modulus: float  # kWh at which power counters turn
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


def meters(truth: Truth, signals: Sequence[Signal]) -> Meters:
    """Every signal as its meter shows it hour by hour, and what is wrong with it."""
    settings, hours = truth.settings, len(truth.on_duty)
    faults = _faults(settings, signals)
    seen = np.empty((len(signals), hours))
    registers: dict[int, Floats] = {}
    for at, signal in enumerate(signals):
        times = np.full(hours, 1 + faults.calibration[at])
        if at == faults.biased:
            times[faults.bias_from :] += settings.stories.meter_bias
        if signal.measures == "ore-feed":
            times += _belt_drift(settings, hours)
        white = generator(settings.seed, "white", signal.measures).standard_normal(hours) * signal.white
        seen[at] = signal.path(truth) * times * (1 + white)
        if signal.kind == "counter":
            registers[at] = faults.first_registers[at] + np.concatenate([[0.0], np.cumsum(seen[at])])
    return Meters(tuple(signals), seen, registers, faults)


def _belt_drift(settings: Settings, hours: int) -> Floats:
    """The ore belt drifts until it is recalibrated; before day 0 it was, every two months."""
    hour = np.arange(hours) - 24 * settings.base_days
    since = np.where(hour < 24 * BELT_RECALIBRATED, hour % (24 * BELT_RECALIBRATED), hour - 24 * BELT_RECALIBRATED)
    return np.asarray(BELT_DRIFT * since, dtype=np.float64)


def _faults(settings: Settings, signals: Sequence[Signal]) -> Faults:
    """Each signal's from generators of its own, by what it measures: tags and the order of signals do not matter."""
    seed, hours, base, stories = settings.seed, settings.hours, 24 * settings.base_days, settings.stories
    steam = [at for at, signal in enumerate(signals) if signal.measures in STEAM_METERS]
    power = [at for at, signal in enumerate(signals) if signal.measures in {f"power-{area.id}" for area in AREAS}]
    biased, swapped = int(generator(seed, "biased").choice(steam)), int(generator(seed, "swapped").choice(power))
    swap_hour = base + 24 * SWAP_DAY + 5
    calibrations = [generator(seed, "calibration", one.measures).standard_normal() * one.calibration for one in signals]
    begins = [generator(seed, "register", one.measures).uniform(0.2, 0.95) for one in signals]
    counts = 10 ** DIGITS[0]
    return Faults(
        biased=biased if stories.meter_bias else -1,
        bias_from=base + 24 * stories.meter_bias_day,
        calibration=np.array(calibrations),
        stretches=tuple(fault for at, signal in enumerate(signals) for fault in _stretches(seed, at, signal, hours)),
        replaced=swapped if stories.roll_over and swap_hour < hours else -1,
        replaced_at=swap_hour,
        modulus=10 ** DIGITS[0 if stories.roll_over else 1] * COUNTER_STEP,
        first_registers=np.floor(np.array(begins) * counts) * COUNTER_STEP,
    )


def _stretches(seed: int, at: int, signal: Signal, hours: int) -> Iterator[Fault]:
    """A signal is gone once in ten days for two hours on average, and stuck once in twenty for three."""
    for days, mean, stuck in ((10, 2.0, False), (20, 3.0, True)):
        rng = generator(seed, "stuck" if stuck else "gap", signal.measures)
        begins = rng.exponential(24 * days)
        while begins < hours:
            lasts = rng.gamma(2.0, mean / 2)
            yield Fault(at, begins, begins + lasts, stuck)
            begins += lasts + rng.exponential(24 * days)


def turns(known: Meters) -> list[tuple[int, int]]:
    """(signal, hour) of every turn of a power counter that was not replaced before it."""
    found = []
    for at, register in known.registers.items():
        shown = _shown(known, at, register, np.arange(len(register), dtype=np.float64))
        lap = np.floor(shown / known.faults.modulus)
        swap = known.faults.replaced_at if at == known.faults.replaced else -1
        found += [(at, int(hour)) for hour in np.flatnonzero(np.diff(lap) > 0) if hour + 1 != swap]
    return found


def readings(truth: Truth, known: Meters, seconds: int, first_hour: int, last_hour: int) -> Iterator[pa.Table]:
    """Tables of (time, tag, value) from `first_hour` until `last_hour`, sampled every `seconds`, one a block; unordered.

    A block is a day, or an hour where every second is kept. A day that is asked for alone has the same readings as in a
    longer run. The export begins an hour before the first shift and ends with the reading of its last instant, as an
    engineer cuts it, so that every shift has a reading at both ends.
    """
    block = 24 if seconds >= 60 else 1
    spans = np.array([(fault.begins, fault.ends) for fault in known.faults.stretches]).reshape(-1, 2)
    for begins in range(first_hour, last_hour, block):
        ends = min(begins + block, last_hour)
        early = 1 if begins == 0 else 0
        last = 1 if ends == len(truth.on_duty) else 0
        moments = np.arange((begins - early) * 3600, ends * 3600 + last, seconds, dtype=np.int64)
        inside = np.flatnonzero((spans[:, 0] < ends + 1) & (spans[:, 1] >= begins - early))
        yield _block(truth, known, moments, [known.faults.stretches[one] for one in inside], str(begins))


def _block(truth: Truth, known: Meters, moments: NDArray[np.int64], faults: Sequence[Fault], block: str) -> pa.Table:
    """The readings at some moments, in seconds from hour 0; one row in a thousand comes twice, one in a hundred late."""
    ripple, again, after = (generator(truth.settings.seed, what, block) for what in ("ripple", "twice", "late"))
    values, kept = _values(known, moments / 3600, faults, ripple)
    twice = kept & (again.random(values.shape, dtype=np.float32) < 0.001)
    late = (after.random(values.shape, dtype=np.float32) < 0.01)[kept]
    at, moment = np.nonzero(kept)
    order = np.concatenate([np.flatnonzero(~late), np.flatnonzero(twice[kept]), np.flatnonzero(late)])
    skew = np.array([SKEW_US if signal.source == "energy" else 0 for signal in known.signals])
    stamps = start_us(truth.settings) + moments[moment[order]] * 1_000_000 + skew[at[order]]
    names = pa.array([signal.tag for signal in known.signals])
    return pa.table(
        {
            "time": pa.array(stamps, pa.timestamp("us", "UTC")),
            "tag": pa.DictionaryArray.from_arrays(pa.array(at[order].astype(np.int32)), names),
            "value": pa.array(values[kept][order]),
        }
    )


def _values(known: Meters, hour: Floats, faults: Sequence[Fault], rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Readings at some times and which of them were kept, both of shape (signals, moments)."""
    last = known.seen.shape[1] - 1
    values = known.seen[:, np.clip(np.floor(hour).astype(np.int64), 0, last)]
    if len(hour) > 1 and hour[1] - hour[0] < 1:
        ripple = np.array([signal.ripple for signal in known.signals])[:, None]
        values *= 1 + ripple * rng.standard_normal(values.shape)
    for at, register in known.registers.items():
        values[at] = _register(known, at, register, hour)
    kept = np.ones(values.shape, dtype=np.bool_)
    for fault in faults:
        first, after = np.searchsorted(hour, (fault.begins, fault.ends))
        if fault.stuck:
            values[fault.signal, first:after] = _stuck_at(known, fault, last)
        else:
            kept[fault.signal, first:after] = False
    for at, signal in enumerate(known.signals):
        np.round(values[at], signal.decimals, out=values[at])
    return values, kept


def _stuck_at(known: Meters, fault: Fault, last: int) -> float:
    """What a signal showed when it stuck."""
    register = known.registers.get(fault.signal)
    if register is None:
        return float(known.seen[fault.signal, min(int(fault.begins), last)])
    return float(_register(known, fault.signal, register, np.array([fault.begins]))[0])


def _register(known: Meters, at: int, register: Floats, hour: Floats) -> Floats:
    """What a power counter shows: whole counts, turned over."""
    return np.asarray(_shown(known, at, register, hour) % known.faults.modulus, dtype=np.float64)


def _shown(known: Meters, at: int, register: Floats, hour: Floats) -> Floats:
    """Whole counts since the first turn; from its replacement on, the register of the new counter."""
    shown = np.interp(hour, np.arange(len(register)), register)
    shown += np.minimum(hour, 0.0) * (register[1] - register[0])
    if at == known.faults.replaced:
        swap = known.faults.replaced_at
        shown = np.where(hour >= swap, shown - register[swap] + FIRST_OF_NEW, shown)
    return np.asarray(np.floor(shown / COUNTER_STEP) * COUNTER_STEP, dtype=np.float64)
