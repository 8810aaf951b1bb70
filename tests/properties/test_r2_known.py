"""R2 on generated histories of loads: the lake against the clause read aloud, row by row (R2, I5, R4)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import event, given, settings
from hypothesis import strategies as st

from properties.effort import EXAMPLES
from readings.small import batch
from shiftledger.acts.state import State, connect
from shiftledger.readings.batch import BAD, UNDECLARED
from shiftledger.readings.lake import append, quarantined, read, watermark
from shiftledger.readings.quality import resolve

HOUR = 3_600_000_000
Row = tuple[str, int, float, int, int]  # tag, ts, value, quality, revision
Point = tuple[str, int]
Said = tuple[str, int]  # repr of value, quality: readings are equal if these are
TAGS = ("A", "B")


@dataclass(frozen=True, slots=True)
class Load:
    """Rows of one file and when they became known."""

    rows: tuple[Row, ...]
    known_at: int


@dataclass(slots=True)
class Told:
    """What was ever said, and what follows from it: no arrays, no sorting of columns, only the clause."""

    rows: list[tuple[int, int, Row]] = field(default_factory=list)  # load, known_at, row
    ids: set[frozenset[tuple[str, int, str, int, int]]] = field(default_factory=set)
    torn: set[tuple[str, int, str, int, int]] = field(default_factory=set)
    loads: int = 0

    def load(self, rows: Iterable[Row], known_at: int) -> bool:
        """Take in one batch; False if it says nothing new."""
        kept = self.one_value_each(list(rows))
        identity = frozenset((tag, ts, *said(row), rev) for row in kept for tag, ts, _, _, rev in [row])
        if not kept or identity in self.ids:
            return False
        earlier = [entry for entry in self.rows if entry[1] <= known_at]
        fresh = [row for row in kept if not (self.is_said(row, self.rows) and self.is_said(row, earlier))]
        if not fresh:
            return False
        self.ids.add(identity)
        self.loads += 1
        self.rows += [(self.loads, known_at, row) for row in fresh]
        return True

    def one_value_each(self, rows: list[Row]) -> list[Row]:
        spoken = defaultdict(set)
        for row in rows:
            spoken[row[0], row[1], row[4]].add(said(row))
        worst: dict[Point, int] = {}
        for (tag, ts, revision), values in spoken.items():
            if len(values) > 1:
                worst[tag, ts] = max(revision, worst.get((tag, ts), revision))
        kept: dict[tuple[object, ...], Row] = {}
        for row in rows:
            if (row[0], row[1]) in worst and row[4] <= worst[row[0], row[1]]:
                self.torn.add((row[0], row[1], *said(row), row[4]))
            else:
                kept[(row[0], row[1], *said(row), row[4])] = row
        return list(kept.values())

    def is_said(self, row: Row, among: list[tuple[int, int, Row]]) -> bool:
        if row[4] != UNDECLARED:
            return any(other[:2] == row[:2] and other[4] == row[4] and said(other) == said(row) for _, _, other in among)
        winning = winners(among).get((row[0], row[1]), set())
        return winning == {said(row)}

    def known(self, upto: int) -> dict[str, list[tuple[int, str, int]]]:
        found: dict[str, list[tuple[int, str, int]]] = {}
        for (tag, ts), values in sorted(winners([entry for entry in self.rows if entry[0] <= upto]).items()):
            value, quality = next(iter(values)) if len(values) == 1 else ("nan", BAD)
            found.setdefault(tag, []).append((ts, value, quality))
        return found


def said(row: Row) -> Said:
    return repr(row[2] + 0.0), row[3]


def winners(rows: list[tuple[int, int, Row]]) -> dict[Point, set[Said]]:
    """For each point all that is said at its highest revision."""
    points: dict[Point, dict[int, set[Said]]] = defaultdict(lambda: defaultdict(set))
    for load, _, row in rows:
        points[row[0], row[1]][load if row[4] == UNDECLARED else row[4]].add(said(row))
    return {point: levels[max(levels)] for point, levels in points.items()}


def known(state: State, upto: int) -> dict[str, list[tuple[int, str, int]]]:
    series = resolve(read(state, TAGS, -(10**15), 10**15, upto))
    columns = {tag: zip(one.ts.tolist(), one.value.tolist(), one.quality.tolist(), strict=True) for tag, one in series.items()}
    return {tag: [(ts, repr(value), quality) for ts, value, quality in rows] for tag, rows in columns.items() if len(series[tag])}


def rows_of(revisions: st.SearchStrategy[int]) -> st.SearchStrategy[Row]:
    """Few points and few values, so that rows meet: repeated, corrected, contradicted."""
    good = st.tuples(
        st.sampled_from(TAGS), st.integers(0, 2), st.sampled_from((0.0, -0.0, 1.0, 1.5)), st.sampled_from((0, 1)), revisions
    )
    bad = st.tuples(st.sampled_from(TAGS), st.integers(0, 2), st.just(math.nan), st.just(BAD), revisions)
    row = st.one_of(good, good, good, bad)
    return row.map(lambda r: (r[0], r[1] * 20 * HOUR, r[2], r[3], r[4]))  # the points lie on two days


ANY = st.one_of(st.just(UNDECLARED), st.integers(0, 4))
LOADS = st.lists(
    st.builds(Load, st.lists(rows_of(ANY), min_size=1, max_size=6).map(tuple), st.integers(0, 3)), min_size=1, max_size=5
)


@given(loads=LOADS, seed=st.integers(0, 99))
@settings(max_examples=EXAMPLES * 2)
def test_r2_what_is_known_after_any_history_of_loads_is_what_the_clause_says(loads: list[Load], seed: int) -> None:
    random, told = Random(seed), Told()
    history = [*loads, *random.sample(loads, min(2, len(loads)))]  # some come twice: A, B, A
    with TemporaryDirectory() as place:
        state = connect(Path(place))
        then: dict[int, object] = {}
        for load in history:
            shuffled = random.sample(load.rows, len(load.rows))
            report = append(state, batch(shuffled), load.known_at).result
            assert report.loaded == told.load(load.rows, load.known_at)
            assert report.rows == len(load.rows)
            last = watermark(state)
            assert last == (told.loads or -1)
            assert known(state, last) == told.known(last)
            assert then.setdefault(last, known(state, last)) == known(state, last)
        for upto, what in then.items():  # what was known is known to have been known
            assert known(state, upto) == what == told.known(upto)
        assert len({(text, reason) for _, _, text, reason in quarantined(state)}) == len(told.torn)
        event("some load said nothing new" if told.loads < len(history) else "every load said something")
        event("contradictions in a batch" if told.torn else "no contradiction in a batch")
        state.engine.dispose()


@given(loads=LOADS)
@settings(max_examples=EXAMPLES)
def test_r2_loading_everything_again_changes_nothing(loads: list[Load]) -> None:
    with TemporaryDirectory() as place:
        state = connect(Path(place))
        for load in loads:
            append(state, batch(load.rows), load.known_at)
            before = watermark(state), known(state, watermark(state)), quarantined(state)
            again = append(state, batch(load.rows[::-1]), load.known_at + 1)
            assert not again.result.loaded
            assert (watermark(state), known(state, watermark(state)), quarantined(state)) == before
        state.engine.dispose()


DECLARED = st.lists(st.lists(rows_of(st.integers(0, 4)), min_size=1, max_size=5), min_size=2, max_size=4)


@given(batches=DECLARED, seed=st.integers(0, 99))
@settings(max_examples=EXAMPLES)
def test_i5_batches_that_declare_revisions_may_come_in_any_order(batches: list[list[Row]], seed: int) -> None:
    orders = [batches, batches[::-1], Random(seed).sample(batches, len(batches))]
    found = []
    for order in orders:
        with TemporaryDirectory() as place:
            state = connect(Path(place))
            for rows in order:
                append(state, batch(rows), 0)
            found.append(known(state, watermark(state)))
            state.engine.dispose()
    assert found[0] == found[1] == found[2]
