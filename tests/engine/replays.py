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
from shiftledger.readings.quarantine import row_id
from shiftledger.readings.sources.live import Told

CONTROLLER = ("cost controller, post 1", "controller")
DAYS = (w.DAY, w.NEXT_DAY)
Verb = tuple[object, ...]
BAD_ROWS = "time,tag,value,revision\n2026-03-31T15:00:00+02:00,FT-STEAM,abc,\n2026-03-31T16:00:00+02:00,FT-ORE,1,\n2026-03-31T16:00:00+02:00,FT-ORE,2,\n"
PUSHED = instant(datetime.fromisoformat("2026-03-31T23:00:00+02:00"))
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


def _recorded(folder: Path) -> PlantView:
    """An event stands in sealed books, to be withdrawn."""
    plant = _closed(folder)
    sl.act(plant, "event", *CONTROLLER, HALT)
    w.reclose(plant)
    return plant


def _suspected(folder: Path) -> PlantView:
    """A suspect stands in sealed books, to be lifted."""
    plant = _closed(folder)
    sl.act(plant, "suspect", *CONTROLLER, SUSPECT)
    w.reclose(plant)
    return plant


def _graded(folder: Path) -> PlantView:
    """March is settled; the laboratory's verdict on its product came later, and makes rows of a prior period."""
    path = w.copy(folder)
    for name, more in (
        ("materials.toml", '\n[material.wet]\nunit = "t"\nquantum = 0.001\noffspec_of = "product"\n'),
        ("prices/planned.csv", "wet,90,EUR/t,,,\n"),
        ("grades.csv", "material,component,high\nwet,moisture,9\n"),
    ):
        file = path / name
        file.write_text((file.read_text("utf-8") if file.exists() else "") + more, "utf-8")
    plant = sl.open(path)
    w.load(plant, *w.BASE)
    w.reclose(plant)
    w.settle(plant)
    w.load(plant, w.MOISTURE, known_at=w.MUCH_LATER)
    return plant


def _outage(folder: Path) -> PlantView:
    """An event was written down at once; nothing is published."""
    plant = _loaded(folder)
    body = {"area": "filter", "kind": "outage", "start": "2026-03-31T15:00:00+02:00"}
    sl.act(plant, "event", *CONTROLLER, body, made_at=instant(datetime.fromisoformat(body["start"])))
    return plant


def _listening(folder: Path) -> PlantView:
    """Closed books whose text has a source that is pushed."""
    plant = _closed(folder)
    with (plant.folder / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write(LIVE)
    return sl.open(plant.folder)


def _told(folder: Path) -> PlantView:
    """Three readings were pushed and acknowledged, each a record of the write-ahead file; nothing is folded."""
    plant = _listening(folder)
    writer = wal.Writer(plant.state_folder / wal.FOLDER / "pushed", -1)
    at = PUSHED
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
BAD = row_id("late/bad.csv", BAD_ROWS.splitlines()[1])
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
    Scenario("approve", _loaded, act("approve", what="standards/filter;budget/mill")),  # both, with the text that was looked at
    Scenario("exclude", _outage, act("exclude", area="filter", shift=w.SHIFT, event="0", reason="works power lost")),
    Scenario("suspect", _closed, act("suspect", **SUSPECT)),
    Scenario("event", _closed, act("event", **HALT)),
    Scenario("fold of what was told live", _told, ("fold",)),
    Scenario("load of refused rows", _refused, ("load", ["late/bad.csv"], w.SOON)),
    Scenario("readmit", _refused, ("readmit", [BAD], *CONTROLLER, {"value": "2.5", "reason": "read off the sheet"})),
    Scenario("drop", _refused, ("drop", [BAD], *CONTROLLER, {"reason": "a slip of the pen"})),
    Scenario("entry by hand", _closed, ("enter", w.SHIFT, {"LT-T": 57.2}, "clerk, post 3", {"known_at": w.SOON})),
    Scenario("withdraw", _recorded, act("withdraw", event="0")),
    Scenario("lift", _suspected, act("lift", act="0", reason="the meter was right")),
    Scenario("close with grades", _graded, ("close", *DAYS)),
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
    cutter: Cutter, folder: Path, scenario: Scenario, modes: Sequence[int], every: int, turn: int = 0
) -> Iterator[tuple[int, int, str]]:
    """(mode, write, what stood afterwards) of every `every`-th write, others with another `turn`, and of the last."""
    replay = Replay(scenario, folder, cutter)
    for mode in modes:
        last = replay.writes
        for at in sorted({*range(1 + (mode + turn) % every, last + 1, every), last}):
            yield mode, at, replay.killed_at(at, mode)


TOLD = 3  # records


def told_live(cutter: Cutter, folder: Path, modes: Sequence[int], every: int, turn: int = 0) -> Iterator[tuple[int, int, str]]:
    """Readings that are pushed, cut at a write: what was acknowledged is kept, what was not is kept whole or not at all. # R2, R3

    A sender that hears no acknowledgement tells again, so at most one record that nobody acknowledged may stand after a kill.
    """
    base, kept = _listening(folder / "base"), folder / "acknowledged"
    verb = ("tell", PUSHED, TOLD, str(kept))
    last = cutter.run(t.again(base, folder / "whole").folder, verb).seen
    assert _numbers(kept) == [*range(TOLD)]
    for mode in modes:
        for at in sorted({*range(1 + turn % every, last + 1, every), last}):
            kept.unlink()
            kept.touch()
            plant = t.again(base, folder / "cut")
            told = cutter.run(plant.folder, verb, at=at, mode=mode)
            assert told.killed == (mode in (KILLED, TORN)), told
            segments = wal.segments_of(plant.state_folder / wal.FOLDER / "pushed")
            found = [int(n) for path in segments for r in wal.read_segment(path).records for n in r.rows["value"].to_pylist()]
            acknowledged = _numbers(kept)
            assert found == sorted(set(found)), (mode, at, found)
            assert set(acknowledged) <= set(found), (mode, at, acknowledged, found)
            assert len(found) <= (len(acknowledged) + 1 if told.killed else TOLD), (mode, at, acknowledged, found)
            for _ in range(2):  # the second fold has nothing left
                again = cutter.run(plant.folder, ("fold",))
                assert not again.raised, again.raised
                assert sum(row[0] for row in t.rows(plant, "SELECT rows FROM batches WHERE source = 'live/pushed'")) == len(found)
            stands(sl.open(plant.folder), pending=False)
            shutil.rmtree(folder / "cut")
            yield mode, at, "whole" if len(found) == TOLD else "absent"


def _numbers(path: Path) -> list[int]:
    return [int(line) for line in path.read_text("utf-8").splitlines()]
