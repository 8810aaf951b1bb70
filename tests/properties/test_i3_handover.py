"""I3, L3 and L4 on generated plants: what one shift hands over the next takes over, V is what the rows say, bridges add up."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from properties.closing import after, close, closed, load, results, seals, written
from properties.effort import EXAMPLES, ON_DISK, SAME
from properties.flowsheets import Knobs, knobs
from properties.plant_text import sample
from shiftledger.ledger.posting import balances
from shiftledger.ledger.results import DayResult
from shiftledger.plant.roster import day_span


def boundary_values(result: DayResult) -> dict[tuple[str, str], dict[str, int | None]]:
    """Opening and closing of each stock by shift and side, as the results hold them."""
    found: dict[tuple[str, str], dict[str, int | None]] = {}
    for shift, kind, key, quanta, absent, *_ in result.quantities:
        if kind in ("opening", "closing"):
            found.setdefault((shift, kind), {})[key] = None if absent else quanta
    return found


def assert_handed_over(all_results: list[DayResult]) -> None:
    """Every closing is the next opening, in quantities by cell and in statements of any area, across days too."""
    values = {key: value for result in all_results for key, value in boundary_values(result).items()}
    cells = [cell for result in all_results for cell in in_order(result)]
    for before, later in pairwise(cells):
        assert values.get((before, "closing")) == values.get((later, "opening"))
    lines = [(s, line) for result in all_results for s in result.statements for line in s.stocks]
    at_once: dict[tuple[str, int], set[tuple[int | None, tuple[str, ...]]]] = {}
    for s, line in lines:
        at_once.setdefault((line.stock, s.start), set()).add((line.opening, line.opening_marks))
        at_once.setdefault((line.stock, s.end), set()).add((line.closing, line.closing_marks))
    assert [key for key, told in at_once.items() if len(told) > 1] == []
    for area in {s.area for s, _ in lines}:
        spans = sorted({(s.start, s.end) for result in all_results for s in result.statements if s.area == area})
        assert all(one[1] == other[0] for one, other in pairwise(spans))


def in_order(result: DayResult) -> list[str]:
    """The day's cells by time; where they are the shifts, as the statements tell."""
    found = {shift for shift, kind, *_ in result.quantities if kind != "condition"}
    shifts = dict.fromkeys(s.shift for s in sorted(result.statements, key=lambda s: s.start))
    return [shift for shift in shifts if shift in found] if found <= set(shifts) else sorted(found)


@given(knobs(stocks=3, days=3))
@settings(max_examples=EXAMPLES)
def test_i3_closing_is_the_next_opening(shape: Knobs) -> None:
    books = closed(shape)
    assert_handed_over(list(books.results.values()))


@given(knobs(stocks=3, days=3))
@settings(max_examples=ON_DISK)
def test_i3_days_closed_one_by_one_backwards_meet_at_midnight(shape: Knobs) -> None:
    made = sample(shape)
    days = made.facts.calendar.labels()
    with TemporaryDirectory() as folder:
        plant = written(made, Path(folder))
        load(plant, made.readings, after(made, 1))
        for day in reversed(days):
            close(plant, [day])
        found, sealed = results(plant, days), seals(plant, days)
        assert_handed_over([found[day] for day in days])
        for one, other in pairwise(days):
            at = day_span(plant.plant, one).end
            for stock in made.facts.stocks:
                assert sealed[one].boundaries[stock][at] == sealed[other].boundaries[stock][at]


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_l3_v_is_the_balance_of_the_areas_rows_and_of_its_states(shape: Knobs) -> None:
    books = closed(shape)
    states = books.plant.states.values()
    for statement in books.statements:
        rows = books.rows_of(statement)
        own = [f"area:{statement.area}", *(f"state:{state.id}" for state in states if state.area == statement.area)]
        assert statement.value == sum(balances(rows).get(account, 0) for account in own)
        assert statement.value == sum(line.amount for line in statement.lines)


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_l4_plan_and_steps_are_actual(shape: Knobs) -> None:
    for statement in closed(shape).statements:
        start = statement.standard if statement.plan is None else statement.plan
        if start is None:
            assert statement.steps == ()
            assert statement.reasons
            continue
        steps = {
            name: sum(s.amount for s in statement.steps if s.name == name) for name in ("volume", "mix", "time", "conditions")
        }
        assert start + sum(step.amount for step in statement.steps) == statement.value
        assert statement.standard is not None
        assert statement.allowed is not None
        assert statement.standard + steps["conditions"] == statement.allowed
        if statement.plan is not None:
            assert statement.plan + steps["volume"] + steps["mix"] + steps["time"] == statement.standard
