"""Hours on duty: they cover the shift, whatever the order of rows; people who move count by days (T3, T4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import hand_made
from shiftledger.core.period import HOUR
from shiftledger.plant.duty import duties_on, heads_on, person_time
from shiftledger.plant.lineage import families
from shiftledger.plant.model import Area, Plant, RosterEntry
from shiftledger.plant.people import Attendance, Member
from shiftledger.plant.roster import day_span

DAY = hand_made.DAY
PEOPLE = tuple(Member(f"{area[0]}{crew}{n}", area, crew) for area in ("mill", "filter") for crew in "ABC" for n in (1, 2))


def plant(**changes: Any) -> Plant:
    return hand_made.plant(**{"members": PEOPLE, **changes})


def hours(of: Plant, day: date = DAY) -> dict[tuple[str, str, str, str], Fraction]:
    return {
        (one.area, one.shift.slot, duty.person, duty.why): duty.time / HOUR for one in duties_on(of, day) for duty in one.duties
    }


AREAS, SLOTS, KINDS = ("mill", "filter"), "DEN", ("leave", "absent", "overtime", "loan")
ROWS = st.lists(
    st.builds(
        Attendance,
        st.just(DAY),
        st.sampled_from(SLOTS),
        st.sampled_from(AREAS),
        st.sampled_from([row.person for row in PEOPLE]),
        st.sampled_from(KINDS),
        st.one_of(st.none(), st.integers(1, 32).map(lambda quarters: Decimal(quarters) / 4)),
    ),
    max_size=6,
)


@given(ROWS, st.permutations(PEOPLE), st.randoms())
def test_t3_the_order_of_rows_never_matters(rows: list[Attendance], people: list[Member], chance: Any) -> None:
    other = list(rows)
    chance.shuffle(other)
    told = [
        replace(one, duties=tuple(replace(d, at=()) for d in one.duties)) for one in duties_on(plant(attendance=tuple(rows)), DAY)
    ]
    again = duties_on(plant(attendance=tuple(other), members=tuple(people)), DAY)
    assert told == [replace(one, duties=tuple(replace(d, at=()) for d in one.duties)) for one in again]


@given(ROWS)
def test_t3_what_is_missed_and_what_is_worked_add_up_to_the_roster(rows: list[Attendance]) -> None:
    bare = sum(hours(plant()).values())
    duties = [duty for one in duties_on(plant(attendance=tuple(rows)), DAY) for duty in one.duties]
    by_roster = [duty for duty in duties if duty.why == "roster"]
    assert sum((duty.time + duty.missed for duty in by_roster), Fraction(0)) / HOUR == bare == 2 * 2 * 24
    assert all(duty.time >= 0 and duty.missed >= 0 for duty in duties)


@given(st.sets(st.integers(1, 95), max_size=3), st.data())
def test_t3_splitting_a_shift_among_crews_keeps_its_hours(cuts: set[int], chosen: st.DataObject) -> None:
    """Two persons a crew: however roster.csv cuts the morning, the mill has 2 x 8 h in it."""
    edges = [time(6), *(time(6 + q // 12, q % 12 * 5) for q in sorted(cuts)), time(14)]
    letters = [chosen.draw(st.sampled_from("ABC")) for _ in edges[1:]]
    roster = tuple(
        RosterEntry(DAY, "D", "mill", crew, start, end) for crew, start, end in zip(letters, edges, edges[1:], strict=False)
    )
    found = hours(plant(roster=roster))
    assert sum(time for key, time in found.items() if key[:2] == ("mill", "D")) == 16


def test_t3_a_night_that_the_clock_change_shortens_has_seven_hours() -> None:
    base = hand_made.plant()
    of = plant(settings=replace(base.settings, zone="Europe/Berlin"))
    spring, autumn = date(2026, 3, 28), date(2026, 10, 24)
    for day, night in ((spring, 7), (autumn, 9), (spring - timedelta(days=1), 8)):
        found = {time for key, time in hours(of, day).items() if key[:2] == ("mill", "N")}
        assert found == {night}
        assert sum(person_time(duties_on(of, day)).values()) == 4 * day_span(of, day).length


def test_t4_people_who_move_count_by_days() -> None:
    moved = (
        Member("m1", "mill", "A", valid_to=date(2026, 4, 15)),
        Member("m1", "mill", "B", valid_from=date(2026, 4, 16), share=Decimal("0.5")),
    )
    of = plant(members=moved)
    heads = [heads_on(of, date(2026, 4, 1) + timedelta(days=n)) for n in range(30)]
    assert sum(day.get("mill/A", Fraction(0)) for day in heads) == 15
    assert sum(day.get("mill/B", Fraction(0)) for day in heads) == Fraction(15, 2)


def test_t4_merged_and_split_areas_are_one_family() -> None:
    day = date(2026, 5, 1)
    areas = {
        "a": Area("a", "r", valid_to=day),
        "b": Area("b", "r", valid_to=day),
        "c": Area("c", "r", valid_from=day + timedelta(days=1), valid_to=day + timedelta(days=9), successor_of=("a", "b")),
        "d": Area("d", "r", valid_from=day + timedelta(days=10), successor_of=("c",)),
        "e": Area("e", "r", valid_from=day + timedelta(days=10), successor_of=("c",)),
        "f": Area("f", "r"),
    }
    found = families(replace(hand_made.plant(), areas=areas))
    assert {area: one.id for area, one in found.items()} == {**dict.fromkeys("abcde", "a+b>c>d+e"), "f": "f"}
    assert found["a"].changes == (day + timedelta(days=1), day + timedelta(days=10))
