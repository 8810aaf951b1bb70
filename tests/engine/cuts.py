"""A verb whose program is really killed at a chosen write, or whose disk is full from then on: every prefix of a run can be replayed.

A program of its own is started once with `cut.c` preloaded and imports everything; for each replay it forks, and the child counts the
writes, syncs, renames, links and new files below the plant's folder that Python, SQLite and the Delta writer ask the system for. Needs a C
compiler and Linux; a killed program loses nothing that the system took, so a lost power supply is more than this shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.tampering import IMPORTABLE

KILLED, TORN, FULL, READ_ONLY = 1, 2, 3, 4  # modes of cut.c
SOURCE = Path(__file__).with_name("cut.c")

SERVER = """
import ctypes, json, os, sys, traceback
import shiftledger as sl
import shiftledger.engine.local, shiftledger.engine.verify, shiftledger.engine.published, shiftledger.engine.settle, shiftledger.engine.reopen
import shiftledger.readings.sources.files, shiftledger.readings.load, shiftledger.api.desk, shiftledger.engine.days, shiftledger.plant.checks
from shiftledger.acts.state import connect
from shiftledger.readings import wal
from shiftledger.readings.batch import GOOD, UNDECLARED
from shiftledger.readings.fold import fold
from shiftledger.readings.sources.live import NotKept, Told
cut = ctypes.CDLL(sys.argv[1])

def folded(plant):
    state = connect(plant.state_folder)
    done = fold(plant.plant, state)
    state.engine.dispose()
    return done

def tell(plant, at, count, kept):
    # One record each; what is acknowledged is written down outside the books, where nothing is cut.
    writer = wal.Writer(plant.state_folder / wal.FOLDER / "pushed", -1)
    with open(kept, "ab", 0) as acknowledged:
        for number in range(count):
            try:
                writer.append((Told("FT-ORE", at + number, float(number), f"{number}.0", GOOD, UNDECLARED, "pushed"),), (), at + 3600000000)
            except NotKept:
                continue
            acknowledged.write(f"{number}\\n".encode())

def run(asked):
    plant = sl.open(asked["folder"])
    cut.cut_arm(asked["root"].encode(), asked["at"], asked["mode"])
    views = []
    for verb, *given in asked["verbs"]:
        if verb == "load":
            views.append(sl.load(plant, [plant.folder / name for name in given[0]], known_at=given[1]))
        elif verb == "close":
            views.append(sl.close(plant, *given))
        elif verb == "act":
            views.append(sl.act(plant, *given))
        elif verb == "readmit":
            views.append(sl.readmit(plant, *given[:-1], **given[-1]))
        elif verb == "drop":
            views.append(sl.drop(plant, *given[:-1], **given[-1]))
        elif verb == "enter":
            views.append(sl.enter(plant, *given[:-1], **given[-1]))
        elif verb == "tell":
            tell(plant, *given)
        elif verb == "fold":
            views.append(folded(plant))
    return [f"{i.code}: {i.message}" for view in views for i in view.issues if i.severity in ("error", "disqualified")]

for line in sys.stdin:
    asked, (out, into) = json.loads(line), os.pipe()
    child = os.fork()
    if not child:
        try:
            told = {"said": run(asked)}
        except sl.PlantError as error:
            told = {"said": [f"{i.code}: {i.message}" for i in error.issues]}
        except BaseException:
            told = {"raised": traceback.format_exc()}
        os.write(into, json.dumps({**told, "seen": cut.cut_seen()}).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    print(text or json.dumps({"killed": True}), flush=True)
"""


@dataclass(frozen=True)
class Told:
    """What became of a run: killed; or what it said, how many writes it asked for, and what it raised."""

    killed: bool = False
    said: tuple[str, ...] = ()
    seen: int = 0
    raised: str = ""


@dataclass(frozen=True)
class Cutter:
    """The program that replays runs."""

    asks: IO[str]
    answers: IO[str]

    def run(self, folder: Path, *verbs: tuple[object, ...], at: int = 0, mode: int = KILLED) -> Told:
        """Run verbs on the plant in `folder`; `at` 0 only counts."""
        asked = {"folder": str(folder), "root": os.path.realpath(folder), "at": at, "mode": mode, "verbs": verbs}
        self.asks.write(json.dumps(asked) + "\n")
        self.asks.flush()
        told = json.loads(self.answers.readline())
        return Told(told.get("killed", False), tuple(told.get("said", ())), told.get("seen", 0), told.get("raised", ""))


def compiled(folder: Path) -> Path | None:
    """`cut.c` as a library; None where it cannot be made."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = folder / "cut.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, check=False)
    return library if done.returncode == 0 else None


@contextmanager
def cutter(library: Path) -> Iterator[Cutter]:
    """The program, ended with the block."""
    environment = os.environ | IMPORTABLE | {"LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(library)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the Delta writer's own threads complain of a full disk there
        text=True,
        env=environment,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        yield Cutter(running.stdin, running.stdout)
        running.stdin.close()
