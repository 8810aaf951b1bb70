"""The contract of sources holds for those that ship and for one of an installed package, and the contract itself can fail (R3)."""

from __future__ import annotations

import inspect
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from readings.small import LONG, at, plant
from shiftledger.core.issue import Location, Outcome
from shiftledger.plant.formats import SHIPPED, formats_known, offered
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.sources import files, formats
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.formats import SOURCES, Source, sheet_of
from shiftledger.readings.sources.sheets import Sheet
from shiftledger.readings.sources.sql import read_query
from shiftledger.testing import Cell, SourceContract, Table
from shiftledger.testing.bench import plant_of
from shiftledger.testing.sources import DAMAGED

PLUG_IN = str(Path(__file__).resolve().parent / "plug_in")


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    """What installing the package would do, while these tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PLUG_IN)
        yield


def as_text(table: Table) -> pa.Table:
    return pa.table(
        {name: pa.array([None if c is None else str(c) for c in cells], pa.string()) for name, cells in table.items()}
    )


class TestCsv(SourceContract):
    format = "csv"
    first_line = 2

    def write(self, path: Path, table: Table) -> None:
        pacsv.write_csv(as_text(table), path)


class TestParquet(SourceContract):
    format = "parquet"

    def write(self, path: Path, table: Table) -> None:
        pq.write_table(as_text(table), path)


class TestJsonLines(SourceContract):
    format = "jsonl"

    def write(self, path: Path, table: Table) -> None:
        rows = (dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True))
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")

    def hostile(self, path: Path) -> Iterator[str]:
        yield from super().hostile(path)
        for name, content in (("an array", "[1, 2]\n"), ("depth", "[" * 10_000), ("a list in a cell", '{"time": [1]}\n')):
            path.write_text(content)
            yield name


class TestExcel(SourceContract):
    format = "excel"
    suffix = "xlsx"
    first_line = 2
    damaged = (*DAMAGED, "R042", "R043")  # no workbook; no such sheet

    def write(self, path: Path, table: Table) -> None:
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("readings")
        for place, (name, cells) in enumerate(table.items()):
            sheet.write_column(0, place, [name, *cells])
        book.close()


class TestSql(SourceContract):
    """A query is no file: the table lies in a database, and is asked for by its address."""

    format = "sql"
    suffix = "db"
    damaged = (*DAMAGED, "R073", "R074")  # no database; it refuses the query
    absent = "R073"

    def write(self, path: Path, table: Table) -> None:
        path.unlink(missing_ok=True)
        names = ", ".join(f'"{name}"' for name in table)
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"CREATE TABLE readings ({names})")
            base.executemany(f"INSERT INTO readings VALUES ({', '.join('?' * len(table))})", zip(*table.values(), strict=True))

    def read(self, path: Path, **changes: Any) -> Outcome[Batch]:
        source = self.declared(url=f"sqlite:///{path}", table="readings", **changes)
        (found,) = read_query(plant_of(source), source.id, None, None, {})
        return found


def test_the_sources_that_ship_keep_the_protocol_and_are_those_that_the_plant_knows() -> None:
    assert tuple(name for name, _ in SOURCES) == SHIPPED
    assert all(isinstance(source, Source) for _, source in SOURCES)


def test_the_contract_needs_no_test_runner() -> None:
    """It imports none, and its checks run when they are called."""
    code = "import sys, shiftledger.testing as t; print([m for m in ('pytest', 'hypothesis', 'unittest') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    names = [name for name in vars(SourceContract) if name.startswith("test_")]
    assert len(names) > 20
    assert all(len(inspect.signature(getattr(SourceContract, name)).parameters) == 1 for name in names)


# --- a source that does not keep the contract is found out


def broken(told: Callable[[Sheet], Sheet | None]) -> type[SourceContract]:
    """JSON lines, read by a source that does something wrong to the sheet."""

    class Broken(TestJsonLines):
        def read(self, path: Path, **changes: Any) -> Outcome[Batch]:
            import json_lines

            def source(path: Path, declared: SourceFile, here: Location, /) -> Outcome[Sheet | None]:
                opened: Outcome[Sheet | None] = json_lines.open_lines(path, declared, here)
                return Outcome(told(opened.result)) if opened.result else opened

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(files, "source_for", lambda declared: Outcome(source))
                return super().read(path, **changes)

    return Broken


def rebuilt(sheet: Sheet, change: Callable[[dict[str, list[Cell]], list[int]], tuple[dict[str, list[Cell]], list[int]]]) -> Sheet:
    columns = sheet.columns(sheet.header)
    cells, lines = change({name: column.to_pylist() for name, column in columns.by_name.items()}, columns.lines.tolist())
    return sheet_of(cells, lines, columns.torn)


CHANGES: dict[str, tuple[Callable[[Sheet], Sheet | None], str]] = {
    "drops the last row": (
        lambda s: rebuilt(s, lambda c, n: ({k: v[:-1] for k, v in c.items()}, n[:-1])),
        "test_r4_every_row_is_a_reading_empty_or_in_quarantine",
    ),
    "counts lines from zero up by two": (
        lambda s: rebuilt(s, lambda c, n: (c, [2 * line for line in n])),
        "test_i7_every_reading_knows_its_line",
    ),
    "reads nothing as zero": (
        lambda s: rebuilt(s, lambda c, n: ({**c, "value": [0 if v is None else v for v in c.get("value", n)]}, n)),
        "test_r4_every_row_is_a_reading_empty_or_in_quarantine",
    ),
    "rounds": (
        lambda s: rebuilt(s, lambda c, n: ({**c, "value": [round(v, 3) if isinstance(v, float) else v for v in c["value"]]}, n)),
        "test_r3_cells_are_read_as_they_are_written",
    ),
    "loses offsets": (
        lambda s: rebuilt(s, lambda c, n: ({**c, "time": [t and str(t)[:19] for t in c["time"]]}, n)),
        "test_t2_an_offset_says_the_instant",
    ),
    "sorts by time": (
        lambda s: rebuilt(s, lambda c, n: ({**c, "time": sorted(c["time"], key=str)}, n)),
        "test_t2_the_hour_that_comes_twice_is_told_apart_by_the_order_of_rows",
    ),
    "gives up on a bad cell": (
        lambda s: None if "yesterday" in s.columns(["time"]).by_name["time"].to_pylist() else s,
        "test_r4_what_is_refused_keeps_line_text_and_reason",
    ),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_the_contract_finds_a_source_that(name: str) -> None:
    change, check = CHANGES[name]
    with pytest.raises(AssertionError):
        getattr(broken(change)(), check)()


def test_the_contract_finds_a_source_that_keeps_too_much_in_memory() -> None:
    class Small(TestJsonLines):
        memory_per_reading: ClassVar[int] = 50

    with pytest.raises(AssertionError):
        Small().test_memory_grows_with_the_file_and_no_faster()


OUTLIVES = """
import gc, pyarrow as pa
from shiftledger.testing.bench import peak_memory
kept = []
assert peak_memory(lambda: kept.append(pa.array(range(100_000)))) > 500_000
gc.collect()
kept.clear()
print("freed")
"""


def test_what_outlives_the_measuring_of_memory_can_be_freed() -> None:
    """Arrow frees through the pool that allotted: were it gone, the whole test run would end in a segmentation fault, some time later."""
    done = subprocess.run([sys.executable, "-c", OUTLIVES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "freed\n"), done.stderr


# --- what a package breaks is said, and breaks nothing else


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (
            "jsonl-failing",
            "a.x: R041: the reader of the format \"jsonl-failing\" failed (KeyError: 'a key that nobody\\nthought of')",
        ),
        ("jsonl-silent", 'a.x: R041: the reader of the format "jsonl-silent" failed (ValueError: no reason given)'),
        (
            "jsonl-crooked",
            'a.x: R041: the reader of the format "jsonl-crooked" failed (ValueError: column "tag" has 1 cells, the file 2 rows)',
        ),
        (
            "jsonl-nested",
            'a.x: R041: the reader of the format "jsonl-nested" failed '
            '(ValueError: column "value" is of type list<item: double>, which holds no readings)',
        ),
        ("jsonl-number", 'sources.toml:1: R041: the entry point json_lines:NUMBER of the format "jsonl-number" is no function'),
        (
            "jsonl-broken",
            'sources.toml:1: R041: the reader of the format "jsonl-broken" failed '
            "(AttributeError: module 'json_lines' has no attribute 'nothing_of_this_name')",
        ),
        ("jsonlines", 'sources.toml:1: R040: nothing here reads the format "jsonlines"'),
    ],
)
def test_r4_a_package_that_breaks_the_contract_is_named(form: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.x").write_text('{"time": "2026-01-04T06:00:00Z", "tag": "FT-1", "value": 1.5}\n')
    found = read_file(plant(replace(LONG, match="*", format=form)), tmp_path / "a.x")
    assert [f"{issue.at}: {issue.code}: {issue.message}" for issue in found.issues] == [said]
    assert len(found.result.ts) == 0


def test_r3_an_unknown_format_names_the_closest() -> None:
    (issue,) = formats_known(plant(replace(LONG, format="josnl")))
    assert (issue.code, issue.severity) == ("P095", "warning")
    assert issue.remedy.startswith("Closest: jsonl. Known: csv, parquet, excel, sql, mqtt, opcua, http, jsonl, jsonl-broken")
    assert list(formats_known(plant(replace(LONG, format="jsonl")))) == []


def test_nothing_is_loaded_before_a_file_is_read(tmp_path: Path) -> None:
    sys.modules.pop("json_lines", None)
    assert "jsonl" in offered()
    assert list(formats_known(plant(replace(LONG, format="jsonl")))) == []
    assert "json_lines" not in sys.modules
    (tmp_path / "a.x").write_text('{"time": "2026-01-04T06:00:00Z", "tag": "FT-1", "value": 1.5}\n')
    found = read_file(plant(replace(LONG, match="*", format="jsonl")), tmp_path / "a.x")
    assert found.result.ts.tolist() == [at("2026-01-04 06:00")]
    assert "json_lines" in sys.modules


def test_a_sheet_is_made_of_columns_of_one_length_and_rising_lines() -> None:
    for cells, lines in (({"a": [1], "b": [1, 2]}, [1]), ({"a": [1]}, [1, 2]), ({"a": [1, 2]}, [2, 2]), ({"a": [1]}, [0])):
        with pytest.raises(ValueError, match=r"rows|rise"):
            sheet_of(cells, lines)
    mixed = sheet_of({"a": [1, "x", None, 2.5]}, range(1, 5))
    assert mixed.columns(["a"]).by_name["a"].to_pylist() == ["1", "x", None, "2.5"]
    assert formats.checked(mixed.columns(["a"]), ["a"]).text(1) == "x"
