"""What a row of the table of fields is (`plant/schema.py`), and the fields that many tables share: names and validity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Type = Literal[
    "text",
    "id",
    "choice",
    "flag",
    "integer",
    "number",
    "date",
    "time",
    "duration",
    "names",
    "codes",
    "crews",
    "columns",
    "slots",
    "shares",
    "words",
]


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of row: where it stands, what it becomes, and the attributes that tell one row from another on a given day."""

    name: str
    file: str  # a name, or a pattern such as prices/*.csv
    model: type
    key: tuple[str, ...] = ("id",)
    stem: str = ""  # attribute that the file's name fills
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One key or column. `default` is the parsed value that a blank stands for; `unless` names a field that does instead of a required one."""

    table: str
    name: str
    attribute: str = ""
    type: Type = "text"
    required: bool = False
    default: Any = ""
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    display: bool = False
    unless: str = ""
    doc: str = ""

    @property
    def target(self) -> str:
        return self.attribute or self.name


ZH, EN = "Name in Chinese.", "Name in English."
FROM, TO = "First production day on which the row holds; blank: always.", "Last production day; blank: until further notice."


def named(table: str) -> tuple[Field, ...]:
    return (Field(table, "name_zh", display=True, doc=ZH), Field(table, "name_en", display=True, doc=EN))


def dated(table: str) -> tuple[Field, ...]:
    return (
        Field(table, "valid_from", type="date", default=None, doc=FROM),
        Field(table, "valid_to", type="date", default=None, doc=TO),
    )
