"""Which events stand after which acts: superseded, withdrawn, revised, damaged (R1, R5)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shiftledger.acts.acts import Act, checked
from shiftledger.acts.events import FOREVER, standing, touching
from shiftledger.core.period import Span


def event(seq: int, unit: str = "u1", start: int = 0, end: int | None = 100, **body: str) -> Act:
    fields = {"kind": "halt", "unit": unit, "start": str(start), **({"end": str(end)} if end is not None else {}), **body}
    return Act("event", "foreman, post 4", "operation", 7, fields, evidence="log 3", seq=seq)


def withdraw(seq: int, number: int) -> Act:
    return Act("withdraw", "foreman, post 4", "operation", 8, {"event": str(number)}, seq=seq)


def numbers(*acts: Act, upto: int | None = None) -> list[int]:
    return [found.act for found in standing(acts, upto)]


def test_r5_a_later_act_of_the_same_event_stands() -> None:
    assert numbers(event(0), event(1, end=90), event(2, start=5)) == [1, 2], "another start is another event"
    assert numbers(event(0, id="E"), event(1, id="E", start=5, unit="u2")) == [1], "unless an id says otherwise"
    assert numbers(event(0), event(1, kind="visit"), event(2, unit="u2")) == [0, 1, 2]
    assert numbers(event(0), event(1, end=90), upto=0) == [0]


def test_r2_the_highest_revision_stands_and_at_one_revision_the_later_act() -> None:
    assert numbers(event(0, id="E", revision="2"), event(1, id="E", revision="1")) == [0]
    assert numbers(event(0, id="E", revision="2"), event(1, id="E", revision="2", end=90)) == [1]
    assert numbers(event(0, id="E", revision="9"), event(1, id="E", revision="10")) == [1], "numbers, not texts"
    assert numbers(event(0, id="E", revision="2"), event(1, id="E"), event(2, id="E", revision="1")) == [1]


def test_r5_what_is_withdrawn_stands_no_longer_until_it_is_said_anew() -> None:
    assert numbers(event(0), event(1, end=90), withdraw(2, 1)) == [], "with what it superseded"
    assert numbers(event(0), withdraw(1, 0), event(2)) == [2]
    assert numbers(event(0, id="E", revision="5"), withdraw(1, 0), event(2, id="E", revision="1")) == [2]
    assert numbers(event(0), withdraw(1, 7)) == [0]
    assert numbers(event(0), withdraw(1, 0), upto=0) == [0]


def test_l7_an_act_that_is_no_longer_what_was_recorded_is_passed_over() -> None:
    assert numbers(
        event(0, start=200, end=100), event(1, cause="weather"), Act("event", "x", "y", 0, {"damaged": "{"}, seq=2), event(3)
    ) == [3]


def test_r1_an_event_says_who_when_and_on_what() -> None:
    (found,) = standing([event(4, end=None, recorded_at="50", reason="r", cause="planned", recorded_in="log.csv:3")])
    assert (found.span, found.end, found.cause, found.reason, found.who, found.role) == (
        Span(0, FOREVER), None, "planned", "r", "foreman, post 4", "operation",
    )  # fmt: skip
    assert (found.evidence, found.recorded_at, found.made_at, found.recorded_in) == ("log 3", 50, 7, "log.csv:3")
    assert standing([event(4)])[0].recorded_at == 7, "unless it says when, it was written down when the act was made"


def test_i2_an_event_that_ends_where_a_span_begins_does_not_touch_it() -> None:
    found = standing([event(0, start=0, end=100), event(1, start=100, end=200), event(2, start=200, end=None)])
    assert [e.act for e in touching(found, Span(100, 200))] == [1]
    assert [e.act for e in touching(found, Span(500, 501))] == [2]


@given(
    st.lists(st.tuples(st.sampled_from(["u1", "u2"]), st.integers(0, 2), st.sampled_from(["", "1", "2"])), max_size=8),
    st.integers(0, 8),
)
def test_r5_what_stood_earlier_can_be_read_again(rows: list[tuple[str, int, str]], cut: int) -> None:
    acts = [
        event(i, unit, start, **({"revision": revision} if revision else {})) for i, (unit, start, revision) in enumerate(rows)
    ]
    assert all(not checked(act) for act in acts)
    assert standing(acts, cut - 1) == standing(acts[:cut])
