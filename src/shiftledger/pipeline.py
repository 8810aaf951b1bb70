"""Closing one production day, in the order of the stages: readings -> quantities -> balance -> ledger.

A pure function of the plant's text, the readings around the day and what was known when: it can be replayed, run for the days
whose inputs changed only, and run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from shiftledger.acts.events import Event
from shiftledger.balance.nodes import Balance, balance
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import combine
from shiftledger.ledger.codes import L007
from shiftledger.ledger.index import day_index
from shiftledger.ledger.joined import joined_balance, joined_quantities
from shiftledger.ledger.knowledge import Knowledge, Timeline
from shiftledger.ledger.plan import fixed_entries
from shiftledger.ledger.posting import Posting, as_prior, as_trueups, merged, net
from shiftledger.ledger.postings import Entry, ShiftContext, post_shift, taken
from shiftledger.ledger.standards import hourly_rates, total_node
from shiftledger.ledger.statement import Statement, StatementTrace, make_statement
from shiftledger.ledger.terms import post_terms
from shiftledger.plant.cells import AreaShift, DayCells, cells_of, crews_in, told_by_time
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift, crews_on, month_of
from shiftledger.quantities.measure import booked, boundaries, measure, measure_area
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.readings.batch import Series

RULES = "4"
Known = Callable[[frozenset[int], int], Mapping[str, Series]]
Happened = Callable[[int], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class ShiftLayer:
    """One cell of the day (where all areas share their slots: one shift) as one layer of knowledge sees it."""

    context: ShiftContext
    balance: Balance
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AreaBooks:
    """An area's shift as its statement sees it, and the ids of the cells whose rows count in it."""

    area: str
    context: ShiftContext
    balance: Balance
    cells: tuple[str, ...]
    known_until: int

    @property
    def own(self) -> ShiftQuantities:
        """What was measured over the area's whole shift and of this area: its conditions and units."""
        found = self.context.quantities
        units = {key: unit for key, unit in found.units.items() if unit.area == self.area}
        return replace(found, streams={}, opening={}, closing={}, assays={}, units=units)


@dataclass(frozen=True, slots=True)
class DayBooks:
    """A closed day: rows with traces, statements, boundary values (quanta by stock and instant) and what was measured.

    `quantities` and `balances` by cell; `areas` by (shift, area).
    """

    day: date
    entries: tuple[Entry, ...]
    statements: tuple[Statement, ...]
    traces: Mapping[tuple[str, str], StatementTrace]
    boundaries: Mapping[str, Mapping[int, int]]
    quantities: tuple[ShiftQuantities, ...]
    balances: tuple[Balance, ...] = field(default=())
    areas: Mapping[tuple[str, str], AreaBooks] = field(default_factory=dict)

    @property
    def figures(self) -> tuple[ShiftQuantities, ...]:
        """What was measured, each figure once: by cell, and by area's shift what its cells do not have."""
        cells = {quantities.shift for quantities in self.quantities}
        own = (one.own for one in self.areas.values() if one.context.quantities.shift not in cells)
        return (*self.quantities, *own)

    @property
    def postings(self) -> tuple[Posting, ...]:
        return tuple(entry.posting for entry in self.entries)


def close_day(
    plant: Plant, day: date, readings: Known, timeline: Timeline, known: Knowledge, events: Happened = lambda _act: ()
) -> Outcome[DayBooks]:
    """The books of a production day at the watermarks of `known`. # L6, L7

    `readings(batches, act)` gives the series that those batches make together, with the suspects confirmed up to that act marked bad;
    `events(act)` the events that stood then.
    """
    cells = cells_of(plant, day)
    opening = cells.cells[0].span.start
    original = _layer(
        plant,
        cells,
        lambda end: readings(timeline.original(known, end), known.acts_original),
        lambda at, end: readings(timeline.boundary(known, end, opening=at == opening, original=True), known.acts_original),
        events(known.acts_original),
        known.settled_boundaries,
        known.settled_prices,
    )
    in_time, trueups = original, []

    def of_shift(end: int) -> Mapping[str, Series]:
        return readings(timeline.in_time(known, end), known.acts_in_time)

    if known.first is not None:
        in_time = _layer(
            plant,
            cells,
            of_shift,
            lambda at, end: readings(timeline.boundary(known, end, opening=at == opening, original=False), known.acts_in_time),
            events(known.acts_in_time),
            known.settled_boundaries,
            known.settled_prices,
        )
        trueups = _changes(in_time.result, original.result, as_trueups)
    prior = _prior(plant, cells, readings, timeline, known, in_time.result, events)
    entries = sorted([*(e for s in original.result for e in s.entries), *trueups, *prior], key=lambda e: e.posting.sort_key)
    areas = _areas(plant, cells, in_time.result, of_shift, events(known.acts_in_time))
    books = _published(day, entries, in_time.result, areas.result)
    issues = [*in_time.issues, *areas.issues, *books.issues, *_too_large(books.result)]
    zone = plant.settings.timezone
    told = (replace(issue, message=told_by_time(issue.message, cells, zone)) for issue in issues)
    return Outcome(books.result, ordered(told))


def _areas(
    plant: Plant,
    cells: DayCells,
    layers: Sequence[ShiftLayer],
    of_shift: Callable[[int], Mapping[str, Series]],
    events: Sequence[Event],
) -> Outcome[tuple[AreaBooks, ...]]:
    """What each area's shift is made of, by time and area: one cell as it is, or several joined. # T1, T2"""
    by_id = {layer.context.quantities.shift.id: layer for layer in layers}
    found, issues = [], list[Issue]()
    for row in sorted(cells.shifts, key=lambda row: (cells.cells.index(row.cells[0]), row.area)):
        own = [by_id[cell.id] for cell in row.cells]
        context, flows = own[0].context, own[0].balance
        until = max(cells.known_until(cell) for cell in row.cells)
        if not cells.shared:
            crews = {row.area: crews_on(plant, row.area, row.shift)}
            whole = measure_area(plant, row.area, row.shift, of_shift(until), crews, events)
            issues += whole.issues
            quantities = joined_quantities(whole.result, [layer.context.quantities for layer in own])
            context = replace(context, quantities=quantities, crews=crews)
            flows = joined_balance(plant, row.shift, [(layer.context.quantities.shift, layer.balance) for layer in own])
        found.append(AreaBooks(row.area, context, flows, tuple(cell.id for cell in row.cells), until))
    return Outcome(tuple(found), tuple(issues))


def _published(
    day: date, entries: Sequence[Entry], layers: Sequence[ShiftLayer], areas: Sequence[AreaBooks]
) -> Outcome[DayBooks]:
    """The day's books with the statement of every area and shift, from the rows that count in it. # L3, L6"""
    statements, traces, issues = [], {}, list[Issue]()
    for one in areas:
        counting = [e for e in entries if e.posting.kind != "prior" and e.posting.shift in one.cells]
        made = make_statement(one.context, one.area, one.balance, counting, one.known_until)
        statement, trace = made.result
        statements.append(statement)
        traces[(statement.shift, one.area)] = trace
        issues += made.issues
    books = DayBooks(
        day,
        tuple(entries),
        tuple(statements),
        traces,
        _boundaries(layers),
        tuple(layer.context.quantities for layer in layers),
        tuple(layer.balance for layer in layers),
        {(one.context.quantities.shift.id, one.area): one for one in areas},
    )
    return Outcome(books, tuple(issues))


LARGEST = 2**63 - 1


def _too_large(books: DayBooks) -> list[Issue]:
    """Figures that the books cannot hold, by shift and stream, stock or row. # L5"""
    named = [
        (quantities.shift.id, str(key))
        for quantities in books.figures
        for group in (quantities.streams, quantities.opening, quantities.closing, quantities.conditions, quantities.assays)
        for key, quantity in group.items()
        if abs(quantity.quanta or 0) > LARGEST
    ]
    named += [
        (p.shift, f"{p.source} -> {p.target} {p.what}")
        for p in books.postings
        for size in (p.qty, p.amount)
        if abs(size) > LARGEST
    ]
    remedy = "Look at the readings behind it: correct them, or confirm the meter as suspect for that time."
    return [
        Issue(L007.code, L007.severity, f"{shift}: {what} is too large for the books", Location("readings"), remedy)
        for shift, what in named
    ]


def boundaries_known(
    plant: Plant,
    day: date,
    readings: Known,
    timeline: Timeline,
    known: Knowledge,
    *,
    original: bool,
    events: Sequence[Event] = (),
) -> list[tuple[object, ...]]:
    """The day's boundary values as one state of knowledge sees them: what its results take from further back. # Q4, I3"""
    cells = cells_of(plant, day)
    opening, act = cells.cells[0].span.start, known.acts_original if original else known.acts_in_time
    rows: list[tuple[object, ...]] = []
    for at, end in cells.boundaries():
        series = readings(timeline.boundary(known, end, opening=at == opening, original=original), act)
        for stock, value in boundaries(plant, at, series, known.settled_boundaries, events).result.items():
            told = [(d.kind, d.start, d.end, d.evidence) for d in value.decisions]
            rows.append((stock, at, value.quanta, value.value, value.status, value.marks, sorted(value.errors.items()), told))
    return rows


def bookings_known(
    plant: Plant, day: date, readings: Known, timeline: Timeline, known: Knowledge, *, original: bool
) -> list[tuple[object, ...]]:
    """The day's booked figures as one state of knowledge sees them, by cell and stream: they follow from whole periods, far around the
    day. # Q9, L7

    The bills behind each are among them: two may change and leave the figure as it is, and by its period alone a bill moves crews' parts.
    """
    if not any(meter.kind == "booking" for meter in plant.meters):
        return []
    admitted, act = (timeline.original, known.acts_original) if original else (timeline.in_time, known.acts_in_time)
    cells, rows = cells_of(plant, day), list[tuple[object, ...]]()
    for cell in cells.cells:
        series = readings(admitted(known, cells.known_until(cell)), act)
        rates = hourly_rates(plant, cell, {row.area: row.shift.slot for row in cells.around(cell)})
        for stream, share in booked(plant, cell, series, rates).items():
            figure = (share.quanta, share.value, share.coverage, share.status, share.marks, sorted(share.errors.items()))
            rows.append((cell.id, stream, *figure, share.decisions))
    return rows


def _layer(
    plant: Plant,
    cells: DayCells,
    of_shift: Callable[[int], Mapping[str, Series]],
    of_boundary: Callable[[int, int], Mapping[str, Series]],
    events: Sequence[Event],
    fixed: Mapping[tuple[str, int], int],
    prices: Mapping[str, Decimal],
) -> Outcome[tuple[ShiftLayer, ...]]:
    """Every cell of the day from one state of knowledge; `prices`: of a settled day before, by material."""
    issues: list[Issue] = []
    values: dict[int, Mapping[str, Quantity]] = {}
    for at, end in cells.boundaries():
        found = boundaries(plant, at, of_boundary(at, end), fixed, events)
        values[at] = found.result
        issues += found.issues
    layers, index = [], day_index(plant, cells.cells[0].day)
    for position, cell in enumerate(cells.cells):
        around = {row.area: row for row in cells.around(cell)}
        measured = measure(
            plant,
            cell,
            of_shift(cells.known_until(cell)),
            crews := {area: crews_in(plant, row, cell) for area, row in around.items()},
            hourly_rates(plant, cell, {area: row.shift.slot for area, row in around.items()}),
            opening=values[cell.span.start],
            closing=values[cell.span.end],
            events=events,
            parts_of=None if cells.shared else {area: row.shift.span for area, row in around.items()},
        )
        context = ShiftContext(plant, measured.result, month_of(plant, cell.day), crews, index, prices)
        flows = balance(plant, measured.result)
        before = cell.day - timedelta(days=1) if position == 0 else None
        posted = post_shift(context, flows.result, before)
        charges = [entry for row in around.values() for entry in _charges(context, row, cell)]
        terms = post_terms(context, flows.result, sorted(around), before)
        entries = tuple(sorted([*posted.result, *charges, *terms.result], key=lambda e: e.posting.sort_key))
        layers.append(ShiftLayer(context, flows.result, entries))
        issues += [*measured.issues, *flows.issues, *posted.issues, *terms.issues]
    return Outcome(tuple(layers), ordered(issues))


def _charges(context: ShiftContext, row: AreaShift, cell: Shift) -> list[Entry]:
    """What falls on the cell of the fixed charges of an area's shift. # L3, L5"""
    if row.shift == cell:
        return fixed_entries(context, row.area)
    whole = replace(context, quantities=replace(context.quantities, shift=row.shift))
    parts = [(one, crews_in(context.plant, row, one)) for one in row.cells]
    return [entry for entry in fixed_entries(whole, row.area, parts) if entry.posting.shift == cell.id]


def _changes(
    new: Sequence[ShiftLayer], old: Sequence[ShiftLayer], convert: Callable[[Sequence[Posting]], list[Posting]]
) -> list[Entry]:
    """What turns one layer's rows into another's, each explained as new less old. # L6"""
    after, before = _by_key(new), _by_key(old)
    entries = []
    for row in net(*([e.posting for layer in side for e in layer.entries] for side in (new, old))):
        sides = after.get(row.key, []), before.get(row.key, [])
        parts = tuple(_together(row.what, side) for side in sides)
        node = Node(f"late result: {row.what}, {row.shift}", row.amount, "cents", "difference", (), parts, "L6")
        errors = combine((sign, e.errors) for sign, side in zip((1, -1), sides, strict=True) for e in side)
        entries += [Entry(moved, node, errors) for moved in convert([row])]
    return entries


def _by_key(layers: Sequence[ShiftLayer]) -> dict[tuple[str, ...], list[Entry]]:
    """Entries by what a correction nets against; two streams of one material between the same accounts share a key."""
    found: dict[tuple[str, ...], list[Entry]] = {}
    for layer in layers:
        for entry in layer.entries:
            found.setdefault(entry.posting.key, []).append(entry)
    return found


def _together(what: str, entries: Sequence[Entry]) -> Node:
    if not entries:
        return Node("not posted", 0, "cents")
    return entries[0].node if len(entries) == 1 else total_node(what, [e.node for e in entries])


def _prior(
    plant: Plant,
    cells: DayCells,
    readings: Known,
    timeline: Timeline,
    known: Knowledge,
    in_time: Sequence[ShiftLayer],
    events: Happened,
) -> list[Entry]:
    """Rows in open months for what came too late, step by step, so that an earlier month's rows never move. # L6"""
    entries: list[Entry] = []
    fixed = known.settled_boundaries
    if known.settled is not None:  # a settled boundary value stays the boundary value
        fixed = {(stock, at): quanta for stock, values in _boundaries(in_time).items() for at, quanta in values.items()}
    for batch, act, month in known.steps:
        series = readings(timeline.everything(batch), act)
        late = _layer(plant, cells, _always(series), _always(series), events(act), fixed, known.settled_prices).result
        changes = [(row, e.node) for e in _changes(late, in_time, list) for row in as_prior([e.posting], month)]
        earlier = [
            (replace(e.posting, qty=-e.posting.qty, amount=-e.posting.amount, month=month), taken(e.node)) for e in entries
        ]
        nodes: dict[tuple[str, ...], list[Node]] = {}
        for row, node in (*changes, *earlier):
            nodes.setdefault(row.key, []).append(node)
        for row in merged([row for row, _ in (*changes, *earlier)]):
            entries.append(Entry(row, total_node(f"prior period: {row.what}, {row.shift}", nodes[row.key], clause="L6")))
    return entries


def _always(series: Mapping[str, Series]) -> Callable[..., Mapping[str, Series]]:
    """The same readings whatever the instant."""
    return lambda *_at: series


def _boundaries(layers: Sequence[ShiftLayer]) -> dict[str, dict[int, int]]:
    """Posted boundary values of a day, quanta by stock and instant."""
    values: dict[str, dict[int, int]] = {}
    for layer in layers:
        quantities = layer.context.quantities
        for at, side in ((quantities.shift.span.start, quantities.opening), (quantities.shift.span.end, quantities.closing)):
            for stock, quantity in side.items():
                if quantity.quanta is not None:
                    values.setdefault(stock, {})[at] = quantity.quanta
    return values
