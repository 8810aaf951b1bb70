"""Composite samples (Q5): each stands for exactly the time over which it was drawn, however shifts cut it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import hourly, known, meter, opened, plant, series, shift, span
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.plant.model import Material, Meter, Plant
from shiftledger.quantities.assays import carried
from shiftledger.quantities.gauges import Gauge, gauge_of, readings_of, rule_of
from shiftledger.quantities.kernel import held_pieces
from shiftledger.quantities.measure import measure
from shiftledger.quantities.quantity import ShiftQuantities
from shiftledger.quantities.reach import looks
from shiftledger.readings.batch import Series
from shiftledger.readings.samples import Samples, samples_of, standing_at

IRON = Material("iron", "t", priced_on="Fe")
LAB = meter("LAB", "lab", "%", stream="feed", component="Fe", length=24 * HOUR, max_hold=4 * HOUR, sigma="0.5")
PLANT = plant(meter(), LAB, material=IRON)

Drawn = tuple[float, float, float]  # begin (min), minutes (0: a moment), value


def composites(*drawn: Drawn) -> dict[str, Series]:
    rows = sorted(drawn)
    lasts = [(begin, minutes * 60.0) for begin, minutes, _ in rows if minutes]
    return known(series("LAB", [(begin, value) for begin, _, value in rows]), series("LAB#duration", lasts))


def pieces(*drawn: Drawn, start: float = 0, end: float = 1440) -> list[tuple[float, float, float]]:
    found = held_pieces(readings_of(LAB, composites(*drawn)), span(start, end), rule_of(LAB))
    zero = span(0, 1).start
    return [
        ((int(a) - zero) / MINUTE, (int(b) - zero) / MINUTE, float(y))
        for a, b, y in zip(found.start, found.end, found.y0, strict=True)
    ]


def measured(slot: str, *drawn: Drawn, of: Plant = PLANT) -> ShiftQuantities:
    return measure(of, shift(slot), {**composites(*drawn), **known(hourly("FT-1", 100))}, {}, {}).result


def test_q5_a_composite_stands_for_its_interval_and_for_nothing_else() -> None:
    """Drawn from 02:00 to 06:00: neither before, nor after, however short or long max_hold (4 h) is."""
    assert pieces((120, 240, 60.0)) == [(120, 360, 60.0)]
    assert pieces((120, 600, 60.0)) == [(120, 720, 60.0)]
    assert pieces((120, 30, 60.0)) == [(120, 150, 60.0)]


def test_q5_a_moments_sample_stands_until_the_next_one_of_either_kind() -> None:
    """A grab sample at 00:00 stands until the composite begins at 02:00; one at 07:00 for max_hold = 4 h."""
    assert pieces((0, 0, 50.0), (120, 240, 60.0), (420, 0, 55.0)) == [(0, 120, 50.0), (120, 360, 60.0), (420, 660, 55.0)]


def test_q5_of_two_composites_the_one_begun_last_counts_and_the_longer_goes_on_after_it() -> None:
    """A day's composite of 60 %, and one of 50 % from 08:00 to 12:00 in it; one of 40 % that crosses its end."""
    assert pieces((0, 1200, 60.0), (480, 240, 50.0), (1140, 120, 40.0)) == [
        (0, 480, 60.0),
        (480, 720, 50.0),
        (720, 1140, 60.0),
        (1140, 1260, 40.0),
    ]


def test_q5_a_composite_across_the_boundary_gives_each_shift_its_own_time() -> None:
    """100 t/h; 60 % from 06:00 to 10:00. N (00-08) knows 2 h: 200 t x 0.6 = 120 t; D (08-16) 2 h as well: 120 t. Together 240."""
    found = [measured(slot, (360, 240, 60.0)).streams["feed"] for slot in "ND"]
    assert [one.quanta for one in found] == [120_000, 120_000]
    assert [one.coverage for one in found] == [0.25, 0.25]
    assert [opened(one) for one in found] == [120_000, 120_000]
    assert all("stale" in one.marks and one.status == "provisional" for one in found)


def test_q6_both_shifts_have_the_error_of_the_one_sample() -> None:
    """sigma 0.5 % on 200 t each: 1 t from one source, so the two together have 2 t, not the root of 2."""
    found = [measured(slot, (360, 240, 60.0)).streams["feed"] for slot in "ND"]
    source = "assay:LAB:2026-03-04T06:00:00Z"
    assert [one.errors[source] for one in found] == pytest.approx([1.0, 1.0])


def test_q6_a_sample_that_another_one_interrupts_has_one_error() -> None:
    """60 % from 00:00 to 08:00 but for 50 % from 02:00 to 04:00: 6 h x 100 t x 0.5 % = 3 t, and 1 t."""
    found = measured("N", (0, 480, 60.0), (120, 120, 50.0))
    feed = found.streams["feed"]
    assert feed.quanta == 460_000  # 600 x 0.6 + 200 x 0.5
    assert feed.errors["assay:LAB:2026-03-04T00:00:00Z"] == pytest.approx(3.0)
    assert feed.errors["assay:LAB:2026-03-04T02:00:00Z"] == pytest.approx(1.0)
    mean = found.conditions[("mill", "Fe")]
    assert mean.value == pytest.approx(57.5)  # (6 x 60 + 2 x 50) / 8
    assert mean.errors["assay:LAB:2026-03-04T00:00:00Z"] == pytest.approx(0.5 * 6 / 8)


def test_q5_an_overlap_is_said_once_with_both_samples_and_their_time() -> None:
    drawn = ((0, 300, 60.0), (240, 240, 50.0))
    done = measure(PLANT, shift("N"), {**composites(*drawn), **known(hourly("FT-1", 100))}, {}, {})
    (issue,) = [one for one in done.issues if one.code == "Q005"]
    assert issue.at is not None
    assert issue.at.file == "meters.csv"
    assert issue.message == (
        "LAB, 2026-03-04.N: the samples begun 2026-03-04T00:00:00Z (60.0) and 2026-03-04T04:00:00Z (50.0) both stand from "
        "2026-03-04T04:00:00Z to 2026-03-04T05:00:00Z; the later one counts"
    )
    feed = done.result.streams["feed"]
    assert "overlap" in feed.marks
    (told,) = [one for one in feed.decisions if one.kind == "overlap"]
    assert [one.value for one in told.evidence] == [60.0, 50.0]
    assert "overlap" in done.result.conditions[("mill", "Fe")].marks


def test_q5_a_moments_sample_inside_a_composite_is_no_overlap() -> None:
    """60 % from 00:00 to 08:00; a grab sample of 50 % at 02:00 stands for max_hold = 4 h of it, and nobody is asked about it."""
    done = measure(PLANT, shift("N"), {**composites((0, 480, 60.0), (120, 0, 50.0)), **known(hourly("FT-1", 100))}, {}, {})
    assert [one.code for one in done.issues if one.code == "Q005"] == []
    assert done.result.streams["feed"].quanta == 440_000  # 4 h x 60 + 4 h x 50


def test_q5_a_composite_ends_what_stood_before_it_for_good() -> None:
    assert pieces((0, 0, 50.0), (60, 60, 60.0)) == [(0, 60, 50.0), (60, 120, 60.0)]


def test_i8_after_a_composite_nothing_is_known_and_nothing_stale() -> None:
    """Until 04:00; what it was drawn over is over. A sample of a moment that stood too long is stale instead."""
    told = measured("N", (0, 240, 60.0)).streams["feed"]
    assert [(one.kind, one.end - one.start) for one in told.decisions] == [("gap", 4 * HOUR)]
    assert [one.kind for one in measured("N", (0, 0, 60.0)).streams["feed"].decisions] == ["stale"]


def test_q5_a_composite_from_long_before_still_stands() -> None:
    """Drawn from the day before 16:00 on for 24 h; max_hold of 4 h says nothing of it. It is told as a value from before the shift."""
    found = measured("D", (-480, 1440, 60.0)).streams["feed"]
    assert (found.quanta, found.status, [one.kind for one in found.decisions]) == (480_000, "measured", ["hold"])


def test_q5_composites_that_meet_do_not_overlap() -> None:
    found = measured("N", (0, 240, 60.0), (240, 240, 50.0)).streams["feed"]
    assert (found.quanta, found.status, found.marks) == (440_000, "measured", ())


def test_q5_a_bad_composite_covers_nothing_of_its_time() -> None:
    readings = composites((0, 480, 60.0), (120, 120, 50.0))
    bad = replace(readings["LAB"], quality=np.array([0, 2], np.int8), value=readings["LAB"].value * [1, float("nan")])
    found = held_pieces(samples_of("LAB", {**readings, "LAB": bad}, 4 * HOUR), span(0, 480), rule_of(LAB))
    assert found.covered == 6 * HOUR


def test_q5_without_the_companion_nothing_changes() -> None:
    """A laboratory meter of composites reads plain samples as any other does."""
    plain = samples_of("LAB", known(series("LAB", [(0, 60.0)])), 4 * HOUR)
    assert not isinstance(plain, Samples)
    assert held_pieces(plain, span(0, 480), rule_of(LAB)).covered == 4 * HOUR


def test_n5_a_day_looks_as_far_back_as_its_longest_composite() -> None:
    assert {tag: back for tag, back, _ in looks(PLANT) if tag.startswith("LAB")} == {"LAB": 24 * HOUR, "LAB#duration": 24 * HOUR}


drawn_samples = st.lists(
    st.tuples(st.integers(0, 1400), st.one_of(st.just(0), st.integers(1, 600)), st.floats(1, 99)),
    max_size=8,
    unique_by=lambda one: one[0],
)


def _means(one: Meter) -> Gauge:
    found = gauge_of(PLANT, PLANT.streams["feed"], [meter(), one])
    assert isinstance(found, Gauge)
    return found


@given(drawn_samples, st.lists(st.integers(1, 1439), max_size=4, unique=True))
def test_q7_parts_of_a_time_with_composites_sum_to_the_whole(drawn: list[Drawn], cuts: list[int]) -> None:
    """Wherever the time is cut: covered time and component mass. And at every minute the sample begun last that still stands counts."""
    readings = readings_of(LAB, composites(*drawn))
    edges = [0, *sorted(cuts), 1440]
    gauge = _means(LAB)
    assert gauge.basis is not None

    def course(start: float, end: float) -> tuple[int, float]:
        flow = held_pieces(series("FT-1", [(0, 100.0)]), span(start, end), replace(rule_of(LAB), max_hold=48 * HOUR))
        found = carried(flow, readings, span(start, end), gauge.basis)  # type: ignore[arg-type]
        return found.covered, found.total

    parts = [course(a, b) for a, b in pairwise(edges)]
    whole = course(0, 1440)
    assert sum(covered for covered, _ in parts) == whole[0]
    assert sum(total for _, total in parts) == pytest.approx(whole[1])
    held = held_pieces(readings, span(0, 1440), rule_of(LAB))
    for a, y in zip(held.start.tolist(), held.y0.tolist(), strict=True):
        assert readings.value[standing_at(readings, a)] == y
