"""The checks of states, potentials, quality terms and invoices at their edges (L3, L5)."""

from __future__ import annotations

import pytest

from plant.small_plant import issues, places

STATE = '[state.fouling]\narea = "mill"\n'
METER = ("meters.csv", "class,sigma\n", "class,sigma,state,quantum\nF1,state,,,,1,,,fouling,0.01\n")
BASE = (METER, ("meters.csv", "ore-in,,,t/h,0.003,", "ore-in,,,t/h,0.003,,,"),
        ("meters.csv", "slurry-in,,,t/h,0.003,", "slurry-in,,,t/h,0.003,,,"),
        ("meters.csv", "slurry-out,,,t/h,0.003,", "slurry-out,,,t/h,0.003,,,"), ("meters.csv", ",,0.05", ",,0.05,,"))  # fmt: skip
LINEAR = "state,worth\nfouling,-1000\n"


def said(*edits: tuple[str, str, str], states: str = STATE, potentials: str = LINEAR) -> list[str]:
    return places(*BASE, *edits, states_toml=states, potentials_csv=potentials)


def test_a_state_with_a_worth_per_unit_is_fine() -> None:
    assert said() == []


def test_meters_of_a_state_count_alike() -> None:
    second = ("meters.csv", "", "F2,state,,,,1,,,fouling,0.1\n")
    found = [place for place in said(second) if not place.startswith("P025")]
    assert found == ["P070 meters.csv:7"]


def test_l3_a_state_belongs_to_an_area_with_units() -> None:
    office = ("areas.toml", "", '\n[area.office]\nrotation = "four"\ncoverage = "partial"\n')
    assert said(office, states=STATE.replace("mill", "office")) == ["P038 states.toml:2"]


@pytest.mark.parametrize(
    ("rows", "good"),
    [
        ("fouling,,-1000,,", True),
        ("fouling,0,0,,\nfouling,1,-1000,,", True),
        ("fouling,0,0,,", False),  # one point
        ("fouling,0,0,,\nfouling,1,-9,,2026-05-01", False),  # one point from May 2
        ("fouling,,-1000,,2026-05-01\nfouling,,-2000,2026-05-02,", True),
        ("fouling,,-1000,,2026-05-01\nfouling,,-2000,2026-05-03,", False),  # no worth on May 2
        ("fouling,,-1000,2026-05-02,", False),  # none before May 2
    ],
)
def test_l3_a_state_has_one_potential_on_each_of_its_days(rows: str, good: bool) -> None:
    found = said(potentials=f"state,value,worth,valid_from,valid_to\n{rows}\n")
    assert [place.partition(" ")[0] for place in found] == ([] if good else ["P071"])


def test_l3_a_state_that_begins_later_needs_no_worth_before() -> None:
    later = f"{STATE}valid_from = 2026-05-02\n"
    assert said(states=later, potentials="state,worth,valid_from\nfouling,-1000,2026-05-02\n") == []


def test_a_potential_names_a_state_of_states_toml() -> None:
    found = issues(potentials_csv="state,worth\nfuling,-1\n", states_toml="")
    assert [issue.code for issue in found] == ["P012"]
    assert "declare the state in states.toml" in found[0].remedy


LAB = ("meters.csv", "", "LAB,lab,slurry-out,,solids,%,,\n")
HEAD = "material,component,reference,worth,low,high,cap,party\n"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("slurry,solids,40,1.5,,,,", []),
        ("slurry,solids,40,1.5,38,42,2,", []),
        ("slurry,solids,40,1.5,41,42,,", ["P020 quality.csv:2"]),
        ("slurry,solids,40,1.5,30,39,,", ["P020 quality.csv:2"]),
        ("slurry,solids,40,1.5,,,-1,", ["P020 quality.csv:2"]),
        ("slurry,solids,40,1.5,,,,smelter", ["P072 quality.csv:2"]),
        ("slurry,copper,40,1.5,,,,", ["P072 quality.csv:2"]),
        ("ore,solids,40,1.5,,,,", ["P072 quality.csv:2"]),
        ("lead,solids,40,1.5,,,,", ["P012 quality.csv:2"]),
    ],
)
def test_l3_quality_terms_can_be_settled(row: str, found: list[str]) -> None:
    assert places(LAB, quality_csv=f"{HEAD}{row}\n") == found


def test_l3_two_terms_for_one_component_follow_each_other() -> None:
    rows = "slurry,solids,40,1.5,,,,\nslurry,solids,41,1.5,,,,\n"
    assert places(LAB, quality_csv=HEAD + rows) == ["P022 quality.csv:3"]
    dated = "material,component,reference,worth,valid_to,valid_from\n"
    rows = "slurry,solids,40,1.5,2026-05-01,\nslurry,solids,41,1.5,,2026-05-01\n"
    assert places(LAB, quality_csv=dated + rows) == ["P022 quality.csv:3"]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("rent,9000,2026-05-01,,", []),
        ("rent,-90,2026-05-01,,", []),
        ("rent,9000,2026-05-01,2026-05-31,2026-05-01", []),
        ("rent,9000,2026-05-01,2026-05-31,", ["P073 invoices.csv:2"]),
        ("rent,9000,2026-05-01,2026-05-31,2026-05-02", ["P073 invoices.csv:2"]),
        ("rent,9000,2026-05-02,2026-05-01,2026-04-01", ["P073 invoices.csv:2"]),
    ],
)
def test_l5_only_what_was_known_beforehand_is_spread(row: str, found: list[str]) -> None:
    assert places(invoices_csv=f"item,amount,day,until,known_on\n{row}\n") == found


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("levy,,slurry-out,4", []),
        ("fine,spill,,500", []),
        ("fine,spill,slurry-out,500", ["P074 charges.csv:2"]),
        ("fine,,,500", ["P074 charges.csv:2"]),
        ("fine,halt,,500", ["P074 charges.csv:2"]),
        ("levy,,slury-out,4", ["P012 charges.csv:2"]),
    ],
)
def test_l3_a_charge_follows_from_events_or_from_an_emission(row: str, found: list[str]) -> None:
    assert places(charges_csv=f"charge,event,stream,amount\n{row}\n") == found


def test_l3_a_rate_of_halts_is_not_negative() -> None:
    assert places(("units.toml", 'area = "mill"', 'area = "mill"\nno_fault_rate = 0')) == []
    assert places(("units.toml", 'area = "mill"', 'area = "mill"\nno_fault_rate = -1')) == ["P020 units.toml:3"]
