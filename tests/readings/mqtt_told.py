"""What a broker tells a source that listens to it, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

import hand_made
from broker import Broker
from shiftledger.core.issue import Issue, Location
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.sources.live import Message, Told
from shiftledger.readings.sources.mqtt import listen

PLANT = hand_made.plant(meters=(Meter("FT-1", "rate", stream="ore", unit="t/h"),))
HERE = Location("sources.toml", 1)
PATIENCE = 20  # seconds; what is waited for takes milliseconds


def source(server: Broker, **fields: Any) -> SourceFile:
    usual = {"url": server.url, "topics": ("plant/#",), "columns": (("plant/ft1", "FT-1"),), "time": "", "at": HERE}
    return SourceFile("b", format="mqtt", **{**usual, **fields})


@dataclass
class Kept:
    """What was delivered; `before` may hold a message up, or refuse it."""

    messages: list[Message] = field(default_factory=list)
    before: Callable[[Message], Awaitable[None]] | None = None

    async def deliver(self, message: Message) -> None:
        if self.before:
            await self.before(message)
        self.messages.append(message)

    @property
    def told(self) -> list[Told]:
        return [one for message in self.messages for one in message.told]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.told]

    @property
    def issues(self) -> list[Issue]:
        return [one for message in self.messages for one in message.issues]

    @property
    def reasons(self) -> list[str]:
        return [one.reason for message in self.messages for one in message.refused]


@dataclass
class Listening:
    """A source that is listened to while the block runs."""

    declared: SourceFile
    kept: Kept
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    issues: tuple[Issue, ...] = ()

    async def __aenter__(self) -> Listening:
        self.task = asyncio.ensure_future(listen(PLANT, self.declared, self.kept.deliver, self.stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        self.issues = await asyncio.wait_for(self.task, PATIENCE)

    async def die(self) -> None:
        """The program ends without a word to the broker."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


async def until(true: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 50):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("waited in vain")


async def publish(server: Broker, *messages: tuple[str, str | bytes], qos: int = 1, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", server.port) as client:
        for topic, content in messages:
            await client.publish(topic, content, qos=qos, retain=retain)


async def known(server: Broker, declared: SourceFile) -> None:
    """The broker knows the listener's session from now on: what is published waits for it."""
    kept = Kept()
    async with Listening(declared, kept):
        while not kept.told:
            await publish(server, ("plant/ft1", "0"))
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)  # the last acknowledgement
