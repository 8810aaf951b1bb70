"""Bills of materials with tariff bands (Q9, L1): by hand, exact by bill and by shift, whatever the driver and the bill's own bands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import crew, known, meter, plant, series, shift
from quantities.lot_rows import LotRow, lots
from shiftledger.core.period import DAY as ONE_DAY
from shiftledger.core.period import HOUR
from shiftledger.core.trace import evaluate, walk
from shiftledger.plant.model import Allocation, Material, Plant, Standard
from shiftledger.quantities.measure import OPERATIONS, booked, measure
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.readings.batch import Series

CODES = (("high", Decimal(3)), ("low", Decimal(1)))
POWER = Material("ore", "t", band_state="tariff")


def banded_plant(driver: str = "hours", load: str = "", **fields: Any) -> Plant:
    """Stream feed is billed in bands; slurry (u1 -> T) is metered by the hour and gives the area's output."""
    bill = meter("BILL", "booking", "t", length=62 * ONE_DAY, **fields)
    tariff = meter("TARIFF", "state", "", state="tariff", codes=CODES, max_hold=48 * HOUR)
    rows = {"share": Allocation("share", "feed", driver, load)}
    standards = (Standard("mill", "ore", "ore", "usage", Decimal("0.5")),)
    load_meter = meter("FT", stream="slurry", max_gap=HOUR)
    return plant(bill, load_meter, tariff, material=POWER, allocations=rows, standards=standards)


# FT: 1 t/h in N, 2 in D until 12:00, 6 until 16:00, 4 in E: 8, 32 (8 and 24) and 32 t of 72
LOAD = series("FT", [(m, 1.0 if m < 480 else 2.0 if m < 720 else 6.0 if m < 960 else 4.0) for m in range(0, 1441, 30)])
# Low until 10:00, high until 22:00, low again: N 8 h low; D 2 low, 6 high; E 6 high, 2 low
TARIFF = series("TARIFF", [(0, 1.0), (600, 3.0), (1320, 1.0), (1440, 1.0)])
BILL: list[LotRow] = [(0, 1440, 0.1)]


def in_shifts(made: Plant, told: dict[str, Series]) -> list[ShiftQuantities]:
    return [measure(made, shift(slot), told, {}, {}).result for slot in "NDE"]


def quanta(found: ShiftQuantities) -> dict[str, int | None]:
    return {band: one.quanta for band, one in found.bands.get("feed", {}).items()}


def opened(one: Quantity) -> Any:
    return evaluate(one.node, dict(OPERATIONS))


@pytest.mark.parametrize(
    ("driver", "load", "wanted"),
    [
        # 34, 33, 33 as without a tariff. D: 2 and 6 of 8 h of 33 quanta are 8.25 and 24.75; E: 24.75 high, 8.25 low
        ("hours", "", [{"low": 34}, {"low": 8, "high": 25}, {"low": 8, "high": 25}]),
        # 11.1, 44.4, 44.4: 11, 45, 44. D by 4 t until 10:00 and 4 + 24 after: 5.6 and 39.4 of 45; E by 24 and 8 t: 33 and 11
        ("load", "slurry", [{"low": 11}, {"low": 6, "high": 39}, {"low": 11, "high": 33}]),
        ("standard", "", [{"low": 11}, {"low": 6, "high": 39}, {"low": 11, "high": 33}]),
    ],
)
def test_q9_l1_a_shifts_share_is_split_to_bands_by_the_same_driver(driver: str, load: str, wanted: list[dict[str, int]]) -> None:
    told = {**lots("BILL", BILL), **known(LOAD, TARIFF)}
    found = in_shifts(banded_plant(driver, load), told)
    assert [quanta(one) for one in found] == wanted
    for one in found:
        assert sum(quanta(one).values()) == one.streams["feed"].quanta  # type: ignore[arg-type]
        for band in one.bands["feed"].values():
            assert opened(band) == band.quanta
            assert (band.status, "allocated" in band.marks) == ("allocated", True)


def test_q9_the_tariff_moves_no_shifts_share_nor_its_errors() -> None:
    """Also of a load that runs backwards for a while: by its shift it is netted, and inside the shift it counts nothing there."""
    back = series("FT", [(m, -1.0 if 540 <= m < 600 else 2.0) for m in range(0, 1441, 30)])
    told = {**lots("BILL", BILL), **known(back, TARIFF)}
    made = banded_plant("load", "slurry")
    plain = replace(made, materials={"ore": Material("ore", "t")})
    for one, other in zip(in_shifts(made, told), in_shifts(plain, told), strict=True):
        a, b = one.streams["feed"], other.streams["feed"]
        assert (a.quanta, a.value, a.errors, a.marks) == (b.quanta, b.value, b.errors, b.marks)
    # 16, 13 and 16 t of 45: 36, 29, 35 quanta. D low 8-10: 2 - 1 = 1 t, high 12 t: 2.2 and 26.8
    assert [quanta(one) for one in in_shifts(made, told)] == [{"low": 36}, {"low": 2, "high": 27}, {"low": 9, "high": 26}]


STATED: list[LotRow] = [(0, 1440, 0.06, "high"), (0, 1440, 0.05, "low")]


def test_q9_a_bill_that_says_its_bands_is_shared_in_each_bands_time_alone() -> None:
    """By load. High: D 28 t, E 24 t of 52: 60 quanta are 32.3 and 27.7. Low: N 8, D 4, E 8 t of 20: 50 are 20, 10, 20."""
    told = {**lots("BILL", STATED), **known(LOAD, TARIFF)}
    found = in_shifts(banded_plant("load", "slurry"), told)
    assert [quanta(one) for one in found] == [{"low": 20}, {"low": 10, "high": 32}, {"low": 20, "high": 28}]
    assert [one.streams["feed"].quanta for one in found] == [20, 42, 48]
    for one in found:
        assert opened(one.streams["feed"]) == one.streams["feed"].quanta
        assert all(opened(band) == band.quanta for band in one.bands["feed"].values())
        assert "booking:BILL:2026-03-05T00:00:00Z:high" not in one.streams["feed"].errors  # without sigma none


def test_q9_q6_each_bands_bill_has_an_error_of_its_own() -> None:
    told = {**lots("BILL", STATED), **known(LOAD, TARIFF)}
    found = [one.streams["feed"].errors for one in in_shifts(banded_plant("load", "slurry", sigma="0.01"), told)]
    for band in ("high", "low"):
        assert sum(errors.get(f"booking:BILL:2026-03-05T00:00:00Z:{band}", 0.0) for errors in found) == pytest.approx(0.01)


def test_q9_a_bill_of_a_band_that_never_held_is_not_allocated() -> None:
    told = {**lots("BILL", [(0, 480, 0.06, "high")]), **known(LOAD, TARIFF)}
    found = measure(banded_plant(), shift("N"), told, {}, {})
    assert found.result.streams["feed"].quanta is None
    assert ['band "high"' in issue.message for issue in found.issues if issue.code == "Q023"] == [True]


def test_q9_a_bill_of_no_band_of_the_tariff_is_no_bill() -> None:
    told = {**lots("BILL", [(0, 1440, 0.06, "peak")]), **known(LOAD, TARIFF)}
    found = measure(banded_plant(), shift("N"), told, {}, {})
    assert found.result.streams["feed"].quanta is None
    assert [issue.remedy for issue in found.issues if issue.code == "Q022"] == [
        "The bill's row names a band (`stage` of its source) that no code of the material's band_state has."
    ]


def test_q9_a_driver_idle_in_a_bands_time_shares_that_bands_bill_by_its_hours() -> None:
    """The load stands still while high holds: 60 quanta by 6 h in D and 6 h in E, and each says so."""
    idle = series("FT", [(m, 0.0 if 600 <= m < 1320 else 1.0) for m in range(0, 1441, 30)])
    told = {**lots("BILL", STATED), **known(idle, TARIFF)}
    found = in_shifts(banded_plant("load", "slurry"), told)
    assert [quanta(one).get("high") for one in found] == [None, 30, 30]
    assert [quanta(one)["low"] for one in found] == [34, 8, 8]  # 8, 2 and 2 of 12 t: 33.3, 8.3, 8.3
    assert all("driver-idle" in one.streams["feed"].marks for one in found)


def test_q3_what_is_driven_while_no_code_holds_is_the_band_without_a_name() -> None:
    """The tariff is known until 12:00 only: D has 2 h low, 2 high and 4 of no band."""
    held = series("TARIFF", [(0, 1.0), (600, 3.0), (720, 7.0)])
    told = {**lots("BILL", BILL), **known(LOAD, held)}
    found = measure(banded_plant(), shift("D"), told, {}, {})
    assert quanta(found.result) == {"low": 8, "high": 8, "": 17}  # 8.25, 8.25, 16.5
    assert "band-unknown" in found.result.bands["feed"][""].marks
    assert "Q015" in {issue.code for issue in found.issues}


def test_q9_what_the_standard_estimates_is_split_by_hours() -> None:
    """A bill until 12:00 gives D 40 quanta (2 h low, 2 high); the estimate of 4 h at 0.002 t/h is all high: 8."""
    made = banded_plant(fill="standard")
    told = {**lots("BILL", [(0, 720, 0.12)]), **known(LOAD, TARIFF)}
    found = measure(made, shift("D"), told, {}, {"feed": 0.002}).result
    assert (found.streams["feed"].quanta, quanta(found)) == (48, {"low": 20, "high": 28})
    assert all(opened(band) == band.quanta for band in found.bands["feed"].values())


def test_t3_crews_have_their_part_by_the_driver_of_the_stream_and_of_each_band() -> None:
    """D changes crew at 12:00: 8 t before (4 low, 4 high), 24 t after, all high."""
    crews = {"mill": (crew("mill/A", 480, 720), crew("mill/B", 720, 960))}
    told = {**lots("BILL", BILL), **known(LOAD, TARIFF)}
    found = measure(banded_plant("load", "slurry"), shift("D"), told, crews, {}).result
    share = 0.1 * 32 / 72
    assert found.parts["feed"] == pytest.approx((share / 4, share * 3 / 4))
    assert found.band_parts["feed", "low"] == pytest.approx((share / 8, 0))
    assert found.band_parts["feed", "high"] == pytest.approx((share / 8, share * 3 / 4))


def test_l7_the_bands_of_a_bill_enter_the_days_inputs() -> None:
    told = {**lots("BILL", STATED), **known(LOAD, TARIFF)}
    found = booked(banded_plant("load", "slurry"), shift("D"), told, {})
    assert {key: one.quanta for key, one in found.items()} == {"feed": 42, "feed@low": 10, "feed@high": 32}


def test_i7_the_trace_of_a_band_opens_to_bill_driver_and_tariff_time() -> None:
    told = {**lots("BILL", BILL), **known(LOAD, TARIFF)}
    found = measure(banded_plant("load", "slurry"), shift("D"), told, {}, {}).result
    labels = [node.label for _, node in walk(found.bands["feed"]["high"].node)]
    assert "driver in band high, 2026-03-04.D" in labels
    assert any(label.startswith("booked from 2026-03-04T00:00:00Z") for label in labels)
    assert any(label.startswith("FT from 2026-03-04T10:00:00Z to 2026-03-04T16:00:00Z") for label in labels)


@given(
    st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 1439), st.integers(-(10**6), 10**9), st.sampled_from(["", "high", "low"])),
        max_size=4,
    ),
    st.lists(st.sampled_from([1.0, 3.0, 9.0]), min_size=12, max_size=12),
    st.lists(st.integers(-50, 500), min_size=12, max_size=12),
    st.sampled_from(["hours", "load", "standard"]),
)
def test_q9_i1_bands_sum_to_shifts_and_both_to_the_bills(
    bills: list[tuple[int, int, int, str]], states: list[float], rates: list[int], driver: str
) -> None:
    """Whatever the bills (some of one band), the tariff (some of it unknown) and the driver (now and then backwards)."""
    made = banded_plant(driver, "slurry" if driver == "load" else "")
    rows: list[LotRow] = [
        (a, min(a + length, 1440), amount / 1000, band) if band else (a, min(a + length, 1440), amount / 1000)
        for a, length, amount, band in bills
    ]
    told = {
        **(lots("BILL", rows) if rows else {}),
        **known(series("FT", [(m, rates[min(m // 120, 11)] / 10) for m in range(0, 1441, 30)])),
        **known(series("TARIFF", [(120 * i, state) for i, state in enumerate(states)])),
    }
    found = in_shifts(made, told)
    for one in found:
        whole = one.streams["feed"].quanta
        assert whole is None or sum(quanta(one).values()) == whole  # type: ignore[arg-type]
    issues = {issue.code for slot in "NDE" for issue in measure(made, shift(slot), told, {}, {}).issues}
    if "Q023" not in issues:
        assert sum(one.streams["feed"].quanta or 0 for one in found) == sum(amount for *_, amount, _ in bills)
        for band in ("high", "low"):
            stated = sum(amount for *_, amount, name in bills if name == band)
            if all(name for *_, name in bills):
                assert sum(quanta(one).get(band) or 0 for one in found) == stated


def test_q9_a_bands_bill_whose_tariff_is_open_somewhere_says_so() -> None:
    held = series("TARIFF", [(0, 1.0), (600, 3.0), (720, 7.0)])
    for told, marked in ((held, True), (TARIFF, False)):
        found = measure(banded_plant(), shift("D"), {**lots("BILL", STATED), **known(LOAD, told)}, {}, {}).result
        assert ("driver-partial" in found.streams["feed"].marks) == marked


def test_q9_a_driver_known_only_while_the_band_does_not_hold_shares_nothing_of_it() -> None:
    """The load is known in N, which is all low: of the 60 quanta of high nobody knows whose they are, and hours do not stand in."""
    early = series("FT", [(m, 2.0) for m in range(0, 481, 30)])
    told = {**lots("BILL", [(0, 1440, 0.06, "high")]), **known(early, TARIFF)}
    found = measure(banded_plant("load", "slurry"), shift("D"), told, {}, {})
    assert found.result.streams["feed"].quanta is None
    assert {issue.code for issue in found.issues} & {"Q023", "Q032"} == {"Q023"}


def test_t3_a_crew_while_whom_the_load_ran_backwards_has_no_part_of_the_bill() -> None:
    """D: -1 t/h until 10:00 under A, then 2 t/h under B: the shift's share is by its net 10 t, and all of it is B's."""
    back = series("FT", [(m, -1.0 if 480 <= m < 600 else 2.0) for m in range(0, 1441, 30)])
    crews = {"mill": (crew("mill/A", 480, 600), crew("mill/B", 600, 960))}
    found = measure(banded_plant("load", "slurry"), shift("D"), {**lots("BILL", BILL), **known(back, TARIFF)}, crews, {}).result
    assert found.parts["feed"] == pytest.approx((0.0, 0.1 * 10 / 42))
