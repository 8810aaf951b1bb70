"""Closing a generated plant: in memory (one layer of knowledge), or on disk through the public verbs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import shiftledger as sl
from properties.flowsheets import Knobs
from properties.plant_text import Sample, sample
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.engine.known import Window, window_of
from shiftledger.engine.local import compute
from shiftledger.ledger.book import Seal, last_seal_of, read_seals
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import DayResult, read_days
from shiftledger.ledger.statement import Statement
from shiftledger.pipeline import DayBooks
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text
from shiftledger.plant.model import Plant
from shiftledger.readings.batch import BatchRecord
from shiftledger.readings.quality import Rows, one_value_each
from shiftledger.readings.sources.files import read_file

KNOWN_AT = 1_900_000_000_000_000


@dataclass(frozen=True, repr=False)
class Closed:
    """Every day of a period closed at once."""

    sample: Sample
    plant: Plant
    books: Mapping[date, DayBooks]
    results: Mapping[date, DayResult]

    @property
    def postings(self) -> list[Posting]:
        return [row for result in self.results.values() for row in result.postings]

    def shift_of(self, row: Posting, area: str) -> str:
        """The area's shift in which a row's cell lies, by the clock alone."""
        (cell,) = (q.shift for q in self.books[row.day].quantities if q.shift.id == row.shift)
        own = [s for s in self.results[row.day].statements if s.area == area]
        return next(s.shift for s in own if s.start <= cell.span.start and cell.span.end <= s.end)

    def rows_of(self, statement: Statement) -> list[Posting]:
        """The rows of a statement's time, those of a prior period left out."""
        rows = (row for row in self.results[date.fromisoformat(statement.day)].postings if row.kind != "prior")
        return [row for row in rows if self.shift_of(row, statement.area) == statement.shift]

    @property
    def statements(self) -> list[Statement]:
        return [row for result in self.results.values() for row in result.statements]


def plant_of(text: Mapping[str, str]) -> Plant:
    """The plant that the text describes, which must be without fault."""
    loaded = load_text(text)
    wrong = [i for i in (*loaded.issues, *check(loaded.result)) if i.severity in ("error", "disqualified")]
    assert not wrong, wrong
    return loaded.result


@lru_cache(maxsize=64)
def closed(shape: Knobs) -> Closed:
    """The sample of these knobs, closed in memory; kept, for several properties look at the same example."""
    made = sample(shape)
    return close_in_memory(made, made.text, made.readings)


def close_in_memory(made: Sample, text: Mapping[str, str], readings: Mapping[str, str]) -> Closed:
    """Close every day of the sample's period from these files."""
    plant = plant_of(text)
    window = window_in_memory(plant, readings)
    computed = {}
    for day in made.facts.calendar.labels():
        outcome = compute(plant, day, window, Knowledge(len(readings) - 1))
        wrong = [i for i in outcome.issues if i.severity in ("error", "disqualified")]
        assert not wrong, wrong
        computed[day] = outcome.result
    return Closed(made, plant, {d: b for d, (b, _) in computed.items()}, {d: r for d, (_, r) in computed.items()})


def window_in_memory(plant: Plant, readings: Mapping[str, str]) -> Window:
    """All rows of the files as one batch each, in the order given, as the lake would hand them over."""
    batches = []
    with TemporaryDirectory() as folder:
        for name, content in readings.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
            found = read_file(plant, path)
            assert not found.issues, found.issues
            batches.append(one_value_each(found.result))
    tags = tuple(sorted({meter.tag for meter in plant.meters}))
    place = {tag: i for i, tag in enumerate(tags)}
    columns: list[list[np.ndarray]] = []
    for seq, batch in enumerate(batches):
        number = np.array([place[tag] for tag in batch.tags], np.int32)[batch.tag]
        of = np.full(len(batch.ts), seq, np.int64)
        columns.append([number, batch.ts, batch.value, batch.quality, batch.revision, of, batch.row])
    rows = Rows(tags, *(np.concatenate(column) for column in zip(*columns, strict=True)))
    records = [BatchRecord(seq, f"{seq}", KNOWN_AT, name, 0) for seq, name in enumerate(readings)]
    return window_of(plant, rows, records, ())


# On disk.


def written(made: Sample, folder: Path, text: Mapping[str, str] | None = None) -> PlantView:
    """The sample as a plant folder with its readings, opened."""
    for name, content in {**(made.text if text is None else text), **made.readings}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return sl.open(folder)


def load(plant: PlantView, names: Iterable[str], known_at: str | None = None) -> None:
    done = sl.load(plant, [plant.folder / name for name in names], known_at=known_at)
    assert done.ok, done.issues


def close(plant: PlantView, days: Sequence[date]) -> dict[date, str]:
    """What the close did with each day: sealed, unchanged, ..."""
    done = sl.close(plant, days[0], days[-1])
    assert done.ok, done.issues
    assert done.report is not None
    return {day.day: day.outcome for day in done.report.days}


def results(plant: PlantView, days: Iterable[date]) -> dict[date, DayResult]:
    """The stored results of each day's newest seal."""
    found: dict[date, DayResult] = {}
    for day, seal in _newest(plant, days):
        state = connect(plant.state_folder, create=False)
        found |= read_days(state, {day: seal.close_id})
        state.engine.dispose()
        assert found[day].hash == seal.result_hash
    return found


def seals(plant: PlantView, days: Iterable[date]) -> dict[date, Seal]:
    return dict(_newest(plant, days))


def seal_count(plant: PlantView) -> int:
    state = connect(plant.state_folder, create=False)
    count = len(read_seals(state))
    state.engine.dispose()
    return count


def _newest(plant: PlantView, days: Iterable[date]) -> Iterator[tuple[date, Seal]]:
    for day in days:
        state = connect(plant.state_folder, create=False)
        seal = last_seal_of(state, day)
        state.engine.dispose()
        assert seal is not None
        yield day, seal


def after(made: Sample, hours: float) -> str:
    """An instant some hours after the period's end, as text."""
    end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=made.facts.span[1])
    return (end + timedelta(hours=hours)).isoformat()
