"""The cells of a day whose areas have slots of their own (T2, I2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.period import HOUR, moment
from shiftledger.plant.cells import cell_name, cells_of, crews_in, joint_cells, running_areas
from shiftledger.plant.model import Area, Plant, RosterEntry, Rotation, Settings, Slot, Unit
from shiftledger.plant.roster import area_shifts, day_span, find_shift, month_of, shifts_of

DAY = date(2026, 3, 4)
PATTERNS = {1: ("W", (("A", 0),)), 2: ("DNRR", (("A", 0), ("B", 1))), 3: ("DDEENNRR", (("A", 0), ("B", 2), ("C", 4), ("D", 6)))}
MILL, FILTER = ("D06:00", "N18:00"), ("D06:00", "E14:00", "N22:00")


def plant(*areas: tuple[str, ...], zone: str = "Europe/Berlin", label: str = "start", month_start: int = 1) -> Plant:
    """Areas a0, a1, ... with slots such as "D06:00", a unit each; the day starts with the first slot of the first."""
    made = [tuple(Slot(text[0], time.fromisoformat(text[1:])) for text in slots) for slots in areas]
    return Plant(
        Settings("p", "EUR", zone, made[0][0].start, day_label=label, month_start=month_start),
        areas={f"a{i}": Area(f"a{i}", f"r{i}") for i in range(len(made))},
        units={f"u{i}": Unit(f"u{i}", f"a{i}") for i in range(len(made))},
        rotations={f"r{i}": Rotation(f"r{i}", slots, PATTERNS.get(len(slots), PATTERNS[1])[0], DAY, PATTERNS.get(len(slots), PATTERNS[1])[1])
                   for i, slots in enumerate(made)},
    )  # fmt: skip


def ids(of: Plant, day: date = DAY) -> list[str]:
    return [cell.id for cell in cells_of(of, day).cells]


def made_of(of: Plant, day: date = DAY) -> dict[str, list[str]]:
    return {f"{row.area} {row.shift.slot}": [cell.slot for cell in row.cells] for row in cells_of(of, day).shifts}


def test_t2_areas_that_share_their_slots_have_shifts_for_cells() -> None:
    found = cells_of(plant(FILTER, FILTER), DAY)
    assert found.shared
    assert found.cells == shifts_of(plant(FILTER), DAY)
    assert [row.cells for row in found.shifts] == [(row.shift,) for row in found.shifts]


def test_t2_a_cell_lies_between_two_boundaries_of_any_area() -> None:
    of = plant(MILL, FILTER)
    assert ids(of) == [f"{DAY}.{slot}" for slot in ("p1-0600", "p2-1400", "p3-1800", "p4-2200")]
    assert made_of(of) == {
        "a0 D": ["p1-0600", "p2-1400"],
        "a0 N": ["p3-1800", "p4-2200"],
        "a1 D": ["p1-0600"],
        "a1 E": ["p2-1400", "p3-1800"],
        "a1 N": ["p4-2200"],
    }


def test_t2_the_same_times_by_other_letters_are_other_shifts() -> None:
    of = plant(MILL, ("A06:00", "B18:00"))
    assert ids(of) == [f"{DAY}.p1-0600", f"{DAY}.p2-1800"]
    assert made_of(of) == {"a0 D": ["p1-0600"], "a0 N": ["p2-1800"], "a1 A": ["p1-0600"], "a1 B": ["p2-1800"]}


def test_t2_many_cells_sort_as_they_follow() -> None:
    hourly = tuple(f"{chr(65 + i)}{(6 + i) % 24:02d}:00" for i in range(24))
    found = ids(plant(hourly, MILL))
    assert found == sorted(found)
    assert found[0] == f"{DAY}.p01-0600"
    assert len(found) == 24


def test_t2_shifts_that_begin_ten_to_midnight_in_a_day_named_after_its_end() -> None:
    """The production day 5 March begins on 4 March 23:50 with the night; with month_start 26 it is March's, 26 March April's."""
    of = plant(("N23:50", "D07:50", "E15:50"), ("N23:50", "D11:50"), zone="Asia/Shanghai", label="end", month_start=26)
    found = cells_of(of, date(2026, 3, 5))
    zone = ZoneInfo("Asia/Shanghai")
    assert [f"{moment(cell.span.start, zone):%d %H:%M} {cell.id}" for cell in found.cells] == [
        "04 23:50 2026-03-05.p1-2350",
        "05 07:50 2026-03-05.p2-0750",
        "05 11:50 2026-03-05.p3-1150",
        "05 15:50 2026-03-05.p4-1550",
    ]
    assert [row.shift.span.hours for row in found.shifts] == [8, 8, 8, 12, 12]
    assert [month_of(of, day) for day in (date(2026, 3, 25), date(2026, 3, 26))] == ["2026-03", "2026-04"]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", [8, 4, 4, 7]), ("2026-10-24", [8, 4, 4, 9])])
def test_t2_a_clock_change_is_in_the_cell_in_which_it_happens(day: str, hours: list[int]) -> None:
    found = cells_of(plant(MILL, FILTER), date.fromisoformat(day))
    assert [cell.span.hours for cell in found.cells] == hours


def test_t2_boundaries_in_the_skipped_hour_fall_together() -> None:
    """02:15 and 02:45 do not exist on 29 March: both shifts begin at 03:00, and no cell between them is left."""
    of = plant(("D01:00", "N02:15"), ("D01:00", "E02:45"))
    assert [cell.span.hours for cell in cells_of(of, date(2026, 3, 29)).cells] == [1, 22]
    assert [cell.span.hours for cell in cells_of(of, DAY).cells] == [1.25, 0.5, 22.25]


def test_i2_a_shift_without_time_keeps_a_cell_without_time() -> None:
    of = plant(("D01:00", "E02:15", "N02:45"), ("W01:00",))
    found = cells_of(of, date(2026, 3, 29))
    assert [cell.span.hours for cell in found.cells] == [1, 0, 22]
    assert made_of(of, date(2026, 3, 29)) == {
        "a0 D": ["p1-0100"], "a0 E": ["p2-0300"], "a0 N": ["p3-0300"], "a1 W": ["p1-0100", "p2-0300", "p3-0300"],
    }  # fmt: skip
    empty = next(row for row in found.shifts if row.shift.slot == "E")
    assert [interval.span.length for interval in crews_in(of, empty, empty.cells[0])] == [0]


def test_t4_an_area_that_does_not_run_on_the_day_cuts_nothing() -> None:
    of = plant(MILL, FILTER)
    ended = replace(of, units={**of.units, "u1": Unit("u1", "a1", valid_to=date(2026, 3, 3))})
    assert running_areas(ended, DAY) == ("a0",)
    assert ids(ended) == [f"{DAY}.D", f"{DAY}.N"]
    assert len(ids(ended, date(2026, 3, 3))) == 4
    assert [row.area for row in cells_of(replace(of, units={}), DAY).shifts] == []
    assert ids(replace(of, units={})) == [f"{DAY}.D", f"{DAY}.N"], "without units: the first area's"


def test_l6_knowledge_counts_from_the_last_shift_that_has_a_cell() -> None:
    found = cells_of(plant(MILL, FILTER), DAY)
    start = found.cells[0].span.start
    assert [(until - start) / HOUR for until in map(found.known_until, found.cells)] == [12, 16, 24, 24]
    assert [((at - start) / HOUR, (until - start) / HOUR) for at, until in found.boundaries()] == [
        (0, 0), (8, 12), (12, 16), (16, 24), (24, 24),
    ]  # fmt: skip


def test_t3_crews_of_a_shift_are_clipped_to_its_cells() -> None:
    of = replace(plant(MILL, FILTER), roster=(RosterEntry(DAY, "D", "a0", "C", time(10), time(16)),))
    row = cells_of(of, DAY).shifts[0]
    told = [[(one.crew, one.span.hours) for one in crews_in(of, row, cell)] for cell in row.cells]
    assert told == [[("a0/A", 4), ("a0/C", 4)], [("a0/C", 2), ("a0/A", 2)]]


def test_t2_addresses_know_the_slots_of_every_area() -> None:
    of = plant(MILL, FILTER)
    found = find_shift(of, f"{DAY}.E").result
    assert found is not None
    assert found.span.hours == 8
    (issue,) = find_shift(of, f"{DAY}.X").issues
    assert issue.remedy == "Its slots: D, N, E."


def test_t2_a_cell_is_told_by_its_number() -> None:
    assert cell_name("2026-03-04.p2-1400") == cell_name("2026-03-04.p2-1500") == "2026-03-04.p2"
    assert [cell_name(text) for text in ("2026-03-04.D", "2026-03-04.p", "2026-03-04.p-1400")] == [
        "2026-03-04.D", "2026-03-04.p", "2026-03-04.p-1400",
    ]  # fmt: skip


@given(st.lists(st.sets(st.integers(1, 95), max_size=6), min_size=1, max_size=4), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_i2_cells_of_any_slots_cover_the_day_and_every_shift(quarters: list[set[int]], day: date) -> None:
    areas = [
        tuple(f"{chr(65 + i)}{q // 4:02d}:{q % 4 * 15:02d}" for i, q in enumerate(sorted({0, *starts}))) for starts in quarters
    ]
    of = plant(*areas)
    found, span = cells_of(of, day), day_span(of, day)
    assert (found.cells[0].span.start, found.cells[-1].span.end) == (span.start, span.end)
    assert all(one.span.end == other.span.start for one, other in pairwise(found.cells))
    assert len({cell.id for cell in found.cells}) == len(found.cells)
    for i in range(len(areas)):
        own = [row for row in found.shifts if row.area == f"a{i}"]
        assert [row.shift for row in own] == list(area_shifts(of, f"a{i}", day))
        assert [cell for row in own for cell in row.cells] == list(found.cells)
        for row in own:
            assert (row.cells[0].span.start, row.cells[-1].span.end) == (row.shift.span.start, row.shift.span.end)


def test_t2_from_what_a_days_statements_tell_the_same_cells_follow() -> None:
    of = plant(MILL, FILTER)
    told = {area: area_shifts(of, area, DAY) for area in ("a1", "a0")}
    assert joint_cells(told, (), ZoneInfo("Europe/Berlin")) == cells_of(of, DAY)
