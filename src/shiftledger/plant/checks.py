"""Do the rows of a plant fit together? A visible list of named checks; `check` runs them all and returns every issue at once.

A check is a function `(plant) -> Iterable[Issue]`. Names are looked up in the text, not among the rows that could be read, so one
broken row is one issue and not also one for each row that refers to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from shiftledger.core.issue import Issue, Location, ordered
from shiftledger.plant.checks_flow import (
    measured_twice,
    meter_changes,
    meters_complete,
    standard_fills,
    stock_openings,
    stream_ends,
    unmetered_sides,
)
from shiftledger.plant.checks_followed import followers, frozen_kinds
from shiftledger.plant.checks_grades import grades_judged, offspec_of_own
from shiftledger.plant.checks_lots import allocations, limits, lot_meters, ownerships, samples
from shiftledger.plant.checks_people import (
    attendance_fits,
    crews_and_posts,
    hours_in_a_day,
    lineage,
    one_crew_at_once,
    services_priced,
)
from shiftledger.plant.checks_sources import sources_readable, store_named
from shiftledger.plant.checks_standards import charges_carried, one_basis, single_days, slopes_have_bases
from shiftledger.plant.checks_terms import charges_due, invoices_spread, potentials_whole, quality_paid, states_grow, states_told
from shiftledger.plant.checks_time import (
    first_slots,
    lifetimes,
    manning,
    overlaps,
    patterns,
    price_gaps,
    skipped_times,
    synthetic_rosters,
    validity,
    whole_days,
    zones,
)
from shiftledger.plant.checks_units import halt_causes, hours_units, running_states
from shiftledger.plant.checks_worth import ranges, unit_dimensions, unpriced_materials
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.formats import formats_known
from shiftledger.plant.model import Plant
from shiftledger.plant.price_sets import set_names
from shiftledger.plant.quotes import grain_of
from shiftledger.plant.rows import complete, declared, place, rows_of, subject
from shiftledger.plant.schema import FIELDS, TABLE, Field, table_of
from shiftledger.plant.unit_names import figure_names

Check = Callable[[Plant], Iterable[Issue]]


def check(plant: Plant) -> tuple[Issue, ...]:
    """Everything that is wrong with the plant as a whole, by place. What is wrong with its text is in `load_text(...).issues`."""
    return ordered(issue for each in CHECKS for issue in each(plant))


def references(plant: Plant) -> Iterator[Issue]:
    """Every value that names something names something declared: the schema's `refers_to`, row by row. # DESIGN, P012"""
    there = {table.name for file in plant.text if (table := table_of(file)) is not None}
    homeless: dict[str, list[Issue]] = {}  # by a table of which there is no file at all
    unknown: dict[tuple[str, str], list[Issue]] = {}  # by what kind of thing it should be, and its name
    for field in FIELDS:
        if field.refers_to and field.refers_to != "preset":
            for row in rows_of(plant, field.table):
                for name, part in _named(field, row):
                    known = _known(plant, field, row)
                    if known is not None and name not in known and not _outside(field, name):
                        home, issue = _home(field), _undeclared(plant, field, row, name, part, known)
                        kind = "unit" if home == "stock" else home  # a node may be either
                        at = homeless.setdefault(home, []) if home not in there else unknown.setdefault((kind, name), [])
                        at.append(issue)
    yield from (_no_file(TABLE[table].file, issues) for table, issues in homeless.items())
    for kind in dict.fromkeys(kind for kind, _ in unknown):
        named = {name: issues for (other, name), issues in unknown.items() if other == kind}
        unlike = [issue for issues in named.values() for issue in issues if not issue.remedy.startswith("Closest")]
        lost = len({name for name, issues in named.items() if issues[0] in unlike}) > MANY
        if lost:  # not so many slips, but a part of the file that declares them
            yield _together(unlike, "nor is what others name: ")
        for issues in named.values():
            if not (lost and issues[0] in unlike):
                yield from issues if len(issues) < MANY else [_together(issues)]
    yield from _price_sets(plant)


MANY = 3  # so many rows that name one thing are told at the first of them


def _together(issues: Sequence[Issue], also: str = "so do ") -> Issue:
    """One message for a thing that many rows name, or for things that are all gone: what is lacking is one declaration, or a part of a file."""
    first, *rest = ordered(issues)
    places = ", ".join(str(issue.at) for issue in rest[:MANY])
    more = f" and {len(rest) - MANY} more" if len(rest) > MANY else ""
    return replace(first, message=f"{first.message}; {also}{places}{more}")


def _home(field: Field) -> str:
    """The table that declares what the field names; "" of what stands inside another row."""
    homes = {"tag": "meter", "node": "unit", "holder": "area", "condition": "meter", "slot": "rotation", "crew": "rotation"}
    if field.refers_to == "state" and field.table != "potential":
        return "meter"
    return homes.get(field.refers_to, field.refers_to)


def _no_file(file: str, issues: Sequence[Issue]) -> Issue:
    """One message for all that name what a missing file would declare, at the first of them."""
    first = ordered(issues)[0]
    if len(issues) == 1 and file.endswith(".csv"):
        return first
    more = f", nor is what {len(issues) - 1} more name" if len(issues) > 1 else ""
    message = f"{first.message}{more}: there is no {file}"
    return replace(first, message=message, remedy=f"Add {file}, or give the file that declares it this name.")


def _price_sets(plant: Plant) -> Iterator[Issue]:
    """The price sets that plant.toml names have prices, and a set begins on a production day. # L1"""
    settings, sets = plant.settings, set_names(plant)
    if not settings.id:
        return
    named: list[tuple[str, tuple[str, ...]]] = [(settings.price_set, ("price_set",))]
    named += [(name, ("price_sets", day)) for day, name in settings.price_sets]
    named += [(settings.market_set, ("market_set",))] if settings.market_set else []
    for name, path in named:
        at, near = place(plant.text, settings.at, *path), closest(name, sets)
        if sets and f"prices/{name}.csv" not in plant.text:  # whatever else cannot be read
            message = f'{path[0]} names the price set "{name}", but there is no prices/{name}.csv'
            yield finding("P012", message, at, f"{near}Correct this line or add the file.")
        elif complete(plant, "price") and sets and name not in sets:
            remedy = f"{near}Correct this line or add rows to prices/{name}.csv."
            yield finding("P012", f'{path[0]} names the price set "{name}", which has no prices', at, remedy)
    for day, _ in settings.price_sets:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII) or grain_of(day) != "day":
            at = place(plant.text, settings.at, "price_sets", day)
            yield finding("P007", f'"{day[:40]}" is not a production day', at, 'Write price_sets = { 2027-01-01 = "..." }.')


def _named(field: Field, row: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The names in a field of a row, each with its part of the value."""
    value = getattr(row, field.target)
    if field.type == "columns" and row.layout in ("events", "lab"):
        return []  # columns of events are no tags; analytes become tags by samples.csv
    if field.type == "columns":
        return [(tag, (column,)) for column, tag in value]
    if (field.table, field.name) == ("budget", "item") and row.kind != "output":
        return []  # the name of a charge, or of hours
    return [(value, ())] if value else []


def _known(plant: Plant, field: Field, row: Any) -> frozenset[str] | None:
    """What the field may name; None where that cannot be told because a file is broken."""
    refers = field.refers_to
    if refers in TABLE and (refers != "state" or field.table == "potential"):  # others name what a meter tells, worth or not
        return declared(plant.text, refers)
    if refers == "tag":
        return declared(plant.text, "meter")
    if refers == "node":
        return _union(declared(plant.text, "unit"), declared(plant.text, "stock"))
    if refers == "holder":
        return _union(declared(plant.text, "area"), frozenset({"site"}))
    if refers in ("state", "condition"):
        if not complete(plant, "meter") or (refers == "condition" and not _placed(plant)):
            return None
        told = {name for meter in plant.meters for name in _told(plant, meter, refers, getattr(row, "area", "")) if name}
        units = [key for key, unit in plant.units.items() if unit.area == getattr(row, "area", "")]
        told |= {state.id for state in plant.states.values() if state.grows and state.area == getattr(row, "area", state.area)}
        return frozenset(told) | (figure_names(units) if refers == "condition" else frozenset())
    rotation = plant.rotations.get(plant.areas[row.area].rotation) if row.area in plant.areas else None
    if refers == "slot":
        return frozenset(slot.id for slot in rotation.slots) if rotation else None
    if refers == "crew":
        return frozenset(letter for each in plant.rotations.values() for letter, _ in each.crews) if rotation else None
    raise AssertionError(refers)


def _placed(plant: Plant) -> bool:
    """True if it can be told which nodes are an area's own: the rows between a meter and its area are there."""
    return all(complete(plant, table) for table in ("unit", "stream", "stock")) and bool(plant.units)


def _told(plant: Plant, meter: Any, refers: str, area: str) -> tuple[str, ...]:
    """The state, for a condition also the component, that a meter tells the area: of the whole plant, or of its own nodes."""
    if refers == "state":
        return (meter.state,)
    stream = plant.streams.get(meter.stream)
    stock = plant.stocks.get(meter.stock)
    if stream:
        units = [plant.units[node] for node in (stream.source, stream.target) if node in plant.units]
        near = any(unit.area == area for unit in units)
    else:
        near = stock is None or stock.held_by in (area, "site")
    return (meter.state, meter.component if meter.kind == "lab" else "") if near else ()


def _union(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return None if a is None or b is None else a | b


def _outside(field: Field, name: str) -> bool:
    return field.refers_to == "node" and (name == "outside" or (name.startswith("outside:") and len(name) > len("outside:")))


# What the row does with the name, and where such a thing is declared.
VERBS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("stream", "from"): "comes from", ("stream", "to"): "goes to", ("stream", "material"): "carries",
        ("unit", "area"): "belongs to the area", ("area", "rotation"): "works by the rotation", ("stock", "material"): "holds",
        ("stock", "held_by"): "is held by", ("meter", "stream"): "measures the stream", ("meter", "stock"): "measures the stock",
        ("source", "columns"): "reads the tag", ("source", "meter"): "reads lots of the tag",
        ("sample", "tag"): "is the tag", ("allocation", "stream"): "shares the stream", ("allocation", "load"): "follows the stream",
        ("material", "band_state"): "takes its tariff bands from the state",
        ("material", "offspec_of"): "is the off-spec grade of",
    }
)  # fmt: skip
HOMES: Mapping[str, str] = MappingProxyType(
    {
        "node": "the unit in units.toml", "holder": "the area in areas.toml", "tag": "the meter in meters.csv",
        "state": "a state meter in meters.csv", "condition": "a state or lab meter of this area in meters.csv, or name the hours of its unit (running.<unit>)",
        "slot": "the slot in rotations.toml", "crew": "the crew in rotations.toml",
    }
)  # fmt: skip


def _undeclared(plant: Plant, field: Field, row: Any, name: str, part: tuple[str, ...], known: frozenset[str]) -> Issue:
    verb = VERBS.get((field.table, field.name), f"names the {field.name}")
    home = HOMES.get(field.refers_to) if field.table != "potential" else None
    home = home or f"the {field.refers_to} in {TABLE[field.refers_to].file}"
    near = closest(name, known | {"outside"} if field.refers_to == "node" else known)
    at: Location = place(plant.text, row.at, field.name, *part)
    return finding(
        "P012",
        f'{subject(field.table, row)} {verb} "{name[:60]}", which is not declared',
        at,
        f"{near}Correct this line or declare {home}.{_listed(field, known)}",
    )


def _listed(field: Field, known: frozenset[str]) -> str:
    """The letters that there are: of one letter, none is closest."""
    return f" Declared are {', '.join(sorted(known))}." if known and field.refers_to in ("crew", "slot") else ""


CHECKS: tuple[Check, ...] = (
    references,
    zones,
    first_slots,
    whole_days,
    patterns,
    manning,
    skipped_times,
    synthetic_rosters,
    ranges,
    validity,
    overlaps,
    lifetimes,
    price_gaps,
    unit_dimensions,
    unpriced_materials,
    one_basis,
    slopes_have_bases,
    charges_carried,
    single_days,
    sources_readable,
    store_named,
    formats_known,
    stream_ends,
    meters_complete,
    measured_twice,
    meter_changes,
    unmetered_sides,
    stock_openings,
    standard_fills,
    lot_meters,
    ownerships,
    allocations,
    samples,
    limits,
    running_states,
    halt_causes,
    hours_units,
    states_told,
    potentials_whole,
    quality_paid,
    states_grow,
    offspec_of_own,
    grades_judged,
    charges_due,
    invoices_spread,
    one_crew_at_once,
    crews_and_posts,
    attendance_fits,
    hours_in_a_day,
    lineage,
    services_priced,
    followers,
    frozen_kinds,
)
