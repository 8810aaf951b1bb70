"""How is a plant made up? By a seed: units and areas, stocks, flows between them, utilities, terms, and what gauges read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from plants_made import (
    ASSAYED,
    HOUR,
    LAYOUTS,
    MARGIN,
    MINUTE,
    PLACES,
    STEP,
    UNITS,
    Flow,
    Happening,
    Made,
    Material,
    Stock,
    Terms,
)


def made(seed: int, *, days: int = 4, **fixed: object) -> Made:
    """The plant of a seed: always the same one. Sizes follow from the seed's last digits, so that any ten seeds have all of them."""
    rng = Random(f"made {seed}")
    count, layouts = 3 + seed % 10, LAYOUTS[seed % len(LAYOUTS)]
    names = [f"a{i}" for i in range(rng.randint(min(len(layouts), 3), min(4, count)))]
    areas = {name: i if i < len(layouts) else rng.randrange(len(layouts)) for i, name in enumerate(names)}
    units = {f"u{i}": names[i] if i < len(names) else rng.choice(names) for i in range(count)}
    plant = Made(seed, seed % len(PLACES), layouts, days, (2, 2, 0, 3)[seed // 10 % 4], areas, units, {}, {}, {})
    plant = replace(plant, **fixed)  # type: ignore[arg-type]
    if rng.random() < 0.7:
        plant = replace(plant, tariff=_tariff(plant, rng))
    draw = _Draw(plant, rng)
    for number in range(rng.randint(1, max(1, count // 2))):
        draw.stock(number)
    for unit in units:
        draw.unit(unit)
    draw.utilities()
    draw.dips()
    plant = replace(plant, terms=draw.terms())
    plant = replace(plant, terms=_with_log(plant, Random(f"log {seed}")))
    _bills(plant, Random(f"bills {seed}"))
    return plant


def _bills(plant: Made, rng: Random) -> None:
    """Bills of a tariff, with or without its bands, and of a component, by mass or by the component itself.

    A quantum costs whole coins, so that only sums of quanta are needed: their shares are nobody's raw truth.
    """
    loads = [row.id for row in plant.flows.values() if row.material == "power"]

    def bill(material: Material, unit: str, grain: Decimal, told: tuple[int, ...], assay: tuple[int, ...] = ()) -> Flow:
        ends = [rng.choice(("outside:grid", "outside")), rng.choice([*plant.units])]
        source, target = ends if rng.random() < 0.7 else (ends[1], ends[0])
        plant.materials[material.id] = material
        driver = rng.choice(("hours", "load", "load"))
        row = Flow(f"f{len(plant.flows)}", source, target, material.id, "booking", unit, grain, told, told, assay)
        return replace(row, driver=driver, load=rng.choice(loads) if driver == "load" else "", stated=rng.random() < 0.5)

    def price(quantum: str) -> Decimal:
        return Decimal(rng.randint(-20, 90)).scaleb(-plant.decimals) / Decimal(quantum)

    def told(most: int) -> tuple[int, ...]:
        return tuple(rng.randint(0, most) if rng.random() < 0.4 else 0 for _ in range(plant.steps))

    if plant.tariff:
        bands = tuple((band, price("0.25")) for band in ("high", "low", "mid"))
        heat = bill(Material("heat", "MWh", Decimal("0.25"), ((None, price("0.25")),), bands), "kWh", Decimal(250), told(4000))
        plant.flows[heat.id] = heat
    paid = rng.choice(sorted(ASSAYED))
    counted, size, _, low, high = ASSAYED[paid]
    unit = "kg" if plant.scale != 1 else "t"
    metal = Material("metal", unit, Decimal("0.001") * plant.scale, ((None, price("0.001") / plant.scale),), (), paid)
    results: list[int] = []
    while len(results) < plant.steps:
        results += [rng.randint(low, high)] * rng.randint(3, 30)
    as_told = rng.random() < 0.3
    row = (
        bill(metal, "t", Decimal("0.001"), told(60))
        if as_told
        else bill(metal, counted, Decimal(size), told(60), tuple(results[: plant.steps]))
    )
    plant.flows[row.id] = replace(row, stated=False)


CAUSES = ("process", "mechanical", "electrical", "external", "planned")


def _with_log(plant: Made, rng: Random) -> Terms:
    """Halts and spills as the log book has them, what they cost, what the market asks, and a day from which another price set holds."""
    log: list[Happening] = []
    for unit in plant.units:
        at = plant.span[0] - 2 * HOUR
        while (end := (start := at + rng.randint(10, 1500) * MINUTE) + rng.randint(1, 500) * MINUTE) < plant.span[1]:
            log.append(Happening(unit, "halt", rng.choice(CAUSES), start, end))
            at = rng.choice((end, end + HOUR))
        for _ in range(rng.choice((0, 1, 3))):
            at = rng.choice(plant.cells(rng.choice(plant.labels)))[0] + rng.choice((0, 0, 71 * MINUTE))
            log.append(Happening(unit, rng.choice(("spill", "leak")), "", at, at + 10 * MINUTE + len(log)))
    money = [Decimal(rng.randint(1, 10**6)).scaleb(-3) for _ in range(5)]
    fees = (
        ("spill-tax", "spill", "state", money[0]),
        ("spill-rule", "spill", "", money[1]),
        ("call-out", "leak", "fitters", money[2]),
    )
    rates = (("u0", Decimal(120)), ("u2", Decimal(120)), ("u1", money[3]))
    outer = sorted({row.material for row in plant.flows.values() if row.sign and not plant.materials[row.material].bands})
    market = tuple((key, _market(plant, rng, key)) for key in outer if rng.random() < 0.5)
    switch = rng.choice((None, *plant.labels[1:]))
    return replace(plant.terms, log=tuple(log), fees=fees, rates=rates, market=market, switch=switch)


def _market(plant: Made, rng: Random, key: str) -> tuple[tuple[date | None, Decimal], ...]:
    """Another price, always or from a day on; for a bill, whose shares are known together only, one that gives whole coins."""
    material, per = plant.materials[key], plant.scale if plant.materials[key].unit == "kg" else 1
    if key == "gas":
        return ((None, material.price(plant.labels[0]) + Decimal(rng.randint(-9, 9)).scaleb(-plant.decimals) / material.quantum),)
    first, second = (Decimal(rng.randint(-(10**6), 9 * 10**6)).scaleb(-4) / per for _ in range(2))
    since = rng.choice((None, *plant.labels))
    return ((since, first), *(((plant.labels[-1], second),) if since != plant.labels[-1] else ()))


def _tariff(plant: Made, rng: Random) -> tuple[str, ...]:
    bands: list[str] = []
    while len(bands) < plant.steps:
        bands += [rng.choice(("low", "mid", "high"))] * rng.randint(2, 20)
    return tuple(bands[: plant.steps])


class _Draw:
    """Adds rows to the plant's tables, one kind after the other."""

    def __init__(self, plant: Made, rng: Random) -> None:
        self.plant, self.rng = plant, rng

    def material(self, name: str, *, unit: str = "", whole_cents: bool = False, assayed: bool = True) -> Material:
        rng, plant = self.rng, self.plant
        paid = rng.choice(sorted(ASSAYED)) if assayed and not unit and rng.random() < 0.2 else "mass"
        unit = "t" if paid != "mass" else unit or rng.choice(("t", "t", "t", "MWh", "m3", "Nm3", "pcs"))
        quantum = Decimal(
            "0.001" if paid != "mass" else rng.choice(("0.001", "0.001", "0.01", "0.25", "1", "0.5", "0.125", "20"))
        )
        prices: list[tuple[date | None, Decimal]] = [(None, self.price(quantum, whole_cents))]
        for day in sorted(rng.sample(plant.labels, rng.choice((0, 0, 1, 1, 2)))) if not whole_cents else []:
            prices.append((day, self.price(quantum, whole_cents)))
        bands = (
            tuple((band, self.price(quantum, False)) for band in ("high", "low", "mid"))
            if name == "power" and plant.tariff
            else ()
        )
        if plant.scale != 1 and unit == "t":
            unit, quantum = "kg", quantum * plant.scale
            prices = [(day, price / plant.scale) for day, price in prices]
        found = Material(name, unit, quantum, tuple(prices), bands, paid)
        plant.materials[name] = found
        return found

    def price(self, quantum: Decimal, whole_cents: bool) -> Decimal:
        rng = self.rng
        sign = rng.choice((1, 1, 1, 1, 1, -1))
        if whole_cents:
            return sign * (Decimal(rng.randint(1, 90)).scaleb(-self.plant.decimals) / quantum)
        return sign * Decimal(
            rng.choice((0, rng.randint(1, 900), rng.randint(1, 9 * 10**6), 100 * rng.randint(1, 10**5)))
        ).scaleb(-4)

    def some(self, *, unit: str = "") -> Material:
        """A material that flows elsewhere too, or a new one."""
        usual = [m for m in self.plant.materials.values() if m.id != "power" and m.paid == "mass"]
        if usual and not unit and self.rng.random() < 0.35:
            return self.rng.choice(usual)
        return self.material(f"m{len(self.plant.materials)}", unit=unit)

    def flow(
        self,
        source: str,
        target: str,
        material: Material,
        kinds: tuple[str, ...] = ("rate", "linear", "interval", "counter"),
        *,
        backwards: bool = False,
    ) -> None:
        name, rng = f"f{len(self.plant.flows)}", self.rng
        kind = rng.choice([k for k in kinds if k in ("rate", "interval", "")] if material.paid != "mass" else kinds)
        rates, amounts = UNITS[material.unit]
        row = Flow(name, source, target, material.id, kind)
        if kind and material.paid != "mass":
            counted, grain, _, low, high = ASSAYED[material.paid]
            assay = self.stretches(low, high)
            told = self.amounts(kind, backwards=False, most=60)
            rates, amounts = UNITS[counted]
            part = [100 - a if material.paid == "dry" else a for a in assay]
            quanta = tuple(t * p for t, p in zip(told, part, strict=True))
            unit, factor = rng.choice(rates if kind == "rate" else amounts)
            row = replace(row, unit=unit, grain=Decimal(grain) * Decimal(factor), told=told, quanta=quanta, assay=assay)
        elif kind:
            unit, factor = rng.choice(rates if kind in ("rate", "linear") else amounts)
            told = self.amounts(kind, backwards=backwards)
            row = replace(row, unit=unit, grain=material.quantum * Decimal(factor), told=told, quanta=_moved(kind, told))
        if kind == "counter" and rng.random() < 0.5:
            row = replace(row, modulus=max(4 * max(row.told), 1000) + rng.randint(0, 999))
        self.plant.flows[name] = row

    def stretches(self, low: int, high: int) -> tuple[int, ...]:
        """A laboratory's results, each until the next one."""
        found: list[int] = []
        while len(found) < self.plant.steps:
            found += [self.rng.randint(low, high)] * self.rng.randint(6, 30)
        return tuple(found[: self.plant.steps])

    def amounts(self, kind: str, *, backwards: bool, most: int = 4000) -> tuple[int, ...]:
        """What a meter counts by step: changing, standing still for a while, now and then running backwards."""
        rng, steps = self.rng, self.plant.steps
        if kind in ("lot", "booking"):
            return tuple(rng.randint(1, most) if rng.random() < 0.2 or i in (1, steps - 2) else 0 for i in range(steps))
        found: list[int] = []
        level = rng.randint(most // 4, most)
        while len(found) < steps:
            idle, size = rng.random() < 0.1, rng.randint(1, 30)
            low = -most // 4 if backwards else 0
            found += [
                0 if idle else max(low, level + rng.randint(-most // 4, most // 4)) - (most // 2 if backwards else 0)
                for _ in range(size)
            ]
        return tuple(found[:steps])

    def stock(self, number: int) -> None:
        """Shared by several units, fed and drawn; one side at a unit may have no meter; sometimes it takes from another stock."""
        rng, plant, name = self.rng, self.plant, f"s{number}"
        earlier = rng.choice([*plant.stocks.values()]) if plant.stocks and rng.random() < 0.3 else None
        material = plant.materials[earlier.material] if earlier else self.material(f"stuff{number}")
        holder, rule = rng.choice(("site", "site", *plant.areas)), rng.choice(("roll", "roll", "nearest", "interpolate"))
        unit, grain, assay = material.unit, material.quantum, 0
        if material.paid != "mass":
            counted, size, _, low, high = ASSAYED[material.paid]
            unit, grain, assay, rule = counted, Decimal(size), rng.randint(low, high), "nearest"
        plant.stocks[name] = Stock(
            name, material.id, holder, rule, unit, grain, (), assay, material.paid == "mass" and rng.random() < 0.3
        )
        feeders = rng.sample([*plant.units], rng.randint(1, min(3, len(plant.units))))
        drawers = rng.sample([*plant.units, "outside", "outside:customer"], rng.randint(1, 3))
        ends = [(unit, name) for unit in feeders] + [(name, unit) for unit in drawers]
        inside = [i for i, pair in enumerate(ends) if not any(end.startswith("outside") for end in pair)]
        bare = rng.choice(inside) if rng.random() < 0.4 else -1
        for i, (source, target) in enumerate(ends):
            self.flow(source, target, material, ("",) if i == bare else ("rate", "linear", "interval", "counter", "rate"))
        if earlier:
            self.flow(earlier.id, name, material)

    def unit(self, unit: str) -> None:
        """Raw material, products and by-products, a flow to a later unit, a recycle to an earlier one."""
        rng, others = self.rng, [*self.plant.units]
        place = others.index(unit)
        for _ in range(rng.choice((1, 1, 2))):
            self.flow(
                rng.choice(("outside", "outside:mine")), unit, self.some(), ("rate", "linear", "interval", "counter", "lot")
            )
        for _ in range(rng.choice((1, 1, 2, 3))):
            self.flow(unit, rng.choice(("outside", "outside:customer", "outside:dump")), self.some())
        if place + 1 < len(others) and rng.random() < 0.6:
            self.flow(unit, rng.choice(others[place + 1 :]), self.some())
        if place and rng.random() < 0.5:
            self.flow(unit, rng.choice(others[:place]), self.some())

    def utilities(self) -> None:
        """Power at a tariff, steam that some units give back, returned water, a bill for the whole period."""
        rng, plant = self.rng, self.plant
        power, steam = self.material("power", unit="MWh"), self.material("steam", unit="t")
        for unit in rng.sample([*plant.units], rng.randint(1, len(plant.units))):
            self.flow("outside:grid", unit, power)
        for unit in rng.sample([*plant.units], rng.randint(1, 2)):
            self.flow("outside", unit, steam, ("rate", "linear", "interval"), backwards=rng.random() < 0.6)
        water = self.material("water", unit="m3")
        for unit in rng.sample([*plant.units], 1):
            self.flow("outside", unit, water)
            self.flow(unit, "outside", water)
        gas = self.material("gas", unit="Nm3", whole_cents=True)
        self.flow("outside:grid", rng.choice([*plant.units]), gas, ("booking",))

    def dips(self) -> None:
        """A gauge is read at every start of a day, near most other boundaries and in between; it follows the flows more or less."""
        rng, plant = self.rng, self.plant
        starts = {plant.start_of(day) for day in [*plant.labels, plant.labels[-1] + timedelta(days=1)]}
        inner = sorted({end for day in plant.labels for _, end in plant.cells(day)} - starts)
        for key, row in plant.stocks.items():
            at = set(starts)
            at |= {end + rng.choice((0, 0, -20 * MINUTE, 12 * MINUTE, -HOUR)) for end in inner if rng.random() < 0.7}
            at |= {plant.span[0] + rng.randrange(plant.span[1] - plant.span[0]) for _ in range(rng.randint(0, 3))}
            net = self.net(key)
            content, offset, found = rng.randint(10**5, 2 * 10**5), rng.choice((0, 3, 500)), []
            for when in sorted(at):
                until = (when - plant.span[0]) // STEP + MARGIN
                found.append((when, max(0, content + sum(net[MARGIN:until]) + rng.randint(-offset, offset))))
            if row.opening and rng.random() < 0.5:
                found[0] = (found[0][0], -found[0][1])  # only stocks.toml says it
            plant.stocks[key] = replace(row, dips=tuple(found))

    def net(self, stock: str) -> list[int]:
        net = [0] * self.plant.steps
        for row in self.plant.flows.values():
            if row.told and stock in (row.source, row.target):
                signs = int(row.target == stock) - int(row.source == stock)
                net = [n + signs * t for n, t in zip(net, _moved(row.kind, row.told), strict=True)]
        return net

    def per(self, material: str) -> int:
        """What money per unit of the material is divided by, where it is counted in the smaller unit."""
        return self.plant.scale if self.plant.materials[material].unit == "kg" else 1

    def terms(self) -> Terms:
        rng, plant = self.rng, self.plant
        invoices = []
        for number in range(rng.randint(0, 3)):
            day = rng.choice(plant.labels)
            until = rng.choice([None, *(label for label in plant.labels if label >= day)])
            invoices.append((f"item{number}", rng.choice(("", "lessor")), rng.randint(-(10**6), 10**7), day, until))
        outer = [row for row in plant.flows.values() if row.sign and row.kind in ("rate", "interval")]
        charged = rng.sample(outer, min(len(outer), rng.randint(0, 2)))
        charges = tuple(
            (row.id, rng.choice(("", "state")), Decimal(rng.randint(1, 9999)).scaleb(-3) / self.per(row.material))
            for row in charged
        )
        sold = sorted({row.material for row in plant.flows.values() if row.sign})
        paid = [
            m
            for m in sold
            if all(r.kind in ("rate", "linear", "interval") for r in plant.flows.values() if r.material == m and r.sign)
        ]
        quality = tuple(
            (
                m,
                rng.randint(80, 120),
                Decimal(rng.randint(-900, 900)).scaleb(-2) / self.per(m),
                Decimal(100),
                Decimal(rng.randint(1, 90)) / self.per(m),
            )
            for m in paid
            if plant.materials[m].paid == "mass" and rng.random() < 0.25
        )
        return Terms(tuple(invoices), quality, charges)


def _moved(kind: str, told: tuple[int, ...]) -> tuple[int, ...]:
    """Quanta by step of what a meter tells; a line between two readings moves the mean of both."""
    if kind == "linear":  # told: readings at the beginning of each step, two quanta a step each
        return tuple(a + b for a, b in pairwise((*told, told[-1])))
    return told
