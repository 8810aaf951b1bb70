"""R3: a guess of how a Parquet file or a workbook is read loads what a declared source loads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.books import excel
from readings.small import file
from readings.test_guess import EMPTY, guessed, loads, pasted
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.guess import guess
from shiftledger.readings.sources.guess_meters import matched

FIRST = datetime(2026, 1, 4, 0, 0)
HOURS = [FIRST + timedelta(hours=i) for i in range(48)]
VALUES = [round(100 + 1.25 * i, 2) for i in range(48)]


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def sheet(
    path: Path, rows: list[list[Any]], name: str = "Sheet1", *, more: Callable[[Any], None] | None = None, **options: object
) -> Path:
    def fill(book: Any, first: Any) -> None:
        first.name = name
        shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        hour = book.add_format({"num_format": "hh:mm"})
        for n, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, date | clock_time):
                    first.write_datetime(n, c, cell, hour if isinstance(cell, clock_time) else shown)
                else:
                    first.write(n, c, cell)
        if more:
            more(book)

    return excel(path, fill, **options)


def same(path: Path, **declared: Any) -> SourceFile:
    """The guessed source, which reads what one with these keys reads."""
    made, _ = loads(path)
    source = SourceFile("declared", "*", **declared)
    mine = read_file(made.plant, path).result
    its = read_file(replace(EMPTY, sources={"declared": source}), path).result
    assert mine.tags == its.tags
    assert len(mine.ts) > 0
    for name in ("tag", "ts", "value", "quality", "revision", "row"):
        assert np.array_equal(getattr(mine, name), getattr(its, name), equal_nan=name == "value"), name
    return made.source


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.timestamp("ns", "Europe/Berlin"), pa.string()]
)
def test_r3_a_wide_parquet_file_by_its_types(tmp_path: Path, kind: pa.DataType) -> None:
    aware = [at.replace(tzinfo=UTC) for at in HOURS]
    cells = [f"{at:%Y-%m-%d %H:%M}" for at in HOURS] if kind == pa.string() else pa.array(aware).cast(kind)
    words = ["word"] * 48
    path = parquet(
        tmp_path / "a.parquet", remark=words, when=cells, **{"Ft 1": VALUES, "LT-1": [*range(47), None], "mode": ["run"] * 48}
    )
    columns = (("Ft 1", "FT-1"), ("LT-1", "LT-1"), ("mode", "MODE"))
    source = same(path, format="parquet", layout="wide", time="when", columns=columns, stamps="start", interval=3_600_000_000)
    assert (source.columns, source.stamps) == (columns, "start")


def test_r3_a_long_parquet_file_with_quality_and_revision(tmp_path: Path) -> None:
    tags = pa.array(["FT-1", "LT-1"] * 24).dictionary_encode()
    path = parquet(
        tmp_path / "b.parquet",
        tag=tags,
        measured=pa.array(HOURS, pa.timestamp("us")),
        value=pa.array(VALUES, pa.float32()),
        quality=["good", "bad"] * 24,
        revision=pa.array([1] * 48, pa.int16()),
        more=pa.array([[1]] * 48),
    )
    made, _ = loads(path)
    stamps = {"stamps": made.source.stamps, "interval": made.source.interval}
    same(path, format="parquet", time="measured", quality="quality", revision="revision", **stamps)
    assert '# not read: "more"' in made.block


def test_r3_a_parquet_file_without_times_or_rows_is_said_to_be_none(tmp_path: Path) -> None:
    for path, said in (
        (parquet(tmp_path / "a.parquet", count=[20260104, 20260105]), "no column holds times"),
        (parquet(tmp_path / "b.parquet", time=pa.array([], pa.timestamp("us"))), "no rows"),
    ):
        (issue,) = guess(EMPTY, path).issues
        assert (issue.code, said in issue.message) == ("R081", True), issue.message


def test_r3_odd_parquet_files_end_in_issues(tmp_path: Path) -> None:
    names = ["time", "FT-1", "FT-1"]
    twice = pa.Table.from_arrays([pa.array(HOURS), pa.array(VALUES), pa.array(VALUES)], names=names)
    pq.write_table(twice, tmp_path / "twice.parquet")
    made = guessed(tmp_path / "twice.parquet")
    assert [issue.code for issue in read_file(made.plant, tmp_path / "twice.parquet").issues] == ["R008"]
    far = parquet(tmp_path / "far.parquet", time=pa.array([2**55] * 3, pa.timestamp("ms")), value=[1.0] * 3)
    assert [issue.code for issue in guess(EMPTY, far).issues] == ["R081"]


def header(kind: str) -> list[list[Any]]:
    """Nothing, a title with the day of the export, or names with a row of units."""
    named: list[Any] = ["Time", "FT-1", "Remark", "LT-1"]
    if kind == "title":
        return [["Export of the logger"], ["written", datetime(2026, 2, 1, 8, 0)], [], named]
    return [named, [None, "t/h", None, "t"]] if kind == "units" else [named]


@given(
    kind=st.sampled_from(["plain", "title", "units"]),
    cells=st.sampled_from(["dates", "text", "serial", "mixed"]),
    sheets=st.booleans(),
    late=st.booleans(),
)
@settings(max_examples=12, deadline=None)
def test_r3_a_wide_workbook(tmp_path_factory: pytest.TempPathFactory, kind: str, cells: str, sheets: bool, late: bool) -> None:
    texts = [f"{at:%d.%m.%Y %H:%M}" for at in (one + timedelta(days=12) for one in HOURS)]
    serial = [46_026 + i / 24 for i in range(48)]
    mixed = [text if i % 2 else at + timedelta(days=12) for i, (at, text) in enumerate(zip(HOURS, texts, strict=True))]
    times: list[Any] = {"dates": HOURS, "text": texts, "serial": serial, "mixed": mixed}[cells]
    rows = header(kind)
    body = [[at, value, "x", value / 2] for at, value in zip(times, VALUES, strict=True)]
    first = "Data" if sheets else "Sheet1"
    path = sheet(
        tmp_path_factory.mktemp("book") / "a.xlsx",
        [*rows, *body],
        first,
        more=(lambda book: book.add_worksheet("Notes").write(0, 0, "nothing")) if sheets else None,
        **({"date_1904": True} if late and cells == "dates" else {}),
    )
    same(
        path,
        format="excel",
        layout="wide",
        sheet=first,
        header_row=len(rows) if kind != "units" else 1,
        header_rows=2 if kind == "units" else 1,
        time="Time",
        time_format="%d.%m.%Y %H:%M" if cells in ("text", "mixed") else "iso",
        columns=(("FT-1 / t/h", "FT-1"), ("LT-1 / t", "LT-1")) if kind == "units" else (("FT-1", "FT-1"), ("LT-1", "LT-1")),
        stamps="start",
        interval=3_600_000_000,
    )


def test_r3_a_long_workbook_with_the_time_of_day_in_a_column_of_its_own(tmp_path: Path) -> None:
    rows = [
        [FIRST.replace(hour=0) + timedelta(days=i // 24), clock_time(i % 24), ("FT-1", "LT-1")[i % 2], VALUES[i], "good"]
        for i in range(48)
    ]
    path = sheet(tmp_path / "b.xlsx", [["Day", "Hour", "Tag", "Value", "Quality"], *rows])
    source = same(
        path,
        format="excel",
        time="Day",
        clock="Hour",
        tag="Tag",
        value="Value",
        quality="Quality",
        stamps="start",
        interval=3_600_000_000,
    )
    assert source.layout == "long"


def test_r3_a_workbook_names_the_sheet_that_it_took_and_the_others(tmp_path: Path) -> None:
    rows = [["Time", "FT-1"], *([at, value] for at, value in zip(HOURS, VALUES, strict=True))]
    made = guessed(
        sheet(
            tmp_path / "c.xlsx", [["a", "b"], [1, 2]], "Cover", more=lambda book: fill(book.add_worksheet("Second"), rows, book)
        )
    )
    assert made.source.sheet == "Second"
    assert 'others with content: "Cover"' in " ".join(made.block.replace("# ", "").split())


def fill(page: Any, rows: list[list[Any]], book: Any) -> None:
    shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for n, row in enumerate(rows):
        for c, cell in enumerate(row):
            page.write_datetime(n, c, cell, shown) if isinstance(cell, datetime) else page.write(n, c, cell)


def test_r3_a_workbook_without_readings_is_said_to_be_none(tmp_path: Path) -> None:
    (issue,) = guess(EMPTY, sheet(tmp_path / "d.xlsx", [["a", "b"], ["c", "d"]])).issues
    assert (issue.code, "header" in issue.message) == ("R081", True)
    (issue,) = guess(EMPTY, sheet(tmp_path / "e.xlsx", [["a", "b"], [1, 2], [3, 4]])).issues
    assert (issue.code, "times" in issue.message) == ("R081", True)


def test_r3_ten_thousand_columns_are_matched_by_equal_names_and_some_by_names_alike(tmp_path: Path) -> None:
    tags = [f"LINE-{i:05d}.FLOW" for i in range(5_000)]
    of = replace(EMPTY, meters=tuple(Meter(tag, "rate") for tag in tags))
    columns = {name: ["1", "2"] for tag in tags for name in (tag.lower(), f"unheard of {tag}")}
    began = time.process_time()
    matches, uncompared = matched(of, columns, ".")
    assert time.process_time() - began < 5
    assert sorted(match.tag for match in matches) == tags
    assert uncompared == 0  # no meter is left
    fewer = {f"unheard of {tag}": ["1", "2"] for tag in tags}
    began = time.process_time()
    matches, uncompared = matched(of, fewer, ".")
    assert time.process_time() - began < 10
    assert uncompared == 5_000 - 4
    head = "time," + ",".join(fewer)
    made = guessed(file(tmp_path, f"{head}\n2026-01-04 06:00{',1' * 5_000}\n"), of)
    assert "4,996 columns were compared with equal names only" in " ".join(made.block.replace("#", "").split())
    pasted(made, tmp_path)


def test_r3_times_that_are_half_text_and_half_numbers_of_days(tmp_path: Path) -> None:
    zero = datetime(1899, 12, 30)
    half = [at.strftime("%d.%m.%Y %H:%M") for at in HOURS[:24]] + [(at - zero) / timedelta(days=1) for at in HOURS[24:]]
    rows = [["Time", "FT-1"], *([at, value] for at, value in zip(half, VALUES, strict=True))]
    made, counts = loads(sheet(tmp_path / "a.xlsx", [[str(c) if n == 0 else c for c in row] for n, row in enumerate(rows)]))
    assert counts == {"FT-1": 48}
    batch = read_file(made.plant, tmp_path / "a.xlsx").result
    assert np.diff(batch.ts).tolist() == [3_600_000_000] * 47


def test_r3_a_web_page_is_called_one(tmp_path: Path) -> None:
    found = guess(EMPTY, file(tmp_path, "<html><table><tr><td>Time</td></tr></table></html>", "a.xls"))
    assert found.result is None
    assert "web page" in found.issues[0].message
