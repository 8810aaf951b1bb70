"""What does an OPC UA server say about one node at one instant? A DataValue becomes a reading, or is refused with the reason (R1, R3, R4).

Nothing here needs a server or the package asyncua: a value is looked at through the few attributes that the standard gives it.

    severity of the status code   quality     value
    good (00)                     GOOD        as it is
    uncertain (01)                UNCERTAIN   as it is
    bad (10, 11)                  BAD         none: it ends a hold
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from shiftledger.core.period import EPOCH, instant
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.sources.live import Refused, Told

EXACT = 2**53  # integers beyond it are not all float64 values
ADDRESS = "opcua:"  # before a node of `columns`: where a reading was told
LONGEST = 200  # characters of a state
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SEVERITY = (GOOD, UNCERTAIN, BAD, BAD)  # by the two highest bits of a status code
MEANING, OF_VALUE, OVERFLOW = (
    0x0C00,
    0x0400,
    0x0080,
)  # bits of a status code: what the info bits mean, and that values were lost
SOURCE, SERVER, ARRIVAL, AGAIN = "source", "server", "arrival", "again"  # whose clock stamped a reading; AGAIN: it still holds


class Status(Protocol):
    """A status code."""

    @property
    def value(self) -> int: ...


class Variant(Protocol):
    """A value of any type that the standard knows."""

    @property
    def Value(self) -> object: ...


class Sample(Protocol):
    """A value with its status and its stamps."""

    @property
    def Value(self) -> Variant | None: ...

    @property
    def StatusCode(self) -> Status | None: ...

    @property
    def SourceTimestamp(self) -> datetime | None: ...

    @property
    def ServerTimestamp(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """A node whose values are listened to. `names`: what the numbers of its enumeration are called, by number; empty for others.

    `codes`: the texts that the tag's meter knows; empty unless it is a state tag.
    """

    tag: str
    address: str  # as sources.toml writes it
    names: Mapping[int, str]
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a value came to: the reading or the refusal, whose clock stamped it, and the stamp that it came with."""

    said: Told | Refused
    clock: str  # SOURCE | SERVER | ARRIVAL | AGAIN
    source: int  # UTC microseconds; the reading's own unless a change under one stamp was told


def heard(node: Watched, sample: Sample, arrival: int, before: Heard | None = None) -> Heard:
    """One value of one node. `arrival`: when it came, UTC microseconds; `before`: the newest reading of the node. # R1, R4

    Where a device is lost and found again, its server says so under the stamp of the last value. What differs under that stamp holds
    from the server's own stamp on; what does not differ says nothing new.
    """
    quality = SEVERITY[_code(sample) >> 30 & 3]
    at, clock = _stamp(sample, arrival)
    said = _said(node, sample, quality)
    if not FIRST <= at < LAST:
        said = "the stamp is not between 1900 and 2200"
    if isinstance(said, str):
        return Heard(Refused(node.address, f"{at.isoformat()} {_shown(sample)}", said), clock, 0)
    value, text = said
    one = Heard(Told(node.tag, instant(at), value, text, quality, UNDECLARED, node.address), clock, instant(at))
    return _later(one, before, _given(sample.ServerTimestamp))


def _later(one: Heard, before: Heard | None, server: datetime | None) -> Heard:
    """The reading at the instant from which it holds, after what was heard before it."""
    if before is None or not isinstance(one.said, Told) or not isinstance(before.said, Told):
        return one
    known = before.said
    if one.source == before.source and content(one.said) == content(known):
        return before
    late = one.source == before.source or before.source < one.source <= known.ts  # the latter where the server's clock is ahead
    if late and server is not None and server < LAST and instant(server) > known.ts:
        return Heard(replace(one.said, ts=instant(server)), SERVER, one.source)
    return one


def standing(one: Heard, reach: int, time: int) -> Heard:
    """What a server says first of a node: where it is older than anybody asked for, the value stands now, at the server's `time`. # R3

    A set point may be stamped months ago, in a month that is settled. `reach`, `time`: UTC microseconds.
    """
    if not isinstance(one.said, Told) or one.said.ts >= reach or time <= one.said.ts:
        return one
    return Heard(replace(one.said, ts=time), AGAIN, one.source)


def content(told: Told) -> tuple[float | None, str, int]:
    """What a reading says, whenever: its number, or else its text, and its quality."""
    return told.value, told.text if told.value is None else "", told.quality


def all_heard(node: Watched, samples: Iterable[Sample], arrival: int, before: Heard | None = None) -> Iterator[Heard]:
    """Values of one node in their order, each with those before it. # R1, R4"""
    for sample in samples:
        one = heard(node, sample, arrival, before)
        before = one if isinstance(one.said, Told) else before
        yield one


def overflowed(sample: Sample) -> bool:
    """True if the server's queue lost values beside this one."""
    return _code(sample) & MEANING == OF_VALUE and bool(_code(sample) & OVERFLOW)


def _code(sample: Sample) -> int:
    return sample.StatusCode.value if sample.StatusCode is not None else 0


# --- when


def _stamp(sample: Sample, arrival: int) -> tuple[datetime, str]:
    """The source's stamp, else the server's, else the arrival. The wire writes "none" as the year 1601."""
    for at, clock in ((_given(sample.SourceTimestamp), SOURCE), (_given(sample.ServerTimestamp), SERVER)):
        if at is not None:
            return at, clock
    return EPOCH + timedelta(microseconds=arrival), ARRIVAL


def _given(at: datetime | None) -> datetime | None:
    if at is None or at.year <= 1601:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# --- what


def _said(node: Watched, sample: Sample, quality: int) -> tuple[float | None, str] | str:
    """Value and text, or why it is no reading."""
    if quality == BAD:
        return None, ""
    value = sample.Value.Value if sample.Value is not None else None
    if isinstance(value, bool | int):  # enumerations too
        return _whole(node, int(value), ("false", "true")[value] if isinstance(value, bool) else "")
    if isinstance(value, float):
        return (float(value), repr(float(value))) if math.isfinite(value) else f"{value!r} is not a number"
    text = getattr(value, "Text", value)  # a LocalizedText says its text
    if isinstance(text, str):
        return (None, text) if text and len(text) <= LONGEST else f"a text of {len(text)} characters is no state"
    return NO_READING.get(type(value).__name__, f"a structure ({type(value).__name__}) is no reading")


NO_READING = {
    "NoneType": "the status is good, but there is no value",
    "list": "an array is no reading",
    "datetime": "a time is no reading",
    "bytes": "bytes are no reading",
}


def _whole(node: Watched, number: int, word: str) -> tuple[float | None, str] | str:
    """A whole number, or its name where the tag's meter knows states by names."""
    name = next((name for name in (node.names.get(number, ""), word) if name in node.codes), "")
    if name:
        return None, name
    return (float(number), str(number)) if abs(number) <= EXACT else f"{number} is too large to be held exactly"


def _shown(sample: Sample) -> str:
    """The value as quarantine shows it."""
    value = sample.Value.Value if sample.Value is not None else None
    return " ".join(repr(value).split())[:LONGEST]
