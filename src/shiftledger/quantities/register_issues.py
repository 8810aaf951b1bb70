"""How is a judgement about a register, or about samples that cross, told? Its mark, and the issue at the meter's row (Q2, Q5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shiftledger.core.issue import Issue, Kind, Location
from shiftledger.core.period import iso
from shiftledger.quantities import codes
from shiftledger.quantities.codes import found
from shiftledger.quantities.decisions import Decision

# kind of decision -> mark of the figure
MARKS: Mapping[str, str] = MappingProxyType(
    {
        "blip": "blip",
        "blip-open": "blip-open",
        "standing": "standing",
        "spike": "counter-fault",
        "leap-open": "leap-open",
        "reset": "reset",
        "meter-change": "meter-change",
        "disqualified": "counter-fault",
        "fall": "counter-fault",
    }
)

# kind of decision -> code, what happened, what to do
_TOLD: Mapping[str, tuple[Kind, str, str]] = MappingProxyType(
    {
        "blip": (
            codes.BLIP,
            "was lost at {before} and came back at {after}: what it rose by is spread over the time between",
            "Look at the line to the meter; nothing is missing in the sum.",
        ),
        "blip-open": (
            codes.BLIP_OPEN,
            "fell from {before} and has not counted on; nothing is booked until it comes back or begins anew",
            "Load the readings that follow, then close the day again.",
        ),
        "standing": (
            codes.STANDING,
            "stands at zero: it may rest, or its line may be lost; nothing is booked",
            "Look at the meter; mark its readings bad (act suspect) if its line is lost.",
        ),
        "spike": (
            codes.SPIKE,
            "leapt from {before} and came back to {after}: what stood between is left out",
            "Look at the readings; if they are right, declare max_rate above them.",
        ),
        "leap-open": (
            codes.LEAP_OPEN,
            "leapt from {before} to {after} and has not counted since",
            "Load the readings that follow, then close the day again.",
        ),
        "reset": (
            codes.RESET,
            "began anew after {before}: what it shows counts from zero; what it counted before is lost",
            "Declare a change of the meter if there was one, or a fill for what is lost.",
        ),
        "meter-change": (
            codes.CHANGED,
            "does not run on where the text says that another row begins",
            "Give the new row changed_at, and first_register and last_register if they were read.",
        ),
        "disqualified": (
            codes.JUMP,
            "rose faster than max_rate from {before}; what it rose by is not believed",
            "Look at the readings; if they are right, correct max_rate.",
        ),
        "fall": (
            codes.FALL,
            "fell from {before} to {after}, and nothing explains it; that time is uncovered",
            "Look at the readings and mark the wrong ones bad; declare modulus and max_rate if it rolls over.",
        ),
    }
)


def overlap_issue(told: Decision, shift: str, at: Location) -> Issue:
    """The issue of two composite samples that stand for one time, at the meter's row. # Q5"""
    first, second = told.evidence[0], told.evidence[-1]
    message = (
        f"{told.about}, {shift}: the samples begun {iso(first.ts)} ({first.value!r}) and {iso(second.ts)} ({second.value!r}) "
        f"both stand from {iso(told.start)} to {iso(told.end)}; the later one counts"
    )
    return found(codes.OVERLAP, message, at, "Correct the start or the end of one of them and load it again.")


def register_issue(told: Decision, shift: str, unit: str, at: Location) -> Issue | None:
    """The issue of a decision about a register, at the meter's row; None for what needs no attention, or is no such decision."""
    if told.kind not in _TOLD or told.start == told.end:  # a declared change of meters happens at an instant
        return None
    kind, words, remedy = _TOLD[told.kind]
    values = [one.value for one in told.evidence]
    happened = words.format(before=repr(values[0]) if values else "?", after=repr(values[-1]) if values else "?")
    booked = "" if told.amount is None else f"; {told.amount:.6g} {unit} of it in this shift"
    message = f"{told.about}, {shift}: the register {happened} ({iso(told.start)} to {iso(told.end)}){booked}"
    return found(kind, message, at, remedy)
