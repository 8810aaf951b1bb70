"""What does a value of the text mean? One reader a type; a value that is not of its type raises `Wrong`, which becomes an issue.

TOML gives typed values, CSV gives the text of a cell; both end in the same types of `plant/model.py`. Numbers are exact decimals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from shiftledger.core.period import DAY, duration
from shiftledger.plant.codes import closest
from shiftledger.plant.model import Slot
from shiftledger.plant.schema import SLOT_FIELDS, Field, Type

BARE: tuple[Type, ...] = ("flag", "integer", "number", "date", "time")  # types that TOML has itself


class Wrong(Exception):
    """A value that cannot be read: code, what is wrong (after the field's name), remedy, and the part of the value meant."""

    def __init__(self, code: str, what: str, remedy: str, *part: str | int, key: bool = False) -> None:
        super().__init__(what)
        self.code, self.what, self.remedy, self.part, self.key = code, what, remedy, part, key


def read_value(field: Field, raw: Any, *, cell: bool = False) -> Any:
    """`raw`, a TOML value or the text of a CSV `cell`, as the field's type; raises Wrong."""
    if not cell and isinstance(raw, str) and field.type in BARE:
        example = {"date": ", like 2026-03-31", "time": ", like 06:00:00"}.get(field.type, "")
        raise Wrong("P007", f"{_shown(raw)} is text in quotes", f"Write it without quotes{example}.")
    try:
        return READERS[field.type](field, raw)
    except Wrong:
        plain = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else raw
        if plain == raw or not _reads(field, plain):
            raise
    raise Wrong("P007", f"{_shown(raw)} is written in full-width characters", f"Write {plain}.")


def _reads(field: Field, raw: Any) -> bool:
    try:
        READERS[field.type](field, raw)
    except Wrong:
        return False
    return True


def _text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Wrong("P007", f"{_shown(raw)} is not text", f'Write it in quotes: {field.name} = "..."')
    if field.required and not raw.strip():
        raise Wrong("P006", "is blank", "Fill it in.")
    return raw


_ID = re.compile(r"[\w-]+")


def _id(field: Field, raw: Any) -> str:
    return usable_id(_text(field, raw))


def usable_id(name: str) -> str:
    """`name` if it can be an id: letters of any script, digits, - and _; raises Wrong. Ids stand in addresses."""
    if not _ID.fullmatch(name) or len(name) > 80:
        raise Wrong("P011", f"{_shown(name)} cannot be an id", "Use letters, digits, - and _, at most 80 of them.")
    if name in ("site", "outside"):
        raise Wrong("P011", f'"{name}" is a reserved word', "Choose another id.")
    return name


def _choice(field: Field, raw: Any) -> str:
    text = _text(field, raw)
    if text and text not in field.choices:
        raise Wrong(
            "P008",
            f'"{_cut(text)}" is not one of {", ".join(field.choices)}',
            f"{closest(text, field.choices)}Write one of these words.",
        )
    return text


def _flag(field: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return bool(raw == "true")
    raise Wrong("P007", f"{_shown(raw)} is neither true nor false", "Write true or false, in small letters.")


def _integer(field: Field, raw: Any) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**9:
        return raw
    raise Wrong("P007", f"{_shown(raw)} is not a whole number", "Write digits only, without quotes.")


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?E\+\d\d", re.ASCII)  # 1.23E+05: by hand nobody writes the sign and the zero
_DAY_LIKE = re.compile(r"\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}|\d{1,2}月\d{1,2}日", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,' \u00a0_]\d{3})+(\.\d+)?", re.ASCII)


def _decimal(field: Field, raw: Any) -> Decimal:
    """An exact number of at most 28 digits between 1e-15 and 1e15; never NaN, infinite, or with separators."""
    if isinstance(raw, str) and _SHORTENED.fullmatch(raw):
        what = f"{_shown(raw)} is a number that a spreadsheet has shortened"
        raise Wrong("P007", what, f"Write all its digits, such as {Decimal(raw):f}.")
    if isinstance(raw, str) and _DAY_LIKE.fullmatch(raw):
        remedy = "Give the column the format Text, and write the number with a point, such as 12.3."
        raise Wrong("P007", f"{_shown(raw)} is not a number; a spreadsheet has made a date of it", remedy)
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        raise Wrong("P007", f"{_shown(raw)} is not a number", _number_remedy(raw))
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise Wrong("P007", f"{_shown(raw)} is not a number", "Write digits with a point as decimal sign.")
    if isinstance(raw, int) and abs(raw) > 10**15:
        raise Wrong("P007", "is larger than 1e15", "Choose a larger unit.")
    number = Decimal(raw)
    if not number.is_finite():
        raise Wrong("P007", f"{_shown(raw)} is not a finite number", "Leave it out where there is no number.")
    if len(number.as_tuple().digits) > 28 or (number and not -15 <= number.adjusted() <= 15):
        raise Wrong("P007", f"{_shown(raw)} has too many digits", "Write at most 28 digits, between 1e-15 and 1e15.")
    return number


def _number_remedy(raw: str) -> str:
    if raw.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "Leave the cell blank where there is no number."
    if _THOUSANDS.fullmatch(raw):
        return "Remove the thousands sign; a decimal sign is a point."
    if re.fullmatch(r"[+-]?\d+,\d+", raw, re.ASCII):
        return f"Write {raw.replace(',', '.')}: the decimal sign is a point."
    return "Write digits with a point as decimal sign, without unit."


def _date(field: Field, raw: Any) -> date:
    if type(raw) is date:
        return _usable_date(raw)
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw, re.ASCII):
        try:
            return _usable_date(date.fromisoformat(raw))
        except ValueError:
            raise Wrong("P007", f"{raw} is not a day of the calendar", "Correct the date.") from None
    raise Wrong("P007", f"{_shown(raw)} is not a date", "Write it like 2026-03-31.")


def _usable_date(day: date) -> date:
    """`day` if a production day can lie there; 0001-01-01 and 9999-12-31 are how other programs say "always". # T4"""
    if not 1900 <= day.year <= 2999:
        raise Wrong(
            "P020", f"{day} is not from 1900 to 2999", "Write a real day; leave it blank for always or until further notice."
        )
    return day


def _time(field: Field, raw: Any) -> time:
    if type(raw) is time:
        return raw
    if isinstance(raw, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", raw, re.ASCII):
        return time.fromisoformat(raw)
    raise Wrong("P007", f"{_shown(raw)} is not a time of day", "Write it like 06:00:00.")


def _duration(field: Field, raw: Any) -> int:
    try:
        length = duration(raw) if isinstance(raw, str) else -1
    except (ValueError, OverflowError):
        length = -1
    if not 0 <= length <= 36525 * DAY:
        raise Wrong("P007", f"{_shown(raw)} is not a duration", "Write it like 30min, 8h or 1h30min; in TOML in quotes.")
    return length


def _names(field: Field, raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        raise Wrong("P007", f"{_shown(raw)} is not a list of names", f'Write {field.name} = ["...", "..."].')
    return tuple(raw)


def _codes(field: Field, raw: Any) -> tuple[tuple[str, Decimal], ...]:
    """ "Light=1;Medium=2" as pairs of text and code."""
    pairs: dict[str, Decimal] = {}
    for part in _text(field, raw).split(";"):
        name, sign, code = (piece.strip() for piece in part.partition("="))
        if not sign or not name or name in pairs:
            raise Wrong("P007", f"{_shown(part)} is not a new text=code", "Write codes like Light=1;Medium=2.")
        pairs[name] = _decimal(field, code)
    if len(set(pairs.values())) < len(pairs):
        raise Wrong("P007", "has one code for two texts", "Give each text its own code.")
    return tuple(pairs.items())


def _crews(field: Field, raw: Any) -> tuple[tuple[str, int], ...]:
    phases = []
    for letter, phase in sorted(_table(field, raw).items()):
        if not _ID.fullmatch(letter):
            raise Wrong("P011", f"{_shown(letter)} cannot name a crew", "Use letters and digits.", letter, key=True)
        if not isinstance(phase, int) or isinstance(phase, bool) or abs(phase) > 10**6:
            raise Wrong("P007", f"{_shown(phase)} is not a phase", "Write a whole number of days.", letter)
        phases.append((letter, phase))
    return tuple(phases)


def _columns(field: Field, raw: Any) -> tuple[tuple[str, str], ...]:
    for column, tag in sorted(_table(field, raw).items()):
        if not isinstance(tag, str) or not tag:
            raise Wrong("P007", f"{_shown(tag)} is not a tag", "Write the meter's tag in quotes.", column)
    return tuple(sorted(raw.items()))


def _shares(field: Field, raw: Any) -> tuple[tuple[str, Decimal], ...]:
    """{ melt = 0.4, cast = 0.6 } as pairs in order of name."""
    shares = []
    for name, share in sorted(_table(field, raw).items()):
        try:
            shares.append((name, _decimal(field, share)))
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.what, wrong.remedy, name) from None
    return tuple(shares)


def _words(field: Field, raw: Any) -> tuple[tuple[str, str], ...]:
    """Text -> what it means, both as text, by the first."""
    for text, meaning in sorted(_table(field, raw).items()):
        if not isinstance(meaning, str) or not meaning:
            raise Wrong("P007", f"{_shown(meaning)} is not a word", "Write what it means in quotes.", text)
    return tuple(sorted(raw.items()))


def _slots(field: Field, raw: Any) -> tuple[Slot, ...]:
    if not isinstance(raw, list) or not all(isinstance(slot, dict) for slot in raw):
        raise Wrong("P007", "is not a list of slots", 'Write slots = [{id = "D", start = 06:00:00}, ...].')
    slots = [_slot(position, slot) for position, slot in enumerate(raw)]
    for position, slot in enumerate(slots):
        if any(slot.id == earlier.id for earlier in slots[:position]):
            raise Wrong("P010", f'declares "{slot.id}" twice', "Give each slot its own letter.", position, "id")
    return tuple(slots)


def _slot(position: int, raw: Mapping[str, Any]) -> Slot:
    names = [field.name for field in SLOT_FIELDS]
    for name in sorted(raw):
        if name not in names:
            raise Wrong(
                "P005",
                f'has no key "{_cut(name)}"',
                f"{closest(name, names)}A slot has {', '.join(names)}.",
                position,
                name,
                key=True,
            )
    values = {}
    for field in SLOT_FIELDS:
        if field.required and field.name not in raw:
            raise Wrong("P006", f'needs "{field.name}" in each slot', "Add it to this slot.", position)
        try:
            values[field.name] = read_value(field, raw[field.name]) if field.name in raw else field.default
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.what, wrong.remedy, position, field.name) from None
    if len(values["id"]) != 1 or values["id"] == "R":
        raise Wrong(
            "P011", f'"{values["id"]}" cannot be a slot', "A slot is one letter of the pattern; R is rest.", position, "id"
        )
    return Slot(**values)


def _table(field: Field, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Wrong("P007", f"{_shown(raw)} is not a table", f"Write {field.name} = {{ key = value, ... }}.")
    return raw


def _shown(raw: Any) -> str:
    if isinstance(raw, str):
        return f'"{_cut(raw)}"'
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, dict):
        return "a table"
    if isinstance(raw, list):
        return "a list"
    if isinstance(raw, int):
        return str(raw) if abs(raw) < 10**18 else "a huge number"
    return _cut(str(raw))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _whole_or_text(field: Field, raw: Any) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[+-]?\d{1,9}", raw, re.ASCII):
        return int(raw)
    return _integer(field, raw)


READERS: Mapping[Type, Callable[[Field, Any], Any]] = MappingProxyType(
    {
        "text": _text, "id": _id, "choice": _choice, "flag": _flag, "integer": _whole_or_text, "number": _decimal, "date": _date,
        "time": _time, "duration": _duration, "names": _names, "codes": _codes, "crews": _crews, "columns": _columns,
        "slots": _slots, "shares": _shares, "words": _words,
    }
)  # fmt: skip


def is_currency(code: str) -> bool:
    """True of three capital letters, as ISO 4217 writes a currency.

    >>> is_currency("EUR"), is_currency("eur"), is_currency("")
    (True, False, False)
    """
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
