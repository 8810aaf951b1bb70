"""What does an area's shift come to until an instant, from what is known then? The same ledger on a part of the shift (L9).

The cells of the day are cut at the instant; measuring, posting and the statement are those of the close. Nothing is reconciled, nothing
is charged by the budget, and there is no Plan: what is planned is planned for a whole shift.
Readings after the instant are not used: a counter counts to its last register, a lot counts when it has ended, a booked figure when its
bill is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np

from shiftledger.acts.events import Event
from shiftledger.balance.nodes import Balance, balance
from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.core.period import Span
from shiftledger.core.trace import Node
from shiftledger.ledger.ahead_codes import L062
from shiftledger.ledger.codes import L006
from shiftledger.ledger.index import day_index
from shiftledger.ledger.joined import joined_balance, joined_quantities
from shiftledger.ledger.postings import Entry, ShiftContext, post_shift
from shiftledger.ledger.standards import hourly_rates
from shiftledger.ledger.statement import Statement, StatementTrace, make_statement
from shiftledger.ledger.terms import post_terms
from shiftledger.plant.cells import AreaShift, DayCells, cells_of, crews_in
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift, crews_on, day_at, month_of
from shiftledger.quantities.gauges import Known, SeriesByTag, meters_for
from shiftledger.quantities.measure import boundaries, measure, measure_area
from shiftledger.quantities.quantity import Quantity
from shiftledger.readings.batch import Series
from shiftledger.readings.lots import COMPANIONS, LOT_KINDS, lots_of

CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a shift: its readings, those of each boundary (by its instant), events, and boundary values that are settled.

    `fresh`: a stock counts at the shift's end only if it was observed within the grace period around it.
    """

    series: SeriesByTag
    boundary: Callable[[int], SeriesByTag]
    events: Sequence[Event] = ()
    fixed: Mapping[tuple[str, int], int] = field(default_factory=dict)
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class SoFar:
    """An area's shift until an instant, as the close would see it: its statement and what explains it."""

    row: AreaShift
    context: ShiftContext
    balance: Balance
    statement: Statement
    trace: StatementTrace


@dataclass(frozen=True, slots=True)
class Reached:
    """The day of an instant as far as it has come: its cells until then, and every area's shift of that moment, cut and whole."""

    day: date
    cells: DayCells
    shifts: tuple[tuple[AreaShift, Span], ...]


def reached(plant: Plant, at: int) -> Reached:
    """The shifts of an instant, one an area: start < at <= end. # I2, L9

    An instant on a boundary shows the shift that ends there, which has been read; of the one that begins there is nothing yet.
    """
    day = day_at(plant, at - 1)
    whole = cells_of(plant, day)
    cells = _cut(whole, at)
    spans = {(row.area, row.shift.id): row.shift.span for row in whole.shifts}
    current = ((row, spans[row.area, row.shift.id]) for row in cells.shifts)
    return Reached(day, cells, tuple((row, span) for row, span in current if span.start < at <= span.end))


def _cut(cells: DayCells, at: int) -> DayCells:
    def cut(shift: Shift) -> Shift:
        return replace(shift, span=replace(shift.span, end=max(shift.span.start, min(shift.span.end, at))))

    kept = {cell.id: cut(cell) for cell in cells.cells if cell.span.start < at}
    rows = [
        AreaShift(row.area, cut(row.shift), tuple(kept[cell.id] for cell in row.cells if cell.id in kept))
        for row in cells.shifts
        if row.shift.span.start < at
    ]
    return DayCells(tuple(kept.values()), tuple(rows), cells.shared)


def read_until(plant: Plant, series: SeriesByTag, at: int) -> Known:
    """What is known at the instant itself: readings stamped until then, lots that have ended. # L9, Q10"""
    ended = {name: stamps for meter in plant.meters if meter.kind in LOT_KINDS for name, stamps in _ended(meter.tag, series, at)}
    found = {}
    for tag, one in series.items():
        until = one.between(np.iinfo(np.int64).min, at + 1)
        if tag in ended:
            here = np.isin(until.ts, ended[tag])
            columns = (until.ts[here], until.value[here], until.quality[here], until.batch[here], until.row[here])
            until = Series(tag, *columns)
        found[tag] = until
    return Known(found)


def _ended(tag: str, series: SeriesByTag, at: int) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    lots = lots_of(tag, series)
    stamps = lots.ts[lots.end <= at]
    return [(name, stamps) for name in (tag, *(f"{tag}{suffix}" for suffix in COMPANIONS))]


def so_far(plant: Plant, cells: DayCells, row: AreaShift, seen: Seen) -> Outcome[SoFar]:
    """The row's shift, as far as its cells go, from what is `seen`. # L9"""
    unplanned = replace(plant, budget=())
    issues: list[Issue] = []
    values = {at: _boundaries(unplanned, row, at, seen, issues) for at in _edges(row)}
    made = [_cell(unplanned, cells, cell, values, seen, issues) for cell in row.cells]
    context, flows, _ = made[0]
    if not cells.shared:
        crews = {row.area: crews_on(plant, row.area, row.shift)}
        whole = measure_area(unplanned, row.area, row.shift, seen.series, crews, seen.events)
        issues += whole.issues
        quantities = joined_quantities(whole.result, [one.quantities for one, _, _ in made])
        context = replace(context, quantities=quantities, crews=crews)
        flows = joined_balance(unplanned, row.shift, [(one.quantities.shift, flow) for one, flow, _ in made])
    entries = [entry for _, _, of_cell in made for entry in of_cell]
    stated = make_statement(context, row.area, flows, entries)
    statement, trace = stated.result
    statement = replace(statement, reasons=tuple(reason for reason in statement.reasons if reason != "no budget"))
    told = [
        issue for issue in (*issues, *stated.issues) if not (issue.code == L006.code and seen.fresh and _not_fresh(issue, issues))
    ]
    return Outcome(SoFar(row, context, flows, statement, trace), ordered(told))


def _not_fresh(issue: Issue, issues: Sequence[Issue]) -> bool:
    """Whether it is said already that the stock was not freshly observed."""
    return any(other.code == L062.code and other.at == issue.at for other in issues)


def _edges(row: AreaShift) -> tuple[int, ...]:
    return (row.cells[0].span.start, *(cell.span.end for cell in row.cells))


def _boundaries(plant: Plant, row: AreaShift, at: int, seen: Seen, issues: list[Issue]) -> Mapping[str, Quantity]:
    """Boundary values at an edge of the row's cells; at its end a stock that was not freshly observed is absent. # Q4, L9, I8"""
    found = boundaries(plant, at, seen.boundary(at), seen.fixed, seen.events)
    if at != row.cells[-1].span.end or not seen.fresh:
        issues += found.issues
        return found.result
    values = dict(found.result)
    for key, stock in sorted(plant.stocks.items()):
        if CARRIED in values[key].marks or values[key].quanta is None:
            values[key] = _absent(values[key])
            message = (
                f'{row.shift.id}: stock "{key}" was not observed within the grace period before the instant; its change is absent'
            )
            issues.append(Issue(L062.code, L062.severity, message, stock.at, "Take a dip to see its change before the close."))
    issues += [issue for issue in found.issues if issue.at not in {stock.at for stock in plant.stocks.values()}]
    return values


def _absent(value: Quantity) -> Quantity:
    node = Node(value.node.label, None, value.node.unit, clause="I8", at=value.node.at)
    return Quantity(None, None, 0.0, node, "provisional", ("absent", "not-fresh"))


def _cell(
    plant: Plant,
    cells: DayCells,
    cell: Shift,
    values: Mapping[int, Mapping[str, Quantity]],
    seen: Seen,
    issues: list[Issue],
) -> tuple[ShiftContext, Balance, list[Entry]]:
    """One cell measured and posted, in the order of the close, without reconciliation and without charges of the budget."""
    around = {row.area: row for row in cells.around(cell)}
    crews = {area: crews_in(plant, row, cell) for area, row in around.items()}
    measured = measure(
        plant,
        cell,
        seen.series,
        crews,
        hourly_rates(plant, cell, {area: row.shift.slot for area, row in around.items()}),
        opening=values[cell.span.start],
        closing=values[cell.span.end],
        events=seen.events,
        parts_of=None if cells.shared else {area: row.shift.span for area, row in around.items()},
    )
    context = ShiftContext(plant, measured.result, month_of(plant, cell.day), crews, day_index(plant, cell.day), seen.prices)
    entries, flows, found = posted(context, sorted(around))
    issues += [*measured.issues, *found]
    return context, flows, entries


def posted(context: ShiftContext, areas: Sequence[str]) -> tuple[list[Entry], Balance, tuple[Issue, ...]]:
    """The rows of a cell, what flowed, and what was found: no day ends before it, so nothing is revalued. # L2, L3"""
    flows = balance(context.plant, context.quantities)
    rows = post_shift(context, flows.result, None)
    terms = post_terms(context, flows.result, areas, None)
    entries = sorted([*rows.result, *terms.result], key=lambda entry: entry.posting.sort_key)
    return entries, flows.result, (*flows.issues, *rows.issues, *terms.issues)


def last_read(plant: Plant, stream: str, day: date, series: SeriesByTag) -> int | None:
    """When a stream was last read: the stamp of its meters' last usable reading, of lots their end; None if never. # L9"""
    stamps = []
    for meter in meters_for(plant, plant.streams[stream], day):
        if meter.kind == "lab":
            continue
        if meter.kind in LOT_KINDS:
            ends = lots_of(meter.tag, series).end
            stamps += [int(ends.max())] if len(ends) else []
            continue
        one = series.get(meter.tag)
        usable = one.ts[np.isfinite(one.value)] if one is not None else np.empty(0, np.int64)
        stamps += [int(usable[-1])] if len(usable) else []
    return max(stamps, default=None)
