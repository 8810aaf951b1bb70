"""What is told again unchanged for too long (Q5): by hand, and the law that a close needs only a bounded look back (N5)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.period import HOUR, Span
from shiftledger.plant.model import Meter
from shiftledger.quantities.assays import mean_assay
from shiftledger.quantities.frozen import behind, stands, without_frozen
from shiftledger.quantities.gauges import readings_of, rule_of
from shiftledger.quantities.reach import look_around
from shiftledger.readings.batch import BAD, FROZEN, GOOD, Series

LAB = Meter("FE", "lab", "%", max_hold=2 * HOUR, max_same=3 * HOUR)


def told(*rows: tuple[float, float] | tuple[float, float, int]) -> Series:
    """Readings as (hour, value) or (hour, value, quality)."""
    full = [(*row, GOOD)[:3] for row in rows]
    n = len(full)
    return Series(
        "FE",
        np.array([int(h * HOUR) for h, _, _ in full], np.int64),
        np.array([v for _, v, _ in full]),
        np.array([q for _, _, q in full], np.int8),
        np.zeros(n, np.int64),
        np.arange(n, dtype=np.int64),
    )


def frozen_hours(series: Series, meter: Meter = LAB) -> list[float]:
    found = without_frozen(series, meter)
    return [int(ts) / HOUR for ts, quality in zip(found.ts, found.quality, strict=True) if quality == FROZEN]


def test_q5_a_value_is_news_for_as_long_as_the_meter_says() -> None:
    hourly = told(*((h, 64.0) for h in range(8)), (8, 65.0), (9, 65.0))
    # first told at 0; at 3 it is three hours old, not longer; from 4 on it is stale, until 65 is news at 8
    assert frozen_hours(hourly) == [4, 5, 6, 7]
    # The mean of hours 2 to 10: 64 in the hours 2 and 3, 65 from 8 to 10; what lies between is not known.
    known = readings_of(LAB, {"FE": hourly})
    assert mean_assay(None, known, Span(2 * HOUR, 10 * HOUR), rule_of(LAB)) == (64.5, 4 * HOUR)


def test_q5_a_silence_or_a_bad_reading_begins_anew() -> None:
    # two hours apart a reading still stands for itself; longer is a silence, and what comes after it is news
    assert frozen_hours(told((0, 1.0), (2, 1.0), (4, 1.0))) == [4]
    assert frozen_hours(told((0, 1.0), (2.5, 1.0), (5, 1.0), (5.5, 1.0))) == []
    assert frozen_hours(told((0, 1.0), (1, 1.0), (2, 1.0, BAD), (3, 1.0), (4, 1.0), (5, 1.0))) == []


def test_q5_without_max_same_nothing_is_ever_stale_by_repetition() -> None:
    plain = Meter("FE", "lab", "%", max_hold=2 * HOUR)
    series = told(*((h, 64.0) for h in range(100)))
    assert readings_of(plain, {"FE": series}) is series
    assert behind(plain) == 0


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from([1.0, 2.0]), st.sampled_from([GOOD] * 9 + [BAD])), min_size=2, max_size=60
    ),
    st.integers(0, 120),
    st.sampled_from(
        [Meter("FE", kind, "%", max_gap=HOUR, max_hold=2 * HOUR, max_same=3 * HOUR) for kind in ("lab", "state", "rate")]
    ),
)
def test_n5_what_lies_further_back_than_the_look_changes_nothing(
    rows: list[tuple[int, float, int]], at: int, meter: Meter
) -> None:
    """Half hours between readings; a period that begins at `at` sees the same with everything before its look cut off."""
    hours = np.cumsum([gap for gap, _, _ in rows]) / 2
    series = told(*((float(h), value, quality) for h, (_, value, quality) in zip(hours, rows, strict=True)))
    start = at * HOUR // 2
    whole = without_frozen(series, meter)
    seen = without_frozen(series.between(start - look_around(meter)[0], int(series.ts[-1]) + 1), meter)
    first = start - stands(meter)  # what an older reading says no longer stands when the period begins
    pair = [one.between(first, int(series.ts[-1]) + 1) for one in (whole, seen)]
    assert pair[0].quality.tolist() == pair[1].quality.tolist()
    for (a, b), quality in zip(pairwise(range(len(whole))), whole.quality[1:].tolist(), strict=True):
        if whole.value[a] != whole.value[b]:
            assert quality != FROZEN
