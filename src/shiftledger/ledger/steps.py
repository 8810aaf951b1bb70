"""The steps of the bridge: what lies between two columns, item by item, and what a total at the planned mix is (L4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shiftledger.core.money import EXACT, quantise, to_decimal
from shiftledger.core.trace import Node
from shiftledger.plant.model import Material, Standard


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """One step of the bridge: its name (`ORDER`), `item` the material, state or place, cents, and its trace."""

    name: str
    item: str
    amount: int
    node: Node


@dataclass(frozen=True, slots=True)
class Grade:
    """An off-spec grade in an area's shift: signed cents of what it gave (stock changes among it) and of what it took back."""

    given: Node | None
    taken: Node | None


@dataclass(frozen=True, slots=True)
class Column:
    """One of Plan, Standard, Allowed: total cents and the cents of each item (outputs plus, inputs minus), with traces."""

    total: int
    items: Mapping[str, Node]
    node: Node


# Chain substitution goes in this order; a step that does not apply is not there. # L4
ORDER = (
    *("volume", "mix", "time", "conditions", "yield", "usage", "offspec", "rework", "other"),
    *("quality", "charge", "no-fault", "state", "handover", "price"),
)


def step(name: str, item: str, to: Node | None, start: Node | None) -> BridgeLine:
    """What lies between two figures; an absent one is nothing."""
    zero = Node("nothing", 0, "cents")
    to, start = to or zero, start or zero
    value = to.value - start.value
    return BridgeLine(name, item, value, Node(f"{name} {item}".strip(), value, "cents", "difference", (), (to, start), "L4"))


def variances(
    rows: Sequence[Standard], allowed: Column, actual: Mapping[str, Node], grades: Mapping[str, Grade] | None = None
) -> list[BridgeLine]:
    """Allowed -> Actual item by item: yield first, then usage, off-spec given and taken back, then what has no standard. # L4"""
    yields = [row.item for row in rows if row.basis == "yield" and not row.condition]
    usages = [row.item for row in rows if row.basis != "yield" and not row.condition]
    lines = []
    grades = grades or {}
    seen: set[str] = set(grades)
    for name, group in (("yield", yields), ("usage", usages)):
        for item in dict.fromkeys(group):
            if item not in seen:
                seen.add(item)
                lines.append(step(name, item, actual.get(item), allowed.items.get(item)))
    lines += [line for item in sorted(grades) for line in _off_grade(item, grades[item], allowed.items.get(item))]
    for item in sorted(set(actual) | set(allowed.items)):
        if item not in seen:
            line = step("other", item, actual.get(item), allowed.items.get(item))
            if line.amount:
                lines.append(line)
    return lines


def _off_grade(item: str, grade: Grade, allowed: Node | None) -> list[BridgeLine]:
    """What of an off-spec grade was given, and what was taken back to be worked once more, each less what is allowed of it. # L4"""
    out = allowed if allowed is not None and allowed.value > 0 else None
    back = allowed if out is None else None
    lines = [step("offspec", item, grade.given, out), step("rework", item, grade.taken, back)]
    return [line for line in lines if line.amount]


def between_items(name: str, items: Sequence[str], to: Column, start: Column) -> list[BridgeLine]:
    """One line an item of what lies between two columns; items that do not differ have none."""
    lines = [step(name, item, to.items.get(item), start.items.get(item)) for item in dict.fromkeys(items)]
    return [line for line in lines if line.amount]


def at_planned_mix(
    actual: Mapping[str, Node], plan: Mapping[str, Node], materials: Mapping[str, Material]
) -> dict[str, Node] | None:
    """The actual total of several products shared as planned, in quanta of each; None where there is no one total. # L4

    Products of different units have no total, and a plan of nothing has no mix: then all of it is volume.
    """
    products = [key for key in sorted(plan) if key in materials]
    if len(products) < 2 or set(products) != set(plan) or len({materials[key].unit for key in products}) > 1:
        return None
    quanta = tuple(materials[key].quantum for key in products)
    if sum(planned_total(quanta, *(plan[key].value for key in products)), Decimal(0)) <= 0:
        return None
    leaves = (*(actual[key] for key in products), *(plan[key] for key in products))
    mixed = {}
    for i, key in enumerate(products):
        args = (("quanta", quanta), ("index", i))
        value = mixed_quanta(*(leaf.value for leaf in leaves), quanta=quanta, index=i)
        mixed[key] = Node(f"{key} at planned mix", value, "quanta", "mixed_quanta", args, leaves, "L4")
    return mixed


def planned_total(quanta: tuple[Decimal, ...], *amounts: int) -> list[Decimal]:
    """Amounts in quanta as quantities of the common unit."""
    return [to_decimal(amount, quantum) for amount, quantum in zip(amounts, quanta, strict=True)]


def mixed_quanta(*amounts: int, quanta: tuple[Decimal, ...], index: int) -> int:
    """Actual total x planned part of one product, rounded to its quantum: first the actual quanta, then the planned ones. # L4

    >>> milli = Decimal("0.001")
    >>> mixed_quanta(70000, 30000, 40000, 40000, quanta=(milli, milli), index=0)
    50000
    """
    count = len(quanta)
    actual, plan = planned_total(quanta, *amounts[:count]), planned_total(quanta, *amounts[count:])
    whole, wanted = (sum(side, Decimal(0)) for side in (actual, plan))
    return quantise(EXACT.divide(EXACT.multiply(whole, plan[index]), wanted), quanta[index])


OPERATIONS = (("mixed_quanta", mixed_quanta),)
