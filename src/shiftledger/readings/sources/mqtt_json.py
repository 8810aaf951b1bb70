"""What does a JSON message of a broker tell? Readings in its order, and what of it is refused with its reason (R1, R3, R4).

A payload is one value, an object, or an array of objects. An object that names its tag (`tag`) is a row; else the fields that `columns`
name ("topic#field" -> tag) are read, or `value` where the topic itself is a tag. A dotted path steps into nested objects; where it
steps into an array, every element is a row. Numbers and words are passed on as text: what they mean to their meter is judged where
every source ends. Pure, and total: any bytes at all give a `Message`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Issue
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import BAD, GOOD, UNDECLARED
from shiftledger.readings.codes import clip, closest
from shiftledger.readings.live_codes import live_issue
from shiftledger.readings.mqtt_codes import R111
from shiftledger.readings.sources.cells import DECIMAL, GROUPING, QUALITIES, why_not_a_number
from shiftledger.readings.sources.instants import NoInstant, instant_of
from shiftledger.readings.sources.live import Message, Refused, Told
from shiftledger.readings.sources.topics import FIELD, Names, names_of

LARGEST_PAYLOAD = 4 * 1024 * 1024  # bytes
LONGEST_WORD = 256  # characters of a state
KEPT = 1000  # characters of what is refused
AT_ARRIVAL = "@arrival"  # after the address of a reading that bears no time of its own
ADD_UP = (
    "interval",
    "lot",
    "booking",
    "lab",
)  # kinds of meters whose readings are of a period or of a sample: told twice is counted twice
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as the broker gave it; `at` UTC microseconds. `retained`: kept by the broker since nobody knows when."""

    topic: str
    payload: bytes
    at: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """A source of sources.toml, as its messages are read."""

    source: SourceFile
    names: Names
    zone: ZoneInfo
    add_up: frozenset[str] = frozenset()
    meanings: dict[str, str] = field(default_factory=dict)


class _Unfit(ValueError):
    """What of a message is no reading; the text says why."""


def declared_of(plant: Plant, source: SourceFile) -> Declared:
    """What of a plant and a source its messages need."""
    add_up = frozenset(meter.tag for meter in plant.meters if meter.kind in ADD_UP)
    zone = ZoneInfo(source.zone or plant.settings.zone)
    return Declared(source, names_of(source.columns), zone, add_up, dict(source.meanings))


def read_json(declared: Declared, arrived: Arrived) -> Message:
    """The readings of one message, and what of it is refused. An empty payload clears what a broker keeps: it tells nothing. # R3"""
    if not arrived.payload:
        return Message()
    try:
        content = _content(declared.source, arrived.payload)
    except _Unfit as unfit:
        return Message((), (Refused(address_of(arrived.topic), _shown(arrived.payload), str(unfit)),))
    said = tuple(_said(declared, arrived, content))
    told, refused = tuple(t for t in said if isinstance(t, Told)), tuple(r for r in said if isinstance(r, Refused))
    if said:
        return Message(told, refused)
    fields = [field for field in declared.names.fields(arrived.topic) if field]
    return Message(told, refused, () if not fields or content == [] else (_none_named(declared, arrived.topic, fields, content),))


def _none_named(declared: Declared, topic: str, fields: list[str], content: Any) -> Issue:
    """A message that holds no field that anybody named: most likely a name is misspelt."""
    source = declared.source
    held = sorted({key for one in (content if isinstance(content, list) else [content]) for key in one})
    message = f'source "{source.id}": a message of "{clip(topic)}" has none of the fields that `columns` name: {clip(", ".join(fields))}'
    return live_issue(
        R111, message, source.at, f"{closest(fields[0], held)}It holds: {clip(', '.join(held))}. Correct `columns`."
    )


def address_of(topic: str, name: str = "") -> str:
    """Where something was told: topic and field."""
    return f"mqtt:{topic}{FIELD}{name}" if name else f"mqtt:{topic}"


# --- bytes to content


def _content(source: SourceFile, payload: bytes) -> Any:
    """What the payload holds: JSON, or a bare word."""
    if len(payload) > LARGEST_PAYLOAD:
        raise _Unfit(f"the message has {len(payload)} bytes; one of readings has no more than {LARGEST_PAYLOAD}")
    try:
        text = payload.decode("utf-8-sig" if source.encoding == "utf-8" else source.encoding)
    except (UnicodeError, LookupError):
        raise _Unfit(f"the message is not text in {source.encoding}") from None
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise _Unfit("the message is nested beyond all measure") from None
    except _Unfit:
        raise
    except ValueError:
        word = text.strip()
        if len(word) > LONGEST_WORD or not word.isprintable() or word[:1] in '{["':
            raise _Unfit("the message is neither JSON nor one number or word") from None
        return word


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i]))
        raise _Unfit(f'the key "{clip(twice)}" stands twice in one object')
    return content


def _shown(content: Any) -> str:
    """What is refused, as it is kept."""
    if isinstance(content, bytes):
        return content[:KEPT].decode("utf-8", "backslashreplace")
    return json.dumps(content, ensure_ascii=False, default=str)[:KEPT]


# --- content to rows


def _said(declared: Declared, arrived: Arrived, content: Any) -> Iterator[Told | Refused]:
    """What a payload says, element by element."""
    for one in content if isinstance(content, list) else [content]:
        if isinstance(one, dict):
            yield from rows_said(declared, arrived, one)
        elif isinstance(content, list):
            reason = "an element of an array is no object, so that it is open of which tag and time it is"
            yield Refused(address_of(arrived.topic), _shown(one), reason)
        else:
            yield _reading(declared, arrived, _Row(one, {}, {}), one, "")


@dataclass(frozen=True, slots=True)
class _Row:
    """Where the fields of one reading are looked up: in `inner` those whose path begins with `prefix`, else in `outer`."""

    whole: Any
    outer: dict[str, Any]
    inner: Any
    prefix: str = ""

    def get(self, path: str) -> Any:
        if self.prefix and path.startswith(self.prefix):
            return at_path(self.inner, path[len(self.prefix) :])
        return at_path(self.outer, path)


def at_path(content: Any, path: str) -> Any:
    """What stands at a dotted path of nested objects; a key that itself holds the dots goes first. ABSENT if nothing does."""
    if not path:
        return ABSENT
    if not isinstance(content, dict):
        return ABSENT
    if path in content:
        return content[path]
    head, dot, rest = path.partition(".")
    return at_path(content.get(head), rest) if dot else ABSENT


def rows_said(declared: Declared, arrived: Arrived, content: dict[str, Any]) -> Iterator[Told | Refused]:
    """What one object tells: a row that names its tag, or the fields that `columns` name. # R3"""
    fields = declared.names.fields(arrived.topic)
    for row in _rows(content, declared.source.value):
        name = row.get(declared.source.tag)
        if isinstance(name, str):
            yield _reading(declared, arrived, row, row.get(declared.source.value), name.strip())
        elif any(fields):
            cells = {path: row.get(path or declared.source.value) for path in fields}
            for path, cell in cells.items():
                if cell is not ABSENT and cell != "":  # a field that is not there, or an empty one, is no reading
                    yield _nested(declared, arrived, row, cell, path)
        else:
            yield _reading(declared, arrived, row, row.get(declared.source.value), "")


def _rows(content: dict[str, Any], value: str) -> list[_Row]:
    """One row, or one for each element of the array that the path of the value steps into."""
    inner: Any = content
    steps = value.split(".")
    for i, step in enumerate(steps[:-1], 1):
        inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, list):
            prefix = ".".join(steps[:i]) + "."
            return [_Row({**content, steps[0]: one} if i == 1 else one, content, one, prefix) for one in inner]
    return [_Row(content, content, content)]


def _nested(declared: Declared, arrived: Arrived, row: _Row, cell: Any, path: str) -> Told | Refused:
    """A field of a wide object; a field that is an object itself may have a value, a time and a quality of its own."""
    if isinstance(cell, dict) and (value := at_path(cell, declared.source.value)) is not ABSENT:
        return _reading(declared, arrived, _Row({path: cell}, {**row.outer, **cell}, {}), value, path)
    return _reading(declared, arrived, row, cell, path)


# --- row to reading


def _reading(declared: Declared, arrived: Arrived, row: _Row, cell: Any, name: str) -> Told | Refused:
    """One reading of a row; `name`: the field, or the tag as the row names it."""
    address = address_of(arrived.topic, name)
    try:
        tag = _tag(declared, arrived.topic, name)
        quality = _quality(declared, row)
        text, value = ("", None) if quality == BAD or cell is None else _value(declared.source, cell)
        ts, mark = _stamp(declared, arrived, row, tag)
        return Told(tag, ts, value, text, BAD if cell is None else quality, _revision(declared, arrived, row), address + mark)
    except _Unfit as unfit:
        return Refused(address, _shown(row.whole), str(unfit))


def _tag(declared: Declared, topic: str, name: str) -> str:
    """The tag that `columns` give, else the name that the row gives. # join by name"""
    tags = declared.names.tags(topic, name)
    if len(tags) > 1:
        raise _Unfit(f"several names with + in `columns` fit, of the tags {' and '.join(tags)}")
    if not tags and not name:
        lacks = f'has no "{declared.source.tag}"'
        raise _Unfit(f"no tag: `columns` do not name the topic, and the message {lacks}" if topic else f"the row {lacks}")
    return tags[0] if tags else name


def _value(source: SourceFile, cell: Any) -> tuple[str, float | None]:
    """A cell as the text that is judged, and as a number where it is one. # R1"""
    if cell is ABSENT or cell == "":
        raise _Unfit(f'the message has no "{source.value}"')
    if isinstance(cell, bool):
        return str(int(cell)), float(cell)
    if isinstance(cell, int | float):
        try:
            value = float(cell)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise _Unfit(f'value "{clip(str(cell))}" is not a finite number')
        return repr(cell), value
    if not isinstance(cell, str):
        raise _Unfit(f"the value is {'an array' if isinstance(cell, list) else 'an object'}, neither a number nor a word")
    text = cell.strip()
    if len(text) > LONGEST_WORD:
        raise _Unfit(f"the value has {len(text)} characters; a word of a state has no more than {LONGEST_WORD}")
    return _number_or_word(source, text)


def _number_or_word(source: SourceFile, text: str) -> tuple[str, float | None]:
    """Text that spells a number, with the declared signs; any other text is a word."""
    plain = text
    if source.thousands:
        sign = GROUPING.get(source.thousands, re.escape(source.thousands))
        if re.fullmatch(rf"[+-]?[0-9]{{1,3}}({sign}[0-9]{{3}})+({re.escape(source.decimal)}[0-9]*)?", plain):
            plain = re.sub(sign, "", plain)
    if source.decimal != "." and re.fullmatch(DECIMAL, plain) and "." in plain:
        raise _Unfit(why_not_a_number(text, source.decimal, source.thousands))
    plain = plain.replace(source.decimal, ".") if re.fullmatch(DECIMAL, plain.replace(source.decimal, ".")) else plain
    if not re.fullmatch(DECIMAL, plain):
        return text, None
    value = float(plain)
    if not math.isfinite(value):
        raise _Unfit(why_not_a_number(text, source.decimal, source.thousands))
    return plain, value


def _stamp(declared: Declared, arrived: Arrived, row: _Row, tag: str) -> tuple[int, str]:
    """When it was, and what marks a reading that does not say so. # R3"""
    source = declared.source
    cell = row.get(source.time)
    if cell is not ABSENT:
        try:
            return instant_of(cell, source.time_format, declared.zone, arrived.at), ""
        except NoInstant as wrong:
            raise _Unfit(str(wrong)) from None
    if source.time and isinstance(row.whole, dict):
        raise _Unfit(f'the message has no "{source.time}"; with time = "" in sources.toml it counts when it arrives')
    if arrived.retained:
        raise _Unfit("the broker kept this message, and it bears no time: nobody knows how old it is")
    if tag in declared.add_up:
        raise _Unfit(f'"{tag}" adds up or is a sample, so that its readings must bear a time; by arrival one would count twice')
    return arrived.at, AT_ARRIVAL


def _quality(declared: Declared, row: _Row) -> int:
    cell = row.get(declared.source.quality)
    if cell is ABSENT or cell is None:
        return GOOD
    said = ("true" if cell else "false") if isinstance(cell, bool) else str(cell).strip()
    meant = declared.meanings.get(said, said).lower()
    if isinstance(cell, dict | list) or meant not in QUALITIES:
        raise _Unfit(f'quality "{clip(said)}" is not good, uncertain or bad; `meanings` can say what it means')
    return QUALITIES[meant]


def _revision(declared: Declared, arrived: Arrived, row: _Row) -> int:
    cell = row.get(declared.source.revision)
    if cell is ABSENT or cell is None or cell == "":
        return UNDECLARED
    text = str(cell).strip()
    if not isinstance(cell, bool | float) and text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    try:
        at = instant_of(cell, declared.source.time_format, declared.zone, arrived.at)
    except NoInstant:
        at = -1
    if at < 0:
        raise _Unfit(f'revision "{clip(text)}" is neither a whole number from 0 nor a time')
    return at
