"""Standards by the hour count the hours that a unit ran; hours and starts are conditions of other standards (Q3, L4)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

import hand_made as h
from ledger.test_standards import make, steps
from shiftledger.core.trace import walk
from shiftledger.ledger.statement import HourLine
from shiftledger.plant.model import Plant, Standard, Unit
from shiftledger.quantities.hours import hours_unit
from shiftledger.quantities.unit_figures import unit_conditions

HOURLY = (Standard("filter", "hour", "steam", "hours", Decimal("2.5")),)
HOUR = 60


def watched(*, units: dict[str, Unit] | None = None, hours_of: str = "", standards: tuple[Standard, ...] = HOURLY) -> Plant:
    base = h.plant(standards=standards)
    areas = {**base.areas, "filter": replace(base.areas["filter"], hours_of=hours_of)}
    return replace(base, areas=areas, units={**base.units, "U2": Unit("U2", "filter", running="s"), **(units or {})})


def test_l4_q3_a_standard_by_the_hour_counts_the_hours_that_the_unit_ran() -> None:
    ran = h.unit_time("U2", "filter", running=6 * HOUR, halts={"process": 90, "external": 30}, starts=2)
    statement, trace, _ = make(watched(), units={"U2": ran})
    # 6 h x 2.5 t/h x 150; taken 20 t. Of 8 h the standard would have been 3,000.00.
    assert statement.standard == -225_000
    assert steps(statement) == {"other product": 2_225_000, "other slurry": -1_620_000, "usage steam": -75_000}
    assert statement.hours == (
        HourLine("U2", "running", 6 * HOUR * h.MINUTE, 2, False),
        HourLine("U2", "process", 90 * h.MINUTE, 1, True),
        HourLine("U2", "external", 30 * h.MINUTE, 1, False),
    )
    assert trace.bridge.standard is not None
    assert "operating hours of filter" in {node.label for _, node in walk(trace.bridge.standard.items["steam"])}


def test_i8_where_a_part_of_the_shift_is_not_known_the_columns_are_absent() -> None:
    partly = h.unit_time("U2", "filter", running=7 * HOUR, unknown=HOUR)
    statement, _, _ = make(watched(), units={"U2": partly})
    assert (statement.standard, statement.allowed, statement.reasons) == (None, None, ("hours absent",))
    assert [(line.what, line.time) for line in statement.hours] == [
        ("running", 7 * HOUR * h.MINUTE),
        ("unknown", HOUR * h.MINUTE),
    ]
    nothing = h.unit_time("U2", "filter", running=None, unknown=8 * HOUR)
    assert make(watched(), units={"U2": nothing})[0].reasons == ("hours absent",)


def test_l4_without_hours_of_a_unit_the_shift_counts() -> None:
    assert make(watched())[0].standard == -300_000


@pytest.mark.parametrize(
    ("running", "hours_of", "expected"),
    [(("s", ""), "", "U2"), (("", ""), "", ""), (("s", "t"), "", ""), (("s", "t"), "U3", "U3"), (("", ""), "U3", "U3")],
)
def test_q3_whose_hours_are_the_areas(running: tuple[str, str], hours_of: str, expected: str) -> None:
    units = {key: Unit(key, "filter", running=state) for key, state in zip(("U2", "U3"), running, strict=True)}
    of = watched(units=units, hours_of=hours_of)
    assert hours_unit(of, "filter", h.DAY) == expected
    assert hours_unit(of, "mill", h.DAY) == "U1", "its only unit"


def test_l4_q3_starts_and_hours_are_conditions_of_standards() -> None:
    # 0.220 t of steam per t, 0.010 more per start above none, 0.004 less per hour below 8 that the filter ran.
    usage = Standard("filter", "product", "steam", "usage", Decimal("0.220"))
    by_start = replace(usage, value=Decimal("0.010"), condition="starts.U2", reference=Decimal(0))
    by_hour = replace(usage, value=Decimal("0.004"), condition="running.U2", reference=Decimal(8))
    of = watched(standards=(usage, by_start, by_hour))
    ran = h.unit_time("U2", "filter", running=6 * HOUR, halts={"planned": 2 * HOUR}, starts=2)
    found = unit_conditions(of, h.DAY, {"U2": ran})
    assert {name: quantity.quanta for (_, name), quantity in found.items()} == {"running.U2": 6_000, "starts.U2": 2_000}
    statement, _, _ = make(of, units={"U2": ran}, conditions=found)
    # Standard 89 x 0.220 = 19.580; allowed 0.220 + 0.020 - 0.008 = 0.232: 89 x 0.232 = 20.648 t, 1.068 t x 150 more
    assert steps(statement)["conditions"] == -16_020
    assert [(c.name, c.value, c.unit) for c in statement.conditions] == [("running.U2", 6_000, "h"), ("starts.U2", 2_000, "1")]
    partly = unit_conditions(of, h.DAY, {"U2": h.unit_time("U2", "filter", running=6 * HOUR, unknown=2 * HOUR, starts=2)})
    assert {quantity.quanta for quantity in partly.values()} == {None}
    assert make(of, conditions=partly)[2].count("L005") == 2
    assert {quantity.quanta for quantity in unit_conditions(of, h.DAY, {}).values()} == {None}


def test_q3_a_change_of_crew_inside_a_halt_is_one_halt() -> None:
    ran = h.unit_time("U2", "filter", running=6 * HOUR, halts={"process": 2 * HOUR})
    (whole,) = ran.halts
    middle = whole.span.start + whole.span.length // 3
    parts = tuple(replace(whole, span=replace(whole.span, **cut)) for cut in ({"end": middle}, {"start": middle}))
    statement, _, _ = make(watched(), units={"U2": replace(ran, halts=parts)})
    assert statement.hours[1] == HourLine("U2", "process", 2 * HOUR * h.MINUTE, 1, True)
