"""The rotations that ship (T3)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from shiftledger.plant.model import Area, Plant, Rotation, Settings, Unit
from shiftledger.plant.presets import PRESETS
from shiftledger.plant.roster import area_shifts, crews_on

MONDAY = date(2026, 1, 5)

# Crews, hours of a shift, hours a week and person: the table of common rotations.
ROTATIONS = {
    "four-crew-2-2-2-2": (4, 8, 42.0),
    "four-crew-1-1-1": (4, 8, 42.0),
    "four-crew-3-3-3": (4, 8, 42.0),
    "five-crew-10-day": (5, 8, 33.6),
    "five-crew-5-day": (5, 8, 33.6),
    "four-crew-12h": (4, 12, 42.0),
    "three-crew-12h": (3, 12, 56.0),
    "day-only": (1, 8, 40.0),
}


def plant_with(preset: str) -> Plant:
    chosen = PRESETS[preset]
    rotation = Rotation("r", chosen.slots, chosen.pattern, MONDAY, chosen.phases)
    coverage = "partial" if preset == "day-only" else "continuous"
    area = Area("mill", "r", coverage=coverage)
    settings = Settings("p", "CNY", "Asia/Shanghai", time(8))
    return Plant(settings, areas={"mill": area}, units={"U1": Unit("U1", "mill")}, rotations={"r": rotation})


def worked(preset: str, days: int) -> list[tuple[date, str, str, float]]:
    """(day, slot, crew, hours) of every shift."""
    plant = plant_with(preset)
    shifts = [s for n in range(days) for s in area_shifts(plant, "mill", MONDAY + timedelta(days=n))]
    return [(s.day, s.slot, i.crew, i.span.hours) for s in shifts for i in crews_on(plant, "mill", s)]


def test_t3_every_rotation_of_the_table_ships() -> None:
    assert list(PRESETS) == list(ROTATIONS)
    assert all(preset.name_zh and preset.name_en for preset in PRESETS.values())


@pytest.mark.parametrize("preset", ROTATIONS)
def test_t3_each_slot_has_exactly_one_crew_a_day(preset: str) -> None:
    chosen = PRESETS[preset]
    for day in range(2 * len(chosen.pattern)):
        at_work = [chosen.pattern[(day + phase) % len(chosen.pattern)] for _, phase in chosen.phases]
        manned = sorted(letter for letter in at_work if letter != "R")
        rest_day = preset == "day-only" and day % 7 >= 5
        assert manned == ([] if rest_day else sorted(slot.id for slot in chosen.slots))


@pytest.mark.parametrize("preset", ROTATIONS)
def test_t3_hours_of_shift_and_week_are_those_of_the_table(preset: str) -> None:
    crews, shift_hours, week = ROTATIONS[preset]
    days = 840  # whole cycles of every pattern and whole weeks
    rows = [row for row in worked(preset, days) if row[2]]
    by_crew: dict[str, float] = {}
    for *_, crew, hours in rows:
        by_crew[crew] = by_crew.get(crew, 0) + hours
    assert len(by_crew) == crews
    assert {hours for *_, hours in rows} == {shift_hours}
    assert set(by_crew.values()) == {round(week * days / 7)}


@pytest.mark.parametrize("preset", [name for name, (_, hours, _) in ROTATIONS.items() if hours == 8])
def test_t3_no_crew_of_an_eight_hour_rotation_comes_back_within_sixteen_hours(preset: str) -> None:
    plant = plant_with(preset)
    left: dict[str, int] = {}
    for n in range(60):
        for shift in area_shifts(plant, "mill", MONDAY + timedelta(days=n)):
            (interval,) = crews_on(plant, "mill", shift)
            if interval.crew:
                rest = shift.span.start - left.get(interval.crew, shift.span.start - 10**12)
                assert rest >= 16 * 3600 * 10**6
                left[interval.crew] = shift.span.end


def test_t3_day_only_works_monday_to_friday_and_rests_at_the_weekend() -> None:
    assert [crew for _, _, crew, _ in worked("day-only", 7)] == ["mill/A"] * 5 + ["", ""]
