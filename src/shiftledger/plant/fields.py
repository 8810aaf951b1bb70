"""What a table and a field of the plant's text are: the types in which `plant/schema.py` is written."""

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
    """One key or column. `default` is the parsed value that a blank stands for."""

    table: str
    name: str
    attribute: str = ""
    type: Type = "text"
    required: bool = False
    default: Any = ""
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    display: bool = False
    doc: str = ""

    @property
    def target(self) -> str:
        return self.attribute or self.name


def dated(table: str) -> tuple[Field, ...]:
    """The two fields of a row that holds for a time only. # T4"""
    return (
        Field(table, "valid_from", type="date", default=None, doc=FROM),
        Field(table, "valid_to", type="date", default=None, doc=TO),
    )


FROM = "First production day on which the row holds; blank: always."
TO = "Last production day; blank: until further notice."
