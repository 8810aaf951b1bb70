"""Issue codes of labour: hours on duty and physical productivity."""

from shiftledger.core.issue import Kind

L030 = Kind(
    "L030",
    "warning",
    "nobody is listed",
    "Hours on duty follow from members.csv. Crews of which nobody is listed have unknown hours, which is not zero; their shifts count in no "
    "productivity.",
)
L031 = Kind("L031", "error", "labour cannot be grouped so", "Grains are series, area, crew, month and shift; several with commas.")
CODES: tuple[Kind, ...] = (L030, L031)
