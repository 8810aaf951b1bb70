"""R1, R3, R4: files of readings, and everything that can be wrong with them. Each message stands here once, as the user sees it."""

from __future__ import annotations

import gzip
import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from readings.small import LONG, QUARTER, at, file, messages, plant, rows_of, wide
from shiftledger.core.issue import Location
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.sources.files import read_file

FULL = replace(LONG, quality="q", revision="rev")
HEAD = "time,tag,value\n"


def read(
    folder: Path, text: str | bytes, source: SourceFile = LONG, name: str = "a.csv"
) -> tuple[list[tuple[object, ...]], list[str], list[tuple[int, str, str]]]:
    """(readings without line, issue lines, rejected without file) of a file with that content."""
    found = read_file(plant(source), file(folder, text, name))
    assert found.issues == found.result.issues
    return [row[:5] for row in rows_of(found.result)], messages(found.issues), [r[1:] for r in found.result.rejected]


# --- good files


def test_r3_long_layout_with_every_column(tmp_path: Path) -> None:
    text = (
        "q,value,rev,tag,time,remark\n"
        "GOOD,12.5,1,FT-1,2026-01-04 06:00,x\n"
        "Uncertain,-3,,FT-1,2026-01-04 07:00,x\n"
        "2,7,2026-01-05T00:00Z,LT-1,2026-01-04 08:00,x\n"
        ",Maximum,0,BAND,2026-01-04 06:00Z,x\n"
    )
    found = read_file(plant(FULL), file(tmp_path, text)).result
    rows = rows_of(found)
    assert math.isnan(rows[2][2])
    assert [row[:2] + row[3:] for row in rows] == [
        ("FT-1", at("2026-01-04 05:00"), GOOD, 1, 2),
        ("FT-1", at("2026-01-04 06:00"), UNCERTAIN, UNDECLARED, 3),
        ("LT-1", at("2026-01-04 07:00"), BAD, at("2026-01-05 00:00"), 4),
        ("BAND", at("2026-01-04 06:00"), GOOD, 0, 5),
    ]
    assert [row[2] for row in (rows[0], rows[1], rows[3])] == [12.5, -3.0, 3.0]
    assert (found.rejected, found.source) == ((), "a.csv")


@pytest.mark.parametrize(("stamps", "energy", "others"), [("instant", 0, 0), ("start", QUARTER, 0), ("end", 0, -QUARTER)])
def test_r3_interval_meters_are_stamped_at_the_end_all_others_at_the_start(
    tmp_path: Path, stamps: str, energy: int, others: int
) -> None:
    source = wide(stamps=stamps, interval=QUARTER)
    rows, issues, _ = read(tmp_path, "time,flow,energy,band\n2026-01-04 06:15Z,1,2,Light\n", source)
    stamp = at("2026-01-04 06:15")
    assert (sorted(row[:3] for row in rows), issues) == (
        [("BAND", stamp + others, 1.0), ("FT-1", stamp + others, 1.0), ("KWH-1", stamp + energy, 2.0)],
        [],
    )


def test_r3_a_level_beside_means_of_the_hour_tells_the_moment_of_the_stamp(tmp_path: Path) -> None:
    """`at_stamp`: the means of the row stand at its start, the level at the stamp itself; else the tank would be an hour early."""
    source = wide(stamps="end", interval=4 * QUARTER, at_stamp=("LT-1",))
    source = replace(source, columns=(("flow", "FT-1"), ("level", "LT-1")))
    rows, issues, _ = read(tmp_path, "time,flow,level\n2026-01-04 09:00Z,20,50\n", source)
    assert sorted(row[:2] for row in rows) == [("FT-1", at("2026-01-04 08:00")), ("LT-1", at("2026-01-04 09:00"))]
    assert issues == []


def test_r3_end_stamps_with_midnight_on_the_old_date(tmp_path: Path) -> None:
    source = wide(stamps="end", interval=QUARTER, midnight="old", time_format="%d/%m/%Y %H:%M", zone="UTC")
    text = "time,flow,energy,band\n04/01/2026 23:45,1,1,Light\n04/01/2026 00:00,2,2,Light\n05/01/2026 00:15,3,3,Light\n"
    rows, _, _ = read(tmp_path, text, source)
    assert [row[1] for row in rows if row[0] == "KWH-1"] == [
        at("2026-01-04 23:45"),
        at("2026-01-05 00:00"),
        at("2026-01-05 00:15"),
    ]
    assert [row[1] for row in rows if row[0] == "FT-1"] == [
        at("2026-01-04 23:30"),
        at("2026-01-04 23:45"),
        at("2026-01-05 00:00"),
    ]


def test_i8_an_empty_cell_is_no_reading_and_no_zero(tmp_path: Path) -> None:
    rows, issues, rejected = read(
        tmp_path, "time,flow,energy,band\n2026-01-04 06:00,,0,\n2026-01-04 07:00, ,,Light\n,,,\n\n", wide()
    )
    assert [(row[0], row[2]) for row in rows] == [("KWH-1", 0.0), ("BAND", 1.0)]
    assert (issues, rejected) == ([], [])


def test_r1_a_bad_row_needs_no_value(tmp_path: Path) -> None:
    rows, issues, _ = read(
        tmp_path,
        "time,tag,value,q,rev\n2026-01-04 06:00,FT-1,,bad,\n2026-01-04 07:00,FT-1,I/O Timeout,BAD,\n2026-01-04 08:00,FT-1,,,\n",
        FULL,
    )
    assert [(math.isnan(float(str(row[2]))), row[3]) for row in rows] == [(True, BAD), (True, BAD)]
    assert issues == []


TABLE = "Zeit;Menge\n2026-01-04 06:00;1,5\n2026-01-04 07:00;-,25\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "latin-1"])
@pytest.mark.parametrize("packed", [False, True])
def test_r3_declared_encoding_delimiter_and_decimal(tmp_path: Path, encoding: str, packed: bool) -> None:
    text = TABLE.replace("Menge", "Menge 累计" if encoding != "latin-1" else "Menge ü")
    column = text.splitlines()[0].split(";")[1]
    source = SourceFile(
        "s", "*", layout="wide", encoding=encoding, delimiter=";", decimal=",", time="Zeit", columns=((column, "FT-1"),)
    )
    content = text.replace("\n", "\r\n").encode(encoding)
    rows, issues, _ = read(tmp_path, gzip.compress(content) if packed else content, source)
    assert ([row[2] for row in rows], issues) == ([1.5, -0.25], [])


def test_r3_the_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + b"time,tag,value\n2026-01-04 06:00,FT-1,1\n")[1] == []


def test_r1_numbers_are_plain_decimals(tmp_path: Path) -> None:
    cells = ["1", "+2.5", ".5", "5.", "-0", "1e-05", " 7 "]
    rows, issues, _ = read(tmp_path, HEAD + "".join(f"2026-01-04 0{i}:00,FT-1,{cell}\n" for i, cell in enumerate(cells)))
    assert ([row[2] for row in rows], issues) == ([1.0, 2.5, 0.5, 5.0, 0.0, 1e-05, 7.0], [])
    assert not np.signbit(float(str(rows[4][2])))


def test_t4_the_row_of_the_meter_that_is_valid_on_the_day_governs(tmp_path: Path) -> None:
    old = Meter("BAND", "state", codes=(("A", Decimal(1)),), valid_to=date(2026, 1, 4))
    new = Meter("BAND", "state", codes=(("A", Decimal(9)),), valid_from=date(2026, 1, 5))
    path = file(tmp_path, HEAD + "2026-01-04 23:59,BAND,A\n2026-01-05 00:00,BAND,A\n")
    assert read_file(plant(meters=(old, new)), path).result.value.tolist() == [1.0, 9.0]


def test_r3_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    text = (
        "time,tag,value\r\n\r\n2026-01-04 06:00,FT-1,1\r\nshort,row\r\n   \r\n2026-01-04 07:00,FT-1,2\n"
        '2026-01-04 08:00,FT-1,"3"\n"open,quote\n2026-01-04 09:00,FT-1,4'
    )
    found = read_file(plant(), file(tmp_path, text)).result
    assert found.row.tolist() == [3, 6, 7, 9]
    assert found.rejected == (
        ("a.csv", 4, "short,row", "2 cells, the header has 3"),
        ("a.csv", 8, '"open,quote', "a quote is opened and never closed on this line"),
    )


def test_r3_lines_are_right_beyond_one_block(tmp_path: Path) -> None:
    good = "".join(f"2026-01-04 06:00,FT-1,{i}{' ' * 200}\n" for i in range(100_000))
    found = read_file(plant(), file(tmp_path, HEAD + good + "torn\n" + "2026-01-05 06:00,FT-1,1\n")).result
    assert (len(found.row), int(found.row[-1]), found.rejected[0][1]) == (100_001, 100_003, 100_002)


def test_r3_the_first_line_and_path_below_the_plant_name_the_source(tmp_path: Path) -> None:
    (tmp_path / "readings").mkdir()
    path = file(tmp_path / "readings", HEAD + "2026-01-04 06:00,FT-1,1\n")
    made = plant(replace(LONG, match="readings/*.csv"), root=str(tmp_path))
    assert read_file(made, path).result.source == "readings/a.csv"
    assert read_file(made, path, name="mail 7").result.source == "mail 7"


# --- rejected rows: each reason once


def test_r4_every_rejected_row_is_kept_with_line_text_and_reason(tmp_path: Path) -> None:
    lines = [
        "2026-13-04 06:00,FT-1,1,,",
        "2026-01-04 06:00,FT-2,1,,",
        "2026-01-04 06:00,FT-1,<0.5,,",
        "2026-01-04 06:01,FT-1,NaN,,",
        "2026-01-04 06:02,FT-1,1 234,,",
        "2026-01-04 06:03,FT-1,1e999,,",
        "2026-01-04 06:04,BAND,Lite,,",
        "2026-01-04 06:05,FT-1,1,so-so,",
        "2026-01-04 06:06,FT-1,1,,-1",
        "2026-01-04 06:07,FT-1,1,,,extra",
        "2026-01-04 06:08,FT-1,8,,",
    ]
    rows, issues, rejected = read(tmp_path, "time,tag,value,q,rev\n" + "\n".join(lines), FULL)
    reasons = [
        'time "2026-13-04 06:00" does not fit ISO 8601 (2026-03-04T06:00:00)',
        'tag "FT-2" is not declared',
        'value "<0.5" is a limit, not a number; only a lab meter reads "<x", and nobody can read ">x"',
        'value "NaN" is not a finite number',
        'value "1 234" is not a finite decimal number with "." as decimal sign',
        'value "1e999" is larger than any meter can show (1e+15)',
        '"Lite" is not a code of state tag "BAND"',
        'quality "so-so" is not good, uncertain or bad',
        'revision "-1" is neither a whole number from 0 nor a time',
        "6 cells, the header has 5",
    ]
    assert [row[2] for row in rows] == [8.0]
    assert rejected == [(i + 2, lines[i], reason) for i, reason in enumerate(reasons)]
    codes = ["R021", "R011", "R022", "R022", "R022", "R022", "R023", "R024", "R025", "R020"]
    assert issues == [
        "a.csv: warning R011: rows rejected for undeclared tags: 1",
        *(f"a.csv:{i + 2}: warning {code}: {reason}" for i, (code, reason) in enumerate(zip(codes, reasons, strict=True))),
    ]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "nan", "1e999"])
def test_r1_what_is_not_finite_is_refused_also_in_a_column_of_numbers(tmp_path: Path, cell: str) -> None:
    rows, _, rejected = read(tmp_path, HEAD + f"2026-01-04 06:00,FT-1,{cell}\n2026-01-04 07:00,FT-1,1\n")
    assert ([row[2] for row in rows], [line for line, *_ in rejected]) == ([1.0], [2])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("１２．５", 12.5), ("－3", -3.0), ("\u22122.5", -2.5), ("+１e3", 1000.0), ("１２，５", None), ("１２。５", None)],
)
def test_r1_full_width_figures_and_a_true_minus_are_read(tmp_path: Path, cell: str, value: float | None) -> None:
    rows, _, rejected = read(tmp_path, HEAD + f"2026-01-04 06:00,FT-1,{cell}\n")
    assert [row[2] for row in rows] == ([] if value is None else [value])
    assert len(rejected) == (value is None)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (
            "12%",
            "has a percent sign, and only the unit of its meter says whether to divide by 100; let the file hold the number alone",
        ),
        ("(2.5)", "is written as accountants write negative numbers; let the file hold it with a minus sign in front"),
        ("2.5-", "is written as accountants write negative numbers; let the file hold it with a minus sign in front"),
        ("12.5 t/h", "has a unit beside the number; let the file hold the number alone"),
        ("1e5x", 'is not a finite decimal number with "." as decimal sign'),
    ],
)
def test_r4_what_stands_beside_a_number_is_said(tmp_path: Path, cell: str, why: str) -> None:
    rows, _, rejected = read(tmp_path, HEAD + f"2026-01-04 06:00,FT-1,{cell}\n")
    assert (rows, rejected) == ([], [(2, f"2026-01-04 06:00,FT-1,{cell}", f'value "{cell}" {why}')])


@pytest.mark.parametrize("sign", [" ", "\u00a0", "\u2009", "\u202f"])
def test_r3_a_space_between_thousands_may_be_any(tmp_path: Path, sign: str) -> None:
    source = replace(LONG, thousands="space")
    assert [row[2] for row in read(tmp_path, HEAD + f"2026-01-04 06:00,FT-1,1{sign}234.5\n", source)[0]] == [1234.5]


def test_r4_a_delimiter_at_the_end_of_the_line_is_no_column(tmp_path: Path) -> None:
    row = "2026-01-04 06:00,FT-1,1"
    for text in (f"time,tag,value\n{row},\n", f"time,tag,value,\n{row}\n", f"time,tag,value,\n{row},\n"):
        rows, issues, rejected = read(tmp_path, text)
        assert ([r[2] for r in rows], issues, rejected) == ([1.0], [], [])
    rows, _, rejected = read(tmp_path, f"time,tag,value\n{row},\n2026-01-04 07:00,FT-1,2,5\n2026-01-04 08:00,FT-1,3\n")
    assert [r[2] for r in rows] == [1.0]  # 2,5 is not 2
    assert rejected == [
        (3, "2026-01-04 07:00,FT-1,2,5", "4 cells, the header has 3"),
        (4, "2026-01-04 08:00,FT-1,3", "it does not end with a delimiter, as the first row does"),
    ]


def test_r4_decimal_comma_refuses_a_point(tmp_path: Path) -> None:
    source = replace(LONG, delimiter=";", decimal=",")
    rows, _, rejected = read(
        tmp_path,
        "time;tag;value\n2026-01-04 06:00;FT-1;1.234\n2026-01-04 07:00;FT-1;1.234,5\n2026-01-04 08:00;FT-1;1,5\n",
        source,
    )
    assert [row[2] for row in rows] == [1.5]
    assert [reason for _, _, reason in rejected] == [
        'value "1.234" is not a finite decimal number with "," as decimal sign',
        'value "1.234,5" is not a finite decimal number with "," as decimal sign',
    ]


def test_r4_a_refused_cell_of_a_wide_row_leaves_the_others(tmp_path: Path) -> None:
    rows, _, rejected = read(tmp_path, "time,flow,energy,band\n2026-01-04 06:00,1,n/a,Light\nsoon,1,1,Light\n", wide())
    assert [row[0] for row in rows] == ["BAND", "FT-1"]
    assert rejected == [
        (2, "2026-01-04 06:00,energy,n/a", 'value "n/a" is not a finite decimal number with "." as decimal sign'),
        (3, "soon,1,1,Light", 'time "soon" does not fit ISO 8601 (2026-03-04T06:00:00)'),
    ]


def test_r4_many_rejected_rows_are_all_kept_and_twenty_shown(tmp_path: Path) -> None:
    lines = "".join(f"2026-01-04 06:00,FT-1,x{i}\n" for i in range(25)) + "".join(f"2026-01-04 06:00,T{i},1\n" for i in range(25))
    _, issues, rejected = read(tmp_path, HEAD + lines)
    assert len(rejected) == 50
    assert [text for text in issues if text.startswith("a.csv: ")] == [
        "a.csv: warning R011: rows rejected for undeclared tags: 25",
        "a.csv: warning R022: more rows rejected for this kind of reason: 5",
    ]
    assert len(issues) == 42


def test_r4_an_unknown_tag_is_named_once_with_the_closest(tmp_path: Path) -> None:
    found = read_file(plant(), file(tmp_path, HEAD + "2026-01-04 06:00,FT1,1\n" * 3))
    located = [issue for issue in found.issues if issue.at and issue.at.line]
    assert [(issue.message, issue.remedy) for issue in located] == [
        ('tag "FT1" is not declared', "Closest: FT-1. Declare it in meters.csv and load the file again.")
    ]
    assert len(found.result.rejected) == 3


# --- files that cannot be read: each message once

UNREADABLE = [
    (b"", LONG, "a.csv: error R006: the file is empty"),
    (b"\n \n", LONG, "a.csv: error R006: the file is empty"),
    (b"\n1,2,3\n", LONG, "a.csv:1: error R006: line 1 is blank, where the header should be"),
    (b"x" * (2 << 20), LONG, "a.csv:1: error R006: line 1 is longer than 1 MiB, where the header should be"),
    (bytes(range(1, 128)) + b"\0" * 9, LONG, "a.csv: error R006: the file is binary, not CSV"),
    ("time,tag,value\nä".encode("latin-1"), LONG, "a.csv:2: error R004: byte 0xe4 is not utf-8"),
    (b"x", replace(LONG, encoding="klingon"), 'sources.toml:1: error R010: the encoding "klingon" is unknown or does not fit'),
    (b"x", replace(LONG, delimiter=";;"), 'sources.toml:1: error R010: the delimiter ";;" is not one character'),
    (b"x", replace(LONG, zone="Mars/Olympus"), 'sources.toml:1: error R010: the zone "Mars/Olympus" is unknown'),
    (b"x", replace(LONG, decimal=";"), 'sources.toml:1: error R010: decimal = ";" is not known'),
    (b"x", replace(LONG, stamps="end"), 'sources.toml:1: error R010: stamps = "end" says nothing without an interval'),
    (
        gzip.compress(b"time,tag,value\n" * 99, mtime=0)[:-9],
        LONG,
        "a.csv: error R005: the compressed file ends early or is damaged",
    ),
    (b"PAR1 no", replace(LONG, format="parquet"), "a.csv: error R005: the Parquet file ends early or is damaged"),
    (b"", replace(LONG, format="parquet"), "a.csv: error R006: the file is empty"),
    (b"time,tag,val\n", LONG, 'a.csv:1: error R007: the column "value" is not in the file'),
    (b"time,tag,value,tag\n", LONG, 'a.csv:1: error R008: the column "tag" stands twice in the header'),
    (
        b"time,FT-1,FT-1\n2026-01-04T06:00:00Z,1,2\n",
        replace(LONG, layout="wide"),
        'a.csv:1: error R008: the column "FT-1" stands twice in the header',
    ),
    (b"time,tag,value\n", LONG, "a.csv: note R012: the file holds no readings"),
    (b"time,tag,value\n2026-01-04T06:00:00Z,FT-1,\n", LONG, "a.csv: note R012: the file holds no readings"),
]


@pytest.mark.parametrize(("content", "source", "message"), UNREADABLE)
def test_r4_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, source: SourceFile, message: str) -> None:
    rows, issues, rejected = read(tmp_path, content, source)
    assert (rows, issues, rejected) == ([], [message], [])


def test_r4_no_file_no_source_several_sources(tmp_path: Path) -> None:
    assert messages(read_file(plant(), tmp_path / "gone.csv").issues) == ["gone.csv: error R003: the file does not exist"]
    (tmp_path / "d.csv").mkdir()
    assert messages(read_file(plant(), tmp_path / "d.csv").issues) == ["d.csv: error R003: this is a folder, not a file"]
    assert messages(read_file(plant(), tmp_path / "a.txt").issues) == ["a.txt: error R003: the file does not exist"]
    (tmp_path / "a.txt").write_text(HEAD)
    assert messages(read_file(plant(), tmp_path / "a.txt").issues) == [
        'a.txt: error R001: no source of sources.toml matches "a.txt"'
    ]
    twice = replace(plant(), sources={"long": LONG, "other": replace(LONG, id="other", at=Location("sources.toml", 9))})
    assert messages(read_file(twice, tmp_path / "a.csv").issues) == [
        'sources.toml:9: error R002: the sources "long" and "other" both match'
    ]


def test_r3_wide_columns_are_tags_where_nothing_else_is_declared(tmp_path: Path) -> None:
    rows, issues, _ = read(tmp_path, "time,FT-1,Remark\n2026-01-04 06:00,1,x\n", replace(LONG, layout="wide"))
    assert [row[0] for row in rows] == ["FT-1"]
    assert issues == [
        'a.csv:1: warning R011: the column "Remark" is of tag "Remark", which is not declared; its cells wait in quarantine'
    ]


def test_r4_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"T{i}" for i in range(10_000)]
    text = f"time,FT-1,{','.join(names)}\n2026-01-04 06:00,1{',2' * 10_000}\n"
    rows, issues, _ = read(tmp_path, text, replace(LONG, layout="wide"))
    assert (len(rows), len(issues), issues[-1]) == (
        1,
        21,
        'a.csv:1: warning R011: the column "T9" is of tag "T9", which is not declared; its cells wait in quarantine',
    )
    assert "a.csv:1: warning R011: 9980 more columns of undeclared tags wait in quarantine" in issues


def test_r4_a_huge_line_is_refused_and_cut(tmp_path: Path) -> None:
    rows, _, rejected = read(tmp_path, HEAD + "y" * (3 << 20) + "\n2026-01-04 06:00,FT-1,1\n")
    assert len(rows) == 1
    reason = "the line is longer than 1 MiB (3,145,728 bytes)"
    assert (rejected[0][0], rejected[0][2], len(rejected[0][1])) == (2, reason, 1 << 16)


@pytest.mark.parametrize("seed", range(20))
def test_r4_junk_never_raises(tmp_path: Path, seed: int) -> None:
    junk = np.random.default_rng(seed).integers(0, 256, 5000, np.uint8).tobytes()
    for source in (LONG, replace(LONG, encoding="latin-1"), replace(LONG, encoding="utf-16"), replace(LONG, format="parquet")):
        for content in (junk, HEAD.encode() + junk, b"\x1f\x8b" + junk, b"PAR1" + junk + b"PAR1"):
            assert read_file(plant(source), file(tmp_path, content)).issues
