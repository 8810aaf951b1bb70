"""Which rows of the plant's text govern a production day? A seal's input hash covers them (L7; FORMATS, "Knowledge and seals").

Only what can influence a figure of that day: no names, remarks or places in files, no sources, no validity dates. So ending a row
in the future, moving it to another line or renaming it in Chinese leaves every sealed day as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shiftledger.core.canon import canonical, canonical_text, content_hash
from shiftledger.core.issue import Location
from shiftledger.plant.model import NOWHERE, Plant, valid_on
from shiftledger.plant.price_sets import governing_prices, revalued_from
from shiftledger.plant.rows import place, rows_of
from shiftledger.plant.schema import FIELDS_OF, TABLE, TABLES

# When a row holds decides whether it governs the day; it is no part of what it says.
DATES = ("valid_from", "valid_to")
# How files are read is settled when they are loaded; quotations and links govern by the prices that follow from them; money
# never reads who was on duty. # L1, T4
UNHEARD = ("source", "sample", "link", "quote", "post", "member", "attendance")
# What governs by the price rows that it leads to, or decides only whether a day may be closed; a series
# of areas is read beside the books. # L1, R5, T4
LEADING = (
    ("plant", "price_sets"),
    ("plant", "market_set"),
    ("plant", "price_approvers"),
    ("plant", "definition_approvers"),
    ("plant", "exclusion_deciders"),
    ("price", "link"),
    ("area", "successor_of"),
)
# Fields that came later than books that exist: left at their default they say nothing, so those days keep their input hash. # L7
LATER = (
    ("state", "grows"),
    ("state", "life"),
    ("meter", "max_same"),
    ("stream", "follows"),
    ("stream", "share"),
    ("plant", "definition_approval"),
)
# They move no figure: the seal has them, so that whoever asks for approvals gets them, and verify lets them change. # R5
ASKING = ("price_approval", "definition_approval")
# Things without dates of their own: such a row governs the days of which another row names it. By thing the kinds of fields that do. # T4
NAMED = {"stock": ("stock", "node"), "material": ("material",), "stream": ("stream",)}
DATELESS = ("stock", "material")
WORDS = (r"[\w-]+", r"\w+")  # in a formula `a-b` may be one name or two
FORMULAS = (("indicator", "formula"), ("state", "grows"))
# Rows that say something about one thing: they govern while it is there, whatever days they name themselves, and do not bring it in.
ABOUT = {
    "meter": ("stream", "stream"),
    "charge": ("stream", "stream"),
    "standard": ("area", "area"),
    "budget": ("area", "area"),
    "potential": ("state", "state"),
    "price": ("material", "material"),
    "quality": ("material", "material"),
    "factor": ("material", "material"),
}


@dataclass(frozen=True, slots=True)
class Governing:
    """One governing row: `key` tells it from the table's other rows of that day, `content` is canonical JSON by field name."""

    table: str
    key: str
    content: Mapping[str, Any]
    at: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs (`name` blank: the whole row came or went). `at` is today's place, NOWHERE of a row that went."""

    table: str
    key: str
    name: str
    old: str
    new: str
    at: Location = NOWHERE

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at.file else ""
        row = (
            self.table if not self.key else f"{self.table} of {self.key}" if self.table == "price" else f"{self.table} {self.key}"
        )
        if not self.name:
            return f"{where}{row} {'was added' if self.new else 'was removed'}"
        what = row if self.name == self.table else f"{row}, {self.name}"
        return f"{where}{what} {self.old or 'blank'} -> {self.new or 'blank'}"


def governing(plant: Plant, day: date) -> tuple[Governing, ...]:
    """The rows that govern production day `day`, sorted by table and key. # L7, FORMATS "Knowledge and seals"

    A price or potential of the day before is listed too where it differs: stocks and states are revalued from it before the first slot.
    """
    rows = [Governing(t, key, _content(t, row), row.at) for t, key, row in _rows(plant, day)]
    for table in ("price", "potential"):
        today = {row.key: row.content for row in rows if row.table == table}
        for row in revalued_from(plant, day) if table == "price" else rows_of(plant, table):
            content = _content(table, row)
            if valid_on(row, day - timedelta(days=1)) and today.get(_key(table, row)) != content:
                rows.append(Governing(table, f"{_key(table, row)} on the day before", content, row.at))
    return tuple(sorted(_in_use(rows, day), key=lambda row: (row.table, row.key, row.at)))


def governing_hash(rows: Sequence[Governing]) -> str:
    """SHA-256 (hex) over table, key and content: no file, no line. The order of `rows` does not matter."""
    in_order = sorted(rows, key=lambda row: (row.table, row.key, canonical_text(row.content)))
    return content_hash([[row.table, row.key, row.content] for row in in_order])


def governing_row(table: str, row: Any) -> Governing:
    """One row by itself, on whichever days it holds."""
    return Governing(table, _key(table, row), _content(table, row), row.at)


def changes(old: Governing, new: Governing) -> dict[str, str]:
    """What the newer of two rows says otherwise, by field: `{"value": "0.22 -> 0.23"}`."""
    names = (name for name in sorted(old.content.keys() | new.content.keys()) if old.content.get(name) != new.content.get(name))
    return {name: " -> ".join(_shown(row.content.get(name)) or "blank" for row in (old, new)) for name in names}


def differences(old: Sequence[Governing], new: Sequence[Governing], plant: Plant | None = None) -> tuple[Difference, ...]:
    """What differs between the sealed rows and today's, paired by table and key. # L7

    With today's `plant` each difference points at the value itself, else at its row.
    """
    before = {(row.table, row.key): row for row in old}
    after = {(row.table, row.key): row for row in new}
    found = []
    for pair in sorted(before.keys() | after.keys()):
        then, now = before.get(pair), after.get(pair)
        if then is None or now is None:
            found.append(
                Difference(
                    *pair, "", "" if then is None else "present", "" if now is None else "present", now.at if now else NOWHERE
                )
            )
            continue
        for name in sorted(then.content.keys() | now.content.keys()):
            if then.content.get(name) != now.content.get(name):
                at = place(plant.text, now.at, name) if plant else now.at
                found.append(Difference(*pair, name, _shown(then.content.get(name)), _shown(now.content.get(name)), at))
    return tuple(found)


def _rows(plant: Plant, day: date) -> Iterator[tuple[str, str, Any]]:
    """Table, key and row of everything that holds on the day."""
    areas = {area.id for area in plant.areas.values() if valid_on(area, day)}
    rotations = {area.rotation for area in plant.areas.values() if area.id in areas}
    for table in TABLES:
        if table.name in UNHEARD:
            continue
        rows: Iterable[Any] = governing_prices(plant, day) if table.name == "price" else rows_of(plant, table.name)
        for row in rows:
            dated = hasattr(row, "valid_from")
            if dated and not valid_on(row, day):
                continue
            if table.name in ("roster", "budget") and row.day not in ((day,) if table.name == "roster" else (day, None)):
                continue
            if table.name == "invoice" and not row.day <= day <= (row.until or row.day):
                continue
            if table.name == "rotation" and row.id not in rotations:
                continue
            yield table.name, _key(table.name, row), row


def _in_use(rows: Sequence[Governing], day: date) -> list[Governing]:
    """Without what is about things that are not there on the day: what is added for later leaves today as it is. # L7, T4"""
    kept = list(rows)
    while True:
        there, named = {(row.table, row.key) for row in kept}, _named(kept)
        left = [row for row in kept if _governs(row, day, there, named)]
        if len(left) == len(kept):
            return kept
        kept = left


def _governs(row: Governing, day: date, there: Set[tuple[str, str]], named: Mapping[str, Set[str]]) -> bool:
    """Whether a row that holds on the day finds there what it is about; a stock or material, whether anything names it."""
    if row.table in DATELESS:
        return row.key in named[row.table] or _opened(row, day)
    name, table = ABOUT.get(row.table, ("", ""))
    what = str(row.content.get(name) or "")
    if not what or (table, what) in there:
        return True
    if row.table != "meter":
        return False
    return row.content["kind"] == "booking" or what in named["stream"]  # what follows the stream is metered by it # Q1, Q9


def _named(rows: Sequence[Governing]) -> dict[str, set[str]]:
    """By kind of thing the words that rows name it by; a row about a thing does not name it."""
    found: dict[str, set[str]] = {table: set() for table in NAMED}
    for row in rows:
        about = ABOUT.get(row.table, ("", ""))[0]
        for one in FIELDS_OF[row.table]:
            said = row.content.get(one.name)
            if not said or one.name == about:
                continue
            for table, kinds in NAMED.items():
                if one.refers_to in kinds or (row.table, one.name) in FORMULAS:
                    found[table].update(word for form in WORDS for word in re.findall(form, canonical_text(said)))
    return found


def _opened(row: Governing, day: date) -> bool:
    """True of a stock whose declared opening lies on the day or before it: it holds something, whoever names it."""
    opening = row.content.get("opening_day")
    return opening is not None and str(_shown(opening)) <= day.isoformat()


def _key(table: str, row: Any) -> str:
    if table == "plant":
        return ""
    parts = [getattr(row, name) for name in TABLE[table].key]
    while parts and parts[-1] in ("", None):
        parts.pop()
    return "/".join("" if part is None else str(part) for part in parts)


def _content(table: str, row: Any) -> dict[str, Any]:
    """The fields that influence figures, by their name in the text, in canonical form."""
    fields = [
        f
        for f in FIELDS_OF[table]
        if not f.display and f.name not in DATES and f.name != "preset" and (table, f.name) not in LEADING
    ]
    content = {
        f.name: canonical(getattr(row, f.target))
        for f in fields
        if (table, f.name) not in LATER or getattr(row, f.target) != f.default
    }
    if table == "rotation":  # names of slots are for display
        content["slots"] = [[slot.id, canonical(slot.start), canonical(slot.end)] for slot in row.slots]
    return content


def _shown(value: Any) -> str:
    """A canonical value as a person wrote it."""
    if value is None:
        return ""
    if isinstance(value, dict) and set(value) == {"d"}:
        return str(value["d"])
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
