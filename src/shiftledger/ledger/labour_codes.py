"""Issue codes of labour: hours on duty, physical productivity, and the jobs of service crews."""

from shiftledger.core.issue import Kind

L030 = Kind(
    "L030",
    "warning",
    "nobody is listed",
    "Hours on duty follow from members.csv. Crews of which nobody is listed have unknown hours, which is not zero; their shifts count in no "
    "productivity.",
)
L031 = Kind("L031", "error", "labour cannot be grouped so", "Grains are series, area, crew, month and shift; several with commas.")
L032 = Kind(
    "L032",
    "warning",
    "a verified job has no reference price",
    "What a service crew's job saved is counted at the price of services.csv that holds on its day. Without one it is absent, not zero.",
)
L033 = Kind(
    "L033",
    "note",
    "jobs are not shown by shift",
    "Where areas have different slots, a shift's name says no one time, so no list of the jobs of service areas belongs to it. The day's account "
    "has all of them.",
)
CODES: tuple[Kind, ...] = (L030, L031, L032, L033)
