"""Sealed books of two-tanks that a test may damage: a late result, a suspect meter, a decision, March settled.

Seals 0 and 1 closed both days, 2 brought the late result of 2026-03-31, 3 the suspect period of 2026-04-01;
acts are 0 suspect, 1 decision, 2 settle; batches 1 meters, 2 moisture, 3 the late flow.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView

ENGINEER = ("meter engineer, post 2", "metering")
CONTROLLER = ("cost controller, post 1", "controller")
IMPORTABLE = {"PYTHONPATH": os.pathsep.join(str(Path(__file__).parents[2] / name) for name in ("src", "tests"))}
ADDRESS = "ledger/2026-03-31.E/filter"


def sealed(folder: Path) -> PlantView:
    """Books with something of everything in them."""
    plant = w.opened(folder)
    w.load(plant, w.LATE)
    w.reclose(plant)
    act(plant, "suspect", tag="FT-STEAM", start="2026-04-01T08:00:00+02:00", end="2026-04-01T09:00:00+02:00")
    act(plant, "decision", about=ADDRESS)
    w.reclose(plant)
    w.settle(plant)
    assert findings(plant) == []
    return plant


def act(plant: PlantView, kind: str, who: tuple[str, str] = ENGINEER, **body: str) -> None:
    done = sl.act(plant, kind, *who, body)
    assert done.ok, done.issues


def again(plant: PlantView, folder: Path) -> PlantView:
    """The same plant and books in another folder."""
    target = folder / plant.folder.name
    shutil.copytree(plant.folder, target)
    return sl.open(target)


def sql(plant: PlantView, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Change the store behind the program's back, as an editor of SQLite files would."""
    connection = sqlite3.connect(plant.state_folder / "ledger.sqlite")
    connection.execute("PRAGMA foreign_keys=OFF")
    for statement in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()


def rows(plant: PlantView, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(plant.state_folder / "ledger.sqlite")
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def findings(plant: PlantView, *, notes: bool = False) -> list[str]:
    """What `verify` finds, one line an issue: place, code, message."""
    try:
        view = sl.verify(plant)
    except sl.PlantError as error:
        return [f"{issue.at}: {issue.code}: {issue.message}" for issue in error.issues]
    assert view.report is not None
    assert view.report.holds == view.ok
    return [
        f"{issue.at}: {issue.code}: {issue.message}"
        for issue in view.issues
        if notes or issue.severity in ("error", "disqualified")
    ]


def every_verb(plant: PlantView) -> dict[str, str]:
    """Ask all verbs of damaged books: each gives issues or refuses with issues, never a traceback."""
    verbs: dict[str, Callable[[], Any]] = {
        "verify": lambda: sl.verify(plant),
        "statement": lambda: sl.statement(plant, w.SHIFT),
        "explain": lambda: sl.explain(plant, ADDRESS),
        "close": lambda: sl.close(plant, w.DAY, w.NEXT_DAY),
        "settle": lambda: sl.act(plant, "settle", *CONTROLLER, {"month": "2026-04"}),
        "load": lambda: sl.load(plant, [plant.folder / w.MOISTURE]),
    }
    said = {}
    for name, verb in verbs.items():
        try:
            said[name] = "ok" if verb().ok else "issues"
        except sl.PlantError:
            said[name] = "refused"
    return said
