"""Values as a database gives them, as columns of one type (R3): times, numbers, else text that is read like a file's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shiftledger.readings.sources.cells import TEXT, Column, said

WHOLE = 2**63


def typed_column(values: Sequence[Any], *, as_text: bool = False) -> Column:
    """Values of one column: all numbers, all local times, all instants, or else text; None is null. `as_text`: names."""
    present = [value for value in values if value is not None]
    if as_text or not present:
        return pa.array([None if value is None else _word(value) for value in values], TEXT)
    if all(isinstance(value, int) and abs(value) < WHOLE for value in present):  # also True and False
        return pa.array([None if value is None else int(value) for value in values], pa.int64())
    if all(isinstance(value, int | float | Decimal) for value in present):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if all(isinstance(value, date) for value in present):
        moments = [None if value is None else _moment(value) for value in values]
        aware = [value.tzinfo is not None for value in moments if value is not None]
        if not any(aware):
            return pa.array(moments, pa.timestamp("us"))
        if all(aware):
            return pa.array([None if at is None else at.astimezone(UTC) for at in moments], pa.timestamp("us", "UTC"))
    return pa.array([None if value is None else _word(value) for value in values], TEXT)


def joined(parts: Sequence[Column]) -> Column:
    """The parts of one column as one; parts of different types as numbers where all are, else as text."""
    if not parts:
        return pa.array([], TEXT)
    known = [part.type for part in parts if part.null_count < len(part)]
    if known:
        parts = [part if part.null_count < len(part) else pa.nulls(len(part), known[0]) for part in parts]
    kinds = {str(part.type) for part in parts}
    if len(kinds) > 1:
        numbers = all(pa.types.is_integer(part.type) or pa.types.is_floating(part.type) for part in parts)
        if numbers:
            parts = [pc.cast(part, pa.float64(), safe=False) for part in parts]
        else:
            parts = [pa.array([None if cell is None else _word(cell) for cell in part.to_pylist()], TEXT) for part in parts]
    return pa.concat_arrays(list(parts))


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def _word(value: Any) -> str:
    """A value as a file would write it: whole numbers without a point, times in ISO form, bytes as the text that they spell."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | Decimal) and -WHOLE < value < WHOLE and value == int(value):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return said(value)
