"""plants/two-tanks holds what worked example W gives (METHOD W; FORMATS, "plants/two-tanks"), and checks clean."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shiftledger.plant.checks import check
from shiftledger.plant.load import open_folder
from shiftledger.plant.model import Plant, Standard
from shiftledger.plant.roster import crews_on, shifts_of
from shiftledger.plant.schema import FIELDS_OF

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 1)
BERLIN = ZoneInfo("Europe/Berlin")
ONE_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "plants" / "two-tanks"


@pytest.fixture(scope="module")
def plant(folder: Path) -> Plant:
    outcome = open_folder(folder)
    assert outcome.issues == ()
    return outcome.result


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_w_checks_clean(plant: Plant) -> None:
    assert check(plant) == ()


def test_w_everything_has_its_names(plant: Plant) -> None:
    rows = [
        *plant.areas.values(),
        *plant.units.values(),
        *plant.streams.values(),
        *plant.stocks.values(),
        *plant.materials.values(),
    ]
    assert all(row.name_zh and row.name_en for row in rows)


def test_w_the_flowsheet(plant: Plant) -> None:
    ends = {s.id: (plant.account_of(s.source), plant.account_of(s.target), s.material) for s in plant.streams.values()}
    assert ends == {
        "ore-in": ("outside", "area:mill", "ore"),
        "mill-slurry": ("area:mill", "stock:T", "slurry"),
        "filter-slurry": ("stock:T", "area:filter", "slurry"),
        "product-out": ("area:filter", "outside", "product"),
        "steam": ("outside", "area:filter", "steam"),
    }
    assert plant.stocks["T"].held_by == "site"
    assert {material.quantum for material in plant.materials.values()} == {Decimal("0.001")}
    assert all(not unit.conserves for unit in plant.units.values())


def test_t2_t3_shifts_and_crews(plant: Plant) -> None:
    shifts = {shift.id: shift for shift in shifts_of(plant, MARCH)}
    assert list(shifts) == ["2026-03-31.D", "2026-03-31.E", "2026-03-31.N"]
    for area in ("mill", "filter"):
        crews = [crews_on(plant, area, shift)[0].crew for shift in shifts.values()]
        assert crews == [f"{area}/C", f"{area}/A", f"{area}/B"]
    assert [slot.start for slot in plant.rotations["four-crews"].slots] == [time(6), time(14), time(22)]
    (night,) = (shift for shift in shifts_of(plant, date(2026, 3, 28)) if shift.slot == "N")
    assert night.span.hours == 7


def test_w_prices_budget_and_standards(plant: Plant) -> None:
    prices = {(p.material, p.valid_from, p.valid_to): p.price for p in plant.prices}
    assert prices == {
        ("ore", None, None): 100,
        ("slurry", None, MARCH): 180,
        ("slurry", APRIL, None): 185,
        ("product", None, None): 250,
        ("steam", None, None): 150,
    }
    assert [(b.area, b.item, b.kind, b.qty, b.per, b.day, b.slot) for b in plant.budget] == [
        ("mill", "slurry", "output", 95, "shift", MARCH, "E"),
        ("filter", "product", "output", 86, "shift", MARCH, "E"),
    ]

    def shown(s: Standard) -> tuple[object, ...]:
        return (s.area, s.output, s.item, s.basis, str(s.value), s.condition, s.reference)

    assert [shown(s) for s in plant.standards] == [
        ("mill", "slurry", "ore", "yield", "0.97", "", None),
        ("filter", "product", "slurry", "yield", "0.985", "", None),
        ("filter", "product", "steam", "usage", "0.220", "", None),
        ("filter", "product", "steam", "usage", "0.005", "moisture", Decimal(8)),
    ]


def test_w_meters(plant: Plant) -> None:
    rates = [meter for meter in plant.meters if meter.kind == "rate"]
    assert len(rates) == 5
    assert {(meter.limit, meter.white, meter.max_gap) for meter in rates} == {(Decimal("0.003"), Decimal(0), 2 * 3600 * 10**6)}
    (dip,) = plant.meters_of(MARCH, stock="T")
    assert (dip.kind, dip.sigma) == ("level", Decimal("0.05"))
    (moisture,) = (meter for meter in plant.meters if meter.kind == "lab")
    assert (moisture.component, moisture.stream, moisture.max_hold) == ("moisture", "product-out", 8 * 3600 * 10**6)
    assert FIELDS_OF["meter"]


def test_w_readings_of_the_shift(plant: Plant, folder: Path) -> None:
    """Hourly rates held for an hour give exactly 100, 98, 90, 89 and 20 t in the shift, and nothing elsewhere."""
    rows = [row for row in read(folder / "readings" / "meters.csv") if row["tag"].startswith("FT")]
    start, end = datetime(2026, 3, 31, 14, tzinfo=BERLIN), datetime(2026, 3, 31, 22, tzinfo=BERLIN)
    sums: dict[str, Decimal] = {}
    for row in rows:
        inside = start <= datetime.fromisoformat(row["time"]) < end
        assert inside or Decimal(row["value"]) == 0
        sums[row["tag"]] = sums.get(row["tag"], Decimal(0)) + Decimal(row["value"])
    streams = {meter.tag: meter.stream for meter in plant.meters}
    assert {streams[tag]: total for tag, total in sums.items()} == {
        "ore-in": 100, "mill-slurry": 98, "filter-slurry": 90, "product-out": 89, "steam": 20,
    }  # fmt: skip


def test_w_readings_cover_both_days_without_a_gap(plant: Plant, folder: Path) -> None:
    first, last = datetime(2026, 3, 31, 6, tzinfo=BERLIN), datetime(2026, 4, 2, 7, tzinfo=BERLIN)
    stamps: dict[str, list[datetime]] = {}
    for row in read(folder / "readings" / "meters.csv"):
        assert row["time"].endswith("+02:00")
        stamps.setdefault(row["tag"], []).append(datetime.fromisoformat(row["time"]))
    assert set(stamps) == {meter.tag for meter in plant.meters if meter.kind in ("rate", "level")}
    hours = [first + ONE_HOUR * step for step in range(50)]
    assert hours[-1] == last
    assert all(times == hours for tag, times in stamps.items() if tag.startswith("FT"))


def test_w_dips(folder: Path) -> None:
    dips = {row["time"][:16]: row["value"] for row in read(folder / "readings" / "meters.csv") if row["tag"] == "LT-T"}
    before = dict.fromkeys(("2026-03-31T06:00", "2026-03-31T14:00"), "50.000")
    after = ("2026-03-31T22:00", "2026-04-01T06:00", "2026-04-01T14:00", "2026-04-01T22:00", "2026-04-02T06:00")
    assert dips == before | dict.fromkeys(after, "57.000")


def test_w_late_results(folder: Path) -> None:
    (moisture,) = read(folder / "readings" / "moisture.csv")
    assert moisture == {"time": "2026-03-31T14:00:00+02:00", "tag": "LAB-MOISTURE", "value": "10"}
    late = read(folder / "late" / "filter-slurry.csv")
    assert sum(Decimal(row["value"]) for row in late) == Decimal("89.800")
    assert {row["tag"] for row in late} == {"FT-FILTER"}
    known = {row["time"] for row in read(folder / "readings" / "meters.csv") if row["tag"] == "FT-FILTER" and row["value"] != "0"}
    assert {row["time"] for row in late} == known
