"""A simulated refinery through the product's verbs: loaded, closed, and what its seals then say day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import shiftledger as sl
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.posting import Posting, balances
from shiftledger.ledger.results import DayResult, read_days


def closed(folder: Path, files: Iterable[Path]) -> PlantView:
    """The plant with everything loaded at once and every whole day closed. RuntimeError with the first error."""
    plant = sl.open(folder)
    for view in (sl.load(plant, list(files)), sl.close(plant)):
        succeeded(view)
    return plant


def succeeded(view: object) -> None:
    """RuntimeError with the first error of a verb's view."""
    errors = [issue for issue in view.issues if issue.severity in ("error", "disqualified")]  # type: ignore[attr-defined]
    if errors:
        raise RuntimeError(str(errors[0]))


def sealed_days(plant: PlantView) -> list[date]:
    """The sealed production days, in order."""
    view = sl.rollup(plant, by=("day",))
    succeeded(view)
    assert view.rollup is not None
    return [date.fromisoformat(row.key[0]) for row in view.rollup.rows]


def results(plant: PlantView, days: Iterable[date]) -> Iterator[DayResult]:
    """What the newest seal of each day sealed, one day at a time."""
    state = connect(plant.state_folder, create=False)
    try:
        for day in days:
            seal = last_seal_of(state, day)
            if seal is None:
                raise RuntimeError(f"{day} has no seal")
            yield read_days(state, {day: seal.close_id})[day]
    finally:
        state.engine.dispose()


def counting(result: DayResult) -> list[Posting]:
    """The rows that count in the day's own statements and accounts."""
    return [row for row in result.postings if row.kind != "prior"]


def areas_and_site(result: DayResult) -> int:
    """Cents of all areas' V and of the site's accounts on a day."""
    site = sum(cents for account, cents in balances(counting(result)).items() if account.startswith("site:"))
    return sum(statement.value for statement in result.statements) + site
