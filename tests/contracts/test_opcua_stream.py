"""R3: OPC UA keeps the contract of streams, and a server's readings settle to the cents of the same readings from a file."""

from __future__ import annotations

import asyncio
import csv
import math
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

import shiftledger as sl
from ports import free_port
from readings.opcua_server import Site
from shiftledger.core.issue import Location
from shiftledger.core.period import EPOCH, SECOND
from shiftledger.plant.model import SourceFile
from shiftledger.readings.sources import opcua, opcua_listening
from shiftledger.render.statement_text import statement_text
from shiftledger.testing.streams import Peer, Reading, StreamContract


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    site.begin()
    site.kill()
    yield site
    site.end()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opcua, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(opcua_listening, "FIRST_PAUSE", 0.05)


class Teller:
    """A server with a node for each tag that says nothing yet; it sees whether its reports are acknowledged."""

    def __init__(self, site: Site, at: Location) -> None:
        self.site, self.names = site, {tag: f"{tag}-{len(site.made)}" for tag in ("FT-1", "LT-1")}
        for name in self.names.values():
            site.add(name, math.nan, history=False)
        columns = tuple((f"ns=2;s={name}", tag) for tag, name in self.names.items())
        self.declared = SourceFile("server", format="opcua", url=site.url, publish=SECOND // 50, columns=columns, at=at)

    async def tell(self, readings: Sequence[Reading]) -> bool:
        if not await self._until(lambda one: one.monitored_item_srv._monitored_items):
            return False
        for tag, ts, value in readings:
            await asyncio.to_thread(self.site.tell, self.names[tag], value, EPOCH + timedelta(microseconds=ts))
        return await self._until(lambda one: not (one._triggered_datachanges or one._not_acknowledged_results))

    async def _until(self, met: Callable[[Any], object]) -> bool:
        """Waits a second for every subscription of the one listener."""
        for _ in range(50):
            await asyncio.sleep(0.02)
            open_ones = self.site.heard_by()
            if open_ones and all(map(met, open_ones)):
                return True
        return False


class TestOpcUa(StreamContract):
    format = "opcua"
    soon = 20.0

    @pytest.fixture(autouse=True)
    def _site(self, site: Site) -> None:
        self.site = site

    @asynccontextmanager
    async def peer(self, at: Location) -> AsyncIterator[Peer]:
        await asyncio.to_thread(self.site.begin)
        try:
            yield await asyncio.to_thread(Teller, self.site, at)
        finally:
            await asyncio.to_thread(self.site.kill)

    def absent(self, at: Location) -> SourceFile:
        return SourceFile(
            "server", format="opcua", url=f"opc.tcp://127.0.0.1:{free_port()}", columns=(("ns=2;s=x", "FT-1"),), at=at
        )


SOURCE = """
[source.line]
format = "opcua"
url = "{url}"
publish = "50ms"
backfill = "9000d"
columns = {{{columns}}}
"""


@pytest.mark.slow
def test_r3_a_servers_readings_settle_to_the_cents_of_a_file(site: Site, root: Path, tmp_path: Path) -> None:
    """One plant loads its file; the other hears the same readings, the first four fifths of a tag from history, the rest as they change."""
    books = [
        shutil.copytree(root / "plants/two-tanks", tmp_path / name, ignore=shutil.ignore_patterns(".shiftledger"))
        for name in "ab"
    ]
    rows: dict[str, list[tuple[datetime, float]]] = {}
    with (books[0] / "readings/meters.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["tag"], []).append((datetime.fromisoformat(row["time"]).astimezone(UTC), float(row["value"])))
    for tag, told in rows.items():
        told.sort()
        site.add(tag, 0.0)
        for at, value in told[: -(len(told) // 5)]:
            site.past.keep(tag, ua.DataValue(ua.Variant(value), ua.StatusCode(0), at))
        site.tell(tag, told[-(len(told) // 5) - 1][1], told[-(len(told) // 5) - 1][0])
    site.begin()
    columns = ", ".join(f'"ns=2;s={tag}" = "{tag}"' for tag in rows)
    with (books[1] / "sources.toml").open("a", encoding="utf-8") as text:
        text.write(SOURCE.format(url=site.url, columns=columns))
    file_plant, live_plant = sl.open(books[0]), sl.open(books[1])
    heard = _listened(live_plant, site, {tag: told[-(len(told) // 5) :] for tag, told in rows.items()})
    assert [
        issue.message for issue in heard.issues if issue.code != "R102"
    ] == []  # a queue that ran over is read from the history
    site.past.asked.clear()
    assert sl.listen(live_plant, ["line"], seconds=1).ok  # begun again, it asks for nothing that it knows
    assert min(start for _, start, _ in site.past.asked) > datetime(2026, 4, 1, tzinfo=UTC)
    site.kill()
    sl.load(file_plant, [books[0] / "readings/meters.csv", books[0] / "readings/moisture.csv"])
    sl.load(live_plant, [books[1] / "readings/moisture.csv"])
    for plant in (file_plant, live_plant):
        assert sl.close(plant).ok
    for shift in ("2026-03-31.M", "2026-03-31.E", "2026-03-31.N", "2026-04-01.M"):
        first, second = (_without_seal(statement_text(sl.statement(plant, shift), "en")) for plant in (file_plant, live_plant))
        assert first == second


def _without_seal(text: str) -> list[str]:
    """The lines of a statement but for the hash of what it rests on: there the sources differ."""
    return [line for line in text.splitlines() if not line.startswith("Seal ")]


def _listened(plant: sl.PlantView, site: Site, later: dict[str, list[tuple[datetime, float]]]) -> sl.ListenView:
    """Listens, and meanwhile tells the later readings."""
    stop = threading.Event()

    def tell() -> None:
        time.sleep(1.0)
        for tag, told in later.items():
            for at, value in told:
                site.tell(tag, value, at)
                time.sleep(0.004)
        time.sleep(0.5)
        stop.set()

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        return sl.listen(plant, ["line"], stop=stop, seconds=20)
    finally:
        thread.join()
