"""Every prefix of what a verb makes last: the program is killed there, and the store is looked at (L7, R2, R5).

A scenario is a state of the books, a verb, and what the verb does if nothing disturbs it. After a kill everything is there or nothing is;
`verify` holds; and asking again ends in the undisturbed books. With a full disk the verb says so in an issue and the same holds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from engine.cuts import FULL, KILLED, READ_ONLY, TORN, Cutter
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.period import HOUR, instant
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.results import read_days
from shiftledger.readings import wal
from shiftledger.readings.batch import GOOD, UNDECLARED
from shiftledger.readings.sources.live import Told

CONTROLLER = ("cost controller, post 1", "controller")
DAYS = (w.DAY, w.NEXT_DAY)
Verb = tuple[object, ...]
BAD_ROWS = "time,tag,value,revision\n2026-03-31T15:00:00+02:00,FT-STEAM,abc,\n2026-03-31T16:00:00+02:00,FT-ORE,1,\n2026-03-31T16:00:00+02:00,FT-ORE,2,\n"
LIVE = '\n[source.pushed]\nformat = "http"\n'


@dataclass(frozen=True)
class Scenario:
    """`base` makes the books in a folder; `verb` is what is killed."""

    name: str
    base: Callable[[Path], PlantView]
    verb: Verb


def _loaded(folder: Path) -> PlantView:
    return w.opened(folder, days=None)


def _closed(folder: Path) -> PlantView:
    return w.opened(folder)


def _late(folder: Path) -> PlantView:
    plant = _closed(folder)
    w.load(plant, w.LATE)
    return plant


def _settled(folder: Path) -> PlantView:
    plant = _closed(folder)
    w.settle(plant)
    w.load(plant, w.LATE, known_at=w.MUCH_LATER)
    w.reclose(plant)
    return plant


def _reopened(folder: Path) -> PlantView:
    plant = _settled(folder)
    t.act(plant, "reopen", CONTROLLER, month="2026-03", reason="FT-3 was recalibrated")
    return plant


def _reclosed(folder: Path) -> PlantView:
    plant = _reopened(folder)
    w.reclose(plant)
    return plant


def _refused(folder: Path) -> PlantView:
    plant = _closed(folder)
    (plant.folder / "late" / "bad.csv").write_text(BAD_ROWS, "utf-8")
    sl.load(plant, [plant.folder / "late" / "bad.csv"], known_at=w.SOON)
    return plant


def _told(folder: Path) -> PlantView:
    """Three readings were pushed and acknowledged, each a record of the write-ahead file; nothing is folded."""
    plant = _closed(folder)
    with (plant.folder / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write(LIVE)
    plant = sl.open(plant.folder)
    writer = wal.Writer(plant.state_folder / wal.FOLDER / "pushed", -1)
    at = instant(datetime.fromisoformat("2026-03-31T23:00:00+02:00"))
    for number in range(3):
        told = Told("FT-ORE", at + number, float(number), f"{number}.0", GOOD, UNDECLARED, "pushed")
        writer.append((told,), (), at + HOUR + number)
    writer.rotate()
    return plant


def _empty(folder: Path) -> PlantView:
    return sl.open(w.copy(folder))


def act(act_kind: str, **body: str) -> Verb:
    return ("act", act_kind, *CONTROLLER, body)


SUSPECT = {"tag": "FT-STEAM", "start": "2026-04-01T08:00:00+02:00", "end": "2026-04-01T09:00:00+02:00"}
HALT = {
    "unit": "U1",
    "kind": "halt",
    "start": "2026-03-31T15:00:00+02:00",
    "end": "2026-03-31T16:00:00+02:00",
    "cause": "electrical",
}
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("first load", _empty, ("load", [*w.BASE], w.SOON)),
    Scenario("late load", _closed, ("load", [w.LATE], w.SOON)),
    Scenario("first close", _loaded, ("close", *DAYS)),
    Scenario("close of late results", _late, ("close", *DAYS)),
    Scenario("settle", _closed, act("settle", month="2026-03")),
    Scenario("reopen", _settled, act("reopen", month="2026-03", reason="FT-3 was recalibrated")),
    Scenario("close of a reopened month", _reopened, ("close", *DAYS)),
    Scenario("settle again", _reclosed, act("settle", month="2026-03")),
    Scenario("decision", _closed, act("decision", about=t.ADDRESS)),
    Scenario("approve", _closed, act("approve", what="prices/planned")),
    Scenario("suspect", _closed, act("suspect", **SUSPECT)),
    Scenario("event", _closed, act("event", **HALT)),
    Scenario("fold of what was told live", _told, ("fold",)),
    Scenario("load of refused rows", _refused, ("load", ["late/bad.csv"], w.SOON)),
)


Books = tuple[list[tuple[object, ...]], ...]


def books_of(plant: PlantView) -> Books:
    """What stands in the store, times of making left out: acts, batches, and the result of each day's newest seal."""
    acts = t.rows(plant, "SELECT seq, kind, who, role, body FROM acts ORDER BY seq") if _exists(plant) else []
    batches = t.rows(plant, "SELECT seq, id, known_at, source, rows FROM batches ORDER BY seq") if _exists(plant) else []
    newest = dict(t.rows(plant, "SELECT day, result_hash FROM seals ORDER BY seq")) if _exists(plant) else {}
    count = t.rows(plant, "SELECT count(*) FROM seals") if _exists(plant) else [(0,)]
    return acts, batches, sorted(newest.items()), count


def _exists(plant: PlantView) -> bool:
    file = plant.state_folder / "ledger.sqlite"
    return file.exists() and bool(t.rows(plant, "SELECT name FROM sqlite_master WHERE name = 'seals'"))


def stands(plant: PlantView, *, pending: bool) -> None:
    """Verify holds; every newest seal has its rows, each once. `pending`: a batch may wait for the next load to register it."""
    if not _exists(plant):
        return
    found = [line for line in t.findings(plant) if not (pending and "R031" in line)]
    assert found == [], found
    for (day,) in t.rows(plant, "SELECT DISTINCT day FROM seals"):
        state = connect(plant.state_folder, create=False)
        label = date.fromisoformat(day)
        seal = last_seal_of(state, label)
        assert seal is not None
        result = read_days(state, {label: seal.close_id}).get(label)
        state.engine.dispose()
        if result is not None:  # lost results come back with the next close
            assert result.hash == seal.result_hash
            keys = [row.sort_key for row in result.postings]
            assert len(keys) == len(set(keys))


@dataclass
class Replay:
    """A scenario's books, made once; every prefix is tried on a copy."""

    scenario: Scenario
    folder: Path
    cutter: Cutter

    def __post_init__(self) -> None:
        self.base = self.scenario.base(self.folder / "base")
        self.before = books_of(self.base)
        whole = self._copy("whole")
        told = self.cutter.run(whole.folder, self.scenario.verb)
        assert not told.raised, told.raised
        self.writes, self.after, self.said = told.seen, books_of(whole), told.said
        stands(whole, pending=False)

    def _copy(self, name: str) -> PlantView:
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        return t.again(self.base, target)

    def killed_at(self, at: int, mode: int) -> str:
        """Kill at one write, look, ask again, look; what stood after the kill: "absent" or "whole"."""
        plant = self._copy("cut")
        told = self.cutter.run(plant.folder, self.scenario.verb, at=at, mode=mode)
        assert told.killed == (mode in (KILLED, TORN)), told
        if mode in (FULL, READ_ONLY):
            assert not told.raised, told.raised
        plant = sl.open(plant.folder)
        stands(plant, pending=True)
        left = books_of(plant)
        assert left in (self.before, self.after) or self._in_between(left), (self.scenario.name, at, mode, left)
        whole = left == self.after
        if not (whole and self.scenario.verb[0] == "act"):
            again = self.cutter.run(plant.folder, self.scenario.verb)
            assert not again.raised, again.raised
            assert again.said == self.said or whole, again.said
        assert books_of(plant)[:3] == self.after[:3], (self.scenario.name, at, mode)
        stands(plant, pending=False)
        shutil.rmtree(self.folder / "cut")
        return "whole" if whole else "absent"

    def _in_between(self, left: Books) -> bool:
        """A first load makes the store before it has anything to keep."""
        return not self.before[1] and left == ([], [], [], [(0,)])


def replayed(
    cutter: Cutter, folder: Path, scenario: Scenario, modes: Sequence[int], every: int
) -> Iterator[tuple[int, int, str]]:
    """(mode, write, what stood afterwards) of every `every`-th write and the last."""
    replay = Replay(scenario, folder, cutter)
    for mode in modes:
        last = replay.writes
        for at in sorted({*range(1 + (mode % every if every > 1 else 0), last + 1, every), last}):
            yield mode, at, replay.killed_at(at, mode)
