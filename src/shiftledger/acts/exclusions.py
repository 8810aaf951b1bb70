"""Which shifts are left out of the ranking, and for which event (E5, R5)?

An exclusion moves no money: the books are those of every shift. It says that the order of the crews is to be shown with and without the
shift. It stands while its event does; a later act lifts it. Everything is a function of the acts up to a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shiftledger.acts.acts import Act, checked
from shiftledger.acts.event_fields import INSTANT
from shiftledger.acts.events import Event, event_key, standing, touching
from shiftledger.core.period import MINUTE, Span

GRACE = 30 * MINUTE  # an event that was written down later than this after it happened leaves no shift out


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A shift of an area that is left out, by act number `act` for the event of act `event`."""

    act: int
    area: str
    shift: str
    event: int
    reason: str
    who: str
    role: str
    made_at: int
    evidence: str = ""

    @property
    def day(self) -> str:
        return self.shift.partition(".")[0]


def lifted(acts: Iterable[Act]) -> dict[int, Act]:
    """The acts that were taken back, by number, each with the act that did. # R5"""
    found: dict[int, Act] = {}
    for act in acts:
        if act.kind == "lift" and not checked(act):
            found.setdefault(int(act.body["act"]), act)
    return found


def exclusions(acts: Iterable[Act], upto: int | None = None) -> tuple[Exclusion, ...]:
    """The exclusions that stand after act number `upto` (None: all), in order of their acts. # E5"""
    told = tuple(act for act in acts if upto is None or act.seq <= upto)
    wanted = [act for act in told if act.kind == "exclude" and not checked(act)]
    if not wanted:
        return ()
    gone, events = lifted(told), standing(told)
    grounds = [(act, _ground(act, told, events)) for act in wanted if act.seq not in gone]
    return tuple(_exclusion(act) for act, ground in grounds if ground is not None)


def _ground(act: Act, acts: tuple[Act, ...], events: tuple[Event, ...]) -> Event | None:
    """The event as it stands now, if it still touches the shift at the same place; None once it was withdrawn or moved away."""
    named = next((one for one in acts if one.seq == int(act.body["event"]) and one.kind == "event" and not checked(one)), None)
    start, end = act.body.get("start", ""), act.body.get("end", "")
    if named is None or not (INSTANT.fullmatch(start) and INSTANT.fullmatch(end)):
        return None
    key, said = event_key(named.body), {one.seq: one for one in acts}
    place = (named.body.get("unit", ""), named.body.get("area", ""))
    same = (one for one in events if event_key(said[one.act].body) == key and (one.unit, one.area) == place)
    return next(iter(touching(same, Span(int(start), int(end)))), None)


def _exclusion(act: Act) -> Exclusion:
    body = act.body
    return Exclusion(
        act.seq, body["area"], body["shift"], int(body["event"]), body["reason"], act.who, act.role, act.made_at, act.evidence
    )


def told_after(event: Event, acts: Iterable[Act]) -> int:
    """How long after its beginning (microseconds) an event was first written down; what was announced beforehand is negative. # E5

    A file says when somebody wrote; of what was typed in here, only the act's own time counts. A later version of an event is
    as old as the first one that has its beginning.
    """
    own = next(act for act in acts if act.seq == event.act)
    versions = (act for act in acts if act.kind == "event" and not checked(act) and event_key(act.body) == event_key(own.body))
    return min(_written(act) for act in versions if int(act.body["start"]) == event.start) - event.start


def _written(act: Act) -> int:
    return int(act.body.get("recorded_at") or act.made_at) if act.body.get("recorded_in") else act.made_at
