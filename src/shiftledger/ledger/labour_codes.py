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
CODES: tuple[Kind, ...] = (L030, L031, L032)
