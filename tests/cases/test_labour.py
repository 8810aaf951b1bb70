"""Worked by hand: a month in which one area succeeds two (T4), with a clock change, a substitute crew, leave, overtime and a loan (T3).

March 2026 in Berlin. Until the 15th: 15 days x 24 h x (2 + 3) persons = 1,800 h, product 360 h x 8 t/h = 2,880 t. From the 16th:
16 days x 24 h - 1 h (the night of the 28th has 7 h) = 383 h x 4 persons = 1,532 h, product 383 h x 9 t/h = 3,447 t.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import labour_plant
import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.engine.labour import LabourRow
from shiftledger.render.labour_text import labour_text
from shiftledger.render.text import width

SERIES = "digester+filter>red-side"
# B runs the night of the 28th. Leave: 7 h of that whole night and 2 h of another; rB1 comes for 7 h instead; l1 helps out for 3 h.
ATTENDANCE = """day,slot,area,person,kind,hours
2026-03-28,N,red-side,rB1,leave,
2026-03-28,N,red-side,rA1,overtime,7
2026-03-20,E,red-side,rA2,absent,2
2026-03-10,D,filter,l1,loan,3
"""
ROSTER = "day,slot,area,crew,start,end,kind\n2026-03-21,D,red-side,D,10:00,14:00,substitute\n"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return labour_plant.closed(tmp_path_factory.mktemp("merged"))


def rows(plant: PlantView, *by: str, **more: str) -> dict[tuple[str, ...], LabourRow]:
    found = sl.labour(plant, month="2026-03", by=by, **more).labour
    assert found is not None
    return {row.key: row for row in found.rows}


@pytest.mark.slow
def test_t4_two_areas_and_their_successor_are_one_series(plant: PlantView) -> None:
    row = rows(plant, "series")[SERIES,]
    assert (row.shifts, row.sealed, row.counted) == (15 * 3 * 2 + 16 * 3, 138, 138)
    assert row.hours == row.counted_hours == Decimal("3332.00")  # 1,800 + 1,532
    assert row.members == Decimal("17.94")  # (20 x 15 + 16 x 16) / 31 = 556 / 31
    (product,) = row.outputs  # slurry stays between them: the tank T gives only to areas of the series
    assert (product.material, product.qty) == ("product", Decimal("6327.000"))
    assert product.per_hour == Decimal("1.8989")  # 6,327 / 3,332
    assert product.per_person == Decimal("352.76")  # 6,327 / (556 / 31)
    assert [str(day) for day in row.changes] == ["2026-03-16"]


@pytest.mark.slow
def test_t4_areas_by_themselves_and_the_laboratory_without_output(plant: PlantView) -> None:
    found = rows(plant, "area")
    slurry, product = found["digester",].outputs[0], found["filter",].outputs[0]
    assert (slurry.qty, slurry.per_hour, slurry.per_person) == (Decimal("3600.000"), Decimal("5.0000"), Decimal("930.00"))
    assert (product.qty, product.per_hour) == (Decimal("2880.000"), Decimal("2.6667"))  # 2,880 / 1,080
    assert [one.material for one in found["red-side",].outputs] == ["product"]  # its slurry comes back to it
    lab = found["lab",]
    assert (lab.hours, lab.outputs, lab.shifts) == (Decimal("248.00"), (), 31)  # 31 days x 8 h; absent, not zero


@pytest.mark.slow
def test_t4_crews_add_up_to_their_area_and_areas_to_the_series(plant: PlantView) -> None:
    areas, crews, series = rows(plant, "area"), rows(plant, "crew"), rows(plant, "series")
    for (area,), whole in areas.items():
        own = [row for (crew,), row in crews.items() if crew.partition("/")[0] == area]
        assert sum((row.hours or Decimal(0) for row in own), Decimal(0)) == whole.hours
        assert sum(one.qty for row in own for one in row.outputs) == sum(one.qty for one in whole.outputs)
    together = [areas[area,].hours or Decimal(0) for area in ("digester", "filter", "red-side")]
    assert sum(together, Decimal(0)) == series[SERIES,].hours


@pytest.mark.slow
def test_t3_attendance_moves_hours_and_no_output(plant: PlantView) -> None:
    """-7 (leave of the whole short night) + 7 (overtime) - 2 (absent) + 3 (a loan from the laboratory) = +1: 3,333 h."""
    before = rows(plant, "series")
    (plant.folder / "attendance.csv").write_text(ATTENDANCE, encoding="utf-8")
    (plant.folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    changed = sl.open(plant.folder)
    try:
        row, lab = rows(changed, "series")[SERIES,], rows(changed, "series")["lab",]
        assert (row.hours, row.missed, row.extra) == (Decimal("3333.00"), Decimal("9.00"), Decimal("7.00"))
        assert row.outputs[0].qty == before[SERIES,].outputs[0].qty
        assert (lab.hours, lab.missed) == (Decimal("245.00"), Decimal("3.00"))
        night = sl.labour(changed, shift="2026-03-28.N").labour
        assert night is not None
        told = {one.person: (one.why, one.hours, one.missed, one.at) for one in night.present}
        line = {row.person: str(row.at) for row in changed.plant.members}
        assert told["rB1"] == ("roster", Decimal("0.00"), Decimal("7.00"), ("attendance.csv:2", line["rB1"]))
        assert told["rA1"] == ("overtime", Decimal("7.00"), Decimal("0.00"), ("attendance.csv:3", line["rA1"]))
        crews = rows(changed, "crew")
        plain = rows(plant, "crew")
        moved = {crew: (crews[f"red-side/{crew}",].hours or 0) - (plain[f"red-side/{crew}",].hours or 0) for crew in "CD"}
        assert moved == {"C": -16, "D": 16}  # crew D stands in from 10:00 to 14:00: four persons x 4 h
    finally:
        (plant.folder / "attendance.csv").unlink()
        (plant.folder / "roster.csv").unlink()


@pytest.mark.slow
def test_l7_who_was_there_is_no_input_of_a_close(plant: PlantView) -> None:
    (plant.folder / "attendance.csv").write_text(ATTENDANCE, encoding="utf-8")
    try:
        done = sl.close(sl.open(plant.folder), "2026-03-28", "2026-03-29")
        assert done.report is not None
        assert [day.outcome for day in done.report.days] == ["unchanged", "unchanged"]
    finally:
        (plant.folder / "attendance.csv").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("by", [("series", "month"), ("area",), ("crew", "month"), ("month",)])
def test_t4_text_of_80_columns(plant: PlantView, by: tuple[str, ...], lang: str) -> None:
    text = labour_text(sl.labour(plant, month="2026-03", by=by, lang=lang), lang)  # type: ignore[arg-type]
    assert max(map(width, text.splitlines())) <= 80
    assert ("6,327.000 t" in text) == (by in (("series", "month"), ("month",)))
    assert "—" in text


def test_t4_without_books_there_are_hours_and_no_output(tmp_path: Path) -> None:
    plant = sl.open(labour_plant.written(tmp_path))
    row = rows(plant, "series")[SERIES,]
    assert (row.hours, row.counted, row.sealed, row.outputs) == (Decimal("3332.00"), 0, 0, ())
    assert row.provisional


def test_i8_crews_of_which_nobody_is_listed_have_unknown_hours(tmp_path: Path) -> None:
    text = "\n".join(line for line in labour_plant.TEXT["members.csv"].splitlines() if ",filter,C," not in line)
    plant = sl.open(labour_plant.written(tmp_path, members__csv=text + "\n"))
    view = sl.labour(plant, month="2026-03", by=["area", "crew"])
    assert view.labour is not None
    assert {row.key: row.hours for row in view.labour.rows}["filter", "filter/C"] is None
    assert [issue.code for issue in view.issues] == ["L030"]


def test_questions_that_cannot_be_answered_are_refused(tmp_path: Path) -> None:
    plant = sl.open(labour_plant.written(tmp_path))
    asked: list[dict[str, object]] = [
        {"by": ["week"]}, {"month": "March"}, {}, {"start": "2026-03-09", "end": "2026-03-01"}, {"shift": "2026-03-01.X"}, {"start": "x"}
    ]  # fmt: skip
    codes = [sl.labour(plant, **question).issues[0].code for question in asked]  # type: ignore[arg-type]
    assert codes == ["L031", "A006", "A006", "A006", "P061", "A006"]
