"""Workbooks that are wrong, hostile or cut off: every mistake is named at its cell, and nothing is ever half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import shiftledger as sl
from plant_books import Sheet, call, changed, copy, exported, given, put, said, saved, texts
from shiftledger.plant.book_record import record_of
from shiftledger.plant.unfinished import NAME, PLAN, replace_files
from shiftledger.readings.sources.plant_sheets import read_book

# --- wrong cells


def test_every_wrong_cell_is_named_at_once(tmp_path: Path) -> None:
    """Types, choices, formulas, dates that Excel made of text, merged cells, unknown columns; references and gaps by the checks."""
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        put("meters.csv", "FT-ORE", "class", "0,03")(filled)
        put("meters.csv", "FT-MILL", "kind", "rat")(filled)
        put("meters.csv", "FT-FILTER", "unit", datetime(2026, 5, 1))(filled)
        put("prices/planned.csv", "ore", "price", "#N/A")(filled)
        filled["areas.toml"][2].append("colour")
        filled["prise"] = [["prise/planned.csv"], ["material", "price"]]

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", change), folder)
    assert texts(folder) == before
    codes = {(issue.code, str(issue.at).rpartition("!")[2]) for issue in view.issues if issue.severity == "error"}
    assert codes == {("P007", "G4"), ("P008", "B5"), ("P211", "F6"), ("P007", "B4"), ("P212", "K3"), ("P212", "A1")}
    messages = "\n".join(f"{issue.message} | {issue.remedy}" for issue in view.issues)
    for words in (
        'class: "0,03" is not a number | Write 0.03: the decimal sign is a point.',
        "Closest: rate",
        "where text is meant",
    ):
        assert words in messages
    assert 'areas.toml has no field "colour"' in messages
    assert "Closest: prices/*.csv" in messages


def test_what_the_checks_find_is_told_at_the_cell(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        put("meters.csv", "FT-ORE", "stream", "ore-inn")(filled)
        put("streams.toml", "ore-in", "material", "oar")(filled)
        put("units.toml", "U1", "area", None)(filled)

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", change), folder)
    book = read_book(tmp_path / "x.xlsx").result.sheets
    wanted = {
        str(book[file].place(*where))
        for file, where in (("meters.csv", (0, "stream")), ("streams.toml", (0, "material")), ("units.toml", (0, "")))
    }
    assert wanted <= {str(issue.at) for issue in view.issues if issue.severity == "error"}
    assert texts(folder) == before


def test_formulas_count_by_the_value_that_is_shown(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    book = changed(folder, tmp_path / "x.xlsx", put("meters.csv", "FT-ORE", "class", "{=0.002*2}"))
    assert sl.import_plant(book, folder).ok
    assert b"FT-ORE,rate,ore-in,,,t/h,0.004," in (folder / "meters.csv").read_bytes()


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    book = saved(
        tmp_path / "x.xlsx",
        *given(folder),
        then=lambda made: made.get_worksheet_by_name("Sheet 0").merge_range("A4:A6", "two-tanks"),
    )
    assert ("P211", "x.xlsx!Sheet 0!A4") in said(sl.import_plant(book, folder).issues)


def test_ids_with_leading_zeros_survive_a_spreadsheet_that_takes_them_for_numbers(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    (folder / "members.csv").write_text("person,area,crew,valid_from\n007,mill,A,2026-01-01\n1E5,mill,B,2026-01-01\n")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        put("members.csv", "007", "person", 7.0)(filled)
        put("members.csv", "1E5", "person", 100000.0)(filled)
        put("members.csv", "A", "valid_from", date(2026, 1, 1))(filled)

    view = sl.import_plant(changed(folder, tmp_path / "x.xlsx", change), folder)
    assert view.ok, view.issues
    assert texts(folder) == before


# --- hostile


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"\0" * (270 << 20))


def _endless(path: Path) -> None:
    saved(
        path,
        {"x": [["meters.csv"], [], ["tag", "kind"]]},
        None,
        then=lambda book: book.get_worksheet_by_name("Sheet 0").write(1_048_575, 16_000, 1),
    )


HOSTILE: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("absent", lambda path: None, "R003"),
    ("text", lambda path: path.write_text("tag,kind\n"), "R042"),
    ("empty", lambda path: path.write_bytes(b""), "R042"),
    ("xls", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600), "R042"),
    ("locked", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")), "R042"),
    ("cut", lambda path: path.write_bytes(b"PK\x03\x04" + b"\0" * 90), "R005"),
    ("bomb", _bomb, "R014"),
    ("endless", _endless, "R014"),
    ("climbing", lambda path: saved(path, {"x": [["..\\prices/planned.csv"], ["material"]]}, None), "P212"),
    ("climbing-too", lambda path: saved(path, {"x": [["prices/../../planned.csv"], ["material"]]}, None), "P212"),
    ("foreign", lambda path: saved(path, {"x": [["what I paid"], [12]]}, None), "P210"),
    ("twice", lambda path: saved(path, {n: [["areas.toml"], ["id"]] for n in "ab"}, None), "P212"),
)


@pytest.mark.parametrize(("kind", "make", "code"), HOSTILE, ids=[kind for kind, _, _ in HOSTILE])
def test_hostile_workbooks_are_refused_and_nothing_is_written(
    kind: str, make: Callable[[Path], object], code: str, tmp_path: Path
) -> None:
    book = tmp_path / "x.xlsx"
    make(book)
    folder = copy(tmp_path / "plant")
    before = texts(folder)
    for target in (folder, tmp_path / "new"):
        view = sl.import_plant(book, target)
        assert not view.ok
        assert code in {found for found, _ in said(view.issues)} or (kind == "foreign" and target == tmp_path / "new")
    assert texts(folder) == before
    assert not (tmp_path / "new").exists()


def test_a_million_empty_rows_cost_nothing(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")

    def pad(book: Any) -> None:
        for n in range(4_000, 1_048_576, 128):
            book.get_worksheet_by_name("Sheet 0").set_row(n, 20)

    book = saved(tmp_path / "x.xlsx", *given(folder), then=pad)
    assert sl.import_plant(book, folder).changes == ()


def test_a_touched_record_is_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    filled, _ = given(folder)
    rows = record_of(texts(folder))
    rows[1][2] = rows[2][2]
    filled["record"] = rows
    assert said(sl.import_plant(saved(tmp_path / "x.xlsx", filled, None), folder).issues)[0][0] == "P210"


def test_export_stores_formulas_as_text_and_refuses_what_no_cell_holds(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    areas = folder / "areas.toml"
    areas.write_text(areas.read_text().replace('name_en = "Filter"', "name_en = \"=HYPERLINK('there')\""))
    book = exported(folder, tmp_path / "x.xlsx")
    with zipfile.ZipFile(book) as parts:
        assert not [name for name in parts.namelist() if name.startswith("xl/worksheets/") and b"<f>" in parts.read(name)]
    assert sl.import_plant(book, folder).changes == ()
    areas.write_text(areas.read_text().replace("=HYPERLINK", "x" * 40_000))
    view = sl.export_plant(folder, tmp_path / "y.xlsx")
    assert said(view.issues) == [("P218", "areas.toml")]
    assert not (tmp_path / "y.xlsx").exists()
    assert said(sl.export_plant(folder, book).issues) == [("P218", "x.xlsx")]  # never over a workbook that is there


# --- whole or not at all


@pytest.mark.parametrize("stage", [0, 2])
def test_an_import_that_is_killed_is_finished_by_the_next(stage: int, tmp_path: Path) -> None:
    """Killed while it writes beside, or between two files: before, all is old; after, the plant is refused until it is finished."""
    folder = copy(tmp_path / "plant")
    before = texts(folder)

    def change(filled: dict[str, Sheet]) -> None:
        put("meters.csv", "FT-ORE", "class", 0.004)(filled)
        put("prices/planned.csv", "ore", "price", 101)(filled)

    book = changed(folder, tmp_path / "x.xlsx", change)
    script = (
        "import os, sys, shiftledger as sl\nfrom shiftledger.plant import unfinished\n"
        "real, left = os.replace, [int(sys.argv[3])]\n"
        "def dying(a, b):\n    if not left[0]: os._exit(9)\n    left[0] -= 1\n    real(a, b)\n"
        "unfinished.os.replace = dying\nsl.import_plant(sys.argv[1], sys.argv[2])\n"
    )
    root = str(Path(sl.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script, book, folder, str(stage)], env={**os.environ, "PYTHONPATH": root}, check=False
    )
    assert done.returncode == 9
    if stage == 0:
        assert texts(folder) == before
        assert sl.check(folder).ok
    else:
        assert [issue.code for issue in sl.check(folder).issues] == ["P217"]
        with pytest.raises(sl.PlantError):
            sl.open(folder)
    view = sl.import_plant(book, folder)
    assert view.ok, view.issues
    assert view.finished == (() if stage == 0 else ("meters.csv", "prices/planned.csv"))
    assert b"ore,101," in (folder / "prices/planned.csv").read_bytes()
    assert b"0.004" in (folder / "meters.csv").read_bytes()
    assert not (folder / NAME).exists()
    assert sl.check(folder).ok


def test_a_plan_that_no_import_wrote_is_not_followed(tmp_path: Path) -> None:
    folder = copy(tmp_path / "plant")
    replace_files(folder, {"areas.toml": (folder / "areas.toml").read_bytes()})
    (folder / NAME).mkdir()
    (folder / NAME / "0").write_text("stolen")
    (folder / NAME / PLAN).write_text(json.dumps(["../outside.csv"]))
    book = exported(copy(tmp_path / "other"), tmp_path / "x.xlsx")
    assert said(sl.import_plant(book, folder).issues) == [("P217", "plant")]
    assert not (tmp_path / "outside.csv").exists()


def test_a_disk_that_refuses_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy(tmp_path / "plant")
    before = texts(folder)
    book = changed(folder, tmp_path / "x.xlsx", put("meters.csv", "FT-ORE", "class", 0.004))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shiftledger.plant.unfinished._put", full)
    assert said(sl.import_plant(book, folder).issues) == [("P216", "plant")]
    assert texts(folder) == before
    assert not (folder / NAME).exists()


# --- the command line


def test_the_command_line_shows_before_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIFTLEDGER_LANG", raising=False)
    folder = copy(tmp_path / "plant")
    before = texts(folder)
    assert call("plant", "export", folder, tmp_path / "given.xlsx").exit_code == 0
    book = changed(folder, tmp_path / "x.xlsx", put("meters.csv", "FT-ORE", "class", 0.004))
    tried = call("plant", "import", book, folder, "--dry-run")
    assert tried.exit_code == 0
    assert "meters.csv: changed, 1" in tried.stdout
    assert "FT-ORE  class: 0.003 → 0.004" in tried.stdout
    assert texts(folder) == before
    asked = call("plant", "import", book, folder, "--dry-run", "--json")
    form = json.loads(asked.stdout)
    assert form["version"] == 1
    assert form["dry_run"] is True
    assert form["changes"][0]["cells"][0]["after"] == "0.004"
    monkeypatch.setenv("SHIFTLEDGER_LANG", "zh")
    assert "meters.csv：1 处" in call("plant", "import", book, folder).stdout
    assert texts(folder) != before
    assert call("plant", "import", tmp_path / "none.xlsx", folder).exit_code == 1
