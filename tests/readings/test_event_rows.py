"""Tables of events: columns by name, words by meaning, each row an act once, and what cannot be read in quarantine (R1-R5)."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readings.small import LONG, at, file, messages, plant
from shiftledger.acts.acts import Act, read_acts, record, verify_acts
from shiftledger.acts.events import Event, standing
from shiftledger.acts.state import State, connect
from shiftledger.core.issue import Outcome
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import Area, Plant, SourceFile, Unit
from shiftledger.readings.batch import LoadReport
from shiftledger.readings.lake import quarantined
from shiftledger.readings.load import load_one
from shiftledger.readings.sources.choose import is_events
from shiftledger.readings.sources.event_rows import length_of, read_events

EVENTS = replace(LONG, id="log", layout="events", zone="UTC")
HEAD = "start,end,unit,kind,cause,reason,evidence,id\n"
KNOWN = at("2026-03-05 08:00")


def works(source: SourceFile = EVENTS) -> Plant:
    units = {"mill-1": Unit("mill-1", "mill"), "mill-2": Unit("mill-2", "mill")}
    return replace(plant(source), areas={"mill": Area("mill", "r"), "kiln": Area("kiln", "r")}, units=units)


def read(folder: Path, text: str | bytes, source: SourceFile = EVENTS) -> Outcome[tuple[dict[str, str], ...]]:
    found = read_events(works(source), file(folder, text), KNOWN)
    return Outcome(tuple(dict(act.body) for act in found.result.acts), found.issues)


def load(state: State, folder: Path, text: str, source: SourceFile = EVENTS) -> Outcome[LoadReport]:
    done = load_one(works(source), file(folder, text), KNOWN, lambda: nullcontext(state))
    assert done.result is not None
    return Outcome(done.result, done.issues)


def told(state: State) -> list[tuple[str, int, str]]:
    """Unit, minutes and cause of the events that stand."""
    return [(e.unit, ((e.end or e.start) - e.start) // MINUTE, e.cause) for e in standing(read_acts(state))]


def test_r1_a_row_is_an_event_with_its_evidence(tmp_path: Path) -> None:
    found = read_events(
        works(), file(tmp_path, HEAD + "2026-03-04 06:00,2026-03-04 07:30,mill-1,halt,mechanical,belt torn,order 41,E-7\n"), KNOWN
    )
    (act,) = found.result.acts
    assert act.body == {
        "kind": "halt", "start": str(at("2026-03-04 06:00")), "end": str(at("2026-03-04 07:30")), "unit": "mill-1", "cause": "mechanical",
        "reason": "belt torn", "id": "E-7", "recorded_in": "a.csv:2",
    }  # fmt: skip
    assert (act.who, act.role, act.made_at, act.evidence) == ("source log", "recorded events", KNOWN, "order 41")
    assert found.issues == ()


def test_r3_columns_and_words_may_be_others_in_gb18030(tmp_path: Path) -> None:
    chinese = replace(
        EVENTS,
        encoding="gb18030",
        zone="Asia/Shanghai",
        columns=(("停机开始", "start"), ("历时", "duration"), ("设备", "unit"), ("原因类别", "cause"), ("说明", "reason")),
        meanings=(("机械", "mechanical"), ("一号磨", "mill-1"), ("电气", "electrical")),
    )
    text = "停机开始,历时,设备,原因类别,说明\n2026-03-04 14:00,1:30,一号磨,机械,皮带断\n2026-03-04 18:00,20min,一号磨,电气,\n"
    found = read(tmp_path, text.encode("gb18030"), chinese)
    assert [(b["unit"], b["cause"], b.get("reason"), int(b["end"]) - int(b["start"])) for b in found.result] == [
        ("mill-1", "mechanical", "皮带断", 90 * MINUTE),
        ("mill-1", "electrical", None, 20 * MINUTE),
    ]
    assert found.result[0]["start"] == str(at("2026-03-04 06:00"))
    assert found.issues == ()


def test_r1_an_event_may_be_open_and_free_text_may_be_missing(tmp_path: Path) -> None:
    found = read(tmp_path, "start,area\n2026-03-04 06:00,mill\n,\n")
    assert found.result == ({"kind": "halt", "start": str(at("2026-03-04 06:00")), "area": "mill", "recorded_in": "a.csv:2"},)


def test_r4_rows_that_are_no_events_say_why_and_wait_in_quarantine(tmp_path: Path) -> None:
    text = (
        HEAD.replace("end,", "end,duration,")
        + "2026-03-04 06:00,,,mill-3,,,,,\n"
        + "soon,,,mill-1,,,,,\n"
        + "2026-03-04 06:00,2026-03-04 05:00,,mill-1,,,,,\n"
        + "2026-03-04 06:00,,90,mill-1,,,,,\n"
        + "2026-03-04 06:00,2026-03-04 08:00,90min,mill-1,,,,,\n"
        + "2026-03-04 06:00,,,,,,,,\n"
        + "2026-03-04 06:00,,,mill-1,halt,weather,,,\n"
        + "2026-03-04 06:00,,,mill-1,visit,planned,,,\n"
        + "2026-03-04 06:00,later,,mill-7,,,,,\n"
        + "2026-03-04 06:00\n"
        + "2026-03-04 06:00,2026-03-04 06:10,,mill-1,,,,,\n"
    )
    state = connect(tmp_path / "state")
    done = load(state, tmp_path, text)
    assert messages(done.issues) == [
        "a.csv:2: warning R036: unit \"mill-3\" is not declared",
        "a.csv:3: warning R021: start: time \"soon\" does not fit ISO 8601 (2026-03-04T06:00:00)",
        "a.csv:4: warning R036: the event ends before it begins",
        "a.csv:5: warning R036: duration \"90\" is not a duration; write it like 90min, 1h30min or 1:30",
        "a.csv:6: warning R036: the duration \"90min\" is not the time from start to end",
        "a.csv:7: warning R036: an event happens to a unit or to an area",
        "a.csv:8: warning R036: \"weather\" is not a cause of a halt",
        "a.csv:9: warning R036: only a halt has a cause",
        "a.csv:10: warning R021: end: time \"later\" does not fit ISO 8601 (2026-03-04T06:00:00); unit \"mill-7\" is not declared",
        "a.csv:11: warning R020: 1 cells, the header has 9",
    ]  # fmt: skip
    assert (done.result.rows, done.result.appended, done.result.quarantined) == (11, 1, 10)
    assert len(quarantined(state)) == 10
    load(state, tmp_path, text)
    assert len(quarantined(state)) == 10, "once"
    assert "Closest: mill-2. " in next(i.remedy for i in done.issues if "mill-3" in i.message)


def test_r2_loading_again_changes_nothing_and_a_changed_row_supersedes(tmp_path: Path) -> None:
    state = connect(tmp_path / "state")
    first = HEAD + "2026-03-04 06:00,2026-03-04 07:00,mill-1,halt,process,,,E-7\n2026-03-04 06:00,,mill-2,halt,,,,\n"
    done = load(state, tmp_path, first).result
    assert (done.appended, done.loaded, done.acts) == (2, True, (0, 1))
    again = load(state, tmp_path, first).result
    assert (again.appended, again.loaded, again.acts, again.rows) == (0, False, None, 2)
    # By its id the event may change its times; without one, the same unit, kind and start is the same event, and now it is over.
    changed = (
        HEAD
        + "2026-03-04 06:30,2026-03-04 07:00,mill-1,halt,mechanical,,,E-7\n2026-03-04 06:00,2026-03-04 06:45,mill-2,halt,,,,\n"
    )
    assert load(state, tmp_path, changed).result.acts == (2, 3)
    assert told(state) == [("mill-2", 45, ""), ("mill-1", 30, "mechanical")]
    assert load(state, tmp_path, first).result.acts is None, "an older file that was loaded already brings nothing back"
    assert verify_acts(state) == ()


def test_r5_a_withdrawn_event_does_not_come_back_with_its_file(tmp_path: Path) -> None:
    state = connect(tmp_path / "state")
    text = HEAD + "2026-03-04 06:00,2026-03-04 07:00,mill-1,halt,process,,,E-7\n"
    load(state, tmp_path, text)
    record(state, Act("withdraw", "foreman", "operation", 0, {"event": "0"}))
    assert load(state, tmp_path, text).result.acts is None
    assert told(state) == []


def test_r2_declared_revisions_count_whatever_came_last(tmp_path: Path) -> None:
    state = connect(tmp_path / "state")
    head = "start,end,unit,id,revision\n"
    load(state, tmp_path, head + "2026-03-04 06:00,2026-03-04 07:00,mill-1,E-7,2\n")
    load(state, tmp_path, head + "2026-03-04 06:00,2026-03-04 09:00,mill-1,E-7,1\n")
    assert told(state) == [("mill-1", 60, "")]
    one_file = head + "2026-03-04 06:00,2026-03-04 06:30,mill-1,E-7,4\n2026-03-04 06:00,2026-03-04 06:40,mill-1,E-7,3\n"
    load(state, tmp_path, one_file)
    assert told(state) == [("mill-1", 30, "")]
    load(state, tmp_path, head + "2026-03-04 06:00,2026-03-04 06:50,mill-1,E-7,2026-03-05 06:00\n")
    assert told(state) == [("mill-1", 50, "")], "the time of a change is a revision, too"
    assert messages(load(state, tmp_path, head + "2026-03-04 06:00,,mill-1,E-7,b\n").issues) == [
        'a.csv:2: warning R025: revision: time "b" does not fit ISO 8601 (2026-03-04T06:00:00)'
    ]


def test_r2_two_things_said_of_one_event_in_one_file_are_neither(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        HEAD
        + "2026-03-04 06:00,2026-03-04 07:00,mill-1,halt,process,,,E-7\n"
        + "2026-03-04 06:00,2026-03-04 08:00,mill-1,halt,process,,,E-7\n"
        + "2026-03-04 06:00,,mill-2,halt,process,,,\n"
        + "2026-03-04 06:00,,mill-2,halt,external,,,\n"
        + "2026-03-04 09:00,2026-03-04 10:00,mill-1,halt,,,,E-8\n"
        + "2026-03-04 09:00,2026-03-04 10:00,mill-1,halt,,,,E-8\n",
    )
    assert [body["id"] for body in found.result] == ["E-8"], "saying the same thing twice is fine"
    assert messages(found.issues) == [
        'a.csv:2: warning R037: event "E-7": the file says different things of it',
        'a.csv:3: warning R037: event "E-7": the file says different things of it',
        "a.csv:4: warning R037: halt of mill-2: the file says different things of it",
        "a.csv:5: warning R037: halt of mill-2: the file says different things of it",
    ]


def test_i5_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [f"2026-03-04 {hour:02d}:00,2026-03-04 {hour:02d}:{10 + hour},mill-{1 + hour % 2},halt,,,,\n" for hour in range(20)]
    kept = []
    for seed in (1, 2):
        random.Random(seed).shuffle(rows)
        state = connect(tmp_path / str(seed))
        load(state, tmp_path, HEAD + "".join(rows))
        kept.append([replace_place(event) for event in standing(read_acts(state))])
    assert kept[0] == kept[1]
    assert len(kept[0]) == 20


def replace_place(event: Event) -> Event:
    return replace(event, recorded_in="")


def test_r3_a_parquet_file_with_times_as_times(tmp_path: Path) -> None:
    table = pa.table(
        {"start": [datetime(2026, 3, 4, 6)], "end": [datetime(2026, 3, 4, 7)], "unit": ["mill-1"], "id": [41], "note": ["x"]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    source = replace(EVENTS, match="*.parquet", format="parquet")
    found = read_events(works(source), tmp_path / "a.parquet", KNOWN)
    assert found.issues == ()
    assert [(a.body["start"], a.body["id"]) for a in found.result.acts] == [(str(at("2026-03-04 06:00")), "41")]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("begin,unit\n", (), ['a.csv:1: error R007: the column "start" is not in the file']),
        ("start\n", (), ['a.csv:1: error R007: the column "unit" is not in the file']),
        ("start,unit\n", (("von", "start"),), ['a.csv:1: error R007: the column "von" is not in the file']),
        ("start,unit,unit\n", (), ['a.csv:1: error R008: the column "unit" stands twice in the header']),
        ("start,unit\n", (), ["a.csv: note R012: the file holds no events"]),
    ],
)
def test_r3_columns_are_joined_by_name(
    tmp_path: Path, text: str, columns: tuple[tuple[str, str], ...], expected: list[str]
) -> None:
    assert messages(read(tmp_path, text, replace(EVENTS, columns=columns)).issues) == expected


def test_r1_a_unit_and_its_area_may_both_stand_in_a_row(tmp_path: Path) -> None:
    found = read(tmp_path, "start,unit,area\n2026-03-04 06:00,mill-1,mill\n2026-03-04 07:00,mill-1,kiln\n")
    assert [body.get("area") for body in found.result] == [None]
    assert messages(found.issues) == ['a.csv:3: warning R036: unit "mill-1" does not belong to area "kiln"']


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90min", 90), ("1h30min", 90), ("1:30", 90), ("01:30:30", 90.5), ("90", None), ("1.5", None), ("x", None), ("1:75", None)],
)
def test_r1_durations(text: str, minutes: float | None) -> None:
    assert length_of(text) == (None if minutes is None else minutes * MINUTE)


def test_r3_whether_a_file_holds_events_is_declared(tmp_path: Path) -> None:
    assert is_events(works(), tmp_path / "a.csv")
    assert not is_events(plant(), tmp_path / "a.csv")
    assert not is_events(plant(), tmp_path / "a.xyz")
