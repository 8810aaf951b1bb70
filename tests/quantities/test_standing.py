"""A counter that stands at zero: at rest or lost, nobody can tell, so it says so (Q2 (c), I8)."""

from __future__ import annotations

from quantities.building import at, known, meter, plant, series, shift, span
from shiftledger.plant.model import Meter
from shiftledger.quantities.gauges import Gauge, gauge_of
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.registers import narrowed
from shiftledger.quantities.streams import stream_quantity
from shiftledger.readings.batch import Series

DAY = 24 * 60
DEAD = [
    (0, 500.0),
    (60, 510.0),
    *((minute, 0.0) for minute in range(120, 4 * DAY, 60)),
]  # an hour counts 10 t, then the line is lost


def counter(**fields: object) -> Meter:
    return meter("C", "counter", "t", **fields)


def gauge() -> Gauge:
    made = plant(counter())
    found = gauge_of(made, made.streams["feed"], made.meters)
    assert isinstance(found, Gauge)
    return found


def figure(readings: list[tuple[float, float]], day: int = 0) -> tuple[Quantity, list[str]]:
    """The shift D (08-16) of a day, by its number."""
    moved = [(minute - day * DAY, value) for minute, value in readings]
    found, _, issues = stream_quantity(gauge(), shift(), known(series("C", moved)))
    return found, [issue.code for issue in issues]


def test_q2_a_line_that_stays_lost_is_never_a_measured_zero() -> None:
    for day in (1, 2):  # two days after the fall nobody looks as far back as that
        found, codes = figure(DEAD, day)
        assert (found.quanta, found.status, found.marks) == (0, "provisional", ("standing",))
        assert codes == ["Q029"]
        assert [(told.kind, told.amount) for told in found.decisions] == [("standing", 0.0)]
        assert found.decisions[0].start <= at(480)
        assert found.decisions[0].end >= at(960)


def test_q2_a_meter_that_rests_at_zero_is_measured_once_it_counts() -> None:
    rests = [(minute, 0.0) for minute in range(0, DAY, 60)]
    assert figure(rests)[0].status == "provisional"
    found, codes = figure([*rests, (DAY, 0.25), (DAY + 60, 0.5)])
    assert (found.quanta, found.status, found.marks, codes) == (0, "measured", (), [])


def test_q2_a_register_that_stands_elsewhere_just_rests() -> None:
    found, codes = figure([(minute, 700.0) for minute in range(0, 3 * DAY, 60)], 1)
    assert (found.quanta, found.status, found.marks, codes) == (0, "measured", (), [])


def test_l7_the_day_depends_on_what_would_end_the_doubt() -> None:
    """The readings on which the day rests reach as far ahead as the judgement looks; where it counts they are its neighbours."""

    def resting(readings: list[tuple[float, float]]) -> Series:
        return narrowed(series("C", readings), span(480, 960), gauge().rule)

    rests = [(minute, 0.0) for minute in range(0, 2 * DAY, 60)]
    assert int(resting(rests).ts[-1]) >= at(DAY)
    counts = [(minute, minute / 60) for minute in range(0, 2 * DAY, 60)]
    assert int(resting(counts).ts[-1]) == at(960)
