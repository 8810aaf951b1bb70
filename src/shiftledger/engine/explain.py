"""Explaining a figure: from its address down to raw readings, price rows and lines of the plant's text (I7).

The day is computed again at the watermarks of its seal, so that what is explained is what was published; the tree evaluates
bottom-up to the figure with `OPERATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from shiftledger.acts.acts import Act
from shiftledger.acts.state import State
from shiftledger.balance import nodes as balance_nodes
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.core.period import Span
from shiftledger.core.trace import Node, walk
from shiftledger.engine.addresses import closest, meant
from shiftledger.engine.books import Books, open_books, read_window, stored_plant
from shiftledger.engine.decided import Told, decided_below, decided_in
from shiftledger.engine.local import compute
from shiftledger.indicators import figures as indicator_figures
from shiftledger.ledger import postings as ledger_postings
from shiftledger.ledger import potentials as ledger_potentials
from shiftledger.ledger import quality as ledger_quality
from shiftledger.ledger import savings as ledger_savings
from shiftledger.ledger import standards as ledger_standards
from shiftledger.ledger import transfers as ledger_transfers
from shiftledger.ledger.approvals import Approved, approvals_behind
from shiftledger.ledger.assumed import assumed_rows
from shiftledger.ledger.codes import L013, L014, V002
from shiftledger.ledger.formulas import Formula, formula_of
from shiftledger.ledger.posting import SITE_PRIOR, SITE_SHADOW, Posting, balances
from shiftledger.ledger.postings import Entry, taken
from shiftledger.ledger.potentials import states_of
from shiftledger.ledger.standards import total_node
from shiftledger.pipeline import DayBooks
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import month_days
from shiftledger.quantities import measure as quantity_measure
from shiftledger.quantities.quantity import ShiftQuantities
from shiftledger.quantities.states import key_of

OPERATIONS: Mapping[str, Callable[..., Any]] = dict(
    [
        *quantity_measure.OPERATIONS,
        *balance_nodes.OPERATIONS,
        *ledger_postings.OPERATIONS,
        *ledger_standards.OPERATIONS,
        *ledger_potentials.OPERATIONS,
        *ledger_quality.OPERATIONS,
        *ledger_transfers.OPERATIONS,
        *ledger_savings.OPERATIONS,
        *indicator_figures.OPERATIONS,
    ]
)
ROOTS = ("ledger", "quantities", "stocks", "states", "assays", "conditions", "indicators", "hours", "decisions")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure's tree (None where decisions were asked for), its address, the source file of each batch that the readings in it came
    from, what had to be decided about readings, and of an amount the formula by which it follows."""

    address: str
    node: Node | None
    sources: Mapping[int, str] = field(default_factory=dict)
    decisions: tuple[Told, ...] = ()
    formula: Formula | None = None
    assumptions: Mapping[str, str] = field(default_factory=dict)  # what the source of a row in the tree says, by file and line
    approvals: tuple[Approved, ...] = ()  # on what rests the tree that somebody approved


def explain(plant: Plant, state: State, address: str) -> Outcome[Explanation]:
    """The tree of one figure of sealed books.

    Addresses: `ledger/<shift>/<area>` (V), `.../<item>`, `.../plan|standard|allowed[/<item>]`, `.../actual`, `.../bridge/<step>[/<item>]`,
    `ledger/<shift>/<account>` such as site:unreconciled:T, `ledger/<day or month>/<area or account>`, `quantities/<shift>/<stream>`,
    `stocks/<shift>/<stock>/opening|closing`, `states/<shift>/<state>/opening|closing`, `assays/<shift>/<stream>/<component>`,
    `conditions/<shift>/<area>/<name>`, `indicators/<shift>/<area>/<id>`,
    `hours/<shift>/<unit>/running|halted|halt/<cause>|unknown|starts`, `stocks/<shift>/<stock>/residual`; `ledger/<shift>/areas`, `site` and
    `plant` are the sums of a statement (`with-states`: before site:shadow, which no accountant knows of). `decisions/<shift>[/<area>]` lists
    what was decided there. An account has what its statement shows; what came too late for it stands at `<account>/late[/<month>]`. An id
    may stand without the kind of its account (`fouling` for `state:fouling`), and a name for an id, where only one figure fits. Where areas
    have different slots, accounts, flows, stocks and assays stand under the cells of the day, such as
    2026-03-04.p2-1400.
    """
    parts = tuple(part for part in address.strip("/").split("/") if part)
    if len(parts) < (2 if parts[:1] == ("decisions",) else 3) or parts[0] not in ROOTS:
        return Outcome(Explanation(address, None), (_unknown(address, "it has no known form", FORMS),))
    books = open_books(plant, state)
    days, problem = _days_of(books, parts[1], address)
    if problem is not None:
        return Outcome(Explanation(address, None), (problem,))
    tree: dict[str, Node] = {}
    issues: list[Issue] = []
    shifts: dict[str, None] = {}
    computed: list[DayBooks] = []
    parted = ""
    for day in days:
        found = sealed_day(books, day, address)
        issues += found.issues
        if found.result is None:
            return Outcome(Explanation(address, None), ordered(issues))
        shifts |= dict.fromkeys(shift for shift, _ in found.result.areas)
        parted = _parted(found.result, parts[1])
        computed.append(found.result)
        _add(tree, found.result, parts[1], day)
    sources = {r.seq: r.source for r in books.records}
    plant, acts = _then(books, days[-1])
    if parts[0] == "decisions":
        issues += _misnamed(plant, parts, tuple(shifts), address)
        told = () if failing(issues) else decided_in(plant, computed[0], parts[1], parts[2] if len(parts) > 2 else None, acts)
        return Outcome(Explanation(address, None, sources, told), ordered(issues))
    known = meant(tree, parts, plant)
    node = tree[known] if known is not None else None
    if node is None:
        near = closest(tree, parts)
        there = f"There are: {', '.join(list(tree)[:12])} ..." if tree else f"Shifts: {', '.join(shifts)}."
        hint = f"Closest: {', '.join(near)}." if near else there
        issues.append(_unknown(address, "there is no such figure", hint + parted))
    told = decided_below(plant, computed, node, acts) if node is not None else ()
    formula = formula_of(known, node, plant) if known is not None and node is not None else None
    rows = {one.at for _, one in walk(node)} if node is not None else set()
    assumed = {at: says for at, says in assumed_rows(plant).items() if at in rows}
    approved = approvals_behind(plant, acts, days[-1], rows)
    return Outcome(Explanation(address, node, sources, told, formula, assumed, approved), ordered(issues))


def _then(books: Books, day: date) -> tuple[Plant, tuple[Act, ...]]:
    """The plant as the day's seal knew it, and the acts up to its watermark."""
    seal = books.latest[day]
    return stored_plant(books, seal.text_hash) or books.plant, tuple(act for act in books.acts if act.seq <= seal.knowledge.act)


def _misnamed(plant: Plant, parts: tuple[str, ...], shifts: tuple[str, ...], address: str) -> list[Issue]:
    """What is wrong with an address of decisions: no such shift or area."""
    if parts[1] not in shifts:
        return [_unknown(address, f"{parts[1]!r} is no shift", f"Shifts: {', '.join(shifts)}.")]
    if len(parts) > 2 and (len(parts) > 3 or parts[2] not in plant.areas):
        return [_unknown(address, "there is no such area", f"Areas: {', '.join(sorted(plant.areas))}.")]
    return []


def _days_of(books: Books, period: str, address: str) -> tuple[tuple[date, ...], Issue | None]:
    """The sealed days of a shift, day or accounting month."""
    try:
        if len(period) == len("2026-03"):
            counting = {day for day, seal in books.latest.items() if period in {month for _, _, month in seal.knowledge.steps}}
            days = tuple(sorted({day for day in month_days(books.plant, period) if day in books.latest} | counting))
            wanted = days[0] if days else month_days(books.plant, period)[0]
        else:
            wanted = date.fromisoformat(period.partition(".")[0])
            days = (wanted,) if wanted in books.latest else ()
    except ValueError:
        return (), _unknown(address, f"{period!r} is no shift, day or month", FORMS)
    if days:
        return days, None
    remedy = f"Close the day first: shiftledger close PLANT --from {wanted} --to {wanted}"
    return (), Issue(L013.code, L013.severity, f"{period} is not sealed", Location(address), remedy)


def sealed_day(books: Books, day: date, address: str) -> Outcome[DayBooks | None]:
    """The day computed again at its seal's watermarks, from its sealed text."""
    seal = books.latest[day]
    sealed = stored_plant(books, seal.text_hash)
    if sealed is None:
        broken = f"the sealed text of {day} cannot be read"
        return Outcome(None, (Issue(V002.code, V002.severity, broken, Location(address), "Run shiftledger verify."),))
    window = read_window(books, sealed, [day], books.batch)
    day_books, result = compute(sealed, day, window, seal.knowledge).result
    if result.hash == seal.result_hash:
        return Outcome(day_books)
    remedy = "Run shiftledger verify to see why."
    return Outcome(day_books, (Issue(V002.code, "warning", f"{day} does not recompute to its seal", Location(address), remedy),))


def _add(tree: dict[str, Node], books: DayBooks, period: str, day: date) -> None:
    """Figures of one more day: as they are for a shift or day; for a month what counts in it, as further terms."""
    if len(period) != len("2026-03"):
        tree.update(trees(books, period))
        return
    found = _accounts(books, period, lambda row: row.month == period)
    for area in dict.fromkeys(area for _, area in books.traces):
        terms = [trace.value for (shift, a), trace in books.traces.items() if a == area and _month_of(books, shift) == period]
        if terms:
            found[f"ledger/{period}/{area}"] = total_node(f"V, {area}, {day}", terms)
    for key, node in found.items():
        have = tree.get(key)
        terms = [*(have.children if have else ()), replace(node, label=f"{key.rpartition('/')[2]}, {day}")]
        tree[key] = total_node(f"{key.rpartition('/')[2]}, {period}", terms)


def _month_of(books: DayBooks, shift: str) -> str:
    return next(s.month for s in books.statements if s.shift == shift)


FORMS = "Write it like ledger/2026-03-04.N/evaporation/steam; see `shiftledger explain --help`."


def _unknown(address: str, why: str, hint: str) -> Issue:
    return Issue(L014.code, L014.severity, f'"{address}": {why}', Location(address), hint)


def trees(books: DayBooks, period: str) -> dict[str, Node]:
    """Every figure of a shift (or, for a bare day, of the day's accounts) by address."""
    if "." not in period:
        return _day_trees(books, period)
    found: dict[str, Node] = {}
    for (shift, area), trace in books.traces.items():
        if shift != period:
            continue
        base = f"ledger/{shift}/{area}"
        found[base] = found[f"{base}/actual"] = trace.value
        found |= {f"{base}/{item}": node for item, node in trace.items.items()}
        for name in ("plan", "standard", "allowed"):
            column = getattr(trace.bridge, name)
            if column is not None:
                found[f"{base}/{name}"] = column.node
                found |= {f"{base}/{name}/{item}": node for item, node in column.items.items()}
        for line in trace.bridge.lines:
            found["/".join(p for p in (base, "bridge", line.name, line.item) if p)] = line.node
        found |= {f"indicators/{shift}/{area}/{key}": node for key, node in trace.figures.items()}
    cells = {q.shift.id for q in books.quantities if q.shift.id == period} or _cells_of(books, period)
    found |= _accounts(books, period, lambda row: row.shift in cells and row.kind != "prior")
    found |= _late(books, period, lambda row: row.shift in cells)
    if cells:
        found = _sums(books, period, found) | found
    for quantities, balance in zip(books.quantities, books.balances, strict=True):
        if quantities.shift.id == period:
            found |= {f"quantities/{period}/{key}": flow.quantity.node for key, flow in balance.flows.items()}
            found |= _hours(quantities, period)
            named = quantities.conditions.items()
            found |= {f"conditions/{period}/{area}/{name}": value.node for (area, name), value in named}
            for side, values in (("opening", quantities.opening), ("closing", quantities.closing)):
                found |= {_boundary_address(period, key, side): value.node for key, value in values.items()}
            found |= {f"assays/{period}/{stream}/{name}": value.node for (stream, name), value in quantities.assays.items()}
            found |= {
                f"stocks/{period}/{key}/residual": one.trace
                for key, one in balance.residuals.items()
                if key in quantities.closing
            }
            return found
    return found | _of_areas(books, period)


def _sums(books: DayBooks, period: str, found: Mapping[str, Node]) -> dict[str, Node]:
    """What a statement adds up: all areas, the site's accounts, the plant, and the plant before what no accountant knows of. # L2"""
    areas = [trace.value for (shift, _), trace in books.traces.items() if shift == period]
    rows = [entry for entry in books.entries if entry.posting.shift in ({period} | _cells_of(books, period))]
    of_shift = [entry for entry in rows if entry.posting.kind != "prior"]
    site = [node for key, node in _balances(of_shift, period).items() if key.startswith("site:")]
    shadow = [taken(node) for key, node in _balances(of_shift, period).items() if key == SITE_SHADOW]
    base = f"ledger/{period}"
    sums = {"areas": areas, "site": site, "plant": [*areas, *site], "with-states": [*areas, *site, *shadow]}
    return {f"{base}/{name}": total_node(f"{name}, {period}", terms) for name, terms in sums.items()}


def _cells_of(books: DayBooks, period: str) -> set[str]:
    """The cells of a shift; none where it lies at different times in different areas. # T2"""
    made_of = {one.cells for (shift, _), one in books.areas.items() if shift == period}
    return set(made_of.pop()) if len(made_of) == 1 else set()


def _of_areas(books: DayBooks, period: str) -> dict[str, Node]:
    """Figures of a shift that its areas see cell by cell: of a stream, stock or condition that no two areas see differently. # T2"""
    seen: dict[str, dict[Span, Node]] = {}
    for (shift, area), one in books.areas.items():
        if shift != period:
            continue
        index, quantities = one.context.index, one.context.quantities
        named = {f"conditions/{period}/{who}/{name}": value.node for (who, name), value in quantities.conditions.items()}
        near = [row.id for row in index.streams[area] if row.id in one.balance.flows]
        named |= {f"quantities/{period}/{key}": one.balance.flows[key].quantity.node for key in near} | _hours(one.own, period)
        for address, node in named.items():
            seen.setdefault(address, {})[quantities.shift.span] = node
        states = [key_of(row.id) for row in states_of(one.context.plant, area, one.context.day)]
        for key in (*(row.id for row in index.stocks[area]), *states):
            ends = (
                ("opening", quantities.opening, quantities.shift.span.start),
                ("closing", quantities.closing, quantities.shift.span.end),
            )
            for side, values, at in ends:
                if key in values:
                    seen.setdefault(_boundary_address(period, key, side), {})[Span(at, at)] = values[key].node
    return {address: next(iter(nodes.values())) for address, nodes in seen.items() if len(nodes) == 1}


def _hours(quantities: ShiftQuantities, period: str) -> dict[str, Node]:
    return {f"hours/{period}/{unit}/{name}": node for unit, time in quantities.units.items() for name, node in time.nodes.items()}


def _parted(books: DayBooks, period: str) -> str:
    """Where the rows of a shift stand that lies at different times in different areas; "" of any other. # T2"""
    rows = {area: one.cells for (shift, area), one in books.areas.items() if shift == period}
    if len(set(rows.values())) < 2:
        return ""
    parts = dict.fromkeys(cell for cells in rows.values() for cell in cells)
    return f" {period} lies at different times in {' and '.join(rows)}; accounts and flows stand under its parts: {', '.join(parts)}."


def _boundary_address(period: str, key: str, side: str) -> str:
    """Where a boundary value is found: of a stock by its id, of a state (`state:<id>`) by its own."""
    kind, name = ("states", key.removeprefix("state:")) if key.startswith("state:") else ("stocks", key)
    return f"{kind}/{period}/{name}/{side}"


def _day_trees(books: DayBooks, day: str) -> dict[str, Node]:
    found = _accounts(books, day, lambda row: row.kind != "prior") | _late(books, day, lambda row: True)
    for area in dict.fromkeys(area for _, area in books.traces):
        terms = [trace.value for (_, a), trace in books.traces.items() if a == area]
        found[f"ledger/{day}/{area}"] = total_node(f"V, {area}, {day}", terms)
    return found


def _accounts(books: DayBooks, period: str, wanted: Callable[[Posting], bool]) -> dict[str, Node]:
    """Balance of every account over the period: what it gave less what it took."""
    rows = [entry for entry in books.entries if wanted(entry.posting)]
    return {f"ledger/{period}/{account}": node for account, node in _balances(rows, period).items()}


def _late(books: DayBooks, period: str, wanted: Callable[[Posting], bool]) -> dict[str, Node]:
    """What came too late for the shift or day, by account: all of it, and by the month in which it counts. # L6"""
    rows = [entry for entry in books.entries if entry.posting.kind == "prior" and wanted(entry.posting)]
    found = {f"ledger/{period}/{account}/late": node for account, node in _balances(rows, period).items()}
    for month in sorted({entry.posting.month for entry in rows}):
        of_month = [entry for entry in rows if entry.posting.month == month]
        found |= {f"ledger/{period}/{account}/late/{month}": node for account, node in _balances(of_month, period).items()}
    at_site = found.get(f"ledger/{period}/{SITE_PRIOR}/late")
    return found if at_site is None else {f"ledger/{period}/{SITE_PRIOR}": at_site, **found}


def _balances(rows: Sequence[Entry], period: str) -> dict[str, Node]:
    found = {}
    for account in balances(entry.posting for entry in rows):
        given = [e.node for e in rows if e.posting.source == account and e.posting.target != account]
        received = [taken(e.node) for e in rows if e.posting.target == account and e.posting.source != account]
        found[account] = total_node(f"{account}, {period}", [*given, *received])
    return found
