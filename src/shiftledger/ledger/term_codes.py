"""Issue codes of the terms of value that no flow carries."""

from shiftledger.core.issue import Kind

L020 = Kind(
    "L020",
    "error",
    "no potential",
    "Every state has a worth on every production day on which it holds (potentials.csv). Without it what a crew did to the state cannot be "
    "valued and the day stays open.",
)
L021 = Kind(
    "L021",
    "warning",
    "a state has no boundary value",
    "Neither a reading nor an opening value is known near an end of the shift: what the state changed by is absent, not zero.",
)
L022 = Kind(
    "L022",
    "warning",
    "a premium waits for the laboratory",
    "Quality terms hold for the stream, but its assay of this shift is not known: nothing is posted until it is, and the statement says so.",
)
L024 = Kind(
    "L024",
    "warning",
    "a grade waits for the laboratory",
    "The stream is held to a grade (grades.csv), but for a part of it no assay is known: that part counts as in grade until the laboratory "
    "answers, and the statement says so.",
)
CODES: tuple[Kind, ...] = (L020, L021, L022, L024)
