"""Is the first line of a CSV file of the plant its header, and do its rows say what they mean?

A wrong header makes every row wrong. It is told once, and what the rows then seem to lack is not told beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches

from shiftledger.core.issue import Issue, Location
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.fields import Field
from shiftledger.plant.schema import FIELDS_OF

# What stands between cells where a comma should, and what it is called.
SEPARATORS = ((";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas"), ("|", "bars"))
ALIKE = 0.7  # of 1: so like a column's name that it is meant for one


def not_a_header(table: str, cells: Sequence[str], at: Location) -> Issue | None:
    """One message where the first line is no header at all: other separators, or a row. `at` is the whole line."""
    names = columns_of(table)
    for sign, called in SEPARATORS:
        if sum(cell.strip() in names for cell in at.text.split(sign)) > 1:
            remedy = "Save it as CSV with commas between the cells, decimal points and UTF-8. The rest of the file was not read."
            return finding("P003", f"the cells of {at.file} are separated by {called}, not by commas", at, remedy)
    near = [cell for cell in cells if get_close_matches(cell, names, 1, ALIKE)]
    if any(cell in names for cell in cells) or 2 * len(near) > len([cell for cell in cells if cell]):
        return None
    remedy = f"Put the header above the rows: {','.join(names)}. Columns that you do not need may be left out."
    return finding("P006", f"{at.file} has no header: its first line names none of its columns", at, remedy)


def otherwise_separated(at: Location, count: int) -> Issue | None:
    """What to say of a row (`at`: its whole line) that has `count` cells by another separator than the comma."""
    for sign, called in SEPARATORS:
        if at.text.count(sign) == count - 1 > 0:
            first = replace(at, column=at.text.index(sign) + 1, length=1)
            remedy = 'Write "," between the cells.' if sign == "\t" else f'Write "," instead of "{sign}".'
            return finding("P009", f"the cells of this line are separated by {called}", first, remedy)
    return None


def fits(table: str, cells: Collection[str]) -> bool:
    """True if the header has every required column and no other than the table's: only then do rows say what they mean."""
    return not missing(table, cells) and set(cells) <= set(columns_of(table))


def missing(table: str, cells: Collection[str]) -> list[Field]:
    """Required columns that are not there, nor what does instead of them."""
    return [field for field in FIELDS_OF[table] if field.required and not {field.name, field.unless} & set(cells)]


def misspelt(table: str, found: Collection[str]) -> bool:
    """True if a column has no name, or something is called almost like a column or key that is not there: its value would silently be missing."""
    names = columns_of(table)
    absent = [name for name in names if name not in found]
    return "" in found or any(closest(name, absent) for name in found if name not in names)


def columns_of(table: str) -> list[str]:
    """The names of a table's columns or keys, in the schema's order."""
    return [field.name for field in FIELDS_OF[table]]
