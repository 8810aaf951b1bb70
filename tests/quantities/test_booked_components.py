"""Bills of materials that are priced on a component (Q9, Q5): share of the bill x the assay of its time, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quantities.building import DAY, crew, known, meter, opened, plant, series, shift
from quantities.lot_rows import LotRow, lots
from quantities.test_booked_bands import CODES
from shiftledger.core.period import DAY as ONE_DAY
from shiftledger.core.period import HOUR
from shiftledger.core.uncertainty import combine
from shiftledger.plant.model import Allocation, Material, Plant, Stream
from shiftledger.plant.terms import Quality
from shiftledger.quantities.gauges import Known
from shiftledger.quantities.measure import booked, measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import BELOW, Series

NEXT = DAY + timedelta(days=1)
COPPER = Material("ore", "t", priced_on="cu")


def copper_plant(driver: str = "hours", load: str = "", **fields: Any) -> Plant:
    """Stream feed is billed in tonnes of concentrate and paid by its copper; slurry is metered by the hour."""
    bill = meter("BILL", "booking", fields.pop("unit", "t"), length=62 * ONE_DAY, **fields)
    lab = meter("LAB", "lab", "%", stream="feed", component="cu", max_hold=12 * HOUR)
    rows = {"share": Allocation("share", "feed", driver, load)}
    made = plant(bill, meter("FT", stream="slurry", max_gap=HOUR), lab, material=COPPER, allocations=rows, stocks={})
    streams = {**made.streams, "slurry": Stream("slurry", "u1", "outside", "mud")}
    return replace(made, streams=streams, materials={**made.materials, "mud": Material("mud", "t")})


LOAD = series("FT", [(m, 1.0 if m < 480 else 2.0 if m < 720 else 6.0 if m < 960 else 4.0) for m in range(0, 1441, 30)])
# 20 % from midnight, 25 % from 12:00 (in D), 30 % from 20:00 (in E)
ASSAYS = series("LAB", [(0, 20.0), (720, 25.0), (1200, 30.0)])
BILL: list[LotRow] = [(0, 1440, 72.0)]


def figures(made: Plant, told: dict[str, Series]) -> list[Quantity]:
    return [measure(made, shift(slot), told, {}, {}).result.streams["feed"] for slot in "NDE"]


@pytest.mark.parametrize(
    ("driver", "load", "wanted"),
    [
        # 24 t each. N 4.8; D 12 t at 20 and 12 at 25 %: 5.4; E 12 at 25 and 12 at 30 %: 6.6
        ("hours", "", [4800, 5400, 6600]),
        # 8, 32 and 32 t. N 1.6; D 8 at 20 and 24 at 25 %: 7.6; E 16 at 25 and 16 at 30 %: 8.8
        ("load", "slurry", [1600, 7600, 8800]),
    ],
)
def test_q9_q5_a_share_carries_what_the_assays_of_its_time_say(driver: str, load: str, wanted: list[int]) -> None:
    found = figures(copper_plant(driver, load), {**lots("BILL", BILL), **known(LOAD, ASSAYS)})
    assert [one.quanta for one in found] == wanted
    assert [opened(one) for one in found] == wanted
    assert [one.value for one in found] == pytest.approx([quanta / 1000 for quanta in wanted])
    assert {(one.status, one.coverage, one.marks) for one in found} == {("allocated", 1.0, ("allocated",))}
    assert [[told.amount for told in one.decisions if told.kind == "allocated"] for one in found] == [[q / 1000] for q in wanted]


def test_q9_the_odd_quanta_of_a_component_close_over_the_bill() -> None:
    """0.01 t by hours at 17 %: 0.0017 t of copper, so 2 quanta (1.7): 0.567 each, and the two go to N and D."""
    told = {**lots("BILL", [(0, 1440, 0.01)]), **known(LOAD, series("LAB", [(0, 17.0), (720, 17.0)]))}
    assert [one.quanta for one in figures(copper_plant(), told)] == [1, 1, 0]


def test_i8_without_an_assay_a_share_is_absent_and_the_others_still_close() -> None:
    """20 % until noon and then nothing for E: N 4.8 t, D 2.4 t for its first four hours; E is absent, never zero."""
    told = {**lots("BILL", BILL), **known(LOAD, series("LAB", [(0, 20.0), (720, 20.0, "b")]))}
    n, d, e = figures(copper_plant(), told)
    assert (n.quanta, n.status, n.marks) == (4800, "allocated", ("allocated",))
    assert (d.quanta, d.status, d.coverage, d.marks) == (2400, "provisional", 0.5, ("allocated", "partial", "stale"))
    assert (e.quanta, e.status, e.marks) == (None, "provisional", ("absent", "allocated", "stale"))
    issues = measure(copper_plant(), shift("E"), told, {}, {}).issues
    assert [(one.code, one.at) for one in issues if one.code == "Q010"] == [("Q010", copper_plant().meters[2].at)]
    assert "Q001" not in {one.code for one in issues}


def test_q5_where_nothing_was_driven_no_assay_is_missed() -> None:
    """The load stood still in E: its share is zero, known without a sample."""
    still = series("FT", [(m, 2.0 if m < 960 else 0.0) for m in range(0, 1441, 30)])
    told = {**lots("BILL", BILL), **known(still, series("LAB", [(0, 20.0), (720, 20.0), (960, 20.0, "b")]))}
    found = figures(copper_plant("load", "slurry"), told)
    assert [(one.quanta, one.status) for one in found] == [(7200, "allocated")] * 2 + [(0, "allocated")]


def test_r1_a_share_at_half_a_limit_and_one_at_an_uncertain_assay_say_so() -> None:
    below = series("LAB", [(0, 0.5), (480, 20.0, "u"), (960, 20.0)])
    below.quality[0] = BELOW
    n, d, e = figures(copper_plant(), {**lots("BILL", BILL), **known(LOAD, below)})
    assert n.marks == ("allocated", "below-detection", "uncertain")
    assert n.errors["assay:LAB:2026-03-04T00:00:00Z"] == pytest.approx(24 * 0.005 / 3**0.5)
    assert (d.marks, e.marks) == (("allocated", "uncertain"), ("allocated",))


def test_q5_dry_mass_is_what_moisture_leaves() -> None:
    lab = meter("LAB", "lab", "%", stream="feed", component="moisture", max_hold=12 * HOUR)
    made = copper_plant()
    made = replace(
        made, materials={**made.materials, "ore": Material("ore", "t", priced_on="dry")}, meters=(*made.meters[:2], lab)
    )
    found = figures(made, {**lots("BILL", BILL), **known(LOAD, ASSAYS)})
    assert [one.quanta for one in found] == [19_200, 18_600, 17_400]
    assert [opened(one) for one in found] == [19_200, 18_600, 17_400]


@pytest.mark.parametrize("says", ["component", "unit"])
def test_q9_a_bill_of_the_component_itself_is_taken_as_it_is(says: str) -> None:
    """18 t of copper by hours, whether the meter says so, or only the bill's unit can mean it: t where the assay is in g/L."""
    if says == "component":
        made = copper_plant(component="cu")
    else:
        lab = meter("LAB", "lab", "g/L", stream="feed", component="cu", max_hold=12 * HOUR)
        made = copper_plant()
        made = replace(made, meters=(*made.meters[:2], lab))
    found = figures(made, {**lots("BILL", [(0, 1440, 18.0)]), **known(LOAD, ASSAYS)})
    assert [(one.quanta, one.status) for one in found] == [(6000, "allocated")] * 3


def test_q9_such_a_bill_needs_no_laboratory() -> None:
    made = copper_plant(component="cu")
    made = replace(made, meters=made.meters[:2])
    assert [one.quanta for one in figures(made, {**lots("BILL", [(0, 1440, 18.0)]), **known(LOAD)})] == [6000] * 3


def test_q6_bill_driver_and_assay_each_err_as_they_do() -> None:
    """By load: 8, 32, 32 t. The bill to 1 % and 0.5 t; FT white 2 %; the laboratory 0.1 % of content and 3 % of what it finds."""
    made = copper_plant("load", "slurry", limit="0.01", sigma="0.5")
    made = replace(
        made,
        meters=(
            made.meters[0],
            replace(made.meters[1], white=Decimal("0.02")),
            replace(made.meters[2], sigma=Decimal("0.1"), limit=Decimal("0.03")),
        ),
    )
    n, d, e = figures(made, {**lots("BILL", BILL), **known(LOAD, ASSAYS)})
    total = combine((1.0, one.errors) for one in (n, d, e))
    assert total["calibration:BILL:start"] == pytest.approx(0.01 / 3**0.5 * 18)
    assert total["booking:BILL:2026-03-05T00:00:00Z"] == pytest.approx(0.5 * 18 / 72)  # of 0.5 t the mean content, a quarter
    assert total["calibration:LAB:start"] == pytest.approx(0.03 / 3**0.5 * 18)
    # the sample of noon stands for 24 t in D and 16 t in E, with one error of 0.1 %
    noon = "assay:LAB:2026-03-04T12:00:00Z"
    assert (d.errors[noon], e.errors[noon]) == pytest.approx((0.024, 0.016))
    # N's load errs by 2 % / root 8 of 8 t: 8/9 of it stays in N at 20 %, 4/9 is D's and E's at 23.75 and 27.5 %
    white, own = "white:FT:2026-03-04.N", 0.02 / 8**0.5 * 8
    assert [one.errors[white] for one in (n, d, e)] == pytest.approx(
        [own * 8 / 9 * 0.2, -own * 4 / 9 * 0.2375, -own * 4 / 9 * 0.275]
    )


def test_t3_l7_crews_and_inputs_have_what_the_driver_carried() -> None:
    """D by load changes crew at 12:00: 8 t at 20 % and 24 t at 25 %."""
    crews = {"mill": (crew("mill/A", 480, 720), crew("mill/B", 720, 960))}
    told = {**lots("BILL", BILL), **known(LOAD, ASSAYS)}
    made = copper_plant("load", "slurry")
    assert measure(made, shift("D"), told, crews, {}).result.parts["feed"] == pytest.approx((1.6, 6.0))
    assert booked(made, shift("D"), told, {})["feed"].quanta == 7600


def test_q9_l1_bands_of_a_component_follow_driver_and_assay() -> None:
    """Low until 10:00, then high. D by load: 4 t low at 20 %, then 4 t at 20 and 24 t at 25 % high."""
    tariff = meter("TARIFF", "state", "", state="tariff", codes=CODES, max_hold=48 * HOUR)
    made = copper_plant("load", "slurry")
    made = replace(made, materials={**made.materials, "ore": replace(COPPER, band_state="tariff")}, meters=(*made.meters, tariff))
    told = {**lots("BILL", BILL), **known(LOAD, ASSAYS, series("TARIFF", [(0, 1.0), (600, 3.0)]))}
    found = measure(made, shift("D"), told, {}, {}).result
    assert {band: one.quanta for band, one in found.bands["feed"].items()} == {"low": 800, "high": 6800}
    assert all(opened(one) == one.quanta for one in found.bands["feed"].values())


@example(
    100, [20, 20, None, None, 20, 20], [1, 1, 0, 0, 1, 1]
)  # nothing flowed in D: nothing was carried, with or without a sample
@given(
    st.integers(0, 10**7),
    st.lists(st.one_of(st.none(), st.integers(0, 60)), min_size=6, max_size=6),
    st.lists(st.integers(0, 50), min_size=6, max_size=6),
)
def test_q9_i1_known_shares_sum_to_what_is_known_of_the_bill(amount: int, assays: list[int | None], rates: list[int]) -> None:
    """A sample or none every 4 h: over the day the quanta are the bill x content by the driver where both are known, rounded once."""
    told = {
        **lots("BILL", [(0, 1440, amount / 1000)]),
        **known(series("FT", [(m, float(rates[min(m // 240, 5)])) for m in range(0, 1441, 30)])),
        **known(series("LAB", [(240 * i, 0.0, "b") if a is None else (240 * i, float(a)) for i, a in enumerate(assays)])),
    }
    found = figures(copper_plant("load", "slurry"), told)
    driven = rates if any(rates) else [1] * 6
    whole = sum(rate * (a or 0) for rate, a in zip(driven, assays, strict=True)) * amount / sum(driven) / 100
    assert abs(sum(one.quanta or 0 for one in found) - whole) <= 0.5 + 1e-6
    for i, one in enumerate(found):
        pair = list(zip(driven, assays, strict=True))[2 * i : 2 * i + 2]
        # a time without samples is one stretch: if anything was driven in it, nobody knows what it carried
        assert (one.quanta is None) == (any(rate for rate, _ in pair) and all(a is None for _, a in pair))


def test_t4_q8_a_laboratory_that_counts_in_another_unit_from_the_second_day_on_pays_the_same_bill() -> None:
    """60 t over two days by hours, 20 % and then 300 kg/t: 10 t a shift, 2 and 3 t of copper, whichever day was asked first."""
    made = copper_plant()
    bill, load, lab = made.meters
    later = replace(lab, tag="LAB2", unit="kg/t", valid_from=NEXT, max_hold=48 * HOUR)
    made = replace(made, meters=(bill, load, replace(lab, valid_to=DAY, max_hold=48 * HOUR), later))
    told = {**lots("BILL", [(0, 2880, 60.0)]), **known(series("LAB", [(0, 20.0)]), series("LAB2", [(1440, 300.0)]))}
    for days in ((DAY, NEXT), (NEXT, DAY)):
        kept = Known(told)  # as a close keeps it over its days
        found = {day: [measure(made, shift(slot, day), kept, {}, {}).result.streams["feed"] for slot in "NDE"] for day in days}
        assert [[one.quanta for one in found[day]] for day in (DAY, NEXT)] == [[2000] * 3, [3000] * 3]
        assert [[opened(one) for one in found[day]] for day in (DAY, NEXT)] == [[2000] * 3, [3000] * 3]


def test_q5_a_stretch_that_ran_backwards_carries_nothing_and_misses_no_assay() -> None:
    """-1 t/h in D until 12:00 (20 %), then 3 t/h (25 %): net 8 t, all of it at 25 %. N 8, D 8 and E 32 t of 48: D has 12 of 72 t, 3 t."""
    back = series("FT", [(m, 1.0 if m < 480 else -1.0 if m < 720 else 3.0 if m < 960 else 4.0) for m in range(0, 1441, 30)])
    d = figures(copper_plant("load", "slurry"), {**lots("BILL", BILL), **known(back, ASSAYS)})[1]
    assert (d.quanta, opened(d), d.status) == (3000, 3000, "allocated")
    unknown = series("LAB", [(0, 20.0), (480, 20.0, "b"), (720, 25.0)])  # nothing is known of the time in which it ran backwards
    d = figures(copper_plant("load", "slurry"), {**lots("BILL", BILL), **known(back, unknown)})[1]
    assert (d.quanta, d.status) == (3000, "allocated")


def test_i8_a_band_of_which_no_assay_is_known_is_absent_and_not_zero() -> None:
    """Low until 10:00 at 20 %, then high without a result: D by load has 4 t low, 0.8 t of copper, and of high nothing that is known."""
    tariff = meter("TARIFF", "state", "", state="tariff", codes=CODES, max_hold=48 * HOUR)
    made = copper_plant("load", "slurry")
    made = replace(made, materials={**made.materials, "ore": replace(COPPER, band_state="tariff")}, meters=(*made.meters, tariff))
    told = {
        **lots("BILL", BILL),
        **known(LOAD, series("LAB", [(0, 20.0), (600, 20.0, "b")]), series("TARIFF", [(0, 1.0), (600, 3.0)])),
    }
    found = measure(made, shift("D"), told, {}, {}).result
    assert found.streams["feed"].quanta == 800
    assert {band: one.quanta for band, one in found.bands["feed"].items()} == {"low": 800}


def test_q5_l3_a_premium_on_what_is_billed_goes_by_the_mean_over_time_and_opens_to_it() -> None:
    """D: four hours at 20 and four at 25 %, however the driver ran: 22.5 %, marked, with or without a price by content or a relief."""
    made = copper_plant("load", "slurry")
    told = {**lots("BILL", BILL), **known(LOAD, ASSAYS)}
    for material in (COPPER, Material("ore", "t")):
        quality = (Quality("ore", "cu", reference=Decimal(20), worth=Decimal(1)),)
        one = replace(made, materials={**made.materials, "ore": material}, quality=quality)
        for crews in ({}, {"mill": (crew("mill/A", 480, 720), crew("mill/B", 720, 960))}):
            found = measure(one, shift("D"), told, crews, {}).result
            assay = found.assays["feed", "cu"]
            assert (assay.quanta, opened(assay), assay.marks) == (22_500, 22_500, ("time-mean",))
            assert found.conditions["mill", "cu"].quanta == 22_500
