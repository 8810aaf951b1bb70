"""Where a state stood at a boundary: observations until the grace period, carried, interpolated, settled, absent (L3, Q4, I3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from quantities.building import DAY, at, meter, plant, series, shift
from shiftledger.core.trace import evaluate
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import CrewInterval
from shiftledger.plant.terms import State
from shiftledger.quantities.measure import OPERATIONS, boundaries, margins, measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.states import crossings, state_boundaries

FOUL = meter("F", "state", "", state="fouling", quantum="0.01", sigma="0.02")


def made(*readings: tuple[Any, ...], meters: tuple[Any, ...] = (FOUL,), **fields: Any) -> tuple[Plant, dict[str, Any]]:
    state = State("fouling", "mill", **fields)
    return replace(plant(*meters), states={"fouling": state}), {"F": series("F", readings)}


def value(minute: float, *readings: tuple[Any, ...], fixed: int | None = None, **fields: Any) -> tuple[Quantity, list[str]]:
    of, known = made(*readings, **fields)
    done = state_boundaries(of, at(minute), known, {} if fixed is None else {("state:fouling", at(minute)): fixed})
    found = done.result["state:fouling"]
    assert evaluate(found.node, dict(OPERATIONS)) == found.quanta
    return found, [issue.code for issue in done.issues]


def test_q4_the_nearest_reading_until_the_grace_period_counts() -> None:
    assert value(480, (470, 0.20), (500, 0.31))[0].quanta == 20
    assert value(480, (450, 0.20), (490, 0.31))[0].quanta == 31
    assert value(480, (470, 0.20), (490, 0.31))[0].quanta == 20, "of two equally near the earlier"
    assert value(480, (0, 0.20), (510, 0.31))[0].quanta == 31
    assert value(480, (0, 0.20), (511, 0.31))[0].quanta == 20, "31 minutes later is too late"


def test_q4_a_far_reading_is_carried_and_said() -> None:
    found, issues = value(480, (0, 0.20))
    assert (found.quanta, found.status, found.marks, issues) == (20, "estimated", ("carried",), ["Q013"])
    assert value(480, (450, 0.20))[1] == []
    assert value(480, (449, 0.20))[1] == ["Q013"]


def test_q4_on_the_line_between_two_readings() -> None:
    found, _ = value(480, (460, 0.20), (500, 0.30), boundary="interpolate")
    assert (found.quanta, found.marks) == (25, ("interpolated",))
    assert value(480, (480, 0.20), (500, 0.30), boundary="interpolate")[0].quanta == 20
    assert value(480, (460, 0.20), boundary="interpolate")[0].quanta == 20
    assert value(480, (500, 0.30), boundary="interpolate")[0].quanta == 30


def test_i8_nothing_known_is_absent_and_a_bad_reading_is_nothing() -> None:
    for readings in ((), ((480, 0.2, "b"),)):
        found, issues = value(480, *readings)
        assert (found.quanta, found.value, found.marks, issues) == (None, None, ("absent",), ["Q012"])


def test_l6_a_settled_value_wins() -> None:
    found, issues = value(480, (480, 0.20), fixed=33)
    assert (found.quanta, found.value, found.marks, issues) == (33, 0.33, ("settled",), [])


def test_q4_an_opening_is_as_good_as_a_reading_and_gives_way_to_one() -> None:
    opening = {"opening": Decimal("0.07"), "opening_day": DAY}
    assert value(0, **opening)[0].quanta == 7
    assert value(0, (0, 0.20), **opening)[0].quanta == 20


def test_l5_a_value_is_whole_quanta_of_its_meter() -> None:
    assert value(480, (480, 0.205))[0].quanta == 21
    assert value(480, (480, -0.205))[0].quanta == -21


def test_q6_one_error_source_for_both_shifts_at_a_boundary() -> None:
    found, _ = value(480, (480, 0.20))
    assert found.errors == {"boundary:state:fouling:2026-03-04T08:00:00Z": pytest.approx(0.02)}
    lasting = value(480, (480, 0.20), meters=(meter("F", "state", "", state="fouling", quantum="0.01", limit="0.03"),))[0].errors
    assert [size for source, size in lasting.items() if source.startswith("cal")] == [pytest.approx(0.03 / 3**0.5 * 0.2)]


def test_t4_a_state_has_values_on_its_days_and_at_their_edges() -> None:
    of, known = made((0, 0.20), valid_from=DAY)
    assert "state:fouling" in state_boundaries(of, at(0), known).result
    assert "state:fouling" not in state_boundaries(of, at(-480), known).result
    of, known = made((0, 0.20), valid_to=date(2026, 3, 3))
    assert "state:fouling" in state_boundaries(of, at(0), known).result
    assert "state:fouling" not in state_boundaries(of, at(480), known).result


def test_t4_a_new_meter_takes_over_at_its_day() -> None:
    old = replace(FOUL, tag="OLD", valid_to=date(2026, 3, 3))
    of, known = made((10, 0.30), meters=(old, replace(FOUL, valid_from=DAY)))
    known["OLD"] = series("OLD", [(-1, 0.10), (5, 0.90)])
    assert state_boundaries(of, at(0), known).result["state:fouling"].quanta == 10
    assert state_boundaries(of, at(8), known).result["state:fouling"].quanta == 30


def test_t3_where_crews_change_the_state_is_read_between_them() -> None:
    of, known = made((480, 0.1), (600, 0.2), (960, 0.3))
    halves = (
        CrewInterval("mill/A", shift().span.__class__(at(480), at(600))),
        CrewInterval("mill/B", shift().span.__class__(at(600), at(960))),
    )
    crews = {"mill": halves, "filter": ()}
    passed = crossings(of, shift(), known, crews)
    assert [value.quanta for value in passed["state:fouling"]] == [20]
    whole = measure(of, shift(), known, crews, {}).result
    assert whole.crossings == passed
    assert (whole.opening["state:fouling"].quanta, whole.closing["state:fouling"].quanta) == (10, 30)


def test_n5_states_reach_as_far_as_stocks() -> None:
    of, _ = made()
    bare = replace(of, stocks={})
    assert margins(bare) == margins(replace(plant(FOUL), states={}))
    assert margins(replace(bare, states={})) != margins(bare)


def test_i3_stocks_and_states_stand_side_by_side() -> None:
    of, known = made((480, 0.2))
    assert set(boundaries(of, at(480), known).result) == {*of.stocks, "state:fouling"}
