"""The postings of one shift (L1, L2, L5): every flow from one account to another, what stocks do not explain, and prices that differ.

Rows are made for the whole shift first and shared among crew intervals by largest remainder afterwards, so that a substitute moves
nothing: neither quantity nor cents of the shift depend on who ran it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from shiftledger.balance.nodes import Balance, Flow, basis_of
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.money import EXACT, amount, split
from shiftledger.core.trace import Node
from shiftledger.core.uncertainty import ErrorVector, combine
from shiftledger.ledger.codes import L001, L002, L004, L006, L019
from shiftledger.ledger.index import DayIndex
from shiftledger.ledger.posting import SITE_PRICE, SITE_REVALUATION, SITE_ROUNDING, Posting
from shiftledger.ledger.prices import price_on
from shiftledger.plant.crews import areas_of, crew_cells
from shiftledger.plant.linked import OPERATIONS as LINKED_OPERATIONS
from shiftledger.plant.model import Area, Material, Plant, Price
from shiftledger.plant.price_sets import price_set_on
from shiftledger.plant.roster import CrewInterval
from shiftledger.quantities.quantity import Quantity, ShiftQuantities

MARKET = "market"  # stands after the @ of a price difference, like a band


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting with what explains it: its trace, and its error vector in money."""

    posting: Posting
    node: Node
    errors: ErrorVector = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShiftContext:
    """What every row of one shift shares."""

    plant: Plant
    quantities: ShiftQuantities
    month: str
    crews: Mapping[str, tuple[CrewInterval, ...]]
    index: DayIndex
    settled_prices: Mapping[str, Decimal] = field(default_factory=dict)  # of a settled day before, by material

    def price(self, material: str, band: str = "") -> Price | None:
        """The price row that holds on the day; band "" is the planned price. # L1"""
        return self.index.prices.get((material, band))

    def price_errors(self, what: str, quanta: int) -> ErrorVector:
        """What the price of `what` (a material, or its band) does to the money of so many quanta: one source per price. # Q6"""
        material, _, band = what.partition("@")
        price = self.price(material, band)
        if price is None or not price.sigma:
            return {}
        return {f"price:{what}": float(price.price * price.sigma * quanta * self.plant.materials[material].quantum)}

    @property
    def day(self) -> date:
        return self.quantities.shift.day

    @property
    def decimals(self) -> int:
        return self.plant.settings.money_decimals


def post_shift(context: ShiftContext, balance: Balance, before: date | None) -> Outcome[tuple[Entry, ...]]:
    """All rows of a shift in canonical order; `before` is the previous production day if this is its day's first shift. # L2"""
    issues: list[Issue] = []
    entries: list[Entry] = []
    for flow in balance.flows.values():
        entries += _flow_rows(context, flow, issues)
    for stock in sorted(context.plant.stocks):
        entries += list(_stock_rows(context, stock, balance, tuple(entries), issues))
        if before is not None:
            entries += _revaluation_rows(context, stock, before)
    for unit in sorted(context.plant.units):
        entries += _residual_rows(context, unit, balance)
    for stream in balance.absent:
        row = context.plant.streams[stream]
        issues.append(
            Issue(
                L004.code,
                L004.severity,
                f'{context.quantities.shift.id}: stream "{stream}" is absent, nothing is posted for it',
                row.at,
                _to_load(context, stream),
            )
        )
    entries.sort(key=lambda entry: entry.posting.sort_key)
    return Outcome(tuple(entries), ordered(issues))


def _to_load(context: ShiftContext, stream: str) -> str:
    """What would make an absent stream known: its bill, its readings, or what it follows from. # I8"""
    if stream not in context.quantities.streams:
        return "It has no meter and follows from its stock: load dips at both boundaries and the stock's other flows."
    if any(meter.kind == "booking" for meter in context.plant.meters if meter.stream == stream):
        return "Load its bill when it comes; what comes after lab_cutoff (plant.toml) counts in prior period, for no crew."
    return "Load the readings of its meter, or declare a fill for it in meters.csv."


def _flow_rows(context: ShiftContext, flow: Flow, issues: list[Issue]) -> Iterator[Entry]:
    """One flow at its planned price, shared among crews, and the price difference of its tariff bands. # L1, L2, L5"""
    plant, row = context.plant, flow.stream
    material = plant.materials[row.material]
    price = context.price(row.material)
    if price is None:
        issues.append(no_price(context, row.material))
        return
    source, target = plant.account_of(row.source), plant.account_of(row.target)
    label = f"{row.material}, {context.quantities.shift.id}"
    node = amount_node(label, flow.quantity.node, price, material, context.decimals)
    yield from shared(context, flow, source, target, row.material, flow.quantity, node, flow.kind, "L2")
    if source == target:  # inside one area nobody pays a tariff
        return
    for band, quantity in sorted(context.quantities.bands.get(row.id, {}).items()):
        band_price = context.price(row.material, band)
        if band_price is None:
            issues.append(no_price(context, row.material, band))
            continue
        at_site = (_price_account(plant, source), _price_account(plant, target))
        what = f"{row.material}@{band}"
        label = f"{what}, {context.quantities.shift.id}"
        node = amount_node(label, quantity.node, band_price, material, context.decimals, price)
        yield from shared(context, flow, *at_site, what, quantity, node, "price", "L1")
    yield from market_rows(context, flow, price, issues)


def market_rows(context: ShiftContext, flow: Flow, price: Price, issues: list[Issue]) -> Iterator[Entry]:
    """What the market asks more than planned for what comes from outside or goes there. # L1

    A material with tariff bands has its own prices of the hour, and one that the market's set does not know has no market.
    """
    plant, row = context.plant, flow.stream
    ends = [plant.account_of(end) for end in (row.source, row.target)]
    material = plant.materials[row.material]
    if material.band_state or material.id not in context.index.market or not any(end.startswith("outside") for end in ends):
        return
    asked = context.index.market[material.id]
    if asked is None:
        message = (
            f'{context.day}: "{material.id}" has no price in set "{plant.settings.market_set}", the price difference is absent'
        )
        remedy = f"Add a row that is valid on {context.day} to prices/{plant.settings.market_set}.csv."
        issues.append(Issue(L019.code, L019.severity, message, material.at, remedy))
        return
    what = f"{material.id}@{MARKET}"
    label = f"{what}, {context.quantities.shift.id}"
    node = amount_node(label, flow.quantity.node, asked, material, context.decimals, price)
    source, target = (_price_account(plant, end) for end in ends)
    yield from shared(context, flow, source, target, what, flow.quantity, node, "price", "L1")


def _price_account(plant: Plant, account: str) -> str:
    """Where a price difference stands: at the site, unless the area declares that tariffs are its own doing. # L1"""
    if account.startswith("outside"):
        return account
    area: Area | None = plant.areas.get(account.removeprefix("area:"))
    return account if area is not None and area.tou_is_ours else SITE_PRICE


def no_price(context: ShiftContext, material: str, band: str = "") -> Issue:
    kind = L002 if band else L001
    what = f'material "{material}"' + (f' in band "{band}"' if band else "")
    price_set = price_set_on(context.plant, context.day)
    waits = ", or the quotation that its link waits for (shiftledger check)" if context.plant.links else ""
    return Issue(
        kind.code,
        kind.severity,
        f'{context.day}: {what} has no price in set "{price_set}"',
        context.plant.materials[material].at,
        f"Add a row that is valid on {context.day} to prices/{price_set}.csv{waits}.",
    )


def shared(
    context: ShiftContext,
    flow: Flow,
    source: str,
    target: str,
    what: str,
    quantity: Quantity,
    node: Node,
    kind: str,
    clause: str,
) -> Iterator[Entry]:
    """The rows of one quantity at one price, `node` its amount over both: shift totals first, then crews. # L5"""
    assert quantity.quanta is not None
    total, per_unit = node.value, node.children[1].value
    areas = areas_of(context.plant, flow.stream) if kind != "price" or "area:" in source + target else ()
    cells = crew_cells(context.quantities.shift.span, [context.crews.get(area, ()) for area in areas])
    found = context.quantities
    band = what.partition("@")[2] if kind == "price" else MARKET
    weights = found.parts.get(flow.stream.id) if band == MARKET else found.band_parts.get((flow.stream.id, band))
    if weights is None or len(weights) != len(cells):
        weights = tuple(float(span.length) for _, span in cells)
    quanta, cents = split(quantity.quanta, _sizes(weights)), split(total, _sizes(weights))
    for i, (crew, span) in enumerate(cells):
        share = node
        if len(cells) > 1:
            args = (("weights", _sizes(weights)), ("index", i))
            share = Node(f"{crew}'s part of the shift", cents[i], "cents", "share", args, (node,), "L5")
        posting = Posting(
            day=context.day,
            shift=context.quantities.shift.id,
            crew=crew,
            month=context.month,
            source=source,
            target=target,
            what=what,
            qty=quanta[i],
            price=per_unit,
            amount=cents[i],
            kind=kind,
            status=quantity.status,
            clause=clause,
        )
        part = quanta[i] / quantity.quanta if quantity.quanta else span.length / max(1, sum(s.length for _, s in cells))
        errors = combine([(float(per_unit) * part, quantity.errors), (part, context.price_errors(what, quantity.quanta))])
        yield Entry(posting, share, errors)


def _sizes(weights: tuple[float, ...]) -> tuple[float, ...]:
    """Weights of a split are sizes: a flow that runs backwards is shared like one that runs forwards."""
    return tuple(abs(weight) for weight in weights)


def amount_node(label: str, quantity: Node, price: Price, material: Material, decimals: int, less: Price | None = None) -> Node:
    """quantity x price (or what it is above `less`), rounded half away from zero: the last step of every amount. # L5"""
    leaf = _price_leaf(price)
    if less is not None:
        step = EXACT.subtract(price.price, less.price)
        of = f"{price.material}@{price.band}" if price.band else price.material
        leaf = Node(f"{of}: price difference", step, "per unit", "difference", (), (leaf, _price_leaf(less)), "L1")
    args = (("quantum", material.quantum), ("decimals", decimals))
    cents = amount_of(quantity.value, leaf.value, quantum=material.quantum, decimals=decimals)
    return Node(label, cents, "cents", "amount_of", args, (quantity, leaf), "L5")


def _price_leaf(price: Price) -> Node:
    return price.trace or Node(
        f"price of {price.material}{f', {price.band}' if price.band else ''}",
        price.price,
        "per unit",
        at=str(price.at),
        clause="L1",
    )


def amount_of(quanta: int, price: Decimal, *, quantum: Decimal, decimals: int, sign: int = 1) -> int:
    """`core.money.amount` as an operation of a trace; `sign` -1 for what an area takes."""
    return sign * amount(quanta, quantum, price, decimals)


def taken(node: Node) -> Node:
    """An amount as it counts for the account that takes it: with the other sign. # L2"""
    if node.op == "amount_of":
        args = {**dict(node.args), "sign": -dict(node.args).get("sign", 1)}
        return replace(node, value=-node.value, args=tuple(args.items()))
    return Node(node.label, -node.value, "cents", "negative", (), (node,), node.clause)


def share(total: int, *, weights: tuple[float, ...], index: int) -> int:
    """A crew interval's part by largest remainder, as an operation of a trace. # L5"""
    return split(total, weights)[index]


def _stock_rows(
    context: ShiftContext, stock: str, balance: Balance, entries: Sequence[Entry], issues: list[Issue]
) -> Iterator[Entry]:
    """A stock's residual, and the cents by which rounded flows miss the rounded value of its change. # B3, L5"""
    row, plant = context.plant.stocks[stock], context.plant
    opening, closing = context.quantities.opening.get(stock), context.quantities.closing.get(stock)
    if opening is None or closing is None or opening.quanta is None or closing.quanta is None:
        side = "closing" if opening is not None and opening.quanta is not None else "opening"
        issues.append(
            Issue(
                L006.code,
                L006.severity,
                f'{context.quantities.shift.id}: stock "{stock}" has no {side} value: its change and residual are absent',
                row.at,
                "Load an observation of the stock near the boundary, or give `opening` and `opening_day` in stocks.toml.",
            )
        )
        return
    price = context.price(row.material)
    if price is None:
        issues.append(no_price(context, row.material))
        return
    residual_rows = list(_residual_rows(context, stock, balance))
    yield from residual_rows
    if stock not in balance.residuals:
        return
    account, material = f"stock:{stock}", plant.materials[row.material]
    values = [amount_node(f"value of {stock}", q.node, price, material, context.decimals) for q in (opening, closing)]
    own = [e for e in (*entries, *residual_rows) if e.posting.kind in ("flow", "stock", "residual", "rounding")]
    moved = [(1, e.node) for e in own if e.posting.target == account] + [(-1, e.node) for e in own if e.posting.source == account]
    node = _combined(f"{row.material}:cents, {context.quantities.shift.id}", [*moved, (1, values[0]), (-1, values[1])])
    if node.value:
        yield _site_row(context, account, SITE_ROUNDING, f"{row.material}:cents", 0, Decimal(0), node, "rounding", "L5")


def _combined(label: str, terms: Sequence[tuple[int, Node]]) -> Node:
    """A signed sum of cents with its terms. # I7"""
    signs = tuple(sign for sign, _ in terms)
    cents = sum(sign * node.value for sign, node in terms)
    return Node(label, cents, "cents", "combined_of", (("signs", signs),), tuple(node for _, node in terms), "L5")


def _residual_rows(context: ShiftContext, node: str, balance: Balance) -> Iterator[Entry]:
    """What a node does not explain, to site:unreconciled:<node>, or to site:rounding if it is that small. # B3"""
    residual = balance.residuals.get(node)
    if residual is None or residual.quanta == 0:
        return
    plant = context.plant
    account = plant.account_of(node)
    material = plant.materials.get(residual.what)
    price = context.price(material.id) if material else None
    per_unit = price.price if price else Decimal(0)
    target = SITE_ROUNDING if residual.is_rounding else f"site:unreconciled:{node}"
    kind = "rounding" if residual.is_rounding else "residual"
    how = (("quantum", basis_of(plant, node)[0]), ("decimals", context.decimals))
    free = Node("price of mass, which has none", Decimal(0), "per unit", clause="B3")
    trace = Node(f"residual of {node}", 0, "cents", "amount_of", how, (residual.trace, free), "B3")
    if material and price:
        trace = amount_node(f"residual of {node}", residual.trace, price, material, context.decimals)
    errors = combine(
        [(float(per_unit), residual.errors), (1.0, context.price_errors(residual.what, residual.quanta) if price else {})]
    )
    yield _site_row(context, account, target, residual.what, residual.quanta, per_unit, trace, kind, "B3", errors)


def _revaluation_rows(context: ShiftContext, stock: str, before: date) -> Iterator[Entry]:
    """Before the first slot of the day from which a price holds, a stock takes the new value; the site has the difference. # L3"""
    plant, row = context.plant, context.plant.stocks[stock]
    opening = context.quantities.opening.get(stock)
    old, new = _price_before(context, row.material, before), context.price(row.material)
    if opening is None or opening.quanta is None or old is None or new is None or old.price == new.price:
        return
    material, account = plant.materials[row.material], f"stock:{stock}"
    node = amount_node(f"revaluation of {stock}", opening.node, new, material, context.decimals, old)
    step = node.children[1].value
    errors = combine([(float(step), opening.errors)])
    yield _site_row(context, SITE_REVALUATION, account, row.material, opening.quanta, step, node, "revaluation", "L3", errors)
    then, now = (amount_node(f"value of {stock}", opening.node, price, material, context.decimals) for price in (old, new))
    what = f"{row.material}:revaluation"
    rest = _combined(f"{what}, {context.quantities.shift.id}", [(1, now), (-1, then), (-1, node)])
    if rest.value:
        yield _site_row(context, SITE_ROUNDING, account, what, 0, Decimal(0), rest, "rounding", "L5")


def _price_before(context: ShiftContext, material: str, before: date) -> Price | None:
    """What a unit of the stock was worth the day before: as settled, else as today's text says. # L3, L7"""
    settled = context.settled_prices.get(material)
    if settled is not None:
        return Price(
            price_set_on(context.plant, before), material, settled, source="settled", at=Location(f"settled price of {before}")
        )
    return price_on(context.plant, material, before)


def _site_row(
    context: ShiftContext,
    source: str,
    target: str,
    what: str,
    qty: int,
    price: Decimal,
    node: Node,
    kind: str,
    clause: str,
    errors: ErrorVector | None = None,
) -> Entry:
    """A row without a crew: nobody's doing."""
    shift, cents = context.quantities.shift, node.value
    posting = Posting(context.day, shift.id, "", context.month, source, target, what, qty, price, cents, kind, "measured", clause)
    return Entry(posting, node, errors or {})


OPERATIONS = (("amount_of", amount_of), ("share", share), *LINKED_OPERATIONS)
