"""The life of a month: first seal, late results, settlement, and what comes after it; all sums by hand (L6, L7, I3)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from engine import months as m
from engine.months import at, close, filter_value, flow_to_filter, holds, late, rows, spring
from shiftledger.api import PlantView

APRIL_END = date(2026, 4, 30)


def test_l6_late_results_in_time_are_netted_into_one_row_a_key(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    assert set(close(plant).values()) == {"sealed"}
    holds(plant)
    published = w.postings(plant)
    assert (filter_value(plant), rows(plant, "trueup")) == (305_000, [])
    late(plant, 2, *flow_to_filter("11.225"))  # 89.800 t: 0.200 t x 180 less
    assert close(plant) == {w.DAY: "sealed"}
    assert filter_value(plant) == 308_600
    assert rows(plant, "trueup") == [
        ("stock:T", "area:filter", "slurry", -200, -3_600, w.SHIFT, "2026-03"),
        ("stock:T", "site:unreconciled:T", "slurry:residual", 200, 3_600, w.SHIFT, "2026-03"),
    ]
    holds(plant)
    late(plant, 3, *flow_to_filter("11.3"))  # 90.400 t: against the first seal 0.400 t x 180 more
    close(plant)
    assert filter_value(plant) == 297_800
    assert w.steps(w.statement(plant, "filter"))["yield slurry"] == 6_390 - 7_200
    assert rows(plant, "trueup") == [
        ("stock:T", "area:filter", "slurry", 400, 7_200, w.SHIFT, "2026-03"),
        ("stock:T", "site:unreconciled:T", "slurry:residual", -400, -7_200, w.SHIFT, "2026-03"),
    ]
    assert tuple(p for p in w.postings(plant) if p.kind != "trueup") == published, "what was published first stands"
    holds(plant)
    late(plant, 4, *flow_to_filter("11.25"))  # as first published: nothing remains
    close(plant)
    assert (filter_value(plant), w.postings(plant)) == (305_000, published)
    holds(plant)


@pytest.mark.parametrize(
    ("known_at", "kind"),
    [("2026-04-03T22:00", "trueup"), ("2026-04-03T22:00:00.000001", "prior")],
    ids=["the last instant", "one later"],
)
def test_l6_the_cutoff_is_72_hours_after_the_shift(tmp_path: Path, known_at: str, kind: str) -> None:
    plant = spring(tmp_path)
    close(plant)
    late(plant, 2, *flow_to_filter("11.225"), known_at=at(known_at))
    close(plant)
    assert len(rows(plant, kind)) == 2
    assert len(rows(plant, "trueup")) + len(rows(plant, "prior")) == 2
    assert filter_value(plant) == (308_600 if kind == "trueup" else 305_000)
    holds(plant)


def test_l6_a_day_that_was_never_sealed_takes_everything_as_original(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    late(plant, 2, *flow_to_filter("11.225"), known_at=w.MUCH_LATER)
    close(plant)
    assert (filter_value(plant), rows(plant, "trueup"), rows(plant, "prior")) == (308_600, [], [])
    holds(plant)


def test_l6_in_time_and_too_late_stand_side_by_side(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    late(plant, 2, *flow_to_filter("11.225"))
    late(plant, 3, *flow_to_filter("11.3"), known_at=w.MUCH_LATER)
    close(plant)
    assert filter_value(plant) == 308_600, "what came in time counts for the crew"
    assert [row[:5] for row in rows(plant, "trueup")] == [
        ("stock:T", "area:filter", "slurry", -200, -3_600),
        ("stock:T", "site:unreconciled:T", "slurry:residual", 200, 3_600),
    ]
    assert rows(plant, "prior") == [  # from 89.800 t to 90.400 t
        ("stock:T", "site:prior-period", "slurry", 600, 10_800, w.SHIFT, "2026-03"),
        ("stock:T", "site:unreconciled:T", "slurry:residual", -600, -10_800, w.SHIFT, "2026-03"),
    ]
    holds(plant)


FIRST = [
    ("stock:T", "site:prior-period", "slurry", -200, -3_600, w.SHIFT, "2026-03"),
    ("stock:T", "site:unreconciled:T", "slurry:residual", 200, 3_600, w.SHIFT, "2026-03"),
]
SECOND = [
    ("stock:T", "site:prior-period", "slurry", 600, 10_800, w.SHIFT, "2026-04"),
    ("stock:T", "site:unreconciled:T", "slurry:residual", -600, -10_800, w.SHIFT, "2026-04"),
]
THIRD = [
    ("stock:T", "site:prior-period", "slurry", -1_200, -21_600, w.SHIFT, "2026-05"),
    ("stock:T", "site:unreconciled:T", "slurry:residual", 1_200, 21_600, w.SHIFT, "2026-05"),
]


def test_l6_l7_rows_of_a_settled_month_never_move(tmp_path: Path) -> None:
    plant = spring(tmp_path, APRIL_END)
    close(plant, last=APRIL_END)
    late(plant, 2, *flow_to_filter("11.225"), known_at=w.MUCH_LATER)  # 89.800 t, too late in an open month
    assert close(plant, last=APRIL_END) == {w.DAY: "sealed"}
    assert rows(plant, "prior") == FIRST
    holds(plant)
    w.settle(plant, "2026-03")
    late(plant, 3, *flow_to_filter("11.3"), known_at=w.MUCH_LATER)  # 90.400 t, after the settlement
    close(plant, last=APRIL_END)
    assert rows(plant, "prior") == sorted(FIRST + SECOND)
    holds(plant)
    w.settle(plant, "2026-04")
    late(plant, 4, *flow_to_filter("11.15"), known_at=w.MUCH_LATER)  # 89.200 t, after the next one, too
    close(plant, last=APRIL_END)
    assert rows(plant, "prior") == sorted(FIRST + SECOND + THIRD)
    assert (filter_value(plant), rows(plant, "trueup")) == (305_000, [])
    holds(plant)
    late(plant, 5, *flow_to_filter("11.3"), known_at=w.MUCH_LATER)  # back to 90.400 t: the open month's rows vanish
    close(plant, last=APRIL_END)
    assert rows(plant, "prior") == sorted(FIRST + SECOND)
    holds(plant)
    found = w.statement(plant, "filter")
    assert (found.value, w.steps(found)["yield slurry"]) == (305_000, 6_390), "a settled statement stays as it was settled"


def test_l6_after_settlement_even_a_result_in_time_is_prior_period(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    late(plant, 2, *flow_to_filter("11.225"))
    close(plant)
    w.settle(plant)
    assert sl.statement(plant, w.SHIFT).settled
    late(plant, 3, *flow_to_filter("11.3"))
    close(plant)
    assert (filter_value(plant), rows(plant, "trueup"), rows(plant, "prior")) == (308_600, [], SECOND)
    holds(plant)


# Boundaries between days.


def boundary(plant: PlantView, before: str, after: str) -> tuple[int | None, int | None]:
    """What one shift hands over and the next takes over, in quanta."""
    return w.statement(plant, "mill", before).stocks[0].closing, w.statement(plant, "mill", after).stocks[0].opening


def test_i3_l6_a_late_dip_between_two_days_restates_both(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    assert boundary(plant, "2026-03-30.N", "2026-03-31.D") == (50_000, 50_000)
    late(plant, 2, ("2026-03-31T06:00", "LT-T", "49"))
    assert close(plant) == {"2026-03-30": "sealed", w.DAY: "sealed"}
    assert boundary(plant, "2026-03-30.N", "2026-03-31.D") == (49_000, 49_000)
    # the night lost 1.000 t that the morning found again: 180.00
    night = [("stock:T", "site:unreconciled:T", "slurry:residual", 1_000, 18_000, "2026-03-30.N", "2026-03")]
    morning = [("stock:T", "site:unreconciled:T", "slurry:residual", -1_000, -18_000, "2026-03-31.D", "2026-03")]
    assert (rows(plant, "trueup", "2026-03-30"), rows(plant, "trueup")) == (night, morning)
    holds(plant, day="2026-03-30", cents=-18_000)
    holds(plant, cents=m.CASH + 144_000)  # (57 - 49) x 180


@pytest.mark.parametrize("only", ["2026-03-30", w.DAY])
def test_i3_l6_closing_one_day_draws_in_the_neighbour_with_another_boundary(tmp_path: Path, only: str) -> None:
    plant = spring(tmp_path)
    close(plant)
    late(plant, 2, ("2026-03-31T06:00", "LT-T", "49"))
    assert close(plant, date.fromisoformat(only), date.fromisoformat(only)) == {"2026-03-30": "sealed", w.DAY: "sealed"}
    assert boundary(plant, "2026-03-30.N", "2026-03-31.D") == (49_000, 49_000)
    holds(plant, day="2026-03-30", cents=-18_000)


def test_i3_l6_too_late_a_dip_moves_no_boundary_but_is_posted_in_both_days(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    late(plant, 2, ("2026-03-31T06:00", "LT-T", "49"), known_at=w.MUCH_LATER)
    close(plant)
    assert boundary(plant, "2026-03-30.N", "2026-03-31.D") == (50_000, 50_000)
    night = [("stock:T", "site:unreconciled:T", "slurry:residual", 1_000, 18_000, "2026-03-30.N", "2026-03")]
    morning = [("stock:T", "site:unreconciled:T", "slurry:residual", -1_000, -18_000, "2026-03-31.D", "2026-03")]
    assert (rows(plant, "prior", "2026-03-30"), rows(plant, "prior")) == (night, morning)
    holds(plant, day="2026-03-30", cents=-18_000)


@pytest.mark.parametrize("known_at", [at("2026-04-03T20:00"), w.MUCH_LATER], ids=["in time", "too late"])
def test_i3_l7_a_settled_boundary_value_stays_and_the_next_month_opens_with_it(tmp_path: Path, known_at: str) -> None:
    plant = spring(tmp_path)
    close(plant)
    w.settle(plant)
    before = w.postings(plant)
    late(plant, 2, ("2026-04-01T06:00", "LT-T", "56"), known_at=known_at)
    close(plant)
    assert boundary(plant, "2026-03-31.N", "2026-04-01.D") == (57_000, 57_000)
    assert w.postings(plant) == before, "no row of the settled day moves"
    # the tank is 1.000 t short from the new month's first shift on: 185.00; revaluation of 57.000 t x 5
    kind = "trueup" if known_at != w.MUCH_LATER else "prior"
    expected = ("stock:T", "site:unreconciled:T", "slurry:residual", 1_000, 18_500, "2026-04-01.D", "2026-04")
    assert expected in rows(plant, kind, w.NEXT_DAY)
    assert [row[3:5] for row in rows(plant, "revaluation", w.NEXT_DAY)] == [(57_000, 28_500)]
    holds(plant)


def test_l7_a_day_closed_after_its_settled_neighbour_opens_with_the_settled_value(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant, last=date(2026, 3, 31))
    w.settle(plant)
    late(plant, 2, ("2026-04-01T06:00", "LT-T", "56"))
    close(plant)
    assert boundary(plant, "2026-03-31.N", "2026-04-01.D") == (57_000, 57_000)
    holds(plant)
    assert rows(plant, "residual", w.NEXT_DAY) == [  # the next dip finds 57 t again
        ("stock:T", "site:unreconciled:T", "slurry", -1_000, -18_500, "2026-04-01.N", "2026-04"),
        ("stock:T", "site:unreconciled:T", "slurry", 1_000, 18_500, "2026-04-01.D", "2026-04"),
    ]


# Prices.


def dearer(plant: PlantView) -> PlantView:
    """Slurry cost 190 in March, says today's text."""
    prices = plant.folder / "prices" / "planned.csv"
    prices.write_text(prices.read_text("utf-8").replace("slurry,180,", "slurry,190,"), "utf-8")
    return sl.open(plant.folder)


def test_l7_a_price_changed_in_an_open_month_restates_its_days(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    plant = dearer(plant)
    assert close(plant) == {"2026-03-30": "sealed", w.DAY: "sealed", w.NEXT_DAY: "sealed"}
    assert w.statement(plant, "mill").value == 862_000  # 98 x 190 - 100 x 100
    assert filter_value(plant) == 215_000  # 89 x 250 - 90 x 190 - 20 x 150
    assert rows(plant, "trueup") == []
    assert [row[3:5] for row in rows(plant, "revaluation", w.NEXT_DAY)] == [(57_000, -28_500)]  # 57 x (185 - 190)
    holds(plant, cents=m.CASH + 133_000)  # 7 x 190
    holds(plant, cents=-28_500, day=w.NEXT_DAY)


def test_l7_a_price_changed_in_a_settled_month_moves_nothing_and_is_named(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    w.settle(plant)
    close(plant)
    before = w.postings(plant)
    plant = dearer(plant)
    close(plant)
    assert w.postings(plant) == before
    assert (w.statement(plant, "mill").value, filter_value(plant)) == (764_000, 305_000)
    assert [(str(i.at), i.code, i.message) for i in sl.verify(plant).issues if i.severity == "error"] == [
        ("prices/planned.csv:4", "V003", "price of planned/slurry 180 -> 190; sealed for 2026-03-30 .. 2026-03-31 (2 days)")
    ]
    late(plant, 2, *flow_to_filter("11.225"))
    close(plant)
    assert [row[3:5] for row in rows(plant, "prior")] == [(-200, -3_600), (200, 3_600)], "at the price of the settled month"


def test_l7_the_new_month_revalues_from_the_settled_price(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    w.settle(plant)
    plant = dearer(plant)
    close(plant)
    assert [row[3:5] for row in rows(plant, "revaluation", w.NEXT_DAY)] == [(57_000, 28_500)]  # the books closed at 180
