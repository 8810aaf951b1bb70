"""What does a row say today that was told live and could not be read (R4)? The name of a tag, or how sources.toml reads it, may be right now.

Quarantine keeps where such a row was told and its text, as JSON. It is read again as the message it was; what was cut because it was too
long, bears no time of its own, or was told in a form that is not text, is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.quarantine import Refused as Row
from shiftledger.readings.sources.http import said_of
from shiftledger.readings.sources.live import LIVE, Refused, Told, why_no_reading
from shiftledger.readings.sources.mqtt_json import AT_ARRIVAL, Arrived, declared_of, rows_said
from shiftledger.readings.told import batch_of
from shiftledger.readings.wal import Record, rows_of

HTTP, MQTT, FIELD = "http:", "mqtt:", "#"


def told_again(plant: Plant, row: Row, value: str | None = None) -> Batch | str:
    """The readings of a row that was told live, all with its line, or why there are none; "" where it cannot be read again at all.

    `value` takes the place of what it said.
    """
    source = plant.sources.get(row.source.removeprefix(LIVE))
    address, _, text = row.text.partition(",")
    if source is None:
        return f'"{row.source.removeprefix(LIVE)}" is no source of sources.toml any more'
    if source.payload == "sparkplug" or not address.startswith((HTTP, MQTT)):
        return ""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(content, dict):
        return ""
    if value is not None:
        name = address.partition(FIELD)[2]
        content = {**content, name if address.startswith(MQTT) and name in content else source.value: value}
    told: list[Told] = []
    for said in _said(plant, source, address, content, row.known_at):
        if isinstance(said, Refused):
            return said.reason
        if said.ts == row.known_at:
            return ""  # it bears no time, and when it arrived is known to five minutes only
        told.append(said)
    wrong = next((why for one in told if (why := why_no_reading(one))), "")
    if wrong or not told:
        return wrong
    read = batch_of(plant, source, [Record(row.line, row.known_at, rows_of(told, ()))]).result
    return read.rejected[0][3].removeprefix(f"{told[0].address}: ") if read.rejected else read


def _said(plant: Plant, source: SourceFile, address: str, content: dict[str, Any], arrived: int) -> Iterator[Told | Refused]:
    if address.startswith(HTTP):
        yield from said_of(plant, source, content, arrived, address)
        return
    topic = address.removeprefix(MQTT).partition(FIELD)[0]
    for one in rows_said(declared_of(plant, source), Arrived(topic, b"", arrived), content):
        if one.address.removesuffix(AT_ARRIVAL) == address:  # of an object with many fields, this one was refused
            yield one
