"""The scorecard's parts on a small refinery: the money check holds and can fail, intervals are counted once, replays are the same books."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import shiftledger as sl
from shiftledger.simulate import Settings, Written, simulate

BENCH = Path(__file__).parents[2] / "bench"
sys.path.append(str(BENCH))

import scorecard  # noqa: E402
from scores import books, coverage, money, replay  # noqa: E402
from scores.plant_read import Folder, read_folder  # noqa: E402

SETTINGS = Settings(seed=11, days=2, base_days=0)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return simulate(SETTINGS, tmp_path_factory.mktemp("scored") / "small")


@pytest.fixture(scope="module")
def closed(written: Written) -> sl.api.PlantView:
    return books.closed(written.plant, written.files)


@pytest.fixture(scope="module")
def raw(written: Written) -> Folder:
    return read_folder(written.plant)


def test_i1_areas_and_site_are_cash_and_stocks_from_raw_readings(closed: sl.api.PlantView, raw: Folder) -> None:
    days = books.sealed_days(closed)
    assert len(days) == 2
    found = {one.day: books.areas_and_site(one) for one in books.results(closed, days)}
    assert found == {day: money.day_result(raw, day) for day in days}
    view = sl.rollup(closed)
    assert view.rollup is not None
    assert view.rollup.result == sum(found.values())


@pytest.mark.parametrize(("stream", "cents"), [("hp-steam", -8 * 150_00), ("wash-water", -8 * 40_00), ("lime-feed", None)])
def test_i1_the_route_answers_to_readings_alone(closed: sl.api.PlantView, raw: Folder, stream: str, cents: int | None) -> None:
    """One t/h more in a whole shift without gaps moves the route by eight tonnes at the planned price, and so the check fails."""
    day = books.sealed_days(closed)[0]
    tag = raw.streams[stream].meters[0]["tag"]
    start, end = raw.shifts(day)[0]
    at, value = raw.readings[tag]
    inside = (at >= start) & (at < end)
    assert int(inside.sum()) == 8, "another seed, without a gap there"
    moved = replace(raw, readings={**raw.readings, tag: (at, np.where(inside, value + 1, value))})
    price = raw.price[raw.streams[stream].material]
    assert money.day_result(moved, day) - money.day_result(raw, day) == (round(-8 * 100 * price) if cents is None else cents)


def test_q2_a_counters_turn_is_its_modulus(raw: Folder) -> None:
    """Registers at the quarter before and after the ends: 9,999,990 to 30 is 40 by way of the turn, ten before and 30 after."""
    stream = next(one for one in raw.streams.values() if one.kind == "counter")
    start, end = 0, 8 * 3_600_000_000
    turned = {stream.meters[0]["tag"]: (np.array([start, end // 2, end]), np.array([9_999_900.0, 9_999_990.0, 30.0]))}
    assert money.moved(replace(raw, readings=turned), stream, start, end) == 130_000
    silent = {stream.meters[0]["tag"]: (np.array([start - end, 2 * end]), np.array([0.0, 30.0]))}
    assert money.moved(replace(raw, readings=silent), stream, start, end) is None


def test_q2_both_rows_of_a_replaced_counter_have_the_day_of_the_change(tmp_path: Path) -> None:
    """Else the books would lose what the old one counted on that day before it was taken out."""
    made = read_folder(simulate(Settings(seed=5, days=122, base_days=0), tmp_path / "r").plant)
    (stream,) = (one for one in made.streams.values() if len(one.meters) == 2)
    old, new = stream.meters
    assert old["valid_to"] == new["valid_from"] == "2026-06-29"
    assert old["last_register"]
    assert (new["changed_at"], new["first_register"]) == ("13:00", "3120")


def test_q6_a_rollup_counts_the_errors_of_parallel_streams_once(closed: sl.api.PlantView) -> None:
    """Three sets evaporate water between the same two accounts: in a shift's roll-up V errs as in its statement."""
    view = sl.rollup(closed, by=("area", "shift"))
    assert view.rollup is not None
    told = {(s.area, s.shift): s for one in books.results(closed, books.sealed_days(closed)) for s in one.statements}
    for row in view.rollup.rows:
        assert row.sigma == pytest.approx(told[row.key[0], row.key[1]].sigma, rel=1e-9), row.key


def test_coverage_looks_at_flows_with_meters_and_knows_their_errors(closed: sl.api.PlantView, raw: Folder) -> None:
    found = coverage.covered(raw, SETTINGS, books.results(closed, books.sealed_days(closed)))
    assert found.rows > 80
    assert 0.5 < found.product <= 1.0
    assert 0.5 < found.oracle <= 1.0
    assert 0.8 < found.width < 1.5


def test_means_errors_and_rows_that_are_not_built() -> None:
    record = {"money_gap": 0.0, "by_flows": 0.1, "covered": 0.9, "covered_oracle": 0.88, "width": 1.0, "differ": 0, "turned": 1.0,
              "zero": 0.0, "one": 1.0}  # fmt: skip
    rows = scorecard.rows_of([record, {**record, "covered": 0.7}])
    by_name = {row["row"]: row for row in rows if row["row"]}
    assert by_name["Flows"]["mean"] == pytest.approx(0.8)
    assert by_name["Flows"]["se"] == pytest.approx(0.1)
    assert {name for name, row in by_name.items() if not row["built"]} == {
        "Reconciliation", "Crew ranking", "Calibration", "Daily board", "Project", "Gaming",
    }  # fmt: skip
    text = scorecard.table_of(rows)
    assert text.count("not built") == 6
    assert all(len(line) <= 80 for line in text.splitlines())
    mean, error = scorecard.mean_and_error([2.0])
    assert (mean, error) == (2.0, None)
    assert math.isclose(scorecard.mean_and_error([1.0, 2.0, 3.0])[1] or 0, 3**-0.5)


@pytest.mark.parametrize("asked", [["--seeds", "x"], ["--seeds", "3..1"], ["--days", "2"], ["--jobs", "0"]])
def test_bad_options_of_the_scorecard_are_refused(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        scorecard.options().parse_args(asked)
    assert left.value.code == 2
    assert asked[1] in capsys.readouterr().err


@pytest.mark.slow
def test_l6_replays_leave_the_same_books_and_a_lost_piece_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulate(Settings(seed=11, days=8, base_days=0), tmp_path / "r")
    (tmp_path / "whole").mkdir()
    found = replay.replayed(made.plant, tmp_path / "whole", 11)
    assert found.figures > 200
    assert found.differ == 0
    whole = replay._figures

    def without_the_late_piece(source: Path, target: Path, pieces: list[replay.Piece], *rest: object, closes: bool) -> object:
        kept = [piece for piece in pieces if not closes or "late" not in piece.name]
        return whole(source, target, kept, *rest, closes=closes)  # type: ignore[arg-type]

    monkeypatch.setattr(replay, "_figures", without_the_late_piece)
    (tmp_path / "lost").mkdir()
    assert replay.replayed(made.plant, tmp_path / "lost", 11).differ > 0
