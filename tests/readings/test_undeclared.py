"""R4: what undeclared columns say waits in quarantine, one row a column, and can be admitted once the tag is declared."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readings.books import excel
from readings.small import LONG, METERS, at, file, messages, plant, rows_of
from readings.test_quarantine import draft, let_in, load, put_away, standing, value_at
from shiftledger.acts.state import State, connect
from shiftledger.plant.model import Meter
from shiftledger.readings import lake
from shiftledger.readings.aside import FOLDER
from shiftledger.readings.desk import kept_rows, readmit
from shiftledger.readings.quarantine import quarantined, refused_rows
from shiftledger.readings.sources.files import read_file

TEXT = "time,FT-1,T9,Remark,Empty\n2026-01-04 06:00,1,9,,\n2026-01-04 07:00,2,,dry,\n2026-01-04 08:00,3,11,,\n2026-01-04 09:00,4,x,,\n"
WIDE = replace(LONG, id="wide", layout="wide")
T9 = Meter("T9", "rate")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


def test_r4_an_undeclared_column_is_one_row_of_quarantine_with_all_its_cells(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    found = read_file(plant(WIDE), path)
    assert messages(found.issues) == [
        f'a.csv:1: warning R011: the column "{name}" is of tag "{name}", which is not declared; its cells wait in quarantine'
        for name in ("Empty", "Remark", "T9")
    ]
    load(state, plant(WIDE), path)
    rows = quarantined(state)
    assert [(line, text.rpartition(",")[0], reason) for _, line, text, reason in rows] == [
        (1, 'column "Remark": 1 cells, lines 3 to 3', 'the column "Remark" is of tag "Remark", which is not declared'),
        (1, 'column "T9": 3 cells, lines 2 to 5', 'the column "T9" is of tag "T9", which is not declared'),
    ]
    assert [one.standing for one in kept_rows(plant(WIDE), state)] == ["open", "open"]
    load(state, plant(WIDE), path, 7)  # the same again
    assert quarantined(state) == rows
    assert len(list((state.folder / FOLDER).iterdir())) == 1


def test_r4_a_column_is_admitted_once_its_tag_is_declared(state: State, tmp_path: Path) -> None:
    load(state, plant(WIDE), file(tmp_path, TEXT))
    (tmp_path / "a.csv").unlink()  # nothing but the store is needed
    today = plant(WIDE, meters=(*METERS, T9))
    remark, column = kept_rows(today, state)
    assert (remark.lacks, column.lacks) == ('the column "Remark" is of tag "Remark", which is not declared', "")
    assert let_in(today, state, remark.row.id)[1] == [("R066", "error")]
    assert let_in(today, state, column.row.id, value="3")[1] == [("R066", "error")]
    done, issues = let_in(today, state, column.row.id)
    assert (issues, done.act is not None) == ([], True)
    assert (value_at(state, "T9", "2026-01-04 05:00"), value_at(state, "T9", "2026-01-04 07:00")) == ([9.0], [11.0])
    assert [s for _, s, _ in standing(today, state)] == ["open", "readmitted", "open"]
    bad = refused_rows(state)[-1]
    assert (bad.line, bad.text) == (5, "2026-01-04 09:00,T9,x")  # what of it cannot be read waits for itself
    assert let_in(today, state, bad.id, value="4")[1] == []
    assert value_at(state, "T9", "2026-01-04 08:00") == [4.0]
    assert put_away(today, state, remark.row.id)[0].act is not None


def test_r4_a_column_whose_file_was_loaded_again_is_loaded(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    load(state, plant(WIDE), path)
    today = plant(WIDE, meters=(*METERS, T9))
    load(state, today, path, 5)
    assert [(one.row.line, one.standing) for one in kept_rows(today, state)] == [(1, "open"), (1, "loaded"), (5, "open")]
    done = readmit(today, state, (), replace(draft(), kind="readmit"), source="a.csv")
    assert done.result.act is None


def test_r4_a_column_that_the_source_maps_is_read_by_todays_mapping(state: State, tmp_path: Path) -> None:
    mapped = replace(WIDE, columns=(("FT-1", "FT-1"), ("T9", "NOT-YET")))
    load(state, plant(mapped), file(tmp_path, TEXT))
    (one,) = kept_rows(plant(mapped), state)
    assert one.lacks == 'the column "T9" is of tag "NOT-YET", which is not declared'
    other = replace(WIDE, columns=(("FT-1", "FT-1"),))
    assert kept_rows(plant(other), state)[0].lacks == 'the source "wide" names no tag for the column "T9"'
    today = plant(replace(WIDE, columns=(("FT-1", "FT-1"), ("T9", "T9"))), meters=(*METERS, T9))
    assert let_in(today, state, one.row.id)[1] == []
    assert value_at(state, "T9", "2026-01-04 05:00") == [9.0]


def test_r4_a_kept_file_that_is_gone_is_said(state: State, tmp_path: Path) -> None:
    load(state, plant(WIDE), file(tmp_path, TEXT))
    for path in (state.folder / FOLDER).iterdir():
        path.write_bytes(b"PAR1 no more")
    today = plant(WIDE, meters=(*METERS, T9))
    assert [one.lacks for one in kept_rows(today, state)][1].startswith(
        "its cells were kept in a file that is missing or damaged"
    )


def test_r4_rows_that_count_from_their_place_are_kept_whole(state: State, tmp_path: Path) -> None:
    text = "time,FT-1,T9\n" + "".join(f"2026-01-04 0{hour}:00,1,{cell}\n" for hour in (6, 7) for cell in ("", "", "5", "6"))
    source = replace(WIDE, order="position", interval=900_000_000)
    load(state, plant(source), file(tmp_path, text))
    today = plant(source, meters=(*METERS, T9))
    assert let_in(today, state, kept_rows(today, state)[0].row.id)[1] == []
    series = lake.read(state, ["T9"], 0, 1 << 60, 1 << 60)
    assert series.ts.tolist() == [at(f"2026-01-04 0{h}:{m}") for h in (5, 6) for m in (30, 45)]


@pytest.mark.slow
def test_r4_ten_thousand_undeclared_columns_are_kept_small_and_soon(state: State, tmp_path: Path) -> None:
    columns, rows = 10_000, 200
    body = "".join(f"2026-01-04 {m // 60:02d}:{m % 60:02d},1" + ",2.5" * columns + "\n" for m in range(rows))
    path = file(tmp_path, "time,FT-1," + ",".join(f"T{i}" for i in range(columns)) + "\n" + body)
    begun = time.monotonic()
    tracemalloc.start()
    load(state, plant(WIDE), path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - begun < 60
    assert len(kept_rows(plant(WIDE), state)) == columns
    assert peak < 300 << 20
    assert sum(one.stat().st_size for one in (state.folder / FOLDER).iterdir()) < path.stat().st_size


TWICE = "time,FT-1,T9,T9,,E,E,\n2026-01-04 06:00,1,2,3,4,,,\n2026-01-04 07:00,1,,5,,,,\n"


def test_r4_columns_that_the_header_does_not_tell_apart_wait_under_their_places(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TWICE)
    found = read_file(plant(WIDE), path)
    assert messages(found.issues) == [  # of columns without cells nothing is said
        "a.csv:1: warning R011: column 5 has no name in the header; its cells wait in quarantine",
        'a.csv:1: warning R011: the name of the column "T9 (column 3)" stands twice in the header; its cells wait in quarantine',
        'a.csv:1: warning R011: the name of the column "T9 (column 4)" stands twice in the header; its cells wait in quarantine',
    ]
    load(state, plant(WIDE), path)
    (tmp_path / "a.csv").unlink()
    assert sorted(row.text.partition(":")[0] for row in refused_rows(state)) == [
        'column "(column 5)"', 'column "T9 (column 3)"', 'column "T9 (column 4)"'
    ]  # fmt: skip
    named = (("FT-1", "FT-1"), ("T9 (column 4)", "T9"), ("(column 5)", "LT-1"))
    today = plant(replace(WIDE, columns=named), meters=(*METERS, T9))
    nameless, _, fourth = sorted(kept_rows(today, state), key=lambda one: one.row.text)
    assert [one.lacks for one in (nameless, fourth)] == ["", ""]
    assert let_in(today, state, nameless.row.id, fourth.row.id)[1] == []
    assert (value_at(state, "T9", "2026-01-04 05:00"), value_at(state, "T9", "2026-01-04 06:00")) == ([3.0], [5.0])
    assert value_at(state, "LT-1", "2026-01-04 05:00") == [4.0]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_r3_one_of_two_columns_of_a_name_is_named_by_its_place(tmp_path: Path, kind: str) -> None:
    source = replace(WIDE, match="*", format=kind, columns=(("T9 (column 3)", "FT-1"), ("(column 5)", "LT-1")))
    path = file(tmp_path, TWICE, f"a.{kind}")
    if kind == "parquet":
        columns = [pa.array([cell]) for cell in (datetime(2026, 1, 4, 6), 1.0, 2.0, 3.0, 4.0)]
        pq.write_table(pa.Table.from_arrays(columns, ["time", "FT-1", "T9", "T9", ""]), path)
    found = read_file(plant(source), path)
    assert messages(found.issues) == []
    assert [(tag, value) for tag, _, value, *_ in rows_of(found.result)][:2] == [("FT-1", 2.0), ("LT-1", 4.0)]
    asked = replace(WIDE, match="*", format=kind, columns=(("T9", "FT-1"),))
    (refused,) = read_file(plant(asked), path).issues
    assert (refused.code, refused.remedy) == (
        "R008",
        'Rename one of them, or name the one that is meant in sources.toml: "T9 (column 3)" or "T9 (column 4)".',
    )


def test_r4_a_hidden_column_that_is_left_out_does_not_wait(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        for r, row in enumerate([["time", "FT-1", "T9", "T9"], ["2026-01-04 06:00", 1, 2, 3]]):
            sheet.write_row(r, 0, row)
        sheet.set_column(2, 3, None, None, {"hidden": True})

    path = excel(tmp_path / "a.xlsx", fill)
    source = replace(WIDE, match="*", format="excel")
    assert len(read_file(plant(source), path).result.rejected) == 2
    assert read_file(plant(replace(source, hidden="skip")), path).result.rejected == ()
