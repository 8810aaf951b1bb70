"""What flowed between nodes, and what they do not explain (B1, B3, Q6)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import hand_made as h
from shiftledger.balance.nodes import OPERATIONS, balance, stream_checks, unit_checks
from shiftledger.core.trace import evaluate
from shiftledger.plant.model import Meter, Unit

MEASURED = {"ore": 100_000, "to-T": 98_000, "from-T": 90_000, "product": 89_000, "steam": 20_000}


def test_b3_the_residual_is_what_the_books_expected_and_nobody_found() -> None:
    found = balance(h.plant(), h.quantities(h.plant(), MEASURED, {"T": (50_000, 57_000)})).result
    residual = found.residuals["T"]
    assert (residual.quanta, residual.what, residual.flows) == (1_000, "slurry", 2)
    assert evaluate(residual.trace, dict(OPERATIONS)) == 1_000
    assert found.absent == ()


@pytest.mark.parametrize(("unmetered", "expected"), [("from-T", 91_000), ("to-T", 97_000)])
def test_b1_the_unmetered_side_of_a_stock_is_derived(unmetered: str, expected: int) -> None:
    flows = {key: value for key, value in MEASURED.items() if key != unmetered}
    found = balance(h.plant(), h.quantities(h.plant(), flows, {"T": (50_000, 57_000)})).result
    flow = found.flows[unmetered]
    assert (flow.quantity.quanta, flow.kind) == (expected, "stock")
    assert "derived" in flow.quantity.marks
    assert evaluate(flow.quantity.node, dict(OPERATIONS)) == expected
    assert found.residuals["T"].quanta == 0


def test_b1_a_derived_flow_carries_the_errors_of_its_terms() -> None:
    plant = h.plant()
    given = h.quantities(plant, {**MEASURED}, {"T": (50_000, 57_000)})
    streams = {key: value for key, value in given.streams.items() if key != "from-T"}
    streams["to-T"] = h.quantity(98_000, 0.3, "calibration:FT")
    opening, closing = h.quantity(50_000, 0.05, "boundary:T:a"), h.quantity(57_000, 0.05, "boundary:T:b")
    found = balance(plant, replace(given, streams=streams, opening={"T": opening}, closing={"T": closing})).result
    assert found.flows["from-T"].quantity.errors == {"boundary:T:a": 0.05, "boundary:T:b": -0.05, "calibration:FT": 0.3}


def test_q6_z_is_the_residual_over_its_standard_uncertainty() -> None:
    plant = h.plant()
    given = h.quantities(plant, MEASURED, {"T": (50_000, 57_000)})
    streams = dict(given.streams) | {"to-T": h.quantity(98_000, 0.3, "a"), "from-T": h.quantity(90_000, 0.4, "b")}
    z = balance(plant, replace(given, streams=streams)).result.residuals["T"].z
    assert z is not None
    assert math.isclose(z, 1.0 / 0.5)
    assert balance(plant, given).result.residuals["T"].z is None, "no declared error: nothing to judge by"


def test_i8_an_absent_term_leaves_the_residual_absent() -> None:
    plant = h.plant()
    assert "T" not in balance(plant, h.quantities(plant, {**MEASURED, "to-T": None}, {"T": (50_000, 57_000)})).result.residuals
    found = balance(plant, h.quantities(plant, MEASURED, {"T": (50_000, None)})).result
    assert found.residuals == {}
    assert found.flows["to-T"].quantity.quanta == 98_000, "flows still stand"
    missing = balance(plant, h.quantities(plant, {**MEASURED, "ore": None}, {"T": (50_000, 57_000)})).result
    assert missing.absent == ("ore",)


def test_b1_a_derived_flow_that_is_negative_is_posted_and_said() -> None:
    flows = {key: value for key, value in MEASURED.items() if key != "from-T"}
    found = balance(h.plant(), h.quantities(h.plant(), flows, {"T": (0, 99_000)}))
    assert found.result.flows["from-T"].quantity.quanta == -1_000
    assert [issue.code for issue in found.issues] == ["B001"]
    assert 'stream "from-T", derived from stock "T", is negative (-1.000)' in found.issues[0].message


def test_b1_two_stocks_in_a_row_are_derived_one_after_the_other() -> None:
    rows = h.streams(("in", "outside", "S1", "slurry"), ("mid", "S1", "S2", "slurry"), ("out", "S2", "outside", "slurry"))
    stocks = {key: replace(h.plant().stocks["T"], id=key) for key in ("S1", "S2")}
    plant = h.plant(streams=rows, stocks=stocks)
    found = balance(plant, h.quantities(plant, {"out": 10}, {"S1": (100, 80), "S2": (50, 60)})).result
    assert found.flows["mid"].quantity.quanta == 20  # 60 - 50 + 10
    assert found.flows["in"].quantity.quanta == 0  # 80 - 100 + 20


@pytest.mark.parametrize(("quanta", "small"), [(2, True), (-2, True), (3, False), (-3, False)])
def test_l5_up_to_half_of_flows_plus_two_quanta_is_rounding(quanta: int, small: bool) -> None:
    plant = h.plant()
    found = balance(plant, h.quantities(plant, MEASURED, {"T": (50_000, 58_000 - quanta)})).result
    assert found.residuals["T"].quanta == quanta
    assert found.residuals["T"].is_rounding is small


def test_b1_a_unit_closes_only_for_what_it_conserves() -> None:
    units = {"U1": Unit("U1", "mill", conserves=("mass",)), "U2": Unit("U2", "filter")}
    plant = h.plant(units=units)
    found = balance(plant, h.quantities(plant, MEASURED, {"T": (50_000, 57_000)})).result
    assert sorted(found.residuals) == ["T", "U1"]
    assert (found.residuals["U1"].quanta, found.residuals["U1"].what) == (2_000, "mass")


def test_b1_what_cannot_be_closed_is_an_issue() -> None:
    wrong = {"U1": Unit("U1", "mill", conserves=("Al2O3",)), "U2": Unit("U2", "filter", conserves=("mass",))}
    plant = h.plant(units=wrong)
    assert [issue.code for issue in unit_checks(plant)] == ["B002"]
    materials = dict(plant.materials) | {"steam": replace(plant.materials["steam"], unit="GJ")}
    both = unit_checks(replace(plant, materials=materials))
    assert [issue.message for issue in both] == [
        'unit "U1" cannot be closed for Al2O3: only mass is closed so far',
        'unit "U2" cannot be closed for mass: its streams have different units or quanta',
    ]


def test_b1_an_unmetered_stream_between_two_full_stocks_is_refused() -> None:
    rows = h.streams(("in", "outside", "S1", "slurry"), ("mid", "S1", "S2", "slurry"), ("out", "S2", "outside", "slurry"))
    stocks = {key: replace(h.plant().stocks["T"], id=key) for key in ("S1", "S2")}
    both = (Meter("A", "rate", stream="in"), Meter("B", "rate", stream="out"))
    plant = h.plant(streams=rows, stocks=stocks, meters=both)
    assert [(i.code, i.message) for i in stream_checks(plant)] == [
        ("B003", 'stream "mid" has no meter and could follow from "S1" as well as from "S2"')
    ]
    assert stream_checks(replace(plant, meters=both[1:])) == (), "then S1 derives its own side"
    assert stream_checks(replace(plant, meters=(*both, Meter("C", "rate", stream="mid")))) == ()
