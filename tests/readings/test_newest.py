"""R2, R3: what a live source told last, from the lake and from what waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from readings.small import at, batch, plant
from shiftledger.acts.state import connect
from shiftledger.core.period import DAY
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import BAD, GOOD
from shiftledger.readings.lake import append
from shiftledger.readings.newest import newest

MINE = SourceFile("line2", format="opcua")
NOON = at("2026-03-04 12:00")


def test_r2_the_newest_reading_of_every_tag_that_the_source_told(tmp_path: Path) -> None:
    """Another source's later reading does not count; a tag's newest day may lie before that of another."""
    state = connect(tmp_path)
    append(state, batch([("FT-1", NOON, 1.0), ("FT-1", NOON + 5, 2.0), ("LT-1", NOON - 3 * DAY, 7.5)], "live/line2"), 1)
    append(state, batch([("FT-1", NOON + 3, 9.0), ("KWH-1", NOON, 4.0)], "live/line2"), 2)
    append(state, batch([("FT-1", NOON + 99, 5.0), ("LT-1", NOON, 5.0)], "a.csv"), 3)
    append(state, batch([("FT-1", NOON + 50, 5.0), ("BAND", NOON, 1.0)], "live/line3"), 4)
    append(state, batch([("KWH-1", NOON + 1, float("nan"), BAD, -1)], "live/line2"), 5)
    said = {tag: (one.ts, one.value, one.text, one.quality) for tag, one in newest(plant(MINE), state, MINE).items()}
    assert said == {
        "FT-1": (NOON + 5, 2.0, "2.0", GOOD),
        "LT-1": (NOON - 3 * DAY, 7.5, "7.5", GOOD),
        "KWH-1": (NOON + 1, None, "", BAD),
    }
    assert newest(plant(MINE), state, replace(MINE, id="line9")) == {}
