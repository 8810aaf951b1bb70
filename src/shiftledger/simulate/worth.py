"""What a simulated hour is worth at planned prices, and what fouling costs whoever works after it.

Value of an hour = alumina calcined - what was bought + change of stocks at planned price - growth of the shadow of fouling.
The shadow is the cost to go of a fouled set against a clean one in a plant that is run at its nominal load for ever: by
renewal reward, with a wash at its end. It is the truth's own; a plant declares a potential of its own making.
"""

from __future__ import annotations

import numpy as np

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.parameters import Parameters, Prices
from shiftledger.simulate.refinery import NAOH_PER_NA2O, Run

NOMINAL_WATER = 196.0  # t/h of a set: what the nominal plant evaporates, divided by its sets
GRID = 641


def shadow(fouling: Floats, made_of: Parameters, prices: Prices) -> Floats:
    """CNY that a set of this fouling will cost more than a clean one until it is washed, wash included; any shape.

    With growth g an hour, excess steam c(u) an hour at fouling u, and J the mean cost of an hour over a cycle, the cost to go
    is the integral of (J - c(u)) / g from clean to the fouling: 0 when clean, the price of a wash when one is due.
    """
    grid = np.linspace(made_of.washed, made_of.wash_at, GRID)
    growth = made_of.fouling * NOMINAL_WATER / 206
    excess = prices.steam * NOMINAL_WATER * made_of.steam_per_water * made_of.fouling_steam * (grid - made_of.washed)
    steps = np.diff(grid) / growth
    so_far = np.concatenate([[0.0], np.cumsum((excess[1:] + excess[:-1]) / 2 * steps)])
    mean = (so_far[-1] + prices.wash) / ((made_of.wash_at - made_of.washed) / growth)
    to_go = mean * (grid - made_of.washed) / growth - so_far
    inside = np.interp(fouling, grid, to_go)
    beyond = np.maximum(0.0, fouling - made_of.wash_at) / growth * mean
    return np.asarray(inside + beyond, dtype=np.float64)


def hourly_value(done: Run, made_of: Parameters, prices: Prices) -> Floats:
    """CNY of each hour, shape (hours, scenarios): margin, change of stocks at planned price, less growth of the shadow."""
    flow = done.flows
    steam = flow["digestion_steam"] + flow["evaporation_steam"] + flow["other_steam"]
    bought = (
        prices.ore * flow["ore"]
        + prices.caustic * flow["caustic_in"]
        + prices.lime * flow["lime"]
        + prices.steam * steam
        + prices.power * flow["power"]
        + prices.gas * flow["gas"]
    )
    stocks = (
        prices.dissolved * np.diff(done.stocks["alumina"], axis=0)
        + prices.caustic * NAOH_PER_NA2O * np.diff(done.stocks["caustic"], axis=0)
        + prices.hydrate * np.diff(done.stocks["hydrate"], axis=0)
    )
    ahead = np.diff(shadow(done.fouling, made_of, prices).sum(axis=2), axis=0)
    washes = prices.wash * done.washes.sum(axis=2)
    return np.asarray(prices.alumina * flow["calcined"] - bought - washes + stocks - ahead, dtype=np.float64)
