"""The worked example that asks for approved definitions: a text with something of many kinds, loaded, and the acts that approve it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView

TECHNOLOGIST = ("process engineer, post 4", "head of technology")
NAMES = (
    "settings",
    "flowsheet",
    "meters",
    "rotation/four-crews",
    "standards/mill",
    "standards/filter",
    "budget/mill",
    "budget/filter",
    "factors/co2",
    "indicator/steam_per_product",
    "state/cloth",
    "quality/product",
    "charge/spill",
)
MORE: Mapping[str, str] = {
    "factors/co2.csv": "material,value,unit,source\nsteam,0.21,t/t,worked example\n",
    "indicators/filter.toml": '[indicator.steam_per_product]\narea = "filter"\nformula = "stream.steam * factor.co2.steam"\nunit = "t"\n',
    "states.toml": '[state.cloth]\narea = "filter"\n',
    "potentials.csv": "state,worth,valid_from,valid_to,source\ncloth,-2,,2026-03-31,worked example\ncloth,-3,2026-04-01,,worked example\n",
    "quality.csv": "material,component,reference,worth,source\nproduct,moisture,10,-1,worked example\n",
    "charges.csv": "charge,event,amount,source\nspill,spill,500,worked example\n",
}


def made(folder: Path, settings: str = "", *, more: bool = True) -> PlantView:
    """The plant with approval of definitions asked for; readings loaded, nothing approved, nothing closed."""
    target = w.copy(folder)
    write(target, "plant.toml", (target / "plant.toml").read_text("utf-8") + f"definition_approval = true\n{settings}\n")
    for name, text in MORE.items() if more else ():
        write(target, name, text)
    if more:  # a state needs a meter that tells it
        rows = [line for line in (target / "meters.csv").read_text("utf-8").splitlines() if not line.startswith("#")]
        told = [f"{row},{'state' if not i else ''}" for i, row in enumerate(rows)]
        write(target, "meters.csv", "\n".join([*told, f"ST-CLOTH,state{',' * (rows[0].count(',') - 1)},cloth", ""]))
    plant = sl.open(target)
    w.load(plant, *w.BASE, w.MOISTURE)
    return plant


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def edited(plant: PlantView, name: str, old: str, new: str) -> PlantView:
    """The plant after one change of its text."""
    text = (plant.folder / name).read_text("utf-8")
    assert old in text, (name, old)
    write(plant.folder, name, text.replace(old, new, 1))
    return sl.open(plant.folder)


def approve(plant: PlantView, *names: str, who: tuple[str, str] = TECHNOLOGIST) -> None:
    for name in names:
        done = sl.act(plant, "approve", *who, {"what": name})
        assert done.ok, done.issues


def standings(plant: PlantView) -> dict[str, str]:
    """Each name that is asked for, and whether its approval stands."""
    found = sl.decided(plant).acts
    assert found is not None
    return {line.name: line.standing for line in found.approvals if line.asked}


def refusals(plant: PlantView, first: str = w.DAY, last: str = w.NEXT_DAY) -> tuple[list[str], list[str]]:
    """What a close says is not approved, and what it did with each day."""
    done = sl.close(plant, first, last)
    assert done.report is not None
    return [f"{i.at}: {i.message}" for i in done.issues if i.code == "L003"], [day.outcome for day in done.report.days]
