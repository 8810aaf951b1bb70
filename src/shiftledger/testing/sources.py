"""What every source of readings keeps, whatever its format (R1-R4, I5): the checks, one method each.

A check writes a small table in the format under test, reads it as a plant would, and compares. The plant's zone is Europe/Berlin.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from string import ascii_uppercase
from typing import Any, ClassVar

import numpy as np

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.lake import append, quarantined, watermark
from shiftledger.readings.logical import batch_id
from shiftledger.readings.quality import one_value_each
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.sheets import is_cell
from shiftledger.testing.bench import (
    AS_READ,
    CONTENT,
    Table,
    folder,
    lake,
    listed,
    messages,
    peak_memory,
    plant_of,
    told,
    told_elsewhere,
)

TYPES = {"tag": np.int32, "ts": np.int64, "value": np.float64, "quality": np.int8, "revision": np.int64, "row": np.int64}
DAMAGED = (
    "R003",
    "R004",
    "R005",
    "R006",
    "R007",
    "R008",
    "R009",
    "R010",
    "R014",
    "R041",
)  # what may be said of a file that cannot be read
SETTLED = (
    "R011",
    "R012",
    "R013",
    "R015",
    "R016",
    "R017",
    "R018",
    "R020",
    "R021",
    "R022",
    "R023",
    "R024",
    "R025",
)  # or of rows in it


class SourceContract:
    """The contract of a source of readings. Name its `format` and write a table in it; every `test_` method is one check.

    Cells are text, numbers or None; a source must read a number and its text alike, and None as an empty cell. The columns are in the
    order in which the file should have them.
    """

    format: ClassVar[str] = ""  # as sources.toml names it
    suffix: ClassVar[str] = ""  # of its files; blank: the format
    settings: ClassVar[Mapping[str, Any]] = {}  # further keys of sources.toml that the files of `write` need
    first_line: ClassVar[int] = 1  # where the first row of a table stands in its file
    memory_per_reading: ClassVar[int] = 4_096  # bytes that one more reading may cost while a file is read
    damaged: ClassVar[tuple[str, ...]] = DAMAGED  # what may be said of a file that cannot be read
    absent: ClassVar[str] = "R003"  # and of one that is not there

    def write(self, path: Path, table: Table) -> None:
        """Write a table: column names to cells, all of one length."""
        raise NotImplementedError

    def hostile(self, path: Path) -> Iterator[str]:
        """Files that are none: write one to `path`, say what it is, and go on. Add to these what can go wrong in the format."""
        self.write(path, CONTENT)
        whole = path.read_bytes()
        for name, content in (
            ("nothing", b""),
            ("one zero byte", b"\0"),
            ("noise", Random(1).randbytes(5_000)),
            ("blank lines", b"\n\r\n \n" * 50),
            ("half of a file", whole[: len(whole) // 2]),
            ("a file without its last byte", whole[:-1]),
            ("a file without its first byte", whole[1:]),
            ("a file and noise", whole + Random(2).randbytes(999)),
            ("a file with a hole", whole[:20] + bytes(40) + whole[60:]),
        ):
            path.write_bytes(content)
            yield name

    # --- what the checks are made of

    def declared(self, **changes: Any) -> SourceFile:
        base = SourceFile("contract", "*", format=self.format, quality="q", revision="rev", at=Location("sources.toml", 1))
        return replace(base, **{**self.settings, **changes})

    def path(self, place: Path, name: str = "readings") -> Path:
        return place / f"{name}.{self.suffix or self.format}"

    def read(self, path: Path, **changes: Any) -> Outcome[Batch]:
        return read_file(plant_of(self.declared(**changes)), path)

    def reading_of(self, table: Table, **changes: Any) -> Outcome[Batch]:
        """A table, written and read."""
        with folder() as place:
            path = self.path(place)
            self.write(path, table)
            return self.read(path, **changes)

    def plain(self, table: Table, **changes: Any) -> Outcome[Batch]:
        """As `reading_of`, of a table without columns for quality and revision."""
        return self.reading_of(table, **{"quality": "", "revision": "", **changes})

    def all_told(self, place: Path) -> str:
        """What reading good and bad rows says; another process must say the same."""
        path = self.path(place, "told")
        self.write(path, {name: [*cells, *cells] for name, cells in MIXED.items()})
        return told(self.read(path, quality="", revision=""))

    # --- R1, R3: what a file says

    def test_r3_a_batch_has_the_one_type(self) -> None:
        batch = self.reading_of(CONTENT).result
        assert isinstance(batch, Batch)
        for name, kind in TYPES.items():
            column = getattr(batch, name)
            assert column.dtype == kind, f"{name}: {column.dtype}"
            assert column.shape == (len(AS_READ),)
        assert list(batch.tags) == sorted(set(batch.tags)) == ["FT-1", "LT-1", "流量-2"]

    def test_r3_cells_are_read_as_they_are_written(self) -> None:
        found = self.reading_of(CONTENT)
        assert messages(found) == []
        assert [reading[:5] for reading in listed(found.result)] == list(AS_READ)

    def test_r3_a_number_and_its_text_are_one(self) -> None:
        as_text = {name: [None if cell is None else str(cell) for cell in cells] for name, cells in CONTENT.items()}
        assert listed(self.reading_of(as_text).result) == listed(self.reading_of(CONTENT).result)

    def test_i7_every_reading_knows_its_line(self) -> None:
        lines = [reading[5] for reading in listed(self.reading_of(CONTENT).result)]
        assert lines == [self.first_line + i for i in range(len(AS_READ))]

    def test_r1_states_are_read_by_their_codes(self) -> None:
        cells = ["Light", "3", "Middle", None]
        found = self.plain({"time": _hours(4), "tag": ["BAND"] * 4, "value": cells})
        assert [reading[2] for reading in listed(found.result)] == ["1.0", "3.0"]
        assert [(issue.code, _line(issue)) for issue in found.issues] == [("R023", self.first_line + 2)]

    def test_r1_qualities_are_good_uncertain_or_bad(self) -> None:
        cells = ["good", "Uncertain", "BAD", "0", "1", "2", "", None, "so-so"]
        table: Table = {"time": _hours(9), "tag": ["FT-1"] * 9, "value": [1] * 9, "q": cells, "rev": [None] * 9}
        found = self.reading_of(table)
        assert [reading[3] for reading in listed(found.result)] == [0, 1, 2, 0, 1, 2, 0, 0]
        assert [issue.code for issue in found.issues] == ["R024"]

    def test_r3_a_column_a_tag(self) -> None:
        columns = (("flow", "FT-1"), ("level", "LT-1"))
        table: Table = {"time": _hours(2), "flow": [1.5, None], "level": [7, 8], "remark": ["", "cleaned"]}
        found = self.plain(table, layout="wide", columns=columns)
        assert [(tag, value, line) for tag, _, value, _, _, line in listed(found.result)] == [
            *(("FT-1", "1.5", self.first_line), ("LT-1", "7.0", self.first_line)),
            ("LT-1", "8.0", self.first_line + 1),
        ]

    # --- T2: when it was

    def test_t2_an_offset_says_the_instant(self) -> None:
        stamps = ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00+02:00", "2026-07-01T12:00:00-0330"]
        assert self._times(stamps) == ["2026-07-01T12:00:00Z", "2026-07-01T10:00:00Z", "2026-07-01T15:30:00Z"]

    def test_t2_a_local_time_is_of_the_plant_or_of_the_source(self) -> None:
        stamps = ["2026-01-04T12:00:00", "2026-07-01T12:00:00"]
        assert self._times(stamps) == ["2026-01-04T11:00:00Z", "2026-07-01T10:00:00Z"]
        assert self._times(stamps, zone="Asia/Shanghai") == ["2026-01-04T04:00:00Z", "2026-07-01T04:00:00Z"]

    def test_t2_a_time_that_the_clock_skipped_is_refused(self) -> None:
        found = self.plain(_flows(["2026-03-29T01:59:00", "2026-03-29T02:30:00", "2026-03-29T03:00:00"]))
        assert [reading[1] for reading in listed(found.result)] == ["2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"]
        assert [(issue.code, _line(issue)) for issue in found.issues] == [("R021", self.first_line + 1)]

    def test_t2_the_hour_that_comes_twice_is_told_apart_by_the_order_of_rows(self) -> None:
        stamps = [
            "2026-10-25T01:30:00",
            "2026-10-25T02:00:00",
            "2026-10-25T02:30:00",
            "2026-10-25T02:00:00",
            "2026-10-25T02:30:00",
        ]
        assert self._times(stamps) == [f"2026-10-{t}:00Z" for t in ("24T23:30", "25T00:00", "25T00:30", "25T01:00", "25T01:30")]
        assert self._times(stamps[:3]) == [f"2026-10-{t}:00Z" for t in ("24T23:30", "25T00:00", "25T00:30")]

    def test_r3_stamps_at_the_start_or_the_end_of_an_interval(self) -> None:
        table: Table = {"time": ["2026-01-04T06:15:00Z"] * 2, "tag": ["FT-1", "KWH-1"], "value": [1, 2]}
        for stamps, expected in (("start", ["06:15", "06:30"]), ("end", ["06:00", "06:15"])):
            found = self.plain(table, stamps=stamps, interval=15 * MINUTE)
            assert [reading[1][11:16] for reading in listed(found.result)] == expected

    # --- R4: nothing is dropped silently

    def test_r4_every_row_is_a_reading_empty_or_in_quarantine(self) -> None:
        found = self.plain(MIXED)
        lines = {reading[5] for reading in listed(found.result)} | {line for _, line, _, _ in found.result.rejected}
        empty = {self.first_line + i for i in EMPTY}
        assert lines == {self.first_line + i for i in range(len(MIXED["time"]))} - empty
        assert len(found.result.ts) + len(found.result.rejected) + len(empty) == len(MIXED["time"])

    def test_r4_what_is_refused_keeps_line_text_and_reason(self) -> None:
        rejected = self.plain(MIXED).result.rejected
        assert [(line - self.first_line, _first_word(reason)) for _, line, _, reason in rejected] == list(REFUSED)
        assert all(text.strip() and reason for _, _, text, reason in rejected)

    def test_r4_a_column_that_is_not_there_is_named(self) -> None:
        found = self.plain({"time": _hours(1), "tag": ["FT-1"], "amount": [1]})
        assert [issue.code for issue in found.issues] == ["R007"]
        assert '"value"' in found.issues[0].message
        assert len(found.result.ts) == 0

    def test_r4_a_table_without_rows_is_said(self) -> None:
        found = self.plain({"time": [], "tag": [], "value": []})
        assert len(found.result.ts) == 0
        assert found.issues, "nothing was said about a file without readings"

    def test_r4_hostile_files_give_issues_and_never_an_exception(self) -> None:
        with folder() as place:
            path = self.path(place, "hostile")
            for what in self.hostile(path):
                found = self.read(path)
                codes = {issue.code for issue in found.issues}
                assert len(found.result.ts) or codes, f"{what}: no reading, and nothing said"
                assert codes <= {*self.damaged, *SETTLED}, what
            for missing in (self.path(place, "absent"), place):
                assert [issue.code for issue in self.read(missing).issues] == [self.absent]

    # --- R2: what is known

    def test_r2_loading_twice_changes_nothing(self) -> None:
        batch = self.reading_of(CONTENT).result
        with lake() as store:
            first = append(store.state, batch, 10).result
            known, waiting = store.known(), quarantined(store.state)
            again = append(store.state, self.reading_of(CONTENT).result, 20).result
            assert (first.loaded, first.appended, again.loaded, again.appended) == (True, len(AS_READ), False, 0)
            assert (store.known(), quarantined(store.state)) == (known, waiting)

    def test_i5_the_order_of_rows_does_not_matter(self) -> None:
        expected = batch_id(one_value_each(self.reading_of(CONTENT).result))
        for seed in range(3):
            order = list(range(len(CONTENT["time"])))
            Random(seed).shuffle(order)
            shuffled = {name: [cells[i] for i in order] for name, cells in CONTENT.items()}
            assert batch_id(one_value_each(self.reading_of(shuffled).result)) == expected

    def test_r2_the_highest_declared_revision_wins_in_any_order(self) -> None:
        old, new = (self.reading_of(_revised(value, revision)).result for value, revision in ((1.0, 1), (2.0, 2)))
        for order in ((old, new), (new, old)):
            with lake() as store:
                for batch in order:
                    append(store.state, batch, 10)
                assert store.known() == {"FT-1": [("2026-01-04T06:00:00Z", "2.0", 0)]}

    def test_r2_unequal_values_in_one_file_wait_in_quarantine(self) -> None:
        found = self.plain({"time": _hours(1) * 2, "tag": ["FT-1"] * 2, "value": [1, 2]})
        with lake() as store:
            done = append(store.state, found.result, 10)
            assert [issue.code for issue in done.issues] == ["R026"] * 2
            assert (store.known(), len(quarantined(store.state))) == ({}, 2)

    def test_r2_what_was_known_earlier_can_be_read_again(self) -> None:
        with lake() as store:
            append(store.state, self.reading_of(_revised(1.0, None)).result, 10)
            earlier = watermark(store.state)
            append(store.state, self.reading_of(_revised(2.0, None)).result, 20)
            assert store.known(earlier) == {"FT-1": [("2026-01-04T06:00:00Z", "1.0", 0)]}
            assert store.known() == {"FT-1": [("2026-01-04T06:00:00Z", "2.0", 0)]}

    # --- I5: the same everywhere

    def test_i5_zone_locale_and_hash_seed_do_not_matter(self) -> None:
        with folder() as place:
            here = self.all_told(place)
            file, name = inspect.getfile(type(self)), type(self).__qualname__
            assert told_elsewhere(file, name, place, "America/Lima", 4242) == here

    def test_i5_reading_changes_neither_file_nor_definitions(self) -> None:
        with folder() as place:
            path, plant = self.path(place), plant_of(self.declared())
            self.write(path, CONTENT)
            before = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns, sorted(place.iterdir()), repr(plant)
            read_file(plant, path)
            after = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns, sorted(place.iterdir()), repr(plant)
            assert after == before

    def test_memory_grows_with_the_file_and_no_faster(self) -> None:
        few, many = 2_000, 10_000
        with folder() as place:
            peaks = []
            for count in (few, many):
                path = self.path(place, f"of-{count}")
                self.write(path, _many(count))
                self.read(path, quality="", revision="")  # what is only needed once is there
                peaks.append(peak_memory(lambda file=path: self.read(file, quality="", revision="")))  # type: ignore[misc]
            assert (peaks[1] - peaks[0]) / (many - few) <= self.memory_per_reading

    def _times(self, stamps: list[str], **changes: Any) -> list[str]:
        found = self.plain(_flows(stamps), **changes)
        assert messages(found) == []
        return [reading[1] for reading in listed(found.result)]


def _hours(count: int) -> list[str]:
    return [f"2026-01-04T{6 + i:02}:00:00Z" for i in range(count)]


def _flows(stamps: list[str]) -> Table:
    return {"time": stamps, "tag": ["FT-1"] * len(stamps), "value": list(range(len(stamps)))}


def _revised(value: float, revision: int | None) -> Table:
    return {"time": _hours(1), "tag": ["FT-1"], "value": [value], "q": ["good"], "rev": [revision]}


def _many(count: int) -> Table:
    stamps = [f"2026-01-{4 + i // 1440:02}T{i // 60 % 24:02}:{i % 60:02}:00Z" for i in range(count)]
    return {"time": stamps, "tag": ["FT-1"] * count, "value": [i / 7 for i in range(count)]}


def _first_word(reason: str) -> str:
    """Of a reason, without the cell of a workbook before it (`Sheet1!C7: `)."""
    place, _, rest = reason.partition(": ")
    return (rest if is_cell(place) else reason).split()[0]


def _line(issue: Issue) -> int | None:
    """The line that an issue names, or the row of the cell that it names (`readings.xlsx!Sheet1!C7`)."""
    if issue.at is None or issue.at.line or not is_cell(issue.at.file):
        return issue.at.line if issue.at else None
    return int(issue.at.file.rpartition("!")[2].lstrip(ascii_uppercase))


# Rows of every fate: (time, tag, value).
_ROWS: tuple[tuple[str | None, str | None, str | None], ...] = (
    ("2026-01-04T06:00:00Z", "FT-1", "1.5"),
    ("2026-01-04T07:00:00Z", "FT-1", None),
    ("2026-01-04T08:00:00Z", "FT-1", "n/a"),
    ("2026-01-04T09:00:00Z", "FT-9", "1"),
    ("yesterday", "FT-1", "1"),
    (None, "FT-1", "1"),
    ("2026-01-04T10:00:00Z", "LT-1", "12 t"),
    ("2026-01-04T11:00:00Z", "LT-1", "inf"),
    ("1821-01-04T12:00:00Z", "LT-1", "1"),
    ("2026-01-04T13:00:00Z", "流量-2", "-2.5e1"),
)
MIXED: Table = {name: [row[i] for row in _ROWS] for i, name in enumerate(("time", "tag", "value"))}
EMPTY = (1,)
REFUSED = ((2, "value"), (3, "tag"), (4, "time"), (5, "the"), (6, "value"), (7, "value"), (8, "time"))
