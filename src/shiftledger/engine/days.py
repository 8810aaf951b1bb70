"""Which production days a close means: those asked for, else every whole day of which there are readings."""

from __future__ import annotations

from datetime import date, timedelta

from shiftledger.acts.codes import A006, A007
from shiftledger.acts.state import State
from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import DAY
from shiftledger.ledger.book import last_seal_of
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import day_at, day_span
from shiftledger.readings.lake import days_read, extent
from shiftledger.readings.points import first_reading

FLOWS = ("rate", "counter", "interval")  # meters whose readings cover time
EARLIEST, LATEST = date(1900, 1, 2), date(2199, 12, 30)  # what the readings may carry


def days_to_close(
    plant: Plant, state: State, start: str | date | None, end: str | date | None
) -> tuple[list[date], tuple[Issue, ...]]:
    """Production days from `start` to `end`, both included; a side left out reaches to the first or last whole day with readings."""
    bounds: list[date | None] = []
    for text in (start, end):
        try:
            bounds.append(text if text is None or isinstance(text, date) else date.fromisoformat(text))
            if bounds[-1] is not None and not EARLIEST <= bounds[-1] <= LATEST:
                raise ValueError
        except (ValueError, TypeError):
            return [], (Issue(A006.code, A006.severity, f"{text!r} is not a production day", Location("--"), A006.explanation),)
    first, last = bounds
    if first is None or last is None:
        span = extent(state)
        if span is None:
            return [], (
                Issue(A006.code, A006.severity, "there are no readings yet", Location("readings"), "Load readings first."),
            )
        begun = day_at(plant, span[0])
        whole = first_whole_day(plant, state, begun)
        first = first or whole
        if last is None:
            last = day_at(plant, span[1])
            if day_span(plant, last).end > span[1]:  # the last day is not over
                last -= timedelta(days=1)
    notes: tuple[Issue, ...] = ()
    if start is None and first > begun and last >= first:
        message = f"{begun} has readings for a part of the day only: the close begins with {first}"
        remedy = f"To close it all the same: shiftledger close PLANT --from {begun}"
        notes = (Issue(A007.code, A007.severity, message, Location("--from"), remedy),)
    elif start is None and last < first:
        first = begun
    if last < first:
        return [], (Issue(A006.code, A006.severity, f"no whole day from {first} to {last}", Location("--"), A006.explanation),)
    if start is not None and end is not None:
        return [first + timedelta(days=i) for i in range((last - first).days + 1)], ()
    touched = {day_at(plant, at) for day in days_read(state) for at in (day * DAY, (day + 1) * DAY - 1)}
    return sorted(day for day in touched if first <= day <= last), notes


def first_whole_day(plant: Plant, state: State, begun: date) -> date:
    """The first production day from `begun` on that amounts and rates cover from its beginning, but for the longest gap that a meter may have.

    A day that was sealed before stays the first, so that late results reach it.
    """
    flows = [meter for meter in plant.meters if meter.kind in FLOWS]
    at = first_reading(state, {meter.tag for meter in flows})
    if at is None or last_seal_of(state, begun) is not None:
        return begun
    gap = max(max(meter.max_gap, meter.length) for meter in flows)
    day = max(begun, day_at(plant, at - 1))
    return day if day_span(plant, day).start >= at - gap else day + timedelta(days=1)
