"""The refinery itself: stocks, fouling and flows, hour by hour, for many counterfactuals at once.

Al2O3, Na2O, water and SiO2 close in every hour: what goes in, goes out or stays (`unclosed` measures it). An hour reads the
state at its beginning and the disturbances of its time; the next state is the sum of flows. All counterfactuals share the
disturbances, so a difference between two of them is caused by what differs (skills, gaming, project) and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftledger.simulate.disturbances import Disturbances, Floats
from shiftledger.simulate.parameters import SETS, Parameters

NAOH_PER_NA2O = 1.2906
WATER_PER_ALUMINA = 0.5295  # t of bound water per t of Al2O3 in hydrate, Al2O3 * 3 H2O
HYDRATE_PER_ALUMINA = 1.5295

STOCKS = ("alumina", "caustic", "water", "hydrate")
"""What the state holds beside fouling: dissolved Al2O3, Na2O, water of the liquor, hydrate as Al2O3; all in t."""

FLOWS = (
    "ore", "alumina_in_ore", "silica_in_ore", "burnt", "mud", "mud_alumina", "dissolved", "soda_with_silica", "lime", "bound_water",
    "wash_water", "last_wash", "soda_lost", "alumina_lost", "precipitated", "calcined", "moisture", "heat", "gas",
    "water_in", "water_out", "soda_make_up", "caustic_in", "evaporation_asked", "evaporation_steam", "digestion_steam",
    "other_steam", "power",
)  # fmt: skip
"""Flows of an hour, t/h unless said in `Run`. Of each set of evaporators besides: water, steam, fouling, washing."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way the crews and the project might be: skills by name and crew, whether a crew games, what fouling is times."""

    skills: dict[str, Floats]  # each of shape (crews,)
    gaming_crew: int | None = None  # cuts wash water and overdraws hydrate in the hours marked as gaming
    fouling: Floats | float = 1.0  # multiple of the growth of fouling, a number or of shape (hours,)


@dataclass(frozen=True, slots=True)
class Run:
    """What happened in each hour; every array has the shape (hours, scenarios), those of sets (hours, scenarios, sets).

    `flows` holds FLOWS: t/h; `moisture` in points, `last_wash` in g/L, `heat` in GJ/h, `gas` in Nm3/h, `power` in kW,
    `alumina_in_ore` and `silica_in_ore` in t/h. `stocks` and `fouling` are those at the *beginning* of the hour, with one
    row more for the end. `washes` is 1 in the hour in which a wash begins.
    """

    flows: dict[str, Floats]
    stocks: dict[str, Floats]
    water: Floats
    steam: Floats
    fouling: Floats
    washing: NDArray[np.bool_]
    washes: Floats


@dataclass(slots=True)
class _State:
    """The plant at an instant, for every scenario."""

    alumina: Floats
    caustic: Floats
    water: Floats
    hydrate: Floats
    fouling: Floats  # (scenarios, sets)
    wash_left: Floats  # hours, (scenarios, sets)


@dataclass(frozen=True, slots=True)
class Levers:
    """What the scenarios differ in, as columns: skills of shape (scenarios, crews), games of shape (scenarios,)."""

    skills: dict[str, Floats]
    games: NDArray[np.int64]  # the crew that games, -1 for none
    fouling: Floats  # (hours, scenarios)
    cut: float  # share of wash water
    overdraw: float  # t/h of Al2O3
    on_duty: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def levers(scenarios: Sequence[Scenario], on_duty: NDArray[np.int64], cut: float = 0.0, overdraw: float = 0.0) -> Levers:
    """Scenarios side by side, for the crews on duty of shape (hours,)."""
    names = scenarios[0].skills
    return Levers(
        skills={name: np.stack([scenario.skills[name] for scenario in scenarios]) for name in names},
        games=np.array([-1 if scenario.gaming_crew is None else scenario.gaming_crew for scenario in scenarios]),
        fouling=np.stack([np.broadcast_to(scenario.fouling, on_duty.shape) for scenario in scenarios], axis=1),
        cut=cut,
        overdraw=overdraw,
        on_duty=on_duty,
    )


def run(made_of: Parameters, befalls: Disturbances, pulled: Levers) -> Run:
    """The refinery over all hours of `pulled.on_duty`, one column for each scenario."""
    hours, scenarios = len(pulled.on_duty), len(pulled.games)
    state = _start(made_of, scenarios)
    flows = {name: np.empty((hours, scenarios)) for name in FLOWS}
    stocks = {name: np.empty((hours + 1, scenarios)) for name in STOCKS}
    water, steam, fouling = (np.empty((hours + extra, scenarios, SETS)) for extra in (0, 0, 1))
    washing = np.zeros((hours, scenarios, SETS), dtype=np.bool_)
    washes = np.zeros((hours, scenarios, SETS))
    for hour in range(hours):
        for name in STOCKS:
            stocks[name][hour] = getattr(state, name)
        fouling[hour] = state.fouling
        washing[hour] = state.wash_left > 0
        now = _hour(made_of, befalls, pulled, hour, state)
        for name in FLOWS:
            flows[name][hour] = now[name]
        water[hour], steam[hour] = now["water"], now["steam"]
        washes[hour] = _advance(made_of, state, now)
    for name in STOCKS:
        stocks[name][hours] = getattr(state, name)
    fouling[hours] = state.fouling
    return Run(flows, stocks, water, steam, fouling, washing, washes)


def _start(made_of: Parameters, scenarios: int) -> _State:
    ones = np.ones(scenarios)
    return _State(
        alumina=made_of.alumina * ones,
        caustic=made_of.caustic * ones,
        water=made_of.water * ones,
        hydrate=made_of.hydrate * ones,
        fouling=np.tile(np.linspace(0.05, 0.25, SETS), (scenarios, 1)),
        wash_left=np.zeros((scenarios, SETS)),
    )


def _hour(made_of: Parameters, befalls: Disturbances, pulled: Levers, hour: int, state: _State) -> dict[str, Floats]:
    """All flows of one hour, in the order of the process: digestion, washing, precipitation, calcination, evaporation."""
    crew = int(pulled.on_duty[hour])
    skill = {name: by_crew[:, crew] for name, by_crew in pulled.skills.items()}
    games = (pulled.games == crew) * befalls.gaming[hour]
    now = _digestion(made_of, befalls, hour, state, skill)
    _washing(made_of, befalls, hour, now, skill, 1 - pulled.cut * games)
    _precipitation(made_of, befalls, hour, state, now, skill)
    _calcination(made_of, befalls, hour, state, now, skill, pulled.overdraw * games)
    _water_and_soda(made_of, state, now)
    _evaporation(made_of, befalls, hour, state, now, skill, pulled.fouling[hour])
    now["power"] = (
        made_of.power_of_ore * now["ore"]
        + made_of.power_of_water * now["water"].sum(axis=1)
        + made_of.power_of_alumina * now["calcined"]
        + made_of.power_rest
    )
    return now


def _digestion(
    made_of: Parameters, befalls: Disturbances, hour: int, state: _State, skill: dict[str, Floats]
) -> dict[str, Floats]:
    """Ore is fed so that the liquor keeps its alumina; silica takes alumina and soda with it into the mud."""
    alumina, silica = befalls.alumina_in_ore[hour], befalls.silica_in_ore[hour]
    strength = 1000 * state.caustic / (state.water / made_of.density)
    wanted = made_of.ore_rate * (1 + 0.9 * (made_of.alumina - state.alumina) / made_of.alumina)
    nominal = 1000 * made_of.caustic / (made_of.water / made_of.density)
    ore = np.minimum(wanted * (1 - befalls.digestion_trip[hour]), made_of.ore_limit * strength / nominal)
    mud_alumina = made_of.mud_ratio * (1 + skill["mud"] + befalls.mud[hour]) * silica * ore
    soda = made_of.soda_per_silica * silica * ore
    lime, bound = made_of.lime * ore, made_of.bound_water * silica * ore
    inert = (1 - alumina - silica - made_of.loss_on_ignition) * ore
    return {
        "ore": ore,
        "alumina_in_ore": alumina * ore,
        "silica_in_ore": silica * ore,
        "burnt": made_of.loss_on_ignition * ore,
        "mud_alumina": mud_alumina,
        "dissolved": alumina * ore - mud_alumina,
        "soda_with_silica": soda,
        "lime": lime,
        "bound_water": bound,
        "mud": inert + silica * ore + mud_alumina + soda + lime + bound,
        "digestion_steam": made_of.digestion_steam * ore * (1 + skill["digestion_steam"] + befalls.digestion_steam[hour]),
        "strength": strength,
        "nominal_strength": np.full_like(strength, nominal),
    }


def _washing(
    made_of: Parameters, befalls: Disturbances, hour: int, now: dict[str, Floats], skill: dict[str, Floats], kept: Floats
) -> None:
    """Less wash water leaves more soda in the last wash, and takes less water to be evaporated."""
    per_mud = made_of.wash_water * kept
    last = made_of.last_wash * np.exp(-made_of.washing_slope * (kept - 1)) * (1 + skill["washing"] + befalls.washing[hour])
    now["wash_water"] = per_mud * now["mud"]
    now["last_wash"] = last
    now["soda_lost"] = made_of.mud_liquor * now["mud"] * last / 1000
    now["alumina_lost"] = 0.9 * now["soda_lost"]


def _precipitation(
    made_of: Parameters, befalls: Disturbances, hour: int, state: _State, now: dict[str, Floats], skill: dict[str, Floats]
) -> None:
    above = np.maximum(0.0, state.alumina - made_of.dissolved_limit * state.caustic)
    now["precipitated"] = made_of.precipitation_rate * (1 + skill["precipitation"] + befalls.precipitation[hour]) * above


def _calcination(
    made_of: Parameters,
    befalls: Disturbances,
    hour: int,
    state: _State,
    now: dict[str, Floats],
    skill: dict[str, Floats],
    overdraw: Floats,
) -> None:
    """The kiln follows the hydrate stock; wet hydrate and a half-empty kiln cost heat."""
    wanted = made_of.calciner * (1 + 0.25 * (state.hydrate - made_of.hydrate) / made_of.hydrate) + overdraw
    calcined = np.minimum(state.hydrate, wanted * (1 - befalls.calciner_trip[hour] - befalls.planned_stop[hour]))
    moisture = made_of.moisture + skill["moisture"] + befalls.moisture[hour]
    idle = 1 - np.minimum(calcined, made_of.calciner + 2) / (made_of.calciner + 2)
    heat = made_of.heat + made_of.heat_of_moisture * (moisture - 6) + made_of.heat_of_idling * idle
    now["calcined"] = calcined
    now["moisture"] = moisture
    now["heat"] = heat * (1 + skill["calciner"] + befalls.calciner[hour]) * calcined
    now["gas"] = now["heat"] / made_of.gas


def _water_and_soda(made_of: Parameters, state: _State, now: dict[str, Floats]) -> None:
    """Soda is made up to its nominal stock; water comes with ore, washing, seals and caustic, and leaves bound, wet or flashed."""
    ore, mud, precipitated = now["ore"], now["mud"], now["precipitated"]
    lost = now["soda_with_silica"] + now["soda_lost"] + 0.004 * precipitated
    now["soda_make_up"] = lost + (made_of.caustic - state.caustic) / 200
    now["caustic_in"] = NAOH_PER_NA2O * now["soda_make_up"]
    wet_ore = made_of.ore_moisture / (1 - made_of.ore_moisture) * ore
    washes = now["wash_water"] + (0.5 + 0.3) * precipitated
    now["water_in"] = wet_ore + made_of.loss_on_ignition * ore + washes + now["caustic_in"]
    wet_hydrate = 0.065 / 0.935 * HYDRATE_PER_ALUMINA * precipitated
    now["water_out"] = made_of.mud_liquor * mud + now["bound_water"] + WATER_PER_ALUMINA * precipitated + wet_hydrate + 0.20 * ore
    now["evaporation_asked"] = np.maximum(0.0, now["water_in"] - now["water_out"] + (state.water - made_of.water) / 150)
    now["other_steam"] = np.full_like(ore, made_of.other_steam)


def _evaporation(
    made_of: Parameters,
    befalls: Disturbances,
    hour: int,
    state: _State,
    now: dict[str, Floats],
    skill: dict[str, Floats],
    times: Floats,
) -> None:
    """The sets share the water that has to go by what each can take; fouled tubes and warm cooling water cost steam."""
    warm = befalls.cooling[hour] - 22
    can = made_of.capacity / (1 + state.fouling) * (1 - made_of.cooling_capacity * warm) * (state.wash_left <= 0)
    share = np.minimum(1.0, now["evaporation_asked"] / np.maximum(can.sum(axis=1), 1e-9))
    water = can * share[:, None]
    worse = (1 + made_of.fouling_steam * state.fouling) * (1 + made_of.cooling_steam * warm)
    crew = 1 + skill["evaporation"] + befalls.evaporation[hour]
    now["water"] = water
    now["steam"] = water * made_of.steam_per_water * worse * crew[:, None]
    now["evaporation_steam"] = now["steam"].sum(axis=1)
    load = water / 206 * (now["strength"] / now["nominal_strength"])[:, None]
    now["grows"] = made_of.fouling * ((1 + skill["fouling"]) * times)[:, None] * load


def _advance(made_of: Parameters, state: _State, now: dict[str, Floats]) -> Floats:
    """The state after the hour; returns which washes begin, (scenarios, sets). One set of a plant is washed at a time."""
    state.water = state.water + now["water_in"] - now["water_out"] - now["water"].sum(axis=1)
    state.alumina = state.alumina + now["dissolved"] - now["precipitated"] - now["alumina_lost"]
    soda_out = now["soda_with_silica"] + now["soda_lost"] + 0.004 * now["precipitated"]
    state.caustic = state.caustic + now["soda_make_up"] - soda_out
    state.hydrate = state.hydrate + now["precipitated"] - now["calcined"]
    was_washing = state.wash_left > 0
    state.wash_left = np.maximum(0.0, state.wash_left - 1)
    done = was_washing & (state.wash_left <= 0)
    state.fouling = np.where(done, made_of.washed, state.fouling + now["grows"])
    due = state.fouling >= made_of.wash_at
    busy = (state.wash_left > 0).any(axis=1, keepdims=True)
    first = np.asarray(due & (np.cumsum(due, axis=1) == 1) & ~busy, dtype=np.float64)
    state.wash_left = np.where(first > 0, made_of.wash_hours, state.wash_left)
    return first


def unclosed(done: Run) -> dict[str, Floats]:
    """What does not close in each hour, t, by component; from the flows and stocks alone, shape (hours, scenarios)."""
    flow, grew = done.flows, {name: np.diff(path, axis=0) for name, path in done.stocks.items()}
    soda_out = flow["soda_with_silica"] + flow["soda_lost"] + 0.004 * flow["precipitated"]
    alumina_out = flow["mud_alumina"] + flow["alumina_lost"] + flow["calcined"]
    inert = flow["ore"] - flow["alumina_in_ore"] - flow["silica_in_ore"] - flow["burnt"]
    beside_silica = inert + flow["mud_alumina"] + flow["soda_with_silica"] + flow["lime"] + flow["bound_water"]
    return {
        "Al2O3": flow["alumina_in_ore"] - alumina_out - grew["alumina"] - grew["hydrate"],
        "Na2O": flow["soda_make_up"] - soda_out - grew["caustic"],
        "water": flow["water_in"] - flow["water_out"] - done.water.sum(axis=2) - grew["water"],
        "SiO2": flow["silica_in_ore"] - (flow["mud"] - beside_silica),
    }
