"""What the generated plants found, by hand on two-tanks: one small case for each cause."""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS

STEAM = "readings/second-steam.csv"


def with_second_steam(folder: Path) -> PlantView:
    """A second steam main between the same accounts: 1.5 t/h beside the first one's 2.5 t/h in shift 1."""
    copied = w.copy(folder)
    for name, more in {
        "streams.toml": '\n[stream.steam-2]\nfrom = "outside"\nto = "U2"\nmaterial = "steam"\n',
        "meters.csv": "FT-STEAM-2,rate,steam-2,,,t/h,0.003,0,,2h,,\n",
        "sources.toml": f'\n[source.second]\nmatch = "{STEAM}"\n',
    }.items():
        path = copied / name
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    rows = [row for row in (copied / w.BASE[0]).read_text("utf-8").splitlines() if ",FT-STEAM," in row]
    written = [row.replace(",FT-STEAM,2.5", ",FT-STEAM-2,1.5").replace(",FT-STEAM,", ",FT-STEAM-2,") for row in rows]
    (copied / STEAM).write_text("\n".join(["time,tag,value", *written, ""]), "utf-8")
    return sl.open(copied)


def test_l6_a_late_result_of_one_of_two_parallel_streams_is_trued_up_for_that_one(tmp_path: Path) -> None:
    plant = with_second_steam(tmp_path)
    w.load(plant, *w.BASE, w.MOISTURE)
    w.reclose(plant)
    before = w.statement(plant, "filter")
    w.load(plant, STEAM)
    w.reclose(plant)
    found = w.statement(plant, "filter")
    trueups = [(p.what, p.qty, p.amount) for p in w.postings(plant) if p.kind == "trueup" and p.shift == w.SHIFT]
    assert trueups == [("steam", 12_000, 180_000)]  # 8 h x 1.5 t/h at 150.00
    assert found.value == before.value - 180_000
    assert found.sigma != before.sigma
    node = sl.explain(plant, f"ledger/{w.SHIFT}/filter").node
    assert node is not None
    assert node.value == evaluate(node, OPERATIONS) == found.value


def test_i7_the_columns_of_an_area_with_charges_open_to_what_is_published(tmp_path: Path) -> None:
    copied = w.copy(tmp_path)
    budget = copied / "budget.csv"
    budget.write_text(budget.read_text("utf-8") + "filter,wages,fixed,3000,day,2026-03-31,\n", "utf-8")
    plant = sl.open(copied)
    w.load(plant, *w.BASE, w.MOISTURE)
    w.reclose(plant)
    found = w.statement(plant, "filter")
    assert (found.plan, found.standard, found.allowed, found.value) == (194_620, 204_910, 191_560, 205_000)
    for name, cents in (("plan", 194_620), ("standard", 204_910), ("allowed", 191_560), ("actual", 205_000)):
        node = sl.explain(plant, f"ledger/{w.SHIFT}/filter/{name}").node
        assert node is not None
        assert node.value == evaluate(node, OPERATIONS) == cents


@pytest.mark.parametrize(("row", "plan"), [("filter,run,hours,7.5,shift,2026-03-31,E", -281_250), ("", None)])
def test_l4_planned_hours_are_budgeted_by_rows_of_kind_hours(tmp_path: Path, row: str, plan: int | None) -> None:
    copied = w.copy(tmp_path)
    (copied / "standards.csv").write_text("area,output,item,basis,value\nfilter,hour,steam,hours,2.5\n", "utf-8")
    (copied / "budget.csv").write_text(f"area,item,kind,qty,per,day,slot\n{row}\n", "utf-8")
    for name, more in {"materials.toml": '\n[material.hour]\nunit = "h"\n', "prices/planned.csv": "hour,0,EUR/h,,,\n"}.items():
        (copied / name).write_text((copied / name).read_text("utf-8") + more, "utf-8")
    plant = sl.open(copied)
    w.load(plant, *w.BASE)
    w.reclose(plant)
    assert w.statement(plant, "filter").plan == plan  # 7.5 h x 2.5 t/h x 150.00
