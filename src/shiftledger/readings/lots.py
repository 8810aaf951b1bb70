"""Lots and bookings among the readings: what has a start, an end and an amount, as readings of one instant (R1, Q9, Q10).

A lot of tag X is one reading of X and of its companions at the lot's stamp: `X` the amount, `X#duration` seconds from start to end,
`X#offset` seconds from the stamp to the end, `X#lot` the number of its id, and where the source has them `X#pieces` and
`X#stage` (the number of the stage's name). The stamp lies less than a minute before the end, by an offset that follows from the lot's
id: so trucks that leave in the same minute all count, in whatever order they are loaded. A plain reading of X without companions is a
lot of that very moment. A lot that was revised away has companions of quality BAD and is no lot any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shiftledger.core.period import MINUTE, SECOND
from shiftledger.readings.batch import BAD, Instants, Series, Values, empty_series

LOT_KINDS = ("lot", "booking")
DURATION, OFFSET, LOT, PIECES, STAGE = "#duration", "#offset", "#lot", "#pieces", "#stage"
COMPANIONS = (DURATION, LOT, OFFSET, PIECES, STAGE)
SLACK = MINUTE  # a stamp lies less than this before the end of its lot


@dataclass(frozen=True, slots=True)
class Lots(Series):
    """A tag's lots by stamp: the series of their amounts, with `start` and `end` (UTC microseconds), `stage` (NaN: none), `pieces`."""

    start: Instants
    end: Instants
    stage: Values
    pieces: Values

    def pick(self, where: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Lots:
        """The lots at these positions, or where a mask is True."""
        own = self.ts[where], self.value[where], self.quality[where], self.batch[where], self.row[where]
        return Lots(self.tag, *own, self.start[where], self.end[where], self.stage[where], self.pieces[where])

    def between(self, start: int, end: int) -> Lots:
        """Lots with start <= stamp < end (I2)."""
        return self.pick((self.ts >= start) & (self.ts < end))


def companions(tag: str) -> tuple[str, ...]:
    """The tags that say more about a lot of `tag`."""
    return tuple(f"{tag}{suffix}" for suffix in COMPANIONS)


def owner_of(tag: str) -> str:
    """The tag of which a tag says more; itself where it says something of its own."""
    return next((tag.removesuffix(name) for name in COMPANIONS if tag.endswith(name)), tag)


def entries(tags: Sequence[str], tag: npt.NDArray[np.int32], row: Instants) -> int:
    """How many readings, lots and samples rows are: those that one line of a file says of one tag are one. # R1"""
    owners = [owner_of(name) for name in tags]
    if owners == list(tags):
        return len(tag)
    number = np.array([owners.index(name) for name in owners], np.int64)
    return len(np.unique(np.stack((number[tag], row)), axis=1).T)


def number_of(text: str) -> float:
    """A number below 2**53 for a text: the same on every machine, different for all texts that a plant will see."""
    return float(int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "little"))


def offset_of(identity: str) -> int:
    """Microseconds from a lot's stamp to its end: at least one, below a minute, by the lot's id alone. # R1, I5

    So a lot that ends exactly on a boundary is stamped before it.
    """
    return 1 + int.from_bytes(hashlib.sha256(f"offset:{identity}".encode()).digest()[:7], "little") % (SLACK - 1)


def lots_of(tag: str, series: Mapping[str, Series]) -> Lots:
    """What is known of a tag's lots, by stamp: the companions joined by their instant. # R1

    Lots that were revised away are left out. A lot whose amount or period is BAD stays, with quality BAD and without an amount.
    """
    own = series.get(tag, empty_series(tag))
    parts = {name: joined(own, series.get(f"{tag}{name}")) for name in COMPANIONS}
    duration, untimed = _spoken(parts[DURATION])
    offset, lost = _spoken(parts[OFFSET])
    end = own.ts + np.rint(offset * SECOND).astype(np.int64)
    start = end - np.rint(duration * SECOND).astype(np.int64)
    bad = (own.quality == BAD) | untimed | lost
    value, quality = np.where(bad, np.nan, own.value), np.where(bad, BAD, own.quality).astype(np.int8)
    stage, pieces = (parts[name][0] for name in (STAGE, PIECES))
    lots = Lots(tag, own.ts, value, quality, own.batch, own.row, start, end, stage, pieces)
    return lots.pick(~((own.quality == BAD) & (parts[LOT][1] == BAD)))


ABSENT = -1


def joined(own: Series, companion: Series | None) -> tuple[Values, npt.NDArray[np.int8]]:
    """The companion's value and quality at each stamp; NaN and ABSENT where it says nothing."""
    value, quality = np.full(len(own), np.nan), np.full(len(own), ABSENT, np.int8)
    if companion is not None and len(companion) and len(own):
        place = np.searchsorted(companion.ts, own.ts)
        place[place == len(companion)] = 0
        here = companion.ts[place] == own.ts
        value[here], quality[here] = companion.value[place[here]], companion.quality[place[here]]
    return value, quality


def _spoken(part: tuple[Values, npt.NDArray[np.int8]]) -> tuple[Values, npt.NDArray[np.bool_]]:
    """A companion's values with zero where it says nothing, and where it is BAD."""
    value, quality = part
    return np.where(np.isfinite(value), value, 0.0), np.asarray(quality == BAD)
