"""A base with intentions applied: what flows, what is in stocks, what conditions hold and what things cost (L10, B1, I8).

What is not set stays. On a base of standards the inputs follow from the intended outputs under the intended conditions; on a sealed
shift a load moves every stream of its unit alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from shiftledger.core.canon import plain_decimal
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.money import EXACT, quantise, split, to_decimal
from shiftledger.core.period import HOUR
from shiftledger.engine.asked import context_of, given, standard_flows
from shiftledger.engine.bases import Base, running_for
from shiftledger.engine.intended_terms import at_reference, one_assay, with_terms
from shiftledger.engine.intentions import Setting
from shiftledger.ledger.ahead_codes import L063
from shiftledger.ledger.plan import HOUR_QUANTUM
from shiftledger.ledger.standards import condition_quantum, condition_value, governing_standards, is_hourly
from shiftledger.plant.model import Plant, Price, valid_on
from shiftledger.plant.price_sets import at_set, price_set_on
from shiftledger.quantities.halts import hour_quanta
from shiftledger.quantities.hours import hours_unit
from shiftledger.quantities.quantity import Quantity, ShiftQuantities
from shiftledger.quantities.states import key_of


@dataclass(frozen=True, slots=True)
class Intended:
    """Quantities of a shift and the plant (with its prices) to value them with."""

    plant: Plant
    quantities: ShiftQuantities
    flows: Mapping[str, int]


def intended(base: Base, settings: Iterable[Setting], prices: str | None) -> Outcome[Intended]:
    """The base with every setting applied; a change of what is absent is an issue. # L10, I8"""
    by_kind: dict[str, list[Setting]] = {}
    for one in one_assay(base, tuple(settings)):
        by_kind.setdefault(one.name.kind, []).append(one)
    issues: list[Issue] = []
    plant = _priced(base, by_kind.get("price", []), prices, issues)
    quantities = _with_states(base, by_kind.get("condition", []), issues)
    quantities = _with_hours(base, quantities, by_kind.get("hours", []), issues)
    plant = _without(plant, base.left_out)
    factors = factors_of(base, by_kind)
    issues += _idle(base, factors, {one.name.of[0] for one in by_kind.get("hours", [])})
    fixed = _set_streams(base, by_kind.get("stream", []), issues)
    if base.outputs:
        flows = _asked(base, quantities, factors, fixed)
    else:
        flows = {
            key: fixed.get(key, _times(base, key, quanta, factors))
            for key, quanta in {**dict.fromkeys(fixed, 0), **base.flows}.items()
        }
    quantities = _with_openings(base, quantities, by_kind.get("opening", []), issues)
    quantities = _with_flows(base, plant, quantities, flows)
    if base.outputs:
        quantities = at_reference(base.plant, quantities, sorted(flows))
    quantities = with_terms(base, quantities, flows, by_kind, issues)
    return Outcome(Intended(plant, quantities, flows), ordered(issues))


def _idle(base: Base, factors: Mapping[str, tuple[Decimal, str]], hours: set[str]) -> list[Issue]:
    """Units whose load or hours would move nothing, because the standards follow outputs that they do not give."""
    if not base.outputs:
        return []
    planned = {output for of_area in base.outputs.values() for output in of_area}
    giving = {row.source for key, row in base.plant.streams.items() if row.material in planned and key in base.flows}
    context = context_of(base.plant, base.quantities, base.areas)
    hourly = {
        hours_unit(base.plant, area, base.quantities.shift.day)
        for area, of_area in base.outputs.items()
        if any(is_hourly(base.plant, governing_standards(area, context), output) for output in of_area)
    }
    return [
        Issue(
            L063.code,
            L063.severity,
            f'unit "{unit}" gives no output of the base, so its load moves nothing',
            Location("--set"),
            "Set its streams, or take a sealed shift as the base.",
        )
        for unit in sorted(factors)
        if unit not in giving and not (unit in hourly and unit in hours)
    ]


def _without(plant: Plant, streams: Iterable[str]) -> Plant:
    """The plant without streams of which nothing is said, so that what is said can be compared. # I8"""
    out = set(streams)
    return replace(plant, streams={key: row for key, row in plant.streams.items() if key not in out}) if out else plant


def _priced(base: Base, settings: list[Setting], prices: str | None, issues: list[Issue]) -> Plant:
    """The plant with the price set and the prices that are meant. # L1"""
    plant = base.plant if prices is None else at_set(base.plant, prices)
    day = base.quantities.shift.day
    price_set = price_set_on(plant, day)
    rows = list(plant.prices)
    for one in settings:
        (material,) = one.name.of
        held = [r for r in rows if (r.price_set, r.material, r.band) == (price_set, material, "") and valid_on(r, day)]
        price = one.applied(held[0].price if held else None)
        if price is None:
            issues.append(_absent(one))
            continue
        rows = [row for row in rows if row not in held]
        rows.append(Price(price_set, material, price, source="what if", at=Location("--set")))
    return replace(plant, prices=tuple(rows))


def _with_states(base: Base, settings: list[Setting], issues: list[Issue]) -> ShiftQuantities:
    """Conditions as they are meant; a state that the crew takes over is meant at the start, and changes in the shift as in the base."""
    quantities = base.quantities
    context = context_of(base.plant, quantities, base.areas)
    conditions, opening, closing = dict(quantities.conditions), dict(quantities.opening), dict(quantities.closing)
    for one in settings:
        area, name = one.name.of
        quantum, have = condition_quantum(area, name, context), condition_value(area, name, context)
        known = have.quanta if have is not None else None
        value = one.applied(None if known is None else to_decimal(known, quantum))
        if value is None:
            issues.append(_absent(one))
            continue
        quanta = quantise(value, quantum)
        meant = given(quanta, quantum, f"{one.name.name}, set")
        if have is not None and have is opening.get(key_of(name)):
            end = closing.get(key_of(name))
            opening[key_of(name)] = meant
            if end is not None and end.quanta is not None and known is not None:
                closing[key_of(name)] = given(end.quanta + quanta - known, quantum, f"{name} at the end")
        else:
            conditions[area, name] = meant
    return replace(quantities, conditions=conditions, opening=opening, closing=closing)


def _with_hours(base: Base, quantities: ShiftQuantities, settings: list[Setting], issues: list[Issue]) -> ShiftQuantities:
    units = dict(quantities.units)
    for one in settings:
        (unit,) = one.name.of
        hours = one.applied(hours_in(base, unit))
        if hours is None:
            issues.append(_absent(one))
        else:
            units[unit] = running_for(
                unit, base.plant.units[unit].area, quantise(EXACT.multiply(hours, Decimal(HOUR)), Decimal(1)), quantities.shift
            )
    return replace(quantities, units=units)


def hours_in(base: Base, unit: str) -> Decimal | None:
    """How long the unit runs in the base: as measured or planned, else all the shift. # Q3"""
    time = base.quantities.units.get(unit)
    running = time.running if time is not None else base.quantities.shift.span.length
    return None if running is None else EXACT.divide(Decimal(running), Decimal(HOUR))


def factors_of(base: Base, by_kind: Mapping[str, list[Setting]]) -> dict[str, tuple[Decimal, str]]:
    """By unit: what its streams are multiplied by, its load times the share of its hours, and that in figures."""
    found: dict[str, tuple[Decimal, str]] = {}
    for one in by_kind.get("load", []):
        number = one.times if one.times is not None else one.number
        assert number is not None
        found[one.name.of[0]] = (number, plain_decimal(number))
    for one in by_kind.get("hours", []):
        (unit,) = one.name.of
        have = hours_in(base, unit)
        hours = one.applied(have)
        if not have or hours is None:
            continue
        load, text = found.get(unit, (Decimal(1), ""))
        part = f"{plain_decimal(hours)} / {plain_decimal(have)}"
        found[unit] = (EXACT.divide(EXACT.multiply(load, hours), have), f"{text} × {part}" if text else part)
    return found


def factor_of(base: Base, stream: str, factors: Mapping[str, tuple[Decimal, str]]) -> tuple[Decimal, str] | None:
    """That of the unit which gives the stream, else of the one which takes it."""
    row = base.plant.streams[stream]
    return factors.get(row.source) or factors.get(row.target)


def _times(base: Base, stream: str, quanta: int, factors: Mapping[str, tuple[Decimal, str]]) -> int:
    found = factor_of(base, stream, factors)
    return quanta if found is None else quantise(EXACT.multiply(Decimal(quanta), found[0]), Decimal(1))


def _set_streams(base: Base, settings: list[Setting], issues: list[Issue]) -> dict[str, int]:
    """Streams that are set, in quanta."""
    fixed: dict[str, int] = {}
    for one in settings:
        (key,) = one.name.of
        quantum, have = quantum_of(base, key), base.flows.get(key)
        value = one.applied(None if have is None else to_decimal(have, quantum))
        if value is None:
            issues.append(_absent(one))
        else:
            fixed[key] = quantise(value, quantum)
    return fixed


def _asked(
    base: Base, quantities: ShiftQuantities, factors: Mapping[str, tuple[Decimal, str]], fixed: Mapping[str, int]
) -> dict[str, int]:
    """What the standards ask for the intended outputs under the intended conditions; what is set stands. # L4"""
    outputs: dict[str, dict[str, int]] = {}
    shares = dict(base.shares)
    context = context_of(base.plant, quantities, base.areas)
    for area, of_area in base.outputs.items():
        outputs[area] = dict(of_area)
        for output in of_area:
            account = f"area:{area}"
            given_by = [
                r.id for r in context.index.streams[area] if r.material == output and base.plant.account_of(r.source) == account
            ]
            own = [key for key in given_by if key in base.flows]
            parts = {key: fixed.get(key, _times(base, key, base.flows[key], factors)) for key in own}
            if own:
                outputs[area][output] = sum(parts.values())
                shares |= parts
            else:
                outputs[area][output] = operating(base, quantities, area, output, of_area[output])
    asked = {key: quanta for key, (quanta, _) in standard_flows(base.plant, quantities, outputs, shares).items()}
    return {**asked, **fixed}


def operating(base: Base, quantities: ShiftQuantities, area: str, output: str, planned: int) -> int:
    """An output that no stream carries: the operating hour in quanta of 0.0001 h where the hours of its unit are set, else as it was."""
    if not is_hourly(base.plant, governing_standards(area, context_of(base.plant, quantities, base.areas)), output):
        return planned
    key = hours_unit(base.plant, area, quantities.shift.day)
    unit = quantities.units.get(key)
    if unit is None or unit is base.quantities.units.get(key):
        return planned
    return hour_quanta(unit.running or 0, quantum=HOUR_QUANTUM)


def _with_openings(base: Base, quantities: ShiftQuantities, settings: list[Setting], issues: list[Issue]) -> ShiftQuantities:
    opening = dict(quantities.opening)
    for one in settings:
        (stock,) = one.name.of
        quantum = base.plant.materials[base.plant.stocks[stock].material].quantum
        have = opening.get(stock)
        value = one.applied(None if have is None or have.quanta is None else to_decimal(have.quanta, quantum))
        if value is None:
            issues.append(_absent(one))
        else:
            opening[stock] = given(quantise(value, quantum), quantum, f"{stock} at the start, set")
    return replace(quantities, opening=opening)


def _with_flows(base: Base, plant: Plant, quantities: ShiftQuantities, flows: Mapping[str, int]) -> ShiftQuantities:
    """Streams with their intended quanta, and every stock with what then is left in it. # B1

    A stream that the base derives from its stock stays derived, so that a residual of the base stays what it was.
    """
    streams = dict(quantities.streams)
    for key, quanta in flows.items():
        have = streams.get(key)
        derived = have is None and key in base.flows and not base.outputs
        if not derived and (have is None or have.quanta != quanta):
            streams[key] = given(quanta, quantum_of(base, key), key)
    bands = {key: _shared(base, key, of, flows.get(key)) for key, of in quantities.bands.items()}
    kept = {key: parts for key, parts in quantities.parts.items() if flows.get(key) == base.flows.get(key)}
    closing = dict(quantities.closing)
    for stock in sorted(plant.stocks):
        closing[stock] = _left(base, plant, quantities, flows, stock)
    off = {key: _off(base, key, part, flows.get(key)) for key, part in quantities.offspec.items()}
    return replace(quantities, streams=streams, bands=bands, parts=kept, band_parts={}, closing=closing, offspec=off)


def _off(base: Base, stream: str, part: Quantity, quanta: int | None) -> Quantity:
    """What of a stream is off-spec, in the base's proportion. # L4"""
    have = base.flows.get(stream)
    if quanta is None or quanta == have or not have or part.quanta is None:
        return part
    return given(split(quanta, (part.quanta, have - part.quanta))[0], quantum_of(base, stream), f"{stream}, off-spec")


def _shared(base: Base, stream: str, bands: Mapping[str, Quantity], quanta: int | None) -> Mapping[str, Quantity]:
    """The bands of a stream in the base's proportions."""
    if quanta is None or quanta == base.flows.get(stream):
        return bands
    parts = split(quanta, [abs(band.quanta or 0) for _, band in sorted(bands.items())])
    return {
        name: given(part, quantum_of(base, stream), f"{stream}, {name}")
        for (name, _), part in zip(sorted(bands.items()), parts, strict=True)
    }


def _left(base: Base, plant: Plant, quantities: ShiftQuantities, flows: Mapping[str, int], stock: str) -> Quantity:
    """What is in a stock at the end: as in the base, and what its start and its flows have more; absent where one of them is. # I8"""
    row = plant.stocks[stock]
    quantum = plant.materials[row.material].quantum
    opening, ended, began = quantities.opening.get(stock), base.quantities.closing.get(stock), base.quantities.opening.get(stock)
    touching = [(key, s.target == stock, s.source == stock) for key, s in plant.streams.items() if stock in (s.source, s.target)]
    absent = given(None, quantum, f"{stock} at the end")
    if opening is None or opening.quanta is None or any(key not in flows for key, _, _ in touching):
        return ended if ended is not None and flows == base.flows else absent
    if base.outputs:
        moved = sum((into - out) * flows[key] for key, into, out in touching)
        return given(opening.quanta + moved, quantum, f"{stock} at the end")
    if (
        ended is None
        or ended.quanta is None
        or began is None
        or began.quanta is None
        or any(key not in base.flows for key, _, _ in touching)
    ):
        return ended if ended is not None and flows == base.flows else absent
    more = sum((into - out) * (flows[key] - base.flows[key]) for key, into, out in touching) + opening.quanta - began.quanta
    return ended if not more else given(ended.quanta + more, quantum, f"{stock} at the end")


def _absent(setting: Setting) -> Issue:
    message = (
        f"{setting.name.name}={setting.text}: the base does not say how much it is, so nothing can be changed by a part of it"
    )
    return Issue(L063.code, L063.severity, message, Location("--set"), f"Set a number in {setting.name.unit or 'its unit'}.")


def quantum_of(base: Base, stream: str) -> Decimal:
    return base.plant.materials[base.plant.streams[stream].material].quantum
