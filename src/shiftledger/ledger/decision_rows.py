"""Decisions about readings as rows of a day's result: what was decided and because of what, without where it stands (I5, R4).

Load sequence and line of a reading are provenance: they are shown by `explain`, which computes the day again, and are no part of what
a seal covers. Instants, values and qualities are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shiftledger.core.canon import canonical_text
from shiftledger.plant.crews import areas_of
from shiftledger.plant.model import Plant
from shiftledger.quantities.decisions import Decision
from shiftledger.quantities.quantity import Quantity, ShiftQuantities

# The columns of a row, in order. `subject` is stream | opening | closing | condition | assay, `id` the figure's.
COLUMNS = ("shift", "subject", "id", "kind", "about", "start", "end", "absent", "amount", "readings", "evidence")
Place = tuple[str, str]  # subject, id


def decision_rows(quantities: ShiftQuantities) -> Iterator[tuple[Any, ...]]:
    """A row for every decision of a shift."""
    shift = quantities.shift.id
    for (subject, key), quantity in figures_of(quantities):
        for told in quantity.decisions:
            evidence = canonical_text([[one.ts, one.value, one.quality] for one in told.evidence])
            what = (told.kind, told.about, told.start, told.end, told.amount is None, told.amount or 0.0, told.readings, evidence)
            yield (shift, subject, key, *what)


def figures_of(quantities: ShiftQuantities) -> Iterator[tuple[Place, Quantity]]:
    """Every figure of a shift that can carry decisions, with its place, in order."""
    groups: tuple[tuple[str, Mapping[str, Quantity]], ...] = (
        ("stream", quantities.streams),
        ("opening", quantities.opening),
        ("closing", quantities.closing),
        ("condition", {f"{area}/{name}": q for (area, name), q in quantities.conditions.items()}),
        ("assay", {f"{stream}/{name}": q for (stream, name), q in quantities.assays.items()}),
    )
    for subject, group in groups:
        for key in sorted(group):
            yield (subject, key), group[key]


def concerned(plant: Plant, place: Place) -> tuple[str, ...]:
    """The areas whose statement a figure enters: the ends of a stream, the holder of a stock or (the site's) its neighbours."""
    subject, key = place
    if subject == "condition":
        return (key.partition("/")[0],)
    if subject == "assay":
        return concerned(plant, ("stream", key.partition("/")[0]))
    if subject == "stream":
        return tuple(sorted(areas_of(plant, plant.streams[key]))) if key in plant.streams else ()
    stock = plant.stocks.get(key)
    if stock is None:
        return ()
    if stock.held_by in plant.areas:
        return (stock.held_by,)
    beside = (stream for stream in plant.streams.values() if key in (stream.source, stream.target))
    return tuple(sorted({area for stream in beside for area in areas_of(plant, stream)}))


def counted_by_area(plant: Plant, rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many decisions there are for each area; one that several figures rest on counts once. `rows`: of one shift, by column."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows:
        for area in concerned(plant, (row["subject"], row["id"])):
            found.setdefault(area, set()).add((row["kind"], row["about"], row["start"], row["end"], row["evidence"]))
    return {area: len(found[area]) for area in sorted(found)}


def told_once(places: Iterable[tuple[Place, Quantity]]) -> tuple[tuple[tuple[str, ...], Decision], ...]:
    """The decisions of some figures in order of time, each once, with the figures ("stream feed") that rest on it.

    Where a shift is made of several parts, a decision that touches more than one of them booked the sum of what it booked in each.
    """
    found: dict[tuple[Any, ...], dict[str, list[Decision]]] = {}
    for (subject, key), quantity in places:
        for told in quantity.decisions:
            seen = tuple(one.ts for one in told.evidence)  # two lots may last equally long
            same = found.setdefault((told.start, told.end, told.about, told.kind, seen), {})
            same.setdefault(f"{subject} {key}", []).append(told)
    return tuple((tuple(found[key]), _whole(next(iter(found[key].values())))) for key in sorted(found))


def _whole(parts: Sequence[Decision]) -> Decision:
    """One decision from what it did to one figure in the parts of a shift."""
    booked = [part.amount for part in parts if part.amount is not None]
    return replace(parts[0], amount=math.fsum(booked) if booked else None)
