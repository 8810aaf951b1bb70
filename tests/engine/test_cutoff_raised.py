"""A cutoff that is raised after something came too late: it counts in its shift then, and nowhere twice (L6)."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import shiftledger as sl

TWO_TANKS = Path(__file__).parents[2] / "plants" / "two-tanks"
SHIFT = "2026-03-31.E"


def closed(plant: Path) -> sl.StatementView:
    done = sl.close(sl.open(plant))
    assert done.ok, done.issues
    return sl.statement(sl.open(plant), SHIFT)


def test_l6_a_correction_after_the_cutoff_was_raised_takes_the_prior_period_back(tmp_path: Path) -> None:
    """The meter's correction comes after 72 h: prior period. Then 40 d are decided, and the correction itself is corrected.

    What the site and the shift bear together is what was known in time from the beginning, to the cent, and nothing is late.
    """
    plant, beside = (copytree(TWO_TANKS, tmp_path / name) for name in ("plant", "beside"))
    first, again = ((plant / "late" / "filter-slurry.csv"), (plant / "late" / "again.csv"))
    again.write_text(first.read_text().replace(",11.", ",11.1").replace(",10.", ",10.1"))
    assert again.read_text() != first.read_text()
    (beside / "late" / "again.csv").write_text(again.read_text())
    for one in (plant, beside):
        assert sl.load(sl.open(one), sorted((one / "readings").glob("*.csv")), known_at="2026-04-02T08:00:00+02:00").ok
        closed(one)
    assert sl.load(sl.open(plant), [first], known_at="2026-04-20T12:00:00+02:00").ok
    assert closed(plant).late != {}

    for one in (plant, beside):
        text = (one / "plant.toml").read_text()
        (one / "plant.toml").write_text(text.replace("[plant]", '[plant]\nlab_cutoff = "40d"', 1))
        assert sl.load(sl.open(one), [one / "late" / "again.csv"], known_at="2026-04-21T12:00:00+02:00").ok
    now, straight = closed(plant), closed(beside)
    assert now.late == {}
    assert [one.value for one in now.statements] == [one.value for one in straight.statements]
    assert now.site == straight.site
    assert sl.verify(sl.open(plant)).report.holds
