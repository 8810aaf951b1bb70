"""R4: a refused row whose file was corrected and loaded again is no longer open; anything less leaves it open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from readings.small import LONG, METERS, file, plant, wide
from readings.test_quarantine import let_in, load, put_away, standing
from shiftledger.acts.state import State, connect
from shiftledger.plant.model import Area, Meter, Plant, SourceFile, Unit
from shiftledger.readings.desk import kept_rows
from shiftledger.readings.events import record_rows
from shiftledger.readings.sources.event_rows import read_events

HEAD = "time,tag,value\n"
ROWS = {
    "a word for a number": ("2026-01-04 06:00,FT-1,abc", "2026-01-04 06:00,FT-1,12"),
    "a code that is none": ("2026-01-04 06:00,BAND,Heavy", "2026-01-04 06:00,BAND,Light"),
    "a wrong time": ("2026-13-04 06:00,FT-1,7", "2026-01-04 06:00,FT-1,7"),
    "a wrong tag": ("2026-01-04 06:00,FT1,7", "2026-01-04 06:00,FT-1,7"),
    "an impossible value": ("2026-01-04 06:00,HOT,700", "2026-01-04 06:00,HOT,70"),
}
HOT = replace(Meter("HOT", "level"), low=0, high=100)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


@pytest.mark.parametrize("kind", ROWS)
def test_r4_a_corrected_row_is_superseded_by_the_batch_that_brought_it(state: State, tmp_path: Path, kind: str) -> None:
    small, (wrong, right) = plant(meters=(*METERS, HOT)), ROWS[kind]
    good = "2026-01-05 06:00,FT-1,1\n"
    load(state, small, file(tmp_path, f"{HEAD}{wrong}\n{good}"), 1)
    assert [s for _, s, _ in standing(small, state)] == ["open"]
    load(state, small, file(tmp_path, f"{HEAD}{wrong}\n{good}2026-01-06 06:00,FT-1,1\n"), 2)  # it grew and is still wrong
    assert [s for _, s, _ in standing(small, state)] == ["open"]
    load(state, small, file(tmp_path, f"{HEAD}{right}\n{good}"), 3)
    (one,) = kept_rows(small, state)
    assert (one.standing, one.batch, one.act) == ("superseded", 3, None)
    assert put_away(small, state, one.row.id)[0].act is not None  # a person may still say so


def test_r4_the_next_export_of_the_same_name_supersedes_nothing(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-04 06:00,FT-1,abc\nnonsense,FT-1,7\n2026-01-04 08:00,FT9,3\n"), 1)
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-05 06:00,FT-1,1\n2026-01-05 07:00,FT-1,8\n2026-01-05 08:00,FT-1,3\n"), 2)
    assert [s for _, s, _ in standing(plant(), state)] == ["open"] * 3


def test_r4_another_file_supersedes_nothing_and_a_known_contradiction_needs_a_value(state: State, tmp_path: Path) -> None:
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-04 06:00,FT-1,abc\n"), 1)
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-04 06:00,FT-1,5\n", "b.csv"), 2)
    assert [s for _, s, _ in standing(plant(), state)] == ["open"]


def test_r4_contradicting_rows_are_superseded_by_the_corrected_file_wherever_it_has_the_point(
    state: State, tmp_path: Path
) -> None:
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-04 06:00,FT-1,5\n2026-01-04 06:00,FT-1,6\n"), 1)
    assert [s for _, s, _ in standing(plant(), state)] == ["open", "open"]
    load(state, plant(), file(tmp_path, f"{HEAD}2026-01-03 06:00,FT-1,1\n2026-01-03 07:00,FT-1,1\n2026-01-04 06:00,FT-1,7\n"), 2)
    rows = kept_rows(plant(), state)
    assert [one.standing for one in rows] == ["superseded", "superseded"]
    assert let_in(plant(), state, rows[0].row.id)[1] == [("R067", "error")]  # an old row does not silently undo the correction


def test_r4_a_wide_cell_is_superseded(state: State, tmp_path: Path) -> None:
    head = "time,flow,energy,band\n"
    load(state, plant(wide()), file(tmp_path, f"{head}2026-01-04 06:00,x,1,Light\n"), 1)
    load(state, plant(wide()), file(tmp_path, f"{head}2026-01-04 06:00,3,1,Light\n"), 2)
    assert [s for _, s, _ in standing(plant(wide()), state)] == ["superseded"]


def test_r4_a_decimal_comma_and_a_declared_quality(state: State, tmp_path: Path) -> None:
    source = replace(LONG, delimiter=";", decimal=",", quality="q")
    small = plant(source)
    load(state, small, file(tmp_path, "time;tag;value;q\n2026-01-04 06:00;FT-1;1,5;odd\n"), 1)
    load(state, small, file(tmp_path, "time;tag;value;q\n2026-01-04 06:00;FT-1;1,5;good\n"), 2)
    assert [s for _, s, _ in standing(small, state)] == ["superseded"]
    load(state, small, file(tmp_path, "time;tag;value;q\n2026-01-04 07:00;FT-1;1,5;odd\n"), 3)
    load(state, small, file(tmp_path, "time;tag;value;q\n2026-01-04 07:00;FT-1;1,6;good\n"), 4)
    assert [s for _, s, _ in standing(small, state)] == ["superseded"] * 2


EVENTS = SourceFile("events", "*.csv", layout="events")
EVENT_HEAD = "id,start,end,unit,kind,cause\n"


def happening() -> Plant:
    return replace(plant(EVENTS), areas={"a": Area("a", "r")}, units={"U1": Unit("U1", "a"), "U2": Unit("U2", "a")})


def bring(state: State, tmp_path: Path, rows: str, known_at: int) -> None:
    record_rows(state, read_events(happening(), file(tmp_path, EVENT_HEAD + rows), known_at).result, known_at)


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("7,2026-01-04 06:00,2026-01-04 07:00,U9,halt,process\n", "7,2026-01-04 06:00,2026-01-04 07:00,U1,halt,process\n", 1),
        (",2026-01-04 06:00,2026-01-04 05:00,U1,halt,process\n", ",2026-01-04 06:00,2026-01-04 07:00,U1,halt,process\n", 1),
        (",2026-01-04 06:00,2026-01-04 07:00,U9,halt,process\n", ",2026-01-04 06:00,2026-01-04 07:00,U1,halt,process\n", 1),
        (",nonsense,,U1,halt,mechanical\n", ",2026-01-04 06:00,,U1,halt,mechanical\n", 1),
        (",nonsense,,U1,halt,mechanical\n", ",2026-01-04 06:00,,U2,halt,process\n", None),
        ("7,2026-01-04 06:00,,U9,halt,process\n", "8,2026-01-04 06:00,,U1,halt,process\n", None),
    ],
)
def test_r4_a_corrected_event_row_is_superseded(
    state: State, tmp_path: Path, wrong: str, right: str, expected: int | None
) -> None:
    good = "1,2026-01-03 06:00,2026-01-03 07:00,U2,halt,external\n"
    bring(state, tmp_path, good + wrong, 1)
    assert [one.standing for one in kept_rows(happening(), state)] == ["open"]
    bring(state, tmp_path, good + wrong, 2)
    assert [one.standing for one in kept_rows(happening(), state)] == ["open"]
    bring(state, tmp_path, good + right, 3)
    (one,) = kept_rows(happening(), state)
    assert (one.standing, one.act, one.batch) == ("superseded" if expected is not None else "open", expected, None)


def test_r4_an_event_row_that_moved_to_another_line_is_known_by_start_and_place(state: State, tmp_path: Path) -> None:
    bring(state, tmp_path, ",2026-01-04 06:00,2026-01-04 05:00,U1,halt,process\n", 1)
    bring(
        state,
        tmp_path,
        ",2026-01-03 06:00,2026-01-03 07:00,U2,halt,external\n,2026-01-04 06:00,2026-01-04 07:00,U1,halt,process\n",
        2,
    )
    assert [one.standing for one in kept_rows(happening(), state)] == ["superseded"]


@pytest.mark.parametrize(
    ("source", "head", "torn", "right"),
    [
        (LONG, "time,tag,value", "2026-01-04 06:00,FT-1,1,5", "2026-01-04 06:00,FT-1,1.5"),
        (LONG, "time,tag,value", '2026-01-04 06:00,"FT-1,1.5', "2026-01-04 06:00,FT-1,1.5"),
        (replace(LONG, clock="at"), "time,at,tag,value", "2026-01-04,06:00,FT-1,1,5", "2026-01-04,06:00,FT-1,1.5"),
        (replace(LONG, layout="wide"), "time,FT-1,LT-1", "2026-01-04 06:00,1,5,2", "2026-01-04 06:00,1.5,2"),
    ],
)
def test_r4_a_line_that_was_no_row_is_superseded_by_the_row_that_it_should_have_been(
    state: State, tmp_path: Path, source: SourceFile, head: str, torn: str, right: str
) -> None:
    now = plant(source)
    other = right.replace("06:00", "07:00")
    load(state, now, file(tmp_path, f"{head}\n{torn}\n{other}\n"))
    assert [one.standing for one in kept_rows(now, state)] == ["open"]
    load(state, now, file(tmp_path, f"{head}\n{torn}\n{other}\n{right.replace('06:00', '08:00')}\n"), 5)
    assert [one.standing for one in kept_rows(now, state)] == ["open"]  # more rows, but not this one
    load(state, now, file(tmp_path, f"{head}\n{right}\n", "b.csv"), 6)
    load(state, now, file(tmp_path, f"{head}\n{right.replace('1.5', '1.6')}\n{other}\n"), 7)
    assert [(one.standing, one.batch is not None) for one in kept_rows(now, state)] == [("superseded", True)]
