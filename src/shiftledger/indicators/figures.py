"""Indicators of one area and shift from their one definition (N1): the formula over what was posted and measured.

Names in a formula: `stream.<id>` (quantity in the material's unit), `component.<name>` and `state.<name>` (condition values),
`assay.<component>.<stream>` (the mean assay of one stream), `hours` (of the shift), `factor.<factor>.<material>` (the dated factor, N4),
`running.<unit>`, `halted.<unit>`, `halt.<cause>.<unit>`, `unknown.<unit>` (hours) and `starts.<unit>` (Q3). Results are rounded to the
indicator's quantum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shiftledger.balance.nodes import Balance
from shiftledger.core.issue import Issue
from shiftledger.core.money import quantise, to_decimal
from shiftledger.core.trace import Node
from shiftledger.indicators.codes import N001, N002, N003
from shiftledger.indicators.formula import Formula, FormulaError, parse, recoveries, value_of
from shiftledger.plant.codes import closest
from shiftledger.plant.model import IndicatorRow, Plant, valid_on
from shiftledger.plant.rows import complete, declared, part_of, place
from shiftledger.plant.unit_names import unit_figure
from shiftledger.quantities.conditions import ASSAY, assay_meter
from shiftledger.quantities.decisions import Decision
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.quantities.recovery import Recovery, refusal, two_product
from shiftledger.quantities.unit_figures import figure_node


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator's value in whole quanta of its unit; None where absent."""

    id: str
    value: int | None
    quantum: Decimal
    unit: str


def figures(
    plant: Plant, area: str, quantities: ShiftQuantities, balance: Balance
) -> tuple[tuple[tuple[Figure, Node], ...], tuple[Issue, ...], tuple[Decision, ...]]:
    """Every indicator of the area that holds on the day, in id order, with its trace; what is wrong, and what was decided. # N1

    Issues are of formulas that cannot be read and of recoveries that the assays cannot support (Q5): those are absent.
    """
    found: list[tuple[Figure, Node]] = []
    issues: list[Issue] = []
    decisions: list[Decision] = []
    for row in sorted(plant.indicators.values(), key=lambda r: r.id):
        if row.area != area or not valid_on(row, quantities.shift.day):
            continue
        try:
            formula = parse(row.formula)
        except FormulaError as error:
            issues.append(_issue(plant, row, str(error)))
            continue
        operands = {name: _operand(plant, area, name, quantities, balance) for name in formula.names}
        unknown = [name for name, node in operands.items() if node is None]
        if unknown:
            issues.append(_unknown(plant, row, unknown))
            continue
        known = {name: node for name, node in operands.items() if node is not None}
        judged = [_recovery(area, names, known, quantities) for names in recoveries(formula)]
        why = next((one.refused for one in judged if one.refused), "")
        if why:
            label = f"{row.id}: no recovery, for {why}"
            found.append((Figure(row.id, None, row.quantum, row.unit), Node(label, None, row.unit, clause="Q5", at=str(row.at))))
            message = f'{quantities.shift.id}: indicator "{row.id}" is absent, for {why}'
            issues.append(Issue(N003.code, N003.severity, message, row.at, "Look at the three samples; correct or repeat them."))
            span = quantities.shift.span
            decisions.append(refusal(row.id, span.start, span.end, str(row.at)))
            continue
        figure, node = _figure(row, formula, known)
        told = ", ".join(
            f"recovery {one.value:.4f} \N{PLUS-MINUS SIGN} {one.sigma:.4f}" for one in judged if one.value is not None
        )
        found.append((figure, replace(node, label=f"{row.id} ({told})") if told else node))
    return tuple(found), tuple(issues), tuple(decisions)


def _recovery(area: str, names: tuple[str, str, str], operands: Mapping[str, Node], quantities: ShiftQuantities) -> Recovery:
    """The recovery of three conditions of the area: supported by them, or refused with the reason. # Q5"""
    parts = [_sampled(area, name, quantities) for name in names]
    missing = [name for name, part in zip(names, parts, strict=True) if part is None]
    if missing:
        whose = "is known" if missing[0].startswith(ASSAY) else f"belongs to {area}"
        return Recovery(None, refused=f"no sample of {missing[0]} {whose}")
    units = sorted({operands[name].unit for name in names})
    if len(units) > 1:
        return Recovery(None, refused=f"its assays are in different units ({', '.join(units)})")
    feed, concentrate, tailings = (part for part in parts if part is not None)
    values = [operands[name].value for name in names]
    f, c, t = (float("nan") if value is None else float(value) for value in values)
    return two_product(feed, concentrate, tailings, (f, c, t))


def _sampled(area: str, name: str, quantities: ShiftQuantities) -> Quantity | None:
    """The mean assay that `assay.<component>.<stream>` or `component.<name>` stands for; None if there is none. # Q5"""
    kind, _, key = name.partition(".")
    component, _, stream = key.partition(".")
    return quantities.assays.get((stream, component)) if kind == ASSAY else quantities.conditions.get((area, key))


def _figure(row: IndicatorRow, formula: Formula, operands: dict[str, Node]) -> tuple[Figure, Node]:
    args = (("formula", row.formula), ("names", tuple(operands)), ("quantum", row.quantum))
    values = [node.value for node in operands.values()]
    quanta = formula_quanta(*values, formula=row.formula, names=tuple(operands), quantum=row.quantum)
    node = Node(row.id, quanta, row.unit, "formula_quanta", args, tuple(operands.values()), "N1", str(row.at))
    return Figure(row.id, quanta, row.quantum, row.unit), node


def formula_quanta(*values: float | None, formula: str, names: tuple[str, ...], quantum: Decimal) -> int | None:
    """The formula over named values, rounded to its quantum; an operation of a trace."""
    value = value_of(parse(formula), dict(zip(names, values, strict=True)))
    return None if value is None else quantise(value, quantum)


def physical(quanta: int | None, *, quantum: Decimal) -> float | None:
    """Quanta as a number in the unit; an operation of a trace."""
    return None if quanta is None else float(to_decimal(quanta, quantum))


def _operand(plant: Plant, area: str, name: str, quantities: ShiftQuantities, balance: Balance) -> Node | None:
    """The node that a name stands for; None if nothing is called so."""
    kind, _, key = name.partition(".")
    shift = quantities.shift
    if name == "hours":
        return Node("hours of the shift", shift.span.hours, "h", clause="T2")
    if kind == "stream" and key in plant.streams:
        material = plant.materials[plant.streams[key].material]
        flow = balance.flows.get(key)
        if flow is None:
            return Node(name, None, material.unit)
        args = (("quantum", material.quantum),)
        return Node(
            name, physical(flow.quantity.quanta, quantum=material.quantum), material.unit, "physical", args, (flow.quantity.node,)
        )
    if kind in ("component", "state"):
        condition = quantities.conditions.get((area, key))
        meters = [m for m in plant.meters if m.kind in ("lab", "state") and key in (m.component, m.state) and key]
        if not meters:
            return None
        if condition is None or condition.quanta is None:
            return Node(name, None, meters[0].unit)
        quantum = dict(condition.node.args).get("quantum", meters[0].quantum)  # the condition's own meter, whichever it is
        value = physical(condition.quanta, quantum=quantum)
        return Node(name, value, meters[0].unit, "physical", (("quantum", quantum),), (condition.node,))
    if kind == ASSAY:
        return _assay(plant, name, quantities)
    figure = unit_figure(name)
    if figure is not None and figure[1] in plant.units:
        return figure_node(name, quantities.units)
    if kind == "factor":
        factor, _, material_id = key.partition(".")
        rows = [r for r in plant.factors if (r.factor, r.material) == (factor, material_id)]
        held = [r for r in rows if valid_on(r, shift.day)]
        if held:
            return Node(name, float(held[0].value), held[0].unit, at=str(held[0].at), clause="Q8")
        return Node(name, None) if rows else None
    return None


def _assay(plant: Plant, name: str, quantities: ShiftQuantities) -> Node | None:
    """The mean assay of a stream in the shift; None if no laboratory ever looks for that component there. # Q5, N1"""
    component, _, stream = name.partition(".")[2].partition(".")
    if not _is_assayed(plant, component, stream):
        return None
    assay, meter = quantities.assays.get((stream, component)), assay_meter(plant, stream, component, quantities.shift.day)
    if assay is None or assay.quanta is None or meter is None:
        return Node(name, None, meter.unit if meter else "")
    args = (("quantum", meter.quantum),)
    return Node(name, physical(assay.quanta, quantum=meter.quantum), meter.unit, "physical", args, (assay.node,))


def _is_assayed(plant: Plant, component: str, stream: str) -> bool:
    return any(m.kind == "lab" and (m.component, m.stream) == (component, stream) for m in plant.meters)


def formula_checks(plant: Plant) -> tuple[Issue, ...]:
    """Formulas that cannot be read or name something that is not there, before any day is closed. # N1"""
    issues = []
    for row in sorted(plant.indicators.values(), key=lambda r: r.id):
        try:
            names = parse(row.formula).names
        except FormulaError as error:
            issues.append(_issue(plant, row, str(error)))
            continue
        unknown = [name for name in names if not _is_known(plant, name) and _could_be_known(plant, name)]
        if unknown:
            issues.append(_unknown(plant, row, unknown))
    return tuple(issues)


def _is_known(plant: Plant, name: str) -> bool:
    kind, _, key = name.partition(".")
    factor, _, material = key.partition(".")
    figure = unit_figure(name)
    return (
        name == "hours"
        or (figure is not None and figure[1] in plant.units)
        or (kind == "stream" and key in plant.streams)
        or (
            kind in ("component", "state")
            and any(m.kind in ("lab", "state") and key in (m.component, m.state) for m in plant.meters if key)
        )
        or (kind == ASSAY and _is_assayed(plant, factor, material))
        or (kind == "factor" and any((r.factor, r.material) == (factor, material) for r in plant.factors))
    )


# Where the names of a formula are declared, by their first word; anything else is a unit's.
_DECLARED_IN = {
    "stream": ("stream",),
    "component": ("meter",),
    "state": ("meter",),
    ASSAY: ("meter", "stream"),
    "factor": ("factor",),
}


def _could_be_known(plant: Plant, name: str) -> bool:
    """False where a broken file may declare it, or one that is missing and that other rows name: that is said already."""
    wanted = {"stream": plant.meters, "meter": [row for row in plant.sources.values() if row.columns], "unit": plant.streams}
    there = {"stream": plant.streams, "meter": plant.meters, "unit": plant.units}
    tables = _DECLARED_IN.get(name.partition(".")[0], ("unit",))
    key = name.partition(".")[2]
    if tables == ("stream",) and plant.text and (known := declared(plant.text, "stream")) is not None:
        return key not in known and bool(plant.streams or not plant.meters)  # a row that cannot be read has its own message
    whole = {table for table in tables if not plant.text or complete(plant, table)}
    return all(table in whole and bool(there.get(table, True) or not wanted[table]) for table in tables)


def _unknown(plant: Plant, row: IndicatorRow, names: Sequence[str]) -> Issue:
    """What a formula names and nothing is called, at the formula, with the closest name that there is."""
    at = part_of(place(plant.text, row.at, "formula"), names[0])
    remedy = (
        "Use stream.<id>, state.<name>, component.<name>, assay.<component>.<stream>, factor.<factor>.<material>, hours, or running.<unit>, "
        "halted.<unit>, halt.<cause>.<unit>, starts.<unit>."
    )
    near = closest(names[0], _known_names(plant))
    message = f'indicator "{row.id}": nothing is called {", ".join(names)}'
    return Issue(N002.code, N002.severity, message, at, f"{near}Correct the formula." if near else remedy)


def _known_names(plant: Plant) -> list[str]:
    """What a formula may name, but for the hours of units."""
    streams = [f"stream.{key}" for key in plant.streams]
    told = [f"state.{m.state}" for m in plant.meters if m.state] + [
        f"component.{m.component}" for m in plant.meters if m.component
    ]
    assays = [f"{ASSAY}.{m.component}.{m.stream}" for m in plant.meters if m.kind == "lab" and m.stream]
    return [*streams, *told, *assays, *(f"factor.{r.factor}.{r.material}" for r in plant.factors)]


def _issue(plant: Plant, row: IndicatorRow, why: str) -> Issue:
    at = place(plant.text, row.at, "formula")
    remedy = "Use + - * / ** ( ) sqrt min max recovery and names of quantities."
    return Issue(N001.code, N001.severity, f'indicator "{row.id}": {why}', at, remedy)


OPERATIONS = (("formula_quanta", formula_quanta), ("physical", physical))
