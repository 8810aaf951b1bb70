"""What the simulated refinery is made of: every constant of its equations, with its unit, and how a seed draws others.

The numbers are those of a diasporic Bayer refinery of 2 Mt a year (240 t/h of alumina). They are known here and nowhere
else in the program: a plant that is closed on simulated readings learns them from its own readings and text, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

SETS = 3  # sets of evaporators
CREWS = 4  # crews of every area, on a rotation of two days, two middles, two nights and two of rest


@dataclass(frozen=True, slots=True)
class Prices:
    """Planned prices, in CNY per t unless said; they value a truth, and stand in the price file of the plant."""

    alumina: float = 2950.0
    hydrate: float = 2450.0  # per t of Al2O3 in it
    dissolved: float = 2250.0  # per t of Al2O3 in the liquor
    caustic: float = 3000.0  # per t of NaOH, 100 %
    ore: float = 530.0  # dry
    lime: float = 330.0
    steam: float = 150.0
    power: float = 0.50  # per kWh
    gas: float = 3.2  # per Nm3
    wash: float = 260_000.0  # one wash of one set of evaporators, all in


@dataclass(frozen=True, slots=True)
class Noises:
    """Spread (SD) and memory (phi, per hour) of each disturbance of first order; relative unless said."""

    mud: tuple[float, float] = (0.03, 0.96)
    digestion_steam: tuple[float, float] = (0.02, 0.93)
    washing: tuple[float, float] = (0.15, 0.93)
    precipitation: tuple[float, float] = (0.02, 0.97)
    evaporation: tuple[float, float] = (0.02, 0.94)
    calciner: tuple[float, float] = (0.015, 0.93)
    moisture: tuple[float, float] = (0.4, 0.85)  # points
    cooling: tuple[float, float] = (0.3 / (1 - 0.985**2) ** 0.5, 0.985)  # degC: steps of 0.3


@dataclass(frozen=True, slots=True)
class Skills:
    """Spread (SD) of the crews' lasting differences: relative, but moisture in points. By area and what it moves."""

    mud: float = 0.006  # digestion: alumina per silica in the mud
    digestion_steam: float = 0.004
    washing: float = 0.04  # washing: soda in the last wash
    precipitation: float = 0.004
    evaporation: float = 0.005  # evaporation: steam per water
    fouling: float = 0.08  # evaporation: how fast tubes foul
    calciner: float = 0.005
    moisture: float = 0.12


AREA_OF_SKILL: dict[str, str] = {
    "mud": "digestion",
    "digestion_steam": "digestion",
    "washing": "washing",
    "precipitation": "precipitation",
    "evaporation": "evaporation",
    "fouling": "evaporation",
    "calciner": "calcination",
    "moisture": "calcination",
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The constants of the equations in `refinery.py`. Masses in t, rates in t/h, soda as Na2O; ratios in t/t unless said."""

    # stocks that the plant is run to
    alumina: float = 23_400.0  # dissolved Al2O3 in the liquor
    caustic: float = 29_700.0  # Na2O in the liquor
    water: float = 162_900.0  # in the liquor
    hydrate: float = 18_000.0  # as Al2O3
    density: float = 0.905  # t of water per m3 of liquor
    # ore: t per t dry
    alumina_in_ore: float = 0.615
    alumina_slope: float = 0.010  # per unit of alumina to silica
    grade: float = 5.6  # alumina to silica of an ordinary blend
    loss_on_ignition: float = 0.135
    ore_moisture: float = 0.08  # of wet ore
    # digestion
    ore_rate: float = 505.0  # dry
    ore_limit: float = 580.0  # at the nominal strength of liquor
    mud_ratio: float = 1.25  # Al2O3 per SiO2 in the mud
    soda_per_silica: float = 0.36
    lime: float = 0.08
    bound_water: float = 0.15  # per SiO2
    digestion_steam: float = 0.42
    # washing
    wash_water: float = 2.6  # per t of dry mud
    last_wash: float = 5.0  # Na2O, g/L
    washing_slope: float = 1.2
    mud_liquor: float = 0.55  # m3 of liquor per t of mud
    # precipitation
    precipitation: float = 240.0  # Al2O3, at the nominal liquor
    dissolved_limit: float = 1.645 / 4.2  # Al2O3 that stays in solution, per Na2O
    # evaporation
    capacity: float = 290.0  # water, one clean set at 22 degC
    steam_per_water: float = 0.245
    fouling: float = 2.43e-4  # growth an hour at 206 t/h of water and 165 g/L
    fouling_steam: float = 0.35
    cooling_steam: float = 0.004  # per degC above 22
    cooling_capacity: float = 0.008
    wash_at: float = 0.35  # fouling that makes a wash due
    washed: float = 0.03  # fouling after it
    wash_hours: int = 30
    # calcination
    calciner: float = 243.0
    heat: float = 3.02  # GJ/t
    heat_of_moisture: float = 0.045  # GJ/t per point above 6
    heat_of_idling: float = 0.10
    moisture: float = 6.5  # points
    gas: float = 0.0356  # GJ per Nm3
    # the rest of the plant
    other_steam: float = 43.2
    power_of_ore: float = 38.0  # kWh/t
    power_of_water: float = 6.0
    power_of_alumina: float = 22.0
    power_rest: float = 24_000.0  # kW
    digestion_trip: float = 0.33  # share of the rate that is lost
    calciner_trip: float = 0.25

    @property
    def precipitation_rate(self) -> float:
        """1/h: what of the alumina above the limit precipitates, so that nominal liquor gives `precipitation`."""
        return self.precipitation / (self.alumina - self.dissolved_limit * self.caustic)


DRAWN = (
    "mud_ratio", "soda_per_silica", "digestion_steam", "wash_water", "last_wash", "capacity", "steam_per_water", "fouling",
    "fouling_steam", "cooling_steam", "heat", "other_steam", "power_of_ore", "power_of_alumina", "power_rest",
)  # fmt: skip


def drawn(nominal: Parameters, rng: np.random.Generator, spread: float = 0.05) -> Parameters:
    """Another refinery of the same kind: each constant of `DRAWN` times a factor from 1 - `spread` to 1 + `spread`."""
    factors = 1 + spread * rng.uniform(-1, 1, len(DRAWN))
    known = {field.name: getattr(nominal, field.name) for field in fields(nominal)}
    return replace(nominal, **{name: known[name] * float(factor) for name, factor in zip(DRAWN, factors, strict=True)})
