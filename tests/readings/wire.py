"""Sparkplug B payloads for tests, written byte by byte from the protobuf wire format: nothing of the program takes part.

A field is its number times 8 plus its wire type (0 varint, 1 eight bytes, 2 length and content, 5 four bytes), then its content.
"""

from __future__ import annotations

import struct

METRIC = {"name": 1, "alias": 2, "timestamp": 3, "datatype": 4, "is_historical": 5, "is_null": 7, "properties": 9}
VALUE = {"int": 10, "long": 11, "float": 12, "double": 13, "bool": 14, "string": 15, "bytes": 16, "dataset": 17, "template": 18}


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth bit says that more follow."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, content: int | bytes | str) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    raw = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def metric(value: tuple[str, int | float | bytes | str] | None = None, **fields: int | bytes | str) -> bytes:
    """One metric: its fields by name, and its value as (kind, content)."""
    raw = b"".join(field(METRIC[name], content) for name, content in fields.items())
    if value is None:
        return raw
    kind, content = value
    if kind in ("float", "double"):
        wire, form = (5, "<f") if kind == "float" else (1, "<d")
        return raw + varint(VALUE[kind] << 3 | wire) + struct.pack(form, content)
    assert not isinstance(content, float)
    return raw + field(VALUE[kind], content)


def payload(*metrics: bytes, at: int = 0, seq: int | None = None) -> bytes:
    """A payload stamped `at` (ms since 1970; 0: not stamped)."""
    raw = (field(1, at) if at else b"") + b"".join(field(2, one) for one in metrics)
    return raw if seq is None else raw + field(3, seq)


def quality(code: int) -> bytes:
    """The properties of a metric with this quality: keys (1) and values (2); of a value, its type (1, Int32 is 3) and number (3)."""
    return field(1, "Quality") + field(2, field(1, 3) + field(3, code))
