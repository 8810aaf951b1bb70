"""What did service crews save? Verified jobs at a reference price list, as a memo beside the books (L8).

A job is an event of kind job in an area without units: what was done, how much of it, for whom. Somebody in another role verifies it; only
then it counts, at the contractor's price of services.csv that holds on its day. It is posted `saving:<area>` -> `saving:site`: both accounts lie
outside the areas' and the site's, so all accounts still sum to zero, V of every area and the plant's result stay what they are, and no
cash is claimed. Signs: what was saved counts for the service area's account.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from shiftledger.acts.events import Event
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.money import quantise
from shiftledger.core.trace import Node
from shiftledger.ledger.labour_codes import L032
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.postings import Entry, ShiftContext, amount_of
from shiftledger.ledger.standards import total_node
from shiftledger.plant.model import Plant, valid_on
from shiftledger.plant.roster import ONE_DAY, area_shifts, crews_on, day_at
from shiftledger.plant.terms import Service

SAVING = "saving"
SITE_SAVING = "saving:site"
JOB_QUANTUM = Decimal("0.001")


def jobs_begun(events: Iterable[Event], start: int, end: int) -> list[Event]:
    """Jobs that begin in [start, end), in order of their acts. # L8"""
    return [event for event in events if event.job and start <= event.start < end]


def saving_entries(context: ShiftContext) -> Outcome[list[Entry]]:
    """The rows saving:<area> -> saving:site of a shift: one a service area, crew and job. L032 where a verified job has no price. # L8"""
    span = context.quantities.shift.span
    groups: dict[tuple[str, str, str], list[Event]] = {}
    for event in jobs_begun(context.quantities.events, span.start, span.end):
        if event.verified_by:
            groups.setdefault((event.area, event.job, crew_at(context.plant, event)), []).append(event)
    entries, issues = [], list[Issue]()
    for (area, job, crew), events in sorted(groups.items()):
        price = price_of(context, area, job)
        if price is None:
            message = f"{context.quantities.shift.id}: {area} has no reference price of {job}: its verified jobs are not counted"
            remedy = "Add the job to services.csv with the days from which its price holds, then close the day again."
            issues.append(Issue(L032.code, L032.severity, message, Location("services.csv"), remedy))
        else:
            entries.append(_entry(context, price, crew, events))
    return Outcome(entries, ordered(issues))


def price_of(context: ShiftContext, area: str, job: str) -> Service | None:
    """The row of the price list that holds on the day."""
    rows = (row for row in context.plant.services if (row.area, row.job) == (area, job) and valid_on(row, context.day))
    return next(rows, None)


def crew_at(plant: Plant, event: Event) -> str:
    """The crew of the service area that was on duty when the job began; "" outside its slots. # T3"""
    if event.area not in plant.areas:
        return ""
    today = day_at(plant, event.start)
    for day in (today - ONE_DAY, today, today + ONE_DAY):  # slots of partial coverage may lie across a day's ends
        for shift in area_shifts(plant, event.area, day):
            if shift.span.start <= event.start < shift.span.end:
                on_duty = crews_on(plant, event.area, shift)
                return next((one.crew for one in on_duty if one.span.start <= event.start < one.span.end), "")
    return ""


def _entry(context: ShiftContext, price: Service, crew: str, events: list[Event]) -> Entry:
    shift = context.quantities.shift.id
    done = [_done(event) for event in events]
    qty = done[0] if len(done) == 1 else total_node(f"{price.job}, {shift}", done, "quanta", "L8")
    leaf = Node(
        f"reference price of {price.job}",
        price.price,
        f"per {price.unit}" if price.unit else "per job",
        at=str(price.at),
        clause="L8",
    )
    how = (("quantum", JOB_QUANTUM), ("decimals", context.decimals))
    cents = amount_of(qty.value, price.price, quantum=JOB_QUANTUM, decimals=context.decimals)
    node = Node(
        f"{price.job} by {price.area}, {shift}: verified saving, not cash", cents, "cents", "amount_of", how, (qty, leaf), "L8"
    )
    row = Posting(
        context.day, shift, crew, context.month, f"{SAVING}:{price.area}", SITE_SAVING, price.job, qty.value, price.price, cents, SAVING, "estimated", "L8"
    )  # fmt: skip
    return Entry(row, node)


def _done(event: Event) -> Node:
    """What one job comes to, over the event itself, which says who did it, who verified it and on what evidence. # R5"""
    label = f"act {event.act}: {event.job}" + (f" for {event.served}" if event.served else "")
    said = Node(f"{label}; verified by {event.verified_by}", event, clause="R5", at=event.recorded_in)
    args = (("quantum", JOB_QUANTUM),)
    return Node(
        f"{event.job}, act {event.act}", job_quanta(event, quantum=JOB_QUANTUM), "quanta", "job_quanta", args, (said,), "L8"
    )


def job_quanta(event: Event, *, quantum: Decimal) -> int:
    """How much of a job an event tells, in quanta of 0.001, as an operation of a trace. # L8"""
    return quantise(Decimal(event.qty or "1"), quantum)


OPERATIONS = (("job_quanta", job_quanta),)
