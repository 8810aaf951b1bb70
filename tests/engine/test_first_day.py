"""L7: without --from a close begins with the first day that readings cover from its beginning, and says so once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantView


def read_from(folder: Path, first: str, label: str = "start") -> PlantView:
    """Two tanks with steam every hour from a local time on, for three days; the ends of days as `label` says."""
    base = w.copy(folder)
    text = (base / "plant.toml").read_text("utf-8").replace('day_label = "start"', f'day_label = "{label}"')
    (base / "plant.toml").write_text(text, "utf-8")
    begun = datetime.fromisoformat(f"{first}:00+02:00")
    rows = [f"{(begun + timedelta(hours=i)).isoformat()},FT-STEAM,2.5" for i in range(72)]
    (base / "readings" / "meters.csv").write_text("\n".join(["time,tag,value", *rows, ""]), "utf-8")
    plant = sl.open(base)
    w.load(plant, *w.BASE)
    return plant


def days(plant: PlantView, start: str | None = None) -> tuple[list[str], list[str]]:
    done = sl.close(plant, start)
    assert done.report is not None, done.issues
    return [str(day.day) for day in done.report.days], [issue.message for issue in done.issues if issue.code == "A007"]


def test_l7_a_day_that_readings_begin_in_is_left_out_and_said_once(tmp_path: Path) -> None:
    plant = read_from(tmp_path, "2026-04-01T13:00")  # days begin at 06:00
    told = ["2026-04-01 has readings for a part of the day only: the close begins with 2026-04-02"]
    assert days(plant) == (["2026-04-02", "2026-04-03"], told)
    assert days(plant, "2026-04-01") == (["2026-04-01", "2026-04-02", "2026-04-03"], [])
    assert days(plant) == (["2026-04-01", "2026-04-02", "2026-04-03"], [])  # it is sealed: late results reach it


def test_l7_a_day_that_begins_within_the_longest_gap_is_whole(tmp_path: Path) -> None:
    assert days(read_from(tmp_path / "a", "2026-04-01T06:00")) == (["2026-04-01", "2026-04-02"], [])
    assert days(read_from(tmp_path / "b", "2026-04-01T08:00"))[0][0] == "2026-04-01"  # two hours are the meters' max_gap
    assert days(read_from(tmp_path / "c", "2026-04-01T09:00"))[0][0] == "2026-04-02"


def test_l7_days_called_by_their_end(tmp_path: Path) -> None:
    found, told = days(read_from(tmp_path, "2026-04-01T00:00", "end"))  # the day 2026-04-01 ends at 06:00
    assert (found[0], len(told)) == ("2026-04-02", 1)
