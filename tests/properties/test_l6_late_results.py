"""L6, L7 on generated plants: closing again changes nothing by itself, and late results end in the same books in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import permutations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, example, given, settings

import shiftledger as sl
from properties.closing import after, close, load, results, seal_count, seals, written
from properties.effort import EXAMPLES, ON_DISK
from properties.flowsheets import Knobs, knobs
from properties.plant_text import Sample, sample
from properties.test_i3_handover import assert_handed_over
from reference.calendars import HOUR
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.posting import balances
from shiftledger.ledger.results import DayResult

RICH = {"more_units": 2, "stocks": 2, "band": True}  # parallel streams, stocks to hand over, tariffs: what can go wrong late
DEEP = max(2, EXAMPLES // 7)  # each closes and explains ten books
LATE = ("readings/late-0.csv", "readings/late-1.csv", "readings/late-2.csv")


def held_back(made: Sample, seed: int, within: tuple[int, int] | None = None) -> Sample:
    """The sample with three stretches of readings, each of three tags, in files of their own."""
    rng, (start, end) = Random(seed), within or made.facts.span
    wanted: dict[str, tuple[str, int]] = {}
    if within is None:  # the dips at the second day's opening come late too: what a boundary knew decides what is handed over
        opening = made.facts.calendar.start_of(made.facts.calendar.labels()[1])
        wanted = {stock.meter.tag: (LATE[0], opening - 2 * HOUR) for stock in made.facts.stocks.values()}
    for name in LATE:
        opened = rng.randrange(start, end - 3 * HOUR)
        for tag in rng.sample(sorted(made.facts.readings), 3):
            wanted.setdefault(tag, (name, opened))
    files = {name: ["time,tag,value,quality"] for name in (*made.readings, *LATE)}
    for name, content in made.readings.items():
        for row in content.splitlines()[1:]:
            late, opened = wanted.get(row.split(",")[1], ("", 0))
            stays = not late or not opened <= _instant(row) < opened + 3 * HOUR
            files[name if stays else late].append(row)
    return replace(made, readings={name: "\n".join([*rows, ""]) for name, rows in files.items() if len(rows) > 1})


def _instant(row: str) -> int:
    return round(datetime.fromisoformat(row.split(",")[0]).timestamp() * 10**6)


def base(made: Sample) -> list[str]:
    return [name for name in made.readings if name not in LATE]


def late(made: Sample) -> list[str]:
    return [name for name in made.readings if name in LATE]


Figures = tuple[dict[str, Counter[str]], dict[tuple[str, str], tuple[int | None, ...]]]


def figures(found: Mapping[date, DayResult], *, prior: bool = False) -> Figures:
    """Balances of all accounts by shift, and V with the other columns by (shift, area)."""
    accounts: dict[str, Counter[str]] = {}
    columns = {}
    for result in found.values():
        for row in result.postings:
            if prior or row.kind != "prior":
                total = accounts.setdefault(row.shift, Counter())
                for account, cents in balances([row]).items():
                    total[account] += cents
        for s in result.statements:
            columns[s.shift, s.area] = (s.value, s.plan, s.standard, s.allowed)
    return {shift: Counter({k: v for k, v in total.items() if v}) for shift, total in accounts.items()}, columns


def closed_in_steps(
    made: Sample, steps: Iterable[Iterable[str]], hours: float = 2, *, staggered: bool = False
) -> dict[date, DayResult]:
    """Load and close step by step; what the newest seals hold at the end. Staggered: one more day with each step."""
    days = made.facts.calendar.labels()
    with TemporaryDirectory() as folder:
        plant = written(made, Path(folder))
        for i, names in enumerate(steps):
            load(plant, names, after(made, hours * i + 1))
            close(plant, days[: i + 1] if staggered else days)
        close(plant, days)
        found = results(plant, days)
        assert_explained(plant, found)
        return found


def assert_explained(plant: PlantView, found: Mapping[date, DayResult]) -> None:
    """The day's V of each area opens to a tree that evaluates to it, true-ups included. # I7"""
    for day, result in found.items():
        for area in sorted({s.area for s in result.statements}):
            opened = sl.explain(plant, f"ledger/{day}/{area}")
            assert opened.issues == ()
            assert opened.node is not None
            published = sum(s.value for s in result.statements if s.area == area)
            assert evaluate(opened.node, OPERATIONS) == opened.node.value == published


@given(knobs())
@settings(max_examples=ON_DISK)
def test_l7_closing_again_without_new_inputs_seals_nothing(shape: Knobs) -> None:
    made = sample(shape)
    days = made.facts.calendar.labels()
    with TemporaryDirectory() as folder:
        plant = written(made, Path(folder))
        load(plant, made.readings, after(made, 1))
        assert set(close(plant, days).values()) == {"sealed"}
        count = seal_count(plant)
        load(plant, made.readings, after(made, 5))
        assert set(close(plant, days).values()) == {"unchanged"}
        assert seal_count(plant) == count


@given(knobs(days=3, **RICH))
@settings(max_examples=ON_DISK)
def test_l7_a_late_reading_moves_its_own_day_only(shape: Knobs) -> None:
    """Another day's result may change only where a boundary value of it did."""
    whole = sample(shape)
    days = whole.facts.calendar.labels()
    middle = whole.facts.calendar.start_of(days[1])
    made = held_back(whole, shape.seed, (middle + 6 * HOUR, middle + 14 * HOUR))
    with TemporaryDirectory() as folder:
        plant = written(made, Path(folder))
        load(plant, base(made), after(made, 1))
        close(plant, days)
        before, sealed = results(plant, days), seals(plant, days)
        load(plant, late(made), after(made, 3))
        close(plant, days)
        now, resealed = results(plant, days), seals(plant, days)
    for day in (days[0], days[2]):
        moved = sealed[day].boundaries != resealed[day].boundaries
        assert moved or before[day].hash == now[day].hash
    event("the day changed" if before[days[1]].hash != now[days[1]].hash else "nothing changed")


@pytest.mark.slow
@given(knobs(days=2, **RICH))
@settings(max_examples=DEEP)
def test_l6_late_results_in_any_order_end_in_the_books_of_who_knew_all(shape: Knobs) -> None:
    """Originals and true-ups together are the books of a fresh plant."""
    made = held_back(sample(shape), shape.seed)
    expected = figures(closed_in_steps(made, [made.readings]))
    orders = list(permutations(late(made)))
    for order, staggered in ((orders[0], False), (orders[-1], True)):
        found = closed_in_steps(made, [base(made), *([name] for name in order)], staggered=staggered)
        assert figures(found) == expected
        assert not [row for result in found.values() for row in result.postings if row.kind == "prior"]
        assert_handed_over(list(found.values()))
    assert figures(closed_in_steps(made, [base(made), late(made)])) == expected


@pytest.mark.slow
@example(Knobs(seed=11, more_areas=2, more_units=2, stocks=2, calendar=10, band=True, changes=True, substitutes=1, terms=True))
@given(knobs(days=2, **RICH))
@settings(max_examples=DEEP)
def test_l6_results_after_the_cutoff_change_no_statement_and_end_in_the_same_plant(shape: Knobs) -> None:
    made = held_back(sample(shape), shape.seed)
    first = figures(closed_in_steps(made, [base(made)]))
    found = closed_in_steps(made, [base(made), *([name] for name in late(made))], hours=24 * 30)
    assert figures(found) == first
    late_rows = [row for result in found.values() for row in result.postings if row.kind == "prior"]
    assert not [row for row in late_rows if "area:" in row.source + row.target]
    expected = _by_shift(closed_in_steps(made, [made.readings]))
    assert _by_shift(found) == expected
    steps = [base(made), *([name] for name in late(made))]
    staggered = closed_in_steps(made, steps, hours=24 * 30, staggered=True)
    assert_handed_over(list(staggered.values()))
    assert _by_shift(staggered) == expected


def _by_shift(found: Mapping[date, DayResult]) -> dict[str, dict[str, int]]:
    return {shift: _areas_together(total) for shift, total in figures(found, prior=True)[0].items()}


def _areas_together(accounts: Counter[str]) -> dict[str, int]:
    """What came too late stands at the site instead of its area, or of a state that the area hands over."""
    found: Counter[str] = Counter()
    for account, cents in accounts.items():
        crews = account.startswith(("area:", "state:")) or account == "site:prior-period"
        found["areas" if crews else account] += cents
    return {account: cents for account, cents in found.items() if cents}
