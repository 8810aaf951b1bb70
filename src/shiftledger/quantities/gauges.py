"""How a stream or stock is measured at a time: its meter, the rule of its readings, its priced basis (Q8).

Definitions that do not allow one answer are Issues, never guesses: two meters for one stream, units that do not meet, a material
priced on a component that nobody finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import Span
from shiftledger.core.units import UnitError, conversion
from shiftledger.plant.model import Material, Meter, Plant, Stream
from shiftledger.plant.ownership import owner_of
from shiftledger.plant.roster import day_span, next_instant
from shiftledger.quantities import codes
from shiftledger.quantities.assays import Basis
from shiftledger.quantities.codes import found
from shiftledger.quantities.frozen import without_frozen
from shiftledger.quantities.kernel import Rule
from shiftledger.readings.batch import Series, empty_series
from shiftledger.readings.lots import LOT_KINDS, lots_of, number_of
from shiftledger.readings.samples import samples_of

FLOW_KINDS = ("rate", "counter", "interval", "lot", "booking")
COURSES = ("rate", "counter", "interval")  # the kinds that tell a course over time
MASS, DRY, MOISTURE = "mass", "dry", "moisture"

SeriesByTag = Mapping[str, Series]


class Known(dict[str, Series]):
    """What one state of knowledge says of each tag; `found` keeps what follows from it and is asked for again and again."""

    __slots__ = ("found",)

    def __init__(self, series: Mapping[str, Series]) -> None:
        super().__init__(series)
        self.found: dict[tuple[object, ...], Any] = {}


@dataclass(frozen=True, slots=True)
class Gauge:
    """How a stream is measured. `lab` and `basis` are None where the mass itself is paid for.

    `earlier`: the gauges of the meters that this one took over from on the same day, in order of time.
    """

    stream: Stream
    material: Material
    meter: Meter
    rule: Rule
    lab: Meter | None = None
    basis: Basis | None = None
    earlier: tuple[Gauge, ...] = ()

    @property
    def parts(self) -> tuple[Gauge, ...]:
        """One gauge a meter, in order of time. # Q2 (d)"""
        return (*self.earlier, replace(self, earlier=())) if self.earlier else (self,)

    def readings(self, series: SeriesByTag) -> Series:
        return readings_of(self.meter, series)

    def assays(self, series: SeriesByTag) -> tuple[Series, ...]:
        """The laboratory's readings, as one or none."""
        return (readings_of(self.lab, series),) if self.lab else ()


def readings_of(meter: Meter, series: SeriesByTag) -> Series:
    """What is known of a meter's tag; empty if nothing is."""
    if meter.kind in LOT_KINDS:
        return lots_of(meter.tag, series)
    if meter.kind == "lab" and meter.length:
        return samples_of(meter.tag, series, meter.max_hold)
    known = series.get(meter.tag)
    if known is None:
        return empty_series(meter.tag)
    return without_frozen(known, meter) if meter.max_same else known


def gauge_of(plant: Plant, stream: Stream, meters: Sequence[Meter], material: Material | None = None) -> Gauge | Issue | None:
    """The gauge of `stream` among the meters valid at a time; None if it has no meter, an Issue if the text allows no answer.

    A stream that follows another has that one's meters and its own laboratory; its share is in the rule's factor. # Q1

    `material` (the stream's own unless given) has the unit and the priced basis of the amounts.
    """
    own = [m for m in meters if m.stream == (stream.follows or stream.id) and m.kind in FLOW_KINDS]
    if not own:
        return None
    lives = sorted(((life_of(plant, m), m) for m in own), key=lambda pair: (pair[0].since or _BEFORE, pair[1].tag))
    starts = [life.since for life, _ in lives]
    if None in starts[1:] or len(set(starts)) < len(starts):
        return several(f'stream "{stream.id}"', own)
    material = material or plant.materials[stream.material]
    lab = lab_of(material, [m for m in meters if m.stream == stream.id], f'stream "{stream.id}"', stream.at)
    if told_as_paid(own[-1], material, lab):
        lab = None
    if isinstance(lab, Issue):
        return lab
    parts: list[Gauge] = []
    for life, meter in lives:
        part = _part(plant, stream, material, meter, lab, life)
        if isinstance(part, Issue):
            return part
        parts.append(part)
    return replace(parts[-1], earlier=tuple(parts[:-1])) if len(parts) > 1 else parts[0]


def by_stream(meters: Sequence[Meter]) -> dict[str, list[Meter]]:
    """Meters by the stream that they measure, in their order."""
    found: dict[str, list[Meter]] = {}
    for meter in meters:
        found.setdefault(meter.stream, []).append(meter)
    return found


def near_of(stream: Stream, meters: Mapping[str, Sequence[Meter]]) -> list[Meter]:
    """Of meters by stream, those of a stream and of the stream that it follows: all that `gauge_of` looks at."""
    return [meter for key in dict.fromkeys((stream.id, stream.follows)) if key for meter in meters.get(key, ())]


def meters_for(plant: Plant, stream: Stream, day: date) -> list[Meter]:
    """The meters of a stream on a day, and those of the stream that it follows."""
    return [meter for key in dict.fromkeys((stream.id, stream.follows)) if key for meter in plant.meters_of(day, stream=key)]


def _part(plant: Plant, stream: Stream, material: Material, meter: Meter, lab: Meter | None, life: Life) -> Gauge | Issue:
    """The gauge of one meter."""
    if meter.kind == "interval" and meter.length <= 0:
        message = f'interval meter "{meter.tag}" has no length'
        return found(codes.UNIT, message, meter.at, "Give the period that one reading covers, such as 15min.")
    try:
        flow = f"({meter.unit or '1'}) * h" if meter.kind == "rate" else meter.unit
        rule, basis = priced(_shared(plant, stream, rule_of(meter)), flow, material, lab)
    except UnitError as error:
        return unit_issue(meter, material, error)
    if stream.follows and stream.share is not None:
        rule = replace(rule, factor=rule.factor * float(stream.share))
    return Gauge(stream, material, meter, placed(rule, life), lab, basis)


# When a meter was in place. # Q2 (d), T4

_BEFORE = -(2**62)


@dataclass(frozen=True, slots=True)
class Life:
    """From when until when (us) a meter's readings are its stream's, as far as the text says; None: it does not say.

    `first`, `last`: its register then. `turns`: where rows of its tag follow each other without a declared change: a register that
    runs on is the same meter with other properties, one that does not is another.
    """

    since: int | None = None
    until: int | None = None
    first: Decimal | None = None
    last: Decimal | None = None
    turns: tuple[int, ...] = ()

    def near(self, span: Span) -> Life:
        """The part of it that readings inside `span` can notice. # L7"""
        since = self.since if self.since is not None and self.since > span.start else None
        until = self.until if self.until is not None and self.until <= span.end else None
        turns = tuple(turn for turn in self.turns if span.start <= turn <= span.end)
        return Life(since, until, self.first if since is not None else None, self.last if until is not None else None, turns)


def life_of(plant: Plant, meter: Meter) -> Life:
    """When a flow meter was in place. # Q2 (d)

    It begins at `changed_at` on its first day, or with a `first_register` at the beginning of that day; it ends where the next meter
    of its stream begins so, or with a `last_register` at the end of its last day.
    """
    if meter.kind not in COURSES:
        return Life()
    since = _begins(plant, meter)
    others = [m for m in plant.meters if m.stream == meter.stream and m.kind in COURSES and m != meter]
    later = [
        at
        for m in others
        if (at := _begins(plant, m)) is not None and at > (since if since is not None else _starts(plant, meter))
    ]
    until = min(later, default=None)
    if until is None and meter.last_register is not None and meter.valid_to is not None:
        until = day_span(plant, meter.valid_to).end
    same = [m for m in (meter, *others) if m.tag == meter.tag and m.valid_from and _begins(plant, m) is None]
    turns = tuple(sorted({day_span(plant, m.valid_from).start for m in same if m.valid_from})) if meter.kind == "counter" else ()
    return Life(since, until, meter.first_register, meter.last_register, turns)


def placed(rule: Rule, life: Life) -> Rule:
    """The rule of a meter with the time in which it was in place."""
    return replace(rule, since=life.since, until=life.until, first=life.first, last=life.last, turns=life.turns)


def _begins(plant: Plant, meter: Meter) -> int | None:
    """The declared instant at which the meter took over; None if the text does not say."""
    if meter.valid_from is None or (meter.changed_at is None and meter.first_register is None):
        return None
    start = day_span(plant, meter.valid_from).start
    return start if meter.changed_at is None else next_instant(plant.settings.zone, meter.changed_at, start)


def _starts(plant: Plant, meter: Meter) -> int:
    return day_span(plant, meter.valid_from).start if meter.valid_from else _BEFORE


def _shared(plant: Plant, stream: Stream, rule: Rule) -> Rule:
    """`rule` with what the stream's unit says about lots. # Q10"""
    unit = owner_of(plant, stream) if rule.kind == "lot" else None
    if unit is None:
        return rule
    return replace(rule, own=unit.ownership, stages=tuple((number_of(stage), part) for stage, part in unit.stages))


def rule_of(meter: Meter) -> Rule:
    """The rule of a meter's readings, its unit left aside; laboratory results, states and levels are held."""
    kind = meter.kind if meter.kind in FLOW_KINDS else "held"
    return Rule(kind, meter.integrate, meter.max_gap, meter.max_hold, meter.length, meter.modulus, meter.max_rate)


def priced(rule: Rule, unit: str, material: Material, lab: Meter | None) -> tuple[Rule, Basis | None]:
    """`rule` with the factor from `unit` to the material's unit, and the priced basis. UnitError if nothing leads there. # Q5, Q8

    Flow unit x assay unit (%, kg/t, g/L) must lead to the component's unit; moisture must be a plain number.
    """
    if lab is None:
        return replace(rule, factor=conversion(unit, material.unit)), None
    if lab.component != material.priced_on:
        return replace(rule, factor=conversion(unit, material.unit)), Basis(rule_of(lab), conversion(lab.unit, "1"), dry=True)
    joint = conversion(f"({unit or '1'}) * ({lab.unit or '1'})", material.unit)
    return replace(rule, factor=joint), Basis(rule_of(lab))


def told_as_paid(meter: Meter, material: Material, lab: Meter | Issue | None) -> bool:
    """Whether a bill is already of the component that is paid for: it says so, or its unit leads there without the laboratory's. # Q9"""
    if meter.kind != "booking" or material.priced_on == MASS:
        return False
    if meter.component or not isinstance(lab, Meter):
        return bool(meter.component)
    try:
        priced(rule_of(meter), meter.unit, material, lab)
    except UnitError:
        return _leads(meter.unit, material.unit)
    return False


def _leads(unit: str, wanted: str) -> bool:
    try:
        return conversion(unit, wanted) > 0
    except UnitError:
        return False


def lab_of(material: Material, meters: Sequence[Meter], what: str, at: Location) -> Meter | Issue | None:
    """The laboratory meter that the material's price needs: None if mass is paid for, an Issue if there is not exactly one.

    "dry" is a component of its own, or else what `moisture` leaves.
    """
    if material.priced_on == MASS:
        return None
    for component in (DRY, MOISTURE) if material.priced_on == DRY else (material.priced_on,):
        labs = [m for m in meters if m.kind == "lab" and m.component == component]
        if len(labs) > 1:
            return several(f'{what}, component "{component}"', labs)
        if labs:
            return labs[0]
    message = f'{what}: material "{material.id}" is priced on "{material.priced_on}", which no laboratory meter finds there'
    return found(codes.NO_LAB, message, at, "Declare a meter of kind lab with this component, or price the material on mass.")


def several(what: str, meters: Sequence[Meter]) -> Issue:
    """Q009 for `what`, at the last of the meters that claim it."""
    tags = ", ".join(m.tag for m in meters)
    return found(codes.SEVERAL, f"{what}: {tags} are valid at the same time", meters[-1].at, "End one before the other begins.")


def unit_issue(meter: Meter, material: Material, error: UnitError) -> Issue:
    """Q008 at the meter's row."""
    message = f'meter "{meter.tag}" ({meter.unit or "no unit"}) does not lead to {material.unit} of "{material.id}": {error}'
    return found(codes.UNIT, message, meter.at, "Correct the unit of the meter or of the material.")
