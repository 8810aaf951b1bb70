"""Does off-spec belong to a product of its own area, and can the laboratory judge what grades.csv asks (L4)?"""

from __future__ import annotations

from collections.abc import Iterator

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Material, Plant, Stream, common_day
from shiftledger.plant.rows import complete, place, subject
from shiftledger.plant.terms import GradeLimit


def offspec_of_own(plant: Plant) -> Iterator[Issue]:
    """What a material failed to be is another one that met its grade, of the area that gives it. # L4"""
    whole = complete(plant, "stream") and complete(plant, "unit") and complete(plant, "stock")
    for row in plant.materials.values():
        better = plant.materials.get(row.offspec_of)
        if better is None:
            continue
        at = place(plant.text, row.at, "offspec_of")
        if better.id == row.id or better.offspec_of:
            what = "itself" if better.id == row.id else f'"{better.id}", which is off-spec of "{better.offspec_of}"'
            names = [key for key, one in plant.materials.items() if not one.offspec_of]
            hint = f"Write offspec_of = {better.offspec_of}. " if better.offspec_of in names else closest(row.id, names)
            remedy = f"{hint}Name the material that it would have been, had it met its grade; or leave offspec_of out."
            yield finding("P107", f'material "{row.id}" is off-spec of {what}', at, remedy)
        elif whole:
            yield from _of_another_area(plant, row, better)


def _of_another_area(plant: Plant, row: Material, better: Material) -> Iterator[Issue]:
    for area in sorted({_area(plant, s.source) for s in plant.streams.values() if s.material == row.id} - {""}):
        near = _near(plant, area)
        if better.id in near:
            continue
        own = sorted(near - {row.id} - {key for key, one in plant.materials.items() if one.offspec_of})
        given = [key for key in own if any(s.material == key and _area(plant, s.source) == area for s in plant.streams.values())]
        hint = closest(row.id, given or own) or (f"Closest: {given[0]}. " if len(given) == 1 else "")
        message = f'material "{row.id}", which area "{area}" gives, is off-spec of "{better.id}", with which that area has nothing to do'
        remedy = (
            f"{hint}Name what the area made instead of it, or let the stream of it come from the units that make {better.id}."
        )
        yield finding("P107", message, place(plant.text, row.at, "offspec_of"), remedy)


def _area(plant: Plant, end: str) -> str:
    return plant.units[end].area if end in plant.units else ""


def _near(plant: Plant, area: str) -> set[str]:
    """The materials that the area's units give or take, and that its stocks hold."""
    flows = {s.material for s in plant.streams.values() if area in (_area(plant, s.source), _area(plant, s.target))}
    return flows | {stock.material for stock in plant.stocks.values() if stock.held_by == area}


def grades_judged(plant: Plant) -> Iterator[Issue]:
    """Every row of grades.csv has a limit, a product, a laboratory, and the judgement for itself. # L4"""
    if not all(complete(plant, table) for table in ("material", "stream", "meter", "quality")):
        return
    for position, row in enumerate(plant.grades):
        found = _fault(plant, row, plant.grades[:position])
        if found is not None:
            column, message, remedy = found
            yield finding("P108", f"{subject('grade', row)} {message}", place(plant.text, row.at, column), remedy)


def _fault(plant: Plant, row: GradeLimit, earlier: tuple[GradeLimit, ...]) -> tuple[str, str, str] | None:
    """Column, message and remedy of the first thing that is wrong with a row."""
    material = plant.materials.get(row.material)
    better = plant.materials.get(material.offspec_of) if material else None
    if material is None:
        return None  # said already
    if better is None:
        named = [key for key, one in plant.materials.items() if one.offspec_of]
        hint = closest(row.material, named)
        return "material", "has no product: the material is off-spec of nothing", f"{hint}Give it offspec_of in materials.toml."
    if row.low is None and row.high is None:
        return "low", "has no limit", "Write low, high or both."
    if row.low is not None and row.high is not None and row.low > row.high:
        return "high", "has its lower limit above the upper one", "Correct low or high."
    if better.band_state:
        return "material", f'is for "{better.id}", which has tariff bands', "Leave the grade out: what has tariffs has no grades."
    other = next((one for one in earlier if _same_product(plant, one, better) and common_day(one, row) is not None), None)
    if other is not None:
        return "material", f'is the second one for "{better.id}"; the other is {other.at}', "End one before the other begins."
    if any((q.material, q.component) == (better.id, row.component) and common_day(q, row) is not None for q in plant.quality):
        remedy = "Take the premium by another component, or let it do the whole: see docs, clause L4."
        return "component", f'and a premium of "{better.id}" go by the same assay', remedy
    streams = [s for s in plant.streams.values() if s.material == better.id and common_day(s, row) is not None]
    billed = next((s.id for s in streams if _seen(plant, s, row) and _told_by(plant, s, row, ("booking",))), None)
    if billed:
        remedy = (
            "A bill does not say what flowed under which result: meter the stream by the hour or by lots, or leave the grade out."
        )
        return "component", f'would judge "{billed}", of which only bills tell', remedy
    return None if any(_looked_at(plant, s, row) for s in streams) else _unseen(plant, row, better, streams)


def _same_product(plant: Plant, row: GradeLimit, better: Material) -> bool:
    return row.material in plant.materials and plant.materials[row.material].offspec_of == better.id


def _looked_at(plant: Plant, stream: Stream, row: GradeLimit) -> bool:
    """Whether a laboratory looks for the component in a stream whose meter tells when it flowed."""
    timed = _told_by(plant, stream, row, ("rate", "counter", "interval", "lot")) or bool(stream.follows)
    return timed and _seen(plant, stream, row)


def _seen(plant: Plant, stream: Stream, row: GradeLimit) -> bool:
    own = (m for m in plant.meters if m.stream == stream.id and common_day(m, row) is not None)
    return any(m.kind == "lab" and m.component == row.component for m in own)


def _told_by(plant: Plant, stream: Stream, row: GradeLimit, kinds: tuple[str, ...]) -> bool:
    return any(m.stream == stream.id and m.kind in kinds and common_day(m, row) is not None for m in plant.meters)


def _unseen(plant: Plant, row: GradeLimit, better: Material, streams: list[Stream]) -> tuple[str, str, str]:
    known = {m.component for m in plant.meters if m.kind == "lab" and m.stream in {s.id for s in streams} and m.component}
    if not streams:
        return "material", f'judges "{better.id}", which no stream carries', "Correct offspec_of, or declare the stream."
    hint = closest(row.component, known)
    remedy = f"{hint}Declare a meter of kind lab with stream = {streams[0].id} and component = {row.component} in meters.csv."
    return "component", f'is never judged: no laboratory looks for it in a metered stream of "{better.id}"', remedy
