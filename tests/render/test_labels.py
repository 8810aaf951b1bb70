"""What the nodes of a trace are called for their readers (I7)."""

from __future__ import annotations

import pytest

from shiftledger.render.labels import CHINESE, label_text

SAID = [
    # label, English in Berlin, Chinese in Berlin
    ("FT-1: 3 readings", "FT-1: 3 readings", "FT-1：3 个读数"),
    (
        "FT-1 from 2026-03-29T00:50:00Z to 2026-03-29T06:00:13Z",
        "FT-1 from 2026-03-29 01:50 to 2026-03-29 08:00:13",
        "FT-1，2026-03-29 01:50 至 2026-03-29 08:00:13",
    ),
    (
        "booked from 2026-02-28T22:50:00Z to 2026-03-31T21:50:00Z",
        "booked from 2026-02-28 23:50 to 2026-03-31 23:50",
        "账单期间 2026-02-28 23:50 至 2026-03-31 23:50",
    ),
    ("T at 2026-03-31T04:00:00Z", "T at 2026-03-31 06:00", "T，2026-03-31 06:00"),
    ("U1 halted: mechanical, 2026-03-31.E", "U1 halted: mechanical, 2026-03-31.E", "U1 停机：机械，2026-03-31.E"),
    ("2 lots of HEAT, time-split", "2 lots of HEAT, time-split", "HEAT：2 批，按时间分"),
    ("late result: power, 2026-03-29.D", "late result: power, 2026-03-29.D", "迟到结果：power, 2026-03-29.D"),
    ("feed, 2026-03-04.D", "feed, 2026-03-04.D", "feed, 2026-03-04.D"),
]


@pytest.mark.parametrize(("label", "english", "chinese"), SAID)
def test_i7_labels_tell_local_time_and_speak_the_reader_s_language(label: str, english: str, chinese: str) -> None:
    assert label_text(label, "en", "Europe/Berlin") == english
    assert label_text(label, "zh", "Europe/Berlin") == chinese


def test_i7_every_row_of_the_table_uses_all_that_its_label_names() -> None:
    import re

    for form, chinese in CHINESE:
        groups = re.compile(form).groups
        assert {int(number) for number in re.findall(r"\{(\d)\}", chinese)} == set(range(groups)), form
