"""What the states of an area are worth, and what a shift changed in that (L2, L3).

A state has a declared potential Phi: money as a function of its posted value, exact in decimals and rounded to the coin at each
boundary, so that shifts telescope (I1) and what one crew hands over the next takes over (I3). Each change is one row
`state:<id> -> site:shadow`: the area's value consolidates the account of its state as that of a stock that it holds, and site:shadow
holds the other side, for no accountant knows of it. Signs: a state that is worth more is plus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from shiftledger.core.canon import plain_decimal
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.money import EXACT, cents_to_decimal, quantise, to_decimal
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.ledger.posting import SITE_REVALUATION, SITE_SHADOW, Posting
from shiftledger.ledger.postings import Entry, ShiftContext
from shiftledger.ledger.term_codes import L020, L021
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.terms import Potential, State
from shiftledger.quantities.quantity import Quantity
from shiftledger.quantities.states import grain, key_of


def state_entries(context: ShiftContext, area: str, before: date | None) -> Outcome[tuple[Entry, ...]]:
    """The rows of the area's states in one shift; `before` is the previous production day if this is its day's first shift. # L3"""
    entries: list[Entry] = []
    issues: list[Issue] = []
    for state in states_of(context.plant, area, context.day):
        values = _values(context, state)
        shift = context.quantities.shift.id
        rows = potential_on(context.plant, state.id, context.day)
        if not rows:
            remedy = f"Add rows that are valid on {context.day} to potentials.csv."
            issues.append(
                Issue(L020.code, L020.severity, f'{context.day}: state "{state.id}" has no potential', state.at, remedy)
            )
        elif values is None:
            message = f'{shift}: state "{state.id}" has no value at an end of the shift: what it changed by is absent'
            remedy = "Load a reading of the state near the boundary, or give `opening` and `opening_day` in states.toml."
            issues.append(Issue(L021.code, L021.severity, message, state.at, remedy))
        else:
            entries += _changes(context, state, values, rows)
            entries += _revaluation(context, state, values[0][1], before) if before is not None else []
    return Outcome(tuple(entries), ordered(issues))


def states_of(plant: Plant, area: str, day: date) -> tuple[State, ...]:
    """The states that belong to the crews of an area on a day, by id."""
    rows = sorted(plant.states.values(), key=lambda row: row.id)
    return tuple(row for row in rows if row.area == area and valid_on(row, day))


def potential_on(plant: Plant, state: str, day: date) -> tuple[Potential, ...]:
    """The rows that make Phi on a day, points in order of their value. # L3"""
    rows = [row for row in plant.potentials if row.state == state and valid_on(row, day)]
    return tuple(sorted(rows, key=lambda row: (row.value is not None, row.value or Decimal(0))))


def settled_worths(plant: Plant, day: date, boundaries: Mapping[str, Mapping[int, int]]) -> tuple[tuple[str, str], ...]:
    """What each state was worth at the end of a settled day, as (`state:<id>`, money), by its text and its sealed values. # L7"""
    worths = []
    edge = max((at for values in boundaries.values() for at in values), default=0)
    decimals = plant.settings.money_decimals
    for state in sorted(plant.states.values(), key=lambda row: row.id):
        quanta, rows = boundaries.get(key_of(state.id), {}).get(edge), potential_on(plant, state.id, day)
        if quanta is not None and rows and valid_on(state, day):
            used, quantum = _used_at(plant, state.id, quanta, rows), grain(plant, state.id)[0]
            points = tuple(row.value for row in used if row.value is not None)
            cents = potential_of(quanta, *(row.worth for row in used), points=points, quantum=quantum, decimals=decimals)
            worths.append((key_of(state.id), plain_decimal(cents_to_decimal(cents, decimals))))
    return tuple(worths)


def phi(context: ShiftContext, state: str, value: Quantity, rows: Sequence[Potential]) -> Node:
    """Cents that a state is worth at a posted value, over the value and the lines of potentials.csv that say so. # L3, I7"""
    assert value.quanta is not None
    quantum, _ = grain(context.plant, state)
    used = _used_at(context.plant, state, value.quanta, rows)
    leaves = tuple(Node(f"worth of {state}{_place(row)}", row.worth, "money", at=str(row.at), clause="L3") for row in used)
    points = tuple(row.value for row in used if row.value is not None)
    args = (("points", points), ("quantum", quantum), ("decimals", context.decimals))
    cents = potential_of(value.quanta, *(row.worth for row in used), points=points, quantum=quantum, decimals=context.decimals)
    return Node(f"potential of {state}", cents, "cents", "potential_of", args, (value.node, *leaves), "L3")


def potential_of(quanta: int, *worths: Decimal, points: tuple[Decimal, ...], quantum: Decimal, decimals: int) -> int:
    """Phi in cents, rounded half away from zero once; an operation of a trace. # L3, L5

    Without points: value x worth per unit. With one point: its worth. With two: on the straight line between them.

    >>> potential_of(30, Decimal(-100), points=(), quantum=Decimal("0.1"), decimals=2)
    -30000
    >>> potential_of(5, Decimal(0), Decimal(-10), points=(Decimal(0), Decimal(3)), quantum=Decimal("0.1"), decimals=2)
    -167
    """
    value = to_decimal(quanta, quantum)
    coin = Decimal(1).scaleb(-decimals)
    if not points:
        return quantise(EXACT.multiply(value, worths[0]), coin)
    if len(points) == 1:
        return quantise(worths[0], coin)
    away, wide = EXACT.subtract(value, points[0]), EXACT.subtract(points[1], points[0])
    rise = EXACT.divide(EXACT.multiply(away, EXACT.subtract(worths[1], worths[0])), wide)
    return quantise(EXACT.add(worths[0], rise), coin)


def _used_at(plant: Plant, state: str, quanta: int, rows: Sequence[Potential]) -> tuple[Potential, ...]:
    return deciding(rows, to_decimal(quanta, grain(plant, state)[0]))


def deciding(rows: Sequence[Potential], value: Decimal) -> tuple[Potential, ...]:
    """The row or the two neighbouring points that decide at a value; beyond the ends the end point's worth holds. # L3"""
    points = [(row.value, row) for row in rows if row.value is not None]
    if not points:
        return tuple(rows[:1])
    if value <= points[0][0]:
        return (points[0][1],)
    for (_, low), (end, high) in pairwise(points):
        if value < end:
            return (low, high)
    return (points[-1][1],)


def _place(row: Potential) -> str:
    return " per unit" if row.value is None else f" at {row.value:f}"


def _slope(context: ShiftContext, state: str, value: Quantity, rows: Sequence[Potential]) -> float:
    """dPhi / dvalue at a value, for error vectors only. # Q6"""
    used = _used_at(context.plant, state, value.quanta or 0, rows)
    if used[0].value is None:
        return float(used[0].worth)
    if len(used) == 1 or used[1].value is None:
        return 0.0
    return float((used[1].worth - used[0].worth) / (used[1].value - used[0].value))


def _values(context: ShiftContext, state: State) -> list[tuple[str, Quantity]] | None:
    """Where the state stood at the shift's start, at each change of crew and at its end, each with the crew that had run it there.

    A change of crew at which nothing is known joins the crews on both sides. None if an end is absent (I8). # T3
    """
    found = context.quantities
    opening, closing = found.opening.get(key_of(state.id)), found.closing.get(key_of(state.id))
    if opening is None or closing is None or opening.quanta is None or closing.quanta is None:
        return None
    crews = [interval.crew for interval in context.crews[state.area]]
    passed = (*found.crossings.get(key_of(state.id), ()), closing)
    if len(passed) != len(crews):
        return [("", opening), (" ".join(dict.fromkeys(crew for crew in crews if crew)), closing)]
    values, names = [("", opening)], list[str]()
    for crew, value in zip(crews, passed, strict=True):
        names.append(crew)
        if value.quanta is not None:
            values.append((" ".join(dict.fromkeys(name for name in names if name)), value))
            names = []
    return values


def _changes(
    context: ShiftContext, state: State, values: Sequence[tuple[str, Quantity]], rows: Sequence[Potential]
) -> Iterator[Entry]:
    """One row a crew: Phi at the end of its time less Phi at the beginning. # L3, I3"""
    shift = context.quantities.shift.id
    for (_, start), (crew, end) in pairwise(values):
        worths = [phi(context, state.id, value, rows) for value in (end, start)]
        node = Node(
            f"change of {state.id}, {shift}", worths[0].value - worths[1].value, "cents", "difference", (), tuple(worths), "L3"
        )
        slopes = (_slope(context, state.id, end, rows), -_slope(context, state.id, start, rows))
        status = "estimated" if "estimated" in (start.status, end.status) else "measured"
        errors = combine(zip(slopes, (end.errors, start.errors), strict=True))
        yield _entry(context, key_of(state.id), SITE_SHADOW, state.id, crew, node, "state", status, errors)


def _revaluation(context: ShiftContext, state: State, opening: Quantity, before: date) -> Iterator[Entry]:
    """Where the text gives a state another worth from this day on, the site has the difference and no crew sees it. # L3"""
    old_rows, new_rows = potential_on(context.plant, state.id, before), potential_on(context.plant, state.id, context.day)
    settled = context.settled_prices.get(key_of(state.id))
    if not valid_on(state, before) or (settled is None and not old_rows):
        return
    new = phi(context, state.id, opening, new_rows)
    if settled is not None:  # as the settled day before had it, whatever today's text says of that day # L7
        cents = quantise(settled, Decimal(1).scaleb(-context.decimals))
        old = Node(f"settled potential of {state.id}", cents, "cents", clause="L7", at=f"settled potential of {before}")
    else:
        old = phi(context, state.id, opening, old_rows)
    if new.value == old.value:
        return
    node = Node(f"revaluation of {state.id}", new.value - old.value, "cents", "difference", (), (new, old), "L3")
    yield _entry(context, SITE_REVALUATION, SITE_SHADOW, state.id, "", node, "revaluation", "measured", {})


def _entry(
    context: ShiftContext, source: str, target: str, what: str, crew: str, node: Node, kind: str, status: str, errors: ErrorVector
) -> Entry:
    """A row of quantity 1 at the price of its amount: Phi need not be so much per unit."""
    shift, price = context.quantities.shift.id, cents_to_decimal(node.value, context.decimals)
    posting = Posting(
        context.day, shift, crew, context.month, source, target, what, 1, price, node.value, kind, status, "L3"
    )  # fmt: skip
    return Entry(posting, node, errors)


OPERATIONS = (("potential_of", potential_of),)
