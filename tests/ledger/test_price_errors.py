"""An uncertain price is one source of error for everything at that price (Q6)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t


def uncertain(folder: Path, **sigmas: str) -> sl.api.PlantView:
    """The worked example with relative uncertainties of some prices."""
    place = t.copy(folder)
    prices = place / "prices" / "planned.csv"
    note, head, *rows = prices.read_text("utf-8").splitlines()
    assert note.startswith("#")
    told = [f"{row},{sigmas.get(row.partition(',')[0], '')}" for row in rows]
    prices.write_text("\n".join([f"{head},sigma", *told]) + "\n", "utf-8")
    plant = sl.open(place)
    t.load(plant, *t.BASE, t.MOISTURE)
    t.reclose(plant)
    return plant


def test_q6_an_uncertain_price_widens_v_by_what_was_used_at_it(tmp_path: Path) -> None:
    for name in ("exact", "wide"):
        (tmp_path / name).mkdir()
    exact, wide = t.opened(tmp_path / "exact"), uncertain(tmp_path / "wide", steam="0.02")
    before, after = t.statement(exact, "filter"), t.statement(wide, "filter")
    assert after.value == before.value == 305000
    # 20.000 t of steam at 150: 2 % of 3,000.00 are 60.00
    assert after.sigma == pytest.approx(math.hypot(before.sigma, 60.0))
    assert t.statement(wide, "mill").sigma == pytest.approx(t.statement(exact, "mill").sigma)


def test_q6_what_goes_through_at_one_price_cancels_in_the_sum(tmp_path: Path) -> None:
    for name in ("exact", "wide"):
        (tmp_path / name).mkdir()
    exact, wide = t.opened(tmp_path / "exact"), uncertain(tmp_path / "wide", slurry="0.1")

    def sigma(plant: sl.api.PlantView) -> float:
        found = sl.rollup(plant, t.DAY, t.DAY, by=("plant",)).rollup
        assert found is not None
        return found.rows[0].sigma

    # The mill gives 98.000 t at 180, the filter takes 90.000 t: 10 % of the difference, 8 x 180, remain.
    assert sigma(wide) == pytest.approx(math.hypot(sigma(exact), 144.0))
    assert t.statement(wide, "mill").sigma == pytest.approx(math.hypot(t.statement(exact, "mill").sigma, 1764.0))


def test_q6_an_uncertainty_below_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sl.PlantError, match="P020: sigma of"):
        uncertain(tmp_path, steam="-0.1")
