"""The difference sheet and the roll-up as text: 80 columns, both languages, what adds up is said (L7, L2)."""

from __future__ import annotations

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.render.difference_text import difference_text
from shiftledger.render.messages import LANGS, Lang
from shiftledger.render.rollup_text import rollup_text
from shiftledger.render.text import width


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> sl.api.PlantView:
    """March settled, a late result, reopened, closed again."""
    made = t.opened(tmp_path_factory.mktemp("sheets"))
    t.settle(made)
    t.load(made, t.LATE, known_at=t.MUCH_LATER)
    t.reclose(made)
    assert sl.act(made, "reopen", "controller, post 1", "controller", {"month": "2026-03", "reason": "a meter"}).ok
    t.reclose(made)
    return made


@pytest.mark.parametrize("lang", LANGS)
def test_l7_the_difference_sheet_in_80_columns(plant: sl.api.PlantView, lang: Lang) -> None:
    text = difference_text(sl.diff(plant, "2026-03", lang=lang), lang)
    assert all(width(line) <= 80 for line in text.splitlines())
    for figure in ("+3,050.00", "+3,086.00", "+36.00", "−36.00", "+10,510.00", t.LATE):
        assert figure in text
    same = difference_text(sl.diff(plant, t.NEXT_DAY, lang=lang), lang)
    assert ("没有差异" if lang == "zh" else "nothing changed") in same


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("by", [("area",), ("crew", "day"), ("group",), ("plant", "month")], ids="-".join)
def test_l2_a_rollup_in_80_columns(plant: sl.api.PlantView, by: tuple[str, ...], lang: Lang) -> None:
    text = rollup_text(sl.rollup(plant, month="2026-03", by=by, lang=lang), lang)
    assert all(width(line) <= 80 for line in text.splitlines())
    for figure in ("+10,726.00", "−216.00", "+10,510.00", "+9,250.00", "+1,260.00"):
        assert figure in text


def test_nothing_to_show_is_no_text(plant: sl.api.PlantView) -> None:
    assert difference_text(sl.diff(plant, "2031-01"), "en") == ""
    assert rollup_text(sl.rollup(plant, "2031-01-01"), "en") == ""
