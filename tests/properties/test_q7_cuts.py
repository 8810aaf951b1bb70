"""Q7 for every kind of meter and fill: a shift cut anywhere, also inside a gap or on a reading; and Q8: units only rename amounts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from properties.effort import EXAMPLES
from quantities.building import crew, known, meter, plant, series, shift
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.plant.model import Material, Meter, Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities.measure import measure
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.readings.batch import Series

DAY = shift("D")
LENGTH = 480  # minutes; the shift begins at minute 480
KINDS = ("rate", "linear rate", "interval", "counter")
FILLS = ("", "mean-of-shift", "last-good", "standard")
STANDARD = 7.25  # t/h


@dataclass(frozen=True, slots=True)
class Told:
    """What one meter says: (minute, value, quality); minutes may be fractions."""

    kind: str
    rows: tuple[tuple[float, float, str], ...]

    def meter(self, fill: str = "", **fields: object) -> Meter:
        mode = "linear" if self.kind == "linear rate" else "step"
        kind, unit = ("rate", "t/h") if "rate" in self.kind else (self.kind, "t")
        gap = 24 * HOUR if kind == "counter" else 45 * MINUTE
        given_fields = {"integrate": mode, "max_gap": gap, "max_hold": 3 * HOUR, "length": 15 * MINUTE, "fill": fill, **fields}
        return meter("FT-1", kind, unit, **given_fields)

    def series(self, scale: float = 1.0) -> Series:
        return series("FT-1", [(minute, value * scale, mark) for minute, value, mark in self.rows])


@st.composite
def told(draw: st.DrawFn, kind: str) -> Told:
    """Readings from before the shift to after it, with holes of up to three hours; a register only rises."""
    random, rows, register = Random(draw(st.integers(0, 10**6))), [], 100.0
    minute = random.choice((380.0, 450.5, 480.0, 487.25))
    steps = draw(st.sampled_from(((5.0, 15.0, 15.0, 12.5), (15.0, 40.0, 44.999, 46.0), (15.0, 15.0, 46.0, 100.0, 170.25))))
    while minute < 1000:
        value = random.randint(-20, 80) / 8 if kind != "counter" else random.randint(0, 40) / 8
        register += value
        rows.append((round(minute, 3), register if kind == "counter" else value, random.choice(("", "", "", "", "u", "b"))))
        minute += random.choice(steps)
    return Told(kind, tuple(rows))


TOLD = st.sampled_from(KINDS).flatmap(told)
CUTS = st.lists(
    st.one_of(st.integers(1, LENGTH - 1).map(float), st.floats(0.001, LENGTH - 0.001)), min_size=1, max_size=3, unique=True
)


def cut_points(one: Told, cuts: list[float], on_readings: bool) -> list[float]:
    """Minutes of the day, in order; some fall on a reading."""
    stamps = [minute for minute, _, _ in one.rows if 480 < minute < 960]
    found = {round(480 + cut, 3) for cut in cuts} | (set(stamps[1:3]) if on_readings else set())
    return sorted(found)


def cells(points: list[float]) -> list[tuple[float, float]]:
    return list(pairwise([480.0, *points, 960.0]))


def measured(place: Plant, when: Shift, one: Series, points: list[float] | None = None) -> ShiftQuantities:
    crews = [crew(f"mill/{letter}", a, b) for letter, (a, b) in zip("ABCDEFG", cells(points or []), strict=False)]
    return measure(place, when, known(one), {"mill": tuple(crews)}, {"feed": STANDARD}).result


def part_of(a: float, b: float) -> Shift:
    span = Span(*(DAY.span.start + round((minute - 480) * MINUTE) for minute in (a, b)))
    return replace(DAY, span=span)


def covered(quantity: Quantity, when: Shift) -> int:
    return round(quantity.coverage * when.span.length)


def same(a: float | None, b: float | None) -> bool:
    return math.isclose(a or 0.0, b or 0.0, rel_tol=1e-11, abs_tol=1e-9)


@pytest.mark.parametrize("fill", FILLS)
@settings(max_examples=2 * EXAMPLES)
@given(one=TOLD, cuts=CUTS, on_readings=st.booleans())
def test_q7_what_the_crews_of_a_shift_had_sums_to_the_shift(fill: str, one: Told, cuts: list[float], on_readings: bool) -> None:
    place, points = plant(one.meter(fill)), cut_points(one, cuts, on_readings)
    whole, cut = measured(place, DAY, one.series()), measured(place, DAY, one.series(), points)
    figure = whole.streams["feed"]
    assert replace(cut.streams["feed"], node=figure.node) == figure  # who ran when changes nothing of the shift
    event(f"{one.kind}, {figure.status}")
    if figure.value is None:
        assert "feed" not in cut.parts
        return
    parts = cut.parts["feed"]
    assert len(parts) == len(points) + 1
    assert same(math.fsum(parts), figure.value)


@settings(max_examples=2 * EXAMPLES)
@given(one=TOLD, cuts=CUTS, on_readings=st.booleans())
def test_q7_parts_measured_as_shifts_of_their_own_sum_to_the_whole(one: Told, cuts: list[float], on_readings: bool) -> None:
    place, points = plant(one.meter()), cut_points(one, cuts, on_readings)
    whole = measured(place, DAY, one.series()).streams["feed"]
    pieces = [part_of(a, b) for a, b in cells(points)]
    figures = [measured(place, piece, one.series()).streams["feed"] for piece in pieces]
    assert sum(map(covered, figures, pieces)) == covered(whole, DAY)
    assert same(math.fsum(figure.value or 0.0 for figure in figures), whole.value)
    inherited = measured(place, DAY, one.series(), points).parts.get("feed", (0.0,) * len(pieces))
    assert all(same(figure.value, part) for figure, part in zip(figures, inherited, strict=True))
    if one.kind == "counter":
        assert sum(figure.quanta or 0 for figure in figures) == (whole.quanta or 0)


@pytest.mark.parametrize("fill", FILLS[1:])
@settings(max_examples=2 * EXAMPLES)
@given(one=TOLD, cuts=CUTS)
def test_q7_a_part_inherits_the_fill_of_its_shift(fill: str, one: Told, cuts: list[float]) -> None:
    """In a gap a part has its share of time of what the whole shift's fill says there, never a fill of its own."""
    place, points = plant(one.meter(fill)), cut_points(one, cuts, False)
    parts = measured(place, DAY, one.series(), points).parts.get("feed")
    bare = plant(one.meter())
    whole = measured(bare, DAY, one.series()).streams["feed"]
    if parts is None or (fill == "mean-of-shift" and whole.value is None):
        return
    hours = covered(whole, DAY) / HOUR
    rate = STANDARD if fill == "standard" else whole.value / hours if whole.value is not None else 0.0
    for (a, b), amount in zip(cells(points), parts, strict=True):
        piece = part_of(a, b)
        alone = measured(bare, piece, one.series()).streams["feed"]
        gap = (piece.span.length - covered(alone, piece)) / HOUR
        if fill != "last-good":
            assert same(amount, (alone.value or 0.0) + rate * gap)
        elif gap == 0.0:
            assert same(amount, alone.value)


# --- Q8


@settings(max_examples=2 * EXAMPLES)
@given(one=TOLD, fill=st.sampled_from(FILLS))
def test_q8_another_unit_of_the_same_readings_is_the_same_amount(one: Told, fill: str) -> None:
    tonnes = measured(plant(one.meter(fill)), DAY, one.series()).streams["feed"]
    kilos = replace(one.meter(fill), unit="kg/h" if "rate" in one.kind else "kg")
    other = measured(plant(kilos), DAY, one.series(1000.0)).streams["feed"]
    assert same(tonnes.value, other.value)
    assert (tonnes.coverage, tonnes.status, tonnes.marks) == (other.coverage, other.status, other.marks)
    assert abs((tonnes.quanta or 0) - (other.quanta or 0)) <= 1  # a tie may fall to either side


@settings(max_examples=2 * EXAMPLES)
@given(one=TOLD)
def test_q8_a_material_in_kilograms_has_a_thousand_times_the_amount(one: Told) -> None:
    tonnes = measured(plant(one.meter()), DAY, one.series()).streams["feed"]
    other = measured(plant(one.meter(), material=Material("ore", "kg")), DAY, one.series()).streams["feed"]
    assert same(1000.0 * (tonnes.value or 0.0), other.value)
    assert tonnes.coverage == other.coverage


@settings(max_examples=2 * EXAMPLES)
@given(one=told("rate"), moisture=st.lists(st.integers(0, 200), min_size=1, max_size=6), cuts=CUTS)
def test_q8_dry_mass_is_what_the_water_leaves_whatever_the_unit_of_moisture(
    one: Told, moisture: list[int], cuts: list[float]
) -> None:
    lab = meter("LAB", "lab", "%", stream="feed", component="moisture", max_hold=24 * HOUR)
    results = [(400.0 + 100 * i, value / 10) for i, value in enumerate(moisture)]
    percent, fraction = series("LAB", results), series("LAB", [(minute, value / 100) for minute, value in results])
    paid = Material("ore", "t", priced_on="dry")
    found = []
    for teller, results_in in ((lab, percent), (replace(lab, unit="1"), fraction)):
        place = plant(one.meter(), teller, material=paid)
        crews = {"mill": tuple(crew(f"mill/{i}", a, b) for i, (a, b) in enumerate(cells(cut_points(one, cuts, True))))}
        told_by = measure(place, DAY, known(one.series(), results_in), crews, {}).result
        found.append(told_by.streams["feed"])
        if found[-1].value is not None:
            assert same(math.fsum(told_by.parts["feed"]), found[-1].value)
    dry, also = found
    mass = measured(plant(one.meter()), DAY, one.series()).streams["feed"]
    assert same(dry.value, also.value)
    if len(set(moisture)) == 1 and mass.value is not None:
        assert same(dry.value, mass.value * (1 - moisture[0] / 1000))


@settings(max_examples=2 * EXAMPLES)
@given(one=told("counter"), turns=st.integers(2, 6))
def test_q8_a_register_that_rolls_over_counts_the_same_in_any_unit(one: Told, turns: int) -> None:
    """Modulus and greatest rate are in the meter's unit; a register seen modulo a number counts what the plain one counts."""
    top = Decimal(8 * turns)
    rolled = Told("counter", tuple((minute, value % float(top), mark) for minute, value, mark in one.rows))
    plain = measured(plant(one.meter()), DAY, one.series()).streams["feed"]
    limits = {"modulus": top, "max_rate": Decimal(100_000)}
    tonnes = measured(plant(replace(one.meter(), **limits)), DAY, rolled.series()).streams["feed"]
    in_kilos = {name: value * 1000 for name, value in limits.items()}
    kilos = measured(plant(replace(one.meter(), unit="kg", **in_kilos)), DAY, rolled.series(1000.0)).streams["feed"]
    assert same(plain.value, tonnes.value)
    assert same(tonnes.value, kilos.value)
    assert plain.coverage == tonnes.coverage == kilos.coverage
