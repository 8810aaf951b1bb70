"""What was known when (R2, L6): which batches count as original, which as true-up, which as prior period.

Three layers of the same shift: *original* (what its first seal knew), *in time* (results known until `lab_cutoff` after the shift,
in an unsettled month; the difference is a true-up) and *everything* (the difference is prior-period). A boundary between two
shifts is known as the shift that ends there knows it, so both read the same number (I3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shiftledger.readings.batch import BatchRecord


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The watermarks of one production day (load sequences, act numbers); stored in its seal, so that it can be recomputed.

    `batch`, `act`: everything up to now. `first`: the watermark of the day's first seal (None: never sealed). `before`: that of the
    previous day. `settled`, `settled_act`: the watermarks at which the month was settled (None: open). `steps`: for results
    after the cutoff or the settlement, up to which batch and act they were posted in which open month. `fixed`: boundary values
    of settled neighbours, (stock, instant, quanta). `prices`: of a settled day before, (material, price) as its stocks stood then.
    `lifted`, `before_lifted`: the month of the day (of the day before) was reopened, so the cutoff binds its results no more.
    """

    batch: int
    act: int = -1
    first: int | None = None
    first_act: int | None = None
    before: int | None = None
    settled: int | None = None
    settled_act: int | None = None
    steps: tuple[tuple[int, int, str], ...] = ()
    fixed: tuple[tuple[str, int, int], ...] = ()
    prices: tuple[tuple[str, str], ...] = ()
    lifted: bool = False
    before_lifted: bool = False

    @property
    def acts_in_time(self) -> int:
        """The acts that count for the day: those known when its month was settled, else all. # R5"""
        return self.act if self.settled_act is None else self.settled_act

    @property
    def acts_original(self) -> int:
        """The acts that its first seal knew: a suspect confirmed later is a true-up like any late result. # L6"""
        return self.acts_in_time if self.first_act is None else min(self.first_act, self.acts_in_time)

    @property
    def settled_boundaries(self) -> dict[tuple[str, int], int]:
        """`fixed` by (stock, instant)."""
        return {(stock, at): quanta for stock, at, quanta in self.fixed}

    @property
    def settled_prices(self) -> dict[str, Decimal]:
        """`prices` by material."""
        return {material: Decimal(price) for material, price in self.prices}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The registered batches that touch a window, in load order, and the plant's lab cutoff (us)."""

    records: Sequence[BatchRecord]
    cutoff: int

    def original(self, known: Knowledge, end: int) -> frozenset[int]:
        """Batches behind the first seal of a shift that ended at `end`. # L6"""
        limit = known.batch if known.first is None else known.first
        return frozenset(r.seq for r in self.records if r.seq <= min(limit, _top(known)))

    def in_time(self, known: Knowledge, end: int) -> frozenset[int]:
        """Those and what became known until the cutoff after `end` (in a reopened month: whenever), before it was settled. # L6, L7"""
        return self._admitted(_top(known), known.first, end, known.lifted)

    def boundary(self, known: Knowledge, at: int, *, opening: bool, original: bool) -> frozenset[int]:
        """What the shift that ends at `at` knows of the boundary: the day's opening belongs to the day before. # I3, L6"""
        first, lifted = (known.before, known.before_lifted) if opening else (known.first, known.lifted)
        top = _top(known)
        if original and known.first is not None:
            top = min(top, known.first)
        if original and not opening:
            return self.original(known, at)
        return self._admitted(top, first, at, lifted)

    def everything(self, upto: int) -> frozenset[int]:
        return frozenset(r.seq for r in self.records if r.seq <= upto)

    def _admitted(self, top: int, first: int | None, end: int, lifted: bool) -> frozenset[int]:
        known = [r for r in self.records if r.seq <= top]
        if first is None or lifted:
            return frozenset(r.seq for r in known)
        return frozenset(r.seq for r in known if r.seq <= first or r.known_at <= end + self.cutoff)


def _top(known: Knowledge) -> int:
    return known.batch if known.settled is None else known.settled
