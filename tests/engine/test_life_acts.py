"""What people decide in the life of a month: suspect meters, settlements, approved prices; all sums by hand (R5, L1, L6, L7)."""

from __future__ import annotations

from pathlib import Path

import shiftledger as sl
import two_tanks as w
from engine import months as m
from engine.months import at, close, filter_value, flow_to_filter, holds, late, rows, spring
from shiftledger.api import PlantView

# Suspect meters.


def suspect(plant: PlantView, start: str, end: str, tag: str = "FT-STEAM") -> None:
    body = {"tag": tag, "start": at(start), "end": at(end)}
    done = sl.act(plant, "suspect", "meter engineer, post 2", "metering", body, "calibration record 7")
    assert done.ok, done.issues


def steam(plant: PlantView) -> list[tuple[str, int, int]]:
    return sorted((p.kind, p.qty, p.amount) for p in w.postings(plant) if p.what == "steam" and p.shift == w.SHIFT)


def test_r5_i8_readings_of_a_suspect_meter_cover_nothing(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    suspect(plant, "2026-03-31T16:00", "2026-03-31T18:00")
    close(plant)
    found = w.statement(plant, "filter")
    assert steam(plant) == [("flow", 15_000, 225_000)], "six of eight hours are known"
    assert found.value == 380_000  # 22,250 - 16,200 - 2,250
    assert any("partial" in line.marks for line in found.lines if line.what == "steam"), found.lines
    holds(plant, cents=m.CASH + 75_000 + m.STOCK)


def test_r5_l6_a_suspect_confirmed_after_the_seal_is_a_trueup(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    assert (steam(plant), filter_value(plant)) == ([("flow", 20_000, 300_000)], 305_000)
    suspect(plant, "2026-03-31T16:00", "2026-03-31T18:00")
    assert set(close(plant)) == {w.DAY}
    assert steam(plant) == [("flow", 20_000, 300_000), ("trueup", -5_000, -75_000)]
    assert filter_value(plant) == 380_000
    holds(plant, cents=m.CASH + 75_000 + m.STOCK)


def test_r5_i8_a_meter_suspect_all_the_shift_makes_the_flow_absent(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    suspect(plant, "2026-03-31T14:00", "2026-03-31T22:00")
    close(plant)
    found = w.statement(plant, "filter")
    assert steam(plant) == []
    assert "steam" in found.absent
    assert found.value == 605_000, "without the steam nobody knows: 22,250 - 16,200"
    holds(plant, cents=m.CASH + 300_000 + m.STOCK)
    later = spring(tmp_path / "later")
    close(later)
    suspect(later, "2026-03-31T14:00", "2026-03-31T22:00")
    close(later)
    assert steam(later) == [("flow", 20_000, 300_000), ("trueup", -20_000, -300_000)]
    assert filter_value(later) == 605_000
    assert "steam" in w.statement(later, "filter").absent


def test_r5_half_open_the_reading_at_the_end_counts_again(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    suspect(plant, "2026-03-31T14:00:00.000001", "2026-03-31T16:00")
    close(plant)
    assert steam(plant) == [("flow", 20_000, 300_000)], "the readings of 14:00 and 16:00 lie outside"


def test_r5_l6_a_suspect_confirmed_after_the_settlement_is_prior_period(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    w.settle(plant)
    before = w.postings(plant)
    suspect(plant, "2026-03-31T16:00", "2026-03-31T18:00")
    close(plant)
    assert tuple(p for p in w.postings(plant) if p.kind != "prior") == before
    assert rows(plant, "prior") == [("outside", "site:prior-period", "steam", -5_000, -75_000, w.SHIFT, "2026-04")]
    assert filter_value(plant) == 305_000
    holds(plant, cents=m.CASH + 75_000 + m.STOCK)


# Settling.


def refusal(plant: PlantView, month: str) -> list[str]:
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": month})
    assert done.act is None
    assert {issue.code for issue in done.issues} == {"L012"}
    return [issue.message for issue in done.issues]


def test_l7_settling_needs_every_day_sealed_and_up_to_date(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    assert refusal(plant, "2026-03") == ["2026-03 cannot be settled: no day is sealed"]
    close(plant, last=m.BEGIN)
    assert refusal(plant, "2026-03") == ["2026-03 cannot be settled: not sealed: 2026-03-31"]
    assert refusal(plant, "2026-02") == ["2026-02 cannot be settled: the books began on 2026-03-30"]
    close(plant)
    missing = "2026-04-04, 2026-04-05, 2026-04-06, 2026-04-07, 2026-04-08 ..."
    assert refusal(plant, "2026-04") == [f"2026-04 cannot be settled: not sealed: {missing}"]
    late(plant, 2, *flow_to_filter("11.225"))
    assert refusal(plant, "2026-03") == ["2026-03 cannot be settled: 2026-03-31 has newer inputs than its seal"]
    close(plant)
    w.settle(plant)
    assert refusal(plant, "2026-03") == ["2026-03 cannot be settled: it is settled already"]
    holds(plant)


def test_l7_a_settlement_binds_to_the_seals_of_its_days(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    close(plant)
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": "2026-03"}, "minutes of 2026-04-02")
    assert done.act is not None
    seals = [sl.statement(plant, f"{day}.E").seal for day in ("2026-03-30", w.DAY)]
    assert done.act.evidence.split()[-2:] == [seal.hash for seal in seals if seal]
    assert done.act.evidence.startswith("minutes of 2026-04-02 ")
    assert len(done.act.on_hash) == 64


# Approved prices.


def test_l1_r5_unapproved_prices_close_nothing_and_an_approval_lapses_with_a_digit(tmp_path: Path) -> None:
    plant = spring(tmp_path)
    settings = plant.folder / "plant.toml"
    settings.write_text(settings.read_text("utf-8") + "price_approval = true\n", "utf-8")
    plant = sl.open(plant.folder)

    def attempt() -> tuple[list[str], set[str]]:
        done = sl.close(plant, w.DAY, w.DAY)
        assert done.report is not None
        return [f"{i.at}: {i.code}: {i.message}" for i in done.issues if i.severity == "error"], {
            d.outcome for d in done.report.days
        }

    refused = (['prices/planned.csv: L003: price set "planned" is not approved as it stands'], {"refused"})
    assert attempt() == refused
    approve = ("head of finance, post 1", "finance", {"what": "prices/planned"})
    assert sl.act(plant, "approve", *approve).ok
    assert attempt() == ([], {"sealed"})
    prices = plant.folder / "prices" / "planned.csv"
    text = prices.read_text("utf-8")
    prices.write_text("# a remark\n" + text, "utf-8")
    plant = sl.open(plant.folder)
    assert attempt() == ([], {"unchanged"}), "a remark is no price"
    prices.write_text(text.replace("ore,100,", "ore,101,"), "utf-8")
    plant = sl.open(plant.folder)
    assert attempt() == (
        ['prices/planned.csv:3: L003: the price of "ore" is not approved for 2026-03-31: price 100 -> 101'],
        {"refused"},
    )
    assert sl.act(plant, "approve", *approve).ok
    assert attempt() == ([], {"sealed"})
    assert w.statement(plant, "mill").value == 754_000  # 98 x 180 - 100 x 101
    holds(plant, cents=m.CASH - 10_000 + m.STOCK)


# What a statement says of a line.


def test_i8_what_is_said_of_one_stream_is_not_said_of_another_of_its_material(tmp_path: Path) -> None:
    """The filter holds the tank and draws from it unmetered: that stream is derived, what the mill gives is metered. # FORMATS"""
    folder = w.copy(tmp_path)
    for name, old, new in (
        ("stocks.toml", 'held_by = "site"', 'held_by = "filter"'),
        ("meters.csv", "FT-FILTER,", "# FT-FILTER,"),
    ):
        (folder / name).write_text((folder / name).read_text("utf-8").replace(old, new), "utf-8")
    plant = sl.open(folder)
    sl.load(plant, [folder / name for name in (*w.BASE, w.MOISTURE)], known_at=w.SOON)
    w.reclose(plant)
    found = w.statement(plant, "filter")
    slurry = {line.other: (line.kind, line.marks) for line in found.lines if line.what == "slurry"}
    assert slurry["area:mill"] == ("flow", ())
    assert "derived" in found.marks, "said of the shift, since its stream is internal and has no line"
