"""States, quality terms, invoices and second products for a generated plant: its text, its readings, and the facts of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from properties.courses import Course
from properties.flowsheets import Flowsheet, Knobs
from reference.calendars import HOUR
from reference.independent import Meter
from reference.terms import Invoice, Quality, State, Terms

QUANTUM = Decimal("0.01")
ASSAY = Decimal("0.1")


@dataclass(frozen=True)
class Drawn:
    """What the terms add to a plant: files, rows of meters.csv (tag, kind, stream, state, component, quantum), readings, facts."""

    text: dict[str, str]
    meters: list[tuple[str, str, str, str, str, Decimal]]
    told: dict[str, Course]
    facts: Terms


def drawn(sheet: Flowsheet, shape: Knobs) -> Drawn:
    """Nothing without the knob; a generator of its own, so that the knob changes nothing else."""
    made = Drawn({}, [], {}, Terms())
    if not shape.terms:
        return made
    rng = Random(f"terms {shape}")
    states, invoices = _states(sheet, made, rng), _invoices(sheet, shape, made, rng)
    quality = () if shape.exact else _quality(sheet, made, rng)  # a mean assay makes no whole cents
    return Drawn(made.text, made.meters, made.told, Terms(states, quality, invoices))


def _states(sheet: Flowsheet, made: Drawn, rng: Random) -> tuple[State, ...]:
    """One or two states an area, read off the boundaries, with points or a line, some with another worth from a day on."""
    rows, states, points = list[str](), list[State](), ["state,value,worth,valid_from,valid_to"]
    first, last = sheet.calendar.start_of(sheet.calendar.first), sheet.calendar.labels()[-1]
    for area in sorted(set(sheet.units.values())):
        name = f"foul-{area}"
        rule = rng.choice(("nearest", "interpolate"))
        since = sheet.calendar.first + timedelta(days=rng.randint(0, sheet.calendar.days - 1)) if rng.random() < 0.5 else None
        phi: list[tuple[date | None, tuple[tuple[Fraction | None, Fraction], ...]]] = []
        for start in (None, since) if since else (None,):
            end = since - timedelta(days=1) if since and start is None else None
            table = _points(rng)
            phi.append((start, tuple((None if v is None else Fraction(v), Fraction(w)) for v, w in table)))
            points += [f"{name},{'' if v is None else v},{w},{start or ''},{end or ''}" for v, w in table]
        rows.append(f'[state.{name}]\narea = "{area}"\nboundary = "{rule}"\n')
        meter = Meter(f"ST-{area}", "state", "")
        made.meters.append((meter.tag, "state", "", name, "", QUANTUM))
        end_of = sheet.calendar.start_of(last + timedelta(days=1))
        near = (0, -700 * 10**6, 411 * 10**6, -9 * HOUR // 10)
        slots = range(first, end_of + 1, sheet.calendar.longest)
        at = {slot + rng.choice(near) for slot in slots if slot == first or rng.random() < 0.9} | {first - HOUR // 3}
        made.told[meter.tag] = [(t, Decimal(10 * rng.randint(-20, 90) + rng.choice((0, 2, 4, 7))).scaleb(-3)) for t in sorted(at)]
        states.append(State(name, area, meter, QUANTUM, rule, tuple(phi)))
    made.text["states.toml"], made.text["potentials.csv"] = "\n".join(rows), "\n".join([*points, ""])
    return tuple(states)


def _points(rng: Random) -> list[tuple[Decimal | None, Decimal]]:
    if rng.random() < 0.3:
        return [(None, Decimal(rng.randint(-(10**6), 10**6)).scaleb(-2))]
    values = sorted(rng.sample(range(-10, 90), rng.randint(2, 4)))
    return [(Decimal(value).scaleb(-2), Decimal(rng.randint(-(10**6), 10**6)).scaleb(-3)) for value in values]


def _quality(sheet: Flowsheet, made: Drawn, rng: Random) -> tuple[Quality, ...]:
    """Terms for some materials that cross the fence in metered flows (no counters: their assays lie on straight lines)."""
    rows, quality = ["material,component,reference,worth,low,high,cap"], list[Quality]()
    outer = [s for s in sheet.streams.values() if (s.source.startswith("outside")) != (s.target.startswith("outside"))]
    start = sheet.calendar.start_of(sheet.calendar.first)
    end = sheet.calendar.start_of(sheet.calendar.labels()[-1] + timedelta(days=1))
    for material in sorted({s.material for s in outer}):
        streams = [s for s in outer if s.material == material]
        if any(s.meter is None or s.meter.kind == "counter" for s in streams) or rng.random() < 0.4:
            continue
        low, high = Decimal(rng.randint(70, 90)), Decimal(rng.randint(90, 110))
        worth, cap = Decimal(rng.randint(-900, 900)).scaleb(-2), rng.choice((None, Decimal(rng.randint(1, 60)).scaleb(-1)))
        rows.append(f"{material},grade,90,{worth},{low},{high},{'' if cap is None else cap}")
        tags = {}
        for stream in streams:
            tags[stream.id] = f"LAB-{stream.id}"
            made.meters.append((tags[stream.id], "lab", stream.id, "", "grade", ASSAY))
            instants = range(start - 5 * HOUR, end, rng.choice((3, 7, 11)) * HOUR)
            made.told[tags[stream.id]] = [(t, Decimal(rng.randint(600, 1200)).scaleb(-1)) for t in instants]
        quality.append(
            Quality(material, tags, ASSAY, *(Fraction(v) for v in (worth, low, high)), None if cap is None else Fraction(cap))
        )
    made.text["quality.csv"] = "\n".join([*rows, ""])
    return tuple(quality)


def _invoices(sheet: Flowsheet, shape: Knobs, made: Drawn, rng: Random) -> tuple[Invoice, ...]:
    rows, invoices = ["item,party,amount,day,until,known_on"], list[Invoice]()
    for number in range(rng.randint(0, 3)):
        day = rng.choice(sheet.calendar.labels())
        until = day + timedelta(days=rng.randint(0, 3)) if rng.random() < 0.5 else None
        amount = Decimal(rng.randint(-(10**5), 10**6)).scaleb(-shape.money_decimals)
        rows.append(f"item{number},party,{amount},{day},{until or ''},{day if until else ''}")
        invoices.append(Invoice(Fraction(amount), day, until))
    made.text["invoices.csv"] = "\n".join([*rows, ""])
    return tuple(invoices)
