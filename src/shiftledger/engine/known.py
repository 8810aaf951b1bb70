"""Readings of a window as any set of batches knows them, with confirmed suspects marked bad (R2, R5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from shiftledger.acts.acts import Act
from shiftledger.core.canon import content_hash
from shiftledger.core.period import Span
from shiftledger.ledger.knowledge import Knowledge, Timeline
from shiftledger.plant.model import Plant
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

    def series(self, batches: frozenset[int], act: int) -> Mapping[str, Series]:
        """Each tag's series from these batches, suspects known at act number `act` marked bad; kept for the next caller."""
        key = (batches, act)
        if key not in self.cache:
            self.cache[key] = {tag: _with_suspects(one, self.acts, act) for tag, one in resolve(self.rows, batches).items()}
        return self.cache[key]


def window_of(plant: Plant, rows: Rows, records: Iterable[BatchRecord], acts: tuple[Act, ...]) -> Window:
    """A window with only the batches that have rows in it, so that others make no new state of knowledge."""
    touching = set(np.unique(rows.batch).tolist())
    timeline = Timeline(tuple(r for r in records if r.seq in touching), plant.settings.lab_cutoff)
    return Window(plant, rows, timeline, acts)


def _with_suspects(series: Series, acts: Iterable[Act], upto: int) -> Series:
    """The series with the readings of confirmed suspect periods marked bad: they cover nothing, they are not zero. # R5, I8"""
    value, quality = series.value, series.quality
    for act in acts:
        if act.kind != "suspect" or act.seq > upto or act.body.get("tag") != series.tag:
            continue
        inside = (series.ts >= int(act.body["start"])) & (series.ts < int(act.body["end"]))
        if inside.any():
            value = np.where(inside, np.nan, value)
            quality = np.where(inside, np.int8(BAD), quality)
    if quality is series.quality:
        return series
    return Series(series.tag, series.ts, value, quality, series.batch, series.row)


def acts_touching(acts: Iterable[Act], span: Span, known: Knowledge) -> list[str]:
    """Hashes of the acts that a day's result may depend on: suspects in its window. Approvals and settlements enter as what they allow."""
    return [
        act.hash
        for act in acts
        if act.kind == "suspect"
        and act.seq <= known.act
        and int(act.body["start"]) < span.end
        and int(act.body["end"]) > span.start
    ]


def layers_of(window: Window, known: Knowledge, opening: int, ends: Iterable[int]) -> list[frozenset[int]]:
    """The sets of batches that the day's boundaries and shifts are computed from, in order."""
    line = window.timeline
    layers = [line.boundary(known, opening, opening=True, original=original) for original in (True, False)]
    for end in ends:
        layers += [line.original(known, end), line.in_time(known, end)]
    return layers


def trimmed(
    window: Window, span: Span, known: Knowledge, kept: tuple[tuple[int, str], ...], opening: int, ends: Iterable[int]
) -> Knowledge:
    """`known` without a fresh step that changes nothing for this day: then no result came too late for it. # L6"""
    if known.steps == kept:
        return known
    late = _content(window.series(window.timeline.everything(known.steps[-1][0]), known.act), span)
    layers = layers_of(window, known, opening, ends)[1::2]
    if any(_content(window.series(batches, known.act), span) != late for batches in dict.fromkeys(layers)):
        return known
    return replace(known, steps=kept)


def input_hash(window: Window, governing: str, span: Span, known: Knowledge, opening: int, ends: Iterable[int]) -> str:
    """What a day was computed from: governing rows, readings of its window in each state of knowledge, acts (L7).

    `span` is the day with its halo, `opening` its first instant, `ends` the ends of its shifts. No line numbers, no batch numbers:
    the same knowledge gives the same hash however it arrived.
    """
    layers = [*layers_of(window, known, opening, ends), *(window.timeline.everything(watermark) for watermark, _ in known.steps)]
    contents = {batches: _content(window.series(batches, known.act), span) for batches in dict.fromkeys(layers)}
    return content_hash(
        [
            governing,
            [contents[b] for b in layers],
            acts_touching(window.acts, span, known),
            dict(known.fixed),
            [m for _, m in known.steps],
        ]
    )


def _content(series: Mapping[str, Series], span: Span) -> str:
    digest = hashlib.sha256()
    for tag in sorted(series):
        part = series[tag].between(span.start, span.end)
        if len(part):
            digest.update(f"{tag}\n{len(part)}\n".encode())
            digest.update(np.ascontiguousarray(part.ts, "<i8").tobytes())
            digest.update(np.ascontiguousarray(part.value, "<f8").tobytes())
            digest.update(np.ascontiguousarray(part.quality, "i1").tobytes())
    return digest.hexdigest()
