"""From what does a what-if start? From the plan, from standards at an earlier output, or from an earlier shift as sealed (L10, L4).

A base is a plant without what it says nothing of, and for one shift the quanta of every stream, conditions, hours and openings.
Absent stays absent: a stream that the plan does not speak of is left out on both sides, and is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.core.money import quantise, to_decimal
from shiftledger.core.period import HOUR
from shiftledger.core.trace import Node
from shiftledger.engine.asked import Outputs, carrying, context_of, given, sides_of, standard_flows
from shiftledger.engine.books import Books
from shiftledger.engine.explain import sealed_day
from shiftledger.ledger.ahead_codes import L065, L067
from shiftledger.ledger.index import day_index
from shiftledger.ledger.plan import HOUR_QUANTUM, planned
from shiftledger.ledger.results import read_statements
from shiftledger.ledger.standards import (
    condition_quantum,
    governing_standards,
    is_hourly,
    item_sign,
    measured_outputs,
    total_node,
)
from shiftledger.pipeline import AreaBooks, DayBooks
from shiftledger.plant.cells import AreaShift, cells_of
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import Shift
from shiftledger.quantities.hours import hours_unit
from shiftledger.quantities.quantity import Quantity, ShiftQuantities, UnitTime
from shiftledger.quantities.states import grain, key_of

FAR = 31  # days
PLAN, STANDARD, SEALED = "plan", "standard", "shift"


@dataclass(frozen=True, slots=True)
class Base:
    """What is intended if nothing is set. `flows`: quanta by stream. `outputs` of each area: only where standards ask for the rest.

    `of`: the sealed shift that it rests on; `shares`: how a material is shared among streams, by stream.
    """

    kind: str
    of: str
    plant: Plant
    areas: tuple[str, ...]
    quantities: ShiftQuantities
    flows: Mapping[str, int]
    outputs: Outputs = field(default_factory=dict)
    shares: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    set_back: frozenset[str] = frozenset()  # states that an event set back in the sealed shift


def areas_in(plant: Plant, shift: Shift) -> tuple[AreaShift, ...]:
    """The areas that have this very shift, at the same time. # T2"""
    return tuple(row for row in cells_of(plant, shift.day).shifts if row.shift.id == shift.id and row.shift.span == shift.span)


# The last sealed shift.


def last_comparable(books: Books, shift: Shift, areas: Sequence[str]) -> str | None:
    """The newest sealed shift of the same slot on an earlier day in which anything flowed in the areas, of the last `FAR` sealed days; else None. # L10"""
    wanted = f".{shift.slot}"
    for day in sorted((day for day in books.latest if day < shift.day), reverse=True)[:FAR]:
        try:
            found = read_statements(books.state, {day: books.latest[day].close_id}).get(day, ())
        except Exception:  # a damaged derived file raises whatever its reader raises; the day is computed again below
            return f"{day}{wanted}"
        if any(
            s.area in areas and s.shift == f"{day}{wanted}" and any(line.qty for line in s.lines if line.kind != "fixed")
            for s in found
        ):
            return f"{day}{wanted}"
    return None


def sealed_areas(books: Books, shift: Shift) -> Outcome[tuple[AreaBooks, ...]]:
    """What the newest seal of a shift measured, area by area."""
    if shift.day not in books.latest:
        return Outcome(
            (),
            (
                no_base(
                    f"{shift.id} is not sealed", f"Close it first: shiftledger close PLANT --from {shift.day} --to {shift.day}"
                ),
            ),
        )
    found = sealed_day(books, shift.day, "whatif")
    if found.result is None:
        return Outcome((), found.issues)
    return Outcome(shift_rows(found.result, shift), found.issues)


def shift_rows(books: DayBooks, shift: Shift) -> tuple[AreaBooks, ...]:
    """The areas of a closed day that had this shift at this time, each with the bands of all its cells. # T2"""
    of_cells = {one.shift.id: one for one in books.quantities}
    rows = []
    for (name, _), one in books.areas.items():
        quantities = one.context.quantities
        if name == shift.id and quantities.shift.span == shift.span:
            bands = _joined_bands([of_cells[cell] for cell in one.cells]) if one.cells != (name,) else quantities.bands
            rows.append(replace(one, context=replace(one.context, quantities=replace(quantities, bands=bands))))
    return tuple(rows)


def _joined_bands(cells: Sequence[ShiftQuantities]) -> dict[str, dict[str, Quantity]]:
    """What each stream had in each tariff band, over the cells of a shift. # Q7"""
    found: dict[str, dict[str, list[Quantity]]] = {}
    for cell in cells:
        for stream, bands in cell.bands.items():
            for band, quantity in bands.items():
                found.setdefault(stream, {}).setdefault(band, []).append(quantity)
    return {
        stream: {
            band: replace(parts[0], quanta=sum(one.quanta or 0 for one in parts), node=_sum(stream, band, parts))
            for band, parts in bands.items()
        }
        for stream, bands in found.items()
    }


def _sum(stream: str, band: str, parts: Sequence[Quantity]) -> Node:
    return total_node(f"{stream}, {band}", [one.node for one in parts], parts[0].node.unit, "Q7")


def sealed_base(plant: Plant, rows: Sequence[AreaBooks], shift: Shift, openings: Mapping[str, int]) -> Base:
    """An earlier shift as it was measured, put into `shift`: stocks open with `openings` where these are known, and change as they did.

    Events and halts of another shift are not repeated; so a state that one of them set back stays where it is. # L10
    """
    first = rows[0].context.quantities
    same = first.shift.id == shift.id
    kinds = {event.kind for event in first.events if event.end is not None}
    set_back = frozenset(key for key, state in plant.states.items() if state.reset_by in kinds)
    conditions = {key: value for row in rows for key, value in row.context.quantities.conditions.items()}
    units = {key: unit for row in rows for key, unit in row.context.quantities.units.items()}
    quantities = replace(first, shift=shift, conditions=conditions, units=units)
    if not same:
        still = {key: replace(unit, halts=(), cells=()) for key, unit in units.items()}
        quantities = replace(quantities, parts={}, band_parts={}, crossings={}, events=(), units=still)
        quantities = _reopened(plant, quantities, openings, set_back)
    flows = {key: flow.quantity.quanta or 0 for key, flow in rows[0].balance.flows.items()}
    return Base(
        SEALED,
        first.shift.id,
        plant,
        tuple(row.area for row in rows),
        quantities,
        flows,
        left_out=rows[0].balance.absent,
        set_back=set_back,
    )


def _reopened(
    plant: Plant, quantities: ShiftQuantities, openings: Mapping[str, int], set_back: Collection[str]
) -> ShiftQuantities:
    """Stocks and states moved to where the shift really begins, by the same amount at both ends. # I3"""
    opening, closing = dict(quantities.opening), dict(quantities.closing)
    for key, quanta in sorted(openings.items()):
        ends = opening.get(key), closing.get(key)
        if ends[0] is None or ends[1] is None or ends[0].quanta is None or ends[1].quanta is None:
            continue
        quantum = _quantum(plant, key)
        opening[key] = given(quanta, quantum, f"{key} at the start")
        changed = 0 if key.removeprefix("state:") in set_back and key not in plant.stocks else ends[1].quanta - ends[0].quanta
        closing[key] = given(quanta + changed, quantum, f"{key} at the end")
    return replace(quantities, opening=opening, closing=closing)


# Plan and standards.


def plan_base(
    plant: Plant, shift: Shift, areas: Sequence[str], openings: Mapping[str, int], shares: Mapping[str, int]
) -> Outcome[Base]:
    """What the budget plans and the standards ask for it, at reference conditions: its value is the Plan column. # L4, L10"""
    outputs: dict[str, dict[str, Node]] = {}
    context = context_of(plant, _empty(plant, shift), areas)
    for area in areas:
        rows = governing_standards(area, context)
        names = sorted({row.output for row in rows})
        hourly = {output for output in names if is_hourly(plant, rows, output)}
        plan = planned(context, area, names, hourly) if rows else None
        if plan is not None:
            outputs[area] = plan
    if not outputs:
        message = f"{shift.id} has no plan: no area has a budgeted output or hours with standards"
        return Outcome(
            _none(plant, shift, PLAN), (no_base(message, "Add it to budget.csv, or take --base last or a sealed shift."),)
        )
    return _by_standards(PLAN, "", plant, shift, outputs, openings, shares)


def standard_base(
    plant: Plant, rows: Sequence[AreaBooks], shift: Shift, openings: Mapping[str, int], shares: Mapping[str, int]
) -> Outcome[Base]:
    """What the standards ask for the output of an earlier shift, at reference conditions: its value is a Standard column. # L4, L10"""
    outputs: dict[str, dict[str, Node]] = {}
    for row in rows:
        standards = governing_standards(row.area, row.context)
        found = measured_outputs(row.context, row.area, row.balance, standards) if standards else None
        if found is not None:
            outputs[row.area] = found
    of = rows[0].context.quantities.shift.id
    if not outputs:
        return Outcome(
            _none(plant, shift, STANDARD), (no_base(f"{of} has no output with standards", "Take --base last or a sealed shift."),)
        )
    return _by_standards(STANDARD, of, plant, shift, outputs, openings, shares)


def _by_standards(
    kind: str,
    of: str,
    plant: Plant,
    shift: Shift,
    outputs: Mapping[str, Mapping[str, Node]],
    openings: Mapping[str, int],
    shares: Mapping[str, int],
) -> Outcome[Base]:
    """Flows with standards, states where they stand, premiums at their reference; no bills are asked for by a plan. # L3"""
    areas = tuple(sorted(outputs))
    bare = replace(plant, invoices=())
    quantities = _with_references(bare, _with_hours(bare, _empty(bare, shift), outputs), areas)
    opening = {key: given(openings[key], _quantum(bare, key), f"{key} at the start") for key in sorted(openings)}
    standing = {key: value for key, value in opening.items() if key not in bare.stocks}
    quantities = replace(quantities, opening=opening, closing=standing)
    amounts = {area: {key: node.value for key, node in of_area.items()} for area, of_area in outputs.items()}
    problem = _unshared(bare, shift, areas, shares)
    if problem is not None:
        return Outcome(_none(plant, shift, kind), (problem,))
    flows = {key: quanta for key, (quanta, _) in standard_flows(bare, quantities, amounts, shares).items()}
    near = {row.id for area in areas for row in day_index(bare, shift.day).streams[area]}
    left_out = tuple(sorted(near - set(flows)))
    made = Base(kind, of, bare, areas, quantities, flows, amounts, shares, left_out)
    return Outcome(made, tuple(_disagreements(made)))


def _disagreements(base: Base) -> list[Issue]:
    """Streams of which one area's standards ask for another amount than the other area gives. # B1"""
    taken, found = sides_of(base.plant, base.quantities, base.outputs, base.shares)
    issues = []
    for key in sorted(taken.keys() & found.keys()):
        row = base.plant.streams[key]
        material = base.plant.materials[row.material]
        asked, gives = (to_decimal(side[key][0], material.quantum) for side in (taken, found))
        if asked != gives:
            message = f'stream "{key}": {gives} {material.unit} would be given, {asked} {material.unit} are asked for; what is given counts'
            issues.append(
                Issue(L067.code, L067.severity, message, row.at, f"Bring the outputs together, or set it: --set stream.{key}=...")
            )
    return issues


def _unshared(plant: Plant, shift: Shift, areas: Sequence[str], shares: Mapping[str, int]) -> Issue | None:
    """Several streams for one planned material, and nobody who says how it is shared. # I8"""
    context = context_of(plant, _empty(plant, shift), areas)
    for area in areas:
        rows = governing_standards(area, context)
        named = [(row.output, True) for row in rows] + [(row.item, item_sign(area, row.item, context) > 0) for row in rows]
        for material, gives in dict.fromkeys(named):
            keys = carrying(context, area, material, gives=gives)
            if len(keys) > 1 and not any(shares.get(key) for key in keys):
                message = f"{material} of {area} runs through {', '.join(keys)}, and no sealed shift says how it is shared"
                return no_base(message, "Take a sealed shift as the base: --base 2026-03-31.E.")
    return None


def _empty(plant: Plant, shift: Shift) -> ShiftQuantities:
    return ShiftQuantities(shift, {}, {}, {}, {}, {}, {})


def _none(plant: Plant, shift: Shift, kind: str) -> Base:
    return Base(kind, "", plant, (), _empty(plant, shift), {})


def _with_references(plant: Plant, quantities: ShiftQuantities, areas: Sequence[str]) -> ShiftQuantities:
    """Every condition of the areas' standards at its reference."""
    context = context_of(plant, quantities, areas)
    conditions = {}
    for area in areas:
        for row in governing_standards(area, context):
            if row.condition:
                quantum = condition_quantum(area, row.condition, context)
                conditions[area, row.condition] = given(
                    quantise(row.reference or Decimal(0), quantum), quantum, f"{row.condition}, reference"
                )
    return replace(quantities, conditions=conditions)


def _with_hours(plant: Plant, quantities: ShiftQuantities, outputs: Mapping[str, Mapping[str, Node]]) -> ShiftQuantities:
    """Operating hours that an area's standards count by, as the running time of the unit that tells them. # Q3"""
    context = context_of(plant, quantities, tuple(outputs))
    units = dict(quantities.units)
    for area, of_area in outputs.items():
        unit = hours_unit(plant, area, quantities.shift.day)
        rows = governing_standards(area, context)
        for output, node in of_area.items():
            if unit and is_hourly(plant, rows, output):
                units[unit] = running_for(unit, area, round(node.value * HOUR_QUANTUM * HOUR), quantities.shift)
    return replace(quantities, units=units)


def running_for(unit: str, area: str, running: int, shift: Shift) -> UnitTime:
    """A unit that is meant to run for so many microseconds, and to stand still for the rest, by nobody's fault and no halt's."""
    halted = max(0, shift.span.length - running)
    nodes = {
        name: Node(f"{unit} {name}, intended", time, "us", clause="L10")
        for name, time in (("running", running), ("halted", halted))
    }
    nodes |= {"unknown": Node("unknown", 0, "us"), "starts": Node("starts", 0, "1")}
    return UnitTime(unit, area, running, halted, 0, 0, (), (), ("intended",), nodes)


def _quantum(plant: Plant, key: str) -> Decimal:
    """Of a stock, or of a state by its key."""
    if key in plant.stocks:
        return plant.materials[plant.stocks[key].material].quantum
    return grain(plant, key.removeprefix("state:"))[0]


def openings_before(books: Books | None, plant: Plant, shift: Shift) -> dict[str, int]:
    """What each stock held, and where each state stood, when the books last looked before the shift, else as declared; others are absent. # I3, I8"""
    found = {
        key: quantise(stock.opening, _quantum(plant, key))
        for key, stock in sorted(plant.stocks.items())
        if stock.opening is not None
    }
    states = {key_of(key): state for key, state in sorted(plant.states.items())}
    found |= {key: quantise(state.opening, _quantum(plant, key)) for key, state in states.items() if state.opening is not None}
    seals = [seal for day, seal in sorted((books.latest if books else {}).items()) if day <= shift.day]
    for seal in seals:
        for key, values in seal.boundaries.items():
            known = [at for at in values if at <= shift.span.start]
            if (key in plant.stocks or key in states) and known:
                found[key] = values[max(known)]
    return found


def no_base(message: str, remedy: str) -> Issue:
    """L065."""
    return Issue(L065.code, L065.severity, message, Location("whatif"), remedy)
