"""A plant's text in Excel and back: nothing changes but what somebody changed."""

from __future__ import annotations

import os
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

import shiftledger as sl
from plant_books import (
    PLANTS,
    Sheet,
    changed,
    copy,
    exported,
    given,
    lines_changed,
    place,
    put,
    said,
    saved,
    sheets,
    texts,
)
from plants_made_drawing import made
from plants_made_text import plant_files
from shiftledger.plant.load import open_folder, text_hash
from shiftledger.readings.sources.plant_sheets import read_book
from two_tanks import SOURCE

# --- the round trip


@pytest.mark.parametrize("plant", ["two-tanks", "steel-energy", "flotation", "new", "made-3", "made-11"])
def test_there_and_back_is_the_same_to_the_byte(plant: str, tmp_path: Path) -> None:
    """Into an empty folder and over the same one; and the second export says what the first said."""
    folder = tmp_path / "own"
    if plant == "new":
        assert sl.new(folder, areas=("mill", "filter"), materials=("ore:t:100", "slurry:t:180", "product:t:250")).ok
    elif plant.startswith("made"):
        for name, text in plant_files(made(int(plant.partition("-")[2]))).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    else:
        copy(folder, PLANTS / plant)
    before = texts(folder)
    book = exported(folder, tmp_path / "plant.xlsx")
    again = sl.import_plant(book, tmp_path / "again")
    assert again.ok, again.issues
    assert texts(tmp_path / "again") == before
    stamps = {name: os.stat(folder / name).st_mtime_ns for name in before}
    same = sl.import_plant(book, folder)
    assert same.ok
    assert same.changes == ()
    assert {name: os.stat(folder / name).st_mtime_ns for name in before} == stamps
    assert sheets(exported(tmp_path / "again", tmp_path / "second.xlsx")) == sheets(book)
    assert text_hash(open_folder(tmp_path / "again").result) == text_hash(open_folder(folder).result)


def test_a_saved_workbook_without_any_change_changes_nothing(tmp_path: Path) -> None:
    """Saved by another program, sorted, with blank rows between, sheets renamed: still the same plant."""
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def stir(filled: dict[str, Sheet]) -> None:
        for rows in filled.values():
            body = rows[3:]
            rows[3:] = [row for one in reversed(body) for row in (one, [None])]

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", stir), folder)
    assert view.ok, view.issues
    assert view.changes == ()
    assert texts(folder) == before


def test_without_its_record_a_workbook_makes_a_new_folder_that_means_the_same(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    book = saved(tmp_path / "x.xlsx", given(folder)[0], None)
    assert said(sl.import_plant(book, folder).issues) == [("P210", "x.xlsx")]
    assert sl.import_plant(book, tmp_path / "again").ok
    one, two = open_folder(folder).result, open_folder(tmp_path / "again").result
    assert one.settings == two.settings
    assert (one.meters, one.prices, one.standards, one.budget) == (two.meters, two.prices, two.standards, two.budget)
    assert (one.streams, one.rotations, one.units, one.sources) == (two.streams, two.rotations, two.units, two.sources)


# --- one change


CHANGES: tuple[tuple[str, str, str, Any, str, str], ...] = (
    ("meters.csv", "FT-ORE", "class", 0.0035, "FT-ORE,rate,ore-in,,,t/h,0.003,", "FT-ORE,rate,ore-in,,,t/h,0.0035,"),
    ("meters.csv", "FT-ORE", "max_gap", "3h", ",2h,", ",3h,"),
    ("prices/planned.csv", "ore", "price", 0.1 + 0.2, "ore,100,", "ore,0.3,"),
    ("prices/planned.csv", "ore", "price", 1e5, "ore,100,", "ore,100000,"),
    ("prices/planned.csv", "ore", "source", "=cmd|' /C calc'!A0", "", "=cmd|' /C calc'!A0"),
    ("prices/planned.csv", "ore", "source", 'dealer, "north"', "", '"dealer, ""north"""'),
    ("budget.csv", "filter", "qty", " 87 ", "86", "87"),
    ("budget.csv", "filter", "day", date(2026, 4, 1), "2026-03-31", "2026-04-01"),
    ("areas.toml", "mill", "name_zh", "磨矿一", '"磨矿"', '"磨矿一"'),
    ("plant.toml", "two-tanks", "day_start", time(6, 0), "", ""),
    ("plant.toml", "two-tanks", "lookback", 22.0, "", "lookback = 22"),
)


@pytest.mark.parametrize(("file", "key", "column", "value", "old", "new"), CHANGES, ids=range(len(CHANGES)))
def test_one_cell_changes_one_value(file: str, key: str, column: str, value: Any, old: str, new: str, tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    before = texts(folder)
    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", put(file, key, column, value)), folder)
    assert view.ok, view.issues
    after = texts(folder)
    assert {name for name in before if before[name] != after[name]} == ({file} if new else set())
    if not new:
        return
    if len(before[file].split(b"\n")) == len(after[file].split(b"\n")):
        ((_, was, now),) = lines_changed(before, after)
        assert old in was
        assert new in now
        assert now.replace(new, old) == was or old == ""
    else:  # a key that the file did not have
        assert set(after[file].decode().split("\n")) - set(before[file].decode().split("\n")) == {new}
    ((change,),) = [one.cells for one in view.changes]
    assert change.field == column
    assert change.place.startswith("x.xlsx!Sheet ")
    assert sl.import_plant(tmp_path / "x.xlsx", folder).changes == ()  # given again, it changes nothing more


def test_rows_come_and_go_where_they_stand(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        rows, names = filled["prices/planned.csv"], filled["prices/planned.csv"][2]
        gone, _ = place(rows, "steam", "price")
        rows.insert(gone, [{"material": "steam", "price": 151, "unit": "EUR/t"}.get(name) for name in names])
        del rows[gone + 1]
        streams = filled["streams.toml"]
        at = {"id": "spill", "from": "T", "to": "outside", "material": "slurry"}
        streams.append([at.get(name) for name in streams[2]])

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", change), folder)
    assert view.ok, view.issues
    after = texts(folder)
    assert {name for name in before if before[name] != after[name]} == {"prices/planned.csv", "streams.toml"}
    added = b'\n[stream.spill]\nfrom = "T"\nto = "outside"\nmaterial = "slurry"\n'
    assert after["streams.toml"] == before["streams.toml"] + added
    gone = sl.import_plant(changed(folder, tmp_path / "y.xlsx", lambda filled: filled["streams.toml"].pop() and None), folder)
    assert gone.ok, gone.issues
    assert texts(folder)["streams.toml"].rstrip() == before["streams.toml"].rstrip()


def test_a_new_file_and_an_empty_sheet(tmp_path: Path) -> None:
    """--add gives an empty sheet; filled in, it becomes a file, left empty it does not."""
    folder = copy(tmp_path / "plant")
    wider = exported(folder, tmp_path / "given.xlsx", add=["roster.csv", "prices/draft.csv"])
    filled = sheets(wider)
    assert len(filled["roster.csv"]) == 3
    names = filled["prices/draft.csv"][2]
    filled["prices/draft.csv"].append([{"material": "ore", "price": 99, "unit": "EUR/t"}.get(name) for name in names])
    view = sl.import_plant(saved(tmp_path / "x.xlsx", filled, read_book(wider).result.record), folder)
    assert view.ok, view.issues
    assert [(one.file, one.how, one.rows) for one in view.changes] == [("prices/draft.csv", "new", 1)]
    assert (folder / "prices/draft.csv").read_text() == "material,price,unit\nore,99,EUR/t\n"
    assert not (folder / "roster.csv").exists()


def test_what_a_sheet_does_not_speak_of_stays(tmp_path: Path) -> None:
    """A deleted sheet, a deleted column, a column and a sheet of one's own: nothing is lost, and the first two are said."""
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        del filled["budget.csv"]
        gone = filled["meters.csv"][2].index("class")
        for row in filled["meters.csv"][2:]:
            del row[gone]
        filled["meters.csv"][2].append("#my remark")
        filled["meters.csv"][3] += [None] * (len(filled["meters.csv"][2]) - len(filled["meters.csv"][3]) - 1) + ["look at it"]
        filled["mine"] = [["# notes"], ["anything"]]

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", change), folder)
    assert view.ok
    assert texts(folder) == before
    notes = [issue.message for issue in view.issues if issue.code == "P215"]
    assert notes == ["budget.csv has no sheet and stays as it is", "without a column, and left as they are: class"]


# --- both sides changed


def test_what_changed_on_both_sides_is_written_on_neither(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    book = changed(folder, tmp_path / "x.xlsx", put("meters.csv", "FT-ORE", "class", 0.004))
    meters = folder / "meters.csv"
    meters.write_text(meters.read_text().replace("FT-MILL,rate,mill-slurry,,,t/h,0.003", "FT-MILL,rate,mill-slurry,,,t/h,0.002"))
    other = folder / "areas.toml"
    other.write_text(other.read_text() + "# changed after the export, and not in the workbook\n")
    before = texts(folder)
    refused = sl.import_plant(book, folder)
    ((code, at),) = said(refused.issues)
    assert code == "P213"
    assert at.startswith("x.xlsx!Sheet ")
    assert texts(folder) == before
    meters.write_bytes(texts(SOURCE)["meters.csv"])
    assert sl.import_plant(book, folder).ok  # what only the folder changed stays, what only the workbook changed comes
    assert b"# changed after" in other.read_bytes()
    assert b"FT-ORE,rate,ore-in,,,t/h,0.004" in meters.read_bytes()


def test_another_plant_and_another_folder_are_refused(tmp_path: Path) -> None:
    book = exported(copy(tmp_path / "plant"), tmp_path / "x.xlsx")
    other = copy(tmp_path / "other", PLANTS / "steel-energy")
    before = texts(other)
    assert said(sl.import_plant(book, other).issues) == [("P216", "other")]
    assert texts(other) == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("mine")
    assert said(sl.import_plant(book, tmp_path / "full").issues) == [("P216", "full")]
    assert said(sl.import_plant(book, tmp_path / "no/where").issues) == [("P216", "where")]
    assert not (tmp_path / "no").exists()
