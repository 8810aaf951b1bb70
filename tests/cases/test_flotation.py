"""Seven months of a real flotation with its traps, against a naive reading of the same file (I1, I8, Q5).

The naive route knows no batch, no quantum and no code of the product: rows of the file, decimals, and the rules as the plant's README says
them. What the product cannot know stays absent or marked, and no figure is absurd.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

import shiftledger as sl
from shiftledger.api import PlantView, StatementView
from shiftledger.api.stores import stored_state
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.results import read_statements
from shiftledger.ledger.statement import Statement
from shiftledger.plant.governing import governing
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Plant
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width

HOURLY = "flotation/flotation_hourly.csv.gz"
SECONDS = "flotation/flotation_20s_first43h_recovered.csv.gz"
EATEN = "flotation/flotation_20s_first43h_mangled_as_found.csv.gz"
VINTAGE = "prices/worldbank_pinksheet_monthly_vintage_2026-{}.csv"
HOUR = timedelta(hours=1)
# The assumptions, as README.md says them.
SOLIDS, PULL, ORE, STARCH, AMINE = (Decimal(one) for one in ("0.52", "0.416", "30", "0.02", "0.15"))
# April whole, and a day or two around each trap.
CLOSED = (
    ("2017-03-10", "2017-03-16"), ("2017-04-01", "2017-04-30"), ("2017-05-13", "2017-05-14"), ("2017-05-20", "2017-05-20"),
    ("2017-08-01", "2017-08-02"), ("2017-08-04", "2017-08-04"),
)  # fmt: skip


# The naive route.


@dataclass(frozen=True)
class Row:
    at: datetime
    pulp: Decimal
    starch: Decimal
    amine: Decimal
    feed: Decimal
    iron: Decimal
    air: Decimal  # of column 04

    @property
    def shift(self) -> str:
        day = self.at - 7 * HOUR
        return f"{day:%Y-%m-%d}.{'DEN'[day.hour // 8]}"


@pytest.fixture(scope="module")
def rows(data_set: Callable[[str], Path]) -> list[Row]:
    with gzip.open(data_set(HOURLY), "rt", encoding="utf-8") as file:
        return [
            Row(
                datetime.fromisoformat(row["date"]),
                *(Decimal(row[name]) for name in ("Ore Pulp Flow", "Starch Flow", "Amina Flow", "% Iron Feed")),
                Decimal(row["% Iron Concentrate"]),
                Decimal(row["Flotation Column 04 Air Flow"]),
            )
            for row in csv.DictReader(file)
        ]


def by_shift(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.shift, []).append(row)
    return found


def frozen(rows: list[Row], hours: int, what: Callable[[Row], Decimal]) -> set[datetime]:
    """Hours whose value was told without a break and without a change for longer than so many hours."""
    found, since = set(), rows[0].at
    for before, row in zip([rows[0], *rows], rows, strict=False):
        if what(row) != what(before) or row.at - before.at > HOUR:
            since = row.at
        if row.at - since > hours * HOUR:
            found.add(row.at)
    return found


def to(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)


def quarter_price(text: Iterable[str], months: tuple[str, str, str]) -> Decimal:
    """The mean of three months, for a tonne of iron."""
    quoted = {row["month"]: Decimal(row["iron_ore_62fe_cfr_usd_dmt"]) for row in csv.DictReader(text)}
    return to(sum((quoted[month] for month in months), Decimal(0)) / 3 / Decimal("0.62"), "0.01")


# The product's route.


@pytest.fixture(scope="module")
def opened(root: Path, tmp_path_factory: pytest.TempPathFactory, data_set: Callable[[str], Path]) -> PlantView:
    folder = root / "plants" / "flotation"
    plant = sl.open(folder, state=tmp_path_factory.mktemp("flotation"))
    assert sl.load(plant, [data_set(HOURLY), folder / "assumed" / "tailings.csv"]).ok
    for start, end in CLOSED:
        done = sl.close(plant, date.fromisoformat(start), date.fromisoformat(end))
        assert done.ok, done.issues
    return plant


def own(root: Path, folder: Path, **changed: str) -> PlantView:
    """A copy of the plant with other text in some files."""
    copytree(root / "plants" / "flotation", folder, ignore=ignore_patterns(".shiftledger"))
    for name, text in changed.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return sl.open(folder)


def shown(plant: PlantView, shift: str) -> StatementView:
    found = sl.statement(plant, shift, "flotation")
    assert found.ok, found.issues
    return found


def quantity(statement: Statement, what: str) -> Decimal | None:
    found = [line.qty * line.quantum for line in statement.lines if line.what == what]
    return found[0] if found else None


@pytest.fixture(scope="module")
def books(opened: PlantView) -> dict[str, Statement]:
    """Every sealed statement by shift, as it is stored."""
    days = [
        date.fromisoformat(start) + timedelta(days=n)
        for start, end in CLOSED
        for n in range((date.fromisoformat(end) - date.fromisoformat(start)).days + 1)
    ]
    with stored_state(opened, create=False) as state:
        closes = {day: seal.close_id for day in days if (seal := last_seal_of(state, day)) is not None}
        return {statement.shift: statement for of_day in read_statements(state, closes).values() for statement in of_day}


def figure(statement: Statement, name: str) -> Decimal | None:
    (found,) = (one for one in statement.figures if one.id == name)
    return None if found.value is None else found.value * found.quantum


# The plant's text.


def test_the_plant_checks_clean_but_for_its_made_up_roster(root: Path) -> None:
    found = sl.check(root / "plants" / "flotation").issues
    assert [(issue.code, issue.severity, issue.at and issue.at.file) for issue in found] == [("P031", "note", "rotations.toml")]


QUARTERS = {
    "2017-01-01": ("2016-09", "2016-10", "2016-11"),
    "2017-04-01": ("2016-12", "2017-01", "2017-02"),
    "2017-07-01": ("2017-03", "2017-04", "2017-05"),
}


def linked(plant: Plant) -> dict[str, Decimal]:
    return {str(row.valid_from): row.price for row in plant.prices if row.link}


def test_l1_the_price_of_a_quarter_is_the_mean_of_three_months_that_end_one_month_before(
    root: Path, data_set: Callable[[str], Path]
) -> None:
    # second quarter: (80.02 + 80.41 + 89.44) / 3 = 83.29; / 0.62 = 134.338...
    found = linked(sl.open(root / "plants" / "flotation").plant)
    for vintage in ("03", "06"):  # the later one tells the same of these months
        text = data_set(VINTAGE.format(vintage)).read_text("utf-8").splitlines()
        assert found == {start: quarter_price(text, months) for start, months in QUARTERS.items()}
    assert found["2017-04-01"] == Decimal("134.34")


def test_l1_what_is_restated_later_moves_no_price(root: Path) -> None:
    text = dict(sl.open(root / "plants" / "flotation").plant.text)
    head = "quote,period,value,unit,published,source\n"
    text["quotes/later.csv"] = head + "iron_ore,2017-01,95.00,USD/dmt,2017-04-02,restated\n"
    assert linked(load_text(text).result)["2017-04-01"] == Decimal("134.34")
    # published a day before the quarter it counts: (80.02 + 95.00 + 89.44) / 3 / 0.62 = 142.182...
    text["quotes/later.csv"] = head + "iron_ore,2017-01,95.00,USD/dmt,2017-04-01,restated\n"
    assert linked(load_text(text).result)["2017-04-01"] == Decimal("142.18")


def test_l7_fields_that_came_later_change_no_input_hash_of_plants_without_them(root: Path) -> None:
    def names(plant: str, table: str, key: str) -> set[str]:
        rows = governing(sl.open(root / "plants" / plant).plant, date(2017, 4, 5))
        return set(next(row.content for row in rows if row.table == table and row.key == key))

    assert not names("flotation", "stream", "pulp") & {"follows", "share"}
    assert names("flotation", "stream", "ore") >= {"follows", "share"}
    assert "max_same" in names("flotation", "meter", "FE-CONC")
    assert "max_same" not in names("flotation", "meter", "FE-TAIL")


# What is loaded.


def test_r4_the_spreadsheets_file_is_refused_with_its_reason(root: Path, tmp_path: Path, data_set: Callable[[str], Path]) -> None:
    plant = sl.open(root / "plants" / "flotation", state=tmp_path)
    found = sl.load(plant, [data_set(EATEN)])
    assert not found.ok
    assert {issue.code for issue in found.issues} == {"R013"}
    assert "decimal signs" in found.issues[0].message
    assert found.reports == ()


def test_r3_the_recovered_rows_are_the_hourly_means(
    root: Path, tmp_path: Path, rows: list[Row], data_set: Callable[[str], Path]
) -> None:
    plant = sl.open(root / "plants" / "flotation", state=tmp_path)
    (report,) = sl.load(plant, [data_set(SECONDS)]).reports
    assert report.tags["PULP"] == 7734
    assert report.tags["STARCH"] == 7734 - 568  # what nobody could recover is absent
    assert sl.close(plant, date(2017, 3, 10), date(2017, 3, 10)).ok
    found = quantity(shown(plant, "2017-03-10.E").statements[0], "pulp")
    expected = sum((row.pulp for row in by_shift(rows)["2017-03-10.E"]), Decimal(0))
    assert found is not None
    assert abs(found / expected - 1) < Decimal("0.00002")
    verified = sl.verify(plant)
    assert verified.report is not None
    assert (verified.ok, verified.report.holds, verified.report.days) == (True, True, 1)


def test_q8_the_unit_of_the_header_leads_to_quarantine_and_absence(
    root: Path, tmp_path: Path, data_set: Callable[[str], Path]
) -> None:
    """2,900 m3/h of starch beside 240 m3/h of pulp: with what can be as limits, the readings wait and nothing is booked."""
    text = (root / "plants" / "flotation" / "meters.csv").read_text("utf-8")
    believed = text.replace("starch,,,L/h,,1h,,12h,,0,12000", "starch,,,m3/h,,1h,,12h,,0,25")
    assert believed != text
    plant = own(root, tmp_path / "plant", meters__csv=believed)
    (report,) = sl.load(plant, [data_set(HOURLY)]).reports
    assert "STARCH" not in report.tags
    assert sl.close(plant, date(2017, 4, 5), date(2017, 4, 5)).ok
    (statement,) = shown(plant, "2017-04-05.D").statements
    assert statement.absent == ("starch",)
    assert not statement.complete


def test_i1_april_from_the_rows_of_the_file(books: dict[str, Statement], rows: list[Row]) -> None:
    april = {shift: own for shift, own in by_shift(rows).items() if "2017-04-01" <= shift <= "2017-04-30.N"}
    assert len(april) == 90
    stale = frozen(rows, 12, lambda row: row.iron)
    assert (
        sum(row.at in stale for own in april.values() for row in own) == 30
    )  # 25 from 31 March on, 3 on the 11th, 2 on the 25th
    totals = dict.fromkeys(("starch", "amine", "ore"), Decimal(0))
    price = Decimal("134.34")
    whole = 0
    for shift, hours in april.items():
        statement = books[shift]
        starch, amine = (to(sum((getattr(row, one) for row in hours), Decimal(0)), "0.1") for one in ("starch", "amine"))
        ore = to(SOLIDS * sum((row.pulp for row in hours), Decimal(0)), "0.001")
        known = [row for row in hours if row.at not in stale]
        iron = to(PULL * sum((row.pulp * row.iron / 100 for row in known), Decimal(0)), "0.001")
        assert [quantity(statement, one) for one in ("starch", "amine", "ore")] == [starch, amine, ore]
        assert quantity(statement, "concentrate") == (iron if known else None)
        assert statement.complete is (len(known) == len(hours))
        value = to(iron * price, "0.01") - sum(
            to(amount * each, "0.01") for amount, each in ((starch, STARCH), (amine, AMINE), (ore, ORE))
        )
        assert statement.value == int(value * 100)
        whole += statement.complete
        for what, amount in (("starch", starch), ("amine", amine), ("ore", ore)):
            totals[what] += amount
    assert whole == 84
    litres = [sum((getattr(row, one) for own in april.values() for row in own), Decimal(0)) for one in ("starch", "amine")]
    assert abs(totals["starch"] - litres[0]) <= Decimal("0.05") * 90
    assert abs(totals["amine"] - litres[1]) <= Decimal("0.05") * 90
    assert abs(totals["ore"] - SOLIDS * sum((row.pulp for own in april.values() for row in own), Decimal(0))) <= Decimal("0.045")


# The traps.


def test_q5_a_feed_that_is_not_below_the_concentrate_gives_no_recovery(
    opened: PlantView, books: dict[str, Statement], rows: list[Row]
) -> None:
    hours = by_shift(rows)["2017-05-13.E"]
    assert sum(row.feed >= row.iron for row in hours) >= 6
    assert figure(books["2017-05-13.E"], "recovery") is None
    found = sl.explain(opened, "indicators/2017-05-13.E/flotation/recovery")
    assert found.node is not None
    assert "concentrate (63.18) is not above feed (64.03)" in found.node.label


def test_q5_an_assay_that_stands_still_for_792_hours_is_stale_after_a_day(
    opened: PlantView, books: dict[str, Statement], rows: list[Row]
) -> None:
    stale = frozen(rows, 24, lambda row: row.feed)
    assert sum(datetime(2017, 5, 13) < at < datetime(2017, 6, 16) for at in stale) == 792 - 25
    assert figure(books["2017-05-20.D"], "recovery") is None
    told = {one.decision.kind for one in sl.explain(opened, "decisions/2017-05-20.D/flotation").decisions}
    assert "stale" in told
    assert "bad" not in told


def test_q5_a_concentrate_that_stands_still_leaves_v_incomplete(books: dict[str, Statement]) -> None:
    part, nothing, again = (books[f"2017-08-0{day}.D"] for day in (1, 2, 4))
    assert ("concentrate" in part.partial, nothing.absent, again.complete) == (True, ("concentrate",), True)


def test_i8_air_that_stands_still_is_absent_and_costs_the_statement_nothing(books: dict[str, Statement], rows: list[Row]) -> None:
    assert len({row.air for row in rows if row.at < datetime(2017, 3, 16)}) == 1
    assert figure(books["2017-03-10.E"], "air") is not None  # the first day is news
    assert figure(books["2017-03-12.D"], "air") is None
    assert books["2017-03-12.D"].complete


def test_i8_the_gap_is_partial_then_absent_then_not_closed(opened: PlantView, books: dict[str, Statement]) -> None:
    begins, within = books["2017-03-15.N"], books["2017-03-16.D"]
    assert set(begins.partial) == {"amine", "concentrate", "ore", "pulp", "starch", "tailings"}
    assert set(within.absent) == set(begins.partial)
    assert (within.value, within.lines) == (0, ())
    refused = sl.close(opened, date(2017, 3, 18), date(2017, 3, 18))
    assert [issue.code for issue in refused.issues] == ["L010"]


def test_i8_no_figure_is_absurd(books: dict[str, Statement]) -> None:
    assert len(books) == 3 * (7 + 30 + 2 + 1 + 2 + 1)
    for statement in books.values():
        recovery = figure(statement, "recovery")
        assert recovery is None or Decimal("0.5") < recovery < 1
        if statement.complete:
            assert 2_000_000 < statement.value < 10_000_000, statement.shift
        else:
            assert statement.absent or statement.partial


def test_l4_no_column_is_absurd_whatever_stands_still(books: dict[str, Statement]) -> None:
    """A whole shift stands within a fifth of its Allowed."""
    for shift, statement in books.items():
        if statement.complete and statement.allowed is not None:
            assert abs(statement.value - statement.allowed) < abs(statement.allowed) // 5, shift
    assert all(one.allowed is not None for one in books.values() if one.complete)


def test_i7_every_figure_that_rests_on_an_assumption_says_so(opened: PlantView) -> None:
    view = shown(opened, "2017-04-05.D")
    (statement,) = view.statements
    marked = {line.what for line in statement.lines if "assumption" in line.marks}
    assert marked == {"ore", "concentrate", "tailings", "starch", "amine"}  # pulp is metered and has no price
    told = view.assumptions["flotation"]
    assert {one.at.partition(":")[0] for one in told} == {
        "streams.toml",
        "standards.csv",
        "prices/planned.csv",
        "factors/dry.csv",
    }
    on_value = [one for one in told if "V" in one.figures]
    assert len(on_value) == 6  # two shares, three prices, one factor; the tailings' share moves no money
    json = view.to_json()
    assert [one["source"] for one in json["assumptions"]["flotation"]] == [one.source for one in told]


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("V 依据假设：6 项", "依据假设")), ("en", ("V rests on assumptions (6)", "rests on assumptions"))]
)
def test_i7_the_statement_says_so_in_both_languages_in_80_columns(opened: PlantView, lang: str, words: tuple[str, str]) -> None:
    text = statement_text(shown(opened, "2017-04-05.D"), lang)
    assert words[0] in text
    assert text.count(words[1]) == 1 + 5 + 2 + (lang == "zh")  # V, five lines, two indicators; English says "rest" of the columns
    assert ("标准与允许依据假设" if lang == "zh" else "Standard and Allowed rest on assumptions") in text
    assert max(width(line) for line in text.splitlines()) <= 80


def test_i7_explain_says_so_at_the_row(opened: PlantView) -> None:
    found = sl.explain(opened, "ledger/2017-04-05.D/flotation/concentrate")
    assert sorted(at.partition(":")[0] for at in found.assumptions) == ["factors/dry.csv", "streams.toml"]


def test_l7_the_mark_is_no_part_of_the_books(books: dict[str, Statement]) -> None:
    assert not any("assumption" in line.marks for statement in books.values() for line in statement.lines)


@pytest.mark.slow
def test_l7_the_books_verify(opened: PlantView) -> None:
    found = sl.verify(opened)
    assert found.ok, found.issues
    assert found.report is not None
    assert found.report.holds
