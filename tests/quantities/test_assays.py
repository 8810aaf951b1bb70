"""Laboratory results (Q5): component mass, dry mass, mean assay, staleness, and what their errors do (Q6)."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import at, hourly, known, meter, opened, plant, raw_series, series, shift, span
from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR
from shiftledger.plant.model import Material, Meter
from shiftledger.quantities.assays import mean_assay, sample_sigma
from shiftledger.quantities.gauges import Gauge, gauge_of
from shiftledger.quantities.kernel import Rule, rate_pieces
from shiftledger.quantities.measure import measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.streams import stream_quantity
from shiftledger.readings.batch import BELOW, GOOD, Series

CARRIES_FE = Material("ore", "t", priced_on="Fe")
DRY = Material("ore", "t", priced_on="dry")


def lab(component: str = "Fe", unit: str = "%", **fields: object) -> Meter:
    return meter("LAB", "lab", unit, component=component, **fields)


def gauge(material: Material, *meters: Meter) -> Gauge | Issue | None:
    made = plant(*meters, material=material)
    return gauge_of(made, made.streams["feed"], made.meters)


def component(
    material: Material, assays: Series, flow: Series, one: Meter | None = None, **fields: object
) -> tuple[Quantity, list[str]]:
    found = gauge(material, one or meter(), lab(**fields))  # type: ignore[arg-type]
    assert isinstance(found, Gauge), found
    quantity, _, issues = stream_quantity(found, shift(), known(flow, assays))
    return quantity, [issue.code for issue in issues]


def test_q5_component_mass_is_the_integral_of_flow_times_assay() -> None:
    flow = series("FT-1", [(480, 10.0), (720, 30.0), (960, 0.0)])
    assays = series("LAB", [(470, 60.0), (600, 50.0)])
    quantity, codes = component(CARRIES_FE, assays, flow, meter(max_gap=8 * HOUR))
    assert quantity.value == pytest.approx(0.60 * 20 + 0.50 * (20 + 120))  # 2 h at 60 %, then 50 %
    assert (quantity.quanta, quantity.status, codes, opened(quantity)) == (82_000, "measured", [], 82_000)


def test_q5_component_of_a_linear_flow() -> None:
    flow = series("FT-1", [(480, 0.0), (960, 80.0)])
    assays = series("LAB", [(480, 100.0), (720, 0.0)])
    quantity, _ = component(CARRIES_FE, assays, flow, meter(max_gap=8 * HOUR, integrate="linear"))
    assert quantity.quanta == 80_000  # half the time, a quarter of the 320 t


def test_q5_sample_at_the_boundary_counts_from_there() -> None:
    quantity, _ = component(CARRIES_FE, series("LAB", [(400, 10.0), (480, 20.0), (960, 90.0)]), hourly("FT-1", 10.0))
    assert quantity.quanta == 16_000


def test_q5_dry_mass_is_what_the_moisture_leaves() -> None:
    quantity, _ = component(DRY, series("LAB", [(480, 8.0)]), hourly("FT-1", 10.0), component="moisture")
    assert (quantity.quanta, opened(quantity)) == (73_600, 73_600)


def test_q5_dry_found_by_the_laboratory_itself_needs_no_complement() -> None:
    quantity, _ = component(DRY, series("LAB", [(480, 92.0)]), hourly("FT-1", 10.0), component="dry")
    assert quantity.quanta == 73_600


def test_q8_fraction_and_concentration_lead_to_the_component() -> None:
    quantity, _ = component(CARRIES_FE, series("LAB", [(480, 0.6)]), hourly("FT-1", 10.0), unit="1")
    assert quantity.quanta == 48_000
    liquor = meter(unit="m3/h")
    quantity, _ = component(
        Material("ore", "t", priced_on="Fe"), series("LAB", [(480, 150.0)]), hourly("FT-1", 20.0), liquor, unit="g/L"
    )
    assert quantity.quanta == 24_000  # 160 m3 at 150 kg/m3
    found = gauge(CARRIES_FE, meter(), lab(unit="g/L"))
    assert isinstance(found, Issue)
    assert found.code == "Q008"


def test_q5_stale_assay_covers_nothing_and_says_so() -> None:
    quantity, codes = component(CARRIES_FE, series("LAB", [(420, 50.0)]), hourly("FT-1", 10.0), max_hold=5 * HOUR)
    assert (quantity.quanta, quantity.coverage) == (20_000, 0.5)
    assert (quantity.status, quantity.marks, codes) == ("provisional", ("partial", "stale"), ["Q010", "Q002"])
    assert opened(quantity) == 20_000
    found = gauge(CARRIES_FE, meter(), lab(max_hold=5 * HOUR))
    assert isinstance(found, Gauge)
    _, _, issues = stream_quantity(found, shift(), known(hourly("FT-1", 10.0), series("LAB", [(420, 50.0)])))
    assert "for 4.000 h of the flow" in issues[0].message


def test_i8_no_assay_is_absent_unless_nothing_flowed() -> None:
    quantity, codes = component(CARRIES_FE, series("LAB", []), hourly("FT-1", 10.0))
    assert (quantity.quanta, codes) == (None, ["Q010"])
    quantity, codes = component(CARRIES_FE, series("LAB", []), hourly("FT-1", 0.0))
    assert (quantity.quanta, quantity.coverage, codes) == (0, 1.0, [])
    rising = series("FT-1", [(480, 0.0), (960, 10.0)])
    quantity, codes = component(CARRIES_FE, series("LAB", []), rising, meter(integrate="linear", max_gap=8 * HOUR))
    assert (quantity.quanta, codes) == (None, ["Q010"])


def test_q1_an_uncertain_flow_or_assay_marks_the_component() -> None:
    unsure = series("FT-1", [(minute, 10.0, "u" if minute == 600 else "") for minute in range(450, 991, 30)])
    assert component(CARRIES_FE, series("LAB", [(470, 50.0)]), unsure)[0].marks == ("uncertain",)
    assert component(CARRIES_FE, series("LAB", [(470, 50.0, "u")]), hourly("FT-1", 10.0))[0].marks == ("uncertain",)
    assert component(CARRIES_FE, series("LAB", [(470, 50.0), (960, 1.0, "u")]), hourly("FT-1", 10.0))[0].marks == ()


def test_q5_fill_meets_the_assay_of_its_time() -> None:
    flow = hourly("FT-1", 10.0, 480, 720)
    assays = series("LAB", [(480, 50.0), (840, 40.0)])
    quantity, _ = component(CARRIES_FE, assays, flow, meter(fill="mean-of-shift"))
    assert (quantity.quanta, opened(quantity)) == (20_000 + 10_000 + 8_000, 38_000)


def test_q5_price_on_a_component_that_nobody_finds_is_an_issue() -> None:
    for found in (gauge(CARRIES_FE, meter()), gauge(CARRIES_FE, meter(), lab("moisture")), gauge(DRY, meter(), lab("Fe"))):
        assert isinstance(found, Issue)
        assert found.code == "Q011"
    twice = gauge(CARRIES_FE, meter(), lab(), meter("LAB-2", "lab", "%", component="Fe"))
    assert isinstance(twice, Issue)
    assert twice.code == "Q009"


def test_q6_each_sample_acts_on_the_flow_that_it_stands_for() -> None:
    assays = series("LAB", [(480, 60.0), (600, 50.0)])
    quantity, _ = component(CARRIES_FE, assays, hourly("FT-1", 10.0), sigma="0.3", white="0.01", limit="0.02")
    mass = 20 * 0.6 + 60 * 0.5
    assert quantity.errors == {
        "assay:LAB:2026-03-04T08:00:00Z": pytest.approx(20 * math.hypot(0.003, 0.006)),
        "assay:LAB:2026-03-04T10:00:00Z": pytest.approx(60 * math.hypot(0.003, 0.005)),
        "calibration:LAB:start": pytest.approx(0.02 / math.sqrt(3) * mass),
    }


def test_q6_more_moisture_is_less_dry_mass() -> None:
    quantity, _ = component(
        DRY,
        series("LAB", [(450, 8.0)]),
        hourly("FT-1", 10.0),
        meter(limit="0.003"),
        component="moisture",
        sigma="0.5",
        limit="0.1",
    )
    assert quantity.errors == {
        "assay:LAB:2026-03-04T07:30:00Z": pytest.approx(-80 * 0.005),  # the sample, wherever the shift begins
        "calibration:FT-1:start": pytest.approx(0.003 / math.sqrt(3) * 73.6),
        "calibration:LAB:start": pytest.approx(-80 * 0.08 * 0.1 / math.sqrt(3)),
    }


# Mean assays.

HELD = Rule("held", max_hold=24 * HOUR)


def test_q5_mean_assay_is_weighted_by_the_flow() -> None:
    flow = rate_pieces(series("FT-1", [(480, 30.0), (720, 10.0), (960, 0.0)]), span(480, 960), "step", 8 * HOUR)
    assays = series("LAB", [(480, 6.0), (720, 10.0)])
    assert mean_assay(flow, assays, span(480, 960), HELD) == (pytest.approx(7.0), 8 * HOUR)
    assert mean_assay(None, assays, span(480, 960), HELD) == (pytest.approx(8.0), 8 * HOUR)


def test_q5_mean_assay_of_an_idle_stream_is_the_mean_over_time() -> None:
    flow = rate_pieces(series("FT-1", [(480, 0.0), (960, 0.0)]), span(480, 960), "step", 8 * HOUR)
    assert mean_assay(flow, series("LAB", [(600, 6.0), (840, 9.0)]), span(480, 960), HELD) == (pytest.approx(7.0), 6 * HOUR)


def test_i8_no_sample_gives_no_mean() -> None:
    assert mean_assay(None, series("LAB", [(960, 6.0)]), span(480, 960), HELD) == (None, 0)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 100)), min_size=2, max_size=12),
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 100)), min_size=1, max_size=6),
)
def test_q5_component_mass_is_mean_assay_times_mass_where_all_is_known(
    flows: list[tuple[int, int]], samples: list[tuple[int, int]]
) -> None:
    minute, readings = 480, [(480.0, 1.0)]
    for wait, value in flows:
        minute += wait
        readings.append((float(minute), float(value)))
    readings.append((2000.0, 1.0))
    sampled, results = 400, []
    for wait, value in samples:
        results.append((float(sampled), float(value)))
        sampled += wait
    assays = series("LAB", results)
    flow = series("FT-1", readings)
    quantity, _ = component(CARRIES_FE, assays, flow, meter(max_gap=2000 * 60_000_000))
    pieces = rate_pieces(flow, span(480, 960), "step", 2000 * 60_000_000)
    mean, covered = mean_assay(pieces, assays, span(480, 960), HELD)
    assert covered == 8 * HOUR
    assert quantity.value == pytest.approx((mean or 0.0) / 100 * pieces.total / HOUR, rel=1e-12, abs=1e-12)
    assert at(480) <= pieces.start[0]


def test_r1_a_figure_that_rests_on_a_result_below_a_limit_says_so() -> None:
    """Priced on Fe: 1 t/h x 8 h at "<2 %" = 1 %: 0.08 t, and sigma 8 t x 1 % / root 3 = 0.0461880 t beside nothing else."""
    fe = Material("ore", "t", priced_on="Fe")
    made = plant(meter(), meter("AT", "lab", "%", stream="feed", component="Fe"), material=fe)
    below = raw_series("AT", [(at(470), 1.0, BELOW)])
    found = measure(made, shift(), known(hourly("FT-1", 1.0), below), {}, {}).result
    figure, condition = found.streams["feed"], found.conditions[("mill", "Fe")]
    for quantity in (figure, condition):
        assert quantity.marks == ("below-detection", "uncertain")
        (decision,) = [one for one in quantity.decisions if one.kind == "below-detection"]
        assert (decision.kind, decision.clause, decision.about, decision.amount) == ("below-detection", "R1", "AT", 1.0)
        assert (decision.start, decision.end, decision.evidence[0].quality) == (at(480), at(960), BELOW)
    assert (figure.quanta, opened(figure)) == (80, 80)
    assert figure.errors["assay:AT:2026-03-04T07:50:00Z"] == pytest.approx(0.08 / 3**0.5)
    assert condition.errors["assay:AT:2026-03-04T07:50:00Z"] == pytest.approx(1 / 3**0.5)
    plain = measure(made, shift(), known(hourly("FT-1", 1.0), series("AT", [(470, 1.0, "u")])), {}, {}).result
    assert plain.streams["feed"].marks == ("uncertain",)
    assert [one.kind for one in plain.streams["feed"].decisions] == ["hold"]


def test_r1_a_stock_that_rests_on_a_result_below_a_limit_says_so() -> None:
    fe = Material("ore", "t", priced_on="Fe")
    made = plant(meter("LV", "level", "t", stock="T"), meter("AT", "lab", "%", stock="T", component="Fe"), material=fe)
    readings = known(series("LV", [(480, 100.0)]), raw_series("AT", [(at(470), 1.0, BELOW)]))
    opening = measure(made, shift(), readings, {}, {}).result.opening["T"]
    assert (opening.quanta, "below-detection" in opening.marks) == (1000, True)
    assert opening.errors["assay:AT:2026-03-04T07:50:00Z"] == pytest.approx(100 * 0.01 / 3**0.5)


def test_q6_a_result_below_the_limit_is_as_unsure_as_anything_from_nothing_to_the_limit() -> None:
    # "<2" stands for 1: between 0 and 2 everything is as likely, so 1 / sqrt 3 beside the laboratory's own 0.3.
    found = raw_series("LAB", [(at(480), 1.0, BELOW), (at(540), 1.0, GOOD)])
    unsure = lab(sigma=Decimal("0.3"))
    assert sample_sigma(unsure, found, at(480), 1.0) == pytest.approx(math.hypot(0.3, 1 / math.sqrt(3)))
    assert sample_sigma(unsure, found, at(540), 1.0) == pytest.approx(0.3)
    assert sample_sigma(unsure, found, at(600), 1.0) == pytest.approx(0.3)  # no such sample
