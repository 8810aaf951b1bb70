"""A trial as a person reads it, at 80 columns, in both languages (L1)."""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.engine.trial import TriedShift
from shiftledger.render.text import width
from shiftledger.render.trial_text import AT_ONCE, trial_text


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> sl.api.PlantView:
    return t.opened(tmp_path_factory.mktemp("trial"), days=None)


def test_what_a_close_would_do_in_both_languages(plant: sl.api.PlantView) -> None:
    view = sl.close(plant, t.DAY, t.DAY, dry_run=True)
    english, chinese = trial_text(view, "en"), trial_text(view, "zh")
    assert english.splitlines()[:3] == [
        "What a close would do; nothing is written",
        "2026-03-31: would be sealed",
        "Value V in EUR",
    ]
    assert chinese.splitlines()[:3] == ["关账试算；未写入任何内容", "2026-03-31（将封存）", "价值 V，金额单位 EUR"]
    assert "—  +7,640.00           —" in " ".join(english.replace(". ", "").split("\n"))
    for text in (english, chinese):
        assert max(width(line) for line in text.splitlines()) <= 80
    assert "would be sealed" in view._repr_html_()


def test_many_shifts_are_summed_by_crew(plant: sl.api.PlantView, tmp_path: Path) -> None:
    from dataclasses import replace

    view = sl.close(plant, t.DAY, t.DAY, dry_run=True, prices="planned")
    assert view.trial is not None
    rows = tuple(TriedShift(f"2026-03-{n:02d}.D", "mill", f"mill/{'AB'[n % 2]}", 100, 150, 50) for n in range(AT_ONCE + 1))
    text = trial_text(replace(view, trial=replace(view.trial, rows=rows)), "en")
    assert "2026-03-07.D" not in text
    assert [line.replace(". ", "").split() for line in text.splitlines() if "  crew" in line][:2] == [
        ["crew", "A", "+51.00", "+76.50", "+25.50"],
        ["crew", "B", "+50.00", "+75.00", "+25.00"],
    ]
    assert "--json has every shift" in text
