"""By which formula, with which figures, does an amount of the books follow? One level of its trace in words of quantity and price (L4, I7).

A trace says everything; a formula says what a reader checks with a pocket calculator: `(20.470 - 20.000) t x 150.00 = 70.50`. Each
product is rounded to the coin by itself, half away from zero (L5), and the terms sum to the amount exactly: quantities are joined into one
product only where that comes to the same coin. Signs: what the area gives is plus, what it takes is minus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shiftledger.core.canon import plain_decimal
from shiftledger.core.money import amount, to_decimal
from shiftledger.core.trace import GIVEN, Node, walk
from shiftledger.plant.model import Plant

# What is opened on the way to products and plain amounts; everything else is a term.
OPENED = ("difference", "total", "combined_of", "negative")


@dataclass(frozen=True, slots=True)
class Term:
    """`quanta` (signed, added up) x `quantum` at `price` per unit, or a plain amount where there is no price; `amount` in cents."""

    what: str  # a material, or the label of what it stands for
    amount: int
    quanta: tuple[int, ...] = ()
    quantum: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """How a figure inside a term follows from others: `form` names the sentence, `figures` fills it."""

    form: str  # standard | standard-yield | standard-hours | rate | quality | potential
    what: str
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Formula:
    """What sort of amount it is (`line`: a step of the bridge, a column, V, or a kind of account), its terms and what is behind them."""

    line: str
    item: str
    amount: int
    terms: tuple[Term, ...]
    derived: tuple[Derived, ...] = ()


def formula_of(address: str, node: Node, plant: Plant) -> Formula | None:
    """The formula of an amount of the books; None of what is no money of the ledger. # I7"""
    root, _, rest = address.partition("/")
    if root != "ledger" or node.unit != "cents" or node.value is None:
        return None
    line, item = _line_of(rest.split("/")[1:])
    first, second = (node.children[0], node.children[1]) if node.op == "difference" else (node, None)
    sides = (tuple(_leaves(first, 1)), tuple(_leaves(second, -1)) if second is not None else ())
    terms = _terms(sides, plant, node.value, plant.settings.money_decimals)
    told = [(term.what, term.amount if term.price is None else 0) for term in terms]
    named = [(leaf, _term(sign, leaf, plant)) for side in sides for sign, leaf in side]
    found = [leaf for leaf, term in named if (term.what, term.amount if term.price is None else 0) in told]
    return Formula(line, item, node.value, terms, tuple(_derived(found)))


def _line_of(parts: Sequence[str]) -> tuple[str, str]:
    """The sort of amount that stands at `<area or account>[/...]`, and the item of it."""
    place, *inner = parts
    if ":" in place and inner[:1] == ["late"]:  # what came too late for an account
        inner = []
    if inner[:1] == ["bridge"]:
        return inner[1], "/".join(inner[2:])
    if inner:
        return (inner[0], "/".join(inner[1:])) if inner[0] in ("plan", "standard", "allowed", "actual") else ("item", inner[0])
    kind, _, name = place.partition(":")
    if place in ("areas", "site", "plant", "with-states"):
        return "sum", ""
    if kind == "site":
        return f"site.{name.partition(':')[0]}", name.partition(":")[2]
    return ("account" if name or place == "outside" else "value"), name


def _leaves(node: Node, sign: int) -> Iterator[tuple[int, Node]]:
    """The products and plain amounts that an amount is the signed sum of; crew's parts of one row are that row again."""
    shares: dict[tuple[int, int], list[Node]] = {}
    for side, leaf in _opened(node, sign):
        if leaf.op != "share":
            yield side, leaf
        else:
            shares.setdefault((id(leaf.children[0]), side), []).append(leaf)
    for (_, side), parts in shares.items():
        weights = dict(parts[0].args)["weights"]
        if sorted(dict(part.args)["index"] for part in parts) == list(range(len(weights))):
            yield from _leaves(parts[0].children[0], side)
        else:
            yield from ((side, part) for part in parts)


def _opened(node: Node, sign: int) -> Iterator[tuple[int, Node]]:
    if node.op not in OPENED:
        if node.op != GIVEN or node.value:
            yield sign, node
        return
    signs = {"difference": (1, -1), "negative": (-1,), "combined_of": dict(node.args).get("signs", ())}
    for child, side in zip(node.children, signs.get(node.op, (1,) * len(node.children)), strict=True):
        yield from _opened(child, sign * side)


def _terms(sides: tuple[Sequence[tuple[int, Node]], ...], plant: Plant, whole: int, decimals: int) -> tuple[Term, ...]:
    """Products of one thing at one price together, plain amounts as they are; what comes to nothing is left out beside others."""
    groups: dict[tuple[Any, ...], list[list[Term]]] = {}
    for i, side in enumerate(sides):
        for sign, leaf in side:
            term = _term(sign, leaf, plant)
            key = (term.what, term.quantum, term.price) if term.price is not None else (term.what, len(groups))
            groups.setdefault(key, [[] for _ in sides])[i].append(term)
    terms = _standing([term for rows in groups.values() for term in _joined(rows, decimals)])
    told = tuple(term for term in terms if term.amount)
    if not told:
        told = terms[:1]
    assert sum(term.amount for term in told) == whole, "the terms of a formula must sum to its amount"
    return told


def _standing(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Without plain amounts that cancel each other, such as what was posted before a late result and is taken back by it."""
    left: list[Term] = []
    for term in terms:
        other = replace(term, amount=-term.amount)
        if term.price is None and term.amount and other in left:
            left.remove(other)
        else:
            left.append(term)
    return tuple(left)


def _term(sign: int, leaf: Node, plant: Plant) -> Term:
    """A product of the books, `sign` times; any other amount as it is."""
    if leaf.op != "amount_of":
        return Term(leaf.label, sign * leaf.value)
    args = dict(leaf.args)
    quantity, price = leaf.children
    what = _priced(price.label)
    side = sign * args.get("sign", 1)
    material = plant.materials.get(what.partition("@")[0])
    unit = material.unit if material else quantity.unit.partition(" ")[2] or ("h" if "no_fault_rate" in price.label else "")
    return Term(what, sign * leaf.value, (side * quantity.value,), args["quantum"], unit, price.value)


def _priced(label: str) -> str:
    """What a price is of, by its label; a difference of prices, a premium or a rate is named as it stands there."""
    return label.removeprefix("price of ").partition(",")[0] if label.startswith("price of ") else label


def _joined(rows: Sequence[Sequence[Term]], decimals: int) -> tuple[Term, ...]:
    """One product of each side's sum; else one a side; else each by itself: the first that comes to the same coins. # L5"""
    every = tuple(term for side in rows for term in side)
    if every[0].price is None:
        return every
    sums = [_summed(side) for side in rows if side]
    both = replace(sums[0], quanta=tuple(q for term in sums for q in term.quanta), amount=sum(term.amount for term in every))
    for chosen in ((both,), tuple(sums)):
        if all(product(term, decimals) == term.amount for term in chosen):
            return chosen
    return every


def _summed(side: Sequence[Term]) -> Term:
    return replace(side[0], quanta=(sum(q for term in side for q in term.quanta),), amount=sum(term.amount for term in side))


def product(term: Term, decimals: int) -> int:
    """What a term's quantities come to at its price, rounded half away from zero to the coin. # L5

    >>> product(Term("steam", 7050, (20470, -20000), Decimal("0.001"), "t", Decimal(150)), 2)
    7050
    """
    assert term.quantum is not None
    assert term.price is not None
    return amount(sum(term.quanta), term.quantum, term.price, decimals)


def _derived(leaves: Sequence[Node]) -> Iterator[Derived]:
    """Standards, rates under conditions, premiums and potentials behind the terms, each once. # L3, L4"""
    told = set()
    for leaf in leaves:
        if leaf.op == "potential_of":
            found = [_potential(leaf)]
        elif leaf.op == "amount_of":
            found = [one for child in leaf.children for _, node in walk(child) for one in _of_quantity(node)]
        else:
            continue
        for one in found:
            key = (one.form, one.what, tuple(one.figures.items()))
            if key not in told:
                told.add(key)
                yield one


def _of_quantity(node: Node) -> Iterator[Derived]:
    args = dict(node.args)
    if node.op == "standard_quanta":
        output, rate = node.children
        form = "standard-yield" if args["divide"] else "standard"
        figures = {
            "quantity": _shown(node.value, args["quantum"]),
            "output": _shown(output.value, args["quantum_out"]),
            "rate": _plain(rate.value),
        } | ({} if _by_ten(args["quantum"]) else {"to": _plain(args["quantum"])})
        yield Derived(form, node.label, figures)
    elif node.op == "rate_at":
        base, found = node.children
        figures = {
            "rate": _plain(node.value),
            "base": _plain(base.value),
            "slope": _plain(args["slope"]),
            "value": _shown(found.value, args["quantum"]),
            "reference": _plain(args["reference"]),
        }
        yield Derived("rate", node.label, figures)
    elif node.op == "adjustment":
        found, worth = node.children
        value = to_decimal(found.value, args["quantum"])
        edge = min(max(value, args["low"]), args["high"])
        figures = {
            "price": _plain(node.value),
            "worth": _plain(worth.value),
            "value": _shown(found.value, args["quantum"]),
            "edge": _plain(edge),
            "cap": "" if args["cap"] is None else _plain(args["cap"]),
        }
        yield Derived("quality", node.label, figures)


def _potential(node: Node) -> Derived:
    """Phi at a value: per unit, at one point, or on the line between two. # L3"""
    args = dict(node.args)
    value, *worths = node.children
    figures = {"cents": str(node.value), "value": _shown(value.value, args["quantum"])}
    figures |= {f"worth{i}": _plain(one.value) for i, one in enumerate(worths)}
    figures |= {f"point{i}": _plain(one) for i, one in enumerate(args["points"])}
    return Derived(f"potential-{len(args['points'])}", node.label, figures)


def _shown(quanta: int, quantum: Decimal) -> str:
    return f"{to_decimal(quanta, quantum):f}"


def _by_ten(quantum: Decimal) -> bool:
    """Whether the decimals of a quantity tell to what it is rounded."""
    return quantum.normalize().as_tuple().digits == (1,)


def _plain(value: Decimal) -> str:
    return plain_decimal(value)
