"""Instants and spans: UTC microseconds as integers, spans half-open `[start, end)` (I2, T2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open period `[start, end)` in UTC microseconds. # I2"""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def hours(self) -> float:
        return self.length / HOUR

    def clip(self, other: Span) -> Span:
        """The common part; empty (length 0) if there is none."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


def instant(moment: datetime) -> int:
    """UTC microseconds of an aware datetime; naive ones are programmer mistakes (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError("a naive time has no instant")
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def moment(at: int, zone: ZoneInfo) -> datetime:
    """The local time of an instant."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone)


def iso(at: int) -> str:
    """An instant as ISO 8601 UTC text."""
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def local_iso(at: int, zone: str) -> str:
    """An instant as local time with its offset, as ISO 8601 text; UTC as `iso` writes it.

    >>> local_iso(0, "Asia/Shanghai"), local_iso(0, "UTC")
    ('1970-01-01T08:00:00+08:00', '1970-01-01T00:00:00Z')
    """
    return iso(at) if zone == "UTC" else moment(at, ZoneInfo(zone)).isoformat()


_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h|d)\s*")
_SCALE = {"us": 1, "ms": 1000, "s": SECOND, "min": MINUTE, "m": MINUTE, "h": HOUR, "d": DAY}


def duration(text: str) -> int:
    """Microseconds of "30min", "8h", "1h30min"; ValueError if it is not a duration.

    >>> duration("1h30min") == 90 * MINUTE
    True
    """
    total, at = 0.0, 0
    while at < len(text):
        match = _DURATION.match(text, at)
        if not match:
            raise ValueError(f"not a duration: {text!r}")
        total += float(match[1]) * _SCALE[match[2]]
        at = match.end()
    if at == 0:
        raise ValueError("an empty duration")
    return round(total)
