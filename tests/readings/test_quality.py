"""R2: which value counts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readings.small import Row, batch, messages, rows_of
from shiftledger.core.issue import Location
from shiftledger.core.period import SECOND, instant
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.logical import batch_id
from shiftledger.readings.quality import Rows, contradictions, one_value_each, resolve

NONE = UNDECLARED


def stored(*rows: tuple[str, int, float, int, int, int], tags: tuple[str, ...] = ("A", "B")) -> Rows:
    """(tag, ts, value, quality, revision, batch); the row number is the place in the list."""
    columns = [np.array([row[i] for row in rows]) for i in range(1, 6)]
    kinds = (np.int64, np.float64, np.int8, np.int64, np.int64)
    ts, value, quality, revision, loaded = (c.astype(k) for c, k in zip(columns, kinds, strict=True))
    return Rows(
        tags, np.array([tags.index(r[0]) for r in rows], np.int32), ts, value, quality, revision, loaded, np.arange(len(rows))
    )


def known(rows: Rows, admitted: set[int] | None = None) -> dict[str, list[tuple[int, float | None, int, int]]]:
    """tag -> (ts, value or None, quality, batch)."""
    return {
        tag: [
            (int(t), None if math.isnan(v) else float(v), int(q), int(b))
            for t, v, q, b in zip(s.ts, s.value, s.quality, s.batch, strict=True)
        ]
        for tag, s in resolve(rows, admitted).items()
    }


def test_r2_the_later_load_wins_where_nothing_is_declared() -> None:
    rows = stored(("A", 2, 5.0, GOOD, NONE, 2), ("A", 1, 1.0, GOOD, NONE, 1), ("A", 2, 7.0, UNCERTAIN, NONE, 1))
    assert known(rows) == {"A": [(1, 1.0, GOOD, 1), (2, 5.0, GOOD, 2)], "B": []}


def test_r2_a_declared_revision_wins_over_an_earlier_arrival_and_a_later_one() -> None:
    rows = stored(("A", 1, 2.0, GOOD, 12, 1), ("A", 1, 1.0, GOOD, 11, 2), ("A", 1, 0.0, GOOD, NONE, 3))
    assert known(rows)["A"] == [(1, 2.0, GOOD, 1)]


def test_r2_an_undeclared_row_counts_by_its_load_sequence() -> None:
    assert known(stored(("A", 1, 2.0, GOOD, 3, 1), ("A", 1, 1.0, GOOD, NONE, 4)))["A"] == [(1, 1.0, GOOD, 4)]


def test_r2_unequal_values_at_the_highest_declared_revision_leave_the_point_absent() -> None:
    rows = stored(("A", 1, 2.0, GOOD, 7, 1), ("A", 1, 3.0, GOOD, 7, 2), ("A", 1, 1.0, GOOD, 6, 3), ("A", 2, 1.0, GOOD, 6, 3))
    assert known(rows)["A"] == [(1, None, BAD, 1), (2, 1.0, GOOD, 3)]
    assert messages(contradictions(rows, "a.csv")) == [
        "a.csv: warning R027: A at 1970-01-01T00:00:00.000001Z: batches declare unequal values at revision 7; the point is absent"
    ]
    assert known(rows, {2, 3})["A"] == [(1, 3.0, GOOD, 2), (2, 1.0, GOOD, 3)]
    assert contradictions(rows, "a.csv", {2, 3}) == ()


def test_r2_unequal_quality_is_a_contradiction_too() -> None:
    assert known(stored(("A", 1, 2.0, GOOD, 7, 1), ("A", 1, 2.0, UNCERTAIN, 7, 2)))["A"] == [(1, None, BAD, 1)]


def test_r2_a_higher_revision_settles_a_contradiction() -> None:
    rows = stored(("A", 1, 2.0, GOOD, 7, 1), ("A", 1, 3.0, GOOD, 7, 2), ("A", 1, 4.0, GOOD, 8, 3))
    assert known(rows)["A"] == [(1, 4.0, GOOD, 3)]
    assert contradictions(rows, "a.csv") == ()


def test_r2_equal_values_are_one_and_the_earliest_batch_is_named() -> None:
    rows = stored(
        ("A", 1, -0.0, GOOD, 7, 5), ("A", 1, 0.0, GOOD, 7, 2), ("B", 1, math.nan, BAD, 7, 2), ("B", 1, math.nan, BAD, 7, 1)
    )
    assert known(rows) == {"A": [(1, 0.0, GOOD, 2)], "B": [(1, None, BAD, 1)]}


def test_r2_many_contradictions_are_counted() -> None:
    rows = stored(*[("A", i, float(b), GOOD, 7, b) for i in range(25) for b in (1, 2)])
    found = contradictions(rows, "a.csv")
    assert (len(found), found[-1].message) == (21, "more points absent for contradicting batches: 5")


def test_r2_nothing_known_is_an_empty_series() -> None:
    assert known(stored(("A", 1, 1.0, GOOD, NONE, 1)), set()) == {"A": [], "B": []}


# --- inside one batch


def test_r2_unequal_values_in_one_batch_all_go_to_quarantine() -> None:
    one = one_value_each(batch([("B", 5 * SECOND, 1.0), ("A", 5 * SECOND, 2.0), ("B", 5 * SECOND, 3.0), ("B", 6 * SECOND, 4.0)]))
    assert [row[:3] for row in rows_of(one)] == [("A", 5 * SECOND, 2.0), ("B", 6 * SECOND, 4.0)]
    reason = "B at 1970-01-01T00:00:05Z: unequal values in one batch"
    assert one.rejected == (
        ("a.csv", 2, "1970-01-01T00:00:05Z,B,1.0,good,", reason),
        ("a.csv", 4, "1970-01-01T00:00:05Z,B,3.0,good,", reason),
    )
    assert messages(one.issues) == [f"a.csv:2: warning R026: {reason}", f"a.csv:4: warning R026: {reason}"]


def test_r2_repeated_rows_are_one_and_the_first_line_stays() -> None:
    one = one_value_each(batch([("A", 1, 0.0), ("A", 1, -0.0), ("A", 1, 0.0)]))
    assert (rows_of(one), one.rejected, one.issues) == ([("A", 1, 0.0, GOOD, NONE, 2)], (), ())


def test_r2_revisions_tell_rows_of_one_batch_apart() -> None:
    one = one_value_each(batch([("A", 1, 3.0, GOOD, 2), ("A", 1, 2.0, GOOD, 1)]))
    assert [row[2] for row in rows_of(one)] == [2.0, 3.0]
    assert one.rejected == ()


def test_r2_an_older_revision_does_not_stand_in_for_a_contradicted_one() -> None:
    rows: list[Row] = [("A", 1, 4.0, GOOD, 1), ("A", 1, 5.0, GOOD, 2), ("A", 1, 6.0, GOOD, 2), ("A", 1, 7.0, GOOD, 3)]
    assert [row[2] for row in rows_of(one_value_each(batch(rows)))] == [7.0]
    assert rows_of(one_value_each(batch(rows[:3]))) == []
    place = "A at 1970-01-01T00:00:00.000001Z"
    assert [reason for *_, reason in one_value_each(batch(rows[:3])).rejected] == [
        f"{place}: superseded by unequal values in one batch",
        *[f"{place}: unequal values in one batch"] * 2,
    ]


def test_r2_many_contradictions_in_a_batch_are_all_kept_and_twenty_shown() -> None:
    one = one_value_each(batch([("A", 1, float(i)) for i in range(25)]))
    assert (len(one.rejected), len(one.issues)) == (25, 21)
    assert one.issues[-1].message == "more rows rejected for unequal values: 5"


POINTS = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.integers(0, 3),
        st.sampled_from([0.0, 1.0, 2.0]),
        st.sampled_from([GOOD, UNCERTAIN]),
        st.integers(0, 2),
    ),
    max_size=24,
)


@given(POINTS, st.randoms(use_true_random=False))
def test_i5_the_order_inside_a_batch_never_matters(rows: list[Row], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = one_value_each(batch(rows)), one_value_each(batch(shuffled))
    assert [row[:5] for row in rows_of(one)] == [row[:5] for row in rows_of(other)]
    assert batch_id(one) == batch_id(other)
    assert sorted(r[2:] for r in one.rejected) == sorted(r[2:] for r in other.rejected)
    again = one_value_each(one)
    assert (rows_of(again), again.rejected) == (rows_of(one), one.rejected)


@given(POINTS)
def test_r2_one_value_each_agrees_with_the_clause_read_aloud(rows: list[tuple[str, int, float, int, int]]) -> None:
    expected = set()
    for point, found in groupby(sorted(rows), key=lambda row: row[:2]):
        by_revision: dict[int, set[tuple[float, int]]] = {}
        for _, _, value, quality, revision in found:
            by_revision.setdefault(revision, set()).add((value, quality))
        torn = max((r for r, said in by_revision.items() if len(said) > 1), default=-1)
        expected |= {(*point, *next(iter(said)), r) for r, said in by_revision.items() if r > torn}
    assert {row[:5] for row in rows_of(one_value_each(batch(rows)))} == expected


@given(POINTS, st.permutations(range(3)))
def test_r2_batches_that_declare_revisions_may_arrive_in_any_order(
    rows: list[tuple[str, int, float, int, int]], order: list[int]
) -> None:
    def arrived(places: list[int]) -> dict[str, list[tuple[int, float | None, int]]]:
        loaded = stored(*[(*row, places[i % 3] + 1) for i, row in enumerate(rows)], tags=("A", "B", "C"))
        return {tag: [found[:3] for found in series] for tag, series in known(loaded).items()}

    assert arrived([0, 1, 2]) == arrived(order)


def test_i5_the_id_is_of_values_not_of_names_places_or_lines() -> None:
    rows: list[Row] = [("A", 1, 1.0), ("B", 1, 1.0)]
    base = batch_id(one_value_each(batch(rows)))
    assert base == batch_id(one_value_each(batch(rows[::-1], source="b.csv", rejected=(("b.csv", 9, "x", "y"),))))
    changes: list[list[Row]] = [
        [("A", 1, 1.0)],
        [("A", 1, 1.0), ("C", 1, 1.0)],
        [("A", 2, 1.0), ("B", 1, 1.0)],
        [("A", 1, 1.0000000000000002), ("B", 1, 1.0)],
        [("A", 1, 1.0, UNCERTAIN, NONE), ("B", 1, 1.0)],
        [("A", 1, 1.0, GOOD, 0), ("B", 1, 1.0)],
    ]
    assert len({base, *(batch_id(one_value_each(batch(changed))) for changed in changes)}) == 7


def test_r2_a_contradiction_is_told_in_local_time_and_its_row_keeps_its_name() -> None:
    point = instant(datetime(2026, 7, 4, 4, tzinfo=UTC))  # 06:00 in Berlin
    both = batch([("A", point, 1.0), ("A", point, 2.0)])
    local, plain = one_value_each(replace(both, zone="Europe/Berlin")), one_value_each(both)
    assert [reason for *_, reason in local.rejected] == ["A at 2026-07-04T06:00:00+02:00: unequal values in one batch"] * 2
    assert local.issues[0].at == Location("a.csv", 2, text="2026-07-04T06:00:00+02:00,A,1.0,good,")
    assert [text for _, _, text, _ in local.rejected] == [text for _, _, text, _ in plain.rejected]  # the id follows from it
