"""A year of a real steel works, shift by shift, against a naive reading of the same file (I1: an independent route)."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

import shiftledger as sl
from one_day import misprints
from shiftledger.api import LoadView, PlantView
from shiftledger.core.period import HOUR, instant
from shiftledger.ledger.results import statement_of
from shiftledger.ledger.statement import Statement
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Plant
from shiftledger.plant.roster import crews_on, shifts_of
from shiftledger.readings.delta import open_table
from shiftledger.readings.sources.files import read_file

FILE = "steel_daewoo_15min/steel_industry_15min.csv.gz"
PLANNED = Decimal(138)
TARIFF = {"Light_Load": Decimal(60), "Medium_Load": Decimal(110), "Maximum_Load": Decimal(190)}
DAYS = [date(2018, 1, 1) + timedelta(days=n) for n in range(365)]
SHIFTS = [f"{day}.{slot}" for day in DAYS for slot in "NDE"]
BASE = [day for day in DAYS if day < date(2018, 4, 1)]
COLUMNS = {
    "USAGE": "Usage_kWh",
    "REACTIVE-LAGGING": "Lagging_Current_Reactive.Power_kVarh",
    "REACTIVE-LEADING": "Leading_Current_Reactive_Power_kVarh",
    "LOAD_TYPE": "Load_Type",
    "WEEK": "WeekStatus",
}


# The naive route: no calendar, no batch, no quantum of the product.


@dataclass(frozen=True)
class Quarter:
    """One row: the local time at which its 15 minutes began, and what it says."""

    start: datetime
    kwh: Decimal
    lagging: Decimal
    leading: Decimal
    band: str
    weekend: bool

    @property
    def shift(self) -> str:
        return f"{self.start.date()}.{'NDE'[self.start.hour // 8]}"


@pytest.fixture(scope="module")
def file(data_set: Callable[[str], Path]) -> Path:
    return data_set(FILE)


@pytest.fixture(scope="module")
def quarters(file: Path) -> list[Quarter]:
    found = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            end = datetime.strptime(row["date"], "%d/%m/%Y %H:%M")
            end += timedelta(days=1) if end.hour == end.minute == 0 else timedelta(0)  # trap 1: midnight on the old date
            kwh, lagging, leading = (Decimal(row[COLUMNS[tag]]) for tag in ("USAGE", "REACTIVE-LAGGING", "REACTIVE-LEADING"))
            start = end - timedelta(minutes=15)  # trap 2: the stamp is the end
            found.append(Quarter(start, kwh, lagging, leading, row["Load_Type"], row["WeekStatus"] == "Weekend"))
    assert all(later.start - earlier.start == timedelta(minutes=15) for earlier, later in pairwise(found))
    return found


K = TypeVar("K")


def summed(rows: Iterable[Quarter], key: Callable[[Quarter], K], of: Callable[[Quarter], Decimal]) -> dict[K, Decimal]:
    totals: dict[K, Decimal] = {}
    for row in rows:
        totals[key(row)] = totals.get(key(row), Decimal(0)) + of(row)
    return totals


def won(value: Decimal) -> int:
    """Rounded half away from zero to the won. # L5"""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


# The product's route.


@dataclass(frozen=True)
class Year:
    """The loaded and closed year."""

    plant: PlantView
    loaded: LoadView
    hashes: Mapping[str, str]
    statements: tuple[Statement, ...]
    postings: tuple[dict[str, Any], ...]

    def qty(self, what: str) -> dict[str, Decimal]:
        """Quantity taken of one thing by shift, in its unit."""
        return {s.shift: line.qty * line.quantum for s in self.statements for line in s.lines if line.what == what}


@pytest.fixture(scope="module")
def year(root: Path, file: Path, tmp_path_factory: pytest.TempPathFactory) -> Year:
    plant = sl.open(root / "plants" / "steel-energy", state=tmp_path_factory.mktemp("steel"))
    loaded = sl.load(plant, [file])
    assert loaded.ok, loaded.issues
    assert loaded.issues == ()
    closed = sl.close(plant)
    assert closed.ok, closed.issues
    assert closed.issues == ()
    assert closed.report is not None
    hashes = {str(done.day): done.seal.result_hash for done in closed.report.days if done.seal}
    rows = {name: open_table(plant.state_folder / "results" / name) for name in ("statements", "postings")}
    tables = {name: table.to_pyarrow_table().to_pylist() for name, table in rows.items() if table}
    statements = sorted((statement_of(json.loads(row["body"])) for row in tables["statements"]), key=lambda s: s.start)
    return Year(plant, loaded, hashes, tuple(statements), tuple(tables["postings"]))


# The plant's text: no readings needed.


def steel(root: Path) -> Plant:
    opened: PlantView = sl.open(root / "plants" / "steel-energy")
    return opened.plant


def test_the_plant_checks_clean_but_for_its_made_up_roster(root: Path) -> None:
    found = sl.check(root / "plants" / "steel-energy").issues
    assert [(issue.code, issue.severity, issue.at and issue.at.file) for issue in found] == [("P031", "note", "rotations.toml")]


@pytest.mark.parametrize(("old", "new", "codes"), [("hour,electricity", "hour,power", ["P012"]), ("kWh/h", "h/h", ["P018"] * 6)])
def test_l4_an_hourly_standard_is_of_a_material_in_its_unit_per_hour(root: Path, old: str, new: str, codes: list[str]) -> None:
    """A name that is not there is told once, a wrong unit in every row that has it."""
    text = dict(steel(root).text)
    text["standards.csv"] = text["standards.csv"].replace(old, new)
    found = check(load_text(text).result)
    assert [issue.code for issue in found if issue.at and issue.at.file == "standards.csv"] == codes


@pytest.mark.parametrize("name", ["steel_industry_15min.csv", "steel_industry_15min.csv.gz", "Steel_industry_data.csv"])
def test_r3_a_row_counts_until_its_stamp_and_midnight_ends_the_old_day(root: Path, tmp_path: Path, name: str) -> None:
    text = ",".join(["date", *COLUMNS.values(), "NSM"]) + "\n"
    text += "31/03/2018 23:45,3.25,1.5,0.0,Light_Load,Weekend,85500\n31/03/2018 00:00,3.67,3.02,0.07,Medium_Load,Weekday,0\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    batch = read_file(steel(root), path).result
    assert (batch.issues, batch.rejected) == ((), ())
    midnight = instant(datetime.fromisoformat("2018-04-01T00:00+09:00"))
    quarter = HOUR // 4
    found = sorted(zip([batch.tags[i] for i in batch.tag], batch.ts - midnight, batch.value, strict=True))
    assert found == [
        ("LOAD_TYPE", -2 * quarter, 1.0), ("LOAD_TYPE", -quarter, 2.0),
        ("REACTIVE-LAGGING", -quarter, 1.5), ("REACTIVE-LAGGING", 0, 3.02),
        ("REACTIVE-LEADING", -quarter, 0.0), ("REACTIVE-LEADING", 0, 0.07),
        ("USAGE", -quarter, 3.25), ("USAGE", 0, 3.67),
        ("WEEK", -2 * quarter, 1.0), ("WEEK", -quarter, 0.0),
    ]  # fmt: skip


def test_t3_the_roster_gives_every_crew_the_rest_of_two_two_two_two(root: Path) -> None:
    plant = steel(root)
    worked: dict[str, list[tuple[int, int]]] = {}
    for shift in (shift for day in DAYS[:80] for shift in shifts_of(plant, day)):
        (crew,) = crews_on(plant, "steel", shift)
        worked.setdefault(crew.crew, []).append((shift.span.start, shift.span.end))
    assert sorted(worked) == ["steel/A", "steel/B", "steel/C", "steel/D"]
    for spans in worked.values():
        rests = Counter((later[0] - earlier[1]) // HOUR for earlier, later in pairwise(spans))
        assert len(spans) == 60
        assert set(rests) == {16, 24, 48}
    assert {shift.span.hours for day in DAYS for shift in shifts_of(plant, day)} == {8}


# A year of readings.


def test_r1_every_reading_of_every_column_is_loaded(year: Year, quarters: list[Quarter]) -> None:
    (report,) = year.loaded.reports
    assert report.tags == dict.fromkeys(sorted(COLUMNS), 35_040)
    assert (report.appended, report.quarantined) == (5 * 35_040, 0)
    assert sum(row.kwh for row in quarters) == Decimal("959636.71")


def test_t2_365_whole_days_give_1095_statements(year: Year) -> None:
    assert [s.shift for s in year.statements] == SHIFTS
    assert list(year.hashes) == [str(day) for day in DAYS]
    assert all((s.absent, s.marks, s.stocks) == ((), (), ()) for s in year.statements)
    assert {s.synthetic for s in year.statements} == {True}


def test_q1_energy_of_every_shift_is_the_sum_of_its_quarters(year: Year, quarters: list[Quarter]) -> None:
    assert year.qty("electricity") == summed(quarters, lambda q: q.shift, lambda q: q.kwh)
    assert year.qty("reactive_lagging") == summed(quarters, lambda q: q.shift, lambda q: q.lagging)
    assert year.qty("reactive_leading") == summed(quarters, lambda q: q.shift, lambda q: q.leading)


def test_l1_l5_a_shift_costs_its_energy_at_the_planned_price(year: Year, quarters: list[Quarter]) -> None:
    energy = summed(quarters, lambda q: q.shift, lambda q: q.kwh)
    assert {s.shift: s.value for s in year.statements} == {shift: -won(kwh * PLANNED) for shift, kwh in energy.items()}
    lines = [line for s in year.statements for line in s.lines]
    assert {line.what for line in lines if line.amount} == {"electricity"}
    assert {line.price for line in lines if line.what == "electricity"} == {PLANNED}


def test_l1_price_rows_are_the_tariff_less_the_planned_cost(year: Year, quarters: list[Quarter]) -> None:
    by_band = summed(quarters, lambda q: (q.shift, q.band), lambda q: q.kwh)
    expected = {
        (shift, f"electricity@{band}"): (int(kwh * 100), won(kwh * (TARIFF[band] - PLANNED)))
        for (shift, band), kwh in by_band.items()
    }
    rows = [row for row in year.postings if row["kind"] == "price"]
    assert {(row["from"], row["to"], row["crew"]) for row in rows} == {("outside:grid", "site:price", "")}
    assert {(row["shift"], row["what"]): (row["qty"], row["amount"]) for row in rows} == expected
    assert len(rows) == len(expected)
    tariff = sum((q.kwh * TARIFF[q.band] for q in quarters), Decimal(0))
    planned = sum((q.kwh for q in quarters), Decimal(0)) * PLANNED
    assert abs(sum(row["amount"] for row in rows) - (tariff - planned)) <= Decimal(len(rows)) / 2


def test_i1_the_money_check(year: Year, quarters: list[Quarter]) -> None:
    """Area values and site accounts are what was paid, by the meter and the tariff; there are no stocks to change."""
    energy = summed(quarters, lambda q: q.shift, lambda q: q.kwh)
    by_band = summed(quarters, lambda q: (q.shift, q.band), lambda q: q.kwh)
    roundings = [won(kwh * PLANNED) for kwh in energy.values()]
    roundings += [won(kwh * (TARIFF[band] - PLANNED)) for (_, band), kwh in by_band.items()]
    areas = sum(s.value for s in year.statements)
    site: Counter[str] = Counter()
    for row in year.postings:
        for account, sign in ((row["from"], 1), (row["to"], -1)):
            if account.startswith("site:"):
                site[account] += sign * row["amount"]
    assert set(site) == {"site:price"}
    assert areas + sum(site.values()) == -sum(roundings)
    bill = sum((q.kwh * TARIFF[q.band] for q in quarters), Decimal(0))
    assert abs(areas + sum(site.values()) + bill) <= Decimal(len(roundings)) / 2


def test_i1_months_are_the_meter_without_shifts(year: Year, quarters: list[Quarter]) -> None:
    months = summed(quarters, lambda q: f"{q.start:%Y-%m}", lambda q: q.kwh)
    assert len(months) == 12
    energy = year.qty("electricity")
    for month, kwh in months.items():
        own = [s for s in year.statements if s.month == month]
        assert sum(energy[s.shift] for s in own) == kwh
        assert abs(sum(s.value for s in own) + kwh * PLANNED) <= Decimal(len(own)) / 2


def test_n1_n4_carbon_dioxide_and_power_factor_of_every_shift(year: Year, quarters: list[Quarter]) -> None:
    kwh = summed(quarters, lambda q: q.shift, lambda q: q.kwh)
    lagging = summed(quarters, lambda q: q.shift, lambda q: q.lagging)
    for s in year.statements:
        found = {figure.id: (figure.value * figure.quantum if figure.value is not None else None) for figure in s.figures}
        mwh = kwh[s.shift] / 1000
        factor = kwh[s.shift] / (kwh[s.shift] ** 2 + lagging[s.shift] ** 2).sqrt()
        assert found == {
            "energy": kwh[s.shift],
            "co2": (mwh * Decimal("0.42")).quantize(Decimal("0.001"), ROUND_HALF_UP),
            "power_factor": factor.quantize(Decimal("0.0001"), ROUND_HALF_UP),
        }


def means(quarters: list[Quarter]) -> dict[tuple[str, bool | None], Decimal]:
    """kWh per hour in January to March by slot: of all shifts (None), of weekday (False) and weekend shifts (True)."""
    base = [q for q in quarters if q.start.date() <= BASE[-1]]
    hours = {key: Decimal(count) / 4 for key, count in Counter((q.shift[-1], q.weekend) for q in base).items()}
    kwh = summed(base, lambda q: (q.shift[-1], q.weekend), lambda q: q.kwh)
    found: dict[tuple[str, bool | None], Decimal] = {key: kwh[key] / hours[key] for key in hours}
    for slot in "NDE":
        found[slot, None] = (kwh[slot, False] + kwh[slot, True]) / (hours[slot, False] + hours[slot, True])
    return found


def test_l4_the_standards_are_the_means_of_the_base(root: Path, quarters: list[Quarter]) -> None:
    share = Decimal(sum(day.weekday() >= 5 for day in BASE)) / len(BASE)
    mean = means(quarters)
    expected: dict[tuple[str, str], tuple[Decimal, Decimal | None]] = {(slot, ""): (mean[slot, None], None) for slot in "NDE"}
    expected |= {(slot, "weekend"): (mean[slot, True] - mean[slot, False], share) for slot in "NDE"}
    rows = {(row.slot, row.condition): row for row in steel(root).standards}
    assert set(rows) == set(expected)
    for key, (value, reference) in expected.items():
        assert rows[key].value == value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert rows[key].reference == (None if reference is None else reference.quantize(Decimal("0.0001")))
        assert rows[key].source.startswith("base")


def test_l4_the_script_prints_the_rows_of_standards_csv(root: Path, file: Path) -> None:
    printed = subprocess.run(
        [sys.executable, str(root / "bench" / "steel_standards.py"), str(file)], capture_output=True, check=True, text=True
    ).stdout
    text = (root / "plants" / "steel-energy" / "standards.csv").read_text("utf-8")
    assert printed.splitlines() == [line for line in text.splitlines() if line.startswith("steel,")]


def test_l4_standard_allowed_and_actual_of_every_shift(year: Year, quarters: list[Quarter]) -> None:
    mean = {key: value.quantize(Decimal("0.0001")) for key, value in means(quarters).items()}
    for s in year.statements:
        slot, weekend = s.shift[-1], date.fromisoformat(s.day).weekday() >= 5
        assert s.standard is not None
        assert s.allowed is not None
        # The rows have two decimals: 0.005 kWh/h over 8 h at 138; twice that, and 0.00003 of the share, for Allowed.
        assert abs(s.standard + mean[slot, None] * 8 * PLANNED) <= 8
        assert abs(s.allowed + mean[slot, weekend] * 8 * PLANNED) <= 25
        steps = [(step.name, step.item, step.amount) for step in s.steps]
        assert steps == [("conditions", "", s.allowed - s.standard), ("usage", "electricity", s.value - s.allowed)]
        assert [(c.name, c.value) for c in s.conditions] == [("weekend", 1000 if weekend else 0)]


def test_l4_the_base_as_a_whole_meets_its_standard(year: Year) -> None:
    """The mean of Standard over the base is the mean of Actual, and so is that of Allowed."""
    base = [s for s in year.statements if s.day <= str(BASE[-1])]
    actual = sum(s.value for s in base)
    assert abs(sum(s.standard or 0 for s in base) - actual) <= 8 * len(base)
    assert abs(sum(s.allowed or 0 for s in base) - actual) <= 8 * len(base)


def test_i8_plan_is_absent_with_its_reason(year: Year) -> None:
    assert {(s.plan, s.reasons) for s in year.statements} == {(None, ("no budget",))}


def test_l4_every_formula_of_a_weekday_and_a_sunday_comes_out_on_a_pocket_calculator(year: Year) -> None:
    assert misprints(year.plant, "2018-01-03", "2018-01-07") == []


def test_l3_one_statement_as_published(year: Year) -> None:
    found = sl.statement(year.plant, "2018-01-03.D", "steel")
    assert found.ok
    (s,) = found.statements
    assert (s.value, s.standard, s.allowed, s.plan) == (-279_951, -243_719, -301_690, None)
    assert s.crews == ("steel/D",)
    assert found.site == {"site:price": 28_769}
    assert (found.currency, found.money_decimals) == ("KRW", 0)


AGAIN = """
import json, sys
import shiftledger as sl
plant = sl.open(sys.argv[1], state=sys.argv[2])
assert sl.load(plant, [sys.argv[3]]).ok
done = sl.close(plant, sys.argv[4], sys.argv[5])
print(json.dumps({str(day.day): day.seal.result_hash for day in done.report.days}))
"""


def again(root: Path, file: Path, tmp_path: Path, days: tuple[date, date], order: Callable[[list[str]], None]) -> dict[str, str]:
    """Result hashes by day from another process with another hash seed, locale and time zone, rows in another order."""
    header, *rows = gzip.decompress(file.read_bytes()).decode().splitlines()
    order(rows)
    shuffled = tmp_path / "steel_industry_15min.csv"
    shuffled.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    env = {
        **os.environ, "PYTHONPATH": str(root / "src"), "PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns",
    }  # fmt: skip
    plant = root / "plants" / "steel-energy"
    command = [sys.executable, "-c", AGAIN, str(plant), str(tmp_path / "state"), str(shuffled), str(days[0]), str(days[1])]
    out = subprocess.run(command, capture_output=True, check=True, text=True, env=env, cwd=tmp_path).stdout
    hashes: dict[str, str] = json.loads(out)
    return hashes


def test_i5_order_hash_seed_locale_and_zone_change_nothing(root: Path, file: Path, year: Year, tmp_path: Path) -> None:
    days = (date(2018, 2, 20), date(2018, 3, 10))
    found = again(root, file, tmp_path, days, random.Random(7).shuffle)
    assert len(found) == 19
    assert found == {day: year.hashes[day] for day in found}


@pytest.mark.slow
@pytest.mark.sweep  # three weeks shuffled, above, are in every run
def test_i5_the_whole_year_backwards_gives_the_same_books(root: Path, file: Path, year: Year, tmp_path: Path) -> None:
    assert again(root, file, tmp_path, (DAYS[0], DAYS[-1]), list.reverse) == year.hashes


@pytest.mark.slow
def test_l7_the_year_verifies(year: Year) -> None:
    found = sl.verify(year.plant)
    assert found.ok, found.issues
    assert found.report is not None
    assert (found.report.days, found.report.holds) == (365, True)
