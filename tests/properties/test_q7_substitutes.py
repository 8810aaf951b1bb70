"""Q7, T3 on generated plants: who ran a part of a shift changes nothing of the shift."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import event, given, settings

from properties.closing import Closed, close_in_memory, closed
from properties.effort import EXAMPLES
from properties.flowsheets import Knobs, knobs

EMPTY = "day,slot,area,crew,start,end,kind\n"


def totals(books: Closed, *, price: bool = True) -> Counter[tuple[str, ...]]:
    """Quanta and cents of each shift, way and thing, crews added up."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in books.postings:
        key = (row.shift, row.source, row.target, row.what, row.kind)
        found[*key, "amount"] += row.amount
        if row.kind not in ("fixed", "state"):  # in two parts it is two rows of one
            found[*key, "qty"] += row.qty
    return found


@given(knobs(substitutes=3))
@settings(max_examples=EXAMPLES)
def test_q7_a_substitute_changes_no_total_of_the_shift(shape: Knobs) -> None:
    cut = closed(shape)
    made = cut.sample
    whole = close_in_memory(made, {**made.text, "roster.csv": EMPTY}, made.readings)
    assert +totals(cut) == +totals(whole)
    assert -totals(cut) == -totals(whole)
    shared = [s for s in cut.statements if len(s.crews) > 1]
    event("a shift with two crews" if shared else "no shift with two crews")
    for one, other in zip(cut.statements, whole.statements, strict=True):
        same = {"crews": (), "lines": (), "sigma": 0.0}
        assert replace(one, **same) == replace(other, **same)
        assert sum(line.amount for line in one.lines) == sum(line.amount for line in other.lines)


@given(knobs(substitutes=3, more_areas=0))
@settings(max_examples=EXAMPLES)
def test_t3_rows_name_the_crews_on_duty_and_no_other(shape: Knobs) -> None:
    cut = closed(shape)
    crews = {(s.shift, s.area): set(s.crews) for s in cut.statements}
    for row in cut.postings:
        for crew in filter(None, row.crew.split(" ")):
            area = crew.partition("/")[0]
            assert crew in crews[cut.shift_of(row, area), area]
