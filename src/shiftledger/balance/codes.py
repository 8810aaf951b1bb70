"""Issue codes of the balance stage."""

from shiftledger.core.issue import Kind

B001 = Kind(
    "B001",
    "warning",
    "a derived stream is negative",
    "The unmetered side of a stock is opening + receipts - closing. It came out negative: one of the observations or metered flows is "
    "wrong by at least that much. The figure is posted as it is, so that the books stay whole.",
)
B002 = Kind(
    "B002",
    "error",
    "a unit cannot be closed as declared",
    "`conserves` names what a unit must balance. Mass is closed over streams of one unit and quantum; components and energy need assays and "
    "are not closed before reconciliation.",
)
B003 = Kind(
    "B003",
    "error",
    "an unmetered stream could follow from either of two stocks",
    "A stream without a meter is derived from a stock of which everything else is known. Where both its ends are such stocks, one would close "
    "by definition and the other carry the whole residual, and nothing says which.",
)
CODES: tuple[Kind, ...] = (B001, B002, B003)
