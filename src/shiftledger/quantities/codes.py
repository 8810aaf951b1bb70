"""Issue codes of the quantities stage."""

from __future__ import annotations

from shiftledger.core.issue import Issue, Kind, Location

ABSENT = Kind(
    "Q001",
    "warning",
    "nothing is known of a meter in a shift",
    "No reading covers any part of the period, so the figure is absent; it is not zero. Load the readings, or declare a "
    "fill for the meter.",
)
PARTIAL = Kind(
    "Q002",
    "warning",
    "a figure rests on a part of its period only",
    "Gaps longer than max_gap, BAD readings and stale assays cover nothing. The covered part is posted as provisional. Load "
    "what is missing, correct max_gap, or declare a fill (mean-of-shift, last-good, standard) for the meter.",
)
FILLED = Kind(
    "Q003",
    "note",
    "a gap was filled by the declared rule",
    "The meter declares a fill. The filled part is an estimate: it carries its own uncertainty and marks the figure as "
    "estimated.",
)
UNFILLED = Kind(
    "Q004",
    "warning",
    "a gap could not be filled by the declared rule",
    "mean-of-shift needs some covered part of the shift, last-good a good reading at most max_hold before the gap, standard "
    "a standard rate.",
)
OVERLAP = Kind(
    "Q005",
    "warning",
    "intervals overlap",
    "Readings of an interval meter follow each other faster than its length, or two composite samples stand for one time. The later "
    "one counts from its start; the earlier one keeps the rest. Correct `length` or the samples, or remove what repeats.",
)
FALL = Kind(
    "Q006",
    "warning",
    "a counter fell",
    "A register only falls when it rolls over at its modulus, begins anew near zero, loses its line for a while or is changed. This "
    "fall is none of these, so the time between the two readings is uncovered. Mark wrong readings bad; declare modulus and max_rate "
    "if it rolls over.",
)
JUMP = Kind(
    "Q007",
    "warning",
    "a counter rose faster than its max_rate",
    "The rise is disqualified: it is not believed. If the register came back to its course within max_hold, what it counted from "
    "the last reading before to the first after stands; else the time between the two readings is uncovered. Look at the readings; "
    "if they are right, correct max_rate.",
)
UNIT = Kind(
    "Q008",
    "error",
    "a meter's unit does not lead to its material's unit",
    "A rate times hours, and an amount, must have the dimension of the material's unit (with a component: times the assay's "
    "unit).",
)
SEVERAL = Kind(
    "Q009",
    "error",
    "several meters claim one figure",
    "One meter at a time measures a stream, a stock, a state or a component of a stream. Give the rows validity dates that "
    "do not overlap.",
)
NO_ASSAY = Kind(
    "Q010",
    "warning",
    "no assay holds",
    "A sample represents the time until the next one, at most max_hold. Where none holds a component's mass is unknown.",
)
NO_LAB = Kind(
    "Q011",
    "error",
    "a material is priced on a component that nobody finds",
    "`priced_on` names a component (or dry, by component moisture): a laboratory meter of that component must belong to the "
    "stream or stock.",
)
NO_BOUNDARY = Kind(
    "Q012",
    "warning",
    "a stock or state has no observation for its boundary",
    "Neither a reading within the lookback and the grace period nor an `opening` in stocks.toml or states.toml: what the stock or "
    "state changed by is absent.",
)
CARRIED = Kind(
    "Q013",
    "note",
    "the observation of a stock or state lies far from the boundary",
    "The nearest observation is further away than the grace period; the value is carried and marked as estimated.",
)
NOT_ROLLED = Kind(
    "Q014",
    "note",
    "a stock's observation could not be rolled to the boundary",
    "Rolling needs every stream of the stock metered and covered between observation and boundary; the plain observation stands.",
)
NO_BAND = Kind(
    "Q015",
    "warning",
    "a part of a stream has no tariff band",
    "The state that names the band is unknown or has a value without a code there; that part is posted in no band.",
)
AMBIGUOUS = Kind(
    "Q016",
    "warning",
    "a condition is not one figure",
    "A standard names a condition for which several meters could stand. It stays absent, so Allowed = Standard.",
)
EVENTS_DISAGREE = Kind(
    "Q017",
    "warning",
    "two events give one halt different causes",
    "Both stand and speak of the same unit and time. What the later act says counts there; withdraw the wrong one, or record the same "
    "event again with the right times.",
)
EVENT_WHILE_RUNNING = Kind(
    "Q018",
    "warning",
    "an event tells of a halt while the unit is seen running",
    "The state of the unit says that it runs, so this time is no halt. Correct the event; if the state lied, confirm its meter as "
    "suspect: then the event counts.",
)
EVENT_OPEN = Kind(
    "Q019",
    "note",
    "an event has no end yet",
    "It is taken to go on. Once it is over, record it again with the same unit, kind and start (or id) and its end.",
)
STATE_UNKNOWN = Kind(
    "Q020",
    "warning",
    "it is not known whether a unit ran",
    "No reading of its state holds there and no event tells of it: that time is neither running nor a halt.",
)
UNCLASSED_HALT = Kind(
    "Q021",
    "note",
    "a halt without a cause",
    "The state's text has no cause in units.toml and no event gives one. It is nobody's own, and charged to nobody, until somebody says why.",
)

LOT = Kind(
    "Q022",
    "warning",
    "a lot cannot be used",
    "Its amount is bad, it lasts longer than the `length` of its meter, or its stage is not one of the unit's; or it is a bill without a period. "
    "It counts nowhere, and the shift in which it ends is provisional.",
)
DRIVER = Kind(
    "Q023",
    "warning",
    "a booking cannot be allocated",
    "The driver of allocations.toml knows nothing in the whole period of the booking, so no shift gets a share: the figure is absent.",
)
BLIP = Kind(
    "Q024",
    "note",
    "a register was lost for a while and came back",
    "Between the last reading before and the first after it the meter or its line showed something else, often zero. What the "
    "register rose by over that time is right and is spread over it evenly.",
)
BLIP_OPEN = Kind(
    "Q025",
    "warning",
    "a register fell and has not come back yet",
    "It may be a lost line or a new beginning; what follows will tell. Until then nothing is booked, and the figure is provisional. "
    "When the readings are there, closing again corrects the same shift.",
)
RESET = Kind(
    "Q026",
    "warning",
    "a register began anew",
    "What it shows afterwards counts from zero on. What it counted between the last reading before and the new beginning is lost: "
    "that time is uncovered, as long as it can have been at the pace that follows.",
)
CHANGED = Kind(
    "Q027",
    "warning",
    "a register does not run on where another row begins",
    "Two rows of meters.csv follow each other for one tag, and the register breaks there: another meter, as it seems. The time between "
    "the two readings is uncovered. Declare changed_at, first_register and last_register, and it is known.",
)
STALE = Kind(
    "Q028",
    "warning",
    "a level is older than its max_hold",
    "The newest observation of the stock is older than max_hold of its meter. The value stands, marked as stale and estimated.",
)

STANDING = Kind(
    "Q029",
    "warning",
    "a register stands at zero",
    "It showed zero and counted nothing for as long as max_hold looks ahead. A meter at rest does so, and so does a line that is lost for "
    "longer than max_hold. Nothing is booked, and the figure is provisional until it counts.",
)
SPIKE = Kind(
    "Q030",
    "warning",
    "a counter leapt and came back",
    "Without a max_rate a rise of more than ten times the usual pace (the median around) that is taken back within max_hold is a wrong "
    "reading: what the register rose by from the last reading before to the first after counts. Declare max_rate to say what can be counted.",
)
LEAP_OPEN = Kind(
    "Q031",
    "warning",
    "a counter leapt and has not counted since",
    "It rose by more than ten times its usual pace, and nothing says yet whether that is true. It is booked, and the figure is provisional "
    "until it counts on from there (then it was) or comes back (then it was a wrong reading).",
)
IDLE = Kind(
    "Q032",
    "warning",
    "a booking is shared by hours, for its driver counted nothing",
    "The driver of allocations.toml is known and stood still in the whole period. The bill is owed all the same, so every shift gets "
    "its part by real hours, marked; as soon as the driver counts anything, it shares.",
)
CODES: tuple[Kind, ...] = (
    *(ABSENT, PARTIAL, FILLED, UNFILLED, OVERLAP, FALL, JUMP, UNIT, SEVERAL, NO_ASSAY, NO_LAB, NO_BOUNDARY, CARRIED, NOT_ROLLED),
    *(NO_BAND, AMBIGUOUS, EVENTS_DISAGREE, EVENT_WHILE_RUNNING, EVENT_OPEN, STATE_UNKNOWN, UNCLASSED_HALT, LOT, DRIVER),
    *(BLIP, BLIP_OPEN, RESET, CHANGED, STALE, STANDING, SPIKE, LEAP_OPEN, IDLE),
)


def found(kind: Kind, message: str, at: Location | None, remedy: str = "") -> Issue:
    """An issue of this kind at its usual severity."""
    return Issue(kind.code, kind.severity, message, at, remedy)
