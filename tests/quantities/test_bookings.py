"""Figures known only per period (Q9): shares by each driver by hand, exact sums, and what is said while nothing is booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, T0, crew, known, meter, opened, plant, series, shift
from quantities.lot_rows import LotRow, lots
from shiftledger.core.period import DAY as ONE_DAY
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.core.uncertainty import combine
from shiftledger.plant.model import Allocation, Plant, Settings, Standard
from shiftledger.plant.roster import shifts_of
from shiftledger.quantities.drivers import driver_errors
from shiftledger.quantities.measure import booked, margins, measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series


def bill_plant(driver: str = "hours", load: str = "", **fields: Any) -> Plant:
    """Stream feed is booked; slurry (u1 -> T) is metered by the hour and gives the area's output."""
    bill = meter("BILL", "booking", "t", length=62 * ONE_DAY, **fields)
    rows = {"share": Allocation("share", "feed", driver, load)}
    standards = (
        Standard("mill", "ore", "ore", "usage", Decimal("0.5")),
        Standard("mill", "ore", "ore", "usage", Decimal(3), slot="E"),
    )
    return plant(bill, meter("FT", stream="slurry", max_gap=HOUR), allocations=rows, standards=standards)


def figure(made: Plant, slot: str, told: dict[str, Series], rate: dict[str, float] | None = None) -> Quantity:
    found = measure(made, shift(slot), told, {}, rate or {})
    return found.result.streams["feed"]


NEXT = DAY + timedelta(days=1)
BILL: list[LotRow] = [(0, 1440, 0.1)]  # 0.1 t, 100 quanta, for the whole day
# FT: 1 t/h in N, 2 in D, 4 in E: 8, 16 and 32 t of 56
LOAD = series("FT", [(minute, 1.0 if minute < 480 else 2.0 if minute < 960 else 4.0) for minute in range(0, 1441, 30)])


@pytest.mark.parametrize(
    ("driver", "load", "wanted"),
    [
        ("hours", "", [34, 33, 33]),  # 33.3 each; the first quantum over to the earlier shift
        ("load", "slurry", [14, 29, 57]),  # 14.286, 28.571, 57.143: the remainder of 1 goes to D
        ("standard", "", [4, 7, 89]),  # 0.5 x 8, 0.5 x 16, in slot E 3 x 32: 4, 8, 96 of 108: 3.70, 7.41, 88.89
    ],
)
def test_q9_a_bill_is_shared_by_its_driver(driver: str, load: str, wanted: list[int]) -> None:
    made, told = bill_plant(driver, load), {**lots("BILL", BILL), **known(LOAD)}
    found = [figure(made, slot, told) for slot in "NDE"]
    assert [one.quanta for one in found] == wanted
    assert [opened(one) for one in found] == wanted
    assert {(one.status, one.coverage) for one in found} == {("allocated", 1.0)}
    assert all("allocated" in one.marks for one in found)
    (decision,) = found[0].decisions
    assert (decision.kind, decision.clause, decision.amount, decision.evidence[0].value) == (
        "allocated",
        "Q9",
        wanted[0] / 1000,
        0.1,
    )


def white_plant(driver: str, load: str, **fields: Any) -> Plant:
    """The same with a load whose hourly means are uncertain by 2 % each, and a bill of which nothing is but `fields`."""
    made = bill_plant(driver, load, **fields)
    meters = tuple(replace(one, white=Decimal("0.02"), limit=Decimal("0.03")) if one.tag == "FT" else one for one in made.meters)
    return replace(made, meters=meters)


def test_q6_the_drivers_errors_move_shares_and_cancel_over_the_period() -> None:
    """A bill of 56 t by 8, 16 and 32 t of load: 1 t a t. White in 8 h: 2 % / root 8 = 0.7071 %: 0.05657, 0.11314 and 0.22627 t.

    N's own error counts 1 - 8/56 of it: 0.048487; those of D and E take 8/56 of theirs from it: -0.016162 and -0.032325. The 3 % limit
    of the load's meter is in all three in proportion and moves nothing.
    """
    told = {**lots("BILL", [(0, 1440, 56.0)]), **known(LOAD)}
    found = [figure(white_plant("load", "slurry"), slot, told) for slot in "NDE"]
    n, d, e = (f"white:FT:2026-03-04.{slot}" for slot in "NDE")
    assert found[0].errors == pytest.approx({n: 0.0484873, d: -0.0161624, e: -0.0323249}, rel=1e-4)
    for source in (n, d, e):
        assert sum(one.errors[source] for one in found) == pytest.approx(0, abs=1e-12)


def test_q6_over_the_period_only_the_bills_own_error_is_left() -> None:
    """56 t to 1 % of limit of error: 0.56 / root 3 persists; sigma 0.2 t is the bill's own: shared like it, and together 0.2 again."""
    told = {**lots("BILL", [(0, 1440, 56.0)]), **known(LOAD)}
    for driver, load in (("load", "slurry"), ("standard", ""), ("hours", "")):
        made = white_plant(driver, load, limit="0.01", sigma="0.2")
        total = combine((1.0, figure(made, slot, told).errors) for slot in "NDE")
        left = {source: value for source, value in total.items() if abs(value) > 1e-12}
        assert left == pytest.approx({"calibration:BILL:start": 0.56 / 3**0.5, "booking:BILL:2026-03-05T00:00:00Z": 0.2})


def test_q6_a_standard_passes_the_error_of_the_output_on() -> None:
    """0.5 t a t in N and D, 3 in E: 4, 8, 96 of 108, errors 0.5 x 0.05657, 0.5 x 0.11314, 3 x 0.22627. N: 56 / 108 of its own, less 4/108."""
    told = {**lots("BILL", [(0, 1440, 56.0)]), **known(LOAD)}
    found = figure(white_plant("standard", ""), "N", told)
    assert found.errors["white:FT:2026-03-04.N"] == pytest.approx(56 / 108 * 0.5 * 0.0565685 * (1 - 4 / 108), rel=1e-5)
    assert found.errors["white:FT:2026-03-04.E"] == pytest.approx(-56 / 108 * 4 / 108 * 3 * 0.2262742, rel=1e-5)


def test_q6_lots_as_a_load_pass_the_errors_of_their_weighing_on() -> None:
    """Lots of 30 t in N and 10 t in D, each to 0.1 t: 40 t by 30, 10, 0: N has 0.1 x (1 - 3/4) = 0.025 and -0.1 x 3/4 = -0.075."""
    scale = meter("LT", "lot", "t", stream="slurry", max_hold=24 * HOUR, sigma="0.1")
    made = bill_plant("load", "slurry")
    made = replace(made, meters=(made.meters[0], scale))
    loads = lots("LT", [(0, 0, 0.0), (100, 100, 30.0), (600, 600, 10.0), (1440, 1440, 0.0)])
    found = figure(made, "N", {**lots("BILL", [(0, 1440, 40.0)]), **loads})
    assert (found.quanta, found.errors) == (
        30_000,
        pytest.approx({"white:LT:2026-03-04.N": 0.025, "white:LT:2026-03-04.D": -0.075}),
    )


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 5), st.floats(0, 1)), min_size=1, max_size=6), st.floats(0.1, 1e4))
def test_q6_shares_of_any_driver_cancel_source_by_source(shifts: list[tuple[float, float, float]], whole: float) -> None:
    """Own errors and one that all shifts share: over the period nothing is left of either, whatever the driver."""
    sizes = [size for size, *_ in shifts]
    if not sum(sizes):
        sizes[0] = 1.0
    vectors = [{f"white:{i}": own, "common": shared} for i, (_, own, shared) in enumerate(shifts)]
    total = combine((1.0, driver_errors(whole, sizes, vectors, i)) for i in range(len(shifts)))
    assert all(abs(value) <= 1e-9 * whole * (1 + 10 / sum(sizes)) for value in total.values())


def test_i8_until_the_bill_is_known_the_figure_is_absent() -> None:
    found = measure(bill_plant(), shift("D"), known(LOAD), {}, {})
    assert found.result.streams["feed"].quanta is None
    assert [issue.code for issue in found.issues if "BILL" in issue.message] == ["Q001"]


def test_q9_or_estimated_by_the_standard_until_it_comes() -> None:
    """2 t/h for the 8 h of D: 16 t, as uncertain as it is large: 16 / sqrt 3."""
    made = bill_plant(fill="standard")
    found = figure(made, "D", {}, {"feed": 2.0})
    assert (found.quanta, found.status, found.marks) == (16_000, "estimated", ("fill:standard",))
    assert opened(found) == 16_000
    assert found.errors["gap:BILL:2026-03-04.D"] == pytest.approx(16 / 3**0.5)
    # a bill for the first half of D leaves 4 h to the estimate: 0.1 t + 8 t
    half = figure(made, "D", lots("BILL", [(480, 720, 0.1)]), {"feed": 2.0})
    assert (half.quanta, half.status, half.coverage) == (8_100, "estimated", 0.5)


def test_q9_a_bill_for_a_part_of_the_shift_leaves_the_rest_open() -> None:
    found = figure(bill_plant(), "D", lots("BILL", [(0, 720, 0.12)]))
    assert (found.quanta, found.status, found.coverage) == (40, "provisional", 0.5)  # 8 h of N, 4 of D: 80 + 40
    assert found.marks == ("allocated", "partial")


def test_q9_two_bills_that_meet_inside_a_shift_both_count() -> None:
    """0.12 t until 12:00 (N 80, D 40) and 0.06 t from 12:00 to 16:00: D has 40 + 60."""
    told = lots("BILL", [(0, 720, 0.12), (720, 960, 0.06)])
    found = figure(bill_plant(), "D", told)
    assert (found.quanta, found.status, opened(found)) == (100, "allocated", 100)


def test_q9_a_driver_that_knows_nothing_allocates_nothing() -> None:
    found = measure(bill_plant("load", "slurry"), shift("D"), lots("BILL", BILL), {}, {})
    assert found.result.streams["feed"].quanta is None
    assert "Q023" in {issue.code for issue in found.issues}


@pytest.mark.parametrize(("driver", "load"), [("load", "slurry"), ("standard", "")])
@pytest.mark.parametrize("until", [1440, 480], ids=["measured all day", "known in N only"])
def test_q9_a_driver_that_stood_still_shares_by_hours(driver: str, load: str, until: int) -> None:
    """Zero is known, not absent: 100 quanta by 8, 8 and 8 h are 34, 33, 33, and each share says why."""
    made = bill_plant(driver, load)
    if driver == "standard":  # E's standard asks by the hour otherwise
        made = replace(made, standards=made.standards[:1])
    told = {**lots("BILL", BILL), **known(series("FT", [(m, 0.0) for m in range(0, until + 1, 30)]))}
    found = [measure(made, shift(slot), told, {}, {}) for slot in "NDE"]
    shares = [one.result.streams["feed"] for one in found]
    assert [one.quanta for one in shares] == [34, 33, 33]
    assert [opened(one) for one in shares] == [34, 33, 33]
    assert all("driver-idle" in one.marks for one in shares)
    assert [[i.code for i in one.issues if i.code in ("Q023", "Q032")] for one in found] == [["Q032"]] * 3


def test_q9_a_standard_that_asks_for_nothing_at_all_is_not_zero() -> None:
    """Without a standard for the material nothing is known of what it would ask: absent, as before."""
    made = replace(bill_plant("standard"), standards=())
    found = measure(made, shift("D"), {**lots("BILL", BILL), **known(LOAD)}, {}, {})
    assert found.result.streams["feed"].quanta is None
    assert "Q023" in {issue.code for issue in found.issues}


def test_q9_a_driver_known_in_part_is_marked() -> None:
    """The load is known in N and D only: 8 and 16 t share the bill, and each share says so."""
    told = {**lots("BILL", BILL), **known(series("FT", [(m, 1.0 if m < 480 else 2.0) for m in range(0, 961, 30)]))}
    found = [figure(bill_plant("load", "slurry"), slot, told) for slot in "NDE"]
    assert [one.quanta for one in found] == [33, 67, 0]
    assert all("driver-partial" in one.marks for one in found)


def test_q9_a_load_that_runs_backwards_takes_nothing() -> None:
    told = {**lots("BILL", BILL), **known(series("FT", [(m, -1.0 if m < 480 else 2.0) for m in range(0, 1441, 30)]))}
    assert [figure(bill_plant("load", "slurry"), slot, told).quanta for slot in "NDE"] == [0, 50, 50]


def test_q9_a_bad_bill_is_no_bill() -> None:
    found = measure(bill_plant(), shift("D"), lots("BILL", BILL, bad=(0,)), {}, {})
    assert found.result.streams["feed"].quanta is None
    assert "Q022" in {issue.code for issue in found.issues}


def test_t2_hours_are_real_hours_at_a_clock_change() -> None:
    """2026-03-29 in Berlin has 23 h: N (00-08) lasts 7. A bill of 0.023 t gives 7, 8 and 8 quanta; in autumn 0.025: 9, 8, 8."""
    for day, hours in ((date(2026, 3, 29), [7, 8, 8]), (date(2026, 10, 25), [9, 8, 8])):
        made = replace(bill_plant(), settings=Settings("p", "EUR", "Europe/Berlin", time(0)))
        shifts = shifts_of(made, day)
        start = (shifts[0].span.start - T0) / MINUTE
        told = lots("BILL", [(start, start + sum(hours) * 60, sum(hours) / 1000)])
        found = [measure(made, one, told, {}, {}).result.streams["feed"].quanta for one in shifts]
        assert found == hours


def test_n5_the_halo_grows_to_the_longest_period_only_where_something_is_booked() -> None:
    plain = plant(meter("FT", stream="slurry", max_gap=HOUR), stocks={})
    assert margins(plain) == (HOUR, HOUR)
    made = plant(meter("BILL", "booking", "t", length=31 * ONE_DAY), meter("FT", stream="slurry", max_gap=HOUR), stocks={})
    assert margins(made) == (31 * ONE_DAY + HOUR, 31 * ONE_DAY + HOUR)


def test_l7_the_shares_that_enter_a_days_inputs_are_those_of_its_figures() -> None:
    made, told = bill_plant("load", "slurry"), {**lots("BILL", BILL), **known(LOAD)}
    for slot in "NDE":
        assert booked(made, shift(slot), told, {})["feed"].quanta == figure(made, slot, told).quanta


def test_t3_a_part_of_a_shift_has_its_part_of_the_hours() -> None:
    crews = {"mill": (crew("mill/A", 480, 600), crew("mill/B", 600, 960))}
    made = measure(bill_plant(), shift("D"), lots("BILL", BILL), crews, {}).result
    assert made.parts["feed"] == pytest.approx((0.1 / 3 / 4, 0.1 / 4))


MONTH = [DAY + timedelta(days=n) for n in range(4)]


@given(
    st.integers(-(10**6), 10**9),
    st.integers(0, 700),
    st.integers(0, 700),
    st.sampled_from(["hours", "load", "standard"]),
    st.lists(st.integers(0, 500), min_size=12, max_size=12),
)
def test_q9_i1_the_shares_of_a_bill_sum_to_it(quanta: int, late: int, early: int, driver: str, rates: list[int]) -> None:
    """A bill from `late` minutes after the first midnight until `early` before the last one, whatever drives it."""
    made = bill_plant(driver, "slurry" if driver == "load" else "")
    day = 4 * 1440
    told = {
        **lots("BILL", [(late, day - early, quanta / 1000)]),
        **known(series("FT", [(m, rates[min(m // 480, 11)] / 10) for m in range(0, day + 1, 60)])),
    }
    shares = [measure(made, shift(slot, on), told, {}, {}).result.streams["feed"].quanta for on in MONTH for slot in "NDE"]
    assert sum(share or 0 for share in shares) == quanta


TWO_DAYS: list[LotRow] = [(0, 2880, 0.1)]


def over_two_days(made: Plant, told: dict[str, Series]) -> list[int | None]:
    found = [measure(made, shift(slot, day), told, {}, {}).result.streams for day in (DAY, NEXT) for slot in "NDE"]
    return [one["feed"].quanta if "feed" in one else None for one in found]


@pytest.mark.parametrize("first", ["old", "none"])
def test_q9_i1_a_bill_is_shared_by_one_rule_though_it_changes_inside_the_period(first: str) -> None:
    """Hours on the first day, the load from the second on: the bill goes by the rule that held when its period began; or by the first
    that there is. By two rules it would not sum to what was paid."""
    load = series("FT", [(minute, 1.0 if minute < 2400 else 7.0) for minute in range(0, 2881, 30)])
    rows = {"new": Allocation("new", "feed", "load", "slurry", valid_from=NEXT)}
    if first == "old":
        rows["old"] = Allocation("old", "feed", "hours", valid_to=DAY)
    made = replace(bill_plant(), allocations=rows)
    # 8 t in five shifts and 56 in the last, of 96
    wanted = [17, 17, 17, 17, 16, 16] if first == "old" else [9, 9, 8, 8, 8, 58]
    assert over_two_days(made, {**lots("BILL", TWO_DAYS), **known(load)}) == wanted


@pytest.mark.parametrize("what", ["meter", "stream"])
def test_q9_t4_what_is_billed_of_days_before_there_was_a_stream_belongs_to_those_that_had_it(what: str) -> None:
    """A bill of two days for what began on the second: 100 quanta among three shifts, none of them lost."""
    made = bill_plant()
    if what == "meter":
        made = replace(made, meters=(replace(made.meters[0], valid_from=NEXT), *made.meters[1:]))
    else:
        made = replace(made, streams={**made.streams, "feed": replace(made.streams["feed"], valid_from=NEXT)})
    assert over_two_days(made, lots("BILL", TWO_DAYS)) == [None, None, None, 34, 33, 33]


def test_q9_q8_a_bill_in_whose_period_the_unit_changes_is_not_guessed() -> None:
    made = bill_plant()
    old, load = made.meters
    made = replace(made, meters=(replace(old, valid_to=DAY), replace(old, valid_from=NEXT, unit="kg"), load))
    assert over_two_days(made, lots("BILL", TWO_DAYS)) == [None] * 6
    issues = measure(made, shift("D"), lots("BILL", TWO_DAYS), {}, {}).issues
    assert ["changes unit or component inside its period" in (one.remedy or "") for one in issues if one.code == "Q022"] == [True]


@pytest.mark.parametrize("minute", [600, 960])
def test_i8_a_bill_without_a_period_is_told_in_the_shift_in_which_it_stands(minute: int) -> None:
    """A plain reading of a booking's tag is a moment, also one at the end of the shift: nobody knows of which time it is the bill."""
    found = measure(bill_plant(), shift("D"), lots("BILL", [(minute, minute, 0.05)]), {}, {})
    assert found.result.streams["feed"].quanta is None
    assert [one.code for one in found.issues if "BILL" in one.message] == ["Q022"]
    assert all(
        "Q022"
        not in {one.code for one in measure(bill_plant(), shift(slot), lots("BILL", [(minute, minute, 0.05)]), {}, {}).issues}
        for slot in "NE"
    )
