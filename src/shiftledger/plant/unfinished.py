"""Several files of a plant replaced as one: written beside first, then moved; what is cut off is finished later, and seen until then.

A folder that holds FOLDER/plan.json is between two states: `read_folder` refuses it, so that nothing is ever closed from half of an
import. Before plan.json is there nothing has changed; from then on every new file is on disk, and moving goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from shiftledger.plant.file_names import is_plant_file

NAME = ".shiftledger-import"  # in the plant's folder
PLAN = "plan.json"


def is_unfinished(folder: Path) -> bool:
    """True if an import was cut off after it had begun to replace files."""
    return (folder / NAME / PLAN).is_file()


def replace_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Give the named files (posix, below `folder`) their new content, all or none. OSError: nothing, or `finish` is left to do."""
    beside = folder / NAME
    shutil.rmtree(beside, ignore_errors=True)  # of an import that was cut off before it changed anything
    beside.mkdir()
    try:
        for n, name in enumerate(sorted(files)):
            _put(beside / str(n), files[name])
        _put(beside / "plan.tmp", json.dumps(sorted(files)).encode())
        _flush_folder(beside)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    os.replace(beside / "plan.tmp", beside / PLAN)
    _flush_folder(beside)
    finish(folder)


def finish(folder: Path) -> tuple[str, ...]:
    """Move what an import left to move; the names of its files. OSError: it can be tried again."""
    beside = folder / NAME
    names: list[str] = json.loads((beside / PLAN).read_bytes())
    for n, name in enumerate(names):
        if not is_plant_file(name):
            raise OSError(f"{NAME}/{PLAN} names {name[:60]!r}, which no import writes")
        if (beside / str(n)).exists():
            (folder / name).parent.mkdir(exist_ok=True)
            os.replace(beside / str(n), folder / name)
            _flush_folder((folder / name).parent)
    (beside / PLAN).unlink()
    shutil.rmtree(beside, ignore_errors=True)
    return tuple(names)


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """The names of a folder on disk; systems that cannot open a folder do it by themselves."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
