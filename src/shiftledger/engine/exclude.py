"""Leaving a shift out of the ranking, and taking an act back (E5, R5).

A shift is left out only for an event that was written down within 30 minutes of its happening, by somebody outside the area,
before the day is published. What crews earned is posted as ever.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from shiftledger.acts.acts import Act, append_act, checked, read_acts
from shiftledger.acts.codes import A002
from shiftledger.acts.events import Event, standing, touching
from shiftledger.acts.exclusions import GRACE, Exclusion, exclusions, lifted, told_after
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, seals, writing
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.core.period import MINUTE
from shiftledger.engine.settled import settled_days, settlements
from shiftledger.ledger.book import seals_of
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.roster import Shift, area_shifts, find_shift

SHOWN = 60  # characters of what somebody typed


def exclude(plant: Plant, state: State, act: Act) -> Outcome[Act | None]:
    """Record that a shift of an area is left out of the ranking; refused with every reason why it may not be. # E5"""
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    found = _shift(plant, act)
    if found.result is None:
        return Outcome(None, found.issues)
    shift, span = found.result, found.result.span
    bound = replace(act, body={**act.body, "start": str(span.start), "end": str(span.end)})
    with writing(state) as connection:  # no close publishes the day meanwhile
        problems = tuple(_problems(plant, bound, shift, connection, read_acts(state)))
        if problems:
            return Outcome(None, problems)
        made = append_act(connection, bound)
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


def lift(plant: Plant, state: State, act: Act) -> Outcome[Act | None]:
    """Record that a suspect or an exclusion is taken back; refused unless it stands. # E5, R5

    An exclusion is lifted by those who may decide one, until its month is settled. A lifted suspect counts like any late result.
    """
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    with writing(state) as connection:
        acts, number = read_acts(state), int(act.body["act"])
        left_out = next((one for one in exclusions(acts) if one.act == number), None)
        suspect = any(one.seq == number and one.kind == "suspect" for one in acts) and number not in lifted(acts)
        problems: tuple[Issue, ...] = ()
        if left_out is not None:
            problems = tuple(_may_lift(plant, act, left_out, state, acts))
        elif not suspect:
            remedy = "Give the number of the act, as shiftledger decided PLANT lists it; an event is taken back by withdraw."
            problems = (_fault("lift", f"act {number} is no suspect or exclusion that stands", remedy),)
        if problems:
            return Outcome(None, problems)
        made = append_act(connection, act)
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


def _shift(plant: Plant, act: Act) -> Outcome[Shift | None]:
    """The shift of the area that the act names."""
    area, name = act.body["area"], act.body["shift"]
    if area not in plant.areas:
        near = difflib.get_close_matches(area, sorted(plant.areas), 1)
        hint = f"Closest: {near[0]}." if near else f"Areas: {', '.join(sorted(plant.areas))}."
        return Outcome(None, (_fault("exclude", f'there is no area "{area[:SHOWN]}" in this plant', hint),))
    if not re.fullmatch(r"\d{4}-\d\d-\d\d\.\w{1,20}", name):
        return Outcome(None, (_fault("exclude", f'"{name[:SHOWN]}" is not a shift', "Write day, dot, slot: 2026-03-31.E."),))
    found = find_shift(plant, name)
    if found.result is None:
        return found
    day = found.result.day
    own = area_shifts(plant, area, day) if valid_on(plant.areas[area], day) else ()
    shift = next((one for one in own if one.id == name), None)
    if shift is None:
        told = f"Its shifts: {', '.join(one.id for one in own)}." if own else f"It does not exist on {day}."
        return Outcome(None, (_fault("exclude", f'area "{area}" has no shift {name}', told),))
    return Outcome(shift)


def _problems(plant: Plant, act: Act, shift: Shift, connection: sa.Connection, acts: Sequence[Act]) -> Iterator[Issue]:
    """Why the shift may not be left out: all reasons at once. # E5"""
    area, number = act.body["area"], int(act.body["event"])
    event = next((one for one in standing(acts) if one.act == number), None)
    if event is None:
        hint = "Give the number of the act that stands: a later one may have superseded it, or it was withdrawn."
        yield _fault("exclude", f"act {number} is no event that stands", hint)
    else:
        yield from _event_problems(plant, event, area, shift, acts)
    yield from _decider_problems(plant, act, area, shift.day)
    sealed = connection.execute(sa.select(seals.c.seq).where(seals.c.day == shift.day.isoformat()).limit(1)).first()
    if sealed is not None:
        hint = "Decide before the first close of a day; afterwards everybody knows whom it helps."
        yield _fault("exclude", f"{shift.day} was published already, by seal {sealed.seq}", hint)
    again = next((one for one in exclusions(acts) if (one.area, one.shift) == (area, shift.id)), None)
    if again is not None:
        yield _fault("exclude", f"{area} in {shift.id} is left out already, by act {again.act}", "Nothing is left to decide.")


def _event_problems(plant: Plant, event: Event, area: str, shift: Shift, acts: Sequence[Act]) -> Iterator[Issue]:
    """The event is no ground: elsewhere, at another time, or written down too late."""
    where = event.area or (plant.units[event.unit].area if event.unit in plant.units else "")
    if where != area:
        yield _fault(
            "exclude", f"event {event.act} happened to {event.unit or where}, not in {area}", "Name an event of that area."
        )
    if not touching([event], shift.span):
        yield _fault("exclude", f"event {event.act} did not happen in {shift.id}", "Name an event that touches the shift.")
    late = told_after(event, acts)
    if late > GRACE:
        message = f"event {event.act} was written down {late // MINUTE} minutes after it began; {GRACE // MINUTE} are allowed"
        yield _fault("exclude", message, "Such an event leaves no shift out. It may still class a halt.")


def _decider_problems(plant: Plant, act: Act, area: str, day: date) -> Iterator[Issue]:
    """Who decides belongs to the area, as far as the plant's text tells, or has a role that may not. # E5"""
    roles = plant.settings.exclusion_deciders
    if roles and act.role not in roles:
        near = difflib.get_close_matches(act.role, roles, 1)
        hint = f"{f'Closest: {near[0]}. ' if near else ''}plant.toml names {', '.join(roles)} (exclusion_deciders)."
        yield _fault(act.kind, f'the role "{act.role[:SHOWN]}" leaves no shift out in this plant', hint)
    why = _belongs(plant, act, area, day)
    if why:
        hint = f"Somebody outside {area} decides, such as the dispatcher or the control centre."
        yield _fault(act.kind, f"who decides belongs to {area}: {why}", hint)


def _belongs(plant: Plant, act: Act, area: str, day: date) -> str:
    """Why somebody is of the area: a person of its crews, a post of its own, or its name in what they call themselves; "" if nothing says so."""
    said = set(re.split(r"[\s,;:()，；：（）]+", act.who.casefold()))
    listed = [one for one in plant.members if valid_on(one, day) and one.person.casefold() in said]
    own = next((one for one in listed if one.area == area), None)
    if own is not None:
        return f"{own.person} is in crew {own.crew_id} ({own.at})"
    posts = {one.post.casefold(): one for one in plant.posts if one.area == area and valid_on(one, day)}
    if not listed and act.role.strip().casefold() in posts:
        row = posts[act.role.strip().casefold()]
        return f'"{row.post}" is one of its posts ({row.at})'
    row_of_area = plant.areas[area]
    for name in (area, row_of_area.name_zh, row_of_area.name_en):
        for text in (act.who, act.role):
            if name and _names(name, text):
                return f'"{text[:SHOWN]}" names it'
    return ""


def _names(name: str, text: str) -> bool:
    """Whether a text names it as a word of its own; Chinese has none, so there it may stand anywhere."""
    edge = r"\b" if name.isascii() else ""
    return re.search(f"{edge}{re.escape(name.casefold())}{edge}", text.casefold()) is not None


def _may_lift(plant: Plant, act: Act, left_out: Exclusion, state: State, acts: Sequence[Act]) -> Iterator[Issue]:
    day = date.fromisoformat(left_out.day)
    if left_out.area in plant.areas:
        yield from _decider_problems(plant, act, left_out.area, day)
    if day in settled_days(seals_of(state, day), settlements(acts).standing.values()):
        hint = "Reopen the month first: shiftledger act PLANT reopen --month ... --reason ..."
        yield _fault("lift", f"the month of {left_out.day} is settled", hint)


def _fault(kind: str, message: str, remedy: str) -> Issue:
    return Issue(A002.code, A002.severity, message, Location(f"act {kind}"), remedy)
