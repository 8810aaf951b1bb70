"""A working copy of the two-tanks plant for tests: copy, load, close, and what the books then say."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.statement import Statement

SOURCE = Path(__file__).parents[1] / "plants" / "two-tanks"
DAY, SHIFT, NEXT, NEXT_DAY = "2026-03-31", "2026-03-31.E", "2026-03-31.N", "2026-04-01"
BASE = ("readings/meters.csv",)
MOISTURE = "readings/moisture.csv"
LATE = "late/filter-slurry.csv"
SOON, MUCH_LATER = "2026-04-02T12:00:00+02:00", "2026-04-20T12:00:00+02:00"


def copy(folder: Path) -> Path:
    """The plant's text and readings, without any state."""
    target = folder / "two-tanks"
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns(".shiftledger"))
    return target


def opened(
    folder: Path, files: Iterable[str] = (*BASE, MOISTURE), *, days: tuple[str, str] | None = (DAY, NEXT_DAY)
) -> PlantView:
    """A copy with readings loaded and days closed."""
    target = folder / "two-tanks"
    shutil.copytree(_books(tuple(files), days), target)
    return sl.open(target)


@cache
def _books(files: tuple[str, ...], days: tuple[str, str] | None) -> Path:
    """Loaded and closed once in a process; each test has a copy."""
    made = TemporaryDirectory(prefix="two-tanks-")
    atexit.register(made.cleanup)
    plant = sl.open(copy(Path(made.name)))
    load(plant, *files)
    if days:
        done = sl.close(plant, *days)
        assert done.ok, done.issues
    return plant.folder


def load(plant: PlantView, *files: str, known_at: str = SOON) -> None:
    done = sl.load(plant, [plant.folder / name for name in files], known_at=known_at)
    assert done.ok, done.issues


def reclose(plant: PlantView, first: str = DAY, last: str = NEXT_DAY) -> None:
    done = sl.close(plant, first, last)
    assert done.ok, done.issues


def statement(plant: PlantView, area: str, shift: str = SHIFT) -> Statement:
    found = sl.statement(plant, shift, area)
    assert found.ok, found.issues
    return found.statements[0]


def postings(plant: PlantView, day: str = DAY) -> tuple[Posting, ...]:
    """The rows of a day's newest seal."""
    from datetime import date

    from shiftledger.acts.state import connect
    from shiftledger.ledger.book import last_seal_of
    from shiftledger.ledger.results import read_postings

    state = connect(plant.state_folder, create=False)
    label = date.fromisoformat(day)
    seal = last_seal_of(state, label)
    assert seal is not None
    rows = read_postings(state, {label: seal.close_id})[label]
    state.engine.dispose()
    return rows


def steps(found: Statement) -> dict[str, int]:
    """The bridge, by step and item."""
    return {f"{s.name} {s.item}".strip(): s.amount for s in found.steps if s.amount}


def settle(plant: PlantView, month: str = "2026-03") -> None:
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": month})
    assert done.ok, done.issues
