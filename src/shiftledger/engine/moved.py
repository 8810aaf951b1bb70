"""What do intentions move, and how? Settings, streams and stocks before and after, in figures (L10, I7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shiftledger.core.canon import plain_decimal
from shiftledger.core.money import to_decimal
from shiftledger.engine.asked import context_of, standard_flows
from shiftledger.engine.bases import Base
from shiftledger.engine.intended import Intended, factor_of, factors_of, hours_in, operating, quantum_of
from shiftledger.engine.intended_terms import assay_before, shift_hours
from shiftledger.engine.intentions import Setting
from shiftledger.ledger.standards import condition_quantum, condition_value
from shiftledger.quantities.states import grain, key_of


@dataclass(frozen=True, slots=True)
class Moved:
    """A stream or the end of a stock that the intentions move: quanta before and after (None: absent), and how, in figures.

    why: set | load | hours | standard | balance.
    """

    kind: str
    what: str
    why: str
    before: int | None
    after: int | None
    quantum: Decimal
    unit: str
    formula: str


def applied(base: Base, first: Intended, second: Intended, setting: Setting) -> tuple[str, str, str | None, str]:
    """Name, unit, the value in the base and the intended one, as text."""
    name, of = setting.name, setting.name.of
    before: Decimal | None = None
    if name.kind == "stream":
        before = to_decimal(base.flows[of[0]], quantum_of(base, of[0])) if of[0] in base.flows else None
    elif name.kind == "load":
        before = Decimal(1)
    elif name.kind == "hours":
        before = hours_in(base, of[0])
    elif name.kind == "price":
        row = context_of(first.plant, first.quantities, base.areas).price(of[0])
        planned = context_of(second.plant, second.quantities, base.areas).price(of[0])
        return name.name, name.unit, plain_decimal(row.price) if row else None, plain_decimal(planned.price) if planned else ""
    elif name.kind == "condition":
        area, condition = of
        context = context_of(first.plant, first.quantities, base.areas)
        found = condition_value(area, condition, context)
        known = found.quanta if found is not None else None
        before = None if known is None else to_decimal(known, condition_quantum(area, condition, context))
    elif name.kind == "assay":
        before = assay_before(base.plant, first.quantities, *of)
    elif name.kind in ("state-start", "state-end"):
        side = first.quantities.opening if name.kind == "state-start" else first.quantities.closing
        stood = side.get(key_of(of[0]))
        before = None if stood is None or stood.quanta is None else to_decimal(stood.quanta, grain(base.plant, of[0])[0])
    elif name.kind == "reset":
        return name.name, name.unit, None, plain_decimal(setting.applied(shift_hours(base)) or Decimal(0))
    else:
        start, quantum = first.quantities.opening.get(of[0]), base.plant.materials[base.plant.stocks[of[0]].material].quantum
        before = None if start is None or start.quanta is None else to_decimal(start.quanta, quantum)
    after = setting.applied(before)
    return name.name, name.unit, None if before is None else plain_decimal(before), "" if after is None else plain_decimal(after)


def moved_by(base: Base, first: Intended, second: Intended, settings: Iterable[Setting]) -> tuple[Moved, ...]:
    """Every stream and stock that the intentions move, and how, in figures."""
    chosen = tuple(settings)
    by_kind: dict[str, list[Setting]] = {}
    for one in chosen:
        by_kind.setdefault(one.name.kind, []).append(one)
    factors, fixed = factors_of(base, by_kind), {one.name.of[0]: one for one in by_kind.get("stream", [])}
    asked = _formulas(base, second)
    rows = []
    for key in sorted({*first.flows, *second.flows}):
        before, after = first.flows.get(key), second.flows.get(key)
        material = base.plant.materials[base.plant.streams[key].material]
        if before == after:
            continue
        factor = factor_of(base, key, factors)
        why, text = (
            ("set", _part(fixed[key], before, material.quantum))
            if key in fixed
            else ("standard", asked[key])
            if asked.get(key)
            else ("load", "")
        )
        if why == "load" and factor is not None and before is not None:
            text = f"{to_decimal(before, material.quantum):f} × {factor[1]}"
        rows.append(Moved("stream", key, why, before, after, material.quantum, material.unit, text))
    for key, stock in sorted(second.plant.stocks.items()):
        ends = [side.quantities.closing.get(key) for side in (first, second)]
        before, after = (end.quanta if end is not None else None for end in ends)
        material = base.plant.materials[stock.material]
        if before != after:
            rows.append(Moved("stock", key, "balance", before, after, material.quantum, material.unit, ""))
    return tuple(rows)


def _part(setting: Setting, before: int | None, quantum: Decimal) -> str:
    """A change of the base in figures; a number that was set needs none."""
    if setting.times is None or before is None:
        return ""
    return f"{to_decimal(before, quantum):f} × {plain_decimal(setting.times)}"


def _formulas(base: Base, meant: Intended) -> dict[str, str]:
    """By stream, the standards that it follows from, in figures; empty where standards decide nothing."""
    if not base.outputs:
        return {}
    context = context_of(base.plant, meant.quantities, base.areas)
    outputs: dict[str, dict[str, int]] = {}
    for area, of_area in base.outputs.items():
        account = f"area:{area}"
        outputs[area] = {}
        for output, planned in of_area.items():
            own = [
                r.id for r in context.index.streams[area] if r.material == output and base.plant.account_of(r.source) == account
            ]
            known = [meant.flows[key] for key in own if key in meant.flows and key in base.flows]
            outputs[area][output] = sum(known) if known else operating(base, meant.quantities, area, output, planned)
    return {
        key: text
        for key, (_, text) in standard_flows(base.plant, meant.quantities, outputs, {**base.shares, **meant.flows}).items()
    }
