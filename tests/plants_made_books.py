"""What do the books of a made-up plant say, read through the public verbs and the stored rows? And which laws must hold of them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import plants_made_money as money
import shiftledger as sl
from plants_made import HOUR, Made
from plants_made_readings import reading_files, stamp, write
from plants_made_text import plant_files
from properties.closing import results
from shiftledger.api import PlantView
from shiftledger.ledger.posting import balances
from shiftledger.ledger.results import DayResult

Books = Mapping[date, DayResult]


def opened(plant: Made, folder: Path, text: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None) -> PlantView:
    """The plant as a folder with all its files of readings, nothing loaded."""
    return sl.open(write(folder, {**(text or plant_files(plant)), **(reading_files(plant) if files is None else files)}))


def load(view: PlantView, names: Iterable[str], known_at: str) -> None:
    done = sl.load(view, [view.folder / name for name in names], known_at=known_at)
    assert done.ok, done.issues


def close(view: PlantView, days: Sequence[date]) -> dict[date, str]:
    done = sl.close(view, days[0], days[-1])
    assert done.ok, [issue for issue in done.issues if issue.severity in ("error", "disqualified")]
    assert done.report is not None
    return {day.day: day.outcome for day in done.report.days}


def soon(plant: Made, hours: int = 1) -> str:
    return stamp(plant.span[1] + hours * HOUR)


def closed(
    plant: Made, folder: Path, text: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> tuple[PlantView, Books]:
    """Everything loaded at once and every day closed."""
    view = opened(plant, folder, text, files)
    load(view, reading_files(plant) if files is None else files, soon(plant))
    close(view, plant.labels)
    return view, results(view, plant.labels)


def site(rows: Iterable[object]) -> int:
    """The site's accounts together."""
    return sum(amount for account, amount in balances(rows).items() if account.startswith("site:"))  # type: ignore[arg-type]


# Laws.


def money_holds(plant: Made, books: Books) -> None:
    """The money check of every day and of the period, against raw truth. # I1"""
    together = 0
    for day in plant.labels:
        own = [row for row in books[day].postings if row.kind != "prior"]
        found = sum(s.value for s in books[day].statements) + site(own)
        assert found == money.day_result(plant, day), (plant.seed, day, found, money.day_result(plant, day))
        assert sum(balances(own).values()) == 0
        together += found
    assert together == sum(money.day_result(plant, day) for day in plant.labels)


def flows_hold(plant: Made, books: Books) -> None:
    """Every metered flow of every cell, and every derived or billed one of every day, is the truth. # I1"""
    found: Counter[money.Way] = Counter()
    for day, result in books.items():
        order = {cell: i for i, cell in enumerate(cells_in_order(result))}
        for row in result.postings:
            if row.kind in ("flow", "stock", "trueup") and row.what in plant.materials and _is_flow(row.source, row.target):
                found[f"{day}#{order[row.shift]}", row.source, row.target, row.what] += row.qty
    truth, unsure = money.flows_of_cells(plant), money.unsure(plant)
    sure, expected = ({way: n for way, n in each.items() if n and way[1:] not in unsure} for each in (found, truth))
    assert sure == expected, plant.seed
    assert _by_day(found) == _by_day(truth, money.flows_of_days(plant)), plant.seed


def _by_day(*cells: Counter[money.Way]) -> dict[money.Way, int]:
    total: Counter[money.Way] = Counter()
    for each in cells:
        for (cell, source, target, what), quanta in each.items():
            total[cell.partition("#")[0], source, target, what] += quanta
    return {way: quanta for way, quanta in total.items() if quanta}


def _is_flow(source: str, target: str) -> bool:
    return not any(end.startswith("site:") for end in (source, target))


def cells_in_order(result: DayResult) -> list[str]:
    """The day's cells by time: their names sort so, or they are the shifts of all areas."""
    named = sorted({row.shift for row in result.postings})
    by_time = {s.shift: s.start for s in result.statements}
    return sorted(named, key=lambda cell: by_time[cell]) if set(named) <= set(by_time) else named


def statements_hold(plant: Made, books: Books) -> None:
    """Lines sum to V, bridges to Actual, in coins; shifts of an area to the day's balance of its accounts. # L3, L4"""
    for day, result in books.items():
        for s in result.statements:
            assert s.value == sum(line.amount for line in s.lines), (plant.seed, s.shift, s.area)
            start = s.standard if s.plan is None else s.plan
            if start is not None and s.steps:
                assert start + sum(step.amount for step in s.steps) == s.value, (plant.seed, s.shift, s.area)
        accounts = balances(row for row in result.postings if row.kind != "prior")
        for area in plant.areas:
            own = accounts.get(f"area:{area}", 0) + accounts.get(f"state:foul-{area}", 0)
            value = sum(s.value for s in result.statements if s.area == area)
            assert value == own, (plant.seed, day, area, value, own)


def handed_over(plant: Made, books: Books) -> None:
    """What one shift hands over the next takes over, of any stock, through the whole period. # I3"""
    told: dict[tuple[str, int], set[int | None]] = {}
    for result in books.values():
        for s in result.statements:
            for line in s.stocks:
                told.setdefault((line.stock, s.start), set()).add(line.opening)
                told.setdefault((line.stock, s.end), set()).add(line.closing)
    assert all(len(values) == 1 for values in told.values()), (plant.seed, [k for k, v in told.items() if len(v) > 1])
    for key, row in plant.stocks.items():
        for day in [*plant.labels, plant.labels[-1] + timedelta(days=1)]:
            at = plant.start_of(day)
            if (key, at) in told:
                assert told[key, at] == {money.content(plant, row, at)}, (plant.seed, key, day)
    for area in plant.areas:
        spans = sorted((s.start, s.end) for result in books.values() for s in result.statements if s.area == area)
        assert all(one[1] == other[0] for one, other in pairwise(spans))
        assert (spans[0][0], spans[-1][1]) == plant.span


def revaluation_touches_no_crew(books: Books) -> None:
    """Rows of a new price name no crew and no area. # L3"""
    for result in books.values():
        for row in result.postings:
            if row.kind == "revaluation" or row.what.endswith(":revaluation"):
                assert row.crew == ""
                assert "area:" not in row.source + row.target


def rolled_up(plant: Made, view: PlantView, books: Books) -> None:
    """Sums by any grain are sums of the shifts, and the plant's result is found from both sides. # L2"""
    truth = sum(money.day_result(plant, day) for day in plant.labels)
    for by in (("area",), ("day",), ("group",), ("crew",), ("area", "shift"), ("month",), ("plant",)):
        found = sl.rollup(view, plant.labels[0], plant.labels[-1], by=by)
        assert found.ok, found.issues
        assert found.rollup is not None
        assert found.rollup.result == found.rollup.stocks + found.rollup.outside == truth, (plant.seed, by)
        assert sum(row.value for row in found.rollup.rows) == sum(s.value for r in books.values() for s in r.statements), (
            plant.seed,
            by,
        )
        for row in found.rollup.rows:
            start = row.standard if row.plan is None else row.plan
            if start is not None and row.actual is not None:
                assert start + sum(step.amount for step in row.steps) == row.actual, (plant.seed, by, row.key)


def events_hold(plant: Made, books: Books) -> None:
    """What the site bears of halts and what is charged for events, by area and day: between area and site no plant's sum tells. # L3, Q3"""
    names = {name for name, *_ in plant.terms.fees}
    for day, result in books.items():
        own = [row for row in result.postings if row.kind != "prior"]
        for area in plant.areas:
            account = f"area:{area}"
            borne = balances(row for row in own if "site:no-fault" in (row.source, row.target)).get(account, 0)
            assert borne == money.no_fault(plant, area, day), (plant.seed, day, area, borne)
            charged = -balances(row for row in own if row.what in names).get(account, 0)
            assert charged == money.charged(plant, area, day, asked=False), (plant.seed, day, area, charged)


def all_hold(plant: Made, books: Books) -> None:
    money_holds(plant, books)
    events_hold(plant, books)
    flows_hold(plant, books)
    statements_hold(plant, books)
    handed_over(plant, books)
    revaluation_touches_no_crew(books)


Figures = dict[tuple[str, str], tuple[object, ...]]


def figures(books: Books) -> Figures:
    """What every statement publishes in coins, by shift and area."""
    return {
        (s.shift, s.area): (
            s.value,
            s.plan,
            s.standard,
            s.allowed,
            tuple((step.name, step.item, step.amount) for step in s.steps),
        )
        for result in books.values()
        for s in result.statements
    }


def accounts(books: Books, *, prior: bool = False) -> dict[str, dict[str, int]]:
    """Balances of all accounts by shift; late rows of an earlier kind counted with their flow."""
    found: dict[str, Counter[str]] = {}
    for result in books.values():
        for row in result.postings:
            if prior or row.kind != "prior":
                total = found.setdefault(row.shift, Counter())
                for account, amount in balances([row]).items():
                    total[account] += amount
    return {shift: {account: amount for account, amount in total.items() if amount} for shift, total in found.items()}
