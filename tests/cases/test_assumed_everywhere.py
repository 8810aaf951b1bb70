"""What rests on an assumption says so wherever the figure is shown (I7, I8): two-tanks, whose price of steam somebody only assumed.

Steam is the filter's. Its line, its value and its standards rest on the assumption; nothing of the mill does, and so nothing there says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from render.spreadsheet import Book
from shiftledger.api import PlantView
from shiftledger.render.difference_text import difference_text
from shiftledger.render.now_text import now_text
from shiftledger.render.rollup_text import rollup_text
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width
from shiftledger.render.whatif_text import whatif_text

AT = "prices/planned.csv:7"
SAYS = "assumption: steam of last year"
MARK, VALUE = "rests on assumptions", "! V rests on assumptions (1), listed below"
COLUMNS = "! Standard and Allowed rest on assumptions, listed below"
FIGURES = ["steam", "V", "standard"]


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    folder = w.copy(tmp_path_factory.mktemp("assumed"))
    prices = folder / "prices" / "planned.csv"
    text = prices.read_text("utf-8").replace("steam,150,EUR/t,,,worked example", f"steam,150,EUR/t,,,{SAYS}")
    assert text.splitlines()[int(AT.partition(":")[2]) - 1].endswith(SAYS)
    prices.write_text(text, "utf-8")
    plant = sl.open(folder)
    w.load(plant, *w.BASE, w.MOISTURE)
    assert sl.close(plant, w.DAY, w.NEXT_DAY).ok
    return plant


OF_FILTER = {"filter": [{"at": AT, "source": SAYS, "figures": FIGURES}]}  # and of no other area


def part(text: str, area: str, other: str) -> str:
    """What a text says of one area: from its head to that of the other, or to the end."""
    begin = text.index(area)
    end = text.find(other, begin)
    return text[begin : end if end > 0 else len(text)]


def test_i7_statement_as_text_page_and_json(plant: PlantView) -> None:
    view = sl.statement(plant, w.SHIFT, lang="en")
    assert view.to_json()["assumptions"] == OF_FILTER
    alone = {area: sl.statement(plant, w.SHIFT, area, lang="en") for area in ("mill", "filter")}
    for told in (statement_text(alone["filter"], "en"), alone["filter"]._repr_html_()):
        assert all(words in told for words in (VALUE, COLUMNS, MARK, AT, SAYS))
    for told in (statement_text(alone["mill"], "en"), alone["mill"]._repr_html_()):
        assert "assumption" not in told


def test_i7_workbook(plant: PlantView, tmp_path: Path) -> None:
    sl.statement(plant, w.SHIFT, lang="en").to_excel(tmp_path / "w.xlsx", lang="en")
    book = Book(tmp_path / "w.xlsx")
    notes: dict[str, list[str]] = {}
    for (sheet, _), cell in book.inputs.items():
        if isinstance(cell, str) and "assum" in cell.casefold():
            notes.setdefault(sheet, []).append(cell)
    areas, filter_ = (book.names[0], next(name for name in book.names if "ilter" in name))
    assert set(notes) == {areas, filter_}
    assert notes[areas] == [VALUE]
    assert {VALUE, COLUMNS, MARK, f"{AT}  {SAYS}"} <= set(notes[filter_])


def test_l9_i7_running_shift_and_its_close(plant: PlantView) -> None:
    view = sl.now(plant, at="2026-03-31T18:00", lang="en")
    assert view.to_json()["assumptions"] == OF_FILTER
    text = now_text(view, "en")
    of_filter, of_mill = part(text, "· Filter", "· Mill"), part(text, "· Mill", "· Filter")
    assert all(words in of_filter for words in (VALUE, COLUMNS, MARK, AT))
    assert "assumption" not in of_mill.partition("Newest")[0]
    closed = now_text(sl.now(plant, against_close=w.SHIFT, lang="en"), "en")
    assert closed.count(VALUE) == 1 == closed.count(SAYS)
    assert VALUE in view._repr_html_()


def test_l10_i7_what_if(plant: PlantView) -> None:
    view = sl.whatif(plant, ["U2.load=0.9"], shift=w.SHIFT, lang="en")
    assert view.to_json()["assumptions"] == OF_FILTER
    text = whatif_text(view, "en")
    assert text.count(VALUE) == text.count(COLUMNS) == 1
    assert text.count(MARK) == 1 + 1  # V and the line of steam
    assert max(width(line) for line in text.splitlines()) <= 80


def test_l2_i7_rollup(plant: PlantView) -> None:
    view = sl.rollup(plant, lang="en")
    assert view.rollup is not None
    rests = {row.key: [one.at for one in row.assumptions] for row in view.rollup.rows}
    assert rests == {("filter",): [AT], ("mill",): []}
    for text in (rollup_text(view, "en"), view._repr_html_()):
        assert text.count(VALUE) == text.count(COLUMNS) == text.count(SAYS) == 1
    rows = view.to_json()["rollup"]["rows"]
    assert [[one["source"] for one in row["assumptions"]] for row in rows] == [[SAYS], []]
    together = sl.rollup(plant, by=("plant",), lang="en")
    assert VALUE in rollup_text(together, "en")


def test_l7_i7_difference_sheet_and_a_partial_flow(tmp_path: Path, plant: PlantView) -> None:
    """Four hours of steam turn out to be wrong: the change rests on its assumed price, and no bridge shows what is missing as saved."""
    body = {"tag": "FT-STEAM", "start": "2026-03-31T18:00:00+02:00", "end": "2026-03-31T22:00:00+02:00"}
    assert sl.act(plant, "suspect", "meter engineer, post 1", "engineer", body).ok
    w.reclose(plant)
    view = sl.diff(plant, w.DAY, lang="en")
    assert view.sheet is not None
    assert [(one.at, one.figures) for one in view.sheet.assumptions] == [(AT, ("steam",))]
    for text in (difference_text(view, "en"), view._repr_html_()):
        assert text.count(MARK) == 1
        assert SAYS in text
    found = w.statement(plant, "filter")
    assert (found.partial, found.steps, found.reasons) == (("steam",), (), ("flow partial",))
    assert found.standard is not None
    told = statement_text(sl.statement(plant, w.SHIFT, "filter", lang="en"), "en")
    assert "so no bridge is" in " ".join(told.split())
    assert "From Plan" not in told
