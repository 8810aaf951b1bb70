"""Who runs an area: the rotation with roster.csv laid over it (T3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import HOUR
from shiftledger.plant.model import Area, Plant, RosterEntry, Rotation, Settings, Slot, Unit
from shiftledger.plant.roster import CrewInterval, area_shifts, crews_on, roster_issues, shift_before, shifts_of

SLOTS = (Slot("D", time(6)), Slot("E", time(14)), Slot("N", time(22)))
OFFICE = (Slot("O", time(7, 30), time(16, 0)),)
CREWS = (("A", 0), ("B", 2), ("C", 4), ("D", 6))
MARCH_4 = date(2026, 3, 4)
BERLIN = Plant(
    Settings("p", "EUR", "Europe/Berlin", time(6)),
    areas={"lab": Area("lab", "office", coverage="partial"), "mill": Area("mill", "four")},
    units={"U1": Unit("U1", "mill")},
    rotations={
        "four": Rotation("four", SLOTS, "DDEENNRR", date(2026, 1, 1), CREWS),
        "office": Rotation("office", OFFICE, "OOOOORR", date(2026, 1, 5), (("A", 0),)),
    },
)


def crew_letters(plant: Plant, day: date) -> list[str]:
    return [interval.crew for shift in shifts_of(plant, day) for interval in crews_on(plant, "mill", shift)]


def test_t3_position_is_days_since_the_anchor_plus_phase() -> None:
    # On the anchor A stands at D, B at E, C at N; two days later A is at E, D at D, B at N.
    assert crew_letters(BERLIN, date(2026, 1, 1)) == ["mill/A", "mill/B", "mill/C"]
    assert crew_letters(BERLIN, date(2026, 1, 2)) == ["mill/A", "mill/B", "mill/C"]
    assert crew_letters(BERLIN, date(2026, 1, 3)) == ["mill/D", "mill/A", "mill/B"]
    assert crew_letters(BERLIN, date(2025, 12, 31)) == ["mill/B", "mill/C", "mill/D"]


def test_t3_nobody_where_the_pattern_rests_or_the_area_is_not_valid() -> None:
    (monday,) = area_shifts(BERLIN, "lab", date(2026, 3, 2))
    (sunday,) = area_shifts(BERLIN, "lab", date(2026, 3, 8))
    assert crews_on(BERLIN, "lab", monday) == (CrewInterval("lab/A", monday.span),)
    assert crews_on(BERLIN, "lab", sunday) == (CrewInterval("", sunday.span),)
    ended = replace(BERLIN, areas={**BERLIN.areas, "mill": Area("mill", "four", valid_to=date(2026, 3, 3))})
    assert crew_letters(ended, date(2026, 3, 3))[0] != ""
    assert crew_letters(ended, MARCH_4) == ["", "", ""]


def test_t3_ddeennrr_relieves_one_neighbour_in_five_of_six_shifts() -> None:
    shifts = [shift for n in range(80) for shift in shifts_of(BERLIN, date(2026, 1, 1) + timedelta(days=n))]
    crews = [crews_on(BERLIN, "mill", shift)[0].crew for shift in [shift_before(BERLIN, shifts[0], 1), *shifts]]
    relieved = Counter(zip(crews[1:], crews, strict=False))
    for crew in ("mill/A", "mill/B", "mill/C", "mill/D"):
        assert sorted(n for (who, _), n in relieved.items() if who == crew) == [10, 50]


def entry(slot: str, crew: str, start: str = "", end: str = "", day: date = MARCH_4, line: int = 2) -> RosterEntry:
    times = [time.fromisoformat(text) if text else None for text in (start, end)]
    return RosterEntry(day, slot, "mill", crew, times[0], times[1], at=Location("roster.csv", line))


def on_duty(slot: str, *roster: RosterEntry, day: date = MARCH_4) -> list[tuple[str, float, float]]:
    """Crews of a shift with their start and end in hours after the shift's start; asserts that they cover it exactly."""
    plant = replace(BERLIN, roster=roster)
    shift = next(s for s in shifts_of(plant, day) if s.slot == slot)
    intervals = crews_on(plant, "mill", shift)
    assert [i.span.start for i in intervals] + [shift.span.end] == [shift.span.start, *(i.span.end for i in intervals)]
    opens = shift.span.start
    return [(i.crew, (i.span.start - opens) / HOUR, (i.span.end - opens) / HOUR) for i in intervals]


def test_t3_roster_entry_replaces_the_whole_shift_or_a_part() -> None:
    assert on_duty("N") == [("mill/D", 0, 8)]
    assert on_duty("N", entry("N", "X")) == [("mill/X", 0, 8)]
    assert on_duty("N", entry("N", "")) == [("", 0, 8)]
    assert on_duty("N", entry("N", "X", "23:30")) == [("mill/D", 0, 1.5), ("mill/X", 1.5, 8)]
    assert on_duty("N", entry("N", "X", "", "02:00")) == [("mill/X", 0, 4), ("mill/D", 4, 8)]
    assert on_duty("N", entry("N", "X", "23:00", "02:00")) == [("mill/D", 0, 1), ("mill/X", 1, 4), ("mill/D", 4, 8)]
    assert on_duty("N", entry("N", "X", "22:00", "06:00")) == [("mill/X", 0, 8)]


def test_t3_roster_entries_of_other_shifts_areas_and_days_do_not_count() -> None:
    others = (entry("E", "X"), entry("N", "X", day=date(2026, 3, 5)), replace(entry("N", "X"), area="lab"))
    assert on_duty("N", *others) == [("mill/D", 0, 8)]


def test_t3_equal_neighbours_are_one_interval() -> None:
    split = (entry("N", "X", "", "02:00"), entry("N", "X", "02:00"))
    assert on_duty("N", *split) == [("mill/X", 0, 8)]
    assert on_duty("N", *reversed(split)) == [("mill/X", 0, 8)]
    assert on_duty("N", entry("N", "D", "23:00", "02:00")) == [("mill/D", 0, 8)]


def test_t3_entry_outside_its_shift_moves_nothing_and_one_beyond_is_cut() -> None:
    assert on_duty("N", entry("N", "X", "12:00", "13:00")) == [("mill/D", 0, 8)]
    assert on_duty("N", entry("N", "X", "04:00", "07:00")) == [("mill/D", 0, 6), ("mill/X", 6, 8)]


def test_t3_of_overlapping_entries_the_later_line_holds() -> None:
    assert on_duty("N", entry("N", "X", "", "02:00"), entry("N", "Y", "01:00", "03:00")) == [
        ("mill/X", 0, 3),
        ("mill/Y", 3, 5),
        ("mill/D", 5, 8),
    ]


def test_t3_roster_times_in_fold_and_gap() -> None:
    fold, gap = date(2026, 10, 24), date(2026, 3, 28)
    assert on_duty("N", entry("N", "X", "02:30", day=fold), day=fold)[1] == ("mill/X", 4.5, 9)
    assert on_duty("N", entry("N", "X", "02:30", day=gap), day=gap)[1] == ("mill/X", 4, 7)


# Error cases.


@pytest.mark.parametrize(
    ("start", "end", "times"),
    [
        ("12:00", "", "from 12:00"),
        ("", "07:00", "until 07:00"),
        ("04:00", "06:01", "from 04:00 until 06:01"),
        ("06:00", "", "from 06:00"),
        ("21:59", "23:00", "from 21:59 until 23:00"),
        ("", "22:00", "until 22:00"),
    ],
)
def test_p062_entry_outside_its_shift(start: str, end: str, times: str) -> None:
    issues = roster_issues(replace(BERLIN, roster=(entry("N", "X", start, end),)))
    assert issues == (
        Issue(
            "P062",
            "error",
            f"the time {times} does not lie in shift 2026-03-04.N of mill, which runs from 22:00 to 06:00",
            Location("roster.csv", 2),
            "Write times inside the shift, or give the rest to the shift in which it lies.",
        ),
    )


def test_p063_overlapping_entries_are_located_at_the_later_line() -> None:
    first, second = entry("N", "X", "", "02:00"), entry("N", "", "01:59", line=3)
    assert roster_issues(replace(BERLIN, roster=(first, second))) == (
        Issue(
            "P063",
            "error",
            "crew nobody on shift 2026-03-04.N of mill overlaps crew X of roster.csv:2",
            Location("roster.csv", 3),
            "Let one entry end where the other begins, or remove one of them.",
        ),
    )


def test_p062_entries_outside_their_shift_are_not_said_to_overlap_as_well() -> None:
    entries = (entry("N", "X", "12:00", "14:00"), entry("N", "Y", "13:00", "14:00", line=3))
    assert [issue.code for issue in roster_issues(replace(BERLIN, roster=entries))] == ["P062", "P062"]


def test_t3_entries_that_touch_or_name_something_undeclared_raise_no_roster_issue() -> None:
    touching = (entry("N", "X", "22:00", "02:00"), entry("N", "Y", "02:00", "06:00"), entry("E", "Y"))
    undeclared = (entry("Q", "X"), replace(entry("N", "X"), area="kiln"))
    assert roster_issues(replace(BERLIN, roster=touching + undeclared)) == ()
