"""No honest counter is disqualified or changes its total, and a faulty one gives what truly flowed (Q2): random traces with known truth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from quantities.honest_counters import Trace, in_minutes, spans, trace, wrong_at
from shiftledger.quantities.counters import counted
from shiftledger.quantities.registers import leaping, links

QUANTUM = Decimal("0.001")
FAULTS = {"blip", "spike", "disqualified"}


def booked(made: Trace, start: int, end: int) -> float:
    span = in_minutes(start, end)
    total = 0
    for by in made.rules:
        alive = by.alive(span)
        if alive.length:
            total += counted(made.readings, start=alive.start, end=alive.end, rule=by, quantum=QUANTUM)
    return total / 1000


def judged(made: Trace) -> set[str]:
    """Kinds of judgement about the whole, leaps that stay open until its last shift included."""
    kinds: set[str] = set()
    for by in made.rules:
        found = links(made.readings, by.alive(in_minutes(0, len(made.true) - 1)), by)
        kinds |= set(found.kind.tolist())
        steps = np.flatnonzero(leaping(found.readings, by))
        last = found.readings.ts[-1] if len(found.readings) else 0
        kinds |= {"leap-open" for i in steps.tolist() if last - found.readings.ts[i + 1] > by.max_hold}
    return kinds


def agrees(made: Trace, start: int, end: int) -> bool:
    """Within the resolution and the rounding at each end of a stretch: of the shift, of a meter, of a run between beginnings."""
    least, most = made.produced(start, end)
    ends = 2 + 2 * len(made.resets) + 2 * (made.change is not None)
    slack = ends * made.resolution / 1000 + 0.001 * ends
    return least - slack <= booked(made, start, end) <= most + slack


@pytest.mark.parametrize("hundred", range(2))
def test_q2_no_honest_counter_is_disqualified_or_changes_its_total(hundred: int) -> None:
    """Shift by shift and as a whole, whatever its course, its silences, turns, resets and changes of meter."""
    for seed in range(100 * hundred, 100 * hundred + 100):
        made = trace(seed)
        assert not judged(made) & {*FAULTS, "leap-open"}, (seed, made.course, judged(made))
        whole = (0, len(made.true) - 1)
        wrong = [one for one in (*spans(made), whole) if not agrees(made, *one)]
        assert not wrong, (seed, made.course, wrong, [(made.produced(*one), booked(made, *one)) for one in wrong])


@pytest.mark.parametrize(("height", "kind"), [(0.0, "blip"), (10.0**7, "spike")])
def test_q2_wrong_readings_at_a_random_place_change_no_sum(height: float, kind: str) -> None:
    """From the reading before to the one after; beside it every shift has what it had."""
    done = 0
    for seed in range(150):
        made = trace(seed, events=("", "reset"))
        faulty = wrong_at(made, seed, height)
        if faulty is None:
            continue
        readings, before, after = faulty
        wrong = replace(made, readings=readings)
        register = float(made.readings.value[made.minutes.index(before)])
        pace = max(np.diff(np.array(made.true)[made.minutes], append=made.true[-1]).max(), 1) / 1000
        if register < 4 * pace:
            continue  # so near to zero it may truly have begun anew
        done += 1
        assert kind in judged(wrong), (seed, made.course)
        for start, end in ((0, before), (before, after), (after, len(made.true) - 1)):
            assert booked(wrong, start, end) == pytest.approx(booked(made, start, end), abs=0.0021), (seed, made.course)
    assert done > 60
