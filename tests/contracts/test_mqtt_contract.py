"""MQTT keeps the contract of every stream, with a real broker as its peer (R2-R4, I5)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("aiomqtt", reason="needs aiomqtt, of the extra named live")

import aiomqtt

from broker import broker
from ports import free_port
from shiftledger.core.issue import Location
from shiftledger.core.period import iso
from shiftledger.plant.model import SourceFile
from shiftledger.testing import StreamContract


def declared(port: int, at: Location) -> SourceFile:
    return SourceFile("live", format="mqtt", url=f"mqtt://127.0.0.1:{port}", topics=("plant/#",), at=at)


@dataclass
class Publisher:
    """Publishes rows at a topic. The broker acknowledges for itself: nothing of the listener's answer comes back to a publisher."""

    declared: SourceFile
    port: int

    async def tell(self, readings: Sequence[tuple[str, int, float]]) -> bool | None:
        rows = [{"tag": tag, "time": iso(at), "value": value} for tag, at, value in readings]
        async with aiomqtt.Client("127.0.0.1", self.port) as client:
            await client.publish("plant/rows", json.dumps(rows), qos=1)
        return None


async def session(one: SourceFile) -> None:
    """The broker knows the listener's session, so that it keeps what is published before the stream connects."""
    from shiftledger.readings.sources.mqtt import client_id
    from shiftledger.testing.bench import plant_of

    async with aiomqtt.Client(
        "127.0.0.1", int(one.url.rpartition(":")[2]), identifier=client_id(plant_of(one), one), clean_session=False
    ) as client:
        await client.subscribe("plant/#", qos=1)


class TestMqtt(StreamContract):
    format = "mqtt"
    soon = 20.0

    def peer(self, at: Location) -> AbstractAsyncContextManager[Publisher]:
        @asynccontextmanager
        async def running() -> AsyncIterator[Publisher]:
            with tempfile.TemporaryDirectory() as place, broker(Path(place)) as server:
                one = declared(server.port, at)
                await session(one)
                yield Publisher(one, server.port)

        return running()

    def absent(self, at: Location) -> SourceFile:
        return declared(free_port(), at)
