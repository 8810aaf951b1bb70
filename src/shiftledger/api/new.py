"""The verb of a beginning: a small plant folder that checks clean, from a few answers."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue, Outcome, failing, ordered
from shiftledger.plant.new_codes import P190, told
from shiftledger.render.messages import Lang
from shiftledger.render.views import NewView

if TYPE_CHECKING:
    from shiftledger.plant.answers import Answers

OTHER = "Name a folder that does not exist yet, in one that does."


def new(
    folder: str | Path,
    *,
    name: str = "",
    currency: str = "CNY",
    zone: str = "Asia/Shanghai",
    day_start: str = "08:00",
    slots: str | int = 3,
    rotation: str = "",
    anchor: str = "2026-01-05",
    areas: Iterable[str] = ("area-1",),
    materials: Iterable[str] = ("feed:t:100", "product:t:150"),
    flows: Iterable[str] = (),
    lang: Lang = "zh",
) -> NewView:
    """Write the folder of a new plant, whole or not at all: one example a file, comments in `lang`, one day of made-up readings.

    `slots`: how many a day (1 to 3), or their local starts with commas. `rotation`: one that ships; blank: the usual one. `anchor`: the
    day on which crew A stands at the beginning of its pattern, and that the readings cover. `materials`: "ore:t:100" each (name, unit,
    price per unit), in the order in which they pass the `areas`, then what else the last area uses. `flows`: "ore:outside:mill" or
    "ore:outside:mill:TAG" each, what is metered; none: the order of areas and materials says it.
    """
    from shiftledger.plant.answers import Answers

    given = Answers(
        name, currency, zone, day_start, str(slots), rotation, anchor, tuple(areas), tuple(materials), tuple(flows)
    )  # fmt: skip
    return written(Path(folder), given, lang)


def written(folder: Path, answers: Answers, lang: Lang) -> NewView:
    """The plant of the answers in its folder; issues and no folder if anything is wrong."""
    from shiftledger.plant.answers import beginning
    from shiftledger.render.new_plant import plant_files, steps

    absolute = Path(os.path.abspath(folder))
    begun = beginning(absolute.name, answers)
    issues = ordered((*_taken(absolute), *begun.issues))
    if failing(issues) or begun.result is None:
        return NewView(issues)
    files = plant_files(begun.result, lang)
    checked = _whole(absolute, files)
    if not checked.result:
        return NewView(checked.issues)
    return NewView(checked.issues, str(folder), tuple(sorted(files)), tuple(steps(begun.result, str(folder), lang)))


def refused(folder: Path) -> tuple[Issue, ...]:
    """Why no plant can begin at `folder`, whatever the answers are."""
    from shiftledger.plant.answers import Answers, beginning

    absolute = Path(os.path.abspath(folder))
    return (*_taken(absolute), *beginning(absolute.name, Answers()).issues)


def _taken(folder: Path) -> tuple[Issue, ...]:
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return (told(P190, "folder", f"{folder.name} is there already and is no folder", OTHER),)
        if folder.is_dir() and any(folder.iterdir()):
            return (told(P190, "folder", f"{folder.name} is there already and is not empty", OTHER),)
        if not folder.parent.is_dir():
            return (told(P190, "folder", f"there is no folder {folder.parent.name} for {folder.name} to be in", OTHER),)
    except OSError as error:
        return (_unwritable(folder, error),)
    return ()


def _unwritable(folder: Path, error: OSError) -> Issue:
    return told(P190, "folder", f"{folder.name} cannot be written ({error.strerror or error})", OTHER)


def _whole(folder: Path, files: Mapping[str, str]) -> Outcome[bool]:
    """Write all files into a neighbour, check the plant there, and rename it: True if the folder stands."""
    from shiftledger.api import check

    try:
        neighbour = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}-", dir=folder.parent))
    except OSError as error:
        return Outcome(False, (_unwritable(folder, error),))
    try:
        plant = neighbour / folder.name
        for name, text in files.items():
            (plant / name).parent.mkdir(parents=True, exist_ok=True)
            (plant / name).write_bytes(text.encode("utf-8"))
        issues = check(plant).issues
        if failing(issues):
            return Outcome(False, issues)
        if folder.is_dir():
            folder.rmdir()  # empty, or this fails
        plant.rename(folder)
        return Outcome(True, issues)
    except OSError as error:
        return Outcome(False, (_unwritable(folder, error),))
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(neighbour)
