"""R3: rows that only their place dates, and tables by shift."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from readings.small import LONG, at, file, messages, plant, rows_of
from shiftledger.core.issue import Location
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Area, Meter, Plant, Rotation, Slot, SourceFile
from shiftledger.readings.lots import DURATION, OFFSET
from shiftledger.readings.sources.files import read_file

MINUTE = 60_000_000
HOUR = 60 * MINUTE
PLACED = replace(LONG, layout="wide", columns=(("flow", "FT-1"),), order="position", interval=20 * MINUTE)


def read(folder: Path, text: str, source: SourceFile = PLACED) -> tuple[list[tuple[int, float]], list[str]]:
    """((instant, value) of every reading in the file's order, issue lines)."""
    found = read_file(plant(source), file(folder, text))
    return [(ts, value) for _, ts, value, *_ in rows_of(found.result)], messages(found.issues)


def stamped(stamps: dict[str, int], first: int = 1) -> str:
    """Rows with values 1, 2, 3 ... under each stamp."""
    lines, value = ["time,flow"], first
    for stamp, count in stamps.items():
        for _ in range(count):
            lines.append(f"{stamp.strip()},{value}")
            value += 1
    return "\n".join(lines) + "\n"


def test_r3_rows_follow_each_other_by_the_interval(tmp_path: Path) -> None:
    rows, issues = read(tmp_path, stamped({"2026-01-04 06:00": 3, "2026-01-04 07:00": 3}))
    assert (rows, issues) == ([(at("2026-01-04 05:00") + k * 20 * MINUTE, k + 1.0) for k in range(6)], [])


def test_r3_a_row_number_places_rows_where_some_are_missing(tmp_path: Path) -> None:
    text = "time,flow,n\n2026-01-04 06:00,1,2\n2026-01-04 06:00,2,3\n2026-01-04 07:00,3,1\n2026-01-04 07:00,4,3\n"
    rows, issues = read(tmp_path, text, replace(PLACED, row_number="n", first_number=1))
    six, seven = at("2026-01-04 05:00"), at("2026-01-04 06:00")
    assert (rows, issues) == ([(six + 20 * MINUTE, 1.0), (six + 40 * MINUTE, 2.0), (seven, 3.0), (seven + 40 * MINUTE, 4.0)], [])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("numbered", [False, True])
def test_t2_a_repeated_hour_is_resolved_by_the_sequence(tmp_path: Path, zone: str, numbered: bool) -> None:
    """Two hours with one and the same stamp: six rows in a row, or numbers that start anew."""
    day, hour = ("2026-10-25", 2) if zone == "Europe/Berlin" else ("2026-11-01", 1)
    hours = [hour - 1, hour, hour, hour + 1]
    lines = [f"{day} {h:02d}:00,{3 * i + k + 1},{k}" for i, h in enumerate(hours) for k in range(3)]
    source = replace(PLACED, zone=zone, row_number="n" if numbered else "")
    rows, issues = read(tmp_path, "\n".join(["time,flow,n", *lines]) + "\n", source)
    assert [value for _, value in rows] == [float(n) for n in range(1, 13)]
    assert {later - earlier for (earlier, _), (later, _) in pairwise(rows)} == {20 * MINUTE}
    assert issues == []


def test_t2_minutes_of_a_repeated_hour_run_through_twice(tmp_path: Path) -> None:
    minutes = [(h, m) for h in (1, 2, 2, 3) for m in (0, 20, 40)]
    lines = [f"2026-10-25 {h:02d}:{m:02d},{2 * i + k}" for i, (h, m) in enumerate(minutes) for k in range(2)]
    rows, issues = read(tmp_path, "\n".join(["time,flow", *lines]) + "\n", replace(PLACED, interval=10 * MINUTE))
    start = at("2026-10-24 23:00")
    assert (rows, issues) == ([(start + i * 10 * MINUTE, float(i)) for i in range(24)], [])


def test_r4_rows_without_a_place_are_refused(tmp_path: Path) -> None:
    text = stamped({"2026-01-04 06:00": 4, "2026-01-04 07:00": 3, "2026-01-04 06:00 ": 1, "2026-01-04 08:00": 3})
    rows, issues = read(tmp_path, text)
    assert [value for _, value in rows] == [1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert issues == [
        "a.csv:5: warning R028: it would lie at or after the next stamp: rows are doubled, or `interval` is too long",
        'a.csv:9: note R019: the stamp "2026-01-04 06:00" has 1 rows, most have 3',
        "a.csv:9: warning R028: its stamp comes after a later one, or a second time: the place of such a row says nothing",
    ]


def test_r4_row_numbers_that_are_none(tmp_path: Path) -> None:
    text = "time,flow,n\n2026-01-04 06:00,1,0\n2026-01-04 06:00,2,x\n2026-01-04 06:00,3,-1\n2026-01-04 06:00,4,1.5\n2026-01-04 06:00,5,2\n"
    rows, issues = read(tmp_path, text, replace(PLACED, row_number="n", first_number=1))
    assert rows == [(at("2026-01-04 05:20"), 5.0)]
    assert issues == [
        "a.csv:2: warning R028: its row number is below 1, the number of the row at the stamp itself",
        'a.csv:3: warning R028: row number "x" is not a whole number from 0',
        'a.csv:4: warning R028: row number "-1" is not a whole number from 0',
        'a.csv:5: warning R028: row number "1.5" is not a whole number from 0',
    ]


def test_r3_in_the_long_layout_every_tag_is_a_sequence_of_its_own(tmp_path: Path) -> None:
    lines = [f"2026-01-04 0{h}:00,{tag},{h * 10 + k}" for h in (6, 7) for k in range(3) for tag in ("FT-1", "LT-1")]
    source = replace(LONG, order="position", interval=20 * MINUTE)
    found = read_file(plant(source), file(tmp_path, "time,tag,value\n" + "\n".join(lines) + "\n"))
    expected = [at("2026-01-04 05:00") + k * 20 * MINUTE for k in range(6)]
    assert [[ts for tag, ts, *_ in rows_of(found.result) if tag == name] for name in ("FT-1", "LT-1")] == [expected] * 2


def test_r3_start_and_end_stamps_hold_for_placed_rows_too(tmp_path: Path) -> None:
    source = replace(PLACED, stamps="end", interval=15 * MINUTE, columns=(("flow", "FT-1"), ("kwh", "KWH-1")))
    found = read_file(plant(source), file(tmp_path, "time,flow,kwh\n2026-01-04 06:15,1,2\n2026-01-04 06:15,1,2\n"))
    first = at("2026-01-04 05:15")
    assert [(tag, ts) for tag, ts, *_ in rows_of(found.result)] == [
        ("FT-1", first - 15 * MINUTE), ("KWH-1", first), ("FT-1", first), ("KWH-1", first + 15 * MINUTE),
    ]  # fmt: skip


# --- tables by shift

SLOTS = (
    Slot("D", time(6), None, "白班", "Day"),
    Slot("E", time(14), None, "中班", "Evening"),
    Slot("N", time(22), None, "夜班", "Night"),
)
METERS = (
    Meter("LT-1", "level"),
    Meter("CT-1", "counter"),
    Meter("LAB", "lab"),
    Meter("BAND", "state", codes=(("Light", Decimal(1)),)),
    Meter("KWH", "interval", length=8 * HOUR),
    Meter("ORE", "booking", length=24 * HOUR),
)
BY_SHIFT = replace(LONG, day="date", slot="shift")


def rota(source: SourceFile) -> Plant:
    made = plant(source, meters=METERS)
    rotation = Rotation("r", SLOTS, "DEN", date(2026, 1, 1), (("A", 0),), at=Location("rotations.toml", 1))
    return replace(made, rotations={"r": rotation}, areas={"mill": Area("mill", rotation="r")})


def shifts(folder: Path, text: str, source: SourceFile = BY_SHIFT) -> tuple[list[tuple[str, int, float]], list[str]]:
    found = read_file(rota(source), file(folder, text))
    return [row[:3] for row in rows_of(found.result)], messages(found.issues)


@pytest.mark.parametrize("night", ["N", "n", "夜班", "Night", " night "])
def test_r3_a_shift_is_named_by_id_or_name(tmp_path: Path, night: str) -> None:
    rows, issues = shifts(tmp_path, f"date,shift,tag,value\n2026-01-04,{night},LAB,1.5\n")
    assert (rows, issues) == ([("LAB", at("2026-01-04 21:00"), 1.5)], [])


def test_r3_what_counts_up_to_the_end_of_a_shift_stands_there(tmp_path: Path) -> None:
    wide = replace(BY_SHIFT, layout="wide", columns=tuple((m.tag.lower(), m.tag) for m in METERS[:5]))
    rows, issues = shifts(
        tmp_path, "date,shift,lt-1,ct-1,lab,band,kwh\n2026-01-04,白班,1,2,3,Light,5\n2026-01-04,中班,,2.5,,,\n", wide
    )
    start, end = at("2026-01-04 05:00"), at("2026-01-04 13:00")
    assert issues == []
    assert sorted(rows) == [
        *(("BAND", start, 1.0), ("CT-1", end, 2.0), ("CT-1", end + 8 * HOUR, 2.5)),
        *(("KWH", end, 5.0), ("LAB", start, 3.0), ("LT-1", end, 1.0)),
    ]


def test_t2_shifts_at_a_clock_change_have_their_own_length(tmp_path: Path) -> None:
    rows, issues = shifts(tmp_path, "date,shift,tag,value\n2026-03-28,N,LT-1,1\n2026-03-28,N,KWH,7\n2026-10-24,N,LT-1,2\n")
    assert rows == [("LT-1", at("2026-03-29 04:00"), 1.0), ("LT-1", at("2026-10-25 05:00"), 2.0)]
    assert issues == [
        'a.csv:3: warning R029: "KWH" holds an amount of 8 h, the shift lasts 7 h; declare a booking instead, or the length of the shift, in meters.csv'
    ]


def test_r3_the_amount_of_a_shift_is_a_booking_from_its_start_to_its_end(tmp_path: Path) -> None:
    """With the length that the very shift had, 7 h at this clock change."""
    booked = replace(BY_SHIFT, layout="lots", time="")
    rows, issues = shifts(tmp_path, "date,shift,tag,value\n2026-03-28,N,ORE,105.5\n2026-03-29,白班,ORE,98\n", booked)
    told = {(tag, value) for tag, _, value in rows}
    ends = {value: at("2026-03-29 04:00") + i * 8 * HOUR for i, value in enumerate((105.5, 98.0))}
    offsets = {ts: value for tag, ts, value in rows if tag == f"ORE{OFFSET}"}
    assert {("ORE", 105.5), ("ORE", 98.0)} <= told
    assert [value for tag, _, value in sorted(rows, key=lambda row: row[1]) if tag == f"ORE{DURATION}"] == [
        7 * 3600.0,
        8 * 3600.0,
    ]
    assert {value: ts + round(offsets[ts] * 1e6) for tag, ts, value in rows if tag == "ORE"} == ends
    assert issues == []
    long = replace(BY_SHIFT, layout="long")
    assert shifts(tmp_path, "date,shift,tag,value\n2026-03-28,N,ORE,105.5\n", long)[1] == [
        'a.csv:2: warning R029: "ORE" is a booking, which has a start and an end: read the table with layout = "lots"'
    ]


def test_r4_days_and_slots_that_are_none(tmp_path: Path) -> None:
    text = "date,shift,tag,value\n2026-02-30,D,LAB,1\n2026-01-04,X,LAB,1\n2026-01-04,,LAB,1\n2026-01-04 06:00,D,LAB,1\n9999-12-31,D,LAB,1\n"
    rows, issues = shifts(tmp_path, text)
    assert rows == []
    assert issues == [
        'a.csv:2: warning R029: the production day "2026-02-30" is no date of the declared format',
        'a.csv:3: warning R029: slot "X" is neither the id nor a name of one slot. The plant has D, E, N',
        "a.csv:4: warning R029: the row names no slot",
        'a.csv:5: warning R029: the production day "2026-01-04 06:00" is no date of the declared format',
        "a.csv:6: warning R029: 9999-12-31 is not a day of the calendar",
    ]


def test_r3_declarations_that_cannot_work_are_found_with_the_plant() -> None:
    keys = (
        'day = "d"',
        'row_number = "n"',
        "header_row = -1",
        "header_rows = 0",
        'thousands = "."\ndecimal = "."',
        'day = "d"\nslot = "s"\nclock = "c"',
    )
    said = {
        key: [
            i.message
            for i in check(load_text({"sources.toml": f'[source.a]\nmatch = "*.csv"\n{key}\n'}).result)
            if i.code == "P030"
        ]
        for key in keys
    }
    assert {key: len(found) for key, found in said.items()} == dict.fromkeys(keys, 1)
    assert said['day = "d"'] == ['source "a": a table by shift needs both a day and a slot; slot is missing']
