"""Production days, shifts and accounting months (T1, T2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.issue import Issue, Location
from shiftledger.core.period import MINUTE, Span, instant
from shiftledger.plant.model import Area, Plant, Rotation, Settings, Slot, Unit
from shiftledger.plant.roster import (
    area_shifts,
    calendar_issues,
    day_at,
    day_span,
    find_shift,
    month_days,
    month_of,
    shift_at,
    shift_before,
    shifts_of,
)
from shiftledger.plant.roster_codes import CODES

ROTATION_AT = Location("rotations.toml", 3)


def plant_of(
    *starts: str,
    zone: str = "Europe/Berlin",
    label: str = "start",
    day_start: str = "",
    letters: str = "DEN",
    month_start: int = 1,
) -> Plant:
    """One area "mill" under DDEENNRR with slots at `starts`, and a day-only area "lab" without units."""
    slots = tuple(Slot(letter, time.fromisoformat(at)) for letter, at in zip(letters, starts, strict=False))
    crews = (("A", 0), ("B", 2), ("C", 4), ("D", 6))
    return Plant(
        Settings("p", "EUR", zone, time.fromisoformat(day_start or starts[0]), day_label=label, month_start=month_start),
        areas={"lab": Area("lab", "office", coverage="partial"), "mill": Area("mill", "four")},
        units={"U1": Unit("U1", "mill")},
        rotations={
            "four": Rotation("four", slots, "DDEENNRR", date(2026, 1, 1), crews, at=ROTATION_AT),
            "office": Rotation("office", (Slot("O", time(7, 30), time(16, 0)),), "OOOOORR", date(2026, 1, 5), (("A", 0),)),
        },
    )


BERLIN = plant_of("06:00", "14:00", "22:00")
MARCH_4 = date(2026, 3, 4)


def utc(text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def hours(plant: Plant, day: date) -> dict[str, float]:
    return {shift.id: shift.span.hours for shift in shifts_of(plant, day)}


# Days and shifts.


def test_t2_shifts_carry_day_label_slot_and_half_open_span() -> None:
    early, late, night = shifts_of(BERLIN, MARCH_4)
    assert (early.id, early.day, early.slot) == ("2026-03-04.D", MARCH_4, "D")
    assert early.span == Span(utc("2026-03-04T05:00"), utc("2026-03-04T13:00"))
    assert late.span == Span(utc("2026-03-04T13:00"), utc("2026-03-04T21:00"))
    assert night.span == Span(utc("2026-03-04T21:00"), utc("2026-03-05T05:00"))
    assert day_span(BERLIN, MARCH_4) == Span(early.span.start, night.span.end)


def test_t2_clock_change_shortens_and_lengthens_the_night() -> None:
    assert hours(BERLIN, date(2026, 3, 28)) == {"2026-03-28.D": 8, "2026-03-28.E": 8, "2026-03-28.N": 7}
    assert hours(BERLIN, date(2026, 10, 24)) == {"2026-10-24.D": 8, "2026-10-24.E": 8, "2026-10-24.N": 9}
    assert [day_span(BERLIN, date(2026, 3, d)).hours for d in (27, 28, 29)] == [24, 23, 24]
    assert [day_span(BERLIN, date(2026, 10, d)).hours for d in (23, 24, 25)] == [24, 25, 24]


def test_t2_label_end_names_the_date_on_which_the_day_ends() -> None:
    plant = plant_of("22:00", "06:00", "14:00", letters="NDE", label="end")
    assert day_span(plant, MARCH_4) == Span(utc("2026-03-03T21:00"), utc("2026-03-04T21:00"))
    assert [s.id for s in shifts_of(plant, MARCH_4)] == ["2026-03-04.N", "2026-03-04.D", "2026-03-04.E"]
    assert hours(plant, date(2026, 3, 29))["2026-03-29.N"] == 7


@pytest.mark.parametrize(("label", "opens"), [("start", "2026-03-04T22:50"), ("end", "2026-03-03T22:50")])
def test_t2_rotation_beginning_shortly_before_midnight(label: str, opens: str) -> None:
    plant = plant_of("23:50", "07:50", "15:50", letters="NDE", label=label)
    shifts = shifts_of(plant, MARCH_4)
    assert [s.slot for s in shifts] == ["N", "D", "E"]
    assert [s.span.hours for s in shifts] == [8, 8, 8]
    assert shifts[0].span.start == utc(opens)


def test_t2_first_slot_begins_with_the_day_and_listed_order_counts() -> None:
    assert [s.slot for s in shifts_of(plant_of("08:00", "16:00", "00:00"), MARCH_4)] == ["D", "E", "N"]
    night = shifts_of(plant_of("08:00", "16:00", "00:00"), MARCH_4)[2]
    assert night.span == Span(utc("2026-03-04T23:00"), utc("2026-03-05T07:00"))


def test_t2_in_the_fold_the_first_occurrence_counts() -> None:
    plant = plant_of("02:30", "10:30", "18:30")
    assert day_span(plant, date(2026, 10, 25)).start == utc("2026-10-25T00:30")
    assert hours(plant, date(2026, 10, 25))["2026-10-25.D"] == 9


def test_t2_slot_in_the_gap_starts_at_the_first_moment_after_it() -> None:
    plant = plant_of("10:30", "18:30", "02:30")
    late, night = shifts_of(plant, date(2026, 3, 28))[1:]
    assert night.span == Span(utc("2026-03-29T01:00"), utc("2026-03-29T08:30"))
    assert late.span.end == night.span.start


def test_i2_gap_of_a_whole_day_leaves_days_without_gap_or_overlap() -> None:
    plant = plant_of("08:00", "16:00", "00:00", zone="Pacific/Apia")  # 2011-12-30 was left out there
    lengths = [day_span(plant, date(2011, 12, d)).hours for d in (28, 29, 30, 31)]
    assert lengths == [24, 16, 8, 24]
    assert hours(plant, date(2011, 12, 30)) == {"2011-12-30.D": 0, "2011-12-30.E": 0, "2011-12-30.N": 8}


def test_i2_slots_that_do_not_fit_into_a_day_are_cut_at_its_end() -> None:
    plant = plant_of("06:00", "05:00", "04:00")
    assert [s.span.hours for s in shifts_of(plant, MARCH_4)] == [23, 1, 0]


def test_t1_slots_are_those_of_the_first_area_with_units() -> None:
    lab_with_unit = replace(BERLIN, units={"U1": Unit("U1", "mill"), "U0": Unit("U0", "lab")})
    assert [s.slot for s in shifts_of(BERLIN, MARCH_4)] == ["D", "E", "N"]
    assert [s.slot for s in shifts_of(lab_with_unit, MARCH_4)] == ["O"]
    assert [s.slot for s in shifts_of(replace(BERLIN, units={}), MARCH_4)] == ["O"]


def test_i8_plant_without_areas_has_days_but_no_shifts() -> None:
    bare = replace(BERLIN, areas={}, units={})
    assert shifts_of(bare, MARCH_4) == ()
    assert day_at(bare, day_span(bare, MARCH_4).start) == MARCH_4
    with pytest.raises(ValueError, match="without slots"):
        shift_at(bare, 0)


def test_i2_a_boundary_belongs_to_the_shift_that_begins() -> None:
    _, late, night = shifts_of(BERLIN, MARCH_4)
    assert shift_at(BERLIN, night.span.start) == night
    assert shift_at(BERLIN, night.span.start - 1) == late
    assert day_at(BERLIN, night.span.end - 1) == MARCH_4
    assert day_at(BERLIN, night.span.end) == date(2026, 3, 5)


def test_t2_day_at_in_a_fold_across_midnight() -> None:
    plant = plant_of("00:00", "08:00", "16:00", zone="America/Goose_Bay")  # 00:01 -> 23:01 on 2010-11-07
    begins = day_span(plant, date(2010, 11, 7)).start
    assert begins == utc("2010-11-07T03:00")
    assert day_at(plant, begins + 30 * MINUTE) == date(2010, 11, 7)  # local 23:30 on the 6th, for the second time
    assert day_at(plant, begins - 1) == date(2010, 11, 6)


ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "Asia/Shanghai",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Goose_Bay",
        "Asia/Kathmandu",
    ]
)
TIMES = st.lists(st.integers(0, 287), min_size=1, max_size=4, unique=True)
CHANGES = st.sampled_from([date(2011, 12, 29), date(2010, 11, 6), date(2018, 11, 3), date(2026, 3, 28), date(2026, 10, 24)])


@given(ZONES, TIMES, CHANGES, st.integers(-3, 3), st.sampled_from(["start", "end"]), st.integers(0, 4 * 24 * 60 - 1))
def test_i2_shifts_of_consecutive_days_tile_time(
    zone: str, fives: list[int], near: date, off: int, label: str, minute: int
) -> None:
    first, *later = sorted(fives)
    starts = [f"{five // 12:02d}:{five % 12 * 5:02d}" for five in (first, *later)]
    plant = plant_of(*starts, zone=zone, label=label, letters="ABCD")
    days = [near + timedelta(days=off + n) for n in range(4)]
    shifts = [shift for day in days for shift in shifts_of(plant, day)]
    assert all(a.span.end == b.span.start for a, b in pairwise(shifts))
    assert all(s.span.length >= 0 for s in shifts)
    for day in days:
        own = shifts_of(plant, day)
        assert Span(own[0].span.start, own[-1].span.end) == day_span(plant, day)
    at = shifts[0].span.start + minute * MINUTE
    if at < shifts[-1].span.end:
        found = shift_at(plant, at)
        assert found in shifts
        assert found.span.start <= at < found.span.end
        assert day_at(plant, at) == found.day


def test_t2_shift_before_counts_back_over_days_and_forward() -> None:
    early, late, night = shifts_of(BERLIN, MARCH_4)
    assert shift_before(BERLIN, late, 0) == late
    assert shift_before(BERLIN, late, 1) == early
    assert shift_before(BERLIN, early, 1).id == "2026-03-03.N"
    assert shift_before(BERLIN, early, 21).id == "2026-02-25.D"
    assert shift_before(BERLIN, night, -1).id == "2026-03-05.D"
    with pytest.raises(ValueError, match="not in list"):
        shift_before(BERLIN, replace(early, slot="X"), 1)


# Addresses.


def test_t2_find_shift() -> None:
    outcome = find_shift(BERLIN, "2026-03-04.N")
    assert outcome.issues == ()
    assert outcome.result == shifts_of(BERLIN, MARCH_4)[2]


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("2026-03-04", '"2026-03-04" is not a shift', "Write the day, a dot and the slot, for example 2026-03-04.N."),
        ("20260304.N", '"20260304.N" is not a shift', "Write the day, a dot and the slot, for example 2026-03-04.N."),
        (
            "2026-02-30.N",
            '"2026-02-30.N": 2026-02-30 is not a day of the calendar',
            "Write an existing day, for example 2026-03-04.N.",
        ),
        (
            "9999-12-31.N",
            '"9999-12-31.N": 9999-12-31 is not a day of the calendar',
            "Write an existing day, for example 2026-03-04.N.",
        ),
        ("2026-03-04.n", '"2026-03-04.n": the plant has no slot "n"', "Closest: N. Its slots: D, E, N."),
        ("2026-03-04.Q", '"2026-03-04.Q": the plant has no slot "Q"', "Its slots: D, E, N."),
    ],
)
def test_p061_no_such_shift(text: str, message: str, remedy: str) -> None:
    outcome = find_shift(BERLIN, text)
    assert outcome.result is None
    assert outcome.issues == (Issue("P061", "error", message, None, remedy),)


# Accounting months.


def test_t2_month_from_the_first_to_the_last() -> None:
    assert month_of(BERLIN, date(2026, 3, 31)) == "2026-03"
    assert month_of(BERLIN, date(2026, 4, 1)) == "2026-04"
    assert month_days(BERLIN, "2024-02") == tuple(date(2024, 2, d) for d in range(1, 30))
    assert month_days(BERLIN, "2026-12")[-1] == date(2026, 12, 31)


def test_t2_month_from_the_26th_to_the_25th() -> None:
    plant = plant_of("06:00", month_start=26)
    assert [month_of(plant, date(2026, 2, d)) for d in (25, 26)] == ["2026-02", "2026-03"]
    assert [month_of(plant, date(2026, 12, d)) for d in (25, 26)] == ["2026-12", "2027-01"]
    days = month_days(plant, "2026-03")
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 26), date(2026, 3, 25), 28)


def test_t2_month_from_the_2nd_to_the_1st() -> None:
    days = month_days(plant_of("06:00", month_start=2), "2026-02")
    assert (days[0], days[-1], len(days)) == (date(2026, 1, 2), date(2026, 2, 1), 31)


@given(st.integers(1, 31), st.dates(date(2023, 1, 1), date(2028, 12, 31)))
def test_t2_every_day_is_in_the_month_that_lists_it(month_start: int, day: date) -> None:
    plant = plant_of("06:00", month_start=month_start)
    days = month_days(plant, month_of(plant, day))
    assert day in days
    assert list(days) == [days[0] + timedelta(days=n) for n in range(len(days))]


@pytest.mark.parametrize("text", ["2026-3", "2026-13", "March"])
def test_t2_malformed_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        month_days(BERLIN, text)


@pytest.mark.parametrize("text", ["0001-01", "0000-05", "9999-12", "2026-00", "10000-01"])
def test_t2_months_at_the_ends_of_the_calendar_are_refused(text: str) -> None:
    for start in (1, 26):
        with pytest.raises(ValueError, match="not a month of the calendar"):
            month_days(plant_of("06:00", month_start=start), text)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
@pytest.mark.parametrize("label", ["start", "end"])
def test_t2_days_at_the_ends_of_the_calendar_are_refused(zone: str, label: str) -> None:
    plant = plant_of("06:00", zone=zone, label=label, month_start=26)
    for day in (date.min, date.min + timedelta(days=1), date.max - timedelta(days=1), date.max):
        for asked in (day_span, shifts_of, month_of):
            with pytest.raises(ValueError, match="end of the calendar"):
                asked(plant, day)
    for first, last in ((date(1, 1, 5), date(1, 2, 28)), (date(9999, 11, 1), date(9999, 12, 27))):
        assert day_span(plant, first).hours == day_span(plant, last).hours == 24
        assert shifts_of(plant, last)[-1].span.end == day_span(plant, last).end
    assert month_days(plant, "0001-02")[-1] == date(1, 2, 25)
    assert month_days(plant, "9999-11")[0] == date(9999, 10, 26)


# Areas with partial coverage.


def test_t1_partial_area_has_its_own_hours() -> None:
    (shift,) = area_shifts(BERLIN, "lab", MARCH_4)
    assert (shift.id, shift.span) == ("2026-03-04.O", Span(utc("2026-03-04T06:30"), utc("2026-03-04T15:00")))
    assert area_shifts(BERLIN, "mill", MARCH_4) == shifts_of(BERLIN, MARCH_4)


@pytest.mark.parametrize(
    ("day_start", "slot", "span"),
    [
        ("08:00", Slot("O", time(7, 30), time(16, 0)), ("2026-03-04T06:30", "2026-03-04T15:00")),  # begins before the day does
        ("06:00", Slot("O", time(20, 0), time(4, 0)), ("2026-03-04T19:00", "2026-03-05T03:00")),  # crosses midnight
        ("00:00", Slot("O", time(23, 0), time(7, 0)), ("2026-03-03T22:00", "2026-03-04T06:00")),  # most of it is on the 4th
        ("00:00", Slot("O", time(20, 0), time(4, 0)), ("2026-03-04T19:00", "2026-03-05T03:00")),  # a tie: where it begins
        ("06:00", Slot("O", time(6, 0)), ("2026-03-04T05:00", "2026-03-05T05:00")),  # without an end: to the next start
    ],
)
def test_t1_partial_slot_belongs_to_the_day_that_holds_most_of_it(day_start: str, slot: Slot, span: tuple[str, str]) -> None:
    plant = plant_of(day_start)
    office = replace(plant.rotations["office"], slots=(slot,))
    (shift,) = area_shifts(replace(plant, rotations={**plant.rotations, "office": office}), "lab", MARCH_4)
    assert shift.span == Span(*map(utc, span))


# Slots in a clock-change gap.


def test_p060_slot_in_a_clock_change_gap() -> None:
    plant = plant_of("10:30", "18:30", "02:30")
    (issue,) = calendar_issues(plant, date(2026, 1, 1), date(2026, 12, 31))
    assert issue == Issue(
        "P060",
        "warning",
        'rotation "four": shift 2026-03-28.N would start on 2026-03-29 at 02:30, which the clock change in Europe/Berlin skips; '
        "it starts at 03:00",
        ROTATION_AT,
        "Start the slot before or after the skipped time, or leave it if the crews do change then.",
    )
    assert calendar_issues(plant, date(2026, 3, 28), date(2026, 3, 28)) == (issue,)
    assert calendar_issues(plant, date(2026, 3, 29), date(2026, 12, 31)) == ()
    assert calendar_issues(BERLIN, date(2026, 1, 1), date(2026, 12, 31)) == ()


def test_p060_area_without_its_rotation_is_left_to_the_plant_checks() -> None:
    broken = replace(BERLIN, rotations={"office": BERLIN.rotations["office"]})
    assert calendar_issues(broken, date(2026, 3, 28), date(2026, 3, 28)) == ()
    assert shifts_of(broken, MARCH_4) == ()


def test_p060_slots_of_partial_areas_are_looked_at_too() -> None:
    office = replace(BERLIN.rotations["office"], slots=(Slot("O", time(2, 0), time(9, 0)),))
    (issue,) = calendar_issues(
        replace(BERLIN, rotations={**BERLIN.rotations, "office": office}), date(2026, 3, 1), date(2026, 3, 31)
    )
    assert issue.message.startswith('rotation "office": shift 2026-03-28.O would start on 2026-03-29 at 02:00,')


def test_roster_codes_are_numbered_and_explained() -> None:
    assert [kind.code for kind in CODES] == ["P060", "P061", "P062", "P063"]
    assert all(kind.title and kind.explanation for kind in CODES)
