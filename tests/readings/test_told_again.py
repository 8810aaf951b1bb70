"""R4: a row that was told live and could not be read is read again when sources.toml or meters.csv is right."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from readings.small import at, plant
from readings.telling import PUSHED
from shiftledger.plant.model import SourceFile
from shiftledger.readings.quarantine import Refused as Row
from shiftledger.readings.reread import TOLD, read_again
from shiftledger.readings.sources.http import Pushed, read_body
from shiftledger.readings.sources.live import Message
from shiftledger.readings.sources.mqtt_json import Arrived, declared_of, read_json

ARRIVED = at("2026-03-04 07:00")
SIX = at("2026-03-04 06:00")
BROKER = replace(PUSHED, id="broker", format="mqtt", topics=("mill/#",), columns=(("mill/a#ft", "FT-1"), ("mill/a#lt", "LT-1")))


def refused_by(source: SourceFile, row: Any) -> Row:
    """The quarantined row of a message of one row."""
    body = json.dumps(row).encode()
    if source.format == "http":
        message = read_body(plant(source), source, Pushed(body, "application/json", "", "historian", ARRIVED))
    else:
        message = read_json(declared_of(plant(source), source), Arrived("mill/a", body, ARRIVED))
    assert isinstance(message, Message)
    (one,) = message.refused
    return Row("1", f"live/{source.id}", 17, f"{one.address},{one.text}", one.reason, ARRIVED)


def again(row: Row, source: SourceFile, value: str | None = None) -> list[tuple[str, int, float]] | str:
    (one,) = read_again(plant(source), [row], value)
    assert all(line == 17 for _, line in one.told())
    return one.why or [(said.tag, said.ts, said.value) for said in one.said]


def test_r4_a_tag_under_another_name_is_read_when_the_source_names_it() -> None:
    row = refused_by(PUSHED, {"time": "2026-03-04T06:00:00Z", "name": "FT-1", "value": 1.5})
    assert row.reason == 'the row has no "tag"'
    assert again(row, PUSHED) == 'the row has no "tag"'
    assert again(row, replace(PUSHED, tag="name")) == [("FT-1", SIX, 1.5)]
    assert again(row, replace(PUSHED, tag="name", columns=(("FT-1", "LT-1"),))) == [("LT-1", SIX, 1.5)]


def test_r4_a_value_that_a_person_gives_takes_the_place_of_what_was_said() -> None:
    row = refused_by(PUSHED, {"time": "2026-03-04T06:00:00Z", "tag": "FT-1", "value": [1]})
    assert again(row, PUSHED) == row.reason
    assert again(row, PUSHED, "2.5") == [("FT-1", SIX, 2.5)]


def test_r4_only_the_field_that_was_refused_is_read_again() -> None:
    row = refused_by(BROKER, {"time": "2026-03-04T06:00:00Z", "ft": 1.5, "lt": [2]})
    assert again(row, BROKER) == row.reason
    assert again(row, BROKER, "2.5") == [("LT-1", SIX, 2.5)]


GRADED = replace(PUSHED, quality="quality")
ODD = {"time": "2026-03-04T06:00:00Z", "tag": "FT-1", "value": 1.5, "quality": "odd"}


@pytest.mark.parametrize(
    ("source", "row", "why"),
    [
        (GRADED, ODD | {"tag": "FT-9"}, 'tag "FT-9" is not declared'),
        (
            PUSHED,
            {"tag": "FT-1", "value": 1.5},
            TOLD,
        ),  # with time = "" it would count when it arrived, which nobody knows any more
        (GRADED, ODD | {"x": "y" * 2000}, TOLD),  # it was cut
    ],
)
def test_r4_what_cannot_be_read_again_says_why(source: SourceFile, row: Any, why: str) -> None:
    refused = refused_by(source, row)
    mended = replace(source, time="time" if "time" in row else "", meanings=(("odd", "good"),))
    assert again(refused, mended) == why


def test_r4_a_word_of_quality_is_read_when_it_has_a_meaning() -> None:
    assert again(refused_by(GRADED, ODD), replace(GRADED, meanings=(("odd", "good"),))) == [("FT-1", SIX, 1.5)]
