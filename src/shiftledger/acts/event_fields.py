"""What the act of an event says: which fields it has, and what is wrong with them (R1).

Fields are text: `unit` or `area` (where), `start` and `end` (UTC microseconds; no end: it goes on), `kind`, `cause` of a halt, `reason`, `id`
and `revision` (whole number) by which a later act supersedes an earlier one, `recorded_at` (when it was written down), `recorded_in` (in which file).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shiftledger.plant.model import CAUSES

JOB = "job"  # the kind of event that a service crew reports; once verified it counts as a saving beside the books (L8)
HALT = "halt"  # the kind of event that stops a unit; other kinds are recorded and change no figure
NEEDED = ("start", "kind")
JOB_FIELDS = ("job", "qty", "served")
ALLOWED = ("unit", "area", "end", "cause", "reason", "id", "revision", "recorded_at", "recorded_in", *JOB_FIELDS)
INSTANTS = ("start", "end", "recorded_at")
INSTANT = re.compile(r"-?[0-9]{1,18}")  # microseconds
KIND = re.compile(r"[\w-]{1,40}")
QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
LONGEST = 500  # characters of an id, and of a reason


def event_faults(body: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the fields of an event, each with its remedy."""
    if bool(body.get("unit")) == bool(body.get("area")):
        yield "an event happens to a unit or to an area", "Give one of the two."
    unreadable = [name for name in INSTANTS if body.get(name) and not INSTANT.fullmatch(body[name])]
    for name in unreadable:
        yield f"{name} is not an instant", "Give a time with its offset, such as 2026-04-01T08:00:00+02:00."
    start, end = body.get("start"), body.get("end")
    if start and end and not unreadable and int(end) <= int(start):
        yield "the event ends before it begins", "Give its first instant, then the first after it."
    kind, cause = body.get("kind", ""), body.get("cause", "")
    if kind and not KIND.fullmatch(kind):
        yield f'"{kind[:40]}" is not a kind of event', "Write one word, such as halt."
    if cause and cause not in CAUSES:
        yield f'"{cause[:40]}" is not a cause of a halt', f"Causes are {', '.join(CAUSES)}."
    if cause and kind != HALT:
        yield "only a halt has a cause", f"Write kind {HALT}, or leave the cause out."
    yield from _job_faults(body)
    if body.get("revision") and not (body["revision"].isascii() and body["revision"].isdigit() and len(body["revision"]) <= 18):
        yield "the revision is not a whole number from 0", "Number the versions of an event 1, 2, 3, or leave it out."
    for name in ("id", "reason"):
        if len(body.get(name, "")) > LONGEST:
            yield f"the {name} is longer than {LONGEST} characters", "Say it shorter; what is long belongs in the evidence."


def _job_faults(body: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with what a job says. An event of kind job that names none is one like any other."""
    told = [name for name in JOB_FIELDS if body.get(name)]
    if told and body.get("kind") != JOB:
        yield f"only a job has {told[0]}", f"Write kind {JOB}, or leave it out."
    elif told and not body.get("job"):
        yield "the job has no name", "Give job, one of services.csv."
    elif told and not body.get("area"):
        yield "a job is done by a service area", "Give area; the unit that it was done for is served."
    if body.get("qty") and not QUANTITY.fullmatch(body["qty"]):
        yield f'"{body["qty"][:40]}" is no quantity of a job', "Write a number with at most three decimals, such as 2 or 1.5."
    for name in ("job", "served"):
        if body.get(name) and not KIND.fullmatch(body[name]):
            yield f'"{body[name][:40]}" is no name of a {name}', "Write one word."
