"""Results as JSON types for programs: version 1, fields are only ever added.

Money is whole cents beside `money_decimals`, quantities are quanta beside their quantum, decimals are text, instants are UTC microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from shiftledger.core.canon import plain_decimal
from shiftledger.render.explanation import is_series
from shiftledger.render.issues import issues_json

VERSION = 1
# What a view shows, in the order of the output; `names` is for people and stays out.
PARTS = (
    "folder",
    "book",
    "dry_run",
    "finished",
    "changes",
    "files",
    "steps",
    "address",
    "statements",
    "site",
    "services",
    "late",
    "seal",
    "settled",
    "currency",
    "money_decimals",
    "zone",
    "shift",
    "entered",
    "asked",
    "rows",
    "open",
    "kept",
    "heard",
    "reports",
    "previews",
    "report",
    "trial",
    "act",
    "acts",
    "sheet",
    "rollup",
    "labour",
    "running",
    "against",
    "whatif",
    "settable",
    "formula",
    "node",
    "decisions",
    "assumptions",
    "approvals",
    "left_out",
    "sources",
)


def json_of(view: Any) -> dict[str, Any]:
    """Any view as JSON types: its parts, its issues, and whether it is fine."""
    form: dict[str, Any] = {"version": VERSION, "ok": view.ok}
    if getattr(view, "guesses", ()):
        form["guesses"] = [{"source": one.source.id, "block": one.block} for one in view.guesses]
    form |= {part: plain(getattr(view, part)) for part in PARTS if hasattr(view, part)}
    return form | {"issues": issues_json(view.issues)["issues"]}


def plain(value: Any) -> Any:
    """A result as JSON types. Numbers that JSON lacks (NaN) are null; a slice of readings is its columns."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_series(value):
        columns = {name: plain(getattr(value, name).tolist()) for name in ("ts", "value", "quality", "batch", "row")}
        return {"tag": value.tag, "readings": columns}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if not f.name.startswith("_")}
    return str(value)
