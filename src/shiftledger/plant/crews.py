"""The cells of a shift in which the same crews are on duty at both ends of a stream (T3: posting grain is shift x crew interval)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shiftledger.core.period import Span
from shiftledger.plant.model import Plant, Stream
from shiftledger.plant.roster import CrewInterval


def crew_cells(span: Span, rosters: Sequence[Sequence[CrewInterval]]) -> tuple[tuple[str, Span], ...]:
    """`span` cut wherever one of the rosters changes crew: (crews joined by a blank, cell) in time order; one cell if none does."""
    if not span.length:
        return ((" ".join(dict.fromkeys(i.crew for roster in rosters for i in roster if i.crew)), span),)
    cuts = sorted({span.start, span.end, *(i.span.start for r in rosters for i in r), *(i.span.end for r in rosters for i in r)})
    cuts = [cut for cut in cuts if span.start <= cut <= span.end]
    cells: list[tuple[str, Span]] = []
    for start, end in pairwise(cuts):
        on_duty = [i.crew for roster in rosters for i in roster if i.span.start <= start < i.span.end and i.crew]
        label = " ".join(dict.fromkeys(on_duty))
        if cells and cells[-1][0] == label:
            cells[-1] = (label, Span(cells[-1][1].start, end))
        else:
            cells.append((label, Span(start, end)))
    return tuple(cells)


def areas_of(plant: Plant, stream: Stream) -> tuple[str, ...]:
    """The areas at the two ends of a stream, from first, each once."""
    ends = (plant.units[end].area for end in (stream.source, stream.target) if end in plant.units)
    return tuple(dict.fromkeys(ends))
