"""Do the plant's numbers mean something: ranges, dimensions and prices (Q8, L1)?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shiftledger.core.issue import Issue, ordered
from shiftledger.plant.codes import finding
from shiftledger.plant.model import Material, Meter, Plant
from shiftledger.plant.price_sets import set_names, sets_in_use
from shiftledger.plant.rows import complete, place, rows_of, subject
from shiftledger.plant.values import is_currency

Test = Callable[[Any], bool]
POSITIVE: tuple[Test, str] = (lambda value: value > 0, "must be above zero")
NOT_NEGATIVE: tuple[Test, str] = (lambda value: value >= 0, "must not be negative")

# Table, key and attribute, and what must hold of the value. Prices may be negative; a yield divides, so it is never zero. # L4
RANGES: tuple[tuple[str, str, str, tuple[Test, str]], ...] = (
    (
        "plant",
        "currency",
        "currency",
        (is_currency, "must be three capital letters"),
    ),
    ("plant", "money_decimals", "money_decimals", (lambda value: 0 <= value <= 4, "must lie between 0 and 4")),
    (
        "plant",
        "month_start",
        "month_start",
        (lambda value: 1 <= value <= 28, "must lie between 1 and 28, days that every month has"),
    ),
    ("plant", "lookback", "lookback", (lambda value: 1 <= value <= 1000, "must lie between 1 and 1000 shifts")),
    ("plant", "test_level", "test_level", (lambda value: 0 < value < 1, "must lie between 0 and 1")),
    ("material", "quantum", "quantum", POSITIVE),
    ("meter", "class", "limit", NOT_NEGATIVE),
    ("meter", "white", "white", NOT_NEGATIVE),
    ("price", "sigma", "sigma", NOT_NEGATIVE),
    ("meter", "sigma", "sigma", NOT_NEGATIVE),
    ("meter", "quantum", "quantum", POSITIVE),
    ("meter", "modulus", "modulus", POSITIVE),
    ("meter", "max_rate", "max_rate", POSITIVE),
    ("meter", "max_gap", "max_gap", POSITIVE),
    ("meter", "max_hold", "max_hold", POSITIVE),
    ("price", "price", "price", (lambda value: _decimals(value) <= 10, "must have at most 10 decimals")),
    ("budget", "qty", "qty", NOT_NEGATIVE),
    ("indicator", "quantum", "quantum", POSITIVE),
)

EXAMPLES: Mapping[tuple[str, str], str] = {  # what to write instead, where the right form is not plain
    ("material", "quantum"): "Write the smallest quantity that is booked, such as 0.001.",
    ("meter", "class"): "Write the limit of error as a part of the value: 0.005 is 0.5 %.",
    ("plant", "currency"): "Write the ISO code, such as CNY or EUR.",
}


def ranges(plant: Plant) -> Iterator[Issue]:
    """Numbers that have the right type but no meaning. # L4, L5"""
    for table, name, attribute, (holds, wanted) in RANGES:
        for row in rows_of(plant, table):
            value = getattr(row, attribute)
            if value is not None and (table != "plant" or row.id) and not holds(value):
                who = "the plant" if table == "plant" else subject(table, row)
                at = place(plant.text, row.at, name)
                yield finding("P020", f"{name} of {who} {wanted}", at, EXAMPLES.get((table, name), "Correct the value."))
    for row in plant.standards:
        if row.basis == "yield" and not row.condition and row.value <= 0:
            at = place(plant.text, row.at, "value")
            yield finding("P020", f"{subject('standard', row)} must be above zero: yields divide", at, "Correct the value.")
        if row.condition and row.reference is None:
            message = f"{subject('standard', row)} has a condition but no reference"
            at = place(plant.text, row.at, "reference")
            yield finding("P020", message, at, f'Fill in the value of "{row.condition}" at which the base holds.')


def unit_dimensions(plant: Plant) -> tuple[Issue, ...]:
    """Meters, prices, standards and factors count what their material counts. # Q8"""
    return ordered(
        issue for each in (_material_units, _meter_units, _price_units, _standard_units, _factor_units) for issue in each(plant)
    )


def _material_units(plant: Plant) -> Iterator[Issue]:
    for material in plant.materials.values():
        yield from _same(plant, material, "unit", material.unit, material.unit, "")


def _meter_units(plant: Plant) -> Iterator[Issue]:
    for meter in plant.meters:
        holder = plant.streams.get(meter.stream) or plant.stocks.get(meter.stock)
        material = plant.materials.get(holder.material) if holder else None
        if (
            material
            and meter.unit
            and _known(material.unit)
            and meter.kind in ("rate", "counter", "interval", "level", "lot", "booking")
        ):
            assay = "" if _told_as_paid(plant, meter, material) else _assay_unit(plant, meter, material.priced_on)
            found = f"({meter.unit})" + (" * h" if meter.kind == "rate" else "") + (f" * ({assay})" if assay else "")
            times = (" times an hour" if meter.kind == "rate" else "") + (f" times {assay} of the laboratory" if assay else "")
            what = f'{meter.unit}{times} is not a quantity of "{material.id}", which is counted in {material.unit}'
            yield from _same(plant, meter, "unit", found, material.unit, f'meter "{meter.tag}": {what}')


def _told_as_paid(plant: Plant, meter: Meter, material: Material) -> bool:
    """Whether a bill is of the component itself: it says so, or its unit is the component's and leads nowhere with the assay. # Q9"""
    assay = _assay_unit(plant, meter, material.priced_on)
    if meter.kind != "booking" or not (meter.component or assay):
        return False
    return bool(meter.component) or (
        _alike(meter.unit, material.unit) and not _alike(f"({meter.unit}) * ({assay})", material.unit)
    )


def _alike(found: str, wanted: str) -> bool:
    from shiftledger.core.units import UnitError, same_dimension

    try:
        return same_dimension(found, wanted)
    except UnitError:
        return False


def _assay_unit(plant: Plant, meter: Meter, component: str) -> str:
    """The unit of the assay that takes the meter's amounts to the component that is paid; "" if it is a plain number or none. # Q5"""
    labs = [lab for lab in plant.meters if lab.kind == "lab" and lab.component == component]
    own = [lab.unit for lab in labs if (lab.stream, lab.stock) == (meter.stream, meter.stock)]
    return own[0] if own and _known(own[0]) else ""


def _price_units(plant: Plant) -> Iterator[Issue]:
    """A price is currency per unit of the material, exactly: the books multiply, they convert nothing. # L5"""
    if not is_currency(plant.settings.currency):
        return  # said where it stands
    for price in plant.prices:
        material = plant.materials.get(price.material)
        wanted = f"{plant.settings.currency}/{material.unit}" if material else ""
        if material and price.unit and plant.settings.id and price.unit != wanted and _known(material.unit):
            currency, _, per = price.unit.partition("/")
            if currency.strip() == plant.settings.currency and per.strip() and _equal(per.strip(), material.unit):
                continue
            at = place(plant.text, price.at, "unit")
            message = f'the price of "{material.id}" is given in {price.unit}, but must be in {wanted}'
            yield finding("P018", message, at, f"Convert the price to {wanted}, or correct the unit.")


def _standard_units(plant: Plant) -> Iterator[Issue]:
    """A standard, and so its slopes, is item per output or hour, a yield output per item, exactly: nothing is converted. # L4"""
    for row in plant.standards:
        item, output = plant.materials.get(row.item), plant.materials.get(row.output)
        if not row.unit or output is None or item is None:
            continue
        per = "h" if row.basis == "hours" else output.unit
        if _known(item.unit) and _known(per):
            above, below = (per, item.unit) if row.basis == "yield" else (item.unit, per)
            yield from _exactly(plant, "standard", row, row.unit, f"({above}) / ({below})", f"{above}/{below}")


def _factor_units(plant: Plant) -> Iterator[Issue]:
    """A factor is per unit of its material, exactly: formulas multiply it as it stands. # Q8"""
    for row in plant.factors:
        material = plant.materials.get(row.material)
        above, slash, below = row.unit.rpartition("/")
        if material and _known(material.unit):
            written = f"{above if slash else row.unit}/{material.unit}"
            yield from _exactly(plant, "factor", row, material.unit, below if slash else "1", written)


def _exactly(plant: Plant, table: str, row: Any, found: str, wanted: str, written: str) -> Iterator[Issue]:
    """Nothing if a value in `found` is one in `wanted` as it stands; else the unit to write, and the factor if there is one."""
    from shiftledger.core.units import UnitError, exact_conversion

    message = f"{subject(table, row)} must be in {written}, not {row.unit}"
    other = tuple(_same(plant, row, "unit", found, wanted, message))
    yield from other
    at = place(plant.text, row.at, "unit")
    try:
        factor = Fraction(1) if other else exact_conversion(found, wanted)
    except UnitError:  # one dimension, but scales with zeros of their own
        yield finding("P018", message, at, f"Convert the value to {written}.")
        return
    if factor != 1:
        times = _shortest(factor)
        message = f"{message}: 1 {row.unit} is {times} {written}"
        yield finding("P018", message, at, f"Multiply the value by {times} and write the unit {written}.")


def _shortest(factor: Fraction) -> str:
    """A factor as a decimal if it is one of few digits, else as a fraction."""
    places = next((n for n in range(13) if (factor * 10**n).denominator == 1), None)
    return str(factor) if places is None else f"{Decimal(int(factor * 10**places)).scaleb(-places):f}"


def _unit_remedy(row: Any, wanted: str) -> str:
    """What is mostly meant: a mean of the hour in t/h tells how fast, and is no amount of the hour."""
    from shiftledger.core.units import same_dimension  # late, as below

    if isinstance(row, Meter) and row.kind in ("interval", "counter") and same_dimension(f"({row.unit})*h", wanted):
        where = 'stamps = "start" or "end" and interval in sources.toml say which time a mean is of'
        return f"{row.unit} tells how fast, also as a mean: write kind rate ({where}). If it is an amount, write {wanted}."
    return "Correct the unit here, or the unit in materials.toml."


def _same(plant: Plant, row: Any, name: str, found: str, wanted: str, message: str) -> Iterator[Issue]:
    """Nothing if the two units have one dimension; else what is wrong, at the row's `name`."""
    from shiftledger.core.units import UnitError, same_dimension  # late: loading a plant needs no unit registry

    at = place(plant.text, row.at, name)
    try:
        if not same_dimension(found, wanted):
            yield finding("P018", message, at, _unit_remedy(row, wanted))
    except UnitError:
        yield finding("P019", f'"{getattr(row, name)[:60]}" is not a known unit', at, "Write a unit like t, t/h, MWh, m3 or %.")


def _known(unit: str) -> bool:
    from shiftledger.core.units import UnitError, same_dimension

    try:
        return same_dimension(unit, unit)
    except UnitError:
        return False


def _equal(a: str, b: str) -> bool:
    from shiftledger.core.units import UnitError, conversion

    try:
        return conversion(a, b) == 1.0
    except UnitError:
        return False


def unpriced_materials(plant: Plant) -> Iterator[Issue]:
    """What moves or is stored has a planned price in the books' price set. # L1"""
    if not complete(plant, "price") or not plant.settings.id:
        return
    moving = {row.material for row in plant.streams.values()} | {row.material for row in plant.stocks.values()}
    known = {plant.settings.price_set, *set_names(plant)}
    for name in (used for used in sets_in_use(plant) if used in known):
        if name not in set_names(plant):
            if not set_names(plant) and moving:
                message = f"no material has a planned price: there is no prices/{name}.csv"
                yield finding(
                    "P024", message, plant.settings.at, f"Write prices/{name}.csv with a row for each of {len(moving)}."
                )
            continue  # that a set has no file is said where plant.toml names it
        priced = {price.material for price in plant.prices if price.price_set == name and not price.band}
        for material in plant.materials.values():
            if material.id in moving and material.id not in priced and name != plant.settings.market_set:
                message = f'"{material.id}" has no planned price in prices/{name}.csv'
                yield finding("P024", message, material.at, "Add a row with its price; 0 is a price too.")


def _decimals(value: Decimal) -> int:
    """Decimals that matter: 1.500 has one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
