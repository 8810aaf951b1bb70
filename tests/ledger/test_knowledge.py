"""Which batches are original, in time, or too late, shift by shift (L6, I3)."""

from __future__ import annotations

from shiftledger.core.period import HOUR
from shiftledger.ledger.knowledge import Knowledge, Timeline
from shiftledger.readings.batch import BatchRecord

CUTOFF = 72 * HOUR
END = 1_000 * HOUR


def timeline(*known_at: int) -> Timeline:
    return Timeline([BatchRecord(seq, f"b{seq}", at, "file", 1) for seq, at in enumerate(known_at, 1)], CUTOFF)


def test_l6_a_day_never_sealed_takes_everything_as_original() -> None:
    line = timeline(END, END + CUTOFF + 1)
    assert line.original(Knowledge(batch=2), END) == {1, 2}
    assert line.in_time(Knowledge(batch=2), END) == {1, 2}
    assert line.original(Knowledge(batch=1), END) == {1}


def test_l6_after_the_first_seal_results_count_until_the_cutoff_included() -> None:
    line = timeline(END, END + CUTOFF, END + CUTOFF + 1)
    known = Knowledge(batch=3, first=1)
    assert line.original(known, END) == {1}
    assert line.in_time(known, END) == {1, 2}
    assert line.everything(3) == {1, 2, 3}


def test_l6_what_the_first_seal_knew_counts_however_late_it_was() -> None:
    assert timeline(END + 9 * CUTOFF).in_time(Knowledge(batch=1, first=1), END) == {1}


def test_l6_settlement_ends_what_is_in_time() -> None:
    line = timeline(END, END + 1, END + 2)
    known = Knowledge(batch=3, first=1, settled=2)
    assert line.in_time(known, END) == {1, 2}
    assert line.original(known, END) == {1}


def test_i3_the_days_opening_is_known_as_the_day_before_knows_it() -> None:
    line = timeline(END, END + CUTOFF + 1, END + CUTOFF + 2)
    known = Knowledge(batch=3, first=2, before=1)
    assert line.boundary(known, END, opening=True, original=False) == {1}
    assert line.boundary(known, END, opening=True, original=True) == {1}
    assert line.boundary(known, END, opening=False, original=False) == {1, 2}
    assert line.boundary(known, END, opening=False, original=True) == {1, 2}
    never = Knowledge(batch=3, first=2)
    assert line.boundary(never, END, opening=True, original=False) == {1, 2, 3}
    assert line.boundary(never, END, opening=True, original=True) == {1, 2}
