"""What happens to the books of a made-up plant, and what must be the same afterwards: other texts, late results, settlements.

Each law takes the plant and an empty folder, and raises AssertionError where it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import shiftledger as sl
from plants_made import HOUR, PLACES, Made
from plants_made_books import (
    Books,
    accounts,
    all_hold,
    close,
    closed,
    figures,
    load,
    opened,
    rolled_up,
    soon,
)
from plants_made_drawing import made
from plants_made_readings import Reading, csv_of, reading_files, readings
from plants_made_text import plant_files
from properties.closing import results, seals
from shiftledger.api import PlantView

WHO = ("cost controller, post 1", "controller")
Law = Callable[[Made, Path], None]
LATE = 10


def act(view: PlantView, kind: str, **body: str) -> None:
    done = sl.act(view, kind, *WHO, body)
    assert done.ok, done.issues


def verified(view: PlantView) -> None:
    found = sl.verify(view)
    assert found.ok, found.issues[:3]


# One set of books.


def every_sum_is_the_raw_truth(plant: Made, folder: Path) -> None:
    """Money, flows, statements, handovers, revaluations, roll-ups of a plant that was closed at once. # I1, I3, L3, L4"""
    view, books = closed(plant, folder)
    all_hold(plant, books)
    rolled_up(plant, view, books)
    verified(view)


# Two texts of one plant.


def _hashes(books: Books) -> dict[date, str]:
    return {day: result.hash for day, result in books.items()}


def permuted_rows_are_the_same_bytes(plant: Made, folder: Path) -> None:
    """Rows of every csv file, tables of every TOML file, rows of readings and the order of files never matter. # I5"""
    rng = Random(f"permuted {plant.seed}")
    _, books = closed(plant, folder / "a")
    text = {name: _permuted(name, content, rng) for name, content in plant_files(plant).items()}
    files = [(name, _permuted(name, content, rng)) for name, content in reading_files(plant).items()]
    rng.shuffle(files)
    _, other = closed(plant, folder / "b", dict(rng.sample(sorted(text.items()), len(text))), dict(files))
    assert _hashes(books) == _hashes(other), plant.seed


def _permuted(name: str, content: str, rng: Random) -> str:
    if name.endswith(".csv"):
        head, *rows = content.splitlines()
        return "\n".join([head, *rng.sample(rows, len(rows)), ""])
    if name == "sources.toml":  # the first that matches reads a file: their order has a meaning
        return content
    tables = content.rstrip("\n").split("\n\n")
    return "\n\n".join(rng.sample(tables, len(tables))) + "\n"


def another_unit_is_the_same_money(plant: Made, folder: Path) -> None:
    """Every mass in kg instead of t: prices, standards, budgets and quanta with it, and no coin moves. # Q8, L5"""
    _, books = closed(plant, folder / "t")
    small = made(plant.seed, days=plant.days, scale=1000)
    _, other = closed(small, folder / "kg")
    all_hold(small, other)
    assert figures(books) == figures(other), plant.seed
    assert accounts(books) == accounts(other), plant.seed


def a_substitute_splits_nothing(plant: Made, folder: Path) -> None:
    """Whoever stands in, for a part of a shift or the whole of it: no figure of any shift changes, and parts sum to it. # Q7, T3"""
    view, books = closed(plant, folder / "a")
    _, other = closed(plant, folder / "b", plant_files(plant, roster=False))
    assert figures(books) == figures(other), plant.seed
    assert accounts(books) == accounts(other), plant.seed
    found = sl.rollup(view, plant.labels[0], plant.labels[-1], by=("crew",))
    assert found.rollup is not None
    assert sum(row.value for row in found.rollup.rows) == sum(s.value for result in books.values() for s in result.statements)


def a_new_price_leaves_every_crew_untouched(plant: Made, folder: Path) -> None:
    """Before the day of a price all crews earn what they would if it never came; from it on, what they would if it always held. # L3"""
    day = plant.labels[len(plant.labels) // 2]
    stored = sorted({row.material for row in plant.stocks.values()})
    old, new = ({m: (None, plant.materials[m].price(plant.labels[0]) + i * Decimal("7.31")) for m in stored} for i in (0, 1))
    texts = [{m: (old[m],) for m in stored}, {m: (old[m], (day, new[m][1])) for m in stored}, {m: (new[m],) for m in stored}]
    before, changed, after = (closed(_priced(plant, prices), folder / str(i)) for i, prices in enumerate(texts))
    all_hold(_priced(plant, texts[1]), changed[1])
    revalued = [
        row for result in changed[1].values() for row in result.postings if row.kind == "revaluation" and row.what in stored
    ]
    assert len(revalued) == len(plant.stocks)
    assert {row.day for row in revalued} == {day}
    for label in plant.labels:
        same = after if label >= day else before
        assert figures({label: changed[1][label]}) == figures({label: same[1][label]}), (plant.seed, label)


def _priced(plant: Made, prices: Mapping[str, Sequence[tuple[date | None, Decimal]]]) -> Made:
    materials = {key: replace(m, prices=tuple(prices.get(key, m.prices))) for key, m in plant.materials.items()}
    return replace(plant, materials=materials)


# Late results.


def _dealt(plant: Made, count: int = LATE) -> tuple[dict[str, str], dict[str, str]]:
    """(files that come in time, late files): readings of some hours that are missing or wrong at first, and one bill."""
    rng, rows = Random(f"late {plant.seed}"), readings(plant)
    start, end = plant.span
    tags = sorted({tag for _, tag, _ in rows})
    late: dict[str, list[Reading]] = {}
    base: list[Reading] = list(rows)
    wrong: list[Reading] = []
    for number, tag in enumerate(rng.sample(tags, min(count, len(tags)))):
        opened_at = start + rng.randrange((end - start - 4 * HOUR) // HOUR) * HOUR
        chosen = [row for row in base if row[1] == tag and opened_at <= row[0] < opened_at + 3 * HOUR]
        if tag.startswith("LT-"):
            inner = [row for row in base if row[1] == tag and start < row[0] < end]
            chosen = [rng.choice(inner)] if inner else []
        elif tag.startswith(("LAB-", "Q-")):  # one result, or the first, or all of them
            told = [row for row in base if row[1] == tag]
            chosen = rng.choice((told[-1:], told[:1], told, [rng.choice(told)]))
        if not chosen:
            continue
        late[f"late/{number}.csv"] = chosen
        base = [row for row in base if row not in chosen]
        if not tag.startswith("LT-") and number % 3 == 0:  # halved at first: of a result, until it is tested again
            wrong += [(t, tag, f"{Decimal(value) / 2:f}") for t, tag, value in chosen]
    files = reading_files(plant)
    for name in ("readings/rows-1.csv", "readings/rows-2.csv"):
        del files[name]
    files["readings/rows.csv"] = csv_of(base)
    if wrong:
        files["readings/rows-wrong.csv"] = csv_of(wrong)
    return files, {name: csv_of(chosen, 1) for name, chosen in late.items()}


def _after_each(
    plant: Made, folder: Path, order: Sequence[str], closes: Random | None, dealt: tuple[dict[str, str], dict[str, str]]
) -> tuple[PlantView, Books]:
    """In time first, closed; then the late files one by one, closed in between where `closes` says so."""
    base, late = dealt
    view = opened(plant, folder, None, {**base, **late})
    load(view, base, soon(plant))
    close(view, plant.labels)
    for hour, name in enumerate(order):
        load(view, [name], soon(plant, 2 + hour))
        if closes and closes.random() < 0.5:
            close(view, plant.labels)
    close(view, plant.labels)
    return view, results(view, plant.labels)


def ten_late_results_in_any_order(plant: Made, folder: Path, orders: int = 2) -> None:
    """Loaded in any order, with closes between or not: the same bytes, and the figures of who knew all at once. # L6, R2"""
    dealt, rng = _dealt(plant), Random(f"orders {plant.seed}")
    names = sorted(dealt[1])
    expected: Books | None = None
    for number in range(orders):
        order = rng.sample(names, len(names))
        view, books = _after_each(plant, folder / str(number), order, rng if number else None, dealt)
        if expected is None:
            expected = books
            all_hold(plant, books)
            _, fresh = closed(plant, folder / "fresh")
            assert figures(books) == figures(fresh), plant.seed
            assert accounts(books) == accounts(fresh), plant.seed
            verified(view)
        assert figures(books) == figures(expected), (plant.seed, number)
        assert accounts(books) == accounts(expected), (plant.seed, number)
        assert _hashes(books) == _hashes(expected), (plant.seed, number)


def one_day_closed_again_changes_no_other(plant: Made, folder: Path) -> None:
    """A late reading in the middle of a day: no other seal, and no other day's hash. # L7"""
    rng, rows = Random(f"one day {plant.seed}"), readings(plant)
    day = plant.labels[1]
    at, until = plant.start_of(day), plant.start_of(plant.labels[2])
    near = {flow.tag for flow in plant.flows.values() if not {flow.source, flow.target} & set(plant.stocks)}
    tags = sorted({tag for _, tag, _ in rows} & near & {f.tag for f in plant.flows.values() if f.kind in ("rate", "interval")})
    if not tags:
        return
    tag = rng.choice(tags)
    late = [row for row in rows if row[1] == tag and at + 3 * HOUR <= row[0] < until - 3 * HOUR][:5]
    base = csv_of([row for row in rows if row not in late])
    files = reading_files(plant) | {"readings/rows-1.csv": base, "readings/rows-2.csv": csv_of([]), "late/0.csv": csv_of(late, 1)}
    view = opened(plant, folder, None, files)
    load(view, [name for name in files if name != "late/0.csv" and name != "readings/rows-2.csv"], soon(plant))
    close(view, plant.labels)
    first, sealed = results(view, plant.labels), seals(view, plant.labels)
    load(view, ["late/0.csv"], soon(plant, 2))
    assert close(view, [day]) == {day: "sealed"}, plant.seed
    second, again = results(view, plant.labels), seals(view, plant.labels)
    for label in plant.labels:
        assert (first[label].hash == second[label].hash) == (label != day), (plant.seed, label)
        assert (sealed[label].hash == again[label].hash) == (label != day), (plant.seed, label)
    assert set(close(view, plant.labels).values()) == {"unchanged"}, plant.seed
    all_hold(plant, second)


# Settled months.


def months(plant: Made) -> tuple[str, list[date], list[date]]:
    """(the first accounting month, its days, days of the next)."""
    start = PLACES[plant.place][4]
    first = [
        day
        for day in plant.labels
        if (day.day >= start) == (plant.labels[0].day >= start) and (start > 1 or day.month == plant.labels[0].month)
    ]
    at = first[-1]
    if start > 1 and at.day >= start:
        at = at.replace(day=28).replace(month=at.month % 12 + 1, year=at.year + at.month // 12)
    return f"{at:%Y-%m}", first, [day for day in plant.labels if day not in first]


def late_results_after_settlement(plant: Made, folder: Path, orders: int = 2) -> None:
    """No statement of the settled month moves; the plant's sums are the truth in any order; reopened, the sheet adds up. # L6, L7"""
    dealt, rng = _dealt(plant), Random(f"settled {plant.seed}")
    month, settled, open_days = months(plant)
    assert settled
    assert open_days
    names, expected = sorted(dealt[1]), None
    for number in range(orders):
        base, late = dealt
        view = opened(plant, folder / str(number), None, {**base, **late})
        load(view, base, soon(plant))
        close(view, plant.labels)
        act(view, "settle", month=month)
        before = results(view, settled)
        for hour, name in enumerate(rng.sample(names, len(names))):
            load(view, [name], soon(plant, 2 + hour))
            if number and rng.random() < 0.5:
                close(view, plant.labels)
        close(view, plant.labels)
        books = results(view, plant.labels)
        assert figures({day: books[day] for day in settled}) == figures(before), plant.seed
        if expected is None:
            expected = books
        assert accounts(books, prior=True) == accounts(expected, prior=True), (plant.seed, number)
        assert _hashes(books) == _hashes(expected), (plant.seed, number)
        for result in books.values():
            late_rows = [row for row in result.postings if row.kind == "prior"]
            assert not [row for row in late_rows if "area:" in row.source + row.target]
            assert {row.month for row in late_rows} <= {_next(month)}
        verified(view)
    reopened_and_settled_again(plant, view, month, books)


def _next(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def reopened_and_settled_again(plant: Made, view: PlantView, month: str, old: Books) -> None:
    """The sheet of the reopened month adds up to the difference of the plant's result, and the books are those of who knew all. # L7"""
    act(view, "reopen", month=month, reason="late results belong into the month")
    close(view, plant.labels)
    books = results(view, plant.labels)
    all_hold(plant, books)
    assert not [row for result in books.values() for row in result.postings if row.kind == "prior"], plant.seed
    found = sl.diff(view, month)
    assert found.ok, found.issues
    sheet = found.sheet
    assert sheet is not None
    assert sheet.adds_up
    for row in sheet.changed:
        assert row.difference == sum(item.after - item.before for item in row.items)
    days = [day for day in plant.labels if day in old and day in months(plant)[1]]
    assert sheet.difference == sum(result_of(books[day]) - result_of(old[day]) for day in days), plant.seed
    act(view, "settle", month=month)
    close(view, plant.labels)
    again = results(view, plant.labels)
    assert figures(again) == figures(books), plant.seed
    settled = months(plant)[1]
    assert _hashes({day: again[day] for day in settled}) == _hashes({day: books[day] for day in settled}), plant.seed
    verified(view)


def result_of(result: object) -> int:
    """Areas, states and site of all rows of a day, late ones too."""
    from shiftledger.ledger.posting import balances

    return sum(n for key, n in balances(result.postings).items() if key.startswith(("area:", "state:", "site:")))  # type: ignore[attr-defined]


LAWS: tuple[Law, ...] = (
    every_sum_is_the_raw_truth,
    permuted_rows_are_the_same_bytes,
    another_unit_is_the_same_money,
    a_substitute_splits_nothing,
    a_new_price_leaves_every_crew_untouched,
    one_day_closed_again_changes_no_other,
    ten_late_results_in_any_order,
    late_results_after_settlement,
)
