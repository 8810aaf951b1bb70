"""Issue codes of answers from which a new plant is written: P190-P199. They have no plant text yet: the place is the answer's name."""

from __future__ import annotations

from shiftledger.core.issue import Issue, Kind, Location

P190 = Kind(
    "P190",
    "error",
    "No new plant can be written there",
    "A new plant is a new folder, or an empty one, in a folder that exists and can be written. Nothing is ever written over, and no "
    "half of a plant is left behind.",
)
P191 = Kind(
    "P191",
    "error",
    "Unknown currency",
    "A currency is the ISO code of one that the program knows, in capitals, such as CNY. Prices are this currency per unit of a material.",
)
P193 = Kind(
    "P193",
    "error",
    "Slots and rotation do not fit",
    "A day has one to three slots, each of which begins after the one before, and the first begins with the production day. A rotation "
    "that ships has two or three slots of its own.",
)
P194 = Kind(
    "P194",
    "error",
    "Flow that leads nowhere",
    "A flow carries a material of the plant from an area or `outside` to another one. Materials without flows of their own pass the areas in "
    "order: the first enters the first area, each further one leaves an area; what is left over is used in the last area.",
)
P195 = Kind(
    "P195",
    "error",
    "Answer cannot be used",
    "An answer about a new plant has parts that are missing, too many or of the wrong kind. Names are not blank and stay on one line; prices "
    "are numbers with a point; every id is given once.",
)
CODES: tuple[Kind, ...] = (P190, P191, P193, P194, P195)


def told(kind: Kind, answer: str, message: str, remedy: str) -> Issue:
    """An issue at an answer, such as `currency`."""
    return Issue(kind.code, kind.severity, message, Location(answer), remedy)
