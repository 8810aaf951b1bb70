"""What does one metric of Sparkplug B say: its value by its data type, its quality, its time (R1, R3)?

Integers are unsigned on the wire; negative ones are two's complement at the width of their type, or sign-extended. Text is UTF-8.
"""

from __future__ import annotations

import json
import math

from shiftledger.readings.batch import BAD, GOOD, LATEST, UNCERTAIN
from shiftledger.readings.codes import clip
from shiftledger.readings.sources.cells import LARGEST, why_not_a_number
from shiftledger.readings.sources.sparkplug_wire import (
    BOOLEAN,
    DATETIME,
    DOUBLE,
    FLOAT,
    SIGNED,
    WIDTHS,
    WORDS,
    Wire,
    type_name,
)

STALE = 500  # quality: the value is no longer current
LONGEST_WORD = 256
UNKNOWN = 0


class Unfit(ValueError):
    """What of a metric is no reading; the text says why."""


def value_of(metric: Wire, datatype: int) -> tuple[str, float | None]:
    """The text that is judged, and the number (None for a word); Unfit where the metric holds no single value. # R1"""
    kind = metric.WhichOneof("value")
    if kind is None:
        raise Unfit("the metric has no value and does not say that it is null")
    if datatype in WORDS or (datatype == UNKNOWN and kind == "string_value"):
        return _word(metric, kind, datatype)
    if datatype in WIDTHS:
        return _whole(metric, kind, datatype)
    if datatype == BOOLEAN or (datatype == UNKNOWN and kind == "boolean_value"):
        if kind not in ("boolean_value", "int_value", "long_value"):
            raise Unfit(_mismatch(kind, datatype))
        return ("1", 1.0) if getattr(metric, kind) else ("0", 0.0)
    if datatype in (FLOAT, DOUBLE) or (datatype == UNKNOWN and kind in ("float_value", "double_value")):
        if kind not in ("float_value", "double_value"):
            raise Unfit(_mismatch(kind, datatype))
        return _number(float(getattr(metric, kind)))
    if datatype == DATETIME:
        return _number(_unsigned(metric, kind, datatype) / 1000)  # seconds since 1970-01-01 UTC
    if datatype == UNKNOWN and kind in ("int_value", "long_value"):
        raise Unfit("a whole number whose data type no birth has told: it is open whether it has a sign")
    raise Unfit(f"a metric of type {type_name(datatype) if datatype else kind.removesuffix('_value')} is not one number or word")


def _word(metric: Wire, kind: str, datatype: int) -> tuple[str, float | None]:
    if kind != "string_value":
        raise Unfit(_mismatch(kind, datatype))
    text = text_of(metric.string_value).strip()
    if not text or len(text) > LONGEST_WORD:
        raise Unfit(f"the word has {len(text)} characters; one of a state has 1 to {LONGEST_WORD}")
    return text, None


def _whole(metric: Wire, kind: str, datatype: int) -> tuple[str, float]:
    """An integer of 8 to 64 bits: as it stands, or sign-extended to the width of its field."""
    bits = WIDTHS[datatype]
    raw = _unsigned(metric, kind, datatype)
    low = raw & ((1 << bits) - 1)
    value = low - (1 << bits) if datatype in SIGNED and low >> (bits - 1) else low
    if raw not in (value, low, value & 0xFFFFFFFF, value & 0xFFFFFFFFFFFFFFFF):
        raise Unfit(f"{raw} does not fit into the {bits} bits of {type_name(datatype)}")
    if abs(value) > LARGEST:
        raise Unfit(why_not_a_number(str(value), "."))
    return str(value), float(value)


def _unsigned(metric: Wire, kind: str, datatype: int) -> int:
    if kind not in ("int_value", "long_value"):
        raise Unfit(_mismatch(kind, datatype))
    return int(getattr(metric, kind))


def _number(value: float) -> tuple[str, float]:
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise Unfit(why_not_a_number(repr(value), "."))
    return repr(value), value


def _mismatch(kind: str, datatype: int) -> str:
    return f"the metric is of type {type_name(datatype)}, but holds a value of type {kind.removesuffix('_value')}"


def text_of(content: bytes) -> str:
    """Text of the wire; Unfit if it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit(f'the text "{clip(content.decode("utf-8", "backslashreplace"))}" is not UTF-8') from None


def quality_of(metric: Wire) -> int:
    """The property "Quality": 192 good, 0 bad, 500 stale; other codes of one byte as OPC has them; none is good. # R1

    A stale value is not current, which is what ends a hold: BAD.
    """
    keys, values = metric.properties.keys, metric.properties.values
    if b"Quality" not in keys:
        return GOOD
    place = list(keys).index(b"Quality")
    if len(keys) != len(values):
        raise Unfit("the properties of the metric have more names than values, or fewer")
    one = values[place]
    if one.is_null:
        return GOOD
    kind = one.WhichOneof("value")
    code = int(getattr(one, kind)) if kind in ("int_value", "long_value") else -1
    if code == STALE:
        return BAD
    meant = {0: BAD, 1: UNCERTAIN, 3: GOOD}.get(code >> 6) if 0 <= code < 256 else None
    if meant is None:
        raise Unfit(f"quality {code if code >= 0 else 'without a whole number'} is not 192 (good), 0 (bad) or 500 (stale)")
    return meant


def stamp_of(*milliseconds: int) -> int | None:
    """The first stamp that is there (0 is none), in UTC microseconds; None if none is; Unfit if it is beyond 2200."""
    count = next((each for each in milliseconds if each), None)
    if count is not None and count * 1000 >= LATEST:
        raise Unfit(f"the time {count} ms since 1970 is not between 1900 and 2200")
    return None if count is None else count * 1000


def shown(metric: Wire, name: str) -> str:
    """A metric that is refused, as it is kept."""
    kind = metric.WhichOneof("value")
    value = getattr(metric, kind) if kind else None
    if isinstance(value, bytes):
        value = value[:1024].decode("utf-8", "backslashreplace")
    fields = {"name": name, "alias": metric.alias if metric.HasField("alias") else None, "timestamp": metric.timestamp or None}
    told = {**fields, "type": type_name(metric.datatype) if metric.datatype else None, kind or "value": value}
    return json.dumps({key: said for key, said in told.items() if said not in (None, "")}, ensure_ascii=False)
