"""Issue codes of the ledger before the close: the running shift and what is calculated first (L9, L10)."""

from shiftledger.core.issue import Kind

L060 = Kind(
    "L060",
    "error",
    "there is no running shift",
    "At that instant the area has no shift, or it runs no units, or nothing was read yet.",
)
L061 = Kind(
    "L061",
    "warning",
    "the newest reading is old",
    "The running shift is shown as of the newest reading. If that is long ago, a source has stopped: load what is missing, or look at the source.",
)
L062 = Kind(
    "L062",
    "note",
    "a stock was not freshly observed",
    "In a running shift a stock counts only if it was observed within the grace period before the instant. Otherwise its change is absent, not zero.",
)
L063 = Kind(
    "L063",
    "error",
    "a what-if setting cannot be read",
    "A setting is NAME=VALUE with a name of `shiftledger whatif PLANT --list`. A value is a number in the unit of the list, or a change such as "
    "+5%. Each name is set once.",
)
L064 = Kind(
    "L064",
    "warning",
    "the intentions do not fit into a stock",
    "With what is set, the stock would fall below zero, or rise above the `high` of its level meter. Set a flow in or out of it too.",
)
L065 = Kind(
    "L065",
    "error",
    "there is no base to calculate from",
    "A what-if starts from the plan (budget.csv and standards.csv), from standards at the output of an earlier shift, or from a sealed shift.",
)
L066 = Kind(
    "L066",
    "note",
    "a flow is left out of the calculation",
    "Neither the base nor a setting says how much flows there. It is absent on both sides, not zero; set it to count it.",
)
L067 = Kind(
    "L067",
    "warning",
    "two areas disagree about a flow between them",
    "By its standards one area asks for another amount than the other area gives. What is given counts, so the taking area's value is not its "
    "Plan or Standard.",
)

L068 = Kind(
    "L068",
    "note",
    "a shift of that name lies at another time elsewhere",
    "Areas with other slots have a shift of the same name at another time. What flows then is no part of this calculation; name one of those "
    "areas to calculate its shift.",
)

L069 = Kind(
    "L069",
    "note",
    "nobody says what becomes of a state",
    "A plan says nothing of fouling or age, and a wash of the base is not repeated. The state stays where it is until it is set: where it starts, "
    "where it ends, or when a reset is over.",
)

CODES = (L060, L061, L062, L063, L064, L065, L066, L067, L068, L069)
