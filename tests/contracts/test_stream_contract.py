"""R3: the HTTP receiver keeps the contract of streams, and the contract catches streams that do not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from ports import free_port
from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import iso
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.sources.live import Deliver, Message, NotKept, Stream, Told
from shiftledger.testing.streams import Peer, Reading, StreamContract


class Pusher:
    """A sender who waits a second for an answer."""

    def __init__(self, at: Location) -> None:
        self.declared = SourceFile("pushed", format="http", listen=f"127.0.0.1:{free_port()}", at=at)

    async def tell(self, readings: Sequence[Reading]) -> bool:
        rows = [{"time": iso(ts), "tag": tag, "value": value} for tag, ts, value in readings]
        try:
            async with httpx.AsyncClient(timeout=1.0) as client:
                return (await client.post("http" + f"://{self.declared.listen}/readings", json=rows)).status_code == 200
        except httpx.HTTPError:
            return False


class TestHttp(StreamContract):
    format = "http"
    soon = 20.0

    @asynccontextmanager
    async def peer(self, at: Location) -> AsyncIterator[Peer]:
        yield Pusher(at)

    def absent(self, at: Location) -> SourceFile:
        """Nobody can be absent who pushes; the port can be taken."""
        self.taken = socket.create_server(("127.0.0.1", 0))
        return SourceFile("pushed", format="http", listen=f"127.0.0.1:{self.taken.getsockname()[1]}", at=at)

    def teardown_method(self) -> None:
        if hasattr(self, "taken"):
            self.taken.close()


# --- streams that break the contract, over a queue in memory


class Queue:
    """A peer in memory."""

    def __init__(self, at: Location) -> None:
        self.declared = SourceFile("queue", format="queue", at=at)
        self.messages: asyncio.Queue[tuple[Message, asyncio.Future[bool]]] = asyncio.Queue()

    async def tell(self, readings: Sequence[Reading]) -> bool:
        told = tuple(Told(tag, ts, value, repr(value), 0, address="queue:1") for tag, ts, value in readings)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self.messages.put((Message(told), answer))
        try:
            return await asyncio.wait_for(answer, 1.0)
        except TimeoutError:
            return False


class Crooked(StreamContract):
    """Told through a queue; `fault` says what the stream does wrong."""

    format = "queue"
    soon = 1.5
    fault = ""

    @asynccontextmanager
    async def peer(self, at: Location) -> AsyncIterator[Peer]:
        self.queue = Queue(at)
        yield self.queue

    def absent(self, at: Location) -> SourceFile:
        self.queue = Queue(at)
        return SourceFile("queue", format="queue", at=at)

    def stream(self) -> Stream:
        async def listen(plant: Plant, declared: SourceFile, deliver: Deliver, stop: asyncio.Event) -> tuple[Issue, ...]:
            while not stop.is_set() or self.fault == "deaf":
                try:
                    message, answer = await asyncio.wait_for(self.queue.messages.get(), 0.05)
                except TimeoutError:
                    continue
                if self.fault == "hasty":
                    answer.set_result(True)
                try:
                    await deliver(message)
                except NotKept:
                    if self.fault == "brittle":
                        raise
                if not answer.done() and self.fault != "mute":
                    answer.set_result(True)
            return ()

        return listen


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("hasty", "test_r3_nothing_is_acknowledged_before_it_is_on_disk"),
        ("mute", "test_r3_nothing_is_acknowledged_before_it_is_on_disk"),
        ("swallow", "test_r3_what_cannot_be_kept_is_not_acknowledged_and_the_stream_goes_on"),
        ("brittle", "test_r3_what_cannot_be_kept_is_not_acknowledged_and_the_stream_goes_on"),
        ("silent", "test_r3_a_peer_that_is_not_there_is_said_at_its_source"),
        ("deaf", "test_r3_a_stream_that_is_stopped_ends_soon"),
    ],
)
def test_the_contract_catches(fault: str, check: str) -> None:
    one = Crooked()
    one.fault = fault
    with pytest.raises((AssertionError, TimeoutError, NotKept)):
        getattr(one, check)()


def test_a_stream_that_keeps_the_contract_passes() -> None:
    Crooked().test_r3_nothing_is_acknowledged_before_it_is_on_disk()
    Crooked().test_r2_a_message_that_comes_again_changes_nothing()
