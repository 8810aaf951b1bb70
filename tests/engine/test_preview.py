"""R2, L6: a load that is only tried says what a real one does, and leaves no trace at all."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView
from shiftledger.engine.preview import Preview


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def tried(plant: PlantView, *names: str, known_at: str = w.SOON) -> Preview:
    before = bytes_of(plant.folder)
    view = sl.load(plant, [plant.folder / name for name in names], known_at=known_at, dry_run=True)
    assert bytes_of(plant.folder) == before
    assert (view.ok, view.reports, len(view.previews)) == (True, (), len(names))
    return view.previews[0]


def test_r2_trying_makes_no_state(tmp_path: Path) -> None:
    plant = sl.open(w.copy(tmp_path))
    seen = tried(plant, *w.BASE, w.MOISTURE)
    assert (seen.rows, seen.new, seen.known, seen.refused) == (257, 257, 0, 0)
    assert (seen.first, seen.last) == ("2026-03-31 06:00:00+02:00", "2026-04-02 07:00:00+02:00")
    assert seen.open_days == (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2))
    assert not plant.state_folder.exists()


def test_r2_trying_says_what_loading_then_does(tmp_path: Path) -> None:
    plant = w.opened(tmp_path, w.BASE, days=None)
    (plant.folder / "late" / "more.csv").write_text(
        "time,tag,value\n2026-03-31T06:00:00+02:00,FT-ORE,0\n2026-03-31T06:30:00+02:00,FT-ORE,1\n2026-03-31T06:30:00+02:00,FT-ORE,1\n"
        "2026-03-31T06:40:00+02:00,FT-ORX,1\n2026-03-31T06:45:00+02:00,FT-ORE,x\n2026-03-31T06:50:00+02:00,FT-ORE,y\n"
    )
    seen = tried(plant, "late/more.csv")
    (report,) = sl.load(plant, [plant.folder / "late" / "more.csv"], known_at=w.SOON).reports
    assert (seen.rows, seen.new, seen.refused) == (report.rows, report.appended, report.quarantined) == (6, 1, 3)
    assert seen.known == 2
    assert [count for _, count in seen.reasons] == [2, 1]
    assert seen.tags == {"FT-ORE": 1}
    again = tried(plant, "late/more.csv")
    assert (again.new, again.open_days, again.sealed_days) == (0, (), ())


@pytest.mark.parametrize(("known_at", "effect"), [(w.SOON, "true-up"), (w.MUCH_LATER, "prior-period")])
def test_l6_a_late_file_says_which_sealed_days_it_would_change_and_how(tmp_path: Path, known_at: str, effect: str) -> None:
    plant = w.opened(tmp_path)
    seen = tried(plant, w.LATE, known_at=known_at)
    assert [(one.day, one.effect, one.settled) for one in seen.sealed_days] == [(date(2026, 3, 31), effect, False)]
    w.load(plant, w.LATE, known_at=known_at)
    outcomes = {day.day: day.outcome for day in sl.close(plant, w.DAY, w.NEXT_DAY).report.days}  # type: ignore[union-attr]
    assert outcomes == {date(2026, 3, 31): "sealed", date(2026, 4, 1): "unchanged"}
    kinds = {row.kind for row in w.postings(plant)}
    assert ("trueup" in kinds, "prior" in kinds) == (effect == "true-up", effect == "prior-period")


def test_l6_a_settled_day_only_gets_rows_in_an_open_month(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    w.settle(plant)
    seen = tried(plant, w.LATE)
    assert [(one.effect, one.settled) for one in seen.sealed_days] == [("prior-period", True)]


def test_l7_what_changes_no_figure_touches_no_sealed_day(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    (plant.folder / "late" / "far.csv").write_text("time,tag,value\n2026-05-01T06:00:00+02:00,FT-ORE,1\n")
    seen = tried(plant, "late/far.csv")
    assert (seen.open_days, seen.sealed_days) == ((date(2026, 5, 1),), ())


def test_r2_a_store_with_a_pending_log_is_only_looked_at(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    import sqlite3

    holder = sqlite3.connect(plant.state_folder / "ledger.sqlite")
    holder.execute("PRAGMA wal_autocheckpoint=0")
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("INSERT INTO tags VALUES (999, 'another program')")
    holder.execute("COMMIT")
    assert (plant.state_folder / "ledger.sqlite-wal").stat().st_size > 0
    assert tried(plant, w.LATE).new == 8
    holder.close()


def test_r3_a_file_of_no_source_is_tried_by_a_guess(tmp_path: Path) -> None:
    plant = sl.open(w.copy(tmp_path))
    path = plant.folder / "export.csv"
    path.write_text("stamp;FT-ORE;LT-T\n" + "".join(f"31.03.2026 {hour:02d}:00;1,5;50\n" for hour in range(6, 20)))
    view = sl.load(plant, [path], dry_run=True)
    assert [issue.code for issue in view.issues] == ["R001", "R080"]
    assert (view.previews[0].new, view.previews[0].refused) == (28, 0)
    (plant.folder / "sources.toml").write_text(
        (plant.folder / "sources.toml").read_text("utf-8") + "\n" + view.guesses[0].block, "utf-8"
    )
    report = sl.load(sl.open(plant.folder), [path]).reports[0]
    assert (report.appended, report.quarantined) == (28, 0)
