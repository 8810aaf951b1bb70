"""What is heard of an OPC UA server, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from readings.opcua_server import Site
from readings.small import METERS, plant
from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import SECOND, instant
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import GOOD
from shiftledger.readings.sources import opcua
from shiftledger.readings.sources.live import Message, NotKept, Refused, Told

HERE = Location("sources.toml", 3)
NOW = datetime.now(UTC).replace(microsecond=0)  # what a server says is never older than backfill


@dataclass
class Heard:
    """What was delivered."""

    messages: list[Message] = field(default_factory=list)
    broken: int = 0  # deliveries that fail before one succeeds
    ended: tuple[Issue, ...] | None = None

    async def __call__(self, message: Message) -> None:
        if self.broken:
            self.broken -= 1
            raise NotKept("the disk is full")
        self.messages.append(message)

    @property
    def told(self) -> list[Told]:
        return [one for message in self.messages for one in message.told]

    @property
    def refused(self) -> list[Refused]:
        return [one for message in self.messages for one in message.refused]

    @property
    def issues(self) -> list[tuple[str, str]]:
        return [(one.code, one.message) for message in self.messages for one in message.issues]

    def values(self, tag: str) -> list[tuple[int, float | None, str, int]]:
        """The readings of one tag by time, each once, as R2 leaves them."""
        return sorted({(one.ts, one.value, one.text, one.quality) for one in self.told if one.tag == tag}, key=lambda row: row[0])


def source(site: Site, columns: dict[str, str], **changes: Any) -> SourceFile:
    keys = {"publish": SECOND // 50, "url": site.url, **changes}
    return SourceFile("line2", format="opcua", columns=tuple(columns.items()), at=HERE, **keys)


@asynccontextmanager
async def listening(declared: SourceFile, heard: Heard | None = None, meters: tuple[Meter, ...] = METERS) -> AsyncIterator[Heard]:
    heard, stop = heard or Heard(), asyncio.Event()
    task = asyncio.create_task(opcua.listen(plant(meters=meters), declared, heard, stop))
    try:
        yield heard
    finally:
        stop.set()
        heard.ended = await asyncio.wait_for(task, 30)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within 30 s")


def at(second: float) -> datetime:
    return NOW + timedelta(seconds=second)


def row(second: float, value: float | None, text: str, quality: int = GOOD) -> tuple[int, float | None, str, int]:
    return instant(at(second)), value, text, quality
