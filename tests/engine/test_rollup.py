"""Sealed shifts added up by areas, crews, groups, days, months and plants (I1, L2, Q6)."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

import evaporator
import shiftledger as sl
import two_tanks as t
from cases import test_two_slots
from shiftledger.engine.rollup import GRAINS, Rollup, RollupRow

SUBSTITUTE = "2026-03-31,E,filter,C,18:00,,substitute,\n"


def added(plant: object, *days: str, **how: object) -> Rollup:
    found = sl.rollup(plant, *days, **how)  # type: ignore[arg-type]
    assert found.ok, found.issues
    assert found.rollup is not None
    return found.rollup


def by_key(found: Rollup) -> dict[tuple[str, ...], RollupRow]:
    return {row.key: row for row in found.rows}


def test_i1_the_month_of_the_worked_example(tmp_path: Path) -> None:
    # W: V(mill) 7,640.00, V(filter) 3,050.00, unreconciled -180.00; cash 9,250.00 + 7 t x 180 = 1,260.00.
    found = added(t.opened(tmp_path), month="2026-03")
    rows = by_key(found)
    assert {key: row.value for key, row in rows.items()} == {("mill",): 764000, ("filter",): 305000}
    assert (found.areas, dict(found.site)) == (1069000, {"site:unreconciled:T": -18000})
    assert (found.outside, found.stocks, found.result) == (925000, 126000, 1051000)
    mill = rows[("mill",)]
    # One day of the month is closed: two of its shifts are idle, without a budget, so the month has no Plan (I8) but a Standard.
    assert (mill.shifts, mill.compared, mill.standard, mill.actual) == (3, 3, 753690, 764000)
    assert {step.name: step.amount for step in mill.steps if step.amount} == {"yield": 10310}


@pytest.mark.parametrize("grains", [pair for n in (1, 2) for pair in itertools.permutations(GRAINS, n)], ids="-".join)
def test_i1_every_grain_gives_the_same_sum(tmp_path_factory: pytest.TempPathFactory, grains: tuple[str, ...]) -> None:
    plant = _shared(tmp_path_factory)
    found = added(plant, by=grains)
    assert sum(row.value for row in found.rows) == found.areas == 1069000
    assert found.areas + sum(found.site.values()) == found.stocks + found.outside
    for row in found.rows:
        if row.standard is not None and row.plan is None:
            assert row.standard + sum(step.amount for step in row.steps) == row.actual
        elif row.plan is not None:
            assert row.plan + sum(step.amount for step in row.steps) == row.actual


_OPENED: list[sl.api.PlantView] = []


def _shared(factory: pytest.TempPathFactory) -> sl.api.PlantView:
    """Two closed days in which a substitute ran half of a shift; opened once."""
    if not _OPENED:
        folder = t.copy(factory.mktemp("rollup"))
        roster = folder / "roster.csv"
        head = "day,slot,area,crew,start,end,kind,note\n"
        roster.write_text((roster.read_text("utf-8") if roster.exists() else head) + SUBSTITUTE, "utf-8")
        plant = sl.open(folder)
        t.load(plant, *t.BASE, t.MOISTURE)
        t.reclose(plant)
        _OPENED.append(plant)
    return _OPENED[0]


def test_t3_crews_that_share_a_shift_have_v_by_their_intervals(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = by_key(added(_shared(tmp_path_factory), t.DAY, t.DAY, by=("crew", "shift")))
    first, second = rows[("filter/A", t.SHIFT)], rows[("filter/C", t.SHIFT)]
    # Constant rates all shift long: half of it each, 3,050.00 together.
    assert (first.value, second.value) == (152500, 152500)
    assert (first.compared, first.standard, second.compared) == (0, None, 0)


def test_q6_error_vectors_add_and_boundary_errors_cancel(tmp_path: Path) -> None:
    plant = t.opened(tmp_path)
    single = {(s.area, s.shift): s.sigma for shift in (t.SHIFT, t.NEXT) for s in sl.statement(plant, shift).statements}
    row = by_key(added(plant, t.DAY, t.DAY))[("mill",)]
    # The idle shifts bring no error of their own, so the day's is the shift's.
    assert math.isclose(row.sigma, single[("mill", t.SHIFT)], rel_tol=1e-12)
    both = by_key(added(plant, t.DAY, t.DAY, by=("plant",)))[("two-tanks",)]
    # T->filter and mill->T are measured by different meters: independent, so less than the sum and more than the larger.
    parts = [single[("mill", t.SHIFT)], single[("filter", t.SHIFT)]]
    assert math.isclose(both.sigma, math.hypot(*parts), rel_tol=1e-9)


def test_l6_a_month_has_the_prior_rows_that_count_in_it(tmp_path: Path) -> None:
    plant = t.opened(tmp_path)
    t.settle(plant)
    t.load(plant, t.LATE, known_at=t.MUCH_LATER)
    t.reclose(plant)
    march, april = added(plant, month="2026-03"), added(plant, month="2026-04")
    assert (march.result, "site:prior-period" in march.site) == (1051000, False)
    assert april.site["site:prior-period"] == 3600
    assert april.site["site:unreconciled:T"] == -3600
    assert added(plant, t.DAY, t.DAY).result == 1051000  # days show what their statements show


def test_several_plants_of_one_currency(tmp_path: Path) -> None:
    plants = []
    for name in ("east", "west"):
        (tmp_path / name).mkdir()
        plant = t.opened(tmp_path / name)
        text = (plant.folder / "plant.toml").read_text("utf-8")
        (plant.folder / "plant.toml").write_text(text.replace('"two-tanks"', f'"{name}"'), "utf-8")
        plants.append(sl.open(plant.folder))
    found = added(plants, by=("plant", "area"))
    assert {key: row.value for key, row in by_key(found).items()} == {
        (name, area): value for name in ("east", "west") for area, value in (("mill", 764000), ("filter", 305000))
    }
    assert found.result == 2 * (1051000 + 28500)  # with the revaluation of 1 April


def test_what_cannot_be_added_up_is_said(tmp_path: Path) -> None:
    plant = t.opened(tmp_path)
    assert [i.code for i in sl.rollup(plant, by=("area", "colour")).issues] == ["L017"]
    assert [i.code for i in sl.rollup(plant, "2031-01-01").issues] == ["L013"]
    assert [i.code for i in sl.rollup(plant, "yesterday").issues] == ["A006"]
    (tmp_path / "other").mkdir()
    other = t.opened(tmp_path / "other")
    twice = sl.rollup([plant, sl.open(other.folder)])  # such as one folder named twice: its money would count twice
    assert [(i.code, i.message) for i in twice.issues] == [("L017", '2 plants are called "two-tanks"')]
    text = (other.folder / "plant.toml").read_text("utf-8").replace('"EUR"', '"CNY"').replace('"two-tanks"', '"other"')
    (other.folder / "plant.toml").write_text(text, "utf-8")
    found = sl.rollup([plant, sl.open(other.folder, strict=False)])
    assert [i.code for i in found.issues] == ["L017"]
    assert "CNY" in found.issues[0].message


def same_as_statements(plant: sl.api.PlantView, shifts: list[str]) -> int:
    """Rolled up by area and shift V and its interval are those of the statements; how many there were."""
    rows = by_key(added(plant, by=("area", "shift")))
    told = [statement for shift in shifts for statement in sl.statement(plant, shift).statements]
    for statement in told:
        row = rows[statement.area, statement.shift]
        assert row.value == statement.value
        assert math.isclose(row.sigma, statement.sigma, rel_tol=1e-9, abs_tol=1e-9)
    return len(told)


def test_l3_states_belong_to_their_area(tmp_path: Path) -> None:
    plant = evaporator.opened(tmp_path)
    assert same_as_statements(plant, [evaporator.D, evaporator.E, evaporator.N]) == 3
    found = added(plant, evaporator.DAY, evaporator.DAY)
    # 25,040 + 14,720 + 44,240; see the figures in evaporator.py
    assert found.areas == 8400000
    assert found.areas + sum(found.site.values()) == found.stocks + found.outside


def test_t2_areas_with_slots_of_their_own_keep_their_shifts(tmp_path: Path) -> None:
    plant = test_two_slots.closed(tmp_path)
    shifts = ["2026-03-31.D", "2026-03-31.E", "2026-03-31.N"]
    assert same_as_statements(plant, shifts) == 5  # two of the mill, three of the filter
    assert [i.code for i in sl.rollup(plant, by=("day", "shift")).issues] == ["L017"]  # the mill's D is 12 h, the filter's 8 h
    found = added(plant, "2026-03-31", "2026-03-31", by=("crew",))
    assert sum(row.value for row in found.rows) == found.areas
