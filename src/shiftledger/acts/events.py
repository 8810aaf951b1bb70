"""Which events stand? Halts and other events from the acts that recorded, superseded or withdrew them (R1, R5).

An event is never edited: a later act of the same `id` - without one: of the same place, kind and start - takes its place, and a
`withdraw` takes it back. Everything is a function of the acts up to a number, so what was known earlier can be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shiftledger.acts.acts import Act, append_acts, checked, read_acts, record
from shiftledger.acts.codes import A002
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.canon import canonical_text
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.core.period import Span

FOREVER = 2**62  # where an open event ends, as far as anybody knows


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a unit (or to every unit of an area) in [start, end), UTC microseconds; `end` None: it is not over.

    `act` is the number of the act that says so. `cause` is blank where nobody says why. `recorded_at` is when it was written down,
    as far as the source says, `made_at` when the act was made.
    """

    act: int
    unit: str
    area: str
    start: int
    end: int | None
    kind: str
    cause: str = ""
    reason: str = ""
    who: str = ""
    role: str = ""
    evidence: str = ""
    recorded_at: int = 0
    made_at: int = 0
    recorded_in: str = ""
    job: str = ""  # of kind job: what was done, how much, for whom, and who verified it ("" while nobody has)
    qty: str = ""
    served: str = ""
    verified_by: str = ""

    @property
    def span(self) -> Span:
        return Span(self.start, FOREVER if self.end is None else self.end)


def standing(acts: Iterable[Act], upto: int | None = None) -> tuple[Event, ...]:
    """The events that stand after act number `upto` (None: all), in order of their acts. # R5

    Of versions with declared revisions the highest stands, else the latest; acts that are no longer what was recorded are passed over
    (`verify_acts` names them).
    """
    versions: dict[tuple[str, ...], tuple[Act, int]] = {}
    told: dict[int, Act] = {}
    verified: dict[int, Act] = {}
    keys: dict[int, tuple[str, ...]] = {}
    for act in acts:
        if act.kind not in ("event", "withdraw", "verify") or (upto is not None and act.seq > upto) or checked(act):
            continue
        if act.kind == "verify":
            reported = told.get(int(act.body["event"]))
            if reported and not _own(reported, act):
                verified.setdefault(reported.seq, act)
            continue
        if act.kind == "withdraw":
            versions.pop(keys.get(int(act.body["event"]), ()), None)
            continue
        key, revision = event_key(act.body), int(act.body.get("revision") or -1)
        keys[act.seq], told[act.seq] = key, act
        best = versions[key][1] if key in versions else -1
        if revision < 0 or revision >= best:
            versions[key] = (act, max(best, revision))
    return tuple(sorted((_event(act, verified.get(act.seq)) for act, _ in versions.values()), key=lambda event: event.act))


def event_key(body: Mapping[str, str]) -> tuple[str, ...]:
    """By what two acts speak of one event: its id, or where, what and since when."""
    if body.get("id"):
        return ("id", body["id"])
    return ("at", body.get("unit", ""), body.get("area", ""), body["kind"], str(int(body["start"])))


def said_by(act: Act) -> str:
    """What an act says of its event, whoever brought it and from which line: two equal acts say one thing."""
    body = {name: text for name, text in act.body.items() if name != "recorded_in"}
    return canonical_text([body, act.evidence])


def record_events(state: State, acts: Iterable[Act]) -> tuple[Act, ...]:
    """Append the events that no act says yet, in the order given, all or none; the acts made. # R1, R5"""
    wanted = list(acts)
    if not wanted:
        return ()
    assert not any(checked(act) for act in wanted)
    with writing(state) as connection:
        said = {said_by(act) for act in read_acts(state) if act.kind == "event"}
        fresh = {said_by(act): act for act in reversed(wanted) if said_by(act) not in said}
        made = append_acts(connection, list(reversed(fresh.values())))
    if made:
        note_head(state, "acts", made[-1].seq, made[-1].hash)
    return tuple(made)


def withdraw(state: State, act: Act) -> Outcome[Act | None]:
    """Record that an event is taken back; refused unless the act it names is an event that stands. # R5"""
    number = act.body.get("event", "")
    if not checked(act) and int(number) not in {event.act for event in standing(read_acts(state))}:
        remedy = "Give the number of the act that stands: a later one may have superseded it, or it was withdrawn already."
        where = Location(f"act {act.kind}")
        return Outcome(None, (Issue(A002.code, A002.severity, f"act {number} is no event that stands", where, remedy),))
    return record(state, act)


def verify_job(state: State, act: Act) -> Outcome[Act | None]:
    """Record that a job was seen to be done; refused unless it stands and somebody else in another role reported it. # L8"""
    number = act.body.get("event", "")
    if checked(act):
        return record(state, act)
    acts = read_acts(state)
    found = next((event for event in standing(acts) if event.act == int(number) and event.job), None)
    why = ""
    if found is None:
        why, remedy = f"act {number} is no job that stands", "Give the number of the act that reported the job."
    elif found.verified_by:
        why, remedy = f"act {number} is verified already, by {found.verified_by}", "Withdraw the job if it was not done."
    elif _own(next(one for one in acts if one.seq == found.act), act):
        why, remedy = f"who reports a job does not verify it: {act.who}, {act.role}", "Have somebody in another role verify it."
    if why:
        return Outcome(None, (Issue(A002.code, A002.severity, why, Location("act verify"), remedy),))
    return record(state, act)


def touching(events: Iterable[Event], span: Span) -> tuple[Event, ...]:
    """The events that happen at some instant of `span`. # I2"""
    return tuple(e for e in events if max(e.start, span.start) < min(FOREVER if e.end is None else e.end, span.end))


def _event(act: Act, verified: Act | None = None) -> Event:
    body = act.body
    return Event(
        act=act.seq,
        unit=body.get("unit", ""),
        area=body.get("area", ""),
        start=int(body["start"]),
        end=int(body["end"]) if body.get("end") else None,
        kind=body["kind"],
        cause=body.get("cause", ""),
        reason=body.get("reason", ""),
        who=act.who,
        role=act.role,
        evidence=act.evidence,
        recorded_at=int(body.get("recorded_at") or act.made_at),
        made_at=act.made_at,
        recorded_in=body.get("recorded_in", ""),
        job=body.get("job", ""),
        qty=body.get("qty", ""),
        served=body.get("served", ""),
        verified_by=f"{verified.who} ({verified.role}), act {verified.seq}" if verified and body.get("job") else "",
    )


def _own(reported: Act, verified: Act) -> bool:
    """True if who reported a job verifies it, or somebody in the same role. # L8, R5"""
    return verified.role.strip() == reported.role.strip() or verified.who.strip() == reported.who.strip()
