"""What befalls the refinery from outside, hour by hour, the same in every counterfactual.

Each disturbance has a generator of its own: what a crew does differently, a story that is left out, or a plant with more
areas shifts no other draw (paired runs). Hour 0 is 08:00 of the first day of the base period.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from shiftledger.simulate.parameters import CREWS, Noises, Parameters, Skills, drawn
from shiftledger.simulate.settings import Settings

Floats = NDArray[np.float64]


def generator(seed: int, *names: str) -> np.random.Generator:
    """The generator of what is so named, such as ("gap", "lp-steam"): the same at every call, whatever else is drawn."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


@dataclass(frozen=True, slots=True)
class Disturbances:
    """Paths over the hours of a simulation, each of shape (hours,). Relative unless said; trips are shares of a rate."""

    alumina_in_ore: Floats  # t/t dry
    silica_in_ore: Floats
    cooling: Floats  # degC
    digestion_trip: Floats
    calciner_trip: Floats
    planned_stop: Floats  # of the calciner; share of the rate
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


def skills(seed: int, spread: Skills | None = None) -> dict[str, Floats]:
    """Lasting differences of the crews, shape (crews,) for each name of `Skills`; they sum to zero.

    The declared spread is that of the draw, and so of the differences about their mean with n - 1 in the denominator.
    """
    spread = spread or Skills()
    found: dict[str, Floats] = {}
    for field in fields(spread):
        draw = generator(seed, "skill", field.name).standard_normal(CREWS)
        found[field.name] = (draw - draw.mean()) * float(getattr(spread, field.name))
    return found


def constants(settings: Settings) -> Parameters:
    """The nominal refinery, or another of its kind."""
    return Parameters() if settings.same_plant else drawn(Parameters(), generator(settings.seed, "parameters"))


def disturbances(settings: Settings, made_of: Parameters) -> Disturbances:
    """All paths of a simulation."""
    hours, noise = settings.hours, Noises()

    def rng(name: str) -> np.random.Generator:
        return generator(settings.seed, name)

    grade, blends = _blends(settings, made_of, rng("ore"))
    alumina = made_of.alumina_in_ore + made_of.alumina_slope * (grade - made_of.grade)
    paths = {name: first_order(rng(name), hours, *getattr(noise, name)) for name in _NOISES}
    return Disturbances(
        alumina_in_ore=alumina,
        silica_in_ore=alumina / grade,
        cooling=_cooling(settings, first_order(rng("cooling"), hours, *noise.cooling)),
        digestion_trip=made_of.digestion_trip * trips(rng("digestion trips"), hours, mean_days=18, scale=3),
        calciner_trip=made_of.calciner_trip * trips(rng("calciner trips"), hours, mean_days=15, scale=5),
        planned_stop=made_of.calciner_trip * _planned_stops(rng("planned stops"), hours),
        gaming=_last_hours(settings, rng("gaming")),
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
    """Share of each hour in which a line is tripped: the next trip after an exponential time, lasting 1 + gamma(2, `scale`) h."""
    path, at = np.zeros(hours), rng.exponential(24 * mean_days)
    while at < hours:
        lasts = 1 + rng.gamma(2, scale)
        _mark(path, at, at + lasts)
        at += lasts + rng.exponential(24 * mean_days)
    return path


def _mark(path: Floats, begins: float, ends: float) -> None:
    """Raise each hour of a path to the share of it that lies between two times."""
    hour = np.arange(int(begins), min(int(ends) + 1, len(path)))
    path[hour] += np.maximum(0.0, np.minimum(hour + 1, ends) - np.maximum(hour, begins))


def _planned_stops(rng: np.random.Generator, hours: int) -> Floats:
    """1 while one of the calciner's furnaces is stopped for upkeep: twelve hours by day about every 45 days, else 0."""
    path, day = np.zeros(hours), int(rng.integers(10, 45))
    while 24 * day < hours:
        _mark(path, 24 * day, 24 * day + 12)
        day += int(rng.integers(40, 51))
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
