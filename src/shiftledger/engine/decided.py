"""Which decisions about readings lie behind a figure or a shift, and which acts of people behind those (R4, R5, I7)?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shiftledger.acts.acts import Act
from shiftledger.acts.event_fields import INSTANT
from shiftledger.acts.exclusions import lifted
from shiftledger.core.trace import Node
from shiftledger.ledger.decision_rows import Place, concerned, figures_of, told_once
from shiftledger.pipeline import DayBooks
from shiftledger.plant.model import Plant
from shiftledger.quantities.decisions import Decision
from shiftledger.quantities.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with the figures that rest on it ("stream feed"), the unit of its amount, and the suspects that somebody confirmed."""

    figures: tuple[str, ...]
    decision: Decision
    unit: str = ""
    acts: tuple[Act, ...] = ()


def decided_in(plant: Plant, books: DayBooks, shift: str, area: str | None, acts: Iterable[Act]) -> tuple[Told, ...]:
    """Every decision of a shift (of one area: those behind its figures), in order of time, each once."""
    own = (one.cells for (name, of_area), one in books.areas.items() if name == shift and area in (None, of_area))
    parts = {shift, *(cell for cells in own for cell in cells)}
    places = [
        (place, quantity)
        for quantities in books.figures
        if quantities.shift.id in parts
        for place, quantity in figures_of(quantities)
        if area is None or area in concerned(plant, place)
    ]
    return _told(plant, places, acts)


def decided_below(plant: Plant, books: Iterable[DayBooks], node: Node, acts: Iterable[Act]) -> tuple[Told, ...]:
    """The decisions behind a figure: of the quantities that its tree holds."""
    below = _ids(node)
    days = [quantities for day in books for quantities in day.figures]
    places = [(place, one) for quantities in days for place, one in figures_of(quantities) if id(one.node) in below]
    return _told(plant, places, acts)


def _ids(node: Node) -> set[int]:
    """The nodes of a tree, each once however often it is shared."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            waiting += one.children
    return seen


def _told(plant: Plant, places: list[tuple[Place, Quantity]], acts: Iterable[Act]) -> tuple[Told, ...]:
    told_acts = tuple(acts)
    gone = lifted(told_acts)
    suspects = [act for act in told_acts if act.kind == "suspect" and act.seq not in gone]
    return tuple(
        Told(figures, told, _unit(plant, figures[0]), tuple(act for act in suspects if told.kind == "bad" and _names(act, told)))
        for figures, told in told_once(places)
    )


def _unit(plant: Plant, figure: str) -> str:
    """The unit of a stream's amounts; nothing else has an amount."""
    subject, _, key = figure.partition(" ")
    stream = plant.streams.get(key) if subject == "stream" else None
    return plant.materials[stream.material].unit if stream else ""


def _names(act: Act, told: Decision) -> bool:
    """Whether the act says of a reading of the decision that it is bad. # R5"""
    start, end = act.body.get("start", ""), act.body.get("end", "")
    if act.body.get("tag") != told.about or not (INSTANT.fullmatch(start) and INSTANT.fullmatch(end)):
        return False
    return any(int(start) <= one.ts < int(end) for one in told.evidence)
