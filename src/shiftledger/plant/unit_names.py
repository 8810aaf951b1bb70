"""What formulas and standards call the hours of a unit (Q3, N1): `running.<unit>`, `halted.<unit>`, `halt.<cause>.<unit>` and
`unknown.<unit>` in hours, and `starts.<unit>`."""

from __future__ import annotations

from collections.abc import Iterable

from shiftledger.plant.model import CAUSES, UNCLASSED

STARTS = "starts"
PLAIN = ("running", "halted", "unknown", STARTS)


def unit_figure(name: str) -> tuple[str, str] | None:
    """(figure of `UnitTime.nodes`, unit) of a name, whether or not there is such a unit; None if it is no such name.

    >>> unit_figure("halt.mechanical.mill-1"), unit_figure("starts.mill-1"), unit_figure("stream.ore")
    (('halt/mechanical', 'mill-1'), ('starts', 'mill-1'), None)
    """
    kind, _, key = name.partition(".")
    if kind == "halt":
        cause, _, unit = key.partition(".")
        return (f"halt/{cause}", unit) if cause in (*CAUSES, UNCLASSED) and unit else None
    return (kind, key) if kind in PLAIN and key else None


def figure_names(units: Iterable[str]) -> frozenset[str]:
    """Every name that the units give."""
    kinds = (*PLAIN, *(f"halt.{cause}" for cause in (*CAUSES, UNCLASSED)))
    return frozenset(f"{kind}.{unit}" for unit in units for kind in kinds)


def figure_unit(name: str) -> str:
    """The unit of measurement: hours, or a plain number of starts."""
    return "1" if name.partition(".")[0] == STARTS else "h"
