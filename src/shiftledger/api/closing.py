"""Closing days, and trying what a close would do, as the public verbs do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, overload

from shiftledger import __version__
from shiftledger.api.live import fold_waiting, unseen
from shiftledger.api.stores import looked_upon, now, stored_state
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.render.views import CloseView, PlantView, TrialView

Progress = Callable[[str, int, int], None]


@overload
def close(
    plant: PlantView,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    who: str = ...,
    dry_run: Literal[False] = False,
    prices: str | None = None,
    progress: Progress | None = None,
) -> CloseView: ...


@overload
def close(
    plant: PlantView,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    who: str = ...,
    dry_run: Literal[True],
    prices: str | None = None,
    progress: Progress | None = None,
) -> TrialView: ...


def close(
    plant: PlantView,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    who: str = "shiftledger close",
    dry_run: bool = False,
    prices: str | None = None,
    progress: Progress | None = None,
) -> CloseView | TrialView:
    """Close production days from `start` to `end` (labels, both included). # L7

    By default every whole day that has readings, from the first that they cover from its beginning.

    `dry_run`: nothing is stored, a TrialView says what would change; with `prices`, what V would be at another price set.
    """
    from shiftledger.engine.days import days_to_close
    from shiftledger.engine.local import close as close_days

    if dry_run:
        return _tried(plant, start, end, prices, progress)
    if prices is not None:
        from shiftledger.ledger.codes import L023

        message = f'"{prices}" can be tried only: the books are closed at the price set that plant.toml names'
        remedy = "Add --dry-run (dry_run=True); to use the set, name it in plant.toml."
        return CloseView((Issue(L023.code, L023.severity, message, Location("--prices"), remedy),))

    with stored_state(plant) as stored:
        waited = fold_waiting(plant, stored)  # everything that was acknowledged is known
        if failing(waited.issues):
            return CloseView(waited.issues)
        days, issues = days_to_close(plant.plant, stored, start, end)
        if failing(issues):
            return CloseView((*waited.issues, *issues))
        done = close_days(
            plant.plant,
            stored,
            days,
            who=who,
            program=__version__,
            made_at=now(),
            skip_empty=start is None or end is None,
            progress=progress,
        )
    return CloseView(ordered([*waited.issues, *issues, *done.issues]), done.result)


def _tried(
    plant: PlantView, start: str | date | None, end: str | date | None, prices: str | None, progress: Progress | None
) -> TrialView:
    """A close in memory, over a copy of the store: not one byte of the state changes. # L1, L7"""
    from shiftledger.acts.codes import A003
    from shiftledger.engine.days import days_to_close
    from shiftledger.engine.trial import Trial, try_close, try_prices
    from shiftledger.render.messages import names_of

    settings, skip = plant.plant.settings, start is None or end is None
    with looked_upon(plant) as seen:
        if seen is None:
            at = Location(str(plant.state_folder))
            return TrialView((Issue(A003.code, A003.severity, "this plant has no books yet", at, A003.explanation),))
        days, issues = days_to_close(plant.plant, seen, start, end)
        issues = (*unseen(plant, seen), *issues)
        if failing(issues):
            return TrialView(issues)
        found: Outcome[Trial] | Outcome[Trial | None]
        if prices is None:
            found = try_close(plant.plant, seen, days, program=__version__, skip_empty=skip, progress=progress)
        else:
            found = try_prices(plant.plant, seen, days, prices, skip_empty=skip, progress=progress)
    return TrialView(
        ordered([*issues, *found.issues]), found.result, settings.currency, settings.money_decimals, names_of(plant.plant)
    )
