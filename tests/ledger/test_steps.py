"""Volume and mix: the actual total as planned, then the mix as it was (L4)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import hand_made as h
from ledger.test_standards import FLOWS, make
from shiftledger.plant.model import Budget, Material, Plant, Standard

BOTH = (
    Standard("filter", "product", "steam", "usage", Decimal("0.2")),
    Standard("filter", "lime", "steam", "usage", Decimal("0.5")),
)
PLAN = (Budget("filter", "product", "output", Decimal(60)), Budget("filter", "lime", "output", Decimal(40)))


def two_products(**changes: Any) -> Plant:
    base = h.plant()
    streams = {**base.streams, **h.streams(("by", "U2", "outside", "lime"))}
    return replace(base, **{"streams": streams, "standards": BOTH, "budget": PLAN, **changes})


def lines(plant: Plant, **flows: int) -> list[tuple[str, int]]:
    statement, _, _ = make(plant, flows={**FLOWS, **flows})
    return [(step.name, step.amount) for step in statement.steps[:3]]


def test_l4_volume_is_the_total_at_the_planned_mix_and_mix_the_rest() -> None:
    """Plan 60 + 40 t, actual 89 + 31 t: 120 t at the planned mix are 72 + 48 t.

    Plan      60 x 250 + 40 x 7 - (12.0 + 20.0) x 150 = 10,480.00
    at mix    72 x 250 + 48 x 7 - (14.4 + 24.0) x 150 = 12,576.00
    Standard  89 x 250 + 31 x 7 - (17.8 + 15.5) x 150 = 17,472.00
    """
    assert lines(two_products(), by=31_000) == [("volume", 209_600), ("mix", 489_600), ("conditions", 0)]


def test_l4_the_planned_mix_is_rounded_to_the_quantum_of_each_product() -> None:
    """100.001 t in thirds: 66.667 and 33.334 t (66.66733..., 33.33366...)."""
    thirds = (replace(PLAN[0], qty=Decimal(2)), replace(PLAN[1], qty=Decimal(1)))
    _, trace, _ = make(two_products(budget=thirds), flows={**FLOWS, "by": 11_001})
    volume = next(line for line in trace.bridge.lines if line.name == "volume")
    to, start = volume.node.children
    outputs = {
        node.label: node.children[0].value for node in to.children if node.label.rpartition(": ")[2] in ("product", "lime")
    }
    assert sorted(outputs.values()) == [33_334, 66_667]
    assert start.label.startswith("Plan, ")


def test_l4_one_product_has_no_mix() -> None:
    """89 t instead of 60: 29 x 250 - 5.8 x 150."""
    plant = h.plant(standards=BOTH[:1], budget=PLAN[:1])
    assert lines(plant)[:2] == [("volume", 638_000), ("conditions", 0)]


def test_l4_products_of_different_units_or_a_plan_of_nothing_have_no_mix() -> None:
    pieces = {**h.plant().materials, "lime": Material("lime", "pcs")}
    for changes in ({"materials": pieces}, {"budget": tuple(replace(row, qty=Decimal(0)) for row in PLAN)}):
        assert [name for name, _ in lines(two_products(**changes), by=31_000)][:2] == ["volume", "conditions"]
