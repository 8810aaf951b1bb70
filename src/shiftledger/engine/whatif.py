"""What would a shift come to if we ran it so? The ledger on entered intentions, before the shift (L10).

The base and the intentions go through the very same postings, standards and statement as a close; nothing is computed a second way and
nothing is stored. What is not set stays as in the base; stocks take up what flows in and out of them.
Signs: a difference is intended less base, so plus is value to the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.core.money import to_decimal
from shiftledger.engine.asked import context_of
from shiftledger.engine.bases import (
    PLAN,
    SEALED,
    STANDARD,
    Base,
    areas_in,
    last_comparable,
    no_base,
    openings_before,
    plan_base,
    sealed_areas,
    sealed_base,
    standard_base,
)
from shiftledger.engine.books import Books, open_books
from shiftledger.engine.intended import Intended, intended
from shiftledger.engine.intended_terms import unknown_changes
from shiftledger.engine.intentions import Settable, read_settings, settables, units_by_area
from shiftledger.engine.moved import Moved, applied, moved_by
from shiftledger.engine.running import newest_reading, unknown_area
from shiftledger.engine.sofar import posted
from shiftledger.ledger.ahead_codes import L063, L064, L066, L068
from shiftledger.ledger.plan import fixed_entries
from shiftledger.ledger.posting import balances
from shiftledger.ledger.statement import Statement, make_statement
from shiftledger.plant.cells import cells_of
from shiftledger.plant.codes import closest
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift, day_at, find_shift, shift_at, shift_before
from shiftledger.quantities.quantity import ShiftQuantities

NEXT, LAST = "next", "last"


@dataclass(frozen=True, slots=True)
class IntendedArea:
    """An area's statement as the base has it and as it is intended."""

    area: str
    base: Statement
    intended: Statement

    @property
    def difference(self) -> int:
        return self.intended.value - self.base.value


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer: `base` is plan, standard or shift, `of` the sealed shift behind it; settings as read, value before and after.

    `accounts`, `base_accounts`: balances of all accounts in cents (they add up to zero); `left_out`: streams of which the base says nothing.
    """

    shift: str
    base: str
    of: str
    settings: tuple[tuple[str, str, str | None, str], ...]
    areas: tuple[IntendedArea, ...]
    moved: tuple[Moved, ...]
    accounts: Mapping[str, int]
    base_accounts: Mapping[str, int]
    left_out: tuple[str, ...]


def whatif(
    plant: Plant,
    state: State | None,
    shift: str,
    texts: Iterable[str],
    clock: int,
    *,
    base: str | None = None,
    prices: str | None = None,
    area: str | None = None,
) -> Outcome[WhatIf | None]:
    """The base and the intentions for `shift` (an id, or "next"), side by side. # L10

    `area`: whose shift it is, where areas have one of that name at different times; the others of that very time take part.

    `base`: plan, standard, last, or a sealed shift; by default the plan where there is one, else last. `prices`: a price set that the
    intentions are valued with. Issues say what cannot be set, or has no base.
    """
    books = open_books(plant, state) if state is not None else None
    target = _target(plant, state, shift, clock, area)
    if target.result is None:
        return Outcome(None, target.issues)
    when = target.result
    areas = tuple(row.area for row in areas_in(plant, when))
    apart = _apart(plant, when) if area is None else []
    known = settables(plant, when.day, areas)
    settings = read_settings(known, texts, units_by_area(plant, when.day, areas))
    problems = [*settings.issues, *_unknown_set(plant, prices)]
    start = _base(plant, books, when, areas, base)
    if failing([*problems, *start.issues]) or not start.result.areas:
        return Outcome(None, ordered([*problems, *start.issues, *apart]))
    named = tuple(one for one in settings.result if one.name.kind == "stream")
    begun = replace(start.result, left_out=tuple(k for k in start.result.left_out if k not in {one.name.of[0] for one in named}))
    first = intended(begun, (), None)
    second = intended(begun, settings.result, prices)
    if failing(second.issues):
        return Outcome(None, ordered([*start.issues, *second.issues]))
    before, after = stated(begun, first.result), stated(begun, second.result)
    areas_shown = tuple(IntendedArea(area, before[0][area], after[0][area]) for area in begun.areas)
    settled = tuple(applied(begun, first.result, second.result, one) for one in settings.result)
    moved = moved_by(begun, first.result, second.result, settings.result)
    answer = WhatIf(
        when.id, begun.kind, begun.of, settled, areas_shown, moved, after[1], before[1], begun.left_out
    )  # fmt: skip
    left = [
        Issue(L066.code, L066.severity, f'stream "{key}" is left out', plant.streams[key].at, f"Set it: --set stream.{key}=...")
        for key in begun.left_out
    ]
    left += unknown_changes(begun, settings.result)
    return Outcome(answer, ordered([*start.issues, *second.issues, *left, *apart, *_overflows(begun, second.result)]))


def settable_names(
    plant: Plant, state: State | None, shift: str, clock: int, area: str | None = None
) -> Outcome[tuple[str, tuple[Settable, ...]]]:
    """The shift that is meant, and what may be set for it. # L10"""
    target = _target(plant, state, shift, clock, area)
    if target.result is None:
        return Outcome((shift, ()), target.issues)
    areas = tuple(row.area for row in areas_in(plant, target.result))
    apart = _apart(plant, target.result) if area is None else []
    return Outcome((target.result.id, tuple(settables(plant, target.result.day, areas).values())), tuple(apart))


def _target(plant: Plant, state: State | None, shift: str, clock: int, area: str | None) -> Outcome[Shift | None]:
    """The shift that is meant; "next" is the one after that of the newest reading, without readings after now. # T2"""
    problem = unknown_area(plant, area, "--area")
    if problem is not None:
        return Outcome(None, (problem,))
    if shift != NEXT:
        found = find_shift(plant, shift)
        return found if found.result is None else Outcome(_of_area(plant, found.result, area))
    newest = newest_reading(plant, state, clock) if state is not None else None
    at = clock if newest is None else newest - 1
    if area is not None:
        day = day_at(plant, at)
        coming = (row.shift for one in (day, day + timedelta(days=1)) for row in cells_of(plant, one).shifts if row.area == area)
        own = next((one for one in coming if one.span.start > at), None)
        if own is not None:
            return Outcome(own)
    return Outcome(shift_before(plant, shift_at(plant, at), -1))


def _of_area(plant: Plant, shift: Shift, area: str | None) -> Shift:
    """The shift of that name at the area's own time; without an area, or where it has none, the shift itself. # T2"""
    rows = cells_of(plant, shift.day).shifts
    return next((row.shift for row in rows if row.area == area and row.shift.id == shift.id), shift)


def _apart(plant: Plant, shift: Shift) -> list[Issue]:
    """L068 where areas have a shift of that name at another time: they take no part. # T2"""
    rows = cells_of(plant, shift.day).shifts
    others = sorted({row.area for row in rows if row.shift.id == shift.id and row.shift.span != shift.span})
    if not others:
        return []
    message = f"{shift.id} lies at another time in {', '.join(others)}, which take no part"
    return [Issue(L068.code, L068.severity, message, Location("--shift"), f"Ask for their own shift: --area {others[0]}.")]


def _base(plant: Plant, books: Books | None, shift: Shift, areas: tuple[str, ...], wanted: str | None) -> Outcome[Base]:
    """The base by its name. # L10"""
    openings = openings_before(books, plant, shift)
    earlier = last_comparable(books, shift, areas) if books is not None else None
    rows = sealed_areas(books, _of_area(plant, _found(plant, earlier), areas[0])).result if books is not None and earlier else ()
    shares = dict(rows[0].context.quantities.streams) if rows else {}
    flows = {key: flow.quantity.quanta or 0 for key, flow in rows[0].balance.flows.items()} if rows else {}
    dealt = {key: flows.get(key, 0) for key in {*shares, *flows}}
    if wanted in (None, PLAN):
        made = plan_base(plant, shift, areas, openings, dealt)
        if wanted == PLAN or not failing(made.issues) or not rows:
            return made
        wanted = LAST
    if wanted in (LAST, STANDARD):
        if not rows:
            issue = no_base(f"no shift like {shift.id} is sealed before it", "Close earlier days, or take --base plan.")
            return Outcome(Base(SEALED, "", plant, (), ShiftQuantities(shift, {}, {}, {}, {}, {}, {}), {}), (issue,))
        if wanted == STANDARD:
            return standard_base(plant, rows, shift, openings, dealt)
        return Outcome(sealed_base(plant, rows, shift, openings))
    assert wanted is not None
    named = find_shift(plant, wanted)
    nothing = Base(SEALED, "", plant, (), ShiftQuantities(shift, {}, {}, {}, {}, {}, {}), {})
    if named.result is None or books is None:
        hint = f"{closest(wanted, (PLAN, STANDARD, LAST))}A base is plan, standard, last or a sealed shift."
        return Outcome(nothing, (no_base(f'"{wanted}" is no base', hint),))
    found = sealed_areas(books, _of_area(plant, named.result, areas[0]))
    if not found.result:
        return Outcome(nothing, found.issues)
    return Outcome(sealed_base(plant, found.result, shift, openings), found.issues)


def _found(plant: Plant, shift: str) -> Shift:
    found = find_shift(plant, shift).result
    assert found is not None  # it was made from a slot of the plant
    return found


def _unknown_set(plant: Plant, prices: str | None) -> list[Issue]:
    sets = sorted({row.price_set for row in plant.prices})
    if prices is None or prices in sets:
        return []
    remedy = f"{closest(prices, sets)}Price sets: {', '.join(sets)}."
    return [Issue(L063.code, L063.severity, f'there is no price set "{prices}"', Location("--prices"), remedy)]


# The ledger on them.


def stated(base: Base, meant: Intended) -> tuple[dict[str, Statement], Mapping[str, int]]:
    """Every area's statement, and the balances of all accounts, by the functions of the close. # L2, L3, L4"""
    context = context_of(meant.plant, meant.quantities, base.areas)
    entries, flows, _ = posted(context, base.areas)
    entries = [*entries, *(entry for area in base.areas for entry in fixed_entries(context, area))]
    entries.sort(key=lambda entry: entry.posting.sort_key)
    found = {area: make_statement(context, area, flows, entries).result[0] for area in base.areas}
    return found, balances(entry.posting for entry in entries)


def _overflows(base: Base, meant: Intended) -> list[Issue]:
    """Stocks below zero, or above the high limit of their level meter. # B1"""
    issues = []
    for key, stock in sorted(meant.plant.stocks.items()):
        end = meant.quantities.closing.get(key)
        if end is None or end.quanta is None:
            continue
        material = meant.plant.materials[stock.material]
        held = to_decimal(end.quanta, material.quantum)
        meters = meant.plant.meters_of(base.quantities.shift.day, stock=key)
        highest = [m.high for m in meters if m.kind == "level" and m.high is not None and m.unit == material.unit]
        said = "below zero" if held < 0 else f"above {highest[0]} {material.unit}" if highest and held > highest[0] else ""
        if said:
            message = f'{base.quantities.shift.id}: stock "{key}" would end at {held} {material.unit}, {said}'
            issues.append(Issue(L064.code, L064.severity, message, stock.at, "Set a flow into or out of it too, or its opening."))
    return issues
