"""R4, R5: refused rows have a name, a person decides about them, and deciding twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readings.small import LONG, METERS, at, batch, file, plant, wide
from shiftledger.acts.acts import Act, read_acts, record, verify_acts
from shiftledger.acts.state import State, connect
from shiftledger.core.issue import Issue
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings import lake
from shiftledger.readings.delta import QUARANTINE, append_rows, open_or_create
from shiftledger.readings.desk import Decided, drop, kept_rows, readmit
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.quality import resolve
from shiftledger.readings.quarantine import Refused, quarantine_folder, quarantined, refused_rows, row_id
from shiftledger.readings.reread import AN_EVENT, read_again
from shiftledger.readings.sources.files import read_file

FOREVER = 1 << 60
TEXT = "time,tag,value\n2026-01-04 06:00,FT-1,abc\n2026-01-04 07:00,FT-9,7\n2026-01-04 08:00,FT-1,3\nnonsense,FT-1,1\n2026-01-04 09:00,BAND,Heavy\n"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


def load(state: State, plant: Plant, path: Path, known_at: int = 0) -> None:
    lake.append(state, read_file(plant, path).result, known_at)


def value_at(state: State, tag: str, when: str) -> list[float]:
    series = resolve(lake.read(state, [tag], -FOREVER, FOREVER, FOREVER))[tag]
    return series.value[series.ts == at(when)].tolist()


def draft(made_at: int = 9, **body: str) -> Act:
    return Act("", "controller, post 1", "controller", made_at, body)


def let_in(plant: Plant, state: State, *names: str, **how: str) -> tuple[Decided, list[tuple[str, str]]]:
    done = readmit(plant, state, names, replace(draft(), kind="readmit"), **how)  # type: ignore[arg-type]
    return done.result, told(done.issues)


def put_away(plant: Plant, state: State, *names: str, **how: str) -> tuple[Decided, list[tuple[str, str]]]:
    done = drop(plant, state, names, replace(draft(), kind="drop"), **how)
    return done.result, told(done.issues)


def told(issues: tuple[Issue, ...]) -> list[tuple[str, str]]:
    return [(issue.code, issue.severity) for issue in issues]


def standing(plant: Plant, state: State) -> list[tuple[int, str, bool]]:
    return [(one.row.line, one.standing, bool(one.lacks)) for one in kept_rows(plant, state)]


def ids(plant: Plant, state: State) -> dict[int, str]:
    return {one.row.line: one.row.id for one in kept_rows(plant, state)}


def test_r4_a_row_has_the_same_short_id_wherever_it_stands_and_however_often_it_is_loaded(state: State, tmp_path: Path) -> None:
    small = plant()
    load(state, small, file(tmp_path, TEXT))
    first = [row.id for row in refused_rows(state)]
    assert first == [row_id("a.csv", text) for text in TEXT.splitlines()[1:] if not text.endswith("FT-1,3")]
    assert all(len(one) == 10 for one in first)
    head, *rest = TEXT.splitlines()
    load(state, small, file(tmp_path, "\n".join([head, "2026-01-03 06:00,FT-1,1", *rest, "2026-01-05 06:00,FT-1,2"])))
    assert [row.id for row in refused_rows(state)] == first
    load(state, small, file(tmp_path, TEXT))
    assert [row.id for row in refused_rows(state)] == first
    assert len(kept_rows(small, state)) == len(first)


def test_r4_loading_the_same_file_again_adds_no_row(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    load(state, plant(), path)
    before = quarantined(state)
    load(state, plant(), path, 5)
    load(state, plant(meters=(*METERS, Meter("FT-9", "rate"))), path, 6)  # now one of them is read
    assert quarantined(state) == before


def test_r4_a_row_is_read_again_with_todays_text(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    codes = (*METERS[2].codes, ("Heavy", Decimal(2)))
    today = plant(meters=(*METERS[:2], replace(METERS[2], codes=codes), METERS[3], Meter("FT-9", "rate")))
    named = ids(today, state)
    assert standing(today, state) == [(2, "open", True), (3, "open", False), (5, "open", True), (6, "open", False)]
    done, issues = let_in(today, state, named[3], named[6])
    assert (issues, done.act is not None, done.rows) == ([], True, tuple(sorted([named[3], named[6]])))
    assert value_at(state, "FT-9", "2026-01-04 06:00") == [7.0]
    assert value_at(state, "BAND", "2026-01-04 08:00") == [2.0]
    assert [s for _, s, _ in standing(today, state)] == ["open", "readmitted", "open", "readmitted"]
    record_ = lake.batch_records(state)[-1]
    assert record_.source == "a.csv (readmitted by controller, post 1)"
    assert verify_batches(state) + verify_acts(state) == ()


def test_r4_readmitting_twice_or_loading_again_changes_nothing(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    load(state, plant(), path)
    today = plant(meters=(*METERS, Meter("FT-9", "rate")))
    named = ids(today, state)
    assert let_in(today, state, named[3])[0].act is not None
    before = (read_acts(state), lake.batch_records(state))
    again, issues = let_in(today, state, named[3])
    assert (again.act, issues) == (None, [("R068", "note")])
    load(state, plant(), path, 7)  # even by yesterday's text
    assert (read_acts(state), lake.batch_records(state)) == before
    assert standing(today, state)[1] == (3, "readmitted", False)


def test_r4_a_value_takes_the_place_of_what_one_row_said(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    named = ids(plant(), state)
    assert let_in(plant(), state, named[2])[1] == [("R066", "error")]
    assert let_in(plant(), state, named[2], named[6], value="2")[1] == [("R067", "error")]
    assert let_in(plant(), state, named[5], value="2")[1] == [("R066", "error")]  # its time is still none
    assert value_at(state, "FT-1", "2026-01-04 05:00") == []
    assert let_in(plant(), state, named[2], value="12.5")[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [12.5]
    assert read_acts(state)[-1].body == {"rows": named[2], "value": "12.5"}


def test_r4_of_contradicting_rows_a_person_names_the_one_that_holds(state: State, tmp_path: Path) -> None:
    text = "time,tag,value\n" + "".join(f"2026-01-04 06:00,FT-1,{value}\n" for value in (5, 6, 7)) + "2026-01-04 07:00,FT-1,1\n"
    path = file(tmp_path, text)
    load(state, plant(), path)
    named = ids(plant(), state)
    assert [s for _, s, _ in standing(plant(), state)] == ["open"] * 3
    both, issues = let_in(plant(), state, named[2], named[3])
    assert (both.act, issues) == (None, [("R067", "error")] * 2)
    assert let_in(plant(), state, named[3])[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [6.0]
    assert [s for _, s, _ in standing(plant(), state)] == ["overruled", "readmitted", "overruled"]
    load(state, plant(), path, 8)
    assert [s for _, s, _ in standing(plant(), state)] == ["overruled", "readmitted", "overruled"]
    assert let_in(plant(), state, named[2])[1] == [("R067", "error")]
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [6.0]


def test_r4_a_row_that_contradicts_what_is_known_needs_a_value(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, "time,tag,value\n2026-01-04 06:00,FT-9,7\n"))
    today = plant(meters=(*METERS, Meter("FT-9", "rate")))
    lake.append(state, batch([("FT-9", at("2026-01-04 05:00"), 8.0)], "b.csv"), 3)
    (name,) = ids(today, state).values()
    assert let_in(today, state, name)[1] == [("R067", "error")]
    assert value_at(state, "FT-9", "2026-01-04 05:00") == [8.0]
    assert let_in(today, state, name, value="7")[1] == []
    assert value_at(state, "FT-9", "2026-01-04 05:00") == [7.0]


def test_r2_a_named_value_beats_a_declared_revision(state: State) -> None:
    lake.append(state, batch([("FT-1", at("2026-01-04 05:00"), 8.0, 0, 1_700_000_000_000_000)], "b.csv"), 3)
    rows = [("FT-1", at("2026-01-04 05:00"), value, 0, 1_700_000_000_000_001) for value in (1.0, 2.0)]
    lake.append(state, batch(rows, "c.csv"), 4)
    first = ids(plant(), state)[2]
    assert let_in(plant(), state, first, value="2.5")[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [2.5]


def test_r4_what_was_loaded_meanwhile_is_not_open(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    load(state, plant(), path)
    today = plant(meters=(*METERS, Meter("FT-9", "rate")))
    assert standing(today, state)[1] == (3, "open", False)
    load(state, today, path)
    assert standing(today, state)[1] == (3, "loaded", False)
    name = ids(today, state)[3]
    assert let_in(today, state, name)[1] == [("R068", "note")]
    assert put_away(today, state, name)[1] == [("R069", "error")]
    assert read_acts(state) == ()


def test_r4_a_dropped_row_is_kept_and_not_open(state: State, tmp_path: Path) -> None:
    path = file(tmp_path, TEXT)
    load(state, plant(), path)
    named = ids(plant(), state)
    done, issues = put_away(plant(), state, named[2], named[5])
    assert (issues, done.rows) == ([], tuple(sorted([named[2], named[5]])))
    assert put_away(plant(), state, named[2])[1] == [("R068", "note")]
    load(state, plant(), path, 5)
    assert [s for _, s, _ in standing(plant(), state)] == ["dropped", "open", "dropped", "open"]
    assert let_in(plant(), state, named[2], value="1")[1] == []  # a later act corrects an earlier one
    assert put_away(plant(), state, named[2])[1] == [("R069", "error")]
    assert [act.kind for act in read_acts(state)] == ["drop", "readmit"]


def test_r5_a_decision_says_who_and_binds_to_the_rows(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    name = ids(plant(), state)[2]
    nobody = readmit(plant(), state, [name], Act("readmit", "", "x", 1, {}), value="1")
    assert told(nobody.issues) == [("A002", "error")]
    assert lake.batch_records(state)[-1].source == "a.csv"
    done = drop(plant(), state, [name], Act("drop", "x", "y", 1, {"reason": "a test"}, "", "note 7"))
    assert done.result.act is not None
    assert (done.result.act.evidence, done.result.act.body) == ("note 7", {"rows": name, "reason": "a test"})
    assert len(done.result.act.on_hash) == 64


def test_r4_rows_are_named_by_id_or_by_its_beginning(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    name = ids(plant(), state)[2]
    assert put_away(plant(), state, "ffffffffff", name[:5])[1] == [("R065", "error")] * 2
    assert put_away(plant(), state)[1] == [("R065", "error")]
    assert put_away(plant(), state, name[:6], name)[0].rows == (name,)


def test_r4_all_open_rows_of_a_file_are_readmitted_as_far_as_they_can_be_read(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    today = plant(meters=(*METERS, Meter("FT-9", "rate")))
    done, issues = let_in(today, state, source="a.csv")
    assert done.rows == (ids(today, state)[3],)
    assert issues == [("R066", "warning")] * 3
    assert put_away(today, state, source="b.csv")[1] == [("R065", "error")]
    assert len(put_away(today, state, source="a.csv")[0].rows) == 3


def test_r4_a_wide_cell_waits_alone_and_comes_back_alone(state: State, tmp_path: Path) -> None:
    source = wide(quality="q")
    load(state, plant(source), file(tmp_path, "time,flow,energy,band,q\n2026-01-04 06:00,x,2,Light,1\nnever,3,4,Light,0\n"))
    named = ids(plant(source), state)
    assert let_in(plant(source), state, named[2], value="1.5")[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [1.5]
    series = resolve(lake.read(state, ["FT-1"], -FOREVER, FOREVER, FOREVER))["FT-1"]
    assert series.quality.tolist() == [1]
    rows = {row.line: row for row in refused_rows(state)}
    assert dict(rows[3].cells) == {"time": "never", "flow": "3", "energy": "4", "band": "Light", "q": "0"}
    assert let_in(plant(source), state, named[3])[1] == [("R066", "error")]


def test_r4_cells_of_a_typed_file_are_read_again_as_they_were(state: State, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    when = pa.array([at("2026-01-04 06:00")], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"time": when, "tag": ["FT-9"], "value": [1.25]}), path)
    source = SourceFile("typed", "*.parquet", format="parquet", time_format="%d/%m/%Y", decimal=",")
    load(state, plant(source), path)
    today = plant(source, meters=(*METERS, Meter("FT-9", "rate")))
    (name,) = ids(today, state).values()
    assert let_in(today, state, name)[1] == []
    assert value_at(state, "FT-9", "2026-01-04 06:00") == [1.25]


def test_r4_a_row_that_means_something_only_in_sequence_is_not_read_alone(state: State, tmp_path: Path) -> None:
    source = replace(LONG, order="position", interval=60_000_000)
    load(state, plant(source), file(tmp_path, "time,tag,value\n2026-01-04 06:00,FT-1,1\n2026-01-04 06:00,FT-1,x\n"))
    (kept,) = kept_rows(plant(source), state)
    assert (kept.standing, "among the rows around it" in kept.lacks) == ("open", True)
    assert let_in(plant(source), state, kept.row.id, value="1")[1] == [("R066", "error")]


def test_r4_a_decimal_comma_of_the_source_is_no_matter_to_a_value(state: State, tmp_path: Path) -> None:
    source = replace(LONG, decimal=",", delimiter=";")
    load(state, plant(source), file(tmp_path, "time;tag;value\n2026-01-04 06:00;FT-1;1.5\n"))
    (name,) = ids(plant(source), state).values()
    assert let_in(plant(source), state, name, value="1.5")[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [1.5]


def test_r4_rows_of_an_early_quarantine_stay_readable_and_become_whole_when_loaded_again(state: State, tmp_path: Path) -> None:
    path, folder = file(tmp_path, TEXT), quarantine_folder(state)
    early = pa.schema([field for field in QUARANTINE if field.name != "cells"])
    table = open_or_create(folder, early)
    row = {
        "batch": ["x"],
        "source": ["a.csv"],
        "line": [2],
        "text": ["2026-01-04 06:00,FT-1,abc"],
        "reason": ["an old reason"],
        "known_at": [1],
    }
    append_rows(folder, table, pa.table(row, schema=early), "old", {})
    assert quarantined(state) == (("a.csv", 2, "2026-01-04 06:00,FT-1,abc", "an old reason"),)
    (kept,) = kept_rows(plant(), state)
    assert (kept.standing, "load its file again" in kept.lacks) == ("open", True)
    assert let_in(plant(), state, kept.row.id, value="1")[1] == [("R066", "error")]
    load(state, plant(), path, 2)
    assert ids(plant(), state)[2] == kept.row.id
    assert let_in(plant(), state, kept.row.id, value="1")[1] == []


def test_r4_damaged_cells_and_a_torn_line_only_cannot_be_read(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, "time,tag,value\n2026-01-04 06:00,FT-1\n"))
    (kept,) = kept_rows(plant(), state)
    assert (kept.standing, "cells are not known" in kept.lacks) == ("open", True)
    assert put_away(plant(), state, kept.row.id)[1] == []


def test_r5_an_act_of_another_kind_with_rows_decides_nothing(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, TEXT))
    record(state, Act("decision", "a", "b", 1, {"about": "rows"}))
    assert {one.standing for one in kept_rows(plant(), state)} == {"open"}


def test_r1_a_value_in_the_place_of_a_contradiction_is_believed_no_more_than_another(state: State, tmp_path: Path) -> None:
    """Neither beyond the limits of its meter, nor as anything but a plain number; and it is good where the row was bad."""
    torn = "time,tag,value,q\n2026-01-04 07:00,LT-1,13,bad\n2026-01-04 07:00,LT-1,31,good\n"
    small = plant(replace(LONG, quality="q"), meters=(Meter("LT-1", "level", high=Decimal(50)),))
    load(state, small, file(tmp_path, torn))
    name = ids(small, state)[2]
    for value in ("51", "1_3", "0x1", "nan", "<5", "1e16"):
        assert let_in(small, state, name, value=value)[1] == [("R066", "error")], value
    assert let_in(small, state, name, value="14")[1] == []
    series = resolve(lake.read(state, ["LT-1"], -FOREVER, FOREVER, FOREVER))["LT-1"]
    assert (series.value.tolist(), series.quality.tolist()) == ([14.0], [0])


def test_r4_a_refused_event_says_that_its_file_is_to_be_corrected() -> None:
    ev = replace(LONG, layout="events")
    row = Refused("0123456789", "a.csv", 2, "x,U9", 'unit "U9" is not declared', 0)
    assert read_again(plant(ev), [row])[0].why == AN_EVENT


FLOW = replace(wide(), columns=(("flow", "FT-1"),))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (FLOW, "time,flow\n2026-01-04 06:00,11\n"),
        (replace(FLOW, clock="at"), "time,at,flow\n2026-01-04,06:00,11\n"),
    ],
)
def test_r4_a_wide_cell_outside_its_limits_is_kept_with_its_time_and_can_be_readmitted(
    state: State, tmp_path: Path, source: SourceFile, text: str
) -> None:
    narrow = plant(source, meters=(Meter("FT-1", "rate", high=Decimal(10)),))
    load(state, narrow, file(tmp_path, text))
    (row,) = refused_rows(state)
    assert (row.text, row.reason) == (
        "2026-01-04 06:00,flow,11",
        'value 11.0 of "FT-1" is above the high limit 10 of its meter',
    )
    wider = plant(source, meters=(Meter("FT-1", "rate", high=Decimal(12)),))
    assert kept_rows(wider, state)[0].lacks == ""
    assert let_in(wider, state, row.id)[1] == []
    assert value_at(state, "FT-1", "2026-01-04 05:00") == [11.0]
