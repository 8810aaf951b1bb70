"""Readings that no plant can have: located issues, the rest of the days closes, never a traceback (I8, L5)."""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w


def variant(tmp_path: Path, extra: str) -> w.PlantView:
    folder = w.copy(tmp_path)
    readings = folder / "readings" / "meters.csv"
    readings.write_text(readings.read_text("utf-8") + extra, "utf-8")
    plant = sl.open(folder)
    sl.load(plant, [readings], known_at=w.SOON)
    return plant


@pytest.mark.parametrize("value", ["1e300", "-1e16", "1.7976931348623157e308"])
def test_r1_a_value_that_no_meter_can_show_goes_to_quarantine(tmp_path: Path, value: str) -> None:
    folder = w.copy(tmp_path)
    readings = folder / "readings" / "meters.csv"
    readings.write_text(readings.read_text("utf-8") + f"2026-03-31T14:30:00+02:00,FT-STEAM,{value}\n", "utf-8")
    plant = sl.open(folder)
    done = sl.load(plant, [readings], known_at=w.SOON)
    assert done.reports[0].quarantined == 1
    assert f'value "{value}" is larger than any meter can show' in " ".join(issue.message for issue in done.issues)
    w.reclose(plant)
    assert w.statement(plant, "filter").lines[-1].qty == 20_000


@pytest.mark.parametrize("tag", ["FT-STEAM", "LT-T", "LAB-MOISTURE"])
def test_l5_a_figure_beyond_64_bits_leaves_its_day_open(tmp_path: Path, tag: str) -> None:
    folder = w.copy(tmp_path)
    materials = folder / "materials.toml"
    materials.write_text(materials.read_text("utf-8").replace("quantum = 0.001", "quantum = 0.000001"), "utf-8")
    readings = folder / "readings" / "meters.csv"
    more = f"2026-03-31T14:30:00+02:00,{tag},9e14\n2026-03-31T21:59:00+02:00,{tag},9e14\n"
    readings.write_text(readings.read_text("utf-8") + more, "utf-8")
    plant = sl.open(folder)
    assert sl.load(plant, [readings], known_at=w.SOON).ok
    done = sl.close(plant)
    assert done.report is not None
    outcomes = {str(day.day): day.outcome for day in done.report.days}
    expected = (
        "refused" if tag == "FT-STEAM" else "sealed"
    )  # a dip away from the boundary and a condition at its own quantum still fit
    assert outcomes == {w.DAY: expected, w.NEXT_DAY: "sealed"}
    if expected == "refused":
        assert {issue.code for issue in done.issues if issue.severity == "error"} == {"L007"}
    assert sl.verify(plant).ok


def test_i8_a_stamp_far_in_the_future_closes_no_day_in_between(tmp_path: Path) -> None:
    plant = variant(tmp_path, "2106-03-31T14:30:00+02:00,FT-STEAM,1\n")
    done = sl.close(plant)
    assert done.report is not None
    assert [str(day.day) for day in done.report.days] == [w.DAY, w.NEXT_DAY, "2026-04-02"]
    assert done.ok
