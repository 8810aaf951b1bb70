"""The rows of a plant by table: where their values stand in the text, what the text declares, how a message names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from shiftledger.core.issue import Location
from shiftledger.plant.model import Plant
from shiftledger.plant.schema import FIELDS_OF, TABLES, table_of
from shiftledger.plant.source import Row, parsed


def rows_of(plant: Plant, table: str) -> tuple[Any, ...]:
    """The rows of a table of the schema, in the plant's order."""
    rows = {
        "plant": (plant.settings,), "area": plant.areas, "unit": plant.units, "stream": plant.streams, "stock": plant.stocks,
        "material": plant.materials, "meter": plant.meters, "source": plant.sources, "rotation": plant.rotations,
        "roster": plant.roster, "budget": plant.budget, "standard": plant.standards, "price": plant.prices,
        "factor": plant.factors, "indicator": plant.indicators, "state": plant.states, "potential": plant.potentials,
        "quality": plant.quality, "grade": plant.grades, "invoice": plant.invoices, "charge": plant.charges,
        "allocation": plant.allocations, "sample": plant.samples, "link": plant.links, "quote": plant.quotes,
        "service": plant.services, "post": plant.posts, "member": plant.members, "attendance": plant.attendance,
    }[table]  # fmt: skip
    return tuple(rows.values()) if isinstance(rows, Mapping) else tuple(rows)


def dated_rows(plant: Plant) -> Iterator[tuple[str, Any]]:
    """Every row that has a validity, with its table. # T4"""
    for table in TABLES:
        if any(field.name == "valid_to" for field in FIELDS_OF[table.name]):
            for row in rows_of(plant, table.name):
                yield table.name, row


def complete(plant: Plant, table: str) -> bool:
    """True if every row of the table could be read: only then can a row be missed."""
    sources = [parsed(file, text) for file, text in plant.text.items() if (found := table_of(file)) and found.name == table]
    return all(source.whole for source in sources) and sum(len(source.rows) for source in sources) == len(rows_of(plant, table))


def unread_words(plant: Plant, table: str) -> frozenset[str] | None:
    """All that stands in the cells of rows that could not be read; None where a file is broken. What they name may be declared."""
    files = [parsed(file, text) for file, text in plant.text.items() if (found := table_of(file)) and found.name == table]
    if not all(file.whole for file in files):
        return None
    read = {row.at for row in rows_of(plant, table)}
    unread = [row for file in files for row in file.rows if row.at not in read]
    return frozenset(str(value) for row in unread for value in row.values.values())


def part_of(at: Location, words: str) -> Location:
    """The place of some words inside a value; the whole value if they do not stand on its line."""
    found = at.text.find(words, max(at.column - 1, 0))
    return replace(at, column=found + 1, length=len(words)) if words and found >= 0 else at


def place(text: Mapping[str, str], at: Location, *path: str | int) -> Location:
    """Where a value of the row at `at` stands; `path` is its key or column, and what is inside it. The row itself if unknown."""
    row = _by_place(at.file, text.get(at.file, "")).get(at)
    return row.place(*path) if row else at


@lru_cache(maxsize=64)
def _by_place(file: str, text: str) -> Mapping[Location, Row]:
    """The rows of one file by where they stand; remembered, because checks of many rows ask for places."""
    return MappingProxyType({row.at: row for row in reversed(parsed(file, text).rows)})


def declared(text: Mapping[str, str], table: str) -> frozenset[str] | None:
    """The ids (meters: tags) that the text declares, also in rows that could not be read; None where a file is broken."""
    found = [_ids(file, text[file]) for file in text if (home := table_of(file)) is not None and home.name == table]
    names = [ids for ids in found if ids is not None]
    if len(names) < len(found):
        return None
    return names[0] if len(names) == 1 else frozenset[str]().union(*names)


@lru_cache(maxsize=64)
def _ids(file: str, text: str) -> frozenset[str] | None:
    """The ids that one file declares; None where it is broken."""
    source = parsed(file, text)
    return frozenset({row.id or str(row.values.get("tag", "")) for row in source.rows} - {""}) if source.whole else None


def subject(table: str, row: Any) -> str:
    """How a message names a row: `stream "ore"`, `the price of "slurry"`."""
    if table == "meter":
        return f'meter "{row.tag}"'
    if table in ("price", "factor"):
        return f'the {table} of "{row.material}"'
    if table == "standard":
        return f'the {row.basis} standard of "{row.item}" for "{row.output}"'
    if table == "sample":
        return f'the sample of "{row.analyte}" at "{row.point}"'
    if table == "budget":
        return f'the budget of "{row.item}"'
    if table == "quote":
        return f'"{row.quote}" of {row.period}'
    if table == "potential":
        return f'the potential of "{row.state}"'
    if table == "quality":
        return f'the quality of "{row.material}" by {row.component}'
    if table == "grade":
        return f'the grade "{row.material}" by {row.component}'
    if table == "charge":
        return f'the charge "{row.charge}"'
    if table == "invoice":
        return f'the invoice for "{row.item}"'
    if table == "service":
        return f'the price of the job "{row.job}"'
    if table == "post":
        return f'the post "{row.post}"'
    if table == "member":
        return f'the membership of "{row.person}"'
    if table == "attendance":
        return f'the attendance of "{row.person}"'
    if table == "roster":
        return f"the roster entry of {row.day}.{row.slot}"
    return f'{table} "{row.id}"'
