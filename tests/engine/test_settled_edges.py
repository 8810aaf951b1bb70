"""Settled days at their edges: another calendar, the day before, late rows and suspects, results that were lost (L6, L7, I3, R5)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import latest, month_hash, read_seals


def reopened(plant: PlantView) -> PlantView:
    """The plant as its text is now."""
    return sl.open(plant.folder)


def edit(plant: PlantView, *changes: tuple[str, str, str]) -> PlantView:
    """The plant with (file, old, new) changed in its text."""
    for name, old, new in changes:
        path = plant.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    return reopened(plant)


def extra(plant: PlantView, name: str, *rows: str, known_at: str = w.SOON) -> None:
    """Readings that come later, in a file of their own."""
    (plant.folder / "late" / name).write_text("time,tag,value\n" + "\n".join(rows) + "\n", "utf-8")
    w.load(plant, f"late/{name}", known_at=known_at)


def test_l7_a_settled_day_stays_settled_under_another_calendar(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    calendar = ("plant.toml", "[plant]\n", "[plant]\nmonth_start = 26\n")
    plant = edit(plant, calendar, ("prices/planned.csv", "ore,100,", "ore,90,"))
    w.reclose(plant)
    assert w.statement(plant, "mill").value == 764_000
    assert sl.statement(plant, w.SHIFT).settled
    assert not sl.verify(plant).ok, "today's price differs from the sealed one, and verify says so"


def april(plant: PlantView) -> None:
    """Idle readings until the end of April."""
    tags = (("FT-ORE", 0), ("FT-MILL", 0), ("FT-FILTER", 0), ("FT-PRODUCT", 0), ("FT-STEAM", 0), ("LT-T", 57))
    rows = [f"2026-04-{day:02d}T06:00:00+02:00,{tag},{value}" for day in range(2, 31) for tag, value in tags]
    extra(plant, "april.csv", *rows, "2026-05-01T06:00:00+02:00,LT-T,57")


def test_l6_what_came_too_late_counts_for_no_holder(tmp_path: Path) -> None:
    plant = edit(w.opened(tmp_path, days=None), ("stocks.toml", 'held_by = "site"', 'held_by = "filter"'))
    w.reclose(plant, w.DAY, w.DAY)
    w.settle(plant)
    w.load(plant, w.LATE)
    w.reclose(plant)
    assert w.statement(plant, "filter").value == 305_000
    assert {line.kind for line in w.statement(plant, "filter").lines} == {"flow", "residual", "change"}


def test_l7_a_settlement_binds_the_late_rows_that_count_in_its_month(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    w.load(plant, w.LATE)
    april(plant)
    w.reclose(plant, w.DAY, "2026-04-30")
    done = sl.act(plant, "settle", "controller, post 1", "controller", {"month": "2026-04"})
    assert done.act is not None
    state = connect(plant.state_folder, create=False)
    newest = latest(read_seals(state))
    state.engine.dispose()
    assert done.act.on_hash == month_hash(newest.values())
    assert newest[date(2026, 3, 31)].hash not in done.act.evidence.split(), "it is settled in March, under the seal of March"


def test_i3_the_day_before_a_settled_day_closes_with_what_it_opened_with(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.NEXT_DAY, w.NEXT_DAY))
    done = sl.act(plant, "settle", "controller, post 1", "controller", {"month": "2026-04"})
    assert not done.ok, "April is not over"
    april(plant)
    w.reclose(plant, w.NEXT_DAY, "2026-04-30")
    assert sl.act(plant, "settle", "controller, post 1", "controller", {"month": "2026-04"}).ok
    extra(plant, "dip.csv", "2026-04-01T06:00:00+02:00,LT-T,60")
    w.reclose(plant, w.DAY, w.DAY)
    handed, taken = w.statement(plant, "mill", w.NEXT).stocks[0], w.statement(plant, "mill", f"{w.NEXT_DAY}.D").stocks[0]
    assert handed.closing == taken.opening == 57_000
    assert "settled" in handed.closing_marks


def test_l6_prior_rows_count_in_the_open_month_not_in_their_own(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    w.load(plant, w.LATE)
    w.reclose(plant)
    march, april = (sl.explain(plant, f"ledger/{month}/site:prior-period") for month in ("2026-03", "2026-04"))
    assert march.node is None
    assert april.node is not None
    assert april.node.value == 3_600
    unreconciled = sl.explain(plant, "ledger/2026-03/site:unreconciled:T")
    assert unreconciled.node is not None
    assert unreconciled.node.value == -18_000, "the settled month does not move"
    shift = sl.statement(plant, w.SHIFT)
    assert (dict(shift.site), dict(shift.late)) == ({"site:unreconciled:T": -18_000}, {"2026-04": 3_600})
    opened = {
        at: sl.explain(plant, f"ledger/{at}").node
        for period in (w.SHIFT, w.DAY)
        for at in (
            f"{period}/site:unreconciled:T",
            f"{period}/site:unreconciled:T/late",
            f"{period}/site:prior-period",
            f"{period}/site:prior-period/late/2026-04",
        )
    }
    values = [None if node is None else node.value for node in opened.values()]
    assert values == 2 * [-18_000, -3_600, 3_600, 3_600], "an account opens to what its statement shows, what came late beside it"
    assert all(node is not None and evaluate(node, OPERATIONS) == node.value for node in opened.values())


def test_r5_a_suspect_confirmed_after_the_seal_is_a_trueup(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    before = [p for p in w.postings(plant) if p.what == "steam"]
    body = {"tag": "FT-STEAM", "start": "2026-03-31T18:00:00+02:00", "end": "2026-03-31T22:00:00+02:00"}
    assert sl.act(plant, "suspect", "meter engineer, post 1", "engineer", body).ok
    w.reclose(plant)
    steam = [p for p in w.postings(plant) if p.what == "steam"]
    assert [p for p in steam if p.kind == "flow"] == before, "what was published first stands"
    assert [(p.qty, p.amount) for p in steam if p.kind == "trueup"] == [(-10_000, -150_000)]
    found = w.statement(plant, "filter")
    assert (found.value, found.partial, found.complete) == (305_000 + 150_000, ("steam",), False)
    assert sl.verify(plant).ok


def test_r5_a_suspect_confirmed_after_settlement_is_prior_period(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    body = {"tag": "FT-STEAM", "start": "2026-03-31T18:00:00+02:00", "end": "2026-03-31T22:00:00+02:00"}
    assert sl.act(plant, "suspect", "meter engineer, post 1", "engineer", body).ok
    w.reclose(plant)
    assert w.statement(plant, "filter").value == 305_000
    prior = [(p.source, p.target, p.qty, p.amount, p.month) for p in w.postings(plant) if p.kind == "prior"]
    assert prior == [("outside", "site:prior-period", -10_000, -150_000, "2026-04")]
    assert sl.verify(plant).ok


def test_r5_acts_about_what_is_not_there_are_refused(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, days=None)
    body = {"tag": "FT-STEM", "start": "2026-03-31T18:00:00+02:00", "end": "2026-03-31T22:00:00+02:00"}
    wrong = sl.act(plant, "suspect", "engineer, post 1", "engineer", body)
    assert [(i.code, i.message, i.remedy) for i in wrong.issues] == [
        ("A002", 'there is no tag "FT-STEM" in this plant', "Closest: FT-STEAM.")
    ]
    typo = sl.act(plant, "approve", "controller, post 1", "controller", {"what": "prices/plan"})
    assert [i.message for i in typo.issues] == ['there is no what "prices/plan" in this plant']


def test_l7_lost_results_come_back_from_the_sealed_text(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    shutil.rmtree(plant.state_folder / "results")
    row = "mill,slurry,ore,yield,0.97,t/t,,,,"
    dated = ("standards.csv", f"{row},,", f"{row}2020-01-01,,")
    plant = edit(plant, ("areas.toml", 'name_en = "Mill"', 'name_en = "Grinding"'), dated)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert done.report is not None
    assert {day.outcome for day in done.report.days} == {"restored"}
    assert w.statement(plant, "mill").value == 764_000


def test_l7_a_renamed_slot_leaves_sealed_shifts_readable(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    slot = (("rotations.toml", 'id = "E"', 'id = "M"'), ("rotations.toml", '"DDEENNRR"', '"DDMMNNRR"'))
    plant = edit(plant, *slot, ("budget.csv", ",2026-03-31,E", ",2026-03-31,M"))
    assert w.statement(plant, "mill").value == 764_000


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2026-13-01", "yesterday"])
def test_t2_days_beyond_any_calendar_are_an_issue(tmp_path: Path, day: str) -> None:
    plant = w.opened(tmp_path, days=None)
    done = sl.close(plant, day, day)
    assert [(i.code, i.message) for i in done.issues] == [("A006", f"{day!r} is not a production day")]


@pytest.mark.parametrize(
    "address", ["ledger/0001-01/filter", "ledger/9999-12/filter", "ledger/2026-13/filter", "ledger/x/y", "ledger//", ""]
)
def test_i7_an_unknown_address_is_an_issue(tmp_path: Path, address: str) -> None:
    plant = w.opened(tmp_path)
    found = sl.explain(plant, address)
    assert found.node is None
    assert {i.code for i in found.issues} <= {"L013", "L014"}
    assert not found.ok


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2026-13", "x", ""])
def test_l7_settling_a_month_that_is_none_is_an_issue(tmp_path: Path, month: str) -> None:
    plant = w.opened(tmp_path)
    done = sl.act(plant, "settle", "controller, post 1", "controller", {"month": month})
    assert not done.ok
    assert {i.code for i in done.issues} <= {"A002", "L012"}


def test_l7_closing_days_one_by_one_or_together_asks_the_same_inputs(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    for day in (w.DAY, w.NEXT_DAY):
        done = sl.close(plant, day, day)
        assert done.report is not None
        assert [d.outcome for d in done.report.days] == ["unchanged"]


def test_l7_a_day_that_its_month_was_settled_without_stays_out_of_it(tmp_path: Path) -> None:
    """Readings of the day before the books began are there; closing them after the settlement would charge March anew."""
    plant = w.opened(tmp_path, days=None)
    extra(plant, "before.csv", "2026-03-30T06:00:00+02:00,FT-STEAM,2.5", "2026-03-30T08:00:00+02:00,FT-STEAM,0", known_at=w.SOON)
    w.reclose(plant)
    w.settle(plant)
    before = sl.rollup(plant, month="2026-03")
    asked = sl.close(plant, "2026-03-30", "2026-03-30")
    assert [(i.code, i.severity) for i in asked.issues if i.severity == "error"] == [("L018", "error")]
    by_default = sl.close(plant)
    assert by_default.ok, by_default.issues
    assert [(i.code, i.message[:10]) for i in by_default.issues if i.code == "L018"] == [("L018", "2026-03-30")]
    after = sl.rollup(plant, month="2026-03")
    assert after.rollup == before.rollup
    act = {"month": "2026-03", "reason": "the books begin a day earlier"}
    assert sl.act(plant, "reopen", "cost controller, post 1", "controller", act).ok
    w.reclose(plant, "2026-03-30", "2026-03-30")
