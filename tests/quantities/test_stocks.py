"""Boundary stocks (Q4): roll, nearest, interpolate; grace, carrying, openings, settled values, and one number for both shifts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, NAN, at, hourly, known, meter, opened, plant, series, shift
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.plant.model import Material, Meter, Plant, Rotation, Slot, Stock, Stream
from shiftledger.quantities.measure import boundaries, margins, measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.stocks import boundary, longest_slot, lookback_start
from shiftledger.readings.batch import Series

AT = 960  # the boundary of D and E
GRACE = 30


def dip(**fields: object) -> Meter:
    return meter("LT", "level", "t", stock="T", **fields)


IN, OUT = meter("FT-IN", stream="slurry"), meter("FT-OUT", stream="draw")
FLOWS = (hourly("FT-IN", 12.0, 0, 2880), hourly("FT-OUT", 9.0, 0, 2880))


def yard(rule: str = "nearest", *meters: Meter, **fields: object) -> Plant:
    stock = Stock(
        "T", "ore", "site", boundary=rule, **{key: fields.pop(key) for key in ("opening", "opening_day") if key in fields}
    )  # type: ignore[arg-type]
    return plant(*(meters or (dip(),)), stocks={"T": stock}, **fields)


def value(made: Plant, *readings: Series, minute: float = AT) -> tuple[Quantity, list[str]]:
    found = boundary(made, made.stocks["T"], at(minute), known(*readings))
    return found.result, [issue.code for issue in found.issues]


def figure(quantity: Quantity) -> tuple[int | None, str, tuple[str, ...]]:
    assert opened(quantity) == quantity.quanta  # I7, for every case below
    return quantity.quanta, quantity.status, quantity.marks


# nearest


def test_q4_nearest_observation_before_or_after() -> None:
    assert figure(value(yard(), series("LT", [(940, 50.0), (970, 57.0)]))[0]) == (57_000, "measured", ())
    assert figure(value(yard(), series("LT", [(951, 50.0), (970, 57.0)]))[0]) == (50_000, "measured", ())


def test_q4_of_two_equally_near_the_earlier_counts() -> None:
    assert figure(value(yard(), series("LT", [(950, 50.0), (970, 57.0)]))[0])[0] == 50_000


def test_q4_observation_on_the_boundary() -> None:
    assert figure(value(yard(), series("LT", [(955, 1.0), (960, 50.5), (961, 2.0)]))[0]) == (50_500, "measured", ())


def test_q4_only_observations_until_the_grace_period_ends() -> None:
    assert figure(value(yard(), series("LT", [(AT + GRACE, 57.0)]))[0]) == (57_000, "measured", ())
    later, codes = value(yard(), series("LT", [(AT + GRACE + 0.001, 57.0)]))
    assert figure(later) == (None, "provisional", ("absent",))
    assert codes == ["Q012"]


def test_q4_further_than_the_grace_period_is_carried_and_marked() -> None:
    assert figure(value(yard(), series("LT", [(AT - GRACE, 50.0)]))[0]) == (50_000, "measured", ())
    carried, codes = value(yard(), series("LT", [(AT - GRACE - 1, 50.0)]))
    assert figure(carried) == (50_000, "estimated", ("carried",))
    assert codes == ["Q013"]


def test_q4_observations_before_the_lookback_do_not_count() -> None:
    made = yard(settings=replace(plant().settings, lookback=2))
    assert lookback_start(made, at(AT)) == at(0)
    assert figure(value(made, series("LT", [(0, 50.0)]))[0])[0] == 50_000
    assert figure(value(made, series("LT", [(-0.001, 50.0)]))[0])[0] is None


def test_q4_bad_observation_is_none_and_an_uncertain_one_is_marked() -> None:
    assert figure(value(yard(), series("LT", [(940, 50.0), (960, NAN, "b")]))[0])[0] == 50_000
    assert figure(value(yard(), series("LT", [(940, 50.0, "u")]))[0]) == (50_000, "measured", ("uncertain",))


def test_i8_stock_without_observation_is_absent() -> None:
    quantity, codes = value(yard(), series("LT", []))
    assert (quantity.value, quantity.quanta, quantity.node.value, codes) == (None, None, None, ["Q012"])
    assert value(plant(), series("LT", [(960, 1.0)]))[0].quanta is None  # no level meter at all


def test_q4_opening_is_an_observation_at_the_start_of_its_day() -> None:
    made = yard(opening=Decimal("50.5"), opening_day=DAY)
    assert figure(value(made, series("LT", []), minute=0)[0]) == (50_500, "measured", ("opening",))
    assert figure(value(made, series("LT", []), minute=480)[0]) == (50_500, "estimated", ("carried", "opening"))
    assert figure(value(made, series("LT", [(0, 7.0)]), minute=0)[0]) == (7_000, "measured", ())  # a dip beats it
    assert value(made, series("LT", []), minute=-40)[0].quanta is None  # later than the boundary and its grace
    assert figure(value(made, series("LT", [(400, 7.0)]), minute=420)[0])[0] == 7_000  # the last one before the boundary
    assert figure(value(made, series("LT", []), minute=-30)[0])[0] == 50_500
    assert value(made, series("LT", []), minute=-30.001)[0].quanta is None
    assert value(yard(opening=Decimal(3)), series("LT", []), minute=0)[0].quanta is None
    without_meter = plant(stocks={"T": Stock("T", "ore", "site", opening=Decimal(3), opening_day=DAY)})
    assert figure(value(without_meter, minute=0)[0])[0] == 3_000


# roll


def test_q4_roll_adds_what_flowed_in_and_takes_what_flowed_out() -> None:
    made = yard("roll", dip(), IN, OUT)
    early, codes = value(made, series("LT", [(940, 50.0)]), *FLOWS)
    assert figure(early) == (51_000, "measured", ("rolled",))  # 20 min at 12 - 9 t/h
    assert codes == []
    late, _ = value(made, series("LT", [(980, 50.0)]), *FLOWS)
    assert figure(late) == (49_000, "measured", ("rolled",))
    assert figure(value(made, series("LT", [(960, 50.0)]), *FLOWS)[0]) == (50_000, "measured", ())


def test_q4_roll_over_a_long_time_is_carried_too() -> None:
    found, codes = value(yard("roll", dip(), IN, OUT), series("LT", [(480, 50.0)]), *FLOWS)
    assert figure(found) == (74_000, "estimated", ("carried", "rolled"))
    assert codes == ["Q013"]


def test_q4_roll_falls_back_to_the_plain_value_if_a_side_is_unmetered() -> None:
    found, codes = value(yard("roll", dip(), IN), series("LT", [(940, 50.0)]), *FLOWS)
    assert figure(found) == (50_000, "measured", ("not-rolled",))
    assert codes == ["Q014"]


def test_q4_roll_falls_back_if_a_flow_is_uncovered_in_between() -> None:
    broken = series("FT-OUT", [(900, 9.0), (950, NAN, "b"), (955, 9.0), (990, 9.0)])
    found, _ = value(yard("roll", dip(), IN, replace(OUT, fill="last-good")), series("LT", [(940, 50.0)]), FLOWS[0], broken)
    assert figure(found) == (50_000, "measured", ("not-rolled",))  # a fill is no reason to move a stock


def test_q4_roll_needs_only_the_streams_that_exist_then() -> None:
    made = yard("roll", dip(), IN)
    without = replace(made, streams={**made.streams, "draw": replace(made.streams["draw"], valid_to=date(2026, 3, 3))})
    assert figure(value(without, series("LT", [(940, 50.0)]), *FLOWS)[0]) == (54_000, "measured", ("rolled",))
    circulating = replace(made, streams={"slurry": made.streams["slurry"], "loop": Stream("loop", "T", "T", "ore")})
    assert figure(value(circulating, series("LT", [(940, 50.0)]), *FLOWS)[0])[0] == 54_000


def test_t4_roll_uses_each_meter_row_for_the_days_on_which_it_is_valid() -> None:
    old = replace(IN, tag="FT-OLD", valid_to=date(2026, 3, 3))
    new = replace(IN, tag="FT-NEW", valid_from=DAY)
    made = yard("roll", dip(), old, new, OUT)
    flows = (hourly("FT-OLD", 12.0, -120, 0), hourly("FT-NEW", 24.0, 0, 120), hourly("FT-OUT", 0.0, -120, 120))
    assert figure(value(made, series("LT", [(-20, 50.0)]), *flows, minute=20)[0])[0] == 50_000 + 4_000 + 8_000


def test_q4_roll_of_counters_and_other_units() -> None:
    count = meter("FT-IN", "counter", "kg", stream="slurry")
    register = series("FT-IN", [(930, 1000.0), (990, 13_000.0)])
    found, _ = value(yard("roll", dip(), count, OUT), series("LT", [(950, 50.0)]), register, FLOWS[1])
    assert figure(found)[0] == 50_000 + 2_000 - 1_500


# interpolate


def test_q4_interpolate_between_the_observations_on_both_sides() -> None:
    found, _ = value(yard("interpolate"), series("LT", [(900, 50.0), (980, 58.0)]))
    assert figure(found) == (56_000, "measured", ("interpolated",))
    assert figure(value(yard("interpolate"), series("LT", [(960, 50.0), (980, 58.0)]))[0]) == (50_000, "measured", ())


def test_q4_interpolate_carries_where_nothing_follows_in_time() -> None:
    found, _ = value(yard("interpolate"), series("LT", [(900, 50.0), (991, 58.0)]))
    assert figure(found) == (50_000, "estimated", ("carried",))
    assert figure(value(yard("interpolate"), series("LT", [(970, 58.0)]))[0]) == (58_000, "measured", ())


# Units, priced basis, definitions.


def test_q8_level_unit_leads_to_the_material() -> None:
    made = yard("nearest", meter("LT", "level", "kg", stock="T", sigma="50"))
    found, _ = value(made, series("LT", [(960, 50_500.0)]))
    assert figure(found)[0] == 50_500
    assert found.errors == {"boundary:T:2026-03-04T16:00:00Z": pytest.approx(0.05)}
    wrong, codes = value(yard("nearest", meter("LT", "level", "m", stock="T")), series("LT", [(960, 5.0)]))
    assert (wrong.quanta, codes) == (None, ["Q008"])


def test_q5_stock_of_a_material_priced_on_a_component_posts_that() -> None:
    lab = meter("LAB", "lab", "%", stock="T", component="Fe", sigma="0.3", limit="0.02")
    made = yard("nearest", dip(sigma="0.05"), lab, material=Material("ore", "t", priced_on="Fe"))
    found, _ = value(made, series("LT", [(950, 50.0)]), series("LAB", [(900, 60.0), (955, 10.0)]))
    assert figure(found)[0] == 30_000  # the assay that holds when the dip is taken
    assert found.errors == {
        "assay:LAB:2026-03-04T15:00:00Z": pytest.approx(50 * 0.003),
        "boundary:T:2026-03-04T16:00:00Z": pytest.approx(0.05 * 0.6),
        "calibration:LAB:start": pytest.approx(30 * 0.02 / math.sqrt(3)),
    }
    none, codes = value(made, series("LT", [(950, 50.0)]), series("LAB", []))
    assert (none.quanta, codes) == (None, ["Q010"])
    unpriced, codes = value(yard("nearest", dip(), material=Material("ore", "t", priced_on="Fe")), series("LT", [(950, 50.0)]))
    assert (unpriced.quanta, codes) == (None, ["Q011"])


def test_t4_assay_of_a_dip_is_found_by_the_meter_valid_on_the_day_of_the_dip() -> None:
    old = meter("LAB-1", "lab", "%", stock="T", component="Fe", valid_to=date(2026, 3, 3))
    new = meter("LAB-2", "lab", "%", stock="T", component="Fe", valid_from=DAY)
    made = yard("nearest", dip(), old, new, material=Material("ore", "t", priced_on="Fe"))
    assays = (series("LAB-1", [(-60, 60.0)]), series("LAB-2", [(0, 50.0)]))
    assert figure(value(made, series("LT", [(-5, 50.0)]), *assays, minute=0)[0])[0] == 30_000
    assert figure(value(made, series("LT", [(5, 50.0)]), *assays, minute=0)[0])[0] == 25_000


def test_q6_errors_of_a_dip_in_another_unit_and_of_its_assay() -> None:
    lab = meter("LAB", "lab", "%", stock="T", component="moisture", sigma="0.3", white="0.1", limit="0.02")
    level = meter("LT", "level", "kg", stock="T", sigma="50", limit="0.01")
    made = yard("nearest", level, lab, material=Material("ore", "t", priced_on="dry"))
    found, _ = value(made, series("LT", [(960, 50_000.0)]), series("LAB", [(900, 4.0)]))
    assert figure(found)[0] == 48_000
    assert found.errors == {
        "assay:LAB:2026-03-04T15:00:00Z": pytest.approx(-50 * 0.005),  # 0.3 and 0.4 points by squares
        "boundary:T:2026-03-04T16:00:00Z": pytest.approx(0.05 * 0.96),
        "calibration:LAB:start": pytest.approx(-50 * 0.04 * 0.02 / math.sqrt(3)),
        "calibration:LT:start": pytest.approx(48 * 0.01 / math.sqrt(3)),
    }
    opening = yard("nearest", level, opening=Decimal(50), opening_day=DAY)
    assert value(opening, minute=0)[0].errors == {"boundary:T:2026-03-04T00:00:00Z": pytest.approx(0.05)}


def test_two_level_meters_at_a_time_are_an_issue_but_may_follow_each_other() -> None:
    second = meter("LT-2", "level", "t", stock="T")
    found, codes = value(yard("nearest", dip(), second), series("LT", [(960, 1.0)]), series("LT-2", [(960, 2.0)]))
    assert (found.quanta, codes) == (None, ["Q009"])
    ended, begun = dip(valid_to=date(2026, 3, 3)), replace(second, valid_from=DAY)
    readings = (series("LT", [(-10, 1.0), (5, 99.0)]), series("LT-2", [(-5, 88.0), (20, 2.0)]))
    assert figure(value(yard("nearest", ended, begun), *readings, minute=0)[0])[0] == 1_000
    assert figure(value(yard("nearest", ended, begun), *readings, minute=12)[0])[0] == 2_000


# Uncertainty.


def test_q6_dip_error_is_one_source_per_boundary_and_flows_add_theirs() -> None:
    made = yard(
        "roll",
        dip(sigma="0.05"),
        replace(IN, limit=Decimal("0.003"), white=Decimal("0.01")),
        replace(OUT, limit=Decimal("0.006")),
    )
    early, _ = value(made, series("LT", [(940, 50.0)]), *FLOWS)
    assert early.errors == {
        "boundary:T:2026-03-04T16:00:00Z": pytest.approx(0.05),
        "calibration:FT-IN:start": pytest.approx(4 * 0.003 / math.sqrt(3)),
        "calibration:FT-OUT:start": pytest.approx(-3 * 0.006 / math.sqrt(3)),
        "white:FT-IN:2026-03-04T15:40:00Z": pytest.approx(4 * 0.01 / math.sqrt(1 / 3)),
    }
    late, _ = value(made, series("LT", [(980, 50.0)]), *FLOWS)
    assert late.errors["calibration:FT-IN:start"] == pytest.approx(-4 * 0.003 / math.sqrt(3))


def test_q6_interpolated_error_weighs_both_dips() -> None:
    found, _ = value(yard("interpolate", dip(sigma="0.05")), series("LT", [(900, 50.0), (980, 58.0)]))
    assert found.errors == {"boundary:T:2026-03-04T16:00:00Z": pytest.approx(0.05 * math.hypot(0.25, 0.75))}


def test_q6_limit_of_error_of_the_level_persists() -> None:
    found, _ = value(yard("interpolate", dip(limit="0.01")), series("LT", [(900, 50.0), (980, 58.0)]))
    assert found.errors == {"calibration:LT:start": pytest.approx(0.56 / math.sqrt(3))}
    found, _ = value(yard("nearest", dip(limit="0.01")), series("LT", [(960, 50.0)]))
    assert found.errors == {"calibration:LT:start": pytest.approx(0.5 / math.sqrt(3))}


# One number for both sides.


def test_l6_a_settled_value_wins() -> None:
    made = yard()
    readings = known(series("LT", [(960, 50.0)]))
    found = boundaries(made, at(960), readings, {("T", at(960)): 49_000}).result["T"]
    assert (found.quanta, found.value, found.marks, found.status) == (49_000, 49.0, ("settled",), "measured")
    assert (opened(found), found.errors) == (49_000, {})
    assert boundaries(made, at(960), readings, {("T", at(480)): 49_000}).result["T"].quanta == 50_000


def test_i3_closing_of_a_shift_is_the_opening_of_the_next() -> None:
    made = yard("roll", dip(sigma="0.05"), IN, OUT)
    readings = known(series("LT", [(470, 50.0), (955, 57.0), (1450, 60.0)]), *FLOWS)
    first = measure(made, shift("D"), readings, {}, {}).result
    second = measure(made, shift("E"), readings, {}, {}).result
    assert first.closing["T"].quanta == second.opening["T"].quanta == 57_250
    assert first.opening["T"].quanta == 50_500
    assert first.closing["T"].errors == second.opening["T"].errors
    assert first.opening["T"].errors.keys().isdisjoint(first.closing["T"].errors)


DIPS = st.lists(
    st.tuples(st.integers(-3000, 3000), st.integers(0, 90_000)), min_size=0, max_size=12, unique_by=lambda pair: pair[0]
)


@given(
    DIPS,
    st.sampled_from(["roll", "nearest", "interpolate"]),
    st.sampled_from(["rate", "counter", "interval"]),
    st.integers(1, 60),
    st.lists(st.integers(-3000, 3000), max_size=5),
)
def test_q4_both_days_find_the_same_boundary_value(
    dips: list[tuple[int, int]], rule: str, kind: str, every: int, bad: list[int]
) -> None:
    unit = "t/h" if kind == "rate" else "t"
    inflow = meter("FT-IN", kind, unit, stream="slurry", length=every * MINUTE, max_gap=every * MINUTE)
    made = yard(rule, dip(sigma="0.05", max_hold=HOUR), replace(inflow, max_hold=HOUR), replace(OUT, max_hold=HOUR))
    made = replace(made, settings=replace(made.settings, lookback=4))
    minutes = range(-3500, 4500, every)
    flow = series(
        "FT-IN",
        [(minute, float(minute % 977), "b" if any(minute <= b < minute + every for b in bad) else "") for minute in minutes],
    )
    levels = series("LT", [(minute, thousandths / 1000) for minute, thousandths in sorted(dips)])
    out = hourly("FT-OUT", 9.0, -3500, 4500)
    before, after = margins(made)
    found = []
    for start in (-1440, 0):  # the day that ends at the boundary, the day that begins there
        window = Span(at(start) - before, at(start + 1440) + after)
        seen = known(*(one.between(window.start, window.end) for one in (flow, levels, out)))
        found.append(boundary(made, made.stocks["T"], at(0), seen))
    assert found[0].result.quanta == found[1].result.quanta
    assert found[0].issues == found[1].issues
    assert (found[0].result.marks, found[0].result.errors) == (found[1].result.marks, found[1].result.errors)
    assert opened(found[0].result) == found[0].result.quanta


# How much a day needs.


def test_n5_margins_reach_every_reading_that_a_day_can_depend_on() -> None:
    one, lab = meter(max_gap=3 * HOUR, max_hold=24 * HOUR), meter("LAB", "lab", "%", component="Fe", max_hold=12 * HOUR)
    assert margins(plant(one, lab, stocks={})) == (12 * HOUR, 3 * HOUR)
    assert margins(plant(stocks={})) == (0, 0)
    assert margins(plant(one, lab)) == (21 * 8 * HOUR + 12 * HOUR, 30 * MINUTE + 3 * HOUR)
    assert margins(plant(lab)) == (
        21 * 8 * HOUR + 12 * HOUR,
        30 * MINUTE + 1,
    )  # a dip at the end of the grace period still counts


def test_n5_longest_slot() -> None:
    slots = (Slot("D", time(6)), Slot("N", time(18, 30)))
    assert longest_slot(plant(rotations={"r": Rotation("r", slots, "DN", DAY, ())})) == HOUR * 25 // 2
    day_only = (Slot("D", time(7), time(15, 30)),)
    assert longest_slot(plant(rotations={"r": Rotation("r", day_only, "D", DAY, ())})) == HOUR * 17 // 2
    assert longest_slot(plant(rotations={})) == 24 * HOUR
    assert longest_slot(plant(rotations={"r": Rotation("r", (Slot("D", time(7)),), "D", DAY, ())})) == 24 * HOUR
