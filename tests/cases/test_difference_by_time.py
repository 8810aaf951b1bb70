"""A difference sheet of areas that have different slots: headings say times and shifts (T2, L7)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from cases.test_two_slots import closed
from shiftledger.render.difference_text import difference_text
from shiftledger.render.text import width


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_t2_a_difference_sheet_names_the_time_that_shifts_have_in_common(tmp_path: Path, lang: str) -> None:
    """Ore of 06:00-07:00 is corrected after the close: p1, 06:00-14:00, of the filter's and the mill's D."""
    plant = closed(tmp_path)
    (plant.folder / "late" / "ore.csv").write_text("time,tag,value\n2026-03-31T06:00:00+02:00,FT-ORE,30\n", "utf-8")
    w.load(plant, "late/ore.csv", known_at="2026-04-01T07:00:00Z")
    w.reclose(plant, w.DAY, w.DAY)
    view = sl.diff(plant, w.DAY)
    assert view.sheet is not None
    assert {row.shift for row in view.sheet.changed} <= {part.id for part in view.sheet.parts}
    text = difference_text(view, lang)
    names = ("过滤", "磨矿") if lang == "zh" else ("Filter", "Mill")
    assert f"– 14:00 · {names[0]} 2026-03-31.D, {names[1]} 2026-03-31.D" in text
    assert re.search(r"\.p\d+-\d{4}", text) is None
    assert "…" not in text.partition("\n\n")[2].partition("\n\n")[0]
    assert all(width(line) <= 80 for line in text.splitlines())
