"""Lots in shifts (Q10): who gets a lot that a boundary cuts, what is known when no lot came, and what sums to what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, at, crew, hourly, known, meter, opened, plant, series, shift
from quantities.lot_rows import LotRow, lots
from shiftledger.core.money import split
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import Material, Meter, Plant, Unit
from shiftledger.quantities.measure import measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series

HOLD = 12 * 60 * MINUTE


def lot_plant(ownership: str = "", stages: dict[str, str] | None = None, **fields: Any) -> Plant:
    """Stream feed, outside -> u1, in lots of at most 8 h; 12 h without a lot are believed to be without one."""
    parts = tuple((name, Decimal(part)) for name, part in (stages or {}).items())
    made = meter("LT", "lot", "t", length=8 * 60 * MINUTE, max_hold=HOLD, **fields)
    units = {"u1": Unit("u1", "mill", ownership=ownership, stages=parts), "u2": Unit("u2", "filter")}
    return plant(made, units=units)


def figure(made: Plant, slot: str, told: dict[str, Series], crews: dict[str, Any] | None = None) -> Quantity:
    return measure(made, shift(slot), told, crews or {}, {}).result.streams["feed"]


def quanta(made: Plant, told: dict[str, Series]) -> list[int | None]:
    """N, D and E of the day."""
    return [figure(made, slot, told).quanta for slot in "NDE"]


# The day: N 00-08, D 08-16, E 16-24. A lot of 10.001 t runs 07:00-09:00 (half in N), one of 6 t 10:00-11:00, one of 4 t 20:00-21:00;
# entries of nothing at 00:00 (a lot of zero the evening before) and after midnight say that the list is complete.
DAY_LOTS: list[LotRow] = [(-60, 0, 0.0), (420, 540, 10.001), (600, 660, 6.0), (1200, 1260, 4.0), (1470, 1470, 0.0)]


@pytest.mark.parametrize(
    ("ownership", "wanted"),
    [
        ("", [0, 16001, 4000]),  # blank is end: both lots end in D
        ("end", [0, 16001, 4000]),
        ("start", [10001, 6000, 4000]),
        ("time-split", [5001, 11000, 4000]),  # 10.001 = 5.0005 + 5.0005: the odd quantum goes to the earlier shift
    ],
)
def test_q10_whose_a_lot_across_a_boundary_is(ownership: str, wanted: list[int]) -> None:
    made = lot_plant(ownership)
    assert quanta(made, lots("LT", DAY_LOTS)) == wanted
    for slot in "NDE":
        found = figure(made, slot, lots("LT", DAY_LOTS))
        assert opened(found) == found.quanta
        assert (found.status, found.coverage, found.marks) == ("measured", 1.0, ())


def test_q10_a_lot_that_ends_on_the_boundary_belongs_to_the_time_before_it() -> None:
    """5 t end at 08:00 sharp: N. 7 t start at 08:00 sharp: with "start" D, with "end" D too."""
    told = lots("LT", [(-60, 0, 0.0), (440, 480, 5.0), (480, 500, 7.0), (1100, 1100, 0.0), (1470, 1470, 0.0)])
    assert quanta(lot_plant("end"), told) == [5000, 7000, 0]
    assert quanta(lot_plant("start"), told) == [5000, 7000, 0]


def test_q10_trucks_of_one_minute_all_count() -> None:
    """Three trucks weighed out at 10:00: 20 + 20 + 21.5 = 61.5 t."""
    told = lots("LT", [(-1, -1, 0.0), (600, 600, 20.0), (600, 600, 20.0), (600, 600, 21.5), (1100, 1100, 0.0), (1470, 1470, 0.0)])
    assert len(told["LT"]) == 6
    assert quanta(lot_plant(), told) == [0, 61500, 0]


def test_q10_each_stage_earns_its_part_in_the_shift_in_which_it_ends() -> None:
    """A heat of 10.001 t: melted by 07:30 (0.4), cast by 09:00 (0.6). 4.0004 and 6.0006 t; the whole quanta are 4000 + 6001."""
    made = lot_plant("stage", {"cast": "0.6", "melt": "0.4"})
    rows: list[LotRow] = [(-1, -1, 0.0, "melt"), (360, 450, 10.001, "melt"), (450, 540, 10.001, "cast")]
    told = lots("LT", [*rows, (1100, 1100, 0.0, "cast"), (1470, 1470, 0.0, "cast")])
    assert quanta(made, told) == [4000, 6001, 0]
    assert figure(made, "N", told).value == pytest.approx(4.0004)


def test_q10_an_unknown_stage_is_said_and_counts_nowhere() -> None:
    made = lot_plant("stage", {"cast": "1"})
    found = measure(
        made, shift("D"), lots("LT", [(400, 470, 1.0, "cast"), (500, 540, 9.0, "roll"), (1000, 1000, 0.0, "cast")]), {}, {}
    )
    quantity = found.result.streams["feed"]
    assert (quantity.quanta, quantity.status, "lot-unusable" in quantity.marks) == (0, "provisional", True)
    assert "Q022" in {issue.code for issue in found.issues}


def test_i8_no_lot_is_not_zero_unless_the_list_goes_on() -> None:
    """One lot at 10:00 and silence: after it nothing is known, before it neither. D has the lot, provisionally; E is absent."""
    alone = lots("LT", [(600, 600, 5.0)])
    found = figure(lot_plant(), "D", alone)
    assert (found.quanta, found.status, found.marks) == (5000, "provisional", ("partial",))
    assert figure(lot_plant(), "E", alone).quanta is None
    # a lot within 12 h on either side: the list went on, so E is without a lot, and zero
    longer = lots("LT", [(-100, -100, 1.0), (600, 600, 5.0), (1450, 1450, 2.0)])
    known_now = {slot: figure(lot_plant(), slot, longer) for slot in "NDE"}
    assert [known_now[slot].quanta for slot in "NDE"] == [0, 5000, None]
    # 600 -> 1450 minutes is more than 12 h (720 min): the time between is unknown, so E stays absent, and D is provisional
    assert known_now["D"].status == "provisional"
    # an entry of nothing over the whole of E says that nothing came
    said = lots("LT", [(-100, -100, 1.0), (600, 600, 5.0), (960, 1440, 0.0), (1450, 1450, 2.0)])
    found = figure(lot_plant(), "E", said)
    assert (found.quanta, found.status, found.coverage) == (0, "measured", 1.0)


def test_i8_a_lot_with_a_bad_amount_leaves_its_shift_provisional() -> None:
    told = lots("LT", DAY_LOTS, bad=(2,))
    found = figure(lot_plant(), "D", told)
    assert (found.quanta, found.status, found.marks) == (10001, "provisional", ("lot-unusable",))
    assert figure(lot_plant(), "E", told).status == "measured"


def test_q10_a_plain_reading_without_companions_is_a_lot_of_that_moment() -> None:
    told = known(series("LT", [(-1, 0.0), (600, 3.5), (1100, 0.0)]))
    assert figure(lot_plant(), "D", told).quanta == 3500


def test_q6_every_lot_is_weighed_once() -> None:
    """Scale 1 % of each lot: 10.001 and 6 t in D give sqrt(0.10001^2 + 0.06^2) = 0.11663; class 3 % of 16.001 / sqrt 3 = 0.27715."""
    made = lot_plant("end", white="0.01", limit="0.03")
    errors = figure(made, "D", lots("LT", DAY_LOTS)).errors
    assert errors["white:LT:2026-03-04.D"] == pytest.approx(0.116628, abs=1e-6)
    assert errors["calibration:LT:start"] == pytest.approx(0.277146, abs=1e-6)
    # split by time, half of the cut lot's error is in each shift, and it is one error: 0.100010 / 2
    halves = [figure(replace(made, units=lot_plant("time-split").units), slot, lots("LT", DAY_LOTS)).errors for slot in "ND"]
    (source,) = {key for key in halves[0] if key.startswith("lot:")}
    assert [half[source] for half in halves] == pytest.approx([0.050005, 0.050005])


def test_q10_what_a_boundary_cuts_is_a_decision_with_its_reading() -> None:
    found = figure(lot_plant("time-split"), "N", lots("LT", DAY_LOTS))
    (decision,) = found.decisions
    assert (decision.kind, decision.clause, decision.about, decision.amount) == ("lot-cut", "Q10", "LT", 5.001)
    assert (decision.start, decision.end, decision.evidence[0].value) == (at(420), at(540), 10.001)


def test_t3_a_substitute_gets_the_lots_that_ended_in_his_hours() -> None:
    """In D crew A runs 08-10 (the lot of 10.001 ends at 09:00), crew B 10-16 (6 t end at 11:00)."""
    crews = {"mill": (crew("mill/A", 480, 600), crew("mill/B", 600, 960))}
    made = measure(lot_plant(), shift("D"), lots("LT", DAY_LOTS), crews, {}).result
    assert made.parts["feed"] == pytest.approx((10.001, 6.0), abs=0)


def test_q5_a_lot_has_the_assay_that_holds_when_it_ends() -> None:
    """Priced on Fe: 10.001 t at 50 %, 6 t at 60 %: 5.0005 + 3.6 = 8.6005 t; lots are rounded one by one: 5001 + 3600."""
    material = Material("ore", "t", priced_on="Fe")
    made = plant(
        meter("LT", "lot", "t", max_hold=HOLD), meter("AT", "lab", "%", stream="feed", component="Fe"), material=material
    )
    assays = known(series("AT", [(100, 50.0), (600, 60.0)]))
    found = measure(made, shift("D"), {**lots("LT", DAY_LOTS), **assays}, {}, {}).result.streams["feed"]
    assert (found.quanta, found.status) == (8601, "measured")
    assert found.value == pytest.approx(8.6005)
    assert opened(found) == 8601
    late = known(series("AT", [(600, 60.0)]))  # nothing holds when the first lot ends
    found = measure(made, shift("D"), {**lots("LT", DAY_LOTS), **late}, {}, {}).result.streams["feed"]
    assert (found.quanta, found.status, "stale" in found.marks) == (3600, "provisional", True)


def test_q4_a_stock_is_rolled_by_its_lots() -> None:
    """T is dipped at 06:00 with 100 t. slurry brings 5 t at 07:00, draw takes 2 t/h: at 08:00 there are 100 + 5 - 4 = 101 t."""
    made = plant(
        meter("LT", "lot", "t", stream="slurry", max_hold=HOLD), meter("FT", stream="draw"), meter("LV", "level", "t", stock="T")
    )
    told = {
        **lots("LT", [(300, 300, 1.0), (420, 420, 5.0), (500, 500, 1.0)]),
        **known(hourly("FT", 2.0), series("LV", [(360, 100.0)])),
    }
    closing = measure(made, shift("N"), told, {}, {}).result.closing["T"]
    assert (closing.quanta, "rolled" in closing.marks) == (101000, True)


def test_i8_the_entry_next_before_a_shift_says_since_when_nothing_came() -> None:
    """Entries at 14:00 and 23:00 of the evening before, a truck at 06:40: 7 h 40 min, believed for 12 h; the earlier one says nothing."""
    told = lots("LT", [(-600, -600, 0.0), (-60, -60, 0.0), (400, 400, 5.0), (500, 500, 0.0), (1100, 1100, 0.0)])
    found = figure(lot_plant(), "N", told)
    assert (found.quanta, found.coverage, found.status) == (5_000, 1.0, "measured")


LOT_LISTS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(0, 479), st.integers(-5000, 50000)).map(
        lambda row: (float(row[0] - row[1]), float(row[0]), row[2] / 1000)
    ),
    min_size=1,
    max_size=12,
)
RULES = st.sampled_from(["end", "start", "time-split"])


def around(rows: list[LotRow]) -> list[LotRow]:
    """The list goes on before and after: entries of nothing every 4 h."""
    return [*rows, *((float(minute), float(minute), 0.0) for minute in range(-480, 2200, 240))]


@given(LOT_LISTS, RULES)
def test_q10_i1_shifts_sum_to_the_lots_exactly(rows: list[LotRow], rule: str) -> None:
    """Over three days every lot is given away once: the sum of the shifts is the sum of the weighed quanta, whatever the rule."""
    made, told = lot_plant(rule), lots("LT", around(rows))
    days = [DAY + timedelta(days=n) for n in (-1, 0)]
    found = [measure(made, shift(slot, day), told, {}, {}).result.streams["feed"] for day in days for slot in "NDE"]
    assert sum(one.quanta or 0 for one in found) == sum(round(row[2] * 1000) for row in rows)
    assert all(opened(one) == one.quanta for one in found if one.quanta is not None)


@given(LOT_LISTS, RULES, st.integers(481, 959))
def test_q7_a_shift_cut_in_two_gives_two_parts_that_sum_to_it(rows: list[LotRow], rule: str, cut: int) -> None:
    crews = {"mill": (crew("mill/A", 480, cut), crew("mill/B", cut, 960))}
    made = measure(lot_plant(rule), shift("D"), lots("LT", around(rows)), crews, {}).result
    parts, whole = made.parts["feed"], made.streams["feed"]
    assert whole.value is not None
    assert sum(parts) == pytest.approx(whole.value, rel=1e-9, abs=1e-9)


def test_q10_the_largest_remainder_is_over_the_shifts_of_the_lot() -> None:
    """0.004 t over 24 h, 8 h in each of three shifts: 4 quanta are 2 + 1 + 1."""
    made = plant(
        Meter("LT", "lot", "t", stream="feed", length=24 * 60 * MINUTE, max_hold=24 * 60 * MINUTE),
        units={"u1": Unit("u1", "mill", ownership="time-split"), "u2": Unit("u2", "filter")},
    )
    assert quanta(made, lots("LT", [(0, 1440, 0.004)])) == list(split(4, [1, 1, 1])) == [2, 1, 1]


def test_l5_lots_by_tariff_band_sum_to_their_quanta() -> None:
    """The lots of D end at 09:00 (10.001 t) and 11:00 (6 t); the tariff is low until 10:00, then peak."""
    power = Material("ore", "t", band_state="tariff")
    teller = meter("ST", "state", "", state="tariff", codes=(("low", Decimal(1)), ("peak", Decimal(2))))
    made = plant(meter("LT", "lot", "t", max_hold=HOLD), teller, material=power)
    told = {**lots("LT", DAY_LOTS), **known(series("ST", [(400, 1), (600, 2)]))}
    split_up = measure(made, shift("D"), told, {}, {}).result.bands["feed"]
    assert {band: quantity.quanta for band, quantity in split_up.items()} == {"low": 10_001, "peak": 6_000}
    assert all(opened(quantity) == quantity.quanta for quantity in split_up.values())
