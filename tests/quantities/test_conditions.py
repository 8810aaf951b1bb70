"""Conditions of a shift: states by their time mean, assays by the flow, at the meter's quantum."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from decimal import Decimal

import pytest

from quantities.building import DAY, NAN, hourly, known, meter, opened, plant, series, shift, slope, span
from shiftledger.core.period import HOUR
from shiftledger.core.trace import Node, walk
from shiftledger.plant.model import IndicatorRow, Meter
from shiftledger.plant.terms import Quality
from shiftledger.quantities.conditions import _of_area, assays_named
from shiftledger.quantities.decisions import decision
from shiftledger.quantities.measure import measure, measure_area
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series


def conditions(
    meters: list[Meter], *readings: Series, named: tuple[tuple[str, str], ...] = ()
) -> tuple[dict[tuple[str, str], Quantity], list[str]]:
    made = plant(*meters, standards=tuple(slope(*key) for key in named))
    found = measure(made, shift(), known(*readings), {}, {})
    return dict(found.result.conditions), [issue.code for issue in found.issues if issue.code != "Q012"]


def lab(tag: str = "LAB", stream: str = "feed", **fields: object) -> Meter:
    return meter(tag, "lab", "%", stream=stream, component="moisture", **fields)


def state(**fields: object) -> Meter:
    return meter("ST", "state", "", state="weekend", **fields)


def test_q3_state_is_its_time_mean_and_a_condition_of_every_area() -> None:
    found, codes = conditions([state()], series("ST", [(400, 0), (600, 1), (900, 0)]))
    assert list(found) == [("filter", "weekend"), ("mill", "weekend")]
    quantity = found["mill", "weekend"]
    assert (quantity.quanta, quantity.coverage, quantity.status, quantity.marks) == (625, 1.0, "measured", ())
    assert (opened(quantity), codes) == (625, [])


def test_q3_state_is_held_until_the_next_reading_and_at_most_max_hold() -> None:
    found, codes = conditions([state(max_hold=4 * HOUR)], series("ST", [(480, 1)]), named=(("mill", "weekend"),))
    quantity = found["mill", "weekend"]
    assert (quantity.quanta, quantity.coverage, quantity.status, quantity.marks) == (
        1_000,
        0.5,
        "provisional",
        ("partial", "stale"),
    )
    assert codes == ["Q010"]


def test_l5_condition_is_posted_at_its_meters_quantum() -> None:
    found, _ = conditions([lab(quantum="0.1")], series("LAB", [(480, 8.26)]), hourly("FT-1", 1.0))
    assert found["mill", "moisture"].quanta == 83
    assert opened(found["mill", "moisture"]) == 83


def test_q5_component_is_weighted_by_the_flow_of_its_stream() -> None:
    flow = series("FT-1", [(480, 30.0), (720, 10.0), (960, 0.0)])
    found, codes = conditions([lab(), meter(max_gap=8 * HOUR)], series("LAB", [(480, 6.0), (720, 10.0)]), flow)
    quantity = found["mill", "moisture"]
    assert (quantity.quanta, quantity.coverage, quantity.marks, codes) == (7_000, 1.0, (), [])
    assert opened(quantity) == 7_000
    assert max(depth for depth, _ in walk(quantity.node)) == 2
    assert ("filter", "moisture") not in found  # the stream does not touch that area


def test_q5_without_a_flow_an_assay_is_averaged_over_time() -> None:
    assays = series("LAB", [(480, 6.0), (720, 10.0)])
    found, _ = conditions([lab()], assays)
    assert (found["mill", "moisture"].quanta, found["mill", "moisture"].marks) == (8_000, ("time-mean",))
    found, _ = conditions([lab(), meter()], assays, hourly("FT-1", 0.0))
    assert (found["mill", "moisture"].quanta, found["mill", "moisture"].marks) == (8_000, ("time-mean",))
    assert opened(found["mill", "moisture"]) == 8_000


def test_q5_coverage_of_a_condition_is_the_covered_part_of_the_flow() -> None:
    found, codes = conditions([lab(), meter()], series("LAB", [(720, 6.0)]), hourly("FT-1", 5.0), named=(("mill", "moisture"),))
    quantity = found["mill", "moisture"]
    assert (quantity.quanta, quantity.coverage, quantity.status, quantity.marks) == (6_000, 0.5, "provisional", ("partial",))
    assert codes == ["Q010"]


def test_q5_time_mean_covers_the_shift_however_little_of_the_flow_is_known() -> None:
    assays = series("LAB", [(480, 6.0), (840, 10.0)])
    found, _ = conditions([lab(sigma="0.2"), meter()], assays, hourly("FT-1", 0.0, 480, 720))
    quantity = found["mill", "moisture"]
    assert (quantity.quanta, quantity.coverage) == (7_000, 1.0)
    assert quantity.errors == {
        "assay:LAB:2026-03-04T08:00:00Z": pytest.approx(0.15),
        "assay:LAB:2026-03-04T14:00:00Z": pytest.approx(0.05),
    }


def test_t4_conditions_of_streams_and_standards_that_hold_on_the_day() -> None:
    from dataclasses import replace
    from datetime import date

    made = plant(lab(), standards=(replace(slope("mill", "moisture"), valid_to=date(2026, 3, 3)),))
    found = measure(made, shift(), {}, {}, {})
    assert [issue.code for issue in found.issues] == ["Q012", "Q012"]  # nobody asks any more
    gone = replace(made, streams={"feed": replace(made.streams["feed"], valid_to=date(2026, 3, 3))})
    assert measure(gone, shift(), {}, {}, {}).result.conditions == {}


def test_i8_stale_or_unknown_condition_is_absent() -> None:
    found, codes = conditions([lab(max_hold=HOUR)], series("LAB", [(400, 6.0)]), named=(("mill", "moisture"),))
    quantity = found["mill", "moisture"]
    assert (quantity.value, quantity.quanta, quantity.coverage, quantity.marks) == (None, None, 0.0, ("absent", "stale"))
    assert (quantity.node.value, codes) == (None, ["Q010"])
    assert conditions([lab()], series("LAB", []))[1] == []  # nobody asked
    idle = conditions([lab(), meter()], series("LAB", []), hourly("FT-1", 0.0), named=(("mill", "moisture"),))
    assert idle[1] == []  # nothing flowed: no assay is missed


def test_several_candidates_leave_a_condition_absent_and_are_an_issue_if_a_standard_names_it() -> None:
    meters = [lab(), lab("LAB-2", "slurry")]
    assays = (series("LAB", [(480, 6.0)]), series("LAB-2", [(480, 9.0)]))
    found, codes = conditions(meters, *assays)
    assert (found["mill", "moisture"].quanta, found["mill", "moisture"].marks) == (None, ("absent", "ambiguous"))
    assert codes == []
    assert conditions(meters, *assays, named=(("mill", "moisture"),))[1] == ["Q016"]


def test_q1_uncertain_sample_marks_the_condition() -> None:
    found, _ = conditions([lab()], series("LAB", [(480, 6.0, "u")]))
    assert found["mill", "moisture"].marks == ("time-mean", "uncertain")
    found, _ = conditions([lab()], series("LAB", [(480, 6.0), (960, NAN, "b")]))
    assert found["mill", "moisture"].coverage == 1.0


def test_q6_errors_of_a_mean_assay_by_the_weight_of_each_sample() -> None:
    flow = series("FT-1", [(480, 30.0), (720, 10.0), (960, 0.0)])
    meters = [lab(sigma="0.2", white="0.05", limit="0.01"), meter(max_gap=8 * HOUR)]
    found, _ = conditions(meters, series("LAB", [(480, 6.0), (720, 10.0)]), flow)
    assert found["mill", "moisture"].errors == {
        "assay:LAB:2026-03-04T08:00:00Z": pytest.approx(0.75 * math.hypot(0.2, 0.3)),
        "assay:LAB:2026-03-04T12:00:00Z": pytest.approx(0.25 * math.hypot(0.2, 0.5)),
        "calibration:LAB:start": pytest.approx(0.01 / math.sqrt(3) * 7.0),
    }


def test_n1_assays_that_formulas_name_are_measured_by_stream_and_component() -> None:
    """Fe of the feed is 6 % for 4 of 8 h at 1 t/h and 8 % for 4 h at 3 t/h: (4 x 6 + 12 x 8) / 16 = 7.5 %."""
    rows = {"r": IndicatorRow("r", "mill", "assay.Fe.feed / assay.Fe.slurry")}
    meters = (
        *(
            meter(),
            meter("L1", "lab", "%", stream="feed", component="Fe"),
            meter("L2", "lab", "%", stream="slurry", component="Fe"),
        ),
        *(meter("L3", "lab", "%", stream="feed", component="Si"), meter("L4", "lab", "%", stream="draw", component="Fe")),
    )
    of = plant(*meters, indicators=rows)
    assert assays_named(of, DAY) == (("draw", "Fe"), ("feed", "Fe"), ("slurry", "Fe"))
    silica = replace(of, indicators={"r": IndicatorRow("r", "mill", "assay.Si.feed")})
    assert assays_named(silica, DAY) == (("feed", "Si"),)
    told = known(
        series("FT-1", [(m, 1.0 if m < 720 else 3.0) for m in range(480, 961, 30)]), series("L1", [(480, 6.0), (720, 8.0)])
    )
    found = measure(of, shift("D"), told, {}, {}).result.assays
    assert (found["feed", "Fe"].value, found["feed", "Fe"].quanta) == (pytest.approx(7.5), 7500)
    assert opened(found["feed", "Fe"]) == 7500
    assert found["slurry", "Fe"].quanta is None, "nobody looked: absent, not zero"
    assert measure(replace(of, indicators={}), shift("D"), told, {}, {}).result.assays == {}


def test_l3_a_premium_of_a_cell_rests_on_the_mean_of_the_areas_whole_shift() -> None:
    """The mill's shift is 08-16, cut at 12 by a neighbour: 6 % before, 8 % after, 1 t/h and 3 t/h. Both cells say 7.5 %."""
    terms = (Quality("ore", "Fe", Decimal(7), Decimal(1)),)
    of = plant(meter(), meter("L1", "lab", "%", stream="feed", component="Fe"), quality=terms)
    told = known(
        series("FT-1", [(m, 1.0 if m < 720 else 3.0) for m in range(480, 961, 30)]), series("L1", [(480, 6.0), (720, 8.0)])
    )
    whole = shift("D")
    parts = {"mill": whole.span, "filter": span(480, 720)}
    for cell in (span(480, 720), span(720, 960)):
        found = measure(of, replace(whole, id="2026-03-04.p", span=cell), told, {}, {}, parts_of=parts).result
        assay = found.assays["feed", "Fe"]
        assert (assay.quanta, assay.coverage, opened(assay)) == (7500, 1.0, 7500)
    joined = measure_area(of, "mill", whole, told, {}).result.assays
    assert joined["feed", "Fe"].quanta == 7500


def test_i7_a_state_is_told_to_every_area_with_nothing_lost() -> None:
    node = Node("of a", 7, "0.001", "posted", (("quantum", Decimal("0.001")),), (Node("leaf", 1.0),), "Q3", "meters.csv:2")
    told = decision("hold", "XS-1", 1, 2, None, series("XS-1", [(0, 1.0)]), "meters.csv:2")
    figure = Quantity(0.007, 7, 0.5, node, "provisional", ("partial",), {"source": 1.0}, (told,))
    spread = _of_area(figure, ("valve", "b"), shift())
    assert spread.node.label != node.label
    assert replace(spread, node=replace(spread.node, label=node.label)) == figure
    defaults = Quantity(None, None, 0.0, Node("", None))
    assert all(getattr(figure, f.name) != getattr(defaults, f.name) for f in fields(Quantity))  # every field has been moved
    assert all(getattr(node, f.name) != getattr(defaults.node, f.name) and getattr(node, f.name) != "given" for f in fields(Node))
