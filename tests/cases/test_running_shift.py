"""The running shift of two-tanks by hand (L9), and why the seal says otherwise.

2026-03-31.E from 14:00, crew A, at constant rates; four hours later, at 18:00:
    mill:   slurry 4 x 12.25 = 49.000 t at 180 = 8,820.00; ore 4 x 12.5 = 50.000 t at 100 = 5,000.00
            allowed ore 49 / 0.97 = 50.515 t = 5,051.50; so 51.50 less than allowed
    filter: product 4 x 11.125 = 44.500 t at 250 = 11,125.00; slurry 4 x 11.25 = 45.000 t at 180 = 8,100.00; steam 10.000 t at 150
            allowed slurry 44.5 / 0.985 = 45.178 t = 8,132.04 (+32.04)
            allowed steam at 10 % moisture 44.5 x (0.220 + 0.005 x 2) = 10.235 t = 1,535.25 (+35.25); together +67.29
    without the moisture: 44.5 x 0.220 = 9.790 t = 1,468.50, so steam -31.50 and together +0.54
Nobody dipped T since 14:00, so its change is absent until the dip of 22:00 lies within half an hour of the instant.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

import evaporator
import shiftledger as sl
import two_tanks as w
from cases import test_two_slots as two_slots
from readings.telling import PUSHED, keep
from shiftledger.acts.state import connect
from shiftledger.api import NowView, PlantView
from shiftledger.core import units
from shiftledger.engine.running import RunningShift
from shiftledger.engine.running import running as live_running
from shiftledger.readings.batch import GOOD, UNDECLARED
from shiftledger.readings.sources.live import Told
from shiftledger.render.now_text import now_text
from shiftledger.render.text import width

FOUR_HOURS = "2026-03-31T18:00:00+02:00"
END = "2026-03-31T22:00:00+02:00"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Meters known at the shift's end, the moisture next morning, a correction of the filter's slurry at noon; closed after."""
    made = w.opened(tmp_path_factory.mktemp("now"), (), days=None)
    w.load(made, *w.BASE, known_at=END)
    w.load(made, w.MOISTURE, known_at="2026-04-01T09:00:00+02:00")
    w.load(made, w.LATE, known_at="2026-04-01T12:00:00+02:00")
    w.reclose(made)
    return made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Everything but the late correction, never closed."""
    return w.opened(tmp_path_factory.mktemp("running"), days=None)


def shift_of(view: NowView, area: str) -> RunningShift:
    assert view.ok, view.issues
    assert view.running is not None
    return next(shift for shift in view.running.shifts if shift.area == area)


def test_w_l9_four_hours_of_the_mill(running: PlantView) -> None:
    found = shift_of(sl.now(running, "mill", FOUR_HOURS), "mill")
    assert (found.shift, found.provisional, found.sealed) == (w.SHIFT, True, False)
    assert [(line.what, line.metered, line.allowed, line.amount, line.difference) for line in found.lines] == [
        ("slurry", 49_000, 49_000, 882_000, 0),
        ("ore", -50_000, -50_515, -500_000, 5_150),
    ]
    assert (found.statement.value, found.statement.allowed, found.difference) == (382_000, 376_850, 5_150)
    assert found.statement.plan is None
    assert found.statement.reasons == ()


def test_w_l9_four_hours_of_the_filter(running: PlantView) -> None:
    found = shift_of(sl.now(running, at=FOUR_HOURS), "filter")
    assert [(line.what, line.metered, line.allowed, line.difference) for line in found.lines] == [
        ("product", 44_500, 44_500, 0),
        ("slurry", -45_000, -45_178, 3_204),
        ("steam", -10_000, -10_235, 3_525),
    ]
    assert found.difference == 6_729 == found.statement.value - (found.statement.allowed or 0)


def test_w_l9_half_an_hour_after_the_last_reading(running: PlantView) -> None:
    """Read hourly, last at 17:00: at 17:30 three of three and a half hours are known, on both sides. 3 x 12.5 t of ore."""
    found = shift_of(sl.now(running, "mill", "2026-03-31T17:30"), "mill")
    (ore,) = (row for row in found.streams if row.stream == "ore-in")
    assert (ore.quanta, ore.coverage) == (37_500, 3 / 3.5)
    assert ore.last == found.at - 30 * 60 * 1_000_000
    assert found.statement.partial == ("mill-slurry", "ore-in")


@pytest.mark.parametrize(("at", "closing"), [("21:59", None), ("22:00", 57_000), ("22:29", 57_000)])
def test_l9_q4_a_stock_counts_only_when_it_was_just_observed(running: PlantView, at: str, closing: int | None) -> None:
    """The dip is of 22:00; it is not known before. At 22:29 the next shift takes it for its own 'now'."""
    view = sl.now(running, "mill", f"2026-03-31T{at}")
    (tank,) = shift_of(view, "mill").statement.stocks
    assert tank.closing == closing
    assert ("not-fresh" in tank.closing_marks) is (closing is None)
    assert [issue.code for issue in view.issues if issue.code == "L062"] == (["L062"] if closing is None else [])


def test_l9_a_stock_is_stale_after_the_grace_period(running: PlantView) -> None:
    (tank,) = shift_of(sl.now(running, "mill", "2026-03-31T22:31"), "mill").statement.stocks
    assert (tank.opening, tank.closing) == (57_000, None)


def test_l9_r2_what_was_known_at_an_instant(plant: PlantView) -> None:
    """At 18:00 the moisture was not known: 9.790 t of steam allowed, and 10.000 t used."""
    found = shift_of(sl.now(plant, "filter", FOUR_HOURS, known_at=END), "filter")
    assert [(line.what, line.difference) for line in found.lines] == [("product", 0), ("slurry", 3_204), ("steam", -3_150)]
    assert found.difference == 54
    nothing = sl.now(plant, "filter", FOUR_HOURS, known_at="2026-03-31T17:00:00+02:00")
    lines = shift_of(nothing, "filter")
    assert lines.difference is None
    assert lines.statement.absent == ("filter-slurry", "product-out", "steam")


def test_l9_i6_a_difference_within_measuring_error_is_said_to_be(plant: PlantView) -> None:
    """0.54 EUR, while the steam meter alone is unsure by 0.3 % / sqrt 3 of 1,500 EUR = 2.60 EUR."""
    view = sl.now(plant, "filter", FOUR_HOURS, known_at=END)
    assert shift_of(view, "filter").sigma > 2.59
    assert "not distinguishable" in now_text(view, "en")
    assert "不能认定" in now_text(view, "zh")


def test_l9_q6_the_error_of_the_difference_by_hand(running: PlantView) -> None:
    """Mill: a tonne of slurry too much is worth 180 on both sides, but allows 103.093 of ore; 0.3 % / sqrt 3 of both meters."""
    found = shift_of(sl.now(running, "mill", FOUR_HOURS), "mill")
    slurry, ore = 49 * 100 / 0.97, 50 * 100
    assert found.sigma == pytest.approx(0.003 / 3**0.5 * (slurry**2 + ore**2) ** 0.5, rel=1e-4)


def test_w_l9_the_close_against_what_was_shown_at_the_end(plant: PlantView) -> None:
    """Slurry at 11.225 instead of 11.25 t/h: 0.2 t x 180 = +36.00. Two points of moisture allow 0.89 t of steam: 133.50."""
    view = sl.now(plant, against_close=w.SHIFT)
    assert view.ok, view.issues
    by_area = {row.area: row for row in view.against}
    row = by_area["filter"]
    assert [(one.cause, one.what, one.value, one.allowed) for one in row.changed] == [
        ("late", "slurry", 3_600, 0),
        ("condition", "steam", 0, -13_350),
    ]
    assert (row.running, row.sealed, row.running_allowed, row.sealed_allowed) == (305_000, 308_600, 304_910, 291_560)
    assert by_area["mill"].changed == ()
    assert row.sealed == w.statement(plant, "filter").value


def test_l9_against_the_close_as_known_in_the_morning(plant: PlantView) -> None:
    """At 9:30 the moisture was there: only the correction is left."""
    view = sl.now(plant, "filter", against_close=w.SHIFT, known_at="2026-04-01T09:30:00+02:00")
    assert [(one.cause, one.value) for one in view.against[0].changed] == [("late", 3_600)]


def sealed_plants(folder: Path) -> list[tuple[PlantView, str]]:
    """The evaporator with states, quality and charges, and two tanks with slots of their own, each closed; with a shift."""
    slots = two_slots.closed(folder / "slots")
    boiling = evaporator.opened(folder / "states")
    return [(slots, f"{w.DAY}.{slot}") for slot in "DEN"] + [
        (boiling, shift) for shift in (evaporator.D, evaporator.E, evaporator.N)
    ]


def test_l9_against_the_close_adds_up_with_states_quality_charges_and_uneven_slots(tmp_path: Path) -> None:
    """What was known when all was known: only what stands after the end, and the charges, are left; nothing is unexplained."""
    for plant, shift in sealed_plants(tmp_path):
        for known_at in (None, "2030-01-01T00:00:00Z"):
            view = sl.now(plant, against_close=shift, known_at=known_at)
            assert view.against
            for row in view.against:
                assert sum(one.value for one in row.changed) == row.sealed - (row.running or 0)
                if row.running_allowed is not None and row.sealed_allowed is not None:
                    assert sum(one.allowed or 0 for one in row.changed) == row.sealed_allowed - row.running_allowed
                assert row.sealed == w.statement(plant, row.area, shift).value
                assert {one.what for one in row.changed if one.cause == "close"} <= {"fixed"}


def test_i8_what_nobody_knew_at_the_end_is_not_zero(plant: PlantView) -> None:
    """A day before the shift nothing of it was known: no figure, and the lines lead from nothing to the seal."""
    view = sl.now(plant, "filter", against_close=w.SHIFT, known_at="2026-03-30T12:00:00+02:00")
    (row,) = view.against
    assert (row.running, row.sealed) == (None, sum(one.value for one in row.changed))
    assert {"steam", "product-out", "filter-slurry"} <= set(row.unknown)
    assert view.to_json()["against"][0]["running"] is None
    for lang, words in (("en", "not known"), ("zh", "未知")):
        (line,) = [text for text in now_text(view, lang).splitlines() if text.startswith(("Shown at the end", "班末所示 "))]
        assert words in line
        assert "0.00" not in line


def test_l9_nothing_is_stored(plant: PlantView, tmp_path: Path) -> None:
    before = fingerprint(plant.state_folder)
    assert sl.now(plant, at=FOUR_HOURS).ok
    assert sl.now(plant, against_close=w.SHIFT).ok
    assert fingerprint(plant.state_folder) == before
    fresh = sl.open(w.copy(tmp_path))
    view = sl.now(fresh)
    assert [issue.code for issue in view.issues] == ["L060"]
    assert not fresh.state_folder.exists()


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_l9_by_default_at_the_newest_reading_which_is_old_and_said_to_be(running: PlantView) -> None:
    view = sl.now(running)
    assert view.running is not None
    assert view.running.at == view.running.newest
    assert "L061" in {issue.code for issue in view.issues}
    assert {shift.shift for shift in view.running.shifts} == {"2026-04-02.D"}


def test_l9_an_area_that_is_not_there_names_the_closest(running: PlantView) -> None:
    view = sl.now(running, "fliter", FOUR_HOURS)
    assert [(issue.code, issue.remedy) for issue in view.issues] == [("L060", "Closest: filter. Areas: filter, mill.")]
    assert not sl.now(running, at="yesterday").ok
    assert [issue.code for issue in sl.now(running, against_close=w.SHIFT).issues] == ["L013"]


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_l9_text_is_80_columns_and_says_provisional(plant: PlantView, lang: str) -> None:
    for view in (sl.now(plant, at="2026-03-31T17:40"), sl.now(plant, against_close=w.SHIFT)):
        text = now_text(view, lang)
        assert text
        assert all(width(row) <= 80 for row in text.splitlines())
    told = now_text(sl.now(plant, at="2026-03-31T17:40"), lang)
    for one, word, sealed in (("zh", "暂定", "以封存为准"), ("en", "Provisional", "the seal counts")):
        assert (word in told) is (lang in (one, "both"))
        assert (sealed in told) is (lang in (one, "both"))


def test_l9_json_and_notebook(plant: PlantView) -> None:
    form = sl.now(plant, "mill", FOUR_HOURS).to_json()
    assert form["running"]["shifts"][0]["difference"] == 5_150
    assert form["running"]["shifts"][0]["provisional"] is True
    assert "+51.50" in sl.now(plant, "mill", FOUR_HOURS, lang="en")._repr_html_()
    assert sl.now(plant, against_close=w.SHIFT).to_json()["against"][0]["area"] == "filter"


def test_l9_what_was_told_live_and_waits_for_the_lake_counts(tmp_path: Path) -> None:
    """Nothing loaded yet: 12.5 t/h of ore and 12.25 t/h of slurry, told at 14:00 and 15:00. 12.25 x 180 - 12.5 x 100 = 955.00."""
    plant = replace(sl.open(w.copy(tmp_path)).plant, sources={PUSHED.id: PUSHED})
    state = connect(tmp_path / "state")
    start, hour = 1_774_958_400_000_000, 3_600_000_000  # 2026-03-31 14:00 in Berlin
    rates = (("FT-ORE", 12.5), ("FT-MILL", 12.25))
    read = [Told(tag, start + n * hour, rate, repr(rate), GOOD, UNDECLARED, "http:a#1") for tag, rate in rates for n in (0, 1)]
    keep(state, read, arrived=start + 2 * hour)
    found = live_running(plant, state, "mill", None, start + 2 * hour)
    (mill,) = found.result.shifts
    assert (found.result.at, mill.shift, mill.statement.value) == (start + hour, w.SHIFT, 95_500)
    assert "L061" in {issue.code for issue in found.issues}
    state.engine.dispose()


def silo(folder: Path, *rows: str) -> PlantView:
    """The tank is the filter's own and its draw unmetered, so it follows from the dips; further readings as given."""
    base = w.copy(folder)
    for name, old, new in (
        ("stocks.toml", 'held_by = "site"', 'held_by = "filter"'),
        ("meters.csv", "FT-FILTER,rate,filter-slurry,,,t/h,0.003,0,,2h,,\n", ""),
    ):
        text = (base / name).read_text("utf-8")
        assert old in text
        (base / name).write_text(text.replace(old, new), "utf-8")
    readings = base / "readings" / "meters.csv"
    kept = [line for line in readings.read_text("utf-8").splitlines() if "FT-FILTER" not in line]
    readings.write_text("\n".join([*kept, *rows, ""]), "utf-8")
    return sl.open(base)


def test_i6_i8_what_is_absent_is_no_saving(tmp_path: Path) -> None:
    """At 18:00 nobody knows what the filter drew: 8,132.04 of slurry is allowed, and none of it was saved. Steam -31.50 stands."""
    plant = silo(tmp_path)
    w.load(plant, *w.BASE)
    found = shift_of(sl.now(plant, "filter", FOUR_HOURS), "filter")
    assert found.statement.absent == ("filter-slurry", "T")
    assert found.difference is None
    assert {line.what: line.difference for line in found.lines} == {"product": 0, "slurry": None, "steam": -3_150}
    for lang, said in (("en", "Not compared with Allowed: what it needs is absent"), ("zh", "不与允许比较：所需的数量还缺")):
        text = now_text(sl.now(plant, "filter", FOUR_HOURS, lang=lang), lang)
        assert said in text
        assert "8,132.04" in text
        assert "measuring error" not in text
    # at the end the tank is dipped: 98 t came, it rose by 7 t, so 91.000 t were drawn; allowed 89 / 0.985 = 90.355 t
    end = shift_of(sl.now(plant, "filter", END), "filter")
    assert {line.what: line.difference for line in end.lines} == {"product": 0, "slurry": -645 * 18, "steam": -6_300}
    assert end.difference == -645 * 18 - 6_300


def test_i6_readings_of_different_times_are_not_told_as_a_real_difference(tmp_path: Path) -> None:
    """Steam was last read at 15:00, the rest at 18:00: 2.500 t for 44.5 t of product look like a saving of 1,093.50."""
    base = w.copy(tmp_path)
    readings = base / "readings" / "meters.csv"
    lacking = tuple(f"2026-03-31T{hour}:00:00+02:00,FT-STEAM" for hour in (16, 17, 18))
    kept = [line for line in readings.read_text("utf-8").splitlines() if not line.startswith(lacking)]
    readings.write_text("\n".join([*kept, ""]), "utf-8")
    plant = sl.open(base)
    w.load(plant, *w.BASE)
    found = shift_of(sl.now(plant, "filter", FOUR_HOURS), "filter")
    assert [row.coverage for row in found.streams if row.stream == "steam"] == [0.25]
    assert {line.what: line.difference for line in found.lines}["steam"] == 146_850 - 37_500
    text = " ".join(now_text(sl.now(plant, "filter", FOUR_HOURS, lang="en"), "en").split())
    assert "the readings cover different times" in text
    assert ", measuring error" not in text


def test_l9_an_opening_counts_as_the_shift_before_knew_it(tmp_path: Path) -> None:
    """The dip of 06:00 is corrected after that shift's 72 hours, and before its own day is closed: it is too late for both (I3, L6).

    So the stock's step says what the seal says, and nothing is left for the close to explain.
    """
    plant = silo(tmp_path)
    w.load(plant, *w.BASE, known_at=END)
    w.reclose(plant, w.DAY, w.DAY)
    (plant.folder / "late" / "dip.csv").write_text("time,tag,value\n2026-04-01T06:00:00+02:00,LT-T,60\n", "utf-8")
    w.load(plant, "late/dip.csv", known_at="2026-04-04T08:00:00+02:00")
    w.reclose(plant, w.NEXT_DAY, w.NEXT_DAY)
    (row,) = sl.now(plant, "filter", against_close=f"{w.NEXT_DAY}.D").against
    assert row.sealed == 0  # the tank holds 57.000 t at both ends
    assert [one for one in row.changed if one.cause == "close"] == []


def test_l9_the_same_question_has_the_same_bytes_and_needs_no_unit_library(
    running: PlantView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A control room asks every few seconds; setting up Pint would take longer than the answer."""
    first = json.dumps(sl.now(running, at=FOUR_HOURS).to_json())
    units.exact_conversion.cache_clear()
    monkeypatch.setattr(units, "_registry", lambda: pytest.fail("asks Pint"))
    time.sleep(0.01)
    assert json.dumps(sl.now(running, at=FOUR_HOURS).to_json()) == first


def test_l9_how_old_the_newest_reading_is_by_the_plants_clock(running: PlantView) -> None:
    (said,) = [issue.message for issue in sl.now(running).issues if issue.code == "L061"]
    assert re.fullmatch(r"the newest reading is of 2026-04-02 07:00\+02:00, \d+ days before now", said)
