"""An area's shift from the cells that it is made of (T2, Q7, I8)."""

from __future__ import annotations

from dataclasses import replace

import hand_made as h
from shiftledger.balance.nodes import Balance, balance
from shiftledger.core.period import Span
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.joined import joined_balance, joined_quantities
from shiftledger.ledger.posting import weaker
from shiftledger.plant.roster import Shift
from shiftledger.quantities.quantity import ShiftQuantities

HOUR = 3_600_000_000
SHIFT = Shift("2026-03-31.D", h.DAY, "D", Span(0, 12 * HOUR))
FIRST, SECOND = (
    Shift(f"2026-03-31.p{i}-0000", h.DAY, f"p{i}-0000", Span(start * HOUR, end * HOUR))
    for i, (start, end) in enumerate([(0, 8), (8, 12)], 1)
)
FLOWS = {"ore": 100, "to-T": 98, "from-T": 90, "product": 89, "steam": 20}


def cell(shift: Shift, steam: int | None, stock: tuple[int | None, int | None], **changes: object) -> ShiftQuantities:
    found = h.quantities(h.plant(), {**FLOWS, "steam": steam}, {"T": stock})
    return replace(found, shift=shift, **changes)


def joined(*cells: ShiftQuantities) -> Balance:
    plant = h.plant()
    return joined_balance(plant, SHIFT, [(one.shift, balance(plant, one).result) for one in cells])


def test_q7_streams_and_residuals_are_summed() -> None:
    found = joined(cell(FIRST, 20, (50, 57)), cell(SECOND, 10, (57, 66)))
    steam = found.flows["steam"].quantity
    assert (steam.quanta, steam.value, steam.status, steam.marks, steam.coverage) == (30, 0.03, "measured", (), 1.0)
    residual = found.residuals["T"]
    assert (residual.quanta, residual.flows) == (1 - 1, 4)
    assert evaluate(residual.trace, OPERATIONS) == 0
    assert found.absent == ()


def test_i8_what_lacks_a_cell_is_known_in_part_and_its_residual_absent() -> None:
    found = joined(cell(FIRST, 20, (50, 57)), cell(SECOND, None, (57, None)))
    steam = found.flows["steam"].quantity
    assert (steam.quanta, steam.status, steam.marks) == (20, "provisional", ("partial",))
    assert steam.coverage == 8 / 12
    assert found.residuals == {}
    assert joined(cell(FIRST, None, (50, 57)), cell(SECOND, None, (57, 65))).absent == ("steam",)


def test_q6_errors_of_the_cells_are_added_source_by_source() -> None:
    """What persists adds up, what is white in each cell is independent."""
    cells = []
    for i, shift in enumerate((FIRST, SECOND)):
        one = cell(shift, 20, (50, 57))
        steam = replace(one.streams["steam"], errors={"calibration:FT": 3.0, f"white:{i}": 4.0})
        cells.append(replace(one, streams={**one.streams, "steam": steam}))
    assert joined(*cells).flows["steam"].quantity.errors == {"calibration:FT": 6.0, "white:0": 4.0, "white:1": 4.0}


def test_i3_it_opens_as_the_first_cell_and_closes_as_the_last() -> None:
    whole = replace(cell(SHIFT, 1, (None, None)), streams={}, opening={}, closing={})
    found = joined_quantities(whole, [cell(FIRST, 20, (50, 57)), cell(SECOND, 10, (57, 66))])
    assert found.shift == SHIFT
    assert (found.opening["T"].quanta, found.closing["T"].quanta) == (50, 66)
    assert found.streams["steam"].quanta == 30
    alone = joined_quantities(whole, [cell(FIRST, 20, (50, 57))])
    assert alone.streams["steam"] == h.quantity(20), "one cell stays as it is"


def test_i8_the_weaker_status_holds() -> None:
    assert weaker("measured", "estimated") == weaker("estimated", "measured") == "estimated"
    assert weaker("provisional", "estimated") == "provisional"
