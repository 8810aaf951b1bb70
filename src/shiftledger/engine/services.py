"""What did a service area's crews do in a shift, and what did it save? Its small statement (L8).

An area without units has no value of its own to state. It states its jobs: the verified ones at the reference price, as they were
sealed, and those that still wait for somebody to verify them. None of it is cash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shiftledger.acts.acts import Act
from shiftledger.acts.events import Event, standing
from shiftledger.core.period import Span
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.savings import JOB_QUANTUM, SAVING, crew_at, job_quanta, jobs_begun
from shiftledger.plant.model import Plant


@dataclass(frozen=True, slots=True)
class JobLine:
    """What a crew saved by a job, net of later corrections; `qty` in quanta of 0.001, `amount` in cents.

    `waiting`: nobody has verified it, or it was verified after the seal: it does not count, and has neither price nor amount.
    """

    crew: str
    job: str
    qty: int
    unit: str
    price: Decimal | None
    amount: int | None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class ServiceStatement:
    """A service area's shift. `saved`: the memo balance of its account in cents, outside V and outside the plant's result.

    `late`: what was verified too late for the shift, in cents by the month in which it counts; no part of `saved`. # L6
    """

    area: str
    shift: str
    lines: tuple[JobLine, ...]
    late: Mapping[str, int] = field(default_factory=dict)

    @property
    def saved(self) -> int:
        return sum(line.amount or 0 for line in self.lines)


def service_areas(plant: Plant) -> tuple[str, ...]:
    """Areas whose jobs have reference prices and that run no units, in id order. # L8"""
    running = {unit.area for unit in plant.units.values()}
    return tuple(sorted({row.area for row in plant.services} - running))


def service_statements(
    plant: Plant, shift: str, span: Span, rows: Sequence[Posting], acts: Sequence[Act], sealed_act: int, area: str | None
) -> tuple[ServiceStatement, ...]:
    """One statement a service area of which something is known in the shift; of `area` in any case. # L8"""
    posted = [row for row in rows if row.source.startswith(f"{SAVING}:") and row.kind != "prior"]
    then = {event.act for event in standing(acts, sealed_act) if event.verified_by}
    waiting = [event for event in jobs_begun(standing(acts), span.start, span.end) if event.act not in then]
    found = []
    for one in service_areas(plant):
        if area not in (None, one):
            continue
        lines, late = _lines(plant, one, posted, waiting), _late(one, rows)
        if lines or late or area == one:
            found.append(ServiceStatement(one, shift, lines, late))
    return tuple(found)


def _late(area: str, rows: Iterable[Posting]) -> dict[str, int]:
    """Cents of the area's prior-period rows by month. # L6"""
    late: dict[str, int] = {}
    for row in sorted(
        (row for row in rows if row.kind == "prior" and row.source == f"{SAVING}:{area}"), key=lambda row: row.month
    ):
        late[row.month] = late.get(row.month, 0) + row.amount
    return late


def _lines(plant: Plant, area: str, posted: Iterable[Posting], waiting: Iterable[Event]) -> tuple[JobLine, ...]:
    units = {row.job: row.unit for row in plant.services if row.area == area}
    totals: dict[tuple[str, str, bool], JobLine] = {}

    def add(line: JobLine) -> None:
        key = (line.job, line.crew, line.waiting)
        have = totals.get(key)
        amount = None if line.amount is None else line.amount + ((have.amount or 0) if have else 0)
        totals[key] = replace(line, qty=line.qty + (have.qty if have else 0), amount=amount)

    for row in posted:
        if row.source == f"{SAVING}:{area}":
            job = row.what.removesuffix(f":{SAVING}")
            add(JobLine(row.crew, job, row.qty, units.get(job, ""), row.price, row.amount))
    for event in waiting:
        if event.area == area:
            qty = job_quanta(event, quantum=JOB_QUANTUM)
            add(JobLine(crew_at(plant, event), event.job, qty, units.get(event.job, ""), None, None, waiting=True))
    return tuple(totals[key] for key in sorted(totals, key=lambda key: (key[2], *key[:2])) if totals[key].qty)
