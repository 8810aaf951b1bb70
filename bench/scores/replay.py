"""Do a counter's turn, a gap filled late, rows that come twice and late results leave the same books, whatever came first?

Three days around the first turn of a counter (of the middle, if none turns) are cut out of a simulated plant and delivered in pieces:
day by day, three hours of some tags a day late, rows twice, laboratory results when they were reported, one day's last of all. Each
piece becomes known at a time of its own, before any cutoff, and that time stays with it in every order of arrival. The books of who
loaded all at once are the measure: statements, columns, bridges, stocks and every account must be theirs to the cent, after loads in order
and in disorder with closes in between. Results that come after the cutoff are left out: they count elsewhere by rule (L6).
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import shiftledger as sl
from scores.books import counting, results, succeeded
from scores.plant_read import HOUR, Folder, read_folder
from shiftledger.ledger.posting import balances

DAYS = 3
CUTOFF = 72 * HOUR
LATE_TAGS = 4


@dataclass(frozen=True)
class Piece:
    """A file of readings, and when it becomes known (UTC us)."""

    name: str
    known_at: int


@dataclass(frozen=True)
class Replayed:
    """Figures that two orders of arrival were compared in, how many differ from those of who loaded all at once, and whether a counter turned."""

    figures: int
    differ: int
    turned: bool


def replayed(source: Path, work: Path, seed: int) -> Replayed:
    """Cut, deal, load in three ways, close, compare."""
    plant, rng = read_folder(source), Random(seed)
    first, turned = _window(plant)
    days = [first + timedelta(n) for n in range(DAYS)]
    pieces = _dealt(source, plant, work / "pieces", days, rng)
    disorder = rng.sample(pieces, len(pieces))
    at_once = _figures(source, work / "0", pieces, days, closes=False)
    orders = [_figures(source, work / str(n), order, days, closes=True) for n, order in ((1, pieces), (2, disorder))]
    differ = sum(len([key for key in at_once.keys() | other.keys() if at_once.get(key) != other.get(key)]) for other in orders)
    return Replayed(len(at_once), differ, turned)


def _window(plant: Folder) -> tuple[date, bool]:
    """The first day to replay: a turn lies in the second, if there is one that leaves a day on either side."""
    counters = {row["tag"] for stream in plant.streams.values() for row in stream.meters if row["kind"] == "counter"}
    ends = [course[0] for tag, course in plant.readings.items() if tag in counters]
    begin, end = int(min(one[0] for one in ends)), int(max(one[-1] for one in ends))
    turns = sorted(
        int(at[i + 1])
        for at, value in (plant.readings[tag] for tag in sorted(counters))
        for i in np.flatnonzero(np.diff(value) < 0)
        if begin + 48 * HOUR < at[i + 1] < end - 48 * HOUR
    )
    at = turns[0] if turns else (begin + end) // 2
    local = datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(plant.zone) - timedelta(hours=plant.slots[0].hour)
    return local.date() - timedelta(days=1), bool(turns)


# Pieces.


def _dealt(source: Path, plant: Folder, target: Path, days: Sequence[date], rng: Random) -> list[Piece]:
    """Every piece in the order in which it becomes known, the halo of a day before and half a day after in the first."""
    (target / "readings").mkdir(parents=True)
    edges = [plant.shifts(day)[0][0] for day in (*days, days[-1] + timedelta(1))]
    known = [edge + HOUR for edge in edges[1:]]
    rows = _historian(source, edges[0] - 24 * HOUR, edges[-1] + 12 * HOUR)
    stamps = rows["time"].cast(pa.int64()).to_numpy()
    tags = np.array(rows["tag"].to_pylist())
    of_day = np.clip(np.searchsorted(edges, stamps, "right") - 1, 0, DAYS - 1)
    names = rng.sample(
        sorted(row["tag"] for stream in plant.streams.values() for row in stream.meters if row["kind"] == "rate"), LATE_TAGS
    )
    hole = edges[1] + 5 * HOUR
    late = np.isin(tags, names) & (stamps >= hole) & (stamps < hole + 3 * HOUR)
    twice = np.array([rng.random() < 0.05 for _ in range(len(stamps))]) & ~late
    pieces = [_parquet(target, f"historian-{n}", rows, (of_day == n) & ~late, at) for n, at in enumerate(known)]
    pieces.append(_parquet(target, "historian-late", rows, late, known[1] + 24 * HOUR))
    pieces.append(_parquet(target, "historian-twice", rows, twice, known[-1] + HOUR))
    pieces += _tables(source, target, edges, known)
    return sorted(pieces, key=lambda piece: (piece.known_at, piece.name))


def _historian(source: Path, start: int, end: int) -> pa.Table:
    parts = []
    for path in sorted((source / "readings").glob("historian-*.parquet")):
        table = pq.read_table(path)
        table = table.set_column(1, "tag", table["tag"].cast(pa.string()))
        at = table["time"].cast(pa.int64())
        parts.append(table.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end))))
    return pa.concat_tables(parts)


def _parquet(target: Path, name: str, rows: pa.Table, mine: np.ndarray, known_at: int) -> Piece:
    pq.write_table(rows.filter(pa.array(mine)), target / "readings" / f"{name}.parquet")
    return Piece(f"readings/{name}.parquet", known_at)


def _tables(source: Path, target: Path, edges: Sequence[int], known: Sequence[int]) -> list[Piece]:
    """Dips and lots day by day, the log, laboratory results by the day on which they were reported; those of one day last."""
    pieces = []
    for name in ("dips", "lots", "log"):
        head, rows = _csv(source / "readings" / f"{name}.csv")
        near = [(at, row) for at, row in rows if edges[0] - 24 * HOUR <= at < edges[-1] + 12 * HOUR]
        for n, at in enumerate(known):
            mine = [row for when, row in near if min(max(int(np.searchsorted(edges, when, "right")) - 1, 0), DAYS - 1) == n]
            pieces += _written(target, f"{name}-{n}", head, mine, at)
    head, rows = _csv(source / "readings" / "laboratory.csv")
    reported = head.index("reported")
    last = edges[0] + CUTOFF - HOUR
    dealt: dict[int, list[list[str]]] = {}
    for at, row in rows:
        told = _us(row[reported])
        if edges[0] - 24 * HOUR <= at < edges[-1] and told < last:
            held = edges[0] <= at < edges[1]  # the first day's come last of all, and yet in time
            dealt.setdefault(last if held else max(told // HOUR * HOUR + HOUR, known[0]), []).append(row)
    by_day: dict[int, list[list[str]]] = {}
    for told, mine in dealt.items():
        by_day.setdefault(told if told == last else -(-told // (12 * HOUR)) * 12 * HOUR, []).extend(mine)
    for told, mine in sorted(by_day.items()):
        pieces += _written(target, f"laboratory-{told // HOUR}", head, mine, told)
    return pieces


def _csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    return head, [(_us(row[0]), row) for row in rows]


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


def _written(target: Path, name: str, head: list[str], rows: list[list[str]], known_at: int) -> list[Piece]:
    if not rows:
        return []
    path = target / "readings" / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return [Piece(f"readings/{name}.csv", known_at)]


# Loading and closing.


def _figures(
    source: Path, target: Path, pieces: Sequence[Piece], days: Sequence[date], *, closes: bool
) -> dict[tuple[str, ...], object]:
    """Every figure of the last seals; `closes`: close after every third piece, too."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".shiftledger", "readings"))
    shutil.copytree(target.parent / "pieces" / "readings", target / "readings")
    text = (target / "sources.toml").read_text("utf-8")
    for name in ("dips", "lots", "laboratory", "log"):
        text = text.replace(f"readings/{name}.csv", f"readings/{name}-*.csv")
    (target / "sources.toml").write_text(text, "utf-8")
    plant = sl.open(target)
    for number, piece in enumerate(pieces):
        known_at = datetime.fromtimestamp(piece.known_at / 1_000_000, UTC).isoformat()
        succeeded(sl.load(plant, [target / piece.name], known_at=known_at))
        if closes and number % 3 == 2:
            sl.close(plant, days[0], days[-1])  # may leave open what it cannot close yet
    succeeded(sl.close(plant, days[0], days[-1]))
    return _told(results(plant, days))


def _told(found: Iterable[object]) -> dict[tuple[str, ...], object]:
    """Statements by shift and area; every account's balance by shift, whatever rows it is made of."""
    figures: dict[tuple[str, ...], object] = {}
    for result in found:
        for s in result.statements:  # type: ignore[attr-defined]
            stocks = tuple((line.stock, line.opening, line.closing, line.residual) for line in s.stocks)
            figures["statement", s.shift, s.area] = (s.value, s.plan, s.standard, s.allowed, s.steps, stocks, s.conditions)
        totals: Counter[tuple[str, ...]] = Counter()
        for row in counting(result):  # type: ignore[arg-type]
            for account, cents in balances([row]).items():
                totals["account", row.shift, account] += cents
        figures |= {key: cents for key, cents in totals.items() if cents}
        late = sum(row.kind == "prior" for row in result.postings)  # type: ignore[attr-defined]
        figures["prior", str(result.day)] = late  # type: ignore[attr-defined]
    return figures
