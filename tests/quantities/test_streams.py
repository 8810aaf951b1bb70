"""One stream in one shift (Q1, Q6-Q8): units, coverage, fills, errors, and a trace that gives the figure again."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import NAN, at, hourly, known, meter, opened, plant, row, series, shift, span
from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR, Span
from shiftledger.core.trace import walk
from shiftledger.core.uncertainty import standard_uncertainty
from shiftledger.plant.model import Material, Meter, Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities.gauges import Gauge, gauge_of
from shiftledger.quantities.kernel import clip
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import Flow, stream_quantity
from shiftledger.readings.batch import Series


def gauge(one: Meter, material: Material | None = None, *others: Meter) -> Gauge:
    made: Plant = plant(one, *others, **({"material": material} if material else {}))
    found = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(found, Gauge), found
    return found


def result(
    one: Meter, *readings: Series, of: Shift | None = None, rate: float | None = None
) -> tuple[Quantity, Flow, tuple[Issue, ...]]:
    return stream_quantity(gauge(one), of or shift(), known(*readings), rate)


def test_q1_constant_rate_over_a_shift() -> None:
    quantity, _, issues = result(meter(), hourly("FT-1", 12.25))
    assert (quantity.value, quantity.quanta, quantity.coverage) == (98.0, 98_000, 1.0)
    assert (quantity.status, quantity.marks, issues) == ("measured", (), ())
    assert opened(quantity) == 98_000


def test_i2_shifts_are_half_open_and_share_no_reading() -> None:
    readings = series("FT-1", [(450, 1.0), (480, 10.0), (510, 10.0), (930, 10.0), (960, 100.0), (990, 100.0)])
    one = meter(max_gap=8 * HOUR)
    assert result(one, readings, of=shift("D"))[0].quanta == 80_000
    assert result(one, readings, of=shift("N"))[0].quanta == 500


def test_q8_rate_unit_times_hours_leads_to_the_material() -> None:
    for unit, value in (("kg/min", 1000 / 60), ("t/d", 24.0), ("kg/h", 1000.0), ("t/h", 1.0)):
        assert result(meter(unit=unit), hourly("FT-1", value))[0].quanta == 8_000, unit


def test_q8_power_gives_energy_and_an_interval_its_amount() -> None:
    power = Material("power", "MWh")
    found, _, _ = stream_quantity(gauge(meter(unit="kW"), power), shift(), known(hourly("FT-1", 500.0)))
    assert found.quanta == 4_000
    every = meter(kind="interval", unit="kWh", length=HOUR // 4)
    readings = series("FT-1", [(minute, 2.5) for minute in range(15, 1441, 15)])
    found, _, _ = stream_quantity(gauge(every, power), shift(), known(readings))
    assert (found.quanta, found.coverage) == (80, 1.0)
    assert opened(found) == 80


@pytest.mark.parametrize("unit", ["m3/h", "t", "furlong/fortnight", "nonsense", ""])
def test_q8_a_unit_that_leads_nowhere_is_an_issue_at_the_meter(unit: str) -> None:
    made = plant(meter(unit=unit))
    found = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(found, Issue)
    assert (found.code, found.severity, found.at) == ("Q008", "error", row(2))


def test_q1_interval_meter_without_length_is_an_issue() -> None:
    made = plant(meter(kind="interval", unit="t"))
    found = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(found, Issue)
    assert found.code == "Q008"


def test_two_meters_on_one_stream_are_an_issue_and_none_is_no_figure() -> None:
    made = plant(meter(), meter("FT-2"))
    found = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(found, Issue)
    assert found.code == "Q009"
    assert "FT-1, FT-2" in found.message
    assert gauge_of(made, made.streams["slurry"], made.meters) is None


def test_q1_partly_covered_is_posted_as_covered_and_provisional() -> None:
    quantity, _, issues = result(meter(), hourly("FT-1", 10.0, 480, 840))
    assert (quantity.quanta, quantity.coverage, quantity.status, quantity.marks) == (60_000, 0.75, "provisional", ("partial",))
    assert [(issue.code, issue.severity, issue.at) for issue in issues] == [("Q002", "warning", row(2))]
    assert "2026-03-04.D" in issues[0].message
    assert opened(quantity) == 60_000


def test_i8_nothing_known_is_absent_never_zero() -> None:
    quantity, _, issues = result(meter())
    assert (quantity.value, quantity.quanta, quantity.coverage, quantity.status) == (None, None, 0.0, "provisional")
    assert (quantity.node.value, quantity.node.children) == (None, ())
    assert [issue.code for issue in issues] == ["Q001"]
    assert result(meter(), hourly("FT-1", 0.0))[0].quanta == 0


def test_q1_uncertain_reading_marks_the_figure() -> None:
    readings = series("FT-1", [(minute, 1.0, "u" if minute == 600 else "") for minute in range(450, 991, 30)])
    assert result(meter(), readings)[0].marks == ("uncertain",)
    assert result(meter(), readings, of=shift("E"))[0].marks == ("partial",)


# Fills.


def with_gap(rate_before: float, rate_after: float) -> Series:
    """Covered 08-12 and 14-16: a reading at 12:00 is BAD, the next good one comes at 14:00."""
    early = [(minute, rate_before) for minute in range(420, 720, 30)]
    late = [(minute, rate_after) for minute in range(840, 991, 30)]
    return series("FT-1", [*early, (720, NAN, "b"), *late])


def test_q1_fill_by_the_mean_of_the_shift() -> None:
    quantity, flow, issues = result(meter(fill="mean-of-shift"), with_gap(10.0, 16.0))
    assert quantity.value == pytest.approx(40.0 + 32.0 + 2 * 12.0)
    assert (quantity.quanta, quantity.coverage) == (96_000, 0.75)
    assert (quantity.status, quantity.marks) == ("estimated", ("fill:mean-of-shift",))
    assert [issue.code for issue in issues] == ["Q003"]
    assert flow.filled.covered == 2 * HOUR
    assert opened(quantity) == 96_000


def test_q1_fill_by_the_last_good_rate() -> None:
    quantity, _, _ = result(meter(fill="last-good"), with_gap(10.0, 16.0))
    assert (quantity.quanta, quantity.status, quantity.marks) == (40_000 + 20_000 + 32_000, "estimated", ("fill:last-good",))
    assert opened(quantity) == quantity.quanta


def test_q1_last_good_looks_back_before_the_shift_but_not_past_max_hold() -> None:
    before = series("FT-1", [(400, 3.0), (430, 5.0)])
    quantity, _, _ = result(meter(fill="last-good"), before)
    assert (quantity.quanta, quantity.coverage, quantity.status) == (40_000, 0.0, "estimated")
    assert opened(quantity) == 40_000
    quantity, _, issues = result(meter(fill="last-good", max_hold=80 * 60_000_000), before)
    assert (quantity.quanta, quantity.status) == (2_500, "provisional")  # 30 min of the shift, then it is 80 min old
    assert [issue.code for issue in issues] == ["Q003", "Q004"]
    quantity, _, issues = result(meter(fill="last-good", max_hold=50 * 60_000_000), before)
    assert quantity.quanta is None
    assert [issue.code for issue in issues] == ["Q004"]


def test_q1_last_good_is_the_reading_at_which_the_gap_begins() -> None:
    quantity, _, _ = result(meter(fill="last-good"), series("FT-1", [(480, 10.0), (510, 20.0)]))
    assert quantity.quanta == 5_000 + 150_000
    seldom = meter(fill="last-good", max_gap=8 * HOUR, max_hold=HOUR)
    quantity, _, _ = result(seldom, series("FT-1", [(300, 6.0), (720, 3.0)]))
    assert (quantity.quanta, opened(quantity)) == (24_000 + 3_000, 27_000)  # 3 t/h for the hour that it may stand


def test_q1_last_good_of_a_counter_is_its_last_step_within_max_hold() -> None:
    register = series("FT-1", [(300, 0.0), (360, 6.0), (420, 8.0), (490, 20.0)])
    for hold, quanta in ((11 * HOUR, 2 * 8_000), (3 * HOUR, 2_000), (HOUR, None)):
        one = meter(kind="counter", unit="t", fill="last-good", max_hold=hold)
        assert result(one, register.between(0, at(480)))[0].quanta == quanta  # the step 360-420 is an hour old


def test_q1_last_good_of_intervals_and_counters() -> None:
    amounts = series("FT-1", [(minute, 2.0) for minute in range(495, 721, 15)])
    quantity, _, _ = result(meter(kind="interval", unit="t", length=HOUR // 4, fill="last-good"), amounts)
    assert (quantity.quanta, quantity.coverage) == (64_000, 0.5)
    register = series("FT-1", [(470, 1.0), (480, 2.0), (540, 10.0), (600, 19.0)])
    quantity, _, _ = result(meter(kind="counter", unit="t", fill="last-good"), register)
    assert quantity.quanta == 17_000 + 6 * 9_000
    assert opened(quantity) == quantity.quanta


def test_q1_fill_by_a_standard_rate_in_the_unit_of_the_material() -> None:
    quantity, _, _ = result(meter(unit="kg/min", fill="standard"), with_gap(100.0, 100.0), rate=5.0)
    assert quantity.quanta == 36_000 + 10_000
    assert opened(quantity) == 46_000
    amounts = series("FT-1", [(495, 2.0)])
    quantity, _, _ = result(meter(kind="interval", unit="t", length=HOUR // 4, fill="standard"), amounts, rate=4.0)
    assert quantity.quanta == 2_000 + 31_000


def test_q1_standard_fill_without_a_rate_stays_partial() -> None:
    quantity, _, issues = result(meter(fill="standard"), with_gap(10.0, 10.0))
    assert (quantity.quanta, quantity.status, quantity.marks) == (60_000, "provisional", ("partial",))
    assert [issue.code for issue in issues] == ["Q004"]
    assert "25.0%" in issues[0].message


def test_i8_mean_of_shift_cannot_fill_a_shift_of_which_nothing_is_known() -> None:
    quantity, _, issues = result(meter(fill="mean-of-shift"), hourly("FT-1", 5.0, 0, 480))
    assert quantity.quanta is None
    assert [issue.code for issue in issues] == ["Q004"]


@given(
    st.lists(st.tuples(st.integers(1, 100), st.integers(0, 900)), min_size=3, max_size=20),
    st.integers(481, 959),
    st.sampled_from(["mean-of-shift", "last-good"]),
)
def test_q7_a_part_inherits_the_fill_of_its_shift(steps: list[tuple[int, int]], cut: int, fill: str) -> None:
    minute, readings = 430, []
    for wait, tenths in steps:
        minute += wait
        readings.append((float(minute), tenths / 10))
    quantity, flow, _ = result(meter(fill=fill), series("FT-1", readings))
    parts = [clip(pieces, piece) for piece in (span(480, cut), span(cut, 960)) for pieces in (flow.measured, flow.filled)]
    assert sum(part.covered for part in parts) == flow.covered
    assert math.fsum(part.total for part in parts) / HOUR == pytest.approx(quantity.value or 0.0, rel=1e-12, abs=1e-12)


# Uncertainty.


def test_q6_calibration_persists_and_white_averages_out() -> None:
    quantity, _, _ = result(meter(limit="0.003", white="0.01"), hourly("FT-1", 10.0, 480, 720))
    assert quantity.errors == {
        "calibration:FT-1:start": pytest.approx(0.003 / math.sqrt(3) * 40.0),
        "white:FT-1:2026-03-04.D": pytest.approx(0.01 / math.sqrt(4) * 40.0),
    }


def test_q6_calibration_is_named_by_the_row_of_the_meter() -> None:
    from datetime import date

    quantity, _, _ = result(meter(limit="0.003", valid_from=date(2026, 1, 1)), hourly("FT-1", 10.0))
    assert list(quantity.errors) == ["calibration:FT-1:2026-01-01"]


def test_q6_a_fill_raises_the_uncertainty() -> None:
    quantity, _, _ = result(meter(limit="0.003", fill="last-good"), with_gap(10.0, 16.0))
    assert quantity.errors == {
        "calibration:FT-1:start": pytest.approx(0.003 / math.sqrt(3) * 72.0),
        "gap:FT-1:2026-03-04.D": pytest.approx(20.0 / math.sqrt(3)),
    }
    assert standard_uncertainty(quantity.errors) > 10


# Counters, overlaps.


def test_q2_counter_posts_differences_of_rounded_registers() -> None:
    register = series("FT-1", [(450, 0.0), (510, 0.001), (930, 5.0), (990, 6.001)])
    quantity, _, _ = result(meter(kind="counter", unit="t", max_gap=8 * HOUR), register)
    assert quantity.quanta == 5_501 - 1  # 0.0005 and 5.5005 round away from zero
    assert quantity.value == pytest.approx(5.5)
    assert (quantity.coverage, quantity.status, opened(quantity)) == (1.0, "measured", 5_500)


def test_q2_a_judgement_about_a_register_is_marked_told_and_kept_with_its_readings() -> None:
    register = series("FT-1", [(480, 100.0), (700, 104.0), (720, 0.0), (960, 6.0)])
    quantity, _, issues = result(meter(kind="counter", unit="t"), register)
    assert (quantity.quanta, quantity.status, quantity.marks) == (10_000, "provisional", ("partial", "reset"))
    assert [issue.code for issue in issues] == ["Q026", "Q002"]
    assert "began anew after 104.0" in issues[0].message
    bridged, reset, later = quantity.decisions
    assert [one.kind for one in quantity.decisions] == ["bridged", "reset", "bridged"]
    assert (bridged.amount, reset.amount, later.amount) == (pytest.approx(4.0), None, pytest.approx(6.0))
    assert [(one.ts, one.value) for one in reset.evidence] == [(at(700), 104.0), (at(720), 0.0)]
    assert (reset.start, reset.end, reset.about, reset.at, reset.clause) == (at(700), at(720), "FT-1", "meters.csv:2", "Q2")


def test_q2_counter_with_a_fill_adds_the_estimate_to_the_count() -> None:
    register = series("FT-1", [(480, 0.0), (540, 1.0), (720, 4.0)])
    quantity, _, _ = result(meter(kind="counter", unit="t", fill="mean-of-shift"), register)
    assert (quantity.quanta, opened(quantity)) == (8_000, 8_000)
    assert [node.op for _, node in walk(quantity.node)] == ["posted", "counted", "given", "filled", "given"]


def test_q1_overlapping_intervals_are_marked_and_told() -> None:
    amounts = series("FT-1", [(float(minute), 1.0) for minute in range(495, 961, 15)])
    assert result(meter(kind="interval", unit="t", length=HOUR // 4), amounts)[0].marks == ()
    doubled = series("FT-1", sorted([(float(minute), 1.0) for minute in range(495, 961, 15)] + [(500.0, 1.0)]))
    quantity, _, issues = result(meter(kind="interval", unit="t", length=HOUR // 4), doubled)
    assert quantity.marks == ("overlap",)
    assert [issue.code for issue in issues] == ["Q005"]
    assert quantity.coverage == 1.0


# Traces.


@pytest.mark.parametrize("fill", ["", "mean-of-shift", "last-good"])
@pytest.mark.parametrize("mode", ["step", "linear"])
def test_i7_figure_opens_to_the_readings_in_at_most_two_steps(fill: str, mode: str) -> None:
    quantity, _, _ = result(meter(fill=fill, integrate=mode), with_gap(10.0, 16.0))
    assert opened(quantity) == quantity.quanta
    leaves = [node for depth, node in walk(quantity.node) if node.op == "given"]
    assert max(depth for depth, _ in walk(quantity.node)) == 2
    assert all(isinstance(leaf.value, Series) and leaf.at == "meters.csv:2" for leaf in leaves)
    assert leaves[0].label.startswith("FT-1: ")
    assert leaves[0].value.ts[0] <= at(480) < leaves[0].value.ts[1]  # no more readings than the figure rests on
    assert leaves[0].value.ts[-1] == at(960)


def test_l5_quantum_of_the_material() -> None:
    quantity, _, _ = stream_quantity(
        gauge(meter(), Material("ore", "t", quantum=Decimal("0.5"))), shift(), known(hourly("FT-1", 1.04))
    )
    assert quantity.quanta == 17


def test_q1_shift_of_another_length() -> None:
    seven = Shift("2026-03-28.N", shift().day, "N", Span(at(480), at(900)))
    assert result(meter(), hourly("FT-1", 10.0), of=seven)[0].quanta == 70_000
