"""What does a value of the plant's text look like in a cell of a spreadsheet, and what does a cell mean in the text?

CSV cells are their text. TOML values have a form that people can type: `mass; iron` for a list of names, `A = 0; B = 2` for a table,
and TOML itself (in [ ] or { }) for what these cannot say. `raw_of(shown(value))` is always the value again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from shiftledger.plant.fields import Field
from shiftledger.plant.values import BARE, Wrong, read_value

TABLES = ("crews", "columns", "shares", "words")
ID = Field("", "id", type="id", required=True)
DIGITS = 15  # that a spreadsheet keeps of a number
_SEPARATOR = re.compile(r"[;；\n]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def shown(field: Field, raw: Any) -> str:
    """A TOML value as the text of a cell."""
    if field.type in BARE and not isinstance(raw, str):
        return literal(raw)
    if isinstance(raw, str):
        plain = raw != "" and raw == raw.strip() and raw[0] != '"' and all(c.isprintable() or c == "\n" for c in raw)
        return raw if plain else literal(raw)
    simple = _simple(raw)
    try:
        if simple and raw_of(field, simple) == raw:
            return simple
    except Wrong:
        pass
    if isinstance(raw, list) and raw and all(isinstance(part, dict) for part in raw):
        return "[\n" + "".join(f"{literal(part)},\n" for part in raw) + "]"
    return literal(raw)


def _simple(raw: Any) -> str:
    if isinstance(raw, list) and all(isinstance(part, str) for part in raw):
        return "; ".join(raw)
    if isinstance(raw, dict) and all(isinstance(part, str | int | Decimal) for part in raw.values()):
        return "; ".join(f"{key} = {part}" for key, part in raw.items())
    return ""


def raw_of(field: Field, text: str) -> Any:
    """The TOML value that the text of a cell means; raises Wrong. What the value means is `read_value`'s to say."""
    if field.type in BARE:
        return _bare(read_value(field, text, cell=True))
    if field.type == "names" and not text.startswith("["):
        return [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    if field.type in TABLES and not text.startswith("{"):
        return _table(field, text)
    if field.type in ("names", "slots", *TABLES) or text.startswith('"'):
        try:
            return tomllib.loads(f"v = {text}", parse_float=Decimal)["v"]
        except (ValueError, InvalidOperation, RecursionError):
            raise Wrong("P007", f"{text[:60]!r} is not written as TOML", "Leave its brackets and quotes as they were.") from None
    return text


def _bare(value: Any) -> Any:
    return value


def _table(field: Field, text: str) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for part in _SEPARATOR.split(text):
        if not part.strip():
            continue
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not key or key in pairs:
            raise Wrong("P007", f'"{part.strip()[:60]}" is not a new name = value', "Write them like A = 0; B = 2.")
        pairs[key] = value
    if field.type == "crews":
        return {key: int(value) if re.fullmatch(r"[+-]?[0-9]{1,9}", value) else value for key, value in pairs.items()}
    if field.type == "shares":
        return {key: _number(value) for key, value in pairs.items()}
    return pairs


def _number(text: str) -> Any:
    try:
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,15}", text) else Decimal(text)
    except InvalidOperation:
        return text


def literal(raw: Any) -> str:
    """A value as TOML."""
    if isinstance(raw, str):
        return '"' + "".join(_escaped(character) for character in raw) + '"'
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, Decimal):
        return _toml_number(raw)
    if isinstance(raw, date | time):
        return raw.isoformat()
    if isinstance(raw, list):
        return "[" + ", ".join(literal(part) for part in raw) + "]"
    if isinstance(raw, dict):
        pairs = (f"{key_text(key)} = {literal(part)}" for key, part in raw.items())
        return "{" + ", ".join(pairs) + "}"
    return str(raw)


def _toml_number(number: Decimal) -> str:
    text = format(number, "f")
    return text if "." in text or abs(number) < 10**15 else f"{text}.0"


def key_text(key: str) -> str:
    """A key as TOML, in quotes where it needs them."""
    return key if _BARE_KEY.fullmatch(key) else literal(key)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() or ord(character) > 0x9F else f"\\u{ord(character):04X}"


def meaning(field: Field, text: str, *, toml: bool) -> Any:
    """What a cell means, to compare cells by: 0.50 is 0.5, 06:00 is 06:00:00. A cell that cannot be read means its text."""
    if not text:
        return None
    try:
        if field is ID or not toml or field.type in BARE:
            return read_value(field, text, cell=True)
        return (
            _comparable(raw_of(field, text))
            if field.type in ("names", "slots", *TABLES)
            else read_value(field, raw_of(field, text))
        )
    except Wrong:
        return text


def _comparable(raw: Any) -> Any:
    """Lists and tables as something that can be looked up; the order of a list counts, that of a table does not."""
    if isinstance(raw, list):
        return tuple(_comparable(part) for part in raw)
    return tuple(sorted((key, _comparable(part)) for key, part in raw.items())) if isinstance(raw, dict) else raw


def check_cell(field: Field, text: str, *, toml: bool) -> None:
    """Raises Wrong where a filled cell cannot be read as its field."""
    if toml and field is not ID and field.type not in BARE:
        read_value(field, raw_of(field, text))
    else:
        read_value(field, text, cell=True)


# --- what a spreadsheet's cell is


def typed_text(field: Field, value: Any) -> str:
    """The text that a spreadsheet's value stands for in this field; raises Wrong where the spreadsheet changed what was meant."""
    if isinstance(value, str):
        return "\n".join(line.rstrip("\r") for line in value.strip().split("\n"))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _clock(value) if field.type == "time" and 0 <= value < 1 else number_text(value)
    if isinstance(value, timedelta) and field.type == "time" and timedelta(0) <= value < timedelta(days=1):
        return _clock(value / timedelta(days=1))
    if field.type == "time" and isinstance(value, datetime | time):
        return value.replace(microsecond=0).isoformat() if isinstance(value, time) else value.time().isoformat("seconds")
    if field.type == "date" and isinstance(value, date):
        if isinstance(value, datetime) and value.time() != time(0):
            raise Wrong("P211", f"{value} is a day with a time", "Write only the day, like 2026-03-31.")
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    raise Wrong(
        "P211",
        f"the spreadsheet holds a date or time ({value}) where {_wanted(field)} is meant",
        "Give the cell the format Text, and type it again.",
    )


def _wanted(field: Field) -> str:
    return {"number": "a number", "integer": "a number", "date": "a day", "time": "a time of day"}.get(field.type, "text")


def _clock(part: float) -> str:
    """A part of a day as a time of day, to the second."""
    seconds = round(part * 86_400) % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def number_text(value: float) -> str:
    """A number as people see it: 15 digits, no exponent, no zeros behind.

    >>> number_text(0.1 + 0.2), number_text(1e5), number_text(-0.0)
    ('0.3', '100000', '0')
    """
    number = Decimal(f"{value:.{DIGITS}g}")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def as_number(text: str) -> Decimal | None:
    """The number that a spreadsheet can hold without loss in place of the text; None where it cannot, or the text is none."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text):
        return None
    number = Decimal(text)
    return number if len(number.as_tuple().digits) <= DIGITS and (not number or -9 <= number.adjusted() < DIGITS) else None


def meanings(fields: Mapping[str, Field], row: Mapping[str, str], *, toml: bool) -> dict[str, Any]:
    """What the filled cells of a row mean, by field."""
    return {name: meaning(fields[name], text, toml=toml) for name, text in row.items() if text and name in fields}
