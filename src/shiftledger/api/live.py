"""Listening to live sources, and what they told that waits outside the lake."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from shiftledger.api.stores import PlantError, stored_state
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.render.views import ListenView, PlantView

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from shiftledger.acts.state import State
    from shiftledger.plant.model import SourceFile
    from shiftledger.readings.batch import Batch, LoadReport
    from shiftledger.readings.listening import Watch
    from shiftledger.readings.sources.live import Told


def listen(
    plant: PlantView,
    sources: Iterable[str] = (),
    *,
    fold: str = "5min",
    seconds: float | None = None,
    once: bool = False,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
) -> ListenView:
    """Listen to the live sources of sources.toml (all, or those with these ids) and keep what they tell. # R3

    It ends after `seconds`; with `once` when every source was told something; when `stop` is set; or by SIGINT or SIGTERM. Every `fold`
    (such as "5min"), and at the end, what was told goes into the lake. `watch` sees how it goes (its own times are replaced by these).
    """
    from shiftledger.api.loop import run_listening
    from shiftledger.core.period import SECOND, duration
    from shiftledger.readings.codes import LakeError
    from shiftledger.readings.lake import stream_version
    from shiftledger.readings.listening import Watch, chosen_sources
    from shiftledger.readings.newest import newest
    from shiftledger.readings.sources.live import LIVE

    try:
        fold_every = duration(fold) / SECOND
    except ValueError:
        fold_every = 0.0
    if fold_every <= 0:
        raise ValueError(f"fold={fold!r} is not a time such as 5min")
    chosen = chosen_sources(plant.plant, tuple(sources))
    if chosen.issues:
        return ListenView(chosen.issues)
    how = replace(watch or Watch(), fold_every=fold_every, seconds=seconds, once=once)
    with stored_state(plant):
        pass  # the store exists, and is whole, before anything is acknowledged

    def last_row(source: str) -> int:
        with stored_state(plant) as state:
            return stream_version(state, f"{LIVE}{source}")

    def recall(source: SourceFile) -> dict[str, Told]:
        try:
            with stored_state(plant) as state:
                return newest(plant.plant, state, source)
        except (PlantError, LakeError, OSError):
            return {}  # the fold says what is damaged; the source asks for all that it may

    def fold_some(closed: Collection[Path]) -> Outcome[tuple[LoadReport, ...]]:
        try:
            with stored_state(plant) as state:
                return _fold(plant, state, closed)
        except PlantError as error:
            return Outcome((), error.issues)

    done = run_listening(plant.plant, chosen.result, plant.state_folder, fold_some, last_row, recall, how, stop)
    return ListenView(done.issues, done.result.heard, done.result.reports, plant.plant.settings.zone)


def waits(plant: PlantView) -> bool:
    """True where something was told live that is not known to be in the lake."""
    if not (
        plant.state_folder / "live"
    ).is_dir():  # most plants: what reads the segments is large, and a load may be refused without it
        return False
    from shiftledger.readings.wal import folders, segments_of

    return any(segments_of(folder) for folder in folders(plant.state_folder))


def told_but_unfolded(plant: PlantView, state: State | None) -> tuple[Batch, ...]:
    """What was told live and is not in the lake, as the next fold brings it in, a batch for each source; nothing is written."""
    if state is None or not waits(plant):
        return ()
    from shiftledger.readings.running import unfolded

    return unfolded(plant.plant, state)


def unseen(plant: PlantView, state: State | None) -> tuple[Issue, ...]:
    """A note for every source of which a trial does not see what waits outside the lake."""
    if state is None or not waits(plant):
        return ()
    from shiftledger.readings.running import unseen as not_seen

    return not_seen(plant.plant, state)


def fold_waiting(plant: PlantView, state: State) -> Outcome[tuple[LoadReport, ...]]:
    """What was told live and acknowledged, into the lake: a load and a close see all of it. Costs nothing where nothing waits."""
    return _fold(plant, state, None) if waits(plant) else Outcome(())


def _fold(plant: PlantView, state: State, closed: Collection[Path] | None) -> Outcome[tuple[LoadReport, ...]]:
    from shiftledger.readings.codes import LakeError, found
    from shiftledger.readings.fold import fold

    try:
        return fold(plant.plant, state, closed)
    except LakeError as error:
        remedy = "Run shiftledger verify to see what is damaged."
        return Outcome((), (found("R035", f"the lake cannot be used: {error}", Location("readings"), remedy),))
