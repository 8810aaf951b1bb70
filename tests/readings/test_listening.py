"""DESIGN, "Live batches"; R3: listening keeps every message once, folds, and ends cleanly; one failing source or disk is said."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import shiftledger as sl
from ports import free_port
from readings.telling import SIX
from shiftledger.acts.state import connect
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import SourceFile
from shiftledger.readings import listening, wal
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.listening import Watch
from shiftledger.readings.live_codes import R051, R059, live_issue
from shiftledger.readings.sources import live
from shiftledger.readings.sources.live import CONNECTED, Message, NotKept, Told
from two_tanks import copy

TELLING = """
[source.first]
format = "http"
listen = "127.0.0.1:{port}"
"""


def plant_with(folder: Path, text: str = "", **sources: str) -> Any:
    """The example plant with further sources."""
    path = copy(folder)
    more = text + "".join(f'\n[source.{name}]\nformat = "{form}"\n' for name, form in sources.items())
    with (path / "sources.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    return sl.open(path, strict=False)


def offer(monkeypatch: pytest.MonkeyPatch, **streams: Any) -> None:
    """Streams of these formats, as an installed package offers them."""
    for name, stream in streams.items():
        monkeypatch.setattr(sys.modules[__name__], f"offered_{name}", stream, raising=False)
    points = {name: EntryPoint(name, f"{__name__}:offered_{name}", live.GROUP) for name in streams}
    monkeypatch.setattr(listening, "streams_offered", lambda: points)
    monkeypatch.setattr(listening, "is_live", lambda source: source.format in streams)


def reading(minute: int, value: float, tag: str = "FT-ORE") -> Message:
    return Message((Told(tag, SIX + minute * MINUTE, value, repr(value), 0, address="test:1"),))


async def _telling(plant: Any, declared: Any, deliver: Any, stop: asyncio.Event) -> Any:
    await asyncio.gather(*(deliver(reading(minute, float(minute))) for minute in range(50)))
    await stop.wait()
    return ()


def test_r3_what_is_told_is_folded_at_the_end_and_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    offer(monkeypatch, mem=_telling)
    syncs = 0
    real = wal.Writer.append

    def counted(self: wal.Writer, *given: Any) -> int:
        nonlocal syncs
        syncs += 1
        return real(self, *given)

    monkeypatch.setattr(wal.Writer, "append", counted)
    view = sl.listen(plant, once=True)
    assert view.ok, view.issues
    (one,) = view.heard
    assert (one.messages, one.readings, one.newest, one.state, one.waiting) == (50, 50, SIX + 49 * MINUTE, "ended", 0)
    assert (sum(report.appended for report in view.reports), syncs) == (50, 1)  # they came at once, and shared one write
    assert sum(report.appended for report in sl.listen(plant, once=True).reports) == 0  # told again: nothing new


def test_r3_a_source_that_fails_is_said_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(plant: Any, declared: Any, deliver: Any, stop: asyncio.Event) -> Any:
        raise RuntimeError("boom")

    async def bare(plant: Any, declared: Any, deliver: Any, stop: asyncio.Event) -> Any:
        raise ModuleNotFoundError("No module named 'paho'", name="paho")

    async def wavering(plant: Any, declared: Any, deliver: Any, stop: asyncio.Event) -> Any:
        await deliver(Message(issues=(live_issue(R059, "the connection broke", declared.at),)))
        await deliver(reading(0, 1.0))
        await stop.wait()
        return ()

    plant = plant_with(tmp_path, a="broken", b="bare", c="wavering")
    offer(monkeypatch, broken=broken, bare=bare, wavering=wavering)
    said: list[Any] = []
    view = sl.listen(plant, once=True, watch=Watch(said=said.extend))
    assert sorted(issue.code for issue in view.issues) == ["R050", "R051", "R059"]
    assert {issue.code for issue in said} == {"R050", "R051", "R059"}
    assert all(str(issue.at).startswith("sources.toml:") for issue in view.issues)
    assert [(one.source, one.messages) for one in view.heard] == [("a", 0), ("b", 0), ("c", 1)]


def test_r3_how_a_connection_stands_is_known_also_while_nothing_is_told(tmp_path: Path) -> None:
    """Not heard of, connected, lost, connected again; what the disk refuses stays said until it takes something."""
    folder, full = tmp_path / "wal", False

    class Disk(wal.Writer):
        def append(self, *given: Any) -> int:
            if full:
                raise NotKept("full")
            return super().append(*given)

    keeper = listening.Keeper(SourceFile("first", format="mem"), Disk(folder, -1), lambda: SIX)

    async def story() -> list[str]:
        nonlocal full
        states = [keeper.heard().state]
        broke = Message(issues=(live_issue(R059, "the connection broke"),))
        for message in (CONNECTED, broke, Message(issues=(live_issue(R051, "nobody"),)), CONNECTED):
            await keeper.deliver(message)
            states.append(keeper.heard().state)
        full = True
        with pytest.raises(NotKept):
            await keeper.deliver(reading(0, 1.0))
        await keeper.deliver(CONNECTED)
        states.append(keeper.heard().state)
        full = False
        await keeper.deliver(reading(0, 1.0))
        return [*states, keeper.heard().state]

    assert asyncio.run(story()) == ["connecting", "listening", "lost", "lost", "listening", "failing", "listening"]
    assert (keeper.messages, len(wal.segments_of(folder))) == (1, 1)  # only the reading is a message, and on disk


def test_r3_a_full_disk_is_said_once_and_nothing_is_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    async def insisting(plant: Any, declared: Any, deliver: Any, stop: asyncio.Event) -> Any:
        for minute in range(4):
            try:
                await deliver(reading(minute, 1.0))
                answers.append("kept")
            except NotKept as error:
                answers.append(str(error))
        await stop.wait()
        return ()

    plant = plant_with(tmp_path, first="mem")
    offer(monkeypatch, mem=insisting)
    real = wal.Writer.append

    def full(self: wal.Writer, *given: Any) -> int:
        if len(answers) < 2:
            raise NotKept("No space left on device")
        return real(self, *given)

    monkeypatch.setattr(wal.Writer, "append", full)
    view = sl.listen(plant, once=True)
    assert answers == ["No space left on device"] * 2 + ["kept"] * 2
    assert [issue.code for issue in view.issues if issue.severity == "error"] == ["R056"]
    assert sum(report.appended for report in view.reports) == 2


def test_r3_a_second_program_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    offer(monkeypatch, mem=_telling)
    monkeypatch.setattr(listening, "PATIENCE", 0.1)
    with wal.held(plant.state_folder) as alone:
        assert alone
        view = sl.listen(plant, seconds=5)
    assert [(issue.code, issue.message) for issue in view.issues] == [("R055", "another program listens for this plant")]


def test_r3_a_source_that_is_not_live_is_named_with_the_closest(tmp_path: Path) -> None:
    plant = plant_with(tmp_path, TELLING.format(port=1))
    assert [(i.code, i.message, i.remedy) for i in sl.listen(plant, ["frist"]).issues] == [
        ("R053", '"frist" is no live source', "Closest: first. There are: first.")
    ]
    bare = plant_with(tmp_path / "bare")
    assert [issue.code for issue in sl.listen(bare).issues] == ["R053"]
    with pytest.raises(ValueError, match="fold="):
        sl.listen(plant, fold="soon")


def test_r3_a_stop_ends_it_and_a_long_listening_folds_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    offer(monkeypatch, mem=_telling)
    stop, folds = threading.Event(), []

    def folded(reports: Any) -> None:
        folds.append(sum(report.appended for report in reports))
        stop.set()

    view = sl.listen(plant, fold="0.2s", stop=stop, watch=Watch(folded=folded))
    assert (view.ok, folds) == (True, [50])


def test_l6_close_and_load_see_what_was_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, first="mem")
    told = [Told("FT-ORE", SIX, 1.0, "1.0", 0, address="test:1")]
    wal.Writer(plant.state_folder / wal.FOLDER / "first", -1).append(told, [], SIX)
    monkeypatch.setattr(listening, "is_live", lambda source: source.format == "mem")
    (report,) = sl.load(plant).reports
    assert (report.source, report.appended) == ("live/first", 1)
    wal.Writer(plant.state_folder / wal.FOLDER / "first", 0).append(told, [], SIX)
    wal.Writer(plant.state_folder / wal.FOLDER / "gone", -1).append(told, [], SIX)
    view = sl.close(plant)
    assert [issue.code for issue in view.issues if issue.severity == "error"] == ["R053"]
    assert view.report is None


def test_l7_a_trial_says_or_shows_what_waits_outside_the_lake(tmp_path: Path) -> None:
    """Two readings and one that is not declared wait. A trial load shows them; a trial close says that it does not see them. Nothing is written."""
    plant = plant_with(tmp_path, TELLING.format(port=1))
    sl.load(plant, sorted((plant.folder / "readings").glob("meters.csv")))
    told = [Told(tag, SIX + i, 1.0, "1.0", 0, address="http:a#1") for i, tag in enumerate(("FT-ORE", "FT-ORE", "FT-OAR"))]
    wal.Writer(plant.state_folder / wal.FOLDER / "first", -1).append(told, [], SIX + MINUTE)
    before = {path: path.read_bytes() for path in plant.state_folder.rglob("*") if path.is_file()}
    tried = sl.close(plant, "2026-03-31", "2026-03-31", dry_run=True)
    assert [(i.code, i.severity, str(i.at), i.message) for i in tried.issues if i.code == "R049"] == [
        ("R049", "note", "live/first", "2 readings wait to come into the lake, and are not seen here")
    ]
    looked = [sl.now(plant, known_at=then).issues for then in (None, "2026-03-31T12:00:00Z")]
    assert [[i.message for i in issues if i.code == "R049"] for issues in looked] == [
        [],  # what waits is taken
        ["2 readings wait to come into the lake, and are not seen here"],
    ]
    (preview,) = sl.load(plant, dry_run=True).previews
    assert (preview.source, preview.rows, preview.new, preview.refused) == ("live/first", 3, 2, 1)
    assert {path: path.read_bytes() for path in plant.state_folder.rglob("*") if path.is_file()} == before
    assert sl.load(plant).ok
    assert [i.code for i in sl.close(plant, "2026-03-31", "2026-03-31", dry_run=True).issues if i.code == "R049"] == []
    assert sl.load(plant, dry_run=True).previews == ()


def post(port: int, minute: int) -> int:
    line = HTTPConnection("127.0.0.1", port, timeout=20)
    row = {"time": f"2026-03-04T06:{minute:02d}:00Z", "tag": "FT-ORE", "value": minute}
    line.request("POST", "/readings", json.dumps(row), {"content-type": "application/json"})
    return line.getresponse().status


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_r4_a_program_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path, ending: signal.Signals) -> None:
    port = free_port()
    plant = plant_with(tmp_path, TELLING.format(port=port))
    command = [sys.executable, "-m", "shiftledger", "listen", str(plant.folder), "--fold", "1s"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    acknowledged = 0
    until = time.monotonic() + 60
    while acknowledged < 59 and time.monotonic() < until:
        if acknowledged == 40:
            program.send_signal(ending)
        try:
            assert post(port, acknowledged) == 200
            acknowledged += 1
        except OSError:
            if program.poll() is not None or acknowledged >= 40:
                break
            time.sleep(0.05)
    program.wait(30)
    assert acknowledged >= 40
    assert (program.returncode == 0) == (ending is signal.SIGTERM)
    if ending is signal.SIGKILL:
        sl.load(plant)
    state = connect(plant.state_folder)
    assert len(read(state, ["FT-ORE"], 0, 1 << 60, watermark(state))) >= acknowledged


def test_r3_without_the_extra_a_source_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_with(tmp_path, TELLING.format(port=free_port()))
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delitem(sys.modules, "shiftledger.web.push", raising=False)
    (issue,) = sl.listen(plant, seconds=5).issues
    assert (issue.code, issue.remedy) == ("R050", 'Once: pip install "shiftledger[live]".')
    assert str(issue.at).startswith("sources.toml:")


def test_r3_no_other_verb_loads_the_packages_for_live_sources() -> None:
    code = (
        "import sys, shiftledger.cli.app, shiftledger.readings.listening, shiftledger.readings.fold, shiftledger.api.loop\n"
        "print([m for m in ('fastapi', 'uvicorn', 'starlette', 'aiomqtt', 'paho', 'asyncua', 'google.protobuf') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
