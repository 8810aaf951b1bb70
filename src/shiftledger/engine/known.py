"""Readings of a window as any set of batches knows them, with confirmed suspects marked bad (R2, R5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from shiftledger.acts.acts import Act
from shiftledger.acts.event_fields import INSTANT
from shiftledger.acts.events import Event, standing
from shiftledger.acts.exclusions import lifted
from shiftledger.core.period import Span
from shiftledger.ledger.knowledge import Timeline
from shiftledger.plant.model import Plant
from shiftledger.quantities.gauges import Known
from shiftledger.quantities.reach import heeded
from shiftledger.readings.batch import BAD, BatchRecord, Series
from shiftledger.readings.quality import Rows, resolve


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of a span as stored, and the batches that touch it."""

    plant: Plant
    rows: Rows
    timeline: Timeline
    acts: tuple[Act, ...]
    cache: dict[tuple[frozenset[int], int], Mapping[str, Series]] = field(default_factory=dict)
    contents: dict[tuple[frozenset[int], int, int], str] = field(default_factory=dict)
    happened: dict[int, tuple[Event, ...]] = field(default_factory=dict)

    def series(self, batches: frozenset[int], act: int) -> Mapping[str, Series]:
        """Each tag's series from these batches, suspects known at act number `act` marked bad; kept for the next caller."""
        key = (batches, act)
        if key not in self.cache:
            known = resolve(self.rows, batches)
            self.cache[key] = Known({tag: with_suspects(one, self.acts, act) for tag, one in known.items()})
        return self.cache[key]

    def events(self, act: int) -> tuple[Event, ...]:
        """The events that stood at act number `act`; kept for the next caller. # R5"""
        if act not in self.happened:
            self.happened[act] = standing(self.acts, act)
        return self.happened[act]


def window_of(plant: Plant, rows: Rows, records: Iterable[BatchRecord], acts: tuple[Act, ...]) -> Window:
    """A window with only the batches that have rows in it, so that others make no new state of knowledge."""
    touching = set(np.unique(rows.batch).tolist())
    timeline = Timeline(tuple(r for r in records if r.seq in touching), plant.settings.lab_cutoff)
    return Window(plant, rows, timeline, acts)


def with_suspects(series: Series, acts: Iterable[Act], upto: int) -> Series:
    """The series with the readings of confirmed suspect periods marked bad: they cover nothing, they are not zero. # R5, I8"""
    value, quality = series.value, series.quality
    told = tuple(act for act in acts if act.kind in ("suspect", "lift") and act.seq <= upto)
    gone = lifted(told)
    for act in told:
        if act.kind != "suspect" or act.seq in gone or act.body.get("tag") != series.tag:
            continue
        start, end = act.body.get("start", ""), act.body.get("end", "")
        if not (INSTANT.fullmatch(start) and INSTANT.fullmatch(end)):  # somebody changed the act: `verify_acts` names it
            continue
        inside = (series.ts >= int(start)) & (series.ts < int(end))
        if inside.any():
            value = np.where(inside, np.nan, value)
            quality = np.where(inside, np.int8(BAD), quality)
    if quality is series.quality:
        return series
    return Series(series.tag, series.ts, value, quality, series.batch, series.row)


def content_of(window: Window, batches: frozenset[int], act: int, spans: Mapping[str, Span], day: Span) -> str:
    """Hash of what these batches say of each tag in its span, as far as it counts: instants, values, qualities; no line and no batch numbers."""
    key = (batches, act, next(iter(spans.values()), Span(0, 0)).start)
    if key not in window.contents:
        digest = hashlib.sha256()
        series = window.series(batches, act)
        near = {tag: series[tag].between(span.start, span.end) for tag, span in spans.items()}
        for tag in spans:
            part = heeded(window.plant, day, near, tag)
            if len(part):
                digest.update(f"{tag}\n{len(part)}\n".encode())
                digest.update(np.ascontiguousarray(part.ts, "<i8").tobytes())
                digest.update(np.ascontiguousarray(part.value, "<f8").tobytes())
                digest.update(np.ascontiguousarray(part.quality, "i1").tobytes())
        window.contents[key] = digest.hexdigest()
    return window.contents[key]
