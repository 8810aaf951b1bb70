"""Issue codes of the roster (T2, T3): P060-P069."""

from __future__ import annotations

from shiftledger.core.issue import Kind

GAP = Kind(
    "P060",
    "warning",
    "a time in a clock-change gap",
    "On this day the local clock skips the slot's start time, or that of a roster entry. What is meant is the first moment after "
    "the gap. Move the slot's start out of the skipped hour if the crews in fact change at another time.",
)
UNKNOWN_SHIFT = Kind(
    "P061",
    "error",
    "no such shift",
    "A shift is written as the label of its production day, a dot and its slot, for example 2026-03-04.N. The slots are "
    "those of the rotation of the first area that has units.",
)
OUTSIDE = Kind(
    "P062",
    "error",
    "a roster entry lies outside its shift",
    "Start and end of a roster entry are local times inside the shift that it names; blank means the shift's own start or end. "
    "What lies outside the shift is not counted.",
)
OVERLAP = Kind(
    "P063",
    "error",
    "two roster entries overlap",
    "At any time one crew runs an area. Two entries for the same area and shift must not share any time; until that is mended "
    "the later line holds.",
)
CODES: tuple[Kind, ...] = (GAP, UNKNOWN_SHIFT, OUTSIDE, OVERLAP)
