"""T2 on generated plants whose areas have different slots: every law of the other modules, and what a shift is of its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties import test_i1_independent_routes as i1
from properties import test_i3_handover as i3
from properties import test_i5_sameness as i5
from properties import test_i7_explain as i7
from properties import test_l3_terms as l3
from properties import test_l6_late_results as l6
from properties import test_q7_substitutes as q7
from properties.closing import closed
from properties.effort import EXAMPLES, ON_DISK, SAME
from properties.flowsheets import MIXED, Knobs, knobs
from shiftledger.ledger.posting import balances
from shiftledger.plant.cells import cells_of
from shiftledger.plant.roster import area_shifts, day_span

SLOTS = {"calendar": st.sampled_from(MIXED), "more_areas": st.integers(1, 3), "stocks": st.integers(1, 4)}
PLAIN = (
    i1.test_i1_streams_agree_with_the_period_without_cuts,
    i1.test_i1_rows_of_a_stream_hold_its_quanta,
    i1.test_i1_stocks_change_by_last_minus_first,
    i1.test_i1_money_is_outside_cash_and_stock_change,
    i1.test_i1_every_account_of_a_shift_sums_to_zero_and_stocks_to_their_value,
    i1.test_i1_a_stocks_account_is_its_change_in_value_with_revaluation_and_rounding,
    l3.test_l2_states_are_credited_what_they_changed_in_worth_and_the_shadow_holds_the_rest,
)
ANY = (
    i3.test_i3_closing_is_the_next_opening,
    i3.test_l3_v_is_the_balance_of_the_areas_rows_and_of_its_states,
    i3.test_l4_plan_and_steps_are_actual,
    i7.test_i7_every_node_recomputes_and_every_leaf_is_given,
    i7.test_i7_trees_evaluate_to_the_published_figures,
    q7.test_q7_a_substitute_changes_no_total_of_the_shift,
    q7.test_t3_rows_name_the_crews_on_duty_and_no_other,
    l3.test_i3_what_one_shift_hands_over_of_a_state_the_next_takes_over,
    l3.test_l4_bridges_with_all_terms_sum_and_keep_their_order,
)
STORED = (
    i3.test_i3_days_closed_one_by_one_backwards_meet_at_midnight,
    pytest.param(l6.test_l6_late_results_in_any_order_end_in_the_books_of_who_knew_all, marks=pytest.mark.slow),
    pytest.param(l6.test_l6_results_after_the_cutoff_change_no_statement_and_end_in_the_same_plant, marks=pytest.mark.slow),
)
Law = Callable[..., None]


def named(law: Law) -> str:
    return law.__name__.removeprefix("test_")


@pytest.mark.parametrize("law", PLAIN, ids=named)
@SAME
@given(shape=knobs(**SLOTS, fills=False))
@settings(max_examples=EXAMPLES)
def test_t2_with_slots_of_their_own_sums_are_the_period(law: Law, shape: Knobs) -> None:
    law.hypothesis.inner_test(shape)  # type: ignore[attr-defined]


@pytest.mark.parametrize("law", ANY, ids=named)
@SAME
@given(shape=knobs(**SLOTS, terms=True))
@settings(max_examples=EXAMPLES)
def test_t2_with_slots_of_their_own_statements_hold(law: Law, shape: Knobs) -> None:
    law.hypothesis.inner_test(shape)  # type: ignore[attr-defined]


@pytest.mark.parametrize("law", STORED, ids=named)
@given(shape=knobs(**SLOTS, days=2, substitutes=1))
@settings(max_examples=2)
def test_t2_with_slots_of_their_own_late_results_meet(law: Law, shape: Knobs) -> None:
    law.hypothesis.inner_test(shape)  # type: ignore[attr-defined]


@given(knobs(**SLOTS))
@settings(max_examples=ON_DISK)
def test_i5_with_slots_of_their_own_order_and_runs_leave_no_trace(shape: Knobs) -> None:
    i5.test_i5_order_of_rows_files_and_texts_never_matters.hypothesis.inner_test(shape)  # type: ignore[attr-defined]
    i5.test_i5_one_run_or_day_by_day_on_disk_or_in_memory.hypothesis.inner_test(shape)  # type: ignore[attr-defined]


@given(knobs(**SLOTS, exact=True, gaps=False, fills=False, band=True, changes=True))
@settings(max_examples=EXAMPLES)
def test_i1_money_to_the_cent_with_slots_of_their_own(shape: Knobs) -> None:
    i1.test_i1_money_to_the_cent_where_nothing_is_rounded.hypothesis.inner_test(shape)  # type: ignore[attr-defined]


@SAME
@given(knobs(**SLOTS, days=3))
@settings(max_examples=EXAMPLES)
def test_i2_the_shifts_of_every_area_cover_the_day_and_cells_make_them_up(shape: Knobs) -> None:
    books = closed(shape)
    for day, found in books.books.items():
        cells, span = cells_of(books.plant, day), day_span(books.plant, day)
        edges = [span.start, *(cell.span.end for cell in cells.cells)]
        assert [cell.span.start for cell in cells.cells] == edges[:-1]
        assert edges[-1] == span.end
        assert [q.shift for q in found.quantities] == list(cells.cells)
        assert len({cell.id for cell in cells.cells}) == len(cells.cells)
        assert sorted(cell.id for cell in cells.cells) == [cell.id for cell in cells.cells]
        for area in books.plant.areas:
            own = [row for row in cells.shifts if row.area == area]
            assert [row.shift for row in own] == list(area_shifts(books.plant, area, day))
            assert [cell for row in own for cell in row.cells] == list(cells.cells)
            for row in own:
                assert (row.shift.span.start, row.shift.span.end) == (row.cells[0].span.start, row.cells[-1].span.end)


@SAME
@given(knobs(**SLOTS, days=3))
@settings(max_examples=EXAMPLES)
def test_i1_an_areas_shifts_sum_to_its_day(shape: Knobs) -> None:
    """Whatever its slots are: V of its shifts is the balance of its accounts over the day, and all accounts sum to zero."""
    books = closed(shape)
    for day, result in books.results.items():
        accounts = balances(result.postings)
        assert sum(accounts.values()) == 0
        found = Counter[str]()
        for s in result.statements:
            found[s.area] += s.value
        own = Counter({area: accounts.get(f"area:{area}", 0) for area in found})
        for state in books.plant.states.values():  # V consolidates the accounts of the area's states (L3)
            own[state.area] += accounts.get(f"state:{state.id}", 0)
        assert dict(own) == dict(found), day


@given(knobs(calendar=st.sampled_from(MIXED), more_areas=0))
@settings(max_examples=ON_DISK)
def test_t2_a_plant_whose_areas_share_their_slots_has_shifts_for_cells(shape: Knobs) -> None:
    """The layout that no area has leaves no trace."""
    books = closed(shape)
    for found in books.books.values():
        cells = cells_of(books.plant, found.day)
        assert cells.shared
        assert {q.shift.id for q in found.quantities} == {s.shift for s in found.statements}
