"""Spikes of counters without max_rate (Q2, as the blip upside down): by hand, and against what truly flowed."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import at, known, meter, plant, series, shift, span
from quantities.test_registers import count, rule, told
from shiftledger.core.period import HOUR
from shiftledger.quantities.gauges import Gauge, gauge_of
from shiftledger.quantities.registers import narrowed
from shiftledger.quantities.streams import stream_quantity

PACE = [(15 * i, 100.0 + 10 * i) for i in range(8)]  # 10 every quarter of an hour


def with_values(**changes: float) -> list[tuple[float, float]]:
    """The regular trace with other values at some minutes (m30 = ...)."""
    by_minute = {int(name[1:]): value for name, value in changes.items()}
    return [(minute, by_minute.get(minute, value)) for minute, value in PACE]


def test_q2_a_spike_and_its_return_are_last_before_to_first_after() -> None:
    """100, 110, 9000, 130: the leap of 8,890 is 889 times the pace of 10 a step; back at 130 it is where it would be: 20 in two steps."""
    register = series("C", with_values(m30=9000.0))
    assert told(register, rule()) == [("spike", 15, 45, 20.0)]
    assert count(register, rule(), 0, 105) == 70_000
    assert (count(register, rule(), 0, 30), count(register, rule(), 30, 105)) == (20_000, 50_000)  # shared by time


def test_q2_several_wrong_readings_in_a_row_and_several_spikes() -> None:
    assert told(series("C", with_values(m30=9000.0, m45=9000.0, m60=7000.0)), rule()) == [("spike", 15, 75, 40.0)]
    twice = series("C", with_values(m15=9999.0, m60=9999.0))
    low = series("C", [(15 * i, value) for i, value in enumerate([500.0, 502.0, 3.0, 506.0, 508.0, 510.0, 3.0, 514.0, 516.0])])
    assert [kind for kind, *_ in told(low, rule())] == ["blip", "blip"]  # from low to low is no spike
    assert told(twice, rule()) == [("spike", 0, 30, 20.0), ("spike", 45, 75, 20.0)]  # and no line lost between two equal heights
    assert count(twice, rule(), 0, 105) == 70_000


def test_q2_a_true_jump_stays() -> None:
    """It counts on from 9,000: 8,890 flowed in a quarter of an hour, or somebody filled a tank. No max_rate says otherwise."""
    jumped = [(minute, value if minute < 30 else value + 8880) for minute, value in PACE]
    assert told(series("C", jumped), rule()) == []
    assert count(series("C", jumped), rule(), 0, 105) == 70_000 + 8_880_000


@pytest.mark.parametrize(
    ("values", "judged"),
    [
        ([100.0, 110.0, 190.0, 130.0, 140.0], "fall"),  # 80 in a step is 8 times the pace: no leap
        ([100.0, 110.0, 210.0, 130.0, 140.0], "fall"),  # nor are ten times
        ([0.0, 9000.0, 0.0, 10.0, 20.0], "reset"),  # from zero to zero: filled and set back, as far as anybody knows
        ([100.0, 110.0, 9000.0, 105.0, 115.0], "fall"),  # below where it leapt from
        ([100.0, 110.0, 9000.0, 0.0, 10.0], "reset"),  # zero is where a register begins anew
        ([100.0, 110.0, 9000.0, 700.0, 710.0], "fall"),  # 590 on from 110 in two steps: not back on its course
    ],
)
def test_q2_what_is_no_spike_is_judged_as_before(values: list[float], judged: str) -> None:
    kinds = {kind for kind, *_ in told(series("C", [(15 * i, value) for i, value in enumerate(values)]), rule())}
    assert kinds == {judged}


def test_q2_a_fall_that_may_be_a_turn_is_no_return_of_a_spike() -> None:
    """500 a step on a register of 1,000 shows 100 and 600 in turn: every fall is a turn."""
    fast = series("C", [(15 * i, float((100 + 500 * i) % 1000)) for i in range(8)])
    assert {kind for kind, *_ in told(fast, rule(modulus=Decimal(1000)))} == {"rollover"}
    assert count(fast, rule(modulus=Decimal(1000)), 0, 105) == 3_500_000


def test_q2_a_register_at_rest_must_come_back_exactly() -> None:
    rests = [(15 * i, 700.0) for i in range(8)]
    spiked = [*rests[:3], (45, 9000.0), *rests[4:]]
    assert told(series("C", spiked), rule()) == [("spike", 30, 60, 0.0)]
    assert [kind for kind, *_ in told(series("C", [*spiked[:4], (60, 701.0)]), rule())] == ["blip-open"]


def test_q2_with_max_rate_nothing_changes() -> None:
    register = series("C", with_values(m30=9000.0))
    assert told(register, rule(max_rate=Decimal(60))) == [("disqualified", 15, 45, 20.0)]
    assert [kind for kind, *_ in told(register, rule(max_rate=Decimal(100_000)))] == ["reset"]  # the text allows both


def figure(rows: list[tuple[float, float]]) -> tuple[int | None, str, tuple[str, ...], list[str]]:
    """Shift N, 00-08."""
    made = plant(meter("C", "counter", "t", max_gap=HOUR, max_hold=12 * HOUR))
    gauge = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(gauge, Gauge)
    found, _, issues = stream_quantity(gauge, shift("N"), known(series("C", rows)))
    return found.quanta, found.status, found.marks, [issue.code for issue in issues]


def test_q2_until_the_return_is_seen_the_figure_is_provisional() -> None:
    """10 t an hour from 00:00; 900 t at 07:30. Nothing follows: booked, for it may be true. At 08:00 the register is back, or goes on."""
    hours = [(60 * i, 100.0 + 10 * i) for i in range(8)]
    leap = [*hours, (450, 1075.0), (480, 1075.0)]
    assert figure(leap) == (975_000, "provisional", ("leap-open",), ["Q031"])
    assert figure([*hours, (450, 1075.0), (480, 180.0), (540, 190.0)]) == (80_000, "measured", ("counter-fault",), ["Q030"])
    assert figure([*leap, (540, 1085.0)]) == (975_000, "measured", (), [])


def test_q2_two_paces_make_nothing_usual() -> None:
    """10 t an hour twice, then 880 t, then rest: whether that is far above is not known from two."""
    rows = [(0, 100.0), (60, 110.0), (120, 120.0), *((60 * i, 1000.0) for i in range(3, 9))]
    assert figure(rows) == (900_000, "measured", (), [])
    assert figure([(-60, 90.0), *rows])[1:3] == ("provisional", ("leap-open",))


def test_q2_a_larger_step_in_an_uneven_course_is_no_leap() -> None:
    """Batches of 20 to 60 t and rests: nothing of it is ten times the usual."""
    rises = [20.0, 0.0, 0.0, 60.0, 0.0, 30.0, 0.0, 60.0, 0.0]
    rows = [(60.0 * i, 100.0 + sum(rises[:i])) for i in range(len(rises))]
    assert figure(rows) == (170_000, "measured", (), [])


def test_l7_a_day_heeds_the_return_of_its_spike_on_the_next_day() -> None:
    """The leap at 07:30 lies in N; the shift's readings must hold the return at 09:00, for it decides what N has."""
    rows = [*((60 * i, 100.0 + 10 * i) for i in range(8)), (450, 9000.0), (540, 190.0), (600, 200.0)]
    by = rule(max_hold=4 * HOUR, max_gap=4 * HOUR)
    kept = narrowed(series("C", rows), span(0, 480), by)
    assert at(540) in kept.ts.tolist()
    assert count(kept, by, 0, 480) == count(series("C", rows), by, 0, 480)


RISES = st.lists(st.integers(5_000, 15_000), min_size=6, max_size=40)


@given(RISES, st.data())
def test_q2_one_wrong_reading_far_above_changes_no_sum_and_a_true_jump_counts(rises: list[int], data: st.DataObject) -> None:
    """Whatever the place and the height: the sum is what truly flowed, cut anywhere. Where the register goes on up there, that flowed too."""
    true = [1_000_000 + sum(rises[:i]) for i in range(len(rises) + 1)]
    place = data.draw(st.integers(1, len(rises) - 1))
    height = data.draw(st.integers(1_000_000, 10**9))
    minutes = [15 * i for i in range(len(true))]
    spiked = [value + height * (i == place) for i, value in enumerate(true)]
    jumped = [value + height * (i >= place) for i, value in enumerate(true)]
    last = minutes[-1]
    cuts = [0, *sorted(data.draw(st.lists(st.integers(1, last - 1), max_size=4, unique=True))), last]
    for values, total in ((spiked, true[-1] - true[0]), (jumped, true[-1] - true[0] + height)):
        register = series("C", [(minute, value / 1000) for minute, value in zip(minutes, values, strict=True)])
        assert count(register, rule(), 0, last) == total
        assert sum(count(register, rule(), a, b) for a, b in pairwise(cuts)) == total
