"""T2, R3: time cells become instants."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.small import at
from shiftledger.core.period import DAY, HOUR, MINUTE, iso
from shiftledger.readings.sources.stamps import local_to_utc, read_stamps, transitions

BERLIN = ZoneInfo("Europe/Berlin")


def stamped(
    cells: list[str | None], form: str = "iso", zone: ZoneInfo = BERLIN, old: bool = False, group: list[int] | None = None
) -> list[str]:
    """Each cell as UTC text, or the reason why it is none."""
    column = pa.array(cells, pa.large_string())
    stamps = read_stamps(column, form, zone, midnight_old=old, group=np.array(group or [0] * len(cells), np.int32))
    return [stamps.why.get(i, iso(int(ts))) for i, ts in enumerate(stamps.ts)]


@pytest.mark.parametrize(
    ("form", "cell", "expected"),
    [
        ("iso", "2026-01-04 06:00", "2026-01-04T05:00:00Z"),
        ("iso", "2026-07-04T06:00:30", "2026-07-04T04:00:30Z"),
        ("iso", "2026-01-04 06:00Z", "2026-01-04T06:00:00Z"),
        ("iso", "2026-01-04T06:00:00.123456789+08:00", "2026-01-03T22:00:00.123456Z"),
        ("iso", " 2026-01-04T06:00 ", "2026-01-04T05:00:00Z"),
        ("%d/%m/%Y %H:%M", "04/01/2026 06:07", "2026-01-04T05:07:00Z"),
        ("%d/%m/%Y %H:%M", "4/1/2026 6:07", "2026-01-04T05:07:00Z"),
        ("%m/%d/%Y %H:%M:%S", "01/04/2026 06:07:08", "2026-01-04T05:07:08Z"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-01-04 06:00:00+0100", "2026-01-04T05:00:00Z"),
        ("iso", "2026-02-30 06:00", 'time "2026-02-30 06:00" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        ("%d/%m/%Y %H:%M", "31/02/2026 06:00", 'time "31/02/2026 06:00" does not fit the format "%d/%m/%Y %H:%M"'),
        ("%d/%m/%Y %H:%M", "2026-01-04 06:00", 'time "2026-01-04 06:00" does not fit the format "%d/%m/%Y %H:%M"'),
        ("iso", "", "the row has no time"),
        ("iso", None, "the row has no time"),
        ("iso", "0001-01-01 00:00", 'time "0001-01-01 00:00" is not between 1900 and 2200'),
        ("iso", "2200-01-01 00:00Z", 'time "2200-01-01 00:00Z" is not between 1900 and 2200'),
        ("iso", "2026-03-29 02:00", 'time "2026-03-29 02:00" does not exist in Europe/Berlin (clock change)'),
        ("iso", "2026-03-29 02:59:59", 'time "2026-03-29 02:59:59" does not exist in Europe/Berlin (clock change)'),
        ("iso", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("iso", "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
        ("iso", "2026-10-25 02:00", "2026-10-25T00:00:00Z"),
        ("iso", "2026-10-25 02:59", "2026-10-25T00:59:00Z"),
        ("iso", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
        ("iso", "2026-01-04 24:00", "2026-01-04T23:00:00Z"),  # the end of its day: 00:00 of the next
        ("iso", "2026-01-24T24:00:00", "2026-01-24T23:00:00Z"),
        ("iso", "2026-01-04T24:00:00Z", "2026-01-05T00:00:00Z"),
        ("iso", "2026-12-31 24:00", "2026-12-31T23:00:00Z"),
        ("iso", "2026-10-24 24:00", "2026-10-24T22:00:00Z"),  # summer time: an hour less
        ("%d.%m.%Y %H:%M", "24.12.2024 24:00", "2024-12-24T23:00:00Z"),
        ("%Y/%m/%d %H:%M:%S", "2026/2/28 24:00:00", "2026-02-28T23:00:00Z"),
        ("%Y年%m月%d日%H时%M分", "2026年1月4日24时00分", "2026-01-04T23:00:00Z"),
        ("%Y%m%d%H%M", "202601042400", "2026-01-04T23:00:00Z"),
        ("iso", "2026-01-04 24:01", 'time "2026-01-04 24:01" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        ("iso", "2026-01-04 24:00:01", 'time "2026-01-04 24:00:01" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        ("iso", "2026-02-30 24:00", 'time "2026-02-30 24:00" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        ("%d/%m/%Y %I:%M", "04/01/2026 24:00", 'time "04/01/2026 24:00" does not fit the format "%d/%m/%Y %I:%M"'),
        ("iso", "２０２６-01-04 06：00", "2026-01-04T05:00:00Z"),  # full-width figures and colon
    ],
)
def test_t2_one_stamp(form: str, cell: str | None, expected: str) -> None:
    assert stamped([cell], form) == [expected]
    assert stamped([cell, "nonsense"], form)[0] == expected  # one by one gives the same as all at once


@pytest.mark.parametrize("extra", [[], ["x"]])
def test_r3_24_is_not_moved_again_where_midnight_carries_the_old_date(extra: list[str]) -> None:
    cells = ["2026-01-04 23:00", "2026-01-04 24:00", "2026-01-05 00:00", *extra]
    assert stamped(cells, old=True)[:3] == ["2026-01-04T22:00:00Z", "2026-01-04T23:00:00Z", "2026-01-05T23:00:00Z"]


def test_r3_offsets_may_be_mixed_with_local_times() -> None:
    assert stamped(["2026-01-04 06:00", "2026-01-04 06:00+00:00"]) == ["2026-01-04T05:00:00Z", "2026-01-04T06:00:00Z"]


@pytest.mark.parametrize("extra", [[], ["x"]])
def test_r3_midnight_on_the_old_date_is_the_next_day(extra: list[str]) -> None:
    utc = ZoneInfo("UTC")
    cells = ["2026-01-04 23:45", "2026-01-04 00:00", "2026-01-05 00:15", "2026-01-05 00:00:01", *extra]
    assert stamped(cells, zone=utc, old=True)[:4] == [
        "2026-01-04T23:45:00Z",
        "2026-01-05T00:00:00Z",
        "2026-01-05T00:15:00Z",
        "2026-01-05T00:00:01Z",
    ]
    assert stamped(cells, zone=utc)[1] == "2026-01-04T00:00:00Z"
    assert stamped(["2026-01-04 00:00+08:00", *extra], zone=utc, old=True)[0] == "2026-01-04T16:00:00Z"


HOURS = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
RIGHT = ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]


def fold(order: list[int], group: list[int] | None = None) -> list[str]:
    return [text[11:16] for text in stamped([f"2026-10-25 {HOURS[i]}" for i in order], group=group)]


def test_t2_the_files_order_shows_the_second_occurrence() -> None:
    assert fold([0, 1, 2, 3, 4, 5]) == RIGHT
    assert fold([5, 4, 3, 2, 1, 0]) == RIGHT[::-1]  # newest first
    assert fold([0, 1, 3, 5]) == ["23:30", "00:00", "01:00", "02:00"]  # a repeated hourly stamp


def test_t2_without_a_clear_order_the_first_occurrence_counts() -> None:
    assert fold([0, 1, 2, 5]) == ["23:30", "00:00", "00:30", "02:00"]
    assert fold([0, 5, 1, 2, 3, 4]) == ["23:30", "02:00", "00:00", "00:30", "00:00", "00:30"]  # one step back, but not in order
    assert fold([5, 1, 0, 3, 2, 4]) == ["02:00", "00:00", "23:30", "00:00", "00:30", "00:30"]


def test_t2_the_order_is_that_of_each_tag() -> None:
    interleaved = [i for i in range(6) for _ in (0, 1)]
    assert fold(interleaved, [0, 1] * 6) == [text for text in RIGHT for _ in (0, 1)]


def test_t2_transitions_are_found_to_the_second() -> None:
    changes, offsets = transitions(BERLIN, at("2026-01-01 00:00"), at("2027-01-01 00:00"))
    assert [iso(int(c)) for c in changes] == ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]
    assert offsets.tolist() == [HOUR, 2 * HOUR, HOUR]


@given(
    st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"]),
    st.lists(st.integers(at("2015-01-01 00:00") // MINUTE, at("2026-01-01 00:00") // MINUTE), min_size=1, max_size=20),
)
def test_t2_local_times_agree_with_the_zone_database(name: str, minutes: list[int]) -> None:
    zone = ZoneInfo(name)
    changes, offsets = transitions(zone, at("2015-01-01 00:00"), at("2026-01-01 00:00"))
    near = [int(c + o) + d * MINUTE for c, o in zip(changes, offsets, strict=False) for d in (-61, -31, -1, 0, 1, 29, 31, 59, 61)]
    walls = np.array([m * MINUTE for m in minutes] + near, np.int64)
    first, second, gap = local_to_utc(walls, zone)
    for i, wall in enumerate(walls.tolist()):
        naive = datetime.fromtimestamp(wall // 1_000_000, UTC).replace(tzinfo=None)
        both = [naive.replace(tzinfo=zone, fold=f) for f in (0, 1)]
        back = [moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) for moment in both]
        assert bool(gap[i]) == (naive not in back)
        if not gap[i]:
            assert [int(first[i]), int(second[i])] == [int(b.timestamp()) * 1_000_000 for b in both]


def test_r3_a_year_in_the_far_past_costs_no_search(tmp_path: Path) -> None:
    assert stamped(["1900-01-01 00:00Z", "2199-12-31 23:59Z"]) == ["1900-01-01T00:00:00Z", "2199-12-31T23:59:00Z"]
    assert at("1970-01-02 00:00") == DAY
