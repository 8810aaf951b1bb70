"""L2, L3 and L4 on generated plants with states, quality, invoices, second products and recycles."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given, settings

from properties.closing import closed
from properties.effort import EXAMPLES
from properties.flowsheets import Knobs, knobs
from reference import independent as routes
from reference import terms as term_routes
from shiftledger.ledger.posting import balances
from shiftledger.ledger.steps import ORDER


@given(knobs(fills=False, terms=True, changes=True))
@settings(max_examples=EXAMPLES)
def test_l2_states_are_credited_what_they_changed_in_worth_and_the_shadow_holds_the_rest(shape: Knobs) -> None:
    """To the cent: crews by the last value less the first, without cuts; the shadow with the site's revaluations too."""
    books = closed(shape)
    facts = books.sample.facts
    assume(not routes.has_ties(facts))
    accounts = balances(books.postings)
    for state in facts.terms.states:
        assert accounts.get(f"state:{state.id}", 0) == term_routes.credited(facts, state)
    revalued = sum(p.amount for p in books.postings if (p.source, p.target) == ("site:revaluation", "site:shadow"))
    shadow = sum(term_routes.shadow(facts, state) for state in facts.terms.states)
    assert accounts.get("site:shadow", 0) == -shadow
    assert revalued == shadow - sum(term_routes.credited(facts, state) for state in facts.terms.states)


@given(knobs(terms=True, days=3, substitutes=2))
@settings(max_examples=EXAMPLES)
def test_i3_what_one_shift_hands_over_of_a_state_the_next_takes_over(shape: Knobs) -> None:
    books = closed(shape)
    ordered = sorted(books.statements, key=lambda s: (s.area, s.start))
    for before, later in pairwise(ordered):
        if before.area == later.area:
            ends = [
                {line.what: line.qty for line in s.lines if line.kind == "state" and line.sign == sign}
                for s, sign in ((before, 1), (later, -1))
            ]
            assert ends[0] == ends[1] != {}


@given(knobs(terms=True))
@settings(max_examples=EXAMPLES)
def test_l4_bridges_with_all_terms_sum_and_keep_their_order(shape: Knobs) -> None:
    books = closed(shape)
    for s in books.statements:
        start = s.plan if s.plan is not None else s.standard
        if start is not None and not s.absent:
            assert start + sum(step.amount for step in s.steps) == s.value
        places = [ORDER.index(step.name) for step in s.steps]
        assert places == sorted(places)
        assert s.value == sum(line.amount for line in s.lines)
