"""A stream by tariff band: split by the state that holds at each moment, to the stream's own quanta (L5)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import NAN, crew, hourly, known, meter, opened, plant, series, shift
from shiftledger.core.period import HOUR
from shiftledger.core.trace import walk
from shiftledger.plant.model import Material, Meter
from shiftledger.quantities.bands import band_share
from shiftledger.quantities.measure import measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series

POWER = Material("ore", "t", band_state="tariff")
CODES = (("peak", Decimal(3)), ("low", Decimal(1)), ("mid", Decimal(2)))


def tariff(**fields: object) -> Meter:
    return meter("ST", "state", "", state="tariff", codes=CODES, **fields)


def bands(
    one: Meter, flow: Series, states: Series, teller: Meter | None = None
) -> tuple[dict[str, Quantity], list[str], Quantity]:
    made = plant(one, teller or tariff(), material=POWER)
    found = measure(made, shift(), known(flow, states), {}, {})
    quantities = found.result
    codes = [issue.code for issue in found.issues if issue.code != "Q012"]
    return dict(quantities.bands.get("feed", {})), codes, quantities.streams["feed"]


def test_l5_bands_by_the_state_at_each_moment_in_code_order() -> None:
    states = series("ST", [(480, 2), (600, 3), (720, 1)])
    split, codes, whole = bands(meter(), hourly("FT-1", 10.0), states)
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": 40_000, "mid": 20_000, "peak": 20_000}
    assert list(split) == ["low", "mid", "peak"]
    assert [opened(quantity) for quantity in split.values()] == [40_000, 20_000, 20_000]
    assert (codes, whole.quanta) == ([], 80_000)
    assert all(quantity.status == "measured" and quantity.marks == () for quantity in split.values())


def parts_of_bands(
    one: Meter, flow: Series, states: Series, *crews: tuple[str, float, float], **more: Meter
) -> dict[str, tuple[float, ...]]:
    made = plant(one, *(more.values() or [tariff()]), material=POWER)
    rosters = {"mill": tuple(crew(*each) for each in crews), "filter": (crew("filter/A", 480, 960),)}
    found = measure(made, shift(), known(flow, states), rosters, {}).result
    assert all(key == "feed" for key, _ in found.band_parts)
    split = {band: amounts for (_, band), amounts in found.band_parts.items()}
    assert list(split) == (list(found.bands.get("feed", {})) if split else [])
    if split:  # the cells are those of `parts`, and what a crew took of all bands is what it took
        assert found.parts["feed"] == pytest.approx([sum(cell) for cell in zip(*split.values(), strict=True)])
        for band, amounts in split.items():
            assert sum(amounts) == pytest.approx(found.bands["feed"][band].value)
    return split


TWO_CREWS = ("mill/A", 480, 720), ("mill/B", 720, 960)


def test_t3_a_band_is_shared_by_what_each_crew_took_in_it() -> None:
    states = series("ST", [(480, 1), (840, 3)])  # the high tariff holds in the second crew's hours only
    split = parts_of_bands(meter(), hourly("FT-1", 10.0), states, *TWO_CREWS)
    assert split == {"low": (pytest.approx(40.0), pytest.approx(20.0)), "peak": (0.0, pytest.approx(20.0))}


def test_t3_a_band_that_holds_over_the_change_is_cut_at_the_change() -> None:
    states = series("ST", [(480, 1), (600, 3), (780, 1)])
    flow = series("FT-1", [(480, 6.0), (690, 12.0), (900, 0.0), (960, 0.0)])
    split = parts_of_bands(meter(max_gap=8 * HOUR), flow, states, *TWO_CREWS)
    assert split == {
        "low": (pytest.approx(12.0), pytest.approx(24.0)),  # 2 h x 6 | from 13:00 2 h x 12
        "peak": (pytest.approx(15.0), pytest.approx(12.0)),  # 1.5 h x 6 + 0.5 h x 12 | 1 h x 12
    }


def test_t3_the_unknown_band_and_a_fill_are_shared_too() -> None:
    states = series("ST", [(480, 1), (780, NAN, "b")])
    split = parts_of_bands(meter(fill="last-good"), hourly("FT-1", 10.0, 480, 600), states, *TWO_CREWS)
    assert split == {"low": (pytest.approx(40.0), pytest.approx(10.0)), "": (0.0, pytest.approx(30.0))}
    nobody = parts_of_bands(meter(), hourly("FT-1", 10.0), series("ST", []), *TWO_CREWS)
    assert nobody == {"": (pytest.approx(40.0), pytest.approx(40.0))}


def test_t3_without_a_change_of_crew_or_without_bands_there_are_no_parts() -> None:
    states, flow = series("ST", [(480, 1)]), hourly("FT-1", 10.0)
    assert parts_of_bands(meter(), flow, states, ("mill/A", 480, 960)) == {}
    assert parts_of_bands(meter(), series("FT-1", []), states, *TWO_CREWS) == {}
    assert parts_of_bands(meter(), flow, states, *TWO_CREWS, a=tariff(), b=meter("ST-2", "state", "", state="tariff")) == {}
    plain = measure(plant(meter()), shift(), known(flow), {"mill": tuple(crew(*each) for each in TWO_CREWS)}, {}).result
    assert (plain.band_parts, len(plain.parts["feed"])) == ({}, 2)


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 4)), min_size=1, max_size=8),
    st.lists(st.integers(481, 959), min_size=1, max_size=3, unique=True),
)
def test_q7_over_crews_the_parts_of_a_band_sum_to_the_band(changes: list[tuple[int, int]], cuts: list[int]) -> None:
    told, states = 470, []
    for wait, code in changes:
        states.append((float(told), float(code)))
        told += wait
    edges = [480, *sorted(cuts), 960]
    crews = [(f"mill/{'AB'[i % 2]}", start, end) for i, (start, end) in enumerate(pairwise(edges))]
    flow = series("FT-1", [(470 + 7 * i, float(i * i % 11)) for i in range(80)])
    split = parts_of_bands(meter(), flow, series("ST", states), *crews)
    assert {len(amounts) for amounts in split.values()} == {len(crews)}


def test_l5_interval_amount_is_split_by_the_state_in_force_during_it() -> None:
    amounts = series("FT-1", [(480 + 60 * i, float(i)) for i in range(1, 9)])
    one = meter(kind="interval", unit="t", length=HOUR)
    told = series("ST", [(480 + 60 * i, 1.0 if i < 4 else 3.0) for i in range(8)])  # each stamp begins the hour it tells about
    split, _, _ = bands(one, amounts, told)
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": 10_000, "peak": 26_000}
    changes = series("ST", [(480, 1.0), (720, 3.0)])
    split, _, _ = bands(one, amounts, changes)
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": 10_000, "peak": 26_000}


def test_l5_bands_sum_to_the_quanta_of_the_stream() -> None:
    states = series("ST", [(480, 1), (640, 2), (800, 3)])
    split, _, whole = bands(meter(), hourly("FT-1", 0.0001250), states)
    assert whole.quanta == 1
    assert [quantity.quanta for quantity in split.values()] == [1, 0, 0]  # equal remainders go to the lower code


def test_i8_time_without_a_state_is_the_unknown_band_and_says_so() -> None:
    states = series("ST", [(600, 1), (720, NAN, "b"), (840, 9)])
    split, codes, _ = bands(meter(), hourly("FT-1", 10.0), states)
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": 20_000, "": 60_000}
    assert split[""].marks == ("band-unknown",)
    assert split["low"].marks == ()
    assert codes == ["Q015"]
    assert opened(split[""]) == 60_000


def test_i8_without_any_state_meter_all_is_unknown() -> None:
    made = plant(meter(), material=POWER)
    found = measure(made, shift(), known(hourly("FT-1", 1.0)), {}, {})
    assert {band: quantity.quanta for band, quantity in found.result.bands["feed"].items()} == {"": 8_000}
    assert "Q015" in [issue.code for issue in found.issues]


def test_i8_an_absent_stream_has_no_bands_and_two_states_are_an_issue() -> None:
    assert bands(meter(), series("FT-1", []), series("ST", [(480, 1)]))[0] == {}
    made = plant(meter(), tariff(), meter("ST-2", "state", "", state="tariff"), material=POWER)
    found = measure(made, shift(), known(hourly("FT-1", 1.0)), {}, {})
    assert "feed" not in found.result.bands
    assert "Q009" in [issue.code for issue in found.issues]


def test_q1_a_fill_is_split_by_the_state_of_its_time() -> None:
    states = series("ST", [(480, 1), (840, 3)])
    split, _, whole = bands(meter(fill="last-good"), hourly("FT-1", 10.0, 480, 720), states)
    assert (whole.quanta, whole.status) == (80_000, "estimated")
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": 60_000, "peak": 20_000}
    assert all(quantity.status == "estimated" and opened(quantity) == quantity.quanta for quantity in split.values())


def test_q5_bands_of_a_component_open_to_its_assays_too() -> None:
    lab = meter("LAB", "lab", "%", component="Fe")
    other = meter("ST-2", "state", "", state="weekend")
    made = plant(meter(), lab, tariff(), other, material=Material("ore", "t", priced_on="Fe", band_state="tariff"))
    readings = known(hourly("FT-1", 10.0), series("LAB", [(480, 60.0), (720, 50.0)]), series("ST", [(480, 1), (600, 2)]))
    split = measure(made, shift(), readings, {}, {}).result.bands["feed"]
    assert {band: (quantity.quanta, opened(quantity)) for band, quantity in split.items()} == {
        "low": (12_000, 12_000),
        "mid": (32_000, 32_000),
    }


def test_q2_bands_of_a_counter() -> None:
    register = series("FT-1", [(450, 0.0), (510, 0.001), (930, 5.0), (990, 6.001)])
    split, _, whole = bands(meter(kind="counter", unit="t", max_gap=8 * HOUR), register, series("ST", [(480, 1), (720, 2)]))
    assert sum(quantity.quanta or 0 for quantity in split.values()) == whole.quanta == 5_500
    assert [opened(quantity) for quantity in split.values()] == [quantity.quanta for quantity in split.values()]


def test_i7_band_opens_to_the_readings_in_at_most_two_steps() -> None:
    split, _, _ = bands(meter(), hourly("FT-1", 10.0), series("ST", [(480, 2), (600, 3)]))
    assert max(depth for depth, _ in walk(split["peak"].node)) == 2


def test_q6_errors_of_a_band_are_its_share_of_the_streams() -> None:
    split, _, whole = bands(meter(limit="0.003"), hourly("FT-1", 10.0), series("ST", [(480, 1), (600, 3)]))
    (source,) = whole.errors
    assert split["low"].errors[source] == pytest.approx(whole.errors[source] / 4)
    assert split["peak"].errors[source] == pytest.approx(whole.errors[source] * 3 / 4)


def test_l5_a_stream_that_runs_both_ways_still_sums() -> None:
    flow = series("FT-1", [(480, -1.0001), (600, 3.0), (960, 0.0)])
    split, _, whole = bands(meter(max_gap=8 * HOUR), flow, series("ST", [(480, 1), (600, 2)]))
    assert {band: quantity.quanta for band, quantity in split.items()} == {"low": -2_000, "mid": 18_000}
    assert whole.quanta == 16_000
    backwards, _, _ = bands(meter(), hourly("FT-1", -1.0), series("ST", [(480, 1), (720, 2)]))
    assert [quantity.quanta for quantity in backwards.values()] == [-4_000, -4_000]


def test_l5_of_a_stream_that_ran_both_ways_the_largest_band_takes_the_rest() -> None:
    amounts = (-0.9999, -3.0006, 1.0003, 1.0004)  # the whole, then by band
    assert [band_share(*amounts, amounts=1, index=i, quantum=Decimal("0.001")) for i in range(3)] == [-3_000, 1_000, 1_000]


@given(
    st.lists(st.tuples(st.integers(1, 55), st.integers(0, 3000)), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 4)), min_size=1, max_size=8),
)
def test_l5_bands_always_sum_to_the_stream(flows: list[tuple[int, int]], changes: list[tuple[int, int]]) -> None:
    minute, flow = 470, [(470.0, 1.2345)]
    for wait, value in flows:
        minute += wait
        flow.append((float(minute), value / 1000))
    flow.append((float(minute + 55), 0.0))
    told, states = 470, []
    for wait, code in changes:
        states.append((float(told), float(code)))
        told += wait
    split, _, whole = bands(meter(), series("FT-1", flow), series("ST", states))
    assert sum(quantity.quanta or 0 for quantity in split.values()) == whole.quanta
    assert sum(quantity.value or 0 for quantity in split.values()) == pytest.approx(whole.value, rel=1e-12)
    for quantity in split.values():
        assert opened(quantity) == quantity.quanta
