"""Roll-ups worked by hand: what persists adds up, what does not averages out, and two plants share no meter (Q6, I1)."""

from __future__ import annotations

import math

import pytest

import one_day as o
import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.engine.rollup import RollupRow
from shiftledger.render.rollup_text import rollup_text
from shiftledger.render.text import width

# Ore at 10 a tonne comes in over a scale of class 0.01: 100 t are 1,000.00, and its calibration is worth 1,000 x 0.01 / root 3 =
# 5.7735 in every shift. Product at 30 a tonne leaves over a scale whose readings scatter by 0.02 an hour: 40 t are 1,200.00, and over
# the 12 hours of a shift that is 1,200 x 0.02 / root 12 = 6.9282.
MILL = {
    "areas.toml": '[area.mill]\nrotation = "two"\n',
    "units.toml": '[unit.M1]\narea = "mill"\n',
    "materials.toml": '[material.ore]\nunit = "t"\n[material.product]\nunit = "t"\n',
    "streams.toml": '[stream.ore-in]\nfrom = "outside"\nto = "M1"\nmaterial = "ore"\n'
    '[stream.product-out]\nfrom = "M1"\nto = "outside"\nmaterial = "product"\n',
    "meters.csv": "tag,kind,stream,unit,max_gap,class,white\nORE,rate,ore-in,t/h,12h,0.01,\nPRODUCT,rate,product-out,t/h,12h,,0.02\n",
    "prices/planned.csv": "material,price\nore,10\nproduct,30\n",
}
CALIBRATION, WHITE = 1_000 * 0.01 / math.sqrt(3), 1_200 * 0.02 / math.sqrt(12)


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlantView, ...]:
    """East and west, alike to the last tag: 2 days of 2 shifts each."""
    found = []
    for name in ("east", "west"):
        text = {**MILL, "plant.toml": o.FRAME["plant.toml"].replace('"worked"', f'"{name}"')}
        readings = o.tonnes(ORE=(100,) * 4, PRODUCT=(40,) * 4)
        found.append(o.opened(tmp_path_factory.mktemp(name), text, readings, until=o.NEXT_DAY))
    return tuple(found)


def rows(plants: tuple[PlantView, ...], *by: str) -> dict[tuple[str, ...], RollupRow]:
    view = sl.rollup(plants, by=by)
    assert view.rollup is not None, view.issues
    return {row.key: row for row in view.rollup.rows}


def of_shifts(n: int) -> float:
    """The standard uncertainty of n shifts of one plant: n calibrations in a line, n scatters in a square."""
    return math.hypot(n * CALIBRATION, math.sqrt(n) * WHITE)


def test_q6_a_calibration_persists_and_white_averages_out(plants: tuple[PlantView, ...]) -> None:
    """One shift hypot(5.7735, 6.9282) = 9.02; four hypot(23.094, 13.856) = 26.93, neither 4 x 9.02 = 36.07 nor 2 x 9.02 = 18.04."""
    one, four = rows(plants[:1], "shift"), rows(plants[:1], "month")
    assert {round(row.sigma, 2) for row in one.values()} == {9.02}
    assert round(four["2026-05",].sigma, 2) == 26.93
    assert math.isclose(four["2026-05",].sigma, of_shifts(4), rel_tol=1e-9)
    assert four["2026-05",].value == 4 * 20_000
    crews = rows(plants[:1], "crew")  # A has the days, B the nights
    assert [(row.shifts, math.isclose(row.sigma, of_shifts(2), rel_tol=1e-9)) for row in crews.values()] == [(2, True)] * 2


@pytest.mark.parametrize("by", [("month",), ("area",), ("group", "month")])
def test_q6_plants_with_the_same_tags_share_no_meter(plants: tuple[PlantView, ...], by: tuple[str, ...]) -> None:
    """Twice V, twice the shifts, and root 2 times the uncertainty: the scale of the east says nothing about that of the west."""
    single, both = rows(plants[:1], *by), rows(plants, *by)
    assert single.keys() == both.keys()
    for key, row in both.items():
        assert (row.value, row.shifts) == (2 * single[key].value, 2 * single[key].shifts)
        assert math.isclose(row.sigma, math.sqrt(2) * single[key].sigma, rel_tol=1e-9)


def test_i1_groups_are_a_letter_across_areas_and_plants(plants: tuple[PlantView, ...]) -> None:
    found = rows(plants, "plant", "group")
    assert {key: (row.shifts, row.value) for key, row in found.items()} == {
        (plant, letter): (2, 40_000) for plant in ("east", "west") for letter in "AB"
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "by", [("plant",), ("plant", "group"), ("area", "month"), ("group",), ("plant", "area", "crew", "shift")]
)
def test_roll_ups_of_several_plants_fit_80_columns(plants: tuple[PlantView, ...], by: tuple[str, ...], lang: str) -> None:
    text = rollup_text(sl.rollup(plants, by=by, lang=lang), lang)  # type: ignore[arg-type]
    assert max(map(width, text.splitlines())) <= 80
    assert "+1,600.00" in text  # eight shifts of 200.00
