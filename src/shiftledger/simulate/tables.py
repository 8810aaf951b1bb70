"""Plain text of a simulated plant's files: values of TOML, tables of CSV, and figures as a person rounds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from shiftledger.simulate.historian import HOUR_US, ZONE, start_us
from shiftledger.simulate.settings import Settings


def toml_value(value: Any) -> str:
    """A value of TOML; texts keep their characters."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(columns: str, rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file of plain cells."""
    return "\n".join([columns, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def rounded(value: float, digits: int = 3) -> str:
    """As a person writes a standard: three digits, no exponent."""
    if value == 0 or not np.isfinite(value):
        return "0"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    text = f"{round(value, decimals):.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def stamp(settings: Settings, hours: float) -> str:
    """Local time of so many hours after the first, with its offset, to the second."""
    moment = datetime.fromtimestamp((start_us(settings) + round(hours * HOUR_US)) // 1_000_000, UTC)
    return moment.astimezone(ZONE).isoformat(timespec="seconds")
