"""The four columns and the bridge (L4, L5): yields divide, usages multiply, hours count, conditions add; the steps sum exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

import hand_made as h
from shiftledger.balance.nodes import balance
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.plan import fixed_entries
from shiftledger.ledger.postings import post_shift
from shiftledger.ledger.standards import hourly_rates, rate_at, standard_quanta
from shiftledger.ledger.statement import Statement, StatementTrace, make_statement
from shiftledger.plant.model import Budget, Meter, Plant, RosterEntry, Rotation, Slot, Standard
from shiftledger.plant.roster import shifts_of
from shiftledger.quantities.quantity import Quantity

FLOWS = {"ore": 100_000, "to-T": 98_000, "from-T": 90_000, "product": 89_000, "steam": 20_000}
TANK = {"T": (50_000, 57_000)}
FILTER = (
    Standard("filter", "product", "slurry", "yield", Decimal("0.985")),
    Standard("filter", "product", "steam", "usage", Decimal("0.220")),
    Standard("filter", "product", "steam", "usage", Decimal("0.005"), condition="moisture", reference=Decimal(8)),
)
LAB = Meter("LAB", "lab", stream="product", component="moisture", unit="%")


def make(plant: Plant, area: str = "filter", *, slot: int = 1, **changes: Any) -> tuple[Statement, StatementTrace, list[str]]:
    flows = changes.pop("flows", FLOWS)
    quantities = h.quantities(plant, flows, TANK, slot=slot, **changes)
    context = h.context(plant, quantities)
    found = balance(plant, quantities).result
    entries = (*post_shift(context, found, None).result, *(e for a in plant.areas for e in fixed_entries(context, a)))
    done = make_statement(context, area, found, entries)
    statement, trace = done.result
    for node in (trace.value, *(line.node for line in trace.bridge.lines)):
        assert evaluate(node, OPERATIONS) == node.value
    start = statement.plan if statement.plan is not None else statement.standard
    if start is not None and not statement.absent:
        assert start + sum(step.amount for step in statement.steps) == statement.value
    return statement, trace, [issue.code for issue in done.issues]


def moisture(quanta: int | None) -> dict[tuple[str, str], Quantity]:
    return {("filter", "moisture"): h.quantity(quanta)}


def steps(statement: Statement) -> dict[str, int]:
    return {f"{s.name} {s.item}".strip(): s.amount for s in statement.steps if s.amount}


def test_l4_yields_divide_and_usages_multiply_in_decimal() -> None:
    args: dict[str, Any] = {"quantum_out": Decimal("0.001"), "quantum": Decimal("0.001")}
    assert standard_quanta(95_000, Decimal("0.97"), divide=True, **args) == 97_938
    assert standard_quanta(89_000, Decimal("0.230"), divide=False, **args) == 20_470
    assert standard_quanta(1, Decimal("0.5"), divide=False, **args) == 1, "half a quantum rounds away from zero"


def test_l4_a_condition_adds_slope_times_distance_from_its_reference() -> None:
    at = rate_at(Decimal("0.220"), 10_000, slope=Decimal("0.005"), reference=Decimal(8), quantum=Decimal("0.001"))
    assert at == Decimal("0.230")


def test_l4_standard_allowed_actual() -> None:
    plant = h.plant(standards=FILTER, meters=(LAB,))
    statement, _, issues = make(plant, conditions=moisture(10_000))
    assert (statement.plan, statement.standard, statement.allowed, statement.value) == (None, 304_910, 291_560, 305_000)
    assert steps(statement) == {"conditions": -13_350, "yield slurry": 6_390, "usage steam": 7_050}
    assert statement.reasons == ("no budget",)
    assert [(c.name, c.value, c.reference) for c in statement.conditions] == [("moisture", 10_000, Decimal(8))]
    assert issues == []


def test_l4_a_missing_condition_makes_allowed_equal_standard_and_is_said() -> None:
    statement, _, issues = make(h.plant(standards=FILTER, meters=(LAB,)), conditions=moisture(None))
    assert statement.allowed == statement.standard == 304_910
    assert issues == ["L005"]


def test_i8_without_standards_or_output_the_columns_are_absent() -> None:
    bare, _, _ = make(h.plant())
    assert (bare.plan, bare.standard, bare.allowed, bare.steps, bare.reasons) == (None, None, None, (), ("no standards",))
    assert bare.value == 305_000
    blind, _, _ = make(h.plant(standards=FILTER), flows={**FLOWS, "product": None})
    assert (blind.standard, blind.reasons) == (None, ("output absent", "flow absent"))
    assert blind.absent == ("product",)
    assert not blind.complete


def test_i8_an_absent_input_is_no_saving() -> None:
    plant = h.plant(standards=FILTER, meters=(LAB,))
    blind, _, _ = make(plant, flows={**FLOWS, "steam": None}, conditions=moisture(10_000))
    assert (blind.standard, blind.allowed, blind.steps, blind.reasons) == (304_910, 291_560, (), ("no budget", "flow absent"))
    assert (blind.absent, blind.complete) == (("steam",), False)
    whole, _, _ = make(plant, conditions=moisture(10_000))
    assert whole.complete


def test_i6_a_partly_covered_flow_is_compared_with_nothing() -> None:
    plant = h.plant(standards=FILTER, meters=(LAB,))
    quantities = h.quantities(plant, FLOWS, TANK)
    streams = {**quantities.streams, "steam": replace(quantities.streams["steam"], marks=("partial",), coverage=0.5)}
    found, _, _ = make(plant, streams=streams, conditions=moisture(10_000))
    assert (found.partial, found.complete) == (("steam",), False)


def test_l3_a_holder_consolidates_its_stock() -> None:
    base = h.plant(standards=FILTER, meters=(LAB,))
    plant = replace(base, stocks={"T": replace(base.stocks["T"], held_by="filter")})
    mine, _, _ = make(plant, conditions=moisture(10_000))
    site, _, _ = make(base, conditions=moisture(10_000))
    assert (mine.value, mine.steps, mine.sigma) == (site.value, site.steps, site.sigma)
    lines = [(line.what, line.other, line.sign, line.qty, line.amount, line.kind) for line in mine.lines]
    assert lines == [
        ("product", "outside", 1, 89_000, 2_225_000, "flow"),
        ("slurry", "site:unreconciled:T", 1, 1_000, 18_000, "residual"),
        ("slurry", "area:mill", -1, 98_000, -1_764_000, "flow"),
        ("steam", "outside", -1, 20_000, -300_000, "flow"),
        ("slurry", "stock:T", 1, 7_000, 126_000, "change"),
    ]
    assert sum(line.amount for line in mine.lines) == mine.value
    maker, _, _ = make(replace(base, stocks={"T": replace(base.stocks["T"], held_by="mill")}), "mill")
    assert maker.value == make(base, "mill")[0].value == 764_000


def test_i8_a_held_stock_without_boundary_is_named() -> None:
    base = h.plant()
    plant = replace(base, stocks={"T": replace(base.stocks["T"], held_by="filter")})
    found, _, _ = make(plant, closing={"T": h.quantity(None)})
    assert (found.absent, found.complete, found.value) == (("T",), False, 305_000)


def test_l4_plan_is_budgeted_output_at_standard() -> None:
    plant = h.plant(
        standards=FILTER, meters=(LAB,), budget=(Budget("filter", "product", "output", Decimal(86), day=h.DAY, slot="E"),)
    )
    statement, _, _ = make(plant, conditions=moisture(10_000))
    assert (statement.plan, steps(statement)["volume"]) == (294_620, 10_290)
    assert make(plant, slot=2, conditions=moisture(10_000))[0].plan is None


@pytest.mark.parametrize(
    ("per", "slot", "expected"), [("day", "", [33, 34, 33]), ("day", "E", [None, 100, None]), ("month", "", [1, 1, 1])]
)
def test_l5_a_budget_per_day_or_month_is_shared_by_real_hours(per: str, slot: str, expected: list[int | None]) -> None:
    rows = (Standard("filter", "product", "steam", "usage", Decimal(1)),)
    qty = Decimal("0.100") if per == "day" else Decimal("0.093")
    plant = h.plant(standards=rows, budget=(Budget("filter", "product", "output", qty, per=per, slot=slot),))
    plans = []
    for i in range(3):
        plan = make(plant, slot=i)[1].bridge.plan
        plans.append(plan.items["product"].children[0].value if plan else None)
    assert plans == expected


def test_l4_a_budget_that_names_the_day_or_the_slot_goes_before_others() -> None:
    usual, special = (
        Budget("filter", "product", "output", Decimal(80)),
        Budget("filter", "product", "output", Decimal(86), day=h.DAY),
    )
    rows = (Standard("filter", "product", "steam", "usage", Decimal(1)),)

    def planned(*budget: Budget) -> int:
        plan = make(h.plant(standards=rows, budget=budget))[1].bridge.plan
        assert plan is not None
        return int(plan.items["product"].children[0].value)

    assert planned(usual) == 80_000
    assert planned(usual, special) == planned(special, usual) == 86_000
    assert planned(usual, replace(usual, slot="E", qty=Decimal(70))) == 70_000
    assert planned(special, replace(usual, slot="E", qty=Decimal(70))) == 86_000
    assert planned(usual, usual) == 160_000, "two rows alike add up"


def test_l4_hours_standards_need_no_output() -> None:
    rows = (
        Standard("filter", "hour", "steam", "hours", Decimal("2.5"), slot="E"),
        Standard("filter", "hour", "steam", "hours", Decimal("9.9"), slot="N"),
    )
    statement, _, _ = make(h.plant(standards=rows))
    # 8 h x 2.5 t/h x 150; everything else has no standard
    assert statement.standard == -300_000
    assert steps(statement) == {"other product": 2_225_000, "other slurry": -1_620_000}
    shift = shifts_of(h.plant(), h.DAY)[1]
    assert hourly_rates(h.plant(standards=rows, meters=(Meter("FT", "rate", stream="steam", fill="standard"),)), shift) == {
        "steam": 2.5
    }
    assert hourly_rates(h.plant(standards=rows), shift) == {}, "nobody asked for it"


def test_l4_the_operating_hour_itself_is_worth_nothing() -> None:
    rows = (Standard("filter", "lime", "steam", "hours", Decimal("2.5")),)  # the hour may be a material, its price is not booked
    assert make(h.plant(standards=rows))[0].standard == -300_000


def test_l4_a_row_for_the_slot_goes_before_one_for_all() -> None:
    both = (*FILTER, replace(FILTER[1], slot="E", value=Decimal("0.200")))
    plant = h.plant(standards=both, meters=(LAB,))
    statement, _, _ = make(plant, conditions=moisture(10_000))
    # 89 x 0.200 = 17.800 x 150 = 2,670.00 instead of 2,937.00; the slope for all slots still holds: +0.01 x 89 = 0.890 x 150
    assert statement.standard == 304_910 + 26_700
    assert statement.allowed == 304_910 + 26_700 - 13_350
    assert make(plant, slot=2, conditions=moisture(10_000))[0].standard == 304_910


def test_l4_an_hour_of_the_clock_change_counts() -> None:
    base = h.plant(standards=(Standard("filter", "hour", "steam", "hours", Decimal("2.5")),))
    berlin = replace(base, settings=replace(base.settings, zone="Europe/Berlin"))
    day = date(2026, 3, 28)
    shift = shifts_of(berlin, day)[2]
    quantities = replace(h.quantities(berlin, FLOWS, TANK, slot=2), shift=shift)
    context = h.context(berlin, quantities)
    found = balance(berlin, quantities).result
    statement = make_statement(context, "filter", found, post_shift(context, found, None).result).result[0]
    assert statement.standard == -7 * 250 * 150  # seven hours


def test_l4_an_item_without_a_standard_is_a_line_of_its_own() -> None:
    statement, _, _ = make(h.plant(standards=FILTER[:1]))
    assert steps(statement) == {"yield slurry": 6_390, "other steam": -300_000}


def test_l4_a_by_product_counts_for_the_area() -> None:
    base = h.plant()
    plant = h.plant(
        streams={**base.streams, **h.streams(("by", "U2", "outside", "lime"))},
        standards=(*FILTER[:2], Standard("filter", "product", "lime", "usage", Decimal("0.1"))),
    )
    statement, _, _ = make(plant, flows={**FLOWS, "by": 10_000})
    # 89 t x 0.1 = 8.900 t x 7 = 62.30; 10.000 x 7 = 70.00
    assert steps(statement)["usage lime"] == 770
    assert statement.standard == 304_910 + 6_230


def test_l3_fixed_charges_stand_in_every_column_and_are_shared_by_hours() -> None:
    budget = (Budget("filter", "labour", "fixed", Decimal("100.00"), per="day"),)
    plant = h.plant(standards=FILTER, meters=(LAB,), budget=budget, roster=(RosterEntry(h.DAY, "E", "filter", "C", time(20)),))
    statement, _, _ = make(plant, conditions=moisture(10_000))
    assert statement.value == 305_000 - 3_334
    assert statement.standard == 304_910 - 3_334
    assert sum(make(plant, slot=i, conditions=moisture(10_000))[0].value for i in range(3)) == 3 * 305_000 - 10_000
    context = h.context(plant, h.quantities(plant, FLOWS, TANK))
    parts = [(e.posting.crew, e.posting.amount, e.posting.source) for e in fixed_entries(context, "filter")]
    assert parts == [("filter/B", 2_501, "site:fixed"), ("filter/C", 833, "site:fixed")]


def test_t2_slots_may_have_their_own_standard() -> None:
    slots = (Slot("D", time(6)), Slot("E", time(14)), Slot("N", time(22)))
    plant = h.plant(
        rotations={"r": Rotation("r", slots, "DEN", h.DAY, (("A", 0), ("B", 1), ("C", 2)))},
        standards=(replace(FILTER[1], slot="E"), replace(FILTER[1], slot="N", value=Decimal(1))),
    )
    assert make(plant)[0].standard == 2_225_000 - 293_700
    assert make(plant, slot=2)[0].standard == 2_225_000 - 1_335_000


def test_l4_rows_count_only_while_valid() -> None:
    old, new = replace(FILTER[1], valid_to=date(2026, 3, 30)), replace(FILTER[1], value=Decimal(1), valid_from=h.DAY)
    assert make(h.plant(standards=(old, new)))[0].standard == 2_225_000 - 1_335_000


def test_l4_the_steps_come_in_the_order_of_the_clause() -> None:
    rows = (*FILTER, Standard("filter", "product", "lime", "usage", Decimal("0.1")))
    base = h.plant(budget=(Budget("filter", "product", "output", Decimal(86)),))
    streams = {**base.streams, **h.streams(("lime", "outside", "U2", "lime"), ("ore-too", "outside", "U2", "ore"))}
    plant = replace(base, standards=rows, meters=(LAB,), streams=streams)
    statement, _, _ = make(plant, flows={**FLOWS, "lime": 9_000, "ore-too": 1_000}, conditions=moisture(10_000))
    names = [f"{step.name} {step.item}".strip() for step in statement.steps]
    assert names == ["volume", "conditions", "yield slurry", "usage lime", "usage steam", "other ore"]


def test_l4_output_that_comes_back_is_no_output() -> None:
    base = h.plant(standards=FILTER[1:2])
    plant = replace(base, streams={**base.streams, **h.streams(("back", "outside", "U2", "product"))})
    statement, _, _ = make(plant, flows={**FLOWS, "back": 9_000})
    assert statement.standard == 2_000_000 - 264_000  # 80 t x 250 - 80 x 0.220 x 150
