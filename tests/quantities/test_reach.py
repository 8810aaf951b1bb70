"""How far a day looks: what lies outside changes nothing, what lies on the edge does, and a close reads all of it (N5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import DAY, NAN, QUALITY, at, crew, hourly, known, meter, plant, raw_series, series, shift
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.plant.model import Material, Meter, Plant
from shiftledger.quantities.measure import margins, measure
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.reach import look_around, reach
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import companions

TODAY = Span(at(0), at(1440))
CREWS = {"mill": (crew("mill/A", 0, 300), crew("mill/B", 300, 960), crew("mill/A", 960, 1440))}


def figures(made: Plant, readings: dict[str, Series], *, evidence: bool = True) -> list[Any]:
    """Everything that a day's shifts say of flows and conditions, traces aside; `evidence`: and the readings beside a decision."""

    def told(one: Quantity) -> Any:
        decisions = tuple(made if evidence else replace(made, evidence=(), readings=0) for made in one.decisions)
        return replace(one, node=None, decisions=decisions)  # type: ignore[arg-type]

    days: list[Any] = []
    for slot in ("N", "D", "E"):
        found = measure(made, shift(slot), readings, CREWS, {"feed": 2.0})
        own = found.result
        flows = [{key: told(one) for key, one in part.items()} for part in (own.streams, own.conditions)]
        bands = {key: {band: told(one) for band, one in part.items()} for key, part in own.bands.items()}
        days.append((flows, bands, own.parts, own.band_parts, found.issues))
    return days


def one_meter(kind: str, **fields: Any) -> Meter:
    unit = {"rate": "t/h"}.get(kind, "t")
    return meter(kind=kind, unit=unit, **{"max_gap": HOUR, "max_hold": 2 * HOUR, "length": 30 * MINUTE, **fields})


def whole_plant(feed: Meter) -> Plant:
    lab = meter("LAB", "lab", "%", component="Fe", max_hold=3 * HOUR)
    state = meter("ST", "state", "", state="tariff", codes=(("low", 1), ("high", 2)), max_hold=90 * MINUTE)
    return plant(feed, lab, state, material=Material("ore", "t", band_state="tariff"), stocks={})


# Instants on and next to the edges of shifts, gaps, holds and intervals.
INSTANTS = st.builds(lambda n, us: at(30 * n) + us, st.integers(-10, 58), st.sampled_from([0, 0, 0, -1, 1]))
READINGS = st.dictionaries(INSTANTS, st.tuples(st.integers(0, 9), st.sampled_from(["", "", "", "u", "b"])), max_size=40)
FILLS = st.sampled_from(["", "last-good", "mean-of-shift", "standard"])
MODES = st.sampled_from([("rate", "step"), ("rate", "linear"), ("counter", "step"), ("interval", "step")])


def readings_of(tag: str, rows: dict[int, tuple[int, str]], least: int = 0) -> Series:
    kept = [(ts, NAN if mark == "b" else float(value + least), QUALITY[mark]) for ts, (value, mark) in sorted(rows.items())]
    return raw_series(tag, kept)


@given(MODES, FILLS, READINGS, READINGS, READINGS)
def test_n5_a_reading_outside_the_reach_changes_nothing_of_the_day(
    mode: tuple[str, str], fill: str, feed: dict[int, Any], lab: dict[int, Any], state: dict[int, Any]
) -> None:
    made = whole_plant(one_meter(mode[0], integrate=mode[1], fill=fill))
    everything = known(readings_of("FT-1", feed), readings_of("LAB", lab), readings_of("ST", state, 1))
    spans = reach(made, TODAY)
    inside = known(*(one.between(spans[tag].start, spans[tag].end) for tag, one in everything.items()))
    assert figures(made, inside) == figures(made, everything)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rate", "counter", "interval", "level", "state", "lab", "lot"]),
            FILLS,
            st.tuples(*(st.integers(1, 400) for _ in range(3))),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_n5_what_a_close_reads_holds_the_reach_of_every_meter(meters: list[Any], stocks: bool) -> None:
    rows = [
        meter(f"M{i // 2}", kind, "t", fill=fill, max_gap=gap * MINUTE, max_hold=hold * MINUTE, length=length * MINUTE)
        for i, (kind, fill, (gap, hold, length)) in enumerate(meters)
    ]
    made = plant(*rows) if stocks else plant(*rows, stocks={})
    before, after = margins(made)
    spans = reach(made, TODAY)
    lots = {row.tag for row in rows if row.kind == "lot"}
    drawn = {f"{row.tag}#duration" for row in rows if row.kind == "lab"}  # composite samples
    assert set(spans) == {row.tag for row in rows} | {name for tag in lots for name in companions(tag)} | drawn
    assert all(TODAY.start - before <= span.start and span.end <= TODAY.end + after for span in spans.values())
    for row in rows:
        behind, ahead = look_around(row)
        assert spans[row.tag].start <= TODAY.start - behind
        assert TODAY.end + ahead <= spans[row.tag].end


# The edges by hand: the last reading that counts, and the first that does not.

FEED, EARLY, LATE = "FT-1", hourly("FT-1", 5.0, 60, 1440), hourly("FT-1", 5.0, 0, 1380)
EDGES = [
    # kind, fields, the other readings, an edge reading (instant), whether it changes anything
    ("rate", {}, series(FEED, [(1439, 5.0)]), at(1499) - 1, True),
    ("rate", {}, series(FEED, [(1439, 5.0)]), at(1499) + 1, False),
    ("rate", {}, series(FEED, [(1, 5.0)]), at(-59), True),
    ("rate", {}, series(FEED, [(1, 5.0)]), at(-59) - 1, False),
    ("rate", {"integrate": "linear"}, series(FEED, [(1439, 5.0)]), at(1499), True),
    ("rate", {"integrate": "linear"}, series(FEED, [(1439, 5.0)]), at(1500), False),
    ("interval", {}, series(FEED, [(720, 5.0)]), at(1470) - 1, True),  # its first microsecond is the day's last
    ("interval", {}, series(FEED, [(720, 5.0)]), at(1470), False),  # begins where the day ends
    ("interval", {}, series(FEED, [(720, 5.0)]), at(0) + 1, True),
    ("interval", {}, series(FEED, [(720, 5.0)]), at(0), False),  # (-30 min, 0]: the day before
    ("counter", {}, series(FEED, [(1440, 9.0), (1439, 9.0)]), at(1500), False),  # a pair that begins where the day ends
    ("counter", {}, series(FEED, [(1380, 9.0), (1439, 9.0)]), at(1559), True),  # falls, max_hold after the last
    ("counter", {}, series(FEED, [(1380, 9.0), (1439, 9.0)]), at(1559) + 1, False),
    ("counter", {}, series(FEED, [(1, 1.0)]), at(-119), True),
    ("counter", {}, series(FEED, [(1, 1.0)]), at(-119) - 1, False),
    ("rate", {"fill": "last-good"}, EARLY, at(-119), True),
    ("rate", {"fill": "last-good"}, EARLY, at(-120), False),
    ("interval", {"fill": "last-good"}, EARLY, at(-119), True),
    ("interval", {"fill": "last-good"}, EARLY, at(-120), False),
]


@pytest.mark.parametrize(("kind", "fields", "others", "edge", "counts"), EDGES)
def test_n5_the_edges_of_a_look(kind: str, fields: dict[str, Any], others: Series, edge: int, counts: bool) -> None:
    made = plant(one_meter(kind, **fields), stocks={})
    rows = {int(ts): (int(value), "") for ts, value in zip(others.ts, others.value, strict=True)}
    without, with_it = readings_of(FEED, rows), readings_of(FEED, {**rows, edge: (3, "")})
    sides = [figures(made, known(one), evidence=False) for one in (without, with_it)]
    assert (sides[0] != sides[1]) == counts
    span, (before, after) = reach(made, TODAY)[FEED], margins(made)
    if counts:
        assert span.start <= edge < span.end
        assert TODAY.start - before <= edge < TODAY.end + after


@pytest.mark.parametrize(("edge", "counts"), [(at(-180) + 1, True), (at(-180), False), (at(1440) - 1, True), (at(1440), False)])
def test_n5_the_edges_of_a_hold(edge: int, counts: bool) -> None:
    lab = meter("LAB", "lab", "%", component="Fe", max_hold=3 * HOUR)
    made = plant(lab, stocks={})
    without, with_it = known(series("LAB", [(720, 60.0)])), known(readings_of("LAB", {at(720): (60, ""), edge: (50, "")}))
    sides = [figures(made, one, evidence=False) for one in (without, with_it)]
    assert (sides[0] != sides[1]) == counts
    span = reach(made, TODAY)["LAB"]
    assert not counts or span.start <= edge < span.end


def test_n5_an_interval_looks_no_further_than_its_length() -> None:
    assert look_around(one_meter("interval")) == (0, 30 * MINUTE)
    assert look_around(meter("LT", "level", "t", stock="T")) == (0, 0)
    assert reach(plant(one_meter("interval"), stocks={}), TODAY) == {FEED: Span(at(0), at(1470))}
    twice = plant(one_meter("interval"), one_meter("rate", valid_from=DAY), stocks={})
    assert reach(twice, TODAY) == {FEED: Span(at(-60), at(1500))}  # two rows of one tag: the wider on each side


def test_n5_tags_in_order() -> None:
    made = plant(meter("B"), meter("A", stream="slurry"), stocks={})
    assert list(reach(made, TODAY)) == ["A", "B"]
