"""Nobody changes what governed a day, or what was published, unseen: file and line, both values (L7, I7)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.api import PlantView


def edited(plant: PlantView, name: str, old: str, new: str) -> PlantView:
    """Today's text changed in one place."""
    path = plant.folder / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1, name
    path.write_text(text.replace(old, new), "utf-8")
    return sl.open(plant.folder)


BOTH = "sealed for 2026-03-31 .. 2026-04-01 (2 days)"


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("prices/planned.csv", "ore,100,", "ore,101,", f"prices/planned.csv:3: V003: price of planned/ore 100 -> 101; {BOTH}"),
        (
            "prices/planned.csv",
            "slurry,185,",
            "slurry,186,",
            "prices/planned.csv:5: V003: price of planned/slurry 185 -> 186; sealed for 2026-04-01",
        ),
        (
            "standards.csv",
            "usage,0.220,",
            "usage,0.221,",
            f"standards.csv:5: V003: standard filter/product/steam/usage, value 0.22 -> 0.221; {BOTH}",
        ),
        (
            "standards.csv",
            "moisture,8,",
            "moisture,9,",
            f"standards.csv:6: V003: standard filter/product/steam/usage//moisture, reference 8 -> 9; {BOTH}",
        ),
        (
            "budget.csv",
            "output,86,",
            "output,87,",
            "budget.csv:4: V003: budget filter/product/output/2026-03-31/E, qty 86 -> 87; sealed for 2026-03-31",
        ),
        (
            "meters.csv",
            "FT-ORE,rate,ore-in,,,t/h,0.003,",
            "FT-ORE,rate,ore-in,,,t/h,0.005,",
            f"meters.csv:3: V003: meter FT-ORE, class 0.003 -> 0.005; {BOTH}",
        ),
        (
            "rotations.toml",
            "A = 2, B = 4",
            "A = 4, B = 2",
            "rotations.toml:6: V003: rotation four-crews, crews [[A, 2], [B, 4], ",
        ),
        ("stocks.toml", 'held_by = "site"', 'held_by = "mill"', f"stocks.toml:6: V003: stock T, held_by site -> mill; {BOTH}"),
        (
            "plant.toml",
            "day_start = 06:00:00",
            "day_start = 07:00:00",
            "plant.toml:8: V003: plant, day_start 06:00:00 -> 07:00:00; sealed for ",
        ),
    ],
    ids=["price", "dated price", "standard", "condition", "budget", "meter class", "rotation", "stock", "plant"],
)
def test_l7_a_changed_row_of_todays_text_is_located_with_both_values(
    plant: PlantView, name: str, old: str, new: str, expected: str
) -> None:
    if name == "plant.toml":  # slots must begin with the day
        path = plant.folder / "rotations.toml"
        path.write_text(path.read_text("utf-8").replace("06:00:00", "07:00:00"), "utf-8")
    found = t.findings(edited(plant, name, old, new))
    assert any(line.startswith(expected) for line in found), found
    if name not in ("plant.toml", "rotations.toml"):
        assert len(found) == 1, "what was sealed still recomputes from the sealed text"


def test_l7_a_roster_row_that_came_later_is_located(plant: PlantView) -> None:
    (plant.folder / "roster.csv").write_text(
        "day,slot,area,crew,start,end,kind\n2026-03-31,E,filter,D,17:00,,substitute\n", "utf-8"
    )
    assert t.findings(sl.open(plant.folder)) == [
        "roster.csv:2: V003: roster 2026-03-31/filter/E/17:00:00 was added; sealed for 2026-03-31"
    ]


def test_l7_a_row_that_went_is_located(plant: PlantView) -> None:
    changed = edited(plant, "budget.csv", "filter,product,output,86,shift,2026-03-31,E\n", "")
    (line,) = t.findings(changed)
    assert line.endswith("V003: budget filter/product/output/2026-03-31/E was removed; sealed for 2026-03-31")
    assert line.startswith("budget")


def test_l7_words_and_places_in_the_text_are_no_difference(plant: PlantView) -> None:
    edited(plant, "areas.toml", 'name_en = "Mill"', 'name_en = "Milling"')
    edited(plant, "prices/planned.csv", "ore,100,EUR/t,,,worked example\n", "")
    path = plant.folder / "prices" / "planned.csv"
    path.write_text("# moved to the end\n" + path.read_text("utf-8") + "ore,100.00,EUR/t,,,the same price\n", "utf-8")
    assert t.findings(sl.open(plant.folder)) == []


# The text that the seals stored.


def stored_text(plant: PlantView, change: Callable[[dict[str, str]], None]) -> None:
    ((key, body),) = t.rows(plant, "SELECT hash, body FROM texts")
    files = json.loads(body)
    change(files)
    t.sql(plant, "UPDATE texts SET body = ? WHERE hash = ?", values=(json.dumps(files, sort_keys=True), key))


def test_l7_a_digit_of_a_price_in_the_stored_text_is_located(plant: PlantView) -> None:
    def dearer(files: dict[str, str]) -> None:
        assert files["prices/planned.csv"].count("steam,150,") == 1
        files["prices/planned.csv"] = files["prices/planned.csv"].replace("steam,150,", "steam,151,")

    stored_text(plant, dearer)
    found = t.findings(plant)
    assert any(line.startswith("texts: V004: the stored plant text ") and "prices/planned.csv" in line for line in found)
    assert f"prices/planned.csv:7: V003: price of planned/steam 151 -> 150; {BOTH}" in found
    assert any(line.startswith("seals:2: V002: day 2026-03-31 does not recompute") for line in found)
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"plant.toml": 7}', '{"plant.toml": "[plant"}'])
def test_l7_a_stored_text_that_is_none_is_located_and_breaks_no_verb(plant: PlantView, body: str) -> None:
    t.sql(plant, "UPDATE texts SET body = ?", values=(body,))
    found = t.findings(plant)
    assert any(line.startswith("texts: V004: the stored plant text ") for line in found)
    assert any("seals:2: V002: day 2026-03-31 does not recompute: its plant text" in line for line in found)
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


def test_l7_a_deleted_text_is_located(plant: PlantView) -> None:
    t.sql(plant, "DELETE FROM texts")
    assert any("its plant text" in line and "is missing or cannot be read" in line for line in t.findings(plant))


# Published results.


def results(plant: PlantView, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite the files of a results table that hold rows of March."""
    for path in sorted((plant.state_folder / "results" / table / "month=2026-03").glob("*.parquet")):
        pq.write_table(change(pq.ParquetFile(path).read()), path)


def replaced(column: str, choose: Callable[[dict[str, Any]], Any]) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = [choose(row) for row in table.to_pylist()]
        place = table.schema.get_field_index(column)
        return table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))

    return change


NOT_SEALED = "results: V005: the stored results of 2026-03-31 are not what seal 2 sealed"


@pytest.mark.parametrize(
    ("column", "new"), [("qty", 20_001), ("amount", 300_001), ("crew", "filter/B"), ("counts_in", "2026-04")]
)
def test_l7_a_changed_posting_is_located(plant: PlantView, column: str, new: object) -> None:
    def choose(row: dict[str, Any]) -> Any:
        mine = row["what"] == "steam" and row["shift"] == w.SHIFT
        return new if mine else row[column]

    results(plant, "postings", replaced(column, choose))
    (line,) = t.findings(plant)
    assert line.startswith(NOT_SEALED)
    assert "first at 2026-03-31.E outside -> area:filter steam" in line
    if column == "amount":
        assert "amount 300001 -> 300000" in line


def test_l7_a_changed_statement_is_located(plant: PlantView) -> None:
    def choose(row: dict[str, Any]) -> Any:
        return row["body"].replace('"value":764000', '"value":764001')

    results(plant, "statements", replaced("body", choose))
    (line,) = t.findings(plant)
    assert line.startswith(NOT_SEALED)
    assert line.endswith("; first at statement of mill in 2026-03-31.E: value 764001 -> 764000")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("postings", "2026-03-31.D area:filter -> outside product: 0 rows -> 1 rows"),
        ("statements", "statement of filter in 2026-03-31.D: 0 rows -> 1 rows"),
        ("quantities", "2026-03-31.D closing T: 0 rows -> 1 rows"),
    ],
)
def test_l7_a_deleted_result_row_is_located(plant: PlantView, table: str, what: str) -> None:
    results(plant, table, lambda rows: rows.take(sorted_but_first(rows)))
    assert t.findings(plant) == [f"{NOT_SEALED}; first at {what}"]


def sorted_but_first(rows: pa.Table) -> list[int]:
    """All rows but the first by what tells them apart."""
    names = [name for name in ("shift", "kind", "id", "from", "to", "area", "what") if name in rows.column_names]
    names = ["shift", "from", "to", "what"] if "from" in names else names
    listed = rows.to_pylist()
    first = min(range(len(listed)), key=lambda i: [listed[i][name] for name in names])
    return [i for i in range(len(listed)) if i != first]


@pytest.mark.parametrize("table", ["postings", "statements", "quantities", "errors"])
@pytest.mark.parametrize("harm", ["twice", "partly"])
def test_l7_rows_left_over_from_a_crash_are_replaced_by_the_next_close(plant: PlantView, table: str, harm: str) -> None:
    stored = deltalake.DeltaTable(str(plant.state_folder / "results" / table))
    if harm == "twice":
        deltalake.write_deltalake(stored, stored.to_pyarrow_table(), mode="append")
    else:
        stored.delete("shift = '2026-03-31.E'" if table != "errors" else "posting LIKE '2026-03-31.E%'")
    found = t.findings(plant)
    assert any(line.startswith(NOT_SEALED) for line in found)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert done.ok
    assert done.report is not None
    assert {day.outcome for day in done.report.days} <= {"restored", "sealed", "unchanged"}
    assert t.findings(plant) == []
    view = sl.statement(plant, w.SHIFT)
    assert [(one.area, one.value) for one in view.statements] == [("filter", 308_600), ("mill", 764_000)]
    assert view.site == {"site:unreconciled:T": -21_600}


def test_l7_results_too_damaged_to_mend_are_said_and_come_back_after_deletion(plant: PlantView) -> None:
    results(plant, "statements", replaced("body", lambda row: row["body"].replace('"value":764000', '"value":1')))
    done = sl.close(plant, w.DAY, w.DAY)
    assert [(issue.code, issue.severity, issue.message) for issue in done.issues if issue.code == "V005"] == [
        ("V005", "warning", "the stored results of 2026-03-31 are damaged")
    ]
    shutil.rmtree(plant.state_folder / "results")
    assert sl.close(plant, w.DAY, w.NEXT_DAY).ok
    assert w.statement(plant, "mill").value == 764_000
    assert t.findings(plant) == []


@pytest.mark.parametrize("harm", ["junk file", "lost file", "junk log", "lost table"])
def test_l7_results_that_cannot_be_read_are_said_and_break_no_verb(plant: PlantView, harm: str) -> None:
    folder: Path = plant.state_folder / "results" / "postings"
    for path in (
        sorted((folder / "month=2026-03").glob("*.parquet")) if "file" in harm else sorted((folder / "_delta_log").glob("*.json"))
    ):
        if harm.startswith("lost"):
            path.unlink()
        else:
            path.write_bytes(b"junk")
    found = t.findings(plant, notes=True)
    assert any(line.startswith("results: ") and ("2026-03" in line) for line in found), found
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize("name", ["price_approval", "definition_approval"])
def test_r5_who_asks_for_approvals_from_now_on_leaves_settled_months_in_order(tmp_path: Path, name: str) -> None:
    """The switch moves no figure. March is settled without approvals and verifies; what is open is sealed again, and asks. # L7"""
    plant = w.opened(tmp_path)
    w.settle(plant)
    path = plant.folder / "plant.toml"
    path.write_text(path.read_text("utf-8") + f"{name} = true\n", "utf-8")
    fresh = sl.open(plant.folder)
    assert t.findings(fresh) == []
    done = sl.close(fresh, w.DAY, w.NEXT_DAY)
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["unchanged", "refused"]


def test_l7_a_row_that_was_added_without_its_first_day_is_told_what_to_do(tmp_path: Path) -> None:
    """It says something of settled days: dated, it says nothing of them. # T4"""
    plant = w.opened(tmp_path, days=(w.DAY, w.DAY))
    w.settle(plant)
    path, row = plant.folder / "standards.csv", "filter,product,ore,usage,0.1,t/t,,,,{},,worked example\n"
    before = path.read_text("utf-8")
    path.write_text(before + row.format(""), "utf-8")
    (found,) = sl.verify(sl.open(plant.folder)).issues
    assert found.code == "V003"
    assert found.remedy.startswith("If it holds only from a later day on, give it that day (valid_from).")
    path.write_text(before + row.format(w.NEXT_DAY), "utf-8")
    assert sl.verify(sl.open(plant.folder)).ok
