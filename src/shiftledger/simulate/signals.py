"""The tags that the plant publishes: a closed list of what a plant would have, each with the error of its instrument.

A signal is an hourly path of the truth seen through a meter: times (1 + its lasting calibration error + its story), times
white noise of each hour, plus a ripple within the hour that does not move the hour's mean by much, rounded to the display.
No fouling, skill, noise, story or true flow is among them (amendments to the simulator's specification).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shiftledger.simulate.disturbances import Floats
from shiftledger.simulate.lines import Line
from shiftledger.simulate.network import AREAS
from shiftledger.simulate.parameters import SETS
from shiftledger.simulate.refinery import NAOH_PER_NA2O
from shiftledger.simulate.truth import Truth

POWER_SHARE = {"digestion": 0.25, "washing": 0.15, "precipitation": 0.20, "evaporation": 0.20, "calcination": 0.20}
"""Of the power that follows no flow: pumps, fans and light of each area."""

STEAM_SHARE = {"steam-washing": 0.4, "steam-precipitation": 0.6}

Path = Callable[[Truth], Floats]


@dataclass(frozen=True, slots=True)
class Signal:
    """A tag: what it measures, its path in the truth by the hour, and its errors (relative, but `ripple` is too)."""

    tag: str
    kind: str  # rate, counter, state
    measures: str  # a stream, or the name of a state
    unit: str
    path: Path = field(repr=False)
    source: str = "historian"  # or "energy": another computer with another clock
    calibration: float = 0.0  # SD of the lasting error
    white: float = 0.0  # SD of an hourly mean
    ripple: float = 0.003
    decimals: int = 2
    limit: str = "0"  # class of error that the plant declares for it
    zh: str = ""
    en: str = ""


def flow(name: str, times: float = 1.0) -> Path:
    """A flow of the truth, times a factor of units."""
    return lambda truth: truth.happened.flows[name][:, 0] * times


def used(offset: int = 100) -> list[Signal]:
    """The tags that statements rest on; tag numbers begin at `offset`."""
    number = dict.fromkeys(("WT", "FT", "SC", "QT", "JQ", "TT", "KT"), offset)

    def tag(letters: str) -> str:
        number[letters] += 1
        return f"{letters}-{number[letters]}"

    def rate(stream: str, path: Path, letters: str = "FT", unit: str = "t/h", **errors: float | str | int) -> Signal:
        how: dict[str, Any] = {"calibration": 0.01, "white": 0.015, "limit": "0.017", **errors}
        return Signal(tag(letters), "rate", stream, unit, path, **how)

    return [
        rate("ore-feed", flow("ore"), "WT", calibration=0.0, white=0.0113, limit="0.005"),
        rate("lime-feed", flow("lime"), "WT", calibration=0.005, white=0.01, limit="0.01"),
        rate("caustic-make-up", flow("caustic_in"), calibration=0.002, white=0.004, limit="0.004"),
        rate("soda-bound", flow("soda_with_silica", NAOH_PER_NA2O), "QT", calibration=0.02, white=0.03, limit="0.035"),
        rate("hp-steam", flow("digestion_steam")),
        rate("dissolved", flow("dissolved"), "QT"),
        rate("mud", flow("mud"), "WT"),
        rate("wash-water", flow("wash_water")),
        rate("mud-out", flow("mud"), "WT"),
        rate("soda-lost", flow("soda_lost", NAOH_PER_NA2O), "QT", calibration=0.02, white=0.05, limit="0.035", decimals=4),
        rate("alumina-lost", flow("alumina_lost"), "QT", calibration=0.02, white=0.05, limit="0.035", decimals=4),
        *(rate(stream, flow("other_steam", share)) for stream, share in STEAM_SHARE.items()),
        rate("to-precipitation", flow("precipitated"), "QT"),
        rate("hydrate-wash", flow("precipitated", 0.8)),
        rate("hydrate-feed", flow("calcined"), "WT", calibration=0.003, white=0.008, limit="0.005"),
        rate("gas", flow("gas"), "FT", "m3/h", calibration=0.003, white=0.006, limit="0.006", decimals=0, source="energy"),
        rate("alumina-made", flow("calcined"), "WT", calibration=0.003, white=0.008, limit="0.005"),
        *low_pressure_steam(rate),
        *(rate(f"water-{one + 1}", _water(one)) for one in range(SETS)),
        *(
            Signal(tag("JQ"), "counter", f"power-{area.id}", "kWh", _power(area.id), "energy", 0.0015, 0.003, 0.0, 0, "0.003")
            for area in AREAS
        ),
        Signal(tag("TT"), "state", "cooling-water", "degC", lambda truth: truth.befalls.cooling, ripple=0.004, decimals=1,
               zh="循环水温度", en="Cooling water"),
        *(
            Signal(tag("KT"), "state", f"run-hours-{one + 1}", "h", _hours_since_wash(one), ripple=0.0, decimals=1,
                   zh="洗罐后运行小时", en="Hours since the wash")
            for one in range(SETS)
        ),
    ]  # fmt: skip


STEAM_METERS = ("lp-steam", *(f"lp-steam-{n}" for n in range(1, SETS + 1)),
                *(f"condensate-{n}" for n in range(1, SETS + 1)), "condensate")  # fmt: skip
"""The eight meters of low-pressure steam; five balances check them: two headers and three heaters."""


def low_pressure_steam(rate: Callable[..., Signal]) -> list[Signal]:
    """Header, branches, their condensates and the condensate header."""
    total = flow("evaporation_steam")
    each = [_steam(one) for one in range(SETS)]
    paths = [total, *each, *each, total]
    return [rate(stream, path) for stream, path in zip(STEAM_METERS, paths, strict=True)]


def _water(one: int) -> Path:
    return lambda truth: truth.happened.water[:, 0, one]


def _steam(one: int) -> Path:
    return lambda truth: truth.happened.steam[:, 0, one]


def _hours_since_wash(one: int) -> Path:
    """Hours that a set has run since its last wash; the hours of a wash count as none."""

    def path(truth: Truth) -> Floats:
        runs = ~truth.happened.washing[:, 0, one]
        hours, since = np.empty(len(runs)), float(int(truth.happened.fouling[0, 0, one] / truth.made_of.fouling))
        for hour, running in enumerate(runs):
            since = since + 1 if running else 0.0
            hours[hour] = since
        return hours

    return path


def _power(area: str) -> Path:
    """kW of an area: what follows its flow, and its share of the rest."""

    def path(truth: Truth) -> Floats:
        made, happened = truth.made_of, truth.happened
        own = {
            "digestion": made.power_of_ore * happened.flows["ore"][:, 0],
            "evaporation": made.power_of_water * happened.water[:, 0].sum(axis=1),
            "calcination": made.power_of_alumina * happened.flows["calcined"][:, 0],
        }.get(area, np.zeros(len(truth.on_duty)))
        return np.asarray(own + POWER_SHARE[area] * made.power_rest, dtype=np.float64)

    return path


def of_lines(lines: tuple[Line, ...]) -> list[Signal]:
    """Four tags for each area of the simple kind."""
    found = []
    for line in lines:
        number = line.unit[2:]
        rates = (("feed", line.feed, 0.008), ("product", line.product, 0.008), ("steam", line.steam, 0.015))
        found += [
            Signal(f"FT-L{number}-{what[0].upper()}", "rate", f"{line.area.id}-{what}", "t/h", _given(path), calibration=0.005,
                   white=white, limit="0.01")
            for what, path, white in rates
        ]  # fmt: skip
        found.append(
            Signal(f"JQ-L{number}", "counter", f"{line.area.id}-power", "kWh", _given(line.power), "energy", 0.0015, 0.003, 0.0, 0,
                   "0.003")
        )  # fmt: skip
    return found


def _given(path: Floats) -> Path:
    return lambda _: path


# What control rooms show beside: letters, count, unit, middle, how far it follows the area's load, and names.
SHOWN = (
    ("digestion", "TI", 12, "degC", 262.0, 0.02, "溶出管温度", "Tube temperature"),
    ("digestion", "PI", 8, "MPa", 6.2, 0.05, "溶出压力", "Digester pressure"),
    ("digestion", "II", 6, "A", 180.0, 0.6, "隔膜泵电流", "Feed pump current"),
    ("washing", "DI", 6, "t/m3", 1.42, 0.05, "底流密度", "Underflow density"),
    ("washing", "II", 6, "A", 95.0, 0.3, "耙机电流", "Rake current"),
    ("washing", "TI", 6, "degC", 88.0, 0.01, "洗涤温度", "Washer temperature"),
    ("precipitation", "TI", 14, "degC", 54.0, 0.02, "分解槽温度", "Tank temperature"),
    ("precipitation", "II", 8, "A", 60.0, 0.1, "搅拌电流", "Stirrer current"),
    ("evaporation", "TI", 12, "degC", 104.0, 0.05, "效温度", "Effect temperature"),
    ("evaporation", "PI", 6, "kPa", 14.0, 0.2, "末效真空", "Last-effect vacuum"),
    ("calcination", "TI", 12, "degC", 960.0, 0.04, "旋风温度", "Cyclone temperature"),
    ("calcination", "PI", 6, "kPa", 5.0, 0.3, "系统负压", "Draught"),
    ("calcination", "AI", 4, "%", 3.2, 0.1, "烟气氧", "Oxygen in the flue gas"),
)

LOAD_OF = {"digestion": "ore", "washing": "mud", "precipitation": "precipitated", "evaporation": "water_in",
           "calcination": "calcined"}  # fmt: skip


def shown(offset: int = 100) -> list[Signal]:
    """Temperatures, pressures and currents that no statement rests on: they follow the load of their area."""
    found, number = [], offset
    for area, letters, count, unit, middle, follows, zh, en in SHOWN:
        for one in range(1, count + 1):
            number += 1
            name = f"{area}-{letters.lower()}-{one}"
            path = _follows(LOAD_OF[area], middle * (1 + 0.01 * (one % 5)), follows)
            found.append(Signal(f"{letters}-{number}", "state", name, unit, path, ripple=0.004, decimals=2 if middle < 20 else 1,
                                zh=f"{zh} {one}", en=f"{en} {one}"))  # fmt: skip
    return found


def _follows(load: str, middle: float, share: float) -> Path:
    def path(truth: Truth) -> Floats:
        of = truth.happened.flows[load][:, 0]
        return np.asarray(middle * (1 + share * (of / of.mean() - 1)), dtype=np.float64)

    return path
