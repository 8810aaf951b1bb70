"""One OPC UA source being listened to, across its connections (R3): what is on disk, what was said, and whether the connection broke."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shiftledger.core.issue import Issue, Kind, ordered
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.live_codes import live_issue
from shiftledger.readings.opcua_codes import R104
from shiftledger.readings.sources.live import Deliver, Message, NotKept, Refused, Told
from shiftledger.readings.sources.live_address import Server
from shiftledger.readings.sources.opcua_values import ADDRESS, AGAIN, SERVER, SOURCE, Heard

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two attempts


@dataclass(slots=True)
class Listening:
    """`last`: the newest reading that is on disk, by address: everything before it was told, or is known to be lost."""

    plant: Plant
    declared: SourceFile
    server: Server
    deliver: Deliver
    stop: asyncio.Event
    last: dict[str, Heard] = field(default_factory=dict)
    _said: set[tuple[str, str]] = field(default_factory=set)

    async def keep(self, samples: Sequence[Heard], issues: Sequence[Issue] = ()) -> None:
        """Returns when the samples are on disk, however long the disk is full; raises NotKept if it still is when all stops."""
        told = tuple(one.said for one in samples if isinstance(one.said, Told))
        refused = tuple(one.said for one in samples if isinstance(one.said, Refused))
        message = Message(told, refused, ordered([*issues, *self._clocks(samples)]))
        if message != Message():
            await self._delivered(message)
        for one in samples:
            if isinstance(one.said, Told) and one.said.ts >= self.known(one.said.address, one.said.ts):
                self.last[one.said.address] = one

    def known(self, address: str, otherwise: int) -> int:
        """The stamp of the newest reading of a node that is on disk, UTC microseconds."""
        last = self.last.get(address)
        return last.said.ts if last is not None and isinstance(last.said, Told) else otherwise

    def recall(self, newest: Mapping[str, Told]) -> None:
        """Takes what was on disk before the program began, by tag."""
        for address, tag in self.declared.columns:
            if tag in newest:
                told = replace(newest[tag], address=ADDRESS + address)
                self.last[told.address] = Heard(told, SOURCE, told.ts)

    async def rest(self, pause: float) -> None:
        """Waits; not longer than until all stops."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), pause)

    def issue(self, kind: Kind, message: str, remedy: str = "") -> Issue:
        """An issue of this source, without secrets."""
        return live_issue(kind, self.server.hidden(f'source "{self.declared.id}": {message}'), self.declared.at, remedy)

    def once(self, issues: Sequence[Issue]) -> list[Issue]:
        """The issues that were not said before, such as on an earlier connection."""
        fresh = [one for one in issues if (one.code, one.message) not in self._said]
        self._said.update((one.code, one.message) for one in fresh)
        return fresh

    async def _delivered(self, message: Message) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                return await _whole(self.deliver(message))
            except NotKept:
                if self.stop.is_set():
                    raise
            await self.rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _clocks(self, samples: Sequence[Heard]) -> list[Issue]:
        """Once a node: whose clock stamps its values, where it is not the source's own."""
        others = dict.fromkeys((one.said.address, one.clock) for one in samples if one.clock not in (SOURCE, AGAIN))
        stamped = {SERVER: "by the server's clock"}
        said = (
            f"{address}: values are stamped {stamped.get(clock, 'with the time of their arrival')}" for address, clock in others
        )
        return self.once([self.issue(R104, one) for one in said])


class Lost:
    """Whether a connection broke, and why; the first reason counts."""

    def __init__(self) -> None:
        self._event, self.why = asyncio.Event(), ""

    def because(self, why: str) -> None:
        self.why = self.why or why
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()


async def _whole(delivery: Awaitable[None]) -> None:
    """Awaits a delivery; who is cancelled meanwhile first waits for its end."""
    task = asyncio.ensure_future(delivery)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def now() -> int:
    """UTC microseconds of this machine's clock."""
    return time.time_ns() // 1000


def words(error: BaseException) -> str:
    """What an exception says, in one line; its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
