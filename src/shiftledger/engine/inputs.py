"""What a day is computed from, as one hash, and whether any result came too late for it (L6, L7).

Governing rows of the plant's text, the readings its flows can depend on and its boundary values, in each state of knowledge, and
the open months of late rows. The same knowledge gives the same hash however it arrived: no line numbers, no batch numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from shiftledger.acts.event_fields import HALT
from shiftledger.acts.events import touching
from shiftledger.acts.exclusions import exclusions
from shiftledger.core.canon import canonical, content_hash
from shiftledger.core.period import Span
from shiftledger.engine.known import Window, content_of
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.savings import jobs_begun
from shiftledger.pipeline import bookings_known, boundaries_known
from shiftledger.plant.cells import cells_of
from shiftledger.plant.governing import governing, governing_hash
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.roster import day_span
from shiftledger.quantities.halts import claims
from shiftledger.quantities.reach import changes_near, reach


def input_of(plant: Plant, day: date, window: Window, known: Knowledge) -> str:
    """The day's input hash at the watermarks of `known`. # L7"""
    layers = [_layer(plant, day, window, known, original=original) for original in (True, False)]
    late = [_late(plant, day, window, known, batch, act) for batch, act, _ in known.steps]
    rows = [governing_hash(governing(plant, day)), changes_near(plant, day)]
    return content_hash([rows, layers, late, known.fixed, known.prices, [month for _, _, month in known.steps]])


def trimmed(plant: Plant, day: date, window: Window, known: Knowledge, kept: tuple[tuple[int, int, str], ...]) -> Knowledge:
    """`known` without its newest step if that adds nothing to the `kept` ones: then no result came too late for the day. # L6

    The steps together bring the rows from what was known in time to what the last one knew. Where a step was kept, it is that one that
    the newest is compared with: if the cutoff was raised since, what it posted as prior period counts in its shift by now, and only the
    newest step takes it back.
    """
    if known.steps == kept or not known.steps:
        return known
    reached = _late(plant, day, window, known, *kept[-1][:2]) if kept else _layer(plant, day, window, known, original=False)
    batch, act, _ = known.steps[-1]
    return replace(known, steps=kept) if reached == _late(plant, day, window, known, batch, act) else known


def _layer(plant: Plant, day: date, window: Window, known: Knowledge, *, original: bool) -> list[object]:
    """Readings by shift and boundary values, as the day knew them at first or in time."""
    line, spans = window.timeline, reach(plant, day_span(plant, day))
    act = known.acts_original if original else known.acts_in_time
    cells = cells_of(plant, day)
    sets = [(line.original if original else line.in_time)(known, cells.known_until(cell)) for cell in cells.cells]
    bounds = boundaries_known(plant, day, window.series, line, known, original=original, events=window.events(act))
    bookings = bookings_known(plant, day, window.series, line, known, original=original)
    readings = [content_of(window, batches, act, spans, day_span(plant, day)) for batches in sets]
    return [readings, canonical(bounds), happened(plant, day, window, act), *_told(bookings)]


def _late(plant: Plant, day: date, window: Window, known: Knowledge, batch: int, act: int) -> list[object]:
    """The same from everything up to a batch and an act, whenever it became known."""
    line, spans = window.timeline, reach(plant, day_span(plant, day))
    everything = line.everything(batch)
    told = window.events(act)
    bounds = boundaries_known(
        plant, day, lambda _batches, _act: window.series(everything, act), line, known, original=False, events=told
    )
    bookings = bookings_known(plant, day, lambda _batches, _act: window.series(everything, act), line, known, original=False)
    readings = [content_of(window, everything, act, spans, day_span(plant, day)) for _ in cells_of(plant, day).cells]
    return [readings, canonical(bounds), happened(plant, day, window, act), *_told(bookings)]


def _told(bookings: Sequence[object]) -> list[object]:
    """Booked figures, where there are any: a plant without has the input hash that it always had."""
    return [canonical(bookings)] if bookings else []


def happened(plant: Plant, day: date, window: Window, act: int) -> list[list[object]]:
    """What the events that stood at `act` say of the day and of no other: by unit its halts, then whatever else happened. # R5, L7

    An event that goes on beyond the day counts with its part of it, so its end on a later day leaves this one as it is.
    """
    span = day_span(plant, day)
    wide = Span(span.start - 1, span.end)  # a halt that ends where the day begins makes its first start
    near = touching(window.events(act), wide)
    said: list[list[object]] = []
    for key, unit in sorted(plant.units.items()):
        own = [e for e in near if e.unit == key or e.area == unit.area]
        said += [[key, c.span.start, c.span.end, c.cause] for c in claims(own, wide) if valid_on(unit, day)]
    others = [e for e in near if e.kind != HALT and not e.job and e.span.clip(span).length]
    parts = [(e.unit, e.area, e.kind, e.span.clip(span), e.start >= span.start) for e in others]  # charged where it begins # L3
    jobs = [[e.area, e.start, e.job, e.qty, e.served, bool(e.verified_by)] for e in jobs_begun(near, span.start, span.end)]  # L8
    said += [["job", *job] for job in sorted(jobs)]
    left_out = exclusions(window.acts, act)  # they move no figure, and what was published says so # E5
    said += sorted(["excluded", one.area, one.shift, one.act] for one in left_out if one.day == str(day))
    return [*said, *([unit, area, kind, part.start, part.end, begun] for unit, area, kind, part, begun in sorted(parts))]
