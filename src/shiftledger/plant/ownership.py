"""Whose shift is a lot that a boundary cuts? The rule of the one unit that says so (Q10)."""

from __future__ import annotations

from shiftledger.plant.model import Plant, Stream, Unit, valid_on

END, START, TIME_SPLIT, STAGE = "end", "start", "time-split", "stage"


def owner_of(plant: Plant, stream: Stream) -> Unit | None:
    """The unit whose `ownership` holds for the lots of a stream: the one at its ends that declares a rule. # Q10

    None where no unit declares one, so a lot belongs where it ends. Units of both ends that declare different rules are refused by
    a check; here the source's goes first.
    """
    ends = (plant.units[node] for node in (stream.source, stream.target) if node in plant.units)
    return next((unit for unit in ends if unit.ownership), None)


def at_odds(plant: Plant, stream: Stream) -> tuple[Unit, Unit] | None:
    """The two units at the stream's ends if they give its lots different rules on some day. # Q10"""
    source, target = plant.units.get(stream.source), plant.units.get(stream.target)
    if source is None or target is None or not source.ownership or not target.ownership:
        return None
    days = [row.valid_from for row in (source, target, stream) if row.valid_from]
    latest = max(days, default=None)
    together = latest is None or all(valid_on(row, latest) for row in (source, target, stream))
    same = (source.ownership, source.stages) == (target.ownership, target.stages)
    return None if same or not together else (source, target)
