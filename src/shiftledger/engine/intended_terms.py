"""What is intended of things that no flow carries: states and their resets, and what the laboratory will find (L10, L3, L4).

A state stands at the end where it is set to; or where a reset leaves it, grown on for the rest of the shift; or where it has grown from
its start. What it grows by in the shift is the hours or the stream that it grows by, else what it changed by in the base. Where nobody
says that, it stays where it is, and the answer says so. An assay that is set decides premiums and grades like one that is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from shiftledger.core.issue import Issue, Location
from shiftledger.core.money import EXACT, quantise, to_decimal
from shiftledger.core.period import HOUR
from shiftledger.engine.asked import given
from shiftledger.engine.bases import SEALED, Base
from shiftledger.engine.intentions import Settable, Setting
from shiftledger.ledger.ahead_codes import L063, L069
from shiftledger.ledger.index import day_index
from shiftledger.ledger.quality import terms_for
from shiftledger.plant.grades import grading, is_off
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.terms import State, grown_by
from shiftledger.quantities.conditions import assay_meter
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.quantities.states import grain, key_of

Settings = Mapping[str, Sequence[Setting]]


def with_terms(
    base: Base, quantities: ShiftQuantities, flows: Mapping[str, int], by_kind: Settings, issues: list[Issue]
) -> ShiftQuantities:
    """The shift with its states at both ends and its assays, as they are meant. # L3, L10"""
    quantities = _with_assays(base, quantities, flows, by_kind.get("assay", ()), issues)
    opening, closing, moved = dict(quantities.opening), dict(quantities.closing), False
    for one in by_kind.get("state-start", ()):
        _start(base, one, opening, closing, issues)
    ends = {one.name.of[0]: one for one in by_kind.get("state-end", ())}
    resets = {one.name.of[0]: one for one in by_kind.get("reset", ())}
    for state in _states(base):
        before = closing.get(key_of(state.id))
        now = replace(quantities, opening=opening, closing=closing)
        end = _end(base, now, flows, state, ends.get(state.id), resets.get(state.id), issues)
        if end is None:
            continue
        quantum, unit = grain(base.plant, state.id)
        quanta = quantise(end, quantum)
        if before is None or before.quanta != quanta:
            closing[key_of(state.id)] = given(quanta, quantum, f"{state.id} at the end", unit)
            moved = True
    crossings = {} if moved or by_kind.get("state-start") else quantities.crossings
    return replace(quantities, opening=opening, closing=closing, crossings=crossings)


def one_assay(base: Base, settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """The settings, and what follows from them: an assay and the condition that the same laboratory tells are one figure. # Q5

    Each is set by the other unless both are set.
    """
    index, named = day_index(base.plant, base.quantities.shift.day), {one.name.name for one in settings}
    more: dict[str, Setting] = {}
    for one in settings:
        for area in base.areas if one.name.kind in ("assay", "condition") else ():
            component = one.name.of[1]
            meter = index.conditions.get((area, component))
            if meter is None or meter.kind != "lab" or one.name.of[0] not in (area, meter.stream):
                continue
            kinds = (("assay", (meter.stream, component)), ("condition", (area, component)))
            for kind, of in kinds:
                name = Settable(f"{of[0]}.{of[1]}", kind, of, meter.unit)
                if name.name not in named:
                    more[name.name] = replace(one, name=name)
    return (*settings, *(more[name] for name in sorted(more)))


def unknown_changes(base: Base, settings: Sequence[Setting]) -> tuple[Issue, ...]:
    """L069 for each state of which nobody says where it stands or what it changes by. # I8"""
    said = {one.name.of[0] for one in settings if one.name.kind in ("state-end", "reset")}
    begun = {one.name.of[0] for one in settings if one.name.kind == "state-start"}
    found = []
    for state in _states(base):
        start = base.quantities.opening.get(key_of(state.id))
        if (start is None or start.quanta is None) and state.id not in begun:
            message = f'nobody says where state "{state.id}" stands at the start: what it changes by is absent, not zero'
            found.append(Issue(L069.code, L069.severity, message, state.at, f"Set it: --set {state.id}.start=..."))
        elif state.id not in said and not _changes(base, state):
            message = f'nobody says what state "{state.id}" changes by in the shift: it stays where it is'
            found.append(Issue(L069.code, L069.severity, message, state.at, f"Set where it ends: --set {state.id}.end=..."))
    return tuple(found)


def _states(base: Base) -> Iterator[State]:
    day = base.quantities.shift.day
    for _, state in sorted(base.plant.states.items()):
        if state.area in base.areas and valid_on(state, day):
            yield state


def _changes(base: Base, state: State) -> bool:
    """Whether the base says what the state changes by: it grows by itself, or did so in a sealed shift without being set back."""
    return bool(state.grows) or (base.kind == SEALED and state.id not in base.set_back)


def _start(base: Base, one: Setting, opening: dict[str, Quantity], closing: dict[str, Quantity], issues: list[Issue]) -> None:
    """A state that begins elsewhere ends as much elsewhere, unless something else says where it ends. # L3"""
    (name,) = one.name.of
    quantum, unit = grain(base.plant, name)
    have, end = opening.get(key_of(name)), closing.get(key_of(name))
    known = have.quanta if have is not None else None
    value = one.applied(None if known is None else to_decimal(known, quantum))
    if value is None:
        issues.append(_wrong(one, "the base does not say where the state stands", f"Set a number in {unit or 'its unit'}."))
        return
    quanta = quantise(value, quantum)
    opening[key_of(name)] = given(quanta, quantum, f"{name} at the start, set", unit)
    moved = quanta if end is None or end.quanta is None or known is None else end.quanta + quanta - known
    closing[key_of(name)] = given(moved, quantum, f"{name} at the end", unit)


def _end(
    base: Base,
    quantities: ShiftQuantities,
    flows: Mapping[str, int],
    state: State,
    end: Setting | None,
    reset: Setting | None,
    issues: list[Issue],
) -> Decimal | None:
    """Where a state stands at the end, in its unit; None where it stays what the base, or its start, says. # L3"""
    quantum, unit = grain(base.plant, state.id)
    start, closing = quantities.opening.get(key_of(state.id)), quantities.closing.get(key_of(state.id))
    if end is not None:
        known = closing.quanta if closing is not None else None
        value = end.applied(None if known is None else to_decimal(known, quantum))
        if value is None:
            issues.append(_wrong(end, "the base does not say where the state ends", f"Set a number in {unit or 'its unit'}."))
        if reset is not None:
            issues.append(_wrong(reset, f"{state.id}.end says already where it ends", "Leave one of the two out."))
        return value
    growth = _growth(base, quantities, flows, state)
    if reset is not None:
        return _after_reset(quantities, state, reset, growth, issues)
    if not state.grows or start is None or start.quanta is None or growth is None:
        return None
    same = _growth(base, base.quantities, base.flows, state)
    if base.kind == SEALED and closing is not None and closing.quanta is not None:  # as measured, and what more it grows by
        more = EXACT.subtract(growth, same) if same is not None and state.id not in base.set_back else Decimal(0)
        return EXACT.add(to_decimal(closing.quanta, quantum), more)
    return EXACT.add(to_decimal(start.quanta, quantum), growth)


def _after_reset(
    quantities: ShiftQuantities, state: State, reset: Setting, growth: Decimal | None, issues: list[Issue]
) -> Decimal | None:
    """What a reset leaves, grown on evenly for the hours that are left of the shift."""
    hours = EXACT.divide(Decimal(quantities.shift.span.length), Decimal(HOUR))
    over = reset.applied(hours)
    assert over is not None
    assert state.reset_to is not None
    if over > hours:
        issues.append(
            _wrong(reset, f"the shift lasts {hours.normalize():f} h", "Say how many hours after its start the reset is over.")
        )
        return None
    if growth is None and over < hours:
        remedy = f"Set where it ends instead: --set {state.id}.end=..."
        issues.append(_wrong(reset, "nobody says what the state grows by afterwards", remedy))
        return None
    rest = EXACT.divide(EXACT.multiply(growth or Decimal(0), EXACT.subtract(hours, over)), hours)
    return EXACT.add(state.reset_to, rest)


def shift_hours(base: Base) -> Decimal:
    """How long the shift lasts, in hours."""
    return EXACT.divide(Decimal(base.quantities.shift.span.length), Decimal(HOUR))


def _growth(base: Base, quantities: ShiftQuantities, flows: Mapping[str, int], state: State) -> Decimal | None:
    """What the state grows by in the whole shift, in its unit; None where nobody says. # Q3"""
    kind, name = grown_by(state)
    if kind == "hours":
        unit = quantities.units.get(name)
        running = unit.running if unit is not None else quantities.shift.span.length
        return None if running is None else EXACT.divide(Decimal(running), Decimal(HOUR))
    if kind == "stream":
        material = base.plant.materials[base.plant.streams[name].material]
        return to_decimal(flows[name], material.quantum) if name in flows else None
    if not _changes(base, state):
        return None
    ends = [side.get(key_of(state.id)) for side in (base.quantities.closing, base.quantities.opening)]
    known = [end.quanta for end in ends if end is not None and end.quanta is not None]
    return to_decimal(known[0] - known[1], grain(base.plant, state.id)[0]) if len(known) == 2 else None


def _with_assays(
    base: Base, quantities: ShiftQuantities, flows: Mapping[str, int], settings: Sequence[Setting], issues: list[Issue]
) -> ShiftQuantities:
    """Assays that are set, and what of their streams then is off-spec: all of it or nothing. # L3, L4"""
    assays, offspec = dict(quantities.assays), dict(quantities.offspec)
    for one in settings:
        stream, component = one.name.of
        value = assay_set(base, quantities, one)
        if value is None:
            issues.append(_wrong(one, "the base has no such assay", f"Set a number in {one.name.unit or 'its unit'}."))
            continue
        meter = assay_meter(base.plant, stream, component, quantities.shift.day)
        assert meter is not None
        assays[stream, component] = given(quantise(value, meter.quantum), meter.quantum, f"{one.name.name}, set", meter.unit)
        told = grading(base.plant, base.plant.streams[stream], quantities.shift.day)
        if told is not None and told[0].component == component and stream in flows:
            quanta = flows[stream] if is_off(float(value), told[0].low, told[0].high) else 0
            quantum = base.plant.materials[base.plant.streams[stream].material].quantum
            offspec[stream] = given(quanta, quantum, f"{stream}, off-spec")
    return replace(quantities, assays=assays, offspec=offspec)


def assay_set(base: Base, quantities: ShiftQuantities, one: Setting) -> Decimal | None:
    """The intended assay; relative to what the base has."""
    return one.applied(assay_before(base.plant, quantities, *one.name.of))


def assay_before(plant: Plant, quantities: ShiftQuantities, stream: str, component: str) -> Decimal | None:
    """The mean assay that a shift has so far."""
    have = quantities.assays.get((stream, component))
    meter = assay_meter(plant, stream, component, quantities.shift.day)
    return None if have is None or have.quanta is None or meter is None else to_decimal(have.quanta, meter.quantum)


def at_reference(plant: Plant, quantities: ShiftQuantities, streams: Sequence[str]) -> ShiftQuantities:
    """Assays of a plan: each premium's reference, so that it pays nothing. # L3, L4"""
    day, assays = quantities.shift.day, dict(quantities.assays)
    for key in streams:
        for row in terms_for(plant, plant.streams[key], day):
            meter = assay_meter(plant, key, row.component, day)
            if meter is not None:
                quanta = quantise(row.reference, meter.quantum)
                assays[key, row.component] = given(quanta, meter.quantum, f"{row.component}, reference", meter.unit)
    return replace(quantities, assays=assays)


def _wrong(one: Setting, why: str, remedy: str) -> Issue:
    return Issue(L063.code, L063.severity, f"{one.name.name}={one.text}: {why}", Location("--set"), remedy)
