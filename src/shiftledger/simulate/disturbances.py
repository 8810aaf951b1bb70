"""What befalls the refinery from outside, hour by hour, the same in every counterfactual.

Each disturbance has a generator of its own, spawned from the seed: what a crew does differently, or a story that is left
out, shifts no other draw (paired runs). Hour 0 is 08:00 of the first day of the base period.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from shiftledger.simulate.parameters import CREWS, Noises, Parameters, Skills, drawn
from shiftledger.simulate.settings import Settings

Floats = NDArray[np.float64]

STREAMS = (
    "parameters", "skills", "ore", "cooling", "digestion_trips", "calciner_trips", "gaming",
    "mud", "digestion_steam", "washing", "precipitation", "evaporation", "calciner", "moisture",
    "meters", "laboratory", "historian", "events", "people", "placebo", "lines",
)  # fmt: skip
"""The generators, in the order in which they are spawned: a new one goes to the end, so that no older draw moves."""


def generators(seed: int) -> dict[str, np.random.Generator]:
    """One independent generator for each name of `STREAMS`."""
    spawned = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {name: np.random.default_rng(sequence) for name, sequence in zip(STREAMS, spawned, strict=True)}


@dataclass(frozen=True, slots=True)
class Disturbances:
    """Paths over the hours of a simulation, each of shape (hours,). Relative unless said; trips are shares of a rate."""

    alumina_in_ore: Floats  # t/t dry
    silica_in_ore: Floats
    cooling: Floats  # degC
    digestion_trip: Floats
    calciner_trip: Floats
    gaming: Floats  # 1 in the hours of a shift in which its crew may game, for that crew to use
    mud: Floats
    digestion_steam: Floats
    washing: Floats
    precipitation: Floats
    evaporation: Floats
    calciner: Floats
    moisture: Floats  # points
    blends: tuple[int, ...]  # hours at which a new blend begins


def crew_on_duty(hours: int, base_days: int) -> NDArray[np.int64]:
    """Which of the four crews (0 to 3) works each hour: pattern DDEENNRR, crew k at (day + 2k) mod 8, day 0 after the base."""
    hour = np.arange(hours)
    day, slot = hour // 24 - base_days, hour % 24 // 8
    pattern = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    on = np.stack([pattern[(day + 2 * crew) % 8] == slot for crew in range(CREWS)])
    assert (on.sum(axis=0) == 1).all()
    return np.asarray(on.argmax(axis=0), dtype=np.int64)


def skills(rng: np.random.Generator, spread: Skills | None = None) -> dict[str, Floats]:
    """Lasting differences of the crews, shape (crews,) for each name of `Skills`; they sum to zero, SD as declared."""
    spread = spread or Skills()
    found: dict[str, Floats] = {}
    for field in fields(spread):
        draw = rng.standard_normal(CREWS)
        found[field.name] = (draw - draw.mean()) * (CREWS / (CREWS - 1)) ** 0.5 * float(getattr(spread, field.name))
    return found


def constants(settings: Settings, rngs: dict[str, np.random.Generator]) -> Parameters:
    """The nominal refinery, or another of its kind."""
    return Parameters() if settings.same_plant else drawn(Parameters(), rngs["parameters"])


def disturbances(settings: Settings, made_of: Parameters, rngs: dict[str, np.random.Generator]) -> Disturbances:
    """All paths of a simulation, from its generators."""
    hours, noise = settings.hours, Noises()
    grade, blends = _blends(settings, made_of, rngs["ore"])
    alumina = made_of.alumina_in_ore + made_of.alumina_slope * (grade - made_of.grade)
    paths = {name: first_order(rngs[name], hours, *getattr(noise, name)) for name in _NOISES}
    return Disturbances(
        alumina_in_ore=alumina,
        silica_in_ore=alumina / grade,
        cooling=_cooling(settings, first_order(rngs["cooling"], hours, *noise.cooling)),
        digestion_trip=made_of.digestion_trip * trips(rngs["digestion_trips"], hours, mean_days=18, scale=3),
        calciner_trip=made_of.calciner_trip * trips(rngs["calciner_trips"], hours, mean_days=15, scale=5),
        gaming=_last_hours(settings, rngs["gaming"]),
        blends=blends,
        **paths,
    )


_NOISES = ("mud", "digestion_steam", "washing", "precipitation", "evaporation", "calciner", "moisture")


def first_order(rng: np.random.Generator, hours: int, spread: float, memory: float) -> Floats:
    """A stationary path of first order: x' = memory x + step, with standard deviation `spread`; shape (hours,)."""
    steps = rng.standard_normal(hours) * spread * (1 - memory**2) ** 0.5
    path = np.empty(hours)
    value = rng.standard_normal() * spread
    for hour in range(hours):
        value = memory * value + steps[hour]
        path[hour] = value
    return path


def trips(rng: np.random.Generator, hours: int, mean_days: float, scale: float) -> Floats:
    """1 while a line is tripped, else 0: the next trip after an exponential time, lasting 1 + gamma(2, `scale`) hours."""
    path, at = np.zeros(hours), rng.exponential(24 * mean_days)
    while at < hours:
        lasts = 1 + rng.gamma(2, scale)
        path[int(at) : int(at + lasts) + 1] = 1.0
        at += lasts + rng.exponential(24 * mean_days)
    return path


def _blends(settings: Settings, made_of: Parameters, rng: np.random.Generator) -> tuple[Floats, tuple[int, ...]]:
    """Alumina to silica of the ore: a new blend every five to eight days; poor in the weeks 10 to 13 if that story is told."""
    grade, path, begins, hour = made_of.grade, np.empty(settings.hours), [], 0
    while hour < settings.hours:
        grade = float(np.clip(made_of.grade + 0.75 * (grade - made_of.grade) + rng.normal(0, 0.45), 4.2, 7.2))
        length = 24 * int(rng.integers(5, 9))
        path[hour : hour + length] = grade
        begins.append(hour)
        hour += length
    week = (np.arange(settings.hours) // 24 - settings.base_days) / 7
    path = path - settings.stories.poor_ore * ((week >= 9) & (week < 13))
    return np.clip(path, 4.2, 7.2), tuple(begins)


def _cooling(settings: Settings, noise: Floats) -> Floats:
    """Cooling water, degC: the season, the hour of the day and a slow remainder."""
    hour = np.arange(settings.hours)
    first = settings.first_day - timedelta(days=settings.base_days)
    clock = hour + 8
    year_day = first.timetuple().tm_yday + clock / 24
    season = 8 * np.sin(2 * np.pi * (year_day - 110) / 365)
    return np.asarray(22 + season + 2.5 * np.sin(2 * np.pi * (clock % 24 - 9) / 24) + noise, dtype=np.float64)


def _last_hours(settings: Settings, rng: np.random.Generator) -> Floats:
    """1 in the last hours of a drawn share of all shifts after the base period, 0 elsewhere."""
    shifts = settings.hours // 8
    games = rng.random(shifts) < settings.stories.gaming_share
    hour = np.arange(settings.hours)
    late = hour % 8 >= 8 - settings.stories.gaming_hours
    return (games[hour // 8] & late & (hour >= 24 * settings.base_days)).astype(np.float64)
