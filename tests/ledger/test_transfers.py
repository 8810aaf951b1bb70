"""Halts that are nobody's doing, charges for environment and safety, hours in the bridge (L3, L4, Q3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import hand_made as h
from ledger.test_standards import make
from shiftledger.acts.events import Event
from shiftledger.balance.nodes import balance
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.terms import post_terms
from shiftledger.plant.model import Budget, Plant, RosterEntry, Standard, Unit
from shiftledger.plant.terms import Charge

FLOWS = {"ore": 100_000, "to-T": 98_000, "from-T": 90_000, "product": 89_000, "steam": 20_000}
HOUR = 60  # minutes


def posted(of: Plant, **changes: Any) -> list[Posting]:
    made = h.quantities(of, FLOWS, {"T": (50_000, 57_000)}, **changes)
    context = h.context(of, made)
    done = post_terms(context, balance(of, made).result, sorted(of.areas), None)
    for entry in done.result:
        assert evaluate(entry.node, OPERATIONS) == entry.node.value
    return [entry.posting for entry in done.result]


def rated(rate: str = "450.00") -> Plant:
    base = h.plant()
    return replace(base, units={**base.units, "U2": Unit("U2", "filter", no_fault_rate=Decimal(rate))})


def test_l3_halts_by_causes_not_the_crew_s_own_are_the_site_s() -> None:
    """30 min external and 90 min mechanical at 450.00 an hour; the crew's own jam and what nobody explained stay."""
    halted = h.unit_time(
        "U2", "filter", running=4 * HOUR, halts={"process": 60, "mechanical": 90, "external": 30, "unclassed": 60}
    )
    rows = posted(rated(), units={"U2": halted})
    assert [(p.source, p.target, p.what, p.qty, p.price, p.amount, p.kind) for p in rows] == [
        ("area:filter", "site:no-fault", "U2@external", 5_000, Decimal(450), 22_500, "transfer"),
        ("area:filter", "site:no-fault", "U2@mechanical", 15_000, Decimal(450), 67_500, "transfer"),
    ]


def test_l3_without_a_rate_nothing_is_transferred() -> None:
    assert posted(h.plant(), units={"U2": h.unit_time("U2", "filter", running=7 * HOUR, halts={"external": 60})}) == []


def test_l5_a_third_of_an_hour_multiplies_out() -> None:
    (row,) = posted(rated("100"), units={"U2": h.unit_time("U2", "filter", running=460, halts={"external": 20})})
    assert (row.qty, row.amount) == (3_333, 3_333)  # 0.3333 h x 100


def event(minute: int, kind: str = "spill", act: int = 7, **where: str) -> Event:
    start = h.context(h.plant(), h.quantities(h.plant(), {})).quantities.shift.span.start + minute * h.MINUTE
    return Event(
        act,
        where.get("unit", ""),
        where.get("area", ""),
        start,
        None,
        kind,
        who="foreman, post 4",
        role="operation",
        evidence="log 12",
    )


def test_l3_events_are_charged_in_the_shift_in_which_they_begin() -> None:
    of = replace(h.plant(), charges=(Charge("fine", Decimal("500"), event="spill", party="authority"),))
    events = (
        event(0, unit="U2"),
        event(30, area="filter"),
        event(-1, unit="U2"),
        event(480, unit="U2"),
        event(9, "leak", unit="U2"),
    )
    rows = posted(of, events=events)
    assert [(p.source, p.target, p.what, p.qty, p.price, p.amount, p.kind, p.crew) for p in rows] == [
        ("outside:authority", "area:filter", "fine", 2, Decimal(500), 100_000, "charge", "filter/B")
    ]


def test_t3_the_crew_on_duty_bears_the_event() -> None:
    roster = (RosterEntry(h.DAY, "E", "filter", "C", time(20)),)
    of = replace(h.plant(roster=roster), charges=(Charge("fine", Decimal("500"), event="spill"),))
    rows = posted(of, events=(event(10, unit="U2"), event(6 * HOUR, unit="U2")))
    assert [(p.crew, p.source, p.amount) for p in rows] == [
        ("filter/B", "site:fixed", 50_000),
        ("filter/C", "site:fixed", 50_000),
    ]


def test_l3_an_emission_is_charged_by_its_quantity() -> None:
    base = h.plant()
    of = replace(
        base,
        streams={**base.streams, **h.streams(("gas", "U2", "outside", "lime"))},
        charges=(Charge("levy", Decimal("1.2"), stream="gas"),),
    )
    made = h.quantities(of, {**FLOWS, "gas": 2_500}, {"T": (50_000, 57_000)})
    (entry,) = post_terms(h.context(of, made), balance(of, made).result, ["filter", "mill"], None).result
    p = entry.posting
    assert (p.source, p.target, p.what, p.qty, p.price, p.amount) == (
        "site:fixed",
        "area:filter",
        "lime@levy",
        2_500,
        Decimal("1.2"),
        300,
    )
    silent = h.quantities(of, {**FLOWS, "gas": None})
    assert post_terms(h.context(of, silent), balance(of, silent).result, ["filter"], None).result == ()


HOURLY = (Standard("filter", "hour", "steam", "hours", Decimal("2.5")),)
PLANNED = (Budget("filter", "hour", "hours", Decimal("7.5")),)


def test_l4_hours_stand_apart_from_volume_and_those_of_nobody_s_doing_apart_again() -> None:
    """Planned 7.5 h x 2.5 t/h x 150 = 2,812.50. The unit could run 7.0 h (2,625.00) and ran 6.0 h (2,250.00)."""
    base = h.plant(standards=HOURLY, budget=PLANNED)
    of = replace(base, units={**base.units, "U2": Unit("U2", "filter", running="s")})
    ran = h.unit_time("U2", "filter", running=6 * HOUR, halts={"process": 60, "external": 60})
    statement, _, _ = make(of, units={"U2": ran})
    assert (statement.plan, statement.standard) == (-281_250, -225_000)
    lines = [(s.name, s.item, s.amount) for s in statement.steps[:3]]
    assert lines == [("time", "", 18_750), ("time", "no-fault", 37_500), ("conditions", "", 0)]
    alone, _, _ = make(of, units={"U2": h.unit_time("U2", "filter", running=6 * HOUR, halts={"process": 120})})
    assert [(s.name, s.item, s.amount) for s in alone.steps[:2]] == [("time", "", 56_250), ("conditions", "", 0)]


def test_l4_volume_and_time_side_by_side() -> None:
    """Product by the tonne, steam by the hour: 29 t more at 250, then the hours."""
    rows = (*HOURLY, Standard("filter", "product", "slurry", "yield", Decimal("1")))
    budget = (*PLANNED, Budget("filter", "product", "output", Decimal(60)))
    statement, _, _ = make(h.plant(standards=rows, budget=budget))
    # product 29 x 250 - slurry 29 x 180; 8 h instead of 7.5 h: 1.25 t x 150
    assert [(s.name, s.item, s.amount) for s in statement.steps[:2]] == [("volume", "", 203_000), ("time", "", -18_750)]
