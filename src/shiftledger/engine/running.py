"""How does the shift stand that is running: metered consumption and output so far, against Allowed at the output so far? (L9, I8)

Always provisional and never stored: nothing here writes. The close replaces it.
Signs: what the area gives is plus, what it takes is minus; a difference is metered less Allowed, so plus is value to the site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import DAY, HOUR, Span, moment
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine, standard_uncertainty
from shiftledger.engine.books import Books, knowledge_of, open_books
from shiftledger.engine.known import Window, window_of, with_suspects
from shiftledger.engine.sofar import Seen, SoFar, last_read, reached, read_until, so_far
from shiftledger.ledger.ahead_codes import L060, L061
from shiftledger.ledger.standards import CONDITIONS, governing_standards, measured_outputs, standard_column
from shiftledger.ledger.statement import Statement
from shiftledger.plant.codes import closest
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_span
from shiftledger.quantities.codes import PARTIAL
from shiftledger.quantities.gauges import Known, SeriesByTag
from shiftledger.quantities.measure import margins
from shiftledger.quantities.reach import tags_read
from shiftledger.readings.lake import days_read, read, watermark
from shiftledger.readings.running import known_now

PRICE = "price"  # the item of price differences


@dataclass(frozen=True, slots=True)
class RunningLine:
    """One item so far: signed quanta and cents, metered and allowed; None where there is no Allowed.

    `difference` is None there too, and where a flow or held stock of the item is absent: what is not known is no saving.
    """

    what: str
    metered: int | None
    allowed: int | None
    quantum: Decimal
    unit: str
    amount: int
    allowed_amount: int | None
    difference: int | None


@dataclass(frozen=True, slots=True)
class RunningStream:
    """A stream of the area: quanta so far (None: nothing is known), covered part 0..1, when it was last read (us; None: never)."""

    stream: str
    quanta: int | None
    quantum: Decimal
    unit: str
    coverage: float
    last: int | None
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunningShift:
    """An area's running shift: when the whole of it is (us), its statement until `at`, and its parts.

    `difference` is the statement's value less Allowed in cents, the sum of the lines' differences; None without Allowed, and where a flow
    or a stock of the area's own is absent, for then its value is compared with nothing. `sigma`: its
    standard uncertainty in currency, from the meters of what it gave and took. `sealed`: the day has a seal, which counts instead.
    """

    area: str
    shift: str
    start: int
    end: int
    at: int
    statement: Statement
    lines: tuple[RunningLine, ...]
    streams: tuple[RunningStream, ...]
    difference: int | None
    sigma: float
    sealed: bool = False
    provisional: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """Running shifts as of `at` (us); `newest` is the newest reading until then, `known_at` what was asked for."""

    at: int
    newest: int | None
    known_at: int | None = None
    shifts: tuple[RunningShift, ...] = ()


def running(
    plant: Plant, state: State | None, area: str | None, at: int | None, clock: int, known_at: int | None = None
) -> Outcome[Running]:
    """The running shift of one area or of all at `at` (us), by default at the newest reading that is not after `clock`. # L9

    `known_at`: only what was known then (by default everything); issues say what is missing.
    """
    problem = unknown_area(plant, area)
    if problem is not None:
        return Outcome(Running(at or clock, None, known_at), (problem,))
    newest = newest_reading(plant, state, clock if at is None else at) if state is not None else None
    when = newest if at is None else at
    if state is None or when is None:
        nothing = _none("nothing was read yet", "Load readings first: shiftledger load PLANT FILES...")
        return Outcome(Running(at or clock, None, known_at), (nothing,))
    here = reached(plant, when)
    books = open_books(plant, state)
    seen, series = _seen(plant, books, here.day, when, known_at)
    issues = _old(newest, clock, plant) if at is None else []
    found = []
    for row, whole in (one for one in here.shifts if area in (None, one[0].area)):
        made = so_far(plant, here.cells, row, seen)
        issues += [issue for issue in made.issues if issue.code != PARTIAL.code]  # the table of readings says it
        found.append(running_shift(plant, made.result, whole, series, sealed=here.day in books.latest))
    if not found:
        issues.append(
            _none(
                f"no shift is running at {_told(plant, when)}",
                "An area without units has no running shift; name another instant.",
            )
        )
    return Outcome(Running(when, newest, known_at, tuple(found)), ordered(issues))


def newest_reading(plant: Plant, state: State, until: int) -> int | None:
    """The stamp of the newest reading of the plant's meters not after `until` (us), told live or in the lake; None if there is none."""
    tags, newest = tags_read(plant), None
    for day in (day for day in reversed(days_read(state)) if day * DAY <= until):
        stamps = read(state, tags, day * DAY, min((day + 1) * DAY, until + 1), watermark(state)).ts
        if len(stamps):
            newest = int(stamps.max())
            break
    since = until - DAY if newest is None else newest
    live = [int(one.ts[-1]) for one in known_now(plant, state, tags, since, until + 1).values() if len(one)]
    return max(live, default=newest)


def window_around(plant: Plant, books: Books, day: date) -> Window:
    """Everything stored that a shift of the day can depend on."""
    before, after = margins(plant)
    span = day_span(plant, day)
    rows = read(books.state, tags_read(plant), span.start - before, span.end + after, books.batch)
    return window_of(plant, rows, books.records, books.acts)


def known_then(books: Books, window: Window, known_at: int | None) -> tuple[SeriesByTag, int]:
    """What the batches known at an instant say together (None: all of them), and the last act of then. # R2"""
    batches = frozenset(r.seq for r in window.timeline.records if known_at is None or r.known_at <= known_at)
    act = max((a.seq for a in books.acts if known_at is None or a.made_at <= known_at), default=-1)
    return window.series(batches, act), act


def _seen(plant: Plant, books: Books, day: date, at: int, known_at: int | None) -> tuple[Seen, Known]:
    window = window_around(plant, books, day)
    series, act = known_then(books, window, known_at)
    if known_at is None:  # what was told live and waits for the lake is known, too
        span, (before, after) = day_span(plant, day), margins(plant)
        told = known_now(plant, books.state, tags_read(plant), span.start - before, span.end + after)
        series = Known({tag: with_suspects(one, books.acts, act) for tag, one in told.items()})
    known = knowledge_of(books, day)
    until = read_until(plant, series, at)
    fixed = {key: quanta for key, quanta in known.settled_boundaries.items() if key[1] < at}
    return Seen(until, lambda _at: until, window.events(act), fixed, known.settled_prices), until


def running_shift(plant: Plant, made: SoFar, whole: Span, series: SeriesByTag, *, sealed: bool = False) -> RunningShift:
    """A part of a shift as it is shown: lines against Allowed, and every stream with its coverage and age. # L9"""
    lines = _lines(plant, made)
    known = [line.difference for line in lines]
    whole_value = made.trace.bridge.allowed is not None and not made.statement.absent  # I6, I8
    streams = tuple(_stream(plant, made, key, series) for key in _own_streams(made))
    told = sum(cents for cents in known if cents is not None) if whole_value else None
    at = made.row.shift.span.end
    sigma = standard_uncertainty(_errors(plant, made))
    return RunningShift(
        made.row.area, made.row.shift.id, whole.start, whole.end, at, made.statement, lines, streams, told, sigma, sealed
    )


def _errors(plant: Plant, made: SoFar) -> ErrorVector:
    """The error vector of what is metered less Allowed, in currency: an output moves both sides, an input one. # Q6, I6

    Allowed is as good as proportional to each output, so what a unit of it allows is read off at twice the output.
    """
    context, area, allowed = made.context, made.row.area, made.trace.bridge.allowed
    rows = governing_standards(area, context)
    outputs = measured_outputs(context, area, made.balance, rows) if rows and allowed is not None else None
    worth: dict[str, float] = {}
    for key, node in (outputs or {}).items():
        doubled = {**(outputs or {}), key: replace(node, value=2 * node.value)}
        more = standard_column(context, "Allowed", rows, doubled, CONDITIONS, issues=[])
        material = plant.materials.get(key)
        if more is not None and material is not None and node.value and allowed is not None:
            cents = more.total - sum(item.value for item in allowed.items.values())
            worth[key] = cents / 10**context.decimals / float(node.value * material.quantum)
    parts = []
    for stream in context.index.streams[area]:
        ends = [context.plant.account_of(node) == f"area:{area}" for node in (stream.source, stream.target)]
        price = context.price(stream.material)
        if ends[0] != ends[1] and stream.id in made.balance.flows and price is not None:
            sign = 1.0 if ends[0] else -1.0
            weight = sign * (float(price.price) - worth.get(stream.material, 0.0))
            parts.append((weight, made.balance.flows[stream.id].quantity.errors))
    return combine(parts)


def _lines(plant: Plant, made: SoFar) -> tuple[RunningLine, ...]:
    """Every item metered or allowed, outputs first; then terms and price differences, of which standards know nothing. # L4"""
    actual, allowed = dict(made.trace.items), made.trace.bridge.allowed
    rest = made.trace.value.value - sum(node.value for node in actual.values())
    named = {**actual, **({PRICE: Node("price", rest, "cents")} if rest else {})}
    asked = dict(allowed.items) if allowed is not None else {}
    lacking = {_material_of(plant, key) for key in made.statement.absent}
    lines = []
    for what in sorted(
        {*named, *asked}, key=lambda key: (key not in plant.materials, -_cents(named.get(key), asked.get(key)), key)
    ):
        material = plant.materials.get(what)
        cents, ask = named.get(what), asked.get(what)
        amount, allowance = (node.value if node else 0 for node in (cents, ask))
        lines.append(
            RunningLine(
                what,
                _quanta(cents) if material and cents else None,
                _quanta(ask) if material and ask else None,
                material.quantum if material else Decimal(1),
                material.unit if material else "",
                amount,
                None if allowed is None else allowance,
                None if allowed is None or what in lacking else amount - allowance,
            )
        )
    return tuple(lines)


def _material_of(plant: Plant, absent: str) -> str:
    """The item that lacks an absent stream or stock; a state or term is its own."""
    row = plant.streams.get(absent) or plant.stocks.get(absent)
    return row.material if row is not None else absent


def _cents(*nodes: Node | None) -> int:
    """1 for what is given, -1 for what is taken: the order of a statement."""
    return next((1 if node.value > 0 else -1 for node in nodes if node is not None and node.value), -1)


def _quanta(node: Node) -> int:
    """Signed quanta behind signed cents: given is plus. Shares of crews add up to the amount that they share."""
    if node.op == "amount_of":
        return int(dict(node.args).get("sign", 1)) * int(node.children[0].value)
    if node.op == "share":  # an amount shared among crews stands whole under each of them
        return _quanta(node.children[0]) if dict(node.args)["index"] == 0 else 0
    if node.op == "negative":
        return -_quanta(node.children[0])
    if node.op == "combined_of":
        return sum(sign * _quanta(child) for sign, child in zip(dict(node.args)["signs"], node.children, strict=True))
    return sum(_quanta(child) for child in node.children)


def _own_streams(made: SoFar) -> tuple[str, ...]:
    return tuple(row.id for row in made.context.index.streams[made.row.area])


def _stream(plant: Plant, made: SoFar, key: str, series: SeriesByTag) -> RunningStream:
    material = plant.materials[plant.streams[key].material]
    flow, metered = made.balance.flows.get(key), made.context.quantities.streams.get(key)
    quantity = flow.quantity if flow else metered
    last = last_read(plant, key, made.row.shift.day, series)
    if quantity is None:  # without a meter, and its stock says nothing
        return RunningStream(key, None, material.quantum, material.unit, 0.0, last, ("absent",))
    return RunningStream(key, quantity.quanta, material.quantum, material.unit, quantity.coverage, last, quantity.marks)


def unknown_area(plant: Plant, area: str | None, place: str = "now") -> Issue | None:
    """L060 for an area that the plant lacks, with the closest name."""
    if area is None or area in plant.areas:
        return None
    return _none(f'there is no area "{area}"', f"{closest(area, plant.areas)}Areas: {', '.join(sorted(plant.areas))}.", place)


def _none(message: str, remedy: str, place: str = "now") -> Issue:
    return Issue(L060.code, L060.severity, message, Location(place), remedy)


def _old(newest: int | None, clock: int, plant: Plant) -> list[Issue]:
    """L061 where nothing was read for longer than the grace period: what is shown is not what is."""
    if newest is None or clock - newest <= plant.settings.grace:
        return []
    message = f"the newest reading is of {_told(plant, newest)}, {_age(clock - newest)} before now"
    return [Issue(L061.code, L061.severity, message, Location("now"), "Load what is missing, or name the instant: --at.")]


def _told(plant: Plant, at: int) -> str:
    """An instant by the plant's clock, with its offset."""
    return moment(at, plant.settings.timezone).isoformat(sep=" ", timespec="minutes")


def _age(length: int) -> str:
    """Whole days from two on, else hours."""
    return f"{length // DAY} days" if length >= 2 * DAY else f"{length / HOUR:.1f} h"
