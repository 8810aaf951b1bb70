"""What every stream that is listened to keeps, whatever its format (R2-R4, I5): the checks, one method each.

A check starts the stream against a peer of yours, lets the peer tell something, and looks at what is on disk and in the lake.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import ClassVar, Protocol

from shiftledger.acts.state import State, connect
from shiftledger.core.issue import Issue, Location
from shiftledger.plant.model import SourceFile
from shiftledger.readings.fold import fold
from shiftledger.readings.lake import read, watermark
from shiftledger.readings.listening import Keeper
from shiftledger.readings.quality import resolve
from shiftledger.readings.sources.live import Deliver, Message, NotKept, Stream, streams_offered
from shiftledger.readings.wal import FOLDER, Writer
from shiftledger.testing.bench import folder, plant_of

FIRST = 1_772_604_000_000_000  # 2026-03-04T06:00:00Z
MINUTE = 60_000_000
ALWAYS = 1 << 60
HERE = Location("sources.toml", 7)
Reading = tuple[str, int, float]  # tag, UTC microseconds, value


class Peer(Protocol):
    """The other side, as a check sees it."""

    @property
    def declared(self) -> SourceFile:
        """The source of sources.toml that listens to this peer, with `at` as the contract gives it."""

    async def tell(self, readings: Sequence[Reading]) -> bool | None:
        """Tell some readings in one message, and wait until it is acknowledged: True; False if it was refused, or was not acknowledged
        within a second. None if the protocol acknowledges nothing."""


class StreamContract:
    """The contract of a stream. Name its `format`, give a peer that tells something, and a source whose peer is not there.

    Every `test_` method is one check. Readings are of the tags FT-1 and LT-1, which the plant declares.
    """

    format: ClassVar[str] = ""  # as sources.toml names it
    soon: ClassVar[float] = 5.0  # seconds until a stream has connected, has told, has ended

    def peer(self, at: Location) -> AbstractAsyncContextManager[Peer]:
        """A peer that runs meanwhile; its source stands at `at`."""
        raise NotImplementedError

    def absent(self, at: Location) -> SourceFile:
        """A source at `at` whose address nobody answers."""
        raise NotImplementedError

    # --- what the checks are made of

    def stream(self) -> Stream:
        found: Stream = streams_offered()[self.format].load()
        return found

    @asynccontextmanager
    async def listening(self, peer: Peer, deliver: Deliver) -> AsyncIterator[asyncio.Event]:
        """The stream runs meanwhile, and ends afterwards."""
        stop = asyncio.Event()
        running = asyncio.create_task(_run(self.stream()(plant_of(peer.declared), peer.declared, deliver, stop)))
        try:
            yield stop
        finally:
            stop.set()
            issues = await asyncio.wait_for(running, self.soon)
            assert [issue for issue in issues if issue.severity == "error"] == []

    async def told(self, peer: Peer, readings: Sequence[Reading]) -> bool | None:
        """Tell until the stream has connected and takes it."""
        until = time.monotonic() + self.soon
        while True:
            acknowledged = await peer.tell(readings)
            if acknowledged is not False or time.monotonic() > until:
                return acknowledged
            await asyncio.sleep(0.05)

    def kept(self, messages: Sequence[Sequence[Reading]], *, folds: bool = False) -> list[tuple[str, int, float]]:
        """What the lake says after a peer told these messages, folded at the end or after each."""
        with folder() as place:
            state = connect(place / "state")

            async def run() -> None:
                async with self.peer(HERE) as peer:
                    keeper = _keeper(state, peer.declared)
                    async with self.listening(peer, keeper.deliver):
                        for readings in messages:
                            before = keeper.messages
                            await self.told(peer, readings)
                            await _until(lambda before=before: keeper.messages > before, self.soon)  # type: ignore[misc]
                            if folds:
                                await keeper.rotate()
                                assert not [i for i in fold(plant_of(peer.declared), state).issues if i.severity == "error"]
                    fold(plant_of(peer.declared), state)

            asyncio.run(run())
            found = known(state)
            state.engine.dispose()
            return found

    # --- R3: what is told

    def test_r3_what_is_told_is_delivered_as_told(self) -> None:
        assert self.kept([[("FT-1", FIRST, 1.5), ("LT-1", FIRST, -2.0)]]) == [("FT-1", FIRST, 1.5), ("LT-1", FIRST, -2.0)]

    def test_r3_nothing_is_acknowledged_before_it_is_on_disk(self) -> None:
        async def run() -> None:
            may, asked = asyncio.Event(), asyncio.Event()

            async def deliver(message: Message) -> None:
                if message.told:
                    asked.set()
                    await may.wait()

            async with self.peer(HERE) as peer, self.listening(peer, deliver):
                telling = asyncio.create_task(self.told(peer, [("FT-1", FIRST, 1.5)]))
                await asyncio.wait_for(asked.wait(), self.soon)
                await asyncio.sleep(0.2)
                assert not (telling.done() and telling.result() is True), "acknowledged before it was on disk"
                may.set()
                assert await asyncio.wait_for(telling, 2 * self.soon) is not False, "never acknowledged"

        asyncio.run(run())

    def test_r3_what_cannot_be_kept_is_not_acknowledged_and_the_stream_goes_on(self) -> None:
        async def run() -> None:
            full = True
            taken: list[Message] = []

            async def deliver(message: Message) -> None:
                if full and message.told:
                    raise NotKept("no space left")
                if message.told:
                    taken.append(message)

            async with self.peer(HERE) as peer, self.listening(peer, deliver):
                assert await peer.tell([("FT-1", FIRST, 1.5)]) is not True, "acknowledged what is not on disk"
                full = False
                assert await self.told(peer, [("FT-1", FIRST + MINUTE, 2.5)]) is not False, "the stream did not go on"
                await _until(lambda: bool(taken), self.soon)

        asyncio.run(run())

    def test_r3_a_peer_that_is_not_there_is_said_at_its_source(self) -> None:
        async def run() -> tuple[Issue, ...]:
            said: list[Issue] = []

            async def deliver(message: Message) -> None:
                said.extend(message.issues)

            stop = asyncio.Event()
            declared = self.absent(HERE)
            running = asyncio.create_task(_run(self.stream()(plant_of(declared), declared, deliver, stop)))
            until = time.monotonic() + self.soon
            while not (said or running.done() or time.monotonic() > until):
                await asyncio.sleep(0.02)
            stop.set()
            return (*said, *await asyncio.wait_for(running, self.soon))

        issues = asyncio.run(run())
        assert issues, "nothing was said"
        assert {issue.at for issue in issues} == {HERE}
        assert all(issue.remedy for issue in issues)

    def test_r3_a_stream_that_is_stopped_ends_soon(self) -> None:
        async def run() -> None:
            async def deliver(message: Message) -> None:
                return None

            async with self.peer(HERE) as peer, self.listening(peer, deliver) as stop:
                await self.told(peer, [("FT-1", FIRST, 1.5)])
                stop.set()

        asyncio.run(run())

    # --- R2, I5: how often and in which order

    def test_r2_a_message_that_comes_again_changes_nothing(self) -> None:
        once: list[list[Reading]] = [[("FT-1", FIRST, 1.5)], [("FT-1", FIRST + MINUTE, 2.5)]]
        assert self.kept([*once, *once], folds=True) == self.kept(once)

    def test_i5_the_order_of_arrival_does_not_matter(self) -> None:
        messages: list[list[Reading]] = [[("FT-1", FIRST, 1.5)], [("FT-1", FIRST + MINUTE, 2.5)], [("LT-1", FIRST, 3.5)]]
        assert self.kept(messages[::-1], folds=True) == self.kept(messages)

    # --- what is killed

    def test_r4_a_killed_program_loses_nothing_that_was_acknowledged(self) -> None:
        with folder() as place:
            state = connect(place / "state")

            async def run() -> bool | None:
                async with self.peer(HERE) as peer:
                    keeper = _keeper(state, peer.declared)
                    async with self.listening(peer, keeper.deliver):
                        acknowledged = await self.told(peer, [("FT-1", FIRST, 1.5)])
                        if acknowledged is None:
                            await _until(lambda: keeper.messages > 0, self.soon)
                        again = connect(Path(state.folder))  # what another program finds at this very moment
                        fold(plant_of(peer.declared), again)
                        assert known(again) == [("FT-1", FIRST, 1.5)]
                        again.engine.dispose()
                return acknowledged

            assert asyncio.run(run()) is not False
            state.engine.dispose()


async def _run(running: Awaitable[tuple[Issue, ...]]) -> tuple[Issue, ...]:
    return tuple(await running)


def _keeper(state: State, declared: SourceFile) -> Keeper:
    return Keeper(declared, Writer(state.folder / FOLDER / declared.id, -1), lambda: time.time_ns() // 1000)


async def _until(met: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, "nothing came"
        await asyncio.sleep(0.02)


def known(state: State) -> list[tuple[str, int, float]]:
    """(tag, ts, value) of everything in the lake."""
    series = resolve(read(state, ["FT-1", "LT-1"], 0, ALWAYS, watermark(state)))
    return [
        (tag, ts, value) for tag, one in series.items() for ts, value in zip(one.ts.tolist(), one.value.tolist(), strict=True)
    ]
