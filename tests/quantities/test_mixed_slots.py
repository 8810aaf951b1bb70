"""Slots of 12 h beside slots of 8 h (decision 0013): bills, lots that are shared by time, and faults of counters, cell by cell, by hand.

The mill works X 00-12 and Y 12-24, the filter N 00-08, D 08-16, E 16-24: cells 00-08, 08-12, 12-16, 16-24. The mill's X is the first two,
the filter's D the middle two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, known, meter, opened, plant, series
from quantities.lot_rows import LotRow, lots
from shiftledger.core.period import DAY as ONE_DAY
from shiftledger.core.period import HOUR
from shiftledger.core.uncertainty import combine
from shiftledger.ledger.joined import joined_quantities
from shiftledger.plant.cells import cells_of
from shiftledger.plant.model import Allocation, Area, Meter, Plant, Rotation, Slot, Standard, Unit
from shiftledger.quantities.measure import measure, measure_area
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series

EIGHT = (Slot("N", time(0)), Slot("D", time(8)), Slot("E", time(16)))
TWELVE = (Slot("X", time(0)), Slot("Y", time(12)))


def mixed(*meters: Meter, **fields: Any) -> Plant:
    rotations = {
        "eight": Rotation("eight", EIGHT, "NDE", DAY, (("A", 0),)),
        "twelve": Rotation("twelve", TWELVE, "XY", DAY, (("A", 0),)),
    }
    areas = {"filter": Area("filter", "eight"), "mill": Area("mill", "twelve")}
    return plant(*meters, **{"areas": areas, "rotations": rotations, "stocks": {}, **fields})


def cells(made: Plant, told: dict[str, Series], stream: str = "feed") -> list[Quantity]:
    """The stream in the four cells, each opened down to its readings."""
    day = cells_of(made, DAY)
    assert [cell.slot for cell in day.cells] == ["p1-0000", "p2-0800", "p3-1200", "p4-1600"]
    found = []
    for cell in day.cells:
        parts = {row.area: row.shift.span for row in day.around(cell)}
        quantity = measure(made, cell, told, {}, {}, parts_of=parts).result.streams[stream]
        assert opened(quantity) == quantity.quanta or quantity.quanta is None
        found.append(quantity)
    return found


def of_areas(made: Plant, told: dict[str, Series], stream: str = "feed") -> dict[str, int | None]:
    """The stream in every area's shift, as its statement sees it."""
    day = cells_of(made, DAY)
    parts = {cell.id: {row.area: row.shift.span for row in day.around(cell)} for cell in day.cells}
    by_cell = {cell.id: measure(made, cell, told, {}, {}, parts_of=parts[cell.id]).result for cell in day.cells}
    sums = {}
    for row in day.shifts:
        whole = measure_area(made, row.area, row.shift, told, {}).result
        joined = joined_quantities(whole, [by_cell[cell.id] for cell in row.cells])
        sums[row.shift.slot] = joined.streams[stream].quanta
    return sums


def quanta(made: Plant, told: dict[str, Series]) -> list[int | None]:
    return [one.quanta for one in cells(made, told)]


# Bills. # Q9

LOAD = series("FT", [(m, 1.0 if m < 480 else 2.0 if m < 720 else 3.0 if m < 960 else 4.0) for m in range(0, 1441, 30)])
BILL: dict[str, Series] = {**lots("BILL", [(0, 1440, 0.1)]), **known(LOAD)}  # 100 quanta; the load is 8, 8, 12 and 32 t of 60


def booked(driver: str, load: str = "", **fields: Any) -> Plant:
    standards = (
        Standard("mill", "ore", "ore", "usage", Decimal("0.5")),
        Standard("mill", "ore", "ore", "usage", Decimal(3), slot="Y"),
    )
    metered = meter("FT", stream="slurry", max_gap=HOUR, white=Decimal("0.02"))
    rule = {"share": Allocation("share", "feed", driver, load)}
    return mixed(meter("BILL", "booking", "t", length=31 * ONE_DAY, **fields), metered, allocations=rule, standards=standards)


@pytest.mark.parametrize(
    ("driver", "load", "wanted"),
    [
        ("hours", "", [33, 17, 17, 33]),  # 8, 4, 4 and 8 h: 33.33, 16.67, 16.67, 33.33
        ("load", "slurry", [14, 13, 20, 53]),  # 13.33, 13.33, 20, 53.33: the odd one to the first
        ("standard", "", [3, 3, 26, 68]),  # 0.5 x 8, 0.5 x 8, in Y 3 x 12 and 3 x 32 of 140: 2.857, 2.857, 25.71, 68.57
    ],
)
def test_q9_a_bill_is_shared_among_cells_and_summed_by_either_areas_shifts(driver: str, load: str, wanted: list[int]) -> None:
    made = booked(driver, load)
    assert quanta(made, BILL) == wanted
    a, b, c, d = wanted
    assert of_areas(made, BILL) == {"X": a + b, "Y": c + d, "N": a, "D": b + c, "E": d}


def test_q6_the_drivers_errors_cancel_over_the_cells_too() -> None:
    """Only the bill's own sigma of 0.01 t is left of the day."""
    total = combine((1.0, one.errors) for one in cells(booked("load", "slurry", sigma="0.01"), BILL))
    left = {source: value for source, value in total.items() if abs(value) > 1e-12}
    assert left == pytest.approx({"booking:BILL:2026-03-05T00:00:00Z": 0.01})


def test_q9_a_bill_for_one_areas_shift_leaves_the_others_cells_open() -> None:
    """A bill for the mill's X only: 50 quanta in p1 (8 h) and 25 in p2 (4 h); p3 is not booked, so the filter's D knows a half."""
    told = lots("BILL", [(0, 720, 0.075)])
    made = booked("hours")
    assert quanta(made, told) == [50, 25, None, None]
    assert of_areas(made, told) == {"X": 75, "Y": None, "N": 50, "D": 25, "E": None}


# Lots that are shared by time. # Q10


def split_plant(ownership: str = "time-split") -> Plant:
    units = {"u1": Unit("u1", "mill", ownership=ownership), "u2": Unit("u2", "filter")}
    return mixed(meter("LT", "lot", "t", length=12 * HOUR, max_hold=24 * HOUR), units=units)


LISTED: list[LotRow] = [(-60, 0, 0.0), (420, 780, 6.001), (1500, 1500, 0.0)]  # 07:00 to 13:00: 1, 4 and 1 h


@pytest.mark.parametrize(
    ("ownership", "wanted"),
    [
        ("time-split", [1000, 4001, 1000, 0]),  # 1000.17, 4000.67, 1000.17
        ("end", [0, 0, 6001, 0]),
        ("start", [6001, 0, 0, 0]),
    ],
)
def test_q10_a_lot_over_three_cells(ownership: str, wanted: list[int]) -> None:
    made, told = split_plant(ownership), lots("LT", LISTED)
    assert quanta(made, told) == wanted
    a, b, c, d = wanted
    assert of_areas(made, told) == {"X": a + b, "Y": c + d, "N": a, "D": b + c, "E": d}


LOTS = st.lists(st.tuples(st.integers(1, 1440), st.integers(0, 700), st.integers(0, 9000)), min_size=1, max_size=5)


@given(LOTS)
def test_q10_i1_cells_sum_to_the_lots_exactly(drawn: list[tuple[int, int, int]]) -> None:
    """Lots inside the day: their quanta are given away once, over cells, and over the shifts of either area."""
    rows: list[LotRow] = [(float(max(0, end - lasts)), float(end), amount / 1000) for end, lasts, amount in drawn]
    made, told = split_plant(), lots("LT", [*rows, (-30, -30, 0.0), (1470, 1470, 0.0)])
    whole = sum(amount for *_, amount in drawn)
    assert sum(one or 0 for one in quanta(made, told)) == whole
    sums = of_areas(made, told)
    assert (sums["X"] or 0) + (sums["Y"] or 0) == whole
    assert sum(sums[slot] or 0 for slot in "NDE") == whole


# Faults of counters. # Q2


def counter_plant(**fields: Any) -> Plant:
    return mixed(meter("C", "counter", "t", max_gap=HOUR, max_hold=6 * HOUR, **fields))


HOURS = [(60 * h, 100.0 + 10 * h) for h in range(30)]  # 10 t an hour


def with_hours(changes: dict[int, float]) -> dict[str, Series]:
    return known(series("C", [(minute, changes.get(minute // 60, value)) for minute, value in HOURS]))


def test_q2_a_blip_that_a_neighbours_boundary_cuts() -> None:
    """Lost from 11:00 to 13:00: 40 t from 10:00 to 14:00, half of it on either side of 12:00."""
    found = cells(counter_plant(), told := with_hours({11: 0.0, 12: 0.0, 13: 0.0}))
    assert [one.quanta for one in found] == [80_000, 40_000, 40_000, 80_000]
    assert [one.status for one in found] == ["measured", "estimated", "estimated", "measured"]
    assert [("shared" in one.marks, "blip" in one.marks) for one in found[1:3]] == [(True, True)] * 2
    assert of_areas(counter_plant(), told) == {"X": 120_000, "Y": 120_000, "N": 80_000, "D": 80_000, "E": 80_000}


def test_q2_a_spike_at_the_cut_is_shared_as_a_blip_is() -> None:
    found = cells(counter_plant(), with_hours({12: 99_999.0}))
    assert [one.quanta for one in found] == [80_000, 40_000, 40_000, 80_000]
    assert [one.status for one in found] == ["measured", "estimated", "estimated", "measured"]


def test_q2_a_new_beginning_in_one_cell_leaves_the_others_alone() -> None:
    """At 13:00 it shows 4 and goes on by 10 an hour: it began at 12:36. p3 has 4 + 30 t and lacks 36 of 240 minutes."""
    anew = with_hours({h: 4.0 + 10 * (h - 13) for h in range(13, 30)})
    found = cells(counter_plant(), anew)
    assert [one.quanta for one in found] == [80_000, 40_000, 34_000, 80_000]
    assert found[2].coverage == pytest.approx(204 / 240)
    assert [one.status for one in found] == ["measured", "measured", "provisional", "measured"]


def test_q7_its_fill_belongs_to_the_longest_shift_around_the_cell() -> None:
    """The mill's Y knows 11 h 24 min at 10 t an hour: the 36 minutes of p3 are filled with 6 t, the whole of the filling."""
    anew = with_hours({h: 4.0 + 10 * (h - 13) for h in range(13, 30)})
    found = cells(counter_plant(fill="mean-of-shift"), anew)
    assert [one.quanta for one in found] == [80_000, 40_000, 40_000, 80_000]
    assert [one.status for one in found] == ["measured", "measured", "estimated", "measured"]


def test_q2_a_turn_on_the_cut_of_one_area_only() -> None:
    """A register of 220 t turns at exactly 12:00: it shows 0 there, and every cell has its own."""
    turned = known(series("C", [(minute, value % 220) for minute, value in HOURS]))
    assert turned["C"].value[12] == 0
    for fields in ({"modulus": "220", "max_rate": "20"}, {"modulus": "220"}):
        assert quanta(counter_plant(**fields), turned) == [80_000, 40_000, 40_000, 80_000]


def test_q2_a_rise_that_cannot_be_is_nobodys() -> None:
    """From 15:00 on it shows 1,000 t more: the hour to 15:00 is p3's, and uncovered."""
    found = cells(counter_plant(max_rate="20"), with_hours({h: 1100.0 + 10 * h for h in range(15, 30)}))
    assert [one.quanta for one in found] == [80_000, 40_000, 30_000, 80_000]
    assert found[2].coverage == pytest.approx(0.75)


def test_t2_the_same_plant_with_slots_alike_has_shifts_instead_of_cells() -> None:
    made = counter_plant()
    alike = replace(made, areas={key: replace(row, rotation="eight") for key, row in made.areas.items()})
    assert [cell.slot for cell in cells_of(alike, DAY).cells] == ["N", "D", "E"]
