"""Canonical form and content hashes (I5): sorted by key, integers, decimals without trailing zeros, floats as shortest round trip."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any


def plain_decimal(value: Decimal) -> str:
    """A decimal without exponent and trailing zeros: equal values, equal text.

    >>> plain_decimal(Decimal("180.00")), plain_decimal(Decimal("1E+2")), plain_decimal(Decimal("-0.0"))
    ('180', '100', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


PLAIN = frozenset({str, int, bool, type(None)})  # what a close hashes most of, by far


def canonical(value: Any) -> Any:
    """`value` as JSON types in canonical form; sets and unknown types are programmer mistakes (TypeError)."""
    if type(value) in PLAIN:
        return value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"f": repr(value + 0.0) if value else "0.0"}
    if isinstance(value, Decimal):
        return {"d": plain_decimal(value)}
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): canonical(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, tuple | list):
        return [item if type(item) in PLAIN else canonical(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: canonical(getattr(value, name)) for name in _compared(type(value))}
    raise TypeError(f"no canonical form for {type(value).__name__}")


@cache
def _compared(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass that make two rows equal."""
    return tuple(f.name for f in fields(kind) if f.compare)


def canonical_text(value: Any) -> str:
    """One line of JSON in canonical form, ASCII, sorted keys."""
    return json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical_text(value).encode("ascii")).hexdigest()


def chain_hash(previous: str, *parts: Any) -> str:
    """The next link of a chain: SHA-256 over the previous link and the canonical parts."""
    return hashlib.sha256(f"{previous}\n{canonical_text(list(parts))}".encode("ascii")).hexdigest()
