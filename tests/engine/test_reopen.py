"""A settled month is opened again, corrected, compared and settled anew (L6, L7, R5)."""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.api import PlantView
from shiftledger.engine.difference import DifferenceSheet

WHO = ("cost controller, post 1", "controller")
FIRST, LAST = "2026-03-30", "2026-04-02"


def reopen(plant: PlantView, month: str = "2026-03", reason: str = "FT-3 was recalibrated") -> sl.api.ActView:
    return sl.act(plant, "reopen", *WHO, {"month": month, "reason": reason}, "minutes 7")


def sheet(plant: PlantView, about: str = "2026-03") -> DifferenceSheet:
    found = sl.diff(plant, about)
    assert found.ok, found.issues
    assert found.sheet is not None
    assert found.sheet.adds_up
    return found.sheet


def prior(plant: PlantView) -> list[tuple[str, str, str, int]]:
    return [(p.month, p.source, p.target, p.amount) for p in t.postings(plant) if p.kind == "prior"]


@pytest.fixture
def late(tmp_path: Path) -> PlantView:
    """March is settled; then the flow T->filter turns out to be 89.800 instead of 90.000: +36.00 stand at prior period in April."""
    plant = t.opened(tmp_path)
    t.settle(plant)
    t.load(plant, t.LATE, known_at=t.MUCH_LATER)
    t.reclose(plant)
    assert t.statement(plant, "filter").value == 305000
    assert prior(plant)
    return plant


def test_l7_a_reopened_month_takes_the_late_result_into_its_own_shift(late: PlantView) -> None:
    # FORMATS: corrected to 89.800, V(filter) 3,086.00 and unreconciled -216.00, as if the result had come in time.
    assert reopen(late).ok
    t.reclose(late)
    assert t.statement(late, "filter").value == 308600
    assert t.statement(late, "mill").value == 764000
    assert sl.statement(late, t.SHIFT).site["site:unreconciled:T"] == -21600
    assert prior(late) == []
    assert not sl.statement(late, t.SHIFT).settled
    assert sl.verify(late).ok


def test_l7_the_difference_sheet_says_who_and_why_and_adds_up(late: PlantView) -> None:
    assert reopen(late).ok
    t.reclose(late)
    found = sheet(late)
    # The plant's result stays 10,510.00: outside nothing changed. April loses both rows of prior period (+36.00 and -36.00).
    by_account = {(row.month, row.shift, row.account, row.crew): row.difference for row in found.changed}
    assert by_account[("2026-03", t.SHIFT, "area:filter", "filter/A")] == 3600
    assert by_account[("2026-03", t.SHIFT, "site:unreconciled:T", "")] == -3600
    assert by_account[("2026-04", t.SHIFT, "site:prior-period", "")] == -3600
    assert by_account[("2026-04", t.SHIFT, "site:unreconciled:T", "")] == 3600
    assert len(by_account) == 4
    assert found.difference == 0
    assert [(item.what, item.before, item.after) for item in found.changed[0].items] == [("slurry", -1620000, -1616400)]
    causes = {(cause.kind, cause.where) for cause in found.causes}
    assert ("batch", t.LATE) in causes
    assert any(kind == "act" for kind, _ in causes)


def test_l7_a_changed_price_of_a_reopened_month_is_located(tmp_path: Path) -> None:
    plant = t.opened(tmp_path)
    t.settle(plant)
    prices = plant.folder / "prices" / "planned.csv"
    text = prices.read_text("utf-8")
    assert "steam,150" in text
    prices.write_text(text.replace("steam,150", "steam,151"), "utf-8")
    plant = sl.open(plant.folder)
    assert sl.close(plant, t.DAY, t.NEXT_DAY).ok
    assert t.statement(plant, "filter").value == 305000  # settled: today's text says nothing
    assert reopen(plant).ok
    t.reclose(plant)
    assert t.statement(plant, "filter").value == 303000  # 20.000 t of steam at 151
    found = sheet(plant)
    assert [(row.account, row.crew, row.difference) for row in found.changed] == [("area:filter", "filter/A", -2000)]
    assert found.difference == -2000
    line = next(n for n, row in enumerate(prices.read_text("utf-8").splitlines(), 1) if row.startswith("steam"))
    assert any(c.kind == "text" and c.where.startswith(f"prices/planned.csv:{line}") for c in found.causes)


def test_l7_settled_again_is_a_new_version_that_later_results_do_not_touch(late: PlantView) -> None:
    assert reopen(late).ok
    t.reclose(late)
    before = sheet(late)
    t.settle(late)
    act = sl.act(late, "settle", *WHO, {"month": "2026-03"})
    assert not act.ok  # once is enough
    assert sl.statement(late, t.SHIFT).settled
    assert sheet(late).hash == before.hash
    t.reclose(late)
    assert t.statement(late, "filter").value == 308600
    # Once more a correction, 89.800 -> 89.600 t: too late for the new version, so 0.200 t x 180.00 stand at prior period.
    text = (late.folder / t.LATE).read_text("utf-8").replace("11.225", "11.2")
    (late.folder / "late" / "again.csv").write_text(text, "utf-8")
    t.load(late, "late/again.csv", known_at="2026-05-20T12:00:00+02:00")
    t.reclose(late)
    assert t.statement(late, "filter").value == 308600
    assert ("2026-04", "stock:T", "site:prior-period", -3600) in prior(late)
    assert sheet(late).hash == before.hash  # the version that was settled
    assert sl.verify(late).ok


def test_l7_the_newest_settled_month_first(late: PlantView) -> None:
    wrong = reopen(late, "2026-02")
    assert [i.code for i in wrong.issues] == ["L016"]
    assert "2026-03" in wrong.issues[0].remedy
    assert [i.code for i in sl.act(late, "reopen", *WHO, {"month": "2026-03"}).issues] == ["A002"]  # why?
    assert reopen(late).ok
    assert [i.code for i in reopen(late).issues] == ["L016"]  # it is open


def test_l7_a_month_without_news_reopened_and_settled_moves_nothing(tmp_path: Path) -> None:
    plant = t.opened(tmp_path)
    before = t.postings(plant)
    t.settle(plant)
    assert reopen(plant).ok
    t.reclose(plant)
    found = sheet(plant)
    assert (found.changed, found.difference) == ((), 0)
    t.settle(plant)
    t.reclose(plant)
    assert t.postings(plant) == before
    assert sl.verify(plant).ok
