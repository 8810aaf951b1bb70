"""What does a live source tell, when may it acknowledge it, and who listens to which format (R3)?

A stream listens - to a broker, a server, or for whoever pushes - and hands what it is told to `deliver` as a `Message`. `deliver` returns
only when the message is on disk; only then does the stream acknowledge it to its sender. It says nothing about meaning: which tags are
declared, what a state's code is, which values are possible, is judged where every source ends, alike for files and live sources.

A package offers a stream by an entry point of the group `shiftledger.streams`, named like the format in sources.toml.
`shiftledger.testing.StreamContract` is the suite that it passes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from shiftledger.core.issue import Issue
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import BAD, EARLIEST, GOOD, LATEST, UNCERTAIN, UNDECLARED
from shiftledger.readings.live_codes import R050, live_issue

GROUP = "shiftledger.streams"
COLUMNS = ("time", "tag", "value", "quality", "revision")  # of the table that what was told becomes
LONGEST = 1000  # characters of a name, a value or an address
LIVE = "live/"  # before a source's id: the label of what was told live


@dataclass(frozen=True, slots=True)
class Told:
    """One reading as it was told.

    tag: of meters.csv, after `columns` of the source; declared or not. ts: UTC microseconds, as stamped (`stamps` and `interval` of the
    source are applied later). value: the number where there is one. text: the cell that is judged - a number with a point as decimal
    sign (`repr` of a float), or the word of a state; blank only where quality is BAD. quality: GOOD, UNCERTAIN or BAD. revision: a whole
    number from 0, or UNDECLARED. address: where it was told, such as `mqtt:plant/line2/t1`, `opcua:ns=2;s=x`, `http:historian#3`.
    """

    tag: str
    ts: int
    value: float | None
    text: str
    quality: int
    revision: int = UNDECLARED
    address: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was told and cannot be read as a reading: where, the text of it (cut to a bounded length), and why."""

    address: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one message told, in its order: readings, what of it is refused, and issues for whoever watches.

    An empty one says that the connection stands; an issue with the code R059, that it was lost.
    """

    told: tuple[Told, ...] = ()
    refused: tuple[Refused, ...] = ()
    issues: tuple[Issue, ...] = ()


def sound(message: Message) -> Message:
    """The message as it can be kept: what is no reading whatever the plant says is refused, and no text is absurdly long."""
    told, refused = [], [Refused(_text(r.address), _text(r.text), _text(r.reason)) for r in message.refused]
    for one in message.told:
        reason = why_no_reading(one)
        if reason:
            refused.append(Refused(_text(one.address), _text(f"{one.tag},{one.ts},{one.text}"), reason))
        else:
            told.append(replace(one, tag=_text(one.tag), text=_text(one.text), address=_text(one.address)))
    return Message(tuple(told), tuple(refused), message.issues)


def why_no_reading(one: Told) -> str:
    """Why it is no reading whatever the plant says; "" if nothing is wrong with it."""
    if len(one.tag) > LONGEST or len(one.text) > LONGEST:
        return f"a name or value of more than {LONGEST} characters"
    if not EARLIEST <= one.ts < LATEST:
        return "its stamp is not between 1900 and 2200"
    if one.quality not in (GOOD, UNCERTAIN, BAD):
        return f"quality {one.quality} is not good, uncertain or bad"
    if not UNDECLARED <= one.revision < 1 << 63:
        return f"revision {one.revision} is not a whole number from 0"
    return "there is no value in it" if not one.text.strip() and one.quality != BAD else ""


def _text(text: str) -> str:
    """Text of bounded length that can be written: half characters and zeros are shown as question marks."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"
    return short.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


class NotKept(Exception):
    """`deliver` could not put the message on disk (full, failing, too much waits). The stream must not acknowledge it."""


Deliver = Callable[[Message], Awaitable[None]]
"""Returns when the message is on disk; raises NotKept if it could not be put there. May be awaited by several tasks at once."""

CONNECTED = (
    Message()
)  # what a stream delivers as soon as it hears its sender, so that whoever watches knows it also while nothing is told


@runtime_checkable
class Recalls(Protocol):
    """A `deliver` that also knows what the source told last, so that a stream can ask its sender for what came after."""

    async def newest(self) -> Mapping[str, Told]:
        """The newest reading of every tag that the source told; a state's `text` is its code."""
        ...


@runtime_checkable
class Stream(Protocol):
    """Listens until `stop` is set, and returns soon after.

    It connects again by itself, with growing pauses, when a connection that stood is lost, and delivers CONNECTED whenever one stands.
    Issues, located at `declared.at`, say why it could not begin: a wrong address, a refused login, a package that is not installed. Where
    that may pass (nobody answers yet), it delivers them once and tries again, and returns them if it was in vain. It acknowledges a
    message to its sender only after `deliver` of it returned; on NotKept it does not, so that the sender sends it again. No secret of an
    address stands in an issue.
    """

    async def __call__(
        self, plant: Plant, declared: SourceFile, deliver: Deliver, stop: asyncio.Event, /
    ) -> tuple[Issue, ...]: ...


# Those that ship, named as a package names its own: nothing of them, and nothing that they need, is loaded before it listens.
STREAMS: tuple[tuple[str, str], ...] = (
    ("mqtt", "shiftledger.readings.sources.mqtt:listen"),
    ("opcua", "shiftledger.readings.sources.opcua:listen"),
    ("http", "shiftledger.web.push:listen"),
)


def streams_offered() -> dict[str, EntryPoint]:
    """Who listens to which format: those that ship, then those of installed packages in order of their text."""
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    shipped = [EntryPoint(name, value, GROUP) for name, value in STREAMS]
    return {point.name: point for point in reversed([*shipped, *points])}


def as_table(declared: SourceFile) -> SourceFile:
    """How the table of a live source is read: the columns and forms of `Told`, and the source's own `stamps` and `interval`."""
    time, tag, value, quality, revision = COLUMNS
    plain = replace(declared, layout="long", time=time, tag=tag, value=value, quality=quality, revision=revision, columns=())
    plain = replace(plain, zone="UTC", time_format="iso", clock="", day="", slot="", order="any", row_number="")
    return replace(plain, decimal=".", thousands="", check_decimals=False)


def package_missing(declared: SourceFile, error: ModuleNotFoundError) -> Issue:
    """Which package is missing, and what installs it."""
    name = (error.name or "a package").partition(".")[0]
    message = f'source "{declared.id}": the package "{name}", which listens to {declared.format}, is not installed'
    return live_issue(R050, message, declared.at, 'Once: pip install "shiftledger[live]".')
