"""Where inside a shift do tariff band and assay change, and what did a bill's driver do between (Q9, Q5, L1)?

A bill tells no hours; its driver does. A stretch is a time inside one shift in which neither band nor assay changes; the driver in it says
how much of the shift's share belongs to that band, and under which assay it is paid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from shiftledger.core.issue import Issue
from shiftledger.core.period import Span, iso
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector
from shiftledger.core.units import UnitError, conversion
from shiftledger.plant.model import Allocation, Meter, Plant, valid_on
from shiftledger.plant.roster import Shift
from shiftledger.quantities.assays import Basis
from shiftledger.quantities.bands import UNKNOWN, BandCodes, teller_of
from shiftledger.quantities.course import readings_behind
from shiftledger.quantities.drivers import DRIVERS
from shiftledger.quantities.gauges import Gauge, SeriesByTag, lab_of, priced, readings_of, rule_of
from shiftledger.quantities.kernel import Rule, gaps, held_pieces
from shiftledger.quantities.streams import reading_leaf
from shiftledger.readings.batch import Series


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a shift: its tariff band (UNKNOWN: none is known, or the material has none) and the driver in it.

    `assay`: the result that holds there, a leaf without a value where none does; None where the mass itself is paid for.
    """

    span: Span
    band: str
    driver: Node
    errors: ErrorVector
    assay: Node | None

    @property
    def size(self) -> float:
        """The driver; one that ran backwards counts nothing. # Q9"""
        return max(0.0, float(self.driver.value))

    @property
    def priced(self) -> bool:
        """Whether it is known what was paid for: where nothing was driven nothing was carried, with or without an assay. # Q5"""
        return self.assay is None or self.assay.value is not None or self.size == 0


@dataclass(frozen=True, slots=True)
class Stretched:
    """The stretches of one shift in order of time, whether the driver is open in one of them, and whether anything of it is known."""

    stretches: tuple[Stretch, ...]
    partial: bool
    told: bool

    def of_band(self, band: str) -> Stretched:
        """Those in which a band held; where it is not known which one did, it may have been this one."""
        own = tuple(one for one in self.stretches if one.band == band)
        return Stretched(own, self.partial or any(one.band == UNKNOWN for one in self.stretches), self.told and bool(own))


def stretched(
    plant: Plant, gauge: Gauge, rule: Allocation, shift: Shift, cell: Span, series: SeriesByTag, edges: Sequence[int] = ()
) -> Stretched:
    """The stretches of `cell` (a shift's part of a bill's period), cut at `edges` (us) too, with the rule's driver in each. # Q9"""
    bands, assays = banded(plant, gauge, shift.day, cell, series), assayed_spans(plant, gauge, shift.day, cell, series)
    cuts = {at for span, _ in (*bands, *assays) for at in (span.start, span.end)} | {
        at for at in edges if cell.start < at < cell.end
    }
    spans = [Span(start, end) for start, end in pairwise(sorted(cuts))]
    named = [
        shift if span == cell else replace(shift, id=f"{shift.id} from {iso(span.start)} to {iso(span.end)}") for span in spans
    ]
    driven, partial, told = DRIVERS[rule.driver](plant, gauge, rule, named, spans, series)
    made = [
        Stretch(span, _at(bands, span.start) or UNKNOWN, node, errors, _at(assays, span.start))
        for span, (node, errors) in zip(spans, driven, strict=True)
    ]
    return Stretched(tuple(made), partial, told)


def banded(plant: Plant, gauge: Gauge, day: date, cell: Span, series: SeriesByTag) -> list[tuple[Span, str]]:
    """`cell` by tariff band in order of time; UNKNOWN where no code holds, and for a material without bands. # Q3"""
    if not gauge.material.band_state or not cell.length:
        return [(cell, UNKNOWN)]
    teller = band_teller(plant, gauge, day)
    if isinstance(teller, Issue):
        return [(cell, UNKNOWN)]
    held = held_pieces(readings_of(teller, series), cell, rule_of(teller))
    names = _names(teller.codes)
    rows = zip(held.start.tolist(), held.end.tolist(), held.y0.tolist(), strict=True)
    told = [(Span(start, end), names.get(code, UNKNOWN)) for start, end, code in rows]
    found: list[tuple[Span, str]] = []
    for span, band in sorted((*told, *((hole, UNKNOWN) for hole in gaps(held, cell))), key=lambda row: row[0].start):
        if found and found[-1][1] == band:
            found[-1] = (Span(found[-1][0].start, span.end), band)
        else:
            found.append((span, band))
    return found


def band_teller(plant: Plant, gauge: Gauge, day: date) -> Meter | Issue:
    """The meter that tells the bands on a day of a bill's period. # T4"""
    return teller_of(gauge, tuple(meter for meter in plant.meters if valid_on(meter, day)))


def _names(band_codes: BandCodes) -> dict[float, str]:
    return {float(code): text for text, code in sorted(band_codes, key=lambda pair: (pair[1], pair[0]), reverse=True)}


def assayed_spans(plant: Plant, gauge: Gauge, day: date, cell: Span, series: SeriesByTag) -> list[tuple[Span, Node | None]]:
    """`cell` by the sample that holds, as nodes in the laboratory's unit, in order of time; None where the mass is paid for. # Q5"""
    if gauge.basis is None or not cell.length:
        return [(cell, None)]
    looked = laboratory(plant, gauge, day)
    if looked is None:
        return [(cell, Node(f"{gauge.stream.id}: no laboratory", None, clause="I8", at=str(gauge.meter.at)))]
    lab, basis = looked
    assays = readings_of(lab, series)
    held = held_pieces(assays, cell, basis.rule)
    found: list[tuple[Span, Node | None]] = []
    for start, end, value in zip(held.start.tolist(), held.end.tolist(), held.y0.tolist(), strict=True):
        span = Span(start, end)
        leaf = reading_leaf(readings_behind(assays, span, basis.rule), lab.unit, str(lab.at))
        args = (("start", start), ("end", end), ("rule", basis.rule), ("basis", basis))
        label = f"{lab.tag} from {iso(start)} to {iso(end)}"
        found.append(
            (
                span,
                Node(
                    label,
                    float(basis.part(np.array([value]))[0]),
                    "" if basis.dry else lab.unit,
                    "paid_part",
                    args,
                    (leaf,),
                    "Q5",
                    str(lab.at),
                ),
            )
        )
    for hole in gaps(held, cell):
        label = f"no assay of {lab.tag} from {iso(hole.start)} to {iso(hole.end)}"
        found.append((hole, Node(label, None, lab.unit, clause="I8", at=str(lab.at))))
    return sorted(found, key=lambda row: row[0].start)


def laboratory(plant: Plant, gauge: Gauge, day: date) -> tuple[Meter, Basis] | None:
    """The laboratory of the stream on a day of a bill's period, in the units of the gauge's own. # T4, Q8"""
    assert gauge.lab is not None
    assert gauge.basis is not None
    if valid_on(gauge.lab, day):
        return gauge.lab, gauge.basis
    meters = [meter for meter in plant.meters if meter.stream == gauge.stream.id and valid_on(meter, day)]
    lab = lab_of(gauge.material, meters, f'stream "{gauge.stream.id}"', gauge.stream.at)
    if not isinstance(lab, Meter):
        return None
    try:
        basis = priced(gauge.rule, gauge.meter.unit, gauge.material, lab)[1]
        assert basis is not None
        return lab, basis if basis.dry else replace(basis, factor=conversion(lab.unit, gauge.lab.unit))
    except UnitError:
        return None


def _at(rows: Sequence[tuple[Span, Any]], at: int) -> Any:
    return next((what for span, what in rows if span.start <= at < span.end), None)


# What the stretches make together.


def band_driver(
    plant: Plant, gauge: Gauge, shift: Shift, cell: Span, series: SeriesByTag, band: str, stretches: Sequence[Stretch]
) -> Node:
    """The driver in a band's stretches of `cell`, over what the state told of the bands there. # I7"""
    teller = band_teller(plant, gauge, shift.day)
    assert isinstance(teller, Meter)
    rule = rule_of(teller)
    leaf = reading_leaf(readings_behind(readings_of(teller, series), cell, rule), teller.unit, str(teller.at))
    nodes = tuple(one.driver for one in stretches)
    args = (
        *(("starts", tuple(one.span.start for one in stretches)), ("rule", rule)),
        *(("band_codes", teller.codes), ("band", band)),
    )
    value = driver_in_band(leaf.value, *(node.value for node in nodes), **dict(args))  # type: ignore[arg-type]
    label = f"driver in band {band or '?'}, {shift.id}"
    return Node(label, value, nodes[0].unit if nodes else "", "driver_in_band", args, (leaf, *nodes), "Q9", str(teller.at))


def paid_node(label: str, driver: Node, stretches: Sequence[Stretch]) -> Node:
    """`driver` x the mean part that is paid for over its stretches: what of it carries the component, by known assays. # Q5, Q9"""
    pairs = [node for one in stretches if one.assay is not None for node in (one.driver, one.assay)]
    children = tuple(pairs) if len(pairs) == 2 else (driver, *pairs)
    counted = next((one.assay.unit for one in stretches if one.assay is not None and one.assay.unit), "")
    unit = f"{driver.unit} x {counted}" if counted else driver.unit
    return Node(label, paid_driver(*(node.value for node in children)), unit, "paid_driver", (), children, "Q5")


def by_band(stretches: Iterable[Stretch], order: Sequence[str]) -> Iterator[tuple[str, tuple[Stretch, ...]]]:
    """The stretches band by band: the tariff's in `order`, the unknown last; a band of which no assay is known has no place. # I8"""
    found: dict[str, list[Stretch]] = {}
    for one in stretches:
        found.setdefault(one.band, []).append(one)
    for band in (*order, UNKNOWN):
        if any(one.priced for one in found.get(band, ())):
            yield band, tuple(found[band])


# Operations of traces. # I7


def paid_part(assays: Series, *, start: int, end: int, rule: Rule, basis: Basis) -> float:
    """What part of the mass is paid for by the assay that holds in [start, end). # Q5"""
    return float(basis.part(held_pieces(assays, Span(start, end), rule).y0)[0])


def driver_in_band(
    states: Series, *drivers: float, starts: tuple[int, ...], rule: Rule, band_codes: BandCodes, band: str
) -> float:
    """The driver in those stretches, by their starts (us), in which the state tells the band. # L1"""
    names = _names(band_codes)
    held = (held_pieces(states, Span(at, at + 1), rule).y0.tolist() for at in starts)
    told = (names.get(codes[0], UNKNOWN) if codes else UNKNOWN for codes in held)
    return math.fsum(driver for driver, name in zip(drivers, told, strict=True) if name == band)


def paid_driver(*values: float | None) -> float:
    """driver x the mean of the paid parts by the driver: [driver,] then by stretch its driver and its part, None where no assay holds.

    A stretch without an assay carries nothing that is known, and a driver that ran backwards counts nothing. # Q5, I8

    >>> paid_driver(40.0, 30.0, 0.2, 10.0, None), paid_driver(30.0, 0.2)
    (6.0, 6.0)
    """
    pairs = values[len(values) % 2 :]
    sizes = [max(0.0, float(size or 0.0)) for size in pairs[::2]]
    total = math.fsum(sizes)
    if not total:
        return 0.0
    driver = values[0] or 0.0
    carried = math.fsum(size * part for size, part in zip(sizes, pairs[1::2], strict=True) if part is not None)
    return max(0.0, float(driver)) * carried / total


OPERATIONS: tuple[tuple[str, Callable[..., Any]], ...] = (
    *(("paid_part", paid_part), ("paid_driver", paid_driver)),
    ("driver_in_band", driver_in_band),
)
