"""The truth of a simulation: what every crew, the project and the games are worth, by paired counterfactuals.

The effect of a crew is the value of the plant with its skills less the value with its skills at zero, everything else the
same, over the period after the base. *Own* counts the hours in which the crew worked, *total* all hours: the difference is
what it left to others. Per area one crew is set to zero in that area; per group, the letter in all areas at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftledger.simulate.disturbances import Disturbances, Floats, constants, crew_on_duty, disturbances, generator, skills
from shiftledger.simulate.lines import Line, lines_of
from shiftledger.simulate.parameters import AREA_OF_SKILL, CREWS, Parameters, Prices
from shiftledger.simulate.refinery import Levers, Run, Scenario, levers, run
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.worth import hourly_value, shadow

AREAS = ("digestion", "washing", "precipitation", "evaporation", "calcination")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a crew is worth more than one of its area without skill, CNY per shift that it worked after the base period."""

    crew: int
    shifts: int
    own: float
    total: float


@dataclass(frozen=True, slots=True)
class Project:
    """What the project saved after its first day, against the same plant without it; CNY, and t of steam in each hour."""

    saving: float  # of the whole plant, stocks and what is left to be washed included
    baseline_cost: float  # of evaporation alone: steam, washes and growth of the shadow of fouling, without the project
    actual_cost: float  # the same with it
    steam: Floats  # t of low-pressure steam saved in each hour, (hours,)


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that is true of a simulation and that no plant could know; arrays by hour, scenario 0 is what happened."""

    settings: Settings
    made_of: Parameters
    prices: Prices
    befalls: Disturbances
    skills: dict[str, Floats]
    on_duty: NDArray[np.int64]
    gaming_crew: int | None
    over_reading_crew: int | None
    happened: Run  # one scenario
    value: Floats  # CNY of each hour, (hours,)
    areas: dict[str, tuple[Effect, ...]]  # by area, crew by crew
    groups: tuple[Effect, ...]
    project: Project | None
    lines: tuple[Line, ...]  # areas of the simple kind
    gaming_gain: float | None  # CNY that the plant won (or lost: negative) by the games, None without them


def truth_of(settings: Settings, prices: Prices | None = None) -> Truth:
    """Simulate what happened and every counterfactual beside it; the same settings give the same truth."""
    prices, made_of = prices or Prices(), constants(settings)
    befalls = disturbances(settings, made_of)
    by_name, on_duty = skills(settings.seed), crew_on_duty(settings.hours, settings.base_days)
    cheats, over_reads = (int(crew) for crew in generator(settings.seed, "games").permutation(CREWS)[:2])
    scenarios = _scenarios(settings, by_name, cheats)
    pulled = levers(list(scenarios.values()), on_duty, settings.stories.wash_cut, settings.stories.overdraw)
    done = run(made_of, befalls, pulled)
    value = hourly_value(done, made_of, prices)
    column = {name: at for at, name in enumerate(scenarios)}
    effects = {
        name: _effects(settings, on_duty, value[:, 0], value[:, [column[f"{name}/{crew}"] for crew in range(CREWS)]])
        for name in (*AREAS, "group")
    }
    return Truth(
        settings, made_of, prices, befalls, by_name, on_duty,
        gaming_crew=cheats if _games(settings) else None,
        over_reading_crew=over_reads if settings.stories.over_reading else None,
        happened=_only_first(done),
        value=value[:, 0],
        areas={area: effects[area] for area in AREAS},
        groups=effects["group"],
        project=_project(done, value, column.get("no project"), made_of, prices),
        lines=lines_of(settings, prices, befalls.cooling, on_duty),
        gaming_gain=_gain(value, column.get("no games")),
    )  # fmt: skip


def _games(settings: Settings) -> bool:
    stories = settings.stories
    return bool(stories.gaming_share and stories.gaming_hours and (stories.wash_cut or stories.overdraw))


def has_project(settings: Settings) -> bool:
    """Whether the project begins within the days that are simulated, and does something."""
    day = settings.stories.project_day
    return day is not None and day < settings.days and settings.stories.project != 1


def _scenarios(settings: Settings, by_name: dict[str, Floats], cheats: int) -> dict[str, Scenario]:
    """What happened first; then each crew of each area and each group without its skill, no project, no games."""
    crew = cheats if _games(settings) else None
    times = _fouling_multiple(settings)
    found = {"happened": Scenario(by_name, crew, times)}
    for area in AREAS:
        names = [name for name, at in AREA_OF_SKILL.items() if at == area]
        found |= {f"{area}/{who}": Scenario(_without(by_name, names, who), crew, times) for who in range(CREWS)}
    found |= {f"group/{who}": Scenario(_without(by_name, list(by_name), who), crew, times) for who in range(CREWS)}
    if has_project(settings):
        found["no project"] = Scenario(by_name, crew, 1.0)
    if crew is not None:
        found["no games"] = Scenario(by_name, None, times)
    return found


def _fouling_multiple(settings: Settings) -> Floats:
    """What the growth of fouling is times, by hour: the project's multiple from its first day."""
    times, day = np.ones(settings.hours), settings.stories.project_day
    if day is not None:
        times[24 * (settings.base_days + day) :] = settings.stories.project
    return times


def _without(by_name: dict[str, Floats], names: list[str], crew: int) -> dict[str, Floats]:
    zeroed = {name: values.copy() for name, values in by_name.items()}
    for name in names:
        zeroed[name][crew] = 0.0
    return zeroed


def _effects(settings: Settings, on_duty: NDArray[np.int64], value: Floats, without: Floats) -> tuple[Effect, ...]:
    """Own and total effect of each crew: `value` of shape (hours,), `without` it of shape (hours, crews)."""
    after = np.arange(len(on_duty)) >= 24 * settings.base_days
    differs = value[:, None] - without
    found = []
    for crew in range(CREWS):
        works = after & (on_duty == crew)
        shifts = int(works.sum()) // 8
        own, total = float(differs[works, crew].sum()), float(differs[after, crew].sum())
        found.append(Effect(crew, shifts, own / max(shifts, 1), total / max(shifts, 1)))
    return tuple(found)


def _gain(value: Floats, column: int | None) -> float | None:
    return None if column is None else float((value[:, 0] - value[:, column]).sum())


def _project(done: Run, value: Floats, without: int | None, made_of: Parameters, prices: Prices) -> Project | None:
    """What happened (column 0) against the run without the project; before its first day the two are the same."""
    if without is None:
        return None
    pair = [0, without]
    steam = done.flows["evaporation_steam"][:, pair]
    ahead = np.diff(shadow(done.fouling[:, pair], made_of, prices).sum(axis=2), axis=0)
    cost = prices.steam * steam + prices.wash * done.washes[:, pair].sum(axis=2) + ahead
    begun = np.cumsum(np.abs(done.fouling[1:, pair[0]] - done.fouling[1:, pair[1]]).sum(axis=1)) > 0
    actual, baseline = (float(one) for one in cost[begun].sum(axis=0))
    return Project(float((value[:, 0] - value[:, without]).sum()), baseline, actual, steam[:, 1] - steam[:, 0])


def _only_first(done: Run) -> Run:
    """The scenario that happened, with its axis kept: shape (hours, 1)."""
    return Run(
        {name: path[:, :1] for name, path in done.flows.items()},
        {name: path[:, :1] for name, path in done.stocks.items()},
        done.water[:, :1],
        done.steam[:, :1],
        done.fouling[:, :1],
        done.washing[:, :1],
        done.washes[:, :1],
    )


__all__ = ["AREAS", "Effect", "Levers", "Project", "Truth", "truth_of"]
