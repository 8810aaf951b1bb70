"""Why does the sealed figure differ from what the running shift showed at the shift's end? Cause by cause, to the cent (L9, R2).

It starts from what was known when the shift ended and takes in, one after the other and each on top of those before: late readings of
flows, booked figures, conditions, events, observed stocks, and last what only the close does (fixed charges, reconciliation, rounding
between cells). Each step's change is that cause's, item by item, so the lines add up to the whole difference by construction; a rest
that no step explains stands under the close and is never hidden.
Signs: sealed less running, value to the site is plus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import Span
from shiftledger.engine.books import Books, knowledge_of, open_books, stored_plant
from shiftledger.engine.explain import sealed_day
from shiftledger.engine.known import Window
from shiftledger.engine.running import PRICE, known_then, unknown_area, window_around
from shiftledger.engine.sofar import Reached, Seen, reached, read_until, so_far
from shiftledger.ledger.codes import L013
from shiftledger.ledger.statement import StatementTrace
from shiftledger.plant.cells import AreaShift
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import find_shift
from shiftledger.quantities.gauges import Known, SeriesByTag
from shiftledger.readings.lots import COMPANIONS

FIXED = "fixed"
# What is taken in, in this order, and the kinds of meters whose later readings it is; the others are not readings of a meter.
CAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("late", ("rate", "counter", "interval", "lot")),
    ("allocation", ("booking",)),
    ("condition", ("lab", "state")),
    ("event", ()),
    ("stock", ("level",)),
    ("close", ()),
)


@dataclass(frozen=True, slots=True)
class Changed:
    """What one cause moved of one item: cents of V and of Allowed, sealed less running. `allowed` is None where either had none."""

    cause: str
    what: str
    value: int
    allowed: int | None


@dataclass(frozen=True, slots=True)
class AgainstClose:
    """An area's shift at its end as known then, against its newest seal: both values and Allowed (None: absent), and the causes between.

    The values of `changed` add up to `sealed` less `running` (less nothing, where nothing was known); so do those of Allowed where both
    have one. `unknown`: the streams and held stocks of which nothing was known then, so `running` lacks them.
    """

    area: str
    shift: str
    at: int
    known_at: int
    running: int | None
    sealed: int
    running_allowed: int | None
    sealed_allowed: int | None
    changed: tuple[Changed, ...]
    unknown: tuple[str, ...] = ()


Items = Mapping[str, int]


def against_close(
    plant: Plant, state: State | None, shift: str, area: str | None, known_at: int | None = None
) -> Outcome[tuple[AgainstClose, ...]]:
    """The comparison for one area or all of a sealed shift; `known_at` (us): by default what was known at the shift's end. # L9"""
    found, problem = find_shift(plant, shift), unknown_area(plant, area)
    if found.result is None or problem is not None:
        return Outcome((), ordered([*found.issues, *([problem] if problem else [])]))
    books = open_books(plant, state) if state is not None else None
    seal = books.latest.get(found.result.day) if books is not None else None
    if books is None or seal is None:
        remedy = f"Close it first: shiftledger close PLANT --from {found.result.day} --to {found.result.day}"
        return Outcome((), (Issue(L013.code, L013.severity, f"{shift} is not sealed", Location("now"), remedy),))
    day = found.result.day
    sealed = sealed_day(books, day, "now")
    if sealed.result is None:
        return Outcome((), sealed.issues)
    then = stored_plant(books, seal.text_hash) or plant
    window = window_around(then, books, day)
    rows, issues = [], list(sealed.issues)
    for (name, of_area), trace in sealed.result.traces.items():
        if name != shift or area not in (None, of_area):
            continue
        span = sealed.result.areas[name, of_area].context.quantities.shift.span
        made = _compared(then, books, window, reached(then, span.end), of_area, span, known_at, trace)
        rows.append(made.result)
        issues += made.issues
    return Outcome(tuple(rows), ordered(issues))


def _compared(
    plant: Plant,
    books: Books,
    window: Window,
    here: Reached,
    area: str,
    span: Span,
    known_at: int | None,
    trace: StatementTrace,
) -> Outcome[AgainstClose]:
    """One area: the figures of each state of knowledge, and what lies between neighbours."""
    row = next(row for row, whole in here.shifts if row.area == area and whole == span)
    at = span.end
    stages = [
        (cause, so_far(plant, here.cells, row, seen).result)
        for cause, seen in _stages(plant, books, window, here, row, known_at or at)
    ]
    figures = [(cause, value_items(made.trace), allowed_items(made.trace)) for cause, made in stages]
    figures.append(("close", value_items(trace), allowed_items(trace)))
    first, last = figures[0], figures[-1]
    then = stages[0][1]
    nothing = not then.balance.flows.keys() & {one.id for one in then.context.index.streams[area]}  # I8: absent is never zero
    changed = tuple(_changes(figures))
    result = AgainstClose(
        area,
        row.shift.id,
        at,
        known_at or at,
        None if nothing else sum(first[1].values()),
        sum(last[1].values()),
        None if first[2] is None else sum(first[2].values()),
        None if last[2] is None else sum(last[2].values()),
        changed,
        then.statement.absent,
    )
    return Outcome(result)


def _changes(figures: list[tuple[str, Items, Items | None]]) -> Iterator[Changed]:
    """What each figure has more than the one before it, item by item. An Allowed that is absent in between changes with the next one."""
    both = figures[0][2] is not None and figures[-1][2] is not None
    (_, value, allowed), *rest = figures
    for cause, new_value, new_allowed in rest:
        after = allowed if new_allowed is None else new_allowed
        for what in sorted({*value, *new_value, *(allowed or {}), *(after or {})}):
            moved = new_value.get(what, 0) - value.get(what, 0)
            asked = (after or {}).get(what, 0) - (allowed or {}).get(what, 0)
            if moved or (both and asked):
                yield Changed(cause, what, moved, asked if both else None)
        value, allowed = new_value, after


def _stages(
    plant: Plant, books: Books, window: Window, here: Reached, row: AreaShift, known_at: int
) -> Iterator[tuple[str, Seen]]:
    """What was known at the shift's end, then with each cause taken in, up to what the seal knew."""
    at, known = row.shift.span.end, books.latest[here.day].knowledge
    series, act = known_then(books, window, known_at)
    then = read_until(plant, series, at)
    until = max(here.cells.known_until(cell) for cell in row.cells)
    later = window.series(window.timeline.in_time(known, until), known.acts_in_time)
    edge = here.cells.cells[0].span.start
    fixed = known.settled_boundaries

    def posted(boundary: int) -> SeriesByTag:
        admitted = window.timeline.boundary(known, boundary, opening=boundary == edge, original=False)
        return window.series(admitted, known.acts_in_time)

    opened = {key: quanta for key, quanta in knowledge_of(books, here.day).settled_boundaries.items() if key[1] < at}
    seen = Seen(then, lambda _boundary: then, window.events(act), opened, known.settled_prices)
    yield "", seen
    taken: set[str] = set()
    for cause, kinds in CAUSES[:-1]:
        taken |= _tags(plant, kinds)
        mixed = Known({tag: (later if tag in taken else then)[tag] for tag in then})
        seen = replace(seen, series=mixed)
        if cause == "event":
            seen = replace(seen, events=window.events(known.acts_in_time))
        if cause == "stock":
            seen = replace(seen, boundary=posted, fixed=fixed, fresh=False)
        yield cause, seen


def _tags(plant: Plant, kinds: tuple[str, ...]) -> set[str]:
    return {f"{meter.tag}{part}" for meter in plant.meters if meter.kind in kinds for part in ("", *COMPANIONS)}


def value_items(trace: StatementTrace) -> Items:
    """Cents of V by item: materials, terms, fixed charges as one, price differences as one; they add up to V. # L3"""
    items: dict[str, int] = {}
    for what, node in trace.items.items():
        key = FIXED if what.startswith(f"{FIXED}:") else what
        items[key] = items.get(key, 0) + node.value
    rest = trace.value.value - sum(items.values())
    return {**items, PRICE: rest} if rest else items


def allowed_items(trace: StatementTrace) -> Items | None:
    """Cents of Allowed by item, its fixed charges as one; None where it is absent. # L4, I8"""
    column = trace.bridge.allowed
    if column is None:
        return None
    items = {what: int(node.value) for what, node in column.items.items()}
    rest = column.total - sum(items.values())
    return {**items, FIXED: rest} if rest else items
