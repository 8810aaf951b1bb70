"""Which figure does an address mean (I7)? The one of that path, else the only one that its words fit: ids with or without the kind of
account before them, or the names that the plant's text gives.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from shiftledger.core.trace import Node
from shiftledger.ledger.terms import KINDS as TERMS
from shiftledger.plant.model import Plant

KINDS = (*(f"{kind}:" for kind in TERMS), "area:", "saving:", "fixed:", "stock:", "site:", "outside:")
ALIKE = 0.6  # of difflib: how like a known address one must be to be told


def meant(tree: Mapping[str, Node], parts: Sequence[str], plant: Plant) -> str | None:
    """The address in the tree that these parts name: exactly, or as the only one whose words they are; else None. # I7"""
    address = "/".join(parts)
    if address in tree:
        return address
    names = _names(plant)
    wanted = [part.casefold() for part in parts]
    fitting = [key for key in tree if _fits(key.split("/"), wanted, names)]
    return fitting[0] if len(fitting) == 1 or len({id(tree[key]) for key in fitting}) == 1 else None


def closest(tree: Iterable[str], parts: Sequence[str]) -> list[str]:
    """At most three known addresses that are most like this one, whatever kind of account stands in them."""
    bare: dict[str, str] = {}
    for key in tree:
        bare.setdefault("/".join(_bare(part) for part in key.split("/")), key)
    near = difflib.get_close_matches("/".join(_bare(part) for part in parts), bare, 3, ALIKE)
    return [bare[one] for one in near]


def _fits(known: Sequence[str], wanted: Sequence[str], names: Mapping[str, frozenset[str]]) -> bool:
    return len(known) == len(wanted) and all(
        word == part.casefold() or word == _bare(part).casefold() or word in names.get(_bare(part), ())
        for part, word in zip(known, wanted, strict=True)
    )


def _bare(part: str) -> str:
    """An account without its kind: `wear` of `state:wear`."""
    return next((part.removeprefix(kind) for kind in KINDS if part.startswith(kind)), part)


def _names(plant: Plant) -> dict[str, frozenset[str]]:
    """What the plant's text calls its things, by id."""
    found: dict[str, set[str]] = {}
    things = (plant.areas, plant.materials, plant.streams, plant.stocks, plant.units, plant.indicators, plant.states)
    for table in things:
        for key, row in table.items():
            found.setdefault(key, set()).update(name.casefold() for name in (row.name_zh, row.name_en) if name)
    return {key: frozenset(names) for key, names in found.items()}
