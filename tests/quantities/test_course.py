"""Courses of any meter, what fills their gaps, and the readings behind them, at the very edges (Q1, I7)."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from quantities.building import at, known, meter, opened, plant, raw_series, series, shift, span
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.quantities.bands import band_share
from shiftledger.quantities.course import last_good, readings_behind
from shiftledger.quantities.kernel import Rule
from shiftledger.quantities.measure import measure
from shiftledger.quantities.streams import metered, posted
from shiftledger.readings.batch import BAD, GOOD


def test_q1_the_last_good_reading_is_at_or_before_the_gap_and_at_most_max_hold_old() -> None:
    rule, gap = Rule("rate", max_gap=HOUR, max_hold=2 * HOUR), at(480)
    assert last_good(raw_series("A", [(gap - 5, 1.0, GOOD), (gap, 2.0, GOOD), (gap + 1, 3.0, GOOD)]), gap, rule)[0] == 2.0
    assert last_good(raw_series("A", [(gap - 5, 1.0, GOOD), (gap, 2.0, BAD)]), gap, rule)[0] == 1.0
    assert last_good(raw_series("A", [(gap - 2 * HOUR, 4.0, GOOD)]), gap, rule) == (4.0, gap)
    assert last_good(raw_series("A", [(gap - 2 * HOUR - 1, 4.0, GOOD)]), gap, rule)[0] is None


def test_q1_a_register_fills_with_its_last_step_inside_max_hold() -> None:
    rule, gap = Rule("counter", max_gap=HOUR, max_hold=2 * HOUR), at(480)
    steps = series("A", [(359, 0.0), (360, 1.0), (420, 7.0), (480, 11.0), (481, 90.0)])
    assert last_good(steps, gap, rule)[0] == 4.0  # the step that ends at the gap, by the hour
    older = series("A", [(360, 1.0), (420, 7.0)])
    assert last_good(older, gap, rule) == (6.0, gap)
    assert last_good(older, gap + 1, rule)[0] is None  # its beginning is too old by a microsecond


def test_q1_i8_the_last_good_reading_fills_until_it_is_max_hold_old_wherever_the_shift_is_cut() -> None:
    """Read at 6:00 for the last time, held for 4 h: the shift from 8:00 to 16:00 has it for 2 h, and from 10:00 on nothing is known."""
    place = plant(meter(fill="last-good", max_gap=30 * MINUTE, max_hold=4 * HOUR))
    told = series("FT-1", [(300, 10.0), (330, 10.0), (360, 6.0)])
    found = measure(place, shift(), known(told), {}, {}).result.streams["feed"]
    assert (found.quanta, found.status) == (12_000, "provisional")
    assert opened(found) == found.quanta
    fill, rest = found.decisions
    assert [(one.kind, one.start, one.end, one.amount) for one in (fill, rest)] == [
        ("fill", at(480), at(600), 12.0),
        ("gap", at(600), at(960), None),
    ]


def test_i7_a_held_value_rests_on_the_reading_at_the_start_and_none_before_it() -> None:
    rule = Rule("held", max_hold=8 * HOUR)
    told = series("A", [(400, 1.0), (480, 2.0), (700, 3.0), (960, 4.0)])
    assert readings_behind(told, span(480, 960), rule).value.tolist() == [2.0, 3.0]
    assert readings_behind(told, span(481, 961), rule).value.tolist() == [2.0, 3.0, 4.0]
    assert readings_behind(told, span(300, 399), rule).value.tolist() == []


def test_i7_interval_readings_behind_a_shift_end_in_it_or_begin_in_it() -> None:
    rule = Rule("interval", length=15 * 60_000_000)
    told = series("A", [(480, 1.0), (495, 2.0), (960, 3.0), (974, 4.0), (975, 5.0)])
    assert readings_behind(told, span(480, 960), rule).value.tolist() == [2.0, 3.0, 4.0]


def test_i7_an_estimate_by_the_last_good_reading_opens_to_itself() -> None:
    """The gap's rate comes from before it, and the course around it from readings on both sides of the shift."""
    place = plant(meter(fill="last-good", max_gap=45 * MINUTE, max_hold=8 * HOUR))
    told = series("FT-1", [(470, 10.0), (500, 8.0), (530, 6.0), (930, 4.0), (950, 2.0), (990, 2.0)])
    found = measure(place, shift(), known(told), {}, {}).result.streams["feed"]
    # 20 min x 10 + 30 x 8, filled 400 x 6, 20 x 4 + 10 x 2, in t/h over minutes
    assert found.quanta == round(1000 * (20 * 10 + 30 * 8 + 400 * 6 + 20 * 4 + 10 * 2) / 60)
    assert opened(found) == found.quanta


def test_q1_a_metered_amount_is_positive_from_source_to_target() -> None:
    told, rule = series("A", [(480, 6.0), (540, 6.0)]), Rule("rate", max_gap=HOUR)
    assert metered(told, start=at(480), end=at(540), rule=rule) == 6.0
    assert metered(told, start=at(480), end=at(540), rule=rule, sign=-1) == -6.0


def test_l5_posted_amounts_are_summed_before_they_are_rounded() -> None:
    assert posted(0.6, 0.6, quantum=Decimal(1)) == 1
    assert posted(7, 0.6, 0.6, quantum=Decimal(1)) == 8
    assert posted(7, -2, quantum=Decimal("0.001")) == 5


def test_l5_bands_below_one_unit_share_like_any_other() -> None:
    def shares(*weights: float) -> list[int]:
        total = float(np.sum(weights))
        return [band_share(total, *weights, amounts=1, index=i, quantum=Decimal(1)) for i in range(len(weights))]

    assert shares(0.6, 0.6, 0.6) == [1, 1, 0]
    assert shares(-0.6, -0.6, -0.6) == [-1, -1, 0]
    assert shares(0.6, -0.6, 0.6) == [1, -1, 1]
    assert shares(0.0, 0.6, 0.6, 0.6) == [0, 1, 1, 0]
